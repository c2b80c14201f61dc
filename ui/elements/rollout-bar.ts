import { css, html, LitElement, nothing, type PropertyDeclarations, svg } from 'lit';
import type { WorkloadDetail } from '../../api/contract.ts';
import { serverNow, TickController } from '../data/shared-clock.ts';
import { formatDuration } from '../format/duration.ts';
import { shortImage } from '../format/image.ts';
import { parseInstant } from '../format/instant.ts';
import { base, panel } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import { rolloutHeader, rolloutHeaderStyles } from './rollout-header.ts';

type Revision = WorkloadDetail['revisions'][number];
type Segment = keyof typeof texts.rollout.segments;

const width = 100;
const height = 4;

export interface RolloutBar {
  detail: WorkloadDetail | null;
}

/** One bar per ReplicaSet: which of its pods serve, start, fail or go. */
export class RolloutBar extends LitElement {
  static override readonly properties: PropertyDeclarations = { detail: { attribute: false } };

  constructor() {
    super();
    this.detail = null;
    this.addController(new TickController(this, (now) => this.#deadlineText(now) ?? ''));
  }

  override render() {
    const { detail } = this;
    if (detail === null) return nothing;
    const { rollout, revisions } = detail;
    const scale = Math.max(1, detail.availability.desired, ...revisions.map(widthOf));
    return html`${rolloutHeader(texts.rollout.title, rollout)}
      ${this.#deadline(serverNow())}
      ${
        revisions.length === 0
          ? html`<p class="faint">${texts.rollout.noRevisions}</p>`
          : html`<ul>
              ${revisions.map((revision) => this.#revision(revision, scale))}
            </ul>`
      }`;
  }

  /** The time of the rollout so far, and the tick of its deadline, which moves on when something progresses. */
  #deadline(now: number) {
    const text = this.#deadlineText(now);
    const at = parseInstant(this.detail?.deadlineAt ?? null);
    if (text === null || at === null) return nothing;
    const since = Math.min(parseInstant(this.detail?.since ?? null) ?? now, now);
    const share = at <= since ? 1 : Math.min(1, (now - since) / (at - since));
    return html`<p class="deadline ${at <= now ? 'over' : ''}">
      <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">
        <rect class="elapsed" x="0" y="1" width=${share * width} height=${height - 2}></rect>
        <path class="tick" d="M${width - 0.2} 0V${height}"></path>
      </svg>
      <span>${text}</span>
    </p>`;
  }

  #deadlineText(now: number): string | null {
    const at = parseInstant(this.detail?.deadlineAt ?? null);
    if (at === null) return null;
    const length = formatDuration(Math.abs(at - now), texts.units);
    return at > now ? texts.rollout.deadlineIn(length) : texts.rollout.deadlineOver(length);
  }

  #revision(revision: Revision, scale: number) {
    const parts = segmentsOf(revision).filter(([, count]) => count > 0);
    let x = 0;
    return html`<li>
      <p class="name">
        <strong>${revision.revision}</strong>
        <span class="mark ${revision.current ? 'newest' : ''}">${revision.current ? texts.rollout.newest : texts.rollout.old}</span>
        <span class="code soft">${revision.images.map(shortImage).join(', ')}</span>
      </p>
      <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">
        ${parts.map(([segment, count]) => {
          const length = (count / scale) * width;
          const rect = svg`<rect class=${segment} x=${x} y="0" width=${Math.max(0, length - 0.3)} height=${height}></rect>`;
          x += length;
          return rect;
        })}
      </svg>
      <p class="legend">
        ${
          parts.length === 0
            ? html`<span>0</span>`
            : parts.map(
                ([segment, count]) =>
                  html`<span><i class=${segment}></i>${texts.rollout.segments[segment](count)}</span>`,
              )
        }
      </p>
    </li>`;
  }

  static override readonly styles = [
    base,
    panel,
    rolloutHeaderStyles,
    css`
      ul,
      :host > p {
        display: flex;
        flex-direction: column;
        gap: var(--gap-4);
        padding: 0 var(--gap-4) var(--gap-4);
      }

      :host > .deadline {
        gap: 0;
        padding-block-end: var(--gap-3);
        color: var(--text-soft);
        font-size: var(--size-2);
      }

      .deadline svg {
        height: 0.5rem;
        overflow: visible;
        background: none;
        border-block-end: 1px solid var(--line-strong);
        border-radius: 0;
      }

      .elapsed {
        fill: var(--progressing);
      }

      .tick {
        stroke: var(--text);
        stroke-width: 2;
        vector-effect: non-scaling-stroke;
      }

      .over {
        color: var(--degraded-text);
      }

      .over .elapsed {
        fill: var(--degraded);
      }

      .name {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: var(--gap-1) var(--gap-2);
        font-size: var(--size-3);
        overflow-wrap: anywhere;
      }

      .mark {
        padding: 0 0.4em;
        border: 1px solid var(--line-strong);
        border-radius: 999px;
        color: var(--text-soft);
        font-size: var(--size-1);
      }

      .newest {
        border-color: var(--accent);
        color: var(--accent);
      }

      svg {
        display: block;
        width: 100%;
        height: 0.875rem;
        margin-block: var(--gap-1);
        border-radius: var(--radius-1);
        background: var(--surface-inset);
      }

      .available {
        fill: var(--healthy);
        background: var(--healthy);
      }

      .ready {
        fill: color-mix(in srgb, var(--healthy) 50%, var(--surface));
        background: color-mix(in srgb, var(--healthy) 50%, var(--surface));
      }

      .starting {
        fill: var(--progressing);
        background: var(--progressing);
      }

      .failing {
        fill: var(--down);
        background: var(--down);
      }

      .terminating {
        fill: var(--quiet);
        background: var(--quiet);
      }

      .missing {
        fill: none;
        stroke: var(--line-strong);
        stroke-width: 1;
        vector-effect: non-scaling-stroke;
        border: 1px solid var(--line-strong);
      }

      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--gap-4);
        color: var(--text-soft);
        font-size: var(--size-2);
        font-variant-numeric: tabular-nums;
      }

      .legend span {
        display: inline-flex;
        align-items: center;
        gap: 0.35rem;
      }

      i {
        width: 0.6rem;
        height: 0.6rem;
        border-radius: 2px;
      }
    `,
  ];
}

/** Pods that the ReplicaSet has or should have, each in one part. */
function segmentsOf(revision: Revision): readonly (readonly [Segment, number])[] {
  const { available, starting, failing, terminating, desired } = revision;
  const ready = Math.max(0, revision.ready - available);
  const missing = Math.max(0, desired - available - ready - starting - failing);
  return [
    ['available', available],
    ['ready', ready],
    ['starting', starting],
    ['failing', failing],
    ['missing', missing],
    ['terminating', terminating],
  ];
}

function widthOf(revision: Revision): number {
  return segmentsOf(revision).reduce((sum, [, count]) => sum + count, 0);
}

customElements.define('rollout-bar', RolloutBar);

declare global {
  interface HTMLElementTagNameMap {
    'rollout-bar': RolloutBar;
  }
}

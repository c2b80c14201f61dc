import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { WorkloadDetail } from '../../api/contract.ts';
import { CauseWordsController } from '../data/cause-words-controller.ts';
import { slotReader } from '../data/pod-state.ts';
import { base, controls, panel } from '../styles/controls.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';
import { rolloutHeader, rolloutHeaderStyles } from './rollout-header.ts';
import './state-mark.ts';

const pageRungs = 60;

export interface OrdinalLadder {
  detail: WorkloadDetail | null;
  _shown: number;
}

/** The pods of a StatefulSet in their order: state, revision, claims, and which one blocks the others. */
export class OrdinalLadder extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    detail: { attribute: false },
    _shown: { state: true },
  };

  constructor() {
    super();
    this.detail = null;
    this._shown = pageRungs;
    this.addController(new CauseWordsController(this));
  }

  override render() {
    const { detail } = this;
    if (detail === null) return nothing;
    const { rollout, ordinals } = detail;
    const left = ordinals.length - this._shown;
    const slotOf = slotReader(detail);
    // While all are of one revision, its name tells nothing.
    const isMixed = new Set(ordinals.map(({ revision }) => revision).filter((revision) => revision !== null)).size > 1;
    return html`${rolloutHeader(texts.ladder.title, rollout)}
      ${ordinals.length === 0 ? html`<p class="faint">${texts.pods.empty}</p>` : nothing}
      <ol>
        ${ordinals.slice(0, this._shown).map((rung) => {
          const { state, pod } = slotOf(rung);
          return html`<li>
            <span class="ordinal number">${rung.ordinal}</span>
            <state-mark .state=${state}></state-mark>
            <span class="state">${rung.state === 'Missing' ? texts.ladder.missing : rung.state}</span>
            ${pod === null || pod.cause === null ? nothing : html`<span class="why">${causeTitle(pod.cause.code, pod.cause.title)}</span>`}
            ${rung.revision === null || !isMixed ? nothing : html`<span class="revision ${rung.revision}">${texts.ladder[rung.revision]}</span>`}
            ${rung.blockedBy === null ? nothing : html`<span class="blocked">← ${texts.ladder.blockedBy(rung.blockedBy)}</span>`}
            ${rung.claims.length === 0 ? nothing : html`<span class="claims cut" title=${rung.claims.join(', ')}>${rung.claims.join(', ')}</span>`}
          </li>`;
        })}
      </ol>
      ${
        left > 0
          ? html`<p><button type="button" class="small" @click=${this.#more}>${texts.app.showMore(Math.min(left, pageRungs))}</button></p>`
          : nothing
      }`;
  }

  readonly #more = (): void => {
    this._shown += pageRungs;
  };

  static override readonly styles = [
    base,
    controls,
    panel,
    rolloutHeaderStyles,
    css`
      ol,
      p {
        padding: 0 var(--gap-4) var(--gap-3);
      }

      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-2);
        min-height: 2rem;
        border-inline-start: 2px solid var(--line);
        padding-inline-start: var(--gap-3);
        font-size: var(--size-3);
      }

      .ordinal {
        min-width: 1.75rem;
        color: var(--text-faint);
        text-align: end;
      }

      .state {
        font-weight: 500;
      }

      .revision {
        padding: 0 0.4em;
        border: 1px solid var(--line-strong);
        border-radius: 999px;
        color: var(--text-soft);
        font-size: var(--size-1);
      }

      .update {
        border-color: var(--accent);
        color: var(--accent);
      }

      .why {
        color: var(--text-faint);
        overflow-wrap: anywhere;
      }

      .blocked {
        color: var(--degraded-text);
      }

      .claims {
        margin-inline-start: auto;
        max-width: 100%;
        color: var(--text-faint);
        font: 400 var(--size-2) / 1.4 var(--font-code);
      }
    `,
  ];
}

customElements.define('ordinal-ladder', OrdinalLadder);

declare global {
  interface HTMLElementTagNameMap {
    'ordinal-ladder': OrdinalLadder;
  }
}

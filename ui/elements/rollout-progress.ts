import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Workload } from '../../api/contract.ts';
import { detailRoute, formatRoute } from '../data/route.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './time-ago.ts';

const limitShown = 8;

export interface RolloutProgress {
  workloads: readonly Workload[];
  namespaces: readonly string[];
}

/** Rollouts under way, one line with a bar each. */
export class RolloutProgress extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    workloads: { attribute: false },
    namespaces: { attribute: false },
  };

  constructor() {
    super();
    this.workloads = [];
    this.namespaces = [];
  }

  override render() {
    const moving = this.workloads.filter(isMoving);
    if (moving.length === 0) return html`<p class="faint">${texts.board.noRollouts}</p>`;
    return html`<ul>
        ${repeat(
          moving.slice(0, limitShown),
          (workload) => workload.key,
          (workload) => this.#rollout(workload),
        )}
      </ul>
      ${moving.length > limitShown ? html`<p class="faint">${texts.board.moving(moving.length)}</p>` : nothing}`;
  }

  #rollout({ namespace, kind, name, rollout, since }: Workload) {
    const label = `${namespace}/${name}: ${texts.rollout.progress(rollout.updated, rollout.target)}`;
    return html`<li>
      <a class="cut" href=${formatRoute(detailRoute({ namespace, kind, name }, { namespaces: this.namespaces, tab: 'rollouts' }))}
        >${namespace}/${name}</a
      >
      <progress
        class=${rollout.phase}
        max=${Math.max(1, rollout.target)}
        .value=${Math.min(rollout.updated, Math.max(1, rollout.target))}
        aria-label=${label}
      ></progress>
      <span class="number soft">${texts.workloads.pods(rollout.updated, rollout.target)}</span>
      <span class="soft phase">${texts.rollout.phases[rollout.phase]} <time-ago .at=${since}></time-ago></span>
    </li>`;
  }

  static override readonly styles = [
    base,
    css`
      :host {
        padding: 0 var(--gap-4) var(--gap-4);
        font-size: var(--size-3);
      }

      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 5rem 3rem;
        align-items: center;
        gap: 0 var(--gap-3);
        padding-block: var(--gap-1);
      }

      .phase {
        grid-column: 1 / -1;
        font-size: var(--size-2);
      }

      time-ago {
        display: inline;
      }

      progress {
        appearance: none;
        width: 100%;
        height: 0.5rem;
        border: 0;
        border-radius: 999px;
        overflow: hidden;
        background: var(--surface-hover);
      }

      progress::-webkit-progress-bar {
        background: var(--surface-hover);
      }

      progress::-webkit-progress-value {
        background: var(--progressing);
      }

      progress::-moz-progress-bar {
        background: var(--progressing);
      }

      .stalled::-webkit-progress-value {
        background: var(--degraded);
      }

      .stalled::-moz-progress-bar {
        background: var(--degraded);
      }

      .number {
        text-align: end;
      }
    `,
  ];
}

export function isMoving({ rollout }: Workload): boolean {
  return rollout.phase === 'advancing' || rollout.phase === 'stalled' || rollout.phase === 'unobserved';
}

customElements.define('rollout-progress', RolloutProgress);

declare global {
  interface HTMLElementTagNameMap {
    'rollout-progress': RolloutProgress;
  }
}

import { css, html, LitElement, type PropertyDeclarations, svg } from 'lit';
import type { History, RolloutList } from '../../api/contract.ts';
import type { HistoryState, WorkloadName } from '../../health/workload.ts';
import type { ApiClient } from '../data/api-client.ts';
import { FetchController } from '../data/fetch-controller.ts';
import { NavigateEvent } from '../data/navigation.ts';
import { type DetailRoute, detailRoute } from '../data/route.ts';
import { serverNow } from '../data/shared-clock.ts';
import { positionOf, rangeMs, stateBars, type TimeSpan } from '../data/timeline.ts';
import { formatDuration } from '../format/duration.ts';
import { formatShare } from '../format/quantity.ts';
import { base, controls, table } from '../styles/controls.ts';
import { stateFills } from '../styles/state-fills.ts';
import { texts } from '../texts/catalogue.ts';
import './basics.ts';
import './time-axis.ts';

const windows = ['24h', '7d', '30d', '90d'] as const;
type Window = (typeof windows)[number];

const heights: Readonly<Record<HistoryState, number>> = {
  Down: 40,
  Degraded: 30,
  Progressing: 20,
  Unknown: 20,
  Paused: 14,
  Terminating: 14,
  Idle: 14,
  Healthy: 14,
  NotObserved: 4,
};

export interface HistoryPanel {
  api: ApiClient | null;
  route: DetailRoute;
  /** Of the workload, RFC 3339. */
  createdAt: string | null;
  touched: number;
}

/** States over time with rollouts on them, availability per window, and every change. */
export class HistoryPanel extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    route: { attribute: false },
    createdAt: {},
    touched: { type: Number },
  };

  readonly #history = new FetchController<History>(this);
  readonly #rollouts = new FetchController<RolloutList>(this);
  #span: TimeSpan = { fromMs: 0, toMs: 0 };

  constructor() {
    super();
    this.api = null;
    this.route = detailRoute({ namespace: '', kind: 'Deployment', name: '' });
    this.createdAt = null;
    this.touched = 0;
  }

  protected override willUpdate(): void {
    const { api } = this;
    if (api === null) return;
    const { workload } = this.route;
    const range = this.#range();
    const read = (signal: AbortSignal): Promise<History> => {
      const toMs = serverNow();
      this.#span = { fromMs: toMs - (rangeMs[range] ?? 0), toMs };
      const query = { from: new Date(this.#span.fromMs).toISOString(), to: new Date(toMs).toISOString() };
      return api.history(workload, query, signal);
    };
    this.#history.ask(`${keyOf(workload)} ${range}`, read, this.touched);
    this.#rollouts.ask(keyOf(workload), (signal) => api.workloadRollouts(workload, { limit: 50 }, signal));
  }

  override render() {
    const { value, error, loading } = this.#history.state;
    if (value === null) return html`<fetch-notice .error=${error} .loading=${loading}></fetch-notice>`;
    return html`<div class="ranges" role="group" aria-label=${texts.history.range}>
        ${windows.map(
          (window) => html`<button
            type="button"
            class="small"
            aria-pressed=${window === this.#range() ? 'true' : 'false'}
            @click=${() => this.dispatchEvent(new NavigateEvent({ ...this.route, range: window }, true))}
          >
            ${texts.history.windows[window]}
          </button>`,
        )}
      </div>
      ${this.#strip(value)} ${this.#uptime(value)} ${this.#transitions(value)}`;
  }

  #strip(history: History) {
    const bars = stateBars(history.intervals, this.#span, this.createdAt);
    if (bars.length === 0) return html`<notice-box quiet kind="empty">${texts.history.empty}</notice-box>`;
    const rollouts = (this.#rollouts.state.value?.items ?? []).filter(
      ({ startedAt }) => Date.parse(startedAt) >= this.#span.fromMs,
    );
    return html`<figure>
      <svg viewBox="0 0 1000 48" preserveAspectRatio="none" aria-hidden="true">
        ${bars.map(
          ({ state, start, length }) =>
            svg`<rect class=${state} x=${start * 1000} y=${48 - heights[state]} width=${Math.max(1, length * 1000 - 0.5)} height=${heights[state]}></rect>`,
        )}
        ${rollouts.map(({ startedAt }) => {
          const x = positionOf(Date.parse(startedAt), this.#span) * 1000;
          return svg`<path class="rollout" d="M${x} 0V48"></path>`;
        })}
      </svg>
      <time-axis .fromMs=${this.#span.fromMs} .toMs=${this.#span.toMs}></time-axis>
      <figcaption>
        ${[...new Set(bars.map(({ state }) => state))].map(
          (state) => html`<span><state-mark .state=${state}></state-mark>${texts.states[state]}</span>`,
        )}
        ${rollouts.length === 0 ? null : html`<span><i></i>${texts.rollout.title}</span>`}
      </figcaption>
    </figure>`;
  }

  #uptime({ uptime }: History) {
    const share = (ratio: number | null): string => (ratio === null ? '–' : formatShare(ratio, texts.locale));
    return html`<div class="scroll" tabindex="0">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">${texts.history.uptime}</th>
            <th scope="col" class="end">${texts.history.full}</th>
            <th scope="col" class="end">${texts.history.reduced}</th>
            <th scope="col" class="end">${texts.history.down}</th>
            <th scope="col"><span class="hidden-text">${texts.history.notObserved}</span></th>
          </tr>
        </thead>
        <tbody>
          ${windows.map((window) => {
            const { availableRatio, reducedRatio, downRatio, observedRatio } = uptime[window];
            return html`<tr>
              <th scope="row">${texts.history.windows[window]}</th>
              <td class="end" data-label=${texts.history.full}>${share(availableRatio)}</td>
              <td class="end" data-label=${texts.history.reduced}>${share(reducedRatio)}</td>
              <td class="end" data-label=${texts.history.down}>${share(downRatio)}</td>
              <td class="faint">${texts.history.coverage(share(observedRatio))}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
  }

  #transitions({ transitions }: History) {
    const columns = texts.history.columns;
    return html`<h2>${texts.history.transitions}</h2>
      ${
        transitions.length === 0
          ? html`<p class="faint">${texts.history.empty}</p>`
          : html`<div class="scroll" tabindex="0">
              <table class="stack">
                <thead>
                  <tr>
                    <th scope="col">${columns.at}</th>
                    <th scope="col">${columns.from}</th>
                    <th scope="col">${columns.to}</th>
                    <th scope="col">${columns.message}</th>
                  </tr>
                </thead>
                <tbody>
                  ${transitions.map(
                    ({ at, from, to, message }, index) => html`<tr>
                      <td class="soft"><time-at .at=${at}></time-at></td>
                      <td>${from === null ? html`<span class="faint">${texts.history.firstSight}</span>` : texts.states[from]}</td>
                      <td class="to"><state-mark .state=${to}></state-mark> ${texts.states[to]}</td>
                      <td class="message line">${message}${this.#lasted(transitions, index)}</td>
                    </tr>`,
                  )}
                </tbody>
              </table>
            </div>`
      }`;
  }

  /** How long the state lasted until the next change; newest first. */
  #lasted(transitions: History['transitions'], index: number) {
    const here = transitions[index];
    const next = transitions[index - 1];
    if (here === undefined || next === undefined) return null;
    const lengthMs = Date.parse(next.at) - Date.parse(here.at);
    if (lengthMs < 0) return null;
    return html` <span class="faint">${texts.activity.lasted(formatDuration(lengthMs, texts.units))}</span>`;
  }

  #range(): Window {
    return windows.find((window) => window === this.route.range) ?? '24h';
  }

  static override readonly styles = [
    base,
    controls,
    table,
    stateFills,
    css`
      .ranges {
        display: flex;
        gap: var(--gap-1);
        padding: var(--gap-3) var(--gap-4);
      }

      figure {
        margin: 0;
        padding: 0 var(--gap-4) var(--gap-4);
      }

      svg {
        display: block;
        width: 100%;
        height: 48px;
        background: var(--surface-inset);
      }

      .rollout {
        fill: none;
        stroke: var(--accent);
        stroke-width: 1.5;
        vector-effect: non-scaling-stroke;
      }

      figcaption {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-1) var(--gap-4);
        color: var(--text-soft);
        font-size: var(--size-2);
      }

      figcaption span {
        display: inline-flex;
        align-items: center;
        gap: 0.35rem;
      }

      figcaption state-mark {
        width: 0.8rem;
        height: 0.8rem;
      }

      i {
        width: 2px;
        height: 0.8rem;
        background: var(--accent);
      }

      h2 {
        padding: var(--gap-4) var(--gap-4) var(--gap-1);
        font-size: var(--size-3);
        font-weight: 600;
      }

      p {
        padding: 0 var(--gap-4) var(--gap-4);
      }

      tbody th {
        font-weight: 500;
        color: var(--text);
        border-block-end: 1px solid var(--line);
      }

      .to {
        white-space: nowrap;
      }

      .to state-mark {
        vertical-align: -0.15em;
      }

      .message {
        overflow-wrap: anywhere;
        min-width: 14rem;
      }
    `,
  ];
}

function keyOf({ namespace, kind, name }: WorkloadName): string {
  return `${namespace}/${kind}/${name}`;
}

customElements.define('history-panel', HistoryPanel);

declare global {
  interface HTMLElementTagNameMap {
    'history-panel': HistoryPanel;
  }
}

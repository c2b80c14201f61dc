import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { Rollout, RolloutList, WorkloadMetrics } from '../../api/contract.ts';
import type { ApiClient } from '../data/api-client.ts';
import { chosenZone } from '../data/display.ts';
import { compareDeploy } from '../data/deploy-comparison.ts';
import { FetchController } from '../data/fetch-controller.ts';
import { NavigateEvent } from '../data/navigation.ts';
import { RefreshController } from '../data/refresh-controller.ts';
import { type DetailRoute, detailRoute } from '../data/route.ts';
import { formatFullInstant, formatInstant, parseInstant } from '../format/instant.ts';
import { formatBytes, formatChange, formatCores } from '../format/quantity.ts';
import { base, controls, table } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './basics.ts';
import './metric-chart.ts';

const ranges = ['1h', '6h', '24h', '7d'] as const;
const refreshMs = 30_000;
/** Upright lines at most; a curve with more of them would be a fence. */
const limitRollouts = 20;
/** Rows of the table under the curves. */
const limitRows = 120;

export interface MetricsPanel {
  api: ApiClient | null;
  route: DetailRoute;
}

/** CPU and memory of a workload over time, as curves and as a table. */
export class MetricsPanel extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    route: { attribute: false },
  };

  readonly #metrics = new FetchController<WorkloadMetrics>(this);
  readonly #rollouts = new FetchController<RolloutList>(this);

  constructor() {
    super();
    this.api = null;
    this.route = detailRoute({ namespace: '', kind: 'Deployment', name: '' });
    this.addController(
      new RefreshController(refreshMs, () => {
        const { api } = this;
        if (api === null) return;
        this.#metrics.refresh((signal) => api.workloadMetrics(this.route.workload, this.#range(), signal));
        this.#rollouts.refresh((signal) => api.workloadRollouts(this.route.workload, { limit: limitRollouts }, signal));
      }),
    );
  }

  protected override willUpdate(): void {
    const { api } = this;
    if (api === null) return;
    const { namespace, kind, name } = this.route.workload;
    const range = this.#range();
    this.#metrics.ask(`${namespace}/${kind}/${name} ${range}`, (signal) =>
      api.workloadMetrics(this.route.workload, range, signal),
    );
    this.#rollouts.ask(`${namespace}/${kind}/${name}`, (signal) =>
      api.workloadRollouts(this.route.workload, { limit: limitRollouts }, signal),
    );
  }

  override render() {
    const { value, error, loading } = this.#metrics.state;
    if (value === null) return html`<fetch-notice .error=${error} .loading=${loading}></fetch-notice>`;
    const hasPoints = value.cpuCores.length > 0 || value.memoryBytes.length > 0;
    return html`${value.state === 'available' ? nothing : this.#missing(value.state, hasPoints)}
    ${value.state === 'available' || hasPoints ? this.#curves(value, hasPoints) : nothing}`;
  }

  #missing(state: Exclude<WorkloadMetrics['state'], 'available'>, quiet: boolean) {
    const kind = state === 'forbidden' ? 'forbidden' : 'missing';
    return html`<notice-box .kind=${kind} .quiet=${quiet}>${texts.metrics[state]}</notice-box>`;
  }

  #curves(value: WorkloadMetrics, hasPoints: boolean) {
    const since = parseInstant(value.since);
    const cores = (amount: number): string => formatCores(amount, texts.locale);
    const bytes = (amount: number): string => formatBytes(amount, texts.locale);
    return html`<div class="ranges" role="group" aria-label=${texts.metrics.range}>
        ${ranges.map(
          (range) => html`<button
            type="button"
            class="small"
            aria-pressed=${range === this.#range() ? 'true' : 'false'}
            @click=${() => this.dispatchEvent(new NavigateEvent({ ...this.route, range }, true))}
          >
            ${texts.activity.ranges[range]}
          </button>`,
        )}
        <span class="faint"
          >${
            since === null
              ? nothing
              : texts.metrics.resolution(value.resolutionSeconds, formatFullInstant(since, texts.locale, chosenZone()))
          }</span
        >
      </div>
      ${
        hasPoints
          ? html`${this.#curve(texts.metrics.cpu, value.cpuCores, value.requests.cpuCores, value.limits.cpuCores, cores)}
            ${this.#curve(texts.metrics.memory, value.memoryBytes, value.requests.memoryBytes, value.limits.memoryBytes, bytes)}
            ${this.#table(value)}`
          : html`<notice-box kind="empty" .heading=${texts.metrics.empty}></notice-box>`
      }`;
  }

  #curve(
    name: string,
    points: WorkloadMetrics['cpuCores'],
    request: number | null,
    limit: number | null,
    format: (amount: number) => string,
  ) {
    const latest = points.findLast(([, amount]) => amount !== null)?.[1] ?? null;
    const said = latest === null ? '–' : format(latest);
    const deploys = this.#deploys(points);
    const newest = deploys.at(0) ?? null;
    const compared = newest === null ? null : compareDeploy(points, Date.parse(newest.startedAt) / 1000);
    return html`<figure>
      <figcaption>
        <strong>${name}</strong> <span class="number">${said}</span>
        <span class="faint">
          ${texts.metrics.request} ${request === null ? texts.app.unset : format(request)} · ${texts.metrics.limit}
          ${limit === null ? texts.app.unset : format(limit)}
        </span>
        ${
          newest === null || compared === null
            ? nothing
            : html`<span class="compared">
                ${texts.metrics.sinceDeploy(newest.revision, format(compared.since), format(compared.before))}
                ${compared.ratio === null ? nothing : html`<strong class="number">${formatChange(compared.ratio, texts.locale)}</strong>`}
              </span>`
        }
      </figcaption>
      <metric-chart
        role="img"
        aria-label=${texts.metrics.chartLabel(name, said)}
        .points=${points} .ghost=${compared?.ghost ?? []} .deploys=${deploys.map(({ startedAt }) => Date.parse(startedAt) / 1000)} .request=${request} .limit=${limit} .format=${format}></metric-chart>
    </figure>`;
  }

  /** Rollouts within the curve, the newest first. */
  #deploys(points: WorkloadMetrics['cpuCores']): readonly Rollout[] {
    const from = points[0]?.[0] ?? Number.POSITIVE_INFINITY;
    return (this.#rollouts.state.value?.items ?? []).filter(({ startedAt }) => Date.parse(startedAt) / 1000 > from);
  }

  #table({ cpuCores, memoryBytes }: WorkloadMetrics) {
    const memory = new Map(memoryBytes);
    const rows = cpuCores.slice(-limitRows).toReversed();
    return html`<details>
      <summary>${texts.app.asTable}</summary>
      <div class="scroll" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">${texts.metrics.tableTime}</th>
              <th scope="col" class="end">${texts.metrics.cpu}</th>
              <th scope="col" class="end">${texts.metrics.memory}</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(([at, cores]) => {
              const bytes = memory.get(at) ?? null;
              return html`<tr>
                <td>${formatInstant(at * 1000, Date.now(), texts.locale, chosenZone())}</td>
                <td class="end">${cores === null ? '–' : formatCores(cores, texts.locale)}</td>
                <td class="end">${bytes === null ? '–' : formatBytes(bytes, texts.locale)}</td>
              </tr>`;
            })}
          </tbody>
        </table>
      </div>
    </details>`;
  }

  #range(): (typeof ranges)[number] {
    return ranges.find((range) => range === this.route.range) ?? '1h';
  }

  static override readonly styles = [
    base,
    controls,
    table,
    css`
      .ranges {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-1);
        padding: var(--gap-3) var(--gap-4);
        font-size: var(--size-2);
      }

      .ranges .faint {
        margin-inline-start: var(--gap-3);
      }

      figure {
        margin: 0;
        padding: var(--gap-2) var(--gap-4);
      }

      figcaption {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: var(--gap-3);
        margin-block-end: var(--gap-1);
        font-size: var(--size-3);
      }

      .faint,
      .compared {
        font-size: var(--size-2);
      }

      .compared {
        margin-inline-start: auto;
        color: var(--text-soft);
      }

      .compared::before {
        content: "";
        display: inline-block;
        width: 1.25rem;
        margin-inline-end: var(--gap-2);
        border-block-start: 2px dotted var(--text-faint);
        vertical-align: 0.25em;
      }

      summary {
        padding: var(--gap-3) var(--gap-4);
        font-size: var(--size-3);
        cursor: pointer;
      }
    `,
  ];
}

customElements.define('metrics-panel', MetricsPanel);

declare global {
  interface HTMLElementTagNameMap {
    'metrics-panel': MetricsPanel;
  }
}

import { css, html, LitElement, type PropertyDeclarations } from 'lit';
import type { TopList } from '../../api/contract.ts';
import { parseWorkloadKey } from '../../health/workload.ts';
import type { ApiClient } from '../data/api-client.ts';
import { FetchController } from '../data/fetch-controller.ts';
import { RefreshController } from '../data/refresh-controller.ts';
import { detailRoute, formatRoute } from '../data/route.ts';
import { formatBytes, formatCores, formatPercent } from '../format/quantity.ts';
import { base, controls } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

const limitShown = 6;
/** Metrics-server measures every 15 s at best. */
const refreshMs = 30_000;

type Metric = 'cpu' | 'memory';

export interface TopConsumers {
  api: ApiClient | null;
  /** Chosen ones; empty for all. */
  namespaces: readonly string[];
  _metric: Metric;
}

/** Who uses the most, against its limit. */
export class TopConsumers extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    namespaces: { attribute: false },
    _metric: { state: true },
  };

  readonly #top = new FetchController<TopList>(this);

  constructor() {
    super();
    this.api = null;
    this.namespaces = [];
    this._metric = 'memory';
    this.addController(
      new RefreshController(refreshMs, () => {
        const { api } = this;
        if (api !== null) this.#top.refresh((signal) => this.#read(api, signal));
      }),
    );
  }

  protected override willUpdate(): void {
    const { api } = this;
    if (api === null) return;
    this.#top.ask(`${this._metric} ${this.namespaces.join()}`, (signal) => this.#read(api, signal));
  }

  #read(api: ApiClient, signal: AbortSignal): Promise<TopList> {
    return api.top({ metric: this._metric, namespace: this.namespaces, limit: limitShown }, signal);
  }

  override render() {
    const { value, error } = this.#top.state;
    return html`<div class="choice" role="group" aria-label=${texts.board.top}>
        ${this.#choice('memory', texts.board.topMemory)} ${this.#choice('cpu', texts.board.topCpu)}
      </div>
      ${
        value === null
          ? html`<p class="faint">${error?.message ?? texts.app.loading}</p>`
          : value.length === 0
            ? html`<p class="faint">${texts.board.metricsPending}</p>`
            : html`<ul>
                ${value.map((item) => this.#item(item))}
              </ul>`
      }`;
  }

  #choice(metric: Metric, word: string) {
    return html`<button
      type="button"
      class="small"
      aria-pressed=${this._metric === metric ? 'true' : 'false'}
      @click=${() => {
        this._metric = metric;
      }}
    >
      ${word}
    </button>`;
  }

  #item({ key, used, limit, request, ratio }: TopList[number]) {
    const name = parseWorkloadKey(key);
    const amount = (value: number): string =>
      this._metric === 'cpu' ? formatCores(value, texts.locale) : formatBytes(value, texts.locale);
    const bound = limit ?? request;
    const share = ratio === null ? '' : formatPercent(ratio, texts.locale);
    const words = limit === null ? texts.board.topOfRequest(share) : texts.board.topOfLimit(share);
    return html`<li>
      ${name === null ? html`<span>${key}</span>` : html`<a class="cut" href=${formatRoute(detailRoute(name, { namespaces: this.namespaces, tab: 'metrics' }))}>${name.namespace}/${name.name}</a>`}
      <span class="number">${amount(used)}</span>
      ${
        ratio === null || bound === null
          ? html`<span class="faint none">${texts.board.topNoLimit}</span>`
          : html`<meter min="0" max="1" high="0.85" .value=${Math.min(1, ratio)} aria-hidden="true"></meter>
              <span class="faint number share">${words}</span>`
      }
    </li>`;
  }

  static override readonly styles = [
    base,
    controls,
    css`
      :host {
        padding: 0 var(--gap-4) var(--gap-4);
        font-size: var(--size-3);
      }

      .choice {
        display: flex;
        gap: var(--gap-1);
        margin-block-end: var(--gap-2);
      }

      ul {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto 3rem auto;
        gap: 0 var(--gap-3);
      }

      li {
        display: grid;
        grid-template-columns: subgrid;
        grid-column: 1 / -1;
        align-items: center;
        padding-block: 0.2rem;
      }

      .none {
        grid-column: 3 / -1;
        text-align: end;
      }

      @media (max-width: 30rem) {
        ul {
          grid-template-columns: minmax(0, 1fr) auto auto;
        }

        meter {
          display: none;
        }

        .none {
          grid-column: 3;
        }
      }

      .number {
        text-align: end;
      }

      .share,
      .faint {
        font-size: var(--size-2);
      }

      meter {
        appearance: none;
        width: 100%;
        height: 0.5rem;
        border: 0;
        border-radius: 999px;
        background: var(--surface-hover);
        overflow: hidden;
      }

      meter::-webkit-meter-bar {
        height: 0.5rem;
        border: 0;
        border-radius: 999px;
        background: var(--surface-hover);
      }

      meter::-webkit-meter-optimum-value {
        background: var(--progressing);
      }

      meter::-webkit-meter-suboptimum-value {
        background: var(--degraded);
      }

      meter::-moz-meter-bar {
        background: var(--progressing);
      }
    `,
  ];
}

customElements.define('top-consumers', TopConsumers);

declare global {
  interface HTMLElementTagNameMap {
    'top-consumers': TopConsumers;
  }
}

import { css, html, LitElement, nothing, type PropertyDeclarations, svg } from 'lit';
import { sparkOf } from '../data/spark.ts';
import type { Usage } from '../data/usage-book.ts';
import { formatBytes, formatCores } from '../format/quantity.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

const width = 60;
const height = 16;
const hourSeconds = 3_600;

export interface UsageSpark {
  usage: Usage | null;
}

/** CPU and memory of the last hour, side by side, each with its newest amount and a line for its limit. */
export class UsageSpark extends LitElement {
  static override readonly properties: PropertyDeclarations = { usage: { attribute: false } };

  constructor() {
    super();
    this.usage = null;
  }

  override render() {
    const { usage } = this;
    if (usage === null) return nothing;
    return html`${this.#curve(texts.metrics.cpu, usage.cpuCores, usage.limits.cpuCores, (amount) => formatCores(amount, texts.locale))}
    ${this.#curve(texts.metrics.memory, usage.memoryBytes, usage.limits.memoryBytes, (amount) => formatBytes(amount, texts.locale))}`;
  }

  #slots(): number {
    const { cpuCores, resolutionSeconds } = this.usage ?? { cpuCores: [], resolutionSeconds: 0 };
    return Math.max(cpuCores.length, resolutionSeconds === 0 ? 0 : Math.round(hourSeconds / resolutionSeconds));
  }

  #curve(name: string, values: readonly (number | null)[], limit: number | null, format: (amount: number) => string) {
    const latest = values.findLast((value) => value !== null) ?? null;
    if (latest === null) return nothing;
    const { lines, limitY, isNear } = sparkOf(values, limit, width, height, this.#slots());
    const said = `${name} ${format(latest)}${limit === null ? '' : ` / ${format(limit)}`}`;
    return html`<span class=${isNear ? 'near' : ''} title=${said}>
      <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label=${said}>
        ${limitY === null ? nothing : svg`<path class="limit" d="M0 ${limitY}H${width}"></path>`}
        ${lines.map((points) => svg`<polyline points=${points}></polyline>`)}
      </svg>
      <span class="number" aria-hidden="true">${format(latest)}</span>
    </span>`;
  }

  static override readonly styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: var(--gap-2);
      }

      span {
        display: flex;
        flex-direction: column;
        min-width: 0;
        line-height: 1.2;
      }

      .number {
        overflow: hidden;
        color: var(--text-faint);
        font-size: var(--size-1);
        white-space: nowrap;
      }

      .near .number {
        color: var(--degraded-text);
        font-weight: 600;
      }

      svg {
        width: 100%;
        height: 16px;
        overflow: visible;
      }

      polyline {
        fill: none;
        stroke: var(--progressing);
        stroke-width: 1.25;
        vector-effect: non-scaling-stroke;
      }

      .near polyline {
        stroke: var(--degraded);
      }

      .limit {
        stroke: var(--line-strong);
        stroke-width: 1;
        stroke-dasharray: 2 2;
        vector-effect: non-scaling-stroke;
      }

      @media (forced-colors: active) {
        polyline {
          stroke: CanvasText;
        }

        .limit {
          stroke: GrayText;
        }
      }
    `,
  ];
}

customElements.define('usage-spark', UsageSpark);

declare global {
  interface HTMLElementTagNameMap {
    'usage-spark': UsageSpark;
  }
}

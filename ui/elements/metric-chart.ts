import { css, html, LitElement, type PropertyDeclarations } from 'lit';
import uPlot from 'uplot';
import { chosenZone, DisplayController } from '../data/display.ts';
import { formatInstant } from '../format/instant.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

const height = 200;
/** Round steps of the axis: decimal below a thousand (cores), powers of two above (bytes). */
const increments = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512,
].concat(Array.from({ length: 40 }, (_, index) => 1024 * 2 ** index));

export interface MetricChart {
  /** Unix seconds and amounts; null where nothing was measured. */
  points: readonly (readonly [number, number | null])[];
  request: number | null;
  limit: number | null;
  /** The same curve before a deployment, aligned with what came since; empty for none. */
  ghost: readonly (number | null)[];
  /** Deployments, in Unix seconds: an upright line each. */
  deploys: readonly number[];
  /** Writes an amount for axis and cursor. */
  format: (amount: number) => string;
}

/**
 * A curve of one amount over time, with its request (dashed) and limit (solid). Drawn on a canvas by uPlot, which is
 * fetched only with this element; the figures stand in a table beside it.
 */
export class MetricChart extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    points: { attribute: false },
    request: { type: Number },
    limit: { type: Number },
    ghost: { attribute: false },
    deploys: { attribute: false },
    format: { attribute: false },
  };

  #plot: uPlot | null = null;
  readonly #resize = new ResizeObserver(([entry]) => {
    if (entry && entry.contentRect.width > 0) this.#plot?.setSize({ width: entry.contentRect.width, height });
  });
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');

  constructor() {
    super();
    this.points = [];
    this.request = null;
    this.limit = null;
    this.ghost = [];
    this.deploys = [];
    this.format = String;
    this.addController(new DisplayController(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize.observe(this);
    this.#scheme.addEventListener('change', this.#redraw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
    this.#scheme.removeEventListener('change', this.#redraw);
    this.#plot?.destroy();
    this.#plot = null;
  }

  override render() {
    return html`<div class="place"></div>`;
  }

  protected override updated(): void {
    this.#plot?.destroy();
    this.#plot = null;
    if (this.points.length === 0) return;
    const width = this.getBoundingClientRect().width || 600;
    const place = this.renderRoot.querySelector<HTMLElement>('.place');
    if (place) this.#plot = new uPlot(this.#options(width), this.#data(), place);
  }

  #data(): uPlot.AlignedData {
    const line = (amount: number | null): (number | null)[] => this.points.map(() => amount);
    return [
      this.points.map(([at]) => at),
      this.points.map(([, amount]) => amount),
      line(this.request),
      line(this.limit),
      this.points.map((_, index) => this.ghost[index] ?? null),
    ];
  }

  /** A canvas knows no custom properties: colours are read when it is drawn. */
  #options(width: number): uPlot.Options {
    const style = getComputedStyle(this);
    const probe = document.createElement('span');
    this.renderRoot.append(probe);
    const colour = (name: string): string => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const accent = colour('--accent');
    const faint = colour('--text-faint');
    const grid = colour('--line');
    const axis = {
      stroke: faint,
      grid: { stroke: grid, width: 1 },
      ticks: { stroke: grid, width: 1 },
      font: `11px ${style.fontFamily}`,
    };
    const options: uPlot.Options = {
      width,
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      tzDate: (at) => (chosenZone() === 'utc' ? uPlot.tzDate(new Date(at * 1000), 'Etc/UTC') : new Date(at * 1000)),
      scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, Number.EPSILON)] } },
      axes: [
        { ...axis, space: 96, values: (_plot, ticks) => ticks.map((tick) => this.#time(tick)) },
        { ...axis, size: 76, incrs: increments, values: (_plot, ticks) => ticks.map((tick) => this.format(tick)) },
      ],
      series: [
        {},
        {
          stroke: colour('--progressing'),
          width: 1.75,
          fill: colour('--progressing-tint'),
          spanGaps: false,
          points: { show: false },
        },
        { stroke: colour('--text-soft'), width: 1, dash: [5, 4], points: { show: false } },
        { stroke: colour('--degraded'), width: 1, points: { show: false } },
        { stroke: colour('--text-faint'), width: 1.25, dash: [2, 3], points: { show: false } },
      ],
      hooks: { draw: [(plot) => this.#drawDeploys(plot, accent)] },
    };
    probe.remove();
    return options;
  }

  #drawDeploys(plot: uPlot, colour: string): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = Math.max(1, devicePixelRatio);
    for (const at of this.deploys) {
      const x = Math.round(plot.valToPos(at, 'x', true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  #time(seconds: number): string {
    return formatInstant(seconds * 1000, Date.now(), texts.locale, chosenZone());
  }

  readonly #redraw = (): void => this.requestUpdate();

  static override readonly styles = [
    base,
    css`
      :host {
        min-width: 0;
        min-height: 200px;
        overflow: hidden;
        font-family: var(--font-text);
      }

      .uplot,
      .u-wrap {
        position: relative;
        user-select: none;
      }

      .u-over,
      .u-under,
      .u-axis,
      .u-cursor-x,
      .u-cursor-y,
      .u-cursor-pt,
      .u-select {
        position: absolute;
        pointer-events: none;
      }

      .u-over {
        pointer-events: auto;
      }

      canvas {
        display: block;
        position: relative;
        width: 100%;
        height: 100%;
      }

      .u-cursor-x {
        inset-block: 0;
        inset-inline-start: 0;
        border-inline-start: 1px dashed var(--line-strong);
      }

      .u-cursor-pt {
        top: 0;
        left: 0;
        border: 2px solid;
        border-radius: 50%;
      }

      .u-off {
        display: none;
      }
    `,
  ];
}

customElements.define('metric-chart', MetricChart);

declare global {
  interface HTMLElementTagNameMap {
    'metric-chart': MetricChart;
  }
}

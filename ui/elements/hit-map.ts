import { css, html, LitElement, type PropertyDeclarations, svg } from 'lit';
import { base } from '../styles/controls.ts';

/** A place in the log was picked, as a share of its length. */
export class PickEvent extends Event {
  static readonly type = 'pick';
  readonly share: number;

  constructor(share: number) {
    super(PickEvent.type);
    this.share = share;
  }
}

export interface HitMap {
  /** Hits in each part of the log, the oldest first. */
  bins: readonly number[];
  /** Which part of the log is in view, as shares of its length. */
  from: number;
  to: number;
  /** What the hits are and how many: read out instead of the picture. */
  label: string;
}

/** A log from its oldest line above to its newest below, with a mark wherever there are hits. */
export class HitMap extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    bins: { attribute: false },
    from: { type: Number },
    to: { type: Number },
    label: {},
  };

  constructor() {
    super();
    this.bins = [];
    this.from = 0;
    this.to = 1;
    this.label = '';
  }

  override render() {
    const { bins } = this;
    const most = Math.max(1, ...bins);
    return html`<svg
      viewBox="0 0 10 ${bins.length}"
      preserveAspectRatio="none"
      role="img"
      aria-label=${this.label}
      @click=${this.#picked}
    >
      <title>${this.label}</title>
      ${bins.map((count, index) => {
        // A single hit is seen as well: a third of the width at least.
        const width = count === 0 ? 0 : 3 + (count / most) * 7;
        return width === 0 ? null : svg`<rect class="hit" x=${10 - width} y=${index} width=${width} height="1"></rect>`;
      })}
      <rect class="view" x="0" y=${this.from * bins.length} width="10" height=${Math.max(2, (this.to - this.from) * bins.length)}></rect>
    </svg>`;
  }

  readonly #picked = (event: MouseEvent): void => {
    if (!(event.currentTarget instanceof SVGElement)) return;
    const { top, height } = event.currentTarget.getBoundingClientRect();
    this.dispatchEvent(new PickEvent(Math.min(1, Math.max(0, (event.clientY - top) / height))));
  };

  static override readonly styles = [
    base,
    css`
      svg {
        display: block;
        width: 100%;
        height: 100%;
        background: var(--surface);
        cursor: pointer;
      }

      .hit {
        fill: var(--hit, var(--accent));
      }

      .view {
        fill: var(--text);
        fill-opacity: 0.12;
      }

      @media (forced-colors: active) {
        .hit {
          fill: Highlight;
        }

        .view {
          fill: none;
          stroke: CanvasText;
          vector-effect: non-scaling-stroke;
        }
      }
    `,
  ];
}

customElements.define('hit-map', HitMap);

declare global {
  interface HTMLElementTagNameMap {
    'hit-map': HitMap;
  }
}

import { css, html, LitElement, type PropertyDeclarations, svg } from 'lit';
import type { HistoryState } from '../../health/workload.ts';
import { stripHours, stripRuns } from '../data/strip.ts';
import { base } from '../styles/controls.ts';
import { stateFills } from '../styles/state-fills.ts';
import { texts } from '../texts/catalogue.ts';

const halfHours = 48;

/** Height says how bad, beside the colour: in print and for eyes that see no colours. */
const heights: Readonly<Record<HistoryState, number>> = {
  Down: 14,
  Degraded: 11,
  Progressing: 8,
  Unknown: 8,
  Paused: 5,
  Terminating: 5,
  Idle: 5,
  Healthy: 5,
  NotObserved: 2,
};

export interface DayStrip {
  /** 48 letters of the API. */
  strip: string;
  stale: boolean;
}

/** The last 24 hours of a workload, one segment per run of equal half-hours. */
export class DayStrip extends LitElement {
  static override readonly properties: PropertyDeclarations = { strip: {}, stale: { type: Boolean } };

  constructor() {
    super();
    this.strip = '';
    this.stale = false;
  }

  override render() {
    const said = [...stripHours(this.strip)].map(
      ([state, hours]) => `${texts.states[state]} ${hours} ${texts.units.hour}`,
    );
    return html`<svg viewBox="0 0 ${halfHours * 2} 14" preserveAspectRatio="none" role="img" aria-label=${said.join(', ')}>
      ${stripRuns(this.strip).map(({ state, start, length }) => {
        const height = heights[state];
        return svg`<rect class=${state} x=${start * 2} y=${14 - height} width=${length * 2 - 0.3} height=${height}></rect>`;
      })}
      ${this.stale ? svg`<path class="stale" d="M90 14L96 0M86 14L92 0M94 14L100 0"></path>` : null}
    </svg>`;
  }

  static override readonly styles = [
    base,
    stateFills,
    css`
      :host {
        min-width: 0;
      }

      svg {
        display: block;
        width: 100%;
        height: 14px;
      }

      .stale {
        stroke: var(--text-soft);
        stroke-width: 1.2;
        vector-effect: non-scaling-stroke;
      }

      @media (forced-colors: active) {
        rect,
        .Healthy,
        .NotObserved {
          fill: CanvasText;
        }
      }
    `,
  ];
}

customElements.define('day-strip', DayStrip);

declare global {
  interface HTMLElementTagNameMap {
    'day-strip': DayStrip;
  }
}

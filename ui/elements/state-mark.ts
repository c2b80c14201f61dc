import { css, html, LitElement, nothing, type PropertyDeclarations, svg, type SVGTemplateResult } from 'lit';
import type { HistoryState } from '../../health/workload.ts';
import { texts } from '../texts/catalogue.ts';

/** The letters of strips and cells, as in the API's `strip24h`. */
export const stateLetters: Readonly<Record<HistoryState, string>> = {
  Healthy: 'H',
  Progressing: 'P',
  Degraded: 'D',
  Down: 'X',
  Paused: 'S',
  Idle: 'I',
  Terminating: 'T',
  Unknown: 'U',
  NotObserved: '-',
};

/** One shape and one sign per state: it can be read without its colour. Drawn in a box of 16 by 16. */
const shapes: Readonly<Record<HistoryState, SVGTemplateResult>> = {
  Down: svg`<path class="fill" d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z"/><path class="sign" d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8"/>`,
  Degraded: svg`<path class="fill" d="M8 1.2c.5 0 1 .3 1.2.7l5.9 10.6c.5 1-.2 2.1-1.2 2.1H2.1c-1 0-1.7-1.1-1.2-2.1L6.8 1.9c.2-.4.7-.7 1.2-.7z"/><path class="sign" d="M8 5.6v4M8 12v.3"/>`,
  Progressing: svg`<circle class="line" cx="8" cy="8" r="6"/><path class="fill" d="M8 2a6 6 0 0 1 0 12z"/>`,
  Healthy: svg`<circle class="fill" cx="8" cy="8" r="7"/><path class="sign" d="M4.9 8.3l2.2 2.2 4-4.6"/>`,
  Paused: svg`<rect class="line" x="1.9" y="1.9" width="12.2" height="12.2" rx="3.5"/><path class="line" d="M6.2 5.4v5.2M9.8 5.4v5.2"/>`,
  Unknown: svg`<circle class="line dashed" cx="8" cy="8" r="6.6"/><path class="line" d="M6.3 6.4c0-2.3 3.5-2.2 3.5 0 0 1.3-1.7 1.4-1.7 2.8M8.1 11.3v.2"/>`,
  Idle: svg`<circle class="line" cx="8" cy="8" r="5.8"/>`,
  Terminating: svg`<path class="line dotted" d="M1.6 8h9"/><path class="line" d="M9.3 4.2L13.6 8l-4.3 3.8"/>`,
  NotObserved: svg`<path class="line" d="M3 13L13 3M3 8l5-5M8 13l5-5"/>`,
};

export interface StateMark {
  state: HistoryState;
  /** Its data is old: the same shape, hatched, with a clock. */
  stale: boolean;
  /** Read out as text; empty where the word stands beside it. */
  label: boolean;
}

/** The shape of a state. */
export class StateMark extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    state: { type: String, reflect: true },
    stale: { type: Boolean, reflect: true },
    label: { type: Boolean },
  };

  constructor() {
    super();
    this.state = 'Unknown';
    this.stale = false;
    this.label = false;
  }

  override render() {
    const name = this.label ? texts.states[this.state] : null;
    return html`<svg
      viewBox="0 0 16 16"
      role=${name === null ? nothing : 'img'}
      aria-label=${name ?? nothing}
      aria-hidden=${name === null ? 'true' : nothing}
    >
      ${shapes[this.state]}
      ${
        this.stale
          ? svg`<path class="hatch" d="M-2 10L10 -2M0 16L16 0M6 18L18 6"/><circle class="clock" cx="12" cy="12" r="3.8"/><path class="hands" d="M12 9.9V12l1.3.9"/>`
          : nothing
      }
    </svg>`;
  }

  static override readonly styles = css`
    :host {
      display: inline-block;
      flex: none;
      width: 1rem;
      height: 1rem;
      color: var(--quiet);
    }

    :host([state="Down"]) {
      color: var(--down);
    }

    :host([state="Degraded"]) {
      color: var(--degraded);
    }

    :host([state="Progressing"]) {
      color: var(--progressing);
    }

    :host([state="Healthy"]) {
      color: var(--healthy);
    }

    :host([state="Unknown"]) {
      color: var(--unknown);
    }

    svg {
      display: block;
      width: 100%;
      height: 100%;
      overflow: hidden;
      forced-color-adjust: none;
    }

    .fill {
      fill: currentcolor;
    }

    .line,
    .sign {
      fill: none;
      stroke: currentcolor;
      stroke-width: 1.7;
      stroke-linecap: round;
      stroke-linejoin: round;
    }

    .sign {
      stroke: var(--surface);
      stroke-width: 1.9;
    }

    .dashed {
      stroke-dasharray: 2.6 2.6;
    }

    .dotted {
      stroke-dasharray: 0.1 2.9;
      stroke-width: 2;
    }

    .hatch {
      fill: none;
      stroke: var(--surface);
      stroke-width: 1.3;
    }

    .clock {
      fill: var(--surface);
      stroke: var(--text-soft);
      stroke-width: 1.1;
    }

    .hands {
      fill: none;
      stroke: var(--text-soft);
      stroke-width: 1.1;
    }

    @media (forced-colors: active) {
      svg {
        color: CanvasText;
      }

      .sign,
      .hatch {
        stroke: Canvas;
      }

      .clock {
        fill: Canvas;
      }
    }

    @media (prefers-reduced-motion: no-preference) {
      :host([state="Progressing"]) svg {
        animation: turn 3.2s linear infinite;
      }

      :host([stale]) svg {
        animation: none;
      }

      @keyframes turn {
        to {
          transform: rotate(1turn);
        }
      }
    }
  `;
}

customElements.define('state-mark', StateMark);

declare global {
  interface HTMLElementTagNameMap {
    'state-mark': StateMark;
  }
}

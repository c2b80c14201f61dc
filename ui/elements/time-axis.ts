import { css, html, LitElement, type PropertyDeclarations } from 'lit';
import { chosenZone, DisplayController } from '../data/display.ts';
import { ticksOf } from '../data/timeline.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

const dayMs = 86_400_000;

export interface TimeAxis {
  fromMs: number;
  toMs: number;
}

/** The labels under a picture of time. */
export class TimeAxis extends LitElement {
  static override readonly properties: PropertyDeclarations = { fromMs: { type: Number }, toMs: { type: Number } };

  constructor() {
    super();
    this.fromMs = 0;
    this.toMs = 0;
    this.addController(new DisplayController(this));
  }

  override render() {
    const zone = chosenZone();
    const offsetMs = zone === 'utc' ? 0 : -new Date(this.toMs).getTimezoneOffset() * 60_000;
    const long = this.toMs - this.fromMs > 2 * dayMs;
    const format = new Intl.DateTimeFormat(texts.locale, {
      ...(long ? { month: 'short', day: 'numeric' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
      ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
    });
    return html`${ticksOf(this, 6, offsetMs).map(
      ({ at, position }) => html`<span data-position=${position}>${format.format(at)}</span>`,
    )}`;
  }

  protected override updated(): void {
    for (const label of this.renderRoot.querySelectorAll<HTMLElement>('span')) {
      const position = Number(label.dataset['position']);
      label.style.insetInlineStart = `${position * 100}%`;
      // Cut at the edge it would name another time: "12:0". Its line stays.
      const room = this.clientWidth * (1 - position);
      label.classList.toggle('bare', label.scrollWidth > room);
    }
  }

  static override readonly styles = [
    base,
    css`
      :host {
        position: relative;
        height: 1.4rem;
        overflow: hidden;
        color: var(--text-faint);
        font-size: var(--size-1);
      }

      span {
        position: absolute;
        top: 0.15rem;
        padding-inline-start: 0.25rem;
        border-inline-start: 1px solid var(--line-strong);
        white-space: nowrap;
      }

      .bare {
        width: 0;
        padding: 0;
        color: transparent;
      }
    `,
  ];
}

customElements.define('time-axis', TimeAxis);

declare global {
  interface HTMLElementTagNameMap {
    'time-axis': TimeAxis;
  }
}

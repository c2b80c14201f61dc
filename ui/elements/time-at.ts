import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { chosenZone, DisplayController } from '../data/display.ts';
import { serverNow, TickController } from '../data/shared-clock.ts';
import { dayOf, formatFullInstant, formatInstant, parseInstant } from '../format/instant.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

export interface TimeAt {
  /** RFC 3339, or null for a time that is not known. */
  at: string | null;
}

/** A point in time by the clock that the reader chose. */
export class TimeAt extends LitElement {
  static override readonly properties: PropertyDeclarations = { at: {} };

  constructor() {
    super();
    this.at = null;
    this.addController(new DisplayController(this));
    // A page that is open past midnight: what was today is yesterday.
    this.addController(new TickController(this, (now) => String(dayOf(now, chosenZone()))));
  }

  override render() {
    const at = parseInstant(this.at);
    if (at === null) return nothing;
    const zone = chosenZone();
    return html`<time datetime=${this.at ?? ''} title=${formatFullInstant(at, texts.locale, zone)}
      >${formatInstant(at, serverNow(), texts.locale, zone)}</time
    >`;
  }

  static override readonly styles = [
    base,
    css`
      :host {
        display: inline;
      }
    `,
  ];
}

customElements.define('time-at', TimeAt);

declare global {
  interface HTMLElementTagNameMap {
    'time-at': TimeAt;
  }
}

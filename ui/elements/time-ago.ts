import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { chosenZone, DisplayController } from '../data/display.ts';
import { serverNow, TickController } from '../data/shared-clock.ts';
import { formatDuration } from '../format/duration.ts';
import { formatFullInstant, parseInstant } from '../format/instant.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

export interface TimeAgo {
  /** RFC 3339, or null for a time that is not known. */
  at: string | null;
  /** `length` writes "4 min", `ago` "4 min ago". */
  form: 'length' | 'ago';
}

/** How long ago something was; ticks, and has the exact instant as its title. */
export class TimeAgo extends LitElement {
  static override readonly properties: PropertyDeclarations = { at: {}, form: {} };

  constructor() {
    super();
    this.at = null;
    this.form = 'length';
    this.addController(new DisplayController(this));
    this.addController(new TickController(this, (now) => this.#text(now)));
  }

  override render() {
    const at = parseInstant(this.at);
    if (at === null) return nothing;
    return html`<time datetime=${this.at ?? ''} title=${formatFullInstant(at, texts.locale, chosenZone())}
      >${this.#text(serverNow())}</time
    >`;
  }

  #text(now: number): string {
    const at = parseInstant(this.at);
    if (at === null) return '';
    const length = formatDuration(now - at, texts.units);
    if (this.form === 'length') return length;
    return now - at < 1_000 ? texts.units.justNow : texts.ago(length);
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

customElements.define('time-ago', TimeAgo);

declare global {
  interface HTMLElementTagNameMap {
    'time-ago': TimeAgo;
  }
}

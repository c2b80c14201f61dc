import { css, html, LitElement, type PropertyDeclarations, svg } from 'lit';
import { copyText } from '../data/clipboard.ts';
import { base, controls } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

const shownMs = 1_600;

export interface CopyButton {
  /** What is copied. */
  text: string;
  /** What the button says; the bare word when empty. */
  label: string;
  /** Icon alone, the label for screen readers. */
  compact: boolean;
  _outcome: 'none' | 'copied' | 'failed';
}

/** Copies a text and says whether it worked. */
export class CopyButton extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    text: {},
    label: {},
    compact: { type: Boolean },
    _outcome: { state: true },
  };

  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor() {
    super();
    this.text = '';
    this.label = '';
    this.compact = false;
    this._outcome = 'none';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  override render() {
    const label = this.label || texts.app.copy;
    const words = { none: label, copied: texts.app.copied, failed: texts.app.copyFailed }[this._outcome];
    const icon =
      this._outcome === 'copied'
        ? svg`<path d="M3 8.5l3.2 3.2L13 4.8"/>`
        : svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1.8"/><path d="M3.5 10.5V4.3c0-1 .8-1.8 1.8-1.8h5.2"/>`;
    return html`<button class="small ${this.compact ? 'bare' : ''}" type="button" title=${words} @click=${this.#copy}>
      <svg viewBox="0 0 16 16" aria-hidden="true">${icon}</svg>
      <span class=${this.compact ? 'hidden-text' : ''} role="status">${words}</span>
    </button>`;
  }

  /** Copies as if the button were pressed. */
  async copy(): Promise<void> {
    this._outcome = (await copyText(this.text)) ? 'copied' : 'failed';
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this._outcome = 'none';
    }, shownMs);
  }

  readonly #copy = (): void => {
    void this.copy();
  };

  static override readonly styles = [
    base,
    controls,
    css`
      :host {
        display: inline-flex;
      }

      svg {
        fill: none;
        stroke: currentcolor;
        stroke-width: 1.5;
        stroke-linecap: round;
        stroke-linejoin: round;
      }
    `,
  ];
}

customElements.define('copy-button', CopyButton);

declare global {
  interface HTMLElementTagNameMap {
    'copy-button': CopyButton;
  }
}

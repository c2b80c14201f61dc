import { css, html, LitElement, type PropertyDeclarations } from 'lit';
import { base, controls } from '../styles/controls.ts';
import { paletteKeys } from '../data/shortcuts.ts';
import { popover } from '../styles/popover.ts';
import { texts } from '../texts/catalogue.ts';

export interface ShortcutList {
  _open: boolean;
}

/** All keys of the page. */
export class ShortcutList extends LitElement {
  static override readonly properties: PropertyDeclarations = { _open: { state: true } };

  constructor() {
    super();
    this._open = false;
  }

  show(): void {
    this._open = true;
    void this.updateComplete.then(() => this.renderRoot.querySelector('dialog')?.showModal());
  }

  override render() {
    if (!this._open) return html`<dialog></dialog>`;
    const words = texts.shortcuts;
    return html`<dialog aria-labelledby="title" @close=${this.#closed}>
      <header>
        <h2 id="title">${words.title}</h2>
        <form method="dialog"><button class="bare small" aria-label=${texts.app.close}>×</button></form>
      </header>
      <dl>
        ${[
          ['/', words.search],
          [paletteKeys(navigator.platform), words.palette],
          ['g b · g w · g a · g d', words.go],
          ['j · k', words.move],
          ['Enter', words.open],
          ['[ · ]', words.broken],
          ['f', words.follow],
          ['p', words.previous],
          ['c', words.copy],
          ['t', words.zone],
          ['.', words.freeze],
          ['?', words.help],
        ].map(([keys, meaning]) => html`<div><dt><kbd>${keys}</kbd></dt><dd>${meaning}</dd></div>`)}
      </dl>
    </dialog>`;
  }

  readonly #closed = (): void => {
    this._open = false;
  };

  static override readonly styles = [
    base,
    controls,
    popover,
    css`
      :host {
        display: contents;
      }

      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        padding: var(--gap-4);
      }

      h2 {
        font-size: var(--size-5);
        font-weight: 600;
      }

      dl {
        padding: 0 var(--gap-4) var(--gap-4);
      }

      dl > div {
        display: grid;
        grid-template-columns: 11rem minmax(0, 1fr);
        gap: var(--gap-3);
        padding-block: 0.3rem;
        font-size: var(--size-3);
      }

      kbd {
        padding: 0.1rem 0.4rem;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-1);
        font: 500 var(--size-2) / 1.4 var(--font-code);
      }
    `,
  ];
}

customElements.define('shortcut-list', ShortcutList);

declare global {
  interface HTMLElementTagNameMap {
    'shortcut-list': ShortcutList;
  }
}

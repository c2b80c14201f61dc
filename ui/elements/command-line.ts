import { css, html, LitElement, type PropertyDeclarations } from 'lit';
import { base } from '../styles/controls.ts';
import './copy-button.ts';

export interface CommandLine {
  command: string;
}

/** A command to be read and copied. */
export class CommandLine extends LitElement {
  static override readonly properties: PropertyDeclarations = { command: {} };

  constructor() {
    super();
    this.command = '';
  }

  override render() {
    return html`<code tabindex="0">${this.command}</code><copy-button .text=${this.command} compact></copy-button>`;
  }

  static override readonly styles = [
    base,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: var(--gap-1);
        padding-inline: var(--gap-3) var(--gap-1);
        border: 1px solid var(--line);
        border-radius: var(--radius-2);
        background: var(--surface-inset);
      }

      code {
        flex: 1;
        min-width: 0;
        padding-block: 0.35rem;
        overflow-x: auto;
        font: 400 var(--size-2) / 1.5 var(--font-code);
        white-space: pre;
        scrollbar-width: thin;
      }
    `,
  ];
}

customElements.define('command-line', CommandLine);

declare global {
  interface HTMLElementTagNameMap {
    'command-line': CommandLine;
  }
}

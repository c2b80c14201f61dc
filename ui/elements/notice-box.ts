import { css, html, LitElement, nothing, type PropertyDeclarations, svg, type SVGTemplateResult } from 'lit';
import { base, controls } from '../styles/controls.ts';

export type NoticeKind = 'empty' | 'error' | 'stale' | 'forbidden' | 'loading' | 'missing';

const pictures: Readonly<Record<NoticeKind, SVGTemplateResult>> = {
  empty: svg`<rect x="5" y="9" width="22" height="16" rx="3"/><path d="M5 15h6l2 3h6l2-3h6"/>`,
  error: svg`<path d="M16 6l11 19H5z"/><path d="M16 13v5M16 21.5v.1"/>`,
  stale: svg`<circle cx="16" cy="16" r="10"/><path d="M16 10v6l4 3"/>`,
  forbidden: svg`<path d="M16 5l9 3.5v7c0 6-4 9.5-9 11.5-5-2-9-5.5-9-11.5v-7z"/><path d="M12.5 16h7"/>`,
  loading: svg`<circle cx="16" cy="16" r="10" stroke-dasharray="10 6"/>`,
  missing: svg`<circle cx="16" cy="16" r="10" stroke-dasharray="3 3"/><path d="M16 11.5v5.5M16 20.5v.1"/>`,
};

export interface NoticeBox {
  kind: NoticeKind;
  heading: string;
  /** One line instead of a box: for a part that is missing. */
  quiet: boolean;
}

/** The four ways in which there is nothing to show, each with its own drawing. The slot takes text and buttons. */
export class NoticeBox extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    kind: { reflect: true },
    heading: {},
    quiet: { type: Boolean, reflect: true },
  };

  constructor() {
    super();
    this.kind = 'empty';
    this.heading = '';
    this.quiet = false;
  }

  override render() {
    return html`<div role=${this.kind === 'error' ? 'alert' : nothing}>
      <svg viewBox="0 0 32 32" aria-hidden="true">${pictures[this.kind]}</svg>
      <span class="words">
        ${this.heading === '' ? nothing : html`<strong>${this.heading}</strong>`}
        <slot></slot>
      </span>
      <slot name="actions"></slot>
    </div>`;
  }

  static override readonly styles = [
    base,
    controls,
    css`
      div {
        display: flex;
        flex-direction: column;
        align-items: center;
        gap: var(--gap-3);
        padding: var(--gap-6) var(--gap-4);
        color: var(--text-soft);
        text-align: center;
      }

      svg {
        width: 2.5rem;
        height: 2.5rem;
        fill: none;
        stroke: var(--text-faint);
        stroke-width: 1.6;
        stroke-linecap: round;
        stroke-linejoin: round;
      }

      .words {
        display: flex;
        flex-direction: column;
        gap: var(--gap-1);
        max-width: 42rem;
      }

      strong {
        color: var(--text);
        font-size: var(--size-5);
        font-weight: 600;
      }

      :host([kind="error"]) svg {
        stroke: var(--down);
      }

      :host([kind="stale"]) svg {
        stroke: var(--degraded);
      }

      :host([quiet]) div {
        flex-direction: row;
        padding: var(--gap-2) var(--gap-4);
        text-align: start;
        font-size: var(--size-3);
      }

      :host([quiet]) svg {
        flex: none;
        width: 1.25rem;
        height: 1.25rem;
        stroke-width: 2;
      }

      :host([quiet]) strong {
        font-size: var(--size-3);
        font-weight: 500;
      }
    `,
  ];
}

customElements.define('notice-box', NoticeBox);

declare global {
  interface HTMLElementTagNameMap {
    'notice-box': NoticeBox;
  }
}

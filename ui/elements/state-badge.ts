import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { HistoryState } from '../../health/workload.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './state-mark.ts';

export interface StateBadge {
  state: HistoryState;
  stale: boolean;
}

/** Shape, colour and word of a state, as a chip. */
export class StateBadge extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    state: { type: String, reflect: true },
    stale: { type: Boolean },
  };

  constructor() {
    super();
    this.state = 'Unknown';
    this.stale = false;
  }

  override render() {
    return html`<state-mark .state=${this.state} .stale=${this.stale}></state-mark
      ><span>${texts.states[this.state]}</span>${
        this.stale ? html`<span class="hidden-text">, ${texts.freshness.stale}</span>` : nothing
      }`;
  }

  static override readonly styles = [
    base,
    css`
      :host {
        display: inline-flex;
        align-items: center;
        gap: 0.4em;
        padding: 0.2em 0.65em 0.2em 0.45em;
        border: 1px solid transparent;
        border-radius: 999px;
        background: var(--quiet-tint);
        color: var(--quiet-text);
        font-size: var(--size-2);
        font-weight: 600;
        line-height: 1.35;
        white-space: nowrap;
      }

      :host([state="Down"]) {
        background: var(--down-tint);
        color: var(--down-text);
      }

      :host([state="Degraded"]) {
        background: var(--degraded-tint);
        color: var(--degraded-text);
      }

      :host([state="Progressing"]) {
        background: var(--progressing-tint);
        color: var(--progressing-text);
      }

      :host([state="Healthy"]) {
        background: var(--healthy-tint);
        color: var(--healthy-text);
      }

      :host([state="Unknown"]) {
        background: var(--unknown-tint);
        color: var(--unknown-text);
      }

      state-mark {
        width: 0.95rem;
        height: 0.95rem;
      }

      @media (forced-colors: active) {
        :host {
          border-color: CanvasText;
        }
      }
    `,
  ];
}

customElements.define('state-badge', StateBadge);

declare global {
  interface HTMLElementTagNameMap {
    'state-badge': StateBadge;
  }
}

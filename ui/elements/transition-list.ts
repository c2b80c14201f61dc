import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Transition } from '../../api/contract.ts';
import { parseWorkloadKey } from '../../health/workload.ts';
import { detailRoute, formatRoute } from '../data/route.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './state-mark.ts';
import './time-ago.ts';

export interface TransitionList {
  transitions: readonly Transition[];
  /** Without the names: all of one workload. */
  nameless: boolean;
  /** Chosen ones, kept by the links. */
  namespaces: readonly string[];
}

/** Changes of state, newest first. */
export class TransitionList extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    transitions: { attribute: false },
    nameless: { type: Boolean },
    namespaces: { attribute: false },
  };

  constructor() {
    super();
    this.transitions = [];
    this.nameless = false;
    this.namespaces = [];
  }

  override render() {
    if (this.transitions.length === 0) return html`<p class="faint">${texts.board.noChanges}</p>`;
    return html`<ol>
      ${repeat(
        this.transitions,
        (transition) => `${transition.key} ${transition.at} ${transition.to}`,
        (transition) => this.#transition(transition),
      )}
    </ol>`;
  }

  #transition({ key, at, from, to, message }: Transition) {
    const name = parseWorkloadKey(key);
    return html`<li>
      <state-mark .state=${to}></state-mark>
      <div class="what">
        <p class="head">
          ${
            this.nameless || name === null
              ? nothing
              : html`<a href=${formatRoute(detailRoute(name, { namespaces: this.namespaces }))}>${name.namespace}/${name.name}</a> `
          }<span class="soft"
            >${from === null ? texts.history.firstSeen(texts.states[to]) : texts.board.change(texts.states[from], texts.states[to])}</span
          >
        </p>
        ${message === '' ? nothing : html`<p class="faint cut" lang="en" title=${message}>${message}</p>`}
      </div>
      <time-ago class="faint number" .at=${at}></time-ago>
    </li>`;
  }

  static override readonly styles = [
    base,
    css`
      :host {
        padding: 0 var(--gap-4) var(--gap-3);
        font-size: var(--size-3);
      }

      li {
        display: grid;
        grid-template-columns: 1rem minmax(0, 1fr) auto;
        gap: var(--gap-3);
        padding-block: var(--gap-2);
      }

      li + li {
        border-block-start: 1px solid var(--line);
      }

      .head {
        overflow-wrap: anywhere;
      }

      li a {
        font-weight: 550;
      }

      state-mark {
        margin-block-start: 0.15rem;
      }

      .what .faint,
      time-ago {
        font-size: var(--size-2);
      }
    `,
  ];
}

customElements.define('transition-list', TransitionList);

declare global {
  interface HTMLElementTagNameMap {
    'transition-list': TransitionList;
  }
}

import { css, html, LitElement, nothing, type PropertyDeclarations, svg } from 'lit';
import { severityRank, type State, worseState } from '../../health/workload.ts';
import type { ClusterView } from '../data/cluster-connection.ts';
import { NavigateEvent } from '../data/navigation.ts';
import { PreferenceEvent } from '../data/preference-event.ts';
import { toggle } from '../data/preferences.ts';
import type { Route } from '../data/route.ts';
import { base, controls } from '../styles/controls.ts';
import { popover } from '../styles/popover.ts';
import { texts } from '../texts/catalogue.ts';
import { placeMenu } from './place-menu.ts';
import './state-mark.ts';

/** Rows drawn; the search field reaches the rest. */
const limitRows = 200;

interface NamespaceRow {
  readonly name: string;
  readonly workloads: number;
  readonly broken: number;
  readonly worst: State;
}

export interface NamespacePicker {
  view: ClusterView | null;
  route: Route;
  pinned: readonly string[];
  _text: string;
  _open: boolean;
}

/** Which namespaces the page is about; kept in the address of every screen. */
export class NamespacePicker extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    view: { attribute: false },
    route: { attribute: false },
    pinned: { attribute: false },
    _text: { state: true },
    _open: { state: true },
  };

  constructor() {
    super();
    this.view = null;
    this.route = { screen: 'board', namespaces: [] };
    this.pinned = [];
    this._text = '';
    this._open = false;
  }

  override render() {
    const { namespaces } = this.route;
    const [only] = namespaces;
    const label =
      only === undefined
        ? texts.namespaces.all
        : namespaces.length === 1
          ? only
          : texts.namespaces.some(namespaces.length);
    return html`<button type="button" popovertarget="list" aria-label="${texts.namespaces.label}: ${label}">
        <span class="cut">${label}</span>
        <svg viewBox="0 0 16 16" aria-hidden="true">${svg`<path d="M4.5 6.5L8 10l3.5-3.5"/>`}</svg>
      </button>
      <div id="list" popover @toggle=${this.#toggled}>${this._open ? this.#rows() : nothing}</div>`;
  }

  #rows() {
    const text = this._text.trim().toLowerCase();
    const rows = this.#namespaces().filter((row) => row.name.includes(text));
    return html`<input
        type="search"
        aria-label=${texts.namespaces.filter}
        placeholder=${texts.namespaces.filter}
        .value=${this._text}
        @input=${this.#typed}
      />
      ${
        this.route.namespaces.length > 0
          ? html`<button type="button" class="bare small" @click=${() => this.#choose([])}>${texts.namespaces.clear}</button>`
          : nothing
      }
      ${rows.length === 0 ? html`<p class="faint">${texts.namespaces.noneFound}</p>` : nothing}
      <ul>
        ${rows.slice(0, limitRows).map((row) => this.#row(row))}
      </ul>`;
  }

  #row(row: NamespaceRow) {
    const pinned = this.pinned.includes(row.name);
    return html`<li>
      <label>
        <input
          type="checkbox"
          .checked=${this.route.namespaces.includes(row.name)}
          @change=${() => this.#choose([...toggle(this.route.namespaces, row.name)])}
        />
        <state-mark .state=${row.worst} label></state-mark>
        <span class="cut">${row.name}</span>
        <span class="number faint">${row.broken > 0 ? texts.namespaces.broken(row.broken) : row.workloads}</span>
      </label>
      <button
        type="button"
        class="bare small"
        aria-pressed=${pinned ? 'true' : 'false'}
        aria-label=${pinned ? texts.namespaces.unpin(row.name) : texts.namespaces.pin(row.name)}
        @click=${() => this.dispatchEvent(new PreferenceEvent({ pinnedNamespaces: toggle(this.pinned, row.name) }))}
      >
        ${pinned ? '★' : '☆'}
      </button>
    </li>`;
  }

  /** Pinned first, then the worst, then by name. */
  #namespaces(): readonly NamespaceRow[] {
    const rows = new Map<string, NamespaceRow>();
    for (const { namespace, state } of this.view?.workloads.values() ?? []) {
      const row = rows.get(namespace) ?? { name: namespace, workloads: 0, broken: 0, worst: 'Healthy' as const };
      rows.set(namespace, {
        name: namespace,
        workloads: row.workloads + 1,
        broken: row.broken + (state === 'Down' || state === 'Degraded' ? 1 : 0),
        worst: worseState(row.worst, state),
      });
    }
    const isPinned = (row: NamespaceRow): number => (this.pinned.includes(row.name) ? 0 : 1);
    return [...rows.values()].sort(
      (left, right) =>
        isPinned(left) - isPinned(right) ||
        severityRank(left.worst) - severityRank(right.worst) ||
        (left.name < right.name ? -1 : 1),
    );
  }

  #choose(namespaces: readonly string[]): void {
    this.dispatchEvent(new NavigateEvent({ ...this.route, namespaces }));
  }

  readonly #typed = (event: InputEvent): void => {
    if (event.target instanceof HTMLInputElement) this._text = event.target.value;
  };

  readonly #toggled = (event: ToggleEvent): void => {
    this._open = event.newState === 'open';
    if (!this._open) return;
    placeMenu(event, this, 'left');
    void this.updateComplete.then(() => this.renderRoot.querySelector('input')?.focus());
  };

  static override readonly styles = [
    base,
    controls,
    popover,
    css`
      :host {
        min-width: 0;
      }

      :host > button {
        max-width: 100%;
      }

      button[popovertarget] {
        max-width: 100%;
      }

      svg {
        fill: none;
        stroke: currentcolor;
        stroke-width: 1.6;
      }

      #list {
        width: min(22rem, calc(100vw - 1rem));
      }

      input[type="search"] {
        width: 100%;
        margin-block-end: var(--gap-2);
      }

      li {
        display: flex;
        align-items: center;
      }

      label {
        flex: 1;
        display: flex;
        align-items: center;
        gap: var(--gap-2);
        min-width: 0;
        min-height: 2rem;
        padding: 0 var(--gap-1);
        border-radius: 6px;
      }

      label:hover {
        background: var(--surface-hover);
      }

      label input {
        min-height: 0;
        margin: 0;
        accent-color: var(--accent);
      }

      .faint {
        margin-inline-start: auto;
        font-size: var(--size-2);
        white-space: nowrap;
      }
    `,
  ];
}

customElements.define('namespace-picker', NamespacePicker);

declare global {
  interface HTMLElementTagNameMap {
    'namespace-picker': NamespacePicker;
  }
}

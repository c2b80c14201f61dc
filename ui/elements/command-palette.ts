import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { ClusterView } from '../data/cluster-connection.ts';
import { NavigateEvent } from '../data/navigation.ts';
import { findItems, type PaletteAction, type PaletteItem } from '../data/palette.ts';
import { detailRoute, formatRoute, parseRoute, workloadsRoute } from '../data/route.ts';
import { sortWorkloads } from '../data/sort.ts';
import { base, controls } from '../styles/controls.ts';
import { popover } from '../styles/popover.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';
import './state-mark.ts';

export class PaletteActionEvent extends Event {
  static readonly type = 'palette-action';
  readonly action: PaletteAction;

  constructor(action: PaletteAction) {
    super(PaletteActionEvent.type, { bubbles: true, composed: true });
    this.action = action;
  }
}

export interface CommandPalette {
  view: ClusterView | null;
  namespaces: readonly string[];
  _text: string;
  _at: number;
  _open: boolean;
}

/** Goes anywhere by a few letters: a combobox over workloads, namespaces, screens and actions. */
export class CommandPalette extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    view: { attribute: false },
    namespaces: { attribute: false },
    _text: { state: true },
    _at: { state: true },
    _open: { state: true },
  };

  #items: readonly PaletteItem[] = [];

  constructor() {
    super();
    this.view = null;
    this.namespaces = [];
    this._text = '';
    this._at = 0;
    this._open = false;
  }

  show(): void {
    this.#items = this.#collect();
    this._text = '';
    this._at = 0;
    this._open = true;
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector('dialog')?.showModal();
      this.renderRoot.querySelector('input')?.focus();
    });
  }

  override render() {
    if (!this._open) return html`<dialog></dialog>`;
    const found = findItems(this.#items, this._text);
    const at = Math.min(this._at, Math.max(0, found.length - 1));
    return html`<dialog aria-label=${texts.palette.title} @close=${this.#closed} @click=${this.#outside}>
      <input
        type="text"
        role="combobox"
        aria-label=${texts.palette.hint}
        placeholder=${texts.palette.hint}
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant=${found.length > 0 ? `item-${at}` : nothing}
        autocomplete="off"
        spellcheck="false"
        .value=${this._text}
        @input=${this.#typed}
        @keydown=${(event: KeyboardEvent) => this.#pressed(event, found, at)}
      />
      ${
        found.length === 0
          ? html`<p class="faint">${texts.palette.empty}</p>`
          : html`<ul id="found" role="listbox" aria-label=${texts.palette.title}>
              ${found.map((item, index) => this.#item(item, index, index === at))}
            </ul>`
      }
    </dialog>`;
  }

  protected override updated(): void {
    this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }

  #item(item: PaletteItem, index: number, selected: boolean) {
    return html`<li
      id="item-${index}"
      role="option"
      aria-selected=${selected ? 'true' : 'false'}
      @click=${() => this.#take(item)}
    >
      ${item.workload === null ? html`<span class="arrow" aria-hidden="true">→</span>` : html`<state-mark .state=${item.workload.state} label></state-mark>`}
      <span class="cut">${item.label}</span>
      <span class="faint cut hint">${item.hint}</span>
    </li>`;
  }

  #collect(): readonly PaletteItem[] {
    const workloads = sortWorkloads(this.view?.workloads.values() ?? []);
    const { namespaces } = this;
    const address = (id: string, label: string, hint: string, target: string): PaletteItem => ({
      id,
      label,
      hint,
      target: { type: 'address', address: target },
      workload: null,
    });
    const action = (name: PaletteAction, label: string): PaletteItem => ({
      id: name,
      label,
      hint: '',
      target: { type: 'action', action: name },
      workload: null,
    });
    return [
      address('board', texts.nav.board, 'g b', formatRoute({ screen: 'board', namespaces })),
      address('workloads', texts.nav.workloads, 'g w', formatRoute(workloadsRoute({ namespaces }))),
      address(
        'broken',
        texts.palette.filterBroken,
        '',
        formatRoute(workloadsRoute({ namespaces, states: ['Down', 'Degraded'] })),
      ),
      address(
        'activity',
        texts.nav.activity,
        'g a',
        formatRoute({ screen: 'activity', namespaces, range: '24h', hidden: [] }),
      ),
      address('doctor', texts.nav.doctor, 'g d', formatRoute({ screen: 'doctor', namespaces })),
      action('theme', texts.palette.toggleTheme),
      action('zone', texts.palette.toggleZone),
      action('freeze', texts.palette.freeze),
      action('shortcuts', texts.shortcuts.title),
      ...[...new Set(workloads.map(({ namespace }) => namespace))].map((namespace) =>
        address(
          `ns ${namespace}`,
          namespace,
          texts.workloads.facetNames.namespace,
          formatRoute(workloadsRoute({ namespaces: [namespace] })),
        ),
      ),
      ...workloads.map((workload) => ({
        ...address(
          workload.key,
          `${workload.namespace}/${workload.name}`,
          workload.cause === null ? workload.kind : causeTitle(workload.cause.code, workload.cause.title),
          formatRoute(
            detailRoute({ namespace: workload.namespace, kind: workload.kind, name: workload.name }, { namespaces }),
          ),
        ),
        workload,
      })),
    ];
  }

  #take(item: PaletteItem): void {
    this.renderRoot.querySelector('dialog')?.close();
    if (item.target.type === 'action') this.dispatchEvent(new PaletteActionEvent(item.target.action));
    else this.dispatchEvent(new NavigateEvent(parseRoute(item.target.address.replace(/^\.(?=\?|$)/, ''))));
  }

  readonly #typed = (event: InputEvent): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    this._text = event.target.value;
    this._at = 0;
  };

  #pressed(event: KeyboardEvent, found: readonly PaletteItem[], at: number): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      this._at = (at + step + found.length) % found.length;
    }
    const item = found[at];
    if (event.key === 'Enter' && item !== undefined) {
      event.preventDefault();
      this.#take(item);
    }
  }

  readonly #outside = (event: MouseEvent): void => {
    if (event.target instanceof HTMLDialogElement) event.target.close();
  };

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

      dialog {
        overflow: hidden;
      }

      dialog[open] {
        display: flex;
        flex-direction: column;
      }

      input[type="text"] {
        min-height: 3.25rem;
        padding-inline: var(--gap-4);
        border: 0;
        border-block-end: 1px solid var(--line);
        border-radius: 0;
        background: transparent;
        font-size: var(--size-5);
      }

      input:focus-visible {
        outline: none;
      }

      ul {
        overflow-y: auto;
        padding: var(--gap-2);
      }

      li {
        display: grid;
        grid-template-columns: 1rem minmax(0, 1fr) minmax(0, auto);
        align-items: center;
        gap: var(--gap-3);
        min-height: 2.25rem;
        padding: 0 var(--gap-3);
        border-radius: var(--radius-2);
        font-size: var(--size-4);
        cursor: pointer;
      }

      li[aria-selected="true"],
      li:hover {
        background: var(--surface-selected);
      }

      .hint {
        max-width: 16rem;
        font-size: var(--size-2);
      }

      @media (max-width: 30rem) {
        /* The name is what is looked for: it keeps its room, the hint stands under it. */
        li {
          grid-template-columns: 1rem minmax(0, 1fr);
          gap: 0 var(--gap-3);
          padding-block: 0.35rem;
        }

        .hint {
          grid-column: 2;
        }

        .hint:empty {
          display: none;
        }
      }

      .arrow {
        color: var(--text-faint);
      }

      p {
        padding: var(--gap-4);
      }
    `,
  ];
}

customElements.define('command-palette', CommandPalette);

declare global {
  interface HTMLElementTagNameMap {
    'command-palette': CommandPalette;
  }
}

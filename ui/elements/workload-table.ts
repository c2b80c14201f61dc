import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Workload } from '../../api/contract.ts';
import type { ApiClient } from '../data/api-client.ts';
import { cardBelow, type Column, columns, fittingColumns, gridTemplate } from '../data/columns.ts';
import { holdOrder } from '../data/frozen-order.ts';
import type { WorkloadGroup } from '../data/group.ts';
import type { SortColumn } from '../data/sort.ts';
import { UsageBook } from '../data/usage-book.ts';
import { type VirtualWindow, virtualWindow, windowLength } from '../data/virtual-window.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './group-row.ts';
import { WorkloadRow } from './workload-row.ts';

/** Told when rows would move or have moved: how many wait for the list to be let go. */
export class HeldEvent extends Event {
  static readonly type = 'held';
  readonly moved: number;

  constructor(moved: number) {
    super(HeldEvent.type);
    this.moved = moved;
  }
}

export class SortEvent extends Event {
  static readonly type = 'sort';
  readonly column: SortColumn;

  constructor(column: SortColumn) {
    super(SortEvent.type);
    this.column = column;
  }
}

const sortOf: Readonly<Record<Column, SortColumn>> = {
  name: 'name',
  pods: 'pods',
  cause: 'severity',
  since: 'since',
  strip: 'severity',
  usage: 'severity',
  restarts: 'restarts',
  image: 'image',
  age: 'age',
};

/** A list that is left holds still this much longer. */
const leaveMs = 1_500;
const rowHeights = { comfortable: 52, compact: 34, card: 108 } as const;

/** What stays at the top of the page lies over a list that is scrolled. */
const headHeight = 160;

export interface WorkloadTable {
  /** In the order in which they should stand. */
  workloads: readonly Workload[];
  /** Instead of a flat list; null for none. */
  groups: readonly WorkloadGroup[] | null;
  /** Raised by one for each list that is a new question (filter, sort) rather than news: such a list is not held. */
  question: string;
  sort: SortColumn;
  descending: boolean;
  hiddenColumns: readonly string[];
  density: 'comfortable' | 'compact';
  namespaces: readonly string[];
  /** Where the curves are read; null for none. */
  api: ApiClient | null;
  _width: number;
  _window: VirtualWindow;
}

/**
 * The list of workloads: only the rows near what is visible are in the document. While pointer or focus is inside,
 * no row changes its place.
 */
export class WorkloadTable extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    workloads: { attribute: false },
    groups: { attribute: false },
    question: {},
    sort: {},
    descending: { type: Boolean },
    hiddenColumns: { attribute: false },
    density: { reflect: true },
    namespaces: { attribute: false },
    api: { attribute: false },
    _width: { state: true },
    _window: { state: true },
  };

  readonly #resize = new ResizeObserver(([entry]) => {
    if (entry) this._width = entry.contentRect.width;
  });
  readonly #usage = new UsageBook(() => this.requestUpdate());
  #inside = false;
  #held: readonly string[] | null = null;
  #question = '';
  #ids: readonly string[] = [];
  #moved = 0;
  /** Of the row that had the focus before the list was drawn again. */
  #focusedKey: string | null = null;
  #known = new Map<string, Workload>();
  #groups = new Map<string, WorkloadGroup>();
  #printing = false;
  #active: string | null = null;
  #frame = 0;
  /** How far the list's start was above the window's edge when it was measured last. */
  #above = 0;
  #drawnRows = 0;
  #leaving: ReturnType<typeof setTimeout> | null = null;

  constructor() {
    super();
    this.workloads = [];
    this.groups = null;
    this.question = '';
    this.sort = 'severity';
    this.descending = false;
    this.hiddenColumns = [];
    this.density = 'comfortable';
    this.namespaces = [];
    this.api = null;
    this._width = 0;
    this._window = { first: 0, end: 30 };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize.observe(this);
    addEventListener('scroll', this.#scrolled, { passive: true });
    addEventListener('resize', this.#scrolled, { passive: true });
    addEventListener('beforeprint', this.#print);
    addEventListener('afterprint', this.#printed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
    this.#usage.stop();
    removeEventListener('scroll', this.#scrolled);
    removeEventListener('resize', this.#scrolled);
    removeEventListener('beforeprint', this.#print);
    removeEventListener('afterprint', this.#printed);
    cancelAnimationFrame(this.#frame);
    if (this.#leaving !== null) clearTimeout(this.#leaving);
  }

  /** Sorts again although somebody is inside. */
  release(): void {
    this.#held = null;
    this.requestUpdate();
  }

  /** Puts the focus on the next or previous workload; on the first in view while none has had it. */
  move(step: 1 | -1): void {
    const rows = this.#ids.filter((id) => !isGroup(id));
    const at = this.#active === null ? -1 : rows.indexOf(this.#active);
    const next = at < 0 ? this.#firstInView() : rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    if (next !== undefined) this.focusRow(next);
  }

  #firstInView(): string | undefined {
    const top = this.renderRoot.querySelector('.rows')?.getBoundingClientRect().top ?? 0;
    const index = Math.max(0, Math.ceil((headHeight - top) / this.#rowHeight()));
    return this.#ids.find((id, at) => at >= index && !isGroup(id));
  }

  focusRow(key: string): void {
    this.#active = key;
    const index = this.#ids.indexOf(key);
    const list = this.renderRoot.querySelector('.rows');
    if (index < 0 || !list) return;
    const height = this.#rowHeight();
    const top = list.getBoundingClientRect().top + index * height;
    if (top < headHeight || top + height > innerHeight - 24) scrollBy({ top: top - innerHeight / 2 });
    this._window = this.#visible();
    void this.updateComplete.then(() => {
      for (const row of this.renderRoot.querySelectorAll('workload-row')) {
        if (row.workload?.key === key) void row.updateComplete.then(() => row.focus({ preventScroll: true }));
      }
    });
  }

  protected override willUpdate(): void {
    this.#focusedKey = this.#focusedRow()?.workload?.key ?? null;
    this.#usage.use(this.api);
    const fresh = this.#freshIds();
    if (this.question !== this.#question || !this.#inside) this.#held = null;
    this.#question = this.question;
    const { keys, moved } = holdOrder(this.#held, fresh);
    this.#ids = keys;
    if (this.#inside) this.#held = keys;
    else this.#forget(fresh);
    if (moved !== this.#moved) {
      this.#moved = moved;
      this.dispatchEvent(new HeldEvent(moved));
    }
    if (this.hasUpdated) this._window = this.#windowAt(this.#above);
  }

  override render() {
    const card = this._width > 0 && this._width < cardBelow;
    const shown = card ? cardColumns : fittingColumns(this._width - 32, this.hiddenColumns);
    const { first, end } = this._window;
    const ids = this.#ids.slice(first, end);
    const pool = Math.max(end - first, windowLength(this.#rowHeight(), innerHeight));
    return html`<div
      role="table"
      aria-label=${texts.workloads.title}
      aria-rowcount=${this.#ids.length + 1}
      aria-colcount=${shown.length}
      class=${card ? 'card' : ''}
      @pointerenter=${this.#entered}
      @pointerleave=${this.#left}
      @focusin=${this.#focused}
      @focusout=${this.#blurred}
    >
      <div class="head" role="row" aria-rowindex="1">${columns.filter((column) => shown.includes(column)).map((column) => this.#heading(column))}</div>
      <div class="rows" role="rowgroup">
        <div class="before" role="presentation"></div>
        ${repeat(
          ids,
          // A row that scrolls out, or whose workload is filtered out, is used for another: making one costs more.
          (id, index) => (isGroup(id) ? id : (first + index) % pool),
          (id, index) => this.#row(id, first + index + 2, shown, card),
        )}
        <div class="after" role="presentation"></div>
      </div>
    </div>`;
  }

  protected override updated(): void {
    const card = this._width > 0 && this._width < cardBelow;
    const shown = card ? cardColumns : fittingColumns(this._width - 32, this.hiddenColumns);
    const height = this.#rowHeight();
    // Style attributes are blocked by the page's policy; setting them by script is not.
    this.style.setProperty('--columns', gridTemplate(shown));
    this.style.setProperty('--row-height', `${height}px`);
    const { first, end } = this._window;
    this.#spacer('.before', first * height);
    this.#spacer('.after', Math.max(0, this.#ids.length - end) * height);
    this.#keepFocus();
    // A list of another length may have moved what is visible of it.
    if (this.#ids.length !== this.#drawnRows) this.#scrolled();
    this.#drawnRows = this.#ids.length;
  }

  #focusedRow(): WorkloadRow | null {
    const { activeElement } = this.shadowRoot ?? document;
    return activeElement instanceof WorkloadRow ? activeElement : null;
  }

  /** When the window moves on, rows may change places in the document, and one that is moved loses the focus. */
  #keepFocus(): void {
    if (this.#focusedKey === null || this.#focusedRow() !== null) return;
    for (const row of this.renderRoot.querySelectorAll('workload-row')) {
      if (row.workload?.key === this.#focusedKey) row.focus({ preventScroll: true });
    }
  }

  protected override firstUpdated(): void {
    this._width = this.getBoundingClientRect().width;
    this._window = this.#visible();
  }

  #row(id: string, rowIndex: number, shown: readonly Column[], card: boolean): unknown {
    if (isGroup(id)) {
      const group = this.#groups.get(id);
      return group === undefined
        ? html`<div class="blank" role="presentation"></div>`
        : html`<group-row .group=${group} aria-rowindex=${rowIndex}></group-row>`;
    }
    const workload = this.#known.get(id);
    if (workload === undefined) return nothing;
    return html`<workload-row
      aria-rowindex=${rowIndex}
      .workload=${workload}
      .columns=${shown}
      .usage=${shown.includes('usage') ? this.#usage.of(id) : null}
      .namespaces=${this.namespaces}
      .layout=${card ? 'card' : 'row'}
      .gone=${!this.#fresh.has(id)}
    ></workload-row>`;
  }

  #heading(column: Column): unknown {
    const name = texts.workloads.columns[column];
    const sort = sortOf[column];
    const sorted = sort === this.sort;
    const direction = sorted ? (this.descending ? 'descending' : 'ascending') : 'none';
    if (column === 'strip' || column === 'usage') return html`<div role="columnheader" class="plain">${name}</div>`;
    return html`<div role="columnheader" class=${column} aria-sort=${direction}>
      <button type="button" title=${texts.workloads.sortBy(name)} @click=${() => this.dispatchEvent(new SortEvent(sort))}>
        ${name}${sorted ? html`<span aria-hidden="true">${this.descending ? '↓' : '↑'}</span>` : nothing}
      </button>
    </div>`;
  }

  #fresh: ReadonlySet<string> = new Set();

  #freshIds(): readonly string[] {
    const ids: string[] = [];
    this.#groups.clear();
    if (this.groups === null) {
      for (const workload of this.workloads) ids.push(this.#know(workload));
    } else {
      for (const group of this.groups) {
        const id = `${groupMark}${group.name}`;
        this.#groups.set(id, group);
        ids.push(id);
        for (const workload of group.workloads) ids.push(this.#know(workload));
      }
    }
    this.#fresh = new Set(ids);
    return ids;
  }

  #know(workload: Workload): string {
    this.#known.set(workload.key, workload);
    return workload.key;
  }

  /** Workloads that are no longer listed are kept only while their row is held in place. */
  #forget(fresh: readonly string[]): void {
    if (this.#known.size === fresh.length) return;
    const wanted = new Set(fresh);
    for (const key of this.#known.keys()) if (!wanted.has(key)) this.#known.delete(key);
  }

  #rowHeight(): number {
    if (this._width > 0 && this._width < cardBelow) return rowHeights.card;
    return rowHeights[this.density];
  }

  /** Measures where the list is: between two pictures only, for the browser lays the page out to answer. */
  #visible(): VirtualWindow {
    const list = this.renderRoot.querySelector('.rows');
    this.#above = list ? -list.getBoundingClientRect().top : 0;
    return this.#windowAt(this.#above);
  }

  #windowAt(above: number): VirtualWindow {
    if (this.#printing) return { first: 0, end: this.#ids.length };
    const next = virtualWindow(this.#ids.length, this.#rowHeight(), above, innerHeight);
    return next.first === this._window.first && next.end === this._window.end ? this._window : next;
  }

  #spacer(selector: string, height: number): void {
    const element = this.renderRoot.querySelector<HTMLElement>(selector);
    if (element) element.style.height = `${height}px`;
  }

  /** Paper does not scroll: all rows at once, before the browser takes its picture. */
  readonly #print = (): void => {
    this.#printing = true;
    this.requestUpdate();
    this.performUpdate();
  };

  readonly #printed = (): void => {
    this.#printing = false;
    this.#scrolled();
  };

  readonly #scrolled = (): void => {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this._window = this.#visible();
    });
  };

  readonly #entered = (event: PointerEvent): void => {
    // A finger does not hover: it would hold the list for ever.
    if (event.pointerType === 'mouse') this.#hold();
  };

  readonly #left = (): void => {
    if (!this.matches(':focus-within')) this.#letGoSoon();
  };

  readonly #focused = (event: FocusEvent): void => {
    const row = event
      .composedPath()
      .find((target) => target instanceof HTMLElement && target.localName === 'workload-row');
    if (row instanceof HTMLElement && row.localName === 'workload-row') {
      for (const each of this.renderRoot.querySelectorAll('workload-row')) {
        if (each === row) this.#active = each.workload?.key ?? null;
      }
    }
    this.#hold();
  };

  readonly #blurred = (event: FocusEvent): void => {
    if (event.relatedTarget instanceof Node && this.contains(event.relatedTarget)) return;
    if (!this.matches(':hover')) this.#letGoSoon();
  };

  #hold(): void {
    if (this.#leaving !== null) clearTimeout(this.#leaving);
    this.#leaving = null;
    this.#inside = true;
    this.#held ??= this.#ids;
  }

  /** The way to the chip that sorts again leads out of the list. */
  #letGoSoon(): void {
    if (this.#leaving !== null) clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => this.#letGo(), leaveMs);
  }

  #letGo(): void {
    this.#leaving = null;
    this.#inside = false;
    this.#held = null;
    this.requestUpdate();
  }

  static override readonly styles = [
    base,
    css`
      /* Rows that change places would have the browser scroll after them. */
      :host {
        overflow-anchor: none;
      }

      .head {
        position: sticky;
        top: var(--list-top, var(--bar-height));
        z-index: 2;
        display: grid;
        grid-template-columns: var(--columns);
        align-items: center;
        column-gap: var(--gap-3);
        height: 2.25rem;
        padding: 0 var(--gap-4);
        background: var(--surface);
        border-block-end: 1px solid var(--line);
        border-start-start-radius: var(--radius-3);
        border-start-end-radius: var(--radius-3);
      }

      .card .head {
        display: none;
      }

      .plain,
      .head button {
        color: var(--text-faint);
        font: 500 var(--size-2) / 1 var(--font-text);
        white-space: nowrap;
      }

      .head button {
        display: inline-flex;
        gap: var(--gap-1);
        margin: 0 -0.375rem;
        padding: 0.375rem;
        border: 0;
        border-radius: var(--radius-1);
        background: transparent;
        cursor: pointer;
      }

      .head button:hover {
        background: var(--surface-hover);
        color: var(--text);
      }

      [aria-sort="ascending"] button,
      [aria-sort="descending"] button {
        color: var(--text);
        font-weight: 600;
      }

      .restarts {
        text-align: end;
      }

      .blank {
        height: var(--row-height);
      }
    `,
  ];
}

const groupMark = '\u0000group:';
const cardColumns: readonly Column[] = ['name', 'pods', 'cause', 'since', 'strip'];

function isGroup(id: string): boolean {
  return id.startsWith(groupMark);
}

customElements.define('workload-table', WorkloadTable);

declare global {
  interface HTMLElementTagNameMap {
    'workload-table': WorkloadTable;
  }
}

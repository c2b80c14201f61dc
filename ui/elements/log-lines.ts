import { css, html, LitElement, nothing, type PropertyDeclarations, type PropertyValues } from 'lit';
import type { LogLine } from '../../api/contract.ts';
import { chosenZone, DisplayController } from '../data/display.ts';
import { hitAt, hitBins, type LogSpan, shareOf } from '../data/hit-bins.ts';
import type { LogRecord } from '../data/log-buffer.ts';
import { ansiSpans, type FoldedLine, foldJson, PodHues, podSuffix } from '../data/log-line.ts';
import { serverNow } from '../data/shared-clock.ts';
import { type VirtualWindow, virtualWindow } from '../data/virtual-window.ts';
import { dayOf, formatClock, formatDay, parseInstant } from '../format/instant.ts';
import { base, controls } from '../styles/controls.ts';
import { logStyles } from '../styles/log.ts';
import { texts } from '../texts/catalogue.ts';
import './hit-map.ts';
import type { PickEvent } from './hit-map.ts';

/** 24 px: the least that a finger or a shaky hand is asked to hit (WCAG 2.5.8). */
const rowHeight = 24;
/** With wrapped lines heights differ; then this many of the newest are drawn and the browser skips what is out of view. */
const limitWrapped = 1_000;
/** Drawn beyond those that fit, so that a first turn of the wheel does not show emptiness. */
const spareRows = 10;
/** Parts of the map of hits: each is some pixels high. */
const mapBins = 120;
/** Of a folded JSON line: fields that stand behind its message, and characters of each. */
const limitFolded = 5;
const limitFoldedCharacters = 40;

/** A person asks for the address of a line. */
export class LinkLineEvent extends Event {
  static readonly type = 'link-line';
  readonly line: LogLine;

  constructor(line: LogLine) {
    super(LinkLineEvent.type);
    this.line = line;
  }
}

/** The reader scrolled away from the newest line, or came back to it. */
export class FollowEvent extends Event {
  static readonly type = 'follow';
  readonly following: boolean;

  constructor(following: boolean) {
    super(FollowEvent.type);
    this.following = following;
  }
}

export interface LogLines {
  records: readonly LogRecord[];
  /** Changes with every batch: the array is the same. */
  version: number;
  wrap: boolean;
  times: boolean;
  /** More than one pod or container is in the log. */
  merged: boolean;
  /** All lines that are held, of which `records` are shown. */
  span: LogSpan;
  /** A filter is at work: every shown line is a hit, else errors are. */
  filtered: boolean;
  following: boolean;
  /** Instant of the line that the address points at. */
  marked: string | null;
  _window: VirtualWindow;
  _unfolded: number | null;
}

/** Lines of a log: only those in view are in the document. */
export class LogLines extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    records: { attribute: false },
    version: { type: Number },
    wrap: { type: Boolean, reflect: true },
    times: { type: Boolean },
    merged: { type: Boolean },
    span: { attribute: false },
    filtered: { type: Boolean },
    following: { type: Boolean },
    marked: {},
    _window: { state: true },
    _unfolded: { state: true },
  };

  readonly #hues = new PodHues();
  #scrolledTo: string | null = null;
  /** Lines that fit, and a few more. */
  #rows = 60;
  /** Where the end was when the log last stood there; null when what is in the box is not that any more. */
  #endTop: number | null = null;
  #length = 0;
  readonly #resize = new ResizeObserver(([entry]) => {
    // A box that has grown shows its end from further up.
    this.#endTop = this.following ? (this.#box()?.scrollTop ?? null) : null;
    if (entry) this.#rows = Math.ceil(entry.contentRect.height / rowHeight) + spareRows;
  });

  constructor() {
    super();
    this.records = [];
    this.version = 0;
    this.wrap = false;
    this.times = true;
    this.merged = true;
    this.span = { firstId: 0, endId: 0 };
    this.filtered = false;
    this.following = true;
    this.marked = null;
    this._window = { first: 0, end: 60 };
    this._unfolded = null;
    this.addController(new DisplayController(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
  }

  /** Old lines were let go at the start: what the reader looks at stays where it is. */
  shift(lines: number): void {
    const box = this.#box();
    if (box && !this.following && !this.wrap) box.scrollTop = Math.max(0, box.scrollTop - lines * rowHeight);
  }

  protected override willUpdate(changed: PropertyValues): void {
    const { length } = this.records;
    if (length < this.#length || changed.has('wrap')) this.#endTop = null;
    this.#length = length;
    if (!this.following || this.#endTop === null) return;
    // A scroll is told with the next frame; lines that come before it must not take the reader back to the end.
    if ((this.#box()?.scrollTop ?? 0) >= this.#endTop - rowHeight * 2) return;
    this.#follow(false);
    this.#look();
  }

  override render() {
    const { records } = this;
    const { first, end } = this.#drawn();
    return html`<div class="box" tabindex="0" role="log" aria-live="off" aria-label=${texts.logs.title} @scroll=${this.#scrolled}>
      <div class="before"></div>
      ${this.#dayAbove(first)}${records.slice(first, end).map((record) => this.#row(record))}
      <div class="after"></div>
    </div>
    ${this.wrap ? nothing : this.#map(first, end)}`;
  }

  /** Where in the log the hits are: what a filter lets through, else the errors. */
  #map(first: number, end: number) {
    const { records, span } = this;
    const bins = hitBins(records, span, mapBins, this.#isHit);
    const hits = bins.reduce((sum, count) => sum + count, 0);
    if (hits === 0) return nothing;
    return html`<hit-map
      class=${this.filtered ? '' : 'errors'}
      .bins=${bins}
      .from=${shareOf(records[first]?.id ?? span.firstId, span)}
      .to=${shareOf((records[end - 1]?.id ?? span.endId) + 1, span)}
      .label=${this.filtered ? texts.logs.hits(hits) : texts.logs.errorHits(hits)}
      @pick=${this.#picked}
    ></hit-map>`;
  }

  readonly #isHit = (record: LogRecord): boolean =>
    record.type === 'line' && (this.filtered || record.level === 'error');

  readonly #picked = (event: PickEvent): void => {
    const index = hitAt(this.records, this.span, event.share, this.#isHit);
    if (index >= 0) this.#scrollTo(index);
  };

  protected override updated(): void {
    const box = this.#box();
    if (!box) return;
    const { first, end } = this.#drawn();
    this.#spacer('.before', this.wrap ? 0 : first * rowHeight);
    this.#spacer('.after', this.wrap ? 0 : Math.max(0, this.records.length - end) * rowHeight);
    if (this.marked !== null && this.marked !== this.#scrolledTo) this.#reveal(this.marked);
    // The browser cuts it to the end: asking for the height would make it lay out the page an extra time.
    else if (this.following) box.scrollTop = Number.MAX_SAFE_INTEGER;
    else this.#look();
  }

  /** While following, the last screen of lines: where that is need not be measured. */
  #drawn(): VirtualWindow {
    const { length } = this.records;
    if (this.wrap) return { first: Math.max(0, length - limitWrapped), end: length };
    return this.following ? { first: Math.max(0, length - this.#rows), end: length } : this._window;
  }

  /** The day of the first line that is drawn, where its own mark is further up. */
  #dayAbove(first: number) {
    const record = this.records[first];
    const at = record?.type === 'line' ? parseInstant(record.line.at) : null;
    if (first === 0 || at === null || dayOf(at, chosenZone()) === dayOf(serverNow(), chosenZone())) return nothing;
    return this.#day(at, 'day above');
  }

  #day(at: number, place: 'day' | 'day above') {
    return html`<p class=${place}><span>${formatDay(at, texts.locale, chosenZone())}</span></p>`;
  }

  #row(record: LogRecord) {
    if (record.type === 'day') return this.#day(record.at, 'day');
    if (record.type === 'note') {
      const { kind, message, count } = record.note;
      return html`<p class="row note ${kind}">
        <span>${kind === 'dropped' && count !== null ? texts.logs.droppedHere(count) : message}</span>
      </p>`;
    }
    const { line, level, id } = record;
    const folded = foldJson(line.text);
    const at = parseInstant(line.at);
    return html`<div class="row ${level} ${line.at !== null && line.at === this.marked ? 'marked' : ''}">
      ${
        this.times && at !== null
          ? html`<button type="button" class="at" title=${texts.logs.copyLine} @click=${() => this.dispatchEvent(new LinkLineEvent(line))}>
              ${formatClock(at, chosenZone())}
            </button>`
          : nothing
      }${
        this.merged
          ? html`<span class="pod hue-${this.#hues.of(line.pod)}" title="${line.pod}/${line.container}">${podSuffix(line.pod)}</span>`
          : nothing
      }${
        folded === null
          ? html`<span class="text">${this.#spans(line.text)}</span>`
          : html`<span class="text"
              >${this.#spans(folded.message)}${
                folded.fields.length === 0
                  ? nothing
                  : this.#fields(folded.fields, this._unfolded === id || this.wrap, id)
              }</span
            >`
      }
    </div>`;
  }

  /** The first fields at the end of the line, cut; a button for the rest of them. */
  #fields(fields: FoldedLine['fields'], whole: boolean, id: number) {
    const shown = whole ? fields : fields.slice(0, limitFolded);
    const isCut =
      !whole && (shown.length < fields.length || shown.some(([, value]) => value.length > limitFoldedCharacters));
    return html`<span class="fields"
        >${shown.map(
          ([name, value]) =>
            html` <span class="field">${name}</span>=${whole || value.length <= limitFoldedCharacters ? value : `${value.slice(0, limitFoldedCharacters)}…`}`,
        )}</span
      >${
        isCut
          ? html`<button
              type="button"
              class="fold"
              title=${texts.logs.unfold}
              @click=${() => {
                this._unfolded = id;
              }}
            >
              {${fields.length}}<span class="hidden-text"> ${texts.logs.unfold}</span>
            </button>`
          : nothing
      }`;
  }

  #spans(text: string) {
    return ansiSpans(text).map(({ text: part, className }) =>
      className === '' ? part : html`<span class=${className}>${part}</span>`,
    );
  }

  #reveal(at: string): void {
    const index = this.records.findIndex(
      (record) => record.type === 'line' && record.line.at !== null && record.line.at >= at,
    );
    if (index < 0) return;
    this.#scrolledTo = at;
    this.#scrollTo(index);
  }

  #scrollTo(index: number): void {
    const box = this.#box();
    if (!box) return;
    box.scrollTop = Math.max(0, index * rowHeight - box.clientHeight / 2);
    this.#follow(false);
  }

  #look(): void {
    const box = this.#box();
    if (!box || this.wrap) return;
    const next = virtualWindow(this.records.length, rowHeight, box.scrollTop, box.clientHeight);
    if (next.first !== this._window.first || next.end !== this._window.end) this._window = next;
  }

  #box(): HTMLElement | null {
    return this.renderRoot.querySelector('.box');
  }

  #spacer(selector: string, height: number): void {
    const element = this.renderRoot.querySelector<HTMLElement>(selector);
    if (element) element.style.height = `${height}px`;
  }

  readonly #scrolled = (): void => {
    const box = this.#box();
    if (!box) return;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < rowHeight * 2;
    this.#endTop = atEnd ? box.scrollTop : null;
    if (atEnd !== this.following) this.#follow(atEnd);
    this.#look();
  };

  /** Holds from now on: what is drawn before the event has come back as a property would go to the end once more. */
  #follow(following: boolean): void {
    this.following = following;
    this.dispatchEvent(new FollowEvent(following));
  }

  static override readonly styles = [
    base,
    controls,
    logStyles,
    css`
      :host {
        position: relative;
      }

      hit-map {
        position: absolute;
        inset-block: 0;
        inset-inline-end: 0;
        width: 0.875rem;
        border-inline-start: 1px solid var(--line);
      }

      .errors {
        --hit: var(--down);
      }

      .box {
        height: max(20rem, calc(100vh - 24.5rem));
        margin-inline-end: 0.875rem;
        overflow: auto;
        background: var(--surface-inset);
        font: 400 var(--size-2) / 24px var(--font-code);
        overflow-anchor: none;
      }

      .row {
        display: flex;
        height: 24px;
        padding-inline: var(--gap-3);
        border-inline-start: 3px solid transparent;
        white-space: pre;
        width: max-content;
        min-width: 100%;
      }

      .row:hover {
        background: var(--surface-hover);
      }

      :host([wrap]) .box {
        margin-inline-end: 0;
      }

      :host([wrap]) .row {
        width: auto;
        height: auto;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        content-visibility: auto;
        contain-intrinsic-block-size: 24px;
      }

      .marked {
        background: var(--mark);
      }

      .at {
        min-height: 0;
        height: 24px;
        margin-inline-end: var(--gap-2);
        padding: 0;
        border: 0;
        background: transparent;
        color: var(--text-faint);
        font: inherit;
        flex: none;
      }

      .pod {
        flex: none;
        width: 6ch;
        margin-inline-end: var(--gap-2);
        overflow: hidden;
        font-weight: 600;
      }

      .fold {
        display: inline;
        height: 24px;
        min-height: 0;
        min-width: 24px;
        margin-inline-start: var(--gap-2);
        padding: 0 0.3rem;
        background: transparent;
        border-radius: 3px;
        color: var(--text-faint);
        font: inherit;
      }

      .fields,
      .field {
        color: var(--text-soft);
      }

      .field {
        font-weight: 600;
      }

      /* Stays at the top for as long as its day lasts. */
      .day {
        position: sticky;
        inset-block-start: 0;
        z-index: 1;
        display: flex;
        height: 24px;
        min-width: 100%;
        font-family: var(--font-text);
      }

      .day.above {
        height: 0;
      }

      .day span {
        position: sticky;
        inset-inline-start: 0;
        flex: 1;
        height: 24px;
        padding-inline: calc(var(--gap-3) + 3px);
        border-block-end: 1px solid var(--line);
        background: var(--surface-inset);
        color: var(--text-soft);
        font-weight: 600;
      }

      .note {
        align-items: center;
        gap: var(--gap-3);
        color: var(--text-soft);
        font-family: var(--font-text);
      }

      .note::before,
      .note::after {
        content: "";
        flex: 1;
        max-width: 8rem;
        border-block-start: 1px dashed var(--line-strong);
      }
    `,
  ];
}

customElements.define('log-lines', LogLines);

declare global {
  interface HTMLElementTagNameMap {
    'log-lines': LogLines;
  }
}

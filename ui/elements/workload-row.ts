import { css, html, LitElement, nothing, type PropertyDeclarations, type PropertyValues } from 'lit';
import type { Workload } from '../../api/contract.ts';
import { CauseWordsController } from '../data/cause-words-controller.ts';
import type { Column } from '../data/columns.ts';
import { detailRoute, formatRoute } from '../data/route.ts';
import { shortImage } from '../format/image.ts';
import { formatCompact } from '../format/quantity.ts';
import type { Usage } from '../data/usage-book.ts';
import { base } from '../styles/controls.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';
import './day-strip.ts';
import './pod-bar.ts';
import './state-mark.ts';
import './time-ago.ts';
import './usage-spark.ts';

/** A press that ends further away than this was no click. */
const limitClickPixels = 4;

export interface WorkloadRow {
  /** Its curves; null as long as none are known. */
  usage: Usage | null;
  workload: Workload | null;
  columns: readonly Column[];
  /** Namespaces of the page's filter, to be kept in the link. */
  namespaces: readonly string[];
  layout: 'row' | 'card';
  /** It went away while the list held still. */
  gone: boolean;
}

/** One workload in a list: state, pods, why, since when. */
export class WorkloadRow extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    workload: { attribute: false },
    usage: { attribute: false },
    columns: { attribute: false },
    namespaces: { attribute: false },
    layout: { reflect: true },
    gone: { type: Boolean, reflect: true },
  };

  #pressedAt: readonly [x: number, y: number] = [0, 0];

  constructor() {
    super();
    this.workload = null;
    this.usage = null;
    this.columns = [];
    this.namespaces = [];
    this.layout = 'row';
    this.gone = false;
    this.addEventListener('mousedown', this.#pressed);
    this.addEventListener('click', this.#clicked);
    this.addEventListener('auxclick', this.#clicked);
    this.addController(new CauseWordsController(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('role', 'row');
  }

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector('a')?.focus(options);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('workload');
    // The row stands for another workload now: what had the focus is not here any more.
    if (before && before.key !== this.workload?.key && this.matches(':focus-within')) {
      this.renderRoot.querySelector<HTMLElement>(':focus')?.blur();
    }
  }

  override render() {
    const { workload } = this;
    if (workload === null) return nothing;
    return this.columns.map(
      (column) => html`<div role="cell" class="cell ${column}">${this.#cell(workload, column)}</div>`,
    );
  }

  #cell(workload: Workload, column: Column): unknown {
    switch (column) {
      case 'name':
        return html`<state-mark .state=${workload.state} .stale=${workload.stale}></state-mark
          ><a href=${this.#address(workload)} title=${workload.key}><span class="hidden-text">${workload.name}</span></a
          ><span class="who"
            ><span class="called cut" aria-hidden="true" title=${workload.key}>${workload.name}</span
            ><span class="where cut">${workload.namespace} · ${workload.kind}</span></span
          >`;
      case 'pods':
        return html`<pod-bar .availability=${workload.availability}></pod-bar>`;
      case 'cause':
        return this.#why(workload);
      case 'since':
        return html`<time-ago class="number" .at=${workload.since}></time-ago>`;
      case 'strip':
        return html`<day-strip .strip=${workload.strip24h} .stale=${workload.stale}></day-strip>`;
      case 'usage':
        return html`<usage-spark .usage=${this.usage}></usage-spark>`;
      case 'restarts':
        return html`<span class="number ${workload.restarts > 0 ? 'some' : 'zero'}">${formatCompact(workload.restarts, texts.locale)}</span>`;
      case 'image':
        return this.#images(workload.images);
      case 'age':
        return html`<time-ago class="number soft" .at=${workload.createdAt}></time-ago>`;
      default:
        return column satisfies never;
    }
  }

  #why(workload: Workload): unknown {
    const word = this.gone ? texts.workloads.gone : texts.states[workload.state];
    const { cause, state, rollout } = workload;
    const title =
      (cause === null ? null : causeTitle(cause.code, cause.title)) ??
      (state === 'Progressing' ? texts.rollout.progress(rollout.updated, rollout.target) : null);
    return html`<span class="line cut"
        ><span class="word ${workload.state}">${word}</span
        >${title === null ? nothing : html`<span class="title"> · ${title}</span>`}${
          workload.stale
            ? html`<span class="stale" title=${texts.workloads.stale}> · ${texts.freshness.stale}</span>`
            : nothing
        }</span
      >${cause === null ? nothing : html`<span class="message cut" lang="en" title=${cause.message}>${cause.message}</span>`}`;
  }

  #images(images: readonly string[]): unknown {
    const [first, ...more] = images;
    if (first === undefined) return nothing;
    return html`<span class="code cut" title=${images.join('\n')}
      >${shortImage(first)}${more.length === 0 ? nothing : ` ${texts.workloads.moreImages(more.length)}`}</span
    >`;
  }

  #address({ namespace, kind, name }: Workload): string {
    return formatRoute(detailRoute({ namespace, kind, name }, { namespaces: this.namespaces }));
  }

  readonly #pressed = (event: MouseEvent): void => {
    this.#pressedAt = [event.clientX, event.clientY];
    // On a text the middle button would begin to scroll the page; here it opens a tab.
    if (event.button === 1) event.preventDefault();
  };

  /** A click on a text is one on the link beneath it, unless it ended the selection of that text. */
  readonly #clicked = (event: MouseEvent): void => {
    const link = this.renderRoot.querySelector('a');
    if (link === null || event.button > 1 || event.composedPath().includes(link)) return;
    const [x, y] = this.#pressedAt;
    const isPressed = event.detail > 0;
    if (isPressed && Math.hypot(event.clientX - x, event.clientY - y) > limitClickPixels) return;
    const isNewTab = event.button === 1;
    link.dispatchEvent(
      new MouseEvent('click', {
        bubbles: true,
        cancelable: true,
        composed: true,
        ctrlKey: event.ctrlKey || isNewTab,
        metaKey: event.metaKey || isNewTab,
        shiftKey: event.shiftKey,
        altKey: event.altKey,
      }),
    );
  };

  static override readonly styles = [
    base,
    css`
      :host {
        position: relative;
        display: grid;
        grid-template-columns: var(--columns);
        align-items: center;
        column-gap: var(--gap-3);
        height: var(--row-height);
        padding: 0 var(--gap-4);
        border-block-end: 1px solid var(--line);
        font-size: var(--size-3);
        contain: strict;
      }

      :host(:hover) {
        background: var(--surface-hover);
      }

      :host(:focus-within) {
        background: var(--surface-selected);
      }

      :host([gone]) {
        opacity: 0.6;
      }

      .cell {
        display: flex;
        flex-direction: column;
        justify-content: center;
        min-width: 0;
      }

      .name {
        flex-direction: row;
        justify-content: flex-start;
        align-items: center;
        gap: var(--gap-3);
      }

      .who {
        display: flex;
        flex-direction: column;
        min-width: 0;
        line-height: 1.35;
      }

      .called {
        font-size: var(--size-4);
        font-weight: 550;
        letter-spacing: -0.006em;
      }

      /* The whole row is the target; the link stays a link, with its address. */
      a {
        position: absolute;
        inset: 0;
        user-select: none;
      }

      /* No selection can begin on a link: what one may want to copy lies above it. */
      .who > *,
      .cause > *,
      .code {
        position: relative;
        z-index: 1;
        max-width: 100%;
        align-self: start;
        cursor: pointer;
      }

      a:focus-visible {
        outline: 2px solid var(--focus);
        outline-offset: -2px;
        border-radius: var(--radius-1);
      }

      /* Words of strangers: their direction marks end with them. */
      .title,
      .message,
      .called {
        unicode-bidi: isolate;
      }

      .where,
      .message {
        color: var(--text-faint);
        font-size: var(--size-2);
      }

      .cause {
        line-height: 1.35;
      }

      .word {
        font-weight: 600;
        color: var(--quiet-text);
      }

      .word.Down {
        color: var(--down-text);
      }

      .word.Degraded {
        color: var(--degraded-text);
      }

      .word.Progressing {
        color: var(--progressing-text);
      }

      .word.Unknown {
        color: var(--unknown-text);
      }

      .word.Healthy {
        font-weight: 450;
        color: var(--text-faint);
      }

      .stale {
        color: var(--degraded-text);
        font-weight: 600;
      }

      .zero {
        color: var(--text-faint);
      }

      .some {
        font-weight: 600;
      }

      .restarts {
        text-align: end;
        padding-inline-end: var(--gap-2);
      }

      .image {
        color: var(--text-soft);
      }

      /* Compact rows have one line. */
      :host([layout="row"]) .message,
      :host([layout="row"]) .where {
        display: var(--second-line, block);
      }

      :host([layout="card"]) {
        grid-template-columns: minmax(0, 1fr) auto;
        grid-template-rows: auto auto 1rem;
        align-content: center;
        row-gap: 0.3rem;
      }

      :host([layout="card"]) .name {
        grid-column: 1;
      }

      :host([layout="card"]) .pods {
        grid-column: 2;
      }

      :host([layout="card"]) .pods pod-bar {
        width: 7rem;
        justify-content: flex-end;
      }

      :host([layout="card"]) .cause {
        grid-column: 1 / -1;
      }

      :host([layout="card"]) .since {
        grid-area: 3 / 2;
        text-align: end;
      }

      :host([layout="card"]) .strip {
        grid-area: 3 / 1;
      }
    `,
  ];
}

customElements.define('workload-row', WorkloadRow);

declare global {
  interface HTMLElementTagNameMap {
    'workload-row': WorkloadRow;
  }
}

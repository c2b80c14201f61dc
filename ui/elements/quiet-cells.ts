import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Workload } from '../../api/contract.ts';
import { detailRoute, formatRoute } from '../data/route.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

const cellsPerLine = 20;

export interface QuietCells {
  workloads: readonly Workload[];
  /** Namespaces of the page's filter, to be kept in the links. */
  namespaces: readonly string[];
  /** Key of the cell that the arrows have led to. */
  _current: string | null;
}

/**
 * Workloads of one namespace that need nobody: small cells, each a link by its name. To the keyboard they are one stop,
 * within which arrows lead on: a stop for each would be hundreds, and each too small to be one (WCAG 2.5.8).
 */
export class QuietCells extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    workloads: { attribute: false },
    namespaces: { attribute: false },
    _current: { state: true },
  };

  constructor() {
    super();
    this.workloads = [];
    this.namespaces = [];
    this._current = null;
  }

  override render() {
    const current = this.#current();
    return html`<div
      role="toolbar"
      tabindex="0"
      aria-label=${texts.board.gridQuiet(this.workloads[0]?.namespace ?? '')}
      aria-activedescendant=${current?.key ?? nothing}
      @keydown=${this.#pressed}
    >
      ${repeat(
        this.workloads,
        ({ key }) => key,
        (workload) => this.#cell(workload, workload === current),
      )}
    </div>`;
  }

  #cell({ key, namespace, kind, name, state }: Workload, isCurrent: boolean) {
    const said = `${namespace}/${name}: ${texts.states[state]}`;
    return html`<a
      id=${key}
      class="${state} ${isCurrent ? 'current' : ''}"
      href=${formatRoute(detailRoute({ namespace, kind, name }, { namespaces: this.namespaces }))}
      tabindex="-1"
      aria-label=${said}
      title=${said}
    ></a>`;
  }

  #current(): Workload | undefined {
    return this.workloads.find(({ key }) => key === this._current) ?? this.workloads[0];
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const current = this.#current();
    const at = current === undefined ? 0 : this.workloads.indexOf(current);
    if (event.key === 'Enter') this.renderRoot.querySelectorAll('a')[at]?.click();
    const to = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + cellsPerLine,
      ArrowUp: at - cellsPerLine,
      Home: 0,
      End: this.workloads.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this._current = this.workloads[to]?.key ?? this._current;
  };

  static override readonly styles = [
    base,
    css`
      div {
        display: flex;
        flex-wrap: wrap;
        align-content: center;
        gap: 3px;
        /* cellsPerLine of them. */
        max-width: calc(20 * 13px - 3px);
        min-height: 24px;
        margin-inline: var(--gap-1);
        border-radius: var(--radius-1);
      }

      a {
        width: 10px;
        height: 10px;
        border-radius: 2.5px;
        background: color-mix(in srgb, var(--healthy) 55%, var(--surface));
      }

      a:hover {
        background: var(--healthy);
      }

      div:focus-visible .current {
        outline: 2px solid var(--focus);
        outline-offset: 1px;
      }

      .Idle,
      .Idle:hover {
        border: 1px solid var(--quiet);
        background: var(--surface);
      }

      @media (forced-colors: active) {
        a {
          background: CanvasText;
          forced-color-adjust: none;
        }

        .Idle {
          border-color: CanvasText;
          background: Canvas;
        }
      }
    `,
  ];
}

customElements.define('quiet-cells', QuietCells);

declare global {
  interface HTMLElementTagNameMap {
    'quiet-cells': QuietCells;
  }
}

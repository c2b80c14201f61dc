import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { Workload } from '../../api/contract.ts';
import type { ApiClient } from '../data/api-client.ts';
import type { ClusterView } from '../data/cluster-connection.ts';
import { emptinessOf } from '../data/emptiness.ts';
import {
  type Chip,
  chipsOf,
  excludesMost,
  type Filtered,
  filterWorkloads,
  hasFilter,
  toggled,
} from '../data/filter.ts';
import { FetchController } from '../data/fetch-controller.ts';
import { groupings, groupWorkloads, type Grouping } from '../data/group.ts';
import { NavigateEvent } from '../data/navigation.ts';
import type { Preferences } from '../data/preferences.ts';
import { fields, type NodeKeys, nodesOf, parseQuery } from '../data/query.ts';
import { RecomputeGate } from '../data/recompute-gate.ts';
import { formatRoute, type WorkloadsRoute, workloadsRoute } from '../data/route.ts';
import { serverNow } from '../data/shared-clock.ts';
import { sortWorkloads } from '../data/sort.ts';
import type { FacetEvent } from '../elements/facet-list.ts';
import type { QueryEvent } from '../elements/query-field.ts';
import type { HeldEvent, SortEvent } from '../elements/workload-table.ts';
import { base, controls, panel } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import '../elements/basics.ts';
import '../elements/facet-list.ts';
import '../elements/query-field.ts';
import '../elements/view-menu.ts';
import '../elements/workload-table.ts';

/** The list is worked out at most this often: 200 changes a second are still four pictures a second. */
const recomputeMs = 250;
/** Pods move between nodes: asked again at most this often while something changes. */
const nodesMs = 5_000;

export interface WorkloadsScreen {
  api: ApiClient | null;
  view: ClusterView | null;
  route: WorkloadsRoute;
  preferences: Preferences | null;
  _moved: number;
  _facetsOpen: boolean;
}

/** Screen 2: every workload, narrowed by facets and text. */
export class WorkloadsScreen extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    view: { attribute: false },
    route: { attribute: false },
    preferences: { attribute: false },
    _moved: { state: true },
    _facetsOpen: { state: true },
  };

  readonly #gate = new RecomputeGate(this, recomputeMs);
  readonly #nodes = new FetchController<NodeKeys>(this);
  readonly #nodesGate = new RecomputeGate(this, nodesMs);
  #nodesRevision = -1;
  #filtered: Filtered | null = null;
  #sorted: readonly Workload[] = [];
  #version = -1;
  #question = '';
  #waiting = false;
  #painted = false;

  constructor() {
    super();
    this.api = null;
    this.view = null;
    this.route = workloadsRoute();
    this.preferences = null;
    this._moved = 0;
    this._facetsOpen = false;
  }

  /** For the keyboard: what `/`, `j` and `k` reach. */
  focusSearch(): void {
    this.renderRoot.querySelector('query-field')?.focus();
  }

  moveRow(step: 1 | -1): void {
    this.renderRoot.querySelector('workload-table')?.move(step);
  }

  protected override willUpdate(): void {
    const { view } = this;
    if (view === null) return;
    const question = `${formatRoute(this.route)} ${this.#askNodes(view)}`;
    if (question === this.#question && view.version === this.#version) return;
    if (question !== this.#question && this.#question !== '' && !this.#painted) {
      this.#afterPaint();
      return;
    }
    this.#painted = false;
    if (!this.#gate.passes(question !== this.#question)) return;
    this.#question = question;
    this.#version = view.version;
    this.#filtered = filterWorkloads(
      view.workloads.values(),
      this.route,
      serverNow(),
      this.#nodes.state.value ?? undefined,
    );
    this.#sorted = sortWorkloads(this.#filtered.shown, this.route.sort, this.route.descending);
  }

  /** What was clicked shows first, in a picture of its own; the list follows in the next one. */
  #afterPaint(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      setTimeout(() => {
        this.#waiting = false;
        this.#painted = true;
        this.requestUpdate();
      });
    });
  }

  /** Which workloads are on the nodes of the filter is asked of the server. Changes with the answer. */
  #askNodes(view: ClusterView): string {
    const { api } = this;
    const nodes = nodesOf(parseQuery(this.route.text));
    if (api === null || nodes.length === 0) return '';
    const read = async (signal: AbortSignal): Promise<NodeKeys> =>
      new Map(
        await Promise.all(
          nodes.map(async (node) => {
            const { items } = await api.workloads({ node, limit: 5_000 }, signal);
            return [node, new Set(items.map(({ key }) => key))] as const;
          }),
        ),
      );
    this.#nodes.ask(nodes.join(' '), read);
    if (view.revision !== this.#nodesRevision && this.#nodesGate.passes()) {
      if (this.#nodesRevision >= 0) this.#nodes.refresh(read);
      this.#nodesRevision = view.revision;
    }
    return [...(this.#nodes.state.value ?? [])].map(([node, keys]) => `${node} ${keys.size}`).join(' ');
  }

  override render() {
    const { view } = this;
    if (view === null) return nothing;
    const emptiness = emptinessOf(view);
    return html`
      <h1 class="hidden-text" tabindex="-1">${texts.workloads.title}</h1>
      <div class="layout">
        <aside class=${this._facetsOpen ? 'open' : ''}>
          <facet-list .facets=${this.#filtered?.facets ?? null} @facet=${this.#facet}></facet-list>
        </aside>
        <div class="main">
          <div class="bar">
            <query-field
              .text=${this.route.text}
              .unknown=${this.#filtered?.unknown ?? []}
              @query=${this.#query}
            ></query-field>
            <div class="tools">
              <button
                type="button"
                class="facets"
                aria-expanded=${this._facetsOpen ? 'true' : 'false'}
                @click=${this.#toggleFacets}
              >
                ${texts.workloads.facets}
              </button>
              <label class="group"
                ><span class="hidden-text">${texts.workloads.group}</span>
                <select .value=${this.route.group} @change=${this.#group}>
                  ${groupings.map(
                    (grouping) =>
                      html`<option value=${grouping} ?selected=${grouping === this.route.group}>
                        ${texts.workloads.groups[grouping]}
                      </option>`,
                  )}
                </select></label
              >
              <view-menu
                .route=${this.route}
                .workloads=${this.#sorted}
                .preferences=${this.preferences}
              ></view-menu>
            </div>
          </div>
          ${this.#status(view)}
          ${emptiness === null ? this.#list() : html`<div class="panel"><emptiness-notice .emptiness=${emptiness}></emptiness-notice></div>`}
        </div>
      </div>
    `;
  }

  #status(view: ClusterView) {
    const chips = chipsOf(this.route);
    const filtered = this.#filtered;
    if (filtered === null || view.workloads.size === 0) return nothing;
    const shown = filtered.shown.length;
    return html`<div class="status">
        <p class="number">
          ${filtered.narrowed ? texts.workloads.announce(shown, view.workloads.size) : texts.workloads.total(shown, view.workloads.size)}
        </p>
        ${
          filtered.narrowed
            ? html`<a class="chip" href=${formatRoute({ ...this.route, all: true })}>${texts.workloads.showAll}</a>`
            : nothing
        }
        ${chips.map((chip) => this.#chip(chip))}
        ${
          chips.length > 1
            ? html`<a class="chip plain" href=${formatRoute(workloadsRoute({ group: this.route.group, all: this.route.all }))}
                >${texts.workloads.clear}</a
              >`
            : nothing
        }
        ${
          this._moved > 0
            ? html`<button type="button" class="small moved" @click=${this.#release}>
                ${texts.workloads.resort(this._moved)}
              </button>`
            : nothing
        }
      </div>
      ${this.#notPermitted(view)}`;
  }

  #chip(chip: Chip) {
    return html`<a class="chip" href=${formatRoute(chip.without)} aria-label=${texts.workloads.remove(chip.label)}
      ><span class="cut">${chip.label}</span><span aria-hidden="true">×</span></a
    >`;
  }

  /** What may not be read stands in the list, in words, instead of being silently absent. */
  #notPermitted(view: ClusterView) {
    const parked = (view.runtime?.watches ?? []).filter(
      (watch) => watch.state === 'forbidden' && (watch.namespace === null || this.#wants(watch.namespace)),
    );
    if (parked.length === 0) return nothing;
    return html`<p class="parked">
      ${parked.slice(0, 4).map(
        (watch) =>
          html`<span
            >${
              watch.namespace === null
                ? texts.workloads.notPermittedAll(watch.resource)
                : texts.workloads.notPermitted(watch.resource, watch.namespace)
            }</span
          >`,
      )}
      ${parked.length > 4 ? html`<span>${texts.app.andMore(parked.length - 4)}</span>` : nothing}
      <a href="doctor">${texts.freshness.openDoctor}</a>
    </p>`;
  }

  #wants(namespace: string): boolean {
    return this.route.namespaces.length === 0 || this.route.namespaces.includes(namespace);
  }

  #list() {
    if (this.#sorted.length === 0) return html`<div class="panel">${this.#noMatch()}</div>`;
    const groups = this.route.group === 'none' ? null : groupWorkloads(this.#sorted, this.route.group);
    return html`<div class="panel list">
      <workload-table
        .workloads=${this.#sorted}
        .groups=${groups}
        .question=${this.#question}
        .sort=${this.route.sort}
        .descending=${this.route.descending}
        .api=${this.api}
        .hiddenColumns=${this.#hiddenColumns()}
        .density=${this.preferences?.density ?? 'comfortable'}
        .namespaces=${this.route.namespaces}
        @sort=${this.#sort}
        @held=${this.#held}
      ></workload-table>
    </div>`;
  }

  /** Without metrics the column is absent instead of empty. */
  #hiddenColumns(): readonly string[] {
    const hidden = this.preferences?.hiddenColumns ?? [];
    return this.view?.runtime?.metrics.state === 'available' ? hidden : [...hidden, 'usage'];
  }

  #noMatch() {
    if (this.#filtered?.narrowed && !hasFilter(this.route)) {
      return html`<notice-box kind="empty" .heading=${texts.board.allHealthy(this.view?.workloads.size ?? 0)}
        ><a class="button" slot="actions" href=${formatRoute({ ...this.route, all: true })}>${texts.workloads.showAll}</a></notice-box
      >`;
    }
    const most = excludesMost(this.view?.workloads.values() ?? [], this.route, serverNow());
    return html`<notice-box kind="empty" .heading=${texts.workloads.noMatch}>
      ${most === null ? nothing : texts.workloads.excludesMost(most.chip.label, most.count)}
      ${
        // A key that is none is text like any other; who meant one is told which there are.
        parseQuery(this.route.text).some((term) => term.type === 'text' && /^[a-z-]+:/i.test(term.value))
          ? html`<span>${texts.workloads.queryFieldsHint(fields.join(', '))}</span>`
          : nothing
      }
      ${
        most === null
          ? html`<a class="button" slot="actions" href=${formatRoute(workloadsRoute())}>${texts.workloads.clear}</a>`
          : html`<a class="button" slot="actions" href=${formatRoute(most.chip.without)}
              >${texts.workloads.remove(most.chip.label)}</a
            >`
      }
    </notice-box>`;
  }

  #go(part: Partial<WorkloadsRoute>, replace = false): void {
    this.dispatchEvent(new NavigateEvent({ ...this.route, ...part }, replace));
  }

  readonly #query = (event: QueryEvent): void => this.#go({ text: event.text }, true);

  readonly #facet = (event: FacetEvent): void => this.#go(toggled(this.route, event.facet, event.value));

  readonly #group = (event: Event): void => {
    const { value } = event.target instanceof HTMLSelectElement ? event.target : { value: 'none' };
    const group: Grouping = groupings.find((grouping) => grouping === value) ?? 'none';
    this.#go({ group });
  };

  readonly #sort = (event: SortEvent): void => {
    const same = event.column === this.route.sort;
    this.#go({ sort: event.column, descending: same && !this.route.descending });
  };

  readonly #held = (event: HeldEvent): void => {
    this._moved = event.moved;
  };

  readonly #release = (): void => this.renderRoot.querySelector('workload-table')?.release();

  readonly #toggleFacets = (): void => {
    this._facetsOpen = !this._facetsOpen;
  };

  static override readonly styles = [
    base,
    controls,
    panel,
    css`
      :host {
        --list-top: calc(var(--bar-height) + 6.25rem);
      }

      .layout {
        display: grid;
        grid-template-columns: 13.5rem minmax(0, 1fr);
        gap: var(--gap-5);
        padding: 0 var(--gap-5) var(--gap-6);
      }

      aside {
        position: sticky;
        top: calc(var(--bar-height) + var(--gap-4));
        align-self: start;
        max-height: calc(100vh - var(--bar-height) - var(--gap-5));
        overflow-y: auto;
        padding-block: var(--gap-4);
        scrollbar-width: thin;
      }

      .bar {
        position: sticky;
        top: var(--bar-height);
        z-index: 4;
        display: flex;
        gap: var(--gap-2);
        padding: var(--gap-4) 0 var(--gap-2);
        background: var(--page);
      }

      query-field {
        flex: 1;
        min-width: 0;
      }

      .tools {
        display: flex;
        gap: var(--gap-2);
      }

      .tools select,
      .tools button {
        min-height: 2.25rem;
      }

      .facets {
        display: none;
      }

      .status {
        position: sticky;
        top: calc(var(--bar-height) + 3.75rem);
        z-index: 3;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-2);
        min-height: 2.5rem;
        padding-block-end: var(--gap-2);
        background: var(--page);
        color: var(--text-soft);
        font-size: var(--size-3);
      }

      .chip {
        display: inline-flex;
        align-items: center;
        gap: var(--gap-2);
        max-width: 18rem;
        min-height: 1.5rem;
        padding: 0 var(--gap-2);
        border: 1px solid var(--line-strong);
        border-radius: 999px;
        color: var(--text);
        font-size: var(--size-2);
      }

      .chip:hover {
        background: var(--surface-hover);
        text-decoration: none;
      }

      .plain {
        border-color: transparent;
        color: var(--accent);
      }

      .moved {
        margin-inline-start: auto;
      }

      .parked {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-1) var(--gap-4);
        margin-block-end: var(--gap-2);
        padding: var(--gap-2) var(--gap-4);
        border: 1px dashed var(--unknown);
        border-radius: var(--radius-2);
        color: var(--unknown-text);
        font-size: var(--size-3);
      }

      @media (max-width: 60rem) {
        .layout {
          grid-template-columns: minmax(0, 1fr);
          gap: 0;
          padding: 0 var(--gap-3) var(--gap-6);
        }

        aside {
          position: static;
          display: none;
          max-height: none;
          padding-block: var(--gap-3) 0;
        }

        aside.open {
          display: block;
        }

        .facets {
          display: inline-flex;
        }
      }

      @media (max-width: 38rem) {
        :host {
          --list-top: var(--bar-height);
        }

        .bar {
          position: static;
          flex-wrap: wrap;
        }

        .status {
          position: static;
        }

        query-field {
          flex-basis: 100%;
        }

        .tools {
          flex: 1;
        }

        .group,
        .group select {
          flex: 1;
          width: 100%;
        }
      }
    `,
  ];
}

customElements.define('workloads-screen', WorkloadsScreen);

declare global {
  interface HTMLElementTagNameMap {
    'workloads-screen': WorkloadsScreen;
  }
}

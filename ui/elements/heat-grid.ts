import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Workload } from '../../api/contract.ts';
import { CauseWordsController } from '../data/cause-words-controller.ts';
import { groupWorkloads, type WorkloadGroup } from '../data/group.ts';
import { detailRoute, formatRoute, workloadsRoute } from '../data/route.ts';
import { base } from '../styles/controls.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';
import { stateLetters } from './state-mark.ts';
import './quiet-cells.ts';
import './state-mark.ts';

/** Healthy cells drawn per namespace; the rest is a number. */
const limitCells = 60;

export interface HeatGrid {
  /** In the order of severity. */
  workloads: readonly Workload[];
  namespaces: readonly string[];
}

/** One cell per workload, by namespace: the broken ones large and first, the healthy ones small. */
export class HeatGrid extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    workloads: { attribute: false },
    namespaces: { attribute: false },
  };

  constructor() {
    super();
    this.workloads = [];
    this.namespaces = [];
    this.addController(new CauseWordsController(this));
  }

  override render() {
    const groups = groupWorkloads(this.workloads, 'namespace');
    const troubled = groups.filter((group) => group.worst !== 'Healthy' && group.worst !== 'Idle');
    const calm = groups.filter((group) => !troubled.includes(group));
    return html`<div class="groups">
        ${repeat(
          troubled,
          (group) => group.name,
          (group) => this.#group(group),
        )}
      </div>
      ${
        calm.length === 0
          ? nothing
          : html`<ul class="calm">
              ${calm.map(
                (group) => html`<li>
                  <a href=${formatRoute(workloadsRoute({ namespaces: [group.name], all: true }))}>
                    <state-mark .state=${group.worst} label></state-mark>${group.name}
                    <span class="number">${group.workloads.length}</span>
                  </a>
                </li>`,
              )}
            </ul>`
      }`;
  }

  #group(group: WorkloadGroup) {
    const quiet = group.workloads.filter(({ state }) => state === 'Healthy' || state === 'Idle');
    const loud = group.workloads.filter(({ state }) => state !== 'Healthy' && state !== 'Idle');
    return html`<section>
      <h3><a href=${formatRoute(workloadsRoute({ namespaces: [group.name], all: true }))}>${group.name}</a></h3>
      <div class="cells">
        ${loud.slice(0, limitCells).map((workload) => this.#loud(workload))}
        ${quiet.length === 0 ? nothing : this.#quiet(group.name, quiet)}
      </div>
    </section>`;
  }

  #loud({ namespace, kind, name, state, stale, cause }: Workload) {
    const said = `${namespace}/${name}: ${texts.states[state]}${cause === null ? '' : `, ${causeTitle(cause.code, cause.title)}`}`;
    return html`<a
      class="loud ${state}"
      href=${formatRoute(detailRoute({ namespace, kind, name }, { namespaces: this.namespaces }))}
      aria-label=${said}
      title=${said}
      ><state-mark .state=${state} .stale=${stale}></state-mark
      ><span aria-hidden="true">${stateLetters[state]}</span></a
    >`;
  }

  #quiet(namespace: string, workloads: readonly Workload[]) {
    return html`<quiet-cells .workloads=${workloads.slice(0, limitCells)} .namespaces=${this.namespaces}></quiet-cells>
      <a
        class="tail number"
        href=${formatRoute(workloadsRoute({ namespaces: [namespace], states: ['Healthy', 'Idle'] }))}
        >${quietText(workloads)}</a
      >`;
  }

  static override readonly styles = [
    base,
    css`
      .groups {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr));
        gap: var(--gap-4) var(--gap-5);
        padding: 0 var(--gap-4) var(--gap-4);
      }

      h3 {
        margin-block-end: var(--gap-1);
        font-size: var(--size-2);
        font-weight: 550;
      }

      h3 a,
      .tail,
      .calm a {
        color: var(--text-soft);
      }

      .cells {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-1);
      }

      .loud {
        display: inline-flex;
        align-items: center;
        gap: 0.15rem;
        height: 1.5rem;
        padding: 0 0.3rem;
        border-radius: 5px;
        background: var(--quiet-tint);
        color: var(--quiet-text);
        font: 600 var(--size-1) / 1 var(--font-code);
      }

      .loud:hover {
        text-decoration: none;
        outline: 1px solid currentcolor;
      }

      .loud state-mark {
        width: 0.9rem;
        height: 0.9rem;
      }

      .Down {
        background: var(--down-tint);
        color: var(--down-text);
      }

      .Degraded {
        background: var(--degraded-tint);
        color: var(--degraded-text);
      }

      .Progressing {
        background: var(--progressing-tint);
        color: var(--progressing-text);
      }

      .Unknown {
        background: var(--unknown-tint);
        color: var(--unknown-text);
      }

      .tail {
        font-size: var(--size-2);
      }

      .calm {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-2);
        padding: 0 var(--gap-4) var(--gap-4);
      }

      .calm a {
        display: inline-flex;
        align-items: center;
        gap: var(--gap-2);
        min-height: 1.75rem;
        padding: 0 var(--gap-3) 0 var(--gap-2);
        border: 1px solid var(--line);
        border-radius: 999px;
        font-size: var(--size-2);
      }

      .calm state-mark {
        width: 0.875rem;
        height: 0.875rem;
      }

      .calm .number {
        color: var(--text-faint);
      }
    `,
  ];
}

/** Healthy and idle ones by their own words: scaled to zero is not healthy. */
function quietText(workloads: readonly Workload[]): string {
  const idle = workloads.filter(({ state }) => state === 'Idle').length;
  const healthy = workloads.length - idle;
  return [healthy > 0 ? texts.board.gridHealthy(healthy) : '', idle > 0 ? texts.board.gridIdle(idle) : '']
    .filter((part) => part !== '')
    .join(' · ');
}

customElements.define('heat-grid', HeatGrid);

declare global {
  interface HTMLElementTagNameMap {
    'heat-grid': HeatGrid;
  }
}

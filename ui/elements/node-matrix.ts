import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { Pod, WorkloadDetail } from '../../api/contract.ts';
import { severityRank, type HistoryState } from '../../health/workload.ts';
import { CauseWordsController } from '../data/cause-words-controller.ts';
import { slotReader } from '../data/pod-state.ts';
import { base, controls, panel } from '../styles/controls.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';
import { rolloutHeader, rolloutHeaderStyles } from './rollout-header.ts';
import './state-mark.ts';

/** Above this many nodes the ready ones are counted instead of drawn. */
const limitCells = 200;

type NodeCell = WorkloadDetail['nodes'][number];

export interface NodeMatrix {
  detail: WorkloadDetail | null;
  _all: boolean;
}

/** One cell per node of a DaemonSet, troubled ones first. */
export class NodeMatrix extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    detail: { attribute: false },
    _all: { state: true },
  };

  constructor() {
    super();
    this.detail = null;
    this._all = false;
    this.addController(new CauseWordsController(this));
  }

  override render() {
    const { detail } = this;
    if (detail === null) return nothing;
    const slotOf = slotReader(detail);
    const cells = detail.nodes
      .map((cell) => ({ cell, ...slotOf(cell) }))
      .toSorted((left, right) => rank(left.state) - rank(right.state) || (left.cell.node < right.cell.node ? -1 : 1));
    const troubled = cells.filter(({ state }) => state !== 'Healthy');
    const shown =
      this._all || cells.length <= limitCells ? cells : cells.slice(0, Math.max(limitCells, troubled.length));
    return html`${rolloutHeader(texts.nodes.title, detail.rollout)}
      <ul class=${shown.length > 24 ? 'dense' : ''} tabindex="0">
        ${shown.map(({ cell, state, pod }) => this.#cell(cell, state, pod))}
      </ul>
      ${
        shown.length < cells.length
          ? html`<p><button type="button" class="small" @click=${this.#unfold}>${texts.nodes.more(cells.length - shown.length)}</button></p>`
          : nothing
      }
      ${detail.nodesNotNamed > 0 ? html`<p class="faint">${texts.nodes.notNamed(detail.nodesNotNamed)}</p>` : nothing}`;
  }

  #cell(cell: NodeCell, state: HistoryState, pod: Pod | null) {
    const why = pod === null || pod.cause === null ? cell.reason : causeTitle(pod.cause.code, pod.cause.title);
    return html`<li class=${state}>
      <state-mark .state=${state}></state-mark>
      <span class="node cut" title=${cell.node}>${cell.node}</span>
      <span class="state cut" title=${cell.reason ?? nothing}>${cell.state}${why === null ? nothing : html` · ${why}`}</span>
    </li>`;
  }

  readonly #unfold = (): void => {
    this._all = true;
  };

  static override readonly styles = [
    base,
    controls,
    panel,
    rolloutHeaderStyles,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(11rem, 100%), 1fr));
        gap: var(--gap-2);
        max-height: 26rem;
        overflow-y: auto;
        padding: 0 var(--gap-4) var(--gap-4);
      }

      li {
        display: grid;
        grid-template-columns: 1rem minmax(0, 1fr);
        align-items: center;
        gap: 0 var(--gap-2);
        padding: var(--gap-1) var(--gap-2);
        border: 1px solid var(--line);
        border-radius: 6px;
        font-size: var(--size-2);
      }

      state-mark {
        grid-row: 1 / 3;
      }

      .node {
        font-weight: 550;
      }

      .state {
        color: var(--text-faint);
      }

      li.Down,
      li.Degraded {
        border-color: var(--down);
        background: var(--down-tint);
      }

      .dense {
        grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr));
        gap: var(--gap-1);
      }

      p {
        padding: 0 var(--gap-4) var(--gap-4);
        font-size: var(--size-2);
      }
    `,
  ];
}

function rank(state: HistoryState): number {
  return state === 'NotObserved' ? 0 : severityRank(state);
}

customElements.define('node-matrix', NodeMatrix);

declare global {
  interface HTMLElementTagNameMap {
    'node-matrix': NodeMatrix;
  }
}

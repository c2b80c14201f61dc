import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Container, Pod, WorkloadDetail } from '../../api/contract.ts';
import { CauseWordsController } from '../data/cause-words-controller.ts';
import { podState } from '../data/pod-state.ts';
import { detailRoute, formatRoute, noLogSelection } from '../data/route.ts';
import { exitWords } from '../format/exit-code.ts';
import { shortImage } from '../format/image.ts';
import { formatBytes, formatCores } from '../format/quantity.ts';
import { base, controls, table } from '../styles/controls.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';
import './cause-panel.ts';
import './notice-box.ts';
import './state-mark.ts';
import './time-ago.ts';

/** Rows drawn at first, and added by each "show more". */
const pageRows = 50;

export interface PodTable {
  detail: WorkloadDetail | null;
  _open: ReadonlySet<string>;
  _shown: number;
}

/** The pods of a workload, worst first; a pod unfolds to its containers. */
export class PodTable extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    detail: { attribute: false },
    _open: { state: true },
    _shown: { state: true },
  };

  constructor() {
    super();
    this.detail = null;
    this._open = new Set();
    this._shown = pageRows;
    this.addController(new CauseWordsController(this));
  }

  override render() {
    const { detail } = this;
    if (detail === null) return nothing;
    if (detail.pods.length === 0) {
      return html`<notice-box kind="empty" .heading=${detail.state === 'Idle' ? texts.pods.emptyIdle : texts.pods.empty}
        >${detail.cause?.message ?? nothing}</notice-box
      >`;
    }
    const columns = texts.pods.columns;
    const pods = detail.pods.slice(0, this._shown);
    const left = detail.pods.length - pods.length;
    return html`<div class="scroll" tabindex="0">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">${columns.name}</th>
              <th scope="col">${columns.status}</th>
              <th scope="col">${columns.ready}</th>
              <th scope="col" class="end">${columns.restarts}</th>
              <th scope="col">${columns.node}</th>
              <th scope="col">${columns.revision}</th>
              <th scope="col">${columns.age}</th>
              <th scope="col"><span class="hidden-text">${texts.app.actions}</span></th>
            </tr>
          </thead>
          <tbody>
            ${repeat(
              pods,
              (pod) => pod.uid,
              (pod) => this.#pod(pod, detail),
            )}
          </tbody>
        </table>
      </div>
      ${
        left > 0
          ? html`<p class="more"><button type="button" @click=${this.#more}>${texts.app.showMore(Math.min(left, pageRows))}</button></p>`
          : nothing
      }
      ${
        detail.podsTotal > detail.pods.length
          ? html`<p class="more faint">${texts.pods.truncated(detail.pods.length, detail.podsTotal)}</p>`
          : nothing
      }`;
  }

  #pod(pod: Pod, detail: WorkloadDetail) {
    const open = this._open.has(pod.uid);
    const ready = pod.containers.filter((container) => container.type !== 'init' && container.ready).length;
    const wanted = pod.containers.filter((container) => container.type !== 'init').length;
    return html`<tr class=${open ? 'open' : ''}>
        <th scope="row" class="line">
          <button
            type="button"
            class="fold"
            aria-expanded=${open ? 'true' : 'false'}
            title=${pod.name}
            @click=${() => this.#fold(pod.uid)}
          >
            <state-mark .state=${podState(pod)}></state-mark><span class="cut">${pod.name}</span>
          </button>
        </th>
        <td>
          <span class=${podState(pod)}>${pod.status}</span>
          ${pod.cause === null ? nothing : html`<span class="why">${causeTitle(pod.cause.code, pod.cause.title)}</span>`}
        </td>
        <td class="number" data-label=${texts.pods.columns.ready}>${texts.workloads.pods(ready, wanted)}</td>
        <td class="end" data-label=${texts.pods.columns.restarts}>${pod.restarts}</td>
        <td class="soft" data-label=${texts.pods.columns.node}>${pod.node ?? html`<em>${texts.pods.noNode}</em>`}</td>
        <td class="code soft" data-label=${texts.pods.columns.revision}>${pod.revision ?? '–'}</td>
        <td class="soft" data-label=${texts.pods.columns.age}><time-ago .at=${pod.createdAt}></time-ago></td>
        <td class="end">
          <a href=${this.#logs(detail, pod, null, false)}>${texts.pods.logs}</a>
        </td>
      </tr>
      ${
        open
          ? html`<tr class="inside">
              <td colspan="8">
                ${pod.cause === null ? nothing : html`<cause-panel .cause=${pod.cause}></cause-panel>`}
                <ul>
                  ${pod.containers.map((container) => this.#container(container, pod, detail))}
                </ul>
              </td>
            </tr>`
          : nothing
      }`;
  }

  #container(container: Container, pod: Pod, detail: WorkloadDetail) {
    const { lastTermination } = container;
    const state = [container.state, container.reason].filter((word) => word !== null).join(' · ');
    return html`<li>
      <p class="title">
        <strong>${container.name}</strong>
        ${container.type === 'app' ? nothing : html`<span class="type">${texts.pods.types[container.type]}</span>`}
        <span class="code soft" title=${container.image}>${shortImage(container.image)}</span>
      </p>
      <p>
        ${state}${
          container.exitCode === null
            ? nothing
            : html` · <span class="number">${container.exitCode}</span> ${exitWords(container.exitCode, container.reason, texts.exit)}`
        }
        ${container.restarts > 0 ? html` · ${texts.detail.restarts(container.restarts)}` : nothing}
      </p>
      ${container.message === null ? nothing : html`<p class="said">${container.message}</p>`}
      ${
        lastTermination === null
          ? nothing
          : html`<p class="soft">
              ${texts.pods.lastExit}: <span class="number">${lastTermination.exitCode}</span>
              ${exitWords(lastTermination.exitCode, lastTermination.reason, texts.exit)}${
                lastTermination.reason === null ? nothing : html` (${lastTermination.reason})`
              }
              <time-ago class="inline" .at=${lastTermination.finishedAt} .form=${'ago'}></time-ago>
            </p>`
      }
      <p class="soft">
        ${texts.pods.requests} ${resources(container.requests)} · ${texts.pods.limits} ${resources(container.limits)}
      </p>
      <p class="links">
        <a href=${this.#logs(detail, pod, container.name, false)}>${texts.pods.logs}</a>
        ${
          container.restarts > 0
            ? html`<a href=${this.#logs(detail, pod, container.name, true)}>${texts.pods.previous}</a>`
            : nothing
        }
      </p>
    </li>`;
  }

  #logs(detail: WorkloadDetail, pod: Pod, container: string | null, previous: boolean): string {
    const { namespace, kind, name } = detail;
    return formatRoute(
      detailRoute(
        { namespace, kind, name },
        { tab: 'logs', logs: { ...noLogSelection, pod: pod.name, container, previous } },
      ),
    );
  }

  #fold(uid: string): void {
    const open = new Set(this._open);
    if (!open.delete(uid)) open.add(uid);
    this._open = open;
  }

  readonly #more = (): void => {
    this._shown += pageRows;
  };

  static override readonly styles = [
    base,
    controls,
    table,
    css`
      tbody th {
        max-width: 22rem;
        padding-block: 0;
        border-block-end: 1px solid var(--line);
      }

      td {
        vertical-align: middle;
      }

      .fold {
        justify-content: flex-start;
        max-width: 100%;
        min-width: 0;
        padding: 0;
        border: 0;
        background: transparent;
        font-weight: 500;
      }

      .why {
        display: block;
        /* A title holds what the cluster said, and that may be one endless word. */
        overflow-wrap: anywhere;
        color: var(--text-faint);
        font-size: var(--size-2);
      }

      .Down {
        color: var(--down-text);
        font-weight: 600;
      }

      .Degraded {
        color: var(--degraded-text);
        font-weight: 600;
      }

      .Progressing {
        color: var(--progressing-text);
        font-weight: 600;
      }

      .inside > td {
        padding: var(--gap-2) var(--gap-4) var(--gap-4) 2.9rem;
        background: var(--surface-inset);
      }

      .inside ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr));
        gap: var(--gap-4);
        margin-block-start: var(--gap-3);
      }

      .title {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: var(--gap-2);
      }

      .type {
        padding: 0 var(--gap-1);
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-1);
        color: var(--text-soft);
        font-size: var(--size-1);
      }

      .said {
        font: 400 var(--size-2) / 1.5 var(--font-code);
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }

      .inline {
        display: inline;
      }

      .links {
        display: flex;
        gap: var(--gap-3);
      }

      .more {
        padding: var(--gap-3) var(--gap-4);
      }
    `,
  ];
}

function resources(amounts: Container['requests']): string {
  const cpu = amounts.cpuCores === null ? texts.app.unset : formatCores(amounts.cpuCores, texts.locale);
  const memory = amounts.memoryBytes === null ? texts.app.unset : formatBytes(amounts.memoryBytes, texts.locale);
  return `${cpu} / ${memory}`;
}

customElements.define('pod-table', PodTable);

declare global {
  interface HTMLElementTagNameMap {
    'pod-table': PodTable;
  }
}

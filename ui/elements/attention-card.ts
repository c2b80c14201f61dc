import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { Workload, WorkloadDetail } from '../../api/contract.ts';
import type { ApiClient } from '../data/api-client.ts';
import type { AttentionCard as Card } from '../data/attention.ts';
import { CauseWordsController } from '../data/cause-words-controller.ts';
import { FetchController } from '../data/fetch-controller.ts';
import { detailRoute, formatRoute, noLogSelection, workloadsRoute } from '../data/route.ts';
import { formatDuration } from '../format/duration.ts';
import { base, controls, panel } from '../styles/controls.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';
import './copy-button.ts';
import './state-badge.ts';
import './template-changes.ts';
import './time-ago.ts';

/** Evidence up to this many characters is a value and not a sentence. */
const limitBare = 12;
/** Workloads of one incident that are named before "more". */
const limitNamed = 6;

export interface AttentionCardElement {
  card: Card | null;
  api: ApiClient | null;
  namespaces: readonly string[];
}

/** One broken thing: why, since when, on what evidence, and what changed before it. */
export class AttentionCardElement extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    card: { attribute: false },
    api: { attribute: false },
    namespaces: { attribute: false },
  };

  readonly #detail = new FetchController<WorkloadDetail>(this);

  constructor() {
    super();
    this.card = null;
    this.api = null;
    this.namespaces = [];
    this.addController(new CauseWordsController(this));
  }

  protected override willUpdate(): void {
    const { api } = this;
    const lead = this.card?.workloads[0];
    if (api === null || lead === undefined) return;
    // What changed, and which container fails, is in the detail alone; asked once for each cause of each workload.
    this.#detail.ask(`${lead.key} ${lead.cause?.code ?? ''}`, (signal) => api.workload(lead, signal));
  }

  override render() {
    const { card } = this;
    const lead = card?.workloads[0];
    if (card === null || lead === undefined) return nothing;
    const { cause } = lead;
    // A bare "3" or "false" says nothing without its field: the detail has it in full.
    const evidence = cause?.evidence.find(({ text }) => text.length > limitBare);
    return html`<article class="panel ${card.state}">
      <header>
        <state-badge .state=${card.state} .stale=${lead.stale}></state-badge>
        <time-ago class="soft number" .at=${card.since}></time-ago>
        ${card.group === null ? nothing : html`<span class="group">${texts.board.groups[card.group.type]} <strong>${card.group.name}</strong></span>`}
      </header>
      <h3><a href=${this.#address(lead)}>${card.code === null ? card.title : causeTitle(card.code, card.title)}</a></h3>
      <p class="names">${this.#names(card.workloads)}</p>
      <p class="message" lang="en">${card.message}</p>
      ${evidence === undefined || evidence.text === card.message ? nothing : html`<q title=${`${evidence.object.kind} ${evidence.object.name}`}>${evidence.text}</q>`}
      ${this.#change()}
      <footer>
        ${this.#logs(lead)}
        ${cause?.commands[0] === undefined ? nothing : html`<copy-button .text=${cause.commands[0]} .label=${texts.board.copyKubectl}></copy-button>`}
        ${
          cause?.runbook?.startsWith('https://')
            ? html`<a class="button small" href=${cause.runbook} target="_blank" rel="noreferrer"
                >${texts.board.runbook}<span class="hidden-text"> (${texts.app.opensOutside})</span></a
              >`
            : nothing
        }
      </footer>
    </article>`;
  }

  #names(workloads: readonly Workload[]) {
    const named = workloads.slice(0, limitNamed);
    return html`${workloads.length > 1 ? html`<strong>${texts.board.affected(workloads.length)}:</strong> ` : nothing}${named.map(
      (workload, index) => html`${index > 0 ? ', ' : nothing}<a class="name" href=${this.#address(workload)}
          >${workload.namespace}/${workload.name}</a
        >`,
    )}${workloads.length > limitNamed ? html` ${this.#others(workloads.length - limitNamed)}` : nothing}`;
  }

  /** The list holds them all, by the cause that they share. */
  #others(count: number) {
    const code = this.card?.code ?? null;
    const words = texts.app.andMore(count);
    if (code === null) return words;
    const route = workloadsRoute({ namespaces: this.namespaces, causes: [code] });
    return html`<a class="name" href=${formatRoute(route)}>${words}</a>`;
  }

  #change() {
    const change = this.#detail.state.value?.change;
    if (!change) return nothing;
    return html`<section class="change">
      <p class="faint">
        ${texts.detail.revision(change.rollout.revision)} ·
        ${
          change.secondsBefore < 1
            ? texts.detail.changedSame
            : texts.board.before(formatDuration(change.secondsBefore * 1000, texts.units))
        }
      </p>
      <template-changes compact .changes=${change.rollout.changes} .limit=${3}></template-changes>
    </section>`;
  }

  #logs(lead: Workload) {
    const pod = this.#detail.state.value?.pods.find((each) => each.cause !== null) ?? null;
    const container = pod?.containers.find((each) => each.restarts > 0 || !each.ready) ?? null;
    const logs = { ...noLogSelection, pod: pod?.name ?? null, container: container?.name ?? null };
    const route = detailRoute(lead, { namespaces: this.namespaces, tab: 'logs', logs });
    return html`<a class="button small" href=${formatRoute(route)}>${texts.board.viewLogs}</a>
      ${
        container !== null && container.restarts > 0
          ? html`<a class="button small" href=${formatRoute({ ...route, logs: { ...logs, previous: true } })}
              >${texts.board.viewPrevious}</a
            >`
          : nothing
      }`;
  }

  #address({ namespace, kind, name }: Workload): string {
    return formatRoute(detailRoute({ namespace, kind, name }, { namespaces: this.namespaces }));
  }

  static override readonly styles = [
    base,
    controls,
    panel,
    css`
      article {
        display: flex;
        flex-direction: column;
        gap: var(--gap-2);
        height: 100%;
        padding: var(--gap-4);
        border-block-start: 3px solid var(--quiet);
        overflow-wrap: anywhere;
      }

      .Down {
        border-block-start-color: var(--down);
      }

      .Degraded {
        border-block-start-color: var(--degraded);
      }

      article.panel > header {
        padding: 0;
        gap: var(--gap-3);
        font-size: var(--size-3);
      }

      .group {
        margin-inline-start: auto;
        color: var(--text-faint);
        font-size: var(--size-2);
      }

      h3 {
        font-size: var(--size-5);
        font-weight: 600;
        letter-spacing: -0.01em;
        line-height: 1.3;
      }

      h3 a {
        color: var(--text);
      }

      .names {
        font-size: var(--size-3);
        color: var(--text-soft);
      }

      .name {
        font-weight: 550;
      }

      .message {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 4;
        color: var(--text-soft);
      }

      q {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
        padding-inline-start: var(--gap-3);
        border-inline-start: 2px solid var(--line-strong);
        color: var(--text-soft);
        font: 400 var(--size-2) / 1.5 var(--font-code);
        quotes: none;
      }

      .change {
        padding: var(--gap-2) var(--gap-3);
        border-radius: var(--radius-2);
        background: var(--surface-inset);
        font-size: var(--size-2);
      }

      footer {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-2);
        margin-block-start: auto;
        padding-block-start: var(--gap-2);
      }
    `,
  ];
}

customElements.define('attention-card', AttentionCardElement);

declare global {
  interface HTMLElementTagNameMap {
    'attention-card': AttentionCardElement;
  }
}

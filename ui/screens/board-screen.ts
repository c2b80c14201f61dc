import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { IncidentList, TransitionList, Workload } from '../../api/contract.ts';
import { parseWorkloadKey, type State } from '../../health/workload.ts';
import { isOfNamespace } from '../data/activity.ts';
import type { ApiClient } from '../data/api-client.ts';
import { attentionCards } from '../data/attention.ts';
import { type BoardSentence, boardSentence } from '../data/board-sentence.ts';
import type { ClusterView } from '../data/cluster-connection.ts';
import { emptinessOf } from '../data/emptiness.ts';
import { FetchController } from '../data/fetch-controller.ts';
import { freshnessOf } from '../data/freshness.ts';
import { PreferenceEvent } from '../data/preference-event.ts';
import type { Preferences } from '../data/preferences.ts';
import { RecomputeGate } from '../data/recompute-gate.ts';
import { detailRoute, formatRoute, workloadsRoute } from '../data/route.ts';
import { serverNow } from '../data/shared-clock.ts';
import { sortWorkloads } from '../data/sort.ts';
import { formatDuration } from '../format/duration.ts';
import { parseInstant } from '../format/instant.ts';
import { base, controls, panel, screen } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import '../elements/basics.ts';
import '../elements/attention-card.ts';
import '../elements/heat-grid.ts';
import '../elements/rollout-progress.ts';
import '../elements/top-consumers.ts';
import '../elements/transition-list.ts';

const recomputeMs = 250;
const refreshMs = 1_500;
const limitCards = 12;
const limitChanges = 10;
const metricsHint = 'metrics';

export interface BoardScreen {
  api: ApiClient | null;
  view: ClusterView | null;
  namespaces: readonly string[];
  preferences: Preferences | null;
}

/** Screen 1: is anything broken, since when, why, what changed; readable in three seconds. */
export class BoardScreen extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    view: { attribute: false },
    namespaces: { attribute: false },
    preferences: { attribute: false },
  };

  readonly #incidents = new FetchController<IncidentList>(this);
  readonly #lastIncident = new FetchController<IncidentList>(this);
  readonly #changes = new FetchController<TransitionList>(this);
  readonly #picture = new RecomputeGate(this, recomputeMs);
  readonly #refresh = new RecomputeGate(this, refreshMs);
  #workloads: readonly Workload[] = [];
  #drawn = '';
  #asked = '';

  constructor() {
    super();
    this.api = null;
    this.view = null;
    this.namespaces = [];
    this.preferences = null;
  }

  protected override willUpdate(): void {
    const { api, view } = this;
    if (api === null || view === null) return;
    const question = this.namespaces.join(',');
    const version = `${question} ${view.version}`;
    if (version !== this.#drawn && this.#picture.passes(this.#drawn === '')) {
      this.#drawn = version;
      const wanted = new Set(this.namespaces);
      this.#workloads = sortWorkloads(
        [...view.workloads.values()].filter((workload) => wanted.size === 0 || wanted.has(workload.namespace)),
      );
    }
    const readIncidents = (signal: AbortSignal): Promise<IncidentList> =>
      api.incidents({ state: 'open', namespace: this.namespaces, limit: 200 }, signal);
    const readChanges = (signal: AbortSignal): Promise<TransitionList> =>
      api.transitions({ limit: limitChanges, namespace: this.namespaces }, signal);
    const readLast = (signal: AbortSignal): Promise<IncidentList> =>
      api.incidents({ state: 'closed', namespace: this.namespaces, limit: 1 }, signal);
    this.#incidents.ask(question, readIncidents);
    this.#lastIncident.ask(question, readLast);
    this.#changes.ask(question, readChanges);
    const revision = `${question} ${view.revision}`;
    if (revision !== this.#asked && this.#refresh.passes()) {
      if (this.#asked !== '') {
        this.#incidents.refresh(readIncidents);
        this.#lastIncident.refresh(readLast);
        this.#changes.refresh(readChanges);
      }
      this.#asked = revision;
    }
  }

  override render() {
    const { view } = this;
    if (view === null) return nothing;
    const emptiness = emptinessOf(view);
    if (emptiness !== null) {
      return html`<h1 class="hidden-text" tabindex="-1">${texts.board.title}</h1>
        <div class="panel"><emptiness-notice .emptiness=${emptiness}></emptiness-notice></div>`;
    }
    const workloads = this.#workloads;
    const sentence = boardSentence(workloads);
    if (sentence.type === 'nothing') return this.#noneChosen();
    const cards = attentionCards(this.#incidents.state.value?.items ?? [], workloads);
    return html`
      ${this.#sentence(sentence)}
      ${
        cards.length === 0
          ? nothing
          : html`<h2 class="hidden-text">${texts.board.cards}</h2>
              <section class="cards" aria-label=${texts.board.cards}>
                ${repeat(
                  cards.slice(0, limitCards),
                  (card) => card.id,
                  (card) =>
                    html`<attention-card .card=${card} .api=${this.api} .namespaces=${this.namespaces}></attention-card>`,
                )}
              </section>
              ${
                cards.length > limitCards
                  ? html`<p>
                      <a href=${formatRoute(workloadsRoute({ namespaces: this.namespaces, states: ['Down', 'Degraded'] }))}
                        >${texts.board.moreIncidents(cards.length - limitCards)}</a
                      >
                    </p>`
                  : nothing
              }`
      }
      <section class="panel grid">
        <header><h2>${texts.board.grid}</h2><span class="faint">${texts.board.gridHint}</span></header>
        <heat-grid .workloads=${workloads} .namespaces=${this.namespaces}></heat-grid>
      </section>
      <div class="rest">
        <section class="panel">
          <header><h2>${texts.board.rollouts}</h2></header>
          <rollout-progress .workloads=${workloads} .namespaces=${this.namespaces}></rollout-progress>
        </section>
        <section class="panel changes">
          <header>
            <h2>${texts.board.changes}</h2>
            <a class="more" href=${formatRoute({ screen: 'activity', namespaces: this.namespaces, range: '24h', hidden: [] })}
              >${texts.nav.activity}</a
            >
          </header>
          ${
            this.#changes.state.value === null && this.#changes.state.error !== null
              ? html`<notice-box quiet kind="error">${texts.empty.failed}</notice-box>`
              : html`<transition-list
                  .transitions=${this.#changes.state.value?.items ?? []}
                  .namespaces=${this.namespaces}
                ></transition-list>`
          }
        </section>
        ${this.#top(view)}
      </div>
    `;
  }

  #sentence(sentence: Exclude<BoardSentence, { type: 'nothing' }>) {
    switch (sentence.type) {
      case 'attention': {
        const { worst, broken, unreadable, total } = sentence;
        const { namespace, kind, name } = worst;
        const address = formatRoute(detailRoute({ namespace, kind, name }, { namespaces: this.namespaces }));
        const since = parseInstant(worst.since);
        const state = texts.states[worst.state];
        return this.#heading(
          worst.state,
          texts.board.attention(broken, total),
          html`<a href=${address}>${namespace}/${name}</a> ${
            since === null
              ? texts.board.worstNow(state)
              : texts.board.worst(state, formatDuration(serverNow() - since, texts.units))
          }${unreadable > 0 ? ` · ${texts.board.unknownPart(unreadable)}` : ''}`,
          worst.stale,
        );
      }
      case 'unreadable':
        return this.#heading(
          'Unknown',
          texts.board.unreadable(sentence.unreadable, sentence.total),
          html`${sentence.unreadable < sentence.total ? texts.board.othersCalm : nothing}
            <a href="doctor">${texts.freshness.openDoctor}</a>`,
        );
      case 'healthy':
        return this.#heading('Healthy', texts.board.allHealthy(sentence.total), this.#lastTrouble());
      case 'settled':
        return this.#heading('Healthy', texts.board.settled(sentence.total), this.#lastTrouble());
      default:
        return sentence satisfies never;
    }
  }

  #heading(state: State, words: string, more: unknown, stale = false) {
    const age = this.#age();
    return html`<h1 tabindex="-1">
      <state-mark .state=${state} .stale=${stale}></state-mark>
      <span>${words} <small>${more}${age === nothing ? nothing : html` · ${age}`}</small></span>
    </h1>`;
  }

  /** An address of somebody with other namespaces, or one whose last workload is gone. */
  #noneChosen() {
    const all = formatRoute({ screen: 'board', namespaces: [] });
    return html`<h1 class="hidden-text" tabindex="-1">${texts.board.title}</h1>
      <div class="panel">
        <notice-box kind="empty" .heading=${texts.namespaces.noWorkload(this.namespaces.join(', '))}
          >${texts.namespaces.noWorkloadHint}<a class="button" slot="actions" href=${all}>${texts.namespaces.clear}</a></notice-box
        >
      </div>`;
  }

  /** Said in the sentence itself: nobody has to look at the pill to know that this is old. */
  #age() {
    const level = this.view === null ? 'live' : freshnessOf(this.view, Date.now()).level;
    return level === 'stale' || level === 'offline'
      ? html`<strong class="old">${texts.board.lastKnown}</strong>`
      : nothing;
  }

  #lastTrouble(): string {
    const { value } = this.#lastIncident.state;
    const last = value?.items[0];
    if (last === undefined) return value === null ? '' : texts.board.noIncidentYet;
    const since = parseInstant(last.since) ?? 0;
    const until = parseInstant(last.until) ?? serverNow();
    const ago = texts.ago(formatDuration(serverNow() - until, texts.units));
    // An incident is given whole: the one that is named is of the chosen namespaces.
    const named = last.workloads.find((key) => isOfNamespace(key, this.namespaces)) ?? '';
    const { namespace, name } = parseWorkloadKey(named) ?? { namespace: '', name: '' };
    return texts.board.lastIncident(ago, `${namespace}/${name}`, formatDuration(until - since, texts.units));
  }

  #top({ runtime }: ClusterView) {
    if (runtime === null) return nothing;
    const { state } = runtime.metrics;
    if (state === 'available') {
      return html`<section class="panel">
        <header><h2>${texts.board.top}</h2></header>
        <top-consumers .api=${this.api} .namespaces=${this.namespaces}></top-consumers>
      </section>`;
    }
    const dismissed = this.preferences?.dismissed ?? [];
    if (dismissed.includes(metricsHint)) return nothing;
    const words = {
      notInstalled: texts.board.metricsMissing,
      forbidden: texts.board.metricsForbidden,
      pending: texts.board.metricsPending,
      failing: texts.board.metricsFailing,
    };
    return html`<section class="panel">
      <notice-box quiet .kind=${state === 'forbidden' ? 'forbidden' : 'missing'}>
        ${words[state]}
        <button
          slot="actions"
          type="button"
          class="bare small"
          @click=${() => this.dispatchEvent(new PreferenceEvent({ dismissed: [...dismissed, metricsHint] }))}
        >
          ${texts.board.dismiss}
        </button>
      </notice-box>
    </section>`;
  }

  static override readonly styles = [
    base,
    screen,
    controls,
    panel,
    css`
      :host {
        gap: var(--gap-5);
        max-width: 140rem;
      }

      h1 {
        display: flex;
        align-items: flex-start;
        gap: var(--gap-3);
        letter-spacing: -0.022em;
        line-height: 1.25;
      }

      h1 state-mark {
        width: 1.75rem;
        height: 1.75rem;
        margin-block-start: 0.15rem;
        --surface: var(--page);
      }

      small {
        display: block;
        color: var(--text-soft);
        font-size: var(--size-5);
        font-weight: 400;
        letter-spacing: 0;
        overflow-wrap: anywhere;
      }

      /* A link among words is told from them by more than its colour. */
      small a {
        text-decoration: underline;
        text-underline-offset: 0.15em;
      }

      .old {
        color: var(--degraded-text);
        font-weight: 600;
      }

      .cards {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(23rem, 100%), 1fr));
        gap: var(--gap-4);
      }

      /* One alone is no wider than its sentences are read well. */
      attention-card {
        max-width: 48rem;
      }

      .rest {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr));
        gap: var(--gap-4);
        align-items: start;
      }

      /* The longest of the three: the two others stand beside it, one above the other where there is no third column. */
      .changes {
        grid-row: span 2;
      }

      .grid > header {
        flex-wrap: wrap;
      }

      .panel > header .faint,
      .more {
        font-size: var(--size-2);
      }

      .more {
        margin-inline-start: auto;
      }

      @media (max-width: 48rem) {
        :host {
          gap: var(--gap-4);
          padding: var(--gap-4) var(--gap-3) var(--gap-6);
        }

        h1 {
          font-size: var(--size-6);
        }
      }
    `,
  ];
}

customElements.define('board-screen', BoardScreen);

declare global {
  interface HTMLElementTagNameMap {
    'board-screen': BoardScreen;
  }
}

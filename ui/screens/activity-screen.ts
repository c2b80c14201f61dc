import { css, html, LitElement, nothing, type PropertyDeclarations, svg } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Event as ClusterEvent, Incident, Rollout, Transition } from '../../api/contract.ts';
import { type HistoryState, parseWorkloadKey } from '../../health/workload.ts';
import { type ActivityEntry, activityKinds, isOfNamespace, mergeActivity, outcomeStates } from '../data/activity.ts';
import type { ApiClient } from '../data/api-client.ts';
import { CauseWordsController } from '../data/cause-words-controller.ts';
import type { ClusterView } from '../data/cluster-connection.ts';
import { NavigateEvent } from '../data/navigation.ts';
import { PagedController } from '../data/paged-controller.ts';
import { toggle } from '../data/preferences.ts';
import { RecomputeGate } from '../data/recompute-gate.ts';
import { activityRanges, type ActivityRange, type ActivityRoute, detailRoute, formatRoute } from '../data/route.ts';
import { serverNow } from '../data/shared-clock.ts';
import { positionOf, rangeMs, type TimeSpan } from '../data/timeline.ts';
import { formatDuration } from '../format/duration.ts';
import { base, controls, panel, screen } from '../styles/controls.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';
import '../elements/basics.ts';
import { changeText } from '../elements/template-changes.ts';
import '../elements/time-axis.ts';

const refreshMs = 5_000;
const pageRows = 100;
/** Lanes of bars in the picture; more incidents at one time than that share the last. */
const limitLanes = 6;
const laneHeight = 9;

export interface ActivityScreen {
  api: ApiClient | null;
  view: ClusterView | null;
  route: ActivityRoute;
  _shown: number;
}

/** Screen 5: what happened, on one time axis. */
export class ActivityScreen extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    view: { attribute: false },
    route: { attribute: false },
    _shown: { state: true },
  };

  readonly #incidents = new PagedController<Incident>(this);
  readonly #rollouts = new PagedController<Rollout>(this);
  readonly #transitions = new PagedController<Transition>(this);
  readonly #events = new PagedController<ClusterEvent>(this);
  readonly #gate = new RecomputeGate(this, refreshMs);
  #revision = -1;

  constructor() {
    super();
    this.api = null;
    this.view = null;
    this.route = { screen: 'activity', namespaces: [], range: '24h', hidden: [] };
    this._shown = pageRows;
    this.addController(new CauseWordsController(this));
  }

  protected override willUpdate(): void {
    const { api, view } = this;
    if (api === null || view === null) return;
    const { range, namespaces } = this.route;
    const question = `${range} ${namespaces.join()}`;
    const query = (): Record<string, string | number | readonly string[]> => ({
      from: new Date(this.#span().fromMs).toISOString(),
      namespace: namespaces,
      limit: 500,
    });
    this.#incidents.ask(question, (cursor, signal) =>
      api.incidents({ namespace: namespaces, limit: 500, cursor }, signal),
    );
    this.#rollouts.ask(question, (cursor, signal) => api.rollouts({ ...query(), cursor }, signal));
    this.#transitions.ask(question, (cursor, signal) => api.transitions({ ...query(), cursor }, signal));
    this.#events.ask(question, (cursor, signal) => api.events({ ...query(), type: 'Warning', cursor }, signal));
    if (view.revision === this.#revision || !this.#gate.passes()) return;
    if (this.#revision >= 0) for (const list of this.#lists()) if (list.state.items.length <= 500) list.refresh();
    this.#revision = view.revision;
  }

  override render() {
    const span = this.#span();
    const entries = mergeActivity(
      {
        incidents: this.#incidents.state.items,
        rollouts: this.#rollouts.state.items,
        transitions: this.#transitions.state.items,
        events: this.#events.state.items,
      },
      new Date(span.fromMs).toISOString(),
      this.route.hidden,
    );
    const failed = this.#lists().find((list) => list.state.error !== null)?.state.error ?? null;
    const loaded = this.#lists().every((list) => list.state.loaded || list.state.error !== null);
    return html`
      <header>
        <h1 tabindex="-1">${texts.activity.title}</h1>
        <div class="group" role="group" aria-label=${texts.activity.range}>
          ${activityRanges.map((range) => this.#range(range))}
        </div>
        <div class="group" role="group" aria-label=${texts.workloads.facets}>
          ${activityKinds.map(
            (kind) => html`<button
              type="button"
              class="small"
              aria-pressed=${this.route.hidden.includes(kind) ? 'false' : 'true'}
              @click=${() => this.#go({ hidden: toggle(this.route.hidden, kind) })}
            >
              ${texts.activity.kinds[kind]}
            </button>`,
          )}
        </div>
      </header>
      ${failed === null ? nothing : html`<notice-box quiet kind="error">${texts.empty.failedWith(failed.message)}</notice-box>`}
      <section class="panel axis" aria-label=${texts.activity.axis}>
        ${this.#picture(span)}
        <time-axis .fromMs=${span.fromMs} .toMs=${span.toMs}></time-axis>
      </section>
      <section class="panel">
        ${
          entries.length > 0
            ? html`<ol>
                ${repeat(entries.slice(0, this._shown), entryId, (entry) => this.#entry(entry))}
              </ol>`
            : loaded
              ? html`<notice-box kind="empty" .heading=${texts.activity.empty}></notice-box>`
              : html`<fetch-notice loading></fetch-notice>`
        }
        ${this.#more(entries.length)}
      </section>
    `;
  }

  #range(range: ActivityRange) {
    return html`<button
      type="button"
      class="small"
      aria-pressed=${range === this.route.range ? 'true' : 'false'}
      @click=${() => this.#go({ range })}
    >
      ${texts.activity.ranges[range]}
    </button>`;
  }

  #picture(span: TimeSpan) {
    const { hidden } = this.route;
    const incidents = hidden.includes('incidents') ? [] : this.#incidents.state.items;
    const rollouts = hidden.includes('rollouts')
      ? []
      : this.#rollouts.state.items.filter(({ startedAt }) => Date.parse(startedAt) >= span.fromMs);
    const lanes: number[] = [];
    const bars = incidents
      .filter(
        (incident) =>
          (incident.until === null || Date.parse(incident.until) > span.fromMs) &&
          Date.parse(incident.since) < span.toMs,
      )
      .toSorted((left, right) => (left.since < right.since ? -1 : 1))
      .map((incident) => {
        const start = positionOf(Date.parse(incident.since), span);
        const end = incident.until === null ? 1 : positionOf(Date.parse(incident.until), span);
        const free = lanes.findIndex((until) => until <= start);
        const lane = Math.min(limitLanes - 1, free < 0 ? lanes.length : free);
        lanes[lane] = end;
        return { incident, start, end, lane };
      });
    const height = limitLanes * laneHeight + 12;
    return html`<svg viewBox="0 0 1000 ${height}" preserveAspectRatio="none" aria-hidden="true">
      ${bars.map(
        ({ incident, start, end, lane }) =>
          svg`<rect class=${incident.severity} x=${start * 1000} y=${lane * laneHeight} width=${Math.max(3, (end - start) * 1000)} height=${laneHeight - 2} rx="2"><title>${causeTitle(incident.causeCode, incident.title)}</title></rect>`,
      )}
      ${rollouts.map(({ startedAt }) => {
        const x = positionOf(Date.parse(startedAt), span) * 1000;
        return svg`<path class="rollout" d="M${x} ${height - 10}V${height}"></path>`;
      })}
    </svg>`;
  }

  #entry(entry: ActivityEntry) {
    switch (entry.type) {
      case 'incidents': {
        const { incident } = entry;
        const lengthMs = incident.until === null ? null : Date.parse(incident.until) - Date.parse(incident.since);
        return this.#row(
          entry,
          incident.until !== null ? 'Healthy' : incident.severity === 'critical' ? 'Down' : 'Degraded',
          html`<strong>${causeTitle(incident.causeCode, incident.title)}</strong>
            <span class="soft">
              ${lengthMs === null ? texts.activity.ongoing : texts.activity.lasted(formatDuration(lengthMs, texts.units))} ·
              ${incident.workloads.length > 1 ? texts.board.affected(incident.workloads.length) : nothing}
              ${incident.workloads
                .filter((key) => isOfNamespace(key, this.route.namespaces))
                .slice(0, 3)
                .map((key) => this.#name(key))}
            </span>`,
          incident.message,
        );
      }
      case 'rollouts': {
        const { rollout } = entry;
        return this.#row(
          entry,
          outcomeStates[rollout.outcome],
          html`${this.#name(rollout.key)} <span>${texts.detail.revision(rollout.revision)}</span>
            <span class="soft">${texts.rollout.outcomes[rollout.outcome]}</span>`,
          rollout.changes.map(changeText).slice(0, 3).join('\n'),
        );
      }
      case 'transitions': {
        const { key, from, to, message } = entry.transition;
        return this.#row(
          entry,
          to,
          html`${this.#name(key)}
            <span>${from === null ? texts.history.firstSeen(texts.states[to]) : texts.board.change(texts.states[from], texts.states[to])}</span>`,
          message,
        );
      }
      case 'events': {
        const { event } = entry;
        return this.#row(
          entry,
          'Unknown',
          html`${this.#name(event.key)} <span>${event.reason}</span>
            ${event.count > 1 ? html`<span class="number soft">${texts.events.times(event.count)}</span>` : nothing}`,
          event.message,
        );
      }
      default:
        return entry satisfies never;
    }
  }

  #row(entry: ActivityEntry, state: HistoryState, title: unknown, message: string) {
    return html`<li class=${entry.type}>
      <time-at class="number faint" .at=${entry.at}></time-at>
      ${entry.type === 'events' ? html`<span class="dot" aria-hidden="true"></span>` : html`<state-mark .state=${state}></state-mark>`}
      <div>
        <p class="title">${title} <span class="kind faint">${texts.activity.kind[entry.type]}</span></p>
        ${message === '' ? nothing : html`<p class="message soft" lang="en">${message}</p>`}
      </div>
      <time-ago class="faint ago" .at=${entry.at} .form=${'ago'}></time-ago>
    </li>`;
  }

  #name(key: string) {
    const name = parseWorkloadKey(key);
    if (name === null) return html`<span>${key}</span> `;
    return html`<a href=${formatRoute(detailRoute(name, { namespaces: this.route.namespaces }))}>${name.namespace}/${name.name}</a> `;
  }

  #more(count: number) {
    if (count <= this._shown && !this.#lists().some((list) => list.state.more)) return nothing;
    return html`<p class="more"><button type="button" @click=${this.#showMore}>${texts.activity.loadMore}</button></p>`;
  }

  #lists() {
    return [this.#incidents, this.#rollouts, this.#transitions, this.#events] as const;
  }

  #span(): TimeSpan {
    // Whole minutes: the axis does not creep with every frame.
    const toMs = Math.ceil(serverNow() / 60_000) * 60_000;
    return { fromMs: toMs - (rangeMs[this.route.range] ?? 0), toMs };
  }

  #go(part: Partial<ActivityRoute>): void {
    this.dispatchEvent(new NavigateEvent({ ...this.route, ...part }, true));
  }

  readonly #showMore = (): void => {
    this._shown += pageRows;
    for (const list of this.#lists()) if (list.state.more) list.more();
  };

  static override readonly styles = [
    base,
    screen,
    controls,
    panel,
    css`
      :host > header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-3) var(--gap-5);
      }

      .group {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-1);
      }

      .axis {
        padding: var(--gap-3) var(--gap-4) var(--gap-1);
      }

      svg {
        display: block;
        width: 100%;
        height: 66px;
      }

      .critical {
        fill: var(--down);
      }

      .warning {
        fill: var(--degraded);
      }

      .info {
        fill: var(--quiet);
      }

      .rollout {
        stroke: var(--accent);
        stroke-width: 2;
        vector-effect: non-scaling-stroke;
      }

      li {
        display: grid;
        grid-template-columns: 6.5rem 1rem minmax(0, 1fr) auto;
        gap: var(--gap-3);
        padding: var(--gap-2) var(--gap-4);
        font-size: var(--size-3);
      }

      li + li {
        border-block-start: 1px solid var(--line);
      }

      .title {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--gap-2);
        overflow-wrap: anywhere;
      }

      li a {
        font-weight: 550;
      }

      .kind,
      .ago,
      .message {
        font-size: var(--size-2);
      }

      .message {
        max-height: 4.5em;
        overflow: hidden;
        overflow-wrap: anywhere;
        white-space: pre-line;
      }

      state-mark {
        margin-block-start: 0.1rem;
      }

      .dot {
        width: 0.4rem;
        height: 0.4rem;
        margin: 0.45rem 0.3rem;
        border-radius: 50%;
        background: var(--degraded);
      }

      .more {
        padding: var(--gap-3) var(--gap-4);
      }

      @media (max-width: 48rem) {
        :host {
          padding-inline: var(--gap-3);
        }

        li {
          grid-template-columns: 1rem minmax(0, 1fr);
        }

        time-at {
          grid-column: 1 / -1;
          margin-block-end: calc(-1 * var(--gap-2));
          font-size: var(--size-2);
        }

        .ago {
          display: none;
        }
      }
    `,
  ];
}

function entryId(entry: ActivityEntry): string {
  switch (entry.type) {
    case 'incidents':
      return `incident ${entry.incident.id}`;
    case 'rollouts':
      return `rollout ${entry.rollout.key} ${entry.rollout.revision} ${entry.at}`;
    case 'transitions':
      return `transition ${entry.transition.key} ${entry.at} ${entry.transition.to} ${entry.transition.causeCode}`;
    case 'events':
      return `event ${entry.event.key} ${entry.event.object.name} ${entry.event.reason} ${entry.event.firstAt} ${entry.event.message}`;
    default:
      return entry satisfies never;
  }
}

customElements.define('activity-screen', ActivityScreen);

declare global {
  interface HTMLElementTagNameMap {
    'activity-screen': ActivityScreen;
  }
}

import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { WorkloadDetail } from '../../api/contract.ts';
import { workloadKey } from '../../health/workload.ts';
import { type ApiClient, type ApiError, isForbidden, isNotFound } from '../data/api-client.ts';
import { CauseWordsController } from '../data/cause-words-controller.ts';
import { copyText } from '../data/clipboard.ts';
import type { ClusterView } from '../data/cluster-connection.ts';
import { FetchController } from '../data/fetch-controller.ts';
import { kubectlCommands } from '../data/kubectl.ts';
import { PreferenceEvent } from '../data/preference-event.ts';
import { type Preferences, toggle } from '../data/preferences.ts';
import {
  type DetailRoute,
  type DetailTab,
  detailRoute,
  detailTabs,
  formatRoute,
  noLogSelection,
  workloadsRoute,
} from '../data/route.ts';
import { SayEvent } from '../data/say-event.ts';
import { serverNow } from '../data/shared-clock.ts';
import { formatDuration } from '../format/duration.ts';
import { parseInstant } from '../format/instant.ts';
import { base, controls, panel, screen } from '../styles/controls.ts';
import { popover } from '../styles/popover.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';
import '../elements/basics.ts';
import '../elements/cause-panel.ts';
import '../elements/node-matrix.ts';
import '../elements/ordinal-ladder.ts';
import { placeMenu } from '../elements/place-menu.ts';
import '../elements/pod-table.ts';
import '../elements/rollout-bar.ts';

/** Tabs that are fetched when somebody opens them. */
const parts: Readonly<Record<DetailTab, (() => Promise<unknown>) | null>> = {
  pods: null,
  events: () => import('../elements/event-table.ts'),
  history: () => import('../elements/history-panel.ts'),
  rollouts: () => import('../elements/rollout-list.ts'),
  metrics: () => import('../elements/metrics-panel.ts'),
  logs: () => import('../elements/log-view.ts'),
};

/** An open detail reads itself again when its workload changes, at most this often. */
const refreshMs = 500;

export interface DetailScreen {
  api: ApiClient | null;
  view: ClusterView | null;
  route: DetailRoute;
  preferences: Preferences | null;
  /** Raised whenever the stream says that this workload changed. */
  touched: number;
}

/** Screen 3: one workload. Why first, then the picture of its kind, then everything else behind tabs. */
export class DetailScreen extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    view: { attribute: false },
    route: { attribute: false },
    preferences: { attribute: false },
    touched: { type: Number },
  };

  readonly #detail = new FetchController<WorkloadDetail>(this);
  /** There the answer stands before the facts. */
  readonly #phone = matchMedia('(max-width: 40rem)');
  #touched = 0;
  #shownTab = '';
  #refreshedAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor() {
    super();
    this.api = null;
    this.view = null;
    this.route = detailRoute({ namespace: '', kind: 'Deployment', name: '' });
    this.preferences = null;
    this.touched = 0;
    this.addController(new CauseWordsController(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#phone.addEventListener('change', this.#turned);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#phone.removeEventListener('change', this.#turned);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** For the keyboard: `f`, `p` and `c`. */
  run(command: 'follow' | 'previous' | 'copy'): void {
    const logs = this.renderRoot.querySelector('log-view');
    if (command === 'follow') logs?.toggleFollow();
    else if (command === 'previous') logs?.togglePrevious();
    else void this.#copy(this.#detail.state.value?.cause?.commands[0] ?? kubectlCommands(this.route.workload)[0] ?? '');
  }

  async #copy(command: string): Promise<void> {
    const copied = await copyText(command);
    this.dispatchEvent(new SayEvent(copied ? texts.app.copiedText(command) : texts.app.copyFailed));
  }

  protected override willUpdate(): void {
    const { api } = this;
    if (api === null) return;
    const { workload } = this.route;
    void parts[this.route.tab]?.();
    const key = workloadKey(workload.namespace, workload.kind, workload.name);
    this.#detail.ask(key, (signal) => api.workload(workload, signal));
    if (this.touched === this.#touched) return;
    this.#touched = this.touched;
    this.#refreshSoon(() => this.#detail.refresh((signal) => api.workload(this.route.workload, signal)));
  }

  protected override updated(): void {
    // On a phone the chosen tab may be beyond the edge.
    const bar = this.renderRoot.querySelector<HTMLElement>('.tabs');
    const chosen = bar?.querySelector<HTMLElement>('[aria-selected="true"]') ?? null;
    if (!bar || chosen === null || chosen.id === this.#shownTab) return;
    this.#shownTab = chosen.id;
    bar.scrollLeft = chosen.offsetLeft - (bar.clientWidth - chosen.offsetWidth) / 2;
  }

  override render() {
    const { value, error } = this.#detail.state;
    const { namespace, kind, name } = this.route.workload;
    return html`
      <nav aria-label=${texts.detail.crumbs} class="crumbs">
        <a href=${formatRoute(workloadsRoute({ namespaces: this.route.namespaces }))}>${texts.nav.workloads}</a>
        <span aria-hidden="true">/</span>
        <a href=${formatRoute(workloadsRoute({ namespaces: [namespace] }))}>${namespace}</a>
        <span aria-hidden="true">/</span>
        <span>${kind}</span>
      </nav>
      ${value === null ? this.#without(name, error) : this.#whole(value, error)}
    `;
  }

  #without(name: string, error: ApiError | null) {
    if (error === null) {
      return html`<header><h1 tabindex="-1">${name}</h1></header>
        <div class="panel loading" aria-busy="true"><notice-box kind="loading" .heading=${texts.app.loading}></notice-box></div>`;
    }
    const back = html`<a class="button" slot="actions" href=${formatRoute(workloadsRoute())}>${texts.nav.workloads}</a>`;
    return html`<header><h1 tabindex="-1">${name}</h1></header>
      <div class="panel">
        ${
          isNotFound(error)
            ? html`<notice-box kind="empty" .heading=${texts.empty.workloadNotFound}
                >${texts.empty.workloadNotFoundHint}${back}</notice-box
              >`
            : isForbidden(error)
              ? html`<notice-box kind="forbidden" .heading=${texts.empty.forbidden}
                  >${error.message}<span>${texts.empty.forbiddenHint}</span>${back}</notice-box
                >`
              : html`<notice-box kind="error" .heading=${texts.empty.failed}
                  >${error.message}<button slot="actions" type="button" @click=${this.#again}>${texts.app.retry}</button></notice-box
                >`
        }
      </div>`;
  }

  #whole(detail: WorkloadDetail, error: ApiError | null) {
    const whyFirst = this.#phone.matches && this.route.tab === 'pods' && detail.cause !== null;
    return html`
      ${whyFirst ? html`<header>${this.#title(detail)}</header>` : this.#header(detail)}
      ${
        detail.deletedAt === null
          ? nothing
          : html`<notice-box quiet kind="stale"
              >${texts.detail.deleted(agoText(detail.deletedAt))}</notice-box
            >`
      }
      ${detail.stale && detail.deletedAt === null ? html`<notice-box quiet kind="stale">${texts.detail.stale}</notice-box>` : nothing}
      ${error === null ? nothing : html`<notice-box quiet kind="error">${texts.empty.failedWith(error.message)}</notice-box>`}
      ${
        whyFirst
          ? html`${this.#why(detail)}
              <div class="about">${this.#facts(detail)} ${this.#tools(detail)}</div>
              <div class="aside">${this.#change(detail)} ${this.#picture(detail)} ${this.#others(detail)}</div>`
          : this.route.tab === 'pods'
            ? html`<div class="top">
              ${this.#why(detail)}
              <div class="aside">${this.#change(detail)} ${this.#picture(detail)} ${this.#others(detail)}</div>
            </div>`
            : this.#whyShort(detail)
      }
      ${this.#tabs(detail)}
    `;
  }

  #header(detail: WorkloadDetail) {
    if (this.route.tab === 'logs') return html`<header>${this.#title(detail)}</header>`;
    return html`<header>
      ${this.#title(detail)}
      ${this.#facts(detail)}
      ${this.#tools(detail)}
    </header>`;
  }

  #title(detail: WorkloadDetail) {
    return html`<div class="title">
        <h1 tabindex="-1">${detail.name}</h1>
        <state-badge .state=${detail.state} .stale=${detail.stale}></state-badge>
        ${detail.since === null ? nothing : html`<time-ago class="soft" .at=${detail.since}></time-ago>`}
    </div>`;
  }

  #facts(detail: WorkloadDetail) {
    return html`<dl class="facts">
        <div><dt>${texts.workloads.columns.pods}</dt><dd><pod-bar .availability=${detail.availability}></pod-bar></dd></div>
        <div><dt>${texts.rollout.title}</dt><dd>${texts.rollout.phases[detail.rollout.phase]}</dd></div>
        <div><dt>${texts.workloads.columns.restarts}</dt><dd class="number">${detail.restarts}</dd></div>
        <div class="wide">
          <dt>${texts.workloads.columns.image}</dt>
          <dd class="code">${detail.images.map((image) => html`<span class="image" title=${image}>${image}</span>`)}</dd>
        </div>
        <div class="strip"><dt>${texts.workloads.columns.strip}</dt><dd><day-strip .strip=${detail.strip24h} .stale=${detail.stale}></day-strip></dd></div>
        <div><dt>${texts.detail.created}</dt><dd><time-ago .at=${detail.createdAt} .form=${'ago'}></time-ago></dd></div>
        ${detail.owner === null ? nothing : html`<div><dt>${detail.owner.tool}</dt><dd>${detail.owner.name}</dd></div>`}
        ${
          detail.services.length === 0
            ? nothing
            : html`<div>
                <dt>${texts.detail.services}</dt>
                <dd>
                  ${detail.services.map(
                    (service) => html`<span title=${texts.detail.servicePods(service.readyPods, service.pods)}
                      >${service.name} <span class="number soft">${service.readyPods}/${service.pods}</span></span
                    >`,
                  )}
                </dd>
              </div>`
        }
      </dl>`;
  }

  #tools(detail: WorkloadDetail) {
    const pinned = this.preferences?.pinnedWorkloads ?? [];
    const isPinned = pinned.includes(detail.key);
    return html`<div class="tools">
        <button
          type="button"
          class="small"
          aria-pressed=${isPinned ? 'true' : 'false'}
          @click=${() => this.dispatchEvent(new PreferenceEvent({ pinnedWorkloads: toggle(pinned, detail.key) }))}
        >
          ${isPinned ? texts.detail.unpin : texts.detail.pin}
        </button>
        <copy-button .text=${location.href} .label=${texts.detail.copyLink}></copy-button>
        <button type="button" class="small" popovertarget="kubectl">${texts.detail.kubectl}</button>
        <div id="kubectl" popover @toggle=${this.#place}>
          ${kubectlCommands(this.route.workload).map((command) => html`<command-line .command=${command}></command-line>`)}
        </div>
      </div>`;
  }

  #why(detail: WorkloadDetail) {
    const { cause } = detail;
    if (cause === null) return this.#whyNot(detail);
    return html`<section class="panel why ${detail.state}" aria-labelledby="why">
      <header><h2 id="why">${texts.detail.why(causeTitle(cause.code, cause.title))}</h2></header>
      <div class="body">
        <cause-panel headless .cause=${cause}></cause-panel>
        ${this.#failingLogs(detail)}
      </div>
    </section>`;
  }

  /** Who opened another tab came for what is in it: why in one line, in full on the first tab. */
  #whyShort({ cause }: WorkloadDetail) {
    if (cause === null) return nothing;
    return html`<p class="short">
      <a href=${formatRoute({ ...this.route, tab: 'pods', logs: noLogSelection })}>${causeTitle(cause.code, cause.title)}</a>
      <span class="soft" lang="en">${cause.message}</span>
    </p>`;
  }

  #whyNot(detail: WorkloadDetail) {
    return html`<section class="panel why">
      <details>
        <summary>
          ${detail.state === 'Healthy' ? texts.detail.whyHealthy : texts.states[detail.state]}
          <span class="soft">${texts.stateMeanings[detail.state]}</span>
        </summary>
        <div class="body">${detail.conditions.length === 0 ? nothing : this.#conditions(detail)}</div>
      </details>
    </section>`;
  }

  #conditions(detail: WorkloadDetail) {
    return html`<p class="soft">${texts.detail.whyHealthyText}</p>
      <ul class="conditions">
        ${detail.conditions.map(
          (condition) => html`<li>
            <strong>${condition.type}</strong> ${condition.status}${condition.reason === null ? nothing : html` · ${condition.reason}`}
            ${condition.message === null ? nothing : html`<span class="soft">${condition.message}</span>`}
          </li>`,
        )}
      </ul>`;
  }

  #others(detail: WorkloadDetail) {
    const others = otherCauses(detail);
    if (others.length === 0) return nothing;
    return html`<section class="panel others" aria-labelledby="others">
      <header><h2 id="others">${texts.detail.otherCauses}</h2></header>
      ${others.map(
        (cause) => html`<details>
          <summary>${causeTitle(cause.code, cause.title)}</summary>
          <cause-panel headless .cause=${cause}></cause-panel>
        </details>`,
      )}
    </section>`;
  }

  #change({ change }: WorkloadDetail) {
    if (change === null) return nothing;
    const { rollout, secondsBefore } = change;
    return html`<section class="panel change" aria-labelledby="change">
      <header>
        <h2 id="change">
          ${
            secondsBefore < 1
              ? texts.detail.changedSame
              : texts.detail.changedBefore(formatDuration(secondsBefore * 1000, texts.units))
          }
        </h2>
        <span class="soft">${texts.detail.revision(rollout.revision)}</span>
      </header>
      <div class="body"><template-changes .changes=${rollout.changes}></template-changes></div>
    </section>`;
  }

  readonly #turned = (): void => this.requestUpdate();

  /** Straight to the log of what fails, and to the one before it died. */
  #failingLogs(detail: WorkloadDetail) {
    const pod = detail.pods.find((each) => each.cause !== null) ?? null;
    if (pod === null) return nothing;
    const container = pod.containers.find((each) => each.restarts > 0 || !each.ready) ?? null;
    const logs = { ...noLogSelection, pod: pod.name, container: container?.name ?? null };
    return html`<p class="links">
      <a class="button small" href=${formatRoute({ ...this.route, tab: 'logs', logs })}>${texts.board.viewLogs}</a>
      ${
        container !== null && container.restarts > 0
          ? html`<a class="button small" href=${formatRoute({ ...this.route, tab: 'logs', logs: { ...logs, previous: true } })}
              >${texts.board.viewPrevious}</a
            >`
          : nothing
      }
    </p>`;
  }

  #picture(detail: WorkloadDetail) {
    switch (detail.kind) {
      case 'Deployment':
        return html`<section class="panel picture"><rollout-bar .detail=${detail}></rollout-bar></section>`;
      case 'StatefulSet':
        return html`<section class="panel picture"><ordinal-ladder .detail=${detail}></ordinal-ladder></section>`;
      case 'DaemonSet':
        return html`<section class="panel picture"><node-matrix .detail=${detail}></node-matrix></section>`;
      default:
        return detail.kind satisfies never;
    }
  }

  #tabs(detail: WorkloadDetail) {
    return html`<section class="panel">
      <div class="tabs" role="tablist" aria-label=${detail.name} @keydown=${this.#arrow}>
        ${detailTabs.map((tab) => this.#tab(tab, detail))}
      </div>
      <div role="tabpanel" id="tabpanel" aria-labelledby="tab-${this.route.tab}" tabindex="0">${this.#content(detail)}</div>
    </section>`;
  }

  #tab(tab: DetailTab, detail: WorkloadDetail) {
    const selected = tab === this.route.tab;
    const address = formatRoute({ ...this.route, tab, logs: noLogSelection, range: '' });
    return html`<a
      id="tab-${tab}"
      role="tab"
      href=${address}
      tabindex=${selected ? '0' : '-1'}
      aria-selected=${selected ? 'true' : 'false'}
      aria-controls="tabpanel"
      >${texts.detail.tabs[tab]}${tab === 'pods' ? html` <span class="number faint">${detail.podsTotal}</span>` : nothing}</a
    >`;
  }

  #content(detail: WorkloadDetail): unknown {
    switch (this.route.tab) {
      case 'pods':
        return html`<pod-table .detail=${detail}></pod-table>`;
      case 'events':
        return html`<event-table .api=${this.api} .workload=${this.route.workload} .touched=${this.touched}></event-table>`;
      case 'history':
        return html`<history-panel .api=${this.api} .route=${this.route} .createdAt=${detail.createdAt} .touched=${this.touched}></history-panel>`;
      case 'rollouts':
        return html`<rollout-list .api=${this.api} .workload=${this.route.workload} .touched=${this.touched}></rollout-list>`;
      case 'metrics':
        return html`<metrics-panel .api=${this.api} .route=${this.route}></metrics-panel>`;
      case 'logs':
        return html`<log-view .api=${this.api} .detail=${detail} .route=${this.route}></log-view>`;
      default:
        return this.route.tab satisfies never;
    }
  }

  #refreshSoon(refresh: () => void): void {
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#refreshedAt + refreshMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#refreshedAt = performance.now();
      refresh();
    }, wait);
  }

  readonly #again = (): void => {
    const { api } = this;
    if (api !== null) this.#detail.refresh((signal) => api.workload(this.route.workload, signal));
  };

  readonly #arrow = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const tabs = [...this.renderRoot.querySelectorAll<HTMLElement>('[role="tab"]')];
    const at = tabs.findIndex((tab) => tab === this.shadowRoot?.activeElement);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next?.focus();
    next?.click();
  };

  readonly #place = (event: ToggleEvent): void => {
    const button = this.renderRoot.querySelector('[popovertarget="kubectl"]');
    if (button !== null) placeMenu(event, button);
  };

  static override readonly styles = [
    base,
    screen,
    controls,
    panel,
    popover,
    css`
      :host {
        padding-block-start: var(--gap-4);
      }

      .crumbs {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-2);
        color: var(--text-faint);
        font-size: var(--size-3);
      }

      :host > header {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: var(--gap-4);
      }

      .title {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-2) var(--gap-3);
        min-width: 0;
      }

      h1 {
        min-width: 0;
        line-height: 1.2;
        overflow-wrap: anywhere;
      }

      .facts {
        grid-column: 1 / -1;
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-3) var(--gap-6);
        font-size: var(--size-3);
      }

      .facts > div {
        min-width: 5rem;
      }

      dt {
        color: var(--text-faint);
        font-size: var(--size-2);
      }

      dd {
        display: flex;
        flex-direction: column;
        min-height: 1.4rem;
        justify-content: center;
      }

      .wide {
        max-width: min(32rem, 100%);
      }

      .image {
        overflow-wrap: anywhere;
      }

      day-strip {
        width: 10rem;
      }

      .tools {
        grid-row: 1;
        grid-column: 2;
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-2);
        align-self: start;
      }

      #kubectl:popover-open {
        display: flex;
        flex-direction: column;
        gap: var(--gap-2);
        width: min(44rem, calc(100vw - 1rem));
      }

      .top {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr));
        gap: var(--gap-4);
        align-items: start;
      }

      .aside {
        display: flex;
        flex-direction: column;
        gap: var(--gap-4);
        min-width: 0;
      }

      .change .soft {
        font-size: var(--size-3);
      }

      .short {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--gap-3);
        overflow-wrap: anywhere;
      }

      .body {
        display: flex;
        flex-direction: column;
        gap: var(--gap-4);
        padding: 0 var(--gap-4) var(--gap-4);
      }

      .why {
        border-inline-start-width: 4px;
      }

      .why.Down {
        border-inline-start-color: var(--down);
      }

      .why.Degraded {
        border-inline-start-color: var(--degraded);
      }

      .why.Progressing {
        border-inline-start-color: var(--progressing);
      }

      .why.Unknown {
        border-inline-start-color: var(--unknown);
      }

      .why h2 {
        overflow-wrap: anywhere;
        font-size: var(--size-5);
      }

      summary {
        padding: var(--gap-3) var(--gap-4);
        font-weight: 600;
        cursor: pointer;
      }

      summary .soft {
        margin-inline-start: var(--gap-2);
        font-weight: 400;
      }

      .others summary {
        padding: var(--gap-2) var(--gap-4);
        border-block-start: 1px solid var(--line);
        font-size: var(--size-3);
        font-weight: 500;
      }

      .others cause-panel {
        padding: 0 var(--gap-4) var(--gap-4);
        font-size: var(--size-3);
      }

      .conditions {
        display: grid;
        gap: var(--gap-1);
        font-size: var(--size-3);
      }

      .links {
        display: flex;
        gap: var(--gap-2);
      }

      .picture {
        min-width: 0;
      }

      .tabs {
        position: relative;
        display: flex;
        overflow-x: auto;
        padding: 0 var(--gap-2);
        border-block-end: 1px solid var(--line);
        scrollbar-width: none;
      }

      .tabs a {
        padding: var(--gap-3);
        border-block-end: 2px solid transparent;
        color: var(--text-soft);
        font-size: var(--size-3);
        font-weight: 500;
        white-space: nowrap;
      }

      .tabs a:hover {
        color: var(--text);
        text-decoration: none;
      }

      .tabs a[aria-selected="true"] {
        border-block-end-color: var(--accent);
        color: var(--text);
      }

      .tabs a:focus-visible {
        outline-offset: -3px;
      }

      [role="tabpanel"]:focus-visible {
        outline-offset: -2px;
      }

      @media (max-width: 60rem) {
        :host {
          padding-inline: var(--gap-3);
        }

        :host > header {
          grid-template-columns: minmax(0, 1fr);
        }

        .tools {
          grid-row: auto;
          grid-column: auto;
        }
      }

      @media (max-width: 40rem) {
        .facts {
          display: grid;
          grid-template-columns: repeat(3, minmax(0, 1fr));
          gap: var(--gap-3);
        }

        .about {
          display: flex;
          flex-direction: column;
          gap: var(--gap-3);
        }

        .facts .wide {
          grid-column: 1 / -1;
        }

        .facts .strip {
          grid-column: span 2;
        }
      }
    `,
  ];
}

function agoText(instant: string): string {
  const length = serverNow() - (parseInstant(instant) ?? 0);
  return length < 1_000 ? texts.units.justNow : texts.ago(formatDuration(length, texts.units));
}

/** Beside the primary cause, which stands first. */
function otherCauses({ cause, causes }: WorkloadDetail): WorkloadDetail['causes'] {
  return cause === null ? causes : causes.slice(1);
}

customElements.define('detail-screen', DetailScreen);

declare global {
  interface HTMLElementTagNameMap {
    'detail-screen': DetailScreen;
  }
}

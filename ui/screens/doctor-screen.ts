import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { Doctor, DoctorCheck, Health, Runtime, Watch } from '../../api/contract.ts';
import type { HistoryState } from '../../health/workload.ts';
import type { ApiClient } from '../data/api-client.ts';
import type { ClusterView } from '../data/cluster-connection.ts';
import { FetchController } from '../data/fetch-controller.ts';
import { RefreshController } from '../data/refresh-controller.ts';
import { formatBytes } from '../format/quantity.ts';
import { base, controls, panel, screen, table } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import '../elements/basics.ts';

const refreshMs = 15_000;
/** Beyond this a heartbeat did not come straight through. */
const bufferedMs = 2_000;
const limitWatches = 200;

/** A check of the page's own may still be under way: that is not yet a good sign. */
interface Check extends Omit<DoctorCheck, 'status'> {
  readonly status: DoctorCheck['status'] | 'pending';
}

const checkStates: Readonly<Record<Check['status'], HistoryState>> = {
  pending: 'Progressing',
  ok: 'Healthy',
  warning: 'Degraded',
  failed: 'Down',
  notPermitted: 'Unknown',
};

const watchStates: Readonly<Record<Watch['state'], HistoryState>> = {
  synced: 'Healthy',
  syncing: 'Progressing',
  disconnected: 'Down',
  forbidden: 'Unknown',
  unavailable: 'Idle',
};

export interface DoctorScreen {
  api: ApiClient | null;
  view: ClusterView | null;
}

/** What of this installation works, what does not, and the line that repairs it. */
export class DoctorScreen extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    view: { attribute: false },
  };

  readonly #doctor = new FetchController<Doctor>(this);
  readonly #health = new FetchController<Health>(this);

  constructor() {
    super();
    this.api = null;
    this.view = null;
    this.addController(new RefreshController(refreshMs, () => this.#again()));
  }

  protected override willUpdate(): void {
    const { api } = this;
    if (api === null) return;
    this.#doctor.ask('doctor', (signal) => api.doctor(signal));
    this.#health.ask('health', (signal) => api.health(signal));
  }

  override render() {
    const { value, error, loading } = this.#doctor.state;
    const runtime = this.view?.runtime ?? null;
    return html`
      <h1 tabindex="-1">${texts.doctor.title}</h1>
      ${runtime === null ? nothing : this.#runtime(runtime)}
      <section class="panel">
        <header><h2>${texts.doctor.checks}</h2></header>
        <ul class="checks">
          ${this.#proxy()} ${(value?.checks ?? []).map((check) => this.#check(check))}
        </ul>
        ${value === null ? html`<fetch-notice .error=${error} .loading=${loading} @again=${this.#again}></fetch-notice>` : nothing}
      </section>
      ${runtime === null ? nothing : this.#watches(runtime.watches)} ${value === null ? nothing : this.#storage(value)}
      ${value === null ? nothing : this.#configuration(value)}
    `;
  }

  #runtime(runtime: Runtime) {
    const version = this.#health.state.value?.version ?? null;
    return html`<dl class="facts">
      ${version === null ? nothing : html`<div><dt>${texts.doctor.version}</dt><dd>${version}</dd></div>`}
      <div><dt>${texts.doctor.runtime}</dt><dd>${runtime.runtime}</dd></div>
      <div><dt>${texts.doctor.detectedBy}</dt><dd>${runtime.detectedBy}</dd></div>
      <div><dt>${texts.doctor.server}</dt><dd class="code">${runtime.server}</dd></div>
      <div><dt>${texts.doctor.kubernetes}</dt><dd>${runtime.kubernetesVersion ?? '–'}</dd></div>
    </dl>`;
  }

  /** Heartbeats carry the moment of their sending: how much later than the quickest one came the last? */
  #proxy() {
    const view = this.view;
    if (view === null) return nothing;
    if (view.connection.type === 'polling') {
      return this.#check({
        id: 'proxy',
        title: texts.doctor.proxy,
        status: 'failed',
        message: texts.doctor.proxyPolling,
        fix: proxyFix,
      });
    }
    const delayMs = view.heartbeatDelayMs;
    const late = delayMs !== null && delayMs > bufferedMs;
    return this.#check({
      id: 'proxy',
      title: texts.doctor.proxy,
      status: delayMs === null ? 'pending' : late ? 'warning' : 'ok',
      message:
        delayMs === null
          ? texts.doctor.proxyTesting
          : late
            ? texts.doctor.proxyLate(Math.round(delayMs))
            : texts.doctor.proxyOk(Math.round(delayMs)),
      fix: late ? proxyFix : null,
    });
  }

  #check({ id, title, status, message, fix }: Check) {
    const titles: Readonly<Record<string, string>> = texts.doctor.titles;
    return html`<li>
      <state-mark .state=${checkStates[status]}></state-mark>
      <div>
        <p><strong>${titles[id] ?? title}</strong> <span class=${status}>${texts.doctor.statuses[status]}</span></p>
        <p class="soft" lang=${id === 'proxy' ? texts.locale : 'en'}>${message}</p>
        ${fix === null ? nothing : html`<div class="fix"><pre tabindex="0">${fix}</pre><copy-button .text=${fix}></copy-button></div>`}
      </div>
    </li>`;
  }

  #watches(watches: readonly Watch[]) {
    const sorted = watches.toSorted((left, right) => rank(left) - rank(right));
    return html`<section class="panel">
      <header><h2>${texts.doctor.permissions}</h2></header>
      <div class="scroll" tabindex="0">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">${texts.doctor.resource}</th>
              <th scope="col">${texts.doctor.namespace}</th>
              <th scope="col">${texts.doctor.state}</th>
              <th scope="col" class="end">${texts.doctor.objects}</th>
              <th scope="col">${texts.doctor.lastEvent}</th>
              <th scope="col" class="end">${texts.doctor.reconnects}</th>
              <th scope="col" class="end">${texts.doctor.relists}</th>
            </tr>
          </thead>
          <tbody>
            ${sorted.slice(0, limitWatches).map(
              (watch) => html`<tr>
                <th scope="row">${watch.resource}</th>
                <td>${watch.namespace ?? texts.doctor.everywhere}</td>
                <td class="state">
                  <state-mark .state=${watchStates[watch.state]}></state-mark> ${texts.doctor.watchStates[watch.state]}
                  ${watch.message === null ? nothing : html`<span class="message">${watch.message}</span>`}
                </td>
                <td class="end" data-label=${texts.doctor.objects}>${watch.state === 'forbidden' ? '–' : watch.objects}</td>
                <td class="soft"><time-ago .at=${watch.lastEventAt} .form=${'ago'}></time-ago></td>
                <td class="end" data-label=${texts.doctor.reconnects}>${watch.reconnects}</td>
                <td class="end" data-label=${texts.doctor.relists}>${watch.relists}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  #storage({ storage }: Doctor) {
    return html`<section class="panel">
      <header><h2>${texts.doctor.storage}</h2></header>
      <dl class="facts inside">
        <div><dt>${texts.doctor.file}</dt><dd class="code">${storage.path}</dd></div>
        <div><dt>${texts.doctor.journal}</dt><dd>${storage.journalMode}</dd></div>
        <div><dt>${texts.doctor.size}</dt><dd class="number">${formatBytes(storage.fileBytes, texts.locale)}</dd></div>
        <div>
          <dt>${texts.doctor.free}</dt>
          <dd class="number">${storage.volumeFreeBytes === null ? '–' : formatBytes(storage.volumeFreeBytes, texts.locale)}</dd>
        </div>
        <div><dt>${texts.doctor.oldest}</dt><dd>${storage.oldestAt === null ? '–' : html`<time-at .at=${storage.oldestAt}></time-at>`}</dd></div>
      </dl>
    </section>`;
  }

  #configuration({ configuration }: Doctor) {
    return html`<section class="panel">
      <header><h2>${texts.doctor.configuration}</h2></header>
      <div class="scroll" tabindex="0">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">${texts.doctor.name}</th>
              <th scope="col">${texts.doctor.value}</th>
              <th scope="col">${texts.doctor.source}</th>
            </tr>
          </thead>
          <tbody>
            ${configuration.map(
              ({ name, value, source, redacted }) => html`<tr>
                <th scope="row" class="code line">${name}</th>
                <td class="code value">${redacted ? html`<em>${texts.doctor.redacted}</em>` : value === '' ? html`<em class="faint">${texts.app.unset}</em>` : value}</td>
                <td class=${source === 'default' ? 'faint' : ''}>${texts.doctor.sources[source]}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  readonly #again = (): void => {
    const { api } = this;
    if (api === null) return;
    this.#doctor.refresh((signal) => api.doctor(signal));
    this.#health.refresh((signal) => api.health(signal));
  };

  static override readonly styles = [
    base,
    screen,
    controls,
    panel,
    table,
    css`
      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-3) var(--gap-6);
        font-size: var(--size-3);
        overflow-wrap: anywhere;
      }

      .inside {
        padding: 0 var(--gap-4) var(--gap-4);
      }

      dt {
        color: var(--text-faint);
        font-size: var(--size-2);
      }

      .checks {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(30rem, 100%), 1fr));
        padding-block-end: var(--gap-3);
      }

      .checks li {
        display: grid;
        grid-template-columns: 1rem minmax(0, 1fr);
        gap: var(--gap-3);
        padding: var(--gap-2) var(--gap-4);
        font-size: var(--size-3);
      }

      .checks state-mark {
        margin-block-start: 0.1rem;
      }

      .ok {
        color: var(--text-faint);
      }

      .warning {
        color: var(--degraded-text);
        font-weight: 600;
      }

      .failed {
        color: var(--down-text);
        font-weight: 600;
      }

      .notPermitted {
        color: var(--unknown-text);
        font-weight: 600;
      }

      .fix {
        display: flex;
        align-items: flex-start;
        gap: var(--gap-2);
        margin-block-start: var(--gap-1);
      }

      pre {
        flex: 1;
        min-width: 0;
        max-height: 16rem;
        overflow: auto;
        padding: var(--gap-2) var(--gap-3);
        border: 1px solid var(--line);
        border-radius: var(--radius-2);
        background: var(--surface-inset);
        font: 400 var(--size-2) / 1.5 var(--font-code);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }

      tbody th {
        color: var(--text);
        font-size: var(--size-3);
        border-block-end: 1px solid var(--line);
        vertical-align: top;
      }

      .state state-mark {
        vertical-align: -0.15em;
      }

      .message {
        display: block;
        color: var(--text-faint);
        font-size: var(--size-2);
        overflow-wrap: anywhere;
      }

      .value {
        overflow-wrap: anywhere;
      }

      @media (max-width: 48rem) {
        :host {
          padding-inline: var(--gap-3);
        }
      }
    `,
  ];
}

/** Works without being needed: the server says `X-Accel-Buffering: no`. For proxies that do not listen to it. */
const proxyFix = `# nginx
proxy_buffering off;
proxy_read_timeout 1h;
# F5 NGINX ingress
nginx.org/proxy-buffering: "False"
nginx.org/proxy-read-timeout: "1h"`;

function rank(watch: Watch): number {
  return ['disconnected', 'forbidden', 'unavailable', 'syncing', 'synced'].indexOf(watch.state);
}

customElements.define('doctor-screen', DoctorScreen);

declare global {
  interface HTMLElementTagNameMap {
    'doctor-screen': DoctorScreen;
  }
}

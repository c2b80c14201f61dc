import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { LogLine, LogNote, WorkloadDetail } from '../../api/contract.ts';
import type { ApiClient } from '../data/api-client.ts';
import { copyText } from '../data/clipboard.ts';
import { chosenZone, DisplayController } from '../data/display.ts';
import { download } from '../data/export.ts';
import { kubectlLogs } from '../data/kubectl.ts';
import { LogBuffer, type LogFilter, type LogRecord, logText } from '../data/log-buffer.ts';
import { type LogLevel, logLevels } from '../data/log-level.ts';
import { lineFilter } from '../data/log-line.ts';
import { LogStream, type LogStreamState } from '../data/log-stream.ts';
import { NavigateEvent } from '../data/navigation.ts';
import { type DetailRoute, detailRoute, formatRoute, type LogSelection } from '../data/route.ts';
import { SayEvent } from '../data/say-event.ts';
import { serverNow } from '../data/shared-clock.ts';
import { dayOf, parseInstant } from '../format/instant.ts';
import { base, controls } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './basics.ts';
import './log-lines.ts';
import type { FollowEvent, LinkLineEvent } from './log-lines.ts';

const tailLines = 500;
/** A link to a line reads from a minute before it, so that it is there with what led to it. */
const beforeLinkSeconds = 60;
const limitTail = 5_000;
/** Browsers limit how often an address may change: it follows when typing pauses. */
const settleMs = 200;

export interface LogView {
  api: ApiClient | null;
  detail: WorkloadDetail | null;
  route: DetailRoute;
  _state: LogStreamState;
  _version: number;
  _following: boolean;
  _wrap: boolean;
  _times: boolean;
  _follow: boolean;
}

/** The merged log of a workload: which pods and containers, since when, filtered how, is all in the address. */
export class LogView extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    detail: { attribute: false },
    route: { attribute: false },
    _state: { state: true },
    _version: { state: true },
    _following: { state: true },
    _wrap: { state: true },
    _times: { state: true },
    _follow: { state: true },
  };

  readonly #buffer = new LogBuffer({ matches: null, levels: new Set() }, serverNow(), (at) => dayOf(at, chosenZone()));
  #stream: LogStream | null = null;
  #typing: ReturnType<typeof setTimeout> | null = null;
  #question = '';
  #filter = '';
  #seen = 0;
  #valid = true;

  constructor() {
    super();
    this.api = null;
    this.detail = null;
    this.route = detailRoute({ namespace: '', kind: 'Deployment', name: '' });
    this._state = 'opening';
    this._version = 0;
    this._following = true;
    // On a phone a line that is not folded is cut after a few words.
    this._wrap = matchMedia('(max-width: 40rem)').matches;
    this._times = true;
    this._follow = true;
    this.addController(new DisplayController(this));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.#typing !== null) clearTimeout(this.#typing);
    this.#stream?.stop();
    this.#stream = null;
    this.#question = '';
  }

  /** For the keyboard: `f` and `p`. */
  toggleFollow(): void {
    this._follow = !this._follow;
  }

  togglePrevious(): void {
    this.#select({ previous: !this.route.logs.previous, at: null });
  }

  protected override willUpdate(): void {
    const { api } = this;
    const { logs, workload } = this.route;
    const filter = `${chosenZone()}\n${logs.filter}\n${logs.levels.join()}`;
    if (filter !== this.#filter) {
      this.#filter = filter;
      this.#buffer.refilter(this.#logFilter());
    }
    const question = JSON.stringify([
      workload,
      logs.pod,
      logs.container,
      logs.previous,
      logs.sinceSeconds,
      this._follow,
    ]);
    if (api === null || question === this.#question) return;
    this.#question = question;
    this.#stream?.stop();
    this.#buffer.clear(serverNow());
    this.#buffer.refilter(this.#logFilter());
    this._following = logs.at === null;
    const linked = parseInstant(logs.at);
    this.#stream = new LogStream(
      api,
      {
        workload,
        pod: logs.pod,
        container: logs.container,
        previous: logs.previous,
        follow: this._follow,
        sinceSeconds:
          linked === null
            ? logs.sinceSeconds
            : Math.max(1, Math.ceil((serverNow() - linked) / 1000) + beforeLinkSeconds),
        tailLines: linked === null && logs.sinceSeconds === null ? tailLines : limitTail,
      },
      {
        lines: (items) => this.#append(items),
        state: (state) => {
          this._state = state;
        },
      },
    );
    this.#stream.start();
  }

  override render() {
    const { logs } = this.route;
    const shown = this.#buffer.shown.length;
    const waiting = this._following ? 0 : this.#buffer.received - this.#seen;
    return html`${this.#toolbar(logs)}
      <div class="stage">
        ${
          shown === 0
            ? this.#nothing()
            : html`<log-lines
                .records=${this.#buffer.shown}
                .version=${this._version}
                .wrap=${this._wrap}
                .times=${this._times}
                .merged=${logs.pod === null || logs.container === null}
                .following=${this._following}
                .span=${this.#buffer.span}
                .filtered=${logs.filter !== '' || logs.levels.length > 0}
                .marked=${logs.at}
                @follow=${this.#followed}
                @link-line=${this.#linked}
              ></log-lines>`
        }
        ${
          this._following
            ? nothing
            : html`<button type="button" class="primary jump" @click=${this.#jump}>
                ${waiting > 0 ? texts.logs.newLines(waiting) : texts.logs.jump} ↓
              </button>`
        }
      </div>
      <footer>
        <span class="number soft">${texts.logs.lines(this.#buffer.count, this.#buffer.records.length)}</span>
        ${this.#buffer.dropped > 0 ? html`<span class="faint">${texts.logs.droppedHere(this.#buffer.dropped)}</span>` : nothing}
        <span class="soft" role="status"
          >${this._state === 'lost' ? texts.logs.lost : this._state === 'ended' ? texts.logs.ended : nothing}</span
        >
        <command-line
          .command=${kubectlLogs(this.route.workload, { ...logs, follow: this._follow })}
          aria-label=${texts.logs.equivalent}
        ></command-line>
      </footer>`;
  }

  #toolbar(logs: LogSelection) {
    const { detail } = this;
    const pods = detail?.pods.map((pod) => pod.name) ?? [];
    const chosenPod = detail?.pods.find((pod) => pod.name === logs.pod) ?? detail?.pods[0];
    const containers = chosenPod?.containers.map((container) => container.name) ?? [];
    return html`<div class="tools">
      ${this.#choice(texts.logs.pod, texts.logs.allPods, pods, logs.pod, (pod) => this.#select({ pod, at: null }))}
      ${this.#choice(texts.logs.container, texts.logs.allContainers, containers, logs.container, (container) =>
        this.#select({ container, at: null }),
      )}
      <select aria-label=${texts.logs.since} @change=${this.#since}>
        ${Object.entries(texts.logs.sinces).map(
          ([seconds, word]) =>
            html`<option value=${seconds} ?selected=${Number(seconds) === (logs.sinceSeconds ?? 0)}>${word}</option>`,
        )}
      </select>
      <button type="button" aria-pressed=${logs.previous ? 'true' : 'false'} @click=${() => this.togglePrevious()}>
        ${texts.logs.previous}
      </button>
      <button
        type="button"
        aria-pressed=${this._follow && !logs.previous ? 'true' : 'false'}
        ?disabled=${logs.previous}
        @click=${() => this.toggleFollow()}
      >
        ${texts.logs.follow}
      </button>
      <input
        type="search"
        aria-label=${texts.logs.filter}
        placeholder=${texts.logs.filterHint}
        .value=${logs.filter}
        aria-invalid=${this.#valid ? 'false' : 'true'}
        @input=${this.#filtered}
      />
      ${this.#valid ? nothing : html`<span class="wrong" role="status">${texts.logs.badPattern}</span>`}
      <span class="levels" role="group" aria-label=${texts.logs.levels.all}>
        ${logLevels.map(
          (level) => html`<button
            type="button"
            class="small ${level}"
            aria-pressed=${logs.levels.includes(level) ? 'true' : 'false'}
            @click=${() => this.#level(level)}
          >
            ${texts.logs.levels[level]}
          </button>`,
        )}
      </span>
      <button type="button" class="small" aria-pressed=${this._times ? 'true' : 'false'} @click=${this.#times}>${texts.logs.timestamps}</button>
      <button type="button" class="small" aria-pressed=${this._wrap ? 'true' : 'false'} @click=${this.#wrap}>${texts.logs.wrap}</button>
      <button type="button" class="small" @click=${() => this.#download(this.#buffer.records)}>
        ${texts.logs.download}
      </button>
      ${
        logs.filter === '' && logs.levels.length === 0
          ? nothing
          : html`<button type="button" class="small" @click=${() => this.#download(this.#buffer.shown)}>
              ${texts.logs.downloadFiltered}
            </button>`
      }
    </div>`;
  }

  #choice(
    label: string,
    everything: string,
    names: readonly string[],
    chosen: string | null,
    choose: (name: string | null) => void,
  ) {
    // A pod that is gone stays in the list while the address names it.
    const all = chosen === null || names.includes(chosen) ? names : [chosen, ...names];
    return html`<select
      aria-label=${label}
      @change=${(event: Event) => {
        if (event.target instanceof HTMLSelectElement) choose(event.target.value === '' ? null : event.target.value);
      }}
    >
      <option value="" ?selected=${chosen === null}>${everything}</option>
      ${all.map((name) => html`<option value=${name} ?selected=${name === chosen}>${name}</option>`)}
    </select>`;
  }

  #nothing() {
    if (this.#buffer.records.length > 0)
      return html`<notice-box kind="empty" .heading=${texts.logs.noMatch}></notice-box>`;
    const { detail } = this;
    if (detail?.podsTotal === 0) {
      const words = detail.state === 'Idle' ? texts.pods.emptyIdle : texts.pods.empty;
      return html`<notice-box kind="empty" .heading=${words}></notice-box>`;
    }
    if (this._state === 'lost')
      return html`<notice-box kind="error" .heading=${texts.logs.error}>${texts.logs.lost}</notice-box>`;
    if (this._state === 'ended') {
      return html`<notice-box kind="empty" .heading=${this.route.logs.previous ? texts.logs.previousMissing : texts.logs.empty}
        >${texts.logs.ended}</notice-box
      >`;
    }
    return html`<notice-box kind="loading" .heading=${texts.logs.empty}></notice-box>`;
  }

  #append(items: readonly (LogLine | LogNote)[]): void {
    const gone = this.#buffer.append(items);
    if (gone > 0) this.renderRoot.querySelector('log-lines')?.shift(gone);
    if (this._following) this.#seen = this.#buffer.received;
    this._version += 1;
  }

  #logFilter(): LogFilter {
    const { filter, levels } = this.route.logs;
    const matches = filter === '' ? null : lineFilter(filter);
    this.#valid = filter === '' || matches !== null;
    return { matches, levels: new Set(levels) };
  }

  #select(part: Partial<LogSelection>): void {
    this.dispatchEvent(new NavigateEvent({ ...this.route, logs: { ...this.route.logs, ...part } }, true));
  }

  #level(level: LogLevel): void {
    const { levels } = this.route.logs;
    this.#select({ levels: logLevels.filter((each) => levels.includes(each) !== (each === level)) });
  }

  #download(records: readonly LogRecord[]): void {
    const { namespace, name } = this.route.workload;
    download(`${namespace}-${name}.log`, 'text/plain', logText(records));
  }

  readonly #since = (event: Event): void => {
    const seconds = event.target instanceof HTMLSelectElement ? Number(event.target.value) : 0;
    this.#select({ sinceSeconds: seconds === 0 ? null : seconds, at: null });
  };

  readonly #filtered = (event: Event): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    const { value } = event.target;
    if (this.#typing !== null) clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#select({ filter: value }), settleMs);
  };

  readonly #times = (): void => {
    this._times = !this._times;
  };

  readonly #wrap = (): void => {
    this._wrap = !this._wrap;
  };

  readonly #followed = (event: FollowEvent): void => {
    this._following = event.following;
    this.#seen = this.#buffer.received;
  };

  readonly #jump = (): void => {
    this._following = true;
    this.#seen = this.#buffer.received;
    if (this.route.logs.at !== null) this.#select({ at: null });
  };

  readonly #linked = (event: LinkLineEvent): void => {
    const { pod, container, at } = event.line;
    const route: DetailRoute = { ...this.route, logs: { ...this.route.logs, pod, container, at } };
    void copyText(new URL(formatRoute(route), document.baseURI).href).then((copied) =>
      this.dispatchEvent(new SayEvent(copied ? texts.logs.lineCopied : texts.app.copyFailed)),
    );
    this.#select({ at });
  };

  static override readonly styles = [
    base,
    controls,
    css`
      .tools {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-2);
        padding: var(--gap-3) var(--gap-4);
      }

      .tools select {
        max-width: 16rem;
      }

      .tools input {
        flex: 1 1 12rem;
        min-width: 8rem;
      }

      @media (max-width: 40rem) {
        .tools {
          padding-inline: var(--gap-3);
        }

        .tools select {
          flex: 1 1 40%;
          min-width: 0;
        }

        .tools input {
          flex-basis: 100%;
        }
      }

      .levels {
        display: inline-flex;
        flex-wrap: wrap;
        gap: var(--gap-1);
      }

      .wrong {
        color: var(--down-text);
        font-size: var(--size-2);
      }

      .stage {
        position: relative;
        border-block: 1px solid var(--line);
      }

      .jump {
        position: absolute;
        inset-block-end: var(--gap-4);
        inset-inline-end: var(--gap-5);
        box-shadow: var(--shadow-raised);
      }

      footer {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-2) var(--gap-4);
        padding: var(--gap-2) var(--gap-4);
        font-size: var(--size-2);
      }

      command-line {
        flex: 1 1 20rem;
        min-width: 0;
      }
    `,
  ];
}

customElements.define('log-view', LogView);

declare global {
  interface HTMLElementTagNameMap {
    'log-view': LogView;
  }
}

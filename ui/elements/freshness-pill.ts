import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { ClusterView } from '../data/cluster-connection.ts';
import { type Freshness, freshnessOf, type FreshnessLevel } from '../data/freshness.ts';
import { onTick } from '../data/shared-clock.ts';
import { formatDuration } from '../format/duration.ts';
import { parseInstant } from '../format/instant.ts';
import { base, controls } from '../styles/controls.ts';
import { popover } from '../styles/popover.ts';
import { texts } from '../texts/catalogue.ts';
import { placeMenu } from './place-menu.ts';

export interface FreshnessPill {
  view: ClusterView | null;
}

/** Says in one word how fresh the page is, and in three lines why. */
export class FreshnessPill extends LitElement {
  static override readonly properties: PropertyDeclarations = { view: { attribute: false } };

  #stop: (() => void) | null = null;

  constructor() {
    super();
    this.view = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = onTick(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
  }

  override render() {
    if (this.view === null) return nothing;
    const freshness = freshnessOf(this.view, Date.now());
    const word = wordOf(freshness);
    return html`<button type="button" popovertarget="layers" class=${freshness.frozen ? 'frozen' : freshness.level}>
        <i aria-hidden="true"></i><span class="hidden-text">${texts.freshness.title} </span>${word}
      </button>
      <div id="layers" popover @toggle=${this.#place}>
        <h2>${texts.freshness.title}</h2>
        <dl>
          ${this.#layer(freshness.browser.level, texts.freshness.browser, browserText(freshness))}
          ${this.#layer(freshness.picture.level, texts.freshness.server, pictureText(freshness))}
          ${this.#layer(freshness.cluster.level, texts.freshness.cluster, clusterText(freshness))}
        </dl>
        ${freshness.frozen ? html`<p>${texts.freshness.frozenHint}</p>` : nothing}
        <p class="actions">
          <a class="button small" href="doctor" @click=${this.#close}>${texts.freshness.openDoctor}</a>
          ${
            freshness.browser.level === 'live'
              ? nothing
              : html`<button type="button" class="small" @click=${this.#retry}>${texts.app.retry}</button>`
          }
        </p>
      </div>`;
  }

  #layer(level: FreshnessLevel, name: string, text: string) {
    return html`<div class=${level}><dt><i aria-hidden="true"></i>${name}</dt><dd>${text}</dd></div>`;
  }

  readonly #retry = (): void => {
    this.dispatchEvent(new Event('retry', { bubbles: true, composed: true }));
  };

  readonly #close = (): void => {
    this.renderRoot.querySelector<HTMLElement>('#layers')?.hidePopover();
  };

  readonly #place = (event: ToggleEvent): void => placeMenu(event, this);

  static override readonly styles = [
    base,
    controls,
    popover,
    css`
      :host {
        display: inline-block;
      }

      #layers {
        width: min(25rem, calc(100vw - 1rem));
      }

      button[popovertarget] {
        border-radius: 999px;
        font-variant-numeric: tabular-nums;
      }

      i {
        flex: none;
        width: 0.55rem;
        height: 0.55rem;
        border: 2px solid var(--quiet);
        border-radius: 50%;
      }

      .live i {
        border-color: var(--healthy);
        background: var(--healthy);
      }

      .working i {
        border-color: var(--progressing);
        border-block-end-color: transparent;
      }

      .limited i {
        border-color: var(--unknown);
        border-style: dashed;
      }

      .stale i,
      .frozen i {
        border-color: var(--degraded);
        border-radius: 1px;
        background: var(--degraded);
      }

      .offline i {
        border-color: var(--down);
        border-radius: 1px;
        background: var(--down);
        rotate: 45deg;
      }

      button.offline {
        border-color: var(--down);
        background: var(--down-tint);
        color: var(--down-text);
      }

      button.stale,
      button.frozen {
        border-color: var(--degraded);
        background: var(--degraded-tint);
        color: var(--degraded-text);
      }

      h2 {
        margin-block-end: var(--gap-3);
        font-size: var(--size-4);
        font-weight: 600;
      }

      dl > div + div {
        margin-block-start: var(--gap-3);
      }

      dt {
        display: flex;
        align-items: center;
        gap: var(--gap-2);
        font-weight: 550;
      }

      dd {
        padding-inline-start: calc(0.55rem + var(--gap-2));
        color: var(--text-soft);
      }

      .actions {
        display: flex;
        gap: var(--gap-2);
        margin-block-start: var(--gap-4);
      }

      @media (prefers-reduced-motion: no-preference) {
        .working i {
          animation: turn 1.2s linear infinite;
        }

        @keyframes turn {
          to {
            rotate: 1turn;
          }
        }
      }
    `,
  ];
}

function wordOf({ level, browser, cluster, picture, frozen }: Freshness): string {
  if (frozen) return texts.freshness.frozen;
  switch (level) {
    case 'live':
      return texts.freshness.live;
    case 'working':
      return browser.level === 'working'
        ? texts.freshness.connecting
        : picture.level === 'working' || cluster.level === 'working'
          ? texts.freshness.syncing
          : texts.freshness.connecting;
    case 'limited':
      return browser.level === 'limited' ? texts.freshness.polling : texts.freshness.limited;
    case 'stale':
      return browser.level === 'stale' ? texts.freshness.reconnecting(browser.attempt) : texts.freshness.stale;
    case 'offline':
      return texts.freshness.offline;
    default:
      return level satisfies never;
  }
}

function browserText({ browser }: Freshness): string {
  switch (browser.level) {
    case 'live':
      return texts.freshness.browserLive(Math.round(browser.quietMs / 1000));
    case 'working':
      return texts.freshness.browserConnecting;
    case 'limited':
      return texts.freshness.browserPolling;
    case 'stale':
      return texts.freshness.browserReconnecting(browser.attempt, formatDuration(browser.forMs, texts.units));
    case 'offline':
      return texts.freshness.browserOffline(formatDuration(browser.forMs, texts.units));
    default:
      return browser satisfies never;
  }
}

function pictureText({ picture }: Freshness): string {
  switch (picture.level) {
    case 'live':
      return texts.freshness.serverFresh(String(picture.revision));
    case 'working':
      return texts.freshness.serverLoading;
    case 'offline':
      return texts.freshness.serverUnknown;
    default:
      return picture satisfies never;
  }
}

function clusterText({ cluster }: Freshness): string {
  switch (cluster.level) {
    case 'live':
      return texts.freshness.clusterSynced(cluster.watches);
    case 'working':
      return texts.freshness.clusterSyncing(cluster.synced, cluster.watches);
    case 'limited':
      return texts.freshness.clusterForbidden(cluster.forbidden);
    case 'stale': {
      const since = parseInstant(cluster.sinceAt);
      const duration = since === null ? '?' : formatDuration(Date.now() - since, texts.units);
      return texts.freshness.clusterDisconnected(cluster.resources.join(', '), duration);
    }
    case 'offline':
      return texts.freshness.clusterUnknown;
    default:
      return cluster satisfies never;
  }
}

customElements.define('freshness-pill', FreshnessPill);

declare global {
  interface HTMLElementTagNameMap {
    'freshness-pill': FreshnessPill;
  }
}

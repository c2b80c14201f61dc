import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { states, workloadKey } from '../../health/workload.ts';
import { Announcer } from '../data/announcer.ts';
import { needsAttention } from '../data/attention.ts';
import { ApiClient } from '../data/api-client.ts';
import { ClusterConnection, type ClusterView } from '../data/cluster-connection.ts';
import { ClusterController } from '../data/cluster-controller.ts';
import { NavigateEvent, Navigation } from '../data/navigation.ts';
import { showBadge, showPageIcon } from '../data/page-icon.ts';
import { PreferenceEvent } from '../data/preference-event.ts';
import { PreferenceBook, readPreferences } from '../data/preferences.ts';
import { RecomputeGate } from '../data/recompute-gate.ts';
import { detailRoute, type Route, screenRoute } from '../data/route.ts';
import { type Command, commandOf, paletteKeys } from '../data/shortcuts.ts';
import { SayEvent } from '../data/say-event.ts';
import { sortWorkloads } from '../data/sort.ts';
import { setClockOffset } from '../data/shared-clock.ts';
import { PaletteActionEvent } from '../elements/command-palette.ts';
import { base, controls } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import '../elements/basics.ts';
import '../elements/command-palette.ts';
import '../elements/freshness-pill.ts';
import '../elements/namespace-picker.ts';
import '../elements/nav-rail.ts';
import '../elements/settings-menu.ts';
import '../elements/shortcut-list.ts';
import { loadScreen } from './load-screen.ts';

/** Title, icon and badge go to other processes of the browser: not with every picture. */
const iconMs = 1_000;
/** Long enough to read a few words. */
const saidMs = 3_000;

export interface AppShell {
  _route: Route;
  _announcement: string;
  _said: string;
}

/** The frame around all screens: it owns the connection, the address bar and the preferences, and hands them down. */
export class AppShell extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    _route: { state: true },
    _announcement: { state: true },
    _said: { state: true },
  };

  readonly #api: ApiClient = new ApiClient(document.baseURI, () => this.#connection.requireSignIn());
  readonly #connection = new ClusterConnection(this.#api, document.baseURI);
  readonly #cluster = new ClusterController(this, this.#connection, (view, touched) => this.#changed(view, touched));
  readonly #preferences = new PreferenceBook(readPreferences());
  readonly #navigation = new Navigation(document.baseURI, (route) => this.#arrived(route));
  readonly #announcer = new Announcer();
  #touched = 0;
  #lost = false;
  #shownBroken = 0;
  #shownName = '';
  readonly #icons = new RecomputeGate(this, iconMs);
  /** A key that began a sequence. */
  #prefix: string | null = null;
  #stopPreferences: (() => void) | null = null;
  #sayTimer: ReturnType<typeof setTimeout> | null = null;

  constructor() {
    super();
    this._route = this.#navigation.route;
    this._announcement = '';
    this._said = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const ends = [this.#preferences.listen(() => this.requestUpdate()), this.#preferences.follow()];
    this.#stopPreferences = () => {
      for (const end of ends) end();
    };
    this.addEventListener('click', this.#clicked);
    this.addEventListener(NavigateEvent.type, this.#navigate);
    this.addEventListener(PreferenceEvent.type, this.#prefer);
    this.addEventListener('retry', this.#retry);
    this.addEventListener('show-shortcuts', this.#showShortcuts);
    this.addEventListener('sign-out', this.#signOut);
    this.addEventListener(PaletteActionEvent.type, this.#act);
    this.addEventListener(SayEvent.type, this.#say);
    addEventListener('keydown', this.#pressed);
    this.#navigation.start();
    this.#connection.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopPreferences?.();
    this.removeEventListener('click', this.#clicked);
    this.removeEventListener(NavigateEvent.type, this.#navigate);
    this.removeEventListener(PreferenceEvent.type, this.#prefer);
    this.removeEventListener('retry', this.#retry);
    this.removeEventListener('show-shortcuts', this.#showShortcuts);
    this.removeEventListener('sign-out', this.#signOut);
    this.removeEventListener(PaletteActionEvent.type, this.#act);
    this.removeEventListener(SayEvent.type, this.#say);
    if (this.#sayTimer !== null) clearTimeout(this.#sayTimer);
    removeEventListener('keydown', this.#pressed);
    this.#navigation.stop();
    this.#connection.stop();
  }

  override render() {
    const { view } = this.#cluster;
    const { namespaces } = this._route;
    // Who has not signed in yet can look at nothing: there is nothing to choose, to find or to be fresh.
    const signedOut = view.connection.type === 'signInRequired';
    return html`
      ${
        view.runtime?.runtime === 'demo'
          ? html`<aside class="ribbon" aria-label=${texts.app.demo}><strong>${texts.app.demo}</strong> <span>${texts.app.demoHint}</span></aside>`
          : nothing
      }
      <header class="bar">
        <button type="button" class="skip" @click=${this.#skip}>${texts.app.skip}</button>
        <a class="brand" href="." aria-label=${texts.app.name}>
          <svg viewBox="0 0 32 32" aria-hidden="true"><path d="M3 17h6l4-11 6 20 4-9h6" /></svg>
          <span>${texts.app.name}</span>
        </a>
        ${
          signedOut
            ? nothing
            : html`<namespace-picker
          .view=${view}
          .route=${this._route}
          .pinned=${this.#preferences.current.pinnedNamespaces}
        ></namespace-picker>`
        }
        <span class="space"></span>
        ${
          signedOut
            ? nothing
            : html`<button type="button" class="bare find" @click=${this.#openPalette}>
          <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.5" /><path d="M10.5 10.5L14 14" /></svg>
          <span>${texts.palette.title}</span><kbd aria-hidden="true">${paletteKeys(navigator.platform)}</kbd>
        </button>
        <freshness-pill .view=${view}></freshness-pill>`
        }
        <settings-menu .preferences=${this.#preferences.current}></settings-menu>
      </header>
      <nav-rail class="rail" .screen=${this._route.screen} .namespaces=${namespaces} .broken=${brokenOf(view)}></nav-rail>
      <main id="content" tabindex="-1">${this.#screen(view)}</main>
      <command-palette .view=${view} .namespaces=${namespaces}></command-palette>
      <shortcut-list></shortcut-list>
      <p class="hidden-text" aria-live="polite">${this._announcement}</p>
      <p class="said" role="status">${this._said}</p>
    `;
  }

  #screen(view: ClusterView): unknown {
    const route = this._route;
    if (view.connection.type === 'signInRequired') {
      void import('./sign-in-screen.ts');
      return html`<sign-in-screen .api=${this.#api} .ended=${view.workloads.size > 0} @signed-in=${() => location.reload()}></sign-in-screen>`;
    }
    const preferences = this.#preferences.current;
    switch (route.screen) {
      case 'board':
        return html`<board-screen
          .api=${this.#api}
          .view=${view}
          .namespaces=${route.namespaces}
          .preferences=${preferences}
        ></board-screen>`;
      case 'activity':
        return html`<activity-screen .api=${this.#api} .view=${view} .route=${route}></activity-screen>`;
      case 'doctor':
        return html`<doctor-screen .api=${this.#api} .view=${view}></doctor-screen>`;
      case 'gallery':
        return html`<gallery-screen .element=${route.element}></gallery-screen>`;
      case 'workloads':
        return html`<workloads-screen .api=${this.#api} .view=${view} .route=${route} .preferences=${preferences}></workloads-screen>`;
      case 'detail':
        return html`<detail-screen
          .api=${this.#api}
          .view=${view}
          .route=${route}
          .preferences=${preferences}
          .touched=${this.#touched}
        ></detail-screen>`;
      case 'notFound':
        return html`<h1 class="hidden-text">${texts.empty.notFound}</h1>
          <notice-box kind="empty" .heading=${texts.empty.notFound}
          >${texts.empty.notFoundHint}<a class="button" slot="actions" href=".">${texts.nav.board}</a></notice-box
        >`;
      default:
        return route satisfies never;
    }
  }

  protected override updated(): void {
    const { view } = this.#cluster;
    const broken = brokenOf(view);
    const name = this.#pageName();
    if ((broken !== this.#shownBroken || name !== this.#shownName) && this.#icons.passes(name !== this.#shownName)) {
      document.title = texts.app.title(broken, name);
      if (broken !== this.#shownBroken) {
        showPageIcon(broken);
        showBadge(broken);
      }
      this.#shownBroken = broken;
      this.#shownName = name;
    }
    setClockOffset(view.clockOffsetMs);
  }

  #pageName(): string {
    const route = this._route;
    if (this.#cluster.view.connection.type === 'signInRequired') return texts.nav.signIn;
    switch (route.screen) {
      case 'detail':
        return `${route.workload.namespace}/${route.workload.name}`;
      case 'notFound':
        return texts.empty.notFound;
      default:
        return texts.nav[route.screen];
    }
  }

  #changed(view: ClusterView, touched: ReadonlySet<string>): void {
    const route = this._route;
    if (route.screen === 'detail') {
      const { namespace, kind, name } = route.workload;
      if (touched.has(workloadKey(namespace, kind, name))) this.#touched += 1;
    }
    const { type } = view.connection;
    if (type === 'live' && this.#lost) {
      this.#lost = false;
      this._announcement = texts.announce.back;
    } else if ((type === 'reconnecting' || type === 'polling') && !this.#lost) {
      this.#lost = true;
      this._announcement = texts.announce.lost;
    }
    if (!view.loaded) return;
    const due = this.#announcer.note(view.workloads, touched, Date.now());
    if (due === null) return;
    this._announcement = states
      .flatMap((state) => {
        const count = due.get(state);
        return count === undefined ? [] : texts.announce.became(count, texts.states[state]);
      })
      .join('. ');
  }

  #arrived(route: Route): void {
    const moved = route.screen !== this._route.screen || keyOf(route) !== keyOf(this._route);
    this._route = route;
    loadScreen(route.screen);
    if (!moved) return;
    scrollTo({ top: 0 });
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>('main')?.focus({ preventScroll: true }),
    );
  }

  readonly #clicked = (event: MouseEvent): void => {
    this.#navigation.follow(event);
  };

  readonly #navigate = (event: Event): void => {
    if (event instanceof NavigateEvent) this.#navigation.go(event.route, event.replace);
  };

  readonly #prefer = (event: Event): void => {
    if (!(event instanceof PreferenceEvent)) return;
    const { language } = this.#preferences.current;
    this.#preferences.change(event.part);
    // Texts are read when an element is drawn: another language starts the page anew.
    if (event.part.language !== undefined && event.part.language !== language) location.reload();
  };

  readonly #retry = (): void => this.#connection.retry();

  readonly #openPalette = (): void => this.renderRoot.querySelector('command-palette')?.show();

  readonly #showShortcuts = (): void => this.renderRoot.querySelector('shortcut-list')?.show();

  readonly #signOut = (): void => {
    void this.#api.signOut().finally(() => location.reload());
  };

  readonly #say = (event: Event): void => {
    if (!(event instanceof SayEvent)) return;
    this._said = event.text;
    if (this.#sayTimer !== null) clearTimeout(this.#sayTimer);
    this.#sayTimer = setTimeout(() => {
      this._said = '';
    }, saidMs);
  };

  readonly #act = (event: Event): void => {
    if (!(event instanceof PaletteActionEvent)) return;
    switch (event.action) {
      case 'theme':
        this.#preferences.change({ theme: this.#isDark() ? 'light' : 'dark' });
        return;
      case 'zone':
        this.#toggleZone();
        return;
      case 'freeze':
        this.#connection.freeze(!this.#connection.view.frozen);
        return;
      case 'shortcuts':
        this.#showShortcuts();
        return;
      default:
        event.action satisfies never;
    }
  };

  #isDark(): boolean {
    const { theme } = this.#preferences.current;
    return theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
  }

  #toggleZone(): void {
    this.#preferences.change({ zone: this.#preferences.current.zone === 'utc' ? 'local' : 'utc' });
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const [target] = event.composedPath();
    const { command, prefix } = commandOf(
      {
        key: event.key,
        control: event.ctrlKey || event.metaKey,
        alt: event.altKey,
        // The Option key of a Mac makes brackets too.
        composed: event.getModifierState('AltGraph') || (event.altKey && !event.ctrlKey && /^[[\]]$/.test(event.key)),
        inField: isField(target) || event.composedPath().some((each) => each instanceof HTMLDialogElement),
      },
      this.#prefix,
    );
    this.#prefix = prefix;
    if (command === null) return;
    event.preventDefault();
    this.#run(command);
  };

  #run(command: Command): void {
    const { namespaces } = this._route;
    const list = this.renderRoot.querySelector('workloads-screen');
    switch (command.type) {
      case 'go':
        this.#navigation.go(screenRoute(command.screen, namespaces));
        return;
      case 'search':
        if (list) list.focusSearch();
        else this.#openPalette();
        return;
      case 'palette':
        this.#openPalette();
        return;
      case 'move':
        list?.moveRow(command.step);
        return;
      case 'broken':
        this.#goToBroken(command.step);
        return;
      case 'follow':
      case 'previous':
      case 'copy':
        this.renderRoot.querySelector('detail-screen')?.run(command.type);
        return;
      case 'zone':
        this.#toggleZone();
        return;
      case 'freeze':
        this.#connection.freeze(!this.#connection.view.frozen);
        return;
      case 'help':
        this.#showShortcuts();
        return;
      default:
        command satisfies never;
    }
  }

  #goToBroken(step: 1 | -1): void {
    const { namespaces } = this._route;
    const broken = sortWorkloads(this.#cluster.view.workloads.values()).filter(
      ({ state, namespace }) => needsAttention(state) && (namespaces.length === 0 || namespaces.includes(namespace)),
    );
    const at = broken.findIndex(({ key }) => key === keyOf(this._route));
    const next = broken[at < 0 ? (step > 0 ? 0 : broken.length - 1) : (at + step + broken.length) % broken.length];
    if (next === undefined) return;
    const { namespace, kind, name } = next;
    this.#navigation.go(detailRoute({ namespace, kind, name }, { namespaces }));
  }

  readonly #skip = (): void => {
    this.renderRoot.querySelector<HTMLElement>('main')?.focus();
  };

  static override readonly styles = [
    base,
    controls,
    css`
      :host {
        display: grid;
        grid-template-columns: var(--rail-width) minmax(0, 1fr);
        min-height: 100vh;
        grid-template-rows: auto auto 1fr;
      }

      .skip {
        position: fixed;
        z-index: 30;
        inset-block-start: -4rem;
        inset-inline-start: var(--gap-3);
        padding: var(--gap-2) var(--gap-4);
        background: var(--accent);
        color: var(--accent-text);
      }

      .skip:focus {
        inset-block-start: var(--gap-2);
      }

      .ribbon {
        grid-column: 1 / -1;
        display: flex;
        flex-wrap: wrap;
        justify-content: center;
        gap: 0 var(--gap-3);
        padding: 0.3rem var(--gap-4);
        background: var(--ribbon);
        color: var(--ribbon-text);
        font-size: var(--size-2);
        text-align: center;
      }

      .ribbon strong {
        font-weight: 600;
      }

      .bar {
        position: sticky;
        top: 0;
        z-index: 10;
        grid-column: 1 / -1;
        display: flex;
        align-items: center;
        gap: var(--gap-3);
        height: var(--bar-height);
        padding: 0 var(--gap-3) 0 0;
        background: var(--surface);
        border-block-end: 1px solid var(--line);
      }

      .brand {
        display: flex;
        align-items: center;
        gap: var(--gap-3);
        color: var(--text);
        font-size: var(--size-5);
        font-weight: 640;
        letter-spacing: -0.02em;
      }

      .brand:hover {
        text-decoration: none;
      }

      .brand svg {
        width: var(--rail-width);
        height: 1.5rem;
        fill: none;
        stroke: var(--healthy);
        stroke-width: 3.2;
        stroke-linecap: round;
        stroke-linejoin: round;
      }

      .brand span {
        margin-inline-start: calc(-1 * var(--gap-3));
      }

      .space {
        flex: 1;
      }

      .find svg {
        fill: none;
        stroke: currentcolor;
        stroke-width: 1.6;
        stroke-linecap: round;
      }

      .find kbd {
        padding: 0.1rem 0.4rem;
        border: 1px solid var(--line);
        border-radius: var(--radius-1);
        color: var(--text-faint);
        font: 500 var(--size-1) / 1.4 var(--font-code);
      }

      @media (max-width: 60rem) {
        .find {
          width: 2.25rem;
          padding: 0;
        }

        .find span {
          position: absolute;
          width: 1px;
          height: 1px;
          overflow: hidden;
          clip-path: inset(50%);
        }

        .find kbd {
          display: none;
        }
      }

      .rail {
        position: sticky;
        top: var(--bar-height);
        align-self: start;
        height: calc(100vh - var(--bar-height));
        background: var(--surface);
        border-inline-end: 1px solid var(--line);
        z-index: 5;
      }

      main {
        min-width: 0;
      }

      .said {
        position: fixed;
        z-index: 30;
        inset-block-end: 5rem;
        inset-inline-start: 50%;
        max-width: calc(100vw - 2rem);
        translate: -50% 0;
        padding: var(--gap-2) var(--gap-4);
        border: 1px solid var(--line);
        border-radius: var(--radius-2);
        background: var(--surface-raised);
        box-shadow: var(--shadow-raised);
        font-size: var(--size-3);
        overflow-wrap: anywhere;
      }

      .said:empty {
        visibility: hidden;
      }

      main:focus {
        outline: none;
      }

      @media (max-width: 48rem) {
        :host {
          grid-template-columns: minmax(0, 1fr);
          padding-block-end: 4rem;
        }

        .rail {
          position: fixed;
          inset: auto 0 0;
          z-index: 10;
          height: auto;
          border-block-start: 1px solid var(--line);
          border-inline-end: 0;
        }

        .brand span,
        .ribbon span {
          display: none;
        }

        .bar {
          gap: var(--gap-1);
          padding-inline-end: var(--gap-2);
        }

        .brand svg {
          width: 2.25rem;
        }
      }

      /* On paper nothing can be pressed. */
      @media print {
        :host {
          display: block;
        }

        .bar {
          position: static;
        }

        .bar > :not(.brand),
        .rail,
        .said {
          display: none;
        }
      }
    `,
  ];
}

/** Letters typed there are text. */
function isField(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Down and degraded workloads: what title and icon count. */
function brokenOf(view: ClusterView): number {
  let broken = 0;
  for (const { state } of view.workloads.values()) if (needsAttention(state)) broken += 1;
  return broken;
}

function keyOf(route: Route): string {
  if (route.screen !== 'detail') return route.screen;
  const { namespace, kind, name } = route.workload;
  return workloadKey(namespace, kind, name);
}

customElements.define('app-shell', AppShell);

declare global {
  interface HTMLElementTagNameMap {
    'app-shell': AppShell;
  }
}

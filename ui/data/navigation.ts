import { formatRoute, parseRoute, type Route } from './route.ts';
import { ScrollMemory } from './scroll-memory.ts';

/** Where the browser is, below the page's base. */
export function currentRoute(base: URL): Route {
  const url = new URL(location.href);
  return parseRoute(relative(base, url));
}

function relative(base: URL, url: URL): string {
  return `${url.pathname.slice(base.pathname.length)}${url.search}`;
}

/** The browser's address bar as routes. With `scroll-memory.ts` all that touches `history` and `location`. */
export class Navigation {
  readonly #base: URL;
  readonly #changed: (route: Route) => void;
  readonly #scrolls = new ScrollMemory();
  #route: Route;
  #stop: (() => void) | null = null;

  constructor(base: string, changed: (route: Route) => void) {
    this.#base = new URL(base);
    this.#changed = changed;
    this.#route = currentRoute(this.#base);
  }

  get route(): Route {
    return this.#route;
  }

  start(): void {
    const back = (): void => {
      this.#become(currentRoute(this.#base));
      this.#scrolls.restore();
    };
    addEventListener('popstate', back);
    this.#scrolls.start();
    this.#stop = () => {
      removeEventListener('popstate', back);
      this.#scrolls.stop();
    };
  }

  stop(): void {
    this.#stop?.();
  }

  go(route: Route, replace = false): void {
    const address = new URL(formatRoute(route), this.#base).href;
    if (address !== location.href) {
      if (replace) {
        history.replaceState(history.state, '', address);
      } else {
        this.#scrolls.note();
        history.pushState(null, '', address);
      }
    }
    this.#become(route);
  }

  /** Takes a click on a link of ours; false when it belongs to the browser (other origin, new tab, download). */
  follow(event: MouseEvent): boolean {
    if (event.defaultPrevented || event.button !== 0) return false;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return false;
    const anchor = event.composedPath().find((target) => target instanceof HTMLAnchorElement);
    if (!anchor || anchor.target !== '' || anchor.hasAttribute('download')) return false;
    const url = new URL(anchor.href);
    if (!this.#isOurs(url)) return false;
    event.preventDefault();
    this.go(parseRoute(relative(this.#base, url)));
    return true;
  }

  #isOurs(url: URL): boolean {
    const path = url.pathname.slice(this.#base.pathname.length);
    return (
      url.origin === this.#base.origin &&
      url.pathname.startsWith(this.#base.pathname) &&
      !/^(api|metrics|openapi)\b/.test(path)
    );
  }

  #become(route: Route): void {
    this.#route = route;
    this.#changed(route);
  }
}

/** Asked of the shell by any element: `dispatchEvent(new NavigateEvent(route))`. */
export class NavigateEvent extends Event {
  static readonly type = 'maintenant-navigate';
  readonly route: Route;
  readonly replace: boolean;

  constructor(route: Route, replace = false) {
    super(NavigateEvent.type, { bubbles: true, composed: true });
    this.route = route;
    this.replace = replace;
  }
}

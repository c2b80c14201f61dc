import { css, html, LitElement, type PropertyDeclarations, svg, type SVGTemplateResult } from 'lit';
import { formatRoute, type Screen, screenRoute } from '../data/route.ts';
import { base } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';

type RailScreen = 'board' | 'workloads' | 'activity' | 'doctor';

const icons: Readonly<Record<RailScreen, SVGTemplateResult>> = {
  board: svg`<rect x="3" y="3" width="6" height="8" rx="1.5"/><rect x="11" y="3" width="6" height="4.5" rx="1.5"/><rect x="11" y="10" width="6" height="7" rx="1.5"/><rect x="3" y="13.5" width="6" height="3.5" rx="1.5"/>`,
  workloads: svg`<path d="M7.5 5H17M7.5 10H17M7.5 15H17"/><circle cx="4" cy="5" r="1"/><circle cx="4" cy="10" r="1"/><circle cx="4" cy="15" r="1"/>`,
  activity: svg`<path d="M2.5 10.5h3.2l2.3-5.5 3.5 10 2.3-4.5h3.7"/>`,
  doctor: svg`<path d="M5 3v4.5a3.5 3.5 0 0 0 7 0V3M8.5 11v2.5a3.5 3.5 0 0 0 7 0V11"/><circle cx="15.5" cy="9" r="1.8"/>`,
};

export interface NavRail {
  screen: Screen;
  namespaces: readonly string[];
  broken: number;
}

/** The screens: a rail at the side, a bar at the foot of a phone. */
export class NavRail extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    screen: {},
    namespaces: { attribute: false },
    broken: { type: Number },
  };

  constructor() {
    super();
    this.screen = 'board';
    this.namespaces = [];
    this.broken = 0;
  }

  override render() {
    return html`<nav aria-label=${texts.nav.label}>
      ${(['board', 'workloads', 'activity', 'doctor'] as const).map((screen) => this.#link(screen))}
    </nav>`;
  }

  #link(screen: RailScreen) {
    const current = screen === this.screen || (screen === 'workloads' && this.screen === 'detail');
    return html`<a href=${formatRoute(screenRoute(screen, this.namespaces))} aria-current=${current ? 'page' : 'false'}>
      <svg viewBox="0 0 20 20" aria-hidden="true">${icons[screen]}</svg>
      <span>${texts.nav[screen]}</span>
    </a>`;
  }

  static override readonly styles = [
    base,
    css`
      nav {
        display: flex;
        flex-direction: column;
        gap: var(--gap-1);
        padding: var(--gap-3) 0.375rem;
      }

      a {
        display: flex;
        flex-direction: column;
        align-items: center;
        gap: 0.2rem;
        padding: 0.5rem 0.125rem;
        border-radius: var(--radius-2);
        color: var(--text-soft);
        font-size: var(--size-1);
        font-weight: 500;
      }

      a:hover {
        background: var(--surface-hover);
        color: var(--text);
        text-decoration: none;
      }

      a[aria-current="page"] {
        background: var(--surface-selected);
        color: var(--accent);
      }

      svg {
        width: 1.25rem;
        height: 1.25rem;
        fill: none;
        stroke: currentcolor;
        stroke-width: 1.6;
        stroke-linecap: round;
        stroke-linejoin: round;
      }

      @media (forced-colors: active) {
        a[aria-current="page"] {
          outline: 2px solid Highlight;
        }
      }

      @media (max-width: 48rem) {
        nav {
          flex-direction: row;
          padding: 0.25rem 0.5rem max(0.25rem, env(safe-area-inset-bottom));
        }

        a {
          flex: 1;
          min-width: 0;
        }
      }
    `,
  ];
}

customElements.define('nav-rail', NavRail);

declare global {
  interface HTMLElementTagNameMap {
    'nav-rail': NavRail;
  }
}

import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import type { Emptiness } from '../data/emptiness.ts';
import { base, controls } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './notice-box.ts';

export interface EmptinessNotice {
  emptiness: Emptiness | null;
}

/** Says why there is no workload to show: still reading, not reachable, not permitted, or really none by which rule. */
export class EmptinessNotice extends LitElement {
  static override readonly properties: PropertyDeclarations = { emptiness: { attribute: false } };

  constructor() {
    super();
    this.emptiness = null;
  }

  override render() {
    const { emptiness } = this;
    if (emptiness === null) return nothing;
    switch (emptiness.type) {
      case 'loading':
        return this.#loading(emptiness.progress);
      case 'unreachable':
        return html`<notice-box kind="error" .heading=${texts.empty.unreachable}
          >${emptiness.message}<button slot="actions" type="button" @click=${this.#retry}>${texts.app.retry}</button></notice-box
        >`;
      case 'forbidden':
        return html`<notice-box kind="forbidden" .heading=${texts.empty.forbidden}
          >${emptiness.resources.map((resource) => texts.workloads.notPermittedAll(resource)).join(' · ')}
          <span>${texts.empty.forbiddenHint}</span>
          <a class="button" slot="actions" href="doctor">${texts.freshness.openDoctor}</a></notice-box
        >`;
      case 'clusterAway':
        return html`<notice-box kind="stale" .heading=${texts.empty.clusterAway}
          ><a class="button" slot="actions" href="doctor">${texts.freshness.openDoctor}</a></notice-box
        >`;
      case 'none':
        return html`<notice-box kind="empty" .heading=${texts.empty.noWorkloads}>${this.#rule(emptiness)}</notice-box>`;
      default:
        return emptiness satisfies never;
    }
  }

  #loading(progress: readonly { readonly resource: string; readonly count: number }[]) {
    return html`<div class="skeleton" aria-busy="true">
      <p role="status">
        ${texts.empty.firstSync}
        ${progress.map(
          ({ resource, count }) => html`<span class="number">${texts.empty.firstSyncProgress(resource, count)}</span>`,
        )}
      </p>
      ${Array.from({ length: 12 }, () => html`<div class="row" aria-hidden="true"><i></i><i></i><i></i><i></i></div>`)}
    </div>`;
  }

  #rule({ mode, namespaces }: Extract<Emptiness, { type: 'none' }>): string {
    const names = namespaces.join(', ');
    switch (mode) {
      case 'all':
        return texts.empty.scopeAll;
      case 'allowlist':
        return texts.empty.scopeAllow(names);
      case 'blocklist':
        return texts.empty.scopeBlock(names);
      default:
        return mode satisfies never;
    }
  }

  readonly #retry = (): void => {
    this.dispatchEvent(new Event('retry', { bubbles: true, composed: true }));
  };

  static override readonly styles = [
    base,
    controls,
    css`
      p {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-1) var(--gap-4);
        padding: var(--gap-3) var(--gap-4);
        color: var(--text-soft);
        font-size: var(--size-3);
      }

      .row {
        display: grid;
        grid-template-columns: 1rem minmax(6rem, 14rem) minmax(0, 1fr) 6rem;
        align-items: center;
        gap: var(--gap-4);
        height: 52px;
        padding: 0 var(--gap-4);
        border-block-start: 1px solid var(--line);
      }

      i {
        height: 0.7rem;
        border-radius: 999px;
        background: var(--surface-hover);
      }

      i:first-child {
        width: 1rem;
        height: 1rem;
      }

      @media (prefers-reduced-motion: no-preference) {
        i {
          animation: breathe 1.8s ease-in-out infinite alternate;
        }

        @keyframes breathe {
          to {
            opacity: 0.45;
          }
        }
      }
    `,
  ];
}

customElements.define('emptiness-notice', EmptinessNotice);

declare global {
  interface HTMLElementTagNameMap {
    'emptiness-notice': EmptinessNotice;
  }
}

import { css, html, LitElement, type PropertyDeclarations, svg } from 'lit';
import type { Workload } from '../../api/contract.ts';
import { type Column, columns } from '../data/columns.ts';
import { download, toCsv, toJson } from '../data/export.ts';
import { PreferenceEvent } from '../data/preference-event.ts';
import { type Preferences, toggle, withView } from '../data/preferences.ts';
import { formatRoute, type WorkloadsRoute, workloadsRoute } from '../data/route.ts';
import { base, controls } from '../styles/controls.ts';
import { popover } from '../styles/popover.ts';
import { texts } from '../texts/catalogue.ts';
import { placeMenu } from './place-menu.ts';

export interface ViewMenu {
  route: WorkloadsRoute;
  workloads: readonly Workload[];
  preferences: Preferences | null;
}

/** Saved views, columns, density and export of the list. */
export class ViewMenu extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    route: { attribute: false },
    workloads: { attribute: false },
    preferences: { attribute: false },
  };

  constructor() {
    super();
    this.route = workloadsRoute();
    this.workloads = [];
    this.preferences = null;
  }

  override render() {
    const { preferences } = this;
    return html`<button type="button" popovertarget="menu" aria-label=${texts.workloads.views}>
        <svg viewBox="0 0 16 16" aria-hidden="true">${svg`<path d="M2 4h12M2 8h12M2 12h12"/><circle cx="5" cy="4" r="1.6"/><circle cx="11" cy="8" r="1.6"/><circle cx="6.5" cy="12" r="1.6"/>`}</svg>
      </button>
      <div id="menu" popover @toggle=${this.#place}>
        <section>
          <h2>${texts.workloads.views}</h2>
          ${
            preferences === null || preferences.views.length === 0
              ? html`<p class="faint">${texts.workloads.noViews}</p>`
              : html`<ul>
                  ${preferences.views.map(
                    (view) => html`<li>
                      <a href=${view.address} @click=${this.#close}>${view.name}</a>
                      <button
                        type="button"
                        class="bare small"
                        aria-label=${texts.workloads.deleteView(view.name)}
                        @click=${() => this.#forget(view.name)}
                      >
                        ×
                      </button>
                    </li>`,
                  )}
                </ul>`
          }
          <form @submit=${this.#save}>
            <input type="text" name="name" maxlength="60" required aria-label=${texts.workloads.viewName} placeholder=${texts.workloads.viewName} />
            <button type="submit">${texts.workloads.saveView}</button>
          </form>
        </section>
        <section>
          <h2>${texts.workloads.columnPicker}</h2>
          <div class="choices">
            ${columns
              .filter((column) => column !== 'name' && column !== 'cause')
              .map((column) => this.#column(column, preferences?.hiddenColumns ?? []))}
          </div>
        </section>
        <section>
          <h2>${texts.settings.density}</h2>
          <div class="choices">
            ${(['comfortable', 'compact'] as const).map(
              (density) => html`<label
                ><input
                  type="radio"
                  name="density"
                  .checked=${preferences?.density === density}
                  @change=${() => this.dispatchEvent(new PreferenceEvent({ density }))}
                />${texts.settings.densities[density]}</label
              >`,
            )}
          </div>
        </section>
        <section>
          <h2>${texts.workloads.export}</h2>
          <div class="choices">
            <button type="button" class="small" @click=${this.#csv}>${texts.workloads.exportCsv}</button>
            <button type="button" class="small" @click=${this.#json}>${texts.workloads.exportJson}</button>
            <span class="faint number">${texts.workloads.exported(this.workloads.length)}</span>
          </div>
        </section>
      </div>`;
  }

  #column(column: Column, hidden: readonly string[]) {
    return html`<label
      ><input
        type="checkbox"
        .checked=${!hidden.includes(column)}
        @change=${() => this.dispatchEvent(new PreferenceEvent({ hiddenColumns: toggle(hidden, column) }))}
      />${texts.workloads.columns[column]}</label
    >`;
  }

  #forget(name: string): void {
    const views = (this.preferences?.views ?? []).filter((view) => view.name !== name);
    this.dispatchEvent(new PreferenceEvent({ views }));
  }

  readonly #save = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.target instanceof HTMLFormElement ? event.target : null;
    const input = form?.querySelector('input');
    const name = input?.value.trim() ?? '';
    if (name === '' || form === null) return;
    const views = withView(this.preferences?.views ?? [], { name, address: formatRoute(this.route) });
    this.dispatchEvent(new PreferenceEvent({ views }));
    form.reset();
  };

  readonly #close = (): void => {
    this.renderRoot.querySelector<HTMLElement>('#menu')?.hidePopover();
  };

  readonly #csv = (): void => download('workloads.csv', 'text/csv', toCsv(this.workloads));

  readonly #json = (): void => download('workloads.json', 'application/json', toJson(this.workloads));

  readonly #place = (event: ToggleEvent): void => placeMenu(event, this);

  static override readonly styles = [
    base,
    controls,
    popover,
    css`
      button {
        min-height: 2.25rem;
      }

      button.small {
        min-height: 1.625rem;
      }

      svg {
        fill: var(--surface);
        stroke: currentcolor;
        stroke-width: 1.4;
        stroke-linecap: round;
      }

      #menu {
        width: min(21rem, calc(100vw - 1rem));
      }

      section + section {
        margin-block-start: var(--gap-4);
      }

      h2 {
        margin-block-end: var(--gap-2);
        color: var(--text-faint);
        font-size: var(--size-2);
        font-weight: 500;
      }

      li {
        display: flex;
        align-items: center;
        justify-content: space-between;
      }

      form {
        display: flex;
        gap: var(--gap-2);
        margin-block-start: var(--gap-2);
      }

      form input {
        flex: 1;
        min-width: 0;
      }

      .choices {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-2) var(--gap-4);
        font-size: var(--size-3);
      }

      .choices label {
        display: inline-flex;
        align-items: center;
        gap: var(--gap-1);
      }

      .choices input {
        min-height: 0;
        accent-color: var(--accent);
      }
    `,
  ];
}

customElements.define('view-menu', ViewMenu);

declare global {
  interface HTMLElementTagNameMap {
    'view-menu': ViewMenu;
  }
}

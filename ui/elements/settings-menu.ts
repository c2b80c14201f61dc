import { css, html, LitElement, nothing, type PropertyDeclarations, svg } from 'lit';
import { PreferenceEvent } from '../data/preference-event.ts';
import type { Preferences } from '../data/preferences.ts';
import { base, controls } from '../styles/controls.ts';
import { popover } from '../styles/popover.ts';
import { isLanguage, languages, texts } from '../texts/catalogue.ts';
import { placeMenu } from './place-menu.ts';

export interface SettingsMenu {
  preferences: Preferences | null;
  /** True where a session of ours can be ended. */
  signedIn: boolean;
}

/** Theme, times, language: what this browser remembers. */
export class SettingsMenu extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    preferences: { attribute: false },
    signedIn: { type: Boolean },
  };

  constructor() {
    super();
    this.preferences = null;
    this.signedIn = false;
  }

  override render() {
    const { preferences } = this;
    if (preferences === null) return nothing;
    return html`<button type="button" class="bare" popovertarget="menu" aria-label=${texts.app.menu}>
        <svg viewBox="0 0 20 20" aria-hidden="true">${svg`<path d="M3 6h8M15 6h2M3 14h2M9 14h8"/><circle cx="13" cy="6" r="2"/><circle cx="7" cy="14" r="2"/>`}</svg>
      </button>
      <div id="menu" popover @toggle=${this.#place}>
        ${this.#choice(texts.settings.theme, 'theme', texts.settings.themes, preferences.theme)}
        ${this.#choice(texts.settings.times, 'zone', texts.settings.zones, preferences.zone)}
        ${this.#choice(texts.settings.language, 'language', languages, preferences.language)}
        <p>
          <button type="button" class="small" @click=${this.#shortcuts}>${texts.settings.shortcuts} <kbd>?</kbd></button>
          ${this.signedIn ? html`<button type="button" class="small" @click=${this.#signOut}>${texts.settings.signOut}</button>` : nothing}
        </p>
      </div>`;
  }

  #choice<Choice extends string>(
    label: string,
    name: 'theme' | 'zone' | 'language',
    choices: Readonly<Record<Choice, string>>,
    current: Choice,
  ) {
    return html`<fieldset>
      <legend>${label}</legend>
      ${Object.entries<string>(choices).map(
        ([value, word]) => html`<label class=${value === current ? 'chosen' : ''}
          ><input type="radio" name=${name} .checked=${value === current} @change=${() => this.#set(name, value)} />${word}</label
        >`,
      )}
    </fieldset>`;
  }

  #set(name: 'theme' | 'zone' | 'language', value: string): void {
    if (name === 'theme' && (value === 'system' || value === 'light' || value === 'dark')) {
      this.dispatchEvent(new PreferenceEvent({ theme: value }));
    }
    if (name === 'zone' && (value === 'local' || value === 'utc'))
      this.dispatchEvent(new PreferenceEvent({ zone: value }));
    if (name === 'language' && isLanguage(value)) this.dispatchEvent(new PreferenceEvent({ language: value }));
  }

  readonly #shortcuts = (): void => {
    this.#hide();
    this.dispatchEvent(new Event('show-shortcuts', { bubbles: true, composed: true }));
  };

  readonly #signOut = (): void => {
    this.#hide();
    this.dispatchEvent(new Event('sign-out', { bubbles: true, composed: true }));
  };

  #hide(): void {
    this.renderRoot.querySelector<HTMLElement>('#menu')?.hidePopover();
  }

  readonly #place = (event: ToggleEvent): void => placeMenu(event, this);

  static override readonly styles = [
    base,
    controls,
    popover,
    css`
      button[popovertarget] {
        width: 2rem;
        padding: 0;
      }

      svg {
        width: 1.25rem;
        height: 1.25rem;
        fill: none;
        stroke: currentcolor;
        stroke-width: 1.6;
        stroke-linecap: round;
      }

      fieldset {
        display: flex;
        gap: var(--gap-1);
        margin: 0 0 var(--gap-3);
        padding: 0;
        border: 0;
      }

      legend {
        padding: 0 0 var(--gap-1);
        color: var(--text-faint);
        font-size: var(--size-2);
      }

      label {
        position: relative;
        padding: var(--gap-1) var(--gap-3);
        border: 1px solid var(--line);
        border-radius: var(--radius-2);
        cursor: pointer;
      }

      .chosen {
        border-color: var(--accent);
        background: var(--surface-selected);
        font-weight: 550;
      }

      input {
        position: absolute;
        inset: 0;
        min-height: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }

      label:focus-within {
        outline: 2px solid var(--focus);
        outline-offset: 2px;
      }

      kbd {
        font-family: var(--font-code);
        color: var(--text-faint);
      }

      p {
        display: flex;
        gap: var(--gap-2);
      }
    `,
  ];
}

customElements.define('settings-menu', SettingsMenu);

declare global {
  interface HTMLElementTagNameMap {
    'settings-menu': SettingsMenu;
  }
}

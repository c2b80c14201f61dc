import { css, html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { type ApiClient, ApiError, isSignInRequired } from '../data/api-client.ts';
import { base, controls, panel } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import '../elements/basics.ts';

export interface SignInScreen {
  api: ApiClient | null;
  /** Somebody was signed in, and is not any more. */
  ended: boolean;
  _message: string;
  _busy: boolean;
}

/** Asks for the access token, when the server wants one. The token goes into a cookie that scripts cannot read. */
export class SignInScreen extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    api: { attribute: false },
    ended: { type: Boolean },
    _message: { state: true },
    _busy: { state: true },
  };

  constructor() {
    super();
    this.api = null;
    this.ended = false;
    this._message = '';
    this._busy = false;
  }

  override render() {
    return html`<form class="panel" @submit=${this.#submit}>
      <h1 tabindex="-1">${texts.signIn.title}</h1>
      <p class="soft">${this.ended ? texts.signIn.ended : texts.signIn.text}</p>
      <label>
        <span>${texts.signIn.token}</span>
        <input
          type="password"
          name="token"
          required
          maxlength="1000"
          autocomplete="current-password"
          aria-invalid=${this._message === '' ? 'false' : 'true'}
          aria-describedby=${this._message === '' ? nothing : 'message'}
        />
      </label>
      ${this._message === '' ? nothing : html`<p id="message" role="alert">${this._message}</p>`}
      <button type="submit" class="primary" ?disabled=${this._busy}>${texts.signIn.submit}</button>
    </form>`;
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector('input')?.focus();
    void this.#whoAsks();
  }

  /** A 401 that is not ours comes from a proxy in front whose session has expired: one reload lets it sign in again. */
  async #whoAsks(): Promise<void> {
    try {
      await this.api?.runtime();
      this.dispatchEvent(new Event('signed-in', { bubbles: true, composed: true }));
    } catch (error) {
      if (!isSignInRequired(error) || (error instanceof ApiError && error.code === 'SIGN_IN_REQUIRED')) return;
      if (reloadOnce()) location.reload();
      else this._message = texts.signIn.proxyExpired;
    }
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const token = this.renderRoot.querySelector('input')?.value ?? '';
    void this.#signIn(token);
  };

  async #signIn(token: string): Promise<void> {
    if (this.api === null || token === '') return;
    this._busy = true;
    this._message = '';
    try {
      await this.api.signIn(token);
      this.dispatchEvent(new Event('signed-in', { bubbles: true, composed: true }));
    } catch (error) {
      this._message = isSignInRequired(error)
        ? texts.signIn.wrong
        : texts.signIn.failed(error instanceof ApiError ? error.message : String(error));
    } finally {
      this._busy = false;
    }
  }

  static override readonly styles = [
    base,
    controls,
    panel,
    css`
      :host {
        display: grid;
        place-items: center;
        min-height: 70vh;
        padding: var(--gap-4);
      }

      form {
        display: flex;
        flex-direction: column;
        gap: var(--gap-4);
        width: min(24rem, 100%);
        padding: var(--gap-6);
      }

      h1 {
        font-size: var(--size-6);
        font-weight: 620;
      }

      label {
        display: flex;
        flex-direction: column;
        gap: var(--gap-1);
        font-size: var(--size-3);
      }

      #message {
        color: var(--down-text);
        font-size: var(--size-3);
      }
    `,
  ];
}

const reloadedKey = 'maintenant.reloaded';

/** True the first time in this tab; a tab without storage is never reloaded, rather than for ever. */
function reloadOnce(): boolean {
  try {
    if (sessionStorage.getItem(reloadedKey) !== null) return false;
    sessionStorage.setItem(reloadedKey, 'true');
    return true;
  } catch {
    // Storage is forbidden: then a person has to reload.
    return false;
  }
}

customElements.define('sign-in-screen', SignInScreen);

declare global {
  interface HTMLElementTagNameMap {
    'sign-in-screen': SignInScreen;
  }
}

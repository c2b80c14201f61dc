import { html, LitElement, nothing, type PropertyDeclarations } from 'lit';
import { type ApiError, isForbidden } from '../data/api-client.ts';
import { base, controls } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import './notice-box.ts';

export interface FetchNotice {
  error: ApiError | null;
  loading: boolean;
}

/** In the place of an answer that is not there: loading, not permitted, or failed with a way to try again. */
export class FetchNotice extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    error: { attribute: false },
    loading: { type: Boolean },
  };

  constructor() {
    super();
    this.error = null;
    this.loading = false;
  }

  override render() {
    if (this.error === null) {
      return this.loading ? html`<notice-box kind="loading" .heading=${texts.app.loading}></notice-box>` : nothing;
    }
    if (isForbidden(this.error)) {
      return html`<notice-box kind="forbidden" .heading=${texts.empty.forbidden}
        >${this.error.message}<span>${texts.empty.forbiddenHint}</span></notice-box
      >`;
    }
    return html`<notice-box kind="error" .heading=${texts.empty.failed}
      >${this.error.message}<button slot="actions" type="button" @click=${this.#again}>${texts.app.retry}</button></notice-box
    >`;
  }

  readonly #again = (): void => {
    this.dispatchEvent(new Event('again'));
  };

  static override readonly styles = [base, controls];
}

customElements.define('fetch-notice', FetchNotice);

declare global {
  interface HTMLElementTagNameMap {
    'fetch-notice': FetchNotice;
  }
}

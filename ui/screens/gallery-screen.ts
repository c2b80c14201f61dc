import { html, LitElement } from 'lit';

export class GalleryScreen extends LitElement {
  override render() {
    return html``;
  }
}

customElements.define('gallery-screen', GalleryScreen);

declare global {
  interface HTMLElementTagNameMap {
    'gallery-screen': GalleryScreen;
  }
}

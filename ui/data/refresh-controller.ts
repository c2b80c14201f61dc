import type { ReactiveController } from 'lit';

/** Asks for newer answers on a beat while the element is on the page; a page that nobody looks at asks for nothing. */
export class RefreshController implements ReactiveController {
  readonly #everyMs: number;
  readonly #refresh: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(everyMs: number, refresh: () => void) {
    this.#everyMs = everyMs;
    this.#refresh = refresh;
  }

  hostConnected(): void {
    this.#timer = setInterval(() => {
      if (!document.hidden) this.#refresh();
    }, this.#everyMs);
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }
}

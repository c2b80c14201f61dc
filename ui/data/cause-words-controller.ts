import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { whenCauseWordsCome } from '../texts/catalogue.ts';

/** Draws its host again when the words of causes have come. */
export class CauseWordsController implements ReactiveController {
  readonly #redraw: () => void;
  #stop: (() => void) | null = null;

  constructor(host: ReactiveControllerHost) {
    this.#redraw = () => host.requestUpdate();
  }

  hostConnected(): void {
    this.#stop = whenCauseWordsCome(this.#redraw);
  }

  hostDisconnected(): void {
    this.#stop?.();
    this.#stop = null;
  }
}

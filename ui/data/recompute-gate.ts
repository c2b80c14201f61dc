import type { ReactiveController, ReactiveControllerHost } from 'lit';

/**
 * Lets costly work pass at most once per interval, and asks its host to try again when the next is due: 200 changes a
 * second are still four pictures a second.
 */
export class RecomputeGate implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #intervalMs: number;
  #passedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(host: ReactiveControllerHost, intervalMs: number) {
    this.#host = host;
    this.#intervalMs = intervalMs;
    host.addController(this);
  }

  hostConnected(): void {}

  hostDisconnected(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** True when the work may be done now. */
  passes(urgent = false): boolean {
    const now = performance.now();
    const waitMs = this.#passedAt + this.#intervalMs - now;
    if (urgent || waitMs <= 0) {
      this.#passedAt = now;
      return true;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#host.requestUpdate();
    }, waitMs);
    return false;
  }
}

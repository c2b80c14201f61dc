import type { ReactiveController, ReactiveControllerHost } from 'lit';

/**
 * The one clock that all "since" texts tick by: a single timer for the whole page, running only while somebody looks.
 * It shows the server's time, so that a laptop with a wrong clock does not claim that things broke in the future.
 */
const tickMs = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let offsetMs = 0;

export function serverNow(): number {
  return Date.now() + offsetMs;
}

export function setClockOffset(milliseconds: number): void {
  offsetMs = milliseconds;
}

export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    if (document.hidden) return;
    for (const each of listeners) each();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** Draws its host again when `text(now)` changes: not every second, but when the words do. */
export class TickController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #text: (now: number) => string;
  #shown = '';
  #stop: (() => void) | null = null;

  constructor(host: ReactiveControllerHost, text: (now: number) => string) {
    this.#host = host;
    this.#text = text;
  }

  hostConnected(): void {
    this.#stop = onTick(() => {
      const text = this.#text(serverNow());
      if (text !== this.#shown) this.#host.requestUpdate();
      this.#shown = text;
    });
  }

  hostDisconnected(): void {
    this.#stop?.();
    this.#stop = null;
  }
}

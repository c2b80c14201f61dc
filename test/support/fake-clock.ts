import type { Clock } from '../../controller/clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly fn: () => void;
}

/** A clock that stands still until a test moves it. Timers fire in the order of their time, then of their making. */
export class FakeClock implements Clock {
  #now: number;
  #elapsed = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** @param now epoch milliseconds; default 2026-01-01T00:00:00Z. */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  /** Timers that wait; 0 after everything was stopped. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer, or null. */
  get nextMs(): number | null {
    const next = this.#next();
    return next === null ? null : next.dueAt - this.#elapsed;
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { dueAt: this.#elapsed + Math.max(0, ms), order: this.#order++, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const onAbort = () => {
        cancel();
        resolve();
      };
      const cancel = this.setTimer(ms, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Moves both clocks; promises that hang on a timer run before the next timer fires. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    // What the test has just caused may want a timer of its own, counted from now.
    await settle();
    for (let next = this.#next(); next !== null && next.dueAt <= until; next = this.#next()) {
      this.#moveTo(next.dueAt);
      this.#timers.delete(next);
      next.fn();
      await settle();
    }
    this.#moveTo(until);
    await settle();
  }

  /** A correction of the machine's clock: the wall clock jumps, durations do not notice. */
  stepWallClock(ms: number): void {
    this.#now += ms;
  }

  #moveTo(elapsed: number): void {
    this.#now += elapsed - this.#elapsed;
    this.#elapsed = elapsed;
  }

  #next(): Timer | null {
    let next: Timer | null = null;
    for (const timer of this.#timers) {
      if (next === null || timer.dueAt < next.dueAt || (timer.dueAt === next.dueAt && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }
}

/** Lets every promise that is ready run, and those that follow from it. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

import { setTimeout as sleepFor } from 'node:timers/promises';

/**
 * Time, handed in wherever it is needed, so that a test can move it by hand (`test/support/fake-clock.ts`).
 *
 * Two readings, because they answer two questions: `now` is the wall clock (what is shown and stored; it may jump when
 * the machine is corrected or was asleep), `monotonic` only measures how long something took or how far off it is.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since an arbitrary moment; never goes back. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts: the caller looks at the signal, nothing is thrown. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Runs `fn` once after `ms`; the returned function cancels it and may be called any number of times. */
  setTimer(ms: number, fn: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    // Only an abort rejects here, and the caller sees that at its signal.
    await sleepFor(ms, undefined, { signal }).catch(() => undefined);
  },
  setTimer(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};

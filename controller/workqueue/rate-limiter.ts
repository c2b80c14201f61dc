/**
 * How long a key that failed waits before it is tried again: 5 ms, 10 ms, 20 ms … 60 s, each key for itself.
 *
 * The curve is client-go's ItemExponentialFailureRateLimiter with a cap of 60 s instead of 1000 s: a picture of health
 * must not be a quarter of an hour old. Its token bucket for all keys together is left out, because a retry costs
 * nothing but local work.
 * https://github.com/kubernetes/client-go/blob/v0.34.0/util/workqueue/default_rate_limiters.go
 */
const backoffBaseMs = 5;
const backoffCapMs = 60_000;

/** Wait after the failure number `failures` (0 for the first one), in milliseconds. */
export function backoffMs(failures: number): number {
  // 2 ** 1024 is Infinity and min() turns it into the cap, so no failure count can overflow.
  return Math.min(backoffBaseMs * 2 ** Math.max(0, failures), backoffCapMs);
}

/** Counts failures in a row per key. Holds an entry only for keys that failed and were not forgotten since. */
export class RateLimiter<Key> {
  readonly #failures = new Map<Key, number>();

  /** Counts one more failure and says how long to wait, in milliseconds. */
  next(key: Key): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return backoffMs(failures);
  }

  /** After a success, and when the object is gone: the next failure waits the base again. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }

  failures(key: Key): number {
    return this.#failures.get(key) ?? 0;
  }

  get size(): number {
    return this.#failures.size;
  }
}

/** Most of a core that one workload may take: the reconcile of 1,000 pods takes 10 ms, and a rollout changes them often. */
const limitShare = 0.1;
/** Below this a reconcile is not worth slowing down: at 200 changes a second it is a fifth of a core at most. */
const smallestMs = 1;
/** No change waits longer for its turn than this. */
const longestWaitMs = 1_000;
/** Keys kept before those whose pause is over are looked for. */
const limitKeys = 1_000;

/**
 * Lets a workload that takes long to assess be assessed less often. The first change is looked at once; those that come
 * within the pause after it are looked at together. Pure: the caller brings the monotonic time, in milliseconds.
 */
export class Pace<Key> {
  /** Only of keys that took long, and only until their pause is over. */
  readonly #notBefore = new Map<Key, number>();

  /** A run of this key took `durationMs` and ended at `now`. */
  ran(key: Key, durationMs: number, now: number): void {
    if (durationMs < smallestMs) this.#notBefore.delete(key);
    else this.#keep(key, now + Math.min(durationMs * (1 / limitShare - 1), longestWaitMs), now);
  }

  /** How long the next run of this key has to wait; 0 for not at all. */
  waitMs(key: Key, now: number): number {
    const notBefore = this.#notBefore.get(key);
    if (notBefore === undefined) return 0;
    if (notBefore > now) return notBefore - now;
    this.#notBefore.delete(key);
    return 0;
  }

  get size(): number {
    return this.#notBefore.size;
  }

  /** No pause is longer than a second, so what is over is nearly all of it. */
  #keep(key: Key, notBefore: number, now: number): void {
    if (this.#notBefore.size >= limitKeys) {
      for (const [other, at] of this.#notBefore) if (at <= now) this.#notBefore.delete(other);
    }
    this.#notBefore.set(key, notBefore);
  }
}

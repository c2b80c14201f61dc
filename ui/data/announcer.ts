import type { Workload } from '../../api/contract.ts';
import type { State } from '../../health/workload.ts';

/**
 * What a screen reader is told of changes: sums, at most every ten seconds, never one sentence per workload. The first
 * picture is not news.
 */
export class Announcer {
  /** Between two announcements, in milliseconds. */
  static readonly quietMs = 10_000;
  readonly #known = new Map<string, State>();
  readonly #became = new Map<State, number>();
  #saidAt = Number.NEGATIVE_INFINITY;

  /** @returns counts by state that are due to be said now; null when there is nothing, or it is too early. */
  note(
    workloads: ReadonlyMap<string, Workload>,
    touched: Iterable<string>,
    now: number,
  ): ReadonlyMap<State, number> | null {
    const first = this.#known.size === 0;
    for (const key of first ? workloads.keys() : touched) {
      const state = workloads.get(key)?.state;
      if (state === undefined) {
        this.#known.delete(key);
        continue;
      }
      const before = this.#known.get(key);
      this.#known.set(key, state);
      if (!first && before !== undefined && before !== state)
        this.#became.set(state, (this.#became.get(state) ?? 0) + 1);
    }
    if (this.#became.size === 0 || now - this.#saidAt < Announcer.quietMs) return null;
    this.#saidAt = now;
    const due = new Map(this.#became);
    this.#became.clear();
    return due;
  }
}

import type { Counts, DeltaEvent, Workload, WorkloadList } from '../../api/contract.ts';

/**
 * The picture of all workloads in the page: a list, then deltas on top of it. Pure bookkeeping; who fetches and when
 * stands in `cluster-connection.ts`.
 *
 * The stream is opened first and the list is read second, so that nothing falls between them: deltas that arrive
 * meanwhile are kept, and those at or below the list's revision are dropped.
 */
export class ClusterModel {
  readonly #workloads = new Map<string, Workload>();
  readonly #waiting: DeltaEvent[] = [];
  /** More than this many deltas during one read of the list: the list is read again instead. */
  static readonly limitWaiting = 1_000;

  epoch: string | null = null;
  revision = -1;
  observedAt: string | null = null;
  stale = false;
  counts: Counts | null = null;
  /** False until the first list, and again whenever a delta was missed. */
  complete = false;

  get workloads(): ReadonlyMap<string, Workload> {
    return this.#workloads;
  }

  /** True when this picture already is what the stream starts from. */
  isAt(epoch: string, revision: number): boolean {
    return this.complete && this.epoch === epoch && this.revision === revision;
  }

  /** From now on deltas wait for the next list. */
  expectList(): void {
    this.complete = false;
  }

  /** The complete list, all pages of it. Returns false when waiting deltas show that it is already outdated. */
  replace(list: Omit<WorkloadList, 'items'>, items: readonly Workload[]): boolean {
    this.#workloads.clear();
    for (const workload of items) this.#workloads.set(workload.key, workload);
    this.epoch = list.epoch;
    this.revision = list.revision;
    this.observedAt = list.observedAt;
    this.stale = list.stale;
    this.counts = list.counts;
    this.complete = true;
    const waiting = this.#waiting.splice(0);
    return waiting.every((delta) => this.apply(delta) !== 'gap');
  }

  /** `gap`: something was missed and the list has to be read again. `waiting`: kept until the list is here. */
  apply(delta: DeltaEvent): 'applied' | 'old' | 'waiting' | 'gap' {
    if (!this.complete) {
      if (this.#waiting.length >= ClusterModel.limitWaiting) this.#waiting.shift();
      this.#waiting.push(delta);
      return 'waiting';
    }
    if (delta.revision <= this.revision) return 'old';
    if (delta.previousRevision > this.revision) {
      this.complete = false;
      return 'gap';
    }
    for (const workload of delta.upserts) this.#workloads.set(workload.key, workload);
    for (const key of delta.deletes) this.#workloads.delete(key);
    this.revision = delta.revision;
    this.counts = delta.counts;
    return 'applied';
  }
}

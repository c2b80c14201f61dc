import type { WorkloadKey } from '../health/workload.ts';
import type { RevisionChange } from './store.ts';

/** Changed keys that are remembered; whoever asks for more than that reads the whole picture as fast. */
const limitKeys = 1_000;

/** Which rows changed in the newest revisions, so that a reader of the picture looks at these alone. */
export class ChangeLog {
  /** Oldest first, without a gap. */
  #changes: { readonly previousRevision: number; readonly keys: readonly WorkloadKey[] }[] = [];
  #keys = 0;

  add({ previousRevision, touched, deletes }: RevisionChange): void {
    const keys = [...touched, ...deletes];
    this.#changes.push({ previousRevision, keys });
    this.#keys += keys.length;
    let given = 0;
    while (this.#keys > limitKeys && given < this.#changes.length)
      this.#keys -= this.#changes[given++]?.keys.length ?? 0;
    if (given > 0) this.#changes.splice(0, given);
  }

  /** Every key that changed after a revision; null when that lies too far back to tell. */
  since(revision: number, newest: number): ReadonlySet<WorkloadKey> | null {
    if (revision === newest) return new Set();
    const first = this.#changes.findLastIndex(({ previousRevision }) => previousRevision === revision);
    if (first === -1) return null;
    return new Set(this.#changes.slice(first).flatMap(({ keys }) => keys));
  }
}

import type { RowsWrite } from './batch.ts';
import { contentHash } from './content-hash.ts';

/**
 * Parts of a workload that are rows of their own (pods by UID; nodes and ordinals by name), so that a change of one pod
 * writes one row and not all of its siblings.
 */

/** Content hashes by row id, in the order in which the rows were handed in. */
export type RowHashes = ReadonlyMap<string, number>;

export interface RowDifference {
  readonly hashes: RowHashes;
  readonly upserts: readonly { readonly id: string; readonly content: string; readonly isNew: boolean }[];
  readonly deletes: readonly string[];
  readonly isEmpty: boolean;
}

const noHashes: RowHashes = new Map();

/** What is new in `rows` against what was accepted before; each row is serialised once. */
export function compareRows(
  before: RowHashes | undefined,
  rows: Iterable<readonly [id: string, row: object]>,
): RowDifference {
  const hashes = new Map<string, number>();
  const upserts: RowDifference['upserts'][number][] = [];
  for (const [id, row] of rows) {
    const content = JSON.stringify(row);
    const hash = contentHash(content);
    hashes.set(id, hash);
    if (before?.get(id) !== hash) upserts.push({ id, content, isNew: before?.has(id) !== true });
  }
  const deletes: string[] = [];
  for (const id of before?.keys() ?? []) if (!hashes.has(id)) deletes.push(id);
  // Three workloads of four have no members, and an empty Map of their own is 230 bytes.
  return {
    hashes: hashes.size === 0 ? noHashes : hashes,
    upserts,
    deletes,
    isEmpty: upserts.length === 0 && deletes.length === 0,
  };
}

/** Rows that wait to be written, the newest form of each. */
export class RowChanges {
  #clear = false;
  /** `isNew` rows were never written, so their deletion leaves nothing to write. */
  readonly #upserts = new Map<string, { readonly content: string; readonly isNew: boolean }>();
  readonly #deletes = new Set<string>();

  get size(): number {
    return this.#upserts.size + this.#deletes.size;
  }

  /** Forgets everything: what is in the file goes as well. */
  clear(): void {
    this.#clear = true;
    this.#upserts.clear();
    this.#deletes.clear();
  }

  add({ upserts, deletes }: Pick<RowDifference, 'upserts' | 'deletes'>): void {
    for (const id of deletes) {
      const pending = this.#upserts.get(id);
      this.#upserts.delete(id);
      if (pending?.isNew !== true) this.#deletes.add(id);
    }
    for (const { id, content, isNew } of upserts) {
      const wasDeleted = this.#deletes.delete(id);
      this.#upserts.set(id, { content, isNew: this.#upserts.get(id)?.isNew ?? (isNew && !wasDeleted) });
    }
  }

  /** These changes with newer ones on top. */
  followedBy(newer: RowChanges): RowChanges {
    if (newer.#clear) return newer;
    this.add({
      deletes: [...newer.#deletes],
      upserts: Array.from(newer.#upserts, ([id, { content, isNew }]) => ({ id, content, isNew })),
    });
    return this;
  }

  /** Newest content by id, of rows that wait. */
  *contents(): Generator<readonly [id: string, content: string]> {
    for (const [id, { content }] of this.#upserts) yield [id, content];
  }

  toWrite(): RowsWrite {
    return { clear: this.#clear, upserts: [...this.contents()], deletes: [...this.#deletes] };
  }
}

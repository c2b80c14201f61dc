import { isRecord } from '../kubernetes/kubernetes-object.ts';

/**
 * What siblings (the pods of one owner) have in common, one object for all of them: found by the owner and by comparing,
 * which takes a tenth of the time of making text of it and hashing that. Values are held weakly: what no cached object
 * refers to any more goes with the next garbage collection.
 */
export class SiblingPool<Value extends object> {
  /** Compared at most, the newest: a rollout has two, and a label that differs by zone makes three of each. */
  static readonly limitPerOwner = 8;
  readonly #families = new Map<string, WeakRef<Value>[]>();
  #size = 0;
  readonly #cleanup = new FinalizationRegistry<string>((owner) => {
    this.#size--;
    const alive = this.#families.get(owner)?.filter((reference) => reference.deref() !== undefined) ?? [];
    if (alive.length === 0) this.#families.delete(owner);
    else this.#families.set(owner, alive);
  });

  /** Values that are in use, those included that are not yet collected. */
  get size(): number {
    return this.#size;
  }

  /**
   * The value that an earlier sibling has, if it is equal; otherwise what `make` makes of this one.
   * @param make is given an earlier sibling, of which equal parts can be taken over; null for the first of its owner.
   */
  share(owner: string, value: Value, make: (sibling: Value | null) => Value): Value {
    const family = this.#families.get(owner);
    let sibling: Value | null = null;
    for (const reference of family ?? []) {
      const other = reference.deref();
      if (other === undefined) continue;
      if (isEqual(other, value)) return other;
      sibling = other;
    }
    const made = make(sibling);
    const reference = new WeakRef(made);
    // Most owners have one: a list that is grown by `push` has room for seventeen.
    if (family === undefined) this.#families.set(owner, [reference]);
    else family.push(reference);
    if (family !== undefined && family.length > SiblingPool.limitPerOwner) family.shift();
    this.#cleanup.register(made, owner);
    this.#size++;
    return made;
  }
}

/** Of plain data as JSON holds it; the order of keys does not matter. */
export function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    for (let index = 0; index < left.length; index++) if (!isEqual(left[index], right[index])) return false;
    return true;
  }
  if (!isRecord(left) || !isRecord(right)) return false;
  let keys = 0;
  for (const key in left) {
    if (!isEqual(left[key], right[key])) return false;
    keys++;
  }
  for (const _ in right) keys--;
  return keys === 0;
}

/**
 * Cached objects by something that they name: an owner, a node. A list per key, because the common case is ten objects
 * and a list of ten takes a sixth of the memory of a Set; the longest one (a DaemonSet on 5,000 nodes) is searched in
 * a few microseconds.
 */
export class ObjectIndex<Item> {
  readonly #lists = new Map<string, Item[]>();
  readonly #keyOf: (item: Item) => string | null;

  /** @param keyOf null leaves the object out. */
  constructor(keyOf: (item: Item) => string | null) {
    this.#keyOf = keyOf;
  }

  get(key: string): readonly Item[] {
    return this.#lists.get(key) ?? empty;
  }

  /** Takes the place of `previous` by `current`; null for an object that is new or gone. */
  replace(previous: Item | null, current: Item | null): void {
    const from = previous === null ? null : this.#keyOf(previous);
    const to = current === null ? null : this.#keyOf(current);
    if (previous !== null && from !== null) {
      const list = this.#lists.get(from) ?? [];
      const place = list.indexOf(previous);
      if (from === to && current !== null && place >= 0) {
        list[place] = current;
        return;
      }
      const last = list.pop();
      // The order within a list means nothing: the last one fills the gap.
      if (place >= 0 && place < list.length && last !== undefined) list[place] = last;
      if (list.length === 0) this.#lists.delete(from);
    }
    if (current !== null && to !== null) {
      const list = this.#lists.get(to);
      if (list === undefined) this.#lists.set(to, [current]);
      else list.push(current);
    }
  }
}

const empty: readonly never[] = Object.freeze([]);

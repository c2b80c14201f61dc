interface Entry<Key> {
  readonly key: Key;
  readonly dueAt: number;
  /** First added, first due, among equal moments. */
  readonly order: number;
}

/**
 * Keys that wait for a moment. A key waits once: of two moments the earlier one wins. Pure: the caller brings the time.
 *
 * A binary heap ordered by `dueAt`, with the newest wait of each key beside it. A wait that was replaced by an earlier
 * one stays in the heap and is skipped when it surfaces; there are never more of those than of live ones, because the
 * heap is rebuilt when they outnumber them.
 */
export class DelayHeap<Key> {
  #heap: Entry<Key>[] = [];
  readonly #waiting = new Map<Key, Entry<Key>>();
  #added = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** Earliest moment at which a key is due; null when none waits. */
  get nextDueAt(): number | null {
    this.#dropReplaced();
    return this.#heap[0]?.dueAt ?? null;
  }

  add(key: Key, dueAt: number): void {
    const known = this.#waiting.get(key);
    if (known !== undefined && known.dueAt <= dueAt) return;
    const entry = { key, dueAt, order: this.#added++ };
    this.#waiting.set(key, entry);
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
    if (this.#heap.length > 2 * this.#waiting.size + 16) this.#rebuild();
  }

  /** Takes out a key that is due at `now`, the earliest first; null when none is. */
  takeDue(now: number): Key | null {
    this.#dropReplaced();
    const first = this.#heap[0];
    if (first === undefined || first.dueAt > now) return null;
    this.#removeFirst();
    this.#waiting.delete(first.key);
    return first.key;
  }

  clear(): void {
    this.#heap = [];
    this.#waiting.clear();
  }

  #dropReplaced(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#waiting.get(first.key) === first) return;
      this.#removeFirst();
    }
  }

  #rebuild(): void {
    // A sorted array is a heap.
    this.#heap = [...this.#waiting.values()].sort(
      (left, right) => left.dueAt - right.dueAt || left.order - right.order,
    );
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #up(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  #down(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const child = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, index)) return;
      this.#swap(index, child);
      index = child;
    }
  }

  /** A place behind the end comes before nothing. */
  #isBefore(left: number, right: number): boolean {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined) return false;
    if (b === undefined) return true;
    return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
  }
}

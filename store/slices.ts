/**
 * Long work in slices that last about as long as they should, whatever the disk: a batch of the writer thread waits for
 * one slice at most, and a slice that took too long makes the next one smaller.
 */

/** Wanted of a slice; half of the 50 ms that a batch may wait, because a cold page or a checkpoint doubles one. */
const targetMs = 25;
const firstSize = 50;
const leastSize = 5;
/** A larger slice saves nothing: the transaction around it is a hundredth of its time by then. */
export const limitSliceRows = 2_000;

/** Milliseconds from any origin. */
export type Stopwatch = () => number;

class SliceSize {
  readonly #stopwatch: Stopwatch;
  #size = firstSize;

  constructor(stopwatch: Stopwatch) {
    this.#stopwatch = stopwatch;
  }

  /** Hands `work` how much it may take on; what it took decides about the next one. */
  run<Result>(work: (size: number) => Result): Result {
    const begunAt = this.#stopwatch();
    const result = work(this.#size);
    const tookMs = Math.max(this.#stopwatch() - begunAt, 0.1);
    // Twofold at most: the first pages of a table tell little of the rest.
    const fitting = this.#size * Math.min(2, targetMs / tookMs);
    this.#size = Math.min(limitSliceRows, Math.max(leastSize, Math.floor(fitting)));
    return result;
  }
}

export interface Slice {
  /** Rows that are gone. */
  readonly removed: number;
  readonly isLast: boolean;
}

/** Runs slices until the last; yields the rows that each removed. */
export function* inSlices(stopwatch: Stopwatch, slice: (size: number) => Slice): Generator<number, void> {
  const pace = new SliceSize(stopwatch);
  for (;;) {
    const { removed, isLast } = pace.run(slice);
    yield removed;
    if (isLast) return;
  }
}

/**
 * Hands on the items a slice at a time.
 * @param weight what one of them counts
 */
export function* inPortions<Item>(
  stopwatch: Stopwatch,
  items: readonly Item[],
  work: (portion: readonly Item[]) => void,
  weight = 1,
): Generator<number, void> {
  let from = 0;
  yield* inSlices(stopwatch, (size) => {
    const to = from + Math.max(1, Math.floor(size / weight));
    if (from < items.length) work(items.slice(from, to));
    from = to;
    return { removed: 0, isLast: from >= items.length };
  });
}

/**
 * Rows never jump under the pointer: while pointer or focus is in a list its order holds still, and a chip says how
 * many rows would move.
 */
export interface HeldOrder {
  /** What to draw: keys that went away stay in place until the list is released. */
  readonly keys: readonly string[];
  /** How many rows are not where the fresh order has them, or not in it, or not yet drawn. */
  readonly moved: number;
}

/**
 * @param held the order on screen, null when nothing is held
 * @param fresh the order as it should be now
 */
export function holdOrder(held: readonly string[] | null, fresh: readonly string[]): HeldOrder {
  if (held === null) return { keys: fresh, moved: 0 };
  const shown = new Set(held);
  const wanted = new Set(fresh);
  const added = fresh.filter((key) => !shown.has(key));
  const removed = held.filter((key) => !wanted.has(key)).length;
  const stay = held.filter((key) => wanted.has(key));
  const freshStay = fresh.filter((key) => shown.has(key));
  let displaced = 0;
  for (const [index, key] of stay.entries()) if (freshStay[index] !== key) displaced += 1;
  return { keys: held, moved: added.length + removed + displaced };
}

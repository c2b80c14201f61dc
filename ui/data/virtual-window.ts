/** Which rows of equal height are worth drawing. All lengths in CSS pixels. */
export interface VirtualWindow {
  /** First row to draw, and the one after the last. */
  readonly first: number;
  readonly end: number;
}

/** Rows beyond the edges, so that a quick wheel does not show emptiness. */
const overscan = 6;

/** How many rows a window holds that is not cut by the end of its list. */
export function windowLength(rowHeight: number, visible: number): number {
  return Math.ceil(visible / rowHeight) + 2 * overscan;
}

/** @param above how far the list's start is above the upper edge of what is visible; negative while below it */
export function virtualWindow(count: number, rowHeight: number, above: number, visible: number): VirtualWindow {
  const from = Math.floor(above / rowHeight) - overscan;
  const length = windowLength(rowHeight, visible);
  const first = Math.max(0, Math.min(from, count - 1));
  return { first, end: Math.max(first, Math.min(count, Math.max(from, 0) + length)) };
}

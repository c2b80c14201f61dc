/** A small curve in a box of whole pixels: one line for each run of measured values, so that a gap stays a gap. */
export interface Spark {
  /** For `points` of a polyline. */
  readonly lines: readonly string[];
  /** Height of the limit in the box; null without one. */
  readonly limitY: number | null;
  /** The newest value is at 90 % of the limit or above it. */
  readonly isNear: boolean;
}

/** From this share of the limit on the amount is marked: the rule of the cause MemoryNearLimit. */
const nearRatio = 0.9;
/** Above the highest of values and limit, so that neither lies on the edge. */
const headRoom = 1.1;

/** One value alone is a dash of this many pixels: a line of one point is not drawn. */
const dash = 3;

/**
 * @param slots values that the whole width has room for: fewer of them end at the right edge, for that is now.
 */
export function sparkOf(
  values: readonly (number | null)[],
  limit: number | null,
  width: number,
  height: number,
  slots = values.length,
): Spark {
  const highest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), limit ?? 0) * headRoom;
  const y = (value: number): number => round(height - (highest === 0 ? 0 : (value / highest) * height));
  const step = slots > 1 ? width / (slots - 1) : 0;
  const start = slots > 1 ? width - step * (values.length - 1) : width;
  const lines: string[] = [];
  let run: (readonly [x: number, y: number])[] = [];
  const finish = (): void => {
    const [first] = run;
    if (run.length === 1 && first) run.unshift([round(Math.max(0, first[0] - dash)), first[1]]);
    if (run.length > 0) lines.push(run.map((point) => point.join()).join(' '));
    run = [];
  };
  values.forEach((value, index) => {
    if (value === null) finish();
    else run.push([round(start + index * step), y(value)]);
  });
  finish();
  const latest = values.findLast((value) => value !== null) ?? null;
  return {
    lines,
    limitY: limit === null ? null : y(limit),
    isNear: limit !== null && limit > 0 && latest !== null && latest / limit >= nearRatio,
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

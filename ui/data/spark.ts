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

export function sparkOf(
  values: readonly (number | null)[],
  limit: number | null,
  width: number,
  height: number,
): Spark {
  const highest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), limit ?? 0) * headRoom;
  const y = (value: number): number => round(height - (highest === 0 ? 0 : (value / highest) * height));
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const lines: string[] = [];
  let run: string[] = [];
  const finish = (): void => {
    // One value alone is a dash: a line of one point is not drawn.
    if (run.length === 1) run.push(`${round(Number(run[0]?.split(',')[0]) + 1)},${run[0]?.split(',')[1]}`);
    if (run.length > 0) lines.push(run.join(' '));
    run = [];
  };
  values.forEach((value, index) => {
    if (value === null) finish();
    else run.push(`${round(index * step)},${y(value)}`);
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

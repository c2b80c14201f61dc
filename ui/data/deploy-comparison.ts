/** A curve since a deployment beside as long a time before it. */

export type Point = readonly [unixSeconds: number, amount: number | null];

export interface DeployComparison {
  /** Means of the two times; null where nothing was measured. */
  readonly before: number;
  readonly since: number;
  /** since / before; null from zero. */
  readonly ratio: number | null;
  /** For each point: what was measured as long before the deployment as the point is after its start. */
  readonly ghost: readonly (number | null)[];
}

/**
 * Compares what came since `startedAt` with an equally long time before it, as far as it was measured.
 *
 * @param points of equal distance, the oldest first.
 * @param startedAt Unix seconds.
 * @returns null where one of the two times has no measurement: there is nothing to compare.
 */
export function compareDeploy(points: readonly Point[], startedAt: number): DeployComparison | null {
  const first = points.findIndex(([at]) => at >= startedAt);
  if (first <= 0) return null;
  const length = points.length - first;
  const since = meanOf(points.slice(first));
  const earlier = points.slice(Math.max(0, first - length), first);
  const before = meanOf(earlier);
  if (since === null || before === null) return null;
  // Aligned at the start of both times: the first point of the earlier time lies under the first one since.
  const ghost = points.map((_, index) => (index < first ? null : (earlier[index - first]?.[1] ?? null)));
  return { before, since, ratio: before === 0 ? null : since / before, ghost };
}

function meanOf(points: readonly Point[]): number | null {
  const amounts = points.flatMap(([, amount]) => amount ?? []);
  return amounts.length === 0 ? null : amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length;
}

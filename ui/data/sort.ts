import type { Workload } from '../../api/contract.ts';
import { severityRank } from '../../health/workload.ts';

/** The order of lists. All of them end with the key, so that equal rows never change places. */

export const sortColumns = ['severity', 'name', 'namespace', 'since', 'restarts', 'pods', 'image', 'age'] as const;
export type SortColumn = (typeof sortColumns)[number];

export function isSortColumn(text: string): text is SortColumn {
  return sortColumns.some((column) => column === text);
}

type Order = (left: Workload, right: Workload) => number;

// RFC 3339 in UTC with fixed digits sorts as text; the code-point order is also what the server uses.
const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
const byKey: Order = (left, right) => byText(left.key, right.key);
/** Longest first; what has no start comes last. */
const bySince: Order = (left, right) => byText(left.since ?? '~', right.since ?? '~');

const orders: Readonly<Record<SortColumn, Order>> = {
  // Down, Degraded, Progressing, Unknown, Paused, Terminating, Idle, Healthy; then longest-broken; then name.
  severity: (left, right) => severityRank(left.state) - severityRank(right.state) || bySince(left, right),
  name: (left, right) => byText(left.name, right.name),
  namespace: (left, right) => byText(left.namespace, right.namespace) || byText(left.name, right.name),
  since: bySince,
  restarts: (left, right) => right.restarts - left.restarts,
  pods: (left, right) => right.availability.desired - left.availability.desired,
  image: (left, right) => byText(left.images[0] ?? '', right.images[0] ?? ''),
  age: (left, right) => byText(left.createdAt, right.createdAt),
};

export function sortWorkloads(
  workloads: Iterable<Workload>,
  column: SortColumn = 'severity',
  descending = false,
): Workload[] {
  const order = orders[column];
  const sign = descending ? -1 : 1;
  return [...workloads].sort((left, right) => sign * order(left, right) || byKey(left, right));
}

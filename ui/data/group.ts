import type { Workload } from '../../api/contract.ts';
import { severityRank, type State, worseState } from '../../health/workload.ts';
import { parseImage } from '../format/image.ts';

export const groupings = ['none', 'namespace', 'kind', 'state', 'partOf', 'registry'] as const;
export type Grouping = (typeof groupings)[number];

/** A heading with what is under it, rolled up: the worst state and how many are in each. */
export interface WorkloadGroup {
  readonly name: string;
  readonly worst: State;
  readonly counts: Readonly<Partial<Record<State, number>>>;
  readonly workloads: readonly Workload[];
}

export function groupNameOf(workload: Workload, grouping: Exclude<Grouping, 'none'>): string {
  switch (grouping) {
    case 'namespace':
      return workload.namespace;
    case 'kind':
      return workload.kind;
    case 'state':
      return workload.state;
    case 'partOf':
      return workload.partOf ?? '';
    case 'registry':
      return workload.images[0] === undefined ? '' : parseImage(workload.images[0]).registry;
    default:
      return grouping satisfies never;
  }
}

/** Groups in the order of their worst state, then by name; the order inside is that of `workloads`. */
export function groupWorkloads(
  workloads: readonly Workload[],
  grouping: Exclude<Grouping, 'none'>,
): readonly WorkloadGroup[] {
  const groups = Map.groupBy(workloads, (workload) => groupNameOf(workload, grouping));
  return [...groups]
    .map(([name, members]) => rollUp(name, members))
    .sort((left, right) => severityRank(left.worst) - severityRank(right.worst) || (left.name < right.name ? -1 : 1));
}

function rollUp(name: string, workloads: readonly Workload[]): WorkloadGroup {
  const counts: Partial<Record<State, number>> = {};
  let worst: State = 'Healthy';
  for (const { state } of workloads) {
    counts[state] = (counts[state] ?? 0) + 1;
    worst = worseState(worst, state);
  }
  return { name, worst, counts, workloads };
}

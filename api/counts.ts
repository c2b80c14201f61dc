import type { WorkloadSnapshot } from '../health/verdict.ts';
import { severityRank } from '../health/workload.ts';
import type { State, WorkloadKind } from '../health/workload.ts';
import type { Counts, NamespaceList } from './contract.ts';
import { compareText } from './picture.ts';
import type { Row } from './picture.ts';

type PerState = Record<State, number>;

function noneYet(): PerState {
  return { Down: 0, Degraded: 0, Progressing: 0, Unknown: 0, Paused: 0, Terminating: 0, Idle: 0, Healthy: 0 };
}

export type Facet = 'state' | 'kind' | 'namespace';

/** Counts in which every facet ignores its own filter: what the page shows beside the words of its filters. */
export class FacetCounter {
  readonly #byState = noneYet();
  readonly #byKind: Record<WorkloadKind, number> = { Deployment: 0, StatefulSet: 0, DaemonSet: 0 };
  readonly #byNamespace = new Map<string, PerState>();

  /** @param onlyMiss the one facet whose filter the workload does not pass; null when it passes all filters */
  add(snapshot: WorkloadSnapshot, onlyMiss: Facet | null): void {
    const { state } = snapshot.verdict;
    if (onlyMiss === null || onlyMiss === 'state') this.#byState[state] += 1;
    if (onlyMiss === null || onlyMiss === 'kind') this.#byKind[snapshot.kind] += 1;
    if (onlyMiss === null || onlyMiss === 'namespace') perState(this.#byNamespace, snapshot.namespace)[state] += 1;
  }

  counts(): Counts {
    return { byState: this.#byState, byKind: this.#byKind, byNamespace: Object.fromEntries(this.#byNamespace) };
  }
}

/** Counts without any filter, as deltas carry them. */
export function countAll(rows: readonly Row[]): Counts {
  const counter = new FacetCounter();
  for (const { snapshot } of rows) counter.add(snapshot, null);
  return counter.counts();
}

/** One entry per namespace that has workloads, by name. */
export function namespacesOf(rows: readonly Row[]): NamespaceList {
  const byName = new Map<string, { counts: PerState; workloads: number; worst: State }>();
  for (const { snapshot } of rows) {
    const { state } = snapshot.verdict;
    const entry = byName.get(snapshot.namespace) ?? { counts: noneYet(), workloads: 0, worst: state };
    entry.counts[state] += 1;
    entry.workloads += 1;
    if (severityRank(state) < severityRank(entry.worst)) entry.worst = state;
    byName.set(snapshot.namespace, entry);
  }
  return [...byName]
    .sort(([left], [right]) => compareText(left, right))
    .map(([name, { workloads, worst, counts }]) => ({ name, workloads, worst, counts }));
}

function perState(byNamespace: Map<string, PerState>, namespace: string): PerState {
  const known = byNamespace.get(namespace);
  if (known !== undefined) return known;
  const counts = noneYet();
  byNamespace.set(namespace, counts);
  return counts;
}

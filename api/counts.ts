import type { WorkloadSnapshot } from '../health/verdict.ts';
import { states } from '../health/workload.ts';
import type { State, WorkloadKind } from '../health/workload.ts';
import type { Counts, NamespaceList } from './contract.ts';

type PerState = Record<State, number>;

function noneYet(): PerState {
  return { Down: 0, Degraded: 0, Progressing: 0, Unknown: 0, Paused: 0, Terminating: 0, Idle: 0, Healthy: 0 };
}

export type Facet = 'state' | 'kind' | 'namespace';

/** Counts in which every facet ignores its own filter: what the page shows beside the words of its filters. */
export class FacetCounter {
  readonly #byState = noneYet();
  readonly #byKind: Record<WorkloadKind, number> = { Deployment: 0, StatefulSet: 0, DaemonSet: 0 };
  readonly #byNamespace = new Map<string, { readonly counts: PerState; workloads: number }>();

  /** @param onlyMiss the one facet whose filter the workload does not pass; null when it passes all filters */
  add(snapshot: WorkloadSnapshot, onlyMiss: Facet | null = null): void {
    const { state } = snapshot.verdict;
    if (onlyMiss === null || onlyMiss === 'state') this.#byState[state] += 1;
    if (onlyMiss === null || onlyMiss === 'kind') this.#byKind[snapshot.kind] += 1;
    if (onlyMiss === null || onlyMiss === 'namespace') this.#addToNamespace(snapshot.namespace, state);
  }

  /** Takes back what `add` counted for a workload that passed all filters. */
  remove({ kind, namespace, verdict: { state } }: WorkloadSnapshot): void {
    this.#byState[state] -= 1;
    this.#byKind[kind] -= 1;
    const entry = this.#byNamespace.get(namespace);
    if (entry === undefined) return;
    entry.counts[state] -= 1;
    entry.workloads -= 1;
    if (entry.workloads === 0) this.#byNamespace.delete(namespace);
  }

  counts(): Counts {
    return {
      byState: { ...this.#byState },
      byKind: { ...this.#byKind },
      byNamespace: Object.fromEntries(Array.from(this.#byNamespace, ([name, { counts }]) => [name, { ...counts }])),
    };
  }

  #addToNamespace(namespace: string, state: State): void {
    const entry = this.#byNamespace.get(namespace) ?? { counts: noneYet(), workloads: 0 };
    entry.counts[state] += 1;
    entry.workloads += 1;
    if (entry.workloads === 1) this.#byNamespace.set(namespace, entry);
  }
}

/** One entry per namespace that has workloads, by name. */
export function namespacesOf({ byNamespace }: Counts): NamespaceList {
  return Object.entries(byNamespace)
    .map(([name, counts]) => ({
      name,
      workloads: states.reduce((sum, state) => sum + counts[state], 0),
      worst: states.find((state) => counts[state] > 0) ?? 'Healthy',
      counts,
    }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

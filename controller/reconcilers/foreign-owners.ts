import type { OwnerFacts } from '../../health/kubernetes.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import { gatherers } from './dependents.ts';

/** Other workloads with pods that this one's selector matches too: their controllers would fight over them. */
export function foreignOwners(cache: ClusterCache, workload: CachedWorkload): readonly OwnerFacts[] {
  const { matchLabels, matchExpressions } = workload.selector;
  // Expressions are rare, and a selector that is only half understood must not accuse anybody.
  if (matchExpressions.length > 0) return [];
  return cache
    .workloadsLabelled(workload.namespace, matchLabels)
    .filter((other) => other.uid !== workload.uid)
    .filter((other) => gatherers[other.kind](cache, other).pods.length > 0)
    .map(({ kind, name, uid }) => ({ kind, name, uid }));
}

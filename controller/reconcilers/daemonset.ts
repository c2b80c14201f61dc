import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import type { Dependents } from './dependents.ts';

/** A DaemonSet owns its pods itself, one for each node that it wants. */
export function gatherDaemonSet(cache: ClusterCache, daemonSet: CachedWorkload): Dependents {
  return { pods: cache.podsOf(daemonSet.uid), replicaSets: [] };
}

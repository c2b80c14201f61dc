import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import type { Dependents } from './dependents.ts';

/** A StatefulSet owns its pods itself; its revisions are ControllerRevisions, which are not ours to read. */
export function gatherStatefulSet(cache: ClusterCache, statefulSet: CachedWorkload): Dependents {
  return { pods: cache.podsOf(statefulSet.uid), replicaSets: [] };
}

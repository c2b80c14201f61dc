import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import type { Dependents } from './dependents.ts';

/** A Deployment owns ReplicaSets, one per revision, and these own the pods. */
export function gatherDeployment(cache: ClusterCache, deployment: CachedWorkload): Dependents {
  const replicaSets = cache.replicaSetsOf(deployment.uid);
  return { replicaSets, pods: replicaSets.flatMap((replicaSet) => cache.podsOf(replicaSet.uid)) };
}

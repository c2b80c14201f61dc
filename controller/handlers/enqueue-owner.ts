import type { OwnerFacts } from '../../health/kubernetes.ts';
import type { WorkloadKey } from '../../health/workload.ts';
import { type ClusterCache, workloadOfReplicaSet } from '../cache/cluster-cache.ts';
import type { CacheDelta } from '../cache/object-cache.ts';
import type { CachedReplicaSet } from '../cache/project-workload.ts';

/**
 * The workloads of the previous and the current owner: an object can change hands (a ReplicaSet adopts a pod), and
 * then both look different. A pod that comes before its ReplicaSet has no workload yet; the ReplicaSet names it when
 * it comes, and the reconcile finds the pod by the owner's uid.
 */
export function workloadsOfPod(
  { previous, current }: CacheDelta<{ readonly namespace: string; readonly owner: OwnerFacts | null }>,
  cache: ClusterCache,
): readonly WorkloadKey[] {
  const now = current === null ? null : cache.workloadOfPod(current);
  const isSameOwner = previous !== null && current !== null && previous.owner?.uid === current.owner?.uid;
  const before = previous === null || isSameOwner ? null : cache.workloadOfPod(previous);
  return keysOf(before, now);
}

export function workloadsOfReplicaSet({ previous, current }: CacheDelta<CachedReplicaSet>): readonly WorkloadKey[] {
  return keysOf(
    previous === null ? null : workloadOfReplicaSet(previous),
    current === null ? null : workloadOfReplicaSet(current),
  );
}

function keysOf(before: WorkloadKey | null, now: WorkloadKey | null): readonly WorkloadKey[] {
  const keys: WorkloadKey[] = [];
  if (before !== null) keys.push(before);
  if (now !== null && now !== before) keys.push(now);
  return keys;
}

import type { EventFacts } from '../../health/kubernetes.ts';
import { isWorkloadKind, type WorkloadKey, workloadKey } from '../../health/workload.ts';
import { type ClusterCache, workloadOfReplicaSet } from '../cache/cluster-cache.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';

/**
 * The workloads that an event says something about. None for one about an object that is not known (yet): its coming
 * will ask for a reconcile, and that finds the event.
 */
export function workloadsOfEvent({ involved }: EventFacts, cache: ClusterCache): readonly WorkloadKey[] {
  const { kind, namespace, name, uid } = involved;
  if (isWorkloadKind(kind)) return [workloadKey(namespace, kind, name)];
  switch (kind) {
    case 'Pod': {
      const pod = cache.pods.get(namespace, name);
      // StatefulSet pods come back under the same name: only the uid says which one is meant.
      return pod?.uid === uid ? present(cache.workloadOfPod(pod)) : [];
    }
    case 'ReplicaSet': {
      const replicaSet = cache.replicaSets.get(namespace, name);
      return replicaSet?.uid === uid ? present(workloadOfReplicaSet(replicaSet)) : [];
    }
    case 'Node':
      return [...new Set(cache.podsOn(name).flatMap((pod) => present(cache.workloadOfPod(pod))))];
    case 'PersistentVolumeClaim':
      return [...cache.workloadsIn(namespace)].filter((workload) => usesClaim(workload, name)).map(keyOf);
    case 'HorizontalPodAutoscaler':
      // The spec that names its target is not ours to read; by habit it is called like it.
      return [...cache.workloadsIn(namespace)].filter((workload) => workload.name === name).map(keyOf);
    default:
      return [];
  }
}

export function keyOf({ namespace, kind, name }: CachedWorkload): WorkloadKey {
  return workloadKey(namespace, kind, name);
}

/** By the name that the StatefulSet controller makes (template-set-ordinal), or as the template names it. */
function usesClaim(workload: CachedWorkload, claim: string): boolean {
  if (workload.kind === 'StatefulSet') {
    for (const template of workload.claimTemplates) {
      if (claim.startsWith(`${template}-${workload.name}-`)) return true;
    }
  }
  return workload.template.volumes.some((volume) => volume.type === 'persistentVolumeClaim' && volume.source === claim);
}

function present(key: WorkloadKey | null): readonly WorkloadKey[] {
  return key === null ? [] : [key];
}

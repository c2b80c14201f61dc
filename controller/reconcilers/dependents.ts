import type { WorkloadKind } from '../../health/workload.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { PackedPod } from '../cache/packed-pod.ts';
import type { CachedReplicaSet, CachedWorkload } from '../cache/project-workload.ts';
import { gatherDaemonSet } from './daemonset.ts';
import { gatherDeployment } from './deployment.ts';
import { gatherStatefulSet } from './statefulset.ts';

/** The objects that a workload owns, directly or through others, by the chain of uids. */
export interface Dependents {
  readonly pods: readonly PackedPod[];
  readonly replicaSets: readonly CachedReplicaSet[];
}

/** What each kind gathers; a fourth kind is one more line here, one file beside it and one in `health/`. */
export const gatherers: Readonly<Record<WorkloadKind, (cache: ClusterCache, workload: CachedWorkload) => Dependents>> =
  {
    Deployment: gatherDeployment,
    StatefulSet: gatherStatefulSet,
    DaemonSet: gatherDaemonSet,
  };

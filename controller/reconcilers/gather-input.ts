import type { AssessInput } from '../../health/assess.ts';
import type { UsageFacts } from '../../health/kubernetes.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { PackedPod } from '../cache/packed-pod.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import type { WatchedResource } from '../kubernetes/kinds.ts';
import type { Dependents } from './dependents.ts';
import { foreignOwners } from './foreign-owners.ts';
import { gatherEvents, gatherNodeEvents } from './gather-events.ts';
import { othersReady } from './others-ready.ts';

/** What lies beside the cache. */
export interface Surroundings {
  /** False where the objects of this kind are not permitted, or not in the dump: an empty list then says nothing. */
  readonly has: (resource: WatchedResource) => boolean;
  readonly lostNodes: ReadonlySet<string>;
  readonly usageOf: (namespace: string, pods: readonly PackedPod[]) => readonly UsageFacts[];
}

/** Everything that the verdict on one workload looks at, found by the indexes of the cache. */
export function gatherInput(
  cache: ClusterCache,
  workload: CachedWorkload,
  dependents: Dependents,
  { has, lostNodes, usageOf }: Surroundings,
): AssessInput {
  const { namespace } = workload;
  const supplied = {
    pods: has('pods'),
    replicaSets: has('replicasets'),
    events: has('events'),
    services: has('services'),
  };
  const pods = supplied.pods ? dependents.pods : [];
  const services = supplied.services ? [...cache.services.inNamespace(namespace)] : [];
  return {
    workload,
    pods,
    replicaSets: supplied.replicaSets ? dependents.replicaSets : [],
    events: supplied.events ? gatherEvents(cache.events, workload, dependents) : [],
    services,
    namespace: cache.namespaces.get('', namespace),
    nodeEvents: supplied.events ? gatherNodeEvents(cache.events, pods) : [],
    lostNodes,
    usage: usageOf(namespace, pods),
    supplied,
    synced: true,
    foreignOwners: foreignOwners(cache, workload),
    othersReady: othersReady(cache, workload, services, pods),
  };
}

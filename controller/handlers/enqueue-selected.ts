import { type WorkloadKey, workloadKinds } from '../../health/workload.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { CacheDelta } from '../cache/object-cache.ts';
import type { CachedService } from '../cache/project-service.ts';
import { keyOf } from './enqueue-subject.ts';

/**
 * The workloads whose pods a Service selects or selected, those that name it as their governing Service, and those whose
 * name it bears: it is meant for them.
 */
export function workloadsOfService(
  { previous, current }: CacheDelta<CachedService>,
  cache: ClusterCache,
): readonly WorkloadKey[] {
  const keys = new Set<WorkloadKey>();
  for (const service of [previous, current]) {
    if (service === null) continue;
    for (const workload of cache.workloadsLabelled(service.namespace, service.selector)) keys.add(keyOf(workload));
    for (const statefulSet of cache.statefulSets.inNamespace(service.namespace)) {
      if (statefulSet.serviceName === service.name) keys.add(keyOf(statefulSet));
    }
    for (const kind of workloadKinds) {
      const namesake = cache.workload({ namespace: service.namespace, kind, name: service.name });
      if (namesake !== null) keys.add(keyOf(namesake));
    }
  }
  return [...keys];
}

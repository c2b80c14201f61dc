import type { ServiceFacts } from '../../health/kubernetes.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { PackedPod } from '../cache/packed-pod.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import { gatherers } from './dependents.ts';

/**
 * Labels of other workloads with a ready pod that a Service of this one selects too: they keep it alive. Looked at only
 * where it matters, for a Service whose own workload serves nothing or that bears its name and selects somebody else.
 */
export function othersReady(
  cache: ClusterCache,
  workload: CachedWorkload,
  services: readonly ServiceFacts[],
  pods: readonly PackedPod[],
): readonly Readonly<Record<string, string>>[] {
  const serves = pods.some((pod) => pod.isServing);
  return services
    .filter((service) => (selectsTemplate(service, workload) ? !serves : service.name === workload.name))
    .flatMap(({ selector }) =>
      Object.keys(selector).length === 0 ? [] : cache.workloadsLabelled(workload.namespace, selector),
    )
    .filter(
      (other) => other.uid !== workload.uid && gatherers[other.kind](cache, other).pods.some((pod) => pod.isServing),
    )
    .map(({ templateLabels }) => templateLabels);
}

function selectsTemplate({ selector }: ServiceFacts, { templateLabels }: CachedWorkload): boolean {
  return Object.entries(selector).every(([label, value]) => templateLabels[label] === value);
}

import type { WorkloadKey } from '../../health/workload.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { CacheDelta } from '../cache/object-cache.ts';
import type { CachedService } from '../cache/project-service.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import { keyOf } from './enqueue-subject.ts';

/** The workloads whose pods a Service selects or selected, and those that name it as their governing Service. */
export function workloadsOfService(
  { previous, current }: CacheDelta<CachedService>,
  cache: ClusterCache,
): readonly WorkloadKey[] {
  const versions = [previous, current].filter((service) => service !== null);
  const namespace = versions[0]?.namespace ?? '';
  return [...cache.workloadsIn(namespace)]
    .filter((workload) => versions.some((service) => concerns(service, workload)))
    .map(keyOf);
}

function concerns(service: CachedService, workload: CachedWorkload): boolean {
  return (
    (workload.kind === 'StatefulSet' && workload.serviceName === service.name) ||
    selects(service.selector, workload.templateLabels)
  );
}

/** An empty selector selects nothing: such a Service has hand-made endpoints. */
function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([label, value]) => labels[label] === value);
}

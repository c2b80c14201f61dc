import type { WorkloadKey } from '../../health/workload.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { CacheDelta } from '../cache/object-cache.ts';
import type { PackedPod } from '../cache/packed-pod.ts';
import { workloadsOfService } from './enqueue-selected.ts';
import { keyOf } from './enqueue-subject.ts';

/**
 * Workloads of which something is said that rests on the pods of another one: a Service that those keep alive, or a
 * selector that matches them too. Looked for only where the owner of the pod begins or ceases to have pods, or to have
 * a ready one, so that a hundred pods that come and go ask once.
 */
export function neighboursOfPod(
  { previous, current }: CacheDelta<PackedPod>,
  cache: ClusterCache,
): readonly WorkloadKey[] {
  const pod = current ?? previous;
  if (pod === null || pod.owner === null) return [];
  const comesOrGoes = previous === null || current === null;
  const turns = (previous?.isServing ?? false) !== (current?.isServing ?? false);
  if (!comesOrGoes && !turns) return [];
  // Each stops at the first one: a DaemonSet has thousands.
  const siblings = cache.podsOf(pod.owner.uid);
  const isFirstOrLast = comesOrGoes && !siblings.some((sibling) => sibling !== current);
  const beginsOrCeases = turns && !siblings.some((sibling) => sibling !== current && sibling.isServing);
  if (!isFirstOrLast && !beginsOrCeases) return [];

  const { labels, namespace } = pod;
  const keys = new Set<WorkloadKey>();
  for (const service of cache.services.inNamespace(namespace)) {
    if (!isSelected(service.selector, labels)) continue;
    for (const key of workloadsOfService({ previous: null, current: service }, cache)) keys.add(key);
  }
  for (const workload of cache.workloadsIn(namespace)) {
    // Without a look at the expressions: one workload too many finds out by itself.
    if (isSelected(workload.selector.matchLabels, labels)) keys.add(keyOf(workload));
  }
  return [...keys];
}

function isSelected(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  for (const key in selector) if (labels[key] !== selector[key]) return false;
  return true;
}

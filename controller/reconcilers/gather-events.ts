import type { EventFacts } from '../../health/kubernetes.ts';
import type { EventCache } from '../cache/event-cache.ts';
import type { PackedPod } from '../cache/packed-pod.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import type { Dependents } from './dependents.ts';

/** Events that one verdict looks at, the newest: ten for each pod of a middling workload. */
export const limitEventsPerWorkload = 500;

/** About the workload, its ReplicaSets and its pods by uid; about its claims and an autoscaler by name. */
export function gatherEvents(
  events: EventCache,
  workload: CachedWorkload,
  { pods, replicaSets }: Dependents,
): readonly EventFacts[] {
  const found = [
    ...events.about(workload.uid),
    ...events.aboutNamed('HorizontalPodAutoscaler', workload.namespace, workload.name),
  ];
  for (const replicaSet of replicaSets) found.push(...events.about(replicaSet.uid));
  for (const pod of pods) {
    found.push(...events.about(pod.uid));
    for (const claim of claimsOf(pod)) found.push(...events.aboutNamed('PersistentVolumeClaim', pod.namespace, claim));
  }
  if (found.length <= limitEventsPerWorkload) return found;
  return found.sort((left, right) => right.lastAt - left.lastAt).slice(0, limitEventsPerWorkload);
}

/** About the nodes that the pods are on, or are meant for. */
export function gatherNodeEvents(events: EventCache, pods: readonly PackedPod[]): readonly EventFacts[] {
  const nodes = new Set(pods.map((pod) => pod.nodeName ?? pod.targetNodeName).filter((node) => node !== null));
  return [...nodes].flatMap((node) => events.aboutNamed('Node', '', node));
}

function claimsOf(pod: PackedPod): readonly string[] {
  const claims: string[] = [];
  for (const { type, source } of pod.spec.volumes) {
    if (source === null || (type !== 'persistentVolumeClaim' && type !== 'ephemeral')) continue;
    claims.push(source.replace('{pod}', pod.name));
  }
  return claims;
}

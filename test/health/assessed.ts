import { ClusterCache } from '../../controller/cache/cluster-cache.ts';
import { StringPool } from '../../controller/cache/intern-pool.ts';
import { projectEvent } from '../../controller/cache/project-event.ts';
import { type CachedWorkload, valueHash } from '../../controller/cache/project-workload.ts';
import type { WatchedResource } from '../../controller/kubernetes/kinds.ts';
import { parseKubernetesObject } from '../../controller/kubernetes/kubernetes-object.ts';
import type { Dependents } from '../../controller/reconcilers/dependents.ts';
import { type AssessInput, type Assessment, assess } from '../../health/assess.ts';
import type { Remembered } from '../../health/verdict.ts';
import { eventObject, type KubeletReport, type Pod } from '../cluster/kubelet-status.ts';
import { noon, type Raw } from './objects.ts';

/**
 * From wire objects to a verdict by the way that the product takes: through the projection into the cache, and out of
 * it by owner UID.
 */

const resources: Readonly<Record<string, WatchedResource>> = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  ReplicaSet: 'replicasets',
  PartialObjectMetadata: 'replicasets',
  Pod: 'pods',
  Service: 'services',
  Namespace: 'namespaces',
  Event: 'events',
};

export function cacheOf(objects: readonly Raw[]): ClusterCache {
  const nothing = (): void => {};
  const cache = new ClusterCache(
    { workload: nothing, replicaSet: nothing, pod: nothing, service: nothing, namespace: nothing, event: nothing },
    valueHash('test'),
  );
  const byResource = new Map<WatchedResource, Raw[]>();
  for (const object of objects) {
    const resource = resources[String(object['kind'])];
    if (resource === undefined) throw new Error(`no resource for kind ${String(object['kind'])}`);
    byResource.set(resource, [...(byResource.get(resource) ?? []), object]);
  }
  for (const [resource, list] of byResource) {
    const sink = cache.feed(resource, null);
    sink({ type: 'init' });
    for (const raw of list) {
      const object = parseKubernetesObject(raw);
      if (object === null) throw new Error(`not an object: ${JSON.stringify(raw)}`);
      sink({ type: 'initApply', object });
    }
    sink({ type: 'initDone', resourceVersion: '1000' });
  }
  return cache;
}

export type InputOverrides = Partial<Omit<AssessInput, 'workload'>>;

/** What a reconcile gathers for a workload; the first one of the objects by default. */
export function inputOf(objects: readonly Raw[], overrides: InputOverrides = {}, name?: string): AssessInput {
  return lookOf(objects, overrides, name).input;
}

/** The same, with the objects as the cache holds them. */
export function lookOf(
  objects: readonly Raw[],
  overrides: InputOverrides = {},
  name?: string,
): {
  readonly input: AssessInput;
  readonly cached: { readonly workload: CachedWorkload; readonly dependents: Dependents };
} {
  const cache = cacheOf(objects);
  let workload: CachedWorkload | undefined;
  for (const one of cache.workloads())
    if (workload === undefined && (name === undefined || one.name === name)) workload = one;
  if (workload === undefined) throw new Error('the objects hold no workload');
  const { uid, namespace } = workload;
  const replicaSets = cache.replicaSetsOf(uid);
  const pods = [uid, ...replicaSets.map((one) => one.uid)].flatMap((owner) => cache.podsOf(owner));
  const owned = new Set([uid, ...replicaSets.map((one) => one.uid), ...pods.map((one) => one.uid)]);
  const claims = new Set(
    pods.flatMap((one) =>
      one.spec.volumes.map((volume) =>
        volume.type === 'persistentVolumeClaim' ? (volume.source ?? '').replace('{pod}', one.name) : '',
      ),
    ),
  );
  const nodes = new Set(pods.map((one) => one.nodeName));
  const events = objects.filter((one) => one['kind'] === 'Event').flatMap((one) => projected(one));
  const input: AssessInput = {
    workload,
    pods,
    replicaSets,
    events: events.filter(
      ({ involved }) =>
        owned.has(involved.uid) ||
        (involved.kind === 'PersistentVolumeClaim' && claims.has(involved.name)) ||
        (involved.kind === 'HorizontalPodAutoscaler' && involved.name === workload.name),
    ),
    services: [...cache.services.values()].filter((one) => one.namespace === namespace),
    namespace: cache.namespaces.get('', namespace) ?? null,
    nodeEvents: events.filter(({ involved }) => involved.kind === 'Node' && nodes.has(involved.name)),
    lostNodes: new Set(),
    usage: [],
    supplied: { pods: true, replicaSets: true, events: true, services: true },
    synced: true,
    ...overrides,
  };
  return { input, cached: { workload, dependents: { pods, replicaSets } } };
}

export function assessed(
  objects: readonly Raw[],
  overrides: InputOverrides = {},
  remembered: Remembered = {},
  now = noon,
): Assessment {
  return assess(inputOf(objects, overrides), remembered, now);
}

/** The pod as its kubelet reports it, and the events that go with it. */
export function reported(pod: Pod, build: (pod: Pod) => KubeletReport): Raw[] {
  const { status, events } = build(pod);
  const written = new Map<string, Raw>();
  for (const one of [...(pod.status.conditions ?? []), ...status.conditions]) written.set(one.type, { ...one });
  return [
    { ...pod, status: { ...pod.status, ...status, conditions: [...written.values()] } },
    ...events.map((one, index) => {
      const object = eventObject(pod, one);
      return {
        ...object,
        metadata: { ...object.metadata, uid: `${pod.metadata.uid}-${one.reason}-${index}`, resourceVersion: '1' },
      };
    }),
  ];
}

function projected(raw: Raw) {
  const object = parseKubernetesObject(raw);
  const event = object === null ? null : projectEvent(object, new StringPool());
  return event === null ? [] : [event];
}

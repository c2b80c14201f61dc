import { assess } from '../health/assess.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../health/verdict.ts';
import { ClusterCache } from './cache/cluster-cache.ts';
import { valueHash } from './cache/project-workload.ts';
import { Enqueue } from './handlers/enqueue.ts';
import type { WatchedResource } from './kubernetes/kinds.ts';
import { isRecord, type KubernetesObject } from './kubernetes/kubernetes-object.ts';
import { gatherers } from './reconcilers/dependents.ts';
import { gatherInput } from './reconcilers/gather-input.ts';

/**
 * The verdicts on a dump of objects: the same cache, the same gathering and the same rules as the live controller,
 * without a cluster and without a memory.
 */
export interface DumpVerdict {
  readonly snapshot: WorkloadSnapshot;
  readonly pods: readonly PodSnapshot[];
  /** What the monitor remembers might make another verdict of it. */
  readonly restsOnMemory: boolean;
}

export interface DumpReport {
  readonly verdicts: readonly DumpVerdict[];
  /** Resources of which the dump holds nothing: not supplied, which is not the same as absent. */
  readonly notSupplied: readonly WatchedResource[];
  /** Objects of kinds that nobody judges, by kind. */
  readonly ignored: ReadonlyMap<string, number>;
  /** Newest instant found in the dump, epoch ms; null where it holds none. */
  readonly newestAt: number | null;
}

/** A document that holds no Kubernetes object. The message says which one and what it is. */
export class DumpError extends Error {
  override readonly name = 'DumpError';
}

const resourceOfKind: Readonly<Record<string, WatchedResource>> = {
  Pod: 'pods',
  ReplicaSet: 'replicasets',
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Service: 'services',
  Event: 'events',
  Namespace: 'namespaces',
};
/** Not a workload by itself, so its absence from the dump takes nothing away but causes. */
const needed: readonly WatchedResource[] = ['pods', 'replicasets', 'events', 'services'];
/** Kinds in the order in which the live watches fill the cache: owners before what they own. */
const order: readonly WatchedResource[] = [
  'namespaces',
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'services',
  'pods',
  'events',
];

/**
 * @param documents parsed YAML or JSON documents: objects, or lists of them
 * @param now epoch ms
 * @throws DumpError
 */
export function assessDump(documents: readonly unknown[], now: number): DumpReport {
  const ignored = new Map<string, number>();
  const objects = new Map<WatchedResource, KubernetesObject[]>();
  let newestAt: number | null = null;
  for (const [index, document] of documents.entries()) {
    for (const raw of objectsOf(document, index + 1)) {
      newestAt = later(newestAt, newestInstant(raw));
      const kind = String(raw['kind']);
      const resource = resourceOfKind[kind];
      if (resource === undefined) ignored.set(kind, (ignored.get(kind) ?? 0) + 1);
      else (objects.get(resource) ?? fresh(objects, resource)).push(identified(raw, kind, index + 1));
    }
  }
  const nothing = (): void => undefined;
  // Templates of one dump are compared with each other only, so the key of their hashes may be any.
  const handlers: Enqueue = new Enqueue(() => cache, nothing, nothing);
  const cache: ClusterCache = new ClusterCache(handlers, valueHash('dump'));
  for (const resource of order) fill(cache, resource, objects.get(resource) ?? []);
  handlers.recheckNodes();
  const verdicts = [...cache.workloads()].map((workload): DumpVerdict => {
    const input = gatherInput(cache, workload, gatherers[workload.kind](cache, workload), {
      has: (resource) => objects.has(resource),
      lostNodes: handlers.lostNodes,
      usageOf: () => [],
    });
    const { snapshot, pods, restsOnMemory } = assess(input, {}, now);
    return { snapshot, pods, restsOnMemory };
  });
  return { verdicts, notSupplied: needed.filter((resource) => !objects.has(resource)), ignored, newestAt };
}

function fresh(objects: Map<WatchedResource, KubernetesObject[]>, resource: WatchedResource): KubernetesObject[] {
  const list: KubernetesObject[] = [];
  objects.set(resource, list);
  return list;
}

function fill(cache: ClusterCache, resource: WatchedResource, objects: readonly KubernetesObject[]): void {
  const sink = cache.feed(resource, null);
  sink({ type: 'init' });
  for (const object of objects) sink({ type: 'initApply', object });
  sink({ type: 'initDone', resourceVersion: '0' });
}

type Raw = Readonly<Record<string, unknown>>;

function objectsOf(document: unknown, number: number): readonly Raw[] {
  if (document === null || document === undefined) return [];
  if (Array.isArray(document)) return document.flatMap((item) => objectsOf(item, number));
  if (!isRecord(document) || typeof document['kind'] !== 'string') {
    const what = isRecord(document) ? 'an object without a kind' : `a ${typeof document}`;
    throw new DumpError(
      `Document ${number} holds ${what}, not a Kubernetes object: make the dump with kubectl get … -o yaml.`,
    );
  }
  const { kind, items } = document;
  if (!kind.endsWith('List') || !Array.isArray(items)) return [document];
  // A typed list (PodList) leaves the kind of its items out.
  const itemKind = kind.slice(0, -'List'.length);
  return items.flatMap((item) =>
    objectsOf(isRecord(item) && itemKind !== '' ? { kind: itemKind, ...item } : item, number),
  );
}

/** Hand-made objects often lack what the server adds; a name is needed to tell them apart. */
function identified(raw: Raw, kind: string, number: number): KubernetesObject {
  const metadata = isRecord(raw['metadata']) ? raw['metadata'] : {};
  const { name, namespace, uid, resourceVersion } = metadata;
  if (typeof name !== 'string' || name === '') {
    throw new DumpError(`Document ${number} holds a ${kind} without metadata.name.`);
  }
  const home =
    kind === 'Namespace'
      ? {}
      : { namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default' };
  const identity = {
    ...home,
    name,
    uid: typeof uid === 'string' && uid !== '' ? uid : `${kind}/${home.namespace ?? ''}/${name}`,
    resourceVersion: typeof resourceVersion === 'string' && resourceVersion !== '' ? resourceVersion : '0',
  };
  return { metadata: identity, raw: { ...raw, metadata: { ...metadata, ...identity } } };
}

const instantKeys = /(Timestamp|Time|At)$/;
/** Deeper than any instant in a Kubernetes object (containerStatuses[].lastState.terminated.finishedAt is 6). */
const deepest = 10;

function newestInstant(value: unknown, depth = 0): number | null {
  if (typeof value !== 'object' || value === null || depth > deepest) return null;
  let newest: number | null = null;
  for (const [key, child] of Object.entries(value)) {
    if (typeof child === 'string' && instantKeys.test(key)) {
      const at = Date.parse(child);
      if (!Number.isNaN(at)) newest = later(newest, at);
    } else {
      newest = later(newest, newestInstant(child, depth + 1));
    }
  }
  return newest;
}

function later(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.max(left, right);
}

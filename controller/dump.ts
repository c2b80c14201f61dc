import { assess } from '../health/assess.ts';
import type { AnyWorkloadFacts, PodFacts, ReplicaSetFacts } from '../health/kubernetes.ts';
import type { Cause, PodSnapshot, WorkloadSnapshot } from '../health/verdict.ts';
import { ClusterCache } from './cache/cluster-cache.ts';
import { type Fields, fieldsAt } from './cache/fields.ts';
import { controllerOf } from './cache/project-metadata.ts';
import { projectTemplate, valueHash } from './cache/project-workload.ts';
import { completeDump, type DumpObjects, withIdentity } from './complete-dump.ts';
import { Enqueue } from './handlers/enqueue.ts';
import { resourceOfKind, resourceOfWorkload, type WatchedResource } from './kubernetes/kinds.ts';
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
  /** Objects that were read, by kind. */
  readonly held: ReadonlyMap<string, number>;
  /** Objects of kinds that nobody judges, and manifests of pods, by kind. */
  readonly ignored: ReadonlyMap<string, number>;
  /** Clusters that the dump is of, as far as it tells: more than one were dumped into one folder. */
  readonly clusters: number;
  /** Where the dump holds pods and no workload, and so nothing that could be judged: what is to say of each pod. */
  readonly lonePods: readonly LonePod[];
  /** Newest instant found in the dump, epoch ms; null where it holds none. */
  readonly newestAt: number | null;
}

export interface LonePod {
  readonly namespace: string;
  readonly name: string;
  /** kubectl's STATUS word. */
  readonly status: string;
  /** Null where nothing is wrong with it. */
  readonly cause: string | null;
}

/** A document that holds no Kubernetes object. The message says which one and what it is. */
export class DumpError extends Error {
  override readonly name = 'DumpError';
}

/** Kinds that a dump is read for. */
export const kindsOfDump: readonly string[] = [...resourceOfKind.keys()];
/** Kinds that keep pods running as well, and that nobody judges: silence about them would look like health. */
export const otherWorkloads: readonly string[] = ['DeploymentConfig', 'Rollout', 'CloneSet'];
/** Where these kinds ever lived. Others have taken their names: a Service of Knative is none of ours. */
const groups = new Set(['', 'apps', 'extensions', 'events.k8s.io']);
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
  const objects: DumpObjects = new Map();
  const lists = new ListVersions();
  // The namespace lives as long as its cluster, so that its uid is that of the cluster.
  const clusters = new Set<string>();
  let newestAt: number | null = null;
  for (const [index, document] of documents.entries()) {
    const name = `Document ${index + 1}`;
    const empty = emptyListOf(document);
    if (empty !== null && !objects.has(empty)) fresh(objects, empty);
    const version = listVersionOf(document);
    for (const { raw, isDeleted } of objectsOf(document, name)) {
      const kind = String(raw['kind']);
      const resource = isOurs(raw) ? resourceOfKind.get(kind) : undefined;
      const object = resource === undefined ? null : identified(raw, kind, name);
      // A pod of a manifest was never started: nothing can be told of it.
      if (resource === undefined || object === null || (resource === 'pods' && !hasStatus(raw))) {
        ignored.set(kind, (ignored.get(kind) ?? 0) + 1);
        continue;
      }
      if (resource === 'namespaces' && object.metadata.name === 'kube-system') clusters.add(object.metadata.uid);
      newestAt = later(newestAt, newestInstant(raw));
      const known = objects.get(resource) ?? fresh(objects, resource);
      const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}/${resource === 'pods' ? object.metadata.uid : ''}`;
      if (isDeleted) known.delete(key);
      else if (isNewer(object, known.get(key))) known.set(key, object);
      if (version !== null) lists.hold(resource, object.metadata.namespace ?? '', key, version);
    }
  }
  for (const [resource, known] of objects) {
    for (const [key, { metadata }] of known) {
      if (lists.isGone(resource, metadata.namespace ?? '', key, Number(metadata.resourceVersion))) known.delete(key);
    }
  }
  const named = ownersNamed(objects);
  const notSupplied = [
    ...Object.values(resourceOfWorkload).filter((resource) => named.has(resource)),
    ...needed,
  ].filter((resource) => !objects.has(resource));
  completeDump(objects, now);
  const nothing = (): void => undefined;
  // Templates of one dump are compared with each other only, so the key of their hashes may be any.
  const handlers: Enqueue = new Enqueue(() => cache, nothing, nothing);
  const hash = valueHash('dump');
  const cache: ClusterCache = new ClusterCache(handlers, hash);
  for (const resource of order) fill(cache, resource, [...(objects.get(resource)?.values() ?? [])]);
  handlers.recheckNodes();
  const verdicts = [...cache.workloads()].map((workload): DumpVerdict => {
    const input = gatherInput(cache, workload, gatherers[workload.kind](cache, workload), {
      has: (resource) => objects.has(resource),
      lostNodes: handlers.lostNodes,
      usageOf: () => [],
    });
    const object = objects.get(resourceOfWorkload[workload.kind])?.get(`${workload.namespace}/${workload.name}/`);
    const isManifest = object !== undefined && !hasStatus(object.raw);
    const supplied = { ...input.supplied, status: !isManifest, everyPod: holdsEveryPod(workload, input.pods) };
    const replicaSets = input.replicaSets.map((one): ReplicaSetFacts => {
      const template = templateOf(objects.get('replicasets')?.get(`${one.namespace}/${one.name}/`));
      return template === null ? one : { ...one, template: projectTemplate(template, hash) };
    });
    const { snapshot, pods, restsOnMemory } = assess({ ...input, supplied, replicaSets }, {}, now);
    return { snapshot: withKnownSince(snapshot, newestAt === now ? null : now), pods, restsOnMemory };
  });
  const lonePods = verdicts.length > 0 ? [] : aloneIn(objects, now);
  return {
    verdicts,
    held: heldKinds(objects),
    notSupplied,
    ignored,
    clusters: Math.max(1, clusters.size),
    lonePods,
    newestAt,
  };
}

/**
 * A pod is diagnosed within a workload: each gets one that wants this pod alone. The pods of Jobs end when they are
 * done, which nothing here judges.
 */
function aloneIn(objects: DumpObjects, now: number): readonly LonePod[] {
  const pods = [...(objects.get('pods')?.values() ?? [])].filter(
    ({ raw }) => controllerOf(fieldsAt(raw, 'metadata'))?.kind !== 'Job',
  );
  if (pods.length === 0) return [];
  const documents = pods.flatMap(({ metadata, raw }) => aloneWithOwners(metadata, raw));
  const events = [...(objects.get('events')?.values() ?? [])].map(({ raw }) => raw);
  const list = { kind: 'EventList', items: events };
  return assessDump([...documents, ...(objects.has('events') ? [list] : [])], now).verdicts.flatMap(
    ({ snapshot, pods: [pod] }) =>
      pod === undefined
        ? []
        : [{ namespace: snapshot.namespace, name: pod.name, status: pod.status, cause: pod.cause?.message ?? null }],
  );
}

function aloneWithOwners({ namespace, name, uid }: KubernetesObject['metadata'], raw: Fields): readonly Fields[] {
  const owned = (kind: string): Fields => ({
    ownerReferences: [{ kind, name: uid, uid: `${kind}/${uid}`, controller: true }],
  });
  const { creationTimestamp } = fieldsAt(raw, 'metadata');
  const metadata = { namespace, name: uid, creationTimestamp };
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1 };
  return [
    {
      kind: 'Deployment',
      metadata: { ...metadata, uid: `Deployment/${uid}`, generation: 1 },
      spec: { replicas: 1 },
      status,
    },
    { kind: 'ReplicaSet', metadata: { ...metadata, uid: `ReplicaSet/${uid}`, ...owned('Deployment') } },
    { ...raw, metadata: { ...fieldsAt(raw, 'metadata'), name, uid, ...owned('ReplicaSet') } },
  ];
}

/** Before this there was no Kubernetes: an instant that was reckoned from an object without its creation. */
const firstCommit = Date.parse('2014-06-06T00:00:00Z');

/**
 * Live, what has no instant in any object began when it was first seen. A dump was not looked at before, so there is no
 * such instant.
 *
 * @param firstLook epoch ms; null where an object of the dump may name it
 */
function withKnownSince(snapshot: WorkloadSnapshot, firstLook: number | null): WorkloadSnapshot {
  const known = <T extends { readonly since: number | null }>(one: T): T =>
    one.since === null || (one.since !== firstLook && one.since >= firstCommit) ? one : { ...one, since: null };
  const { cause } = snapshot.verdict;
  return {
    ...snapshot,
    verdict: { ...known(snapshot.verdict), cause: cause === null ? null : known(cause) },
    causes: snapshot.causes.map(known).filter((cause) => cause.since !== null || !isOfTime(cause, snapshot)),
  };
}

/** That a time is over cannot be said of an object without a date; only its controller can have said so. */
function isOfTime({ code }: Cause, { conditions }: WorkloadSnapshot): boolean {
  if (code === 'ProgressDeadlineExceeded') return conditions.every(({ reason }) => reason !== code);
  return code === 'NeverHealthy';
}

/** Kinds of workloads to which pods and ReplicaSets of the dump belong: of such a kind there is one at least. */
function ownersNamed(objects: ReadonlyMap<WatchedResource, ReadonlyMap<string, KubernetesObject>>): Set<unknown> {
  const named = new Set<unknown>();
  for (const resource of ['pods', 'replicasets'] as const) {
    for (const { raw } of objects.get(resource)?.values() ?? []) {
      const owner = controllerOf(fieldsAt(raw, 'metadata'));
      named.add(resourceOfKind.get(owner?.kind === 'ReplicaSet' ? 'Deployment' : (owner?.kind ?? '')));
    }
  }
  return named;
}

function heldKinds(objects: ReadonlyMap<WatchedResource, ReadonlyMap<string, unknown>>): Map<string, number> {
  const held = new Map<string, number>();
  for (const [kind, resource] of resourceOfKind) {
    const count = objects.get(resource)?.size ?? 0;
    if (count > 0) held.set(kind, count);
  }
  return held;
}

/** The newer API of events has other names for the same. */
function coreEvent(raw: Fields): Fields {
  if (!isRecord(raw['regarding'])) return raw;
  return {
    ...raw,
    involvedObject: raw['regarding'],
    source: raw['deprecatedSource'],
    count: raw['deprecatedCount'],
    firstTimestamp: raw['deprecatedFirstTimestamp'],
    lastTimestamp: raw['deprecatedLastTimestamp'],
  };
}

/** Nobody refers to an event, so that its name is the first that is left out by hand. */
function namedEvent(raw: Fields): Fields {
  const metadata = fieldsAt(raw, 'metadata');
  if (typeof metadata['name'] === 'string') return raw;
  const { kind, namespace, name } = fieldsAt(raw, 'involvedObject');
  const said = [kind, name, raw['reason'], raw['message']].join('/');
  return { ...raw, metadata: { namespace, ...metadata, name: said } };
}

function fresh(objects: DumpObjects, resource: WatchedResource): Map<string, KubernetesObject> {
  const known = new Map<string, KubernetesObject>();
  objects.set(resource, known);
  return known;
}

/** A dump may hold an object twice, taken one after the other; without comparable versions the later one counts. */
function isNewer({ metadata }: KubernetesObject, than: KubernetesObject | undefined): boolean {
  return than === undefined || !(Number(metadata.resourceVersion) < Number(than.metadata.resourceVersion));
}

/**
 * A dump may hold lists of several moments, as two must-gathers in one folder do. What an earlier list of a namespace
 * holds and a later one does not was deleted in between; events are left out by the server for their age alone.
 */
class ListVersions {
  readonly #ofNamespace = new Map<string, number>();
  readonly #ofObject = new Map<string, number>();

  hold(resource: WatchedResource, namespace: string, key: string, version: number): void {
    const home = `${resource}/${namespace}`;
    const object = `${resource}/${key}`;
    this.#ofNamespace.set(home, Math.max(version, this.#ofNamespace.get(home) ?? 0));
    this.#ofObject.set(object, Math.max(version, this.#ofObject.get(object) ?? 0));
  }

  isGone(resource: WatchedResource, namespace: string, key: string, ownVersion: number): boolean {
    const latest = this.#ofNamespace.get(`${resource}/${namespace}`);
    if (latest === undefined || resource === 'events') return false;
    const heldAt = this.#ofObject.get(`${resource}/${key}`) ?? 0;
    // One that stands in no list may be younger than all of them.
    return heldAt < latest && ownVersion < latest;
  }
}

/** Null for a list of kubectl, which gathers answers and has no version of its own. */
function listVersionOf(document: unknown): number | null {
  if (!isRecord(document) || !Array.isArray(document['items'])) return null;
  const { resourceVersion } = fieldsAt(document, 'metadata');
  return typeof resourceVersion === 'string' && /^\d+$/.test(resourceVersion) ? Number(resourceVersion) : null;
}

function isOurs(raw: Fields): boolean {
  const { apiVersion } = raw;
  if (typeof apiVersion !== 'string') return true;
  return groups.has(apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '');
}

/**
 * A server writes a status into every object of these kinds, if an empty one: without it the object is a manifest.
 * `kubectl create --dry-run=client` writes an empty one too, but no instant of creation.
 */
function hasStatus(raw: Fields): boolean {
  const { status } = raw;
  if (!isRecord(status)) return false;
  return Object.keys(status).length > 0 || typeof fieldsAt(raw, 'metadata')['creationTimestamp'] === 'string';
}

/** A dump holds the ReplicaSets whole, of which the live watch has the metadata alone. */
function templateOf(replicaSet: KubernetesObject | undefined): Fields | null {
  if (replicaSet === undefined) return null;
  const { template } = fieldsAt(replicaSet.raw, 'spec');
  return isRecord(template) ? template : null;
}

/** Pods were chosen (only the broken ones, one namespace) where the status counts more of them than the dump holds. */
function holdsEveryPod(workload: AnyWorkloadFacts, pods: readonly PodFacts[]): boolean {
  const counted = workload.kind === 'DaemonSet' ? workload.status.currentNumberScheduled : workload.status.replicas;
  return pods.length >= counted;
}

function fill(cache: ClusterCache, resource: WatchedResource, objects: readonly KubernetesObject[]): void {
  const sink = cache.feed(resource, null);
  sink({ type: 'init' });
  for (const object of objects) sink({ type: 'initApply', object });
  sink({ type: 'initDone', resourceVersion: '0' });
}

interface Found {
  readonly raw: Fields;
  /** By the last word of a recorded watch. */
  readonly isDeleted: boolean;
}

/** @throws DumpError where the document holds anything else than objects that can be told apart */
export function checkDocument(document: unknown, name: string): void {
  for (const { raw } of objectsOf(document, name)) {
    const kind = String(raw['kind']);
    if (isOurs(raw) && resourceOfKind.has(kind)) identified(raw, kind, name);
  }
}

function objectsOf(document: unknown, name: string): readonly Found[] {
  if (document === null || document === undefined) return [];
  if (Array.isArray(document)) return document.flatMap((item) => objectsOf(withKind(item), name));
  if (isRecord(document) && isRecord(document['object']) && typeof document['type'] === 'string') {
    return watched(document['type'], document['object'], name);
  }
  if (isRecord(document) && isListWithoutKinds(document)) return objectsOf(document['items'], name);
  if (isRecord(document) && isMapOfLists(document)) {
    return objectsOf(
      Object.values(document).flatMap((list) => (isRecord(list) ? list['items'] : list)),
      name,
    );
  }
  if (!isRecord(document) || typeof document['kind'] !== 'string') {
    throw new DumpError(
      `${name} holds ${what(document)}, not a Kubernetes object: make the dump with kubectl get … -o yaml.`,
    );
  }
  const { kind, items } = document;
  if (kind === 'Status' && document['status'] === 'Failure') {
    throw new DumpError(
      `${name} holds a refusal of the API server, not objects: ${String(document['message'] ?? document['reason'])}`,
    );
  }
  if (!kind.endsWith('List') || !Array.isArray(items)) return [{ raw: document, isDeleted: false }];
  // A typed list (PodList) leaves the kind of its items out.
  const itemKind = kind.slice(0, -'List'.length);
  return items.flatMap((item) =>
    objectsOf(isRecord(item) && itemKind !== '' ? { kind: itemKind, ...item } : item, name),
  );
}

/** A list of nothing says that there is none, which a missing list does not. */
function emptyListOf(document: unknown): WatchedResource | null {
  if (!isRecord(document) || !isOurs(document)) return null;
  const { kind, items } = document;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items) || items.length > 0) return null;
  return resourceOfKind.get(kind.slice(0, -'List'.length)) ?? null;
}

/**
 * Programs that write the items of a typed client without their lists leave the kinds out: support bundles, and
 * `kubectl cluster-info dump` for years.
 */
function withKind(item: unknown): unknown {
  if (!isRecord(item) || 'kind' in item || !isRecord(item['metadata'])) return item;
  return { kind: kindByShape(item) ?? unknownKind, ...item };
}

function isListWithoutKinds({ kind, items }: Fields): boolean {
  return (
    kind === undefined &&
    Array.isArray(items) &&
    items.length > 0 &&
    items.every((item) => isRecord(item) && !('kind' in item) && isRecord(item['metadata']))
  );
}

/** Answers of the server, gathered under the names of their resources. */
function isMapOfLists(document: Fields): boolean {
  const lists = Object.values(document);
  return (
    !('kind' in document) &&
    !('items' in document) &&
    lists.length > 0 &&
    lists.every((list) => Array.isArray(list) || (isRecord(list) && Array.isArray(list['items'])))
  );
}

const unknownKind = 'an object without a kind';

/** By the fields that the server fills in for this kind and for no other. */
function kindByShape(raw: Fields): string | null {
  const spec = fieldsAt(raw, 'spec');
  const status = fieldsAt(raw, 'status');
  if (isRecord(raw['involvedObject']) || isRecord(raw['regarding'])) return 'Event';
  if (Array.isArray(spec['containers'])) return 'Pod';
  if (typeof spec['sessionAffinity'] === 'string') return 'Service';
  if (!isRecord(spec['template'])) return isNamespacePhase(status['phase']) ? 'Namespace' : null;
  if (typeof spec['podManagementPolicy'] === 'string' || typeof spec['serviceName'] === 'string') return 'StatefulSet';
  if (isRecord(spec['updateStrategy']) || 'desiredNumberScheduled' in status) return 'DaemonSet';
  // The selector of a DeploymentConfig and of a ReplicationController has no matchLabels.
  const selector = fieldsAt(spec, 'selector');
  if (!isRecord(selector['matchLabels']) && !Array.isArray(selector['matchExpressions'])) return null;
  const strategy = fieldsAt(spec, 'strategy')['type'];
  if (strategy === 'RollingUpdate' || strategy === 'Recreate') return 'Deployment';
  const isJob = 'backoffLimit' in spec || 'completions' in spec || 'parallelism' in spec;
  return 'strategy' in spec || isJob ? null : 'ReplicaSet';
}

function isNamespacePhase(phase: unknown): boolean {
  return phase === 'Active' || phase === 'Terminating';
}

/** One line of `kubectl get --watch --output-watch-events`, or of a watch of the API itself. */
function watched(type: string, object: Fields, name: string): readonly Found[] {
  if (type === 'BOOKMARK') return [];
  return objectsOf(object, name).map(({ raw }) => ({ raw, isDeleted: type === 'DELETED' }));
}

const limitQuoted = 60;

function what(document: unknown): string {
  // kubectl writes the kind of a list behind its items.
  if (isRecord(document) && Array.isArray(document['items'])) return 'a list without its kind (was the dump cut off?)';
  if (isRecord(document)) return 'an object without a kind';
  if (typeof document !== 'string') return `a ${typeof document}`;
  const text = document.replace(/\s+/g, ' ').trim();
  return `the text "${text.length > limitQuoted ? `${text.slice(0, limitQuoted)}…` : text}"`;
}

function identified(raw: Fields, kind: string, document: string): KubernetesObject {
  const object = withIdentity(kind === 'Event' ? namedEvent(coreEvent(raw)) : raw, kind);
  if (object === null) throw new DumpError(`${document} holds a ${kind} without metadata.name.`);
  return object;
}

const instantKeys = /(Timestamp|Time|At)$/;
/** Written by people and programs, who may speak of the future: when a certificate ends, when a node is to go. */
const notOfTheServer = new Set(['annotations', 'labels', 'spec', 'managedFields']);
/** Deeper than any instant in a Kubernetes object (containerStatuses[].lastState.terminated.finishedAt is 6). */
const deepest = 10;

function newestInstant(value: unknown, depth = 0): number | null {
  if (typeof value !== 'object' || value === null || depth > deepest) return null;
  let newest: number | null = null;
  for (const [key, child] of Object.entries(value)) {
    if (typeof child === 'string' && instantKeys.test(key)) {
      const at = Date.parse(child);
      if (!Number.isNaN(at)) newest = later(newest, at);
    } else if (!notOfTheServer.has(key)) {
      newest = later(newest, newestInstant(child, depth + 1));
    }
  }
  return newest;
}

function later(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.max(left, right);
}

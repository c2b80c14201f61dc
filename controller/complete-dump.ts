import { type Fields, fieldsAt } from './cache/fields.ts';
import { controllerOf } from './cache/project-metadata.ts';
import type { WatchedResource } from './kubernetes/kinds.ts';
import { isRecord, type KubernetesObject } from './kubernetes/kubernetes-object.ts';

/**
 * Who belongs to whom is said by uid. Excerpts, redacted dumps and objects that were written by hand lack some or all of
 * it: what the names and the labels of the controllers say as well is put in its place.
 */
export type DumpObjects = Map<WatchedResource, Map<string, KubernetesObject>>;

/** @param now epoch ms; stands for the instant of an event that names none */
export function completeDump(objects: DumpObjects, now: number): void {
  const uids = uidsByName(objects);
  const complete = (resource: WatchedResource, raw: (object: KubernetesObject) => Fields): void => {
    for (const [key, object] of objects.get(resource) ?? []) {
      objects.get(resource)?.set(key, { ...object, raw: raw(object) });
    }
  };
  for (const resource of ['deployments', 'statefulsets', 'daemonsets'] as const) {
    complete(resource, ({ raw }) => withNumbers(raw, resource));
  }
  complete('replicasets', (object) => withOwner(object, 'replicasets', uids));
  complete('pods', (object) => withReadiness(withOwner(object, 'pods', uids)));
  const containers = onlyContainers(objects);
  complete('events', (object) => withInstant(withContainer(withSubject(object, uids), containers), now));
  if (!objects.has('replicasets')) inferReplicaSets(objects);
}

/** The uid of an object that has none. */
function nameKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

/** Null without a name, which is needed to tell objects apart; the rest of what a server adds may be missing. */
export function withIdentity(raw: Fields, kind: string): KubernetesObject | null {
  const metadata = fieldsAt(raw, 'metadata');
  const { name, namespace, uid, resourceVersion } = metadata;
  if (typeof name !== 'string' || name === '') return null;
  const home =
    kind === 'Namespace'
      ? {}
      : { namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default' };
  const identity = {
    ...home,
    name,
    uid: typeof uid === 'string' && uid !== '' ? uid : nameKey(kind, home.namespace, name),
    resourceVersion: typeof resourceVersion === 'string' && resourceVersion !== '' ? resourceVersion : '0',
  };
  const complete = { ...metadata, ...identity, ...textsIn(metadata, ['labels', 'annotations']) };
  return { metadata: identity, raw: { ...raw, metadata: complete, ...texts(raw) } };
}

/** Fields that hold nothing but texts: without their quotes YAML takes 5 and True for something else. */
function texts(raw: Fields): Fields {
  const spec = fieldsAt(raw, 'spec');
  const selector = fieldsAt(spec, 'selector');
  const template = fieldsAt(spec, 'template');
  const status = fieldsAt(raw, 'status');
  const { conditions } = status;
  const given: Record<string, unknown> = {};
  if (isRecord(selector['matchLabels'])) given['selector'] = { ...selector, ...textsIn(selector, ['matchLabels']) };
  else if (isRecord(spec['selector'])) Object.assign(given, textsIn(spec, ['selector']));
  if (isRecord(template['metadata'])) {
    const metadata = fieldsAt(template, 'metadata');
    given['template'] = { ...template, metadata: { ...metadata, ...textsIn(metadata, ['labels', 'annotations']) } };
  }
  return {
    ...(isRecord(raw['spec']) ? { spec: { ...spec, ...given } } : {}),
    ...(Array.isArray(conditions) ? { status: { ...status, conditions: conditions.map(withStatusText) } } : {}),
  };
}

function textsIn(record: Fields, keys: readonly string[]): Fields {
  const texts: Record<string, unknown> = {};
  for (const key of keys) {
    const values = record[key];
    if (isRecord(values))
      texts[key] = Object.fromEntries(Object.entries(values).map(([name, one]) => [name, text(one)]));
  }
  return texts;
}

function text(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function withStatusText(condition: unknown): unknown {
  if (!isRecord(condition) || typeof condition['status'] !== 'boolean') return condition;
  return { ...condition, status: condition['status'] ? 'True' : 'False' };
}

/** A kubelet writes the condition with the containers; where it was left out, they tell the same. */
function withReadiness(raw: Fields): Fields {
  const status = fieldsAt(raw, 'status');
  const { conditions, containerStatuses } = status;
  const said: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  const isSaid = said.some((one) => isRecord(one) && one['type'] === 'Ready');
  if (isSaid || status['phase'] !== 'Running' || !Array.isArray(containerStatuses)) return raw;
  const isReady =
    containerStatuses.length > 0 && containerStatuses.every((one) => isRecord(one) && one['ready'] === true);
  const ready = { type: 'Ready', status: isReady ? 'True' : 'False' };
  return { ...raw, status: { ...status, conditions: [...said, ready] } };
}

/** Which numbers stand for each other where one was left out. */
const numbersOf = {
  deployments: [
    ['readyReplicas', 'availableReplicas'],
    ['updatedReplicas', 'replicas'],
  ],
  statefulsets: [
    ['readyReplicas', 'availableReplicas'],
    ['currentReplicas', 'replicas'],
    ['updatedReplicas', 'replicas'],
  ],
  daemonsets: [
    ['numberReady', 'numberAvailable'],
    ['currentNumberScheduled', 'desiredNumberScheduled'],
    ['updatedNumberScheduled', 'desiredNumberScheduled'],
  ],
} as const;

/**
 * A number that a controller leaves out is zero. One that writes numbers says of which generation they are as well:
 * without it the status is an excerpt, and a number that is missing is not known.
 */
function withNumbers(raw: Fields, resource: keyof typeof numbersOf): Fields {
  const status = fieldsAt(raw, 'status');
  if ('observedGeneration' in status || Object.keys(status).length === 0) return raw;
  const complete: Record<string, unknown> = { ...status };
  for (const [number, other] of numbersOf[resource]) {
    if (number in status || typeof status[other] !== 'number') continue;
    complete[number] = status[other];
  }
  // Of the ready ones, where none is said to be unavailable.
  const isSaid = ['availableReplicas', 'unavailableReplicas', 'numberAvailable', 'numberUnavailable'].some(
    (number) => number in status,
  );
  if (!isSaid && resource === 'deployments') complete['availableReplicas'] = status['readyReplicas'];
  return { ...raw, status: complete };
}

/** What nobody dated was written down because it stands. */
function withInstant(raw: Fields, now: number): Fields {
  const dates = [raw, fieldsAt(raw, 'series'), fieldsAt(raw, 'metadata')].flatMap((part) =>
    ['lastTimestamp', 'firstTimestamp', 'eventTime', 'lastObservedTime', 'creationTimestamp'].map((key) => part[key]),
  );
  return dates.some((date) => typeof date === 'string') ? raw : { ...raw, lastTimestamp: new Date(now).toISOString() };
}

type Uids = ReadonlyMap<string, string>;

/** Of several pods that bore the name one after the other the last that the dump holds. */
function uidsByName(objects: DumpObjects): Uids {
  const uids = new Map<string, string>();
  for (const [resource, known] of objects) {
    if (resource === 'events') continue;
    for (const { metadata, raw } of known.values()) {
      uids.set(nameKey(String(raw['kind']), metadata.namespace, metadata.name), metadata.uid);
    }
  }
  return uids;
}

/** What is said counts, unless the dump holds the object and knows no uid of it. */
function uidOf(key: string, said: unknown, uids: Uids): string {
  const known = uids.get(key);
  return typeof said === 'string' && said !== '' && known !== key ? said : (known ?? key);
}

function withSubject({ metadata, raw }: KubernetesObject, uids: Uids): Fields {
  const subject = raw['involvedObject'];
  if (!isRecord(subject)) return raw;
  const { kind, name, namespace = metadata.namespace, uid: said } = subject;
  const uid = uidOf(nameKey(String(kind), String(namespace), String(name)), said, uids);
  return uid === said ? raw : { ...raw, involvedObject: { ...subject, namespace, uid } };
}

/** Pods of one container, by uid: an event about it that does not name it can mean no other. */
function onlyContainers(objects: DumpObjects): ReadonlyMap<unknown, string> {
  const names = new Map<unknown, string>();
  for (const { metadata, raw } of objects.get('pods')?.values() ?? []) {
    const { containers, initContainers } = fieldsAt(raw, 'spec');
    if (initContainers !== undefined || !Array.isArray(containers) || containers.length !== 1) continue;
    const only: unknown = containers[0];
    if (isRecord(only) && typeof only['name'] === 'string') names.set(metadata.uid, only['name']);
  }
  return names;
}

const reasonsOfContainers = new Set(['Failed', 'BackOff', 'Unhealthy', 'Killing', 'Pulling', 'Pulled']);

function withContainer(raw: Fields, containers: ReadonlyMap<unknown, string>): Fields {
  const subject = fieldsAt(raw, 'involvedObject');
  const container = containers.get(subject['uid']);
  if (container === undefined || 'fieldPath' in subject || !reasonsOfContainers.has(String(raw['reason']))) return raw;
  return { ...raw, involvedObject: { ...subject, fieldPath: `spec.containers{${container}}` } };
}

const controllers = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet']);

function withOwner({ metadata, raw }: KubernetesObject, resource: 'replicasets' | 'pods', uids: Uids): Fields {
  const { ownerReferences } = fieldsAt(raw, 'metadata');
  const said: readonly unknown[] = Array.isArray(ownerReferences) ? ownerReferences : [];
  const references = said.length > 0 ? said : ownersByName(metadata, raw, resource, uids);
  const complete = references.map((reference) => {
    if (!isRecord(reference)) return reference;
    const { kind, name } = reference;
    const uid = uidOf(nameKey(String(kind), metadata.namespace, String(name)), reference['uid'], uids);
    // The only owner of a pod is its controller.
    const isController = references.length === 1 && controllers.has(String(kind));
    const controller = reference['controller'] ?? isController;
    return uid === reference['uid'] && controller === reference['controller']
      ? reference
      : { ...reference, uid, controller };
  });
  return complete.every((reference, index) => reference === said[index])
    ? raw
    : { ...raw, metadata: { ...fieldsAt(raw, 'metadata'), ownerReferences: complete } };
}

/** By the hash that the controllers put into a label of all they make: what bears none was made by a person. */
function ownersByName(
  { namespace, name }: KubernetesObject['metadata'],
  raw: Fields,
  resource: 'replicasets' | 'pods',
  uids: Uids,
): readonly Fields[] {
  const labels = fieldsAt(fieldsAt(raw, 'metadata'), 'labels');
  const owner = name.slice(0, name.lastIndexOf('-'));
  const kinds =
    labels['pod-template-hash'] !== undefined
      ? [resource === 'pods' ? 'ReplicaSet' : 'Deployment']
      : labels['controller-revision-hash'] !== undefined
        ? ['StatefulSet', 'DaemonSet'].filter((kind) => uids.has(nameKey(kind, namespace, owner)))
        : [];
  return owner === '' ? [] : kinds.map((kind) => ({ kind, name: owner }));
}

/**
 * `kubectl get deploy,pods` leaves out what stands between the two. A pod names its ReplicaSet with uid, and the
 * Deployment controller calls that one after the Deployment, a dash and a hash without one, so the chain can be made
 * whole; the ReplicaSet with the youngest pod is the newest.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/deployment/sync.go (getNewReplicaSet)
 */
function inferReplicaSets(objects: DumpObjects): void {
  const deployments = objects.get('deployments');
  const youngest = new Map<
    string,
    { readonly replicaSet: Fields; readonly deployment: Fields; readonly createdAt: number }
  >();
  for (const { raw } of objects.get('pods')?.values() ?? []) {
    const metadata = fieldsAt(raw, 'metadata');
    const owner = controllerOf(metadata);
    const labels = fieldsAt(metadata, 'labels');
    // Of a pod with labels and without the hash another controller made the ReplicaSet.
    const hash = Object.keys(labels).length === 0 ? '' : labels['pod-template-hash'];
    if (owner?.kind !== 'ReplicaSet' || hash === undefined) continue;
    const { namespace } = metadata;
    const deployment = deployments?.get(
      `${String(namespace)}/${owner.name.slice(0, owner.name.lastIndexOf('-'))}/`,
    )?.raw;
    const createdAt = Date.parse(String(metadata['creationTimestamp'])) || 0;
    if (deployment === undefined || createdAt < (youngest.get(owner.uid)?.createdAt ?? 0)) continue;
    const { name, uid } = fieldsAt(deployment, 'metadata');
    const replicaSet = {
      namespace,
      name: owner.name,
      uid: owner.uid,
      labels: { 'pod-template-hash': hash },
      creationTimestamp: metadata['creationTimestamp'],
      ownerReferences: [{ kind: 'Deployment', name, uid, controller: true }],
    };
    youngest.set(owner.uid, { replicaSet, deployment, createdAt });
  }
  if (youngest.size === 0) return;
  const inferred = new Map<string, KubernetesObject>();
  objects.set('replicasets', inferred);
  const newest = new Set<Fields>();
  for (const { replicaSet, deployment } of [...youngest.values()].sort((one, two) => two.createdAt - one.createdAt)) {
    const annotations = newest.has(deployment) ? {} : fieldsAt(fieldsAt(deployment, 'metadata'), 'annotations');
    newest.add(deployment);
    const raw = { kind: 'ReplicaSet', metadata: { ...replicaSet, annotations } };
    const object = withIdentity(raw, 'ReplicaSet');
    if (object !== null) inferred.set(`${String(replicaSet['namespace'])}/${String(replicaSet['name'])}/`, object);
  }
}

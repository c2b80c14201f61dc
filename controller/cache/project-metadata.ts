import type { ConditionFacts, OwnerFacts } from '../../health/kubernetes.ts';
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts';
import { type Fields, fieldsAt, flagAt, instantAt, listAt, textAt, textMapAt, textsAt } from './fields.ts';

/** What every cached object has beside its facts. */
export interface Versioned {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `versionMark` of its resource version. */
  readonly version: number;
}

/**
 * A resource version as a small integer, good for one question only: is this the version that we have already?
 * Nine digits fit into V8's small integers, so that it takes no memory of its own; two versions of one object that
 * differ by a multiple of 10⁹ are not met within the life of an object.
 */
export function versionMark(resourceVersion: string): number {
  const digits = Number(resourceVersion.length > 9 ? resourceVersion.slice(-9) : resourceVersion);
  if (Number.isInteger(digits) && digits >= 0) return digits;
  let mark = 0;
  for (let index = 0; index < resourceVersion.length; index++) {
    mark = (Math.imul(mark, 31) + resourceVersion.charCodeAt(index)) & 0x3fff_ffff;
  }
  return mark;
}

export function metadataOf(object: KubernetesObject): Fields {
  return fieldsAt(object.raw, 'metadata');
}

/** The part of `metadata` that all kinds have; the identity was checked when the object came in. */
export function projectMetadata(object: KubernetesObject) {
  const metadata = metadataOf(object);
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    namespace: namespace ?? '',
    name,
    uid,
    version: versionMark(resourceVersion),
    createdAt: instantAt(metadata, 'creationTimestamp') ?? 0,
    deletionAt: instantAt(metadata, 'deletionTimestamp'),
    finalizers: textsAt(metadata, 'finalizers'),
  };
}

/** The owner with `controller: true`; other owners do not manage the object. */
export function controllerOf(metadata: Fields): OwnerFacts | null {
  for (const reference of listAt(metadata, 'ownerReferences')) {
    if (!flagAt(reference, 'controller')) continue;
    const [kind, name, uid] = [textAt(reference, 'kind'), textAt(reference, 'name'), textAt(reference, 'uid')];
    if (kind !== null && name !== null && uid !== null) return { kind, name, uid };
  }
  return null;
}

export function labelsOf(metadata: Fields): Readonly<Record<string, string>> {
  return textMapAt(metadata, 'labels');
}

/** The conditions that have a type; a status that is none of the three words is Unknown. */
export function projectConditions(status: Fields): readonly ConditionFacts[] {
  const conditions: ConditionFacts[] = [];
  for (const condition of listAt(status, 'conditions')) {
    const type = textAt(condition, 'type');
    if (type === null) continue;
    const word = condition['status'];
    conditions.push({
      type,
      status: word === 'True' || word === 'False' ? word : 'Unknown',
      reason: textAt(condition, 'reason'),
      message: textAt(condition, 'message'),
      lastTransitionAt: instantAt(condition, 'lastTransitionTime'),
      lastUpdateAt: instantAt(condition, 'lastUpdateTime'),
    });
  }
  return conditions;
}

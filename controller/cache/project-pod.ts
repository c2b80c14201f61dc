import type {
  ConditionFacts,
  ContainerStateFacts,
  ContainerStatusFacts,
  PodFacts,
  TerminationFacts,
} from '../../health/kubernetes.ts';
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts';
import {
  countAt,
  type Fields,
  fieldsAt,
  fieldsOrNull,
  flagAt,
  instantAt,
  integerOrNull,
  listAt,
  textAt,
  textsAt,
} from './fields.ts';
import { type SpecPartPool, StringPool } from './intern-pool.ts';
import { ownLabelValue, pack, PackedPod, perPodLabels, type PodDetails, type PodShape } from './packed-pod.ts';
import { controllerOf, labelsOf, metadataOf, projectConditions, versionMark } from './project-metadata.ts';
import { projectPodSpec, targetNodeOf } from './project-pod-spec.ts';
import { isEqual, SiblingPool } from './sibling-pool.ts';

/** Controllers whose pods are kept. Pods of Jobs, static pods and bare ones belong to no workload that is judged. */
const judgedOwners: ReadonlySet<string> = new Set(['ReplicaSet', 'StatefulSet', 'DaemonSet']);

/** Turns the pods of the wire into packed ones; equal parts of different pods become one object. */
export class PodProjection {
  readonly #shapes = new SiblingPool<PodShape>();
  readonly #texts = new StringPool();
  readonly #parts: SpecPartPool;

  constructor(parts: SpecPartPool) {
    this.#parts = parts;
  }

  /** Null for a pod that no ReplicaSet, StatefulSet or DaemonSet controls. Total: never throws, whatever `raw` holds. */
  project(object: KubernetesObject): PackedPod | null {
    const metadata = metadataOf(object);
    const owner = controllerOf(metadata);
    if (owner === null || !judgedOwners.has(owner.kind)) return null;

    const spec = fieldsAt(object.raw, 'spec');
    const status = fieldsAt(object.raw, 'status');
    const { name, uid, resourceVersion } = object.metadata;
    const nodeName = this.#intern(textAt(spec, 'nodeName'));
    const target = targetNodeOf(spec);
    const createdSeconds = secondsAt(metadata, 'creationTimestamp');

    const conditions = projectConditions(status);
    const steps = ordinarySteps(conditions, createdSeconds);
    const containerStatuses = listAt(status, 'containerStatuses');
    const started = steps === null ? null : ordinaryStarts(containerStatuses, steps.readySeconds);
    const phase = phaseOf(status);
    const reason = this.#intern(textAt(status, 'reason'));
    const message = textAt(status, 'message');
    const nominatedNodeName = this.#intern(textAt(status, 'nominatedNodeName'));
    const pinned = target !== null && target === nodeName;
    const initContainerStatuses = listAt(status, 'initContainerStatuses').map((status) => this.#status(status));
    const isOrdinary =
      phase === 'Running' &&
      reason === null &&
      message === null &&
      nominatedNodeName === null &&
      (target === null || pinned) &&
      steps !== null &&
      started !== null &&
      initContainerStatuses.length === 0;
    const details: PodDetails | null = isOrdinary
      ? null
      : {
          phase,
          reason,
          message,
          nominatedNodeName,
          targetNodeName: pinned ? null : this.#intern(target),
          conditions: steps === null ? conditions.map((condition) => this.#condition(condition)) : null,
          containerStatuses: started === null ? containerStatuses.map((status) => this.#status(status)) : null,
          initContainerStatuses,
        };

    return new PackedPod({
      shape: this.#shape(owner.uid, {
        namespace: object.metadata.namespace ?? '',
        owner,
        spec: projectPodSpec(spec, name),
        ...splitLabels(labelsOf(metadata), name),
        finalizers: textsAt(metadata, 'finalizers'),
        containers: started === null ? [] : containerStatuses.map(nameAndImage),
        pinned,
        hasReadyToStart: steps?.hasReadyToStart ?? false,
      }),
      name,
      uid,
      nodeName,
      version: versionMark(resourceVersion),
      createdSeconds,
      deletionSeconds: secondsAt(metadata, 'deletionTimestamp'),
      startSeconds: secondsAt(status, 'startTime'),
      firstSteps: steps?.firstSteps ?? 0,
      readySeconds: steps?.readySeconds ?? 0,
      started: started ?? 0,
      details,
    });
  }

  /** Distinct shapes and words, for `/metrics`. */
  get sizes(): { readonly shapes: number; readonly texts: number } {
    return { shapes: this.#shapes.size, texts: this.#texts.size };
  }

  #shape(ownerUid: string, parsed: PodShape): PodShape {
    return this.#shapes.share(ownerUid, parsed, (sibling) => {
      const shape = this.#inSharedWords(parsed);
      const takenOver = <Key extends keyof PodShape>(key: Key): PodShape[Key] =>
        sibling !== null && isEqual(sibling[key], shape[key]) ? sibling[key] : shape[key];
      const spec = takenOver('spec');
      return {
        ...shape,
        owner: takenOver('owner'),
        labels: takenOver('labels'),
        containers: takenOver('containers'),
        spec: spec === shape.spec ? this.#parts.share(spec) : spec,
      };
    });
  }

  /** What other workloads say too: kinds, namespaces, labels of a chart, sidecars. */
  #inSharedWords(shape: PodShape): PodShape {
    const { words } = this.#parts;
    const { namespace, owner, labels, containers } = shape;
    return {
      ...shape,
      namespace: words.intern(namespace),
      owner: owner === null ? null : { ...owner, kind: words.intern(owner.kind) },
      labels: Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, words.intern(value)])),
      containers: containers.map(({ name, imageId }) => ({
        name: words.intern(name),
        imageId: words.internOrNull(imageId),
      })),
    };
  }

  #intern(text: string | null): string | null {
    return this.#texts.internOrNull(text);
  }

  #condition(condition: ConditionFacts): ConditionFacts {
    return { ...condition, type: this.#texts.intern(condition.type), reason: this.#intern(condition.reason) };
  }

  #status(status: Fields): ContainerStatusFacts {
    const started = status['started'];
    return {
      name: this.#texts.intern(textAt(status, 'name') ?? ''),
      ready: flagAt(status, 'ready'),
      started: typeof started === 'boolean' ? started : null,
      restartCount: countAt(status, 'restartCount'),
      imageId: this.#intern(textAt(status, 'imageID')),
      state: this.#state(fieldsAt(status, 'state')),
      lastTermination: this.#termination(fieldsOrNull(fieldsAt(status, 'lastState'), 'terminated')),
      unhealthyDevices: unhealthyDevices(status),
    };
  }

  #state(state: Fields): ContainerStateFacts {
    const terminated = this.#termination(fieldsOrNull(state, 'terminated'));
    if (terminated !== null) return { kind: 'terminated', ...terminated };
    const running = fieldsOrNull(state, 'running');
    if (running !== null) return { kind: 'running', startedAt: instantAt(running, 'startedAt') };
    const waiting = fieldsOrNull(state, 'waiting');
    if (waiting === null) return { kind: 'unknown' };
    return { kind: 'waiting', reason: this.#intern(textAt(waiting, 'reason')), message: textAt(waiting, 'message') };
  }

  #termination(terminated: Fields | null): TerminationFacts | null {
    if (terminated === null) return null;
    return {
      // Left out on the wire when it is 0.
      exitCode: integerOrNull(terminated, 'exitCode') ?? 0,
      signal: integerOrNull(terminated, 'signal') || null,
      reason: this.#intern(textAt(terminated, 'reason')),
      message: textAt(terminated, 'message'),
      startedAt: instantAt(terminated, 'startedAt'),
      finishedAt: instantAt(terminated, 'finishedAt'),
    };
  }
}

function phaseOf(status: Fields): PodFacts['phase'] {
  const phase = status['phase'];
  switch (phase) {
    case 'Pending':
    case 'Running':
    case 'Succeeded':
    case 'Failed':
      return phase;
    case undefined:
    case null:
    case '':
      return 'None';
    default:
      return 'Unknown';
  }
}

function secondsAt(fields: Fields, key: string): number {
  return Math.floor((instantAt(fields, key) ?? 0) / 1000);
}

interface OrdinarySteps {
  readonly firstSteps: number;
  readonly readySeconds: number;
  readonly hasReadyToStart: boolean;
}

/** The conditions of a pod that came up without trouble, as numbers; null when they say anything more than that. */
function ordinarySteps(conditions: readonly ConditionFacts[], createdSeconds: number): OrdinarySteps | null {
  const seconds: Record<string, number> = {};
  for (const { type, status, reason, message, lastTransitionAt } of conditions) {
    if (status !== 'True' || reason !== null || message !== null || lastTransitionAt === null) return null;
    if (type in seconds) return null;
    seconds[type] = Math.floor(lastTransitionAt / 1000);
  }
  const { PodScheduled, Initialized, Ready, ContainersReady, PodReadyToStartContainers } = seconds;
  if (PodScheduled === undefined || Initialized === undefined || Ready === undefined) return null;
  if (Ready !== ContainersReady) return null;
  const hasReadyToStart = PodReadyToStartContainers !== undefined;
  if (conditions.length !== (hasReadyToStart ? 5 : 4)) return null;
  const firstSteps = pack(
    [PodScheduled, Initialized, PodReadyToStartContainers ?? createdSeconds].map((at) => at - createdSeconds),
  );
  return firstSteps === null ? null : { firstSteps, readySeconds: Ready, hasReadyToStart };
}

/** When the containers started, if all of them run, are ready and never restarted; null otherwise. */
function ordinaryStarts(statuses: readonly Fields[], readySeconds: number): number | readonly number[] | null {
  if (statuses.length === 0) return null;
  const starts: number[] = [];
  for (const status of statuses) {
    const state = fieldsAt(status, 'state');
    const running = fieldsOrNull(state, 'running');
    const startedAt = running === null ? null : instantAt(running, 'startedAt');
    const isOrdinary =
      startedAt !== null &&
      status['ready'] === true &&
      status['started'] === true &&
      countAt(status, 'restartCount') === 0 &&
      fieldsOrNull(state, 'terminated') === null &&
      fieldsOrNull(fieldsAt(status, 'lastState'), 'terminated') === null &&
      unhealthyDevices(status).length === 0;
    if (!isOrdinary) return null;
    starts.push(Math.floor(startedAt / 1000));
  }
  return pack(starts.map((at) => readySeconds - at)) ?? starts;
}

function nameAndImage(status: Fields): { readonly name: string; readonly imageId: string | null } {
  return { name: textAt(status, 'name') ?? '', imageId: textAt(status, 'imageID') };
}

/** Names of devices that their plugin calls unhealthy: `status.containerStatuses[].allocatedResourcesStatus`. */
function unhealthyDevices(status: Fields): readonly string[] {
  return listAt(status, 'allocatedResourcesStatus').flatMap((resource) =>
    listAt(resource, 'resources').some((device) => device['health'] === 'Unhealthy')
      ? [textAt(resource, 'name') ?? 'unknown']
      : [],
  );
}

/** Takes out the labels that a pod has for itself, so that its siblings' labels are equal. */
function splitLabels(
  labels: Readonly<Record<string, string>>,
  podName: string,
): { readonly labels: Readonly<Record<string, string>>; readonly ownLabels: readonly string[] } {
  const ownLabels = perPodLabels.filter((label) => labels[label] === ownLabelValue(label, podName));
  if (ownLabels.length === 0) return { labels, ownLabels };
  const common = Object.entries(labels).filter(([label]) => !ownLabels.some((own) => own === label));
  return { labels: Object.fromEntries(common), ownLabels };
}

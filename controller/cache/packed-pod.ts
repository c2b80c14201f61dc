import type {
  ConditionFacts,
  ContainerStatusFacts,
  OwnerFacts,
  PodFacts,
  PodSpecFacts,
} from '../../health/kubernetes.ts';
import type { Versioned } from './project-metadata.ts';

/**
 * A pod in about 280 bytes, beside its share of the shape (`scripts/bench pod-memory`). There are ten times as many pods
 * as anything else, and nearly all of them are Running and Ready with nothing to tell, so:
 *
 *     shape     what siblings have in common, one object for all of them
 *     numbers   instants in seconds (small integers take no memory of their own), short distances packed three to one
 *     details   whatever is not as in an ordinary pod; null for most
 *
 * The getters build what the rules read. Reading twice builds twice: keep what you read in a local.
 */
export class PackedPod implements PodFacts, Versioned {
  readonly #shape: PodShape;
  readonly name: string;
  readonly uid: string;
  readonly nodeName: string | null;
  readonly version: number;
  readonly #createdSeconds: number;
  /** 0 for none, as all instants here. */
  readonly #deletionSeconds: number;
  readonly #startSeconds: number;
  /** Seconds from creation to PodScheduled, Initialized and PodReadyToStartContainers. */
  readonly #firstSteps: number;
  /** When Ready and ContainersReady became True. */
  readonly #readySeconds: number;
  /** Seconds from the start of each container to Ready, packed; as a list of instants when they do not fit. */
  readonly #started: number | readonly number[];
  readonly #details: PodDetails | null;

  constructor(parts: PodParts) {
    this.#shape = parts.shape;
    this.name = parts.name;
    this.uid = parts.uid;
    this.nodeName = parts.nodeName;
    this.version = parts.version;
    this.#createdSeconds = parts.createdSeconds;
    this.#deletionSeconds = parts.deletionSeconds;
    this.#startSeconds = parts.startSeconds;
    this.#firstSteps = parts.firstSteps;
    this.#readySeconds = parts.readySeconds;
    this.#started = parts.started;
    this.#details = parts.details;
  }

  get namespace(): string {
    return this.#shape.namespace;
  }
  get owner(): OwnerFacts | null {
    return this.#shape.owner;
  }
  get spec(): PodSpecFacts {
    return this.#shape.spec;
  }
  get finalizers(): readonly string[] {
    return this.#shape.finalizers;
  }
  get createdAt(): number {
    return this.#createdSeconds * 1000;
  }
  get deletionAt(): number | null {
    return instant(this.#deletionSeconds);
  }
  get startAt(): number | null {
    return instant(this.#startSeconds);
  }

  get labels(): Readonly<Record<string, string>> {
    const { labels, ownLabels } = this.#shape;
    if (ownLabels.length === 0) return labels;
    const own = ownLabels.map((label) => [label, ownLabelValue(label, this.name)] as const);
    return { ...labels, ...Object.fromEntries(own) };
  }

  get targetNodeName(): string | null {
    return this.#shape.pinned ? this.nodeName : (this.#details?.targetNodeName ?? null);
  }
  get nominatedNodeName(): string | null {
    return this.#details?.nominatedNodeName ?? null;
  }
  get phase(): PodFacts['phase'] {
    return this.#details?.phase ?? 'Running';
  }
  get reason(): string | null {
    return this.#details?.reason ?? null;
  }
  get message(): string | null {
    return this.#details?.message ?? null;
  }

  get conditions(): readonly ConditionFacts[] {
    const explicit = this.#details?.conditions;
    if (explicit) return explicit;
    const readyAt = this.#readySeconds * 1000;
    const at = (step: number): number => (this.#createdSeconds + unpack(this.#firstSteps, step)) * 1000;
    const conditions = [
      isTrue('Initialized', at(1)),
      isTrue('Ready', readyAt),
      isTrue('ContainersReady', readyAt),
      isTrue('PodScheduled', at(0)),
    ];
    if (this.#shape.hasReadyToStart) conditions.unshift(isTrue('PodReadyToStartContainers', at(2)));
    return conditions;
  }

  /** What its condition Ready says. Asked at every change of a pod, so it makes no list where there is nothing to tell. */
  get isReady(): boolean {
    const explicit = this.#details?.conditions;
    return !explicit || explicit.some(({ type, status }) => type === 'Ready' && status === 'True');
  }

  /** Ready and not on its way out: it keeps a Service alive. */
  get isServing(): boolean {
    return this.deletionAt === null && this.isReady;
  }

  get containerStatuses(): readonly ContainerStatusFacts[] {
    const explicit = this.#details?.containerStatuses;
    if (explicit) return explicit;
    const started = this.#started;
    return this.#shape.containers.map(({ name, imageId }, index) => ({
      name,
      ready: true,
      started: true,
      restartCount: 0,
      imageId,
      state: {
        kind: 'running',
        startedAt:
          (typeof started === 'number' ? this.#readySeconds - unpack(started, index) : (started[index] ?? 0)) * 1000,
      },
      lastTermination: null,
      unhealthyDevices: nothing,
    }));
  }

  get initContainerStatuses(): readonly ContainerStatusFacts[] {
    return this.#details?.initContainerStatuses ?? nothing;
  }
}

/** What the pods of one revision of one workload share. */
export interface PodShape {
  readonly namespace: string;
  readonly owner: OwnerFacts | null;
  readonly spec: PodSpecFacts;
  /** Without `ownLabels`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels whose value follows from the pod's name (`ownLabelValue`). */
  readonly ownLabels: readonly string[];
  readonly finalizers: readonly string[];
  /** Of an ordinary pod, in the order of the wire. */
  readonly containers: readonly { readonly name: string; readonly imageId: string | null }[];
  /** Pinned to the node that it is on. */
  readonly pinned: boolean;
  /** The server writes the condition PodReadyToStartContainers. */
  readonly hasReadyToStart: boolean;
}

/** What is not as in an ordinary pod; null where it is. */
export interface PodDetails {
  readonly phase: PodFacts['phase'];
  readonly reason: string | null;
  readonly message: string | null;
  readonly nominatedNodeName: string | null;
  readonly targetNodeName: string | null;
  readonly conditions: readonly ConditionFacts[] | null;
  readonly containerStatuses: readonly ContainerStatusFacts[] | null;
  readonly initContainerStatuses: readonly ContainerStatusFacts[];
}

export interface PodParts {
  readonly shape: PodShape;
  readonly name: string;
  readonly uid: string;
  readonly nodeName: string | null;
  readonly version: number;
  readonly createdSeconds: number;
  readonly deletionSeconds: number;
  readonly startSeconds: number;
  readonly firstSteps: number;
  readonly readySeconds: number;
  readonly started: number | readonly number[];
  readonly details: PodDetails | null;
}

const nothing: readonly never[] = Object.freeze([]);

/** Labels that the StatefulSet controller gives each pod for itself. */
const podNameLabel = 'statefulset.kubernetes.io/pod-name';
const podIndexLabel = 'apps.kubernetes.io/pod-index';
export const perPodLabels = [podNameLabel, podIndexLabel] as const;

/** What such a label says on the pod of that name. */
export function ownLabelValue(label: string, podName: string): string {
  return label === podIndexLabel ? podName.slice(podName.lastIndexOf('-') + 1) : podName;
}

/** Three distances of at most 1,023 in one small integer of 30 bits: 17 min are more than an ordinary start takes. */
const bitsEach = 10;
const limitEach = (1 << bitsEach) - 1;
const limitPacked = 3;

/** The numbers in one, or null when one of them is negative or too big, or when there are more than three. */
export function pack(distances: readonly number[]): number | null {
  if (distances.length > limitPacked) return null;
  let packed = 0;
  for (const [index, distance] of distances.entries()) {
    if (!Number.isInteger(distance) || distance < 0 || distance > limitEach) return null;
    packed |= distance << (index * bitsEach);
  }
  return packed;
}

function unpack(packed: number, index: number): number {
  return (packed >> (index * bitsEach)) & limitEach;
}

function instant(seconds: number): number | null {
  return seconds === 0 ? null : seconds * 1000;
}

function isTrue(type: string, lastTransitionAt: number): ConditionFacts {
  return { type, status: 'True', reason: null, message: null, lastTransitionAt, lastUpdateAt: null };
}

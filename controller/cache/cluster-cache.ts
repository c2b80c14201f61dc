import type {
  DaemonSetFacts,
  DeploymentFacts,
  EventFacts,
  PodFacts,
  StatefulSetFacts,
  TemplateFacts,
} from '../../health/kubernetes.ts';
import { type WorkloadKey, type WorkloadKind, type WorkloadName, workloadKey } from '../../health/workload.ts';
import type { WatchedResource } from '../kubernetes/kinds.ts';
import type { ReflectorSink } from '../reflector/event.ts';
import { EventCache } from './event-cache.ts';
import { SpecPartPool } from './intern-pool.ts';
import { type CacheDelta, type DeltaSource, ObjectCache } from './object-cache.ts';
import { ObjectIndex } from './object-index.ts';
import type { PackedPod } from './packed-pod.ts';
import { PodProjection } from './project-pod.ts';
import { type CachedNamespace, type CachedService, projectNamespace, projectService } from './project-service.ts';
import { TemplateIndex } from './template-index.ts';
import {
  type CachedReplicaSet,
  type CachedWorkload,
  projectDaemonSet,
  projectDeployment,
  projectReplicaSet,
  projectStatefulSet,
  type ValueHash,
} from './project-workload.ts';

/** What the cache tells of, after it and its indexes are up to date. */
export interface CacheListener {
  workload(delta: CacheDelta<CachedWorkload>, source: DeltaSource): void;
  replicaSet(delta: CacheDelta<CachedReplicaSet>, source: DeltaSource): void;
  pod(delta: CacheDelta<PackedPod>, source: DeltaSource): void;
  service(delta: CacheDelta<CachedService>, source: DeltaSource): void;
  namespace(delta: CacheDelta<CachedNamespace>, source: DeltaSource): void;
  event(event: EventFacts, source: DeltaSource): void;
}

interface Feedable {
  feed(namespace: string | null): ReflectorSink;
  count(namespace: string | null): number;
}

/** The in-memory picture of the cluster: one cache per kind, and the indexes by which a reconcile finds its objects. */
export class ClusterCache {
  readonly deployments: ObjectCache<CachedWorkload<DeploymentFacts>>;
  readonly statefulSets: ObjectCache<CachedWorkload<StatefulSetFacts>>;
  readonly daemonSets: ObjectCache<CachedWorkload<DaemonSetFacts>>;
  readonly replicaSets: ObjectCache<CachedReplicaSet>;
  readonly pods: ObjectCache<PackedPod>;
  readonly services: ObjectCache<CachedService>;
  readonly namespaces: ObjectCache<CachedNamespace>;
  readonly events: EventCache;
  readonly podProjection: PodProjection;
  readonly #resources: Readonly<Record<WatchedResource, Feedable>>;
  readonly #workloads: Readonly<Record<WorkloadKind, Pick<ObjectCache<CachedWorkload>, 'get'>>>;

  readonly #podsByOwner = new ObjectIndex<PackedPod>((pod) => pod.owner?.uid ?? null);
  readonly #podsByNode = new ObjectIndex<PackedPod>((pod) => pod.nodeName);
  readonly #templates = new TemplateIndex();
  readonly #replicaSetsByOwner = new ObjectIndex<CachedReplicaSet>((replicaSet) => replicaSet.owner?.uid ?? null);

  /** @param hash keyed by this installation, for the values in templates. */
  constructor(listener: CacheListener, hash: ValueHash) {
    const onWorkload = (delta: CacheDelta<CachedWorkload>, source: DeltaSource) => listener.workload(delta, source);
    const onTemplate = (previous: CachedWorkload | null, current: CachedWorkload | null) =>
      this.#templates.replace(previous, current);
    const parts = new SpecPartPool();
    this.podProjection = new PodProjection(parts);
    this.deployments = new ObjectCache<CachedWorkload<DeploymentFacts>>({
      project: (object, previous) => projectDeployment(object, previous, parts),
      index: onTemplate,
      onDelta: onWorkload,
    });
    this.statefulSets = new ObjectCache<CachedWorkload<StatefulSetFacts>>({
      project: (object, previous) => projectStatefulSet(object, previous, parts, hash),
      index: onTemplate,
      onDelta: onWorkload,
    });
    this.daemonSets = new ObjectCache<CachedWorkload<DaemonSetFacts>>({
      project: (object, previous) => projectDaemonSet(object, previous, parts, hash),
      index: onTemplate,
      onDelta: onWorkload,
    });
    this.replicaSets = new ObjectCache({
      project: projectReplicaSet,
      index: (previous, current) => this.#replicaSetsByOwner.replace(previous, current),
      onDelta: (delta, source) => listener.replicaSet(delta, source),
    });
    this.pods = new ObjectCache({
      project: (object) => this.podProjection.project(object),
      index: (previous, current) => {
        this.#podsByOwner.replace(previous, current);
        this.#podsByNode.replace(previous, current);
      },
      onDelta: (delta, source) => listener.pod(delta, source),
    });
    this.services = new ObjectCache({
      project: projectService,
      onDelta: (delta, source) => listener.service(delta, source),
    });
    this.namespaces = new ObjectCache({
      project: projectNamespace,
      onDelta: (delta, source) => listener.namespace(delta, source),
    });
    this.events = new EventCache({ onEvent: (event, source) => listener.event(event, source) });
    this.#workloads = { Deployment: this.deployments, StatefulSet: this.statefulSets, DaemonSet: this.daemonSets };
    this.#resources = {
      deployments: this.deployments,
      statefulsets: this.statefulSets,
      daemonsets: this.daemonSets,
      replicasets: this.replicaSets,
      pods: this.pods,
      services: this.services,
      namespaces: this.namespaces,
      events: this.events,
    };
  }

  /** The sink of the reflector that watches this resource in this namespace (null: in the whole cluster). */
  feed(resource: WatchedResource, namespace: string | null): ReflectorSink {
    return this.#resources[resource].feed(namespace);
  }

  count(resource: WatchedResource, namespace: string | null): number {
    return this.#resources[resource].count(namespace);
  }

  workload({ namespace, kind, name }: WorkloadName): CachedWorkload | null {
    return this.#workloads[kind].get(namespace, name);
  }

  *workloads(): Iterable<CachedWorkload> {
    yield* this.deployments.values();
    yield* this.statefulSets.values();
    yield* this.daemonSets.values();
  }

  *workloadsIn(namespace: string): Iterable<CachedWorkload> {
    yield* this.deployments.inNamespace(namespace);
    yield* this.statefulSets.inNamespace(namespace);
    yield* this.daemonSets.inNamespace(namespace);
  }

  /** The workloads whose pods carry all of these labels; none for an empty selector. */
  workloadsLabelled(namespace: string, selector: Readonly<Record<string, string>>): readonly CachedWorkload[] {
    return this.#templates
      .matching(namespace, selector)
      .map((template) => this.workload(template))
      .filter((workload) => workload !== null);
  }

  /** Owned by the object of this uid, directly. */
  podsOf(ownerUid: string): readonly PackedPod[] {
    return this.#podsByOwner.get(ownerUid);
  }

  replicaSetsOf(deploymentUid: string): readonly CachedReplicaSet[] {
    return this.#replicaSetsByOwner.get(deploymentUid);
  }

  podsOn(nodeName: string): readonly PackedPod[] {
    return this.#podsByNode.get(nodeName);
  }

  /** The workload that a pod belongs to, through its ReplicaSet; null while that one is not known or has no owner. */
  workloadOfPod(pod: Pick<PodFacts, 'namespace' | 'owner'>): WorkloadKey | null {
    const { owner, namespace } = pod;
    if (owner === null) return null;
    if (owner.kind === 'StatefulSet' || owner.kind === 'DaemonSet')
      return workloadKey(namespace, owner.kind, owner.name);
    const replicaSet = this.replicaSets.get(namespace, owner.name);
    return replicaSet?.uid === owner.uid ? workloadOfReplicaSet(replicaSet) : null;
  }

  /** The template of a ReplicaSet, fetched beside the watch. False when it is gone or has changed meanwhile. */
  setTemplate(replicaSet: CachedReplicaSet, template: TemplateFacts): boolean {
    return this.replicaSets.replace(replicaSet, { ...replicaSet, template });
  }
}

export function workloadOfReplicaSet({ namespace, owner }: CachedReplicaSet): WorkloadKey | null {
  return owner?.kind === 'Deployment' ? workloadKey(namespace, 'Deployment', owner.name) : null;
}

import { instantText, type ObjectBody } from '../../../simulator/object-store.ts';
import { scaleManifests } from '../../cluster/workload-set.ts';

/**
 * The workloads of a large cluster as Kubernetes objects, with the templates of the scale set that the real API server
 * is measured with: two containers, fourteen variables, about 8 kB a pod. Pods are made when they are sent.
 */

export interface FleetShape {
  readonly workloads: number;
  /** Of the workloads; each has a pod on every node. */
  readonly daemonSets: number;
  readonly nodes: number;
  /** Pods of each other workload. */
  readonly replicas: number;
}

/** 9,920 pods, as the scale set of 1,000 workloads on the real API server. */
export const tenThousandPods: FleetShape = { workloads: 1_000, daemonSets: 10, nodes: 200, replicas: 8 };
/** 149,937 pods: as many as Kubernetes is made for, on as many nodes. */
export const largestCluster: FleetShape = { workloads: 15_000, daemonSets: 9, nodes: 5_000, replicas: 7 };

export function podsOf({ workloads, daemonSets, nodes, replicas }: FleetShape): number {
  return daemonSets * nodes + (workloads - daemonSets) * replicas;
}

type Json = Readonly<Record<string, unknown>>;
type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: Json };
  readonly spec: Json & { readonly containers: readonly (Json & { readonly name: string; readonly image: string })[] };
}

export interface Revision {
  readonly number: number;
  readonly hash: string;
  /** Of the ReplicaSet, for a Deployment. */
  readonly uid: string;
  readonly template: Template;
  readonly createdAt: number;
}

/** One state of a pod; never changed, only replaced. */
export interface PodState {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly revision: Revision;
  readonly createdAt: number;
  readonly ready: boolean;
  readonly readyChangedAt: number;
}

export interface FleetWorkload {
  readonly kind: Kind;
  readonly resource: 'deployments' | 'statefulsets' | 'daemonsets';
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly uid: string;
  readonly replicas: number;
  readonly manifest: Json;
  readonly createdAt: number;
  /** Oldest first; the last is the current one. */
  readonly revisions: Revision[];
  readonly pods: PodState[];
  generation: number;
}

const resourceOf = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;
const dayMs = 86_400_000;

let lastUid = 0;

/** Shaped as the real ones, in the order in which they are asked for. */
export function newUid(): string {
  lastUid += 1;
  const mixed = (Math.imul(lastUid, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
  return `${mixed}-5d1e-4c0f-9a7b-${lastUid.toString(16).padStart(12, '0')}`;
}

export function* fleetWorkloads(shape: FleetShape, now: number): Generator<FleetWorkload> {
  const others = shape.workloads - shape.daemonSets;
  const deployments = Math.round(others * 0.8);
  const counts = { deployments, statefulSets: others - deployments, daemonSets: shape.daemonSets };
  for (const manifest of scaleManifests({ ...counts, nodes: shape.nodes, pods: podsOf(shape) })) {
    if (manifest.kind === 'Namespace') continue;
    const kind = manifest.kind as Kind;
    const { name, namespace = '' } = manifest.metadata;
    const replicas = kind === 'DaemonSet' ? shape.nodes : shape.replicas;
    const spec = manifest['spec'] as Json & { readonly template: Template };
    const workload: FleetWorkload = {
      kind,
      resource: resourceOf[kind],
      namespace,
      name,
      key: `${namespace}/${kind}/${name}`,
      uid: newUid(),
      replicas,
      manifest: { ...manifest, spec: kind === 'DaemonSet' ? spec : { ...spec, replicas } },
      createdAt: now - 30 * dayMs,
      revisions: [],
      pods: [],
      generation: 1,
    };
    addRevision(workload, spec.template, now - 3 * dayMs);
    for (let index = 0; index < replicas; index += 1) {
      workload.pods.push(newPod(workload, index, shape.nodes, now - 2 * dayMs - index * 1000, true));
    }
    yield workload;
  }
}

export function addRevision(workload: FleetWorkload, template: Template, createdAt: number): Revision {
  const uid = newUid();
  const number = (workload.revisions.at(-1)?.number ?? 0) + 1;
  const revision = { number, hash: uid.slice(0, 8) + number.toString(36), uid, template, createdAt };
  workload.revisions.push(revision);
  return revision;
}

/** The same template with another tag, as a deployment of a new version. */
export function nextTemplate({ revisions }: FleetWorkload): Template {
  const last = revisions.at(-1);
  if (last === undefined) throw new Error('a workload has a revision from the beginning');
  const { template } = last;
  const containers = template.spec.containers.map((container) => ({
    ...container,
    image: container.image.replace(/[^:]*$/, `2.${last.number}.0`),
  }));
  return { ...template, spec: { ...template.spec, containers } };
}

export function newPod(workload: FleetWorkload, index: number, nodes: number, at: number, ready: boolean): PodState {
  const { kind, name, revisions } = workload;
  const revision = revisions.at(-1);
  if (revision === undefined) throw new Error(`${name} has no revision`);
  const uid = newUid();
  const suffix = Number.parseInt(uid.slice(-8), 16).toString(36).padStart(5, '7').slice(-5);
  return {
    name:
      kind === 'StatefulSet'
        ? `${name}-${index}`
        : kind === 'DaemonSet'
          ? `${name}-${suffix}`
          : `${name}-${revision.hash}-${suffix}`,
    uid,
    node: `node-${kind === 'DaemonSet' ? index : (lastUid * 31) % nodes}`,
    revision,
    createdAt: at,
    ready,
    readyChangedAt: at + 4_000,
  };
}

// ————— as the API server sends them —————

/** Two writers, as a real pod has: what they own is cut out of the text before it is parsed. */
const managedFields = ['kube-controller-manager', 'kubelet'].map((manager) => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`f:field${index}`, { '.': {}, 'f:name': {}, 'f:value': {} }]),
  ),
}));

export function podBody(workload: FleetWorkload, pod: PodState): ObjectBody {
  const { namespace, kind, name, uid } = workload;
  const { revision, createdAt, ready, readyChangedAt } = pod;
  const { template } = revision;
  const owner =
    kind === 'Deployment'
      ? { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-${revision.hash}`, uid: revision.uid }
      : { apiVersion: 'apps/v1', kind, name, uid };
  const hashLabel = kind === 'Deployment' ? 'pod-template-hash' : 'controller-revision-hash';
  const hash = kind === 'StatefulSet' ? `${name}-${revision.hash}` : revision.hash;
  const condition = (type: string, isTrue: boolean, at: number): Json => ({
    type,
    status: isTrue ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: instantText(at),
  });
  const startedAt = instantText(createdAt + 3_000);
  return {
    metadata: {
      name: pod.name,
      generateName: pod.name.slice(0, -5),
      namespace,
      creationTimestamp: instantText(createdAt),
      labels: { ...template.metadata.labels, [hashLabel]: hash },
      annotations: template.metadata.annotations as Readonly<Record<string, string>>,
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
      managedFields,
    },
    spec: { ...template.spec, nodeName: pod.node, restartPolicy: 'Always', schedulerName: 'default-scheduler' },
    status: {
      phase: 'Running',
      startTime: instantText(createdAt + 1_000),
      podIP: '10.0.0.1',
      hostIP: '10.1.0.1',
      conditions: [
        condition('PodReadyToStartContainers', true, createdAt + 3_000),
        condition('Initialized', true, createdAt + 1_000),
        condition('Ready', ready, readyChangedAt),
        condition('ContainersReady', ready, readyChangedAt),
        condition('PodScheduled', true, createdAt),
      ],
      containerStatuses: template.spec.containers.map(({ name: container, image }) => ({
        name: container,
        image,
        imageID: `registry.example/team@sha256:${revision.hash.repeat(8).slice(0, 64)}`,
        containerID: `containerd://${pod.uid}`,
        // One of the two fails its probe; the other is a good neighbour.
        ready: ready || container !== 'app',
        started: true,
        restartCount: 0,
        state: { running: { startedAt } },
        lastState: {},
      })),
    },
  };
}

export function workloadBody(workload: FleetWorkload, now: number): ObjectBody {
  const { manifest, name, namespace, kind, createdAt, generation, revisions, replicas, pods } = workload;
  const current = revisions.at(-1);
  if (current === undefined) throw new Error(`${name} has no revision`);
  const { labels } = manifest['metadata'] as { readonly labels: Readonly<Record<string, string>> };
  const ready = pods.reduce((sum, pod) => sum + Number(pod.ready), 0);
  const updated = pods.reduce((sum, pod) => sum + Number(pod.revision === current), 0);
  const condition = (type: string, reason: string, at: number): Json => ({
    type,
    status: 'True',
    reason,
    message: '',
    lastUpdateTime: instantText(at),
    lastTransitionTime: instantText(at),
  });
  const status: Readonly<Record<Kind, Json>> = {
    Deployment: {
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      updatedReplicas: updated,
      conditions: [
        condition('Available', 'MinimumReplicasAvailable', createdAt + 10_000),
        condition('Progressing', updated < replicas ? 'ReplicaSetUpdated' : 'NewReplicaSetAvailable', now),
      ],
    },
    StatefulSet: {
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: updated,
      updatedReplicas: updated,
      currentRevision: `${name}-${current.hash}`,
      updateRevision: `${name}-${current.hash}`,
      collisionCount: 0,
    },
    DaemonSet: {
      currentNumberScheduled: replicas,
      desiredNumberScheduled: replicas,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
      updatedNumberScheduled: updated,
    },
  };
  const revision = kind === 'Deployment' ? { 'deployment.kubernetes.io/revision': String(current.number) } : {};
  return {
    metadata: {
      name,
      namespace,
      labels,
      annotations: revision,
      generation,
      creationTimestamp: instantText(createdAt),
    },
    spec: { ...(manifest['spec'] as Json), template: current.template },
    status: { observedGeneration: generation, ...status[kind] },
  };
}

export function replicaSetBody(workload: FleetWorkload, revision: Revision): ObjectBody {
  const { namespace, name, uid, pods, replicas } = workload;
  const isCurrent = workload.revisions.at(-1) === revision;
  const own = pods.filter((pod) => pod.revision === revision);
  const labels = { ...revision.template.metadata.labels, 'pod-template-hash': revision.hash };
  const ready = own.filter((pod) => pod.ready).length;
  return {
    metadata: {
      name: `${name}-${revision.hash}`,
      namespace,
      labels,
      annotations: {
        'deployment.kubernetes.io/desired-replicas': String(replicas),
        'deployment.kubernetes.io/revision': String(revision.number),
      },
      creationTimestamp: instantText(revision.createdAt),
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: {
      replicas: isCurrent ? replicas : own.length,
      selector: { matchLabels: labels },
      template: revision.template,
    },
    status: { replicas: own.length, readyReplicas: ready, availableReplicas: ready, observedGeneration: 1 },
  };
}

export function eventBody(workload: FleetWorkload, pod: PodState, serial: number, now: number): ObjectBody {
  const { namespace } = workload;
  return {
    metadata: { name: `${pod.name}.${serial.toString(16)}`, namespace, creationTimestamp: instantText(now) },
    involvedObject: { kind: 'Pod', apiVersion: 'v1', namespace, name: pod.name, uid: pod.uid },
    type: 'Normal',
    reason: 'Started',
    message: 'Started container app',
    source: { component: 'kubelet', host: pod.node },
    reportingComponent: 'kubelet',
    firstTimestamp: instantText(now),
    lastTimestamp: instantText(now),
    count: 1,
  };
}

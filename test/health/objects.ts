import type { Pod } from '../cluster/kubelet-status.ts';

/**
 * Kubernetes objects in their wire form, as small as the rules allow: what a test does not name has the default that
 * the API server fills in. Instants are given in seconds before `noon`, because every case is told as "n seconds ago".
 */

export const noon = Date.parse('2026-03-01T12:00:00Z');

export type Raw = Readonly<Record<string, unknown>>;

/** RFC 3339 of so many seconds before noon; negative lies in the future. */
export function ago(seconds: number): string {
  return new Date(noon - seconds * 1000).toISOString().replace('.000Z', 'Z');
}

export function agoMs(seconds: number): number {
  return noon - seconds * 1000;
}

export const day = 86_400;

export interface ContainerOptions {
  readonly name?: string;
  readonly image?: string;
  readonly restartPolicy?: 'Always';
  readonly [field: string]: unknown;
}

export function container(options: ContainerOptions = {}): Raw {
  return { name: 'app', image: 'shop/web:1', imagePullPolicy: 'IfNotPresent', ...options };
}

export interface TemplateOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly containers?: readonly Raw[];
  readonly initContainers?: readonly Raw[];
  readonly spec?: Raw;
}

export function template(app: string, options: TemplateOptions = {}): Raw {
  return {
    metadata: { labels: { app, ...options.labels } },
    spec: {
      containers: options.containers ?? [container()],
      ...(options.initContainers === undefined ? {} : { initContainers: options.initContainers }),
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      ...options.spec,
    },
  };
}

export interface MetadataOptions {
  readonly namespace?: string;
  readonly createdAgo?: number;
  readonly deletedAgo?: number;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly generation?: number;
}

function metadata(name: string, options: MetadataOptions, owner?: { kind: string; name: string }): Raw {
  return {
    namespace: options.namespace ?? 'shop',
    name,
    uid: `uid-${name}`,
    resourceVersion: '1000',
    generation: options.generation ?? 1,
    creationTimestamp: ago(options.createdAgo ?? day),
    ...(options.deletedAgo === undefined ? {} : { deletionTimestamp: ago(options.deletedAgo) }),
    ...(options.finalizers === undefined ? {} : { finalizers: options.finalizers }),
    ...(options.labels === undefined ? {} : { labels: options.labels }),
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    ...(owner === undefined
      ? {}
      : {
          ownerReferences: [
            { apiVersion: 'apps/v1', kind: owner.kind, name: owner.name, uid: `uid-${owner.name}`, controller: true },
          ],
        }),
  };
}

export interface DeploymentOptions extends MetadataOptions {
  readonly name?: string;
  readonly replicas?: number | null;
  readonly paused?: boolean;
  readonly strategy?: Raw;
  readonly minReadySeconds?: number;
  readonly progressDeadlineSeconds?: number | null;
  readonly revision?: number;
  readonly template?: TemplateOptions;
  readonly status?: Raw;
  readonly observedGeneration?: number;
  readonly progressing?: {
    readonly reason: string;
    readonly status?: string;
    readonly updatedAgo?: number;
    readonly message?: string;
  } | null;
  readonly available?: { readonly status: string; readonly sinceAgo: number } | null;
}

/** Status numbers count as given; what is left out equals the replicas: a finished rollout. */
export function deployment(options: DeploymentOptions = {}): Raw {
  const name = options.name ?? 'web';
  const replicas = options.replicas ?? 3;
  const progressing =
    options.progressing === undefined
      ? { reason: 'NewReplicaSetAvailable', updatedAgo: day - 60 }
      : options.progressing;
  const available = options.available === undefined ? { status: 'True', sinceAgo: day - 60 } : options.available;
  const status = {
    observedGeneration: options.observedGeneration ?? options.generation ?? 1,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    ...options.status,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(name, {
      ...options,
      annotations: { 'deployment.kubernetes.io/revision': String(options.revision ?? 1), ...options.annotations },
    }),
    spec: {
      ...(options.replicas === null ? {} : { replicas }),
      selector: { matchLabels: { app: name } },
      template: template(name, options.template),
      strategy: options.strategy ?? {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
      },
      ...(options.minReadySeconds === undefined ? {} : { minReadySeconds: options.minReadySeconds }),
      ...(options.progressDeadlineSeconds === null
        ? {}
        : { progressDeadlineSeconds: options.progressDeadlineSeconds ?? 600 }),
      ...(options.paused === true ? { paused: true } : {}),
    },
    status: {
      ...status,
      conditions: [
        ...(available === null
          ? []
          : [
              {
                type: 'Available',
                status: available.status,
                reason: available.status === 'True' ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
                message: 'as the controller writes it',
                lastUpdateTime: ago(available.sinceAgo),
                lastTransitionTime: ago(available.sinceAgo),
              },
            ]),
        ...(progressing === null
          ? []
          : [
              {
                type: 'Progressing',
                status: progressing.status ?? 'True',
                reason: progressing.reason,
                message: progressing.message ?? 'as the controller writes it',
                lastUpdateTime: ago(progressing.updatedAgo ?? 60),
                lastTransitionTime: ago(progressing.updatedAgo ?? 60),
              },
            ]),
      ],
    },
  };
}

export interface ReplicaSetOptions extends MetadataOptions {
  readonly of?: string;
  readonly revision?: number;
}

/** Only its metadata is watched. */
export function replicaSet(name: string, options: ReplicaSetOptions = {}): Raw {
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'PartialObjectMetadata',
    metadata: metadata(
      name,
      {
        ...options,
        labels: { app: options.of ?? 'web', 'pod-template-hash': name.slice(name.lastIndexOf('-') + 1) },
        annotations: { 'deployment.kubernetes.io/revision': String(options.revision ?? 1) },
      },
      { kind: 'Deployment', name: options.of ?? 'web' },
    ),
  };
}

export interface StatefulSetOptions extends MetadataOptions {
  readonly name?: string;
  readonly replicas?: number;
  readonly podManagementPolicy?: string;
  readonly updateStrategy?: Raw;
  readonly minReadySeconds?: number;
  readonly start?: number;
  readonly serviceName?: string;
  readonly claims?: readonly string[];
  readonly template?: TemplateOptions;
  readonly observedGeneration?: number;
  readonly revisions?: { readonly current: string; readonly update: string };
  readonly status?: Raw;
}

export function statefulSet(options: StatefulSetOptions = {}): Raw {
  const name = options.name ?? 'db';
  const replicas = options.replicas ?? 3;
  const revisions = options.revisions ?? { current: `${name}-1`, update: `${name}-1` };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata(name, options),
    spec: {
      replicas,
      serviceName: options.serviceName ?? name,
      selector: { matchLabels: { app: name } },
      template: template(name, options.template),
      podManagementPolicy: options.podManagementPolicy ?? 'OrderedReady',
      updateStrategy: options.updateStrategy ?? { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...(options.minReadySeconds === undefined ? {} : { minReadySeconds: options.minReadySeconds }),
      ...(options.start === undefined ? {} : { ordinals: { start: options.start } }),
      volumeClaimTemplates: (options.claims ?? []).map((claim) => ({ metadata: { name: claim } })),
    },
    status: {
      observedGeneration: options.observedGeneration ?? options.generation ?? 1,
      replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      currentReplicas: replicas,
      updatedReplicas: replicas,
      currentRevision: revisions.current,
      updateRevision: revisions.update,
      ...options.status,
    },
  };
}

export interface DaemonSetOptions extends MetadataOptions {
  readonly name?: string;
  readonly desired?: number;
  readonly updateStrategy?: Raw;
  readonly minReadySeconds?: number;
  readonly template?: TemplateOptions;
  readonly observedGeneration?: number;
  readonly status?: Raw;
}

export function daemonSet(options: DaemonSetOptions = {}): Raw {
  const name = options.name ?? 'agent';
  const desired = options.desired ?? 3;
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadata(name, options),
    spec: {
      selector: { matchLabels: { app: name } },
      template: template(name, options.template),
      updateStrategy: options.updateStrategy ?? {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
      },
      ...(options.minReadySeconds === undefined ? {} : { minReadySeconds: options.minReadySeconds }),
    },
    status: {
      observedGeneration: options.observedGeneration ?? options.generation ?? 1,
      desiredNumberScheduled: desired,
      currentNumberScheduled: desired,
      numberMisscheduled: 0,
      numberReady: desired,
      updatedNumberScheduled: desired,
      numberAvailable: desired,
      ...options.status,
    },
  };
}

export interface PodOptions extends MetadataOptions {
  /** Owner's name; by default a Deployment's ReplicaSet. */
  readonly of?: string;
  readonly ownerKind?: 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job';
  readonly hash?: string;
  /** Null: not scheduled. */
  readonly node?: string | null;
  readonly scheduledAgo?: number;
  /** The node that a DaemonSet pod is pinned to. */
  readonly pinnedTo?: string;
  readonly template?: TemplateOptions;
  /** Since when it is ready; null for a pod whose status the test writes. Default: 10 s after its creation. */
  readonly readyAgo?: number | null;
  readonly restarts?: number;
  readonly status?: Raw;
}

/** A pod that became ready 10 s after its creation and has been since, unless told otherwise. */
export function pod(name: string, options: PodOptions = {}): Pod {
  const createdAgo = options.createdAgo ?? day;
  const kind = options.ownerKind ?? 'ReplicaSet';
  const ownerName = options.of ?? 'web-1';
  const appName = kind === 'ReplicaSet' ? ownerName.slice(0, ownerName.lastIndexOf('-')) : ownerName;
  const hash =
    options.hash ?? (kind === 'ReplicaSet' ? ownerName.slice(ownerName.lastIndexOf('-') + 1) : `${appName}-1`);
  const node = options.node === undefined ? 'node-1' : options.node;
  const readyAgo = options.readyAgo === undefined ? createdAgo - 10 : options.readyAgo;
  const spec = template(appName, options.template)['spec'] as Raw;
  const scheduledAgo = options.scheduledAgo ?? createdAgo;
  const scheduled = node === null ? [] : [condition('PodScheduled', 'True', scheduledAgo)];
  const containers = spec['containers'] as readonly { readonly name: string; readonly image: string }[];
  const status: Raw =
    readyAgo === null
      ? { phase: 'Pending', conditions: scheduled }
      : {
          phase: 'Running',
          startTime: ago(scheduledAgo),
          conditions: [
            condition('PodReadyToStartContainers', 'True', createdAgo - 2),
            condition('Initialized', 'True', createdAgo),
            condition('Ready', 'True', readyAgo),
            condition('ContainersReady', 'True', readyAgo),
            ...scheduled,
          ],
          containerStatuses: containers.map((one) => ({
            name: one.name,
            image: one.image,
            imageID: `${one.image}@sha256:0`,
            ready: true,
            started: true,
            restartCount: options.restarts ?? 0,
            state: { running: { startedAt: ago(createdAgo - 5) } },
            lastState: {},
          })),
        };
  const raw: Raw = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata(name, { ...options, createdAgo }, { kind, name: ownerName }),
      labels: {
        app: appName,
        [kind === 'ReplicaSet' ? 'pod-template-hash' : 'controller-revision-hash']: hash,
        ...options.labels,
      },
    },
    spec: {
      ...spec,
      ...(node === null ? {} : { nodeName: node }),
      ...(options.pinnedTo === undefined ? {} : { affinity: pinnedTo(options.pinnedTo) }),
    },
    status: { ...status, ...options.status },
  };
  // The builder writes every field that the type asks for.
  return raw as unknown as Pod;
}

export function condition(type: string, status: string, sinceAgo: number, reason = '', message = ''): Raw {
  return {
    type,
    status,
    lastTransitionTime: ago(sinceAgo),
    ...(reason === '' ? {} : { reason }),
    ...(message === '' ? {} : { message }),
  };
}

/** The node affinity that the DaemonSet controller writes. */
function pinnedTo(node: string): Raw {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
      },
    },
  };
}

/** A pod that the scheduler finds no node for. */
export function unscheduled(name: string, message: string, sinceAgo: number, options: PodOptions = {}): Pod {
  return pod(name, {
    createdAgo: sinceAgo,
    node: null,
    readyAgo: null,
    ...options,
    status: { phase: 'Pending', conditions: [condition('PodScheduled', 'False', sinceAgo, 'Unschedulable', message)] },
  });
}

export interface EventOptions {
  readonly kind?: string;
  readonly type?: 'Normal' | 'Warning';
  readonly component?: string;
  readonly count?: number;
  readonly firstAgo?: number;
  readonly lastAgo?: number;
  readonly fieldPath?: string;
  readonly uid?: string;
  readonly namespace?: string;
}

let events = 0;

export function event(about: string, reason: string, message: string, options: EventOptions = {}): Raw {
  events += 1;
  const namespace = options.namespace ?? 'shop';
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      namespace,
      name: `${about}.${events}`,
      uid: `uid-event-${events}`,
      resourceVersion: '1',
      creationTimestamp: ago(options.firstAgo ?? options.lastAgo ?? 10),
    },
    involvedObject: {
      kind: options.kind ?? 'ReplicaSet',
      namespace,
      name: about,
      uid: options.uid ?? `uid-${about}`,
      ...(options.fieldPath === undefined ? {} : { fieldPath: options.fieldPath }),
    },
    type: options.type ?? 'Warning',
    reason,
    message,
    source: { component: options.component ?? 'replicaset-controller' },
    count: options.count ?? 1,
    firstTimestamp: ago(options.firstAgo ?? options.lastAgo ?? 10),
    lastTimestamp: ago(options.lastAgo ?? 10),
  };
}

export function service(name: string, spec: Raw = {}): Raw {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name, {}),
    spec: { type: 'ClusterIP', clusterIP: 'None', selector: { app: name }, ports: [{ port: 80 }], ...spec },
  };
}

export function namespaceObject(name: string, phase: 'Active' | 'Terminating', conditions: readonly Raw[] = []): Raw {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: ago(30 * day) },
    status: { phase, conditions },
  };
}

import { instantText, type ObjectBody } from '../object-store.ts';
import {
  type ContainerState,
  isAvailable,
  newest,
  type Pod,
  type Revision,
  type Role,
  troubleOf,
  type Workload,
} from './model.ts';

/** The model as Kubernetes objects: what the controllers and kubelets of a real cluster would have written. */

type Json = Readonly<Record<string, unknown>>;

const annotationsOf = (role: Role): Json =>
  role.managedBy === 'Helm' ? { 'meta.helm.sh/release-name': role.partOf } : {};

function labelsOf(role: Role): Record<string, string> {
  const owner =
    role.managedBy === 'Helm'
      ? { 'app.kubernetes.io/managed-by': 'Helm' }
      : role.managedBy === 'Argo CD'
        ? { 'argocd.argoproj.io/instance': role.partOf }
        : role.managedBy === 'Flux'
          ? { 'kustomize.toolkit.fluxcd.io/name': role.partOf, 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' }
          : {};
  return { 'app.kubernetes.io/name': role.name, 'app.kubernetes.io/part-of': role.partOf, ...owner };
}

function podLabels(role: Role): Record<string, string> {
  return { app: role.name, 'app.kubernetes.io/part-of': role.partOf };
}

function probe(role: Role, path: string): Json {
  return {
    httpGet: { path, port: 'http', scheme: 'HTTP' },
    periodSeconds: 5,
    timeoutSeconds: 1,
    failureThreshold: 3,
    successThreshold: 1,
    initialDelaySeconds: role.migrates === true ? 2 : 0,
  };
}

function podSpec(role: Role, revision: Revision): Json {
  const missing =
    revision.trouble?.kind === 'missingConfigMap' ? [{ configMapRef: { name: revision.trouble.name } }] : [];
  return {
    ...(role.migrates === true
      ? {
          initContainers: [
            {
              name: 'migrate',
              image: revision.image,
              command: ['/app/migrate'],
              imagePullPolicy: 'IfNotPresent',
              resources: {},
            },
          ],
        }
      : {}),
    containers: [
      {
        name: 'app',
        image: revision.image,
        imagePullPolicy: 'IfNotPresent',
        ports: [{ name: 'http', containerPort: role.port, protocol: 'TCP' }],
        env: revision.env.map((name) => ({ name, value: 'demo' })),
        envFrom: missing,
        resources: {
          requests: { cpu: `${role.cpuMillicores}m`, memory: `${role.memoryMebibytes}Mi` },
          limits: { memory: `${role.memoryMebibytes * 2}Mi` },
        },
        readinessProbe: probe(role, '/ready'),
        livenessProbe: probe(role, '/live'),
        volumeMounts: role.kind === 'StatefulSet' ? [{ name: 'data', mountPath: '/data' }] : [],
      },
    ],
    restartPolicy: 'Always',
    serviceAccountName: 'default',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
  };
}

function template(role: Role, revision: Revision): Json {
  return { metadata: { labels: podLabels(role) }, spec: podSpec(role, revision) };
}

function metadata(workload: Workload, annotations: Json): ObjectBody['metadata'] {
  const { role } = workload;
  return {
    name: role.name,
    namespace: role.namespace,
    uid: workload.uid,
    labels: labelsOf(role),
    annotations: { ...annotationsOf(role), ...annotations } as Record<string, string>,
    generation: workload.generation,
    creationTimestamp: instantText(workload.createdAt),
    ...(workload.deletingAt === null
      ? {}
      : { deletionTimestamp: instantText(workload.deletingAt), finalizers: ['foregroundDeletion'] }),
  };
}

interface Counts {
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
}

export function countsOf(workload: Workload): Counts {
  const living = workload.pods.filter((pod) => pod.deletingAt === null);
  const current = newest(workload);
  return {
    replicas: living.length,
    updated: living.filter((pod) => pod.revision === current).length,
    ready: living.filter((pod) => pod.ready).length,
    available: living.filter(isAvailable).length,
  };
}

function condition(
  type: string,
  status: boolean | 'Unknown',
  reason: string,
  message: string,
  at: number,
  updatedAt = at,
): Json {
  return {
    type,
    status: status === 'Unknown' ? 'Unknown' : status ? 'True' : 'False',
    reason,
    message,
    lastTransitionTime: instantText(at),
    lastUpdateTime: instantText(updatedAt),
  };
}

export function workloadBody(workload: Workload): ObjectBody {
  switch (workload.role.kind) {
    case 'Deployment':
      return deploymentBody(workload);
    case 'StatefulSet':
      return statefulSetBody(workload);
    case 'DaemonSet':
      return daemonSetBody(workload);
  }
}

function deploymentBody(workload: Workload): ObjectBody {
  const { role } = workload;
  const counts = countsOf(workload);
  const current = newest(workload);
  const replicaSet = `${role.name}-${current.hash}`;
  const progressing = workload.paused
    ? condition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', workload.progressedAt)
    : workload.deadlineExceeded
      ? condition(
          'Progressing',
          false,
          'ProgressDeadlineExceeded',
          `ReplicaSet "${replicaSet}" has timed out progressing.`,
          workload.progressedAt,
        )
      : workload.complete
        ? condition(
            'Progressing',
            true,
            'NewReplicaSetAvailable',
            `ReplicaSet "${replicaSet}" has successfully progressed.`,
            workload.createdAt,
            workload.progressedAt,
          )
        : condition(
            'Progressing',
            true,
            'ReplicaSetUpdated',
            `ReplicaSet "${replicaSet}" is progressing.`,
            workload.createdAt,
            workload.progressedAt,
          );
  const isAvailableNow = counts.available >= workload.replicas - Math.floor(workload.replicas / 4);
  return {
    metadata: metadata(workload, { 'deployment.kubernetes.io/revision': String(current.number) }),
    spec: {
      replicas: workload.replicas,
      ...(workload.paused ? { paused: true } : {}),
      selector: { matchLabels: { app: role.name } },
      template: template(role, current),
      strategy:
        role.strategy === 'Recreate'
          ? { type: 'Recreate' }
          : { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
    },
    status: {
      observedGeneration: workload.observedGeneration,
      replicas: counts.replicas,
      updatedReplicas: counts.updated,
      readyReplicas: counts.ready,
      availableReplicas: counts.available,
      unavailableReplicas: Math.max(0, workload.replicas - counts.available),
      conditions: [
        condition(
          'Available',
          isAvailableNow,
          isAvailableNow ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
          isAvailableNow ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
          workload.availableSinceAt,
        ),
        progressing,
        ...(workload.refusal === null
          ? []
          : [condition('ReplicaFailure', true, 'FailedCreate', workload.refusal, workload.progressedAt)]),
      ],
    },
  };
}

function statefulSetBody(workload: Workload): ObjectBody {
  const { role } = workload;
  const counts = countsOf(workload);
  const current = newest(workload);
  const previous = workload.complete ? current : (workload.revisions.at(-2) ?? current);
  return {
    metadata: metadata(workload, {}),
    spec: {
      replicas: workload.replicas,
      serviceName: role.name,
      podManagementPolicy: 'OrderedReady',
      selector: { matchLabels: { app: role.name } },
      template: template(role, current),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } },
        },
      ],
    },
    status: {
      observedGeneration: workload.observedGeneration,
      replicas: workload.pods.length,
      readyReplicas: workload.pods.filter((pod) => pod.ready).length,
      availableReplicas: counts.available,
      currentReplicas: counts.replicas - (previous === current ? 0 : counts.updated),
      updatedReplicas: counts.updated,
      currentRevision: `${role.name}-${previous.hash}`,
      updateRevision: `${role.name}-${current.hash}`,
    },
  };
}

function daemonSetBody(workload: Workload): ObjectBody {
  const { role } = workload;
  const counts = countsOf(workload);
  return {
    metadata: metadata(workload, { 'deprecated.daemonset.template.generation': String(workload.generation) }),
    spec: {
      selector: { matchLabels: { app: role.name } },
      template: template(role, newest(workload)),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    },
    status: {
      observedGeneration: workload.observedGeneration,
      desiredNumberScheduled: workload.replicas,
      currentNumberScheduled: counts.replicas,
      numberMisscheduled: 0,
      numberReady: counts.ready,
      updatedNumberScheduled: counts.updated,
      numberAvailable: counts.available,
      ...(counts.available < workload.replicas ? { numberUnavailable: workload.replicas - counts.available } : {}),
    },
  };
}

export function replicaSetBody(workload: Workload, revision: Revision): ObjectBody {
  const { role } = workload;
  const pods = workload.pods.filter((pod) => pod.revision === revision && pod.deletingAt === null);
  return {
    metadata: {
      name: `${role.name}-${revision.hash}`,
      namespace: role.namespace,
      uid: revision.uid,
      labels: { ...podLabels(role), 'pod-template-hash': revision.hash },
      annotations: {
        'deployment.kubernetes.io/revision': String(revision.number),
        'deployment.kubernetes.io/desired-replicas': String(workload.replicas),
      },
      creationTimestamp: instantText(revision.createdAt),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: role.name,
          uid: workload.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      replicas: pods.length,
      selector: { matchLabels: { app: role.name, 'pod-template-hash': revision.hash } },
      template: {
        metadata: { labels: { ...podLabels(role), 'pod-template-hash': revision.hash } },
        spec: podSpec(role, revision),
      },
    },
    status: { replicas: pods.length, readyReplicas: pods.filter((pod) => pod.ready).length },
  };
}

function ownerOf(workload: Workload, pod: Pod): Json {
  const { role } = workload;
  return role.kind === 'Deployment'
    ? { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${role.name}-${pod.revision.hash}`, uid: pod.revision.uid }
    : { apiVersion: 'apps/v1', kind: role.kind, name: role.name, uid: workload.uid };
}

function stateBody(state: ContainerState, containerId: string): Json {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason, ...(state.message === null ? {} : { message: state.message }) } };
    case 'running':
      return { running: { startedAt: instantText(state.startedAt) } };
    case 'terminated':
      return {
        terminated: {
          exitCode: state.exitCode,
          reason: state.reason,
          startedAt: instantText(state.startedAt),
          finishedAt: instantText(state.finishedAt),
          containerID: containerId,
        },
      };
  }
}

export function podBody(workload: Workload, pod: Pod): ObjectBody {
  const { role } = workload;
  const revisionLabel =
    role.kind === 'Deployment'
      ? { 'pod-template-hash': pod.revision.hash }
      : {
          'controller-revision-hash':
            role.kind === 'StatefulSet' ? `${role.name}-${pod.revision.hash}` : pod.revision.hash,
        };
  const ordinal =
    role.kind === 'StatefulSet'
      ? { 'statefulset.kubernetes.io/pod-name': pod.name, 'apps.kubernetes.io/pod-index': pod.place ?? '0' }
      : {};
  return {
    metadata: {
      name: pod.name,
      namespace: pod.namespace,
      uid: pod.uid,
      labels: { ...podLabels(role), ...revisionLabel, ...ordinal },
      creationTimestamp: instantText(pod.createdAt),
      ownerReferences: [{ ...ownerOf(workload, pod), controller: true, blockOwnerDeletion: true }],
      ...(pod.deletingAt === null
        ? {}
        : { deletionTimestamp: instantText(pod.deletingAt), deletionGracePeriodSeconds: 30 }),
    },
    spec: {
      ...podSpec(role, pod.revision),
      ...(pod.node === null ? {} : { nodeName: pod.node }),
      ...(role.kind === 'DaemonSet'
        ? {
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [pod.place] }] }],
                },
              },
            },
          }
        : {}),
      ...(role.kind === 'StatefulSet'
        ? { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `data-${pod.name}` } }] }
        : {}),
      tolerations:
        role.kind === 'DaemonSet'
          ? [
              { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
              { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
            ]
          : ['not-ready', 'unreachable'].map((key) => ({
              key: `node.kubernetes.io/${key}`,
              operator: 'Exists',
              effect: 'NoExecute',
              tolerationSeconds: 300,
            })),
    },
    status: podStatus(role, pod),
  };
}

function podStatus(role: Role, pod: Pod): Json {
  const scheduled =
    pod.scheduledAt === null
      ? pod.schedulingMessage === null
        ? []
        : [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: pod.schedulingMessage,
              lastTransitionTime: instantText(pod.createdAt),
            },
          ]
      : [{ type: 'PodScheduled', status: 'True', lastTransitionTime: instantText(pod.scheduledAt) }];
  if (pod.scheduledAt === null) return { phase: 'Pending', conditions: scheduled, qosClass: 'Burstable' };
  const changedAt = instantText(pod.readyChangedAt);
  const containersReady = pod.ready || pod.nodeLost;
  const notReady = { reason: 'ContainersNotReady', message: 'containers with unready status: [app]' };
  const isRunning = pod.state.kind === 'running';
  return {
    phase: pod.initialized && (isRunning || pod.restarts > 0 || pod.lastTermination !== null) ? 'Running' : 'Pending',
    startTime: instantText(pod.scheduledAt),
    hostIP: '10.0.0.1',
    podIP: '10.1.0.1',
    qosClass: 'Burstable',
    conditions: [
      { type: 'PodReadyToStartContainers', status: 'True', lastTransitionTime: instantText(pod.scheduledAt) },
      pod.initialized
        ? { type: 'Initialized', status: 'True', lastTransitionTime: instantText(pod.scheduledAt) }
        : {
            type: 'Initialized',
            status: 'False',
            reason: 'ContainersNotInitialized',
            message: 'containers with incomplete status: [migrate]',
            lastTransitionTime: instantText(pod.scheduledAt),
          },
      {
        type: 'Ready',
        status: pod.ready ? 'True' : 'False',
        ...(pod.ready || pod.nodeLost ? {} : notReady),
        lastTransitionTime: changedAt,
      },
      {
        type: 'ContainersReady',
        status: containersReady ? 'True' : 'False',
        ...(containersReady ? {} : notReady),
        lastTransitionTime: pod.nodeLost ? instantText(pod.scheduledAt) : changedAt,
      },
      ...scheduled,
    ],
    ...(role.migrates === true && pod.initState !== null
      ? {
          initContainerStatuses: [
            containerStatus(
              'migrate',
              pod,
              pod.initState,
              pod.initState.kind === 'terminated' && pod.initState.exitCode === 0,
              !pod.initialized,
            ),
          ],
        }
      : {}),
    containerStatuses: [containerStatus('app', pod, pod.state, containersReady, pod.initialized)],
  };
}

function containerStatus(name: string, pod: Pod, state: ContainerState, ready: boolean, hasHistory: boolean): Json {
  const id = `containerd://${pod.uid.replaceAll('-', '')}${name}`;
  return {
    name,
    image: pod.revision.image,
    imageID:
      state.kind === 'waiting' && pod.lastTermination === null
        ? ''
        : `${pod.revision.image.split(':')[0]}@sha256:${pod.revision.hash.repeat(6)}`,
    ready,
    started: state.kind === 'running',
    restartCount: hasHistory ? pod.restarts : 0,
    state: stateBody(state, id),
    lastState:
      hasHistory && pod.lastTermination !== null ? stateBody({ kind: 'terminated', ...pod.lastTermination }, id) : {},
  };
}

/** Used by the metrics: a pod without a running container uses nothing. */
export function usesResources(pod: Pod): boolean {
  return pod.state.kind === 'running' && troubleOf(pod)?.kind !== 'imageNotFound';
}

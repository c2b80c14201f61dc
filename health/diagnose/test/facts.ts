import type {
  ConditionFacts,
  ContainerFacts,
  ContainerStateFacts,
  ContainerStatusFacts,
  DaemonSetFacts,
  DeploymentFacts,
  EventFacts,
  PodFacts,
  PodSpecFacts,
  ProbeFacts,
  ServiceFacts,
  StatefulSetFacts,
  TerminationFacts,
} from '../../kubernetes.ts';
import type { PodContext } from '../pod.ts';

/** Facts with the defaults of a healthy object: a test names only what its case is about. */

export const noon = Date.parse('2026-03-01T12:00:00Z');
const second = 1000;

/** So many seconds before noon. */
export function ago(seconds: number): number {
  return noon - seconds * second;
}

export function container(options: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    name: 'app',
    type: 'app',
    image: 'ghcr.io/shop/web:1',
    imagePullPolicy: 'IfNotPresent',
    command: [],
    envNames: [],
    references: [],
    ports: [{ name: 'http', containerPort: 8080, hostPort: null }],
    requests: { cpu: '500m', memory: '1Gi' },
    limits: { memory: '2Gi' },
    readinessProbe: null,
    livenessProbe: null,
    startupProbe: null,
    ...options,
  };
}

export function probe(options: Partial<ProbeFacts> = {}): ProbeFacts {
  return {
    handler: 'http',
    port: '8080',
    path: '/healthz',
    scheme: 'HTTP',
    command: null,
    initialDelaySeconds: 0,
    periodSeconds: 10,
    timeoutSeconds: 1,
    failureThreshold: 3,
    successThreshold: 1,
    ...options,
  };
}

export function podSpec(options: Partial<PodSpecFacts> = {}): PodSpecFacts {
  return {
    containers: [container()],
    volumes: [],
    restartPolicy: 'Always',
    serviceAccountName: null,
    schedulerName: 'default-scheduler',
    priorityClassName: null,
    runtimeClassName: null,
    nodeSelector: {},
    hasNodeAffinity: false,
    hasPodAffinity: false,
    hasRequiredPodAntiAffinity: false,
    hasTopologySpread: false,
    hostNetwork: false,
    tolerations: [
      {
        key: 'node.kubernetes.io/not-ready',
        operator: 'Exists',
        value: null,
        effect: 'NoExecute',
        tolerationSeconds: 300,
      },
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        value: null,
        effect: 'NoExecute',
        tolerationSeconds: 300,
      },
    ],
    imagePullSecrets: [],
    readinessGates: [],
    schedulingGates: [],
    terminationGracePeriodSeconds: 30,
    ...options,
  };
}

export function condition(
  type: string,
  status: ConditionFacts['status'],
  sinceAgo: number,
  reason: string | null = null,
  message: string | null = null,
): ConditionFacts {
  return { type, status, reason, message, lastTransitionAt: ago(sinceAgo), lastUpdateAt: null };
}

export function running(startedAgo = 3600): ContainerStateFacts {
  return { kind: 'running', startedAt: ago(startedAgo) };
}

export function waits(reason: string | null, message: string | null = null): ContainerStateFacts {
  return { kind: 'waiting', reason, message };
}

export function ended(
  exitCode: number,
  reason: string | null,
  finishedAgo: number,
  message: string | null = null,
): TerminationFacts {
  return { exitCode, signal: null, reason, message, startedAt: ago(finishedAgo + 20), finishedAt: ago(finishedAgo) };
}

export function terminated(termination: TerminationFacts): ContainerStateFacts {
  return { kind: 'terminated', ...termination };
}

export function status(options: Partial<ContainerStatusFacts> = {}): ContainerStatusFacts {
  return {
    name: 'app',
    ready: false,
    started: false,
    restartCount: 0,
    imageId: null,
    state: waits('ContainerCreating'),
    lastTermination: null,
    unhealthyDevices: [],
    ...options,
  };
}

export function crashLoop(options: {
  exitCode: number;
  reason?: string;
  restarts?: number;
  finishedAgo?: number;
  message?: string | null;
  name?: string;
  delay?: string;
}): ContainerStatusFacts {
  return status({
    name: options.name ?? 'app',
    restartCount: options.restarts ?? 3,
    state: waits(
      'CrashLoopBackOff',
      `back-off ${options.delay ?? '20s'} restarting failed container=app pod=web-1_shop(uid-web-1)`,
    ),
    lastTermination: ended(
      options.exitCode,
      options.reason ?? 'Error',
      options.finishedAgo ?? 10,
      options.message ?? null,
    ),
  });
}

export interface PodOptions extends Partial<PodFacts> {
  /** Since when it is on its node; its conditions follow from it. */
  readonly scheduledAgo?: number;
}

/** A pod on node-1 whose containers have not started, unless told otherwise. */
export function pod(options: PodOptions = {}): PodFacts {
  const { scheduledAgo = 300, ...facts } = options;
  return {
    namespace: 'shop',
    name: 'web-1',
    uid: 'uid-web-1',
    createdAt: ago(scheduledAgo + 1),
    deletionAt: null,
    finalizers: [],
    labels: { app: 'web', 'pod-template-hash': 'h1' },
    owner: { kind: 'ReplicaSet', name: 'web', uid: 'uid-rs' },
    spec: podSpec(),
    nodeName: 'node-1',
    targetNodeName: null,
    nominatedNodeName: null,
    phase: 'Pending',
    reason: null,
    message: null,
    startAt: ago(scheduledAgo),
    conditions: [
      condition('PodReadyToStartContainers', 'True', scheduledAgo),
      condition('Initialized', 'True', scheduledAgo),
      condition('Ready', 'False', scheduledAgo, 'ContainersNotReady'),
      condition('ContainersReady', 'False', scheduledAgo, 'ContainersNotReady'),
      condition('PodScheduled', 'True', scheduledAgo),
    ],
    containerStatuses: [status()],
    initContainerStatuses: [],
    ...facts,
  };
}

/** Ready for an hour. */
export function readyPod(options: PodOptions = {}): PodFacts {
  return pod({
    phase: 'Running',
    conditions: [
      condition('Initialized', 'True', 3600),
      condition('Ready', 'True', 3600),
      condition('ContainersReady', 'True', 3600),
      condition('PodScheduled', 'True', 3600),
    ],
    containerStatuses: [status({ ready: true, started: true, state: running() })],
    scheduledAgo: 3600,
    ...options,
  });
}

/** Not scheduled for so many seconds. */
export function unscheduled(
  message: string | null,
  sinceAgo: number,
  options: PodOptions = {},
  reason = 'Unschedulable',
): PodFacts {
  return pod({
    nodeName: null,
    startAt: null,
    createdAt: ago(sinceAgo),
    conditions: message === null ? [] : [condition('PodScheduled', 'False', sinceAgo, reason, message)],
    containerStatuses: [],
    ...options,
  });
}

export interface EventOptions {
  readonly type?: 'Normal' | 'Warning';
  readonly source?: string;
  readonly count?: number;
  readonly firstAgo?: number;
  readonly lastAgo?: number;
  readonly container?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
}

export function event(reason: string, message: string, options: EventOptions = {}): EventFacts {
  const lastAgo = options.lastAgo ?? 10;
  return {
    uid: `uid-event-${reason}-${lastAgo}`,
    namespace: 'shop',
    involved: {
      kind: options.kind ?? 'Pod',
      namespace: 'shop',
      name: options.name ?? 'web-1',
      uid: options.uid ?? 'uid-web-1',
      fieldPath: options.container === undefined ? null : `spec.containers{${options.container}}`,
    },
    type: options.type ?? 'Warning',
    reason,
    message,
    source: options.source ?? 'kubelet',
    count: options.count ?? 1,
    firstAt: ago(options.firstAgo ?? lastAgo),
    lastAt: ago(lastAgo),
  };
}

const workloadFacts = {
  namespace: 'shop',
  createdAt: ago(86_400),
  deletionAt: null,
  finalizers: [],
  generation: 1,
  observedGeneration: 1,
  labels: {},
  annotations: {},
  selector: { matchLabels: { app: 'web' }, matchExpressions: [] },
  templateLabels: { app: 'web' },
  template: podSpec(),
  minReadySeconds: 0,
  conditions: [],
} as const;

export function deployment(options: Partial<DeploymentFacts> = {}): DeploymentFacts {
  return {
    ...workloadFacts,
    kind: 'Deployment',
    name: 'web',
    uid: 'uid-web',
    replicas: 3,
    paused: false,
    strategy: 'RollingUpdate',
    maxSurge: '25%',
    maxUnavailable: '25%',
    progressDeadlineSeconds: 600,
    status: {
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      unavailableReplicas: 0,
      terminatingReplicas: null,
    },
    ...options,
  };
}

export function statefulSet(options: Partial<StatefulSetFacts> = {}): StatefulSetFacts {
  return {
    ...workloadFacts,
    kind: 'StatefulSet',
    name: 'db',
    uid: 'uid-db',
    replicas: 3,
    serviceName: 'db',
    podManagementPolicy: 'OrderedReady',
    updateStrategy: 'RollingUpdate',
    partition: 0,
    maxUnavailable: null,
    ordinalsStart: 0,
    claimTemplates: ['data'],
    status: {
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      currentRevision: 'db-1',
      updateRevision: 'db-1',
    },
    ...options,
  };
}

export function daemonSet(options: Partial<DaemonSetFacts> = {}): DaemonSetFacts {
  return {
    ...workloadFacts,
    kind: 'DaemonSet',
    name: 'agent',
    uid: 'uid-agent',
    updateStrategy: 'RollingUpdate',
    maxUnavailable: '1',
    maxSurge: '0',
    status: {
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      updatedNumberScheduled: 3,
      numberAvailable: 3,
      numberUnavailable: 0,
    },
    ...options,
  };
}

export function service(options: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    namespace: 'shop',
    name: 'web',
    uid: 'uid-service-web',
    createdAt: ago(86_400),
    deletionAt: null,
    finalizers: [],
    type: 'ClusterIP',
    headless: false,
    publishNotReadyAddresses: false,
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    ...options,
  };
}

export function context(options: Partial<PodContext> = {}): PodContext {
  return {
    workload: deployment(),
    events: [],
    nodeEvents: [],
    lostNodes: new Set(),
    remembered: {},
    usage: [],
    ...options,
  };
}

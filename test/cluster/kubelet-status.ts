import { createHash } from 'node:crypto';
import { ApiError, contentTypes, type Cluster, type KubeObject } from './control-plane.ts';

/**
 * What a kubelet writes about a pod: one builder per failure, each the status and the events that belong to it, for
 * pods that carry `manualStatusLabel`.
 *
 *     await reportOf(cluster, 'shop', podName, (pod) => imagePullBackOff(pod, { at: Date.now() }));
 *
 * Phase and conditions are derived from the container states as the kubelet derives them, texts are those of its
 * version 1.36: https://github.com/kubernetes/kubernetes/tree/v1.36.3/pkg/kubelet (status/generate.go,
 * kubelet_pods.go, images/image_manager.go, kuberuntime/, prober/).
 */

export interface Container {
  readonly name: string;
  readonly image: string;
  /** `Always` on an init container makes it a sidecar. */
  readonly restartPolicy?: string;
}

export interface Pod extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly readinessGates?: readonly { readonly conditionType: string }[];
  };
  readonly status: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

export interface Terminated {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly containerID: string;
}

export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | { readonly terminated: Terminated };

export interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly state: ContainerState;
  readonly lastState: { readonly terminated?: Terminated };
}

export interface PodStatus {
  readonly observedGeneration: number;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly reason?: string;
  readonly message?: string;
  readonly startTime?: string;
  readonly conditions: readonly Condition[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

export interface ReportedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** `kubelet` but for a lost node, which the node controller reports. */
  readonly component: string;
  /** Names the container: `spec.containers{app}`. */
  readonly fieldPath?: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface KubeletReport {
  readonly status: Partial<PodStatus> & Pick<PodStatus, 'conditions'>;
  readonly events: readonly ReportedEvent[];
}

export interface Moment {
  /** When the state began, ms since the epoch; the API keeps seconds. */
  readonly at: number;
}

export interface ContainerMoment extends Moment {
  /** Default: the first container. */
  readonly container?: string;
}

// ————— what goes well —————

/** Scheduled, its containers not created yet. */
export function containerCreating(pod: Pod, { at }: Moment): KubeletReport {
  return report(pod, at, {}, { sandbox: false });
}

/** Every container runs and is ready, with the restarts that it had; gates are left as they are. */
export function running(pod: Pod, { at }: Moment): KubeletReport {
  const states = Object.fromEntries(pod.spec.containers.map(({ name }) => [name, runs(at)]));
  const events = pod.spec.containers.flatMap(({ name }) => started(pod, name, at));
  return report(pod, at, states, { events });
}

// ————— images —————

export interface ImagePullOptions extends ContainerMoment {
  /** The registry's answer; default: the tag does not exist. */
  readonly error?: string;
}

export function notFoundError(image: string): string {
  const reference = `${image.includes('/') ? '' : 'docker.io/library/'}${image}`;
  return `rpc error: code = NotFound desc = failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${reference}: not found`;
}

/** The first attempt failed a moment ago. */
export function errImagePull(pod: Pod, options: ImagePullOptions): KubeletReport {
  const { name, image } = containerOf(pod, options.container);
  const error = options.error ?? notFoundError(image);
  return report(
    pod,
    options.at,
    { [name]: waits('ErrImagePull', error) },
    { events: pullEvents(pod, name, image, error, options.at, 1) },
  );
}

/** Several attempts failed; the kubelet waits before the next one. */
export function imagePullBackOff(pod: Pod, options: ImagePullOptions): KubeletReport {
  const { name, image } = containerOf(pod, options.container);
  const error = options.error ?? notFoundError(image);
  const events = [
    ...pullEvents(pod, name, image, error, options.at, 3),
    event(pod, name, 'Normal', 'BackOff', `Back-off pulling image "${image}"`, options.at, 4),
    event(pod, name, 'Warning', 'Failed', 'Error: ImagePullBackOff', options.at, 4),
  ];
  const message = `Back-off pulling image "${image}": ErrImagePull: ${error}`;
  return report(pod, options.at, { [name]: waits('ImagePullBackOff', message) }, { events });
}

export function invalidImageName(pod: Pod, options: ContainerMoment): KubeletReport {
  const { name, image } = containerOf(pod, options.container);
  const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
  const events = [
    event(pod, name, 'Warning', 'InspectFailed', message, options.at, 3),
    event(pod, name, 'Warning', 'Failed', 'Error: InvalidImageName', options.at, 3),
  ];
  return report(pod, options.at, { [name]: waits('InvalidImageName', message) }, { events });
}

// ————— configuration and start —————

/** `message` is the runtime's sentence; default: a ConfigMap that does not exist. */
export function configError(pod: Pod, options: ContainerMoment & { readonly message?: string }): KubeletReport {
  const { name } = containerOf(pod, options.container);
  const message = options.message ?? 'configmap "settings" not found';
  const events = [event(pod, name, 'Warning', 'Failed', `Error: ${message}`, options.at, 5)];
  return report(pod, options.at, { [name]: waits('CreateContainerConfigError', message) }, { events });
}

/** The runtime could not start the program: exit code 128 with a start in 1970, told as a crash loop. */
export function startError(
  pod: Pod,
  options: ContainerMoment & { readonly message?: string; readonly restarts?: number },
): KubeletReport {
  const { name } = containerOf(pod, options.container);
  const restarts = options.restarts ?? 3;
  const message =
    options.message ??
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "serve": executable file not found in $PATH';
  const last = {
    ...ended(pod, name, 128, 'StartError', options.at, restarts),
    startedAt: '1970-01-01T00:00:00Z',
    message,
  };
  const events = [
    event(pod, name, 'Warning', 'Failed', `Error: ${message}`, options.at, restarts),
    backOffEvent(pod, name, options.at, restarts),
  ];
  return report(
    pod,
    options.at,
    { [name]: { ...waits('CrashLoopBackOff', backOffText(pod, name, restarts)), restarts, last } },
    { events },
  );
}

/** A volume that cannot be mounted: the containers wait and only the event says why. */
export function mountFailed(pod: Pod, options: Moment & { readonly message: string }): KubeletReport {
  const events = [event(pod, null, 'Warning', 'FailedMount', options.message, options.at, 6)];
  return report(pod, options.at, {}, { events, sandbox: false });
}

/** The pod's network cannot be set up. */
export function sandboxFailed(pod: Pod, options: Moment & { readonly message?: string }): KubeletReport {
  const message =
    options.message ??
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox: plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized';
  return report(
    pod,
    options.at,
    {},
    { events: [event(pod, null, 'Warning', 'FailedCreatePodSandBox', message, options.at, 6)], sandbox: false },
  );
}

// ————— crashes —————

export interface CrashOptions extends ContainerMoment {
  /** Default 5, which waits 2 min 40 s for the next start. */
  readonly restarts?: number;
  /** Default 1. */
  readonly exitCode?: number;
  /** Default `Error`, for exit code 0 `Completed`. */
  readonly reason?: string;
  /** The container's termination message. */
  readonly message?: string;
  /** How long the last run lasted; default 2 s. */
  readonly ranMs?: number;
}

/** The program ends soon after each start; `at` is its last end. */
export function crashLoopBackOff(pod: Pod, options: CrashOptions): KubeletReport {
  const { name } = containerOf(pod, options.container);
  const restarts = options.restarts ?? 5;
  const last = lastEnd(pod, name, options, restarts);
  const events = [...started(pod, name, options.at, restarts + 1), backOffEvent(pod, name, options.at, restarts)];
  return report(
    pod,
    options.at,
    { [name]: { ...waits('CrashLoopBackOff', backOffText(pod, name, restarts)), restarts, last } },
    { events },
  );
}

/** Killed for its memory limit. It runs again at once the first time, and backs off from `restarts: 2` on. */
export function oomKilled(
  pod: Pod,
  options: ContainerMoment & { readonly restarts?: number; readonly ranMs?: number },
): KubeletReport {
  const restarts = options.restarts ?? 3;
  const killed = { ...options, exitCode: 137, reason: 'OOMKilled', restarts };
  if (restarts > 1) return crashLoopBackOff(pod, killed);
  const { name } = containerOf(pod, options.container);
  const last = lastEnd(pod, name, killed, restarts);
  return report(
    pod,
    options.at,
    { [name]: runs(options.at, { restarts, last }) },
    { events: started(pod, name, options.at, restarts + 1) },
  );
}

/** The liveness probe had the kubelet kill the container; it runs again and will be killed again. */
export function livenessKilled(
  pod: Pod,
  options: ContainerMoment & { readonly restarts?: number; readonly output?: string },
): KubeletReport {
  const { name } = containerOf(pod, options.container);
  const restarts = options.restarts ?? 4;
  const last = ended(pod, name, 137, 'Error', options.at, restarts, 60_000);
  const events = [
    event(
      pod,
      name,
      'Warning',
      'Unhealthy',
      `Liveness probe failed: ${options.output ?? 'HTTP probe failed with statuscode: 500'}`,
      options.at,
      restarts * 3,
    ),
    event(
      pod,
      name,
      'Normal',
      'Killing',
      `Container ${name} failed liveness probe, will be restarted`,
      options.at,
      restarts,
    ),
    ...started(pod, name, options.at, restarts + 1),
  ];
  return report(pod, options.at, { [name]: runs(options.at, { restarts, last, ready: false }) }, { events });
}

// ————— probes and gates —————

/** Runs, and the readiness probe fails. */
export function readinessFailing(pod: Pod, options: ContainerMoment & { readonly output?: string }): KubeletReport {
  const { name } = containerOf(pod, options.container);
  const output = options.output ?? 'HTTP probe failed with statuscode: 503';
  const events = [
    ...started(pod, name, options.at),
    event(pod, name, 'Warning', 'Unhealthy', `Readiness probe failed: ${output}`, options.at, 12),
  ];
  return report(pod, options.at, { [name]: runs(options.at, { ready: false }) }, { events });
}

/** Runs, and the startup probe has not passed: neither started nor ready. */
export function startupFailing(pod: Pod, options: ContainerMoment & { readonly output?: string }): KubeletReport {
  const { name } = containerOf(pod, options.container);
  const output = options.output ?? 'dial tcp 10.244.0.7:8080: connect: connection refused';
  const events = [
    ...started(pod, name, options.at),
    event(pod, name, 'Warning', 'Unhealthy', `Startup probe failed: ${output}`, options.at, 8),
  ];
  return report(pod, options.at, { [name]: runs(options.at, { ready: false, started: false }) }, { events });
}

/** Every container is ready and a readiness gate is not. */
export function gateNotReady(pod: Pod, { at, gate }: Moment & { readonly gate: string }): KubeletReport {
  return report(pod, at, Object.fromEntries(pod.spec.containers.map(({ name }) => [name, runs(at)])), {
    conditions: [{ type: gate, status: 'False', lastTransitionTime: iso(at) }],
  });
}

// ————— init containers and sidecars —————

/** An init container ends with an error again and again; the others wait. */
export function initCrash(pod: Pod, options: CrashOptions): KubeletReport {
  const name = options.container ?? initContainers(pod).find((container) => !isSidecar(container))?.name;
  if (name === undefined) throw new Error(`pod ${pod.metadata.name} has no init container`);
  return crashLoopBackOff(pod, { ...options, container: name });
}

/** The sidecar crashes while the pod's own containers run and are ready. */
export function sidecarCrash(pod: Pod, options: CrashOptions): KubeletReport {
  const name = options.container ?? initContainers(pod).find(isSidecar)?.name;
  if (name === undefined) throw new Error(`pod ${pod.metadata.name} has no init container with restartPolicy Always`);
  const restarts = options.restarts ?? 5;
  const last = lastEnd(pod, name, options, restarts);
  const states = Object.fromEntries(pod.spec.containers.map((container) => [container.name, runs(options.at)]));
  const events = [...started(pod, name, options.at, restarts + 1), backOffEvent(pod, name, options.at, restarts)];
  states[name] = { ...waits('CrashLoopBackOff', backOffText(pod, name, restarts)), restarts, last };
  return report(pod, options.at, states, { events });
}

// ————— nodes —————

/** The node controller's mark on a pod of a node that stopped reporting: Ready alone is taken back. */
export function nodeLost(pod: Pod, { at }: Moment): KubeletReport {
  const ready: Condition = { type: 'Ready', status: 'False', lastTransitionTime: iso(at) };
  const notReady = {
    ...event(pod, null, 'Warning', 'NodeNotReady', 'Node is not ready', at, 1),
    component: 'node-controller',
  };
  return { status: { conditions: [ready] }, events: [notReady] };
}

/** The kubelet ended the pod because its node ran low. */
export function evicted(
  pod: Pod,
  options: ContainerMoment & { readonly resource?: 'memory' | 'ephemeral-storage' },
): KubeletReport {
  const { name } = containerOf(pod, options.container);
  const resource = options.resource ?? 'memory';
  const message = `The node was low on resource: ${resource}. Threshold quantity: 100Mi, available: 41Mi. Container ${name} was using 812Mi, request is 256Mi, has larger consumption of ${resource}. `;
  const states = Object.fromEntries(
    pod.spec.containers.map((container) => [
      container.name,
      { state: { terminated: ended(pod, container.name, 137, 'Error', options.at, 0) } },
    ]),
  );
  const { status } = report(pod, options.at, states, {
    conditions: [
      {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'TerminationByKubelet',
        message,
        lastTransitionTime: iso(options.at),
      },
    ],
  });
  const failed = status.conditions.map((condition) =>
    condition.type === 'Ready' || condition.type === 'ContainersReady'
      ? { ...condition, status: 'False' as const, reason: 'PodFailed', message: '' }
      : condition,
  );
  return {
    status: { ...status, phase: 'Failed', reason: 'Evicted', message, conditions: failed },
    events: [event(pod, null, 'Warning', 'Evicted', message, options.at, 1)],
  };
}

// ————— writing —————

/** Reads the pod, writes what `build` makes of it, then the events. Returns the pod as it is afterwards. */
export async function reportOf(
  cluster: Cluster,
  namespace: string,
  name: string,
  build: (pod: Pod) => KubeletReport,
): Promise<Pod> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  const pod = await cluster.get<Pod>(path);
  const { status, events } = build(pod);
  // A patch merges conditions by type and replaces the lists of containers, as the kubelet's own does.
  await cluster.patchPodStatus(namespace, name, status);
  for (const reported of events) await record(cluster, pod, reported);
  return await cluster.get<Pod>(path);
}

/** As a client's event correlator: the first occurrence is created, later ones count up on the same object. */
async function record(cluster: Cluster, pod: Pod, reported: ReportedEvent): Promise<void> {
  const object = eventObject(pod, reported);
  const events = `/api/v1/namespaces/${object.metadata.namespace}/events`;
  try {
    await cluster.request('POST', events, object);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    const known = await cluster.get<KubeObject & { readonly count: number }>(`${events}/${object.metadata.name}`);
    const again = { count: known.count + reported.count, lastTimestamp: object.lastTimestamp };
    await cluster.request('PATCH', `${events}/${object.metadata.name}`, again, contentTypes.mergePatch);
  }
}

/** The Event object that the API server stores; a repetition has the same name. */
export function eventObject(pod: Pod, reported: ReportedEvent) {
  const namespace = pod.metadata.namespace ?? 'default';
  const suffix = hash([pod.metadata.uid, reported.fieldPath, reported.reason, reported.message].join(' ')).slice(0, 16);
  const host = pod.spec.nodeName;
  const byKubelet = reported.component === 'kubelet' && host !== undefined;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${pod.metadata.name}.${suffix}`, namespace },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace,
      name: pod.metadata.name,
      uid: pod.metadata.uid,
      resourceVersion: pod.metadata.resourceVersion,
      ...(reported.fieldPath === undefined ? {} : { fieldPath: reported.fieldPath }),
    },
    type: reported.type,
    reason: reported.reason,
    message: reported.message,
    source: { component: reported.component, ...(byKubelet ? { host } : {}) },
    reportingComponent: reported.component,
    reportingInstance: byKubelet ? host : '',
    firstTimestamp: iso(reported.firstAt),
    lastTimestamp: iso(reported.lastAt),
    count: reported.count,
  };
}

// ————— how a kubelet composes a status —————

interface ContainerFacts {
  readonly state: ContainerState;
  readonly last?: Terminated;
  readonly restarts?: number;
  readonly ready?: boolean;
  readonly started?: boolean;
}

interface ReportExtras {
  readonly events?: readonly ReportedEvent[];
  readonly conditions?: readonly Condition[];
  /** false: the pod's sandbox with its network does not exist yet. */
  readonly sandbox?: boolean;
}

/** Containers that are not named run; with an unfinished init container before them they wait for it. */
function report(
  pod: Pod,
  at: number,
  facts: Readonly<Record<string, ContainerFacts>>,
  extras: ReportExtras,
): KubeletReport {
  const sandbox = extras.sandbox ?? true;
  const initStatuses: ContainerStatus[] = [];
  let blocked = !sandbox;
  for (const container of initContainers(pod)) {
    const given = facts[container.name];
    const passed = isSidecar(container) ? runs(at) : finished(pod, container.name, at);
    const status = containerStatus(pod, container, given ?? (blocked ? waits('PodInitializing') : passed));
    initStatuses.push(status);
    // Once the pod's own containers have started, a crashed sidecar holds nobody up.
    const mainStarted = pod.spec.containers.some(
      ({ name }) => facts[name] !== undefined && 'running' in facts[name].state,
    );
    if (!mainStarted && !(isSidecar(container) ? status.started : status.ready)) blocked = true;
  }
  const idle = initContainers(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const statuses = pod.spec.containers.map((container) =>
    containerStatus(pod, container, facts[container.name] ?? (blocked ? waits(idle) : runs(at))),
  );
  return {
    status: {
      observedGeneration: pod.metadata.generation ?? 1,
      phase: phaseOf(pod, statuses),
      startTime: iso(scheduledAt(pod, at)),
      conditions: conditionsOf(pod, at, initStatuses, statuses, sandbox, extras.conditions ?? []),
      ...(initStatuses.length > 0 ? { initContainerStatuses: initStatuses } : {}),
      containerStatuses: statuses,
    },
    events: extras.events ?? [],
  };
}

/** kubelet_pods.go getPhase: a container that never ran keeps the pod pending, one that waits for its next start does not. */
function phaseOf(pod: Pod, statuses: readonly ContainerStatus[]): PodStatus['phase'] {
  const waiting = statuses.some(({ state, lastState }) => 'waiting' in state && lastState.terminated === undefined);
  return waiting && pod.spec.containers.length > 0 ? 'Pending' : 'Running';
}

function conditionsOf(
  pod: Pod,
  at: number,
  initStatuses: readonly ContainerStatus[],
  statuses: readonly ContainerStatus[],
  sandbox: boolean,
  written: readonly Condition[],
): readonly Condition[] {
  const base = { lastTransitionTime: iso(at), observedGeneration: pod.metadata.generation ?? 1 };
  const sidecars = new Set(
    initContainers(pod)
      .filter(isSidecar)
      .map(({ name }) => name),
  );
  const incomplete = initStatuses
    .filter((status) => !(sidecars.has(status.name) ? status.started : status.ready))
    .map(({ name }) => name);
  const unready = [...initStatuses.filter(({ name }) => sidecars.has(name)), ...statuses]
    .filter(({ ready }) => !ready)
    .map(({ name }) => name);
  const anyStarted = statuses.some((status) => status.started || status.lastState.terminated !== undefined);

  const initialized: Condition =
    incomplete.length > 0 && !anyStarted
      ? {
          ...base,
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${incomplete.join(' ')}]`,
        }
      : { ...base, type: 'Initialized', status: 'True', reason: '', message: '' };
  const notReady = {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  } as const;
  const containersReady = unready.length > 0 ? notReady : ({ status: 'True', reason: '', message: '' } as const);

  const known = new Map(
    [...(pod.status.conditions ?? []), ...written].map((condition) => [condition.type, condition.status]),
  );
  const gates = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const status = known.get(conditionType);
    if (status === undefined)
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return status === 'True'
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${status}`];
  });
  const ready =
    containersReady.status === 'True' && gates.length > 0
      ? ({ status: 'False', reason: 'ReadinessGatesNotReady', message: gates.join(', ') } as const)
      : containersReady;

  return [
    { ...base, type: 'PodReadyToStartContainers', status: sandbox ? 'True' : 'False' },
    initialized,
    { ...base, type: 'Ready', ...ready },
    { ...base, type: 'ContainersReady', ...containersReady },
    ...written,
  ];
}

function containerStatus(pod: Pod, container: Container, facts: ContainerFacts): ContainerStatus {
  const { state } = facts;
  // Restarts never go back, and the last end is remembered until the next one.
  const before = previous(pod, container.name);
  const restarts = facts.restarts ?? before?.restartCount ?? 0;
  const last = facts.last ?? before?.lastState.terminated;
  const isRunning = 'running' in state;
  const ran = isRunning || 'terminated' in state || last !== undefined;
  const completed = 'terminated' in state && state.terminated.exitCode === 0 && !isSidecar(container);
  return {
    name: container.name,
    image: container.image,
    imageID: ran ? `${container.image}@sha256:${hash(container.image)}` : '',
    ...(ran
      ? {
          containerID: isRunning
            ? containerId(pod, container.name, restarts)
            : 'terminated' in state
              ? state.terminated.containerID
              : (last?.containerID ?? ''),
        }
      : {}),
    ready: facts.ready ?? (isRunning || completed),
    started: facts.started ?? isRunning,
    restartCount: restarts,
    state,
    lastState: last === undefined ? {} : { terminated: last },
  };
}

function previous(pod: Pod, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status;
  return [...containerStatuses, ...initContainerStatuses].find((status) => status.name === name);
}

function waits(reason: string, message?: string): ContainerFacts & { readonly state: ContainerState } {
  return { state: { waiting: { reason, ...(message === undefined ? {} : { message }) } } };
}

function runs(at: number, facts: Omit<ContainerFacts, 'state'> = {}): ContainerFacts {
  return { state: { running: { startedAt: iso(at) } }, ...facts };
}

function finished(pod: Pod, name: string, at: number): ContainerFacts {
  return { state: { terminated: ended(pod, name, 0, 'Completed', at, 0) } };
}

function ended(
  pod: Pod,
  name: string,
  exitCode: number,
  reason: string,
  at: number,
  restarts: number,
  ranMs = 2000,
): Terminated {
  // The run before the next one: a container has one id per start.
  return {
    exitCode,
    reason,
    startedAt: iso(at - ranMs),
    finishedAt: iso(at),
    containerID: containerId(pod, name, Math.max(0, restarts - 1)),
  };
}

function lastEnd(
  pod: Pod,
  name: string,
  { at, exitCode = 1, reason, message, ranMs }: CrashOptions,
  restarts: number,
): Terminated {
  const end = ended(pod, name, exitCode, reason ?? (exitCode === 0 ? 'Completed' : 'Error'), at, restarts, ranMs);
  return message === undefined ? end : { ...end, message };
}

/** kuberuntime_manager.go doBackOff: 10 s, doubled for every restart, at most 5 min, written as Go writes durations. */
function backOffText(pod: Pod, container: string, restarts: number): string {
  const seconds = Math.min(300, 10 * 2 ** Math.max(0, restarts - 1));
  const text = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  return `back-off ${text} restarting failed container=${container} pod=${described(pod)}`;
}

function backOffEvent(pod: Pod, container: string, at: number, restarts: number): ReportedEvent {
  return event(
    pod,
    container,
    'Warning',
    'BackOff',
    `Back-off restarting failed container ${container} in pod ${described(pod)}`,
    at,
    restarts * 4,
  );
}

function pullEvents(
  pod: Pod,
  container: string,
  image: string,
  error: string,
  at: number,
  attempts: number,
): readonly ReportedEvent[] {
  return [
    event(pod, container, 'Normal', 'Pulling', `Pulling image "${image}"`, at, attempts),
    event(pod, container, 'Warning', 'Failed', `Failed to pull image "${image}": ${error}`, at, attempts),
    event(pod, container, 'Warning', 'Failed', 'Error: ErrImagePull', at, attempts),
  ];
}

function started(pod: Pod, container: string, at: number, count = 1): readonly ReportedEvent[] {
  const { image } = containerOf(pod, container);
  return [
    event(
      pod,
      container,
      'Normal',
      'Pulled',
      `Container image "${image}" already present on machine and can be accessed by the pod`,
      at,
      count,
    ),
    event(pod, container, 'Normal', 'Created', 'Container created', at, count),
    event(pod, container, 'Normal', 'Started', 'Container started', at, count),
  ];
}

function event(
  pod: Pod,
  container: string | null,
  type: ReportedEvent['type'],
  reason: string,
  message: string,
  at: number,
  count: number,
): ReportedEvent {
  const list = initContainers(pod).some(({ name }) => name === container) ? 'initContainers' : 'containers';
  return {
    type,
    reason,
    message,
    component: 'kubelet',
    ...(container === null ? {} : { fieldPath: `spec.${list}{${container}}` }),
    count,
    firstAt: count > 1 ? scheduledAt(pod, at) : at,
    lastAt: at,
  };
}

function scheduledAt(pod: Pod, at: number): number {
  const scheduled = pod.status.conditions?.find(({ type }) => type === 'PodScheduled')?.lastTransitionTime;
  return Math.min(at, Date.parse(scheduled ?? pod.metadata.creationTimestamp));
}

function initContainers(pod: Pod): readonly Container[] {
  return pod.spec.initContainers ?? [];
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

function containerOf(pod: Pod, name: string | undefined): Container {
  const all = [...pod.spec.containers, ...initContainers(pod)];
  const found = name === undefined ? all[0] : all.find((container) => container.name === name);
  if (found === undefined)
    throw new Error(
      `pod ${pod.metadata.name} has no container ${name}; it has ${all.map((container) => container.name).join(', ')}`,
    );
  return found;
}

function described(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
}

function containerId(pod: Pod, container: string, run: number): string {
  return `containerd://${hash(`${pod.metadata.uid}/${container}/${run}`)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function iso(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

import type { PodLogs } from '../pod-logs.ts';
import type { EventRecorder, EventTarget } from './events.ts';
import { type Pod, type Termination, type Trouble, troubleOf, type Workload } from './model.ts';

/**
 * What scheduler and kubelets do to one pod, as a step: the pod's stage and what stands in its way decide what comes
 * next and when to look again. Times are shorter than in life, so that a visitor sees something happen.
 */

export interface KubeletTools {
  readonly events: EventRecorder;
  readonly logs: PodLogs;
  readonly random: () => number;
  /** A node for a new pod. */
  readonly pickNode: () => string;
  readonly isNodeLost: (node: string) => boolean;
}

const pullMs = 900;
const readyMs = 2_500;
const retryPullMs = 10_000;
const retrySchedulingMs = 20_000;
const probePeriodMs = 5_000;
const configRetryMs = 15_000;
/** The kubelet doubles from 10 s to 5 min; the demo stops at 40 s. */
const firstBackOffMs = 10_000;
const lastBackOffMs = 40_000;

const far = Number.POSITIVE_INFINITY;

export function stepPod(workload: Workload, pod: Pod, tools: KubeletTools, now: number): void {
  const isLost = pod.node !== null && tools.isNodeLost(pod.node);
  if (isLost !== pod.nodeLost) reportNode(pod, isLost, tools, now);
  if (pod.nodeLost || now < pod.nextAt) return;
  const trouble = troubleOf(pod);
  switch (pod.stage) {
    case 'unscheduled':
      return schedule(pod, trouble, tools, now);
    case 'scheduled':
    case 'blocked':
      return createContainer(workload, pod, trouble, tools, now);
    case 'init':
      return endInit(pod, trouble, tools, now);
    case 'starting':
      return becomeReady(workload, pod, trouble, tools, now);
    case 'running':
      return keepRunning(workload, pod, trouble, tools, now);
    case 'backOff':
      return restart(workload, pod, trouble, tools, now);
    default:
      pod.stage satisfies never;
  }
}

/** The node controller flips Ready of every pod of a node that stopped reporting, and nothing else. */
function reportNode(pod: Pod, isLost: boolean, tools: KubeletTools, now: number): void {
  pod.nodeLost = isLost;
  pod.changed = true;
  if (isLost && pod.ready) {
    setReady(pod, false, now);
    tools.events.record(targetOf(pod), 'Warning', 'node-controller', 'NodeNotReady', 'Node is not ready', now);
  } else if (!isLost && pod.state.kind === 'running') {
    setReady(pod, true, now);
  }
}

function schedule(pod: Pod, trouble: Trouble | null, tools: KubeletTools, now: number): void {
  if (trouble?.kind === 'unschedulable') {
    pod.schedulingMessage = trouble.message;
    pod.nextAt = now + retrySchedulingMs;
    pod.changed = true;
    tools.events.record(targetOf(pod), 'Warning', 'default-scheduler', 'FailedScheduling', trouble.message, now);
    return;
  }
  pod.node ??= tools.pickNode();
  pod.schedulingMessage = null;
  pod.scheduledAt = now;
  pod.readyChangedAt = now;
  pod.stage = 'scheduled';
  pod.nextAt = now + pullMs * (0.5 + tools.random());
  pod.changed = true;
  tools.events.record(
    targetOf(pod),
    'Normal',
    'default-scheduler',
    'Scheduled',
    `Successfully assigned ${pod.namespace}/${pod.name} to ${pod.node}`,
    now,
  );
}

function createContainer(
  workload: Workload,
  pod: Pod,
  trouble: Trouble | null,
  tools: KubeletTools,
  now: number,
): void {
  const { image } = pod.revision;
  const record = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    tools.events.record(targetOf(pod, 'app'), type, 'kubelet', reason, message, now);
  if (trouble?.kind === 'imageNotFound' || trouble?.kind === 'registryDown') {
    const host = image.split('/')[0] ?? '';
    const text =
      trouble.kind === 'imageNotFound'
        ? `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`
        : `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: Head "https://${host}/v2/": dial tcp 10.0.9.20:443: connect: connection refused`;
    const code = trouble.kind === 'imageNotFound' ? 'NotFound' : 'Unknown';
    const error = `rpc error: code = ${code} desc = ${text}`;
    const isFirst = pod.stage === 'scheduled';
    record('Warning', 'Failed', `Failed to pull image "${image}": ${error}`);
    record('Warning', 'Failed', isFirst ? 'Error: ErrImagePull' : 'Error: ImagePullBackOff');
    if (!isFirst) record('Normal', 'BackOff', `Back-off pulling image "${image}"`);
    pod.state = isFirst
      ? { kind: 'waiting', reason: 'ErrImagePull', message: error }
      : {
          kind: 'waiting',
          reason: 'ImagePullBackOff',
          message: `Back-off pulling image "${image}": ErrImagePull: ${error}`,
        };
    pod.stage = 'blocked';
    pod.nextAt = now + (isFirst ? 2_000 : retryPullMs);
    pod.changed = true;
    return;
  }
  if (trouble?.kind === 'missingConfigMap') {
    const message = `configmap "${trouble.name}" not found`;
    record('Warning', 'Failed', `Error: ${message}`);
    pod.state = { kind: 'waiting', reason: 'CreateContainerConfigError', message };
    pod.stage = 'blocked';
    pod.nextAt = now + configRetryMs;
    pod.changed = true;
    return;
  }
  record('Normal', 'Pulled', `Container image "${image}" already present on machine`);
  if (workload.role.migrates === true && !pod.initialized) {
    pod.initState = { kind: 'running', startedAt: now };
    pod.stage = 'init';
    pod.nextAt = now + 1_500;
    pod.changed = true;
    return;
  }
  start(pod, tools, now);
}

function endInit(pod: Pod, trouble: Trouble | null, tools: KubeletTools, now: number): void {
  const startedAt = pod.initState?.kind === 'running' ? pod.initState.startedAt : now;
  if (trouble?.kind === 'initFails') {
    const ended: Termination = { exitCode: trouble.exitCode, reason: 'Error', startedAt, finishedAt: now };
    for (const line of trouble.lastWords)
      tools.logs.append(pod.namespace, pod.name, 'migrate', { at: now, text: line });
    return backOff(pod, 'migrate', ended, tools, now);
  }
  pod.initState = { kind: 'terminated', exitCode: 0, reason: 'Completed', startedAt, finishedAt: now };
  pod.initialized = true;
  pod.restarts = 0;
  pod.lastTermination = null;
  start(pod, tools, now);
}

function start(pod: Pod, tools: KubeletTools, now: number): void {
  pod.initialized = true;
  pod.state = { kind: 'running', startedAt: now };
  pod.stage = 'starting';
  pod.nextAt = now + readyMs * (0.6 + 0.8 * tools.random());
  pod.changed = true;
  tools.events.record(targetOf(pod, 'app'), 'Normal', 'kubelet', 'Created', 'Container created', now);
  tools.events.record(targetOf(pod, 'app'), 'Normal', 'kubelet', 'Started', 'Container started', now);
}

function becomeReady(workload: Workload, pod: Pod, trouble: Trouble | null, tools: KubeletTools, now: number): void {
  if (trouble?.kind === 'notReady') return failProbe(pod, trouble.statusCode, tools, now);
  if (trouble?.kind === 'crash' && trouble.afterMs < readyMs) return keepRunning(workload, pod, trouble, tools, now);
  setReady(pod, true, now);
  pod.stage = 'running';
  pod.nextAt = trouble === null ? now + probePeriodMs : now + ('afterMs' in trouble ? trouble.afterMs : probePeriodMs);
}

function keepRunning(workload: Workload, pod: Pod, trouble: Trouble | null, tools: KubeletTools, now: number): void {
  const startedAt = pod.state.kind === 'running' ? pod.state.startedAt : now;
  switch (trouble?.kind) {
    case 'crash': {
      for (const line of trouble.lastWords) tools.logs.append(pod.namespace, pod.name, 'app', { at: now, text: line });
      return backOff(
        pod,
        'app',
        { exitCode: trouble.exitCode, reason: 'Error', startedAt, finishedAt: now },
        tools,
        now,
      );
    }
    case 'outOfMemory':
      tools.logs.append(pod.namespace, pod.name, 'app', {
        at: now,
        text: `heap at ${workload.role.memoryMebibytes * 2} MiB, collecting`,
      });
      return backOff(pod, 'app', { exitCode: 137, reason: 'OOMKilled', startedAt, finishedAt: now }, tools, now);
    case 'notReady':
      return failProbe(pod, trouble.statusCode, tools, now);
    default:
      if (!pod.ready) setReady(pod, true, now);
      pod.nextAt = now + probePeriodMs;
  }
}

function failProbe(pod: Pod, statusCode: number, tools: KubeletTools, now: number): void {
  if (pod.ready) setReady(pod, false, now);
  pod.stage = 'running';
  pod.nextAt = now + probePeriodMs;
  tools.events.record(
    targetOf(pod, 'app'),
    'Warning',
    'kubelet',
    'Unhealthy',
    `Readiness probe failed: HTTP probe failed with statuscode: ${statusCode}`,
    now,
  );
}

function backOff(pod: Pod, container: 'app' | 'migrate', ended: Termination, tools: KubeletTools, now: number): void {
  const delayMs = Math.min(lastBackOffMs, firstBackOffMs * 2 ** Math.min(8, pod.restarts));
  const message = `back-off ${delayMs / 1000}s restarting failed container=${container} pod=${pod.name}_${pod.namespace}(${pod.uid})`;
  const waiting = { kind: 'waiting', reason: 'CrashLoopBackOff', message } as const;
  if (container === 'app') pod.state = waiting;
  else pod.initState = waiting;
  pod.lastTermination = ended;
  pod.stage = 'backOff';
  pod.nextAt = now + delayMs;
  if (pod.ready) setReady(pod, false, now);
  pod.changed = true;
  tools.events.record(
    targetOf(pod, container),
    'Warning',
    'kubelet',
    'BackOff',
    `Back-off restarting failed container ${container} in pod ${pod.name}_${pod.namespace}(${pod.uid})`,
    now,
  );
}

function restart(workload: Workload, pod: Pod, trouble: Trouble | null, tools: KubeletTools, now: number): void {
  pod.restarts += 1;
  tools.logs.restart(pod.namespace, pod.name, pod.initialized ? 'app' : 'migrate');
  pod.stage = 'scheduled';
  createContainer(workload, pod, trouble, tools, now);
}

function setReady(pod: Pod, ready: boolean, now: number): void {
  pod.ready = ready;
  pod.readyChangedAt = now;
  pod.changed = true;
}

/** The kubelet got the order to stop it. */
export function stopPod(pod: Pod, tools: KubeletTools, graceMs: number, now: number): void {
  if (pod.deletingAt !== null) return;
  pod.deletingAt = now + graceMs;
  pod.nextAt = far;
  pod.changed = true;
  if (pod.state.kind === 'running')
    tools.events.record(targetOf(pod, 'app'), 'Normal', 'kubelet', 'Killing', 'Stopping container app', now);
}

export function targetOf(pod: Pod, container?: 'app' | 'migrate'): EventTarget {
  const path =
    container === undefined
      ? {}
      : { fieldPath: `spec.${container === 'app' ? 'containers' : 'initContainers'}{${container}}` };
  return { kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid, ...path };
}

import type { EventRecorder, EventTarget } from './events.ts';
import { type KubeletTools, stopPod } from './kubelet.ts';
import { countsOf } from './manifests.ts';
import { isAvailable, newest, type Pod, type Revision, type Workload } from './model.ts';

/**
 * The three workload controllers, as one step: compare what is wanted with the pods that are there, create or stop
 * some, and keep the numbers from which `manifests.ts` writes the status.
 */

export interface ControllerTools extends KubeletTools {
  readonly createPod: (workload: Workload, revision: Revision, place: string | null, now: number) => Pod;
  readonly nodeNames: readonly string[];
}

/** Of a pod that is stopped: 30 s by default in life. */
const graceMs = 2_500;
/** Between two attempts that a quota refuses: the real controller's grow from 5 ms to 16 min. */
const refusedRetryMs = 10_000;

export function stepWorkload(workload: Workload, tools: ControllerTools, now: number): void {
  if (workload.deletingAt !== null) {
    for (const pod of workload.pods) stopPod(pod, tools, graceMs, now);
    return;
  }
  workload.observedGeneration = workload.generation;
  switch (workload.role.kind) {
    case 'Deployment':
      syncDeployment(workload, tools, now);
      break;
    case 'StatefulSet':
      syncStatefulSet(workload, tools, now);
      break;
    case 'DaemonSet':
      syncDaemonSet(workload, tools, now);
      break;
    default:
      workload.role.kind satisfies never;
  }
  trackProgress(workload, now);
}

const living = (workload: Workload): Pod[] => workload.pods.filter((pod) => pod.deletingAt === null);

function syncDeployment(workload: Workload, tools: ControllerTools, now: number): void {
  const current = newest(workload);
  const pods = living(workload);
  const fresh = pods.filter((pod) => pod.revision === current);
  const old = pods.filter((pod) => pod.revision !== current);
  const { replicas } = workload;
  if (workload.paused) {
    scale(workload, current, fresh.length + Math.max(0, replicas - pods.length), fresh, tools, now);
    return;
  }
  if (workload.role.strategy === 'Recreate') {
    for (const pod of old) stopPod(pod, tools, graceMs, now);
    const allOldGone = workload.pods.every((pod) => pod.revision === current);
    if (allOldGone) scale(workload, current, replicas, fresh, tools, now);
    return;
  }
  // Percentages as the API server defaults them: surge rounds up, unavailable rounds down.
  const surge = Math.max(1, Math.ceil(replicas * 0.25));
  const unavailable = Math.floor(replicas * 0.25);
  const room = replicas + surge - pods.length;
  const wanted = old.length === 0 ? replicas : Math.min(replicas, fresh.length + Math.max(0, room));
  scale(workload, current, wanted, fresh, tools, now);
  const spare = pods.filter(isAvailable).length - (replicas - unavailable);
  const doomed = [...old].sort((left, right) => Number(isAvailable(left)) - Number(isAvailable(right)));
  let allowed = spare;
  for (const pod of doomed) {
    if (isAvailable(pod) && allowed-- <= 0) break;
    stopPod(pod, tools, graceMs, now);
  }
}

function scale(
  workload: Workload,
  revision: Revision,
  wanted: number,
  present: readonly Pod[],
  tools: ControllerTools,
  now: number,
): void {
  const { role } = workload;
  const setTarget: EventTarget = {
    kind: 'ReplicaSet',
    namespace: role.namespace,
    name: `${role.name}-${revision.hash}`,
    uid: revision.uid,
  };
  for (let missing = wanted - present.length; missing > 0; missing -= 1) {
    const limit = workload.quotaPods;
    if (limit !== null && living(workload).length >= limit) {
      refuse(workload, setTarget, revision, limit, tools.events, now);
      return;
    }
    const pod = tools.createPod(workload, revision, null, now);
    tools.events.record(
      setTarget,
      'Normal',
      'replicaset-controller',
      'SuccessfulCreate',
      `Created pod: ${pod.name}`,
      now,
    );
  }
  workload.refusal = null;
  const surplus = [...present].sort(
    (left, right) => Number(left.ready) - Number(right.ready) || right.createdAt - left.createdAt,
  );
  for (const pod of surplus.slice(0, Math.max(0, present.length - wanted))) stopPod(pod, tools, graceMs, now);
}

function refuse(
  workload: Workload,
  target: EventTarget,
  revision: Revision,
  limit: number,
  events: EventRecorder,
  now: number,
): void {
  const { role } = workload;
  const used = limit * role.cpuMillicores;
  const text = `pods "${role.name}-${revision.hash}-" is forbidden: exceeded quota: compute, requested: requests.cpu=${role.cpuMillicores}m, used: requests.cpu=${used}m, limited: requests.cpu=${used}m`;
  workload.refusal = text;
  if (workload.refusedAt !== null && now - workload.refusedAt < refusedRetryMs) return;
  workload.refusedAt = now;
  workload.changed = true;
  events.record(target, 'Warning', 'replicaset-controller', 'FailedCreate', `Error creating: ${text}`, now);
}

/** OrderedReady: the first ordinal that is missing or not ready stops everything behind it; updates go from the top. */
function syncStatefulSet(workload: Workload, tools: ControllerTools, now: number): void {
  const { role, replicas } = workload;
  const current = newest(workload);
  const byOrdinal = new Map(workload.pods.map((pod) => [pod.place, pod]));
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const pod = byOrdinal.get(String(ordinal));
    if (pod === undefined) {
      const created = tools.createPod(workload, current, String(ordinal), now);
      const target: EventTarget = {
        kind: 'StatefulSet',
        namespace: role.namespace,
        name: role.name,
        uid: workload.uid,
      };
      tools.events.record(
        target,
        'Normal',
        'statefulset-controller',
        'SuccessfulCreate',
        `create Pod ${created.name} in StatefulSet ${role.name} successful`,
        now,
      );
      return;
    }
    if (!isAvailable(pod)) return replaceIfWithdrawn(pod, current, tools, now);
  }
  const surplus = living(workload).filter((pod) => Number(pod.place) >= replicas);
  const last = surplus.sort((left, right) => Number(right.place) - Number(left.place))[0];
  if (last !== undefined) return stopPod(last, tools, graceMs, now);
  for (let ordinal = replicas - 1; ordinal >= 0; ordinal -= 1) {
    const pod = byOrdinal.get(String(ordinal));
    if (pod !== undefined && pod.revision !== current) return stopPod(pod, tools, graceMs, now);
  }
}

/** The real controller leaves such a pod for ever (k8s#67250); in the demo somebody deletes it after a while. */
function replaceIfWithdrawn(pod: Pod, current: Revision, tools: ControllerTools, now: number): void {
  const withdrawnMs = 30_000;
  if (pod.deletingAt === null && pod.revision !== current && now - pod.readyChangedAt > withdrawnMs)
    stopPod(pod, tools, graceMs, now);
}

function syncDaemonSet(workload: Workload, tools: ControllerTools, now: number): void {
  const current = newest(workload);
  workload.replicas = tools.nodeNames.length;
  for (const node of tools.nodeNames) {
    if (!workload.pods.some((pod) => pod.place === node)) tools.createPod(workload, current, node, now);
  }
  const unavailable = workload.pods.filter((pod) => !isAvailable(pod)).length;
  const outdated = living(workload).find((pod) => pod.revision !== current);
  if (outdated !== undefined && (unavailable === 0 || !isAvailable(outdated))) stopPod(outdated, tools, graceMs, now);
}

function trackProgress(workload: Workload, now: number): void {
  const { role, replicas } = workload;
  const counts = countsOf(workload);
  const mark = `${counts.updated} ${counts.replicas} ${counts.ready} ${counts.available}`;
  if (mark !== workload.progressMark) {
    workload.progressMark = mark;
    workload.changed = true;
    if (!workload.complete) workload.progressedAt = now;
    workload.deadlineExceeded = false;
  }
  const isAvailableNow = counts.available >= replicas - Math.floor(replicas / 4);
  if (isAvailableNow !== workload.wasAvailable) {
    workload.wasAvailable = isAvailableNow;
    workload.availableSinceAt = now;
    workload.changed = true;
  }
  if (
    !workload.complete &&
    counts.updated === replicas &&
    counts.replicas === replicas &&
    counts.available === replicas
  ) {
    workload.complete = true;
    workload.progressedAt = now;
    workload.changed = true;
  }
  // Shorter than the ten minutes that stand in the spec: a visitor does not wait that long.
  const deadlineMs = 60_000;
  if (
    role.kind === 'Deployment' &&
    !workload.complete &&
    !workload.deadlineExceeded &&
    !workload.paused &&
    now - workload.progressedAt > deadlineMs
  ) {
    workload.deadlineExceeded = true;
    workload.changed = true;
  }
}

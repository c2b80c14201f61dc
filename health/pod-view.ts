import type { PodDiagnosis } from './diagnose/pod.ts';
import type { Flapping } from './flapping.ts';
import type { ConditionFacts, ContainerStatusFacts, PodFacts } from './kubernetes.ts';
import { podStatus } from './pod-status.ts';

/**
 * One owned pod, looked at once: what every rule asks of it. Ready and available are counted from here, because the
 * pod arrives before the controller's status does.
 */
export interface PodView {
  readonly pod: PodFacts;
  /** Ready is True, not deleting, not ended. */
  readonly ready: boolean;
  /** Ready for minReadySeconds. */
  readonly available: boolean;
  /** When it counts as available if it stays ready; null while it is not ready. */
  readonly availableAt: number | null;
  readonly readyChangedAt: number | null;
  /**
   * It is ready, or was for long enough to have been available: then its loss is a regression. A pod that never was
   * has the startup grace.
   */
  readonly wasReady: boolean;
  /** Deletion was asked for. */
  readonly leaving: boolean;
  /** Phase Failed or Succeeded: it will not come back by itself. */
  readonly ended: boolean;
  /** Since when it is trying to start: bound to a node, else first seen by the kubelet, else created. */
  readonly pendingSinceAt: number;
  readonly restarts: number;
  /** A ReplicaSet's revision number or a controller-revision-hash; null when it carries none. */
  readonly revision: string | null;
  /** Belongs to the newest revision. */
  readonly updated: boolean;
  /** The first stage that it does not pass, and why; null for a pod about which there is nothing to say. */
  readonly diagnosis: PodDiagnosis | null;
  /** Available, every container runs, and nothing about it ever failed: nothing more is to be asked of it. */
  readonly isQuiet: boolean;
  /** It restarts again and again; null while it does not. */
  readonly flapping: Flapping | null;
}

/** A pod before its diagnosis. */
export type PodLook = Omit<PodView, 'diagnosis' | 'flapping' | 'revision' | 'updated'>;

/**
 * Between the kubelet's first status and its Ready condition less than this passes (both are written in one sync, with
 * whole seconds); a Ready that turned False later than this had been True before.
 */
const firstStatusSlackMs = 5_000;

export function lookAtPod(pod: PodFacts, minReadySeconds: number, now: number): PodLook {
  let readyStatus: ConditionFacts['status'] | null = null;
  let readyChangedAt: number | null = null;
  let scheduledAt: number | null = null;
  let containersReady = false;
  let hasSpecialCondition = false;
  for (const condition of pod.conditions) {
    switch (condition.type) {
      case 'Ready':
        readyStatus = condition.status;
        readyChangedAt = condition.lastTransitionAt;
        break;
      case 'ContainersReady':
        containersReady = condition.status === 'True';
        break;
      case 'PodScheduled':
        scheduledAt = condition.lastTransitionAt;
        break;
      case 'Initialized':
      case 'PodReadyToStartContainers':
        break;
      default:
        // DisruptionTarget, PodResizePending, AllContainersRestarting, readiness gates, …
        hasSpecialCondition = true;
    }
  }

  const leaving = pod.deletionAt !== null;
  const ended = pod.phase === 'Failed' || pod.phase === 'Succeeded';
  const ready = readyStatus === 'True' && !leaving && !ended;
  const app = lookAtContainers(pod.containerStatuses);
  const init = lookAtContainers(pod.initContainerStatuses);
  const availableAt = ready ? availableInstant(readyChangedAt, minReadySeconds) : null;
  const available = availableAt !== null && availableAt <= now;
  const isOrdinary = pod.phase === 'Running' && pod.reason === null && !hasSpecialCondition;
  const pendingSinceAt = scheduledAt ?? pod.startAt ?? pod.createdAt;
  const startAt = pod.startAt ?? pendingSinceAt;
  return {
    pod,
    ready,
    available,
    availableAt,
    readyChangedAt,
    wasReady:
      readyStatus === 'True' ||
      // The node controller turns Ready to False and leaves the containers ready: only a running pod loses its node.
      (containersReady && pod.spec.readinessGates.length === 0) ||
      (readyStatus !== null &&
        readyChangedAt !== null &&
        readyChangedAt > startAt + Math.max(firstStatusSlackMs, minReadySeconds * 1000)),
    leaving,
    ended,
    pendingSinceAt,
    // Init containers count for as long as they run; their restarts say nothing about a pod that came up.
    restarts: available ? app.restarts + sidecarRestarts(pod, init.restarts) : app.restarts + init.restarts,
    isQuiet: available && isOrdinary && app.restarts === 0 && init.restarts === 0 && !app.isSick && !init.isSick,
  };
}

/** kubectl's STATUS word; a quiet pod is Running without a second look. */
export function statusOf({ isQuiet, pod }: PodView): string {
  return isQuiet ? 'Running' : podStatus(pod);
}

/** As podutil.IsPodAvailable: without a transition time a pod with minReadySeconds is never available. */
function availableInstant(readyChangedAt: number | null, minReadySeconds: number): number | null {
  if (minReadySeconds === 0) return 0;
  return readyChangedAt === null ? null : readyChangedAt + minReadySeconds * 1000;
}

function lookAtContainers(statuses: readonly ContainerStatusFacts[]): { restarts: number; isSick: boolean } {
  let restarts = 0;
  let isSick = false;
  for (const status of statuses) {
    restarts += status.restartCount;
    const { state } = status;
    const isWell = state.kind === 'running' || (state.kind === 'terminated' && state.exitCode === 0 && status.ready);
    if (!isWell || status.unhealthyDevices.length > 0 || status.lastTermination !== null) isSick = true;
  }
  return { restarts, isSick };
}

function sidecarRestarts(pod: PodFacts, initRestarts: number): number {
  if (initRestarts === 0) return 0;
  let total = 0;
  for (const status of pod.initContainerStatuses) {
    if (status.restartCount === 0) continue;
    const isSidecar = pod.spec.containers.some((one) => one.name === status.name && one.type === 'sidecar');
    if (isSidecar) total += status.restartCount;
  }
  return total;
}

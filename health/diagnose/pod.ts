import { type Alarm, alarmAfter } from '../alarm.ts';
import type { CauseCode, CauseDraft } from '../causes.ts';
import type { AnyWorkloadFacts, ContainerStatusFacts, EventFacts, PodFacts, UsageFacts } from '../kubernetes.ts';
import { firstLine } from '../parse/text.ts';
import type { Remembered } from '../verdict.ts';
import { allContainersNote, backOffNote, backOffResetMs, crashFinding } from './crash.ts';
import { fieldEvidence, kubectl } from './draft.ts';
import { diagnoseEnded } from './ended.ts';
import { conditionOf, containerFacts, containerLabel, isSidecar, pendingSince, probeBudgetMs } from './facts.ts';
import { conclude, concludeNote, type Finding, waiting } from './finding.ts';
import { imageFinding, isImageReason } from './image.ts';
import { nodeLossFinding } from './node.ts';
import { eventNotes, flappingFinding, flappingOfContainer, initRestartNotes, lastEnd, restartNote } from './notes.ts';
import { gateFinding, readinessFinding, secondContainer, startupFinding, startupSaid } from './readiness.ts';
import { diagnoseScheduling } from './scheduling.ts';
import { deviceFinding, isStartReason, startFinding } from './start.ts';
import { diagnoseTermination } from './termination.ts';
import { creatingFinding } from './volumes.ts';

/**
 * Why one pod does not serve: walks the stages of its life in order, stops at the first that is not met, and names the
 * cause by what the object and the events say about that stage. Pure; the clock is `now`.
 *
 *     created → scheduled → volumes → init → image → create → start → startupProbe → containersReady → gates → ready
 *                                                                                               → available → done
 */

export type { CauseDraft } from '../causes.ts';

/** The stages of a pod in their order; a pod is at the first that is not met, `done` when all are. */
export type PodStage =
  | 'created'
  | 'scheduled'
  | 'volumes'
  | 'init'
  | 'image'
  | 'create'
  | 'start'
  | 'startupProbe'
  | 'containersReady'
  | 'gates'
  | 'ready'
  | 'available'
  | 'done';

export interface PodContext {
  readonly workload: AnyWorkloadFacts;
  /** About this pod (by UID) and about the volume claims that it uses. */
  readonly events: readonly EventFacts[];
  /** About the node that it is on. */
  readonly nodeEvents: readonly EventFacts[];
  /** Nodes on which pods of several workloads lost Ready together. */
  readonly lostNodes: ReadonlySet<string>;
  readonly remembered: Remembered;
  readonly usage: readonly UsageFacts[];
  /** False: events are not permitted or not in the dump, so their absence says nothing. Default true. */
  readonly canReadEvents?: boolean;
}

export interface PodDiagnosis {
  readonly stage: PodStage;
  /** Null when nothing is wrong, or when all that is to say is that it takes its time. */
  readonly cause: CauseDraft | null;
  readonly notes: readonly CauseDraft[];
  /** The cause cannot heal by itself and is past its grace. */
  readonly hard: boolean;
  /** Start of the cause, or of the present stage, from a timestamp in the object. */
  readonly sinceAt: number | null;
  /** Until then it may heal silently, in the past when that is over; null when there is nothing to wait for. */
  readonly graceUntilAt: number | null;
  /** When time alone can change this diagnosis. */
  readonly reassessAt: number | null;
}

/** Shared by all healthy pods: ten thousand of them cost no allocation. */
const healthy: PodDiagnosis = {
  stage: 'done',
  cause: null,
  notes: [],
  hard: false,
  sinceAt: null,
  graceUntilAt: null,
  reassessAt: null,
};

export function diagnosePod(pod: PodFacts, context: PodContext, now: number): PodDiagnosis {
  const ready = conditionOf(pod, 'Ready');
  const serves = pod.deletionAt === null && pod.phase === 'Running' && ready?.status === 'True';
  if (serves && isUneventful(pod, context)) return healthyOrWaiting(pod, ready.lastTransitionAt, context, now);
  const alarm = alarmAfter(now);
  const diagnosis = serves
    ? diagnoseReady(pod, ready.lastTransitionAt, context, now, alarm)
    : diagnoseSick(pod, context, now, alarm);
  alarm.at(diagnosis.reassessAt);
  const reassessAt = alarm.next();
  return reassessAt === diagnosis.reassessAt ? diagnosis : { ...diagnosis, reassessAt };
}

function diagnoseSick(pod: PodFacts, context: PodContext, now: number, alarm: Alarm): PodDiagnosis {
  if (pod.deletionAt !== null) return diagnoseTermination(pod, pod.deletionAt, context, now, alarm);
  if (pod.phase === 'Failed' || pod.phase === 'Succeeded') return diagnoseEnded(pod, context, now);
  const lost = nodeLossFinding(pod, context, now, alarm);
  if (lost !== null) return conclude(lost, now);
  if (pod.nodeName === null && !wasTaken(pod)) return diagnoseScheduling(pod, context, now, alarm);
  return withNotes(diagnoseOnNode(pod, context, now, alarm), pod, context, now, alarm);
}

/** A kubelet has spoken of its containers: it has a node, though an excerpt may leave out which. */
function wasTaken({ containerStatuses, initContainerStatuses }: PodFacts): boolean {
  return containerStatuses.length > 0 || initContainerStatuses.length > 0;
}

// ————— a pod that serves —————

/** Nothing about it can be told but that it is ready: no restarts, events, sick devices or special conditions. */
function isUneventful(pod: PodFacts, context: PodContext): boolean {
  if (context.events.length > 0 || context.nodeEvents.length > 0) return false;
  for (const status of pod.containerStatuses) {
    if (status.restartCount > 0 || status.unhealthyDevices.length > 0 || status.state.kind !== 'running') return false;
  }
  for (const status of pod.initContainerStatuses) if (status.restartCount > 0) return false;
  for (const condition of pod.conditions) {
    if (condition.status === 'True' && isSpecial(condition.type)) return false;
  }
  return true;
}

function isSpecial(type: string): boolean {
  return (
    type === 'PodResizePending' ||
    type === 'PodResizeInProgress' ||
    type === 'AllContainersRestarting' ||
    type === 'DisruptionTarget'
  );
}

function healthyOrWaiting(pod: PodFacts, readyAt: number | null, context: PodContext, now: number): PodDiagnosis {
  const { minReadySeconds } = context.workload;
  if (minReadySeconds === 0) return healthy;
  const availableAt = (readyAt ?? pod.createdAt) + minReadySeconds * 1000;
  return availableAt <= now ? healthy : waiting('available', readyAt ?? pod.createdAt, availableAt, now);
}

function diagnoseReady(
  pod: PodFacts,
  readyAt: number | null,
  context: PodContext,
  now: number,
  alarm: Alarm,
): PodDiagnosis {
  const notes: CauseDraft[] = [];
  let flapping: PodDiagnosis | null = null;
  for (const status of servingStatuses(pod)) {
    const device = deviceFinding(pod, status);
    if (device !== null) notes.push(...concludeNote(device, now, alarm));
    if (status.restartCount === 0) continue;
    const flap = flappingOfContainer(pod, status, context, now, alarm);
    if (flap !== null && flapping === null) {
      flapping = conclude(flappingFinding(pod, status, flap, context), now);
      alarm.at(flap.untilAt);
      continue;
    }
    const restart = restartNote(pod, status, context, now);
    if (restart !== null) {
      notes.push(restart.note);
      alarm.at(restart.untilAt);
    }
  }
  notes.push(...initRestartNotes(pod), ...eventNotes(pod, context, now, alarm));
  push(notes, allContainersNote(pod));
  const base = healthyOrWaiting(pod, readyAt, context, now);
  if (flapping === null && notes.length === 0) return base;
  alarm.at(base.reassessAt);
  return { ...(flapping ?? base), notes };
}

/** App containers and sidecars; init containers have done their part. */
function servingStatuses(pod: PodFacts): readonly ContainerStatusFacts[] {
  if (pod.initContainerStatuses.length === 0) return pod.containerStatuses;
  return [...pod.containerStatuses, ...pod.initContainerStatuses.filter((status) => isSidecar(pod, status))];
}

// ————— a pod on its node that does not serve yet, or no more —————

function diagnoseOnNode(pod: PodFacts, context: PodContext, now: number, alarm: Alarm): PodDiagnosis {
  const initialized = conditionOf(pod, 'Initialized')?.status === 'True';
  const init = initFinding(pod, initialized, context, now, alarm);
  if (init === 'creating') return creating(pod, context, now);
  if (init !== null) return conclude(init, now);
  const app = appFinding(pod, context, now, alarm);
  if (app === 'creating') return creating(pod, context, now);
  if (app !== null) return conclude(app, now);
  const gate = gateFinding(pod);
  if (gate !== null) return conclude(gate, now);
  // Containers are ready and the kubelet has not written Ready yet: a matter of its next status.
  return waiting('ready', conditionOf(pod, 'Ready')?.lastTransitionAt ?? pendingSince(pod), null, now);
}

/** The containers wait to be created: volumes, sandbox or pull; silence is normal for a while. */
function creating(pod: PodFacts, context: PodContext, now: number): PodDiagnosis {
  const finding = creatingFinding(pod, context, now);
  if (finding !== null) return conclude(finding, now);
  const since = pendingSince(pod);
  return waiting('volumes', since, since + 120_000, now);
}

type Found = Finding | 'creating' | null;

/** Init containers run one after the other: the first that has not passed is the one that blocks. */
function initFinding(pod: PodFacts, initialized: boolean, context: PodContext, now: number, alarm: Alarm): Found {
  for (const status of pod.initContainerStatuses) {
    const { state } = status;
    if (isSidecar(pod, status)) {
      const found = sidecarFinding(pod, status, initialized, context, now, alarm);
      if (found !== null) return found;
      continue;
    }
    if (initialized || (state.kind === 'terminated' && state.exitCode === 0)) continue;
    return blockingInit(pod, status, context);
  }
  return null;
}

function blockingInit(pod: PodFacts, status: ContainerStatusFacts, context: PodContext): Found {
  const { state } = status;
  const end = lastEnd(status);
  if (state.kind === 'waiting' && state.reason !== 'CrashLoopBackOff') {
    const blocked = waitingFinding(pod, status, context);
    // A crash is only hidden by the waiting state, not over.
    if (blocked !== 'creating') return blocked === null ? null : wrapped(blocked, 'InitContainerBlocked', pod, status);
    return end === null || end.exitCode === 0 ? 'creating' : initCrash(pod, status, context);
  }
  if (state.kind === 'running') {
    return end !== null && end.exitCode !== 0 && status.restartCount > 1
      ? initCrash(pod, status, context)
      : slowInit(pod, status, state.startedAt);
  }
  if (end === null) return 'creating';
  return initCrash(pod, status, context);
}

function initCrash(pod: PodFacts, status: ContainerStatusFacts, context: PodContext): Finding {
  const end = lastEnd(status);
  if (end === null) return slowInit(pod, status, null);
  const crash = crashFinding(pod, status, end, context);
  return {
    ...wrapped(crash, 'InitContainerFailing', pod, status),
    stage: 'init',
    graceMs: 0,
    severity: status.restartCount >= 1 ? 'critical' : 'warning',
  };
}

function slowInit(pod: PodFacts, status: ContainerStatusFacts, startedAt: number | null): Finding {
  const label = containerLabel(pod, status.name);
  const since = startedAt ?? pendingSince(pod);
  return {
    stage: 'init',
    code: 'InitContainerSlow',
    message: `${label} is running, and the containers of the pod wait for its end; there is no limit for it`,
    since,
    evidence: [fieldEvidence(pod, `status.initContainerStatuses[${status.name}].state.running`, 'running', since)],
    commands: [kubectl.logs(pod, status.name)],
    criticalAfterMs: 15 * 60_000,
  };
}

/** E4 … E6: a sidecar holds the start, crashes, or is not ready. */
function sidecarFinding(
  pod: PodFacts,
  status: ContainerStatusFacts,
  initialized: boolean,
  context: PodContext,
  now: number,
  alarm: Alarm,
): Found {
  const { state } = status;
  const end = lastEnd(status);
  if (state.kind === 'waiting' && state.reason !== 'CrashLoopBackOff') {
    const blocked = waitingFinding(pod, status, context);
    if (blocked !== 'creating') return blocked === null ? null : wrapped(blocked, 'InitContainerBlocked', pod, status);
    return end === null ? 'creating' : sidecarCrash(pod, status, context);
  }
  if (state.kind !== 'running') return end === null ? 'creating' : sidecarCrash(pod, status, context);
  if (isCrashing(status, now, alarm)) return sidecarCrash(pod, status, context);
  const startedAt = state.startedAt ?? pendingSince(pod);
  if (status.started !== true) return slowSidecar(pod, status, startedAt, context);
  if (initialized && !status.ready)
    return secondContainer(pod, readinessFinding(pod, status, startedAt, context), status.name, 'SidecarNotReady');
  return null;
}

function sidecarCrash(pod: PodFacts, status: ContainerStatusFacts, context: PodContext): Finding {
  const end = lastEnd(status);
  if (end === null) return slowSidecar(pod, status, pendingSince(pod), context);
  return { ...wrapped(crashFinding(pod, status, end, context), 'SidecarCrashing', pod, status), graceMs: 0 };
}

function slowSidecar(pod: PodFacts, status: ContainerStatusFacts, startedAt: number, context: PodContext): Finding {
  const budgetMs = probeBudgetMs(containerFacts(pod, status.name)?.startupProbe ?? null);
  return {
    ...startupFinding(pod, status, startedAt, context),
    stage: 'init',
    code: 'SidecarNotStarted',
    message: `Sidecar ${status.name} has not started, and the containers after it wait for that${startupSaid(status, startedAt, context)}`,
    severity: 'critical',
    graceMs: budgetMs + 60_000,
  };
}

/** The same words and the same group, under the code of the container's place in the pod. */
function wrapped(finding: Finding, code: CauseCode, pod: PodFacts, status: ContainerStatusFacts): Finding {
  const label = containerLabel(pod, status.name);
  const names = finding.message.toLowerCase().includes(label.toLowerCase());
  return { ...finding, code, message: names ? finding.message : `${label}: ${finding.message}` };
}

/** Of several containers that fail the one whose stage is earliest, then the first in the order of the spec. */
function appFinding(pod: PodFacts, context: PodContext, now: number, alarm: Alarm): Found {
  if (pod.containerStatuses.length === 0) return 'creating';
  let best: Finding | null = null;
  let isCreating = false;
  for (const status of pod.containerStatuses) {
    const found = containerFinding(pod, status, context, now, alarm);
    if (found === 'creating') isCreating = true;
    else if (found !== null && (best === null || stageRank(found) < stageRank(best))) best = found;
  }
  if (best === null) return isCreating ? 'creating' : null;
  return best;
}

const ranks: Readonly<Record<PodStage, number>> = {
  created: 0,
  scheduled: 1,
  volumes: 2,
  init: 3,
  image: 4,
  create: 5,
  start: 6,
  startupProbe: 7,
  containersReady: 8,
  gates: 9,
  ready: 10,
  available: 11,
  done: 12,
};

function stageRank(finding: Finding): number {
  return ranks[finding.stage];
}

function containerFinding(
  pod: PodFacts,
  status: ContainerStatusFacts,
  context: PodContext,
  now: number,
  alarm: Alarm,
): Found {
  const { state } = status;
  const end = lastEnd(status);
  switch (state.kind) {
    case 'waiting': {
      if (state.reason === 'CrashLoopBackOff' && end !== null) return crashFinding(pod, status, end, context);
      const found = waitingFinding(pod, status, context);
      return found === 'creating' && end !== null && status.restartCount > 0
        ? crashFinding(pod, status, end, context)
        : found;
    }
    case 'terminated':
      return crashFinding(pod, status, state, context);
    case 'running':
      return runningFinding(pod, status, state.startedAt ?? pendingSince(pod), context, now, alarm);
    case 'unknown':
      return status.ready ? null : 'creating';
    default:
      return unreachable(state);
  }
}

function runningFinding(
  pod: PodFacts,
  status: ContainerStatusFacts,
  startedAt: number,
  context: PodContext,
  now: number,
  alarm: Alarm,
): Found {
  if (status.ready) return null;
  // Between two back-offs the container runs: the crash is the cause until it has run for long enough.
  const end = lastEnd(status);
  if (end !== null && isCrashing(status, now, alarm)) {
    return { ...crashFinding(pod, status, end, context) };
  }
  const device = deviceFinding(pod, status);
  if (device !== null) return device;
  if (status.started === false && containerFacts(pod, status.name)?.startupProbe)
    return startupFinding(pod, status, startedAt, context);
  const finding = readinessFinding(pod, status, startedAt, context);
  const main = pod.containerStatuses[0];
  const isSecond = main !== undefined && main.name !== status.name && main.ready;
  return isSecond ? secondContainer(pod, finding, status.name, 'SecondContainerNotReady') : finding;
}

/** It runs at the moment; its last end is so fresh that the next is likely. */
function isCrashing(status: ContainerStatusFacts, now: number, alarm: Alarm): boolean {
  const end = status.lastTermination;
  if (end === null || status.restartCount === 0 || end.finishedAt === null) return false;
  alarm.at(end.finishedAt + backOffResetMs);
  return now - end.finishedAt < backOffResetMs;
}

/** A waiting container: `creating` when its reason says no more than that. */
function waitingFinding(pod: PodFacts, status: ContainerStatusFacts, context: PodContext): Found {
  const { state } = status;
  if (state.kind !== 'waiting') return null;
  const { reason } = state;
  const message = state.message ?? '';
  if (reason === null || reason === 'ContainerCreating' || reason === 'PodInitializing') return 'creating';
  if (isImageReason(reason)) return imageFinding(pod, status, reason, message, context);
  if (isStartReason(reason)) return startFinding(pod, status, reason, message, context);
  return {
    stage: 'create',
    code: reason === 'CrashLoopBackOff' ? 'CrashLoop' : 'ContainerWaiting',
    message: `${containerLabel(pod, status.name)} waits: ${reason}${message === '' ? '' : `, ${firstLine(message)}`}`,
    since: pendingSince(pod),
    evidence: [
      fieldEvidence(
        pod,
        `status.containerStatuses[${status.name}].state.waiting`,
        message === '' ? reason : message,
        null,
      ),
    ],
    commands: [kubectl.describePod(pod)],
  };
}

function withNotes(
  diagnosis: PodDiagnosis,
  pod: PodFacts,
  context: PodContext,
  now: number,
  alarm: Alarm,
): PodDiagnosis {
  const notes: CauseDraft[] = [...diagnosis.notes];
  for (const status of pod.initContainerStatuses) push(notes, backOffNote(pod, status));
  for (const status of pod.containerStatuses) push(notes, backOffNote(pod, status));
  push(notes, allContainersNote(pod));
  notes.push(...eventNotes(pod, context, now, alarm));
  return notes.length === diagnosis.notes.length ? diagnosis : { ...diagnosis, notes };
}

function push(notes: CauseDraft[], note: CauseDraft | null): void {
  if (note !== null) notes.push(note);
}

function unreachable(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}

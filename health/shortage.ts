import { type Gap, availabilityOf, lostAt, regressionGraceMs } from './availability.ts';
import { type CauseDraft, causes, makeCause } from './causes.ts';
import { clockTime } from './diagnose/facts.ts';
import {
  type Judgement,
  type Situation,
  type WorkloadCause,
  absentGraceMs,
  conditionOf,
  earliest,
  plural,
} from './judgement.ts';
import type { AnyWorkloadFacts } from './kubernetes.ts';
import type { PodView } from './pod-view.ts';
import type { Availability, Evidence, Rollout } from './verdict.ts';

/**
 * Missing replicas and what they are worth. A replica is missing with a pod (a gap, which has its own excuse) or
 * without one (absent: the controller has yet to make it, or cannot).
 */

/** Counted from the owned pods where they can be read (they are ahead of the status), else from the status. */
export function countAvailability(
  situation: Situation<AnyWorkloadFacts>,
  desired: number,
  status: { readonly ready: number; readonly available: number },
): Availability {
  if (!situation.countsFromPods) return availabilityOf(desired, status.ready, status.available);
  let ready = 0;
  let available = 0;
  for (const view of situation.pods) {
    if (view.ready) ready += 1;
    if (view.available) available += 1;
  }
  return availabilityOf(desired, ready, available);
}

export interface Shortage {
  readonly desired: number;
  readonly missing: number;
  /** Pods that should serve and do not. */
  readonly gaps: readonly Gap[];
  /** Replicas without a pod. */
  readonly absent: number;
  /** Replicas without a pod that wait for another pod, and so say nothing by themselves. */
  readonly waiting?: number;
}

/**
 * When more replicas were missing than the update may take away (`allowance`, 0 without one) and one of them had lost
 * its excuse; null while that is not so. A blip, and a pod that only waits for minReadySeconds, count for nothing as long as they are
 * excused; a pod that has just been made takes its place in the allowance.
 */
export function failedSince(
  situation: Situation<AnyWorkloadFacts>,
  shortage: Shortage,
  allowance: number,
): number | null {
  const instants: number[] = [];
  let planned = 0;
  for (const { view, isExcused, excusedUntilAt } of shortage.gaps) {
    if (!isExcused) instants.push(excusedUntilAt);
    else if (!view.wasReady) planned += 1;
  }
  const absent = shortage.absent - (shortage.waiting ?? 0);
  if (absent > 0) {
    const at = absentFailedAt(situation);
    situation.alarm.at(at);
    if (at <= situation.now) for (let index = 0; index < absent; index += 1) instants.push(at);
    else planned += absent;
  }
  // With surge pods there are more gaps than missing replicas: then a blip may be one of the spare ones.
  const lasting = Math.min(shortage.missing, instants.length + planned);
  if (lasting <= allowance || instants.length === 0) return null;
  instants.sort((left, right) => left - right);
  // The first ones to fail were still within the allowance.
  const spare = Math.max(0, allowance - planned);
  return instants[Math.min(spare, instants.length - 1)] ?? null;
}

/** When replicas without a pod stop being the controller's next move. */
function absentFailedAt(situation: Situation<AnyWorkloadFacts>): number {
  const { creation, remembered, now, countsFromPods } = situation;
  if (creation !== null) return (creation.since ?? now) + causes[creation.code].graceSeconds * 1000;
  // What a lost node holds is missing at once, and nobody's next move before the node is back.
  const stranded = earliest(situation.pods.map((view) => (isStranded(view) ? view.readyChangedAt : null)));
  if (stranded !== null) return Math.min(now, stranded);
  const since = absentSince(situation);
  if (countsFromPods) return since + absentGraceMs;
  // Only the status speaks. Live, a number that dips has the grace of a readiness blip; a dump has no before.
  return remembered.state === undefined ? since : since + regressionGraceMs;
}

function isStranded({ leaving, diagnosis }: PodView): boolean {
  const code = diagnosis?.cause?.code;
  return leaving && (code === 'NodeLost' || code === 'StuckOnLostNode');
}

/** Since when replicas have no pod: what is remembered, else the departure of the last one, else now. */
export function absentSince({ remembered, now, pods }: Situation<AnyWorkloadFacts>): number {
  if (remembered.absentSinceAt !== undefined) return Math.min(now, remembered.absentSinceAt);
  let lostLast: number | null = null;
  for (const view of pods) if (view.leaving) lostLast = Math.max(lostLast ?? 0, lostAt(view));
  return Math.min(now, lostLast ?? now);
}

type Base = Omit<Judgement, 'state' | 'rollout' | 'sinceAt'>;

/** Replicas are missing and no rollout explains them: the same three answers for every kind. */
export function judgeShortage(
  situation: Situation<AnyWorkloadFacts>,
  shortage: Shortage,
  base: Base,
  rollout: Rollout,
): Judgement {
  const failedAt = failedSince(situation, shortage, 0);
  if (failedAt !== null) {
    return {
      ...base,
      state: 'Degraded',
      rollout,
      sinceAt: failedAt,
      about: [...regression(situation, shortage), ...base.about],
    };
  }
  const isBlip = shortage.absent === 0 && shortage.gaps.every((gap) => gap.view.wasReady && !gap.view.ready);
  if (isBlip) {
    // Readiness that comes back within 30 s alarms nobody; the axis still says what is missing.
    return { ...base, state: 'Healthy', rollout, sinceAt: null };
  }
  return {
    ...base,
    state: 'Progressing',
    rollout,
    sinceAt: startingSince(shortage),
    about: [startingCause(situation, shortage), ...base.about],
  };
}

function startingSince(shortage: Shortage): number | null {
  let since: number | null = null;
  for (const { view } of shortage.gaps) {
    if (view.wasReady && !view.ready) continue;
    since = Math.min(since ?? view.pod.createdAt, view.pod.createdAt);
  }
  return since;
}

/** J11, the words for a loss without a rollout; nothing where replicas are missing that never were. */
export function regression(situation: Situation<AnyWorkloadFacts>, shortage: Shortage): WorkloadCause[] {
  if (!isLoss(situation, shortage)) return [];
  const { desired, missing } = shortage;
  let since: number | null = null;
  for (const { view } of shortage.gaps) {
    if (!view.wasReady) continue;
    const at = lostAt(view);
    since = Math.min(since ?? at, at);
  }
  const draft = makeCause('RegressionAfterRollout', {
    message: `${missing} of ${plural(desired, 'replica')} ${missing === 1 ? 'is' : 'are'} not available and no rollout is running`,
    since,
    evidence: gapEvidence(situation, shortage),
  });
  return [{ draft, pods: missing }];
}

/** A pod tells that it served, or it is remembered that so many did: replicas that a scale-up adds are not lost. */
function isLoss({ pods, remembered }: Situation<AnyWorkloadFacts>, { gaps, desired, missing }: Shortage): boolean {
  if (gaps.some(({ view }) => view.wasReady)) return true;
  if (remembered.fullOf !== undefined) return desired - missing < Math.min(desired, remembered.fullOf);
  return remembered.wasFull === true || pods.some((view) => view.leaving || view.ended);
}

/**
 * What a Down says of itself where no pod says why: that it never worked, that its pods are still within their start,
 * or that something was lost.
 */
export function outage(situation: Situation<AnyWorkloadFacts>, shortage: Shortage, isFirst: boolean): WorkloadCause[] {
  const { remembered } = situation;
  if (isFirst && remembered.wasAvailable !== true && remembered.leftIdleAt === undefined)
    return [neverHealthy(situation)];
  return isStarting(situation, shortage) ? [startingCause(situation, shortage)] : regression(situation, shortage);
}

/** Every replica that is missing has a pod that may still come up, or is the controller's next move. */
export function isStarting(situation: Situation<AnyWorkloadFacts>, { gaps, absent }: Shortage): boolean {
  if (!gaps.every(({ view, isExcused }) => isExcused && !view.wasReady)) return false;
  if (absent === 0) return gaps.length > 0;
  const failedAt = absentFailedAt(situation);
  situation.alarm.at(failedAt);
  return failedAt > situation.now;
}

/** J12. */
function neverHealthy({ workload, pods }: Situation<AnyWorkloadFacts>): WorkloadCause {
  const available = conditionOf(workload, 'Available');
  const draft = makeCause('NeverHealthy', {
    message: 'Not available once since it was created',
    since: workload.createdAt,
    evidence: [
      available === null
        ? fieldOf(workload, 'status', `${plural(pods.length, 'pod')}, none ever available`, null)
        : fieldOf(
            workload,
            'status.conditions[Available]',
            [available.status, available.reason, available.message].filter(Boolean).join(': '),
            available.lastTransitionAt,
          ),
    ],
  });
  return { draft, pods: desiredOf(workload) };
}

function desiredOf(workload: AnyWorkloadFacts): number {
  return workload.kind === 'DaemonSet' ? workload.status.desiredNumberScheduled : workload.replicas;
}

/** J5 when only minReadySeconds is left to wait for, else that pods are starting. */
export function startingCause(situation: Situation<AnyWorkloadFacts>, shortage: Shortage): WorkloadCause {
  const { workload, now } = situation;
  const { gaps, desired, missing } = shortage;
  const availableAt = gaps.map((gap) => gap.view.availableAt).filter((at) => at !== null);
  if (gaps.length > 0 && shortage.absent === 0 && availableAt.length === gaps.length) {
    const last = Math.max(...availableAt);
    const left = Math.max(0, Math.ceil((last - now) / 1000));
    const draft = makeCause('WaitingMinReadySeconds', {
      message: `${plural(gaps.length, 'pod')} ready, available after ${workload.minReadySeconds} s without a failure (minReadySeconds): ${left} s left, until ${clockTime(last)}`,
      since: Math.min(...gaps.map((gap) => gap.view.readyChangedAt ?? now)),
      evidence: [
        fieldOf(workload, 'spec.minReadySeconds', String(workload.minReadySeconds), null),
        ...gapEvidence(situation, shortage),
      ],
    });
    return { draft, pods: gaps.length };
  }
  const draft = makeCause('Starting', {
    message: `${missing} of ${plural(desired, 'replica')} ${missing === 1 ? 'is' : 'are'} starting${
      shortage.absent > 0 && situation.countsFromPods ? `, ${shortage.absent} of them without a pod so far` : ''
    }`,
    since: startingSince(shortage),
    evidence: gapEvidence(situation, shortage),
  });
  return { draft, pods: missing };
}

/** Who is left to serve while an update is stuck. */
export function someServe(available: number, desired: number): string {
  return `${available} of ${plural(desired, 'replica')} still ${available === 1 ? 'serves' : 'serve'}`;
}

const limitEvidence = 3;

/** The Ready condition of the first few pods that are missing. */
function gapEvidence(situation: Situation<AnyWorkloadFacts>, shortage: Shortage): Evidence[] {
  if (shortage.gaps.length === 0) {
    const { workload } = situation;
    const text = `${shortage.desired - shortage.missing} of ${shortage.desired} available`;
    return [fieldOf(workload, 'status', text, null)];
  }
  return shortage.gaps.slice(0, limitEvidence).map(({ view }) => readyEvidence(view));
}

function readyEvidence(view: PodView): Evidence {
  const condition = view.pod.conditions.find((one) => one.type === 'Ready');
  return {
    object: { kind: 'Pod', name: view.pod.name },
    field: 'status.conditions[Ready]',
    text:
      condition === undefined
        ? `phase ${view.pod.phase}`
        : [condition.status, condition.reason, condition.message].filter(Boolean).join(': '),
    at: condition?.lastTransitionAt ?? null,
  };
}

export function fieldOf(workload: AnyWorkloadFacts, field: string, text: string, at: number | null): Evidence {
  return { object: { kind: workload.kind, name: workload.name }, field, text, at };
}

/** What was looked at, for a verdict for which no rule finds a cause. */
export function unknownCause(
  situation: Situation<AnyWorkloadFacts>,
  shortage: Shortage,
  since: number | null,
): CauseDraft {
  const { input, pods } = situation;
  const seen = [
    input.supplied.pods ? plural(pods.length, 'pod') : 'no pods (not permitted or not supplied)',
    input.supplied.events ? plural(input.events.length, 'event') : 'no events (not permitted or not supplied)',
    'the conditions of the workload',
  ];
  return makeCause('CauseUnknown', {
    message: `${shortage.missing} of ${plural(shortage.desired, 'replica')} missing, cause unknown; looked at ${seen.join(', ')}`,
    since,
    evidence: gapEvidence(situation, shortage),
  });
}

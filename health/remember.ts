import type { CauseCode } from './causes.ts';
import { type RestartMemory, containerKey, flappingWindowMs, rememberRestarts } from './flapping.ts';
import type { Gathered } from './gather.ts';
import type { Judgement } from './judgement.ts';
import { type ContainerStatusFacts, type PodFacts, roundingMs } from './kubernetes.ts';
import type { Remembered } from './verdict.ts';
import type { State } from './workload.ts';

/**
 * What the next assessment needs and the objects do not carry. Bounded by the present pods: whatever belongs to a pod
 * that is gone is dropped.
 */

/** Another workload under the same name starts with nothing. */
export function memoryOf(uid: string, remembered: Remembered, now: number): Remembered {
  if (remembered.uid !== undefined && remembered.uid !== uid) return {};
  // Nothing was wanted until a moment ago: what starts now is no outage.
  return remembered.state === 'Idle' ? { ...remembered, leftIdleAt: now } : remembered;
}

/** Restart counts and when they grew, for every container that ever restarted. */
export function restartsOf(pods: readonly PodFacts[], remembered: Remembered, now: number): RestartMemory | null {
  let restarts: Record<string, RestartMemory[string]> | null = null;
  for (const pod of pods) {
    for (const statuses of [pod.containerStatuses, pod.initContainerStatuses]) {
      for (const status of statuses) {
        if (status.restartCount === 0) continue;
        const key = containerKey(pod, status.name);
        // Seen before without an entry means a count of zero then; a young pod did all of it within the window.
        const knownFromZero = remembered.state !== undefined || now - pod.createdAt < flappingWindowMs;
        restarts ??= {};
        restarts[key] = rememberRestarts(
          remembered.restarts?.[key],
          status.restartCount,
          status.lastTermination,
          knownFromZero,
          now,
        );
      }
    }
  }
  return restarts;
}

/** A registry's answer can be long; what names the reason stands in the first lines. */
const limitPullText = 1_000;

/** Older kubelets forget the reason when they fall into the back-off. */
export function pullFailuresOf(pods: readonly PodFacts[], remembered: Remembered): Record<string, string> | null {
  let failures: Record<string, string> | null = null;
  for (const pod of pods) {
    for (const statuses of [pod.containerStatuses, pod.initContainerStatuses]) {
      for (const status of statuses) {
        const text = pullFailureOf(status);
        if (text === null) continue;
        const key = containerKey(pod, status.name);
        const known = text === '' ? remembered.pullFailures?.[key] : text.slice(0, limitPullText);
        if (known === undefined) continue;
        failures ??= {};
        failures[key] = known;
      }
    }
  }
  return failures;
}

/** Null when it pulls well, empty when it fails without saying why. */
function pullFailureOf({ state }: ContainerStatusFacts): string | null {
  if (state.kind !== 'waiting') return null;
  if (state.reason === 'ErrImagePull') return state.message ?? '';
  if (state.reason !== 'ImagePullBackOff') return null;
  return state.message?.includes('ErrImagePull: ') === true ? state.message : '';
}

export interface Next {
  readonly uid: string;
  readonly generation: number;
  readonly remembered: Remembered;
  readonly judgement: Judgement;
  readonly state: State;
  readonly sinceAt: number | null;
  readonly pods: Gathered;
  /** Causes that carry no time of their own. */
  readonly undated: readonly CauseCode[];
  /** First sight of a change that its controller has not looked at; null without one. */
  readonly changeSeenAt: number | null;
  /** Since when replicas have no pod, where no refusal gives a time; null when all have one. */
  readonly absentSinceAt: number | null;
  readonly now: number;
}

export function nextMemory(next: Next): Remembered {
  const { remembered, judgement, state, now } = next;
  const { views, restarts, pullFailures } = next.pods;
  const { available } = judgement.availability;
  const causeSeenAt: Record<string, number> = {};
  for (const code of next.undated) causeSeenAt[code] = remembered.causeSeenAt?.[code] ?? now;
  return {
    uid: next.uid,
    generation: next.generation,
    ...updateOf(next),
    ...(judgement.rollout.phase === 'unobserved' && state !== 'Unknown'
      ? { unobservedSinceAt: Math.min(now, remembered.unobservedSinceAt ?? now) }
      : {}),
    ...(next.changeSeenAt === null ? {} : { changeSeenAt: next.changeSeenAt }),
    ...(restarts === null ? {} : { restarts }),
    ...(pullFailures === null ? {} : { pullFailures }),
    ...(next.undated.length === 0 ? {} : { causeSeenAt }),
    hadPods: remembered.hadPods === true || views.length > 0,
    wasAvailable: remembered.wasAvailable === true || available > 0,
    wasFull: remembered.wasFull === true || judgement.availability.level === 'full',
    ...fullOf(judgement, remembered),
    ...replacedUntil(next),
    ...(next.absentSinceAt === null ? {} : { absentSinceAt: next.absentSinceAt }),
    ...leftIdle(next),
    state,
    ...(next.sinceAt === null ? {} : { stateSinceAt: next.sinceAt }),
  };
}

/**
 * Wanted again before its last pod has ended, it starts from zero all the same: what still serves from before is on its
 * way out.
 */
function leftIdle({ judgement, remembered, pods, state, now }: Next): Pick<Remembered, 'leftIdleAt'> {
  const { desired, available, level } = judgement.availability;
  if (desired === 0) return state === 'Idle' ? {} : { leftIdleAt: now };
  const { leftIdleAt } = remembered;
  if (leftIdleAt === undefined || level === 'full') return {};
  const left = pods.views.filter((view) => view.available && view.pod.createdAt + roundingMs < leftIdleAt).length;
  return available > left ? {} : { leftIdleAt };
}

/**
 * How far the update is. A change that its controller has not looked at begins it and moves nothing: the numbers beside
 * it are those of what was there before, and are not to be taken for the new revision's.
 */
function updateOf({
  remembered,
  judgement,
  changeSeenAt,
  now,
}: Next): Pick<Remembered, 'lastProgressAt' | 'progressMark' | 'updatingSinceAt'> {
  const { clock, isUpdating } = judgement;
  const began = changeSeenAt === null ? undefined : remembered.updatingSinceAt;
  const updatingSinceAt = isUpdating === true ? (remembered.updatingSinceAt ?? now) : began;
  const isSeen = changeSeenAt === null;
  const isBeginning = isUpdating === true && remembered.updatingSinceAt === undefined;
  const lastProgressAt = (isSeen || isBeginning ? null : remembered.lastProgressAt) ?? clock?.lastProgressAt;
  const progressMark = isSeen ? clock?.mark : remembered.progressMark;
  return {
    ...(lastProgressAt === undefined ? {} : { lastProgressAt }),
    ...(progressMark === undefined ? {} : { progressMark }),
    ...(updatingSinceAt === undefined ? {} : { updatingSinceAt }),
  };
}

function fullOf({ availability }: Judgement, remembered: Remembered): Pick<Remembered, 'fullOf'> {
  if (availability.level === 'full') return { fullOf: availability.desired };
  return remembered.fullOf === undefined ? {} : { fullOf: remembered.fullOf };
}

/** Pods that failed stay until somebody collects them, often for days. */
function replacedUntil({ judgement, remembered, pods }: Next): Pick<Remembered, 'replacedUntilAt'> {
  let until: number | null = null;
  for (const { ended, diagnosis } of pods.views) if (ended) until = Math.max(until ?? 0, diagnosis?.cause?.since ?? 0);
  const known = judgement.availability.level === 'full' ? until : (remembered.replacedUntilAt ?? null);
  return until === null || known === null ? {} : { replacedUntilAt: known };
}

/**
 * Start of the state: what is remembered while it lasts; for a new state the instant in the objects, never before the
 * state that came before it.
 */
export function sinceOf(remembered: Remembered, state: State, judgedAt: number | null, now: number): number | null {
  if (remembered.state === state && remembered.stateSinceAt !== undefined) return remembered.stateSinceAt;
  const at = judgedAt === null ? null : Math.min(now, judgedAt);
  if (remembered.state === undefined || remembered.state === state) return at;
  return Math.max(at ?? now, remembered.stateSinceAt ?? 0);
}

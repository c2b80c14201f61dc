import { type Gap, areComingUp, fullSince, gapsOf, lastLossAt, lostAt } from './availability.ts';
import { churnOf, vanishing } from './churn.ts';
import {
  deadlineExceeded,
  notCounted,
  oldPodsLinger,
  pausedSince,
  pausedWithChange,
  recreateGap,
  revisionAnnotation,
  rollingUpdate,
  stillServes,
  stuckButServing,
  willNotFinish,
} from './deployment-causes.ts';
import {
  type Judgement,
  type Situation,
  type WorkloadCause,
  conditionOf,
  earliest,
  hardAt,
  isHard,
  isNewSubject,
  stallClock,
  stallMs,
} from './judgement.ts';
import type { ConditionFacts, DeploymentFacts, ReplicaSetFacts } from './kubernetes.ts';
import { isBegunUnsaid } from './lifecycle.ts';
import {
  type Shortage,
  countAvailability,
  failedSince,
  isStarting,
  judgeShortage,
  outage,
  someServe,
  startingCause,
} from './shortage.ts';
import { allowedUnavailable, surgeDeadlock } from './surge.ts';
import type { Remembered, Rollout } from './verdict.ts';

/**
 * The verdict of a Deployment.
 *
 * | # | first match                                            | word                                            |
 * | - | ------------------------------------------------------ | ----------------------------------------------- |
 * | 1 | deleted, or its namespace is                           | Terminating                                     |
 * | 2 | observedGeneration < generation                        | Progressing, Down if nothing is left            |
 * | 3 | desired 0                                              | Idle, Progressing while pods end                |
 * | 4 | nothing available                                      | Down, Progressing inside the first start        |
 * | 5 | ProgressDeadlineExceeded, ReplicaSetCreateError        | Degraded, stalled                               |
 * | 6 | paused with a change that is not rolled out            | Paused, Degraded when replicas are missing      |
 * | 7 | rolling out: hard cause on a new pod, deadlock, or     | Degraded                                        |
 * |   | below what maxUnavailable guarantees                   |                                                 |
 * |   | rolling out otherwise                                  | Progressing                                     |
 * | 8 | replicas missing, no rollout, past their grace         | Degraded                                        |
 * | 9 | replicas missing, excused                              | Progressing, Healthy during a readiness blip    |
 * |   | else                                                   | Healthy                                         |
 *
 * Rows 1 to 3 are the same for all kinds (`lifecycle.ts`); flapping is judged last (`assess.ts`). The arithmetic of
 * "settled" is that of
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go
 */
export function judgeDeployment(situation: Situation<DeploymentFacts>): Judgement {
  const { workload, pods, now, alarm, creation, remembered } = situation;
  const { status } = workload;
  const desired = workload.replicas;
  const availability = countAvailability(situation, desired, {
    ready: status.readyReplicas,
    available: status.availableReplicas,
  });
  const missing = Math.max(0, desired - availability.available);
  const newest = newestReplicaSet(workload, situation.input.replicaSets);
  const churn = churnOf(situation, newest);
  const isChurning = churn !== null && churn.failedAt <= now;
  const gaps = gapsOf(pods, now, alarm, churn?.sinceAt ?? null);
  const absent = Math.max(0, missing - gaps.length);
  const shortage: Shortage = { desired, missing, gaps, absent };

  const progress = conditionOf(workload, 'Progressing');
  // By its own word, which can be ahead of the watch of ReplicaSets.
  const revision = workload.annotations[revisionAnnotation] ?? String(newest?.revision ?? '');
  // By Recreate the old pods end before the controller names the next revision: nothing is updated meanwhile.
  const isBegun = isBegunUnsaid(situation, desired, Math.min(availability.available, status.updatedReplicas), gaps);
  const isNew = isNewSubject(remembered, revision);
  // Without its ReplicaSet nothing is updated, and the numbers are those of the template before. So they are when the
  // controller has named the new revision, or has begun with it, and not counted since.
  const isRefused = progress?.reason === 'ReplicaSetCreateError';
  const isUncounted = (isNew || isBegun) && workload.observedGeneration < workload.generation;
  const updated = isRefused || isUncounted ? 0 : Math.min(desired, status.updatedReplicas);
  const numbersSettled = updated >= desired && status.replicas <= status.updatedReplicas;
  // An older ReplicaSet that is taken up again leaves `NewReplicaSetAvailable` as it stood: the controller writes that
  // anew only for one that it makes. Then the update is over when every replica is there.
  const isReplacing = remembered.updatingSinceAt !== undefined || isNew || isBegun;
  const isUnseen = isNewestUnseen(workload, newest);
  const isSettled = numbersSettled && missing === 0 && !(isReplacing && (isUnseen || oldAreCounted(situation)));
  const isPaused = workload.paused && !numbersSettled && hasChangeToRoll(workload, newest);
  const isAdvancing =
    !isSettled &&
    (isRollingOut(workload, progress, numbersSettled, gaps, isPaused) || (isReplacing && areComingUp(gaps)));
  const moved = stallClock(situation, revision, [status.updatedReplicas, availability.ready, availability.available]);
  // What was seen before this update began has not stood since its last move.
  const isBeginning = isAdvancing && isAtRest(remembered);
  const clock = isBeginning ? { ...moved, lastProgressAt: now } : moved;
  const deadlineAt = progressDeadlineAt(workload, progress, clock.lastProgressAt);
  if (isAdvancing && !workload.paused) alarm.at(deadlineAt);
  const isStalled =
    !isSettled &&
    (progress?.reason === 'ProgressDeadlineExceeded' ||
      isRefused ||
      (isAdvancing && !workload.paused && deadlineAt <= now));

  const rollout = (phase: Rollout['phase']): Rollout => ({
    phase,
    updated,
    target: desired,
    ...(isAdvancing && !workload.paused ? { deadlineAt } : {}),
  });
  const base = {
    availability,
    failing: gaps.map((gap) => gap.view),
    absent,
    lead: isChurning && churn.vanished > 0 ? vanishing(situation, newest, churn) : null,
    about: [],
    impact: null,
    restsOnMemory: workload.progressDeadlineSeconds === null && isAdvancing && remembered.progressMark === undefined,
    clock,
    isUpdating: isAdvancing,
  } satisfies Partial<Judgement>;

  // A new pod that cannot become ready, or a pod that cannot be made, ends the rollout before its deadline.
  const hardNew = gaps.filter((gap) => gap.view.updated && gap.view.diagnosis?.hard === true);
  const creationFails = isHard(creation, now) && (absent > 0 || isAdvancing);

  if (desired > 0 && availability.available === 0) {
    const isFirst = isFirstStart(situation, progress);
    // A start from zero has no deadline of its own: its pods have their startup grace.
    const fromZeroAt = remembered.leftIdleAt === undefined ? null : failedSince(situation, shortage, 0);
    const failures = earliest([
      firstFailures(situation, gaps, isStalled ? deadlineAt : null),
      fromZeroAt,
      isChurning ? churn.failedAt : null,
    ]);
    // What was judged Down stays so until something serves.
    if (isFirst && failures === null && remembered.state !== 'Down' && !workload.paused) {
      return {
        ...base,
        state: 'Progressing',
        rollout: rollout(isAdvancing ? 'advancing' : 'settled'),
        sinceAt: startedAt(situation),
        about: [startingCause(situation, shortage)],
        restsOnMemory: base.restsOnMemory || remembered.leftIdleAt !== undefined,
      };
    }
    const isStuck = isStalled || (isAdvancing && (hardNew.length > 0 || creationFails || isChurning));
    // Available is True where none need be available: then the update that took them all away tells.
    const sinceAt = isFirst ? failures : (downSince(situation) ?? (isAdvancing ? startedAt(situation) : null));
    // An old pod that stands there broken was not ended by the update; one that has yet to start is replaced by it.
    const areNew = gaps.every(
      ({ view }) => view.updated || (view.diagnosis?.hard !== true && (isUnseen || isBegun || !view.wasReady)),
    );
    const isPlanned = isAdvancing && !isStuck && allowedUnavailable(workload) >= desired && areNew;
    return {
      ...base,
      state: 'Down',
      rollout: rollout(isPaused ? 'paused' : isStuck ? 'stalled' : isAdvancing ? 'advancing' : 'settled'),
      sinceAt,
      lead: isPlanned ? recreateGap(situation, sinceAt) : base.lead,
      about: [
        ...(isPaused ? [pausedWithChange(situation, progress)] : []),
        ...(isStalled ? [deadlineExceeded(situation, progress, deadlineAt)] : []),
        ...(isFirst || !isAdvancing
          ? outage(situation, shortage, isFirst)
          : isStarting(situation, shortage)
            ? [startingCause(situation, shortage)]
            : []),
      ],
    };
  }

  const oldServes = missing === 0 && (isRefused || pods.some((view) => view.available && !view.updated));
  const serving = {
    impact: oldServes ? stillServes(desired) : missing > 0 ? someServe(availability.available, desired) : null,
    about: oldServes ? [stuckButServing(situation)] : [],
  };
  const deadlock = isAdvancing ? surgeDeadlock(situation, availability.available, gaps) : null;
  const deadlockAside = deadlock === null || deadlock.leads ? [] : [deadlock];
  const deadlockLead = deadlock?.leads === true ? deadlock : null;

  if (isStalled) {
    return {
      ...base,
      state: 'Degraded',
      rollout: rollout('stalled'),
      sinceAt: earliest([
        progress?.status === 'False' ? progress.lastTransitionAt : deadlineAt,
        stuckSince(hardNew, creationFails ? situation : null),
      ]),
      lead: deadlockLead ?? base.lead,
      about: [deadlineExceeded(situation, progress, deadlineAt), ...deadlockAside, ...serving.about],
      impact: serving.impact,
    };
  }

  if (isPaused) {
    const failedAt = failedSince(situation, shortage, 0);
    return {
      ...base,
      state: failedAt === null ? 'Paused' : 'Degraded',
      rollout: rollout('paused'),
      sinceAt: failedAt ?? pausedSince(progress),
      lead: failedAt === null ? pausedWithChange(situation, progress) : null,
      about: failedAt === null ? [] : [pausedWithChange(situation, progress)],
    };
  }

  if (isAdvancing) {
    if (hardNew.length > 0 || creationFails || isChurning || deadlock?.isHard === true) {
      const sinceAt = earliest([
        stuckSince(hardNew, creationFails ? situation : null),
        isChurning ? churn.failedAt : null,
        deadlock?.isHard === true ? deadlock.sinceAt : null,
      ]);
      return {
        ...base,
        state: 'Degraded',
        rollout: rollout('stalled'),
        sinceAt,
        lead: deadlockLead ?? base.lead,
        about: [...deadlockAside, willNotFinish(situation, sinceAt, deadlineAt), ...serving.about],
        impact: serving.impact,
      };
    }
    const allowance = isFirstRollout(situation, progress) ? desired : allowedUnavailable(workload);
    const failedAt = failedSince(situation, shortage, allowance);
    const named = isUnseen || (isBegun && !isNew) || isUnnamed(situation) ? null : newest;
    const update = rollingUpdate(situation, named, [updated, availability.available], startedAt(situation));
    return {
      ...base,
      state: failedAt === null ? 'Progressing' : 'Degraded',
      rollout: rollout('advancing'),
      sinceAt: failedAt ?? startedAt(situation),
      about: progressing(situation, shortage, update),
    };
  }

  if (missing > 0) return judgeShortage(situation, shortage, base, rollout('settled'));

  const lingering = pods.filter((view) => view.leaving && !view.updated);
  const lingeringSince = earliest(lingering.map(lostAt));
  const lingerUntilAt = lingeringSince === null ? null : lingeringSince + lingerGraceMs;
  alarm.at(lingerUntilAt);
  return {
    ...base,
    state: 'Healthy',
    rollout: rollout('settled'),
    sinceAt: fullSince(pods),
    failing: [],
    about:
      lingerUntilAt === null || lingerUntilAt > now ? [] : [oldPodsLinger(situation, lingering.length, lingeringSince)],
  };
}

/** Old pods of a finished update end by themselves, most within their grace period of 30 s. */
const lingerGraceMs = 120_000;

/** Newest by revision, never by age: a rollback takes an old ReplicaSet up again. */
export function newestReplicaSet(
  workload: DeploymentFacts,
  replicaSets: readonly ReplicaSetFacts[],
): ReplicaSetFacts | null {
  const revision = Number(workload.annotations[revisionAnnotation]);
  let newest: ReplicaSetFacts | null = null;
  for (const one of replicaSets) {
    if (one.revision === revision) return one;
    if (newest === null || one.revision > newest.revision) newest = one;
  }
  return newest;
}

/** The watch of ReplicaSets is behind that of the workload: pods of the newest one may be there, owned by nobody. */
export function isNewestUnseen(workload: DeploymentFacts, newest: ReplicaSetFacts | null): boolean {
  const revision = workload.annotations[revisionAnnotation];
  return revision !== undefined && String(newest?.revision) !== revision;
}

/** A paused Deployment is still scaled: only old pods, or the want of any ReplicaSet, tell of a change that waits. */
function hasChangeToRoll({ status }: DeploymentFacts, newest: ReplicaSetFacts | null): boolean {
  return status.replicas > status.updatedReplicas || (status.replicas === 0 && newest === null);
}

/**
 * Whether missing replicas belong to a rollout. The controller stops estimating progress at NewReplicaSetAvailable, so
 * what goes missing afterwards is a loss; a paused Deployment and one without a deadline are told by their numbers.
 */
function isRollingOut(
  workload: DeploymentFacts,
  progress: ConditionFacts | null,
  numbersSettled: boolean,
  gaps: readonly Gap[],
  isPaused: boolean,
): boolean {
  if (progress === null) return !numbersSettled || (gaps.length > 0 && gaps.every((gap) => !gap.view.wasReady));
  if (progress.reason === 'NewReplicaSetAvailable') return workload.status.replicas > workload.status.updatedReplicas;
  return !workload.paused || isPaused;
}

/**
 * The status counts as many pods as are wanted, and those that we see are not all of the new revision: the watch of
 * pods is behind that of the workload, and the pod that serves here is one that is gone there.
 */
function oldAreCounted({ workload, pods, countsFromPods }: Situation<DeploymentFacts>): boolean {
  if (!countsFromPods) return false;
  return pods.filter((view) => view.available && view.updated).length < workload.replicas;
}

/** Nothing was rolled out at the look before. */
function isAtRest({ state, updatingSinceAt }: Remembered): boolean {
  return state !== undefined && state !== 'Progressing' && updatingSinceAt === undefined;
}

/** The controller's own deadline, or ours of 10 min where it keeps none. */
function progressDeadlineAt(
  workload: DeploymentFacts,
  progress: ConditionFacts | null,
  lastProgressAt: number,
): number {
  const seconds = workload.progressDeadlineSeconds;
  if (seconds === null) return lastProgressAt + stallMs;
  // An old word about the rollout before this one.
  if (progress?.reason === 'NewReplicaSetAvailable') return lastProgressAt + seconds * 1000;
  return (progress?.lastUpdateAt ?? progress?.lastTransitionAt ?? lastProgressAt) + seconds * 1000;
}

/** The controller writes the first Available condition within this time of the first ReplicaSet. */
const firstConditionSlackMs = 10_000;

/** How far the watch of pods may be behind that of the workload; instants in objects have whole seconds. */
const aheadMs = 10_000;

/** Nothing of it was ever available: its first rollout, or a start from zero that we saw. */
function isFirstStart(situation: Situation<DeploymentFacts>, progress: ConditionFacts | null): boolean {
  const { workload, remembered, pods, input, now, alarm } = situation;
  if (remembered.leftIdleAt !== undefined) return true;
  const available = conditionOf(workload, 'Available');
  // Of what was seen from its first start on, a status that has just become available is ahead of the pods.
  const aheadUntilAt = (available?.lastTransitionAt ?? 0) + aheadMs;
  const isStarting = remembered.wasAvailable === false && remembered.state === 'Progressing';
  const isAhead = isStarting && available?.status === 'True' && now < aheadUntilAt;
  if (isAhead) alarm.at(aheadUntilAt);
  const isComplete = progress?.reason === 'NewReplicaSetAvailable' && !isAhead;
  if (remembered.wasAvailable === true || isComplete) return false;
  if (!isFirstRevision(situation) || pods.some((view) => view.wasReady && !view.ready)) return false;
  if (isAhead) return true;
  // True where none need be available: it says nothing.
  if (available?.status === 'True') return workload.replicas <= allowedUnavailable(workload);
  if (available === null || available.lastTransitionAt === null) return true;
  const firstAt = Math.max(workload.createdAt, earliest(input.replicaSets.map((one) => one.createdAt)) ?? 0);
  return available.lastTransitionAt <= firstAt + firstConditionSlackMs;
}

/** The first revision, which has not been complete yet: every replica may still be on its way. */
function isFirstRollout(situation: Situation<DeploymentFacts>, progress: ConditionFacts | null): boolean {
  if (situation.remembered.wasFull === true || progress?.reason === 'NewReplicaSetAvailable') return false;
  return isFirstRevision(situation) && !situation.pods.some((view) => view.wasReady && !view.ready);
}

function isFirstRevision({ workload, input }: Situation<DeploymentFacts>): boolean {
  const revision = workload.annotations[revisionAnnotation];
  return revision === undefined ? input.replicaSets.length <= 1 : revision === '1';
}

/** When the first start stopped being one that may succeed; null while it may. */
function firstFailures(
  situation: Situation<DeploymentFacts>,
  gaps: readonly Gap[],
  stalledAt: number | null,
): number | null {
  const { creation, now } = situation;
  const hard = gaps.filter((gap) => gap.view.diagnosis?.hard === true);
  return earliest([stalledAt, stuckSince(hard, isHard(creation, now) ? situation : null)]);
}

function stuckSince(hard: readonly Gap[], creating: Situation<DeploymentFacts> | null): number | null {
  const creation = creating?.creation ?? null;
  return earliest([
    ...hard.map((gap) => gap.excusedUntilAt),
    creation === null || creating === null ? null : hardAt(creation, creating.now),
  ]);
}

/** When nothing was left: the youngest loss, else what the Available condition says. */
function downSince(situation: Situation<DeploymentFacts>): number | null {
  const available = conditionOf(situation.workload, 'Available');
  const loss = lastLossAt(situation.pods);
  return loss ?? (available?.status === 'False' ? available.lastTransitionAt : null);
}

/** The controller has taken up a change and made no ReplicaSet for it: the newest that there is serves, and is old. */
function isUnnamed({ workload, remembered, pods }: Situation<DeploymentFacts>): boolean {
  const { replicas, updatedReplicas } = workload.status;
  if (remembered.wasFull !== true || replicas === 0 || updatedReplicas > 0) return false;
  return pods.some((view) => view.updated && view.available);
}

/**
 * When the newest revision began: its first standing pod, else its ReplicaSet, else the condition's last word. Where an
 * older ReplicaSet was taken up again, it and its pods can be older than the revision that they replace.
 */
function startedAt(situation: Situation<DeploymentFacts>): number | null {
  const { workload, pods, input } = situation;
  const newest = newestReplicaSet(workload, input.replicaSets);
  const replacedAt = Math.max(0, ...input.replicaSets.map((one) => (one === newest ? 0 : one.createdAt)));
  const made = pods.filter((view) => view.updated && !view.leaving).map((view) => view.pod.createdAt);
  const first = earliest(made.filter((at) => at >= replacedAt));
  if (first !== null) return first;
  if (newest !== null && newest.createdAt >= replacedAt) return newest.createdAt;
  return conditionOf(workload, 'Progressing')?.lastUpdateAt ?? null;
}

/** J5 where only time is missing, else the update in numbers. */
function progressing(
  situation: Situation<DeploymentFacts>,
  shortage: Shortage,
  update: WorkloadCause,
): WorkloadCause[] {
  // A first rollout replaces nothing.
  const isFirst = isFirstRevision(situation) && !isUnnamed(situation);
  if (shortage.missing === 0) return [isFirst ? notCounted(situation, update.draft.since) : update];
  const starting = startingCause(situation, shortage);
  if (isFirst) return [starting];
  return starting.draft.code === 'WaitingMinReadySeconds' ? [starting, update] : [update];
}

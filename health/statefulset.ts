import { type Gap, areComingUp, availabilityOf, fullSince, gapsOf, lastLossAt } from './availability.ts';
import { makeCause } from './causes.ts';
import { kubectl } from './diagnose/draft.ts';
import {
  type Judgement,
  type Situation,
  type WorkloadCause,
  earliest,
  hardAt,
  isHard,
  isNewSubject,
  plural,
  resolveCount,
  stallClock,
  stallMs,
} from './judgement.ts';
import type { StatefulSetFacts } from './kubernetes.ts';
import { isBegunUnsaid } from './lifecycle.ts';
import type { PodView } from './pod-view.ts';
import { type Shortage, failedSince, fieldOf, judgeShortage, outage, someServe, startingCause } from './shortage.ts';
import type { Availability, Rollout } from './verdict.ts';

/**
 * The verdict of a StatefulSet.
 *
 * | # | first match                                             | word                                    |
 * | - | ------------------------------------------------------- | --------------------------------------- |
 * | 1 | deleted, not observed, desired 0                        | `lifecycle.ts`                          |
 * | 2 | nothing available                                       | Down, Progressing inside the first start |
 * | 3 | a pod of a withdrawn revision blocks the controller     | Degraded (k8s#67250)                    |
 * | 4 | updating: hard cause, or 10 min without a move, or more | Degraded                                |
 * |   | missing than maxUnavailable                             |                                         |
 * |   | updating otherwise                                      | Progressing                             |
 * | 5 | replicas missing, no update                             | as a Deployment                         |
 * | 6 | more pods than wanted for 5 min, a lower one broken     | Degraded                                |
 * | 7 | else; `held` by partition or OnDelete where pods are old | Healthy                                 |
 *
 * Pods are told apart by their `controller-revision-hash`: `status.currentRevision` never moves under OnDelete
 * (k8s#73492) nor with a partition. OrderedReady works on one ordinal at a time, so the lowest broken one explains all.
 * Order of the controller:
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/statefulset/stateful_set_control.go
 */
export function judgeStatefulSet(situation: Situation<StatefulSetFacts>): Judgement {
  const { workload, pods, now, alarm, creation, remembered } = situation;
  const { status } = workload;
  const desired = workload.replicas;
  const availability = countStatefulSet(situation);
  const missing = Math.max(0, desired - availability.available);
  const order = ordinalsOf(workload, pods);
  const isOrdered = workload.podManagementPolicy === 'OrderedReady';
  const wanted = order.filter((one) => one.isWanted);
  const wantedViews = wanted.flatMap((one) => (one.view === null ? [] : [one.view]));
  const gaps = gapsOf(wantedViews, now, alarm);
  const absent = Math.max(0, missing - gaps.length);

  // Where the pods were not all given, one that is not there may well be ready.
  const known = situation.countsFromPods ? wanted : wanted.filter((one) => one.view !== null);
  const blocking = isOrdered ? blockingOrdinal(known) : null;
  const waiting =
    blocking === null || !situation.countsFromPods
      ? []
      : wanted.filter((one) => one.ordinal > blocking.ordinal && one.view === null);
  const shortage: Shortage = {
    desired,
    missing,
    gaps,
    absent,
    waiting: isHard(creation, now) ? 0 : Math.min(absent, waiting.length),
  };

  const target = updateTarget(workload);
  const updated = updatedCount(situation, wantedViews);
  const outdated = wanted.filter((one) => one.view !== null && !one.view.updated && !one.view.leaving);
  const outdatedInRange = outdated.filter((one) => one.ordinal >= workload.ordinalsStart + partitionOf(workload));
  const followsUpdates = workload.updateStrategy !== 'OnDelete';
  // The status can be ahead of the pods.
  const isReplacing =
    remembered.updatingSinceAt !== undefined ||
    isNewSubject(remembered, status.updateRevision ?? '') ||
    isBegunUnsaid(situation, desired, availability.available, gaps);
  const isComingUp = isReplacing && areComingUp(gaps);
  const isAdvancing =
    followsUpdates &&
    (situation.countsFromPods
      ? outdatedInRange.length > 0 || (missing > 0 && (isRevisionMoving(workload) || isComingUp))
      : status.updatedReplicas < target);
  // Each pod that a scale-down takes away is a move too.
  const clock = stallClock(situation, `${status.updateRevision ?? ''}/${pods.length}`, [
    updated,
    availability.ready,
    availability.available,
  ]);
  const stalledAt = clock.lastProgressAt + stallMs;
  const isStalled = isAdvancing && clock.isDated && stalledAt <= now;
  if (isAdvancing) alarm.at(stalledAt);

  const isHeld = outdated.length > 0 && !isAdvancing;
  const rollout = (phase: Rollout['phase']): Rollout => ({ phase, updated, target: followsUpdates ? target : updated });
  const settledPhase = isHeld ? 'held' : 'settled';
  const heldNotes = isHeld ? [heldCause(situation, outdated)] : [];
  const blockNotes = blocking === null ? [] : blockedCause(situation, blocking, wanted, outdatedInRange);
  const base = {
    availability,
    failing: gaps.map((gap) => gap.view),
    blocker: blocking?.view ?? null,
    absent: absent - (shortage.waiting ?? 0),
    lead: null,
    about: heldNotes,
    impact: null,
    restsOnMemory: isAdvancing && remembered.progressMark === undefined,
    clock,
    isUpdating: isAdvancing,
  } satisfies Partial<Judgement>;

  const hardGaps = gaps.filter((gap) => gap.view.diagnosis?.hard === true);
  const creationFails = isHard(creation, now) && absent > 0;
  const hardSince = earliest([
    ...hardGaps.map((gap) => gap.excusedUntilAt),
    creationFails && creation !== null ? hardAt(creation, now) : null,
  ]);

  if (desired > 0 && availability.available === 0) {
    const isFirst = isFirstStart(situation, wantedViews);
    // What was judged Down stays so until something serves.
    const wasDown = remembered.state === 'Down';
    // A start from zero: its pods have their startup grace.
    const fromZeroAt = remembered.leftIdleAt === undefined ? null : failedSince(situation, shortage, 0);
    const firstUntil = isFirst ? clock.lastProgressAt + stallMs : null;
    if (firstUntil !== null) alarm.at(firstUntil);
    if (isFirst && !wasDown && hardSince === null && fromZeroAt === null && (firstUntil ?? 0) > now) {
      return {
        ...base,
        state: 'Progressing',
        rollout: rollout('advancing'),
        sinceAt: earliest(wantedViews.map((view) => view.pod.createdAt)) ?? workload.createdAt,
        about: [startingCause(situation, shortage)],
        restsOnMemory: remembered.progressMark === undefined,
      };
    }
    const sinceAt = isFirst ? earliest([hardSince, fromZeroAt, firstUntil]) : lastLossAt(pods);
    const isStuck = (isAdvancing || isFirst) && (stalledAt <= now || hardSince !== null || fromZeroAt !== null);
    const isPlanned = isAdvancing && !isStuck && allowedUnavailable(workload) >= desired;
    return {
      ...base,
      state: 'Down',
      rollout: rollout(isStuck ? 'stalled' : isAdvancing || isFirst ? 'advancing' : settledPhase),
      sinceAt,
      lead: trapOf(situation, blocking) ?? (isPlanned ? updateGap(situation, sinceAt) : null),
      about: [
        ...(isAdvancing ? [updateRunning(situation, updated, target)] : outage(situation, shortage, isFirst)),
        ...blockNotes,
        ...heldNotes,
      ],
    };
  }

  const trap = trapOf(situation, blocking);
  if (trap !== null) {
    return {
      ...base,
      state: 'Degraded',
      rollout: rollout('stalled'),
      sinceAt: trap.sinceAt,
      lead: trap,
      about: blockNotes,
    };
  }

  if (isAdvancing) {
    const failed = earliest([hardSince, isStalled ? stalledAt : null]);
    if (failed !== null) {
      return {
        ...base,
        state: 'Degraded',
        rollout: rollout('stalled'),
        sinceAt: failed,
        about: [...blockNotes, updateStalled(situation, updated, target, isStalled ? clock.lastProgressAt : null)],
        impact: someServe(availability.available, desired),
      };
    }
    const allowance = isFirstRollout(situation, gaps) ? desired : allowedUnavailable(workload);
    const failedAt = failedSince(situation, shortage, allowance);
    const starting = startingCause(situation, shortage);
    const update = updateRunning(situation, updated, target);
    return {
      ...base,
      state: failedAt === null ? 'Progressing' : 'Degraded',
      rollout: rollout('advancing'),
      sinceAt: failedAt ?? earliest(wantedViews.filter((view) => view.updated).map((view) => view.pod.createdAt)),
      about: [
        ...(failedAt === null ? [] : blockNotes),
        ...(missing > 0 && starting.draft.code === 'WaitingMinReadySeconds' ? [starting] : []),
        update,
      ],
    };
  }

  if (missing > 0) {
    if (isFirstRollout(situation, gaps) && hardSince === null && stalledAt > now) {
      alarm.at(stalledAt);
      return {
        ...base,
        state: 'Progressing',
        rollout: rollout('advancing'),
        sinceAt: workload.createdAt,
        about: [startingCause(situation, shortage)],
        restsOnMemory: remembered.progressMark === undefined,
      };
    }
    const judged = judgeShortage(situation, shortage, base, rollout(settledPhase));
    const scaleDown = scaleDownBlocked(situation, order, clock.lastProgressAt);
    return judged.state === 'Degraded'
      ? { ...judged, about: [...blockNotes, ...judged.about, ...(scaleDown === null ? [] : [scaleDown])] }
      : judged;
  }

  const scaleDown = scaleDownBlocked(situation, order, clock.lastProgressAt);
  if (scaleDown !== null) {
    return {
      ...base,
      state: 'Degraded',
      rollout: rollout('stalled'),
      sinceAt: scaleDown.sinceAt,
      failing: order.flatMap((one) => (one.isWanted || one.view === null || one.view.available ? [] : [one.view])),
      about: [scaleDown],
      restsOnMemory: remembered.progressMark === undefined,
    };
  }
  return { ...base, state: 'Healthy', rollout: rollout(settledPhase), sinceAt: fullSince(pods), failing: [] };
}

/** Pods beyond the wanted ordinals serve too, but they stand for no wanted replica. */
export function countStatefulSet({ workload, pods, countsFromPods }: Situation<StatefulSetFacts>): Availability {
  const { replicas, status } = workload;
  if (!countsFromPods) {
    return availabilityOf(replicas, status.readyReplicas, status.availableReplicas ?? status.readyReplicas);
  }
  let ready = 0;
  let available = 0;
  for (const view of pods) {
    const ordinal = ordinalOf(workload, view);
    if (ordinal === null || !isWantedOrdinal(workload, ordinal)) continue;
    if (view.ready) ready += 1;
    if (view.available) available += 1;
  }
  return availabilityOf(replicas, ready, available);
}

export interface Ordinal {
  readonly ordinal: number;
  readonly view: PodView | null;
  readonly isWanted: boolean;
}

/** Every wanted ordinal and every other that has a pod, ascending. */
export function ordinalsOf(workload: StatefulSetFacts, pods: readonly PodView[]): Ordinal[] {
  const byOrdinal = new Map<number, PodView>();
  for (const view of pods) {
    const ordinal = ordinalOf(workload, view);
    if (ordinal === null) continue;
    const other = byOrdinal.get(ordinal);
    // Two of one name can only be a deleted pod and its successor.
    if (other === undefined || other.pod.createdAt < view.pod.createdAt) byOrdinal.set(ordinal, view);
  }
  const numbers = new Set(byOrdinal.keys());
  const end = workload.ordinalsStart + workload.replicas;
  for (let ordinal = workload.ordinalsStart; ordinal < end; ordinal += 1) numbers.add(ordinal);
  return [...numbers]
    .sort((left, right) => left - right)
    .map((ordinal) => ({
      ordinal,
      view: byOrdinal.get(ordinal) ?? null,
      isWanted: isWantedOrdinal(workload, ordinal),
    }));
}

/** The number at the end of a pod's name; null for a name that is not of this set. */
export function ordinalOf(workload: StatefulSetFacts, view: PodView): number | null {
  const { name } = view.pod;
  const { length } = workload.name;
  if (name.charCodeAt(length) !== 45 || !name.startsWith(workload.name)) return null;
  const ordinal = Number(name.slice(length + 1));
  return Number.isInteger(ordinal) && ordinal >= 0 ? ordinal : null;
}

function isWantedOrdinal(workload: StatefulSetFacts, ordinal: number): boolean {
  return ordinal >= workload.ordinalsStart && ordinal < workload.ordinalsStart + workload.replicas;
}

/** OrderedReady: the lowest wanted ordinal that is missing, ending, not ready or not available. */
export function blockingOrdinal(wanted: readonly Ordinal[]): Ordinal | null {
  for (const one of wanted) if (one.view === null || !one.view.available) return one;
  return null;
}

/**
 * Compared with the index from the start ordinal, so a set that starts at 5 with partition 1 keeps its pod 5.
 */
function partitionOf(workload: StatefulSetFacts): number {
  return workload.updateStrategy === 'RollingUpdate' ? workload.partition : 0;
}

export function updateTarget(workload: StatefulSetFacts): number {
  return Math.min(workload.replicas, Math.max(0, workload.replicas - partitionOf(workload)));
}

function updatedCount(situation: Situation<StatefulSetFacts>, wanted: readonly PodView[]): number {
  const { workload, countsFromPods } = situation;
  if (!countsFromPods) return Math.min(workload.replicas, workload.status.updatedReplicas);
  let count = 0;
  for (const view of wanted) if (view.updated && !view.leaving) count += 1;
  return count;
}

/** The controller has not finished the update: it moves currentRevision when every pod is updated and ready. */
function isRevisionMoving(workload: StatefulSetFacts): boolean {
  const { currentRevision, updateRevision } = workload.status;
  return (
    partitionOf(workload) === 0 &&
    currentRevision !== null &&
    updateRevision !== null &&
    currentRevision !== updateRevision
  );
}

function allowedUnavailable(workload: StatefulSetFacts): number {
  if (workload.maxUnavailable === null) return 1;
  return Math.max(1, resolveCount(workload.maxUnavailable, workload.replicas, 'up'));
}

/** Pods of a first start are made together with the set; one that came much later replaces another. */
const firstPodsMs = 60_000;

function isFirstStart(situation: Situation<StatefulSetFacts>, wanted: readonly PodView[]): boolean {
  const { workload, remembered, pods } = situation;
  if (remembered.leftIdleAt !== undefined) return true;
  if (remembered.wasAvailable === true || isRevisionMoving(workload)) return false;
  if (pods.some((view) => view.wasReady && !view.ready)) return false;
  // The first ordinal of an ordered set was ready before the second could exist.
  if (workload.podManagementPolicy === 'OrderedReady' && wanted.length > 1) return false;
  return wanted.every((view) => view.pod.createdAt - workload.createdAt <= firstPodsMs);
}

/** No replica was lost: the set is still being filled for the first time, one after the other or all at once. */
function isFirstRollout(situation: Situation<StatefulSetFacts>, gaps: readonly Gap[]): boolean {
  const { workload, remembered, pods } = situation;
  if (remembered.wasFull === true || isRevisionMoving(workload) || pods.some((view) => view.leaving)) return false;
  let previousAt = workload.createdAt;
  for (const view of pods) if (view.available) previousAt = Math.max(previousAt, view.readyChangedAt ?? 0);
  return gaps.every(({ view }) => (!view.wasReady || view.ready) && view.pod.createdAt - previousAt <= firstPodsMs);
}

/** J15. */
function blockedCause(
  situation: Situation<StatefulSetFacts>,
  blocking: Ordinal,
  wanted: readonly Ordinal[],
  outdated: readonly Ordinal[],
): WorkloadCause[] {
  const { workload } = situation;
  const names = (ordinals: readonly Ordinal[]): string => {
    const first = ordinals[0];
    const last = ordinals.at(-1);
    if (first === undefined || last === undefined) return '';
    const name = `${workload.name}-${first.ordinal}`;
    if (first === last) return name;
    return `${name} ${ordinals.length === 2 ? 'and' : 'to'} ${workload.name}-${last.ordinal}`;
  };
  const notMade = wanted.filter((one) => one.ordinal > blocking.ordinal && one.view === null);
  const notUpdated = outdated.filter((one) => one.ordinal !== blocking.ordinal);
  const verb = (ordinals: readonly Ordinal[]): string => (ordinals.length === 1 ? 'waits' : 'wait');
  const parts = [
    ...(notMade.length > 0 ? [`${names(notMade)} ${verb(notMade)} to be created`] : []),
    ...(notUpdated.length > 0 ? [`${names(notUpdated)} ${verb(notUpdated)} to be updated`] : []),
  ];
  if (parts.length === 0) return [];
  const name = `${workload.name}-${blocking.ordinal}`;
  const draft = makeCause('OrdinalBlocks', {
    message: `${name} is not ${blocking.view?.ready === true ? 'available' : 'ready'}, so ${parts.join(' and ')}`,
    since: blocking.view === null ? null : (blocking.view.readyChangedAt ?? blocking.view.pendingSinceAt),
    evidence: [
      fieldOf(workload, 'spec.podManagementPolicy', workload.podManagementPolicy, null),
      {
        object: { kind: 'Pod', name },
        field: 'status.phase',
        text: blocking.view === null ? 'does not exist' : blocking.view.pod.phase,
        at: blocking.view?.readyChangedAt ?? null,
      },
    ],
    commands: [kubectl.get(workload.namespace, 'pod', name)],
  });
  return [{ draft, pods: notMade.length + notUpdated.length }];
}

const trapMs = 5 * 60_000;

/** J16: the controller waits for a pod of a withdrawn revision to become ready, and it never will. */
function trapOf(
  situation: Situation<StatefulSetFacts>,
  blocking: Ordinal | null,
): (WorkloadCause & { readonly sinceAt: number }) | null {
  const { workload, now, alarm } = situation;
  if (workload.updateStrategy !== 'RollingUpdate' || blocking?.view == null) return null;
  const { view, ordinal } = blocking;
  if (view.leaving || view.ended || view.updated || view.ready || view.revision === null) return null;
  if (workload.status.updateRevision === null || ordinal < workload.ordinalsStart + workload.partition) return null;
  const notReadySince = view.readyChangedAt ?? view.pendingSinceAt;
  const sinceAt = notReadySince + trapMs;
  alarm.at(sinceAt);
  if (sinceAt > now) return null;
  const { name } = view.pod;
  const draft = makeCause('ForcedRollbackTrap', {
    message: `${name} runs the withdrawn revision ${view.revision} and the controller waits for it; it must be deleted by hand (k8s#67250)`,
    since: sinceAt,
    remedy: `Delete the pod: kubectl -n ${workload.namespace} delete pod ${name}. The controller then makes it from revision ${workload.status.updateRevision}.`,
    evidence: [
      {
        object: { kind: 'Pod', name },
        field: 'metadata.labels[controller-revision-hash]',
        text: view.revision,
        at: view.pod.createdAt,
      },
      fieldOf(workload, 'status.updateRevision', workload.status.updateRevision, null),
      { object: { kind: 'Pod', name }, field: 'status.conditions[Ready]', text: 'not True', at: notReadySince },
    ],
    commands: [kubectl.describePod(view.pod)],
  });
  return { draft, pods: 1, sinceAt };
}

const scaleDownMs = 5 * 60_000;

/** J20: OrderedReady removes no pod while a lower one is broken. */
function scaleDownBlocked(
  situation: Situation<StatefulSetFacts>,
  order: readonly Ordinal[],
  lastProgressAt: number,
): (WorkloadCause & { readonly sinceAt: number }) | null {
  const { workload, now, alarm } = situation;
  if (workload.podManagementPolicy !== 'OrderedReady') return null;
  const extra = order.filter((one) => one.view !== null && !one.isWanted && !one.view.leaving);
  const broken = order.find((one) => one.view === null || !one.view.available);
  const last = extra.at(-1);
  if (last === undefined || broken === undefined || broken.ordinal >= last.ordinal) return null;
  const sinceAt = Math.max(lastProgressAt, broken.view?.readyChangedAt ?? 0) + scaleDownMs;
  alarm.at(sinceAt);
  if (sinceAt > now) return null;
  const draft = makeCause('ScaleDownBlocked', {
    message: `Cannot shrink to ${workload.replicas} while ${workload.name}-${broken.ordinal} is not ready: ${plural(extra.length, 'pod')} too many`,
    since: sinceAt,
    evidence: [
      fieldOf(workload, 'spec.replicas', String(workload.replicas), null),
      fieldOf(workload, 'status.replicas', String(workload.status.replicas), null),
    ],
  });
  return { draft, pods: extra.length, sinceAt };
}

/** J17 or J18. */
function heldCause(situation: Situation<StatefulSetFacts>, outdated: readonly Ordinal[]): WorkloadCause {
  const { workload } = situation;
  const count = outdated.length;
  const draft =
    workload.updateStrategy === 'OnDelete'
      ? makeCause('HeldByOnDelete', {
          message: `${plural(count, 'pod')} ${count === 1 ? 'runs' : 'run'} the old revision until deleted (OnDelete)`,
          since: null,
          evidence: [fieldOf(workload, 'spec.updateStrategy.type', 'OnDelete', null)],
        })
      : makeCause('HeldByPartition', {
          message: `${plural(count, 'pod')} ${count === 1 ? 'stays' : 'stay'} on the old revision on purpose (partition ${workload.partition})`,
          since: null,
          evidence: [
            fieldOf(workload, 'spec.updateStrategy.rollingUpdate.partition', String(workload.partition), null),
          ],
        });
  return { draft, pods: count };
}

/** J6. */
function updateRunning(situation: Situation<StatefulSetFacts>, updated: number, target: number): WorkloadCause {
  const { workload } = situation;
  const draft = makeCause('RollingUpdateRunning', {
    message: `Rolling update: ${updated} of ${target} updated`,
    since: null,
    evidence: [fieldOf(workload, 'status.updateRevision', workload.status.updateRevision ?? '', null)],
  });
  return { draft, pods: Math.max(0, target - updated) };
}

/**
 * J1 in the words of a kind whose controller keeps no deadline, J3 before that.
 * @param lastProgressAt null while it still moves
 */
function updateStalled(
  situation: Situation<StatefulSetFacts>,
  updated: number,
  target: number,
  lastProgressAt: number | null,
): WorkloadCause {
  const { workload } = situation;
  const draft = makeCause(lastProgressAt === null ? 'RolloutWillNotFinish' : 'ProgressDeadlineExceeded', {
    message: `${lastProgressAt === null ? 'The update will not finish; it stands' : 'The update stands'} at ${updated} of ${target} updated`,
    since: lastProgressAt,
    evidence: [fieldOf(workload, 'status.updatedReplicas', String(workload.status.updatedReplicas), lastProgressAt)],
    commands: [kubectl.describe(workload.namespace, 'statefulset', workload.name)],
  });
  return { draft, pods: Math.max(0, target - updated) };
}

/** J8: the update may take every pod away, as it must with the only replica of a set. */
function updateGap(situation: Situation<StatefulSetFacts>, since: number | null): WorkloadCause {
  const { workload } = situation;
  const draft = makeCause('RecreateGap', {
    message: `Planned gap: the update replaces ${workload.replicas === 1 ? 'the only replica' : 'all replicas at once'}`,
    since,
    remedy: 'Wait for the new pod; more replicas are needed where the gap is not acceptable.',
    evidence: [fieldOf(workload, 'spec.replicas', String(workload.replicas), null)],
  });
  return { draft, pods: workload.replicas };
}

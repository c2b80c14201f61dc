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
import type { DaemonSetFacts } from './kubernetes.ts';
import { isBegunUnsaid } from './lifecycle.ts';
import type { PodView } from './pod-view.ts';
import { type Shortage, failedSince, fieldOf, judgeShortage, outage, regression, startingCause } from './shortage.ts';
import type { Availability, Rollout } from './verdict.ts';

/**
 * The verdict of a DaemonSet. Everything is counted per node.
 *
 * | # | first match                                              | word                                     |
 * | - | -------------------------------------------------------- | ---------------------------------------- |
 * | 1 | deleted, not observed, desired 0                         | `lifecycle.ts`                           |
 * | 2 | no node available                                        | Down, Progressing inside the first start |
 * | 3 | pods refused, or failing again and again                 | Degraded                                 |
 * | 4 | updating: 10 min without a move, hard cause, or more     | Degraded                                 |
 * |   | unavailable than maxUnavailable                          |                                          |
 * |   | updating otherwise                                       | Progressing                              |
 * | 5 | nodes without a working pod, no update                   | as a Deployment                          |
 * | 6 | else; `held` by OnDelete where pods are old              | Healthy                                  |
 *
 * `desiredNumberScheduled` has taints and affinity applied already, and `currentNumberScheduled` counts nodes that have
 * a pod object, even a Pending one: current < desired means "not created", never "not scheduled".
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/daemon/daemon_controller.go (updateDaemonSetStatus)
 */
export function judgeDaemonSet(situation: Situation<DaemonSetFacts>): Judgement {
  const { workload, pods, now, alarm, creation, remembered } = situation;
  const { status } = workload;
  const desired = status.desiredNumberScheduled;
  const availability = countDaemonSet(situation);
  const missing = Math.max(0, desired - availability.available);
  const gaps = gapsOf(standingPerNode(pods), now, alarm);
  // A surge pod is missed by nobody while the old pod of its node serves, and yet its failure ends the update.
  const surging = gapsOf(surgePods(pods), now, alarm);
  const absent = Math.max(0, missing - gaps.length);
  const shortage: Shortage = { desired, missing, gaps, absent };

  const followsUpdates = workload.updateStrategy !== 'OnDelete';
  const outdated = pods.filter((view) => !view.updated && !view.leaving && !view.ended);
  const subject = String(templateGeneration(workload) ?? workload.generation);
  // A node without a pod is not an old one: only pods that exist can wait for the update. When the last old pod is gone
  // its successor still has to come up, and only memory tells that from a node that was added.
  const hasOldPods =
    status.updatedNumberScheduled < Math.min(status.currentNumberScheduled, desired) || outdated.length > 0;
  const isThere = missing === 0 && status.updatedNumberScheduled >= desired;
  const isReplacing =
    remembered.updatingSinceAt !== undefined ||
    isNewSubject(remembered, subject) ||
    isBegunUnsaid(situation, desired, availability.available, gaps);
  const isComingUp = isReplacing && !isThere && areComingUp(gaps);
  const isAdvancing = followsUpdates && (hasOldPods || isComingUp);
  const clock = stallClock(situation, subject, [
    status.updatedNumberScheduled,
    availability.ready,
    availability.available,
  ]);
  const stalledAt = clock.lastProgressAt + stallMs;
  const isStalled = isAdvancing && clock.isDated && stalledAt <= now;
  if (isAdvancing) alarm.at(stalledAt);

  const updated = Math.min(status.updatedNumberScheduled, nodesWithout(outdated, pods, desired));
  const notUpdated = followsUpdates ? 0 : heldPods(workload, outdated.length);
  const isHeld = notUpdated > 0;
  const settledPhase = isHeld ? 'held' : 'settled';
  const rollout = (phase: Rollout['phase']): Rollout => ({
    phase,
    updated: followsUpdates ? updated : desired - notUpdated,
    target: followsUpdates ? desired : Math.max(0, desired - notUpdated),
  });
  const failingAgain = keepsFailing(situation);
  const refused = absent > 0 && isHard(creation, now);
  const base = {
    availability,
    failing: [...gaps, ...surging].map((gap) => gap.view),
    absent,
    lead: null,
    about: [
      ...(isHeld ? [heldByOnDelete(situation, notUpdated)] : []),
      ...misscheduled(situation),
      ...(failingAgain === null ? [] : [failingAgain]),
    ],
    impact: null,
    restsOnMemory: isAdvancing && remembered.progressMark === undefined,
    clock,
    isUpdating: isAdvancing,
  } satisfies Partial<Judgement>;

  const hardSince = earliest([
    ...[...gaps, ...surging].filter((gap) => gap.view.diagnosis?.hard === true).map((gap) => gap.excusedUntilAt),
    refused && creation !== null ? hardAt(creation, now) : null,
    missing > 0 ? (failingAgain?.sinceAt ?? null) : null,
  ]);
  const notCreated = refused ? [podsMissing(situation)] : [];

  if (desired > 0 && availability.available === 0) {
    const isFirst = isFirstStart(situation);
    // What was judged Down stays so until something serves.
    const wasDown = remembered.state === 'Down';
    // A start from zero: its pods have their startup grace.
    const fromZeroAt = remembered.leftIdleAt === undefined ? null : failedSince(situation, shortage, 0);
    const firstUntil = clock.lastProgressAt + stallMs;
    if (isFirst) alarm.at(firstUntil);
    if (isFirst && !wasDown && hardSince === null && fromZeroAt === null && firstUntil > now) {
      return {
        ...base,
        state: 'Progressing',
        rollout: rollout('advancing'),
        sinceAt: workload.createdAt,
        about: [startingCause(situation, shortage), ...base.about],
        restsOnMemory: remembered.progressMark === undefined,
      };
    }
    const isStuck = (isAdvancing || isFirst) && (stalledAt <= now || hardSince !== null || fromZeroAt !== null);
    const isPlanned = isAdvancing && !isStuck && allowedUnavailable(workload) >= desired;
    const sinceAt = isFirst ? earliest([hardSince, fromZeroAt, firstUntil]) : lastLossAt(pods);
    return {
      ...base,
      state: 'Down',
      rollout: rollout(isStuck ? 'stalled' : isAdvancing || isFirst ? 'advancing' : settledPhase),
      sinceAt,
      lead: isPlanned ? updateGap(situation, sinceAt) : null,
      about: [
        ...notCreated,
        ...(isAdvancing ? [updateRunning(situation, updated)] : outage(situation, shortage, isFirst)),
        ...base.about,
      ],
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
        about: [...notCreated, updateBlocked(situation, missing, clock.lastProgressAt), ...base.about],
        impact: `${availability.available} of ${plural(desired, 'node')} have a working pod`,
      };
    }
    const failedAt = failedSince(
      situation,
      shortage,
      isFirstRollout(situation, gaps) ? desired : allowedUnavailable(workload),
    );
    const starting = startingCause(situation, shortage);
    return {
      ...base,
      state: failedAt === null ? 'Progressing' : 'Degraded',
      rollout: rollout('advancing'),
      sinceAt: failedAt ?? updatingSince(situation),
      about: [
        ...(missing > 0 && starting.draft.code === 'WaitingMinReadySeconds' ? [starting] : []),
        updateRunning(situation, updated),
        ...base.about,
      ],
    };
  }

  if (missing > 0) {
    if (hardSince !== null) {
      return {
        ...base,
        state: 'Degraded',
        rollout: rollout(settledPhase),
        sinceAt: hardSince,
        about: [...notCreated, ...regression(situation, shortage), ...base.about],
      };
    }
    if (isFirstRollout(situation, gaps) && stalledAt > now) {
      alarm.at(stalledAt);
      return {
        ...base,
        state: 'Progressing',
        rollout: rollout('advancing'),
        sinceAt: workload.createdAt,
        about: [startingCause(situation, shortage), ...base.about],
        restsOnMemory: remembered.progressMark === undefined,
      };
    }
    return judgeShortage(situation, shortage, base, rollout(settledPhase));
  }
  return { ...base, state: 'Healthy', rollout: rollout(settledPhase), sinceAt: fullSince(pods), failing: [] };
}

/**
 * Nodes with an available pod, from the pods. Which pods are misscheduled only the controller knows, so at most
 * `numberMisscheduled` of them are taken off, and never below what the status counts.
 */
export function countDaemonSet({ workload, pods, countsFromPods }: Situation<DaemonSetFacts>): Availability {
  const { status } = workload;
  const desired = status.desiredNumberScheduled;
  if (!countsFromPods) return availabilityOf(desired, status.numberReady, availableInStatus(status));
  const ready = new Set<string>();
  const available = new Set<string>();
  for (const view of pods) {
    const node = nodeOf(view);
    if (node === null) continue;
    if (view.ready) ready.add(node);
    if (view.available) available.add(node);
  }
  const counted = (nodes: number, inStatus: number): number =>
    Math.min(
      desired,
      status.numberMisscheduled === 0 ? nodes : Math.max(nodes - status.numberMisscheduled, Math.min(nodes, inStatus)),
    );
  return availabilityOf(
    desired,
    counted(ready.size, status.numberReady),
    counted(available.size, status.numberAvailable),
  );
}

/** One of the two numbers is above zero in what the controller writes; a status with neither leaves it open. */
function availableInStatus({ numberAvailable, numberUnavailable, numberReady }: DaemonSetFacts['status']): number {
  return numberAvailable === 0 && numberUnavailable === 0 ? numberReady : numberAvailable;
}

/** The node that a pod is on, or that it is pinned to before it is scheduled. */
export function nodeOf({ pod }: PodView): string | null {
  return pod.nodeName ?? pod.targetNodeName;
}

/** For each node without an available pod the newest pod that stands there. */
function standingPerNode(pods: readonly PodView[]): PodView[] {
  const served = new Set<string>();
  const standing = new Map<string, PodView>();
  for (const view of pods) {
    const node = nodeOf(view) ?? view.pod.uid;
    if (view.available) served.add(node);
    if (view.available || view.leaving || view.ended) continue;
    const other = standing.get(node);
    if (other === undefined || other.pod.createdAt < view.pod.createdAt) standing.set(node, view);
  }
  for (const node of served) standing.delete(node);
  return [...standing.values()];
}

/** The hashes of the pods tell; while none of them has the new one, the status does. */
function heldPods({ generation, status }: DaemonSetFacts, outdated: number): number {
  if (outdated > 0 || generation <= 1) return outdated;
  const present = Math.min(status.desiredNumberScheduled, status.currentNumberScheduled);
  return Math.max(0, present - status.updatedNumberScheduled);
}

/** Nodes on which no old pod stands alone: the status may still count by the template before. */
function nodesWithout(outdated: readonly PodView[], pods: readonly PodView[], desired: number): number {
  const waiting = new Set(outdated.map(nodeOf));
  for (const view of pods) if (view.updated && !view.leaving && !view.ended) waiting.delete(nodeOf(view));
  return Math.max(0, desired - waiting.size);
}

/** New pods beside an old one that still serves their node. */
function surgePods(pods: readonly PodView[]): PodView[] {
  const served = new Set(pods.filter((view) => view.available && !view.updated).map(nodeOf));
  return pods.filter(
    (view) => view.updated && !view.available && !view.leaving && !view.ended && served.has(nodeOf(view)),
  );
}

/** maxUnavailable rounds up here, unlike in a Deployment; with a surge no node may be without a pod. */
function allowedUnavailable(workload: DaemonSetFacts): number {
  const desired = workload.status.desiredNumberScheduled;
  const unavailable = resolveCount(workload.maxUnavailable, desired, 'up');
  const surge = resolveCount(workload.maxSurge, desired, 'up');
  return unavailable === 0 && surge === 0 ? 1 : unavailable;
}

/**
 * The API server counts it up with every change of the template, and with nothing else. Null where a server or a dump
 * leaves it out.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/apps/daemonset/strategy.go (PrepareForUpdate)
 */
export function templateGeneration({ annotations }: DaemonSetFacts): number | null {
  const generation = Number(annotations['deprecated.daemonset.template.generation']);
  return Number.isInteger(generation) && generation > 0 ? generation : null;
}

/** Pods of a first start are made together with the set. */
const firstPodsMs = 60_000;

function isFirstStart({ workload, remembered, pods }: Situation<DaemonSetFacts>): boolean {
  if (remembered.leftIdleAt !== undefined) return true;
  if (remembered.wasAvailable === true || pods.some((view) => view.wasReady && !view.ready)) return false;
  return pods.every((view) => view.pod.createdAt - workload.createdAt <= firstPodsMs);
}

function isFirstRollout({ workload, remembered, pods }: Situation<DaemonSetFacts>, gaps: readonly Gap[]): boolean {
  if (remembered.wasFull === true || pods.some((view) => view.leaving)) return false;
  return gaps.every((gap) => !gap.view.wasReady && gap.view.pod.createdAt - workload.createdAt <= firstPodsMs);
}

/** J21. */
function podsMissing(situation: Situation<DaemonSetFacts>): WorkloadCause {
  const { workload, creation } = situation;
  const { desiredNumberScheduled: desired, currentNumberScheduled: current } = workload.status;
  const count = Math.max(0, desired - current);
  const draft = makeCause('DaemonPodsMissing', {
    message: `${count} of ${plural(desired, 'node')} ${count === 1 ? 'has' : 'have'} no pod: ${creation?.message ?? 'not created'}`,
    since: creation?.since ?? null,
    evidence: [fieldOf(workload, 'status.currentNumberScheduled', `${current} of ${desired}`, null)],
    group: creation?.group ?? null,
  });
  return { draft, pods: count };
}

const misscheduledGraceMs = 15 * 60_000;

/**
 * J22. A node that stops reporting gets a taint that keeps new pods away, so that the controller counts its pod as one
 * too many: there the loss of the node is what is to be told.
 */
function misscheduled(situation: Situation<DaemonSetFacts>): WorkloadCause[] {
  const { workload, pods, remembered, now, alarm } = situation;
  const lost = pods.flatMap((view) => (view.diagnosis?.cause?.code === 'NodeLost' ? [view.diagnosis.cause] : []));
  const misplaced = workload.status.numberMisscheduled;
  const [first] = misplaced > 0 && workload.status.desiredNumberScheduled > 0 ? lost : [];
  const left: WorkloadCause[] = first === undefined ? [] : [{ draft: first, pods: lost.length }];
  const count = Math.max(0, misplaced - lost.length);
  if (count === 0) return left;
  // The status has no time for it, so the first sight is what is remembered.
  const warnAt = (remembered.causeSeenAt?.['DaemonPodsMisscheduled'] ?? now) + misscheduledGraceMs;
  alarm.at(warnAt);
  const draft = makeCause('DaemonPodsMisscheduled', {
    message: `${plural(count, 'pod')} ${count === 1 ? 'runs on a node' : 'run on nodes'} where ${count === 1 ? 'it' : 'they'} should not be`,
    since: null,
    severity: warnAt <= now ? 'warning' : 'info',
    evidence: [fieldOf(workload, 'status.numberMisscheduled', String(misplaced), null)],
  });
  return [...left, { draft, pods: count }];
}

/** J23, a note on a DaemonSet that wants no pod. */
export function noNodeMatches({ workload, remembered, now }: Situation<DaemonSetFacts>): WorkloadCause {
  const labels = Object.entries(workload.template.nodeSelector).map(([key, value]) => `${key}=${value}`);
  const selector =
    labels.length > 0
      ? `nodeSelector ${labels.join(', ')}`
      : workload.template.hasNodeAffinity
        ? 'its node affinity'
        : 'it, or all have taints';
  const idleSince = remembered.state === 'Idle' ? (remembered.stateSinceAt ?? now) : now;
  const hadPods = remembered.wasAvailable === true && now - idleSince < 3_600_000;
  const draft = makeCause('NoNodeMatches', {
    message: `No node matches ${selector}`,
    since: null,
    severity: hadPods ? 'warning' : 'info',
    evidence: [
      fieldOf(workload, 'status.desiredNumberScheduled', '0', null),
      ...(labels.length > 0 ? [fieldOf(workload, 'spec.template.spec.nodeSelector', labels.join(', '), null)] : []),
    ],
    commands: ['kubectl get nodes --show-labels'],
  });
  return { draft, pods: 0 };
}

/** J18. */
function heldByOnDelete({ workload }: Situation<DaemonSetFacts>, count: number): WorkloadCause {
  const draft = makeCause('HeldByOnDelete', {
    message: `${plural(count, 'pod')} ${count === 1 ? 'runs' : 'run'} the old revision until deleted (OnDelete)`,
    since: null,
    evidence: [fieldOf(workload, 'spec.updateStrategy.type', 'OnDelete', null)],
  });
  return { draft, pods: count };
}

/** The first pod of the new revision; before there is one, that is what the newest hash belongs to, memory tells. */
function updatingSince({ workload, pods, remembered }: Situation<DaemonSetFacts>): number | null {
  if (remembered.updatingSinceAt !== undefined) return remembered.updatingSinceAt;
  if (workload.status.updatedNumberScheduled === 0) return null;
  return earliest(pods.filter((view) => view.updated).map((view) => view.pod.createdAt));
}

/** J6. */
function updateRunning({ workload }: Situation<DaemonSetFacts>, updated: number): WorkloadCause {
  const { desiredNumberScheduled: desired } = workload.status;
  const draft = makeCause('RollingUpdateRunning', {
    message: `Rolling update: ${updated} of ${plural(desired, 'node')} updated`,
    since: null,
    evidence: [fieldOf(workload, 'status.updatedNumberScheduled', `${updated} of ${desired}`, null)],
  });
  return { draft, pods: Math.max(0, desired - updated) };
}

/** J8: the update may take every pod away, and does. */
function updateGap({ workload }: Situation<DaemonSetFacts>, since: number | null): WorkloadCause {
  const { desiredNumberScheduled: desired } = workload.status;
  const draft = makeCause('RecreateGap', {
    message: `Planned gap: the update replaces the ${desired === 1 ? 'only pod' : `${desired} pods at once`}`,
    since,
    remedy: 'Wait for the new pods; set maxSurge to 1 where the gap is not acceptable.',
    evidence: [fieldOf(workload, 'spec.updateStrategy.rollingUpdate.maxUnavailable', workload.maxUnavailable, null)],
  });
  return { draft, pods: desired };
}

/** J24. */
function updateBlocked(
  { workload }: Situation<DaemonSetFacts>,
  missing: number,
  lastProgressAt: number,
): WorkloadCause {
  const { desiredNumberScheduled: desired, updatedNumberScheduled: updated } = workload.status;
  const draft = makeCause('DaemonUpdateBlocked', {
    message: `The update stands at ${updated} of ${plural(desired, 'node')}; ${missing === 0 ? 'no node is' : plural(missing, 'node')} without a working pod`,
    since: lastProgressAt,
    evidence: [
      fieldOf(workload, 'status.updatedNumberScheduled', `${updated} of ${desired}`, lastProgressAt),
      fieldOf(workload, 'spec.updateStrategy.rollingUpdate.maxUnavailable', workload.maxUnavailable, null),
    ],
    commands: [kubectl.describe(workload.namespace, 'daemonset', workload.name)],
  });
  return { draft, pods: missing };
}

const failingWindowMs = 10 * 60_000;
const failingTimes = 3;

/** J25: the controller deletes the failed pod and makes it anew, again and again. */
function keepsFailing(situation: Situation<DaemonSetFacts>): (WorkloadCause & { readonly sinceAt: number }) | null {
  const { workload, input, now, alarm } = situation;
  const recent = input.events.filter(
    (event) =>
      event.involved.uid === workload.uid &&
      (event.reason === 'FailedDaemonPod' || event.reason === 'SucceededDaemonPod') &&
      now - event.lastAt < failingWindowMs,
  );
  recent.sort((left, right) => left.lastAt - right.lastAt || (left.uid < right.uid ? -1 : 1));
  const times = recent.reduce((sum, event) => sum + event.count, 0);
  const newest = recent.at(-1);
  if (times < failingTimes || newest === undefined) return null;
  const sinceAt = Math.min(...recent.map((event) => event.firstAt));
  for (const event of recent) alarm.at(event.lastAt + failingWindowMs);
  const draft = makeCause('DaemonPodKeepsFailing', {
    message: `Its pods end and are made anew, ${times} times: ${newest.message}`,
    since: sinceAt,
    evidence: recent.slice(-3).map((event) => ({
      object: { kind: event.involved.kind, name: event.involved.name },
      field: `event ${event.reason}`,
      text: event.message,
      at: event.lastAt,
    })),
  });
  return { draft, pods: recent.length, sinceAt: Math.min(now, sinceAt) };
}

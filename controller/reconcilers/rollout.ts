import { roundingMs, type TemplateFacts } from '../../health/kubernetes.ts';
import type { WorkloadSnapshot } from '../../health/verdict.ts';
import type { WorkloadKey } from '../../health/workload.ts';
import type { RolloutRecord, TemplateChange } from '../../store/store.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import type { Dependents } from './dependents.ts';

/** What is known of a workload's newest rollout between two reconciles. */
export interface TrackedRollout {
  readonly uid: string;
  readonly record: RolloutRecord;
  /** The template of its revision, where the workload itself carries it (StatefulSet, DaemonSet). */
  readonly template: TemplateFacts | null;
  /** The revision before it. */
  readonly before: string | null;
  /** Revisions that were seen, the newest last: coming back to one is a rollback. */
  readonly seen: readonly string[];
}

export interface RolloutObservation {
  readonly key: WorkloadKey;
  readonly workload: CachedWorkload;
  readonly dependents: Dependents;
  /** What the store said before this reconcile; may come from before a restart. */
  readonly previous: WorkloadSnapshot | null;
  readonly current: WorkloadSnapshot;
  readonly now: number;
}

export interface RolloutStep {
  readonly tracked: TrackedRollout | null;
  /** Records that are new or say something new. */
  readonly records: readonly RolloutRecord[];
}

export type TemplateDiff = (previous: TemplateFacts, next: TemplateFacts) => readonly TemplateChange[];

const limitSeen = 10;

/**
 * What one look at a workload says about its rollouts. A rollout begins when the newest revision changes (never by
 * scaling), and ends complete when it has settled, superseded by the next one or by the end of its workload, or rolled
 * back by an older revision.
 * Pure: the same observations give the same records.
 */
export function observeRollout(
  tracked: TrackedRollout | null,
  observation: RolloutObservation,
  diff: TemplateDiff,
): RolloutStep {
  const { current, workload } = observation;
  const { revision } = current;
  if (revision === null) return { tracked, records: [] };
  if (tracked === null) return firstSight(observation, revision);
  if (tracked.uid !== workload.uid) {
    const first = firstSight(observation, revision);
    return { ...first, records: [...ending(tracked.record, observation.now), ...first.records] };
  }
  if (tracked.record.revision !== revision) return begin(tracked, observation, revision, diff);
  return advance(tracked, observation, diff);
}

/** What its workload takes along when it goes. Empty where the rollout is over. */
export function ending(record: RolloutRecord, now: number): readonly RolloutRecord[] {
  return record.finishedAt === null ? [{ ...record, outcome: 'superseded', finishedAt: now }] : [];
}

/** The rollout that was newest before we looked: its beginning is in the objects, its changes may never be known. */
function firstSight(observation: RolloutObservation, revision: string): RolloutStep {
  const { key, workload, previous, current } = observation;
  const record: RolloutRecord = {
    key,
    revision,
    startedAt: startOf(observation, revision),
    ...outcomeOf(current, null, completedAt(workload) ?? observation.now),
    images: imagesOf(workload),
    changes: [],
  };
  const tracked = { uid: workload.uid, record, template: workload.rolloutTemplate, before: null, seen: [revision] };
  // Known before a restart and already over: the store has it, with changes that we could not tell any more.
  const isKnown = previous?.uid === workload.uid && previous.revision === revision;
  return { tracked, records: isKnown && previous.verdict.rollout.phase !== 'advancing' ? [] : [record] };
}

function begin(
  tracked: TrackedRollout,
  observation: RolloutObservation,
  revision: string,
  diff: TemplateDiff,
): RolloutStep {
  const { key, workload, current, now } = observation;
  const isRollback = goesBack(tracked, observation, revision);
  const ended: RolloutRecord = {
    ...tracked.record,
    outcome: isRollback ? 'rolledBack' : tracked.record.outcome === 'complete' ? 'complete' : 'superseded',
    finishedAt: tracked.record.finishedAt ?? now,
  };
  const before = tracked.record.revision;
  const record: RolloutRecord = {
    key,
    revision,
    startedAt: isRollback ? now : Math.max(startOf(observation, revision), tracked.record.startedAt + 1),
    // A change of nothing that runs (no replicas, or every pod has that revision already) is over as it begins.
    ...outcomeOf(current, null, now),
    images: imagesOf(workload),
    changes: changesBetween(tracked.template, workload.rolloutTemplate, before, revision, observation, diff),
  };
  return {
    tracked: {
      uid: workload.uid,
      record,
      template: workload.rolloutTemplate,
      before,
      seen: [...tracked.seen, revision].slice(-limitSeen),
    },
    records: isSameRecord(ended, tracked.record) ? [record] : [ended, record],
  };
}

function advance(tracked: TrackedRollout, observation: RolloutObservation, diff: TemplateDiff): RolloutStep {
  const { record, before } = tracked;
  const changes =
    record.changes.length > 0 || before === null
      ? record.changes
      : changesBetween(null, null, before, record.revision, observation, diff);
  const next: RolloutRecord = { ...record, ...outcomeOf(observation.current, record, observation.now), changes };
  if (isSameRecord(next, record)) return { tracked, records: [] };
  return { tracked: { ...tracked, record: next }, records: [next] };
}

/** What is over stays over: a pod that fails later is a regression, not this rollout. */
function outcomeOf(
  current: WorkloadSnapshot,
  record: RolloutRecord | null,
  endedAt: number,
): Pick<RolloutRecord, 'outcome' | 'finishedAt'> {
  if (record !== null && record.finishedAt !== null) return record;
  switch (current.verdict.rollout.phase) {
    case 'settled':
    case 'held':
      return { outcome: 'complete', finishedAt: endedAt };
    case 'stalled':
      return { outcome: 'stalled', finishedAt: null };
    case 'advancing':
    case 'paused':
    case 'unobserved':
    case 'terminating':
      return { outcome: 'inProgress', finishedAt: null };
    default:
      return current.verdict.rollout.phase satisfies never;
  }
}

/** The Deployment controller writes down when the newest ReplicaSet became available. */
function completedAt(workload: CachedWorkload): number | null {
  const progressing = workload.conditions.find(
    ({ type, reason }) => type === 'Progressing' && reason === 'NewReplicaSetAvailable',
  );
  return progressing?.lastUpdateAt ?? null;
}

/** When the revision was made: its ReplicaSet's birth, else the birth of its oldest pod, else now. */
function startOf({ workload, dependents, now }: RolloutObservation, revision: string): number {
  if (workload.kind === 'Deployment') {
    const replicaSet = dependents.replicaSets.find((one) => String(one.revision) === revision);
    return replicaSet?.createdAt ?? now;
  }
  let oldest = now;
  for (const pod of dependents.pods) {
    if (pod.labels['controller-revision-hash'] === revision) oldest = Math.min(oldest, pod.createdAt);
  }
  return oldest;
}

/**
 * An older template is taken up again. A Deployment gives the old ReplicaSet a new revision number, so that it is older
 * than the one that it replaces, or at least than the rollout of that one, where that was a rollback itself; the other
 * kinds come back to a hash that was there before.
 */
function goesBack(tracked: TrackedRollout, { workload, dependents }: RolloutObservation, revision: string): boolean {
  if (workload.kind !== 'Deployment') return tracked.seen.includes(revision);
  const createdAt = (wanted: string): number | null =>
    dependents.replicaSets.find((one) => String(one.revision) === wanted)?.createdAt ?? null;
  const [next, replaced] = [createdAt(revision), createdAt(tracked.record.revision)];
  if (next === null) return false;
  return (replaced !== null && next < replaced) || next + roundingMs <= tracked.record.startedAt;
}

function changesBetween(
  previous: TemplateFacts | null,
  next: TemplateFacts | null,
  before: string,
  revision: string,
  { workload, dependents }: RolloutObservation,
  diff: TemplateDiff,
): readonly TemplateChange[] {
  if (workload.kind !== 'Deployment') return previous === null || next === null ? [] : diff(previous, next);
  const templateOf = (wanted: string): TemplateFacts | null =>
    dependents.replicaSets.find((one) => String(one.revision) === wanted)?.template ?? null;
  const [from, to] = [templateOf(before), templateOf(revision)];
  return from === null || to === null ? [] : diff(from, to);
}

function imagesOf(workload: CachedWorkload): readonly string[] {
  return [...new Set(workload.template.containers.map(({ image }) => image))];
}

function isSameRecord(left: RolloutRecord, right: RolloutRecord): boolean {
  return (
    left.outcome === right.outcome &&
    left.finishedAt === right.finishedAt &&
    left.changes.length === right.changes.length &&
    left.startedAt === right.startedAt
  );
}

import type { Alarm } from './alarm.ts';
import type { CauseCode, CauseDraft } from './causes.ts';
import type { Judgement, WorkloadCause } from './judgement.ts';
import type { PodView } from './pod-view.ts';
import type { Cause, Evidence, Remembered } from './verdict.ts';
import type { State } from './workload.ts';

/**
 * Which of all causes is the one to show. In this order:
 *
 *     1  what outranks every pod: a deadlock, a trap, a planned gap, flapping
 *     2  the cause of the pod that the others wait for
 *     3  causes of pods and of pods that cannot be made: most missing replicas, newest revision, oldest
 *     4  the story of the rollout
 *     5  what pods say without alarm: a slow pull, a drain
 *     6  that nothing is known and what was looked at; that replicas are missing, that pods start
 */
export interface RankedCauses {
  readonly primary: Cause | null;
  readonly others: readonly Cause[];
  /** Codes that carry no time of their own: their first sight is remembered. */
  readonly undated: readonly CauseCode[];
}

interface Candidate {
  draft: CauseDraft;
  pods: number;
  isNewest: boolean;
  isBlocker: boolean;
  evidence: Evidence[];
}

/** Evidence kept per merged cause: the first pods show it, the count says how many there are. */
const limitEvidence = 5;
const limitCauses = 20;

/** They say that something is missing, or is held as it is on purpose, and not why anything is missing. */
const residual: ReadonlySet<CauseCode> = new Set<CauseCode>([
  'RegressionAfterRollout',
  'NeverHealthy',
  'RolloutWillNotFinish',
  'RolloutStuckButServing',
  'OrdinalBlocks',
  'Starting',
  'HeldByPartition',
  'HeldByOnDelete',
  'DaemonPodsMisscheduled',
  'LongTermination',
  'CauseUnknown',
]);

/** A state that needs no cause: what is known beside it are notes. */
function needsCause(state: State): boolean {
  return state !== 'Healthy' && state !== 'Idle' && state !== 'Terminating';
}

export interface CauseSources {
  readonly state: State;
  readonly judgement: Judgement;
  readonly pods: readonly PodView[];
  readonly creation: CauseDraft | null;
  /** Outranks everything: flapping. */
  readonly lead: WorkloadCause | null;
  readonly notes: readonly WorkloadCause[];
  /** Called when nothing names a cause for a state that needs one. */
  readonly unknown: () => CauseDraft;
  readonly remembered: Remembered;
  readonly now: number;
  readonly alarm: Alarm;
}

export function rankCauses(sources: CauseSources): RankedCauses {
  const { judgement, state } = sources;
  const ofPods = new Map<string, Candidate>();
  for (const view of judgement.failing) {
    const cause = view.diagnosis?.cause ?? null;
    if (cause !== null) merge(ofPods, cause, 1, view.updated, view === judgement.blocker);
  }
  const { creation } = sources;
  if (
    creation !== null &&
    (judgement.absent > 0 || judgement.rollout.phase === 'stalled' || judgement.rollout.phase === 'advancing')
  ) {
    merge(ofPods, creation, Math.max(1, judgement.absent), true, false);
  }
  const alarming = [...ofPods.values()].filter((one) => one.draft.severity !== 'info').sort(compareCandidates);
  const calm = [...ofPods.values()].filter((one) => one.draft.severity === 'info').sort(compareCandidates);

  const leads = [sources.lead, judgement.lead].filter((one) => one !== null);
  const { departed, replaced } = departures(sources);
  const isResidual = ({ draft }: { readonly draft: CauseDraft }): boolean => residual.has(draft.code);
  // Evicted or refused, and nothing stands in its place: that explains the missing replica better than a deadline does.
  const fallen =
    judgement.absent === 0
      ? []
      : departed.filter((one) => one.isNewest && one.draft.severity !== 'info' && !isResidual(one));
  const ordered: Candidate[] = [
    ...leads.map(candidateOf),
    ...alarming,
    ...fallen,
    ...judgement.about.filter((one) => !isResidual(one)).map(candidateOf),
    ...calm,
    ...departed.filter((one) => !isResidual(one)),
    ...judgement.about.filter(isResidual).map(candidateOf),
    ...departed.filter(isResidual),
  ];
  const hasOnlyResidue = ordered.every((one) => isResidual(one) && one.draft.code !== 'Starting');
  if (needsCause(state) && leads.length === 0 && hasOnlyResidue) {
    // That something is missing is no cause: then the honest word comes first, with what was looked at.
    ordered.unshift(candidateOf({ draft: sources.unknown(), pods: 0 }));
  }
  const hasPrimary = needsCause(state) || (state === 'Terminating' && judgement.lead !== null);
  const notes = new Map<string, Candidate>();
  for (const view of sources.pods)
    for (const note of view.diagnosis?.notes ?? []) merge(notes, note, 1, view.updated, false);
  for (const note of sources.notes) merge(notes, note.draft, note.pods, false, false);

  const all = distinct([...ordered, ...replaced, ...notes.values()]).slice(0, limitCauses);
  const undated = all.filter((one) => one.draft.since === null).map((one) => one.draft.code);
  const [first, ...rest] = all.map((one) => finish(one, sources.remembered));
  if (first === undefined || !hasPrimary)
    return { primary: null, others: first === undefined ? [] : [first, ...rest], undated };
  const primary = judgement.impact === null ? first : { ...first, message: `${first.message}; ${judgement.impact}` };
  return { primary, others: rest, undated };
}

/** An evicted pod that was replaced is worth a word for this long. */
const departedMs = 15 * 60_000;

/** Why pods left: drained, preempted, evicted; and why they do not end. Those that were replaced explain nothing. */
function departures({ judgement, pods, state, remembered, now, alarm }: CauseSources): {
  readonly departed: readonly Candidate[];
  readonly replaced: readonly Candidate[];
} {
  const isMissing = needsCause(state) && (judgement.absent > 0 || judgement.failing.length > 0);
  const replacedUntilAt = judgement.availability.level === 'full' ? now : (remembered.replacedUntilAt ?? -1);
  const departed = new Map<string, Candidate>();
  const replaced = new Map<string, Candidate>();
  for (const view of pods) {
    const cause = view.diagnosis?.cause ?? null;
    if (cause === null || !(view.leaving || view.ended) || judgement.failing.includes(view)) continue;
    const isReplaced = !view.leaving && (cause.since ?? 0) <= replacedUntilAt;
    if ((!isMissing && !view.leaving) || isReplaced) {
      const until = (cause.since ?? 0) + departedMs;
      alarm.at(until);
      if (until <= now) continue;
    }
    merge(isReplaced ? replaced : departed, cause, 1, view.updated, false);
  }
  return {
    departed: [...departed.values()].sort(compareCandidates),
    replaced: [...replaced.values()].sort(compareCandidates),
  };
}

/** Equal code and equal external thing: one cause with more pods. The oldest speaks for all. */
function merge(
  into: Map<string, Candidate>,
  draft: CauseDraft,
  pods: number,
  isNewest: boolean,
  isBlocker: boolean,
): void {
  const key = keyOf(draft);
  const other = into.get(key);
  if (other === undefined) {
    into.set(key, { draft, pods, isNewest, isBlocker, evidence: draft.evidence.slice(0, limitEvidence) });
    return;
  }
  other.pods += pods;
  other.isNewest ||= isNewest;
  if (isBlocker || (!other.isBlocker && isOlder(draft, other.draft))) other.draft = draft;
  other.isBlocker ||= isBlocker;
  for (const one of draft.evidence) if (other.evidence.length < limitEvidence) other.evidence.push(one);
}

function keyOf(draft: CauseDraft): string {
  return draft.group === null ? draft.code : `${draft.code} ${draft.group.type} ${draft.group.name}`;
}

function isOlder(left: CauseDraft, right: CauseDraft): boolean {
  return left.since !== null && (right.since === null || left.since < right.since);
}

function candidateOf({ draft, pods }: WorkloadCause): Candidate {
  return { draft, pods, isNewest: true, isBlocker: false, evidence: draft.evidence.slice(0, limitEvidence) };
}

function compareCandidates(left: Candidate, right: Candidate): number {
  return (
    Number(right.isBlocker) - Number(left.isBlocker) ||
    right.pods - left.pods ||
    Number(right.isNewest) - Number(left.isNewest) ||
    (left.draft.since ?? Number.POSITIVE_INFINITY) - (right.draft.since ?? Number.POSITIVE_INFINITY) ||
    (keyOf(left.draft) < keyOf(right.draft) ? -1 : 1)
  );
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter((one) => {
    const key = keyOf(one.draft);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function finish({ draft, pods, evidence }: Candidate, remembered: Remembered): Cause {
  return {
    code: draft.code,
    title: draft.title,
    message: draft.code === 'UnschedulableDaemonPod' ? onNodes(draft.message, pods) : draft.message,
    severity: draft.severity,
    since: draft.since ?? (draft.severity === 'info' ? null : (remembered.causeSeenAt?.[draft.code] ?? null)),
    pods,
    evidence,
    remedy: draft.remedy,
    commands: draft.commands,
    runbook: draft.runbook,
    group: draft.group,
  };
}

/** The text is about one node, the cause about several. */
function onNodes(message: string, pods: number): string {
  return pods < 2 ? message : `${message}; the same on ${pods - 1} other ${pods === 2 ? 'node' : 'nodes'}`;
}

/** A single pod's cause, for its row in the table of pods. */
export function causeOfPod(view: PodView): Cause | null {
  const draft = view.diagnosis?.cause ?? null;
  return draft === null ? null : { ...draft, pods: 1 };
}

import type { Alarm } from './alarm.ts';
import type { AssessInput } from './assess.ts';
import { lostAt } from './availability.ts';
import { type CauseDraft, causes } from './causes.ts';
import type { AnyWorkloadFacts, ConditionFacts } from './kubernetes.ts';
import type { PodView } from './pod-view.ts';
import type { Availability, Remembered, Rollout } from './verdict.ts';
import type { State } from './workload.ts';

/** Everything that a kind's decision table reads, gathered once. */
export interface Situation<Workload extends AnyWorkloadFacts> {
  readonly workload: Workload;
  readonly input: AssessInput;
  readonly remembered: Remembered;
  readonly now: number;
  readonly alarm: Alarm;
  readonly pods: readonly PodView[];
  /** Pods can be read and belong to it by UID; otherwise the numbers of the status stand in. */
  readonly countsFromPods: boolean;
  /** Why pods cannot be created, if they cannot. */
  readonly creation: CauseDraft | null;
}

/** A cause that is about the workload, with the number of pods (or missing replicas) that it explains. */
export interface WorkloadCause {
  readonly draft: CauseDraft;
  readonly pods: number;
}

/** What a decision table answers. The causes of pods are merged and ranked later, in `primary-cause.ts`. */
export interface Judgement {
  readonly state: State;
  readonly availability: Availability;
  readonly rollout: Rollout;
  /** Start of `state` by instants in the objects; null when they carry none. */
  readonly sinceAt: number | null;
  /** Pods whose causes explain the state. */
  readonly failing: readonly PodView[];
  /** The pod for which the others wait: its cause comes first, however few pods it explains. */
  readonly blocker?: PodView | null;
  /** Replicas without a pod: the creation failure explains them. */
  readonly absent: number;
  /** Outranks every pod's cause. */
  readonly lead: WorkloadCause | null;
  /** About the workload as a whole; the first is primary where no pod has more to say than "it takes its time". */
  readonly about: readonly WorkloadCause[];
  /** Added to the primary message: who still serves. */
  readonly impact: string | null;
  /** With another memory the answer might differ. */
  readonly restsOnMemory: boolean;
  readonly clock: StallClock | null;
  /** An update runs whose end the objects alone will not show (DaemonSet). */
  readonly isUpdating?: boolean;
}

export interface StallClock {
  readonly lastProgressAt: number;
  readonly mark: string;
  /** False: neither a pod nor the memory tells, so that the age of the workload stands in. */
  readonly isDated: boolean;
}

export const stallMs = 10 * 60_000;

/** Replicas without a pod are the controller's next move; after this long without a move they count as missing. */
export const absentGraceMs = 60_000;

export function conditionOf(workload: AnyWorkloadFacts, type: string): ConditionFacts | null {
  for (const condition of workload.conditions) if (condition.type === type) return condition;
  return null;
}

/** Severity critical and past its grace: it cannot heal by itself. */
export function isHard(draft: CauseDraft | null, now: number): boolean {
  return draft !== null && draft.severity === 'critical' && hardAt(draft, now) <= now;
}

/** When a critical cause stops being excused. */
export function hardAt(draft: CauseDraft, now: number): number {
  return (draft.since ?? now) + causes[draft.code].graceSeconds * 1000;
}

/**
 * A count or a percentage of `total`, as Kubernetes resolves an IntOrString.
 * @param text as written: `1` or `25%`; anything else counts as 0
 */
export function resolveCount(text: string, total: number, round: 'up' | 'down'): number {
  if (text.endsWith('%')) {
    const percent = Number.parseInt(text, 10);
    if (Number.isNaN(percent)) return 0;
    const exact = (percent * total) / 100;
    return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
  }
  const count = Number.parseInt(text, 10);
  return Number.isNaN(count) ? 0 : count;
}

/**
 * When something last moved, for the kinds whose controllers keep no deadline: a change of the numbers that we saw, or
 * the newest creation or change of readiness among the pods, so that a restart of the product resets nothing; not before
 * anything was wanted. What has stood for the whole time moves again only when a number grows: a pod that is lost then
 * is no progress.
 *
 * @param subject what is rolled out; another one begins anew
 * @param counts how far it is
 */
export function stallClock(
  situation: Situation<AnyWorkloadFacts>,
  subject: string,
  counts: readonly number[],
): StallClock {
  const { remembered, now, workload, pods, input } = situation;
  const before = remembered.progressMark;
  const stands = before !== undefined && (remembered.lastProgressAt ?? now) + stallMs <= now;
  const { leftIdleAt = 0, lastProgressAt: knownAt = 0 } = remembered;
  let newest = Math.min(now, Math.max(workload.createdAt, leftIdleAt, knownAt));
  for (const view of pods) {
    newest = Math.max(newest, Math.min(now, view.pod.createdAt));
    if (view.ready || !stands) newest = Math.max(newest, Math.min(now, view.readyChangedAt ?? 0));
    if (view.leaving && !stands) newest = Math.max(newest, Math.min(now, lostAt(view)));
  }
  const mark = [subject, ...counts].join('/');
  if (before === undefined) return { lastProgressAt: newest, mark, isDated: pods.length > 0 || input.supplied.pods };
  const hasMoved = stands ? hasGrown(before, subject, counts) : before !== mark;
  return { lastProgressAt: hasMoved ? now : newest, mark, isDated: true };
}

/** Another thing is rolled out than at the look before; false at first sight. */
export function isNewSubject({ progressMark }: Remembered, subject: string): boolean {
  return subject !== '' && progressMark !== undefined && !progressMark.startsWith(`${subject}/`);
}

function hasGrown(mark: string, subject: string, counts: readonly number[]): boolean {
  const parts = mark.split('/');
  const before = parts.splice(-counts.length).map(Number);
  return parts.join('/') !== subject || counts.some((count, index) => count > (before[index] ?? 0));
}

export function plural(count: number, word: string): string {
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}

/** The first of the instants that are known; null when none is. */
export function earliest(instants: readonly (number | null)[]): number | null {
  let first: number | null = null;
  for (const at of instants) if (at !== null && (first === null || at < first)) first = at;
  return first;
}

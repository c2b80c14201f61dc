import type { Alarm } from '../alarm.ts';
import { type CauseCode, type CauseDraft, causes, makeCause } from '../causes.ts';
import type { CauseSeverity, Evidence, IncidentGroup } from '../verdict.ts';
import type { PodDiagnosis, PodStage } from './pod.ts';

/** What a rule found at one stage of a pod; `conclude` puts the clock to it. */
export interface Finding {
  readonly stage: PodStage;
  readonly code: CauseCode;
  readonly message: string;
  /** Epoch ms, from a timestamp in the object or event. */
  readonly since: number;
  readonly evidence: readonly Evidence[];
  readonly commands: readonly string[];
  readonly title?: string;
  readonly remedy?: string;
  readonly group?: IncidentGroup | null;
  /** Severity once the grace is over; by default the list's. */
  readonly severity?: CauseSeverity;
  /** By default the list's. */
  readonly graceMs?: number;
  /** A warning that becomes critical this long after `since`. */
  readonly criticalAfterMs?: number;
  readonly notes?: readonly CauseDraft[];
}

/**
 * Severity and hardness at `now`:
 *
 *     since ──── grace ────▶ graceUntilAt ──────────────▶ criticalAfterMs
 *     at most a warning      the list's severity          critical
 *
 * An `info` that outlives a grace becomes a warning: what should have passed by itself did not.
 */
export function conclude(finding: Finding, now: number): PodDiagnosis {
  const { since } = finding;
  // A clock that runs ahead of ours: the age is 0 until then, and the start is not told.
  const toldSince = since > now ? null : since;
  const base = finding.severity ?? causes[finding.code].severity;
  const graceMs = finding.graceMs ?? causes[finding.code].graceSeconds * 1000;
  const graceUntilAt = since + graceMs;
  const criticalAt = criticalInstant(base, graceUntilAt, since, finding.criticalAfterMs);
  const hard = now >= criticalAt;
  const cause = makeCause(finding.code, {
    message: finding.message,
    since: toldSince,
    evidence: finding.evidence,
    commands: finding.commands,
    severity: hard ? 'critical' : softSeverity(base, graceMs > 0 && now >= graceUntilAt),
    group: finding.group ?? null,
    ...(finding.title === undefined ? {} : { title: finding.title }),
    ...(finding.remedy === undefined ? {} : { remedy: finding.remedy }),
  });
  return {
    stage: finding.stage,
    cause,
    notes: finding.notes ?? [],
    hard,
    sinceAt: toldSince,
    graceUntilAt,
    reassessAt: nextInstant(now, since, graceUntilAt, criticalAt),
  };
}

/** The same beside another cause: a note, of which the alarm knows when it changes. */
export function concludeNote(finding: Finding, now: number, alarm: Alarm): CauseDraft[] {
  const { cause, reassessAt } = conclude(finding, now);
  alarm.at(reassessAt);
  return cause === null ? [] : [cause];
}

function criticalInstant(
  base: CauseSeverity,
  graceUntilAt: number,
  since: number,
  afterMs: number | undefined,
): number {
  if (base === 'critical') return graceUntilAt;
  return afterMs === undefined ? Number.POSITIVE_INFINITY : Math.max(graceUntilAt, since + afterMs);
}

function softSeverity(base: CauseSeverity, isPastGrace: boolean): CauseSeverity {
  if (base === 'info') return isPastGrace ? 'warning' : 'info';
  return 'warning';
}

/** The earliest of the instants that lies ahead. */
export function nextInstant(now: number, ...instants: readonly (number | null)[]): number | null {
  let next: number | null = null;
  for (const at of instants) {
    if (at !== null && at > now && at !== Number.POSITIVE_INFINITY && (next === null || at < next)) next = at;
  }
  return next;
}

/** A pod that takes its time: nothing to name until `graceUntilAt`. */
export function waiting(stage: PodStage, sinceAt: number, graceUntilAt: number | null, now: number): PodDiagnosis {
  return {
    stage,
    cause: null,
    notes: [],
    hard: false,
    sinceAt,
    graceUntilAt,
    reassessAt: nextInstant(now, graceUntilAt),
  };
}

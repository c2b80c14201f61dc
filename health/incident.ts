import type { Cause, CauseSeverity, IncidentGroup, WorkloadSnapshot } from './verdict.ts';
import type { State, WorkloadKey } from './workload.ts';

/**
 * One cause, however many workloads it explains: a registry that does not answer is one incident with forty members,
 * not forty. Workloads whose primary cause comes from the same external thing share an incident; every other one is
 * an incident of its own. Pure, and independent of the order of the snapshots.
 */
export interface OpenIncident {
  /** Code and group: stable while the cause lasts, and the same when it comes back. */
  readonly key: string;
  readonly causeCode: string;
  readonly title: string;
  readonly message: string;
  readonly severity: CauseSeverity;
  /** Of the member that has it longest; null when no object gives a time. */
  readonly since: number | null;
  readonly group: IncidentGroup;
  /** Sorted. */
  readonly workloads: readonly WorkloadKey[];
}

/** Severities by weight. */
const weights: Readonly<Record<CauseSeverity, number>> = { info: 0, warning: 1, critical: 2 };

export function incidentsOf(snapshots: Iterable<WorkloadSnapshot>): OpenIncident[] {
  const members = new Map<string, { group: IncidentGroup; causes: { key: WorkloadKey; cause: Cause }[] }>();
  for (const snapshot of snapshots) {
    const { cause } = snapshot.verdict;
    if (cause === null || !isIncident(snapshot.verdict.state, cause)) continue;
    const group = cause.group ?? { type: 'workload', name: snapshot.key };
    const key = incidentKey(cause.code, group);
    const known = members.get(key);
    if (known === undefined) members.set(key, { group, causes: [{ key: snapshot.key, cause }] });
    else known.causes.push({ key: snapshot.key, cause });
  }
  return [...members].map(([key, { group, causes }]) => incidentOf(key, group, causes)).sort(compareIncidents);
}

/**
 * What somebody has to look into. A workload of its own that still progresses may heal silently; what several can
 * share is told as soon as one of them names it.
 */
function isIncident(state: State, cause: Cause): boolean {
  if (state === 'Down' || state === 'Degraded') return true;
  if (cause.severity === 'info') return false;
  return state !== 'Progressing' || cause.group !== null;
}

export function incidentKey(causeCode: string, group: IncidentGroup): string {
  return `${causeCode}/${group.type}/${group.name}`;
}

function incidentOf(
  key: string,
  group: IncidentGroup,
  causes: readonly { readonly key: WorkloadKey; readonly cause: Cause }[],
): OpenIncident {
  const sorted = [...causes].sort(byAge);
  // Never empty: an incident begins with its first member.
  const first = sorted[0] as { readonly key: WorkloadKey; readonly cause: Cause };
  let severity: CauseSeverity = 'info';
  for (const { cause } of sorted) if (weights[cause.severity] > weights[severity]) severity = cause.severity;
  const others = sorted.length - 1;
  return {
    key,
    causeCode: first.cause.code,
    title: first.cause.title,
    message:
      others === 0
        ? first.cause.message
        : `${first.cause.message} (and ${others} more ${others === 1 ? 'workload' : 'workloads'})`,
    severity,
    since: sorted.find(({ cause }) => cause.since !== null)?.cause.since ?? null,
    group,
    workloads: sorted.map(({ key }) => key).sort(),
  };
}

/** Oldest first; those without a time last; then by name, so that the order of the snapshots does not matter. */
function byAge(left: { key: WorkloadKey; cause: Cause }, right: { key: WorkloadKey; cause: Cause }): number {
  const age = (left.cause.since ?? Number.MAX_SAFE_INTEGER) - (right.cause.since ?? Number.MAX_SAFE_INTEGER);
  return age !== 0 ? age : left.key < right.key ? -1 : 1;
}

/** Worst first, then oldest, then by key. */
function compareIncidents(left: OpenIncident, right: OpenIncident): number {
  const severity = weights[right.severity] - weights[left.severity];
  if (severity !== 0) return severity;
  const age = (left.since ?? Number.MAX_SAFE_INTEGER) - (right.since ?? Number.MAX_SAFE_INTEGER);
  return age !== 0 ? age : left.key < right.key ? -1 : 1;
}

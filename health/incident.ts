import type { Cause, CauseSeverity, IncidentGroup, WorkloadSnapshot } from './verdict.ts';
import type { WorkloadKey } from './workload.ts';

/**
 * One cause, however many workloads it explains: a registry that does not answer is one incident with forty members,
 * not forty. Workloads whose primary cause comes from the same external thing share an incident; every other one is
 * an incident of its own. Pure, and independent of the order of the snapshots.
 */
export interface OpenIncident {
  /** Stable while the cause lasts, also over restarts: code and group. */
  readonly id: string;
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
    // Information explains a state; it is nothing that somebody has to look into.
    if (cause === null || cause.severity === 'info') continue;
    const group = cause.group ?? { type: 'workload', name: snapshot.key };
    const id = incidentId(cause.code, group);
    const known = members.get(id);
    if (known === undefined) members.set(id, { group, causes: [{ key: snapshot.key, cause }] });
    else known.causes.push({ key: snapshot.key, cause });
  }
  return [...members].map(([id, { group, causes }]) => incidentOf(id, group, causes)).sort(compareIncidents);
}

export function incidentId(causeCode: string, group: IncidentGroup): string {
  return `${causeCode}/${group.type}/${group.name}`;
}

function incidentOf(
  id: string,
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
    id,
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

/** Worst first, then oldest, then by id. */
function compareIncidents(left: OpenIncident, right: OpenIncident): number {
  const severity = weights[right.severity] - weights[left.severity];
  if (severity !== 0) return severity;
  const age = (left.since ?? Number.MAX_SAFE_INTEGER) - (right.since ?? Number.MAX_SAFE_INTEGER);
  return age !== 0 ? age : left.id < right.id ? -1 : 1;
}

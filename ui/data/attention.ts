import type { Incident, Workload } from '../../api/contract.ts';
import { severityRank, type State } from '../../health/workload.ts';

/** What the Board calls for attention: one card per incident, however many workloads it explains. */
export interface AttentionCard {
  readonly id: string;
  /** Of the cause; null where the workload is broken and nobody has said why yet. */
  readonly code: string | null;
  readonly title: string;
  readonly message: string;
  readonly state: State;
  readonly since: string | null;
  /** What several workloads have in common; null for a card about one workload. */
  readonly group: Incident['group'] | null;
  /** Worst first. */
  readonly workloads: readonly Workload[];
}

/** Down and degraded call for a person; the other states are on their way or on purpose. */
export function needsAttention(state: State): boolean {
  return state === 'Down' || state === 'Degraded';
}

/**
 * Cards in the order of the worst state, then the oldest. A workload that needs attention and is in no incident (the
 * incidents are a moment behind, or could not be read) has a card of its own: nothing broken is ever missing.
 */
export function attentionCards(
  incidents: readonly Incident[],
  workloads: readonly Workload[],
): readonly AttentionCard[] {
  const byKey = new Map(workloads.map((workload) => [workload.key, workload]));
  const covered = new Set<string>();
  const cards: AttentionCard[] = [];
  for (const incident of incidents) {
    if (incident.until !== null) continue;
    const members = incident.workloads
      .flatMap((key) => byKey.get(key) ?? [])
      .filter((workload) => workload.state !== 'Healthy')
      .sort(byWorst);
    const [lead] = members;
    if (lead === undefined || !needsAttention(lead.state)) continue;
    for (const { key } of members) covered.add(key);
    cards.push({
      id: incident.id,
      code: incident.causeCode,
      title: incident.title,
      message: incident.message,
      state: lead.state,
      since: incident.since,
      group: incident.group.type === 'workload' ? null : incident.group,
      workloads: members,
    });
  }
  for (const workload of workloads) {
    if (covered.has(workload.key) || !needsAttention(workload.state)) continue;
    cards.push({
      id: workload.key,
      code: workload.cause?.code ?? null,
      title: workload.cause?.title ?? workload.state,
      message: workload.cause?.message ?? '',
      state: workload.state,
      since: workload.since,
      group: null,
      workloads: [workload],
    });
  }
  return cards.sort(
    (left, right) =>
      severityRank(left.state) - severityRank(right.state) ||
      compareText(left.since ?? '~', right.since ?? '~') ||
      compareText(left.id, right.id),
  );
}

function byWorst(left: Workload, right: Workload): number {
  return severityRank(left.state) - severityRank(right.state) || compareText(left.key, right.key);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

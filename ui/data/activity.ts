import type { Event as ClusterEvent, Incident, Rollout, Transition } from '../../api/contract.ts';
import type { HistoryState } from '../../health/workload.ts';

/** Everything that happened, as one list on one time axis, newest first. */
export type ActivityEntry =
  | { readonly type: 'incidents'; readonly at: string; readonly incident: Incident }
  | { readonly type: 'rollouts'; readonly at: string; readonly rollout: Rollout }
  | { readonly type: 'transitions'; readonly at: string; readonly transition: Transition }
  | { readonly type: 'events'; readonly at: string; readonly event: ClusterEvent };

export const activityKinds = ['incidents', 'rollouts', 'transitions', 'events'] as const;

export interface ActivitySources {
  readonly incidents: readonly Incident[];
  readonly rollouts: readonly Rollout[];
  readonly transitions: readonly Transition[];
  readonly events: readonly ClusterEvent[];
}

/** @param from RFC 3339; what ended before is left out. */
export function mergeActivity(
  sources: ActivitySources,
  from: string,
  hidden: readonly string[],
): readonly ActivityEntry[] {
  const entries: ActivityEntry[] = [
    ...sources.incidents
      .filter((incident) => (incident.until ?? '~') >= from)
      .map((incident) => ({ type: 'incidents' as const, at: incident.since, incident })),
    ...sources.rollouts.map((rollout) => ({ type: 'rollouts' as const, at: rollout.startedAt, rollout })),
    ...sources.transitions.map((transition) => ({ type: 'transitions' as const, at: transition.at, transition })),
    ...sources.events.map((event) => ({ type: 'events' as const, at: event.lastAt, event })),
  ];
  return entries
    .filter((entry) => !hidden.includes(entry.type))
    .sort((left, right) => (left.at < right.at ? 1 : left.at > right.at ? -1 : 0));
}

/** @param namespaces chosen ones; empty for all */
export function isOfNamespace(key: string, namespaces: readonly string[]): boolean {
  return namespaces.length === 0 || namespaces.includes(key.split('/')[0] ?? '');
}

/** How a rollout ended, as the shape beside it. */
export const outcomeStates: Readonly<Record<Rollout['outcome'], HistoryState>> = {
  inProgress: 'Progressing',
  complete: 'Healthy',
  stalled: 'Degraded',
  superseded: 'Paused',
  rolledBack: 'Paused',
};

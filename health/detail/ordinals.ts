import type { StatefulSetFacts } from '../kubernetes.ts';
import { type PodView, statusOf } from '../pod-view.ts';
import { blockingOrdinal, ordinalsOf } from '../statefulset.ts';
import type { OrdinalSnapshot } from '../verdict.ts';

/** A set of more pods than this is shown by its first ordinals. */
const limitOrdinals = 500;

/** One row per wanted ordinal and per pod beyond them, with the claims that wait for it or that it uses. */
export function ordinalSnapshots(workload: StatefulSetFacts, pods: readonly PodView[]): OrdinalSnapshot[] {
  const order = ordinalsOf(workload, pods);
  const wanted = order.filter((one) => one.isWanted);
  const blocking = workload.podManagementPolicy === 'OrderedReady' ? blockingOrdinal(wanted) : null;
  return order.slice(0, limitOrdinals).map(({ ordinal, view }) => {
    const name = `${workload.name}-${ordinal}`;
    const waits = blocking !== null && ordinal > blocking.ordinal && (view === null || !view.updated);
    return {
      ordinal,
      pod: view === null ? null : view.pod.name,
      state: view === null ? 'Missing' : statusOf(view),
      revision: view === null ? null : view.updated ? 'update' : 'current',
      claims: workload.claimTemplates.map((template) => `${template}-${name}`),
      blockedBy: waits ? `${workload.name}-${blocking.ordinal}` : null,
    };
  });
}

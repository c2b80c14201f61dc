import { type CauseDraft, makeCause } from '../causes.ts';
import type { AnyWorkloadFacts, EventFacts, ReplicaSetFacts } from '../kubernetes.ts';
import { eventEvidence } from './draft.ts';

/** Why the controller cannot create pods: the newest FailedCreate, unless a newer SuccessfulCreate answers it. */
export function diagnoseCreation(
  workload: AnyWorkloadFacts,
  replicaSets: readonly ReplicaSetFacts[],
  events: readonly EventFacts[],
  now: number,
): CauseDraft | null {
  const owners = new Set([workload.uid, ...replicaSets.map((one) => one.uid)]);
  let failure: EventFacts | null = null;
  let successAt = 0;
  for (const event of events) {
    if (!owners.has(event.involved.uid)) continue;
    if (event.reason === 'FailedCreate' && (failure === null || event.lastAt > failure.lastAt)) failure = event;
    if (event.reason === 'SuccessfulCreate') successAt = Math.max(successAt, event.lastAt);
  }
  if (failure === null || successAt > failure.lastAt) return null;
  return makeCause('PodCreationFailed', {
    message: failure.message,
    since: Math.min(failure.firstAt, now),
    evidence: [eventEvidence(failure)],
  });
}

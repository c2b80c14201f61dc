import { startupGraceMs } from './availability.ts';
import { makeCause } from './causes.ts';
import { kubectl } from './diagnose/draft.ts';
import { clockTime } from './diagnose/facts.ts';
import type { Situation, WorkloadCause } from './judgement.ts';
import { type DeploymentFacts, type EventFacts, type ReplicaSetFacts, roundingMs } from './kubernetes.ts';

/**
 * Pods that are made and gone again before they served: deleted by somebody, collected because their node does not
 * exist, refused by a kubelet, evicted at once. Each is young, so its start excuses it, and the controller takes each
 * for progress: without a look at how many there were, such a Deployment would be starting for ever.
 */
export interface Churn {
  /** Pods that are gone without a trace; those that failed and are still there tell their own cause. */
  readonly vanished: number;
  /** When the first of them was made. */
  readonly sinceAt: number;
  /** When it stops being excused; may lie ahead. */
  readonly failedAt: number;
}

const windowMs = 10 * 60_000;
/** Two may be a drain, or a race between scheduler and kubelet. */
const least = 3;

export function churnOf(situation: Situation<DeploymentFacts>, newest: ReplicaSetFacts | null): Churn | null {
  const { pods, input, now, alarm } = situation;
  const young = pods.filter((view) => now - view.pod.createdAt < windowMs);
  if (newest === null || !young.some((view) => !view.ready && !view.leaving && !view.ended)) return null;
  const failed = young.filter((view) => view.pod.phase === 'Failed');
  let made = 0;
  let removed = 0;
  let firstAt = now;
  for (const event of input.events) {
    if (event.involved.uid !== newest.uid || now - event.lastAt >= windowMs) continue;
    if (event.reason === 'SuccessfulDelete') removed += recentCount(event, now);
    if (event.reason !== 'SuccessfulCreate') continue;
    made += recentCount(event, now);
    firstAt = Math.min(firstAt, Math.max(event.firstAt, now - windowMs));
  }
  const present = young.filter((view) => view.updated && view.pod.createdAt >= firstAt - roundingMs).length;
  const vanished = Math.max(0, Math.floor(made - removed - present));
  if (failed.length + vanished < least) return null;
  const sinceAt = Math.min(vanished > 0 ? firstAt : now, ...failed.map((view) => view.pod.createdAt));
  const failedAt = sinceAt + startupGraceMs;
  alarm.at(failedAt);
  return { vanished, sinceAt, failedAt };
}

/** Similar events become one with a count: of one that began long ago, the part that falls into the window. */
function recentCount({ count, firstAt, lastAt }: EventFacts, now: number): number {
  const windowAt = now - windowMs;
  return firstAt >= windowAt ? count : (count * (lastAt - windowAt)) / (lastAt - firstAt);
}

/** Nothing is left to ask why: no pod, no event of one. */
export function vanishing(
  { workload }: Situation<DeploymentFacts>,
  newest: ReplicaSetFacts | null,
  { vanished, sinceAt }: Churn,
): WorkloadCause {
  const draft = makeCause('CauseUnknown', {
    message: `Its pods are made and gone again before they serve: ${vanished} since ${clockTime(sinceAt)}; who removes them is unknown`,
    since: sinceAt,
    severity: 'critical',
    remedy:
      'Look at who deletes them: another controller with the same selector, a job, a node that does not exist (spec.nodeName), preemption.',
    evidence: [
      {
        object: { kind: 'ReplicaSet', name: newest?.name ?? workload.name },
        field: 'event SuccessfulCreate',
        text: `${vanished} pods were created since then and do not exist any more`,
        at: sinceAt,
      },
    ],
    commands: [kubectl.describe(workload.namespace, 'deployment', workload.name)],
  });
  return { draft, pods: workload.replicas };
}

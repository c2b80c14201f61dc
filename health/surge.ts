import type { Gap } from './availability.ts';
import { type CauseCode, type CauseDraft, makeCause } from './causes.ts';
import { type Situation, type WorkloadCause, isHard, resolveCount } from './judgement.ts';
import type { DeploymentFacts } from './kubernetes.ts';
import { fieldOf } from './shortage.ts';

/**
 * The update that waits for itself: the surge pod needs what an old pod holds (quota, a host port, a node of its own,
 * a volume), and the strategy ends no old pod before the new one is ready.
 */
export interface Deadlock extends WorkloadCause {
  readonly sinceAt: number;
  readonly isHard: boolean;
  /** The deadlock is the better story than the cause of the surge pod. */
  readonly leads: boolean;
}

const graceMs = 60_000;

/** What an old pod of the same workload can hold. */
const held: Partial<Record<CauseCode, string>> = {
  UnschedulableHostPort: 'the host port',
  UnschedulablePodAffinity: 'the node that anti-affinity wants free',
  UnschedulableVolumeInUse: 'the volume',
  VolumeAttachedElsewhere: 'the volume',
  QuotaExceeded: 'the quota',
};

export function surgeDeadlock(
  situation: Situation<DeploymentFacts>,
  available: number,
  gaps: readonly Gap[],
): Deadlock | null {
  const { workload, pods, now, alarm, creation } = situation;
  if (workload.strategy !== 'RollingUpdate') return null;
  // As long as one more pod may go, the controller ends an old one and the room is free.
  if (available > workload.replicas - allowedUnavailable(workload)) return null;
  if (!pods.some((view) => view.available && !view.updated)) return null;

  const blocked = gaps.find((gap) => gap.view.updated && holds(gap.view.diagnosis?.cause ?? null));
  const blocker = blocked?.view.diagnosis?.cause ?? (holds(creation) ? creation : null);
  if (blocker === null) return null;
  const sinceAt = blocker.since ?? blocked?.view.pendingSinceAt ?? now;
  const hard = blocker === creation ? isHard(creation, now) : now - sinceAt >= graceMs;
  alarm.at(sinceAt + graceMs);
  const what = held[blocker.code] ?? 'the room';
  const isVolume = blocker.code === 'VolumeAttachedElsewhere' || blocker.code === 'UnschedulableVolumeInUse';
  const draft = makeCause('SurgeBlocked', {
    message: `The rollout cannot start: the new pod needs ${what}, which an old pod holds until the new one is ready (${blocker.message})`,
    since: sinceAt,
    evidence: [
      ...blocker.evidence,
      fieldOf(
        workload,
        'spec.strategy.rollingUpdate',
        `maxSurge ${workload.maxSurge}, maxUnavailable ${workload.maxUnavailable} of ${workload.replicas}`,
        null,
      ),
    ],
    ...(isVolume
      ? { remedy: 'A volume that one node holds allows no surge: use strategy Recreate, or a StatefulSet.' }
      : {}),
    group: blocker.group,
  });
  return { draft, pods: 1, sinceAt, isHard: hard, leads: hard && blocker.code !== 'VolumeAttachedElsewhere' };
}

function holds(cause: CauseDraft | null): boolean {
  return cause !== null && held[cause.code] !== undefined;
}

/**
 * How many pods an update may take away.
 * maxSurge rounds up and maxUnavailable down; where both come to nothing, one pod may go.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/deployment/util/deployment_util.go (ResolveFenceposts)
 */
export function allowedUnavailable(workload: DeploymentFacts): number {
  const desired = workload.replicas;
  // Recreate takes all of them at once, and means to.
  if (workload.strategy === 'Recreate') return desired;
  const surge = resolveCount(workload.maxSurge, desired, 'up');
  const unavailable = resolveCount(workload.maxUnavailable, desired, 'down');
  if (surge === 0 && unavailable === 0) return Math.min(1, desired);
  return Math.min(unavailable, desired);
}

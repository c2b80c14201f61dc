import { makeCause } from './causes.ts';
import { kubectl } from './diagnose/draft.ts';
import { clockTime } from './diagnose/facts.ts';
import { type Situation, type WorkloadCause, plural } from './judgement.ts';
import type { ConditionFacts, DeploymentFacts, ReplicaSetFacts } from './kubernetes.ts';
import { fieldOf } from './shortage.ts';
import type { Evidence } from './verdict.ts';

/** The causes of a Deployment that no single pod shows (J1 … J14), in words. */

type Deployment = Situation<DeploymentFacts>;

/** J1, or G16 when the new ReplicaSet itself is refused. */
export function deadlineExceeded(
  situation: Deployment,
  progress: ConditionFacts | null,
  lateAt: number,
): WorkloadCause {
  const { workload } = situation;
  const revision = workload.annotations[revisionAnnotation];
  const subject = revision === undefined ? 'The rollout' : `The rollout of revision ${revision}`;
  if (progress?.reason === 'ReplicaSetCreateError') {
    const draft = makeCause('ReplicaSetCreateFailed', {
      message: `The new ReplicaSet could not be created: ${progress.message ?? 'no text'}`,
      since: progress.lastTransitionAt,
      evidence: [conditionEvidence(workload, progress)],
      commands: [kubectl.describe(workload.namespace, 'deployment', workload.name)],
    });
    return { draft, pods: workload.replicas };
  }
  const seconds = workload.progressDeadlineSeconds;
  const draft = makeCause('ProgressDeadlineExceeded', {
    message: `${subject} made no progress for ${seconds === null ? '10 min' : `${seconds} s`}`,
    since: progress?.reason === 'ProgressDeadlineExceeded' ? progress.lastTransitionAt : lateAt,
    evidence: progress === null ? [numbersEvidence(workload)] : [conditionEvidence(workload, progress)],
    commands: [kubectl.describe(workload.namespace, 'deployment', workload.name)],
  });
  return { draft, pods: Math.max(0, workload.replicas - workload.status.updatedReplicas) };
}

/** J2. */
export function stuckButServing(situation: Deployment): WorkloadCause {
  const { workload } = situation;
  const draft = makeCause('RolloutStuckButServing', {
    message: `The new version fails; ${stillServes(workload.replicas)}`,
    since: null,
    evidence: [numbersEvidence(workload)],
  });
  return { draft, pods: 0 };
}

/** The half sentence that tells a stuck rollout from an outage. */
export function stillServes(desired: number): string {
  return desired === 1 ? 'the old version still serves' : `the old version still serves all ${desired} replicas`;
}

/** J3. */
export function willNotFinish(situation: Deployment, since: number | null, deadlineAt: number): WorkloadCause {
  const { workload } = situation;
  const draft = makeCause('RolloutWillNotFinish', {
    message: `The rollout will not finish; Kubernetes gives up on it at ${clockTime(deadlineAt)}`,
    since,
    evidence: [numbersEvidence(workload)],
  });
  return { draft, pods: Math.max(0, workload.replicas - workload.status.updatedReplicas) };
}

/** J6, or J14 when the newest revision is an older ReplicaSet that was taken up again. */
export function rollingUpdate(
  situation: Deployment,
  newest: ReplicaSetFacts | null,
  [updated, available]: readonly [updated: number, available: number],
  since: number | null,
): WorkloadCause {
  const { workload, input } = situation;
  const numbers = `${updated} of ${workload.replicas} updated, ${available} available`;
  // One of a higher revision is ahead of the workload's word, and younger because it is newer.
  const isRollback =
    newest !== null &&
    input.replicaSets.some((other) => other.revision < newest.revision && other.createdAt > newest.createdAt);
  const draft = isRollback
    ? makeCause('RollbackRunning', {
        message: `Going back to the template of ${newest.name}, now revision ${newest.revision}: ${numbers}`,
        since,
        evidence: [numbersEvidence(workload)],
      })
    : makeCause('RollingUpdateRunning', {
        message: `Rolling update: ${numbers}`,
        since,
        evidence: [numbersEvidence(workload)],
      });
  return { draft, pods: Math.max(0, workload.replicas - available) };
}

/** The pods are ahead of the status: every one is available, and the controller has not written so. */
export function notCounted({ workload }: Deployment, since: number | null): WorkloadCause {
  const { replicas } = workload;
  const draft = makeCause('Starting', {
    message: `${replicas === 1 ? 'Its replica is' : `All ${replicas} replicas are`} available; the controller has yet to count ${replicas === 1 ? 'it' : 'them'}`,
    since,
    evidence: [numbersEvidence(workload)],
  });
  return { draft, pods: 0 };
}

/** A pause of this length was probably forgotten. */
const pausedGraceMs = 3_600_000;

/** J7. */
export function pausedWithChange(situation: Deployment, progress: ConditionFacts | null): WorkloadCause {
  const { workload, now, alarm } = situation;
  const since = pausedSince(progress);
  const forgottenAt = since === null ? null : since + pausedGraceMs;
  alarm.at(forgottenAt);
  const draft = makeCause('PausedWithChange', {
    message: `Paused with a change: ${workload.status.updatedReplicas} of ${plural(workload.replicas, 'replica')} updated`,
    since,
    severity: forgottenAt !== null && forgottenAt <= now ? 'warning' : 'info',
    evidence: [fieldOf(workload, 'spec.paused', 'true', since), numbersEvidence(workload)],
  });
  return { draft, pods: Math.max(0, workload.replicas - workload.status.updatedReplicas) };
}

export function pausedSince(progress: ConditionFacts | null): number | null {
  return progress?.reason === 'DeploymentPaused' ? (progress.lastUpdateAt ?? progress.lastTransitionAt) : null;
}

/** J8: the strategy allows the update to take every pod away, and it does. */
export function recreateGap(situation: Deployment, since: number | null): WorkloadCause {
  const { workload } = situation;
  const { strategy, maxUnavailable, maxSurge, replicas } = workload;
  const isRecreate = strategy === 'Recreate';
  const draft = makeCause('RecreateGap', {
    message: `Planned gap: ${isRecreate ? 'strategy Recreate' : `the update (maxUnavailable ${maxUnavailable}, maxSurge ${maxSurge})`} ended the old ${replicas === 1 ? 'pod' : 'pods'}, ${plural(replicas, 'new one')} not available yet`,
    since,
    evidence: [
      isRecreate
        ? fieldOf(workload, 'spec.strategy.type', 'Recreate', null)
        : fieldOf(
            workload,
            'spec.strategy.rollingUpdate',
            `maxUnavailable ${maxUnavailable}, maxSurge ${maxSurge}`,
            null,
          ),
      numbersEvidence(workload),
    ],
  });
  return { draft, pods: workload.replicas };
}

/** J10. */
export function oldPodsLinger(situation: Deployment, count: number, since: number | null): WorkloadCause {
  const draft = makeCause('OldPodsLinger', {
    message: `The update is complete; ${plural(count, 'old pod')} still ending`,
    since,
    evidence: [numbersEvidence(situation.workload)],
  });
  return { draft, pods: count };
}

export const revisionAnnotation = 'deployment.kubernetes.io/revision';

function numbersEvidence(workload: DeploymentFacts): Evidence {
  const { replicas, updatedReplicas, readyReplicas, availableReplicas } = workload.status;
  return fieldOf(
    workload,
    'status',
    `replicas ${replicas}, updated ${updatedReplicas}, ready ${readyReplicas}, available ${availableReplicas}`,
    null,
  );
}

function conditionEvidence(workload: DeploymentFacts, condition: ConditionFacts): Evidence {
  return fieldOf(
    workload,
    `status.conditions[${condition.type}]`,
    [condition.status, condition.reason, condition.message].filter(Boolean).join(': '),
    condition.lastTransitionAt,
  );
}

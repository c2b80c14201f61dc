import { type CauseDraft, makeCause } from '../causes.ts';
import type {
  AnyWorkloadFacts,
  ConditionFacts,
  ContainerFacts,
  ContainerStatusFacts,
  EventFacts,
  PodFacts,
  UsageFacts,
} from '../kubernetes.ts';
import type { Remembered } from '../verdict.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';

/**
 * Why one pod does not serve: walks the stages of its life in order, stops at the first that is not met, and names the
 * cause by what the object and the events say about that stage. Pure; the clock is `now`.
 */

export type { CauseDraft } from '../causes.ts';

/** The stages of a pod in their order; a pod is at the first that is not met, `done` when all are. */
export type PodStage =
  | 'created'
  | 'scheduled'
  | 'volumes'
  | 'init'
  | 'image'
  | 'create'
  | 'start'
  | 'startupProbe'
  | 'containersReady'
  | 'gates'
  | 'ready'
  | 'available'
  | 'done';

export interface PodContext {
  readonly workload: AnyWorkloadFacts;
  /** About this pod (by UID) and about the volume claims that it uses. */
  readonly events: readonly EventFacts[];
  /** About the node that it is on. */
  readonly nodeEvents: readonly EventFacts[];
  /** Nodes on which pods of several workloads lost Ready together. */
  readonly lostNodes: ReadonlySet<string>;
  readonly remembered: Remembered;
  readonly usage: readonly UsageFacts[];
}

export interface PodDiagnosis {
  readonly stage: PodStage;
  /** Null when nothing is wrong, or when all that is to say is that it takes its time. */
  readonly cause: CauseDraft | null;
  readonly notes: readonly CauseDraft[];
  /** The cause cannot heal by itself and is past its grace. */
  readonly hard: boolean;
  /** Start of the present stage, from a timestamp in the object. */
  readonly sinceAt: number | null;
  /** Until then it may heal silently; null when there is nothing to wait for. */
  readonly graceUntilAt: number | null;
  /** When time alone can change this diagnosis. */
  readonly reassessAt: number | null;
}

const nothing: readonly never[] = [];
const healthy: PodDiagnosis = {
  stage: 'done',
  cause: null,
  notes: nothing,
  hard: false,
  sinceAt: null,
  graceUntilAt: null,
  reassessAt: null,
};

export function diagnosePod(pod: PodFacts, context: PodContext, now: number): PodDiagnosis {
  const ready = condition(pod, 'Ready');
  if (ready?.status === 'True' && pod.deletionAt === null) return healthy;
  const stage = condition(pod, 'PodScheduled');
  if (stage?.status === 'False') {
    return draft(
      'scheduled',
      makeCause('Unschedulable', {
        message: stage.message ?? 'The scheduler found no node.',
        since: stage.lastTransitionAt,
        evidence: [fieldEvidence(pod, 'status.conditions[PodScheduled]', stage.message ?? '', stage.lastTransitionAt)],
        commands: [kubectl.describePod(pod)],
      }),
      now,
    );
  }
  for (const status of [...pod.initContainerStatuses, ...pod.containerStatuses]) {
    const found = containerCause(pod, status, context);
    if (found !== null) return found;
  }
  return { ...healthy, stage: 'containersReady', sinceAt: ready?.lastTransitionAt ?? pod.startAt ?? pod.createdAt };

  function containerCause(p: PodFacts, status: ContainerStatusFacts, c: PodContext): PodDiagnosis | null {
    const facts: ContainerFacts | undefined = p.spec.containers.find((one) => one.name === status.name);
    const event = c.events[0];
    const evidence = event === undefined ? nothing : [eventEvidence(event)];
    const state = status.state;
    if (state.kind === 'waiting' && (state.reason === 'ErrImagePull' || state.reason === 'ImagePullBackOff')) {
      return draft(
        'image',
        makeCause('ImagePullFailed', {
          message: `Image ${facts?.image ?? ''} cannot be pulled: ${state.message ?? ''}`,
          since: p.startAt,
          evidence,
          commands: [kubectl.describePod(p)],
        }),
        now,
      );
    }
    if (status.lastTermination !== null && !status.ready) {
      const code = status.lastTermination.reason === 'OOMKilled' ? 'OutOfMemory' : 'CrashLoop';
      return draft(
        'start',
        makeCause(code, {
          message: `Container ${status.name} ends with exit code ${status.lastTermination.exitCode}`,
          since: status.lastTermination.finishedAt,
          evidence,
          commands: [kubectl.previousLogs(p, status.name)],
        }),
        now,
      );
    }
    return null;
  }
}

function draft(stage: PodStage, cause: CauseDraft, now: number): PodDiagnosis {
  const hard = cause.severity === 'critical' && (cause.since ?? now) <= now;
  return { stage, cause, notes: nothing, hard, sinceAt: cause.since, graceUntilAt: null, reassessAt: null };
}

function condition(pod: PodFacts, type: string): ConditionFacts | null {
  for (const one of pod.conditions) if (one.type === type) return one;
  return null;
}

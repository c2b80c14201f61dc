import type { Alarm } from '../alarm.ts';
import type { ConditionFacts, PodFacts } from '../kubernetes.ts';
import { parseEviction } from '../parse/eviction.ts';
import { enumerate } from '../parse/text.ts';
import type { Evidence } from '../verdict.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';
import { evictionWords } from './eviction.ts';
import { clockTime, conditionOf, durationWords, newestEvent, nodeName } from './facts.ts';
import { conclude, concludeNote, type Finding } from './finding.ts';
import type { PodContext, PodDiagnosis } from './pod.ts';

/** I5, I8 … I10, I12 … I16: the pod is being deleted, why, and whether it gets there. */

const stuckCriticalMs = 10 * 60_000;

export function diagnoseTermination(
  pod: PodFacts,
  deletionAt: number,
  context: PodContext,
  now: number,
  alarm: Alarm,
): PodDiagnosis {
  // Whoever moved the pod explains its end better than the end does.
  const disruption = strandedFinding(pod, context) ?? disruptionFinding(pod, context);
  if (deletionAt > now) {
    alarm.at(deletionAt);
    const ending = withinGrace(pod, deletionAt);
    if (disruption === null) return conclude(ending, now);
    return { ...conclude(disruption, now), notes: concludeNote(ending, now, alarm) };
  }
  const stuck = conclude(stuckFinding(pod, deletionAt, context), now);
  alarm.at(stuck.reassessAt);
  // Until its grace is over this is an ordinary end that is a little late.
  const isLate = stuck.graceUntilAt !== null && now < stuck.graceUntilAt;
  if (isLate) return disruption === null ? { ...stuck, cause: null } : conclude(disruption, now);
  return disruption === null ? stuck : { ...stuck, notes: concludeNote(disruption, now, alarm) };
}

function withinGrace(pod: PodFacts, deletionAt: number): Finding {
  const graceMs = pod.spec.terminationGracePeriodSeconds * 1000;
  return {
    stage: 'done',
    code: 'LongTermination',
    message: `The pod is being deleted and ends by ${clockTime(deletionAt)} at the latest (grace period ${durationWords(graceMs)})`,
    since: deletionAt - graceMs,
    evidence: [fieldEvidence(pod, 'metadata.deletionTimestamp', new Date(deletionAt).toISOString(), deletionAt)],
    commands: [kubectl.describePod(pod)],
  };
}

function stuckFinding(pod: PodFacts, deletionAt: number, context: PodContext): Finding {
  const node = nodeName(pod);
  const running = [...pod.initContainerStatuses, ...pod.containerStatuses]
    .filter((status) => status.state.kind === 'running')
    .map((status) => status.name);
  const base = {
    stage: 'done',
    since: deletionAt,
    commands: [kubectl.podYaml(pod), kubectl.describePod(pod)],
    criticalAfterMs: stuckCriticalMs,
  } as const;
  const deletion = fieldEvidence(pod, 'metadata.deletionTimestamp', 'past its grace period', deletionAt);
  // The node is gone and the pod was collected with it: its containers run only in the last status.
  const isCollected = conditionOf(pod, 'DisruptionTarget')?.reason === 'DeletionByPodGC';
  if ((running.length === 0 || isCollected) && pod.finalizers.length > 0) {
    const names = enumerate(pod.finalizers);
    return {
      stage: 'done',
      since: deletionAt,
      commands: base.commands,
      code: 'StuckOnFinalizer',
      message: `The pod has ended and is kept by finalizer ${names}`,
      evidence: [deletion, fieldEvidence(pod, 'metadata.finalizers', names, null)],
    };
  }
  const kill = newestEvent(context.events, { reasons: ['FailedKillPod', 'ExceededGracePeriod', 'FailedPreStopHook'] });
  if (isNodeSilent(pod, context) && kill === null) {
    return {
      ...base,
      code: 'StuckOnLostNode',
      message: `The pod cannot end: node ${node} does not report any more and so cannot confirm it`,
      evidence: [deletion, ...nodeEvidence(pod, context)],
      commands: [kubectl.describeNode(node), kubectl.podYaml(pod)],
      group: { type: 'node', name: node },
    };
  }
  const what =
    running.length === 0
      ? 'The pod does not end'
      : `${running.length === 1 ? 'Container' : 'Containers'} ${enumerate(running)} ${running.length === 1 ? 'does' : 'do'} not stop`;
  return {
    stage: 'done',
    since: deletionAt,
    code: 'ContainerWillNotStop',
    message: `${what} on node ${node}, though its grace period of ${durationWords(pod.spec.terminationGracePeriodSeconds * 1000)} is over`,
    evidence: kill === null ? [deletion] : [deletion, eventEvidence(kill)],
    commands: [kubectl.describePod(pod), kubectl.describeNode(node)],
  };
}

/**
 * Moved away from a node that does not report: as lost as before, for nobody there can end it. A StatefulSet makes no
 * successor while it is there.
 * https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/
 */
function strandedFinding(pod: PodFacts, context: PodContext): Finding | null {
  const disruption = disruptionFinding(pod, context);
  if (disruption?.code !== 'TaintEviction' || !isNodeSilent(pod, context)) return null;
  const ready = conditionOf(pod, 'Ready');
  const node = nodeName(pod);
  const successor = context.workload.kind === 'StatefulSet' ? ', and its successor waits for that' : '';
  return {
    stage: 'done',
    code: 'NodeLost',
    message: `Node ${node} stopped reporting; the pod is to be moved and cannot end before the node is back${successor}`,
    since: ready?.lastTransitionAt ?? disruption.since,
    evidence: [...disruption.evidence, ...nodeEvidence(pod, context)],
    commands: [kubectl.describeNode(node), kubectl.nodes()],
    group: { type: 'node', name: node },
  };
}

function isNodeSilent(pod: PodFacts, context: PodContext): boolean {
  if (pod.nodeName === null) return false;
  if (context.lostNodes.has(pod.nodeName) || pod.reason === 'NodeLost' || pod.phase === 'Unknown') return true;
  const ready = conditionOf(pod, 'Ready');
  // A kubelet that ends a pod turns ContainersReady too.
  if (ready?.status !== 'True' && conditionOf(pod, 'ContainersReady')?.status === 'True')
    return pod.spec.readinessGates.length === 0;
  return nodeEvidence(pod, context).length > 0;
}

function nodeEvidence(pod: PodFacts, context: PodContext): Evidence[] {
  const own = newestEvent(context.events, { reasons: ['NodeNotReady'] });
  const node = newestEvent(context.nodeEvents, {
    reasons: ['NodeNotReady', 'RemovingNode', 'DeletingNode', 'Shutdown'],
  });
  return [own, node]
    .filter((event) => event !== null)
    .filter((event) => event.involved.kind === 'Pod' || event.involved.name === pod.nodeName)
    .map(eventEvidence);
}

/** Why somebody else ended the pod: the condition DisruptionTarget, else the events of those who do it. */
export function disruptionFinding(pod: PodFacts, context: PodContext): Finding | null {
  const condition = conditionOf(pod, 'DisruptionTarget');
  if (condition?.status === 'True') return byCondition(pod, condition, context);
  const evicted = newestEvent(context.events, { reasons: ['TaintManagerEviction'], text: /^Marking for deletion/ });
  if (evicted !== null) {
    const base = {
      stage: 'done',
      since: evicted.lastAt,
      evidence: [eventEvidence(evicted)],
      commands: commands(pod),
    } as const;
    return { ...base, code: 'TaintEviction', message: taintWords(pod) };
  }
  const preempted = newestEvent(context.events, { reasons: ['Preempted'] });
  if (preempted === null) return null;
  return {
    stage: 'done',
    code: 'Preempted',
    message: preemptedWords(pod),
    since: preempted.lastAt,
    evidence: [eventEvidence(preempted)],
    commands: commands(pod),
  };
}

function byCondition(pod: PodFacts, condition: ConditionFacts, context: PodContext): Finding | null {
  const base = {
    stage: 'done',
    since: condition.lastTransitionAt ?? pod.deletionAt ?? pod.createdAt,
    evidence: [
      fieldEvidence(
        pod,
        'status.conditions[DisruptionTarget]',
        `${condition.reason ?? ''}: ${condition.message ?? ''}`,
        condition.lastTransitionAt,
      ),
    ],
    commands: commands(pod),
  } as const;
  const node = nodeName(pod);
  switch (condition.reason) {
    case 'DeletionByTaintManager':
      return { ...base, code: 'TaintEviction', message: taintWords(pod) };
    case 'EvictionByEvictionAPI':
      return {
        ...base,
        code: 'EvictedByApi',
        message: `The pod was moved away from node ${node} by a drain, or by the autoscaler`,
      };
    case 'PreemptionByScheduler': {
      const event = newestEvent(context.events, { reasons: ['Preempted'] });
      return {
        ...base,
        code: 'Preempted',
        message: preemptedWords(pod),
        evidence: event === null ? base.evidence : [...base.evidence, eventEvidence(event)],
      };
    }
    case 'DeletionByPodGC':
      return {
        ...base,
        code: 'PodGarbageCollected',
        message: `Node ${node} does not exist any more; the pod was removed with it`,
      };
    case 'TerminationByKubelet':
      return byKubelet(pod, condition.message ?? '', base);
    default:
      return null;
  }
}

/**
 * Evictions, the shutdown of the node, and room that is made for a critical pod: the text tells which, also where the
 * reason of the pod was lost (kubernetes#105467).
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/kubelet/preemption/preemption.go
 */
function byKubelet(
  pod: PodFacts,
  message: string,
  base: Pick<Finding, 'stage' | 'since' | 'evidence' | 'commands'>,
): Finding | null {
  // Told by the pod itself.
  if (pod.reason === 'Evicted') return null;
  const node = nodeName(pod);
  if (parseEviction(message).kind !== 'unknown') return { ...base, ...evictionWords(pod, message) };
  if (/critical pod/i.test(message)) {
    return { ...base, code: 'Preempted', message: `Node ${node} pushed the pod out to make room for a critical one` };
  }
  return {
    ...base,
    code: 'NodeShutdown',
    message: `Node ${node} is shutting down and ended the pod`,
    group: { type: 'node', name: node },
  };
}

function taintWords(pod: PodFacts): string {
  return `Node ${nodeName(pod)} got a taint that the pod does not tolerate, so it is moved away`;
}

function preemptedWords(pod: PodFacts): string {
  return `The pod was pushed out from node ${nodeName(pod)} by a pod of higher priority`;
}

function commands(pod: PodFacts): string[] {
  return pod.nodeName === null
    ? [kubectl.describePod(pod)]
    : [kubectl.describePod(pod), kubectl.describeNode(pod.nodeName)];
}

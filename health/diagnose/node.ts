import type { Alarm } from '../alarm.ts';
import type { ConditionFacts, EventFacts, PodFacts, TolerationFacts } from '../kubernetes.ts';
import type { Evidence } from '../verdict.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';
import { clockTime, conditionOf, durationWords, newestEvent, pendingSince } from './facts.ts';
import type { Finding } from './finding.ts';
import type { PodContext } from './pod.ts';

/**
 * I4 and I19: a lost node, told without the right to read nodes.
 *
 * When a node stops reporting, the node controller turns the pod's Ready to False and touches nothing else: its
 * containers still count as ready. A kubelet that is alive never writes that pair without a failing readiness gate.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/util/node/controller_utils.go (MarkPodsNotReady)
 */
export function nodeLossFinding(pod: PodFacts, context: PodContext, now: number, alarm: Alarm): Finding | null {
  const { nodeName } = pod;
  if (nodeName === null) return null;
  const ready = conditionOf(pod, 'Ready');
  const isUnknown = pod.phase === 'Unknown' || pod.reason === 'NodeLost';
  const event = nodeNotReadyEvent(pod, ready, context);
  if (!isUnknown && event === null && !hasSignature(pod, ready) && !isCoFlip(pod, ready, context)) return null;
  const since = lostSince(pod, ready, event);
  const evidence: Evidence[] = [
    fieldEvidence(
      pod,
      'status.conditions[Ready]',
      `${ready?.status ?? 'absent'}, while ContainersReady is ${conditionOf(pod, 'ContainersReady')?.status ?? 'absent'}`,
      since,
    ),
  ];
  if (event !== null) evidence.push(eventEvidence(event));
  const nodeEvent = newestEvent(context.nodeEvents, {
    reasons: ['NodeNotReady', 'Shutdown', 'RemovingNode', 'DeletingNode'],
    notBefore: since - 60_000,
  });
  if (nodeEvent !== null) evidence.push(eventEvidence(nodeEvent));
  return {
    stage: 'ready',
    code: isUnknown ? 'PodStatusUnknown' : 'NodeLost',
    message: `Node ${nodeName} stopped reporting, so the pod counts as down${evictionWords(pod, since, now, alarm)}`,
    since,
    evidence: isUnknown ? [fieldEvidence(pod, 'status.phase', pod.reason ?? pod.phase, null), ...evidence] : evidence,
    commands: [kubectl.describeNode(nodeName), kubectl.nodes()],
    group: { type: 'node', name: nodeName },
  };
}

/** The node controller writes the condition and the event within one round over its nodes. */
const roundMs = 5_000;

/** A pod that was not ready before was lost when the node controller said so, not when it lost its readiness. */
function lostSince(pod: PodFacts, ready: ConditionFacts | null, event: EventFacts | null): number {
  const turnedAt = ready?.lastTransitionAt ?? null;
  if (event !== null && (turnedAt === null || event.lastAt > turnedAt + roundMs)) return event.lastAt;
  return turnedAt ?? pendingSince(pod);
}

function hasSignature(pod: PodFacts, ready: ConditionFacts | null): boolean {
  if (ready === null || ready.status === 'True' || ready.reason === 'ReadinessGatesNotReady') return false;
  if (conditionOf(pod, 'ContainersReady')?.status !== 'True') return false;
  return pod.spec.readinessGates.every((gate) => conditionOf(pod, gate)?.status === 'True');
}

/** Pods of several workloads on this node lost Ready together, and this one's containers did not fail by themselves. */
function isCoFlip(pod: PodFacts, ready: ConditionFacts | null, context: PodContext): boolean {
  if (ready?.status === 'True' || pod.nodeName === null || !context.lostNodes.has(pod.nodeName)) return false;
  return (
    pod.containerStatuses.length > 0 &&
    pod.containerStatuses.every((status) => status.ready && status.state.kind === 'running')
  );
}

/**
 * The node controller's own word. It is past when it is from before the last change of Ready, and when the kubelet has
 * spoken since: then the node is back.
 */
function nodeNotReadyEvent(pod: PodFacts, ready: ConditionFacts | null, context: PodContext): EventFacts | null {
  if (ready?.status === 'True') return null;
  if (!pod.containerStatuses.some((status) => status.state.kind === 'running')) return null;
  const notBefore = (ready?.lastTransitionAt ?? pod.createdAt) - 60_000;
  const event = newestEvent(context.events, { reasons: ['NodeNotReady'], notBefore });
  if (event === null) return null;
  const isBack = context.events.some(({ source, lastAt }) => source === 'kubelet' && lastAt > event.lastAt);
  return isBack ? null : event;
}

/** When the pod is deleted to be replaced elsewhere; null when it tolerates the loss for ever. */
function evictionAt(pod: PodFacts, lostAt: number): number | null {
  let least: number | null = null;
  for (const key of ['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready']) {
    const seconds = toleratedSeconds(pod.spec.tolerations, key);
    if (seconds !== null && (least === null || seconds < least)) least = seconds;
  }
  return least === null ? null : lostAt + least * 1000;
}

/** Null: for ever. Without a toleration the taint evicts at once. Of several that match, the shortest counts. */
function toleratedSeconds(tolerations: readonly TolerationFacts[], key: string): number | null {
  let seconds: number | null = 0;
  let isTolerated = false;
  for (const toleration of tolerations) {
    if (toleration.key !== null && toleration.key !== '' && toleration.key !== key) continue;
    if (toleration.effect !== null && toleration.effect !== '' && toleration.effect !== 'NoExecute') continue;
    if (toleration.operator === 'Equal' && (toleration.value ?? '') !== '') continue;
    const own = toleration.tolerationSeconds;
    if (!isTolerated) seconds = own;
    else if (own !== null && (seconds === null || own < seconds)) seconds = own;
    isTolerated = true;
  }
  return isTolerated ? seconds : 0;
}

/** One node after the other is cleared, ten seconds apart, and none while most nodes of a zone are lost. */
const evictionSlackMs = 120_000;

function evictionWords(pod: PodFacts, since: number, now: number, alarm: Alarm): string {
  const at = evictionAt(pod, since);
  if (at === null) return '; it stays bound to that node until the node comes back';
  alarm.at(at + evictionSlackMs);
  const words = `${durationWords(at - since)} after the loss`;
  return now < at + evictionSlackMs
    ? `; unless the node comes back it is replaced at ${clockTime(at)} (${words})`
    : `; it was to be replaced ${words}, and was not`;
}

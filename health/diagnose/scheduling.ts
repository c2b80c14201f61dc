import type { Alarm } from '../alarm.ts';
import { type CauseCode, causes } from '../causes.ts';
import type { ConditionFacts, EventFacts, PodFacts } from '../kubernetes.ts';
import {
  type FailedScheduling,
  parseFailedScheduling,
  type SchedulingProblem,
  type SchedulingReason,
} from '../parse/failed-scheduling.ts';
import { enumerate, firstLine } from '../parse/text.ts';
import type { Evidence, IncidentGroup } from '../verdict.ts';
import { claimNames, claimTrouble, claimWords, isWaitingClaim, provisioning, storageClassGroup } from './claims.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';
import { conditionOf, lower, newestEvent, newestOf, podRequest, recentEvents } from './facts.ts';
import { conclude, concludeNote, type Finding, waiting } from './finding.ts';
import type { PodContext, PodDiagnosis } from './pod.ts';

/** Why no node takes the pod: F1 … F24, from the condition PodScheduled, the scheduler's and the autoscaler's events. */

const escalationMs = 120_000;
const scaleUpMs = 10 * 60_000;

export function diagnoseScheduling(pod: PodFacts, context: PodContext, now: number, alarm: Alarm): PodDiagnosis {
  const condition = conditionOf(pod, 'PodScheduled');
  if (condition?.reason === 'SchedulingGated') return conclude(gated(pod, condition), now);
  const finding = unschedulable(pod, condition, context);
  if (finding === null) {
    const binding = bindingFinding(pod, context);
    if (binding !== null) return conclude(binding, now);
    const absent = schedulerAbsent(pod);
    const graceUntilAt = absent.since + 60_000;
    return now < graceUntilAt ? waiting('scheduled', absent.since, graceUntilAt, now) : conclude(absent, now);
  }
  return conclude(withHelp(pod, finding, context, now, alarm) ?? finding, now);
}

function gated(pod: PodFacts, condition: ConditionFacts): Finding {
  const gates = pod.spec.schedulingGates;
  return {
    stage: 'scheduled',
    code: 'SchedulingGated',
    message: gates.length === 0 ? 'Held by a scheduling gate' : `Held by scheduling gate ${enumerate(gates)}`,
    since: condition.lastTransitionAt ?? pod.createdAt,
    evidence: [fieldEvidence(pod, 'spec.schedulingGates', gates.join(', '), condition.lastTransitionAt)],
    commands: [kubectl.describePod(pod)],
  };
}

function schedulerAbsent(pod: PodFacts): Finding {
  return {
    stage: 'scheduled',
    code: 'SchedulerAbsent',
    message: `Scheduler ${pod.spec.schedulerName} has not looked at the pod: it does not run, or the name is wrong`,
    since: pod.createdAt,
    evidence: [fieldEvidence(pod, 'spec.schedulerName', pod.spec.schedulerName, pod.createdAt)],
    commands: [kubectl.describePod(pod), kubectl.list('kube-system', 'pods')],
  };
}

const provisioningCriticalMs = 5 * 60_000;

/**
 * No scheduler says that it found no node, and the pod has none yet: it may have chosen one and wait for the volume
 * that has to be made there (WaitForFirstConsumer). From 1.35 on it then writes `status.nominatedNodeName`.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/scheduler/schedule_one.go
 */
function bindingFinding(pod: PodFacts, context: PodContext): Finding | null {
  const node = pod.nominatedNodeName;
  const claim = claimTrouble(context.events);
  if (claim !== null) {
    const found = provisioning(pod, claim);
    if (!isWaitingClaim(claim)) return found;
    return {
      ...found,
      stage: 'scheduled',
      message: `${found.message}${node === null ? '' : `; node ${node} is chosen for the pod`}`,
      severity: 'warning',
      graceMs: escalationMs,
      criticalAfterMs: provisioningCriticalMs,
    };
  }
  if (node === null) return null;
  return {
    stage: 'scheduled',
    code: 'Unschedulable',
    message: `The scheduler has chosen node ${node} and has not bound the pod to it yet`,
    since: pod.createdAt,
    evidence: [fieldEvidence(pod, 'status.nominatedNodeName', node, null)],
    commands: [kubectl.describePod(pod), kubectl.describeNode(node)],
  };
}

/** Null when no scheduler has said anything. */
function unschedulable(pod: PodFacts, condition: ConditionFacts | null, context: PodContext): Finding | null {
  const event = newestEvent(context.events, { reasons: ['FailedScheduling'] });
  // The condition does not expire and has the scheduler's text; another scheduler may write events alone.
  const text = condition?.status === 'False' ? condition.message : null;
  const message = text ?? event?.message ?? null;
  if (message === null) return null;
  const since = condition?.lastTransitionAt ?? event?.firstAt ?? pod.createdAt;
  const evidence: Evidence[] =
    text === null
      ? event === null
        ? []
        : [eventEvidence(event)]
      : [fieldEvidence(pod, 'status.conditions[PodScheduled]', text, condition?.lastTransitionAt ?? null)];
  const base = { stage: 'scheduled', since, evidence, commands: [kubectl.describePod(pod), kubectl.nodes()] } as const;
  if (condition?.reason === 'SchedulerError') {
    // It gives up binding after 10 min and begins anew; why there is no volume, the claim says.
    const binding = /binding volumes/.test(message) ? bindingFinding(pod, context) : null;
    if (binding?.code === 'VolumeProvisioningFailed') return binding;
    return { ...base, code: 'SchedulerFailed', message: `The scheduler failed: ${firstLine(message)}` };
  }
  return schedulingFinding(pod, message, base, context.events);
}

type Base = Pick<Finding, 'stage' | 'since' | 'evidence' | 'commands'>;

function schedulingFinding(pod: PodFacts, message: string, base: Base, events: readonly EventFacts[]): Finding {
  const parsed = parseFailedScheduling(message, pod.targetNodeName !== null);
  if (parsed.kind === 'raw') return { ...base, code: 'Unschedulable', message: firstLine(parsed.text) };
  if (parsed.nodes === 0)
    return { ...base, code: 'NoNodes', message: 'The cluster has no node that could take the pod' };
  const primary = primaryProblem(parsed.problems);
  if (primary === null) return { ...base, code: 'Unschedulable', message: firstLine(parsed.text) };
  if (pod.targetNodeName !== null) return daemonPod(pod, pod.targetNodeName, primary, parsed, base);
  const others = parsed.problems.filter((problem) => problem !== primary);
  const parts = [primary, ...others].map((problem) => problemWords(pod, problem, parsed.nodes));
  const detail = claimDetail(primary, events);
  const sentence = [...new Set(parts)].join('; ');
  return {
    ...base,
    code: codes[primary.reason],
    message: `${capital(sentence)}${detail === null ? '' : `: ${detail.text}`}${requestWords(pod, parsed.problems)}`,
    evidence: detail === null ? base.evidence : [...base.evidence, detail.evidence],
    commands: [...base.commands, ...claimCommands(pod, primary)],
    group: detail?.group ?? null,
    ...(isPassing(primary) ? { remedy: passingRemedy } : {}),
    ...severityOf(primary.reason),
  };
}

const codes: Readonly<Record<SchedulingReason, CauseCode>> = {
  resource: 'UnschedulableResources',
  device: 'UnschedulableDevice',
  podLimit: 'UnschedulablePodLimit',
  taint: 'UnschedulableTaint',
  nodeTrouble: 'UnschedulableNodeTrouble',
  expectedTaint: 'UnschedulableTaint',
  cordoned: 'UnschedulableCordoned',
  nodeAffinity: 'UnschedulableNodeAffinity',
  podAffinity: 'UnschedulablePodAffinity',
  topologySpread: 'UnschedulableTopologySpread',
  hostPort: 'UnschedulableHostPort',
  volumeUnbound: 'UnschedulableVolumeUnbound',
  claimMissing: 'UnschedulableClaimMissing',
  volumeZone: 'UnschedulableVolumeZone',
  volumeSupply: 'UnschedulableVolumeSupply',
  volumeInUse: 'UnschedulableVolumeInUse',
  deviceClaim: 'UnschedulableDeviceClaim',
  other: 'Unschedulable',
};

/** Taints of nodes that start or leave: nobody tolerates them, and they go by themselves or with their node. */
const passingTaints =
  /^(?:node\.cloudprovider\.kubernetes\.io\/uninitialized|ToBeDeletedByClusterAutoscaler|DeletionCandidateOfClusterAutoscaler|karpenter\.sh\/(?:disrupted|disruption|unregistered)|\S+\/agent-not-ready)$/;
const passingRemedy =
  'Wait: the taint says that the node starts or leaves. If it stays, look at who takes it off: the cloud controller, the agent that it names, or the autoscaler.';

function isPassing({ subject }: SchedulingProblem): boolean {
  return subject !== null && passingTaints.test(subject);
}

/** Room may come back by itself, but not for long: warning first, critical after 2 minutes. */
const mayHeal: ReadonlySet<SchedulingReason> = new Set([
  'resource',
  'device',
  'podLimit',
  'nodeTrouble',
  'cordoned',
  'podAffinity',
  'topologySpread',
  'volumeInUse',
  'other',
]);

function severityOf(reason: SchedulingReason): Pick<Finding, 'criticalAfterMs'> {
  return mayHeal.has(reason) ? { criticalAfterMs: escalationMs } : {};
}

/**
 * A node stops at the first filter that refuses it. Nodes that the template excludes on purpose (selector, taints)
 * are the usual background; the nodes that got further say what is really missing.
 */
const tiers: Readonly<Record<SchedulingReason, 0 | 1 | 2 | 3>> = {
  claimMissing: 0,
  volumeUnbound: 0,
  resource: 1,
  device: 1,
  podLimit: 1,
  nodeTrouble: 1,
  cordoned: 1,
  podAffinity: 1,
  topologySpread: 1,
  hostPort: 1,
  volumeZone: 1,
  volumeSupply: 1,
  volumeInUse: 1,
  deviceClaim: 1,
  taint: 2,
  nodeAffinity: 2,
  expectedTaint: 3,
  other: 3,
};

function primaryProblem(problems: readonly SchedulingProblem[]): SchedulingProblem | null {
  let best: SchedulingProblem | null = null;
  for (const problem of problems) {
    if (best === null || isNearer(problem, best)) best = problem;
  }
  return best;
}

function isNearer(left: SchedulingProblem, right: SchedulingProblem): boolean {
  const tier = tiers[left.reason] - tiers[right.reason];
  if (tier !== 0) return tier < 0;
  return (left.nodes ?? Number.MAX_SAFE_INTEGER) > (right.nodes ?? Number.MAX_SAFE_INTEGER);
}

/** One clause; counts stand beside each other and are never added up. */
function problemWords(pod: PodFacts, problem: SchedulingProblem, nodes: number | null): string {
  const some = (plural: string, singular: string): string => nodesWords(problem.nodes, nodes, plural, singular);
  /** For texts that say what a node is not: "no node matches" instead of "all nodes do not match". */
  const none = (plural: string, singular: string, all: string): string =>
    nodes !== null && nodes > 1 && isEvery(problem.nodes, nodes) ? `no node ${all}` : some(plural, singular);
  const subject = problem.subject ?? '';
  switch (problem.reason) {
    case 'resource':
      return some(`lack ${subject}`, `lacks ${subject}`);
    case 'device':
      return none(`have no free ${subject}`, `has no free ${subject}`, `has a free ${subject}`);
    case 'podLimit':
      return some('are at their pod limit', 'is at its pod limit');
    case 'taint':
    case 'expectedTaint':
      return subject === ''
        ? some('carry a taint that the pod does not tolerate', 'carries a taint that the pod does not tolerate')
        : some(`carry taint ${subject}`, `carries taint ${subject}`);
    case 'nodeTrouble':
      return some(`are in trouble (${shortTaint(subject)})`, `is in trouble (${shortTaint(subject)})`);
    case 'cordoned':
      return some('are cordoned', 'is cordoned');
    case 'nodeAffinity':
      return none(
        `do not match ${selectorWords(pod)}`,
        `does not match ${selectorWords(pod)}`,
        `matches ${selectorWords(pod)}`,
      );
    case 'podAffinity':
      return podAffinityWords(pod, problem.text, some, none);
    case 'topologySpread':
      return /missing required label/.test(problem.text)
        ? some('lack the label by which the pods are spread', 'lacks the label by which the pods are spread')
        : some('would break the topology spread', 'would break the topology spread');
    case 'hostPort':
      return some(`have host port ${hostPorts(pod)} taken`, `has host port ${hostPorts(pod)} taken`);
    case 'volumeUnbound':
      return `volume claim ${claimsOf(pod)} is not bound`;
    case 'claimMissing':
      return /being deleted/.test(problem.text)
        ? `volume claim ${subject} is being deleted`
        : `volume claim ${subject} does not exist`;
    case 'volumeZone':
      return none('are not where the volume is', 'is not where the volume is', 'is where the volume is');
    case 'volumeSupply':
      return /max volume count/.test(problem.text)
        ? some('have reached their limit of attached volumes', 'has reached its limit of attached volumes')
        : none(
            'find no volume that fits the claim',
            'finds no volume that fits the claim',
            'finds a volume that fits the claim',
          );
    case 'volumeInUse':
      return 'the volume is used by another pod (ReadWriteOncePod)';
    case 'deviceClaim':
      return `device claim cannot be allocated (${firstLine(problem.text)})`;
    case 'other':
      return problem.nodes === null
        ? firstLine(problem.text)
        : `${problem.nodes}${nodes === null ? '' : ` of ${nodes}`}: ${firstLine(problem.text)}`;
    default:
      return unreachable(problem.reason);
  }
}

/** Who keeps whom away stands in the text; before 1.20 it left open which of the two rules it was. */
function podAffinityWords(
  pod: PodFacts,
  text: string,
  some: (plural: string, singular: string) => string,
  none: (plural: string, singular: string, all: string) => string,
): string {
  if (/existing pods/.test(text)) {
    return some(
      'have a pod whose anti-affinity keeps this one away',
      'has a pod whose anti-affinity keeps this one away',
    );
  }
  const isEither = text.includes('affinity/anti-affinity');
  if (isEither ? pod.spec.hasRequiredPodAntiAffinity : text.includes('anti-affinity')) {
    return some(
      'already have a pod that anti-affinity keeps apart',
      'already has a pod that anti-affinity keeps apart',
    );
  }
  return none(
    'do not meet the rules of pod affinity',
    'does not meet the rules of pod affinity',
    'meets the rules of pod affinity',
  );
}

/** @param nodes null where the text does not say how many there are */
function nodesWords(count: number | null, nodes: number | null, plural: string, singular: string): string {
  if (nodes === null) return count === 1 ? `1 node ${singular}` : `${count ?? 'all'} nodes ${plural}`;
  if (nodes === 1) return `the only node ${singular}`;
  if (isEvery(count, nodes)) return `all ${nodes} nodes ${plural}`;
  return count === 1 ? `1 of ${nodes} nodes ${singular}` : `${count} of ${nodes} nodes ${plural}`;
}

function isEvery(count: number | null, nodes: number): boolean {
  return count === null || count >= nodes;
}

function shortTaint(key: string): string {
  return key.replace('node.kubernetes.io/', '') || 'not ready';
}

function selectorWords(pod: PodFacts): string {
  const labels = Object.entries(pod.spec.nodeSelector).map(([key, value]) => `${key}=${value}`);
  if (labels.length === 0) return 'the node affinity';
  return `nodeSelector ${labels.join(',')}${pod.spec.hasNodeAffinity ? ' and the node affinity' : ''}`;
}

function hostPorts(pod: PodFacts): string {
  const ports = new Set<number>();
  for (const container of pod.spec.containers) {
    for (const port of container.ports) if (port.hostPort !== null) ports.add(port.hostPort);
  }
  return ports.size === 0 ? 'of the pod' : [...ports].join(', ');
}

function claimsOf(pod: PodFacts): string {
  const names = claimNames(pod);
  return names.length === 0 ? 'of the pod' : enumerate(names);
}

function claimCommands(pod: PodFacts, problem: SchedulingProblem): string[] {
  if (!/^(?:volume|claim)/.test(problem.reason)) return [];
  const names = problem.subject === null ? claimNames(pod) : [problem.subject];
  return names.slice(0, 3).map((name) => kubectl.describe(pod.namespace, 'persistentvolumeclaim', name));
}

/** What the storage says about the claim, from the claim's own events. */
function claimDetail(
  problem: SchedulingProblem,
  events: readonly EventFacts[],
): { text: string; evidence: Evidence; group: IncidentGroup | null } | null {
  if (problem.reason !== 'volumeUnbound' && problem.reason !== 'volumeSupply') return null;
  const event = claimTrouble(events);
  if (event === null) return null;
  return { text: claimWords(event), evidence: eventEvidence(event), group: storageClassGroup(event.message) };
}

function requestWords(pod: PodFacts, problems: readonly SchedulingProblem[]): string {
  const asked: string[] = [];
  for (const problem of problems) {
    if (problem.subject === null || (problem.reason !== 'resource' && problem.reason !== 'device')) continue;
    const amount = podRequest(pod, problem.subject);
    if (amount !== null) asked.push(`${amount} ${problem.subject}`);
  }
  return asked.length === 0 ? '' : `; the pod asks for ${enumerate([...new Set(asked)])}`;
}

/** F24: the pod belongs to one node, so the text is about that node. */
function daemonPod(
  pod: PodFacts,
  node: string,
  primary: SchedulingProblem,
  { problems, nodes }: Extract<FailedScheduling, { kind: 'parsed' }>,
  base: Base,
): Finding {
  // Schedulers before 1.20 asked the other nodes too before they saw that the pod is not theirs: then a count of some
  // leaves open which of them is meant.
  const isOwn = problems.every(({ nodes: counted }) => counted === null || counted === 1 || counted === nodes);
  const own = problems.map((problem) =>
    isOwn
      ? problemWords(pod, problem, 1).replace('the only node', `node ${node}`)
      : problemWords(pod, problem, nodes ?? 1),
  );
  const words = [...new Set(own)].join('; ');
  return {
    ...base,
    code: 'UnschedulableDaemonPod',
    message: `${isOwn ? capital(words) : `Node ${node} takes no pod: ${words}`}${requestWords(pod, problems)}`,
    commands: [kubectl.describePod(pod), kubectl.describeNode(node)],
    ...(isRoom(primary) ? {} : { remedy: causes[codes[primary.reason]].remedy }),
    criticalAfterMs: escalationMs,
  };
}

function isRoom({ reason }: SchedulingProblem): boolean {
  return reason === 'resource' || reason === 'podLimit';
}

/** An autoscaler that helps or cannot, and victims that are leaving, change what the reader has to do. */
function withHelp(pod: PodFacts, finding: Finding, context: PodContext, now: number, alarm: Alarm): Finding | null {
  const recent = (reasons: readonly string[]): EventFacts | null =>
    newestOf(recentEvents(context.events, { reasons }, scaleUpMs, now, alarm));
  const helped = recent(['TriggeredScaleUp', 'Nominated']);
  const refused = recent(['NotTriggerScaleUp', 'FailedScaleUp', 'FailedScheduling']);
  const isRefused = refused !== null && (refused.reason !== 'FailedScheduling' || refused.source === 'karpenter');
  const notes = concludeNote(finding, now, alarm);
  const underlying = { ...finding, notes, group: null };
  if (helped !== null && !(isRefused && refused.lastAt > helped.lastAt)) {
    return {
      ...without(underlying),
      code: 'ScaleUpRunning',
      message: `A new node is being added; ${lower(finding.message)}`,
      since: helped.lastAt,
      evidence: [eventEvidence(helped), ...finding.evidence],
    };
  }
  if (isRefused) {
    return {
      ...without(underlying),
      code: 'ScaleUpImpossible',
      message: `The autoscaler cannot help (${firstLine(refused.message)}); ${lower(finding.message)}`,
      since: refused.firstAt,
      evidence: [eventEvidence(refused), ...finding.evidence],
    };
  }
  // The node is named for a pod that only waits to be bound there, too.
  if (pod.nominatedNodeName !== null && leavesRoom.has(finding.code)) {
    return {
      ...without(underlying),
      code: 'PreemptionPending',
      message: `Pods of lower priority are leaving node ${pod.nominatedNodeName} to make room; ${lower(finding.message)}`,
      evidence: [
        fieldEvidence(pod, 'status.nominatedNodeName', pod.nominatedNodeName, finding.since),
        ...finding.evidence,
      ],
    };
  }
  return null;
}

/** What the end of other pods can give. */
const leavesRoom: ReadonlySet<CauseCode> = new Set<CauseCode>([
  'UnschedulableResources',
  'UnschedulableDevice',
  'UnschedulablePodLimit',
  'UnschedulableHostPort',
  'UnschedulablePodAffinity',
  'UnschedulableTopologySpread',
  'UnschedulableDaemonPod',
]);

/** The other code brings its own severity, grace and words. */
function without(finding: Finding): Finding {
  const { stage, code, message, since, evidence, commands, group, notes } = finding;
  return { stage, code, message, since, evidence, commands, group: group ?? null, notes: notes ?? [] };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function unreachable(value: never): never {
  throw new Error(`unexpected value ${String(value)}`);
}

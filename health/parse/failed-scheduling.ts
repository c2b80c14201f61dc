import { plainText } from './text.ts';

/**
 * The text of a scheduler that found no node, taken apart into node counts per reason.
 *
 *     0/5 nodes are available: 1 node(s) had untolerated taint(s), 4 Insufficient cpu. preemption: 0/5 nodes …
 *
 * Grammar: FitError.Error() of https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/scheduler/framework/types.go.
 * One node can give several reasons, so the counts may add up to more than all nodes: they are never summed.
 */

export type SchedulingReason =
  | 'resource'
  | 'device'
  | 'podLimit'
  | 'taint'
  | 'nodeTrouble'
  /** Taints that are no trouble: of the control plane, or of a node that is still booting. */
  | 'expectedTaint'
  | 'cordoned'
  | 'nodeAffinity'
  | 'podAffinity'
  | 'topologySpread'
  | 'hostPort'
  | 'volumeUnbound'
  | 'claimMissing'
  | 'volumeZone'
  | 'volumeSupply'
  | 'volumeInUse'
  | 'deviceClaim'
  | 'other';

export interface SchedulingProblem {
  readonly reason: SchedulingReason;
  /** Null when the text is about the pod and so about every node. */
  readonly nodes: number | null;
  /** Name of the resource, key of the taint or name of the claim; null when the text names none. */
  readonly subject: string | null;
  readonly text: string;
}

export type FailedScheduling =
  | {
      readonly kind: 'parsed';
      /** Null when the text is about the pod alone, or does not say how many nodes there are. */
      readonly nodes: number | null;
      /** In the order of the text. */
      readonly problems: readonly SchedulingProblem[];
      /** What the scheduler says about pushing other pods out; null when it says nothing. */
      readonly preemption: string | null;
      readonly text: string;
    }
  /** Another scheduler or another version. */
  | { readonly kind: 'raw'; readonly text: string };

/** Beginnings of what PostFilter plugins append. */
const tails = [
  ' preemption: ',
  ' no new claims to deallocate',
  ' deallocation of ResourceClaim completed',
  ' deletion of ResourceClaim completed',
  ' still not schedulable',
  ' plugin disabled',
];

/**
 * @param isPinned the pod belongs to one node (DaemonSet): what the other nodes say about affinity is left out
 */
export function parseFailedScheduling(message: string, isPinned = false): FailedScheduling {
  const text = plainText(message);
  if (/^no nodes available to schedule pods/i.test(text)) {
    return { kind: 'parsed', nodes: 0, problems: [], preemption: null, text };
  }
  const head = /^0\/(\d{1,6}) nodes are available(?::|\.|$)/.exec(text);
  if (head === null) return byPredicates(text) ?? ofPodAlone(text) ?? { kind: 'raw', text };
  const nodes = Number(head[1]);
  let body = text.slice(head[0].length);
  let preemption: string | null = null;
  const cutAt = earliest(body, tails);
  if (cutAt >= 0) {
    preemption = preemptionText(body.slice(cutAt));
    body = body.slice(0, cutAt);
  }
  const problems: SchedulingProblem[] = [];
  for (const piece of pieces(body)) {
    const problem = problemOf(piece);
    if (!isPinned || !isNoiseOfPinnedPod(problem, nodes)) problems.push(problem);
  }
  return { kind: 'parsed', nodes, problems, preemption, text };
}

/**
 * Schedulers before 1.9 counted the predicates that failed, and those before 1.5 told them node by node:
 *
 *     No nodes are available that match all of the predicates: Insufficient cpu (4), MatchNodeSelector (1).
 *     pod (web-1) failed to fit in any node\nfit failure summary on nodes : PodFitsHostPorts (2)
 *     pod (web-1) failed to fit in any node\nfit failure on node (a): Insufficient cpu, MatchNodeSelector\n…
 *
 * https://github.com/kubernetes/kubernetes/blob/v1.8.15/plugin/pkg/scheduler/core/generic_scheduler.go
 */
function byPredicates(text: string): FailedScheduling | null {
  const told = /^(?:No nodes are available that match all of the|pod \(\S+\) failed to fit in any node)/.exec(text);
  if (told === null) return null;
  const plain = text.replace(
    /Node didn't have enough resource: (\w+), requested: \d+, used: \d+, capacity: \d+/g,
    (_, resource: string) => `Insufficient ${resource.toLowerCase()}`,
  );
  const problems: SchedulingProblem[] = [];
  const byNode = [...plain.matchAll(/fit failure on node \(([^)\s]*)\): ([^\n]*)/g)];
  const counts = new Map<string, number>();
  for (const [, , reasons = ''] of byNode) {
    for (const reason of reasons.split(', ')) counts.set(reason.trim(), (counts.get(reason.trim()) ?? 0) + 1);
  }
  const summary = /(?:predicates::? |on nodes ?: ?)(.*)$/s.exec(plain)?.[1] ?? '';
  for (const [, reason = '', count] of summary.matchAll(/([^,()]+) \((\d{1,6})\)/g)) {
    counts.set(reason.trim(), Number(count));
  }
  for (const [reason, nodes] of counts) problems.push({ ...classify(reason), nodes, text: reason });
  return problems.length === 0
    ? null
    : { kind: 'parsed', nodes: byNode.length || null, problems, preemption: null, text };
}

/**
 * A PreFilter that refuses the pod itself; schedulers before 1.19 wrote it without the count of nodes.
 * https://github.com/kubernetes/kubernetes/blob/v1.18.20/pkg/scheduler/core/generic_scheduler.go
 */
function ofPodAlone(text: string): FailedScheduling | null {
  const said = text
    .replace(/^(?:error while )?running "[^"]*" filter plugin for pod "[^"]*": /, '')
    .replace(/ \(repeated \d+ times\)$/, '');
  const problem = problemOf(said);
  if (!/^(?:volumeUnbound|claimMissing|deviceClaim)$/.test(problem.reason)) return null;
  return { kind: 'parsed', nodes: null, problems: [problem], preemption: null, text };
}

function earliest(text: string, marks: readonly string[]): number {
  let first = -1;
  for (const mark of marks) {
    const at = text.indexOf(mark);
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  return first;
}

/** `preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.` → the last clause. */
function preemptionText(tail: string): string | null {
  const at = tail.indexOf('preemption: ');
  if (at < 0) return null;
  const said = tail
    .slice(at + 'preemption: '.length)
    .replace(/^0\/\d{1,6} nodes are available:?\s*/, '')
    .replace(/\.$/, '')
    .trim();
  return said === '' ? null : said;
}

/** Old taint texts contain a comma of their own: only a comma before a count divides. */
function pieces(body: string): string[] {
  const trimmed = body.trim().replace(/\.$/, '');
  return trimmed === '' ? [] : trimmed.split(/,\s+(?=\d{1,6}\s)/);
}

function problemOf(piece: string): SchedulingProblem {
  const counted = /^(\d{1,6})\s+(.*)$/s.exec(piece.trim());
  const text = (counted?.[2] ?? piece).trim();
  const nodes = counted === null ? null : Number(counted[1]);
  return { ...classify(text), nodes, text };
}

const nodeTroubleTaints = new Set([
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/disk-pressure',
  'node.kubernetes.io/memory-pressure',
  'node.kubernetes.io/pid-pressure',
  'node.kubernetes.io/network-unavailable',
]);

const expectedTaints = new Set([
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/master',
  'node.cloudprovider.kubernetes.io/uninitialized',
]);

const plainResources = /^(?:cpu|memory|ephemeral-storage|storage|hugepages-\S+)$/;

type Class = Pick<SchedulingProblem, 'reason' | 'subject'>;

function classify(text: string): Class {
  if (text === 'Too many pods' || text === 'Insufficient pods') return { reason: 'podLimit', subject: null };
  const insufficient = /^Insufficient (\S+)/.exec(text);
  if (insufficient !== null) {
    const resource = insufficient[1] ?? '';
    return { reason: plainResources.test(resource) ? 'resource' : 'device', subject: resource };
  }
  if (/untolerated taint|had taint/.test(text)) return taint(text);
  const predicate = predicates[text];
  if (predicate !== undefined) return predicate;
  for (const [pattern, reason] of texts) {
    if (pattern.test(text)) return { reason, subject: null };
  }
  const claim = /persistentvolumeclaim "?([^\s"]+)"? (?:not found|is being deleted|bound to non-existent)/i.exec(text);
  if (claim !== null) return { reason: 'claimMissing', subject: claim[1] ?? null };
  return { reason: 'other', subject: null };
}

const ofNode = (subject: string): Class => ({ reason: 'nodeTrouble', subject: `node.kubernetes.io/${subject}` });

/** Names of predicates, which stood for what a node said until 1.10. */
const predicates: Readonly<Record<string, Class>> = {
  MatchNodeSelector: { reason: 'nodeAffinity', subject: null },
  HostName: { reason: 'nodeAffinity', subject: null },
  PodToleratesNodeTaints: { reason: 'taint', subject: null },
  PodFitsHostPorts: { reason: 'hostPort', subject: null },
  MatchInterPodAffinity: { reason: 'podAffinity', subject: null },
  NoVolumeZoneConflict: { reason: 'volumeZone', subject: null },
  NoVolumeNodeConflict: { reason: 'volumeZone', subject: null },
  VolumeNodeAffinityConflict: { reason: 'volumeZone', subject: null },
  NoDiskConflict: { reason: 'volumeSupply', subject: null },
  MaxVolumeCount: { reason: 'volumeSupply', subject: null },
  VolumeBindingNoMatch: { reason: 'volumeSupply', subject: null },
  NodeUnschedulable: { reason: 'cordoned', subject: null },
  NodeNotReady: ofNode('not-ready'),
  NodeUnknownCondition: ofNode('unreachable'),
  NodeOutOfDisk: ofNode('disk-pressure'),
  NodeUnderDiskPressure: ofNode('disk-pressure'),
  NodeUnderMemoryPressure: ofNode('memory-pressure'),
  NodeNetworkUnavailable: ofNode('network-unavailable'),
};

function taint(text: string): Class {
  const key = /taint \{([^:}\s]+)/.exec(text)?.[1] ?? null;
  if (key === null) return { reason: 'taint', subject: null };
  if (key === 'node.kubernetes.io/unschedulable') return { reason: 'cordoned', subject: key };
  if (nodeTroubleTaints.has(key)) return { reason: 'nodeTrouble', subject: key };
  if (expectedTaints.has(key)) return { reason: 'expectedTaint', subject: key };
  return { reason: 'taint', subject: key };
}

const texts: readonly (readonly [RegExp, SchedulingReason])[] = [
  [/were unschedulable/, 'cordoned'],
  [/had taints? that the pod didn't tolerate/, 'taint'],
  [/had unknown conditions|were not ready|were out of disk/, 'nodeTrouble'],
  [/volume node affinity conflict|PersistentVolume's node affinity|no available volume zone/, 'volumeZone'],
  [/topology spread constraints/, 'topologySpread'],
  [/pod (?:anti-)?affinity|pods anti-affinity|affinity\/anti-affinity/, 'podAffinity'],
  [/node affinity|node selector|requested node name|satisfy plugin|Pod's required features/, 'nodeAffinity'],
  [/free ports for the requested pod ports/, 'hostPort'],
  [/ReadWriteOncePod/, 'volumeInUse'],
  [/unbound (?:immediate )?PersistentVolumeClaims|waiting for ephemeral volume controller/, 'volumeUnbound'],
  [
    /available persistent volumes to bind|enough free storage|non-existent pv|max volume count|no available disk/,
    'volumeSupply',
  ],
  [/cannot allocate all claims|resource ?claim|device class/i, 'deviceClaim'],
];

/** The other nodes only say that the pod is not theirs. */
function isNoiseOfPinnedPod(problem: SchedulingProblem, nodes: number): boolean {
  const isElsewhere = problem.reason === 'nodeAffinity' || /filtered out by the prefilter/.test(problem.text);
  return isElsewhere && problem.nodes !== null && problem.nodes === nodes - 1;
}

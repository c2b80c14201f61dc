import assert from 'node:assert/strict';
import test from 'node:test';
import { parseFailedScheduling, type SchedulingReason } from './failed-scheduling.ts';

type Problem = readonly [reason: SchedulingReason, nodes: number | null, subject: string | null];

const texts: readonly (readonly [name: string, text: string, nodes: number, problems: readonly Problem[]])[] = [
  [
    'resources of 1.36, several reasons on one node',
    '0/5 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu, 4 Insufficient memory. no new claims to deallocate, preemption: 0/5 nodes are available: 1 Preemption is not helpful for scheduling, 4 No preemption victims found for incoming pod.',
    5,
    [
      ['taint', 1, null],
      ['resource', 3, 'cpu'],
      ['resource', 4, 'memory'],
    ],
  ],
  [
    'taints with their keys, as before 1.36',
    '0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) had untolerated taint {dedicated: gpu}, 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.',
    4,
    [
      ['expectedTaint', 1, 'node-role.kubernetes.io/control-plane'],
      ['taint', 2, 'dedicated'],
      ['nodeTrouble', 1, 'node.kubernetes.io/not-ready'],
    ],
  ],
  [
    'the comma inside an old taint text divides nothing',
    "0/3 nodes are available: 1 node(s) had taint {node.kubernetes.io/disk-pressure: }, that the pod didn't tolerate, 2 Insufficient cpu.",
    3,
    [
      ['nodeTrouble', 1, 'node.kubernetes.io/disk-pressure'],
      ['resource', 2, 'cpu'],
    ],
  ],
  [
    'extended resources, pod limit and ephemeral storage',
    '0/3 nodes are available: 1 Insufficient ephemeral-storage, 1 Insufficient nvidia.com/gpu, 1 Too many pods.',
    3,
    [
      ['resource', 1, 'ephemeral-storage'],
      ['device', 1, 'nvidia.com/gpu'],
      ['podLimit', 1, null],
    ],
  ],
  [
    'a PreFilter text has no count and is about every node',
    '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    2,
    [['volumeUnbound', null, null]],
  ],
  [
    'a claim that does not exist',
    '0/2 nodes are available: persistentvolumeclaim "data-db-0" not found. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    2,
    [['claimMissing', null, 'data-db-0']],
  ],
  [
    'a claim that is being deleted',
    '0/2 nodes are available: persistentvolumeclaim "data" is being deleted.',
    2,
    [['claimMissing', null, 'data']],
  ],
  [
    'affinity of every sort',
    "0/6 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) didn't match pod affinity rules, 1 node(s) didn't match pod anti-affinity rules, 1 node(s) didn't satisfy existing pods anti-affinity rules, 2 node(s) didn't match pod topology spread constraints (missing required label).",
    6,
    [
      ['nodeAffinity', 1, null],
      ['podAffinity', 1, null],
      ['podAffinity', 1, null],
      ['podAffinity', 1, null],
      ['topologySpread', 2, null],
    ],
  ],
  [
    'volumes',
    "0/7 nodes are available: 1 node(s) had volume node affinity conflict, 1 node(s) didn't match PersistentVolume's node affinity, 1 node(s) had no available volume zone, 2 node(s) didn't find available persistent volumes to bind, 1 node(s) exceed max volume count, 1 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod.",
    7,
    [
      ['volumeZone', 1, null],
      ['volumeZone', 1, null],
      ['volumeZone', 1, null],
      ['volumeSupply', 2, null],
      ['volumeSupply', 1, null],
      ['volumeInUse', 1, null],
    ],
  ],
  [
    'host ports, cordons, claims of devices',
    "0/4 nodes are available: 2 node(s) didn't have free ports for the requested pod ports, 1 node(s) were unschedulable, 1 cannot allocate all claims.",
    4,
    [
      ['hostPort', 2, null],
      ['cordoned', 1, null],
      ['deviceClaim', 1, null],
    ],
  ],
  [
    'merged events',
    '(combined from similar events): 0/1 nodes are available: 1 Insufficient cpu.',
    1,
    [['resource', 1, 'cpu']],
  ],
  [
    'recorded from kube-scheduler 1.36.3: a claim without a class',
    '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
    3,
    [['volumeUnbound', null, null]],
  ],
  [
    'recorded from kube-scheduler 1.36.3: a claim that does not exist',
    '0/3 nodes are available: persistentvolumeclaim "ghost" not found. not found',
    3,
    [['claimMissing', null, 'ghost']],
  ],
  [
    'recorded from kube-scheduler 1.36.3: a cordon and taints without keys',
    '0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    3,
    [
      ['cordoned', 1, null],
      ['taint', 2, null],
    ],
  ],
  ['no nodes at all', 'no nodes available to schedule pods', 0, []],
  [
    'a reason of a plugin that nobody knows',
    '0/2 nodes are available: 2 node(s) are haunted.',
    2,
    [['other', 2, null]],
  ],
];

for (const [name, text, nodes, problems] of texts) {
  test(`FailedScheduling: ${name}`, () => {
    const parsed = parseFailedScheduling(text);
    assert.equal(parsed.kind, 'parsed');
    if (parsed.kind !== 'parsed') return;
    assert.equal(parsed.nodes, nodes);
    assert.deepEqual(
      parsed.problems.map((one) => [one.reason, one.nodes, one.subject]),
      problems,
    );
  });
}

test('FailedScheduling: what preemption says is kept apart', () => {
  const text =
    '0/5 nodes are available: 5 Insufficient cpu. preemption: 0/5 nodes are available: 5 No preemption victims found for incoming pod.';
  const parsed = parseFailedScheduling(text);
  assert.equal(parsed.kind === 'parsed' && parsed.preemption, '5 No preemption victims found for incoming pod');
  const never = parseFailedScheduling(
    '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
  );
  assert.equal(never.kind === 'parsed' && never.preemption, 'not eligible due to preemptionPolicy=Never');
});

test('FailedScheduling: a pinned pod drops what the other nodes say, and only that', () => {
  const text =
    "0/3 nodes are available: 1 Insufficient memory, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: …";
  const pinned = parseFailedScheduling(text, true);
  assert.deepEqual(pinned.kind === 'parsed' && pinned.problems.map((one) => one.reason), ['resource']);
  const free = parseFailedScheduling(text, false);
  assert.deepEqual(free.kind === 'parsed' && free.problems.map((one) => one.reason), ['resource', 'nodeAffinity']);
  const filtered = parseFailedScheduling(
    '0/3 nodes are available: 1 Too many pods, 2 node is filtered out by the prefilter result.',
    true,
  );
  assert.deepEqual(filtered.kind === 'parsed' && filtered.problems.map((one) => one.reason), ['podLimit']);
  const all = parseFailedScheduling(
    "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    true,
  );
  assert.deepEqual(all.kind === 'parsed' && all.problems.map((one) => one.reason), ['nodeAffinity']);
});

test('FailedScheduling: other schedulers keep their words', () => {
  const text =
    'Failed to schedule pod, incompatible with nodepool "default", daemonset overhead={"cpu":"150m"}, no instance type satisfied resources';
  assert.deepEqual(parseFailedScheduling(text), { kind: 'raw', text });
});

test('a text about the pod alone, as older schedulers write it, counts no nodes', () => {
  const texts = [
    ['pod has unbound immediate PersistentVolumeClaims (repeated 3 times)', 'volumeUnbound', null],
    ['pod has unbound PersistentVolumeClaims (repeated 4 times)', 'volumeUnbound', null],
    [
      'error while running "VolumeBinding" filter plugin for pod "db-0": pod has unbound immediate PersistentVolumeClaims',
      'volumeUnbound',
      null,
    ],
    [
      'running "VolumeBinding" filter plugin for pod "web-0": pod has unbound immediate PersistentVolumeClaims',
      'volumeUnbound',
      null,
    ],
    ['persistentvolumeclaim "web-data" not found', 'claimMissing', 'web-data'],
    ['resourceclaim "gpu" not found', 'deviceClaim', null],
  ] as const;
  for (const [text, reason, subject] of texts) {
    const parsed = parseFailedScheduling(text);
    assert.ok(parsed.kind === 'parsed');
    assert.equal(parsed.nodes, null);
    assert.deepEqual(
      parsed.problems.map((one) => [one.reason, one.nodes, one.subject]),
      [[reason, null, subject]],
    );
  }
  assert.equal(parseFailedScheduling('all available instance types exceed limits').kind, 'raw');
});

const old: readonly (readonly [string, number | null, readonly (readonly [string, string | null, number])[]])[] = [
  [
    'No nodes are available that match all of the following predicates:: Insufficient cpu (9), MatchNodeSelector (18).',
    null,
    [
      ['resource', 'cpu', 9],
      ['nodeAffinity', null, 18],
    ],
  ],
  ['No nodes are available that match all of the predicates: PodToleratesNodeTaints (1).', null, [['taint', null, 1]]],
  [
    'pod (web-1) failed to fit in any node\nfit failure summary on nodes : Insufficient pods (2), PodFitsHostPorts (1)',
    null,
    [
      ['podLimit', null, 2],
      ['hostPort', null, 1],
    ],
  ],
  [
    "pod (web-1) failed to fit in any node\n  fit failure on node (a): Node didn't have enough resource: CPU, requested: 1000, used: 1420, capacity: 2000, MatchNodeSelector\n  fit failure on node (b): Node didn't have enough resource: CPU, requested: 1000, used: 1100, capacity: 2000",
    2,
    [
      ['resource', 'cpu', 2],
      ['nodeAffinity', null, 1],
    ],
  ],
  [
    '0/4 nodes are available: 1 Insufficient cpu, 1 NodeUnschedulable, 3 NodeUnderMemoryPressure.',
    4,
    [
      ['resource', 'cpu', 1],
      ['cordoned', null, 1],
      ['nodeTrouble', 'node.kubernetes.io/memory-pressure', 3],
    ],
  ],
];

for (const [text, nodes, expected] of old) {
  test(`an old scheduler: ${text.slice(0, 90)}`, () => {
    const parsed = parseFailedScheduling(text);
    assert.ok(parsed.kind === 'parsed');
    assert.equal(parsed.nodes, nodes);
    assert.deepEqual(
      parsed.problems.map((problem) => [problem.reason, problem.subject, problem.nodes]),
      expected,
    );
  });
}

test('an old scheduler that names no predicate is quoted', () => {
  assert.equal(parseFailedScheduling('pod (web-1) failed to fit in any node').kind, 'raw');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workloadKey } from '../../health/workload.ts';
import { SpecPartPool } from '../cache/intern-pool.ts';
import type { PackedPod } from '../cache/packed-pod.ts';
import { PodProjection } from '../cache/project-pod.ts';
import { NodeLoss } from './node-loss.ts';

const projection = new PodProjection(new SpecPartPool());
const start = Date.UTC(2026, 0, 1);

interface PodOptions {
  readonly node?: string;
  readonly lostReadyAfterSeconds?: number;
  readonly containersReady?: boolean;
  readonly gates?: readonly string[];
}

function pod(workload: string, name: string, options: PodOptions = {}): PackedPod {
  const { node = 'node-1', lostReadyAfterSeconds, containersReady = true, gates = [] } = options;
  const at = new Date(start + (lostReadyAfterSeconds ?? 0) * 1000).toISOString();
  const ready = lostReadyAfterSeconds === undefined ? 'True' : 'False';
  const projected = projection.project({
    metadata: { namespace: 'shop', name, uid: `uid-${name}-${ready}`, resourceVersion: '1' },
    raw: {
      metadata: { ownerReferences: [{ kind: 'DaemonSet', name: workload, uid: workload, controller: true }] },
      spec: { nodeName: node, readinessGates: gates.map((conditionType) => ({ conditionType })) },
      status: {
        phase: 'Running',
        conditions: [
          { type: 'Ready', status: ready, lastTransitionTime: at },
          { type: 'ContainersReady', status: containersReady ? 'True' : 'False', lastTransitionTime: at },
        ],
      },
    },
  });
  assert.ok(projected !== null);
  return projected;
}

const newNodeLoss = () =>
  new NodeLoss(({ namespace, owner }) => workloadKey(namespace, 'DaemonSet', owner?.name ?? ''));

test('pods of two workloads that lose Ready together tell a lost node, and its return', () => {
  const nodes = newNodeLoss();
  const lost = [
    pod('a', 'a-1', { lostReadyAfterSeconds: 10 }),
    pod('b', 'b-1', { lostReadyAfterSeconds: 11 }),
  ] as const;
  assert.equal(nodes.observe({ previous: pod('a', 'a-1'), current: lost[0] }), null);
  assert.deepEqual([...nodes.lostNodes], []);
  assert.equal(nodes.observe({ previous: pod('b', 'b-1'), current: lost[1] }), 'node-1');
  assert.deepEqual([...nodes.lostNodes], ['node-1']);
  assert.equal(nodes.observe({ previous: lost[0], current: pod('a', 'a-1') }), 'node-1');
  assert.deepEqual([...nodes.lostNodes], []);
  assert.equal(nodes.observe({ previous: lost[1], current: null }), null);
});

const alone: readonly (readonly [what: string, pods: readonly PackedPod[]])[] = [
  [
    'two pods of one workload',
    [pod('a', 'a-1', { lostReadyAfterSeconds: 1 }), pod('a', 'a-2', { lostReadyAfterSeconds: 1 })],
  ],
  [
    'pods on different nodes',
    [pod('a', 'a-1', { lostReadyAfterSeconds: 1 }), pod('b', 'b-1', { lostReadyAfterSeconds: 1, node: 'node-2' })],
  ],
  [
    'pods an hour apart',
    [pod('a', 'a-1', { lostReadyAfterSeconds: 1 }), pod('b', 'b-1', { lostReadyAfterSeconds: 3_600 })],
  ],
  [
    'pods whose containers fail',
    [
      pod('a', 'a-1', { lostReadyAfterSeconds: 1, containersReady: false }),
      pod('b', 'b-1', { lostReadyAfterSeconds: 1, containersReady: false }),
    ],
  ],
  [
    'pods behind a readiness gate',
    [
      pod('a', 'a-1', { lostReadyAfterSeconds: 1, gates: ['x'] }),
      pod('b', 'b-1', { lostReadyAfterSeconds: 1, gates: ['x'] }),
    ],
  ],
];
for (const [what, pods] of alone) {
  test(`${what} tell nothing about a node`, () => {
    const nodes = newNodeLoss();
    for (const current of pods) assert.equal(nodes.observe({ previous: null, current }), null);
    assert.deepEqual([...nodes.lostNodes], []);
  });
}

test('pods whose workload becomes known later are counted then', () => {
  let known = false;
  const nodes = new NodeLoss(({ owner }) => (known ? workloadKey('shop', 'DaemonSet', owner?.name ?? '') : null));
  for (const name of ['a', 'b'])
    nodes.observe({ previous: null, current: pod(name, `${name}-1`, { lostReadyAfterSeconds: 1 }) });
  assert.deepEqual([...nodes.lostNodes], []);
  known = true;
  assert.deepEqual(nodes.recheck(), ['node-1']);
  assert.deepEqual([...nodes.lostNodes], ['node-1']);
});

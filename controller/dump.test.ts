import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assessDump, DumpError } from './dump.ts';

const now = Date.parse('2026-01-01T12:00:00Z');

function deployment(name: string, app: string, replicas = 1): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { replicas, selector: { matchLabels: { name } }, ...templateOf(name, app) },
    status: { observedGeneration: 1, replicas, updatedReplicas: replicas },
  };
}

function templateOf(name: string, app: string): object {
  return { template: { metadata: { labels: { name, app } }, spec: { containers: [{ name: 'app', image: 'i' }] } } };
}

function replicaSet(name: string): object {
  return {
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-1`,
      namespace: 'shop',
      uid: `uid-rs-${name}`,
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      ownerReferences: [{ kind: 'Deployment', name, uid: `uid-${name}`, controller: true }],
    },
  };
}

function pod(name: string, app: string, ready: boolean): object {
  const at = '2026-01-01T10:00:00Z';
  const status = ready ? 'True' : 'False';
  return {
    kind: 'Pod',
    metadata: {
      name: `${name}-1-a`,
      namespace: 'shop',
      uid: `uid-pod-${name}`,
      labels: { name, app },
      creationTimestamp: at,
      ownerReferences: [{ kind: 'ReplicaSet', name: `${name}-1`, uid: `uid-rs-${name}`, controller: true }],
    },
    spec: { nodeName: 'n', containers: [{ name: 'app', image: 'i' }] },
    status: {
      phase: 'Running',
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
        type,
        status: type === 'PodScheduled' || type === 'Initialized' ? 'True' : status,
        lastTransitionTime: at,
      })),
      containerStatuses: [
        { name: 'app', ready, started: true, restartCount: 0, state: { running: { startedAt: at } } },
      ],
    },
  };
}

const service = {
  kind: 'Service',
  metadata: { name: 'front', namespace: 'shop', uid: 's', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { type: 'ClusterIP', selector: { app: 'front' }, ports: [] },
};

const codesOf = (documents: readonly unknown[], key: string): readonly string[] => {
  const found = assessDump(documents, now).verdicts.find(({ snapshot }) => snapshot.key === key);
  assert.ok(found !== undefined, `${key} is not in the dump`);
  return found.snapshot.causes.map(({ code }) => code);
};

test('a Service without a ready pod is told of, unless another workload keeps it alive', () => {
  const sick = [deployment('blue', 'front'), replicaSet('blue'), pod('blue', 'front', false), service];
  assert.ok(codesOf(sick, 'shop/Deployment/blue').includes('ServiceWithoutReadyPods'));
  const saved = [...sick, deployment('green', 'front'), replicaSet('green'), pod('green', 'front', true)];
  assert.ok(!codesOf(saved, 'shop/Deployment/blue').includes('ServiceWithoutReadyPods'));
});

test('pods of another workload are foreign by every expression of the selector', () => {
  const select = (matchExpressions: readonly object[]): object => ({
    ...deployment('blue', 'front'),
    spec: { ...templateOf('blue', 'front'), selector: { matchExpressions } },
  });
  const beside = [replicaSet('blue'), deployment('green', 'front'), replicaSet('green'), pod('green', 'front', true)];
  const inFront = { key: 'app', operator: 'In', values: ['back', 'front'] };
  for (const [expressions, isForeign] of [
    [[inFront], true],
    [[inFront, { key: 'name', operator: 'NotIn', values: ['green'] }], false],
    [[inFront, { key: 'name', operator: 'Exists' }], true],
    [[inFront, { key: 'name', operator: 'DoesNotExist' }], false],
    [[inFront, { key: 'name', operator: 'Later', values: ['green'] }], false],
    [[{ key: 'app', operator: 'In', values: ['back'] }], false],
  ] as const) {
    const codes = codesOf([select(expressions), ...beside], 'shop/Deployment/blue');
    assert.equal(codes.includes('ForeignPods'), isForeign, JSON.stringify(expressions));
  }
});

test('what a dump lacks is not supplied, which is not the same as absent', () => {
  const report = assessDump([deployment('blue', 'front', 2)], now);
  assert.deepEqual(report.notSupplied, ['pods', 'replicasets', 'events', 'services']);
  assert.equal(report.verdicts.length, 1);
});

test('lists, typed lists and hand-made objects without uid are read; other kinds are counted', () => {
  const list = { kind: 'List', items: [deployment('a', 'x'), { kind: 'ConfigMap', metadata: { name: 'c' } }] };
  const typed = { kind: 'DaemonSetList', items: [{ metadata: { name: 'agent' }, spec: {}, status: {} }] };
  const report = assessDump([list, typed], now);
  assert.deepEqual(report.verdicts.map(({ snapshot }) => snapshot.key).sort(), [
    'default/DaemonSet/agent',
    'shop/Deployment/a',
  ]);
  assert.deepEqual([...report.ignored], [['ConfigMap', 1]]);
  assert.equal(report.newestAt, Date.parse('2026-01-01T00:00:00Z'));
});

test('a document that is no object is refused by its number', () => {
  assert.throws(
    () => assessDump(['text'], now),
    (error) => error instanceof DumpError && /Document 1 holds a string/.test(error.message),
  );
  assert.throws(() => assessDump([{ kind: 'Pod', metadata: {} }], now), /Document 1 holds a Pod without metadata.name/);
});

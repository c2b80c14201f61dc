import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerReference, readyStatus, startControllerBench } from '../../test/support/controller-bench.ts';
import { RecordingStore } from '../../test/support/recording-store.ts';
import type { RolloutRecord } from '../../store/store.ts';
import type { SimulatedCluster } from '../../simulator/simulator.ts';

/** The newest record of each rollout, in the order of their beginning. */
function rolloutsOf(store: RecordingStore): readonly RolloutRecord[] {
  const byStart = new Map(
    store.recordedRollouts.map((rollout) => [`${rollout.revision}@${rollout.startedAt}`, rollout]),
  );
  return [...byStart.values()].sort((left, right) => left.startedAt - right.startedAt);
}

function summary(store: RecordingStore): readonly string[] {
  return rolloutsOf(store).map(({ revision, outcome }) => `${revision} ${outcome}`);
}

/** What the Deployment controller does when the template changes: a new ReplicaSet, or an old one taken up again. */
function rollOut(cluster: SimulatedCluster, revision: number, image: string, replicaSet: string): void {
  const { store } = cluster;
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image, env: [{ name: 'PASSWORD', value: `secret ${image}` }] }] },
  };
  const deployment = store.update('deployments', 'shop', 'web', (body) => ({
    ...body,
    metadata: { ...body.metadata, annotations: { 'deployment.kubernetes.io/revision': String(revision) } },
    spec: { ...(body['spec'] as object), template },
    status: { observedGeneration: 99, replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 },
  }));
  const annotations = { 'deployment.kubernetes.io/revision': String(revision) };
  if (store.get('replicasets', 'shop', replicaSet) === null) {
    store.create('replicasets', {
      metadata: {
        name: replicaSet,
        namespace: 'shop',
        annotations,
        ownerReferences: [ownerReference('Deployment', 'web', deployment.uid)],
      },
      spec: { template },
    });
  } else {
    store.update('replicasets', 'shop', replicaSet, (body) => ({
      ...body,
      metadata: { ...body.metadata, annotations },
    }));
  }
  const owner = store.get('replicasets', 'shop', replicaSet);
  store.create('pods', {
    metadata: {
      name: `${replicaSet}-new-${revision}`,
      namespace: 'shop',
      ownerReferences: [ownerReference('ReplicaSet', replicaSet, owner?.uid ?? '')],
    },
    spec: { nodeName: 'node-1', ...template.spec },
    status: { phase: 'Pending' },
  });
}

/** The rollout ends: only pods of the newest ReplicaSet, all ready. */
function finish(cluster: SimulatedCluster, replicaSet: string): void {
  const { store, clock } = cluster;
  for (const { name } of store.list('pods')) store.delete('pods', 'shop', name);
  const uid = store.get('replicasets', 'shop', replicaSet)?.uid ?? '';
  for (const index of [0, 1]) {
    store.create('pods', {
      metadata: {
        name: `${replicaSet}-${clock.now()}-${index}`,
        namespace: 'shop',
        ownerReferences: [ownerReference('ReplicaSet', replicaSet, uid)],
      },
      spec: { nodeName: 'node-1', containers: [{ name: 'app' }] },
      status: readyStatus(new Date(clock.now()).toISOString()),
    });
  }
  store.patchStatus('deployments', 'shop', 'web', {
    observedGeneration: 99,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
  });
}

test('a rollout is told with what it changed, values redacted, and ends complete', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  await bench.pass(60_000);
  assert.deepEqual(summary(bench.store), ['1 complete']);
  rollOut(bench.cluster, 2, 'shop/web:2', 'web-2');
  await bench.pass(5_000);
  assert.deepEqual(summary(bench.store), ['1 complete', '2 inProgress']);
  const running = rolloutsOf(bench.store).at(-1);
  assert.deepEqual(running?.changes.map(({ path, from, to, redacted }) => [path, from, to, redacted]).slice(0, 1), [
    ['containers[app].image', 'shop/web:1', 'shop/web:2', false],
  ]);
  assert.ok(!JSON.stringify(bench.store.recordedRollouts).includes('secret'), 'a value left the projection');
  finish(bench.cluster, 'web-2');
  await bench.pass(5_000);
  assert.deepEqual(summary(bench.store), ['1 complete', '2 complete']);
  const finished = rolloutsOf(bench.store).at(-1);
  assert.deepEqual(finished?.images, ['shop/web:2']);
  assert.equal(finished?.changes.length, running?.changes.length);
  assert.ok((finished?.finishedAt ?? 0) > (finished?.startedAt ?? 0));
});

test('templates are asked for once for each rollout, and for no workload that is at rest', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment }) => {
      deployment('web');
      deployment('api');
    },
  });
  const fetched = () =>
    bench.cluster.api.requests.filter(({ verb, resource }) => verb === 'get' && resource === 'replicasets').length;
  await bench.pass(60_000);
  assert.equal(fetched(), 0);
  rollOut(bench.cluster, 2, 'shop/web:2', 'web-2');
  await bench.pass(120_000);
  assert.equal(fetched(), 2);
});

test('a rollout that is undone is rolled back, and one that is overtaken is superseded', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  await bench.pass(60_000);
  rollOut(bench.cluster, 2, 'shop/web:2', 'web-2');
  await bench.pass(10_000);
  rollOut(bench.cluster, 3, 'shop/web:3', 'web-3');
  await bench.pass(10_000);
  assert.deepEqual(summary(bench.store), ['1 complete', '2 superseded', '3 inProgress']);
  // `kubectl rollout undo --to-revision=1`: the first ReplicaSet comes back as revision 4.
  rollOut(bench.cluster, 4, 'shop/web:1', 'web-1');
  await bench.pass(10_000);
  assert.deepEqual(summary(bench.store), ['1 complete', '2 superseded', '3 rolledBack', '4 inProgress']);
});

test('going back and forth: each return to an older template ends the rollout before it and begins now', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  await bench.pass(60_000);
  rollOut(bench.cluster, 2, 'shop/web:2', 'web-2');
  await bench.pass(60_000);
  rollOut(bench.cluster, 3, 'shop/web:1', 'web-1');
  await bench.pass(60_000);
  const beforeMs = bench.cluster.clock.now();
  rollOut(bench.cluster, 4, 'shop/web:2', 'web-2');
  await bench.pass(60_000);
  assert.deepEqual(
    rolloutsOf(bench.store).map(({ revision, outcome }) => `${revision} ${outcome}`),
    ['1 complete', '2 rolledBack', '3 rolledBack', '4 inProgress'],
  );
  assert.ok((rolloutsOf(bench.store).at(-1)?.startedAt ?? 0) >= beforeMs);
});

test('a change of a template without a pod is complete as it begins', async () => {
  await using bench = await startControllerBench({
    prepare: ({ cluster }) => {
      cluster.store.create('statefulsets', {
        metadata: { name: 'db', namespace: 'shop', generation: 1 },
        spec: { replicas: 0, template: { spec: { containers: [{ name: 'app', image: 'db:1' }] } } },
        status: { observedGeneration: 1, updateRevision: 'db-a', currentRevision: 'db-a' },
      });
    },
  });
  await bench.pass(10_000);
  bench.cluster.store.patchStatus('statefulsets', 'shop', 'db', { updateRevision: 'db-b' });
  await bench.pass(1_000);
  assert.deepEqual(summary(bench.store), ['db-a complete', 'db-b complete']);
});

test('scaling is no rollout', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  await bench.pass(60_000);
  bench.cluster.store.update('deployments', 'shop', 'web', (body) => ({
    ...body,
    spec: { ...(body['spec'] as object), replicas: 5 },
  }));
  await bench.pass(10_000);
  assert.deepEqual(summary(bench.store), ['1 complete']);
});

test('after a restart an open rollout goes on, with the changes that were known', async () => {
  const store = new RecordingStore();
  const change = { path: 'containers[app].image', from: 'shop/web:0', to: 'shop/web:1', redacted: false };
  await using first = await startControllerBench({ store, prepare: ({ deployment }) => deployment('web') });
  await first.stop();
  const [known] = rolloutsOf(store);
  assert.ok(known !== undefined);
  store.storedRollouts = [{ ...known, outcome: 'inProgress', finishedAt: null, changes: [change] }];
  // The snapshot is of the same workload: the server gives it the same uid again.
  const uid = first.cluster.store.get('deployments', 'shop', 'web')?.uid ?? '';
  store.recordedRollouts.length = 0;
  await using second = await startControllerBench({
    store,
    prepare: ({ deployment, cluster }) => {
      const create = cluster.store.create.bind(cluster.store);
      cluster.store.create = (resource, body) =>
        create(resource, resource === 'deployments' ? { ...body, metadata: { ...body.metadata, uid } } : body);
      deployment('web');
    },
  });
  await second.pass(5_000);
  assert.deepEqual(summary(store), ['1 complete']);
  assert.deepEqual(rolloutsOf(store)[0]?.changes, [change]);
});

test('the changes of a StatefulSet are told from the templates that were seen', async () => {
  await using bench = await startControllerBench({
    prepare: ({ cluster }) => {
      cluster.store.create('statefulsets', {
        metadata: { name: 'db', namespace: 'shop', generation: 1 },
        spec: { replicas: 0, template: { spec: { containers: [{ name: 'app', image: 'db:1' }] } } },
        status: { observedGeneration: 1, updateRevision: 'db-a', currentRevision: 'db-a' },
      });
    },
  });
  await bench.pass(10_000);
  bench.cluster.store.update('statefulsets', 'shop', 'db', (body) => ({
    ...body,
    spec: { replicas: 0, template: { spec: { containers: [{ name: 'app', image: 'db:2' }] } } },
  }));
  await bench.pass(1_000);
  bench.cluster.store.patchStatus('statefulsets', 'shop', 'db', { observedGeneration: 2, updateRevision: 'db-b' });
  await bench.pass(1_000);
  const [, second] = rolloutsOf(bench.store);
  assert.equal(second?.revision, 'db-b');
  assert.deepEqual(second?.changes, [{ path: 'containers[app].image', from: 'db:1', to: 'db:2', redacted: false }]);
});

test('the going of a workload is no rollout, and ends the one that ran', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  await bench.pass(60_000);
  rollOut(bench.cluster, 2, 'shop/web:2', 'web-2');
  await bench.pass(5_000);
  // A namespace takes what is in it in any order: here the newest ReplicaSet before its Deployment.
  bench.cluster.store.delete('replicasets', 'shop', 'web-2');
  await bench.pass(1_000);
  assert.deepEqual(summary(bench.store), ['1 complete', '2 inProgress']);
  bench.cluster.store.delete('deployments', 'shop', 'web');
  await bench.pass(1_000);
  assert.deepEqual(summary(bench.store), ['1 complete', '2 superseded']);
  assert.equal(rolloutsOf(bench.store).at(-1)?.finishedAt, bench.cluster.clock.now() - 1_000);
});

test('a workload that another one of its name replaces at once leaves no rollout open', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  await bench.pass(60_000);
  rollOut(bench.cluster, 2, 'shop/web:2', 'web-2');
  await bench.pass(5_000);
  const { store } = bench.cluster;
  store.delete('deployments', 'shop', 'web');
  const { uid } = store.create('deployments', {
    metadata: { name: 'web', namespace: 'shop', annotations: { 'deployment.kubernetes.io/revision': '1' } },
    spec: { replicas: 0, selector: { matchLabels: { app: 'web' } } },
  });
  store.create('replicasets', {
    metadata: {
      name: 'web-anew',
      namespace: 'shop',
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      ownerReferences: [ownerReference('Deployment', 'web', uid)],
    },
  });
  await bench.pass(1_000);
  assert.deepEqual(
    summary(bench.store).filter((one) => one.startsWith('2 ')),
    ['2 superseded'],
  );
});

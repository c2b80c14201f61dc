import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workloadKey } from '../health/workload.ts';
import {
  type ControllerBench,
  ownerReference,
  readyStatus,
  startControllerBench,
  unreadyConditions,
} from '../test/support/controller-bench.ts';
import { RecordingStore } from '../test/support/recording-store.ts';

const web = workloadKey('shop', 'Deployment', 'web');

test('an API server that is away at the start: the last picture stays, stale, until it is back', async () => {
  const store = new RecordingStore();
  const before = await startControllerBench({ store, prepare: ({ deployment }) => deployment('web') });
  await before.stop();
  await using bench = await startControllerBench({
    store,
    prepare: ({ deployment, transport }) => {
      deployment('web');
      transport.reachable = false;
    },
  });
  await bench.pass(60_000);
  assert.deepEqual(store.removed, []);
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy');
  assert.equal(bench.controller.isStale(web), true);
  assert.deepEqual([bench.controller.status().connected, bench.controller.status().synced], [false, false]);
  const marks = store.marks.length;
  bench.transport.reachable = true;
  await bench.pass(61_000);
  assert.equal(bench.controller.isStale(web), false);
  assert.ok(store.marks.length > marks, 'the time is watched again');
});

test('nothing is said to be watched while the cluster is away', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  bench.transport.reachable = false;
  bench.cluster.api.endWatches();
  await bench.pass(2_000);
  const { marks } = bench.store;
  const before = marks.length;
  await bench.pass(120_000);
  assert.equal(marks.length, before);
});

test('what was deleted while the connection was cut is found by the list after it, once', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment }) => {
      deployment('web');
      deployment('api');
    },
  });
  bench.transport.reachable = false;
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  bench.cluster.store.delete('deployments', 'shop', 'api');
  // What happened meanwhile is compacted: a watch cannot be gone on with.
  bench.cluster.store.compact();
  bench.transport.reachable = true;
  await bench.pass(120_000);
  assert.deepEqual(bench.store.removed, ['shop/Deployment/api']);
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy');
});

test('a right that is taken away parks its kind, is said, and comes back without help', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const { traits } = bench.cluster.api;
  traits.denied = [{ resource: 'deployments' }, { resource: 'pods' }];
  bench.cluster.api.endWatches();
  await bench.pass(60_000);
  const stateOf = (resource: string) =>
    bench.controller.status().watches.find((watch) => watch.resource === resource)?.state;
  assert.deepEqual(['deployments', 'pods', 'services'].map(stateOf), ['forbidden', 'forbidden', 'synced']);
  assert.deepEqual(bench.store.removed, []);
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy');
  assert.equal(bench.controller.isStale(web), true, 'what nobody may look at is not fresh');
  traits.denied = [];
  await bench.pass(600_000);
  assert.deepEqual(['deployments', 'pods', 'services'].map(stateOf), ['synced', 'synced', 'synced']);
  assert.equal(bench.controller.isStale(web), false);
});

test('a kind that may not be read is asked for again without a verdict that rests on what was known of it', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const { cluster, store } = bench;
  cluster.api.traits.denied = [{ resource: 'pods' }];
  cluster.api.endWatches();
  await bench.pass(5_000);
  cluster.store.patchStatus('deployments', 'shop', 'web', { readyReplicas: 0, availableReplicas: 0 });
  await bench.pass(300_000);
  assert.equal(
    bench.state('shop/Deployment/web'),
    'Down',
    'told from the counts, the pods that were known are not asked',
  );
  const states = new Set<string | null>();
  const put = store.put.bind(store);
  store.put = (...parts) => {
    states.add(parts[0].verdict.state);
    return put(...parts);
  };
  // Asked again, and no answer for as long as it is waited for; then a "no" again.
  cluster.api.faults.add({ type: 'hang', match: { resource: 'pods', verb: 'watch' } });
  for (let seconds = 0; seconds < 600; seconds += 5) {
    cluster.store.update('deployments', 'shop', 'web', (body) => body);
    await bench.pass(5_000);
    assert.equal(bench.controller.status().synced, true);
  }
  assert.deepEqual([...states], ['Down']);
});

test('with an allowlist a forbidden namespace hides no other, and one that does not exist is said', async () => {
  await using bench = await startControllerBench({
    namespaces: ['shop', 'bank', 'nosuch'],
    traits: { denied: [{ namespace: 'bank' }] },
    prepare: ({ deployment, cluster }) => {
      for (const name of ['shop', 'bank']) {
        cluster.store.create('namespaces', { metadata: { name }, status: { phase: 'Active' } });
        deployment('web', { namespace: name });
      }
    },
  });
  assert.deepEqual([...bench.store.snapshots.keys()], ['shop/Deployment/web']);
  assert.equal(bench.controller.status().synced, true);
  const { watches } = bench.controller.status();
  const missing = watches.find(({ resource, namespace }) => resource === 'namespaces' && namespace === 'nosuch');
  assert.deepEqual([missing?.state, missing?.message], ['unavailable', 'namespace nosuch does not exist']);
  assert.ok(
    watches
      .filter(({ resource, namespace }) => namespace === 'bank' && resource !== 'namespaces')
      .every(({ state }) => state === 'forbidden'),
  );
});

test('a namespace that is deleted with everything in it leaves nothing behind', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment, cluster }) => {
      cluster.store.create('namespaces', { metadata: { name: 'shop' }, status: { phase: 'Active' } });
      for (const name of ['web', 'api']) deployment(name);
    },
  });
  const { store } = bench.cluster;
  for (const resource of ['pods', 'replicasets', 'deployments'] as const) {
    for (const { name } of store.list(resource)) store.delete(resource, 'shop', name);
  }
  store.delete('namespaces', '', 'shop');
  await bench.pass(1_000);
  assert.deepEqual(bench.store.removed.toSorted(), ['shop/Deployment/api', 'shop/Deployment/web']);
  assert.equal(bench.store.snapshots.size, 0);
});

test('a Deployment that is deleted and made again under its name is another one', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const { store } = bench.cluster;
  const first = bench.store.snapshots.get(web)?.uid;
  for (const resource of ['deployments', 'replicasets', 'pods'] as const) {
    for (const { name } of store.list(resource)) store.delete(resource, 'shop', name);
  }
  bench.deployment('web');
  await bench.pass(1_000);
  const second = bench.store.snapshots.get(web);
  assert.notEqual(second?.uid, first);
  assert.equal(second?.verdict.state, 'Healthy');
  assert.equal(second?.podsTotal, 2);
});

test('an orphaned ReplicaSet keeps its pods away from the Deployment until that adopts it', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const { store } = bench.cluster;
  const uid = store.get('deployments', 'shop', 'web')?.uid ?? '';
  const setOwners = (ownerReferences: readonly object[]) =>
    store.update('replicasets', 'shop', 'web-1', (body) => ({
      ...body,
      metadata: { ...body.metadata, ownerReferences },
    }));
  setOwners([]);
  await bench.pass(1_000);
  assert.equal(bench.store.snapshots.get(web)?.podsTotal, 0);
  setOwners([ownerReference('Deployment', 'web', uid)]);
  await bench.pass(1_000);
  assert.equal(bench.store.snapshots.get(web)?.podsTotal, 2);
});

test('a wall clock that jumps by an hour stops nothing', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  for (const jump of [3_600_000, -7_200_000]) {
    bench.clock.stepWallClock(jump);
    await bench.pass(1_000);
    const { puts } = bench.store;
    bench.cluster.store.update('pods', 'shop', 'web-1-0', (body) => ({
      ...body,
      spec: { ...(body['spec'] as object) },
    }));
    await bench.pass(1_000);
    assert.ok(bench.store.puts > puts, `after a jump of ${jump} ms`);
    assert.equal(bench.controller.isStale(web), false);
  }
});

test('a wall clock that is set back makes nothing fresh that is away, nor stale that is there', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  bench.transport.reachable = false;
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  bench.clock.stepWallClock(-3_600_000);
  await bench.pass(4_000);
  assert.equal(bench.controller.isStale(web), false, 'away for nine seconds');
  await bench.pass(3_000);
  assert.equal(bench.controller.isStale(web), true, 'away for twelve');
  bench.transport.reachable = true;
  await bench.pass(60_000);
  assert.equal(bench.controller.isStale(web), false);
});

test('a watch that is away is told after 10 s, though another goes away meanwhile', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const { api } = bench.cluster;
  const startedAt = bench.clock.monotonic();
  const told: number[] = [];
  bench.controller.onStatus(() => {
    const { watches } = bench.controller.status();
    const stale = watches.filter(({ isStale }) => isStale).map(({ resource }) => resource);
    if (stale.length === 1 && told.length === 0) told.push(bench.clock.monotonic() - startedAt);
    if (stale.length === 2 && told.length === 1) told.push(bench.clock.monotonic() - startedAt);
  });
  for (const resource of ['pods', 'services'] as const) {
    api.faults.add({ type: 'answer', code: 500, match: { resource }, times: 0 });
    api.endWatches();
    await bench.pass(6_000);
  }
  await bench.pass(12_000);
  const [pods = 0, services = 0] = told;
  assert.ok(pods > 10_000 && pods < 11_500, `pods after ${pods} ms`);
  assert.ok(services > 16_000 && services < 17_500, `services after ${services} ms`);
});

test('a storm of events and of pod changes keeps the queue at one entry a workload and the events bounded', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment }) => {
      for (let index = 0; index < 5; index++) deployment(`web-${index}`);
    },
  });
  const { store } = bench.cluster;
  const pod = store.get('pods', 'shop', 'web-0-1-0');
  for (let index = 0; index < 5_000; index++) {
    store.create('events', {
      metadata: { name: `storm-${index}`, namespace: 'shop' },
      involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-0-1-0', uid: pod?.uid },
      type: 'Warning',
      reason: 'Unhealthy',
      message: `Readiness probe failed ${index}`,
      lastTimestamp: new Date(bench.clock.now()).toISOString(),
    });
    store.update('pods', 'shop', `web-${index % 5}-1-1`, (body) => body);
  }
  const { puts } = bench.store;
  await bench.pass(5_000);
  assert.ok(bench.store.puts - puts < 5_000, 'changes of one workload are looked at together');
  const events = bench.controller.status().watches.find(({ resource }) => resource === 'events');
  assert.equal(events?.objects, 20);
  assert.match(await bench.registry.metrics(), /^maintenant_cache_events_evicted_total 4980$/m);
  assert.equal(bench.state('shop/Deployment/web-0'), 'Healthy');
});

test('objects that make no sense break nothing, and no verdict but their own', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const { store } = bench.cluster;
  const uid = store.get('replicasets', 'shop', 'web-1')?.uid ?? '';
  store.create('deployments', { metadata: { name: 'empty', namespace: 'shop' } });
  store.create('deployments', {
    metadata: { name: 'odd', namespace: 'shop', labels: { app: 'x' } },
    spec: { replicas: -4, template: null, selector: [], strategy: 'both' },
    status: { readyReplicas: 'many', conditions: [null, { type: 7 }, { type: 'Available', status: 'Perhaps' }] },
  });
  store.create('pods', {
    metadata: { name: 'strange', namespace: 'shop', ownerReferences: [ownerReference('ReplicaSet', 'web-1', uid)] },
    spec: { containers: [null, { name: null }], volumes: [{}], nodeName: 5 },
    status: { phase: 'Sleeping', containerStatuses: [{ state: { waiting: null } }], conditions: null },
  });
  store.create('events', { metadata: { name: 'e', namespace: 'shop' }, involvedObject: null, count: -1 });
  store.create('services', {
    metadata: { name: 's', namespace: 'shop' },
    spec: { ports: [{}], selector: { a: null } },
  });
  await bench.pass(1_000);
  assert.deepEqual(bench.logged, []);
  assert.ok(bench.store.snapshots.has(workloadKey('shop', 'Deployment', 'odd')));
  store.delete('pods', 'shop', 'strange');
  await bench.pass(1_000);
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy');
});

test('the memory of pods does not grow with images that come and go', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web', { replicas: 1 }) });
  const uid = bench.cluster.store.get('replicasets', 'shop', 'web-1')?.uid ?? '';
  const at = new Date(bench.clock.now()).toISOString();
  for (let image = 0; image < 300; image++) {
    bench.cluster.store.create('pods', {
      metadata: {
        name: `churn-${image}`,
        namespace: 'shop',
        ownerReferences: [ownerReference('ReplicaSet', 'web-1', uid)],
      },
      spec: { containers: [{ name: 'app', image: `shop/web:${image}` }] },
      status: readyStatus(at),
    });
    bench.cluster.store.delete('pods', 'shop', `churn-${image}`);
  }
  await bench.pass(1_000);
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const shapes = async (): Promise<number> => {
    const text = await bench.registry.metrics();
    return Number(/^maintenant_cache_pod_shapes (\d+)$/m.exec(text)?.[1]);
  };
  assert.ok((await shapes()) <= 301);
  for (let round = 0; round < 20 && (await shapes()) > 2; round++) {
    collect();
    await bench.pass(0);
  }
  // The one that lives, and the newest that was made.
  assert.ok((await shapes()) <= 2, `${await shapes()} shapes are left`);
});

test('events that cannot be read hold no verdict back that needs none, and no other for long', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment, cluster }) => {
      cluster.api.faults.add({ type: 'answer', code: 500, match: { resource: 'events' }, times: 0 });
      deployment('web');
      deployment('sick', { replicas: 1 });
      cluster.store.delete('pods', 'shop', 'sick-1-0');
    },
  });
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy');
  assert.equal(bench.state('shop/Deployment/sick'), null, 'why it is not well may be in the events');
  await bench.pass(31_000);
  assert.notEqual(bench.state('shop/Deployment/sick'), null);
});

test('no verdict and no end of a workload before every kind that it needs is there', async () => {
  for (const resource of ['deployments', 'replicasets', 'pods']) {
    const store = new RecordingStore();
    const before = await startControllerBench({ store, prepare: ({ deployment }) => deployment('gone') });
    await before.stop();
    await using bench = await startControllerBench({
      store,
      prepare: ({ deployment, cluster }) => {
        cluster.api.faults.add({ type: 'hang', times: 1, match: { resource, verb: 'watch' } });
        deployment('web');
      },
    });
    const { puts } = store;
    await bench.pass(20_000);
    assert.deepEqual([bench.state(web), store.puts], [null, puts], `without ${resource}`);
    assert.equal(bench.state('shop/Deployment/gone'), 'Healthy', 'what was known stays');
    assert.equal(bench.controller.isStale(workloadKey('shop', 'Deployment', 'gone')), true);
    // The headers of the stream are waited for 30 s; then a list is asked for.
    await bench.pass(20_000);
    assert.equal(bench.state(web), 'Healthy', `with ${resource}`);
    assert.deepEqual(store.removed, ['shop/Deployment/gone']);
  }
});

test('events are read after the rest', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const resources = bench.cluster.api.requests.map(({ resource }) => resource);
  assert.ok(resources.indexOf('events') > resources.indexOf('pods'));
  assert.equal(bench.controller.status().synced, true);
});

test('what is said of a Service that another workload keeps alive follows the pods of that one', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment, cluster }) => {
      deployment('web');
      deployment('green', { replicas: 1 });
      // Blue and green: the Service of web's name sends to green for now.
      cluster.store.create('services', {
        metadata: { name: 'web', namespace: 'shop' },
        spec: { selector: { app: 'green' }, ports: [{ port: 80, targetPort: 8080 }] },
      });
    },
  });
  const { store } = bench.cluster;
  const setReady = (isReady: boolean): void => {
    const at = new Date(bench.clock.now()).toISOString();
    const status = isReady ? readyStatus(at) : { ...readyStatus(at), conditions: unreadyConditions(at) };
    store.update('pods', 'shop', 'green-1-0', (body) => ({ ...body, status }));
  };
  const isSaid = (): boolean =>
    bench.store.snapshots.get(web)?.causes.some(({ code }) => code === 'ServiceSelectsNothing') ?? false;
  await bench.pass(300_000);
  assert.equal(isSaid(), false, 'green serves it');
  setReady(false);
  await bench.pass(1_000);
  assert.equal(isSaid(), true);
  setReady(true);
  await bench.pass(1_000);
  assert.equal(isSaid(), false);
});

test('a Service that selects nothing of the workload whose name it bears is told once its grace is over', async () => {
  for (const isLate of [false, true]) {
    const createService = ({ cluster }: Pick<ControllerBench, 'cluster'>): void => {
      cluster.store.create('services', {
        metadata: { name: 'web', namespace: 'shop' },
        spec: { selector: { app: 'typo' }, ports: [{ port: 80, targetPort: 8080 }] },
      });
    };
    await using bench = await startControllerBench({
      prepare: (prepared) => {
        prepared.deployment('web');
        if (!isLate) createService(prepared);
      },
    });
    if (isLate) createService(bench);
    const told = () => bench.store.snapshots.get(web)?.causes.map(({ code }) => code) ?? [];
    await bench.pass(118_000);
    assert.ok(!told().includes('ServiceSelectsNothing'), `too early, late: ${isLate}`);
    await bench.pass(4_000);
    assert.ok(told().includes('ServiceSelectsNothing'), `late: ${isLate}`);
  }
});

test('a selector that begins to match pods of another workload is told, and no longer when they are gone', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const { store } = bench.cluster;
  store.update('deployments', 'shop', 'web', (body) => ({
    ...body,
    spec: { ...(body['spec'] as object), selector: { matchLabels: { app: 'later' } } },
  }));
  await bench.pass(1_000);
  const foreign = () => bench.store.snapshots.get(web)?.causes.filter(({ code }) => code === 'ForeignPods') ?? [];
  assert.deepEqual(foreign(), []);
  bench.deployment('later', { replicas: 1 });
  await bench.pass(1_000);
  assert.deepEqual(
    foreign().map(({ message }) => message),
    ['The selector also matches pods of Deployment later'],
  );
  store.delete('pods', 'shop', 'later-1-0');
  await bench.pass(1_000);
  assert.deepEqual(foreign(), []);
});

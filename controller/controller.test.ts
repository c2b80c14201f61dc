import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readyStatus, startControllerBench, unreadyConditions } from '../test/support/controller-bench.ts';
import { RecordingStore } from '../test/support/recording-store.ts';
import { workloadKey } from '../health/workload.ts';

const web = workloadKey('shop', 'Deployment', 'web');

test('a Deployment whose pods are up is Healthy once every watch has delivered', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  assert.equal(bench.controller.status().synced, true);
  assert.equal(bench.controller.status().connected, true);
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy');
  const snapshot = bench.store.snapshots.get(web);
  assert.deepEqual(snapshot?.verdict.availability, { level: 'full', desired: 2, ready: 2, available: 2 });
  assert.equal(snapshot?.verdict.cause, null);
  assert.equal(bench.store.podsOf.get(web)?.length, 2);
  assert.deepEqual(bench.logged, []);
});

test('a pod that loses Ready is seen through its ReplicaSet, and cleared by the event that shows the repair', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const { cluster, clock } = bench;
  const at = new Date(clock.now()).toISOString();
  const broken = {
    phase: 'Running',
    conditions: unreadyConditions(at),
    containerStatuses: [
      {
        name: 'app',
        ready: false,
        started: false,
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 1m20s restarting failed container' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: at } },
      },
    ],
  };
  cluster.store.update('pods', 'shop', 'web-1-0', (body) => ({ ...body, status: broken }));
  await bench.pass(100);
  assert.equal(bench.state('shop/Deployment/web'), 'Degraded');
  assert.match(bench.store.snapshots.get(web)?.verdict.cause?.code ?? '', /Crash/);
  cluster.store.update('pods', 'shop', 'web-1-0', (body) => ({ ...body, status: readyStatus(at) }));
  await bench.pass(100);
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy');
});

test('a verdict that time alone changes is made at that time, without any event', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const { cluster, clock } = bench;
  await bench.pass(3_600_000);
  const at = new Date(clock.now()).toISOString();
  cluster.store.update('pods', 'shop', 'web-1-0', (body) => ({
    ...body,
    status: {
      ...readyStatus(at),
      conditions: unreadyConditions(at),
      containerStatuses: [
        { name: 'app', ready: false, started: true, restartCount: 0, state: { running: { startedAt: at } } },
      ],
    },
  }));
  await bench.pass(1_000);
  const soon = bench.state('shop/Deployment/web');
  const { puts } = bench.store;
  await bench.pass(300_000);
  assert.ok(bench.store.puts > puts, 'nobody looked again');
  assert.notEqual(soon, 'Degraded', 'a blip of readiness has a grace');
  assert.equal(bench.state('shop/Deployment/web'), 'Degraded');
});

test('a workload that is deleted leaves the store, and one that vanished while nobody watched too', async () => {
  const store = new RecordingStore();
  await using first = await startControllerBench({
    store,
    prepare: ({ deployment }) => {
      deployment('web');
      deployment('api');
    },
  });
  first.cluster.store.delete('deployments', 'shop', 'api');
  await first.pass(100);
  assert.deepEqual(store.removed, ['shop/Deployment/api']);
  await first.stop();
  await using second = await startControllerBench({ store, prepare: ({ deployment }) => deployment('other') });
  assert.deepEqual(store.removed, ['shop/Deployment/api', 'shop/Deployment/web']);
  assert.equal(second.state('shop/Deployment/other'), 'Healthy');
});

test('a clean stop loses none of the time in which somebody watched', async () => {
  const store = new RecordingStore();
  const bench = await startControllerBench({ store, prepare: ({ deployment }) => deployment('web') });
  await bench.pass(28_000);
  const stoppedAt = bench.clock.now();
  await bench.stop();
  assert.equal(store.marks.at(-1), stoppedAt);
});

test('what may not be read is never taken for gone', async () => {
  const store = new RecordingStore();
  const before = await startControllerBench({ store, prepare: ({ deployment }) => deployment('web') });
  await before.stop();
  await using bench = await startControllerBench({
    store,
    traits: { denied: [{ resource: 'deployments' }] },
    prepare: ({ deployment }) => deployment('web'),
  });
  await bench.pass(120_000);
  assert.deepEqual(store.removed, []);
  assert.equal(bench.controller.status().synced, true, 'a forbidden watch counts as settled');
  assert.equal(bench.controller.isStale(web), true);
  const watch = bench.controller.status().watches.find(({ resource }) => resource === 'deployments');
  assert.equal(watch?.state, 'forbidden');
});

test('without the right to read pods a verdict comes from the counts of the status', async () => {
  await using bench = await startControllerBench({
    traits: { denied: [{ resource: 'pods' }] },
    prepare: ({ deployment }) => deployment('web'),
  });
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy');
  assert.equal(bench.store.snapshots.get(web)?.podsTotal, 0);
});

test('an allowlist asks for nothing outside its namespaces', async () => {
  await using bench = await startControllerBench({
    namespaces: ['shop', 'bank'],
    traits: { denied: [{ namespace: null }] },
    prepare: ({ deployment, cluster }) => {
      for (const name of ['shop', 'bank', 'other']) {
        cluster.store.create('namespaces', { metadata: { name }, status: { phase: 'Active' } });
        deployment('web', { namespace: name });
      }
    },
  });
  await bench.pass(70_000);
  assert.deepEqual([...bench.store.snapshots.keys()].sort(), ['bank/Deployment/web', 'shop/Deployment/web']);
  const elsewhere = bench.cluster.api.requests
    .map(({ url }) => url.split('?')[0] ?? '')
    .filter((path) => !/\/namespaces\/(shop|bank)(\/|$)/.test(path) && path !== '/version');
  assert.deepEqual(elsewhere, []);
});

test('a blocklist leaves out its namespaces and the two of the system', async () => {
  await using bench = await startControllerBench({
    excludedNamespaces: ['noisy'],
    prepare: ({ deployment }) => {
      for (const namespace of ['shop', 'noisy', 'kube-system', 'kube-public']) deployment('web', { namespace });
    },
  });
  assert.deepEqual([...bench.store.snapshots.keys()], ['shop/Deployment/web']);
  assert.deepEqual(bench.controller.status().scope.excludedNamespaces, ['kube-public', 'kube-system', 'noisy']);
});

test('a reconcile that throws is tried again and delays no other', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment, store }) => {
      store.failing.add(web);
      deployment('web');
      deployment('api');
    },
  });
  assert.equal(bench.state('shop/Deployment/api'), 'Healthy');
  assert.equal(bench.state('shop/Deployment/web'), null);
  assert.ok(bench.logged.some(({ fields }) => 'key' in fields && fields.key === web));
  bench.store.failing.clear();
  await bench.pass(60_000);
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy');
});

test('a cluster that is away is stale after 10 s and live again without help', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  const told: boolean[] = [];
  bench.controller.onStatus(() => told.push(bench.controller.isStale(web)));
  bench.transport.reachable = false;
  bench.cluster.api.endWatches();
  await bench.pass(9_000);
  assert.equal(bench.controller.isStale(web), false);
  await bench.pass(3_000);
  assert.equal(bench.controller.isStale(web), true);
  assert.equal(told.at(-1), true, 'becoming stale is announced');
  assert.equal(bench.controller.status().connected, false);
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy', 'the last state stays');
  bench.transport.reachable = true;
  await bench.pass(60_000);
  assert.equal(bench.controller.isStale(web), false);
  assert.equal(bench.controller.status().connected, true);
});

test('pods of several workloads that lose Ready together tell a lost node', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment }) => {
      deployment('web', { replicas: 1, node: 'node-7' });
      deployment('api', { replicas: 1, node: 'node-7' });
    },
  });
  const at = new Date(bench.clock.now()).toISOString();
  for (const pod of ['web-1-0', 'api-1-0']) {
    bench.cluster.store.update('pods', 'shop', pod, (body) => {
      const status = readyStatus(at) as { conditions: { type: string; status: string }[] };
      const conditions = status.conditions.map((one) => (one.type === 'Ready' ? { ...one, status: 'False' } : one));
      return { ...body, status: { ...status, conditions } };
    });
  }
  await bench.pass(1_000);
  for (const name of ['web', 'api']) {
    const cause = bench.store.snapshots.get(workloadKey('shop', 'Deployment', name))?.verdict.cause;
    assert.deepEqual(cause?.group, { type: 'node', name: 'node-7' }, `${name}: ${cause?.code}`);
  }
});

test('after stop nothing is left: no request, no watch, no timer', async () => {
  const bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web') });
  await bench.stop();
  const { puts } = bench.store;
  bench.deployment('late');
  await bench.pass(120_000);
  assert.equal(bench.store.puts, puts);
});

test('the metrics tell each watch apart, and the queue by its name', async () => {
  await using bench = await startControllerBench({
    traits: { denied: [{ resource: 'services' }] },
    prepare: ({ deployment }) => deployment('web'),
  });
  const text = await bench.registry.metrics();
  for (const line of [
    'maintenant_watch_up{resource="pods",namespace=""} 1',
    'maintenant_watch_up{resource="services",namespace=""} 0',
    'maintenant_watch_objects{resource="pods",namespace=""} 2',
    'maintenant_reflector_relists_total{resource="pods",namespace=""} 0',
    'maintenant_cache_pod_shapes 1',
    '# TYPE maintenant_cache_events_evicted_total counter',
    'maintenant_cache_events_evicted_total 0',
    'workqueue_depth{name="workloads"} 0',
  ]) {
    assert.ok(text.includes(`${line}\n`), `${line} is missing in\n${text}`);
  }
  assert.equal(await bench.registry.metrics(), text, 'reading changes nothing');
});

test('two workloads whose selectors overlap are told of each other', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment, cluster }) => {
      deployment('web');
      deployment('api');
      cluster.store.update('deployments', 'shop', 'api', (body) => ({
        ...body,
        spec: {
          ...(body['spec'] as object),
          selector: { matchLabels: { app: 'web' } },
        },
      }));
    },
  });
  const causes = (name: string): readonly string[] =>
    bench.store.snapshots
      .get(workloadKey('shop', 'Deployment', name))
      ?.causes.filter(({ code }) => code === 'ForeignPods')
      .map(({ message }) => message) ?? [];
  assert.deepEqual(causes('api'), ['The selector also matches pods of Deployment web']);
  assert.deepEqual(causes('web'), []);
});

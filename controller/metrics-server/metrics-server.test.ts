import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workloadKey } from '../../health/workload.ts';
import { type ControllerBench, startControllerBench } from '../../test/support/controller-bench.ts';

const web = workloadKey('shop', 'Deployment', 'web');
const webBench = () => startControllerBench({ prepare: ({ deployment }) => deployment('web') });
const state = (bench: ControllerBench): string => bench.controller.status().metrics.state;

function sample(bench: ControllerBench, pod: string, cores: number, mebibytes: number, namespace = 'shop'): void {
  bench.cluster.metrics.set(namespace, pod, bench.clock.now(), [
    { name: 'app', cpuNanocores: cores * 1e9, memoryKibibytes: mebibytes * 1024 },
  ]);
}

test('usage is summed over the pods of a workload, from one list an interval', async () => {
  await using bench = await webBench();
  sample(bench, 'web-1-0', 0.25, 100);
  sample(bench, 'web-1-1', 0.5, 28);
  sample(bench, 'job-of-somebody', 9, 9_000);
  await bench.pass(5_000);
  assert.equal(state(bench), 'available');
  assert.deepEqual(
    bench.store.samples.map(({ key, cpuCores, memoryBytes }) => [key, cpuCores, memoryBytes]),
    [['shop/Deployment/web', 0.75, 128 * 1024 * 1024]],
  );
  await bench.pass(10 * 60_000);
  const lists = bench.cluster.api.requests.filter(({ url }) => url.includes('metrics.k8s.io'));
  assert.ok(lists.length >= 9 && lists.length <= 11, `${lists.length} lists in 10 min`);
});

test('not installed, forbidden, no sample yet, failing and zero are five different things', async () => {
  await using bench = await webBench();
  assert.equal(state(bench), 'pending');
  await bench.pass(5_000);
  assert.equal(state(bench), 'pending');
  assert.match(bench.controller.status().metrics.message ?? '', /no samples yet/);

  bench.cluster.metrics.installed = false;
  await bench.pass(70_000);
  assert.equal(state(bench), 'notInstalled');

  bench.cluster.metrics.installed = true;
  bench.cluster.api.traits.denied = [{ resource: 'pods.metrics.k8s.io' }];
  await bench.pass(70_000);
  assert.equal(state(bench), 'forbidden');

  bench.cluster.api.traits.denied = [];
  sample(bench, 'web-1-0', 0, 0);
  sample(bench, 'web-1-1', 0, 0);
  await bench.pass(70_000);
  assert.equal(state(bench), 'available');
  assert.deepEqual(
    bench.store.samples.map(({ cpuCores, memoryBytes }) => [cpuCores, memoryBytes]),
    [[0, 0]],
  );

  bench.transport.reachable = false;
  await bench.pass(70_000);
  assert.equal(state(bench), 'failing');
});

test('with an allowlist each namespace is asked for by itself', async () => {
  await using bench = await startControllerBench({
    namespaces: ['shop', 'bank'],
    prepare: ({ deployment }) => {
      deployment('web');
      deployment('web', { namespace: 'bank' });
    },
  });
  sample(bench, 'web-1-0', 1, 1);
  sample(bench, 'web-1-0', 2, 2, 'bank');
  await bench.pass(5_000);
  assert.equal(state(bench), 'available');
  assert.deepEqual(bench.store.samples.map(({ key }) => key).sort(), ['bank/Deployment/web', 'shop/Deployment/web']);
  const lists = bench.cluster.api.requests.filter(({ url }) => url.includes('metrics.k8s.io'));
  assert.deepEqual(
    lists.map(({ url }) => url.split('?')[0]),
    ['bank', 'shop'].map((namespace) => `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`),
  );
});

test('what is near its limit is looked at again, and no longer when it is not', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment }) => deployment('web', { limits: { memory: '100Mi' } }),
  });
  await bench.pass(3_000);
  const before = bench.store.puts;
  sample(bench, 'web-1-0', 0.1, 20);
  sample(bench, 'web-1-1', 0.1, 20);
  await bench.pass(70_000);
  assert.equal(bench.store.puts, before, 'usage far from the limit changes nothing');
  sample(bench, 'web-1-0', 0.1, 97);
  await bench.pass(3 * 70_000);
  const isNamed = (): boolean =>
    bench.store.snapshots.get(web)?.causes.some(({ code }) => code === 'MemoryNearLimit') ?? false;
  assert.equal(isNamed(), true);
  sample(bench, 'web-1-0', 0.1, 20);
  await bench.pass(2 * 70_000);
  assert.equal(isNamed(), false);
});

test('what was near its limit is not said any more once metrics-server has been away for three looks', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment }) => deployment('web', { limits: { memory: '100Mi' } }),
  });
  await bench.pass(3_000);
  sample(bench, 'web-1-0', 0.1, 97);
  sample(bench, 'web-1-1', 0.1, 20);
  await bench.pass(3 * 70_000);
  const isNamed = (): boolean =>
    bench.store.snapshots.get(web)?.causes.some(({ code }) => code === 'MemoryNearLimit') ?? false;
  assert.equal(isNamed(), true);
  bench.cluster.metrics.installed = false;
  await bench.pass(120_000);
  assert.equal(isNamed(), true, 'the newest samples are fresh enough');
  await bench.pass(180_000);
  assert.equal(isNamed(), false);
  assert.equal(state(bench), 'notInstalled');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, settle } from '../test/support/fake-clock.ts';
import { createSimulatedCluster, type SimulatedCluster } from './simulator.ts';

// What no real server without kubelets shows: logs and metrics. The rest is the contract's (test/contract).

const never = new AbortController().signal;

function clusterWithPod(): { readonly cluster: SimulatedCluster; readonly clock: FakeClock } {
  const clock = new FakeClock(Date.UTC(2026, 0, 1, 12, 0, 0, 250));
  const cluster = createSimulatedCluster({ clock });
  const spec = { containers: [{ name: 'web', image: 'web:1' }] };
  cluster.store.create('pods', { metadata: { namespace: 'shop', name: 'web-0' }, spec });
  return { cluster, clock };
}

async function get(
  cluster: SimulatedCluster,
  url: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await cluster.api.handle({ method: 'GET', url, headers: {} }, never);
  let text = '';
  for await (const chunk of answer.body) text += chunk.toString();
  return { status: answer.status, text };
}

const logPath = '/api/v1/namespaces/shop/pods/web-0/log';

test('a log in whole, by its last lines, since some seconds, with timestamps', async () => {
  const { cluster, clock } = clusterWithPod();
  for (const text of ['one', 'two', 'three']) {
    cluster.logs.append('shop', 'web-0', 'web', { at: clock.now(), text });
    await clock.advance(10_000);
  }
  const cases: readonly (readonly [string, string])[] = [
    ['', 'one\ntwo\nthree\n'],
    ['?tailLines=2', 'two\nthree\n'],
    ['?tailLines=0', ''],
    ['?tailLines=9', 'one\ntwo\nthree\n'],
    ['?sinceSeconds=15', 'three\n'],
    ['?container=web&tailLines=1&timestamps=true', '2026-01-01T12:00:20.250000000Z three\n'],
  ];
  for (const [query, expected] of cases) {
    assert.deepEqual(await get(cluster, logPath + query), { status: 200, text: expected }, query);
  }
});

test('after a restart the old log is the previous one; without a restart there is none', async () => {
  const { cluster, clock } = clusterWithPod();
  const before = await get(cluster, `${logPath}?previous=true`);
  assert.equal(before.status, 400);
  assert.match(before.text, /previous terminated container \\"web\\" in pod \\"web-0\\" not found/);
  cluster.logs.append('shop', 'web-0', 'web', { at: clock.now(), text: 'panic' });
  cluster.logs.restart('shop', 'web-0', 'web');
  assert.equal((await get(cluster, `${logPath}?previous=true`)).text, 'panic\n');
  assert.equal((await get(cluster, logPath)).text, '');
});

test('following gives what was there, then each new line, and ends with the container', async () => {
  const { cluster, clock } = clusterWithPod();
  cluster.logs.append('shop', 'web-0', 'web', { at: clock.now(), text: 'old' });
  const following = get(cluster, `${logPath}?follow=true`);
  await settle();
  cluster.logs.append('shop', 'web-0', 'web', { at: clock.now(), text: 'new' });
  await settle();
  cluster.logs.restart('shop', 'web-0', 'web');
  assert.equal((await following).text, 'old\nnew\n');
});

test('a follower that goes is forgotten', async () => {
  const { cluster } = clusterWithPod();
  const gone = new AbortController();
  const answer = await cluster.api.handle({ method: 'GET', url: `${logPath}?follow=true`, headers: {} }, gone.signal);
  const reading = answer.body[Symbol.asyncIterator]().next();
  gone.abort();
  assert.deepEqual(await reading, { done: true, value: undefined });
});

test('a log keeps its newest lines only', () => {
  const { cluster } = clusterWithPod();
  for (let line = 0; line < 5_000; line++) cluster.logs.append('shop', 'web-0', 'web', { at: 0, text: String(line) });
  const kept = cluster.logs.read('shop', 'web-0', 'web', false) ?? [];
  assert.ok(kept.length <= 2_000);
  assert.equal(kept.at(-1)?.text, '4999');
});

test('metrics of all namespaces and of one, in the units of a metrics-server', async () => {
  const { cluster, clock } = clusterWithPod();
  const usage = [{ name: 'web', cpuNanocores: 1_500_000, memoryKibibytes: 2_048 }];
  cluster.metrics.set('shop', 'web-0', clock.now(), usage);
  cluster.metrics.set('bank', 'till-0', clock.now(), usage);
  const all: { readonly items: readonly unknown[] } = JSON.parse(
    (await get(cluster, '/apis/metrics.k8s.io/v1beta1/pods')).text,
  );
  assert.equal(all.items.length, 2);
  const one: { readonly kind: string; readonly items: readonly unknown[] } = JSON.parse(
    (await get(cluster, '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods')).text,
  );
  assert.equal(one.kind, 'PodMetricsList');
  assert.deepEqual(one.items, [
    {
      metadata: { name: 'web-0', namespace: 'shop', creationTimestamp: '2026-01-01T12:00:00Z' },
      timestamp: '2026-01-01T12:00:00Z',
      window: '15.0s',
      containers: [{ name: 'web', usage: { cpu: '1500000n', memory: '2048Ki' } }],
    },
  ]);
});

test('only reading is allowed', async () => {
  const { cluster } = clusterWithPod();
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const answer = await cluster.api.handle({ method, url: '/api/v1/namespaces/shop/pods', headers: {} }, never);
    assert.equal(answer.status, 405, method);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord, LogRequest } from '../../api/cluster.ts';
import { workloadKey } from '../../health/workload.ts';
import {
  type ControllerBench,
  ownerReference,
  readyStatus,
  startControllerBench,
} from '../../test/support/controller-bench.ts';
import { ClusterCache } from '../cache/cluster-cache.ts';
import type { Clock } from '../clock.ts';
import { limitContainers, workloadLogs } from './workload-logs.ts';

const everything: LogRequest = {
  key: workloadKey('shop', 'Deployment', 'web'),
  pod: null,
  container: null,
  previous: false,
  tailLines: 200,
  sinceSeconds: null,
  follow: false,
  query: null,
};

/** Reads in the background what a request gives, as words. */
function reading(bench: ControllerBench, request: Partial<LogRequest>) {
  const abort = new AbortController();
  const records: LogRecord[] = [];
  const done = (async () => {
    for await (const record of bench.controller.logs({ ...everything, ...request }, abort.signal)) records.push(record);
  })();
  const told = (): string[] =>
    records
      .splice(0)
      .map((record) =>
        record.type === 'line'
          ? `${record.pod}/${record.container} ${record.text}`
          : `${record.kind}: ${record.message}`,
      );
  return { records, told, done, abort };
}

async function readAll(bench: ControllerBench, request: Partial<LogRequest>): Promise<string[]> {
  const { told, done } = reading(bench, request);
  await bench.pass(1_000);
  await done;
  return told();
}

const webBench = () => startControllerBench({ prepare: ({ deployment }) => deployment('web') });

function print(bench: ControllerBench, pod: string, text: string, secondsAgo = 0): void {
  bench.cluster.logs.append('shop', pod, 'app', { at: bench.clock.now() - secondsAgo * 1000, text });
}

function createPod({ cluster, clock }: ControllerBench, name: string): void {
  const owner = cluster.store.get('replicasets', 'shop', 'web-1')?.uid ?? '';
  cluster.store.create('pods', {
    metadata: { name, namespace: 'shop', ownerReferences: [ownerReference('ReplicaSet', 'web-1', owner)] },
    spec: { containers: [{ name: 'app' }] },
    status: readyStatus(new Date(clock.now()).toISOString()),
  });
}

test('the lines of all pods come as one log in the order of time', async () => {
  await using bench = await webBench();
  print(bench, 'web-1-0', 'first', 30);
  print(bench, 'web-1-1', 'second', 20);
  print(bench, 'web-1-0', 'third', 10);
  assert.deepEqual(await readAll(bench, {}), [
    'web-1-0/app first',
    'web-1-1/app second',
    'web-1-0/app third',
    'end: everything that was asked for has been read',
  ]);
});

test('a pod, a container, a tail, a time and a text narrow it down', async () => {
  await using bench = await webBench();
  for (const text of ['one', 'two needle', 'three needle']) print(bench, 'web-1-0', text, 100);
  print(bench, 'web-1-0', 'late', 5);
  print(bench, 'web-1-1', 'other needle', 100);
  const lines = async (request: Partial<LogRequest>) => (await readAll(bench, request)).slice(0, -1);
  assert.deepEqual(await lines({ pod: 'web-1-1' }), ['web-1-1/app other needle']);
  assert.deepEqual(await lines({ pod: 'web-1-0', tailLines: 2 }), ['web-1-0/app three needle', 'web-1-0/app late']);
  assert.deepEqual(await lines({ query: 'needle', pod: 'web-1-0' }), [
    'web-1-0/app two needle',
    'web-1-0/app three needle',
  ]);
  assert.deepEqual(await lines({ sinceSeconds: 10 }), ['web-1-0/app late']);
  assert.deepEqual(await lines({ container: 'nosuch' }), ['waiting: there is no container nosuch: there are app']);
  assert.deepEqual(await lines({ pod: 'web-9' }), ['waiting: there is no pod web-9']);
});

test('a follower without anything to read says why, once, and goes on when there is something', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web', { replicas: 0 }) });
  const misspelt = reading(bench, { follow: true, container: 'ap' });
  const all = reading(bench, { follow: true });
  await bench.pass(5_000);
  assert.deepEqual(all.told(), ['waiting: there is no pod at the moment']);
  assert.deepEqual(misspelt.told(), ['waiting: there is no pod at the moment']);
  createPod(bench, 'web-1-0');
  await bench.pass(5_000);
  assert.deepEqual(all.told(), ['podStarted: web-1-0 was created']);
  assert.deepEqual(misspelt.told(), ['waiting: there is no container ap: there are app']);
  all.abort.abort();
  misspelt.abort.abort();
  await bench.pass(0);
  await Promise.all([all.done, misspelt.done]);
});

test('the previous container is read, and a pod that has none says so in the words of the server', async () => {
  await using bench = await webBench();
  print(bench, 'web-1-0', 'last words', 10);
  bench.cluster.logs.restart('shop', 'web-1-0', 'app');
  print(bench, 'web-1-0', 'born again', 5);
  const told = await readAll(bench, { previous: true });
  assert.ok(told.includes('web-1-0/app last words'), told.join('\n'));
  assert.ok(!told.some((text) => text.includes('born again')));
  assert.ok(
    told.some((text) => text.startsWith('waiting: ') && text.includes('web-1-1')),
    told.join('\n'),
  );
});

test('without the right to read logs that is what is said', async () => {
  await using bench = await webBench();
  bench.cluster.api.traits.denied = [{ resource: 'pods/log' }];
  const told = await readAll(bench, {});
  assert.ok(
    told.some((text) => text.startsWith('forbidden: ')),
    told.join('\n'),
  );
});

test('a follower begins with the tails of all pods in the order of time, then goes on without a line lost or said twice', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web', { replicas: 3 }) });
  const ages = [
    ['web-1-2', 'one', 50],
    ['web-1-0', 'two', 40],
    ['web-1-1', 'three', 30],
    ['web-1-0', 'four', 20],
    ['web-1-2', 'five', 10],
  ] as const;
  for (const [pod, text, secondsAgo] of ages) print(bench, pod, text, secondsAgo);
  // Two lines of one millisecond, the newest of this pod.
  print(bench, 'web-1-1', 'six', 5);
  print(bench, 'web-1-1', 'six again', 5);
  const { told, done, abort } = reading(bench, { follow: true });
  await bench.pass(2_000);
  assert.deepEqual(told(), [
    'web-1-2/app one',
    'web-1-0/app two',
    'web-1-1/app three',
    'web-1-0/app four',
    'web-1-2/app five',
    'web-1-1/app six',
    'web-1-1/app six again',
  ]);
  for (const text of ['same', 'millisecond', 'all of it']) print(bench, 'web-1-0', text);
  await bench.pass(100);
  bench.cluster.logs.restart('shop', 'web-1-0', 'app');
  await bench.pass(3_000);
  print(bench, 'web-1-2', 'live');
  await bench.pass(100);
  assert.deepEqual(told(), [
    'web-1-0/app same',
    'web-1-0/app millisecond',
    'web-1-0/app all of it',
    'web-1-2/app live',
  ]);
  abort.abort();
  await bench.pass(0);
  await done;
});

test('a follower stays with the workload when its pods are replaced', async () => {
  await using bench = await webBench();
  print(bench, 'web-1-0', 'before', 10);
  const { told, done, abort } = reading(bench, { follow: true });
  await bench.pass(1_000);
  assert.deepEqual(told(), ['web-1-0/app before']);
  print(bench, 'web-1-1', 'live');
  await bench.pass(100);
  assert.deepEqual(told(), ['web-1-1/app live']);

  bench.cluster.logs.remove('shop', 'web-1-0');
  bench.cluster.store.delete('pods', 'shop', 'web-1-0');
  await bench.pass(3_000);
  assert.deepEqual(told(), ['podEnded: web-1-0 is gone']);
  createPod(bench, 'web-1-9');
  print(bench, 'web-1-9', 'first words');
  await bench.pass(3_000);
  assert.deepEqual(told(), ['podStarted: web-1-9 was created', 'web-1-9/app first words']);
  abort.abort();
  await bench.pass(0);
  await done;
});

test('a follower goes on after a restart of the container, without a line lost or said twice', async () => {
  await using bench = await webBench();
  const { told, done, abort } = reading(bench, { follow: true, pod: 'web-1-0' });
  await bench.pass(1_000);
  print(bench, 'web-1-0', 'one');
  await bench.pass(500);
  bench.cluster.logs.restart('shop', 'web-1-0', 'app');
  await bench.pass(100);
  print(bench, 'web-1-0', 'two');
  await bench.pass(5_000);
  assert.deepEqual(told(), ['web-1-0/app one', 'web-1-0/app two']);
  abort.abort();
  await bench.pass(0);
  await done;
});

test('when the reader leaves, every connection to the API server is closed', async () => {
  await using bench = await webBench();
  const watches = bench.transport.open;
  const { done, abort } = reading(bench, { follow: true });
  await bench.pass(1_000);
  assert.equal(bench.transport.open, watches + 2);
  abort.abort();
  await bench.pass(0);
  await done;
  assert.equal(bench.transport.open, watches);

  // By breaking off the iteration, too.
  print(bench, 'web-1-0', 'a line');
  const broken = (async () => {
    for await (const record of bench.controller.logs({ ...everything, follow: true }, new AbortController().signal)) {
      if (record.type === 'line') break;
    }
  })();
  await bench.pass(2_000);
  await broken;
  assert.equal(bench.transport.open, watches);
});

test('a workload of many pods is read in part, and how many are left out is said', async () => {
  await using bench = await startControllerBench({ prepare: ({ deployment }) => deployment('web', { replicas: 70 }) });
  const told = await readAll(bench, {});
  assert.ok(
    told.includes(
      `dropped: ${limitContainers} containers are shown, 20 more are not: name a pod or a container to see them`,
    ),
  );
});

test('a deleted workload ends the follower', async () => {
  await using bench = await webBench();
  const { told, done } = reading(bench, { follow: true });
  await bench.pass(1_000);
  bench.cluster.store.delete('deployments', 'shop', 'web');
  for (const pod of ['web-1-0', 'web-1-1']) {
    bench.cluster.logs.remove('shop', pod);
    bench.cluster.store.delete('pods', 'shop', pod);
  }
  await bench.pass(5_000);
  await done;
  assert.equal(told().at(-1), 'end: what was followed is gone');
});

test('a fault of ours while following is thrown to the reader, who would take the end for the end of the log', async () => {
  await using bench = await webBench();
  const nothing = () => undefined;
  const listener = { workload: nothing, replicaSet: nothing, pod: nothing, service: nothing, namespace: nothing };
  const cache = new ClusterCache({ ...listener, event: nothing }, (value) => value);
  const clock: Clock = {
    now: () => bench.clock.now(),
    monotonic: () => bench.clock.monotonic(),
    setTimer: (ms, fn) => bench.clock.setTimer(ms, fn),
    sleep: () => Promise.reject(new Error('the clock is broken')),
  };
  const told: string[] = [];
  const read = async (): Promise<void> => {
    const request = { ...everything, follow: true };
    const signal = new AbortController().signal;
    for await (const record of workloadLogs(request, { cache, transport: bench.transport, clock }, signal)) {
      if (record.type === 'note') told.push(record.message);
    }
  };
  const workload = { metadata: { namespace: 'shop', name: 'web', uid: 'u', resourceVersion: '1' }, raw: {} };
  cache.feed('deployments', null)({ type: 'apply', object: workload });
  await assert.rejects(read(), /the clock is broken/);
  assert.deepEqual(told, ['there is no pod at the moment']);
});

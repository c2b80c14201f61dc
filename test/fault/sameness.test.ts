import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../../controller/kubernetes/kinds.ts';
import { startBench } from './reflector-bench.ts';

// Faults 10, 14, 22, 23 and 29: what is told twice, at an odd time, with holes, or very fast.

test('10: every event told twice changes nothing', async () => {
  await using bench = await startBench({
    prepare: (cluster) => cluster.api.faults.add({ type: 'duplicate', match: { verb: 'watch' }, times: 0 }),
  });
  bench.pod('new');
  bench.touch('pod-1');
  bench.cluster.store.delete('pods', 'shop', 'pod-2');
  await bench.pass(0);
  assert.deepEqual(bench.mirror.deleted, ['shop/pod-2']);
  assert.equal(bench.reflector.status().reconnects, 0);
  bench.assertEqual();
});

test('10: the same name with another uid is another object', async () => {
  await using bench = await startBench();
  const before = bench.mirror.objects.get('shop/pod-1')?.uid;
  bench.cluster.store.delete('pods', 'shop', 'pod-1');
  bench.pod('pod-1');
  await bench.pass(0);
  assert.deepEqual(bench.mirror.deleted, ['shop/pod-1']);
  assert.notEqual(bench.mirror.objects.get('shop/pod-1')?.uid, before);
  bench.assertEqual();
});

test('14: the wall clock jumps an hour forth and back: nothing stalls, no early request', async () => {
  await using bench = await startBench();
  bench.cluster.api.faults.add({ type: 'answer', code: 500, match: { verb: 'watch' } });
  bench.clock.stepWallClock(3_600_000);
  bench.cluster.api.endWatches();
  await bench.pass(600);
  bench.clock.stepWallClock(-7_200_000);
  await bench.pass(599);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
  await bench.pass(1);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
  bench.touch('pod-0');
  await bench.pass(0);
  bench.assertEqual();
});

test('22: a namespace goes: its pods are deleted by events, or swept by the list when those were missed', async () => {
  await using bench = await startBench();
  bench.cluster.store.create('pods', { metadata: { name: 'other', namespace: 'bank' } });
  bench.cluster.store.create('pods', { metadata: { name: 'more', namespace: 'bank' } });
  await bench.pass(0);
  bench.cluster.store.delete('pods', 'bank', 'other');
  await bench.pass(0);
  bench.transport.reachable = false;
  bench.cluster.api.endWatches();
  await bench.pass(0);
  bench.cluster.store.delete('pods', 'bank', 'more');
  bench.cluster.store.compact();
  bench.transport.reachable = true;
  await bench.pass(10_000);
  assert.deepEqual(bench.mirror.deleted, ['bank/other', 'bank/more']);
  bench.assertEqual();
});

test('23: null where a list or map may be, and fields of any type, reach the sink as they are', async () => {
  const raw: unknown[] = [];
  await using bench = await startBench({
    pods: 0,
    synced: false,
    prepare: ({ store }) => {
      store.createLazily('pods', { name: 'odd', namespace: 'shop' }, () => ({
        metadata: { name: 'odd', labels: null, ownerReferences: null, finalizers: 7 } as never,
        spec: null,
        status: { phase: 'Confused', containerStatuses: null, restarts: -3 },
      }));
    },
    reflector: {
      sink: (event) => {
        if (event.type === 'initApply') raw.push(event.object.raw['status'], event.object.raw['spec']);
      },
    },
  });
  await bench.pass(0);
  assert.deepEqual(raw, [{ phase: 'Confused', containerStatuses: null, restarts: -3 }, null]);
  assert.equal(bench.reflector.status().state, 'synced');
});

const nameless: readonly (readonly [string, string])[] = [
  ['no metadata', '{"type":"ADDED","object":{"metadata":null}}'],
  ['no name', '{"type":"ADDED","object":{"metadata":{"namespace":"shop","uid":"u","resourceVersion":"2000"}}}'],
  ['a number for a uid', '{"type":"MODIFIED","object":{"metadata":{"name":"odd","uid":7,"resourceVersion":"2000"}}}'],
];

for (const [name, line] of nameless) {
  test(`23: an object with ${name} is left out, counted and named; its neighbours are not touched`, async () => {
    await using bench = await startBench();
    bench.cluster.api.faults.add({ type: 'insert', line, afterLines: 0, match: { verb: 'watch' } });
    bench.cluster.api.endWatches();
    await bench.pass(0);
    bench.touch('pod-0');
    await bench.pass(0);
    assert.equal(bench.reflector.status().counters.skippedObjects, 1);
    assert.match(bench.logged.join('\n'), /lacks its name, uid or resource version/);
    assert.deepEqual(bench.requests(), ['watch rv=1003']);
    bench.assertEqual();
  });
}

test('23: a null among the items of a list is left out and counted', async () => {
  await using bench = await startBench({
    synced: false,
    traits: { watchList: 'refused' },
    prepare: ({ api }) =>
      api.faults.add({
        type: 'rewrite',
        line: (text) => text.replace('"items":[', '"items":[{"metadata":null},'),
        match: { verb: 'list' },
      }),
  });
  await bench.pass(0);
  assert.equal(bench.reflector.status().counters.skippedObjects, 1);
  bench.assertEqual();
});

test('23: "items": null is an empty list', async () => {
  await using bench = await startBench({
    pods: 0,
    synced: false,
    traits: { watchList: 'refused' },
    prepare: ({ api }) =>
      api.faults.add({
        type: 'rewrite',
        line: (text) => text.replace('"items":[]', '"items":null'),
        match: { verb: 'list' },
      }),
  });
  await bench.pass(0);
  assert.equal(bench.reflector.status().state, 'synced');
  assert.equal(bench.mirror.commits, 1);
});

test('29: a storm of 20,000 changes of 100 pods: all of them arrive, in order, and the picture is right', async () => {
  await using bench = await startBench({ pods: 100, historyLimit: 50_000 });
  let last = 0;
  for (let change = 0; change < 20_000; change++) {
    bench.touch(`pod-${change % 100}`);
    // As a socket would: the reader gets its turn.
    if (change - last === 500) {
      last = change;
      await bench.pass(100);
    }
  }
  await bench.pass(0);
  assert.equal(bench.mirror.log.filter((entry) => entry.startsWith('apply')).length, 20_000);
  assert.equal(bench.reflector.status().reconnects, 0);
  bench.assertEqual();
});

test('29: a server that closes a watch because its reader was too slow costs a reconnect, not data', async () => {
  await using bench = await startBench({ pods: 100, historyLimit: 50_000 });
  for (let change = 0; change < 15_000; change++) bench.touch(`pod-${change % 100}`);
  await bench.pass(5_000);
  assert.equal(bench.reflector.status().reconnects, 1);
  assert.equal(bench.reflector.status().relists, 0);
  bench.assertEqual();
});

test('a field selector: what leaves it is deleted, what enters it is added', async () => {
  await using bench = await startBench({
    synced: false,
    reflector: { fieldSelector: 'metadata.namespace!=kube-system,status.phase!=Succeeded' },
  });
  bench.cluster.store.create('pods', { metadata: { name: 'dns', namespace: 'kube-system' } });
  await bench.pass(0);
  assert.equal(bench.mirror.objects.size, 3);
  bench.cluster.store.patchStatus('pods', 'shop', 'pod-1', { phase: 'Succeeded' });
  await bench.pass(0);
  assert.deepEqual(bench.mirror.deleted, ['shop/pod-1']);
  bench.cluster.store.patchStatus('pods', 'shop', 'pod-1', { phase: 'Running' });
  await bench.pass(0);
  assert.equal(bench.mirror.objects.size, 3);
  assert.equal(bench.reflector.status().reconnects, 0);
});

test('metadata only: spec and status stay on the server', async () => {
  const seen: unknown[] = [];
  await using bench = await startBench({
    synced: false,
    pods: 0,
    prepare: ({ store }) => {
      store.create('replicasets', { metadata: { name: 'web-1', namespace: 'shop' }, spec: { replicas: 3 } });
    },
    reflector: {
      kind: kinds.replicasets,
      sink: (event) => {
        if (event.type === 'initApply') seen.push(Object.keys(event.object.raw));
      },
    },
  });
  await bench.pass(0);
  assert.deepEqual(seen, [['kind', 'apiVersion', 'metadata']]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBench } from './reflector-bench.ts';

// Faults 25, 26 and 27: the ways in which the first picture is had, or not.

test('25: an end bookmark that never comes is waited for 30 s of silence, then the round is listed', async () => {
  await using bench = await startBench({
    synced: false,
    prepare: (cluster) =>
      cluster.api.faults.add({ type: 'dropBookmarks', only: 'initialEventsEnd', match: { verb: 'watch' } }),
  });
  await bench.pass(29_999);
  assert.equal(bench.mirror.commits, 0);
  assert.equal(bench.reflector.status().state, 'syncing');
  await bench.pass(1);
  assert.deepEqual(bench.requests(), ['stream rv=', 'list rv=0 limit=500', 'watch rv=1003']);
  assert.match(bench.logged.join('\n'), /no end bookmark, listing: the initial stream was cut after 30 s/);
  bench.assertEqual();
});

test('25: a busy stream without end bookmark is cut after five minutes', async () => {
  await using bench = await startBench({ synced: false, traits: { watchList: 'ignored' } });
  for (let second = 0; second < 310; second++) {
    bench.touch('pod-0');
    await bench.pass(1_000);
  }
  assert.deepEqual(bench.requests().slice(0, 2), ['stream rv=', 'list rv=0 limit=500']);
  bench.assertEqual();
});

test('25: the next round streams again', async () => {
  await using bench = await startBench({
    synced: false,
    prepare: (cluster) => cluster.api.faults.add({ type: 'close', afterLines: 1, match: { initialEvents: true } }),
  });
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), ['stream rv=', 'list rv=0 limit=500', 'watch rv=1003']);
  bench.cluster.store.advanceRevision();
  bench.cluster.store.compact();
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'stream rv=1003']);
});

test('26: 422 lists, and the version that refused is not asked again', async () => {
  await using bench = await startBench({ synced: false, traits: { watchList: 'refused', gitVersion: 'v1.33.13' } });
  await bench.pass(0);
  assert.deepEqual(bench.requests(), ['stream rv=', 'list rv=0 limit=500', 'watch rv=1003']);
  bench.cluster.store.advanceRevision();
  bench.cluster.store.compact();
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'list rv=1003', 'watch rv=1004']);
});

test('26: an upgraded server is asked again', async () => {
  await using bench = await startBench({ traits: { watchList: 'refused', gitVersion: 'v1.33.13' } });
  bench.cluster.api.traits.gitVersion = 'v1.36.3';
  bench.cluster.api.traits.watchList = 'on';
  // The version is read again after a minute.
  await bench.pass(61_000);
  bench.cluster.store.advanceRevision();
  bench.cluster.store.compact();
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.ok(bench.requests().includes('stream rv=1003'));
  bench.assertEqual();
});

test('26: a server before 1.32 is listed at once: it might ignore the question', async () => {
  await using bench = await startBench({ synced: false, traits: { gitVersion: 'v1.30.2', watchList: 'ignored' } });
  await bench.pass(0);
  assert.deepEqual(bench.requests(), ['list rv=0 limit=500', 'watch rv=1003']);
  bench.assertEqual();
});

test('26: a version that may not be read is no reason not to try', async () => {
  await using bench = await startBench({
    synced: false,
    prepare: (cluster) => cluster.api.faults.add({ type: 'answer', code: 403, match: { verb: 'version' } }),
  });
  await bench.pass(0);
  assert.deepEqual(bench.requests(), ['stream rv=']);
  bench.assertEqual();
});

test('27: a server that takes no notice of limit answers in one piece', async () => {
  await using bench = await startBench({
    pods: 1200,
    synced: false,
    traits: { watchList: 'refused', watchCache: false, ignoresLimit: true },
  });
  await bench.pass(0);
  assert.deepEqual(bench.requests(), ['stream rv=', 'list rv=0 limit=500', 'watch rv=2200']);
  bench.assertEqual();
});

test('27: a server that pages a list at "0" has no watch cache: later lists are paged and consistent', async () => {
  await using bench = await startBench({ pods: 1200, traits: { watchList: 'refused', watchCache: false } });
  bench.cluster.store.advanceRevision();
  bench.cluster.store.compact();
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), [
    'watch rv=2200',
    'list rv= limit=500',
    'list rv= limit=500 continue',
    'list rv= limit=500 continue',
    'watch rv=2201',
  ]);
  bench.assertEqual();
});

test('objects that change while a list is paged are right in the end', async () => {
  await using bench = await startBench({
    pods: 1200,
    synced: false,
    traits: { watchList: 'refused', watchCache: false },
  });
  bench.cluster.api.faults.add({
    type: 'answer',
    code: 429,
    retryAfter: '2',
    match: { verb: 'list', continued: true },
  });
  await bench.pass(1_000);
  bench.cluster.store.delete('pods', 'shop', 'pod-0');
  bench.touch('pod-1');
  bench.pod('late');
  await bench.pass(10_000);
  bench.assertEqual();
});

test('objects that change while the initial stream runs are right in the end', async () => {
  await using bench = await startBench({ pods: 50, synced: false });
  bench.cluster.api.faults.add({ type: 'rechunk', bytes: 7, match: { verb: 'watch' } });
  const passing = bench.pass(0);
  bench.cluster.store.delete('pods', 'shop', 'pod-7');
  bench.touch('pod-8');
  bench.pod('late');
  await passing;
  await bench.pass(0);
  bench.assertEqual();
});

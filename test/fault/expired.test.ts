import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBench } from './reflector-bench.ts';

// Faults 1, 2, 3 and 24 of the catalogue: the resource version is of no use any more.

/** A 410 as an answer; the simulator by itself gives it as an event. */
const gone = { type: 'answer', code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' } as const;

test('1: 410 as an event relists at the last version, and deletions come at the commit', async () => {
  await using bench = await startBench();
  bench.transport.reachable = false;
  bench.cluster.api.endWatches();
  await bench.pass(0);
  bench.cluster.store.delete('pods', 'shop', 'pod-1');
  bench.pod('late');
  bench.cluster.store.compact();
  bench.transport.reachable = true;
  await bench.pass(10_000);

  assert.deepEqual(bench.requests(), ['watch rv=1003', 'stream rv=1003']);
  assert.deepEqual(bench.mirror.deleted, ['shop/pod-1']);
  assert.equal(bench.reflector.status().relists, 1);
  bench.assertEqual();
});

test('1: 410 over HTTP is the same as 410 in the stream', async () => {
  await using bench = await startBench();
  bench.cluster.api.faults.add({ ...gone, match: { verb: 'watch', initialEvents: false } });
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'stream rv=1003']);
  bench.assertEqual();
});

test('1: a list that refuses the last version too is asked for consistently, at once', async () => {
  await using bench = await startBench({ traits: { watchList: 'refused' } });
  bench.cluster.api.faults.add({ ...gone, match: { verb: 'watch' } }, { ...gone, match: { verb: 'list' } });
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'list rv=1003', 'list rv= limit=500', 'watch rv=1003']);
  bench.assertEqual();
});

test('2: 410 in the middle of paging makes one full list; nothing is deleted before it is complete', async () => {
  await using bench = await startBench({
    pods: 1200,
    traits: { watchList: 'refused', watchCache: false },
    synced: false,
  });
  bench.cluster.api.faults.add({ ...gone, match: { verb: 'list', continued: true }, skip: 1 });
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), [
    'stream rv=',
    'list rv=0 limit=500',
    'list rv= limit=500 continue',
    'list rv= limit=500 continue',
    'list rv=0',
    'watch rv=2200',
  ]);
  assert.deepEqual(bench.mirror.deleted, []);
  assert.equal(bench.mirror.commits, 1);
  bench.assertEqual();
});

test('2: the continue token expires because etcd was compacted', async () => {
  await using bench = await startBench({
    pods: 700,
    traits: { watchList: 'refused', watchCache: false },
    synced: false,
  });
  bench.cluster.api.faults.add({ type: 'hang', match: { verb: 'list', continued: true } });
  await bench.pass(1_000);
  bench.touch('pod-1');
  bench.cluster.store.compact();
  await bench.pass(180_000);
  bench.assertEqual();
  assert.deepEqual(bench.mirror.deleted, []);
});

test('3: 504 "too large resource version" reads consistently, at once', async () => {
  await using bench = await startBench();
  const details = { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] };
  const tooLarge = { type: 'answer', code: 504, reason: 'Timeout', message: 'Timeout', details } as const;
  bench.cluster.api.faults.add({ ...gone, match: { verb: 'watch' } }, { ...tooLarge, match: { initialEvents: true } });
  bench.cluster.api.endWatches();
  await bench.pass(1_300);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'stream rv=1003', 'stream rv=']);
  bench.assertEqual();
});

test('3: a server that knows it only by its text is understood', async () => {
  await using bench = await startBench();
  const old = {
    type: 'answer',
    code: 504,
    reason: 'Timeout',
    message: 'Too large resource version: 9, current: 3',
  } as const;
  bench.cluster.api.faults.add({ ...old, match: { verb: 'watch', initialEvents: false } });
  bench.cluster.api.endWatches();
  await bench.pass(0);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'stream rv=']);
  bench.assertEqual();
});

test('24: an event from before our version means another history: everything is read anew', async () => {
  await using bench = await startBench();
  bench.cluster.store.rewind(500);
  const line = JSON.stringify({
    type: 'MODIFIED',
    object: { metadata: { name: 'x', uid: 'u', resourceVersion: '501' } },
  });
  bench.cluster.api.faults.add({ type: 'insert', line, afterLines: 0, match: { verb: 'watch' } });
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'stream rv=']);
  assert.match(bench.logged.join('\n'), /resource version 501 after 1003: the server was set back/);
  bench.assertEqual();
  assert.equal(bench.reflector.status().resourceVersion, '500');
});

test('24: a server that comes back after an outage with an older etcd is found out at once', async () => {
  await using bench = await startBench();
  bench.transport.reachable = false;
  bench.cluster.api.endWatches();
  await bench.pass(60_000);
  bench.cluster.store.rewind(500);
  bench.transport.reachable = true;
  await bench.pass(60_000);
  assert.deepEqual(bench.requests(), ['list rv= limit=1', 'stream rv=']);
  bench.assertEqual();
});

test('24: an outage is as long as it lasts, whatever is done to the wall clock meanwhile', async () => {
  await using bench = await startBench();
  bench.transport.reachable = false;
  bench.cluster.api.endWatches();
  await bench.pass(60_000);
  bench.clock.stepWallClock(-3_600_000);
  bench.cluster.store.rewind(500);
  bench.transport.reachable = true;
  await bench.pass(60_000);
  assert.deepEqual(bench.requests(), ['list rv= limit=1', 'stream rv=']);
  bench.assertEqual();
});

test('24: a server that was set back and stays silent is found out by two silent watches', async () => {
  await using bench = await startBench();
  // A bookmark, so that silence means something afterwards.
  bench.cluster.store.advanceRevision();
  await bench.pass(61_000);
  bench.cluster.store.rewind(500);
  await bench.pass(15 * 60_000);
  assert.equal(bench.reflector.status().resourceVersion, '500');
  assert.match(bench.logged.join('\n'), /the server is at resource version 500, before 1004: it was set back/);
  bench.assertEqual();
});

test('24: a version that is no number, where ours is one, is not of our history', async () => {
  await using bench = await startBench();
  const line = JSON.stringify({
    type: 'MODIFIED',
    object: { metadata: { name: 'x', uid: 'u', resourceVersion: 'zebra' } },
  });
  bench.cluster.api.faults.add({ type: 'insert', line, afterLines: 0, match: { verb: 'watch' } });
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'stream rv=']);
  bench.assertEqual();
});

test('11: a list older than what was seen already is refused', async () => {
  await using bench = await startBench({ traits: { watchList: 'refused' } });
  // A lagging server that takes no notice of "not older than".
  const lagging = (text: string) =>
    text.replace('"resourceVersion":"1003"},"items"', '"resourceVersion":"900"},"items"');
  bench.cluster.api.faults.add(
    { ...gone, match: { verb: 'watch' } },
    { type: 'rewrite', line: lagging, match: { verb: 'list' } },
  );
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'list rv=1003', 'list rv= limit=500', 'watch rv=1003']);
  assert.equal(bench.mirror.commits, 2);
  bench.assertEqual();
});

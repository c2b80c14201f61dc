import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tooManyRequests } from '../../simulator/faults.ts';
import { startBench } from './reflector-bench.ts';

// Faults 4, 5 and 18: the server, or something before it, has trouble. Nobody relists because of that.

test('4: 429 with Retry-After in seconds is waited for, and the version is kept', async () => {
  await using bench = await startBench();
  bench.cluster.api.faults.add({ ...tooManyRequests, retryAfter: '7', match: { verb: 'watch' } });
  bench.cluster.api.endWatches();
  await bench.pass(6_999);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
  assert.equal(bench.reflector.status().state, 'disconnected');
  await bench.pass(1);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
  assert.equal(bench.reflector.status().state, 'synced');
  assert.equal(bench.reflector.status().relists, 0);
});

test('4: Retry-After as a date is a lower bound too', async () => {
  await using bench = await startBench();
  const retryAfter = new Date(bench.clock.now() + 20_000).toUTCString();
  bench.cluster.api.faults.add({ ...tooManyRequests, retryAfter, match: { verb: 'watch' } });
  bench.cluster.api.endWatches();
  await bench.pass(19_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
  await bench.pass(1_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
});

test('4: 429 on the first list waits and asks for the same', async () => {
  await using bench = await startBench({
    synced: false,
    prepare: (cluster) =>
      cluster.api.faults.add({ ...tooManyRequests, retryAfter: '3', match: { verb: 'watch' }, times: 2 }),
  });
  await bench.pass(10_000);
  assert.deepEqual(bench.requests(), ['stream rv=', 'stream rv=', 'stream rv=']);
  bench.assertEqual();
});

test('4: 429 inside a stream', async () => {
  await using bench = await startBench();
  const status = { kind: 'Status', status: 'Failure', reason: 'TooManyRequests', code: 429, message: 'slow down' };
  bench.cluster.api.faults.add({
    type: 'insert',
    line: JSON.stringify({ type: 'ERROR', object: status }),
    afterLines: 0,
    match: { verb: 'watch' },
  });
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'watch rv=1003']);
  bench.assertEqual();
});

for (const code of [500, 502, 503, 504]) {
  test(`5: ${code} on a watch backs off and keeps the version`, async () => {
    await using bench = await startBench();
    const page = code === 502 ? '<html><h1>502 Bad Gateway</h1></html>' : undefined;
    bench.cluster.api.faults.add({
      type: 'answer',
      code,
      ...(page === undefined ? {} : { page }),
      match: { verb: 'watch' },
      times: 3,
    });
    bench.cluster.api.endWatches();
    bench.pod('meanwhile');
    await bench.pass(1_199);
    assert.deepEqual(bench.requests(), ['watch rv=1003']);
    // 0.8, 1.6, 3.2 s, each times 1.5.
    await bench.pass(1);
    assert.deepEqual(bench.requests(), ['watch rv=1003']);
    await bench.pass(2_400);
    assert.deepEqual(bench.requests(), ['watch rv=1003']);
    await bench.pass(4_800);
    assert.deepEqual(bench.requests(), ['watch rv=1003']);
    assert.equal(bench.reflector.status().relists, 0);
    bench.assertEqual();
  });
}

test('5: 500 on a list: the picture stays as it was, the list comes again', async () => {
  await using bench = await startBench({ traits: { watchList: 'refused' } });
  bench.cluster.api.faults.add({ type: 'answer', code: 500, match: { verb: 'list' }, times: 2 });
  bench.cluster.store.compact();
  bench.cluster.store.advanceRevision();
  bench.cluster.store.compact();
  bench.cluster.api.endWatches();
  await bench.pass(2_000);
  assert.equal(bench.mirror.objects.size, 3);
  await bench.pass(20_000);
  assert.deepEqual(bench.mirror.deleted, []);
  bench.assertEqual();
});

test('5: 500 inside a stream is passed over for a minute, then a list is tried', async () => {
  await using bench = await startBench();
  const status = { kind: 'Status', status: 'Failure', reason: 'InternalError', code: 500, message: 'broken' };
  bench.cluster.api.faults.add({
    type: 'insert',
    line: JSON.stringify({ type: 'ERROR', object: status }),
    afterLines: 0,
    match: { verb: 'watch', initialEvents: false },
    times: 0,
  });
  bench.cluster.api.endWatches();
  await bench.pass(50_000);
  assert.ok(bench.requests().every((request) => request === 'watch rv=1003'));
  await bench.pass(120_000);
  assert.ok(bench.requests().includes('stream rv=1003'));
  bench.assertEqual();
});

test('18: an API server that restarts ends all watches at once: they come back spread out, without a list', async () => {
  await using bench = await startBench();
  bench.transport.reachable = false;
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  const status = bench.reflector.status();
  assert.equal(status.state, 'disconnected');
  assert.match(status.message ?? '', /ECONNREFUSED/);
  bench.pod('meanwhile');
  bench.transport.reachable = true;
  await bench.pass(10_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
  assert.equal(bench.reflector.status().relists, 0);
  bench.assertEqual();
});

test('18: away at the start: it waits, and syncs when the server is there', async () => {
  await using bench = await startBench({ synced: false });
  bench.transport.reachable = false;
  await bench.pass(120_000);
  assert.equal(bench.reflector.status().state, 'disconnected');
  bench.transport.reachable = true;
  // The longest wait is 30 s, times two at most.
  await bench.pass(60_000);
  assert.equal(bench.reflector.status().state, 'synced');
  bench.assertEqual();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBench } from './reflector-bench.ts';

// Faults 6, 8, 9, 13, 20 and 21: bytes that break off, stop, trickle or make no sense.

const watch = { match: { verb: 'watch', initialEvents: false } } as const;

for (const type of ['reset', 'close'] as const) {
  test(`6: ${type} in the middle of a line: the line is dropped, the watch resumes from the last whole one`, async () => {
    await using bench = await startBench();
    bench.cluster.api.faults.add({ type, afterLines: 1, plusBytes: 40, ...watch });
    bench.cluster.api.endWatches();
    await bench.pass(0);
    bench.touch('pod-0');
    bench.touch('pod-1');
    await bench.pass(10_000);
    assert.deepEqual(bench.requests(), ['watch rv=1003', 'watch rv=1004']);
    assert.equal(bench.reflector.status().relists, 0);
    bench.assertEqual();
  });

  test(`6: ${type} in the middle of the initial stream: it is collected anew, nothing is deleted`, async () => {
    await using bench = await startBench();
    bench.cluster.store.advanceRevision();
    bench.cluster.store.compact();
    bench.cluster.api.faults.add({ type, afterLines: 1, plusBytes: 40, match: { initialEvents: true } });
    bench.cluster.api.endWatches();
    await bench.pass(10_000);
    assert.deepEqual(bench.mirror.deleted, []);
    assert.equal(bench.mirror.commits, 2);
    bench.assertEqual();
  });

  test(`6: ${type} in the middle of a list`, async () => {
    await using bench = await startBench({ traits: { watchList: 'refused' } });
    bench.cluster.store.advanceRevision();
    bench.cluster.store.compact();
    bench.cluster.api.faults.add({ type, afterLines: 0, plusBytes: 300, match: { verb: 'list' } });
    bench.cluster.api.endWatches();
    await bench.pass(10_000);
    assert.deepEqual(bench.mirror.deleted, []);
    assert.equal(bench.mirror.commits, 2);
    bench.assertEqual();
  });
}

test('8: a watch that is silent though bookmarks used to come is cut after 150 s and resumed', async () => {
  await using bench = await startBench();
  bench.cluster.store.advanceRevision();
  await bench.pass(61_000);
  bench.cluster.api.faults.add({ type: 'silence', afterLines: 0, ...watch });
  bench.cluster.api.endWatches();
  await bench.pass(0);
  bench.pod('unheard');
  bench.requests();
  await bench.pass(149_000);
  assert.deepEqual(bench.requests(), []);
  await bench.pass(1_000);
  assert.deepEqual(bench.requests(), ['watch rv=1004']);
  bench.assertEqual();
});

test('9: a stream that dribbles a byte at a time is cut 30 s after its own timeout', async () => {
  await using bench = await startBench();
  bench.cluster.api.faults.add({ type: 'dribble', everyMs: 10_000, afterLines: 0, ...watch });
  bench.cluster.api.endWatches();
  await bench.pass(0);
  bench.pod('unheard');
  // With random 0.5 a watch lasts 450 s.
  await bench.pass(479_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
  await bench.pass(1_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
  bench.assertEqual();
});

test('9: headers that never come are given up after 10 s, and the picture counts as stale since the watch ended', async () => {
  await using bench = await startBench();
  const endedAt = bench.clock.now();
  bench.cluster.api.faults.add({ type: 'hang', ...watch });
  bench.cluster.api.endWatches();
  await bench.pass(9_999);
  assert.equal(bench.reflector.status().state, 'synced');
  await bench.pass(1);
  assert.equal(bench.reflector.status().state, 'disconnected');
  assert.equal(bench.reflector.status().disconnectedSinceAt, endedAt);
  await bench.pass(2_000);
  assert.equal(bench.reflector.status().state, 'synced');
});

test('13: where bookmarks never come, silence up to the timeout of the watch is normal after the first time', async () => {
  await using bench = await startBench();
  await bench.pass(150_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
  await bench.pass(449_000);
  assert.deepEqual(bench.requests(), []);
  await bench.pass(1_000);
  // Twice silent: one object is read, to be sure that there is nothing to hear.
  assert.deepEqual(bench.requests(), ['list rv= limit=1', 'watch rv=1003']);
  await bench.pass(449_000);
  assert.deepEqual(bench.requests(), []);
  assert.equal(bench.reflector.status().relists, 0);
  assert.equal(bench.reflector.status().state, 'synced');
});

test('12: bookmarks alone for an hour keep the version fresh, without a list', async () => {
  await using bench = await startBench();
  for (let minute = 0; minute < 60; minute++) {
    bench.cluster.store.advanceRevision();
    await bench.pass(60_000);
  }
  bench.cluster.store.compact();
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  const status = bench.reflector.status();
  assert.equal(status.relists, 0);
  assert.equal(status.resourceVersion, String(bench.cluster.store.revision));
  // Seven or eight watches of 450 s, and the one that was just ended.
  assert.ok(bench.requests().every((request) => request.startsWith('watch ')));
  bench.assertEqual();
});

test('12: a quiet watch is asked about once, not listed, when two watches in a row were silent', async () => {
  await using bench = await startBench();
  bench.cluster.store.advanceRevision();
  await bench.pass(61_000);
  // Elsewhere in the cluster something happens, and this watch has no word of it: etcd without progress notices.
  bench.cluster.api.faults.add({ type: 'dropBookmarks', only: 'all', match: { verb: 'watch' }, times: 0 });
  await bench.pass(150_000);
  bench.cluster.store.advanceRevision(100);
  await bench.pass(151_000);
  assert.deepEqual(bench.requests(), ['watch rv=1004', 'list rv= limit=1', 'watch rv=1004']);
  assert.equal(bench.reflector.status().relists, 0);
});

const garbage: readonly (readonly [string, string])[] = [
  ['no JSON', '<html><title>Bad Gateway</title></html>'],
  ['an unknown type', '{"type":"SURPRISE","object":{}}'],
  ['a bookmark without version', '{"type":"BOOKMARK","object":{}}'],
  ['a bare value', '42'],
];

for (const [name, line] of garbage) {
  test(`6: ${name}: the stream ends there, nothing after it is trusted, no list`, async () => {
    await using bench = await startBench();
    bench.cluster.api.faults.add({ type: 'insert', line, afterLines: 1, ...watch });
    bench.cluster.api.endWatches();
    await bench.pass(0);
    bench.touch('pod-0');
    bench.touch('pod-1');
    await bench.pass(10_000);
    assert.deepEqual(bench.requests(), ['watch rv=1003', 'watch rv=1004']);
    assert.equal(bench.reflector.status().counters.undecodable, 1);
    assert.equal(bench.reflector.status().relists, 0);
    bench.assertEqual();
  });
}

test('6: a line that breaks every watch at the same place is passed by a list after the third time', async () => {
  await using bench = await startBench();
  bench.cluster.api.faults.add({ type: 'insert', line: 'poison', afterLines: 0, ...watch, times: 0 });
  bench.cluster.api.endWatches();
  bench.pod('behind-it');
  await bench.pass(30_000);
  assert.equal(bench.reflector.status().relists, 1);
  assert.equal(bench.reflector.status().counters.undecodable, 3);
  bench.assertEqual();
});

test('18: a watch that is closed at once, again and again, backs off, and is listed after the third time', async () => {
  await using bench = await startBench();
  // A stale version of the Events resource does this: no 410 ever comes.
  bench.cluster.api.faults.add({ type: 'close', afterLines: 0, ...watch, times: 3 });
  bench.cluster.api.endWatches();
  await bench.pass(30_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'watch rv=1003', 'watch rv=1003', 'stream rv=1003']);
  bench.assertEqual();
});

test('20: an object of 3 MB is an object; a line past 32 MiB cuts the stream and is counted', async () => {
  await using bench = await startBench();
  bench.cluster.store.create('pods', {
    metadata: { name: 'large', namespace: 'shop', annotations: { blob: 'x'.repeat(3 * 1024 * 1024) } },
  });
  await bench.pass(0);
  bench.assertEqual();

  const line = `{"type":"ADDED","object":{"blob":"${'y'.repeat(33 * 1024 * 1024)}"}}`;
  bench.cluster.api.faults.add({ type: 'insert', line, afterLines: 0, ...watch });
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  assert.equal(bench.reflector.status().counters.undecodable, 1);
  assert.match(bench.logged.join('\n'), /a line is longer than 33554432 bytes; the stream was cut/);
  assert.equal(bench.reflector.status().state, 'synced');
  bench.assertEqual();
});

test('21: invalid UTF-8 becomes replacement characters, also when chunks end inside a character', async () => {
  const names: string[] = [];
  await using bench = await startBench({
    pods: 0,
    prepare: ({ store, api }) => {
      store.create('pods', { metadata: { name: 'a', namespace: 'shop', labels: { motto: 'é – 漢字 🚀' } } });
      api.faults.add({ type: 'rechunk', bytes: 1, match: { verb: 'watch' } });
    },
    reflector: {
      sink: (event) => {
        if ('object' in event) names.push(JSON.stringify(event.object.raw['metadata']));
      },
    },
    synced: false,
  });
  await bench.pass(0);
  assert.equal(bench.reflector.status().state, 'synced');
  assert.match(names[0] ?? '', /é – 漢字 🚀/);
});

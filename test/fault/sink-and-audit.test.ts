import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBench } from './reflector-bench.ts';

// What no server does: a sink with a bug, and an event that was swallowed on the way.

test('a sink that throws gets the same event again, from the last version that was taken', async () => {
  await using bench = await startBench();
  bench.mirror.failures = 1;
  bench.touch('pod-0');
  bench.touch('pod-1');
  await bench.pass(5_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003']);
  assert.equal(bench.reflector.status().counters.sinkFailures, 1);
  assert.match(bench.logged.join('\n'), /the sink threw on apply/);
  bench.assertEqual();
});

test('a sink that throws twice on the same event gets a new list', async () => {
  await using bench = await startBench();
  bench.mirror.failures = 2;
  bench.touch('pod-0');
  await bench.pass(10_000);
  assert.deepEqual(bench.requests(), ['watch rv=1003', 'stream rv=1003']);
  bench.assertEqual();
});

for (const [when, failures, spared] of [
  ['at init', 1, 0],
  ['at an object', 1, 1],
  ['at the commit', 1, 4],
] as const) {
  test(`a sink that throws ${when} of the first picture gets the picture anew`, async () => {
    let seen = 0;
    let left: number = failures;
    await using bench = await startBench({
      synced: false,
      reflector: {
        sink: (event) => {
          if (seen++ >= spared && left-- > 0) throw new Error('a bug in the sink');
          bench.mirror.sink(event);
        },
      },
    });
    await bench.pass(5_000);
    assert.equal(bench.mirror.commits, 1);
    assert.equal(bench.reflector.status().state, 'synced');
    bench.assertEqual();
  });
}

test('a sink that always throws is told again and again, ever more slowly, and the status says why', async () => {
  await using bench = await startBench({ synced: false });
  bench.mirror.failures = Number.POSITIVE_INFINITY;
  await bench.pass(300_000);
  const status = bench.reflector.status();
  assert.equal(status.state, 'disconnected');
  assert.match(status.message ?? '', /the sink did not take init: a bug in the sink/);
  assert.ok(status.counters.sinkFailures > 5 && status.counters.sinkFailures < 20, `${status.counters.sinkFailures}`);
});

/** Swallows the frame that tells of one pod. */
const swallow = (name: string) =>
  ({
    type: 'rewrite',
    line: (text: string) => (text.includes(`"name":"${name}"`) ? null : text),
    match: { verb: 'watch', initialEvents: false },
    times: 0,
  }) as const;

test('the count audit finds an event that was swallowed, and reads everything anew', async () => {
  let count = () => 0;
  await using bench = await startBench({ reflector: { countObjects: () => count() } });
  count = () => bench.mirror.objects.size;
  bench.cluster.api.faults.add(swallow('lost'));
  bench.cluster.api.endWatches();
  await bench.pass(0);
  bench.pod('lost');
  // Bookmarks go on, so nothing else tells.
  for (let minute = 0; minute < 29; minute++) {
    bench.cluster.store.advanceRevision();
    await bench.pass(60_000);
  }
  assert.equal(bench.mirror.objects.size, 3);
  bench.cluster.api.faults.clear();

  // 30 min, and twice half a minute to be sure.
  await bench.pass(3 * 60_000);
  const status = bench.reflector.status();
  assert.deepEqual(status.audit, {
    at: status.audit?.at,
    outcome: 'mismatch',
    message: '3 objects here, 4 on the server',
  });
  assert.equal(status.counters.auditMismatches, 1);
  bench.assertEqual();
});

test('the count audit asks for one object of metadata, and says when counts agree', async () => {
  await using bench = await startBench({ reflector: { countObjects: () => 3 } });
  await bench.pass(30 * 60_000);
  const status = bench.reflector.status();
  assert.equal(status.audit?.outcome, 'equal');
  assert.equal(status.counters.audits, 1);
  assert.equal(status.relists, 0);
  assert.ok(bench.requests().includes('list rv= limit=1'));
});

test('with a field selector the audit is skipped, and says so', async () => {
  await using bench = await startBench({
    reflector: { countObjects: () => 3, fieldSelector: 'metadata.namespace!=kube-system' },
  });
  await bench.pass(30 * 60_000);
  assert.equal(bench.reflector.status().audit?.outcome, 'skipped');
});

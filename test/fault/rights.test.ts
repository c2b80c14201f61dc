import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBench } from './reflector-bench.ts';

// Faults 15, 16 and 17: who may ask, and for what. Nothing is ever deleted because of a "no".

test('16: a forbidden resource parks, is probed again after 30 s and then less often, and recovers', async () => {
  await using bench = await startBench({ synced: false, traits: { denied: [{ resource: 'pods' }] } });
  await bench.pass(0);
  const status = bench.reflector.status();
  assert.equal(status.state, 'forbidden');
  assert.match(
    status.message ?? '',
    /pods is forbidden: User ".+" cannot watch resource "pods" in API group "" at the cluster scope/,
  );
  assert.equal(status.disconnectedSinceAt, null);
  bench.requests();

  // 30, 60, 120, 240, 300 s, each +5 % with random 0.5.
  for (const [seconds, probes] of [
    [31, 0],
    [1, 1],
    [63, 1],
    [126, 1],
    [252, 1],
    [315, 1],
    [315, 1],
  ] as const) {
    await bench.pass(seconds * 1000);
    assert.equal(bench.requests().length, probes, `after ${seconds} s more`);
  }

  bench.cluster.api.traits.denied = [];
  await bench.pass(316_000);
  assert.equal(bench.reflector.status().state, 'synced');
  assert.equal(bench.reflector.status().message, null);
  bench.assertEqual();
});

test('16: a right taken away while watching is noticed at the renewal; what is known stays', async () => {
  await using bench = await startBench();
  bench.cluster.api.traits.denied = [{ resource: 'pods', verb: 'watch' }];
  bench.touch('pod-0');
  await bench.pass(0);
  // An open watch goes on delivering.
  bench.assertEqual();
  bench.cluster.api.endWatches();
  await bench.pass(120_000);
  assert.equal(bench.reflector.status().state, 'forbidden');
  assert.equal(bench.mirror.objects.size, 3);
  assert.deepEqual(bench.mirror.deleted, []);

  bench.cluster.api.traits.denied = [];
  bench.pod('meanwhile');
  await bench.pass(300_000);
  assert.equal(bench.reflector.status().state, 'synced');
  assert.equal(bench.reflector.status().relists, 0);
  bench.assertEqual();
});

test('16: while it is asked again, and until it is answered, forbidden is what it stays', async () => {
  for (const synced of [false, true]) {
    let told = 0;
    const onStatus = () => void told++;
    await using bench = await startBench({ synced, reflector: { onStatus } });
    bench.cluster.api.traits.denied = [{ resource: 'pods' }];
    bench.cluster.api.endWatches();
    await bench.pass(1_000);
    assert.equal(bench.reflector.status().state, 'forbidden');
    told = 0;
    bench.cluster.api.faults.add({ type: 'hang', match: { resource: 'pods' } });
    await bench.pass(33_000);
    assert.equal(bench.transport.open, 1, 'it is being asked again');
    assert.equal(bench.reflector.status().state, 'forbidden', `synced before: ${synced}`);
    assert.equal(told, 0, 'nothing is news');
  }
});

test('16: one forbidden namespace does not trouble another', async () => {
  const denied = [{ resource: 'pods', namespace: 'bank' }];
  await using shop = await startBench({ synced: false, traits: { denied }, reflector: { namespace: 'shop' } });
  await using bank = await startBench({ synced: false, traits: { denied }, reflector: { namespace: 'bank' } });
  await shop.pass(0);
  await bank.pass(0);
  assert.equal(shop.reflector.status().state, 'synced');
  assert.equal(bank.reflector.status().state, 'forbidden');
  assert.match(bank.reflector.status().message ?? '', /in the namespace "bank"/);
});

test('17: a resource that the server does not have is unavailable, not empty, and is looked for again', async () => {
  await using bench = await startBench({ synced: false, traits: { absent: ['pods'] } });
  await bench.pass(0);
  assert.equal(bench.reflector.status().state, 'unavailable');
  assert.equal(bench.mirror.commits, 0);
  bench.cluster.api.traits.absent = [];
  await bench.pass(32_000);
  assert.equal(bench.reflector.status().state, 'synced');
  bench.assertEqual();
});

test('15: a token that is not accepted backs off; the picture stays and is said to be disconnected', async () => {
  await using bench = await startBench({ token: 'right', traits: { tokens: { right: 'me' } } });
  bench.cluster.api.traits.tokens = { another: 'me' };
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  const status = bench.reflector.status();
  assert.equal(status.state, 'disconnected');
  assert.match(status.message ?? '', /Unauthorized/);
  assert.deepEqual(bench.mirror.deleted, []);
  bench.cluster.api.traits.tokens = { right: 'me' };
  await bench.pass(30_000);
  assert.equal(bench.reflector.status().state, 'synced');
  assert.equal(bench.reflector.status().relists, 0);
});

import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { causeOf, noon, openTestStore, podOf, snapshotOf, temporaryDirectory } from '../test/fault/storage-fixtures.ts';
import { setDatabaseAside } from './files.ts';
import type { RevisionChange } from './store.ts';

test('a verdict is in the picture once committed, with its pods and one revision', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  const changes: RevisionChange[] = [];
  store.onRevision((change) => changes.push(change));
  const snapshot = snapshotOf();

  assert.deepEqual(store.put(snapshot, [podOf('cart-2', { ready: false }), podOf('cart-1')], {}, noon), {
    changed: true,
  });
  assert.equal(store.current().size, 0, 'not before the commit');
  assert.equal(store.latest(snapshot.key), snapshot);
  await store.flushed();

  assert.equal(store.current().get(snapshot.key)?.snapshot, snapshot);
  assert.deepEqual(
    store.pods(snapshot.key).map(({ name }) => name),
    ['cart-2', 'cart-1'],
  );
  assert.deepEqual(changes, [
    { previousRevision: 0, revision: 1, upserts: [snapshot.key], deletes: [], touched: [snapshot.key] },
  ]);
});

test('the cluster that the file is about is known at the next start', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const store = await openTestStore(t, { path: file });
  assert.equal(store.cluster, null);
  store.nameCluster('the first');
  await store.close();
  const again = await openTestStore(t, { path: file });
  assert.equal(again.cluster, 'the first');
});

test('a database about another cluster is moved away whole, one at most, and counts', async (t) => {
  const directory = temporaryDirectory(t);
  // Written in another way than `join` would, as the default ./maintenant.db is.
  const file = `${directory}/./a.db`;
  for (const turn of [0, 1]) {
    const store = await openTestStore(t, { path: file });
    store.nameCluster(`cluster ${turn}`);
    store.put(snapshotOf(), [podOf('cart-1')], {}, noon);
    await store.close();
    setDatabaseAside(file, noon + turn * 1_000);
  }
  const aside = readdirSync(directory).filter((name) => name.includes('other-cluster'));
  assert.deepEqual(aside, [`a.db.other-cluster-${new Date(noon + 1_000).toISOString().replaceAll(':', '-')}`]);
  const store = await openTestStore(t, { path: file });
  assert.deepEqual([store.cluster, store.current().size], [null, 0]);
  assert.ok(store.storage().fileBytes > statSync(path.join(directory, aside[0]!)).size);
  const old = await openTestStore(t, { path: path.join(directory, aside[0]!) });
  assert.deepEqual([old.cluster, old.current().size], ['cluster 1', 1]);
});

test('unchanged content writes nothing', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  store.put(snapshotOf(), [podOf('cart-1')], { hadPods: true }, noon);
  await store.flushed();
  let commits = 0;
  store.onRevision(() => {
    commits += 1;
  });
  assert.deepEqual(store.put(snapshotOf(), [podOf('cart-1')], { hadPods: true }, noon + 1_000), { changed: false });
  assert.equal(store.storage().pendingRows, 0);
  await store.flushed();
  assert.equal(commits, 0);
  assert.equal(store.revision(), 1);
});

test('a change of a pod alone touches the detail and not the list', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  store.put(snapshotOf(), [podOf('cart-1'), podOf('cart-2'), podOf('cart-3')], {}, noon);
  await store.flushed();
  const changes: RevisionChange[] = [];
  store.onRevision((change) => changes.push(change));
  store.put(snapshotOf(), [podOf('cart-1', { restarts: 4 }), podOf('cart-2')], {}, noon + 1_000);
  assert.equal(store.storage().pendingRows, 3, 'the workload, one pod written, one deleted');
  await store.flushed();
  assert.deepEqual(changes, [
    { previousRevision: 1, revision: 2, upserts: [], deletes: [], touched: [snapshotOf().key] },
  ]);
  assert.deepEqual(
    store.pods(snapshotOf().key).map(({ name, restarts }) => [name, restarts]),
    [
      ['cart-1', 4],
      ['cart-2', 0],
    ],
  );
});

test('a restart serves the last picture at once, with what is remembered, and the same content writes nothing', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const first = await openTestStore(t, { path: file });
  const degraded = snapshotOf({ state: 'Degraded', cause: causeOf('CrashLoop'), available: 1 });
  first.put(degraded, [podOf('cart-1'), podOf('cart-2', { ready: false })], { lastProgressAt: noon }, noon);
  first.put(snapshotOf({ name: 'gone' }), [], {}, noon);
  await first.flushed();
  first.remove(snapshotOf({ name: 'gone' }).key, noon + 5_000);
  await first.close();

  const second = await openTestStore(t, { path: file });
  assert.deepEqual([...second.current().values()], [{ snapshot: degraded, revision: 1 }]);
  assert.equal(second.revision(), first.revision());
  assert.notEqual(second.epoch, first.epoch);
  assert.deepEqual(second.remembered(degraded.key), { lastProgressAt: noon });
  assert.deepEqual(
    second.pods(degraded.key).map(({ name }) => name),
    ['cart-2', 'cart-1'],
  );
  assert.deepEqual([...second.keys()], [degraded.key]);
  const again = second.put(
    snapshotOf({ state: 'Degraded', cause: causeOf('CrashLoop'), available: 1 }),
    [podOf('cart-1'), podOf('cart-2', { ready: false })],
    { lastProgressAt: noon },
    noon + 60_000,
  );
  assert.deepEqual(again, { changed: false });
  assert.equal((await second.deleted(snapshotOf({ name: 'gone' }).key))?.deletedAt, noon + 5_000);
});

test('transitions tell state, cause and message, newest first', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  const { key } = snapshotOf();
  store.put(snapshotOf(), [], {}, noon);
  store.put(
    snapshotOf({ state: 'Degraded', available: 2, cause: causeOf('ImagePullNotFound', 'no such tag') }),
    [],
    {},
    noon + 1_000,
  );
  // Another number of available pods is no transition, nor is another level of availability under the same word.
  store.put(
    snapshotOf({ state: 'Degraded', available: 1, cause: causeOf('ImagePullNotFound', 'no such tag') }),
    [],
    {},
    noon + 2_000,
  );
  store.put(
    snapshotOf({ state: 'Degraded', available: 1, cause: causeOf('CrashLoop', 'exit 1') }),
    [],
    {},
    noon + 3_000,
  );
  store.put(snapshotOf(), [], {}, noon + 4_000);
  await store.flushed();
  const { items, nextCursor } = await store.transitions({ limit: 10 });
  assert.equal(nextCursor, null);
  assert.deepEqual(items, [
    { key, at: noon + 4_000, from: 'Degraded', to: 'Healthy', causeCode: null, message: '3 of 3 available.' },
    { key, at: noon + 3_000, from: 'Degraded', to: 'Degraded', causeCode: 'CrashLoop', message: 'exit 1' },
    { key, at: noon + 1_000, from: 'Healthy', to: 'Degraded', causeCode: 'ImagePullNotFound', message: 'no such tag' },
    { key, at: noon, from: null, to: 'Healthy', causeCode: null, message: '3 of 3 available.' },
  ]);
});

test('nodes and ordinals are rows of their own: a change of one writes one, and a restart has them all', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const first = await openTestStore(t, { path: file });
  const node = (number: number, state = 'Running') => ({
    node: `node-${number}`,
    pod: `p-${number}`,
    state,
    reason: null,
  });
  const nodes = Array.from({ length: 500 }, (_, number) => node(100 + number));
  // Two pods of one node, as while it surges.
  nodes.splice(1, 0, { ...node(100), pod: 'p-new' });
  const daemon = { ...snapshotOf({ kind: 'DaemonSet', name: 'agent' }), nodes };
  const ordinal = (number: number) =>
    ({
      ordinal: number,
      pod: `db-${number}`,
      state: 'Running',
      revision: 'current',
      claims: ['data'],
      blockedBy: null,
    }) as const;
  const stateful = {
    ...snapshotOf({ kind: 'StatefulSet', name: 'db' }),
    ordinals: Array.from({ length: 12 }, (_, number) => ordinal(number)),
  };
  first.put(daemon, [], {}, noon);
  first.put(stateful, [], {}, noon);
  await first.flushed();
  const changes: RevisionChange[] = [];
  first.onRevision((change) => changes.push(change));
  const changed = { ...daemon, nodes: [...nodes.slice(0, -1), node(599, 'CrashLoopBackOff')] };
  assert.deepEqual(first.put(changed, [], {}, noon), { changed: true });
  assert.equal(first.storage().pendingRows, 2, 'the workload and one node');
  await first.flushed();
  assert.deepEqual(
    changes.map(({ upserts, touched }) => [upserts, touched]),
    [[[], [daemon.key]]],
  );
  assert.equal(first.current().get(daemon.key)?.snapshot, changed);
  await first.close();

  const second = await openTestStore(t, { path: file });
  assert.deepEqual(second.latest(daemon.key), changed);
  assert.deepEqual(second.latest(stateful.key), stateful);
  assert.deepEqual(second.put(changed, [], {}, noon), { changed: false });
  assert.deepEqual(second.put(stateful, [], {}, noon), { changed: false });
});

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { type WorkloadKey, workloadKey } from '../health/workload.ts';
import {
  causeOf,
  eventOf,
  hourMs,
  minuteMs,
  noon,
  openTestStore,
  snapshotOf,
  temporaryDirectory,
} from '../test/fault/storage-fixtures.ts';
import { History } from './history.ts';
import { CursorError } from './open.ts';
import type { Page, PageRequest, Transition } from './store.ts';

const { key } = snapshotOf();

/** Every item of a list, read in pages of `limit`. */
async function allPages<Item>(
  read: (request: PageRequest) => Promise<Page<Item>>,
  request: Omit<PageRequest, 'cursor'>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < 100; pages += 1) {
    const page: Page<Item> = await read(cursor === null ? request : { ...request, cursor });
    assert.ok(page.items.length <= request.limit);
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  assert.equal(cursor, null, 'the list ends');
  return items;
}

test('what the disk does not take is paged through with what is in the file, and nothing twice or never', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const store = await openTestStore(t, { path: file });
  for (let minute = 0; minute < 10; minute += 1) {
    store.put(snapshotOf({ state: minute % 2 === 0 ? 'Healthy' : 'Down' }), [], {}, noon + minute * minuteMs);
  }
  await store.flushed();
  const history = new History(file);
  t.after(() => history.close());
  const begun = noon + hourMs;
  // Seven moments, of which one is told of nine workloads at once: a node that was lost.
  const moments = [0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 5, 6].map((minute) => begun + minute * minuteMs);
  const unwritten = moments.map((at, index): Transition => {
    const name = workloadKey('shop', 'Deployment', `web-${index}`);
    return { key: name, at, from: 'Healthy', to: 'Down', causeCode: null, message: String(index) };
  });
  for (const limit of [1, 2, 4, 5, 15, 16, 100]) {
    const told = await allPages((request) => history.transitions(request, unwritten), { limit });
    assert.deepEqual(
      told.map(({ at }) => at),
      [...moments.toReversed(), ...Array.from({ length: 10 }, (_, minute) => noon + (9 - minute) * minuteMs)],
      `pages of ${limit}`,
    );
    assert.equal(new Set(told.map(({ key: name, at }) => `${name} ${at}`)).size, 25);
  }
});

test('the time between two runs is NotObserved, and the state goes on after it', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const clock = { now: noon };
  const first = await openTestStore(t, { path: file }, clock);
  first.observed(noon);
  first.put(snapshotOf(), [], {}, noon);
  first.observed(noon + 30_000);
  await first.close();

  clock.now = noon + hourMs;
  const second = await openTestStore(t, { path: file }, clock);
  assert.deepEqual(
    (await second.intervals(key, noon, clock.now)).map(({ from, to, state }) => [from - noon, to && to - noon, state]),
    [
      [0, 30_000, 'Healthy'],
      [30_000, null, 'NotObserved'],
    ],
  );
  second.observed(clock.now);
  second.put(snapshotOf({ state: 'Down', cause: causeOf('CrashLoop') }), [], {}, clock.now + 10_000);
  second.observed(clock.now + 20_000);
  await second.flushed();
  clock.now += 20_000;
  assert.deepEqual(
    (await second.intervals(key, noon, clock.now)).map(({ from, to, state, causeCode }) => [
      from - noon,
      to && to - noon,
      state,
      causeCode,
    ]),
    [
      [0, 30_000, 'Healthy', null],
      [30_000, hourMs, 'NotObserved', null],
      [hourMs, hourMs + 10_000, 'Healthy', null],
      [hourMs + 10_000, null, 'Down', 'CrashLoop'],
    ],
  );
  const uptime = await second.uptime(key, clock.now);
  assert.equal(uptime['24h'].availableRatio?.toFixed(6), (40 / 50).toFixed(6));
  assert.equal(uptime['24h'].downRatio?.toFixed(6), (10 / 50).toFixed(6));
  assert.equal(
    uptime['90d'].observedRatio.toFixed(6),
    (50 / (86_400 + 3_620)).toFixed(6),
    'it was a day old when it was first seen',
  );
  assert.equal(uptime['24h'].observedRatio.toFixed(6), (50 / 86_400).toFixed(6));
  for (const range of ['24h', '90d'] as const)
    assert.deepEqual((await second.uptimeOfAll(range, clock.now)).get(key), uptime[range], range);
  assert.equal(second.strip(key, clock.now).strip24h.slice(-3), 'H-X', 'the half-hour in between was dark');
});

test('deleted and created again is one history with a mark', async (t) => {
  const clock = { now: noon };
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') }, clock);
  store.observed(noon);
  store.put(snapshotOf({ uid: 'first' }), [], {}, noon);
  await store.flushed();
  store.remove(key, noon + minuteMs);
  await store.flushed();
  assert.equal(store.current().size, 0);
  assert.equal(store.latest(key), null);
  const deleted = await store.deleted(key);
  assert.equal(deleted?.deletedAt, noon + minuteMs);
  assert.equal(deleted?.snapshot.uid, 'first');

  store.observed(noon + minuteMs);
  store.put(snapshotOf({ uid: 'second' }), [], {}, noon + 2 * minuteMs);
  store.observed(noon + 2 * minuteMs);
  await store.flushed();
  clock.now = noon + 2 * minuteMs;
  assert.equal(await store.deleted(key), null);
  assert.deepEqual(
    (await store.transitions({ key, limit: 10 })).items.map(({ at, from, to, message }) => [
      at - noon,
      from,
      to,
      message,
    ]),
    [
      [2 * minuteMs, null, 'Healthy', 'Created again with a new UID. 3 of 3 available.'],
      [0, null, 'Healthy', '3 of 3 available.'],
    ],
  );
  assert.deepEqual(
    (await store.intervals(key, noon, noon + 3 * minuteMs)).map(({ from, to, state }) => [
      from - noon,
      to && to - noon,
      state,
    ]),
    [
      [0, minuteMs, 'Healthy'],
      [2 * minuteMs, null, 'NotObserved'],
    ],
    'nothing is said of the time after the last mark',
  );
});

test('a new UID under the same name is a mark even when the deletion was not seen', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  store.put(snapshotOf({ uid: 'first' }), [], {}, noon);
  store.put(snapshotOf({ uid: 'second' }), [], {}, noon + minuteMs);
  await store.flushed();
  assert.deepEqual(
    (await store.transitions({ key, limit: 10 })).items.map(({ from, message }) => [from, message]),
    [
      [null, 'Created again with a new UID. 3 of 3 available.'],
      [null, '3 of 3 available.'],
    ],
  );
});

test('a clock that is set back an hour loses no transition and rewrites nothing that was told', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const clock = { now: noon };
  const store = await openTestStore(t, { path: file }, clock);
  store.put(snapshotOf(), [], {}, noon);
  store.observed(noon + 30_000);
  await store.flushed();
  clock.now = noon + 30_000;
  const told = await store.intervals(key, noon, noon + 30_000);
  clock.now = noon - hourMs;
  store.put(snapshotOf({ state: 'Down', cause: causeOf('CrashLoop') }), [], {}, clock.now);
  store.observed(clock.now + 1_000);
  store.put(snapshotOf(), [], {}, clock.now + 2_000);
  await store.flushed();
  const items = (await store.transitions({ limit: 10 })).items.map(({ at, to }) => [at - noon, to]);
  assert.deepEqual(items, [
    [30_001, 'Healthy'],
    [30_000, 'Down'],
    [0, 'Healthy'],
  ]);
  assert.deepEqual(await store.intervals(key, noon, noon + 30_000), told);
});

test('lists are read in pages, newest first, without loss or repetition; filters hold', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  const names = ['cart', 'web', 'mail'];
  for (let round = 0; round < 8; round += 1) {
    for (const [index, name] of names.entries()) {
      const namespace = name === 'mail' ? 'office' : 'shop';
      const state = round % 2 === 0 ? 'Healthy' : 'Down';
      // Several at the same instant: the position has to break the tie.
      store.put(snapshotOf({ namespace, name, state }), [], {}, noon + round * 1_000);
      const uid = `${name}-${round}`;
      const type = index === 0 ? 'Normal' : 'Warning';
      store.recordEvents(snapshotOf({ namespace, name }).key, [eventOf(uid, { lastAt: noon + round * 1_000, type })]);
      store.recordRollout({
        key: snapshotOf({ namespace, name }).key,
        revision: String(round),
        startedAt: noon + round * 1_000,
        finishedAt: null,
        outcome: 'inProgress',
        images: ['a:1'],
        changes: [{ path: 'spec.image', from: 'a:0', to: 'a:1', redacted: false }],
      });
    }
  }
  await store.flushed();

  for (const limit of [1, 5, 100]) {
    const transitions = await allPages((request) => store.transitions(request), { limit });
    assert.equal(transitions.length, 24);
    assert.ok(transitions.every(({ at }, index) => at <= (transitions[index - 1]?.at ?? at)));
    assert.equal(new Set(transitions.map(({ key, at }) => `${key} ${at}`)).size, 24);
    const rollouts = await allPages((request) => store.rollouts(request), { limit });
    assert.equal(new Set(rollouts.map(({ key, revision }) => `${key} ${revision}`)).size, 24);
    const events = await allPages((request) => store.events({ ...request, type: 'Normal' }), { limit });
    assert.equal(events.length, 8);
  }
  const office: WorkloadKey = snapshotOf({ namespace: 'office', name: 'mail' }).key;
  const inOffice = await allPages((request) => store.transitions(request), { limit: 3, namespaces: ['office'] });
  assert.deepEqual(new Set(inOffice.map((item) => item.key)), new Set([office]));
  assert.equal(inOffice.length, 8);
  assert.deepEqual((await store.transitions({ key: office, namespaces: ['shop'], limit: 5 })).items, []);
  const window = await store.transitions({ key, from: noon + 1_000, to: noon + 3_000, limit: 10 });
  assert.deepEqual(
    window.items.map(({ at }) => at - noon),
    [2_000, 1_000],
    'from is in the window, to is not',
  );
});

test('a cursor of another filter, of another list or of nothing is refused with a sentence', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  for (let round = 0; round < 4; round += 1) {
    store.put(snapshotOf({ state: round % 2 === 0 ? 'Healthy' : 'Down' }), [], {}, noon + round);
  }
  await store.flushed();
  const { nextCursor } = await store.transitions({ limit: 1 });
  assert.ok(nextCursor !== null);
  const wrong = { name: CursorError.name, message: /^The cursor .*Start again without a cursor\.$/ };
  await assert.rejects(store.transitions({ limit: 1, namespaces: ['shop'], cursor: nextCursor }), wrong);
  await assert.rejects(store.transitions({ limit: 1, key, cursor: nextCursor }), wrong);
  await assert.rejects(store.events({ limit: 1, cursor: nextCursor }), wrong);
  await assert.rejects(store.rollouts({ limit: 1, cursor: nextCursor }), wrong);
  await assert.rejects(store.incidents({ limit: 1, cursor: nextCursor }), wrong);
  for (const nonsense of ['', 'x', '%%%', 'e30', Buffer.from('[1,2,3]').toString('base64url')]) {
    await assert.rejects(store.transitions({ limit: 1, cursor: nonsense }), wrong, nonsense);
  }
  assert.equal((await store.transitions({ limit: 5, cursor: nextCursor })).items.length, 3, 'another limit is allowed');
});

test('an event is one row by UID, its newest form, and what is known already is not written again', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  store.put(snapshotOf(), [], {}, noon);
  store.recordEvents(key, [eventOf('a', { count: 1 })]);
  await store.flushed();
  const revision = store.revision();
  store.recordEvents(key, [eventOf('a', { count: 1 })]);
  await store.flushed();
  assert.equal(store.revision(), revision);
  store.recordEvents(key, [eventOf('a', { count: 7, lastAt: noon + 5_000 })]);
  await store.flushed();
  assert.equal(store.revision(), revision + 1, 'the detail was touched');
  const { items } = await store.events({ limit: 10 });
  assert.deepEqual(
    items.map(({ count, firstAt, lastAt, object }) => [count, firstAt, lastAt, object]),
    [[7, noon, noon + 5_000, { kind: 'Pod', name: 'cart-1' }]],
  );
});

test('a rollout is one row that ends where it ends', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  store.put(snapshotOf(), [], {}, noon);
  const rollout = { key, revision: '2', startedAt: noon, images: ['a:2'], changes: [] };
  store.recordRollout({ ...rollout, finishedAt: null, outcome: 'inProgress' });
  await store.flushed();
  store.recordRollout({ ...rollout, finishedAt: noon + 9_000, outcome: 'complete' });
  await store.flushed();
  assert.deepEqual((await store.rollouts({ key, limit: 10 })).items, [
    { ...rollout, finishedAt: noon + 9_000, outcome: 'complete' },
  ]);
});

test('one cause is one incident with a beginning and an end, over a restart', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const clock = { now: noon };
  const group = { type: 'registry', name: 'registry.example' } as const;
  const cause = { ...causeOf('ImagePullNotFound', 'The registry does not answer.'), group, since: noon - minuteMs };
  const down = (name: string) => snapshotOf({ name, state: 'Down', cause });
  const first = await openTestStore(t, { path: file }, clock);
  first.put(down('a'), [], {}, noon);
  first.put(down('b'), [], {}, noon);
  await first.flushed();
  const [open] = (await first.incidents({ state: 'open', limit: 10 })).items;
  assert.deepEqual(open?.workloads, [down('a').key, down('b').key]);
  assert.equal(open?.since, noon - minuteMs);
  assert.equal(open?.until, null);
  assert.deepEqual((await first.incidents({ state: 'open', limit: 10, namespaces: ['office'] })).items, []);
  await first.close();

  const second = await openTestStore(t, { path: file }, clock);
  assert.equal((await second.incidents({ state: 'open', limit: 10 })).items[0]?.id, open?.id);
  clock.now = noon + hourMs;
  second.put(snapshotOf({ name: 'a' }), [], {}, clock.now);
  second.put(snapshotOf({ name: 'b' }), [], {}, clock.now);
  await second.flushed();
  assert.deepEqual((await second.incidents({ state: 'open', limit: 10 })).items, []);
  const closed = (await second.incidents({ state: 'closed', limit: 10 })).items;
  assert.deepEqual(
    closed.map(({ id, until, workloads }) => [id, until, workloads]),
    [[open?.id, noon + hourMs, [down('a').key, down('b').key]]],
  );
});

test('an incident that begins, grows or ends after its workloads were shown is a revision of its own', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  const group = { type: 'registry', name: 'registry.example' } as const;
  const cause = { ...causeOf('ImagePullNotFound', 'The registry does not answer.'), group };
  const read = async () => {
    const [open, all] = await Promise.all([
      store.incidents({ state: 'open', limit: 10 }),
      store.incidents({ limit: 10 }),
    ]);
    return [open, all].map(({ items }) => items.map(({ workloads, until }) => [workloads, until]));
  };
  const steps = [
    snapshotOf({ name: 'a', state: 'Down', cause }),
    snapshotOf({ name: 'b', state: 'Down', cause }),
    snapshotOf({ name: 'a' }),
    snapshotOf({ name: 'b' }),
  ];
  for (const snapshot of steps) {
    const shown = new Promise<number>((resolve) => {
      const stop = store.onRevision(({ revision }) => {
        stop();
        resolve(revision);
      });
    });
    store.put(snapshot, [], {}, noon);
    const revision = await shown;
    const early = await read();
    await store.flushed();
    const late = await read();
    if (JSON.stringify(early) !== JSON.stringify(late)) assert.ok(store.revision() > revision, snapshot.key);
  }
  const keys = ['a', 'b'].map((name) => snapshotOf({ name }).key);
  assert.deepEqual(await read(), [[], [[keys, noon]]]);
});

test('without a cause a transition tells who is there, what is too many, and why nobody is', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  const healthy = snapshotOf();
  const counted = (desired: number, available: number) => ({
    ...healthy.verdict,
    availability: { level: 'full' as const, desired, ready: available, available },
  });
  store.put({ ...healthy, verdict: { ...counted(3, 1), state: 'Terminating' } }, [], {}, noon);
  await store.flushed();
  store.put({ ...healthy, verdict: counted(2, 6) }, [], {}, noon + minuteMs);
  await store.flushed();
  const idle = { ...counted(0, 0), state: 'Idle' as const };
  const note = { ...causeOf('ScaledToZero'), message: 'Scaled to zero' };
  store.put({ ...healthy, verdict: idle, causes: [note] }, [], {}, noon + 2 * minuteMs);
  await store.flushed();
  assert.deepEqual(
    (await store.transitions({ key, limit: 10 })).items.map(({ message }) => message),
    ['Scaled to zero.', '2 of 2 available, 4 more than wanted.', '1 of 3 available.'],
  );
});

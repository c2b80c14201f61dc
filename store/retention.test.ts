import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import {
  dayMs,
  hourMs,
  minuteMs,
  noon,
  openTestStore,
  snapshotOf,
  temporaryDirectory,
} from '../test/fault/storage-fixtures.ts';
import { availabilityCode, firstSight, stateCode } from './codes.ts';
import { Committer } from './committer.ts';
import { totalBytes } from './files.ts';
import { HistoryQueries } from './history-queries.ts';
import { migrate } from './migrations.ts';
import { maintain } from './retention.ts';
import { limitSliceRows } from './slices.ts';
import { type Database, openForWriting } from './sqlite.ts';
import type { Batch, WorkloadWrite } from './batch.ts';
import { snapshotRows } from './snapshot-rows.ts';
import type { Uptime } from './store.ts';

function emptyBatch(id: string): Batch {
  return {
    id,
    revision: 1,
    lastSeenAt: null,
    gaps: [],
    workloads: [],
    rollouts: [],
    events: [],
    incidents: [],
    metrics: [],
  };
}

function workloadWrite(name: string, changes: WorkloadWrite['changes']): WorkloadWrite {
  const snapshot = snapshotOf({ name });
  return {
    namespace: 'shop',
    kind: 'Deployment',
    name,
    content: { uid: snapshot.uid, firstSeenAt: noon, ...snapshotRows(snapshot) },
    remembered: null,
    pods: { clear: false, upserts: [], deletes: [] },
    members: { clear: false, upserts: [], deletes: [] },
    changes,
    deletedAt: null,
  };
}

/** A change every `everyMs` from `from` on, Healthy and Down in turn. */
function changesBetween(from: number, to: number, everyMs: number, message = 'x'): WorkloadWrite['changes'] {
  const changes: WorkloadWrite['changes'][number][] = [];
  for (let at = from, count = 0; at < to; at += everyMs, count += 1) {
    const isUp = count % 2 === 0;
    changes.push({
      at,
      state: stateCode(isUp ? 'Healthy' : 'Down'),
      availability: availabilityCode(isUp ? 'full' : 'none'),
      causeCode: isUp ? null : 'CrashLoop',
      message: `${message} ${count % 5}`,
      previousState: count === 0 ? firstSight : stateCode(isUp ? 'Down' : 'Healthy'),
    });
  }
  return changes;
}

function openDatabase(t: { after(fn: () => void): void }, file: string): Database {
  const database = openForWriting(file, { maxFileBytes: null });
  migrate(database);
  t.after(() => {
    if (database.open) database.close();
  });
  return database;
}

function count(database: Database, table: string): number {
  return Number(database.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n);
}

/** Runs all slices; returns how many rows each removed. */
function runMaintenance(database: Database, settings: Parameters<typeof maintain>[1]): readonly number[] {
  return [...maintain(database, settings)];
}

const roundedUptime = (uptime: Uptime | undefined) =>
  Object.fromEntries(
    Object.entries(uptime ?? {}).map(([name, ratio]) => [name, typeof ratio === 'number' ? ratio.toFixed(9) : ratio]),
  );

test('rolled-up days say the same as the intervals that they come from', (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const database = openDatabase(t, file);
  const committer = new Committer(database);
  const from = noon - 40 * dayMs;
  const gaps = [
    { from: noon - 20 * dayMs - hourMs, to: noon - 19 * dayMs },
    { from: noon - 3 * hourMs, to: noon - 2 * hourMs },
  ];
  committer.commit({
    ...emptyBatch('1'),
    lastSeenAt: noon,
    gaps,
    workloads: [
      workloadWrite('a', changesBetween(from, noon, 5 * hourMs + 7 * minuteMs)),
      workloadWrite('b', changesBetween(noon - 2 * dayMs, noon, 50 * minuteMs)),
    ],
  });
  const { key } = snapshotOf({ name: 'a' });
  const before = new HistoryQueries(database).uptime(key, noon, noon);
  runMaintenance(database, { path: file, maxBytes: null, retentionMs: 90 * dayMs, now: noon });
  assert.equal(count(database, 'uptime_day'), 40 + 2 + 1 - 1, 'whole days of both, today is not over');
  const queries = new HistoryQueries(database);
  const after = queries.uptime(key, noon, noon);
  for (const range of ['24h', '7d', '30d', '90d'] as const) {
    assert.deepEqual(roundedUptime(after[range]), roundedUptime(before[range]), range);
    const all = new Map(queries.uptimeOfAll(range, noon, noon));
    assert.deepEqual(roundedUptime(all.get(key)), roundedUptime(after[range]), range);
  }
  assert.ok((after['30d'].observedRatio ?? 1) < 0.98, 'the gaps are in it');
});

test('what is older than the retention goes in slices; the verdict that was in force then stays, with its text', (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const database = openDatabase(t, file);
  const committer = new Committer(database);
  const old = noon - 200 * dayMs;
  committer.commit({
    ...emptyBatch('1'),
    lastSeenAt: noon,
    workloads: [
      workloadWrite('busy', changesBetween(old, noon, hourMs)),
      workloadWrite('quiet', changesBetween(old, old + 1, hourMs, 'quiet since long ago')),
      { ...workloadWrite('gone', changesBetween(old, old + hourMs, hourMs)), deletedAt: old + hourMs },
    ],
    events: Array.from({ length: 3_000 }, (_, number) => ({
      uid: `old-${number}`,
      key: 'shop/Deployment/busy',
      type: 'Warning',
      reason: 'BackOff',
      message: 'm',
      count: 1,
      firstAt: old,
      lastAt: number < 2_500 ? old : noon - hourMs,
      objectKind: 'Pod',
      objectName: 'p',
    })),
    incidents: [
      {
        id: 'old',
        causeCode: 'A',
        title: 'a',
        message: 'm',
        severity: 'warning',
        since: old,
        until: old + 1,
        groupType: 'workload',
        groupName: 'x',
        workloads: '[]',
      },
      {
        id: 'open',
        causeCode: 'A',
        title: 'a',
        message: 'm',
        severity: 'warning',
        since: old,
        until: null,
        groupType: 'workload',
        groupName: 'x',
        workloads: '[]',
      },
    ],
  });
  const removed = runMaintenance(database, { path: file, maxBytes: null, retentionMs: 90 * dayMs, now: noon });
  assert.ok(Math.max(...removed) <= limitSliceRows, `slices of ${Math.max(...removed)} rows`);
  assert.equal(count(database, 'event'), 500);
  assert.deepEqual(database.prepare('SELECT id FROM incident').all(), [{ id: 'open' }]);
  assert.deepEqual(database.prepare('SELECT name FROM workload ORDER BY name').all(), [
    { name: 'busy' },
    { name: 'quiet' },
  ]);
  const queries = new HistoryQueries(database);
  const quiet = queries.transitions({
    key: snapshotOf({ name: 'quiet' }).key,
    namespaces: null,
    from: null,
    to: null,
    limit: 9,
    after: null,
  });
  assert.deepEqual(
    quiet.items.map(({ at, message }) => [at, message]),
    [[old, 'quiet since long ago 0']],
  );
  const busy = database
    .prepare<[], { at: number; n: number }>(
      `SELECT min(from_at_ms) AS at, count(*) AS n FROM status_interval
       WHERE workload_id = (SELECT id FROM workload WHERE name = 'busy')`,
    )
    .get();
  assert.deepEqual(busy, { at: noon - 90 * dayMs, n: 90 * 24 });
  assert.ok(count(database, 'text') < 30, 'texts of forgotten periods are gone');
  const unknown = database.prepare(
    'SELECT count(*) AS n FROM status_interval WHERE message_id NOT IN (SELECT id FROM text)',
  );
  assert.deepEqual(unknown.get(), { n: 0 });
});

test('flapping that is a week old is merged, and no uptime changes by it', (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const database = openDatabase(t, file);
  const committer = new Committer(database);
  const from = noon - 40 * dayMs;
  const gaps = [{ from: noon - 30 * dayMs + hourMs, to: noon - 30 * dayMs + hourMs + 20_500 }];
  committer.commit({
    ...emptyBatch('1'),
    lastSeenAt: noon,
    gaps,
    workloads: [
      workloadWrite('flapping', changesBetween(from, noon, 10_000)),
      workloadWrite('steady', changesBetween(from, noon, 5 * minuteMs)),
    ],
  });
  const { key } = snapshotOf({ name: 'flapping' });
  const before = new HistoryQueries(database).uptime(key, noon, noon);
  const steady = intervalsOf(database, 'steady', 0, noon);
  const newest = intervalsOf(database, 'flapping', noon - 7 * dayMs, noon);
  const settings = { path: file, maxBytes: null, retentionMs: 90 * dayMs, now: noon };
  runMaintenance(database, settings);

  assert.equal(intervalsOf(database, 'flapping', from, noon - 7 * dayMs), 33 * 24 * 2 + 3, 'two an hour, and the gap');
  assert.equal(intervalsOf(database, 'flapping', noon - 7 * dayMs, noon), newest, 'the last week is told in full');
  assert.equal(intervalsOf(database, 'steady', 0, noon), steady);
  const queries = new HistoryQueries(database);
  // noon: the first day of 7, 30 and 90 days is read from the intervals, the others from their sums.
  const after = queries.uptime(key, noon, noon);
  for (const range of ['24h', '7d', '30d', '90d'] as const) {
    assert.deepEqual(roundedUptime(after[range]), roundedUptime(before[range]), range);
  }
  const told = queries.intervals(key, noon - 10 * dayMs, noon - 10 * dayMs + hourMs, noon, []);
  assert.deepEqual(
    told.map(({ from: begin, state, causeCode }) => [begin - (noon - 10 * dayMs), state, causeCode]),
    [
      [0, 'Down', 'CrashLoop'],
      [hourMs / 2, 'Healthy', null],
    ],
  );
  database.prepare('UPDATE meta SET rolled_up_at_ms = 0').run();
  runMaintenance(database, settings);
  assert.deepEqual(
    roundedUptime(queries.uptime(key, noon, noon)['30d']),
    roundedUptime(before['30d']),
    'added up anew',
  );
  runMaintenance(database, { ...settings, now: noon + 2 * hourMs });
  assert.equal(intervalsOf(database, 'flapping', from, noon - 7 * dayMs), 33 * 24 * 2 + 3, 'and once');
});

function intervalsOf(database: Database, name: string, from: number, to: number): number {
  const row = database
    .prepare<[string, number, number], { n: number }>(
      `SELECT count(*) AS n FROM status_interval
       WHERE workload_id = (SELECT id FROM workload WHERE name = ?) AND from_at_ms >= ? AND from_at_ms < ?`,
    )
    .get(name, from, to);
  return row?.n ?? 0;
}

test('a file that is too large gives up events before rollouts and verdicts last, oldest first', (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const database = openDatabase(t, file);
  const committer = new Committer(database);
  const from = noon - 80 * dayMs;
  const workloads = Array.from({ length: 20 }, (_, number) =>
    workloadWrite(`w${number}`, changesBetween(from, noon, hourMs, 'verdict')),
  );
  committer.commit({ ...emptyBatch('1'), lastSeenAt: noon, workloads });
  const event = (number: number) => ({
    uid: `e-${number}`,
    key: 'shop/Deployment/w0',
    type: 'Warning',
    reason: 'BackOff',
    message: 'm'.repeat(200),
    count: 1,
    firstAt: from,
    lastAt: from + number * minuteMs,
    objectKind: 'Pod',
    objectName: 'p',
  });
  committer.commit({ ...emptyBatch('2'), events: Array.from({ length: 12_000 }, (_, number) => event(number)) });
  const settings = { path: file, retentionMs: 90 * dayMs, now: noon };
  const verdicts = count(database, 'status_interval');

  runMaintenance(database, { ...settings, maxBytes: 7_000_000 });
  assert.ok(count(database, 'event') < 12_000, 'some events went');
  assert.ok(count(database, 'event') > 0);
  assert.deepEqual(database.prepare('SELECT max(last_at_ms) AS at FROM event').get(), { at: from + 11_999 * minuteMs });
  assert.equal(count(database, 'status_interval'), verdicts, 'no verdict went');

  runMaintenance(database, { ...settings, maxBytes: 1_500_000 });
  assert.equal(count(database, 'event'), 0);
  const kept = database.prepare<[], { at: number }>('SELECT min(from_at_ms) AS at FROM status_interval').get();
  assert.ok(
    kept !== undefined && kept.at > from && kept.at < noon - dayMs,
    'the oldest verdicts went, the newest stay',
  );
  database.pragma('wal_checkpoint(TRUNCATE)');
  assert.ok(totalBytes(file) < 1_500_000, `${totalBytes(file)} bytes in all`);
});

test('usage is kept by the minute for a day, by five minutes for a week, by the hour for the retention', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const clock = { now: noon };
  const store = await openTestStore(t, { path: file }, clock);
  const { key } = snapshotOf();
  store.put(snapshotOf(), [], {}, noon);
  const start = noon - 3 * hourMs;
  for (let minute = 0; minute < 180; minute += 1) {
    // Nothing was measured in the second half of the second hour.
    if (minute >= 90 && minute < 120) continue;
    store.recordMetrics([
      { key, at: start + minute * minuteMs + 5_000, cpuCores: minute < 60 ? 0.5 : 1, memoryBytes: 1_048_576 },
    ]);
    await store.flushed();
  }
  const hour = await store.metrics(key, '1h', noon);
  assert.equal(hour.resolutionSeconds, 60);
  assert.equal(hour.since, noon - hourMs);
  assert.deepEqual(hour.points[0], { t: (noon - hourMs) / 1_000, cpuCores: 1, memoryBytes: 1_048_576 });
  const dark = await store.metrics(key, '6h', noon);
  assert.equal(dark.since, start);
  assert.deepEqual(dark.points[95], { t: (start + 95 * minuteMs) / 1_000, cpuCores: null, memoryBytes: null });
  const weekBefore = await store.metrics(key, '7d', noon);
  await store.close();

  const database = openDatabase(t, file);
  runMaintenance(database, { path: file, maxBytes: null, retentionMs: 90 * dayMs, now: noon + 5 * minuteMs });
  assert.equal(count(database, 'metric_chunk'), 3 + 3 + 1, 'three hours by one and by five minutes, one day of hours');
  assert.equal(count(database, 'metric_minute'), 0, 'the hours are over');
  const queries = new HistoryQueries(database);
  assert.deepEqual(queries.metrics(key, '6h', noon), dark, 'the same before and after they are added up');
  assert.deepEqual(queries.metrics(key, '7d', noon), weekBefore, 'the same before and after they are added up');
  assert.equal(weekBefore.resolutionSeconds, 300);
  assert.deepEqual(weekBefore.points[0], { t: start / 1_000, cpuCores: 0.5, memoryBytes: 1_048_576 });

  runMaintenance(database, { path: file, maxBytes: null, retentionMs: 90 * dayMs, now: noon + 2 * dayMs });
  assert.equal(count(database, 'metric_chunk'), 3 + 1, 'minutes are kept for a day');
  assert.equal(queries.metrics(key, '7d', noon + 2 * dayMs).since, start);
  runMaintenance(database, { path: file, maxBytes: null, retentionMs: 90 * dayMs, now: noon + 9 * dayMs });
  assert.equal(count(database, 'metric_chunk'), 1);
  runMaintenance(database, { path: file, maxBytes: null, retentionMs: 90 * dayMs, now: noon + 95 * dayMs });
  assert.equal(count(database, 'metric_chunk'), 0);
});

/**
 * The size of 90 days, and what it costs to read them: 1,000 workloads with 20 changes a day, an event for each change,
 * 10 pods each, metrics all the time, written through the store's own writer and maintenance, a day at a time.
 * One JSON line per case, with the target beside it.
 *
 *     scripts/bench retention [--workloads 1000] [--changes 20] [--days 90]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { Batch, StatusChange } from '../../store/batch.ts';
import { availabilityCode, firstSight, stateCode } from '../../store/codes.ts';
import { Committer } from '../../store/committer.ts';
import { totalBytes } from '../../store/files.ts';
import { migrate } from '../../store/migrations.ts';
import { openStore } from '../../store/open.ts';
import { maintain } from '../../store/retention.ts';
import { snapshotRows } from '../../store/snapshot-rows.ts';
import { openForWriting } from '../../store/sqlite.ts';
import { podOf, snapshotOf } from '../fault/storage-fixtures.ts';

const { values } = parseArgs({
  options: {
    workloads: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '20' },
    days: { type: 'string', default: '90' },
  },
});
const workloads = Number(values.workloads);
const changesPerDay = Number(values.changes);
const days = Number(values.days);

const dayMs = 86_400_000;
const end = Date.UTC(2026, 5, 1);
const begin = end - days * dayMs;

const directory = mkdtempSync(path.join(tmpdir(), 'maintenant-retention-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const file = path.join(directory, 'maintenant.db');

const print = (line: Readonly<Record<string, string | number>>): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** Words as verdicts have them: most repeat, one in ten names a pod and is never seen again. */
const stories = [
  { state: 'Healthy', level: 'full', cause: null, message: '3 of 3 available.' },
  { state: 'Progressing', level: 'full', cause: 'RolloutInProgress', message: '1 of 3 pods are of the new revision.' },
  {
    state: 'Degraded',
    level: 'reduced',
    cause: 'ReadinessProbeFailing',
    message: 'The readiness probe fails: HTTP 503.',
  },
  { state: 'Down', level: 'none', cause: 'CrashLoop', message: 'Container app exits with code 1 again and again.' },
] as const;

function changesOf(workload: number, dayAt: number): StatusChange[] {
  const stepMs = dayMs / changesPerDay;
  return Array.from({ length: changesPerDay }, (_, number) => {
    const story = stories[number % stories.length] ?? stories[0];
    const before = stories[(number + stories.length - 1) % stories.length] ?? stories[0];
    const at = Math.floor(dayAt + number * stepMs + ((workload * 7_919) % stepMs));
    const pod = number % 10 === 3 ? ` Pod w${workload}-${at.toString(36)} says so.` : '';
    return {
      at,
      state: stateCode(story.state),
      availability: availabilityCode(story.level),
      causeCode: story.cause,
      message: story.message + pod,
      previousState: dayAt === begin && number === 0 ? firstSight : stateCode(before.state),
    };
  });
}

function batchOf(id: string, rows: Partial<Batch>): Batch {
  const none = { gaps: [], workloads: [], rollouts: [], events: [], incidents: [], metrics: [] };
  return { id, revision: 1, lastSeenAt: null, ...none, ...rows };
}

const names = Array.from({ length: workloads }, (_, number) => `w${number}`);
const database = openForWriting(file, { maxFileBytes: null });
migrate(database);
const committer = new Committer(database);
const started = performance.now();
const sliceMs: number[] = [];
/** Of the thread: what of a slice was not the disk's or other programs'. */
let slowestSliceCpuMs = 0;

for (let dayAt = begin; dayAt < end; dayAt += dayMs) {
  const isFirst = dayAt === begin;
  const writes = names.map((name, number) => {
    const snapshot = snapshotOf({ name });
    return {
      namespace: 'shop',
      kind: 'Deployment',
      name,
      content: isFirst ? { uid: snapshot.uid, firstSeenAt: begin, ...snapshotRows(snapshot) } : null,
      remembered: null,
      pods: {
        clear: false,
        upserts: isFirst
          ? Array.from({ length: 10 }, (_, pod) => [`${name}-${pod}`, JSON.stringify(podOf(`${name}-${pod}`))] as const)
          : [],
        deletes: [],
      },
      members: { clear: false, upserts: [], deletes: [] },
      changes: changesOf(number, dayAt),
      deletedAt: null,
    };
  });
  committer.commit(batchOf(`${dayAt}`, { lastSeenAt: dayAt + dayMs, workloads: writes }));
  const events = writes.flatMap(({ name, changes }) =>
    changes.map(({ at, message }, number) => ({
      uid: `${name}-${at}-0000-0000-000000000000`.slice(0, 36),
      key: `shop/Deployment/${name}`,
      type: 'Warning',
      reason: 'BackOff',
      message: `${message} ${number}`,
      count: 3,
      firstAt: at,
      lastAt: at,
      objectKind: 'Pod',
      objectName: `${name}-7d4b9c-x2k9p`,
    })),
  );
  committer.commit(batchOf(`${dayAt} events`, { events }));
  // Every minute of the last day, two in an hour before: what is kept of an older hour has the same size either way.
  const stepMs = dayAt + dayMs >= end ? 60_000 : 1_800_000;
  for (let minuteAt = dayAt; minuteAt < dayAt + dayMs; minuteAt += stepMs) {
    const samples = names.map((name, number) => ({
      key: `shop/Deployment/${name}`,
      cpuCores: (number % 7) / 10,
      memoryBytes: 1e8 + number,
    }));
    committer.commit(batchOf(`${minuteAt} metrics`, { metrics: [{ minuteAt, samples }] }));
  }
  const work = maintain(database, {
    path: file,
    maxBytes: null,
    retentionMs: days * dayMs,
    now: dayAt + dayMs + 180_000,
  });
  for (;;) {
    const from = performance.now();
    const cpu = process.threadCpuUsage();
    if (work.next().done === true) break;
    sliceMs.push(performance.now() - from);
    const { user, system } = process.threadCpuUsage(cpu);
    slowestSliceCpuMs = Math.max(slowestSliceCpuMs, (user + system) / 1_000);
  }
}
const rows = database.prepare<[], { n: number }>('SELECT count(*) AS n FROM status_interval').get()?.n ?? 0;
const tables = database
  .prepare<[], { name: string; bytes: number }>(
    'SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name HAVING bytes > 1e6 ORDER BY bytes DESC',
  )
  .all();
database.pragma('wal_checkpoint(TRUNCATE)');
database.close();
print({
  bench: 'retention size',
  value: Math.round(totalBytes(file) / 1e5) / 10,
  unit: 'MB',
  target: 200,
  intervals: rows,
  generatedInSeconds: Math.round((performance.now() - started) / 1_000),
  slices: sliceMs.length,
  slowestSliceMs: Math.round(Math.max(...sliceMs)),
  slicesOver50Ms: sliceMs.filter((ms) => ms > 50).length,
  slowestSliceCpuMs: Math.round(slowestSliceCpuMs),
  targetSliceMs: 50,
  ...Object.fromEntries(tables.map(({ name, bytes }) => [name, Math.round(bytes / 1e5) / 10])),
});

const ignore = (): void => undefined;
const store = await openStore({
  path: file,
  retentionMs: days * dayMs,
  maxBytes: null,
  log: { info: ignore, warn: ignore, error: ignore },
  now: () => end,
});
// The first question starts the reader thread.
await store.uptimeOfAll('24h', end);
const delay = monitorEventLoopDelay({ resolution: 5 });
for (let run = 0; run < 5; run += 1) {
  delay.reset();
  delay.enable();
  const from = performance.now();
  const uptimes = await store.uptimeOfAll('90d', end);
  const elapsedMs = performance.now() - from;
  delay.disable();
  print({
    bench: '90-day uptime of all workloads',
    value: Math.round(elapsedMs),
    unit: 'ms',
    target: 200,
    workloads: uptimes.size,
    longestMainThreadDelayMs: Math.round(delay.max / 1e6),
  });
}
const { key } = snapshotOf({ name: 'w7' });
for (const [name, read] of [
  ['uptime of one workload', () => store.uptime(key, end)],
  ['90 days of intervals of one workload', () => store.intervals(key, begin, end)],
  ['newest 100 transitions', () => store.transitions({ limit: 100 })],
  ['newest 100 events of a workload', () => store.events({ key, limit: 100 })],
  ['metrics of 24 h', () => store.metrics(key, '24h', end)],
  ['metrics of 7 d', () => store.metrics(key, '7d', end)],
] as const) {
  await read();
  const from = performance.now();
  await read();
  print({ bench: name, value: Math.round((performance.now() - from) * 10) / 10, unit: 'ms' });
}
await store.close();

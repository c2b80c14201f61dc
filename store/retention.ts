import { textPeriod } from './committer.ts';
import { limitBytes, mainFileLimitBytes, removeBackup, removeQuarantine, totalBytes } from './files.ts';
import { mergeOldFlapping, rollUpDays, rollUpMetrics, workloadIds } from './roll-up.ts';
import { inPortions, inSlices, type Stopwatch } from './slices.ts';
import { type Database, diskTrouble } from './sqlite.ts';

/**
 * Keeps the file inside its age and size. Runs on the writer thread in short slices (`slices.ts`) with a turn of the
 * event loop between them, so that a batch never waits for more than one.
 *
 * What is too old goes first. If the file is still too large the oldest goes next, in this order: quarantine and backup,
 * events, metrics, rollouts and incidents, and only then the history of verdicts, a day at a time.
 */

export interface MaintenanceSettings {
  readonly path: string;
  readonly maxBytes: number | null;
  readonly retentionMs: number;
  readonly now: number;
  /** By which slices are measured; that of the process unless given. */
  readonly stopwatch?: Stopwatch;
}

/** The settings with a stopwatch. */
type Work = Required<MaintenanceSettings>;

export interface MaintenanceOutcome {
  /** Oldest instant of which the history of verdicts is kept. */
  readonly oldestAt: number | null;
  readonly deletedRows: number;
  /** What stopped the work; null when it was finished. */
  readonly trouble: string | null;
}

export interface Maintenance {
  stop(): void;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** Points of a minute are kept for a day, of five minutes for a week, and those of an hour as long as verdicts. */
const keptMinutesMs = dayMs + 2 * hourMs;
const keptFiveMinutesMs = 7 * dayMs + hourMs;
/** 100,000 events are 24 MB: days of a cluster that is ill, weeks of one that is well. */
const limitEvents = 100_000;
/** Part of the limit that is aimed at: the next hours have room, and so has the batch that was refused, in a small file too. */
const targetShare = 0.8;
/** Up to so many free pages stay: 2 MB that the next hours fill again. */
const spareFreePages = 500;
const limitLogBytes = 16 * 1024 * 1024;

/** Runs one slice a turn; `done` is called once, unless stopped. */
export function startMaintenance(
  database: Database,
  settings: MaintenanceSettings,
  done: (outcome: MaintenanceOutcome) => void,
): Maintenance {
  const work = maintain(database, settings);
  let turn: NodeJS.Immediate | null = setImmediate(advance);
  let deletedRows = 0;
  function advance(): void {
    try {
      const step = work.next();
      if (step.done) return done({ oldestAt: oldestAt(database, settings), deletedRows, trouble: null });
      deletedRows += step.value;
      turn = setImmediate(advance);
    } catch (error) {
      if (diskTrouble(error) === null) throw error;
      done({ oldestAt: null, deletedRows, trouble: error instanceof Error ? error.message : String(error) });
    }
  }
  return {
    stop() {
      if (turn !== null) clearImmediate(turn);
      turn = null;
    },
  };
}

/** All of the work; yields the number of rows that a slice removed. */
export function* maintain(database: Database, settings: MaintenanceSettings): Generator<number, void> {
  const work: Work = { stopwatch: () => performance.now(), ...settings };
  const { now, stopwatch } = work;
  const keptSince = now - work.retentionMs;
  yield* rollUpDays(database, keptSince, stopwatch);
  yield* rollUpMetrics(database, now, stopwatch);
  yield* removeOld(database, work, keptSince);
  yield* mergeOldFlapping(database, now, keptSince, stopwatch);
  yield* fitSize(database, work);
  yield* giveBack(database, stopwatch);
  database.pragma('analysis_limit = 400');
  database.pragma('optimize');
}

function* removeOld(database: Database, { now, stopwatch }: Work, before: number): Generator<number, void> {
  const remove = (table: string, condition: string, values: Readonly<Record<string, number>> = {}) =>
    removeWhile(database, stopwatch, table, condition, values);
  yield* remove('event', 'last_at_ms < @before', { before });
  // Rows are numbered as they come, so this many numbers hold no more rows than that; counting them would read them all.
  yield* remove('event', 'id <= (SELECT max(id) FROM event) - @kept', { kept: limitEvents });
  yield* remove('metric_minute', 'minute_at_ms < (SELECT metrics_rolled_up_at_ms FROM meta)');
  yield* remove('metric_chunk', 'resolution_s = 60 AND chunk_at_ms < @before', { before: now - keptMinutesMs });
  yield* remove('metric_chunk', 'resolution_s = 300 AND chunk_at_ms < @before', { before: now - keptFiveMinutesMs });
  yield* remove('metric_chunk', 'resolution_s = 3600 AND chunk_at_ms < @before', { before });
  yield* remove('rollout', 'started_at_ms < @before', { before });
  yield* remove('incident', 'until_at_ms < @before', { before });
  yield* removeVerdicts(database, stopwatch, before);
}

/** Rows are chosen through the table's primary key, so that one statement serves tables with and without rowid. */
function removeWhile(
  database: Database,
  stopwatch: Stopwatch,
  table: string,
  condition: string,
  values: Readonly<Record<string, number>>,
): Generator<number, void> {
  const statement = database.prepare<[Readonly<Record<string, number>>]>(
    `DELETE FROM ${table} WHERE ${condition} LIMIT @size`,
  );
  return inSlices(stopwatch, (size) => {
    const { changes } = statement.run({ ...values, size });
    return { removed: changes, isLast: changes < size };
  });
}

/**
 * Everything about verdicts that ended before an instant. The interval that was in force at it stays, whenever it
 * began, and so do the texts that it names.
 */
function* removeVerdicts(database: Database, stopwatch: Stopwatch, before: number): Generator<number, void> {
  const intervals = database.prepare<{ id: number; before: number; limit: number }>(
    `DELETE FROM status_interval WHERE workload_id = @id AND from_at_ms <
       (SELECT max(from_at_ms) FROM status_interval WHERE workload_id = @id AND from_at_ms <= @before) LIMIT @limit`,
  );
  const days = database.prepare<{ id: number; before: number; limit: number }>(
    'DELETE FROM uptime_day WHERE workload_id = @id AND day_at_ms < @before LIMIT @limit',
  );
  const ids = workloadIds(database);
  let next = 0;
  const remove = database.transaction((size: number) => {
    let removed = 0;
    // A workload that has nothing to give counts as a row: it takes two look-ups.
    for (let taken = 0; taken < size && next < ids.length; ) {
      const id = ids[next] ?? 0;
      const limit = size - taken;
      const ofIntervals = intervals.run({ id, before, limit }).changes;
      const ofDays = days.run({ id, before: before - dayMs, limit }).changes;
      removed += ofIntervals + ofDays;
      taken += Math.max(1, ofIntervals, ofDays);
      if (ofIntervals < limit && ofDays < limit) next += 1;
    }
    return removed;
  });
  yield* inSlices(stopwatch, (size) => ({ removed: remove.immediate(size), isLast: next >= ids.length }));
  yield* removeWhile(database, stopwatch, 'observation_gap', 'to_at_ms < @before', { before });
  yield* removeWhile(database, stopwatch, 'workload', 'deleted_at_ms < @before', { before });
  yield* removeTexts(database, stopwatch, before);
}

function* removeTexts(database: Database, stopwatch: Stopwatch, before: number): Generator<number, void> {
  const period = textPeriod(before);
  const isAny = database.prepare<[number]>('SELECT 1 FROM text WHERE period < ? LIMIT 1').get(period);
  if (isAny === undefined) return;
  const oldest = database.prepare<[number], { readonly messageId: number; readonly causeId: number | null }>(
    `SELECT message_id AS messageId, cause_id AS causeId FROM status_interval
     WHERE workload_id = ? ORDER BY from_at_ms LIMIT 1`,
  );
  const used = new Set<number>();
  yield* inPortions(stopwatch, workloadIds(database), (ids) => {
    for (const id of ids) {
      const row = oldest.get(id);
      if (row === undefined) continue;
      used.add(row.messageId);
      if (row.causeId !== null) used.add(row.causeId);
    }
  });
  const kept = JSON.stringify([...used]);
  const statement = database.prepare<{ period: number; kept: string; size: number }>(
    'DELETE FROM text WHERE period < @period AND id NOT IN (SELECT value FROM json_each(@kept)) LIMIT @size',
  );
  yield* inSlices(stopwatch, (size) => {
    const { changes } = statement.run({ period, kept, size });
    return { removed: changes, isLast: changes < size };
  });
}

/** While the file is larger than its share the oldest goes, what is worth least first. */
function* fitSize(database: Database, work: Work): Generator<number, void> {
  const { path, maxBytes, now, stopwatch } = work;
  const all = limitBytes(path, maxBytes);
  if (all === null) return;
  if (totalBytes(path) > all * targetShare) removeQuarantine(path);
  if (totalBytes(path) > all * targetShare) removeBackup(path);
  const limit = (mainFileLimitBytes(path, maxBytes) ?? all) * targetShare;
  const isTooLarge = (): boolean => usedBytes(database) > limit;

  const oldestOf = (table: string, column: string, condition = 'TRUE'): string =>
    `${table} WHERE ${condition} ORDER BY ${column} LIMIT @size`;
  const expendable = [
    oldestOf('event', 'last_at_ms'),
    oldestOf('metric_minute', 'minute_at_ms', `minute_at_ms < ${now - 2 * hourMs}`),
    // The key begins with the resolution: the oldest chunk is the first of one of the three.
    `metric_chunk WHERE (resolution_s, chunk_at_ms) = (
       SELECT value, (SELECT min(chunk_at_ms) FROM metric_chunk WHERE resolution_s = value) AS at
       FROM json_each('[60, 300, 3600]') WHERE at IS NOT NULL ORDER BY at LIMIT 1) LIMIT @size`,
    oldestOf('rollout', 'started_at_ms', 'finished_at_ms IS NOT NULL'),
    oldestOf('incident', 'since_at_ms', 'until_at_ms IS NOT NULL'),
  ];
  for (const oldest of expendable) {
    const statement = database.prepare<{ size: number }>(`DELETE FROM ${oldest}`);
    yield* inSlices(stopwatch, (size) => {
      const removed = isTooLarge() ? statement.run({ size }).changes : 0;
      return { removed, isLast: removed === 0 };
    });
  }
  for (let before = oldestAt(database, work) ?? now; isTooLarge() && before < now - dayMs; ) {
    before += dayMs;
    yield* removeVerdicts(database, stopwatch, before);
  }
}

/** Free pages go back to the volume, a slice at a time; a log that has grown is folded in. */
function* giveBack(database: Database, stopwatch: Stopwatch): Generator<number, void> {
  if (numberOf(database, 'freelist_count') > spareFreePages) {
    yield* inSlices(stopwatch, (size) => {
      database.pragma(`incremental_vacuum(${size})`);
      return { removed: 0, isLast: numberOf(database, 'freelist_count') === 0 };
    });
  }
  const pageSize = numberOf(database, 'page_size');
  const checkpointed: unknown = database.pragma('wal_checkpoint(PASSIVE)');
  const first: unknown = Array.isArray(checkpointed) ? checkpointed[0] : null;
  const logPages = typeof first === 'object' && first !== null && 'log' in first ? Number(first.log) : 0;
  if (logPages * pageSize <= limitLogBytes) return;
  yield 0;
  // A reader that is in the middle of something would be waited for, and every batch with it.
  const timeout = numberOf(database, 'busy_timeout');
  database.pragma('busy_timeout = 0');
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.pragma(`busy_timeout = ${timeout}`);
}

function usedBytes(database: Database): number {
  const pages = numberOf(database, 'page_count') - numberOf(database, 'freelist_count');
  return pages * numberOf(database, 'page_size');
}

function numberOf(database: Database, pragma: string): number {
  return Number(database.pragma(pragma, { simple: true }));
}

/** The oldest row may have begun before what is kept, because it was in force then. */
function oldestAt(database: Database, settings: Pick<MaintenanceSettings, 'now' | 'retentionMs'>): number | null {
  const oldest = database
    .prepare<[], { readonly at: number | null }>(
      'SELECT min(from_at_ms) AS at FROM status_interval WHERE previous_state IS NOT NULL',
    )
    .get();
  if (oldest?.at == null) return null;
  return Math.max(oldest.at, settings.now - settings.retentionMs);
}

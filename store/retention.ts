import { textPeriod } from './committer.ts';
import { limitBytes, mainFileLimitBytes, removeBackup, removeQuarantine, totalBytes } from './files.ts';
import { limitSliceRows, rollUpDays, rollUpMetrics, slices, workloadIds } from './roll-up.ts';
import { type Database, diskTrouble } from './sqlite.ts';

/**
 * Keeps the file inside its age and size. Runs on the writer thread in slices with a turn of the event loop between
 * them, so that a batch never waits for more than one slice.
 *
 * What is too old goes first. If the file is still too large the oldest goes next, in this order: quarantine and backup,
 * events, metrics, rollouts and incidents, and only then the history of verdicts, a day at a time.
 */

export interface MaintenanceSettings {
  readonly path: string;
  readonly maxBytes: number | null;
  readonly retentionMs: number;
  readonly now: number;
}

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
/** Part of the limit that is aimed at, so that the next hours have room. */
const targetShare = 0.9;
const vacuumPages = 500;
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
  const { now, retentionMs } = settings;
  yield* quietly(rollUpDays(database, now - retentionMs));
  yield* quietly(rollUpMetrics(database, now));
  yield* removeOld(database, now, now - retentionMs);
  yield* fitSize(database, settings);
  yield* giveBack(database);
  database.pragma('analysis_limit = 400');
  database.pragma('optimize');
}

function* quietly(work: Generator<void, void>): Generator<number, void> {
  for (const _ of work) yield 0;
}

function* removeOld(database: Database, now: number, before: number): Generator<number, void> {
  yield* removeWhile(database, 'event', 'last_at_ms < @before', { before });
  yield* removeWhile(database, 'event', 'id <= (SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET @kept)', {
    kept: limitEvents,
  });
  yield* removeWhile(database, 'metric_minute', 'minute_at_ms < (SELECT metrics_rolled_up_at_ms FROM meta)', {});
  yield* removeWhile(database, 'metric_chunk', 'resolution_s = 60 AND chunk_at_ms < @before', {
    before: now - keptMinutesMs,
  });
  yield* removeWhile(database, 'metric_chunk', 'resolution_s = 300 AND chunk_at_ms < @before', {
    before: now - keptFiveMinutesMs,
  });
  yield* removeWhile(database, 'metric_chunk', 'resolution_s = 3600 AND chunk_at_ms < @before', { before });
  yield* removeWhile(database, 'rollout', 'started_at_ms < @before', { before });
  yield* removeWhile(database, 'incident', 'until_at_ms < @before', { before });
  yield* removeVerdicts(database, before);
}

/** Rows are chosen through the table's primary key, so that one statement serves tables with and without rowid. */
function* removeWhile(
  database: Database,
  table: string,
  condition: string,
  values: Readonly<Record<string, number>>,
): Generator<number, void> {
  const statement = database.prepare<[Readonly<Record<string, number>>]>(
    `DELETE FROM ${table} WHERE ${condition} LIMIT ${limitSliceRows}`,
  );
  for (;;) {
    const { changes } = statement.run(values);
    if (changes === 0) return;
    yield changes;
  }
}

/**
 * Everything about verdicts that ended before an instant. The interval that was in force at it stays, whenever it
 * began, and so do the texts that it names.
 */
function* removeVerdicts(database: Database, before: number): Generator<number, void> {
  const intervals = database.prepare<{ id: number; before: number; limit: number }>(
    `DELETE FROM status_interval WHERE workload_id = @id AND from_at_ms <
       (SELECT max(from_at_ms) FROM status_interval WHERE workload_id = @id AND from_at_ms <= @before) LIMIT @limit`,
  );
  const days = database.prepare<{ id: number; before: number; limit: number }>(
    'DELETE FROM uptime_day WHERE workload_id = @id AND day_at_ms < @before LIMIT @limit',
  );
  for (const ids of slices(workloadIds(database), 200)) {
    for (let changes = limitSliceRows; changes >= limitSliceRows; ) {
      changes = database
        .transaction(() => {
          let removed = 0;
          for (const id of ids) {
            if (removed >= limitSliceRows) break;
            removed += intervals.run({ id, before, limit: limitSliceRows - removed }).changes;
            removed += days.run({ id, before: before - dayMs, limit: limitSliceRows - removed }).changes;
          }
          return removed;
        })
        .immediate();
      yield changes;
    }
  }
  yield* removeWhile(database, 'observation_gap', 'to_at_ms < @before', { before });
  yield* removeWhile(database, 'workload', 'deleted_at_ms < @before', { before });
  yield* removeTexts(database, before);
}

function* removeTexts(database: Database, before: number): Generator<number, void> {
  const period = textPeriod(before);
  const isAny = database.prepare<[number]>('SELECT 1 FROM text WHERE period < ? LIMIT 1').get(period);
  if (isAny === undefined) return;
  const oldest = database.prepare<[number], { readonly messageId: number; readonly causeId: number | null }>(
    `SELECT message_id AS messageId, cause_id AS causeId FROM status_interval
     WHERE workload_id = ? ORDER BY from_at_ms LIMIT 1`,
  );
  const used = new Set<number>();
  for (const ids of slices(workloadIds(database), limitSliceRows)) {
    for (const id of ids) {
      const row = oldest.get(id);
      if (row === undefined) continue;
      used.add(row.messageId);
      if (row.causeId !== null) used.add(row.causeId);
    }
    yield 0;
  }
  const kept = JSON.stringify([...used]);
  const statement = database.prepare<{ period: number; kept: string }>(
    `DELETE FROM text WHERE period < @period AND id NOT IN (SELECT value FROM json_each(@kept)) LIMIT ${limitSliceRows}`,
  );
  for (;;) {
    const { changes } = statement.run({ period, kept });
    if (changes === 0) return;
    yield changes;
  }
}

/** While the file is larger than its share the oldest goes, what is worth least first. */
function* fitSize(database: Database, settings: MaintenanceSettings): Generator<number, void> {
  const { path, maxBytes, now } = settings;
  const all = limitBytes(path, maxBytes);
  if (all === null) return;
  if (totalBytes(path) > all * targetShare) removeQuarantine(path);
  if (totalBytes(path) > all * targetShare) removeBackup(path);
  const limit = (mainFileLimitBytes(path, maxBytes) ?? all) * targetShare;
  const isTooLarge = (): boolean => usedBytes(database) > limit;

  const oldestOf = (table: string, column: string, condition = 'TRUE') =>
    database.prepare<[]>(`DELETE FROM ${table} WHERE ${condition} ORDER BY ${column} LIMIT ${limitSliceRows}`);
  const expendable = [
    oldestOf('event', 'last_at_ms'),
    oldestOf('metric_minute', 'minute_at_ms', `minute_at_ms < ${now - 2 * hourMs}`),
    oldestOf('metric_chunk', 'chunk_at_ms'),
    oldestOf('rollout', 'started_at_ms', 'finished_at_ms IS NOT NULL'),
    oldestOf('incident', 'since_at_ms', 'until_at_ms IS NOT NULL'),
  ];
  for (const statement of expendable) {
    while (isTooLarge()) {
      const { changes } = statement.run();
      if (changes === 0) break;
      yield changes;
    }
  }
  for (let before = oldestAt(database, settings) ?? now; isTooLarge() && before < now - dayMs; ) {
    before += dayMs;
    yield* removeVerdicts(database, before);
  }
}

/** Free pages go back to the volume, a slice at a time; a log that has grown is folded in. */
function* giveBack(database: Database): Generator<number, void> {
  while (numberOf(database, 'freelist_count') > vacuumPages) {
    database.pragma(`incremental_vacuum(${vacuumPages})`);
    yield 0;
  }
  const pageSize = numberOf(database, 'page_size');
  const checkpointed: unknown = database.pragma('wal_checkpoint(PASSIVE)');
  const first: unknown = Array.isArray(checkpointed) ? checkpointed[0] : null;
  const logPages = typeof first === 'object' && first !== null && 'log' in first ? Number(first.log) : 0;
  if (logPages * pageSize > limitLogBytes) database.pragma('wal_checkpoint(TRUNCATE)');
}

function usedBytes(database: Database): number {
  const pages = numberOf(database, 'page_count') - numberOf(database, 'freelist_count');
  return pages * numberOf(database, 'page_size');
}

function numberOf(database: Database, pragma: string): number {
  return Number(database.pragma(pragma, { simple: true }));
}

/** The oldest row may have begun before what is kept, because it was in force then. */
function oldestAt(database: Database, settings: MaintenanceSettings): number | null {
  const oldest = database
    .prepare<[], { readonly at: number | null }>(
      'SELECT min(from_at_ms) AS at FROM status_interval WHERE previous_state IS NOT NULL',
    )
    .get();
  if (oldest?.at == null) return null;
  return Math.max(oldest.at, settings.now - settings.retentionMs);
}

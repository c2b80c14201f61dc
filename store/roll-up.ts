import type { ObservationGap } from './batch.ts';
import { availabilityOf, stateOf } from './codes.ts';
import { decodePoints, encodePoints, forEachSample, type Usage } from './metric-samples.ts';
import { type IntervalRow, mergeFlapping } from './flapping.ts';
import { inPortions, type Stopwatch } from './slices.ts';
import type { Database } from './sqlite.ts';
import { addToTally, emptyTally, type StatusRow } from './uptime.ts';

/**
 * What is finished is added up, so that 90 days are read as 90 rows: UTC days of uptime, hours and days of metrics.
 * Generators that pause between short transactions; begun anew after a crash they write the same rows again.
 */

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const minuteMs = 60_000;
/** Samples may come in late by this much: an hour is added up after it. */
const sampleDelayMs = 2 * minuteMs;

/** Adds up the days that lie wholly before the newest watched instant, and after `keptSince`. */
export function* rollUpDays(database: Database, keptSince: number, stopwatch: Stopwatch): Generator<number, void> {
  const meta = database
    .prepare<[], { readonly rolledUpAt: number; readonly lastSeenAt: number | null; readonly oldestAt: number | null }>(
      `SELECT rolled_up_at_ms AS rolledUpAt, last_seen_at_ms AS lastSeenAt,
              (SELECT min(from_at_ms) FROM status_interval WHERE previous_state IS NOT NULL) AS oldestAt
       FROM meta`,
    )
    .get();
  if (meta?.oldestAt == null || meta.lastSeenAt === null) return;
  const from = floorTo(Math.max(meta.rolledUpAt, meta.oldestAt, keptSince), dayMs);
  const to = floorTo(meta.lastSeenAt, dayMs);
  if (from >= to) return;

  const watched = { gaps: gapsOf(database, from, to), until: to };
  const statuses = database.prepare<
    { id: number; from: number; to: number },
    { fromAt: number; state: number; availability: number }
  >(
    `SELECT from_at_ms AS fromAt, state, availability FROM status_interval
     WHERE workload_id = @id AND from_at_ms < @to AND from_at_ms >= coalesce(
       (SELECT max(from_at_ms) FROM status_interval WHERE workload_id = @id AND from_at_ms <= @from), 0)
     ORDER BY from_at_ms`,
  );
  const insert = database.prepare(
    `INSERT OR REPLACE INTO uptime_day
     (workload_id, day_at_ms, full_ms, reduced_ms, none_ms, observed_ms, existed_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const write = database.transaction((ids: readonly number[]) => {
    for (const id of ids) {
      const rows: StatusRow[] = statuses.all({ id, from, to }).map((row) => ({
        from: row.fromAt,
        state: stateOf(row.state),
        availability: availabilityOf(row.availability),
        causeCode: null,
      }));
      for (let day = from; day < to && rows.length > 0; day += dayMs) {
        const tally = addToTally(emptyTally(), rows, watched, day, day + dayMs);
        if (tally.existedMs === 0) continue;
        insert.run(id, day, tally.fullMs, tally.reducedMs, tally.noneMs, tally.observedMs, tally.existedMs);
      }
    }
  });
  const days = (to - from) / dayMs;
  yield* inPortions(stopwatch, workloadIds(database), (ids) => write.immediate(ids), days);
  database.prepare('UPDATE meta SET rolled_up_at_ms = ?').run(to);
}

/** Flapping is told in full for this long: as long as charts of five minutes and the shorter ranges of the page. */
const keptFlappingMs = 7 * dayMs;

/**
 * Merges flapping that is older than a week and whose days are added up: a day of a workload that changes every ten
 * seconds would be 8,640 rows.
 */
export function* mergeOldFlapping(
  database: Database,
  now: number,
  keptSince: number,
  stopwatch: Stopwatch,
): Generator<number, void> {
  const meta = database
    .prepare<[], { readonly mergedUpAt: number; readonly rolledUpAt: number; readonly oldestAt: number | null }>(
      `SELECT merged_up_at_ms AS mergedUpAt, rolled_up_at_ms AS rolledUpAt,
              (SELECT min(from_at_ms) FROM status_interval WHERE previous_state IS NOT NULL) AS oldestAt
       FROM meta`,
    )
    .get();
  if (meta?.oldestAt == null) return;
  const to = floorTo(Math.min(now - keptFlappingMs, meta.rolledUpAt), hourMs);
  const rows = database.prepare<{ id: number; from: number; to: number }, IntervalRow>(
    `SELECT from_at_ms AS fromAt, state, availability, cause_id AS causeId, message_id AS messageId,
            previous_state AS previousState
     FROM status_interval WHERE workload_id = @id AND from_at_ms >= @from AND from_at_ms <= coalesce(
       (SELECT min(from_at_ms) FROM status_interval WHERE workload_id = @id AND from_at_ms >= @to), @to)
     ORDER BY from_at_ms`,
  );
  const remove = database.prepare('DELETE FROM status_interval WHERE workload_id = ? AND from_at_ms = ?');
  const write = database.prepare(
    `INSERT OR REPLACE INTO status_interval
     (workload_id, from_at_ms, state, availability, cause_id, message_id, previous_state) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const ids = workloadIds(database);
  for (let from = floorTo(Math.max(meta.mergedUpAt, meta.oldestAt, keptSince), hourMs); from < to; ) {
    // An hour in each run; days at a time after a long pause.
    const end = Math.min(from + dayMs, to);
    const gaps = gapsOf(database, from, end);
    const merge = database.transaction((portion: readonly number[]) => {
      for (const id of portion) {
        const { removed, written } = mergeFlapping(rows.all({ id, from, to: end }), gaps);
        for (const fromAt of removed) remove.run(id, fromAt);
        for (const { fromAt, state, availability, causeId, messageId, previousState } of written) {
          write.run(id, fromAt, state, availability, causeId, messageId, previousState);
        }
      }
    });
    yield* inPortions(stopwatch, ids, (portion) => merge.immediate(portion));
    database.prepare('UPDATE meta SET merged_up_at_ms = ?').run(end);
    from = end;
  }
}

/**
 * Turns the rows of a minute, which hold all workloads, into chunks of one workload, hour by hour: 60 points of a
 * minute, 12 of five, and one in the chunk of the day. A chart is then a few rows, however many workloads there are.
 */
export function* rollUpMetrics(database: Database, now: number, stopwatch: Stopwatch): Generator<number, void> {
  const meta = database
    .prepare<[], { readonly rolledUpAt: number; readonly oldestAt: number | null }>(
      `SELECT metrics_rolled_up_at_ms AS rolledUpAt, (SELECT min(minute_at_ms) FROM metric_minute) AS oldestAt FROM meta`,
    )
    .get();
  const to = floorTo(now - sampleDelayMs, hourMs);
  const oldestAt = floorTo(meta?.oldestAt ?? to, hourMs);
  for (let hour = Math.max(meta?.rolledUpAt ?? 0, oldestAt); hour < to; hour += hourMs) {
    yield* rollUpHour(database, hour, stopwatch);
    database.prepare('UPDATE meta SET metrics_rolled_up_at_ms = ?').run(hour + hourMs);
  }
}

function* rollUpHour(database: Database, hour: number, stopwatch: Stopwatch): Generator<number, void> {
  const hours = new Map<number, HourOfUsage>();
  const samplesOf = database.prepare<[number], { readonly samples: Buffer }>(
    'SELECT samples FROM metric_minute WHERE minute_at_ms = ?',
  );
  const minutes = Array.from({ length: 60 }, (_, minute) => minute);
  const read = (portion: readonly number[]): void => {
    for (const minute of portion) {
      const row = samplesOf.get(hour + minute * minuteMs);
      if (row === undefined) continue;
      forEachSample(row.samples, (id, cpuCores, memoryBytes) => {
        const known = hours.get(id) ?? new HourOfUsage();
        hours.set(id, known);
        known.set(minute, cpuCores, memoryBytes);
      });
    }
  };
  yield* inPortions(stopwatch, minutes, read, weightOfMinute);
  const upsert = database.prepare(
    'INSERT OR REPLACE INTO metric_chunk (resolution_s, chunk_at_ms, workload_id, points) VALUES (?, ?, ?, ?)',
  );
  const find = database.prepare<[number, number], { readonly points: Buffer }>(
    'SELECT points FROM metric_chunk WHERE resolution_s = 3600 AND chunk_at_ms = ? AND workload_id = ?',
  );
  const exists = database.prepare<[number]>('SELECT 1 FROM workload WHERE id = ?');
  const day = floorTo(hour, dayMs);
  const byId = [...hours].sort(([left], [right]) => left - right);
  const write = database.transaction((portion: readonly (typeof byId)[number][]) => {
    for (const [id, usage] of portion) {
      if (exists.get(id) === undefined) continue;
      upsert.run(60, hour, id, encodePoints(usage.means(1)));
      upsert.run(300, hour, id, encodePoints(usage.means(5)));
      const before = find.get(day, id);
      const ofDay = before === undefined ? Array.from({ length: 24 }, () => null) : decodePoints(before.points);
      ofDay[(hour - day) / hourMs] = usage.means(60)[0] ?? null;
      upsert.run(3_600, day, id, encodePoints(ofDay));
    }
  });
  yield* inPortions(stopwatch, byId, (portion) => write.immediate(portion));
}

/** A minute holds a sample of each workload: one minute at first, more where there are few. */
const weightOfMinute = 50;

/** Usage of one workload minute by minute; NaN where nothing was measured. */
class HourOfUsage {
  readonly #cpuCores = new Float32Array(60).fill(Number.NaN);
  readonly #memoryBytes = new Float32Array(60).fill(Number.NaN);

  set(minute: number, cpuCores: number, memoryBytes: number): void {
    this.#cpuCores[minute] = cpuCores;
    this.#memoryBytes[minute] = memoryBytes;
  }

  /** Means over stretches of `minutes`, null where nothing was measured. */
  means(minutes: number): (Usage | null)[] {
    return Array.from({ length: 60 / minutes }, (_, part) => {
      let cpuCores = 0;
      let memoryBytes = 0;
      let count = 0;
      for (let minute = part * minutes; minute < (part + 1) * minutes; minute += 1) {
        const cores = this.#cpuCores[minute] ?? Number.NaN;
        if (Number.isNaN(cores)) continue;
        cpuCores += cores;
        memoryBytes += this.#memoryBytes[minute] ?? 0;
        count += 1;
      }
      return count === 0 ? null : { cpuCores: cpuCores / count, memoryBytes: memoryBytes / count };
    });
  }
}

export function workloadIds(database: Database): readonly number[] {
  return database
    .prepare<[], { readonly id: number }>('SELECT id FROM workload ORDER BY id')
    .all()
    .map(({ id }) => id);
}

function gapsOf(database: Database, from: number, to: number): readonly ObservationGap[] {
  return database
    .prepare<[number, number], ObservationGap>(
      `SELECT from_at_ms AS "from", to_at_ms AS "to" FROM observation_gap
       WHERE to_at_ms > ? AND from_at_ms < ? ORDER BY from_at_ms`,
    )
    .all(from, to);
}

function floorTo(at: number, lengthMs: number): number {
  return Math.floor(at / lengthMs) * lengthMs;
}

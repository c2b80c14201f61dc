import { severityRank } from '../health/workload.ts';
import type { ObservationGap } from './batch.ts';
import { availabilityOf, firstSight, stateOf } from './codes.ts';
import { countsFor } from './uptime.ts';

/**
 * What is kept of a workload that flapped: intervals in a row that each last less than half a minute become one for
 * each level of availability, worst first, as long together as what they replace. A workload that changes every ten
 * seconds is then a few rows an hour instead of 360, its trouble still shows, and the sums are the same to the
 * millisecond. Pure.
 *
 *     14:00:00 H 10 s · D 5 s · H 10 s · D 5 s · … · 14:20:00 H      ─►      14:00:00 D 400 s · H 800 s · 14:20:00 H
 *
 * A short interval between long ones is no flapping and stays: it is an outage that was told.
 */
export const flappingMs = 30_000;
const hourMs = 3_600_000;

/** A row of `status_interval` of one workload, in the codes of the file. */
export interface IntervalRow {
  readonly fromAt: number;
  readonly state: number;
  readonly availability: number;
  readonly causeId: number | null;
  readonly messageId: number;
  readonly previousState: number | null;
}

export interface Merge {
  /** Begins of the rows that go. */
  readonly removed: readonly number[];
  /** Rows that come, or take the place of one with the same begin. */
  readonly written: readonly IntervalRow[];
}

/**
 * @param rows in the order of time; the last one only ends the one before it
 * @param gaps in which nobody watched: what touches one stays, because only a part of it counts
 */
export function mergeFlapping(rows: readonly IntervalRow[], gaps: readonly ObservationGap[]): Merge {
  const removed: number[] = [];
  const written: IntervalRow[] = [];
  let run: Short[] = [];
  for (const [index, row] of rows.entries()) {
    const short = shortOf(row, rows[index + 1], gaps);
    if (short !== null && isContinued(run, row)) {
      run.push(short);
      continue;
    }
    const merged = mergeRun(run);
    const next = merged === null ? row : behind(row, merged.at(-1));
    if (merged !== null) {
      removed.push(...run.map(({ row: { fromAt } }) => fromAt));
      written.push(...merged);
      if (next !== row) written.push(next);
    }
    run = short === null ? [] : [{ ...short, row: next }];
  }
  return { removed, written };
}

interface Short {
  readonly row: IntervalRow;
  readonly lengthMs: number;
}

/** Null for what is no part of flapping: long, open, reaching into the next hour, deleted, or not watched throughout. */
function shortOf(row: IntervalRow, next: IntervalRow | undefined, gaps: readonly ObservationGap[]): Short | null {
  if (next === undefined || stateOf(row.state) === 'Absent') return null;
  const lengthMs = next.fromAt - row.fromAt;
  if (lengthMs >= flappingMs || hourOf(row.fromAt) !== hourOf(next.fromAt - 1)) return null;
  return gaps.some(({ from, to }) => from < next.fromAt && to > row.fromAt) ? null : { row, lengthMs };
}

/** An hour is merged by itself, so that a sum that begins at a full hour stays what it was; a re-creation is a mark. */
function isContinued(run: readonly Short[], row: IntervalRow): boolean {
  const first = run[0];
  return first === undefined || (hourOf(first.row.fromAt) === hourOf(row.fromAt) && row.previousState !== firstSight);
}

/** The rows in place of a run; null when there would be no fewer. */
function mergeRun(run: readonly Short[]): readonly IntervalRow[] | null {
  const [first] = run;
  if (first === undefined) return null;
  const groups = new Map<string, { lengthMs: number; worst: IntervalRow }>();
  for (const { row, lengthMs } of run) {
    const counts = countsFor(stateOf(row.state), availabilityOf(row.availability)) ?? 'neither';
    const group = groups.get(counts);
    if (group === undefined) groups.set(counts, { lengthMs, worst: row });
    else {
      group.lengthMs += lengthMs;
      if (rank(row) < rank(group.worst)) group.worst = row;
    }
  }
  if (groups.size >= run.length) return null;

  const rows: IntervalRow[] = [];
  const { row } = first;
  // Where only the availability changed the state before was the same.
  let before: IntervalRow = { ...row, state: row.previousState ?? row.state };
  let { fromAt } = row;
  for (const { lengthMs, worst } of [...groups.values()].sort((left, right) => rank(left.worst) - rank(right.worst))) {
    const isFirstTransition = rows.length === 0 && row.previousState !== null;
    rows.push({ ...worst, fromAt, previousState: isFirstTransition ? row.previousState : cameFrom(before, worst) });
    before = worst;
    fromAt += lengthMs;
  }
  return rows;
}

/** A row with what it tells now that another one stands before it; a re-creation and a deletion tell the same. */
function behind(row: IntervalRow, before: IntervalRow | undefined): IntervalRow {
  if (before === undefined || row.previousState === firstSight || stateOf(row.state) === 'Absent') return row;
  return { ...row, previousState: cameFrom(before, row) };
}

/** Null where neither state nor cause is another one. */
function cameFrom(before: IntervalRow, { state, causeId }: IntervalRow): number | null {
  return state === before.state && causeId === before.causeId ? null : before.state;
}

function rank({ state }: IntervalRow): number {
  const word = stateOf(state);
  return word === 'Absent' ? Number.POSITIVE_INFINITY : severityRank(word);
}

function hourOf(at: number): number {
  return Math.floor(at / hourMs);
}

import type { AvailabilityLevel } from '../health/verdict.ts';
import type { ObservationGap } from './batch.ts';
import type { StoredState } from './codes.ts';
import type { StatusInterval, Uptime } from './store.ts';

/**
 * Intervals and what they add up to. Pure: rows in, plain data out.
 *
 * What counts as up: full, reduced and none are shares of the time that was watched and that has something to judge.
 * Idle and Terminating want nothing, and where nobody looked nothing is claimed. A new workload is judged since it
 * exists, so its first day is not 23 hours of darkness.
 */

/** As which of the three a stretch of time counts; null when it counts neither way. */
export function countsFor(
  state: StoredState,
  availability: AvailabilityLevel,
): Exclude<AvailabilityLevel, 'notApplicable'> | null {
  if (state === 'Idle' || state === 'Terminating' || state === 'Absent') return null;
  return availability === 'notApplicable' ? null : availability;
}

/** A row of the file: a status that holds until the next row of the workload. */
export interface StatusRow {
  readonly from: number;
  readonly state: StoredState;
  readonly availability: AvailabilityLevel;
  readonly causeCode: string | null;
}

export interface WatchedTime {
  /** Stretches in which nobody watched, in order, without overlap. */
  readonly gaps: readonly ObservationGap[];
  /** Nothing after this instant was watched; null: nothing at all ever was. */
  readonly until: number | null;
}

export interface Tally {
  fullMs: number;
  reducedMs: number;
  noneMs: number;
  /** Watched, judged or not. */
  observedMs: number;
  /** Between creation and deletion, watched or not. */
  existedMs: number;
}

export const emptyTally = (): Tally => ({ fullMs: 0, reducedMs: 0, noneMs: 0, observedMs: 0, existedMs: 0 });

/** Calls back with each stretch of [from, to): a status, or null where nobody watched. Absent time is left out. */
function forEachStretch(
  rows: readonly StatusRow[],
  watched: WatchedTime,
  from: number,
  to: number,
  visit: (from: number, to: number, row: StatusRow, isWatched: boolean) => void,
): void {
  const watchedUntil = watched.until ?? Number.NEGATIVE_INFINITY;
  let firstGap = 0;
  rows.forEach((row, index) => {
    const start = Math.max(from, row.from);
    const end = Math.min(to, rows[index + 1]?.from ?? to);
    if (start >= end || row.state === 'Absent') return;
    let at = start;
    while ((watched.gaps[firstGap]?.to ?? Number.POSITIVE_INFINITY) <= start) firstGap += 1;
    for (let number = firstGap; at < end; number += 1) {
      const gap = watched.gaps[number];
      const darkFrom = Math.min(gap?.from ?? Number.POSITIVE_INFINITY, watchedUntil);
      const darkTo = gap !== undefined && gap.from < watchedUntil ? gap.to : Number.POSITIVE_INFINITY;
      if (darkFrom > at) visit(at, Math.min(end, darkFrom), row, true);
      if (darkFrom < end) visit(Math.max(at, darkFrom), Math.min(end, darkTo), row, false);
      at = Math.max(at, Math.min(end, darkTo));
      if (darkTo === Number.POSITIVE_INFINITY) break;
    }
  });
}

/** Adds what lies in [from, to) to a tally. */
export function addToTally(
  tally: Tally,
  rows: readonly StatusRow[],
  watched: WatchedTime,
  from: number,
  to: number,
): Tally {
  forEachStretch(rows, watched, from, to, (start, end, row, isWatched) => {
    const lengthMs = end - start;
    tally.existedMs += lengthMs;
    if (!isWatched) return;
    tally.observedMs += lengthMs;
    const counts = countsFor(row.state, row.availability);
    if (counts === 'full') tally.fullMs += lengthMs;
    else if (counts === 'reduced') tally.reducedMs += lengthMs;
    else if (counts === 'none') tally.noneMs += lengthMs;
  });
  return tally;
}

export function uptimeOf(tally: Tally): Uptime {
  const judgedMs = tally.fullMs + tally.reducedMs + tally.noneMs;
  const share = (ms: number): number | null => (judgedMs === 0 ? null : ms / judgedMs);
  return {
    availableRatio: share(tally.fullMs),
    reducedRatio: share(tally.reducedMs),
    downRatio: share(tally.noneMs),
    observedRatio: tally.existedMs === 0 ? 0 : tally.observedMs / tally.existedMs,
  };
}

/** The intervals of [from, to) with NotObserved where nobody watched; the one that goes on at `to` is open. */
export function intervalsOf(
  rows: readonly StatusRow[],
  watched: WatchedTime,
  from: number,
  to: number,
): readonly StatusInterval[] {
  const intervals: StatusInterval[] = [];
  forEachStretch(rows, watched, from, to, (start, end, row, isWatched) => {
    const before = intervals.at(-1);
    const openEnd = end === to ? null : end;
    if (!isWatched && before?.state === 'NotObserved' && before.to === start) {
      intervals[intervals.length - 1] = { ...before, to: openEnd };
      return;
    }
    intervals.push({
      from: start,
      to: openEnd,
      state: isWatched && row.state !== 'Absent' ? row.state : 'NotObserved',
      availability: isWatched ? row.availability : 'notApplicable',
      causeCode: isWatched ? row.causeCode : null,
    });
  });
  return intervals;
}

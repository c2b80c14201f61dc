import type { LogRecord } from './log-buffer.ts';

/** The lines that are held, filtered or not: from the id of the oldest to the one after the newest. */
export interface LogSpan {
  readonly firstId: number;
  readonly endId: number;
}

/** How many lines of each part of the log are hits. The parts are of equal length, the oldest first. */
export function hitBins(
  shown: readonly LogRecord[],
  span: LogSpan,
  count: number,
  isHit: (record: LogRecord) => boolean,
): readonly number[] {
  const bins = Array.from({ length: count }, () => 0);
  for (const record of shown) {
    if (!isHit(record)) continue;
    const bin = Math.floor(shareOf(record.id, span) * count);
    bins[Math.min(count - 1, bin)] = (bins[Math.min(count - 1, bin)] ?? 0) + 1;
  }
  return bins;
}

/** Where a line is in the log: 0 the oldest, just below 1 the newest. */
export function shareOf(id: number, { firstId, endId }: LogSpan): number {
  return endId <= firstId ? 0 : Math.min(1, Math.max(0, (id - firstId) / (endId - firstId)));
}

/** The first hit at or behind a place in the log, as an index of what is shown; the last hit when there is none. */
export function hitAt(
  shown: readonly LogRecord[],
  { firstId, endId }: LogSpan,
  share: number,
  isHit: (record: LogRecord) => boolean,
): number {
  const wanted = firstId + share * (endId - firstId);
  const next = shown.findIndex((record) => record.id >= wanted && isHit(record));
  return next >= 0 ? next : shown.findLastIndex(isHit);
}

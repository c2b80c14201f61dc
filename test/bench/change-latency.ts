import type { ChangeLog } from './fleet/fleet.ts';
import { openDeltaStream } from './delta-stream.ts';

/** Rows of the stream by key, each with its ready pods and the time at which it came (`monotonicMs`). */
export interface SeenRows {
  readonly of: ReadonlyMap<string, readonly { readonly ready: number; readonly at: number }[]>;
  /** Bytes, deltas and resyncs so far. */
  readonly stream: Awaited<ReturnType<typeof openDeltaStream>>;
  close(): void;
}

/** @param keep only rows of these keys; all by default */
export async function watchRows(url: string, keep: (key: string) => boolean = () => true): Promise<SeenRows> {
  const rows = new Map<string, { ready: number; at: number }[]>();
  const stream = await openDeltaStream(url, ({ key, availability }, at) => {
    if (!keep(key)) return;
    const seen = rows.get(key);
    if (seen === undefined) rows.set(key, [{ ready: availability.ready, at }]);
    else seen.push({ ready: availability.ready, at });
  });
  return { of: rows, stream, close: () => stream.close() };
}

/**
 * How long each change took to the first row that shows its number, in milliseconds. Numbers alternate: a row that comes
 * after the change after next may be that one's, so a change without a row until then counts as unseen.
 */
export function latencies(log: ChangeLog, rows: SeenRows): { readonly seenMs: number[]; readonly unseen: number } {
  const seenMs: number[] = [];
  let unseen = 0;
  for (const [key, changes] of Map.groupBy(log.marked, (change) => change.key)) {
    const seen = rows.of.get(key) ?? [];
    for (const [index, { ready, at }] of changes.entries()) {
      const until = changes[index + 2]?.at ?? Number.POSITIVE_INFINITY;
      const row = seen.find((one) => one.at >= at && one.ready === ready);
      if (row === undefined || row.at >= until) unseen += 1;
      else seenMs.push(row.at - at);
    }
  }
  return { seenMs, unseen };
}

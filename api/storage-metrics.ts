import { Counter, Gauge, type Registry } from 'prom-client';
import type { StoreCounters } from '../store/store.ts';

/** What the store counted since the start, read when `/metrics` is asked for. */
export function registerStorageMetrics(registry: Registry, counters: () => StoreCounters): void {
  const totals: readonly (readonly [name: string, help: string, of: (counted: StoreCounters) => number])[] = [
    ['maintenant_store_commits_total', 'Batches that were committed to the database.', ({ commits }) => commits],
    ['maintenant_store_refusals_total', 'Batches that the disk refused.', ({ refusals }) => refusals],
    [
      'maintenant_store_writer_restarts_total',
      'Times the writer thread was started again.',
      ({ writerRestarts }) => writerRestarts,
    ],
    [
      'maintenant_store_dropped_rows_total',
      'Rows given up while the disk took nothing.',
      ({ droppedRows }) => droppedRows,
    ],
    [
      'maintenant_store_commit_seconds_total',
      'Time from sending batches to their answers.',
      ({ commitSeconds }) => commitSeconds,
    ],
  ];
  for (const [name, help, of] of totals) {
    registry.registerMetric(
      new Counter({
        name,
        help,
        registers: [],
        collect() {
          this.reset();
          this.inc(of(counters()));
        },
      }),
    );
  }
  registry.registerMetric(
    new Gauge({
      name: 'maintenant_store_pending_rows',
      help: 'Rows that wait for the database.',
      registers: [],
      collect() {
        this.set(counters().pendingRows);
      },
    }),
  );
}

import { parentPort, workerData } from 'node:worker_threads';
import { HistoryQueries } from './history-queries.ts';
import { openForReading } from './sqlite.ts';

/** The reader thread: answers questions about the history, one after the other, on a read-only connection. */

export interface ReaderSettings {
  readonly path: string;
}

export interface ReaderQuestion {
  readonly id: number;
  readonly method: string;
  readonly values: readonly unknown[];
}

export type ReaderAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

const cacheKiB = 4_000;

function run(): void {
  const port = parentPort;
  if (port === null) throw new Error('store/reader.ts runs as a worker thread only');
  const { path } = workerData as ReaderSettings;
  const database = openForReading(path, cacheKiB);
  const queries = new HistoryQueries(database);
  // The name comes from `history.ts`, which takes it from the methods of this very class.
  const methods = queries as unknown as Readonly<Record<string, (...values: readonly unknown[]) => unknown>>;
  port.on('message', (question: ReaderQuestion | 'close') => {
    if (question === 'close') {
      database.close();
      port.close();
      return;
    }
    const { id, method, values } = question;
    try {
      port.postMessage({ id, value: methods[method]?.(...values) } satisfies ReaderAnswer);
    } catch (error) {
      port.postMessage({ id, error: error instanceof Error ? error.message : String(error) } satisfies ReaderAnswer);
    }
  });
}

run();

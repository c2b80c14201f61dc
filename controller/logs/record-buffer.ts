import type { LogRecord } from '../../api/cluster.ts';

/** Records that wait for a slow reader; with lines of 200 bytes about a quarter of a megabyte. */
export const limitBufferedRecords = 1_000;
/** Text that waits; one more line may always come on top. */
const limitBufferedBytes = 1024 * 1024;

/**
 * Between many logs and one reader. When it is full, writers wait: nothing more is read from their connections, which
 * slows the kubelet and costs no memory.
 */
export class RecordBuffer {
  #records: LogRecord[] = [];
  #bytes = 0;
  #closed = false;
  #onRecord: () => void = () => undefined;
  #waitingWriters: (() => void)[] = [];

  /** Resolves when there is room for the next one. Does nothing after `close`. */
  async put(record: LogRecord): Promise<void> {
    if (this.#closed) return;
    this.#records.push(record);
    this.#bytes += record.type === 'line' ? record.text.length : 0;
    this.#onRecord();
    if (!this.#isFull()) return;
    await new Promise<void>((resolve) => this.#waitingWriters.push(resolve));
  }

  /** No more records; the reader gets those that are there, then the end. */
  close(): void {
    this.#closed = true;
    this.#onRecord();
    this.#release();
  }

  /** Ends when the buffer is closed and empty. */
  async *read(): AsyncGenerator<LogRecord, void, undefined> {
    for (;;) {
      const batch = this.#records;
      this.#records = [];
      this.#bytes = 0;
      this.#release();
      yield* batch;
      if (this.#records.length > 0) continue;
      if (this.#closed) return;
      await new Promise<void>((resolve) => (this.#onRecord = resolve));
      this.#onRecord = () => undefined;
    }
  }

  get size(): number {
    return this.#records.length;
  }

  #isFull(): boolean {
    return !this.#closed && (this.#records.length >= limitBufferedRecords || this.#bytes >= limitBufferedBytes);
  }

  #release(): void {
    for (const release of this.#waitingWriters.splice(0)) release();
  }
}

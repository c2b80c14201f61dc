import { Worker } from 'node:worker_threads';
import type { WriterReply, WriterRequest, WriterSettings } from './batch.ts';

/**
 * The main thread's end of the writer thread. A thread that ends without being asked is started again; what was not
 * acknowledged is sent again by the owner when `opened` arrives.
 */

/** Pause before the n-th restart in a row; the first is immediate, a thread that keeps dying costs one start a minute. */
const restartDelaysMs = [0, 1_000, 5_000, 15_000, 60_000] as const;

/** Deaths in a row without a commit after which a new process is the better hope. */
const limitDeaths = 3;

const limitCloseMs = 3_000;

export interface WriterThreadHandlers {
  onReply(reply: WriterReply): void;
  /** The thread ended by itself; it starts again after `restartInMs`. */
  onDeath(reason: string, restartInMs: number): void;
}

export class WriterThread {
  readonly #settings: () => WriterSettings;
  readonly #handlers: WriterThreadHandlers;
  #worker: Worker | null = null;
  #deaths = 0;
  #restart: NodeJS.Timeout | null = null;
  #isClosing = false;
  #closed: (() => void) | null = null;

  constructor(settings: () => WriterSettings, handlers: WriterThreadHandlers) {
    this.#settings = settings;
    this.#handlers = handlers;
  }

  start(): void {
    this.#restart = null;
    const worker = new Worker(workerUrl(), {
      name: 'store writer',
      workerData: this.#settings(),
      // The thread holds one batch and the statements; SQLite's page cache lies outside of this heap.
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
    });
    this.#worker = worker;
    let reason = 'it ended by itself';
    worker.on('message', (reply: WriterReply) => {
      // Not at `opened`: a batch that kills the thread is sent again to the next one.
      if (reply.type === 'committed') this.#deaths = 0;
      if (reply.type !== 'closed') this.#handlers.onReply(reply);
    });
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      if (this.#isClosing) this.#closed?.();
      else this.#scheduleRestart(reason);
    });
  }

  /** True when threads keep ending before they have committed anything. */
  get isHopeless(): boolean {
    return this.#deaths >= limitDeaths;
  }

  /** False while there is no thread to take it; then `opened` will follow. */
  post(request: WriterRequest): boolean {
    if (this.#worker === null) return false;
    this.#worker.postMessage(request);
    return true;
  }

  /** Ends the thread without asking it, as a crash would. For tests of what follows. */
  async kill(): Promise<void> {
    await this.#worker?.terminate();
  }

  /** Ends for good without a word to the file: it could not be opened. */
  async abandon(): Promise<void> {
    this.#isClosing = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    await this.#worker?.terminate();
  }

  /** Resolves when the thread has closed the file and is gone, or has not answered for `limitCloseMs`. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    if (this.#worker === null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = resolve;
    const worker = this.#worker;
    worker.postMessage({ type: 'close' } satisfies WriterRequest);
    // A disk that hangs must not keep the process; what it has not written is in its log or derived again.
    const deadline = setTimeout(() => {
      worker.unref();
      resolve();
    }, limitCloseMs);
    await promise;
    clearTimeout(deadline);
  }

  #scheduleRestart(reason: string): void {
    const delayMs = restartDelaysMs[Math.min(this.#deaths, restartDelaysMs.length - 1)] ?? 0;
    this.#deaths += 1;
    this.#handlers.onDeath(reason, delayMs);
    this.#restart = setTimeout(() => this.start(), delayMs);
  }
}

/** The source while types are stripped, the second bundle entry once bundled. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './writer.ts' : './writer.js', import.meta.url);
}

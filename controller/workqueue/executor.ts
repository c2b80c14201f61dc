import { setImmediate as nextTurn } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Clock } from '../clock.ts';
import type { WorkQueue } from './work-queue.ts';

/** What a run wants to happen with its key afterwards. */
export interface RunResult {
  /** Run again after this time, because by then time alone may have changed the outcome; null for never. */
  readonly runAgainAfterMs: number | null;
}

export interface ExecutorOptions<Key> {
  readonly queue: WorkQueue<Key>;
  /** Keys that are processed at once. */
  readonly concurrency: number;
  /** A run that lasts longer is told to stop by its signal and is logged; its slot stays taken until it ends. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly run: (key: Key, signal: AbortSignal) => RunResult | Promise<RunResult>;
  /** Null to go on, else what a run waits for before it begins: whoever takes what it makes is behind. */
  readonly backlog?: () => Promise<void> | null;
  /** A run failed; the key comes again after its backoff. */
  readonly onFailure: (key: Key, failures: number, cause: unknown) => void;
}

/**
 * Longest stretch of runs before timers, sockets and requests get a turn. A run takes well under a millisecond, so a
 * flood of 15,000 keys would otherwise block the process for seconds: the API server drops slow watchers.
 */
const sliceMs = 8;

/**
 * Runs the keys of a work queue, at most `concurrency` at once. The queue decides which key is next and p-queue only
 * counts the slots, so it is never given more than it can start: a waiting key costs an entry in a Map, not a closure.
 *
 * Two properties of p-queue are worked around: its timeout frees the slot while the task still runs, so the limit on
 * time is kept here and the key is released in the run's own `finally`; and a rejected `add()` must be caught, so the
 * task never rejects.
 */
export class Executor<Key> {
  readonly #options: ExecutorOptions<Key>;
  readonly #pool: PQueue;
  #sliceStartedAt = 0;
  #accepts = false;
  readonly #pump = (): void => this.pump();

  constructor(options: ExecutorOptions<Key>) {
    this.#options = options;
    this.#pool = new PQueue({ concurrency: options.concurrency });
  }

  start(): void {
    // `next` is p-queue's word for: a slot is free.
    this.#pool.addEventListener('next', this.#pump);
    this.#accepts = true;
    this.pump();
  }

  /** Starts as many runs as there are keys and free slots. Called when a key became ready. */
  pump(): void {
    while (this.#accepts && this.#pool.pending + this.#pool.size < this.#options.concurrency) {
      const key = this.#options.queue.take();
      if (key === null) return;
      void this.#pool.add(() => this.#run(key));
    }
  }

  /** Lets the ready keys run, then ends. Afterwards nothing runs and nothing will. */
  async stop(): Promise<void> {
    const drained = this.#options.queue.shutDown();
    if (this.#accepts) await drained;
    this.#accepts = false;
    await this.#pool.onIdle();
    this.#pool.removeEventListener('next', this.#pump);
  }

  async #run(key: Key): Promise<void> {
    const { queue, run, onFailure, backlog } = this.#options;
    await this.#yieldWhenSliceIsOver();
    const overdue = new AbortController();
    try {
      const wait = backlog?.() ?? null;
      if (wait !== null) await wait;
      const running = run(key, overdue.signal);
      const result = running instanceof Promise ? await this.#watchTime(key, running, overdue) : running;
      queue.forget(key);
      if (result.runAgainAfterMs !== null) queue.addAfter(key, result.runAgainAfterMs);
    } catch (error) {
      // The queue first: a log that fails must not lose the key.
      queue.addRateLimited(key);
      onFailure(key, queue.failures(key), error);
    } finally {
      queue.done(key);
    }
  }

  async #watchTime(key: Key, running: Promise<RunResult>, overdue: AbortController): Promise<RunResult> {
    const { queue, clock, timeoutMs, onFailure } = this.#options;
    const cancel = clock.setTimer(timeoutMs, () => {
      const late = new Error(`still running after ${timeoutMs} ms`);
      overdue.abort(late);
      onFailure(key, queue.failures(key), late);
    });
    try {
      return await running;
    } finally {
      cancel();
    }
  }

  async #yieldWhenSliceIsOver(): Promise<void> {
    if (this.#options.clock.monotonic() - this.#sliceStartedAt < sliceMs) return;
    await nextTurn();
    this.#sliceStartedAt = this.#options.clock.monotonic();
  }
}

import type { Clock } from '../clock.ts';
import { DelayHeap } from './delay-heap.ts';
import { RateLimiter } from './rate-limiter.ts';

/** `live`: something just happened. `initial`: the flood after a list, which live changes overtake. */
export type Lane = 'live' | 'initial';

/** What the queue tells its metrics; `work-queue-metrics.ts` turns it into client-go's names. */
export interface WorkQueueObserver {
  added(): void;
  retried(): void;
  /** A key left the queue after `waitedMs`. */
  taken(waitedMs: number): void;
  /** A key was released after `workedMs`. */
  finished(workedMs: number): void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Called when a key became ready to be taken. */
  readonly onReady: () => void;
  readonly observer?: WorkQueueObserver;
}

/**
 * Which key is to be reconciled next. It carries keys only: whoever takes one looks at the cache, so a hundred changes
 * of one object while it waits are one run, and none is lost that comes while it is being processed.
 *
 *                 addAfter ──► delayed (earliest wins) ──┐ due
 *                                                        ▼
 *     add ─────────────────► waiting: live ▸ initial ──take──► processing ──done──► gone
 *                               ▲                                 │ ▲
 *                               └────────── done, if dirty ◄──────┘ └── add: only marked dirty
 *
 * Semantics of client-go's workqueue (dirty and processing sets, delays, per-key backoff) with two lanes as the
 * priority queue of controller-runtime has them; a key never runs twice at once.
 * https://github.com/kubernetes/client-go/blob/v0.34.0/util/workqueue/queue.go
 *
 * Bounded by the number of keys: each waits at most once, is delayed at most once and is processed at most once.
 */
export class WorkQueue<Key> {
  readonly #clock: Clock;
  readonly #onReady: () => void;
  readonly #observer: WorkQueueObserver | null;
  /** A Map keeps the order of insertion: first in, first out. The value is when the key was added. */
  readonly #live = new Map<Key, number>();
  readonly #initial = new Map<Key, number>();
  /** The value is when it was taken. */
  readonly #processing = new Map<Key, number>();
  /** Added while being processed, with the lane to go back to. */
  readonly #dirty = new Map<Key, Lane>();
  readonly #delayed = new DelayHeap<Key>();
  readonly #limiter = new RateLimiter<Key>();
  #cancelTimer: (() => void) | null = null;
  #timerDueAt = Number.POSITIVE_INFINITY;
  #closed = false;
  readonly #drainWaiters: (() => void)[] = [];

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#onReady = options.onReady;
    this.#observer = options.observer ?? null;
  }

  /** Keys that are ready to be taken. */
  get depth(): number {
    return this.#live.size + this.#initial.size;
  }

  get delayed(): number {
    return this.#delayed.size;
  }

  /** Keys with failures that were not forgotten. */
  get failing(): number {
    return this.#limiter.size;
  }

  /** When each key that is being processed was taken, on the monotonic clock. */
  processing(): Iterable<number> {
    return this.#processing.values();
  }

  /** Asks for one run that starts after this call. Does nothing after `shutDown`. */
  add(key: Key, lane: Lane = 'live'): void {
    if (this.#closed) return;
    if (this.#processing.has(key)) {
      if (!this.#dirty.has(key)) this.#observer?.added();
      if (lane === 'live' || !this.#dirty.has(key)) this.#dirty.set(key, lane);
      return;
    }
    if (this.#live.has(key)) return;
    const waitingSince = this.#initial.get(key);
    if (waitingSince !== undefined && lane === 'initial') return;
    // A live change lifts a key out of the flood; it has been waiting since the flood began.
    this.#initial.delete(key);
    if (waitingSince === undefined) this.#observer?.added();
    this.#enqueue(key, lane, waitingSince ?? this.#clock.monotonic());
    this.#onReady();
  }

  /** Asks for a run not before `delayMs` from now. Of several the earliest wins; at 0 or less it is `add`. */
  addAfter(key: Key, delayMs: number): void {
    if (this.#closed) return;
    if (!(delayMs > 0)) return this.add(key);
    this.#delayed.add(key, this.#clock.monotonic() + delayMs);
    this.#armTimer();
  }

  /** Asks for a run after the key's backoff, which doubles with every call until `forget`. */
  addRateLimited(key: Key): void {
    if (this.#closed) return;
    this.#observer?.retried();
    this.addAfter(key, this.#limiter.next(key));
  }

  /** After a success, and when the object is gone. */
  forget(key: Key): void {
    this.#limiter.forget(key);
  }

  failures(key: Key): number {
    return this.#limiter.failures(key);
  }

  /** The next key, live before initial; the caller must give it back by `done`. Null when none is ready. */
  take(): Key | null {
    const lane = this.#live.size > 0 ? this.#live : this.#initial;
    for (const [key, addedAt] of lane) {
      lane.delete(key);
      const now = this.#clock.monotonic();
      this.#processing.set(key, now);
      this.#observer?.taken(now - addedAt);
      return key;
    }
    return null;
  }

  /** The run that `take` began has ended, well or not. */
  done(key: Key): void {
    const takenAt = this.#processing.get(key);
    if (takenAt === undefined) return;
    this.#processing.delete(key);
    const now = this.#clock.monotonic();
    this.#observer?.finished(now - takenAt);
    const lane = this.#dirty.get(key);
    if (lane !== undefined) {
      this.#dirty.delete(key);
      this.#enqueue(key, lane, now);
      this.#onReady();
    }
    this.#wakeDrained();
  }

  /**
   * Takes no more keys, drops the delayed ones and lets the ready ones be taken. Resolves when nothing waits and
   * nothing is processed. What was dropped is found again by the next list.
   */
  async shutDown(): Promise<void> {
    this.#closed = true;
    this.#delayed.clear();
    this.#disarmTimer();
    if (this.#idle()) return;
    await new Promise<void>((resolve) => this.#drainWaiters.push(resolve));
  }

  #enqueue(key: Key, lane: Lane, addedAt: number): void {
    (lane === 'live' ? this.#live : this.#initial).set(key, addedAt);
  }

  #idle(): boolean {
    return this.depth === 0 && this.#processing.size === 0;
  }

  #wakeDrained(): void {
    if (!this.#closed || !this.#idle()) return;
    for (const wake of this.#drainWaiters.splice(0)) wake();
  }

  /** One timer, for the earliest delayed key, whatever their number. */
  #armTimer(): void {
    const dueAt = this.#delayed.nextDueAt;
    if (dueAt === null || dueAt >= this.#timerDueAt) return;
    this.#disarmTimer();
    this.#timerDueAt = dueAt;
    this.#cancelTimer = this.#clock.setTimer(Math.max(0, dueAt - this.#clock.monotonic()), () => this.#fire());
  }

  #disarmTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerDueAt = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#disarmTimer();
    const now = this.#clock.monotonic();
    for (let key = this.#delayed.takeDue(now); key !== null; key = this.#delayed.takeDue(now)) this.add(key);
    this.#armTimer();
  }
}

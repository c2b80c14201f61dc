import type { WorkloadKey } from '../health/workload.ts';
import type { FileFacts, WriterReply } from './batch.ts';
import { type PendingWorkload, PendingWrites, type TakenBatch, type Unshown } from './pending-writes.ts';
import type { DiskTrouble } from './sqlite.ts';
import type { StorageStatus, StoreCounters, StoreLog } from './store.ts';
import type { WriterThread } from './writer-thread.ts';

/**
 * The way from what was accepted to the file, and back into the picture.
 *
 *     pending ─► batch in flight ─► committed ─► shown
 *        ▲             │
 *        └── refused ◄─┘   shown all the same, kept, tried again
 *
 *     ok ──refused, or no answer──► degraded ──pause──► recovering ──all written──► ok
 *                                      ▲────refused────────┘
 *
 * One batch is in flight at a time; whatever comes in meanwhile is the next one. So the writer commits whenever it is
 * free, a lonely change at once and a flood in full batches, without a timer. The caller never waits for a disk.
 */

/** A batch without an answer for this long means a disk that hangs: the picture goes on without it. */
const limitAnswerMs = 5_000;
/** Pause before a refused disk is tried again; doubled up to the second value. */
const firstRetryMs = 5_000;
const longestRetryMs = 60_000;
/** Workloads that may wait before a caller that can should pause: half a MB of text at 10 pods each. */
const limitBacklog = 100;
/** Age and size of the file are looked after once in this time, the first time a minute after the start. */
const maintenanceIntervalMs = 3_600_000;
const firstMaintenanceMs = 60_000;

/** Whose picture it is: called back when something may be shown, or when the file is another one. */
export interface WriteQueueOwner {
  revision(): number;
  /** Brings entries into the picture; their flags say what of them is new. */
  show(unshown: Unshown): void;
  /** Nobody waits for anything any more, unless this adds to `pending`. */
  beforeIdle(): void;
  /** These were given up: the next content of each is to be written in full. */
  forget(keys: readonly WorkloadKey[]): void;
  /** Every reader has to let go of the file. */
  closeReaders(): void;
  openReaders(): void;
  /** The file is a new one: everything that is known goes into `pending`. */
  refill(): void;
}

export interface WriteQueueOptions {
  readonly path: string;
  readonly log: StoreLog;
  readonly now: () => number;
  /** Unique for this run of the process: part of every batch's identity. */
  readonly epoch: string;
  readonly facts: FileFacts;
  readonly oldestAt: number | null;
  /** Told until the storage state changes. */
  readonly notice: string | null;
  readonly retryMs: number | null;
  readonly answerMs: number | null;
}

export class WriteQueue {
  readonly pending = new PendingWrites();
  readonly #options: WriteQueueOptions;
  readonly #writer: WriterThread;
  readonly #owner: WriteQueueOwner;
  readonly #firstRetryMs: number;
  readonly #answerMs: number;

  #state: StorageStatus['state'] = 'ok';
  #message: string | null;
  #facts: FileFacts;
  #oldestAt: number | null;

  #inFlight: TakenBatch | null = null;
  #sentAt = 0;
  #batches = 0;
  /** False between the death of the writer and its return, and while the file is exchanged. */
  #isWriterReady = true;
  #isQuarantining = false;
  #isClosed = false;
  #retryMs: number;

  #flushTurn: NodeJS.Immediate | null = null;
  #answerTimer: NodeJS.Timeout | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #maintenanceTimer: NodeJS.Timeout | null = null;

  #cluster: string | null = null;
  #idleWaiters: (() => void)[] = [];
  /** Resolved when the backlog is half of what it may be. */
  #room: PromiseWithResolvers<void> | null = null;
  readonly #counters = { commits: 0, refusals: 0, writerRestarts: 0, commitSeconds: 0 };

  constructor(options: WriteQueueOptions, writer: WriterThread, owner: WriteQueueOwner) {
    this.#options = options;
    this.#writer = writer;
    this.#owner = owner;
    this.#message = options.notice;
    this.#facts = options.facts;
    this.#oldestAt = options.oldestAt;
    this.#firstRetryMs = options.retryMs ?? firstRetryMs;
    this.#retryMs = this.#firstRetryMs;
    this.#answerMs = options.answerMs ?? limitAnswerMs;
  }

  /** Begins to look after age and size of the file. */
  start(): void {
    this.#maintainIn(firstMaintenanceMs);
  }

  /** Something was added to `pending`. It is sent with everything else of this turn of the event loop. */
  schedule(): void {
    this.#flushTurn ??= setImmediate(() => {
      this.#flushTurn = null;
      this.#flush();
    });
  }

  status(): StorageStatus {
    return {
      state: this.#state,
      message: this.#message,
      path: this.#options.path,
      oldestAt: this.#oldestAt,
      pendingRows: this.pending.rows,
      ...this.#facts,
    };
  }

  counters(): StoreCounters {
    return { ...this.#counters, droppedRows: this.pending.dropped, pendingRows: this.pending.rows };
  }

  /** Entries that the picture shows and the file lacks, oldest first; none while the disk is well. */
  *unwritten(key?: WorkloadKey): Generator<PendingWorkload> {
    if (this.#state === 'ok') return;
    for (const entry of this.#inFlight?.workloads ?? []) if (key === undefined || entry.key === key) yield entry;
    for (const entry of this.pending.entries()) if (key === undefined || entry.key === key) yield entry;
  }

  backlog(): Promise<void> | null {
    if (this.pending.workloads < limitBacklog || this.#state !== 'ok') return null;
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }

  /** Which cluster the file is about. Written again into every file that takes its place. */
  nameCluster(cluster: string): void {
    this.#cluster = cluster;
    if (this.#isWriterReady) this.#writer.post({ type: 'nameCluster', cluster });
  }

  /** Resolves when nothing waits, or when the disk takes nothing. */
  async flushed(): Promise<void> {
    this.#owner.beforeIdle();
    if (this.#isIdle()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idleWaiters.push(resolve);
    await promise;
  }

  stop(): void {
    this.#isClosed = true;
    if (this.#flushTurn !== null) clearImmediate(this.#flushTurn);
    for (const timer of [this.#answerTimer, this.#retryTimer, this.#maintenanceTimer]) {
      if (timer !== null) clearTimeout(timer);
    }
  }

  onReply(reply: WriterReply): void {
    switch (reply.type) {
      case 'committed':
        return this.#onCommitted(reply.id, reply.facts);
      case 'refused':
        return this.#onRefused(reply);
      case 'opened':
        return this.#onOpened(reply);
      case 'openFailed':
        return this.#degrade(reply.message);
      case 'damaged':
        return this.#onDamaged(reply.message);
      case 'logDeleted':
        this.#isWriterReady = false;
        this.#owner.closeReaders();
        this.#writer.post({ type: 'renew' });
        return;
      case 'maintained':
        return this.#onMaintained(reply);
      case 'closed':
        return;
      default: {
        const impossible: never = reply;
        throw new Error(`unknown reply ${JSON.stringify(impossible)}`);
      }
    }
  }

  onDeath(reason: string, restartInMs: number): void {
    this.#isWriterReady = false;
    this.#counters.writerRestarts += 1;
    this.#options.log.error({ reason, restartInMs }, 'the writer thread ended; it is started again');
    if (restartInMs > 0) this.#degrade(`The writer thread keeps ending (${reason}); what is new is kept in memory.`);
  }

  // ---- a batch on its way ------------------------------------------------------------------------------------------

  #flush(): void {
    if (this.#isClosed) return;
    if (this.#state === 'degraded') return this.#showUnshown();
    if (this.#inFlight !== null || !this.#isWriterReady) return;
    if (this.pending.isEmpty) {
      if (this.#state === 'recovering') this.#recover();
      return this.#settle();
    }
    this.#batches += 1;
    this.#sentAt = performance.now();
    this.#inFlight = this.pending.take(`${this.#options.epoch} ${this.#batches}`, this.#owner.revision());
    this.#send(this.#inFlight);
  }

  #send(taken: TakenBatch): void {
    this.#writer.post({ type: 'batch', batch: taken.batch });
    this.#answerTimer = setTimeout(() => this.#onSilence(taken), this.#answerMs);
    this.#answerTimer.unref();
  }

  #land(): void {
    this.#inFlight = null;
    if (this.#answerTimer !== null) clearTimeout(this.#answerTimer);
    this.#answerTimer = null;
    if (this.pending.workloads < limitBacklog / 2 || this.#state !== 'ok') {
      this.#room?.resolve();
      this.#room = null;
    }
  }

  #onCommitted(id: string, facts: FileFacts): void {
    this.#facts = facts;
    const taken = this.#inFlight;
    if (taken?.batch.id !== id) return;
    this.#land();
    this.#counters.commits += 1;
    this.#counters.commitSeconds += (performance.now() - this.#sentAt) / 1_000;
    this.#owner.show(taken);
    // The answer came late, after the picture had gone on: what waits is written now.
    if (this.#state === 'degraded') this.#state = 'recovering';
    this.#flush();
  }

  #onRefused(reply: Extract<WriterReply, { type: 'refused' }>): void {
    const taken = this.#inFlight;
    if (taken?.batch.id !== reply.id) return;
    this.#land();
    this.#counters.refusals += 1;
    if (reply.trouble === 'corrupt') {
      this.pending.restore(taken);
      return this.#onDamaged(reply.message);
    }
    this.#owner.show(taken);
    if (reply.trouble === null) {
      // A fault of ours must not stop what is behind it: it is told, and written with the next change of the workload.
      this.#options.log.error({ message: reply.message }, 'a batch was refused and is given up');
      this.#owner.forget(taken.workloads.map(({ key }) => key));
      return this.#flush();
    }
    this.pending.restore(taken);
    this.#degrade(sentenceOf(reply.trouble, this.#options.path, reply.message));
  }

  #onSilence(taken: TakenBatch): void {
    const { path, log } = this.#options;
    this.#owner.show(taken);
    this.#state = 'degraded';
    this.#message = `The disk of ${path} has not answered for ${this.#answerMs / 1_000} s; what is new is kept in memory.`;
    log.warn({ path }, this.#message);
    this.#showUnshown();
  }

  // ---- a disk that refuses -----------------------------------------------------------------------------------------

  #degrade(message: string): void {
    const { path, log } = this.#options;
    if (this.#state === 'ok') log.error({ path, message }, 'storage is degraded');
    this.#state = 'degraded';
    this.#message = message;
    this.#showUnshown();
    if (this.#retryTimer !== null || this.#isClosed) return;
    this.#retryTimer = setTimeout(() => this.#retry(), this.#retryMs);
    this.#retryTimer.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
  }

  #retry(): void {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    if (!this.#isWriterReady || this.#state !== 'degraded') return;
    this.#state = 'recovering';
    // A full disk may be full of our own history.
    this.#maintainIn(0);
    this.#flush();
  }

  #recover(): void {
    const { path, log } = this.#options;
    this.#state = 'ok';
    this.#message = null;
    this.#retryMs = this.#firstRetryMs;
    log.info({ path }, 'storage works again');
  }

  #showUnshown(): void {
    this.#owner.show(this.pending.takeUnshown());
    this.#settle();
  }

  // ---- a file that is exchanged ------------------------------------------------------------------------------------

  #onDamaged(message: string): void {
    if (this.#isQuarantining) return;
    const { path, log, now } = this.#options;
    this.#isQuarantining = true;
    this.#isWriterReady = false;
    this.#message = `The database ${path} is damaged (${message}); it is set aside and a new one begins.`;
    log.error({ path, message }, 'the database is damaged');
    this.#owner.closeReaders();
    this.#writer.post({ type: 'quarantine', now: now(), reason: message });
  }

  #onOpened(reply: Extract<WriterReply, { type: 'opened' }>): void {
    this.#isWriterReady = true;
    this.#isQuarantining = false;
    if (this.#cluster !== null) this.nameCluster(this.#cluster);
    this.#facts = reply.facts;
    for (const note of reply.notes) this.#options.log.warn({ path: this.#options.path }, note);
    if (reply.fresh) this.#owner.closeReaders();
    this.#owner.openReaders();
    if (reply.fresh) this.#refill(reply.notes.join('; '));
    if (this.#inFlight !== null) this.#send(this.#inFlight);
    else if (this.#state === 'degraded') this.#retry();
    else this.#flush();
  }

  #refill(message: string): void {
    const taken = this.#inFlight;
    this.#land();
    if (taken !== null) this.pending.restore(taken);
    this.#message = message;
    this.#owner.refill();
  }

  // ---- age and size ------------------------------------------------------------------------------------------------

  #maintainIn(delayMs: number): void {
    if (this.#maintenanceTimer !== null) clearTimeout(this.#maintenanceTimer);
    this.#maintenanceTimer = setTimeout(() => {
      this.#writer.post({ type: 'maintain', now: this.#options.now() });
      this.#maintainIn(maintenanceIntervalMs);
    }, delayMs);
    this.#maintenanceTimer.unref();
  }

  #onMaintained({ facts, oldestAt, deletedRows, trouble }: Extract<WriterReply, { type: 'maintained' }>): void {
    this.#facts = facts;
    if (oldestAt !== null) this.#oldestAt = oldestAt;
    if (deletedRows > 0) this.#options.log.info({ deletedRows }, 'old history was removed');
    if (trouble !== null) this.#options.log.warn({ message: trouble }, 'old history could not be removed');
  }

  // ---- rest --------------------------------------------------------------------------------------------------------

  #isIdle(): boolean {
    if (this.#flushTurn !== null) return false;
    return this.#state === 'degraded' || (this.#inFlight === null && this.pending.isEmpty);
  }

  #settle(): void {
    if (this.#idleWaiters.length > 0) this.#owner.beforeIdle();
    if (!this.#isIdle()) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

function sentenceOf(trouble: Exclude<DiskTrouble, 'corrupt'>, path: string, detail: string): string {
  const rest = 'What is new is kept in memory and written when the disk takes it again.';
  switch (trouble) {
    case 'full':
      return `No room for ${path}: the volume or the limit of the database is full. ${rest}`;
    case 'readOnly':
      return `${path} has become read-only (${detail}). ${rest}`;
    case 'inputOutput':
      return `The disk of ${path} reports an error (${detail}). ${rest}`;
    case 'busy':
      return `${path} is locked by another program (${detail}). ${rest}`;
    default: {
      return trouble satisfies never;
    }
  }
}

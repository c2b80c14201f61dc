import { randomUUID } from 'node:crypto';
import type { EventFacts } from '../health/kubernetes.ts';
import type { PodSnapshot, Remembered, WorkloadSnapshot } from '../health/verdict.ts';
import { isWorkloadKind, parseWorkloadKey, type WorkloadKey, workloadKey } from '../health/workload.ts';
import type { FileFacts, WriterReply } from './batch.ts';
import { availabilityOf, stateOf } from './codes.ts';
import { contentHash } from './content-hash.ts';
import { HalfHours, halfHourMs, type Strip } from './half-hours.ts';
import type { History } from './history.ts';
import { IncidentLog } from './incident-log.ts';
import { Observation } from './observation.ts';
import { deletePod, type PendingWorkload, PendingWrites, type TakenBatch, upsertPod } from './pending-writes.ts';
import { PointReader, type StoredWorkload } from './point-reader.ts';
import { parsePod, parseRemembered, parseSnapshot, snapshotRows, snapshotVersion } from './snapshot-rows.ts';
import { absentStanding, nextStanding, type Standing } from './status.ts';
import type {
  CurrentWorkload,
  MetricSample,
  RevisionChange,
  RolloutRecord,
  StorageStatus,
  Store,
  StoreCounters,
  StoreLog,
} from './store.ts';
import { sqliteCode } from './sqlite.ts';
import type { WriterThread } from './writer-thread.ts';

/**
 * The store on the main thread: the current picture, what was accepted beyond it, and the way to the writer thread.
 *
 *     put ─► accepted (hashes) ─► pending ─► batch in flight ─► committed ─► picture ─► listeners
 *                                    ▲             │
 *                                    └── refused ◄─┘   the disk is full: shown all the same, kept, tried again
 *
 * One batch is in flight at a time; whatever comes in meanwhile is the next one. So the writer commits whenever it is
 * free, a lonely change at once and a flood in full batches, without a timer.
 */

/** A batch without an answer for this long means a disk that hangs: the picture goes on without it. */
const limitAnswerMs = 5_000;
/** Pause before a refused disk is tried again; doubled up to the second value. */
const firstRetryMs = 5_000;
const longestRetryMs = 60_000;
/** The mark of observation is written at least this often: what a crash turns into "not observed". */
const seenIntervalMs = 15_000;
/** Workloads that may wait before a caller that can should pause; half a MB of text at 10 pods each. */
const limitBacklog = 100;
/** Incidents follow the picture at most this often. */
const incidentIntervalMs = 250;
/** Age and size of the file are looked after once in this time, the first time a minute after the start. */
const maintenanceIntervalMs = 3_600_000;
const firstMaintenanceMs = 60_000;
/** Events whose newest form is remembered, so that a reconcile that names them again writes nothing. */
const limitKnownEvents = 20_000;

/** Deleted workloads that are remembered, so that one that comes back within a day goes on with its strip. */
const limitAbsent = 5_000;
const keptAbsentMs = 24 * 3_600_000;

/** What was accepted of a workload, as far as it takes to see what is new in the next one. */
interface Accepted {
  snapshot: WorkloadSnapshot;
  listHash: number;
  detailHash: number;
  remembered: Remembered;
  rememberedHash: number;
  /** UID and content hash, in the order in which they were handed in. */
  pods: Map<string, number>;
  /** False while the order comes from the file, which knows none. */
  arePodsOrdered: boolean;
  standing: Standing;
  readonly firstSeenAt: number;
}

export interface LiveStoreParts {
  readonly path: string;
  readonly log: StoreLog;
  readonly now: () => number;
  readonly history: History;
  /** Overrides `firstRetryMs`. */
  readonly retryMs?: number;
  /** Overrides `limitAnswerMs`. */
  readonly answerMs?: number;
  /** What an operator should see beside the state: that a damaged file was set aside. */
  readonly notice?: string;
  /** Lets go of the lock, at the end of `close`. */
  readonly release?: () => void;
}

export class LiveStore implements Store {
  readonly epoch = randomUUID();
  readonly #path: string;
  readonly #log: StoreLog;
  readonly #now: () => number;
  readonly #history: History;
  readonly #firstRetryMs: number;
  readonly #answerMs: number;
  readonly #release: () => void;
  /** Null: opened read-only. */
  readonly writer: WriterThread | null;
  /** Null while every connection begins anew. */
  #reader: PointReader | null;

  #installationKey = '';
  readonly #picture = new Map<WorkloadKey, CurrentWorkload>();
  readonly #accepted = new Map<WorkloadKey, Accepted>();
  /** Deleted workloads whose history goes on when they come back: newest interval and first sight. */
  readonly #absent = new Map<WorkloadKey, { readonly standing: Standing; readonly firstSeenAt: number }>();
  readonly #halfHours = new Map<WorkloadKey, HalfHours>();
  readonly #latestMetrics = new Map<WorkloadKey, MetricSample>();
  readonly #knownEvents = new Map<string, string>();
  readonly #listeners = new Set<(change: RevisionChange) => void>();
  readonly #rewriteListeners = new Set<(keys: readonly WorkloadKey[]) => void>();
  #observation = new Observation(null, []);
  #incidents = new IncidentLog([]);
  #incidentTimer: NodeJS.Timeout | null = null;
  #incidentsAt = Number.NEGATIVE_INFINITY;
  #revision = 0;
  #changedAt: number | null = null;

  readonly #pending = new PendingWrites();
  #inFlight: TakenBatch | null = null;
  /** False between the death of the writer and its return. */
  #isWriterReady = true;
  #isQuarantining = false;
  #batches = 0;
  #sentAt = 0;
  readonly #counters = { commits: 0, refusals: 0, writerRestarts: 0, commitSeconds: 0 };
  /** Resolved when the backlog is half of what it may be. */
  #room: PromiseWithResolvers<void> | null = null;
  #flushTurn: NodeJS.Immediate | null = null;
  #answerTimer: NodeJS.Timeout | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #retryMs: number;
  #maintenanceTimer: NodeJS.Timeout | null = null;
  #seenWrittenAt = Number.NEGATIVE_INFINITY;

  #state: StorageStatus['state'] = 'ok';
  #message: string | null = null;
  #facts: FileFacts;
  #oldestAt: number | null = null;
  #idleWaiters: (() => void)[] = [];
  #isClosed = false;

  /** @param writer null for a store that only reads. */
  constructor(parts: LiveStoreParts, writer: WriterThread | null, facts: FileFacts) {
    this.#path = parts.path;
    this.#log = parts.log;
    this.#now = parts.now;
    this.#history = parts.history;
    this.#firstRetryMs = parts.retryMs ?? firstRetryMs;
    this.#answerMs = parts.answerMs ?? limitAnswerMs;
    this.#release = parts.release ?? (() => undefined);
    this.#retryMs = this.#firstRetryMs;
    this.#message = parts.notice ?? null;
    this.writer = writer;
    this.#facts = facts;
    this.#reader = new PointReader(parts.path);
    this.#load(this.#reader);
  }

  get installationKey(): string {
    return this.#installationKey;
  }

  /** Begins to look after age and size of the file. */
  start(): void {
    if (this.writer === null) return;
    this.#maintenanceTimer = setTimeout(() => this.maintain(), firstMaintenanceMs);
    this.#maintenanceTimer.unref();
  }

  // ---- reading -----------------------------------------------------------------------------------------------------

  revision(): number {
    return this.#revision;
  }

  observedAt(): number | null {
    const seenAt = this.#observation.lastSeenAt;
    if (seenAt === null || this.#changedAt === null) return seenAt ?? this.#changedAt;
    return Math.max(seenAt, this.#changedAt);
  }

  current(): ReadonlyMap<WorkloadKey, CurrentWorkload> {
    return this.#picture;
  }

  pods(key: WorkloadKey): readonly PodSnapshot[] {
    const accepted = this.#accepted.get(key);
    if (accepted === undefined || !this.#picture.has(key)) return [];
    const stored = this.#storedPods(key);
    if (this.#state !== 'ok') {
      // While the disk refuses writes the newest pods are in memory only.
      const inFlight = this.#inFlight?.workloads.find((entry) => entry.key === key);
      for (const entry of [inFlight, this.#pending.peek(key)]) {
        for (const [uid, upsert] of entry?.podUpserts ?? []) stored.set(uid, upsert.content);
      }
    }
    const pods: PodSnapshot[] = [];
    for (const uid of accepted.pods.keys()) {
      const content = stored.get(uid);
      const pod = content === undefined ? null : parsePod(content);
      if (pod !== null) pods.push(pod);
    }
    return accepted.arePodsOrdered ? pods : pods.sort(worstFirst);
  }

  strip(key: WorkloadKey, now: number): Strip {
    return this.#halfHours.get(key)?.strip(now, this.#observation) ?? { strip24h: '-'.repeat(48), uptime24h: null };
  }

  latestMetrics(): ReadonlyMap<WorkloadKey, MetricSample> {
    return this.#latestMetrics;
  }

  storage(): StorageStatus {
    return {
      state: this.#state,
      message: this.#message,
      path: this.#path,
      journalMode: this.#facts.journalMode,
      fileBytes: this.#facts.fileBytes,
      volumeFreeBytes: this.#facts.volumeFreeBytes,
      oldestAt: this.#oldestAt,
      pendingRows: this.#pending.rows,
    };
  }

  onRevision(listener: (change: RevisionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onRewriteNeeded(listener: (keys: readonly WorkloadKey[]) => void): () => void {
    this.#rewriteListeners.add(listener);
    return () => this.#rewriteListeners.delete(listener);
  }

  readonly deleted: Store['deleted'] = (key) => this.#history.deleted(key);
  readonly intervals: Store['intervals'] = (key, from, to) =>
    this.#history.intervals(key, from, to, this.#watchedUntil());
  readonly uptime: Store['uptime'] = (key, now) => this.#history.uptime(key, now, this.#watchedUntil());
  readonly uptimeOfAll: Store['uptimeOfAll'] = (range, now) =>
    this.#history.uptimeOfAll(range, now, this.#watchedUntil());
  readonly transitions: Store['transitions'] = (request) => this.#history.transitions(request);
  readonly rollouts: Store['rollouts'] = (request) => this.#history.rollouts(request);
  readonly events: Store['events'] = (request) => this.#history.events(request);
  readonly incidents: Store['incidents'] = (request) => this.#history.incidents(request, this.#incidents.open());
  readonly metrics: Store['metrics'] = (key, range, now) => this.#history.metrics(key, range, now);

  #watchedUntil(): number | null {
    const seenAt = this.#observation.lastSeenAt;
    // A clock that was set back does not take back what was watched.
    return seenAt === null ? null : Math.max(seenAt, this.#observation.watchedUntil(this.#now()));
  }

  // ---- writing -----------------------------------------------------------------------------------------------------

  latest(key: WorkloadKey): WorkloadSnapshot | null {
    return this.#accepted.get(key)?.snapshot ?? null;
  }

  remembered(key: WorkloadKey): Remembered {
    return this.#accepted.get(key)?.remembered ?? {};
  }

  keys(): Iterable<WorkloadKey> {
    return this.#accepted.keys();
  }

  put(
    snapshot: WorkloadSnapshot,
    pods: readonly PodSnapshot[],
    remembered: Remembered,
    now: number,
  ): { readonly changed: boolean } {
    const { key } = snapshot;
    const before = this.#accepted.get(key);
    const absent = before === undefined ? this.#absent.get(key) : undefined;
    const { listRow, detail } = snapshotRows(snapshot);
    const listHash = contentHash(listRow);
    const detailHash = contentHash(detail);
    const rememberedText = JSON.stringify(remembered);
    const rememberedHash = contentHash(rememberedText);
    const podChanges = comparePods(before?.pods, pods);
    const arePodsNew = podChanges.upserts.length > 0 || podChanges.deletes.length > 0;
    const isListNew = listHash !== before?.listHash;
    const isDetailNew = detailHash !== before?.detailHash;
    const isRememberedNew = rememberedHash !== before?.rememberedHash;
    if (before !== undefined && !isListNew && !isDetailNew && !isRememberedNew && !arePodsNew) {
      before.pods = podChanges.pods;
      before.arePodsOrdered = true;
      return { changed: false };
    }

    const firstSeenAt = before?.firstSeenAt ?? absent?.firstSeenAt ?? now;
    const entry = this.#pending.workload(key, firstSeenAt);
    entry.deletedAt = null;
    if (before === undefined) entry.clearPods = true;
    if (isListNew || isDetailNew) entry.snapshot = snapshot;
    if (isListNew) {
      entry.listRow = listRow;
      entry.changesList = true;
    }
    if (isDetailNew) {
      entry.detail = detail;
      entry.changesDetail = true;
    }
    if (isRememberedNew) entry.remembered = rememberedText;
    if (arePodsNew) {
      entry.changesDetail = true;
      for (const uid of podChanges.deletes) deletePod(entry, uid);
      for (const [uid, content] of podChanges.upserts) upsertPod(entry, uid, content, !before?.pods.has(uid));
    }

    const previous = before?.standing ?? absent?.standing ?? null;
    // Not before what was already told: a clock that was set back must not rewrite watched time.
    const next = nextStanding(previous, snapshot, Math.max(now, this.#observation.lastSeenAt ?? now));
    if (next !== null) {
      this.#pending.addChange(entry, next.change);
      this.#changeHalfHours(key, next.standing);
    }
    this.#absent.delete(key);
    this.#accepted.set(key, {
      snapshot: isListNew || isDetailNew || before === undefined ? snapshot : before.snapshot,
      listHash,
      detailHash,
      remembered: isRememberedNew || before === undefined ? remembered : before.remembered,
      rememberedHash,
      pods: podChanges.pods,
      arePodsOrdered: true,
      standing: next?.standing ?? previous ?? unreachable(key),
      firstSeenAt,
    });
    this.#schedule();
    return { changed: true };
  }

  remove(key: WorkloadKey, now: number): void {
    const before = this.#accepted.get(key);
    if (before === undefined) return;
    const end = absentStanding(before.standing, Math.max(now, this.#observation.lastSeenAt ?? now));
    const entry = this.#pending.workload(key, before.firstSeenAt);
    entry.deletedAt = end.standing.at;
    entry.clearPods = true;
    entry.podUpserts.clear();
    entry.podDeletes.clear();
    entry.changesList = true;
    this.#pending.addChange(entry, end.change);
    this.#accepted.delete(key);
    this.#changeHalfHours(key, end.standing);
    this.#forgetAbsent(end.standing.at);
    this.#absent.set(key, { standing: end.standing, firstSeenAt: before.firstSeenAt });
    this.#latestMetrics.delete(key);
    this.#schedule();
  }

  recordRollout(rollout: RolloutRecord): void {
    this.#pending.addRollout(rollout);
    this.#schedule();
  }

  recordEvents(key: WorkloadKey, events: readonly EventFacts[], _now: number): void {
    for (const event of events) {
      const form = `${event.count} ${event.lastAt}`;
      if (this.#knownEvents.get(event.uid) === form) continue;
      this.#knownEvents.delete(event.uid);
      this.#knownEvents.set(event.uid, form);
      this.#pending.addEvent(key, event);
    }
    for (const uid of this.#knownEvents.keys()) {
      if (this.#knownEvents.size <= limitKnownEvents) break;
      this.#knownEvents.delete(uid);
    }
    this.#schedule();
  }

  recordMetrics(samples: readonly MetricSample[]): void {
    for (const sample of samples) {
      this.#latestMetrics.set(sample.key, sample);
      this.#pending.addSample(Math.floor(sample.at / 60_000) * 60_000, sample);
    }
    this.#schedule();
  }

  observed(now: number): void {
    const gap = this.#observation.mark(now);
    if (gap !== null) this.#pending.addGap(gap);
    if (gap === null && now - this.#seenWrittenAt < seenIntervalMs) return;
    this.#seenWrittenAt = now;
    this.#pending.seen(this.#observation.lastSeenAt ?? now);
    this.#schedule();
  }

  backlog(): Promise<void> | null {
    if (this.#pending.workloads < limitBacklog || this.#state !== 'ok') return null;
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }

  counters(): StoreCounters {
    return { ...this.#counters, droppedRows: this.#pending.dropped, pendingRows: this.#pending.rows };
  }

  async flushed(): Promise<void> {
    if (this.#incidentTimer !== null) this.#updateIncidents();
    if (this.#isIdle()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idleWaiters.push(resolve);
    await promise;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.writer !== null) {
      const seenAt = this.#observation.lastSeenAt;
      if (seenAt !== null) this.#pending.seen(seenAt);
      this.#schedule();
      await this.flushed();
    }
    this.#isClosed = true;
    if (this.#flushTurn !== null) clearImmediate(this.#flushTurn);
    for (const timer of [this.#answerTimer, this.#retryTimer, this.#maintenanceTimer, this.#incidentTimer]) {
      if (timer !== null) clearTimeout(timer);
    }
    await this.#history.close();
    this.#reader?.close();
    await this.writer?.close();
    this.#release();
  }

  // ---- to the writer thread and back -------------------------------------------------------------------------------

  #schedule(): void {
    if (this.writer === null) throw new Error('this store was opened read-only');
    this.#flushTurn ??= setImmediate(() => {
      this.#flushTurn = null;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#isClosed) return;
    if (this.#state === 'degraded') return this.#showUnshown();
    if (this.#inFlight !== null || !this.#isWriterReady) return;
    if (this.#pending.isEmpty) {
      if (this.#state === 'recovering') this.#recover();
      return this.#settle();
    }
    this.#batches += 1;
    this.#sentAt = performance.now();
    this.#inFlight = this.#pending.take(`${this.epoch} ${this.#batches}`, this.#revision);
    this.#send(this.#inFlight);
  }

  #send(taken: TakenBatch): void {
    this.writer?.post({ type: 'batch', batch: taken.batch });
    this.#answerTimer = setTimeout(() => this.#onSilence(), this.#answerMs);
    this.#answerTimer.unref();
  }

  /** Handed to the writer thread by `openStore`. */
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
      case 'maintained':
        this.#facts = reply.facts;
        if (reply.oldestAt !== null) this.#oldestAt = reply.oldestAt;
        if (reply.deletedRows > 0) this.#log.info({ deletedRows: reply.deletedRows }, 'old history was removed');
        if (reply.trouble !== null) this.#log.warn({ message: reply.trouble }, 'old history could not be removed');
        return;
      case 'logDeleted':
        this.#isWriterReady = false;
        this.#closeReaders();
        this.writer?.post({ type: 'renew' });
        return;
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
    this.#log.error({ reason, restartInMs }, 'the writer thread ended; it is started again');
    if (restartInMs > 0) this.#degrade(`the writer thread keeps ending (${reason})`);
  }

  #onCommitted(id: string, facts: FileFacts): void {
    this.#facts = facts;
    const taken = this.#inFlight;
    if (taken?.batch.id !== id) return;
    this.#endFlight();
    this.#counters.commits += 1;
    this.#counters.commitSeconds += (performance.now() - this.#sentAt) / 1_000;
    this.#show(taken.workloads, taken.touched);
    if (this.#state === 'degraded') {
      // The answer came late, after the picture had gone on: what waits is written now.
      this.#state = 'recovering';
    }
    this.#flush();
  }

  #onRefused(reply: Extract<WriterReply, { type: 'refused' }>): void {
    const taken = this.#inFlight;
    if (taken?.batch.id !== reply.id) return;
    this.#endFlight();
    this.#counters.refusals += 1;
    if (reply.trouble === 'corrupt') {
      this.#pending.restore(taken);
      this.#onDamaged(reply.message);
      return;
    }
    this.#show(taken.workloads, taken.touched);
    if (reply.trouble === null) {
      // A fault of ours must not stop everything behind it: it is told, and the content is written with its next change.
      this.#log.error({ message: reply.message }, 'a batch was refused and is given up');
      for (const { key } of taken.workloads) this.#forgetHashes(key);
      return this.#flush();
    }
    this.#pending.restore(taken);
    this.#degrade(sentenceOf(reply.trouble, this.#path, reply.message));
  }

  #onOpened(reply: Extract<WriterReply, { type: 'opened' }>): void {
    this.#isWriterReady = true;
    this.#isQuarantining = false;
    this.#facts = reply.facts;
    for (const note of reply.notes) this.#log.warn({ path: this.#path }, note);
    if (this.#reader === null || reply.fresh) {
      this.#closeReaders();
      this.#reader = new PointReader(this.#path);
    }
    if (reply.fresh) this.#writeAll(reply.notes.join('; '));
    if (this.#inFlight !== null) this.#send(this.#inFlight);
    else if (this.#state === 'degraded') this.#retry();
    else this.#flush();
  }

  #onSilence(): void {
    const taken = this.#inFlight;
    if (taken === null) return;
    this.#show(taken.workloads, taken.touched);
    this.#state = 'degraded';
    this.#message = `The disk of ${this.#path} has not answered for ${this.#answerMs / 1_000} s; what is new is kept in memory.`;
    this.#log.warn({ path: this.#path }, this.#message);
    this.#showUnshown();
  }

  #degrade(message: string): void {
    if (this.#state === 'ok') this.#log.error({ path: this.#path, message }, 'storage is degraded');
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
    this.maintain();
    this.#flush();
  }

  #recover(): void {
    this.#state = 'ok';
    this.#message = null;
    this.#retryMs = this.#firstRetryMs;
    this.#log.info({ path: this.#path }, 'storage works again');
  }

  /** Asks the writer to look after age and size of the file. */
  maintain(): void {
    if (this.#isClosed) return;
    this.writer?.post({ type: 'maintain', now: this.#now() });
    if (this.#maintenanceTimer === null) return;
    clearTimeout(this.#maintenanceTimer);
    this.#maintenanceTimer = setTimeout(() => this.maintain(), maintenanceIntervalMs);
    this.#maintenanceTimer.unref();
  }

  #onDamaged(message: string): void {
    if (this.#isQuarantining) return;
    this.#isQuarantining = true;
    this.#log.error({ path: this.#path, message }, 'the database is damaged');
    this.#message = `The database ${this.#path} is damaged (${message}); it is set aside and a new one begins.`;
    this.#isWriterReady = false;
    this.#closeReaders();
    this.writer?.post({ type: 'quarantine', now: this.#now(), reason: message });
  }

  /** A fresh file took the place of the old one: everything that is known goes into it. */
  #writeAll(note: string): void {
    this.#knownEvents.clear();
    for (const [key, accepted] of this.#accepted) {
      const rows = snapshotRows(accepted.snapshot);
      const entry = this.#pending.workload(key, accepted.firstSeenAt);
      entry.snapshot = accepted.snapshot;
      entry.listRow = rows.listRow;
      entry.detail = rows.detail;
      entry.remembered = JSON.stringify(accepted.remembered);
      if (entry.changes.length === 0) {
        const begin = nextStanding(null, accepted.snapshot, this.#now());
        if (begin !== null) this.#pending.addChange(entry, begin.change);
      }
      // Pods are not held twice: their content comes with the next assessment.
      accepted.pods = new Map(Array.from(entry.podUpserts, ([uid, { content }]) => [uid, contentHash(content)]));
    }
    if (this.#inFlight !== null) {
      this.#pending.restore(this.#inFlight);
      this.#endFlight();
    }
    this.#message = note;
    for (const listener of this.#rewriteListeners) listener([...this.#accepted.keys()]);
  }

  #closeReaders(): void {
    this.#reader?.close();
    this.#reader = null;
    this.#history.reopen();
  }

  #endFlight(): void {
    this.#inFlight = null;
    if (this.#pending.workloads < limitBacklog / 2 || this.#state !== 'ok') {
      this.#room?.resolve();
      this.#room = null;
    }
    if (this.#answerTimer !== null) clearTimeout(this.#answerTimer);
    this.#answerTimer = null;
  }

  #showUnshown(): void {
    const { workloads, touched } = this.#pending.takeUnshown();
    this.#show(workloads, touched);
    this.#settle();
  }

  /** Brings entries into the picture and tells the listeners, once for all of them. */
  #show(workloads: readonly PendingWorkload[], detailKeys: readonly WorkloadKey[]): void {
    const revision = this.#revision + 1;
    const upserts: WorkloadKey[] = [];
    const deletes: WorkloadKey[] = [];
    const touched = new Set<WorkloadKey>();
    for (const entry of workloads) {
      if (!entry.changesList && !entry.changesDetail) continue;
      if (entry.deletedAt !== null) {
        if (this.#picture.delete(entry.key)) deletes.push(entry.key);
      } else {
        const snapshot = entry.snapshot ?? this.#picture.get(entry.key)?.snapshot;
        if (snapshot === undefined) continue;
        this.#picture.set(entry.key, { snapshot, revision });
        if (entry.changesList) upserts.push(entry.key);
        touched.add(entry.key);
      }
      entry.changesList = false;
      entry.changesDetail = false;
    }
    for (const key of detailKeys) if (this.#picture.has(key)) touched.add(key);
    if (touched.size === 0 && deletes.length === 0) return;
    const change = { previousRevision: this.#revision, revision, upserts, deletes, touched: [...touched] };
    this.#revision = revision;
    this.#changedAt = this.#now();
    for (const listener of this.#listeners) listener(change);
    if (upserts.length > 0 || deletes.length > 0) this.#scheduleIncidents();
  }

  /** At once, then at most once in `incidentIntervalMs`: every run looks at the whole picture. */
  #scheduleIncidents(): void {
    if (this.#incidentTimer !== null || this.writer === null) return;
    const waitMs = this.#incidentsAt + incidentIntervalMs - performance.now();
    if (waitMs <= 0) return this.#updateIncidents();
    this.#incidentTimer = setTimeout(() => this.#updateIncidents(), waitMs);
  }

  #updateIncidents(): void {
    if (this.#incidentTimer !== null) clearTimeout(this.#incidentTimer);
    this.#incidentTimer = null;
    this.#incidentsAt = performance.now();
    for (const incident of this.#incidents.update(this.#snapshots(), this.#now())) this.#pending.addIncident(incident);
    if (this.#pending.isEmpty) this.#settle();
    else this.#schedule();
  }

  *#snapshots(): Generator<WorkloadSnapshot> {
    for (const { snapshot } of this.#picture.values()) yield snapshot;
  }

  #isIdle(): boolean {
    if (this.writer === null) return true;
    if (this.#flushTurn !== null || this.#incidentTimer !== null) return false;
    if (this.#state === 'degraded') return true;
    return this.#inFlight === null && this.#pending.isEmpty;
  }

  #settle(): void {
    if (this.#idleWaiters.length > 0 && this.#incidentTimer !== null) this.#updateIncidents();
    if (!this.#isIdle()) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  // ---- the file at the start ---------------------------------------------------------------------------------------

  #load(reader: PointReader): void {
    const now = this.#now();
    const since = (Math.floor(now / halfHourMs) - 47) * halfHourMs;
    const meta = reader.meta();
    this.#revision = meta.revision;
    // After a damaged file was set aside the process goes on with the key that it has.
    if (this.#installationKey === '') this.#installationKey = meta.installationKey;
    this.#observation = new Observation(meta.lastSeenAt, reader.gaps(since));
    this.#oldestAt = reader.oldestAt();
    this.#incidents = new IncidentLog(reader.openIncidents());
    const keysById = new Map<number, WorkloadKey>();
    for (const stored of reader.workloads()) {
      const key = this.#loadWorkload(reader, stored, meta.snapshotVersion === snapshotVersion, since);
      if (key !== null) keysById.set(stored.id, key);
    }
    reader.forEachPodHash((workloadId, uid, hash) => {
      const key = keysById.get(workloadId);
      const accepted = key === undefined ? undefined : this.#accepted.get(key);
      accepted?.pods.set(uid, hash);
    });
  }

  /** Key of a workload that the picture shows now; null when it is deleted or cannot be read. */
  #loadWorkload(reader: PointReader, stored: StoredWorkload, isReadable: boolean, since: number): WorkloadKey | null {
    if (!isWorkloadKind(stored.kind) || (stored.deletedAt !== null && stored.deletedAt < since)) return null;
    const key = workloadKey(stored.namespace, stored.kind, stored.name);
    const snapshot = isReadable ? parseSnapshot(stored) : null;
    const intervals = reader.intervals(stored.id, since);
    const newest = intervals.at(-1);
    if (newest === undefined) return null;
    const standing: Standing = {
      at: newest.fromAt,
      uid: stored.uid,
      state: stateOf(newest.state),
      availability: availabilityOf(newest.availability),
      causeCode: newest.cause,
    };
    for (const { fromAt, state, availability } of intervals) {
      const from = Math.max(fromAt, since);
      this.#changeHalfHours(key, { at: from, state: stateOf(state), availability: availabilityOf(availability) });
    }
    if (stored.deletedAt !== null || snapshot === null) {
      this.#absent.set(key, { standing, firstSeenAt: stored.firstSeenAt });
      return null;
    }
    this.#picture.set(key, { snapshot, revision: stored.revision });
    this.#accepted.set(key, {
      snapshot,
      listHash: contentHash(stored.listRow),
      detailHash: contentHash(stored.detail),
      remembered: parseRemembered(stored.remembered),
      rememberedHash: contentHash(stored.remembered),
      pods: new Map(),
      arePodsOrdered: false,
      standing,
      firstSeenAt: stored.firstSeenAt,
    });
    return key;
  }

  #changeHalfHours(key: WorkloadKey, standing: Pick<Standing, 'at' | 'state' | 'availability'>): void {
    const { at, state, availability } = standing;
    const known = this.#halfHours.get(key);
    if (known === undefined) this.#halfHours.set(key, new HalfHours(at, state, availability));
    else known.change(at, state, availability, this.#observation);
  }

  /** What was deleted a day ago is in the file only: a strip would not show it any more. */
  #forgetAbsent(now: number): void {
    for (const [key, { standing }] of this.#absent) {
      if (standing.at > now - keptAbsentMs && this.#absent.size < limitAbsent) return;
      this.#absent.delete(key);
      this.#halfHours.delete(key);
    }
  }

  #storedPods(key: WorkloadKey): Map<string, string> {
    const stored = new Map<string, string>();
    const name = parseWorkloadKey(key);
    const reader = this.#reader;
    if (name === null || reader === null) return stored;
    try {
      for (const { uid, content } of reader.podsOf(name.namespace, name.kind, name.name)) stored.set(uid, content);
    } catch (error) {
      if (sqliteCode(error) === null) throw error;
      this.#log.warn({ key, message: String(error) }, 'the pods of a workload could not be read');
    }
    return stored;
  }

  #forgetHashes(key: WorkloadKey): void {
    const accepted = this.#accepted.get(key);
    if (accepted === undefined) return;
    accepted.listHash = Number.NaN;
    accepted.detailHash = Number.NaN;
    accepted.rememberedHash = Number.NaN;
    accepted.pods = new Map();
  }
}

interface PodChanges {
  readonly pods: Map<string, number>;
  readonly upserts: readonly (readonly [string, string])[];
  readonly deletes: readonly string[];
}

function comparePods(before: ReadonlyMap<string, number> | undefined, pods: readonly PodSnapshot[]): PodChanges {
  const next = new Map<string, number>();
  const upserts: (readonly [string, string])[] = [];
  for (const pod of pods) {
    const content = JSON.stringify(pod);
    const hash = contentHash(content);
    next.set(pod.uid, hash);
    if (before?.get(pod.uid) !== hash) upserts.push([pod.uid, content]);
  }
  const deletes: string[] = [];
  for (const uid of before?.keys() ?? []) if (!next.has(uid)) deletes.push(uid);
  return { pods: next, upserts, deletes };
}

/** The order of pods that the file does not keep: not ready first, then most restarts, then by name. */
function worstFirst(left: PodSnapshot, right: PodSnapshot): number {
  return (
    Number(left.ready) - Number(right.ready) ||
    Number(left.cause === null) - Number(right.cause === null) ||
    right.restarts - left.restarts ||
    (left.name < right.name ? -1 : 1)
  );
}

function sentenceOf(trouble: 'full' | 'readOnly' | 'inputOutput' | 'busy', path: string, detail: string): string {
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
      const impossible: never = trouble;
      return impossible;
    }
  }
}

function unreachable(key: WorkloadKey): never {
  throw new Error(`a workload without a standing: ${key}`);
}

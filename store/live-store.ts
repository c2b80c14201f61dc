import { randomUUID } from 'node:crypto';
import type { EventFacts } from '../health/kubernetes.ts';
import type { PodSnapshot, Remembered, WorkloadSnapshot } from '../health/verdict.ts';
import { isWorkloadKind, parseWorkloadKey, type WorkloadKey, workloadKey } from '../health/workload.ts';
import type { FileFacts } from './batch.ts';
import { availabilityOf, stateOf } from './codes.ts';
import { ChangeLog } from './change-log.ts';
import { contentHash } from './content-hash.ts';
import { HalfHours, halfHourMs, type Strip } from './half-hours.ts';
import type { History } from './history.ts';
import { IncidentLog } from './incident-log.ts';
import { Observation } from './observation.ts';
import type { PendingWorkload, Unshown } from './pending-writes.ts';
import { PointReader, type StoredWorkload } from './point-reader.ts';
import { compareRows, type RowHashes } from './row-changes.ts';
import {
  Members,
  memberRows,
  parsePod,
  parseRemembered,
  parseSnapshot,
  snapshotRows,
  snapshotVersion,
} from './snapshot-rows.ts';
import { sqliteCode } from './sqlite.ts';
import { absentStanding, nextStanding, type Standing, statusRowOf, transitionOf } from './status.ts';
import type {
  CurrentWorkload,
  MetricSample,
  RevisionChange,
  RolloutRecord,
  StorageStatus,
  Store,
  StoreCounters,
  StoreLog,
  Transition,
} from './store.ts';
import type { StatusRow } from './uptime.ts';
import { WriteQueue, type WriteQueueOwner } from './write-queue.ts';
import type { WriterThread } from './writer-thread.ts';

/**
 * The store on the main thread: the current picture and what was accepted beyond it. What is new is found here, by
 * content hash, and handed to the write queue; the picture advances when that says so. History is asked of its thread.
 */

/** Incidents follow the picture at most this often. */
const incidentIntervalMs = 250;
/** The mark of observation is written at least this often: what a crash turns into "not observed". */
const seenIntervalMs = 15_000;
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
  members: RowHashes;
  remembered: Remembered;
  rememberedHash: number;
  pods: RowHashes;
  /** False while the order of the pods comes from the file, which knows none. */
  arePodsOrdered: boolean;
  standing: Standing;
  readonly firstSeenAt: number;
}

/** A deleted workload, whose history goes on when it comes back. */
interface Absent {
  readonly standing: Standing;
  readonly firstSeenAt: number;
}

export interface LiveStoreOptions {
  readonly path: string;
  readonly log: StoreLog;
  readonly now: () => number;
  readonly history: History;
  readonly facts: FileFacts;
  /** What an operator should see beside the state: that a damaged file was set aside. */
  readonly notice: string | null;
  /** Null for the defaults of `write-queue.ts`. */
  readonly retryMs: number | null;
  readonly answerMs: number | null;
  /** Lets go of the lock, at the end of `close`. */
  release(): void;
}

export class LiveStore implements Store, WriteQueueOwner {
  readonly epoch = randomUUID();
  /** Null: opened read-only. */
  readonly writer: WriterThread | null;
  readonly #options: LiveStoreOptions;
  readonly #history: History;
  readonly #queue: WriteQueue | null;
  /** Null while every connection begins anew. */
  #reader: PointReader | null;

  readonly #picture = new Map<WorkloadKey, CurrentWorkload>();
  readonly #changes = new ChangeLog();
  readonly #accepted = new Map<WorkloadKey, Accepted>();
  readonly #absent = new Map<WorkloadKey, Absent>();
  readonly #halfHours = new Map<WorkloadKey, HalfHours>();
  readonly #latestMetrics = new Map<WorkloadKey, MetricSample>();
  /** Newest form by UID. */
  readonly #knownEvents = new Map<string, string>();
  readonly #listeners = new Set<(change: RevisionChange) => void>();
  readonly #rewriteListeners = new Set<(keys: readonly WorkloadKey[]) => void>();

  readonly #observation: Observation;
  #seenWrittenAt = Number.NEGATIVE_INFINITY;
  readonly #incidents: IncidentLog;
  #incidentTimer: NodeJS.Timeout | null = null;
  #incidentsAt = Number.NEGATIVE_INFINITY;
  readonly installationKey: string;
  readonly cluster: string | null;
  #revision: number;
  #changedAt: number | null = null;
  #isClosed = false;

  /** Loads the last picture. @param writer null for a store that only reads */
  constructor(options: LiveStoreOptions, writer: WriterThread | null) {
    const { path, log, now, facts, notice, retryMs, answerMs } = options;
    this.#options = options;
    this.#history = options.history;
    this.writer = writer;
    const reader = new PointReader(path);
    this.#reader = reader;
    const since = (Math.floor(now() / halfHourMs) - 47) * halfHourMs;
    const meta = reader.meta();
    this.#revision = meta.revision;
    this.installationKey = meta.installationKey;
    // A store that only reads may look at an older file, which has no such column.
    this.cluster = writer === null ? null : reader.cluster();
    this.#observation = new Observation(meta.lastSeenAt, reader.gaps(since));
    this.#incidents = new IncidentLog(reader.openIncidents());
    this.#loadPicture(reader, meta.snapshotVersion === snapshotVersion, since);
    const oldestAt = reader.oldestAt();
    const queueOptions = { path, log, now, facts, notice, retryMs, answerMs, oldestAt, epoch: this.epoch };
    this.#queue = writer === null ? null : new WriteQueue(queueOptions, writer, this);
  }

  /** The way of the writer thread's replies. Throws on a store that only reads. */
  get queue(): WriteQueue {
    if (this.#queue === null) throw new Error('this store was opened read-only');
    return this.#queue;
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

  changedSince(revision: number): ReadonlySet<WorkloadKey> | null {
    return this.#changes.since(revision, this.#revision);
  }

  pods(key: WorkloadKey): readonly PodSnapshot[] {
    const accepted = this.#accepted.get(key);
    if (accepted === undefined || !this.#picture.has(key)) return [];
    const contents = this.#storedPods(key);
    for (const entry of this.#queue?.unwritten(key) ?? []) {
      for (const [uid, content] of entry.pods.contents()) contents.set(uid, content);
    }
    const pods: PodSnapshot[] = [];
    for (const uid of accepted.pods.keys()) {
      const content = contents.get(uid);
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
    const { path, facts, notice } = this.#options;
    if (this.#queue !== null) return this.#queue.status();
    const oldestAt = this.#reader?.oldestAt() ?? null;
    return { state: 'ok', message: notice, path, oldestAt, pendingRows: 0, ...facts };
  }

  counters(): StoreCounters {
    return this.queue.counters();
  }

  failure(): string | null {
    if (this.writer?.isHopeless !== true) return null;
    return 'The thread that writes the database ends again and again; what is new is kept in memory. A restart begins anew.';
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
    this.#history.intervals(key, from, to, this.#watchedUntil(), this.#unwrittenStatuses(key));
  readonly uptime: Store['uptime'] = (key, now) => this.#history.uptime(key, now, this.#watchedUntil());
  readonly uptimeOfAll: Store['uptimeOfAll'] = (range, now) =>
    this.#history.uptimeOfAll(range, now, this.#watchedUntil());
  readonly transitions: Store['transitions'] = (request) =>
    this.#history.transitions(request, this.#unwrittenTransitions());
  readonly rollouts: Store['rollouts'] = (request) => this.#history.rollouts(request);
  readonly events: Store['events'] = (request) => this.#history.events(request);
  readonly incidents: Store['incidents'] = (request) => this.#history.incidents(request, this.#incidents.open());
  readonly metrics: Store['metrics'] = (key, range, now) => this.#history.metrics(key, range, now);

  #unwrittenStatuses(key: WorkloadKey): readonly StatusRow[] {
    return [...(this.#queue?.unwritten(key) ?? [])].flatMap(({ changes }) => changes.map(statusRowOf));
  }

  #unwrittenTransitions(): readonly Transition[] {
    return [...(this.#queue?.unwritten() ?? [])].flatMap(({ key, changes }) =>
      changes.flatMap((change) => transitionOf(key, change) ?? []),
    );
  }

  #watchedUntil(): number | null {
    const seenAt = this.#observation.lastSeenAt;
    // A clock that was set back does not take back what was watched.
    return seenAt === null ? null : Math.max(seenAt, this.#observation.watchedUntil(this.#options.now()));
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
      this.#options.log.warn({ key, message: String(error) }, 'the pods of a workload could not be read');
    }
    return stored;
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
    const { listRow, detail } = snapshotRows(snapshot);
    const rememberedText = JSON.stringify(remembered);
    const listHash = contentHash(listRow);
    const detailHash = contentHash(detail);
    const rememberedHash = contentHash(rememberedText);
    const podRows = compareRows(before?.pods, podsById(pods));
    const members = compareRows(before?.members, memberRows(snapshot));
    const isListNew = listHash !== before?.listHash;
    const isDetailNew = detailHash !== before?.detailHash;
    const isRememberedNew = rememberedHash !== before?.rememberedHash;
    if (before !== undefined && !(isListNew || isDetailNew || isRememberedNew) && podRows.isEmpty && members.isEmpty) {
      before.pods = podRows.hashes;
      before.arePodsOrdered = true;
      return { changed: false };
    }

    const absent = before === undefined ? this.#absent.get(key) : undefined;
    const firstSeenAt = before?.firstSeenAt ?? absent?.firstSeenAt ?? now;
    const isSnapshotNew = isListNew || isDetailNew || !members.isEmpty;
    const entry = this.queue.pending.workload(key, firstSeenAt);
    if (before === undefined) clearRows(entry);
    entry.deletedAt = null;
    entry.pods.add(podRows);
    entry.members.add(members);
    if (isSnapshotNew) entry.snapshot = snapshot;
    if (isListNew) entry.listRow = listRow;
    if (isDetailNew) entry.detail = detail;
    if (isRememberedNew) entry.remembered = rememberedText;
    entry.changesList ||= isListNew;
    entry.changesDetail ||= isDetailNew || !members.isEmpty || !podRows.isEmpty;

    const previous = before?.standing ?? absent?.standing ?? null;
    const next = nextStanding(previous, snapshot, this.#notBeforeTold(now));
    if (next !== null) {
      this.queue.pending.addChange(entry, next.change);
      this.#changeHalfHours(key, next.standing);
    }
    this.#absent.delete(key);
    this.#accepted.set(key, {
      snapshot: isSnapshotNew || before === undefined ? snapshot : before.snapshot,
      listHash,
      detailHash,
      members: members.hashes,
      remembered: isRememberedNew || before === undefined ? remembered : before.remembered,
      rememberedHash,
      pods: podRows.hashes,
      arePodsOrdered: true,
      standing: next?.standing ?? previous ?? unreachable(key),
      firstSeenAt,
    });
    this.queue.schedule();
    return { changed: true };
  }

  remove(key: WorkloadKey, now: number): void {
    const before = this.#accepted.get(key);
    if (before === undefined) return;
    const end = absentStanding(before.standing, this.#notBeforeTold(now));
    const entry = this.queue.pending.workload(key, before.firstSeenAt);
    entry.deletedAt = end.standing.at;
    clearRows(entry);
    entry.changesList = true;
    this.queue.pending.addChange(entry, end.change);
    this.#accepted.delete(key);
    this.#changeHalfHours(key, end.standing);
    this.#forgetAbsent(end.standing.at);
    this.#absent.set(key, { standing: end.standing, firstSeenAt: before.firstSeenAt });
    this.#latestMetrics.delete(key);
    this.queue.schedule();
  }

  nameCluster(cluster: string): void {
    this.queue.nameCluster(cluster);
  }

  recordRollout(rollout: RolloutRecord): void {
    this.queue.pending.addRollout(rollout);
    this.queue.schedule();
  }

  recordEvents(key: WorkloadKey, events: readonly EventFacts[]): void {
    for (const event of events) {
      const form = `${event.count} ${event.lastAt}`;
      if (this.#knownEvents.get(event.uid) === form) continue;
      this.#knownEvents.delete(event.uid);
      this.#knownEvents.set(event.uid, form);
      this.queue.pending.addEvent(key, event);
    }
    for (const uid of this.#knownEvents.keys()) {
      if (this.#knownEvents.size <= limitKnownEvents) break;
      this.#knownEvents.delete(uid);
    }
    this.queue.schedule();
  }

  recordMetrics(samples: readonly MetricSample[]): void {
    for (const sample of samples) {
      this.#latestMetrics.set(sample.key, sample);
      this.queue.pending.addSample(Math.floor(sample.at / 60_000) * 60_000, sample);
    }
    this.queue.schedule();
  }

  observed(now: number): void {
    const gap = this.#observation.mark(now);
    if (gap === null && now - this.#seenWrittenAt < seenIntervalMs) return;
    if (gap !== null) this.queue.pending.addGap(gap);
    this.#seenWrittenAt = now;
    this.#writeSeen();
  }

  backlog(): Promise<void> | null {
    return this.queue.backlog();
  }

  flushed(): Promise<void> {
    return this.queue.flushed();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#queue !== null) {
      this.#writeSeen();
      await this.#queue.flushed();
      this.#queue.stop();
    }
    if (this.#incidentTimer !== null) clearTimeout(this.#incidentTimer);
    await this.#history.close();
    this.#reader?.close();
    await this.writer?.close();
    this.#options.release();
  }

  /** Not before what was already told: a clock that was set back must not rewrite watched time. */
  #notBeforeTold(now: number): number {
    return Math.max(now, this.#observation.lastSeenAt ?? now);
  }

  #writeSeen(): void {
    const seenAt = this.#observation.lastSeenAt;
    if (seenAt === null) return;
    this.queue.pending.seen(seenAt);
    this.queue.schedule();
  }

  #changeHalfHours(
    key: WorkloadKey,
    { at, state, availability }: Pick<Standing, 'at' | 'state' | 'availability'>,
  ): void {
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

  // ---- the picture, as the write queue advances it -----------------------------------------------------------------

  show({ workloads, touched: detailKeys, changesIncidents }: Unshown): void {
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
    if (touched.size === 0 && deletes.length === 0 && !changesIncidents) return;
    const change = { previousRevision: this.#revision, revision, upserts, deletes, touched: [...touched] };
    this.#revision = revision;
    this.#changes.add(change);
    this.#changedAt = this.#options.now();
    for (const listener of this.#listeners) listener(change);
    if (upserts.length > 0 || deletes.length > 0) this.#scheduleIncidents();
  }

  beforeIdle(): void {
    if (this.#incidentTimer !== null) this.#updateIncidents();
  }

  /** At once, then at most once in `incidentIntervalMs`: every run looks at the whole picture. */
  #scheduleIncidents(): void {
    if (this.#incidentTimer !== null) return;
    const waitMs = this.#incidentsAt + incidentIntervalMs - performance.now();
    if (waitMs <= 0) this.#updateIncidents();
    else this.#incidentTimer = setTimeout(() => this.#updateIncidents(), waitMs);
  }

  #updateIncidents(): void {
    if (this.#incidentTimer !== null) clearTimeout(this.#incidentTimer);
    this.#incidentTimer = null;
    this.#incidentsAt = performance.now();
    for (const incident of this.#incidents.update(this.#snapshots(), this.#options.now())) {
      this.queue.pending.addIncident(incident);
      this.queue.schedule();
    }
  }

  *#snapshots(): Generator<WorkloadSnapshot> {
    for (const { snapshot } of this.#picture.values()) yield snapshot;
  }

  // ---- the file, as the write queue finds it -----------------------------------------------------------------------

  forget(keys: readonly WorkloadKey[]): void {
    for (const key of keys) {
      const accepted = this.#accepted.get(key);
      if (accepted === undefined) continue;
      accepted.listHash = Number.NaN;
      accepted.detailHash = Number.NaN;
      accepted.rememberedHash = Number.NaN;
      accepted.pods = unknownHashes(accepted.pods);
      accepted.members = unknownHashes(accepted.members);
    }
  }

  closeReaders(): void {
    this.#reader?.close();
    this.#reader = null;
    this.#history.reopen();
  }

  openReaders(): void {
    this.#reader ??= new PointReader(this.#options.path);
  }

  refill(): void {
    const { pending } = this.queue;
    this.#knownEvents.clear();
    for (const [key, accepted] of this.#accepted) {
      const { snapshot } = accepted;
      const { listRow, detail } = snapshotRows(snapshot);
      const entry = pending.workload(key, accepted.firstSeenAt);
      entry.snapshot = snapshot;
      entry.listRow = listRow;
      entry.detail = detail;
      entry.remembered = JSON.stringify(accepted.remembered);
      entry.members.add(compareRows(undefined, memberRows(snapshot)));
      const begin = entry.changes.length === 0 ? nextStanding(null, snapshot, this.#options.now()) : null;
      if (begin !== null) pending.addChange(entry, begin.change);
      // Pods are not held twice: their content comes with the next assessment.
      accepted.pods = new Map(Array.from(entry.pods.contents(), ([uid, content]) => [uid, contentHash(content)]));
    }
    for (const incident of this.#incidents.open()) pending.addIncident(incident);
    for (const listener of this.#rewriteListeners) listener([...this.#accepted.keys()]);
  }

  #loadPicture(reader: PointReader, isReadable: boolean, since: number): void {
    const members = new Map<number, { readonly hashes: Map<string, number>; readonly rows: Members }>();
    reader.forEachMember((workloadId, id, content) => {
      const known = members.get(workloadId) ?? { hashes: new Map(), rows: new Members() };
      members.set(workloadId, known);
      known.hashes.set(id, contentHash(content));
      known.rows.add(content);
    });
    const pods = new Map<number, Map<string, number>>();
    for (const stored of reader.workloads()) {
      if (!isWorkloadKind(stored.kind) || (stored.deletedAt !== null && stored.deletedAt < since)) continue;
      const key = workloadKey(stored.namespace, stored.kind, stored.name);
      const standing = this.#loadStanding(reader, key, stored, since);
      const { firstSeenAt } = stored;
      const own = members.get(stored.id);
      const snapshot = isReadable ? parseSnapshot(stored, own?.rows ?? null) : null;
      if (standing === null) continue;
      if (stored.deletedAt !== null || snapshot === null) {
        this.#absent.set(key, { standing, firstSeenAt });
        continue;
      }
      const podHashes = new Map<string, number>();
      pods.set(stored.id, podHashes);
      this.#picture.set(key, { snapshot, revision: stored.revision });
      this.#accepted.set(key, {
        snapshot,
        listHash: contentHash(stored.listRow),
        detailHash: contentHash(stored.detail),
        members: own?.hashes ?? new Map(),
        remembered: parseRemembered(stored.remembered),
        rememberedHash: contentHash(stored.remembered),
        pods: podHashes,
        arePodsOrdered: false,
        standing,
        firstSeenAt,
      });
    }
    reader.forEachPod((workloadId, uid, hash) => pods.get(workloadId)?.set(uid, hash));
  }

  /** What the newest interval says, with the strip made from those of the last 24 hours. */
  #loadStanding(reader: PointReader, key: WorkloadKey, stored: StoredWorkload, since: number): Standing | null {
    let standing: Standing | null = null;
    for (const interval of reader.intervals(stored.id, since)) {
      const state = stateOf(interval.state);
      const availability = availabilityOf(interval.availability);
      standing = { at: interval.fromAt, uid: stored.uid, state, availability, causeCode: interval.cause };
      this.#changeHalfHours(key, { ...standing, at: Math.max(interval.fromAt, since) });
    }
    return standing;
  }
}

function clearRows(entry: PendingWorkload): void {
  entry.pods.clear();
  entry.members.clear();
}

/** The same rows, each of which will look changed. */
function unknownHashes(hashes: RowHashes): RowHashes {
  return new Map(Array.from(hashes.keys(), (id) => [id, Number.NaN]));
}

function* podsById(pods: readonly PodSnapshot[]): Generator<readonly [string, PodSnapshot]> {
  for (const pod of pods) yield [pod.uid, pod];
}

/** The order of pods that the file does not keep: not ready first, then with a cause, then most restarts, then by name. */
function worstFirst(left: PodSnapshot, right: PodSnapshot): number {
  return (
    Number(left.ready) - Number(right.ready) ||
    Number(left.cause === null) - Number(right.cause === null) ||
    right.restarts - left.restarts ||
    (left.name < right.name ? -1 : 1)
  );
}

function unreachable(key: WorkloadKey): never {
  throw new Error(`a workload without a standing: ${key}`);
}

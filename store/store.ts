import type { EventFacts } from '../health/kubernetes.ts';
import type { PodSnapshot, Remembered, WorkloadSnapshot } from '../health/verdict.ts';
import type { AvailabilityLevel, IncidentGroup } from '../health/verdict.ts';
import type { HistoryState, State, WorkloadKey } from '../health/workload.ts';

/**
 * The contract of `store/`: what the reconcilers write and what the API reads. Implemented by `openStore` in `open.ts`.
 *
 *     put(snapshot) ─► pending (newest per key) ─► writer thread ─► commit ─► current picture ─► onRevision ─► SSE
 *
 * Writing is synchronous for the caller and never waits for a disk: `put` compares with the newest accepted content
 * and queues the difference. The current picture advances when the writer acknowledges, or when it refuses because
 * storage is degraded, so that a full disk does not freeze the page. Instants are epoch milliseconds.
 */

export interface CurrentWorkload {
  readonly snapshot: WorkloadSnapshot;
  /** Revision at which it last changed. */
  readonly revision: number;
}

export interface Transition {
  readonly key: WorkloadKey;
  readonly at: number;
  readonly from: State | null;
  readonly to: State;
  readonly causeCode: string | null;
  readonly message: string;
}

export interface StatusInterval {
  readonly from: number;
  readonly to: number | null;
  readonly state: HistoryState;
  readonly availability: AvailabilityLevel;
  readonly causeCode: string | null;
}

export interface Uptime {
  readonly availableRatio: number | null;
  readonly reducedRatio: number | null;
  readonly downRatio: number | null;
  readonly observedRatio: number;
}

export interface TemplateChange {
  readonly path: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly redacted: boolean;
}

export type RolloutOutcome = 'inProgress' | 'complete' | 'stalled' | 'superseded' | 'rolledBack';

export interface RolloutRecord {
  readonly key: WorkloadKey;
  readonly revision: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly outcome: RolloutOutcome;
  readonly images: readonly string[];
  readonly changes: readonly TemplateChange[];
}

export interface StoredEvent {
  readonly key: WorkloadKey;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly object: { readonly kind: string; readonly name: string };
}

export interface IncidentRecord {
  readonly id: string;
  readonly causeCode: string;
  readonly title: string;
  readonly message: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly since: number;
  readonly until: number | null;
  readonly group: IncidentGroup;
  readonly workloads: readonly WorkloadKey[];
}

export interface MetricSample {
  readonly key: WorkloadKey;
  readonly at: number;
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

export interface MetricPoint {
  /** Unix seconds, start of the bucket. */
  readonly t: number;
  readonly cpuCores: number | null;
  readonly memoryBytes: number | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface PageRequest {
  readonly from?: number;
  readonly to?: number;
  readonly namespaces?: readonly string[];
  readonly limit: number;
  readonly cursor?: string;
}

export interface RevisionChange {
  readonly previousRevision: number;
  readonly revision: number;
  /** Keys whose row in the list changed. */
  readonly upserts: readonly WorkloadKey[];
  readonly deletes: readonly WorkloadKey[];
  /** Keys whose detail (pods, events, rollouts) changed, a superset of `upserts`. */
  readonly touched: readonly WorkloadKey[];
}

export interface StorageStatus {
  /** `degraded`: the disk refuses writes, the picture goes on in memory. */
  readonly state: 'ok' | 'degraded' | 'recovering';
  readonly message: string | null;
  readonly path: string;
  readonly journalMode: string;
  readonly fileBytes: number;
  readonly volumeFreeBytes: number | null;
  /** Oldest instant of which history is kept. */
  readonly oldestAt: number | null;
  readonly pendingRows: number;
}

/** Where the store tells what an operator should know; pino's logger is one. */
export interface StoreLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type UptimeRange = '24h' | '7d' | '30d' | '90d';

export interface StoreCounters {
  readonly commits: number;
  /** Batches that the disk refused. */
  readonly refusals: number;
  readonly writerRestarts: number;
  /** Rows that were given up because a limit was reached while the disk took nothing. */
  readonly droppedRows: number;
  readonly pendingRows: number;
  /** Time from sending a batch to its answer, summed over all commits. */
  readonly commitSeconds: number;
}

/** What the reconcilers use. */
export interface StoreWriter {
  /** Newest accepted snapshot, committed or not. */
  latest(key: WorkloadKey): WorkloadSnapshot | null;
  /** What must survive a restart for this workload's verdict; `{}` at first sight. */
  remembered(key: WorkloadKey): Remembered;
  /** Accepts a verdict with its pods; `changed: false` when the content equals what was accepted before. */
  put(
    snapshot: WorkloadSnapshot,
    pods: readonly PodSnapshot[],
    remembered: Remembered,
    now: number,
  ): { readonly changed: boolean };
  /** The workload is gone from the cluster: its row leaves the picture, its history stays. */
  remove(key: WorkloadKey, now: number): void;
  recordRollout(rollout: RolloutRecord): void;
  recordEvents(key: WorkloadKey, events: readonly EventFacts[]): void;
  recordMetrics(samples: readonly MetricSample[]): void;
  /** Every key of the picture, also those that were loaded from disk and not yet seen again. */
  keys(): Iterable<WorkloadKey>;
  /**
   * Says that the cluster is being watched at `now`: without it the time counts as NotObserved. Call it every few
   * seconds while the watches are connected; silence of more than a minute is a gap.
   */
  observed(now: number): void;
}

/** What the API reads. Everything with a Promise comes from disk, off the main thread. */
export interface StoreReader {
  readonly epoch: string;
  revision(): number;
  /** Instant of the newest commit or observation in the picture; null before the first. */
  observedAt(): number | null;
  current(): ReadonlyMap<WorkloadKey, CurrentWorkload>;
  /** Keys whose row or detail changed, came or went after a revision; null when that lies too far back to tell. */
  changedSince(revision: number): ReadonlySet<WorkloadKey> | null;
  /** Pods of a workload, worst first. */
  pods(key: WorkloadKey): readonly PodSnapshot[];
  /** 48 letters and the 24 h uptime of a workload, refreshed at most every 30 min and at changes. */
  strip(key: WorkloadKey, now: number): { readonly strip24h: string; readonly uptime24h: number | null };
  deleted(key: WorkloadKey): Promise<{ readonly snapshot: WorkloadSnapshot; readonly deletedAt: number } | null>;
  intervals(key: WorkloadKey, from: number, to: number): Promise<readonly StatusInterval[]>;
  uptime(key: WorkloadKey, now: number): Promise<Readonly<Record<UptimeRange, Uptime>>>;
  /** The same for every workload of the picture at once: 90 days of 1,000 workloads in well under 200 ms. */
  uptimeOfAll(range: UptimeRange, now: number): Promise<ReadonlyMap<WorkloadKey, Uptime>>;
  transitions(request: PageRequest & { readonly key?: WorkloadKey }): Promise<Page<Transition>>;
  rollouts(request: PageRequest & { readonly key?: WorkloadKey }): Promise<Page<RolloutRecord>>;
  events(
    request: PageRequest & { readonly key?: WorkloadKey; readonly type?: 'Normal' | 'Warning' },
  ): Promise<Page<StoredEvent>>;
  incidents(request: PageRequest & { readonly state?: 'open' | 'closed' }): Promise<Page<IncidentRecord>>;
  metrics(
    key: WorkloadKey,
    range: '1h' | '6h' | '24h' | '7d',
    now: number,
  ): Promise<{
    readonly resolutionSeconds: number;
    readonly since: number | null;
    readonly points: readonly MetricPoint[];
  }>;
  /** Newest sample per workload, from memory. */
  latestMetrics(): ReadonlyMap<WorkloadKey, MetricSample>;
  storage(): StorageStatus;
  /** Called once per commit, after the picture advanced; returns the function that unsubscribes. */
  onRevision(listener: (change: RevisionChange) => void): () => void;
}

export interface Store extends StoreReader, StoreWriter {
  /** Secret of this installation, stable across restarts; it never leaves the process but by the file. */
  readonly installationKey: string;
  /** Which cluster the file was about when it was opened, in the words of `nameCluster`; null when it was about none, and on a store that only reads. */
  readonly cluster: string | null;
  nameCluster(cluster: string): void;
  /**
   * Called when the file had to begin anew (it was damaged): the keys should be reconciled again, because their pods
   * are not held in memory. Returns the function that unsubscribes.
   */
  onRewriteNeeded(listener: (keys: readonly WorkloadKey[]) => void): () => void;
  /**
   * Null while the store takes more; else what to wait for before the next `put`. A caller that floods the store, as at
   * the start with a large cluster, keeps the backlog small by it: 150,000 pods that wait are 200 MB.
   */
  backlog(): Promise<void> | null;
  /** What has happened since the start, for `/metrics`. */
  counters(): StoreCounters;
  /** A sentence once only a restart of the process would help; null else, whatever a disk does. */
  failure(): string | null;
  /** Resolves when everything accepted so far is committed, or refused by a disk that takes no writes. */
  flushed(): Promise<void>;
  /** Writes what is pending, checkpoints and closes; resolves when no thread and no handle is left. */
  close(): Promise<void>;
}

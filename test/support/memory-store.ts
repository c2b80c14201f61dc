import type { PodSnapshot, WorkloadSnapshot } from '../../health/verdict.ts';
import type { WorkloadKey } from '../../health/workload.ts';
import { parseWorkloadKey } from '../../health/workload.ts';
import { ChangeLog } from '../../store/change-log.ts';
import type {
  CurrentWorkload,
  IncidentRecord,
  MetricPoint,
  MetricSample,
  Page,
  PageRequest,
  RevisionChange,
  RolloutRecord,
  StatusInterval,
  StorageStatus,
  StoredEvent,
  StoreReader,
  Transition,
  Uptime,
} from '../../store/store.ts';

/** The reading side of the store over plain arrays: what the API is tested against where no disk is the subject. */
export class MemoryStore implements StoreReader {
  epoch = 'epoch1';
  status: StorageStatus = {
    state: 'ok',
    message: null,
    path: './maintenant.db',
    journalMode: 'wal',
    fileBytes: 1_048_576,
    volumeFreeBytes: 10_737_418_240,
    oldestAt: Date.UTC(2025, 11, 1),
    pendingRows: 0,
  };
  readonly records = {
    pods: new Map<WorkloadKey, readonly PodSnapshot[]>(),
    deleted: new Map<WorkloadKey, { readonly snapshot: WorkloadSnapshot; readonly deletedAt: number }>(),
    strips: new Map<WorkloadKey, { readonly strip24h: string; readonly uptime24h: number | null }>(),
    intervals: new Map<WorkloadKey, readonly StatusInterval[]>(),
    transitions: [] as Transition[],
    rollouts: [] as RolloutRecord[],
    events: [] as StoredEvent[],
    incidents: [] as IncidentRecord[],
    points: new Map<WorkloadKey, readonly MetricPoint[]>(),
    samples: new Map<WorkloadKey, MetricSample>(),
  };
  #revision = 0;
  #observedAt: number | null = null;
  readonly #current = new Map<WorkloadKey, CurrentWorkload>();
  readonly #changes = new ChangeLog();
  readonly #listeners = new Set<(change: RevisionChange) => void>();

  /** One commit. */
  commit(change: {
    readonly put?: readonly WorkloadSnapshot[];
    readonly remove?: readonly WorkloadKey[];
    readonly touch?: readonly WorkloadKey[];
    readonly now?: number;
  }): void {
    const { put = [], remove = [], touch = [] } = change;
    const previousRevision = this.#revision;
    this.#revision += 1;
    this.#observedAt = change.now ?? this.#observedAt;
    for (const snapshot of put) this.#current.set(snapshot.key, { snapshot, revision: this.#revision });
    for (const key of remove) this.#current.delete(key);
    const upserts = put.map(({ key }) => key);
    const touched = [...new Set([...upserts, ...touch])];
    const told = { previousRevision, revision: this.#revision, upserts, deletes: remove, touched };
    this.#changes.add(told);
    for (const listener of this.#listeners) listener(told);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  revision(): number {
    return this.#revision;
  }

  observedAt(): number | null {
    return this.#observedAt;
  }

  current(): ReadonlyMap<WorkloadKey, CurrentWorkload> {
    return this.#current;
  }

  changedSince(revision: number): ReadonlySet<WorkloadKey> | null {
    return this.#changes.since(revision, this.#revision);
  }

  pods(key: WorkloadKey): readonly PodSnapshot[] {
    return this.records.pods.get(key) ?? [];
  }

  strip(key: WorkloadKey): { readonly strip24h: string; readonly uptime24h: number | null } {
    return this.records.strips.get(key) ?? { strip24h: '-'.repeat(48), uptime24h: null };
  }

  deleted(key: WorkloadKey): Promise<{ readonly snapshot: WorkloadSnapshot; readonly deletedAt: number } | null> {
    return Promise.resolve(this.records.deleted.get(key) ?? null);
  }

  intervals(key: WorkloadKey, from: number, to: number): Promise<readonly StatusInterval[]> {
    const all = this.records.intervals.get(key) ?? [];
    return Promise.resolve(all.filter((interval) => interval.from <= to && (interval.to ?? Infinity) >= from));
  }

  uptime(): Promise<Readonly<Record<'24h' | '7d' | '30d' | '90d', Uptime>>> {
    const uptime = { availableRatio: 0.9, reducedRatio: 0.06, downRatio: 0.04, observedRatio: 0.5 };
    const never = { availableRatio: null, reducedRatio: null, downRatio: null, observedRatio: 0 };
    return Promise.resolve({ '24h': uptime, '7d': uptime, '30d': uptime, '90d': never });
  }

  async uptimeOfAll(): Promise<ReadonlyMap<WorkloadKey, Uptime>> {
    const { '24h': uptime } = await this.uptime();
    return new Map([...this.#current.keys()].map((key) => [key, uptime]));
  }

  transitions(request: PageRequest & { readonly key?: WorkloadKey }): Promise<Page<Transition>> {
    return page(this.records.transitions, request, ({ at }) => at);
  }

  rollouts(request: PageRequest & { readonly key?: WorkloadKey }): Promise<Page<RolloutRecord>> {
    return page(this.records.rollouts, request, ({ startedAt }) => startedAt);
  }

  events(
    request: PageRequest & { readonly key?: WorkloadKey; readonly type?: 'Normal' | 'Warning' },
  ): Promise<Page<StoredEvent>> {
    const { type } = request;
    const events = this.records.events.filter((event) => type === undefined || event.type === type);
    return page(events, request, ({ lastAt }) => lastAt);
  }

  incidents(request: PageRequest & { readonly state?: 'open' | 'closed' }): Promise<Page<IncidentRecord>> {
    const { state, namespaces } = request;
    const isIn = (key: WorkloadKey): boolean =>
      namespaces === undefined || namespaces.includes(parseWorkloadKey(key)?.namespace ?? '');
    const incidents = this.records.incidents.filter(
      ({ until, workloads }) =>
        (state === undefined || (until === null) === (state === 'open')) && workloads.some(isIn),
    );
    return page(incidents, request, ({ since }) => since);
  }

  metrics(key: WorkloadKey): Promise<{
    readonly resolutionSeconds: number;
    readonly since: number | null;
    readonly points: readonly MetricPoint[];
  }> {
    const points = this.records.points.get(key) ?? [];
    const [first] = points;
    return Promise.resolve({ resolutionSeconds: 60, since: first === undefined ? null : first.t * 1000, points });
  }

  latestMetrics(): ReadonlyMap<WorkloadKey, MetricSample> {
    return this.records.samples;
  }

  storage(): StorageStatus {
    return this.status;
  }

  onRevision(listener: (change: RevisionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Newest first; the cursor is an index. */
function page<Item extends object>(
  items: readonly Item[],
  { from = -Infinity, to = Infinity, namespaces, limit, cursor, ...rest }: PageRequest & { readonly key?: WorkloadKey },
  atOf: (item: Item) => number,
): Promise<Page<Item>> {
  const keyOf = (item: Item): WorkloadKey | null => ('key' in item ? (item.key as WorkloadKey) : null);
  const isIn = (key: WorkloadKey | null): boolean =>
    key === null || namespaces === undefined || namespaces.includes(parseWorkloadKey(key)?.namespace ?? '');
  const matching = items
    .filter((item) => atOf(item) >= from && atOf(item) <= to)
    .filter((item) => (rest.key === undefined || keyOf(item) === rest.key) && isIn(keyOf(item)))
    .sort((left, right) => atOf(right) - atOf(left));
  const start = cursor === undefined ? 0 : Number(cursor);
  const end = start + limit;
  return Promise.resolve({
    items: matching.slice(start, end),
    nextCursor: end < matching.length ? String(end) : null,
  });
}

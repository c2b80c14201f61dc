import type { Registry } from 'prom-client';
import type { Cluster, ClusterScope, ClusterStatus, LogRecord, LogRequest } from '../api/cluster.ts';
import { assess } from '../health/assess.ts';
import { templateChanges } from '../health/template-diff.ts';
import { parseWorkloadKey, type WorkloadKey } from '../health/workload.ts';
import type { StoreReader, StoreWriter } from '../store/store.ts';
import { ClusterCache } from './cache/cluster-cache.ts';
import { valueHash } from './cache/project-workload.ts';
import type { Clock } from './clock.ts';
import { askIdentity, type ClusterIdentity, isSameCluster } from './cluster-identity.ts';
import { Enqueue } from './handlers/enqueue.ts';
import { keyOf } from './handlers/enqueue-subject.ts';
import { ServerVersionSource } from './kubernetes/server-version.ts';
import type { Transport } from './kubernetes/transport.ts';
import { workloadLogs } from './logs/workload-logs.ts';
import { MetricsServer } from './metrics-server/metrics-server.ts';
import { Pace } from './reconcilers/pace.ts';
import { Reconciler } from './reconcilers/reconcile.ts';
import { RolloutTracker } from './reconcilers/rollout-tracker.ts';
import { TemplateFetcher } from './reconcilers/template-fetcher.ts';
import type { Log } from './reflector/reflector.ts';
import { isInScope } from './scope.ts';
import { registerWatchMetrics } from './watch-metrics.ts';
import { Watches } from './watches.ts';
import { Executor, type RunResult } from './workqueue/executor.ts';
import { WorkQueueMetrics } from './workqueue/work-queue-metrics.ts';
import { type Lane, WorkQueue } from './workqueue/work-queue.ts';

export interface ControllerOptions {
  readonly transport: Transport;
  /** Shared with whoever asked already; default one of its own. */
  readonly serverVersion?: ServerVersionSource;
  readonly runtime: ClusterStatus['runtime'];
  /** The rule by which the runtime was detected, as a sentence for a person. */
  readonly detectedBy: string;
  /** Of `scopeOf`. */
  readonly scope: ClusterScope;
  readonly store: StoreWriter & Pick<StoreReader, 'rollouts'>;
  /** What to wait for before the store is given more; without it there is no waiting. */
  readonly backlog?: () => Promise<void> | null;
  /** Secret of this installation, stable across restarts: env values are compared by hashes that it keys. */
  readonly installationKey: string;
  /** How often metrics.k8s.io is asked. */
  readonly metricsIntervalMs: number;
  /** SHA-256 of the CA that the API server is trusted by; null without TLS. Part of the cluster's identity. */
  readonly caHash: string | null;
  /** The cluster that the store is about; null before it was about any. */
  readonly knownCluster?: ClusterIdentity | null;
  /** Told of the cluster before its first verdict, and when it is known by more or by another URL. */
  readonly onCluster?: (identity: ClusterIdentity) => void;
  /**
   * There is another cluster behind the URL than the store is about. From now on nothing is put into the store; whoever
   * composed this stops it and begins anew with another store.
   */
  readonly onOtherCluster?: (identity: ClusterIdentity) => void;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  readonly log: Log;
}

/** Reconciles at once. They are synchronous, so more would only wait for each other. */
const concurrency = 4;
const reconcileTimeoutMs = 30_000;
/** A minute of silence counts as not observed (store/observation.ts): six marks may be late before that. */
const observedEveryMs = 10_000;
/** Rollouts of before the restart that are gone on with. */
const limitLoadedRollouts = 1_000;

/**
 * The controller: watches, cache, queue and reconcilers put together, and what the API may ask of the cluster.
 *
 *     Watches ─► ClusterCache ─► Enqueue ─► WorkQueue ─► Executor ─► Reconciler ─► store
 *                                              ▲                         │
 *                                              └── at reassessAt, after failures ──┘
 *
 * Constructing it starts nothing. After `stop` no socket, timer or promise of it is left.
 */
export class Controller implements Cluster {
  readonly #options: ControllerOptions;
  readonly #cache: ClusterCache;
  readonly #enqueue: Enqueue;
  readonly #queue: WorkQueue<WorkloadKey>;
  readonly #executor: Executor<WorkloadKey>;
  readonly #pace = new Pace<WorkloadKey>();
  readonly #watches: Watches;
  readonly #serverVersion: ServerVersionSource;
  readonly #metricsServer: MetricsServer;
  readonly #rollouts: RolloutTracker;
  readonly #templates: TemplateFetcher;
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  #reconciler: Reconciler | null = null;
  #running: Promise<unknown> | null = null;
  #rolloutsLoaded: Promise<void> = Promise.resolve();
  #isTelling = false;
  #knownCluster: ClusterIdentity | null;
  #isOtherCluster = false;
  #wasConfirmed = false;
  /** While the cluster is asked who it is: no verdict is reached before. */
  #confirming: Promise<void> | null = null;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#knownCluster = options.knownCluster ?? null;
    const { transport, clock, random, log, scope, store, registry, installationKey } = options;
    const hash = valueHash(installationKey);
    const metrics = new WorkQueueMetrics(registry, 'workloads', clock);
    this.#queue = new WorkQueue({ clock, observer: metrics, onReady: () => this.#executor.pump() });
    metrics.watch(this.#queue);
    this.#executor = new Executor({
      queue: this.#queue,
      concurrency,
      timeoutMs: reconcileTimeoutMs,
      backlog: () => this.#confirming ?? options.backlog?.() ?? null,
      clock,
      run: (key) => this.#reconcile(key),
      onFailure: (key, failures, error) => log.error({ key, failures, error }, 'reconcile failed'),
    });
    this.#enqueue = new Enqueue(
      () => this.#cache,
      (key, lane) => this.#ask(key, lane),
      (key, event) => {
        if (!this.#isOtherCluster) this.#reconciler?.record(key, event);
      },
    );
    this.#cache = new ClusterCache(this.#enqueue, hash);
    this.#serverVersion = options.serverVersion ?? new ServerVersionSource(transport, clock);
    this.#watches = new Watches({
      scope,
      cache: this.#cache,
      transport,
      serverVersion: this.#serverVersion,
      clock,
      random,
      log,
      onStatus: () => this.#tell(),
      onProgress: (_resource, namespace) => this.#settle(namespace),
      onReturn: () => this.#confirm(),
    });
    registerWatchMetrics(registry, () => this.#watches.measured(), this.#cache);
    this.#metricsServer = new MetricsServer({
      transport,
      scope,
      cache: this.#cache,
      store,
      clock,
      random,
      log,
      intervalMs: options.metricsIntervalMs,
      onStatus: () => this.#tell(),
      onPressure: (key) => this.#queue.add(key, 'initial'),
    });
    this.#templates = new TemplateFetcher({
      cache: this.#cache,
      transport,
      hash,
      clock,
      log,
      onTemplate: (replicaSet) => this.#enqueue.replicaSet({ previous: null, current: replicaSet }, 'live'),
    });
    this.#rollouts = new RolloutTracker({
      record: (rollout) => store.recordRollout(rollout),
      diff: templateChanges,
      onInteresting: ({ dependents }) => this.#templates.want(dependents.replicaSets),
    });
  }

  /** Begins to watch. Everything after this happens by itself, until `stop` or until `signal` aborts. */
  start(signal: AbortSignal): void {
    if (this.#running !== null) throw new Error('the controller was started before');
    const { store, scope, clock } = this.#options;
    this.#reconciler = new Reconciler({
      cache: this.#cache,
      store,
      watches: this.#watches,
      isInScope: (namespace) => isInScope(scope, namespace),
      lostNodes: () => this.#enqueue.lostNodes,
      usageOf: (namespace, pods) => this.#metricsServer.usageOf(namespace, pods),
      rollouts: this.#rollouts,
      assess,
      clock,
    });
    const stopping = AbortSignal.any([signal, this.#stop.signal]);
    this.#confirm();
    this.#running = this.#run(stopping);
  }

  /** Ends the watches, lets the reconciles that are due end, and resolves when nothing is left. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#confirming;
    await this.#executor.stop();
    this.#listeners.clear();
  }

  status(): ClusterStatus {
    const { runtime, detectedBy, transport, scope } = this.#options;
    return {
      runtime,
      detectedBy,
      server: transport.server,
      kubernetesVersion: this.#serverVersion.last?.gitVersion ?? null,
      scope,
      connected: this.#watches.connected,
      synced: this.#watches.synced,
      watches: this.#watches.statuses(),
      metrics: this.#metricsServer.status(),
    };
  }

  onStatus(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  isStale(key: WorkloadKey): boolean {
    const named = parseWorkloadKey(key);
    return named === null || this.#watches.isStale(named.kind, named.namespace);
  }

  logs(request: LogRequest, signal: AbortSignal): AsyncIterable<LogRecord> {
    const { transport, clock } = this.#options;
    return workloadLogs(request, { cache: this.#cache, transport, clock }, signal);
  }

  /** Workloads that are due to be judged and have not been yet. */
  get waiting(): number {
    return this.#queue.depth;
  }

  /** Looks at these workloads again, for instance because the store had to begin a new file. */
  recheck(keys: Iterable<WorkloadKey>): void {
    for (const key of keys) this.#queue.add(key, 'initial');
  }

  #ask(key: WorkloadKey, lane: Lane): void {
    const waitMs = this.#pace.waitMs(key, this.#options.clock.monotonic());
    if (waitMs > 0) this.#queue.addAfter(key, waitMs);
    else this.#queue.add(key, lane);
  }

  /** Asks who the cluster is; what else happens meanwhile waits for the one answer. */
  #confirm(): void {
    this.#confirming ??= this.#askAndCompare().finally(() => {
      this.#confirming = null;
    });
  }

  async #askAndCompare(): Promise<void> {
    const { transport, caHash, scope, clock, log, onCluster, onOtherCluster } = this.#options;
    // The watches meet the same trouble, and report it.
    const seen = await askIdentity({ transport, caHash, scope, clock }, this.#stop.signal).catch(() => undefined);
    if (seen !== undefined) this.#wasConfirmed = true;
    if (seen === undefined || seen === null || this.#isOtherCluster) return;
    const known = this.#knownCluster;
    if (known !== null && !isSameCluster(known, seen)) {
      this.#isOtherCluster = true;
      log.error({ known, seen }, `${transport.server} is another cluster than the history is about`);
      onOtherCluster?.(seen);
      return;
    }
    this.#knownCluster = seen;
    onCluster?.(seen);
  }

  #reconcile(key: WorkloadKey): RunResult {
    const { clock } = this.#options;
    // Keys that were due when the controller is stopped still run; these are not about what the store knows.
    if (this.#isOtherCluster) return { runAgainAfterMs: null };
    const startedAt = clock.monotonic();
    const result = this.#reconciler?.reconcile(key) ?? { runAgainAfterMs: null };
    const endedAt = clock.monotonic();
    this.#pace.ran(key, endedAt - startedAt, endedAt);
    return result;
  }

  /** A watch delivered or was parked. Once all that a verdict needs are there, every known key is looked at. */
  #settle(namespace: string | null): void {
    const { store, scope } = this.#options;
    const isSettled = (name: string): boolean => this.#watches.isSettledIn(name);
    if (namespace !== null && !isSettled(namespace)) return;
    // With cluster-wide watches one namespace answers for all.
    if (namespace === null && !isSettled('')) return;
    if (!this.#wasConfirmed) this.#confirm();
    // The first verdicts go on with the rollouts that are known.
    void this.#rolloutsLoaded.then(() => {
      if (!this.#stop.signal.aborted) this.#executor.start();
    });
    this.#enqueue.recheckNodes();
    const concerns = (name: string): boolean => namespace === null || name === namespace || !isInScope(scope, name);
    for (const workload of this.#cache.workloads()) {
      if (concerns(workload.namespace)) this.#queue.add(keyOf(workload), 'initial');
    }
    // Those too that vanished while nobody watched.
    for (const key of store.keys()) {
      const named = parseWorkloadKey(key);
      if (named === null || concerns(named.namespace)) this.#queue.add(key, 'initial');
    }
    this.#observe();
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#rolloutsLoaded = this.#loadRollouts();
    await Promise.all([
      this.#rolloutsLoaded,
      this.#watches.run(signal),
      this.#templates.run(signal),
      this.#metricsServer.run(signal),
      this.#markObserved(signal),
    ]);
  }

  async #loadRollouts(): Promise<void> {
    const { store, log } = this.#options;
    try {
      this.#rollouts.load((await store.rollouts({ limit: limitLoadedRollouts })).items);
    } catch (error) {
      log.warn({ error }, 'rollouts of before the restart could not be read; they are told from the objects');
    }
  }

  async #markObserved(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(observedEveryMs, signal);
      // Also when the end wakes it: what was watched until then counts.
      this.#observe();
    }
  }

  #observe(): void {
    const { store, clock } = this.#options;
    if (this.#watches.synced && this.#watches.connected && !this.#isOtherCluster) store.observed(clock.now());
  }

  /** Many watches change in one moment: their listeners hear of it once. */
  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

export function createController(options: ControllerOptions): Controller {
  return new Controller(options);
}

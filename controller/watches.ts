import type { ClusterScope, WatchStatus } from '../api/cluster.ts';
import { type WorkloadKind, workloadKinds } from '../health/workload.ts';
import type { ClusterCache } from './cache/cluster-cache.ts';
import type { Clock } from './clock.ts';
import { kinds, resourceOfWorkload, type WatchedResource } from './kubernetes/kinds.ts';
import type { ServerVersionSource } from './kubernetes/server-version.ts';
import type { Transport } from './kubernetes/transport.ts';
import type { ReflectorSink } from './reflector/event.ts';
import { type Log, Reflector, type ReflectorStatus } from './reflector/reflector.ts';
import { NamespacePoll } from './namespace-poll.ts';
import type { MeasuredWatch } from './watch-metrics.ts';
import { type WatchPlan, watchPlans } from './scope.ts';

/** How long a watch may be disconnected before what rests on it counts as stale: silence alone is not. */
export const staleAfterMs = 10_000;

/** What a verdict on a kind cannot do without; events, services and namespaces only add to it. */
const neededBy: Readonly<Record<WorkloadKind, readonly WatchedResource[]>> = {
  Deployment: ['deployments', 'replicasets', 'pods'],
  StatefulSet: ['statefulsets', 'pods'],
  DaemonSet: ['daemonsets', 'pods'],
};

/** How far one watch is: a parked one (403, 404) has settled too, with nothing to show. */
export type WatchProgress = 'starting' | 'delivered' | 'parked';

export interface WatchesOptions {
  readonly scope: ClusterScope;
  readonly cache: ClusterCache;
  readonly transport: Transport;
  readonly serverVersion: ServerVersionSource;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** The state of a watch changed, or what rests on it has just become stale. */
  readonly onStatus: () => void;
  /** A watch delivered its first complete list, or was parked, or came back from that. */
  readonly onProgress: (resource: WatchedResource, namespace: string | null) => void;
  /** A watch that had delivered before took a list again, or is connected again: the server may be another one. */
  readonly onReturn: () => void;
}

interface Watch {
  readonly plan: Omit<WatchPlan, 'fieldSelector'>;
  /** The newest status, kept because it is asked for each row of the list. */
  status: ReflectorStatus | null;
  readonly read: () => ReflectorStatus;
  readonly run: (signal: AbortSignal) => Promise<void>;
  delivered: boolean;
  progress: WatchProgress;
  /** Since when it is disconnected, monotonic: a clock that is set back must not make it fresh. Null while it is not. */
  awaySince: number | null;
}

/** All watches of a scope: starts them, and answers what their states mean for a workload. */
export class Watches {
  readonly #options: WatchesOptions;
  /** By `resource/namespace`; the namespace is empty for the whole cluster. */
  readonly #watches = new Map<string, Watch>();
  /** By namespace, empty for the whole cluster: when all that verdicts need was there for the first time, monotonic. */
  readonly #settledAt = new Map<string, number>();
  #cancelStaleTimer: () => void = () => undefined;
  #stopped = false;

  constructor(options: WatchesOptions) {
    this.#options = options;
    const { scope } = options;
    for (const plan of watchPlans(scope)) this.#addReflector(plan);
    if (scope.mode === 'allowlist') for (const namespace of scope.namespaces) this.#addPoll(namespace);
  }

  /** Resolves when every watch has ended, after `signal` aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.run(signal)));
    this.#stopped = true;
    this.#cancelStaleTimer();
  }

  statuses(): readonly WatchStatus[] {
    return this.measured().map(({ status }) => status);
  }

  /** The statuses with what was counted. */
  measured(): readonly MeasuredWatch[] {
    const now = this.#options.clock.monotonic();
    return [...this.#watches.values()].map((watch) => {
      const { counters, audit: _, ...status } = watch.read();
      const objects = this.#options.cache.count(watch.plan.resource, watch.plan.namespace);
      return { status: { ...status, objects, isStale: isAwayTooLong(watch, now) }, counters };
    });
  }

  progress(resource: WatchedResource, namespace: string): WatchProgress {
    return this.#find(resource, namespace)?.progress ?? 'parked';
  }

  /** Every watch that a verdict on this kind needs has delivered or is parked. */
  isSettled(kind: WorkloadKind, namespace: string): boolean {
    return neededBy[kind].every((resource) => this.progress(resource, namespace) !== 'starting');
  }

  /** As `isSettled`, for all kinds at once. */
  isSettledIn(namespace: string): boolean {
    return workloadKinds.every((kind) => this.isSettled(kind, namespace));
  }

  /** When `isSettledIn` became true for the first time, monotonic; null before. */
  settledAt(namespace: string): number | null {
    return this.#settledAt.get('') ?? this.#settledAt.get(namespace) ?? null;
  }

  /** Every watch of the scope has delivered or is parked. */
  get synced(): boolean {
    return [...this.#watches.values()].every((watch) => watch.progress !== 'starting');
  }

  /** Some watch has an answer from the server. */
  get connected(): boolean {
    return [...this.#watches.values()].some(({ status }) => {
      if (status === null || status.disconnectedSinceAt !== null) return false;
      return status.state !== 'disconnected' && (status.state !== 'syncing' || status.lastEventAt !== null);
    });
  }

  /** What is shown of such a workload may be older than it looks. */
  isStale(kind: WorkloadKind, namespace: string): boolean {
    if (this.progress(resourceOfWorkload[kind], namespace) === 'parked') return true;
    const now = this.#options.clock.monotonic();
    return neededBy[kind].some((resource) => {
      const watch = this.#find(resource, namespace);
      if (watch === undefined || watch.progress === 'parked') return false;
      return watch.progress === 'starting' || isAwayTooLong(watch, now);
    });
  }

  #find(resource: WatchedResource, namespace: string): Watch | undefined {
    return this.#watches.get(`${resource}/`) ?? this.#watches.get(`${resource}/${namespace}`);
  }

  #addReflector({ resource, namespace, fieldSelector }: WatchPlan): void {
    const { cache, transport, clock, random, log, serverVersion } = this.#options;
    // Events are bounded in the cache, so their number says nothing about what was lost.
    const audited = resource === 'events' ? {} : { countObjects: () => cache.count(resource, namespace) };
    this.#add({ resource, namespace }, cache.feed(resource, namespace), (sink, onStatus) => {
      const reflector = new Reflector({
        kind: kinds[resource],
        namespace,
        ...(fieldSelector === null ? {} : { fieldSelector }),
        transport,
        clock,
        random,
        log,
        sink,
        onStatus,
        serverVersion,
        ...audited,
      });
      return { read: () => reflector.status(), run: (signal) => reflector.start(signal) };
    });
  }

  #addPoll(namespace: string): void {
    const { cache, transport, clock, random, log } = this.#options;
    this.#add({ resource: 'namespaces', namespace }, cache.feed('namespaces', null), (sink, onStatus) => {
      const poll = new NamespacePoll({ namespace, transport, clock, random, log, sink, onStatus });
      return { read: () => poll.status(), run: (signal) => poll.start(signal) };
    });
  }

  #add(
    plan: Watch['plan'],
    feed: ReflectorSink,
    make: (sink: ReflectorSink, onStatus: () => void) => Pick<Watch, 'read' | 'run'>,
  ): void {
    const sink: ReflectorSink = (event) => {
      feed(event);
      if (event.type === 'initDone' && watch.delivered) this.#options.onReturn();
    };
    const watch: Watch = {
      plan,
      status: null,
      delivered: false,
      progress: 'starting',
      awaySince: null,
      ...make(sink, () => this.#update(watch)),
    };
    this.#watches.set(`${plan.resource}/${plan.namespace ?? ''}`, watch);
  }

  #update(watch: Watch): void {
    const status = watch.read();
    const wasAway = watch.awaySince !== null;
    watch.status = status;
    watch.awaySince = this.#awaySince(status.disconnectedSinceAt, watch.awaySince);
    if (wasAway && watch.delivered && watch.awaySince === null) this.#options.onReturn();
    if (status.state === 'synced') watch.delivered = true;
    const before = watch.progress;
    watch.progress = progressOf(status.state) ?? before;
    if (before !== watch.progress) {
      this.#noteSettled(watch.plan.namespace ?? '');
      this.#options.onProgress(watch.plan.resource, watch.plan.namespace);
    }
    if (watch.awaySince !== null) this.#announceStaleness();
    this.#options.onStatus();
  }

  /** @param at epoch ms, of a moment ago at most: what begins to fail is told at once. */
  #awaySince(at: number | null, known: number | null): number | null {
    const { clock } = this.#options;
    return at === null ? null : (known ?? clock.monotonic() - Math.max(0, clock.now() - at));
  }

  #noteSettled(namespace: string): void {
    if (this.#settledAt.has(namespace) || !this.isSettledIn(namespace)) return;
    this.#settledAt.set(namespace, this.#options.clock.monotonic());
  }

  /** Becoming stale is a matter of time alone, so nobody else would tell. Each watch has a moment of its own. */
  #announceStaleness(): void {
    this.#cancelStaleTimer();
    if (this.#stopped) return;
    const { clock, onStatus } = this.#options;
    const now = clock.monotonic();
    let waitMs = Number.POSITIVE_INFINITY;
    for (const { awaySince } of this.#watches.values()) {
      const leftMs = awaySince === null ? 0 : awaySince + staleAfterMs + 1 - now;
      if (leftMs > 0) waitMs = Math.min(waitMs, leftMs);
    }
    if (waitMs === Number.POSITIVE_INFINITY) return;
    this.#cancelStaleTimer = clock.setTimer(waitMs, () => {
      this.#announceStaleness();
      onStatus();
    });
  }
}

function isAwayTooLong({ awaySince }: Watch, now: number): boolean {
  return awaySince !== null && now - awaySince > staleAfterMs;
}

/** Null for what changes nothing: what was delivered stays known, and what was refused stays unknown until it is delivered. */
function progressOf(state: ReflectorStatus['state']): WatchProgress | null {
  switch (state) {
    case 'synced':
      return 'delivered';
    case 'forbidden':
    case 'unavailable':
      return 'parked';
    case 'syncing':
    case 'disconnected':
      return null;
    default:
      return state satisfies never;
  }
}

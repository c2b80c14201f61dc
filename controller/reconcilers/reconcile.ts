import type { AssessInput, assess } from '../../health/assess.ts';
import type { EventFacts, UsageFacts } from '../../health/kubernetes.ts';
import {
  parseWorkloadKey,
  type State,
  type WorkloadKey,
  type WorkloadKind,
  type WorkloadName,
} from '../../health/workload.ts';
import type { StoreWriter } from '../../store/store.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { PackedPod } from '../cache/packed-pod.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import type { Clock } from '../clock.ts';
import { resourceOfWorkload, type WatchedResource } from '../kubernetes/kinds.ts';
import type { WatchProgress } from '../watches.ts';
import type { RunResult } from '../workqueue/executor.ts';
import { type Dependents, gatherers } from './dependents.ts';
import { gatherInput } from './gather-input.ts';
import type { RolloutTracker } from './rollout-tracker.ts';

/** What a reconcile must know of the watches. */
export interface WatchProgressReader {
  progress(resource: WatchedResource, namespace: string): WatchProgress;
  isSettled(kind: WorkloadKind, namespace: string): boolean;
  /** Monotonic; null before everything that verdicts need was there. */
  settledAt(namespace: string): number | null;
}

export interface ReconcilerOptions {
  readonly cache: ClusterCache;
  readonly store: StoreWriter;
  readonly watches: WatchProgressReader;
  readonly isInScope: (namespace: string) => boolean;
  readonly lostNodes: () => ReadonlySet<string>;
  readonly usageOf: (namespace: string, pods: readonly PackedPod[]) => readonly UsageFacts[];
  readonly rollouts: RolloutTracker;
  readonly assess: typeof assess;
  readonly clock: Clock;
}

/**
 * How long verdicts wait for events, services and namespaces once the rest is there: with them causes are better, and
 * without them (their watch fails again and again) a verdict by the pods is better than none.
 */
const patienceMs = 5_000;
/** What such a verdict says needs no event to explain it, so it does not wait for the events. */
const quietStates: ReadonlySet<State> = new Set(['Healthy', 'Idle']);
/** A moment that is due already is left this long, so that a rule that errs cannot spin. */
const soonestMs = 250;
/** Nothing is left unlooked-at for longer, and no timer gets near Node's limit of 24.8 days. */
const latestMs = 3_600_000;

const never: RunResult = { runAgainAfterMs: null };

/**
 * Brings what the store says of one workload in line with the cache: gather, assess, put. Reads only the cache, waits
 * for nothing, and may be asked for any key at any time.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** Events that the store has taken; an update of an event is another object. */
  readonly #recorded = new WeakSet<EventFacts>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  reconcile(key: WorkloadKey): RunResult {
    const { cache, watches, isInScope } = this.#options;
    const named = parseWorkloadKey(key);
    if (named === null || !isInScope(named.namespace)) return this.#remove(key, null);
    const workload = cache.workload(named);
    if (workload === null) {
      // Missing in a complete picture is gone. In one that was never delivered, or is not permitted, it says nothing.
      return watches.progress(resourceOfWorkload[named.kind], named.namespace) === 'delivered'
        ? this.#remove(key, this.#options.clock.now())
        : never;
    }
    if (!watches.isSettled(named.kind, named.namespace)) return never;
    const wait = this.#patienceLeftMs(named, 'services', 'namespaces');
    if (wait > 0) return { runAgainAfterMs: wait };
    return this.#assess(key, workload);
  }

  /** Takes down an event about a workload at once: the pod that it is about may be gone before the reconcile. */
  record(key: WorkloadKey, event: EventFacts): void {
    // A workload that the store does not know yet has its events recorded with its first verdict.
    if (this.#recorded.has(event) || this.#options.store.latest(key) === null) return;
    this.#recorded.add(event);
    this.#options.store.recordEvents(key, [event]);
  }

  #assess(key: WorkloadKey, workload: CachedWorkload): RunResult {
    const { cache, store, rollouts, assess, clock } = this.#options;
    const now = clock.now();
    const dependents = gatherers[workload.kind](cache, workload);
    const input = this.#input(workload, dependents);
    const { snapshot, pods, remembered, reassessAt } = assess(input, store.remembered(key), now);
    const wait = quietStates.has(snapshot.verdict.state) ? 0 : this.#patienceLeftMs(workload, 'events');
    if (wait > 0) return { runAgainAfterMs: wait };
    this.#recordAll(key, input.events);
    const previous = store.latest(key);
    store.put(snapshot, pods, remembered, now);
    rollouts.observe({ key, workload, dependents, previous, current: snapshot, now });
    return reassessAt === null ? never : { runAgainAfterMs: Math.min(Math.max(reassessAt - now, soonestMs), latestMs) };
  }

  #input(workload: CachedWorkload, dependents: Dependents): AssessInput {
    const { cache, watches, lostNodes, usageOf } = this.#options;
    return gatherInput(cache, workload, dependents, {
      has: (resource) => watches.progress(resource, workload.namespace) === 'delivered',
      lostNodes: lostNodes(),
      usageOf,
    });
  }

  #remove(key: WorkloadKey, goneAt: number | null): RunResult {
    const { store, rollouts, clock } = this.#options;
    rollouts.forget(key, goneAt);
    if (store.latest(key) !== null) store.remove(key, clock.now());
    return never;
  }

  #recordAll(key: WorkloadKey, events: readonly EventFacts[]): void {
    const fresh = events.filter((event) => !this.#recorded.has(event));
    if (fresh.length === 0) return;
    for (const event of fresh) this.#recorded.add(event);
    this.#options.store.recordEvents(key, fresh);
  }

  #patienceLeftMs({ namespace }: Pick<WorkloadName, 'namespace'>, ...resources: readonly WatchedResource[]): number {
    const { watches, clock } = this.#options;
    if (resources.every((resource) => watches.progress(resource, namespace) !== 'starting')) return 0;
    const settledAt = watches.settledAt(namespace) ?? clock.monotonic();
    return patienceMs - (clock.monotonic() - settledAt);
  }
}

import type { WorkloadKey } from '../../health/workload.ts';
import type { EventFacts } from '../../health/kubernetes.ts';
import type { CacheListener, ClusterCache } from '../cache/cluster-cache.ts';
import type { Lane } from '../workqueue/work-queue.ts';
import { neighboursOfPod } from './enqueue-neighbours.ts';
import { workloadsOfPod, workloadsOfReplicaSet } from './enqueue-owner.ts';
import { workloadsOfService } from './enqueue-selected.ts';
import { keyOf, workloadsOfEvent } from './enqueue-subject.ts';
import { NodeLoss } from './node-loss.ts';

/**
 * From a change in the cache to the workloads whose verdict may change with it. Only keys go on: whoever reconciles one
 * looks at the cache again. Changes of the first list go into the slow lane, so that live ones overtake them.
 */
export class Enqueue implements CacheListener {
  readonly #cache: () => ClusterCache;
  readonly #add: (key: WorkloadKey, lane: Lane) => void;
  readonly #record: (key: WorkloadKey, event: EventFacts) => void;
  readonly #nodeLoss: NodeLoss;

  /**
   * @param cache asked for at each change, because the cache is made with this as its listener.
   * @param record a live event of one workload, at once: what it is about may be gone before the reconcile.
   */
  constructor(
    cache: () => ClusterCache,
    add: (key: WorkloadKey, lane: Lane) => void,
    record: (key: WorkloadKey, event: EventFacts) => void,
  ) {
    this.#cache = cache;
    this.#add = add;
    this.#record = record;
    this.#nodeLoss = new NodeLoss((pod) => cache().workloadOfPod(pod));
  }

  /** Nodes on which pods of several workloads lost Ready together. */
  get lostNodes(): ReadonlySet<string> {
    return this.#nodeLoss.lostNodes;
  }

  readonly workload: CacheListener['workload'] = ({ previous, current }, source) => {
    const workload = current ?? previous;
    if (workload !== null) this.#add(keyOf(workload), source);
  };

  readonly replicaSet: CacheListener['replicaSet'] = (delta, source) => {
    this.#addAll(workloadsOfReplicaSet(delta), source);
  };

  readonly pod: CacheListener['pod'] = (delta, source) => {
    this.#addAll(workloadsOfPod(delta, this.#cache()), source);
    // After the first list every workload is looked at anyway.
    if (source === 'live') this.#addAll(neighboursOfPod(delta, this.#cache()), source);
    const node = this.#nodeLoss.observe(delta);
    if (node === null) return;
    for (const pod of this.#cache().podsOn(node)) this.#addPresent(this.#cache().workloadOfPod(pod), source);
  };

  readonly service: CacheListener['service'] = (delta, source) => {
    this.#addAll(workloadsOfService(delta, this.#cache()), source);
  };

  readonly namespace: CacheListener['namespace'] = ({ previous, current }, source) => {
    // It is created and it is being deleted: nothing else about it is shown.
    if (previous?.phase === current?.phase && current?.phase !== 'Terminating') return;
    const name = current?.name ?? previous?.name ?? '';
    for (const workload of this.#cache().workloadsIn(name)) this.#add(keyOf(workload), source);
  };

  readonly event: CacheListener['event'] = (event, source) => {
    const keys = workloadsOfEvent(event, this.#cache());
    const [key, ...others] = keys;
    if (source === 'live' && key !== undefined && others.length === 0 && event.involved.kind !== 'Node') {
      this.#record(key, event);
    }
    this.#addAll(keys, source);
  };

  /** Looks at all nodes again: during the first lists a pod may have come before the ReplicaSet that names its workload. */
  recheckNodes(): void {
    for (const node of this.#nodeLoss.recheck()) {
      for (const pod of this.#cache().podsOn(node)) this.#addPresent(this.#cache().workloadOfPod(pod), 'initial');
    }
  }

  #addAll(keys: readonly WorkloadKey[], lane: Lane): void {
    for (const key of keys) this.#add(key, lane);
  }

  #addPresent(key: WorkloadKey | null, lane: Lane): void {
    if (key !== null) this.#add(key, lane);
  }
}

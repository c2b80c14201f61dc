import type { PodFacts } from '../../health/kubernetes.ts';
import type { WorkloadKey } from '../../health/workload.ts';
import type { CacheDelta } from '../cache/object-cache.ts';
import type { PackedPod } from '../cache/packed-pod.ts';

/** Pods of one node that lose Ready within this time lost it together: the node controller flips them in one sweep. */
const togetherMs = 60_000;
/** Workloads that must be hit: one alone can have its own reason. */
const fewestWorkloads = 2;

/**
 * Nodes that stopped reporting, told without the right to read nodes. When a node's heartbeat stops, the node
 * controller sets Ready to False on all of its pods and leaves everything else as it was, ContainersReady included.
 * One pod in that state could be a readiness gate; pods of several workloads on one node at once are a lost node.
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/controller/util/node/controller_utils.go (MarkPodsNotReady)
 */
export class NodeLoss {
  readonly #workloadOf: (pod: PackedPod) => WorkloadKey | null;
  /** Node → pods that look abandoned, with the moment at which they lost Ready. */
  readonly #abandoned = new Map<string, Map<PackedPod, number>>();
  readonly #lost = new Set<string>();

  constructor(workloadOf: (pod: PackedPod) => WorkloadKey | null) {
    this.#workloadOf = workloadOf;
  }

  get lostNodes(): ReadonlySet<string> {
    return this.#lost;
  }

  /** The node whose state changed with this delta, so that all workloads on it must be looked at; null for none. */
  observe({ previous, current }: CacheDelta<PackedPod>): string | null {
    const lostReadyAt = current === null ? null : abandonedSince(current);
    const node = current?.nodeName ?? previous?.nodeName ?? null;
    if (node === null) return null;
    const pods = this.#abandoned.get(node);
    const wasAbandoned = previous !== null && pods?.delete(previous) === true;
    if (!wasAbandoned && lostReadyAt === null) return null;
    if (current !== null && lostReadyAt !== null) {
      if (pods === undefined) this.#abandoned.set(node, new Map([[current, lostReadyAt]]));
      else pods.set(current, lostReadyAt);
    } else if (pods?.size === 0) {
      this.#abandoned.delete(node);
    }
    return this.#judge(node) ? node : null;
  }

  /** Nodes whose state changed since workloads became known. */
  recheck(): readonly string[] {
    return [...this.#abandoned.keys()].filter((node) => this.#judge(node));
  }

  /** True when the verdict on the node changed. */
  #judge(node: string): boolean {
    const isLost = this.#looksLost(this.#abandoned.get(node) ?? new Map());
    if (isLost === this.#lost.has(node)) return false;
    if (isLost) this.#lost.add(node);
    else this.#lost.delete(node);
    return true;
  }

  #looksLost(pods: ReadonlyMap<PackedPod, number>): boolean {
    const newest = Math.max(...pods.values());
    const workloads = new Set<WorkloadKey>();
    for (const [pod, lostReadyAt] of pods) {
      const key = newest - lostReadyAt <= togetherMs ? this.#workloadOf(pod) : null;
      if (key !== null) workloads.add(key);
    }
    return workloads.size >= fewestWorkloads;
  }
}

/** When a pod lost Ready while its containers stayed ready; null when it did not, or has gates that explain it. */
function abandonedSince(pod: PodFacts): number | null {
  if (pod.spec.readinessGates.length > 0) return null;
  let lostReadyAt: number | null = null;
  let areContainersReady = false;
  for (const { type, status, lastTransitionAt } of pod.conditions) {
    if (type === 'Ready' && status !== 'True') lostReadyAt = lastTransitionAt ?? pod.createdAt;
    if (type === 'ContainersReady') areContainersReady = status === 'True';
  }
  return areContainersReady ? lostReadyAt : null;
}

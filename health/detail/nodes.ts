import { nodeOf } from '../daemonset.ts';
import type { DaemonSetFacts } from '../kubernetes.ts';
import { type PodView, statusOf } from '../pod-view.ts';
import type { NodeSnapshot } from '../verdict.ts';

/**
 * Nodes named in a snapshot, those in trouble first. A DaemonSet of 5,000 nodes would else carry all their names in a
 * row that is rewritten at every change; the pods have a table of their own.
 */
const limitNodes = 200;

export interface NodeSnapshots {
  readonly nodes: readonly NodeSnapshot[];
  /** Nodes that want a pod and are named by none: there is no right to read nodes. */
  readonly nodesNotNamed: number;
}

export function nodeSnapshots(workload: DaemonSetFacts, pods: readonly PodView[]): NodeSnapshots {
  const newest = new Map<string, PodView>();
  for (const view of pods) {
    const node = nodeOf(view);
    if (node === null) continue;
    const other = newest.get(node);
    if (other === undefined || isBetter(view, other)) newest.set(node, view);
  }
  const troubled: [string, PodView][] = [];
  const serving: [string, PodView][] = [];
  for (const entry of newest) (entry[1].available ? serving : troubled).push(entry);
  const nodes = [...troubled.sort(byName), ...serving.sort(byName)].slice(0, limitNodes).map(([node, view]) => ({
    node,
    pod: view.pod.name,
    state: statusOf(view),
    reason: view.diagnosis?.cause?.message ?? null,
  }));
  return { nodes, nodesNotNamed: Math.max(0, workload.status.desiredNumberScheduled - nodes.length) };
}

/** The pod that stands for its node: an available one, else the newest that is not leaving. */
function isBetter(view: PodView, other: PodView): boolean {
  if (view.available !== other.available) return view.available;
  if (view.leaving !== other.leaving) return other.leaving;
  return view.pod.createdAt > other.pod.createdAt;
}

function byName(left: readonly [string, PodView], right: readonly [string, PodView]): number {
  return left[0] < right[0] ? -1 : 1;
}

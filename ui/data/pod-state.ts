import type { Pod, WorkloadDetail } from '../../api/contract.ts';
import type { HistoryState } from '../../health/workload.ts';

/** The shape beside a pod: the same eight words, by what the pod says of itself. */
export function podState(pod: Pod): HistoryState {
  if (pod.status === 'Terminating') return 'Terminating';
  if (pod.phase === 'Unknown' || pod.status === 'Unknown') return 'Unknown';
  if (pod.cause?.severity === 'critical') return pod.ready ? 'Degraded' : 'Down';
  if (pod.available) return pod.cause === null ? 'Healthy' : 'Degraded';
  if (pod.cause?.severity === 'warning') return 'Degraded';
  return 'Progressing';
}

/** A place that a pod has: an ordinal of a StatefulSet, a node of a DaemonSet. */
export interface Slot {
  readonly state: HistoryState;
  /** The pod in it as the table has it; null when nobody is there, or beyond the pods that a detail holds. */
  readonly pod: Pod | null;
}

/**
 * The shapes of ordinals and nodes. kubectl says `Running` of a pod that is not ready, or whose node is lost: only what
 * is known of the pod itself makes its place green. A detail holds the worst pods first, so one beyond them is well.
 */
export function slotReader(detail: WorkloadDetail): (place: { pod: string | null; state: string }) => Slot {
  const pods = new Map(detail.pods.map((pod) => [pod.name, pod]));
  return ({ pod: name, state }) => {
    const pod = name === null ? null : (pods.get(name) ?? null);
    return { pod, state: pod === null ? stateOfWord(state) : podState(pod) };
  };
}

/** kubectl's words for a pod as one of the eight shapes. */
function stateOfWord(word: string): HistoryState {
  if (word === 'Running' || word === 'Ready') return 'Healthy';
  if (word === 'Terminating') return 'Terminating';
  if (word === 'Missing' || word === 'Unknown') return 'Unknown';
  if (/Pending|ContainerCreating|PodInitializing|NotReady|^Init:\d/.test(word)) return 'Progressing';
  return 'Down';
}

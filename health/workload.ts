/**
 * What a workload is called and which words describe it. Every other folder speaks with these names.
 */

/** The three kinds that are judged, in the order in which lists name them. */
export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** `namespace/Kind/name`: the identity of a workload across delete and re-create. Made only by `workloadKey`. */
export type WorkloadKey = string & { readonly __brand: 'WorkloadKey' };

export interface WorkloadName {
  readonly namespace: string;
  readonly kind: WorkloadKind;
  readonly name: string;
}

export function workloadKey(namespace: string, kind: WorkloadKind, name: string): WorkloadKey {
  // The only place where the brand is applied: the three parts cannot contain a slash (RFC 1123 names).
  return `${namespace}/${kind}/${name}` as WorkloadKey;
}

/** The parts of a key, or null when the text is none. */
export function parseWorkloadKey(text: string): WorkloadName | null {
  const [namespace, kind, name, ...rest] = text.split('/');
  if (!namespace || !kind || !name || rest.length > 0 || !isWorkloadKind(kind)) return null;
  return { namespace, kind, name };
}

export function isWorkloadKind(text: string): text is WorkloadKind {
  return workloadKinds.some((kind) => kind === text);
}

/** The eight words, worst first: lists sort by this order and roll-ups take the first. */
export const states = [
  'Down',
  'Degraded',
  'Progressing',
  'Unknown',
  'Paused',
  'Terminating',
  'Idle',
  'Healthy',
] as const;
export type State = (typeof states)[number];

/** A state in histories: the time in which nobody watched is neither up nor down. */
export type HistoryState = State | 'NotObserved';

export function isState(text: string): text is State {
  return states.some((state) => state === text);
}

/** 0 for the worst state (Down) up to 7 (Healthy). */
export function severityRank(state: State): number {
  return states.indexOf(state);
}

/** The worse of two states by the severity order. */
export function worseState(left: State, right: State): State {
  return severityRank(left) <= severityRank(right) ? left : right;
}

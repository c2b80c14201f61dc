import type { PodFacts, TerminationFacts } from './kubernetes.ts';

/**
 * The STATUS column of `kubectl get pods`, word for word, so that a reader meets the same word in both places.
 *
 * Follows printPod of https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/printers/internalversion/printers.go:
 * later rules overwrite earlier ones, and the walk over the containers goes from last to first, so the first one in
 * spec order wins and hides the others.
 */
export function podStatus(pod: PodFacts): string {
  let status = pod.reason ?? (pod.phase === 'None' ? '' : pod.phase);
  let initialized = false;
  for (const condition of pod.conditions) {
    if (condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated') status = 'SchedulingGated';
    if (condition.type === 'Initialized' && condition.status === 'True') initialized = true;
  }

  const initStatus = initPhase(pod);
  if (initStatus !== null) status = initStatus;
  if (initStatus === null || initialized) status = appPhase(pod, status);

  if (pod.deletionAt !== null) {
    if (pod.reason === 'NodeLost') return 'Unknown';
    if (pod.phase !== 'Succeeded' && pod.phase !== 'Failed') return 'Terminating';
  }
  return status === '' ? 'Unknown' : status;
}

/** The word of the first init container that has not finished, or null when none holds the pod. */
function initPhase(pod: PodFacts): string | null {
  const statuses = pod.initContainerStatuses;
  if (statuses.length === 0) return null;
  const types = new Map(pod.spec.containers.map((container) => [container.name, container.type]));
  let total = 0;
  for (const container of pod.spec.containers) if (container.type !== 'app') total += 1;
  for (const [index, status] of statuses.entries()) {
    const { state } = status;
    if (state.kind === 'terminated' && state.exitCode === 0) continue;
    if (types.get(status.name) === 'sidecar' && status.started === true) continue;
    if (state.kind === 'terminated') return `Init:${terminationWord(state)}`;
    if (state.kind === 'waiting' && state.reason !== null && state.reason !== 'PodInitializing') {
      return `Init:${state.reason}`;
    }
    return `Init:${index}/${total}`;
  }
  return null;
}

function appPhase(pod: PodFacts, before: string): string {
  let status = before;
  let running = false;
  let errorReason = '';
  for (let index = pod.containerStatuses.length - 1; index >= 0; index -= 1) {
    const container = pod.containerStatuses[index];
    if (container === undefined) continue;
    const { state } = container;
    if (state.kind === 'waiting' && state.reason !== null) status = state.reason;
    else if (state.kind === 'terminated') {
      status = terminationWord(state);
      if (state.exitCode !== 0) errorReason = status;
    } else if (state.kind === 'running' && container.ready) running = true;
  }
  if (status !== 'Completed') return status;
  if (running && isReady(pod)) return 'Running';
  if (errorReason !== '') return errorReason;
  return running ? 'NotReady' : status;
}

function terminationWord(termination: TerminationFacts): string {
  if (termination.reason !== null && termination.reason !== '') return termination.reason;
  // Signal 0 means that none was recorded.
  return termination.signal ? `Signal:${termination.signal}` : `ExitCode:${termination.exitCode}`;
}

function isReady(pod: PodFacts): boolean {
  return pod.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

import type { Raw } from './objects.ts';

/**
 * What three tools that many people know say of an object, written from their rules: kstatus of cli-utils (5895ad6c),
 * Argo CD's gitops-engine (5baed560) and `kubectl rollout status` (1.36). Only for comparison: each speaks of one object
 * without its pods, and none looks at a clock.
 */

export type Kstatus = 'InProgress' | 'Failed' | 'Current' | 'Terminating';
export type Argo = 'Healthy' | 'Suspended' | 'Progressing' | 'Degraded';
export type Rollout = 'done' | 'waiting' | 'error';

function record(value: unknown): Raw {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function at(object: Raw, ...path: readonly string[]): unknown {
  let value: unknown = object;
  for (const key of path) value = record(value)[key];
  return value;
}

function count(object: Raw, ...path: readonly string[]): number {
  const value = at(object, ...path);
  return typeof value === 'number' ? value : 0;
}

function list(object: Raw, ...path: readonly string[]): readonly Raw[] {
  const value = at(object, ...path);
  return Array.isArray(value) ? value.map(record) : [];
}

function conditionOf(object: Raw, type: string): Raw | null {
  return list(object, 'status', 'conditions').find((one) => one['type'] === type) ?? null;
}

function isTrue(object: Raw, type: string, reason?: string): boolean {
  const condition = conditionOf(object, type);
  return condition?.['status'] === 'True' && (reason === undefined || condition['reason'] === reason);
}

const exceeded = (object: Raw): boolean =>
  conditionOf(object, 'Progressing')?.['reason'] === 'ProgressDeadlineExceeded';
const strategyOf = (object: Raw): unknown => at(object, 'spec', 'updateStrategy', 'type');
const status = (object: Raw, field: string): number => count(object, 'status', field);
const wanted = (object: Raw): number =>
  at(object, 'spec', 'replicas') === undefined ? 1 : count(object, 'spec', 'replicas');

function isLagging(object: Raw): boolean {
  return count(object, 'metadata', 'generation') > status(object, 'observedGeneration');
}

export function kstatus(object: Raw): Kstatus {
  if (at(object, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  const generation = at(object, 'metadata', 'generation');
  const observed = at(object, 'status', 'observedGeneration');
  if (generation !== undefined && observed !== undefined && generation !== observed) return 'InProgress';
  switch (object['kind']) {
    case 'Deployment':
      return kstatusDeployment(object);
    case 'StatefulSet':
      return kstatusStatefulSet(object);
    case 'DaemonSet': {
      if (generation === undefined || observed === undefined) return 'InProgress';
      if (at(object, 'status', 'desiredNumberScheduled') === undefined) return 'InProgress';
      const desired = status(object, 'desiredNumberScheduled');
      const counts = ['currentNumberScheduled', 'updatedNumberScheduled', 'numberAvailable', 'numberReady'];
      return counts.some((field) => desired > status(object, field)) ? 'InProgress' : 'Current';
    }
    default:
      return kstatusPod(object);
  }
}

function kstatusDeployment(object: Raw): Kstatus {
  if (exceeded(object)) return 'Failed';
  const desired = wanted(object);
  const deadline = at(object, 'spec', 'progressDeadlineSeconds');
  const hasProgressed =
    deadline === undefined || deadline === 2_147_483_647 || isTrue(object, 'Progressing', 'NewReplicaSetAvailable');
  const isCurrent =
    desired <= status(object, 'replicas') &&
    desired <= status(object, 'updatedReplicas') &&
    status(object, 'replicas') <= desired &&
    status(object, 'updatedReplicas') <= status(object, 'availableReplicas') &&
    desired <= status(object, 'readyReplicas') &&
    hasProgressed &&
    isTrue(object, 'Available');
  return isCurrent ? 'Current' : 'InProgress';
}

function kstatusStatefulSet(object: Raw): Kstatus {
  if (strategyOf(object) === 'OnDelete') return 'Current';
  const desired = wanted(object);
  if (desired > status(object, 'replicas') || desired > status(object, 'readyReplicas')) return 'InProgress';
  if (status(object, 'replicas') > desired) return 'InProgress';
  const partition = at(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
  if (typeof partition === 'number')
    return status(object, 'updatedReplicas') < desired - partition ? 'InProgress' : 'Current';
  if (desired > status(object, 'currentReplicas')) return 'InProgress';
  return at(object, 'status', 'currentRevision') === at(object, 'status', 'updateRevision') ? 'Current' : 'InProgress';
}

/** The age limit of 15 s for an unschedulable pod counts as passed. */
function kstatusPod(object: Raw): Kstatus {
  const phase = at(object, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return 'Current';
  if (phase === 'Running') {
    if (isTrue(object, 'Ready')) return 'Current';
    const isLooping = list(object, 'status', 'containerStatuses').some(
      (one) => at(one, 'state', 'waiting', 'reason') === 'CrashLoopBackOff',
    );
    return isLooping ? 'Failed' : 'InProgress';
  }
  return conditionOf(object, 'PodScheduled')?.['reason'] === 'Unschedulable' ? 'Failed' : 'InProgress';
}

export function argo(object: Raw): Argo {
  if (at(object, 'metadata', 'deletionTimestamp') !== undefined) return 'Progressing';
  switch (object['kind']) {
    case 'Deployment': {
      if (at(object, 'spec', 'paused') === true) return 'Suspended';
      if (isLagging(object)) return 'Progressing';
      if (exceeded(object)) return 'Degraded';
      if (at(object, 'spec', 'replicas') !== undefined && status(object, 'updatedReplicas') < wanted(object))
        return 'Progressing';
      if (status(object, 'replicas') > status(object, 'updatedReplicas')) return 'Progressing';
      return status(object, 'availableReplicas') < status(object, 'updatedReplicas') ? 'Progressing' : 'Healthy';
    }
    case 'StatefulSet': {
      if (status(object, 'observedGeneration') === 0 || isLagging(object)) return 'Progressing';
      if (at(object, 'spec', 'replicas') !== undefined && status(object, 'readyReplicas') < wanted(object))
        return 'Progressing';
      if (
        strategyOf(object) === 'RollingUpdate' &&
        at(object, 'spec', 'updateStrategy', 'rollingUpdate') !== undefined
      ) {
        const target = wanted(object) - count(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
        return status(object, 'updatedReplicas') < target ? 'Progressing' : 'Healthy';
      }
      if (strategyOf(object) === 'OnDelete') return 'Healthy';
      return at(object, 'status', 'currentRevision') === at(object, 'status', 'updateRevision')
        ? 'Healthy'
        : 'Progressing';
    }
    case 'DaemonSet': {
      if (isLagging(object)) return 'Progressing';
      if (strategyOf(object) === 'OnDelete') return 'Healthy';
      const desired = status(object, 'desiredNumberScheduled');
      if (status(object, 'updatedNumberScheduled') < desired) return 'Progressing';
      return status(object, 'numberAvailable') < desired ? 'Progressing' : 'Healthy';
    }
    default:
      return argoPod(object);
  }
}

/** For restartPolicy Always, which is all that the three kinds allow. */
function argoPod(object: Raw): Argo {
  const containers = list(object, 'status', 'containerStatuses');
  for (const one of containers) {
    const reason = at(one, 'state', 'waiting', 'reason');
    if (typeof reason !== 'string') continue;
    if (reason.startsWith('Err') || reason.endsWith('Error') || reason.endsWith('BackOff')) return 'Degraded';
  }
  switch (at(object, 'status', 'phase')) {
    case 'Succeeded':
      return 'Healthy';
    case 'Failed':
      return 'Degraded';
    case 'Running':
      if (isTrue(object, 'Ready')) return 'Healthy';
      return containers.some((one) => at(one, 'lastState', 'terminated') !== undefined) ? 'Degraded' : 'Progressing';
    default:
      return 'Progressing';
  }
}

export function rolloutStatus(object: Raw): Rollout {
  switch (object['kind']) {
    case 'Deployment':
      if (isLagging(object)) return 'waiting';
      if (exceeded(object)) return 'error';
      if (status(object, 'updatedReplicas') < wanted(object)) return 'waiting';
      if (status(object, 'replicas') > status(object, 'updatedReplicas')) return 'waiting';
      return status(object, 'availableReplicas') < status(object, 'updatedReplicas') ? 'waiting' : 'done';
    case 'DaemonSet': {
      if (strategyOf(object) !== 'RollingUpdate') return 'error';
      if (isLagging(object)) return 'waiting';
      const desired = status(object, 'desiredNumberScheduled');
      if (status(object, 'updatedNumberScheduled') < desired) return 'waiting';
      return status(object, 'numberAvailable') < desired ? 'waiting' : 'done';
    }
    default: {
      if (strategyOf(object) !== 'RollingUpdate') return 'error';
      if (status(object, 'observedGeneration') === 0 || isLagging(object)) return 'waiting';
      if (status(object, 'readyReplicas') < wanted(object)) return 'waiting';
      const target = wanted(object) - count(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
      return status(object, 'updatedReplicas') < target ? 'waiting' : 'done';
    }
  }
}

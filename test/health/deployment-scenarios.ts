import {
  crashLoopBackOff,
  evicted,
  imagePullBackOff,
  oomKilled,
  readinessFailing,
  running,
} from '../cluster/kubelet-status.ts';
import { reported } from './assessed.ts';
import { ago, agoMs, condition, container, day, deployment, event, pod, replicaSet, unscheduled } from './objects.ts';
import type { Scenario } from './scenario.ts';

/** Scenarios 1 to 36 of the health study, §9: Deployments. */

const old = [pod('web-1-a'), pod('web-1-b'), pod('web-1-c')];

const rolling = { revision: 2, generation: 2, progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 60 } } as const;

/** A rollout to revision 2 with one surge pod, which is as `first` says. */
function update(ageSeconds: number) {
  return [replicaSet('web-1'), replicaSet('web-2', { revision: 2, createdAgo: ageSeconds })];
}

const newPod = (name: string, createdAgo: number, options = {}) =>
  pod(name, { of: 'web-2', createdAgo, readyAgo: null, ...options });

const readiness = container({
  readinessProbe: {
    httpGet: { path: '/ready', port: 8080 },
    periodSeconds: 10,
    timeoutSeconds: 1,
    failureThreshold: 3,
    successThreshold: 1,
  },
});

const quota =
  'Error creating: pods "web-2-x" is forbidden: exceeded quota: compute, requested: requests.memory=1Gi, used: requests.memory=3584Mi, limited: requests.memory=4Gi';

export const deploymentScenarios: readonly Scenario[] = [
  {
    number: 1,
    title: 'scaled to zero',
    given: [
      deployment({ replicas: 0 }),
      replicaSet('web-1'),
      event('web', 'ScalingReplicaSet', 'Scaled down replica set web-1 from 3 to 0', {
        kind: 'Deployment',
        lastAgo: 600,
      }),
    ],
    expected: {
      state: 'Idle',
      level: 'notApplicable',
      phase: 'settled',
      cause: null,
      note: 'ScaledToZero',
      message: /^Scaled to zero$/,
    },
  },
  {
    number: 2,
    title: 'two pods still ending after a scale-down to zero',
    given: [
      deployment({ replicas: 0, status: { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 } }),
      replicaSet('web-1'),
      pod('web-1-a', { deletedAgo: -20 }),
      pod('web-1-b', { deletedAgo: -20 }),
    ],
    expected: {
      state: 'Progressing',
      level: 'notApplicable',
      phase: 'advancing',
      cause: 'ScaledToZero',
      message: /^Scaling to zero: 2 pods left$/,
    },
  },
  {
    number: 3,
    title: 'replicas absent in a hand-made object',
    given: [
      deployment({
        replicas: null,
        status: { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
      }),
      replicaSet('web-1'),
      pod('web-1-a'),
    ],
    expected: { state: 'Healthy', level: 'full', phase: 'settled', cause: null, desired: 1 },
  },
  {
    number: 4,
    title: 'paused without a change',
    given: [
      deployment({ paused: true, progressing: { reason: 'DeploymentPaused', status: 'Unknown', updatedAgo: 3600 } }),
      replicaSet('web-1'),
      ...old,
    ],
    expected: { state: 'Healthy', level: 'full', phase: 'settled', cause: null },
  },
  {
    number: 5,
    title: 'paused in the middle of a rollout, everything ready',
    given: [
      deployment({
        revision: 2,
        generation: 2,
        paused: true,
        progressing: { reason: 'DeploymentPaused', status: 'Unknown', updatedAgo: 300 },
        status: { replicas: 4, updatedReplicas: 1, readyReplicas: 4, availableReplicas: 4 },
      }),
      ...update(400),
      ...old,
      pod('web-2-a', { of: 'web-2', createdAgo: 400 }),
    ],
    expected: {
      state: 'Paused',
      level: 'full',
      phase: 'paused',
      cause: 'PausedWithChange',
      message: /^Paused with a change: 1 of 3 replicas updated$/,
    },
  },
  {
    number: 6,
    title: 'paused with a change and a crash',
    given: [
      deployment({
        revision: 2,
        generation: 2,
        paused: true,
        progressing: { reason: 'DeploymentPaused', status: 'Unknown', updatedAgo: 300 },
        status: { replicas: 3, updatedReplicas: 0, readyReplicas: 2, availableReplicas: 2 },
      }),
      replicaSet('web-1'),
      old[0],
      old[1],
      ...reported(pod('web-1-c'), (one) => crashLoopBackOff(one, { at: agoMs(100), restarts: 4 })),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'paused',
      cause: 'CrashLoop',
      message: /exit code 1|exit 1/,
    },
  },
  {
    number: 7,
    title: 'image of the new revision does not exist, deadline not reached',
    given: [
      deployment({ ...rolling, status: { replicas: 4, updatedReplicas: 1 } }),
      ...update(60),
      ...old,
      ...reported(newPod('web-2-a', 60), (one) => imagePullBackOff(one, { at: agoMs(50) })),
    ],
    expected: {
      state: 'Degraded',
      level: 'full',
      phase: 'stalled',
      cause: 'ImagePullNotFound',
      message: /does not exist in its registry; the old version still serves all 3 replicas$/,
      also: ['RolloutStuckButServing', 'RolloutWillNotFinish'],
    },
  },
  {
    number: 8,
    title: 'the same after ProgressDeadlineExceeded',
    given: [
      deployment({
        ...rolling,
        progressing: { reason: 'ProgressDeadlineExceeded', status: 'False', updatedAgo: 120 },
        status: { replicas: 4, updatedReplicas: 1 },
      }),
      ...update(800),
      ...old,
      ...reported(newPod('web-2-a', 800), (one) => imagePullBackOff(one, { at: agoMs(790) })),
    ],
    expected: {
      state: 'Degraded',
      level: 'full',
      phase: 'stalled',
      cause: 'ImagePullNotFound',
      message: /; the old version still serves all 3 replicas$/,
      also: ['ProgressDeadlineExceeded', 'RolloutStuckButServing'],
    },
  },
  {
    number: 9,
    title: 'surge pod 20 s old',
    given: [
      deployment({
        ...rolling,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 20 },
        status: { replicas: 4, updatedReplicas: 1 },
      }),
      ...update(20),
      ...old,
      pod('web-2-a', { of: 'web-2', createdAgo: 20, readyAgo: null }),
    ],
    expected: {
      state: 'Progressing',
      level: 'full',
      phase: 'advancing',
      cause: 'RollingUpdateRunning',
      message: /^Rolling update: 1 of 3 updated, 3 available$/,
    },
  },
  {
    number: 10,
    title: 'rolling update within maxUnavailable',
    given: [
      deployment({
        ...rolling,
        replicas: 4,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        status: { replicas: 4, updatedReplicas: 1, readyReplicas: 3, availableReplicas: 3 },
      }),
      ...update(20),
      ...old,
      newPod('web-2-a', 20),
    ],
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'advancing',
      cause: 'RollingUpdateRunning',
      message: /^Rolling update: 1 of 4 updated, 3 available$/,
    },
  },
  {
    number: 11,
    title: 'rolling update below the guaranteed minimum, past the grace',
    given: [
      deployment({
        ...rolling,
        replicas: 4,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        status: { replicas: 4, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 },
      }),
      ...update(100),
      old[0],
      old[1],
      ...reported(pod('web-1-c', { template: { containers: [readiness] } }), (one) =>
        readinessFailing(one, { at: agoMs(130) }),
      ),
      newPod('web-2-a', 100),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'advancing',
      cause: 'ReadinessProbeFailing',
      message: /503/,
    },
  },
  {
    number: 12,
    title: 'Recreate: old pods gone, new one starting',
    given: [
      deployment({
        ...rolling,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 15 },
        strategy: { type: 'Recreate' },
        replicas: 1,
        status: { replicas: 1, updatedReplicas: 1, readyReplicas: 0, availableReplicas: 0 },
        available: { status: 'False', sinceAgo: 40 },
      }),
      ...update(15),
      newPod('web-2-a', 15),
    ],
    expected: {
      state: 'Down',
      level: 'none',
      phase: 'advancing',
      cause: 'RecreateGap',
      message: /^Planned gap: strategy Recreate/,
      severity: 'warning',
    },
  },
  {
    number: 13,
    title: 'change not observed for 5 s',
    given: [deployment({ generation: 7, observedGeneration: 6 }), replicaSet('web-1'), ...old],
    remembered: { uid: 'uid-web', state: 'Progressing', unobservedSinceAt: agoMs(5) },
    expected: {
      state: 'Progressing',
      level: 'full',
      phase: 'unobserved',
      cause: 'ControllerNotActing',
      message: /^Generation 7 waits for its controller/,
      severity: 'info',
    },
  },
  {
    number: 14,
    title: 'observed generation ahead after a restore',
    given: [deployment({ generation: 6, observedGeneration: 7 }), replicaSet('web-1'), ...old],
    expected: { state: 'Healthy', level: 'full', phase: 'settled', cause: null },
  },
  {
    number: 15,
    title: 'deleted while its pods are ready',
    given: [deployment({ deletedAgo: 10, finalizers: ['foregroundDeletion'] }), replicaSet('web-1'), ...old],
    expected: { state: 'Terminating', level: 'full', phase: 'terminating', cause: null },
  },
  {
    number: 16,
    title: 'one of three loops out of memory a day after the rollout',
    given: [
      deployment({ status: { readyReplicas: 2, availableReplicas: 2 } }),
      replicaSet('web-1'),
      old[0],
      old[1],
      ...reported(
        pod('web-1-c', { template: { containers: [container({ resources: { limits: { memory: '256Mi' } } })] } }),
        (one) => oomKilled(one, { at: agoMs(60), restarts: 4 }),
      ),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'settled',
      cause: 'OutOfMemory',
      message: /256Mi/,
      also: ['RegressionAfterRollout'],
    },
  },
  {
    number: 17,
    title: 'all three loop out of memory',
    given: [
      deployment({ status: { readyReplicas: 0, availableReplicas: 0 }, available: { status: 'False', sinceAgo: 60 } }),
      replicaSet('web-1'),
      ...['a', 'b', 'c'].flatMap((letter) =>
        reported(
          pod(`web-1-${letter}`, {
            template: { containers: [container({ resources: { limits: { memory: '256Mi' } } })] },
          }),
          (one) => oomKilled(one, { at: agoMs(60), restarts: 4 }),
        ),
      ),
    ],
    expected: { state: 'Down', level: 'none', phase: 'settled', cause: 'OutOfMemory', message: /256Mi/, pods: 3 },
  },
  {
    number: 18,
    title: 'Available is True although a replica is missing',
    given: [
      deployment({
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        status: { readyReplicas: 2, availableReplicas: 2 },
      }),
      replicaSet('web-1'),
      old[0],
      old[1],
      ...reported(pod('web-1-c', { template: { containers: [readiness] } }), (one) =>
        readinessFailing(one, { at: agoMs(300) }),
      ),
    ],
    expected: { state: 'Degraded', level: 'reduced', phase: 'settled', cause: 'ReadinessProbeFailing', message: /503/ },
  },
  {
    number: 19,
    title: 'restarts every four minutes, ready in between',
    given: [
      deployment(),
      replicaSet('web-1'),
      old[0],
      old[1],
      ...reported(pod('web-1-c'), (one) => {
        const crashed = crashLoopBackOff(one, { at: agoMs(200), restarts: 9 });
        return running(
          { ...one, status: { ...one.status, containerStatuses: crashed.status.containerStatuses ?? [] } },
          { at: agoMs(190) },
        );
      }),
    ],
    remembered: {
      uid: 'uid-web',
      state: 'Degraded',
      stateSinceAt: agoMs(720),
      restarts: { 'uid-web-1-c/app': { count: 9, increasedAt: [agoMs(680), agoMs(440), agoMs(200)] } },
    },
    expected: {
      state: 'Degraded',
      level: 'full',
      phase: 'settled',
      cause: 'Flapping',
      message: /3 times within 15 min/,
    },
  },
  {
    number: 20,
    title: 'one restart three days ago',
    given: [
      deployment({ createdAgo: 9 * day }),
      replicaSet('web-1', { createdAgo: 9 * day }),
      old[0],
      old[1],
      ...reported(pod('web-1-c', { createdAgo: 9 * day }), (one) => {
        const crashed = crashLoopBackOff(one, { at: agoMs(3 * day), restarts: 1 });
        return running(
          { ...one, status: { ...one.status, containerStatuses: crashed.status.containerStatuses ?? [] } },
          { at: agoMs(3 * day - 10) },
        );
      }),
    ],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'settled',
      cause: null,
      note: 'RestartedBefore',
      message: /once/,
    },
  },
  {
    number: 21,
    title: 'readiness fails for 10 s on one of five',
    given: [
      deployment({ replicas: 5, status: { readyReplicas: 4, availableReplicas: 4 } }),
      replicaSet('web-1'),
      ...old,
      pod('web-1-d'),
      ...reported(pod('web-1-e', { template: { containers: [readiness] } }), (one) =>
        readinessFailing(one, { at: agoMs(10) }),
      ),
    ],
    expected: { state: 'Healthy', level: 'reduced', phase: 'settled', cause: null, reassessAgo: -20 },
  },
  {
    number: 22,
    title: 'minReadySeconds not over in the first rollout',
    given: [
      deployment({
        createdAgo: 60,
        minReadySeconds: 60,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 10 },
        available: { status: 'False', sinceAgo: 60 },
        status: { readyReplicas: 3, availableReplicas: 0 },
      }),
      replicaSet('web-1', { createdAgo: 60 }),
      ...['a', 'b', 'c'].map((letter) => pod(`web-1-${letter}`, { createdAgo: 60, readyAgo: 10 })),
    ],
    expected: {
      state: 'Progressing',
      level: 'none',
      phase: 'advancing',
      cause: 'WaitingMinReadySeconds',
      message: /50 s left, until 12:00:50 UTC$/,
      reassessAgo: -50,
    },
  },
  {
    number: 23,
    title: 'no progress deadline: our own 10 minutes',
    given: [
      deployment({
        ...rolling,
        progressDeadlineSeconds: 2_147_483_647,
        progressing: null,
        status: { replicas: 4, updatedReplicas: 1 },
      }),
      ...update(700),
      ...old,
      newPod('web-2-a', 700),
    ],
    remembered: { uid: 'uid-web', state: 'Progressing', lastProgressAt: agoMs(700), progressMark: '2/1/3/3' },
    expected: {
      state: 'Degraded',
      level: 'full',
      phase: 'stalled',
      cause: 'PodStartSilent',
      message: /; the old version still serves all 3 replicas$/,
      also: ['ProgressDeadlineExceeded'],
    },
  },
  {
    number: 24,
    title: 'an evicted leftover of the old revision',
    given: [
      deployment({ revision: 2, generation: 2 }),
      ...update(7200),
      ...['a', 'b', 'c'].map((letter) => pod(`web-2-${letter}`, { of: 'web-2', createdAgo: 7200 })),
      ...reported(pod('web-1-z'), (one) => evicted(one, { at: agoMs(8000) })),
    ],
    expected: { state: 'Healthy', level: 'full', phase: 'settled', cause: null },
  },
  {
    number: 25,
    title: 'evicted five minutes ago and already replaced',
    given: [
      deployment(),
      replicaSet('web-1'),
      old[0],
      old[1],
      pod('web-1-d', { createdAgo: 290 }),
      ...reported(pod('web-1-c'), (one) => evicted(one, { at: agoMs(300) })),
    ],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'settled',
      cause: null,
      note: 'EvictedNodePressure',
      message: /memory/,
    },
  },
  {
    number: 26,
    title: 'drained, its replacement 20 s old',
    given: [
      deployment({ status: { readyReplicas: 2, availableReplicas: 2 } }),
      replicaSet('web-1'),
      old[0],
      old[1],
      pod('web-1-c', {
        deletedAgo: -10,
        status: {
          conditions: [
            condition('Ready', 'True', day),
            condition('ContainersReady', 'True', day),
            condition('DisruptionTarget', 'True', 20, 'EvictionByEvictionAPI', 'Eviction API: evicting'),
            condition('PodScheduled', 'True', day),
          ],
        },
      }),
      pod('web-1-d', { createdAgo: 20, readyAgo: null }),
    ],
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'settled',
      cause: 'EvictedByApi',
      message: /drain|evict/i,
    },
  },
  {
    number: 27,
    title: 'quota lets two of three pods in',
    given: [
      deployment({
        createdAgo: 120,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 100 },
        available: { status: 'False', sinceAgo: 120 },
        status: { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 },
      }),
      replicaSet('web-1', { createdAgo: 120 }),
      pod('web-1-a', { createdAgo: 120 }),
      pod('web-1-b', { createdAgo: 120 }),
      event('web-1', 'FailedCreate', quota.replace('web-2-x', 'web-1-x'), { firstAgo: 119, lastAgo: 30, count: 7 }),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'stalled',
      cause: 'QuotaExceeded',
      message: /compute.*1Gi.*512Mi.*4Gi/,
    },
  },
  {
    number: 28,
    title: 'quota stops only the surge pod',
    given: [
      deployment({ ...rolling, status: { replicas: 3, updatedReplicas: 0 } }),
      ...update(60),
      ...old,
      event('web-2', 'FailedCreate', quota, { firstAgo: 59, lastAgo: 10, count: 6 }),
    ],
    expected: {
      state: 'Degraded',
      level: 'full',
      phase: 'stalled',
      cause: 'SurgeBlocked',
      message: /^The rollout cannot start: the new pod needs the quota.*; the old version still serves all 3 replicas$/,
      also: ['QuotaExceeded'],
    },
  },
  {
    number: 29,
    title: 'the condition keeps an old text, the newest event another',
    given: [
      deployment({
        createdAgo: 600,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 500 },
        available: { status: 'False', sinceAgo: 600 },
        status: {
          replicas: 2,
          updatedReplicas: 2,
          readyReplicas: 2,
          availableReplicas: 2,
        },
      }),
      replicaSet('web-1', { createdAgo: 600 }),
      pod('web-1-a', { createdAgo: 600 }),
      pod('web-1-b', { createdAgo: 600 }),
      event('web-1', 'FailedCreate', quota, { firstAgo: 599, lastAgo: 400 }),
      event(
        'web-1',
        'FailedCreate',
        'Error creating: pods "web-1-" is forbidden: error looking up service account shop/robot: serviceaccount "robot" not found',
        {
          firstAgo: 300,
          lastAgo: 20,
        },
      ),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'stalled',
      cause: 'MissingServiceAccount',
      message: /robot/,
    },
  },
  {
    number: 30,
    title: 'host port on as many nodes as replicas, maxUnavailable 0',
    given: [
      deployment({
        ...rolling,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 90 },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        status: { replicas: 4, updatedReplicas: 1 },
      }),
      ...update(90),
      ...old,
      unscheduled(
        'web-2-a',
        "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
        90,
        { of: 'web-2' },
      ),
    ],
    expected: {
      state: 'Degraded',
      level: 'full',
      phase: 'stalled',
      cause: 'SurgeBlocked',
      message: /the new pod needs the host port.*; the old version still serves all 3 replicas$/,
      also: ['UnschedulableHostPort'],
    },
  },
  {
    number: 31,
    title: 'one volume for the old and the new pod on two nodes',
    given: [
      deployment({
        ...rolling,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 90 },
        replicas: 1,
        status: { replicas: 2, updatedReplicas: 1 },
        template: { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } },
      }),
      ...update(90),
      old[0],
      newPod('web-2-a', 90, {
        node: 'node-2',
        template: { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } },
        status: {
          phase: 'Pending',
          startTime: ago(90),
          conditions: [
            condition('PodScheduled', 'True', 90),
            condition('PodReadyToStartContainers', 'False', 90),
            condition('Ready', 'False', 90),
            condition('ContainersReady', 'False', 90),
            condition('Initialized', 'True', 90),
          ],
          containerStatuses: [
            {
              name: 'app',
              image: 'shop/web:1',
              imageID: '',
              ready: false,
              started: false,
              restartCount: 0,
              state: { waiting: { reason: 'ContainerCreating' } },
              lastState: {},
            },
          ],
        },
      }),
      event(
        'web-2-a',
        'FailedAttachVolume',
        'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) web-1-a',
        {
          kind: 'Pod',
          component: 'attachdetach-controller',
          firstAgo: 88,
          lastAgo: 88,
        },
      ),
    ],
    expected: {
      state: 'Degraded',
      level: 'full',
      phase: 'stalled',
      cause: 'VolumeAttachedElsewhere',
      message: /; the old version still serves$/,
      also: ['SurgeBlocked'],
    },
  },
  {
    number: 32,
    title: 'rollback takes an old ReplicaSet up again',
    given: [
      deployment({
        revision: 3,
        generation: 3,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 10 },
        status: { replicas: 4, updatedReplicas: 1 },
      }),
      replicaSet('web-1', { revision: 3 }),
      replicaSet('web-2', { revision: 2, createdAgo: 3600 }),
      ...['a', 'b', 'c'].map((letter) => pod(`web-2-${letter}`, { of: 'web-2', createdAgo: 3600 })),
      pod('web-1-d', { createdAgo: 10, readyAgo: null }),
    ],
    expected: {
      state: 'Progressing',
      level: 'full',
      phase: 'advancing',
      cause: 'RollbackRunning',
      message: /^Going back to the template of web-1, now revision 3/,
    },
  },
  {
    number: 33,
    title: 'two Deployments with overlapping selectors',
    given: [
      deployment(),
      replicaSet('web-1'),
      ...old,
      pod('api-1-a', { of: 'api-1', labels: { app: 'web' }, readyAgo: null }),
    ],
    overrides: { foreignOwners: [{ kind: 'Deployment', name: 'api', uid: 'uid-api' }] },
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'settled',
      cause: null,
      note: 'ForeignPods',
      message: /Deployment api/,
    },
  },
  {
    number: 34,
    title: 'a failed pod of a Job with the same labels',
    given: [
      deployment(),
      replicaSet('web-1'),
      ...old,
      pod('migrate-x', {
        of: 'migrate',
        ownerKind: 'Job',
        labels: { app: 'web' },
        readyAgo: null,
        status: { phase: 'Failed' },
      }),
    ],
    expected: { state: 'Healthy', level: 'full', phase: 'settled', cause: null },
  },
  {
    number: 35,
    title: 'scale-up from three to ten, seven pods pending for 5 s',
    given: [
      deployment({
        replicas: 10,
        status: { readyReplicas: 3, availableReplicas: 3 },
        available: { status: 'False', sinceAgo: 5 },
      }),
      replicaSet('web-1'),
      ...old,
      ...['d', 'e', 'f', 'g', 'h', 'i', 'j'].map((letter) =>
        unscheduled(
          `web-1-${letter}`,
          '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
          5,
        ),
      ),
    ],
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'settled',
      cause: 'UnschedulableResources',
      message: /cpu/,
      pods: 7,
    },
  },
  {
    number: 36,
    title: 'old pods hang on a finalizer after the rollout',
    given: [
      deployment({ revision: 2, generation: 2 }),
      ...update(3600),
      ...['a', 'b', 'c'].map((letter) => pod(`web-2-${letter}`, { of: 'web-2', createdAgo: 3600 })),
      pod('web-1-a', { deletedAgo: 600, finalizers: ['example.com/hold'] }),
    ],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'settled',
      cause: null,
      note: 'OldPodsLinger',
      message: /1 old pod still ending/,
    },
  },
];

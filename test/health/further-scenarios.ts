import { evicted, imagePullBackOff, type Pod } from '../cluster/kubelet-status.ts';
import { reported } from './assessed.ts';
import {
  agoMs,
  daemonSet,
  day,
  deployment,
  event,
  pod,
  type PodOptions,
  replicaSet,
  statefulSet,
  unscheduled,
} from './objects.ts';
import type { Scenario } from './scenario.ts';

/**
 * Beyond the study: what was tried on the real control plane and was judged wrongly once. Numbers go on from its 83.
 */

function daemon(node: number, options: PodOptions = {}): Pod {
  const name = `node-${node}`;
  return pod(`agent-${node}`, { of: 'agent', ownerKind: 'DaemonSet', node: name, pinnedTo: name, ...options });
}

function ordinal(number: number, options: PodOptions = {}): Pod {
  return pod(`db-${number}`, { of: 'db', ownerKind: 'StatefulSet', ...options });
}

const noHostPort =
  "0/3 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].";

export const furtherScenarios: readonly Scenario[] = [
  {
    number: 84,
    title: 'a surge pod of a DaemonSet that cannot start, while the old pod of its node serves',
    given: [
      daemonSet({
        generation: 2,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        status: { updatedNumberScheduled: 0 },
      }),
      daemon(1),
      daemon(2),
      daemon(3),
      ...reported(
        pod('agent-3-new', {
          of: 'agent',
          ownerKind: 'DaemonSet',
          node: 'node-3',
          hash: 'agent-2',
          createdAgo: 60,
          readyAgo: null,
        }),
        (one) => imagePullBackOff(one, { at: agoMs(50) }),
      ),
    ],
    expected: {
      state: 'Degraded',
      level: 'full',
      phase: 'stalled',
      cause: 'ImagePullNotFound',
      message: /; 3 of 3 nodes have a working pod$/,
      also: ['DaemonUpdateBlocked'],
    },
  },
  {
    number: 85,
    title: 'OnDelete, and no pod was deleted yet: only the status tells the new revision',
    given: [
      daemonSet({ generation: 2, updateStrategy: { type: 'OnDelete' }, status: { updatedNumberScheduled: 0 } }),
      daemon(1),
      daemon(2),
      daemon(3),
    ],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'held',
      cause: null,
      note: 'HeldByOnDelete',
      message: /^3 pods run the old revision until deleted/,
    },
  },
  {
    number: 86,
    title: 'the first pod of a new StatefulSet is refused: it never worked, so nothing regressed',
    given: [
      statefulSet({ createdAgo: 60, status: { replicas: 0, readyReplicas: 0, availableReplicas: 0 } }),
      event(
        'db',
        'FailedCreate',
        'create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: error looking up service account shop/robot: serviceaccount "robot" not found',
        { kind: 'StatefulSet', component: 'statefulset-controller', firstAgo: 60, lastAgo: 10 },
      ),
    ],
    expected: {
      state: 'Down',
      level: 'none',
      phase: 'stalled',
      cause: 'MissingServiceAccount',
      also: ['NeverHealthy'],
      never: ['RegressionAfterRollout'],
    },
  },
  {
    number: 87,
    title: 'all pods were deleted together and their successors start',
    given: [
      deployment({ status: { readyReplicas: 0, availableReplicas: 0 }, available: { status: 'False', sinceAgo: 20 } }),
      replicaSet('web-1'),
      ...['a', 'b', 'c'].map((letter) => pod(`web-1-${letter}`, { createdAgo: 20, readyAgo: null })),
    ],
    expected: {
      state: 'Down',
      level: 'none',
      phase: 'settled',
      cause: 'Starting',
      message: /^3 of 3 replicas are starting$/,
      never: ['CauseUnknown', 'RegressionAfterRollout'],
    },
  },
  {
    number: 88,
    title: 'scaled up from zero, and its pods do not come: it worked before',
    given: [
      deployment({ status: { readyReplicas: 0, availableReplicas: 0 }, available: { status: 'False', sinceAgo: 200 } }),
      replicaSet('web-1'),
      ...['a', 'b', 'c'].map((letter) => pod(`web-1-${letter}`, { createdAgo: 200, readyAgo: null })),
    ],
    remembered: { uid: 'uid-web', state: 'Progressing', leftIdleAt: agoMs(200), wasAvailable: true, wasFull: true },
    expected: { state: 'Down', level: 'none', phase: 'settled', cause: 'PodStartSilent', never: ['NeverHealthy'] },
  },
  {
    number: 89,
    title: 'the update of a StatefulSet fails at its first pod: it has not stood still for 10 min',
    given: [
      statefulSet({ generation: 2, revisions: { current: 'db-1', update: 'db-2' }, status: { readyReplicas: 2 } }),
      ordinal(0),
      ordinal(1),
      ...reported(ordinal(2, { hash: 'db-2', createdAgo: 60, readyAgo: null }), (one) =>
        imagePullBackOff(one, { at: agoMs(50) }),
      ),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'stalled',
      cause: 'ImagePullNotFound',
      note: 'OrdinalBlocks',
      message: /^db-2 is not ready, so db-0 and db-1 wait to be updated$/,
      also: ['RolloutWillNotFinish'],
      never: ['ProgressDeadlineExceeded'],
    },
  },
  {
    number: 90,
    title: 'the host port of a DaemonSet is taken on every node',
    given: [
      daemonSet({ createdAgo: day, status: { numberReady: 0, numberAvailable: 0 } }),
      ...[1, 2, 3].map((node) =>
        unscheduled(`agent-${node}`, noHostPort, 200, {
          of: 'agent',
          ownerKind: 'DaemonSet',
          pinnedTo: `node-${node}`,
          hash: 'agent-1',
        }),
      ),
    ],
    expected: {
      state: 'Down',
      level: 'none',
      phase: 'settled',
      cause: 'UnschedulableDaemonPod',
      message: /^Node node-1 has host port of the pod taken; the same on 2 other nodes$/,
      pods: 3,
      check: ({ snapshot }) => {
        const { remedy = '' } = snapshot.verdict.cause ?? {};
        if (!remedy.includes('hostPort')) throw new Error(remedy);
      },
    },
  },
  ...[true, false].map(
    (isRemembered): Scenario => ({
      number: 91,
      title: `scaled up beyond the quota: nothing was lost${isRemembered ? '' : ', and a dump has no memory'}`,
      given: [
        deployment({
          replicas: 5,
          status: { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 },
        }),
        replicaSet('web-1'),
        ...['a', 'b', 'c'].map((letter) => pod(`web-1-${letter}`)),
        event(
          'web-1',
          'FailedCreate',
          'Error creating: pods "web-1-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=3, limited: pods=3',
          { component: 'replicaset-controller', firstAgo: 60, lastAgo: 10 },
        ),
      ],
      ...(isRemembered
        ? {
            remembered: {
              uid: 'uid-web',
              state: 'Healthy',
              stateSinceAt: agoMs(5000),
              wasAvailable: true,
              wasFull: true,
              fullOf: 3,
            },
          }
        : {}),
      expected: {
        state: 'Degraded',
        level: 'reduced',
        phase: 'settled',
        cause: 'QuotaExceeded',
        message: /^Quota compute has no room: 3 of at most 3 pods exist$/,
        never: ['RegressionAfterRollout'],
      },
    }),
  ),
  {
    number: 92,
    title: 'its pods vanish again and again, and the controller takes each for progress',
    given: [
      deployment({
        replicas: 2,
        createdAgo: 640,
        revision: 1,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 5 },
        available: { status: 'False', sinceAgo: 640 },
        status: { readyReplicas: 0, availableReplicas: 0 },
      }),
      replicaSet('web-1', { createdAgo: 640 }),
      ...['x', 'y'].map((letter) => pod(`web-1-${letter}`, { createdAgo: 5, readyAgo: null })),
      // Of 22 in 640 s fewer fall into the last ten minutes.
      event('web-1', 'SuccessfulCreate', '(combined from similar events): Created pod: web-1-y', {
        type: 'Normal',
        firstAgo: 645,
        lastAgo: 5,
        count: 22,
      }),
    ],
    expected: {
      state: 'Down',
      level: 'none',
      phase: 'stalled',
      cause: 'CauseUnknown',
      message: /^Its pods are made and gone again before they serve: 18 since /,
      severity: 'critical',
    },
  },
  {
    number: 93,
    title: 'the kubelet refuses every replacement of a lost pod',
    given: [
      deployment({ status: { readyReplicas: 2, availableReplicas: 2 } }),
      replicaSet('web-1'),
      pod('web-1-a'),
      pod('web-1-b'),
      ...[300, 200, 100].map((createdAgo) =>
        pod(`web-1-${createdAgo}`, {
          createdAgo,
          readyAgo: null,
          status: {
            phase: 'Failed',
            reason: 'UnexpectedAdmissionError',
            message: 'Pod was rejected: Allocate failed due to no healthy devices present',
          },
        }),
      ),
      pod('web-1-c', { createdAgo: 5, readyAgo: null }),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'settled',
      cause: 'NodeRefusedPod',
      message: /no healthy devices/,
      pods: 3,
    },
  },
  {
    number: 94,
    title: 'an update and a scale-up within minutes are no churn',
    given: [
      deployment({
        replicas: 5,
        generation: 3,
        revision: 2,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 20 },
        status: { replicas: 6, updatedReplicas: 3, readyReplicas: 5, availableReplicas: 5 },
      }),
      replicaSet('web-1'),
      replicaSet('web-2', { revision: 2, createdAgo: 200 }),
      ...['a', 'b', 'c'].map((letter) => pod(`web-1-${letter}`)),
      ...['d', 'e'].map((letter) => pod(`web-2-${letter}`, { of: 'web-2', createdAgo: 100 })),
      pod('web-2-f', { of: 'web-2', createdAgo: 20, readyAgo: null }),
      event('web-2', 'SuccessfulCreate', 'Created pod: web-2-f', {
        type: 'Normal',
        firstAgo: 190,
        lastAgo: 20,
        count: 6,
      }),
      event('web-2', 'SuccessfulDelete', 'Deleted pod: web-2-z', {
        type: 'Normal',
        firstAgo: 90,
        lastAgo: 60,
        count: 2,
      }),
    ],
    expected: { state: 'Progressing', level: 'full', phase: 'advancing', cause: 'RollingUpdateRunning' },
  },
  ...[1, 2].map(
    (generation): Scenario => ({
      number: 95,
      title: `the ReplicaSet of ${generation === 1 ? 'a new Deployment' : 'an update'} is refused: the controller acts, and never writes the generation`,
      given: [
        deployment({
          generation,
          observedGeneration: generation - 1,
          progressing: {
            reason: 'ReplicaSetCreateError',
            status: 'False',
            updatedAgo: 90,
            message:
              'Failed to create new replica set "web-2": replicasets.apps "web-2" is forbidden: exceeded quota: few, requested: count/replicasets.apps=1, used: count/replicasets.apps=1, limited: count/replicasets.apps=1',
          },
          ...(generation === 1
            ? {
                available: null,
                status: { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 },
              }
            : {}),
        }),
        ...(generation === 1 ? [] : [replicaSet('web-1'), ...['a', 'b', 'c'].map((letter) => pod(`web-1-${letter}`))]),
      ],
      expected: {
        state: generation === 1 ? 'Down' : 'Degraded',
        level: generation === 1 ? 'none' : 'full',
        phase: 'stalled',
        cause: 'ReplicaSetCreateFailed',
        message:
          /^The ReplicaSet of the new template could not be created: Quota few has no room: 1 of at most 1 replicasets\.apps exist/,
        never: ['ControllerNotActing'],
      },
    }),
  ),
  {
    number: 96,
    title: 'the only pod of a rollout past its deadline was evicted, and nothing stands in its place',
    given: [
      deployment({
        replicas: 1,
        status: { readyReplicas: 0, availableReplicas: 0 },
        available: { status: 'False', sinceAgo: 900 },
        progressing: { reason: 'ProgressDeadlineExceeded', status: 'False', updatedAgo: 200 },
      }),
      replicaSet('web-1'),
      ...reported(pod('web-1-a', { createdAgo: 900 }), (one) => evicted(one, { at: agoMs(300) })),
    ],
    expected: {
      state: 'Down',
      level: 'none',
      phase: 'stalled',
      cause: 'EvictedNodePressure',
      also: ['ProgressDeadlineExceeded'],
      message: /^The pod was evicted: node node-1 ran low on memory/,
    },
  },
  {
    number: 97,
    title: 'a DaemonSet whose first pod is refused, and whose controller gave up before it wrote a status',
    given: [
      daemonSet({
        generation: 1,
        observedGeneration: 0,
        createdAgo: 900,
        status: {
          desiredNumberScheduled: 0,
          currentNumberScheduled: 0,
          updatedNumberScheduled: 0,
          numberReady: 0,
          numberAvailable: 0,
        },
      }),
      event(
        'agent',
        'FailedCreate',
        'Error creating: pods "agent-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=0, limited: pods=0',
        { kind: 'DaemonSet', component: 'daemonset-controller', firstAgo: 890 },
      ),
    ],
    expected: {
      state: 'Down',
      level: 'notApplicable',
      phase: 'stalled',
      cause: 'QuotaExceeded',
      message: /^Quota compute has no room: 0 of at most 0 pods exist$/,
      never: ['ControllerNotActing'],
    },
  },
];

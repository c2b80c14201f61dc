import {
  crashLoopBackOff,
  imagePullBackOff,
  oomKilled,
  type Pod,
  readinessFailing,
} from '../cluster/kubelet-status.ts';
import { reported } from './assessed.ts';
import { agoMs, container, day, pod, type PodOptions, service, statefulSet } from './objects.ts';
import type { Scenario } from './scenario.ts';

/** Scenarios 53 to 66 of the health study, §9: StatefulSets. */

function member(ordinal: number, options: PodOptions = {}): Pod {
  return pod(`db-${ordinal}`, { of: 'db', ownerKind: 'StatefulSet', ...options });
}

const crashing = (one: Pod) => crashLoopBackOff(one, { at: agoMs(120), restarts: 4 });
const onDelete = { type: 'OnDelete' };
const moved = { current: 'db-1', update: 'db-2' };
const partition = (count: number) => ({ type: 'RollingUpdate', rollingUpdate: { partition: count } });

const unready = (one: Pod) => readinessFailing(one, { at: agoMs(600) });
const probed = {
  containers: [
    container({
      readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3 },
    }),
  ],
};

export const statefulSetScenarios: readonly Scenario[] = [
  {
    number: 53,
    title: 'OnDelete, two of three on the old revision, all ready',
    given: [
      statefulSet({ updateStrategy: onDelete, revisions: moved, status: { updatedReplicas: 1, currentReplicas: 2 } }),
      member(0),
      member(1),
      member(2, { hash: 'db-2', createdAgo: 3600 }),
    ],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'held',
      cause: null,
      note: 'HeldByOnDelete',
      message: /^2 pods run the old revision until deleted/,
    },
  },
  {
    number: 54,
    title: 'OnDelete, one of three ready',
    given: [
      statefulSet({ updateStrategy: onDelete, status: { readyReplicas: 1, availableReplicas: 1 } }),
      member(0),
      ...reported(member(1), crashing),
      ...reported(member(2), crashing),
    ],
    expected: { state: 'Degraded', level: 'reduced', phase: 'settled', cause: 'CrashLoop', pods: 2 },
  },
  {
    number: 54,
    title: 'OnDelete, none ready',
    given: [
      statefulSet({ updateStrategy: onDelete, status: { readyReplicas: 0, availableReplicas: 0 } }),
      ...[0, 1, 2].flatMap((ordinal) => reported(member(ordinal), crashing)),
    ],
    expected: { state: 'Down', level: 'none', phase: 'settled', cause: 'CrashLoop', pods: 3 },
  },
  {
    number: 55,
    title: 'partition 2 of 3, the one above it updated',
    given: [
      statefulSet({
        updateStrategy: partition(2),
        revisions: moved,
        status: { updatedReplicas: 1, currentReplicas: 2 },
      }),
      member(0),
      member(1),
      member(2, { hash: 'db-2', createdAgo: 3600 }),
    ],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'held',
      cause: null,
      note: 'HeldByPartition',
      message: /^2 pods stay on the old revision on purpose \(partition 2\)$/,
    },
  },
  {
    number: 56,
    title: 'partition 5 of 3 replicas',
    given: [
      statefulSet({
        updateStrategy: partition(5),
        revisions: moved,
        status: { updatedReplicas: 0, currentReplicas: 3 },
      }),
      member(0),
      member(1),
      member(2),
    ],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'held',
      cause: null,
      note: 'HeldByPartition',
      check: ({ snapshot }) => {
        if (snapshot.verdict.rollout.target !== 0) throw new Error(`target ${snapshot.verdict.rollout.target}`);
      },
    },
  },
  {
    number: 57,
    title: 'the second ordinal crashes at scale-up, the third is not made',
    given: [
      statefulSet({
        status: { replicas: 2, readyReplicas: 1, availableReplicas: 1, currentReplicas: 2, updatedReplicas: 2 },
      }),
      member(0),
      ...reported(member(1, { createdAgo: 600 }), crashing),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'settled',
      cause: 'CrashLoop',
      pods: 1,
      also: ['OrdinalBlocks'],
      check: ({ snapshot }) => {
        const message = snapshot.causes.find((one) => one.code === 'OrdinalBlocks')?.message;
        if (message !== 'db-1 is not ready, so db-2 waits to be created') throw new Error(message);
        const third = snapshot.ordinals[2];
        if (third?.state !== 'Missing' || third.blockedBy !== 'db-1') throw new Error(JSON.stringify(third));
      },
    },
  },
  {
    number: 58,
    title: 'Parallel: two ordinals broken in two ways',
    given: [
      statefulSet({ podManagementPolicy: 'Parallel', status: { readyReplicas: 1, availableReplicas: 1 } }),
      ...reported(member(0), (one) => oomKilled(one, { at: agoMs(100), restarts: 4 })),
      member(1),
      ...reported(member(2, { readyAgo: null }), (one) => imagePullBackOff(one, { at: agoMs(300) })),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'settled',
      cause: 'ImagePullNotFound',
      also: ['OutOfMemory'],
      never: ['OrdinalBlocks'],
    },
  },
  {
    number: 59,
    title: 'a withdrawn revision blocks the set',
    given: [
      statefulSet({
        generation: 3,
        status: { readyReplicas: 2, availableReplicas: 2, updatedReplicas: 2, currentReplicas: 2 },
      }),
      member(0),
      member(1),
      ...reported(member(2, { hash: 'db-2', createdAgo: 900, readyAgo: null }), (one) =>
        imagePullBackOff(one, { at: agoMs(890) }),
      ),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'stalled',
      cause: 'ForcedRollbackTrap',
      message: /^db-2 runs the withdrawn revision db-2/,
      also: ['ImagePullNotFound'],
      check: ({ snapshot }) => {
        const { remedy = '', commands = [] } = snapshot.verdict.cause ?? {};
        if (!remedy.includes('kubectl -n shop delete pod db-2')) throw new Error(remedy);
        if (commands.some((command) => command.includes('delete'))) throw new Error(commands.join());
      },
    },
  },
  {
    number: 60,
    title: 'the same with Parallel: the controller deletes it itself',
    given: [
      statefulSet({
        generation: 3,
        podManagementPolicy: 'Parallel',
        status: { readyReplicas: 2, availableReplicas: 2, updatedReplicas: 2, currentReplicas: 2 },
      }),
      member(0),
      member(1),
      ...reported(member(2, { hash: 'db-2', createdAgo: 900, readyAgo: null }), (one) =>
        imagePullBackOff(one, { at: agoMs(890) }),
      ),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'stalled',
      cause: 'ImagePullNotFound',
      never: ['ForcedRollbackTrap'],
    },
  },
  {
    number: 61,
    title: 'ordinals start at 5',
    given: [statefulSet({ start: 5, claims: ['data'] }), member(5), member(6), member(7)],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'settled',
      cause: null,
      check: ({ snapshot }) => {
        const rows = snapshot.ordinals.map((one) => `${one.ordinal} ${one.pod} ${one.claims.join()}`);
        if (rows.join('; ') !== '5 db-5 data-db-5; 6 db-6 data-db-6; 7 db-7 data-db-7')
          throw new Error(rows.join('; '));
      },
    },
  },
  {
    number: 62,
    title: 'minReadySeconds 30: three ready, two available',
    given: [
      statefulSet({ minReadySeconds: 30, status: { readyReplicas: 3, availableReplicas: 2 } }),
      member(0),
      member(1),
      member(2, { createdAgo: 30, readyAgo: 10 }),
    ],
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'settled',
      cause: 'WaitingMinReadySeconds',
      message: /20 s left, until 12:00:20 UTC$/,
      reassessAgo: -20,
    },
  },
  {
    number: 63,
    title: 'scale-down from five to three while the second is broken',
    given: [
      statefulSet({
        replicas: 3,
        generation: 2,
        status: { replicas: 5, readyReplicas: 4, availableReplicas: 4, currentReplicas: 5, updatedReplicas: 5 },
      }),
      member(0),
      ...reported(member(1), crashing),
      member(2),
      member(3),
      member(4),
    ],
    remembered: {
      uid: 'uid-db',
      state: 'Degraded',
      stateSinceAt: agoMs(500),
      lastProgressAt: agoMs(400),
      progressMark: 'db-1/5/3/2/2',
    },
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'settled',
      cause: 'CrashLoop',
      desired: 3,
      never: ['ScaleDownBlocked'],
    },
  },
  {
    number: 63,
    title: 'scale-down blocked for more than five minutes',
    given: [
      statefulSet({
        replicas: 3,
        generation: 2,
        template: probed,
        status: { replicas: 5, readyReplicas: 4, availableReplicas: 4, currentReplicas: 5, updatedReplicas: 5 },
      }),
      member(0),
      ...reported(member(1, { template: probed }), unready),
      member(2),
      member(3),
      member(4),
    ],
    remembered: {
      uid: 'uid-db',
      state: 'Degraded',
      stateSinceAt: agoMs(570),
      lastProgressAt: agoMs(600),
      progressMark: 'db-1/5/3/2/2',
    },
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'settled',
      cause: 'ReadinessProbeFailing',
      desired: 3,
      also: ['ScaleDownBlocked'],
    },
  },
  {
    number: 64,
    title: 'a pod ends during a rolling restart and still counts as ready',
    given: [
      statefulSet({ generation: 2, revisions: moved, status: { updatedReplicas: 0, currentReplicas: 2 } }),
      member(0),
      member(1),
      member(2, { deletedAgo: -25 }),
    ],
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'advancing',
      cause: 'RollingUpdateRunning',
      message: /^Rolling update: 0 of 3 updated$/,
    },
  },
  {
    number: 65,
    title: 'governing Service missing',
    given: [statefulSet(), member(0), member(1), member(2), service('other')],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'settled',
      cause: null,
      note: 'GoverningServiceMissing',
      message: /db/,
    },
  },
  {
    number: 66,
    title: 'no condition in its status, as always',
    given: [statefulSet({ createdAgo: 5 * day }), member(0), member(1), member(2), service('db')],
    expected: { state: 'Healthy', level: 'full', phase: 'settled', cause: null, never: ['GoverningServiceMissing'] },
  },
];

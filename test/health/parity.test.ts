import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Remembered } from '../../health/verdict.ts';
import type { State } from '../../health/workload.ts';
import {
  crashLoopBackOff,
  evicted,
  imagePullBackOff,
  initCrash,
  readinessFailing,
  running,
  sidecarCrash,
} from '../cluster/kubelet-status.ts';
import { assessed, type InputOverrides, reported } from './assessed.ts';
import {
  agoMs,
  container,
  daemonSet,
  deployment,
  event,
  pod,
  type PodOptions,
  type Raw,
  replicaSet,
  statefulSet,
  unscheduled,
} from './objects.ts';
import { type Argo, argo, type Kstatus, kstatus, type Rollout, rolloutStatus } from './references.ts';

/**
 * Our word beside those of kstatus, Argo CD and `kubectl rollout status` on the same objects. Where ours differs from
 * kstatus or Argo CD it is meant to, and the row names the difference by its number in §4.2 of the health study; a row
 * that names a difference without there being one fails as well.
 */
interface Row {
  readonly title: string;
  readonly differences: readonly number[];
  readonly ours: State;
  readonly kstatus: Kstatus;
  readonly argo: Argo;
  /** Null for rows that compare the tools' words about a pod. */
  readonly kubectl: Rollout | null;
  readonly objects: readonly (Raw | undefined)[];
  /** The object that the tools speak of; by default the first. */
  readonly about?: string;
  readonly remembered?: Remembered;
  readonly overrides?: InputOverrides;
}

const three = [pod('web-1-a'), pod('web-1-b'), pod('web-1-c')];
const member = (ordinal: number, options: PodOptions = {}) =>
  pod(`db-${ordinal}`, { of: 'db', ownerKind: 'StatefulSet', ...options });
const daemon = (node: number, options: PodOptions = {}) =>
  pod(`agent-${node}`, {
    of: 'agent',
    ownerKind: 'DaemonSet',
    node: `node-${node}`,
    pinnedTo: `node-${node}`,
    ...options,
  });
const rolling = { revision: 2, generation: 2, progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 60 } } as const;
const sets = [replicaSet('web-1'), replicaSet('web-2', { revision: 2, createdAgo: 60 })];
const lostOne = { status: { readyReplicas: 2, availableReplicas: 2 } } as const;
const moved = { current: 'db-1', update: 'db-2' };
const unready = (name: string, ago: number) => reported(pod(name), (one) => readinessFailing(one, { at: agoMs(ago) }));
const fresh = (name: string, createdAgo: number) => pod(name, { of: 'web-2', createdAgo, readyAgo: null });

const rows: readonly Row[] = [
  {
    title: 'a finished Deployment',
    differences: [],
    ours: 'Healthy',
    kstatus: 'Current',
    argo: 'Healthy',
    kubectl: 'done',
    objects: [deployment(), replicaSet('web-1'), ...three],
  },
  {
    title: 'a rolling update in flight',
    differences: [],
    ours: 'Progressing',
    kstatus: 'InProgress',
    argo: 'Progressing',
    kubectl: 'waiting',
    objects: [
      deployment({ ...rolling, status: { replicas: 4, updatedReplicas: 1 } }),
      ...sets,
      ...three,
      fresh('web-2-a', 20),
    ],
  },
  {
    title: 'StatefulSet with OnDelete, one of three ready',
    differences: [1],
    ours: 'Degraded',
    kstatus: 'Current',
    argo: 'Progressing',
    kubectl: 'error',
    objects: [
      statefulSet({ updateStrategy: { type: 'OnDelete' }, status: { readyReplicas: 1, availableReplicas: 1 } }),
      member(0),
      ...reported(member(1), (one) => crashLoopBackOff(one, { at: agoMs(100) })),
      ...reported(member(2), (one) => crashLoopBackOff(one, { at: agoMs(100) })),
    ],
  },
  {
    title: 'DaemonSet with OnDelete, all available, some outdated',
    differences: [2],
    ours: 'Healthy',
    kstatus: 'InProgress',
    argo: 'Healthy',
    kubectl: 'error',
    objects: [
      daemonSet({ generation: 2, updateStrategy: { type: 'OnDelete' }, status: { updatedNumberScheduled: 1 } }),
      daemon(1, { hash: 'agent-2', createdAgo: 600 }),
      daemon(2),
      daemon(3),
    ],
  },
  {
    title: 'DaemonSet with OnDelete, none available',
    differences: [3],
    ours: 'Down',
    kstatus: 'InProgress',
    argo: 'Healthy',
    kubectl: 'error',
    objects: [
      daemonSet({ desired: 1, updateStrategy: { type: 'OnDelete' }, status: { numberReady: 0, numberAvailable: 0 } }),
      ...reported(daemon(1), (one) => crashLoopBackOff(one, { at: agoMs(100) })),
    ],
  },
  {
    title: 'Deployment paused without a change',
    differences: [4],
    ours: 'Healthy',
    kstatus: 'Current',
    argo: 'Suspended',
    kubectl: 'done',
    objects: [deployment({ paused: true }), replicaSet('web-1'), ...three],
  },
  {
    title: 'Deployment paused with a change and broken pods',
    differences: [4],
    ours: 'Down',
    kstatus: 'InProgress',
    argo: 'Suspended',
    kubectl: 'waiting',
    objects: [
      deployment({
        revision: 2,
        paused: true,
        progressing: { reason: 'DeploymentPaused', status: 'Unknown' },
        status: { updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 },
      }),
      replicaSet('web-1'),
      ...['a', 'b', 'c'].flatMap((letter) =>
        reported(pod(`web-1-${letter}`), (one) => crashLoopBackOff(one, { at: agoMs(100) })),
      ),
    ],
  },
  {
    title: 'a deleted Deployment',
    differences: [5],
    ours: 'Terminating',
    kstatus: 'Terminating',
    argo: 'Progressing',
    kubectl: 'done',
    objects: [deployment({ deletedAgo: 5 }), replicaSet('web-1'), ...three],
  },
  {
    title: 'observed generation ahead',
    differences: [6],
    ours: 'Healthy',
    kstatus: 'InProgress',
    argo: 'Healthy',
    kubectl: 'done',
    objects: [deployment({ generation: 6, observedGeneration: 7 }), replicaSet('web-1'), ...three],
  },
  {
    title: 'observed generation absent',
    differences: [7],
    ours: 'Progressing',
    kstatus: 'Current',
    argo: 'Progressing',
    kubectl: 'waiting',
    objects: [without(statefulSet({ createdAgo: 30 }), 'observedGeneration'), member(0), member(1), member(2)],
  },
  {
    title: 'replicas absent, one of one missing its update',
    differences: [8],
    ours: 'Down',
    kstatus: 'InProgress',
    argo: 'Healthy',
    kubectl: 'waiting',
    objects: [
      deployment({
        replicas: null,
        status: { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 },
      }),
      replicaSet('web-1'),
      event(
        'web-1',
        'FailedCreate',
        'Error creating: pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
      ),
    ],
  },
  {
    title: 'scale-down in flight',
    differences: [9],
    ours: 'Healthy',
    kstatus: 'InProgress',
    argo: 'Healthy',
    kubectl: 'done',
    objects: [
      deployment({
        replicas: 2,
        generation: 2,
        status: { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 },
      }),
      replicaSet('web-1'),
      ...three,
    ],
  },
  {
    title: 'a scale-down that is blocked by a broken pod beyond the wanted ones',
    differences: [10],
    ours: 'Degraded',
    kstatus: 'InProgress',
    argo: 'Healthy',
    kubectl: 'done',
    objects: [
      statefulSet({
        replicas: 1,
        generation: 2,
        status: { replicas: 3, readyReplicas: 2, availableReplicas: 2, updatedReplicas: 3 },
      }),
      member(0),
      ...reported(member(1), (one) => crashLoopBackOff(one, { at: agoMs(400) })),
      member(2),
    ],
  },
  {
    title: 'settled but for minReadySeconds',
    differences: [],
    ours: 'Progressing',
    kstatus: 'InProgress',
    argo: 'Progressing',
    kubectl: 'waiting',
    objects: [
      deployment({
        minReadySeconds: 60,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 10 },
        createdAgo: 60,
        available: { status: 'False', sinceAgo: 60 },
        status: { availableReplicas: 0 },
      }),
      replicaSet('web-1', { createdAgo: 60 }),
      ...['a', 'b', 'c'].map((letter) => pod(`web-1-${letter}`, { createdAgo: 60, readyAgo: 10 })),
    ],
  },
  {
    title: 'numbers match before the condition says so',
    differences: [12],
    ours: 'Healthy',
    kstatus: 'InProgress',
    argo: 'Healthy',
    kubectl: 'done',
    objects: [
      deployment({ progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 1 } }),
      replicaSet('web-1'),
      ...three,
    ],
  },
  {
    title: 'one replica lost after the rollout',
    differences: [13],
    ours: 'Degraded',
    kstatus: 'InProgress',
    argo: 'Progressing',
    kubectl: 'waiting',
    objects: [deployment(lostOne), replicaSet('web-1'), pod('web-1-a'), pod('web-1-b'), ...unready('web-1-c', 600)],
  },
  {
    title: 'a rollout past its deadline while the old version serves: all say Failed, only we say that it serves',
    differences: [],
    ours: 'Degraded',
    kstatus: 'Failed',
    argo: 'Degraded',
    kubectl: 'error',
    objects: [
      deployment({
        ...rolling,
        progressing: { reason: 'ProgressDeadlineExceeded', status: 'False' },
        status: { replicas: 4, updatedReplicas: 1 },
      }),
      ...sets,
      ...three,
      ...reported(fresh('web-2-a', 700), (one) => imagePullBackOff(one, { at: agoMs(690) })),
    ],
  },
  {
    title: 'a rollout that will not finish, before its deadline',
    differences: [14],
    ours: 'Degraded',
    kstatus: 'InProgress',
    argo: 'Progressing',
    kubectl: 'waiting',
    objects: [
      deployment({ ...rolling, status: { replicas: 4, updatedReplicas: 1 } }),
      ...sets,
      ...three,
      ...reported(fresh('web-2-a', 60), (one) => imagePullBackOff(one, { at: agoMs(50) })),
    ],
  },
  {
    title: 'quota lets two of three pods in',
    differences: [15],
    ours: 'Degraded',
    kstatus: 'InProgress',
    argo: 'Progressing',
    kubectl: 'waiting',
    objects: [
      deployment({
        progressing: { reason: 'ReplicaSetUpdated' },
        status: { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 },
      }),
      replicaSet('web-1'),
      pod('web-1-a'),
      pod('web-1-b'),
      event(
        'web-1',
        'FailedCreate',
        'Error creating: pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
      ),
    ],
  },
  {
    title: 'a failed pod that nothing replaced',
    differences: [16],
    ours: 'Degraded',
    kstatus: 'Current',
    argo: 'Degraded',
    kubectl: null,
    about: 'web-1-c',
    objects: [
      deployment(lostOne),
      replicaSet('web-1'),
      pod('web-1-a'),
      pod('web-1-b'),
      ...reported(pod('web-1-c'), (one) => evicted(one, { at: agoMs(300) })),
    ],
    remembered: { uid: 'uid-web', state: 'Degraded', absentSinceAt: agoMs(300) },
  },
  {
    title: 'a new pod that cannot be scheduled for 30 s',
    differences: [17],
    ours: 'Progressing',
    kstatus: 'Failed',
    argo: 'Progressing',
    kubectl: null,
    about: 'web-1-c',
    objects: [
      deployment(lostOne),
      replicaSet('web-1'),
      pod('web-1-a'),
      pod('web-1-b'),
      unscheduled('web-1-c', '0/3 nodes are available: 3 Insufficient cpu.', 30),
    ],
  },
  {
    title: 'a new pod that cannot be scheduled for three minutes',
    differences: [17],
    ours: 'Degraded',
    kstatus: 'Failed',
    argo: 'Progressing',
    kubectl: null,
    about: 'web-1-c',
    objects: [
      deployment(lostOne),
      replicaSet('web-1'),
      pod('web-1-a'),
      pod('web-1-b'),
      unscheduled('web-1-c', '0/3 nodes are available: 3 Insufficient cpu.', 180),
    ],
  },
  {
    title: 'an image that does not exist',
    differences: [18],
    ours: 'Degraded',
    kstatus: 'InProgress',
    argo: 'Degraded',
    kubectl: null,
    about: 'web-1-c',
    objects: [
      deployment(lostOne),
      replicaSet('web-1'),
      pod('web-1-a'),
      pod('web-1-b'),
      ...reported(pod('web-1-c', { createdAgo: 60, readyAgo: null }), (one) =>
        imagePullBackOff(one, { at: agoMs(50) }),
      ),
    ],
  },
  {
    title: 'a crash loop between two back-offs: it runs at the moment, and is not ready',
    differences: [19],
    ours: 'Degraded',
    kstatus: 'InProgress',
    argo: 'Degraded',
    kubectl: null,
    about: 'web-1-c',
    objects: [deployment(lostOne), replicaSet('web-1'), pod('web-1-a'), pod('web-1-b'), ...betweenCrashes(false)],
  },
  {
    title: 'a crash loop that is ready at the moment',
    differences: [20],
    ours: 'Degraded',
    kstatus: 'Current',
    argo: 'Healthy',
    kubectl: null,
    about: 'web-1-c',
    objects: [deployment(), replicaSet('web-1'), pod('web-1-a'), pod('web-1-b'), ...betweenCrashes(true)],
    remembered: {
      uid: 'uid-web',
      state: 'Degraded',
      restarts: { 'uid-web-1-c/app': { count: 5, increasedAt: [agoMs(500), agoMs(300), agoMs(60)] } },
    },
  },
  {
    title: 'an init container that crashes',
    differences: [21],
    ours: 'Degraded',
    kstatus: 'InProgress',
    argo: 'Progressing',
    kubectl: null,
    about: 'web-1-c',
    objects: [
      deployment(lostOne),
      replicaSet('web-1'),
      pod('web-1-a'),
      pod('web-1-b'),
      ...reported(
        pod('web-1-c', {
          createdAgo: 300,
          readyAgo: null,
          template: { initContainers: [container({ name: 'migrate' })] },
        }),
        (one) => initCrash(one, { at: agoMs(100), restarts: 4 }),
      ),
    ],
  },
  {
    title: 'a native sidecar that crashes',
    differences: [22],
    ours: 'Degraded',
    kstatus: 'InProgress',
    argo: 'Progressing',
    kubectl: null,
    about: 'web-1-c',
    objects: [
      deployment(lostOne),
      replicaSet('web-1'),
      pod('web-1-a'),
      pod('web-1-b'),
      ...reported(
        pod('web-1-c', { template: { initContainers: [container({ name: 'proxy', restartPolicy: 'Always' })] } }),
        (one) => sidecarCrash(one, { at: agoMs(100), restarts: 4 }),
      ),
    ],
  },
  {
    title: 'StatefulSet with minReadySeconds: ready is not available',
    differences: [25],
    ours: 'Progressing',
    kstatus: 'Current',
    argo: 'Healthy',
    kubectl: 'done',
    objects: [
      statefulSet({ minReadySeconds: 30, status: { availableReplicas: 2 } }),
      member(0),
      member(1),
      member(2, { createdAgo: 30, readyAgo: 10 }),
    ],
  },
  {
    title: 'partition above the replicas',
    differences: [],
    ours: 'Healthy',
    kstatus: 'Current',
    argo: 'Healthy',
    kubectl: 'done',
    objects: [
      statefulSet({
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 5 } },
        revisions: moved,
        status: { updatedReplicas: 0 },
      }),
      member(0),
      member(1),
      member(2),
    ],
  },
  {
    title: 'a misscheduled pod of a DaemonSet',
    differences: [],
    ours: 'Healthy',
    kstatus: 'Current',
    argo: 'Healthy',
    kubectl: 'done',
    objects: [daemonSet({ desired: 2, status: { numberMisscheduled: 1 } }), daemon(1), daemon(2), daemon(3)],
  },
  {
    title: 'a DaemonSet that wants no pod',
    differences: [28],
    ours: 'Idle',
    kstatus: 'Current',
    argo: 'Healthy',
    kubectl: 'done',
    objects: [daemonSet({ desired: 0 })],
  },
];

function without(object: Raw, field: string): Raw {
  const { [field]: _, ...rest } = object['status'] as Raw;
  return { ...object, status: rest };
}

/** It ended five times and runs again since 20 s. */
function betweenCrashes(isReady: boolean): Raw[] {
  return reported(pod('web-1-c'), (one) => {
    const { status } = crashLoopBackOff(one, { at: agoMs(60), restarts: 5 });
    const again = { ...one, status: { ...one.status, containerStatuses: status.containerStatuses ?? [] } };
    return isReady ? running(again, { at: agoMs(20) }) : readinessFailing(again, { at: agoMs(20) });
  });
}

const sameAsKstatus: Readonly<Record<State, readonly Kstatus[]>> = {
  Healthy: ['Current'],
  Idle: [],
  Progressing: ['InProgress'],
  Paused: [],
  Degraded: ['Failed'],
  Down: ['Failed'],
  Terminating: ['Terminating'],
  Unknown: [],
};

const sameAsArgo: Readonly<Record<State, readonly Argo[]>> = {
  Healthy: ['Healthy'],
  Idle: [],
  Progressing: ['Progressing'],
  Paused: ['Suspended'],
  Degraded: ['Degraded'],
  Down: ['Degraded'],
  Terminating: [],
  Unknown: [],
};

for (const row of rows) {
  const number = row.differences.length === 0 ? 'the same' : `difference ${row.differences.join(', ')}`;
  test(`${number}: ${row.title}`, () => {
    const objects = row.objects.filter((one) => one !== undefined);
    const about = objects.find((one) => row.about === undefined || nameOf(one) === row.about);
    assert.ok(about !== undefined);
    const { verdict } = assessed(objects, row.overrides, row.remembered).snapshot;
    assert.deepEqual(
      {
        ours: verdict.state,
        kstatus: kstatus(about),
        argo: argo(about),
        kubectl: row.kubectl === null ? null : rolloutStatus(about),
      },
      { ours: row.ours, kstatus: row.kstatus, argo: row.argo, kubectl: row.kubectl },
      verdict.cause?.message ?? 'no cause',
    );
    const isSame = sameAsKstatus[row.ours].includes(row.kstatus) && sameAsArgo[row.ours].includes(row.argo);
    assert.equal(isSame, row.differences.length === 0, 'a difference has a number, and a number a difference');
  });
}

test('every difference of §4.2 that an object can show has a row', () => {
  const numbers = new Set(rows.flatMap((row) => row.differences));
  // 11, 26 and 27 end in the same words; 23 and 24 are about which pods count, not about an object.
  const agreed = new Set([11, 23, 24, 26, 27]);
  const missing = Array.from({ length: 28 }, (_, index) => index + 1).filter(
    (one) => !numbers.has(one) && !agreed.has(one),
  );
  assert.deepEqual(missing, []);
});

test('difference 23: one failed pod of many is Degraded for us, not Failed', () => {
  const { verdict } = assessed([
    statefulSet({ podManagementPolicy: 'Parallel', status: { readyReplicas: 2, availableReplicas: 2 } }),
    member(0),
    member(1),
    ...reported(member(2), (one) => crashLoopBackOff(one, { at: agoMs(100) })),
  ]).snapshot;
  assert.deepEqual([verdict.state, verdict.availability.available], ['Degraded', 2]);
});

test('difference 24: a broken pod that matches the selector and has another owner does not count', () => {
  const stranger = reported(pod('db-x', { of: 'other', ownerKind: 'StatefulSet', labels: { app: 'db' } }), (one) =>
    crashLoopBackOff(one, { at: agoMs(100) }),
  );
  const { verdict } = assessed([statefulSet(), member(0), member(1), member(2), ...stranger]).snapshot;
  assert.equal(verdict.state, 'Healthy');
});

function nameOf(object: Raw): unknown {
  return (object['metadata'] as Raw)['name'];
}

/** The cases of kstatus's own tests for the three kinds, by their names: our copy of its rules says the same. */
const kstatusCases: readonly (readonly [name: string, object: Raw, expected: Kstatus])[] = [
  ['stsNoStatus', { kind: 'StatefulSet', metadata: { generation: 1 }, spec: { replicas: 1 } }, 'InProgress'],
  ['stsOK', statefulSet({ replicas: 4 }), 'Current'],
  ['stsLessReady', statefulSet({ replicas: 4, status: { readyReplicas: 2 } }), 'InProgress'],
  [
    'stsLessCurrent',
    { ...statefulSet({ replicas: 4, status: { currentReplicas: 2 } }), spec: { replicas: 4 } },
    'InProgress',
  ],
  ['stsExtraPods', statefulSet({ replicas: 4, status: { replicas: 8 } }), 'InProgress'],
  ['dsNoStatus', { kind: 'DaemonSet', metadata: { generation: 1 } }, 'InProgress'],
  ['dsOK', daemonSet({ desired: 4 }), 'Current'],
  ['dsLessReady', daemonSet({ desired: 4, status: { numberReady: 2 } }), 'InProgress'],
  ['dsLessAvailable', daemonSet({ desired: 4, status: { numberAvailable: 2 } }), 'InProgress'],
  ['dsDifferentGeneration', daemonSet({ generation: 2, observedGeneration: 1 }), 'InProgress'],
  ['depNoStatus', { kind: 'Deployment', metadata: { generation: 1 }, spec: { replicas: 1 } }, 'InProgress'],
  ['depOK', deployment({ replicas: 1 }), 'Current'],
  ['depNotProgressing', deployment({ progressing: { reason: 'ReplicaSetUpdated' } }), 'InProgress'],
  ['depNoProgressDeadlineSeconds', deployment({ progressDeadlineSeconds: null, progressing: null }), 'Current'],
  ['depNotAvailable', deployment({ available: { status: 'False', sinceAgo: 10 } }), 'InProgress'],
  ['podNoStatus', { kind: 'Pod' }, 'InProgress'],
  ['podReady', pod('web-1-a'), 'Current'],
  ['podUnschedulable', unscheduled('web-1-a', 'no node', 60), 'Failed'],
  ['podCrashLooping', firstOf(reported(pod('web-1-a'), (one) => crashLoopBackOff(one, { at: agoMs(60) }))), 'Failed'],
];

function firstOf(objects: readonly Raw[]): Raw {
  const [first] = objects;
  assert.ok(first !== undefined);
  return first;
}

for (const [name, object, expected] of kstatusCases) {
  test(`the copy of kstatus's rules passes its case ${name}`, () => assert.equal(kstatus(object), expected));
}

import assert from 'node:assert/strict';
import test from 'node:test';
import { assessed } from '../test/health/assessed.ts';
import {
  condition,
  daemonSet,
  day,
  deployment,
  event,
  type PodOptions,
  pod,
  type Raw,
  replicaSet,
  unscheduled,
} from '../test/health/objects.ts';
import type { CauseCode } from './causes.ts';
import type { CauseSeverity } from './verdict.ts';

/** Causes of the class rollout that none of the numbered scenarios is about: each by its signal. */

const daemonPod = (node: number, options: PodOptions = {}): Raw => ({
  ...pod(`agent-${node}`, {
    of: 'agent',
    ownerKind: 'DaemonSet',
    node: `node-${node}`,
    pinnedTo: `node-${node}`,
    ...options,
  }),
});

const cases: readonly {
  readonly code: CauseCode;
  readonly given: readonly Raw[];
  readonly severity: CauseSeverity;
  readonly message: RegExp;
}[] = [
  {
    code: 'NeverHealthy',
    given: [
      deployment({
        createdAgo: 1200,
        replicas: 1,
        progressDeadlineSeconds: 600,
        status: { readyReplicas: 0, availableReplicas: 0 },
        available: { status: 'False', sinceAgo: 1200 },
        progressing: { reason: 'ProgressDeadlineExceeded', status: 'False', updatedAgo: 600 },
      }),
      replicaSet('web-1', { createdAgo: 1200 }),
      { ...unscheduled('web-1-a', '0/1 nodes are available: 1 Insufficient cpu.', 1190) },
    ],
    severity: 'critical',
    message: /^Not available once since it was created$/,
  },
  {
    code: 'DaemonUpdateBlocked',
    given: [
      daemonSet({ createdAgo: 30 * day, status: { updatedNumberScheduled: 1, numberReady: 2, numberAvailable: 2 } }),
      daemonPod(1, { createdAgo: 2000, hash: 'new' }),
      daemonPod(2, { createdAgo: 9000, hash: 'old' }),
      {
        ...unscheduled('agent-3', '0/3 nodes are available: 1 Insufficient memory.', 1900, {
          of: 'agent',
          ownerKind: 'DaemonSet',
          pinnedTo: 'node-3',
          hash: 'new',
        }),
      },
    ],
    severity: 'critical',
    message: /^The update stands at 1 of 3 nodes; 1 node without a working pod/,
  },
  {
    code: 'DaemonPodKeepsFailing',
    given: [
      daemonSet(),
      daemonPod(1),
      daemonPod(2),
      daemonPod(3),
      event('agent', 'FailedDaemonPod', 'Found failed daemon pod shop/agent-x on node node-3, will try to kill it', {
        kind: 'DaemonSet',
        count: 4,
        firstAgo: 500,
        lastAgo: 30,
        component: 'daemonset-controller',
      }),
    ],
    severity: 'warning',
    message: /4 times: Found failed daemon pod shop\/agent-x on node node-3/,
  },
  {
    code: 'ResizeRefused',
    given: [
      deployment({ replicas: 1 }),
      replicaSet('web-1'),
      {
        ...pod('web-1-a', {
          status: {
            conditions: [
              condition('Ready', 'True', 5000),
              condition('PodResizePending', 'True', 300, 'Infeasible', "Node didn't have enough capacity: cpu"),
            ],
          },
        }),
      },
    ],
    severity: 'warning',
    message: /Node didn't have enough capacity: cpu$/,
  },
  {
    code: 'ImageDrift',
    given: [
      deployment({ replicas: 2 }),
      replicaSet('web-1'),
      { ...pod('web-1-a') },
      { ...withImageId(pod('web-1-b'), 'shop/web@sha256:other') },
    ],
    severity: 'warning',
    message: /^Replicas run different builds of shop\/web:1$/,
  },
  {
    code: 'SinglePointOfFailure',
    given: [deployment({ replicas: 2 }), replicaSet('web-1'), { ...pod('web-1-a') }, { ...pod('web-1-b') }],
    severity: 'info',
    message: /^All 2 replicas are on node node-1/,
  },
  {
    code: 'WorkloadStuckTerminating',
    given: [
      deployment({ deletedAgo: 900, finalizers: ['foregroundDeletion'] }),
      replicaSet('web-1'),
      { ...pod('web-1-a') },
    ],
    severity: 'warning',
    message: /finalizer foregroundDeletion and 1 pod$/,
  },
];

function withImageId(one: ReturnType<typeof pod>, imageID: string): Raw {
  const containerStatuses = (one.status.containerStatuses ?? []).map((status) => ({ ...status, imageID }));
  return { ...one, status: { ...one.status, containerStatuses } };
}

for (const { code, given, severity, message } of cases) {
  test(`${code} is told by its signal`, () => {
    const { verdict, causes } = assessed(given).snapshot;
    const all = [...(verdict.cause === null ? [] : [verdict.cause]), ...causes];
    const found = all.find((cause) => cause.code === code);
    assert.ok(found !== undefined, `${code} is not among ${all.map((cause) => cause.code).join(', ')}`);
    assert.match(found.message, message);
    assert.equal(found.severity, severity);
  });
}

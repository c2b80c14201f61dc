import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashLoopBackOff, imagePullBackOff } from '../cluster/kubelet-status.ts';
import { assessed, reported } from './assessed.ts';
import {
  agoMs,
  condition,
  container,
  daemonSet,
  deployment,
  event,
  pod,
  type Raw,
  replicaSet,
  service,
  statefulSet,
} from './objects.ts';

/** The parts of a snapshot beside its verdict. */

const three = [pod('web-1-a'), pod('web-1-b', { node: 'node-2' }), pod('web-1-c', { node: 'node-3' })];

const owners: readonly (readonly [
  title: string,
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> },
  owner: unknown,
])[] = [
  ['nobody', {}, null],
  [
    'Helm by label and annotation',
    { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'shop' } },
    { tool: 'Helm', name: 'shop' },
  ],
  [
    'Argo CD by label',
    { labels: { 'argocd.argoproj.io/instance': 'shop-prod' } },
    { tool: 'Argo CD', name: 'shop-prod' },
  ],
  [
    'Argo CD by tracking id',
    { annotations: { 'argocd.argoproj.io/tracking-id': 'shop-prod:apps/Deployment:shop/web' } },
    { tool: 'Argo CD', name: 'shop-prod' },
  ],
  [
    'Flux, although Helm made it',
    { labels: { 'helm.toolkit.fluxcd.io/name': 'shop', 'app.kubernetes.io/managed-by': 'Helm' } },
    { tool: 'Flux', name: 'shop' },
  ],
  ['Flux by kustomization', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }, { tool: 'Flux', name: 'apps' }],
];

for (const [title, metadata, owner] of owners) {
  test(`a workload is deployed by ${title}`, () => {
    assert.deepEqual(assessed([deployment(metadata), replicaSet('web-1'), ...three]).snapshot.owner, owner);
  });
}

test('revisions: one row per ReplicaSet with pods, newest first, and what their pods do', () => {
  const { snapshot } = assessed([
    deployment({
      revision: 2,
      generation: 2,
      progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 60 },
      status: { replicas: 4, updatedReplicas: 1 },
      template: { containers: [container({ image: 'shop/web:2' })] },
    }),
    replicaSet('web-0', { revision: 0 }),
    replicaSet('web-1'),
    replicaSet('web-2', { revision: 2, createdAgo: 60 }),
    ...three,
    ...reported(pod('web-2-a', { of: 'web-2', createdAgo: 60, readyAgo: null }), (one) =>
      imagePullBackOff(one, { at: agoMs(50) }),
    ),
    pod('web-1-d', { deletedAgo: -20 }),
  ]);
  assert.deepEqual(snapshot.revisions, [
    {
      revision: '2',
      images: ['shop/web:2'],
      desired: 1,
      ready: 0,
      available: 0,
      starting: 0,
      failing: 1,
      terminating: 0,
      current: true,
    },
    {
      revision: '1',
      images: ['shop/web:1'],
      desired: 3,
      ready: 3,
      available: 3,
      starting: 0,
      failing: 0,
      terminating: 1,
      current: false,
    },
  ]);
  assert.equal(snapshot.revision, '2');
  assert.deepEqual(snapshot.podNodes, ['node-1', 'node-2', 'node-3']);
  assert.equal(snapshot.podsTotal, 5);
});

test('services: those that select its pods, with the ready ones', () => {
  const { snapshot } = assessed(
    [
      deployment({ status: { readyReplicas: 2, availableReplicas: 2 } }),
      replicaSet('web-1'),
      three[0],
      three[1],
      ...reported(pod('web-1-c'), (one) => crashLoopBackOff(one, { at: agoMs(100) })),
      service('web'),
      service('web-all', { selector: { app: 'web' }, publishNotReadyAddresses: true }),
      service('other'),
    ].filter((one): one is Raw => one !== undefined),
  );
  assert.deepEqual(snapshot.services, [
    { name: 'web', readyPods: 2, pods: 3 },
    { name: 'web-all', readyPods: 3, pods: 3 },
  ]);
});

test('resources: sums over pods, and no total limit when one container has none', () => {
  const containers = [
    container({ resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } } }),
    container({ name: 'exporter', resources: { requests: { cpu: '10m' }, limits: { cpu: '100m' } } }),
  ];
  const template = { containers };
  const { snapshot, pods } = assessed([
    deployment({ replicas: 2, template }),
    replicaSet('web-1'),
    pod('web-1-a', { template }),
    pod('web-1-b', { template }),
  ]);
  assert.deepEqual(snapshot.requests, { cpuCores: 0.22, memoryBytes: 2 * 64 * 2 ** 20 });
  assert.deepEqual(snapshot.limits, { cpuCores: 2.2, memoryBytes: null });
  assert.deepEqual(pods[0]?.containers[1]?.limits, { cpuCores: 0.1, memoryBytes: null });
});

test('pods are listed worst first: failing, starting, ending, serving', () => {
  const { pods } = assessed([
    deployment({ replicas: 4, status: { readyReplicas: 1, availableReplicas: 1 } }),
    replicaSet('web-1'),
    pod('web-1-a'),
    pod('web-1-b', { deletedAgo: -10 }),
    pod('web-1-c', { createdAgo: 10, readyAgo: null }),
    ...reported(pod('web-1-d'), (one) => crashLoopBackOff(one, { at: agoMs(100), restarts: 5 })),
  ]);
  assert.deepEqual(
    pods.map((one) => `${one.name} ${one.status} ${one.cause?.code ?? '-'}`),
    [
      'web-1-d CrashLoopBackOff CrashLoop',
      'web-1-c Pending -',
      'web-1-b Terminating LongTermination',
      'web-1-a Running -',
    ],
  );
});

test('nodes of a DaemonSet: troubled ones first, the rest counted when it is not named', () => {
  const daemon = (node: number) =>
    pod(`agent-${node}`, { of: 'agent', ownerKind: 'DaemonSet', node: `node-${node}`, pinnedTo: `node-${node}` });
  const { snapshot } = assessed([
    daemonSet({
      desired: 4,
      status: { currentNumberScheduled: 3, updatedNumberScheduled: 3, numberReady: 2, numberAvailable: 2 },
    }),
    daemon(1),
    daemon(2),
    ...reported(daemon(3), (one) => crashLoopBackOff(one, { at: agoMs(100), restarts: 5 })),
  ]);
  assert.deepEqual(
    snapshot.nodes.map((one) => `${one.node} ${one.pod} ${one.state} ${one.reason === null ? '-' : 'why'}`),
    ['node-3 agent-3 CrashLoopBackOff why', 'node-1 agent-1 Running -', 'node-2 agent-2 Running -'],
  );
  assert.equal(snapshot.nodesNotNamed, 1);
});

test('ordinals of a StatefulSet: revision, claims and who blocks', () => {
  const { snapshot } = assessed([
    statefulSet({
      generation: 2,
      claims: ['data', 'wal'],
      revisions: { current: 'db-1', update: 'db-2' },
      status: { readyReplicas: 2, availableReplicas: 2, updatedReplicas: 1 },
    }),
    pod('db-0', { of: 'db', ownerKind: 'StatefulSet' }),
    ...reported(pod('db-1', { of: 'db', ownerKind: 'StatefulSet' }), (one) =>
      crashLoopBackOff(one, { at: agoMs(100), restarts: 5 }),
    ),
    pod('db-2', { of: 'db', ownerKind: 'StatefulSet', hash: 'db-2', createdAgo: 600 }),
  ]);
  assert.deepEqual(snapshot.ordinals, [
    {
      ordinal: 0,
      pod: 'db-0',
      state: 'Running',
      revision: 'current',
      claims: ['data-db-0', 'wal-db-0'],
      blockedBy: null,
    },
    {
      ordinal: 1,
      pod: 'db-1',
      state: 'CrashLoopBackOff',
      revision: 'current',
      claims: ['data-db-1', 'wal-db-1'],
      blockedBy: null,
    },
    {
      ordinal: 2,
      pod: 'db-2',
      state: 'Running',
      revision: 'update',
      claims: ['data-db-2', 'wal-db-2'],
      blockedBy: null,
    },
  ]);
});

test('without the right to read pods the status speaks, and the cause says what was looked at', () => {
  const overrides = { pods: [], supplied: { pods: false, replicaSets: true, events: false, services: true } };
  const { snapshot, pods } = assessed(
    [deployment({ status: { readyReplicas: 2, availableReplicas: 2 } }), replicaSet('web-1')],
    overrides,
  );
  const { state, availability, cause } = snapshot.verdict;
  assert.deepEqual(
    [state, availability.level, availability.available, cause?.code],
    ['Degraded', 'reduced', 2, 'CauseUnknown'],
  );
  assert.match(
    cause?.message ?? '',
    /^1 of 3 replicas missing, cause unknown; looked at no pods \(not permitted or not supplied\), no events/,
  );
  assert.deepEqual(pods, []);
  const well = assessed([deployment(), replicaSet('web-1')], overrides);
  assert.equal(well.snapshot.verdict.state, 'Healthy');
});

test('a set without its pods: none is said to be missing by name, and no update to be stuck', () => {
  const overrides = { pods: [], supplied: { pods: false, replicaSets: true, events: false, services: true } };
  const verdictOn = (object: Raw) => assessed([object], overrides).snapshot.verdict;
  const lost = { status: { readyReplicas: 2, availableReplicas: 2 } };
  const less = verdictOn(statefulSet(lost));
  assert.deepEqual([less.state, less.cause?.code], ['Degraded', 'CauseUnknown']);
  assert.match(less.cause?.message ?? '', /^1 of 3 replicas missing, cause unknown/);
  // When it began only the pods would tell: the age of the set does not.
  const updating = {
    revisions: { current: 'db-1', update: 'db-2' },
    status: { updatedReplicas: 1, currentReplicas: 2 },
  };
  const update = assessed([statefulSet(updating)], overrides);
  assert.deepEqual(
    [update.snapshot.verdict.state, update.snapshot.verdict.cause?.code, update.restsOnMemory],
    ['Progressing', 'RollingUpdateRunning', true],
  );
  const daemon = verdictOn(daemonSet({ status: { updatedNumberScheduled: 1 } }));
  assert.deepEqual([daemon.state, daemon.cause?.code], ['Progressing', 'RollingUpdateRunning']);
  // A status that says neither how many are available nor how many are not leaves it to the ready ones.
  const older = verdictOn(daemonSet({ status: { numberAvailable: undefined, numberUnavailable: undefined } }));
  assert.equal(older.state, 'Healthy');
});

test('of a set of which only the broken pod is given, no other one is said to block', () => {
  const crashing = reported(pod('db-1', { of: 'db', ownerKind: 'StatefulSet' }), (one) =>
    crashLoopBackOff(one, { at: agoMs(120), restarts: 4 }),
  );
  const { snapshot } = assessed([statefulSet({ status: { readyReplicas: 2, availableReplicas: 2 } }), ...crashing], {
    supplied: { pods: true, replicaSets: true, events: true, services: true, everyPod: false },
  });
  const { state, cause } = snapshot.verdict;
  assert.deepEqual([state, cause?.code, cause?.pods], ['Degraded', 'CrashLoop', 1]);
});

test('a refused creation is named without the right to read pods, from the condition', () => {
  const refused = deployment({
    progressing: { reason: 'ReplicaSetUpdated' },
    status: { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 },
  });
  const status = refused['status'] as Raw;
  const failure = condition(
    'ReplicaFailure',
    'True',
    60,
    'FailedCreate',
    'pods "web-1-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=2, limited: pods=2',
  );
  const { snapshot } = assessed(
    [
      { ...refused, status: { ...status, conditions: [...(status['conditions'] as Raw[]), failure] } },
      replicaSet('web-1'),
    ],
    { pods: [], supplied: { pods: false, replicaSets: true, events: false, services: false } },
  );
  assert.deepEqual([snapshot.verdict.state, snapshot.verdict.cause?.code], ['Degraded', 'QuotaExceeded']);
});

test('one tag with two builds is noted when no rollout explains it', () => {
  const built = (name: string, imageID: string) => {
    const one = pod(name);
    const statuses = (one.status.containerStatuses ?? []).map((status) => ({ ...status, imageID }));
    return { ...one, status: { ...one.status, containerStatuses: statuses } };
  };
  const { snapshot } = assessed([
    deployment({ replicas: 2 }),
    replicaSet('web-1'),
    built('web-1-a', 'shop/web@sha256:aaa'),
    built('web-1-b', 'shop/web@sha256:bbb'),
  ]);
  const drift = snapshot.causes.find((cause) => cause.code === 'ImageDrift');
  assert.match(drift?.message ?? '', /^Replicas run different builds of shop\/web:1$/);
  assert.deepEqual(
    drift?.evidence.map((one) => one.text),
    ['shop/web@sha256:aaa', 'shop/web@sha256:bbb'],
  );
});

test('an in-place resize that the node does not make is noted after a minute, and whether it is tried again', () => {
  const resized = pod('web-1-c');
  const noteOf = (type: string, reason: string): string => {
    const told = condition(type, 'True', 90, reason, 'Node did not have enough capacity: memory');
    const { snapshot } = assessed([
      deployment(),
      replicaSet('web-1'),
      pod('web-1-a'),
      pod('web-1-b'),
      { ...resized, status: { ...resized.status, conditions: [...(resized.status.conditions ?? []), told] } },
    ]);
    return snapshot.causes.find((cause) => cause.code === 'ResizeRefused')?.message ?? '';
  };
  assert.match(noteOf('PodResizePending', 'Infeasible'), /^In-place resize of web-1-c refused: Node did not have/);
  assert.match(noteOf('PodResizePending', 'Deferred'), /^In-place resize of web-1-c has to wait: Node did not have/);
  assert.match(noteOf('PodResizeInProgress', 'Error'), /^In-place resize of web-1-c failed: Node did not have/);
  assert.equal(noteOf('PodResizeInProgress', ''), '');
});

test('a DaemonSet whose pods fail and are made anew again and again degrades', () => {
  const { snapshot } = assessed([
    daemonSet({
      desired: 2,
      status: { currentNumberScheduled: 1, updatedNumberScheduled: 1, numberReady: 1, numberAvailable: 1 },
    }),
    pod('agent-1', { of: 'agent', ownerKind: 'DaemonSet', node: 'node-1', pinnedTo: 'node-1' }),
    event('agent', 'FailedDaemonPod', 'Found failed daemon pod shop/agent-x on node node-2, will try to kill it', {
      kind: 'DaemonSet',
      component: 'daemonset-controller',
      count: 4,
      firstAgo: 300,
      lastAgo: 20,
    }),
  ]);
  const { state, cause } = snapshot.verdict;
  assert.deepEqual([state, cause?.code], ['Degraded', 'DaemonPodKeepsFailing']);
  assert.match(cause?.message ?? '', /4 times/);
});

test('who scaled it to zero is told as long as events live', () => {
  const { snapshot } = assessed([
    deployment({ replicas: 0 }),
    replicaSet('web-1'),
    event('web', 'SuccessfulRescale', 'New size: 0; reason: All metrics below target', {
      kind: 'HorizontalPodAutoscaler',
      component: 'horizontal-pod-autoscaler',
      type: 'Normal',
      lastAgo: 600,
    }),
  ]);
  const note = snapshot.causes.find((cause) => cause.code === 'ScaledToZero');
  assert.equal(note?.message, 'Scaled to zero by HorizontalPodAutoscaler web');
  assert.equal(snapshot.verdict.since, agoMs(600));
});

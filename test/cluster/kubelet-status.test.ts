import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  configError,
  containerCreating,
  crashLoopBackOff,
  errImagePull,
  eventObject,
  evicted,
  gateNotReady,
  imagePullBackOff,
  initCrash,
  invalidImageName,
  livenessKilled,
  mountFailed,
  nodeLost,
  oomKilled,
  readinessFailing,
  running,
  sandboxFailed,
  sidecarCrash,
  startError,
  startupFailing,
  type Container,
  type KubeletReport,
  type Pod,
} from './kubelet-status.ts';

const at = Date.parse('2026-05-04T10:00:00Z');

function pod(spec: { readonly initContainers?: readonly Container[]; readonly gates?: readonly string[] } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      uid: 'u-1',
      resourceVersion: '7',
      generation: 1,
      creationTimestamp: '2026-05-04T09:50:00Z',
    },
    spec: {
      nodeName: 'node-0',
      containers: [
        { name: 'app', image: 'registry.example/app:2' },
        { name: 'proxy', image: 'envoy:1' },
      ],
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers }),
      ...(spec.gates === undefined ? {} : { readinessGates: spec.gates.map((conditionType) => ({ conditionType })) }),
    },
    status: { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-05-04T09:50:01Z' }] },
  };
}

const withInit = pod({
  initContainers: [
    { name: 'migrate', image: 'migrate:1' },
    { name: 'mesh', image: 'mesh:1', restartPolicy: 'Always' },
  ],
});

interface Expected {
  readonly phase: string | undefined;
  /** What the app container (or the one that fails) waits for or ended with. */
  readonly container?: string;
  readonly state: string;
  readonly ready: string;
  readonly initialized?: string;
  readonly event: string | null;
}

const table: readonly (readonly [string, KubeletReport, Expected])[] = [
  [
    'creating',
    containerCreating(pod(), { at }),
    { phase: 'Pending', state: 'ContainerCreating', ready: 'containers with unready status: [app proxy]', event: null },
  ],
  ['running', running(pod(), { at }), { phase: 'Running', state: 'running', ready: 'True', event: 'Started' }],
  [
    'pull error',
    errImagePull(pod(), { at }),
    { phase: 'Pending', state: 'ErrImagePull', ready: 'containers with unready status: [app]', event: 'Failed' },
  ],
  [
    'pull back-off',
    imagePullBackOff(pod(), { at }),
    { phase: 'Pending', state: 'ImagePullBackOff', ready: 'containers with unready status: [app]', event: 'BackOff' },
  ],
  [
    'invalid image',
    invalidImageName(pod(), { at }),
    {
      phase: 'Pending',
      state: 'InvalidImageName',
      ready: 'containers with unready status: [app]',
      event: 'InspectFailed',
    },
  ],
  [
    'config error',
    configError(pod(), { at }),
    {
      phase: 'Pending',
      state: 'CreateContainerConfigError',
      ready: 'containers with unready status: [app]',
      event: 'Failed',
    },
  ],
  [
    'start error',
    startError(pod(), { at }),
    { phase: 'Running', state: 'CrashLoopBackOff', ready: 'containers with unready status: [app]', event: 'BackOff' },
  ],
  [
    'mount',
    mountFailed(pod(), { at, message: 'configmap "x" not found' }),
    {
      phase: 'Pending',
      state: 'ContainerCreating',
      ready: 'containers with unready status: [app proxy]',
      event: 'FailedMount',
    },
  ],
  [
    'sandbox',
    sandboxFailed(pod(), { at }),
    {
      phase: 'Pending',
      state: 'ContainerCreating',
      ready: 'containers with unready status: [app proxy]',
      event: 'FailedCreatePodSandBox',
    },
  ],
  [
    'crash loop',
    crashLoopBackOff(pod(), { at }),
    { phase: 'Running', state: 'CrashLoopBackOff', ready: 'containers with unready status: [app]', event: 'BackOff' },
  ],
  [
    'out of memory',
    oomKilled(pod(), { at }),
    { phase: 'Running', state: 'CrashLoopBackOff', ready: 'containers with unready status: [app]', event: 'BackOff' },
  ],
  [
    'out of memory once',
    oomKilled(pod(), { at, restarts: 1 }),
    { phase: 'Running', state: 'running', ready: 'True', event: 'Started' },
  ],
  [
    'liveness',
    livenessKilled(pod(), { at }),
    { phase: 'Running', state: 'running', ready: 'containers with unready status: [app]', event: 'Killing' },
  ],
  [
    'readiness',
    readinessFailing(pod(), { at }),
    { phase: 'Running', state: 'running', ready: 'containers with unready status: [app]', event: 'Unhealthy' },
  ],
  [
    'startup',
    startupFailing(pod(), { at }),
    { phase: 'Running', state: 'running', ready: 'containers with unready status: [app]', event: 'Unhealthy' },
  ],
  [
    'gate',
    gateNotReady(pod({ gates: ['balancer.example/attached'] }), { at, gate: 'balancer.example/attached' }),
    {
      phase: 'Running',
      state: 'running',
      ready: 'the status of pod readiness gate "balancer.example/attached" is not "True", but False',
      event: null,
    },
  ],
  [
    'init crash',
    initCrash(withInit, { at }),
    {
      phase: 'Pending',
      container: 'migrate',
      state: 'CrashLoopBackOff',
      ready: 'containers with unready status: [mesh app proxy]',
      initialized: 'containers with incomplete status: [migrate mesh]',
      event: 'BackOff',
    },
  ],
  [
    'sidecar crash',
    sidecarCrash(withInit, { at }),
    {
      phase: 'Running',
      container: 'mesh',
      state: 'CrashLoopBackOff',
      ready: 'containers with unready status: [mesh]',
      event: 'BackOff',
    },
  ],
  ['evicted', evicted(pod(), { at }), { phase: 'Failed', state: 'Error', ready: 'False', event: 'Evicted' }],
];

for (const [name, { status, events }, expected] of table) {
  test(`${name}: phase, state, conditions and event agree as a kubelet writes them`, () => {
    assert.equal(status.phase, expected.phase);
    const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
    const state =
      all.find((container) => container.name === (expected.container ?? 'app'))?.state ??
      assert.fail('container has no status');
    assert.equal(
      'waiting' in state ? state.waiting.reason : 'terminated' in state ? state.terminated.reason : 'running',
      expected.state,
    );
    const ready = status.conditions.find(({ type }) => type === 'Ready');
    assert.equal(ready?.message || ready?.status, expected.ready);
    const initialized = status.conditions.find(({ type }) => type === 'Initialized');
    assert.equal(initialized?.message || initialized?.status, expected.initialized ?? 'True');
    if (expected.event === null) assert.deepEqual(events, []);
    else
      assert.ok(
        events.some(({ reason }) => reason === expected.event),
        `${expected.event} is missing`,
      );
  });
}

test('a lost node takes back Ready alone and is reported by the node controller', () => {
  const { status, events } = nodeLost(pod(), { at });
  assert.deepEqual(status, {
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-05-04T10:00:00Z' }],
  });
  assert.deepEqual(
    events.map(({ reason, component }) => [reason, component]),
    [['NodeNotReady', 'node-controller']],
  );
});

test('the back-off doubles from ten seconds to five minutes, in the words of Go', () => {
  const texts = [1, 2, 3, 4, 5, 6, 20].map((restarts) => {
    const { status } = crashLoopBackOff(pod(), { at, restarts });
    const state = status.containerStatuses?.[0]?.state;
    return state !== undefined && 'waiting' in state ? state.waiting.message?.split(' ')[1] : undefined;
  });
  assert.deepEqual(texts, ['10s', '20s', '40s', '1m20s', '2m40s', '5m0s', '5m0s']);
});

test('a container that runs again keeps its restarts and its last end', () => {
  const crashed = crashLoopBackOff(pod(), { at, restarts: 4, exitCode: 3 });
  const { containerStatuses = [] } = crashed.status;
  const before: Pod = { ...pod(), status: { ...pod().status, containerStatuses } };
  const after = running(before, { at: at + 60_000 }).status.containerStatuses?.[0];
  assert.equal(after?.restartCount, 4);
  assert.equal(after?.lastState.terminated?.exitCode, 3);
  assert.notEqual(after?.containerID, containerStatuses[0]?.containerID);
});

test('an event names the pod by UID, its container by field path, and counts', () => {
  const [, , , backOff] = imagePullBackOff(pod(), { at }).events;
  assert.ok(backOff);
  const object = eventObject(pod(), backOff);
  assert.match(object.metadata.name, /^web-1\.[0-9a-f]{16}$/);
  assert.deepEqual(object, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: object.metadata.name, namespace: 'shop' },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: 'shop',
      name: 'web-1',
      uid: 'u-1',
      resourceVersion: '7',
      fieldPath: 'spec.containers{app}',
    },
    type: 'Normal',
    reason: 'BackOff',
    message: 'Back-off pulling image "registry.example/app:2"',
    source: { component: 'kubelet', host: 'node-0' },
    reportingComponent: 'kubelet',
    reportingInstance: 'node-0',
    firstTimestamp: '2026-05-04T09:50:01Z',
    lastTimestamp: '2026-05-04T10:00:00Z',
    count: 4,
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type KubernetesObject, parseKubernetesObject } from '../kubernetes/kubernetes-object.ts';
import { SpecPartPool, StringPool } from './intern-pool.ts';
import { projectEvent } from './project-event.ts';
import { projectConditions } from './project-metadata.ts';
import { PodProjection } from './project-pod.ts';
import { projectNamespace, projectService } from './project-service.ts';
import {
  projectDaemonSet,
  projectDeployment,
  projectReplicaSet,
  projectStatefulSet,
  projectTemplate,
  valueHash,
} from './project-workload.ts';

const hash = valueHash('key');
const parts = new SpecPartPool();
const texts = new StringPool();

/** Every projection, and a reading of every field that it gives: getters must be as total as the projection. */
const projections: Readonly<Record<string, (object: KubernetesObject) => unknown>> = {
  pod: (object) => readAll(new PodProjection(parts).project(object)),
  deployment: (object) => projectDeployment(object, null, parts),
  statefulset: (object) => projectStatefulSet(object, null, parts, hash),
  daemonset: (object) => projectDaemonSet(object, null, parts, hash),
  replicaset: (object) => projectReplicaSet(object, null),
  service: projectService,
  namespace: projectNamespace,
  event: (object) => projectEvent(object, texts),
  template: (object) => projectTemplate(object.raw, hash),
};

/** What the getters of a packed pod say, as a plain object. */
function readAll(pod: ReturnType<PodProjection['project']>) {
  if (pod === null) return null;
  const { namespace, name, uid, createdAt, deletionAt, finalizers, labels, owner, spec, nodeName } = pod;
  const { targetNodeName, nominatedNodeName, phase, reason, message, startAt, conditions } = pod;
  const { containerStatuses, initContainerStatuses } = pod;
  return {
    metadata: [namespace, name, uid, createdAt, deletionAt, finalizers, labels, owner],
    spec: [spec, nodeName, targetNodeName],
    status: [nominatedNodeName, phase, reason, message, startAt, conditions, containerStatuses, initContainerStatuses],
  };
}

/** A pod with every field that is read, to be broken in all ways. */
const fullPod = {
  metadata: {
    namespace: 'shop',
    name: 'db-3',
    uid: 'pod-uid',
    resourceVersion: '77',
    creationTimestamp: '2026-01-01T00:00:00Z',
    deletionTimestamp: '2026-01-01T01:00:00Z',
    finalizers: ['example.com/hold'],
    generation: 3,
    labels: { app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-3', 'apps.kubernetes.io/pod-index': '3' },
    annotations: { 'deployment.kubernetes.io/revision': '4' },
    ownerReferences: [{ kind: 'StatefulSet', name: 'db', uid: 'set-uid', controller: true }],
  },
  spec: {
    nodeName: 'node-1',
    replicas: 3,
    selector: { matchLabels: { app: 'db' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1, maxUnavailable: '10%' } },
    volumeClaimTemplates: [{ metadata: { name: 'data' } }],
    ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }] }],
        },
      },
    },
    containers: [
      {
        name: 'app',
        image: 'db:1',
        command: ['run'],
        args: ['--now'],
        env: [
          { name: 'A', value: 'secret' },
          { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        ],
        envFrom: [{ configMapRef: { name: 'settings', optional: true } }],
        ports: [{ containerPort: 80, hostPort: 8080 }],
        resources: { requests: { cpu: '1', memory: 5 }, limits: null },
        readinessProbe: { httpGet: { port: 80, path: '/' }, periodSeconds: 5 },
        livenessProbe: { exec: { command: ['cat', '/x'] } },
        startupProbe: { grpc: { port: 9 } },
      },
    ],
    initContainers: [
      { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always' },
      { name: 'init', image: 'init:1' },
    ],
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'data-db-3' } },
      { name: 'kube-api-access-x1y2z', projected: { sources: [] } },
      { name: 'scratch', ephemeral: {} },
    ],
    tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
    template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'app', image: 'db:1' }] } },
  },
  status: {
    phase: 'Running',
    startTime: '2026-01-01T00:00:01Z',
    conditions: ['PodScheduled', 'Initialized', 'Ready', 'ContainersReady'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:05Z',
    })),
    containerStatuses: [
      {
        name: 'app',
        ready: true,
        started: true,
        restartCount: 0,
        imageID: 'sha256:1',
        state: { running: { startedAt: '2026-01-01T00:00:02Z' } },
        lastState: {},
        allocatedResourcesStatus: [{ name: 'gpu', resources: [{ health: 'Healthy' }] }],
      },
    ],
    initContainerStatuses: [],
  },
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'db-3', uid: 'pod-uid', fieldPath: 'spec.containers{app}' },
  reason: 'BackOff',
  message: 'Back-off',
  count: 3,
  eventTime: '2026-01-01T00:00:03.123456Z',
  series: { count: 4, lastObservedTime: '2026-01-01T00:00:09Z' },
};

/** Any JSON, with a liking for what Go writes: null for absent lists, odd numbers, `__proto__` as a name. */
const anyJson = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, [], {}, [null], '', 0, -1, 1e308, true, '0001-01-01T00:00:00Z', ['__proto__']),
);

/** The full object with one place replaced by anything. */
function broken(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [index, ...rest] = path;
  if (index === undefined || typeof value !== 'object' || value === null) return replacement;
  const keys = Object.keys(value);
  const key = keys[index % Math.max(1, keys.length)];
  if (key === undefined) return replacement;
  const child = (value as Record<string, unknown>)[key];
  const changed = broken(child, rest, replacement);
  if (Array.isArray(value)) return value.map((item: unknown, place) => (String(place) === key ? changed : item));
  return { ...value, [key]: changed };
}

const identity = { namespace: 'shop', name: 'db-3', uid: 'pod-uid', resourceVersion: '77' };

for (const [name, project] of Object.entries(projections)) {
  test(`the projection of a ${name} takes any JSON and never throws`, () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('metadata', 'spec', 'status', 'kind', 'reason'), anyJson), (raw) => {
        project({ metadata: identity, raw });
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.array(fc.nat(12), { maxLength: 8 }), anyJson, (path, replacement) => {
        const raw = broken(fullPod, path, replacement);
        const fields = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? raw : {};
        project({ metadata: identity, raw: fields as Record<string, unknown> });
      }),
      { numRuns: 2_000 },
    );
  });
}

const second = fc.integer({ min: 0, max: 1_100 });
/** All there and True, Ready and ContainersReady together. */
const ordinaryConditions = fc
  .tuple(second, second, second, second, fc.boolean())
  .map(([scheduled, initialized, start, ready, isNew]) =>
    [
      { type: 'PodReadyToStartContainers', at: start },
      { type: 'Initialized', at: initialized },
      { type: 'Ready', at: ready },
      { type: 'ContainersReady', at: ready },
      { type: 'PodScheduled', at: scheduled },
    ]
      .slice(isNew ? 0 : 1)
      .map(({ type, at }) => ({ type, status: 'True', lastTransitionTime: instantText(at) })),
  );

/** Ordinary pods, and pods that are not, by many small differences. */
const podStatus = fc.record({
  phase: fc.constantFrom('Running', 'Running', 'Running', 'Pending', 'Failed', 'Strange'),
  conditions: fc.oneof(
    ordinaryConditions,
    fc.uniqueArray(
      fc.record(
        {
          type: fc.constantFrom(
            'PodScheduled',
            'Initialized',
            'Ready',
            'ContainersReady',
            'PodReadyToStartContainers',
            'x/y',
          ),
          status: fc.constantFrom('True', 'True', 'True', 'True', 'False', 'Unknown'),
          lastTransitionTime: fc.integer({ min: 0, max: 2_000 }).map(instantText),
          reason: fc.constantFrom('', '', '', 'Because'),
        },
        { requiredKeys: ['type', 'status', 'lastTransitionTime'] },
      ),
      { selector: ({ type }) => type, maxLength: 6 },
    ),
  ),
  containerStatuses: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('app', 'proxy', 'third', 'fourth'),
      ready: fc.constantFrom(true, true, true, false),
      started: fc.constantFrom(true, true, true, false),
      restartCount: fc.constantFrom(0, 0, 0, 7),
      imageID: fc.constantFrom('sha256:1', 'sha256:2'),
      state: fc.oneof(
        fc.integer({ min: 0, max: 2_000 }).map((second) => ({ running: { startedAt: instantText(second) } })),
        fc.constant({ waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } }),
      ),
      lastState: fc.constantFrom(
        {},
        {},
        { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: instantText(9) } },
      ),
    }),
    { selector: ({ name }) => name, maxLength: 4 },
  ),
});

function instantText(second: number): string {
  return new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString().replace('.000Z', 'Z');
}

test('a packed pod says what its JSON says, ordinary or not', () => {
  const projection = new PodProjection(parts);
  let compact = 0;
  fc.assert(
    fc.property(podStatus, fc.constantFrom(undefined, 'node-1', 'node-2'), (status, nodeName) => {
      const raw = { ...fullPod, spec: { ...fullPod.spec, nodeName }, status };
      const pod = projection.project({ metadata: identity, raw });
      assert.ok(pod !== null);
      const byType = (left: { type: string }, right: { type: string }) => (left.type < right.type ? -1 : 1);
      assert.deepEqual([...pod.conditions].sort(byType), [...projectConditions(status)].sort(byType));
      assert.equal(
        pod.isReady,
        status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
      );
      assert.deepEqual(
        pod.containerStatuses.map(({ name, ready, started, restartCount, imageId, state, lastTermination }) => ({
          status: [name, ready, started, restartCount, imageId],
          at: state.kind === 'running' ? state.startedAt : null,
          waiting: state.kind === 'waiting' ? state.reason : null,
          exitCode: lastTermination?.exitCode ?? null,
        })),
        status.containerStatuses.map(({ name, ready, started, restartCount, imageID, state, lastState }) => ({
          status: [name, ready, started, restartCount, imageID],
          at: 'running' in state ? Date.parse(state.running.startedAt) : null,
          waiting: 'waiting' in state ? state.waiting.reason : null,
          exitCode: 'terminated' in lastState ? lastState.terminated.exitCode : null,
        })),
      );
      assert.equal(pod.phase, status.phase === 'Strange' ? 'Unknown' : status.phase);
      assert.equal(pod.nodeName, nodeName ?? null);
      assert.equal(pod.targetNodeName, 'node-1');
      assert.deepEqual(pod.labels, fullPod.metadata.labels);
      assert.equal(pod.createdAt, Date.UTC(2026, 0, 1));
      assert.equal(pod.deletionAt, Date.UTC(2026, 0, 1, 1));
      // Read twice, and what is packed is built twice.
      if (pod.conditions !== pod.conditions && pod.containerStatuses !== pod.containerStatuses) compact++;
    }),
    { numRuns: 5_000 },
  );
  assert.ok(compact > 20, `only ${compact} of the pods were packed`);
});

test('siblings share one spec and one set of labels, their own names included in neither', () => {
  const projection = new PodProjection(parts);
  const sibling = (ordinal: number) => {
    const name = `db-${ordinal}`;
    const text = JSON.stringify(fullPod)
      .replaceAll('db-3', name)
      .replaceAll('"apps.kubernetes.io/pod-index":"3"', `"apps.kubernetes.io/pod-index":"${ordinal}"`)
      .replaceAll('x1y2z', `x1y2${ordinal}`);
    const pod = projection.project({
      metadata: { ...identity, name },
      raw: JSON.parse(text) as Record<string, unknown>,
    });
    assert.ok(pod !== null);
    return pod;
  };
  const [first, second] = [sibling(3), sibling(12)];
  assert.equal(first.spec, second.spec);
  assert.equal(projection.sizes.shapes, 1);
  assert.equal(second.labels['statefulset.kubernetes.io/pod-name'], 'db-12');
  assert.equal(second.labels['apps.kubernetes.io/pod-index'], '12');
  assert.deepEqual(
    second.spec.volumes.map(({ name, type, source }) => [name, type, source]),
    [
      ['data', 'persistentVolumeClaim', 'data-{pod}'],
      ['kube-api-access', 'projected', null],
      ['scratch', 'ephemeral', '{pod}-scratch'],
    ],
  );
  assert.deepEqual(
    first.spec.containers.map(({ name, type }) => [name, type]),
    [
      ['app', 'app'],
      ['proxy', 'sidecar'],
      ['init', 'init'],
    ],
  );
  assert.equal(first.spec.hasNodeAffinity, false, 'pinning by the DaemonSet controller is no affinity');
});

test('a pod of a Job, of nobody, or with an owner that does not control it is not kept', () => {
  const projection = new PodProjection(parts);
  for (const ownerReferences of [
    undefined,
    null,
    [{ kind: 'Job', name: 'j', uid: 'u', controller: true }],
    [{ kind: 'ReplicaSet', name: 'r', uid: 'u', controller: false }],
  ]) {
    const raw = { ...fullPod, metadata: { ...fullPod.metadata, ownerReferences } };
    assert.equal(projection.project({ metadata: identity, raw }), null);
  }
});

test('no value of env or args leaves the projection of a template but as a hash of this installation', () => {
  const template = {
    spec: {
      containers: [
        {
          name: 'app',
          env: [
            { name: 'PASSWORD', value: 'hunter2' },
            { name: 'FROM', valueFrom: { configMapKeyRef: { name: 'settings', key: 'port' } } },
          ],
          args: ['--password=hunter2'],
        },
      ],
    },
  };
  const projected = projectTemplate(template, hash);
  assert.deepEqual(Object.keys(projected.envHashes), ['app/PASSWORD', 'app/FROM']);
  assert.equal(projected.envHashes['app/FROM'], 'configMapKeyRef settings/port');
  assert.equal(projected.envHashes['app/PASSWORD'], hash('hunter2'));
  assert.notEqual(projected.envHashes['app/PASSWORD'], valueHash('another installation')('hunter2'));
  assert.ok(!JSON.stringify([projected.envHashes, projected.commandHashes]).includes('hunter2'));
});

test('a template is projected anew only when the generation has moved', () => {
  const object = (generation: number, image: string): KubernetesObject => {
    const parsed = parseKubernetesObject({
      metadata: { ...fullPod.metadata, generation },
      spec: { template: { spec: { containers: [{ name: 'app', image }] } } },
    });
    assert.ok(parsed !== null);
    return parsed;
  };
  const first = projectStatefulSet(object(1, 'db:1'), null, parts, hash);
  const same = projectStatefulSet(object(1, 'db:1'), first, parts, hash);
  const next = projectStatefulSet(object(2, 'db:2'), same, parts, hash);
  assert.equal(same.template, first.template);
  assert.equal(same.rolloutTemplate, first.rolloutTemplate);
  assert.equal(next.template.containers[0]?.image, 'db:2');
});

test('events of both APIs give their times and counts', () => {
  const event = (fields: object) =>
    projectEvent({ metadata: identity, raw: { involvedObject: fullPod.involvedObject, ...fields } }, texts);
  const cases: readonly (readonly [fields: object, firstAt: string, lastAt: string, count: number])[] = [
    [{ firstTimestamp: '2026-01-01T00:00:01Z', lastTimestamp: '2026-01-01T00:00:05Z', count: 3 }, '01', '05', 3],
    [{ eventTime: '2026-01-01T00:00:02.123456Z', firstTimestamp: null, lastTimestamp: null }, '02', '02', 1],
    [
      { eventTime: '2026-01-01T00:00:02Z', series: { count: 9, lastObservedTime: '2026-01-01T00:00:08Z' } },
      '02',
      '08',
      9,
    ],
    [{ metadata: { creationTimestamp: '2026-01-01T00:00:04Z' } }, '04', '04', 1],
  ];
  for (const [fields, firstAt, lastAt, count] of cases) {
    const facts = event(fields);
    assert.equal(new Date(facts?.firstAt ?? 0).toISOString().slice(17, 19), firstAt);
    assert.equal(new Date(facts?.lastAt ?? 0).toISOString().slice(17, 19), lastAt);
    assert.equal(facts?.count, count);
  }
  assert.equal(event({ involvedObject: { kind: 'Job', name: 'j' } }), null);
});

test('a pod after its sibling is projected as if it came alone', () => {
  const alone = (raw: Record<string, unknown>) =>
    readAll(new PodProjection(parts).project({ metadata: identity, raw }));
  let shared = 0;
  fc.assert(
    fc.property(fc.array(fc.nat(12), { minLength: 1, maxLength: 8 }), anyJson, (path, replacement) => {
      const raw = broken(fullPod, path, replacement);
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return;
      const projection = new PodProjection(parts);
      const before = projection.project({ metadata: identity, raw: fullPod });
      const after = projection.project({ metadata: identity, raw: raw as Record<string, unknown> });
      if (after !== null && after.spec === before?.spec) shared++;
      assert.deepEqual(readAll(after), alone(raw as Record<string, unknown>));
    }),
    { numRuns: 3_000 },
  );
  assert.ok(shared > 100, `only ${shared} specs were shared`);
});

test('the pods of the only revision of a StatefulSet are updated, also where a controller of before 1.12 counts none', () => {
  const updated = (status: object): number => {
    const metadata = { namespace: 'shop', name: 'db', uid: 'uid-db', resourceVersion: '1' };
    return projectStatefulSet({ metadata, raw: { metadata, status } }, null, parts, hash).status.updatedReplicas;
  };
  assert.equal(updated({ currentReplicas: 3, currentRevision: 'db-1', updateRevision: 'db-1' }), 3);
  assert.equal(updated({ currentReplicas: 3 }), 3, 'a status of before there were revisions');
  assert.equal(updated({ currentReplicas: 3, currentRevision: 'db-1', updateRevision: 'db-2' }), 0);
  assert.equal(updated({ currentReplicas: 1, updatedReplicas: 2, currentRevision: 'db-1', updateRevision: 'db-2' }), 2);
});

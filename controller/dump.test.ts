import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assessDump, DumpError } from './dump.ts';

const now = Date.parse('2026-01-01T12:00:00Z');

function deployment(name: string, app: string, replicas = 1): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { replicas, selector: { matchLabels: { name } }, ...templateOf(name, app) },
    status: { observedGeneration: 1, replicas, updatedReplicas: replicas },
  };
}

function templateOf(name: string, app: string): object {
  return { template: { metadata: { labels: { name, app } }, spec: { containers: [{ name: 'app', image: 'i' }] } } };
}

function replicaSet(name: string): object {
  return {
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-1`,
      namespace: 'shop',
      uid: `uid-rs-${name}`,
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      ownerReferences: [{ kind: 'Deployment', name, uid: `uid-${name}`, controller: true }],
    },
  };
}

function pod(name: string, app: string, ready: boolean): object {
  const at = '2026-01-01T10:00:00Z';
  const status = ready ? 'True' : 'False';
  return {
    kind: 'Pod',
    metadata: {
      name: `${name}-1-a`,
      namespace: 'shop',
      uid: `uid-pod-${name}`,
      labels: { name, app },
      creationTimestamp: at,
      ownerReferences: [{ kind: 'ReplicaSet', name: `${name}-1`, uid: `uid-rs-${name}`, controller: true }],
    },
    spec: { nodeName: 'n', containers: [{ name: 'app', image: 'i' }] },
    status: {
      phase: 'Running',
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
        type,
        status: type === 'PodScheduled' || type === 'Initialized' ? 'True' : status,
        lastTransitionTime: at,
      })),
      containerStatuses: [
        { name: 'app', ready, started: true, restartCount: 0, state: { running: { startedAt: at } } },
      ],
    },
  };
}

const service = {
  kind: 'Service',
  metadata: { name: 'front', namespace: 'shop', uid: 's', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { type: 'ClusterIP', selector: { app: 'front' }, ports: [] },
};

const codesOf = (documents: readonly unknown[], key: string): readonly string[] => {
  const found = assessDump(documents, now).verdicts.find(({ snapshot }) => snapshot.key === key);
  assert.ok(found !== undefined, `${key} is not in the dump`);
  return found.snapshot.causes.map(({ code }) => code);
};

test('a Service without a ready pod is told of, unless another workload keeps it alive', () => {
  const sick = [deployment('blue', 'front'), replicaSet('blue'), pod('blue', 'front', false), service];
  assert.ok(codesOf(sick, 'shop/Deployment/blue').includes('ServiceWithoutReadyPods'));
  const saved = [...sick, deployment('green', 'front'), replicaSet('green'), pod('green', 'front', true)];
  assert.ok(!codesOf(saved, 'shop/Deployment/blue').includes('ServiceWithoutReadyPods'));
});

test('pods of another workload are foreign by every expression of the selector', () => {
  const select = (matchExpressions: readonly object[]): object => ({
    ...deployment('blue', 'front'),
    spec: { ...templateOf('blue', 'front'), selector: { matchExpressions } },
  });
  const beside = [replicaSet('blue'), deployment('green', 'front'), replicaSet('green'), pod('green', 'front', true)];
  const inFront = { key: 'app', operator: 'In', values: ['back', 'front'] };
  for (const [expressions, isForeign] of [
    [[inFront], true],
    [[inFront, { key: 'name', operator: 'NotIn', values: ['green'] }], false],
    [[inFront, { key: 'name', operator: 'Exists' }], true],
    [[inFront, { key: 'name', operator: 'DoesNotExist' }], false],
    [[inFront, { key: 'name', operator: 'Later', values: ['green'] }], false],
    [[{ key: 'app', operator: 'In', values: ['back'] }], false],
  ] as const) {
    const codes = codesOf([select(expressions), ...beside], 'shop/Deployment/blue');
    assert.equal(codes.includes('ForeignPods'), isForeign, JSON.stringify(expressions));
  }
});

test('what a dump lacks is not supplied, which is not the same as absent', () => {
  const report = assessDump([deployment('blue', 'front', 2)], now);
  assert.deepEqual(report.notSupplied, ['pods', 'replicasets', 'events', 'services']);
  assert.equal(report.verdicts.length, 1);
});

test('lists, typed lists and hand-made objects without uid are read; other kinds are counted', () => {
  const list = { kind: 'List', items: [deployment('a', 'x'), { kind: 'ConfigMap', metadata: { name: 'c' } }] };
  const typed = { kind: 'DaemonSetList', items: [{ metadata: { name: 'agent' }, spec: {}, status: {} }] };
  const report = assessDump([list, typed], now);
  assert.deepEqual(report.verdicts.map(({ snapshot }) => snapshot.key).sort(), [
    'default/DaemonSet/agent',
    'shop/Deployment/a',
  ]);
  assert.deepEqual([...report.ignored], [['ConfigMap', 1]]);
  assert.equal(report.newestAt, Date.parse('2026-01-01T00:00:00Z'));
});

test('objects without a kind are known by their fields, in arrays and in lists without kinds', () => {
  const bare = (raw: object): object => ({ ...raw, kind: undefined, apiVersion: undefined });
  const stripped = (raw: object): object => JSON.parse(JSON.stringify(bare(raw)));
  const spec = (kind: object, name = 'x'): object => ({
    metadata: { name, namespace: 'shop' },
    spec: { selector: { matchLabels: { name } }, ...templateOf(name, 'front'), ...kind },
    status: { observedGeneration: 1 },
  });
  const event = { metadata: { name: 'e' }, involvedObject: { kind: 'Pod', name: 'a' }, reason: 'BackOff' };
  const items = [
    spec({ strategy: { type: 'RollingUpdate' } }, 'web'),
    spec({ podManagementPolicy: 'OrderedReady', updateStrategy: { type: 'RollingUpdate' } }, 'db'),
    spec({ updateStrategy: { type: 'OnDelete' } }, 'agent'),
    { ...spec({}, 'agent-of-1-5'), status: { desiredNumberScheduled: 1 } },
    spec({ serviceName: 'db' }, 'db-of-1-6'),
    spec({ replicas: 1 }, 'web-1'),
    spec({ backoffLimit: 6 }, 'a job'),
    spec({ parallelism: 1 }, 'a job of 1-5'),
    spec({ strategy: { canary: {} } }, 'a rollout'),
    spec({ selector: { name: 'x' }, strategy: { type: 'Recreate' } }, 'a DeploymentConfig'),
    stripped(pod('web', 'front', true)),
    stripped({ ...service, spec: { ...service.spec, sessionAffinity: 'None' } }),
    event,
    { metadata: { name: 'shop' }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
    { metadata: { name: 'claim' }, status: { phase: 'Bound' } },
  ];
  for (const document of [items, { metadata: {}, items }]) {
    const { held, ignored, verdicts } = assessDump([document], now);
    assert.deepEqual(Object.fromEntries(held), {
      Pod: 1,
      ReplicaSet: 1,
      Deployment: 1,
      StatefulSet: 2,
      DaemonSet: 2,
      Service: 1,
      Event: 1,
      Namespace: 1,
    });
    assert.deepEqual([...ignored], [['an object without a kind', 5]]);
    assert.deepEqual(verdicts.map(({ snapshot }) => snapshot.key).sort(), [
      'shop/DaemonSet/agent',
      'shop/DaemonSet/agent-of-1-5',
      'shop/Deployment/web',
      'shop/StatefulSet/db',
      'shop/StatefulSet/db-of-1-6',
    ]);
  }
});

test('lists under the names of their resources are read', () => {
  const documents = [{ deployments: { items: [deployment('blue', 'front')] }, pods: [pod('blue', 'front', true)] }];
  assert.deepEqual(
    [...assessDump(documents, now).held],
    [
      ['Pod', 1],
      ['Deployment', 1],
    ],
  );
  assert.throws(() => assessDump([{ a: 1, b: [] }], now), /Document 1 holds an object without a kind/);
});

test('an empty list of a kind says that there is none, and that is supplied', () => {
  const empty = (kind: string): object => ({ kind, apiVersion: 'v1', items: [] });
  const { notSupplied } = assessDump([deployment('blue', 'front'), empty('EventList'), empty('PodList')], now);
  assert.deepEqual(notSupplied, ['replicasets', 'services']);
  const knative = { ...empty('ServiceList'), apiVersion: 'serving.knative.dev/v1' };
  assert.ok(assessDump([deployment('blue', 'front'), knative], now).notSupplied.includes('services'));
});

test('where no object says since when, nothing is said: neither the moment of the look nor the year 1970', () => {
  const status = { desiredNumberScheduled: 3, currentNumberScheduled: 3, updatedNumberScheduled: 3, numberReady: 2 };
  const metadata = { name: 'agent', namespace: 'shop', uid: 'a', generation: 1 };
  const daemonSet = {
    kind: 'DaemonSet',
    metadata: { ...metadata, creationTimestamp: '2025-01-01T00:00:00Z' },
    status: { ...status, numberAvailable: 2, numberUnavailable: 1, observedGeneration: 1 },
  };
  const statefulSet = {
    kind: 'StatefulSet',
    metadata,
    spec: { replicas: 1 },
    status: { observedGeneration: 1, replicas: 1 },
  };
  for (const [object, state] of [
    [daemonSet, 'Degraded'],
    [statefulSet, 'Down'],
  ] as const) {
    const verdict = assessDump([object], now).verdicts[0]?.snapshot.verdict;
    assert.equal(verdict?.state, state);
    assert.equal(verdict.since, null);
    assert.equal(verdict.cause?.since, null);
  }
});

test('of an object without a date nothing is said about a time that is over, but by its own conditions', () => {
  const codes = (conditions: readonly object[], metadata: object): readonly string[] => {
    const ill = {
      kind: 'Pod',
      metadata: {
        name: 'web-1-a',
        namespace: 'shop',
        ownerReferences: [{ kind: 'ReplicaSet', name: 'web-1', controller: true }],
      },
      spec: { containers: [{ name: 'app', image: 'i' }] },
      status: {
        phase: 'Running',
        containerStatuses: [
          { name: 'app', ready: false, restartCount: 9, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
      },
    };
    const web = {
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', ...metadata },
      spec: { replicas: 1 },
      status: { replicas: 1, updatedReplicas: 1, observedGeneration: 1, conditions },
    };
    const snapshot = assessDump([web, ill], now).verdicts[0]?.snapshot;
    return [snapshot?.verdict.cause?.code ?? '', ...(snapshot?.causes.map(({ code }) => code) ?? [])];
  };
  const said = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
  assert.deepEqual(codes([], {}), ['CrashLoop', 'SinglePointOfFailure']);
  assert.deepEqual(codes([said], {}), ['CrashLoop', 'ProgressDeadlineExceeded', 'SinglePointOfFailure']);
  assert.ok(codes([], { creationTimestamp: '2025-12-01T00:00:00Z' }).includes('NeverHealthy'));
});

test('the newest instant is one that the server wrote into an object that is read', () => {
  const annotated = deployment('blue', 'front') as { metadata: object };
  const documents = [
    {
      ...annotated,
      metadata: { ...annotated.metadata, annotations: { 'node.example/expiresAt': '2030-01-01T00:00:00Z' } },
    },
    { kind: 'Certificate', metadata: { name: 'c' }, status: { renewalTime: '2031-01-01T00:00:00Z' } },
  ];
  assert.equal(assessDump(documents, now).newestAt, Date.parse('2026-01-01T00:00:00Z'));
});

test('a document that is no object is refused by its number', () => {
  assert.throws(
    () => assessDump(['text'], now),
    (error) => error instanceof DumpError && /Document 1 holds the text "text"/.test(error.message),
  );
  assert.throws(() => assessDump([{ kind: 'Pod', metadata: {} }], now), /Document 1 holds a Pod without metadata.name/);
  assert.throws(
    () => assessDump([{ apiVersion: 'v1', items: [service] }], now),
    /a list without its kind \(was the dump cut/,
  );
  const refusal = { kind: 'Status', status: 'Failure', message: 'deployments.apps "web" not found', code: 404 };
  assert.throws(
    () => assessDump([refusal], now),
    /a refusal of the API server, not objects: deployments.apps "web" not/,
  );
});

const verdictOf = (documents: readonly unknown[], key = 'shop/Deployment/blue') => {
  const found = assessDump(documents, now).verdicts.find(({ snapshot }) => snapshot.key === key);
  assert.ok(found !== undefined, `${key} is not in the dump`);
  const { state, availability, cause } = found.snapshot.verdict;
  return { state, available: availability.available, cause: cause?.message ?? null, pods: found.snapshot.podsTotal };
};

test('a manifest is Unknown: no server has said a word about it', () => {
  const { status: _, ...manifest } = { status: null, ...deployment('blue', 'front') };
  const { state, cause } = verdictOf([manifest, { ...pod('blue', 'front', true), status: undefined }]);
  assert.equal(state, 'Unknown');
  assert.match(cause ?? '', /^The object carries no status: it is a manifest/);
});

test('a manifest of kubectl --dry-run is one as well, though it has an empty status', () => {
  const manifest = { ...deployment('blue', 'front'), metadata: { name: 'blue', creationTimestamp: null }, status: {} };
  assert.equal(verdictOf([manifest], 'default/Deployment/blue').state, 'Unknown');
  const created = { ...deployment('blue', 'front'), status: {} };
  assert.notEqual(verdictOf([created]).state, 'Unknown', 'a server has written when it was created');
});

test('a kind of workload that is missing although pods belong to it is not supplied', () => {
  const ownedBy = (kind: string): object => {
    const one = pod('blue', 'front', true) as { metadata: object };
    return {
      ...one,
      metadata: { ...one.metadata, ownerReferences: [{ kind, name: 'a', uid: 'a', controller: true }] },
    };
  };
  const withPod = (kind: string): readonly string[] =>
    assessDump([deployment('green', 'front'), ownedBy(kind)], now).notSupplied;
  assert.deepEqual(withPod('StatefulSet'), ['statefulsets', 'replicasets', 'events', 'services']);
  assert.deepEqual(withPod('DaemonSet'), ['daemonsets', 'replicasets', 'events', 'services']);
  for (const kind of ['ReplicaSet', 'Job', 'Node', 'Rollout'])
    assert.deepEqual(withPod(kind), ['replicasets', 'events', 'services'], kind);
  const orphan = assessDump([pod('blue', 'front', true)], now).notSupplied;
  assert.deepEqual(orphan, ['deployments', 'replicasets', 'events', 'services']);
});

test('a dump with some of the pods only: the status counts, and those pods are looked at', () => {
  const status = { observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 2, availableReplicas: 2 };
  const chosen = [{ ...deployment('blue', 'front', 3), status }, replicaSet('blue'), pod('blue', 'front', false)];
  const { available, state, pods } = verdictOf(chosen);
  assert.deepEqual({ available, state, pods }, { available: 2, state: 'Degraded', pods: 1 });
});

test('pods without their ReplicaSets: the chain is made whole by the name that the controller gave', () => {
  const hashed = (raw: object): object => JSON.parse(JSON.stringify(raw).replaceAll('blue-1', 'blue-5f6d'));
  const orphan = hashed(pod('blue', 'front', false)) as { metadata: { labels: Record<string, string> } };
  orphan.metadata.labels['pod-template-hash'] = '5f6d';
  const report = assessDump([deployment('blue', 'front'), orphan], now);
  assert.deepEqual(report.notSupplied, ['replicasets', 'events', 'services']);
  assert.equal(report.verdicts[0]?.snapshot.podsTotal, 1);
  // The hash in the name was written another way than the label before 1.12.
  orphan.metadata.labels['pod-template-hash'] = '2950258546';
  assert.equal(verdictOf([deployment('blue', 'front'), orphan]).pods, 1);
  delete orphan.metadata.labels['pod-template-hash'];
  assert.equal(verdictOf([deployment('blue', 'front'), orphan]).pods, 0);
});

test('a recorded watch: the last word about an object counts, and a deleted one is gone', () => {
  const seen = (type: string, object: object): object => ({ type, object });
  const documents = [
    seen('ADDED', deployment('blue', 'front')),
    seen('ADDED', deployment('green', 'front')),
    seen('MODIFIED', {
      ...deployment('blue', 'front'),
      status: { observedGeneration: 1, replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1 },
    }),
    seen('DELETED', deployment('green', 'front')),
    seen('BOOKMARK', { kind: 'Deployment', metadata: { resourceVersion: '12' } }),
  ];
  const { verdicts } = assessDump(documents, now);
  assert.deepEqual(
    verdicts.map(({ snapshot }) => [snapshot.key, snapshot.verdict.availability.available]),
    [['shop/Deployment/blue', 1]],
  );
});

test('an object that the dump holds twice counts in its newer version', () => {
  const version = (resourceVersion: string, replicas: number): object => {
    const one = deployment('blue', 'front', replicas) as { metadata: object };
    return { ...one, metadata: { ...one.metadata, resourceVersion } };
  };
  const desired = (documents: readonly object[]): number | undefined =>
    assessDump(documents, now).verdicts[0]?.snapshot.verdict.availability.desired;
  assert.equal(desired([version('20', 5), version('9', 2)]), 5);
  assert.equal(desired([version('9', 2), version('20', 5)]), 5);
  assert.equal(desired([version('a', 2), version('b', 5)]), 5);
});

test('what a later list of the namespace does not hold was deleted in between', () => {
  const named = (name: string, version: string): object => {
    const one = pod('blue', 'front', true) as { metadata: object };
    return { ...one, metadata: { ...one.metadata, name, uid: name, resourceVersion: version } };
  };
  const list = (resourceVersion: string, ...items: readonly object[]): object => ({
    kind: 'PodList',
    metadata: { resourceVersion },
    items,
  });
  const podsOf = (...documents: readonly object[]): number | undefined =>
    assessDump([deployment('blue', 'front', 3), replicaSet('blue'), ...documents], now).verdicts[0]?.snapshot.podsTotal;
  const [first, second, third] = [named('a', '100'), named('b', '100'), named('c', '990')];
  const earlier = list('150', first, second);
  assert.equal(podsOf(earlier, list('950', first)), 1);
  assert.equal(podsOf(list('950', first), earlier), 1, 'in whatever order they are read');
  assert.equal(podsOf(list('150', first), list('150', second)), 2, 'pages of one list');
  assert.equal(podsOf(list('', first), list('', second)), 2, 'lists of kubectl');
  assert.equal(podsOf(earlier, third), 3, 'one that was made after the list');
  assert.equal(podsOf(earlier, named('d', '120')), 2, 'one that was gone before it');
  const elsewhere = { ...named('x', '900'), metadata: { name: 'x', namespace: 'other', resourceVersion: '900' } };
  assert.equal(podsOf(earlier, list('950', elsewhere)), 2, 'another namespace');
});

test('a kind of another group that bears the same name is none of ours', () => {
  const knative = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name: 'front' } };
  const report = assessDump([deployment('blue', 'front'), knative], now);
  assert.ok(report.notSupplied.includes('services'));
  assert.deepEqual([...report.ignored], [['Service', 1]]);
});

test('events are read in both forms', () => {
  const note =
    'Error creating: pods "blue-1-x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0';
  const at = '2026-01-01T11:59:00Z';
  const about = { kind: 'ReplicaSet', namespace: 'shop', name: 'blue-1', uid: 'uid-rs-blue' };
  const common = { kind: 'Event', metadata: { name: 'e', namespace: 'shop' }, reason: 'FailedCreate', type: 'Warning' };
  const core = { ...common, involvedObject: about, message: note, lastTimestamp: at };
  const newer = { ...common, apiVersion: 'events.k8s.io/v1', regarding: about, note, deprecatedLastTimestamp: at };
  for (const event of [core, newer]) {
    const { cause } = verdictOf([deployment('blue', 'front'), replicaSet('blue'), event]);
    assert.equal(cause, 'Quota small has no room: 0 of at most 0 pods exist');
  }
});

test('ReplicaSets of a dump carry their templates, so what changed is told', () => {
  const revision = (number: number, image: string): object => ({
    kind: 'ReplicaSet',
    metadata: {
      name: `blue-${number}`,
      namespace: 'shop',
      uid: number === 2 ? 'uid-rs-blue' : 'uid-rs-old',
      creationTimestamp: '2026-01-01T10:00:00Z',
      annotations: { 'deployment.kubernetes.io/revision': String(number) },
      ownerReferences: [{ kind: 'Deployment', name: 'blue', uid: 'uid-blue', controller: true }],
    },
    spec: { template: { spec: { containers: [{ name: 'app', image }] } } },
  });
  const status = {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    conditions: [{ type: 'Available', status: 'False', lastTransitionTime: '2026-01-01T10:00:00Z' }],
  };
  const blue = { ...deployment('blue', 'front'), status };
  const documents = [blue, revision(1, 'web:1'), revision(2, 'web:2'), pod('blue', 'front', false)];
  const found = assessDump(documents, now).verdicts[0]?.snapshot.causes.find(({ code }) => code === 'TemplateChanged');
  assert.match(found?.message ?? '', /^Began .+ after revision 2: containers\[app\]\.image web:1 → web:2$/);
});

test('a kind that is called like something of JavaScript is one that nobody judges', () => {
  const odd = ['constructor', 'toString', '__proto__'].map((kind) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'x' },
  }));
  assert.deepEqual(
    [...assessDump(odd, now).ignored],
    [
      ['constructor', 1],
      ['toString', 1],
      ['__proto__', 1],
    ],
  );
});

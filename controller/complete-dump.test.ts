import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assessDump } from './dump.ts';

const now = Date.parse('2026-01-01T12:00:00Z');
const at = '2026-01-01T11:40:00Z';

interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

interface Named {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly Owner[];
  };
  readonly spec?: object;
  readonly status?: object;
  readonly involvedObject?: { readonly kind: string; readonly name: string; readonly uid?: string };
}

const waiting = {
  status: {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at }],
    containerStatuses: [
      { name: 'app', ready: false, restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } },
    ],
  },
  spec: { nodeName: 'n', containers: [{ name: 'app', image: 'i' }] },
};

function mountFails(name: string, uid: string): Named {
  const event = {
    kind: 'Event',
    metadata: { name: `${name}.1`, namespace: 'shop', uid: 'uid-event' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name, uid },
    reason: 'FailedMount',
    message: 'MountVolume.SetUp failed for volume "certs" : secret "web-tls" not found',
    lastTimestamp: '2026-01-01T11:59:00Z',
    type: 'Warning',
  };
  return event;
}

const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, currentReplicas: 1 };
const metadata = { namespace: 'shop', creationTimestamp: at };
const selector = { matchLabels: { app: 'web' } };
const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'i' }] } };

const ofDeployment: readonly Named[] = [
  {
    kind: 'Deployment',
    metadata: { ...metadata, name: 'web', uid: 'uid-web' },
    spec: { replicas: 1, selector, template },
    status,
  },
  {
    kind: 'ReplicaSet',
    metadata: {
      ...metadata,
      name: 'web-5d8f',
      uid: 'uid-rs',
      labels: { 'pod-template-hash': '5d8f' },
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'uid-web', controller: true }],
    },
  },
  {
    kind: 'Pod',
    metadata: {
      ...metadata,
      name: 'web-5d8f-abcde',
      uid: 'uid-pod',
      labels: { app: 'web', 'pod-template-hash': '5d8f' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-5d8f', uid: 'uid-rs', controller: true }],
    },
    ...waiting,
  },
  mountFails('web-5d8f-abcde', 'uid-pod'),
];

function ofSet(kind: 'StatefulSet' | 'DaemonSet', pod: string): readonly Named[] {
  const labels = { app: 'web', 'controller-revision-hash': 'web-1' };
  const numbers = { desiredNumberScheduled: 1, currentNumberScheduled: 1, updatedNumberScheduled: 1 };
  return [
    {
      kind,
      metadata: { ...metadata, name: 'web', uid: 'uid-web' },
      spec: { replicas: 1, selector, template },
      status: { ...status, ...numbers, updateRevision: 'web-1' },
    },
    {
      kind: 'Pod',
      metadata: {
        ...metadata,
        name: pod,
        uid: 'uid-pod',
        labels,
        ownerReferences: [{ kind, name: 'web', uid: 'uid-web', controller: true }],
      },
      ...waiting,
    },
    mountFails(pod, 'uid-pod'),
  ];
}

const withoutUid = (one: Named): Named => {
  const { uid: _, ...rest } = one.metadata;
  return { ...one, metadata: rest };
};
const withoutUidOfSubject = (one: Named): Named => {
  if (one.involvedObject === undefined) return one;
  const { uid: _, ...rest } = one.involvedObject;
  return { ...one, involvedObject: rest };
};
const withOwners = (one: Named, change: (owner: Owner) => Owner): Named => {
  const { ownerReferences } = one.metadata;
  return ownerReferences === undefined
    ? one
    : { ...one, metadata: { ...one.metadata, ownerReferences: ownerReferences.map(change) } };
};
const nameOnly = ({ kind, name }: Owner): Owner => ({ kind, name });
const withoutOwners = (one: Named): Named => {
  const { ownerReferences: _, ...rest } = one.metadata;
  return { ...one, metadata: rest };
};

const cuts: readonly (readonly [string, (one: Named) => Named])[] = [
  ['with all its uids', (one) => one],
  ['without uids of objects', withoutUid],
  ['without uids of owners and subjects', (one) => withoutUidOfSubject(withOwners(one, nameOnly))],
  ['without any uid', (one) => withoutUid(withoutUidOfSubject(withOwners(one, nameOnly)))],
  ['without owners', withoutOwners],
  ['without owners and uids', (one) => withoutUid(withoutUidOfSubject(withoutOwners(one)))],
];
const families: readonly (readonly [string, readonly Named[]])[] = [
  ['Deployment', ofDeployment],
  ['Deployment without its ReplicaSet', ofDeployment.filter(({ kind }) => kind !== 'ReplicaSet')],
  ['StatefulSet', ofSet('StatefulSet', 'web-0')],
  ['DaemonSet', ofSet('DaemonSet', 'web-abcde')],
];

for (const [family, objects] of families) {
  for (const [title, cut] of cuts) {
    test(`the chain from a ${family} to its pod and its event holds ${title}`, () => {
      const snapshot = assessDump(objects.map(cut), now).verdicts[0]?.snapshot;
      assert.equal(snapshot?.podsTotal, 1);
      assert.equal(
        snapshot.verdict.cause?.message,
        'Volume certs needs Secret web-tls, which does not exist in namespace shop',
      );
    });
  }
}

test('what was said by uid is not said otherwise by a name', () => {
  const [deployment, replicaSet, pod] = ofDeployment;
  assert.ok(deployment !== undefined && replicaSet !== undefined && pod !== undefined);
  const former = mountFails('web-5d8f-abcde', 'uid-of-a-former-pod');
  const foreign = withOwners(pod, (owner) => ({ ...owner, uid: 'uid-of-a-former-replica-set' }));
  const causeOf = (...documents: readonly Named[]): unknown =>
    assessDump(documents, now).verdicts[0]?.snapshot.verdict.cause?.code;
  assert.notEqual(causeOf(deployment, replicaSet, pod, former), 'MissingSecretVolume');
  assert.equal(assessDump([deployment, replicaSet, foreign], now).verdicts[0]?.snapshot.podsTotal, 0);
});

test('a pod without an owner and without the hash of a controller belongs to nobody', () => {
  const bare = ofDeployment.map((one) =>
    one.kind === 'Pod' ? withoutOwners({ ...one, metadata: { ...one.metadata, labels: { app: 'web' } } }) : one,
  );
  assert.equal(assessDump(bare, now).verdicts[0]?.snapshot.podsTotal, 0);
});

function availabilityOf(documents: readonly object[]): readonly unknown[] {
  const verdict = assessDump(documents, now).verdicts[0]?.snapshot.verdict;
  return [verdict?.state, verdict?.rollout.updated, verdict?.availability.ready, verdict?.availability.available];
}

test('a running pod without conditions is as ready as its containers', () => {
  const running = (...ready: readonly boolean[]): Named[] => {
    const containerStatuses = ready.map((one, index) => ({ name: `c${index}`, ready: one, state: { running: {} } }));
    return ofDeployment
      .filter(({ kind }) => kind !== 'Event')
      .map((one) => (one.kind === 'Pod' ? { ...one, status: { phase: 'Running', containerStatuses } } : one));
  };
  assert.deepEqual(availabilityOf(running(true, true)), ['Healthy', 1, 1, 1]);
  assert.deepEqual(availabilityOf(running(true, false)).slice(2), [0, 0]);
  assert.deepEqual(availabilityOf(running()).slice(2), [0, 0]);
});

const excerpts: readonly (readonly [string, object, readonly unknown[]])[] = [
  ['Deployment', { replicas: 3, readyReplicas: 3 }, ['Healthy', 3, 3, 3]],
  ['Deployment', { replicas: 3, availableReplicas: 3 }, ['Healthy', 3, 3, 3]],
  ['Deployment', { replicas: 3, availableReplicas: 1 }, ['Degraded', 3, 1, 1]],
  ['Deployment', { replicas: 3, readyReplicas: 3, unavailableReplicas: 3 }, ['Progressing', 3, 3, 0]],
  ['Deployment', { replicas: 3, readyReplicas: 3, observedGeneration: 1 }, ['Down', 0, 3, 0]],
  ['StatefulSet', { replicas: 3, readyReplicas: 3 }, ['Healthy', 3, 3, 3]],
  ['StatefulSet', { replicas: 3, readyReplicas: 1 }, ['Degraded', 3, 1, 1]],
  ['DaemonSet', { desiredNumberScheduled: 3, numberReady: 3 }, ['Healthy', 3, 3, 3]],
  ['DaemonSet', { desiredNumberScheduled: 3, numberAvailable: 2 }, ['Degraded', 3, 2, 2]],
];

for (const [kind, numbers, expected] of excerpts) {
  test(`a ${kind} of which ${JSON.stringify(numbers)} is said`, () => {
    const object = { kind, metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 3 }, status: numbers };
    assert.deepEqual(availabilityOf([object]), expected);
  });
}

test('an event without a name, a date, a uid and its container counts for the one container of its pod', () => {
  const pod = {
    kind: 'Pod',
    metadata: {
      name: 'web-5d8f-abcde',
      namespace: 'shop',
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-5d8f' }],
    },
    spec: { containers: [{ name: 'app', image: 'shop/web:2' }] },
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'app', ready: false, state: { waiting: { reason: 'ImagePullBackOff' } } }],
    },
  };
  const event = {
    kind: 'Event',
    metadata: { namespace: 'shop' },
    involvedObject: { kind: 'Pod', name: 'web-5d8f-abcde' },
    reason: 'Failed',
    message: 'Failed to pull image "shop/web:2": manifest unknown',
  };
  const [deployment] = ofDeployment;
  const verdict = assessDump([deployment, pod, event], now).verdicts[0]?.snapshot.verdict;
  assert.equal(verdict?.cause?.message, 'Image shop/web:2 does not exist in its registry');
  assert.equal(verdict.cause.since, null);
});

test('what YAML takes for a number or a truth is the text that was meant', () => {
  const status = { replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1, observedGeneration: 1 };
  const labels = { app: 5, 'pod-template-hash': 12345 };
  const deployment = {
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', annotations: { 'deployment.kubernetes.io/revision': 2 } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 5 } },
      template: { metadata: { labels: { app: 5 } }, spec: {} },
    },
    status: { ...status, conditions: [{ type: 'Available', status: true }] },
  };
  const pod = {
    kind: 'Pod',
    metadata: { name: 'web-12345-abcde', namespace: 'shop', labels },
    spec: { containers: [{ name: 'app', image: 'i' }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: true }] },
  };
  const service = { kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { selector: { app: 5 } } };
  const snapshot = assessDump([deployment, pod, service], now).verdicts[0]?.snapshot;
  assert.equal(snapshot?.verdict.state, 'Healthy');
  assert.equal(snapshot.revision, '2');
  assert.equal(snapshot.conditions[0]?.status, 'True');
  assert.deepEqual(
    snapshot.services.map(({ name, readyPods }) => [name, readyPods]),
    [['web', 1]],
  );
});

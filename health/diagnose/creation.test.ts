import assert from 'node:assert/strict';
import test from 'node:test';
import { alarmAfter } from '../alarm.ts';
import type { CauseCode, CauseDraft } from '../causes.ts';
import type { AnyWorkloadFacts, ConditionFacts, EventFacts, ReplicaSetFacts } from '../kubernetes.ts';
import type { IncidentGroup } from '../verdict.ts';
import { diagnoseCreation } from './creation.ts';
import { ago, condition, daemonSet, deployment, event, noon, statefulSet } from './test/facts.ts';

const replicaSets = [
  {
    namespace: 'shop',
    name: 'web-1',
    uid: 'uid-rs',
    createdAt: ago(60),
    deletionAt: null,
    finalizers: [],
    owner: null,
    revision: 1,
    podTemplateHash: '1',
    template: null,
  },
];

function diagnosed(
  workload: AnyWorkloadFacts,
  sets: readonly ReplicaSetFacts[],
  events: readonly EventFacts[],
  now: number,
): CauseDraft | null {
  return diagnoseCreation(workload, sets, events, now, alarmAfter(now));
}

interface About {
  readonly firstAgo?: number;
  readonly lastAgo?: number;
  readonly uid?: string;
}

function failedCreate(message: string, about: About = {}): EventFacts {
  return event('FailedCreate', message, {
    kind: 'ReplicaSet',
    name: 'web-1',
    uid: 'uid-rs',
    source: 'replicaset-controller',
    ...about,
  });
}

function created(about: About = {}, message = 'Created pod: web-1-x'): EventFacts {
  return event('SuccessfulCreate', message, {
    type: 'Normal',
    kind: 'ReplicaSet',
    name: 'web-1',
    uid: 'uid-rs',
    source: 'replicaset-controller',
    ...about,
  });
}

const forbidden = (reason: string): string => `Error creating: pods "web-1-" is forbidden: ${reason}`;

interface Case {
  readonly text: string;
  readonly code: CauseCode;
  readonly message: string;
  readonly command?: string;
  readonly group?: IncidentGroup;
}

const refusals: readonly Case[] = [
  {
    text: forbidden(
      'exceeded quota: compute, requested: requests.memory=1Gi, used: requests.memory=3584Mi, limited: requests.memory=4Gi',
    ),
    code: 'QuotaExceeded',
    message: 'Quota compute has no room: a pod needs 1Gi requests.memory, 512Mi left of 4Gi',
    command: 'kubectl -n shop describe resourcequota compute',
    group: { type: 'quota', name: 'shop/compute' },
  },
  {
    text: forbidden(
      'exceeded quota: compute, requested: pods=1,requests.cpu=500m, used: pods=10,requests.cpu=1900m, limited: pods=10,requests.cpu=2',
    ),
    code: 'QuotaExceeded',
    message: 'Quota compute has no room: 10 of at most 10 pods exist and a pod needs 500m requests.cpu, 100m left of 2',
    group: { type: 'quota', name: 'shop/compute' },
  },
  {
    text: forbidden('failed quota: compute: must specify limits.cpu for: app,proxy; limits.memory for: app'),
    code: 'QuotaNeedsResources',
    message: 'Quota compute wants limits.cpu on containers app and proxy and limits.memory on container app',
  },
  {
    text: forbidden(
      'violates PodSecurity "restricted:latest": runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ),
    code: 'PodSecurityViolation',
    message:
      'Namespace shop enforces Pod Security level restricted:latest: runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true); seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    command: 'kubectl get namespace shop --show-labels',
  },
  {
    text: 'Error creating: admission webhook "policy.example.com" denied the request: image must come from registry.corp',
    code: 'WebhookDenied',
    message: 'Admission webhook policy.example.com refuses the pods: image must come from registry.corp',
    group: { type: 'webhook', name: 'policy.example.com' },
  },
  {
    text: 'Error creating: Internal error occurred: failed calling webhook "inject.example.com": failed to call webhook: Post "https://injector.mesh.svc:443/": no endpoints available for service "injector"',
    code: 'WebhookUnavailable',
    message:
      'Admission webhook inject.example.com cannot be called, so no pod can be created: failed to call webhook: Post "https://injector.mesh.svc:443/": no endpoints available for service "injector"',
    group: { type: 'webhook', name: 'inject.example.com' },
  },
  {
    text: forbidden(
      "ValidatingAdmissionPolicy 'no-latest' with binding 'all' denied request: tag latest is not allowed",
    ),
    code: 'PolicyDenied',
    message: 'Admission policy no-latest refuses the pods: tag latest is not allowed',
    group: { type: 'webhook', name: 'no-latest' },
  },
  {
    text: forbidden('error looking up service account shop/web: serviceaccount "web" not found'),
    code: 'MissingServiceAccount',
    message: 'ServiceAccount web does not exist in namespace shop',
    command: 'kubectl -n shop get serviceaccount web',
  },
  {
    text: forbidden('maximum cpu usage per Container is 1, but limit is 2'),
    code: 'LimitRangeViolation',
    message: 'A LimitRange of namespace shop refuses the pods: maximum cpu usage per Container is 1, but limit is 2',
    command: 'kubectl -n shop get limitrange -o yaml',
  },
  {
    text: forbidden('no PriorityClass with name high was found'),
    code: 'MissingClass',
    message: 'PriorityClass high does not exist',
  },
  {
    text: 'Error creating: Pod "web-1-x" is invalid: spec.containers[0].image: Required value',
    code: 'TemplateInvalid',
    message:
      'The template makes an invalid pod (field spec.containers[0].image): spec.containers[0].image: Required value',
  },
  {
    text: forbidden('unable to validate against any security context constraint: []'),
    code: 'SecurityConstraintDenied',
    message: 'No SecurityContextConstraint allows the pods, as their ServiceAccount may use none',
  },
  {
    text: 'Error creating: pods is forbidden: User "system:serviceaccount:kube-system:replicaset-controller" cannot create resource "pods" in API group "" in the namespace "shop"',
    code: 'ControllerForbidden',
    message:
      'The controller may not create pods in namespace shop: pods is forbidden: User "system:serviceaccount:kube-system:replicaset-controller" cannot create resource "pods" in API group "" in the namespace "shop"',
  },
  {
    text: forbidden('unable to create new content in namespace shop because it is being terminated'),
    code: 'NamespaceEnding',
    message: 'Namespace shop is being deleted and accepts no new pods',
  },
  {
    text: 'Error creating: etcdserver: request timed out',
    code: 'ApiServerSlow',
    message: 'The API server did not answer the controller in time',
  },
  {
    text: forbidden('the moon is full'),
    code: 'PodCreationFailed',
    message: 'Pods cannot be created: the moon is full',
  },
];

for (const { text, code, message, command, group } of refusals) {
  test(`creation: ${code}: ${text.slice(16, 90)}`, () => {
    const cause = diagnosed(deployment(), replicaSets, [failedCreate(text, { firstAgo: 300 })], noon);
    assert.ok(cause !== null);
    assert.deepEqual([cause.code, cause.message], [code, message]);
    assert.equal(cause.since, ago(300));
    assert.equal(cause.evidence[0]?.text, text);
    assert.deepEqual(cause.group, group ?? null);
    if (command !== undefined) assert.equal(cause.commands[0], command);
    for (const line of cause.commands) assert.match(line, /^kubectl (?:-n \S+ )?(?:get|describe) /);
  });
}

test('G14: a claim of a StatefulSet is refused, with the numbers of the quota', () => {
  const text =
    'create Claim data-db-0 for Pod db-0 in StatefulSet db failed error: persistentvolumeclaims "data-db-0" is forbidden: exceeded quota: storage, requested: requests.storage=10Gi, used: requests.storage=95Gi, limited: requests.storage=100Gi';
  const cause = diagnosed(
    statefulSet(),
    [],
    [event('FailedCreate', text, { kind: 'StatefulSet', name: 'db', uid: 'uid-db' })],
    noon,
  );
  assert.equal(cause?.code, 'ClaimRefused');
  assert.equal(
    cause?.message,
    'Volume claim data-db-0 of pod db-0 is refused: Quota storage has no room: the claim needs 10Gi requests.storage, 5Gi left of 100Gi',
  );
  assert.deepEqual(cause?.group, { type: 'quota', name: 'shop/storage' });
});

test('G15: the claim of an ordinal is still being deleted', () => {
  const text = 'create Pod db-0 in StatefulSet db failed error: pvc data-db-0 is being deleted';
  const cause = diagnosed(
    statefulSet(),
    [],
    [event('FailedCreate', text, { kind: 'StatefulSet', name: 'db', uid: 'uid-db' })],
    noon,
  );
  assert.deepEqual(
    [cause?.code, cause?.message],
    ['ClaimTerminating', 'Volume claim data-db-0 is still being deleted, so its pod cannot be created again'],
  );
});

test('a created claim does not prove that its pod can be created', () => {
  const failure = event(
    'FailedCreate',
    'create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    { kind: 'StatefulSet', name: 'db', uid: 'uid-db', lastAgo: 20 },
  );
  const claim = event('SuccessfulCreate', 'create Claim data-db-0 Pod db-0 in StatefulSet db success', {
    type: 'Normal',
    kind: 'StatefulSet',
    name: 'db',
    uid: 'uid-db',
    lastAgo: 10,
  });
  assert.equal(diagnosed(statefulSet(), [], [failure, claim], noon)?.code, 'QuotaExceeded');
  const made = event('SuccessfulCreate', 'create Pod db-0 in StatefulSet db successful', {
    type: 'Normal',
    kind: 'StatefulSet',
    name: 'db',
    uid: 'uid-db',
    lastAgo: 5,
  });
  assert.equal(diagnosed(statefulSet(), [], [failure, claim, made], noon), null);
});

test('G16: the ReplicaSet itself is refused', () => {
  const message =
    'Failed to create new replica set "web-2": replicasets.apps "web-2" is forbidden: exceeded quota: count';
  const conditions = [condition('Progressing', 'False', 30, 'ReplicaSetCreateError', message)];
  const cause = diagnosed(deployment({ conditions }), replicaSets, [], noon);
  assert.deepEqual(
    [cause?.code, cause?.message, cause?.since],
    [
      'ReplicaSetCreateFailed',
      'The ReplicaSet of the new template could not be created: replicasets.apps "web-2" is forbidden: exceeded quota: count',
      ago(30),
    ],
  );
});

test('G17: old pods cannot be deleted', () => {
  const failure = event('FailedDelete', 'Error deleting: admission webhook "guard" denied the request: protected', {
    kind: 'DaemonSet',
    name: 'agent',
    uid: 'uid-agent',
  });
  const cause = diagnosed(daemonSet(), [], [failure], noon);
  assert.deepEqual(
    [cause?.code, cause?.message],
    ['PodDeleteFailed', 'Old pods cannot be deleted: admission webhook "guard" denied the request: protected'],
  );
  assert.equal(diagnosed(daemonSet(), [], [failure], noon + 20 * 60_000), null);
  const alarm = alarmAfter(noon);
  diagnoseCreation(daemonSet(), [], [failure], noon, alarm);
  assert.equal(alarm.next(), failure.lastAt + 15 * 60_000, 'nothing but time ends it');
});

test('a newer SuccessfulCreate clears it, an older one does not', () => {
  const failure = failedCreate(forbidden('no PriorityClass with name high was found'), { lastAgo: 60 });
  assert.equal(diagnosed(deployment(), replicaSets, [failure, created({ lastAgo: 30 })], noon), null);
  assert.equal(diagnosed(deployment(), replicaSets, [created({ lastAgo: 90 }), failure], noon)?.code, 'MissingClass');
});

test('scenario 29: the newest event beats the text of the condition, which is never refreshed', () => {
  const old: ConditionFacts = condition(
    'ReplicaFailure',
    'True',
    900,
    'FailedCreate',
    forbidden('exceeded quota: compute, requested: pods=1, used: pods=3, limited: pods=3'),
  );
  const newest = failedCreate(forbidden('error looking up service account shop/web: serviceaccount "web" not found'), {
    lastAgo: 5,
  });
  const older = failedCreate(forbidden('no PriorityClass with name high was found'), { lastAgo: 50 });
  const conditions = [old];
  assert.equal(
    diagnosed(deployment({ conditions }), replicaSets, [newest, older], noon)?.code,
    'MissingServiceAccount',
  );
  assert.equal(diagnosed(deployment({ conditions }), replicaSets, [], noon)?.code, 'QuotaExceeded');
  assert.equal(diagnosed(deployment({ conditions }), replicaSets, [created({ lastAgo: 5 })], noon), null);
});

test('each attempt is an event of its own: the refusal began with the first of its kind', () => {
  const refusal = 'is forbidden: exceeded quota: compute, requested: pods=1, used: pods=3, limited: pods=3';
  const events = [
    failedCreate('Error creating: pods "web-1-a" is forbidden: no PriorityClass with name high was found', {
      lastAgo: 900,
    }),
    failedCreate(`Error creating: pods "web-1-b" ${refusal}`, { lastAgo: 300 }),
    failedCreate(`Error creating: pods "web-1-c" ${refusal}`, { lastAgo: 200 }),
    failedCreate(`(combined from similar events): Error creating: pods "web-1-d" ${refusal}`, {
      firstAgo: 100,
      lastAgo: 10,
    }),
  ];
  assert.equal(diagnosed(deployment(), replicaSets, events, noon)?.since, ago(300));
  assert.equal(diagnosed(deployment(), replicaSets, [...events, created({ lastAgo: 250 })], noon)?.since, ago(200));
});

test('scenario 27: two pods let in and the third refused within one second', () => {
  const failure = failedCreate(forbidden('exceeded quota: compute, requested: pods=1, used: pods=2, limited: pods=2'), {
    lastAgo: 60,
  });
  assert.equal(diagnosed(deployment(), replicaSets, [created({ lastAgo: 60 }), failure], noon)?.code, 'QuotaExceeded');
});

test('events of another owner say nothing', () => {
  const foreign = failedCreate(forbidden('no PriorityClass with name high was found'), {
    uid: 'uid-of-a-former-replica-set',
  });
  assert.equal(diagnosed(deployment(), replicaSets, [foreign], noon), null);
});

test('a slow API server is a warning', () => {
  assert.equal(
    diagnosed(deployment(), replicaSets, [failedCreate('Error creating: context deadline exceeded')], noon)?.severity,
    'warning',
  );
});

const quotaText = forbidden(
  'exceeded quota: cap, requested: requests.cpu=100m, used: requests.cpu=300m, limited: requests.cpu=300m',
);
const both = replicaSets.flatMap((one) => [
  one,
  { ...one, name: 'web-2', uid: 'uid-rs-2', createdAt: ago(30), revision: 2 },
]);

test('a pod that the old ReplicaSet replaced does not clear the refusal of the new one, and the reverse does', () => {
  const refusedNew = [
    failedCreate(quotaText, { uid: 'uid-rs-2', lastAgo: 20 }),
    created({ uid: 'uid-rs', lastAgo: 5 }),
  ];
  assert.equal(diagnosed(deployment(), both, refusedNew, noon)?.code, 'QuotaExceeded');
  const refusedOld = [
    failedCreate(quotaText, { uid: 'uid-rs', lastAgo: 20 }),
    created({ uid: 'uid-rs-2', lastAgo: 5 }),
  ];
  assert.equal(diagnosed(deployment(), both, refusedOld, noon), null);
});

test('a refusal after a success began after it, also where its event goes back to one before', () => {
  const events = [failedCreate(quotaText, { firstAgo: 300, lastAgo: 5 }), created({ lastAgo: 60 })];
  assert.equal(diagnosed(deployment(), replicaSets, events, noon)?.since, ago(60));
});

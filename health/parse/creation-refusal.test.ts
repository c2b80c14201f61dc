import assert from 'node:assert/strict';
import test from 'node:test';
import { type CreationRefusal, parseCreationRefusal } from './creation-refusal.ts';

const forbidden = (reason: string): string => `Error creating: pods "web-7d4f9c-" is forbidden: ${reason}`;

const texts: readonly (readonly [text: string, refusal: CreationRefusal])[] = [
  [
    forbidden(
      'exceeded quota: compute, requested: limits.memory=1Gi,pods=1, used: limits.memory=3584Mi,pods=4, limited: limits.memory=4Gi,pods=4',
    ),
    {
      kind: 'quota',
      quota: 'compute',
      amounts: [
        { resource: 'limits.memory', requested: '1Gi', used: '3584Mi', limited: '4Gi' },
        { resource: 'pods', requested: '1', used: '4', limited: '4' },
      ],
    },
  ],
  [
    forbidden('failed quota: compute: must specify limits.cpu for: app,proxy; limits.memory for: app'),
    {
      kind: 'quotaFields',
      quota: 'compute',
      missing: [
        { field: 'limits.cpu', containers: ['app', 'proxy'] },
        { field: 'limits.memory', containers: ['app'] },
      ],
    },
  ],
  [
    forbidden('failed quota: compute: must specify limits.cpu,limits.memory'),
    {
      kind: 'quotaFields',
      quota: 'compute',
      missing: [
        { field: 'limits.cpu', containers: [] },
        { field: 'limits.memory', containers: [] },
      ],
    },
  ],
  [
    forbidden(
      'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true)',
    ),
    {
      kind: 'podSecurity',
      level: 'restricted:latest',
      violations: [
        'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)',
        'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"])',
        'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true)',
      ],
    },
  ],
  [
    'Error creating: admission webhook "policy.example.com" denied the request: image must come from registry.corp',
    { kind: 'webhookDenied', webhook: 'policy.example.com', detail: 'image must come from registry.corp' },
  ],
  [
    'Error creating: Internal error occurred: failed calling webhook "inject.example.com": failed to call webhook: Post "https://injector.mesh.svc:443/inject?timeout=10s": no endpoints available for service "injector"',
    {
      kind: 'webhookFailed',
      webhook: 'inject.example.com',
      detail:
        'failed to call webhook: Post "https://injector.mesh.svc:443/inject?timeout=10s": no endpoints available for service "injector"',
    },
  ],
  [
    forbidden("ValidatingAdmissionPolicy 'no-latest' with binding 'all' denied request: tag latest is not allowed"),
    { kind: 'policyDenied', policy: 'no-latest', detail: 'tag latest is not allowed' },
  ],
  [
    forbidden('error looking up service account shop/web: serviceaccount "web" not found'),
    { kind: 'serviceAccount', name: 'web' },
  ],
  [
    forbidden(
      '[maximum cpu usage per Container is 1, but limit is 2, minimum memory usage per Pod is 64Mi, but request is 32Mi]',
    ),
    {
      kind: 'limitRange',
      violations: [
        'maximum cpu usage per Container is 1, but limit is 2',
        'minimum memory usage per Pod is 64Mi, but request is 32Mi',
      ],
    },
  ],
  [
    forbidden('maximum memory usage per Container is 1Gi.  No limit is specified'),
    { kind: 'limitRange', violations: ['maximum memory usage per Container is 1Gi.  No limit is specified'] },
  ],
  [
    forbidden('cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000'),
    {
      kind: 'limitRange',
      violations: ['cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000'],
    },
  ],
  [forbidden('no PriorityClass with name high was found'), { kind: 'missingClass', of: 'PriorityClass', name: 'high' }],
  [
    forbidden('pod rejected: RuntimeClass "gvisor" not found'),
    { kind: 'missingClass', of: 'RuntimeClass', name: 'gvisor' },
  ],
  [
    'Error creating: Pod "web-7d4f9c-x" is invalid: spec.containers[0].volumeMounts[0].name: Not found: "data"',
    {
      kind: 'invalid',
      field: 'spec.containers[0].volumeMounts[0].name',
      detail: 'spec.containers[0].volumeMounts[0].name: Not found: "data"',
    },
  ],
  [
    forbidden(
      'unable to validate against any security context constraint: [provider "anyuid": Forbidden: not usable by user or serviceaccount]',
    ),
    {
      kind: 'securityConstraint',
      of: 'SecurityContextConstraint',
      detail: '',
    },
  ],
  // What helps is what the one constraint says that the pod may use.
  [
    forbidden(
      'unable to validate against any security context constraint: [provider "anyuid": Forbidden: not usable by user or serviceaccount, spec.containers[0].securityContext.runAsUser: Invalid value: 0: must be in the ranges: [1000650000, 1000659999], provider "nonroot": Forbidden: not usable by user or serviceaccount]',
    ),
    {
      kind: 'securityConstraint',
      of: 'SecurityContextConstraint',
      detail:
        'spec.containers[0].securityContext.runAsUser: Invalid value: 0: must be in the ranges: [1000650000, 1000659999]',
    },
  ],
  [
    forbidden(
      'PodSecurityPolicy: unable to admit pod: [spec.containers[0].securityContext.privileged: Invalid value: true: Privileged containers are not allowed]',
    ),
    {
      kind: 'securityConstraint',
      of: 'PodSecurityPolicy',
      detail:
        'spec.containers[0].securityContext.privileged: Invalid value: true: Privileged containers are not allowed',
    },
  ],
  [
    'Error creating: Internal error occurred: failed calling admission webhook "inject.example.com": the server could not find the requested resource',
    {
      kind: 'webhookFailed',
      webhook: 'inject.example.com',
      detail: 'the server could not find the requested resource',
    },
  ],
  // Policy engines write paragraphs, of which the first says nothing.
  [
    'Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/shop/web-5d9c-x was blocked due to the following policies \n\nrequire-limits:\n  check: \'memory limits are required\'\n',
    {
      kind: 'webhookDenied',
      webhook: 'validate.kyverno.svc-fail',
      detail: "require-limits: check: 'memory limits are required'",
    },
  ],
  [
    'Error creating: admission webhook "warden.example.com" denied the request: Warden rejected the request because it violates one or more constraints.\nViolations details: {"[no-host-pid]":["hostPID is not allowed"]}',
    {
      kind: 'webhookDenied',
      webhook: 'warden.example.com',
      detail: '{"[no-host-pid]":["hostPID is not allowed"]}',
    },
  ],
  [
    'Error creating: pods is forbidden: User "system:serviceaccount:kube-system:replicaset-controller" cannot create resource "pods" in API group "" in the namespace "shop"',
    {
      kind: 'controllerForbidden',
      detail:
        'pods is forbidden: User "system:serviceaccount:kube-system:replicaset-controller" cannot create resource "pods" in API group "" in the namespace "shop"',
    },
  ],
  [
    forbidden('unable to create new content in namespace shop because it is being terminated'),
    { kind: 'namespaceEnding' },
  ],
  ['Error creating: etcdserver: request timed out', { kind: 'apiServerSlow' }],
  [
    'create Claim data-db-0 for Pod db-0 in StatefulSet db failed error: persistentvolumeclaims "data-db-0" is forbidden: exceeded quota: storage, requested: requests.storage=10Gi, used: requests.storage=95Gi, limited: requests.storage=100Gi',
    {
      kind: 'claim',
      claim: 'data-db-0',
      pod: 'db-0',
      refusal: {
        kind: 'quota',
        quota: 'storage',
        amounts: [{ resource: 'requests.storage', requested: '10Gi', used: '95Gi', limited: '100Gi' }],
      },
      detail:
        'exceeded quota: storage, requested: requests.storage=10Gi, used: requests.storage=95Gi, limited: requests.storage=100Gi',
    },
  ],
  [
    'create Pod db-0 in StatefulSet db failed error: pvc data-db-0 is being deleted',
    { kind: 'claimTerminating', claim: 'data-db-0' },
  ],
  [forbidden('the moon is full'), { kind: 'unknown', detail: 'the moon is full' }],
];

/** Written by kube-apiserver and kube-controller-manager 1.36.3 and read from the events of a running cluster. */
const recorded: readonly (readonly [text: string, refusal: CreationRefusal])[] = [
  [
    'Create Claim data-db-0 for Pod db-0 in StatefulSet db failed error: persistentvolumeclaims "data-db-0" is forbidden: exceeded quota: disk, requested: requests.storage=10Gi, used: requests.storage=0, limited: requests.storage=5Gi',
    claimOfQuota(),
  ],
  [
    'Create Pod db-0 in StatefulSet db failed error: failed to create PVC data-db-0: persistentvolumeclaims "data-db-0" is forbidden: exceeded quota: disk, requested: requests.storage=10Gi, used: requests.storage=0, limited: requests.storage=5Gi',
    claimOfQuota(),
  ],
  [
    '(combined from similar events): Error creating: pods "two-7b855f856-zb9vm" is forbidden: exceeded quota: pods, requested: pods=1,requests.cpu=800m, used: pods=1,requests.cpu=800m, limited: pods=1,requests.cpu=1',
    {
      kind: 'quota',
      quota: 'pods',
      amounts: [
        { resource: 'pods', requested: '1', used: '1', limited: '1' },
        { resource: 'requests.cpu', requested: '800m', used: '800m', limited: '1' },
      ],
    },
  ],
  [
    'Error creating: pods "toobig-5bd6f687d9-6kj2g" is forbidden: [minimum memory usage per Container is 64Mi, but request is 32Mi, maximum memory usage per Container is 1Gi, but limit is 2Gi, maximum cpu usage per Container is 1, but limit is 8, cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000]',
    {
      kind: 'limitRange',
      violations: [
        'cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000',
        'maximum cpu usage per Container is 1, but limit is 8',
        'maximum memory usage per Container is 1Gi, but limit is 2Gi',
        'minimum memory usage per Container is 64Mi, but request is 32Mi',
      ],
    },
  ],
  [
    'Error creating: Internal error occurred: failed calling webhook "dead.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=2s": dial tcp 127.0.0.1:1: connect: connection refused',
    {
      kind: 'webhookFailed',
      webhook: 'dead.example.com',
      detail:
        'failed to call webhook: Post "https://127.0.0.1:1/x?timeout=2s": dial tcp 127.0.0.1:1: connect: connection refused',
    },
  ],
  [
    `Error creating: pods "vap-74f89bdb4d-4whm6" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'all' denied request: names with vap are not allowed`,
    { kind: 'policyDenied', policy: 'no-latest', detail: 'names with vap are not allowed' },
  ],
  [
    'Error creating: pods "noruntime-7dd4d98ccd-" is forbidden: pod rejected: RuntimeClass "ghost" not found',
    { kind: 'missingClass', of: 'RuntimeClass', name: 'ghost' },
  ],
];

function claimOfQuota(): CreationRefusal {
  const detail =
    'exceeded quota: disk, requested: requests.storage=10Gi, used: requests.storage=0, limited: requests.storage=5Gi';
  const amounts = [{ resource: 'requests.storage', requested: '10Gi', used: '0', limited: '5Gi' }];
  return { kind: 'claim', claim: 'data-db-0', pod: 'db-0', refusal: { kind: 'quota', quota: 'disk', amounts }, detail };
}

for (const [text, refusal] of [...texts, ...recorded]) {
  test(`refusal ${refusal.kind}: ${text.slice(0, 80)}`, () => {
    assert.deepEqual(parseCreationRefusal(text), refusal);
  });
}

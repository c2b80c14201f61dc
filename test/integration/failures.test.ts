/**
 * Twenty-four failures, produced on the real control plane: refusals, scheduling and controllers are the real ones, and what
 * a kubelet would say is written as a kubelet writes it. Each must be named with its cause, and be Healthy again once
 * the API server shows the repair.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as z from 'zod';
import {
  ApiError,
  type Cluster,
  contentTypes,
  type KubeList,
  type KubeObject,
  startCluster,
} from '../cluster/control-plane.ts';
import {
  configError,
  crashLoopBackOff,
  imagePullBackOff,
  initCrash,
  type KubeletReport,
  oomKilled,
  type Pod,
  readinessFailing,
  reportOf,
  running,
  sidecarCrash,
} from '../cluster/kubelet-status.ts';
import { type Product, runProduct, startProduct } from '../support/product.ts';

const row = z.object({
  key: z.string(),
  state: z.string(),
  availability: z.object({ level: z.string(), desired: z.number(), available: z.number() }),
  rollout: z.object({ phase: z.string() }),
  cause: z.object({ code: z.string(), message: z.string(), severity: z.string() }).nullable(),
});
const detail = row.extend({ causes: z.array(z.object({ code: z.string(), message: z.string() })) });
type Detail = z.infer<typeof detail>;

let cluster: Cluster;
let product: Product;
before(async () => {
  cluster = await startCluster({ nodes: 3, nodeMonitorGraceMs: 20_000 });
  product = await startProduct({ environment: { KUBECONFIG: cluster.kubeconfigPath } });
});
after(async () => {
  process.stdout.write(`Healthy after the repair was shown, in ms: ${clearedMs.join(', ')}\n`);
  await product?.stop();
  await cluster?.stop();
});

const namespaceYaml = (name: string, labels = ''): string => `
apiVersion: v1
kind: Namespace
metadata: {name: ${name}${labels === '' ? '' : `, labels: {${labels}}`}}`;

interface Shape {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly replicas?: number;
  /** Lines of the pod's spec besides its containers, in flow style. */
  readonly pod?: string;
  readonly container?: string;
  readonly spec?: string;
  /** True: the test writes the status of its pods. */
  readonly manual?: boolean;
  readonly image?: string;
}

/** A workload called `app` in a namespace of its own. */
function workload(namespace: string, shape: Shape = {}): string {
  const {
    kind = 'Deployment',
    replicas = 2,
    pod = '',
    container = '',
    spec = '',
    manual = false,
    image = 'registry.example/app:1',
  } = shape;
  const label = manual ? ', maintenant.test/manual-status: "true"' : '';
  const own =
    kind === 'Deployment'
      ? `replicas: ${replicas}`
      : kind === 'StatefulSet'
        ? `replicas: ${replicas}, serviceName: app`
        : 'minReadySeconds: 0';
  return `
apiVersion: apps/v1
kind: ${kind}
metadata: {name: app, namespace: ${namespace}}
spec: {${own}${spec === '' ? '' : `, ${spec}`}, selector: {matchLabels: {app: app}}, template: {metadata: {labels: {app: app${label}}}, spec: {${pod === '' ? '' : `${pod}, `}containers: [{name: app, image: "${image}"${container === '' ? '' : `, ${container}`}}]}}}`;
}

const pathOf = (namespace: string, kind = 'Deployment'): string => `api/v1/workloads/${namespace}/${kind}/app`;

/** Waits until the product names the cause, as the primary one or among the others. */
async function named(
  namespace: string,
  code: string,
  state: string | null,
  kind = 'Deployment',
  limitMs = 45_000,
): Promise<Detail> {
  return product.waitFor(
    pathOf(namespace, kind),
    (body) => {
      const found = detail.safeParse(body).data;
      const isNamed = found?.cause?.code === code || found?.causes.some((cause) => cause.code === code) === true;
      return found !== undefined && isNamed && (state === null || found.state === state) ? found : null;
    },
    limitMs,
  );
}

async function pods(
  namespace: string,
  count: number,
  matching: (pod: Pod) => boolean = () => true,
): Promise<readonly Pod[]> {
  const living = (list: KubeList<Pod>): readonly Pod[] =>
    list.items.filter(
      (pod) => pod.metadata.deletionTimestamp === undefined && pod.spec.nodeName !== undefined && matching(pod),
    );
  return living(
    await cluster.waitFor<KubeList<Pod>>(
      `/api/v1/namespaces/${namespace}/pods`,
      (list) => living(list).length >= count,
    ),
  );
}

async function write(namespace: string, chosen: readonly Pod[], build: (pod: Pod) => KubeletReport): Promise<void> {
  for (const { metadata } of chosen) await reportOf(cluster, namespace, metadata.name, build);
}

const ago = (seconds: number): number => Date.now() - seconds * 1_000;
const ready = (pod: Pod): KubeletReport => running(pod, { at: ago(2) });

interface Counted extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

function isWhole(kind: string) {
  return ({ metadata, spec, status }: Counted): boolean => {
    if (status?.observedGeneration !== metadata.generation) return false;
    if (kind === 'DaemonSet')
      return (
        status?.numberAvailable === status?.desiredNumberScheduled &&
        status?.updatedNumberScheduled === status?.desiredNumberScheduled
      );
    const { replicas = 1 } = spec;
    return (
      status?.availableReplicas === replicas && status.updatedReplicas === replicas && status.replicas === replicas
    );
  };
}

/** How long after the API server showed the repair each was Healthy: told at the end, as a machine may be busy. */
const clearedMs: number[] = [];

async function cleared(namespace: string, kind = 'Deployment'): Promise<void> {
  await cluster.waitFor<Counted>(
    `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/app`,
    isWhole(kind),
    60_000,
  );
  const shownAt = performance.now();
  await product.waitFor(pathOf(namespace, kind), (body) => detail.safeParse(body).data?.state === 'Healthy', 20_000);
  clearedMs.push(Math.round(performance.now() - shownAt));
}

/** Makes the pods of a manual workload run, in whatever order their controller brings them. */
async function runAll(namespace: string, count: number, image: string): Promise<void> {
  for (let done = 1; done <= count; done += 1) {
    const matching = await pods(namespace, done, (pod) => pod.spec.containers[0]?.image === image);
    await write(namespace, matching, ready);
  }
}

async function replaceContainer(namespace: string, kind: string, container: object, extra: object = {}): Promise<void> {
  const body = { spec: { template: { spec: { containers: [{ name: 'app', ...container }], ...extra } } } };
  await cluster.request(
    'PATCH',
    `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/app`,
    body,
    contentTypes.strategicMergePatch,
  );
}

test('quota: named with its numbers, cleared when it is raised', async () => {
  const quota = (cpu: string): string => `
apiVersion: v1
kind: ResourceQuota
metadata: {name: compute, namespace: f-quota}
spec: {hard: {requests.cpu: "${cpu}"}}`;
  await cluster.apply(`${namespaceYaml('f-quota')}\n---${quota('500m')}`);
  await cluster.apply(workload('f-quota', { replicas: 3, container: 'resources: {requests: {cpu: 250m}}' }));
  const found = await named('f-quota', 'QuotaExceeded', null);
  assert.match(found.cause?.message ?? '', /compute/);
  await cluster.apply(quota('2'));
  await cleared('f-quota');
});

test('a quota that refuses the ReplicaSet of an update, while the old version serves', async () => {
  const quota = (count: number): string => `
apiVersion: v1
kind: ResourceQuota
metadata: {name: few, namespace: f-replicaset}
spec: {hard: {count/replicasets.apps: "${count}"}}`;
  await cluster.apply(`${namespaceYaml('f-replicaset')}\n---${quota(1)}`);
  await cluster.apply(workload('f-replicaset'));
  await cleared('f-replicaset');
  await cluster.apply(workload('f-replicaset', { image: 'registry.example/app:2' }));
  const found = await named('f-replicaset', 'ReplicaSetCreateFailed', 'Degraded');
  assert.equal(found.availability.level, 'full');
  assert.match(found.cause?.message ?? '', /Quota few has no room.*; the old version still serves all 2 replicas$/);
  await cluster.apply(quota(3));
  await cleared('f-replicaset');
});

test('a volume whose provisioner does not run: the scheduler has chosen a node and waits', async () => {
  const storage = `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: late}
provisioner: csi.example.com
volumeBindingMode: WaitForFirstConsumer`;
  const claims =
    'volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], storageClassName: late, resources: {requests: {storage: 1Gi}}}}]';
  await cluster.apply(`${namespaceYaml('f-volume')}\n---${storage}`);
  await cluster.apply(workload('f-volume', { kind: 'StatefulSet', spec: claims }));
  const found = await named('f-volume', 'VolumeProvisioningFailed', null, 'StatefulSet');
  assert.match(found.cause?.message ?? '', /provisioner csi\.example\.com has not made it yet/);
});

test('LimitRange: the refusal is named', async () => {
  const range = (cpu: string): string => `
apiVersion: v1
kind: LimitRange
metadata: {name: small, namespace: f-range}
spec: {limits: [{type: Container, max: {cpu: "${cpu}"}}]}`;
  await cluster.apply(`${namespaceYaml('f-range')}\n---${range('100m')}`);
  await cluster.apply(workload('f-range', { container: 'resources: {limits: {cpu: 500m}}' }));
  await named('f-range', 'LimitRangeViolation', null);
  await cluster.apply(range('1'));
  await cleared('f-range');
});

test('Pod Security: the fields are named', async () => {
  await cluster.apply(namespaceYaml('f-security', 'pod-security.kubernetes.io/enforce: restricted'));
  await cluster.apply(workload('f-security'));
  const found = await named('f-security', 'PodSecurityViolation', null);
  assert.match(found.cause?.message ?? '', /restricted/);
  await cluster.apply(namespaceYaml('f-security', 'pod-security.kubernetes.io/enforce: privileged'));
  await cleared('f-security');
});

test('a ServiceAccount that does not exist', async () => {
  await cluster.apply(namespaceYaml('f-account'));
  await cluster.apply(workload('f-account', { pod: 'serviceAccountName: robot' }));
  const found = await named('f-account', 'MissingServiceAccount', null);
  assert.match(found.cause?.message ?? '', /robot/);
  await cluster.apply('apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: f-account}');
  await cleared('f-account');
});

test('an admission webhook that does not answer', async () => {
  const webhook = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard}
webhooks:
  - name: guard.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    timeoutSeconds: 1
    clientConfig: {url: "https://127.0.0.1:1/"}
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: f-webhook}}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]`;
  await cluster.apply(`${namespaceYaml('f-webhook')}\n---${webhook}`);
  await cluster.apply(workload('f-webhook'));
  const found = await named('f-webhook', 'WebhookUnavailable', null);
  assert.match(found.cause?.message ?? '', /guard\.example\.com/);
  await cluster.remove(webhook);
  await cleared('f-webhook');
});

test('taints that the pods do not tolerate', async () => {
  const taint = async (taints: readonly object[]): Promise<void> => {
    for (const node of ['node-0', 'node-1', 'node-2']) {
      await cluster.request('PATCH', `/api/v1/nodes/${node}`, { spec: { taints } }, contentTypes.mergePatch);
    }
  };
  await cluster.apply(namespaceYaml('f-taint'));
  await taint([{ key: 'dedicated', value: 'databases', effect: 'NoSchedule' }]);
  try {
    await cluster.apply(workload('f-taint'));
    const found = await named('f-taint', 'UnschedulableTaint', null);
    assert.match(found.cause?.message ?? '', /3/);
  } finally {
    await taint([]);
  }
  await cleared('f-taint');
});

test('requests that no node can hold', async () => {
  await cluster.apply(namespaceYaml('f-resources'));
  await cluster.apply(workload('f-resources', { container: 'resources: {requests: {cpu: "9999"}}' }));
  await named('f-resources', 'UnschedulableResources', null);
  await replaceContainer('f-resources', 'Deployment', { resources: { requests: { cpu: '10m' } } });
  await cleared('f-resources');
});

test('a node selector that nothing matches', async () => {
  await cluster.apply(namespaceYaml('f-affinity'));
  await cluster.apply(workload('f-affinity', { pod: 'nodeSelector: {disk: fast}' }));
  await named('f-affinity', 'UnschedulableNodeAffinity', null);
  await replaceContainer('f-affinity', 'Deployment', {}, { nodeSelector: { disk: null } });
  await cleared('f-affinity');
});

test('an image that does not exist', async () => {
  await cluster.apply(namespaceYaml('f-image'));
  await cluster.apply(workload('f-image', { manual: true, image: 'registry.example/app:gone' }));
  await write('f-image', await pods('f-image', 2), (pod) => imagePullBackOff(pod, { at: ago(10) }));
  await named('f-image', 'ImagePullNotFound', 'Down');
  await cluster.apply(workload('f-image', { manual: true, image: 'registry.example/app:2' }));
  await runAll('f-image', 2, 'registry.example/app:2');
  await cleared('f-image');
});

/** Runs, breaks by what the kubelet writes, and runs again: what a regression looks like. */
async function breaks(
  namespace: string,
  shape: Shape,
  build: (pod: Pod) => KubeletReport,
  code: string,
  state: string,
): Promise<Detail> {
  await cluster.apply(namespaceYaml(namespace));
  await cluster.apply(workload(namespace, { ...shape, manual: true }));
  await runAll(namespace, 2, 'registry.example/app:1');
  await cleared(namespace);
  await write(namespace, await pods(namespace, 2), build);
  const found = await named(namespace, code, state);
  await write(namespace, await pods(namespace, 2), ready);
  return found;
}

test('a crash loop', async () => {
  await breaks('f-crash', {}, (pod) => crashLoopBackOff(pod, { at: ago(5), restarts: 4 }), 'CrashLoop', 'Down');
  await product.waitFor(pathOf('f-crash'), (body) => detail.safeParse(body).data?.availability.available === 2);
});

test('a container that exceeds its memory limit', async () => {
  const found = await breaks(
    'f-memory',
    { container: 'resources: {limits: {memory: 64Mi}}' },
    (pod) => oomKilled(pod, { at: ago(5) }),
    'OutOfMemory',
    'Down',
  );
  assert.match(found.cause?.message ?? '', /64Mi/);
});

test('a ConfigMap that is missing', async () => {
  await cluster.apply(namespaceYaml('f-config'));
  await cluster.apply(workload('f-config', { manual: true, container: 'envFrom: [{configMapRef: {name: settings}}]' }));
  await write('f-config', await pods('f-config', 2), (pod) =>
    configError(pod, { at: ago(60), message: 'configmap "settings" not found' }),
  );
  const found = await named('f-config', 'MissingConfigMap', null);
  assert.match(found.causes.find(({ code }) => code === 'MissingConfigMap')?.message ?? '', /settings/);
  await write('f-config', await pods('f-config', 2), ready);
  await cleared('f-config');
});

test('a readiness probe that fails after the rollout had finished', async () => {
  const probe = 'readinessProbe: {httpGet: {path: /healthz, port: 8080}}';
  await breaks(
    'f-probe',
    { container: probe },
    (pod) => readinessFailing(pod, { at: ago(90) }),
    'ReadinessProbeFailing',
    'Down',
  );
  await cleared('f-probe');
});

test('an init container that fails', async () => {
  await cluster.apply(namespaceYaml('f-init'));
  await cluster.apply(
    workload('f-init', { manual: true, pod: 'initContainers: [{name: migrate, image: "registry.example/app:1"}]' }),
  );
  await write('f-init', await pods('f-init', 2), (pod) => initCrash(pod, { at: ago(5), exitCode: 3 }));
  const found = await named('f-init', 'InitContainerFailing', 'Down');
  assert.match(found.cause?.message ?? '', /migrate/);
  await write('f-init', await pods('f-init', 2), ready);
  await cleared('f-init');
});

test('a sidecar that crashes beside a healthy container', async () => {
  const sidecar = 'initContainers: [{name: proxy, image: "registry.example/proxy:1", restartPolicy: Always}]';
  await cluster.apply(namespaceYaml('f-sidecar'));
  await cluster.apply(workload('f-sidecar', { manual: true, pod: sidecar }));
  await write('f-sidecar', await pods('f-sidecar', 2), (pod) => sidecarCrash(pod, { at: ago(5) }));
  const found = await named('f-sidecar', 'SidecarCrashing', null);
  assert.match(found.causes.find(({ code }) => code === 'SidecarCrashing')?.message ?? '', /proxy/);
  await write('f-sidecar', await pods('f-sidecar', 2), ready);
});

test('a rollout that is stuck while the old version serves', async () => {
  await cluster.apply(namespaceYaml('f-stuck'));
  await cluster.apply(workload('f-stuck', { replicas: 3, manual: true }));
  await runAll('f-stuck', 3, 'registry.example/app:1');
  await cleared('f-stuck');
  await cluster.apply(workload('f-stuck', { replicas: 3, manual: true, image: 'registry.example/app:bad' }));
  const failing = await pods('f-stuck', 1, (pod) => pod.spec.containers[0]?.image === 'registry.example/app:bad');
  await write('f-stuck', failing, (pod) => crashLoopBackOff(pod, { at: ago(5), restarts: 4 }));
  const found = await named('f-stuck', 'CrashLoop', 'Degraded');
  assert.equal(found.availability.level, 'full');
  assert.equal(found.rollout.phase, 'stalled');
  assert.match(found.cause?.message ?? '', /old version still serves all 3/i);
  await cluster.apply(workload('f-stuck', { replicas: 3, manual: true }));
  await cleared('f-stuck');
});

test('the update of one replica without a surge is a planned gap, and so is its way back', async () => {
  const shape = (version: number): Shape => ({
    replicas: 1,
    manual: true,
    image: `registry.example/app:${version}`,
    spec: 'strategy: {rollingUpdate: {maxUnavailable: 1, maxSurge: 0}}',
  });
  await cluster.apply(namespaceYaml('f-gap'));
  for (const version of [1, 2, 1]) {
    const isFirst = (await product.get(pathOf('f-gap'))).status === 404;
    await cluster.apply(workload('f-gap', shape(version)));
    if (!isFirst) await named('f-gap', 'RecreateGap', 'Down');
    await runAll('f-gap', 1, `registry.example/app:${version}`);
    await cleared('f-gap');
  }
  const { body } = await product.get('api/v1/transitions?limit=1000');
  const told = z
    .object({ items: z.array(z.object({ key: z.string(), causeCode: z.string().nullable() })) })
    .parse(body);
  const codes = new Set(told.items.flatMap(({ key, causeCode }) => (key.startsWith('f-gap/') ? [causeCode] : [])));
  assert.deepEqual(
    ['CauseUnknown', 'ControllerNotActing', 'RegressionAfterRollout'].filter((code) => codes.has(code)),
    [],
  );
});

test('a drain that a disruption budget refuses changes nothing that is told', async () => {
  await cluster.apply(namespaceYaml('f-budget'));
  await cluster.apply(workload('f-budget'));
  await cluster.apply(`
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: app, namespace: f-budget}
spec: {minAvailable: 2, selector: {matchLabels: {app: app}}}`);
  await cleared('f-budget');
  const [pod] = await pods('f-budget', 1);
  assert.ok(pod !== undefined);
  const { name } = pod.metadata;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'f-budget' } };
  await assert.rejects(
    cluster.request('POST', `/api/v1/namespaces/f-budget/pods/${name}/eviction`, eviction),
    (error: unknown) => error instanceof ApiError && error.status === 429,
  );
  const events = await cluster.get<KubeList<KubeObject & { readonly reason: string }>>(
    '/api/v1/namespaces/f-budget/events',
  );
  // Nobody writes the refusal down: it is on the list of what is never guessed.
  assert.deepEqual(
    events.items.filter(({ reason }) => /evict|disrupt|budget/i.test(reason)),
    [],
  );
  const { body } = await product.get(pathOf('f-budget'));
  assert.equal(detail.parse(body).state, 'Healthy');
});

test('a paused rollout with a change that waits', async () => {
  await cluster.apply(namespaceYaml('f-paused'));
  await cluster.apply(workload('f-paused'));
  await cleared('f-paused');
  await cluster.apply(workload('f-paused', { spec: 'paused: true', image: 'registry.example/app:2' }));
  await named('f-paused', 'PausedWithChange', 'Paused');
  await cluster.apply(workload('f-paused', { spec: 'paused: false', image: 'registry.example/app:2' }));
  await cleared('f-paused');
});

test('a partition that holds pods on the old revision is no alarm', async () => {
  const shape = (image: string): Shape => ({
    kind: 'StatefulSet',
    replicas: 3,
    image,
    spec: 'updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}',
  });
  await cluster.apply(namespaceYaml('f-partition'));
  await cluster.apply(workload('f-partition', shape('registry.example/app:1')));
  await product.waitFor(
    pathOf('f-partition', 'StatefulSet'),
    (body) => detail.safeParse(body).data?.availability.available === 3,
    60_000,
  );
  await cluster.apply(workload('f-partition', shape('registry.example/app:2')));
  await cluster.waitFor<KubeList<Pod>>('/api/v1/namespaces/f-partition/pods', (list) =>
    list.items.some(
      (pod) =>
        pod.spec.containers[0]?.image === 'registry.example/app:2' && pod.metadata.deletionTimestamp === undefined,
    ),
  );
  const found = await named('f-partition', 'HeldByPartition', 'Healthy', 'StatefulSet');
  assert.equal(found.rollout.phase, 'held');
  assert.equal(found.cause, null);
});

test('the ordinal that blocks, and the withdrawn revision that must be deleted by hand', async () => {
  const shape = (image: string): Shape => ({ kind: 'StatefulSet', replicas: 3, manual: true, image });
  await cluster.apply(namespaceYaml('f-trap'));
  await cluster.apply(workload('f-trap', shape('registry.example/app:1')));
  for (const ordinal of [0, 1, 2]) {
    await cluster.waitFor(`/api/v1/namespaces/f-trap/pods/app-${ordinal}`, () => true);
    await write('f-trap', await pods('f-trap', ordinal + 1, () => true), ready);
  }
  await cluster.apply(workload('f-trap', shape('registry.example/app:bad')));
  const [withdrawn] = await pods('f-trap', 1, (pod) => pod.spec.containers[0]?.image === 'registry.example/app:bad');
  assert.equal(withdrawn?.metadata.name, 'app-2');
  await write('f-trap', [withdrawn], (pod) => crashLoopBackOff(pod, { at: ago(400), restarts: 6 }));
  await named('f-trap', 'OrdinalBlocks', 'Degraded', 'StatefulSet');
  await cluster.apply(workload('f-trap', shape('registry.example/app:1')));
  const trapped = await named('f-trap', 'ForcedRollbackTrap', 'Degraded', 'StatefulSet');
  assert.match(trapped.causes.find(({ code }) => code === 'ForcedRollbackTrap')?.message ?? '', /app-2/);
  await cluster.request('DELETE', '/api/v1/namespaces/f-trap/pods/app-2');
  await runAll('f-trap', 3, 'registry.example/app:1');
  await product.waitFor(pathOf('f-trap', 'StatefulSet'), (body) => detail.safeParse(body).data?.state === 'Healthy');
});

test('a node that stops reporting, told without the right to read nodes', async () => {
  await cluster.apply(namespaceYaml('f-node'));
  await cluster.apply(workload('f-node', { kind: 'DaemonSet', pod: 'tolerations: [{operator: Exists}]' }));
  await cleared('f-node', 'DaemonSet');
  await cluster.loseNode('node-1');
  try {
    const found = await named('f-node', 'NodeLost', 'Degraded', 'DaemonSet', 90_000);
    assert.match(found.cause?.message ?? '', /node-1/);
  } finally {
    await cluster.recoverNode('node-1');
  }
  await cleared('f-node', 'DaemonSet');
});

test('assess over a dump of this cluster agrees with the live verdicts', async () => {
  await cluster.apply(namespaceYaml('f-dump'));
  await cluster.apply(workload('f-dump', { pod: 'serviceAccountName: nobody-made-it' }));
  await named('f-dump', 'MissingServiceAccount', null);
  await cluster.apply(namespaceYaml('f-dump-pending'));
  await cluster.apply(workload('f-dump-pending', { kind: 'StatefulSet', pod: 'nodeSelector: {disk: fast}' }));
  await named('f-dump-pending', 'UnschedulableNodeAffinity', null, 'StatefulSet');
  const paths = ['apps/v1/deployments', 'apps/v1/statefulsets', 'apps/v1/daemonsets', 'apps/v1/replicasets'].map(
    (path) => `/apis/${path}`,
  );
  const core = ['pods', 'events', 'services', 'namespaces'].map((resource) => `/api/v1/${resource}`);
  const lists = await Promise.all([...paths, ...core].map((path) => cluster.get<KubeList>(path)));
  const { stdout } = await runProduct(['assess', '-o', 'json'], {}, JSON.stringify(lists));
  const fromDump = z.array(row.extend({ restsOnMemory: z.boolean() })).parse(JSON.parse(stdout));
  const live = z.object({ items: z.array(row) }).parse((await product.get('api/v1/workloads')).body).items;
  assert.deepEqual(new Set(fromDump.map(({ key }) => key)), new Set(live.map(({ key }) => key)));
  const word = ({ key, state, cause }: z.infer<typeof row>): string => `${key} ${state} ${cause?.code ?? ''}`;
  const settled = new Set(fromDump.filter(({ restsOnMemory }) => !restsOnMemory).map(({ key }) => key));
  assert.ok(settled.size >= live.length / 2, 'most verdicts rest on the objects alone');
  assert.deepEqual(
    fromDump
      .filter(({ key }) => settled.has(key))
      .map(word)
      .sort(),
    live
      .filter(({ key }) => settled.has(key))
      .map(word)
      .sort(),
  );
});

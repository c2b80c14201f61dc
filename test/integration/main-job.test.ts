/**
 * The main job on the real control plane, as issue and README promise it: a workload breaks, the stream says so with
 * the cause within a second, it is repaired, the stream says so, and all of it survives a restart.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as z from 'zod';
import { type Cluster, type KubeList, startCluster } from '../cluster/control-plane.ts';
import { imagePullBackOff, type Pod, reportOf, running } from '../cluster/kubelet-status.ts';
import { type EventLog, type Product, startProduct, type StreamEvent } from '../support/product.ts';

const workload = z.object({
  key: z.string(),
  state: z.string(),
  availability: z.object({ level: z.string(), desired: z.number(), available: z.number() }),
  rollout: z.object({ phase: z.string() }),
  cause: z.object({ code: z.string(), message: z.string(), pods: z.number() }).nullable(),
  stale: z.boolean(),
});
const delta = z.object({ upserts: z.array(workload), deletes: z.array(z.string()) });
const list = z.object({ items: z.array(workload), stale: z.boolean(), total: z.number() });
const transitions = z.object({
  items: z.array(
    z.object({ key: z.string(), from: z.string().nullable(), to: z.string(), causeCode: z.string().nullable() }),
  ),
});
const health = z.object({
  status: z.string(),
  synced: z.boolean(),
  runtime: z.object({ name: z.string(), connected: z.boolean() }),
});

const checkout = 'shop/Deployment/checkout';

function deployment(namespace: string, name: string, image: string, replicas: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}, maintenant.test/manual-status: "true"}}
    spec:
      containers: [{name: app, image: "${image}"}]`;
}

const namespaces = ['shop', 'billing', 'hidden']
  .map((name) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}`)
  .join('\n---\n');

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ nodes: 3, audit: true });
  await cluster.apply(namespaces);
});
after(async () => {
  await cluster.stop();
});

async function podsOf(namespace: string, app: string, image: string, count: number): Promise<readonly Pod[]> {
  const selected = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}`;
  const matching = (pods: KubeList<Pod>): readonly Pod[] =>
    pods.items.filter(
      (pod) =>
        pod.spec.containers[0]?.image === image &&
        pod.spec.nodeName !== undefined &&
        pod.metadata.deletionTimestamp === undefined,
    );
  const found = await cluster.waitFor<KubeList<Pod>>(selected, (pods) => matching(pods).length >= count);
  return matching(found);
}

async function run(namespace: string, app: string, image: string, count: number): Promise<void> {
  for (const pod of await podsOf(namespace, app, image, count)) {
    await reportOf(cluster, namespace, pod.metadata.name, (present) => running(present, { at: Date.now() - 5_000 }));
  }
}

/** The state that a delta announces for a key, with the instant at which it arrived. */
function announced(key: string, state: string) {
  return (event: StreamEvent) => {
    if (event.event !== 'delta') return null;
    const found = delta.parse(event.data).upserts.find((item) => item.key === key && item.state === state);
    return found === undefined ? null : { workload: found, arrivedAt: event.arrivedAt };
  };
}

async function settled(product: Product, key: string, state: string): Promise<z.infer<typeof workload>> {
  return product.waitFor('api/v1/workloads', (body) =>
    list.safeParse(body).data?.items.find((item) => item.key === key && item.state === state),
  );
}

async function breakAndRepair(product: Product, stream: EventLog, namespace: string): Promise<void> {
  const key = `${namespace}/Deployment/checkout`;
  await run(namespace, 'checkout', 'registry.example/checkout:1', 3);
  await settled(product, key, 'Healthy');

  const broken = 'registry.example/checkout:does-not-exist';
  await cluster.apply(deployment(namespace, 'checkout', broken, 3));
  const [failing] = await podsOf(namespace, 'checkout', broken, 1);
  assert.ok(failing !== undefined);
  const before = stream.events.length;
  await reportOf(cluster, namespace, failing.metadata.name, (pod) => imagePullBackOff(pod, { at: Date.now() }));
  const brokeAt = performance.now();
  const degraded = await stream.next(announced(key, 'Degraded'), 10_000, before);
  process.stdout.write(`Degraded came ${Math.round(degraded.arrivedAt - brokeAt)} ms after the status was written\n`);
  assert.equal(degraded.workload.cause?.code, 'ImagePullNotFound');
  assert.equal(degraded.workload.availability.level, 'full');
  assert.match(degraded.workload.cause.message, /old version still serves all 3/i);

  await cluster.apply(deployment(namespace, 'checkout', 'registry.example/checkout:2', 3));
  const afterRepair = stream.events.length;
  // The controller replaces one pod after the other, each when the one before is ready.
  for (const count of [1, 2, 3]) await run(namespace, 'checkout', 'registry.example/checkout:2', count);
  const repairedAt = performance.now();
  const healthy = await stream.next(announced(key, 'Healthy'), 10_000, afterRepair);
  process.stdout.write(
    `Healthy came ${Math.round(healthy.arrivedAt - repairedAt)} ms after the last status was written\n`,
  );
  assert.equal(healthy.workload.cause, null);
}

test('a broken image turns a Deployment Degraded on the stream, the repair Healthy, and both survive a restart', async () => {
  await cluster.apply(deployment('shop', 'checkout', 'registry.example/checkout:1', 3));
  const directory = await mkdtemp(path.join(tmpdir(), 'maintenant-main-job-'));
  const environment = { KUBECONFIG: cluster.kubeconfigPath };
  try {
    const product = await startProduct({ environment, directory });
    const stream = await product.stream();
    await breakAndRepair(product, stream, 'shop');
    stream.close();
    assert.equal(await product.stop(), 0);

    await using again = await startProduct({ environment, directory });
    const remembered = transitions
      .parse((await again.get('api/v1/transitions')).body)
      .items.filter(({ key }) => key === checkout);
    assert.ok(remembered.some(({ to, causeCode }) => to === 'Degraded' && causeCode === 'ImagePullNotFound'));
    assert.ok(remembered.some(({ from, to }) => from !== null && to === 'Healthy'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('with an allowlist and a Role in each namespace it does the same, and asks for nothing else', async () => {
  const watched = ['billing'];
  const second = 'shop';
  const allowlist = [...watched, second];
  await cluster.apply(deployment('billing', 'checkout', 'registry.example/checkout:1', 3));
  await cluster.apply('apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: reader, namespace: hidden}');
  for (const namespace of allowlist) await cluster.apply(role(namespace));
  const token = await cluster.createToken('hidden', 'reader');
  const kubeconfig = await cluster.writeKubeconfig({ token });
  const product = await startProduct({
    environment: { KUBECONFIG: kubeconfig, MAINTENANT_K8S_NAMESPACES: allowlist.join(',') },
  });
  try {
    const stream = await product.stream();
    await breakAndRepair(product, stream, 'billing');
    stream.close();
    const shown = list.parse((await product.get('api/v1/workloads')).body).items.map(({ key }) => key.split('/')[0]);
    assert.deepEqual(new Set(shown), new Set(allowlist));
  } finally {
    await product.stop();
  }
  const sent = (await cluster.auditEntries()).filter(
    ({ user }) => user.username === 'system:serviceaccount:hidden:reader',
  );
  assert.ok(sent.length > 0);
  const verbs = new Set(sent.map(({ verb }) => verb));
  assert.deepEqual(
    [...verbs].filter((verb) => !['get', 'list', 'watch'].includes(verb)),
    [],
  );
  const outside = sent.filter(
    ({ objectRef }) => objectRef?.resource !== undefined && !allowlist.includes(objectRef.namespace ?? ''),
  );
  assert.deepEqual(
    outside.map(({ requestURI }) => requestURI),
    [],
  );
});

function role(namespace: string): string {
  return `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: maintenant, namespace: ${namespace}}
rules:
  - {apiGroups: [""], resources: [pods, pods/log, services, namespaces, events], verbs: [get, list, watch]}
  - {apiGroups: [apps], resources: [deployments, statefulsets, daemonsets, replicasets], verbs: [get, list, watch]}
  - {apiGroups: [metrics.k8s.io], resources: [pods], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: maintenant, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: maintenant}
subjects: [{kind: ServiceAccount, name: reader, namespace: hidden}]`;
}

test('with the API server away the last picture is served as stale at once, and it is live again without help', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'maintenant-stale-'));
  const environment = { KUBECONFIG: cluster.kubeconfigPath };
  try {
    const first = await startProduct({ environment, directory });
    await settled(first, checkout, 'Healthy');
    await first.stop();

    await cluster.stopApiServer();
    await using product = await startProduct({ environment, directory });
    const picture = await product.waitFor('api/v1/workloads', (body) => {
      const parsed = list.safeParse(body).data;
      return parsed?.stale === true && parsed.items.some(({ key }) => key === checkout) ? parsed : null;
    });
    assert.equal(picture.items.find(({ key }) => key === checkout)?.state, 'Healthy');
    const answer = await product.get('api/v1/health');
    assert.equal(answer.status, 200);
    assert.equal(health.parse(answer.body).status, 'degraded');
    assert.equal(health.parse(answer.body).runtime.connected, false);

    await cluster.startApiServer();
    await product.waitFor('api/v1/workloads', (body) => list.safeParse(body).data?.stale === false, 60_000);
    await product.waitFor('api/v1/health', (body) => health.safeParse(body).data?.status === 'ok', 60_000);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

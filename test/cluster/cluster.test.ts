import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Agent, fetch } from 'undici';
import { parse } from 'yaml';
import {
  ApiError,
  contentTypes,
  manualStatusLabel,
  startCluster,
  type AuditEntry,
  type Cluster,
  type KubeList,
  type KubeObject,
} from './control-plane.ts';
import * as kubelet from './kubelet-status.ts';

interface Workload extends KubeObject {
  readonly status?: {
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly unavailableReplicas?: number;
  };
}

let cluster: Cluster;

before(async () => {
  cluster = await startCluster({ audit: true, metricsServer: true, nodeMonitorGraceMs: 4000 });
});
after(() => cluster?.stop());

function deployment(name: string, replicas: number, labels: Readonly<Record<string, string>> = {}): string {
  return `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: ${JSON.stringify({ app: name, ...labels })} }
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{ name: app, image: "registry.example/${name}:1" }]
`;
}

const workloadPath = (name: string): string => `/apis/apps/v1/namespaces/shop/deployments/${name}`;
const podsPath = (name: string): string => `/api/v1/namespaces/shop/pods?labelSelector=app%3D${name}`;

async function firstPod(name: string): Promise<kubelet.Pod> {
  const scheduled = ({ items }: KubeList<kubelet.Pod>): boolean =>
    items.length > 0 && items.every(({ spec }) => spec.nodeName !== undefined);
  const { items } = await cluster.waitFor<KubeList<kubelet.Pod>>(podsPath(name), scheduled);
  return items[0] ?? assert.fail(`no pod of ${name}`);
}

/** As a client with nothing but a kubeconfig would call. */
async function callAs(kubeconfigPath: string, path: string): Promise<number> {
  const config = parse(await readFile(kubeconfigPath, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    users: [{ user: Readonly<Record<string, string | undefined>> }];
  };
  const [{ cluster: at }] = config.clusters;
  const [{ user }] = config.users;
  const decode = (data = ''): string => Buffer.from(data, 'base64').toString();
  const key = user['client-key-data'];
  const dispatcher = new Agent({
    connect: {
      ca: decode(at['certificate-authority-data']),
      ...(key === undefined ? {} : { key: decode(key), cert: decode(user['client-certificate-data']) }),
    },
  });
  const response = await fetch(new URL(path, at.server), {
    dispatcher,
    headers: user['token'] === undefined ? {} : { authorization: `Bearer ${user['token']}` },
  });
  await response.arrayBuffer();
  await dispatcher.close();
  return response.status;
}

test('a Deployment is rolled out by the real controllers and KWOK', async () => {
  await cluster.apply(deployment('web', 3));
  const workload = await cluster.waitFor<Workload>(
    workloadPath('web'),
    ({ status }) => status?.availableReplicas === 3,
  );
  assert.equal(workload.kind, 'Deployment');
  const { status } = await firstPod('web');
  assert.equal(status.phase, 'Running');
  assert.equal(status.containerStatuses?.[0]?.started, true);
  // Helm and the product read it: a build without its stamp would call itself v0.0.0-master.
  assert.match(cluster.version, /^v1\.\d+\.\d+$/);
});

test('logs come through the API server and can be followed', { timeout: 30_000 }, async () => {
  const pod = await firstPod('web');
  await cluster.appendLog('before the reader came');
  const dispatcher = new Agent({ connect: { ca: await readFile(cluster.caPath, 'utf8') } });
  const abort = new AbortController();
  const url = new URL(
    `/api/v1/namespaces/shop/pods/${pod.metadata.name}/log?follow=true&timestamps=true`,
    cluster.serverUrl,
  );
  const response = await fetch(url, {
    dispatcher,
    signal: abort.signal,
    headers: { authorization: `Bearer ${cluster.adminToken}` },
  });
  assert.equal(response.status, 200);
  let text = '';
  let appended = false;
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (!appended && text.includes('before the reader came')) {
      appended = true;
      await cluster.appendLog('while it follows', 'stderr');
    }
    if (text.includes('while it follows')) break;
  }
  abort.abort();
  await dispatcher.destroy();
  assert.match(text, /^\d{4}-\d\d-\d\dT\S+Z before the reader came\n\d{4}-\S+Z while it follows\n$/);
});

test('a pod with the manual label keeps the status that the test writes, and is deleted as any other', async () => {
  await cluster.apply(deployment('manual', 1, { [manualStatusLabel]: 'true' }));
  const pod = await firstPod('manual');
  const failing = await kubelet.reportOf(cluster, 'shop', pod.metadata.name, (pod) =>
    kubelet.imagePullBackOff(pod, { at: Date.now() }),
  );
  const [container] = failing.status.containerStatuses ?? [];
  assert.ok(container !== undefined && 'waiting' in container.state);
  assert.equal(container.state.waiting.reason, 'ImagePullBackOff');
  assert.equal(failing.status.conditions?.find(({ type }) => type === 'PodScheduled')?.status, 'True');
  const events = await cluster.get<KubeList>(
    `/api/v1/namespaces/shop/events?fieldSelector=involvedObject.uid%3D${pod.metadata.uid},reason%3DBackOff`,
  );
  assert.equal(events.items.length, 1);

  // The same event again is counted on the same object.
  await kubelet.reportOf(cluster, 'shop', pod.metadata.name, (pod) =>
    kubelet.imagePullBackOff(pod, { at: Date.now() }),
  );
  const repeated = await cluster.get<KubeList<KubeObject & { readonly count: number }>>(
    `/api/v1/namespaces/shop/events?fieldSelector=involvedObject.uid%3D${pod.metadata.uid},reason%3DBackOff`,
  );
  assert.deepEqual(
    repeated.items.map(({ count }) => count),
    [8],
  );

  await cluster.waitFor<Workload>(workloadPath('manual'), ({ status }) => status?.unavailableReplicas === 1);
  await kubelet.reportOf(cluster, 'shop', pod.metadata.name, (pod) => kubelet.running(pod, { at: Date.now() }));
  await cluster.waitFor<Workload>(workloadPath('manual'), ({ status }) => status?.availableReplicas === 1);
  await cluster.remove(deployment('manual', 1).split('---')[1] ?? '');
  await cluster.waitFor(podsPath('manual'), ({ items }) => items.length === 0);
});

test('a Role in one namespace allows that one and the API server refuses the other', async () => {
  await cluster.apply(`
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: shop }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: shop }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get, list, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: ServiceAccount, name: reader, namespace: shop }]
`);
  const kubeconfig = await cluster.writeKubeconfig({
    token: await cluster.createToken('shop', 'reader'),
    namespace: 'shop',
  });
  assert.equal(await callAs(kubeconfig, '/api/v1/namespaces/shop/pods'), 200);
  assert.equal(await callAs(kubeconfig, '/api/v1/namespaces/default/pods'), 403);
  assert.equal(await callAs(kubeconfig, '/api/v1/pods'), 403);
});

test('a user with a client certificate is who the certificate says', async () => {
  assert.equal(
    await callAs(await cluster.writeKubeconfig({ user: 'ada', groups: ['system:masters'] }), '/api/v1/nodes'),
    200,
  );
  assert.equal(await callAs(await cluster.writeKubeconfig({ user: 'bob' }), '/api/v1/nodes'), 403);
  const bob = (await cluster.auditEntries()).filter(({ user }) => user.username === 'bob');
  assert.deepEqual(
    bob.map(({ verb, requestURI, responseStatus }) => [verb, requestURI, responseStatus?.code]),
    [['list', '/api/v1/nodes', 403]],
  );
});

test('Pod Security refuses what a restricted namespace may not run', async () => {
  await cluster.apply(
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: strict, labels: { pod-security.kubernetes.io/enforce: restricted } }\n',
  );
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'root' },
    spec: { containers: [{ name: 'app', image: 'x' }] },
  };
  await assert.rejects(cluster.request('POST', '/api/v1/namespaces/strict/pods', pod), (error: unknown) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 403);
    assert.match(error.message, /violates PodSecurity "restricted:latest"/);
    return true;
  });
});

test('a restart of the API server keeps address and data; compaction makes an old resource version too old', {
  timeout: 60_000,
}, async () => {
  const { metadata } = await cluster.get<KubeList>('/api/v1/namespaces/shop/pods');
  await cluster.request(
    'PATCH',
    '/api/v1/namespaces/shop',
    { metadata: { labels: { touched: 'yes' } } },
    contentTypes.mergePatch,
  );
  await cluster.compactEtcd();
  const before = cluster.processes.get('kube-apiserver');
  await cluster.restartApiServer();
  assert.notEqual(cluster.processes.get('kube-apiserver'), before);
  const { items } = await cluster.get<KubeList>(podsPath('web'));
  assert.equal(items.length, 3);
  await assert.rejects(
    cluster.request(
      'GET',
      `/api/v1/namespaces/shop/pods?resourceVersionMatch=Exact&limit=1&resourceVersion=${metadata.resourceVersion}`,
    ),
    (error: unknown) => error instanceof ApiError && error.status === 410,
  );
});

test('the audit log has an entry of a watch as soon as it is open', async () => {
  const opened = ({ stage, verb }: AuditEntry): boolean => stage === 'ResponseStarted' && verb === 'watch';
  assert.ok((await cluster.auditEntries()).some(opened));
});

test('a node that dies is found out by the node controller, and comes back', { timeout: 90_000 }, async () => {
  const { items } = await cluster.waitFor<KubeList<kubelet.Pod>>(podsPath('web'), everyPodIs('True'));
  const [pod] = items;
  const node = pod?.spec.nodeName ?? assert.fail('not scheduled');
  const onNode = `/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb&fieldSelector=spec.nodeName%3D${node}`;
  await cluster.loseNode(node);
  const lost = await cluster.waitFor<KubeList<kubelet.Pod>>(onNode, everyPodIs('False'));
  // What the rules for a lost node read: Ready alone is taken back.
  assert.equal(lost.items[0]?.status.conditions?.find(({ type }) => type === 'ContainersReady')?.status, 'True');
  await cluster.recoverNode(node);
  await cluster.waitFor<KubeList<kubelet.Pod>>(onNode, everyPodIs('True'));
});

function everyPodIs(ready: string): (list: KubeList<kubelet.Pod>) => boolean {
  return ({ items }) =>
    items.length > 0 &&
    items.every(({ status }) =>
      status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === ready),
    );
}

test('metrics of pods answer after two scrapes', { timeout: 120_000 }, async () => {
  const metrics = await cluster.waitFor<
    KubeList<KubeObject & { readonly containers: readonly { readonly usage: Readonly<Record<string, string>> }[] }>
  >('/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods', ({ items }) => items.length >= 3, 90_000);
  assert.deepEqual(Object.keys(metrics.items[0]?.containers[0]?.usage ?? {}).sort(), ['cpu', 'memory']);
});

test('a saved cluster is restored with its objects and goes on living', { timeout: 90_000 }, async () => {
  const saved = join(cluster.directory, 'saved');
  await cluster.save(saved);
  const restored = await startCluster({ nodes: 3, restoreFrom: saved });
  try {
    const { items } = await restored.get<KubeList<kubelet.Pod>>(podsPath('web'));
    assert.equal(items.length, 3);
    await restored.apply(deployment('web', 4));
    await restored.waitFor<Workload>(workloadPath('web'), ({ status }) => status?.availableReplicas === 4);
  } finally {
    await restored.stop();
  }
  // The one that was saved runs on.
  assert.equal((await cluster.get<KubeList>(podsPath('web'))).items.length, 3);
});

test('a directory that holds something is refused and left as it is', async () => {
  await assert.rejects(startCluster({ directory: cluster.directory }), /is not empty \(.*\): name a new directory/);
  assert.equal(existsSync(join(cluster.directory, 'keys', 'ca.crt')), true);
});

test('stop leaves no process and no file', { timeout: 60_000 }, async () => {
  const second = await startCluster({ nodes: 1 });
  const pids = [...second.processes.values()];
  assert.equal(pids.length, 5);
  await second.stop();
  await second.stop();
  assert.deepEqual(pids.filter(isAlive), []);
  assert.equal(existsSync(second.directory), false);
});

test('kill -9 of the process that started a cluster leaves no process and no file', { timeout: 60_000 }, async () => {
  const owner = fork(new URL('./owner.fixture.ts', import.meta.url), { execArgv: [] });
  const [{ pids, directory }] = (await once(owner, 'message')) as [
    { readonly pids: readonly number[]; readonly directory: string },
  ];
  assert.ok(pids.some(isAlive), 'there is something to be left behind');
  assert.equal(existsSync(directory), true);
  owner.kill('SIGKILL');
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline && (pids.some(isAlive) || existsSync(directory)))
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(pids.filter(isAlive), []);
  assert.equal(existsSync(directory), false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * The product with the rights that the chart gives it and nothing else: as a pod sees it (the service account's own
 * token in its usual place, the variables of the Deployment), cluster-wide and by Roles, and with each right taken away.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as z from 'zod';
import { type AuditEntry, type Cluster, type KubeObject, startCluster } from '../cluster/control-plane.ts';
import { type Product, startProduct } from '../support/product.ts';
import { chart, helm, objectsOf, template } from './rendering.ts';
import type { Values } from './value-sets.ts';

const account = 'system:serviceaccount:maintenant:maintenant';
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

const workloads = z.object({
  items: z.array(z.object({ key: z.string(), kind: z.string(), state: z.string(), availability: z.looseObject({}) })),
});
const runtime = z.object({
  scope: z.object({ mode: z.string(), namespaces: z.array(z.string()) }),
  watches: z.array(z.object({ resource: z.string(), namespace: z.string().nullable(), state: z.string() })),
  metrics: z.object({ state: z.string(), message: z.string().nullable() }),
});
const doctor = z.object({
  checks: z.array(z.object({ id: z.string(), status: z.string(), message: z.string(), fix: z.string().nullable() })),
});

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ nodes: 2, audit: true, metricsServer: true });
  for (const name of ['maintenant', 'shop', 'billing', 'hidden'])
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
  for (const namespace of ['shop', 'billing', 'hidden']) await cluster.apply(workloadsIn(namespace));
  await cluster.appendLog('a line of the log');
  // Nobody provisions volumes here: the claim of the chart binds to this one.
  await cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'volume' },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/volume' } },
    },
  ]);
  await release('install', {});
  await cluster.waitFor('/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods', ({ items }) => items.length >= 3, 90_000);
});
after(async () => {
  await cluster.stop();
});

/** One workload of each kind, and a Service that selects the first. */
function workloadsIn(namespace: string): string {
  const of = (kind: string, name: string, more: string): string => `
apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  ${more}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      tolerations: [{operator: Exists}]
      containers: [{name: app, image: "registry.example/${name}:1"}]`;
  return [
    of('Deployment', 'web', 'replicas: 1'),
    of('StatefulSet', 'database', 'replicas: 1\n  serviceName: database'),
    of('DaemonSet', 'agent', 'minReadySeconds: 0'),
    `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${namespace}}
spec: {selector: {app: web}, ports: [{port: 80}]}`,
  ].join('\n---');
}

async function release(verb: 'install' | 'upgrade', values: Values): Promise<void> {
  const place = ['-n', 'maintenant', '--kubeconfig', cluster.kubeconfigPath, '-f', '-'];
  const { code, stderr } = await helm('helm4', [verb, 'maintenant', chart, ...place], JSON.stringify(values));
  assert.equal(code, 0, stderr);
}

interface Variable {
  readonly name: string;
  readonly value?: string;
}

/** The container's variables as the API server has them; the port and the volume are this machine's. */
async function variables(): Promise<Readonly<Record<string, string>>> {
  const deployment = await cluster.get<
    KubeObject & {
      readonly spec: {
        readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly Variable[] }[] } };
      };
    }
  >('/apis/apps/v1/namespaces/maintenant/deployments/maintenant');
  const listed = deployment.spec.template.spec.containers[0]?.env ?? [];
  return {
    ...Object.fromEntries(listed.map(({ name, value }) => [name, value ?? ''])),
    MAINTENANT_ADDR: '127.0.0.1:0',
    MAINTENANT_DB: './maintenant.db',
    MAINTENANT_METRICS_INTERVAL: '10s',
  };
}

/**
 * The product as a pod: a mount namespace of its own has the token and the CA where a kubelet puts them, and there is
 * no kubeconfig.
 */
async function startAsPod(more: Readonly<Record<string, string>> = {}): Promise<Product> {
  const token = await cluster.createToken('maintenant', 'maintenant');
  const folder = await mkdtemp(path.join(tmpdir(), 'maintenant-account-'));
  await writeFile(path.join(folder, 'token'), token);
  const script = `mount -t tmpfs none /run && mkdir -p ${serviceAccountFolder} &&
    cp "$1/token" "$2" ${serviceAccountFolder}/ && rm -r "$1" && shift 2 && exec "$@"`;
  const { hostname, port } = new URL(cluster.serverUrl);
  const unshare = [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
  ];
  return startProduct({
    wrapper: [...unshare, 'sh', '-c', script, 'sh', folder, cluster.caPath],
    environment: { ...(await variables()), KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, ...more },
  });
}

async function settledPicture(product: Product, count: number): Promise<z.infer<typeof workloads>['items']> {
  return product.waitFor('api/v1/workloads', (body) => {
    const { items } = workloads.parse(body);
    return items.length >= count && items.every(({ state }) => state === 'Healthy') ? items : null;
  });
}

function sent(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  return entries.filter(({ user }) => user.username === account);
}

function assertReadsOnly(entries: readonly AuditEntry[]): void {
  assert.ok(entries.length > 0);
  const wrong = entries.filter(
    ({ verb, responseStatus }) =>
      !['get', 'list', 'watch'].includes(verb) || [401, 403].includes(responseStatus?.code ?? 200),
  );
  assert.deepEqual(
    wrong.map(({ verb, requestURI, responseStatus }) => `${verb} ${requestURI} ${responseStatus?.code}`),
    [],
  );
}

async function isForbiddenLog(product: Product): Promise<boolean> {
  const answer = await fetch(new URL('api/v1/workloads/shop/Deployment/web/logs', product.url), {
    headers: { accept: 'text/event-stream' },
  });
  const text = await answer.text();
  assert.ok(/a line of the log/.test(text) !== /"forbidden"/.test(text), text);
  return /"forbidden"/.test(text);
}

test('in the default install it sees everything, is refused nothing, and only reads', async () => {
  await using product = await startAsPod();
  // Nine of ours and the Deployment of the chart itself.
  const items = await settledPicture(product, 10);
  assert.ok(items.some(({ key }) => key === 'maintenant/Deployment/maintenant'));
  await product.waitFor('api/v1/runtime', (body) => runtime.parse(body).metrics.state === 'available');
  assert.equal(await isForbiddenLog(product), false);
  const { checks } = doctor.parse((await product.get('api/v1/doctor')).body);
  assert.deepEqual(
    checks.filter(({ status }) => status === 'failed' || status === 'notPermitted'),
    [],
  );
  assertReadsOnly(sent(await cluster.auditEntries()));
  await assertTestPodPasses(product);
});

/** The command of `helm test`, with the Service's name replaced by where the product is here. */
async function assertTestPodPasses(product: Product): Promise<void> {
  const [pod] = objectsOf((await template('helm4', {})).stdout).filter(({ kind }) => kind === 'Pod');
  const { containers } = z
    .object({ containers: z.array(z.object({ command: z.array(z.string()) })) })
    .parse(pod?.['spec']);
  const [program, ...args] = containers[0]?.command ?? [];
  assert.equal(program, 'node');
  const codeAt = async (url: string): Promise<number | null> => {
    const there = args.map((argument) => argument.replace('http://maintenant:80', url));
    assert.notDeepEqual(there, args);
    const child = spawn(process.execPath, there, { stdio: 'ignore' });
    await once(child, 'close');
    return child.exitCode;
  };
  assert.equal(await codeAt(product.url.replace(/\/$/, '')), 0);
  assert.equal(await codeAt('http://127.0.0.1:1'), 1);
}

test('with an allowlist Roles are enough: no refusal, and no request beyond the two namespaces', async () => {
  const before = (await cluster.auditEntries()).length;
  await release('upgrade', { namespaces: { allow: ['shop', 'billing'] } });
  {
    await using product = await startAsPod();
    const items = await settledPicture(product, 6);
    assert.deepEqual(new Set(items.map(({ key }) => key.split('/')[0])), new Set(['shop', 'billing']));
    await product.waitFor('api/v1/runtime', (body) => runtime.parse(body).metrics.state === 'available');
    assert.equal(await isForbiddenLog(product), false);
  }
  const entries = sent((await cluster.auditEntries()).slice(before));
  assertReadsOnly(entries);
  const beyond = entries.filter(
    ({ objectRef }) => objectRef?.resource !== undefined && !['shop', 'billing'].includes(objectRef.namespace ?? ''),
  );
  assert.deepEqual(
    beyond.map(({ requestURI }) => requestURI),
    [],
  );
});

test('an allowlist that names more than the Roles grant is told by namespace, and the rest goes on', async () => {
  await using product = await startAsPod({ MAINTENANT_K8S_NAMESPACES: 'shop,billing,hidden' });
  await product.waitFor('api/v1/runtime', (body) =>
    runtime
      .parse(body)
      .watches.every(({ namespace, state }) => (namespace === 'hidden' ? state === 'forbidden' : state === 'synced')),
  );
  await settledPicture(product, 6);
  const check = doctor.parse((await product.get('api/v1/doctor')).body).checks.find(({ id }) => id === 'rights');
  assert.equal(check?.status, 'notPermitted');
  assert.match(check.message, /hidden/);
  assert.doesNotMatch(check.message, /billing/);
  assert.match(check.fix ?? '', /in the Role in each of these namespaces/);
  await release('upgrade', { namespaces: { allow: [] } });
});

interface Right {
  readonly group: string;
  readonly resource: string;
}

const rights: readonly Right[] = [
  ...['pods', 'services', 'namespaces', 'events'].map((resource) => ({ group: '', resource })),
  ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((resource) => ({ group: 'apps', resource })),
];

interface Role extends KubeObject {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

const rolePath = '/apis/rbac.authorization.k8s.io/v1/clusterroles/maintenant';

/** Runs the product while one right is missing from the ClusterRole. */
async function without(right: Right, look: (product: Product) => Promise<void>): Promise<void> {
  const role = await cluster.get<Role>(rolePath);
  const rules = role.rules
    .map((rule) =>
      rule.apiGroups.includes(right.group)
        ? { ...rule, resources: rule.resources.filter((resource) => resource !== right.resource) }
        : rule,
    )
    .filter(({ resources }) => resources.length > 0);
  assert.notDeepEqual(rules, role.rules);
  await cluster.request('PUT', rolePath, { ...role, rules });
  try {
    await using product = await startAsPod();
    await look(product);
  } finally {
    const present = await cluster.get<Role>(rolePath);
    await cluster.request('PUT', rolePath, { ...present, rules: role.rules });
  }
}

test('the table of rights above is what the role grants', async () => {
  const granted = (await cluster.get<Role>(rolePath)).rules.flatMap(({ apiGroups, resources }) =>
    apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}`)),
  );
  const known = [...rights.map(({ group, resource }) => `${group}/${resource}`), '/pods/log', 'metrics.k8s.io/pods'];
  assert.deepEqual(granted.sort(), known.sort());
});

const kindOf: Readonly<Record<string, string>> = {
  deployments: 'Deployment',
  statefulsets: 'StatefulSet',
  daemonsets: 'DaemonSet',
};

for (const right of rights) {
  test(`without ${right.resource} it says so by name, and goes on with the rest`, async () => {
    await without(right, async (product) => {
      const { watches } = await product.waitFor('api/v1/runtime', (body) => {
        const parsed = runtime.parse(body);
        const settled = parsed.watches.every(({ resource, state }) =>
          resource === right.resource ? state === 'forbidden' : state === 'synced',
        );
        return settled ? parsed : null;
      });
      assert.ok(watches.some(({ resource }) => resource === right.resource));
      const check = doctor.parse((await product.get('api/v1/doctor')).body).checks.find(({ id }) => id === 'rights');
      assert.equal(check?.status, 'notPermitted');
      assert.match(check.message, new RegExp(right.resource));
      assert.match(check.fix ?? '', new RegExp(`Grant get, list and watch on ${right.resource} `));

      const missing = kindOf[right.resource];
      const items = await product.waitFor('api/v1/workloads', (body) => {
        const found = workloads.parse(body).items.filter(({ key }) => !key.startsWith('maintenant/'));
        return found.length >= (missing === undefined ? 9 : 6) ? found : null;
      });
      assert.ok(items.every(({ kind }) => kind !== missing));
      // Availability is then what the workload's own status says: one that serves is never called Down.
      assert.ok(
        items.every(({ state }) => state !== 'Down'),
        JSON.stringify(items),
      );
    });
  });
}

test('without pods/log the log view says that it may not, and the rest goes on', async () => {
  await without({ group: '', resource: 'pods/log' }, async (product) => {
    await settledPicture(product, 9);
    assert.equal(await isForbiddenLog(product), true);
  });
});

test('without pods of metrics.k8s.io usage is "not permitted", and the rest goes on', async () => {
  await without({ group: 'metrics.k8s.io', resource: 'pods' }, async (product) => {
    await settledPicture(product, 9);
    await product.waitFor('api/v1/runtime', (body) => runtime.parse(body).metrics.state === 'forbidden');
    const check = doctor.parse((await product.get('api/v1/doctor')).body).checks.find(({ id }) => id === 'metrics');
    assert.equal(check?.status, 'notPermitted');
    assert.match(check.fix ?? '', /Grant get and list on pods in the API group metrics\.k8s\.io/);
  });
});

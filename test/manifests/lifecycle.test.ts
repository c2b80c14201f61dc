/**
 * Chart and overlays on the real API server, in namespaces that enforce Pod Security *restricted*: install, upgrade,
 * rollback, uninstall and install again on the kept volume; apply twice without drift.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildTool } from '../cluster/build.ts';
import { type Cluster, contentTypes, type KubeList, type KubeObject, startCluster } from '../cluster/control-plane.ts';
import {
  chart,
  helm,
  type HelmVersion,
  helmVersions,
  identityOf,
  objectsOf,
  type Outcome,
  outcomeOf,
  type RenderedObject,
  template,
} from './rendering.ts';
import { type Values, valueSets } from './value-sets.ts';

const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ nodes: 1 });
  const likeNumbers = ['99', '2024', '1e3', '0755', 'null', 'true'];
  for (const name of [
    'maintenant',
    'observability',
    'shop',
    'billing',
    ...likeNumbers,
    ...helmVersions.map(namespaceOf),
  ])
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: restricted } }]);
  // Nobody provisions volumes here: claims bind to these.
  await cluster.apply(
    Array.from({ length: 12 }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `volume-${index}` },
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: `/volumes/${index}` },
      },
    })),
  );
});
after(async () => {
  await cluster.stop();
});

function namespaceOf(version: HelmVersion): string {
  return `with-${version}`;
}

interface Deployment extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { readonly env: readonly { readonly name: string }[] }[] };
    };
  };
  readonly status?: { readonly availableReplicas?: number; readonly observedGeneration?: number };
}

const claimPath = (namespace: string): string =>
  `/api/v1/namespaces/${namespace}/persistentvolumeclaims/maintenant-data`;
const deploymentPath = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/maintenant`;

/** The controllers could create every pod: nothing was refused by admission. */
async function assertNothingRefused(namespace: string): Promise<void> {
  const events = await cluster.get<KubeList<KubeObject & { readonly reason: string; readonly message: string }>>(
    `/api/v1/namespaces/${namespace}/events`,
  );
  const refused = events.items.filter(({ reason }) => reason.startsWith('Failed')).map(({ message }) => message);
  assert.deepEqual(refused, []);
}

async function isGone(target: string): Promise<boolean> {
  const status = await cluster.get(target).then(
    () => 200,
    (error: unknown) => (error instanceof Error && 'status' in error ? error.status : null),
  );
  return status === 404;
}

for (const version of helmVersions) {
  describe(`with ${version}`, () => {
    const namespace = namespaceOf(version);
    const roleName = `${namespace}-maintenant`;

    async function helmIn(args: readonly string[], values?: Values): Promise<Outcome> {
      const outcome = await helm(
        version,
        [
          ...args,
          '--namespace',
          namespace,
          '--kubeconfig',
          cluster.kubeconfigPath,
          ...(values === undefined ? [] : ['-f', '-']),
        ],
        values === undefined ? undefined : JSON.stringify(values),
      );
      assert.equal(outcome.code, 0, `helm ${args.join(' ')}\n${outcome.stderr}\n${outcome.stdout}`);
      return outcome;
    }
    const wait = ['--wait', '--timeout', '60s'];

    test('the chart installs under Pod Security restricted, from the version before', async () => {
      const previous = await previousChart();
      try {
        const { stdout } = await helmIn(['install', 'maintenant', previous, ...wait]);
        assert.match(stdout, new RegExp(`kubectl port-forward -n ${namespace} service/maintenant 8080:80`));
        assert.match(stdout, new RegExp(`kubectl delete pvc maintenant-data -n ${namespace}`));
        assert.match(stdout, /all namespaces with read-only rights/);
        assert.match(stdout, /Everybody who reaches the page can read it/);
      } finally {
        await rm(previous, { recursive: true });
      }
      await assertNothingRefused(namespace);
    });

    test('it upgrades to this version with the selector unchanged and the claim untouched', async () => {
      const claim = await cluster.get(claimPath(namespace));
      await helmIn(['upgrade', 'maintenant', chart, ...wait]);
      const upgraded = await cluster.get<Deployment>(deploymentPath(namespace));
      assert.equal(upgraded.spec.template.metadata.labels['app.kubernetes.io/version'], await versionOfChart());
      assert.equal(upgraded.status?.availableReplicas, 1);
      assert.equal((await cluster.get(claimPath(namespace))).metadata.uid, claim.metadata.uid);
    });

    test('helm test starts a pod that restricted accepts, and ends when it has succeeded', async () => {
      const testing = helmIn(['test', 'maintenant', '--timeout', '60s']);
      // Nothing runs its command here (rights.test.ts does): KWOK has it running, and the test ends it.
      const pods = `/api/v1/namespaces/${namespace}/pods/maintenant-test`;
      interface Pod extends KubeObject {
        readonly status: { readonly phase: string };
      }
      await Promise.race([
        cluster.waitFor<Pod>(pods, (pod) => pod.status.phase === 'Running'),
        testing.then(() => assert.fail('helm test ended before its pod ran')),
      ]);
      await cluster.request('PATCH', `${pods}/status`, { status: { phase: 'Succeeded' } }, contentTypes.mergePatch);
      await testing;
    });

    test('it upgrades with other values, roles included', async () => {
      await helmIn(['upgrade', 'maintenant', chart, ...wait], {
        namespaces: { allow: ['shop', 'billing'] },
        ingress: { enabled: true, host: 'now.example.com' },
        resources: { limits: { memory: '512Mi' } },
      });
      const changed = await cluster.get<Deployment>(deploymentPath(namespace));
      const names = changed.spec.template.spec.containers[0]?.env.map(({ name }) => name) ?? [];
      assert.ok(names.includes('MAINTENANT_K8S_NAMESPACES'));
      for (const watched of ['shop', 'billing'])
        await cluster.get(`/apis/rbac.authorization.k8s.io/v1/namespaces/${watched}/rolebindings/${roleName}`);
      assert.ok(await isGone(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${roleName}`));
      await cluster.get(`/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/maintenant`);
    });

    test('it rolls back to the values before', async () => {
      await helmIn(['rollback', 'maintenant', '2', ...wait]);
      const back = await cluster.get<Deployment>(deploymentPath(namespace));
      const names = back.spec.template.spec.containers[0]?.env.map(({ name }) => name) ?? [];
      assert.ok(!names.includes('MAINTENANT_K8S_NAMESPACES'));
      await cluster.get(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${roleName}`);
      assert.ok(await isGone(`/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles/${roleName}`));
      assert.ok(await isGone(`/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/maintenant`));
    });

    test('uninstall keeps the claim, and the next install takes it up again', async () => {
      const claim = await cluster.get<KubeObject & { readonly status: { readonly phase: string } }>(
        claimPath(namespace),
      );
      assert.equal(claim.status.phase, 'Bound');
      await helmIn(['uninstall', 'maintenant', ...wait]);
      assert.ok(await isGone(deploymentPath(namespace)));
      assert.ok(await isGone(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${roleName}`));
      assert.equal((await cluster.get(claimPath(namespace))).metadata.uid, claim.metadata.uid);

      await helmIn(['install', 'maintenant', chart, ...wait], { persistence: { keep: false } });
      assert.equal((await cluster.get(claimPath(namespace))).metadata.uid, claim.metadata.uid);
      await assertNothingRefused(namespace);
    });

    test('with persistence.keep=false uninstall takes the claim too', async () => {
      await helmIn(['uninstall', 'maintenant', ...wait]);
      await cluster.waitFor(
        `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
        ({ items }) => items.length === 0,
      );
    });
  });
}

async function versionOfChart(): Promise<string> {
  const text = await readFile(path.join(chart, 'Chart.yaml'), 'utf8');
  const found = /^appVersion: (.*)$/m.exec(text)?.[1];
  assert.ok(found !== undefined);
  return found;
}

/** Nothing was released yet: the version before is this chart under an older number, as it will be after a release. */
async function previousChart(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'maintenant-chart-'));
  await cp(chart, folder, { recursive: true });
  const file = path.join(folder, 'Chart.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replaceAll(/^(version|appVersion): .*$/gm, '$1: 0.0.9'));
  return folder;
}

async function kubectl(args: readonly string[]): Promise<Outcome> {
  return outcomeOf(await buildTool('kubectl'), ['--kubeconfig', cluster.kubeconfigPath, ...args]);
}

const overlays = ['default', 'production', 'namespaced', 'dev'].map((name) => path.join('kustomize', 'overlays', name));
for (const target of [...overlays.map((folder) => ['-k', folder]), ['-f', path.join('kustomize', 'maintenant.yaml')]]) {
  test(`kubectl apply ${target.join(' ')} twice: everything runs, nothing drifts`, async () => {
    const first = await kubectl(['apply', ...target]);
    assert.equal(first.code, 0, first.stderr);
    await cluster.waitFor<Deployment>(
      deploymentPath('maintenant'),
      ({ status }) => status?.availableReplicas === 1,
      60_000,
    );
    await assertNothingRefused('maintenant');
    const difference = await kubectl(['diff', ...target]);
    assert.equal(difference.code, 0, difference.stdout + difference.stderr);
    const second = await kubectl(['apply', ...target]);
    assert.equal(second.code, 0, second.stderr);
    const changed = second.stdout.split('\n').filter((line) => line !== '' && !line.endsWith(' unchanged'));
    assert.deepEqual(changed, []);
    const removed = await kubectl(['delete', '--wait', ...target]);
    assert.equal(removed.code, 0, removed.stderr);
  });
}

test('the API server knows every field of every value set, and restricted accepts every pod', async () => {
  await cluster.apply([
    crd('gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes'),
    crd('monitoring.coreos.com', 'v1', 'ServiceMonitor', 'servicemonitors'),
    crd('monitoring.coreos.com', 'v1', 'PrometheusRule', 'prometheusrules'),
  ]);
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'maintenant', labels: restricted } }]);
  for (const { name, values, release, namespace } of valueSets) {
    for (const object of objectsOf((await template('helm4', values, release, namespace)).stdout)) {
      const target = await cluster.path({
        apiVersion: object.apiVersion,
        kind: object.kind,
        name: object.metadata.name,
        ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
      });
      await dryRun('PATCH', target, object, `${name}: ${identityOf(object)}`);
      if (object.kind !== 'Deployment' || name === 'hatches') continue;
      const { namespace: place = 'maintenant' } = object.metadata;
      const { metadata, spec } = (object['spec'] as { readonly template: PodTemplate }).template;
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'try' }, spec: withAccount(spec) };
      await dryRun('POST', `/api/v1/namespaces/${place}/pods`, pod, `${name}: pod`);
    }
  }
});

interface PodTemplate {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A pod asks for its account at once, a Deployment only when it makes one: here the default account stands in. */
function withAccount(spec: PodTemplate['spec']): PodTemplate['spec'] {
  return { ...spec, serviceAccountName: 'default' };
}

async function dryRun(method: 'PATCH' | 'POST', target: string, object: unknown, what: string): Promise<void> {
  const query = `?dryRun=All&fieldValidation=Strict&fieldManager=test${method === 'PATCH' ? '&force=true' : ''}`;
  const type = method === 'PATCH' ? contentTypes.apply : contentTypes.json;
  await cluster.request(method, target + query, object, type).catch((error: unknown) => {
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  });
}

function crd(group: string, version: string, kind: string, plural: string): RenderedObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // The API server guards groups that end in k8s.io.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

/**
 * What chart and kustomizations render, without a cluster: kept as text in `golden/`, refused where it cannot work, the
 * same from both and the same each time. `MAINTENANT_UPDATE_GOLDEN=1 node --test test/manifests/render.test.ts` writes
 * the golden files anew.
 */
import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isMap, isScalar, parse, parseDocument } from 'yaml';
import { buildTool } from '../cluster/build.ts';
import {
  byIdentity,
  chart,
  helm,
  helmVersions,
  identityOf,
  kustomize,
  objectsOf,
  outcomeOf,
  type RenderedObject,
  root,
  template,
  withoutLabels,
} from './rendering.ts';
import { refusals, valueSets } from './value-sets.ts';

const update = process.env['MAINTENANT_UPDATE_GOLDEN'] === '1';
const golden = path.join(import.meta.dirname, 'golden');

for (const version of helmVersions) {
  test(`${version} lints the chart without a warning`, async () => {
    const { code, stdout, stderr } = await helm(version, ['lint', '--strict', chart]);
    assert.equal(code, 0, stdout + stderr);
  });
}

for (const { name, values, release, namespace } of valueSets) {
  test(`the values "${name}" render what golden/${name}.yaml keeps, with Helm 3 and 4, the same twice`, async () => {
    const outcome = await template('helm4', values, release, namespace);
    assert.equal(outcome.code, 0, outcome.stderr);
    const again = await template('helm4', values, release, namespace);
    assert.equal(again.stdout, outcome.stdout);

    // The two versions differ in blank lines only.
    const text = withoutBlankLines(outcome.stdout);
    const older = await template('helm3', values, release, namespace);
    assert.equal(withoutBlankLines(older.stdout), text);

    const file = path.join(golden, `${name}.yaml`);
    if (update) writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'));
    const objects = objectsOf(outcome.stdout);
    assert.equal(new Set(objects.map(identityOf)).size, objects.length, 'two objects of one name');
    for (const object of objects) assertHardened(object, name === 'openshift' ? {} : nobody);
  });
}

test('every golden file belongs to a value set', () => {
  const known = new Set(valueSets.map(({ name }) => `${name}.yaml`));
  assert.deepEqual(
    readdirSync(golden).filter((file) => !known.has(file)),
    [],
  );
});

function withoutBlankLines(text: string): string {
  return text.replaceAll(/^\s*\n/gm, '');
}

interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly securityContext?: Readonly<Record<string, unknown>>;
    readonly resources?: Readonly<Record<string, unknown>>;
  }[];
}

const nobody = { runAsUser: 65534, runAsGroup: 65534 };

/** Whatever the values say, a pod of ours is what the guide promises, and there is one. Who it is may be left open. */
function assertHardened(object: RenderedObject, identity: Readonly<Record<string, number>> = nobody): void {
  const pod = podSpecOf(object);
  if (pod === null) return;
  assert.deepEqual(
    { ...pod.securityContext, fsGroup: 65534, fsGroupChangePolicy: 'OnRootMismatch' },
    {
      ...identity,
      runAsNonRoot: true,
      fsGroup: 65534,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
  );
  for (const container of pod.containers) {
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    assert.notEqual(container.resources, undefined);
  }
  if (object.kind !== 'Deployment') return;
  const spec = object['spec'] as { readonly replicas: number; readonly strategy: unknown };
  assert.equal(spec.replicas, 1);
  assert.deepEqual(spec.strategy, { type: 'Recreate' });
}

function podSpecOf(object: RenderedObject): PodSpec | null {
  if (object.kind === 'Pod') return object['spec'] as PodSpec;
  if (object.kind !== 'Deployment') return null;
  return (object['spec'] as { readonly template: { readonly spec: PodSpec } }).template.spec;
}

for (const { title, values, says } of refusals) {
  test(`${title} is refused by its key`, async () => {
    for (const version of helmVersions) {
      const { code, stdout, stderr } = await template(version, values);
      assert.notEqual(code, 0, `${version} rendered it:\n${stdout.slice(0, 500)}`);
      assert.match(stderr, says);
    }
  });
}

test('values that an earlier chart did not have may be absent, as after `helm upgrade --reuse-values`', async () => {
  for (const version of helmVersions) {
    const whole = await template(version, {});
    const reused = await template(version, { podSecurityContext: null, ingress: { extraHosts: null } });
    assert.equal(reused.stderr, whole.stderr);
    assert.equal(reused.stdout, whole.stdout);
  }
});

test("the guide's values are there with the guide's defaults", () => {
  const values: unknown = parse(readFileSync(path.join(chart, 'values.yaml'), 'utf8'));
  const guide = {
    'image.tag': '',
    runtime: 'kubernetes',
    'persistence.size': '1Gi',
    'persistence.storageClass': '',
    'persistence.existingClaim': '',
    'ingress.enabled': false,
    'ingress.host': 'maintenant.example.com',
    'ingress.className': '',
    'ingress.tls': [],
    'license.key': '',
    'license.existingSecret': '',
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
  };
  const found = Object.fromEntries(Object.keys(guide).map((key) => [key, valueAt(values, key.split('.'))]));
  assert.deepEqual(found, guide);
});

function valueAt(value: unknown, [first, ...rest]: readonly string[]): unknown {
  if (first === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return valueAt(Object.entries(value).find(([key]) => key === first)?.[1], rest);
}

test('every value is in the schema, and every group of the schema refuses what it does not know', () => {
  const schema: unknown = JSON.parse(readFileSync(path.join(chart, 'values.schema.json'), 'utf8'));
  const document = parseDocument(readFileSync(path.join(chart, 'values.yaml'), 'utf8'));
  const missing: string[] = [];
  const open: string[] = [];
  const visit = (map: unknown, here: unknown, prefix: string): void => {
    if (!isMap(map)) return;
    const properties = valueAt(here, ['properties']);
    if (valueAt(here, ['additionalProperties']) !== false) open.push(prefix === '' ? '(root)' : prefix);
    for (const { key, value } of map.items) {
      if (!isScalar(key)) continue;
      const name = String(key.value);
      const next = valueAt(properties, [name]);
      if (next === undefined) missing.push(prefix + name);
      // An empty map is one of free keys: labels, annotations, selectors.
      else if (isMap(value) && value.items.length > 0 && name !== 'requests' && name !== 'limits')
        visit(value, next, `${prefix}${name}.`);
    }
  };
  visit(document.contents, schema, '');
  assert.deepEqual({ missing, open }, { missing: [], open: [] });
});

test('the probes are those of the guide', async () => {
  const [deployment] = objectsOf((await template('helm4', {})).stdout).filter(({ kind }) => kind === 'Deployment');
  const [container] = (deployment === undefined ? null : podSpecOf(deployment))?.containers ?? [];
  assert.ok(container !== undefined);
  const { livenessProbe, readinessProbe, ports } = container as typeof container & Readonly<Record<string, unknown>>;
  const httpGet = { path: '/api/v1/health', port: 'http' };
  assert.deepEqual(livenessProbe, { httpGet, initialDelaySeconds: 5, periodSeconds: 30 });
  assert.deepEqual(readinessProbe, { httpGet, initialDelaySeconds: 3, periodSeconds: 10 });
  assert.deepEqual(ports, [{ name: 'http', containerPort: 8080, protocol: 'TCP' }]);
});

test("Helm's default and the default overlay are the same objects but for labels and the Namespace", async () => {
  const fromHelm = objectsOf((await template('helm4', {})).stdout)
    .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined)
    .map(withoutLabels);
  const fromKustomize = objectsOf(await kustomize('overlays/default'))
    .filter(({ kind }) => kind !== 'Namespace')
    .map(withoutLabels);
  assert.deepEqual(byIdentity(fromHelm), byIdentity(fromKustomize));
});

test("Helm's allowlist and the namespaced overlay give the same rights", async () => {
  const rights = (objects: readonly RenderedObject[]): unknown =>
    byIdentity(objects.filter(({ kind }) => kind.includes('Role')).map(withoutLabels));
  const fromHelm = objectsOf((await template('helm4', { namespaces: { allow: ['shop', 'billing'] } })).stdout);
  const fromKustomize = objectsOf(await kustomize('overlays/namespaced'));
  assert.deepEqual(rights(fromHelm), rights(fromKustomize));
  assert.ok(!fromHelm.some(({ kind }) => kind.startsWith('ClusterRole')));
});

for (const overlay of ['default', 'production', 'namespaced', 'dev']) {
  test(`the overlay ${overlay} renders objects of distinct names, hardened, the image set in one place`, async () => {
    const text = await kustomize(`overlays/${overlay}`);
    const objects = objectsOf(text);
    assert.equal(new Set(objects.map(identityOf)).size, objects.length);
    for (const object of objects) assertHardened(object);
    assert.match(text, /image: ghcr\.io\/maintenant\/maintenant:\d/);
  });
}

for (const component of readdirSync(path.join(root, 'kustomize', 'components'))) {
  test(`the component ${component} builds on the base`, async () => {
    const overlay = [
      'apiVersion: kustomize.config.k8s.io/v1beta1',
      'kind: Kustomization',
      'namespace: maintenant',
      'resources: [../../base]',
      `components: [../../components/${component}]`,
    ];
    const objects = objectsOf(await temporaryOverlay(overlay.join('\n')));
    for (const object of objects) assertHardened(object);
    assert.ok(objects.some(({ kind }) => kind === 'Deployment'));
  });
}

for (const { title, lines } of [
  { title: 'another namespace', lines: ['namespace: tools', 'resources: [../../base, ../../rbac/cluster]'] },
  { title: 'another namespace for a whole overlay', lines: ['namespace: tools', 'resources: [../production]'] },
  {
    title: 'other names and another namespace',
    lines: ['namespace: tools', 'namePrefix: eu-', 'nameSuffix: -two', 'resources: [../default]'],
  },
  { title: 'other names', lines: ['namePrefix: eu-', 'resources: [../namespaced]'] },
]) {
  test(`an overlay with ${title}: the bindings are those of the account that the pod runs as`, async () => {
    const head = ['apiVersion: kustomize.config.k8s.io/v1beta1', 'kind: Kustomization'];
    const objects = objectsOf(await temporaryOverlay([...head, ...lines].join('\n')));
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    assert.ok(deployment !== undefined);
    const { serviceAccountName: name } = podSpecOf(deployment) as { readonly serviceAccountName?: string };
    const account = { kind: 'ServiceAccount', name, namespace: deployment.metadata.namespace };
    const bindings = objects.filter(({ kind }) => kind.endsWith('RoleBinding'));
    assert.notEqual(bindings.length, 0);
    for (const binding of bindings) assert.deepEqual(binding['subjects'], [account]);
    assert.ok(objects.some(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === name));
    for (const { kind, metadata } of objects)
      if (/^(Service|ServiceAccount|PersistentVolumeClaim|Ingress)$/.test(kind))
        assert.equal(metadata.namespace, account.namespace, kind);
  });
}

/** kustomize reads resources below its own folder or beside it only, so a copy of the tree is made. */
async function temporaryOverlay(text: string): Promise<string> {
  const script = `set -e; work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
    cp -r "$1/." "$work"; mkdir "$work/overlays/test"; printf '%s' "$2" > "$work/overlays/test/kustomization.yaml"
    "$3" kustomize "$work/overlays/test"`;
  const kubectl = await buildTool('kubectl');
  const { code, stdout, stderr } = await outcomeOf('bash', [
    '-c',
    script,
    'bash',
    path.join(root, 'kustomize'),
    text,
    kubectl,
  ]);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function renderNamespaced(
  names: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ReturnType<typeof outcomeOf> {
  const kubectl = path.dirname(await buildTool('kubectl'));
  return outcomeOf(path.join(root, 'scripts', 'render-namespaced'), names, {
    environment: { PATH: `${kubectl}:${process.env['PATH'] ?? ''}`, ...environment },
  });
}

test('render-namespaced with the two namespaces of the overlay prints the overlay', async () => {
  const { code, stdout, stderr } = await renderNamespaced(['shop', 'billing']);
  assert.equal(code, 0, stderr);
  assert.deepEqual(byIdentity(objectsOf(stdout)), byIdentity(objectsOf(await kustomize('overlays/namespaced'))));
});

test('render-namespaced puts the monitor into another namespace and binds its account there', async () => {
  const { code, stdout, stderr } = await renderNamespaced(['one', 'two', 'three'], { NAMESPACE: 'monitoring' });
  assert.equal(code, 0, stderr);
  const objects = objectsOf(stdout);
  const bindings = objects.filter(({ kind }) => kind === 'RoleBinding');
  assert.deepEqual(
    bindings.map(({ metadata }) => metadata.namespace),
    ['one', 'three', 'two'],
  );
  for (const binding of bindings)
    assert.deepEqual(binding['subjects'], [{ kind: 'ServiceAccount', name: 'maintenant', namespace: 'monitoring' }]);
  const elsewhere = objects.filter(({ metadata }) => metadata.namespace === 'maintenant');
  assert.deepEqual(elsewhere.map(identityOf), []);
  assert.match(stdout, /value: one,two,three/);
});

test('render-namespaced refuses what it cannot render', async () => {
  const none = await renderNamespaced([]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /Name the namespaces to watch/);
  const wrong = await renderNamespaced(['shop', 'Billing']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /"Billing" cannot be the name of a namespace/);
});

test('the image ends as nobody, runs nothing while it is built for another platform, and holds no node_modules', () => {
  const text = readFileSync(path.join(root, 'Containerfile'), 'utf8').replaceAll(/\\\n/g, ' ');
  const instructions = text.split('\n').filter((line) => /^[A-Z]+ /.test(line));
  const lastFrom = instructions.findLastIndex((line) => line.startsWith('FROM '));
  const last = instructions.slice(lastFrom);
  assert.deepEqual(
    last.filter((line) => line.startsWith('RUN ')),
    [],
  );
  assert.ok(last.includes('USER 65534:65534'));
  assert.ok(last.some((line) => line.startsWith('ENTRYPOINT ["')));
  assert.ok(instructions[lastFrom - 1] !== undefined && /^FROM --platform=\$BUILDPLATFORM /m.test(text));
  assert.deepEqual(
    instructions.filter((line) => /^ADD |node_modules|:latest/.test(line)),
    [],
  );
  const copied = instructions
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));
  const ignored = readFileSync(path.join(root, '.containerignore'), 'utf8').split('\n');
  for (const source of copied) {
    assert.ok(globSync(source, { cwd: root }).length > 0, `${source} does not exist`);
    assert.ok(ignored.includes(`!${source}`), `.containerignore leaves out ${source}`);
  }
});

test('the chart, the overlays and the package name one version', () => {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const { appVersion, annotations } = parse(readFileSync(path.join(chart, 'Chart.yaml'), 'utf8')) as {
    readonly appVersion: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
  assert.equal(appVersion, manifest.version);
  assert.ok(annotations['artifacthub.io/images']?.includes(`maintenant:${manifest.version}\n`));
  for (const text of Object.values(annotations).filter((value) => value.includes('\n')))
    assert.ok(parse(text) !== null);
  const overlays = readdirSync(path.join(root, 'kustomize', 'overlays'), { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'kustomization.yaml')
    .map((file) => readFileSync(path.join(root, 'kustomize', 'overlays', file), 'utf8'));
  const tags = overlays.flatMap((text) => [...text.matchAll(/newTag: (.*)/g)].map((match) => match[1]));
  assert.deepEqual(new Set(tags), new Set([manifest.version]));
});

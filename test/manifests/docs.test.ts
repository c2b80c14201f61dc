/**
 * The documentation is tried out: its links lead somewhere, its values render, its objects are accepted, and its
 * commands run, in their order, against the real API server.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isMap, parseAllDocuments } from 'yaml';
import { buildTool } from '../cluster/build.ts';
import { type Cluster, contentTypes, startCluster } from '../cluster/control-plane.ts';
import { outcomeOf, root, template } from './rendering.ts';
import type { Values } from './value-sets.ts';

const pages = globSync(['*.md', 'docs/*.md', 'helm/maintenant/*.md'], { cwd: root }).sort();

interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = pages.flatMap((page) =>
  [...readFileSync(path.join(root, page), 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map((match) => ({
    page,
    language: match[1] ?? '',
    text: match[2] ?? '',
  })),
);

for (const page of pages) {
  test(`every link of ${page} leads to a file`, () => {
    const text = readFileSync(path.join(root, page), 'utf8');
    const missing = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !existsSync(path.join(root, path.dirname(page), target)));
    assert.deepEqual(missing, []);
  });
}

test('files that comments of the chart name are there', () => {
  const text = readFileSync(path.join(root, 'helm/maintenant/values.yaml'), 'utf8');
  for (const [file] of text.matchAll(/docs\/[a-z-]+\.md/g)) assert.ok(existsSync(path.join(root, file)), file);
});

/** What a YAML block holds; a block of chart values says so in its first line. */
function contentOf({ text }: Block): { readonly values: Values | null; readonly objects: readonly Values[] } {
  const documents = parseAllDocuments(text).map((document) => {
    assert.deepEqual(document.errors, [], text);
    assert.ok(isMap(document.contents), text);
    return document.toJS() as Values;
  });
  const [first] = documents;
  if (text.startsWith('# values')) return { values: first ?? {}, objects: [] };
  return { values: null, objects: documents };
}

const examples = blocks.filter(({ language, page }) => language === 'yaml' && page.startsWith('docs/'));

test('every example of values renders, those inside GitOps objects too', async () => {
  const found = examples
    .map(contentOf)
    .flatMap(({ values, objects }) => [
      ...(values === null ? [] : [values]),
      ...objects.flatMap((object) => [
        ...(object['kind'] === 'HelmRelease' ? [at(object, 'spec', 'values')] : []),
        ...(object['kind'] === 'Application' ? [at(object, 'spec', 'source', 'helm', 'valuesObject')] : []),
      ]),
    ]);
  assert.ok(found.length >= 8);
  for (const values of found) {
    const { code, stderr } = await template('helm4', values);
    assert.equal(code, 0, `${JSON.stringify(values)}\n${stderr}`);
  }
});

function at(object: Values, ...keys: readonly string[]): Values {
  let found: unknown = object;
  for (const key of keys) {
    assert.ok(typeof found === 'object' && found !== null && key in found, key);
    found = (found as Values)[key];
  }
  return found as Values;
}

/** Nothing runs inside a pod here, and there is no registry: such a command can only be read. */
const needsAContainer = /^\s*(?:podman|kubectl (?:exec|cp|port-forward)|.* \| maintenant|maintenant |pod=)/;

describe('the commands', () => {
  let cluster: Cluster;
  let folder: string;
  let environment: Readonly<Record<string, string>>;
  before(async () => {
    cluster = await startCluster({ nodes: 1 });
    folder = await mkdtemp(path.join(tmpdir(), 'maintenant-docs-'));
    for (const name of ['helm', 'kustomize', 'scripts']) await symlink(path.join(root, name), path.join(folder, name));
    await mkdir(path.join(folder, 'bin'));
    await symlink(await buildTool('helm4'), path.join(folder, 'bin', 'helm'));
    await symlink(await buildTool('kubectl'), path.join(folder, 'bin', 'kubectl'));
    for (const { text } of examples) {
      const name = /^# ([\w-]+\.yaml)/.exec(text)?.[1];
      if (name !== undefined) await writeFile(path.join(folder, name), text);
    }
    environment = {
      KUBECONFIG: cluster.kubeconfigPath,
      HOME: folder,
      PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    };
    for (const name of ['shop', 'billing'])
      await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
    await cluster.apply(
      Array.from({ length: 8 }, (_, index) => ({
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: `volume-${index}` },
        spec: { capacity: { storage: '10Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: `/${index}` } },
      })),
    );
  });
  after(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(script: string): Promise<void> {
    const text = withoutContainers(script);
    const { code, stdout, stderr } = await outcomeOf('bash', ['-euo', 'pipefail', '-c', `cd "$HOME"\n${text}`], {
      environment,
    });
    assert.equal(code, 0, `${text}\n${stdout}${stderr}`);
  }

  async function runPage(page: string): Promise<void> {
    for (const { text } of blocks.filter((block) => block.page === page && block.language === 'sh')) await run(text);
  }

  const clean =
    'kubectl delete namespace maintenant --ignore-not-found && kubectl delete clusterrole,clusterrolebinding maintenant --ignore-not-found';

  test('of install.md: each way to install, on a cluster that has nothing of it', async () => {
    for (const { text } of blocks.filter(({ page, language }) => page === 'docs/install.md' && language === 'sh')) {
      if (withoutContainers(text).trim() === '') continue;
      if (/^kubectl apply/m.test(text)) await run(clean);
      await run(text);
    }
    await run(clean);
  });

  test('of operate.md, from upgrade to uninstall', async () => {
    await run('helm install maintenant ./helm/maintenant -n maintenant --create-namespace --wait');
    const uninstall = blocks.filter(({ page, text }) => page === 'docs/operate.md' && /delete -k/.test(text));
    assert.equal(uninstall.length, 1);
    for (const block of blocks.filter(({ page, language }) => page === 'docs/operate.md' && language === 'sh')) {
      if (uninstall.includes(block)) await run('kubectl apply -k kustomize/overlays/default');
      await run(block.text);
    }
  });

  test('of ingress.md and scope-and-rights.md', async () => {
    await run(clean);
    await run('kubectl create namespace maintenant');
    await runPage('docs/ingress.md');
    await runPage('docs/scope-and-rights.md');
    await run('scripts/render-namespaced shop billing | kubectl apply -f -');
  });

  test('objects of the examples are what the API server knows', async () => {
    await run('kubectl create namespace maintenant --dry-run=client -o yaml | kubectl apply -f -');
    for (const object of examples.flatMap((block) => contentOf(block).objects)) {
      const { apiVersion, kind } = object;
      assert.ok(typeof apiVersion === 'string' && typeof kind === 'string');
      // Argo CD's and Flux' own kinds are not served here, and a kustomization is none of the cluster's.
      if (/argoproj|toolkit\.fluxcd|kustomize\.config/.test(apiVersion)) continue;
      const { name, namespace } = at(object, 'metadata') as { readonly name: string; readonly namespace: string };
      const target = await cluster.path({ apiVersion, kind, name, namespace });
      const query = '?dryRun=All&fieldValidation=Strict&fieldManager=test&force=true';
      await cluster.request('PATCH', target + query, object, contentTypes.apply);
    }
  });
});

/** Commands that span lines are taken as one. */
function withoutContainers(script: string): string {
  return script
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => !needsAContainer.test(line))
    .join('\n');
}

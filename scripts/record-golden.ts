/**
 * Records the golden files of the verdicts: brings a real control plane into each state of
 * `test/health/golden-recipes.ts` and writes what a reconcile would see, trimmed, to `test/health/testdata/KIND/NAME.yaml`.
 *
 *     node scripts/record-golden.ts [KIND/NAME …]
 *
 * Names without arguments: all. The version and the instant of the verdict stand in the header of each file. Random
 * ends of names and all UIDs stay as they were recorded; what no rule reads is left out.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Agent, fetch } from 'undici';
import { stringify } from 'yaml';
import * as z from 'zod';
import { startCluster, type Cluster, type KubeList, type KubeObject } from '../test/cluster/control-plane.ts';
import { goldenRecipes, type GoldenRecipe, sceneOf } from '../test/health/golden-recipes.ts';

const folder = path.join(import.meta.dirname, '../test/health/testdata');
/** Fields that no rule reads, and that change with every recording. */
const dropped = new Set([
  'managedFields',
  'selfLink',
  'generateName',
  'kube-api-access',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'dnsPolicy',
  'securityContext',
  'enableServiceLinks',
  'preemptionPolicy',
  'revisionHistoryLimit',
  'qosClass',
  'podIP',
  'podIPs',
  'hostIP',
  'hostIPs',
  'containerID',
  'collisionCount',
  'reportingInstance',
]);

/** The part of a Table that is read. */
const tableOfPods = z.object({ rows: z.array(z.object({ cells: z.array(z.union([z.string(), z.number()])) })) });

const wanted = new Set(process.argv.slice(2));
const recipes = goldenRecipes.filter(({ kind, name }) => wanted.size === 0 || wanted.has(`${kind}/${name}`));
if (recipes.length === 0) throw new RangeError(`no recipe is called ${[...wanted].join(' or ')}`);

const cluster = await startCluster({ nodes: 3 });
let failures = 0;
try {
  for (const recipe of recipes) {
    const title = `${recipe.kind}/${recipe.name}`;
    try {
      await record(cluster, recipe);
      process.stdout.write(`recorded ${title}\n`);
    } catch (error) {
      failures += 1;
      process.stdout.write(`failed   ${title}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
} finally {
  await cluster.stop();
}
process.exitCode = failures === 0 ? 0 : 1;

async function record(cluster: Cluster, recipe: GoldenRecipe): Promise<void> {
  const namespace = `${recipe.kind}-${recipe.name}`;
  await cluster.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: recipe.namespaceLabels ?? {} } },
  ]);
  await recipe.make(sceneOf(cluster, namespace));
  const objects: KubeObject[] = [];
  for (const [apiPath, kind] of [
    [`/apis/apps/v1/namespaces/${namespace}/deployments`, 'Deployment'],
    [`/apis/apps/v1/namespaces/${namespace}/statefulsets`, 'StatefulSet'],
    [`/apis/apps/v1/namespaces/${namespace}/daemonsets`, 'DaemonSet'],
    [`/apis/apps/v1/namespaces/${namespace}/replicasets`, 'ReplicaSet'],
    [`/api/v1/namespaces/${namespace}/pods`, 'Pod'],
    [`/api/v1/namespaces/${namespace}/events`, 'Event'],
  ] as const) {
    const { items } = await cluster.get<KubeList>(apiPath);
    for (const item of items)
      objects.push({
        apiVersion: kind === 'Pod' || kind === 'Event' ? 'v1' : 'apps/v1',
        kind,
        metadata: item.metadata,
        ...withoutType(item),
      });
  }
  const at = new Date(Date.now() + (recipe.laterSeconds ?? 0) * 1000).toISOString();
  const header = [
    `# ${recipe.title}`,
    `# kube-apiserver ${cluster.version}, recorded by scripts/record-golden.ts`,
    `# now: ${at}`,
    ...(await podColumns(cluster, namespace)),
    '',
  ].join('\n');
  const file = path.join(folder, recipe.kind, `${recipe.name}.yaml`);
  await mkdir(path.dirname(file), { recursive: true });
  const documents = objects.map((object) => stringify(trimmed(object), { lineWidth: 0 }));
  await writeFile(file, `${header}---\n${documents.join('---\n')}`);
  await cluster.request('DELETE', `/api/v1/namespaces/${namespace}`);
}

/** The columns of `kubectl get pods` as the API server prints them: `# pod NAME STATUS RESTARTS`. */
async function podColumns(cluster: Cluster, namespace: string): Promise<string[]> {
  const dispatcher = new Agent({ connect: { ca: await readFile(cluster.caPath, 'utf8') } });
  const response = await fetch(`${cluster.serverUrl}/api/v1/namespaces/${namespace}/pods`, {
    dispatcher,
    headers: {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      authorization: `Bearer ${cluster.adminToken}`,
    },
  });
  const table = tableOfPods.parse(await response.json());
  await dispatcher.close();
  return table.rows.map(({ cells }) => {
    const [name, , status, restarts] = cells;
    // `4 (2s ago)`: the age is the recording's.
    return `# pod ${name} ${status} ${String(restarts).split(' ')[0]}`;
  });
}

/** Items of a list carry no type of their own; where they do, it comes first all the same. */
function withoutType({
  apiVersion: _version,
  kind: _kind,
  ...rest
}: KubeObject): Omit<KubeObject, 'apiVersion' | 'kind'> {
  return rest;
}

function trimmed(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => !isTokenVolume(one)).map(trimmed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !dropped.has(key))
      .map(([key, one]) => [key, trimmed(one)]),
  );
}

/** The token of the service account, which admission mounts into every pod. */
function isTokenVolume(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    value.name.startsWith('kube-api-access-')
  );
}

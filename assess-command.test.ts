import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { assessCommand } from './assess-command.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'maintenant-assess-'));
after(() => rmSync(folder, { recursive: true }));

const file = path.join(folder, 'dump.json');
writeFileSync(
  file,
  JSON.stringify({
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { replicas: 0 },
    status: { observedGeneration: 1 },
  }),
);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly warned: string;
}

function run(...args: readonly string[]): Ran {
  return runOn(...args, file);
}

function runOn(...args: readonly string[]): Ran {
  const written: string[] = [];
  const warned: string[] = [];
  const code = assessCommand(args, {
    now: Date.parse('2026-01-01T00:05:00Z'),
    write: (text) => written.push(text),
    warn: (text) => warned.push(text),
    isTerminal: false,
  });
  return { code, out: written.join(''), warned: warned.join('\n') };
}

test('a dump made just now is judged as it is, an older one is told with the flag that helps', () => {
  const { code, out, warned } = run();
  assert.equal(code, 0);
  assert.match(out, /^Idle +shop\/Deployment\/web +0\/0$/m);
  assert.doesNotMatch(warned, /--now/);
  assert.doesNotMatch(run('--now', '2026-03-01T00:00:00Z').warned, /--now/);
});

for (const now of ['2026-01-01T00:05:00Z', '2026-01-01t01:05:00.250+01:00']) {
  test(`--now ${now} is an instant`, () => assert.equal(run('--now', now).code, 0));
}

for (const now of ['5', 'yesterday', '', '2026-01-01', '2026-01-01T00:05:00', '01/02/2026', '2026-13-01T00:00:00Z']) {
  test(`--now "${now}" is none, and the sentence says how one is written`, () => {
    assert.throws(() => run('--now', now), {
      name: 'SettingError',
      message: `--now is "${now}", and must be an RFC 3339 instant such as 2026-01-31T12:00:00Z.`,
    });
  });
}

test('of many files that cannot be read the first are named and the others counted', () => {
  const bundle = path.join(folder, 'bundle');
  mkdirSync(bundle);
  for (let index = 0; index < 23; index += 1) writeFileSync(path.join(bundle, `${index}.yaml`), 'kind: Pod\n');
  const { warned } = run('-f', bundle);
  assert.equal(warned.match(/holds a Pod without metadata\.name\./g)?.length, 20);
  assert.match(warned, /^3 more files of the folder cannot be read either\.$/m);
});

test('workloads of kinds that nobody judges are told of', () => {
  const other = path.join(folder, 'openshift', 'other.yaml');
  mkdirSync(path.dirname(other));
  writeFileSync(other, 'apiVersion: apps.openshift.io/v1\nkind: DeploymentConfig\nmetadata: {name: legacy}\n');
  for (const given of [other, path.dirname(other)]) {
    const { code, warned } = run('-f', given);
    assert.match(warned, /^Not judged: DeploymentConfig \(1\)\. Of workloads these are read: /m);
    assert.equal(code, 0);
  }
});

test('pods without their workload have no verdict, and what is wrong with each is told', () => {
  const pods = path.join(folder, 'pods.json');
  const pod = (name: string, kind: string, waiting: object | null): object => ({
    kind: 'Pod',
    metadata: { name, namespace: 'shop', ownerReferences: [{ kind, name: 'web-1', uid: 'web-1', controller: true }] },
    spec: { containers: [{ name: 'app', image: 'shop/web:2' }] },
    status: {
      phase: waiting === null ? 'Running' : 'Pending',
      containerStatuses: [
        { name: 'app', ready: waiting === null, state: waiting === null ? { running: {} } : { waiting } },
      ],
    },
  });
  const missing = { reason: 'CreateContainerConfigError', message: 'configmap "smtp" not found' };
  const items = [
    pod('well', 'ReplicaSet', null),
    pod('ill', 'ReplicaSet', missing),
    pod('bare', 'Node', null),
    pod('done', 'Job', missing),
  ];
  writeFileSync(pods, JSON.stringify({ kind: 'List', items }));
  const { code, out } = runOn(pods);
  assert.equal(code, 2);
  assert.match(
    out,
    /^No Deployment, StatefulSet or DaemonSet in the dump \(it holds Pod \(4\)\): nothing was judged\.$/m,
  );
  assert.deepEqual(out.split('\n').slice(2, -1), [
    'STATUS                      POD        CAUSE',
    'CreateContainerConfigError  shop/ill   Container app needs ConfigMap smtp, which does not exist in namespace shop',
    'Running                     shop/well',
    'Running                     shop/bare',
  ]);
  assert.equal(runOn('-o', 'json', pods).out, '[]\n');
});

test('dumps of two clusters in one folder are told of', () => {
  const both = path.join(folder, 'both');
  for (const cluster of ['one', 'two', 'two-again']) {
    mkdirSync(path.join(both, cluster), { recursive: true });
    const uid = cluster.slice(0, 3);
    const namespace = { kind: 'Namespace', metadata: { name: 'kube-system', uid }, status: { phase: 'Active' } };
    writeFileSync(path.join(both, cluster, 'namespaces.json'), JSON.stringify(namespace));
  }
  assert.match(runOn(both).warned, /^The dump is of 2 clusters \(namespace kube-system has as many uids\), and what/m);
  assert.doesNotMatch(runOn(path.join(both, 'two')).warned, /clusters/);
});

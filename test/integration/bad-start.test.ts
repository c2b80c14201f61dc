/** Starts that cannot work: one sentence that names the value and the fix, exit code 2, nothing changed on disk. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import Database from 'better-sqlite3';
import { applicationId } from '../../store/sqlite.ts';
import { runProduct, startProduct } from '../support/product.ts';

let folder: string;
let kubeconfig: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'maintenant-bad-start-'));
  kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
});
after(() => rm(folder, { recursive: true, force: true }));

async function refused(args: readonly string[], environment: Record<string, string>, sentence: RegExp): Promise<void> {
  const work = await mkdtemp(path.join(folder, 'work-'));
  const { code, stderr } = await runProduct(args, {
    MAINTENANT_ADDR: '127.0.0.1:0',
    MAINTENANT_DB: path.join(work, 'm.db'),
    ...environment,
  });
  assert.match(stderr, sentence);
  assert.equal(stderr.trim().split('\n').length, 1, `one line, not:\n${stderr}`);
  assert.equal(code, 2);
  assert.deepEqual(await readdir(work), []);
}

test('no cluster configured', () => refused(['serve'], {}, /No cluster is configured: .*KUBECONFIG.*maintenant demo/));

test('a kubeconfig that is missing', () => refused([], { KUBECONFIG: '/nowhere/config' }, /\/nowhere\/config/));

test('a kubeconfig that is broken', async () => {
  const broken = path.join(folder, 'broken');
  await writeFile(broken, 'clusters: [');
  await refused([], { KUBECONFIG: broken }, /broken/);
});

test('a kubeconfig that names no cluster', async () => {
  const empty = path.join(folder, 'empty');
  await writeFile(empty, 'apiVersion: v1\nkind: Config\n');
  await refused([], { KUBECONFIG: empty }, /empty.*(cluster|context)/);
});

test('a context that is not there', () =>
  refused(['serve', '--k8s-context', 'prod'], { KUBECONFIG: kubeconfig }, /prod/));

test('a namespace that cannot exist', () =>
  refused([], { KUBECONFIG: kubeconfig, MAINTENANT_K8S_NAMESPACES: 'Shop' }, /MAINTENANT_K8S_NAMESPACES holds "Shop"/));

test('the docker runtime', () => refused([], { MAINTENANT_RUNTIME: 'docker' }, /docker.*not support yet/));

test('a port in use', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    await refused(
      [],
      { KUBECONFIG: kubeconfig, MAINTENANT_ADDR: `127.0.0.1:${port}` },
      new RegExp(`${port}.*MAINTENANT_ADDR`),
    );
  } finally {
    server.close();
  }
});

test('a database in a folder that does not exist', () =>
  refused([], { KUBECONFIG: kubeconfig, MAINTENANT_DB: '/nowhere/at/all.db' }, /\/nowhere\/at.*MAINTENANT_DB/));

test('a database that cannot be written', async (context) => {
  if (process.getuid?.() === 0) {
    context.diagnostic('root may write everywhere, so a folder in the place of the file stands in');
    await refused([], { KUBECONFIG: kubeconfig, MAINTENANT_DB: folder }, /MAINTENANT_DB/);
    return;
  }
  const locked = await mkdtemp(path.join(folder, 'locked-'));
  await chmod(locked, 0o555);
  await refused([], { KUBECONFIG: kubeconfig, MAINTENANT_DB: path.join(locked, 'm.db') }, /MAINTENANT_DB/);
});

test('a database of a newer version stays as it is', async () => {
  const newer = await mkdtemp(path.join(folder, 'newer-'));
  const file = path.join(newer, 'm.db');
  const database = new Database(file);
  database.pragma(`application_id = ${applicationId}`);
  database.pragma('user_version = 9999');
  database.exec('CREATE TABLE kept (x INTEGER)');
  database.close();
  await refused([], { KUBECONFIG: kubeconfig, MAINTENANT_DB: file }, /m\.db.*newer/i);
  assert.deepEqual(await readdir(newer), ['m.db']);
});

test('a database that another one has open: the second ends, and the first goes on', async () => {
  await using first = await startProduct({ environment: { KUBECONFIG: kubeconfig } });
  await refused(
    [],
    { KUBECONFIG: kubeconfig, MAINTENANT_DB: path.join(first.directory, 'maintenant.db') },
    /maintenant\.db is in use by another maintenant process\. Stop that one/,
  );
  assert.equal((await first.get('/api/v1/health')).status, 200);
});

test('an unknown command and an unknown flag', async () => {
  await refused(['monitor'], {}, /"monitor" is not a command/);
  await refused(['serve', '--colour', 'blue'], { KUBECONFIG: kubeconfig }, /--colour/);
});

test('whoever asks for the version gets it, by command and by flag', async () => {
  for (const args of [['version'], ['--version'], ['serve', '--version'], ['-v']]) {
    const { code, stdout, stderr } = await runProduct(args, {});
    assert.deepEqual([code, stderr], [0, ''], args.join(' '));
    assert.match(stdout, /^\d+\.\d+\.\d+\S*\n$/);
  }
});

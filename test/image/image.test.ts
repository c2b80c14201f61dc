/**
 * The image of the Containerfile: built twice, looked into, and run as a hardened container against the real control
 * plane.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as z from 'zod';
import { type Cluster, startCluster } from '../cluster/control-plane.ts';
import { poll } from '../support/product.ts';
import { baseImage, type ImageEngine, root, startEngine } from './engine.ts';

const mebibyte = 1024 ** 2;
const nobody = 65534;
/** Longest life of a container here; a busy machine takes its time to make one. */
const runLimitMs = 120_000;

const inspected = z.object({
  OCIv1: z.object({
    architecture: z.string(),
    config: z.object({
      User: z.string(),
      Env: z.array(z.string()),
      Entrypoint: z.array(z.string()),
      Cmd: z.array(z.string()),
      WorkingDir: z.string(),
      Labels: z.record(z.string(), z.string()),
    }),
    rootfs: z.object({ diff_ids: z.array(z.string()) }),
  }),
});

let engine: ImageEngine;
let cluster: Cluster;
let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'maintenant-run-'));
  await chmod(folder, 0o755);
  engine = await startEngine();
  await engine.build('maintenant:one');
});
after(async () => {
  await cluster?.stop();
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

async function imageOf(tag: string): Promise<z.infer<typeof inspected>['OCIv1']> {
  return inspected.parse(JSON.parse(await engine.buildah('inspect', '--type', 'image', tag))).OCIv1;
}

/** Mounts an image, without a container of it running. */
async function lookInto<Found>(tag: string, look: (folder: string) => Promise<Found>): Promise<Found> {
  const container = await engine.buildah('from', '--pull-never', tag);
  try {
    return await look(await engine.buildah('mount', container));
  } finally {
    await engine.buildah('rm', container);
  }
}

async function bytesBelow(directory: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += (await stat(path.join(entry.parentPath, entry.name))).size;
  }
  return sum;
}

test('it runs as nobody, with labels, and starts the server', async () => {
  const { config, architecture } = await imageOf('maintenant:one');
  assert.equal(architecture, 'amd64');
  assert.equal(config.User, '65534:65534');
  assert.deepEqual(config.Entrypoint, ['node', '/app/maintenant.js']);
  assert.deepEqual(config.Cmd, ['serve']);
  assert.ok(config.Env.includes('MAINTENANT_ADDR=0.0.0.0:8080'));
  assert.ok(config.Env.includes('MAINTENANT_DB=/data/maintenant.db'));
  const manifest = z.object({ version: z.string(), license: z.string() });
  const { version, license } = manifest.parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
  const label = (name: string): string | undefined => config.Labels[`org.opencontainers.image.${name}`];
  assert.deepEqual([label('title'), label('version'), label('licenses')], ['maintenant', version, license]);
  assert.equal(label('base.name'), baseImage);
  for (const name of ['description', 'source', 'documentation', 'vendor']) assert.ok(label(name), name);
});

test('it adds at most 15 MB to its base, with one native file, a bill of materials and no node_modules', async (t) => {
  await lookInto('maintenant:one', async (files) => {
    const added = (await bytesBelow(path.join(files, 'app'))) + (await bytesBelow(path.join(files, 'data')));
    t.diagnostic(`${(added / mebibyte).toFixed(2)} MiB on top of the base`);
    assert.ok(added <= 15 * 1000 ** 2, `${added} bytes`);

    const inside = await readdir(path.join(files, 'app'), { recursive: true });
    assert.deepEqual(
      inside.filter((file) => /node_modules|\.ts$|\.stamp/.test(file)),
      [],
    );
    const native = inside.filter((file) => file.endsWith('.node'));
    assert.equal(native.length, 1);
    assert.deepEqual(
      (await readdir(files)).filter((name) => ['src', 'empty'].includes(name)),
      [],
    );
    const data = await stat(path.join(files, 'data'));
    assert.deepEqual([data.uid, data.gid], [nobody, nobody]);

    const bill = z.object({
      bomFormat: z.literal('CycloneDX'),
      components: z.array(z.object({ name: z.string(), version: z.string(), licenses: z.array(z.looseObject({})) })),
    });
    const { components } = bill.parse(JSON.parse(await readFile(path.join(files, 'app', 'sbom.cdx.json'), 'utf8')));
    const names = components.map(({ name }) => name);
    for (const expected of ['hono', 'lit-html', 'better-sqlite3', 'drizzle-orm']) assert.ok(names.includes(expected));
    assert.ok(!names.includes('esbuild'));
    const licenses = await readFile(path.join(files, 'app', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of names) assert.ok(licenses.includes(`${name} `), name);
  });
});

test('the same input gives the same layers', async () => {
  await engine.build('maintenant:two');
  const [one, two] = [await imageOf('maintenant:one'), await imageOf('maintenant:two')];
  assert.deepEqual(two.rootfs.diff_ids, one.rootfs.diff_ids);
});

test('the stage that builds makes the bundle for arm64 too', async () => {
  await engine.build('maintenant:arm64-files', '--target=build', '--build-arg=TARGETARCH=arm64');
  await lookInto('maintenant:arm64-files', async (files) => {
    const dist = path.join(files, 'src', 'dist');
    const [native, ...more] = (await readdir(dist)).filter((file) => file.endsWith('.node'));
    assert.ok(native !== undefined && more.length === 0);
    assert.match(native, /^linux-arm64/);
    const file = await open(path.join(dist, native));
    const header = Buffer.alloc(20);
    await file.read(header, 0, 20, 0);
    await file.close();
    // e_machine of ELF: 183 is AArch64.
    assert.equal(header.readUInt16LE(18), 183);
  });
});

interface Container {
  readonly child: ChildProcess;
  readonly output: () => string;
}

/** As the manifests run it: nobody, a read-only root, no capabilities, no way to more rights. */
const hardened = [
  `--user=${nobody}:${nobody}`,
  '--read-only',
  '--tmpfs=/tmp',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
];

function start(options: readonly string[], command: readonly string[] = []): Container {
  const child = engine.podman(
    'run',
    '--rm',
    '--network=host',
    // No cgroup and no limit of the host can be set here.
    '--cgroups=disabled',
    '--ulimit=nofile=1000:1000',
    '--ulimit=nproc=1000:1000',
    ...options,
    'maintenant:one',
    ...command,
  );
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  // podman passes the signal on; a container that should have ended by itself fails its test by the exit code.
  const timer = setTimeout(() => child.kill('SIGTERM'), runLimitMs);
  child.once('close', () => clearTimeout(timer));
  return { child, output: () => output };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  server.close();
  await once(server, 'close');
  return address.port;
}

async function dataFolder(name: string, mode = 0o700): Promise<string> {
  const directory = path.join(folder, name);
  await mkdir(directory, { mode });
  await chown(directory, nobody, nobody);
  return directory;
}

test('hardened, it watches the control plane and keeps its history in /data', async (t) => {
  cluster = await startCluster({ nodes: 1 });
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "registry.example/web:1"}]}`);
  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(kubeconfig, await readFile(cluster.kubeconfigPath), { mode: 0o400 });
  await chown(kubeconfig, nobody, nobody);
  const data = await dataFolder('data');
  const port = await freePort();
  const container = start([
    ...hardened,
    `--volume=${kubeconfig}:/kube/config:ro`,
    '--env=KUBECONFIG=/kube/config',
    `--env=MAINTENANT_ADDR=127.0.0.1:${port}`,
    `--volume=${data}:/data`,
  ]);
  const list = z.object({ items: z.array(z.object({ key: z.string(), state: z.string() })) });
  await poll(
    async () =>
      fetch(`http://127.0.0.1:${port}/api/v1/workloads`).then(
        (answer) => answer.json(),
        () => null,
      ),
    (body) => {
      if (container.child.exitCode !== null) throw new Error(container.output());
      return list.safeParse(body).data?.items.some(({ key, state }) => key.endsWith('/web') && state === 'Healthy');
    },
    60_000,
    container.output,
  );
  const completeAt = Date.now();
  const [process] = await processesOf(port);
  assert.ok(process !== undefined);
  t.diagnostic(`${completeAt - process.startedAt} ms from the start of Node to a complete picture`);
  assert.deepEqual(process.status, {
    Uid: `${nobody}`,
    CapEff: '0000000000000000',
    CapBnd: '0000000000000000',
    NoNewPrivs: '1',
  });
  container.child.kill('SIGTERM');
  await once(container.child, 'close');
  assert.equal(container.child.exitCode, 0, container.output());
  assert.ok((await readdir(data)).includes('maintenant.db'));
});

test('the demo needs neither a cluster nor a volume', async () => {
  const port = await freePort();
  const container = start([`--env=MAINTENANT_ADDR=127.0.0.1:${port}`], ['demo']);
  await poll(
    async () =>
      fetch(`http://127.0.0.1:${port}/api/v1/health`).then(
        ({ status }) => status,
        () => null,
      ),
    (status) => {
      if (container.child.exitCode !== null) throw new Error(container.output());
      return status === 200;
    },
    60_000,
    container.output,
  );
  container.child.kill('SIGTERM');
  await once(container.child, 'close');
  assert.equal(container.child.exitCode, 0, container.output());
});

interface ProcessFacts {
  readonly startedAt: number;
  readonly status: Readonly<Record<string, string | undefined>>;
}

/** What the kernel says of the process that listens, as seen from outside. */
async function processesOf(port: number): Promise<readonly ProcessFacts[]> {
  const found: ProcessFacts[] = [];
  const [uptimeSeconds = 0] = (await readFile('/proc/uptime', 'utf8')).split(' ').map(Number);
  const bootedAt = Date.now() - uptimeSeconds * 1000;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const read = async (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    const commandLine = await read('cmdline');
    if (!commandLine.startsWith('node\0/app/maintenant.js') || !(await read('environ')).includes(`:${port}\0`))
      continue;
    const status = await read('status');
    const field = (name: string): string | undefined => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
    // Field 22 of proc(5), in hundredths of a second since boot; the second field may hold spaces.
    const startTicks = Number((await read('stat')).replace(/^.*\) /, '').split(' ')[19]);
    found.push({
      startedAt: Math.round(bootedAt + startTicks * 10),
      status: Object.fromEntries(['Uid', 'CapEff', 'CapBnd', 'NoNewPrivs'].map((name) => [name, field(name)])),
    });
  }
  return found;
}

const badStarts: readonly (readonly [title: string, options: readonly string[], says: RegExp])[] = [
  ['a /data that cannot be written', ['--volume=READONLY:/data:ro', '--env=MAINTENANT_RUNTIME=demo'], /\/data.*writ/],
  ['an unknown runtime', ['--env=MAINTENANT_RUNTIME=podman'], /MAINTENANT_RUNTIME is "podman".*kubernetes, demo/],
  ['no cluster', [], /No cluster is configured.*KUBECONFIG.*maintenant demo/],
  [
    'a pod without a token',
    ['--env=KUBERNETES_SERVICE_HOST=127.0.0.1', '--env=KUBERNETES_SERVICE_PORT=1'],
    /token does not exist.*automountServiceAccountToken: true/,
  ],
];
for (const [title, options, says] of badStarts) {
  test(`${title} is exit code 2 and a sentence, in the log and as termination message`, async () => {
    const data = await dataFolder(`data-${badStarts.findIndex(([other]) => other === title)}`, 0o755);
    const message = path.join(folder, `termination-${path.basename(data)}`);
    await writeFile(message, '');
    await chown(message, nobody, nobody);
    const inPod = options.some((option) => option.includes('KUBERNETES_SERVICE_HOST'));
    const { child, output } = start([
      ...hardened,
      ...options.map((option) => option.replace('READONLY', data)),
      ...(options.some((option) => option.includes('READONLY')) ? [] : [`--volume=${data}:/data`]),
      `--volume=${message}:/dev/termination-log`,
      `--env=MAINTENANT_ADDR=127.0.0.1:${await freePort()}`,
    ]);
    await once(child, 'close');
    assert.equal(child.exitCode, 2, output());
    assert.match(output(), says);
    if (inPod) assert.match(await readFile(message, 'utf8'), says);
  });
}

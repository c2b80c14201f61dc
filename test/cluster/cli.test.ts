import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = join(import.meta.dirname, 'cli.ts');

interface Result {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

async function cluster(...args: readonly string[]): Promise<Result> {
  try {
    return { code: 0, ...(await run(process.execPath, [program, ...args])) };
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && 'stdout' in error && 'stderr' in error);
    return { code: error.code, stdout: String(error.stdout), stderr: String(error.stderr) };
  }
}

async function stateDirectory(context: TestContext): Promise<string> {
  const state = await mkdtemp(join(tmpdir(), 'mt-cli-'));
  context.after(async () => {
    await cluster('down', '--state', state);
    await rm(state, { recursive: true, force: true });
  });
  return state;
}

/** Process ids as `status` prints them. */
function processIds(text: string): readonly number[] {
  return [...text.matchAll(/ pid (\d+)/g)].map((match) => Number(match[1]));
}

async function allGone(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (pids.some(isAlive) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(pids.filter(isAlive), []);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('up prints one line to evaluate, status tells the same, a second up changes nothing, down leaves nothing', {
  timeout: 120_000,
}, async (context) => {
  const state = await stateDirectory(context);
  const before = await cluster('status', '--state', state);
  assert.deepEqual([before.code, before.stdout], [1, '']);
  assert.match(before.stderr, /No cluster is running: scripts\/cluster up starts one/);

  const up = await cluster('up', '--nodes', '1', '--state', state);
  assert.equal(up.code, 0, up.stderr);
  assert.equal(up.stdout, `export KUBECONFIG=${join(state, 'run', 'kubeconfigs', 'admin')}\n`);
  const status = await cluster('status', '--state', state);
  assert.equal(status.code, 0);
  assert.equal(status.stdout, up.stdout);
  assert.match(status.stderr, /Kubernetes v1\.\d+\.\d+ at https:\/\/127\.0\.0\.1:\d+/);
  const pids = processIds(status.stderr);
  assert.equal(pids.length, 5);

  const again = await cluster('up', '--state', state);
  assert.deepEqual(processIds(again.stderr), pids);

  const down = await cluster('down', '--state', state);
  assert.equal(down.code, 0);
  await allGone(pids);
  assert.equal(existsSync(join(state, 'run')), false);
  assert.equal((await cluster('status', '--state', state)).code, 1);
});

test('an up that is interrupted leaves nothing', { timeout: 120_000 }, async (context) => {
  const state = await stateDirectory(context);
  const up = spawn(process.execPath, [program, 'up', '--nodes', '1', '--state', state], { stdio: 'ignore' });
  const exited = once(up, 'exit');
  const deadline = Date.now() + 60_000;
  while (!existsSync(join(state, 'run', 'logs', 'etcd.log')) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  up.kill('SIGINT');
  await exited;
  while (existsSync(join(state, 'run')) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(existsSync(join(state, 'run')), false);
  assert.equal((await cluster('status', '--state', state)).code, 1);
});

for (const [args, message] of [
  [['up', '--nodes', 'many'], /--nodes "many" is not a whole number from 1 to 5000/],
  [['up', '--kubernetes', '1.2'], /--kubernetes 1\.2 cannot be built; there are 1\.36 and 1\.33/],
  [['start'], /unknown command "start"/],
  [[], /a command is missing/],
  [['up', '--fast'], /Unknown option '--fast'/],
] as const) {
  test(`scripts/cluster ${args.join(' ')}: exit code 2, the value and what there is`, async () => {
    const { code, stderr } = await cluster(...args);
    assert.equal(code, 2);
    assert.match(stderr, message);
    assert.match(stderr, /scripts\/cluster up \[options\]/);
  });
}

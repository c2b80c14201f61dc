import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { kubernetesVersions, toolVersion } from './build.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, 'build.ts');

async function emptyCache(context: TestContext): Promise<NodeJS.ProcessEnv> {
  const cache = await mkdtemp(join(tmpdir(), 'maintenant-build-'));
  context.after(() => rm(cache, { recursive: true, force: true }));
  // Go's own build cache would move along with it, and everything be compiled again.
  const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
  return { ...process.env, XDG_CACHE_HOME: cache, GOCACHE: goCache };
}

test('two callers at once build a program once, and a third finds it', { timeout: 120_000 }, async (context) => {
  const env = await emptyCache(context);
  const both = await Promise.all([1, 2].map(() => run(process.execPath, [program, 'certificates'], { env })));
  const told = both.map(({ stderr }) => stderr).join('');
  assert.equal(told.match(/Building certificates/g)?.length, 1);
  const [path, other] = both.map(({ stdout }) => stdout.trim());
  assert.equal(path, other);
  assert.ok(existsSync(path ?? ''));
  const third = await run(process.execPath, [program, 'certificates'], { env: { ...env, PATH: '' } });
  assert.deepEqual([third.stdout.trim(), third.stderr], [path, '']);
});

test('without Go the error names what is needed, what was found and where to get it', async (context) => {
  const env = { ...(await emptyCache(context)), PATH: '' };
  await assert.rejects(run(process.execPath, [program, 'etcd'], { env }), (error: unknown) => {
    assert.ok(error instanceof Error && 'stderr' in error);
    assert.match(
      String(error.stderr),
      /GoMissingError: etcd has to be built and needs Go 1\.26 or newer; found no go command in PATH\. Install it from https:\/\/go\.dev\/dl/,
    );
    return true;
  });
});

test('an unknown tool or version is refused with the ones that there are', async () => {
  for (const [args, message] of [
    [['kubelet'], /unknown tool kubelet; there are certificates, etcd, /],
    [['--kubernetes', '1.9', 'kubectl'], /--kubernetes 1\.9 is not known; there are 1\.36 and 1\.33/],
  ] as const) {
    await assert.rejects(run(process.execPath, [program, ...args]), (error: unknown) => {
      assert.ok(error instanceof Error && 'code' in error && 'stderr' in error);
      assert.equal(error.code, 2);
      assert.match(String(error.stderr), message);
      return true;
    });
  }
});

test('a version stands in one place: the go.mod of its module', () => {
  assert.match(toolVersion('kube-apiserver'), /^v1\.36\.\d+$/);
  assert.equal(toolVersion('kubectl', '1.33'), kubernetesVersions['1.33']);
  assert.match(toolVersion('helm4'), /^v4\./);
  assert.match(toolVersion('certificates'), /^[0-9a-f]{12}$/);
});

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/**
 * buildah and podman without a daemon, without a registry and with a storage of their own that ends with the test.
 *
 * The registry's Node image cannot be pulled everywhere, so a base made by debootstrap and this process's own Node
 * stands in under its name. It is kept in the cache: a minute the first time, seconds from then on.
 */

export const root = path.join(import.meta.dirname, '..', '..');
export const baseImage = 'docker.io/library/node:26-bookworm-slim';
const debianSuite = 'bookworm';
/** Node's binary for x64 links against it, and minbase does not have it. */
const debianPackages = ['libatomic1'];

const run = promisify(execFile);
const maxOutputBytes = 64 * 1024 * 1024;

export interface ImageEngine {
  /** Runs buildah; resolves with what it printed. @throws with its last lines */
  buildah(...args: readonly string[]): Promise<string>;
  /** Builds the Containerfile as `docs/install.md` says, without a network except for the locked packages. */
  build(tag: string, ...args: readonly string[]): Promise<void>;
  /** Starts a container in the foreground; its output is the child's. */
  podman(...args: readonly string[]): ChildProcess;
  close(): Promise<void>;
}

export async function startEngine(): Promise<ImageEngine> {
  const folder = await mkdtemp(path.join(tmpdir(), 'maintenant-image-'));
  const storage = ['--root', path.join(folder, 'storage'), '--runroot', path.join(folder, 'run')];
  const driver = ['--storage-driver', 'vfs'];

  // Built twice and for two platforms: an editor that saves a file in between must not make a difference.
  const context = path.join(folder, 'context');
  const excluded = new Set(['node_modules', 'dist', '.git'].map((name) => path.join(root, name)));
  await cp(root, context, { recursive: true, filter: (file) => !excluded.has(file) });

  async function buildah(...args: readonly string[]): Promise<string> {
    try {
      const all = [...storage, ...driver, ...args];
      const { stdout } = await run('buildah', all, { cwd: context, maxBuffer: maxOutputBytes });
      return stdout.trim();
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
      const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-30).join('\n');
      throw new Error(`buildah ${args[0]} failed:\n${tail}`, { cause: error });
    }
  }

  await makeBase(buildah);
  const npmrc = path.join(folder, 'npmrc');
  await writeFile(npmrc, 'cafile=/etc/ssl/certs/ca-certificates.crt\nprefer-offline=true\nupdate-notifier=false\n');
  const npmCache = path.join(homedir(), '.npm');
  await mkdir(npmCache, { recursive: true });

  return {
    buildah,
    async build(tag, ...args) {
      await buildah(
        'build',
        // No user namespaces and no cgroups are needed for it.
        '--isolation=chroot',
        '--ulimit=nofile=20000:20000',
        '--network=host',
        '--pull-never',
        '--timestamp=0',
        `--volume=${npmrc}:/root/.npmrc:ro`,
        `--volume=${npmCache}:/root/.npm`,
        '--volume=/etc/ssl/certs:/etc/ssl/certs:ro',
        `--tag=${tag}`,
        ...args,
        '.',
      );
    },
    podman(...args) {
      // crun takes a machine with both versions of cgroups for one with version 2 only while that one is mounted.
      const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec podman "$@"';
      return spawn(
        'unshare',
        ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...storage, ...driver, ...args],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
    },
    async close() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeBase(buildah: ImageEngine['buildah']): Promise<void> {
  const files = await baseFiles();
  const container = await buildah('from', 'scratch');
  await buildah('add', '--quiet', container, files, '/');
  const directories = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await buildah('config', '--env', `PATH=${directories}`, '--cmd', 'node', container);
  await buildah('commit', '--quiet', '--rm', '--timestamp=0', container, baseImage);
}

/** The root file system of the base, in the cache. */
async function baseFiles(): Promise<string> {
  const cache = path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'maintenant', 'image');
  const target = path.join(cache, `${debianSuite}-node-${process.version}`);
  if (existsSync(target)) return target;
  process.stderr.write(`Making a base image of Debian ${debianSuite} and Node ${process.version} (once; a minute)\n`);
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(`${target}.`);
  await run('debootstrap', ['--variant=minbase', `--include=${debianPackages.join(',')}`, debianSuite, temporary], {
    maxBuffer: maxOutputBytes,
  });
  for (const needless of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale'])
    await rm(path.join(temporary, needless), { recursive: true, force: true });
  const bin = path.join(temporary, 'usr/local/bin');
  const modules = path.join(temporary, 'usr/local/lib/node_modules');
  await mkdir(modules, { recursive: true });
  await copyFile(process.execPath, path.join(bin, 'node'));
  const { stdout } = await run('npm', ['root', '--global']);
  await cp(path.join(await npmFolder(stdout.trim()), '.'), path.join(modules, 'npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', path.join(bin, 'npm'));
  // mkdtemp's mode would keep uid 65534 out of /.
  await chmod(temporary, 0o755);
  await rename(temporary, target);
  return target;
}

/** npm lies beside the system's Node, which need not be the one that runs this. */
async function npmFolder(globalRoot: string): Promise<string> {
  const global = path.join(globalRoot, 'npm');
  if (existsSync(global)) return global;
  const { stdout } = await run('sh', ['-c', 'readlink -f "$(command -v npm)"']);
  return path.dirname(path.dirname(stdout.trim()));
}

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import Database from 'better-sqlite3';

/**
 * Builds the programs of a real control plane from their Go modules, each once, into a cache outside the tree:
 * `${XDG_CACHE_HOME:-~/.cache}/maintenant/cluster/<module>-<version>/<program>`.
 *
 * Versions stand in `tools/<module>/go.mod` and nowhere else. A cold cache costs about six minutes on two cores,
 * a warm one a few `stat` calls and no Go.
 *
 *     node test/cluster/build.ts                      everything that a test run needs; prints a path per line
 *     node test/cluster/build.ts helm3 kubectl        only these
 *     node test/cluster/build.ts --kubernetes 1.33 kube-apiserver
 */

/** Minors of Kubernetes that can be built. 1.33 refuses WatchList, so the reflector's fallback meets a real server. */
export const kubernetesVersions = {
  '1.36': requiredVersion('kubernetes', 'k8s.io/kubernetes'),
  '1.33': 'v1.33.13',
} as const;
export type KubernetesVersion = keyof typeof kubernetesVersions;
export const defaultKubernetesVersion: KubernetesVersion = '1.36';

interface Tool {
  /** Folder under `tools/` that holds the Go module. */
  readonly module: string;
  /** The module path whose version is the program's; null for a program of our own. */
  readonly path: string | null;
  /** What `go build` is asked for. */
  readonly package: string;
  readonly program: string;
}

const tools = {
  certificates: { module: 'certificates', path: null, package: '.', program: 'certificates' },
  etcd: { module: 'etcd', path: 'go.etcd.io/etcd/server/v3', package: 'go.etcd.io/etcd/server/v3', program: 'etcd' },
  'kube-apiserver': kubernetesTool('kube-apiserver'),
  'kube-controller-manager': kubernetesTool('kube-controller-manager'),
  'kube-scheduler': kubernetesTool('kube-scheduler'),
  kubectl: kubernetesTool('kubectl'),
  kwok: { module: 'kwok', path: 'sigs.k8s.io/kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', program: 'kwok' },
  'metrics-server': {
    module: 'metrics-server',
    path: 'sigs.k8s.io/metrics-server',
    package: 'sigs.k8s.io/metrics-server/cmd/metrics-server',
    program: 'metrics-server',
  },
  helm3: { module: 'helm3', path: 'helm.sh/helm/v3', package: 'helm.sh/helm/v3/cmd/helm', program: 'helm' },
  helm4: { module: 'helm4', path: 'helm.sh/helm/v4', package: 'helm.sh/helm/v4/cmd/helm', program: 'helm' },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;
export const toolNames = Object.keys(tools) as readonly ToolName[];

export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(tools, name);
}

export function isKubernetesVersion(version: string): version is KubernetesVersion {
  return Object.hasOwn(kubernetesVersions, version);
}

/** What `scripts/test --kubernetes` asks for through the environment; without it the default. */
export function versionUnderTest(): KubernetesVersion {
  const version = process.env['MAINTENANT_TEST_KUBERNETES'] || defaultKubernetesVersion;
  if (isKubernetesVersion(version)) return version;
  throw new Error(
    `MAINTENANT_TEST_KUBERNETES=${version} cannot be built; there are ${Object.keys(kubernetesVersions).join(' and ')}`,
  );
}

/** What `startCluster` runs; the rest is for tests of manifests and charts. */
export const controlPlaneTools = [
  'certificates',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
] as const satisfies readonly ToolName[];

const minimumGo = [1, 26] as const;

/** Go is missing or too old, so nothing can be built: a test run may leave these suites out and say why. */
export class GoMissingError extends Error {
  override readonly name = 'GoMissingError';
  readonly found: string | null;
  constructor(found: string | null, tool: ToolName) {
    const have = found === null ? 'no go command in PATH' : found;
    super(
      `${tool} has to be built and needs Go ${minimumGo.join('.')} or newer; found ${have}. Install it from https://go.dev/dl or as Debian's golang-1.26.`,
    );
    this.found = found;
  }
}

/** `go build` failed, for instance because the module proxy cannot be reached and the module cache is cold. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
  constructor(tool: ToolName, version: string, output: string) {
    super(`building ${tool} ${version} failed:\n${output.trimEnd().split('\n').slice(-20).join('\n')}`);
  }
}

export interface BuildOptions {
  readonly kubernetesVersion?: KubernetesVersion;
  /** Told once before each build; nothing is said when the cache has the program. Default: standard error. */
  readonly report?: (line: string) => void;
}

const run = promisify(execFile);
// A linker's message fits; a runaway one is cut instead of filling memory.
const maxOutputBytes = 64 * 1024 * 1024;

/** The program's path in the cache, built first where it is not there yet. Two callers at once build it once. */
export async function buildTool(name: ToolName, options: BuildOptions = {}): Promise<string> {
  const tool: Tool = tools[name];
  const version = toolVersion(name, options.kubernetesVersion);
  const directory = join(cacheDirectory(), `${tool.module}-${version}`);
  const target = join(directory, tool.program);
  if (existsSync(target)) return target;

  await requireGo(name);
  await mkdir(directory, { recursive: true });
  const release = await lock(join(cacheDirectory(), 'build.lock'));
  try {
    if (existsSync(target)) return target;
    (options.report ?? reportToStandardError)(`Building ${name} ${version} (once; minutes on a cold cache)`);
    const moduleDirectory = await moduleFor(name, version);
    if (name === 'kwok') await copyStages(moduleDirectory, join(directory, 'stages'));
    const temporary = `${target}.${process.pid}.tmp`;
    const output = ['build', '-trimpath', '-ldflags', linkerFlags(tool, version), '-o', temporary, tool.package];
    await go(name, version, moduleDirectory, output);
    await rename(temporary, target);
    return target;
  } finally {
    release();
  }
}

/** Several programs, one after the other: two Go builds at once only take turns on the same cores. */
export async function buildTools<Name extends ToolName>(
  names: readonly Name[],
  options: BuildOptions = {},
): Promise<Readonly<Record<Name, string>>> {
  const built: Partial<Record<Name, string>> = {};
  for (const name of names) built[name] = await buildTool(name, options);
  return built as Record<Name, string>;
}

/** `v1.36.3`; a program of our own is versioned by its source. */
export function toolVersion(name: ToolName, kubernetesVersion: KubernetesVersion = defaultKubernetesVersion): string {
  const tool: Tool = tools[name];
  if (tool.module === 'kubernetes') return kubernetesVersions[kubernetesVersion];
  if (tool.path !== null) return requiredVersion(tool.module, tool.path);
  return createHash('sha256')
    .update(readFileSync(join(toolsDirectory(), tool.module, 'main.go')))
    .digest('hex')
    .slice(0, 12);
}

function kubernetesTool<Program extends string>(program: Program) {
  return {
    module: 'kubernetes',
    path: 'k8s.io/kubernetes',
    package: `k8s.io/kubernetes/cmd/${program}`,
    program,
  } as const;
}

function toolsDirectory(): string {
  return join(import.meta.dirname, 'tools');
}

export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'maintenant', 'cluster');
}

function requiredVersion(module: string, path: string): string {
  const file = join(toolsDirectory(), module, 'go.mod');
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [required, version] = line
      .replace(/^require\s+/, '')
      .trim()
      .split(/\s+/);
    if (required === path && version?.startsWith('v')) return version;
  }
  throw new Error(`${file} does not require ${path}`);
}

function linkerFlags(tool: Tool, version: string): string {
  if (tool.module !== 'kubernetes') return '-s -w';
  // What /version answers and Helm compares with a chart's kubeVersion; without them it is v0.0.0-master.
  const [major, minor] = version.slice(1).split('.');
  const stamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((at) => [
    `-X ${at}.gitVersion=${version}`,
    `-X ${at}.gitMajor=${major}`,
    `-X ${at}.gitMinor=${minor}`,
  ]);
  return `-s -w ${stamps.join(' ')}`;
}

/** The committed module, or one written for another minor of Kubernetes by the same recipe. */
async function moduleFor(name: ToolName, version: string): Promise<string> {
  const tool: Tool = tools[name];
  const committed = join(toolsDirectory(), tool.module);
  if (tool.module !== 'kubernetes' || version === kubernetesVersions[defaultKubernetesVersion]) return committed;

  const directory = join(cacheDirectory(), `kubernetes-${version}`, 'module');
  await mkdir(directory, { recursive: true });
  const downloaded: unknown = JSON.parse(
    await go(name, version, directory, ['mod', 'download', '-json', `k8s.io/kubernetes@${version}`]),
  );
  if (
    typeof downloaded !== 'object' ||
    downloaded === null ||
    !('GoMod' in downloaded) ||
    typeof downloaded.GoMod !== 'string'
  ) {
    throw new BuildError(name, version, `go mod download named no go.mod of k8s.io/kubernetes@${version}`);
  }
  // The module points its staging modules at ./staging, which only its own repository has: each gets its published version.
  const staging = [...readFileSync(downloaded.GoMod, 'utf8').matchAll(/^\s*(k8s\.io\/\S+) => \.\/staging/gm)].map(
    (match) => match[1],
  );
  const stagingVersion = version.replace(/^v1\./, 'v0.');
  const text = [
    'module maintenant/test/cluster/tools/kubernetes',
    'go 1.26.0',
    `require k8s.io/kubernetes ${version}`,
    ...staging.map((path) => `replace ${path} => ${path} ${stagingVersion}`),
  ];
  if (!existsSync(join(directory, 'go.mod'))) await writeFile(join(directory, 'go.mod'), `${text.join('\n')}\n`);
  return directory;
}

/** KWOK has no built-in stages: those of its module are kept beside the program, so that starting it needs no Go. */
async function copyStages(moduleDirectory: string, target: string): Promise<void> {
  await go('kwok', '', moduleDirectory, ['mod', 'download', 'sigs.k8s.io/kwok']);
  const source = (await go('kwok', '', moduleDirectory, ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'])).trim();
  await mkdir(target, { recursive: true });
  for (const folder of [
    'stage/node/fast',
    'stage/node/heartbeat-with-lease',
    'stage/pod/fast',
    'metrics/resource',
    'metrics/usage',
  ]) {
    for (const file of await readdir(join(source, 'kustomize', folder))) {
      if (!file.endsWith('.yaml') || file === 'kustomization.yaml') continue;
      // The module cache is read-only and so would the copy be.
      await rm(join(target, file), { force: true });
      await copyFile(join(source, 'kustomize', folder, file), join(target, file));
    }
  }
}

async function go(name: ToolName, version: string, directory: string, args: readonly string[]): Promise<string> {
  // -mod=mod lets a generated module fill its go.sum; a committed one has it and stays as it is.
  const generated = !directory.startsWith(toolsDirectory());
  const environment = {
    ...process.env,
    CGO_ENABLED: '0',
    GOFLAGS: generated ? '-mod=mod -buildvcs=false' : '-mod=readonly -buildvcs=false',
    GOWORK: 'off',
  };
  try {
    const { stdout } = await run('go', [...args], { cwd: directory, env: environment, maxBuffer: maxOutputBytes });
    return stdout;
  } catch (error) {
    const output =
      error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' && error.stderr !== ''
        ? error.stderr
        : String(error);
    throw new BuildError(name, version, output);
  }
}

async function requireGo(tool: ToolName): Promise<void> {
  const found = await run('go', ['env', 'GOVERSION']).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
  const [, major = 0, minor = 0] = /^go(\d+)\.(\d+)/.exec(found ?? '')?.map(Number) ?? [];
  if (major < minimumGo[0] || (major === minimumGo[0] && minor < minimumGo[1])) throw new GoMissingError(found, tool);
}

/** Held in the kernel through SQLite's file lock, so a killed builder leaves nothing behind that has to be judged stale. */
async function lock(path: string): Promise<() => void> {
  const database = new Database(path, { timeout: 0 });
  for (;;) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return () => database.close();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY')) {
        database.close();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function reportToStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { kubernetes: { type: 'string', default: defaultKubernetesVersion } },
  });
  const unknown = positionals.filter((name) => !isToolName(name));
  if (unknown.length > 0) fail(`unknown tool ${unknown.join(', ')}; there are ${toolNames.join(', ')}`);
  const { kubernetes } = values;
  if (!isKubernetesVersion(kubernetes))
    fail(`--kubernetes ${kubernetes} is not known; there are ${Object.keys(kubernetesVersions).join(' and ')}`);
  for (const name of positionals.length > 0 ? positionals.filter(isToolName) : toolNames) {
    const path = await buildTool(name, { kubernetesVersion: kubernetes }).catch((error: unknown) =>
      fail(String(error), 1),
    );
    process.stdout.write(`${path}\n`);
  }
}

function fail(problem: string, exitCode = 2): never {
  process.stderr.write(`${problem}\n`);
  process.exit(exitCode);
}

/**
 * Runs the suites of `scripts/test` one after the other and closes with a line that counts. Each suite names what it
 * needs of the machine; what is missing is installed from Debian's packages where that is allowed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { kubernetesVersions } from '../test/cluster/build.ts';

const root = path.join(import.meta.dirname, '..');
process.chdir(root);

interface Failure {
  readonly name: string;
  /** What the test said, in its first lines; empty where the output above is all there is. */
  readonly said: string;
}

interface Outcome {
  readonly passed: number;
  readonly failures: readonly Failure[];
}

/** Enough for an assertion with both sides; a log may keep only the end of a run, so it is repeated there. */
const saidLines = 15;

interface Need {
  readonly title: string;
  readonly present: () => boolean;
  readonly debianPackages: readonly string[];
}

const needs = {
  go: {
    title: 'Go 1.26 or newer (builds the control plane)',
    present: () => {
      const version = /go1\.(\d+)/.exec(spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '');
      return Number(version?.[1] ?? 0) >= 26;
    },
    // Debian's Go is older.
    debianPackages: [],
  },
  chromium: {
    title: 'chromium',
    present: () => existsSync('/usr/bin/chromium'),
    debianPackages: ['chromium'],
  },
  containers: {
    title: 'buildah, podman and debootstrap',
    present: () => ['/usr/bin/buildah', '/usr/bin/podman', '/usr/sbin/debootstrap'].every((file) => existsSync(file)),
    debianPackages: ['buildah', 'podman', 'debootstrap'],
  },
  python: {
    title: 'python3 with venv (runs schemathesis)',
    present: () => spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status === 0,
    debianPackages: ['python3', 'python3-venv'],
  },
  nginx: { title: 'nginx', present: () => existsSync('/usr/sbin/nginx'), debianPackages: ['nginx-light', 'openssl'] },
} satisfies Readonly<Record<string, Need>>;

interface Suite {
  readonly name: string;
  readonly needs: readonly (keyof typeof needs)[];
  /** It starts the product or measures its files, so the bundles of this tree are made first. */
  readonly bundled?: true;
  readonly run: () => Promise<Outcome>;
}

/** A command line that cannot be used: a sentence for a person, exit code 2. */
function refuse(message: string): never {
  process.stderr.write(`${message} See scripts/test --help.\n`);
  process.exit(2);
}

function parseOptions() {
  try {
    return parseArgs({
      options: { kubernetes: { type: 'string' }, seed: { type: 'string', default: '1' } },
      allowPositionals: true,
    });
  } catch (error) {
    // Its first sentence names the option; the others are about how to write a positional argument.
    return refuse(`${String(error instanceof Error ? error.message : error).split('. ')[0]}.`);
  }
}

const { values: options, positionals } = parseOptions();
if (options.kubernetes !== undefined && !(options.kubernetes in kubernetesVersions)) {
  refuse(
    `Kubernetes ${options.kubernetes} is not built here: there are ${Object.keys(kubernetesVersions).join(' and ')}.`,
  );
}
if (options.seed !== 'random' && !/^\d{1,10}$/.test(options.seed)) {
  refuse(`"${options.seed}" is no seed: a whole number of at most ten digits, or random.`);
}
if (options.kubernetes !== undefined) process.env['MAINTENANT_TEST_KUBERNETES'] = options.kubernetes;
// What is drawn at random is drawn alike in every run, so that a change is judged by itself; `--seed random` looks further.
const seed = options.seed === 'random' ? String(randomInt(2 ** 31)) : options.seed;
process.env['MAINTENANT_TEST_SEED'] = seed;

const minuteMs = 60_000;

const suites: readonly Suite[] = [
  { name: 'types', needs: [], run: () => command('types', 'npx', ['tsc', '--noEmit']) },
  { name: 'lint', needs: [], run: () => command('lint', 'npx', ['oxlint', '--type-aware', '--deny-warnings']) },
  { name: 'format', needs: [], run: () => command('format', 'npx', ['biome', 'format', '.']) },
  {
    name: 'pages',
    needs: [],
    run: () => command('generated pages', 'node', ['scripts/generated-pages.ts', '--check']),
  },
  {
    name: 'dependencies',
    needs: [],
    run: () => command('licences, versions and known holes', 'node', ['scripts/dependencies.ts']),
  },
  { name: 'build', needs: [], run: () => command('build', 'node', ['scripts/build.ts', '--if-changed']) },
  {
    name: 'unit',
    needs: [],
    bundled: true,
    run: () =>
      tests(
        [
          '*.test.ts',
          '{api,controller,health,scripts,simulator,store,ui}/**/*.test.ts',
          'test/{bundle,tidy}.test.ts',
          'test/{api,health,fault}/**/*.test.ts',
        ],
        {
          concurrency: 2,
          timeoutMs: 10 * minuteMs,
        },
      ),
  },
  {
    name: 'contract',
    needs: ['go'],
    run: () => tests(['test/contract/**/*.test.ts'], { concurrency: 1, timeoutMs: 20 * minuteMs }),
  },
  {
    name: 'cluster',
    needs: ['go'],
    run: () => tests(['test/cluster/**/*.test.ts'], { concurrency: 1, timeoutMs: 20 * minuteMs }),
  },
  {
    name: 'integration',
    needs: ['go'],
    bundled: true,
    run: () => tests(['test/integration/**/*.test.ts'], { concurrency: 1, timeoutMs: 20 * minuteMs }),
  },
  {
    name: 'manifests',
    needs: ['go'],
    bundled: true,
    run: () => tests(['test/manifests/**/*.test.ts'], { concurrency: 1, timeoutMs: 20 * minuteMs }),
  },
  {
    name: 'image',
    needs: ['go', 'containers'],
    bundled: true,
    run: () => tests(['test/image/**/*.test.ts'], { concurrency: 1, timeoutMs: 20 * minuteMs }),
  },
  {
    name: 'proxy',
    needs: ['nginx', 'chromium'],
    bundled: true,
    run: () => tests(['test/proxy/**/*.test.ts'], { concurrency: 1, timeoutMs: 10 * minuteMs }),
  },
  {
    name: 'page',
    needs: ['chromium'],
    bundled: true,
    run: () => tests(['test/ui/**/*.test.ts'], { concurrency: 1, timeoutMs: 20 * minuteMs }),
  },
  {
    name: 'live',
    needs: ['go', 'chromium'],
    bundled: true,
    run: () => tests(['test/live/**/*.test.ts'], { concurrency: 1, timeoutMs: 10 * minuteMs }),
  },
  {
    name: 'fuzz',
    needs: ['python'],
    bundled: true,
    run: () => command('every route from its description', 'node', ['test/api/schemathesis.ts']),
  },
];

/** A whole command counts as one test. */
async function command(title: string, program: string, args: readonly string[]): Promise<Outcome> {
  const child = spawn(program, args, { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code === 0) return { passed: 1, failures: [] };
  return { passed: 0, failures: [{ name: `${title} (exit code ${code})`, said: '' }] };
}

interface TestOptions {
  readonly concurrency: number;
  /** For a file as a whole: a test that hangs is a failure, not a run that never ends. */
  readonly timeoutMs: number;
}

async function tests(patterns: readonly string[], { concurrency, timeoutMs }: TestOptions): Promise<Outcome> {
  const files = globSync([...patterns]).sort();
  let passed = 0;
  const failures: Failure[] = [];
  if (files.length === 0) return { passed, failures };
  const execArgv = ['--import', './test/support/seed.ts'];
  const stream = run({ files, concurrency, timeout: timeoutMs, cwd: root, execArgv });
  stream.on('test:pass', (event) => {
    if (event.details.type !== 'suite' && event.skip === undefined) passed += 1;
  });
  stream.on('test:fail', (event) => {
    if (event.details.type === 'suite') return;
    const file = event.file === undefined ? '' : `${path.relative(root, event.file)}: `;
    const { cause } = event.details.error;
    const said = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    failures.push({ name: file + event.name, said: said.split('\n').slice(0, saidLines).join('\n') });
  });
  for await (const text of stream.compose(spec)) process.stdout.write(String(text));
  return { passed, failures };
}

/** Installs what Debian's packages have; false when the need stays unmet. */
function provide(name: keyof typeof needs): boolean {
  const need: Need = needs[name];
  if (need.present()) return true;
  if (need.debianPackages.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  process.stderr.write(`Installing ${need.debianPackages.join(', ')}\n`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['-qq', 'update'], { stdio: 'ignore', env: environment });
  spawnSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...need.debianPackages], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: environment,
  });
  return need.present();
}

const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  refuse(`No suite is called ${unknown.join(', ')}: there are ${suites.map((suite) => suite.name).join(', ')}.`);
}

const selected = suites.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const build = suites.filter(({ name }) => name === 'build' && !selected.some((suite) => suite.name === 'build'));
let passed = 0;
const failures: Failure[] = [];
const leftOut: string[] = [];
for (const suite of selected.some(({ bundled }) => bundled) ? [...build, ...selected] : selected) {
  const missing = suite.needs.filter((name) => !provide(name)).map((name) => needs[name].title);
  if (missing.length > 0) {
    leftOut.push(`${suite.name} is left out: ${missing.join(' and ')} cannot be had here`);
    continue;
  }
  const startedAt = performance.now();
  process.stdout.write(`\n── ${suite.name}\n`);
  const outcome = await suite.run();
  passed += outcome.passed;
  failures.push(...outcome.failures.map(({ name, said }) => ({ name: `${suite.name}: ${name}`, said })));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(
    `── ${suite.name}: ${outcome.passed} passed, ${outcome.failures.length} failed in ${seconds} s\n`,
  );
}

process.stdout.write(`\nDrawn with --seed ${seed}\n`);
for (const line of leftOut) process.stdout.write(`${line}\n`);
if (process.env['CI'] === 'true') failures.push(...leftOut.map((name) => ({ name, said: '' })));
for (const { name, said } of failures) {
  process.stdout.write(`failed: ${name}\n`);
  if (said !== '') process.stdout.write(`${said.replaceAll(/^/gm, '    ')}\n`);
}
process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
process.exitCode = failures.length === 0 ? 0 : 1;

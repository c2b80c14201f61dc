import { fork } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  buildTools,
  controlPlaneTools,
  defaultKubernetesVersion,
  isKubernetesVersion,
  kubernetesVersions,
  type KubernetesVersion,
} from './build.ts';
import { startCluster, type Cluster, type ClusterOptions } from './control-plane.ts';
import { allReady, createAll, demoManifests, startScaledCluster } from './workload-set.ts';

/**
 * `scripts/cluster up|down|status`: a control plane that outlives the command that started it.
 *
 * `up` forks a keeper that owns the cluster and answers on a socket in the state directory. Whether something runs is
 * what the socket says: there is no process id that could belong to somebody else by now.
 */

const usage = `scripts/cluster starts a real Kubernetes control plane on this machine, on loopback, without containers.

  scripts/cluster up [options]    builds what is missing, starts, prints the KUBECONFIG to export
  scripts/cluster status          what runs, with versions and ports; exit code 1 when nothing does
  scripts/cluster down            stops everything and removes its data

Options of up:
  --nodes N            number of nodes (default 3; with --scale a fifth of the workloads)
  --demo               35 workloads of the three kinds in five namespaces
  --scale N            N workloads: 80 % Deployments and 19 % StatefulSets of 8 pods each, 10 DaemonSets;
                       1,000 take minutes the first time and are restored in seconds afterwards
  --audit              write an audit log
  --metrics-server     answer metrics.k8s.io
  --kubernetes MINOR   ${Object.keys(kubernetesVersions).join(' or ')} (default ${defaultKubernetesVersion})
Option of all:
  --state DIR          where the cluster lives (default ~/.local/state/maintenant/cluster)
`;

interface Options {
  readonly state: string;
  readonly nodes: number | null;
  readonly demo: boolean;
  readonly scale: number | null;
  readonly audit: boolean;
  readonly metricsServer: boolean;
  readonly kubernetesVersion: KubernetesVersion;
}

interface Status {
  readonly version: string;
  readonly serverUrl: string;
  readonly kubeconfigPath: string;
  readonly directory: string;
  readonly startedAt: string;
  readonly programs: readonly { readonly name: string; readonly pid: number; readonly port: number | null }[];
}

/** From the keeper while it starts. */
type News =
  | { readonly type: 'progress'; readonly line: string }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string };

// The longest that stopping may take: an API server's grace and a little more.
const answerTimeoutMs = 60_000;
const readyTimeoutMs = 5 * 60_000;
// A socket's path has 108 bytes with its closing zero, 104 on some systems; `/keeper.sock` takes 12.
const longestStateBytes = 90;

const { command, options } = parse(process.argv.slice(2));
switch (command) {
  case 'up':
    process.exitCode = await up(options);
    break;
  case 'down':
    process.exitCode = await down(options);
    break;
  case 'status':
    process.exitCode = await status(options);
    break;
  case 'keep':
    await keep(options);
    break;
  default:
    command satisfies never;
}

async function up(options: Options): Promise<number> {
  const running = await ask(options, 'status');
  if (running !== null) {
    say('A cluster runs already: scripts/cluster down stops it.');
    print(running);
    return 0;
  }
  // In the foreground, so that a compiler's message is seen and Ctrl-C works.
  await buildTools([...controlPlaneTools, ...(options.metricsServer ? (['metrics-server'] as const) : [])], {
    kubernetesVersion: options.kubernetesVersion,
  });
  await clear(options);
  await mkdir(options.state, { recursive: true, mode: 0o700 });
  const log = openSync(join(options.state, 'keeper.log'), 'a');
  const keeper = fork(import.meta.filename, ['keep', ...process.argv.slice(3)], {
    detached: true,
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
  });
  const news = await new Promise<Exclude<News, { type: 'progress' }>>((resolve) => {
    keeper.on('message', (message: News) => (message.type === 'progress' ? say(message.line) : resolve(message)));
    keeper.once('exit', (code, signal) =>
      resolve({
        type: 'failed',
        message: `it ended with ${signal ?? `exit code ${code}`}; see ${join(options.state, 'keeper.log')}`,
      }),
    );
  });
  if (keeper.connected) keeper.disconnect();
  keeper.unref();
  if (news.type === 'failed') {
    say(`The cluster could not be started: ${news.message}`);
    return 1;
  }
  const started = await ask(options, 'status');
  if (started === null) {
    say(`The cluster started and does not answer; see ${join(options.state, 'keeper.log')}`);
    return 1;
  }
  print(started);
  return 0;
}

async function down(options: Options): Promise<number> {
  const stopped = await ask(options, 'stop');
  say(stopped === null ? 'No cluster was running.' : 'Stopped; nothing of it is left.');
  await clear(options);
  return 0;
}

async function status(options: Options): Promise<number> {
  const running = await ask(options, 'status');
  if (running === null) {
    say('No cluster is running: scripts/cluster up starts one.');
    return 1;
  }
  print(running);
  return 0;
}

/** The keeper: owns the cluster until it is told to stop. */
async function keep(options: Options): Promise<void> {
  const tell = (news: News): void => {
    if (process.connected) process.send?.(news);
  };
  // Whoever asked went away before it was ready: nobody would know that this runs.
  const abandoned = (): void => process.exit(1);
  process.once('disconnect', abandoned);
  let cluster: Cluster | null = null;
  try {
    const start: ClusterOptions = {
      directory: join(options.state, 'run'),
      audit: options.audit,
      metricsServer: options.metricsServer,
      kubernetesVersion: options.kubernetesVersion,
      ...(options.nodes === null ? {} : { nodes: options.nodes }),
      report: (line) => tell({ type: 'progress', line }),
    };
    cluster =
      options.scale === null ? await startCluster(start) : (await startScaledCluster(options.scale, start)).cluster;
    if (options.demo) {
      tell({ type: 'progress', line: 'Creating the demo workloads' });
      await createAll(cluster, demoManifests());
      await allReady(cluster, readyTimeoutMs);
    }
    await answer(options, cluster);
    process.off('disconnect', abandoned);
    tell({ type: 'ready' });
  } catch (error) {
    tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    await cluster?.stop();
    process.exit(1);
  }
}

/** One question a connection: `status` or `stop`, answered by a line of JSON. */
async function answer(options: Options, cluster: Cluster): Promise<void> {
  const startedAt = new Date().toISOString();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (question) => {
      const current = describe(cluster, startedAt);
      if (String(question).trim() !== 'stop') {
        socket.end(`${JSON.stringify(current)}\n`);
        return;
      }
      void stop().then(() => socket.end(`${JSON.stringify(current)}\n`, () => process.exit(0)));
    });
  });
  const stop = async (): Promise<void> => {
    server.close();
    await cluster.stop();
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.once(signal, () => void stop().then(() => process.exit(0)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath(options), resolve);
  });
}

function describe(cluster: Cluster, startedAt: string): Status {
  const { version, serverUrl, kubeconfigPath, directory, processes, ports } = cluster;
  const programs = [...processes].map(([name, pid]) => ({ name, pid, port: ports[name] ?? null }));
  return { version, serverUrl, kubeconfigPath, directory, startedAt, programs };
}

/** null: nobody is there. */
async function ask(options: Options, question: 'status' | 'stop'): Promise<Status | null> {
  const socket = await new Promise<Socket | null>((resolve) => {
    const attempt = connect(socketPath(options));
    attempt.once('connect', () => resolve(attempt));
    attempt.once('error', () => resolve(null));
  });
  if (socket === null) return null;
  socket.setTimeout(answerTimeoutMs, () =>
    socket.destroy(new Error(`the cluster's keeper did not answer within ${answerTimeoutMs} ms`)),
  );
  socket.write(`${question}\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return JSON.parse(text) as Status;
}

/** Only what is ours: the directory may be one that holds other things. */
async function clear(options: Options): Promise<void> {
  for (const entry of ['run', 'keeper.log', 'keeper.sock'])
    await rm(join(options.state, entry), { recursive: true, force: true });
  await rmdir(options.state).catch(() => undefined);
}

function socketPath(options: Options): string {
  return join(options.state, 'keeper.sock');
}

function print(status: Status): void {
  say(`Kubernetes ${status.version} at ${status.serverUrl} since ${status.startedAt}`);
  for (const { name, pid, port } of status.programs)
    say(`  ${name.padEnd(24)} pid ${String(pid).padEnd(8)} ${port === null ? '' : `port ${port}`}`.trimEnd());
  say(`Data and logs: ${status.directory}`);
  // The only line on standard output, so that eval "$(scripts/cluster up)" works.
  process.stdout.write(`export KUBECONFIG=${status.kubeconfigPath}\n`);
}

function parse(args: readonly string[]): {
  readonly command: 'up' | 'down' | 'status' | 'keep';
  readonly options: Options;
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        nodes: { type: 'string' },
        demo: { type: 'boolean', default: false },
        scale: { type: 'string' },
        audit: { type: 'boolean', default: false },
        'metrics-server': { type: 'boolean', default: false },
        kubernetes: { type: 'string', default: defaultKubernetesVersion },
        state: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      leave(0, usage);
    }
    const [command, ...others] = positionals;
    if (command === undefined) throw new Error('a command is missing');
    if (others.length > 0 || !isCommand(command))
      throw new Error(`unknown command ${JSON.stringify(positionals.join(' '))}`);
    const { kubernetes } = values;
    if (!isKubernetesVersion(kubernetes))
      throw new Error(
        `--kubernetes ${kubernetes} cannot be built; there are ${Object.keys(kubernetesVersions).join(' and ')}`,
      );
    const home = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
    const state = resolve(values.state ?? join(home, 'maintenant', 'cluster'));
    if (Buffer.byteLength(state) > longestStateBytes)
      throw new Error(
        `--state ${state} is longer than ${longestStateBytes} bytes, which a socket in it does not allow`,
      );
    return {
      command,
      options: {
        state,
        nodes: count('--nodes', values.nodes, 1, 5000),
        demo: values.demo,
        scale: count('--scale', values.scale, 1, 20_000),
        audit: values.audit,
        metricsServer: values['metrics-server'],
        kubernetesVersion: kubernetes,
      },
    };
  } catch (error) {
    return leave(2, `${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function leave(exitCode: 0 | 2, text: string): never {
  (exitCode === 0 ? process.stdout : process.stderr).write(text);
  process.exit(exitCode);
}

function isCommand(text: string): text is 'up' | 'down' | 'status' | 'keep' {
  return text === 'up' || text === 'down' || text === 'status' || text === 'keep';
}

function count(flag: string, text: string | undefined, least: number, most: number): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`${flag} ${JSON.stringify(text)} is not a whole number from ${least} to ${most}`);
  return value;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Composes the folders and is the command line. Nothing imports it; nothing else writes to the terminal, ends the process
 * or listens for its signals.
 *
 *     settings ─► runtime ─► address taken ─► store ─► controller ─► API
 *
 * The order keeps a bad start harmless: until the address is taken, nothing was changed on disk.
 */
import { createHash, randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import pino, { type Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { assessCommand } from './assess-command.ts';
import { createApp, createStartingApp } from './api/app.ts';
import type { ApiConfig } from './api/config.ts';
import { examine } from './api/doctor.ts';
import { readLicense } from './api/license.ts';
import { type ApiServer, ListenError, listen } from './api/server.ts';
import { loadAssets } from './api/static-files.ts';
import { registerStorageMetrics } from './api/storage-metrics.ts';
import { systemClock } from './controller/clock.ts';
import { parseIdentity } from './controller/cluster-identity.ts';
import { type Controller, createController } from './controller/controller.ts';
import { CredentialSource } from './controller/kubernetes/credentials.ts';
import { HttpTransport } from './controller/kubernetes/http-transport.ts';
import { ServerVersionSource } from './controller/kubernetes/server-version.ts';
import { type ClusterSource, KubeConfigError, kubeconfigPaths } from './controller/kubernetes/kubeconfig.ts';
import { ScopeError, scopeOf } from './controller/scope.ts';
import { DumpError } from './controller/dump.ts';
import { requireNode } from './node-version.ts';
import { releaseMemory } from './release-memory.ts';
import { detectRuntime } from './runtime.ts';
import { type ParsedSettings, parseSettings, SettingError, type Settings, settingsHelp } from './settings.ts';
import { startDemo } from './simulator/demo.ts';
import { openStore, setDatabaseAside, StoreOpenError } from './store/open.ts';
import { preflight } from './store/preflight.ts';
import type { Store } from './store/store.ts';

/** Both are put in by the bundler; without it the version is package.json's and there is no issuer of licenses. */
declare const MAINTENANT_VERSION: string | undefined;
declare const MAINTENANT_LICENSE_PUBLIC_KEY: string | null | undefined;

const version = typeof MAINTENANT_VERSION === 'string' ? MAINTENANT_VERSION : versionOfSources();
const licensePublicKey = typeof MAINTENANT_LICENSE_PUBLIC_KEY === 'string' ? MAINTENANT_LICENSE_PUBLIC_KEY : null;

const help = `maintenant ${version}: what is broken in your Kubernetes workloads, why, since when and what changed.

  maintenant [serve] [flags]   watch the configured cluster and serve the page
      --or-demo                run the demo where no cluster is configured
  maintenant demo [flags]      a simulated cluster, to look around
  maintenant assess [-f FILE|FOLDER|-]... [--now INSTANT] [-o text|json]
                               verdicts over a dump: kubectl get deploy,sts,ds,rs,pods,events,svc -A -o yaml | maintenant assess
                               exit code 0: all Healthy or Idle, 1: not all, 2: nothing to judge, or bad input
  maintenant doctor [flags]    what works and what does not, as a table; exit code 1 when a check failed
  maintenant version

Flags and their variables (a flag wins; an empty variable counts as unset):

${settingsHelp()}
`;

/** Settings, files or addresses that cannot be used: a sentence for a person, exit code 2. */
function isBadStart(error: unknown): error is Error {
  return [SettingError, DumpError, KubeConfigError, ScopeError, ListenError, StoreOpenError].some(
    (known) => error instanceof known,
  );
}

async function runCommand(name: string, args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h') || name === 'help') {
    process.stdout.write(help);
    return 0;
  }
  if (args.includes('--version') || args.includes('-v')) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  switch (name) {
    case 'serve': {
      const orDemo = args.includes('--or-demo');
      const parsed = parseSettings(
        args.filter((argument) => argument !== '--or-demo'),
        process.env,
      );
      return serve(parsed, orDemo);
    }
    case 'demo':
      return serve(parseSettings([...args, '--runtime', 'demo'], process.env), false);
    case 'assess':
      return assessCommand(args, {
        now: systemClock.now(),
        write: (text) => process.stdout.write(text),
        warn: (text) => process.stderr.write(`maintenant: ${text}\n`),
        isTerminal: process.stdout.isTTY,
      });
    case 'doctor':
      return doctor(parseSettings(args, process.env));
    case 'version':
      process.stdout.write(`${version}\n`);
      return 0;
    default:
      throw new SettingError(
        `"${name}" is not a command: there are serve, demo, assess, doctor and version. See maintenant --help.`,
      );
  }
}

function versionOfSources(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
  const found = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : null;
  return `${String(found)}-sources`;
}

/** What `kubectl describe pod` shows of a pod that ended (terminationMessagePath's default). */
function writeTerminationMessage(message: string): void {
  const file = '/dev/termination-log';
  if (process.env['KUBERNETES_SERVICE_HOST'] === undefined || !existsSync(file)) return;
  try {
    writeFileSync(file, message);
  } catch (error) {
    process.stderr.write(`maintenant: the termination message could not be written: ${String(error)}\n`);
  }
}

function createLog(settings: Settings): Logger {
  return pino(
    { level: settings.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** What is watched, and how it is reached. */
interface Target {
  readonly runtime: 'kubernetes' | 'demo';
  readonly detectedBy: string;
  readonly source: ClusterSource;
  /** The database of a demo is its own and ends with it, unless one was named. */
  readonly databasePath: string;
  readonly stop: () => Promise<void>;
}

async function targetOf(
  { settings, effective }: ParsedSettings,
  orDemo: boolean,
  signal: AbortSignal,
): Promise<Target> {
  const found = detectRuntime({
    setting: settings.runtime,
    environment: process.env,
    homeKubeconfig: path.join(homedir(), '.kube', 'config'),
    exists: existsSync,
  });
  if (found.runtime === 'kubernetes') {
    const source: ClusterSource =
      found.credentialsFrom === 'pod'
        ? { type: 'inCluster' }
        : {
            type: 'kubeconfig',
            paths: kubeconfigPaths(process.env, homedir()),
            ...(settings.kubeContext === null ? {} : { context: settings.kubeContext }),
          };
    return {
      runtime: 'kubernetes',
      detectedBy: found.detectedBy,
      source,
      databasePath: settings.db,
      stop: async () => {},
    };
  }
  if (found.runtime === 'none' && !orDemo) {
    throw new SettingError(
      `No cluster is configured: ${found.detectedBy}. Set KUBECONFIG to a kubeconfig file, or look around with: maintenant demo`,
    );
  }
  const simulator = await startDemo(randomInt(2 ** 32), signal);
  const isOwn = effective.some(({ name, source }) => name === 'MAINTENANT_DB' && source !== 'default');
  const folder = isOwn ? null : mkdtempSync(path.join(tmpdir(), 'maintenant-demo-'));
  return {
    runtime: 'demo',
    detectedBy: found.detectedBy,
    source: { type: 'kubeconfig', paths: [simulator.kubeconfigPath] },
    databasePath: folder === null ? settings.db : path.join(folder, 'maintenant.db'),
    stop: async () => {
      await simulator.stop();
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function apiConfigOf({ settings, effective }: ParsedSettings, runtime: Target['runtime']): ApiConfig {
  return {
    version,
    runtime,
    basePath: settings.basePath,
    address: settings.addr,
    allowedHosts: settings.allowedHosts,
    corsOrigins: settings.corsOrigins,
    auth:
      settings.auth === 'token'
        ? { mode: 'token', tokenHashes: settings.authTokens }
        : settings.auth === 'forward'
          ? { mode: 'forward', header: settings.authForwardHeader, cidrs: settings.authForwardCidrs }
          : { mode: 'none' },
    license: { key: settings.licenseKey, publicKey: licensePublicKey },
    configuration: effective,
  };
}

interface Connection {
  readonly credentials: CredentialSource;
  readonly transport: HttpTransport;
  readonly serverVersion: ServerVersionSource;
}

/** Asks for the server's version at once, so that the connection is there when the watches begin. */
function connect(target: Target, signal: AbortSignal): Connection {
  const credentials = new CredentialSource(target.source);
  const transport = new HttpTransport({ credentials, userAgent: `maintenant/${version}`, environment: process.env });
  const serverVersion = new ServerVersionSource(transport, systemClock);
  // Whoever does not answer now is asked again by the watches, and reported by them.
  serverVersion.read(signal).catch(() => undefined);
  return { credentials, transport, serverVersion };
}

async function controllerOf(
  { credentials, transport, serverVersion }: Connection,
  target: Target,
  settings: Settings,
  store: Store,
  registry: Registry,
  log: Logger,
  onOtherCluster: () => void = () => undefined,
): Promise<Controller> {
  return createController({
    transport,
    serverVersion,
    runtime: target.runtime,
    detectedBy: target.detectedBy,
    scope: scopeOf(settings.namespaces, settings.excludeNamespaces),
    store,
    backlog: () => store.backlog(),
    installationKey: store.installationKey,
    metricsIntervalMs: settings.metricsInterval,
    caHash: await caHashOf(credentials),
    knownCluster: store.cluster === null ? null : parseIdentity(store.cluster),
    onCluster: (identity) => store.nameCluster(JSON.stringify(identity)),
    onOtherCluster,
    registry,
    clock: systemClock,
    random: Math.random,
    log,
  });
}

/** Null without TLS, and where the credentials are not there yet. */
async function caHashOf(credentials: CredentialSource): Promise<string | null> {
  try {
    const { ca } = (await credentials.current()).tls;
    return ca === undefined ? null : createHash('sha256').update(ca).digest('hex');
  } catch {
    // An exec plugin or a token file that fails now is retried, and reported, by the watches.
    return null;
  }
}

/** For streams and answers that are under way; together with the store's it stays below the pod's 15 s. */
const closeGraceMs = 5_000;

async function serve(parsed: ParsedSettings, orDemo: boolean): Promise<number> {
  requireNode(process.versions.node);
  const { settings } = parsed;
  const log = createLog(settings);
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1);
      log.info({ signal }, 'stopping');
      stopping.abort();
    });
  }
  const target = await targetOf(parsed, orDemo, stopping.signal);
  try {
    const config = apiConfigOf(parsed, target.runtime);
    const assets = loadAssets(path.join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'dist/ui' : 'ui'));
    // What can be refused is refused before anything is written: credentials, scope, the file's version, the address.
    const scope = scopeOf(settings.namespaces, settings.excludeNamespaces);
    let connection = connect(target, stopping.signal);
    preflight(target.databasePath);
    const startingApp = createStartingApp({ config, log, assets });
    const server = await listen({ address: settings.addr, app: startingApp, log });
    const tellAddress = (): void => {
      process.stdout.write(
        `maintenant ${version} is at ${server.url}${settings.basePath}\n` +
          `watching ${target.runtime === 'demo' ? 'a simulated cluster' : connection.transport.server} (${target.detectedBy}): ${scopeText(scope)}\n`,
      );
    };
    const parts = { target, settings, config, assets, log, server };
    try {
      let outcome = await monitor({ ...parts, connection, stopping: stopping.signal, onStarted: tellAddress });
      while (outcome === 'otherCluster') {
        server.attach(startingApp);
        const aside = setDatabaseAside(target.databasePath, systemClock.now());
        log.warn({ aside }, 'history of the other cluster is kept in that file; that of this one begins anew');
        connection = connect(target, stopping.signal);
        outcome = await monitor({ ...parts, connection, stopping: stopping.signal, onStarted: () => undefined });
      }
    } catch (error) {
      // A database that is refused now: the port is taken already, and probes must not find it well.
      await Promise.all([server.close(0), connection.transport.close()]);
      throw error;
    }
    return 0;
  } finally {
    // A bad start comes here too, and a demo must not keep the process alive then.
    stopping.abort();
    await target.stop();
  }
}

interface MonitorOptions {
  readonly target: Target;
  readonly settings: Settings;
  readonly config: ApiConfig;
  readonly assets: ReturnType<typeof loadAssets>;
  readonly log: Logger;
  readonly server: ApiServer;
  readonly connection: Connection;
  readonly stopping: AbortSignal;
  readonly onStarted: () => void;
}

/** Watches one cluster into one database and serves it, until `stopping` aborts or the cluster is another one. */
async function monitor(options: MonitorOptions): Promise<'stopped' | 'otherCluster'> {
  const { target, settings, config, assets, log, server, connection, stopping } = options;
  const ending = new AbortController();
  const ended = new Promise<'stopped' | 'otherCluster'>((resolve) => {
    const stop = (): void => resolve('stopped');
    if (stopping.aborted) stop();
    stopping.addEventListener('abort', stop, { once: true });
    ending.signal.addEventListener('abort', () => resolve('otherCluster'), { once: true });
  });
  const store = await openStore({
    path: target.databasePath,
    retentionMs: settings.retention,
    maxBytes: settings.dbMax,
    log,
    now: () => systemClock.now(),
  });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const controller = await controllerOf(connection, target, settings, store, registry, log, () => ending.abort());
  store.onRewriteNeeded((keys) => controller.recheck(keys));
  registerStorageMetrics(registry, () => store.counters());
  const signal = AbortSignal.any([stopping, ending.signal]);
  const api = createApp({
    store,
    cluster: controller,
    config,
    now: () => systemClock.now(),
    timers: systemClock,
    random: Math.random,
    registry,
    log,
    assets,
    failure: () => store.failure(),
  });
  api.start(signal);
  server.attach(api.app);
  controller.start(signal);
  releaseAfterFirstPicture(controller, signal);
  options.onStarted();
  const outcome = await ended;
  await Promise.all([controller.stop(), outcome === 'stopped' ? server.close(closeGraceMs) : null]);
  await connection.transport.close();
  await store.close();
  return outcome;
}

/**
 * The verdicts of the first picture of 10,000 pods are committed half a second after it, those of 150,000 pods after ten
 * seconds; from then on little is thrown away.
 */
const firstPictureSettlesMs = 2_000;

function releaseAfterFirstPicture(controller: Controller, signal: AbortSignal): void {
  let cancel: () => void = () => undefined;
  signal.addEventListener('abort', () => cancel(), { once: true });
  const lookAgain = (): void => {
    cancel = systemClock.setTimer(firstPictureSettlesMs, () => {
      if (controller.waiting === 0) releaseMemory();
      else lookAgain();
    });
  };
  const stopListening = controller.onStatus(() => {
    if (!controller.status().synced) return;
    stopListening();
    lookAgain();
  });
}

function scopeText(scope: ReturnType<typeof scopeOf>): string {
  switch (scope.mode) {
    case 'all':
      return 'all namespaces';
    case 'allowlist':
      return `the namespaces ${scope.namespaces.join(', ')}`;
    case 'blocklist':
      return `all namespaces but ${scope.excludedNamespaces.join(', ')}`;
  }
}

/** A first look takes one list of each kind; a cluster that does not answer by then has its check failed. */
const doctorLimitMs = 20_000;

/** What the Doctor panel would say, without a page: the watches run for a moment against a database of their own. */
async function doctor(parsed: ParsedSettings): Promise<number> {
  requireNode(process.versions.node);
  const { settings } = parsed;
  const log = createLog({ ...settings, logLevel: 'error' });
  const stopping = new AbortController();
  const target = await targetOf(parsed, false, stopping.signal);
  const folder = mkdtempSync(path.join(tmpdir(), 'maintenant-doctor-'));
  const options = { retentionMs: settings.retention, maxBytes: settings.dbMax, log, now: () => systemClock.now() };
  const scratch = await openStore({ path: path.join(folder, 'maintenant.db'), ...options });
  try {
    const connection = connect(target, stopping.signal);
    const controller = await controllerOf(connection, target, settings, scratch, new Registry(), log);
    controller.start(stopping.signal);
    const deadline = systemClock.monotonic() + doctorLimitMs;
    const isSettled = (): boolean => controller.status().synced && controller.status().metrics.state !== 'pending';
    while (!isSettled() && systemClock.monotonic() < deadline) await systemClock.sleep(100, stopping.signal);
    const checks = examine({
      status: controller.status(),
      storage: await storageOf(target.databasePath, scratch, options),
      license: readLicense(settings.licenseKey, licensePublicKey, systemClock.now()),
      config: apiConfigOf(parsed, target.runtime),
    });
    for (const { status, title, message, fix } of checks) {
      process.stdout.write(
        `${status.padEnd(13)}  ${title}: ${message}\n${fix === null ? '' : `${' '.repeat(15)}${fix}\n`}`,
      );
    }
    stopping.abort();
    await controller.stop();
    await connection.transport.close();
    return checks.some(({ status }) => status === 'failed') ? 1 : 0;
  } finally {
    stopping.abort();
    await scratch.close();
    rmSync(folder, { recursive: true, force: true });
    await target.stop();
  }
}

/** Of the configured file, which a running monitor may hold: it is only looked at. */
async function storageOf(
  databasePath: string,
  scratch: Store,
  options: Omit<Parameters<typeof openStore>[0], 'path'>,
): Promise<ReturnType<Store['storage']>> {
  if (preflight(databasePath).kind !== 'ours') return { ...scratch.storage(), path: databasePath };
  const store = await openStore({ ...options, path: databasePath, readOnly: true });
  try {
    return store.storage();
  } finally {
    await store.close();
  }
}

// Last, so that every constant above has its value.
const [first = 'serve', ...rest] = process.argv.slice(2);
const [command, args] = first.startsWith('-') ? ['serve', [first, ...rest]] : [first, rest];
try {
  process.exitCode = await runCommand(command, args);
} catch (error) {
  if (!isBadStart(error)) throw error;
  process.stderr.write(`maintenant: ${error.message}\n`);
  writeTerminationMessage(error.message);
  process.exitCode = 2;
}

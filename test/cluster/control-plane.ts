import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { appendFile, constants, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import {
  ApiClient,
  ApiError,
  contentTypes,
  type KubeList,
  type KubeObject,
  type Manifest,
  type Method,
} from './api-client.ts';
import {
  buildTool,
  buildTools,
  controlPlaneTools,
  toolVersion,
  versionUnderTest,
  type KubernetesVersion,
} from './build.ts';
import { kwokConfiguration } from './kwok.ts';
import { ClusterError, startSupervisor, type Supervisor } from './supervisor.ts';

export { ApiError, contentTypes, type KubeList, type KubeObject, type Manifest, type Method } from './api-client.ts';
export { ClusterError } from './supervisor.ts';

/**
 * A real control plane on loopback: etcd, kube-apiserver, kube-controller-manager and kube-scheduler as plain
 * processes, and KWOK in the place of kubelets. RBAC, admission, quotas, Pod Security, controllers and scheduling are
 * the real ones; only containers are played.
 *
 *     const cluster = await startCluster({ nodes: 3, audit: true });
 *     try {
 *       await cluster.apply(yaml);
 *       const pods = await cluster.waitFor('/api/v1/namespaces/shop/pods', (list) => list.items.length === 3);
 *     } finally {
 *       await cluster.stop();
 *     }
 *
 * Ready in two to four seconds once the programs are in the cache (`build.ts`). Nothing survives the process that called
 * `startCluster`, however it ends (`reaper.ts`). Errors: `GoMissingError`, `BuildError` (build.ts), `ApiError`,
 * `ClusterError`.
 */

/** Pods with this label keep the status that a test writes; they are scheduled and deleted as any other. */
export const manualStatusLabel = 'maintenant.test/manual-status';
/** KWOK leaves a node with this label alone: its lease runs out, as when a machine dies. */
const lostNodeLabel = 'maintenant.test/lost';

export interface ClusterOptions {
  /** Node objects `node-0` … ; default 3. */
  readonly nodes?: number;
  /** Default: that of `scripts/test --kubernetes`, else 1.36. */
  readonly kubernetesVersion?: KubernetesVersion;
  /** Writes every request to an audit log for `auditEntries()`; default false. */
  readonly audit?: boolean;
  /** metrics-server with its APIService; it answers after two scrapes, about 25 s. Default false. */
  readonly metricsServer?: boolean;
  /** false: nobody plays the kubelets, so nodes stay not ready and pods pending. Default true. */
  readonly kwok?: boolean;
  /** Label of pods whose status a test writes; default `manualStatusLabel`. */
  readonly writableStatusLabel?: string;
  /** Appended to kube-apiserver's command line, for instance `--max-requests-inflight=1`. */
  readonly apiServerArguments?: readonly string[];
  /** Appended to kube-controller-manager's. */
  readonly controllerManagerArguments?: readonly string[];
  /** After this long without a lease a node is lost; default 40 000 as in production. Below 20 000 KWOK renews faster. */
  readonly nodeMonitorGraceMs?: number;
  /** Where data, keys and logs lie; default a fresh directory under the system's temporary one. Removed by `stop`. */
  readonly directory?: string;
  /** A directory that `save` wrote: the cluster starts with these objects in seconds. */
  readonly restoreFrom?: string;
  /** Told what is being built or started; default: builds only, to standard error. */
  readonly report?: (line: string) => void;
}

/** One line of the audit log, the fields that tests compare. */
export interface AuditEntry {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent: string;
  readonly user: { readonly username: string; readonly groups: readonly string[] };
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number; readonly reason?: string };
  readonly requestReceivedTimestamp: string;
}

export interface Cluster {
  /** `https://127.0.0.1:PORT`; the port stays the same over `restartApiServer`. */
  readonly serverUrl: string;
  /** Kubeconfig of a user in `system:masters`. */
  readonly kubeconfigPath: string;
  readonly adminToken: string;
  readonly caPath: string;
  /** Data, keys and `logs/NAME.log` of each program. */
  readonly directory: string;
  readonly version: string;
  /** Name → process id of what runs now. */
  readonly processes: ReadonlyMap<string, number>;
  readonly ports: Readonly<Record<string, number>>;

  /** Sends as the administrator. Throws `ApiError` from 400 on; `body` is sent as JSON unless it is a string. */
  request<Body = KubeObject>(method: Method, path: string, body?: unknown, contentType?: string): Promise<Body>;
  get<Body = KubeObject>(path: string): Promise<Body>;
  /** Server-side apply of YAML text or objects, in order; a new namespace is waited for until pods can be created in it. */
  apply(manifests: string | readonly Manifest[]): Promise<readonly KubeObject[]>;
  /** Deletes what `apply` would create; what is not there is passed over. */
  remove(manifests: string | readonly Manifest[]): Promise<void>;
  /** Path of an object, or of its collection without a name: `path({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop' })`. */
  path(of: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name?: string;
  }): Promise<string>;
  /** Strategic merge patch of the pod's status subresource, as a kubelet sends it. */
  patchPodStatus(namespace: string, name: string, status: object): Promise<KubeObject>;
  /** Reads the path until `done` says so; a 404 counts as not yet. Default 30 000 ms, then `ClusterError` with the last answer. */
  waitFor<Body = KubeList>(path: string, done: (body: Body) => boolean, timeoutMs?: number): Promise<Body>;

  /** A token as `kubectl create token` gives it; default one hour. */
  createToken(namespace: string, serviceAccount: string, expirationSeconds?: number): Promise<string>;
  /** A kubeconfig of a token, or of a user with a client certificate. Returns its path. */
  writeKubeconfig(identity: Identity & { readonly namespace?: string }): Promise<string>;

  /** SIGTERM by default; SIGKILL leaves watches without a goodbye. The port and the data stay. */
  stopApiServer(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  startApiServer(): Promise<void>;
  restartApiServer(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Forgets all history up to now. A watch cache may still answer from memory: restart the API server for a certain 410. */
  compactEtcd(): Promise<void>;
  /** Copies all objects into a new directory for `restoreFrom`; the API server is away for a few seconds. */
  save(directory: string): Promise<void>;
  /** Only with `audit: true`. A watch has an entry when it opens (`ResponseStarted`) and one when it ends. */
  auditEntries(): Promise<readonly AuditEntry[]>;
  /** A line that every container's log ends with from now on, followers included. */
  appendLog(line: string, stream?: 'stdout' | 'stderr'): Promise<void>;
  /** The machine dies: no lease is renewed, the controllers find out after `nodeMonitorGraceMs`. */
  loseNode(name: string): Promise<void>;
  recoverNode(name: string): Promise<void>;

  /** Stops everything, API server before etcd, and removes the directory. Safe to call twice. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type Identity = { readonly token: string } | { readonly user: string; readonly groups?: readonly string[] };

const defaultNodes = 3;
const defaultNodeMonitorGraceMs = 40_000;
const readyTimeoutMs = 60_000;
const pollMs = 50;
// Below Linux's ephemeral range (32768–60999), so that no outgoing connection takes a port while its server restarts.
const firstPort = 20_000;
const lastPort = 32_000;
const nodeCapacity = { cpu: '32', memory: '256Gi', pods: '250', 'ephemeral-storage': '200Gi' } as const;

const run = promisify(execFile);

/** Builds what is missing, starts everything, and resolves once the nodes are ready. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const kubernetesVersion = options.kubernetesVersion ?? versionUnderTest();
  const buildOptions = { kubernetesVersion, ...(options.report === undefined ? {} : { report: options.report }) };
  const programs = await buildTools(controlPlaneTools, buildOptions);
  const metricsServer = options.metricsServer === true ? await buildTool('metrics-server', buildOptions) : null;

  const directory = await emptyDirectory(options.directory);
  for (const folder of ['keys', 'logs', 'kubeconfigs']) await mkdir(join(directory, folder));
  const supervisor = startSupervisor(join(directory, 'logs'));
  supervisor.own(directory);
  try {
    await run(programs.certificates, ['cluster', join(directory, 'keys')]);
    const layout: Layout = {
      options,
      programs: { ...programs, 'metrics-server': metricsServer },
      nodeVersion: toolVersion('kube-apiserver', kubernetesVersion),
      directory,
      ports: await freePorts(),
      tokens: { admin: newToken(), 'controller-manager': newToken(), scheduler: newToken() },
      ca: await readFile(join(directory, 'keys', 'ca.crt'), 'utf8'),
    };
    const controlPlane = new ControlPlane(layout, supervisor);
    await controlPlane.start();
    return controlPlane;
  } catch (error) {
    await supervisor.end();
    throw error;
  }
}

/** What is decided before anything runs. */
interface Layout {
  readonly options: ClusterOptions;
  readonly programs: Readonly<Record<(typeof controlPlaneTools)[number], string>> & {
    readonly 'metrics-server': string | null;
  };
  readonly nodeVersion: string;
  readonly directory: string;
  readonly ports: Ports;
  readonly tokens: Readonly<Record<'admin' | 'controller-manager' | 'scheduler', string>>;
  readonly ca: string;
}

interface Ports {
  readonly 'kube-apiserver': number;
  readonly etcd: number;
  readonly 'etcd-peer': number;
  /** All kubelets at once. */
  readonly kwok: number;
  readonly 'metrics-server': number;
}

class ControlPlane extends ApiClient implements Cluster {
  readonly adminToken: string;
  readonly caPath: string;
  readonly kubeconfigPath: string;
  readonly directory: string;
  readonly processes: ReadonlyMap<string, number>;
  readonly ports: Readonly<Record<string, number>>;
  readonly #layout: Layout;
  readonly #supervisor: Supervisor;
  readonly #etcdUrl: string;
  #version = '';
  #kubeconfigs = 0;
  #stopping: Promise<void> | null = null;

  constructor(layout: Layout, supervisor: Supervisor) {
    super(`https://127.0.0.1:${layout.ports['kube-apiserver']}`, layout.tokens.admin, layout.ca);
    this.#layout = layout;
    this.#supervisor = supervisor;
    this.#etcdUrl = `http://127.0.0.1:${layout.ports.etcd}`;
    this.adminToken = layout.tokens.admin;
    this.directory = layout.directory;
    this.caPath = this.#at('keys', 'ca.crt');
    this.kubeconfigPath = this.#at('kubeconfigs', 'admin');
    this.processes = supervisor.processes;
    this.ports = { ...layout.ports };
  }

  get version(): string {
    return this.#version;
  }

  async start(): Promise<void> {
    const { options, tokens, programs, nodeVersion } = this.#layout;
    for (const name of ['admin', 'controller-manager', 'scheduler'] as const)
      await this.#kubeconfig(name, { token: tokens[name] });
    await this.#writeConfiguration();
    if (options.restoreFrom !== undefined) await copyData(options.restoreFrom, this.#at('etcd'));
    await this.#startEtcd();
    await this.startApiServer();
    const names = Array.from({ length: options.nodes ?? defaultNodes }, (_, index) => `node-${index}`);
    await Promise.all([
      this.#startControllerManager(),
      this.#startScheduler(),
      ...(options.kwok === false ? [] : [this.#startKwok()]),
      ...names.map((name, index) => this.#createNode(node(name, index, names.length, nodeVersion))),
    ]);
    // The controller manager is at work once it has given the first namespace its service account.
    await this.waitFor('/api/v1/namespaces/default/serviceaccounts/default', () => true, readyTimeoutMs);
    if (options.kwok !== false) {
      const ready = ({ items }: KubeList<NodeObject>): boolean => items.length >= names.length && items.every(isReady);
      await this.waitFor('/api/v1/nodes?resourceVersion=0', ready, readyTimeoutMs);
    }
    if (programs['metrics-server'] !== null) await this.#startMetricsServer(programs['metrics-server']);
    this.#version = (await this.get<{ gitVersion: string }>('/version')).gitVersion;
  }

  async stop(): Promise<void> {
    this.#stopping ??= (async () => {
      // Clients first, then the API server, then etcd: an API server without its etcd would hang on to its port.
      for (const name of ['metrics-server', 'kwok', 'kube-scheduler', 'kube-controller-manager', 'kube-apiserver'])
        await this.#supervisor.stop(name, 'SIGKILL');
      await this.#supervisor.end();
      await this.close();
      await rm(this.directory, { recursive: true, force: true });
    })();
    await this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async startApiServer(): Promise<void> {
    const { options, programs, ports } = this.#layout;
    await this.#supervisor.start('kube-apiserver', programs['kube-apiserver'], [
      `--etcd-servers=${this.#etcdUrl}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${ports['kube-apiserver']}`,
      `--tls-cert-file=${this.#at('keys', 'serving.crt')}`,
      `--tls-private-key-file=${this.#at('keys', 'serving.key')}`,
      `--client-ca-file=${this.caPath}`,
      `--token-auth-file=${this.#at('keys', 'tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${this.#at('keys', 'service-account.key')}`,
      `--service-account-signing-key-file=${this.#at('keys', 'service-account.key')}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--requestheader-client-ca-file=${this.#at('keys', 'front-proxy-ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${this.#at('keys', 'front-proxy-client.crt')}`,
      `--proxy-client-key-file=${this.#at('keys', 'front-proxy-client.key')}`,
      '--profiling=false',
      // Ends watches on SIGTERM: without it the server hangs on to their connections for a minute.
      '--shutdown-watch-termination-grace-period=2s',
      ...(options.audit === true
        ? [`--audit-policy-file=${this.#at('audit-policy.yaml')}`, `--audit-log-path=${this.#auditPath}`]
        : []),
      ...(options.apiServerArguments ?? []),
    ]);
    await this.#ready('kube-apiserver', `${this.serverUrl}/readyz`);
  }

  async stopApiServer(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#supervisor.stop('kube-apiserver', signal);
  }

  async restartApiServer(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.stopApiServer(signal);
    await this.startApiServer();
  }

  async compactEtcd(): Promise<void> {
    const key = Buffer.from('/').toString('base64');
    const range = await this.#etcd<{ header: { revision: string } }>('/v3/kv/range', {
      key,
      limit: '1',
      keys_only: true,
    });
    await this.#etcd('/v3/kv/compaction', { revision: range.header.revision, physical: true });
  }

  async save(directory: string): Promise<void> {
    await this.compactEtcd();
    await this.#etcd('/v3/maintenance/defragment', {});
    await this.stopApiServer();
    await this.#supervisor.stop('etcd', 'SIGTERM');
    await copyData(this.#at('etcd'), directory);
    await this.#startEtcd();
    await this.startApiServer();
  }

  async auditEntries(): Promise<readonly AuditEntry[]> {
    if (this.#layout.options.audit !== true)
      throw new ClusterError('no audit log is written: start the cluster with audit: true');
    const lines = (await readFile(this.#auditPath, 'utf8')).split('\n');
    // What follows the last newline is still being written.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEntry);
  }

  async appendLog(line: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    await appendFile(this.#podLogPath, `${new Date().toISOString()} ${stream} F ${line}\n`);
  }

  async writeKubeconfig(identity: Identity & { readonly namespace?: string }): Promise<string> {
    this.#kubeconfigs += 1;
    return await this.#kubeconfig(`user-${this.#kubeconfigs}`, identity, identity.namespace);
  }

  async loseNode(name: string): Promise<void> {
    await this.#setNodeLost(name, '');
  }

  async recoverNode(name: string): Promise<void> {
    await this.#setNodeLost(name, null);
  }

  get #auditPath(): string {
    return this.#at('logs', 'audit.jsonl');
  }

  get #podLogPath(): string {
    return this.#at('pod.log');
  }

  get #nodeMonitorGraceMs(): number {
    return this.#layout.options.nodeMonitorGraceMs ?? defaultNodeMonitorGraceMs;
  }

  #at(...parts: readonly string[]): string {
    return join(this.#layout.directory, ...parts);
  }

  async #writeConfiguration(): Promise<void> {
    const { tokens, programs, options } = this.#layout;
    const users = [
      `${tokens.admin},admin,admin,system:masters`,
      `${tokens['controller-manager']},system:kube-controller-manager,controller-manager,`,
      `${tokens.scheduler},system:kube-scheduler,scheduler,`,
    ];
    await writeFile(this.#at('keys', 'tokens.csv'), `${users.join('\n')}\n`, { mode: 0o600 });
    await writeFile(this.#at('audit-policy.yaml'), stringify(auditPolicy));
    await writeFile(
      this.#at('scheduler.yaml'),
      stringify(schedulerConfiguration(this.#at('kubeconfigs', 'scheduler'))),
    );
    await writeFile(this.#podLogPath, '');
    const kwok = await kwokConfiguration({
      stagesDirectory: join(programs.kwok, '..', 'stages'),
      writableStatusLabel: options.writableStatusLabel ?? manualStatusLabel,
      logPath: this.#podLogPath,
    });
    await writeFile(this.#at('kwok.yaml'), kwok);
  }

  async #kubeconfig(name: string, identity: Identity, namespace?: string): Promise<string> {
    let user: object;
    if ('token' in identity) {
      user = { token: identity.token };
    } else {
      await run(this.#layout.programs.certificates, [
        'client',
        this.#at('keys'),
        name,
        identity.user,
        ...(identity.groups ?? []),
      ]);
      user = {
        'client-certificate-data': await readFile(this.#at('keys', `${name}.crt`), 'base64'),
        'client-key-data': await readFile(this.#at('keys', `${name}.key`), 'base64'),
      };
    }
    const authority = Buffer.from(this.#layout.ca).toString('base64');
    const context = { cluster: 'test', user: name, ...(namespace === undefined ? {} : { namespace }) };
    const content = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: this.serverUrl, 'certificate-authority-data': authority } }],
      users: [{ name, user }],
      contexts: [{ name: 'test', context }],
    };
    const path = this.#at('kubeconfigs', name);
    await writeFile(path, stringify(content), { mode: 0o600 });
    return path;
  }

  async #startEtcd(): Promise<void> {
    const { programs, ports } = this.#layout;
    const peerUrl = `http://127.0.0.1:${ports['etcd-peer']}`;
    await this.#supervisor.start('etcd', programs.etcd, [
      `--data-dir=${this.#at('etcd')}`,
      `--listen-client-urls=${this.#etcdUrl}`,
      `--advertise-client-urls=${this.#etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
      '--max-wals=1',
      // 10,000 pods with their history fit into 2 GiB only just.
      `--quota-backend-bytes=${8 * 1024 ** 3}`,
    ]);
    await this.#ready('etcd', `${this.#etcdUrl}/health`);
  }

  /** etcd's gRPC gateway: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/ */
  async #etcd<Body>(path: string, body: object): Promise<Body> {
    const response = await fetch(`${this.#etcdUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new ClusterError(`etcd answered ${response.status} to ${path}: ${await response.text()}`);
    return (await response.json()) as Body;
  }

  async #startControllerManager(): Promise<void> {
    const { programs, options } = this.#layout;
    await this.#supervisor.start('kube-controller-manager', programs['kube-controller-manager'], [
      `--kubeconfig=${this.#at('kubeconfigs', 'controller-manager')}`,
      '--bind-address=127.0.0.1',
      '--secure-port=0',
      '--leader-elect=false',
      '--use-service-account-credentials',
      `--service-account-private-key-file=${this.#at('keys', 'service-account.key')}`,
      `--root-ca-file=${this.caPath}`,
      '--kube-api-qps=2000',
      '--kube-api-burst=4000',
      '--concurrent-deployment-syncs=20',
      '--concurrent-replicaset-syncs=20',
      '--concurrent-statefulset-syncs=20',
      '--concurrent-daemonset-syncs=10',
      `--node-monitor-grace-period=${this.#nodeMonitorGraceMs}ms`,
      '--node-monitor-period=1s',
      ...(options.controllerManagerArguments ?? []),
    ]);
  }

  async #startScheduler(): Promise<void> {
    const args = [`--config=${this.#at('scheduler.yaml')}`, '--bind-address=127.0.0.1', '--secure-port=0'];
    await this.#supervisor.start('kube-scheduler', this.#layout.programs['kube-scheduler'], args);
  }

  async #startKwok(): Promise<void> {
    const { programs, ports } = this.#layout;
    await this.#supervisor.start('kwok', programs.kwok, [
      `--kubeconfig=${this.kubeconfigPath}`,
      `--config=${this.#at('kwok.yaml')}`,
      `--manage-nodes-with-label-selector=!${lostNodeLabel}`,
      '--node-ip=127.0.0.1',
      `--node-port=${ports.kwok}`,
      `--server-address=127.0.0.1:${ports.kwok}`,
      `--tls-cert-file=${this.#at('keys', 'serving.crt')}`,
      `--tls-private-key-file=${this.#at('keys', 'serving.key')}`,
      '--v=WARN',
      '--cidr=10.244.0.1/16',
      // Renewed at a quarter of it; half of the grace, so that a restart of KWOK loses no node.
      `--node-lease-duration-seconds=${Math.min(40, Math.ceil(this.#nodeMonitorGraceMs / 2000))}`,
    ]);
  }

  /** KWOK looks at its nodes once, when it starts: a change during a reconnect of its watch would pass it by. */
  async #setNodeLost(name: string, label: '' | null): Promise<void> {
    await this.request(
      'PATCH',
      `/api/v1/nodes/${name}`,
      { metadata: { labels: { [lostNodeLabel]: label } } },
      contentTypes.mergePatch,
    );
    await this.#supervisor.stop('kwok', 'SIGKILL');
    await this.#startKwok();
  }

  /** A restored node keeps all but the port on which its kubelet is played. */
  async #createNode(manifest: Manifest): Promise<void> {
    try {
      await this.request('POST', '/api/v1/nodes', manifest);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
      const status = { daemonEndpoints: { kubeletEndpoint: { Port: this.#layout.ports.kwok } } };
      await this.request(
        'PATCH',
        `/api/v1/nodes/${manifest.metadata.name}/status`,
        { status },
        contentTypes.mergePatch,
      );
    }
  }

  async #startMetricsServer(program: string): Promise<void> {
    const port = this.#layout.ports['metrics-server'];
    await this.#supervisor.start('metrics-server', program, [
      `--kubeconfig=${this.kubeconfigPath}`,
      `--authentication-kubeconfig=${this.kubeconfigPath}`,
      `--authorization-kubeconfig=${this.kubeconfigPath}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--tls-cert-file=${this.#at('keys', 'serving.crt')}`,
      `--tls-private-key-file=${this.#at('keys', 'serving.key')}`,
      '--kubelet-insecure-tls',
      '--kubelet-use-node-status-port',
      '--kubelet-preferred-address-types=InternalIP',
      '--metric-resolution=10s',
      // Must be shorter than the resolution.
      '--kubelet-request-timeout=5s',
    ]);
    await this.#ready('metrics-server', `https://127.0.0.1:${port}/livez`);
    await this.apply(metricsApi(port));
  }

  /** Polls until the address answers 200, or the program behind it ends. */
  async #ready(name: string, url: string): Promise<void> {
    const deadline = Date.now() + readyTimeoutMs;
    while (!(await this.answers(url))) {
      const problem = !this.processes.has(name)
        ? 'ended before it was ready'
        : Date.now() > deadline
          ? `was not ready after ${readyTimeoutMs} ms`
          : null;
      if (problem !== null) throw new ClusterError(`${name} ${problem}:\n${await this.#tail(name)}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async #tail(name: string): Promise<string> {
    const log = await readFile(this.#at('logs', `${name}.log`), 'utf8').catch(() => '');
    return log.trimEnd().split('\n').slice(-15).join('\n');
  }
}

interface NodeObject extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Shares blocks where the file system can. */
async function copyData(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, errorOnExist: true, force: false, mode: constants.COPYFILE_FICLONE });
}

/** It will be removed as a whole: nothing that was there before may be. */
async function emptyDirectory(wanted: string | undefined): Promise<string> {
  if (wanted === undefined) return await mkdtemp(join(tmpdir(), 'maintenant-cluster-'));
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  const entries = await readdir(wanted);
  if (entries.length > 0)
    throw new ClusterError(`${wanted} is not empty (${entries.slice(0, 3).join(', ')} …): name a new directory`);
  return wanted;
}

/** Ports that were free a moment ago, held together while they are chosen so that they differ. */
async function freePorts(): Promise<Ports> {
  const held: ReturnType<typeof createServer>[] = [];
  const next = async (): Promise<number> => {
    for (;;) {
      const port = randomInt(firstPort, lastPort);
      const server = createServer();
      const free = await new Promise<boolean>((resolve) => {
        server.once('error', () => resolve(false));
        server.listen(port, '127.0.0.1', () => resolve(true));
      });
      if (!free) continue;
      held.push(server);
      return port;
    }
  };
  const ports = {
    'kube-apiserver': await next(),
    etcd: await next(),
    'etcd-peer': await next(),
    kwok: await next(),
    'metrics-server': await next(),
  };
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function node(name: string, index: number, count: number, version: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'test.large',
        'topology.kubernetes.io/region': 'test',
        // Three zones, filled evenly.
        'topology.kubernetes.io/zone': `test-${'abc'[Math.floor((index * 3) / count)] ?? 'a'}`,
      },
      annotations: { 'metrics.k8s.io/resource-metrics-path': `/metrics/nodes/${name}/metrics/resource` },
    },
    status: {
      capacity: nodeCapacity,
      allocatable: nodeCapacity,
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 13 (trixie)',
        kernelVersion: '6.12.0',
        containerRuntimeVersion: 'containerd://2.1.4',
        kubeletVersion: version,
        kubeProxyVersion: version,
        machineID: name,
        systemUUID: name,
        bootID: name,
      },
    },
  };
}

function isReady(object: NodeObject): boolean {
  return object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function newToken(): string {
  return randomBytes(24).toString('hex');
}

function schedulerConfiguration(kubeconfig: string): object {
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig, qps: 2000, burst: 4000 },
  };
}

/** The aggregated API: a Service that leads out to loopback, and the API's registration on it. */
function metricsApi(port: number): readonly Manifest[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'metrics-server', namespace: 'kube-system' },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: 'metrics-server', namespace: 'kube-system', port },
      },
    },
  ];
}

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  // The end of a request, and the beginning of a watch, tell all that tests ask for.
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

import { execFile, fork, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, constants, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Agent } from 'undici';
import { parseAllDocuments, stringify } from 'yaml';
import {
  buildTool,
  buildTools,
  controlPlaneTools,
  toolVersion,
  versionUnderTest,
  type KubernetesVersion,
} from './build.ts';
import { kwokConfiguration } from './kwok.ts';
import type { Order, Report } from './reaper.ts';

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
 * Ready in about two seconds once the programs are in the cache (`build.ts`). Nothing survives the process that called
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

/** An object as the API server answers it. Tests name the fields that they look at: `cluster.get<Deployment>(path)`. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  readonly [field: string]: unknown;
}

export interface KubeList<Item = KubeObject> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Item[];
}

/** What is sent: anything with an identity. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
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

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export const contentTypes = {
  json: 'application/json',
  apply: 'application/apply-patch+yaml',
  mergePatch: 'application/merge-patch+json',
  strategicMergePatch: 'application/strategic-merge-patch+json',
} as const;

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

/** The API server refused: its status code and its reason and sentence. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  constructor(method: string, path: string, status: number, body: string) {
    const parsed = parseStatus(body);
    super(`${method} ${path}: ${status} ${parsed.reason} ${parsed.message}`);
    this.status = status;
    this.reason = parsed.reason;
    this.body = body;
  }
}

/** A program did not start, ended by itself, or a state was not reached in time. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}

const defaultNodes = 3;
const readyTimeoutMs = 60_000;
const pollMs = 50;
// What takes longer is not asked for so often.
const slowestPollMs = 1000;
// An API server finishes open requests first; one that lost its etcd would hang on for a long time.
const stopGraceMs = 15_000;
// Below Linux's ephemeral range (32768–60999), so that no outgoing connection takes a port while its server restarts.
const firstPort = 20_000;
const lastPort = 32_000;
const maxConnections = 64;
const nodeCapacity = { cpu: '32', memory: '256Gi', pods: '250', 'ephemeral-storage': '200Gi' } as const;

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const kubernetesVersion = options.kubernetesVersion ?? versionUnderTest();
  const buildOptions = { kubernetesVersion, ...(options.report === undefined ? {} : { report: options.report }) };
  const programs = await buildTools(controlPlaneTools, buildOptions);
  const metricsServerProgram = options.metricsServer === true ? await buildTool('metrics-server', buildOptions) : null;

  const directory = await emptyDirectory(options.directory);
  const at = (...parts: readonly string[]): string => join(directory, ...parts);
  for (const folder of ['keys', 'logs', 'kubeconfigs']) await mkdir(at(folder), { recursive: true });

  const supervisor = startSupervisor(at('logs'));
  supervisor.own(directory);
  try {
    return await assemble();
  } catch (error) {
    await supervisor.end();
    throw error;
  }

  async function assemble(): Promise<Cluster> {
    await run(programs.certificates, ['cluster', at('keys')]);
    const [apiServerPort, etcdPort, etcdPeerPort, kubeletPort, metricsPort] = await freePorts(5);
    const ports = {
      'kube-apiserver': apiServerPort,
      etcd: etcdPort,
      kwok: kubeletPort,
      ...(metricsServerProgram ? { 'metrics-server': metricsPort } : {}),
    };
    const serverUrl = `https://127.0.0.1:${apiServerPort}`;
    const etcdUrl = `http://127.0.0.1:${etcdPort}`;
    const caPath = at('keys', 'ca.crt');
    const ca = await readFile(caPath, 'utf8');
    const client = new Agent({ connect: { ca }, connections: maxConnections });

    const tokens = { admin: newToken(), controllerManager: newToken(), scheduler: newToken() };
    await writeFile(
      at('keys', 'tokens.csv'),
      [
        `${tokens.admin},admin,admin,system:masters`,
        `${tokens.controllerManager},system:kube-controller-manager,controller-manager,`,
        `${tokens.scheduler},system:kube-scheduler,scheduler,`,
        '',
      ].join('\n'),
      { mode: 0o600 },
    );
    const kubeconfigPath = await kubeconfig('admin', { token: tokens.admin });
    const controllerManagerKubeconfig = await kubeconfig('controller-manager', { token: tokens.controllerManager });
    const schedulerKubeconfig = await kubeconfig('scheduler', { token: tokens.scheduler });
    let kubeconfigs = 0;
    const resources = new Map<string, Promise<ResourceList['resources']>>();

    const auditPath = at('logs', 'audit.jsonl');
    const podLogPath = at('pod.log');
    if (options.audit === true) await writeFile(at('audit-policy.yaml'), stringify(auditPolicy));
    await writeFile(podLogPath, '');

    if (options.restoreFrom !== undefined) await copyData(options.restoreFrom, at('etcd'));
    await startEtcd();

    const apiServerArguments = [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${apiServerPort}`,
      `--tls-cert-file=${at('keys', 'serving.crt')}`,
      `--tls-private-key-file=${at('keys', 'serving.key')}`,
      `--client-ca-file=${caPath}`,
      `--token-auth-file=${at('keys', 'tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${at('keys', 'service-account.key')}`,
      `--service-account-signing-key-file=${at('keys', 'service-account.key')}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--requestheader-client-ca-file=${at('keys', 'front-proxy-ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${at('keys', 'front-proxy-client.crt')}`,
      `--proxy-client-key-file=${at('keys', 'front-proxy-client.key')}`,
      '--profiling=false',
      // Ends watches on SIGTERM: without it the server hangs on to their connections for a minute.
      '--shutdown-watch-termination-grace-period=2s',
      ...(options.audit === true
        ? [`--audit-policy-file=${at('audit-policy.yaml')}`, `--audit-log-path=${auditPath}`]
        : []),
      ...(options.apiServerArguments ?? []),
    ];
    await startApiServer();

    await Promise.all([
      supervisor.start('kube-controller-manager', programs['kube-controller-manager'], [
        `--kubeconfig=${controllerManagerKubeconfig}`,
        '--bind-address=127.0.0.1',
        '--secure-port=0',
        '--leader-elect=false',
        '--use-service-account-credentials',
        `--service-account-private-key-file=${at('keys', 'service-account.key')}`,
        `--root-ca-file=${caPath}`,
        '--kube-api-qps=2000',
        '--kube-api-burst=4000',
        '--concurrent-deployment-syncs=20',
        '--concurrent-replicaset-syncs=20',
        '--concurrent-statefulset-syncs=20',
        '--concurrent-daemonset-syncs=10',
        `--node-monitor-grace-period=${nodeMonitorGraceMs()}ms`,
        '--node-monitor-period=1s',
        ...(options.controllerManagerArguments ?? []),
      ]),
      startScheduler(),
      ...(options.kwok === false ? [] : [startKwok()]),
      ...nodeNames().map((name, index) =>
        createNode(node(name, index, nodeNames().length, toolVersion('kube-apiserver', kubernetesVersion))),
      ),
    ]);
    // The controller manager is at work once it has given the first namespace its service account.
    await waitFor('/api/v1/namespaces/default/serviceaccounts/default', () => true, readyTimeoutMs);
    if (options.kwok !== false) {
      await waitFor<KubeList<NodeObject>>(
        '/api/v1/nodes?resourceVersion=0',
        (list) => list.items.length >= nodeNames().length && list.items.every(isReady),
        readyTimeoutMs,
      );
    }
    if (metricsServerProgram !== null) await startMetricsServer(metricsServerProgram);
    const version = (await get<{ gitVersion: string }>('/version')).gitVersion;

    let stopping: Promise<void> | null = null;
    return {
      serverUrl,
      kubeconfigPath,
      adminToken: tokens.admin,
      caPath,
      directory,
      version,
      processes: supervisor.processes,
      ports,
      request,
      get,
      apply,
      remove,
      path,
      patchPodStatus: (namespace, name, status) =>
        request(
          'PATCH',
          `/api/v1/namespaces/${namespace}/pods/${name}/status`,
          { status },
          contentTypes.strategicMergePatch,
        ),
      waitFor,
      createToken,
      writeKubeconfig: (identity) => kubeconfig(`user-${(kubeconfigs += 1)}`, identity, identity.namespace),
      stopApiServer,
      startApiServer,
      restartApiServer: async (signal) => {
        await stopApiServer(signal);
        await startApiServer();
      },
      compactEtcd,
      save,
      auditEntries,
      appendLog: (line, stream = 'stdout') =>
        appendFile(podLogPath, `${new Date().toISOString()} ${stream} F ${line}\n`),
      loseNode: (name) => setNodeLost(name, ''),
      recoverNode: (name) => setNodeLost(name, null),
      stop,
      [Symbol.asyncDispose]: stop,
    };

    async function startEtcd(): Promise<void> {
      await supervisor.start('etcd', programs.etcd, [
        `--data-dir=${at('etcd')}`,
        `--listen-client-urls=${etcdUrl}`,
        `--advertise-client-urls=${etcdUrl}`,
        `--listen-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
        `--initial-cluster=default=http://127.0.0.1:${etcdPeerPort}`,
        '--unsafe-no-fsync',
        '--log-level=warn',
        '--max-wals=1',
        // 10,000 pods with their history fit into 2 GiB only just.
        `--quota-backend-bytes=${8 * 1024 ** 3}`,
      ]);
      await answers('etcd', `${etcdUrl}/health`);
    }

    async function startApiServer(): Promise<void> {
      await supervisor.start('kube-apiserver', programs['kube-apiserver'], apiServerArguments);
      await answers('kube-apiserver', `${serverUrl}/readyz`);
    }

    async function stopApiServer(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
      await supervisor.stop('kube-apiserver', signal);
    }

    async function startScheduler(): Promise<void> {
      const configuration = {
        apiVersion: 'kubescheduler.config.k8s.io/v1',
        kind: 'KubeSchedulerConfiguration',
        leaderElection: { leaderElect: false },
        clientConnection: { kubeconfig: schedulerKubeconfig, qps: 2000, burst: 4000 },
      };
      await writeFile(at('scheduler.yaml'), stringify(configuration));
      await supervisor.start('kube-scheduler', programs['kube-scheduler'], [
        `--config=${at('scheduler.yaml')}`,
        '--bind-address=127.0.0.1',
        '--secure-port=0',
      ]);
    }

    async function startKwok(): Promise<void> {
      const configuration = await kwokConfiguration({
        stagesDirectory: join(programs.kwok, '..', 'stages'),
        writableStatusLabel: options.writableStatusLabel ?? manualStatusLabel,
        logPath: podLogPath,
      });
      await writeFile(at('kwok.yaml'), configuration);
      await supervisor.start('kwok', programs.kwok, [
        `--kubeconfig=${kubeconfigPath}`,
        `--config=${at('kwok.yaml')}`,
        `--manage-nodes-with-label-selector=!${lostNodeLabel}`,
        '--node-ip=127.0.0.1',
        `--node-port=${kubeletPort}`,
        `--server-address=127.0.0.1:${kubeletPort}`,
        `--tls-cert-file=${at('keys', 'serving.crt')}`,
        `--tls-private-key-file=${at('keys', 'serving.key')}`,
        '--v=WARN',
        '--cidr=10.244.0.1/16',
        // Renewed at a quarter of it.
        `--node-lease-duration-seconds=${Math.min(40, Math.ceil(nodeMonitorGraceMs() / 2000))}`,
      ]);
    }

    /** A restored node keeps all but the port on which its kubelet is played. */
    async function createNode(manifest: Manifest): Promise<void> {
      try {
        await request('POST', '/api/v1/nodes', manifest);
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 409)) throw error;
        const status = { daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } } };
        await request('PATCH', `/api/v1/nodes/${manifest.metadata.name}/status`, { status }, contentTypes.mergePatch);
      }
    }

    async function startMetricsServer(program: string): Promise<void> {
      await supervisor.start('metrics-server', program, [
        `--kubeconfig=${kubeconfigPath}`,
        `--authentication-kubeconfig=${kubeconfigPath}`,
        `--authorization-kubeconfig=${kubeconfigPath}`,
        '--bind-address=127.0.0.1',
        `--secure-port=${metricsPort}`,
        `--tls-cert-file=${at('keys', 'serving.crt')}`,
        `--tls-private-key-file=${at('keys', 'serving.key')}`,
        '--kubelet-insecure-tls',
        '--kubelet-use-node-status-port',
        '--kubelet-preferred-address-types=InternalIP',
        '--metric-resolution=10s',
        // Must be shorter than the resolution.
        '--kubelet-request-timeout=5s',
      ]);
      await answers('metrics-server', `https://127.0.0.1:${metricsPort}/livez`);
      await apply([
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'metrics-server', namespace: 'kube-system' },
          spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port: metricsPort }] },
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
            service: { name: 'metrics-server', namespace: 'kube-system', port: metricsPort },
          },
        },
      ]);
    }

    function nodeMonitorGraceMs(): number {
      return options.nodeMonitorGraceMs ?? 40_000;
    }

    function nodeNames(): readonly string[] {
      return Array.from({ length: options.nodes ?? defaultNodes }, (_, index) => `node-${index}`);
    }

    async function kubeconfig(name: string, identity: Identity, namespace?: string): Promise<string> {
      const authority = await readFile(at('keys', 'ca.crt'), 'base64');
      let user: object;
      if ('token' in identity) {
        user = { token: identity.token };
      } else {
        await run(programs.certificates, ['client', at('keys'), name, identity.user, ...(identity.groups ?? [])]);
        user = {
          'client-certificate-data': await readFile(at('keys', `${name}.crt`), 'base64'),
          'client-key-data': await readFile(at('keys', `${name}.key`), 'base64'),
        };
      }
      const target = at('kubeconfigs', name);
      const content = {
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'test',
        clusters: [{ name: 'test', cluster: { server: serverUrl, 'certificate-authority-data': authority } }],
        users: [{ name, user }],
        contexts: [
          { name: 'test', context: { cluster: 'test', user: name, ...(namespace === undefined ? {} : { namespace }) } },
        ],
      };
      await writeFile(target, stringify(content), { mode: 0o600 });
      return target;
    }

    async function send(
      method: Method,
      url: string,
      body?: unknown,
      contentType: string = contentTypes.json,
    ): Promise<string> {
      const target = new URL(url, serverUrl);
      const response = await client.request({
        origin: target.origin,
        path: `${target.pathname}${target.search}`,
        method,
        headers: {
          authorization: `Bearer ${tokens.admin}`,
          accept: 'application/json',
          'user-agent': 'maintenant-test',
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await response.body.text();
      if (response.statusCode >= 400) throw new ApiError(method, url, response.statusCode, text);
      return text;
    }

    async function request<Body = KubeObject>(
      method: Method,
      url: string,
      body?: unknown,
      contentType?: string,
    ): Promise<Body> {
      return JSON.parse(await send(method, url, body, contentType)) as Body;
    }

    async function get<Body = KubeObject>(url: string): Promise<Body> {
      return await request<Body>('GET', url);
    }

    async function apply(manifests: string | readonly Manifest[]): Promise<readonly KubeObject[]> {
      const applied: KubeObject[] = [];
      for (const manifest of parseManifests(manifests)) {
        const target = await path({ ...identify(manifest), name: manifest.metadata.name });
        applied.push(
          await request('PATCH', `${target}?fieldManager=maintenant-test&force=true`, manifest, contentTypes.apply),
        );
        if (manifest.kind === 'Namespace') {
          // Without its service account the first pods of a namespace would be refused.
          await waitFor(`/api/v1/namespaces/${manifest.metadata.name}/serviceaccounts/default`, () => true);
        }
        if (manifest.kind === 'CustomResourceDefinition' || manifest.kind === 'APIService') resources.clear();
      }
      return applied;
    }

    async function remove(manifests: string | readonly Manifest[]): Promise<void> {
      for (const manifest of parseManifests(manifests)) {
        try {
          await send('DELETE', await path({ ...identify(manifest), name: manifest.metadata.name }));
        } catch (error) {
          if (!(error instanceof ApiError && error.status === 404)) throw error;
        }
      }
    }

    async function path(of: { apiVersion: string; kind: string; namespace?: string; name?: string }): Promise<string> {
      const root = of.apiVersion.includes('/') ? `/apis/${of.apiVersion}` : `/api/${of.apiVersion}`;
      let known = resources.get(root);
      if (known === undefined) {
        known = get<ResourceList>(root).then((list) => list.resources);
        resources.set(root, known);
        // A group that is not served yet may be later.
        known.catch(() => resources.delete(root));
      }
      const resource = (await known).find((candidate) => candidate.kind === of.kind && !candidate.name.includes('/'));
      if (resource === undefined) throw new ClusterError(`${of.apiVersion} has no kind ${of.kind}`);
      const scope = resource.namespaced ? `/namespaces/${of.namespace ?? 'default'}` : '';
      return `${root}${scope}/${resource.name}${of.name === undefined ? '' : `/${of.name}`}`;
    }

    async function waitFor<Body = KubeList>(
      url: string,
      done: (body: Body) => boolean,
      timeoutMs = 30_000,
    ): Promise<Body> {
      const deadline = Date.now() + timeoutMs;
      let last: string;
      for (let pauseMs = pollMs; ; pauseMs = Math.min(pauseMs * 1.5, slowestPollMs)) {
        try {
          last = await send('GET', url);
          const body = JSON.parse(last) as Body;
          if (done(body)) return body;
        } catch (error) {
          // 404 is not yet, 503 an aggregated API or a start that is not finished.
          if (!(error instanceof ApiError && (error.status === 404 || error.status === 503))) throw error;
          last = error.message;
        }
        if (Date.now() > deadline)
          throw new ClusterError(
            `${url} was not as expected after ${timeoutMs} ms; last answer: ${last.slice(0, 4000)}`,
          );
        await sleep(pauseMs);
      }
    }

    async function createToken(namespace: string, serviceAccount: string, expirationSeconds = 3600): Promise<string> {
      const answer = await request<{ status: { token: string } }>(
        'POST',
        `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
        {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          metadata: { name: serviceAccount, namespace },
          spec: { expirationSeconds },
        },
      );
      return answer.status.token;
    }

    /** KWOK looks at its nodes once, when it starts: a change during a reconnect of its watch would pass it by. */
    async function setNodeLost(name: string, label: '' | null): Promise<void> {
      await request(
        'PATCH',
        `/api/v1/nodes/${name}`,
        { metadata: { labels: { [lostNodeLabel]: label } } },
        contentTypes.mergePatch,
      );
      await supervisor.stop('kwok', 'SIGKILL');
      await startKwok();
    }

    /** etcd's gRPC gateway: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/ */
    async function compactEtcd(): Promise<void> {
      const key = Buffer.from('/').toString('base64');
      const range = await etcd<{ header: { revision: string } }>('/v3/kv/range', { key, limit: '1', keys_only: true });
      await etcd('/v3/kv/compaction', { revision: range.header.revision, physical: true });
    }

    async function save(target: string): Promise<void> {
      await compactEtcd();
      await etcd('/v3/maintenance/defragment', {});
      await stopApiServer();
      await supervisor.stop('etcd', 'SIGTERM');
      await copyData(at('etcd'), target);
      await startEtcd();
      await startApiServer();
    }

    async function etcd<Body>(url: string, body: object): Promise<Body> {
      const response = await fetch(`${etcdUrl}${url}`, { method: 'POST', body: JSON.stringify(body) });
      if (!response.ok) throw new ClusterError(`etcd answered ${response.status} to ${url}: ${await response.text()}`);
      return (await response.json()) as Body;
    }

    async function auditEntries(): Promise<readonly AuditEntry[]> {
      if (options.audit !== true) throw new ClusterError('no audit log is written: start the cluster with audit: true');
      const lines = (await readFile(auditPath, 'utf8')).split('\n');
      // What follows the last newline is still being written.
      return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEntry);
    }

    /** Polls until the address answers 200, or the program behind it ends. */
    async function answers(name: string, url: string): Promise<void> {
      const deadline = Date.now() + readyTimeoutMs;
      for (;;) {
        try {
          const target = new URL(url);
          const response = await client.request({
            origin: target.origin,
            path: target.pathname,
            method: 'GET',
            headers: { authorization: `Bearer ${tokens.admin}` },
          });
          await response.body.dump();
          if (response.statusCode === 200) return;
        } catch {
          // Not listening yet.
        }
        if (!supervisor.processes.has(name))
          throw new ClusterError(`${name} ended before it was ready:\n${await tail(name)}`);
        if (Date.now() > deadline)
          throw new ClusterError(`${name} was not ready after ${readyTimeoutMs} ms:\n${await tail(name)}`);
        await sleep(pollMs);
      }
    }

    async function tail(name: string): Promise<string> {
      const log = await readFile(at('logs', `${name}.log`), 'utf8').catch(() => '');
      return log.trimEnd().split('\n').slice(-15).join('\n');
    }

    async function stop(): Promise<void> {
      stopping ??= (async () => {
        for (const name of ['metrics-server', 'kwok', 'kube-scheduler', 'kube-controller-manager'])
          await supervisor.stop(name, 'SIGKILL');
        await supervisor.stop('kube-apiserver', 'SIGKILL');
        await supervisor.end();
        await client.destroy();
        await rm(directory, { recursive: true, force: true });
      })();
      await stopping;
    }
  }
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

interface NodeObject extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface Supervisor {
  readonly processes: ReadonlyMap<string, number>;
  /** Resolves once the program runs, not once it is ready. */
  start(name: string, file: string, args: readonly string[]): Promise<void>;
  /** Resolves once the program is gone, killed after a grace where it must be. */
  stop(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Removed when the reaper ends. */
  own(directory: string): void;
  end(): Promise<void>;
}

const run = promisify(execFile);

function startSupervisor(logsDirectory: string): Supervisor {
  // A session of its own: Ctrl-C in the terminal ends us, and the closing channel ends the rest.
  const reaper: ChildProcess = fork(join(import.meta.dirname, 'reaper.ts'), {
    detached: true,
    execArgv: [],
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // A test that forgets to stop its cluster still ends; the reaper then does.
  reaper.unref();
  reaper.channel?.unref();
  const processes = new Map<string, number>();
  const waiting = new Map<string, (report: Report) => void>();
  let ended = false;

  reaper.on('message', (report: Report) => {
    if (report.type === 'started') processes.set(report.name, report.pid);
    else processes.delete(report.name);
    waiting.get(report.name)?.(report);
  });
  reaper.once('exit', () => {
    if (ended || reaper.pid === undefined) return;
    // The reaper was killed: its programs are still in its process group.
    try {
      process.kill(-reaper.pid, 'SIGKILL');
    } catch {
      // None was left.
    }
    for (const [name, settle] of waiting) settle({ type: 'exited', name, reason: 'its supervisor was killed' });
    processes.clear();
  });

  function send(order: Order): void {
    if (reaper.connected) reaper.send(order);
  }

  async function report(name: string, order: Order): Promise<Report> {
    if (!reaper.connected) return { type: 'exited', name, reason: 'the supervisor is gone' };
    reaper.channel?.ref();
    try {
      return await new Promise<Report>((resolve) => {
        waiting.set(name, resolve);
        send(order);
      });
    } finally {
      waiting.delete(name);
      if (waiting.size === 0) reaper.channel?.unref();
    }
  }

  return {
    processes,
    start: async (name, file, args) => {
      const answer = await report(name, {
        type: 'start',
        name,
        file,
        args,
        logPath: join(logsDirectory, `${name}.log`),
      });
      if (answer.type === 'exited') throw new ClusterError(`${name} could not be started: ${answer.reason}`);
    },
    stop: async (name, signal) => {
      if (processes.has(name)) await report(name, { type: 'stop', name, signal, graceMs: stopGraceMs });
    },
    own: (directory) => send({ type: 'own', directory }),
    end: async () => {
      if (ended || reaper.exitCode !== null || reaper.signalCode !== null) return;
      ended = true;
      reaper.ref();
      const gone = once(reaper, 'exit');
      reaper.disconnect();
      await gone;
      processes.clear();
    },
  };
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
async function freePorts(count: 5): Promise<[number, number, number, number, number]>;
async function freePorts(count: number): Promise<number[]> {
  const held: ReturnType<typeof createServer>[] = [];
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(firstPort, lastPort);
    const server = createServer();
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!listening) continue;
    held.push(server);
    ports.push(port);
  }
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

function parseManifests(manifests: string | readonly Manifest[]): readonly Manifest[] {
  if (typeof manifests !== 'string') return manifests;
  return parseAllDocuments(manifests).flatMap((document) => {
    const content: unknown = document.toJS();
    if (content === null) return [];
    if (!isManifest(content))
      throw new ClusterError(`not an object with apiVersion, kind and metadata.name: ${JSON.stringify(content)}`);
    return [content];
  });
}

function isManifest(content: unknown): content is Manifest {
  if (typeof content !== 'object' || content === null) return false;
  if (!('apiVersion' in content && typeof content.apiVersion === 'string')) return false;
  if (!('kind' in content && typeof content.kind === 'string' && 'metadata' in content)) return false;
  const { metadata } = content;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata && typeof metadata.name === 'string';
}

function identify({ apiVersion, kind, metadata: { namespace } }: Manifest): {
  apiVersion: string;
  kind: string;
  namespace?: string;
} {
  return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }) };
}

function parseStatus(body: string): { readonly reason: string; readonly message: string } {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status === 'object' && status !== null) {
      const reason = 'reason' in status && typeof status.reason === 'string' ? status.reason : '';
      const message = 'message' in status && typeof status.message === 'string' ? status.message : '';
      return { reason, message };
    }
  } catch {
    // A proxy or a starting server answers in plain text.
  }
  return { reason: '', message: body.slice(0, 500) };
}

function newToken(): string {
  return randomBytes(24).toString('hex');
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  // The end of a request, and the beginning of a watch, tell all that tests ask for.
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

import { Registry } from 'prom-client';
import { createApp } from '../../api/app.ts';
import type { Api, ApiSources } from '../../api/app.ts';
import type { Cluster, ClusterStatus, LogRecord, LogRequest, WatchStatus } from '../../api/cluster.ts';
import type { ApiConfig } from '../../api/config.ts';
import type { Cause, PodSnapshot, WorkloadSnapshot } from '../../health/verdict.ts';
import { workloadKey } from '../../health/workload.ts';
import type { State, WorkloadKey, WorkloadKind } from '../../health/workload.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { MemoryStore } from '../support/memory-store.ts';

/** What the tests of `api/` are set up with: a picture, a cluster that says what it is told to say, and no time. */

export const startedAt = Date.UTC(2026, 0, 1);

export function cause(code: string, details: Partial<Cause> = {}): Cause {
  return {
    code,
    title: `Title of ${code}`,
    message: `message of ${code}`,
    severity: 'critical',
    since: startedAt - 60_000,
    pods: 1,
    evidence: [{ object: { kind: 'Pod', name: 'web-1' }, field: 'status', text: 'Back-off', at: startedAt - 50_000 }],
    remedy: 'Fix it.',
    commands: ['kubectl get pods'],
    runbook: null,
    group: { type: 'registry', name: 'registry.example.com' },
    ...details,
  };
}

export interface WorkloadOptions {
  readonly namespace?: string;
  readonly kind?: WorkloadKind;
  readonly name?: string;
  readonly state?: State;
  readonly since?: number | null;
  readonly restarts?: number;
  readonly images?: readonly string[];
  readonly cause?: Cause | null;
  readonly partOf?: string | null;
  readonly podNodes?: readonly string[];
}

export function workload(options: WorkloadOptions = {}): WorkloadSnapshot {
  const { namespace = 'shop', kind = 'Deployment', name = 'web', state = 'Healthy' } = options;
  const broken = state === 'Degraded' || state === 'Down';
  return {
    key: workloadKey(namespace, kind, name),
    uid: `uid-${namespace}-${name}`,
    namespace,
    kind,
    name,
    createdAt: startedAt - 86_400_000,
    partOf: options.partOf ?? null,
    owner: { tool: 'Helm', name: 'shop' },
    images: options.images ?? ['registry.example.com/web:1.0'],
    restarts: options.restarts ?? 0,
    verdict: {
      state,
      availability: {
        level: broken ? 'reduced' : 'full',
        desired: 3,
        ready: broken ? 2 : 3,
        available: broken ? 2 : 3,
      },
      rollout: { phase: 'settled', updated: 3, target: 3 },
      cause: options.cause ?? (broken ? cause('CrashLoop') : null),
      since: options.since === undefined ? startedAt - 60_000 : options.since,
    },
    causes: [],
    conditions: [
      { type: 'Available', status: 'True', reason: null, message: null, lastTransitionAt: startedAt - 86_400_000 },
    ],
    ordinals: [],
    nodes: [],
    nodesNotNamed: 0,
    revisions: [],
    services: [{ name: 'web', readyPods: 3, pods: 3 }],
    podsTotal: 3,
    podNodes: options.podNodes ?? ['node-a'],
    revision: '1',
    requests: { cpuCores: 0.3, memoryBytes: 300_000_000 },
    limits: { cpuCores: null, memoryBytes: 600_000_000 },
  };
}

export function pod(name: string, details: Partial<PodSnapshot> = {}): PodSnapshot {
  return {
    name,
    uid: `uid-${name}`,
    node: 'node-a',
    phase: 'Running',
    ready: true,
    available: true,
    status: 'Running',
    createdAt: startedAt - 3_600_000,
    revision: '1',
    restarts: 0,
    cause: null,
    containers: [
      {
        name: 'app',
        type: 'app',
        image: 'registry.example.com/web:1.0',
        ready: true,
        state: 'running',
        reason: null,
        message: null,
        exitCode: null,
        lastTermination: { exitCode: 137, reason: 'OOMKilled', finishedAt: startedAt - 7_200_000 },
        restarts: 1,
        requests: { cpuCores: 0.1, memoryBytes: 100_000_000 },
        limits: { cpuCores: null, memoryBytes: 200_000_000 },
      },
    ],
    ...details,
  };
}

export function watch(resource: string, details: Partial<WatchStatus> = {}): WatchStatus {
  return {
    resource,
    namespace: null,
    state: 'synced',
    objects: 10,
    resourceVersion: '1000',
    lastEventAt: startedAt - 1_000,
    disconnectedSinceAt: null,
    isStale: false,
    reconnects: 0,
    relists: 1,
    message: null,
    ...details,
  };
}

/** A cluster that is what the test says it is. */
export class ScriptedCluster implements Cluster {
  #status: ClusterStatus = {
    runtime: 'kubernetes',
    detectedBy: 'KUBECONFIG is set',
    server: 'https://cluster.example.com',
    kubernetesVersion: 'v1.36.3',
    scope: { mode: 'all', namespaces: [], excludedNamespaces: [] },
    connected: true,
    synced: true,
    watches: [watch('pods'), watch('deployments')],
    metrics: { state: 'available', message: null },
  };
  staleKeys: ReadonlySet<WorkloadKey> = new Set();
  readonly logRequests: LogRequest[] = [];
  logRecords: (request: LogRequest, signal: AbortSignal) => AsyncIterable<LogRecord> = noRecords;
  readonly #listeners = new Set<() => void>();

  set(change: Partial<ClusterStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of this.#listeners) listener();
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  status(): ClusterStatus {
    return this.#status;
  }

  onStatus(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  isStale(key: WorkloadKey): boolean {
    return !this.#status.synced || this.staleKeys.has(key);
  }

  logs(request: LogRequest, signal: AbortSignal): AsyncIterable<LogRecord> {
    this.logRequests.push(request);
    return this.logRecords(request, signal);
  }
}

async function* noRecords(): AsyncIterable<LogRecord> {
  // A workload without pods: nothing to read.
}

export const config: ApiConfig = {
  version: '0.1.0',
  runtime: 'kubernetes',
  basePath: '/',
  address: { host: '127.0.0.1', port: 8080 },
  allowedHosts: [],
  corsOrigins: [],
  auth: { mode: 'none' },
  license: { key: null, publicKey: null },
  configuration: [
    { name: 'MAINTENANT_ADDR', value: '127.0.0.1:8080', source: 'default', redacted: false },
    { name: 'MAINTENANT_LICENSE_KEY', value: 'never shown', source: 'environment', redacted: true },
  ],
};

export interface Fixture extends Api {
  readonly store: MemoryStore;
  readonly cluster: ScriptedCluster;
  readonly clock: FakeClock;
  readonly registry: Registry;
  /** What only a restart would mend; null unless a test says so. */
  readonly trouble: { failure: string | null };
  /** Messages that the app logged, newest last. */
  readonly logged: string[];
  readonly sources: ApiSources;
  /** GET without a socket, parsed. */
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed JSON, or null when the answer is none. */
  readonly json: unknown;
}

export function setUp(
  options: { readonly config?: Partial<ApiConfig>; readonly assets?: ApiSources['assets'] } = {},
): Fixture {
  const store = new MemoryStore();
  const cluster = new ScriptedCluster();
  const clock = new FakeClock(startedAt);
  const registry = new Registry();
  const logged: string[] = [];
  const trouble: Fixture['trouble'] = { failure: null };
  const log = (fields: object, message: string): void => {
    logged.push(`${message} ${'err' in fields ? String(fields.err) : ''}`.trim());
  };
  const sources: ApiSources = {
    store,
    cluster,
    config: { ...config, ...options.config },
    now: () => clock.now(),
    timers: clock,
    random: () => 0.5,
    registry,
    log: { info: log, warn: log, error: log },
    assets: options.assets ?? new Map(),
    failure: () => trouble.failure,
  };
  const api = createApp(sources);
  return {
    ...api,
    store,
    cluster,
    clock,
    registry,
    logged,
    trouble,
    sources,
    get: (path, headers) => ask(api, path, { headers }),
  };
}

export async function ask(
  { app }: Pick<Api, 'app'>,
  path: string,
  init: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly body?: string;
  } = {},
): Promise<Answer> {
  const { headers, ...rest } = init;
  const response = await app.request(path, { ...rest, ...(headers === undefined ? {} : { headers }) }, {});
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
}

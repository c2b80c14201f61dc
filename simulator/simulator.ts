import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiServer, type ServerTraits } from './api-server.ts';
import { machineClock, type SimulatorClock } from './clock.ts';
import { type HttpServer, listen, type TlsOptions } from './http.ts';
import { ObjectStore } from './object-store.ts';
import { PodLogs } from './pod-logs.ts';
import { PodMetrics } from './pod-metrics.ts';

export interface SimulatorOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  readonly clock?: SimulatorClock;
  readonly tls?: TlsOptions & { readonly ca: string };
  readonly traits?: Partial<ServerTraits>;
  /** Changes kept per resource; default 20,000. */
  readonly historyLimit?: number;
}

/** A cluster without a network: what the API server stands on. */
export interface SimulatedCluster {
  readonly store: ObjectStore;
  readonly logs: PodLogs;
  readonly metrics: PodMetrics;
  readonly api: ApiServer;
  readonly clock: SimulatorClock;
}

export interface Simulator extends SimulatedCluster {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** A kubeconfig for it, on disk until `stop`. */
  readonly kubeconfigPath: string;
  /** The API server is away: connections are cut, new ones refused. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  cutConnections(): void;
  /** Connections made since the start, or since `comeBack`. */
  connections(): number;
  /** Resolves when no watch is open; the server learns of a closed one a moment later than the client. */
  untilNoWatches(): Promise<void>;
  stop(): Promise<void>;
}

export function createSimulatedCluster(options: SimulatorOptions = {}): SimulatedCluster {
  const clock = options.clock ?? machineClock;
  const store = new ObjectStore({
    clock,
    ...(options.historyLimit === undefined ? {} : { historyLimit: options.historyLimit }),
  });
  const logs = new PodLogs();
  const metrics = new PodMetrics();
  const api = new ApiServer({
    store,
    logs,
    metrics,
    clock,
    ...(options.traits === undefined ? {} : { traits: options.traits }),
  });
  return { store, logs, metrics, api, clock };
}

/** The same on a loopback port. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const cluster = createSimulatedCluster(options);
  const tls = options.tls ?? null;
  let server: HttpServer | null = await listen(cluster.api, options.port ?? 0, tls);
  const { port } = server;
  const url = `${tls === null ? 'http' : 'https'}://127.0.0.1:${port}`;
  const directory = await mkdtemp(join(tmpdir(), 'maintenant-simulator-'));
  const kubeconfigPath = join(directory, 'kubeconfig');
  await writeFile(kubeconfigPath, kubeconfigOf(url, options.tls?.ca ?? null, firstToken(cluster.api)), {
    mode: 0o600,
  });

  async function goAway(): Promise<void> {
    cluster.api.endWatches();
    await server?.close();
    server = null;
  }

  return {
    ...cluster,
    url,
    kubeconfigPath,
    goAway,
    comeBack: async () => {
      server ??= await listen(cluster.api, port, tls);
    },
    cutConnections: () => server?.cutConnections(),
    connections: () => server?.connections ?? 0,
    untilNoWatches: () => cluster.api.untilNoWatches(),
    stop: async () => {
      await goAway();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function firstToken(api: ApiServer): string | null {
  return Object.keys(api.traits.tokens ?? {})[0] ?? null;
}

/** JSON is YAML. */
function kubeconfigOf(server: string, ca: string | null, token: string | null): string {
  const cluster = {
    server,
    ...(ca === null ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'simulator', cluster }],
    users: [{ name: 'visitor', user: token === null ? {} : { token } }],
    contexts: [{ name: 'simulator', context: { cluster: 'simulator', user: 'visitor' } }],
    'current-context': 'simulator',
  });
}

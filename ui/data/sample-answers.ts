import type {
  EventList,
  History,
  Incident,
  Pod,
  Rollout,
  RolloutList,
  Runtime,
  TopList,
  UsageList,
  Transition,
  Workload,
  WorkloadDetail,
  WorkloadMetrics,
} from '../../api/contract.ts';
import { ApiClient, ApiError } from './api-client.ts';
import type { ClusterView } from './cluster-connection.ts';
import { sampleCause, sampleWorkload } from './sample-workloads.ts';

/** Answers made up for the gallery: an API client that needs no server, and the shapes behind it. */

const at = '2026-11-21T11:30:00.000Z';
const none = { cpuCores: null, memoryBytes: null } as const;

export const sampleRollout: Rollout = {
  key: 'shop/Deployment/checkout',
  revision: '42',
  startedAt: '2026-11-21T11:24:00.000Z',
  finishedAt: null,
  outcome: 'inProgress',
  images: ['ghcr.io/acme/checkout:1.9.0'],
  changes: [
    {
      path: 'containers[app].image',
      from: 'ghcr.io/acme/checkout:1.8.2',
      to: 'ghcr.io/acme/checkout:1.9.0',
      redacted: false,
    },
    { path: 'containers[app].env[DATABASE_URL]', from: null, to: null, redacted: true },
    { path: 'containers[app].readinessProbe', from: null, to: 'GET /ready', redacted: false },
  ],
};

export function samplePod(part: Partial<Pod> = {}): Pod {
  return {
    name: 'checkout-7d9f8b6c5-x7f2k',
    uid: 'pod-1',
    node: 'node-03',
    phase: 'Running',
    ready: true,
    available: true,
    status: 'Running',
    createdAt: at,
    revision: '42',
    restarts: 0,
    cause: null,
    containers: [
      {
        name: 'app',
        type: 'app',
        image: 'ghcr.io/acme/checkout:1.9.0',
        ready: true,
        state: 'running',
        reason: null,
        message: null,
        exitCode: null,
        lastTermination: null,
        restarts: 0,
        requests: { cpuCores: 0.25, memoryBytes: 268_435_456 },
        limits: none,
      },
    ],
    ...part,
  };
}

export function sampleDetail(workload: Workload, part: Partial<WorkloadDetail> = {}): WorkloadDetail {
  const failing = samplePod({
    name: 'checkout-7d9f8b6c5-k2p9w',
    uid: 'pod-2',
    ready: false,
    available: false,
    status: 'ImagePullBackOff',
    phase: 'Pending',
    node: null,
    cause: sampleCause,
  });
  return {
    ...workload,
    uid: 'uid',
    conditions: [],
    causes: [],
    podsTotal: 2,
    pods: [failing, samplePod()],
    ordinals: [0, 1, 2, 3].map((ordinal) => ({
      ordinal,
      pod: ordinal < 3 ? `db-${ordinal}` : null,
      state: ['Running', 'Running', 'CrashLoopBackOff', 'Missing'][ordinal] ?? 'Missing',
      revision: ordinal > 1 ? ('update' as const) : ('current' as const),
      claims: [`data-db-${ordinal}`],
      blockedBy: ordinal === 3 ? 'db-2' : null,
    })),
    nodes: Array.from({ length: 14 }, (_, index) => ({
      node: `node-${String(index + 1).padStart(2, '0')}`,
      pod: `agent-${index}`,
      state: index === 5 ? 'CrashLoopBackOff' : index === 6 ? 'Pending' : 'Running',
      reason: index === 5 ? 'CrashLoop' : null,
    })),
    nodesNotNamed: 2,
    revisions: [
      {
        revision: '42',
        images: ['ghcr.io/acme/checkout:1.9.0'],
        desired: 3,
        ready: 1,
        available: 0,
        starting: 1,
        failing: 1,
        terminating: 0,
        current: true,
      },
      {
        revision: '41',
        images: ['ghcr.io/acme/checkout:1.8.2'],
        desired: 2,
        ready: 2,
        available: 2,
        starting: 0,
        failing: 0,
        terminating: 1,
        current: false,
      },
    ],
    change: { rollout: sampleRollout, secondsBefore: 312 },
    services: [],
    owner: null,
    deadlineAt: workload.rollout.phase === 'advancing' ? new Date(Date.now() + 4 * 60_000).toISOString() : null,
    deletedAt: null,
    ...part,
  };
}

export const sampleRuntime: Runtime = {
  runtime: 'kubernetes',
  detectedBy: 'KUBERNETES_SERVICE_HOST',
  server: 'https://10.96.0.1:443',
  kubernetesVersion: 'v1.36.3',
  scope: { mode: 'all', namespaces: [], excludedNamespaces: [] },
  watches: (['synced', 'synced', 'synced'] as const).map((state, index) => ({
    resource: ['pods', 'deployments', 'events'][index] ?? 'pods',
    namespace: null,
    state,
    objects: 100 * index,
    resourceVersion: '1',
    lastEventAt: at,
    reconnects: 0,
    relists: 0,
    message: null,
  })),
  metrics: { state: 'available', message: null },
};

export function sampleRuntimeIn(state: Runtime['watches'][number]['state']): Runtime {
  return { ...sampleRuntime, watches: sampleRuntime.watches.map((watch) => ({ ...watch, state })) };
}

export function sampleView(workloads: readonly Workload[], part: Partial<ClusterView> = {}): ClusterView {
  return {
    version: 1,
    loaded: true,
    epoch: 'gallery',
    revision: 100,
    observedAt: at,
    workloads: new Map(workloads.map((workload) => [workload.key, workload])),
    runtime: sampleRuntime,
    connection: { type: 'live', since: 0 },
    heardAt: Date.now(),
    clockOffsetMs: 0,
    heartbeatDelayMs: 3,
    error: null,
    frozen: false,
    ...part,
  };
}

export const sampleTransitions: readonly Transition[] = [
  {
    key: 'shop/Deployment/checkout',
    at,
    from: 'Healthy',
    to: 'Degraded',
    causeCode: 'ImagePullNotFound',
    message: sampleCause.message,
  },
  {
    key: 'shop/Deployment/checkout',
    at,
    from: 'Progressing',
    to: 'Progressing',
    causeCode: 'X',
    message: 'Probe fails',
  },
  { key: 'data/StatefulSet/orders-db', at, from: null, to: 'Healthy', causeCode: null, message: '' },
];

export const sampleIncident: Incident = {
  id: 'incident',
  causeCode: 'NodeLost',
  title: 'Node does not answer',
  message: 'Node node-03 has not reported for 4 min; 9 workloads have pods on it',
  severity: 'critical',
  since: at,
  until: null,
  group: { type: 'node', name: 'node-03' },
  workloads: [],
};

/** Answers at once, each route with its sample; what a variant wants otherwise it hands in. */
export class SampleApi extends ApiClient {
  readonly #metrics: WorkloadMetrics['state'];
  readonly #empty: boolean;

  constructor(options: { readonly metrics?: WorkloadMetrics['state']; readonly empty?: boolean } = {}) {
    super('http://gallery.invalid/');
    this.#metrics = options.metrics ?? 'available';
    this.#empty = options.empty ?? false;
  }

  override workload(): Promise<WorkloadDetail> {
    return Promise.resolve(sampleDetail(sampleWorkload({ state: 'Degraded' })));
  }

  override workloadEvents(): Promise<EventList> {
    const event = {
      key: 'shop/Deployment/checkout',
      type: 'Warning' as const,
      reason: 'Failed',
      message: 'Failed to pull image "ghcr.io/acme/checkout:1.9.0": not found',
      count: 14,
      firstAt: at,
      lastAt: at,
      object: { kind: 'Pod', name: 'checkout-7d9f8b6c5-k2p9w' },
    };
    return Promise.resolve({ items: this.#empty ? [] : [event], nextCursor: null });
  }

  override workloadRollouts(): Promise<RolloutList> {
    return Promise.resolve({ items: this.#empty ? [] : [sampleRollout], nextCursor: null });
  }

  override history(): Promise<History> {
    const now = Date.now();
    const hour = (hours: number): string => new Date(now - hours * 3_600_000).toISOString();
    const uptime = { availableRatio: 0.9934, reducedRatio: 0.005, downRatio: 0.0016, observedRatio: 0.9 };
    const nothing = { availableRatio: null, reducedRatio: null, downRatio: null, observedRatio: 0 };
    const interval = (from: number, to: number | null, state: History['intervals'][number]['state']) => ({
      from: hour(from),
      to: to === null ? null : hour(to),
      state,
      availability: 'full' as const,
      causeCode: null,
    });
    return Promise.resolve({
      intervals: this.#empty
        ? []
        : [
            interval(30, 20, 'NotObserved'),
            interval(20, 6, 'Healthy'),
            interval(6, 5, 'Down'),
            interval(5, 1, 'Healthy'),
            interval(1, null, 'Degraded'),
          ],
      transitions: this.#empty ? [] : sampleTransitions,
      uptime: this.#empty
        ? { '24h': nothing, '7d': nothing, '30d': nothing, '90d': nothing }
        : { '24h': uptime, '7d': uptime, '30d': uptime, '90d': nothing },
    });
  }

  override workloadMetrics(): Promise<WorkloadMetrics> {
    const start = Math.floor(Date.now() / 1000) - 3_600;
    const curve = (base: number): [number, number | null][] =>
      this.#metrics === 'available'
        ? Array.from({ length: 60 }, (_, index) => [
            start + index * 60,
            index % 20 === 7 ? null : base * (1 + Math.sin(index / 6) / 4),
          ])
        : [];
    return Promise.resolve({
      state: this.#metrics,
      resolutionSeconds: 60,
      since: at,
      cpuCores: curve(0.5),
      memoryBytes: curve(600_000_000),
      requests: { cpuCores: 0.25, memoryBytes: 536_870_912 },
      limits: { cpuCores: 1, memoryBytes: null },
    });
  }

  override usage(keys: readonly string[]): Promise<UsageList> {
    const curve = (base: number): number[] =>
      Array.from({ length: 60 }, (_, index) => base * (1 + Math.sin(index / 6) / 4));
    return Promise.resolve(
      keys.map((key) => ({
        key,
        from: 0,
        resolutionSeconds: 60,
        cpuCores: curve(0.5),
        memoryBytes: curve(600_000_000),
        limits: { cpuCores: 1, memoryBytes: 629_145_600 },
      })),
    );
  }

  override top(): Promise<TopList> {
    return Promise.resolve([
      { key: 'shop/Deployment/checkout', used: 990_000_000, request: null, limit: 1_073_741_824, ratio: 0.92 },
      { key: 'data/StatefulSet/orders-db', used: 400_000_000, request: null, limit: null, ratio: null },
    ]);
  }
}

export const sampleErrors = {
  failed: new ApiError(500, 'INTERNAL', 'The database is busy.'),
  forbidden: new ApiError(403, 'FORBIDDEN', 'pods/log is forbidden in namespace shop.'),
} as const;

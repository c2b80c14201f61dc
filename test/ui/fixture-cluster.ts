import type {
  Doctor,
  Event as ClusterEvent,
  History,
  WorkloadMetrics,
  Incident,
  TopList,
  UsageList,
  Cause,
  Pod,
  Rollout,
  Runtime,
  Transition,
  Workload,
  WorkloadDetail,
  WorkloadList,
} from '../../api/contract.ts';
import { severityRank, type State, states, workloadKey, type WorkloadKind } from '../../health/workload.ts';

/**
 * A cluster made up for the page's tests: the shapes of the contract with every state, cause and oddity in them, from
 * a seed, so that two runs photograph the same. It knows nothing of Kubernetes.
 */

export type Scenario =
  | 'normal'
  | 'empty'
  | 'syncing'
  | 'stale'
  | 'forbidden'
  | 'hostile'
  | 'healthy'
  | 'unreadable'
  | 'signIn'
  | 'down';

export interface FixtureOptions {
  readonly scenario: Scenario;
  readonly workloads: number;
  readonly seed: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const emptyResources = { cpuCores: null, memoryBytes: null } as const;

/** A small generator with good enough spread: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const apps = [
  'checkout',
  'cart',
  'catalog',
  'payments',
  'search',
  'mailer',
  'recommender',
  'gateway',
  'session-cache',
  'orders-db',
  'ledger',
  'thumbnailer',
  'webhook-relay',
  'feature-flags',
  'invoice-renderer',
  'geo-lookup',
  'log-shipper',
  'node-exporter',
  'ingress',
  'auth',
];
const namespaces = ['shop', 'payments', 'search', 'platform', 'observability', 'staging', 'data', 'edge'];
const registries = ['ghcr.io/acme', 'registry.acme.internal:5000/team', 'docker.io/library', 'quay.io/acme'];

const causes: readonly (readonly [State, Omit<Cause, 'since' | 'evidence' | 'pods'>])[] = [
  [
    'Degraded',
    {
      code: 'ImagePullNotFound',
      title: 'Image does not exist in its registry',
      message: 'ghcr.io/acme/checkout:1.9.0 does not exist; the old version still serves all 3 pods.',
      severity: 'critical',
      remedy: 'Fix the name or tag, or push the image. Then: kubectl -n shop set image deployment/checkout app=…',
      commands: [
        'kubectl -n shop describe pod -l app=checkout',
        'kubectl -n shop get events --field-selector reason=Failed',
      ],
      runbook: 'https://runbooks.prometheus-operator.dev/runbooks/kubernetes/kubecontainerwaiting/',
    },
  ],
  [
    'Down',
    {
      code: 'CrashLoop',
      title: 'Container crashes again and again',
      message: 'Container "app" ended with exit code 1 (application error) 14 times; the next start is in 4 min.',
      severity: 'critical',
      remedy: 'Read the log of the container before it died.',
      commands: ['kubectl -n payments logs deploy/ledger -c app --previous --tail=100'],
      runbook: 'https://runbooks.prometheus-operator.dev/runbooks/kubernetes/kubepodcrashlooping/',
    },
  ],
  [
    'Degraded',
    {
      code: 'OutOfMemory',
      title: 'Container was killed: out of memory',
      message: 'Container "worker" exceeded its memory limit of 512 MiB 3 times in the last hour.',
      severity: 'warning',
      remedy: 'Raise the memory limit or lower what it uses.',
      commands: ['kubectl -n search top pod -l app=recommender --containers'],
      runbook: null,
    },
  ],
  [
    'Down',
    {
      code: 'UnschedulableResources',
      title: 'No node has room',
      message: '0/12 nodes are available: 9 Insufficient cpu, 3 node(s) had untolerated taint {gpu: true}.',
      severity: 'critical',
      remedy: 'Lower the requests, or add nodes.',
      commands: ['kubectl describe nodes'],
      runbook: null,
    },
  ],
  [
    'Degraded',
    {
      code: 'ReadinessProbeFailing',
      title: 'Readiness probe fails',
      message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      severity: 'warning',
      remedy: 'Look at what the probe asks: /healthz on port 8080.',
      commands: [],
      runbook: null,
    },
  ],
];

export class FixtureCluster {
  readonly options: FixtureOptions;
  readonly workloads = new Map<string, Workload>();
  readonly #random: () => number;
  revision = 100;
  readonly epoch: string;

  constructor(options: FixtureOptions) {
    this.options = options;
    this.#random = seededRandom(options.seed);
    this.epoch = `fixture-${options.seed}`;
    const count =
      options.scenario === 'empty' || options.scenario === 'syncing' || options.scenario === 'forbidden'
        ? 0
        : options.workloads;
    for (let index = 0; index < count; index += 1) {
      const workload = this.#workload(index);
      this.workloads.set(workload.key, workload);
    }
    if (options.scenario === 'hostile')
      for (const workload of hostile(options.now)) this.workloads.set(workload.key, workload);
  }

  at(milliseconds: number): string {
    return new Date(milliseconds).toISOString();
  }

  list(): WorkloadList {
    const items = [...this.workloads.values()].sort(
      (left, right) => severityRank(left.state) - severityRank(right.state) || (left.key < right.key ? -1 : 1),
    );
    return {
      revision: this.revision,
      epoch: this.epoch,
      observedAt: this.at(this.options.now),
      stale: this.options.scenario === 'stale',
      total: items.length,
      counts: this.counts(),
      items,
      nextCursor: null,
    };
  }

  counts(): WorkloadList['counts'] {
    const zero = (): Record<State, number> => ({
      Down: 0,
      Degraded: 0,
      Progressing: 0,
      Unknown: 0,
      Paused: 0,
      Terminating: 0,
      Idle: 0,
      Healthy: 0,
    });
    const byState = zero();
    const byKind: Record<WorkloadKind, number> = { Deployment: 0, StatefulSet: 0, DaemonSet: 0 };
    const byNamespace: Record<string, Record<State, number>> = {};
    for (const { state, kind, namespace } of this.workloads.values()) {
      byState[state] += 1;
      byKind[kind] += 1;
      byNamespace[namespace] ??= zero();
      byNamespace[namespace][state] += 1;
    }
    return { byState, byKind, byNamespace };
  }

  runtime(): Runtime {
    const { scenario, now } = this.options;
    const resources = [
      'pods',
      'replicasets',
      'deployments',
      'statefulsets',
      'daemonsets',
      'services',
      'events',
      'namespaces',
    ];
    return {
      runtime: scenario === 'normal' ? 'demo' : 'kubernetes',
      detectedBy: 'maintenant demo was asked for.',
      server: 'https://10.96.0.1:443',
      kubernetesVersion: 'v1.36.3',
      scope: { mode: 'all', namespaces: [], excludedNamespaces: [] },
      watches: resources.map((resource, index) => ({
        resource,
        namespace: null,
        state:
          scenario === 'syncing'
            ? index < 3
              ? 'synced'
              : 'syncing'
            : scenario === 'forbidden' && index > 1 && index < 5
              ? 'forbidden'
              : scenario === 'stale' && index < 2
                ? 'disconnected'
                : 'synced',
        objects: [340, 120, 34, 9, 6, 41, 512, 8][index] ?? 0,
        resourceVersion: '482911',
        lastEventAt: this.at(now - 7 * minute),
        reconnects: index,
        relists: index % 2,
        message:
          scenario === 'forbidden' && index > 1 && index < 5
            ? `${resource} is forbidden: cannot list resource at the cluster scope`
            : null,
      })),
      metrics: { state: 'available', message: null },
    };
  }

  detail(key: string): WorkloadDetail | null {
    const workload = this.workloads.get(key);
    if (!workload) return null;
    const { now } = this.options;
    const total = workload.name.startsWith('ten-thousand') ? 10_000 : workload.availability.desired;
    const pods = Array.from({ length: Math.min(500, total) }, (_, index) => this.#pod(workload, index));
    return {
      ...workload,
      uid: `uid-${key}`,
      conditions: [
        {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
          lastTransitionAt: workload.createdAt,
        },
        {
          type: 'Progressing',
          status: 'True',
          reason: 'NewReplicaSetAvailable',
          message: null,
          lastTransitionAt: workload.createdAt,
        },
      ],
      causes:
        workload.state === 'Healthy' || workload.cause === null
          ? []
          : [
              {
                ...workload.cause,
                code: 'SlowStart',
                title: 'Slow to start',
                severity: 'info',
                message: 'Pods take 48 s from start to ready.',
                evidence: [],
                commands: [],
                runbook: null,
                remedy: '',
              },
            ],
      podsTotal: total,
      pods,
      ordinals:
        workload.kind === 'StatefulSet'
          ? Array.from({ length: workload.availability.desired }, (_, index) => ({
              ordinal: index,
              pod: `${workload.name}-${index}`,
              state:
                index < workload.availability.available
                  ? 'Running'
                  : index === workload.availability.available
                    ? 'CrashLoopBackOff'
                    : 'Missing',
              revision: index > 1 ? 'update' : 'current',
              claims: [`data-${workload.name}-${index}`],
              blockedBy:
                index > workload.availability.available ? `${workload.name}-${workload.availability.available}` : null,
            }))
          : [],
      nodes:
        workload.kind === 'DaemonSet'
          ? Array.from({ length: workload.availability.desired }, (_, index) => ({
              node: `node-${String(index + 1).padStart(2, '0')}`,
              pod: `${workload.name}-${index}`,
              state: index < workload.availability.available ? 'Running' : 'NotReady',
              reason: index < workload.availability.available ? null : 'NodeLost',
            }))
          : [],
      nodesNotNamed: workload.kind === 'DaemonSet' ? 2 : 0,
      revisions:
        workload.kind === 'Deployment'
          ? [
              {
                revision: '42',
                images: workload.images,
                desired: workload.availability.desired,
                ready: workload.rollout.updated,
                available: workload.state === 'Healthy' ? workload.availability.available : 0,
                starting: workload.state === 'Progressing' ? 1 : 0,
                failing: workload.state === 'Degraded' ? 1 : 0,
                terminating: 0,
                current: true,
              },
              ...(workload.state === 'Healthy'
                ? []
                : [
                    {
                      revision: '41',
                      images: workload.images.map((image) => image.replace(/:.*$/, ':1.8.2')),
                      desired: workload.availability.desired,
                      ready: workload.availability.ready,
                      available: workload.availability.available,
                      starting: 0,
                      failing: 0,
                      terminating: 1,
                      current: false,
                    },
                  ]),
            ]
          : [],
      change:
        workload.cause === null
          ? null
          : { rollout: this.rollouts(key)[0] ?? fallbackRollout(key, this.at(now)), secondsBefore: 312 },
      services: [{ name: workload.name, readyPods: workload.availability.ready, pods: workload.availability.desired }],
      owner: { tool: 'Helm', name: workload.partOf ?? workload.name },
      deadlineAt:
        workload.kind === 'Deployment' && workload.rollout.phase !== 'settled'
          ? this.at(this.options.now + 5 * 60_000)
          : null,
      deletedAt: null,
    };
  }

  rollouts(key: string): Rollout[] {
    const { now } = this.options;
    return [0, 1, 2].map((index) => ({
      key,
      revision: String(42 - index),
      startedAt: this.at(now - (index * 30 + 1) * hour),
      finishedAt: index === 0 ? null : this.at(now - (index * 30 + 1) * hour + 95_000),
      outcome: index === 0 ? 'inProgress' : index === 1 ? 'complete' : 'rolledBack',
      images: ['ghcr.io/acme/checkout:1.9.0'],
      changes: [
        {
          path: 'containers[app].image',
          from: 'ghcr.io/acme/checkout:1.8.2',
          to: 'ghcr.io/acme/checkout:1.9.0',
          redacted: false,
        },
        { path: 'containers[app].env[DATABASE_URL]', from: null, to: null, redacted: true },
        { path: 'containers[app].resources.limits.memory', from: '256Mi', to: '512Mi', redacted: false },
      ].slice(0, 3 - index),
    }));
  }

  transitions(limit: number, namespaces: readonly string[]): Transition[] {
    const { now } = this.options;
    return [...this.workloads.values()]
      .filter(({ since }) => since !== null)
      .filter(({ namespace }) => namespaces.length === 0 || namespaces.includes(namespace))
      .sort((left, right) => ((left.since ?? '') < (right.since ?? '') ? 1 : -1))
      .slice(0, limit)
      .map((workload) => ({
        key: workload.key,
        at: workload.since ?? this.at(now),
        from: workload.state === 'Healthy' ? 'Progressing' : 'Healthy',
        to: workload.state,
        causeCode: workload.cause?.code ?? null,
        message: workload.cause?.message ?? 'All pods are available.',
      }));
  }

  /** The other answers about one workload, by the last part of the route. */
  part(key: string, part: string): unknown {
    if (!this.workloads.has(key)) return undefined;
    switch (part) {
      case 'rollouts':
        return { items: this.rollouts(key), nextCursor: null };
      case 'events':
        return { items: this.#events(key), nextCursor: null };
      case 'history':
        return this.#history(key);
      case 'metrics':
        return this.#metrics();
      default:
        return undefined;
    }
  }

  /** The answers that are not about one workload. */
  answer(route: string, query: URLSearchParams): unknown {
    const limit = Number(query.get('limit') ?? '100');
    const namespaces = (query.get('namespace') ?? '').split(',').filter((name) => name !== '');
    const isAsked = (key: string): boolean => namespaces.length === 0 || namespaces.includes(key.split('/')[0] ?? '');
    const keys = [...this.workloads.keys()].filter(isAsked);
    switch (route) {
      case 'incidents': {
        const incidents = query.get('state') === 'closed' ? this.#closedIncidents() : this.#incidents();
        return {
          items: incidents.filter(({ workloads }) => workloads.some(isAsked)).slice(0, limit),
          nextCursor: null,
        };
      }
      case 'rollouts':
        return { items: keys.slice(0, 5).flatMap((key) => this.rollouts(key)), nextCursor: null };
      case 'events':
        return { items: keys.slice(0, 4).flatMap((key) => this.#events(key)), nextCursor: null };
      case 'health':
        return {
          status: 'ok',
          version: '0.1.0',
          runtime: { name: 'kubernetes', connected: true },
          synced: true,
          storage: { ok: true, message: null },
        };
      case 'doctor':
        return this.#doctor();
      case 'top':
        return this.#top(keys.slice(0, limit), query.get('metric') === 'cpu');
      case 'usage':
        return this.#usage((query.get('key') ?? '').split(','));
      default:
        return undefined;
    }
  }

  #events(key: string): ClusterEvent[] {
    const { now } = this.options;
    const [, kind = 'Pod', name = ''] = key.split('/');
    return [
      {
        key,
        type: 'Warning',
        reason: 'Failed',
        message: 'Failed to pull image "ghcr.io/acme/checkout:1.9.0": not found',
        count: 14,
        firstAt: this.at(now - hour),
        lastAt: this.at(now - minute),
        object: { kind: 'Pod', name: `${name}-7d9f8b6c5-x7f2k` },
      },
      {
        key,
        type: 'Normal',
        reason: 'ScalingReplicaSet',
        message: `Scaled up replica set ${name}-7d9f8b6c5 from 0 to 1`,
        count: 1,
        firstAt: this.at(now - 2 * hour),
        lastAt: this.at(now - 2 * hour),
        object: { kind, name },
      },
    ];
  }

  #history(key: string): History {
    const { now } = this.options;
    const uptime = { availableRatio: 0.9934, reducedRatio: 0.005, downRatio: 0.0016, observedRatio: 0.91 };
    const point = (hours: number): string => this.at(now - hours * hour);
    const from = (start: number, end: number | null, state: History['intervals'][number]['state']) => ({
      from: point(start),
      to: end === null ? null : point(end),
      state,
      availability: state === 'Down' ? ('none' as const) : ('full' as const),
      causeCode: null,
    });
    return {
      intervals: [
        from(24, 20, 'NotObserved'),
        from(20, 9, 'Healthy'),
        from(9, 8.6, 'Progressing'),
        from(8.6, 3, 'Healthy'),
        from(3, 2.4, 'Down'),
        from(2.4, 1, 'Healthy'),
        from(1, null, 'Degraded'),
      ],
      transitions: [
        {
          key,
          at: point(1),
          from: 'Healthy',
          to: 'Degraded',
          causeCode: 'ImagePullNotFound',
          message: 'ghcr.io/acme/checkout:1.9.0 does not exist.',
        },
        { key, at: point(2.4), from: 'Down', to: 'Healthy', causeCode: null, message: 'All pods are available.' },
        {
          key,
          at: point(3),
          from: 'Healthy',
          to: 'Down',
          causeCode: 'CrashLoop',
          message: 'Container "app" ended with exit code 1.',
        },
        { key, at: point(20), from: null, to: 'Healthy', causeCode: null, message: '' },
      ],
      uptime: {
        '24h': uptime,
        '7d': uptime,
        '30d': uptime,
        '90d': { availableRatio: null, reducedRatio: null, downRatio: null, observedRatio: 0 },
      },
    };
  }

  #metrics(): WorkloadMetrics {
    const seconds = Math.floor(this.options.now / 1000);
    const points = (base: number, swing: number): [number, number | null][] =>
      Array.from({ length: 60 }, (_, index) => [
        seconds - (60 - index) * 60,
        index > 20 && index < 24 ? null : base + swing * Math.sin(index / 5) + (swing * (index % 7)) / 10,
      ]);
    return {
      state: 'available',
      resolutionSeconds: 60,
      since: this.at(this.options.now - 5 * hour),
      cpuCores: points(0.6, 0.2),
      memoryBytes: points(700_000_000, 60_000_000),
      requests: { cpuCores: 0.5, memoryBytes: 536_870_912 },
      limits: { cpuCores: 1, memoryBytes: 1_073_741_824 },
    };
  }

  #doctor(): Doctor {
    return {
      checks: [
        { id: 'apiserver', title: 'API server', status: 'ok', message: 'https://10.96.0.1:443 answers.', fix: null },
        {
          id: 'rights',
          title: 'Rights',
          status: 'notPermitted',
          message: 'daemonsets in namespace edge may not be listed.',
          fix: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: maintenant\n  namespace: edge\nrules:\n  - apiGroups: ["apps"]\n    resources: ["daemonsets"]\n    verbs: ["get", "list", "watch"]',
        },
        {
          id: 'metrics',
          title: 'metrics-server',
          status: 'warning',
          message: 'Not installed.',
          fix: 'kubectl apply -f components.yaml',
        },
        {
          id: 'storage',
          title: 'Storage',
          status: 'failed',
          message: 'The volume is full; history is not recorded.',
          fix: null,
        },
      ],
      configuration: [
        { name: 'MAINTENANT_ADDR', value: '127.0.0.1:8080', source: 'default', redacted: false },
        { name: 'MAINTENANT_DB', value: '/data/maintenant.db', source: 'environment', redacted: false },
        { name: 'MAINTENANT_TOKEN', value: '', source: 'environment', redacted: true },
      ],
      storage: {
        path: '/data/maintenant.db',
        journalMode: 'wal',
        fileBytes: 48_234_496,
        volumeFreeBytes: 812_384_256,
        oldestAt: this.at(this.options.now - 40 * day),
      },
    };
  }

  #incidents(): Incident[] {
    const broken = [...this.workloads.values()].filter(({ state }) => state === 'Down' || state === 'Degraded');
    const byCode = Map.groupBy(broken, (workload) => workload.cause?.code ?? 'Unknown');
    return [...byCode].flatMap(([code, members]) => {
      const [lead] = members;
      if (!lead?.cause) return [];
      const { title, message, severity } = lead.cause;
      return [
        {
          id: `incident-${code}`,
          causeCode: code,
          title,
          message,
          severity,
          since: lead.since ?? this.at(this.options.now),
          until: null,
          group:
            members.length > 1
              ? { type: 'registry' as const, name: 'ghcr.io' }
              : { type: 'workload' as const, name: lead.key },
          workloads: members.map((member) => member.key),
        },
      ];
    });
  }

  /** One of each namespace, newest first. */
  #closedIncidents(): Incident[] {
    const one = Map.groupBy(this.workloads.values(), ({ namespace }) => namespace);
    return [...one].map(([namespace, [lead]], index) => ({
      id: `closed-${namespace}`,
      causeCode: 'CrashLoop',
      title: 'Container crashes again and again',
      message: '',
      severity: 'critical' as const,
      since: this.at(this.options.now - (index + 1) * day - 360_000),
      until: this.at(this.options.now - (index + 1) * day),
      group: { type: 'workload' as const, name: lead?.key ?? '' },
      workloads: lead === undefined ? [] : [lead.key],
    }));
  }

  #top(keys: readonly string[], cpu: boolean): TopList {
    return keys.map((key, index) => {
      const ratio = 0.96 / (1 + index / 6);
      const limit = cpu ? 2 : 1_073_741_824;
      return {
        key,
        used: ratio * limit,
        request: null,
        limit: index === 4 ? null : limit,
        ratio: index === 4 ? null : ratio,
      };
    });
  }

  #usage(keys: readonly string[]): UsageList {
    const from = Math.floor(this.options.now / 1000) - 3_600;
    return keys.flatMap((key) => {
      if (!this.workloads.has(key)) return [];
      const phase = key.length;
      const curve = (base: number): (number | null)[] =>
        Array.from({ length: 60 }, (_, index) =>
          index % 29 === 7 ? null : base * (1 + Math.sin(index / 6 + phase) / 4),
        );
      return [
        {
          key,
          from,
          resolutionSeconds: 60,
          cpuCores: curve(0.2),
          memoryBytes: curve(400_000_000),
          limits: { cpuCores: 1, memoryBytes: 536_870_912 },
        },
      ];
    });
  }

  /** Changes some workloads; returns what the stream would say. */
  churn(count: number): { readonly previousRevision: number; readonly upserts: readonly Workload[] } {
    const previousRevision = this.revision;
    const keys = [...this.workloads.keys()];
    const upserts: Workload[] = [];
    for (let index = 0; index < count; index += 1) {
      const key = keys[Math.floor(this.#random() * keys.length)];
      const workload = key === undefined ? undefined : this.workloads.get(key);
      if (!workload) continue;
      const state = this.#random() < 0.85 ? workload.state : (states[Math.floor(this.#random() * 3)] ?? 'Healthy');
      const next: Workload = {
        ...workload,
        state,
        restarts: workload.restarts + 1,
        since: new Date().toISOString(),
        cause: state === 'Healthy' ? null : workload.cause,
      };
      this.workloads.set(next.key, next);
      upserts.push(next);
    }
    this.revision += 1;
    return { previousRevision, upserts };
  }

  #workload(index: number): Workload {
    const { now, scenario } = this.options;
    const random = this.#random;
    const base = apps[index % apps.length] ?? 'app';
    const name = index < apps.length ? base : `${base}-${Math.floor(index / apps.length)}`;
    const namespace = namespaces[Math.floor(random() * namespaces.length)] ?? 'shop';
    const kind: WorkloadKind = /db|cache|ledger/.test(base)
      ? 'StatefulSet'
      : /shipper|exporter|ingress/.test(base)
        ? 'DaemonSet'
        : 'Deployment';
    const roll = random();
    const state: State =
      scenario === 'healthy'
        ? 'Healthy'
        : scenario === 'unreadable'
          ? 'Unknown'
          : index === 0
            ? 'Degraded'
            : index === 10
              ? 'Down'
              : index === 6
                ? 'Degraded'
                : index === 3
                  ? 'Progressing'
                  : index === 5
                    ? 'Paused'
                    : index === 7
                      ? 'Idle'
                      : index === 13
                        ? 'Terminating'
                        : index === 16
                          ? 'Unknown'
                          : index < 20
                            ? 'Healthy'
                            : roll < 0.012
                              ? 'Down'
                              : roll < 0.035
                                ? 'Degraded'
                                : roll < 0.05
                                  ? 'Progressing'
                                  : roll < 0.06
                                    ? 'Paused'
                                    : roll < 0.07
                                      ? 'Idle'
                                      : 'Healthy';
    const desired = state === 'Idle' ? 0 : kind === 'DaemonSet' ? 12 : 1 + Math.floor(random() * 6);
    const available =
      state === 'Down' || state === 'Idle'
        ? 0
        : state === 'Degraded' || state === 'Progressing'
          ? Math.max(1, desired - 1)
          : desired;
    const since = this.at(now - Math.floor((state === 'Healthy' ? 2 + random() * 20 : 0.002 + random() * 0.2) * day));
    const [, cause] =
      causes.filter(([wanted]) => wanted === state)[
        Math.floor(random() * 3) % Math.max(1, causes.filter(([wanted]) => wanted === state).length)
      ] ?? [];
    return {
      key: workloadKey(namespace, kind, name),
      namespace,
      kind,
      name,
      state,
      availability: {
        level: available === 0 ? (desired === 0 ? 'notApplicable' : 'none') : available < desired ? 'reduced' : 'full',
        desired: state === 'Degraded' && index === 0 ? 3 : desired,
        ready: available,
        available: state === 'Degraded' && index === 0 ? 3 : available,
      },
      rollout: {
        phase:
          state === 'Progressing'
            ? 'advancing'
            : state === 'Degraded'
              ? 'stalled'
              : state === 'Paused'
                ? 'paused'
                : 'settled',
        updated: state === 'Progressing' ? Math.floor(desired / 2) : desired,
        target: desired,
      },
      cause: index === 0 ? withEvidence(causes[0]?.[1], since, name) : withEvidence(cause, since, name),
      since,
      restarts: state === 'Down' ? 14 : state === 'Degraded' ? 3 : random() < 0.1 ? 1 : 0,
      images: [`${registries[index % registries.length]}/${base}:${1 + (index % 3)}.${index % 10}.${index % 7}`],
      createdAt: this.at(now - Math.floor((20 + random() * 300) * day)),
      partOf: index % 4 === 0 ? null : namespace,
      uptime24h: state === 'Down' ? 0.62 : 1,
      strip24h: strip(state, random),
      stale: scenario === 'stale',
    };
  }

  #pod(workload: Workload, index: number): Pod {
    const { now } = this.options;
    const failing = index >= workload.availability.available;
    return {
      name:
        workload.kind === 'StatefulSet'
          ? `${workload.name}-${index}`
          : `${workload.name}-7d9f8b6c5-${(index * 7919 + 13_331).toString(36).slice(-5)}`,
      uid: `${workload.key}-${index}`,
      node:
        failing && workload.cause?.code.startsWith('Unschedulable')
          ? null
          : `node-${String((index % 12) + 1).padStart(2, '0')}`,
      phase: failing ? 'Pending' : 'Running',
      ready: !failing,
      available: !failing,
      status: failing
        ? workload.cause?.code === 'CrashLoop'
          ? 'CrashLoopBackOff'
          : workload.cause?.code === 'ImagePullNotFound'
            ? 'ImagePullBackOff'
            : 'Pending'
        : 'Running',
      createdAt: this.at(now - (index + 1) * hour),
      revision: failing ? '42' : '41',
      restarts: failing ? workload.restarts : 0,
      cause: failing ? workload.cause : null,
      containers: [
        {
          name: 'migrate',
          type: 'init',
          image: workload.images[0] ?? '',
          ready: true,
          state: 'terminated',
          reason: 'Completed',
          message: null,
          exitCode: 0,
          lastTermination: null,
          restarts: 0,
          requests: emptyResources,
          limits: emptyResources,
        },
        {
          name: 'app',
          type: 'app',
          image: workload.images[0] ?? '',
          ready: !failing,
          state: failing ? 'waiting' : 'running',
          reason: failing ? 'CrashLoopBackOff' : null,
          message: failing ? 'back-off 5m0s restarting failed container' : null,
          exitCode: null,
          lastTermination: failing
            ? { exitCode: 137, reason: 'OOMKilled', finishedAt: this.at(now - 4 * minute) }
            : null,
          restarts: failing ? workload.restarts : 0,
          requests: { cpuCores: 0.25, memoryBytes: 268_435_456 },
          limits: { cpuCores: 1, memoryBytes: 536_870_912 },
        },
        {
          name: 'proxy',
          type: 'sidecar',
          image: 'docker.io/envoyproxy/envoy:v1.34',
          ready: true,
          state: 'running',
          reason: null,
          message: null,
          exitCode: null,
          lastTermination: null,
          restarts: 0,
          requests: emptyResources,
          limits: emptyResources,
        },
      ],
    };
  }
}

function withEvidence(
  cause: Omit<Cause, 'since' | 'evidence' | 'pods'> | undefined,
  since: string,
  name: string,
): Cause | null {
  if (cause === undefined) return null;
  return {
    ...cause,
    since,
    pods: 1,
    evidence: [
      {
        object: { kind: 'Pod', name: `${name}-7d9f8b6c5-x7f2k` },
        field: 'status.containerStatuses[0].state.waiting',
        text: 'ImagePullBackOff: Back-off pulling image "ghcr.io/acme/checkout:1.9.0"',
        at: since,
      },
      {
        object: { kind: 'Event', name: 'Failed' },
        field: null,
        text: 'Failed to pull image "ghcr.io/acme/checkout:1.9.0": rpc error: code = NotFound desc = failed to pull and unpack image: not found',
        at: since,
      },
    ],
  };
}

function strip(state: State, random: () => number): string {
  const letters: Record<State, string> = {
    Healthy: 'H',
    Progressing: 'P',
    Degraded: 'D',
    Down: 'X',
    Paused: 'S',
    Idle: 'I',
    Terminating: 'T',
    Unknown: 'U',
  };
  const past = Array.from({ length: 48 }, (_, index) =>
    index < 5 && random() < 0.2 ? '-' : random() < 0.02 ? 'P' : random() < 0.008 ? 'D' : 'H',
  );
  const tail = state === 'Healthy' ? 0 : 1 + Math.floor(random() * 6);
  return [...past.slice(0, 48 - tail), ...Array.from({ length: tail }, () => letters[state])].join('');
}

function fallbackRollout(key: string, at: string): Rollout {
  return { key, revision: '1', startedAt: at, finishedAt: null, outcome: 'inProgress', images: [], changes: [] };
}

/** What a person can put into a cluster to make a page break. */
function hostile(now: number): Workload[] {
  const long = `${'very-long-name-'.repeat(16)}end`.slice(0, 253);
  const at = new Date(now - 5 * minute).toISOString();
  const make = (name: string, message: string, part: Partial<Workload> = {}): Workload => ({
    key: workloadKey('hostile', 'Deployment', name),
    namespace: 'hostile',
    kind: 'Deployment',
    name,
    state: 'Down',
    availability: { level: 'none', desired: 3, ready: 0, available: 0 },
    rollout: { phase: 'stalled', updated: 0, target: 3 },
    cause: {
      code: 'FailedCreate',
      title: message,
      message,
      severity: 'critical',
      since: at,
      pods: 3,
      evidence: [{ object: { kind: 'Pod', name }, field: null, text: message, at }],
      remedy: message,
      commands: [message],
      runbook: 'javascript:alert(1)',
    },
    since: at,
    restarts: 2_147_483_647,
    images: [`registry.example/${long}:${'9'.repeat(120)}`],
    createdAt: at,
    partOf: '<b>part</b>',
    uptime24h: null,
    strip24h: '-'.repeat(48),
    stale: false,
    ...part,
  });
  return [
    make(long, 'The name of this workload has 253 characters.'),
    make('html', '<img src=x onerror="document.title=\'hacked\'"><script>document.title="hacked"</script>'),
    make('template', '${7*7} {{7*7}} %s %n \u202Etxet esrever\u202C \u0000 \u001b[31m'),
    make('multi-line', `line one\n${'x'.repeat(4_000)}\nline three`),
    make('ten-thousand-pods', 'Ten thousand pods.', {
      availability: { level: 'reduced', desired: 10_000, ready: 9_990, available: 9_990 },
      state: 'Degraded',
    }),
  ];
}

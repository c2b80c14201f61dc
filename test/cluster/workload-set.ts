import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory, toolVersion, versionUnderTest } from './build.ts';
import { startCluster, type Cluster, type ClusterOptions, type KubeObject, type Manifest } from './control-plane.ts';

/**
 * Workloads to look at: the demo set, small and varied, and the scale set of the benchmarks, large and uniform.
 * Both are plain objects; `createAll` sends them, KWOK runs them.
 */

// ————— the demo set —————

type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

interface Row {
  readonly kind: Kind;
  readonly name: string;
  readonly image: string;
  readonly replicas?: number;
  readonly port?: number;
  /** Requests; limits are twice as much memory and no CPU. */
  readonly cpu?: string;
  readonly memoryMiB?: number;
  /** A StatefulSet's volume per pod. */
  readonly volume?: string;
  readonly sidecar?: string;
  readonly init?: string;
}

const demo: Readonly<Record<string, readonly Row[]>> = {
  shop: [
    {
      kind: 'Deployment',
      name: 'storefront',
      image: 'docker.io/library/nginx:1.29.1',
      replicas: 4,
      port: 8080,
      sidecar: 'envoyproxy/envoy:v1.35.0',
    },
    {
      kind: 'Deployment',
      name: 'catalog',
      image: 'ghcr.io/acme/catalog:4.12.0',
      replicas: 3,
      port: 8080,
      init: 'ghcr.io/acme/migrate:4.12.0',
    },
    { kind: 'Deployment', name: 'cart', image: 'ghcr.io/acme/cart:2.7.3', replicas: 3, port: 8080 },
    {
      kind: 'Deployment',
      name: 'search',
      image: 'ghcr.io/acme/search:1.20.1',
      replicas: 2,
      port: 9200,
      memoryMiB: 512,
    },
    {
      kind: 'Deployment',
      name: 'recommendations',
      image: 'ghcr.io/acme/recommendations:0.9.4',
      replicas: 2,
      port: 8080,
    },
    {
      kind: 'Deployment',
      name: 'image-resizer',
      image: 'ghcr.io/acme/image-resizer:3.1.0',
      replicas: 2,
      port: 8080,
      cpu: '250m',
    },
    { kind: 'Deployment', name: 'mailer', image: 'ghcr.io/acme/mailer:1.4.2', replicas: 1 },
    {
      kind: 'StatefulSet',
      name: 'sessions',
      image: 'docker.io/valkey/valkey:8.1.3',
      replicas: 3,
      port: 6379,
      volume: '1Gi',
    },
  ],
  payments: [
    {
      kind: 'Deployment',
      name: 'checkout',
      image: 'ghcr.io/acme/checkout:6.0.2',
      replicas: 4,
      port: 8443,
      sidecar: 'envoyproxy/envoy:v1.35.0',
    },
    {
      kind: 'Deployment',
      name: 'fraud-scoring',
      image: 'ghcr.io/acme/fraud-scoring:2.2.0',
      replicas: 2,
      port: 8080,
      cpu: '500m',
      memoryMiB: 1024,
    },
    {
      kind: 'Deployment',
      name: 'invoices',
      image: 'ghcr.io/acme/invoices:1.18.0',
      replicas: 2,
      port: 8080,
      init: 'ghcr.io/acme/migrate:1.18.0',
    },
    { kind: 'Deployment', name: 'ledger-api', image: 'ghcr.io/acme/ledger-api:3.3.1', replicas: 3, port: 8080 },
    { kind: 'Deployment', name: 'bank-gateway', image: 'ghcr.io/acme/bank-gateway:5.1.0', replicas: 2, port: 9443 },
    {
      kind: 'StatefulSet',
      name: 'ledger-db',
      image: 'docker.io/library/postgres:17.6',
      replicas: 3,
      port: 5432,
      memoryMiB: 1024,
      volume: '20Gi',
    },
  ],
  data: [
    {
      kind: 'StatefulSet',
      name: 'kafka',
      image: 'docker.io/apache/kafka:4.1.0',
      replicas: 3,
      port: 9092,
      memoryMiB: 2048,
      volume: '50Gi',
    },
    {
      kind: 'StatefulSet',
      name: 'clickhouse',
      image: 'docker.io/clickhouse/clickhouse-server:25.8',
      replicas: 2,
      port: 8123,
      memoryMiB: 2048,
      volume: '100Gi',
    },
    {
      kind: 'StatefulSet',
      name: 'orders-db',
      image: 'docker.io/library/postgres:17.6',
      replicas: 2,
      port: 5432,
      memoryMiB: 1024,
      volume: '20Gi',
    },
    {
      kind: 'StatefulSet',
      name: 'etl-scheduler',
      image: 'docker.io/apache/airflow:3.0.6',
      replicas: 1,
      port: 8080,
      volume: '5Gi',
    },
    {
      kind: 'Deployment',
      name: 'etl-worker',
      image: 'docker.io/apache/airflow:3.0.6',
      replicas: 4,
      cpu: '500m',
      memoryMiB: 1024,
    },
    {
      kind: 'Deployment',
      name: 'schema-registry',
      image: 'docker.io/confluentinc/cp-schema-registry:8.0.0',
      replicas: 2,
      port: 8081,
    },
    {
      kind: 'Deployment',
      name: 'change-capture',
      image: 'quay.io/debezium/connect:3.2',
      replicas: 2,
      port: 8083,
      memoryMiB: 1024,
    },
  ],
  platform: [
    { kind: 'DaemonSet', name: 'cni-agent', image: 'quay.io/cilium/cilium:v1.18.1', memoryMiB: 256 },
    { kind: 'DaemonSet', name: 'csi-node', image: 'registry.k8s.io/sig-storage/nfsplugin:v4.11.0' },
    {
      kind: 'DaemonSet',
      name: 'node-local-dns',
      image: 'registry.k8s.io/dns/k8s-dns-node-cache:1.26.4',
      memoryMiB: 64,
    },
    {
      kind: 'Deployment',
      name: 'ingress-controller',
      image: 'docker.io/traefik/traefik:v3.5.1',
      replicas: 2,
      port: 8000,
    },
    {
      kind: 'Deployment',
      name: 'cert-manager',
      image: 'quay.io/jetstack/cert-manager-controller:v1.18.2',
      replicas: 1,
      port: 9402,
    },
    {
      kind: 'Deployment',
      name: 'cluster-autoscaler',
      image: 'registry.k8s.io/autoscaling/cluster-autoscaler:v1.33.0',
      replicas: 1,
      port: 8085,
    },
    {
      kind: 'Deployment',
      name: 'external-dns',
      image: 'registry.k8s.io/external-dns/external-dns:v0.18.0',
      replicas: 1,
      port: 7979,
    },
  ],
  observability: [
    {
      kind: 'DaemonSet',
      name: 'node-exporter',
      image: 'quay.io/prometheus/node-exporter:v1.9.1',
      port: 9100,
      memoryMiB: 32,
    },
    { kind: 'DaemonSet', name: 'log-shipper', image: 'docker.io/fluent/fluent-bit:4.0.8', memoryMiB: 64 },
    {
      kind: 'StatefulSet',
      name: 'prometheus',
      image: 'quay.io/prometheus/prometheus:v3.5.0',
      replicas: 2,
      port: 9090,
      memoryMiB: 2048,
      volume: '50Gi',
    },
    {
      kind: 'StatefulSet',
      name: 'loki',
      image: 'docker.io/grafana/loki:3.5.3',
      replicas: 3,
      port: 3100,
      memoryMiB: 1024,
      volume: '50Gi',
    },
    { kind: 'Deployment', name: 'grafana', image: 'docker.io/grafana/grafana:12.1.1', replicas: 2, port: 3000 },
    {
      kind: 'Deployment',
      name: 'kube-state-metrics',
      image: 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.17.0',
      replicas: 1,
      port: 8080,
    },
    {
      kind: 'Deployment',
      name: 'otel-collector',
      image: 'docker.io/otel/opentelemetry-collector:0.133.0',
      replicas: 2,
      port: 4317,
    },
  ],
};

/** 35 workloads of the three kinds in five namespaces, with services, settings and volumes. Safe to apply twice. */
export function demoManifests(): readonly Manifest[] {
  const manifests: Manifest[] = [];
  for (const [namespace, rows] of Object.entries(demo)) {
    manifests.push(object('v1', 'Namespace', { name: namespace, labels: { team: namespace } }));
    manifests.push({
      ...object('v1', 'ConfigMap', { name: 'settings', namespace }),
      data: { LOG_LEVEL: 'info', REGION: 'eu-west-1' },
    });
    for (const row of rows) manifests.push(...workload(namespace, row));
  }
  return manifests;
}

function workload(namespace: string, row: Row): readonly Manifest[] {
  const { kind, name, port, volume, replicas = 1 } = row;
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': namespace };
  const metadata = { name, namespace, labels };
  const template = { metadata: { labels }, spec: podSpec(row) };
  const spec: Record<string, unknown> = { selector: { matchLabels: { 'app.kubernetes.io/name': name } }, template };
  if (kind !== 'DaemonSet') spec['replicas'] = replicas;
  if (kind === 'StatefulSet') {
    spec['serviceName'] = name;
    spec['volumeClaimTemplates'] = [
      {
        metadata: { name: 'data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'manual',
          resources: { requests: { storage: volume } },
        },
      },
    ];
  }
  const manifests: Manifest[] = [];
  // Nothing provisions volumes here: each claim finds the one that was made for it.
  const claims = kind === 'StatefulSet' ? replicas : 0;
  for (let ordinal = 0; ordinal < claims; ordinal += 1) {
    const claim = `data-${name}-${ordinal}`;
    manifests.push({
      ...object('v1', 'PersistentVolume', { name: `${namespace}-${claim}` }),
      spec: {
        capacity: { storage: volume },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'manual',
        claimRef: { namespace, name: claim },
        hostPath: { path: `/var/lib/${namespace}/${claim}` },
      },
    });
  }
  manifests.push({ ...object('apps/v1', kind, metadata), spec });
  if (port !== undefined) {
    const headless = kind === 'StatefulSet' ? { clusterIP: 'None' } : {};
    manifests.push({
      ...object('v1', 'Service', metadata),
      spec: {
        ...headless,
        selector: { 'app.kubernetes.io/name': name },
        ports: [{ name: 'main', port, targetPort: 'main' }],
      },
    });
  }
  return manifests;
}

function podSpec({ kind, image, port, cpu = '100m', memoryMiB = 128, volume, sidecar, init }: Row): object {
  const resources = { requests: { cpu, memory: `${memoryMiB}Mi` }, limits: { memory: `${memoryMiB * 2}Mi` } };
  const probe =
    port === undefined
      ? null
      : volume === undefined
        ? { httpGet: { path: '/healthz', port: 'main' } }
        : { tcpSocket: { port: 'main' } };
  const main = {
    name: 'app',
    image,
    resources,
    envFrom: [{ configMapRef: { name: 'settings' } }],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    ...(port === undefined ? {} : { ports: [{ name: 'main', containerPort: port }] }),
    ...(probe === null
      ? {}
      : {
          readinessProbe: { ...probe, periodSeconds: 5 },
          livenessProbe: { ...probe, periodSeconds: 20, failureThreshold: 5 },
        }),
    ...(volume === undefined ? {} : { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
  };
  const small = { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } };
  const initContainers = [
    ...(init === undefined ? [] : [{ name: 'migrate', image: init, resources: small }]),
    ...(sidecar === undefined ? [] : [{ name: 'proxy', image: sidecar, restartPolicy: 'Always', resources: small }]),
  ];
  return {
    containers: [main],
    ...(initContainers.length === 0 ? {} : { initContainers }),
    ...(kind === 'DaemonSet'
      ? { tolerations: [{ operator: 'Exists' }], priorityClassName: 'system-node-critical' }
      : {}),
    terminationGracePeriodSeconds: 10,
  };
}

// ————— the scale set —————

const scaleNamespaces = 20;
const replicasEach = 8;
const daemonSets = 10;
// Fourteen a pod, as the pods of the reference run had.
const environmentVariables = 7;

export interface ScaleShape {
  readonly deployments: number;
  readonly statefulSets: number;
  readonly daemonSets: number;
  readonly nodes: number;
  readonly pods: number;
}

/** 1,000 workloads are 800 Deployments × 8, 190 StatefulSets × 8 and 10 DaemonSets on 200 nodes: 9,920 pods. */
export function scaleShape(workloads: number, nodes = Math.max(3, Math.round(workloads / 5))): ScaleShape {
  const daemons = Math.min(daemonSets, Math.floor(workloads / 10));
  const deployments = Math.floor(workloads * 0.8);
  const statefulSets = workloads - daemons - deployments;
  return {
    deployments,
    statefulSets,
    daemonSets: daemons,
    nodes,
    pods: (deployments + statefulSets) * replicasEach + daemons * nodes,
  };
}

export function* scaleManifests(shape: ScaleShape): Generator<Manifest> {
  for (let index = 0; index < scaleNamespaces; index += 1)
    yield object('v1', 'Namespace', { name: scaleNamespace(index) });
  const kinds: readonly Kind[] = [
    ...Array<Kind>(shape.deployments).fill('Deployment'),
    ...Array<Kind>(shape.statefulSets).fill('StatefulSet'),
    ...Array<Kind>(shape.daemonSets).fill('DaemonSet'),
  ];
  for (const [index, kind] of kinds.entries()) yield scaleWorkload(kind, index);
}

function scaleNamespace(index: number): string {
  return `team-${String(index % scaleNamespaces).padStart(2, '0')}`;
}

function scaleWorkload(kind: Kind, index: number): Manifest {
  const name = `${kind.toLowerCase()}-${String(index).padStart(4, '0')}`;
  const labels = {
    app: name,
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/version': `1.${index % 40}.0`,
    team: scaleNamespace(index),
  };
  const spec: Record<string, unknown> = {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: {
        labels,
        annotations: {
          'prometheus.io/scrape': 'true',
          'prometheus.io/port': '9090',
          'checksum/config': name.padEnd(64, '0'),
        },
      },
      spec: {
        containers: [scaleContainer('app', name, index), scaleContainer('proxy', 'proxy', index)],
        terminationGracePeriodSeconds: 5,
        ...(kind === 'DaemonSet' ? { tolerations: [{ operator: 'Exists' }] } : {}),
      },
    },
  };
  if (kind !== 'DaemonSet') spec['replicas'] = replicasEach;
  if (kind === 'StatefulSet') Object.assign(spec, { serviceName: name, podManagementPolicy: 'Parallel' });
  return { ...object('apps/v1', kind, { name, namespace: scaleNamespace(index), labels }), spec };
}

function scaleContainer(name: string, image: string, index: number): object {
  const env = Array.from({ length: environmentVariables }, (_, at) => ({
    name: `SETTING_${at}`,
    value: `value-${index}-${at}.${name}.svc.cluster.local`,
  }));
  const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 };
  return {
    name,
    image: `registry.example/team/${image}:1.${index % 40}.0`,
    env,
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: probe,
  };
}

export interface ScaledCluster {
  readonly cluster: Cluster;
  readonly shape: ScaleShape;
}

/**
 * A cluster with the scale set, every pod ready. Creating 9,920 pods takes minutes: the objects are kept in the cache
 * the first time and restored from there afterwards, which takes seconds.
 */
export async function startScaledCluster(workloads: number, options: ClusterOptions = {}): Promise<ScaledCluster> {
  const report = options.report ?? (() => undefined);
  const shape = scaleShape(workloads, options.nodes);
  const version = toolVersion('kube-apiserver', options.kubernetesVersion ?? versionUnderTest());
  // Other objects, or pods that are played in another way, are another set.
  const played = await readFile(join(import.meta.dirname, 'kwok.ts'));
  const content = createHash('sha256')
    .update(played)
    .update(JSON.stringify([...scaleManifests(shape)]));
  const saved = join(
    cacheDirectory(),
    'scale-sets',
    `${version}-${workloads}x${shape.nodes}-${content.digest('hex').slice(0, 12)}`,
  );
  if (existsSync(saved)) {
    report(`Restoring ${workloads} workloads with ${shape.pods} pods on ${shape.nodes} nodes`);
    const cluster = await startCluster({ ...options, nodes: shape.nodes, restoreFrom: saved });
    await allReady(cluster, readyTimeoutMs);
    return { cluster, shape };
  }
  const cluster = await startCluster({ ...options, nodes: shape.nodes });
  try {
    report(`Creating ${workloads} workloads with ${shape.pods} pods on ${shape.nodes} nodes (minutes; once)`);
    await createAll(cluster, scaleManifests(shape));
    let lastToldAt = Date.now();
    await allReady(cluster, readyTimeoutMs, (ready) => {
      if (Date.now() - lastToldAt < 10_000) return;
      lastToldAt = Date.now();
      report(`${ready} of ${shape.pods} pods are ready`);
    });
    await mkdir(dirname(saved), { recursive: true });
    const temporary = `${saved}.${process.pid}.tmp`;
    await cluster.save(temporary);
    try {
      await rename(temporary, saved);
    } catch (error) {
      // Another run may have kept the same set meanwhile; ours is then one too many.
      await rm(temporary, { recursive: true, force: true });
      if (!existsSync(saved)) throw error;
    }
    return { cluster, shape };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

// ————— sending —————

const readyTimeoutMs = 30 * 60_000;

/** Creates the objects with this many requests at once; namespaces are waited for first. */
export async function createAll(cluster: Cluster, manifests: Iterable<Manifest>, concurrency = 16): Promise<number> {
  const rest: Manifest[] = [];
  for (const manifest of manifests) {
    if (manifest.kind === 'Namespace') await cluster.apply([manifest]);
    else rest.push(manifest);
  }
  const iterator = rest.values();
  const worker = async (): Promise<void> => {
    // Workers share the iterator: each takes what is next.
    for (const manifest of iterator) await cluster.apply([manifest]);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return rest.length;
}

interface CountedWorkload extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status: {
    readonly readyReplicas?: number;
    readonly numberReady?: number;
    readonly desiredNumberScheduled?: number;
  };
}

/** Resolves once every workload has all of its pods ready; tells how far it is. */
export async function allReady(cluster: Cluster, timeoutMs: number, progress?: (ready: number) => void): Promise<void> {
  const ready = new Map<string, number>();
  for (const resource of ['deployments', 'statefulsets', 'daemonsets']) {
    await cluster.waitFor<{ readonly items: readonly CountedWorkload[] }>(
      `/apis/apps/v1/${resource}`,
      ({ items }) => {
        ready.set(
          resource,
          items.reduce((sum, { status }) => sum + (status.readyReplicas ?? status.numberReady ?? 0), 0),
        );
        progress?.([...ready.values()].reduce((sum, count) => sum + count, 0));
        return items.every(
          ({ spec, status }) =>
            (status.readyReplicas ?? status.numberReady ?? 0) === (spec.replicas ?? status.desiredNumberScheduled ?? 0),
        );
      },
      timeoutMs,
    );
  }
}

function object(apiVersion: string, kind: string, metadata: Manifest['metadata']): Manifest {
  return { apiVersion, kind, metadata };
}

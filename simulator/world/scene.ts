import type { Role } from './model.ts';

/** The workloads of the demo: a small company's cluster. */

export const nodes = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e', 'node-f', 'node-g', 'node-h'] as const;
export const namespaces = ['shop', 'billing', 'data', 'platform', 'observability', 'kube-system'] as const;

type Row = readonly [
  name: string,
  image: string,
  tag: string,
  replicas: number,
  cpuMillicores: number,
  memoryMebibytes: number,
];

function roles(
  namespace: string,
  kind: Role['kind'],
  managedBy: Role['managedBy'],
  partOf: string,
  rows: readonly Row[],
): Role[] {
  return rows.map(([name, image, tag, replicas, cpuMillicores, memoryMebibytes], index) => ({
    kind,
    namespace,
    name,
    image,
    tag,
    replicas,
    partOf,
    managedBy,
    port: 8080,
    cpuMillicores,
    memoryMebibytes,
    log: index % 2 === 0 ? ('json' as const) : ('plain' as const),
    ageDays: 20 + ((name.length * 7 + index * 13) % 90),
  }));
}

const registry = 'registry.acme.example';

export const scene: readonly Role[] = [
  ...roles('shop', 'Deployment', 'Helm', 'storefront', [
    ['web', `${registry}/shop/web`, '4.12.0', 4, 200, 256],
    ['checkout', `${registry}/shop/checkout`, '1.8.2', 3, 250, 384],
    ['cart', `${registry}/shop/cart`, '2.3.1', 3, 150, 256],
    ['catalog', `${registry}/shop/catalog`, '3.0.4', 3, 200, 512],
    ['search', `${registry}/shop/search`, '0.19.0', 2, 300, 768],
    ['recommendations', `${registry}/shop/recommendations`, '0.7.5', 2, 400, 1024],
    ['images', `${registry}/shop/images`, '1.1.0', 2, 150, 256],
    ['reviews', `${registry}/shop/reviews`, '1.4.0', 2, 100, 192],
    ['promotions', `${registry}/shop/promotions`, '0.3.2', 1, 50, 128],
  ]),
  ...roles('billing', 'Deployment', 'Argo CD', 'billing', [
    ['invoices', `${registry}/billing/invoices`, '5.2.0', 2, 200, 384],
    ['payments', `${registry}/billing/payments`, '7.0.1', 3, 250, 512],
    ['ledger-api', `${registry}/billing/ledger`, '2.9.3', 2, 200, 512],
    ['dunning', `${registry}/billing/dunning`, '1.0.8', 1, 50, 128],
    ['tax', `${registry}/billing/tax`, '3.3.0', 2, 100, 192],
    ['reports', `${registry}/billing/reports`, '0.9.1', 2, 300, 640],
  ]),
  ...roles('data', 'StatefulSet', 'Helm', 'databases', [
    ['postgres', 'docker.io/library/postgres', '17.4', 3, 500, 1024],
    ['redis', 'docker.io/library/redis', '8.0', 3, 100, 256],
    ['kafka', 'docker.io/apache/kafka', '4.1.0', 3, 500, 1536],
    ['clickhouse', 'docker.io/clickhouse/clickhouse-server', '26.3', 2, 800, 2048],
    ['minio', 'quay.io/minio/minio', '2026-06-01', 4, 200, 512],
  ]),
  ...roles('data', 'Deployment', 'Helm', 'databases', [
    ['pgbouncer', 'docker.io/edoburu/pgbouncer', '1.25.0', 2, 50, 64],
    ['etl', `${registry}/data/etl`, '2.0.0', 2, 400, 768],
    ['schema-registry', 'docker.io/confluentinc/cp-schema-registry', '8.0.0', 1, 100, 384],
  ]),
  ...roles('platform', 'Deployment', 'Flux', 'platform', [
    ['gateway', 'docker.io/envoyproxy/envoy', 'v1.38.1', 3, 200, 256],
    ['auth', `${registry}/platform/auth`, '6.1.0', 3, 150, 256],
    ['mailer', `${registry}/platform/mailer`, '1.6.0', 2, 50, 128],
    ['notifications', `${registry}/platform/notifications`, '2.2.0', 2, 100, 192],
    ['feature-flags', `${registry}/platform/flags`, '0.12.3', 2, 50, 128],
    ['cron-gateway', `${registry}/platform/cron`, '0.4.0', 1, 50, 96],
    ['webhooks', `${registry}/platform/webhooks`, '3.1.4', 2, 100, 192],
    ['legacy-sync', `${registry}/platform/legacy-sync`, '0.2.9', 0, 50, 128],
  ]),
  ...roles('observability', 'Deployment', 'Helm', 'observability', [
    ['grafana', 'docker.io/grafana/grafana', '12.4.0', 1, 100, 256],
    ['tempo', 'docker.io/grafana/tempo', '2.9.0', 1, 200, 512],
    ['otel-collector', 'docker.io/otel/opentelemetry-collector', '0.140.0', 2, 200, 384],
  ]),
  ...roles('observability', 'StatefulSet', 'Helm', 'observability', [
    ['prometheus', 'quay.io/prometheus/prometheus', 'v3.9.0', 2, 500, 2048],
    ['loki', 'docker.io/grafana/loki', '3.6.0', 3, 300, 768],
  ]),
  ...roles('observability', 'DaemonSet', 'Helm', 'observability', [
    ['node-exporter', 'quay.io/prometheus/node-exporter', 'v1.10.2', 0, 20, 48],
    ['log-agent', 'docker.io/grafana/alloy', 'v1.12.0', 0, 80, 192],
  ]),
  ...roles('kube-system', 'DaemonSet', null, 'kubernetes', [
    ['kube-proxy', 'registry.k8s.io/kube-proxy', 'v1.36.3', 0, 50, 64],
    ['cni', 'quay.io/cilium/cilium', 'v1.19.2', 0, 150, 384],
  ]),
  ...roles('kube-system', 'Deployment', null, 'kubernetes', [
    ['coredns', 'registry.k8s.io/coredns/coredns', 'v1.13.2', 2, 100, 128],
    ['metrics-server', 'registry.k8s.io/metrics-server/metrics-server', 'v0.9.0', 1, 100, 200],
  ]),
].map((role) => ({
  ...role,
  ...(role.name === 'dunning' ? { strategy: 'Recreate' as const } : {}),
  ...(role.name === 'ledger-api' || role.name === 'reports' ? { migrates: true } : {}),
}));

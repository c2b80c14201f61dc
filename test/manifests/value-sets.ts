/** The value sets whose rendering is kept in `golden/`, and those that must be refused. */

export type Values = Readonly<Record<string, unknown>>;

export interface ValueSet {
  readonly name: string;
  readonly values: Values;
  /** Default: `maintenant` in the namespace `maintenant`. */
  readonly release?: string;
  readonly namespace?: string;
}

const tokenHash = `sha256:${'0f'.repeat(32)}`;

export const valueSets: readonly ValueSet[] = [
  { name: 'default', values: {} },
  { name: 'other-release', values: {}, release: 'watch', namespace: 'observability' },
  {
    name: 'ingress-tls',
    values: {
      ingress: {
        enabled: true,
        className: 'nginx',
        host: 'now.example.com',
        tls: [{ secretName: 'maintenant-tls', hosts: ['now.example.com'] }],
      },
    },
  },
  {
    name: 'sub-path',
    values: {
      basePath: '/maintenant/',
      ingress: { enabled: true },
      allowedHosts: ['maintenant.example.com'],
      corsOrigins: ['https://portal.example.com'],
    },
  },
  { name: 'allowlist', values: { namespaces: { allow: ['shop', 'billing'] } } },
  { name: 'allowlist-cluster-role', values: { namespaces: { allow: ['shop'] }, rbac: { scope: 'cluster' } } },
  { name: 'blocklist', values: { namespaces: { exclude: ['batch'] } } },
  { name: 'auth-token', values: { auth: { mode: 'token', tokenHashes: [tokenHash] } } },
  {
    name: 'auth-forward',
    values: { auth: { mode: 'forward', forwardHeader: 'X-Auth-Request-User', forwardCidrs: ['10.42.0.0/16'] } },
  },
  { name: 'license-key', values: { license: { key: 'a-license' } } },
  {
    name: 'existing-objects',
    values: {
      license: { existingSecret: 'my-license' },
      persistence: { existingClaim: 'my-claim' },
      serviceAccount: { create: false, name: 'my-account' },
      auth: { mode: 'token', existingSecret: 'my-tokens' },
    },
  },
  {
    name: 'names-like-numbers',
    values: {
      namespaces: { allow: ['2024', '1e3', '0755', 'null', 'true'], exclude: ['2024'] },
      serviceAccount: { name: '42' },
      license: { existingSecret: '7' },
      auth: { mode: 'token', existingSecret: '8' },
      persistence: { existingClaim: '9', storageClass: '10' },
      ingress: { enabled: true, className: '11', host: '*.example.com' },
      allowedHosts: ['*.example.com'],
    },
    release: '2.prod',
    namespace: '99',
  },
  {
    name: 'openshift',
    values: { podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null } },
  },
  {
    name: 'many-hosts',
    values: {
      enabled: true,
      image: { registry: '', repository: 'maintenant' },
      ingress: { enabled: true, host: '', extraHosts: ['a.example.com', 'b.example.com'] },
      commonLabels: { team: 'platform', tier: 'tools' },
      podLabels: { tier: 'monitor' },
      extraEnv: [{ name: 'MAINTENANT_ADDR', value: '[::]:8080' }],
    },
  },
  {
    name: 'volume',
    values: {
      persistence: { size: '10Gi', storageClass: 'fast', keep: false, accessMode: 'ReadWriteOncePod' },
      databaseMax: '4Gi',
      retention: '30d',
      logLevel: 'debug',
    },
  },
  { name: 'ephemeral', values: { persistence: { enabled: false } } },
  {
    name: 'gateway',
    values: {
      httpRoute: {
        enabled: true,
        parentRefs: [{ name: 'gateway', namespace: 'gateways' }],
        hostnames: ['now.example.com'],
        timeouts: { request: '0s' },
      },
      networkPolicy: { enabled: true, from: [{ namespaceSelector: { matchLabels: { team: 'platform' } } }] },
    },
  },
  {
    name: 'monitoring',
    values: {
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' }, tokenSecret: { name: 'scrape-token' } },
      prometheusRule: { enabled: true },
      auth: { mode: 'token', tokenHashes: [tokenHash] },
    },
  },
  { name: 'demo', values: { runtime: 'demo', service: { type: 'NodePort' } } },
  {
    name: 'hatches',
    values: {
      image: { registry: 'registry.example.com', digest: `sha256:${'ab'.repeat(32)}` },
      imagePullSecrets: [{ name: 'pull' }],
      commonLabels: { team: 'platform' },
      commonAnnotations: { 'example.com/owner': 'platform' },
      podLabels: { tier: 'tools' },
      podAnnotations: { 'example.com/scan': 'no' },
      extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' }],
      extraEnvFrom: [{ secretRef: { name: 'more' } }],
      extraArgs: ['--metrics-interval=30s'],
      extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
      extraVolumeMounts: [{ name: 'ca', mountPath: '/ca' }],
      initContainers: [{ name: 'wait', image: 'registry.example.com/wait:1' }],
      extraObjects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-more' } }],
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'tools', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      hostAliases: [{ ip: '192.0.2.1', hostnames: ['api.example.com'] }],
      dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
      resources: { limits: { memory: '512Mi' } },
    },
  },
];

export interface Refusal {
  readonly title: string;
  readonly values: Values;
  /** The key's path as the schema writes it (`/image`), or the sentence of a template, which names the key itself. */
  readonly says: RegExp;
}

export const refusals: readonly Refusal[] = [
  {
    title: 'a mistyped group',
    values: { persistance: { size: '2Gi' } },
    says: /additional properties 'persistance'/,
  },
  { title: 'a mistyped key', values: { image: { tga: '1' } }, says: /'\/image': additional properties 'tga'/ },
  { title: 'two replicas', values: { replicaCount: 2 }, says: /'\/replicaCount': value must be 1/ },
  { title: 'two replicas by another name', values: { replicas: 2 }, says: /'\/replicas': value must be 1/ },
  { title: 'an unknown runtime', values: { runtime: 'podman' }, says: /'\/runtime': value must be one of/ },
  {
    title: 'the runtime that does not exist yet',
    values: { runtime: 'docker' },
    says: /runtime is "docker".*"kubernetes" or "demo"/,
  },
  {
    title: 'Roles without an allowlist',
    values: { rbac: { scope: 'namespace' } },
    says: /rbac\.scope is "namespace", but namespaces\.allow is empty/,
  },
  {
    title: 'a full name that no Service can have',
    values: { fullnameOverride: 'monitor.prod' },
    says: /'\/fullnameOverride'.*pattern/,
  },
  {
    title: 'a pod that runs as root',
    values: { podSecurityContext: { runAsUser: 0 } },
    says: /'\/podSecurityContext\/runAsUser': minimum/,
  },
  {
    title: 'a name that no namespace can have',
    values: { namespaces: { allow: ['Shop'] } },
    says: /'\/namespaces\/allow\/0'.*pattern/,
  },
  {
    title: 'a size without a number',
    values: { persistence: { size: 'lots' } },
    says: /'\/persistence\/size'.*pattern/,
  },
  {
    title: 'a volume that several nodes write',
    values: { persistence: { accessMode: 'ReadWriteMany' } },
    says: /'\/persistence\/accessMode': value must be one of/,
  },
  {
    title: 'an existing claim without a volume',
    values: { persistence: { existingClaim: 'a', enabled: false } },
    says: /persistence\.existingClaim is set, but persistence\.enabled is false/,
  },
  {
    title: 'sign-in that nobody could use',
    values: { auth: { mode: 'token' } },
    says: /auth\.tokenHashes nor auth\.existingSecret is set/,
  },
  {
    title: 'a token in the clear',
    values: { auth: { mode: 'token', tokenHashes: ['secret'] } },
    says: /'\/auth\/tokenHashes\/0'.*pattern/,
  },
  {
    title: 'a proxy that nobody names',
    values: { auth: { mode: 'forward' } },
    says: /auth\.mode is "forward", but auth\.forwardCidrs is empty/,
  },
  {
    title: 'a route without a gateway',
    values: { httpRoute: { enabled: true } },
    says: /'\/httpRoute\/parentRefs': minItems/,
  },
  {
    title: 'a page in place of an allowed host',
    values: { allowedHosts: ['https://now.example.com'] },
    says: /'\/allowedHosts\/0'.*pattern/,
  },
  { title: 'port 0', values: { service: { port: 0 } }, says: /'\/service\/port': minimum/ },
  {
    title: 'a service account without a name',
    values: { serviceAccount: { create: false } },
    says: /serviceAccount\.name is needed/,
  },
  {
    title: 'an address in place of a host',
    values: { ingress: { host: 'https://now.example.com' } },
    says: /'\/ingress\/host'.*pattern/,
  },
  {
    title: 'a memory limit that is no quantity',
    values: { resources: { limits: { memory: 'some' } } },
    says: /'\/resources\/limits\/memory'/,
  },
  {
    title: 'a label that the selector needs',
    values: { commonLabels: { 'app.kubernetes.io/name': 'other' } },
    says: /'\/commonLabels\/app\.kubernetes\.io~1name': false schema/,
  },
  { title: 'a base path without a slash', values: { basePath: 'maintenant' }, says: /'\/basePath'.*pattern/ },
  {
    title: 'a scrape without a token where one is asked for',
    values: { serviceMonitor: { enabled: true }, auth: { mode: 'token', tokenHashes: [tokenHash] } },
    says: /serviceMonitor\.tokenSecret\.name/,
  },
  {
    title: 'a scrape that no proxy lets in',
    values: { serviceMonitor: { enabled: true }, auth: { mode: 'forward', forwardCidrs: ['10.42.0.0/16'] } },
    says: /serviceMonitor\.enabled cannot work with auth\.mode "forward"/,
  },
];

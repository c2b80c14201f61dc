/**
 * Heap that one cached pod takes, and CPU that its way from JSON into the cache takes. Prints one JSON line.
 *
 *     node --expose-gc test/bench/pod-memory.ts [pods per workload] [pods] [ordinary|restarted]
 */
import { ClusterCache, type CacheListener } from '../../controller/cache/cluster-cache.ts';
import { valueHash } from '../../controller/cache/project-workload.ts';
import { parseKubernetesObject } from '../../controller/kubernetes/kubernetes-object.ts';

const [podsPerWorkload = 10, pods = 50_000] = process.argv.slice(2, 4).map(Number);
const kind = process.argv[4] ?? 'ordinary';
const collect = globalThis.gc;
if (collect === undefined) throw new Error('start it with --expose-gc');

/** As the API server writes it: two containers, fourteen variables each, managed fields. About 9 kB. */
function podJson(index: number): string {
  const workload = Math.floor(index / podsPerWorkload);
  const hash = workload.toString(16).padStart(10, '7');
  const name = `checkout-${workload}-${hash}-${(index + 60_466_176).toString(36).slice(-5)}`;
  const uid = `${index.toString(16).padStart(8, '0')}-aaaa-4bbb-8ccc-${(index * 7919).toString(16).padStart(12, '0')}`;
  const second = (offset: number): string => new Date(1_767_225_600_000 + (index + offset) * 1000).toISOString();
  const condition = (type: string, offset: number): object => ({
    type,
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: second(offset),
    observedGeneration: 1,
  });
  const env = Array.from({ length: 14 }, (_, number) => ({
    name: `SETTING_${number}`,
    value: `value ${number} of ${workload}`,
  }));
  const container = (container: string): object => ({
    name: container,
    image: `registry.example.com/shop/${container}:${workload}`,
    env,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 10 },
    livenessProbe: { httpGet: { path: '/live', port: 'http' }, periodSeconds: 10 },
    volumeMounts: [{ name: `kube-api-access-${name.slice(-5)}`, mountPath: '/var/run/secrets' }],
    imagePullPolicy: 'IfNotPresent',
  });
  const status = (container: string): object => ({
    name: container,
    ready: true,
    started: true,
    restartCount: kind === 'restarted' ? 2 : 0,
    image: `registry.example.com/shop/${container}:${workload}`,
    imageID: `registry.example.com/shop/${container}@sha256:${hash.repeat(6)}`,
    containerID: `containerd://${uid}`,
    state: { running: { startedAt: second(4) } },
    lastState:
      kind === 'restarted'
        ? { terminated: { exitCode: 1, reason: 'Error', startedAt: second(1), finishedAt: second(3) } }
        : {},
  });
  return JSON.stringify({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      generateName: `checkout-${workload}-${hash}-`,
      namespace: `team-${workload % 40}`,
      uid,
      resourceVersion: String(1_000_000 + index),
      creationTimestamp: second(0),
      labels: { app: `checkout-${workload}`, 'pod-template-hash': hash, tier: 'web', team: `team-${workload % 40}` },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `checkout-${workload}-${hash}`,
          uid: `rs-${workload}`,
          controller: true,
        },
      ],
      managedFields: Array.from({ length: 3 }, (_, number) => ({
        manager: `manager-${number}`,
        operation: 'Update',
        time: second(number),
        fieldsV1: Object.fromEntries(
          Array.from({ length: 20 }, (_, field) => [`f:field${field}`, { '.': {}, 'f:x': {} }]),
        ),
      })),
    },
    spec: {
      containers: [container('app'), container('proxy')],
      volumes: [{ name: `kube-api-access-${name.slice(-5)}`, projected: { sources: [] } }],
      nodeName: `node-${index % 200}`,
      restartPolicy: 'Always',
      serviceAccountName: 'default',
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((taint) => ({
        key: `node.kubernetes.io/${taint}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
    },
    status: {
      phase: 'Running',
      startTime: second(1),
      podIP: '10.0.0.1',
      conditions: [
        condition('PodReadyToStartContainers', 3),
        condition('Initialized', 1),
        condition('Ready', 6),
        condition('ContainersReady', 6),
        condition('PodScheduled', 1),
      ],
      containerStatuses: [status('app'), status('proxy')],
    },
  });
}

const nothing = (): void => undefined;
const listener: CacheListener = {
  workload: nothing,
  replicaSet: nothing,
  pod: nothing,
  service: nothing,
  namespace: nothing,
  event: nothing,
};
const cache = new ClusterCache(listener, valueHash('bench'));
const sink = cache.feed('pods', null);

function heapUsed(): number {
  for (let round = 0; round < 4; round++) collect?.();
  return process.memoryUsage().heapUsed;
}

let bytes = 0;
let parseMs = 0;
let cacheMs = 0;
function deliver(from: number, to: number): void {
  sink({ type: 'init' });
  for (let index = 0; index < to; index++) {
    const json = podJson(index);
    const start = performance.now();
    const object = parseKubernetesObject(JSON.parse(json));
    const parsed = performance.now();
    if (object === null) throw new Error('no object');
    sink({ type: 'initApply', object });
    if (index < from) continue;
    bytes += json.length;
    parseMs += parsed - start;
    cacheMs += performance.now() - parsed;
  }
  const start = performance.now();
  sink({ type: 'initDone', resourceVersion: '2000000' });
  cacheMs += performance.now() - start;
}

// Warm: compiled code and the first shapes are not what a pod costs.
deliver(0, 1_000);
bytes = parseMs = cacheMs = 0;
const before = heapUsed();
deliver(1_000, pods);
const after = heapUsed();
const counted = pods - 1_000;
process.stdout.write(
  `${JSON.stringify({
    bench: 'pod-memory',
    kind,
    podsPerWorkload,
    pods,
    bytesPerPod: Math.round((after - before) / counted),
    jsonBytesPerPod: Math.round(bytes / counted),
    parseMicroseconds: Math.round((parseMs / counted) * 1000),
    cacheMicroseconds: Math.round((cacheMs / counted) * 1000),
    ...cache.podProjection.sizes,
  })}\n`,
);

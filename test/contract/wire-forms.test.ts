/**
 * Every watched kind is read in both forms from the real API server, with every field that a projection reads set on
 * purpose: what the cache keeps must be the same.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ClusterCache } from '../../controller/cache/cluster-cache.ts';
import { CredentialSource } from '../../controller/kubernetes/credentials.ts';
import { HttpTransport } from '../../controller/kubernetes/http-transport.ts';
import { kinds, resourcePath, type WatchedResource } from '../../controller/kubernetes/kinds.ts';
import { listItems } from '../../controller/kubernetes/list-stream.ts';
import { watchFrames } from '../../controller/kubernetes/watch-stream.ts';
import { acceptedForms } from '../../controller/kubernetes/wire-form.ts';
import { type Cluster, startCluster } from '../cluster/control-plane.ts';

const never = new AbortController().signal;
const resources = Object.keys(kinds) as readonly WatchedResource[];

const rich = `
apiVersion: v1
kind: Namespace
metadata: {name: forms}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: forms}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: forms}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector: {app: web, tier: ""}
  ports: [{name: http, port: 80, targetPort: http}, {name: admin, port: 81, targetPort: 9090}]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: forms
  labels: {app: web, tier: front}
  annotations: {kubernetes.io/change-cause: "größer", meta.helm.sh/release-name: web, other.example/note: long}
spec:
  replicas: 2
  minReadySeconds: 3
  progressDeadlineSeconds: 33
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 2, maxUnavailable: 40%}}
  selector:
    matchLabels: {app: web}
    matchExpressions: [{key: app, operator: In, values: [web, shop]}]
  template:
    metadata: {labels: {app: web}}
    spec:
      priorityClassName: system-cluster-critical
      terminationGracePeriodSeconds: 0
      nodeSelector: {disk: fast}
      imagePullSecrets: [{name: registry}]
      readinessGates: [{conditionType: example.com/gate}]
      tolerations:
        - {key: gpu, operator: Equal, value: "yes", effect: NoSchedule}
        - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 7}
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [a]}]}]
        podAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - {weight: 1, podAffinityTerm: {topologyKey: zone, labelSelector: {matchLabels: {app: db}}}}
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: web}}}
      initContainers:
        - {name: proxy, image: "registry.example/proxy:1", restartPolicy: Always, startupProbe: {grpc: {port: 7000}}}
        - {name: migrate, image: "registry.example/migrate:1", command: [sh, -c, "", "echo ☕"], args: [a, b]}
      containers:
        - name: app
          image: registry.example/web:1
          imagePullPolicy: Always
          command: [serve]
          args: ["--port", "8080"]
          ports: [{name: http, containerPort: 8080, hostPort: 18080}, {containerPort: 9090}]
          env:
            - {name: PLAIN, value: secret-value}
            - {name: EMPTY, value: ""}
            - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
            - {name: MAP, valueFrom: {configMapKeyRef: {name: settings, key: port, optional: true}}}
            - {name: KEY, valueFrom: {secretKeyRef: {name: token, key: key}}}
          envFrom: [{configMapRef: {name: all, optional: true}}, {secretRef: {name: secrets}}]
          resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {cpu: 500m, memory: 256Mi, example.com/gpu: 1}}
          readinessProbe: {httpGet: {path: /ready, port: http, scheme: HTTPS}, initialDelaySeconds: 3, periodSeconds: 5}
          livenessProbe: {tcpSocket: {port: 8080}, timeoutSeconds: 2, failureThreshold: 4}
          startupProbe: {exec: {command: [check]}, successThreshold: 1}
          volumeMounts: [{name: settings, mountPath: /settings}]
      volumes:
        - {name: settings, configMap: {name: settings}}
        - {name: keys, secret: {secretName: keys}}
        - {name: scratch, emptyDir: {}}
        - {name: host, hostPath: {path: /}}
        - {name: claim, persistentVolumeClaim: {claimName: web-data}}
        - {name: share, nfs: {server: nfs.example, path: /}}
        - {name: both, projected: {sources: [{configMap: {name: settings}}]}}
        - {name: down, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
        - {name: csi, csi: {driver: csi.example}}
        - {name: own, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: forms}
spec:
  replicas: 2
  serviceName: db
  podManagementPolicy: Parallel
  minReadySeconds: 2
  ordinals: {start: 5}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 6}}
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      schedulerName: nobody
      schedulingGates: [{name: example.com/wait}]
      containers: [{name: db, image: "registry.example/db:1", env: [{name: PASSWORD, value: geheim}]}]
  volumeClaimTemplates:
    - {metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: forms}
spec:
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 25%}}
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}, finalizers: [example.com/hold]}
    spec: {hostNetwork: true, containers: [{name: agent, image: "registry.example/agent:1"}]}
---
apiVersion: v1
kind: Event
metadata: {name: old.1, namespace: forms}
involvedObject: {kind: Pod, namespace: forms, name: web-1, uid: 11111111-1111-1111-1111-111111111111, fieldPath: "spec.containers{app}"}
reason: BackOff
message: "Back-off pulling image ☕"
type: Warning
source: {component: kubelet, host: node-0}
firstTimestamp: 2026-01-02T03:04:05Z
lastTimestamp: 2026-01-02T03:05:06Z
count: 7
---
apiVersion: events.k8s.io/v1
kind: Event
metadata: {name: new.1, namespace: forms}
regarding: {kind: Pod, namespace: forms, name: web-1}
reason: FailedScheduling
note: "0/1 nodes are available"
type: Warning
action: Binding
reportingController: default-scheduler
reportingInstance: scheduler-0
eventTime: 2026-01-02T03:04:05.678901Z
series: {count: 3, lastObservedTime: 2026-01-02T03:06:07.123456Z}
`;

/** What a kubelet might write, all of it at once. */
const troubled = {
  phase: 'Pending',
  reason: 'Evicted',
  message: 'The node was low on resource: memory.',
  nominatedNodeName: 'node-0',
  startTime: '2026-01-02T03:04:05Z',
  conditions: [
    { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z' },
    { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [app]' },
  ],
  initContainerStatuses: [
    { name: 'migrate', ready: true, restartCount: 0, image: 'x', imageID: '', state: { terminated: { exitCode: 0 } } },
  ],
  containerStatuses: [
    {
      name: 'app',
      ready: false,
      started: false,
      restartCount: 5,
      image: 'registry.example/web:1',
      imageID: 'registry.example/web@sha256:0123',
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 2m40s restarting failed container' } },
      lastState: {
        terminated: {
          exitCode: -1,
          signal: 9,
          reason: 'Error',
          message: 'größer',
          startedAt: '2026-01-02T03:04:06Z',
          finishedAt: '2026-01-02T03:04:07Z',
        },
      },
    },
  ],
};

let cluster: Cluster;
let transport: HttpTransport;

before(async () => {
  cluster = await startCluster({ nodes: 1 });
  const credentials = new CredentialSource({ type: 'kubeconfig', paths: [cluster.kubeconfigPath] });
  transport = new HttpTransport({ credentials, userAgent: 'contract', environment: {} });
  await cluster.apply(rich);
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { items } = await cluster.get<{ items: { metadata: { name: string } }[] }>('/api/v1/namespaces/forms/pods');
    // Two of each; what the scheduler and the kubelet make of them does not matter.
    const names = items.map(({ metadata }) => metadata.name);
    const [first] = names.filter((name) => name.startsWith('web-'));
    if (names.length >= 5 && first !== undefined) {
      await cluster.patchPodStatus('forms', first, troubled);
      return;
    }
    assert.ok(performance.now() < deadline, `only ${names.join(', ')} within 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

after(async () => {
  await transport?.close();
  await cluster?.stop();
});

/** Getters are read too: a packed pod has nothing else. */
function plain(item: object): unknown {
  const names = new Set<string>();
  for (let of: object | null = item; of !== null && of !== Object.prototype; of = Object.getPrototypeOf(of) as object) {
    for (const name of Object.getOwnPropertyNames(of)) names.add(name);
  }
  names.delete('constructor');
  return Object.fromEntries([...names].sort().map((name) => [name, Reflect.get(item, name)]));
}

function kept(cache: ClusterCache, resource: WatchedResource): readonly unknown[] {
  const of = {
    pods: cache.pods,
    replicasets: cache.replicaSets,
    deployments: cache.deployments,
    statefulsets: cache.statefulSets,
    daemonsets: cache.daemonSets,
    services: cache.services,
    namespaces: cache.namespaces,
    events: null,
  }[resource];
  return of === null ? [] : [...of.values()].map(plain);
}

function emptyCache(): { readonly cache: ClusterCache; readonly events: unknown[] } {
  const events: unknown[] = [];
  const ignore = (): void => undefined;
  const listener = { workload: ignore, replicaSet: ignore, pod: ignore, service: ignore, namespace: ignore };
  const cache = new ClusterCache({ ...listener, event: (event) => events.push(event) }, (value) => `hash of ${value}`);
  return { cache, events };
}

async function listed(resource: WatchedResource, accept: string): Promise<{ type: string; kept: readonly unknown[] }> {
  const { cache, events } = emptyCache();
  const feed = cache.feed(resource, null);
  const answer = await transport.stream(resourcePath(kinds[resource], null), {}, never, { accept });
  feed({ type: 'init' });
  for await (const items of listItems(answer, kinds[resource].message)) {
    for (const item of items) {
      assert.notEqual(item.type, 'skipped');
      if (item.type === 'item') feed({ type: 'initApply', object: item.object });
      else if (item.type === 'pageEnd') feed({ type: 'initDone', resourceVersion: item.metadata.resourceVersion });
    }
  }
  return { type: answer.contentType, kept: resource === 'events' ? events : kept(cache, resource) };
}

async function watched(resource: WatchedResource, accept: string): Promise<readonly unknown[]> {
  const { cache, events } = emptyCache();
  const feed = cache.feed(resource, null);
  const query = { watch: true, resourceVersion: '0', timeoutSeconds: 1 };
  const answer = await transport.stream(resourcePath(kinds[resource], null), query, never, { accept });
  feed({ type: 'init' });
  for await (const frames of watchFrames(answer, kinds[resource].message)) {
    for (const frame of frames) if ('object' in frame) feed({ type: 'initApply', object: frame.object });
  }
  feed({ type: 'initDone', resourceVersion: '1' });
  return resource === 'events' ? events : kept(cache, resource);
}

for (const resource of resources) {
  const json = acceptedForms(kinds[resource].metadataOnly ? 'PartialObjectMetadataList' : null).split(', ')[1] ?? '';
  const both = acceptedForms(kinds[resource].metadataOnly ? 'PartialObjectMetadataList' : null);
  test(`a list of ${resource} is kept alike from JSON and from protobuf`, async () => {
    const fromJson = await listed(resource, json);
    const fromProtobuf = await listed(resource, both);
    assert.match(fromJson.type, /^application\/json/);
    assert.match(fromProtobuf.type, /^application\/vnd\.kubernetes\.protobuf/);
    assert.ok(fromJson.kept.length > 0, 'nothing to compare');
    assert.deepEqual(fromProtobuf.kept, fromJson.kept);
  });

  test(`a watch of ${resource} is kept alike from JSON and from protobuf`, async () => {
    const fromJson = await watched(resource, json.replace('List;', ';'));
    assert.ok(fromJson.length > 0, 'nothing to compare');
    assert.deepEqual(await watched(resource, both.replaceAll('List;', ';')), fromJson);
  });
}

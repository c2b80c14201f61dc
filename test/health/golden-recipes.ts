import { type Cluster, contentTypes, type KubeList, manualStatusLabel } from '../cluster/control-plane.ts';
import * as kubelet from '../cluster/kubelet-status.ts';
import { type KubeletReport, type Pod, reportOf } from '../cluster/kubelet-status.ts';

/**
 * How to bring a real control plane into the states that the golden files show: controllers, scheduler, quota, Pod
 * Security and admission are the real ones, container states are written as the kubelet of that version writes them.
 * `scripts/record-golden.ts` runs them.
 */
export interface GoldenRecipe {
  readonly kind: 'deployment' | 'statefulset' | 'daemonset';
  /** File name, and with the kind the namespace. */
  readonly name: string;
  readonly title: string;
  /** Labels of the namespace. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly make: (scene: Scene) => Promise<void>;
  /** The verdict is taken this long after the recording: a grace has to pass. */
  readonly laterSeconds?: number;
}

/** One namespace of the cluster, with the workload `app` in it. */
export interface Scene {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Applies the workload, its spec merged with `spec` and its template's spec with `pod`. */
  workload(kind: 'Deployment' | 'StatefulSet' | 'DaemonSet', options?: WorkloadOptions): Promise<void>;
  apply(manifest: Readonly<Record<string, unknown>>): Promise<void>;
  /** Merge patch of the workload. */
  patch(kind: string, body: object): Promise<void>;
  /** Waits until the workload is as `done` says. */
  until(kind: string, done: (object: Observed) => boolean): Promise<void>;
  /** Waits for so many scheduled pods that match. */
  pods(count: number, matching?: (pod: Pod) => boolean): Promise<readonly Pod[]>;
  report(pods: readonly Pod[], build: (pod: Pod) => KubeletReport): Promise<void>;
  /** Waits for an event with this reason. */
  event(reason: string): Promise<void>;
}

export interface WorkloadOptions {
  readonly replicas?: number;
  readonly image?: string;
  /** The test writes the status of its pods. */
  readonly manual?: boolean;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly pod?: Readonly<Record<string, unknown>>;
  readonly container?: Readonly<Record<string, unknown>>;
}

export interface Observed {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly updatedNumberScheduled?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
  };
}

const resources = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;

export function sceneOf(cluster: Cluster, namespace: string): Scene {
  const pathOf = (kind: string): string =>
    `/apis/apps/v1/namespaces/${namespace}/${kind === 'StatefulSet' ? resources.StatefulSet : kind === 'DaemonSet' ? resources.DaemonSet : resources.Deployment}/app`;
  return {
    cluster,
    namespace,
    async workload(kind, options = {}) {
      const labels = { app: 'app', ...(options.manual === true ? { [manualStatusLabel]: 'true' } : {}) };
      await cluster.apply([
        {
          apiVersion: 'apps/v1',
          kind,
          metadata: { name: 'app', namespace },
          spec: {
            ...(kind === 'DaemonSet' ? {} : { replicas: options.replicas ?? 3 }),
            ...(kind === 'StatefulSet' ? { serviceName: 'app' } : {}),
            selector: { matchLabels: { app: 'app' } },
            template: {
              metadata: { labels },
              spec: {
                terminationGracePeriodSeconds: 0,
                containers: [{ name: 'app', image: options.image ?? 'registry.example/app:1', ...options.container }],
                ...options.pod,
              },
            },
            ...options.spec,
          },
        },
      ]);
    },
    async apply(manifest) {
      await cluster.apply(JSON.stringify(manifest));
    },
    async patch(kind, body) {
      await cluster.request('PATCH', pathOf(kind), body, contentTypes.mergePatch);
    },
    async until(kind, done) {
      await cluster.waitFor<Observed>(pathOf(kind), done, 90_000);
    },
    async pods(count, matching = () => true) {
      const living = ({ items }: KubeList<Pod>): readonly Pod[] =>
        items.filter(
          (pod) => pod.metadata.deletionTimestamp === undefined && pod.spec.nodeName !== undefined && matching(pod),
        );
      return living(
        await cluster.waitFor<KubeList<Pod>>(
          `/api/v1/namespaces/${namespace}/pods`,
          (list) => living(list).length >= count,
          90_000,
        ),
      );
    },
    async report(pods, build) {
      for (const pod of pods) await reportOf(cluster, namespace, pod.metadata.name, build);
    },
    async event(reason) {
      await cluster.waitFor<KubeList<{ readonly reason: string; readonly metadata: { readonly name: string } }>>(
        `/api/v1/namespaces/${namespace}/events`,
        ({ items }) => items.some((one) => one.reason === reason),
        90_000,
      );
    },
  };
}

const now = (): number => Date.now();
const image2 = (pod: Pod): boolean => pod.spec.containers[0]?.image === 'registry.example/app:2';
const image1 = (pod: Pod): boolean => !image2(pod);
const settled = ({ metadata, spec, status }: Observed): boolean =>
  status?.observedGeneration === metadata.generation &&
  (status.availableReplicas ?? 0) === (spec.replicas ?? 0) &&
  (status.updatedReplicas ?? 0) === (spec.replicas ?? 0) &&
  (status.replicas ?? 0) === (spec.replicas ?? 0);
const settledDaemon = ({ metadata, status }: Observed): boolean =>
  status?.observedGeneration === metadata.generation &&
  status.desiredNumberScheduled === 3 &&
  status.numberAvailable === 3 &&
  status.updatedNumberScheduled === 3;
const finished = (object: Observed): boolean =>
  settled(object) && (object.status?.conditions ?? []).some((one) => one.reason === 'NewReplicaSetAvailable');
const available =
  (count: number) =>
  ({ status }: Observed): boolean =>
    (status?.availableReplicas ?? 0) === count;

/** A finished Deployment of the first image, then the second with pods that the test writes. */
async function rolledOut(scene: Scene, options: WorkloadOptions = {}): Promise<readonly Pod[]> {
  await scene.workload('Deployment', options);
  await scene.until('Deployment', finished);
  await scene.workload('Deployment', { ...options, image: 'registry.example/app:2', manual: true });
  return scene.pods(1, image2);
}

/** All pods run, one by the test's hand. */
async function running(
  scene: Scene,
  kind: 'Deployment' | 'StatefulSet',
  options: WorkloadOptions = {},
): Promise<readonly Pod[]> {
  const count = options.replicas ?? 3;
  await scene.workload(kind, {
    ...options,
    manual: true,
    spec: { ...options.spec, ...(kind === 'StatefulSet' ? { podManagementPolicy: 'Parallel' } : {}) },
  });
  const pods = await scene.pods(count);
  await scene.report(pods, (pod) => kubelet.running(pod, { at: now() - 1000 }));
  await scene.until(kind, kind === 'Deployment' ? finished : settled);
  return scene.pods(count);
}

const limited = { resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } } };

export const goldenRecipes: readonly GoldenRecipe[] = [
  {
    kind: 'deployment',
    name: 'healthy',
    title: 'three of three, the rollout complete',
    async make(scene) {
      await scene.workload('Deployment');
      await scene.until('Deployment', finished);
    },
  },
  {
    kind: 'deployment',
    name: 'scaled-to-zero',
    title: 'scaled down to zero',
    async make(scene) {
      await scene.workload('Deployment');
      await scene.until('Deployment', finished);
      await scene.patch('Deployment', { spec: { replicas: 0 } });
      await scene.until('Deployment', ({ status }) => (status?.replicas ?? 0) === 0);
    },
  },
  {
    kind: 'deployment',
    name: 'image-not-found',
    title: 'the new revision has an image that does not exist, the old one serves',
    async make(scene) {
      await scene.report(await rolledOut(scene), (pod) => kubelet.imagePullBackOff(pod, { at: now() }));
    },
  },
  {
    kind: 'deployment',
    name: 'deadline-exceeded',
    title: 'the same after the progress deadline',
    async make(scene) {
      const pods = await rolledOut(scene, { spec: { progressDeadlineSeconds: 4 } });
      await scene.report(pods, (pod) => kubelet.imagePullBackOff(pod, { at: now() }));
      await scene.until('Deployment', ({ status }) =>
        (status?.conditions ?? []).some((one) => one.reason === 'ProgressDeadlineExceeded'),
      );
    },
  },
  {
    kind: 'deployment',
    name: 'rolling-update',
    title: 'a rolling update with a surge pod that starts',
    async make(scene) {
      await scene.report(await rolledOut(scene), (pod) => kubelet.containerCreating(pod, { at: now() }));
    },
  },
  {
    kind: 'deployment',
    name: 'paused',
    title: 'paused in the middle of a rollout',
    async make(scene) {
      const pods = await rolledOut(scene);
      await scene.patch('Deployment', { spec: { paused: true } });
      await scene.until('Deployment', ({ metadata, status }) => status?.observedGeneration === metadata.generation);
      await scene.report(pods, (pod) => kubelet.running(pod, { at: now() - 1000 }));
      await scene.until('Deployment', available(4));
    },
  },
  {
    kind: 'deployment',
    name: 'regression-oom',
    title: 'one of three loops out of memory after the rollout',
    async make(scene) {
      const [pod] = await running(scene, 'Deployment', { container: limited });
      if (pod !== undefined)
        await scene.report([pod], (one) => kubelet.oomKilled(one, { at: now() - 5000, restarts: 4 }));
      await scene.until('Deployment', available(2));
    },
  },
  {
    kind: 'deployment',
    name: 'crash-loop',
    title: 'all pods crash, the first rollout never worked',
    async make(scene) {
      await scene.workload('Deployment', { manual: true });
      await scene.report(await scene.pods(3), (pod) =>
        kubelet.crashLoopBackOff(pod, { at: now() - 2000, restarts: 4 }),
      );
    },
  },
  {
    kind: 'deployment',
    name: 'config-missing',
    title: 'the new revision needs a ConfigMap that does not exist',
    laterSeconds: 30,
    async make(scene) {
      await scene.report(await rolledOut(scene), (pod) => kubelet.configError(pod, { at: now() }));
    },
  },
  {
    kind: 'deployment',
    name: 'readiness',
    title: 'one of three answers 503 after the rollout',
    // It lost readiness so soon after its start that only the startup grace tells.
    laterSeconds: 130,
    async make(scene) {
      const readinessProbe = {
        httpGet: { path: '/ready', port: 8080 },
        periodSeconds: 10,
        timeoutSeconds: 1,
        failureThreshold: 3,
      };
      const [pod] = await running(scene, 'Deployment', { container: { readinessProbe } });
      if (pod !== undefined) await scene.report([pod], (one) => kubelet.readinessFailing(one, { at: now() }));
      await scene.until('Deployment', available(2));
    },
  },
  {
    kind: 'deployment',
    name: 'init-crash',
    title: 'the init container of the new revision fails',
    async make(scene) {
      const pod = { initContainers: [{ name: 'migrate', image: 'registry.example/migrate:1' }] };
      await scene.report(await rolledOut(scene, { pod }), (one) =>
        kubelet.initCrash(one, { at: now() - 2000, restarts: 3 }),
      );
    },
  },
  {
    kind: 'deployment',
    name: 'sidecar-crash',
    title: 'a native sidecar crashes while the main container runs',
    async make(scene) {
      const pod = { initContainers: [{ name: 'proxy', image: 'registry.example/proxy:1', restartPolicy: 'Always' }] };
      const [first] = await running(scene, 'Deployment', { pod });
      if (first !== undefined)
        await scene.report([first], (one) => kubelet.sidecarCrash(one, { at: now() - 5000, restarts: 4 }));
      await scene.until('Deployment', available(2));
    },
  },
  {
    kind: 'deployment',
    name: 'quota',
    title: 'a quota lets two of three pods in',
    async make(scene) {
      await scene.apply({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'compute', namespace: scene.namespace },
        spec: { hard: { 'requests.memory': '128Mi' } },
      });
      // The quota refuses everything until its controller has counted once.
      await scene.cluster.waitFor<{ status?: { used?: object } }>(
        `/api/v1/namespaces/${scene.namespace}/resourcequotas/compute`,
        ({ status }) => status?.used !== undefined,
      );
      await scene.workload('Deployment', { container: limited });
      await scene.event('FailedCreate');
      await scene.until('Deployment', available(2));
    },
  },
  {
    kind: 'deployment',
    name: 'quota-surge',
    title: 'a quota stops only the surge pod of a rollout',
    async make(scene) {
      await scene.workload('Deployment');
      await scene.until('Deployment', finished);
      await scene.apply({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'pods', namespace: scene.namespace },
        spec: { hard: { pods: '3' } },
      });
      await scene.cluster.waitFor<{ status?: { used?: { pods?: string } } }>(
        `/api/v1/namespaces/${scene.namespace}/resourcequotas/pods`,
        ({ status }) => status?.used?.pods === '3',
      );
      await scene.workload('Deployment', { image: 'registry.example/app:2' });
      await scene.event('FailedCreate');
    },
  },
  {
    kind: 'deployment',
    name: 'limit-range',
    title: 'a LimitRange refuses the pods',
    async make(scene) {
      await scene.apply({
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'small', namespace: scene.namespace },
        spec: { limits: [{ type: 'Container', max: { memory: '64Mi' } }] },
      });
      await scene.workload('Deployment', { container: limited });
      await scene.event('FailedCreate');
    },
  },
  {
    kind: 'deployment',
    name: 'pod-security',
    title: 'Pod Security refuses the pods',
    namespaceLabels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    async make(scene) {
      await scene.workload('Deployment');
      await scene.event('FailedCreate');
    },
  },
  {
    kind: 'deployment',
    name: 'service-account',
    title: 'the ServiceAccount does not exist',
    async make(scene) {
      await scene.workload('Deployment', { pod: { serviceAccountName: 'robot' } });
      await scene.event('FailedCreate');
    },
  },
  {
    kind: 'deployment',
    name: 'webhook-away',
    title: 'an admission webhook does not answer',
    async make(scene) {
      const clientConfig = { service: { name: 'nobody', namespace: scene.namespace, path: '/' } };
      const manifest = {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'golden-webhook' },
        webhooks: [
          {
            name: 'policy.example.com',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            timeoutSeconds: 1,
            clientConfig,
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': scene.namespace } },
          },
        ],
      };
      await scene.apply(manifest);
      // The API server reads webhooks with a delay: until then pods are let in.
      await scene.cluster.waitFor(`/api/v1/namespaces/${scene.namespace}`, () => true);
      await scene.workload('Deployment', { replicas: 0 });
      await scene.until('Deployment', ({ metadata, status }) => status?.observedGeneration === metadata.generation);
      await refusesPods(scene);
      await scene.patch('Deployment', { spec: { replicas: 3 } });
      await scene.event('FailedCreate');
    },
  },
  {
    kind: 'deployment',
    name: 'policy',
    title: 'a ValidatingAdmissionPolicy refuses the pods',
    async make(scene) {
      const match = {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': scene.namespace } },
      };
      await scene.apply({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: 'golden-policy' },
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: match,
          validations: [{ expression: 'false', message: 'images must come from registry.internal' }],
        },
      });
      await scene.apply({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: 'golden-policy' },
        spec: { policyName: 'golden-policy', validationActions: ['Deny'] },
      });
      await scene.workload('Deployment', { replicas: 0 });
      await scene.until('Deployment', ({ metadata, status }) => status?.observedGeneration === metadata.generation);
      await refusesPods(scene);
      await scene.patch('Deployment', { spec: { replicas: 3 } });
      await scene.event('FailedCreate');
    },
  },
  {
    kind: 'deployment',
    name: 'no-room',
    title: 'no node has enough memory',
    laterSeconds: 130,
    async make(scene) {
      await scene.workload('Deployment', { container: { resources: { requests: { memory: '900Gi' } } } });
      await scene.event('FailedScheduling');
    },
  },
  {
    kind: 'deployment',
    name: 'node-selector',
    title: 'no node matches the selector',
    laterSeconds: 130,
    async make(scene) {
      await scene.workload('Deployment', { pod: { nodeSelector: { disk: 'tape' } } });
      await scene.event('FailedScheduling');
    },
  },
  {
    kind: 'deployment',
    name: 'host-port-deadlock',
    title: 'a host port on as many nodes as replicas: the surge pod waits for ever',
    laterSeconds: 70,
    async make(scene) {
      const container = { ports: [{ containerPort: 8080, hostPort: 18_080 }] };
      const spec = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
      await scene.workload('Deployment', { container, spec });
      await scene.until('Deployment', finished);
      await scene.workload('Deployment', { container, spec, image: 'registry.example/app:2' });
      await scene.event('FailedScheduling');
    },
  },
  {
    kind: 'deployment',
    name: 'recreate-gap',
    title: 'strategy Recreate, the new pod starts',
    async make(scene) {
      const spec = { strategy: { type: 'Recreate', rollingUpdate: null } };
      await scene.workload('Deployment', { replicas: 1, spec });
      await scene.until('Deployment', finished);
      await scene.workload('Deployment', { replicas: 1, spec, image: 'registry.example/app:2', manual: true });
      await scene.report(await scene.pods(1, image2), (pod) => kubelet.containerCreating(pod, { at: now() }));
      await scene.until('Deployment', ({ status }) => status?.updatedReplicas === 1);
    },
  },
  {
    kind: 'deployment',
    name: 'evicted',
    title: 'one pod evicted by its node and replaced',
    async make(scene) {
      const [pod] = await running(scene, 'Deployment');
      if (pod !== undefined) await scene.report([pod], (one) => kubelet.evicted(one, { at: now() }));
      await scene.report(await scene.pods(4), (one) =>
        one.status.phase === 'Failed'
          ? { status: { conditions: [] }, events: [] }
          : kubelet.running(one, { at: now() - 1000 }),
      );
      await scene.until('Deployment', available(3));
    },
  },
  {
    kind: 'deployment',
    name: 'node-never-there',
    title: 'pods bound by spec.nodeName to a node that does not exist: made and collected again and again',
    async make(scene) {
      await scene.workload('Deployment', { replicas: 2, pod: { nodeName: 'node-99' } });
      await scene.cluster.waitFor<KubeList<{ readonly reason: string; readonly metadata: { readonly name: string } }>>(
        `/api/v1/namespaces/${scene.namespace}/events`,
        ({ items }) => items.filter((one) => one.reason === 'SuccessfulCreate').length >= 10,
        300_000,
      );
      await scene.pods(2);
    },
  },
  {
    kind: 'deployment',
    name: 'terminating',
    title: 'deleted and held by a finalizer',
    async make(scene) {
      await scene.workload('Deployment');
      await scene.until('Deployment', finished);
      await scene.patch('Deployment', { metadata: { finalizers: ['example.com/hold'] } });
      await scene.cluster.request('DELETE', `/apis/apps/v1/namespaces/${scene.namespace}/deployments/app`);
    },
  },
  {
    kind: 'statefulset',
    name: 'healthy',
    title: 'three of three with their claims',
    async make(scene) {
      await scene.workload('StatefulSet');
      await scene.until('StatefulSet', settled);
    },
  },
  {
    kind: 'statefulset',
    name: 'partition',
    title: 'held by a partition of two',
    async make(scene) {
      const spec = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } };
      await scene.workload('StatefulSet', { spec });
      await scene.until('StatefulSet', settled);
      await scene.workload('StatefulSet', { spec, image: 'registry.example/app:2' });
      await scene.pods(1, image2);
      await scene.until('StatefulSet', ({ status }) => status?.updatedReplicas === 1 && status.availableReplicas === 3);
    },
  },
  {
    kind: 'statefulset',
    name: 'on-delete',
    title: 'OnDelete with one pod of the new revision',
    async make(scene) {
      const spec = { updateStrategy: { type: 'OnDelete' } };
      await scene.workload('StatefulSet', { spec });
      await scene.until('StatefulSet', settled);
      await scene.workload('StatefulSet', { spec, image: 'registry.example/app:2' });
      await scene.cluster.request('DELETE', `/api/v1/namespaces/${scene.namespace}/pods/app-2`);
      await scene.pods(1, image2);
      await scene.until('StatefulSet', available(3));
    },
  },
  {
    kind: 'statefulset',
    name: 'refused',
    title: 'Pod Security refuses the first pod of a new set',
    namespaceLabels: { 'pod-security.kubernetes.io/enforce': 'baseline' },
    async make(scene) {
      await scene.workload('StatefulSet', { pod: { hostNetwork: true } });
      await scene.event('FailedCreate');
    },
  },
  {
    kind: 'statefulset',
    name: 'volume-waits',
    title: 'WaitForFirstConsumer, and a provisioner that does not run: the scheduler has chosen a node',
    laterSeconds: 150,
    async make(scene) {
      await scene.cluster.apply([
        {
          apiVersion: 'storage.k8s.io/v1',
          kind: 'StorageClass',
          metadata: { name: 'late' },
          provisioner: 'csi.example.com',
          volumeBindingMode: 'WaitForFirstConsumer',
        },
      ]);
      const spec = {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'late',
        resources: { requests: { storage: '1Gi' } },
      };
      await scene.workload('StatefulSet', { spec: { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec }] } });
      await scene.event('ExternalProvisioning');
    },
  },
  {
    kind: 'statefulset',
    name: 'ordinal-blocks',
    title: 'the second ordinal crashes, the third is not made',
    async make(scene) {
      await scene.workload('StatefulSet', { manual: true });
      await scene.report(await scene.pods(1), (pod) => kubelet.running(pod, { at: now() - 1000 }));
      const second = await scene.pods(1, (pod) => pod.metadata.name === 'app-1');
      await scene.report(second, (pod) => kubelet.crashLoopBackOff(pod, { at: now() - 2000, restarts: 4 }));
    },
  },
  {
    kind: 'statefulset',
    name: 'forced-rollback',
    title: 'a withdrawn revision is broken and blocks the set',
    laterSeconds: 310,
    async make(scene) {
      await scene.workload('StatefulSet');
      await scene.until('StatefulSet', settled);
      await scene.workload('StatefulSet', { image: 'registry.example/app:2', manual: true });
      const broken = await scene.pods(1, image2);
      await scene.report(broken, (pod) => kubelet.imagePullBackOff(pod, { at: now() }));
      await scene.workload('StatefulSet');
      await scene.until('StatefulSet', ({ metadata, status }) => status?.observedGeneration === metadata.generation);
      await scene.pods(2, image1);
    },
  },
  {
    kind: 'daemonset',
    name: 'healthy',
    title: 'one pod on each of three nodes',
    async make(scene) {
      await scene.workload('DaemonSet');
      await scene.until('DaemonSet', settledDaemon);
    },
  },
  {
    kind: 'daemonset',
    name: 'no-node',
    title: 'no node matches the selector',
    async make(scene) {
      await scene.workload('DaemonSet', { pod: { nodeSelector: { disk: 'tape' } } });
      await scene.until('DaemonSet', ({ metadata, status }) => status?.observedGeneration === metadata.generation);
    },
  },
  {
    kind: 'daemonset',
    name: 'on-delete',
    title: 'OnDelete with one pod of the new revision',
    async make(scene) {
      const spec = { updateStrategy: { type: 'OnDelete' } };
      await scene.workload('DaemonSet', { spec });
      await scene.until('DaemonSet', settledDaemon);
      await scene.workload('DaemonSet', { spec, image: 'registry.example/app:2' });
      const [first] = await scene.pods(3, image1);
      if (first !== undefined)
        await scene.cluster.request('DELETE', `/api/v1/namespaces/${scene.namespace}/pods/${first.metadata.name}`);
      await scene.pods(1, image2);
      await scene.until(
        'DaemonSet',
        ({ status }) => status?.numberAvailable === 3 && status.updatedNumberScheduled === 1,
      );
    },
  },
  {
    kind: 'daemonset',
    name: 'surge-fails',
    title: 'the first surge pod cannot pull its image, and the old pod of its node serves',
    async make(scene) {
      const spec = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
      await scene.workload('DaemonSet', { spec });
      await scene.until('DaemonSet', settledDaemon);
      await scene.workload('DaemonSet', { spec, image: 'registry.example/app:2', manual: true });
      await scene.report(await scene.pods(1, image2), (pod) => kubelet.imagePullBackOff(pod, { at: now() }));
      await scene.until('DaemonSet', ({ metadata, status }) => status?.observedGeneration === metadata.generation);
    },
  },
  {
    kind: 'daemonset',
    name: 'on-delete-untouched',
    title: 'OnDelete, a new revision, and no pod deleted yet',
    async make(scene) {
      const spec = { updateStrategy: { type: 'OnDelete' } };
      await scene.workload('DaemonSet', { spec });
      await scene.until('DaemonSet', settledDaemon);
      await scene.workload('DaemonSet', { spec, image: 'registry.example/app:2' });
      await scene.until(
        'DaemonSet',
        ({ metadata, status }) =>
          status?.observedGeneration === metadata.generation && (status.updatedNumberScheduled ?? 0) === 0,
      );
    },
  },
  {
    kind: 'daemonset',
    name: 'update',
    title: 'an update whose first pod cannot pull its image',
    async make(scene) {
      await scene.workload('DaemonSet');
      await scene.until('DaemonSet', settledDaemon);
      await scene.workload('DaemonSet', { image: 'registry.example/app:2', manual: true });
      await scene.report(await scene.pods(1, image2), (pod) => kubelet.imagePullBackOff(pod, { at: now() }));
      await scene.until(
        'DaemonSet',
        ({ status }) => status?.numberAvailable === 2 && status.updatedNumberScheduled === 1,
      );
    },
  },
  {
    kind: 'daemonset',
    name: 'no-room',
    title: 'a pod does not fit one node',
    laterSeconds: 130,
    async make(scene) {
      // It fills one node, so that the daemon's request fits only two.
      await scene.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'filler', namespace: scene.namespace },
        spec: {
          nodeName: 'node-2',
          containers: [
            { name: 'filler', image: 'registry.example/filler:1', resources: { requests: { memory: '200Gi' } } },
          ],
        },
      });
      await scene.workload('DaemonSet', { container: { resources: { requests: { memory: '100Gi' } } } });
      await scene.event('FailedScheduling');
      await scene.until('DaemonSet', ({ status }) => status?.numberAvailable === 2);
    },
  },
];

/** Tries until admission refuses a pod: webhooks and policies take effect a moment after they were written. */
async function refusesPods({ cluster, namespace }: Scene): Promise<void> {
  const probe = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace },
    spec: { containers: [{ name: 'probe', image: 'registry.example/probe:1' }] },
  };
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    try {
      await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, probe);
    } catch {
      // Refused, which is what was waited for.
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`pods in ${namespace} are still admitted after 60 s`);
}

import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { type Controller, type ControllerOptions, createController } from '../../controller/controller.ts';
import type { Log } from '../../controller/reflector/reflector.ts';
import { scopeOf } from '../../controller/scope.ts';
import type { ServerTraits } from '../../simulator/api-server.ts';
import { createSimulatedCluster, type SimulatedCluster } from '../../simulator/simulator.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { RecordingStore } from './recording-store.ts';
import { SimulatorTransport } from './simulator-transport.ts';

/** The whole controller between a simulated API server and a store of plain maps, on one fake clock. */
export interface ControllerBench extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly cluster: SimulatedCluster;
  readonly transport: SimulatorTransport;
  readonly store: RecordingStore;
  readonly registry: Registry;
  readonly controller: Controller;
  /** Warnings and errors that were logged, with their fields. */
  readonly logged: { readonly fields: object; readonly message: string }[];
  /** Lets time pass. */
  readonly pass: (ms: number) => Promise<void>;
  /** Stops, and fails if a request, a watch or a timer is left. */
  readonly stop: () => Promise<void>;
  /** A Deployment with one ReplicaSet and its pods, all up. */
  readonly deployment: (name: string, options?: WorkloadOptions) => void;
  readonly state: (key: string) => string | null;
}

export interface WorkloadOptions {
  readonly namespace?: string;
  readonly replicas?: number;
  readonly node?: string;
  readonly revision?: number;
  readonly image?: string;
  readonly env?: readonly object[];
  readonly limits?: Readonly<Record<string, string>>;
}

export interface ControllerBenchOptions {
  readonly traits?: Partial<ServerTraits>;
  readonly namespaces?: readonly string[];
  readonly excludedNamespaces?: readonly string[];
  readonly store?: RecordingStore;
  readonly controller?: Partial<ControllerOptions>;
  readonly prepare?: (bench: ControllerBench) => void;
  /** False: nothing has started when it returns. */
  readonly started?: boolean;
}

export async function startControllerBench(options: ControllerBenchOptions = {}): Promise<ControllerBench> {
  const clock = new FakeClock();
  const cluster = createSimulatedCluster({
    clock,
    ...(options.traits === undefined ? {} : { traits: options.traits }),
  });
  const transport = new SimulatorTransport(cluster.api, clock);
  const store = options.store ?? new RecordingStore();
  const registry = new Registry();
  const logged: { fields: object; message: string }[] = [];
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, message) => logged.push({ fields, message }),
    error: (fields, message) => logged.push({ fields, message }),
  };
  const controller = createController({
    transport,
    runtime: 'kubernetes',
    detectedBy: 'a test',
    scope: scopeOf(options.namespaces ?? [], options.excludedNamespaces ?? []),
    store,
    installationKey: 'key of this test',
    metricsIntervalMs: 60_000,
    caHash: null,
    registry,
    clock,
    random: () => 0.5,
    log,
    ...options.controller,
  });
  const abort = new AbortController();
  const pass = async (ms: number): Promise<void> => {
    const until = clock.monotonic() + ms;
    for (;;) {
      // A request, its answer, a reconcile and what it asks for are several turns, and none of them takes time.
      for (let turn = 0; turn < 25; turn++) await settle();
      const rest = until - clock.monotonic();
      if (rest <= 0) return;
      await clock.advance(Math.min(rest, clock.nextMs ?? rest));
    }
  };
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    const ending = controller.stop();
    await pass(0);
    await ending;
    assert.equal(transport.open, 0, 'a request is left');
    assert.equal(cluster.api.watches, 0, 'a watch is left');
    assert.equal(clock.pending, 0, 'a timer is left');
  };
  const bench: ControllerBench = {
    clock,
    cluster,
    transport,
    store,
    registry,
    controller,
    logged,
    pass,
    stop: () => (stopped ??= stop()),
    deployment: (name, workload = {}) => createDeployment(cluster, name, workload),
    state: (key) => [...store.snapshots.values()].find((snapshot) => snapshot.key === key)?.verdict.state ?? null,
    [Symbol.asyncDispose]: () => (stopped ??= stop()),
  };
  options.prepare?.(bench);
  if (options.started !== false) {
    controller.start(abort.signal);
    await pass(100);
  }
  return bench;
}

export function createDeployment(cluster: SimulatedCluster, name: string, options: WorkloadOptions): void {
  const {
    namespace = 'shop',
    replicas = 2,
    node = 'node-1',
    revision = 1,
    image = 'shop/web:1',
    env = [],
    limits = {},
  } = options;
  const { store, clock } = cluster;
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'app', image, env, resources: { limits } }] },
  };
  const deployment = store.create('deployments', {
    metadata: {
      name,
      namespace,
      labels,
      generation: 1,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
    },
    spec: { replicas, selector: { matchLabels: labels }, template },
    status: {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
    },
  });
  const replicaSet = store.create('replicasets', {
    metadata: {
      name: `${name}-${revision}`,
      namespace,
      labels: { ...labels, 'pod-template-hash': `hash${revision}` },
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [ownerReference('Deployment', name, deployment.uid)],
    },
    spec: { replicas, template },
    status: { replicas, readyReplicas: replicas },
  });
  for (let index = 0; index < replicas; index++) {
    store.create('pods', {
      metadata: {
        name: `${name}-${revision}-${index}`,
        namespace,
        labels: { ...labels, 'pod-template-hash': `hash${revision}` },
        ownerReferences: [ownerReference('ReplicaSet', `${name}-${revision}`, replicaSet.uid)],
      },
      spec: { nodeName: node, ...template.spec },
      status: readyStatus(new Date(clock.now()).toISOString()),
    });
  }
}

export function ownerReference(kind: string, name: string, uid: string): object {
  return { apiVersion: 'apps/v1', kind, name, uid, controller: true };
}

/** The status of a pod that came up at `at` and is well. */
export function readyStatus(at: string): object {
  const condition = (type: string): object => ({ type, status: 'True', lastTransitionTime: at });
  return {
    phase: 'Running',
    startTime: at,
    conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
    containerStatuses: [
      {
        name: 'app',
        image: 'shop/web:1',
        imageID: 'sha256:1',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: at } },
      },
    ],
  };
}

/** The conditions of a pod that runs and became unready at `at`, through its containers. */
export function unreadyConditions(at: string): readonly object[] {
  const condition = (type: string): object => ({ type, status: 'True', lastTransitionTime: at });
  const unready = (type: string): object => ({ ...condition(type), status: 'False', reason: 'ContainersNotReady' });
  return [unready('Ready'), unready('ContainersReady'), condition('Initialized'), condition('PodScheduled')];
}

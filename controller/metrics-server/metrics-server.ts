import type { ClusterScope, MetricsStatus } from '../../api/cluster.ts';
import type { UsageFacts } from '../../health/kubernetes.ts';
import type { WorkloadKey } from '../../health/workload.ts';
import type { MetricSample, StoreWriter } from '../../store/store.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { PackedPod } from '../cache/packed-pod.ts';
import type { Clock } from '../clock.ts';
import { ListSplitter } from '../kubernetes/list-splitter.ts';
import { isForbidden, isNotFound } from '../kubernetes/status-error.ts';
import type { Transport } from '../kubernetes/transport.ts';
import type { Log } from '../reflector/reflector.ts';
import { parsePodUsage, type PodUsage } from './pod-usage.ts';
import { isNearLimit } from './near-limit.ts';

export interface MetricsServerOptions {
  readonly transport: Transport;
  readonly scope: ClusterScope;
  readonly cache: ClusterCache;
  readonly store: Pick<StoreWriter, 'recordMetrics'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly intervalMs: number;
  readonly onStatus: () => void;
  /** A container of this workload is near its limit, or no longer is: its notes change. */
  readonly onPressure: (key: WorkloadKey) => void;
}

/** A pod of metrics takes a few hundred bytes; past this, it is no answer of metrics-server. */
const maxItemBytes = 1024 * 1024;
/** First look after the watches have had time to deliver: usage of pods that are not known is of no use. */
const firstLookMs = 2_000;
/** A sample is older than the next look when metrics-server has stopped answering: three looks, then it is not shown. */
const staleAfterLooks = 3;

type Outcome = { readonly state: MetricsStatus['state']; readonly message: string | null };

/**
 * CPU and memory from metrics.k8s.io: one list per interval and scope, however many workloads there are and whoever
 * looks at the page. metrics-server may be absent, forbidden, silent or have no sample yet, and may come and go.
 */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  #status: MetricsStatus = { state: 'pending', message: 'metrics.k8s.io has not been asked yet' };
  /** Namespace → pod → its newest sample. */
  #usage = new Map<string, Map<string, PodUsage>>();
  #usageAt = Number.NEGATIVE_INFINITY;
  #pressed = new Set<WorkloadKey>();

  constructor(options: MetricsServerOptions) {
    this.#options = options;
  }

  status(): MetricsStatus {
    return this.#status;
  }

  /** The newest samples of these pods; empty when there are none that are fresh. */
  usageOf(namespace: string, pods: readonly PackedPod[]): readonly UsageFacts[] {
    const known = this.#usage.get(namespace);
    if (known === undefined || this.#isStale()) return none;
    const facts: UsageFacts[] = [];
    for (const pod of pods) {
      const usage = known.get(pod.name);
      if (usage === undefined || (usage.sampledAt ?? 0) < pod.createdAt) continue;
      for (const { name, cpuCores, memoryBytes } of usage.containers) {
        const sampledAt = usage.sampledAt ?? 0;
        facts.push({ podUid: pod.uid, podName: pod.name, container: name, cpuCores, memoryBytes, sampledAt });
      }
    }
    return facts;
  }

  /** Runs until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, intervalMs } = this.#options;
    await clock.sleep(firstLookMs, signal);
    while (!signal.aborted) {
      await this.#look(signal);
      await clock.sleep(intervalMs * (1 + random() / 10), signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { scope, clock } = this.#options;
    const namespaces = scope.mode === 'allowlist' ? scope.namespaces : [null];
    const usage = new Map<string, Map<string, PodUsage>>();
    const outcomes: Outcome[] = [];
    for (const namespace of namespaces) {
      outcomes.push(await this.#readOne(namespace, usage, signal));
      if (signal.aborted) return;
    }
    if (outcomes.some(({ state }) => state === 'available')) {
      this.#usage = usage;
      this.#usageAt = clock.monotonic();
      this.#record();
    } else if (this.#isStale()) {
      this.#forget();
    }
    this.#become(summaryOf(outcomes));
  }

  #isStale(): boolean {
    const { clock, intervalMs } = this.#options;
    return clock.monotonic() - this.#usageAt > staleAfterLooks * intervalMs;
  }

  /** What rests on samples that are too old is looked at again: no event would ask for it. */
  #forget(): void {
    this.#usage.clear();
    const concerned = this.#pressed;
    this.#pressed = new Set();
    for (const key of concerned) this.#options.onPressure(key);
  }

  /** One list. Items are read while they arrive: 10,000 pods are 5 MB of JSON, and 0.2 kB of what is kept. */
  async #readOne(
    namespace: string | null,
    usage: Map<string, Map<string, PodUsage>>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { transport, cache } = this.#options;
    const inNamespace = namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
    try {
      const chunks = await transport.stream(`/apis/metrics.k8s.io/v1beta1${inNamespace}/pods`, {}, signal);
      const splitter = new ListSplitter(maxItemBytes);
      let items = 0;
      for await (const chunk of chunks) {
        for (const item of splitter.push(chunk)) {
          items++;
          const sample = parsePodUsage(JSON.parse(item.toString('utf8')));
          // Pods outside the scope and those of no workload are not in the cache.
          if (sample === null || cache.pods.get(sample.namespace, sample.name) === null) continue;
          const pods = usage.get(sample.namespace);
          if (pods === undefined) usage.set(sample.namespace, new Map([[sample.name, sample]]));
          else pods.set(sample.name, sample);
        }
      }
      splitter.end();
      if (items > 0 || cache.count('pods', namespace) === 0) return { state: 'available', message: null };
      return { state: 'pending', message: 'metrics-server has no samples yet' };
    } catch (error) {
      return outcomeOf(error);
    }
  }

  #record(): void {
    const { cache, store, clock, onPressure } = this.#options;
    const now = clock.now();
    const sums = new Map<WorkloadKey, { cpuCores: number; memoryBytes: number }>();
    const pressed = new Set<WorkloadKey>();
    for (const [namespace, pods] of this.#usage) {
      for (const [name, sample] of pods) {
        const pod = cache.pods.get(namespace, name);
        const key = pod === null ? null : cache.workloadOfPod(pod);
        if (pod === null || key === null) continue;
        const sum = sums.get(key) ?? { cpuCores: 0, memoryBytes: 0 };
        for (const { cpuCores, memoryBytes } of sample.containers) {
          sum.cpuCores += cpuCores;
          sum.memoryBytes += memoryBytes;
        }
        sums.set(key, sum);
        if (isNearLimit(pod.spec, sample.containers)) pressed.add(key);
      }
    }
    const samples: MetricSample[] = [...sums].map(([key, sum]) => ({ key, at: now, ...sum }));
    if (samples.length > 0) store.recordMetrics(samples);
    const concerned = pressed.union(this.#pressed);
    this.#pressed = pressed;
    for (const key of concerned) onPressure(key);
  }

  #become(status: MetricsStatus): void {
    const changed = status.state !== this.#status.state || status.message !== this.#status.message;
    this.#status = status;
    if (!changed) return;
    this.#options.log.info({ state: status.state }, status.message ?? 'metrics-server answers');
    this.#options.onStatus();
  }
}

const none: readonly never[] = Object.freeze([]);

function outcomeOf(error: unknown): Outcome {
  if (isNotFound(error)) {
    return { state: 'notInstalled', message: 'metrics.k8s.io is not served: metrics-server is not installed' };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { state: isForbidden(error) ? 'forbidden' : 'failing', message };
}

/** The best of the namespaces of an allowlist says whether there is anything to show; the rest is told beside it. */
function summaryOf(outcomes: readonly Outcome[]): MetricsStatus {
  const order: readonly MetricsStatus['state'][] = ['available', 'pending', 'failing', 'forbidden', 'notInstalled'];
  for (const state of order) {
    const first = outcomes.find((outcome) => outcome.state === state);
    if (first === undefined) continue;
    const failed = outcomes.find(({ message }) => message !== null);
    return { state, message: first.message ?? failed?.message ?? null };
  }
  return { state: 'pending', message: null };
}

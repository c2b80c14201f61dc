import type { WorkloadKey } from '../health/workload.ts';

/**
 * What the API needs to know of the cluster, as interfaces: `api/` holds no Kubernetes client. `controller/`
 * implements them and `main.ts` hands them in. Instants are epoch milliseconds.
 */

export type WatchState = 'synced' | 'syncing' | 'disconnected' | 'forbidden' | 'unavailable';

export interface WatchStatus {
  /** `pods`, `deployments`, … */
  readonly resource: string;
  /** Null for a cluster-wide watch. */
  readonly namespace: string | null;
  readonly state: WatchState;
  readonly objects: number;
  readonly resourceVersion: string | null;
  readonly lastEventAt: number | null;
  /** Since when it has been disconnected; null while it is not. */
  readonly disconnectedSinceAt: number | null;
  /** It has been so for more than 10 s, by a clock that nobody corrects: what rests on it may be older than it looks. */
  readonly isStale: boolean;
  readonly reconnects: number;
  readonly relists: number;
  readonly message: string | null;
}

export interface MetricsStatus {
  readonly state: 'available' | 'notInstalled' | 'forbidden' | 'pending' | 'failing';
  readonly message: string | null;
}

export interface ClusterScope {
  readonly mode: 'all' | 'allowlist' | 'blocklist';
  readonly namespaces: readonly string[];
  readonly excludedNamespaces: readonly string[];
}

export interface ClusterStatus {
  readonly runtime: 'kubernetes' | 'docker' | 'demo';
  /** The rule by which the runtime was detected, as a sentence for a person. */
  readonly detectedBy: string;
  readonly server: string;
  readonly kubernetesVersion: string | null;
  readonly scope: ClusterScope;
  readonly connected: boolean;
  /** Every watch has delivered its first complete list, or is parked (403/404). */
  readonly synced: boolean;
  readonly watches: readonly WatchStatus[];
  readonly metrics: MetricsStatus;
}

export interface LogRequest {
  readonly key: WorkloadKey;
  readonly pod: string | null;
  readonly container: string | null;
  readonly previous: boolean;
  readonly tailLines: number;
  readonly sinceSeconds: number | null;
  readonly follow: boolean;
  /** Plain substring; null for all lines. */
  readonly query: string | null;
}

export type LogNoteKind = 'dropped' | 'podEnded' | 'podStarted' | 'waiting' | 'forbidden' | 'end';

export type LogRecord =
  | {
      readonly type: 'line';
      readonly pod: string;
      readonly container: string;
      readonly at: number | null;
      readonly text: string;
    }
  | {
      readonly type: 'note';
      readonly kind: LogNoteKind;
      readonly pod: string | null;
      readonly container: string | null;
      readonly count: number | null;
      readonly message: string;
    };

export interface Cluster {
  status(): ClusterStatus;
  /** Called when `status()` changed, and when it changes by time alone; returns the function that unsubscribes. */
  onStatus(listener: () => void): () => void;
  /** True when a watch that this workload needs is stale, or may not be read. */
  isStale(key: WorkloadKey): boolean;
  /** Merged log of a workload's pods. Ends by itself when nothing is left to read, or at once when `signal` aborts. */
  logs(request: LogRequest, signal: AbortSignal): AsyncIterable<LogRecord>;
}

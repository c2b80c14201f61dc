import type { State, WorkloadKey, WorkloadKind } from './workload.ts';

/**
 * What an assessment says. Plain data: it is stored, sent and drawn as it stands. Instants are epoch milliseconds.
 */

export type AvailabilityLevel = 'full' | 'reduced' | 'none' | 'notApplicable';

export interface Availability {
  readonly level: AvailabilityLevel;
  readonly desired: number;
  readonly ready: number;
  readonly available: number;
}

export type RolloutPhase = 'settled' | 'advancing' | 'stalled' | 'paused' | 'held' | 'unobserved' | 'terminating';

export interface Rollout {
  readonly phase: RolloutPhase;
  /** Pods of the newest revision. */
  readonly updated: number;
  /** How many of them the rollout wants: desired, less what a partition or OnDelete holds back. */
  readonly target: number;
  /** When it stalls unless something progresses; only of a Deployment, while it advances. Epoch milliseconds. */
  readonly deadlineAt?: number;
}

export type CauseSeverity = 'info' | 'warning' | 'critical';

/** An object, a field of it or an event that shows the cause. `text` is quoted, never rewritten. */
export interface Evidence {
  readonly object: { readonly kind: string; readonly name: string };
  readonly field: string | null;
  readonly text: string;
  readonly at: number | null;
}

/** What several workloads can have in common: the key by which causes of different workloads become one incident. */
export interface IncidentGroup {
  readonly type: 'workload' | 'registry' | 'node' | 'webhook' | 'quota' | 'storageClass';
  readonly name: string;
}

export interface Cause {
  /** PascalCase, from the closed list in `health/causes.ts`; once published it does not change. */
  readonly code: string;
  readonly title: string;
  readonly message: string;
  readonly severity: CauseSeverity;
  readonly since: number | null;
  /** How many pods it explains. */
  readonly pods: number;
  readonly evidence: readonly Evidence[];
  readonly remedy: string;
  /** Read-only kubectl commands, ready to paste. */
  readonly commands: readonly string[];
  /** URL of the runbook of the matching kubernetes-mixin alert. */
  readonly runbook: string | null;
  /** The external thing that it comes from; null when it concerns this workload alone. */
  readonly group: IncidentGroup | null;
}

export interface Verdict {
  readonly state: State;
  readonly availability: Availability;
  readonly rollout: Rollout;
  /** Null when Healthy, Idle or Terminating (unless stuck). */
  readonly cause: Cause | null;
  /** Start of `state`, from times in the objects or from what is remembered. */
  readonly since: number | null;
}

/** Amounts in cores and bytes; null where nothing is set. */
export interface Resources {
  readonly cpuCores: number | null;
  readonly memoryBytes: number | null;
}

export interface ContainerSnapshot {
  readonly name: string;
  readonly type: 'app' | 'init' | 'sidecar';
  readonly image: string;
  readonly ready: boolean;
  readonly state: 'waiting' | 'running' | 'terminated' | 'unknown';
  readonly reason: string | null;
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly lastTermination: {
    readonly exitCode: number;
    readonly reason: string | null;
    readonly finishedAt: number | null;
  } | null;
  readonly restarts: number;
  readonly requests: Resources;
  readonly limits: Resources;
}

export interface PodSnapshot {
  readonly name: string;
  readonly uid: string;
  readonly node: string | null;
  readonly phase: string;
  readonly ready: boolean;
  readonly available: boolean;
  /** kubectl's STATUS word. */
  readonly status: string;
  readonly createdAt: number;
  readonly revision: string | null;
  readonly restarts: number;
  readonly cause: Cause | null;
  readonly containers: readonly ContainerSnapshot[];
}

export interface ConditionSnapshot {
  readonly type: string;
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly lastTransitionAt: number | null;
}

export interface OrdinalSnapshot {
  readonly ordinal: number;
  readonly pod: string | null;
  /** kubectl's STATUS word, or `Missing`. */
  readonly state: string;
  readonly revision: 'current' | 'update' | null;
  readonly claims: readonly string[];
  /** Name of the pod whose ordinal blocks this one. */
  readonly blockedBy: string | null;
}

export interface NodeSnapshot {
  readonly node: string;
  readonly pod: string | null;
  readonly state: string;
  readonly reason: string | null;
}

export interface RevisionSnapshot {
  readonly revision: string;
  readonly images: readonly string[];
  readonly desired: number;
  readonly ready: number;
  readonly available: number;
  readonly starting: number;
  readonly failing: number;
  readonly terminating: number;
  readonly current: boolean;
}

export interface ServiceSnapshot {
  readonly name: string;
  readonly readyPods: number;
  readonly pods: number;
}

export interface WorkloadOwner {
  readonly tool: 'Helm' | 'Argo CD' | 'Flux';
  readonly name: string;
}

/**
 * The row that the page reads: everything about a workload that is not history. Pods are kept apart, because a pod
 * changes far more often than what is said about its workload.
 */
export interface WorkloadSnapshot {
  readonly key: WorkloadKey;
  readonly uid: string;
  readonly namespace: string;
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly createdAt: number;
  readonly partOf: string | null;
  readonly owner: WorkloadOwner | null;
  readonly images: readonly string[];
  readonly restarts: number;
  readonly verdict: Verdict;
  /** Secondary causes and notes; the primary one is `verdict.cause`. */
  readonly causes: readonly Cause[];
  readonly conditions: readonly ConditionSnapshot[];
  readonly ordinals: readonly OrdinalSnapshot[];
  readonly nodes: readonly NodeSnapshot[];
  readonly nodesNotNamed: number;
  readonly revisions: readonly RevisionSnapshot[];
  readonly services: readonly ServiceSnapshot[];
  readonly podsTotal: number;
  /** Names of the nodes its pods are on, for the `node` filter. */
  readonly podNodes: readonly string[];
  /** Identity of the newest template: a ReplicaSet revision or a controller-revision-hash; null before the first. */
  readonly revision: string | null;
  readonly requests: Resources;
  readonly limits: Resources;
}

/**
 * What the objects do not carry and a verdict needs: stored beside the snapshot so that a restart changes nothing.
 * An empty object is what a first sight starts with. Instants are epoch milliseconds.
 */
export interface Remembered {
  /** UID of the workload that this is about: one that was deleted and made anew starts with nothing. */
  readonly uid?: string;
  /** Of the workload's spec, at the last look. */
  readonly generation?: number;
  /** When updated, ready or available last moved, and the numbers they moved to: the stall clock. */
  readonly lastProgressAt?: number;
  readonly progressMark?: string;
  /** First sight of `observedGeneration < generation`. */
  readonly unobservedSinceAt?: number;
  /** The same, where the workload had been seen before the change: for a moment what was said of it goes on. */
  readonly changeSeenAt?: number;
  /** Restart counts by `podUid/container` with the instant of each of the last few increases: flapping. */
  readonly restarts?: Readonly<Record<string, { readonly count: number; readonly increasedAt: readonly number[] }>>;
  /** Last full text of an image-pull failure by `podUid/container`: older kubelets forget it in the back-off. */
  readonly pullFailures?: Readonly<Record<string, string>>;
  /** First sight of a cause without a timestamp of its own, by cause code. */
  readonly causeSeenAt?: Readonly<Record<string, number>>;
  readonly hadPods?: boolean;
  readonly wasAvailable?: boolean;
  /** Every wanted replica was available once: the first rollout is over. */
  readonly wasFull?: boolean;
  /** How many that were, the last time: what a scale-up adds was never lost. */
  readonly fullOf?: number;
  /** The newest end of a pod that was seen ended while every replica was there: up to it all are replaced. */
  readonly replacedUntilAt?: number;
  /** When an update was first seen, until every replica is there again. */
  readonly updatingSinceAt?: number;
  /** First sight of replicas without a pod, where no refusal gives a time. */
  readonly absentSinceAt?: number;
  /** When nothing was wanted of it, until anything was available again: a start, not an outage. */
  readonly leftIdleAt?: number;
  /** Last state and its start, for `since` where objects give no time. */
  readonly state?: State;
  readonly stateSinceAt?: number;
}

/**
 * What the simulated cluster is made of. Plain state: controllers (`controllers.ts`) and the kubelets (`kubelet.ts`)
 * change it, `manifests.ts` writes it down as Kubernetes objects. Instants are epoch milliseconds.
 */

export type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

/** What goes wrong with the pods of one revision. */
export type Trouble =
  | { readonly kind: 'imageNotFound' }
  | { readonly kind: 'registryDown' }
  | {
      readonly kind: 'crash';
      readonly exitCode: number;
      readonly afterMs: number;
      readonly lastWords: readonly string[];
    }
  | { readonly kind: 'outOfMemory'; readonly afterMs: number }
  | { readonly kind: 'notReady'; readonly statusCode: number }
  | { readonly kind: 'missingConfigMap'; readonly name: string }
  | { readonly kind: 'unschedulable'; readonly message: string }
  | { readonly kind: 'initFails'; readonly exitCode: number; readonly lastWords: readonly string[] };

/** How a workload is described in the scene; what may change later is in `Workload`. */
export interface Role {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly tag: string;
  readonly replicas: number;
  readonly partOf: string;
  readonly managedBy: 'Helm' | 'Argo CD' | 'Flux' | null;
  readonly port: number;
  readonly cpuMillicores: number;
  readonly memoryMebibytes: number;
  readonly log: 'json' | 'plain';
  readonly strategy?: 'Recreate';
  /** Runs a `migrate` init container before the app. */
  readonly migrates?: boolean;
  readonly ageDays: number;
}

export interface Revision {
  /** 1, 2, … as the revision annotation counts. */
  readonly number: number;
  readonly hash: string;
  readonly image: string;
  readonly createdAt: number;
  /** Of its ReplicaSet; for the other kinds unused. */
  readonly uid: string;
  readonly env: readonly string[];
  trouble: Trouble | null;
  /** Instead of `trouble`, for one pod: its ordinal or node. */
  troubleOnlyFor: string | null;
}

export interface Termination {
  readonly exitCode: number;
  readonly reason: string;
  readonly startedAt: number;
  readonly finishedAt: number;
}

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string | null }
  | { readonly kind: 'running'; readonly startedAt: number }
  | ({ readonly kind: 'terminated' } & Termination);

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly revision: Revision;
  readonly createdAt: number;
  /** Ordinal of a StatefulSet's pod, node of a DaemonSet's; null for a Deployment's. */
  readonly place: string | null;
  stage: 'unscheduled' | 'scheduled' | 'init' | 'starting' | 'running' | 'backOff' | 'blocked';
  node: string | null;
  scheduledAt: number | null;
  initialized: boolean;
  state: ContainerState;
  initState: ContainerState | null;
  lastTermination: Termination | null;
  ready: boolean;
  readyChangedAt: number;
  restarts: number;
  /** Text of the failed scheduling attempt. */
  schedulingMessage: string | null;
  /** When the grace period is over; null while it lives. */
  deletingAt: number | null;
  /** Its node stopped reporting: Ready is False though the containers run. */
  nodeLost: boolean;
  /** When the kubelet looks at it next. */
  nextAt: number;
  changed: boolean;
}

export interface Workload {
  readonly role: Role;
  uid: string;
  readonly pods: Pod[];
  readonly revisions: Revision[];
  createdAt: number;
  replicas: number;
  generation: number;
  observedGeneration: number;
  paused: boolean;
  /** Pods that the quota of the namespace lets in; null for all. */
  quotaPods: number | null;
  refusal: string | null;
  /** When the refusal was last told by an event; null before the first. */
  refusedAt: number | null;
  deletingAt: number | null;
  /** Newest progress of a rollout, for the deadline. */
  progressedAt: number;
  progressMark: string;
  deadlineExceeded: boolean;
  availableSinceAt: number;
  wasAvailable: boolean;
  complete: boolean;
  changed: boolean;
}

export function newest(workload: Workload): Revision {
  const revision = workload.revisions.at(-1);
  if (revision === undefined) throw new Error(`${workload.role.name} has no revision`);
  return revision;
}

/** What stands in the way of this pod. */
export function troubleOf(pod: Pod): Trouble | null {
  const { trouble, troubleOnlyFor } = pod.revision;
  return troubleOnlyFor === null || troubleOnlyFor === pod.place ? trouble : null;
}

export function isAvailable(pod: Pod): boolean {
  return pod.ready && pod.deletingAt === null;
}

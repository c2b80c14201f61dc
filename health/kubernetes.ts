/**
 * The facts that the rules read: what is left of a Kubernetes object after projection.
 *
 * The wire form is parsed once, at the door (`controller/cache/`), and dropped; rules never see it. Everything here is
 * total: a field that the wire left out, set to null or filled with the wrong type has its documented default, so a
 * rule needs no second check. Instants are epoch milliseconds, null when absent or unreadable. Lists are never null.
 * The cache implements these interfaces by packed classes with getters: read a field once, keep it in a local.
 */

/** Instants in objects have whole seconds: of two that are less apart either may have been first. */
export const roundingMs = 1_000;

export interface ObjectFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: number;
  /** `metadata.deletionTimestamp`; it already includes the grace period. */
  readonly deletionAt: number | null;
  readonly finalizers: readonly string[];
}

export interface OwnerFacts {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface ConditionFacts {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string | null;
  readonly message: string | null;
  readonly lastTransitionAt: number | null;
  /** Only Deployments have it: moves on every progress while `lastTransitionAt` stays. */
  readonly lastUpdateAt: number | null;
}

/** Amounts per resource name, as the quantity's text (`500m`, `1Gi`), exactly as Kubernetes wrote it. */
export type ResourceList = Readonly<Record<string, string>>;

export interface ProbeFacts {
  readonly handler: 'http' | 'tcp' | 'exec' | 'grpc' | 'unknown';
  /** Port number or name; null for exec. */
  readonly port: string | null;
  readonly path: string | null;
  readonly scheme: string | null;
  /** First word of an exec probe. */
  readonly command: string | null;
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

export interface ContainerPortFacts {
  readonly name: string | null;
  readonly containerPort: number;
  readonly hostPort: number | null;
}

/** A ConfigMap or Secret that a container or volume needs; names only, never content. */
export interface ReferenceFacts {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly key: string | null;
  readonly optional: boolean;
}

export interface ContainerFacts {
  readonly name: string;
  /** `sidecar` is an init container with restartPolicy Always. */
  readonly type: 'app' | 'init' | 'sidecar';
  readonly image: string;
  readonly imagePullPolicy: string | null;
  /** `command` then `args`. Used to name the program, never shown in full. */
  readonly command: readonly string[];
  /** Names of the environment variables; values are never kept. */
  readonly envNames: readonly string[];
  readonly references: readonly ReferenceFacts[];
  readonly ports: readonly ContainerPortFacts[];
  readonly requests: ResourceList;
  readonly limits: ResourceList;
  readonly readinessProbe: ProbeFacts | null;
  readonly livenessProbe: ProbeFacts | null;
  readonly startupProbe: ProbeFacts | null;
}

export interface VolumeFacts {
  readonly name: string;
  /** Key of the volume source: configMap, secret, persistentVolumeClaim, emptyDir, csi, hostPath, projected, … */
  readonly type: string;
  /** Name of the ConfigMap, Secret or claim; `{pod}` stands for the pod's own name (claims of a StatefulSet). */
  readonly source: string | null;
}

export interface TolerationFacts {
  readonly key: string | null;
  readonly operator: string;
  readonly value: string | null;
  readonly effect: string | null;
  readonly tolerationSeconds: number | null;
}

/** The part of a pod (or of a template) that its siblings have in common; one object for all of them. */
export interface PodSpecFacts {
  /** App containers first in their order, then sidecars and init containers in theirs. */
  readonly containers: readonly ContainerFacts[];
  readonly volumes: readonly VolumeFacts[];
  readonly restartPolicy: string;
  readonly serviceAccountName: string | null;
  readonly schedulerName: string;
  readonly priorityClassName: string | null;
  readonly runtimeClassName: string | null;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly hasNodeAffinity: boolean;
  readonly hasPodAffinity: boolean;
  /** Required pod anti-affinity: the reason of many surge deadlocks. */
  readonly hasRequiredPodAntiAffinity: boolean;
  readonly hasTopologySpread: boolean;
  readonly hostNetwork: boolean;
  readonly tolerations: readonly TolerationFacts[];
  readonly imagePullSecrets: readonly string[];
  readonly readinessGates: readonly string[];
  readonly schedulingGates: readonly string[];
  readonly terminationGracePeriodSeconds: number;
}

export interface TerminationFacts {
  readonly exitCode: number;
  readonly signal: number | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

export type ContainerStateFacts =
  | { readonly kind: 'waiting'; readonly reason: string | null; readonly message: string | null }
  | { readonly kind: 'running'; readonly startedAt: number | null }
  | ({ readonly kind: 'terminated' } & TerminationFacts)
  | { readonly kind: 'unknown' };

export interface ContainerStatusFacts {
  readonly name: string;
  readonly ready: boolean;
  /** Absent on the wire (null) before the startup probe was looked at. */
  readonly started: boolean | null;
  readonly restartCount: number;
  readonly imageId: string | null;
  readonly state: ContainerStateFacts;
  readonly lastTermination: TerminationFacts | null;
  /** Names of devices whose `allocatedResourcesStatus` says Unhealthy. */
  readonly unhealthyDevices: readonly string[];
}

export interface PodFacts extends ObjectFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: OwnerFacts | null;
  readonly spec: PodSpecFacts;
  readonly nodeName: string | null;
  /** The node that a DaemonSet pod is pinned to (`matchFields` on metadata.name), known before it is scheduled. */
  readonly targetNodeName: string | null;
  readonly nominatedNodeName: string | null;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown' | 'None';
  readonly reason: string | null;
  readonly message: string | null;
  /** `status.startTime`: when the kubelet first saw the pod. */
  readonly startAt: number | null;
  readonly conditions: readonly ConditionFacts[];
  /** In the order of the wire; ephemeral containers are left out. */
  readonly containerStatuses: readonly ContainerStatusFacts[];
  readonly initContainerStatuses: readonly ContainerStatusFacts[];
}

interface WorkloadFacts extends ObjectFacts {
  readonly generation: number;
  /** 0 when the controller has not written it yet. */
  readonly observedGeneration: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Only the annotations that the product reads (revision, change-cause, Helm, Argo CD and Flux ownership). */
  readonly annotations: Readonly<Record<string, string>>;
  /** `matchLabels` and `matchExpressions` as text, for display and for the overlap note; never used to find pods. */
  readonly selector: LabelSelectorFacts;
  readonly templateLabels: Readonly<Record<string, string>>;
  readonly template: PodSpecFacts;
  readonly minReadySeconds: number;
  readonly conditions: readonly ConditionFacts[];
}

export interface LabelSelectorFacts {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

export interface DeploymentFacts extends WorkloadFacts {
  readonly kind: 'Deployment';
  readonly replicas: number;
  readonly paused: boolean;
  readonly strategy: 'RollingUpdate' | 'Recreate';
  /** Number or percentage as written (`25%`). */
  readonly maxSurge: string;
  readonly maxUnavailable: string;
  /** Null when unset or MaxInt32: then the controller keeps no deadline. */
  readonly progressDeadlineSeconds: number | null;
  readonly status: {
    readonly replicas: number;
    readonly updatedReplicas: number;
    readonly readyReplicas: number;
    readonly availableReplicas: number;
    readonly unavailableReplicas: number;
    /** Null on servers that do not count them. */
    readonly terminatingReplicas: number | null;
  };
}

export interface StatefulSetFacts extends WorkloadFacts {
  readonly kind: 'StatefulSet';
  readonly replicas: number;
  readonly serviceName: string | null;
  readonly podManagementPolicy: 'OrderedReady' | 'Parallel';
  /** Unknown strategies (Recreate in newer servers) are judged by availability and pod revisions. */
  readonly updateStrategy: 'RollingUpdate' | 'OnDelete' | 'Other';
  readonly partition: number;
  readonly maxUnavailable: string | null;
  readonly ordinalsStart: number;
  readonly claimTemplates: readonly string[];
  readonly status: {
    readonly replicas: number;
    readonly readyReplicas: number;
    /** Null when the field is absent. */
    readonly availableReplicas: number | null;
    readonly currentReplicas: number;
    readonly updatedReplicas: number;
    readonly currentRevision: string | null;
    readonly updateRevision: string | null;
  };
}

export interface DaemonSetFacts extends WorkloadFacts {
  readonly kind: 'DaemonSet';
  readonly updateStrategy: 'RollingUpdate' | 'OnDelete' | 'Other';
  readonly maxUnavailable: string;
  readonly maxSurge: string;
  readonly status: {
    readonly desiredNumberScheduled: number;
    readonly currentNumberScheduled: number;
    readonly numberMisscheduled: number;
    readonly numberReady: number;
    readonly updatedNumberScheduled: number;
    readonly numberAvailable: number;
    readonly numberUnavailable: number;
  };
}

export type AnyWorkloadFacts = DeploymentFacts | StatefulSetFacts | DaemonSetFacts;

/** Watched as metadata only; `template` is fetched once for the two newest revisions of a rollout. */
export interface ReplicaSetFacts extends ObjectFacts {
  readonly owner: OwnerFacts | null;
  /** `deployment.kubernetes.io/revision`, 0 when absent. */
  readonly revision: number;
  readonly podTemplateHash: string | null;
  /** Null until fetched, or when it was never needed. */
  readonly template: TemplateFacts | null;
}

/** A pod template as the diff of a rollout needs it. Values of env and args only as keyed hashes. */
export interface TemplateFacts {
  readonly spec: PodSpecFacts;
  readonly labels: Readonly<Record<string, string>>;
  /** `container/NAME` → keyed hash of the value; for valueFrom the reference as text. */
  readonly envHashes: Readonly<Record<string, string>>;
  /** container → keyed hash of command and args. */
  readonly commandHashes: Readonly<Record<string, string>>;
}

export interface EventFacts {
  readonly uid: string;
  readonly namespace: string;
  readonly involved: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    /** `spec.containers{name}`: the container it is about. */
    readonly fieldPath: string | null;
  };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly source: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface ServiceFacts extends ObjectFacts {
  readonly type: string;
  readonly headless: boolean;
  readonly publishNotReadyAddresses: boolean;
  /** Empty: the service selects nothing by itself (ExternalName, hand-made endpoints). */
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly {
    readonly name: string | null;
    readonly port: number;
    /** Number or name as text. */
    readonly targetPort: string;
  }[];
}

export interface NamespaceFacts {
  readonly name: string;
  readonly uid: string;
  readonly phase: 'Active' | 'Terminating';
  readonly conditions: readonly ConditionFacts[];
}

/** Usage of one container from metrics.k8s.io. */
export interface UsageFacts {
  readonly podUid: string | null;
  readonly podName: string;
  readonly container: string;
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly sampledAt: number;
}

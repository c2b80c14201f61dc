import { alarmAfter } from './alarm.ts';
import { countDaemonSet, judgeDaemonSet, noNodeMatches } from './daemonset.ts';
import { isNewestUnseen, judgeDeployment, newestReplicaSet } from './deployment.ts';
import { nodeSnapshots } from './detail/nodes.ts';
import { ordinalSnapshots } from './detail/ordinals.ts';
import { ownerOf, partOf } from './detail/owner.ts';
import { podSnapshots, totalResources } from './detail/pods.ts';
import { imagesOf, revisionsOf } from './detail/revisions.ts';
import { servicesOf } from './detail/services.ts';
import { diagnoseCreation } from './diagnose/creation.ts';
import { hasUndatedRestarts } from './flapping.ts';
import { gatherPods } from './gather.ts';
import type { Judgement, Situation, WorkloadCause } from './judgement.ts';
import type {
  AnyWorkloadFacts,
  DaemonSetFacts,
  DeploymentFacts,
  EventFacts,
  NamespaceFacts,
  OwnerFacts,
  PodFacts,
  ReplicaSetFacts,
  ServiceFacts,
  StatefulSetFacts,
  UsageFacts,
} from './kubernetes.ts';
import { changeSeenAt, isJustChanged, judgeLifecycle } from './lifecycle.ts';
import { notesOf } from './notes.ts';
import type { PodView } from './pod-view.ts';
import { rankCauses } from './primary-cause.ts';
import { memoryOf, nextMemory, sinceOf } from './remember.ts';
import { absentSince, countAvailability, unknownCause } from './shortage.ts';
import { countStatefulSet, judgeStatefulSet, updateTarget } from './statefulset.ts';
import type { PodSnapshot, Remembered, Rollout, WorkloadSnapshot } from './verdict.ts';
import { whatChanged } from './what-changed.ts';
import { type State, workloadKey } from './workload.ts';

/**
 * The verdict on one workload: a pure function of its objects, what is remembered of it, and the time.
 *
 *     objects ─► look at each pod ─► diagnose the sick ones ─► the kind's decision table ─► rank causes ─► snapshot
 *                                                   ▲                                            │
 *                                                   └───────────────── remembered ◄──────────────┘
 */
export interface AssessInput {
  readonly workload: AnyWorkloadFacts;
  /** Owned through the chain of UIDs, never by selector. */
  readonly pods: readonly PodFacts[];
  /** Of a Deployment; empty for the other kinds. */
  readonly replicaSets: readonly ReplicaSetFacts[];
  /** About the workload, its ReplicaSets and pods (by UID), their claims and an autoscaler of its name. */
  readonly events: readonly EventFacts[];
  /** All Services of the namespace. */
  readonly services: readonly ServiceFacts[];
  readonly namespace: NamespaceFacts | null;
  /** About nodes that its pods are on. */
  readonly nodeEvents: readonly EventFacts[];
  /** Nodes on which pods of several workloads lost Ready together. */
  readonly lostNodes: ReadonlySet<string>;
  readonly usage: readonly UsageFacts[];
  /** False: not permitted, or not in the dump. An empty list then says nothing. */
  readonly supplied: {
    readonly pods: boolean;
    readonly replicaSets: boolean;
    readonly events: boolean;
    readonly services: boolean;
    /** False: the object carries no status, it is a manifest and not the answer of a server. Default true. */
    readonly status?: boolean;
    /** False: a dump holds fewer pods than the status counts, so that the status counts. Default true. */
    readonly everyPod?: boolean;
  };
  /** Every watch that it needs has delivered a complete list. */
  readonly synced: boolean;
  /** Other controllers that own pods its selector matches; absent where nobody looked. */
  readonly foreignOwners?: readonly OwnerFacts[];
  /**
   * Labels of the ready pods of other workloads in the namespace: they can keep a Service alive. Needed only while
   * none of its own pods is ready.
   */
  readonly othersReady?: readonly Readonly<Record<string, string>>[];
}

export interface Assessment {
  readonly snapshot: WorkloadSnapshot;
  /** Worst first. */
  readonly pods: readonly PodSnapshot[];
  readonly remembered: Remembered;
  /** Epoch ms at which time alone can change the verdict. */
  readonly reassessAt: number | null;
  /** With another memory the verdict might differ: `maintenant assess` marks it. */
  readonly restsOnMemory: boolean;
}

/**
 * @param remembered what the last assessment of this workload returned, `{}` at first sight
 * @param now epoch milliseconds
 */
export function assess(input: AssessInput, remembered: Remembered, now: number): Assessment {
  const { workload } = input;
  const memory = memoryOf(workload.uid, remembered, now);
  const alarm = alarmAfter(now);
  const gathered = gatherPods(input, memory, now, alarm);
  const pods = gathered.views;
  const creation = diagnoseCreation(workload, creating(workload, input.replicaSets, pods), input.events, now, alarm);
  const situation = {
    input,
    remembered: memory,
    now,
    alarm,
    pods,
    countsFromPods:
      input.supplied.pods &&
      input.supplied.everyPod !== false &&
      (workload.kind !== 'Deployment' ||
        ((input.supplied.replicaSets || pods.length > 0) &&
          !(memory.hadPods === true && isNewestUnseen(workload, newestReplicaSet(workload, input.replicaSets))))),
    creation,
  };
  const judgement = judge(workload, situation);
  const { updated, target } = judgement.rollout;
  const rollout: Rollout =
    judgement.rollout.phase !== 'terminating' && isJustChanged({ ...situation, workload })
      ? { phase: 'unobserved', updated, target }
      : judgement.rollout;
  const flapping = canFlap(judgement) ? flappingCause(pods) : null;
  const state: State = flapping !== null ? 'Degraded' : judgement.state;
  const { desired, available } = judgement.availability;
  const missing = Math.max(0, desired - available);

  const sinceAt = flapping === null ? judgement.sinceAt : flapping.draft.since;
  const changed = state === 'Degraded' || state === 'Down' ? whatChanged({ ...situation, workload }, sinceAt) : null;
  const notes = [...(changed === null ? [] : [changed]), ...notesOf({ ...situation, workload }, desired)];
  const ranked = rankCauses({
    state,
    judgement,
    pods,
    creation,
    lead: flapping,
    notes,
    unknown: () => unknownCause({ ...situation, workload }, { desired, missing, gaps: [], absent: missing }, null),
    remembered: memory,
    now,
    alarm,
  });
  const since = sinceOf(memory, state, sinceAt, now);
  const next = nextMemory({
    uid: workload.uid,
    generation: workload.generation,
    remembered: memory,
    judgement: { ...judgement, rollout },
    state,
    sinceAt: since,
    pods: gathered,
    undated: ranked.undated,
    changeSeenAt: changeSeenAt({ ...situation, workload }),
    absentSinceAt: judgement.absent > 0 && creation === null ? absentSince({ ...situation, workload }) : null,
    now,
  });
  const resources = totalResources(pods, workload.template, desired, situation.countsFromPods);
  const daemon = workload.kind === 'DaemonSet' ? nodeSnapshots(workload, pods) : null;
  const snapshot: WorkloadSnapshot = {
    key: workloadKey(workload.namespace, workload.kind, workload.name),
    uid: workload.uid,
    namespace: workload.namespace,
    kind: workload.kind,
    name: workload.name,
    createdAt: workload.createdAt,
    partOf: partOf(workload),
    owner: ownerOf(workload),
    images: imagesOf(workload.template),
    restarts: pods.reduce((sum, view) => sum + view.restarts, 0),
    verdict: {
      state,
      availability: judgement.availability,
      rollout,
      cause: ranked.primary,
      since,
    },
    causes: ranked.others,
    conditions: workload.conditions.map(({ type, status, reason, message, lastTransitionAt }) => ({
      type,
      status,
      reason,
      message,
      lastTransitionAt,
    })),
    ordinals: workload.kind === 'StatefulSet' ? ordinalSnapshots(workload, pods) : [],
    nodes: daemon?.nodes ?? [],
    nodesNotNamed: daemon?.nodesNotNamed ?? 0,
    revisions: workload.kind === 'Deployment' ? revisionsOf(workload, input.replicaSets, pods) : [],
    services: servicesOf(workload, input.services, pods),
    podsTotal: pods.length,
    podNodes: nodesOf(pods),
    revision: revisionOf(workload, input.replicaSets, pods),
    requests: resources.requests,
    limits: resources.limits,
  };
  return {
    snapshot,
    pods: podSnapshots(pods),
    remembered: next,
    reassessAt: alarm.next(),
    // A container whose restarts we did not see one by one may flap without our knowing.
    restsOnMemory: judgement.restsOnMemory || (memory.state === undefined && hasUndatedRestarts(input.pods, now)),
  };
}

/** The ReplicaSets that are to make pods: an older one without any is scaled down, and what refused it is past. */
function creating(
  workload: AnyWorkloadFacts,
  replicaSets: readonly ReplicaSetFacts[],
  pods: readonly PodView[],
): readonly ReplicaSetFacts[] {
  if (workload.kind !== 'Deployment' || replicaSets.length < 2) return replicaSets;
  const newest = newestReplicaSet(workload, replicaSets);
  const standing = new Set(pods.filter((view) => !view.leaving && !view.ended).map((view) => view.pod.owner?.uid));
  return replicaSets.filter((one) => one === newest || standing.has(one.uid));
}

/** The rows that all kinds have in common, then the table of the kind. */
function judge(workload: AnyWorkloadFacts, gathered: Omit<Situation<AnyWorkloadFacts>, 'workload'>): Judgement {
  if (workload.kind === 'Deployment') {
    const situation: Situation<DeploymentFacts> = { ...gathered, workload };
    const { status, replicas } = workload;
    const availability = countAvailability(situation, replicas, {
      ready: status.readyReplicas,
      available: status.availableReplicas,
    });
    const numbers = { availability, updated: Math.min(replicas, status.updatedReplicas), target: replicas };
    return judgeLifecycle(situation, numbers) ?? judgeDeployment(situation);
  }
  if (workload.kind === 'StatefulSet') {
    const situation: Situation<StatefulSetFacts> = { ...gathered, workload };
    const numbers = {
      availability: countStatefulSet(situation),
      updated: Math.min(workload.replicas, workload.status.updatedReplicas),
      target: updateTarget(workload),
    };
    return judgeLifecycle(situation, numbers) ?? judgeStatefulSet(situation);
  }
  const situation: Situation<DaemonSetFacts> = { ...gathered, workload };
  const { desiredNumberScheduled: desired, updatedNumberScheduled: updated } = workload.status;
  const numbers = { availability: countDaemonSet(situation), updated: Math.min(desired, updated), target: desired };
  const early = judgeLifecycle(situation, numbers);
  if (early === null) return judgeDaemonSet(situation);
  return early.state === 'Idle' ? { ...early, about: [noNodeMatches(situation), ...early.about] } : early;
}

function revisionOf(
  workload: AnyWorkloadFacts,
  replicaSets: readonly ReplicaSetFacts[],
  pods: readonly PodView[],
): string | null {
  if (workload.kind === 'StatefulSet') return workload.status.updateRevision;
  if (workload.kind === 'DaemonSet') return pods.find((view) => view.updated)?.revision ?? null;
  // Behind the workload's word, or taken before it with its namespace: an older one is not what is rolled out.
  const newest = newestReplicaSet(workload, replicaSets);
  if (isNewestUnseen(workload, newest)) return null;
  // One that was adopted has no revision before the controller gives it one.
  return newest === null || newest.revision === 0 ? null : String(newest.revision);
}

/** States over which flapping prevails: those that say "well" or "soon well". */
function canFlap({ state, rollout }: Judgement): boolean {
  return state === 'Healthy' || state === 'Paused' || (state === 'Progressing' && rollout.phase !== 'unobserved');
}

/** C17 of the pods that serve at the moment; one that does not is judged as missing. */
function flappingCause(pods: readonly PodView[]): WorkloadCause | null {
  let cause: WorkloadCause | null = null;
  let count = 0;
  for (const { diagnosis } of pods) {
    const draft = diagnosis?.cause;
    if (draft?.code !== 'Flapping') continue;
    count += 1;
    if (cause === null || (draft.since ?? 0) < (cause.draft.since ?? 0)) cause = { draft, pods: 1 };
  }
  return cause === null ? null : { ...cause, pods: count };
}

function nodesOf(pods: readonly PodView[]): string[] {
  const nodes = new Set<string>();
  for (const { pod } of pods) if (pod.nodeName !== null) nodes.add(pod.nodeName);
  return [...nodes].sort();
}

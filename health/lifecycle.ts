import { type Gap, areComingUp, lostAt } from './availability.ts';
import { makeCause } from './causes.ts';
import { kubectl } from './diagnose/draft.ts';
import { type Judgement, type Situation, type WorkloadCause, conditionOf, plural } from './judgement.ts';
import type { AnyWorkloadFacts, EventFacts } from './kubernetes.ts';
import { fieldOf } from './shortage.ts';
import type { Availability, Evidence } from './verdict.ts';

/**
 * The rows that every kind's decision table begins with: deleted, not yet looked at by its controller, wanted zero
 * times. Null when the kind decides.
 */

const unobservedWarningMs = 60_000;
const unobservedHardMs = 5 * 60_000;
const stuckTerminatingMs = 5 * 60_000;
const stuckNamespaceMs = 10 * 60_000;

interface Numbers {
  readonly availability: Availability;
  readonly updated: number;
  readonly target: number;
}

export function judgeLifecycle(situation: Situation<AnyWorkloadFacts>, numbers: Numbers): Judgement | null {
  const { workload, input } = situation;
  const base = {
    availability: numbers.availability,
    failing: [],
    absent: 0,
    lead: null,
    about: [],
    impact: null,
    restsOnMemory: false,
    clock: null,
  } satisfies Partial<Judgement>;
  const progress = { updated: numbers.updated, target: numbers.target };

  const terminating = terminationOf(situation);
  if (terminating !== null) {
    return {
      ...base,
      state: 'Terminating',
      rollout: { phase: 'terminating', ...progress },
      sinceAt: workload.deletionAt,
      failing: situation.pods.filter((view) => view.leaving),
      lead: terminating.isStuck ? terminating.cause : null,
      about: terminating.isStuck || terminating.cause === null ? [] : [terminating.cause],
    };
  }

  const unknown = (message: string, evidence: readonly Evidence[] = [], remedy?: string): Judgement => ({
    ...base,
    state: 'Unknown',
    rollout: { phase: 'unobserved', ...progress },
    sinceAt: null,
    lead: {
      draft: makeCause('CauseUnknown', { message, since: null, evidence, ...(remedy === undefined ? {} : { remedy }) }),
      pods: 0,
    },
    restsOnMemory: !input.synced,
  });
  if (!input.synced) {
    return unknown('The watches have not delivered a complete list yet, so nothing is known of this workload');
  }
  if (input.supplied.status === false) {
    return unknown(
      'The object carries no status: it is a manifest, and not what a cluster says of it',
      [],
      'Read it from the cluster: kubectl get … -o yaml.',
    );
  }

  if (lagsBehind(situation) && !isJustChanged(situation)) return unobserved(situation, base, numbers);

  // The status counts pods and there never was one to see: one of the two is not what the cluster has.
  if (contradicts(situation)) {
    return unknown(
      'The status counts ready pods and none of its pods can be seen; looked at its ReplicaSets and the pods they own',
      [fieldOf(workload, 'status', JSON.stringify(workload.status), null)],
    );
  }

  if (numbers.availability.desired === 0) {
    const left = situation.pods.filter((view) => !view.ended);
    const misscheduled = workload.kind === 'DaemonSet' ? workload.status.numberMisscheduled : 0;
    // Pods that come where there were none are ahead of the word that they are wanted again.
    const isComingBack = situation.remembered.state === 'Idle' && !left.some((view) => view.leaving);
    if (left.length > misscheduled && !isComingBack) {
      return {
        ...base,
        state: 'Progressing',
        rollout: { phase: 'advancing', ...progress },
        sinceAt: left.reduce<number | null>((first, view) => {
          const at = view.leaving ? lostAt(view) : null;
          return at === null ? first : Math.min(first ?? at, at);
        }, null),
        failing: left.filter((view) => view.leaving),
        about: [scalingToZero(situation, left.length)],
      };
    }
    if (workload.kind !== 'DaemonSet') {
      const note = scaledToZero(situation);
      return {
        ...base,
        state: 'Idle',
        rollout: { phase: 'settled', ...progress },
        sinceAt: note.draft.since,
        about: [note],
      };
    }
    return { ...base, state: 'Idle', rollout: { phase: 'settled', ...progress }, sinceAt: null };
  }
  return null;
}

function lagsBehind({ workload, now, alarm }: Situation<AnyWorkloadFacts>): boolean {
  if (workload.observedGeneration >= workload.generation || isReplicaSetRefused(workload)) return false;
  if (workload.observedGeneration > 0 || !isCounted(workload)) return true;
  // Who counted pods has looked at the workload, and every controller writes the generation with the numbers. Where it
  // is missing beside them for long it was cut off, as in an excerpt: then it says nothing, and the pods speak.
  const knownAt = workload.createdAt + unobservedWarningMs;
  alarm.at(knownAt);
  return now < knownAt;
}

function isCounted({ kind, status }: AnyWorkloadFacts): boolean {
  return kind === 'DaemonSet' ? status.desiredNumberScheduled > 0 : status.replicas > 0;
}

/** A controller that works takes a change up within some tens of milliseconds. */
const noticedMs = 1_000;
/** The same for what was just made: its birth has whole seconds. */
const bornMs = noticedMs + 1_000;

/**
 * When a change was first seen by somebody who had seen the workload before it; null without a change, and for who has
 * no before, as a dump.
 */
export function changeSeenAt(situation: Situation<AnyWorkloadFacts>): number | null {
  const { workload, remembered, now } = situation;
  if (!lagsBehind(situation) || workload.observedGeneration === 0) return null;
  if (remembered.changeSeenAt !== undefined) return Math.min(now, remembered.changeSeenAt);
  return remembered.state === undefined || remembered.unobservedSinceAt !== undefined ? null : now;
}

/**
 * Its controller has had no time yet to look at the change, so that nothing has happened to what was seen before: the
 * verdict on that goes on. Without this every change of a spec would be two transitions some milliseconds apart, and
 * would end the incident of a workload that is as broken as before.
 */
export function isJustChanged(situation: Situation<AnyWorkloadFacts>): boolean {
  const seenAt = changeSeenAt(situation);
  if (seenAt === null) return false;
  situation.alarm.at(seenAt + noticedMs);
  return situation.now < seenAt + noticedMs;
}

/**
 * Its controller has begun with the change before it has said so, or has said no more than that it saw it: a replica that
 * served is gone, and none was lost otherwise. A scale-down takes none that is wanted, and what was at zero lost all of
 * them before.
 *
 * @param have how many of the desired replicas are there
 */
export function isBegunUnsaid(
  situation: Situation<AnyWorkloadFacts>,
  desired: number,
  have: number,
  gaps: readonly Gap[],
): boolean {
  const { workload, remembered, now } = situation;
  const { leftIdleAt, generation, fullOf = 0 } = remembered;
  const seenAt = changeSeenAt(situation) ?? remembered.changeSeenAt;
  // A StatefulSet names the revision with its first word on a change.
  const isUnheard = workload.kind === 'Deployment' && generation !== undefined && generation < workload.generation;
  const isFresh = isUnheard || (seenAt !== undefined && now < seenAt + noticedMs);
  return isFresh && leftIdleAt === undefined && have < Math.min(desired, fullOf) && areComingUp(gaps);
}

/**
 * The Deployment controller has seen the change and could not make its ReplicaSet: it writes that condition, and not
 * the generation, before it gives up.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/deployment/sync.go (getNewReplicaSet)
 */
function isReplicaSetRefused(workload: AnyWorkloadFacts): boolean {
  return conditionOf(workload, 'Progressing')?.reason === 'ReplicaSetCreateError';
}

type Base = Omit<Judgement, 'state' | 'rollout' | 'sinceAt'>;

function unobserved(situation: Situation<AnyWorkloadFacts>, base: Base, numbers: Numbers): Judgement {
  const { workload, remembered, pods, creation, now, alarm } = situation;
  const { desired, available } = numbers.availability;
  if (creation !== null && workload.observedGeneration === 0) {
    // It acts: it was refused, and older controllers of DaemonSets gave up before they wrote a status (kubernetes#100683).
    return {
      ...base,
      state: available === 0 ? 'Down' : 'Degraded',
      rollout: { phase: 'stalled', updated: numbers.updated, target: numbers.target },
      sinceAt: creation.since,
      lead: { draft: creation, pods: Math.max(0, desired - available) },
    };
  }
  const sinceAt = Math.min(
    now,
    remembered.unobservedSinceAt ?? (workload.observedGeneration === 0 ? workload.createdAt : now),
  );
  alarm.at(sinceAt + unobservedWarningMs);
  alarm.at(sinceAt + unobservedHardMs);
  const age = now - sinceAt;
  const isBorn = workload.observedGeneration === 0 && age < bornMs;
  if (isBorn) alarm.at(sinceAt + bornMs);
  const hadPods =
    remembered.wasAvailable === true ||
    remembered.state === 'Down' ||
    pods.some((view) => view.wasReady && !view.ready);
  const isDown = desired > 0 && available === 0 && hadPods && remembered.leftIdleAt === undefined;
  const born = makeCause('Starting', {
    message: 'Made a moment ago; its controller has yet to look at it',
    since: sinceAt,
    evidence: [],
  });
  const draft = makeCause('ControllerNotActing', {
    // Every change is so for a moment: then the words must not sound like a fault.
    message: `Generation ${workload.generation} ${age < unobservedWarningMs ? 'waits for' : 'is not picked up by'} its controller, ${
      workload.observedGeneration === 0
        ? 'whose status names none'
        : `the status is of generation ${workload.observedGeneration}`
    }`,
    since: sinceAt,
    severity: age >= unobservedHardMs ? 'critical' : age >= unobservedWarningMs ? 'warning' : 'info',
    evidence: [
      fieldOf(workload, 'metadata.generation', String(workload.generation), null),
      fieldOf(workload, 'status.observedGeneration', String(workload.observedGeneration), null),
    ],
    commands: [kubectl.describe(workload.namespace, workload.kind.toLowerCase(), workload.name)],
  });
  return {
    ...base,
    // A change that nobody picks up is a fault of its own, and the old numbers say nothing about the new template.
    state: isDown ? 'Down' : age >= unobservedHardMs ? 'Degraded' : 'Progressing',
    rollout: { phase: 'unobserved', updated: numbers.updated, target: numbers.target },
    sinceAt: isDown ? null : age >= unobservedHardMs ? sinceAt + unobservedHardMs : sinceAt,
    failing: pods.filter((view) => !view.available && !view.leaving && !view.ended),
    lead: age >= unobservedWarningMs ? { draft, pods: 0 } : null,
    about: age >= unobservedWarningMs ? [] : [{ draft: isBorn ? born : draft, pods: 0 }],
    restsOnMemory: remembered.unobservedSinceAt === undefined && workload.observedGeneration > 0,
  };
}

/** Pods that were seen and are gone contradict nothing: their controller has not counted again, or is down. */
function contradicts({ workload, pods, countsFromPods, remembered, now, alarm }: Situation<AnyWorkloadFacts>): boolean {
  if (!countsFromPods || pods.length > 0 || remembered.hadPods === true) return false;
  // Of what was just made, and may adopt what was there, the pods arrive by a watch of their own.
  const knownAt = workload.createdAt + bornMs;
  alarm.at(knownAt);
  if (remembered.state !== undefined && now < knownAt) return false;
  return workload.kind === 'DaemonSet' ? workload.status.numberReady > 0 : workload.status.readyReplicas > 0;
}

/** Deleted, or in a namespace that is being deleted; with the cause when it does not go. */
function terminationOf(
  situation: Situation<AnyWorkloadFacts>,
): { readonly cause: WorkloadCause | null; readonly isStuck: boolean } | null {
  const { workload, input, pods, creation, now, alarm } = situation;
  const { namespace } = input;
  if (workload.deletionAt !== null) {
    const stuckAt = workload.deletionAt + stuckTerminatingMs;
    alarm.at(stuckAt);
    const holders = [
      ...(workload.finalizers.length > 0 ? [`finalizer ${workload.finalizers.join(', ')}`] : []),
      ...(pods.length > 0 ? [plural(pods.length, 'pod')] : []),
    ];
    if (now < stuckAt) return { cause: null, isStuck: false };
    const draft = makeCause('WorkloadStuckTerminating', {
      message: `Deleted and still there, held by ${holders.length === 0 ? 'nothing that it shows' : holders.join(' and ')}`,
      since: workload.deletionAt,
      evidence: [fieldOf(workload, 'metadata.finalizers', workload.finalizers.join(', '), workload.deletionAt)],
    });
    return { cause: { draft, pods: pods.length }, isStuck: true };
  }
  if (namespace === null || namespace.phase !== 'Terminating') {
    // The API server says so to the controller, before the namespace is read again, or where it is not in a dump.
    if (creation?.code !== 'NamespaceEnding') return null;
    return { cause: { draft: creation, pods: pods.length }, isStuck: false };
  }
  const blocked = namespace.conditions.filter((one) => one.status === 'True' && one.type.startsWith('Namespace'));
  const since = blocked.reduce<number | null>(
    (first, one) =>
      one.lastTransitionAt === null ? first : Math.min(first ?? one.lastTransitionAt, one.lastTransitionAt),
    null,
  );
  if (since !== null) alarm.at(since + stuckNamespaceMs);
  const isStuck = since !== null && now - since >= stuckNamespaceMs;
  const draft = makeCause('NamespaceTerminating', {
    message: `Namespace ${namespace.name} is being deleted${
      blocked.length === 0 ? '' : `, held: ${blocked.map((one) => one.message ?? one.type).join('; ')}`
    }`,
    since,
    severity: isStuck ? 'warning' : 'info',
    evidence: blocked.map((one) => ({
      object: { kind: 'Namespace', name: namespace.name },
      field: `status.conditions[${one.type}]`,
      text: one.message ?? one.reason ?? one.status,
      at: one.lastTransitionAt,
    })),
  });
  return { cause: { draft, pods: pods.length }, isStuck };
}

function scalingToZero(situation: Situation<AnyWorkloadFacts>, left: number): WorkloadCause {
  const zero = scaledToZero(situation);
  const draft = { ...zero.draft, message: `Scaling to zero: ${plural(left, 'pod')} left` };
  return { draft, pods: left };
}

/** J29: when and by whom, as far as events still tell. */
function scaledToZero(situation: Situation<AnyWorkloadFacts>): WorkloadCause {
  const { workload, input } = situation;
  let scaled: EventFacts | null = null;
  let autoscaler: EventFacts | null = null;
  for (const event of input.events) {
    if (event.reason === 'SuccessfulRescale' && event.message.startsWith('New size: 0;')) {
      if (autoscaler === null || event.lastAt > autoscaler.lastAt) autoscaler = event;
    } else if (event.involved.uid === workload.uid && endsAtZero(event)) {
      if (scaled === null || event.lastAt > scaled.lastAt) scaled = event;
    }
  }
  const told = autoscaler ?? scaled;
  const draft = makeCause('ScaledToZero', {
    message:
      autoscaler === null ? 'Scaled to zero' : `Scaled to zero by HorizontalPodAutoscaler ${autoscaler.involved.name}`,
    since: told?.lastAt ?? null,
    evidence: [
      workload.kind === 'DaemonSet'
        ? fieldOf(workload, 'status.desiredNumberScheduled', '0', null)
        : fieldOf(workload, 'spec.replicas', '0', null),
      ...(told === null
        ? []
        : [
            {
              object: { kind: told.involved.kind, name: told.involved.name },
              field: `event ${told.reason}`,
              text: told.message,
              at: told.lastAt,
            },
          ]),
    ],
  });
  return { draft, pods: 0 };
}

/** `Scaled down replica set web-1 from 3 to 0`, and the older form without `from 3`. */
function endsAtZero(event: EventFacts): boolean {
  return (
    event.reason === 'ScalingReplicaSet' && event.message.startsWith('Scaled down') && event.message.endsWith(' to 0')
  );
}

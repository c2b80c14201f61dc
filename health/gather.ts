import type { Alarm } from './alarm.ts';
import type { AssessInput } from './assess.ts';
import { templateGeneration } from './daemonset.ts';
import { newestReplicaSet } from './deployment.ts';
import { claimNames } from './diagnose/claims.ts';
import { type PodContext, diagnosePod } from './diagnose/pod.ts';
import { type RestartMemory, flappingOfPod } from './flapping.ts';
import type { DaemonSetFacts, EventFacts, PodFacts } from './kubernetes.ts';
import { type PodView, lookAtPod } from './pod-view.ts';
import { pullFailuresOf, restartsOf } from './remember.ts';
import type { Remembered } from './verdict.ts';

/** Every pod of a workload, and what is to be remembered of them. */
export interface Gathered {
  /** In the order of their names. */
  readonly views: readonly PodView[];
  /** Of the containers that ever restarted. */
  readonly restarts: RestartMemory | null;
  readonly pullFailures: Readonly<Record<string, string>> | null;
}

/** Looks at every pod and diagnoses those about which there is something to say. */
export function gatherPods(input: AssessInput, remembered: Remembered, now: number, alarm: Alarm): Gathered {
  const { workload } = input;
  const pods = [...input.pods].sort(byName);
  const looks = pods.map((pod) => lookAtPod(pod, workload.minReadySeconds, now));
  const sick = looks.filter((look) => !look.isQuiet).map((look) => look.pod);
  const restarts = restartsOf(sick, remembered, now);
  const pullFailures = pullFailuresOf(sick, remembered);
  const context: Omit<PodContext, 'events' | 'nodeEvents' | 'usage'> = {
    workload,
    lostNodes: input.lostNodes,
    canReadEvents: input.supplied.events,
    remembered: { ...remembered, restarts: restarts ?? {}, pullFailures: pullFailures ?? {} },
  };

  const revision = revisionReader(input);
  const byObject = eventsByObject(input.events);
  const byNode = eventsByName(input.nodeEvents);
  const views = looks.map((look): PodView => {
    const { pod, isQuiet } = look;
    const events = byObject === null ? noEvents : eventsOf(pod, byObject);
    const needsDiagnosis =
      !isQuiet || events.length > 0 || (pod.nodeName !== null && input.lostNodes.has(pod.nodeName));
    const diagnosis = needsDiagnosis
      ? diagnosePod(
          pod,
          {
            ...context,
            events,
            nodeEvents: pod.nodeName === null ? noEvents : (byNode?.get(pod.nodeName) ?? noEvents),
            usage: input.usage.length === 0 ? input.usage : input.usage.filter((one) => one.podName === pod.name),
          },
          now,
        )
      : null;
    const flapping = restarts === null || look.leaving || look.ended ? null : flappingOfPod(pod, restarts, now);
    alarm.at(diagnosis?.reassessAt ?? null);
    alarm.at(diagnosis?.graceUntilAt ?? null);
    alarm.at(flapping?.untilAt ?? null);
    alarm.at(look.availableAt);
    const { name, isNewest } = revision(pod);
    return { ...look, revision: name, updated: isNewest, diagnosis, flapping };
  });
  return { views, restarts, pullFailures };
}

const noEvents: readonly EventFacts[] = [];

function byName(left: PodFacts, right: PodFacts): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.uid < right.uid ? -1 : 1;
}

/** Events by the UID of their object; claims, which the product may not read, by kind and name. Null when there are none. */
function eventsByObject(events: readonly EventFacts[]): Map<string, EventFacts[]> | null {
  if (events.length === 0) return null;
  const byObject = new Map<string, EventFacts[]>();
  for (const event of [...events].sort(byTime)) {
    const key = event.involved.kind === 'PersistentVolumeClaim' ? `claim ${event.involved.name}` : event.involved.uid;
    const known = byObject.get(key);
    if (known === undefined) byObject.set(key, [event]);
    else known.push(event);
  }
  return byObject;
}

function byTime(left: EventFacts, right: EventFacts): number {
  return left.lastAt - right.lastAt || (left.uid < right.uid ? -1 : 1);
}

function eventsOf(pod: PodFacts, byObject: ReadonlyMap<string, readonly EventFacts[]>): readonly EventFacts[] {
  const own = byObject.get(pod.uid) ?? noEvents;
  let all: EventFacts[] | null = null;
  for (const claim of claimNames(pod)) {
    const events = byObject.get(`claim ${claim}`);
    if (events === undefined) continue;
    all ??= [...own];
    all.push(...events);
  }
  return all ?? own;
}

function eventsByName(events: readonly EventFacts[]): Map<string, EventFacts[]> | null {
  if (events.length === 0) return null;
  const byName = new Map<string, EventFacts[]>();
  for (const event of [...events].sort(byTime)) {
    const known = byName.get(event.involved.name);
    if (known === undefined) byName.set(event.involved.name, [event]);
    else known.push(event);
  }
  return byName;
}

interface PodRevision {
  readonly name: string | null;
  readonly isNewest: boolean;
}

/** How to tell a pod's revision: through its ReplicaSet, by its hash, or by the newest pod of a DaemonSet. */
function revisionReader({ workload, replicaSets, pods }: AssessInput): (pod: PodFacts) => PodRevision {
  if (workload.kind === 'Deployment') {
    const newest = newestReplicaSet(workload, replicaSets);
    const byUid = new Map(replicaSets.map((one) => [one.uid, one]));
    return (pod) => {
      const owner = pod.owner === null ? undefined : byUid.get(pod.owner.uid);
      return {
        name: owner === undefined ? null : String(owner.revision),
        isNewest: newest === null || owner === newest,
      };
    };
  }
  const newest = workload.kind === 'StatefulSet' ? workload.status.updateRevision : newestHash(workload, pods);
  return (pod) => {
    const name = pod.labels[revisionHashLabel] ?? null;
    return { name, isNewest: newest === null || name === newest };
  };
}

const revisionHashLabel = 'controller-revision-hash';

/** Counted up by the API server with every change of the template, and put on each pod: older servers leave it out. */
const generationLabel = 'pod-template-generation';
/** No pod has it. */
const noHash = '';

/**
 * A DaemonSet's status names no revision: the pod of the highest generation carries it, else the one made last. While
 * no pod of the present template is there, be it that the first is yet to come or that it was lost, none is of the
 * newest revision; unless the template is an earlier one again, whose pods stay as they are. Only the status tells that.
 */
function newestHash(workload: DaemonSetFacts, pods: readonly PodFacts[]): string | null {
  let newest: PodFacts | null = null;
  for (const pod of pods) if (newest === null || isNewer(pod, newest)) newest = pod;
  const isOutdated = Number(newest?.labels[generationLabel]) < (templateGeneration(workload) ?? 0);
  return isOutdated && !isAllUpdated(workload) ? noHash : (newest?.labels[revisionHashLabel] ?? null);
}

function isAllUpdated({ generation, observedGeneration, status }: DaemonSetFacts): boolean {
  const { updatedNumberScheduled: updated, currentNumberScheduled: current } = status;
  return observedGeneration >= generation && updated > 0 && updated >= current;
}

function isNewer(pod: PodFacts, than: PodFacts): boolean {
  const generations = Number(pod.labels[generationLabel]) - Number(than.labels[generationLabel]);
  if (Math.abs(generations) > 0) return generations > 0;
  // Instants have whole seconds: then the order of the list must not decide.
  return pod.createdAt > than.createdAt || (pod.createdAt === than.createdAt && pod.uid > than.uid);
}

import { causes, makeCause } from './causes.ts';
import { diagnoseAutoscaler } from './diagnose/autoscaler.ts';
import { diagnoseUsage } from './diagnose/metrics.ts';
import { diagnoseServices } from './diagnose/services.ts';
import { sharedCrash } from './diagnose/shared-crash.ts';
import type { Situation, WorkloadCause } from './judgement.ts';
import { plural } from './judgement.ts';
import type { AnyWorkloadFacts, ConditionFacts, LabelSelectorFacts } from './kubernetes.ts';
import type { PodView } from './pod-view.ts';
import { fieldOf } from './shortage.ts';

/** What is worth knowing about a workload whatever its state: C16, J19, J26 to J28, J30 to J33, J35, J36, J38. */
export function notesOf(situation: Situation<AnyWorkloadFacts>, desired: number): WorkloadCause[] {
  const notes: WorkloadCause[] = [];
  const standing = situation.pods.filter((view) => !view.leaving && !view.ended);
  const { workload, input, remembered, alarm, now } = situation;
  const facts = standing.map((view) => view.pod);
  if (input.supplied.services) {
    const others = input.othersReady ?? null;
    for (const draft of diagnoseServices(workload, input.services, facts, others, alarm, now)) {
      notes.push({ draft, pods: 0 });
    }
  }
  for (const draft of diagnoseUsage(facts, input.usage, remembered, now)) notes.push({ draft, pods: 1 });
  const autoscaler = diagnoseAutoscaler(workload, input.events, alarm, now);
  if (autoscaler !== null) notes.push({ draft: autoscaler, pods: 0 });
  push(notes, sameCrash(standing));
  push(notes, resizeRefused(situation, standing));
  push(notes, imageDrift(situation, standing));
  push(notes, foreignPods(situation));
  push(notes, singlePoint(situation, standing, desired));
  return notes;
}

function push(notes: WorkloadCause[], note: WorkloadCause | null): void {
  if (note !== null) notes.push(note);
}

/** C16, asked only where something restarted. */
function sameCrash(standing: readonly PodView[]): WorkloadCause | null {
  const crashed = standing.filter((view) => view.restarts > 0 && !view.ready);
  if (crashed.length < 2) return null;
  const revisions = new Map(crashed.map((view) => [view.pod, view.revision]));
  const draft = sharedCrash([...revisions.keys()], (pod) => revisions.get(pod) ?? null);
  return draft === null ? null : { draft, pods: crashed.length };
}

/** J33. */
function resizeRefused(situation: Situation<AnyWorkloadFacts>, standing: readonly PodView[]): WorkloadCause | null {
  let first: { readonly view: PodView; readonly condition: ConditionFacts } | null = null;
  let count = 0;
  for (const view of standing) {
    for (const condition of view.pod.conditions) {
      if (!isResizeRefused(condition)) continue;
      const since = condition.lastTransitionAt ?? situation.now;
      const graceUntilAt = since + causes.ResizeRefused.graceSeconds * 1000;
      situation.alarm.at(graceUntilAt);
      if (graceUntilAt > situation.now) continue;
      count += 1;
      if (first === null) first = { view, condition };
    }
  }
  if (first === null) return null;
  const { view, condition } = first;
  const draft = makeCause('ResizeRefused', {
    message: `In-place resize of ${view.pod.name} ${resizeWords(condition)}: ${condition.message ?? condition.reason ?? condition.type}`,
    since: condition.lastTransitionAt,
    evidence: [
      {
        object: { kind: 'Pod', name: view.pod.name },
        field: `status.conditions[${condition.type}]`,
        text: [condition.reason, condition.message].filter(Boolean).join(': '),
        at: condition.lastTransitionAt,
      },
    ],
  });
  return { draft, pods: count };
}

/** Deferred is tried again, infeasible is not. */
function resizeWords({ type, reason }: ConditionFacts): string {
  if (type === 'PodResizeInProgress') return 'failed';
  return reason === 'Deferred' ? 'has to wait' : 'refused';
}

function isResizeRefused({ type, status, reason }: ConditionFacts): boolean {
  if (status !== 'True') return false;
  if (type === 'PodResizePending') return reason === 'Infeasible' || reason === 'Deferred';
  return type === 'PodResizeInProgress' && reason === 'Error';
}

const imageDriftGraceMs = 10 * 60_000;

/** J35: one tag, several builds, and not because a rollout is replacing them just now. */
function imageDrift(situation: Situation<AnyWorkloadFacts>, standing: readonly PodView[]): WorkloadCause | null {
  const first = standing[0];
  if (first === undefined || standing.length < 2) return null;
  const known = new Map<string, { readonly image: string; readonly imageId: string; readonly pod: string }>();
  let newestAt = 0;
  for (const view of standing) {
    newestAt = Math.max(newestAt, view.pod.createdAt);
    if (!view.updated) continue;
    for (const status of view.pod.containerStatuses) {
      if (status.imageId === null || status.imageId === '') continue;
      const before = known.get(status.name);
      if (before !== undefined && before.imageId === status.imageId) continue;
      const image = view.pod.spec.containers.find((one) => one.name === status.name)?.image ?? '';
      if (before === undefined) {
        known.set(status.name, { image, imageId: status.imageId, pod: view.pod.name });
        continue;
      }
      if (before.image !== image) continue;
      situation.alarm.at(newestAt + imageDriftGraceMs);
      if (situation.now - newestAt < imageDriftGraceMs) return null;
      const evidence = [
        { pod: before.pod, imageId: before.imageId },
        { pod: view.pod.name, imageId: status.imageId },
      ].map(({ pod, imageId }) => ({
        object: { kind: 'Pod', name: pod },
        field: `status.containerStatuses[${status.name}].imageID`,
        text: imageId,
        at: null,
      }));
      const draft = makeCause('ImageDrift', {
        message: `Replicas run different builds of ${image}`,
        since: null,
        evidence,
      });
      return { draft, pods: standing.length };
    }
  }
  return null;
}

/** J36. */
function foreignPods({ workload, input }: Situation<AnyWorkloadFacts>): WorkloadCause | null {
  const foreign = input.foreignOwners ?? [];
  if (foreign.length === 0) return null;
  const names = foreign.map((owner) => `${owner.kind} ${owner.name}`).sort();
  const draft = makeCause('ForeignPods', {
    message: `The selector also matches pods of ${names.join(', ')}`,
    since: null,
    evidence: [fieldOf(workload, 'spec.selector', selectorText(workload.selector), null)],
  });
  return { draft, pods: 0 };
}

function selectorText({ matchLabels, matchExpressions }: LabelSelectorFacts): string {
  return JSON.stringify(matchExpressions.length === 0 ? matchLabels : { matchLabels, matchExpressions });
}

/** J38. */
function singlePoint(
  { workload }: Situation<AnyWorkloadFacts>,
  standing: readonly PodView[],
  desired: number,
): WorkloadCause | null {
  if (workload.kind === 'DaemonSet' || desired === 0) return null;
  if (desired === 1) {
    const draft = makeCause('SinglePointOfFailure', {
      message: 'One replica: its loss is an outage',
      since: null,
      evidence: [fieldOf(workload, 'spec.replicas', '1', null)],
    });
    return { draft, pods: 1 };
  }
  const node = standing[0]?.pod.nodeName ?? null;
  if (node === null || standing.length < 2 || standing.some((view) => view.pod.nodeName !== node)) return null;
  const draft = makeCause('SinglePointOfFailure', {
    message: `All ${plural(standing.length, 'replica')} are on node ${node}: its loss is an outage`,
    since: null,
    evidence: standing.slice(0, 3).map((view) => ({
      object: { kind: 'Pod', name: view.pod.name },
      field: 'spec.nodeName',
      text: node,
      at: null,
    })),
  });
  return { draft, pods: standing.length };
}

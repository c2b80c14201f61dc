import type { Alarm } from '../alarm.ts';
import { type CauseDraft, causes, makeCause } from '../causes.ts';
import { type Flapping, flappingOf, flappingWindowMs, type RestartMemory, rememberRestarts } from '../flapping.ts';
import type { ContainerStatusFacts, PodFacts, TerminationFacts } from '../kubernetes.ts';
import { parseProbeText } from '../parse/probe-text.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';
import {
  clockTime,
  containerFacts,
  containerLabel,
  lower,
  newestOf,
  nodeName,
  recentEvents,
  recentMs,
} from './facts.ts';
import { conclude, type Finding } from './finding.ts';
import type { PodContext } from './pod.ts';
import { crashFinding } from './crash.ts';

/** What is worth saying about a pod beside its cause: it explains, warns ahead, or tells what has passed. */

const oomNoteMs = 30 * 60_000;
const limitUnhealthy = 3;
const churnCount = 3;
const churnWindowMs = 10 * 60_000;

export function flappingOfContainer(
  pod: PodFacts,
  status: ContainerStatusFacts,
  context: PodContext,
  now: number,
  alarm: Alarm,
): Flapping | null {
  if (status.restartCount === 0) return null;
  const memory = context.remembered.restarts?.[`${pod.uid}/${status.name}`] ?? datedRestarts(pod, status, now);
  const flapping = memory === null ? null : flappingOf(memory, now);
  if (memory === null || flapping === null) return null;
  // With each restart that leaves the window the number in the message changes.
  for (const at of memory.increasedAt) alarm.at(at + flappingWindowMs);
  return flapping;
}

/** Without memory the status alone decides, and it dates only the last end. */
function datedRestarts(pod: PodFacts, status: ContainerStatusFacts, now: number): RestartMemory[string] | null {
  const end = lastEnd(status);
  const endedAt = end?.finishedAt ?? null;
  if (endedAt === null) return null;
  const areAllRecent = endedAt - pod.createdAt <= flappingWindowMs;
  return rememberRestarts(undefined, status.restartCount, end, areAllRecent, now);
}

/** C17: the pod serves at the moment, and cannot be relied upon. */
export function flappingFinding(
  pod: PodFacts,
  status: ContainerStatusFacts,
  flapping: Flapping,
  context: PodContext,
): Finding {
  const end = lastEnd(status);
  const why = end === null ? null : crashFinding(pod, status, end, context);
  const label = containerLabel(pod, status.name);
  return {
    stage: 'ready',
    code: 'Flapping',
    message: `${label} restarted ${flapping.restarts === 1 ? 'once' : `${flapping.restarts} times`} within 15 minutes and serves in between${why === null ? '' : `: ${lower(why.message)}`}`,
    since: flapping.sinceAt,
    evidence: [
      fieldEvidence(
        pod,
        `status.containerStatuses[${status.name}].restartCount`,
        String(status.restartCount),
        flapping.sinceAt,
      ),
      ...(why?.evidence ?? []),
    ],
    commands: why?.commands ?? [kubectl.describePod(pod)],
    ...(why === null ? {} : { remedy: why.remedy ?? causes[why.code].remedy }),
  };
}

export function lastEnd(status: ContainerStatusFacts): TerminationFacts | null {
  return status.state.kind === 'terminated' ? status.state : status.lastTermination;
}

/** C18, or the crash itself while it is fresh: a container that came back. */
export function restartNote(
  pod: PodFacts,
  status: ContainerStatusFacts,
  context: PodContext,
  now: number,
): { note: CauseDraft; untilAt: number | null } | null {
  const end = lastEnd(status);
  if (status.restartCount === 0 || end === null) return null;
  const endedAt = Math.min(end.finishedAt ?? 0, now);
  const freshMs = end.reason === 'OOMKilled' ? oomNoteMs : recentMs;
  if (now - endedAt < freshMs) {
    const { cause } = conclude({ ...crashFinding(pod, status, end, context), severity: 'warning' }, now);
    if (cause !== null) {
      const many = status.restartCount > 1 && !cause.message.endsWith(' restarts)');
      // After a crash the kubelet waits before it starts the container again.
      const startedAt = status.state.kind === 'running' ? (status.state.startedAt ?? endedAt) : endedAt;
      const message = `${cause.message}${many ? ` (${status.restartCount} restarts)` : ''}; it has run since ${clockTime(startedAt)}`;
      return { note: { ...cause, message, severity: 'warning' }, untilAt: endedAt + freshMs };
    }
  }
  const label = containerLabel(pod, status.name);
  const times = status.restartCount === 1 ? 'once' : `${status.restartCount} times`;
  const note = makeCause('RestartedBefore', {
    message: `${label} restarted ${times} before and has run since`,
    since: end.finishedAt,
    evidence: [
      fieldEvidence(
        pod,
        `status.containerStatuses[${status.name}].restartCount`,
        String(status.restartCount),
        end.finishedAt,
      ),
    ],
    commands: [kubectl.previousLogs(pod, status.name)],
  });
  return { note, untilAt: null };
}

/** E8: init containers that ran more than once. */
export function initRestartNotes(pod: PodFacts): CauseDraft[] {
  return pod.initContainerStatuses
    .filter((status) => status.restartCount > 0 && containerFacts(pod, status.name)?.type !== 'sidecar')
    .map((status) =>
      makeCause('InitContainerRestarted', {
        message: `${containerLabel(pod, status.name)} ran more than once, as after a restart of the node or a new pod sandbox`,
        since: lastEnd(status)?.finishedAt ?? null,
        evidence: [
          fieldEvidence(
            pod,
            `status.initContainerStatuses[${status.name}].restartCount`,
            String(status.restartCount),
            null,
          ),
        ],
        commands: [],
      }),
    );
}

/** D10, D12, I17, I18: what the events and conditions of the pod tell beside its state. */
export function eventNotes(pod: PodFacts, context: PodContext, now: number, alarm: Alarm): CauseDraft[] {
  const notes: CauseDraft[] = [];
  for (const status of pod.containerStatuses) {
    if (status.ready) add(notes, livenessNote(pod, status, context, now, alarm));
  }
  add(notes, probeWarning(pod, context, now, alarm));
  add(notes, sandboxChurn(pod, context, now, alarm));
  add(notes, rebootNote(pod, context, now, alarm));
  return notes;
}

function add(notes: CauseDraft[], note: CauseDraft | null): void {
  if (note !== null) notes.push(note);
}

function livenessNote(
  pod: PodFacts,
  status: ContainerStatusFacts,
  context: PodContext,
  now: number,
  alarm: Alarm,
): CauseDraft | null {
  const startedAt = status.state.kind === 'running' ? (status.state.startedAt ?? 0) : 0;
  const filter = {
    reasons: ['Unhealthy'],
    container: status.name,
    text: /Liveness probe/,
    notBefore: startedAt,
  };
  const events = recentEvents(context.events, filter, recentMs, now, alarm);
  const count = events.reduce((sum, event) => sum + event.count, 0);
  const newest = newestOf(events);
  // An event is written for every failed probe, also for one that the next success forgives (kubernetes#115823).
  if (newest === null || count < limitUnhealthy) return null;
  return makeCause('LivenessProbeFailing', {
    message: `The liveness probe of ${lower(containerLabel(pod, status.name))} failed ${count} times lately without a restart: ${parseProbeText(newest.message).said}`,
    since: newest.firstAt,
    evidence: [eventEvidence(newest)],
    commands: [kubectl.describePod(pod), kubectl.logs(pod, status.name)],
  });
}

function probeWarning(pod: PodFacts, context: PodContext, now: number, alarm: Alarm): CauseDraft | null {
  const event = newestOf(recentEvents(context.events, { reasons: ['ProbeWarning'] }, recentMs, now, alarm));
  if (event === null) return null;
  return makeCause('ProbeWarning', {
    message: `A probe counts as a success but answers oddly: ${parseProbeText(event.message).said}`,
    since: event.firstAt,
    evidence: [eventEvidence(event)],
    commands: [kubectl.describePod(pod)],
  });
}

function sandboxChurn(pod: PodFacts, context: PodContext, now: number, alarm: Alarm): CauseDraft | null {
  const events = recentEvents(context.events, { reasons: ['SandboxChanged'] }, churnWindowMs, now, alarm);
  const count = events.reduce((sum, event) => sum + event.count, 0);
  const newest = newestOf(events);
  if (newest === null || count < churnCount) return null;
  return makeCause('SandboxChurn', {
    message: `The sandbox of the pod was made anew ${count} times on node ${nodeName(pod)}, which restarts all its containers`,
    since: newest.firstAt,
    evidence: [eventEvidence(newest)],
    commands: pod.nodeName === null ? [] : [kubectl.describePod(pod), kubectl.describeNode(pod.nodeName)],
    group: pod.nodeName === null ? null : { type: 'node', name: pod.nodeName },
  });
}

function rebootNote(pod: PodFacts, context: PodContext, now: number, alarm: Alarm): CauseDraft | null {
  if (pod.nodeName === null) return null;
  const filter = { reasons: ['Rebooted'], notBefore: pod.createdAt };
  const event = newestOf(recentEvents(context.nodeEvents, filter, recentMs, now, alarm));
  if (event === null || event.involved.name !== pod.nodeName) return null;
  return makeCause('NodeRebooted', {
    message: `Node ${pod.nodeName} rebooted, and every container on it started anew`,
    since: event.lastAt,
    evidence: [eventEvidence(event)],
    commands: [kubectl.describeNode(pod.nodeName)],
    group: { type: 'node', name: pod.nodeName },
  });
}

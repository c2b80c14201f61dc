import { type CauseCode, type CauseDraft, makeCause } from '../causes.ts';
import type { ContainerStatusFacts, EventFacts, PodFacts, TerminationFacts } from '../kubernetes.ts';
import { parseBackOff, parseExecFailure } from '../parse/container-error.ts';
import { exitCodeWords } from '../parse/exit-code.ts';
import { parseProbeText } from '../parse/probe-text.ts';
import { errorLine, plainText } from '../parse/text.ts';
import type { Evidence, IncidentGroup } from '../verdict.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';
import {
  clockTime,
  conditionOf,
  containerFacts,
  containerLabel,
  durationWords,
  lower,
  memoryLimit,
  newestEvent,
  nodeName,
  pendingSince,
  probeBudgetMs,
  probeWords,
} from './facts.ts';
import type { Finding } from './finding.ts';
import type { PodContext } from './pod.ts';
import { codeOf, errorWords, isStartReason, startFinding } from './start.ts';

/**
 * C, and what of B and D shows only after the end of a container: why it ended.
 *
 * Exit 137 alone says only SIGKILL. Who sent it is told apart by what stands beside it: the reason OOMKilled, a
 * Killing event of a probe, a SystemOOM event of the node, or the deletion of the pod.
 */

/** The kubelet forgets its back-off after this much running: an older end is no loop any more. */
export const backOffResetMs = 10 * 60_000;

/** Between a probe's last failure, the kill, and the end that it causes lies at most the grace period and a little. */
const probeKillWindowMs = 120_000;
const nodeOomWindowMs = 60_000;

/** A back-off this long means that at least three starts have failed. */
const provenBackOffMs = 40_000;

export function crashFinding(
  pod: PodFacts,
  status: ContainerStatusFacts,
  termination: TerminationFacts,
  context: PodContext,
): Finding {
  const told = explainEnd(pod, status, termination, context);
  if ('stage' in told) return told;
  const restarts = Math.max(status.restartCount, provenRestarts(status));
  const base = {
    stage: 'start',
    since: termination.finishedAt ?? pendingSince(pod),
    evidence: [terminationEvidence(pod, status, termination), ...told.evidence],
    commands: [kubectl.previousLogs(pod, status.name), kubectl.describePod(pod)],
    graceMs: told.graceMs ?? 0,
    group: told.group ?? null,
  } as const;
  const isProven = told.criticalFromRestart !== null && restarts >= told.criticalFromRestart;
  return {
    ...base,
    code: told.code,
    message: told.message,
    ...(told.code === 'ContainerLost' ? {} : { severity: isProven ? 'critical' : 'warning' }),
  };
}

/** What ended a container. */
interface End {
  readonly code: CauseCode;
  readonly message: string;
  readonly evidence: readonly Evidence[];
  /** Restarts from which it is certain not to heal by itself; null: it may always. */
  readonly criticalFromRestart: number | null;
  readonly graceMs?: number;
  readonly group?: IncidentGroup;
}

/** A Finding where the container never ran: those causes have graces of their own. */
function explainEnd(
  pod: PodFacts,
  status: ContainerStatusFacts,
  termination: TerminationFacts,
  context: PodContext,
): End | Finding {
  const label = containerLabel(pod, status.name);
  if (termination.reason === 'ContainerStatusUnknown' || isLostByContainerd(termination)) {
    return {
      code: 'ContainerLost',
      message: `Node ${nodeName(pod)} lost track of ${lower(label)}: a restart of the node or an eviction, not a crash`,
      evidence: [],
      criticalFromRestart: null,
      graceMs: 120_000,
    };
  }
  if (termination.reason !== null && isStartReason(termination.reason)) {
    return {
      ...startFinding(pod, status, termination.reason, termination.message ?? '', context),
      stage: 'start',
    };
  }
  if (termination.reason === 'OOMKilled') return outOfMemory(pod, status, termination, context, label);
  return (
    probeKill(pod, status, termination, context, label) ??
    nodeOutOfMemory(pod, status, termination, context, label) ??
    byExitCode(pod, status, termination, label, context)
  );
}

/**
 * After a restart of the node containerd knows neither how nor when its containers ended.
 * https://github.com/containerd/containerd/blob/v2.1.0/internal/cri/server/restart.go (unknownContainerStatus)
 */
function isLostByContainerd({ reason, exitCode }: TerminationFacts): boolean {
  return reason === 'Unknown' && exitCode === 255;
}

function outOfMemory(
  pod: PodFacts,
  status: ContainerStatusFacts,
  termination: TerminationFacts,
  context: PodContext,
  label: string,
): End {
  if (termination.exitCode !== 137) {
    return {
      code: 'OutOfMemoryEarlier',
      message: `A process in ${lower(label)} was killed for memory at some time, but its last end was exit code ${exitCodeWords(termination.exitCode, termination.signal)}`,
      evidence: [],
      criticalFromRestart: null,
    };
  }
  const limit = memoryLimit(pod, status.name);
  if (limit !== null) {
    const times = status.restartCount > 1 ? ` (${status.restartCount} restarts)` : '';
    return {
      code: 'OutOfMemory',
      message: `${label} exceeded its memory limit of ${limit} and was killed${times}`,
      evidence: [fieldEvidence(pod, `spec.containers[${status.name}].resources.limits.memory`, limit, null)],
      criticalFromRestart: 3,
    };
  }
  return (
    nodeOutOfMemory(pod, status, termination, context, label) ?? {
      code: 'OutOfMemory',
      message: `${label} was killed for memory though it has no limit of its own: the limit of the pod, or the memory of node ${nodeName(pod)}, was used up`,
      evidence: [],
      criticalFromRestart: 3,
    }
  );
}

function nodeOutOfMemory(
  pod: PodFacts,
  status: ContainerStatusFacts,
  termination: TerminationFacts,
  context: PodContext,
  label: string,
): End | null {
  const endedAt = termination.finishedAt;
  if (termination.exitCode !== 137 || endedAt === null || pod.nodeName === null) return null;
  for (const event of context.nodeEvents) {
    if (event.reason !== 'SystemOOM' || event.involved.name !== pod.nodeName) continue;
    if (event.lastAt < endedAt - nodeOomWindowMs || event.firstAt > endedAt + nodeOomWindowMs) continue;
    if (!isVictim(pod, status.name, event)) continue;
    return {
      code: 'NodeOutOfMemory',
      message: `Node ${pod.nodeName} ran out of memory and killed ${lower(label)}; the container was not at a limit of its own`,
      evidence: [eventEvidence(event)],
      criticalFromRestart: 0,
      group: { type: 'node', name: pod.nodeName },
    };
  }
  return null;
}

/** The kernel names the process by its first 15 characters; a program that only the image names cannot be compared. */
function isVictim(pod: PodFacts, container: string, event: EventFacts): boolean {
  const victim = /victim process: ([^,]+),/.exec(plainText(event.message))?.[1];
  const program = containerFacts(pod, container)?.command[0]?.split('/').at(-1);
  if (victim === undefined || program === undefined) return true;
  // A shell or an interpreter starts programs of other names.
  return (
    /^(?:sh|bash|ash|dash|env|java|node|python\d?|tini|dumb-init)$/.test(program) ||
    program.slice(0, 15) === victim.slice(0, 15)
  );
}

/** A Killing event of a probe is proof; SIGTERM or SIGKILL soon after a failed liveness probe is as good. */
function probeKill(
  pod: PodFacts,
  status: ContainerStatusFacts,
  termination: TerminationFacts,
  context: PodContext,
  label: string,
): End | null {
  const endedAt = termination.finishedAt;
  if (endedAt === null) return null;
  const graceMs = pod.spec.terminationGracePeriodSeconds * 1000;
  const window = { container: status.name, notBefore: endedAt - graceMs - probeKillWindowMs } as const;
  const killed = newestEvent(context.events, {
    ...window,
    reasons: ['Killing'],
    text: /failed (?:liveness|startup) probe/,
  });
  const unhealthy = newestEvent(context.events, {
    ...window,
    reasons: ['Unhealthy'],
    text: /^(?:\(combined from similar events\): )?(?:Liveness|Startup) probe/,
  });
  const bySignal = termination.exitCode === 143 || termination.exitCode === 137;
  if (killed === null && (unhealthy === null || !bySignal)) return null;
  const isStartup =
    killed === null ? /Startup probe/.test(unhealthy?.message ?? '') : /failed startup probe/.test(killed.message);
  const said = unhealthy === null ? '' : `: ${parseProbeText(unhealthy.message).said}`;
  const evidence = [killed, unhealthy].filter((event) => event !== null).map(eventEvidence);
  const facts = containerFacts(pod, status.name);
  if (isStartup) {
    const probe = facts?.startupProbe ?? null;
    return {
      code: 'StartupProbeKills',
      message: `${label} is not up within ${durationWords(probeBudgetMs(probe))} and its startup probe${probe === null ? '' : ` (${probeWords(probe)})`} kills it${said}`,
      evidence,
      criticalFromRestart: 1,
    };
  }
  const probe = facts?.livenessProbe ?? null;
  return {
    code: 'LivenessProbeKills',
    message: `The liveness probe${probe === null ? '' : ` (${probeWords(probe)})`} keeps killing ${lower(label)}${said}`,
    evidence,
    criticalFromRestart: 2,
  };
}

function byExitCode(
  pod: PodFacts,
  status: ContainerStatusFacts,
  termination: TerminationFacts,
  label: string,
  context: PodContext,
): End {
  const words = exitCodeWords(termination.exitCode, termination.signal);
  const message = termination.message ?? '';
  const last = errorLine(message);
  const said = last === '' ? '' : `: ${last}`;
  const end = (code: CauseCode, text: string, criticalFromRestart: number | null): End => ({
    code,
    message: text,
    evidence: [],
    criticalFromRestart,
  });
  // The program itself never ran: what is in its log are the words of the one that should have started it.
  const refused = parseExecFailure(message);
  if (refused !== null) {
    return end(codeOf(refused, 'start'), errorWords(pod, status.name, refused, message, 'StartError'), 0);
  }
  switch (termination.exitCode) {
    case 0:
      return end('ProgramExits', `${label} finishes with exit code 0 and is started again`, 3);
    case 126:
      return end('CommandNotExecutable', `The command of ${lower(label)} cannot be executed (exit code 126)${said}`, 1);
    case 127:
      return end(
        'CommandNotFound',
        `The command of ${lower(label)} is not found in its image (exit code 127)${said}`,
        1,
      );
    case 132:
      return end(
        'IllegalInstruction',
        `${label} uses a CPU instruction that node ${nodeName(pod)} does not have, and ends with exit code ${words}${said}`,
        1,
      );
    case 134:
      return end('Aborted', `${label} aborted with exit code ${words}${said}`, 2);
    case 135:
    case 136:
    case 139:
      return end('NativeCrash', `${label} crashed in native code with exit code ${words}${said}`, 2);
    case 137:
      return end(
        'KilledUnknown',
        context.canReadEvents === false
          ? `${label} was killed with exit code ${words}, not by its memory limit; whether a probe did it stands in events, which cannot be read`
          : `${label} was killed with exit code ${words}, not by its memory limit and not by a probe; who did it is unknown`,
        null,
      );
    case 143:
      return end(
        'TerminatedRepeatedly',
        `${label} keeps ending with exit code ${words} though its pod is not being deleted`,
        null,
      );
    case 159:
      return end(
        'SystemCallBlocked',
        `A system call of ${lower(label)} is blocked by its seccomp profile: it ends with exit code ${words}${said}`,
        1,
      );
    default:
      return end('CrashLoop', `${label} crashes with exit code ${words}${said}`, 2);
  }
}

function provenRestarts(status: ContainerStatusFacts): number {
  return (backOffMs(status) ?? 0) >= provenBackOffMs ? 3 : 0;
}

function backOffMs(status: ContainerStatusFacts): number | null {
  const { state } = status;
  if (state.kind !== 'waiting' || state.reason !== 'CrashLoopBackOff' || state.message === null) return null;
  return parseBackOff(state.message);
}

function terminationEvidence(pod: PodFacts, status: ContainerStatusFacts, termination: TerminationFacts): Evidence {
  const isCurrent = status.state.kind === 'terminated';
  const where = isCurrent ? 'state.terminated' : 'lastState.terminated';
  const said = errorLine(termination.message ?? '');
  const reason = termination.reason === null ? '' : `${termination.reason}, `;
  const text = `${reason}exit code ${exitCodeWords(termination.exitCode, termination.signal)}${said === '' ? '' : `: ${said}`}`;
  return fieldEvidence(pod, `status.containerStatuses[${status.name}].${where}`, text, termination.finishedAt);
}

/** C14: when the kubelet starts the container again. */
export function backOffNote(pod: PodFacts, status: ContainerStatusFacts): CauseDraft | null {
  const { state } = status;
  const delay = backOffMs(status);
  const endedAt = status.lastTermination?.finishedAt ?? null;
  if (state.kind !== 'waiting' || delay === null) return null;
  const next = endedAt === null ? '' : ` at ${clockTime(endedAt + delay)}`;
  return makeCause('RestartBackOff', {
    message: `${containerLabel(pod, status.name)} is started again${next}: the kubelet waits ${durationWords(delay)} between two starts`,
    since: endedAt,
    evidence: [
      fieldEvidence(pod, `status.containerStatuses[${status.name}].state.waiting`, state.message ?? '', endedAt),
    ],
    commands: [],
  });
}

/** C19: the pod restarts all its containers by a rule of its own. */
export function allContainersNote(pod: PodFacts): CauseDraft | null {
  const condition = conditionOf(pod, 'AllContainersRestarting');
  if (condition?.status !== 'True') return null;
  return makeCause('AllContainersRestarting', {
    message: 'All containers of the pod restart by one of its restart rules',
    since: condition.lastTransitionAt,
    evidence: [
      fieldEvidence(
        pod,
        'status.conditions[AllContainersRestarting]',
        condition.message ?? 'True',
        condition.lastTransitionAt,
      ),
    ],
    commands: [kubectl.describePod(pod)],
  });
}

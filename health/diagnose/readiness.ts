import type { CauseCode } from '../causes.ts';
import type { ContainerStatusFacts, EventFacts, PodFacts, ProbeFacts } from '../kubernetes.ts';
import { type ProbeText, parseProbeText } from '../parse/probe-text.ts';
import { enumerate, firstLine } from '../parse/text.ts';
import type { Evidence } from '../verdict.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';
import {
  clockTime,
  conditionOf,
  containerFacts,
  containerLabel,
  durationWords,
  lower,
  newestEvent,
  pendingSince,
  probeBudgetMs,
  probeWords,
} from './facts.ts';
import type { Finding } from './finding.ts';
import type { PodContext } from './pod.ts';

/**
 * D, E6 and E7: the containers run, and what keeps the pod from being ready. A probe that fails may succeed with the
 * next period, so these causes stay warnings however long they last: the missing replica is what alarms.
 */

/** D7: the startup probe has not succeeded; D8 is told after the kill, by crash.ts. */
export function startupFinding(
  pod: PodFacts,
  status: ContainerStatusFacts,
  startedAt: number,
  context: PodContext,
): Finding {
  const label = containerLabel(pod, status.name);
  const probe = containerFacts(pod, status.name)?.startupProbe ?? null;
  const budgetMs = probeBudgetMs(probe);
  const event = unhealthyEvent(context, status.name, 'Startup', startedAt);
  const said = startupSaid(status, startedAt, context);
  const until =
    budgetMs === 0
      ? ''
      : ` (${probe === null ? '' : `${probeWords(probe)}, `}at most ${durationWords(budgetMs)}, until ${clockTime(startedAt + budgetMs)})`;
  return {
    stage: 'startupProbe',
    code: 'StartingUp',
    message: `${label} is starting${until}${said}`,
    since: startedAt,
    evidence: [
      fieldEvidence(pod, `status.containerStatuses[${status.name}].started`, 'false', startedAt),
      ...(event === null ? [] : [eventEvidence(event)]),
    ],
    commands: [kubectl.logs(pod, status.name), kubectl.describePod(pod)],
    graceMs: budgetMs,
  };
}

/** What the startup probe of the present run last said; empty when it has not failed. */
export function startupSaid(status: ContainerStatusFacts, startedAt: number, context: PodContext): string {
  const event = unhealthyEvent(context, status.name, 'Startup', startedAt);
  return event === null ? '' : `; its probe says: ${parseProbeText(event.message).said}`;
}

/** D1 … D6, D14: running and not ready. */
export function readinessFinding(
  pod: PodFacts,
  status: ContainerStatusFacts,
  startedAt: number,
  context: PodContext,
): Finding {
  const facts = containerFacts(pod, status.name);
  const probe = facts?.readinessProbe ?? null;
  const ready = conditionOf(pod, 'Ready');
  // A pod that was ready counts from its loss; one that never was, from the start of the container.
  const since = Math.max(startedAt, ready?.status === 'False' ? (ready.lastTransitionAt ?? 0) : 0);
  const wasReady = since > startedAt + probeBudgetMs(probe);
  const startupMs = probeBudgetMs(facts?.startupProbe ?? null);
  const event = unhealthyEvent(context, status.name, 'Readiness', startedAt);
  const base = {
    stage: 'containersReady',
    since,
    commands: [kubectl.logs(pod, status.name), kubectl.describePod(pod)],
  } as const;
  const field = fieldEvidence(pod, `status.containerStatuses[${status.name}].ready`, 'false', since);
  const budgetMs = wasReady ? 0 : probeBudgetMs(probe) + startupMs;
  if (probe !== null && isMissingPort(pod, status.name, probe))
    return { ...base, ...missingPort(pod, status.name, probe), evidence: [field] };
  if (event === null) {
    return {
      ...base,
      ...silent(pod, status.name, probe, context),
      evidence: [field],
      graceMs: budgetMs + 120_000,
    };
  }
  const words = readinessWords(pod, status.name, probe, parseProbeText(event.message));
  const graceMs = budgetMs + (words.code === 'ReadinessProbeBroken' ? 60_000 : 30_000);
  return {
    ...base,
    ...words,
    evidence: [field, eventEvidence(event)],
    graceMs,
  };
}

/** An event of an earlier run of the container says nothing about this one. */
function unhealthyEvent(
  context: PodContext,
  container: string,
  probe: 'Readiness' | 'Startup',
  startedAt: number,
): EventFacts | null {
  return newestEvent(context.events, {
    reasons: ['Unhealthy'],
    container,
    text: probe === 'Readiness' ? /Readiness probe/ : /Startup probe/,
    notBefore: startedAt,
  });
}

type Words = Pick<Finding, 'code' | 'message'>;

function readinessWords(pod: PodFacts, name: string, probe: ProbeFacts | null, text: ProbeText): Words {
  const label = containerLabel(pod, name);
  const target = probe === null ? 'not in its spec' : probeWords(probe);
  // What an exec probe prints about connections and their time is about its own connections.
  const isOutput =
    probe?.handler === 'exec' &&
    text.result.kind !== 'commandMissing' &&
    !(text.result.kind === 'timeout' && (text.errored || /^command\b.*timed out/.test(text.said)));
  const kind = isOutput ? 'output' : text.result.kind;
  const said = text.said === '' ? '' : `: ${text.said}`;
  // A runtime that ends the command after its time reports an error, and older kubelets passed that on.
  if ((text.errored && kind !== 'timeout') || kind === 'commandMissing') {
    return {
      code: 'ReadinessProbeBroken',
      message: `The readiness probe of ${lower(label)} (${target}) fails to run${said}`,
    };
  }
  switch (kind) {
    case 'httpStatus':
      return {
        code: 'ReadinessProbeFailing',
        message:
          text.result.kind === 'httpStatus'
            ? `${label} answers ${statusWords(text.result.status)} on its readiness probe (${target})`
            : `${label} is not ready${said}`,
      };
    case 'refused':
      return {
        code: 'ReadinessProbeRefused',
        message: `Nothing listens on the port that the readiness probe of ${lower(label)} asks (${target}; ${portWords(pod, name)})`,
      };
    case 'timeout':
      return {
        code: 'ReadinessProbeTimeout',
        message: `${label} does not answer its readiness probe (${target}) within ${probe?.timeoutSeconds ?? 1} s`,
      };
    case 'schemeMismatch':
      return {
        code: 'ReadinessProbeBroken',
        message: `The readiness probe of ${lower(label)} (${target}) speaks the wrong scheme, HTTP or HTTPS${said}`,
      };
    case 'noRoute':
      return {
        code: 'ReadinessProbeTimeout',
        message: `The node cannot reach ${lower(label)} for its readiness probe (${target})${said}`,
      };
    case 'grpc':
    case 'output':
      return {
        code: 'ReadinessProbeUnhealthy',
        message: `The readiness probe of ${lower(label)} (${target}) ${said === '' ? 'fails without a word' : `says${said}`}`,
      };
    default:
      return unreachable(kind);
  }
}

function statusWords(status: number): string {
  if (status === 404) return '404 (path not found)';
  if (status === 401 || status === 403) return `${status} (the probe is not let in)`;
  return String(status);
}

function portWords(pod: PodFacts, name: string): string {
  const ports = containerFacts(pod, name)?.ports ?? [];
  if (ports.length === 0) return 'the container declares no ports';
  return `container ports: ${ports.map((port) => (port.name === null ? port.containerPort : `${port.containerPort} ${port.name}`)).join(', ')}`;
}

function silent(pod: PodFacts, name: string, probe: ProbeFacts | null, context: PodContext): Words {
  const label = containerLabel(pod, name);
  const why = context.canReadEvents === false ? 'answers in events, which cannot be read' : 'leaves no event';
  const what = probe === null ? 'it has no readiness probe' : `its probe ${probeWords(probe)} ${why}`;
  return { code: 'ReadinessProbeSilent', message: `${label} runs and is not ready; ${what}` };
}

function isMissingPort(pod: PodFacts, name: string, probe: ProbeFacts): boolean {
  if (probe.port === null || /^\d+$/.test(probe.port)) return false;
  return !(containerFacts(pod, name)?.ports ?? []).some((port) => port.name === probe.port);
}

function missingPort(pod: PodFacts, name: string, probe: ProbeFacts): Words & { readonly graceMs: number } {
  return {
    code: 'ProbePortMissing',
    message: `The readiness probe of ${lower(containerLabel(pod, name))} asks port ${probe.port ?? ''}, a name that the container does not declare (${portWords(pod, name)})`,
    graceMs: 0,
  };
}

/** E6, E7: the same words under the code of the container's place in the pod. */
export function secondContainer(pod: PodFacts, finding: Finding, name: string, code: CauseCode): Finding {
  const main = pod.containerStatuses[0]?.name ?? '';
  const tail =
    code === 'SidecarNotReady' ? '' : `; container ${main} is ready, but the pod gets no traffic without ${name}`;
  return { ...finding, code, message: `${finding.message}${tail}` };
}

/** D11: everything of the pod is ready but a condition that another controller sets. */
export function gateFinding(pod: PodFacts): Finding | null {
  const waitingFor = pod.spec.readinessGates.filter((gate) => conditionOf(pod, gate)?.status !== 'True');
  if (waitingFor.length === 0) return null;
  const ready = conditionOf(pod, 'Ready');
  return {
    stage: 'gates',
    code: 'ReadinessGateWaiting',
    message: `All containers are ready; the pod waits for readiness gate ${enumerate(waitingFor)}, which another controller sets${gateWords(pod, waitingFor)}`,
    since: ready?.lastTransitionAt ?? pendingSince(pod),
    evidence: waitingFor.map((gate) => gateEvidence(pod, gate)),
    commands: [kubectl.podYaml(pod)],
  };
}

/** What that controller says, for instance why a load balancer holds the pod for sick. */
function gateWords(pod: PodFacts, gates: readonly string[]): string {
  for (const gate of gates) {
    const condition = conditionOf(pod, gate);
    const said = condition?.message || condition?.reason;
    if (said) return `: ${firstLine(said)}`;
  }
  return '';
}

function gateEvidence(pod: PodFacts, gate: string): Evidence {
  const condition = conditionOf(pod, gate);
  const text =
    condition === null
      ? 'the condition does not exist'
      : `${condition.status}${condition.message === null ? '' : `: ${condition.message}`}`;
  return fieldEvidence(pod, `status.conditions[${gate}]`, text, condition?.lastTransitionAt ?? null);
}

function unreachable(value: never): never {
  throw new Error(`unexpected value ${String(value)}`);
}

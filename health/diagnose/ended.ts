import type { PodFacts } from '../kubernetes.ts';
import { exitCodeWords } from '../parse/exit-code.ts';
import { errorLine, firstLine } from '../parse/text.ts';
import { fieldEvidence, kubectl } from './draft.ts';
import { conditionOf, nodeName, pendingSince } from './facts.ts';
import { evictionWords } from './eviction.ts';
import { conclude, type Finding } from './finding.ts';
import type { PodContext, PodDiagnosis } from './pod.ts';
import { disruptionFinding } from './termination.ts';

/** I6 … I8, I11 and what is left: the pod has ended and its object is still there. */

export function diagnoseEnded(pod: PodFacts, context: PodContext, now: number): PodDiagnosis {
  return conclude(endedFinding(pod, context), now);
}

const kubeletRefusals =
  /^(?:OutOf\S+|NodeAffinity|NodeName|NodePorts|NodeUnschedulable|TaintToleration|UnexpectedAdmissionError|UnexpectedPredicateFailureType|TopologyAffinityError|PodOS\w+|InvalidNodeInfo|SupplementalGroupsPolicyNotSupported|InitContainerRestartPolicyForbidden|UnknownReason|AdmissionFailed|VolumeAttachmentLimitExceeded|PodFeatureUnsupported)$/;

function endedFinding(pod: PodFacts, context: PodContext): Finding {
  const node = nodeName(pod);
  const message = pod.message ?? '';
  const base = {
    stage: 'done',
    since: endedAt(pod),
    evidence: [
      fieldEvidence(
        pod,
        'status',
        [pod.reason ?? pod.phase, message].filter((word) => word !== '').join(': '),
        endedAt(pod),
      ),
    ],
    commands:
      pod.nodeName === null ? [kubectl.describePod(pod)] : [kubectl.describePod(pod), kubectl.describeNode(node)],
  } as const;
  if (pod.reason === 'Evicted') return { ...base, ...evictionWords(pod, message) };
  if (pod.reason === 'Terminated' || pod.reason === 'NodeShutdown' || pod.reason === 'Shutdown') {
    return {
      ...base,
      code: 'NodeShutdown',
      message: `Node ${node} is shutting down and ended the pod`,
      group: { type: 'node', name: node },
    };
  }
  if (pod.reason === 'NodeLost') {
    return {
      ...base,
      code: 'PodStatusUnknown',
      message: `Node ${node} stopped reporting; what the pod does is unknown`,
      group: { type: 'node', name: node },
    };
  }
  if (pod.reason !== null && (kubeletRefusals.test(pod.reason) || message.startsWith('Pod was rejected'))) {
    return {
      ...base,
      code: 'NodeRefusedPod',
      message: `Node ${node} refused the pod (${pod.reason}): ${firstLine(message)}`,
    };
  }
  const disruption = disruptionFinding(pod, context);
  if (disruption !== null) return disruption;
  const said = message === '' ? containerWords(pod) : firstLine(message);
  return {
    ...base,
    code: 'PodFailed',
    message: `The pod ended as ${pod.phase}${pod.reason === null ? '' : ` (${pod.reason})`}${said === '' ? '' : `: ${said}`}`,
  };
}

/** What the first container that failed says; empty when none did. */
function containerWords(pod: PodFacts): string {
  for (const { name, state } of [...pod.initContainerStatuses, ...pod.containerStatuses]) {
    if (state.kind !== 'terminated' || state.exitCode === 0) continue;
    const said = errorLine(state.message ?? '');
    return `container ${name} ended with exit code ${exitCodeWords(state.exitCode, state.signal)}${said === '' ? '' : `, ${said}`}`;
  }
  return '';
}

/** The latest instant that tells of the end. */
function endedAt(pod: PodFacts): number {
  let latest =
    conditionOf(pod, 'DisruptionTarget')?.lastTransitionAt ?? conditionOf(pod, 'Ready')?.lastTransitionAt ?? 0;
  for (const status of pod.containerStatuses) {
    if (status.state.kind === 'terminated') latest = Math.max(latest, status.state.finishedAt ?? 0);
  }
  return latest === 0 ? pendingSince(pod) : latest;
}

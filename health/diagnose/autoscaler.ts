import type { Alarm } from '../alarm.ts';
import { type CauseDraft, causes, makeCause } from '../causes.ts';
import type { AnyWorkloadFacts, EventFacts } from '../kubernetes.ts';
import { firstLine } from '../parse/text.ts';
import { eventEvidence, kubectl } from './draft.ts';
import { newestEvent, recentMs } from './facts.ts';

/**
 * J30: an autoscaler of the workload's name that cannot work. The specification of autoscalers cannot be read, their
 * events can: https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/podautoscaler/horizontal.go
 */

const failures = [
  'FailedGetResourceMetric',
  'FailedGetContainerResourceMetric',
  'FailedGetPodsMetric',
  'FailedGetObjectMetric',
  'FailedGetExternalMetric',
  'FailedComputeMetricsReplicas',
  'FailedRescale',
  'FailedGetScale',
] as const;

/**
 * @param events of which those about an autoscaler of the workload's name are read
 * @param alarm is told when it turns into a warning, and when it is over because nothing is heard of it any more
 */
export function diagnoseAutoscaler(
  workload: AnyWorkloadFacts,
  events: readonly EventFacts[],
  alarm: Alarm,
  now: number,
): CauseDraft | null {
  const own = events.filter(
    ({ involved }) => involved.kind === 'HorizontalPodAutoscaler' && involved.name === workload.name,
  );
  const failure = newestEvent(own, { reasons: failures, notBefore: now - recentMs });
  if (failure === null) return null;
  const rescaled = newestEvent(own, { reasons: ['SuccessfulRescale'] });
  if (rescaled !== null && rescaled.lastAt > failure.lastAt) return null;
  // The first minutes of a workload have no metrics yet.
  const graceUntilAt = failure.firstAt + causes.AutoscalerTrouble.graceSeconds * 1000;
  alarm.at(graceUntilAt);
  alarm.at(failure.lastAt + recentMs + 1);
  return makeCause('AutoscalerTrouble', {
    message: `Autoscaler ${workload.name} cannot work, so the replicas stay as they are: ${firstLine(failure.message)}`,
    since: failure.firstAt,
    severity: now >= graceUntilAt ? 'warning' : 'info',
    evidence: [eventEvidence(failure)],
    commands: [kubectl.describe(workload.namespace, 'horizontalpodautoscaler', workload.name)],
  });
}

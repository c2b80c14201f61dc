import assert from 'node:assert/strict';
import test from 'node:test';
import { alarmAfter } from '../alarm.ts';
import type { EventFacts } from '../kubernetes.ts';
import { diagnoseAutoscaler } from './autoscaler.ts';
import { deployment, event, noon } from './test/facts.ts';

const about = {
  kind: 'HorizontalPodAutoscaler',
  name: 'web',
  uid: 'uid-hpa',
  source: 'horizontal-pod-autoscaler',
} as const;

function failure(firstAgo: number, lastAgo = 10, name = 'web'): EventFacts {
  return event(
    'FailedGetResourceMetric',
    'failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned',
    { ...about, name, firstAgo, lastAgo },
  );
}

test('J30: an autoscaler without metrics, a warning after five minutes', () => {
  const cause = diagnoseAutoscaler(deployment(), [failure(600)], alarmAfter(noon), noon);
  assert.deepEqual(
    [cause?.code, cause?.severity, cause?.message],
    [
      'AutoscalerTrouble',
      'warning',
      'Autoscaler web cannot work, so the replicas stay as they are: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned',
    ],
  );
  assert.equal(diagnoseAutoscaler(deployment(), [failure(60)], alarmAfter(noon), noon)?.severity, 'info');
});

test('over when it rescaled, when the failure is old, and when it is of another name', () => {
  const rescaled = event('SuccessfulRescale', 'New size: 3; reason: cpu resource utilization above target', {
    ...about,
    type: 'Normal',
    lastAgo: 5,
  });
  assert.equal(diagnoseAutoscaler(deployment(), [failure(600), rescaled], alarmAfter(noon), noon), null);
  assert.equal(diagnoseAutoscaler(deployment(), [failure(3600, 1800)], alarmAfter(noon), noon), null);
  assert.equal(diagnoseAutoscaler(deployment(), [failure(600, 10, 'other')], alarmAfter(noon), noon), null);
});

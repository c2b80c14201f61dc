import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HistoryState } from '../../health/workload.ts';
import { slotReader } from './pod-state.ts';
import { sampleDetail, samplePod } from './sample-answers.ts';
import { sampleCause, sampleWorkload } from './sample-workloads.ts';

const lost = samplePod({ name: 'kafka-0', status: 'Running', ready: true, available: true, cause: sampleCause });
const unready = samplePod({ name: 'kafka-1', status: 'Running', ready: false, available: false, cause: null });
const well = samplePod({ name: 'kafka-2', status: 'Running', ready: true, available: true, cause: null });
const slotOf = slotReader(sampleDetail(sampleWorkload(), { pods: [lost, unready, well] }));

describe('the place of a pod', () => {
  const cases: readonly (readonly [what: string, pod: string | null, word: string, state: HistoryState])[] = [
    ['Running on a node that is lost', 'kafka-0', 'Running', 'Degraded'],
    ['Running and not ready', 'kafka-1', 'Running', 'Progressing'],
    ['Running and available', 'kafka-2', 'Running', 'Healthy'],
    ['Running, beyond the pods of the detail', 'kafka-700', 'Running', 'Healthy'],
    ['crashing, beyond the pods of the detail', 'kafka-701', 'CrashLoopBackOff', 'Down'],
    ['without a pod', null, 'Missing', 'Unknown'],
  ];
  for (const [what, pod, word, state] of cases) {
    it(`${what} is ${state}`, () => {
      assert.equal(slotOf({ pod, state: word }).state, state);
    });
  }

  it('has the cause of its pod', () => {
    assert.equal(slotOf({ pod: 'kafka-0', state: 'Running' }).pod?.cause?.code, sampleCause.code);
  });
});

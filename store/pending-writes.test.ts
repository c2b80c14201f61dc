import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workloadKey } from '../health/workload.ts';
import { noon } from '../test/fault/storage-fixtures.ts';
import { limitBatchRows, PendingWrites } from './pending-writes.ts';
import type { IncidentRecord, RolloutRecord } from './store.ts';

const keyOf = (index: number) => workloadKey('shop', 'Deployment', `web-${index}`);

function rolloutOf(index: number): RolloutRecord {
  const outcome = 'inProgress';
  return { key: keyOf(index), revision: '2', startedAt: noon, finishedAt: null, outcome, images: [], changes: [] };
}

function incidentOf(index: number): IncidentRecord {
  return {
    id: `incident-${index}`,
    causeCode: 'CrashLoop',
    title: 'Crashes',
    message: 'it crashes',
    severity: 'critical',
    since: noon,
    until: null,
    group: { type: 'workload', name: keyOf(index) },
    workloads: [keyOf(index)],
  };
}

/** More workloads than a batch takes wait; each has a rollout, and each tenth an incident. */
function flood(pending: PendingWrites, workloads: number): void {
  for (let index = 0; index < workloads; index++) {
    pending.workload(keyOf(index), noon);
    pending.addRollout(rolloutOf(index));
    if (index % 10 === 0) pending.addIncident(incidentOf(index));
  }
}

test('in a flood, what refers to a workload goes with it or after it, and does not wait for all the others', () => {
  const pending = new PendingWrites();
  flood(pending, 3 * limitBatchRows);
  const first = pending.take('1', 0);
  const written = new Set(first.workloads.map(({ key }) => key));
  assert.equal(written.size, limitBatchRows);
  assert.ok(first.rollouts.length > 0);
  for (const [, { key }] of first.rollouts) assert.ok(written.has(key), `${key} is not in the file yet`);
  assert.deepEqual(
    first.touched,
    first.rollouts.map(([, { key }]) => key),
  );
  assert.ok(first.incidents.length > 0);
});

test('a flood that never ends gives up nothing that is written', () => {
  const pending = new PendingWrites();
  const rollouts = new Set<string>();
  const incidents = new Set<string>();
  for (let batch = 0; batch < 200; batch++) {
    // Each workload that was written waits again at once.
    flood(pending, 2 * limitBatchRows);
    const taken = pending.take(String(batch), batch);
    for (const [, { key }] of taken.rollouts) rollouts.add(key);
    for (const [id] of taken.incidents) incidents.add(id);
  }
  assert.equal(pending.dropped, 0);
  assert.equal(rollouts.size, 2 * limitBatchRows);
  assert.equal(incidents.size, (2 * limitBatchRows) / 10);
});

test('what a disk refuses for long is bounded, and what is given up for that is counted', () => {
  const pending = new PendingWrites();
  const change = (at: number) => ({ at, state: 0, availability: 0, causeCode: null, message: '', previousState: 7 });
  const fillUp = (from: number): void => {
    for (let at = from; at < from + 1_000; at += 1) {
      pending.addGap({ from: at, to: at + 1 });
      pending.addChange(pending.workload(keyOf(0), noon), change(at));
    }
  };
  fillUp(0);
  assert.equal(pending.dropped, 0);
  const refused = pending.take('1', 0);
  fillUp(1_000);
  pending.restore(refused);
  assert.equal(pending.dropped, 2_000, 'a thousand gaps and a thousand changes');
  assert.equal(pending.rows, 2_001, 'the workload, its changes and the gaps');
  pending.addGap({ from: 2_000, to: 2_001 });
  pending.addChange(pending.workload(keyOf(0), noon), change(2_000));
  assert.deepEqual([pending.dropped, pending.rows], [2_002, 2_001]);
  const { gaps } = pending.take('2', 0).batch;
  assert.deepEqual(
    [gaps[0], gaps.at(-1)],
    [
      { from: 0, to: 1_002 },
      { from: 2_000, to: 2_001 },
    ],
    'no gap is watched time',
  );
});

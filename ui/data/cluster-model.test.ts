import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Counts, DeltaEvent, Workload, WorkloadList } from '../../api/contract.ts';
import { ClusterModel } from './cluster-model.ts';
import { sampleWorkload } from './sample-workloads.ts';

const counts: Counts = {
  byState: { Down: 0, Degraded: 0, Progressing: 0, Unknown: 0, Paused: 0, Terminating: 0, Idle: 0, Healthy: 0 },
  byKind: { Deployment: 0, StatefulSet: 0, DaemonSet: 0 },
  byNamespace: {},
};

function list(revision: number, items: readonly Workload[]): WorkloadList {
  return { revision, epoch: 'e', observedAt: null, stale: false, total: items.length, counts, items, nextCursor: null };
}

function delta(previousRevision: number, revision: number, part: Partial<DeltaEvent> = {}): DeltaEvent {
  return { previousRevision, revision, upserts: [], deletes: [], touched: [], counts, ...part };
}

const a = sampleWorkload({ name: 'a' });
const b = sampleWorkload({ name: 'b' });

function replaced(revision: number): ClusterModel {
  const model = new ClusterModel();
  model.replace(list(revision, [a]), [a]);
  return model;
}

describe('the picture of all workloads', () => {
  it('drops deltas at or below the revision of the list', () => {
    const model = replaced(10);
    assert.equal(model.apply(delta(9, 10, { deletes: [a.key] })), 'old');
    assert.deepEqual([...model.workloads.keys()], [a.key]);
  });

  it('applies upserts and deletes and moves its revision', () => {
    const model = replaced(10);
    assert.equal(model.apply(delta(10, 12, { upserts: [b], deletes: [a.key] })), 'applied');
    assert.deepEqual([...model.workloads.keys()], [b.key]);
    assert.equal(model.revision, 12);
  });

  it('asks for the list again when a delta is missing', () => {
    const model = replaced(10);
    assert.equal(model.apply(delta(11, 12, { upserts: [b] })), 'gap');
    assert.equal(model.complete, false);
    assert.equal(model.apply(delta(12, 13)), 'waiting');
  });

  it('puts deltas that came during the read on top of the list', () => {
    const model = new ClusterModel();
    assert.equal(model.apply(delta(4, 5, { deletes: [a.key] })), 'waiting');
    assert.equal(model.apply(delta(5, 6, { upserts: [b] })), 'waiting');
    assert.equal(model.replace(list(5, [a]), [a]), true);
    assert.deepEqual([...model.workloads.keys()], [a.key, b.key]);
    assert.equal(model.revision, 6);
  });

  it('says when the list is older than what waits for it', () => {
    const model = new ClusterModel();
    model.apply(delta(8, 9, { upserts: [b] }));
    assert.equal(model.replace(list(5, [a]), [a]), false);
  });

  it('is where the stream starts only when it is complete', () => {
    const model = replaced(10);
    assert.equal(model.isAt('e', 10), true);
    assert.equal(model.isAt('other', 10), false);
    model.expectList();
    assert.equal(model.isAt('e', 10), false);
  });

  it('keeps at most a limited number of deltas waiting', () => {
    const model = new ClusterModel();
    for (let revision = 1; revision <= ClusterModel.limitWaiting + 5; revision += 1) {
      model.apply(delta(revision - 1, revision));
    }
    // The oldest are gone, so a list from before them is not enough.
    assert.equal(model.replace(list(0, []), []), false);
  });
});

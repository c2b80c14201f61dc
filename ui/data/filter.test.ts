import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chipsOf, excludesMost, filterWorkloads, narrowAbove, toggled } from './filter.ts';
import { holdOrder } from './frozen-order.ts';
import { groupWorkloads } from './group.ts';
import { workloadsRoute } from './route.ts';
import { sampleWorkload } from './sample-workloads.ts';
import { sortWorkloads } from './sort.ts';

const now = Date.parse('2026-11-21T12:00:00.000Z');
const workloads = [
  sampleWorkload({ namespace: 'shop', name: 'a', state: 'Down' }),
  sampleWorkload({ namespace: 'shop', name: 'b', state: 'Healthy' }),
  sampleWorkload({ namespace: 'web', name: 'c', state: 'Healthy', kind: 'StatefulSet' }),
];

describe('the list of workloads', () => {
  it('counts each facet without its own filter', () => {
    const { shown, facets } = filterWorkloads(
      workloads,
      workloadsRoute({ states: ['Healthy'], namespaces: ['shop'] }),
      now,
    );
    assert.deepEqual(
      shown.map(({ name }) => name),
      ['b'],
    );
    assert.deepEqual(facets.state, [
      { value: 'Down', title: 'Down', count: 1, selected: false },
      { value: 'Healthy', title: 'Healthy', count: 1, selected: true },
    ]);
    assert.deepEqual(facets.namespace, [
      { value: 'shop', title: 'shop', count: 1, selected: true },
      { value: 'web', title: 'web', count: 1, selected: false },
    ]);
  });

  it('keeps a chosen value visible when nothing has it any more', () => {
    const { facets } = filterWorkloads(workloads, workloadsRoute({ namespaces: ['gone'] }), now);
    assert.deepEqual(
      facets.namespace.find(({ value }) => value === 'gone'),
      { value: 'gone', title: 'gone', count: 0, selected: true },
    );
  });

  it('starts a large cluster with what is not healthy or changed lately, and says so', () => {
    const many = Array.from({ length: narrowAbove + 1 }, (_, index) =>
      sampleWorkload({
        name: `w${index}`,
        state: index === 0 ? 'Down' : 'Healthy',
        since: index === 1 ? '2026-11-21T11:30:00.000Z' : '2026-11-01T00:00:00.000Z',
      }),
    );
    const narrowed = filterWorkloads(many, workloadsRoute(), now);
    assert.equal(narrowed.narrowed, true);
    assert.deepEqual(
      narrowed.shown.map(({ name }) => name),
      ['w0', 'w1'],
    );
    assert.equal(filterWorkloads(many, workloadsRoute({ all: true }), now).shown.length, many.length);
    assert.equal(filterWorkloads(many, workloadsRoute({ namespaces: ['shop'] }), now).narrowed, false);
  });

  it('names the chip that keeps out the most', () => {
    const route = workloadsRoute({ namespaces: ['web'], states: ['Down'] });
    assert.equal(filterWorkloads(workloads, route, now).shown.length, 0);
    const most = excludesMost(workloads, route, now);
    assert.equal(most?.chip.label, 'state:Down');
    assert.equal(most?.count, 1);
  });

  it('has a chip for each filter, each of which takes itself away', () => {
    const route = workloadsRoute({ states: ['Down'], text: 'image:1.9 foo' });
    assert.deepEqual(
      chipsOf(route).map(({ label, without }) => [label, without.states, without.text]),
      [
        ['state:Down', [], 'image:1.9 foo'],
        ['image:1.9', ['Down'], 'foo'],
        ['foo', ['Down'], 'image:1.9'],
      ],
    );
    assert.deepEqual(toggled(toggled(route, 'kind', 'DaemonSet'), 'kind', 'DaemonSet'), route);
  });

  it('sorts the worst first, then the longest, then by key', () => {
    const sorted = sortWorkloads([
      sampleWorkload({ name: 'healthy' }),
      sampleWorkload({ name: 'late', state: 'Down', since: '2026-11-21T11:00:00.000Z' }),
      sampleWorkload({ name: 'unknown-start', state: 'Down', since: null }),
      sampleWorkload({ name: 'early', state: 'Down', since: '2026-11-21T10:00:00.000Z' }),
      sampleWorkload({ name: 'degraded', state: 'Degraded' }),
    ]);
    assert.deepEqual(
      sorted.map(({ name }) => name),
      ['early', 'late', 'unknown-start', 'degraded', 'healthy'],
    );
    assert.deepEqual(
      sortWorkloads(workloads, 'name', true).map(({ name }) => name),
      ['c', 'b', 'a'],
    );
  });

  it('groups with the worst group first and rolls up its states', () => {
    const groups = groupWorkloads(workloads, 'namespace');
    assert.deepEqual(
      groups.map(({ name, worst, counts }) => [name, worst, counts]),
      [
        ['shop', 'Down', { Down: 1, Healthy: 1 }],
        ['web', 'Healthy', { Healthy: 1 }],
      ],
    );
  });
});

describe('a held order', () => {
  it('is the fresh one while nobody is inside', () => {
    assert.deepEqual(holdOrder(null, ['b', 'a']), { keys: ['b', 'a'], moved: 0 });
  });

  it('stays as it is and counts what would move', () => {
    assert.deepEqual(holdOrder(['a', 'b', 'c'], ['a', 'b', 'c']), { keys: ['a', 'b', 'c'], moved: 0 });
    assert.deepEqual(holdOrder(['a', 'b', 'c'], ['b', 'a', 'c']), { keys: ['a', 'b', 'c'], moved: 2 });
    assert.deepEqual(holdOrder(['a', 'b'], ['a', 'new']), { keys: ['a', 'b'], moved: 2 });
  });
});

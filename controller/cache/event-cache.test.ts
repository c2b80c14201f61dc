import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventFacts } from '../../health/kubernetes.ts';
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts';
import { EventCache, limitEventsPerObject } from './event-cache.ts';

interface EventOptions {
  readonly about?: string;
  readonly kind?: string;
  readonly type?: 'Normal' | 'Warning';
  readonly second?: number;
  readonly count?: number;
  readonly namespace?: string;
}

function event(uid: string, options: EventOptions = {}): KubernetesObject {
  const { about = 'pod-1', kind = 'Pod', type = 'Normal', second = 0, count = 1, namespace = 'shop' } = options;
  return {
    metadata: { namespace, name: `event-${uid}`, uid, resourceVersion: '1' },
    raw: {
      involvedObject: { kind, namespace, name: about, uid: about },
      type,
      reason: 'BackOff',
      message: 'Back-off',
      count,
      lastTimestamp: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(),
    },
  };
}

function newCache(limitEvents?: number) {
  const told: string[] = [];
  const cache = new EventCache({
    onEvent: (facts: EventFacts, source) => told.push(`${facts.uid} ${source}`),
    ...(limitEvents === undefined ? {} : { limitEvents }),
  });
  const sink = cache.feed(null);
  return { cache, sink, told: () => told.splice(0) };
}

const uids = (events: readonly EventFacts[]): string[] => events.map(({ uid }) => uid);

test('an event is found by what it is about, told once, and again when it counts on', () => {
  const { cache, sink, told } = newCache();
  sink({ type: 'init' });
  sink({ type: 'initApply', object: event('a') });
  assert.deepEqual(uids(cache.about('pod-1')), []);
  sink({ type: 'initDone', resourceVersion: '1' });
  assert.deepEqual(told(), ['a initial']);
  sink({ type: 'apply', object: event('a') });
  assert.deepEqual(told(), []);
  sink({ type: 'apply', object: event('a', { count: 2, second: 9 }) });
  assert.deepEqual(told(), ['a live']);
  assert.equal(cache.about('pod-1')[0]?.count, 2);
  sink({ type: 'delete', object: event('a') });
  assert.deepEqual(uids(cache.about('pod-1')), []);
  assert.deepEqual(told(), [], 'that the cluster forgets an event is no news');
});

test('claims, autoscalers and nodes are found by name, pods of a reused name by uid only', () => {
  const { cache, sink } = newCache();
  sink({ type: 'apply', object: event('c', { kind: 'PersistentVolumeClaim', about: 'data-db-0' }) });
  sink({ type: 'apply', object: event('n', { kind: 'Node', about: 'node-1', namespace: 'default' }) });
  sink({ type: 'apply', object: event('j', { kind: 'Job', about: 'job' }) });
  assert.deepEqual(uids(cache.aboutNamed('PersistentVolumeClaim', 'shop', 'data-db-0')), ['c']);
  assert.deepEqual(uids(cache.aboutNamed('PersistentVolumeClaim', 'other', 'data-db-0')), []);
  assert.deepEqual(uids(cache.aboutNamed('Node', '', 'node-1')), ['n']);
  assert.equal(cache.count(null), 2, 'events about other kinds are not kept');
});

test('one noisy object keeps its newest events', () => {
  const { cache, sink } = newCache();
  for (let index = 0; index < 3 * limitEventsPerObject; index++) {
    sink({ type: 'apply', object: event(`e${index}`, { second: index }) });
  }
  assert.equal(cache.about('pod-1').length, limitEventsPerObject);
  assert.equal(cache.about('pod-1').at(-1)?.uid, `e${3 * limitEventsPerObject - 1}`);
  assert.equal(cache.evicted, 2 * limitEventsPerObject);
});

test('in all the oldest make room, Normal ones before Warnings', () => {
  const { cache, sink } = newCache(10);
  for (let index = 0; index < 5; index++) {
    sink({ type: 'apply', object: event(`w${index}`, { about: `w${index}`, type: 'Warning', second: index }) });
  }
  for (let index = 0; index < 20; index++) sink({ type: 'apply', object: event(`n${index}`, { about: `n${index}` }) });
  assert.equal(cache.count(null), 10);
  assert.deepEqual(uids(cache.about('w0')), ['w0']);
  assert.deepEqual(uids(cache.about('n0')), []);
  assert.deepEqual(uids(cache.about('n19')), ['n19']);
});

test('of a first list that is longer than the limit the newest are kept', () => {
  const { cache, sink, told } = newCache(10);
  sink({ type: 'init' });
  for (let index = 0; index < 100; index++) {
    sink({ type: 'initApply', object: event(`e${index}`, { about: `p${index}`, second: (index * 37) % 100 }) });
  }
  sink({ type: 'initDone', resourceVersion: '1' });
  assert.equal(told().length, 10);
  const kept = Array.from({ length: 100 }, (_, index) => index).filter((index) => cache.about(`p${index}`).length > 0);
  assert.deepEqual(
    kept.map((index) => (index * 37) % 100).sort((left, right) => left - right),
    [90, 91, 92, 93, 94, 95, 96, 97, 98, 99],
  );
});

test('a relist of one namespace takes away what is gone there, and nothing elsewhere', () => {
  const { cache } = newCache();
  const [shop, bank] = [cache.feed('shop'), cache.feed('bank')];
  for (const [sink, object] of [
    [shop, event('s', { about: 's' })],
    [bank, event('b', { about: 'b', namespace: 'bank' })],
  ] as const) {
    sink({ type: 'init' });
    sink({ type: 'initApply', object });
    sink({ type: 'initDone', resourceVersion: '1' });
  }
  shop({ type: 'init' });
  shop({ type: 'initDone', resourceVersion: '2' });
  assert.equal(cache.count('shop'), 0);
  assert.equal(cache.count('bank'), 1);
});

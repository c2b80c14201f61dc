import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Runtime } from '../../api/contract.ts';
import { ApiError } from './api-client.ts';
import type { ClusterView } from './cluster-connection.ts';
import { freshnessOf } from './freshness.ts';

const now = 1_000_000;

function watch(resource: string, state: Runtime['watches'][number]['state']): Runtime['watches'][number] {
  return {
    resource,
    namespace: null,
    state,
    objects: 1,
    resourceVersion: '1',
    lastEventAt: '2026-11-21T12:00:00.000Z',
    reconnects: 0,
    relists: 0,
    message: null,
  };
}

function runtime(...watches: Runtime['watches'][number][]): Runtime {
  return {
    runtime: 'kubernetes',
    detectedBy: '',
    server: '',
    kubernetesVersion: null,
    scope: { mode: 'all', namespaces: [], excludedNamespaces: [] },
    watches,
    metrics: { state: 'available', message: null },
  };
}

function view(part: Partial<ClusterView> = {}): ClusterView {
  return {
    version: 1,
    loaded: true,
    epoch: 'e',
    revision: 5,
    observedAt: null,
    workloads: new Map(),
    runtime: runtime(watch('pods', 'synced')),
    connection: { type: 'live', since: 0 },
    heardAt: now - 1_000,
    clockOffsetMs: 0,
    heartbeatDelayMs: null,
    error: null,
    frozen: false,
    ...part,
  };
}

describe('freshness', () => {
  const table: readonly (readonly [string, Partial<ClusterView>, string])[] = [
    ['everything works', {}, 'live'],
    ['the stream is silent for longer than heartbeats allow', { heardAt: now - 46_000 }, 'offline'],
    ['the stream is being opened', { connection: { type: 'connecting', since: now }, heardAt: null }, 'working'],
    ['the stream broke', { connection: { type: 'reconnecting', attempt: 2, since: now - 3_000 } }, 'stale'],
    [
      'the stream broke and nothing answers for long',
      { connection: { type: 'reconnecting', attempt: 9, since: now - 60_000 }, heardAt: now - 60_000 },
      'offline',
    ],
    ['the page polls and is answered', { connection: { type: 'polling', since: 0 } }, 'limited'],
    [
      'the page polls and is not answered',
      { connection: { type: 'polling', since: 0 }, heardAt: now - 60_000 },
      'offline',
    ],
    [
      'a watch is disconnected',
      { runtime: runtime(watch('pods', 'disconnected'), watch('events', 'synced')) },
      'stale',
    ],
    ['a watch is syncing', { runtime: runtime(watch('pods', 'syncing')) }, 'working'],
    ['a watch is forbidden', { runtime: runtime(watch('pods', 'forbidden')) }, 'limited'],
    ['there is no watch at all', { runtime: runtime() }, 'working'],
    ['nothing is known of the cluster', { runtime: null }, 'offline'],
    ['the first picture is being read', { loaded: false }, 'working'],
    ['the first picture failed', { loaded: false, error: new ApiError(500, 'X', 'x') }, 'offline'],
    ['a sign-in is missing', { connection: { type: 'signInRequired' } }, 'offline'],
  ];
  for (const [name, part, level] of table) {
    it(`is ${level} when ${name}`, () => {
      assert.equal(freshnessOf(view(part), now).level, level);
    });
  }

  it('says the worst of its layers', () => {
    const freshness = freshnessOf(
      view({ connection: { type: 'polling', since: 0 }, runtime: runtime(watch('pods', 'disconnected')) }),
      now,
    );
    assert.equal(freshness.browser.level, 'limited');
    assert.equal(freshness.cluster.level, 'stale');
    assert.equal(freshness.level, 'stale');
  });
});

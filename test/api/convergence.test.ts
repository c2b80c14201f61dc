/**
 * Whoever follows the stream by its rules holds the same picture as the list: under random commits, cuts, replays,
 * stalls of the window and half-hours that pass. The seed is printed on failure.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as contract from '../../api/contract.ts';
import type { Counts, Workload } from '../../api/contract.ts';
import { listen } from '../../api/server.ts';
import { workloadKey } from '../../health/workload.ts';
import { EventReader } from './event-reader.ts';
import type { ReceivedEvent } from './event-reader.ts';
import { setUp, startedAt, workload } from './fixture.ts';
import type { Fixture } from './fixture.ts';
import { settle } from '../support/fake-clock.ts';

type Step =
  | { readonly type: 'put'; readonly name: string; readonly restarts: number }
  | { readonly type: 'remove'; readonly name: string }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'cut' }
  | { readonly type: 'follow' }
  | { readonly type: 'many'; readonly count: number };

const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('put' as const), name: names, restarts: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), name: names }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 30, 50, 200, 61_000, 1_800_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('cut' as const) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('follow' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('many' as const), count: fc.constantFrom(3, 1_001) }) },
);

/** The delta that is too large to send leaves a hole that a replay must not step over. */
const floodWhileAway: Step[] = [
  { type: 'put', name: 'a', restarts: 1 },
  { type: 'follow' },
  { type: 'cut' },
  { type: 'many', count: 1_001 },
  { type: 'wait', ms: 50 },
  { type: 'put', name: 'a', restarts: 2 },
  { type: 'follow' },
];

/** A reader of the stream as the contract describes it. */
class Follower {
  readonly #fixture: Fixture;
  readonly #port: number;
  rows = new Map<string, Workload>();
  counts: Counts | null = null;
  #revision = -1;
  #lastEventId: string | null = null;
  #reader: EventReader;
  #applied = 0;

  constructor(fixture: Fixture, port: number) {
    this.#fixture = fixture;
    this.#port = port;
    this.#reader = this.#connect();
  }

  /** Gone until the next `caughtUp`; resolves when the server knows. */
  async cut(): Promise<void> {
    this.#reader.close();
    while (!(await this.#fixture.get('/metrics')).text.includes('\nmaintenant_stream_clients 0\n')) await settle();
  }

  close(): void {
    this.#reader.close();
  }

  /** Applies what has arrived until the picture is of this revision. */
  async caughtUp(revision: number): Promise<void> {
    if (this.#reader.socket.destroyed) this.#reader = this.#connect();
    for (;;) {
      const event = this.#reader.events[this.#applied];
      if (event !== undefined) {
        this.#applied += 1;
        await this.#apply(event);
      } else if (this.#revision >= revision && this.#reader.named('runtime').length > 0) return;
      else {
        const seen = this.#reader.events.length;
        await this.#reader.until(() => this.#reader.events.length > seen);
      }
    }
  }

  #connect(): EventReader {
    this.#applied = 0;
    const headers = this.#lastEventId === null ? [] : [`Last-Event-ID: ${this.#lastEventId}`];
    return new EventReader(this.#port, '/api/v1/stream', { headers });
  }

  async #apply({ event, id, data }: ReceivedEvent): Promise<void> {
    const isFirst = this.#lastEventId === null;
    if (id !== null) this.#lastEventId = id;
    if (event === 'resync' || (event === 'hello' && isFirst)) return this.#readList();
    if (event !== 'delta') return;
    const delta = contract.deltaEventSchema.parse(data);
    if (delta.revision <= this.#revision) return;
    assert.ok(delta.previousRevision <= this.#revision, `a gap: ${this.#revision} → ${delta.previousRevision}`);
    for (const row of delta.upserts) this.rows.set(row.key, row);
    for (const key of delta.deletes) this.rows.delete(key);
    this.#revision = delta.revision;
    this.counts = delta.counts;
  }

  async #readList(): Promise<void> {
    const list = contract.workloadListSchema.parse((await this.#fixture.get('/api/v1/workloads?limit=5000')).json);
    this.rows = new Map(list.items.map((row) => [row.key, row]));
    this.counts = list.counts;
    this.#revision = list.revision;
  }
}

async function run(fixture: Fixture, follower: Follower, given: Step): Promise<void> {
  const { store, clock } = fixture;
  switch (given.type) {
    case 'put':
      return store.commit({ put: [workload({ name: given.name, restarts: given.restarts })] });
    case 'remove':
      return store.commit({ remove: [workloadKey('shop', 'Deployment', given.name)] });
    case 'many':
      return store.commit({
        put: Array.from({ length: given.count }, (_, index) => workload({ name: `many-${index}` })),
      });
    case 'wait':
      return clock.advance(given.ms);
    case 'cut':
      return follower.cut();
    case 'follow':
      await clock.advance(50);
      return follower.caughtUp(store.revision());
    default:
      given satisfies never;
  }
}

test('a follower of the stream holds the picture of the list', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const fixture = setUp();
      fixture.store.commit({ put: [workload({ name: 'first' })], now: startedAt });
      const stop = new AbortController();
      fixture.start(stop.signal);
      const { log } = fixture.sources;
      const server = await listen({ address: { host: '127.0.0.1', port: 0 }, app: fixture.app, log });
      const follower = new Follower(fixture, server.port);
      try {
        await follower.caughtUp(fixture.store.revision());
        for (const one of steps) await run(fixture, follower, one);
        await fixture.clock.advance(50);
        await follower.caughtUp(fixture.store.revision());
        const list = contract.workloadListSchema.parse((await fixture.get('/api/v1/workloads?limit=5000')).json);
        const byKey = (left: Workload, right: Workload): number => (left.key < right.key ? -1 : 1);
        assert.deepEqual([...follower.rows.values()].sort(byKey), list.items.toSorted(byKey));
        assert.deepEqual(follower.counts, list.counts);
        assert.deepEqual(
          new Map([...follower.rows].map(([key, { restarts }]) => [key, restarts])),
          new Map([...fixture.store.current()].map(([key, { snapshot }]) => [key, snapshot.restarts])),
        );
      } finally {
        follower.close();
        stop.abort();
        await server.close(0);
      }
    }),
    { numRuns: 60, examples: [[floodWhileAway]] },
  );
});

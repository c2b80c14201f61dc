import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { workloadKey } from '../health/workload.ts';
import { EventReader } from '../test/api/event-reader.ts';
import { setUp, startedAt, watch, workload } from '../test/api/fixture.ts';
import type { Fixture } from '../test/api/fixture.ts';
import * as contract from './contract.ts';
import type { DeltaEvent } from './contract.ts';
import { listen } from './server.ts';
import { limitClients } from './stream.ts';

const limit = { timeout: 20_000 };
const stream = '/api/v1/stream';

interface Running extends Fixture {
  readonly port: number;
  readonly stop: AbortController;
  readonly connect: (options?: ConstructorParameters<typeof EventReader>[2]) => Promise<EventReader>;
}

async function running(t: TestContext): Promise<Running> {
  const fixture = setUp();
  fixture.store.commit({ put: [workload({ name: 'web' })], now: startedAt });
  const stop = new AbortController();
  fixture.start(stop.signal);
  const { log } = fixture.sources;
  const server = await listen({ address: { host: '127.0.0.1', port: 0 }, app: fixture.app, log });
  const readers: EventReader[] = [];
  t.after(async () => {
    stop.abort();
    for (const reader of readers) reader.close();
    await server.close(0);
  });
  return {
    ...fixture,
    port: server.port,
    stop,
    async connect(options) {
      const reader = new EventReader(server.port, stream, options);
      readers.push(reader);
      await reader.until(() => reader.closed || reader.named('runtime').length > 0);
      return reader;
    },
  };
}

function deltas(reader: EventReader): DeltaEvent[] {
  return reader.named('delta').map(({ data }) => contract.deltaEventSchema.parse(data));
}

test('a client gets padding, hello and runtime at once, with headers for proxies', limit, async (t) => {
  const { connect } = await running(t);
  const reader = await connect();
  assert.equal(reader.status, 200);
  assert.match(reader.head, /content-type: text\/event-stream/i);
  assert.match(reader.head, /cache-control: no-cache, no-transform/i);
  assert.match(reader.head, /x-accel-buffering: no/i);
  assert.match(reader.head, /x-content-type-options: nosniff/i);
  assert.ok(reader.text.includes(`:${' '.repeat(2_048)}`));
  const [hello, runtime] = reader.events;
  assert.deepEqual(hello, {
    event: 'hello',
    id: 'epoch1:1',
    retry: 3_000,
    data: { epoch: 'epoch1', revision: 1, heartbeatSeconds: 15 },
  });
  assert.equal(runtime?.event, 'runtime');
  contract.runtimeSchema.parse(runtime.data);
});

suite('deltas', () => {
  test('the first change goes out at once, those within 50 ms together', limit, async (t) => {
    const { store, clock, connect } = await running(t);
    const reader = await connect();
    store.commit({ put: [workload({ name: 'a', state: 'Down' })] });
    await reader.until(() => deltas(reader).length === 1);

    store.commit({ put: [workload({ name: 'b' })] });
    store.commit({ put: [workload({ name: 'b', state: 'Degraded' }), workload({ name: 'c' })] });
    store.commit({
      remove: [workloadKey('shop', 'Deployment', 'c')],
      touch: [workloadKey('shop', 'Deployment', 'web')],
    });
    await clock.advance(49);
    assert.equal(deltas(reader).length, 1);
    await clock.advance(1);
    await reader.until(() => deltas(reader).length === 2);

    const [first, second] = deltas(reader);
    assert.deepEqual([first?.previousRevision, first?.revision], [1, 2]);
    assert.deepEqual(
      first?.upserts.map(({ name, state }) => [name, state]),
      [['a', 'Down']],
    );
    assert.equal(first?.counts.byState.Down, 1);
    assert.deepEqual([second?.previousRevision, second?.revision], [2, 5]);
    assert.deepEqual(
      second?.upserts.map(({ name, state }) => [name, state]),
      [['b', 'Degraded']],
    );
    assert.deepEqual(second?.deletes, ['shop/Deployment/c']);
    assert.deepEqual(second?.touched.toSorted(), ['shop/Deployment/b', 'shop/Deployment/c', 'shop/Deployment/web']);
    assert.deepEqual(second?.counts.byState.Healthy, 1);
    assert.deepEqual(
      reader.named('delta').map(({ id }) => id),
      ['epoch1:2', 'epoch1:5'],
    );
  });

  test('a change of a detail alone is a delta that only touches', limit, async (t) => {
    const { store, connect } = await running(t);
    const reader = await connect();
    store.commit({ touch: [workloadKey('shop', 'Deployment', 'web')] });
    await reader.until(() => deltas(reader).length === 1);
    assert.deepEqual(deltas(reader)[0]?.upserts, []);
    assert.deepEqual(deltas(reader)[0]?.touched, ['shop/Deployment/web']);
  });

  test('say nothing of namespaces outside the scope', limit, async (t) => {
    const { store, cluster, connect } = await running(t);
    cluster.set({ scope: { mode: 'blocklist', namespaces: [], excludedNamespaces: ['kube-system'] } });
    const reader = await connect();
    const hidden = workload({ namespace: 'kube-system', name: 'coredns' });
    store.commit({ put: [hidden, workload({ name: 'a' })] });
    await reader.until(() => deltas(reader).length === 1);
    assert.doesNotMatch(reader.text.slice(reader.text.indexOf('event: delta')), /coredns/);
  });

  test('too many rows at once are a resync instead', limit, async (t) => {
    const { store, connect } = await running(t);
    const reader = await connect();
    store.commit({ put: Array.from({ length: 1_001 }, (_, index) => workload({ name: `w${index}` })) });
    await reader.until(() => reader.named('resync').length === 1);
    assert.equal(reader.named('resync')[0]?.id, 'epoch1:2');
    assert.deepEqual(deltas(reader), []);
  });

  test('all clients get the same bytes', limit, async (t) => {
    const { store, connect } = await running(t);
    const readers = await Promise.all(Array.from({ length: 5 }, () => connect()));
    store.commit({ put: [workload({ name: 'a', state: 'Down' })] });
    await Promise.all(readers.map((reader) => reader.until(() => deltas(reader).length === 1)));
    const [first, ...others] = readers.map((reader) => reader.named('delta'));
    for (const other of others) assert.deepEqual(other, first);
  });
});

suite('Last-Event-ID', () => {
  test('replays what was missed, under the ids of the originals', limit, async (t) => {
    const { store, clock, connect } = await running(t);
    const keeper = await connect();
    for (const name of ['a', 'b', 'c']) {
      store.commit({ put: [workload({ name })] });
      await clock.advance(50);
    }
    await keeper.until(() => deltas(keeper).length === 3);
    const reader = await connect({ headers: ['Last-Event-ID: epoch1:2'] });
    await reader.until(() => deltas(reader).length === 2);
    // No id on hello: a connection that breaks before the replay must not count as caught up.
    assert.equal(reader.named('hello')[0]?.id, null);
    assert.deepEqual(
      reader.named('delta').map(({ id }) => id),
      ['epoch1:3', 'epoch1:4'],
    );
    assert.deepEqual(reader.named('resync'), []);
  });

  test('inside a coalesced delta replays the whole of it', limit, async (t) => {
    const { store, clock, connect } = await running(t);
    const keeper = await connect();
    store.commit({ put: [workload({ name: 'a' })] });
    store.commit({ put: [workload({ name: 'b' })] });
    store.commit({ put: [workload({ name: 'c' })] });
    await clock.advance(50);
    await keeper.until(() => deltas(keeper).length === 2);
    const reader = await connect({ headers: ['Last-Event-ID: epoch1:3'] });
    await reader.until(() => deltas(reader).length === 1);
    assert.deepEqual([deltas(reader)[0]?.previousRevision, deltas(reader)[0]?.revision], [2, 4]);
  });

  test('of the present revision replays nothing', limit, async (t) => {
    const { store, clock, connect } = await running(t);
    const reader = await connect({ headers: ['Last-Event-ID: epoch1:1'] });
    assert.equal(reader.named('hello')[0]?.id, 'epoch1:1');
    store.commit({ put: [workload({ name: 'a' })] });
    await clock.advance(50);
    await reader.until(() => deltas(reader).length === 1);
    assert.deepEqual(reader.named('resync'), []);
  });

  for (const id of ['epoch0:1', 'epoch1:99', 'epoch1:x', 'epoch1:-1', 'nonsense', 'epoch1:0']) {
    test(`${id} is answered by resync`, limit, async (t) => {
      const { store, clock, connect } = await running(t);
      await connect();
      store.commit({ put: [workload({ name: 'a' })] });
      await clock.advance(50);
      const reader = await connect({ headers: [`Last-Event-ID: ${id}`] });
      await reader.until(() => reader.named('resync').length === 1);
      assert.equal(reader.named('resync')[0]?.id, 'epoch1:2');
      assert.deepEqual(deltas(reader), []);
    });
  }
});

suite('time', () => {
  test('a ping every 15 s, as an event', limit, async (t) => {
    const { clock, connect } = await running(t);
    const reader = await connect();
    await clock.advance(14_999);
    assert.deepEqual(reader.named('ping'), []);
    await clock.advance(1);
    await reader.until(() => reader.named('ping').length === 1);
    assert.deepEqual(reader.named('ping')[0]?.data, { at: '2026-01-01T00:00:15.000Z' });
    await clock.advance(15_000);
    await reader.until(() => reader.named('ping').length === 2);
  });

  test('a resync when a watch has been away for 10 s, and when it is back', limit, async (t) => {
    const { clock, cluster, connect } = await running(t);
    const reader = await connect();
    cluster.set({ watches: [watch('pods', { state: 'disconnected', disconnectedSinceAt: clock.now() })] });
    await reader.until(() => reader.named('runtime').length === 2);
    await clock.advance(10_000);
    assert.deepEqual(reader.named('resync'), []);
    cluster.set({ watches: [watch('pods', { state: 'disconnected', isStale: true })] });
    await reader.until(() => reader.named('resync').length === 1);
    await clock.advance(5_000);
    cluster.set({ watches: [watch('pods')] });
    await reader.until(() => reader.named('resync').length === 2 && reader.named('runtime').length === 3);
  });

  test('runtime only when something of note changed, once per second', limit, async (t) => {
    const { clock, cluster, connect } = await running(t);
    const reader = await connect();
    cluster.set({ watches: [watch('pods', { objects: 11, lastEventAt: clock.now() })] });
    await clock.advance(1_000);
    cluster.set({ watches: [watch('pods', { state: 'forbidden', message: 'needs list on pods' })] });
    cluster.set({ watches: [watch('pods', { state: 'syncing' })] });
    cluster.set({ watches: [watch('pods', { state: 'synced', objects: 12 })] });
    await clock.advance(1_000);
    await reader.until(() => reader.named('runtime').length === 4);
    const states = reader.named('runtime').map(({ data }) => contract.runtimeSchema.parse(data).watches.at(-1)?.state);
    assert.deepEqual(states, ['synced', 'synced', 'forbidden', 'synced']);
  });

  test('a resync with the new half-hour, when strips move on', limit, async (t) => {
    const { clock, connect } = await running(t);
    const reader = await connect();
    await clock.advance(30 * 60_000);
    await reader.until(() => reader.named('resync').length === 1);
  });
});

suite('slow and many clients', () => {
  /** Rows of about 60 kB. */
  const fat = (index: number) =>
    workload({ name: `fat${index % 10}`, images: [`registry.example.com/${index}${'x'.repeat(60_000)}`] });

  test('a client that stalls costs a bounded queue, is told resync when it reads again', limit, async (t) => {
    const { store, clock, connect, registry } = await running(t);
    const reader = await connect();
    reader.socket.pause();
    // Far beyond what the kernel's buffers of both ends swallow.
    for (let index = 0; index < 500; index++) {
      store.commit({ put: [fat(index)] });
      await clock.advance(50);
    }
    const heldAtMost = await registry.getSingleMetric('maintenant_stream_replay_bytes')?.get();
    assert.ok((heldAtMost?.values[0]?.value ?? Infinity) <= 5 * 1024 * 1024);
    reader.socket.resume();
    await reader.until(() => reader.named('resync').length === 1);
    assert.equal(reader.named('resync')[0]?.id, 'epoch1:501');
    assert.ok(reader.named('delta').length < 500);
    store.commit({ put: [workload({ name: 'after' })] });
    await clock.advance(50);
    await reader.until(() => reader.named('delta').at(-1)?.id === 'epoch1:502');
  });

  test('a client that reads nothing for 30 s is cut off', limit, async (t) => {
    const { store, clock, connect, registry } = await running(t);
    const reader = await connect();
    reader.socket.pause();
    for (let index = 0; index < 500; index++) {
      store.commit({ put: [fat(index)] });
      await clock.advance(50);
    }
    await clock.advance(60_000);
    const stalled = await registry.getSingleMetric('maintenant_stream_stalled_total')?.get();
    assert.equal(stalled?.values[0]?.value, 1);
    reader.socket.resume();
    await reader.until(() => reader.closed);
  });

  test('beyond 200 clients the answer is 503 with Retry-After, until one leaves', limit, async (t) => {
    const { connect, get } = await running(t);
    const readers = await Promise.all(Array.from({ length: limitClients }, () => connect()));
    assert.ok(readers.every(({ status }) => status === 200));
    const refused = await connect({ headers: ['Connection: close'] });
    await refused.until(() => refused.closed);
    assert.equal(refused.status, 503);
    assert.match(refused.head, /retry-after: 30/i);
    assert.match(refused.tail, /STREAM_FULL/);
    readers[0]?.close();
    let clients = Infinity;
    while (clients >= limitClients) {
      clients = Number(/^maintenant_stream_clients (\d+)/m.exec((await get('/metrics')).text)?.[1]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await connect()).status, 200);
  });
});

suite('protocol', () => {
  test('HTTP/1.0, as nginx speaks it by default: no chunks, ended by closing', limit, async (t) => {
    const { store, connect } = await running(t);
    const reader = await connect({ version: '1.0' });
    assert.doesNotMatch(reader.head, /transfer-encoding/i);
    store.commit({ put: [workload({ name: 'a' })] });
    await reader.until(() => deltas(reader).length === 1);
  });

  test('HEAD answers with headers alone and takes no place', limit, async (t) => {
    const { app, registry } = await running(t);
    const response = await app.request(stream, { method: 'HEAD' }, {});
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal((await registry.getSingleMetric('maintenant_stream_clients')?.get())?.values[0]?.value, 0);
  });

  test('shutdown says bye, lets go within 5 s, and leaves no timer and no listener', limit, async (t) => {
    const { store, cluster, clock, connect, stop, get } = await running(t);
    const reader = await connect();
    store.commit({ put: [workload({ name: 'a' })] });
    stop.abort();
    await reader.until(() => reader.named('bye').length === 1);
    assert.equal(reader.closed, false);
    await clock.advance(5_000);
    await reader.until(() => reader.closed);
    assert.equal(clock.pending, 0);
    assert.equal(store.listeners, 0);
    assert.equal(cluster.listeners, 0);
    const late = await connect({ headers: ['Connection: close'] });
    assert.equal(late.status, 503);
    assert.equal((await get('/api/v1/health')).status, 200);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type EventSourceLike, EventStream, type StreamEnvironment } from './event-stream.ts';
import type { StreamMessage } from './stream-message.ts';

class FakeSource implements EventSourceLike {
  readyState = 0;
  closed = false;
  readonly #listeners = new Map<string, (event: { readonly data?: unknown }) => void>();

  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }

  say(type: string, data: unknown = {}): void {
    this.#listeners.get(type)?.({ data: JSON.stringify(data) });
  }

  fail(): void {
    this.#listeners.get('error')?.({});
  }

  close(): void {
    this.closed = true;
  }
}

/** Time stands still until it is moved; then timers fire in their order. */
class FakeWorld implements StreamEnvironment {
  readonly sources: FakeSource[] = [];
  status = 0;
  #now = 0;
  #timers: { at: number; call: () => void }[] = [];

  open(): FakeSource {
    const source = new FakeSource();
    this.sources.push(source);
    return source;
  }

  probe(): Promise<number> {
    return Promise.resolve(this.status);
  }

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  setTimer(delayMs: number, call: () => void): () => void {
    const timer = { at: this.#now + delayMs, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** The machine slept: the clock jumps, timers fire afterwards. */
  jump(lengthMs: number): void {
    this.#now += lengthMs;
  }

  pass(lengthMs: number): void {
    const end = this.#now + lengthMs;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((left, right) => left.at - right.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.call();
    }
    this.#now = end;
  }

  get timers(): number {
    return this.#timers.length;
  }

  last(): FakeSource {
    const source = this.sources.at(-1);
    assert.ok(source);
    return source;
  }
}

const hello = { epoch: 'e', revision: 7, heartbeatSeconds: 15 };

function started(): { world: FakeWorld; stream: EventStream; messages: StreamMessage[] } {
  const world = new FakeWorld();
  const messages: StreamMessage[] = [];
  const stream = new EventStream('/api/v1/stream', world, (message) => messages.push(message));
  stream.start();
  return { world, stream, messages };
}

/** Lets the answer of the plain request arrive. */
async function answered(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

describe('the live stream', () => {
  it('is live with the hello, not before', () => {
    const { world, stream, messages } = started();
    assert.equal(stream.connection.type, 'connecting');
    world.last().say('hello', hello);
    assert.equal(stream.connection.type, 'live');
    assert.deepEqual(messages.at(-1), { type: 'hello', hello });
  });

  it('notices silence and opens a new stream', () => {
    const { world, stream } = started();
    world.last().say('hello', hello);
    world.pass(30_000);
    world.last().say('ping', { at: '2026-11-21T12:00:00.000Z' });
    world.pass(30_000);
    assert.equal(stream.connection.type, 'live');
    assert.equal(world.sources.length, 1);
    world.pass(20_000);
    assert.equal(world.sources[0]?.closed, true);
    assert.equal(world.sources.length, 2);
  });

  it('polls when only the stream fails, says since when, and keeps trying', async () => {
    const { world, stream } = started();
    world.status = 200;
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      world.last().fail();
      if (attempt < 3) assert.deepEqual(stream.connection, { type: 'reconnecting', attempt, since: 0 });
      await answered();
      if (attempt < 3) while (world.sources.length <= attempt) world.pass(100);
    }
    assert.deepEqual(stream.connection, { type: 'polling', since: 0 });
    const before = world.sources.length;
    world.pass(59_000);
    assert.equal(world.sources.length, before);
    world.pass(1_000);
    assert.equal(world.sources.length, before + 1);
    world.last().say('hello', hello);
    assert.equal(stream.connection.type, 'live');
  });

  it('waits for a server that is away, and is back within seconds of it', async () => {
    const { world, stream } = started();
    world.last().say('hello', hello);
    world.status = 0;
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      world.last().fail();
      await answered();
      assert.equal(stream.connection.type, 'reconnecting');
      const opened = world.sources.length;
      world.pass(5_000);
      assert.equal(world.sources.length, opened + 1);
    }
    world.last().say('hello', hello);
    assert.equal(stream.connection.type, 'live');
  });

  it('takes a stream without a first word for one that does not get through', async () => {
    const { world, stream } = started();
    world.status = 200;
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      world.pass(16_000);
      await answered();
      world.pass(5_000);
    }
    world.pass(16_000);
    await answered();
    assert.equal(stream.connection.type, 'polling');
  });

  it('replaces a dead stream at once after a sleep of an hour', () => {
    const { world, stream } = started();
    world.last().say('hello', hello);
    world.jump(3_600_000);
    stream.check();
    assert.equal(world.sources[0]?.closed, true);
    world.pass(1_000);
    assert.equal(world.sources.length, 2);
  });

  it('leaves a stream alone that has just spoken', () => {
    const { world, stream } = started();
    world.last().say('hello', hello);
    stream.check();
    assert.equal(world.sources.length, 1);
    assert.equal(world.sources[0]?.closed, false);
  });

  it('asks for a sign-in when the server refuses', async () => {
    const { world, stream } = started();
    world.status = 401;
    world.last().fail();
    await answered();
    assert.deepEqual(stream.connection, { type: 'signInRequired' });
    const opened = world.sources.length;
    world.pass(120_000);
    assert.equal(world.sources.length, opened);
  });

  it('reconnects when the server says goodbye', () => {
    const { world, stream } = started();
    world.last().say('hello', hello);
    world.last().say('bye');
    assert.equal(stream.connection.type, 'reconnecting');
    world.pass(1_000);
    world.last().say('hello', hello);
    assert.equal(stream.connection.type, 'live');
  });

  it('leaves no timer and no stream behind when it stops', () => {
    const { world, stream } = started();
    world.last().fail();
    stream.stop();
    assert.equal(world.timers, 0);
    assert.ok(world.sources.every((source) => source.closed));
  });

  it('does not listen to a stream that it has given up', () => {
    const { world, messages } = started();
    const [first] = world.sources;
    world.last().fail();
    world.pass(1_000);
    const count = messages.length;
    first?.say('delta', {});
    assert.equal(messages.length, count);
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { EventReader } from '../test/api/event-reader.ts';
import { ask, setUp, startedAt, workload } from '../test/api/fixture.ts';
import type { Fixture } from '../test/api/fixture.ts';
import { settle } from '../test/support/fake-clock.ts';
import type { LogRecord, LogRequest } from './cluster.ts';
import { limitLogStreams } from './logs.ts';
import { listen } from './server.ts';

const path = '/api/v1/workloads/shop/Deployment/web/logs';

const line = (text: string, at: number | null = startedAt): LogRecord => ({
  type: 'line',
  pod: 'web-1',
  container: 'app',
  at,
  text,
});
const dropped: LogRecord = {
  type: 'note',
  kind: 'dropped',
  pod: 'web-1',
  container: 'app',
  count: 12,
  message: 'dropped 12 lines',
};

/** A log that can be fed, and that tells how it was closed. */
class FedLog {
  readonly #records: LogRecord[];
  ended = false;
  taken = 0;
  finished = 0;
  #waiting: (() => void)[] = [];

  constructor(...records: LogRecord[]) {
    this.#records = records;
  }

  push(...records: LogRecord[]): void {
    this.#records.push(...records);
    this.#wake();
  }

  end(): void {
    this.ended = true;
    this.#wake();
  }

  async *read(_request: LogRequest, signal: AbortSignal): AsyncIterable<LogRecord> {
    signal.addEventListener('abort', () => this.#wake());
    try {
      while (!signal.aborted) {
        const record = this.#records.shift();
        if (record !== undefined) {
          this.taken += 1;
          yield record;
        } else if (this.ended) return;
        else await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      this.finished += 1;
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function withLog(log: FedLog): Fixture {
  const fixture = setUp();
  fixture.store.commit({ put: [workload({ name: 'web' })] });
  fixture.cluster.logRecords = (request, signal) => log.read(request, signal);
  return fixture;
}

function finished(...records: LogRecord[]): FedLog {
  const log = new FedLog(...records);
  log.end();
  return log;
}

test('the query reaches the cluster as it was asked', async () => {
  const fixture = withLog(finished());
  await fixture.get(`${path}?pod=web-1&container=app&tailLines=5&sinceSeconds=60&follow=true&q=error`);
  await fixture.get(`${path}?previous=true`);
  assert.deepEqual(fixture.cluster.logRequests, [
    {
      key: 'shop/Deployment/web',
      pod: 'web-1',
      container: 'app',
      previous: false,
      tailLines: 5,
      sinceSeconds: 60,
      follow: true,
      query: 'error',
    },
    {
      key: 'shop/Deployment/web',
      pod: null,
      container: null,
      previous: true,
      tailLines: 200,
      sinceSeconds: null,
      follow: false,
      query: null,
    },
  ]);
});

test('plain text has pod and container before each line, and notes as comments', async () => {
  const fixture = withLog(finished(line('hello'), dropped, line('  indented', null)));
  const answer = await fixture.get(path);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.equal(answer.headers.get('x-accel-buffering'), 'no');
  assert.equal(answer.text, '[web-1/app] hello\n# [web-1/app] dropped 12 lines\n[web-1/app]   indented\n');
});

test('timestamps come before the text, where they are known', async () => {
  const answer = await withLog(finished(line('a'), line('b', null))).get(`${path}?timestamps=true`);
  assert.equal(answer.text, '[web-1/app] 2026-01-01T00:00:00.000Z a\n[web-1/app] b\n');
});

test('events carry lines and notes as JSON', async () => {
  const answer = await withLog(finished(line('a\tb\u2028"'), dropped)).get(path, { accept: 'text/event-stream' });
  assert.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const blocks = answer.text.split('\n\n').filter((block) => !block.startsWith(':') && block !== '');
  assert.deepEqual(
    blocks.map((block) => /^event: (.*)\ndata: (.*)$/s.exec(block)?.slice(1, 3)),
    [
      ['line', '{"pod":"web-1","container":"app","at":"2026-01-01T00:00:00.000Z","text":"a\\tb\u2028\\""}'],
      ['note', '{"kind":"dropped","pod":"web-1","container":"app","count":12,"message":"dropped 12 lines"}'],
    ],
  );
});

test('a log that breaks off ends with a note, and the reason stays in our own log', async () => {
  const fixture = setUp();
  fixture.store.commit({ put: [workload({ name: 'web' })] });
  fixture.cluster.logRecords = async function* () {
    yield line('one');
    throw new Error('connection reset by 10.0.0.1');
  };
  const answer = await fixture.get(path);
  assert.equal(answer.status, 200);
  assert.equal(answer.text, '[web-1/app] one\n# The log broke off: the cluster could not be read any further.\n');
  assert.deepEqual(fixture.logged, ['reading a log failed Error: connection reset by 10.0.0.1']);
});

test('HEAD opens nothing', async () => {
  const fixture = withLog(finished(line('a')));
  const answer = await ask(fixture, path, { method: 'HEAD' });
  assert.equal(answer.status, 200);
  assert.deepEqual(fixture.cluster.logRequests, []);
});

suite('over a socket', () => {
  const limit = { timeout: 20_000 };

  async function serve(t: TestContext, fixture: Fixture) {
    const { log } = fixture.sources;
    const server = await listen({ address: { host: '127.0.0.1', port: 0 }, app: fixture.app, log });
    t.after(() => server.close(0));
    return (accept: string): EventReader => {
      const reader = new EventReader(server.port, `${path}?follow=true`, { headers: [`Accept: ${accept}`] });
      t.after(() => reader.close());
      return reader;
    };
  }

  test('a client that leaves closes the upstream at once', limit, async (t) => {
    const log = new FedLog(line('a'));
    const follow = await serve(t, withLog(log));
    for (const accept of ['text/plain', 'text/event-stream']) {
      const before = log.finished;
      const reader = follow(accept);
      await reader.until(() => reader.head !== '');
      reader.close();
      while (log.finished === before) await settle();
    }
    assert.equal(log.finished, 2);
  });

  test('a quiet log is kept alive by pings, and its timer ends with it', limit, async (t) => {
    const log = new FedLog(line('a'));
    const fixture = withLog(log);
    const follow = await serve(t, fixture);
    const reader = follow('text/event-stream');
    await reader.until(() => reader.named('line').length === 1);
    await fixture.clock.advance(15_000);
    await reader.until(() => reader.named('ping').length === 1);
    log.push(line('b'));
    await reader.until(() => reader.named('line').length === 2);
    log.end();
    while (fixture.clock.pending > 0) await settle();
    assert.equal(log.finished, 1);
  });

  test('a reader that stalls stops the reading upstream', limit, async (t) => {
    const log = new FedLog(...Array.from({ length: 4_000 }, () => line('x'.repeat(10_000))));
    const follow = await serve(t, withLog(log));
    const reader = follow('text/plain');
    await reader.until(() => reader.head !== '');
    reader.socket.pause();
    let taken = -1;
    while (taken !== log.taken) {
      taken = log.taken;
      for (let turn = 0; turn < 50; turn++) await settle();
    }
    assert.ok(log.taken < 4_000, `${log.taken} of 4,000 lines were read for a client that reads none`);
    reader.close();
    while (log.finished === 0) await settle();
  });

  test('too many at once are 503, and shutdown ends them all', limit, async (t) => {
    const log = new FedLog(line('a'));
    const fixture = withLog(log);
    const stop = new AbortController();
    fixture.start(stop.signal);
    const follow = await serve(t, fixture);
    const readers = Array.from({ length: limitLogStreams }, () => follow('text/event-stream'));
    await Promise.all(readers.map((reader) => reader.until(() => reader.head !== '')));
    const refused = await fixture.get(path);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('retry-after'), '10');
    assert.match((await fixture.get('/metrics')).text, /^maintenant_log_streams 32$/m);
    stop.abort();
    while (log.finished < limitLogStreams) await settle();
    assert.equal((await fixture.get(path)).status, 503);
    for (const reader of readers) reader.close();
  });
});

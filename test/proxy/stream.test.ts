/**
 * The API behind the real nginx with its default proxy settings: HTTP/1.0 to the upstream, answers buffered, the
 * upstream's address as Host.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import tls from 'node:tls';
import { EventReader } from '../api/event-reader.ts';
import type { EventReaderOptions } from '../api/event-reader.ts';
import { setUp, startedAt, workload } from '../api/fixture.ts';
import type { Fixture } from '../api/fixture.ts';
import { listen } from '../../api/server.ts';
import { Nginx } from './nginx.ts';

const limit = { timeout: 60_000 };

interface Behind {
  readonly fixture: Fixture;
  readonly nginx: Nginx;
  readonly read: (path: string, options?: EventReaderOptions & { readonly port?: number }) => EventReader;
}

async function behindNginx(
  t: TestContext,
  locations: (upstream: string) => string,
  settings: Parameters<typeof Nginx.start>[1] = {},
): Promise<Behind> {
  const fixture = setUp({ config: { basePath: '/status/', address: { host: '0.0.0.0', port: 0 } } });
  fixture.store.commit({ put: [workload({ name: 'web' })], now: startedAt });
  const stop = new AbortController();
  fixture.start(stop.signal);
  const { log } = fixture.sources;
  const server = await listen({ address: { host: '127.0.0.1', port: 0 }, app: fixture.app, log });
  t.after(() => server.close(0));
  t.after(() => stop.abort());
  const nginx = await Nginx.start(locations(server.url), settings);
  t.after(() => nginx.stop());
  return {
    fixture,
    nginx,
    read(path, { port = nginx.port, ...options } = {}) {
      const reader = new EventReader(port, path, options);
      t.after(() => reader.close());
      return reader;
    },
  };
}

const plain = (upstream: string): string => `location / { proxy_pass ${upstream}; }`;

/** A change that is committed now arrives now: nothing on the way holds it back. */
async function arrivesAtOnce({ fixture }: Behind, reader: EventReader, name: string): Promise<void> {
  const before = reader.named('delta').length;
  fixture.store.commit({ put: [workload({ name })] });
  await fixture.clock.advance(50);
  await reader.until(() => reader.named('delta').length > before);
}

suite('the stream arrives unbuffered', () => {
  const paths: readonly (readonly [what: string, locations: (upstream: string) => string, path: string])[] = [
    ['at the root', plain, '/api/v1/stream'],
    ['under a sub-path that stays', (url) => `location /status/ { proxy_pass ${url}; }`, '/status/api/v1/stream'],
    [
      'under a sub-path that is stripped',
      (url) => `location /status/ { proxy_pass ${url}/; }`,
      '/status/api/v1/stream',
    ],
    [
      'over HTTP/1.1 to the upstream',
      (url) => `location / { proxy_pass ${url}; proxy_http_version 1.1; proxy_set_header Connection ""; }`,
      '/api/v1/stream',
    ],
  ];
  for (const [what, locations, path] of paths) {
    test(what, limit, async (t) => {
      const behind = await behindNginx(t, locations);
      const reader = behind.read(path, { headers: ['Accept-Encoding: gzip'] });
      await reader.until(() => reader.named('runtime').length === 1);
      assert.doesNotMatch(reader.head, /content-encoding/i);
      await arrivesAtOnce(behind, reader, 'a');
      await arrivesAtOnce(behind, reader, 'b');
      await behind.fixture.clock.advance(15_000);
      await reader.until(() => reader.named('ping').length === 1);
    });
  }

  test('compressed by a proxy that compresses everything', limit, async (t) => {
    const { fixture, nginx } = await behindNginx(t, plain, {
      http: 'gzip_types *; gzip_proxied any; gzip_min_length 0; gzip_http_version 1.0;',
    });
    const leave = new AbortController();
    t.after(() => leave.abort());
    const url = `http://127.0.0.1:${nginx.port}/api/v1/stream`;
    const { body, headers } = await fetch(url, { signal: leave.signal });
    assert.equal(headers.get('content-encoding'), 'gzip');
    assert.ok(body);
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (event: string): Promise<void> => {
      while (!text.includes(event)) text += (await reader.read()).value ?? assert.fail('the stream ended');
    };
    await until('event: runtime');
    fixture.store.commit({ put: [workload({ name: 'a' })] });
    await until('event: delta');
  });

  test('over TLS', limit, async (t) => {
    const behind = await behindNginx(t, plain);
    const { tlsPort } = behind.nginx;
    const open = () => tls.connect({ port: tlsPort, host: '127.0.0.1', rejectUnauthorized: false });
    const reader = behind.read('/api/v1/stream', { port: tlsPort, open });
    await reader.until(() => reader.named('runtime').length === 1);
    await arrivesAtOnce(behind, reader, 'a');
  });
});

test('a reload of nginx cuts nothing that is open', limit, async (t) => {
  const behind = await behindNginx(t, plain);
  const reader = behind.read('/api/v1/stream');
  await reader.until(() => reader.named('runtime').length === 1);
  behind.nginx.reload();
  await arrivesAtOnce(behind, reader, 'a');
  const fresh = behind.read('/api/v1/stream');
  await fresh.until(() => fresh.named('runtime').length === 1);
  await arrivesAtOnce(behind, reader, 'b');
  await fresh.until(() => fresh.named('delta').length === 1);
});

test('a reload that ends old workers cuts the stream, and Last-Event-ID goes on without a gap', limit, async (t) => {
  const behind = await behindNginx(t, plain, { main: 'worker_shutdown_timeout 100ms;' });
  const { fixture, nginx } = behind;
  const first = behind.read('/api/v1/stream');
  await first.until(() => first.named('runtime').length === 1);
  await arrivesAtOnce(behind, first, 'a');
  nginx.reload();
  await first.until(() => first.closed);
  fixture.store.commit({ put: [workload({ name: 'missed' })] });
  await fixture.clock.advance(50);
  const lastEventId = first.events.findLast(({ id }) => id !== null)?.id ?? '';
  assert.equal(lastEventId, 'epoch1:2');
  const second = behind.read('/api/v1/stream', { headers: [`Last-Event-ID: ${lastEventId}`] });
  await second.until(() => second.named('delta').length === 1);
  assert.equal(second.named('delta')[0]?.id, 'epoch1:3');
  assert.deepEqual(second.named('resync'), []);
});

test('a client that leaves nginx leaves us too', limit, async (t) => {
  const behind = await behindNginx(t, plain);
  const reader = behind.read('/api/v1/stream');
  await reader.until(() => reader.named('runtime').length === 1);
  reader.close();
  const clients = async (): Promise<number> =>
    Number(/^maintenant_stream_clients (\d+)/m.exec((await behind.fixture.get('/metrics')).text)?.[1]);
  while ((await clients()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('a followed log arrives line by line', limit, async (t) => {
  const behind = await behindNginx(t, plain);
  let more: () => void = () => {};
  behind.fixture.cluster.logRecords = async function* () {
    for (const text of ['one', 'two']) {
      yield { type: 'line', pod: 'web-1', container: 'app', at: null, text };
      await new Promise<void>((resolve) => (more = resolve));
    }
  };
  const reader = behind.read('/api/v1/workloads/shop/Deployment/web/logs?follow=true', {
    headers: ['Accept: text/event-stream'],
  });
  await reader.until(() => reader.named('line').length === 1);
  more();
  await reader.until(() => reader.named('line').length === 2);
  more();
  await reader.until(() => reader.closed || reader.ended);
});

test('list, 304 and the redirect to the slash pass through a stripped and a whole sub-path', limit, async (t) => {
  const { nginx } = await behindNginx(
    t,
    (url) => `location /status/ { proxy_pass ${url}/; } location = /status { proxy_pass ${url}; }`,
  );
  const at = `http://127.0.0.1:${nginx.port}`;
  const list = await fetch(`${at}/status/api/v1/workloads`);
  assert.equal(list.status, 200);
  const again = await fetch(`${at}/status/api/v1/workloads`, {
    headers: { 'if-none-match': list.headers.get('etag') ?? '' },
  });
  assert.equal(again.status, 304);
  const slash = await fetch(`${at}/status`, { redirect: 'manual' });
  assert.equal(slash.status, 308);
  assert.match(slash.headers.get('location') ?? '', /\/status\/$/);
});

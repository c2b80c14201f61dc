import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setUp, workload } from '../test/api/fixture.ts';
import { createStartingApp } from './app.ts';
import { problemSchema } from './contract.ts';
import { listen, ListenError } from './server.ts';

const limit = { timeout: 20_000 };

async function started(t: TestContext) {
  const fixture = setUp();
  const { config, log, assets } = fixture.sources;
  const server = await listen({
    address: { host: '127.0.0.1', port: 0 },
    app: createStartingApp({ config, log, assets }),
    log,
  });
  t.after(() => server.close(0));
  return { fixture, server };
}

/** What a bare socket gets for these bytes, until the server closes. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

function bodyOf(answer: string): unknown {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
}

test('health answers before the store is there, the rest afterwards', limit, async (t) => {
  const { fixture, server } = await started(t);
  const status = async (path: string) => (await fetch(`${server.url}${path}`)).status;
  assert.equal(await status('/api/v1/health'), 200);
  assert.equal(await status('/api/v1/workloads'), 503);
  fixture.store.commit({ put: [workload()] });
  server.attach(fixture.app);
  assert.equal(await status('/api/v1/workloads'), 200);
});

suite('an address that cannot be had is one sentence with the fix', () => {
  test('a port in use', limit, async (t) => {
    const { fixture, server } = await started(t);
    const { log } = fixture.sources;
    await assert.rejects(
      listen({ address: { host: '127.0.0.1', port: server.port }, app: fixture.app, log }),
      (error) =>
        error instanceof ListenError &&
        error.message ===
          `Port ${server.port} on 127.0.0.1 is in use by another process: stop it, or set MAINTENANT_ADDR (or --addr) to a free port.`,
    );
  });

  test('an address of another machine', limit, async () => {
    const { app, sources } = setUp();
    await assert.rejects(
      listen({ address: { host: '203.0.113.7', port: 0 }, app, log: sources.log }),
      (error) => error instanceof ListenError && /203\.0\.113\.7 is not an address of this machine/.test(error.message),
    );
  });
});

suite('what is hardly HTTP', () => {
  const requests: readonly (readonly [what: string, bytes: string, status: number, code: string])[] = [
    ['a path of 1 MB', `GET /${'a'.repeat(1_000_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431, 'REQUEST_TOO_LARGE'],
    ['a query of 20 kB', `GET /?q=${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431, 'REQUEST_TOO_LARGE'],
    ['no Host', 'GET /api/v1/health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'INVALID_REQUEST'],
    [
      'two Hosts',
      'GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nhost: attacker.example\r\nConnection: close\r\n\r\n',
      400,
      'INVALID_REQUEST',
    ],
    ['an unknown method', 'LOOK / HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'INVALID_REQUEST'],
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'INVALID_REQUEST'],
    ['a backslash', 'GET /a\\b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400, 'INVALID_REQUEST'],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400, 'INVALID_REQUEST'],
    [
      'dots out of the root',
      'GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      404,
      'NOT_FOUND',
    ],
    [
      'escaped dots',
      'GET /%2e%2e/%2e%2e/etc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      404,
      'NOT_FOUND',
    ],
    [
      'a broken escape',
      'GET /%c0%af HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      400,
      'INVALID_PARAMETER',
    ],
    [
      'TRACE',
      'TRACE /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      405,
      'METHOD_NOT_ALLOWED',
    ],
  ];
  for (const [what, bytes, status, code] of requests) {
    test(`${what} is ${status} with a problem`, limit, async (t) => {
      const { fixture, server } = await started(t);
      server.attach(fixture.app);
      const answer = await exchange(server.port, bytes);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(answer, /content-type: application\/problem\+json/i);
      assert.equal(problemSchema.parse(bodyOf(answer)).code, code);
      assert.deepEqual(fixture.logged, []);
    });
  }

  test('HTTP/1.0 without a Host is answered', limit, async (t) => {
    const { fixture, server } = await started(t);
    server.attach(fixture.app);
    assert.match(await exchange(server.port, 'GET /api/v1/health HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /);
  });
});

test('close lets an answer finish, and takes no more', limit, async (t) => {
  const { fixture, server } = await started(t);
  const asked = Promise.withResolvers<void>();
  const uptime = Promise.withResolvers<Awaited<ReturnType<typeof fixture.store.uptime>>>();
  fixture.store.uptime = () => {
    asked.resolve();
    return uptime.promise;
  };
  fixture.store.commit({ put: [workload({ name: 'web' })] });
  server.attach(fixture.app);
  const path = `${server.url}/api/v1/workloads/shop/Deployment/web/history`;
  const finishing = fetch(path);
  await asked.promise;
  const closed = server.close(10_000);
  const never = { availableRatio: null, reducedRatio: null, downRatio: null, observedRatio: 0 };
  uptime.resolve({ '24h': never, '7d': never, '30d': never, '90d': never });
  assert.equal((await finishing).status, 200);
  await closed;
  await assert.rejects(fetch(path));
});

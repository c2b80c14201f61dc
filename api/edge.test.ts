import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, config, setUp, workload } from '../test/api/fixture.ts';
import { createStartingApp } from './app.ts';
import { healthSchema, problemSchema } from './contract.ts';
import { isAllowedHost, stripBasePath } from './edge.ts';
import type { Asset } from './static-files.ts';

const html: Asset = {
  contentType: 'text/html; charset=utf-8',
  body: Buffer.from('<!doctype html><html><head><title>Maintenant</title></head></html>'),
  gzip: null,
  brotli: null,
  immutable: false,
};
const script: Asset = {
  contentType: 'text/javascript; charset=utf-8',
  body: Buffer.from('export {}'),
  gzip: Buffer.from('gzipped'),
  brotli: Buffer.from('brotlied'),
  immutable: true,
};
const assets = new Map([
  ['index.html', html],
  ['main-ABCDEFGH.js', script],
]);

suite('base path', () => {
  const paths: readonly (readonly [path: string, basePath: string, expected: string])[] = [
    ['/x/api/v1/health', '/', '/x/api/v1/health'],
    ['/x/api/v1/health', '/x/', '/api/v1/health'],
    ['/api/v1/health', '/x/', '/api/v1/health'],
    ['/x/', '/x/', '/'],
    ['/xy/api/v1/health', '/x/', '/xy/api/v1/health'],
    ['/x/x/api', '/x/', '/x/api'],
    // A base path that is a piece of our own paths: both forms still mean the same.
    ['/api/v1/health', '/api/', '/api/v1/health'],
    ['/api/api/v1/health', '/api/', '/api/v1/health'],
    ['/api/w/shop', '/api/', '/w/shop'],
  ];
  for (const [path, basePath, expected] of paths) {
    test(`${path} under ${basePath} is ${expected}`, () => {
      assert.equal(stripBasePath(path, basePath), expected);
    });
  }

  test('everything is served with it and with it stripped', async () => {
    const fixture = setUp({ config: { basePath: '/status/' }, assets });
    fixture.store.commit({ put: [workload()] });
    for (const path of ['/api/v1/health', '/api/v1/workloads', '/metrics', '/openapi.json', '/main-ABCDEFGH.js', '/']) {
      const stripped = await fixture.get(path);
      const whole = await fixture.get(`/status${path}`);
      assert.equal(stripped.status, 200, path);
      assert.equal(whole.status, 200, path);
      assert.equal(whole.text, stripped.text, path);
    }
  });

  test('without its slash redirects, once', async () => {
    const fixture = setUp({ config: { basePath: '/status/' }, assets });
    const answer = await fixture.get('/status');
    assert.equal(answer.status, 308);
    assert.equal(answer.headers.get('location'), '/status/');
  });

  test('is written into the page', async () => {
    const fixture = setUp({ config: { basePath: '/status/' }, assets });
    for (const path of ['/', '/status/', '/status/index.html']) {
      assert.match((await fixture.get(path)).text, /<head>\s*<base href="\/status\/">/, path);
    }
  });

  test('does not open a way around sign-in', async () => {
    const fixture = setUp({ config: { basePath: '/status/', auth: { mode: 'token', tokenHashes: [] } }, assets });
    for (const path of [
      '/api/v1/workloads',
      '/status/api/v1/workloads',
      '/status/metrics',
      '/status//api/v1/workloads',
    ]) {
      const { status } = await fixture.get(path);
      assert.ok(status === 401 || status === 404, `${path}: ${status}`);
    }
  });
});

suite('hosts', () => {
  const everywhere = { host: '0.0.0.0', port: 8080 };
  const loopback = { host: '127.0.0.1', port: 8080 };
  const cases: readonly (readonly [
    host: string,
    address: typeof everywhere,
    allowedHosts: readonly string[],
    allowed: boolean,
  ])[] = [
    // A laptop: the browser is on this machine, and so is the danger.
    ['localhost:8080', loopback, [], true],
    ['maintenant.localhost', loopback, [], true],
    ['127.0.0.1:8080', loopback, [], true],
    ['[::1]:8080', loopback, [], true],
    ['10.1.2.3', loopback, [], true],
    ['attacker.example:8080', loopback, [], false],
    ['127.0.0.1.attacker.example', loopback, [], false],
    ['localhost.attacker.example', loopback, [], false],
    ['status.example.com', loopback, ['status.example.com'], true],
    // A pod behind an ingress whose name nobody told us.
    ['status.example.com', everywhere, [], true],
    ['maintenant.monitoring.svc', everywhere, [], true],
    ['10.42.0.7:8080', everywhere, [], true],
    // A pod that was told.
    ['status.example.com', everywhere, ['status.example.com'], true],
    ['STATUS.example.com:443', everywhere, ['status.example.com'], true],
    ['status.example.com.', everywhere, ['status.example.com'], true],
    ['a.b.example.com', everywhere, ['*.example.com'], true],
    ['example.com', everywhere, ['*.example.com'], false],
    ['attacker.example', everywhere, ['status.example.com'], false],
    ['10.42.0.7:8080', everywhere, ['status.example.com'], true],
  ];
  for (const [host, address, allowedHosts, allowed] of cases) {
    test(`${host} at ${address.host} [${allowedHosts.join()}] is ${allowed ? 'answered' : 'refused'}`, () => {
      assert.equal(isAllowedHost(host, { address, allowedHosts }), allowed);
    });
  }

  test('a foreign name is 403 with the fix everywhere but at health', async () => {
    const fixture = setUp({ assets });
    const headers = { host: 'attacker.example' };
    for (const path of ['/', '/api/v1/workloads', '/metrics', '/main-ABCDEFGH.js']) {
      const answer = await fixture.get(path, headers);
      assert.equal(answer.status, 403, path);
      const problem = problemSchema.parse(answer.json);
      assert.equal(problem.code, 'HOST_NOT_ALLOWED');
      assert.match(problem.detail, /attacker\.example.*MAINTENANT_ALLOWED_HOSTS/);
    }
    assert.equal((await fixture.get('/api/v1/health', headers)).status, 200);
  });
});

suite('headers', () => {
  test('every answer forbids framing, sniffing and foreign code', async () => {
    const fixture = setUp({ assets });
    for (const path of ['/', '/main-ABCDEFGH.js', '/api/v1/health', '/api/v1/nothing', '/api/v1/workloads?x=1']) {
      const { headers } = await fixture.get(path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'self'/, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.doesNotMatch(policy, /unsafe|\*/, path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('access-control-allow-origin'), null, path);
    }
  });

  test('CORS is only for configured origins', async () => {
    const fixture = setUp({ config: { corsOrigins: ['https://portal.example.com'] } });
    const known = await fixture.get('/api/v1/health', { origin: 'https://portal.example.com' });
    assert.equal(known.headers.get('access-control-allow-origin'), 'https://portal.example.com');
    assert.equal(known.headers.get('access-control-allow-credentials'), null);
    assert.equal(known.headers.get('vary'), 'Origin');
    const foreign = await fixture.get('/api/v1/health', { origin: 'https://attacker.example' });
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
    const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'GET' } };
    const asked = (origin: string) =>
      ask(fixture, '/api/v1/workloads', { ...preflight, headers: { ...preflight.headers, origin } });
    const allowed = await asked('https://portal.example.com');
    assert.equal(allowed.status, 204);
    assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /Authorization/);
    assert.equal((await asked('https://attacker.example')).status, 405);
  });
});

suite('the page', () => {
  test('is served for every address that a browser navigates to, and for nothing else', async () => {
    const fixture = setUp({ assets });
    const browser = { accept: 'text/html,application/xhtml+xml' };
    for (const path of ['/', '/w/shop/Deployment/web.example', '/activity?from=1']) {
      const answer = await fixture.get(path, browser);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.headers.get('cache-control'), 'no-cache');
      assert.match(answer.text, /<base href="\/">/);
    }
    assert.equal((await fixture.get('/w/shop/Deployment/web')).status, 404);
    assert.equal((await fixture.get('/main-ZZZZZZZZ.js', { accept: '*/*' })).status, 404);
    const api = await fixture.get('/api/v1/nothing', browser);
    assert.equal(api.status, 404);
    assert.equal(api.headers.get('content-type'), 'application/problem+json');
  });

  const encodings: readonly (readonly [accept: string, encoding: string | null])[] = [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', null],
    ['', null],
  ];
  for (const [accept, encoding] of encodings) {
    test(`files come compressed for "${accept}" as ${encoding ?? 'they are'}`, async () => {
      const answer = await setUp({ assets }).get('/main-ABCDEFGH.js', { 'accept-encoding': accept });
      assert.equal(answer.headers.get('content-encoding'), encoding);
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
      assert.equal(answer.headers.get('vary'), 'Accept-Encoding');
      assert.equal(answer.text, encoding === 'br' ? 'brotlied' : encoding === 'gzip' ? 'gzipped' : 'export {}');
    });
  }
});

suite('while the database is being opened', () => {
  const log = { info() {}, warn() {}, error() {} };
  const app = createStartingApp({ config, log, assets });

  test('health answers 200 and degraded', async () => {
    const answer = await ask({ app }, '/api/v1/health');
    assert.equal(answer.status, 200);
    const health = healthSchema.parse(answer.json);
    assert.equal(health.status, 'degraded');
    assert.equal(health.synced, false);
  });

  test('everything else answers 503 and when to come back, the page itself is there', async () => {
    for (const path of ['/api/v1/workloads', '/api/v1/stream', '/metrics']) {
      const answer = await ask({ app }, path);
      assert.equal(answer.status, 503, path);
      assert.equal(answer.headers.get('retry-after'), '1');
      assert.equal(problemSchema.parse(answer.json).code, 'STARTING');
    }
    assert.equal((await ask({ app }, '/api/v1/session', { method: 'POST' })).status, 503);
    assert.equal((await ask({ app }, '/main-ABCDEFGH.js')).status, 200);
    assert.equal((await ask({ app }, '/', { headers: { host: 'attacker.example' } })).status, 403);
  });
});

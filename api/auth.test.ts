import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { ask, setUp } from '../test/api/fixture.ts';
import type { Answer, Fixture } from '../test/api/fixture.ts';
import { Gatekeeper } from './auth.ts';
import { problemSchema } from './contract.ts';
import { ProblemError } from './problem.ts';

const hash = (token: string): string => `sha256:${createHash('sha256').update(token).digest('hex')}`;
const auth = { mode: 'token', tokenHashes: [hash('first-token'), hash('second-token')] } as const;

const closed = [
  '/api/v1/workloads',
  '/api/v1/workloads/shop/Deployment/web',
  '/api/v1/stream',
  '/api/v1/runtime',
  '/api/v1/doctor',
  '/api/v1/license',
  '/api/v1/nothing',
  '/metrics',
  '/openapi.json',
];

function signIn(fixture: Fixture, token: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return ask(fixture, '/api/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });
}

const cookieOf = (answer: Answer): string => answer.headers.get('set-cookie')?.split(';')[0] ?? '';

suite('token', () => {
  test('without one everything but health, session and the page is 401', async () => {
    const fixture = setUp({ config: { auth } });
    for (const path of closed) {
      const answer = await fixture.get(path);
      assert.equal(answer.status, 401, path);
      assert.equal(problemSchema.parse(answer.json).code, 'SIGN_IN_REQUIRED');
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
    }
    assert.equal((await fixture.get('/api/v1/health')).status, 200);
  });

  test('as bearer opens, a wrong one does not', async () => {
    const fixture = setUp({ config: { auth } });
    const status = async (authorization: string) => (await fixture.get('/api/v1/runtime', { authorization })).status;
    assert.equal(await status('Bearer first-token'), 200);
    assert.equal(await status('bearer second-token'), 200);
    assert.equal(await status('Bearer third-token'), 401);
    assert.equal(await status('Bearer first-toke'), 401);
    assert.equal(await status(`Bearer ${hash('first-token')}`), 401);
    assert.equal(await status('Basic first-token'), 401);
    assert.equal(await status('Bearer '), 401);
  });

  test('wrong ones as bearer are 401, and from the eleventh in a minute 429; a right one is let in all the same', async () => {
    const fixture = setUp({ config: { auth } });
    const wrong = () => fixture.get('/api/v1/runtime', { authorization: 'Bearer guess' });
    for (let attempt = 1; attempt <= 10; attempt++) {
      const answer = await wrong();
      assert.equal(answer.status, 401);
      assert.match(problemSchema.parse(answer.json).detail, /not known here/);
      assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
    }
    const refused = await wrong();
    assert.equal(refused.status, 429);
    assert.equal(problemSchema.parse(refused.json).code, 'TOO_MANY_ATTEMPTS');
    assert.equal(refused.headers.get('retry-after'), '60');
    assert.equal((await fixture.get('/api/v1/runtime')).status, 401, 'no token is no guess');
    assert.equal((await fixture.get('/api/v1/runtime', { authorization: 'Bearer first-token' })).status, 200);
    assert.equal((await signIn(fixture, 'first-token')).status, 204, 'sign-ins are counted for themselves');
    await fixture.clock.advance(60_000);
    assert.equal((await wrong()).status, 401);
  });

  test('gives a cookie that opens until it is given back', async () => {
    const fixture = setUp({ config: { auth, basePath: '/status/' } });
    const signedIn = await signIn(fixture, 'first-token');
    assert.equal(signedIn.status, 204);
    const header = signedIn.headers.get('set-cookie') ?? '';
    assert.match(header, /^maintenant_session=[\w-]{43}; Max-Age=604800; Path=\/status\/; HttpOnly; SameSite=Strict$/);
    assert.doesNotMatch(header, /first-token/);
    const cookie = cookieOf(signedIn);
    assert.equal((await fixture.get('/api/v1/runtime', { cookie })).status, 200);
    const signedOut = await ask(fixture, '/api/v1/session', { method: 'DELETE', headers: { cookie } });
    assert.equal(signedOut.status, 204);
    assert.match(signedOut.headers.get('set-cookie') ?? '', /Max-Age=0/);
    assert.equal((await fixture.get('/api/v1/runtime', { cookie })).status, 401);
  });

  test('behind TLS the cookie is Secure', async () => {
    const fixture = setUp({ config: { auth } });
    const answer = await signIn(fixture, 'first-token', { 'x-forwarded-proto': 'https' });
    assert.match(answer.headers.get('set-cookie') ?? '', /; Secure/);
  });

  test('a session ends after a week', async () => {
    const fixture = setUp({ config: { auth } });
    const cookie = cookieOf(await signIn(fixture, 'first-token'));
    await fixture.clock.advance(7 * 86_400_000 - 1);
    assert.equal((await fixture.get('/api/v1/runtime', { cookie })).status, 200);
    await fixture.clock.advance(1);
    assert.equal((await fixture.get('/api/v1/runtime', { cookie })).status, 401);
  });

  test('the oldest of more than a thousand sessions makes room', async () => {
    const { clock } = setUp();
    const gatekeeper = new Gatekeeper(auth, () => clock.now());
    const sessions = Array.from({ length: 1_001 }, () => gatekeeper.signIn('first-token', ''));
    const admit = (session: string | undefined) => () =>
      gatekeeper.admit({ session, authorization: undefined, user: undefined, remoteAddress: undefined });
    assert.throws(admit(sessions[0]), ProblemError);
    assert.doesNotThrow(admit(sessions[1]));
    assert.doesNotThrow(admit(sessions[1_000]));
  });

  test('wrong tokens are 401, and from the eleventh in a minute 429', async () => {
    const fixture = setUp({ config: { auth } });
    for (let attempt = 1; attempt <= 10; attempt++) {
      const answer = await signIn(fixture, 'guess');
      assert.equal(answer.status, 401);
      assert.equal(problemSchema.parse(answer.json).code, 'WRONG_TOKEN');
    }
    const refused = await signIn(fixture, 'first-token');
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get('retry-after'), '60');
    await fixture.clock.advance(60_000);
    assert.equal((await signIn(fixture, 'first-token')).status, 204);
  });

  const bodies: readonly (readonly [body: string, contentType: string, status: number])[] = [
    ['{"token":""}', 'application/json', 400],
    ['{"token":1}', 'application/json', 400],
    ['{}', 'application/json', 400],
    ['{"token":"x","user":"y"}', 'application/json', 400],
    ['not json', 'application/json', 400],
    ['token=first-token', 'application/x-www-form-urlencoded', 400],
    [JSON.stringify({ token: 'x'.repeat(20_000) }), 'application/json', 413],
  ];
  for (const [body, contentType, status] of bodies) {
    test(`a body of ${body.slice(0, 30)} as ${contentType} is ${status}`, async () => {
      const fixture = setUp({ config: { auth } });
      const headers = { 'content-type': contentType, 'content-length': String(body.length) };
      const answer = await ask(fixture, '/api/v1/session', { method: 'POST', headers, body });
      assert.equal(answer.status, status, answer.text);
      problemSchema.parse(answer.json);
      assert.deepEqual(fixture.logged, []);
    });
  }
});

suite('forward', () => {
  const forward = { mode: 'forward', header: 'X-Forwarded-User', cidrs: ['10.42.0.0/16', 'fd00::/8'] } as const;
  const cases: readonly (readonly [remoteAddress: string | undefined, user: string | undefined, admitted: boolean])[] =
    [
      ['10.42.3.4', 'ada', true],
      ['::ffff:10.42.3.4', 'ada', true],
      ['fd00::1', 'ada', true],
      ['10.43.3.4', 'ada', false],
      ['fe80::1', 'ada', false],
      ['127.0.0.1', 'ada', false],
      [undefined, 'ada', false],
      ['10.42.3.4', undefined, false],
      ['10.42.3.4', '', false],
    ];
  for (const [remoteAddress, user, admitted] of cases) {
    test(`${user ?? 'nobody'} through ${remoteAddress ?? 'nowhere'} is ${admitted ? 'let in' : 'refused'}`, () => {
      const gatekeeper = new Gatekeeper(forward, () => 0);
      const admit = (): void =>
        gatekeeper.admit({ remoteAddress, user, authorization: 'Bearer x', session: undefined });
      if (admitted) assert.doesNotThrow(admit);
      else assert.throws(admit, (error) => error instanceof ProblemError && error.code === 'SIGN_IN_REQUIRED');
    });
  }

  test('the configured header counts, and only with a believed address', async () => {
    const fixture = setUp({ config: { auth: { ...forward, header: 'X-Auth-Request-User' } } });
    const from = async (remoteAddress: string, header: string) => {
      const env = { incoming: { socket: { remoteAddress } } };
      const response = await fixture.app.request('/api/v1/runtime', { headers: { [header]: 'ada' } }, env);
      return response.status;
    };
    assert.equal(await from('10.42.0.1', 'X-Auth-Request-User'), 200);
    assert.equal(await from('10.42.0.1', 'X-Forwarded-User'), 401);
    assert.equal(await from('10.9.0.1', 'X-Auth-Request-User'), 401);
  });
});

test('where nobody signs in, a sign-in is 404 and a sign-out is nothing', async () => {
  const fixture = setUp();
  const answer = await signIn(fixture, 'first-token');
  assert.equal(answer.status, 404);
  assert.equal(problemSchema.parse(answer.json).code, 'SIGN_IN_NOT_USED');
  assert.equal((await ask(fixture, '/api/v1/session', { method: 'DELETE' })).status, 204);
});

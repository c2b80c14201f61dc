import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { mayStreamLists, parseServerVersion, ServerVersionSource } from './server-version.ts';
import { statusErrorOf, TransportError } from './status-error.ts';
import type { Transport } from './transport.ts';

/** [what `/version` answers, the version, may lists be streamed] */
const answers: readonly (readonly [unknown, string | null, boolean])[] = [
  [{ major: '1', minor: '36', gitVersion: 'v1.36.3' }, 'v1.36.3', true],
  [{ major: '1', minor: '32', gitVersion: 'v1.32.0' }, 'v1.32.0', true],
  [{ major: '1', minor: '31', gitVersion: 'v1.31.9' }, 'v1.31.9', false],
  // Some distributions mark what they added.
  [{ major: '1', minor: '33+', gitVersion: 'v1.33.2-eks-1' }, 'v1.33.2-eks-1', true],
  [{ major: '1', minor: '27+' }, 'v1.27', false],
  [{ major: '2', minor: '0', gitVersion: 'v2.0.0' }, 'v2.0.0', true],
  // Not known: the parameter is tried, and a server that does not have it says so.
  [{ major: '', minor: '' }, null, true],
  ['a page of a proxy', null, true],
  [null, null, true],
];

for (const [answer, gitVersion, streams] of answers) {
  test(`${JSON.stringify(answer)} is ${gitVersion ?? 'no version'}, and lists are ${streams ? '' : 'not '}streamed`, () => {
    const version = parseServerVersion(answer);
    assert.equal(version?.gitVersion ?? null, gitVersion);
    assert.equal(mayStreamLists(version), streams);
  });
}

/** A server whose `/version` answers, or throws, what the test says. */
function sourceOf(answer: () => unknown) {
  const clock = new FakeClock();
  let asked = 0;
  const transport: Transport = {
    server: 'https://cluster',
    get: async () => {
      asked++;
      return answer();
    },
    stream: () => Promise.reject(new Error('not asked for')),
  };
  const source = new ServerVersionSource(transport, clock);
  return { clock, source, asked: () => asked, read: () => source.read(new AbortController().signal) };
}

test('eight watches that want to know at once ask once, and again only after a minute', async () => {
  const { clock, read, asked } = sourceOf(() => ({ major: '1', minor: '36' }));
  const versions = await Promise.all(Array.from({ length: 8 }, read));
  assert.deepEqual(new Set(versions.map((version) => version?.minor)), new Set([36]));
  await clock.advance(59_999);
  await read();
  assert.equal(asked(), 1);
  await clock.advance(1);
  await read();
  assert.equal(asked(), 2);
});

test('a server that says no has no version; one that does not answer is a failure, and asked again', async () => {
  const refused = sourceOf(() => {
    throw statusErrorOf(403, '', null, 0);
  });
  assert.equal(await refused.read(), null);
  const away = sourceOf(() => {
    throw new TransportError('refused', 'connect ECONNREFUSED');
  });
  await assert.rejects(away.read(), /ECONNREFUSED/);
  await assert.rejects(away.read(), /ECONNREFUSED/);
  assert.equal(away.asked(), 2);
});

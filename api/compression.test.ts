import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { setUp, workload } from '../test/api/fixture.ts';
import type { Fixture } from '../test/api/fixture.ts';
import { acceptsEncoding, Compression } from './compression.ts';

const headers: readonly (readonly [accept: string | undefined, gzip: boolean])[] = [
  ['gzip', true],
  ['gzip, deflate, br, zstd', true],
  ['br;q=1.0, GZIP ; q=0.2', true],
  ['gzip;q=0.001', true],
  ['gzip;q=0', false],
  ['gzip; q=0.000, br', false],
  ['x-gzip, deflate', false],
  ['identity', false],
  ['*', false],
  ['', false],
  [undefined, false],
];
for (const [accept, gzip] of headers) {
  test(`"${accept ?? 'nothing'}" ${gzip ? 'accepts' : 'does not accept'} gzip`, () => {
    assert.equal(acceptsEncoding(accept, 'gzip'), gzip);
  });
}

/** A list that is worth it. */
function filled(): Fixture {
  const fixture = setUp({ config: { corsOrigins: ['https://portal.example.com'] } });
  fixture.store.commit({ put: Array.from({ length: 20 }, (_, index) => workload({ name: `w${index}` })) });
  return fixture;
}

suite('an answer in gzip', () => {
  const path = '/api/v1/workloads';
  const accepting = { 'accept-encoding': 'gzip, br' };

  test('is the same answer under the same tag, and says what it depends on', async () => {
    const fixture = filled();
    const plain = await fixture.get(path);
    const response = await fixture.app.request(path, { headers: accepting }, {});
    assert.equal(response.headers.get('content-encoding'), 'gzip');
    assert.equal(gunzipSync(await response.arrayBuffer()).toString(), plain.text);
    assert.equal(plain.headers.get('content-encoding'), null);
    for (const name of ['etag', 'vary', 'content-type', 'cache-control']) {
      assert.equal(response.headers.get(name), plain.headers.get(name), name);
    }
    assert.equal(plain.headers.get('vary'), 'Accept-Encoding, Origin');
    const etag = plain.headers.get('etag') ?? '';
    assert.match(etag, /^W\//, 'two encodings under one tag: it must be a weak one');
    const again = await fixture.get(path, { ...accepting, 'if-none-match': etag });
    assert.equal(again.status, 304);
    assert.equal(again.headers.get('vary'), 'Accept-Encoding, Origin');
    assert.equal(again.headers.get('content-encoding'), null);
    const head = await fixture.app.request(path, { method: 'HEAD', headers: accepting }, {});
    assert.equal(head.headers.get('content-encoding'), 'gzip');
  });

  test('is there for the catalogue, the description and the metrics too; the first two are known by their tags', async () => {
    const fixture = filled();
    fixture.store.commit({ put: Array.from({ length: 20 }, (_, index) => workload({ name: `w${index}` })) });
    for (const large of ['/api/v1/causes', '/openapi.json', '/metrics']) {
      const response = await fixture.app.request(large, { headers: accepting }, {});
      assert.equal(response.headers.get('content-encoding'), 'gzip', large);
      assert.match(response.headers.get('vary') ?? '', /^Accept-Encoding/, large);
      const plain = await fixture.get(large);
      assert.equal(plain.headers.get('content-encoding'), null);
      assert.equal(plain.headers.get('content-type'), response.headers.get('content-type'));
      const text = gunzipSync(await response.arrayBuffer()).toString();
      assert.equal(
        large === '/metrics' ? text.includes('maintenant_workload_state') : text === plain.text,
        true,
        large,
      );
      const etag = plain.headers.get('etag');
      assert.equal(etag, response.headers.get('etag'), large);
      if (etag !== null) assert.equal((await fixture.get(large, { 'if-none-match': etag })).status, 304, large);
      assert.equal(etag === null, large === '/metrics');
    }
  });

  test('is only for what is large: neither a small list, nor a problem, nor what follows', async () => {
    const fixture = filled();
    for (const small of [
      `${path}?limit=1&namespace=nowhere`,
      '/api/v1/namespaces',
      '/api/v1/nothing',
      `${path}?x=${'x'.repeat(5_000)}`,
      `${path}/shop/Deployment/w1/logs`,
      `${path}/shop/Deployment/w1/logs?follow=true`,
    ]) {
      const answer = await fixture.get(small, accepting);
      assert.equal(answer.headers.get('content-encoding'), null, small);
      if (answer.status !== 200) assert.match(answer.text, /^\{"type":"about:blank"/, small);
    }
  });
});

test('what is handed out again is compressed once, and a crowd beyond four is answered as it is', async () => {
  const compression = new Compression();
  const bodies = Array.from({ length: 6 }, (_, index) => Buffer.alloc(10_000, `body ${index}`));
  const first = await Promise.all(bodies.map((body) => compression.compress(body, 'gzip')));
  assert.deepEqual(
    first.map((body) => body !== null),
    [true, true, true, true, false, false],
  );
  const again = await Promise.all(bodies.map((body) => compression.compress(body, 'gzip')));
  assert.equal(again[0], first[0]);
  assert.equal(again[3], first[3]);
  assert.equal(gunzipSync(again[5] ?? new Uint8Array()).toString(), bodies[5]?.toString());
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleWorkload } from './sample-workloads.ts';
import { compileQuery, nodesOf, parseQuery, type Unknown, withoutTerm } from './query.ts';

const now = Date.parse('2026-11-21T12:00:00.000Z');

const checkout = sampleWorkload({
  namespace: 'shop',
  kind: 'Deployment',
  name: 'checkout',
  state: 'Degraded',
  restarts: 4,
  images: ['ghcr.io/acme/checkout:1.9.0'],
  since: '2026-11-21T11:30:00.000Z',
  createdAt: '2026-11-01T12:00:00.000Z',
  partOf: 'storefront',
  uptime24h: 0.98,
});
const ledger = sampleWorkload({
  namespace: 'payments',
  kind: 'StatefulSet',
  name: 'ledger',
  state: 'Healthy',
  images: ['ledger:2.0'],
  since: null,
  partOf: null,
});

describe('the filter language', () => {
  const table: readonly (readonly [string, readonly string[]])[] = [
    ['', ['checkout', 'ledger']],
    ['checkout', ['checkout']],
    ['SHOP/check', ['checkout']],
    ['!checkout', ['ledger']],
    ['-checkout', ['ledger']],
    ['ns:shop', ['checkout']],
    ['ns:sho', []],
    ['ns:s*', ['checkout']],
    ['ns:shop,payments', ['checkout', 'ledger']],
    ['-ns:shop', ['ledger']],
    ['ns:!shop', ['ledger']],
    ['-ns:!shop', ['checkout']],
    ['kind:sts', ['ledger']],
    ['kind:deploy,ds', ['checkout']],
    ['state:!healthy', ['checkout']],
    ['state:Degraded', ['checkout']],
    ['is:broken', ['checkout']],
    ['image:1.9', ['checkout']],
    ['registry:docker.io', ['ledger']],
    ['name:led*', ['ledger']],
    ['part-of:storefront', ['checkout']],
    ['part-of:none', ['ledger']],
    ['cause:ImagePull', ['checkout']],
    ['cause:"does not exist"', ['checkout']],
    ['restarts:>3', ['checkout']],
    ['restarts:4', ['checkout']],
    ['restarts:<=3', ['ledger']],
    ['since:<1h', ['checkout']],
    ['since:>1h', []],
    ['age:>2w', ['checkout', 'ledger']],
    ['uptime:<99%', ['checkout']],
    ['ns:shop kind:sts', []],
    ['"checkout', ['checkout']],
    ['checkout:1.9.0', ['checkout']],
    ['degraded', ['checkout']],
    ['-healthy', ['checkout']],
  ];
  for (const [text, names] of table) {
    it(`${text === '' ? '(nothing)' : text} finds ${names.join(', ') || 'nothing'}`, () => {
      const matches = compileQuery(parseQuery(text), now);
      assert.deepEqual(
        [checkout, ledger].filter(matches).map(({ name }) => name),
        names,
      );
    });
  }

  it('reports what it does not understand and lets it filter nothing', () => {
    const cases: readonly (readonly [text: string, expects: Unknown['expects']])[] = [
      ['restarts:>many', 'number'],
      ['restarts:3..5', 'number'],
      ['state:sick', 'state'],
      ['state:', 'state'],
      ['kind:pod', 'kind'],
      ['ns:', 'value'],
      ['age:5%', 'duration'],
      ['nonsense:>3', 'field'],
      // Words that every object of the language has.
      ['kind:constructor', 'kind'],
      ['state:constructor', 'state'],
    ];
    for (const [text, expects] of cases) {
      const terms = parseQuery(text);
      assert.deepEqual(terms, [{ type: 'unknown', source: text, expects }], text);
      assert.equal([checkout, ledger].filter(compileQuery(terms, now)).length, 2, text);
    }
  });

  it('takes a name apart from its quotes, not from its colon', () => {
    assert.deepEqual(parseQuery('http://x "two words"'), [
      { type: 'text', value: 'http://x', negated: false, source: 'http://x' },
      { type: 'text', value: 'two words', negated: false, source: '"two words"' },
    ]);
  });

  it('asks for nodes elsewhere, and finds nothing until it is known', () => {
    const terms = parseQuery('node:node-1,node-2 state:!healthy');
    assert.deepEqual(nodesOf(terms), ['node-1,node-2']);
    assert.equal([checkout, ledger].filter(compileQuery(terms, now)).length, 0);
    const known = new Map([['node-1,node-2', new Set<string>([checkout.key, ledger.key])]]);
    assert.deepEqual([checkout, ledger].filter(compileQuery(terms, now, known)), [checkout]);
  });

  it('takes one term out and leaves the others as they were typed', () => {
    assert.equal(withoutTerm('ns:shop  "a b" -x', '"a b"'), 'ns:shop -x');
    assert.equal(withoutTerm('a a', 'a'), 'a');
    assert.equal(withoutTerm('a', 'b'), 'a');
  });

  it('is quick on a text without end', () => {
    assert.equal(parseQuery('a '.repeat(10_000)).length, 200);
  });
});

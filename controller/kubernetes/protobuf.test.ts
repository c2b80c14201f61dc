import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  amountMap,
  decode,
  flag,
  inline,
  instant,
  integer,
  intOrString,
  list,
  message,
  one,
  ownText,
  presence,
  text,
  textMap,
  texts,
} from './protobuf.ts';
import { delimited, varint, varintField } from '../../test/support/protobuf-writer.ts';

const inner = message({ 1: text('name') });
const everything = message({
  1: text('word'),
  2: integer('number'),
  3: flag('isOn'),
  4: instant('at'),
  5: textMap('labels'),
  6: amountMap('amounts'),
  7: intOrString('port'),
  8: texts('words'),
  9: one('one', inner),
  10: list('many', inner),
  11: inline(message({ 1: text('embedded') })),
  12: one('there', presence),
  2000: ownText('far'),
});

const entry = (key: string, value: Buffer): Buffer => Buffer.concat([delimited(1, key), delimited(2, value)]);

const cases: readonly (readonly [what: string, bytes: Buffer, expected: object])[] = [
  ['nothing', Buffer.alloc(0), {}],
  ['a text', delimited(1, 'shop'), { word: 'shop' }],
  ['a text beyond ASCII', delimited(1, 'café ☕'), { word: 'café ☕' }],
  ['an empty text, which JSON leaves out', delimited(1, ''), {}],
  ['a zero, which is a value', varintField(2, 0n), { number: 0 }],
  ['a number of two bytes', varintField(2, 300n), { number: 300 }],
  ['a negative number, ten bytes', varintField(2, -1n), { number: -1 }],
  ['a number beyond 32 bits', varintField(2, 2n ** 52n + 1n), { number: 2 ** 52 + 1 }],
  ['true and false', Buffer.concat([varintField(3, 1n), varintField(3, 0n)]), { isOn: false }],
  [
    'an instant with nanoseconds',
    delimited(4, Buffer.concat([varintField(1, 1_795_228_628n), varintField(2, 250_999_999n)])),
    { at: 1_795_228_628_250 },
  ],
  ['the zero time', delimited(4, ''), {}],
  [
    'a map, with an empty value and a missing one',
    Buffer.concat([
      delimited(5, entry('app', Buffer.from('web'))),
      delimited(5, entry('tier', Buffer.alloc(0))),
      delimited(5, delimited(1, 'zone')),
    ]),
    { labels: { app: 'web', tier: '', zone: '' } },
  ],
  ['an amount', delimited(6, entry('cpu', delimited(1, '50m'))), { amounts: { cpu: '50m' } }],
  [
    'a port by number',
    delimited(7, Buffer.concat([varintField(1, 0n), varintField(2, 8080n), delimited(3, '')])),
    { port: 8080 },
  ],
  [
    'a port by name',
    delimited(7, Buffer.concat([varintField(1, 1n), varintField(2, 0n), delimited(3, 'http')])),
    { port: 'http' },
  ],
  [
    'a list of texts, empty ones too',
    Buffer.concat([delimited(8, 'sh'), delimited(8, ''), delimited(8, '-c')]),
    { words: ['sh', '', '-c'] },
  ],
  ['an object', delimited(9, delimited(1, 'a')), { one: { name: 'a' } }],
  ['an empty object, which is there', delimited(9, ''), { one: {} }],
  [
    'a list of objects',
    Buffer.concat([delimited(10, delimited(1, 'a')), delimited(10, '')]),
    { many: [{ name: 'a' }, {}] },
  ],
  ["an embedded struct's fields, in the object itself", delimited(11, delimited(1, 'x')), { embedded: 'x' }],
  ['of which only the presence counts', delimited(12, delimited(1, 'unread')), { there: {} }],
  ['a field of a high number', delimited(2000, 'far'), { far: 'far' }],
  [
    'fields that nobody reads, of every wire type',
    Buffer.concat([
      varintField(99, 5n),
      delimited(98, 'unread'),
      Buffer.concat([varint(BigInt((97 << 3) | 1)), Buffer.alloc(8)]),
      Buffer.concat([varint(BigInt((96 << 3) | 5)), Buffer.alloc(4)]),
      delimited(1, 'read'),
    ]),
    { word: 'read' },
  ],
  ['a field that came in another type than it has', Buffer.concat([varintField(1, 7n), delimited(2, 'seven')]), {}],
];

for (const [what, bytes, expected] of cases) {
  test(`it reads ${what}`, () => assert.deepEqual(decode(everything, bytes), expected));
}

test('a key called __proto__ sets no prototype', () => {
  const found = decode(everything, delimited(5, entry('__proto__', Buffer.from('x'))));
  assert.deepEqual(found, { labels: {} });
});

test('texts with equal hash places do not take the place of one another', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 80, unit: 'binary' }), { minLength: 1 }), (words) => {
      const read = decode(everything, Buffer.concat(words.map((word) => delimited(8, word))));
      assert.deepEqual(read, { words: words.map((word) => Buffer.from(word).toString()) });
    }),
  );
});

test('what is cut off or garbled is an error or an object, never an endless loop or another exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decode(everything, Buffer.from(bytes));
      } catch (error) {
        assert.equal(error instanceof Error && error.name, 'TransportError');
      }
    }),
    { numRuns: 2_000 },
  );
});

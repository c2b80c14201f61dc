import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ListSplitter } from './list-splitter.ts';

function split(
  chunks: readonly Buffer[],
  maxBytes?: number,
): { readonly items: readonly unknown[]; readonly envelope: unknown } {
  const splitter = new ListSplitter(maxBytes);
  const items = chunks.flatMap((chunk) =>
    [...splitter.push(chunk)].map((item): unknown => JSON.parse(item.toString())),
  );
  return { items, envelope: JSON.parse(splitter.end()) };
}

function cutAt(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (left, right) => left - right,
  );
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

const item = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());

test('however the bytes are cut, items and envelope are those that JSON.parse sees in the whole', () => {
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 6 }),
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
      fc.array(fc.nat(10_000)),
      fc.constantFrom(undefined, 1, '\t'),
      fc.boolean(),
      (items, metadata, places, indent, itemsFirst) => {
        const list = itemsFirst ? { items, kind: 'PodList', metadata } : { kind: 'PodList', metadata, items };
        const bytes = Buffer.from(JSON.stringify(list, null, indent));
        // Through JSON, because -0 and __proto__ do not survive it.
        const expected: unknown = JSON.parse(JSON.stringify({ items, envelope: { ...list, items: [] } }));
        assert.deepEqual(split(cutAt(bytes, places)), expected);
      },
    ),
  );
});

const traps: readonly (readonly [string, string, number])[] = [
  ['an array called items inside metadata', '{"metadata":{"items":[{"a":1}]},"items":[{"b":2}]}', 1],
  ['the word items as a value', '{"kind":"items","others":[{"a":1}],"items":[{"b":2}]}', 1],
  ['braces, brackets and quotes in texts', String.raw`{"items":[{"a":"}]{[\"\\"},{"b":"\\\""}]}`, 2],
  ['items that is null', '{"items":null,"metadata":{}}', 0],
  ['no items at all', '{"kind":"Status"}', 0],
  ['an empty list', '{"items":[ ],"metadata":{"resourceVersion":"1"}}', 0],
];

for (const [name, text, count] of traps) {
  test(name, () => {
    for (const size of [1, 2, 3, 1_000]) {
      const places = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => index * size);
      assert.equal(split(cutAt(Buffer.from(text), places)).items.length, count, `in pieces of ${size}`);
    }
  });
}

for (const text of ['', '{', '{"items":[', '{"items":[{"a":', '{"items":[{"a":1}', '{"items":[{"a":1}]']) {
  test(`a list that ends after ${JSON.stringify(text)} is broken, not short`, () => {
    assert.throws(() => split([Buffer.from(text)]), { name: 'TransportError', kind: 'broken' });
  });
}

test('something that is no object between the items is refused', () => {
  assert.throws(() => split([Buffer.from('{"items":[{"a":1},7]}')]), { name: 'TransportError', kind: 'undecodable' });
});

test('an item past the limit is refused while it arrives', () => {
  const splitter = new ListSplitter(20);
  assert.throws(() => [...splitter.push(Buffer.from(`{"items":[{"a":"${'x'.repeat(40)}`))], {
    name: 'TransportError',
    kind: 'tooLarge',
    message: 'an item of a list is longer than 20 bytes; the answer was cut',
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LineSplitter } from './line-splitter.ts';

function linesOf(chunks: readonly Buffer[], maxBytes?: number): readonly string[] {
  const splitter = new LineSplitter(maxBytes);
  const lines = chunks.flatMap((chunk) => [...splitter.push(chunk)].map((line) => line.toString()));
  splitter.end();
  return lines;
}

/** Cuts bytes at the given places, in any order, inside characters too. */
function cutAt(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (left, right) => left - right,
  );
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

test('however the bytes are cut, the lines are those of the whole', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll('\n', '¶'));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(10_000)), (lines, places) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      assert.deepEqual(
        linesOf(cutAt(bytes, places)),
        lines.filter((text) => text !== ''),
      );
    }),
  );
});

test('an end in the middle of a line is an error that says how much of it there was', () => {
  assert.throws(() => linesOf([Buffer.from('{"a":1}\n{"b"')]), {
    name: 'TransportError',
    kind: 'broken',
    message: 'the stream ended in the middle of a line, after 4 bytes of it',
  });
});

test('a line past the limit is refused as soon as it is past it, before its end', () => {
  const splitter = new LineSplitter(10);
  assert.deepEqual([...splitter.push(Buffer.from('12345'))], []);
  assert.throws(() => [...splitter.push(Buffer.from('678901'))], { name: 'TransportError', kind: 'tooLarge' });
});

test('a line of exactly the limit passes', () => {
  assert.deepEqual(linesOf([Buffer.from('12345'), Buffer.from('67890\n')], 10), ['1234567890']);
});

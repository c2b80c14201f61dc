import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limitLineBytes, type LogLine, LogLines, parseLogLine } from './log-lines.ts';

const at = Date.UTC(2026, 0, 1);

for (const [line, expected] of [
  ['2026-01-01T00:00:00.000000000Z hello', { at, text: 'hello' }],
  ['2026-01-01T00:00:00Z hello  world ', { at, text: 'hello  world ' }],
  ['2026-01-01T01:00:00+01:00 zone', { at, text: 'zone' }],
  ['2026-01-01T00:00:00Z ', { at, text: '' }],
  ['2026-01-01T00:00:00Z', { at, text: '' }],
  ['2026-01-01T00:00:00Z carriage\r', { at, text: 'carriage' }],
  ['2026-99-99T00:00:00Z no such day', { at: null, text: '2026-99-99T00:00:00Z no such day' }],
  ['1 error', { at: null, text: '1 error' }],
  ['unable to retrieve container logs', { at: null, text: 'unable to retrieve container logs' }],
] as const) {
  test(`${JSON.stringify(line)} is read as ${JSON.stringify(expected.text)}`, () => {
    assert.deepEqual(parseLogLine(line), expected);
  });
}

function read(chunks: readonly Buffer[]): readonly LogLine[] {
  const lines = new LogLines();
  const read = chunks.flatMap((chunk) => [...lines.push(chunk)]);
  const last = lines.end();
  return last === null ? read : [...read, last];
}

test('however the bytes are cut into chunks, the lines are the same, characters whole', () => {
  const text = fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }).map((line) => line.replaceAll('\n', '')));
  fc.assert(
    fc.property(text, fc.boolean(), fc.array(fc.nat(20)), (texts, endsWithNewline, cuts) => {
      const bytes = Buffer.from(texts.join('\n') + (endsWithNewline ? '\n' : ''));
      const chunks: Buffer[] = [];
      let start = 0;
      for (const cut of cuts) chunks.push(bytes.subarray(start, (start += cut)));
      chunks.push(bytes.subarray(start));
      assert.deepEqual(read(chunks), read([bytes]));
    }),
  );
});

test('a line without end is cut and says so, and the next line is whole', () => {
  const long = Buffer.alloc(3 * limitLineBytes, 'x');
  const chunks = [
    Buffer.from('2026-01-01T00:00:00Z '),
    ...[0, 1, 2].map((part) => long.subarray(part * limitLineBytes, (part + 1) * limitLineBytes)),
    Buffer.from('\nnext\n'),
  ];
  const [cut, next, ...others] = read(chunks);
  assert.equal(cut?.at, at);
  assert.match(cut?.text.slice(-40) ?? '', /x… \(cut at 65536 bytes\)$/);
  assert.equal(next?.text, 'next');
  assert.deepEqual(others, []);
});

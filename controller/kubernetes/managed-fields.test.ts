import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { textWithoutManagedFields } from './managed-fields.ts';

const cut = (text: string): string => textWithoutManagedFields(Buffer.from(text));

test('managed fields are emptied and all else stays as it was', () => {
  const cases: readonly (readonly [text: string, expected: string])[] = [
    [
      '{"metadata":{"name":"a","managedFields":[{"f":{}}]},"spec":{}}',
      '{"metadata":{"name":"a","managedFields":[]},"spec":{}}',
    ],
    ['{"metadata":{"managedFields":[]}}', '{"metadata":{"managedFields":[]}}'],
    ['{"managedFields":["]}"],"a":1}', '{"managedFields":[],"a":1}'],
    ['{"managedFields":[{"k:{\\"a\\":\\"]\\"}":{}}],"a":1}', '{"managedFields":[],"a":1}'],
    ['{"managedFields":["\\\\"],"a":["\\""]}', '{"managedFields":[],"a":["\\""]}'],
    ['{"managedFields":[[1],[2,[3]]],"ä":"€"}', '{"managedFields":[],"ä":"€"}'],
  ];
  for (const [text, expected] of cases) assert.equal(cut(text), expected);
});

test('what only looks like managed fields is passed on whole', () => {
  for (const text of [
    '',
    '"managedFields":[1]',
    '{"a":"\\"managedFields\\":[1]"}',
    '{"a":",\\"managedFields\\":[1]"}',
    '{"managedFields": [1]}',
    '{"managedFields":null}',
    '{"managedFields":[1,"]',
    '{"managedFields":["\\',
    '{"managedFields":[{"a":1}',
  ]) {
    assert.equal(cut(text), text);
  }
});

/** Words that the scanner could take for something else than they are. */
const word = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('managedFields', '"managedFields":[', ',"managedFields":[', ']', '}', '{"', '\\', '\\"', '[', 'ü€😀'),
);

/**
 * No single character that JSON escapes: V8 14.6, that of Node 26.10, may take such a name for a backslash, as the
 * second one of `JSON.parse('{"\\b":0,"\\n":1}')`, whatever was cut out before it.
 */
const name = word.filter((text) => text.length !== 1 || text === '\\' || JSON.stringify(text) === `"${text}"`);

const { anyJson } = fc.letrec<{ anyJson: unknown }>((tie) => ({
  anyJson: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    word,
    fc.constantFrom(null, true, 0, -1.5e10),
    fc.array(tie('anyJson'), { maxLength: 4 }),
    fc.dictionary(name, tie('anyJson'), { maxKeys: 4 }),
  ),
}));

test('the parser sees the same document, but for the first managed fields', () => {
  let emptied = 0;
  fc.assert(
    fc.property(
      fc.dictionary(name, anyJson),
      fc.array(anyJson),
      fc.dictionary(name, anyJson),
      (before, fields, after) => {
        // Names that are numbers move to the front of an object; the order of the others is kept.
        const document = { before, metadata: { name: 'x', managedFields: fields, uid: 'u' }, after };
        const parsed: unknown = JSON.parse(cut(JSON.stringify(document)));
        const text = JSON.stringify(parsed);
        const expected = emptiedFirst(document);
        assert.equal(text, JSON.stringify(expected));
        if (fields.length > 0) emptied++;
      },
    ),
    { numRuns: 2_000 },
  );
  assert.ok(emptied > 200, `only ${emptied} documents had managed fields`);
});

/** Written against the parsed value, in the order of the text: the first array under that name becomes empty. */
function emptiedFirst(document: unknown): unknown {
  let isDone = false;
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [name, child] of Object.entries(value)) {
      if (!isDone && name === 'managedFields' && Array.isArray(child)) {
        isDone = true;
        copy[name] = [];
      } else copy[name] = visit(child);
    }
    return copy;
  };
  return visit(document);
}

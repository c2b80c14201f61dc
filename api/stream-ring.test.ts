import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeltaRing } from './stream-ring.ts';

function ringOf(
  entries: readonly (readonly [previousRevision: number, revision: number, bytes?: number])[],
): DeltaRing {
  const ring = new DeltaRing();
  for (const [previousRevision, revision, bytes = 10] of entries) {
    ring.push({ previousRevision, revision, frame: Buffer.alloc(bytes, revision) });
  }
  return ring;
}

const revisionsAfter = (ring: DeltaRing, revision: number): number[] | null =>
  ring.after(revision)?.map((frame) => frame[0] ?? 0) ?? null;

const cases: readonly (readonly [seen: number, expected: readonly number[] | null])[] = [
  [2, null],
  [3, [5, 6, 9]],
  [4, [5, 6, 9]],
  [5, [6, 9]],
  [7, [9]],
  [9, []],
];
for (const [seen, expected] of cases) {
  test(`who has seen ${seen} of 3→5→6→9 gets ${expected?.join(', ') ?? 'a resync'}`, () => {
    assert.deepEqual(
      revisionsAfter(
        ringOf([
          [3, 5],
          [5, 6],
          [6, 9],
        ]),
        seen,
      ),
      expected,
    );
  });
}

test('an empty ring has nothing for anybody', () => {
  assert.equal(revisionsAfter(ringOf([]), 0), null);
  const ring = ringOf([[0, 1]]);
  ring.clear();
  assert.equal(revisionsAfter(ring, 1), null);
  assert.equal(ring.bytes, 0);
});

test('it holds at most 10,000 deltas', () => {
  const ring = ringOf(Array.from({ length: DeltaRing.limitEntries + 5 }, (_, index) => [index, index + 1]));
  assert.equal(ring.bytes, DeltaRing.limitEntries * 10);
  assert.equal(ring.after(4), null);
  assert.equal(ring.after(5)?.length, DeltaRing.limitEntries);
});

test('and at most 5 MB, also when one delta alone is more', () => {
  const ring = ringOf([
    [0, 1, 3e6],
    [1, 2, 3e6],
  ]);
  assert.equal(ring.bytes, 3e6);
  assert.deepEqual(revisionsAfter(ring, 1), [2]);
  ring.push({ previousRevision: 2, revision: 3, frame: Buffer.alloc(6e6) });
  assert.equal(ring.bytes, 0);
  assert.equal(ring.after(2), null);
});

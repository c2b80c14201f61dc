import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPortions, inSlices, limitSliceRows } from './slices.ts';

/** Work of which each row takes so many milliseconds; says how long each slice took. */
function simulate(rows: number, msOfRow: (row: number) => number): readonly number[] {
  let now = 0;
  let done = 0;
  const took: number[] = [];
  for (const _ of inSlices(
    () => now,
    (size) => {
      const begunAt = now;
      const taken = Math.min(size, rows - done);
      for (let row = 0; row < taken; row += 1) now += msOfRow(done + row);
      done += taken;
      took.push(now - begunAt);
      return { removed: taken, isLast: done >= rows };
    },
  ));
  assert.equal(done, rows);
  return took;
}

test('slices grow on a fast disk, up to their limit', () => {
  const took = simulate(100_000, () => 0.001);
  assert.ok(took.length < 60, `${took.length} slices`);
  assert.ok(Math.max(...took) <= limitSliceRows * 0.001 + 1e-6);
});

test('slices stay below 50 ms on a disk that takes a quarter of a millisecond a row', () => {
  const took = simulate(20_000, () => 0.25);
  assert.ok(Math.max(...took) < 50, `${Math.max(...took)} ms`);
  const usual = took.toSorted((left, right) => left - right)[Math.floor(took.length / 2)] ?? 0;
  assert.ok(usual > 15, `${usual} ms: as large as may be`);
});

test('a disk that turns ten times slower costs two long slices at most', () => {
  const took = simulate(20_000, (row) => (row < 10_000 ? 0.1 : 1));
  assert.ok(took.filter((ms) => ms > 50).length <= 2, JSON.stringify(took.filter((ms) => ms > 50)));
});

test('portions hand on every item once, in order, and at least one however much it weighs', () => {
  for (const weight of [1, 7, 10_000]) {
    const items = Array.from({ length: 333 }, (_, index) => index);
    const seen: number[] = [];
    const work = inPortions(
      () => 0,
      items,
      (portion) => void seen.push(...portion),
      weight,
    );
    for (const removed of work) assert.equal(removed, 0);
    assert.deepEqual(seen, items, `weight ${weight}`);
  }
  assert.deepEqual(
    [
      ...inPortions(
        () => 0,
        [],
        () => assert.fail('nothing to do'),
      ),
    ],
    [0],
  );
});

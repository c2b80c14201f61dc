import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isEqual, SiblingPool } from './sibling-pool.ts';

interface Shape {
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

const shape = (image: string, labels: Shape['labels'] = { app: 'web' }): Shape => ({ image, labels });
const asItIs =
  (made: Shape[], value: Shape) =>
  (sibling: Shape | null): Shape => {
    made.push(value);
    return { ...value, labels: sibling?.labels ?? value.labels };
  };

test('equal siblings are one object, and a different one may take over parts of an earlier one', () => {
  const pool = new SiblingPool<Shape>();
  const made: Shape[] = [];
  const share = (owner: string, value: Shape): Shape => pool.share(owner, value, asItIs(made, value));
  const first = share('a', shape('web:1'));
  assert.equal(share('a', shape('web:1')), first);
  const second = share('a', shape('web:2'));
  assert.notEqual(second, first);
  assert.equal(second.labels, first.labels);
  assert.equal(share('a', shape('web:1')), first, 'the older of two revisions is found again');
  assert.notEqual(share('b', shape('web:1')), first, 'another owner has its own');
  assert.equal(made.length, 3);
  assert.equal(pool.size, 3);
});

test('an owner whose pods are all different is compared with its newest only', () => {
  const pool = new SiblingPool<Shape>();
  const kept: Shape[] = [];
  const share = (image: string): Shape => pool.share('a', shape(image), () => shape(image));
  for (let index = 0; index <= SiblingPool.limitPerOwner; index++) kept.push(share(`web:${index}`));
  assert.equal(share('web:1'), kept[1]);
  assert.notEqual(share('web:0'), kept[0]);
});

const data = fc.jsonValue({ maxDepth: 3 });

test('equal is what has the same JSON, whatever the order of the keys', () => {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([key, child]) => [key, sorted(child)]),
    );
  };
  fc.assert(
    fc.property(data, data, (left, right) => {
      const areSame = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
      assert.equal(isEqual(left, right), areSame);
      assert.equal(isEqual(left, JSON.parse(JSON.stringify(left))), true);
    }),
    { numRuns: 1_000 },
  );
  assert.equal(isEqual({ a: 1, b: { c: ['x'] } }, { b: { c: ['x'] }, a: 1 }), true);
  for (const [left, right] of [
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [[1], { 0: 1 }],
    [null, {}],
    [[], {}],
    ['1', 1],
  ]) {
    assert.equal(isEqual(left, right), false);
  }
});

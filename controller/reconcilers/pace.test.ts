import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';

const cases: readonly (readonly [what: string, durationMs: number, waitMs: number])[] = [
  ['a quick one waits for nothing', 0.9, 0],
  ['one of 2 ms takes a tenth of a core', 2, 18],
  ['one of 10 ms too', 10, 90],
  ['none waits longer than a second', 500, 1_000],
];
for (const [what, durationMs, waitMs] of cases) {
  test(`after a reconcile of ${durationMs} ms: ${what}`, () => {
    const pace = new Pace<string>();
    pace.ran('web', durationMs, 100);
    assert.equal(Math.round(pace.waitMs('web', 100)), waitMs);
    assert.equal(pace.waitMs('other', 100), 0);
    assert.equal(pace.waitMs('web', 100 + waitMs), 0);
    assert.equal(pace.size, 0, 'nothing is kept of it afterwards');
  });
}

test('workloads that are never asked for again do not add up', () => {
  const pace = new Pace<string>();
  for (let index = 0; index < 100_000; index++) pace.ran(`gone-${index}`, 5, index * 10);
  assert.ok(pace.size <= 1_100, `${pace.size} are kept`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flappingOf, rememberRestarts } from './flapping.ts';
import type { TerminationFacts } from './kubernetes.ts';

const minute = 60_000;

function end(finishedAt: number, startedAt: number | null = null): TerminationFacts {
  return { exitCode: 1, signal: null, reason: 'Error', message: null, startedAt, finishedAt };
}

const cases: readonly (readonly [title: string, minutes: readonly number[], nowMinute: number, flaps: boolean])[] = [
  ['two restarts', [1, 2], 3, false],
  ['three within the window', [1, 8, 15], 16, true],
  ['three, the first too long ago', [1, 9, 17], 18, false],
  ['the hold, a moment before its end', [1, 2, 3], 17.99, true],
  ['the hold is over', [1, 2, 3], 18, false],
  ['the hold goes on with one more restart', [1, 2, 3, 17], 30, true],
];

for (const [title, minutes, nowMinute, flaps] of cases) {
  test(`flapping: ${title}`, () => {
    const memory = { count: minutes.length, increasedAt: minutes.map((at) => at * minute) };
    assert.equal(flappingOf(memory, nowMinute * minute) !== null, flaps);
  });
}

test('flapping names its start, its end and the restarts within the window', () => {
  const memory = { count: 9, increasedAt: [1, 2, 3, 17].map((at) => at * minute) };
  assert.deepEqual(flappingOf(memory, 20 * minute), { restarts: 1, sinceAt: 3 * minute, untilAt: 32 * minute });
});

test('a restart is remembered at the end of the last run', () => {
  const first = rememberRestarts(undefined, 1, end(5 * minute), true, 6 * minute);
  assert.deepEqual(first, { count: 1, increasedAt: [5 * minute] });
  const second = rememberRestarts(first, 2, end(9 * minute), true, 10 * minute);
  assert.deepEqual(second, { count: 2, increasedAt: [5 * minute, 9 * minute] });
  assert.deepEqual(rememberRestarts(second, 2, end(9 * minute), true, 11 * minute), second);
});

test('restarts that nobody saw count from the beginning of the last run', () => {
  const known = { count: 2, increasedAt: [1 * minute] };
  const later = rememberRestarts(known, 5, end(500 * minute, 400 * minute), true, 501 * minute);
  assert.deepEqual(later, { count: 5, increasedAt: [500 * minute] });
  assert.equal(flappingOf(later, 501 * minute), null);
});

test('at first sight of an old pod only its last restart has a time', () => {
  assert.deepEqual(rememberRestarts(undefined, 40, end(9 * minute), false, 10 * minute), {
    count: 40,
    increasedAt: [9 * minute],
  });
});

test('a count that fell belongs to another container of that name', () => {
  const known = { count: 7, increasedAt: [1 * minute, 2 * minute] };
  assert.deepEqual(rememberRestarts(known, 1, end(9 * minute), true, 10 * minute), {
    count: 1,
    increasedAt: [9 * minute],
  });
});

test('an illness that is over is forgotten, and memory stays small', () => {
  const known = { count: 3, increasedAt: [1, 2, 3].map((at) => at * minute) };
  assert.deepEqual(rememberRestarts(known, 3, null, true, 60 * minute), { count: 3, increasedAt: [] });
  let memory = { count: 0, increasedAt: [] as readonly number[] };
  for (let count = 1; count < 50; count += 1)
    memory = rememberRestarts(memory, count, end(count * minute), true, count * minute);
  assert.equal(memory.increasedAt.length, 8);
});

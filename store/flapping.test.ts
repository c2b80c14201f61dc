import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AvailabilityLevel } from '../health/verdict.ts';
import { availabilityCode, availabilityOf, firstSight, type StoredState, stateCode, stateOf } from './codes.ts';
import { flappingMs, type IntervalRow, mergeFlapping } from './flapping.ts';
import { addToTally, emptyTally, type StatusRow } from './uptime.ts';

const secondMs = 1_000;
const hourMs = 3_600_000;
const begin = Date.UTC(2026, 0, 1, 14);

const levels = {
  Healthy: 'full',
  Degraded: 'reduced',
  Down: 'none',
  Idle: 'notApplicable',
  Absent: 'notApplicable',
} as const;
type Word = keyof typeof levels;

/** Rows that follow each other, each with its length in seconds; the last one goes on. */
function history(...parts: readonly (readonly [Word, number])[]): IntervalRow[] {
  let fromAt = begin;
  let before: Word | null = null;
  return parts.map(([state, seconds]) => {
    const row: IntervalRow = {
      fromAt,
      state: stateCode(state),
      availability: availabilityCode(levels[state]),
      causeId: state === 'Healthy' ? null : stateCode(state),
      messageId: stateCode(state),
      previousState: before === null ? firstSight : stateCode(before),
    };
    fromAt += seconds * secondMs;
    before = state;
    return row;
  });
}

/** What the file holds afterwards. */
function merged(rows: readonly IntervalRow[], gaps: Parameters<typeof mergeFlapping>[1] = []): IntervalRow[] {
  const { removed, written } = mergeFlapping(rows, gaps);
  const byBegin = new Map(rows.map((row) => [row.fromAt, row]));
  for (const fromAt of removed) byBegin.delete(fromAt);
  for (const row of written) byBegin.set(row.fromAt, row);
  return [...byBegin.values()].sort((left, right) => left.fromAt - right.fromAt);
}

/** `+10 Down ←Healthy`: begin in seconds, state, and the state before where it is a transition. */
function told(rows: readonly IntervalRow[]): string[] {
  return rows.map(({ fromAt, state, previousState }) => {
    const before =
      previousState === null ? '' : previousState === firstSight ? ' ←first' : ` ←${stateOf(previousState)}`;
    return `+${(fromAt - begin) / secondMs} ${stateOf(state)}${before}`;
  });
}

const H = 'Healthy';
const D = 'Degraded';
const X = 'Down';

for (const [title, parts, expected] of [
  [
    'flapping is one interval of each availability, worst first',
    [
      [H, 100],
      [D, 10],
      [H, 20],
      [D, 10],
      [H, 20],
      [X, 5],
      [H, 100],
    ],
    ['+0 Healthy ←first', '+100 Down ←Healthy', '+105 Degraded ←Down', '+125 Healthy ←Degraded', '+165 Healthy'],
  ],
  [
    'a short outage between long intervals stays',
    [
      [H, 100],
      [X, 5],
      [H, 100],
    ],
    ['+0 Healthy ←first', '+100 Down ←Healthy', '+105 Healthy ←Down'],
  ],
  [
    'half a minute is not short',
    [
      [H, 30],
      [X, 30],
      [H, 30],
      [X, 30],
      [H, 100],
    ],
    ['+0 Healthy ←first', '+30 Down ←Healthy', '+60 Healthy ←Down', '+90 Down ←Healthy', '+120 Healthy ←Down'],
  ],
  [
    'a first sight stays one',
    [
      [H, 10],
      [X, 10],
      [H, 10],
      [X, 100],
    ],
    ['+0 Down ←first', '+10 Healthy ←Down', '+30 Down ←Healthy'],
  ],
  [
    'what is no fewer afterwards is left alone',
    [
      [H, 100],
      [D, 10],
      [X, 10],
      [H, 100],
    ],
    ['+0 Healthy ←first', '+100 Degraded ←Healthy', '+110 Down ←Degraded', '+120 Healthy ←Down'],
  ],
  [
    'a deletion ends a run and is not part of it',
    [
      [H, 10],
      [X, 10],
      [H, 10],
      ['Absent', 10],
      [H, 100],
    ],
    ['+0 Down ←first', '+10 Healthy ←Down', '+30 Absent ←Healthy', '+40 Healthy ←Absent'],
  ],
  [
    'the newest interval has no end yet',
    [
      [H, 10],
      [X, 10],
      [H, 10],
    ],
    ['+0 Healthy ←first', '+10 Down ←Healthy', '+20 Healthy ←Down'],
  ],
] as const satisfies readonly (readonly [string, readonly (readonly [Word, number])[], readonly string[]])[]) {
  test(title, () => assert.deepEqual(told(merged(history(...parts))), expected));
}

test('the cause and the message are those of the worst state', () => {
  const [, down] = merged(history([H, 100], [D, 5], [X, 5], [X, 5], [D, 5], [H, 100]));
  assert.deepEqual([down?.state, down?.causeId, down?.messageId], [stateCode(X), stateCode(X), stateCode(X)]);
});

test('a change of the availability alone is no transition before and none after', () => {
  const rows = history([H, 100], [D, 10], [D, 10], [D, 10], [D, 100]).map((row, index) =>
    index < 2
      ? row
      : { ...row, availability: availabilityCode(index % 2 === 0 ? 'full' : 'reduced'), previousState: null },
  );
  assert.deepEqual(told(merged(rows)), [
    '+0 Healthy ←first',
    '+100 Degraded ←Healthy',
    '+120 Degraded',
    '+130 Degraded',
  ]);
});

test('a re-creation in the middle of flapping keeps its mark', () => {
  const rows = history([H, 10], [X, 10], [H, 10], [X, 10], [H, 10], [X, 10], [H, 100]).map((row, index) =>
    index === 3 ? { ...row, previousState: firstSight } : row,
  );
  assert.deepEqual(told(merged(rows)), [
    '+0 Down ←first',
    '+10 Healthy ←Down',
    '+30 Down ←first',
    '+50 Healthy ←Down',
    '+60 Healthy',
  ]);
});

test('what touches time that nobody watched stays as it is', () => {
  const rows = history([H, 10], [X, 10], [H, 10], [X, 10], [H, 100]);
  assert.deepEqual(told(merged(rows, [{ from: begin + 15 * secondMs, to: begin + 25 * secondMs }])), told(rows));
});

/** Numbers below a bound from a seed, so that a failure can be run again. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

test('over random histories every full hour adds up to what it was, no row is left over, and none is told twice', () => {
  const words: readonly Word[] = ['Healthy', 'Degraded', 'Down', 'Idle', 'Absent'];
  for (let seed = 1; seed <= 100; seed += 1) {
    const below = numbersFrom(seed);
    const parts = Array.from(
      { length: 400 },
      () => [words[below(words.length)] ?? H, below(8) === 0 ? 1 + below(900) : 1 + below(40)] as const,
    );
    const rows = history(...parts);
    const gaps = Array.from({ length: 3 }, (_, index) => {
      const from = begin + (index * 2 + below(2)) * 1_000 * secondMs;
      return { from, to: from + below(300) * secondMs };
    });
    const after = merged(rows, gaps);
    const end = rows.at(-1)?.fromAt ?? begin;
    const statusRows = (from: readonly IntervalRow[]): StatusRow[] =>
      from.map(({ fromAt, state, availability }) => ({
        from: fromAt,
        state: stateOf(state) satisfies StoredState,
        availability: availabilityOf(availability) satisfies AvailabilityLevel,
        causeCode: null,
      }));
    for (let hour = begin; hour < end; hour += hourMs) {
      const sum = (from: readonly IntervalRow[]) =>
        addToTally(emptyTally(), statusRows(from), { gaps, until: end }, hour, Math.min(end, hour + hourMs));
      assert.deepEqual(sum(after), sum(rows), `seed ${seed}, hour ${(hour - begin) / hourMs}`);
    }
    assert.ok(after.length <= rows.length, `seed ${seed}`);
    assert.deepEqual(told(merged(after, gaps)), told(after), `seed ${seed}: a second look changes nothing`);
    assert.equal(after.at(-1)?.state, rows.at(-1)?.state, `seed ${seed}`);
  }
});

test('a workload that changes every ten seconds is a few rows an hour', () => {
  const rows = history(...Array.from({ length: 361 }, (_, index) => [index % 2 === 0 ? H : D, 10] as const));
  assert.ok(10 * secondMs < flappingMs);
  assert.equal(merged(rows).length, 3);
});

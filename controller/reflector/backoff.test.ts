import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Backoff, backOff, parkedDelayMs, restedBackoff } from './backoff.ts';

function delays(count: number, random: number): readonly number[] {
  const all: number[] = [];
  let backoff: Backoff = restedBackoff;
  for (let index = 0; index < count; index++) {
    const next = backOff(backoff, index, random);
    all.push(next.delayMs);
    backoff = next.backoff;
  }
  return all;
}

test('800 ms doubled up to 30 s, times one to two by chance', () => {
  assert.deepEqual(delays(8, 0), [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  assert.deepEqual(delays(3, 0.5), [1_200, 2_400, 4_800]);
  assert.ok(delays(20, 0.999_999).every((delay) => delay < 60_000));
});

test('after two minutes without a wait the next one is small again', () => {
  const { backoff } = backOff({ attempts: 6, lastAt: 0 }, 120_000, 0);
  assert.equal(backoff.attempts, 7);
  assert.equal(backOff({ attempts: 6, lastAt: 0 }, 120_001, 0).delayMs, 800);
});

test('Retry-After is a lower bound, and a mistake of a day is not believed', () => {
  assert.equal(backOff(restedBackoff, 0, 0, 5_000).delayMs, 5_000);
  assert.equal(backOff(restedBackoff, 0, 0, 10).delayMs, 800);
  assert.equal(backOff(restedBackoff, 0, 0, 86_400_000).delayMs, 600_000);
});

test('parked: 30 s, doubled up to 5 min, at most a tenth more', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 100].map((probes) => parkedDelayMs(probes, 0)),
    [30_000, 60_000, 120_000, 240_000, 300_000, 300_000],
  );
  assert.ok(parkedDelayMs(100, 0.999) < 330_000);
});

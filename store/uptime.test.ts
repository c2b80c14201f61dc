import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AvailabilityLevel } from '../health/verdict.ts';
import { dayMs, hourMs, minuteMs, noon } from '../test/fault/storage-fixtures.ts';
import type { StoredState } from './codes.ts';
import { HalfHours, halfHourMs } from './half-hours.ts';
import { limitSilenceMs, Observation } from './observation.ts';
import {
  addToTally,
  countsFor,
  emptyTally,
  intervalsOf,
  type StatusRow,
  uptimeOf,
  type WatchedTime,
} from './uptime.ts';

const row = (
  from: number,
  state: StoredState,
  availability: AvailabilityLevel = 'full',
  causeCode: string | null = null,
): StatusRow => ({ from, state, availability, causeCode });

const watchedTo = (until: number | null, gaps: WatchedTime['gaps'] = []): WatchedTime => ({ gaps, until });

test('intervals: the one in force at the beginning is cut, the one that goes on is open', () => {
  const rows = [
    row(noon - dayMs, 'Healthy'),
    row(noon + hourMs, 'Down', 'none', 'CrashLoop'),
    row(noon + 2 * hourMs, 'Healthy'),
  ];
  assert.deepEqual(intervalsOf(rows, watchedTo(noon + 3 * hourMs), noon, noon + 3 * hourMs), [
    { from: noon, to: noon + hourMs, state: 'Healthy', availability: 'full', causeCode: null },
    { from: noon + hourMs, to: noon + 2 * hourMs, state: 'Down', availability: 'none', causeCode: 'CrashLoop' },
    { from: noon + 2 * hourMs, to: null, state: 'Healthy', availability: 'full', causeCode: null },
  ]);
});

test('intervals: time without anybody watching is NotObserved, whatever changed in it', () => {
  const rows = [row(noon, 'Healthy'), row(noon + 2 * hourMs, 'Down', 'none')];
  const gaps = [{ from: noon + hourMs, to: noon + 3 * hourMs }];
  assert.deepEqual(intervalsOf(rows, watchedTo(noon + 4 * hourMs, gaps), noon, noon + 5 * hourMs), [
    { from: noon, to: noon + hourMs, state: 'Healthy', availability: 'full', causeCode: null },
    {
      from: noon + hourMs,
      to: noon + 3 * hourMs,
      state: 'NotObserved',
      availability: 'notApplicable',
      causeCode: null,
    },
    { from: noon + 3 * hourMs, to: noon + 4 * hourMs, state: 'Down', availability: 'none', causeCode: null },
    { from: noon + 4 * hourMs, to: null, state: 'NotObserved', availability: 'notApplicable', causeCode: null },
  ]);
});

test('intervals: between deletion and re-creation there is nothing', () => {
  const rows = [row(noon, 'Healthy'), row(noon + hourMs, 'Absent'), row(noon + 3 * hourMs, 'Progressing', 'none')];
  assert.deepEqual(
    intervalsOf(rows, watchedTo(noon + 4 * hourMs), noon - hourMs, noon + 4 * hourMs).map(({ from, to, state }) => [
      from - noon,
      to === null ? null : to - noon,
      state,
    ]),
    [
      [0, hourMs, 'Healthy'],
      [3 * hourMs, null, 'Progressing'],
    ],
  );
});

const ratios: readonly (readonly [
  title: string,
  rows: readonly StatusRow[],
  watched: WatchedTime,
  expected: ReturnType<typeof uptimeOf>,
])[] = [
  [
    'full, reduced and none are shares of the watched time',
    [row(noon, 'Healthy'), row(noon + 6 * hourMs, 'Degraded', 'reduced'), row(noon + 9 * hourMs, 'Down', 'none')],
    watchedTo(noon + 12 * hourMs),
    { availableRatio: 0.5, reducedRatio: 0.25, downRatio: 0.25, observedRatio: 1 },
  ],
  [
    'Progressing counts by its availability',
    [row(noon, 'Progressing', 'full'), row(noon + 6 * hourMs, 'Progressing', 'reduced')],
    watchedTo(noon + 12 * hourMs),
    { availableRatio: 0.5, reducedRatio: 0.5, downRatio: 0, observedRatio: 1 },
  ],
  [
    'Idle and Terminating count neither way',
    [
      row(noon, 'Healthy'),
      row(noon + 3 * hourMs, 'Idle', 'notApplicable'),
      row(noon + 9 * hourMs, 'Terminating', 'none'),
    ],
    watchedTo(noon + 12 * hourMs),
    { availableRatio: 1, reducedRatio: 0, downRatio: 0, observedRatio: 1 },
  ],
  [
    'a gap counts neither way and shows in the observed share',
    [row(noon, 'Healthy'), row(noon + 6 * hourMs, 'Down', 'none')],
    watchedTo(noon + 12 * hourMs, [{ from: noon + 3 * hourMs, to: noon + 9 * hourMs }]),
    { availableRatio: 0.5, reducedRatio: 0, downRatio: 0.5, observedRatio: 0.5 },
  ],
  [
    'a workload that is an hour old is judged by that hour',
    [row(noon + 11 * hourMs, 'Healthy')],
    watchedTo(noon + 12 * hourMs),
    { availableRatio: 1, reducedRatio: 0, downRatio: 0, observedRatio: 1 },
  ],
  [
    'nothing watched is nothing known',
    [row(noon, 'Healthy')],
    watchedTo(null),
    { availableRatio: null, reducedRatio: null, downRatio: null, observedRatio: 0 },
  ],
];
for (const [title, rows, watched, expected] of ratios) {
  test(`uptime: ${title}`, () => {
    assert.deepEqual(uptimeOf(addToTally(emptyTally(), rows, watched, noon, noon + 12 * hourMs)), expected);
  });
}

/** Numbers from a seed, so that a failure can be run again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

const words = ['Healthy', 'Down', 'Degraded', 'Idle', 'Absent', 'Progressing'] as const;
const levels = ['full', 'reduced', 'none', 'notApplicable'] as const;

test('tally, intervals and the half-hours agree with counting minute by minute, over random histories', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = seeded(seed);
    const start = Math.floor(noon / dayMs) * dayMs;
    const lengthMinutes = 1_440;
    const end = start + lengthMinutes * minuteMs;
    // Marks of observation with silences between them, and changes at whole minutes.
    const observation = new Observation(null, []);
    const gaps: { from: number; to: number }[] = [];
    const isStripExact = seed % 2 === 0;
    const rows: StatusRow[] = [row(start, 'Healthy')];
    observation.mark(start);
    const halfHours = new HalfHours(start, 'Healthy', 'full');
    for (let minute = 1; minute < lengthMinutes; minute += 1) {
      const at = start + minute * minuteMs;
      const isSilent = minute % 200 > 150 && seed % 3 !== 0;
      if (!isSilent) {
        const gap = observation.mark(at);
        if (gap !== null) gaps.push(gap);
      }
      // Where a silence begins the strip says up to a minute more than the file, which knows how it went on.
      if (random() < 0.02 && !(isStripExact && minute % 200 >= 150)) {
        const next = row(
          at,
          words[Math.floor(random() * words.length)] ?? 'Down',
          levels[Math.floor(random() * 4)] ?? 'none',
        );
        rows.push(next);
        halfHours.change(at, next.state, next.availability, observation);
      }
    }
    const last = observation.mark(end);
    if (last !== null) gaps.push(last);

    const expected = { ...emptyTally() };
    const judged = Array.from({ length: 48 }, () => 0);
    const seen = Array.from({ length: 48 }, () => new Set<StoredState>());
    for (let minute = 0; minute < lengthMinutes; minute += 1) {
      const at = start + minute * minuteMs;
      const current = rows.findLast(({ from }) => from <= at);
      if (current === undefined || current.state === 'Absent') continue;
      expected.existedMs += minuteMs;
      if (gaps.some(({ from, to }) => from <= at && at < to)) continue;
      expected.observedMs += minuteMs;
      const counts = countsFor(current.state, current.availability);
      if (counts !== null) expected[`${counts}Ms`] += minuteMs;
      const slot = Math.floor((at - start) / halfHourMs);
      if (counts !== null) judged[slot] = (judged[slot] ?? 0) + minuteMs;
      seen[slot]?.add(current.state);
    }
    const watched = watchedTo(end, gaps);
    const label = `seed ${seed}`;
    assert.deepEqual(addToTally(emptyTally(), rows, watched, start, end), expected, label);

    const told = intervalsOf(rows, watched, start, end);
    const watchedMs = told
      .filter(({ state }) => state !== 'NotObserved')
      .reduce((sum, { from, to }) => sum + (to ?? end) - from, 0);
    assert.equal(watchedMs, expected.observedMs, label);
    assert.ok(
      told.every(({ from, to }, index) => to === null || (from < to && to <= (told[index + 1]?.from ?? end))),
      `${label}: in order, without overlap`,
    );

    if (!isStripExact) continue;
    const strip = halfHours.strip(end - 1, observation);
    const judgedMs = expected.fullMs + expected.reducedMs + expected.noneMs;
    const ratio = judgedMs === 0 ? null : expected.fullMs / judgedMs;
    assert.equal(strip.uptime24h?.toFixed(5), ratio?.toFixed(5), label);
    const order = ['Down', 'Degraded', 'Progressing', 'Idle', 'Healthy'] as const;
    const letters = { Down: 'X', Degraded: 'D', Progressing: 'P', Idle: 'I', Healthy: 'H' } as const;
    const expectedStrip = seen.map((states) => {
      const worst = order.find((state) => states.has(state));
      return worst === undefined ? '-' : letters[worst];
    });
    assert.equal(strip.strip24h, expectedStrip.join(''), label);
  }
});

test('the strip: 48 half-hours of UTC, oldest first, stable within a half-hour unless the workload changes', () => {
  const observation = new Observation(null, []);
  const strip = new HalfHours(noon, 'Healthy', 'full');
  for (let at = noon; at <= noon + 91 * minuteMs; at += limitSilenceMs / 2) observation.mark(at);
  strip.change(noon + 40 * minuteMs, 'Down', 'none', observation);
  strip.change(noon + 50 * minuteMs, 'Healthy', 'full', observation);
  const first = strip.strip(noon + 91 * minuteMs, observation);
  assert.equal(first.strip24h, `${'-'.repeat(44)}HXHH`);
  assert.equal(first.uptime24h?.toFixed(4), (81 / 91).toFixed(4));
  for (let at = noon + 91 * minuteMs; at <= noon + 95 * minuteMs; at += limitSilenceMs / 2) observation.mark(at);
  assert.equal(strip.strip(noon + 94 * minuteMs, observation), first, 'the same object: no revision, no new ETag');
  strip.change(noon + 95 * minuteMs, 'Degraded', 'reduced', observation);
  assert.equal(strip.strip(noon + 95 * minuteMs, observation).strip24h, `${'-'.repeat(44)}HXHD`);
  for (let at = noon + 95 * minuteMs; at <= noon + dayMs; at += limitSilenceMs / 2) observation.mark(at);
  assert.equal(strip.strip(noon + dayMs, observation).strip24h, `XH${'D'.repeat(46)}`);
});

test('observation: silence beyond a minute and the time between two runs are gaps; time never runs backwards', () => {
  const observation = new Observation(null, []);
  assert.equal(observation.mark(noon), null);
  assert.equal(observation.mark(noon + 60_000), null, 'a minute is tolerated');
  assert.deepEqual(observation.mark(noon + 121_000), { from: noon + 60_000, to: noon + 121_000 });
  assert.equal(observation.mark(noon - hourMs), null, 'the clock was set back');
  assert.equal(observation.lastSeenAt, noon + 121_000);
  assert.equal(observation.watchedUntil(noon + 150_000), noon + 150_000);
  assert.equal(observation.watchedUntil(noon + 300_000), noon + 121_000);

  const restarted = new Observation(noon, []);
  assert.equal(restarted.watchedUntil(noon + 10_000), noon, 'nothing is watched before the first mark');
  assert.deepEqual(restarted.mark(noon + 10_000), { from: noon, to: noon + 10_000 });
});

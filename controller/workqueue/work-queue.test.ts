import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { backoffMs } from './rate-limiter.ts';
import * as queueModule from './work-queue.ts';
import type { Lane } from './work-queue.ts';

const { WorkQueue } = queueModule;

function newQueue() {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue<string>({ clock, onReady: () => undefined }) };
}

function takeAll(queue: queueModule.WorkQueue<string>): string[] {
  const taken: string[] = [];
  for (let key = queue.take(); key !== null; key = queue.take()) taken.push(key);
  return taken;
}

test('keys leave in the order in which they came, each once', () => {
  const { queue } = newQueue();
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
  assert.equal(queue.depth, 3);
  assert.deepEqual(takeAll(queue), ['a', 'b', 'c']);
});

test('a live key overtakes the initial flood, and the flood goes on behind it', () => {
  const { queue } = newQueue();
  for (const key of ['a', 'b', 'c']) queue.add(key, 'initial');
  queue.add('z');
  queue.add('c');
  assert.deepEqual(takeAll(queue), ['z', 'c', 'a', 'b']);
});

test('a key that is added while it is processed runs again after it is done, not beside itself', () => {
  const { queue } = newQueue();
  queue.add('a');
  assert.equal(queue.take(), 'a');
  queue.add('a');
  assert.equal(queue.take(), null);
  queue.done('a');
  assert.equal(queue.take(), 'a');
  queue.done('a');
  assert.equal(queue.take(), null);
});

test('of two delays the earlier one wins, whichever was asked for first', async () => {
  for (const delays of [
    [100, 20],
    [20, 100],
  ]) {
    const { clock, queue } = newQueue();
    for (const delay of delays) queue.addAfter('a', delay);
    await clock.advance(19);
    assert.equal(queue.take(), null);
    await clock.advance(1);
    assert.equal(queue.take(), 'a');
    queue.done('a');
    await clock.advance(1_000);
    assert.equal(queue.take(), null, 'the later delay of the same key is gone');
  }
});

test('a wall clock that jumps by an hour moves no delay', async () => {
  const { clock, queue } = newQueue();
  queue.addAfter('a', 1_000);
  clock.stepWallClock(3_600_000);
  await clock.advance(999);
  assert.equal(queue.take(), null);
  clock.stepWallClock(-7_200_000);
  await clock.advance(1);
  assert.equal(queue.take(), 'a');
});

test('failures wait 5 ms, 10 ms, 20 ms … 60 s, and forgetting starts anew', async () => {
  const { clock, queue } = newQueue();
  const waits: number[] = [];
  for (let failure = 0; failure < 16; failure++) {
    queue.addRateLimited('a');
    waits.push(clock.nextMs ?? -1);
    await clock.advance(clock.nextMs ?? 0);
    assert.equal(queue.take(), 'a');
    queue.done('a');
  }
  assert.deepEqual(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_240, 20_480, 40_960, 60_000, 60_000]);
  queue.forget('a');
  assert.equal(queue.failing, 0);
  queue.addRateLimited('a');
  assert.equal(clock.nextMs, 5);
  assert.equal(backoffMs(100_000), 60_000);
});

test('one timer serves all delayed keys, and none is left after the shutdown', async () => {
  const { clock, queue } = newQueue();
  for (let index = 0; index < 1_000; index++) queue.addAfter(`key-${index}`, 1_000 - index);
  assert.equal(clock.pending, 1);
  await queue.shutDown();
  assert.equal(clock.pending, 0);
  assert.equal(queue.delayed, 0);
});

test('the shutdown takes no new key and waits for the waiting and the processed ones', async () => {
  const { queue } = newQueue();
  queue.add('a');
  queue.add('b');
  assert.equal(queue.take(), 'a');
  let drained = false;
  const ended = queue.shutDown().then(() => {
    drained = true;
  });
  queue.add('c');
  queue.done('a');
  assert.equal(queue.take(), 'b');
  await Promise.resolve();
  assert.equal(drained, false);
  queue.done('b');
  await ended;
  assert.equal(queue.take(), null);
});

type Step =
  | { readonly type: 'add'; readonly key: string; readonly lane: Lane }
  | { readonly type: 'addAfter'; readonly key: string; readonly ms: number }
  | { readonly type: 'take' }
  /** Ends the oldest run. */
  | { readonly type: 'done'; readonly failed: boolean }
  | { readonly type: 'advance'; readonly ms: number };

const key = fc.constantFrom('a', 'b', 'c', 'd');
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ type: fc.constant('add'), key, lane: fc.constantFrom('live', 'initial') }),
    fc.record({ type: fc.constant('addAfter'), key, ms: fc.integer({ min: -1, max: 50 }) }),
    fc.constant({ type: 'take' }),
    fc.record({ type: fc.constant('done'), failed: fc.boolean() }),
    fc.record({ type: fc.constant('advance'), ms: fc.integer({ min: 0, max: 60 }) }),
  ),
  { maxLength: 60 },
);

/** The same queue in as few words as possible: lists instead of lanes, a search instead of a heap. */
class Model {
  waiting: { key: string; lane: Lane }[] = [];
  running: string[] = [];
  dirty = new Map<string, Lane>();
  delayed: { key: string; dueAt: number }[] = [];
  failures = new Map<string, number>();
  now = 0;

  add(key: string, lane: Lane): void {
    if (this.running.includes(key)) {
      this.dirty.set(key, this.dirty.get(key) === 'live' ? 'live' : lane);
      return;
    }
    const known = this.waiting.find((entry) => entry.key === key);
    if (known?.lane === 'live' || known?.lane === lane) return;
    this.waiting = [...this.waiting.filter((entry) => entry !== known), { key, lane }];
  }

  addAfter(key: string, ms: number): void {
    if (ms <= 0) return this.add(key, 'live');
    const dueAt = this.now + ms;
    const known = this.delayed.find((entry) => entry.key === key);
    if (known !== undefined && known.dueAt <= dueAt) return;
    this.delayed = [...this.delayed.filter((entry) => entry !== known), { key, dueAt }];
  }

  take(): string | null {
    const next = this.waiting.find((entry) => entry.lane === 'live') ?? this.waiting[0];
    if (next === undefined) return null;
    this.waiting = this.waiting.filter((entry) => entry !== next);
    this.running.push(next.key);
    return next.key;
  }

  done(failed: boolean): string | null {
    const key = this.running[0];
    if (key === undefined) return null;
    if (failed) {
      const failures = this.failures.get(key) ?? 0;
      this.failures.set(key, failures + 1);
      this.addAfter(key, backoffMs(failures));
    } else {
      this.failures.delete(key);
    }
    this.running.shift();
    const lane = this.dirty.get(key);
    this.dirty.delete(key);
    if (lane !== undefined) this.waiting.push({ key, lane });
    return key;
  }

  advance(ms: number): void {
    this.now += ms;
    const due = this.delayed.filter((entry) => entry.dueAt <= this.now).sort((l, r) => l.dueAt - r.dueAt);
    this.delayed = this.delayed.filter((entry) => entry.dueAt > this.now);
    for (const entry of due) this.add(entry.key, 'live');
  }
}

/** Invariants 16 and 18 to 22 of the engine's list, for any module that looks like the queue's. */
function agreesWithModel({ WorkQueue }: typeof queueModule): fc.IAsyncPropertyWithHooks<[Step[]]> {
  return fc.asyncProperty(steps, async (script) => {
    const clock = new FakeClock();
    const queue = new WorkQueue<string>({ clock, onReady: () => undefined });
    const model = new Model();
    const owed = new Set<string>();
    const runs = new Map<string, number>();
    const reasons = new Map<string, number>();
    const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

    const play = async (step: Step): Promise<void> => {
      switch (step.type) {
        case 'add':
          queue.add(step.key, step.lane);
          model.add(step.key, step.lane);
          owed.add(step.key);
          count(reasons, step.key);
          return;
        case 'addAfter':
          queue.addAfter(step.key, step.ms);
          model.addAfter(step.key, step.ms);
          owed.add(step.key);
          count(reasons, step.key);
          return;
        case 'take': {
          const running = [...model.running];
          const taken = queue.take();
          assert.equal(taken, model.take());
          if (taken === null) return;
          assert.ok(!running.includes(taken), `${taken} is processed twice at once`);
          if (!model.delayed.some((entry) => entry.key === taken)) owed.delete(taken);
          count(runs, taken);
          return;
        }
        case 'done': {
          const ended = model.done(step.failed);
          if (ended === null) return;
          if (step.failed) {
            queue.addRateLimited(ended);
            owed.add(ended);
            count(reasons, ended);
          } else {
            queue.forget(ended);
          }
          queue.done(ended);
          return;
        }
        case 'advance':
          await clock.advance(step.ms);
          model.advance(step.ms);
      }
    };

    for (const step of script) {
      await play(step);
      assert.equal(queue.depth, model.waiting.length);
      assert.equal(queue.delayed, model.delayed.length);
      const nextDueAt = Math.min(...model.delayed.map((entry) => entry.dueAt));
      assert.equal(clock.nextMs ?? Number.POSITIVE_INFINITY, nextDueAt - model.now, 'the timer is not on the next key');
    }
    // Whatever is still owed must have run once the time of every delay is over.
    for (let round = 0; round < 3; round++) {
      await play({ type: 'advance', ms: 60_001 });
      while (model.running.length > 0) await play({ type: 'done', failed: false });
      while (queue.depth > 0) {
        await play({ type: 'take' });
        await play({ type: 'done', failed: false });
      }
    }
    assert.deepEqual([...owed], [], 'an add was lost');
    for (const [key, times] of runs) assert.ok(times <= (reasons.get(key) ?? 0), `${key} ran more often than asked`);
    assert.equal(queue.failing, 0);
    assert.equal(clock.pending, 0);
  });
}

test('the queue does what its model says, whatever the order of adds, delays, runs and failures', async () => {
  await fc.assert(agreesWithModel(queueModule), { numRuns: 2_000 });
});

/** [what is broken, file, the text that is replaced, by what] */
const mutants: readonly (readonly [name: string, file: string, from: string, to: string])[] = [
  ['no requeue when dirty', 'work-queue.ts', 'if (lane !== undefined) {', 'if (lane === null) {'],
  [
    'timer lost',
    'work-queue.ts',
    'key = this.#delayed.takeDue(now)) this.add(key);\n    this.#armTimer();',
    'key = this.#delayed.takeDue(now)) this.add(key);',
  ],
  ['later delay wins', 'delay-heap.ts', 'known.dueAt <= dueAt', 'known.dueAt >= dueAt'],
  ['beside itself', 'work-queue.ts', 'if (this.#processing.has(key)) {', 'if (this.#processing.has(key) && false) {'],
  ['flood first', 'work-queue.ts', 'this.#live.size > 0 ?', 'this.#initial.size === 0 ?'],
  ['no backoff', 'rate-limiter.ts', 'this.#failures.set(key, failures + 1);', ''],
  ['failure never forgotten', 'rate-limiter.ts', 'this.#failures.delete(key);', ''],
];
for (const [name, file, from, to] of mutants) {
  test(`the properties find the mutant: ${name}`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'work-queue-mutant-'));
    try {
      for (const source of ['work-queue.ts', 'delay-heap.ts', 'rate-limiter.ts']) {
        const text = readFileSync(path.join(import.meta.dirname, source), 'utf8');
        if (source === file) assert.equal(text.split(from).length, 2, `the mutant's text stands once in ${file}`);
        writeFileSync(path.join(folder, source), source === file ? text.replace(from, to) : text);
      }
      const mutant = (await import(pathToFileURL(path.join(folder, 'work-queue.ts')).href)) as typeof queueModule;
      const outcome = await fc.check(agreesWithModel(mutant), { numRuns: 1_000, seed: 1 });
      assert.ok(outcome.failed, 'the mutant passes: the properties are too weak');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Registry } from 'prom-client';
import { FakeClock, settle } from '../../test/support/fake-clock.ts';
import { Executor, type RunResult } from './executor.ts';
import { WorkQueueMetrics } from './work-queue-metrics.ts';
import { WorkQueue } from './work-queue.ts';

const never: RunResult = { runAgainAfterMs: null };

interface Harness {
  readonly clock: FakeClock;
  readonly queue: WorkQueue<string>;
  readonly executor: Executor<string>;
  readonly failures: { key: string; failures: number; cause: unknown }[];
}

function start(
  concurrency: number,
  run: (key: string, signal: AbortSignal) => RunResult | Promise<RunResult>,
): Harness {
  const clock = new FakeClock();
  const failures: Harness['failures'] = [];
  const queue: WorkQueue<string> = new WorkQueue({ clock, onReady: () => executor.pump() });
  const executor = new Executor<string>({
    queue,
    concurrency,
    timeoutMs: 1_000,
    clock,
    run,
    onFailure: (key, count, cause) => failures.push({ key, failures: count, cause }),
  });
  executor.start();
  return { clock, queue, executor, failures };
}

/** Moves the clock from timer to timer, with time between for the runs that a timer lets start. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  const until = clock.monotonic() + ms;
  for (;;) {
    for (let turn = 0; turn < 4; turn++) await settle();
    const rest = until - clock.monotonic();
    if (rest <= 0) return;
    await clock.advance(Math.min(rest, clock.nextMs ?? rest));
  }
}

test('a key that fails for ever waits longer and longer and delays no other', async () => {
  const runs = { poison: 0, good: 0 };
  const { clock, queue, failures } = start(1, (key) => {
    if (key === 'poison') {
      runs.poison++;
      throw new Error('cannot be read');
    }
    runs.good++;
    return never;
  });
  queue.add('poison');
  for (let step = 0; step < 100; step++) {
    queue.add('good');
    await pass(clock, 100);
  }
  assert.equal(runs.good, 100);
  // 5 + 10 + … + 5120 ms is 10.2 s: ten retries fit into the ten seconds at most.
  assert.ok(runs.poison >= 8 && runs.poison <= 11, `${runs.poison} runs`);
  assert.equal(failures.at(-1)?.failures, runs.poison);
  assert.match(String(failures[0]?.cause), /cannot be read/);
});

test('a run that names a moment comes again at that moment', async () => {
  const at: number[] = [];
  const { clock, queue } = start(2, () => {
    at.push(clock.monotonic());
    return { runAgainAfterMs: at.length < 3 ? 30_000 : null };
  });
  queue.add('a');
  await pass(clock, 120_000);
  assert.deepEqual(at, [0, 30_000, 60_000]);
  assert.equal(clock.pending, 0);
});

test('an overdue run is told to stop and keeps its slot and its key until it has ended', async () => {
  let end = (): void => undefined;
  let signalled: unknown = null;
  let running = 0;
  const { clock, queue, failures } = start(1, async (_key, signal) => {
    assert.equal(++running, 1);
    signal.addEventListener('abort', () => (signalled = signal.reason));
    await new Promise<void>((resolve) => (end = resolve));
    running--;
    return never;
  });
  queue.add('slow');
  queue.add('next');
  await pass(clock, 1_000);
  assert.match(String(signalled), /still running after 1000 ms/);
  assert.equal(failures.length, 1);
  assert.equal(queue.depth, 1, 'the slot is not free');
  end();
  await pass(clock, 1);
  assert.equal(queue.depth, 0);
  end();
  await pass(clock, 1);
  assert.equal(running, 0);
});

test('a backlog that cannot be waited for is a failure of the run, and loses neither key nor slot', async () => {
  const clock = new FakeClock();
  const failures: unknown[] = [];
  let ran = 0;
  const queue: WorkQueue<string> = new WorkQueue({ clock, onReady: () => executor.pump() });
  const executor = new Executor<string>({
    queue,
    concurrency: 1,
    timeoutMs: 1_000,
    clock,
    backlog: () => (failures.length === 0 ? Promise.reject(new Error('the store is gone')) : null),
    run: () => {
      ran++;
      return never;
    },
    onFailure: (_key, _failures, cause) => failures.push(cause),
  });
  executor.start();
  queue.add('a');
  await pass(clock, 1_000);
  assert.deepEqual([ran, failures.map(String)], [1, ['Error: the store is gone']]);
});

test('a run waits while whoever takes what it makes is behind', async () => {
  const ran: string[] = [];
  const behind = Promise.withResolvers<void>();
  let isBehind = true;
  const clock = new FakeClock();
  const queue: WorkQueue<string> = new WorkQueue({ clock, onReady: () => executor.pump() });
  const executor = new Executor<string>({
    queue,
    concurrency: 2,
    timeoutMs: 1_000,
    clock,
    backlog: () => (isBehind ? behind.promise : null),
    run: (key) => {
      ran.push(key);
      return never;
    },
    onFailure: () => assert.fail('nothing fails here'),
  });
  executor.start();
  queue.add('a', 'live');
  await settle();
  assert.deepEqual(ran, []);
  isBehind = false;
  behind.resolve();
  await executor.stop();
  assert.deepEqual(ran, ['a']);
});

test('stopping lets the ready keys run, drops the delayed ones and leaves nothing behind', async () => {
  const ran: string[] = [];
  const { clock, queue, executor } = start(1, (key) => {
    ran.push(key);
    return { runAgainAfterMs: 10 };
  });
  for (const key of ['a', 'b', 'c']) queue.add(key);
  queue.addAfter('later', 500);
  await executor.stop();
  assert.deepEqual(ran, ['a', 'b', 'c']);
  queue.add('d');
  await pass(clock, 10_000);
  assert.deepEqual(ran, ['a', 'b', 'c']);
  assert.equal(clock.pending, 0);
});

test('at most C keys run at once, none beside itself, and every add is followed by a start', async () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const step = fc.oneof(
    fc.record({ type: fc.constant('add' as const), key, lane: fc.constantFrom('live' as const, 'initial' as const) }),
    fc.record({ type: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 40 }) }),
  );
  const duration = fc.record({ ms: fc.integer({ min: 0, max: 20 }), fails: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 40 }),
      fc.array(duration, { maxLength: 20 }),
      async (concurrency, script, durations) => {
        const running = new Set<string>();
        const owed = new Set<string>();
        const { clock, queue, executor } = start(concurrency, async (key, signal) => {
          assert.ok(!running.has(key), `${key} runs beside itself`);
          running.add(key);
          owed.delete(key);
          assert.ok(running.size <= concurrency, `${running.size} run at once`);
          const { ms, fails } = durations.shift() ?? { ms: 0, fails: false };
          if (ms > 0) await clock.sleep(ms, signal);
          running.delete(key);
          if (fails) throw new Error('fails');
          return never;
        });
        for (const step of script) {
          if (step.type === 'advance') {
            await pass(clock, step.ms);
          } else {
            owed.add(step.key);
            queue.add(step.key, step.lane);
          }
        }
        await pass(clock, 120_000);
        assert.deepEqual([...owed], []);
        await executor.stop();
        assert.equal(running.size, 0);
        assert.equal(clock.pending, 0);
      },
    ),
    { numRuns: 200 },
  );
});

test('the metrics carry the names and the numbers that client-go would write', async () => {
  const registry = new Registry();
  const clock = new FakeClock();
  const metrics = new WorkQueueMetrics(registry, 'workloads', clock);
  const queue = new WorkQueue<string>({ clock, onReady: () => undefined, observer: metrics });
  metrics.watch(queue);
  queue.add('a');
  queue.add('a');
  queue.add('b', 'initial');
  await pass(clock, 2_000);
  queue.take();
  await pass(clock, 3_000);
  queue.addRateLimited('a');
  const text = await registry.metrics();
  for (const line of [
    'workqueue_depth{name="workloads"} 1',
    'workqueue_adds_total{name="workloads"} 2',
    'workqueue_retries_total{name="workloads"} 1',
    'workqueue_queue_duration_seconds_sum{name="workloads"} 2',
    'workqueue_unfinished_work_seconds{name="workloads"} 3',
    'workqueue_longest_running_processor_seconds{name="workloads"} 3',
  ]) {
    assert.ok(text.includes(line), `${line} is missing in\n${text}`);
  }
  queue.done('a');
  assert.ok((await registry.metrics()).includes('workqueue_work_duration_seconds_sum{name="workloads"} 3'));
});

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type StepFunction, step } from '../../controller/reflector/state.ts';
import type { ServerTraits } from '../../simulator/api-server.ts';
import type { Fault } from '../../simulator/faults.ts';
import { type Bench, startBench } from './reflector-bench.ts';

/**
 * Any script of changes and faults, and then peace: the reflector's picture equals the server's, nothing was deleted
 * that is still there, and a stop leaves nothing behind. `MAINTENANT_TEST_SEED` repeats a run, `MODEL_RUNS` makes it
 * longer.
 */
const seed = Number(process.env['MAINTENANT_TEST_SEED'] ?? randomInt(2 ** 31));
const numRuns = Number(process.env['MODEL_RUNS'] ?? 150);

type Move =
  | { readonly move: 'create' | 'touch' | 'delete'; readonly pod: number }
  | { readonly move: 'pass'; readonly ms: number }
  | { readonly move: 'fault'; readonly fault: Fault }
  | { readonly move: 'traits'; readonly traits: Partial<ServerTraits> }
  | { readonly move: 'sinkFails'; readonly times: number }
  | { readonly move: 'endWatches' | 'compact' | 'advance' | 'rewind' | 'away' | 'back' };

const podNumber = fc.integer({ min: 0, max: 9 });
const position = { afterLines: fc.integer({ min: 0, max: 4 }), plusBytes: fc.constantFrom(0, 1, 40) };
const match = fc.constantFrom<Fault['match'][]>(
  {},
  { verb: 'watch' },
  { verb: 'list' },
  { initialEvents: true },
  { verb: 'watch', initialEvents: false },
  { verb: 'list', continued: true },
);
const garbage = fc.constantFrom(
  'no JSON',
  '{"type":"SURPRISE"}',
  '{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError","message":"inside"}}',
  '{"type":"ERROR","object":{"kind":"Status","code":429,"reason":"TooManyRequests","message":"inside"}}',
  '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"inside"}}',
  '{"type":"ADDED","object":{"metadata":null}}',
);
const action = fc.oneof(
  fc.record({
    type: fc.constant('answer' as const),
    code: fc.constantFrom(400, 401, 403, 404, 410, 418, 422, 429, 500, 503, 504),
    retryAfter: fc.constantFrom('1', '20', 'nonsense'),
  }),
  fc.record({ type: fc.constantFrom('refuse' as const, 'hang' as const) }),
  fc.record({ type: fc.constantFrom('reset' as const, 'close' as const, 'silence' as const), ...position }),
  fc.record({ type: fc.constant('insert' as const), line: garbage, ...position }),
  fc.record({ type: fc.constant('rechunk' as const), bytes: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ type: fc.constant('duplicate' as const) }),
  fc.record({
    type: fc.constant('dropBookmarks' as const),
    only: fc.constantFrom('all' as const, 'initialEventsEnd' as const),
  }),
);
/** Out of the past: only in a watch, where order is a promise. A lie in a first picture cannot be told from the truth. */
const ghost: fc.Arbitrary<Fault> = fc.constant({
  type: 'insert',
  line: '{"type":"MODIFIED","object":{"metadata":{"name":"pod-1","namespace":"shop","uid":"ghost","resourceVersion":"1"}}}',
  afterLines: 0,
  match: { verb: 'watch', initialEvents: false },
});
const fault: fc.Arbitrary<Fault> = fc
  .tuple(action, match, fc.integer({ min: 1, max: 4 }))
  .map(([what, when, times]) => ({ ...what, match: when ?? {}, times }));

const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      move: fc.constantFrom('create' as const, 'touch' as const, 'delete' as const),
      pod: podNumber,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      move: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 1, 900, 3_000, 61_000, 400_000),
    }),
  },
  { weight: 4, arbitrary: fault.map((value) => ({ move: 'fault' as const, fault: value })) },
  { weight: 1, arbitrary: ghost.map((value) => ({ move: 'fault' as const, fault: value })) },
  {
    weight: 3,
    arbitrary: fc.record({
      move: fc.constantFrom('endWatches' as const, 'compact' as const, 'advance' as const, 'rewind' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constantFrom('away' as const, 'back' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ move: fc.constant('sinkFails' as const), times: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        watchList: fc.constantFrom('on' as const, 'refused' as const),
        watchCache: fc.boolean(),
        ignoresLimit: fc.boolean(),
      })
      .map((traits) => ({ move: 'traits' as const, traits })),
  },
);

const scripts = fc.record({
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  moves: fc.array(moves, { maxLength: 40 }),
});

async function holds(
  script: { readonly random: number; readonly moves: readonly Move[] },
  machine: StepFunction,
): Promise<void> {
  const bench = await startBench({ synced: false, reflector: { step: machine, random: () => script.random } });
  try {
    bench.mirror.onDeleted = (key, uid) => {
      const [namespace = '', name = ''] = key.split('/');
      assert.notEqual(bench.cluster.store.get('pods', namespace, name)?.uid, uid, `${key} was deleted, but is there`);
    };
    for (const move of script.moves) await make(move, bench);

    bench.mirror.failures = 0;
    bench.cluster.api.faults.clear();
    bench.transport.reachable = true;
    bench.cluster.api.traits.denied = [];
    // Peace: the longest wait there is (an hour covers two silent watches and a park), while the cluster lives on.
    for (let minute = 0; minute < 60; minute++) {
      bench.cluster.store.advanceRevision();
      await bench.pass(60_000);
    }
    bench.assertEqual();
    assert.equal(bench.reflector.status().state, 'synced');
  } finally {
    await bench.stop();
  }
}

async function make(move: Move, bench: Bench): Promise<void> {
  const { store, api } = bench.cluster;
  switch (move.move) {
    case 'create':
      if (!store.get('pods', 'shop', `pod-${move.pod}`)) bench.pod(`pod-${move.pod}`);
      return;
    case 'touch':
      if (store.get('pods', 'shop', `pod-${move.pod}`)) bench.touch(`pod-${move.pod}`);
      return;
    case 'delete':
      store.delete('pods', 'shop', `pod-${move.pod}`);
      return;
    case 'pass':
      return bench.pass(move.ms);
    case 'fault':
      return api.faults.add(move.fault);
    case 'traits':
      Object.assign(api.traits, move.traits);
      return;
    case 'sinkFails':
      bench.mirror.failures = move.times;
      return;
    case 'endWatches':
      return api.endWatches();
    case 'compact':
      return store.compact();
    case 'advance':
      return store.advanceRevision(5);
    case 'rewind':
      // A backup is hours old. One that is overtaken before anybody looks cannot be told from the truth.
      return store.rewind(Math.ceil(store.revision / 2));
    case 'away':
      bench.transport.reachable = false;
      return;
    case 'back':
      bench.transport.reachable = true;
      return;
    default:
      move satisfies never;
  }
}

test('after any script of changes and faults the picture equals the server', async (context) => {
  context.diagnostic(`MAINTENANT_TEST_SEED=${seed} MODEL_RUNS=${numRuns}`);
  await fc.assert(
    fc.asyncProperty(scripts, (script) => holds(script, step)),
    { seed, numRuns },
  );
});

const mutants: Readonly<Record<string, StepFunction>> = {
  'the version moves before the sink took the event': (state, input, moment) => {
    const next = step(state, input, moment);
    if (input.type !== 'frame' || !('object' in input.frame) || state.phase.name !== 'watching') return next;
    return { ...next, state: { ...next.state, resourceVersion: input.frame.object.metadata.resourceVersion } };
  },
  'an incomplete list is committed': (state, input, moment) => {
    const broken = (input.type === 'failed' || input.type === 'ended') && state.resourceVersion !== null;
    if (!broken || (state.phase.name !== 'streaming' && state.phase.name !== 'listing'))
      return step(state, input, moment);
    return step({ ...state, phase: { name: 'streaming', version: '' } }, bookmark(state.resourceVersion), moment);
  },
  'a version from the past is taken for the future': (state, input, moment) => {
    // Without a version of its own the machine has nothing to compare with.
    const next = step(input.type === 'frame' ? { ...state, resourceVersion: null } : state, input, moment);
    return { ...next, state: { ...next.state, resourceVersion: next.state.resourceVersion ?? state.resourceVersion } };
  },
  'silence is never questioned': (state, input, moment) => step({ ...state, silentWatches: 0 }, input, moment),
  'an expired version is asked for again and again': (state, input, moment) => {
    const expired =
      (input.type === 'failed' && input.failure.kind === 'expired') ||
      (input.type === 'frame' && input.frame.type === 'error' && input.frame.error.code === 410);
    if (!expired || state.phase.name !== 'watching') return step(state, input, moment);
    return step(state, { type: 'failed', failure: { kind: 'broken', message: 'again', retryAfterMs: null } }, moment);
  },
};

function bookmark(resourceVersion: string | null) {
  return {
    type: 'frame',
    frame: { type: 'bookmark', resourceVersion: resourceVersion ?? '', initialEventsEnd: true },
  } as const;
}

for (const [name, machine] of Object.entries(mutants)) {
  test(`the property fails when ${name}`, async () => {
    // One seed for ever: that a random script finds it is not in question, only that the property can fail.
    const details = await fc.check(
      fc.asyncProperty(scripts, (script) => holds(script, machine)),
      { seed: 1, numRuns: 3_000, endOnFailure: true },
    );
    assert.ok(details.failed, 'a machine that is wrong passed');
  });
}

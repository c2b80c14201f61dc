import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tooManyRequests } from '../../simulator/faults.ts';
import { type BenchOptions, startBench } from './reflector-bench.ts';

// Stopping at any await: `stop` of the bench fails if a request, a watch or a timer is left.

const scenes: Readonly<Record<string, BenchOptions>> = {
  'the initial stream': {},
  'a list in pages': { pods: 501, traits: { watchList: 'refused', watchCache: false } },
  'a wait after 429': { prepare: ({ api }) => api.faults.add({ ...tooManyRequests, times: 0 }) },
  'a resource that is forbidden': { traits: { denied: [{ resource: 'pods' }] } },
  'a server that does not answer': { prepare: ({ api }) => api.faults.add({ type: 'hang', times: 0 }) },
  'a stream that is silent in the middle': {
    prepare: ({ api }) => api.faults.add({ type: 'silence', afterLines: 1, times: 0, match: { verb: 'watch' } }),
  },
  'a count audit that gets no answer': {
    prepare: ({ api }) => api.faults.add({ type: 'hang', times: 0, match: { verb: 'list' } }),
  },
  'a sink that throws': {
    reflector: {
      sink: () => {
        throw new Error('the sink is full');
      },
    },
  },
};

for (const [title, scene] of Object.entries(scenes)) {
  test(`${title}: stopped after any number of turns nothing is left`, async () => {
    for (let turns = 0; turns < 60; turns++) {
      const bench = await startBench({ ...scene, synced: false });
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await bench.stop();
    }
  });

  test(`${title}: stopped after any time nothing is left`, async () => {
    // A wait, a park, an idle limit, a whole watch, an audit and its repetition.
    for (const ms of [0, 1, 800, 31_000, 150_000, 600_000, 1_800_000, 1_830_000]) {
      const bench = await startBench({
        ...scene,
        synced: false,
        reflector: { ...scene.reflector, countObjects: () => 7 },
      });
      await bench.pass(ms);
      await bench.stop();
      bench.requests();
      await bench.pass(3_600_000);
      assert.deepEqual(bench.requests(), [], 'it asks for more after it was stopped');
    }
  });
}

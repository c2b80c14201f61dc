import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { State } from '../../health/workload.ts';
import { type BoardSentence, boardSentence } from './board-sentence.ts';
import { sampleWorkload } from './sample-workloads.ts';

const inStates = (...states: readonly State[]) => states.map((state) => sampleWorkload({ state }));

describe('the sentence of the Board', () => {
  const cases: readonly (readonly [what: string, states: readonly State[], said: Partial<BoardSentence>])[] = [
    ['nothing is not healthy', [], { type: 'nothing' }],
    ['all healthy', ['Healthy', 'Healthy'], { type: 'healthy', total: 2 }],
    ['idle is settled', ['Idle', 'Healthy'], { type: 'settled', total: 2 }],
    ['one unreadable among healthy ones', ['Unknown', 'Healthy'], { type: 'unreadable', unreadable: 1, total: 2 }],
    ['all unreadable', ['Unknown', 'Unknown'], { type: 'unreadable', unreadable: 2, total: 2 }],
    ['broken outranks unreadable', ['Down', 'Unknown'], { type: 'attention', broken: 1, unreadable: 1, total: 2 }],
  ];
  for (const [what, states, said] of cases) {
    it(what, () => {
      const sentence = boardSentence(inStates(...states));
      for (const [name, value] of Object.entries(said)) {
        assert.deepEqual(Object.entries(sentence).find(([key]) => key === name)?.[1], value, name);
      }
    });
  }

  it('names the first of the broken ones', () => {
    const workloads = inStates('Down', 'Degraded');
    const sentence = boardSentence(workloads);
    assert.equal(sentence.type === 'attention' ? sentence.worst : null, workloads[0]);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compareRows, RowChanges, type RowHashes } from './row-changes.ts';

/** What happens to the rows of one workload: new contents, and a disk that takes or refuses what is in flight. */
type Step =
  | { readonly type: 'rows'; readonly rows: Readonly<Record<string, number>> }
  | { readonly type: 'remove' }
  | { readonly type: 'send' }
  | { readonly type: 'commit' }
  | { readonly type: 'refuse' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant('rows' as const),
    rows: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 2 })),
  }),
  fc.record({ type: fc.constantFrom('remove' as const, 'send' as const, 'commit' as const, 'refuse' as const) }),
);

/** The way of the write queue, with a map for the table of the file. */
class Model {
  readonly disk = new Map<string, string>();
  truth: Readonly<Record<string, number>> = {};
  #accepted: RowHashes | undefined;
  #pending: RowChanges | null = null;
  #inFlight: RowChanges | null = null;
  written = 0;

  run(next: Step): void {
    switch (next.type) {
      case 'rows': {
        const found = compareRows(
          this.#accepted,
          Object.entries(next.rows).map(([id, value]) => [id, { value }] as const),
        );
        this.#pending ??= new RowChanges();
        this.#pending.add(found);
        this.#accepted = found.hashes;
        this.truth = next.rows;
        return;
      }
      case 'remove':
        this.#pending ??= new RowChanges();
        this.#pending.clear();
        this.#accepted = undefined;
        this.truth = {};
        return;
      case 'send':
        if (this.#inFlight !== null) return;
        this.#inFlight = this.#pending;
        this.#pending = null;
        return;
      case 'commit':
        if (this.#inFlight !== null) this.#write(this.#inFlight);
        this.#inFlight = null;
        return;
      case 'refuse':
        if (this.#inFlight === null) return;
        this.#pending = this.#pending === null ? this.#inFlight : this.#inFlight.followedBy(this.#pending);
        this.#inFlight = null;
        return;
      default: {
        const impossible: never = next;
        throw new Error(`unknown step ${JSON.stringify(impossible)}`);
      }
    }
  }

  #write(changes: RowChanges): void {
    const { clear, deletes, upserts } = changes.toWrite();
    if (clear) this.disk.clear();
    for (const id of deletes) this.disk.delete(id);
    for (const [id, content] of upserts) this.disk.set(id, content);
    this.written += deletes.length + upserts.length;
  }
}

test('whatever the disk takes or refuses, in the end it has the newest rows and no others', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const model = new Model();
      for (const next of steps) model.run(next);
      for (const type of ['commit', 'send', 'commit'] as const) model.run({ type });
      const expected = Object.entries(model.truth).map(([id, value]) => [id, JSON.stringify({ value })]);
      assert.deepEqual(new Map(model.disk), new Map(expected.map(([id, content]) => [id ?? '', content ?? ''])));
    }),
    { numRuns: 2_000 },
  );
});

test('a pod that comes and goes while the disk refuses leaves nothing to write', () => {
  const model = new Model();
  for (let round = 0; round < 50; round += 1) {
    model.run({ type: 'rows', rows: { [`pod-${round}`]: 1 } });
    model.run({ type: 'send' });
    model.run({ type: 'refuse' });
  }
  model.run({ type: 'rows', rows: {} });
  for (const type of ['send', 'commit'] as const) model.run({ type });
  assert.equal(model.written, 0);
});

test('unchanged rows are no difference, and their order is told', () => {
  const first = compareRows(undefined, [
    ['a', { n: 1 }],
    ['b', { n: 2 }],
  ]);
  const second = compareRows(first.hashes, [
    ['b', { n: 2 }],
    ['a', { n: 1 }],
  ]);
  assert.equal(second.isEmpty, true);
  assert.deepEqual([...second.hashes.keys()], ['b', 'a']);
});

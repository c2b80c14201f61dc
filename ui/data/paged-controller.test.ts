import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PagedController } from './paged-controller.ts';

const host = { addController() {}, removeController() {}, requestUpdate() {}, updateComplete: Promise.resolve(true) };

/** Two pages, `a` and `b`; every read is written down with its cursor. */
function pages() {
  const reads: (string | null)[] = [];
  const read = async (cursor: string | null) => {
    reads.push(cursor);
    return cursor === null ? { items: ['a'], nextCursor: 'next' } : { items: ['b'], nextCursor: null };
  };
  return { reads, read };
}

/** Every promise that is settled by now has run its continuations. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a list is read once, and again when its workload is touched', async () => {
  const { reads, read } = pages();
  const controller = new PagedController<string>(host);
  controller.ask('web', read, 3);
  controller.ask('web', read, 3);
  await settled();
  assert.deepEqual(reads, [null]);
  controller.ask('web', read, 4);
  await settled();
  assert.deepEqual(reads, [null, null]);
  assert.deepEqual(controller.state.items, ['a']);
});

test('a list whose reader went beyond the first page stays as it is', async () => {
  const { reads, read } = pages();
  const controller = new PagedController<string>(host);
  controller.ask('web', read);
  await settled();
  controller.more();
  await settled();
  controller.ask('web', read, 1);
  await settled();
  assert.deepEqual(reads, [null, 'next']);
  assert.deepEqual(controller.state.items, ['a', 'b']);
});

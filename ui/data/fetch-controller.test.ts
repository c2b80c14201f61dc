import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FetchController } from './fetch-controller.ts';

const host = { addController() {}, removeController() {}, requestUpdate() {}, updateComplete: Promise.resolve(true) };

/** Every promise that is settled by now has run its continuations. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a question is asked once, however often the workload was touched before', async () => {
  const controller = new FetchController<number>(host);
  let asked = 0;
  const fetch = async (): Promise<number> => (asked += 1);
  controller.ask('web', fetch, 3);
  controller.ask('web', fetch, 3);
  await settled();
  assert.equal(asked, 1);
  assert.equal(controller.state.value, 1);
});

test('a touch asks the same question again and keeps the answer meanwhile', async () => {
  const controller = new FetchController<number>(host);
  let asked = 0;
  const fetch = async (): Promise<number> => (asked += 1);
  controller.ask('web', fetch, 3);
  await settled();
  controller.ask('web', fetch, 4);
  assert.deepEqual(controller.state, { value: 1, error: null, loading: true });
  await settled();
  assert.deepEqual(controller.state, { value: 2, error: null, loading: false });
});

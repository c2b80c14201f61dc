import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from './failure.ts';
import { type Effect, type Input, initialState, type Moment, type Phase, type ReflectorState, step } from './state.ts';

// One step at a time; what the steps amount to against a server is in test/fault.

const moment: Moment = { now: 1_000_000, monotonic: 500_000, random: 0.5 };
const version = { major: 1, minor: 36, gitVersion: 'v1.36.3' };
const watching: Phase = { name: 'watching', open: true, again: false, since: 0, connectedAt: 0, sawFrames: true };
const synced: ReflectorState = { ...initialState, resourceVersion: '100', phase: watching };
const object = (resourceVersion: string) => ({ metadata: { name: 'web', uid: 'u', resourceVersion }, raw: {} });
const failed = (kind: Failure['kind'], retryAfterMs: number | null = null): Input => ({
  type: 'failed',
  failure: { kind, message: `it was ${kind}`, retryAfterMs },
});

function after(
  state: ReflectorState,
  ...inputs: readonly Input[]
): { readonly state: ReflectorState; readonly effects: readonly Effect[] } {
  let effects: readonly Effect[] = [];
  for (const input of inputs) ({ state, effects } = step(state, input, moment));
  return { state, effects: effects.filter((effect) => effect.type !== 'log' && effect.type !== 'count') };
}

test('the version moves when the sink took the event, not when the event came', () => {
  const came = after(synced, { type: 'frame', frame: { type: 'modified', object: object('101') } });
  assert.deepEqual(came.effects, [{ type: 'emit', event: { type: 'apply', object: object('101') } }]);
  assert.equal(came.state.resourceVersion, '100');
  assert.equal(after(came.state, { type: 'applied', resourceVersion: '101' }).state.resourceVersion, '101');
});

test('a first picture is complete only at the end bookmark, and the version is its', () => {
  const streaming = after(initialState, { type: 'start' }, { type: 'version', version }, { type: 'opened' });
  assert.deepEqual(streaming.effects, [{ type: 'emit', event: { type: 'init' } }]);
  const collected = after(
    streaming.state,
    { type: 'frame', frame: { type: 'added', object: object('7') } },
    { type: 'frame', frame: { type: 'bookmark', resourceVersion: '90', initialEventsEnd: false } },
  );
  assert.deepEqual(collected.effects, []);
  const ended = after(collected.state, {
    type: 'frame',
    frame: { type: 'bookmark', resourceVersion: '100', initialEventsEnd: true },
  });
  assert.deepEqual(ended.effects, [{ type: 'emit', event: { type: 'initDone', resourceVersion: '100' } }]);
  assert.equal(ended.state.resourceVersion, null);
  const taken = after(ended.state, { type: 'applied', resourceVersion: '100' });
  assert.deepEqual([taken.state.phase.name, taken.state.resourceVersion, taken.effects], ['watching', '100', []]);
});

test('a delete inside the initial stream touches only what was collected', () => {
  const streaming = after(initialState, { type: 'start' }, { type: 'version', version }, { type: 'opened' });
  const { effects } = after(streaming.state, { type: 'frame', frame: { type: 'deleted', object: object('7') } });
  assert.deepEqual(effects, [{ type: 'emit', event: { type: 'initDelete', object: object('7') } }]);
});

const answers: readonly (readonly [Failure['kind'], Phase['name'], string])[] = [
  ['expired', 'waiting', 'sync'],
  ['tooLargeResourceVersion', 'preparing', ''],
  ['tooManyRequests', 'waiting', 'watch'],
  ['server', 'waiting', 'watch'],
  ['internalError', 'waiting', 'watch'],
  ['unauthorized', 'waiting', 'watch'],
  ['unreachable', 'waiting', 'watch'],
  ['broken', 'waiting', 'watch'],
  ['undecodable', 'waiting', 'watch'],
  ['idle', 'watching', ''],
  ['deadline', 'watching', ''],
  ['forbidden', 'parked', ''],
  ['notFound', 'parked', ''],
  ['invalid', 'waiting', 'sync'],
  ['other', 'waiting', 'sync'],
];

for (const [kind, phase, next] of answers) {
  test(`a watch that fails with ${kind} goes to ${phase} ${next}, and keeps the version and the picture`, () => {
    const { state, effects } = after(synced, failed(kind));
    assert.equal(state.phase.name, phase);
    if (state.phase.name === 'waiting') assert.equal(state.phase.next, next);
    assert.equal(state.resourceVersion, '100');
    assert.ok(effects.every((effect) => effect.type !== 'emit'));
  });
}

test('one command a step, never two', () => {
  const commands = new Set(['readVersion', 'list', 'watch', 'probe', 'wait']);
  for (const [kind] of answers) {
    const { effects } = after(synced, failed(kind));
    assert.equal(effects.filter((effect) => commands.has(effect.type)).length, 1, kind);
  }
});

test('what arrives after a stream was given up changes nothing', () => {
  const { state } = after(synced, failed('broken'));
  for (const input of [
    { type: 'frame', frame: { type: 'added', object: object('200') } },
    { type: 'item', item: { type: 'item', object: object('200') } },
    { type: 'ended' },
    { type: 'opened' },
    { type: 'applied', resourceVersion: '200' },
    { type: 'probed', resourceVersion: '1' },
  ] satisfies readonly Input[]) {
    assert.deepEqual(after(state, input), { state, effects: [] }, input.type);
  }
});

test('watches and lists wait by their own measure, never less than Retry-After', () => {
  const { effects } = after(synced, failed('tooManyRequests', 9_000));
  assert.deepEqual(effects, [{ type: 'wait', delayMs: 9_000 }]);
  const tired = { ...synced, watchBackoff: { attempts: 5, lastAt: 499_000 } };
  assert.deepEqual(after(tired, failed('broken')).effects, [{ type: 'wait', delayMs: 38_400 }]);
  assert.deepEqual(after(tired, failed('expired')).effects, [{ type: 'wait', delayMs: 1_200 }]);
});

test('a version is compared as a number of any size', () => {
  const large = { ...synced, resourceVersion: '9007199254740993' };
  const older = after(large, { type: 'frame', frame: { type: 'modified', object: object('9007199254740992') } });
  assert.deepEqual([older.state.phase.name, older.state.consistent], ['waiting', true]);
  const newer = after(large, { type: 'frame', frame: { type: 'modified', object: object('9007199254740994') } });
  assert.equal(newer.state.phase.name, 'watching');
});

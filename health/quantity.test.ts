import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuantity, resourcesOf } from './quantity.ts';

const readable: readonly (readonly [text: string, value: number])[] = [
  ['0', 0],
  ['1', 1],
  ['500m', 0.5],
  ['100m', 0.1],
  ['1500m', 1.5],
  ['250u', 0.000_25],
  ['1n', 1e-9],
  ['0.5', 0.5],
  ['.5', 0.5],
  ['5.', 5],
  ['+2', 2],
  ['-1', -1],
  ['2k', 2000],
  ['1M', 1e6],
  ['1G', 1e9],
  ['1E', 1e18],
  ['1e3', 1000],
  ['1E3', 1000],
  ['12e-1', 1.2],
  ['1Ki', 1024],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['512Mi', 536_870_912],
];

for (const [text, value] of readable) {
  test(`quantity ${text} is ${value}`, () => assert.equal(parseQuantity(text), value));
}

for (const text of ['', 'm', 'Gi', '1 Gi', 'lots', '1GiB', '0x10', 'Infinity', '1e999', '--1', '1ki']) {
  test(`quantity ${JSON.stringify(text)} is unreadable`, () => assert.equal(parseQuantity(text), null));
}

test('resources that are not set are null, never zero', () => {
  assert.deepEqual(resourcesOf({}), { cpuCores: null, memoryBytes: null });
  assert.deepEqual(resourcesOf({ cpu: '100m' }), { cpuCores: 0.1, memoryBytes: null });
  assert.deepEqual(resourcesOf({ cpu: 'x', memory: '0' }), { cpuCores: null, memoryBytes: 0 });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parsePodUsage } from './pod-usage.ts';

const item = {
  metadata: { namespace: 'shop', name: 'web-1' },
  timestamp: '2026-01-01T00:00:00Z',
  window: '15s',
  containers: [
    { name: 'app', usage: { cpu: '250000000n', memory: '128Mi' } },
    { name: 'proxy', usage: { cpu: '3m', memory: '2048Ki' } },
  ],
};

test('cores and bytes are read from the amounts of metrics-server', () => {
  assert.deepEqual(parsePodUsage(item), {
    namespace: 'shop',
    name: 'web-1',
    sampledAt: Date.UTC(2026, 0, 1),
    containers: [
      { name: 'app', cpuCores: 0.25, memoryBytes: 134_217_728 },
      { name: 'proxy', cpuCores: 0.003, memoryBytes: 2_097_152 },
    ],
  });
});

for (const [what, broken] of [
  ['an amount that is none', { ...item, containers: [{ name: 'app', usage: { cpu: 'much', memory: '1Mi' } }] }],
  ['a container without memory', { ...item, containers: [{ name: 'app', usage: { cpu: '1m' } }] }],
  ['no containers', { ...item, containers: [] }],
  ['no name', { ...item, metadata: { namespace: 'shop' } }],
  ['no object', 'text'],
] as const) {
  test(`${what} gives no sample rather than half of one`, () => {
    assert.equal(parsePodUsage(broken), null);
  });
}

test('any JSON is taken', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => void parsePodUsage(value)));
});

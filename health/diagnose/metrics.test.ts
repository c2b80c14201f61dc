import assert from 'node:assert/strict';
import test from 'node:test';
import type { UsageFacts } from '../kubernetes.ts';
import { diagnoseUsage } from './metrics.ts';
import { ago, container, noon, podSpec, readyPod } from './test/facts.ts';

const limited = readyPod({ spec: podSpec({ containers: [container({ limits: { cpu: '500m', memory: '1Gi' } })] }) });
const mebi = 2 ** 20;

function usage(cpuCores: number, memoryBytes: number, options: Partial<UsageFacts> = {}): UsageFacts {
  return { podUid: null, podName: 'web-1', container: 'app', cpuCores, memoryBytes, sampledAt: ago(10), ...options };
}

test('J31: one sample is information, a minute of them a warning', () => {
  const samples = [usage(0.1, 990 * mebi)];
  const [first] = diagnoseUsage([limited], samples, {}, noon);
  assert.deepEqual(
    [first?.code, first?.severity, first?.message],
    [
      'MemoryNearLimit',
      'info',
      'Container app of pod web-1 uses over 95 % of its memory limit of 1Gi: at the limit it is killed',
    ],
  );
  assert.equal(first?.evidence[0]?.text, '990Mi of 1Gi');
  const [later] = diagnoseUsage([limited], samples, { causeSeenAt: { MemoryNearLimit: ago(60) } }, noon);
  assert.equal(later?.severity, 'warning');
});

test('J32: CPU at its limit', () => {
  const [note] = diagnoseUsage([limited], [usage(0.5, mebi)], { causeSeenAt: { CpuAtLimit: ago(60) } }, noon);
  assert.deepEqual(
    [note?.code, note?.severity, note?.message],
    [
      'CpuAtLimit',
      'warning',
      'Container app of pod web-1 uses all of its cpu limit of 500m: it is probably throttled, and its probes with it',
    ],
  );
});

test('the message does not change with every sample', () => {
  const message = (bytes: number): string | undefined =>
    diagnoseUsage([limited], [usage(0, bytes)], {}, noon)[0]?.message;
  assert.equal(message(925 * mebi), message(960 * mebi));
});

test('nothing to say: below, without a limit, of another pod, without metrics', () => {
  assert.deepEqual(diagnoseUsage([limited], [usage(0.1, 900 * mebi)], {}, noon), []);
  const free = readyPod({ spec: podSpec({ containers: [container({ limits: {} })] }) });
  assert.deepEqual(diagnoseUsage([free], [usage(9, 9000 * mebi)], {}, noon), []);
  assert.deepEqual(
    diagnoseUsage([limited], [usage(1, 2000 * mebi, { podUid: 'uid-of-its-predecessor' })], {}, noon),
    [],
  );
  assert.deepEqual(diagnoseUsage([limited], [], {}, noon), []);
});

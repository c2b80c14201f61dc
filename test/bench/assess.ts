/**
 * Assessments per second of one Deployment with 10, 100 and 1,000 pods, healthy and with one pod in ten crashing.
 * One JSON line per case; facts come out of the cache as in the product.
 *
 *     scripts/bench assess [--milliseconds 1000]
 */
import { parseArgs } from 'node:util';
import { assess } from '../../health/assess.ts';
import type { Remembered } from '../../health/verdict.ts';
import { crashLoopBackOff } from '../cluster/kubelet-status.ts';
import { inputOf, reported } from '../health/assessed.ts';
import { agoMs, deployment, noon, pod, replicaSet } from '../health/objects.ts';

const { values } = parseArgs({ options: { milliseconds: { type: 'string', default: '1000' } } });
const milliseconds = Number(values.milliseconds);
if (!(milliseconds > 0)) throw new RangeError(`--milliseconds ${values.milliseconds}: a number above 0 is needed`);

for (const pods of [10, 100, 1000]) {
  for (const crashing of [0, pods / 10]) print(pods, crashing);
}

function print(pods: number, crashing: number): void {
  const objects = Array.from({ length: pods }, (_, index) => {
    const healthy = pod(`web-1-${index}`, { node: `node-${index % 20}` });
    return index < crashing
      ? reported(healthy, (one) => crashLoopBackOff(one, { at: agoMs(60), restarts: 4 }))
      : [healthy];
  });
  const input = inputOf([
    deployment({ replicas: pods, status: { readyReplicas: pods - crashing, availableReplicas: pods - crashing } }),
    replicaSet('web-1'),
    ...objects.flat(),
  ]);
  let remembered: Remembered = {};
  let assessments = 0;
  // Warm: the compiler needs some thousand calls to settle.
  for (let index = 0; index < 20_000 / pods; index += 1) remembered = assess(input, remembered, noon).remembered;
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  while (performance.now() - startedAt < milliseconds) {
    for (let index = 0; index < 20; index += 1) remembered = assess(input, remembered, noon).remembered;
    assessments += 20;
  }
  const perSecond = Math.round((assessments * 1000) / (performance.now() - startedAt));
  const { user, system } = process.cpuUsage(cpuBefore);
  // On a machine that others use, processor time says more than the clock; the collector's threads are in it.
  const microsecondsOfCpuEach = Math.round(((user + system) / assessments) * 10) / 10;
  const line = { bench: 'assess', kind: 'Deployment', pods, crashing, perSecond, microsecondsOfCpuEach };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

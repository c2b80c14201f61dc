/**
 * `scripts/bench idle`: what 9,920 healthy pods cost while nothing happens: processor time, memory, and requests to the
 * API server. Bookmarks come every minute and the metrics of all pods are asked for as in production. Then the same with
 * an open page, which must not ask the API server for anything.
 *
 *     scripts/bench idle [--minutes 2]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProduct } from '../support/product.ts';
import { openDeltaStream } from './delta-stream.ts';
import { startFleet, tenThousandPods } from './fleet/fleet.ts';
import { containerLimits, cpuMsOf, memoryOf, monotonicMs } from './machine.ts';
import { untilComplete } from './picture.ts';
import { printResult } from './result.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '2' } } });
const minutes = Number(values.minutes);
/** The first picture's garbage, the templates and the first metrics are past by then. */
const settleMs = 60_000;

await using fleet = await startFleet(tenThousandPods);
await using product = await startProduct({
  environment: { KUBECONFIG: fleet.kubeconfigPath, ...containerLimits().environment },
});
await untilComplete(product, tenThousandPods.workloads);
await sleep(settleMs);

for (const page of [false, true]) {
  const stream = page ? await openDeltaStream(product.url, () => undefined) : null;
  await fleet.requests();
  const startedAt = monotonicMs();
  const cpuBefore = cpuMsOf(product.pid);
  await sleep(minutes * 60_000);
  const elapsedMs = monotonicMs() - startedAt;
  const cpuMs = cpuMsOf(product.pid) - cpuBefore;
  const requests = await fleet.requests();
  stream?.close();

  const name = `idle with ${fleet.pods} pods${page ? ', a page open' : ''}`;
  const report = (what: string, value: number, unit: string, reference: number | null): void =>
    printResult({ name: `${name}: ${what}`, value, unit, reference });
  report('CPU', (cpuMs / elapsedMs) * 100, '% of a core', 1);
  report('CPU a minute', (cpuMs / elapsedMs) * 60_000, 'ms', null);
  const metrics = requests.filter((request) => request === 'metrics pods').length;
  report('requests to the API server', requests.length - metrics, 'requests', null);
  report('requests to metrics-server', metrics, 'requests', null);
  const { rssMiB, anonymousMiB } = memoryOf(product.pid);
  report('RSS', rssMiB, 'MiB', 150);
  report('anonymous memory', anonymousMiB, 'MiB', 110);
}

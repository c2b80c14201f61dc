/**
 * `scripts/bench soak`: pods, revisions and events come and go for a while in a cluster of 9,920 pods, at a rate at which
 * every pod is replaced twice an hour, with a page open. Does anything grow? Slopes are of the line of least squares
 * through the last two thirds; collected garbage makes a saw of single readings.
 *
 *     scripts/bench soak [--minutes 5] [--per-second 6]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProduct } from '../support/product.ts';
import { openDeltaStream } from './delta-stream.ts';
import { startFleet, tenThousandPods } from './fleet/fleet.ts';
import { containerLimits, handlesOf, memoryOf, metricsOf, monotonicMs, slope } from './machine.ts';
import { untilComplete } from './picture.ts';
import { printResult } from './result.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, 'per-second': { type: 'string', default: '6' } },
});
const minutes = Number(values.minutes);
const perSecond = Number(values['per-second']);
const settleMs = 30_000;
const sampleMs = 2_000;

await using fleet = await startFleet(tenThousandPods);
await using product = await startProduct({
  environment: { KUBECONFIG: fleet.kubeconfigPath, ...containerLimits().environment },
});
await untilComplete(product, tenThousandPods.workloads);
await sleep(settleMs);
const stream = await openDeltaStream(product.url, () => undefined);

interface Sample {
  readonly hours: number;
  readonly rssMiB: number;
  readonly anonymousMiB: number;
  readonly heapMiB: number;
  readonly externalMiB: number;
  readonly handles: number;
  readonly shapes: number;
  readonly pending: number;
}

const samples: Sample[] = [];
const startedAt = monotonicMs();
const churning = fleet.churn(perSecond, minutes * 60);
while (monotonicMs() - startedAt < minutes * 60_000) {
  const metrics = await metricsOf(product.url);
  const of = (metric: string): number => metrics.get(metric) ?? Number.NaN;
  samples.push({
    ...memoryOf(product.pid),
    hours: (monotonicMs() - startedAt) / 3_600_000,
    heapMiB: of('nodejs_heap_size_used_bytes') / 1024 ** 2,
    externalMiB: of('nodejs_external_memory_bytes') / 1024 ** 2,
    handles: handlesOf(product.pid),
    shapes: of('maintenant_cache_pod_shapes'),
    pending: of('maintenant_store_pending_rows'),
  });
  await sleep(sampleMs);
}
const replaced = await churning;
const metrics = await metricsOf(product.url);
stream.close();

const name = `soak of ${minutes} min, ${perSecond} pods/s`;
const late = samples.slice(Math.floor(samples.length / 3));
const report = (what: string, value: number, unit: string, reference: number | null): void =>
  printResult({ name: `${name}: ${what}`, value, unit, reference });
const mean = (some: readonly Sample[], of: (sample: Sample) => number): number =>
  some.reduce((sum, sample) => sum + of(sample), 0) / some.length;
const told: readonly (readonly [string, (sample: Sample) => number, string])[] = [
  ['RSS', ({ rssMiB }) => rssMiB, 'MiB'],
  ['anonymous memory', ({ anonymousMiB }) => anonymousMiB, 'MiB'],
  ['heap used', ({ heapMiB }) => heapMiB, 'MiB'],
  ['memory outside the heap', ({ externalMiB }) => externalMiB, 'MiB'],
  ['open files and sockets', ({ handles }) => handles, 'handles'],
  ['shapes of pods', ({ shapes }) => shapes, 'shapes'],
];
report('pods replaced', replaced, 'pods', null);
for (const [what, of, unit] of told) {
  const middle = late.slice(0, Math.ceil(late.length / 2));
  const end = late.slice(Math.ceil(late.length / 2));
  // The last third beside the one before it: what grew for good shows there too, without a line drawn through a saw.
  report(`${what}, last third`, mean(end, of), unit, mean(middle, of));
  report(`${what}, slope`, slope(late.map((sample) => [sample.hours, of(sample)])), `${unit}/h`, null);
}
report('rows that wait for the disk', Math.max(...late.map(({ pending }) => pending)), 'rows', null);
report('rows given up', metrics.get('maintenant_store_dropped_rows_total') ?? Number.NaN, 'rows', null);
report('reconciles that failed', metrics.get('workqueue_retries_total') ?? Number.NaN, 'runs', null);

/**
 * `scripts/bench latency`: from the change of a pod's status at the API server to the row in the stream of an open page,
 * while 200 pods a second change in a cluster of 9,920. The API server is the simulator in a process of its own; times
 * are the machine's monotonic clock, so that both ends read the same one.
 *
 *     scripts/bench latency [--per-second 200] [--seconds 60]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProduct } from '../support/product.ts';
import { latencies, watchRows } from './change-latency.ts';
import { startFleet, tenThousandPods } from './fleet/fleet.ts';
import { containerLimits, cpuMsOf, quantile } from './machine.ts';
import { untilComplete } from './picture.ts';
import { printResult } from './result.ts';

const { values } = parseArgs({
  options: { 'per-second': { type: 'string', default: '200' }, seconds: { type: 'string', default: '60' } },
});
const perSecond = Number(values['per-second']);
const seconds = Number(values.seconds);
/** A change that is not in the stream by then is counted as never seen. */
const settleMs = 3_000;

await using fleet = await startFleet(tenThousandPods);
await using product = await startProduct({
  environment: { KUBECONFIG: fleet.kubeconfigPath, ...containerLimits().environment },
});
const { workloads } = tenThousandPods;
await untilComplete(product, workloads);
const rows = await watchRows(product.url);
// Warm: what a product has behind it that has run for a minute.
await fleet.change({ markers: workloads, markersPerSecond: perSecond, backgroundPerSecond: 0, seconds: 10 });
await sleep(settleMs);

const cpuBefore = cpuMsOf(product.pid);
const log = await fleet.change({
  markers: workloads,
  markersPerSecond: perSecond,
  backgroundPerSecond: 0,
  seconds,
});
const cpuMs = cpuMsOf(product.pid) - cpuBefore;
await sleep(settleMs);
rows.close();
const { seenMs, unseen } = latencies(log, rows);

const name = `latency at ${perSecond} changes/s of ${fleet.pods} pods`;
const report = (what: string, value: number, unit: string, reference: number | null): void =>
  printResult({ name: `${name}: ${what}`, value, unit, reference });
report('p50', quantile(seenMs, 0.5), 'ms', 50);
report('p90', quantile(seenMs, 0.9), 'ms', null);
report('p99', quantile(seenMs, 0.99), 'ms', 300);
report('longest', quantile(seenMs, 1), 'ms', null);
report('changes in the stream', seenMs.length, 'changes', log.marked.length);
// One that the next change of the same workload overtook is told with it.
report('overtaken', unseen, 'changes', null);
report('changes sent', (log.sent * 1000) / log.elapsedMs, 'changes/s', perSecond);
report('CPU', cpuMs / log.elapsedMs, 'cores', null);

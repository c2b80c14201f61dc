/**
 * `scripts/bench storm`: 5,000 changes of pods a second for a minute, in a cluster of 9,920. Every pod turns unready and
 * ready again every four seconds, which is the worst that a cluster can do to a verdict. Ten workloads are left out of
 * it: one pod of theirs changes now and then, and how late its row comes is the lag. A page is open all the while, and
 * somebody asks for the whole list four times a second.
 *
 *     scripts/bench storm [--per-second 5000] [--seconds 60]
 */
import http from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProduct } from '../support/product.ts';
import { latencies, watchRows } from './change-latency.ts';
import { startFleet, tenThousandPods } from './fleet/fleet.ts';
import { containerLimits, cpuMsOf, memoryOf, metricsOf, monotonicMs, quantile } from './machine.ts';
import { untilComplete } from './picture.ts';
import { printResult } from './result.ts';

const { values } = parseArgs({
  options: { 'per-second': { type: 'string', default: '5000' }, seconds: { type: 'string', default: '60' } },
});
const perSecond = Number(values['per-second']);
const seconds = Number(values.seconds);
const markers = 10;
const markersPerSecond = 10;

await using fleet = await startFleet(tenThousandPods);
const { workloads } = tenThousandPods;
await using product = await startProduct({
  environment: { KUBECONFIG: fleet.kubeconfigPath, ...containerLimits().environment },
});
await untilComplete(product, workloads);
await sleep(5_000);
const rows = await watchRows(product.url, (key) => /-000\d$/.test(key));
const before = { memory: memoryOf(product.pid), metrics: await metricsOf(product.url), cpuMs: cpuMsOf(product.pid) };

/** Until `signal` aborts: memory and depth of the queue every two seconds, the list every quarter. */
async function watch(signal: AbortSignal): Promise<{ rssMiB: number[]; depths: number[]; listMs: number[] }> {
  const seen = { rssMiB: [] as number[], depths: [] as number[], listMs: [] as number[] };
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let round = 0; !signal.aborted; round += 1) {
    const startedAt = monotonicMs();
    const request = http.get(new URL('api/v1/workloads', product.url), { agent });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    await once(response, 'end');
    seen.listMs.push(monotonicMs() - startedAt);
    if (round % 8 === 0) {
      seen.rssMiB.push(memoryOf(product.pid).rssMiB);
      seen.depths.push((await metricsOf(product.url)).get('workqueue_depth') ?? Number.NaN);
    }
    await sleep(250, undefined, { signal }).catch(() => undefined);
  }
  agent.destroy();
  return seen;
}

const stop = new AbortController();
const watching = watch(stop.signal);
const log = await fleet.change({ markers, markersPerSecond, backgroundPerSecond: perSecond, seconds });
const cpuMs = cpuMsOf(product.pid) - before.cpuMs;
stop.abort();
const seen = await watching;
const during = await metricsOf(product.url);
const endedAt = monotonicMs();
await fleet.allReady(perSecond);
await untilComplete(product, workloads);
const recoveredMs = monotonicMs() - endedAt;
await sleep(5_000);
const after = memoryOf(product.pid);
rows.close();

const { seenMs, unseen } = latencies(log, rows);
const grown = (metric: string): number => (during.get(metric) ?? 0) - (before.metrics.get(metric) ?? 0);
const name = `storm of ${perSecond} events/s`;
const report = (what: string, value: number, unit: string, reference: number | null): void =>
  printResult({ name: `${name}: ${what}`, value, unit, reference });
report('sent', (log.sent * 1000) / log.elapsedMs, 'events/s', perSecond + markersPerSecond);
report('taken', grown('maintenant_reflector_events_total'), 'events', log.sent);
report('watches cut', grown('maintenant_reflector_reconnects_total'), 'watches', null);
report('lists taken again', grown('maintenant_reflector_relists_total'), 'lists', null);
report('lag p50', quantile(seenMs, 0.5), 'ms', null);
report('lag p99', quantile(seenMs, 0.99), 'ms', null);
report('lag longest', quantile(seenMs, 1), 'ms', null);
report('markers never shown', unseen, 'changes', null);
report('queue depth at most', Math.max(...seen.depths), 'keys', workloads);
report('list p50', quantile(seen.listMs, 0.5), 'ms', null);
report('list p99', quantile(seen.listMs, 0.99), 'ms', null);
report('stream', rows.stream.bytes / 1024 ** 2 / (log.elapsedMs / 1000), 'MiB/s', null);
report('stream resyncs', rows.stream.resyncs, 'resyncs', null);
report('rows given up', grown('maintenant_store_dropped_rows_total'), 'rows', null);
report('CPU', cpuMs / log.elapsedMs, 'cores', null);
report('RSS at most', Math.max(...seen.rssMiB), 'MiB', before.memory.rssMiB);
report('RSS afterwards', after.rssMiB, 'MiB', before.memory.rssMiB);
report('anonymous memory afterwards', after.anonymousMiB, 'MiB', before.memory.anonymousMiB);
report('all healthy again after', recoveredMs, 'ms', null);

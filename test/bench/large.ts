/**
 * `scripts/bench large`: 149,937 pods of 15,000 workloads on 5,000 nodes, about 1.2 GB of JSON from a simulated API server
 * in a process of its own. How long until every verdict is committed and served, and what memory stays. The heap is that
 * of docs/sizing.md. The simulator needs a core of its own while it writes, so beside it the time is an upper bound; what
 * it takes alone, read by a client that throws everything away, is printed first.
 *
 *     scripts/bench large [--workloads 15000]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { startProduct } from '../support/product.ts';
import { type FleetShape, largestCluster, startFleet } from './fleet/fleet.ts';
import { cpuMsOf, memoryOf, metricsOf, monotonicMs } from './machine.ts';
import { untilComplete } from './picture.ts';
import { printResult } from './result.ts';
import { readFileSync } from 'node:fs';

const { values } = parseArgs({ options: { workloads: { type: 'string', default: String(largestCluster.workloads) } } });
const share = Number(values.workloads) / largestCluster.workloads;
const shape: FleetShape = {
  ...largestCluster,
  workloads: Number(values.workloads),
  nodes: Math.round(largestCluster.nodes * share),
};
const settleMs = 10_000;

await using fleet = await startFleet(shape);
const name = `large, ${fleet.pods} pods`;
const report = (what: string, value: number, unit: string, reference: number | null): void =>
  printResult({ name: `${name}: ${what}`, value, unit, reference });

const alone = await readPods();
report('the list of pods, thrown away', alone.ms, 'ms', null);
report('its length', alone.bytes / 1024 ** 2, 'MiB', null);

const startedAt = monotonicMs();
await using product = await startProduct({
  environment: {
    KUBECONFIG: fleet.kubeconfigPath,
    NODE_OPTIONS: '--max-old-space-size=256 --max-semi-space-size=2',
    MALLOC_ARENA_MAX: '2',
  },
});
let highestMiB = 0;
const timer = setInterval(() => (highestMiB = Math.max(highestMiB, memoryOf(product.pid).rssMiB)), 250);
await untilComplete(product, shape.workloads, 550_000);
const completeMs = monotonicMs() - startedAt;
const cpuMs = cpuMsOf(product.pid);
const atComplete = memoryOf(product.pid);
await sleep(settleMs);
clearInterval(timer);
const settled = memoryOf(product.pid);
const metrics = await metricsOf(product.url);

report('complete picture', completeMs, 'ms', 30_000);
report('CPU until then', cpuMs, 'ms', null);
report('CPU a pod', (cpuMs * 1000) / fleet.pods, 'µs', null);
report('RSS when complete', atComplete.rssMiB, 'MiB', 400);
report('RSS 10 s later', settled.rssMiB, 'MiB', 400);
report('anonymous memory 10 s later', settled.anonymousMiB, 'MiB', null);
report('RSS at most', highestMiB, 'MiB', 400);
report('heap used', (metrics.get('nodejs_heap_size_used_bytes') ?? Number.NaN) / 1024 ** 2, 'MiB', 256);
report('shapes of pods', metrics.get('maintenant_cache_pod_shapes') ?? Number.NaN, 'shapes', null);

async function readPods(): Promise<{ readonly ms: number; readonly bytes: number }> {
  const kubeconfig = JSON.parse(readFileSync(fleet.kubeconfigPath, 'utf8')) as {
    readonly clusters: readonly [{ readonly cluster: { readonly server: string } }];
  };
  const agent = new Agent();
  const beganAt = monotonicMs();
  const { body } = await request(`${kubeconfig.clusters[0].cluster.server}/api/v1/pods?resourceVersion=0`, {
    dispatcher: agent,
  });
  let bytes = 0;
  for await (const chunk of body) bytes += (chunk as Buffer).length;
  const ms = monotonicMs() - beganAt;
  await agent.close();
  return { ms, bytes };
}

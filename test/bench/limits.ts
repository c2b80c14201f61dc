/**
 * `scripts/bench limits`: 9,920 pods in a real control group with the guide's limits, 256 MiB and half a core, and the
 * manifests' `NODE_OPTIONS`. Pods, revisions and events come and go all the while, a page is open, and the
 * kubelet's probe is sent every second.
 *
 *     scripts/bench limits [--minutes 10] [--per-second 6] [--real]
 *
 * `--real` takes the real API server with the scale set instead of the simulator; nothing changes there.
 */
import http from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startScaledCluster } from '../cluster/workload-set.ts';
import { startProduct } from '../support/product.ts';
import { createContainer } from './container.ts';
import { openDeltaStream } from './delta-stream.ts';
import { startFleet, tenThousandPods } from './fleet/fleet.ts';
import { containerLimits, cpuMsOf, memoryOf, monotonicMs, quantile } from './machine.ts';
import { untilComplete } from './picture.ts';
import { printResult } from './result.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    'per-second': { type: 'string', default: '6' },
    real: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const probeEveryMs = 1_000;
const mebibyte = 1024 ** 2;

const { memoryBytes, cpuCores, environment, probe } = containerLimits();
const container = createContainer(`maintenant-bench-${process.pid}`, memoryBytes, cpuCores);
const name = `limits, cgroup v${container.version}, ${minutes} min`;

function report(what: string, value: number, unit: string, reference: number | null): void {
  printResult({ name: `${name}: ${what}`, value, unit, reference });
}

async function measure(kubeconfig: string, churn: (() => Promise<number>) | null): Promise<void> {
  const startedAt = monotonicMs();
  await using product = await startProduct({
    wrapper: container.wrapper,
    environment: { KUBECONFIG: kubeconfig, ...environment },
  });
  const highest = { rssMiB: 0, anonymousMiB: 0 };
  const watchMemory = setInterval(() => {
    const now = memoryOf(product.pid);
    highest.rssMiB = Math.max(highest.rssMiB, now.rssMiB);
    highest.anonymousMiB = Math.max(highest.anonymousMiB, container.account().anonymousBytes / mebibyte);
  }, 500);
  const probes = new Probes(new URL(probe.path, product.url), probe.timeoutMs);
  try {
    await untilComplete(product, tenThousandPods.workloads);
    const completeMs = monotonicMs() - startedAt;
    const atComplete = container.account();
    const stream = await openDeltaStream(product.url, () => undefined);
    const cpuBefore = cpuMsOf(product.pid);
    const beganAt = monotonicMs();
    const churning = churn?.();
    while (monotonicMs() - beganAt < minutes * 60_000) {
      await sleep(probeEveryMs);
      await probes.send();
    }
    const replaced = (await churning) ?? 0;
    const cpuMs = cpuMsOf(product.pid) - cpuBefore;
    const elapsedMs = monotonicMs() - beganAt;
    stream.close();

    const account = container.account();
    report('RSS at most', highest.rssMiB, 'MiB', memoryBytes / mebibyte);
    report('anonymous memory at most', highest.anonymousMiB, 'MiB', memoryBytes / mebibyte);
    report('charged at most, with file pages', account.highestBytes / mebibyte, 'MiB', memoryBytes / mebibyte);
    report('times at the memory limit', account.limitHits, 'times', null);
    report('complete picture', completeMs, 'ms', null);
    report('throttled until then', atComplete.throttledMs, 'ms', completeMs);
    report('CPU after that', cpuMs / elapsedMs, 'cores', cpuCores);
    report(
      'periods throttled after that',
      account.throttledPeriods - atComplete.throttledPeriods,
      'periods',
      account.cpuPeriods - atComplete.cpuPeriods,
    );
    report('pods replaced', replaced, 'pods', null);
    report('probe p50', quantile(probes.answeredMs, 0.5), 'ms', probe.timeoutMs);
    report('probe p99', quantile(probes.answeredMs, 0.99), 'ms', probe.timeoutMs);
    report('probe longest', quantile(probes.answeredMs, 1), 'ms', probe.timeoutMs);
    report('probes failed', probes.failed, 'probes', probes.answeredMs.length + probes.failed);
    report('stream resyncs', stream.resyncs, 'resyncs', null);
  } finally {
    clearInterval(watchMemory);
  }
}

/** What a kubelet would ask, each over a connection of its own. */
class Probes {
  readonly answeredMs: number[] = [];
  failed = 0;
  readonly #url: URL;
  readonly #timeoutMs: number;

  constructor(url: URL, timeoutMs: number) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
  }

  async send(): Promise<void> {
    const startedAt = monotonicMs();
    try {
      const request = http.get(this.#url, { agent: false, signal: AbortSignal.timeout(this.#timeoutMs) });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      response.resume();
      await once(response, 'end');
      if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
      this.answeredMs.push(monotonicMs() - startedAt);
    } catch {
      this.failed += 1;
    }
  }
}

// Last, so that the class above is there.
try {
  if (values.real) {
    const { cluster } = await startScaledCluster(tenThousandPods.workloads, {
      report: (line) => process.stderr.write(`${line}\n`),
    });
    try {
      await measure(cluster.kubeconfigPath, null);
    } finally {
      await cluster.stop();
    }
  } else {
    await using fleet = await startFleet(tenThousandPods);
    await measure(fleet.kubeconfigPath, () => fleet.churn(Number(values['per-second']), minutes * 60));
  }
} finally {
  // Also where it ended early: this is why.
  report('killed for memory', container.account().oomKills, 'processes', null);
  container.remove();
}

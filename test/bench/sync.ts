/**
 * `scripts/bench sync`: 1,000 workloads with 9,920 pods on the real API server. How long until the complete picture is
 * committed and served, and what memory that takes, beside a client-go program with typed informers on the same kinds.
 * The two take turns, so that a machine that drifts does so for both.
 *
 *     scripts/bench sync [--workloads 1000] [--runs 3]
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { startScaledCluster } from '../cluster/workload-set.ts';
import { poll, startProduct } from '../support/product.ts';
import { containerLimits, type Memory, memoryOf } from './machine.ts';
import { printResult } from './result.ts';

const { values } = parseArgs({
  options: { workloads: { type: 'string', default: '1000' }, runs: { type: 'string', default: '3' } },
});

interface Measured extends Memory {
  readonly syncMs: number;
}

/** After the first picture the garbage of reading it is still there; a user looks some seconds later. */
const settleMs = 5_000;

const root = path.join(import.meta.dirname, '..', '..');

function buildReference(): string {
  const folder = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'maintenant', 'bench');
  mkdirSync(folder, { recursive: true });
  const program = path.join(folder, 'informers');
  execFileSync('go', ['build', '-ldflags', '-s -w', '-o', program, '.'], {
    cwd: path.join(import.meta.dirname, 'informers'),
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: 'inherit',
  });
  return program;
}

const referenceLine = z.object({ syncMs: z.number(), pods: z.number() });

async function measureReference(program: string, kubeconfig: string, pods: number): Promise<Measured> {
  const child: ChildProcess = spawn(program, {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const line = await poll(
    async () => output,
    (text) => (text.endsWith('\n') ? referenceLine.parse(JSON.parse(text)) : null),
    120_000,
    () => 'the client-go program did not sync',
  );
  if (line.pods !== pods) throw new Error(`the client-go program saw ${line.pods} pods, not ${pods}`);
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const memory = memoryOf(child.pid ?? -1);
  child.stdin?.end();
  child.kill();
  return { syncMs: line.syncMs, ...memory };
}

const picture = z.object({
  total: z.number(),
  stale: z.boolean(),
  counts: z.object({ byState: z.record(z.string(), z.number()) }),
});

/** From the start of the process to a list that holds every workload, each with a verdict. */
async function measureProduct(kubeconfig: string, workloads: number): Promise<Measured> {
  const startedAt = performance.now();
  await using product = await startProduct({
    environment: {
      KUBECONFIG: kubeconfig,
      ...containerLimits().environment,
    },
  });
  const syncMs = await product.waitFor(
    'api/v1/workloads?limit=1',
    (body) => {
      const found = picture.safeParse(body).data;
      return found?.total === workloads && found.counts.byState['Healthy'] === workloads
        ? performance.now() - startedAt
        : null;
    },
    120_000,
  );
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  return { syncMs, ...memoryOf(product.pid) };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const program = buildReference();
execFileSync('node', ['scripts/build.ts', '--if-changed'], { cwd: root, stdio: 'inherit' });
const { cluster, shape } = await startScaledCluster(Number(values.workloads), {
  report: (line) => process.stderr.write(`${line}\n`),
});
try {
  const reference: Measured[] = [];
  const product: Measured[] = [];
  for (let run = 0; run < Number(values.runs); run += 1) {
    reference.push(await measureReference(program, cluster.kubeconfigPath, shape.pods));
    product.push(await measureProduct(cluster.kubeconfigPath, Number(values.workloads)));
  }
  const compare = (name: string, unit: string, of: (measured: Measured) => number): void =>
    printResult({
      name: `sync ${name}, ${shape.pods} pods`,
      value: median(product.map(of)),
      unit,
      reference: median(reference.map(of)),
    });
  compare('complete picture', 'ms', ({ syncMs }) => syncMs);
  compare('RSS', 'MiB', ({ rssMiB }) => rssMiB);
  compare('anonymous memory', 'MiB', ({ anonymousMiB }) => anonymousMiB);
} finally {
  await cluster.stop();
}

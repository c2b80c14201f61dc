import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

/** What the kernel and the product say of a running product. */

/** Milliseconds that mean the same in every process of this machine, unlike `performance.now()`. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export interface Memory {
  readonly rssMiB: number;
  readonly anonymousMiB: number;
}

/** VmRSS and RssAnon of a process, from the kernel's own account. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { rssMiB: of('VmRSS'), anonymousMiB: of('RssAnon') };
}

/** The kernel counts processor time in hundredths of a second (USER_HZ). */
const tickMs = 10;

/** Milliseconds of processor time that all threads of a process took so far. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces; utime and stime are the 14th and 15th field of all.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Open files, sockets and pipes. */
export function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Sums of the samples of each metric, over all labels. */
export async function metricsOf(url: string): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(new URL('metrics', url));
  const sums = new Map<string, number>();
  for (const line of (await answer.text()).split('\n')) {
    const [, name, value] = /^([a-z_]+)(?:\{.*\})? (\S+)/.exec(line) ?? [];
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}

/** What the manifests give the container: the guide's limits, and what the heap is told of them. */
export interface ContainerLimits {
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly probe: { readonly path: string; readonly timeoutMs: number };
}

const deploymentSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.tuple([
          z.object({
            env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
            livenessProbe: z.object({
              httpGet: z.object({ path: z.string() }),
              // Kubernetes' default.
              timeoutSeconds: z.number().default(1),
            }),
            resources: z.object({
              limits: z.object({ cpu: z.string().regex(/^\d+m$/), memory: z.string().regex(/^\d+Mi$/) }),
            }),
          }),
        ]),
      }),
    }),
  }),
});

export function containerLimits(): ContainerLimits {
  const manifest = path.join(import.meta.dirname, '..', '..', 'kustomize', 'base', 'deployment.yaml');
  const [container] = deploymentSchema.parse(parse(readFileSync(manifest, 'utf8'))).spec.template.spec.containers;
  const { livenessProbe, resources, env } = container;
  return {
    cpuCores: Number.parseInt(resources.limits.cpu, 10) / 1000,
    memoryBytes: Number.parseInt(resources.limits.memory, 10) * 1024 ** 2,
    environment: {
      NODE_OPTIONS: env.find(({ name }) => name === 'NODE_OPTIONS')?.value ?? '',
      // The image sets it.
      MALLOC_ARENA_MAX: '2',
    },
    probe: { path: livenessProbe.httpGet.path, timeoutMs: livenessProbe.timeoutSeconds * 1000 },
  };
}

/** The value that this share of the sorted values lies at or below; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Slope of the line of least squares through (x, y), in units of y for one of x; NaN of fewer than two. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const meanX = mean(([x]) => x);
  const meanY = mean(([, y]) => y);
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

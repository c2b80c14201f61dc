import { parseQuantity } from '../../health/quantity.ts';
import { type Fields, fieldsAt, instantAt, listAt, textAt } from '../cache/fields.ts';
import { isRecord } from '../kubernetes/kubernetes-object.ts';

/** What metrics-server measured of one pod. */
export interface PodUsage {
  readonly namespace: string;
  readonly name: string;
  /** End of the measured window, epoch ms; null when unreadable. */
  readonly sampledAt: number | null;
  readonly containers: readonly ContainerUsage[];
}

export interface ContainerUsage {
  readonly name: string;
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

/**
 * One item of `metrics.k8s.io/v1beta1` PodMetricsList; null when it cannot be told which pod it is about, or when a
 * number is missing: half a sample would look like a drop.
 */
export function parsePodUsage(value: unknown): PodUsage | null {
  if (!isRecord(value)) return null;
  const metadata = fieldsAt(value, 'metadata');
  const [namespace, name] = [textAt(metadata, 'namespace'), textAt(metadata, 'name')];
  if (namespace === null || name === null) return null;
  const containers: ContainerUsage[] = [];
  for (const container of listAt(value, 'containers')) {
    const usage = parseContainerUsage(container);
    if (usage === null) return null;
    containers.push(usage);
  }
  return containers.length === 0 ? null : { namespace, name, sampledAt: instantAt(value, 'timestamp'), containers };
}

function parseContainerUsage(container: Fields): ContainerUsage | null {
  const usage = fieldsAt(container, 'usage');
  const name = textAt(container, 'name');
  const cpuCores = parseQuantity(textAt(usage, 'cpu') ?? '');
  const memoryBytes = parseQuantity(textAt(usage, 'memory') ?? '');
  if (name === null || cpuCores === null || memoryBytes === null) return null;
  return { name, cpuCores: Math.max(0, cpuCores), memoryBytes: Math.max(0, memoryBytes) };
}

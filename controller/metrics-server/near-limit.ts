import type { PodSpecFacts } from '../../health/kubernetes.ts';
import { parseQuantity } from '../../health/quantity.ts';
import type { ContainerUsage } from './pod-usage.ts';

/** Below what the rules call near (90 % of memory, 95 % of CPU), so that nothing that they would say is missed. */
const shareOfLimit = 0.85;

/** Whether a new sample can change what is said of the workload: most of them cannot, and then nobody is woken. */
export function isNearLimit(spec: PodSpecFacts, containers: readonly ContainerUsage[]): boolean {
  return containers.some(({ name, cpuCores, memoryBytes }) => {
    const limits = spec.containers.find((container) => container.name === name)?.limits;
    return limits !== undefined && (isNear(memoryBytes, limits['memory']) || isNear(cpuCores, limits['cpu']));
  });
}

function isNear(used: number, limit: string | undefined): boolean {
  const amount = limit === undefined ? null : parseQuantity(limit);
  return amount !== null && amount > 0 && used >= amount * shareOfLimit;
}

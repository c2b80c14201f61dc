import type { AnyWorkloadFacts, ServiceFacts } from '../kubernetes.ts';
import type { PodView } from '../pod-view.ts';
import type { ServiceSnapshot } from '../verdict.ts';

/** The Services that select pods of this workload, with how many of its pods stand behind each. */
export function servicesOf(
  workload: AnyWorkloadFacts,
  services: readonly ServiceFacts[],
  pods: readonly PodView[],
): ServiceSnapshot[] {
  const selecting: ServiceSnapshot[] = [];
  for (const service of services) {
    if (!selects(service, workload.templateLabels)) continue;
    let count = 0;
    let readyPods = 0;
    for (const view of pods) {
      if (view.leaving || view.ended || !selects(service, view.pod.labels)) continue;
      count += 1;
      if (view.ready || service.publishNotReadyAddresses) readyPods += 1;
    }
    selecting.push({ name: service.name, readyPods, pods: count });
  }
  return selecting.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** A Service without a selector has hand-made endpoints: it selects nothing. */
export function selects({ selector }: ServiceFacts, labels: Readonly<Record<string, string>>): boolean {
  let hasTerm = false;
  for (const key in selector) {
    if (labels[key] !== selector[key]) return false;
    hasTerm = true;
  }
  return hasTerm;
}

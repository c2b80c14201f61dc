import type { ContainerFacts, ContainerStatusFacts, PodSpecFacts } from '../kubernetes.ts';
import { type PodView, statusOf } from '../pod-view.ts';
import { causeOfPod } from '../primary-cause.ts';
import { noResources, resourcesOf } from '../quantity.ts';
import type { ContainerSnapshot, PodSnapshot, Resources } from '../verdict.ts';

/** The rows of the table of pods: worst first, then by name. */
export function podSnapshots(pods: readonly PodView[]): PodSnapshot[] {
  return [...pods].sort(byTrouble).map(podSnapshot);
}

function byTrouble(left: PodView, right: PodView): number {
  return troubleOf(left) - troubleOf(right) || (left.pod.name < right.pod.name ? -1 : 1);
}

function troubleOf(view: PodView): number {
  if (view.diagnosis?.hard === true && !view.available) return 0;
  if (view.ended) return view.diagnosis?.cause === null || view.diagnosis === null ? 5 : 1;
  if (view.leaving) return view.diagnosis?.cause?.severity === 'critical' ? 1 : 4;
  if (!view.ready) return 2;
  if (!view.available) return 3;
  return 6;
}

function podSnapshot(view: PodView): PodSnapshot {
  const { pod } = view;
  const statuses = new Map<string, ContainerStatusFacts>();
  for (const status of pod.containerStatuses) statuses.set(status.name, status);
  for (const status of pod.initContainerStatuses) statuses.set(status.name, status);
  return {
    name: pod.name,
    uid: pod.uid,
    node: pod.nodeName,
    phase: pod.phase,
    ready: view.ready,
    available: view.available,
    status: statusOf(view),
    createdAt: pod.createdAt,
    revision: view.revision,
    restarts: view.restarts,
    cause: causeOfPod(view),
    containers: pod.spec.containers.map((container) => containerSnapshot(container, statuses.get(container.name))),
  };
}

function containerSnapshot(container: ContainerFacts, status: ContainerStatusFacts | undefined): ContainerSnapshot {
  const state = status?.state;
  const last = status?.lastTermination ?? null;
  const resources = containerResources(container);
  return {
    name: container.name,
    type: container.type,
    image: container.image,
    ready: status?.ready === true,
    state: state?.kind ?? 'unknown',
    reason: state?.kind === 'waiting' || state?.kind === 'terminated' ? state.reason : null,
    message: state?.kind === 'waiting' || state?.kind === 'terminated' ? state.message : null,
    exitCode: state?.kind === 'terminated' ? state.exitCode : null,
    lastTermination:
      last === null ? null : { exitCode: last.exitCode, reason: last.reason, finishedAt: last.finishedAt },
    restarts: status?.restartCount ?? 0,
    requests: resources.requests,
    limits: resources.limits,
  };
}

interface ContainerResources {
  readonly requests: Resources;
  readonly limits: Resources;
}

/** One parse per container of a template: siblings share its facts. Holds nothing alive. */
const parsed = new WeakMap<ContainerFacts, ContainerResources>();

function containerResources(container: ContainerFacts): ContainerResources {
  let resources = parsed.get(container);
  if (resources === undefined) {
    resources = { requests: resourcesOf(container.requests), limits: resourcesOf(container.limits) };
    parsed.set(container, resources);
  }
  return resources;
}

/** What the pods that stand ask for and may use together. */
export function totalResources(
  pods: readonly PodView[],
  template: PodSpecFacts,
  desired: number,
  countsFromPods: boolean,
): ContainerResources {
  const requests = new Sum('some');
  const limits = new Sum('all');
  if (countsFromPods) {
    for (const view of pods) if (!view.ended) addPod(view.pod.spec, 1, requests, limits);
  } else if (desired > 0) addPod(template, desired, requests, limits);
  return { requests: requests.total(), limits: limits.total() };
}

function addPod(spec: PodSpecFacts, times: number, requests: Sum, limits: Sum): void {
  for (const container of spec.containers) {
    // Init containers run before the others and give back what they asked for.
    if (container.type === 'init') continue;
    const resources = containerResources(container);
    requests.add(resources.requests, times);
    limits.add(resources.limits, times);
  }
}

/**
 * A sum of what is set. For limits one container without makes the total unlimited, which is null and not a number;
 * for requests it counts as nothing.
 */
class Sum {
  readonly #needs: 'some' | 'all';
  #cpuCores: number | null = null;
  #memoryBytes: number | null = null;
  #cpuOpen = false;
  #memoryOpen = false;

  constructor(needs: 'some' | 'all') {
    this.#needs = needs;
  }

  add(resources: Resources, times: number): void {
    if (resources.cpuCores === null) this.#cpuOpen = true;
    else this.#cpuCores = (this.#cpuCores ?? 0) + resources.cpuCores * times;
    if (resources.memoryBytes === null) this.#memoryOpen = true;
    else this.#memoryBytes = (this.#memoryBytes ?? 0) + resources.memoryBytes * times;
  }

  total(): Resources {
    const isOpen = this.#needs === 'all';
    if (this.#cpuCores === null && this.#memoryBytes === null) return noResources;
    return {
      cpuCores: isOpen && this.#cpuOpen ? null : rounded(this.#cpuCores),
      memoryBytes: isOpen && this.#memoryOpen ? null : this.#memoryBytes,
    };
  }
}

/** 0.1 + 0.2 is 0.3 to a reader: sums of milli- and microcores are exact to a nanocore. */
function rounded(cores: number | null): number | null {
  return cores === null ? null : Math.round(cores * 1e9) / 1e9;
}

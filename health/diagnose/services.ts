import type { Alarm } from '../alarm.ts';
import { type CauseDraft, makeCause } from '../causes.ts';
import type { AnyWorkloadFacts, PodFacts, ServiceFacts } from '../kubernetes.ts';
import { enumerate } from '../parse/text.ts';
import type { Evidence } from '../verdict.ts';
import { kubectl } from './draft.ts';
import { conditionOf } from './facts.ts';

/**
 * J19, J26 … J28, D13: what the Services of the namespace say about a workload. Endpoints are not read: they are
 * selectors against the readiness of pods, which is how the endpoints controller makes them.
 */

/**
 * How a Service is told to be meant for a workload when it selects none of its pods: by its name.
 * @param alarm is told when a grace ends
 */
export function diagnoseServices(
  workload: AnyWorkloadFacts,
  services: readonly ServiceFacts[],
  pods: readonly PodFacts[],
  /** Pods of the whole namespace that are ready and not deleting, as labels; null where only the workload's are known. */
  othersReady: readonly Readonly<Record<string, string>>[] | null,
  alarm: Alarm,
  now: number,
): CauseDraft[] {
  const notes: CauseDraft[] = [];
  const governing = governingServiceMissing(workload, services, alarm, now);
  if (governing !== null) notes.push(governing);
  let isServed = false;
  for (const service of services) {
    if (!hasSelector(service)) continue;
    if (!selects(service, workload.templateLabels)) {
      const lost = selectsNothing(workload, service, pods, othersReady, alarm, now);
      if (lost !== null) notes.push(lost);
      continue;
    }
    isServed = true;
    const port = missingPort(workload, service);
    if (port !== null) notes.push(port);
    const empty = withoutReadyPods(service, pods, othersReady);
    if (empty !== null) notes.push(empty);
  }
  const blind = isServed ? withoutReadinessProbe(workload) : null;
  if (blind !== null) notes.push(blind);
  return notes;
}

function hasSelector(service: ServiceFacts): boolean {
  return service.type !== 'ExternalName' && Object.keys(service.selector).length > 0;
}

function selects(service: ServiceFacts, labels: Readonly<Record<string, string>>): boolean {
  for (const key in service.selector) if (labels[key] !== service.selector[key]) return false;
  return true;
}

const governingGraceMs = 30_000;

/** J19. */
function governingServiceMissing(
  workload: AnyWorkloadFacts,
  services: readonly ServiceFacts[],
  alarm: Alarm,
  now: number,
): CauseDraft | null {
  if (workload.kind !== 'StatefulSet' || workload.serviceName === null || workload.serviceName === '') return null;
  const name = workload.serviceName;
  if (services.some((service) => service.name === name)) return null;
  const graceUntilAt = workload.createdAt + governingGraceMs;
  alarm.at(graceUntilAt);
  if (now < graceUntilAt) return null;
  return makeCause('GoverningServiceMissing', {
    message: `The DNS names of the pods do not work: Service ${name} does not exist in namespace ${workload.namespace}`,
    since: workload.createdAt,
    evidence: [
      { object: { kind: 'StatefulSet', name: workload.name }, field: 'spec.serviceName', text: name, at: null },
    ],
    commands: [kubectl.get(workload.namespace, 'service', name)],
  });
}

/** J26: a targetPort by a name that no container of the template declares. */
function missingPort(workload: AnyWorkloadFacts, service: ServiceFacts): CauseDraft | null {
  const names = new Set<string>();
  for (const container of workload.template.containers) {
    for (const port of container.ports) if (port.name !== null) names.add(port.name);
  }
  const missing = service.ports.filter((port) => !/^\d+$/.test(port.targetPort) && !names.has(port.targetPort));
  if (missing.length === 0) return null;
  const words = missing.map((port) => `port ${port.port} leads to ${port.targetPort}`);
  return makeCause('ServicePortMissing', {
    message: `Service ${service.name}: ${enumerate(words)}, a name that no container declares (${names.size === 0 ? 'none declares any' : `declared: ${[...names].join(', ')}`})`,
    since: service.createdAt,
    evidence: missing.map((port) => serviceEvidence(service, 'spec.ports.targetPort', port.targetPort)),
    commands: [kubectl.describe(service.namespace, 'service', service.name)],
  });
}

/** J27: it selects pods and none of them takes traffic. */
function withoutReadyPods(
  service: ServiceFacts,
  pods: readonly PodFacts[],
  othersReady: readonly Readonly<Record<string, string>>[] | null,
): CauseDraft | null {
  if (service.publishNotReadyAddresses || pods.length === 0) return null;
  let selected = 0;
  let lostAt: number | null = null;
  for (const pod of pods) {
    if (!selects(service, pod.labels) || pod.phase === 'Failed' || pod.phase === 'Succeeded') continue;
    selected += 1;
    const ready = conditionOf(pod, 'Ready');
    if (ready?.status === 'True' && pod.deletionAt === null) return null;
    if (ready?.lastTransitionAt != null) lostAt = Math.max(lostAt ?? 0, ready.lastTransitionAt);
  }
  if (selected === 0) return null;
  // One ready pod of another workload keeps the Service alive.
  if (othersReady?.some((labels) => selects(service, labels)) === true) return null;
  return makeCause('ServiceWithoutReadyPods', {
    message: `Service ${service.name} has no ready pod (${selected === 1 ? 'the one it selects is' : `all ${selected} it selects are`} not ready): callers get errors`,
    since: lostAt,
    evidence: [serviceEvidence(service, 'spec.selector', selectorText(service))],
    commands: [
      kubectl.list(service.namespace, 'pods', '-l', selectorText(service)),
      kubectl.describe(service.namespace, 'service', service.name),
    ],
  });
}

const selectsNothingGraceMs = 120_000;

/** J28: a Service of the workload's own name that selects none of its pods; others are simply not meant for it. */
function selectsNothing(
  workload: AnyWorkloadFacts,
  service: ServiceFacts,
  pods: readonly PodFacts[],
  othersReady: readonly Readonly<Record<string, string>>[] | null,
  alarm: Alarm,
  now: number,
): CauseDraft | null {
  const isMeant =
    service.name === workload.name || (workload.kind === 'StatefulSet' && service.name === workload.serviceName);
  if (!isMeant) return null;
  if (pods.some((pod) => selects(service, pod.labels))) return null;
  if (othersReady?.some((labels) => selects(service, labels)) === true) return null;
  const graceUntilAt = service.createdAt + selectsNothingGraceMs;
  alarm.at(graceUntilAt);
  if (now < graceUntilAt) return null;
  const differing = Object.keys(service.selector).filter(
    (key) => workload.templateLabels[key] !== service.selector[key],
  );
  const words = differing.map(
    (key) =>
      `${key} is ${workload.templateLabels[key] ?? 'absent'} in the template, ${service.selector[key] ?? ''} in the selector`,
  );
  return makeCause('ServiceSelectsNothing', {
    message: `Service ${service.name} selects no pod of ${workload.kind} ${workload.name}: ${words.join('; ')}`,
    since: service.createdAt,
    evidence: [serviceEvidence(service, 'spec.selector', selectorText(service))],
    commands: [kubectl.list(service.namespace, 'pods', '-l', selectorText(service))],
  });
}

/** D13: ready only means that the process runs. */
function withoutReadinessProbe(workload: AnyWorkloadFacts): CauseDraft | null {
  const blind = workload.template.containers.filter(
    (container) => container.type === 'app' && container.ports.length > 0 && container.readinessProbe === null,
  );
  if (blind.length === 0) return null;
  const names = enumerate(blind.map((container) => container.name));
  return makeCause('NoReadinessProbe', {
    message: `${blind.length === 1 ? 'Container' : 'Containers'} ${names} ${blind.length === 1 ? 'has' : 'have'} no readiness probe: ready only means that the process runs`,
    since: null,
    evidence: blind.map((container) => ({
      object: { kind: workload.kind, name: workload.name },
      field: `spec.template.spec.containers[${container.name}].readinessProbe`,
      text: 'absent',
      at: null,
    })),
  });
}

function serviceEvidence(service: ServiceFacts, field: string, text: string): Evidence {
  return { object: { kind: 'Service', name: service.name }, field, text, at: null };
}

function selectorText(service: ServiceFacts): string {
  return Object.entries(service.selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

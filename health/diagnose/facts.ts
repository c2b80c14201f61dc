import type { Alarm } from '../alarm.ts';
import type {
  ConditionFacts,
  ContainerFacts,
  ContainerStatusFacts,
  EventFacts,
  PodFacts,
  ProbeFacts,
} from '../kubernetes.ts';
import { parseQuantity } from '../quantity.ts';
import { containerOfFieldPath } from '../parse/text.ts';

/** Questions that several rules ask of a pod, its containers and its events. */

/** A steady failure may write one event in five minutes only (spam filter of client-go): older than this is past. */
export const recentMs = 15 * 60_000;

export function conditionOf(pod: PodFacts, type: string): ConditionFacts | null {
  for (const condition of pod.conditions) if (condition.type === type) return condition;
  return null;
}

export function containerFacts(pod: PodFacts, name: string): ContainerFacts | null {
  for (const container of pod.spec.containers) if (container.name === name) return container;
  return null;
}

/** For sentences about the node of a pod that has one. */
export function nodeName(pod: PodFacts): string {
  return pod.nodeName ?? '(unknown)';
}

/** A label or sentence in the middle of another one. */
export function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** When the pod began to try: bound to a node, else first seen by the kubelet, else created. */
export function pendingSince(pod: PodFacts): number {
  const scheduled = conditionOf(pod, 'PodScheduled');
  const boundAt = scheduled?.status === 'True' ? scheduled.lastTransitionAt : null;
  return boundAt ?? pod.startAt ?? pod.createdAt;
}

/** Times of events have whole seconds, so that their UID decides between two: the order of a list never does. */
export function isNewer(event: EventFacts, than: EventFacts | null): boolean {
  if (than === null || event.lastAt !== than.lastAt) return than === null || event.lastAt > than.lastAt;
  return event.uid > than.uid;
}

export interface EventFilter {
  readonly reasons: readonly string[];
  /** Only events about this container; events about the whole pod are left out. */
  readonly container?: string;
  readonly text?: RegExp;
  readonly notBefore?: number;
}

export function newestEvent(events: readonly EventFacts[], filter: EventFilter): EventFacts | null {
  let newest: EventFacts | null = null;
  for (const event of events) {
    if (isNewer(event, newest) && matches(event, filter)) newest = event;
  }
  return newest;
}

export function matchingEvents(events: readonly EventFacts[], filter: EventFilter): EventFacts[] {
  return events.filter((event) => matches(event, filter));
}

/** Those that count for `windowMs` after they were last seen; the alarm rings when one of them stops to count. */
export function recentEvents(
  events: readonly EventFacts[],
  filter: EventFilter,
  windowMs: number,
  now: number,
  alarm: Alarm,
): EventFacts[] {
  const recent: EventFacts[] = [];
  for (const event of events) {
    const endsAt = event.lastAt + windowMs;
    if (endsAt <= now || !matches(event, filter)) continue;
    alarm.at(endsAt);
    recent.push(event);
  }
  return recent;
}

export function newestOf(events: readonly EventFacts[]): EventFacts | null {
  let newest: EventFacts | null = null;
  for (const event of events) if (isNewer(event, newest)) newest = event;
  return newest;
}

function matches(event: EventFacts, filter: EventFilter): boolean {
  if (!filter.reasons.includes(event.reason)) return false;
  if (filter.notBefore !== undefined && event.lastAt < filter.notBefore) return false;
  if (filter.container !== undefined && containerOfFieldPath(event.involved.fieldPath) !== filter.container)
    return false;
  return filter.text === undefined || filter.text.test(event.message);
}

/** How a reader knows the container: `Container app`, `Init container migrate (1 of 2)`, `Sidecar proxy`. */
export function containerLabel(pod: PodFacts, name: string): string {
  const facts = containerFacts(pod, name);
  if (facts?.type === 'sidecar') return `Sidecar ${name}`;
  if (facts?.type !== 'init') return `Container ${name}`;
  const names = pod.initContainerStatuses.map((status) => status.name);
  const position = names.indexOf(name) + 1;
  return position > 0 && names.length > 1
    ? `Init container ${name} (${position} of ${names.length})`
    : `Init container ${name}`;
}

/** How long failures of a probe are normal after a start, in ms: until it has failed as often as it may. */
export function probeBudgetMs(probe: ProbeFacts | null): number {
  if (probe === null) return 0;
  return (probe.initialDelaySeconds + probe.periodSeconds * probe.failureThreshold + probe.timeoutSeconds) * 1000;
}

/** `GET :8080/healthz`, `TCP :5432`, `gRPC :9000`, `exec pg_isready`. */
export function probeWords(probe: ProbeFacts): string {
  const port = probe.port === null ? '' : `:${probe.port}`;
  switch (probe.handler) {
    case 'http':
      return `${probe.scheme === 'HTTPS' ? 'HTTPS ' : ''}GET ${port}${probe.path ?? '/'}`;
    case 'tcp':
      return `TCP ${port}`;
    case 'grpc':
      return `gRPC ${port}`;
    case 'exec':
      return probe.command === null ? 'exec' : `exec ${probe.command}`;
    case 'unknown':
      return 'probe';
    default:
      return unreachable(probe.handler);
  }
}

/** What the scheduler wants room for: app containers and sidecars together, or the largest init container. */
export function podRequest(pod: PodFacts, resource: string): string | null {
  let sum = 0;
  let largestInit = 0;
  const texts: string[] = [];
  for (const container of pod.spec.containers) {
    const text = container.requests[resource];
    const amount = text === undefined ? null : parseQuantity(text);
    if (text === undefined || amount === null) continue;
    texts.push(text);
    if (container.type === 'init') largestInit = Math.max(largestInit, amount);
    else sum += amount;
  }
  if (texts.length === 0) return null;
  // One amount stays as its author wrote it.
  return texts.length === 1 ? (texts[0] ?? null) : formatQuantity(resource, Math.max(sum, largestInit));
}

const binaryUnits = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const;

/** Cores as `1500m` or `2`, bytes as `1.5Gi`, everything else as a number. */
export function formatQuantity(resource: string, amount: number): string {
  if (resource === 'cpu') return Number.isInteger(amount) ? String(amount) : `${Math.round(amount * 1000)}m`;
  if (!/memory|storage|hugepages/.test(resource)) return String(Math.round(amount * 1000) / 1000);
  let value = amount;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Math.round(value * 10) / 10}${binaryUnits[unit]}`;
}

/** `12:03:20 UTC`: absolute, so that a message does not change from second to second. */
export function clockTime(at: number): string {
  // toISOString throws beyond year 275760, which only a broken clock writes.
  if (!(Math.abs(at) < 8.64e15)) return 'an unreadable time';
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}

/** `45 s`, `5 min`, `2 h`: for durations that are settings, not clocks. */
export function durationWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const tens = Math.round(seconds / 10) * 10;
  if (seconds < 600 && tens % 60 !== 0) return `${Math.floor(tens / 60)} min ${tens % 60} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

export function memoryLimit(pod: PodFacts, container: string): string | null {
  return containerFacts(pod, container)?.limits['memory'] ?? null;
}

export function isSidecar(pod: PodFacts, status: ContainerStatusFacts): boolean {
  return containerFacts(pod, status.name)?.type === 'sidecar';
}

function unreachable(value: never): never {
  throw new Error(`unexpected value ${String(value)}`);
}

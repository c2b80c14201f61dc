import type { PodFacts, TerminationFacts } from './kubernetes.ts';
import type { Remembered } from './verdict.ts';

/**
 * Restarts of a pod that serves in between: a crash every few minutes is an illness although each look finds it ready.
 *
 * Three restarts within 15 minutes begin it; it holds until 15 minutes have passed without another one. The kubelet
 * forgets its back-off after 10 minutes of running, so 15 minutes is the first span that proves a recovery.
 */
export const flappingWindowMs = 15 * 60_000;
export const flappingRestarts = 3;

/** Instants kept per container; three decide, the rest bridge a hold that goes on. */
const limitInstants = 8;

export type RestartMemory = NonNullable<Remembered['restarts']>;
type ContainerMemory = RestartMemory[string];

export interface Flapping {
  readonly restarts: number;
  readonly sinceAt: number;
  /** When the hold ends if nothing restarts any more. */
  readonly untilAt: number;
}

/** Null when the container does not flap at `now`. `increasedAt` is ascending. */
export function flappingOf(memory: ContainerMemory, now: number): Flapping | null {
  const instants = memory.increasedAt;
  const last = instants.at(-1);
  if (last === undefined || now - last >= flappingWindowMs) return null;
  for (let index = flappingRestarts - 1; index < instants.length; index += 1) {
    const first = instants[index - flappingRestarts + 1];
    const third = instants[index];
    if (first === undefined || third === undefined || third - first > flappingWindowMs) continue;
    return {
      restarts: instants.filter((at) => at > now - flappingWindowMs).length,
      sinceAt: third,
      untilAt: last + flappingWindowMs,
    };
  }
  return null;
}

/**
 * What is known of a container after this look.
 *
 * @param previous what was known before, undefined when it had not restarted or was never seen
 * @param knownFromZero true when every restart happened under our eyes or within the pod's own short life
 */
export function rememberRestarts(
  previous: ContainerMemory | undefined,
  count: number,
  last: TerminationFacts | null,
  knownFromZero: boolean,
  now: number,
): ContainerMemory {
  if (previous !== undefined && previous.count === count) return forgetOld(previous, now);
  const known = previous?.count ?? (knownFromZero ? 0 : Math.max(0, count - 1));
  // A count that fell is another container under the same name: the kubelet never counts down.
  const increase = count < known ? count : count - known;
  const finishedAt = Math.min(now, last?.finishedAt ?? now);
  // Of the restarts that we did not see one by one, only this is known: they came before the last run began. A program
  // that never started has its beginning at 1970.
  const startedAt = last?.startedAt ? Math.min(finishedAt, last.startedAt) : finishedAt;
  const instants = count < known ? [] : [...(previous?.increasedAt ?? [])];
  for (let index = Math.min(increase, limitInstants); index > 0; index -= 1) {
    instants.push(index === 1 ? finishedAt : startedAt);
  }
  return forgetOld({ count, increasedAt: instants.sort((left, right) => left - right).slice(-limitInstants) }, now);
}

/** Drops every instant that lies before a quiet span of 15 minutes: it belongs to an illness that is over. */
function forgetOld(memory: ContainerMemory, now: number): ContainerMemory {
  const instants = memory.increasedAt;
  let keep = instants.length;
  let next = now;
  while (keep > 0) {
    const at = instants[keep - 1];
    if (at === undefined || next - at >= flappingWindowMs) break;
    next = at;
    keep -= 1;
  }
  return keep === 0 ? memory : { count: memory.count, increasedAt: instants.slice(keep) };
}

export function containerKey(pod: PodFacts, container: string): string {
  return `${pod.uid}/${container}`;
}

/** The longest flapping of a pod's containers and sidecars. */
export function flappingOfPod(pod: PodFacts, restarts: RestartMemory, now: number): Flapping | null {
  let longest: Flapping | null = null;
  for (const { name, type } of pod.spec.containers) {
    const memory = type === 'init' ? undefined : restarts[containerKey(pod, name)];
    const flapping = memory === undefined ? null : flappingOf(memory, now);
    if (flapping !== null && (longest === null || flapping.sinceAt < longest.sinceAt)) longest = flapping;
  }
  return longest;
}

/** Restarts at first sight of a pod that is older than the window in which they would count. */
export function hasUndatedRestarts(pods: readonly PodFacts[], now: number): boolean {
  return pods.some(
    (pod) =>
      now - pod.createdAt >= flappingWindowMs &&
      pod.containerStatuses.some(
        (status) => status.restartCount > 1 && now - (status.lastTermination?.finishedAt ?? 0) < flappingWindowMs,
      ),
  );
}

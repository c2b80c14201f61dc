import { type CauseDraft, makeCause } from '../causes.ts';
import type { PodFacts, UsageFacts } from '../kubernetes.ts';
import { parseQuantity } from '../quantity.ts';
import type { Remembered } from '../verdict.ts';
import { kubectl } from './draft.ts';
import { containerFacts, formatQuantity } from './facts.ts';

/**
 * J31, J32: containers close to what they may use. One sample can be a peak, so a note becomes a warning only when it
 * was seen before for as long as two (memory) or three (CPU) samples of metrics-server take.
 */

const memoryRatio = 0.9;
const cpuRatio = 0.95;
/** metrics-server scrapes every 15 s by default. */
const memorySeenMs = 30_000;
const cpuSeenMs = 45_000;

export function diagnoseUsage(
  pods: readonly PodFacts[],
  usage: readonly UsageFacts[],
  remembered: Remembered,
  now: number,
): CauseDraft[] {
  if (usage.length === 0) return [];
  const byName = new Map(pods.map((pod) => [pod.name, pod]));
  let memory: Peak | null = null;
  let cpu: Peak | null = null;
  for (const sample of usage) {
    const pod = byName.get(sample.podName);
    // A StatefulSet's pod keeps its name: a sample of its predecessor is not about it.
    if (pod === undefined || (sample.podUid !== null && sample.podUid !== pod.uid)) continue;
    memory = higher(memory, peakOf(pod, sample, 'memory', sample.memoryBytes));
    cpu = higher(cpu, peakOf(pod, sample, 'cpu', sample.cpuCores));
  }
  const notes: CauseDraft[] = [];
  if (memory !== null && memory.ratio >= memoryRatio) {
    notes.push(note('MemoryNearLimit', memory, memorySeenMs, remembered, now));
  }
  if (cpu !== null && cpu.ratio >= cpuRatio) notes.push(note('CpuAtLimit', cpu, cpuSeenMs, remembered, now));
  return notes;
}

interface Peak {
  readonly pod: PodFacts;
  readonly sample: UsageFacts;
  readonly resource: 'cpu' | 'memory';
  readonly used: number;
  readonly limit: string;
  readonly ratio: number;
}

function peakOf(pod: PodFacts, sample: UsageFacts, resource: 'cpu' | 'memory', used: number): Peak | null {
  const limit = containerFacts(pod, sample.container)?.limits[resource];
  const amount = limit === undefined ? null : parseQuantity(limit);
  if (limit === undefined || amount === null || amount <= 0) return null;
  return { pod, sample, resource, used, limit, ratio: used / amount };
}

function higher(left: Peak | null, right: Peak | null): Peak | null {
  if (left === null || right === null) return left ?? right;
  return right.ratio > left.ratio ? right : left;
}

function note(
  code: 'MemoryNearLimit' | 'CpuAtLimit',
  peak: Peak,
  seenMs: number,
  remembered: Remembered,
  now: number,
): CauseDraft {
  const { pod, sample, resource, limit, used } = peak;
  const seenAt = remembered.causeSeenAt?.[code] ?? now;
  const share = `${shareOf(peak.ratio)} of its ${resource} limit of ${limit}`;
  const risk =
    code === 'MemoryNearLimit' ? 'at the limit it is killed' : 'it is probably throttled, and its probes with it';
  return makeCause(code, {
    message: `Container ${sample.container} of pod ${pod.name} uses ${share}: ${risk}`,
    severity: now - seenAt >= seenMs ? 'warning' : 'info',
    // No time of its own: the first sight is remembered.
    since: null,
    evidence: [
      {
        object: { kind: 'Pod', name: pod.name },
        field: `usage of container ${sample.container}`,
        text: `${formatQuantity(resource, used)} of ${limit}`,
        at: sample.sampledAt,
      },
    ],
    commands: [kubectl.top(pod)],
  });
}

/** In steps of five percent: the message does not change with every sample. */
function shareOf(ratio: number): string {
  if (ratio >= 1) return 'all';
  return `over ${Math.floor((ratio * 100) / 5) * 5} %`;
}

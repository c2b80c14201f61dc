import { type CauseDraft, makeCause } from '../causes.ts';
import type { PodFacts } from '../kubernetes.ts';
import { exitCodeWords } from '../parse/exit-code.ts';
import { fieldEvidence, kubectl } from './draft.ts';
import { lastEnd } from './notes.ts';

/** C16: several pods of one revision end alike, so the revision is the cause, not a node. */

const windowMs = 120_000;
const leastPods = 2;
const leastRestarts = 2;

interface End {
  readonly pod: PodFacts;
  readonly container: string;
  readonly exitCode: number;
  readonly at: number;
}

/**
 * @param pods of one workload
 * @param revisionOf of a pod; pods without one are left out
 */
export function sharedCrash(
  pods: readonly PodFacts[],
  revisionOf: (pod: PodFacts) => string | null,
): CauseDraft | null {
  const groups = new Map<string, End[]>();
  for (const pod of pods) {
    const revision = pod.deletionAt === null ? revisionOf(pod) : null;
    if (revision === null) continue;
    for (const status of pod.containerStatuses) {
      const end = lastEnd(status);
      if (end === null || status.ready || status.restartCount < leastRestarts || end.finishedAt === null) continue;
      const key = `${revision} ${status.name} ${end.exitCode}`;
      const group = groups.get(key);
      const found = { pod, container: status.name, exitCode: end.exitCode, at: end.finishedAt };
      if (group === undefined) groups.set(key, [found]);
      else group.push(found);
    }
  }
  let largest: readonly End[] = [];
  for (const group of groups.values()) {
    const close = closest(group);
    if (close.length > largest.length) largest = close;
  }
  return largest.length < leastPods ? null : cause(largest);
}

/** The most ends that lie within the window. */
function closest(ends: readonly End[]): End[] {
  const sorted = [...ends].sort((left, right) => left.at - right.at || (left.pod.name < right.pod.name ? -1 : 1));
  let best: End[] = [];
  let from = 0;
  for (let to = 0; to < sorted.length; to += 1) {
    while ((sorted[to]?.at ?? 0) - (sorted[from]?.at ?? 0) > windowMs) from += 1;
    if (to - from + 1 > best.length) best = sorted.slice(from, to + 1);
  }
  return best;
}

function cause(ends: readonly End[]): CauseDraft | null {
  const first = ends[0];
  if (first === undefined) return null;
  const words = exitCodeWords(first.exitCode);
  return makeCause('SharedCrash', {
    message: `${ends.length} pods of this revision end alike: container ${first.container} with exit code ${words}`,
    since: first.at,
    evidence: ends
      .slice(0, 3)
      .map((end) => fieldEvidence(end.pod, `status.containerStatuses[${end.container}]`, `exit code ${words}`, end.at)),
    commands: [kubectl.previousLogs(first.pod, first.container)],
  });
}

import { makeCause } from './causes.ts';
import { newestReplicaSet } from './deployment.ts';
import { durationWords } from './diagnose/facts.ts';
import { type Situation, type WorkloadCause, plural } from './judgement.ts';
import type { AnyWorkloadFacts, PodSpecFacts, TemplateFacts } from './kubernetes.ts';
import { fieldOf } from './shortage.ts';
import { type TemplateChange, templateChanges } from './template-diff.ts';

/**
 * J13: the rollout that came before the trouble, as the difference of the two templates and the time between.
 *
 * Deployments compare their two newest ReplicaSets by revision, never by age; the other kinds compare two live pods of
 * different revisions, because ControllerRevisions cannot be read.
 */

/** Trouble that begins later than this after a rollout has hardly to do with it. */
const relatedMs = 60 * 60_000;
/** An update may end old pods before the first new one is there, and instants have whole seconds. */
const slackMs = 5_000;
const limitNamed = 3;

/** @param troubleAt when the trouble began; null when nothing tells */
export function whatChanged(situation: Situation<AnyWorkloadFacts>, troubleAt: number | null): WorkloadCause | null {
  const rollout = rolloutOf(situation);
  if (rollout === null || troubleAt === null) return null;
  const elapsedMs = Math.max(0, troubleAt - rollout.startedAt);
  if (troubleAt < rollout.startedAt - slackMs || elapsedMs > relatedMs) return null;
  const changes = templateChanges(rollout.previous, rollout.next);
  if (changes.length === 0) return null;
  const named = changes.slice(0, limitNamed).map(changeText);
  const more = changes.length > limitNamed ? ` and ${plural(changes.length - limitNamed, 'more change')}` : '';
  const draft = makeCause('TemplateChanged', {
    message: `Began ${durationWords(elapsedMs)} after revision ${rollout.revision}: ${named.join(', ')}${more}`,
    since: rollout.startedAt,
    evidence: changes
      .slice(0, limitNamed)
      .map((one) => fieldOf(situation.workload, one.path, changeText(one), rollout.startedAt)),
  });
  return { draft, pods: 0 };
}

function changeText({ path, from, to, redacted }: TemplateChange): string {
  if (redacted && from === to) return `${path} (value changed)`;
  if (from === null) return `${path} added${redacted ? '' : ` (${to ?? ''})`}`;
  if (to === null) return `${path} removed`;
  return `${path} ${from} → ${to}`;
}

interface Rollout {
  readonly revision: string;
  readonly startedAt: number;
  readonly previous: TemplateFacts;
  readonly next: TemplateFacts;
}

function rolloutOf(situation: Situation<AnyWorkloadFacts>): Rollout | null {
  const { workload, input, pods } = situation;
  let startedAt: number | null = null;
  let revision: string | null = null;
  let oldSpec: PodSpecFacts | null = null;
  let newSpec: PodSpecFacts | null = null;
  for (const view of pods) {
    if (!view.updated) oldSpec ??= view.pod.spec;
    else if (startedAt === null || view.pod.createdAt < startedAt) {
      startedAt = view.pod.createdAt;
      revision = view.revision;
      newSpec = view.pod.spec;
    }
  }
  if (workload.kind !== 'Deployment') {
    if (startedAt === null || revision === null || oldSpec === null || newSpec === null) return null;
    return { revision, startedAt, previous: bareTemplate(oldSpec), next: bareTemplate(newSpec) };
  }
  const newest = newestReplicaSet(workload, input.replicaSets);
  if (newest === null || newest.template === null) return null;
  let previous: (typeof input.replicaSets)[number] | null = null;
  for (const one of input.replicaSets) {
    if (one === newest || one.revision >= newest.revision) continue;
    if (previous === null || one.revision > previous.revision) previous = one;
  }
  if (previous === null || previous.template === null) return null;
  return {
    revision: String(newest.revision),
    // A ReplicaSet that was taken up again is older than its rollout: then its first pod tells.
    startedAt: startedAt ?? newest.createdAt,
    previous: previous.template,
    next: newest.template,
  };
}

/** A pod's spec as a template. Of pods no hashes are kept, so a changed value of a variable does not show here. */
function bareTemplate(spec: PodSpecFacts): TemplateFacts {
  return { spec, labels: {}, envHashes: {}, commandHashes: {} };
}

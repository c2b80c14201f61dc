import type { Cause, CauseSeverity, Evidence, IncidentGroup } from './verdict.ts';
import { containerCauses } from './causes/container.ts';
import { crashCauses } from './causes/crash.ts';
import { creationCauses } from './causes/creation.ts';
import type { CauseEntry } from './causes/entry.ts';
import { imageCauses } from './causes/image.ts';
import { initCauses } from './causes/init.ts';
import { nodeCauses } from './causes/node.ts';
import { probeCauses } from './causes/probe.ts';
import { rolloutCauses } from './causes/rollout.ts';
import { schedulingCauses } from './causes/scheduling.ts';
import { unknownCauses } from './causes/unknown.ts';
import { volumeCauses } from './causes/volume.ts';

/**
 * The closed list of causes: every code that a verdict can name. A code that was published once keeps its name and its
 * meaning; new ones are added. `catalogueId` is the row of the catalogue, A1 … J38, plus U1 … for "broken, and the
 * text that would say why is unknown".
 */

export type { CauseClass, CauseEntry } from './causes/entry.ts';

const list = {
  ...imageCauses,
  ...containerCauses,
  ...crashCauses,
  ...probeCauses,
  ...initCauses,
  ...schedulingCauses,
  ...creationCauses,
  ...volumeCauses,
  ...nodeCauses,
  ...rolloutCauses,
  ...unknownCauses,
};

export type CauseCode = keyof typeof list;

export const causes: Readonly<Record<CauseCode, CauseEntry<CauseCode>>> = list;

export function isCauseCode(text: string): text is CauseCode {
  return Object.hasOwn(causes, text);
}

/** A cause as the rules about one pod or one object write it; the workload merges equal ones and counts the pods. */
export interface CauseDraft extends Omit<Cause, 'pods' | 'code'> {
  readonly code: CauseCode;
}

/** What a rule adds to the list's own words. What it leaves out comes from the entry. */
export interface CauseDetails {
  /** The reader's line: a sentence with the names and numbers of this case. */
  readonly message: string;
  readonly since: number | null;
  readonly evidence: readonly Evidence[];
  readonly severity?: CauseSeverity;
  readonly title?: string;
  readonly remedy?: string;
  /** Read-only kubectl commands; what writes belongs into `remedy`, as text. */
  readonly commands?: readonly string[];
  readonly group?: IncidentGroup | null;
  readonly runbook?: string | null;
}

export function makeCause(code: CauseCode, details: CauseDetails): CauseDraft {
  const entry = causes[code];
  return {
    code,
    title: details.title ?? entry.title,
    message: details.message,
    severity: details.severity ?? entry.severity,
    since: details.since,
    evidence: details.evidence,
    remedy: details.remedy ?? entry.remedy,
    commands: details.commands ?? [],
    runbook: details.runbook === undefined ? entry.runbook : details.runbook,
    group: details.group ?? null,
  };
}

/**
 * What is never guessed, because the rights of the product (get, list and watch on workloads, pods, events, services,
 * namespaces and pod metrics) do not reach it, and what tells it instead.
 */
export const undecidable: readonly { readonly what: string; readonly instead: string }[] = [
  {
    what: 'Conditions and allocatable resources of nodes',
    instead: 'NodeLost from pods, events about nodes, texts of the scheduler',
  },
  {
    what: 'Phase and storage class of volume claims',
    instead: 'events about the claim, texts of the scheduler and the kubelet',
  },
  {
    what: 'Existence and content of Secrets and ConfigMaps',
    instead: 'the text with which the kubelet refuses the container',
  },
  { what: 'Endpoints and EndpointSlices', instead: 'selectors of Services against the readiness of pods' },
  {
    what: 'Budgets of PodDisruptionBudgets',
    instead: 'nothing: a refused eviction shows only in the answer to its caller',
  },
  { what: 'Specification of autoscalers', instead: 'events about the autoscaler of the same name' },
  { what: 'NetworkPolicies', instead: 'nothing: a blocked connection shows as a timeout of a probe at most' },
  { what: 'ResourceQuota and LimitRange objects', instead: 'the numbers in the text of the refusal' },
  { what: 'ControllerRevisions', instead: 'templates of live pods, grouped by controller-revision-hash' },
];

/** Rows that no assessment names, with the reason: they are in the list so that a reader finds the answer. */
export const neverNamed: Readonly<Partial<Record<CauseCode, string>>> = {
  EphemeralContainerFailed:
    'Ephemeral containers are added by hand; their state never counts, so they are not even read.',
};

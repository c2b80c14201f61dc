import type { CauseSeverity } from '../verdict.ts';

/**
 * One row of the closed list of causes: what a reader, `GET /api/v1/causes` and the generated page of all causes say
 * about a code. Plain data; a class of causes is one file beside this one.
 */

/** What the cause is about; one file and one letter of the catalogue each. */
export type CauseClass =
  | 'image'
  | 'container'
  | 'crash'
  | 'probe'
  | 'init'
  | 'scheduling'
  | 'creation'
  | 'volume'
  | 'node'
  | 'rollout'
  | 'unknown';

export interface CauseEntry<Code extends string = string> {
  readonly code: Code;
  /** `A1` … `J38`, one for one with the catalogue; `U1` … for what is known to be broken and not why. */
  readonly catalogueId: string;
  readonly class: CauseClass;
  readonly title: string;
  readonly meaning: string;
  /** What in the objects and events it is told by. */
  readonly signal: string;
  readonly remedy: string;
  /** critical: cannot heal by itself. warning: may heal. info: explains, alarms nobody. */
  readonly severity: CauseSeverity;
  /**
   * How long the cause may last before it counts, in seconds, from an instant in the object. Probe causes have the
   * probe's own budget on top; crash causes count restarts instead, which `signal` then says.
   */
  readonly graceSeconds: number;
  /** Where the rule or the text comes from. */
  readonly source: string;
  readonly runbook: string | null;
}

export interface CauseRow extends Omit<CauseEntry, 'code' | 'class' | 'runbook'> {
  readonly runbook?: string;
}

/** Gives each row its code (its key) and its class. */
export function entriesOf<Code extends string>(
  causeClass: CauseClass,
  rows: Readonly<Record<Code, CauseRow>>,
): Readonly<Record<Code, CauseEntry<Code>>> {
  const entries: Partial<Record<Code, CauseEntry<Code>>> = {};
  for (const code in rows) entries[code] = { code, class: causeClass, runbook: null, ...rows[code] };
  // Complete: every key of `rows` was visited.
  return entries as Record<Code, CauseEntry<Code>>;
}

/** A file of Kubernetes at the version whose texts and rules the list follows. */
export function kubernetes(path: string): string {
  return `https://github.com/kubernetes/kubernetes/blob/v1.36.3/${path}`;
}

/** A page of the Kubernetes documentation. */
export function documentation(path: string): string {
  return `https://kubernetes.io/docs/${path}`;
}

/** The runbook of a kubernetes-mixin alert, by the alert's name. */
export function runbook(alert: `Kube${string}` | 'CPUThrottlingHigh'): string {
  return `https://runbooks.prometheus-operator.dev/runbooks/kubernetes/${alert.toLowerCase()}`;
}

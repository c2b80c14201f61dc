import type { IncidentGroup } from '../health/verdict.ts';
import { parseWorkloadKey, type WorkloadKey, workloadKey } from '../health/workload.ts';
import type { event, incident, rollout } from './schema.ts';
import type { IncidentRecord, RolloutOutcome, RolloutRecord, StoredEvent, TemplateChange } from './store.ts';

/**
 * Rows of the history as the domain's types. A database is an input: words that no version wrote and texts that are no
 * JSON make a row unreadable (null), which leaves it out of the answer.
 */

/** Every word of a union, so that the compiler asks here for one that is new: else its rows would vanish. */
type Words<Word extends string> = Readonly<Record<Word, true>>;

const outcomes: Words<RolloutOutcome> = {
  inProgress: true,
  complete: true,
  stalled: true,
  superseded: true,
  rolledBack: true,
};
const severities: Words<IncidentRecord['severity']> = { info: true, warning: true, critical: true };
const groupTypes: Words<IncidentGroup['type']> = {
  workload: true,
  registry: true,
  node: true,
  webhook: true,
  quota: true,
  storageClass: true,
};
const eventTypes: Words<StoredEvent['type']> = { Normal: true, Warning: true };

export function parseRollout(key: WorkloadKey | null, row: typeof rollout.$inferSelect): RolloutRecord | null {
  const { revision, startedAt, finishedAt, outcome } = row;
  if (key === null || !isOneOf(outcomes, outcome)) return null;
  return {
    key,
    revision,
    startedAt,
    finishedAt,
    outcome,
    images: parseList(row.images).filter(isString),
    changes: parseList(row.changes).filter(isTemplateChange),
  };
}

export function parseEvent(key: WorkloadKey | null, row: typeof event.$inferSelect): StoredEvent | null {
  const { type, reason, message, count, firstAt, lastAt, objectKind, objectName } = row;
  if (key === null || !isOneOf(eventTypes, type)) return null;
  return { key, type, reason, message, count, firstAt, lastAt, object: { kind: objectKind, name: objectName } };
}

export function parseIncident(row: typeof incident.$inferSelect): IncidentRecord | null {
  const { severity, groupType } = row;
  if (!isOneOf(severities, severity) || !isOneOf(groupTypes, groupType)) return null;
  return {
    id: row.id,
    causeCode: row.causeCode,
    title: row.title,
    message: row.message,
    severity,
    since: row.sinceAt,
    until: row.untilAt,
    group: { type: groupType, name: row.groupName },
    workloads: parseList(row.workloads).flatMap((text) => parseKey(text) ?? []),
  };
}

function parseKey(text: unknown): WorkloadKey | null {
  const name = typeof text === 'string' ? parseWorkloadKey(text) : null;
  return name === null ? null : workloadKey(name.namespace, name.kind, name.name);
}

function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    // A text that is no JSON is a damaged row: what can be read of it is shown.
    return [];
  }
}

function isOneOf<Word extends string>(words: Words<Word>, text: string): text is Word {
  return Object.hasOwn(words, text);
}

const isString = (value: unknown): value is string => typeof value === 'string';

function isTemplateChange(value: unknown): value is TemplateChange {
  return typeof value === 'object' && value !== null && 'path' in value && 'from' in value && 'to' in value;
}

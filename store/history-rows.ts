import type { IncidentGroup } from '../health/verdict.ts';
import { parseWorkloadKey, type WorkloadKey, workloadKey } from '../health/workload.ts';
import type { event, incident, rollout } from './schema.ts';
import type { IncidentRecord, RolloutOutcome, RolloutRecord, StoredEvent, TemplateChange } from './store.ts';

/**
 * Rows of the history as the domain's types. A database is an input: words that no version wrote and texts that are no
 * JSON make a row unreadable (null), which leaves it out of the answer.
 */

const outcomes = ['inProgress', 'complete', 'stalled', 'superseded', 'rolledBack'] as const;
const severities = ['info', 'warning', 'critical'] as const;
const groupTypes = ['workload', 'registry', 'node', 'webhook', 'quota', 'storageClass'] as const;
const eventTypes = ['Normal', 'Warning'] as const;

export function parseRollout(key: WorkloadKey | null, row: typeof rollout.$inferSelect): RolloutRecord | null {
  const outcome: RolloutOutcome | null = oneOf(outcomes, row.outcome);
  if (key === null || outcome === null) return null;
  const { revision, startedAt, finishedAt } = row;
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
  const type = oneOf(eventTypes, row.type);
  if (key === null || type === null) return null;
  const { reason, message, count, firstAt, lastAt, objectKind, objectName } = row;
  return { key, type, reason, message, count, firstAt, lastAt, object: { kind: objectKind, name: objectName } };
}

export function parseIncident(row: typeof incident.$inferSelect): IncidentRecord | null {
  const severity = oneOf(severities, row.severity);
  const type: IncidentGroup['type'] | null = oneOf(groupTypes, row.groupType);
  if (severity === null || type === null) return null;
  return {
    id: row.id,
    causeCode: row.causeCode,
    title: row.title,
    message: row.message,
    severity,
    since: row.sinceAt,
    until: row.untilAt,
    group: { type, name: row.groupName },
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

function oneOf<Word extends string>(words: readonly Word[], text: string): Word | null {
  return words.find((word) => word === text) ?? null;
}

const isString = (value: unknown): value is string => typeof value === 'string';

function isTemplateChange(value: unknown): value is TemplateChange {
  return typeof value === 'object' && value !== null && 'path' in value && 'from' in value && 'to' in value;
}

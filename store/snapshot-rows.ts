import type { PodSnapshot, Remembered, WorkloadSnapshot } from '../health/verdict.ts';

/**
 * A snapshot as two JSON texts: what a list row shows and the rest. Apart, because a reader of the list wants to hear
 * of the first only, and because the second is the larger and changes with every pod.
 */

/** Raised when the shape of snapshots changes: rows of another version are not served, the cluster tells them anew. */
export const snapshotVersion = 1;

export interface SnapshotRows {
  readonly listRow: string;
  readonly detail: string;
}

export function snapshotRows(snapshot: WorkloadSnapshot): SnapshotRows {
  const {
    causes,
    conditions,
    ordinals,
    nodes,
    nodesNotNamed,
    revisions,
    services,
    podsTotal,
    revision,
    owner,
    requests,
    limits,
    ...listRow
  } = snapshot;
  return {
    listRow: JSON.stringify(listRow),
    detail: JSON.stringify({
      causes,
      conditions,
      ordinals,
      nodes,
      nodesNotNamed,
      revisions,
      services,
      podsTotal,
      revision,
      owner,
      requests,
      limits,
    }),
  };
}

/** The snapshot of two stored texts, or null when they are not what `snapshotRows` makes. */
export function parseSnapshot(rows: SnapshotRows): WorkloadSnapshot | null {
  const listRow = parseObject(rows.listRow);
  const detail = parseObject(rows.detail);
  if (listRow === null || detail === null) return null;
  const joined: unknown = { ...listRow, ...detail };
  return isSnapshot(joined) ? joined : null;
}

export function parsePod(content: string): PodSnapshot | null {
  const pod: unknown = parseObject(content);
  return isPod(pod) ? pod : null;
}

export function parseRemembered(content: string): Remembered {
  return parseObject(content) ?? {};
}

// The texts are our own and carry a version, so that only what a damaged row could break is looked at.
function isSnapshot(value: unknown): value is WorkloadSnapshot {
  return (
    isObject(value) &&
    typeof value['key'] === 'string' &&
    typeof value['uid'] === 'string' &&
    isObject(value['verdict']) &&
    Array.isArray(value['images']) &&
    Array.isArray(value['causes'])
  );
}

function isPod(value: unknown): value is PodSnapshot {
  return isObject(value) && typeof value['uid'] === 'string' && Array.isArray(value['containers']);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    // A text that is no JSON is a damaged row; the caller treats it as absent.
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

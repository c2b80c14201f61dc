import type { NodeSnapshot, OrdinalSnapshot, PodSnapshot, Remembered, WorkloadSnapshot } from '../health/verdict.ts';

/**
 * A snapshot as texts: what a list row shows, the rest, and a row for each node and ordinal. Apart, because a reader of
 * the list wants to hear of the first only, and because a DaemonSet has thousands of the third, of which one changes.
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
    nodesNotNamed,
    revisions,
    services,
    podsTotal,
    revision,
    owner,
    requests,
    limits,
    ordinals: _ordinals,
    nodes: _nodes,
    ...listRow
  } = snapshot;
  return {
    listRow: JSON.stringify(listRow),
    detail: JSON.stringify({
      causes,
      conditions,
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

/** Nodes and ordinals with an id each; a node may hold two pods of a DaemonSet while it surges. */
export function* memberRows(snapshot: WorkloadSnapshot): Generator<readonly [string, NodeSnapshot | OrdinalSnapshot]> {
  const used = new Map<string, number>();
  for (const node of snapshot.nodes) {
    const count = used.get(node.node) ?? 0;
    used.set(node.node, count + 1);
    yield [count === 0 ? `node/${node.node}` : `node/${node.node}/${count}`, node];
  }
  for (const ordinal of snapshot.ordinals) yield [`ordinal/${ordinal.ordinal}`, ordinal];
}

/** What `memberRows` took apart; unreadable rows are left out. */
export class Members {
  readonly nodes: NodeSnapshot[] = [];
  readonly ordinals: OrdinalSnapshot[] = [];

  add(content: string): void {
    const member: unknown = parseObject(content);
    if (isNode(member)) this.nodes.push(member);
    else if (isOrdinal(member)) this.ordinals.push(member);
  }
}

/** The snapshot of stored texts, or null when they are not what `snapshotRows` makes. */
export function parseSnapshot(rows: SnapshotRows, members: Members | null): WorkloadSnapshot | null {
  const listRow = parseObject(rows.listRow);
  const detail = parseObject(rows.detail);
  if (listRow === null || detail === null) return null;
  const ordinals = members?.ordinals.sort((left, right) => left.ordinal - right.ordinal) ?? [];
  const joined: unknown = { ...listRow, ...detail, nodes: members?.nodes ?? [], ordinals };
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

function isNode(value: unknown): value is NodeSnapshot {
  return isObject(value) && typeof value['node'] === 'string';
}

function isOrdinal(value: unknown): value is OrdinalSnapshot {
  return isObject(value) && typeof value['ordinal'] === 'number';
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

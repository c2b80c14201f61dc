import type { ObservationGap } from './batch.ts';
import { contentHash } from './content-hash.ts';
import { parseIncident } from './history-rows.ts';
import { type Database, openForReading, type Statement } from './sqlite.ts';
import type { IncidentRecord } from './store.ts';

/**
 * The main thread's read-only connection: everything once at the start, afterwards nothing but the pods of one workload
 * (measured 0.1 ms for 10 pods). Every other read happens on the reader thread.
 */

export interface StoredWorkload {
  readonly id: number;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
  readonly firstSeenAt: number;
  readonly deletedAt: number | null;
  readonly listRow: string;
  readonly detail: string;
  readonly remembered: string;
}

export interface StoredInterval {
  readonly fromAt: number;
  readonly state: number;
  readonly availability: number;
  readonly cause: string | null;
}

export interface StoredMeta {
  readonly revision: number;
  readonly lastSeenAt: number | null;
  readonly snapshotVersion: number;
  readonly installationKey: string;
}

const cacheKiB = 1_000;

export class PointReader {
  readonly #database: Database;
  readonly #podsOf: Statement<{ readonly uid: string; readonly content: string }>;

  constructor(path: string) {
    this.#database = openForReading(path, cacheKiB);
    this.#podsOf = this.#database.prepare(
      `SELECT uid, content FROM pod
       WHERE workload_id = (SELECT id FROM workload WHERE namespace = ? AND kind = ? AND name = ?)`,
    );
  }

  meta(): StoredMeta {
    const row = this.#database
      .prepare<[], StoredMeta>(
        'SELECT revision, last_seen_at_ms AS lastSeenAt, snapshot_version AS snapshotVersion, installation_key AS installationKey FROM meta',
      )
      .get();
    return row ?? { revision: 0, lastSeenAt: null, snapshotVersion: 0, installationKey: '' };
  }

  /** Only of a migrated file; null when it names none. */
  cluster(): string | null {
    const row = this.#database.prepare<[], { readonly cluster: string }>('SELECT cluster FROM meta').get();
    return row === undefined || row.cluster === '' ? null : row.cluster;
  }

  workloads(): IterableIterator<StoredWorkload> {
    return this.#database
      .prepare<[], StoredWorkload>(
        `SELECT id, namespace, kind, name, uid, revision, first_seen_at_ms AS firstSeenAt, deleted_at_ms AS deletedAt,
                list_row AS listRow, detail, remembered
         FROM workload`,
      )
      .iterate();
  }

  /** The intervals of a workload that reach beyond `since`, oldest first; at least the newest one. */
  intervals(workloadId: number, since: number): readonly StoredInterval[] {
    this.#intervals ??= this.#database.prepare(
      `SELECT from_at_ms AS fromAt, state, availability, text.value AS cause
       FROM status_interval LEFT JOIN text ON text.id = cause_id
       WHERE workload_id = @id AND from_at_ms >= coalesce(
         (SELECT max(from_at_ms) FROM status_interval WHERE workload_id = @id AND from_at_ms <= @since), 0)
       ORDER BY from_at_ms`,
    );
    return this.#intervals.all({ id: workloadId, since });
  }
  #intervals: Statement<StoredInterval> | null = null;

  /** Begin of the oldest interval. */
  oldestAt(): number | null {
    const row = this.#database
      .prepare<[], { readonly at: number | null }>(
        'SELECT min(from_at_ms) AS at FROM status_interval WHERE previous_state IS NOT NULL',
      )
      .get();
    return row?.at ?? null;
  }

  gaps(since: number): readonly ObservationGap[] {
    return this.#database
      .prepare<[number], ObservationGap>(
        'SELECT from_at_ms AS "from", to_at_ms AS "to" FROM observation_gap WHERE to_at_ms > ? ORDER BY from_at_ms',
      )
      .all(since);
  }

  openIncidents(): readonly IncidentRecord[] {
    return this.#database
      .prepare<[], Parameters<typeof parseIncident>[0]>(
        `SELECT id, cause_code AS causeCode, title, message, severity, since_at_ms AS sinceAt, until_at_ms AS untilAt,
                group_type AS groupType, group_name AS groupName, workloads
         FROM incident WHERE until_at_ms IS NULL`,
      )
      .all()
      .flatMap((row) => parseIncident(row) ?? []);
  }

  /** Calls back with the content hash of every pod. */
  forEachPod(visit: (workloadId: number, uid: string, hash: number) => void): void {
    for (const { workloadId, id, content } of this.#rows('pod', 'uid')) visit(workloadId, id, contentHash(content));
  }

  forEachMember(visit: (workloadId: number, id: string, content: string) => void): void {
    for (const { workloadId, id, content } of this.#rows('member', 'id')) visit(workloadId, id, content);
  }

  #rows(
    table: string,
    id: string,
  ): IterableIterator<{ readonly workloadId: number; readonly id: string; readonly content: string }> {
    return this.#database
      .prepare<[], { readonly workloadId: number; readonly id: string; readonly content: string }>(
        `SELECT workload_id AS workloadId, ${id} AS id, content FROM ${table}`,
      )
      .iterate();
  }

  podsOf(namespace: string, kind: string, name: string): readonly { readonly uid: string; readonly content: string }[] {
    return this.#podsOf.all(namespace, kind, name);
  }

  close(): void {
    this.#database.close();
  }
}

import { applicationId, type Database } from './sqlite.ts';

/**
 * The schema's history: forward only, one entry per released version, never edited once released. `user_version` of the
 * file is the number of entries that were applied. The SQL stands here as text because the bundle has no files beside
 * it; `schema.ts` describes the result to TypeScript and a test compares the two.
 *
 * Every table is STRICT: a wrong type is an error, never a silent text. Instants are integers in ms, `*_at_ms`.
 */
export const migrations: readonly string[] = [
  `
  -- One row: what concerns the file as a whole.
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    applied_batch TEXT NOT NULL,
    last_seen_at_ms INTEGER,
    stopped_cleanly INTEGER NOT NULL,
    snapshot_version INTEGER NOT NULL,
    rolled_up_at_ms INTEGER NOT NULL,
    metrics_rolled_up_at_ms INTEGER NOT NULL,
    installation_key TEXT NOT NULL
  ) STRICT;
  INSERT INTO meta VALUES (1, 0, '', NULL, 1, 1, 0, 0, hex(randomblob(32)));

  -- A workload by its name, across delete and re-create. The row of the list and the rest of the detail are apart,
  -- so that a change of one does not rewrite the other.
  CREATE TABLE workload (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    revision INTEGER NOT NULL,
    first_seen_at_ms INTEGER NOT NULL,
    deleted_at_ms INTEGER,
    list_row TEXT NOT NULL,
    detail TEXT NOT NULL,
    remembered TEXT NOT NULL,
    UNIQUE (namespace, kind, name)
  ) STRICT;

  CREATE TABLE pod (
    workload_id INTEGER NOT NULL REFERENCES workload (id) ON DELETE CASCADE,
    uid TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (workload_id, uid)
  ) STRICT, WITHOUT ROWID;

  -- Nodes of a DaemonSet and ordinals of a StatefulSet.
  CREATE TABLE member (
    workload_id INTEGER NOT NULL REFERENCES workload (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (workload_id, id)
  ) STRICT, WITHOUT ROWID;

  -- Texts that repeat (causes, messages), once in 30 days. Found by hash, because an index over the text would hold it
  -- twice. A period that is over is never referred to anew, so it can go as a whole with the history that used it.
  CREATE TABLE text (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    period INTEGER NOT NULL,
    value TEXT NOT NULL
  ) STRICT;
  CREATE INDEX text_by_hash ON text (period, hash);

  -- An interval ends where the next one of its workload begins: written once, never updated. previous_state is null
  -- where only the availability changed, -1 at first sight: those with a value are the transitions.
  CREATE TABLE status_interval (
    workload_id INTEGER NOT NULL REFERENCES workload (id) ON DELETE CASCADE,
    from_at_ms INTEGER NOT NULL,
    state INTEGER NOT NULL,
    availability INTEGER NOT NULL,
    cause_id INTEGER,
    message_id INTEGER NOT NULL,
    previous_state INTEGER,
    PRIMARY KEY (workload_id, from_at_ms)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX transition_by_time ON status_interval (from_at_ms) WHERE previous_state IS NOT NULL;

  -- Time in which nobody watched, for all workloads at once.
  CREATE TABLE observation_gap (
    from_at_ms INTEGER PRIMARY KEY,
    to_at_ms INTEGER NOT NULL
  ) STRICT;

  -- Finished UTC days, so that 90 days are 90 rows.
  CREATE TABLE uptime_day (
    workload_id INTEGER NOT NULL REFERENCES workload (id) ON DELETE CASCADE,
    day_at_ms INTEGER NOT NULL,
    full_ms INTEGER NOT NULL,
    reduced_ms INTEGER NOT NULL,
    none_ms INTEGER NOT NULL,
    observed_ms INTEGER NOT NULL,
    existed_ms INTEGER NOT NULL,
    PRIMARY KEY (workload_id, day_at_ms)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE rollout (
    workload_id INTEGER NOT NULL REFERENCES workload (id) ON DELETE CASCADE,
    started_at_ms INTEGER NOT NULL,
    revision TEXT NOT NULL,
    finished_at_ms INTEGER,
    outcome TEXT NOT NULL,
    images TEXT NOT NULL,
    changes TEXT NOT NULL,
    PRIMARY KEY (workload_id, started_at_ms, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rollout_by_time ON rollout (started_at_ms);

  CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    workload_id INTEGER NOT NULL REFERENCES workload (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_at_ms INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL,
    object_kind TEXT NOT NULL,
    object_name TEXT NOT NULL
  ) STRICT;
  CREATE INDEX event_by_time ON event (last_at_ms);
  CREATE INDEX event_by_workload ON event (workload_id, last_at_ms);

  CREATE TABLE incident (
    id TEXT PRIMARY KEY,
    cause_code TEXT NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    severity TEXT NOT NULL,
    since_at_ms INTEGER NOT NULL,
    until_at_ms INTEGER,
    group_type TEXT NOT NULL,
    group_name TEXT NOT NULL,
    workloads TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX incident_by_time ON incident (since_at_ms);

  -- One row a minute for all workloads, until its hour is over: 12 bytes a workload, sorted by id (metric-samples.ts).
  CREATE TABLE metric_minute (
    minute_at_ms INTEGER PRIMARY KEY,
    samples BLOB NOT NULL
  ) STRICT;

  -- The points of one workload: 60 of a minute and 12 of five in an hour, 24 of an hour in a day; 4 bytes a point.
  -- Time before workload in the key: rows are added at the end and go from the front, which keeps the pages full. They
  -- go by age and not with their workload, which would have to look for them everywhere.
  CREATE TABLE metric_chunk (
    resolution_s INTEGER NOT NULL,
    chunk_at_ms INTEGER NOT NULL,
    workload_id INTEGER NOT NULL,
    points BLOB NOT NULL,
    PRIMARY KEY (resolution_s, chunk_at_ms, workload_id)
  ) STRICT, WITHOUT ROWID;
  `,
  // Flapping is merged up to here (flapping.ts).
  'ALTER TABLE meta ADD COLUMN merged_up_at_ms INTEGER NOT NULL DEFAULT 0;',
  // Which cluster all of this is about: another one behind the same URL begins a file of its own.
  "ALTER TABLE meta ADD COLUMN cluster TEXT NOT NULL DEFAULT '';",
];

/** The version that this program writes. */
export const schemaVersion = migrations.length;

/** Applies what is missing, each step in its own transaction. Forward only: a newer file is refused before this. */
export function migrate(database: Database, steps: readonly string[] = migrations): void {
  for (let version = readUserVersion(database); version < steps.length; version += 1) {
    const step = steps[version];
    if (step === undefined) return;
    database
      .transaction(() => {
        database.exec(step);
        database.pragma(`application_id = ${applicationId}`);
        database.pragma(`user_version = ${version + 1}`);
      })
      .immediate();
  }
}

export function readUserVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

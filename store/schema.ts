import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/**
 * The tables as TypeScript sees them. `migrations.ts` makes them, because drizzle cannot say STRICT or WITHOUT ROWID; a
 * test compares the two column by column. Instants are integers in ms, `*_at_ms`.
 */

export const meta = sqliteTable('meta', {
  id: integer('id').primaryKey(),
  revision: integer('revision').notNull(),
  /** Identity of the last batch: one that is sent again after a crash is not applied twice. */
  appliedBatch: text('applied_batch').notNull(),
  /** Newest instant at which the cluster was watched. */
  lastSeenAt: integer('last_seen_at_ms'),
  stoppedCleanly: integer('stopped_cleanly').notNull(),
  snapshotVersion: integer('snapshot_version').notNull(),
  /** `uptime_day` is complete up to here (exclusive). */
  rolledUpAt: integer('rolled_up_at_ms').notNull(),
  /** `metric_chunk` is complete up to here (exclusive). */
  metricsRolledUpAt: integer('metrics_rolled_up_at_ms').notNull(),
  /** Secret of this installation: values in templates are compared by hashes that it keys, and never stored. */
  installationKey: text('installation_key').notNull(),
  /** Flapping is merged up to here (exclusive). */
  mergedUpAt: integer('merged_up_at_ms').notNull(),
  /** Which cluster all of this is about, in the words of whoever wrote it; empty before the first. */
  cluster: text('cluster').notNull(),
});

export const workload = sqliteTable(
  'workload',
  {
    id: integer('id').primaryKey(),
    namespace: text('namespace').notNull(),
    kind: text('kind').notNull(),
    name: text('name').notNull(),
    /** UID of the newest object of this name. */
    uid: text('uid').notNull(),
    revision: integer('revision').notNull(),
    firstSeenAt: integer('first_seen_at_ms').notNull(),
    deletedAt: integer('deleted_at_ms'),
    /** JSON, see `snapshot-rows.ts`. */
    listRow: text('list_row').notNull(),
    detail: text('detail').notNull(),
    remembered: text('remembered').notNull(),
  },
  (table) => [uniqueIndex('sqlite_autoindex_workload_1').on(table.namespace, table.kind, table.name)],
);

export const pod = sqliteTable(
  'pod',
  {
    workloadId: integer('workload_id').notNull(),
    uid: text('uid').notNull(),
    /** JSON of a `PodSnapshot`. */
    content: text('content').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workloadId, table.uid] })],
);

export const member = sqliteTable(
  'member',
  {
    workloadId: integer('workload_id').notNull(),
    /** `node/NAME` or `ordinal/N`. */
    id: text('id').notNull(),
    /** JSON of a `NodeSnapshot` or an `OrdinalSnapshot`. */
    content: text('content').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workloadId, table.id] })],
);

export const textValue = sqliteTable(
  'text',
  {
    id: integer('id').primaryKey(),
    hash: integer('hash').notNull(),
    /** Number of the 30 days in which it was first used. */
    period: integer('period').notNull(),
    value: text('value').notNull(),
  },
  (table) => [index('text_by_hash').on(table.period, table.hash)],
);

export const statusInterval = sqliteTable(
  'status_interval',
  {
    workloadId: integer('workload_id').notNull(),
    fromAt: integer('from_at_ms').notNull(),
    /** Codes of `codes.ts`. */
    state: integer('state').notNull(),
    availability: integer('availability').notNull(),
    causeId: integer('cause_id'),
    messageId: integer('message_id').notNull(),
    /** Null: only the availability changed. */
    previousState: integer('previous_state'),
  },
  (table) => [primaryKey({ columns: [table.workloadId, table.fromAt] }), index('transition_by_time').on(table.fromAt)],
);

export const observationGap = sqliteTable('observation_gap', {
  fromAt: integer('from_at_ms').primaryKey(),
  toAt: integer('to_at_ms').notNull(),
});

export const uptimeDay = sqliteTable(
  'uptime_day',
  {
    workloadId: integer('workload_id').notNull(),
    dayAt: integer('day_at_ms').notNull(),
    fullMs: integer('full_ms').notNull(),
    reducedMs: integer('reduced_ms').notNull(),
    noneMs: integer('none_ms').notNull(),
    observedMs: integer('observed_ms').notNull(),
    existedMs: integer('existed_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workloadId, table.dayAt] })],
);

export const rollout = sqliteTable(
  'rollout',
  {
    workloadId: integer('workload_id').notNull(),
    startedAt: integer('started_at_ms').notNull(),
    revision: text('revision').notNull(),
    finishedAt: integer('finished_at_ms'),
    outcome: text('outcome').notNull(),
    /** JSON lists. */
    images: text('images').notNull(),
    changes: text('changes').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workloadId, table.startedAt, table.revision] }),
    index('rollout_by_time').on(table.startedAt),
  ],
);

export const event = sqliteTable(
  'event',
  {
    id: integer('id').primaryKey(),
    uid: text('uid').notNull(),
    workloadId: integer('workload_id').notNull(),
    type: text('type').notNull(),
    reason: text('reason').notNull(),
    message: text('message').notNull(),
    count: integer('count').notNull(),
    firstAt: integer('first_at_ms').notNull(),
    lastAt: integer('last_at_ms').notNull(),
    objectKind: text('object_kind').notNull(),
    objectName: text('object_name').notNull(),
  },
  (table) => [
    uniqueIndex('sqlite_autoindex_event_1').on(table.uid),
    index('event_by_time').on(table.lastAt),
    index('event_by_workload').on(table.workloadId, table.lastAt),
  ],
);

export const incident = sqliteTable(
  'incident',
  {
    id: text('id').primaryKey(),
    causeCode: text('cause_code').notNull(),
    title: text('title').notNull(),
    message: text('message').notNull(),
    severity: text('severity').notNull(),
    sinceAt: integer('since_at_ms').notNull(),
    untilAt: integer('until_at_ms'),
    groupType: text('group_type').notNull(),
    groupName: text('group_name').notNull(),
    /** JSON list of keys. */
    workloads: text('workloads').notNull(),
  },
  (table) => [index('incident_by_time').on(table.sinceAt)],
);

export const metricMinute = sqliteTable('metric_minute', {
  minuteAt: integer('minute_at_ms').primaryKey(),
  samples: blob('samples', { mode: 'buffer' }).notNull(),
});

export const metricChunk = sqliteTable(
  'metric_chunk',
  {
    resolutionSeconds: integer('resolution_s').notNull(),
    chunkAt: integer('chunk_at_ms').notNull(),
    workloadId: integer('workload_id').notNull(),
    points: blob('points', { mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.resolutionSeconds, table.chunkAt, table.workloadId] })],
);

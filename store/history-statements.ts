import { and, asc, desc, eq, gt, gte, isNotNull, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import {
  event,
  incident,
  meta,
  metricChunk,
  metricMinute,
  observationGap,
  rollout,
  statusInterval,
  textValue,
  uptimeDay,
  workload,
} from './schema.ts';
import type { Database } from './sqlite.ts';

/**
 * The statements of the history, each prepared once: an ad-hoc drizzle query costs 50 µs and pins a native statement
 * until the next turn of the event loop. Beside each stands the index that it walks.
 */
export function prepareHistory(database: Database) {
  const db = drizzle({ client: database });
  const value = sql.placeholder;

  /** Only workloads of the JSON list `namespaces`; null means all. The plus keeps the planner on the index by time. */
  const inNamespaces = (id: SQLiteColumn): SQL => sql`(${value('namespaces')} IS NULL OR +${id} IN (
    SELECT id FROM workload WHERE namespace IN (SELECT value FROM json_each(${value('namespaces')}))))`;

  const transitionColumns = {
    at: statusInterval.fromAt,
    workloadId: statusInterval.workloadId,
    state: statusInterval.state,
    availability: statusInterval.availability,
    previousState: statusInterval.previousState,
    causeId: statusInterval.causeId,
    messageId: statusInterval.messageId,
  };
  const isTransition = and(
    isNotNull(statusInterval.previousState),
    gte(statusInterval.fromAt, value('from')),
    sql`(${statusInterval.fromAt}, ${statusInterval.workloadId}) < (${value('beforeAt')}, ${value('beforeId')})`,
  );

  const isRollout = and(
    gte(rollout.startedAt, value('from')),
    sql`(${rollout.startedAt}, ${rollout.workloadId}, ${rollout.revision})
      < (${value('beforeAt')}, ${value('beforeId')}, ${value('beforeRevision')})`,
  );
  const newestRollouts = [desc(rollout.startedAt), desc(rollout.workloadId), desc(rollout.revision)] as const;

  const isEvent = and(
    gte(event.lastAt, value('from')),
    sql`(${event.lastAt}, ${event.id}) < (${value('beforeAt')}, ${value('beforeId')})`,
    sql`(${value('type')} IS NULL OR ${event.type} = ${value('type')})`,
  );

  const presentColumns = {
    id: workload.id,
    namespace: workload.namespace,
    kind: workload.kind,
    name: workload.name,
  };
  const existenceColumns = {
    firstSeenAt: workload.firstSeenAt,
    /** Of the object, by the API server. */
    createdAt: sql<number | null>`json_extract(${workload.listRow}, '$.createdAt')`,
  };
  const dayColumns = {
    fullMs: sql<number>`coalesce(sum(${uptimeDay.fullMs}), 0)`,
    reducedMs: sql<number>`coalesce(sum(${uptimeDay.reducedMs}), 0)`,
    noneMs: sql<number>`coalesce(sum(${uptimeDay.noneMs}), 0)`,
    observedMs: sql<number>`coalesce(sum(${uptimeDay.observedMs}), 0)`,
    existedMs: sql<number>`coalesce(sum(${uptimeDay.existedMs}), 0)`,
  };
  const isDay = and(gte(uptimeDay.dayAt, value('from')), lt(uptimeDay.dayAt, value('to')));

  return {
    meta: db.select({ rolledUpAt: meta.rolledUpAt, metricsRolledUpAt: meta.metricsRolledUpAt }).from(meta).prepare(),
    workloadByName: db
      .select()
      .from(workload)
      .where(
        and(
          eq(workload.namespace, value('namespace')),
          eq(workload.kind, value('kind')),
          eq(workload.name, value('name')),
        ),
      )
      .prepare(),
    workloadById: db
      .select(presentColumns)
      .from(workload)
      .where(eq(workload.id, value('id')))
      .prepare(),
    existence: db
      .select(existenceColumns)
      .from(workload)
      .where(eq(workload.id, value('id')))
      .prepare(),
    present: db
      .select({ ...presentColumns, ...existenceColumns })
      .from(workload)
      .where(isNull(workload.deletedAt))
      .prepare(),
    text: db
      .select({ value: textValue.value })
      .from(textValue)
      .where(eq(textValue.id, value('id')))
      .prepare(),

    // Primary key (workload_id, from_at_ms): the status at `from` and what began before `to`.
    statuses: db
      .select({
        fromAt: statusInterval.fromAt,
        state: statusInterval.state,
        availability: statusInterval.availability,
        causeId: statusInterval.causeId,
      })
      .from(statusInterval)
      .where(
        and(
          eq(statusInterval.workloadId, value('workloadId')),
          lt(statusInterval.fromAt, value('to')),
          gte(
            statusInterval.fromAt,
            sql`coalesce((SELECT max(from_at_ms) FROM status_interval
              WHERE workload_id = ${value('workloadId')} AND from_at_ms <= ${value('from')}), 0)`,
          ),
        ),
      )
      .orderBy(asc(statusInterval.fromAt))
      .prepare(),
    gaps: db
      .select({ from: observationGap.fromAt, to: observationGap.toAt })
      .from(observationGap)
      .where(and(gt(observationGap.toAt, value('from')), lt(observationGap.fromAt, value('to'))))
      .orderBy(asc(observationGap.fromAt))
      .prepare(),

    // Primary key (workload_id, day_at_ms).
    daysOf: db
      .select(dayColumns)
      .from(uptimeDay)
      .where(and(eq(uptimeDay.workloadId, value('workloadId')), isDay))
      .prepare(),
    daysOfAll: db
      .select({ workloadId: uptimeDay.workloadId, ...dayColumns })
      .from(uptimeDay)
      .where(isDay)
      .groupBy(uptimeDay.workloadId)
      .prepare(),

    // transition_by_time (from_at_ms, workload_id), and the primary key for one workload.
    transitions: db
      .select(transitionColumns)
      .from(statusInterval)
      .where(and(isTransition, inNamespaces(statusInterval.workloadId)))
      .orderBy(desc(statusInterval.fromAt), desc(statusInterval.workloadId))
      .limit(value('limit'))
      .prepare(),
    transitionsOf: db
      .select(transitionColumns)
      .from(statusInterval)
      .where(and(eq(statusInterval.workloadId, value('workloadId')), isTransition))
      .orderBy(desc(statusInterval.fromAt))
      .limit(value('limit'))
      .prepare(),

    // rollout_by_time (started_at_ms, workload_id, revision), and the primary key for one workload.
    rollouts: db
      .select()
      .from(rollout)
      .where(and(isRollout, inNamespaces(rollout.workloadId)))
      .orderBy(...newestRollouts)
      .limit(value('limit'))
      .prepare(),
    rolloutsOf: db
      .select()
      .from(rollout)
      .where(and(eq(rollout.workloadId, value('workloadId')), isRollout))
      .orderBy(...newestRollouts)
      .limit(value('limit'))
      .prepare(),

    // event_by_time (last_at_ms, id) and event_by_workload (workload_id, last_at_ms, id).
    events: db
      .select()
      .from(event)
      .where(and(isEvent, inNamespaces(event.workloadId)))
      .orderBy(desc(event.lastAt), desc(event.id))
      .limit(value('limit'))
      .prepare(),
    eventsOf: db
      .select()
      .from(event)
      .where(and(eq(event.workloadId, value('workloadId')), isEvent))
      .orderBy(desc(event.lastAt), desc(event.id))
      .limit(value('limit'))
      .prepare(),

    // incident_by_time (since_at_ms, id).
    incidents: db
      .select()
      .from(incident)
      .where(
        and(
          sql`(${incident.untilAt} IS NULL OR ${incident.untilAt} >= ${value('from')})`,
          sql`(${incident.sinceAt}, ${incident.id}) < (${value('beforeAt')}, ${value('beforeId')})`,
          sql`(${value('state')} IS NULL OR (${value('state')} = 'open') = (${incident.untilAt} IS NULL))`,
          sql`(${value('namespaces')} IS NULL OR EXISTS (
            SELECT 1 FROM json_each(${incident.workloads}) AS affected, json_each(${value('namespaces')}) AS visible
            WHERE affected.value LIKE visible.value || '/%'))`,
        ),
      )
      .orderBy(desc(incident.sinceAt), desc(incident.id))
      .limit(value('limit'))
      .prepare(),

    // Primary keys (minute_at_ms) and (resolution_s, chunk_at_ms, workload_id): one look-up for each hour.
    minutes: db
      .select()
      .from(metricMinute)
      .where(gte(metricMinute.minuteAt, value('from')))
      .prepare(),
    chunks: db
      .select({ chunkAt: metricChunk.chunkAt, points: metricChunk.points })
      .from(metricChunk)
      .where(
        and(
          eq(metricChunk.resolutionSeconds, value('resolution')),
          sql`${metricChunk.chunkAt} IN (SELECT value FROM json_each(${value('hours')}))`,
          eq(metricChunk.workloadId, value('workloadId')),
        ),
      )
      .prepare(),
  };
}

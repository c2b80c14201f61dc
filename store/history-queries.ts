import type { WorkloadSnapshot } from '../health/verdict.ts';
import { isWorkloadKind, parseWorkloadKey, type WorkloadKey, workloadKey } from '../health/workload.ts';
import { availabilityOf, stateOf } from './codes.ts';
import type { CursorPosition } from './cursor.ts';
import { parseEvent, parseIncident, parseRollout } from './history-rows.ts';
import { prepareHistory } from './history-statements.ts';
import { decodePoints, findSample, type Usage } from './metric-samples.ts';
import { parseSnapshot } from './snapshot-rows.ts';
import type { Database } from './sqlite.ts';
import { transitionOf } from './status.ts';
import type {
  IncidentRecord,
  MetricPoint,
  RolloutRecord,
  StatusInterval,
  StoredEvent,
  Transition,
  Uptime,
  UptimeRange,
} from './store.ts';
import {
  addToTally,
  emptyTally,
  intervalsOf,
  type StatusRow,
  type Tally,
  uptimeOf,
  type WatchedTime,
} from './uptime.ts';

/** Everything that is read from disk after the start. Synchronous: it runs on the reader thread. */

export interface PageQuery {
  readonly key: WorkloadKey | null;
  readonly namespaces: readonly string[] | null;
  readonly from: number | null;
  readonly to: number | null;
  readonly limit: number;
  /** Where the page before ended; null for the first. */
  readonly after: CursorPosition | null;
}

export interface PageResult<Item> {
  readonly items: readonly Item[];
  /** Where this page ended; null when it is the last. */
  readonly next: CursorPosition | null;
}

export interface MetricSeries {
  readonly resolutionSeconds: number;
  readonly since: number | null;
  readonly points: readonly MetricPoint[];
}

export type MetricRange = '1h' | '6h' | '24h' | '7d';

export const dayMs = 86_400_000;
const hourMs = 3_600_000;
const farFuture = Number.MAX_SAFE_INTEGER;

const uptimeRangesMs = {
  '24h': dayMs,
  '7d': 7 * dayMs,
  '30d': 30 * dayMs,
  '90d': 90 * dayMs,
} as const satisfies Record<UptimeRange, number>;

const metricRanges = {
  '1h': { lengthMs: hourMs, resolutionMs: 60_000 },
  '6h': { lengthMs: 6 * hourMs, resolutionMs: 60_000 },
  '24h': { lengthMs: dayMs, resolutionMs: 60_000 },
  '7d': { lengthMs: 7 * dayMs, resolutionMs: 300_000 },
} as const satisfies Record<MetricRange, { lengthMs: number; resolutionMs: number }>;

/** Names and texts that are looked up by id are remembered up to this number each. */
const limitRemembered = 20_000;

export class HistoryQueries {
  readonly #statements: ReturnType<typeof prepareHistory>;
  readonly #keys = new Map<number, WorkloadKey | null>();
  readonly #texts = new Map<number, string>();

  constructor(database: Database) {
    this.#statements = prepareHistory(database);
  }

  deleted(key: WorkloadKey): { readonly snapshot: WorkloadSnapshot; readonly deletedAt: number } | null {
    const row = this.#workload(key);
    if (row === null || row.deletedAt === null) return null;
    // Nodes and ordinals went with the pods.
    const snapshot = parseSnapshot(row, null);
    return snapshot === null ? null : { snapshot, deletedAt: row.deletedAt };
  }

  /** @param unwritten what happened since the newest row, while the disk takes no more */
  intervals(
    key: WorkloadKey,
    from: number,
    to: number,
    watchedUntil: number | null,
    unwritten: readonly StatusRow[],
  ): readonly StatusInterval[] {
    const id = this.#workload(key)?.id;
    const written = id === undefined ? [] : this.#statusRows(id, from, to);
    const newest = written.at(-1)?.from ?? Number.NEGATIVE_INFINITY;
    const rows = [...written, ...unwritten.filter((row) => row.from > newest && row.from < to)];
    return intervalsOf(rows, this.#watched(from, to, watchedUntil), from, to);
  }

  uptime(key: WorkloadKey, now: number, watchedUntil: number | null): Readonly<Record<UptimeRange, Uptime>> {
    const id = this.#workload(key)?.id ?? null;
    const watched = this.#watched(now - uptimeRangesMs['90d'], now, watchedUntil);
    const uptime = (range: UptimeRange): Uptime => {
      if (id === null) return uptimeOf(emptyTally());
      const window = this.#window(range, now);
      const days = this.#statements.daysOf.get({ workloadId: id, from: window.daysFrom, to: window.daysTo });
      const tally = this.#addEdges({ ...emptyTally(), ...days }, id, window, watched);
      return uptimeOf(addUnseen(tally, this.#statements.existence.get({ id }), window));
    };
    return { '24h': uptime('24h'), '7d': uptime('7d'), '30d': uptime('30d'), '90d': uptime('90d') };
  }

  uptimeOfAll(
    range: UptimeRange,
    now: number,
    watchedUntil: number | null,
  ): readonly (readonly [WorkloadKey, Uptime])[] {
    const window = this.#window(range, now);
    const watched = this.#watched(window.from, now, watchedUntil);
    const days = new Map<number, Tally>();
    for (const { workloadId, ...tally } of this.#statements.daysOfAll.all({
      from: window.daysFrom,
      to: window.daysTo,
    })) {
      days.set(workloadId, tally);
    }
    return this.#statements.present.all().flatMap(({ id, namespace, kind, name, ...existence }) => {
      if (!isWorkloadKind(kind)) return [];
      const tally = this.#addEdges(days.get(id) ?? emptyTally(), id, window, watched);
      return [[workloadKey(namespace, kind, name), uptimeOf(addUnseen(tally, existence, window))] as const];
    });
  }

  transitions(query: PageQuery): PageResult<Transition> {
    const position = { beforeAt: query.after?.[0] ?? query.to ?? farFuture, beforeId: query.after?.[1] ?? 0 };
    const { transitions, transitionsOf } = this.#statements;
    const rows = this.#rows(query, transitions, transitionsOf, position);
    return pageOf(
      rows,
      query.limit,
      (row) => [row.at, row.workloadId],
      (row) => {
        const key = this.#key(row.workloadId);
        const causeCode = row.causeId === null ? null : this.#text(row.causeId);
        return key === null ? null : transitionOf(key, { ...row, causeCode, message: this.#text(row.messageId) });
      },
    );
  }

  rollouts(query: PageQuery): PageResult<RolloutRecord> {
    const position = {
      beforeAt: query.after?.[0] ?? query.to ?? farFuture,
      beforeId: query.after?.[1] ?? 0,
      beforeRevision: query.after?.[2] ?? '',
    };
    const rows = this.#rows(query, this.#statements.rollouts, this.#statements.rolloutsOf, position);
    return pageOf(
      rows,
      query.limit,
      (row) => [row.startedAt, row.workloadId, row.revision],
      (row) => parseRollout(this.#key(row.workloadId), row),
    );
  }

  events(query: PageQuery, type: 'Normal' | 'Warning' | null): PageResult<StoredEvent> {
    const position = { beforeAt: query.after?.[0] ?? query.to ?? farFuture, beforeId: query.after?.[1] ?? 0, type };
    const rows = this.#rows(query, this.#statements.events, this.#statements.eventsOf, position);
    return pageOf(
      rows,
      query.limit,
      (row) => [row.lastAt, row.id],
      (row) => parseEvent(this.#key(row.workloadId), row),
    );
  }

  incidents(query: PageQuery, state: 'open' | 'closed' | null): PageResult<IncidentRecord> {
    const rows = this.#statements.incidents.all({
      from: query.from ?? 0,
      beforeAt: query.after?.[0] ?? query.to ?? farFuture,
      beforeId: query.after?.[1] ?? '',
      namespaces: query.namespaces === null ? null : JSON.stringify(query.namespaces),
      state,
      limit: query.limit + 1,
    });
    return pageOf(rows, query.limit, (row) => [row.sinceAt, row.id], parseIncident);
  }

  metrics(key: WorkloadKey, range: MetricRange, now: number): MetricSeries {
    const { lengthMs, resolutionMs } = metricRanges[range];
    const resolutionSeconds = resolutionMs / 1_000;
    const id = this.#workload(key)?.id;
    const from = Math.floor((now - lengthMs) / resolutionMs) * resolutionMs;
    const usage = id === undefined ? new Map<number, Usage>() : this.#usage(id, from, now, resolutionMs);
    const since = usage.size === 0 ? null : Math.min(...usage.keys());
    const points: MetricPoint[] = [];
    for (let at = since ?? farFuture; at <= now; at += resolutionMs) {
      const found = usage.get(at);
      points.push({ t: at / 1_000, cpuCores: found?.cpuCores ?? null, memoryBytes: found?.memoryBytes ?? null });
    }
    return { resolutionSeconds, since, points };
  }

  /** Finished hours from their chunks, the rest from the minutes. */
  #usage(id: number, from: number, to: number, lengthMs: number): Map<number, Usage> {
    const usage = new Map<number, Usage>();
    const resolution = lengthMs / 1_000;
    const hours: number[] = [];
    for (let hour = Math.floor(from / hourMs) * hourMs; hour <= to; hour += hourMs) hours.push(hour);
    for (const chunk of this.#statements.chunks.all({ workloadId: id, resolution, hours: JSON.stringify(hours) })) {
      decodePoints(chunk.points).forEach((point, index) => {
        const at = chunk.chunkAt + index * lengthMs;
        if (point !== null && at >= from) usage.set(at, point);
      });
    }
    const recent = new Map<number, Usage>();
    const rolledUpAt = this.#statements.meta.get()?.metricsRolledUpAt ?? 0;
    for (const { minuteAt, samples } of this.#statements.minutes.all({ from: Math.max(from, rolledUpAt) })) {
      const found = findSample(samples, id);
      if (found !== null) recent.set(minuteAt, found);
    }
    for (const [at, mean] of meansOf(recent, lengthMs)) usage.set(at, mean);
    return usage;
  }

  /** Rows of a page and one more. One statement for all workloads and one for a single one: their indexes differ. */
  #rows<Row>(query: PageQuery, ofAll: Prepared<Row>, ofOne: Prepared<Row>, position: Record<string, unknown>): Row[] {
    const values = { ...position, from: query.from ?? 0, limit: query.limit + 1 };
    if (query.key === null) {
      return ofAll.all({ ...values, namespaces: query.namespaces === null ? null : JSON.stringify(query.namespaces) });
    }
    const found = this.#workload(query.key);
    const isVisible = found !== null && (query.namespaces?.includes(found.namespace) ?? true);
    return isVisible ? ofOne.all({ ...values, workloadId: found.id }) : [];
  }

  /** A window cut at midnights: whole days that are rolled up, and the edges that are not. */
  #window(range: UptimeRange, now: number): Window {
    const from = now - uptimeRangesMs[range];
    const rolledUpAt = this.#statements.meta.get()?.rolledUpAt ?? 0;
    const daysFrom = Math.ceil(from / dayMs) * dayMs;
    return { from, daysFrom, daysTo: Math.max(daysFrom, rolledUpAt), to: now };
  }

  #addEdges(tally: Tally, id: number, window: Window, watched: WatchedTime): Tally {
    const edges = [
      { from: window.from, to: Math.min(window.daysFrom, window.to) },
      { from: window.daysTo, to: window.to },
    ];
    for (const { from, to } of edges) {
      if (from < to) addToTally(tally, this.#statusRows(id, from, to), watched, from, to);
    }
    return tally;
  }

  #statusRows(id: number, from: number, to: number): readonly StatusRow[] {
    return this.#statements.statuses.all({ workloadId: id, from, to }).map((row) => ({
      from: row.fromAt,
      state: stateOf(row.state),
      availability: availabilityOf(row.availability),
      causeCode: row.causeId === null ? null : this.#text(row.causeId),
    }));
  }

  #watched(from: number, to: number, until: number | null): WatchedTime {
    return { gaps: this.#statements.gaps.all({ from, to }), until };
  }

  #workload(key: WorkloadKey) {
    const name = parseWorkloadKey(key);
    return name === null ? null : (this.#statements.workloadByName.get({ ...name }) ?? null);
  }

  #key(id: number): WorkloadKey | null {
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const row = this.#statements.workloadById.get({ id });
    const key = row !== undefined && isWorkloadKind(row.kind) ? workloadKey(row.namespace, row.kind, row.name) : null;
    remember(this.#keys, id, key);
    return key;
  }

  #text(id: number): string {
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    const text = this.#statements.text.get({ id })?.value ?? '';
    remember(this.#texts, id, text);
    return text;
  }
}

interface Existence {
  readonly firstSeenAt: number;
  readonly createdAt: number | null;
}

/** It existed before it was first seen, and nobody watched. Of one that was created again, that is long past. */
function addUnseen(tally: Tally, existence: Existence | undefined, { from, to }: Window): Tally {
  if (existence === undefined) return tally;
  const { firstSeenAt, createdAt } = existence;
  const unseenMs = Math.min(firstSeenAt, to) - Math.max(createdAt ?? firstSeenAt, from);
  return unseenMs <= 0 ? tally : { ...tally, existedMs: tally.existedMs + unseenMs };
}

interface Prepared<Row> {
  all(values: Record<string, unknown>): Row[];
}

interface Window {
  readonly from: number;
  readonly daysFrom: number;
  readonly daysTo: number;
  readonly to: number;
}

/** Mean of the samples in each stretch of `lengthMs`, by its start. */
function meansOf(samples: ReadonlyMap<number, Usage>, lengthMs: number): Map<number, Usage> {
  const sums = new Map<number, { cpuCores: number; memoryBytes: number; count: number }>();
  for (const [sampledAt, { cpuCores, memoryBytes }] of samples) {
    const at = Math.floor(sampledAt / lengthMs) * lengthMs;
    const sum = sums.get(at) ?? { cpuCores: 0, memoryBytes: 0, count: 0 };
    sum.cpuCores += cpuCores;
    sum.memoryBytes += memoryBytes;
    sum.count += 1;
    sums.set(at, sum);
  }
  const means = new Map<number, Usage>();
  for (const [at, sum] of sums) {
    means.set(at, { cpuCores: sum.cpuCores / sum.count, memoryBytes: sum.memoryBytes / sum.count });
  }
  return means;
}

/** `rows` holds one more than the limit when there is a next page; unreadable rows are left out. */
function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => CursorPosition,
  parse: (row: Row) => Item | null,
): PageResult<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(parse).filter((item) => item !== null),
    next: rows.length > limit && last !== undefined ? positionOf(last) : null,
  };
}

function remember<Value>(map: Map<number, Value>, id: number, value: Value): void {
  if (map.size >= limitRemembered) map.clear();
  map.set(id, value);
}

import { createHash } from 'node:crypto';
import type { WorkloadSnapshot } from '../health/verdict.ts';
import { severityRank } from '../health/workload.ts';
import type { WorkloadKey } from '../health/workload.ts';
import type { CurrentWorkload, StoreReader } from '../store/store.ts';
import { toWorkload } from './answers.ts';
import type { Cluster } from './cluster.ts';
import type { Counts } from './contract.ts';
import { FacetCounter } from './counts.ts';
import { inScope } from './scope.ts';

/**
 * The current picture as the API serves it: the store's rows that are in scope, in the default order, each with its
 * JSON made once.
 *
 *     store.current() ──(only rows whose revision, strip or staleness moved)──► Row {json} ──► list, delta, namespaces
 *
 * A list of 1,000 rows during a storm is then a join of strings that mostly exist already. Nothing is pushed in: a
 * reading asks the store which rows changed since the one before it and looks at those.
 */
export interface Row {
  readonly snapshot: WorkloadSnapshot;
  readonly stale: boolean;
  /** The row as `Workload` JSON. */
  readonly json: string;
  /** Lower-cased key, images and cause title: what `q` looks through. */
  readonly searchText: string;
}

/** Strips are drawn in half-hours of UTC; the same grid bounds the age of a cached answer. */
const bucketMs = 30 * 60_000;

/** Everything besides the query that an answer of the store depends on. */
export interface Freshness {
  readonly epoch: string;
  readonly revision: number;
  readonly bucket: number;
  /** Changes when rows go stale or recover, when the first sync completes, and with the scope. */
  readonly staleMark: string;
  readonly stale: boolean;
}

class CachedRow implements Row {
  readonly source: CurrentWorkload;
  readonly strip24h: string;
  readonly uptime24h: number | null;
  readonly stale: boolean;
  #json: string | null = null;
  #searchText: string | null = null;

  constructor(source: CurrentWorkload, stale: boolean, strip24h: string, uptime24h: number | null) {
    this.source = source;
    this.stale = stale;
    this.strip24h = strip24h;
    this.uptime24h = uptime24h;
  }

  get snapshot(): WorkloadSnapshot {
    return this.source.snapshot;
  }

  get json(): string {
    this.#json ??= JSON.stringify(toWorkload(this.snapshot, this));
    return this.#json;
  }

  get searchText(): string {
    const { key, images, verdict } = this.snapshot;
    this.#searchText ??= [key, ...images, verdict.cause?.title ?? ''].join('\n').toLowerCase();
    return this.#searchText;
  }
}

export class Picture {
  readonly #store: StoreReader;
  readonly #cluster: Cluster;
  readonly #now: () => number;
  #rows = new Map<WorkloadKey, CachedRow>();
  #ordered: CachedRow[] = [];
  #counter = new FacetCounter();
  #counts: Counts | null = null;
  #freshness: Freshness | null = null;
  /** One key for each kind in each namespace: staleness is a matter of watches, which see no less. */
  #representatives: readonly WorkloadKey[] = [];

  constructor(sources: { readonly store: StoreReader; readonly cluster: Cluster; readonly now: () => number }) {
    this.#store = sources.store;
    this.#cluster = sources.cluster;
    this.#now = sources.now;
  }

  freshness(): Freshness {
    const now = this.#now();
    const status = this.#cluster.status();
    const staleRows = this.#representatives.filter((key) => this.#cluster.isStale(key));
    const isBehind = !status.synced || status.watches.some((watch) => watch.isStale);
    const isPlain = !isBehind && staleRows.length === 0 && status.scope.mode === 'all';
    return {
      epoch: this.#store.epoch,
      revision: this.#store.revision(),
      bucket: Math.floor(now / bucketMs),
      staleMark: isPlain ? '' : markOf([isBehind, staleRows, status.scope]),
      stale: isBehind,
    };
  }

  /** All rows in scope: by severity, then oldest `since`, then key. */
  rows(): readonly Row[] {
    this.#refresh();
    return this.#ordered;
  }

  /** Of all rows: brought forward with them, because every delta and most lists carry them. */
  counts(): Counts {
    this.#refresh();
    this.#counts ??= this.#counter.counts();
    return this.#counts;
  }

  row(key: WorkloadKey): Row | null {
    this.#refresh();
    return this.#rows.get(key) ?? null;
  }

  #refresh(): void {
    const freshness = this.freshness();
    const shown = this.#freshness;
    if (shown !== null && sameFreshness(shown, freshness)) return;
    const changed =
      shown !== null && sameSurroundings(shown, freshness) ? this.#store.changedSince(shown.revision) : null;
    if (changed === null) this.#rebuild();
    else this.#update(changed);
    this.#freshness = this.freshness();
  }

  /** Looks at every row: at first, in another half-hour, when rows go stale, after a long time without a reader. */
  #rebuild(): void {
    const now = this.#now();
    const rows = new Map<WorkloadKey, CachedRow>();
    for (const [key, source] of this.#store.current()) {
      const row = this.#rowOf(key, source, now);
      if (row !== null) rows.set(key, row);
    }
    this.#rows = rows;
    this.#counts = null;
    this.#counter = new FacetCounter();
    for (const { snapshot } of rows.values()) this.#counter.add(snapshot);
    this.#ordered = [...rows.values()].sort(bySeverity);
    this.#representatives = representativesOf(rows.values());
  }

  /** Looks at these rows only: a storm of changes then costs what changes, not what is there. */
  #update(keys: ReadonlySet<WorkloadKey>): void {
    const now = this.#now();
    const current = this.#store.current();
    const left = new Set<CachedRow>();
    const moved: CachedRow[] = [];
    let setMoved = false;
    for (const key of keys) {
      const source = current.get(key);
      const before = this.#rows.get(key) ?? null;
      const row = source === undefined ? null : this.#rowOf(key, source, now);
      if (row === before) continue;
      setMoved ||= row === null || before === null;
      if (before !== null) left.add(before);
      if (row === null) this.#rows.delete(key);
      else {
        this.#rows.set(key, row);
        moved.push(row);
      }
    }
    if (left.size === 0 && moved.length === 0) return;
    this.#counts = null;
    for (const { snapshot } of left) this.#counter.remove(snapshot);
    for (const { snapshot } of moved) this.#counter.add(snapshot);
    this.#ordered = merge(
      this.#ordered.filter((row) => !left.has(row)),
      moved.sort(bySeverity),
    );
    if (setMoved) this.#representatives = representativesOf(this.#rows.values());
  }

  /** The row as it is to be shown, the same object while nothing of it moved; null out of scope. */
  #rowOf(key: WorkloadKey, source: CurrentWorkload, now: number): CachedRow | null {
    if (!inScope(this.#cluster.status().scope, source.snapshot.namespace)) return null;
    const previous = this.#rows.get(key);
    const stale = this.#cluster.isStale(key);
    const { strip24h, uptime24h } = this.#store.strip(key, now);
    const unchanged =
      previous !== undefined &&
      previous.source.revision === source.revision &&
      previous.stale === stale &&
      previous.strip24h === strip24h &&
      previous.uptime24h === uptime24h;
    return unchanged ? previous : new CachedRow(source, stale, strip24h, uptime24h);
  }
}

/** Two sequences in the default order as one. */
function merge(left: readonly CachedRow[], right: readonly CachedRow[]): CachedRow[] {
  const merged: CachedRow[] = [];
  let from = 0;
  for (const row of right) {
    const to = firstBehind(left, row, from);
    for (let index = from; index < to; index++) merged.push(left[index] ?? row);
    merged.push(row);
    from = to;
  }
  return merged.concat(left.slice(from));
}

/** Index of the first row at or after `from` that comes behind `row`. */
function firstBehind(rows: readonly CachedRow[], row: CachedRow, from: number): number {
  let [low, high] = [from, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = rows[middle];
    if (other !== undefined && bySeverity(other, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bySeverity(left: Row, right: Row): number {
  return (
    severityRank(left.snapshot.verdict.state) - severityRank(right.snapshot.verdict.state) ||
    compareSince(left.snapshot.verdict.since, right.snapshot.verdict.since) ||
    compareText(left.snapshot.key, right.snapshot.key)
  );
}

/** Oldest first, unknown last. */
export function compareSince(left: number | null, right: number | null): number {
  if (left === right) return 0;
  if (left === null) return 1;
  return right === null ? -1 : left - right;
}

/** By code unit: the same on every machine, and names of Kubernetes are ASCII. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function sameFreshness(left: Freshness, right: Freshness): boolean {
  return left.revision === right.revision && sameSurroundings(left, right);
}

/** Everything but the revision: what could have moved any row. */
function sameSurroundings(left: Freshness, right: Freshness): boolean {
  return left.bucket === right.bucket && left.staleMark === right.staleMark && left.epoch === right.epoch;
}

function representativesOf(rows: Iterable<Row>): WorkloadKey[] {
  const byKind = new Map<string, WorkloadKey>();
  for (const { snapshot } of rows) byKind.set(`${snapshot.namespace}/${snapshot.kind}`, snapshot.key);
  return [...byKind.values()];
}

function markOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 8);
}

import type { WorkloadSnapshot } from '../health/verdict.ts';
import { severityRank } from '../health/workload.ts';
import { instant } from './answers.ts';
import type { Counts, WorkloadSort, WorkloadsQuery } from './contract.ts';
import { FacetCounter } from './counts.ts';
import type { Facet } from './counts.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { compareText } from './picture.ts';
import type { Freshness, Row } from './picture.ts';
import { badParameter } from './problem.ts';

/**
 * `GET /api/v1/workloads` as a pure function of query and rows: filter, count, sort, cut, join. The answer is put
 * together as text, because its rows already are.
 *
 * @returns the list of rows in the default order (severity)
 * @throws ProblemError 400 for a cursor of another question
 */
export function workloadList(query: WorkloadsQuery): (rows: readonly Row[], picture: PictureFacts) => string {
  const { limit, cursor, ...question } = query;
  const order = orderOf(query.sort);
  const tests = testsOf(query);
  const after = cursor === undefined ? null : parsePosition(decodeCursor(question, cursor));
  return (rows, picture) => {
    const { matching: found, counts } = filterRows(rows, tests, picture.counts);
    const matching = query.sort === 'severity' ? found : sortedRows(found, order);
    const start = after === null ? 0 : firstAfter(matching, order, after);
    const items = matching.slice(start, start + limit);
    const last = items.at(-1);
    const isLastPage = last === undefined || start + items.length >= matching.length;
    const nextCursor = isLastPage ? null : encodeCursor(question, JSON.stringify(order.position(last.snapshot)));

    const head = JSON.stringify({
      revision: picture.revision,
      epoch: picture.epoch,
      observedAt: picture.observedAt === null ? null : instant(picture.observedAt),
      stale: picture.stale,
      total: matching.length,
      counts,
    });
    return `${head.slice(0, -1)},"items":[${items.map(({ json }) => json).join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;
  };
}

interface PictureFacts extends Pick<Freshness, 'epoch' | 'revision' | 'stale'> {
  readonly observedAt: number | null;
  /** Of all rows. */
  readonly counts: Counts;
}

// ---------------------------------------------------------------------------------------------------------------
// Filters: values within one parameter are alternatives, parameters must all hold

type Test = (row: Row) => boolean;

interface Tests {
  readonly facets: readonly { readonly facet: Facet; readonly passes: Test }[];
  readonly others: readonly Test[];
}

/** @param ofAll counts of all rows, which most lists ask for: these look at no row at all */
function filterRows(rows: readonly Row[], { facets, others }: Tests, ofAll: Counts) {
  if (facets.length === 0 && others.length === 0) return { matching: rows, counts: ofAll };
  const counter = new FacetCounter();
  const matching: Row[] = [];
  for (const row of rows) {
    if (!others.every((passes) => passes(row))) continue;
    const missed = facets.filter(({ passes }) => !passes(row));
    // Who misses one facet still counts in that one; who misses two counts nowhere.
    if (missed.length > 1) continue;
    const onlyMiss = missed[0]?.facet ?? null;
    counter.add(row.snapshot, onlyMiss);
    if (onlyMiss === null) matching.push(row);
  }
  return { matching, counts: counter.counts() };
}

function testsOf(query: WorkloadsQuery): Tests {
  const facets: Tests['facets'] = [
    { facet: 'state', passes: anyOf(query.state, ({ verdict }) => [verdict.state]) },
    { facet: 'kind', passes: anyOf(query.kind, ({ kind }) => [kind]) },
    { facet: 'namespace', passes: anyOf(query.namespace, ({ namespace }) => [namespace]) },
  ];
  const others: Tests['others'] = [
    anyOf(query.cause, causeCodes),
    anyOf(query.node, ({ podNodes }) => podNodes),
    anyOf(query.partOf, ({ partOf }) => (partOf === null ? [] : [partOf])),
    anyOf(query.image, ({ images }) => images.flatMap(namesOfImage)),
    substring(query.q),
  ].filter((test) => test !== always);
  return { facets: facets.filter(({ passes }) => passes !== always), others };
}

const always: Test = () => true;

function anyOf<Value>(
  wanted: readonly Value[] | undefined,
  valuesOf: (snapshot: WorkloadSnapshot) => readonly Value[],
): Test {
  if (wanted === undefined || wanted.length === 0) return always;
  const set = new Set(wanted);
  return ({ snapshot }) => valuesOf(snapshot).some((value) => set.has(value));
}

function substring(text: string | undefined): Test {
  if (text === undefined || text === '') return always;
  const needle = text.toLowerCase();
  return ({ searchText }) => searchText.includes(needle);
}

function causeCodes({ verdict, causes }: WorkloadSnapshot): string[] {
  const codes = causes.map(({ code }) => code);
  return verdict.cause === null ? codes : [verdict.cause.code, ...codes];
}

/** `registry:5000/shop/web:1.2@sha256:…` is found as written, without its digest, and without tag and digest. */
function namesOfImage(image: string): string[] {
  const [withTag = image] = image.split('@');
  const slash = withTag.lastIndexOf('/');
  const colon = withTag.indexOf(':', slash + 1);
  return [image, withTag, colon === -1 ? withTag : withTag.slice(0, colon)];
}

// ---------------------------------------------------------------------------------------------------------------
// Order: a row's position is a list of values that ends in its key, so no two rows share one, and a page can go on
// behind a row that meanwhile moved or vanished

type Position = readonly (string | number | null)[];

interface Order {
  readonly position: (snapshot: WorkloadSnapshot) => Position;
  readonly reversed: boolean;
}

const positions: Readonly<Record<WorkloadSort, Order['position']>> = {
  severity: ({ verdict, key }) => [severityRank(verdict.state), verdict.since, key],
  name: ({ name, key }) => [name, key],
  namespace: ({ namespace, name, key }) => [namespace, name, key],
  since: ({ verdict, key }) => [verdict.since, key],
  restarts: ({ restarts, key }) => [restarts, key],
};

function orderOf(sort: WorkloadsQuery['sort']): Order {
  switch (sort) {
    case 'severity':
    case 'name':
    case 'namespace':
    case 'since':
    case 'restarts':
      return { position: positions[sort], reversed: false };
    case '-severity':
      return { position: positions.severity, reversed: true };
    case '-name':
      return { position: positions.name, reversed: true };
    case '-namespace':
      return { position: positions.namespace, reversed: true };
    case '-since':
      return { position: positions.since, reversed: true };
    case '-restarts':
      return { position: positions.restarts, reversed: true };
    default:
      return sort satisfies never;
  }
}

function sortedRows(rows: readonly Row[], order: Order): Row[] {
  const positionOf = new Map(rows.map((row) => [row, order.position(row.snapshot)]));
  return rows.toSorted((left, right) =>
    comparePositions(positionOf.get(left) ?? [], positionOf.get(right) ?? [], order.reversed),
  );
}

/** Index of the first row behind a position. */
function firstAfter(rows: readonly Row[], order: Order, position: Position): number {
  const index = rows.findIndex(
    ({ snapshot }) => comparePositions(order.position(snapshot), position, order.reversed) > 0,
  );
  return index === -1 ? rows.length : index;
}

function comparePositions(left: Position, right: Position, reversed: boolean): number {
  for (let index = 0; index < left.length; index++) {
    const difference = compareValues(left[index] ?? null, right[index] ?? null);
    if (difference !== 0) return reversed ? -difference : difference;
  }
  return 0;
}

/** Null is last: a row without a time has no place among those with one. */
function compareValues(left: string | number | null, right: string | number | null): number {
  if (left === right) return 0;
  if (left === null) return 1;
  if (right === null) return -1;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return compareText(String(left), String(right));
}

function parsePosition(text: string): Position {
  try {
    const position: unknown = JSON.parse(text);
    if (Array.isArray(position) && position.every(isPositionValue)) return position;
  } catch {
    // Its checksum was right, so it was made by somebody who knows how: it is refused like any other.
  }
  throw badParameter('cursor', 'is not one of this list; start again without it');
}

function isPositionValue(value: unknown): value is string | number | null {
  return value === null || typeof value === 'string' || typeof value === 'number';
}

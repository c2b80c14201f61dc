import type { Workload } from '../../api/contract.ts';
import { isState } from '../../health/workload.ts';
import { parseImage } from '../format/image.ts';
import { parseInstant } from '../format/instant.ts';
import { compileQuery, type NodeKeys, parseQuery, type Unknown, withoutTerm } from './query.ts';
import type { WorkloadsRoute } from './route.ts';

/**
 * What the Workloads screen shows of all workloads, and how many it would show with one filter less. Facets count
 * with every filter but their own, as the API's `counts` do.
 */

export const facets = ['state', 'kind', 'namespace', 'partOf', 'registry', 'cause'] as const;
export type Facet = (typeof facets)[number];

/** The value of what is part of nothing: an empty one would not stand in an address. */
export const noPartOf = 'none';

export interface FacetValue {
  readonly value: string;
  /** What the server calls it, where the value is a code; else the value. */
  readonly title: string;
  readonly count: number;
  readonly selected: boolean;
}

export interface Filtered {
  readonly shown: readonly Workload[];
  readonly facets: Readonly<Record<Facet, readonly FacetValue[]>>;
  /** Terms of the text that were not understood. */
  readonly unknown: readonly Unknown[];
  /** True while the healthy ones are left out because there are many. */
  readonly narrowed: boolean;
}

/** Above this many workloads the list starts with what is not healthy or changed lately. */
export const narrowAbove = 200;
const recentMs = 60 * 60_000;

/** The values of a facet that a route asks for. */
export function selectedOf(route: WorkloadsRoute, facet: Facet): readonly string[] {
  switch (facet) {
    case 'state':
      return route.states;
    case 'kind':
      return route.kinds;
    case 'namespace':
      return route.namespaces;
    case 'partOf':
      return route.partOf;
    case 'registry':
      return route.registries;
    case 'cause':
      return route.causes;
    default:
      return facet satisfies never;
  }
}

export function withSelected(route: WorkloadsRoute, facet: Facet, values: readonly string[]): WorkloadsRoute {
  switch (facet) {
    case 'state':
      return { ...route, states: values.filter(isState) };
    case 'kind':
      return {
        ...route,
        kinds: (['Deployment', 'StatefulSet', 'DaemonSet'] as const).filter((kind) => values.includes(kind)),
      };
    case 'namespace':
      return { ...route, namespaces: values };
    case 'partOf':
      return { ...route, partOf: values };
    case 'registry':
      return { ...route, registries: values };
    case 'cause':
      return { ...route, causes: values };
    default:
      return facet satisfies never;
  }
}

export function toggled(route: WorkloadsRoute, facet: Facet, value: string): WorkloadsRoute {
  const selected = selectedOf(route, facet);
  const next = selected.includes(value) ? selected.filter((other) => other !== value) : [...selected, value];
  return withSelected(route, facet, next);
}

function valuesOf(workload: Workload, facet: Facet): readonly string[] {
  switch (facet) {
    case 'state':
      return [workload.state];
    case 'kind':
      return [workload.kind];
    case 'namespace':
      return [workload.namespace];
    case 'partOf':
      return [workload.partOf ?? noPartOf];
    case 'registry':
      return [...new Set(workload.images.map((image) => parseImage(image).registry))];
    case 'cause':
      return workload.cause === null ? [] : [workload.cause.code];
    default:
      return facet satisfies never;
  }
}

/** Whether anything narrows the list by wish of the reader. */
export function hasFilter(route: WorkloadsRoute): boolean {
  return route.text.trim() !== '' || facets.some((facet) => selectedOf(route, facet).length > 0);
}

export function filterWorkloads(
  all: Iterable<Workload>,
  route: WorkloadsRoute,
  now: number,
  nodeKeys: NodeKeys = new Map(),
): Filtered {
  const workloads = Array.isArray(all) ? all : [...all];
  const terms = parseQuery(route.text);
  const matches = compileQuery(terms, now, nodeKeys);
  const wanted = facets.map((facet) => ({ facet, values: new Set(selectedOf(route, facet)) }));
  const narrowed = !route.all && !hasFilter(route) && workloads.length > narrowAbove;
  const counts = new Map<Facet, Map<string, number>>(facets.map((facet) => [facet, new Map()]));
  const shown: Workload[] = [];
  const titles = new Map<string, string>();

  for (const workload of workloads) {
    if (!matches(workload)) continue;
    if (workload.cause !== null) titles.set(workload.cause.code, workload.cause.title);
    const missing: Facet[] = [];
    for (const { facet, values } of wanted) {
      if (values.size > 0 && !valuesOf(workload, facet).some((value) => values.has(value))) missing.push(facet);
    }
    if (missing.length === 0 && (!narrowed || isNoteworthy(workload, now))) shown.push(workload);
    for (const facet of facets) {
      // Counted where no other facet keeps it out.
      if (missing.length > 1 || (missing.length === 1 && missing[0] !== facet)) continue;
      const count = counts.get(facet);
      for (const value of valuesOf(workload, facet)) count?.set(value, (count.get(value) ?? 0) + 1);
    }
  }
  return {
    shown,
    narrowed,
    unknown: terms.filter((term) => term.type === 'unknown'),
    facets: {
      state: facetValues(route, 'state', counts),
      kind: facetValues(route, 'kind', counts),
      namespace: facetValues(route, 'namespace', counts),
      partOf: facetValues(route, 'partOf', counts),
      registry: facetValues(route, 'registry', counts),
      cause: facetValues(route, 'cause', counts, titles),
    },
  };
}

/** Not healthy, or it became so within the hour. */
function isNoteworthy(workload: Workload, now: number): boolean {
  if (workload.state !== 'Healthy' && workload.state !== 'Idle') return true;
  const since = parseInstant(workload.since);
  return since !== null && now - since < recentMs && workload.since !== workload.createdAt;
}

function facetValues(
  route: WorkloadsRoute,
  facet: Facet,
  counts: ReadonlyMap<Facet, ReadonlyMap<string, number>>,
  titles: ReadonlyMap<string, string> = new Map(),
): readonly FacetValue[] {
  const selected = selectedOf(route, facet);
  const found = new Map(counts.get(facet));
  // A chosen value stays visible when nothing has it any more: it has to be possible to take it back.
  for (const value of selected) if (!found.has(value)) found.set(value, 0);
  return [...found].map(([value, count]) => ({
    value,
    title: titles.get(value) ?? value,
    count,
    selected: selected.includes(value),
  }));
}

export interface Chip {
  readonly label: string;
  /** The route without this chip. */
  readonly without: WorkloadsRoute;
}

/** One chip for each thing that narrows the list. */
export function chipsOf(route: WorkloadsRoute): readonly Chip[] {
  const chips: Chip[] = [];
  const names: Readonly<Record<Facet, string>> = {
    state: 'state',
    kind: 'kind',
    namespace: 'ns',
    partOf: 'part-of',
    registry: 'registry',
    cause: 'cause',
  };
  for (const facet of facets) {
    for (const value of selectedOf(route, facet)) {
      chips.push({ label: `${names[facet]}:${value}`, without: toggled(route, facet, value) });
    }
  }
  for (const term of parseQuery(route.text)) {
    chips.push({ label: term.source, without: { ...route, text: withoutTerm(route.text, term.source) } });
  }
  return chips;
}

/** Which chip keeps out the most, and how many rows there would be without it; null when none of them helps. */
export function excludesMost(
  all: Iterable<Workload>,
  route: WorkloadsRoute,
  now: number,
): { readonly chip: Chip; readonly count: number } | null {
  const workloads = [...all];
  let best: { readonly chip: Chip; readonly count: number } | null = null;
  for (const chip of chipsOf(route)) {
    const count = filterWorkloads(workloads, { ...chip.without, all: true }, now).shown.length;
    if (count > (best?.count ?? 0)) best = { chip, count };
  }
  return best;
}

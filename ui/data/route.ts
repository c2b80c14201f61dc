import { isState, isWorkloadKind, type State, type WorkloadKind, type WorkloadName } from '../../health/workload.ts';
import { type Grouping, groupings } from './group.ts';
import { type LogLevel, logLevels } from './log-level.ts';
import { isSortColumn, type SortColumn } from './sort.ts';

/**
 * URL ⇄ what is shown. Pure: `parseRoute(formatRoute(route))` is the same route, and an address that nobody
 * understands is a route of its own rather than an exception. Addresses are relative to `<base href>`.
 */

export const detailTabs = ['pods', 'events', 'history', 'rollouts', 'metrics', 'logs'] as const;
export type DetailTab = (typeof detailTabs)[number];

export const activityRanges = ['1h', '6h', '24h', '7d'] as const;
export type ActivityRange = (typeof activityRanges)[number];

export interface WorkloadsRoute {
  readonly screen: 'workloads';
  readonly namespaces: readonly string[];
  readonly kinds: readonly WorkloadKind[];
  readonly states: readonly State[];
  readonly causes: readonly string[];
  readonly partOf: readonly string[];
  readonly registries: readonly string[];
  readonly text: string;
  readonly sort: SortColumn;
  readonly descending: boolean;
  readonly group: Grouping;
  /** On a large cluster the healthy ones are left out unless this is asked for. */
  readonly all: boolean;
}

export interface LogSelection {
  readonly pod: string | null;
  readonly container: string | null;
  readonly previous: boolean;
  readonly sinceSeconds: number | null;
  readonly filter: string;
  /** Levels that are shown; empty for all. */
  readonly levels: readonly LogLevel[];
  /** Instant of the line that the address points at, RFC 3339. */
  readonly at: string | null;
}

export interface DetailRoute {
  readonly screen: 'detail';
  readonly namespaces: readonly string[];
  readonly workload: WorkloadName;
  readonly tab: DetailTab;
  readonly logs: LogSelection;
  readonly range: string;
}

export interface ActivityRoute {
  readonly screen: 'activity';
  readonly namespaces: readonly string[];
  readonly range: ActivityRange;
  readonly hidden: readonly string[];
}

export type Route =
  | { readonly screen: 'board'; readonly namespaces: readonly string[] }
  | WorkloadsRoute
  | DetailRoute
  | ActivityRoute
  | { readonly screen: 'doctor'; readonly namespaces: readonly string[] }
  | { readonly screen: 'gallery'; readonly namespaces: readonly string[]; readonly element: string | null }
  | { readonly screen: 'notFound'; readonly namespaces: readonly string[]; readonly path: string };

export type Screen = Route['screen'];

export const noLogSelection: LogSelection = {
  pod: null,
  container: null,
  previous: false,
  sinceSeconds: null,
  filter: '',
  levels: [],
  at: null,
};

export function workloadsRoute(part: Partial<WorkloadsRoute> = {}): WorkloadsRoute {
  return {
    screen: 'workloads',
    namespaces: [],
    kinds: [],
    states: [],
    causes: [],
    partOf: [],
    registries: [],
    text: '',
    sort: 'severity',
    descending: false,
    group: 'none',
    all: false,
    ...part,
  };
}

/** A screen as it is first opened. */
export function screenRoute(
  screen: 'board' | 'workloads' | 'activity' | 'doctor',
  namespaces: readonly string[],
): Route {
  switch (screen) {
    case 'board':
    case 'doctor':
      return { screen, namespaces };
    case 'workloads':
      return workloadsRoute({ namespaces });
    case 'activity':
      return { screen, namespaces, range: '24h', hidden: [] };
    default:
      return screen satisfies never;
  }
}

export function detailRoute(workload: WorkloadName, part: Partial<DetailRoute> = {}): DetailRoute {
  return { screen: 'detail', namespaces: [], workload, tab: 'pods', logs: noLogSelection, range: '', ...part };
}

/** @param path what follows the base path, without a leading slash, with its query: `workloads?state=Down` */
export function parseRoute(path: string): Route {
  const [pathname, search] = splitOnce(path.split('#')[0] ?? '', '?');
  const query = new URLSearchParams(search);
  const namespaces = list(query, 'namespace');
  const [first = '', ...rest] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  if (first === '' || first === 'index.html') return { screen: 'board', namespaces };
  if (rest.length === 0) {
    if (first === 'workloads') return parseWorkloads(query, namespaces);
    if (first === 'activity') return parseActivity(query, namespaces);
    if (first === 'doctor') return { screen: 'doctor', namespaces };
    if (first === 'gallery') return { screen: 'gallery', namespaces, element: query.get('element') };
  }
  const [namespace, kind, name, ...more] = rest;
  if (first === 'w' && namespace && kind && name && more.length === 0 && isWorkloadKind(kind)) {
    return {
      screen: 'detail',
      namespaces,
      workload: { namespace, kind, name },
      tab: oneOf(detailTabs, query.get('tab'), 'pods'),
      logs: {
        pod: nonEmpty(query.get('pod')),
        container: nonEmpty(query.get('container')),
        previous: query.get('previous') === 'true',
        sinceSeconds: positive(query.get('sinceSeconds')),
        filter: query.get('filter') ?? '',
        levels: logLevels.filter((level) => list(query, 'level').includes(level)),
        at: nonEmpty(query.get('at')),
      },
      range: query.get('range') ?? '',
    };
  }
  return { screen: 'notFound', namespaces, path: pathname };
}

function parseWorkloads(query: URLSearchParams, namespaces: readonly string[]): WorkloadsRoute {
  const sort = query.get('sort') ?? '';
  const column = sort.replace(/^-/, '');
  return {
    screen: 'workloads',
    namespaces,
    kinds: list(query, 'kind').filter(isWorkloadKind),
    states: list(query, 'state').filter(isState),
    causes: list(query, 'cause'),
    partOf: list(query, 'partOf'),
    registries: list(query, 'registry'),
    text: query.get('q') ?? '',
    sort: isSortColumn(column) ? column : 'severity',
    descending: sort.startsWith('-') && isSortColumn(column),
    group: oneOf(groupings, query.get('group'), 'none'),
    all: query.get('all') === 'true',
  };
}

function parseActivity(query: URLSearchParams, namespaces: readonly string[]): ActivityRoute {
  return {
    screen: 'activity',
    namespaces,
    range: oneOf(activityRanges, query.get('range'), '24h'),
    hidden: list(query, 'hide'),
  };
}

/** The address of a route, relative to the base: never starts with a slash. */
export function formatRoute(route: Route): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string | null): void => {
    if (value !== null && value !== '') query.set(name, value);
  };
  put('namespace', route.namespaces.join(','));
  switch (route.screen) {
    case 'board':
      return withQuery('', query);
    case 'workloads':
      put('kind', route.kinds.join(','));
      put('state', route.states.join(','));
      put('cause', route.causes.join(','));
      put('partOf', route.partOf.join(','));
      put('registry', route.registries.join(','));
      put('q', route.text);
      if (route.sort !== 'severity' || route.descending) put('sort', `${route.descending ? '-' : ''}${route.sort}`);
      if (route.group !== 'none') put('group', route.group);
      if (route.all) put('all', 'true');
      return withQuery('workloads', query);
    case 'detail': {
      if (route.tab !== 'pods') put('tab', route.tab);
      put('pod', route.logs.pod);
      put('container', route.logs.container);
      if (route.logs.previous) put('previous', 'true');
      if (route.logs.sinceSeconds !== null) put('sinceSeconds', String(route.logs.sinceSeconds));
      put('filter', route.logs.filter);
      put('level', route.logs.levels.join(','));
      put('at', route.logs.at);
      put('range', route.range);
      const { namespace, kind, name } = route.workload;
      return withQuery(`w/${encodeURIComponent(namespace)}/${kind}/${encodeURIComponent(name)}`, query);
    }
    case 'activity':
      if (route.range !== '24h') put('range', route.range);
      put('hide', route.hidden.join(','));
      return withQuery('activity', query);
    case 'doctor':
      return withQuery('doctor', query);
    case 'gallery':
      put('element', route.element);
      return withQuery('gallery', query);
    case 'notFound':
      return withQuery(route.path, query);
    default:
      return route satisfies never;
  }
}

function withQuery(path: string, query: URLSearchParams): string {
  // Commas and colons stay readable: they need no escape in a query.
  const text = query
    .toString()
    .replaceAll('%2C', ',')
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/')
    .replaceAll('%21', '!');
  // An empty relative address would mean "this page with its query"; a dot means the base.
  if (text === '') return path === '' ? '.' : path;
  return `${path === '' ? '.' : path}?${text}`;
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone percent sign: take it as it stands, it will lead to "no such page".
    return part;
  }
}

function list(query: URLSearchParams, name: string): string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .filter((value) => value !== '');
}

function oneOf<Choice extends string>(choices: readonly Choice[], value: string | null, otherwise: Choice): Choice {
  return choices.find((choice) => choice === value) ?? otherwise;
}

function nonEmpty(text: string | null): string | null {
  return text === null || text === '' ? null : text;
}

function positive(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

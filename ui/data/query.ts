import type { Cause, Workload } from '../../api/contract.ts';
import { isState, type State, states, type WorkloadKind } from '../../health/workload.ts';
import { parseImage } from '../format/image.ts';
import { parseInstant } from '../format/instant.ts';
import { causeTitle, texts } from '../texts/catalogue.ts';

/**
 * The filter language of the Workloads screen:
 *
 *     ns:shop kind:sts state:!healthy image:1.9 restarts:>3 "two words"
 *
 * Terms are separated by spaces and all of them must hold; commas inside a term mean "or"; `!` in front of a value or
 * `-` in front of a term turns it around. A word without a key is looked for in name, image and cause, and
 * a state may stand alone. What cannot be
 * understood is reported and filters nothing: a typing error must not show an empty cluster.
 */

export const fields = [
  'ns',
  'kind',
  'state',
  'cause',
  'image',
  'registry',
  'node',
  'name',
  'part-of',
  'rollout',
  'restarts',
  'pods',
  'ready',
  'age',
  'since',
  'uptime',
  'stale',
] as const;
export type Field = (typeof fields)[number];

type Comparison = '>' | '>=' | '<' | '<=' | '=';

export type Term =
  | { readonly type: 'text'; readonly value: string; readonly negated: boolean; readonly source: string }
  | {
      readonly type: 'field';
      readonly field: Field;
      readonly values: readonly string[];
      readonly negated: boolean;
      readonly source: string;
    }
  | {
      readonly type: 'number';
      readonly field: Field;
      readonly comparison: Comparison;
      readonly value: number;
      readonly negated: boolean;
      readonly source: string;
    }
  | Unknown;

/** A term that filters nothing, and what would have been understood in its place. */
export interface Unknown {
  readonly type: 'unknown';
  readonly source: string;
  readonly expects: 'field' | 'value' | 'state' | 'kind' | 'number' | 'duration';
}

const fieldNames: ReadonlyMap<string, Field> = new Map<string, Field>(
  Object.entries({
    ns: 'ns',
    namespace: 'ns',
    kind: 'kind',
    state: 'state',
    is: 'state',
    cause: 'cause',
    why: 'cause',
    image: 'image',
    tag: 'image',
    registry: 'registry',
    node: 'node',
    name: 'name',
    'part-of': 'part-of',
    partof: 'part-of',
    app: 'part-of',
    rollout: 'rollout',
    restarts: 'restarts',
    pods: 'pods',
    desired: 'pods',
    ready: 'ready',
    age: 'age',
    since: 'since',
    uptime: 'uptime',
    stale: 'stale',
  } satisfies Record<string, Field>),
);

const kindNames: ReadonlyMap<string, WorkloadKind> = new Map<string, WorkloadKind>(
  Object.entries({
    deploy: 'Deployment',
    deployment: 'Deployment',
    deployments: 'Deployment',
    sts: 'StatefulSet',
    statefulset: 'StatefulSet',
    statefulsets: 'StatefulSet',
    ds: 'DaemonSet',
    daemonset: 'DaemonSet',
    daemonsets: 'DaemonSet',
  } satisfies Record<string, WorkloadKind>),
);

/** Words for more than one state. */
const stateGroups: ReadonlyMap<string, readonly State[]> = new Map<string, readonly State[]>([
  ['broken', ['Down', 'Degraded']],
  ['unhealthy', states.filter((state) => state !== 'Healthy' && state !== 'Idle')],
]);

/** In seconds, for `age` and `since`; in plain numbers or percent otherwise. */
const units: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Longest query that is looked at; the rest is dropped. */
const limitCharacters = 400;

export function parseQuery(text: string): readonly Term[] {
  return tokens(text.slice(0, limitCharacters)).map(parseTerm);
}

/** Splits at spaces outside double quotes; an open quote ends with the text. */
function tokens(text: string): string[] {
  return text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
}

function parseTerm(source: string): Term {
  const leading = source.startsWith('-') && source.length > 1;
  const body = leading ? source.slice(1) : source;
  const colon = body.indexOf(':');
  const field = colon > 0 ? fieldNames.get(body.slice(0, colon).toLowerCase()) : undefined;
  if (field === undefined) {
    // `image:` of an unknown key is a mistake; `nginx:1.27` or `http://x` is text that happens to hold a colon.
    if (colon > 0 && /^[a-z-]+:[!<>=]/.test(body)) return { type: 'unknown', source, expects: 'field' };
    const turned = body.startsWith('!') && body.length > 1;
    const value = unquote(turned ? body.slice(1) : body).toLowerCase();
    return { type: 'text', value, negated: leading !== turned, source };
  }
  const rest = body.slice(colon + 1);
  const turned = rest.startsWith('!');
  const value = turned ? rest.slice(1) : rest;
  if (value === '') return { type: 'unknown', source, expects: expectationOf(field) };
  const negated = leading !== turned;
  return isNumeric(field) ? parseNumber(source, field, value, negated) : parseValues(source, field, value, negated);
}

function expectationOf(field: Field): Unknown['expects'] {
  if (field === 'state' || field === 'kind') return field;
  if (field === 'age' || field === 'since') return 'duration';
  return isNumeric(field) ? 'number' : 'value';
}

function isNumeric(field: Field): boolean {
  return ['restarts', 'pods', 'ready', 'age', 'since', 'uptime'].includes(field);
}

function parseNumber(source: string, field: Field, text: string, negated: boolean): Term {
  const match = /^(>=|<=|>|<|=)?(\d+(?:\.\d+)?)(s|m|min|h|d|w|%)?$/.exec(text);
  const unknown: Term = { type: 'unknown', source, expects: expectationOf(field) };
  if (match === null) return unknown;
  const [, sign = '=', digits = '', unit = ''] = match;
  const timed = field === 'age' || field === 'since';
  if (timed ? unit === '%' : unit !== '' && unit !== '%') return unknown;
  const value = Number(digits) * (timed ? (units[unit || 's'] ?? 1) : 1);
  return { type: 'number', field, comparison: isComparison(sign) ? sign : '=', value, negated, source };
}

function isComparison(text: string): text is Comparison {
  return ['>', '>=', '<', '<=', '='].includes(text);
}

function parseValues(source: string, field: Field, text: string, negated: boolean): Term {
  const values = text
    .split(',')
    .map((value) => unquote(value).toLowerCase())
    .filter((value) => value !== '');
  const isKnown =
    field === 'state'
      ? values.every((value) => stateGroups.has(value) || stateOf(value) !== null)
      : field !== 'kind' || values.every((value) => kindNames.has(value));
  if (values.length === 0 || !isKnown) return { type: 'unknown', source, expects: expectationOf(field) };
  return { type: 'field', field, values, negated, source };
}

function unquote(text: string): string {
  return text.replaceAll('"', '');
}

/** By its word in English, as addresses have it, or in the language of the page. */
function stateOf(value: string): State | null {
  const name = value.charAt(0).toUpperCase() + value.slice(1);
  return isState(name) ? name : (states.find((state) => texts.states[state].toLowerCase() === value) ?? null);
}

/** Keys of the workloads on the nodes of a term, by its values joined with commas; absent while not yet known. */
export type NodeKeys = ReadonlyMap<string, ReadonlySet<string>>;

/** The nodes that the terms ask for: a list of workloads does not carry them, so the server is asked. */
export function nodesOf(terms: readonly Term[]): readonly string[] {
  return terms.flatMap((term) => (term.type === 'field' && term.field === 'node' ? [term.values.join(',')] : []));
}

/** One function of a workload for all terms; the costly parts are done once. */
export function compileQuery(
  terms: readonly Term[],
  now: number,
  nodeKeys: NodeKeys = new Map(),
): (workload: Workload) => boolean {
  const tests = terms.map((term) => compileTerm(term, now, nodeKeys));
  return (workload) => tests.every((test) => test(workload));
}

function compileTerm(term: Term, now: number, nodeKeys: NodeKeys): (workload: Workload) => boolean {
  if (term.type === 'unknown') return () => true;
  const test = compilePositive(term, now, nodeKeys);
  return term.negated ? (workload) => !test(workload) : test;
}

function compilePositive(
  term: Exclude<Term, { type: 'unknown' }>,
  now: number,
  nodeKeys: NodeKeys,
): (workload: Workload) => boolean {
  if (term.type === 'text') {
    const state = stateOf(term.value);
    return (workload) => workload.state === state || holdsText(workload, term.value);
  }
  if (term.type === 'number') {
    return (workload) => {
      const value = numberOf(workload, term.field, now);
      return value !== null && compare(value, term.comparison, term.value);
    };
  }
  const { values } = term;
  const any = (text: string): boolean => values.some((value) => text.toLowerCase().includes(value));
  switch (term.field) {
    case 'ns':
      return (workload) => values.some((value) => matchesName(workload.namespace, value));
    case 'name':
      return (workload) => values.some((value) => matchesName(workload.name, value) || workload.name.includes(value));
    case 'kind': {
      const kinds = new Set<string>(values.map((value) => kindNames.get(value) ?? value));
      return (workload) => kinds.has(workload.kind);
    }
    case 'state': {
      const wanted = new Set<string>(values.flatMap((value) => stateGroups.get(value) ?? stateOf(value) ?? []));
      return (workload) => wanted.has(workload.state);
    }
    case 'cause':
      return ({ cause }) =>
        cause !== null && any(`${cause.code} ${causeTitle(cause.code, cause.title)} ${cause.title} ${cause.message}`);
    case 'image':
      return (workload) => workload.images.some(any);
    case 'registry':
      return (workload) => workload.images.some((image) => values.includes(parseImage(image).registry));
    case 'node': {
      const keys = nodeKeys.get(values.join(','));
      return (workload) => keys?.has(workload.key) ?? false;
    }
    case 'part-of':
      return (workload) => values.includes((workload.partOf ?? 'none').toLowerCase());
    case 'rollout':
      return (workload) => values.includes(workload.rollout.phase);
    case 'stale':
      return (workload) => values.includes(String(workload.stale));
    default:
      return () => true;
  }
}

/** Whole name, with `*` for any characters. */
function matchesName(name: string, pattern: string): boolean {
  if (!pattern.includes('*')) return name === pattern;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

function holdsText(workload: Workload, value: string): boolean {
  return (
    `${workload.namespace}/${workload.name}`.includes(value) ||
    workload.key.toLowerCase().includes(value) ||
    workload.images.some((image) => image.toLowerCase().includes(value)) ||
    (workload.cause !== null && causeNames(workload.cause).toLowerCase().includes(value))
  );
}

/** Code and titles: what a reader sees, and what the server says. */
function causeNames({ code, title }: Cause): string {
  return `${code} ${causeTitle(code, title)} ${title}`;
}

function numberOf(workload: Workload, field: Field, now: number): number | null {
  switch (field) {
    case 'restarts':
      return workload.restarts;
    case 'pods':
      return workload.availability.desired;
    case 'ready':
      return workload.availability.ready;
    case 'uptime':
      return workload.uptime24h === null ? null : workload.uptime24h * 100;
    case 'age':
      return secondsSince(workload.createdAt, now);
    case 'since':
      return secondsSince(workload.since, now);
    default:
      return null;
  }
}

function secondsSince(text: string | null, now: number): number | null {
  const at = parseInstant(text);
  return at === null ? null : Math.max(0, now - at) / 1000;
}

function compare(left: number, comparison: Comparison, right: number): boolean {
  switch (comparison) {
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '=':
      return left === right;
    default:
      return comparison satisfies never;
  }
}

/** The same query without one of its terms: what a chip's cross does. */
export function withoutTerm(text: string, source: string): string {
  const kept = tokens(text);
  const at = kept.indexOf(source);
  if (at >= 0) kept.splice(at, 1);
  return kept.join(' ');
}

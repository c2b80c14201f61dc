import { isRecord } from '../kubernetes/kubernetes-object.ts';

/**
 * Reading fields of objects of which nothing is known. Every function is total: what is missing, null or of the wrong type
 * gives the documented default, so a projection never throws and never passes on a value of the wrong type.
 */

export type Fields = Readonly<Record<string, unknown>>;

const none: Fields = Object.freeze({});
const emptyList: readonly never[] = Object.freeze([]);
const emptyMap: Readonly<Record<string, string>> = Object.freeze({});

/** Longest text that is kept of a message, in UTF-16 units: more than kubelets and controllers write (4,096 bytes). */
const textLimit = 4_096;

/** The object under `key`, or an empty one. */
export function fieldsAt(fields: Fields, key: string): Fields {
  const value = fields[key];
  return isRecord(value) ? value : none;
}

/** The object under `key`, or null. */
export function fieldsOrNull(fields: Fields, key: string): Fields | null {
  const value = fields[key];
  return isRecord(value) ? value : null;
}

/** The objects in the list under `key`; whatever else stands in it is left out. */
export function listAt(fields: Fields, key: string): readonly Fields[] {
  const value: unknown = fields[key];
  if (!Array.isArray(value) || value.length === 0) return emptyList;
  const items: readonly unknown[] = value;
  return items.every(isRecord) ? items : items.filter(isRecord);
}

/** The texts in the list under `key`. */
export function textsAt(fields: Fields, key: string): readonly string[] {
  const value: unknown = fields[key];
  if (!Array.isArray(value) || value.length === 0) return emptyList;
  const items: readonly unknown[] = value;
  return items.filter((item) => typeof item === 'string');
}

/** The text under `key`, or null when there is none or it is empty: Kubernetes leaves out what is empty. */
export function textAt(fields: Fields, key: string): string | null {
  const value = fields[key];
  if (typeof value !== 'string' || value === '') return null;
  return value.length <= textLimit ? value : copyOf(`${value.slice(0, textLimit)}…`);
}

/** Number or text as text (`25%`, `8080`, `http`), or null. */
export function numberOrTextAt(fields: Fields, key: string): string | null {
  const value = fields[key];
  return typeof value === 'number' ? String(value) : textAt(fields, key);
}

/** The whole number under `key`, at least 0; counts, seconds and ports are never negative. */
export function countAt(fields: Fields, key: string, fallback = 0): number {
  return countOrNull(fields, key) ?? fallback;
}

export function countOrNull(fields: Fields, key: string): number | null {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return Math.max(0, Math.trunc(value));
}

/** The whole number under `key` with its sign (exit codes), or null. */
export function integerOrNull(fields: Fields, key: string): number | null {
  const value = fields[key];
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : null;
}

export function flagAt(fields: Fields, key: string): boolean {
  return fields[key] === true;
}

/** RFC 3339 (JSON) or epoch milliseconds (what protobuf is decoded to); null when absent, unreadable or Go's zero time (year 1). */
export function instantAt(fields: Fields, key: string): number | null {
  const value = fields[key];
  if (typeof value === 'number') return value > 0 ? value : null;
  if (typeof value !== 'string') return null;
  const instant = Date.parse(value);
  return instant > 0 ? instant : null;
}

/** The entries with a text as value. */
export function textMapAt(fields: Fields, key: string): Readonly<Record<string, string>> {
  const value = fields[key];
  if (!isRecord(value)) return emptyMap;
  const map: Record<string, string> = {};
  let size = 0;
  for (const name in value) {
    const text = value[name];
    // An own field of that name would set the prototype instead.
    if (typeof text !== 'string' || name === '__proto__') continue;
    map[name] = text;
    size++;
  }
  return size === 0 ? emptyMap : map;
}

/** Amounts per resource; a number is accepted as its text, as the API server does. */
export function amountsAt(fields: Fields, key: string): Readonly<Record<string, string>> {
  const value = fields[key];
  if (!isRecord(value)) return emptyMap;
  const map: Record<string, string> = {};
  for (const name in value) {
    const amount = numberOrTextAt(value, name);
    if (amount !== null && name !== '__proto__') map[name] = amount;
  }
  return map;
}

/**
 * The text with memory of its own. V8 lets a long substring point into its parent, which would keep a whole message,
 * or a whole chunk of the stream, alive.
 */
export function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

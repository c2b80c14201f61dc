import { bodyOf, type ObjectBody, type StoredObject } from './object-store.ts';
import type { ResourceSpec } from './resources.ts';

/** Whether an object is in a list or watch. `all` tells that nothing was selected, so nothing has to be looked at. */
export interface Selection {
  readonly all: boolean;
  matches(object: StoredObject): boolean;
}

/** A selector that the server does not take; the text is what it says in its 400. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

interface FieldTerm {
  readonly field: string;
  readonly value: string;
  readonly negated: boolean;
}

/** @throws SelectorError */
export function parseSelection(
  spec: ResourceSpec,
  namespace: string | null,
  fieldSelector: string,
  labelSelector: string,
): Selection {
  const fields = parseFieldSelector(spec, fieldSelector);
  const labels = parseLabelSelector(labelSelector);
  const all = namespace === null && fields.length === 0 && labels.length === 0;
  // Identity first: most terms are decided without making the body of a lazy object.
  const identity = fields.filter((term) => term.field.startsWith('metadata.'));
  const content = fields.filter((term) => !term.field.startsWith('metadata.'));
  return {
    all,
    matches(object) {
      if (namespace !== null && object.namespace !== namespace) return false;
      if (!identity.every((term) => holds(term, identityField(object, term.field)))) return false;
      if (content.length === 0 && labels.length === 0) return true;
      const body = bodyOf(object);
      return content.every((term) => holds(term, fieldOf(body, term.field))) && labels.every((term) => term(body));
    },
  };
}

function parseFieldSelector(spec: ResourceSpec, text: string): readonly FieldTerm[] {
  if (text === '') return [];
  return text.split(',').map((term) => {
    const parts = /^(.+?)(!=|==|=)(.*)$/.exec(term);
    if (!parts) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, value = ''] = parts;
    const known = field === 'metadata.name' || (field === 'metadata.namespace' && spec.namespaced);
    if (!known && !spec.selectableFields.includes(field))
      throw new SelectorError(`field label not supported: ${field}`);
    return { field, value, negated: operator === '!=' };
  });
}

function parseLabelSelector(text: string): readonly ((body: ObjectBody) => boolean)[] {
  if (text === '') return [];
  return text.split(',').map((term) => {
    const parts = /^([^!=]+?)(!=|==|=)(.*)$/.exec(term.trim());
    if (parts) {
      const [, key = '', operator, value = ''] = parts;
      return (body) => (body.metadata.labels?.[key] === value) !== (operator === '!=');
    }
    const absent = term.startsWith('!');
    const key = absent ? term.slice(1) : term;
    return (body) => Object.hasOwn(body.metadata.labels ?? {}, key) !== absent;
  });
}

function holds(term: FieldTerm, value: string): boolean {
  return (value === term.value) !== term.negated;
}

function identityField(object: StoredObject, field: string): string {
  return field === 'metadata.name' ? object.name : object.namespace;
}

/** Absent is the empty text, as in Kubernetes. */
function fieldOf(body: ObjectBody, path: string): string {
  let value: unknown = body;
  for (const part of path.split('.')) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined;
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

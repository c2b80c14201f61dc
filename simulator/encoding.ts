import { bodyOf, type StoredObject } from './object-store.ts';
import { groupVersion, type ResourceSpec, resources } from './resources.ts';

/** What the client accepts: whole objects, or their metadata alone. */
export type Form = 'whole' | 'metadata';

const metadataGroupVersion = 'meta.k8s.io/v1';

export function formOf(accept: string): Form {
  return /as=PartialObjectMetadata(List)?;/.test(`${accept};`) ? 'metadata' : 'whole';
}

/** One object by itself: answer to a GET, or in a frame. */
export function encodeObject(object: StoredObject, form: Form): string {
  const body = bodyOf(object);
  if (form === 'whole') return JSON.stringify(body);
  return JSON.stringify({ kind: 'PartialObjectMetadata', apiVersion: metadataGroupVersion, metadata: body.metadata });
}

/** One object in a list: there kind and apiVersion are left out, but not in the metadata form. */
function encodeItem(object: StoredObject, form: Form): string {
  if (form === 'metadata') return encodeObject(object, form);
  const { kind: _kind, apiVersion: _apiVersion, ...body } = bodyOf(object);
  return JSON.stringify(body);
}

export function encodeFrame(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: StoredObject, form: Form): Buffer {
  return Buffer.from(`{"type":"${type}","object":${encodeObject(object, form)}}\n`);
}

export function encodeBookmark(spec: ResourceSpec, revision: number, form: Form, initialEventsEnd: boolean): Buffer {
  const head =
    form === 'whole'
      ? { kind: spec.kind, apiVersion: groupVersion(spec) }
      : { kind: 'PartialObjectMetadata', apiVersion: metadataGroupVersion };
  const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const metadata = { resourceVersion: String(revision), ...annotations };
  return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object: { ...head, metadata } })}\n`);
}

export function encodeErrorFrame(status: object): Buffer {
  return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
}

export interface ListHead {
  readonly revision: number;
  readonly continueToken: string | null;
  readonly remainingItemCount: number | null;
}

/** A list in chunks of about 64 kB, so that 150,000 pods are never one text. */
export async function* encodeList(
  spec: ResourceSpec,
  objects: readonly StoredObject[],
  head: ListHead,
  form: Form,
): AsyncGenerator<Buffer, void, undefined> {
  const kind = form === 'whole' ? `${spec.kind}List` : 'PartialObjectMetadataList';
  const apiVersion = form === 'whole' ? groupVersion(spec) : metadataGroupVersion;
  const metadata = {
    resourceVersion: String(head.revision),
    ...(head.continueToken === null ? {} : { continue: head.continueToken }),
    ...(head.remainingItemCount === null ? {} : { remainingItemCount: head.remainingItemCount }),
  };
  let parts = [`{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`];
  let length = 0;
  for (const [index, object] of objects.entries()) {
    const item = encodeItem(object, form);
    parts.push(index === 0 ? item : `,${item}`);
    length += item.length;
    if (length < chunkLength) continue;
    yield Buffer.from(parts.join(''));
    parts = [];
    length = 0;
  }
  parts.push(']}\n');
  yield Buffer.from(parts.join(''));
}

const chunkLength = 64 * 1024;

export function resourceOf(object: StoredObject): ResourceSpec {
  return resources[object.resource];
}

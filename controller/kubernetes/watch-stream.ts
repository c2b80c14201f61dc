import { isRecord, type KubernetesObject, parseKubernetesObject } from './kubernetes-object.ts';
import { LineSplitter, maxLineBytes } from './line-splitter.ts';
import { textWithoutManagedFields } from './managed-fields.ts';
import { type StatusError, statusErrorOfFrame, TransportError } from './status-error.ts';

/** One line of a watch. An ERROR frame is a value: the server said it in good order, and the stream ends after it. */
export type WatchFrame =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: KubernetesObject }
  | { readonly type: 'bookmark'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }
  | { readonly type: 'error'; readonly error: StatusError }
  /** Readable, but an object that cannot be told apart from others; its neighbours are not to suffer. */
  | { readonly type: 'skipped'; readonly message: string };

/**
 * Bytes of a watch → frames, chunk by chunk: one `await` per chunk, not per line, and at any moment at most one chunk
 * and one object are held.
 * @throws TransportError: `broken` when the stream ends inside a line, `undecodable` for a line that is no frame
 * (nothing after it can be trusted), `tooLarge` past `maxBytes`.
 */
export async function* watchFrames(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number = maxLineBytes,
): AsyncGenerator<Iterable<WatchFrame>, void, undefined> {
  const splitter = new LineSplitter(maxBytes);
  for await (const chunk of chunks) yield framesOf(splitter, chunk);
  splitter.end();
}

function* framesOf(splitter: LineSplitter, chunk: Buffer): Generator<WatchFrame, void, undefined> {
  for (const line of splitter.push(chunk)) yield parseWatchFrame(line);
}

/** @throws TransportError (`undecodable`) */
export function parseWatchFrame(line: Buffer): WatchFrame {
  const value = parseJson(line);
  if (!isRecord(value)) throw undecodable(line, 'is no object');
  const object = value['object'];
  switch (value['type']) {
    case 'ADDED':
      return objectFrame('added', object);
    case 'MODIFIED':
      return objectFrame('modified', object);
    case 'DELETED':
      return objectFrame('deleted', object);
    case 'BOOKMARK':
      return bookmarkFrame(line, object);
    case 'ERROR':
      return { type: 'error', error: statusErrorOfFrame(object) };
    default:
      throw undecodable(line, 'has an unknown type');
  }
}

function objectFrame(type: 'added' | 'modified' | 'deleted', value: unknown): WatchFrame {
  const object = parseKubernetesObject(value);
  if (object !== null) return { type, object };
  return { type: 'skipped', message: describeUnidentified(value) };
}

function bookmarkFrame(line: Buffer, value: unknown): WatchFrame {
  const metadata = isRecord(value) && isRecord(value['metadata']) ? value['metadata'] : {};
  const resourceVersion = metadata['resourceVersion'];
  if (typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw undecodable(line, 'is a bookmark without resource version');
  }
  const annotations = isRecord(metadata['annotations']) ? metadata['annotations'] : {};
  return { type: 'bookmark', resourceVersion, initialEventsEnd: annotations['k8s.io/initial-events-end'] === 'true' };
}

/** For the log: which object had no usable identity, as far as it has a name. */
export function describeUnidentified(value: unknown): string {
  const metadata = isRecord(value) && isRecord(value['metadata']) ? value['metadata'] : {};
  const name = typeof metadata['name'] === 'string' ? metadata['name'] : '(no name)';
  const namespace = typeof metadata['namespace'] === 'string' ? `${metadata['namespace']}/` : '';
  return `${namespace}${name} has no name, uid or resource version`;
}

function parseJson(line: Buffer): unknown {
  try {
    // Invalid UTF-8 becomes U+FFFD inside a text and harms nobody.
    return JSON.parse(textWithoutManagedFields(line));
  } catch (cause) {
    throw undecodable(line, 'is no JSON', cause);
  }
}

function undecodable(line: Buffer, what: string, cause?: unknown): TransportError {
  // The beginning is enough to tell a proxy's page from a damaged frame; objects are never logged whole.
  const beginning = JSON.stringify(line.toString('utf8', 0, 80));
  return new TransportError('undecodable', `a line of ${line.length} bytes ${what}: ${beginning}`, { cause });
}

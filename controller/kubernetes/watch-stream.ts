import {
  describeUnidentified,
  isRecord,
  type KubernetesObject,
  maxObjectBytes,
  parseKubernetesObject,
} from './kubernetes-object.ts';
import type { Message } from './protobuf.ts';
import { type StatusError, statusErrorOfFrame, TransportError } from './status-error.ts';
import type { Answer } from './transport.ts';
import { formOf, type WatchEvent } from './wire-form.ts';

/** One event of a watch. An ERROR frame is a value: the server said it in good order, and the stream ends after it. */
export type WatchFrame =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: KubernetesObject }
  | { readonly type: 'bookmark'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }
  | { readonly type: 'error'; readonly error: StatusError }
  /** Readable, but an object that cannot be told apart from others; its neighbours are not to suffer. */
  | { readonly type: 'skipped'; readonly message: string };

/**
 * A watch's answer → frames, chunk by chunk: one `await` per chunk, not per frame, and at any moment at most one chunk
 * and one object are held.
 * @param of what to read of each object, where they come as protobuf.
 * @throws TransportError: `broken` when the stream ends inside a frame, `undecodable` for what is no frame (nothing
 * after it can be trusted), `tooLarge` past `maxBytes`.
 */
export async function* watchFrames(
  answer: Answer,
  of: Message,
  maxBytes: number = maxObjectBytes,
): AsyncGenerator<Iterable<WatchFrame>, void, undefined> {
  const reader = formOf(answer.contentType).watch(of, maxBytes);
  for await (const chunk of answer) yield framesOf(reader.push(chunk));
  reader.end();
}

function* framesOf(events: Iterable<WatchEvent>): Generator<WatchFrame, void, undefined> {
  for (const event of events) yield parseWatchFrame(event);
}

/** @throws TransportError (`undecodable`) */
export function parseWatchFrame({ type, object }: WatchEvent): WatchFrame {
  switch (type) {
    case 'ADDED':
      return objectFrame('added', object);
    case 'MODIFIED':
      return objectFrame('modified', object);
    case 'DELETED':
      return objectFrame('deleted', object);
    case 'BOOKMARK':
      return bookmarkFrame(object);
    case 'ERROR':
      return { type: 'error', error: statusErrorOfFrame(object) };
    default:
      throw new TransportError('undecodable', `a frame has an unknown type: ${JSON.stringify(type)?.slice(0, 80)}`);
  }
}

function objectFrame(type: 'added' | 'modified' | 'deleted', value: unknown): WatchFrame {
  const object = parseKubernetesObject(value);
  if (object !== null) return { type, object };
  return { type: 'skipped', message: describeUnidentified(value) };
}

function bookmarkFrame(value: unknown): WatchFrame {
  const metadata = isRecord(value) && isRecord(value['metadata']) ? value['metadata'] : {};
  const resourceVersion = metadata['resourceVersion'];
  if (typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw new TransportError('undecodable', 'a bookmark has no resource version');
  }
  const annotations = isRecord(metadata['annotations']) ? metadata['annotations'] : {};
  return { type: 'bookmark', resourceVersion, initialEventsEnd: annotations['k8s.io/initial-events-end'] === 'true' };
}

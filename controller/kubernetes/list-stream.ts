import { isRecord, type KubernetesObject, parseKubernetesObject } from './kubernetes-object.ts';
import { maxLineBytes } from './line-splitter.ts';
import { ListSplitter } from './list-splitter.ts';
import { textWithoutManagedFields } from './managed-fields.ts';
import { TransportError } from './status-error.ts';
import { describeUnidentified } from './watch-stream.ts';

export type ListItem =
  | { readonly type: 'item'; readonly object: KubernetesObject }
  | { readonly type: 'skipped'; readonly message: string }
  /** Always the last, and only when the page is complete. */
  | { readonly type: 'pageEnd'; readonly metadata: ListMetadata };

/** `metadata` of a list. */
export interface ListMetadata {
  readonly resourceVersion: string;
  /** Token of the next page; null on the last. */
  readonly continueToken: string | null;
  /** Items after this page. Null when the server does not count them, as with any field selector (RULINGS 11). */
  readonly remainingItemCount: number | null;
}

/**
 * Bytes of a list → its items, chunk by chunk as they arrive, and its metadata at the end.
 * @throws TransportError: `broken` when it ends early, `undecodable`, `tooLarge` past `maxBytes` for one item.
 */
export async function* listItems(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number = maxLineBytes,
): AsyncGenerator<Iterable<ListItem>, void, undefined> {
  const splitter = new ListSplitter(maxBytes);
  for await (const chunk of chunks) yield itemsOf(splitter, chunk);
  yield [{ type: 'pageEnd', metadata: parseEnvelope(splitter.end()) }];
}

function* itemsOf(splitter: ListSplitter, chunk: Buffer): Generator<ListItem, void, undefined> {
  for (const bytes of splitter.push(chunk)) {
    const value = parseJson(textWithoutManagedFields(bytes), 'an item of a list');
    const object = parseKubernetesObject(value);
    yield object === null ? { type: 'skipped', message: describeUnidentified(value) } : { type: 'item', object };
  }
}

function parseEnvelope(text: string): ListMetadata {
  const envelope = parseJson(text, 'a list');
  const metadata = isRecord(envelope) && isRecord(envelope['metadata']) ? envelope['metadata'] : {};
  const { resourceVersion, continue: token, remainingItemCount } = metadata;
  if (typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw new TransportError('undecodable', 'a list has no resource version');
  }
  return {
    resourceVersion,
    continueToken: typeof token === 'string' && token !== '' ? token : null,
    remainingItemCount: typeof remainingItemCount === 'number' ? remainingItemCount : null,
  };
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const beginning = JSON.stringify(text.slice(0, 80));
    throw new TransportError('undecodable', `${what} is no JSON: ${beginning}`, { cause });
  }
}

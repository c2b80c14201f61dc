import {
  describeUnidentified,
  isRecord,
  type KubernetesObject,
  maxObjectBytes,
  parseKubernetesObject,
} from './kubernetes-object.ts';
import type { Message } from './protobuf.ts';
import { TransportError } from './status-error.ts';
import type { Answer } from './transport.ts';
import { formOf } from './wire-form.ts';

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
  /** Items after this page. Null when the server does not count them, as with any field selector. */
  readonly remainingItemCount: number | null;
}

/**
 * A list's answer → its items, chunk by chunk as they arrive, and its metadata at the end.
 * @param of what to read of each, where they come as protobuf.
 * @throws TransportError: `broken` when it ends early, `undecodable`, `tooLarge` past `maxBytes` for one item.
 */
export async function* listItems(
  answer: Answer,
  of: Message,
  maxBytes: number = maxObjectBytes,
): AsyncGenerator<Iterable<ListItem>, void, undefined> {
  const reader = formOf(answer.contentType).list(of, maxBytes);
  for await (const chunk of answer) yield itemsOf(reader.push(chunk));
  yield [{ type: 'pageEnd', metadata: parseMetadata(reader.end()) }];
}

function* itemsOf(values: Iterable<unknown>): Generator<ListItem, void, undefined> {
  for (const value of values) {
    const object = parseKubernetesObject(value);
    yield object === null ? { type: 'skipped', message: describeUnidentified(value) } : { type: 'item', object };
  }
}

function parseMetadata(value: unknown): ListMetadata {
  const { resourceVersion, continue: token, remainingItemCount } = isRecord(value) ? value : {};
  if (typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw new TransportError('undecodable', 'a list has no resource version');
  }
  return {
    resourceVersion,
    continueToken: typeof token === 'string' && token !== '' ? token : null,
    remainingItemCount: typeof remainingItemCount === 'number' ? remainingItemCount : null,
  };
}

import { LineSplitter } from './line-splitter.ts';
import { ListSplitter } from './list-splitter.ts';
import { textWithoutManagedFields } from './managed-fields.ts';
import { decode, type Message, rangeOf } from './protobuf.ts';
import { bookmark, listMeta, status } from './protobuf-messages.ts';
import { FrameSplitter, ProtobufListSplitter, unwrapped } from './protobuf-splitter.ts';
import { TransportError } from './status-error.ts';

/**
 * The two forms in which an API server sends objects. Protobuf is asked for first: a list of 9,920 pods costs the server
 * 0.5 s instead of 1 s and has two thirds of the bytes, and reading it costs us half the time and a third of the garbage.
 * JSON is what a server sends that does not have it. Both give the same plain objects.
 */
export interface WireForm {
  /** One reader for each answer. @param maxBytes of one object. */
  readonly list: (of: Message, maxBytes: number) => ListReader;
  readonly watch: (of: Message, maxBytes: number) => WatchReader;
}

export interface ListReader {
  /** The items that this chunk completes. Take them all before the next. @throws TransportError: `undecodable`, `tooLarge`. */
  readonly push: (chunk: Buffer) => Iterable<unknown>;
  /** The list's `metadata`. @throws TransportError (`broken`) when the list was cut off. */
  readonly end: () => unknown;
}

/** As on the wire, nothing checked. */
export interface WatchEvent {
  readonly type: unknown;
  readonly object: unknown;
}

export interface WatchReader {
  /** The events that this chunk completes. Take them all before the next. @throws TransportError: `undecodable`, `tooLarge`. */
  readonly push: (chunk: Buffer) => Iterable<WatchEvent>;
  /** @throws TransportError (`broken`) when an event was cut off. */
  readonly end: () => void;
}

const protobufType = 'application/vnd.kubernetes.protobuf';
const jsonType = 'application/json';

/** In place of the objects their metadata alone; with `List` for a list of it. */
export type MetadataForm = 'PartialObjectMetadata' | 'PartialObjectMetadataList';

/** For the header `Accept`, protobuf before JSON. @param as null for whole objects. */
export function acceptedForms(as: MetadataForm | null): string {
  return `${accepted(protobufType, as)}, ${accepted(jsonType, as)}`;
}

/** For the header `Accept` of an answer that `Transport.get` reads. */
export function acceptedJson(as: MetadataForm): string {
  return accepted(jsonType, as);
}

function accepted(type: string, as: MetadataForm | null): string {
  return as === null ? type : `${type};as=${as};g=meta.k8s.io;v=v1`;
}

/** @param contentType of an answer. */
export function formOf(contentType: string): WireForm {
  return contentType.startsWith(protobufType) ? protobufForm : jsonForm;
}

/** The body of an answer that is no object, a `Status` mostly; text where it is neither protobuf nor JSON. */
export function parseRefusal(contentType: string, body: Buffer): unknown {
  try {
    if (contentType.startsWith(protobufType)) return decode(status, body, unwrapped(body));
    return JSON.parse(body.toString('utf8'));
  } catch {
    // A proxy's page, or cut off: the status code says enough.
    return body.toString('utf8');
  }
}

const protobufForm: WireForm = {
  list: (of, maxBytes) => {
    const splitter = new ProtobufListSplitter(maxBytes);
    return {
      *push(chunk) {
        for (const item of splitter.push(chunk)) yield decode(of, item);
      },
      end: () => decode(listMeta, splitter.end()),
    };
  },
  watch: (of, maxBytes) => {
    const splitter = new FrameSplitter(maxBytes);
    return {
      *push(chunk) {
        for (const frame of splitter.push(chunk)) yield watchEventOf(of, frame);
      },
      end: () => splitter.end(),
    };
  },
};

/** `WatchEvent{ type = 1, object = 2: RawExtension{ raw = 1: a wrapped object } }` */
function watchEventOf(of: Message, frame: Buffer): WatchEvent {
  const whole = { start: 0, end: frame.length };
  const named = rangeOf(frame, 1, whole);
  const type = named === null ? undefined : frame.toString('latin1', named.start, named.end);
  const extension = rangeOf(frame, 2, whole);
  const wrapped = extension === null ? null : rangeOf(frame, 1, extension);
  if (wrapped === null) throw new TransportError('undecodable', `a frame of ${frame.length} bytes has no object`);
  const form = type === 'ERROR' ? status : type === 'BOOKMARK' ? bookmark : of;
  return { type, object: decode(form, frame, unwrapped(frame, wrapped)) };
}

const jsonForm: WireForm = {
  list: (_of, maxBytes) => {
    const splitter = new ListSplitter(maxBytes);
    return {
      *push(chunk) {
        for (const bytes of splitter.push(chunk)) yield parseJson(textWithoutManagedFields(bytes), 'an item of a list');
      },
      end: () => {
        const envelope = parseJson(splitter.end(), 'a list');
        return typeof envelope === 'object' && envelope !== null && 'metadata' in envelope ? envelope.metadata : null;
      },
    };
  },
  watch: (_of, maxBytes) => {
    const splitter = new LineSplitter(maxBytes);
    return {
      *push(chunk) {
        for (const line of splitter.push(chunk)) yield parseWatchLine(line);
      },
      end: () => splitter.end(),
    };
  },
};

function parseWatchLine(line: Buffer): WatchEvent {
  const what = `a line of ${line.length} bytes`;
  // Invalid UTF-8 becomes U+FFFD inside a text and harms nobody.
  const text = textWithoutManagedFields(line);
  const value = parseJson(text, what);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TransportError('undecodable', `${what} is no object: ${beginningOf(text)}`);
  }
  return { type: 'type' in value ? value.type : undefined, object: 'object' in value ? value.object : undefined };
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TransportError('undecodable', `${what} is no JSON: ${beginningOf(text)}`, { cause });
  }
}

/** Enough to tell a proxy's page from a damaged object; objects are never logged whole. */
function beginningOf(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

import { type Range, rangeOf } from './protobuf.ts';
import { maxObjectBytes } from './kubernetes-object.ts';
import { TransportError } from './status-error.ts';

/** Every object on its own begins with these four bytes, and is wrapped in an `Unknown` that says its kind. */
const magic = Buffer.from('k8s\0');
const magicNumber = magic.readUInt32BE();
const nothing: Buffer = Buffer.alloc(0);
const lengthDelimited = 2;
/** `Unknown.raw`, and `items` of every list. */
const payloadField = 2;
const listMetadataField = 1;

/**
 * Where an object's message stands inside its wrapping.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 * @throws TransportError (`undecodable`)
 */
export function unwrapped(bytes: Buffer, wrapped: Range = { start: 0, end: bytes.length }): Range {
  const start = wrapped.start + magic.length;
  if (start > wrapped.end || bytes.readUInt32BE(wrapped.start) !== magicNumber) {
    throw undecodable('does not begin with k8s', bytes.subarray(wrapped.start, wrapped.end));
  }
  const content = rangeOf(bytes, payloadField, { start, end: wrapped.end });
  if (content === null) throw undecodable('has no content', bytes.subarray(wrapped.start, wrapped.end));
  return content;
}

/**
 * Bytes of a stream, of which a piece is taken when it is whole. What lies inside one chunk is a view of it; only a piece
 * that is spread over several is put together, once.
 */
class Pieces {
  #parts: Buffer[] = [];
  #bytes = 0;
  #chunk: Buffer = nothing;
  #at = 0;

  /** To be called when no piece can be taken any more. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Bytes that were pushed and not taken. */
  get left(): number {
    return this.#bytes + this.#chunk.length - this.#at;
  }

  /** The next `length` bytes; null while they are not all here. */
  take(length: number): Buffer | null {
    const missing = length - this.#bytes;
    if (missing > this.#chunk.length - this.#at) {
      this.#keep();
      return null;
    }
    const end = this.#at + missing;
    const rest = this.#chunk.subarray(this.#at, end);
    this.#at = end;
    if (this.#bytes === 0) return rest;
    const piece = Buffer.concat([...this.#parts, rest], length);
    this.#parts = [];
    this.#bytes = 0;
    return piece;
  }

  /** The next byte; null when it is not here. */
  takeByte(): number | null {
    if (this.#bytes > 0) return this.take(1)?.[0] ?? null;
    return this.#at < this.#chunk.length ? (this.#chunk[this.#at++] ?? null) : null;
  }

  /** The next four bytes as a number, most significant first; null while they are not all here. */
  takeUInt32(): number | null {
    if (this.#bytes > 0 || this.#chunk.length - this.#at < 4) return this.take(4)?.readUInt32BE() ?? null;
    this.#at += 4;
    return this.#chunk.readUInt32BE(this.#at - 4);
  }

  #keep(): void {
    if (this.#at < this.#chunk.length) this.#parts.push(this.#chunk.subarray(this.#at));
    this.#bytes += this.#chunk.length - this.#at;
    this.#chunk = nothing;
    this.#at = 0;
  }
}

/** Cuts a watch into its frames: four bytes of length, most significant first, then so many bytes. */
export class FrameSplitter {
  readonly #pieces = new Pieces();
  readonly #maxBytes: number;
  /** Of the frame whose length has come; null between frames. */
  #length: number | null = null;

  constructor(maxBytes: number = maxObjectBytes) {
    this.#maxBytes = maxBytes;
  }

  /** The frames that this chunk completes. Take them all before the next push. @throws TransportError (`tooLarge`) */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    this.#pieces.push(chunk);
    for (;;) {
      this.#length ??= this.#pieces.takeUInt32();
      if (this.#length === null) return;
      if (this.#length > this.#maxBytes) throw tooLarge('a frame', this.#maxBytes);
      const frame = this.#pieces.take(this.#length);
      if (frame === null) return;
      this.#length = null;
      yield frame;
    }
  }

  /** To be called at the end of the stream. @throws TransportError (`broken`) when the last frame was cut off. */
  end(): void {
    const { left } = this.#pieces;
    if (left === 0 && this.#length === null) return;
    throw new TransportError('broken', `the stream ended in the middle of a frame, after ${left} bytes of it`);
  }
}

/**
 * Cuts a list into its items while it arrives.
 *
 *     k8s\0 │ Unknown{ typeMeta │ raw: List{ metadata │ item │ item │ … } │ … }
 *     magic └───── wrapping ────┘     └───────── list ──────────────────┘
 */
export class ProtobufListSplitter {
  readonly #pieces = new Pieces();
  readonly #maxBytes: number;
  #place: 'magic' | 'wrapping' | 'list' = 'magic';
  /** Of the field that is being read: its numbers so far, and its length once that is known. */
  #tag: number | null = null;
  #length: number | null = null;
  /** Of the number that is being read: its lower digits, and what the next one counts. */
  #value = 0;
  #factor = 1;
  /** Of the list, still to come; null before it began. */
  #listBytes: number | null = null;
  #metadata: Buffer = nothing;

  constructor(maxBytes: number = maxObjectBytes) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The items that this chunk completes. Take them all before the next push.
   * @throws TransportError: `tooLarge` past the limit of one item, `undecodable` when it is no list.
   */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    this.#pieces.push(chunk);
    if (this.#place === 'magic') {
      const start = this.#pieces.take(magic.length);
      if (start === null) return;
      if (!start.equals(magic)) throw undecodable('does not begin with k8s', start);
      this.#place = 'wrapping';
    }
    for (;;) {
      this.#tag ??= this.#number();
      if (this.#tag === null) return;
      if ((this.#tag & 7) !== lengthDelimited)
        throw undecodable(`has wire type ${this.#tag & 7} around a list`, nothing);
      this.#length ??= this.#number();
      if (this.#length === null) return;
      const field = this.#tag >>> 3;
      if (this.#place === 'wrapping' && field === payloadField) {
        this.#place = this.#length === 0 ? 'wrapping' : 'list';
        this.#listBytes = this.#length;
        this.#tag = this.#length = null;
        continue;
      }
      if (this.#length > this.#maxBytes) throw tooLarge('an item of a list', this.#maxBytes);
      const value = this.#pieces.take(this.#length);
      if (value === null) return;
      this.#tag = this.#length = null;
      if (this.#place === 'wrapping') continue;
      this.#count(value.length);
      if (this.#listBytes === 0) this.#place = 'wrapping';
      if (field === payloadField) yield value;
      // A copy: a view would hold its whole chunk until the list ends.
      else if (field === listMetadataField) this.#metadata = Buffer.from(value);
    }
  }

  /** To be called at the end of the answer. @returns the bytes of the list's `metadata`. @throws TransportError (`broken`) when it was cut off. */
  end(): Buffer {
    const isWhole = this.#place === 'wrapping' && this.#listBytes !== null && this.#tag === null;
    if (!isWhole || this.#pieces.left > 0) throw new TransportError('broken', 'the list ended in the middle');
    return this.#metadata;
  }

  /** The next varint; null when it is not all here. */
  #number(): number | null {
    for (let byte = this.#pieces.takeByte(); byte !== null; byte = this.#pieces.takeByte()) {
      if (this.#place === 'list') this.#count(1);
      this.#value += (byte & 0x7f) * this.#factor;
      this.#factor *= 0x80;
      if (this.#factor > 2 ** 70) throw undecodable('has a number of more than ten bytes', nothing);
      if (byte >= 0x80) continue;
      const value = this.#value;
      this.#value = 0;
      this.#factor = 1;
      return value;
    }
    return null;
  }

  /** The list has as many bytes as was said. */
  #count(bytes: number): void {
    this.#listBytes = (this.#listBytes ?? 0) - bytes;
    if (this.#listBytes < 0) throw undecodable('has a list that is longer than its length', nothing);
  }
}

function undecodable(what: string, bytes: Buffer): TransportError {
  const beginning = bytes.length === 0 ? '' : `: ${JSON.stringify(bytes.toString('latin1', 0, 80))}`;
  return new TransportError('undecodable', `an answer of protobuf ${what}${beginning}`);
}

function tooLarge(what: string, maxBytes: number): TransportError {
  return new TransportError('tooLarge', `${what} is longer than ${maxBytes} bytes; the answer was cut`);
}

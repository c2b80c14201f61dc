import { maxObjectBytes } from './kubernetes-object.ts';
import { TransportError } from './status-error.ts';

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * Cuts a `List` answer into its items while it arrives, so that a list of 150,000 pods, in one answer, needs the memory
 * of one chunk and one pod. Everything outside the items array, the envelope, is kept and returned by `end`.
 *
 *     {"kind":"PodList","metadata":{…},"items":[ {…} , {…} ]}
 *     └──────────── envelope ─────────────────┘  └item┘       └ envelope
 *
 * It only counts braces outside strings; whether an item is JSON is found out by whoever parses it.
 */
export class ListSplitter {
  readonly #maxBytes: number;
  #place: 'envelope' | 'betweenItems' | 'item' = 'envelope';
  /** Open braces and brackets of the envelope or of the item. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** At depth 1 of the envelope: the text of the last string, which before a `[` is that array's key. */
  #key = '';
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #envelope: Buffer[] = [];
  #envelopeBytes = 0;

  constructor(maxBytes: number = maxObjectBytes) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The items that this chunk completes; they are views of the chunk where they can be. Take them all before the next push.
   * @throws TransportError: `tooLarge` past the limit of one item or of the envelope, `undecodable` when it is no list.
   */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      const start = at;
      switch (this.#place) {
        case 'envelope':
          at = this.#scanEnvelope(chunk, start);
          this.#keepEnvelope(chunk.subarray(start, at));
          break;
        case 'betweenItems':
          at = this.#scanGap(chunk, start);
          break;
        case 'item': {
          at = this.#scanItem(chunk, start);
          const part = chunk.subarray(start, at);
          if (this.#depth > 0) this.#keep(part);
          else {
            this.#place = 'betweenItems';
            yield this.#complete(part);
          }
          break;
        }
      }
    }
  }

  /** To be called at the end of the answer. @returns the envelope's JSON text, its items empty. @throws TransportError (`broken`) when it was cut off. */
  end(): string {
    if (this.#place !== 'envelope' || this.#depth !== 0 || this.#envelopeBytes === 0) {
      throw new TransportError('broken', 'the list ended in the middle');
    }
    return Buffer.concat(this.#envelope).toString('utf8');
  }

  #scanEnvelope(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) this.#inString = false;
        // One character per byte will do: the key that is looked for is ASCII.
        if (this.#inString && this.#depth === 1 && this.#key.length < 16) this.#key += String.fromCharCode(byte ?? 0);
      } else if (byte === quote) {
        this.#inString = true;
        if (this.#depth === 1) this.#key = '';
      } else if (byte === openBrace || byte === openBracket) {
        this.#depth++;
        if (byte === openBracket && this.#depth === 2 && this.#key === 'items') {
          this.#place = 'betweenItems';
          return at + 1;
        }
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth--;
      }
    }
    return chunk.length;
  }

  #scanGap(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === openBrace) {
        this.#place = 'item';
        this.#depth = 0;
        return at;
      }
      if (byte === closeBracket) {
        this.#place = 'envelope';
        this.#depth = 2;
        this.#key = '';
        return at;
      }
      const between = byte === 0x2c || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
      if (!between) throw new TransportError('undecodable', `byte 0x${byte?.toString(16)} between the items of a list`);
    }
    return chunk.length;
  }

  /** The hot loop: state in locals, strings skipped in a loop of their own. */
  #scanItem(chunk: Buffer, start: number): number {
    const end = chunk.length;
    let depth = this.#depth;
    let inString = this.#inString;
    let at = start;
    if (this.#escaped) {
      this.#escaped = false;
      at++;
    }
    while (at < end) {
      if (inString) {
        for (; at < end; at++) {
          const byte = chunk[at];
          if (byte === quote) {
            inString = false;
            at++;
            break;
          }
          if (byte === backslash && ++at === end) this.#escaped = true;
        }
        continue;
      }
      const byte = chunk[at++];
      if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) depth++;
      else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) break;
    }
    this.#depth = depth;
    this.#inString = inString;
    return Math.min(at, end);
  }

  #complete(part: Buffer): Buffer {
    this.#check(this.#partsBytes + part.length, 'an item of a list');
    if (this.#partsBytes === 0) return part;
    const item = Buffer.concat([...this.#parts, part], this.#partsBytes + part.length);
    this.#parts = [];
    this.#partsBytes = 0;
    return item;
  }

  #keep(part: Buffer): void {
    this.#partsBytes += part.length;
    this.#check(this.#partsBytes, 'an item of a list');
    this.#parts.push(part);
  }

  #keepEnvelope(part: Buffer): void {
    this.#envelopeBytes += part.length;
    this.#check(this.#envelopeBytes, 'a list without its items');
    // A copy: a view would hold its whole chunk until the list ends.
    this.#envelope.push(Buffer.from(part));
  }

  #check(bytes: number, what: string): void {
    if (bytes > this.#maxBytes) {
      throw new TransportError('tooLarge', `${what} is longer than ${this.#maxBytes} bytes; the answer was cut`);
    }
  }
}

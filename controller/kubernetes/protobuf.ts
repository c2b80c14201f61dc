/**
 * Reading of Kubernetes' protobuf: only the fields that a message names, as the plain objects that JSON would give, so
 * that whoever reads them need not know in which form they came. Everything else is stepped over by its length, which
 * is most of it: of a pod's 6.7 kB a third is managed fields alone.
 *
 * The wire format is `tag length? value`, a tag being `number << 3 | type`:
 * https://protobuf.dev/programming-guides/encoding/
 */
import { TransportError } from './status-error.ts';

type Plain = Record<string, unknown>;

/** How the value of a field is read; each gives what JSON has in that place. */
const readings = {
  /** A text that comes over and over in different objects: read through the pool. */
  text: 0,
  /** A text that no other object has. */
  ownText: 1,
  /** int32 and int64. */
  integer: 2,
  flag: 3,
  /** `Time` and `MicroTime`: epoch milliseconds, where JSON has RFC 3339. */
  instant: 4,
  /** `map<string, string>`. */
  textMap: 5,
  /** `map<string, Quantity>`. */
  amountMap: 6,
  /** A number or a text. */
  intOrString: 7,
  message: 8,
  /** A message whose fields stand in the object itself in JSON: Go's embedded structs. */
  inline: 9,
} as const;

type Reading = (typeof readings)[keyof typeof readings];

interface Field {
  readonly name: string;
  readonly reading: Reading;
  readonly repeated: boolean;
  readonly message: Message | null;
}

/** The fields of a message that are read, by their number. */
export interface Message {
  readonly fields: readonly (Field | undefined)[];
}

type FieldSpec = Omit<Field, 'message'> & { readonly message?: Message };

function scalar(reading: Reading) {
  return (name: string): FieldSpec => ({ name, reading, repeated: false });
}

export const text = scalar(readings.text);
export const ownText = scalar(readings.ownText);
export const integer = scalar(readings.integer);
export const flag = scalar(readings.flag);
export const instant = scalar(readings.instant);
export const textMap = scalar(readings.textMap);
export const amountMap = scalar(readings.amountMap);
export const intOrString = scalar(readings.intOrString);

export function texts(name: string): FieldSpec {
  return { name, reading: readings.text, repeated: true };
}

export function one(name: string, of: Message): FieldSpec {
  return { name, reading: readings.message, repeated: false, message: of };
}

export function list(name: string, of: Message): FieldSpec {
  return { name, reading: readings.message, repeated: true, message: of };
}

export function inline(of: Message): FieldSpec {
  return { name: '', reading: readings.inline, repeated: false, message: of };
}

/** @param specs by field number, as in `generated.proto`. */
export function message(specs: Readonly<Record<number, FieldSpec>>): Message {
  const fields: (Field | undefined)[] = [];
  for (const [number, spec] of Object.entries(specs)) {
    const index = Number(number);
    while (fields.length <= index) fields.push(undefined);
    fields[index] = { message: null, ...spec };
  }
  return { fields };
}

/** Of which nothing is read but that it is there. */
export const presence: Message = message({});

/**
 * One string for equal short texts. A slot holds the newest text of its hash, so the pool has a fixed size and what no
 * longer comes is pushed out. Comparing a text with its bytes takes a third of making a new one, and leaves no garbage.
 */
class TextPool {
  static readonly slots = 8_192;
  static readonly longest = 64;
  readonly #texts = Array.from<string | undefined>({ length: TextPool.slots });

  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > TextPool.longest) return bytes.toString('utf8', start, end);
    let hash = length;
    let all = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      hash = (Math.imul(hash, 31) + byte) | 0;
      all |= byte;
    }
    if (all > 0x7f) return bytes.toString('utf8', start, end);
    const slot = (hash ^ (hash >>> 15)) & (TextPool.slots - 1);
    const known = this.#texts[slot];
    if (known !== undefined && isSame(known, bytes, start, length)) return known;
    const fresh = bytes.toString('latin1', start, end);
    this.#texts[slot] = fresh;
    return fresh;
  }
}

function isSame(known: string, bytes: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let index = 0; index < length; index++) if (known.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}

const pool = new TextPool();

/** The only wire types that Kubernetes' messages have. */
const wireVarint = 0;
const wireFixed64 = 1;
const wireLengthDelimited = 2;
const wireFixed32 = 5;

/**
 * The message in these bytes.
 * @throws TransportError (`undecodable`) when it is no protobuf.
 */
export function decode(of: Message, bytes: Buffer, within: Range = { start: 0, end: bytes.length }): Plain {
  const reader = new Reader(bytes, within.start);
  const found: Plain = {};
  reader.message(of, within.end, found);
  return found;
}

/** A part of some bytes. Not a view: ten thousand of those are slower to make than to read. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where the content of the last length-delimited field of that number stands; null when there is none. @throws TransportError (`undecodable`) */
export function rangeOf(bytes: Buffer, number: number, within: Range): Range | null {
  const reader = new Reader(bytes, within.start);
  let found: Range | null = null;
  while (reader.at < within.end) {
    const tag = reader.varint();
    if (tag >>> 3 !== number || (tag & 7) !== wireLengthDelimited) {
      reader.skip(tag & 7);
      continue;
    }
    const end = reader.end();
    found = { start: reader.at, end };
    reader.at = end;
  }
  return found;
}

/** A position in bytes that moves on as values are read. */
class Reader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  message(of: Message, end: number, into: Plain): void {
    const { fields } = of;
    while (this.at < end) {
      const tag = this.varint();
      const field = fields[tag >>> 3];
      if (field === undefined) this.skip(tag & 7);
      else this.#field(field, tag & 7, into);
    }
    if (this.at !== end) throw undecodable('a message is longer than its length', this.at);
  }

  /** An unsigned number below 2⁵³; a negative one comes out as its two's complement, see `#integer`. */
  varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.at++] ?? this.#cut();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let factor = 0x80; factor < 2 ** 70; factor *= 0x80) {
      byte = bytes[this.at++] ?? this.#cut();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw undecodable('a number has more than ten bytes', this.at);
  }

  /** The end of a length-delimited value that begins here. */
  end(): number {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.#bytes.length) this.#cut();
    return end;
  }

  skip(wireType: number): void {
    switch (wireType) {
      case wireVarint:
        this.varint();
        return;
      case wireFixed64:
        this.at += 8;
        return;
      case wireLengthDelimited:
        this.at = this.end();
        return;
      case wireFixed32:
        this.at += 4;
        return;
      default:
        throw undecodable(`wire type ${wireType}`, this.at);
    }
  }

  #field(field: Field, wireType: number, into: Plain): void {
    const { name, reading } = field;
    if (reading === readings.integer || reading === readings.flag) {
      if (wireType !== wireVarint) return this.skip(wireType);
      into[name] = reading === readings.flag ? this.varint() !== 0 : this.#integer();
      return;
    }
    if (wireType !== wireLengthDelimited) return this.skip(wireType);
    const end = this.end();
    switch (reading) {
      case readings.text:
      case readings.ownText: {
        const value = this.#text(reading === readings.text, end);
        if (field.repeated) listOf(into, name).push(value);
        // Go writes empty texts on this wire and leaves them out of JSON.
        else if (value !== '') into[name] = value;
        return;
      }
      case readings.message: {
        const value: Plain = {};
        if (field.message !== null) this.message(field.message, end, value);
        if (field.repeated) listOf(into, name).push(value);
        else into[name] = value;
        return;
      }
      case readings.inline:
        if (field.message !== null) this.message(field.message, end, into);
        return;
      case readings.instant: {
        const value = this.#instant(end);
        if (value !== null) into[name] = value;
        return;
      }
      case readings.textMap:
      case readings.amountMap:
        this.#entry(mapOf(into, name), reading, end);
        return;
      case readings.intOrString:
        into[name] = this.#intOrString(end);
        return;
      default:
        return reading satisfies never;
    }
  }

  #text(pooled: boolean, end: number): string {
    const start = this.at;
    this.at = end;
    if (start === end) return '';
    return pooled ? pool.read(this.#bytes, start, end) : this.#bytes.toString('utf8', start, end);
  }

  /** Negative numbers, an exit code for instance, are written as 64-bit two's complement in ten bytes. */
  #integer(): number {
    const start = this.at;
    const value = this.varint();
    if (this.at - start < 10) return value;
    // Ten bytes: exact arithmetic is worth it for so rare a case.
    let exact = 0n;
    for (let index = 0; index < 10; index++)
      exact |= BigInt((this.#bytes[start + index] ?? 0) & 0x7f) << BigInt(7 * index);
    return Number(BigInt.asIntN(64, exact));
  }

  /** Null for Go's zero time, which is an empty message. */
  #instant(end: number): number | null {
    if (this.at === end) return null;
    let seconds = 0;
    let nanoseconds = 0;
    while (this.at < end) {
      const tag = this.varint();
      if (tag === 0x08) seconds = this.#integer();
      else if (tag === 0x10) nanoseconds = this.#integer();
      else this.skip(tag & 7);
    }
    return seconds * 1000 + Math.floor(nanoseconds / 1e6);
  }

  #entry(into: Plain, reading: Reading, end: number): void {
    let key = '';
    let value = '';
    while (this.at < end) {
      const tag = this.varint();
      if (tag === 0x0a) key = this.#text(true, this.end());
      else if (tag === 0x12 && reading === readings.textMap) value = this.#text(true, this.end());
      else if (tag === 0x12) value = this.#amount(this.end());
      else this.skip(tag & 7);
    }
    // An own field of that name would set the prototype instead.
    if (key !== '__proto__') into[key] = value;
  }

  /** A `Quantity` is a message with one text. */
  #amount(end: number): string {
    let value = '';
    while (this.at < end) {
      const tag = this.varint();
      if (tag === 0x0a) value = this.#text(true, this.end());
      else this.skip(tag & 7);
    }
    return value;
  }

  #intOrString(end: number): number | string {
    let isText = false;
    let number = 0;
    let word = '';
    while (this.at < end) {
      const tag = this.varint();
      if (tag === 0x08) isText = this.varint() === 1;
      else if (tag === 0x10) number = this.#integer();
      else if (tag === 0x1a) word = this.#text(true, this.end());
      else this.skip(tag & 7);
    }
    return isText ? word : number;
  }

  #cut(): never {
    throw undecodable('a message ends in the middle', this.at);
  }
}

function listOf(into: Plain, name: string): unknown[] {
  const known = into[name];
  if (Array.isArray(known)) return known;
  const fresh: unknown[] = [];
  into[name] = fresh;
  return fresh;
}

function mapOf(into: Plain, name: string): Plain {
  const known = into[name];
  if (typeof known === 'object' && known !== null) return known as Plain;
  const fresh: Plain = {};
  into[name] = fresh;
  return fresh;
}

function undecodable(what: string, at: number): TransportError {
  return new TransportError('undecodable', `no protobuf: ${what}, at byte ${at}`);
}

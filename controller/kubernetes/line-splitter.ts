import { maxObjectBytes } from './kubernetes-object.ts';
import { TransportError } from './status-error.ts';

const newline = 0x0a;

/**
 * Cuts a stream of bytes into lines, wherever the chunks end. Works on bytes, so that a character split over two chunks
 * stays whole. Holds at most one incomplete line; lines inside one chunk are views of it, not copies.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  /** The beginning of a line whose end has not come yet. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(maxBytes: number = maxObjectBytes) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The lines that this chunk completes, without newline; empty lines are left out. Take them all before the next push.
   * @throws TransportError (`tooLarge`) as soon as a line is past the limit, however many chunks it takes.
   */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = this.#complete(chunk.subarray(start, end));
      start = end + 1;
      if (line.length > 0) yield line;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** To be called at the end of the stream. @throws TransportError when the last line has no end: it was cut off. */
  end(): void {
    if (this.#pendingBytes === 0) return;
    const bytes = this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    throw new TransportError('broken', `the stream ended in the middle of a line, after ${bytes} bytes of it`);
  }

  #complete(tail: Buffer): Buffer {
    this.#check(tail.length);
    if (this.#pendingBytes === 0) return tail;
    const line = Buffer.concat([...this.#pending, tail], this.#pendingBytes + tail.length);
    this.#pending = [];
    this.#pendingBytes = 0;
    return line;
  }

  #keep(part: Buffer): void {
    this.#check(part.length);
    this.#pending.push(part);
    this.#pendingBytes += part.length;
  }

  #check(more: number): void {
    if (this.#pendingBytes + more > this.#maxBytes) {
      throw new TransportError('tooLarge', `a line is longer than ${this.#maxBytes} bytes; the stream was cut`);
    }
  }
}

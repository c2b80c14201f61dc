import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** An event as it arrived; `id` and `retry` belong to the block that carried them. */
export interface ReceivedEvent {
  readonly event: string;
  readonly id: string | null;
  readonly retry: number | null;
  readonly data: unknown;
}

export interface EventReaderOptions {
  readonly headers?: readonly string[];
  /** Of HTTP; default 1.1. */
  readonly version?: string;
  /** Another way to a socket, for instance over TLS. */
  readonly open?: () => Socket;
}

/**
 * A client of an event stream that reads its socket by hand: it can stall, speak HTTP/1.0 and be cut, which `fetch`
 * cannot.
 */
export class EventReader {
  readonly socket: Socket;
  readonly events: ReceivedEvent[] = [];
  head = '';
  /** The blocks so far, without the chunks of HTTP around them. */
  text = '';
  closed = false;
  /** The answer is complete, though its connection may live on. */
  ended = false;
  #rest = '';
  #body = '';
  #isChunked = false;
  #waiting: (() => void)[] = [];

  constructor(port: number, path: string, options: EventReaderOptions = {}) {
    const { headers = [], version = '1.1', open = () => connect(port, '127.0.0.1') } = options;
    this.socket = open();
    this.socket.setEncoding('utf8');
    this.socket.write([`GET ${path} HTTP/${version}`, 'Host: localhost', ...headers, '', ''].join('\r\n'));
    this.socket.on('data', (chunk) => this.#receive(String(chunk)));
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    // A cut connection may show as a reset; `close` follows.
    this.socket.on('error', () => this.socket.destroy());
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.head)?.[1]);
  }

  named(event: string): readonly ReceivedEvent[] {
    return this.events.filter((received) => received.event === event);
  }

  /** Waits until the condition holds; a test's own time limit is the deadline. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.socket.destroy();
  }

  #receive(chunk: string): void {
    let rest = chunk;
    if (this.head === '') {
      this.#rest += chunk;
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end === -1) return;
      this.head = this.#rest.slice(0, end);
      rest = this.#rest.slice(end + 4);
      this.#rest = '';
      this.#isChunked = /transfer-encoding: chunked/i.test(this.head);
    }
    if (this.#isChunked) this.#unchunk(rest);
    else this.#body += rest;
    this.#parse();
    this.#wake();
  }

  /** Chunks of HTTP/1.1: `SIZE CRLF data CRLF`. Sizes are bytes, and so are characters here: the data is ASCII. */
  #unchunk(text: string): void {
    this.#rest += text;
    for (;;) {
      const end = this.#rest.indexOf('\r\n');
      const size = Number.parseInt(this.#rest.slice(0, end), 16);
      if (end === -1) return;
      if (Number.isNaN(size)) throw new Error(`not a chunk: ${JSON.stringify(this.#rest.slice(0, 80))}`);
      if (this.#rest.length < end + 2 + size + 2) return;
      this.#body += this.#rest.slice(end + 2, end + 2 + size);
      this.#rest = this.#rest.slice(end + 2 + size + 2);
      if (size === 0) {
        this.ended = true;
        return;
      }
    }
  }

  #parse(): void {
    const blocks = this.#body.split('\n\n');
    this.#body = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
      const event = field('event');
      const data = field('data');
      const retry = field('retry');
      this.text += `${block}\n\n`;
      if (event === null) continue;
      this.events.push({
        event,
        id: field('id'),
        retry: retry === null ? null : Number(retry),
        data: data === null ? null : JSON.parse(data),
      });
    }
  }

  /** What is not (or not yet) a block: the body of an answer that is no stream. */
  get tail(): string {
    return this.#body;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

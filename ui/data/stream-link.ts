import { browserEnvironment, EventStream } from './event-stream.ts';
import { type PageMessage, streamProtocol, type StreamMessage } from './stream-message.ts';

/**
 * The page's end of the stream: through the SharedWorker where there is one, by an EventSource of its own otherwise.
 * The reader does not notice which.
 */
export interface StreamLink {
  readonly shared: boolean;
  start(): void;
  stop(): void;
  /** The page woke up, came back online, or a person asked. */
  check(): void;
}

const aliveMs = 30_000;

export function openStreamLink(base: string, receive: (message: StreamMessage) => void): StreamLink {
  return 'SharedWorker' in globalThis ? new SharedLink(base, receive) : new DirectLink(base, receive);
}

class SharedLink implements StreamLink {
  readonly shared = true;
  readonly #base: string;
  readonly #receive: (message: StreamMessage) => void;
  #port: MessagePort | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #instead: DirectLink | null = null;

  constructor(base: string, receive: (message: StreamMessage) => void) {
    this.#base = base;
    this.#receive = receive;
  }

  start(): void {
    const worker = new SharedWorker(new URL('stream-worker.js', this.#base), {
      name: `maintenant-${streamProtocol}`,
      type: 'module',
    });
    // A browser that has SharedWorkers but may not start this one (policy, old proxy cache): the page does it itself.
    worker.addEventListener('error', () => {
      this.stop();
      this.#instead = new DirectLink(this.#base, this.#receive);
      this.#instead.start();
    });
    this.#port = worker.port;
    worker.port.onmessage = (event: MessageEvent<StreamMessage>) => this.#receive(event.data);
    worker.port.start();
    this.#send({ type: 'attach' });
    this.#timer = setInterval(() => this.#send({ type: 'alive' }), aliveMs);
  }

  stop(): void {
    this.#instead?.stop();
    this.#instead = null;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#send({ type: 'leave' });
    this.#port?.close();
    this.#port = null;
  }

  check(): void {
    this.#instead?.check();
    this.#send({ type: 'check' });
  }

  #send(message: PageMessage): void {
    this.#port?.postMessage(message);
  }
}

class DirectLink implements StreamLink {
  readonly shared = false;
  readonly #stream: EventStream;

  constructor(base: string, receive: (message: StreamMessage) => void) {
    this.#stream = new EventStream(new URL('api/v1/stream', base).href, browserEnvironment(base), receive);
  }

  start(): void {
    this.#stream.start();
  }

  stop(): void {
    this.#stream.stop();
  }

  check(): void {
    this.#stream.check();
  }
}

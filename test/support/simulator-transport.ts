import type { Clock } from '../../controller/clock.ts';
import { statusErrorOf, TransportError } from '../../controller/kubernetes/status-error.ts';
import type { Answer, GetOptions, Query, StreamOptions, Transport } from '../../controller/kubernetes/transport.ts';
import type { ApiServer } from '../../simulator/api-server.ts';
import { ConnectionCut } from '../../simulator/faults.ts';

/**
 * The simulated API server without a socket: what a reflector sees is the same as over HTTP, but every wait is the fake
 * clock's. The two timeouts that a socket would have are kept here by the same clock.
 */
export class SimulatorTransport implements Transport {
  readonly server = 'http://simulator';
  /** False: nobody listens. */
  reachable = true;
  /** Requests that are not over; 0 after everything was stopped. */
  open = 0;
  readonly #api: ApiServer;
  readonly #clock: Clock;
  readonly #token: string | null;

  constructor(api: ApiServer, clock: Clock, token: string | null = null) {
    this.#api = api;
    this.#clock = clock;
    this.#token = token;
  }

  async get(path: string, query: Query, signal: AbortSignal, options: GetOptions = {}): Promise<unknown> {
    const { timeoutMs = 30_000, ...rest } = options;
    const parts: Buffer[] = [];
    for await (const chunk of await this.stream(path, query, signal, { ...rest, openTimeoutMs: timeoutMs }))
      parts.push(chunk);
    return JSON.parse(Buffer.concat(parts).toString());
  }

  async stream(path: string, query: Query, signal: AbortSignal, options: StreamOptions = {}): Promise<Answer> {
    signal.throwIfAborted();
    if (!this.reachable) throw new TransportError('refused', 'connect ECONNREFUSED simulator');
    const exchange = new Exchange(this.#clock, signal, () => this.open--);
    this.open++;
    try {
      const request = { method: 'GET', url: urlOf(path, query), headers: this.#headers(options.accept) };
      const answer = await exchange.within(this.#api.handle(request, exchange.gone), options.openTimeoutMs ?? 30_000);
      const chunks = exchange.read(answer.body, options.idleTimeoutMs ?? 150_000);
      if (answer.status >= 200 && answer.status < 300) {
        return { contentType: answer.headers['content-type'] ?? '', [Symbol.asyncIterator]: () => chunks };
      }
      const text = await textOf(chunks);
      throw statusErrorOf(answer.status, parsed(text), answer.headers['retry-after'] ?? null, this.#clock.now());
    } catch (error) {
      exchange.close();
      throw error instanceof ConnectionCut ? new TransportError('broken', error.message) : error;
    }
  }

  #headers(accept: string | undefined): Record<string, string> {
    return {
      accept: accept ?? 'application/json',
      ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
    };
  }
}

/** One request, its answer and the limits on both. */
class Exchange {
  readonly #clock: Clock;
  readonly #client: AbortSignal;
  readonly #gone = new AbortController();
  readonly #onAbort = () => this.close();
  #onClose: (() => void) | null;

  constructor(clock: Clock, client: AbortSignal, onClose: () => void) {
    this.#clock = clock;
    this.#client = client;
    this.#onClose = onClose;
    client.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Aborts when the client is gone: the server's side of the connection. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  close(): void {
    this.#onClose?.();
    this.#onClose = null;
    this.#client.removeEventListener('abort', this.#onAbort);
    this.#gone.abort();
  }

  /** @throws TransportError (`idle`) after `ms`, 0 for never; or what the client aborted with. */
  async within<Value>(promise: Promise<Value>, ms: number): Promise<Value> {
    // What loses the race may still reject; that was said already.
    promise.catch(() => undefined);
    let cancel: () => void = () => undefined;
    let onAbort: () => void = () => undefined;
    try {
      return await Promise.race([
        promise,
        new Promise<never>((_, reject) => {
          if (ms > 0)
            cancel = this.#clock.setTimer(ms, () => reject(new TransportError('idle', `silent for ${ms} ms`)));
          onAbort = () => reject(reasonOf(this.#client));
          this.#client.addEventListener('abort', onAbort, { once: true });
          if (this.#client.aborted) onAbort();
        }),
      ]);
    } finally {
      cancel();
      this.#client.removeEventListener('abort', onAbort);
    }
  }

  async *read(body: AsyncIterable<Buffer>, idleMs: number): AsyncGenerator<Buffer, void, undefined> {
    const iterator = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.within(iterator.next(), idleMs);
        if (next.done) return;
        yield next.value;
      }
    } catch (error) {
      throw error instanceof ConnectionCut && !this.#client.aborted
        ? new TransportError('broken', error.message)
        : error;
    } finally {
      this.close();
      // Not awaited: the generator ends by the signal.
      void iterator.return?.()?.catch(() => undefined);
    }
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

function urlOf(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(name, String(value));
  }
  return `${path}?${parameters.toString()}`;
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk.toString();
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page stays a text.
    return text;
  }
}

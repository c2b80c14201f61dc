import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import type { Credentials, CredentialSource } from './credentials.ts';
import { proxyFor } from './proxy.ts';
import {
  isUnauthorized,
  type StatusError,
  statusErrorOf,
  type TransportFailure,
  TransportError,
} from './status-error.ts';
import type { Answer, GetOptions, Query, StreamOptions, Transport } from './transport.ts';
import { parseRefusal } from './wire-form.ts';

export interface HttpTransportOptions {
  readonly credentials: CredentialSource;
  /** `maintenant/1.2.3`: how the API server's audit log and flow schemas name us. */
  readonly userAgent: string;
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** One HTTP/2 connection for everything instead of one HTTP/1.1 connection a watch. Default off, an experiment of the tests. */
  readonly http2?: boolean;
  readonly now?: () => number;
}

const defaultTimeoutMs = 30_000;
/** Bookmarks come about every 60 s; two may be late. */
const defaultIdleTimeoutMs = 150_000;
/** Per API server: 100 namespaces of an allowlist (`limitNamespaces`) take 700 watches and 100 GETs a minute. */
const maxConnections = 1024;
const maxAnswerBytes = 32 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;

/**
 * The connection to one API server: one cached undici Agent, so that ten requests are two TLS handshakes, not ten.
 *
 * HTTP/1.1, because there a timeout destroys the socket and nothing half-dead is used again. TCP keepalive finds a peer
 * that vanished within about 25 s (15 s + 10 probes a second apart); silence behind a proxy is found by the idle limit.
 */
export class HttpTransport implements Transport {
  readonly server: string;
  readonly #credentials: CredentialSource;
  readonly #options: HttpTransportOptions;
  readonly #now: () => number;
  #dispatcher: { readonly tlsHash: string; readonly dispatcher: Dispatcher } | null = null;
  /** Of an earlier certificate: no new requests, open ones end by themselves. */
  readonly #draining = new Set<Dispatcher>();
  #closed = false;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
    this.#now = options.now ?? Date.now;
    this.server = options.credentials.server;
  }

  async get(path: string, query: Query, signal: AbortSignal, options: GetOptions = {}): Promise<unknown> {
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const deadline = new AbortController();
    const abort = () => deadline.abort(signal.reason);
    const timer = setTimeout(
      () => deadline.abort(idle(`no complete answer to GET ${path} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      const chunks = await this.stream(path, query, deadline.signal, {
        ...(options.accept === undefined ? {} : { accept: options.accept }),
        openTimeoutMs: timeoutMs,
        idleTimeoutMs: timeoutMs,
      });
      const bytes = await readBytes(chunks, maxAnswerBytes);
      return parseJson(bytes.toString('utf8'), path);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  async stream(path: string, query: Query, signal: AbortSignal, options: StreamOptions = {}): Promise<Answer> {
    const credentials = await this.#credentials.current();
    try {
      return await this.#open(credentials, path, query, signal, options);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      // The token may have been replaced since it was read; once, or a revoked one would be offered for ever.
      const renewed = await this.#credentials.renew(credentials);
      return await this.#open(renewed, path, query, signal, options);
    }
  }

  /** Cuts every connection; open streams throw. */
  async close(): Promise<void> {
    this.#closed = true;
    const dispatchers = [...this.#draining, ...(this.#dispatcher === null ? [] : [this.#dispatcher.dispatcher])];
    this.#dispatcher = null;
    this.#draining.clear();
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
  }

  async #open(
    credentials: Credentials,
    path: string,
    query: Query,
    signal: AbortSignal,
    options: StreamOptions,
  ): Promise<Answer> {
    signal.throwIfAborted();
    const { origin, pathname, search } = urlOf(this.server, path, query);
    const asking = this.#dispatcherFor(credentials).request({
      origin,
      path: pathname + search,
      method: 'GET',
      headers: {
        ...credentials.headers,
        accept: options.accept ?? 'application/json',
        // To compress costs both sides more than it saves on the lines on which clusters are watched.
        'accept-encoding': 'identity',
        'user-agent': this.#options.userAgent,
      },
      signal,
      headersTimeout: options.openTimeoutMs ?? defaultTimeoutMs,
      bodyTimeout: options.idleTimeoutMs ?? defaultIdleTimeoutMs,
    });
    const response = await asking.catch((error: unknown) => {
      throw transportErrorOf(error, signal);
    });
    // A body that breaks before anybody reads it would otherwise end the process; whoever reads it sees the error.
    response.body.on('error', () => undefined);

    const chunks = decodedChunks(response, signal);
    if (response.statusCode < 200 || response.statusCode > 299) {
      throw await readStatusError(response, chunks, this.#now());
    }
    return { contentType: contentTypeOf(response), [Symbol.asyncIterator]: () => chunks };
  }

  #dispatcherFor(credentials: Credentials): Dispatcher {
    if (this.#closed) throw new TransportError('refused', `the connection to ${this.server} was closed`);
    if (this.#dispatcher?.tlsHash === credentials.tlsHash) return this.#dispatcher.dispatcher;
    const previous = this.#dispatcher?.dispatcher;
    if (previous) {
      this.#draining.add(previous);
      // Watches on it end within ten minutes; then it is gone.
      void previous.close().finally(() => this.#draining.delete(previous));
    }
    const server = new URL(this.server);
    const proxy = proxyFor(server, this.#credentials.proxyUrl, this.#options.environment);
    const dispatcher = createDispatcher(credentials, proxy, this.#options.http2 ?? false);
    this.#dispatcher = { tlsHash: credentials.tlsHash, dispatcher };
    return dispatcher;
  }
}

function createDispatcher(credentials: Credentials, proxy: string | null, http2: boolean): Dispatcher {
  const connection = { keepAlive: true, keepAliveInitialDelay: 15_000, timeout: 10_000 };
  const limits = { allowH2: http2, connections: maxConnections, keepAliveTimeout: 30_000 };
  const tls = { ...credentials.tls, ...connection };
  if (proxy === null) return new Agent({ ...limits, connect: tls });
  if (proxy.startsWith('socks')) return new Socks5ProxyAgent(proxy, { ...limits, requestTls: tls });
  // Tunnelled also for plain http: forwarded, all requests would share one connection, and the first watch would hold it.
  return new ProxyAgent({ ...limits, uri: proxy, requestTls: tls, connect: connection, proxyTunnel: true });
}

/** The server's URL may have a path of its own, in front of the API's. */
function urlOf(server: string, path: string, query: Query): URL {
  const url = new URL(server + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.append(name, String(value));
  }
  return url;
}

async function* decodedChunks(
  response: Dispatcher.ResponseData,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const encoding = String(response.headers['content-encoding'] ?? 'identity').toLowerCase();
  try {
    if (encoding === 'identity') {
      for await (const chunk of response.body) yield asBuffer(chunk);
    } else if (encoding === 'gzip') {
      // Node's gunzip takes one member after the other and refuses an end in the middle; fetch would take that for complete.
      for await (const chunk of gunzipped(response)) yield asBuffer(chunk);
    } else {
      throw new TransportError('undecodable', `the answer is encoded as ${encoding}, which was not asked for`);
    }
  } catch (error) {
    throw transportErrorOf(error, signal);
  } finally {
    // Also when the reader breaks off: the connection is cut, not drained.
    response.body.destroy();
  }
}

function gunzipped(response: Dispatcher.ResponseData): AsyncIterable<unknown> {
  // The callback has nothing to add: an error of either stream is thrown to whoever reads the last one.
  return pipeline(response.body, createGunzip(), () => undefined);
}

async function readStatusError(
  response: Dispatcher.ResponseData,
  chunks: AsyncIterable<Buffer>,
  now: number,
): Promise<StatusError> {
  let body: unknown = '';
  try {
    body = parseRefusal(contentTypeOf(response), await readBytes(chunks, maxErrorBytes));
  } catch {
    // Cut off: the status code says enough.
  }
  const retryAfter = response.headers['retry-after'];
  return statusErrorOf(response.statusCode, body, typeof retryAfter === 'string' ? retryAfter : null, now);
}

function contentTypeOf(response: Dispatcher.ResponseData): string {
  return String(response.headers['content-type'] ?? '').toLowerCase();
}

async function readBytes(chunks: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TransportError('tooLarge', `an answer is longer than ${maxBytes} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts, bytes);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const beginning = JSON.stringify(text.slice(0, 80));
    throw new TransportError('undecodable', `the answer to GET ${path} is no JSON: ${beginning}`, { cause });
  }
}

function asBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  throw new TransportError('undecodable', `a chunk of ${typeof chunk} instead of bytes`);
}

function idle(message: string): TransportError {
  return new TransportError('idle', message);
}

/** undici's and Node's codes for "there was no connection": nothing was asked, so nothing can be half done. */
const refusedCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);

/** What was thrown, as a TransportError; an abort is passed on as it is. */
function transportErrorOf(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof TransportError) return error;
  const code = codeOf(error);
  const message = error instanceof Error && error.message !== '' ? error.message : code;
  return new TransportError(failureOf(code), code === '' || message.includes(code) ? message : `${message} (${code})`, {
    cause: error,
  });
}

function failureOf(code: string): TransportFailure {
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'idle';
  // OpenSSL's and Node's names for a certificate that is not accepted.
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO|^ERR_TLS|^ERR_SSL/.test(code);
  return certificate || refusedCodes.has(code) ? 'refused' : 'broken';
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

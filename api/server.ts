import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Log } from './config.ts';
import type { ApiEnv } from './edge.ts';
import { ProblemError, problemHeaders } from './problem.ts';

/** The address cannot be listened on. The message names it and the fix; `main.ts` ends with exit code 2. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export interface ApiServer {
  /** `http://HOST:PORT`, with the port that was really taken. */
  readonly url: string;
  readonly port: number;
  /** Requests from now on go to this app. */
  attach(app: Hono<ApiEnv>): void;
  /**
   * Accepts nothing new and waits for what is being answered, for `graceMs` at most.
   * Streams have to be ended by whoever holds them (`Api.start`'s signal).
   */
  close(graceMs: number): Promise<void>;
}

interface ListenOptions {
  readonly address: { readonly host: string; readonly port: number };
  /** Answers until another one is attached; see `createStartingApp`. */
  readonly app: Hono<ApiEnv>;
  readonly log: Log;
}

/** Longer than the 60 s for which nginx keeps idle upstream connections: whoever closes first must not be we. */
const keepAliveMs = 75_000;
/** Node's own default; a path or header beyond it is 431. */
const limitHeaderBytes = 16 * 1024;
/** Of a request that was refused; a client that sends more finds the connection reset. */
const limitDiscardBytes = 4 * 1024 * 1024;
/** How long it may then stay silent before its connection is closed. */
const refusedMs = 5_000;
/** Sockets, streams included: far above 200 streams and 32 logs, far below what a process may open. */
const limitSockets = 1_000;

/** @throws ListenError when the port is taken, not permitted, or the address is not of this machine */
export async function listen({ address, app, log }: ListenOptions): Promise<ApiServer> {
  let current = app;
  let isClosing = false;
  const listener = getRequestListener((request, bindings) => current.fetch(request, bindings), {
    // A request of HTTP/1.0 may come without Host.
    hostname: 'localhost',
    errorHandler: (error) => unreadable(error, log),
  });
  const server = createServer(
    {
      keepAliveTimeout: keepAliveMs,
      headersTimeout: keepAliveMs + 5_000,
      maxHeaderSize: limitHeaderBytes,
      // Looked at below: Node's own answer to a request without one has no body.
      requireHostHeader: false,
    },
    (incoming, outgoing) => {
      if (!hasOneHost(incoming)) return answerWithoutHost(outgoing);
      outgoing.on('close', () => {
        // Its connection is kept alive, but nothing more may come over it.
        if (isClosing) setImmediate(() => server.closeIdleConnections());
      });
      // The listener answers every error itself; nothing of it is left to wait for.
      void listener(incoming, outgoing);
    },
  );
  server.maxConnections = limitSockets;
  server.on('clientError', answerClientError);
  await bind(server, address);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return {
    url: `http://${host}:${port}`,
    port,
    attach(next) {
      current = next;
    },
    close(graceMs) {
      isClosing = true;
      return closeGracefully(server, graceMs);
    },
  };
}

function bind(server: Server, { host, port }: ListenOptions['address']): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port));
    server.once('error', refused);
    server.listen({ host, port }, () => {
      server.off('error', refused);
      resolve();
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ListenError {
  const fix = 'set MAINTENANT_ADDR (or --addr)';
  switch (error.code) {
    case 'EADDRINUSE':
      return new ListenError(
        `Port ${port} on ${host} is in use by another process: stop it, or ${fix} to a free port.`,
        {
          cause: error,
        },
      );
    case 'EACCES':
      return new ListenError(`Port ${port} on ${host} may not be used by this user: ${fix} to a port above 1023.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ListenError(`${host} is not an address of this machine: ${fix} to 127.0.0.1 or 0.0.0.0.`, {
        cause: error,
      });
    default:
      return new ListenError(`${host}:${port} cannot be listened on (${error.message}): ${fix} to another address.`, {
        cause: error,
      });
  }
}

/** Exactly one (RFC 9112 §3.2): of two, a proxy before us may have looked at the other. HTTP/1.0 may have none. */
function hasOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.toLowerCase() === 'host') hosts += 1;
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0');
}

function answerWithoutHost(outgoing: ServerResponse): void {
  const problem = new ProblemError(400, 'INVALID_REQUEST', 'The request must have one Host header.', {
    errors: [{ parameter: 'Host', message: 'must be given, once' }],
  });
  const { headers, body } = lastWords(problem);
  outgoing.writeHead(problem.status, headers).end(body);
}

/** A request whose target or Host is no URL never reaches the app. */
function unreadable(error: unknown, log: Log): Response {
  if (error instanceof Error && error.name === 'RequestError') {
    return new ProblemError(400, 'INVALID_REQUEST', 'The path or the Host header cannot be read.', {
      errors: [{ parameter: 'path', message: error.message }],
    }).toResponse();
  }
  log.error({ err: error }, 'a request failed outside its route');
  return new ProblemError(500, 'INTERNAL', 'Something went wrong while answering.').toResponse();
}

/** What the parser of HTTP refuses, answered in the same shape as everything else, by hand on the bare socket. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.writableEnded) return discard(socket);
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (socket instanceof Socket) socket.setTimeout(refusedMs, () => socket.destroy());
  const problem = unparsable(error.code);
  const { headers, body } = lastWords(problem);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`);
}

/** Of a connection on which nothing more is read. */
function lastWords(problem: ProblemError) {
  const body = problem.body();
  return {
    body,
    headers: { ...problemHeaders, connection: 'close', 'content-length': String(Buffer.byteLength(body)) },
  };
}

function unparsable(code: string | undefined): ProblemError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError(
        431,
        'REQUEST_TOO_LARGE',
        `The path, query and headers exceed ${limitHeaderBytes} bytes.`,
        { errors: [{ parameter: 'path', message: 'or the query or a header is too long' }] },
      );
    case 'HPE_INVALID_METHOD':
      return new ProblemError(400, 'INVALID_REQUEST', 'This is no method of HTTP.', {
        errors: [{ parameter: 'method', message: 'is not known' }],
      });
    default:
      return new ProblemError(400, 'INVALID_REQUEST', 'This is not HTTP.');
  }
}

/**
 * The rest of a request that was refused already. Closing at once would reset the connection, and the client would
 * lose the answer that it has not read yet; reading on for ever would be a gift.
 */
function discard(socket: Duplex): void {
  if (socket instanceof Socket && socket.bytesRead < limitDiscardBytes) return;
  socket.destroy();
}

function closeGracefully(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

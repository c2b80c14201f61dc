import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ApiServer } from './api-server.ts';
import { ConnectionCut } from './faults.ts';

export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
}

export interface HttpServer {
  readonly port: number;
  /** Cuts every connection, as a process that dies. The port is free afterwards. */
  close(): Promise<void>;
  /** Cuts the open connections and goes on listening. */
  cutConnections(): void;
  /** Connections that were ever made. */
  readonly connections: number;
}

/** Puts the API server on a loopback port; 0 takes a free one. */
export async function listen(api: ApiServer, port: number, tls: TlsOptions | null): Promise<HttpServer> {
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    // Nothing is thrown here: what goes wrong ends the connection.
    void answer(api, request, response);
  };
  const server: Server = tls === null ? createServer(onRequest) : createTlsServer(tls, onRequest);
  let connections = 0;
  server.on(tls === null ? 'connection' : 'secureConnection', () => connections++);
  // A watch is one long answer.
  server.requestTimeout = 0;
  server.timeout = 0;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    get connections() {
      return connections;
    },
    cutConnections: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(api: ApiServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
    const result = await api.handle({ method: request.method ?? 'GET', url: request.url ?? '/', headers }, gone.signal);
    response.writeHead(result.status, result.headers);
    // At once: a watch may have nothing to say for minutes, and the client waits for the headers.
    response.flushHeaders();
    for await (const chunk of untilGone(result.body, gone.signal)) {
      if (!response.write(chunk)) await drained(response);
    }
    response.end();
  } catch (error) {
    if (!(error instanceof ConnectionCut) && !gone.signal.aborted)
      process.emitWarning(error instanceof Error ? error : String(error));
    request.socket.destroy();
  }
}

/** Ends the iteration when the client is gone, also while it waits for the next event. */
async function* untilGone(body: AsyncIterable<Buffer>, gone: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const iterator = body[Symbol.asyncIterator]();
  const end: Promise<IteratorResult<Buffer>> = new Promise((resolve) => {
    const finish = () => resolve({ done: true, value: undefined });
    if (gone.aborted) finish();
    else gone.addEventListener('abort', finish, { once: true });
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), end]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: whoever waits for an event in there is told by the signal.
    void iterator.return?.();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Workload } from '../../api/contract.ts';
import { FixtureCluster, type FixtureOptions, type Scenario } from './fixture-cluster.ts';

/**
 * The page as production serves it (strict policy, base path, `<base href>`), over a made-up cluster. For the page's
 * tests, and to look at the page while working on it:
 *
 *     node scripts/build.ts && node test/ui/fixture-server.ts normal 40
 */

export const contentSecurityPolicy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

const logTexts = [
  '{"level":"info","msg":"GET /cart/# 200","duration":0.012,"requestId":"a81f","user":{"id":7}}',
  '\u001b[32mINFO\u001b[0m server: \u001b[1mlistening\u001b[0m on :8080 (#)',
  '2026-11-21T02:00:00Z WARN  pool: 3 connections waiting (#)',
  'level=error msg="upstream timed out" attempt=# host=db-0.db',
  'java.lang.IllegalStateException: no session (#) <b>not bold</b>',
  'E1121 02:00:00.000000       1 reflector.go:147] watch closed (#)',
];

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.html': 'text/html',
};
const pageFolder = process.env['PAGE_FOLDER'] ?? path.join(import.meta.dirname, '..', '..', 'dist', 'ui');

export interface FixtureServer {
  readonly url: string;
  readonly cluster: FixtureCluster;
  /** Says a change on every open stream. */
  churn(count: number): void;
  /** Puts a workload in place of what it was, and says it on every open stream. */
  change(workload: Workload): void;
  /** Open streams. */
  streams(): number;
  /** Says nothing on the open streams any more and does not end them: a connection that a router forgot. */
  forgetStreams(): void;
  /** Ends all streams; while `refused`, new ones are answered with 503. */
  cutStreams(refused: boolean): void;
  /** The session of whoever signed in is over; streams that are open go on. */
  endSession(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface FixtureServerOptions extends Partial<FixtureOptions> {
  /** `/` or `/sub/path/`. */
  readonly basePath?: string;
  readonly port?: number;
  readonly folder?: string;
  readonly logLinesPerSecond?: number;
  /** Between two lines of a log's tail. */
  readonly logStepMs?: number;
}

export async function startFixtureServer(options: FixtureServerOptions = {}): Promise<FixtureServer> {
  const cluster = new FixtureCluster({
    scenario: options.scenario ?? 'normal',
    workloads: options.workloads ?? 40,
    seed: options.seed ?? 7,
    now: options.now ?? Date.now(),
  });
  const basePath = options.basePath ?? '/';
  const folder = options.folder ?? pageFolder;
  const streams = new Set<ServerResponse>();
  let refused = false;
  let signedIn = cluster.options.scenario !== 'signIn';

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fixture');
    if (!url.pathname.startsWith(basePath)) {
      response.writeHead(302, { location: basePath }).end();
      return;
    }
    const relative = url.pathname.slice(basePath.length);
    response.setHeader('content-security-policy', contentSecurityPolicy);
    response.setHeader('x-content-type-options', 'nosniff');
    if (relative.startsWith('api/v1/')) {
      if (relative === 'api/v1/session') {
        signedIn = request.method === 'POST';
        answerSession(request, response, (correct) => {
          signedIn = correct;
        });
        return;
      }
      if (!signedIn) {
        json(
          response,
          { type: 'about:blank', title: 'Unauthorized', status: 401, detail: 'Sign in.', code: 'SIGN_IN_REQUIRED' },
          401,
        );
        return;
      }
      answer(relative.slice('api/v1/'.length), url, request, response);
      return;
    }
    serveFile(relative, response);
  });

  function serveFile(relative: string, response: ServerResponse): void {
    const file = path.join(folder, path.normalize(relative));
    const found = relative !== '' && file.startsWith(folder) && existsSync(file) && path.extname(file) !== '';
    if (found) {
      response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
      response.end(readFileSync(file));
      return;
    }
    const html = readFileSync(path.join(folder, 'index.html'), 'utf8').replace(
      '<head>',
      `<head><base href="${basePath}">`,
    );
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(html);
  }

  function answer(route: string, url: URL, request: IncomingMessage, response: ServerResponse): void {
    if (cluster.options.scenario === 'down') {
      json(
        response,
        {
          type: 'about:blank',
          title: 'Unavailable',
          status: 503,
          detail: 'The server is starting.',
          code: 'UNAVAILABLE',
        },
        503,
      );
      return;
    }
    if (route.endsWith('/logs')) {
      openLogs(url, request, response);
      return;
    }
    if (route === 'stream') {
      openStream(request, response);
      return;
    }
    const body = bodyOf(route, url);
    if (body === undefined) {
      json(
        response,
        { type: 'about:blank', title: 'Not found', status: 404, detail: `There is no ${route}.`, code: 'NOT_FOUND' },
        404,
      );
      return;
    }
    json(response, body);
  }

  function bodyOf(route: string, url: URL): unknown {
    const limit = Number(url.searchParams.get('limit') ?? '100');
    const namespaces = (url.searchParams.get('namespace') ?? '').split(',').filter((name) => name !== '');
    const [first, ...rest] = route.split('/').map(decodeURIComponent);
    switch (first) {
      case 'workloads': {
        if (rest.length === 0) return cluster.list();
        const key = rest.slice(0, 3).join('/');
        const part = rest[3];
        if (part === undefined) return cluster.detail(key) ?? undefined;
        return cluster.part(key, part);
      }
      case 'runtime':
        return cluster.runtime();
      case 'transitions':
        return { items: cluster.transitions(limit, namespaces), nextCursor: null };
      default:
        return cluster.answer(first ?? '', url.searchParams);
    }
  }

  function openStream(request: IncomingMessage, response: ServerResponse): void {
    if (refused) {
      response.writeHead(503).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' });
    say(response, 'hello', { epoch: cluster.epoch, revision: cluster.revision, heartbeatSeconds: 15 });
    say(response, 'runtime', cluster.runtime());
    say(response, 'ping', { at: new Date().toISOString() });
    streams.add(response);
    request.on('close', () => streams.delete(response));
  }

  function sayDelta(previousRevision: number, upserts: readonly Workload[]): void {
    const delta = {
      previousRevision,
      revision: cluster.revision,
      upserts,
      deletes: [],
      touched: upserts.map((workload) => workload.key),
      counts: cluster.counts(),
    };
    for (const stream of streams) say(stream, 'delta', delta);
  }

  /** A log of two pods: plain, coloured and JSON lines, then new ones as quickly as was asked. */
  function openLogs(url: URL, request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' });
    const tail = Number(url.searchParams.get('tailLines') ?? '200');
    const pod = url.searchParams.get('pod');
    let number = 0;
    const line = (at: number): void => {
      number += 1;
      say(response, 'line', {
        pod: pod ?? `checkout-7d9f8b6c5-${number % 2 === 0 ? 'x7f2k' : 'k2p9w'}`,
        container: url.searchParams.get('container') ?? 'app',
        at: new Date(at).toISOString(),
        text: logTexts[number % logTexts.length]?.replace('#', String(number)) ?? '',
      });
    };
    for (let index = 0; index < tail; index += 1) line(Date.now() - (tail - index) * (options.logStepMs ?? 250));
    say(response, 'note', {
      kind: 'podStarted',
      pod: 'checkout-7d9f8b6c5-x7f2k',
      container: null,
      count: null,
      message: 'checkout-7d9f8b6c5-aab1c ended, checkout-7d9f8b6c5-x7f2k started',
    });
    if (url.searchParams.get('previous') === 'true' || url.searchParams.get('follow') !== 'true') {
      say(response, 'note', { kind: 'end', pod: null, container: null, count: null, message: 'The log has ended.' });
      response.end();
      return;
    }
    const perTick = Math.max(1, Math.round((options.logLinesPerSecond ?? 4) / 20));
    const timer = setInterval(
      () => {
        for (let index = 0; index < perTick; index += 1) line(Date.now());
      },
      (options.logLinesPerSecond ?? 4) < 20 ? 250 : 50,
    );
    request.on('close', () => clearInterval(timer));
  }

  const heartbeat = setInterval(() => {
    for (const stream of streams) say(stream, 'ping', { at: new Date().toISOString() });
  }, 5_000);

  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server)}${basePath}`,
    cluster,
    churn(count) {
      const { previousRevision, upserts } = cluster.churn(count);
      sayDelta(previousRevision, upserts);
    },
    change(workload) {
      const previousRevision = cluster.revision;
      cluster.workloads.set(workload.key, workload);
      cluster.revision += 1;
      sayDelta(previousRevision, [workload]);
    },
    streams: () => streams.size,
    cutStreams(refuse) {
      refused = refuse;
      for (const stream of streams) stream.destroy();
      streams.clear();
    },
    forgetStreams: () => streams.clear(),
    endSession: () => {
      signedIn = false;
    },
    close,
    [Symbol.asyncDispose]: close,
  };

  async function close(): Promise<void> {
    clearInterval(heartbeat);
    for (const stream of streams) stream.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
}

function answerSession(request: IncomingMessage, response: ServerResponse, done: (correct: boolean) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const correct = request.method === 'POST' && Buffer.concat(chunks).toString().includes('"let-me-in"');
    done(correct);
    if (correct || request.method === 'DELETE') response.writeHead(204).end();
    else
      json(
        response,
        { type: 'about:blank', title: 'Unauthorized', status: 401, detail: 'Wrong token.', code: 'SIGN_IN_REQUIRED' },
        401,
      );
  });
}

function say(response: ServerResponse, event: string, data: unknown): void {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, {
    'content-type': status >= 400 ? 'application/problem+json' : 'application/json',
    'cache-control': 'no-cache',
  });
  response.end(JSON.stringify(body));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fixture server has no port');
  return address.port;
}

if (import.meta.main) {
  const [, , scenario = 'normal', workloads = '40', port = '8099', churn = '1'] = process.argv;
  const server = await startFixtureServer({
    scenario: scenario as Scenario,
    workloads: Number(workloads),
    port: Number(port),
  });
  setInterval(() => server.churn(Number(churn)), 2_000);
  process.stdout.write(`${server.url}\n`);
}

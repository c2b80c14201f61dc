import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Hono, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Registry } from 'prom-client';
import { CursorError } from '../store/cursor.ts';
import { HistoryError } from '../store/history.ts';
import type { StoreReader } from '../store/store.ts';
import { Gatekeeper, sessionCookie } from './auth.ts';
import type { Cluster } from './cluster.ts';
import { Compression } from './compression.ts';
import type { Body } from './compression.ts';
import type { ApiConfig, Log, Timers } from './config.ts';
import { noQuerySchema } from './contract.ts';
import type { Health } from './contract.ts';
import { createEdge, notFound } from './edge.ts';
import type { ApiContext, ApiEnv } from './edge.ts';
import { buildTag, entityTag, matchesEntityTag } from './etag.ts';
import { LogStreams } from './logs.ts';
import openapi from './openapi.json' with { type: 'json' };
import { Picture } from './picture.ts';
import { badParameter, ProblemError, unavailable } from './problem.ts';
import { historyRoutes } from './routes/history.ts';
import { installationRoutes } from './routes/installation.ts';
import { logRoutes } from './routes/logs.ts';
import { remoteAddress, sessionRoutes } from './routes/session.ts';
import { workloadRoutes } from './routes/workloads.ts';
import { streamHeaders } from './server-sent-events.ts';
import { workloadStateMetrics } from './state-metrics.ts';
import { StaticFiles } from './static-files.ts';
import type { Assets } from './static-files.ts';
import { ChangeStream } from './stream.ts';
import { checkedQuery, described } from './validate.ts';

/**
 * The HTTP contract of `contract.ts` as a Hono app without a port.
 *
 *     edge (base path, hosts, headers, errors) ─► sign-in ─► /api/v1/… ─┐
 *                                                            /metrics   ├─► 405 / 404
 *                                                            the page ──┘
 */
export interface ApiSources {
  readonly store: StoreReader;
  readonly cluster: Cluster;
  readonly config: ApiConfig;
  readonly now: () => number;
  readonly timers: Timers;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly registry: Registry;
  readonly log: Log;
  /** Files of the page; an empty map where it was not built. */
  readonly assets: Assets;
  /** A sentence once only a restart would help, for instance after the writer thread died for good. */
  readonly failure: () => string | null;
}

export interface Api {
  readonly app: Hono<ApiEnv>;
  /** Starts following store and cluster; ends every stream when `signal` aborts. */
  start(signal: AbortSignal): void;
}

/** What routes work with. */
export interface ApiServices extends Required<Omit<ApiSources, 'assets' | 'timers' | 'random'>> {
  readonly picture: Picture;
  readonly gatekeeper: Gatekeeper;
  readonly logs: LogStreams;
  readonly respond: Respond;
}

export interface Respond {
  /**
   * An answer from the store: 304 before any work when the client has it already, else the JSON with its entity tag.
   * @param json is handed that tag
   */
  fromStore(c: ApiContext, json: Answerer, options?: RespondOptions): Promise<Response>;
  /** JSON that stays the same until the next release: 304 when the client has it already. Pass the same bytes each time. */
  fromBuild(c: ApiContext, json: Uint8Array<ArrayBuffer>): Promise<Response>;
  /** What is true at this moment only. */
  ofNow(c: ApiContext, body: string, headers: Readonly<Record<string, string>>): Promise<Response>;
}

interface RespondOptions {
  /** What else the answer depends on besides revision, half-hour and staleness. */
  readonly extra?: string | number;
  /** Throws where there is nothing to be had. Asked first: a tag, even `*`, matches nothing that is not there. */
  readonly mustExist?: () => Promise<unknown>;
}

type Answerer = (etag: string) => Body | Promise<Body>;

export function createApp(sources: ApiSources): Api {
  const { store, cluster, config, now, timers, random, registry, log, assets, failure } = sources;
  const picture = new Picture({ store, cluster, now });
  const stream = new ChangeStream({ store, cluster, picture, now, timers, random, registry });
  const logs = new LogStreams({ cluster, timers, now, registry, log });
  const gatekeeper = new Gatekeeper(config.auth, now);
  const respond = respondFrom(picture, config.version, log);
  const services: ApiServices = {
    store,
    cluster,
    config,
    now,
    registry,
    log,
    failure,
    picture,
    gatekeeper,
    logs,
    respond,
  };
  const staticFiles = new StaticFiles(assets, config.basePath);

  const app = createEdge(config, log);
  app.use('/api/*', requireSignIn(gatekeeper));
  app.use('/metrics', requireSignIn(gatekeeper));
  app.use('/openapi.json', requireSignIn(gatekeeper));

  app.get(
    '/api/v1/stream',
    described({
      operationId: 'streamChanges',
      summary: 'Changes as they are committed, as server-sent events',
      description:
        'Events hello (HelloEvent), delta (DeltaEvent), runtime (Runtime), resync, ping (PingEvent) and bye. `Last-Event-ID` replays what was missed, or answers resync.',
      answer: null,
      text: { 'text/event-stream': 'Events with `id: <epoch>:<revision>`.' },
      problems: [503],
    }),
    checkedQuery(noQuerySchema),
    (c) => {
      const headers = c.get('responseHeaders');
      if (c.req.method === 'HEAD') return new Response(null, { headers: streamHeaders });
      const { outgoing } = c.env;
      if (outgoing === undefined || !('setHeaders' in outgoing)) {
        throw new TypeError('the stream is written to a socket of HTTP/1; this app was called without one');
      }
      stream.join(outgoing, c.req.header('last-event-id') ?? null, headers);
      return RESPONSE_ALREADY_SENT;
    },
  );
  app.route('/api/v1', workloadRoutes(services));
  app.route('/api/v1', historyRoutes(services));
  app.route('/api/v1', logRoutes(services));
  app.route('/api/v1', installationRoutes(services));
  app.route('/api/v1', sessionRoutes(services));
  app.get(
    '/metrics',
    described({
      operationId: 'getMetrics',
      summary: 'Metrics of the product and states of the workloads, for Prometheus',
      answer: null,
      text: { 'text/plain': 'Prometheus text format.' },
    }),
    checkedQuery(noQuerySchema),
    async (c) =>
      respond.ofNow(c, (await registry.metrics()) + workloadStateMetrics(picture.rows()), {
        'content-type': registry.contentType,
        'cache-control': 'no-store',
      }),
  );
  const description = Buffer.from(JSON.stringify({ ...openapi, servers: [{ url: config.basePath }] }));
  app.get('/openapi.json', (c) => respond.fromBuild(c, description));
  refuseOtherMethods(app);
  servePage(app, staticFiles);

  return {
    app,
    start(signal) {
      stream.start(signal);
      logs.start(signal);
    },
  };
}

/**
 * What answers before the store is open: health at once, so that no probe kills a pod in a long
 * migration; the page's files; everything else with 503 and the moment to come back.
 */
export function createStartingApp(sources: Pick<ApiSources, 'config' | 'log' | 'assets'>): Hono<ApiEnv> {
  const { config, log, assets } = sources;
  const staticFiles = new StaticFiles(assets, config.basePath);
  const app = createEdge(config, log);
  app.get('/api/v1/health', (c) => {
    const health: Health = {
      status: 'degraded',
      version: config.version,
      runtime: { name: config.runtime, connected: false },
      synced: false,
      storage: { ok: false, message: 'The database is being opened.' },
    };
    return c.json(health, 200, { 'cache-control': 'no-store' });
  });
  app.all('*', (c) => {
    const response = c.req.method === 'GET' || c.req.method === 'HEAD' ? staticFiles.serve(c) : null;
    return response ?? unavailable('STARTING', 'The database is being opened; try again shortly.', 1).toResponse();
  });
  return app;
}

function respondFrom(picture: Picture, version: string, log: Log): Respond {
  const compression = new Compression();
  return {
    async fromStore(c, json, { extra, mustExist } = {}) {
      if (mustExist !== undefined) await read(mustExist, log);
      const etag = entityTag(version, picture.freshness(), extra);
      return tagged(c, etag, () => read(() => json(etag), log));
    },
    async fromBuild(c, json) {
      return tagged(c, buildTag(json), () => json);
    },
    ofNow: answer,
  };

  async function tagged(c: ApiContext, etag: string, json: () => Body | Promise<Body>): Promise<Response> {
    const headers = { etag, 'cache-control': 'no-cache' };
    if (matchesEntityTag(c.req.header('if-none-match'), etag)) {
      return new Response(null, { status: 304, headers: { ...headers, vary: 'Accept-Encoding' } });
    }
    return answer(c, await json(), { ...headers, 'content-type': 'application/json' });
  }

  async function answer(c: ApiContext, body: Body, headers: Readonly<Record<string, string>>): Promise<Response> {
    const compressed = await compression.compress(body, c.req.header('accept-encoding'));
    return new Response(compressed ?? body, {
      headers: {
        ...headers,
        vary: 'Accept-Encoding',
        ...(compressed === null ? {} : { 'content-encoding': 'gzip' }),
      },
    });
  }
}

/** What the store says no to, in the words of HTTP. */
async function read<Answer>(answer: () => Answer | Promise<Answer>, log: Log): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof CursorError) throw badParameter('cursor', error.message);
    if (!(error instanceof HistoryError)) throw error;
    log.warn({ err: error }, 'history could not be read');
    throw unavailable('HISTORY_UNAVAILABLE', 'The history cannot be read at the moment; the picture is live.', 5);
  }
}

/** Free of it are health, the page's own files and session, as nobody could sign in otherwise. */
const openPaths: ReadonlySet<string> = new Set(['/api/v1/health', '/api/v1/session']);

function requireSignIn(gatekeeper: Gatekeeper): MiddlewareHandler<ApiEnv> {
  const { config } = gatekeeper;
  return async (c, next) => {
    if (!openPaths.has(c.req.path)) {
      gatekeeper.admit({
        authorization: c.req.header('authorization'),
        session: getCookie(c, sessionCookie),
        user: config.mode === 'forward' ? c.req.header(config.header) : undefined,
        remoteAddress: remoteAddress(c),
      });
    }
    await next();
  };
}

/** The page and its files, to which nothing can be written. */
function servePage(app: Hono<ApiEnv>, staticFiles: StaticFiles): void {
  app.all('*', (c) => {
    const response = staticFiles.serve(c);
    if (response === null) throw notFound(c.req.path);
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') throw methodNotAllowed('GET, HEAD');
    return response;
  });
}

function methodNotAllowed(allow: string): ProblemError {
  return new ProblemError(405, 'METHOD_NOT_ALLOWED', `Only ${allow} can be used here.`, { headers: { allow } });
}

/** Every path that a route answers says 405 to other methods, with the list of those that it knows. */
function refuseOtherMethods(app: Hono<ApiEnv>): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue;
    const known = methods.get(path) ?? new Set();
    known.add(method);
    if (method === 'GET') known.add('HEAD');
    methods.set(path, known);
  }
  for (const [path, known] of methods) {
    const allow = [...known].join(', ');
    app.all(path, () => {
      throw methodNotAllowed(allow);
    });
  }
}

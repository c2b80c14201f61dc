import { isIP } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { getPath } from 'hono/utils/url';
import type { ApiConfig, Log } from './config.ts';
import { badParameters, ProblemError } from './problem.ts';

/**
 * What every request passes before any route: the base path, percent escapes, the Host allowlist, CORS, the headers
 * that keep browsers out of trouble, and the one place where an error becomes an answer.
 */
export interface ApiEnv {
  /** Absent when a test calls the app without a socket. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    /** Headers of every answer; routes that write to the socket themselves send them too. */
    responseHeaders: Readonly<Record<string, string>>;
  };
}

export function createEdge(config: ApiConfig, log: Log): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ getPath: (request) => stripBasePath(getPath(request), config.basePath) });
  app.onError((error) => answerError(error, log));
  app.notFound((c) => notFound(c.req.path).toResponse());
  app.use(addHeaders(config));
  app.use(refuseBrokenEscapes);
  app.use(refuseForeignHosts(config));
  app.use(answerPreflight(config));
  app.use(async (c, next) => {
    const { pathname } = new URL(c.req.url);
    // Without the slash every relative address of the page would point one level too high.
    if (config.basePath !== '/' && `${pathname}/` === config.basePath) return c.redirect(config.basePath, 308);
    return next();
  });
  return app;
}

/**
 * Everything is served under the base path and without it, because some proxies strip it and some do not.
 * A path that already is one of the API stays what it is, also when the base path is `/api/`.
 */
export function stripBasePath(path: string, basePath: string): string {
  if (basePath === '/' || !path.startsWith(basePath)) return path;
  const stripped = path.slice(basePath.length - 1);
  return path.startsWith('/api/v1/') && '/api/v1/'.startsWith(basePath) && !stripped.startsWith('/api/v1/')
    ? path
    : stripped;
}

export function notFound(path: string): ProblemError {
  return new ProblemError(
    404,
    'NOT_FOUND',
    `There is nothing at ${path.slice(0, 200)}; openapi.json lists the routes.`,
  );
}

// ---------------------------------------------------------------------------------------------------------------
// Headers

/**
 * `style-src 'self'` is enough for Lit: its static styles are constructed sheets. `data:` images are the favicon that
 * carries the number of broken workloads.
 */
const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const safetyHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

function addHeaders(config: ApiConfig): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const headers = { ...safetyHeaders, ...corsHeaders(config, c.req.header('origin')) };
    c.set('responseHeaders', headers);
    await next();
    for (const [name, value] of Object.entries(headers)) {
      // An answer may depend on more than its origin.
      if (name === 'vary') c.res.headers.append(name, value);
      else c.res.headers.set(name, value);
    }
  };
}

function corsHeaders(config: ApiConfig, origin: string | undefined): Readonly<Record<string, string>> {
  if (config.corsOrigins.length === 0) return {};
  if (origin === undefined || !config.corsOrigins.includes(origin)) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'ETag, Retry-After',
  };
}

function answerPreflight(config: ApiConfig): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const isPreflight = c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;
    if (!isPreflight || !config.corsOrigins.includes(c.req.header('origin') ?? '')) return next();
    return c.body(null, 204, {
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'Authorization, If-None-Match, Last-Event-ID',
      'access-control-max-age': '600',
    });
  };
}

// ---------------------------------------------------------------------------------------------------------------
// Hosts

/**
 * Which names the product may be asked for. A page of a stranger can point its own name at this address (DNS
 * rebinding) and then read as if it were ours; it cannot do so under an address or under a name that is not its own.
 *
 * IP addresses and localhost always pass (probes send the pod's address). With `allowedHosts` configured
 * nothing else but those does. Without, the answer follows from the address that is listened on: on loopback (a
 * laptop, where rebinding is the danger) only the above; elsewhere (a pod behind any ingress, whose names the product
 * cannot know) every name.
 */
export function isAllowedHost(host: string, config: Pick<ApiConfig, 'address' | 'allowedHosts'>): boolean {
  const name = hostName(host);
  if (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return true;
  if (config.allowedHosts.length === 0) return !isLoopback(config.address.host);
  return config.allowedHosts.some((allowed) => {
    const pattern = allowed.toLowerCase();
    return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;
  });
}

/** Name or address of a Host header: lower case, no port, no brackets, no final dot. */
function hostName(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function refuseForeignHosts(config: ApiConfig): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const host = c.req.header('host') ?? new URL(c.req.url).host;
    if (c.req.path !== '/api/v1/health' && !isAllowedHost(host, config)) {
      throw new ProblemError(
        403,
        'HOST_NOT_ALLOWED',
        `"${host.slice(0, 200)}" is not a name of this server: add it to MAINTENANT_ALLOWED_HOSTS, or ask by address.`,
      );
    }
    await next();
  };
}

// ---------------------------------------------------------------------------------------------------------------
// Escapes and errors

const refuseBrokenEscapes: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { url } = c.req.raw;
  if (!url.includes('%')) return next();
  const [path, query] = split(url, '?');
  const broken = isBroken(path) ? ['path'] : [];
  for (const pair of query.split('&')) {
    const [name, value] = split(pair, '=');
    if (isBroken(name)) broken.push('query');
    else if (isBroken(value)) broken.push(decodeURIComponent(name));
  }
  if (broken.length > 0) {
    throw badParameters(broken.map((parameter) => ({ parameter, message: 'holds a percent escape that is none' })));
  }
  return next();
};

function split(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

function isBroken(text: string): boolean {
  try {
    decodeURIComponent(text);
    return false;
  } catch {
    // URIError is the only thing that it throws, and it is the answer.
    return true;
  }
}

function answerError(error: unknown, log: Log): Response {
  if (error instanceof ProblemError) return error.toResponse();
  if (error instanceof HTTPException) {
    // Hono's own: a body that is not JSON, or one that is too large.
    return new ProblemError(error.status, 'INVALID_REQUEST', error.message || 'The request could not be read.', {
      errors: [{ parameter: 'body', message: error.message || 'could not be read' }],
    }).toResponse();
  }
  log.error({ err: error }, 'a request failed');
  return new ProblemError(
    500,
    'INTERNAL',
    'Something went wrong while answering; the log of the server says what.',
  ).toResponse();
}

export type ApiContext = Context<ApiEnv>;

import type { SimulatorClock } from './clock.ts';
import { encodeErrorFrame, encodeList, encodeObject, type Form, formOf } from './encoding.ts';
import { type Answer, FaultScript, type FaultTarget, faultyAnswer, faultyBody, once, type Verb } from './faults.ts';
import { bodyOf, instantText, type ObjectStore, type StoredObject } from './object-store.ts';
import type { PodLogs, LogLine } from './pod-logs.ts';
import type { PodMetrics } from './pod-metrics.ts';
import { isResourceName, type ResourceName, type ResourceSpec, resources } from './resources.ts';
import { parseSelection, SelectorError, type Selection } from './selectors.ts';
import {
  badRequest,
  expired,
  expiredContinue,
  expiredExact,
  forbidden,
  invalidContinue,
  invalidListVersion,
  invalidWatchVersion,
  notFound,
  Refusal,
  type StatusBody,
  statusBody,
  tooLargeResourceVersion,
  unauthorized,
  unknownResource,
  watchListForbidden,
  watchListWithoutMatch,
} from './status.ts';
import { Watch } from './watch.ts';

export interface ApiRequest {
  readonly method: string;
  /** Path and query, as in a request line. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A right that is taken away; what is left out means every. */
export interface DenyRule {
  readonly verb?: 'get' | 'list' | 'watch';
  readonly resource?: string;
  readonly user?: string;
  /** Null denies only requests of the whole cluster. */
  readonly namespace?: string | null;
}

/** What this server is like; may be changed while it runs. */
export interface ServerTraits {
  /** As in `/version`. Default v1.36.0. */
  gitVersion: string;
  /** `refused`: 422, as 1.33; `ignored`: an ordinary watch with synthetic events and no end, as before 1.27. */
  watchList: 'on' | 'refused' | 'ignored';
  /** Without it a list at "0" comes in pages and straight from etcd. */
  watchCache: boolean;
  /** Takes no notice of `limit`. */
  ignoresLimit: boolean;
  /** Bearer token → user; null lets everybody in, as `user`. */
  tokens: Readonly<Record<string, string>> | null;
  /** Who asks where no token is wanted. */
  user: string;
  denied: readonly DenyRule[];
  /** Resources that this server does not serve: 404. */
  absent: readonly ResourceName[];
  bookmarkIntervalMs: number;
}

const usualTraits: Readonly<ServerTraits> = {
  gitVersion: 'v1.36.0',
  watchList: 'on',
  watchCache: true,
  ignoresLimit: false,
  tokens: null,
  user: 'system:serviceaccount:maintenant:maintenant',
  denied: [],
  absent: [],
  bookmarkIntervalMs: 60_000,
};

export interface RecordedRequest {
  readonly at: number;
  readonly verb: Verb | 'other';
  readonly resource: string;
  readonly namespace: string | null;
  readonly url: string;
  readonly userAgent: string;
}

const recordedLimit = 1_000;
const maxWatches = 10_000;

interface Route {
  readonly verb: Verb;
  readonly resource: ResourceName;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly query: URLSearchParams;
}

/** The API server without a socket: a request in, an answer out. `http.ts` puts it on a port. */
export class ApiServer {
  readonly traits: ServerTraits;
  readonly faults = new FaultScript();
  /** The last 1,000 requests: which verbs were sent, and where to. */
  readonly requests: RecordedRequest[] = [];
  readonly #store: ObjectStore;
  readonly #logs: PodLogs;
  readonly #metrics: PodMetrics;
  readonly #clock: SimulatorClock;
  readonly #watches = new Set<Watch>();
  readonly #onNoWatches: (() => void)[] = [];

  constructor(parts: {
    readonly store: ObjectStore;
    readonly logs: PodLogs;
    readonly metrics: PodMetrics;
    readonly clock: SimulatorClock;
    readonly traits?: Partial<ServerTraits>;
  }) {
    this.#store = parts.store;
    this.#logs = parts.logs;
    this.#metrics = parts.metrics;
    this.#clock = parts.clock;
    this.traits = { ...usualTraits, ...parts.traits };
  }

  /** Open watches. */
  get watches(): number {
    return this.#watches.size;
  }

  untilNoWatches(): Promise<void> {
    return this.#watches.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#onNoWatches.push(resolve));
  }

  /** Closes every watch in good order, as a server does that is shut down. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
  }

  /** @throws ConnectionCut when the connection is to be cut instead. */
  async handle(request: ApiRequest, signal: AbortSignal): Promise<Answer> {
    const url = new URL(request.url, 'http://simulator');
    const target = targetOf(url);
    this.#record(request, target);
    const fault = target === null ? null : this.faults.take(target);
    if (fault !== null) {
      const instead = faultyAnswer(fault, signal);
      if (instead !== null) return await instead;
    }
    const answer = this.#answer(request, url, signal);
    if (fault === null) return answer;
    const encoding = fault.type === 'gzip' ? { 'content-encoding': 'gzip' } : {};
    return {
      status: answer.status,
      headers: { ...answer.headers, ...encoding },
      body: faultyBody(fault, answer.body, this.#clock, signal),
    };
  }

  #record(request: ApiRequest, target: FaultTarget | null): void {
    this.requests.push({
      at: this.#clock.now(),
      verb: target?.verb ?? 'other',
      resource: target?.resource ?? '',
      namespace: target?.namespace ?? null,
      url: request.url,
      userAgent: request.headers['user-agent'] ?? '',
    });
    if (this.requests.length > recordedLimit) this.requests.shift();
  }

  #answer(request: ApiRequest, url: URL, signal: AbortSignal): Answer {
    try {
      return this.#route(request, url, this.#authenticate(request), signal);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return json(error.status.code, JSON.stringify(error.status), error.headers);
    }
  }

  /** @returns the user. */
  #authenticate(request: ApiRequest): string {
    if (this.traits.tokens === null) return this.traits.user;
    const user = this.traits.tokens[(request.headers['authorization'] ?? '').replace(/^Bearer /, '')];
    if (user === undefined) throw new Refusal(unauthorized());
    return user;
  }

  #route(request: ApiRequest, url: URL, user: string, signal: AbortSignal): Answer {
    if (request.method !== 'GET') {
      const message = 'the server does not allow this method on the requested resource';
      throw new Refusal(statusBody(405, 'MethodNotAllowed', message));
    }
    if (url.pathname === '/version') return json(200, JSON.stringify(versionOf(this.traits.gitVersion)));
    if (['/healthz', '/livez', '/readyz'].includes(url.pathname)) return text(200, 'ok');
    const metrics = /^\/apis\/metrics\.k8s\.io\/v1beta1\/(?:namespaces\/([^/]+)\/)?pods$/.exec(url.pathname);
    if (metrics) return this.#podMetrics(metrics[1] ?? null, user);
    const route = routeOf(url);
    if (route === null) {
      if (/^\/(api\/v1|apis\/apps\/v1)\//.test(url.pathname)) throw new Refusal(unknownResource());
      return text(404, '404 page not found\n');
    }
    if (this.traits.absent.includes(route.resource)) throw new Refusal(unknownResource());
    this.#authorize(route, user);
    const form = formOf(request.headers['accept'] ?? '');
    switch (route.verb) {
      case 'list':
        return this.#list(route, form);
      case 'watch':
        return this.#watch(route, form, signal);
      case 'get':
        return json(200, encodeObject(this.#require(route), form));
      case 'log':
        return this.#log(route, signal);
      default:
        return text(404, '404 page not found\n');
    }
  }

  #authorize(route: Route, user: string): void {
    const verb = route.verb === 'log' ? 'get' : route.verb;
    const plural = route.verb === 'log' ? 'pods/log' : route.resource;
    const denied = this.traits.denied.some(
      (rule) =>
        (rule.user === undefined || rule.user === user) &&
        (rule.verb === undefined || rule.verb === verb) &&
        (rule.resource === undefined || rule.resource === plural) &&
        (rule.namespace === undefined || rule.namespace === route.namespace),
    );
    if (!denied) return;
    const { group } = resources[route.resource];
    throw new Refusal(forbidden(user, verb, plural, group, route.namespace, route.name));
  }

  #require(route: Route): StoredObject {
    const spec = resources[route.resource];
    const object = this.#store.get(route.resource, spec.namespaced ? (route.namespace ?? '') : '', route.name ?? '');
    if (object === null) throw new Refusal(notFound(spec.plural, spec.group, route.name ?? ''));
    return object;
  }

  // ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #list(route: Route, form: Form): Answer {
    const { query } = route;
    const spec = resources[route.resource];
    const selection = selectionOf(route, spec);
    const asked = query.get('resourceVersion') ?? '';
    if (asked !== '' && !/^\d+$/.test(asked)) throw new Refusal(invalidListVersion(asked));
    this.#requireReached(asked);
    const fromCache = asked === '0' && this.traits.watchCache;
    const limit = this.traits.ignoresLimit || fromCache ? 0 : Number(query.get('limit') ?? 0);
    const token = query.get('continue');
    // A limit beside a version means exactly that version, unless a match says otherwise.
    const match = query.get('resourceVersionMatch') ?? (limit > 0 && Number(asked) > 0 ? 'Exact' : '');
    const exact = match === 'Exact' ? Number(asked) : this.#store.revision;
    const start = token === null ? { revision: exact, after: null } : parseContinue(token, this.#store.revision);
    const objects = this.#store.listAt(route.resource, start.revision);
    if (objects === null) {
      throw new Refusal(start.after === null ? expiredExact() : expiredContinue(tokenOf(-1, start.after)));
    }

    const matched = selection.all ? objects : objects.filter((object) => selection.matches(object));
    const from = start.after === null ? 0 : matched.findIndex((object) => positionOf(object) > (start.after ?? ''));
    const rest = from === -1 ? [] : matched.slice(from);
    const page = limit > 0 && rest.length > limit ? rest.slice(0, limit) : rest;
    const last = page.at(-1);
    const more = rest.length - page.length;
    const selected = query.has('fieldSelector') || query.has('labelSelector');
    const head = {
      revision: start.revision,
      continueToken: more > 0 && last ? tokenOf(start.revision, positionOf(last)) : null,
      // With any selector the server would have to look at everything to count: it leaves it out.
      remainingItemCount: more > 0 && !selected ? more : null,
    };
    return { status: 200, headers: jsonHeaders, body: encodeList(spec, page, head, form) };
  }

  /** A version that is not reached yet: the real server waits 3 s for it, then says so. */
  #requireReached(asked: string): void {
    if (asked === '' || asked === '0') return;
    if (Number(asked) > this.#store.revision) {
      throw new Refusal(tooLargeResourceVersion(Number(asked), this.#store.revision), { 'retry-after': '1' });
    }
  }

  // ── watches ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #watch(route: Route, form: Form, signal: AbortSignal): Answer {
    const { query } = route;
    const spec = resources[route.resource];
    const selection = selectionOf(route, spec);
    const asked = query.get('resourceVersion') ?? '';
    const initial = query.get('sendInitialEvents') === 'true';
    if (initial && this.traits.watchList === 'refused') throw new Refusal(watchListForbidden());
    if (initial && query.get('resourceVersionMatch') !== 'NotOlderThan') throw new Refusal(watchListWithoutMatch());
    if (asked !== '' && !/^\d+$/.test(asked)) throw new Refusal(invalidWatchVersion(asked));
    // The watch has begun when these two are found out: 200, and the refusal as an event.
    if (initial && Number(asked) > this.#store.revision) {
      return refusedInStream(tooLargeResourceVersion(Number(asked), this.#store.revision));
    }

    const sendsInitialEvents = initial && this.traits.watchList === 'on';
    // Without a version to start from an ordinary watch begins with a synthetic event for every object.
    const synthetic = !sendsInitialEvents && (asked === '' || asked === '0' || initial);
    const revision = sendsInitialEvents || synthetic ? this.#store.revision : Number(asked);
    const missed = this.#store.changesSince(route.resource, revision);
    if (missed === null) return refusedInStream(expired(revision, this.#store.revision));
    if (this.#watches.size >= maxWatches) throw new Refusal(statusBody(429, 'TooManyRequests', 'too many watches'));
    const options = {
      resource: route.resource,
      form,
      selection,
      revision,
      sendInitialEvents: sendsInitialEvents || synthetic,
      bookmarks: query.get('allowWatchBookmarks') === 'true',
      timeoutMs: Number(query.get('timeoutSeconds') ?? 1800) * 1000,
      bookmarkIntervalMs: this.traits.bookmarkIntervalMs,
    };
    const watch = new Watch(this.#store, this.#clock, options, missed);
    this.#watches.add(watch);
    const forget = () => {
      watch.end();
      this.#watches.delete(watch);
      if (this.#watches.size === 0) for (const resolve of this.#onNoWatches.splice(0)) resolve();
    };
    // Its reader waits for the next event, which may never come.
    signal.addEventListener('abort', forget, { once: true });
    const body = synthetic ? withoutEndBookmark(watch) : watch;
    return { status: 200, headers: jsonHeaders, body: finallyDo(body, forget) };
  }

  // ── logs and metrics ─────────────────────────────────────────────────────────────────────────────────────────────

  #log(route: Route, signal: AbortSignal): Answer {
    const { query } = route;
    const pod = this.#require(route);
    const container = containerOf(pod, query.get('container'));
    const previous = query.get('previous') === 'true';
    const lines = this.#logs.read(pod.namespace, pod.name, container, previous);
    if (lines === null) {
      throw new Refusal(badRequest(`previous terminated container "${container}" in pod "${pod.name}" not found`));
    }
    const sinceSeconds = query.get('sinceSeconds');
    const since = sinceSeconds === null ? Number.NEGATIVE_INFINITY : this.#clock.now() - Number(sinceSeconds) * 1000;
    const recent = lines.filter((line) => line.at >= since);
    const tail = query.get('tailLines');
    // -0 would mean all of them.
    const shown = tail === null ? recent : recent.slice(Math.max(0, recent.length - Number(tail)));
    const encode = (line: LogLine) =>
      Buffer.from(`${query.get('timestamps') === 'true' ? `${timestampOf(line.at)} ` : ''}${line.text}\n`);
    const follow = query.get('follow') === 'true' && !previous;
    const body = follow ? this.#followed(pod, container, shown.map(encode), encode, signal) : each(shown.map(encode));
    return { status: 200, headers: { 'content-type': 'text/plain' }, body };
  }

  async *#followed(
    pod: StoredObject,
    container: string,
    first: readonly Buffer[],
    encode: (line: LogLine) => Buffer,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer, void, undefined> {
    const waiting: (Buffer | null)[] = [...first];
    let wake: (() => void) | null = null;
    const take = (line: LogLine | null) => {
      waiting.push(line === null ? null : encode(line));
      wake?.();
    };
    const stop = this.#logs.follow(pod.namespace, pod.name, container, take);
    signal.addEventListener('abort', () => take(null), { once: true });
    try {
      for (;;) {
        for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
          if (line === null) return;
          yield line;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      stop();
    }
  }

  #podMetrics(namespace: string | null, user: string): Answer {
    if (!this.#metrics.installed) return text(404, '404 page not found\n');
    const denied = this.traits.denied.some(
      (rule) => rule.resource === 'pods.metrics.k8s.io' || rule.resource === undefined,
    );
    if (denied) throw new Refusal(forbidden(user, 'list', 'pods', 'metrics.k8s.io', namespace, null));
    return json(200, JSON.stringify(this.#metrics.list(namespace)));
  }
}

// ── reading a request ──────────────────────────────────────────────────────────────────────────────────────────────

function targetOf(url: URL): FaultTarget | null {
  if (url.pathname === '/version')
    return { verb: 'version', resource: '', namespace: null, continued: false, initialEvents: false };
  if (url.pathname.startsWith('/apis/metrics.k8s.io/')) {
    return { verb: 'metrics', resource: 'pods', namespace: null, continued: false, initialEvents: false };
  }
  const route = routeOf(url);
  if (route === null) return null;
  return {
    verb: route.verb,
    resource: route.resource,
    namespace: route.namespace,
    continued: route.query.has('continue'),
    initialEvents: route.query.get('sendInitialEvents') === 'true',
  };
}

/** `/api/v1/…` and `/apis/GROUP/VERSION/…`, with or without namespace, name and `/log`. */
function routeOf(url: URL): Route | null {
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const groupVersion = parts[0] === 'api' ? `${parts[1]}` : `${parts[1]}/${parts[2]}`;
  let rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  let namespace: string | null = null;
  if (rest[0] === 'namespaces' && rest.length > 2) {
    namespace = rest[1] ?? null;
    rest = rest.slice(2);
  }
  const [plural = '', name = null, subresource = null, ...more] = rest;
  if (!isResourceName(plural) || more.length > 0) return null;
  const spec: ResourceSpec = resources[plural];
  const expected = spec.group === '' ? spec.version : `${spec.group}/${spec.version}`;
  if (groupVersion !== expected || (subresource !== null && (subresource !== 'log' || plural !== 'pods'))) return null;
  const query = url.searchParams;
  const watches = query.get('watch') === 'true' || query.get('watch') === '1';
  const verb = subresource === 'log' ? 'log' : name !== null ? 'get' : watches ? 'watch' : 'list';
  return { verb, resource: plural, namespace, name, query };
}

function selectionOf(route: Route, spec: ResourceSpec): Selection {
  try {
    const { query } = route;
    return parseSelection(spec, route.namespace, query.get('fieldSelector') ?? '', query.get('labelSelector') ?? '');
  } catch (error) {
    if (error instanceof SelectorError) throw new Refusal(badRequest(error.message));
    throw error;
  }
}

function containerOf(pod: StoredObject, asked: string | null): string {
  const spec = bodyOf(pod)['spec'];
  const names = ['containers', 'initContainers'].flatMap((field) => {
    const list: unknown = typeof spec === 'object' && spec !== null ? Reflect.get(spec, field) : undefined;
    return Array.isArray(list) ? list.map((container: { readonly name?: unknown }) => String(container.name)) : [];
  });
  if (asked !== null) {
    if (names.includes(asked)) return asked;
    throw new Refusal(badRequest(`container ${asked} is not valid for pod ${pod.name}`));
  }
  const [first, ...others] = names;
  if (first !== undefined && others.length === 0) return first;
  throw new Refusal(
    badRequest(`a container name must be specified for pod ${pod.name}, choose one of: [${names.join(' ')}]`),
  );
}

/** A place in a list at a revision; -1 is the present one. */
function tokenOf(revision: number, position: string): string {
  const token = { v: 'meta.k8s.io/v1', rv: revision, start: `/${position.replace('\0', '/')}\0` };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function parseContinue(token: string, present: number): { readonly revision: number; readonly after: string } {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof value === 'object' && value !== null && 'rv' in value && 'start' in value) {
      const after = String(value.start).replace(/^\//, '').replace(/\0$/, '').replace('/', '\0');
      return { revision: value.rv === -1 ? present : Number(value.rv), after };
    }
  } catch {
    // Told to the client below.
  }
  throw new Refusal(invalidContinue());
}

function positionOf(object: StoredObject): string {
  return `${object.namespace}\0${object.name}`;
}

function versionOf(gitVersion: string): object {
  const [, major = '1', minor = '0'] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return { major, minor, gitVersion, gitCommit: 'simulated', gitTreeState: 'clean', platform: 'simulated' };
}

/** RFC 3339 with nanoseconds, as the kubelet writes log timestamps. */
function timestampOf(epochMs: number): string {
  return `${instantText(epochMs).slice(0, -1)}.${String(epochMs % 1000).padStart(3, '0')}000000Z`;
}

// ── writing an answer ──────────────────────────────────────────────────────────────────────────────────────────────

const jsonHeaders = { 'content-type': 'application/json' };

function json(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...jsonHeaders, ...headers }, body: once(Buffer.from(`${body}\n`)) };
}

function refusedInStream(status: StatusBody): Answer {
  return { status: 200, headers: jsonHeaders, body: once(encodeErrorFrame(status)) };
}

function text(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: once(Buffer.from(body)) };
}

async function* finallyDo(body: AsyncIterable<Buffer>, end: () => void): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* body;
  } finally {
    end();
  }
}

async function* each(lines: readonly Buffer[]): AsyncGenerator<Buffer, void, undefined> {
  yield* lines;
}

async function* withoutEndBookmark(watch: Watch): AsyncGenerator<Buffer, void, undefined> {
  for await (const line of watch) {
    if (!line.includes('k8s.io/initial-events-end')) yield line;
  }
}

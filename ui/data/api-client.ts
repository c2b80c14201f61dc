import type {
  CauseEntryList,
  Doctor,
  EventList,
  Health,
  History,
  IncidentList,
  NamespaceList,
  Problem,
  RolloutList,
  Runtime,
  TopList,
  UsageList,
  TransitionList,
  WorkloadDetail,
  WorkloadList,
  WorkloadMetrics,
} from '../../api/contract.ts';
import type { WorkloadName } from '../../health/workload.ts';

/**
 * The only file that knows the URLs of the API. Every address is relative to `<base href>`, so the page works under
 * any sub-path. Answers are revalidated by the browser's own cache (`ETag`, `no-cache`): an unchanged one costs a 304.
 */

/** An answer that says no, or none at all (`status` 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Stable code of the problem document; `NETWORK` when nothing answered. */
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

type Query = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>;

/** No answer in this time is an answer: without a limit a half-open connection would load for ever. */
const timeoutMs = 30_000;

export class ApiClient {
  readonly #base: string;
  readonly #refused: () => void;

  /**
   * @param base absolute URL that ends in a slash; `document.baseURI`.
   * @param refused called when an answer says that nobody is signed in (any more): a stream that was opened before may
   *   go on, and no screen can tell by itself.
   */
  constructor(base: string, refused: () => void = () => {}) {
    this.#base = new URL('api/v1/', base).href;
    this.#refused = refused;
  }

  url(path: string, query: Query = {}): string {
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries(query)) {
      if (value === null || value === undefined || value === '') continue;
      const text = Array.isArray(value) ? value.join(',') : String(value);
      if (text !== '') url.searchParams.set(name, text);
    }
    return url.href;
  }

  health(signal?: AbortSignal): Promise<Health> {
    return this.#get('health', {}, signal);
  }

  runtime(signal?: AbortSignal): Promise<Runtime> {
    return this.#get('runtime', {}, signal);
  }

  workloads(query: Query, signal?: AbortSignal): Promise<WorkloadList> {
    return this.#get('workloads', query, signal);
  }

  workload(name: WorkloadName, signal?: AbortSignal): Promise<WorkloadDetail> {
    return this.#get(workloadPath(name), {}, signal);
  }

  history(name: WorkloadName, query: Query, signal?: AbortSignal): Promise<History> {
    return this.#get(`${workloadPath(name)}/history`, query, signal);
  }

  workloadRollouts(name: WorkloadName, query: Query, signal?: AbortSignal): Promise<RolloutList> {
    return this.#get(`${workloadPath(name)}/rollouts`, query, signal);
  }

  workloadEvents(name: WorkloadName, query: Query, signal?: AbortSignal): Promise<EventList> {
    return this.#get(`${workloadPath(name)}/events`, query, signal);
  }

  workloadMetrics(name: WorkloadName, range: string, signal?: AbortSignal): Promise<WorkloadMetrics> {
    return this.#get(`${workloadPath(name)}/metrics`, { range }, signal);
  }

  /** Curves of several workloads at once. */
  usage(keys: readonly string[], signal?: AbortSignal): Promise<UsageList> {
    return this.#get('usage', { key: keys }, signal);
  }

  logsUrl(name: WorkloadName, query: Query): string {
    return this.url(`${workloadPath(name)}/logs`, query);
  }

  namespaces(signal?: AbortSignal): Promise<NamespaceList> {
    return this.#get('namespaces', {}, signal);
  }

  incidents(query: Query, signal?: AbortSignal): Promise<IncidentList> {
    return this.#get('incidents', query, signal);
  }

  transitions(query: Query, signal?: AbortSignal): Promise<TransitionList> {
    return this.#get('transitions', query, signal);
  }

  rollouts(query: Query, signal?: AbortSignal): Promise<RolloutList> {
    return this.#get('rollouts', query, signal);
  }

  events(query: Query, signal?: AbortSignal): Promise<EventList> {
    return this.#get('events', query, signal);
  }

  top(query: Query, signal?: AbortSignal): Promise<TopList> {
    return this.#get('top', query, signal);
  }

  causes(signal?: AbortSignal): Promise<CauseEntryList> {
    return this.#get('causes', {}, signal);
  }

  doctor(signal?: AbortSignal): Promise<Doctor> {
    return this.#get('doctor', {}, signal);
  }

  async signIn(token: string): Promise<void> {
    await this.#send('session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
  }

  async signOut(): Promise<void> {
    await this.#send('session', { method: 'DELETE' });
  }

  async #get<Answer>(path: string, query: Query, signal: AbortSignal | undefined): Promise<Answer> {
    const response = await this.#send(this.url(path, query), signal ? { signal } : {}).catch((error: unknown) => {
      if (isSignInRequired(error)) this.#refused();
      throw error;
    });
    // The page is served by the same process and version as the API: its JSON is what the contract says.
    return (await response.json()) as Answer;
  }

  async #send(address: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('accept', 'application/json');
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    let response: Response;
    try {
      response = await fetch(new URL(address, this.#base), {
        ...init,
        signal,
        credentials: 'same-origin',
        headers,
      });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ApiError(0, 'NETWORK', error instanceof Error ? error.message : 'no answer', { cause: error });
    }
    if (response.ok) return response;
    throw await problemOf(response);
  }
}

export function workloadPath(name: WorkloadName): string {
  return `workloads/${encodeURIComponent(name.namespace)}/${name.kind}/${encodeURIComponent(name.name)}`;
}

async function problemOf(response: Response): Promise<ApiError> {
  const fallback = new ApiError(response.status, 'HTTP_ERROR', `${response.status} ${response.statusText}`.trim());
  // A proxy in front answers with HTML: then its status is all there is.
  if (!response.headers.get('content-type')?.includes('json')) return fallback;
  try {
    const problem = (await response.json()) as Partial<Problem>;
    return new ApiError(
      response.status,
      problem.code ?? fallback.code,
      problem.detail ?? problem.title ?? fallback.message,
    );
  } catch (error) {
    return new ApiError(response.status, fallback.code, fallback.message, { cause: error });
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

export function isSignInRequired(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

import { Agent } from 'undici';
import { parseAllDocuments } from 'yaml';
import { ClusterError } from './supervisor.ts';

/**
 * What tests send to an API server: requests, server-side apply, and waiting for a state. It follows no style guide of
 * a client for products: nothing is retried, and an answer has the shape that the test names.
 */

/** An object as the API server answers it. Tests name the fields that they look at: `cluster.get<Deployment>(path)`. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  readonly [field: string]: unknown;
}

export interface KubeList<Item = KubeObject> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Item[];
}

/** What is sent: anything with an identity. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export const contentTypes = {
  json: 'application/json',
  apply: 'application/apply-patch+yaml',
  mergePatch: 'application/merge-patch+json',
  strategicMergePatch: 'application/strategic-merge-patch+json',
} as const;

/** The API server refused: its status code and its reason and sentence. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  constructor(method: string, path: string, status: number, body: string) {
    const parsed = parseStatus(body);
    super(`${method} ${path}: ${status} ${parsed.reason} ${parsed.message}`);
    this.status = status;
    this.reason = parsed.reason;
    this.body = body;
  }
}

// A state is asked for at once and again, then less and less often.
const pollMs = 50;
const slowestPollMs = 1000;
const maxConnections = 64;

export class ApiClient {
  readonly serverUrl: string;
  readonly #token: string;
  readonly #agent: Agent;
  readonly #resources = new Map<string, Promise<ResourceList['resources']>>();

  constructor(serverUrl: string, token: string, ca: string) {
    this.serverUrl = serverUrl;
    this.#token = token;
    this.#agent = new Agent({ connect: { ca }, connections: maxConnections });
  }

  /** Throws `ApiError` from 400 on; `body` is sent as JSON unless it is a string. */
  async request<Body = KubeObject>(method: Method, path: string, body?: unknown, contentType?: string): Promise<Body> {
    return JSON.parse(await this.#send(method, path, body, contentType)) as Body;
  }

  async get<Body = KubeObject>(path: string): Promise<Body> {
    return await this.request<Body>('GET', path);
  }

  async apply(manifests: string | readonly Manifest[]): Promise<readonly KubeObject[]> {
    const applied: KubeObject[] = [];
    for (const manifest of parseManifests(manifests)) {
      const path = await this.path({ ...identify(manifest), name: manifest.metadata.name });
      applied.push(
        await this.request('PATCH', `${path}?fieldManager=maintenant-test&force=true`, manifest, contentTypes.apply),
      );
      if (manifest.kind === 'Namespace') {
        // Without its service account the first pods of a namespace would be refused.
        await this.waitFor(`/api/v1/namespaces/${manifest.metadata.name}/serviceaccounts/default`, () => true);
      }
      if (manifest.kind === 'CustomResourceDefinition' || manifest.kind === 'APIService') this.#resources.clear();
    }
    return applied;
  }

  async remove(manifests: string | readonly Manifest[]): Promise<void> {
    for (const manifest of parseManifests(manifests)) {
      try {
        await this.#send('DELETE', await this.path({ ...identify(manifest), name: manifest.metadata.name }));
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 404)) throw error;
      }
    }
  }

  async path(of: Identified): Promise<string> {
    const root = of.apiVersion.includes('/') ? `/apis/${of.apiVersion}` : `/api/${of.apiVersion}`;
    let known = this.#resources.get(root);
    if (known === undefined) {
      known = this.get<ResourceList>(root).then((list) => list.resources);
      this.#resources.set(root, known);
      // A group that is not served yet may be later.
      known.catch(() => this.#resources.delete(root));
    }
    const resource = (await known).find((candidate) => candidate.kind === of.kind && !candidate.name.includes('/'));
    if (resource === undefined) throw new ClusterError(`${of.apiVersion} has no kind ${of.kind}`);
    const scope = resource.namespaced ? `/namespaces/${of.namespace ?? 'default'}` : '';
    return `${root}${scope}/${resource.name}${of.name === undefined ? '' : `/${of.name}`}`;
  }

  async waitFor<Body = KubeList>(path: string, done: (body: Body) => boolean, timeoutMs = 30_000): Promise<Body> {
    const deadline = Date.now() + timeoutMs;
    let last: string;
    for (let pauseMs = pollMs; ; pauseMs = Math.min(pauseMs * 1.5, slowestPollMs)) {
      try {
        last = await this.#send('GET', path);
        const body = JSON.parse(last) as Body;
        if (done(body)) return body;
      } catch (error) {
        if (!isNotYet(error)) throw error;
        last = error.message;
      }
      if (Date.now() > deadline)
        throw new ClusterError(
          `${path} was not as expected after ${timeoutMs} ms; last answer: ${last.slice(0, 4000)}`,
        );
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async patchPodStatus(namespace: string, name: string, status: object): Promise<KubeObject> {
    return await this.request(
      'PATCH',
      `/api/v1/namespaces/${namespace}/pods/${name}/status`,
      { status },
      contentTypes.strategicMergePatch,
    );
  }

  async createToken(namespace: string, serviceAccount: string, expirationSeconds = 3600): Promise<string> {
    const answer = await this.request<{ status: { token: string } }>(
      'POST',
      `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: { name: serviceAccount, namespace },
        spec: { expirationSeconds },
      },
    );
    return answer.status.token;
  }

  /** Whether the address answers 200; false also where nobody listens. */
  async answers(url: string): Promise<boolean> {
    try {
      const { origin, pathname } = new URL(url);
      const response = await this.#agent.request({
        origin,
        path: pathname,
        method: 'GET',
        headers: { authorization: `Bearer ${this.#token}` },
      });
      await response.body.dump();
      return response.statusCode === 200;
    } catch {
      // Nobody listens, or the connection went away with the program.
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(method: Method, url: string, body?: unknown, contentType: string = contentTypes.json): Promise<string> {
    const { origin, pathname, search } = new URL(url, this.serverUrl);
    const response = await this.#agent.request({
      origin,
      path: `${pathname}${search}`,
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept: 'application/json',
        'user-agent': 'maintenant-test',
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.body.text();
    if (response.statusCode >= 400) throw new ApiError(method, url, response.statusCode, text);
    return text;
  }
}

/** An object, or without a name its collection. */
interface Identified {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** 404 is not there yet, 503 an aggregated API or a start that is not finished, a refused connection a restart. */
function isNotYet(error: unknown): error is Error {
  if (error instanceof ApiError) return error.status === 404 || error.status === 503;
  return (
    error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'UND_ERR_SOCKET')
  );
}

function parseManifests(manifests: string | readonly Manifest[]): readonly Manifest[] {
  if (typeof manifests !== 'string') return manifests;
  return parseAllDocuments(manifests).flatMap((document) => {
    const content: unknown = document.toJS();
    if (content === null) return [];
    if (!isManifest(content))
      throw new ClusterError(`not an object with apiVersion, kind and metadata.name: ${JSON.stringify(content)}`);
    return [content];
  });
}

function isManifest(content: unknown): content is Manifest {
  if (typeof content !== 'object' || content === null) return false;
  if (!('apiVersion' in content && typeof content.apiVersion === 'string')) return false;
  if (!('kind' in content && typeof content.kind === 'string' && 'metadata' in content)) return false;
  const { metadata } = content;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata && typeof metadata.name === 'string';
}

function identify({ apiVersion, kind, metadata: { namespace } }: Manifest): Identified {
  return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }) };
}

function parseStatus(body: string): { readonly reason: string; readonly message: string } {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status === 'object' && status !== null) {
      const reason = 'reason' in status && typeof status.reason === 'string' ? status.reason : '';
      const message = 'message' in status && typeof status.message === 'string' ? status.message : '';
      return { reason, message };
    }
  } catch {
    // A proxy or a starting server answers in plain text.
  }
  return { reason: '', message: body.slice(0, 500) };
}

import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { type ClusterSource, loadKubeConfig } from './kubeconfig.ts';
import { TransportError } from './status-error.ts';

/** What a request carries to be let in. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  /** Changes when `tls` does: a new certificate needs new connections, a new token does not. */
  readonly tlsHash: string;
}

export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** As client-go: a token file is looked at once a minute (kubelets rotate it an hour before it ends). */
const rereadMs = 60_000;

/**
 * The credentials of one source, read again once a minute and after a 401. Tokens, certificates, exec plugins and OIDC
 * are KubeConfig's affair; ours is that a token is trimmed, that a file missing for a moment does not take away what
 * worked, and that a refused token is not offered again from a cache.
 */
export class CredentialSource {
  /** `https://HOST:PORT`, perhaps with a path in front of `/api`. */
  readonly server: string;
  /** As the kubeconfig names it; null when the environment decides. */
  readonly proxyUrl: string | null;
  readonly #source: ClusterSource;
  readonly #monotonic: () => number;
  #config: KubeConfig;
  #current: Credentials | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<Credentials> | null = null;

  /** @throws KubeConfigError */
  constructor(source: ClusterSource, monotonic: () => number = () => performance.now()) {
    this.#source = source;
    this.#monotonic = monotonic;
    this.#config = loadKubeConfig(source);
    const cluster = this.#config.getCurrentCluster();
    this.server = cluster?.server ?? '';
    this.proxyUrl = cluster?.proxyUrl || null;
  }

  /** @throws TransportError (`credentials`) when there are none and never were. */
  async current(): Promise<Credentials> {
    if (this.#current !== null && this.#monotonic() - this.#readAt < rereadMs) return this.#current;
    // Eight watches that start at once must not run an exec plugin eight times.
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /**
   * After a 401: reads everything anew, so that no cached token is offered again.
   * @param refused what was refused. When another request has renewed it in the meantime, that will do.
   */
  async renew(refused: Credentials): Promise<Credentials> {
    if (this.#current === refused) {
      this.#readAt = Number.NEGATIVE_INFINITY;
      try {
        // A new KubeConfig, because the cache of an exec plugin's or OIDC token lives in the old one.
        this.#config = loadKubeConfig(this.#source);
      } catch {
        // The file is being rewritten right now; the old one may still be good for a new token.
      }
    }
    return this.current();
  }

  async #read(): Promise<Credentials> {
    try {
      this.#current = await readCredentials(this.#config);
    } catch (cause) {
      if (this.#current === null) {
        const message = cause instanceof Error ? cause.message : String(cause);
        throw new TransportError('credentials', `no credentials for ${this.server}: ${message}`, { cause });
      }
      // A token file is missing for a moment while it is replaced: the old token is the better guess.
    }
    this.#readAt = this.#monotonic();
    return this.#current;
  }
}

async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions & { passphrase?: string } = { headers: {} };
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    // Trimmed: a token file often ends in a newline, and a header must not hold one.
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
  }
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  const tls: TlsMaterial = {
    ...materialOf('ca', options.ca),
    ...materialOf('cert', options.cert),
    ...materialOf('key', options.key),
    ...(typeof options.passphrase === 'string' ? { passphrase: options.passphrase } : {}),
    ...(typeof options.servername === 'string' ? { servername: options.servername } : {}),
    ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
  };
  return { headers, tls, tlsHash: hashOf(tls) };
}

function materialOf<Name extends 'ca' | 'cert' | 'key'>(
  name: Name,
  value: unknown,
): Partial<Record<Name, string | Buffer>> {
  if (typeof value !== 'string' && !Buffer.isBuffer(value)) return {};
  const material: Partial<Record<Name, string | Buffer>> = {};
  material[name] = value;
  return material;
}

function hashOf(tls: TlsMaterial): string {
  const hash = createHash('sha256');
  for (const part of [tls.ca, tls.cert, tls.key, tls.passphrase, tls.servername, String(tls.rejectUnauthorized)]) {
    // Length first: otherwise two neighbours could trade bytes without a change of the hash.
    const bytes = Buffer.from(part ?? '');
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex');
}

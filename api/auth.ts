import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { AuthConfig } from './config.ts';
import { ProblemError } from './problem.ts';

/**
 * Who may look. Rights are all or nothing: whoever gets in sees what the product's own service account sees.
 *
 *     none     everybody who reaches the port
 *     token    Authorization: Bearer TOKEN, or the cookie that POST /api/v1/session gives for one
 *     forward  the user header of a reverse proxy, believed only from configured address ranges
 */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly session: string | undefined;
  /** Value of the configured user header, in mode forward. */
  readonly user: string | undefined;
  readonly remoteAddress: string | undefined;
}

export const sessionCookie = 'maintenant_session';
/** A working week; a restart of the process ends every session earlier. */
export const sessionSeconds = 7 * 24 * 3600;
/** The oldest session makes room. */
const limitSessions = 1_000;
/** Wrong tokens per address and minute before it has to wait. */
const limitAttempts = 10;
const attemptsWindowMs = 60_000;
const limitAddresses = 1_000;

export class Gatekeeper {
  readonly config: AuthConfig;
  readonly #now: () => number;
  readonly #tokenHashes: readonly Buffer[];
  readonly #proxies: BlockList | null;
  /** Hash of the cookie's value → when it ends. Only hashes are kept: a heap dump opens no door. */
  readonly #sessions = new Map<string, number>();
  readonly #signIns: Attempts;
  readonly #wrongBearers: Attempts;

  constructor(config: AuthConfig, now: () => number) {
    this.config = config;
    this.#now = now;
    this.#signIns = new Attempts(now);
    this.#wrongBearers = new Attempts(now);
    this.#tokenHashes =
      config.mode === 'token' ? config.tokenHashes.map((hash) => Buffer.from(hash.replace(/^sha256:/, ''), 'hex')) : [];
    this.#proxies = config.mode === 'forward' ? proxyRanges(config.cidrs) : null;
  }

  /**
   * A right token is let in however many wrong ones came from its address: behind a proxy all have one, and a script
   * with an old token would lock everybody out.
   * @throws ProblemError 401 `SIGN_IN_REQUIRED`, 429 after too many wrong tokens
   */
  admit(credentials: Credentials): void {
    switch (this.config.mode) {
      case 'none':
        return;
      case 'token': {
        const bearer = /^Bearer +(\S+)$/i.exec(credentials.authorization ?? '')?.[1];
        if (bearer !== undefined && this.#isToken(bearer)) return;
        if (credentials.session !== undefined && this.#isSession(credentials.session)) return;
        if (bearer !== undefined) this.#wrongBearers.count(credentials.remoteAddress ?? '');
        throw signInRequired(
          bearer === undefined
            ? 'Sign in with a token, or send it as "Authorization: Bearer TOKEN".'
            : 'This token is not known here: its hash is none of MAINTENANT_AUTH_TOKENS.',
          { 'www-authenticate': `Bearer realm="maintenant"${bearer === undefined ? '' : ', error="invalid_token"'}` },
        );
      }
      case 'forward': {
        const { remoteAddress, user } = credentials;
        if (!this.#isProxy(remoteAddress)) {
          throw signInRequired(
            `Requests from ${remoteAddress ?? 'an unknown address'} are not believed: come through the proxy, or add its range to MAINTENANT_AUTH_FORWARD_CIDRS.`,
          );
        }
        if (user === undefined || user === '') {
          throw signInRequired(`The proxy sent no ${this.config.header} header: let it sign people in first.`);
        }
        return;
      }
      default:
        this.config satisfies never;
    }
  }

  /**
   * Value for the session cookie.
   * @throws ProblemError 401 for a wrong token, 429 after too many, 404 where nobody signs in
   */
  signIn(token: string, remoteAddress: string): string {
    if (this.config.mode !== 'token') {
      throw new ProblemError(404, 'SIGN_IN_NOT_USED', `MAINTENANT_AUTH is ${this.config.mode}: nobody signs in here.`);
    }
    this.#signIns.count(remoteAddress);
    if (!this.#isToken(token)) throw new ProblemError(401, 'WRONG_TOKEN', 'This token is not known here.');
    this.#signIns.forget(remoteAddress);
    const session = randomBytes(32).toString('base64url');
    if (this.#sessions.size >= limitSessions) dropFirst(this.#sessions);
    this.#sessions.set(hashOf(session).toString('hex'), this.#now() + sessionSeconds * 1000);
    return session;
  }

  signOut(session: string): void {
    this.#sessions.delete(hashOf(session).toString('hex'));
  }

  #isToken(token: string): boolean {
    const hash = hashOf(token);
    // Every hash is compared, so the time says nothing about which one matched.
    return this.#tokenHashes.filter((known) => timingSafeEqual(known, hash)).length > 0;
  }

  #isSession(session: string): boolean {
    const id = hashOf(session).toString('hex');
    const endsAt = this.#sessions.get(id);
    if (endsAt === undefined) return false;
    if (endsAt > this.#now()) return true;
    this.#sessions.delete(id);
    return false;
  }

  #isProxy(address: string | undefined): boolean {
    const plain = plainAddress(address ?? '');
    const family = isIP(plain);
    return family !== 0 && (this.#proxies?.check(plain, family === 6 ? 'ipv6' : 'ipv4') ?? false);
  }
}

/** Of each address within a minute. */
class Attempts {
  readonly #now: () => number;
  readonly #byAddress = new Map<string, { count: number; readonly startedAt: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws ProblemError 429 from the one after the limit on */
  count(address: string): void {
    const now = this.#now();
    const known = this.#byAddress.get(address);
    if (known === undefined || now - known.startedAt >= attemptsWindowMs) {
      this.#byAddress.delete(address);
      if (this.#byAddress.size >= limitAddresses) dropFirst(this.#byAddress);
      this.#byAddress.set(address, { count: 1, startedAt: now });
      return;
    }
    known.count += 1;
    if (known.count <= limitAttempts) return;
    const waitSeconds = Math.max(1, Math.ceil((known.startedAt + attemptsWindowMs - now) / 1000));
    throw new ProblemError(429, 'TOO_MANY_ATTEMPTS', `Too many wrong tokens; try again in ${waitSeconds} s.`, {
      headers: { 'retry-after': String(waitSeconds) },
    });
  }

  forget(address: string): void {
    this.#byAddress.delete(address);
  }
}

function signInRequired(detail: string, headers: Readonly<Record<string, string>> = {}): ProblemError {
  return new ProblemError(401, 'SIGN_IN_REQUIRED', detail, { headers });
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function proxyRanges(cidrs: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits = ''] = cidr.split('/');
    ranges.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return ranges;
}

/** A dual-stack socket writes IPv4 peers as `::ffff:10.0.0.1`. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Maps keep the order of insertion: the first key is the oldest. */
function dropFirst(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

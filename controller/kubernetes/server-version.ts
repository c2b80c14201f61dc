import type { Clock } from '../clock.ts';
import { isRecord } from './kubernetes-object.ts';
import { StatusError } from './status-error.ts';
import type { Transport } from './transport.ts';

export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
  /** `v1.36.3` */
  readonly gitVersion: string;
}

/** Asked again after this long at most, and only when somebody wants to know: an upgrade is noticed at the next list. */
const freshMs = 60_000;

/** `/version` of an API server, asked once for all reflectors. Null when it may not be read or makes no sense. */
export class ServerVersionSource {
  readonly #transport: Transport;
  readonly #clock: Clock;
  #version: ServerVersion | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<ServerVersion | null> | null = null;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** The last version that was read, without asking. */
  get last(): ServerVersion | null {
    return this.#version;
  }

  /** @throws what the transport throws when nobody answers; a "no" of the server is null. */
  async read(signal: AbortSignal): Promise<ServerVersion | null> {
    if (this.#clock.monotonic() - this.#readAt < freshMs) return this.#version;
    this.#reading ??= this.#ask(signal).finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #ask(signal: AbortSignal): Promise<ServerVersion | null> {
    try {
      this.#version = parseServerVersion(await this.#transport.get('/version', {}, signal));
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#version = null;
    }
    this.#readAt = this.#clock.monotonic();
    return this.#version;
  }
}

/** `minor` may end in a sign (`33+`) with some distributions. */
export function parseServerVersion(value: unknown): ServerVersion | null {
  if (!isRecord(value)) return null;
  const major = Number.parseInt(String(value['major']), 10);
  const minor = Number.parseInt(String(value['minor']), 10);
  if (Number.isNaN(major) || Number.isNaN(minor)) return null;
  const gitVersion = value['gitVersion'];
  return { major, minor, gitVersion: typeof gitVersion === 'string' ? gitVersion : `v${major}.${minor}` };
}

/**
 * Whether `sendInitialEvents` can be hoped for: it is on by default in 1.32 and from 1.34, and a server that has it off
 * says so (422). Before 1.32 the parameter may be ignored, and the end of the initial events would never be told.
 */
export function mayStreamLists(version: ServerVersion | null): boolean {
  return version === null || version.major > 1 || (version.major === 1 && version.minor >= 32);
}

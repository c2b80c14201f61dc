import { isRecord } from './kubernetes-object.ts';

/**
 * The server's "no", as Kubernetes writes it: an HTTP status and a `Status` body, or the same body as an ERROR frame
 * in the middle of a watch. Both become one `StatusError`, so that a 410 is a 410 wherever it was said; what it means
 * is asked by predicates, as client-go does it (apimachinery/pkg/api/errors).
 */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  /** The HTTP status, or `code` of the body where it came in a stream; 0 when the body has none. */
  readonly code: number;
  /** `Expired`, `Forbidden`, `Timeout`, …; empty when the body is not a Status (a proxy's page, for instance). */
  readonly reason: string;
  readonly details: StatusDetails;
  /** The wait the server asked for, by header or body; null when it did not. */
  readonly retryAfterMs: number | null;

  constructor(status: StatusParts) {
    super(status.message);
    this.code = status.code;
    this.reason = status.reason;
    this.details = status.details;
    this.retryAfterMs = status.retryAfterMs;
  }
}

export interface StatusParts {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details: StatusDetails;
  readonly retryAfterMs: number | null;
}

export interface StatusDetails {
  readonly causes: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
}

/** Nobody answered, the answer broke off, or it could not be read. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly kind: TransportFailure;
  constructor(kind: TransportFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * `refused`: no connection (refused, no route, no such host, TLS). `broken`: it was open and broke. `idle`: silent for
 * too long. `deadline`: longer than it may take, silent or not. `tooLarge`: past a named limit. `credentials`: none could be had to ask with.
 */
export type TransportFailure = 'refused' | 'broken' | 'idle' | 'deadline' | 'undecodable' | 'tooLarge' | 'credentials';

/** The resource version is too old: 410, as an answer or in a stream. Older servers say Gone, newer ones Expired. */
export function isExpired(error: unknown): error is StatusError {
  return error instanceof StatusError && (error.reason === 'Expired' || error.reason === 'Gone' || error.code === 410);
}

/** The server has not come as far as the resource version that was asked for. Before 1.20 only its text says so. */
export function isTooLargeResourceVersion(error: unknown): error is StatusError {
  if (!(error instanceof StatusError) || (error.reason !== 'Timeout' && error.code !== 504)) return false;
  return (
    error.details.causes.some((cause) => cause.reason === 'ResourceVersionTooLarge') ||
    error.message.includes('Too large resource version')
  );
}

export function isTooManyRequests(error: unknown): error is StatusError {
  return error instanceof StatusError && (error.code === 429 || error.reason === 'TooManyRequests');
}

export function isUnauthorized(error: unknown): error is StatusError {
  return error instanceof StatusError && error.code === 401;
}

export function isForbidden(error: unknown): error is StatusError {
  return error instanceof StatusError && error.code === 403;
}

export function isNotFound(error: unknown): error is StatusError {
  return error instanceof StatusError && error.code === 404;
}

/** The request itself is not understood (400, 422): for WatchList, that the server does not have it. */
export function isInvalid(error: unknown): error is StatusError {
  return error instanceof StatusError && (error.code === 422 || error.code === 400 || error.reason === 'Invalid');
}

/** The server, or a proxy before it, is in trouble. */
export function isServerError(error: unknown): error is StatusError {
  return error instanceof StatusError && error.code >= 500;
}

/**
 * Reads an answer that is not 2xx.
 * @param body parsed JSON, or the text where it is none.
 * @param retryAfter the header `Retry-After`: seconds or an HTTP date.
 * @param now epoch ms, for the date form.
 */
export function statusErrorOf(code: number, body: unknown, retryAfter: string | null, now: number): StatusError {
  const header = retryAfter === null ? null : parseRetryAfterMs(retryAfter, now);
  const status = isRecord(body) ? body : {};
  const message = textOf(status['message']) || (typeof body === 'string' ? firstLine(body) : '');
  const details = isRecord(status['details']) ? status['details'] : {};
  const seconds = details['retryAfterSeconds'];
  const fromBody = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : null;
  const bodyCode = typeof status['code'] === 'number' ? status['code'] : 0;
  return new StatusError({
    // Answer over body: what a proxy in between says about the connection counts.
    code: code === 0 ? bodyCode : code,
    reason: textOf(status['reason']),
    message: message === '' ? `HTTP ${code}` : message,
    details: { causes: causesOf(details['causes']) },
    retryAfterMs: header ?? fromBody,
  });
}

/** The `Status` of an ERROR frame. */
export function statusErrorOfFrame(status: unknown): StatusError {
  return statusErrorOf(0, status, null, 0);
}

/** Milliseconds of a `Retry-After` header, at least 0; null when it is neither seconds nor a date. */
export function parseRetryAfterMs(text: string, now: number): number | null {
  const trimmed = text.trim();
  if (/^\d{1,9}$/.test(trimmed)) return Number(trimmed) * 1000;
  // An HTTP date begins with the day's name; Date.parse takes much more than that.
  const at = /^[A-Z][a-z]{2,8},? /.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

function causesOf(value: unknown): StatusDetails['causes'] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((cause) => ({
    reason: textOf(cause['reason']),
    message: textOf(cause['message']),
    field: textOf(cause['field']),
  }));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function firstLine(text: string): string {
  // A proxy's page can be long; its first line says what it is.
  return text.trimStart().split('\n', 1)[0]?.slice(0, 200) ?? '';
}

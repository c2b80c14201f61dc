import {
  isExpired,
  isForbidden,
  isInvalid,
  isNotFound,
  isServerError,
  isTooLargeResourceVersion,
  isTooManyRequests,
  isUnauthorized,
  StatusError,
  TransportError,
} from '../kubernetes/status-error.ts';

/** Everything that can go wrong with a request or a stream, as far as the answer to it differs. */
export interface Failure {
  readonly kind:
    | 'expired'
    | 'tooLargeResourceVersion'
    | 'tooManyRequests'
    /** 500: a bug or a bad object, which may last. */
    | 'internalError'
    /** 502, 503, 504: nobody there for the moment. */
    | 'server'
    | 'unauthorized'
    | 'forbidden'
    | 'notFound'
    | 'invalid'
    | 'unreachable'
    | 'broken'
    | 'idle'
    | 'deadline'
    | 'undecodable'
    | 'other';
  readonly message: string;
  readonly retryAfterMs: number | null;
}

export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: kindOf(error), message, retryAfterMs: error instanceof StatusError ? error.retryAfterMs : null };
}

function kindOf(error: unknown): Failure['kind'] {
  if (isExpired(error)) return 'expired';
  // Before the 5xx, one of which it is.
  if (isTooLargeResourceVersion(error)) return 'tooLargeResourceVersion';
  if (isTooManyRequests(error)) return 'tooManyRequests';
  if (isUnauthorized(error)) return 'unauthorized';
  if (isForbidden(error)) return 'forbidden';
  if (isNotFound(error)) return 'notFound';
  if (isInvalid(error)) return 'invalid';
  if (isServerError(error)) return error.code === 500 ? 'internalError' : 'server';
  if (!(error instanceof TransportError)) return 'other';
  switch (error.kind) {
    case 'refused':
    case 'credentials':
      return 'unreachable';
    case 'tooLarge':
      return 'undecodable';
    case 'broken':
    case 'idle':
    case 'deadline':
    case 'undecodable':
      return error.kind;
    default:
      return error.kind satisfies never;
  }
}

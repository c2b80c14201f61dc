import type { StatusCode } from 'hono/utils/http-status';
import type { Problem } from './contract.ts';

export interface ParameterError {
  /** Name of the query parameter, path part or body field that is wrong. */
  readonly parameter: string;
  readonly message: string;
}

interface ProblemOptions {
  readonly errors?: readonly ParameterError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/**
 * An answer that is not the asked-for one, as RFC 9457 has it. Thrown anywhere below a route; the app's one error
 * handler turns it into the response. `code` is for programs and never changes, `detail` is for the person.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: StatusCode;
  readonly code: string;
  readonly errors: readonly ParameterError[] | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: StatusCode, code: string, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.status = status;
    this.code = code;
    this.errors = options.errors ?? null;
    this.headers = options.headers ?? {};
  }

  toResponse(): Response {
    return new Response(this.body(), { status: this.status, headers: { ...problemHeaders, ...this.headers } });
  }

  body(): string {
    const problem: Problem = {
      type: 'about:blank',
      title: titles[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(this.errors === null ? {} : { errors: this.errors }),
    };
    return JSON.stringify(problem);
  }
}

export const problemHeaders = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

/** With `about:blank` as type the title is the phrase of the status (RFC 9457 §4.2.1). */
const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** One wrong parameter, with the sentence that says what would be right. */
export function badParameter(parameter: string, message: string): ProblemError {
  return badParameters([{ parameter, message }]);
}

export function badParameters(errors: readonly ParameterError[]): ProblemError {
  const detail = errors.map(({ parameter, message }) => `${parameter}: ${message}`).join('; ');
  return new ProblemError(400, 'INVALID_PARAMETER', detail, { errors });
}

/** Something whose limit is reached for the moment. */
export function unavailable(code: string, detail: string, retryAfterSeconds: number): ProblemError {
  return new ProblemError(503, code, detail, { headers: { 'retry-after': String(retryAfterSeconds) } });
}

/** A query parameter that is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface GetOptions {
  /** Default `application/json`. */
  readonly accept?: string;
  /** The whole answer must be here within this time. Default 30 s. */
  readonly timeoutMs?: number;
}

export interface StreamOptions {
  /** Default `application/json`. */
  readonly accept?: string;
  /** The headers must be here within this time. Default 30 s. */
  readonly openTimeoutMs?: number;
  /** Longest silence between two chunks before the connection is cut. Default 150 s; 0 for none. */
  readonly idleTimeoutMs?: number;
}

/** The body of a 2xx answer as it arrives; the chunks end cleanly or throw. Breaking off the iteration closes the connection. */
export interface Answer extends AsyncIterable<Buffer> {
  /** `application/json`, `application/vnd.kubernetes.protobuf;stream=watch`, …; empty when the server did not say. */
  readonly contentType: string;
}

/**
 * GET requests to one API server. Everything but a 2xx answer is thrown: a `StatusError` when the server said no, a
 * `TransportError` when nobody answered or the connection broke.
 */
export interface Transport {
  /** The server's URL, for messages. */
  readonly server: string;
  /** One answer as parsed JSON, at most 32 MiB. */
  get(path: string, query: Query, signal: AbortSignal, options?: GetOptions): Promise<unknown>;
  /** Resolves when the headers are here. */
  stream(path: string, query: Query, signal: AbortSignal, options?: StreamOptions): Promise<Answer>;
}

import type { DeltaEvent, HelloEvent, PingEvent, Runtime } from '../../api/contract.ts';

/**
 * What the stream says, whichever way it comes: from an EventSource of the page, or through the SharedWorker that
 * holds one stream for all tabs.
 */

/** State of the connection to the server; `at` and `since` are epoch milliseconds of this machine's clock. */
export type Connection =
  | { readonly type: 'connecting'; readonly since: number }
  | { readonly type: 'live'; readonly since: number }
  | { readonly type: 'reconnecting'; readonly attempt: number; readonly since: number }
  /** Streams fail or stay silent: the page asks in intervals and the stream is tried again now and then. */
  | { readonly type: 'polling'; readonly since: number }
  /** The server refused for want of a sign-in. */
  | { readonly type: 'signInRequired' };

export type StreamMessage =
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'hello'; readonly hello: HelloEvent }
  | { readonly type: 'delta'; readonly delta: DeltaEvent }
  | { readonly type: 'runtime'; readonly runtime: Runtime }
  | { readonly type: 'resync' }
  /** `delayMs`: arrival less the server's stamp, by two clocks; its changes tell buffering, not its size. */
  | { readonly type: 'ping'; readonly ping: PingEvent; readonly receivedAt: number };

/** What a page tells the worker. */
export type PageMessage =
  | { readonly type: 'attach' }
  | { readonly type: 'alive' }
  /** The page woke up or was told to try: a stream that was silent for too long is opened anew at once. */
  | { readonly type: 'check' }
  | { readonly type: 'leave' };

/** Pages and workers of different versions must not share a worker: part of its name. Raise it with the messages. */
export const streamProtocol = 1;

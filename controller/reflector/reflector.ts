import type { Clock } from '../clock.ts';
import type { KindSpec } from '../kubernetes/kinds.ts';
import type { Transport } from '../kubernetes/transport.ts';
import type { ReflectorSink } from './event.ts';

/** What pino's logger does, and nothing more of it. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ReflectorOptions {
  readonly kind: KindSpec;
  /** Null watches the whole cluster. */
  readonly namespace: string | null;
  readonly fieldSelector?: string;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  readonly sink: ReflectorSink;
  /** Called after `status()` changed in more than its counters. */
  readonly onStatus: () => void;
}

/** As api's WatchStatus, without `objects`, which the cache counts. */
export interface ReflectorStatus {
  readonly resource: string;
  readonly namespace: string | null;
  readonly state: 'synced' | 'syncing' | 'disconnected' | 'forbidden' | 'unavailable';
  readonly resourceVersion: string | null;
  readonly lastEventAt: number | null;
  readonly disconnectedSinceAt: number | null;
  /** Times the watch was opened again. */
  readonly reconnects: number;
  /** Complete lists after the first. */
  readonly relists: number;
  readonly message: string | null;
  readonly counters: ReflectorCounters;
}

/** Since `start`; for `/metrics`. */
export interface ReflectorCounters {
  readonly events: number;
  readonly bookmarks: number;
  /** Lines, items or answers that could not be read. */
  readonly undecodable: number;
  /** Objects without name, uid or resource version. */
  readonly skippedObjects: number;
  readonly sinkFailures: number;
  readonly failures: number;
  readonly audits: number;
  readonly auditMismatches: number;
}

/** Keeps its sink equal to one collection of the API server until `signal` aborts. */
export interface ReflectorContract {
  start(signal: AbortSignal): Promise<void>;
  status(): ReflectorStatus;
}

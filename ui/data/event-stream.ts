import type { StreamEvents } from '../../api/contract.ts';
import type { Connection, StreamMessage } from './stream-message.ts';

/**
 * One live stream, kept alive: opened, watched for silence, opened again.
 *
 *     connecting ──hello──► live ──silence 40 s / error──► reconnecting ──only the stream fails, 3 times──► polling
 *          ▲                  ▲                                   │                                         │ 60 s
 *          └─── start ────────┴───────────── hello ◄──────────────┴─────────────────────────────────────────┘
 *
 * A server that is away is waited for; polling is for a server that answers while its stream does not get through.
 * The browser's own reconnecting is not used: it neither notices a half-open connection nor tells what happened. After
 * each `hello` the reader compares revisions and reads the list again if it missed something.
 * Pings are events because comments are invisible to a page. Used by the page and by the worker alike.
 */

/** Heartbeats come every 15 s: two and a half of them missing is a dead connection. */
const silenceMs = 40_000;
/** The first word comes with the first bytes; a proxy that collects them keeps it back. */
const helloMs = 12_000;
const firstDelayMs = 1_000;
const largestDelayMs = 5_000;
/** After this many failures in a row of the stream alone, while plain requests are answered, the page polls. */
const refusalsBeforePolling = 3;
const retryWhilePollingMs = 60_000;
const watchdogMs = 5_000;

export interface EventSourceLike {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
  close(): void;
}

/** The outside world, handed in so that tests can turn the clock. */
export interface StreamEnvironment {
  open(url: string): EventSourceLike;
  /** HTTP status of a plain request, 0 without an answer: an EventSource does not tell why it failed. */
  probe(): Promise<number>;
  now(): number;
  /** 0 … 1. */
  random(): number;
  setTimer(delayMs: number, call: () => void): () => void;
}

export class EventStream {
  readonly #url: string;
  readonly #environment: StreamEnvironment;
  readonly #emit: (message: StreamMessage) => void;
  #source: EventSourceLike | null = null;
  #connection: Connection;
  #failures = 0;
  #refusals = 0;
  #lastEventAt = 0;
  #downSince: number | null = null;
  #cancelRetry: (() => void) | null = null;
  #cancelWatchdog: (() => void) | null = null;
  #running = false;

  constructor(url: string, environment: StreamEnvironment, emit: (message: StreamMessage) => void) {
    this.#url = url;
    this.#environment = environment;
    this.#emit = emit;
    this.#connection = { type: 'connecting', since: environment.now() };
  }

  get connection(): Connection {
    return this.#connection;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#failures = 0;
    this.#refusals = 0;
    this.#downSince = null;
    this.#become({ type: 'connecting', since: this.#environment.now() });
    this.#open();
    this.#watch();
  }

  stop(): void {
    this.#running = false;
    this.#close();
    this.#cancelRetry?.();
    this.#cancelWatchdog?.();
    this.#cancelRetry = null;
    this.#cancelWatchdog = null;
  }

  /** After a sleep, or at the wish of a person: a stream that has been silent too long is replaced at once. */
  check(): void {
    if (!this.#running) return;
    if (this.#source === null) {
      this.#cancelRetry?.();
      this.#open();
    } else if (this.#connection.type === 'live' && this.#environment.now() - this.#lastEventAt > silenceMs) {
      this.#failed();
    }
  }

  #open(): void {
    const source = this.#environment.open(this.#url);
    this.#source = source;
    this.#lastEventAt = this.#environment.now();
    const on = <Type extends keyof StreamEvents>(type: Type, receive: (payload: StreamEvents[Type]) => void): void => {
      source.addEventListener(type, (event) => {
        if (this.#source !== source || typeof event.data !== 'string') return;
        this.#lastEventAt = this.#environment.now();
        // Same origin and version as the page (see ApiClient): its JSON is what the contract says.
        receive(JSON.parse(event.data) as StreamEvents[Type]);
      });
    };
    on('hello', (hello) => {
      this.#failures = 0;
      this.#refusals = 0;
      this.#downSince = null;
      this.#become({ type: 'live', since: this.#environment.now() });
      this.#emit({ type: 'hello', hello });
    });
    on('delta', (delta) => this.#emit({ type: 'delta', delta }));
    on('runtime', (runtime) => this.#emit({ type: 'runtime', runtime }));
    on('resync', () => this.#emit({ type: 'resync' }));
    on('ping', (ping) => this.#emit({ type: 'ping', ping, receivedAt: this.#environment.now() }));
    on('bye', () => this.#failed());
    source.addEventListener('error', () => {
      if (this.#source === source) this.#failed();
    });
  }

  #failed(): void {
    this.#close();
    if (!this.#running) return;
    this.#downSince ??= this.#environment.now();
    this.#failures += 1;
    if (this.#connection.type === 'polling') {
      this.#retryIn(retryWhilePollingMs);
    } else {
      this.#become({ type: 'reconnecting', attempt: this.#failures, since: this.#downSince });
      const ceiling = Math.min(largestDelayMs, firstDelayMs * 2 ** (this.#failures - 1));
      // Half fixed, half random: quick for one page, spread for two hundred after a restart of the server.
      this.#retryIn(ceiling / 2 + (this.#environment.random() * ceiling) / 2);
    }
    const failure = this.#failures;
    void this.#environment.probe().then((status) => {
      if (this.#running && failure === this.#failures) this.#learn(status);
    });
  }

  /** What a plain request says while the stream does not stand. */
  #learn(status: number): void {
    if (status === 401) {
      this.#cancelRetry?.();
      this.#close();
      this.#become({ type: 'signInRequired' });
      return;
    }
    // Away, or not ready: the stream is not to blame, and it is tried as soon as there is a server again.
    if (status === 0 || status >= 500) {
      this.#refusals = 0;
      return;
    }
    this.#refusals += 1;
    if (this.#refusals < refusalsBeforePolling || this.#connection.type === 'live') return;
    this.#become({ type: 'polling', since: this.#downSince ?? this.#environment.now() });
    this.#close();
    this.#retryIn(retryWhilePollingMs);
  }

  #retryIn(delayMs: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#environment.setTimer(delayMs, () => this.#open());
  }

  #watch(): void {
    this.#cancelWatchdog = this.#environment.setTimer(watchdogMs, () => {
      if (!this.#running) return;
      const limitMs = this.#connection.type === 'live' ? silenceMs : helloMs;
      if (this.#source !== null && this.#environment.now() - this.#lastEventAt > limitMs) this.#failed();
      this.#watch();
    });
  }

  #close(): void {
    this.#source?.close();
    this.#source = null;
  }

  #become(connection: Connection): void {
    this.#connection = connection;
    this.#emit({ type: 'connection', connection });
  }
}

/** The browser's own clock, network and timers; works in pages and in workers. */
export function browserEnvironment(base: string): StreamEnvironment {
  return {
    open: (url) => new EventSource(url, { withCredentials: true }),
    probe: async () => {
      try {
        return (await fetch(new URL('api/v1/runtime', base), { credentials: 'same-origin' })).status;
      } catch {
        // Nothing answered: that is what 0 says.
        return 0;
      }
    },
    now: () => Date.now(),
    random: () => Math.random(),
    setTimer: (delayMs, call) => {
      const timer = setTimeout(call, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { instant, toLogLine, toLogNote } from './answers.ts';
import type { Cluster, LogRecord, LogRequest } from './cluster.ts';
import type { Log, Timers } from './config.ts';
import { unavailable } from './problem.ts';
import { heartbeatMs, pingEvent, streamPadding } from './server-sent-events.ts';

/**
 * Logs, passed through: read from the cluster as fast as the client reads from us, never kept, never logged.
 * The upstream is closed the moment the client leaves, the server stops, or there is nothing left to read.
 */
export const limitLogStreams = 32;

export interface LogSources {
  readonly cluster: Cluster;
  readonly timers: Timers;
  readonly now: () => number;
  readonly registry: Registry;
  readonly log: Log;
}

export interface LogFormat {
  readonly name: 'text' | 'events';
  /** Text only: the instant before each line. Events always carry it. */
  readonly timestamps: boolean;
}

export class LogStreams {
  readonly #sources: LogSources;
  readonly #open = new Set<AbortController>();
  #stopping = false;

  constructor(sources: LogSources) {
    this.#sources = sources;
    const open = this.#open;
    sources.registry.registerMetric(
      new Gauge({
        name: 'maintenant_log_streams',
        help: 'Open log streams.',
        registers: [],
        collect() {
          this.set(open.size);
        },
      }),
    );
  }

  /** Ends every stream when `signal` aborts. */
  start(signal: AbortSignal): void {
    signal.addEventListener(
      'abort',
      () => {
        this.#stopping = true;
        for (const stream of this.#open) stream.abort();
      },
      { once: true },
    );
  }

  /**
   * The body of the answer.
   * @throws ProblemError 503 when too many are open
   */
  read(request: LogRequest, format: LogFormat): ReadableStream<Uint8Array> {
    if (this.#stopping) throw unavailable('SHUTTING_DOWN', 'The server is restarting.', 5);
    if (this.#open.size >= limitLogStreams) {
      throw unavailable('TOO_MANY_LOG_STREAMS', `${limitLogStreams} logs are being read already.`, 10);
    }
    const abort = new AbortController();
    this.#open.add(abort);
    const { cluster, timers, now, log } = this.#sources;
    const isStopping = (): boolean => this.#stopping;
    const records = cluster.logs(request, abort.signal)[Symbol.asyncIterator]();
    const encode = (record: LogRecord): Uint8Array =>
      Buffer.from(format.name === 'events' ? toServerSentEvent(record) : toText(record, format.timestamps));
    let cancelPing: (() => void) | null = null;
    const finish = (): void => {
      cancelPing?.();
      cancelPing = null;
      abort.abort();
      this.#open.delete(abort);
      // Lets a generator that waits at a `yield` run its `finally`; what it says there concerns nobody any more.
      records.return?.().catch((error: unknown) => log.warn({ err: error }, 'closing a log failed'));
    };
    return new ReadableStream<Uint8Array>({
      start(controller) {
        if (format.name !== 'events') return;
        controller.enqueue(Buffer.from(streamPadding));
        const ping = (): void => {
          cancelPing = timers.setTimer(heartbeatMs, ping);
          // A reader that is behind needs no sign of life.
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(Buffer.from(pingEvent(now())));
        };
        cancelPing = timers.setTimer(heartbeatMs, ping);
      },
      async pull(controller) {
        try {
          const next = await records.next();
          if (next.done !== true) return controller.enqueue(encode(next.value));
        } catch (error) {
          if (!abort.signal.aborted) {
            log.warn({ err: error, key: request.key }, 'reading a log failed');
            const message = 'The log broke off: the cluster could not be read any further.';
            controller.enqueue(encode({ type: 'note', kind: 'end', pod: null, container: null, count: null, message }));
          }
        }
        const cancelled = abort.signal.aborted && !isStopping();
        finish();
        if (!cancelled) controller.close();
      },
      cancel: finish,
    });
  }
}

function toServerSentEvent(record: LogRecord): string {
  const data = record.type === 'line' ? toLogLine(record) : toLogNote(record);
  return `event: ${record.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function toText(record: LogRecord, timestamps: boolean): string {
  if (record.type === 'note') {
    const where = record.pod === null ? '' : `[${[record.pod, record.container].filter(Boolean).join('/')}] `;
    return `# ${where}${record.message}\n`;
  }
  const at = timestamps && record.at !== null ? `${instant(record.at)} ` : '';
  return `[${record.pod}/${record.container}] ${at}${record.text}\n`;
}

import { gzipSync } from 'node:zlib';
import type { SimulatorClock } from './clock.ts';
import { statusBody } from './status.ts';

/** Which requests a fault is for; what is left out matches everything. */
export interface FaultMatch {
  readonly verb?: Verb;
  readonly resource?: string;
  readonly namespace?: string;
  /** Only a list's page with a continue token, or only one without. */
  readonly continued?: boolean;
  /** Only a watch that asks for initial events, or only one that does not. */
  readonly initialEvents?: boolean;
}

export type Verb = 'list' | 'watch' | 'get' | 'log' | 'version' | 'metrics';

/** Where in a stream something happens: after whole lines, and after some bytes of the next one. */
export interface StreamPosition {
  readonly afterLines: number;
  readonly plusBytes?: number;
}

export type FaultAction =
  /** Another answer instead: 429 with Retry-After, 500, 504, 401, a proxy's page. */
  | {
      readonly type: 'answer';
      readonly code: number;
      readonly reason?: string;
      readonly message?: string;
      readonly details?: Readonly<Record<string, unknown>>;
      readonly retryAfter?: string;
      readonly page?: string;
      readonly contentType?: string;
    }
  /** The connection is cut before an answer. */
  | { readonly type: 'refuse' }
  /** No answer ever. */
  | { readonly type: 'hang' }
  /** The connection is cut (a reset) or ends in good order, in the middle of a line where `plusBytes` says so. */
  | ({ readonly type: 'reset' | 'close' } & StreamPosition)
  /** Alive, and silent from here on. */
  | ({ readonly type: 'silence' } & StreamPosition)
  /** From here on single bytes, one per interval, for ever. */
  | ({ readonly type: 'dribble'; readonly everyMs: number } & StreamPosition)
  /** A line of our own: garbage, an ERROR frame, a frame out of the past. */
  | ({ readonly type: 'insert'; readonly line: string } & StreamPosition)
  /** Every chunk is cut anew, also inside characters. */
  | { readonly type: 'rechunk'; readonly bytes: number }
  | { readonly type: 'duplicate' }
  | { readonly type: 'dropBookmarks'; readonly only: 'all' | 'initialEventsEnd' }
  /** Each line is replaced; null leaves it out. In a list the "line" is a chunk of the answer. */
  | { readonly type: 'rewrite'; readonly line: (text: string) => string | null }
  /** Compressed though nobody asked for it, perhaps with the end missing. */
  | { readonly type: 'gzip'; readonly truncated: boolean };

export type Fault = FaultAction & {
  readonly match?: FaultMatch;
  /** Requests it happens to; default 1, 0 for all. */
  readonly times?: number;
  /** Matching requests that are spared first; default 0. */
  readonly skip?: number;
};

/** What API priority and fairness answers: a text, not a Status. */
export const tooManyRequests = {
  type: 'answer',
  code: 429,
  page: 'Too many requests, please try again later.\n',
  contentType: 'text/plain; charset=utf-8',
  retryAfter: '1',
} as const satisfies Fault;

/** The connection was cut; whoever carries the answer cuts its own. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
}

export interface FaultTarget {
  readonly verb: Verb;
  readonly resource: string;
  readonly namespace: string | null;
  readonly continued: boolean;
  readonly initialEvents: boolean;
}

interface Planned {
  readonly fault: Fault;
  left: number;
  spared: number;
}

/** The faults that are planned, each for the next requests that it matches. */
export class FaultScript {
  readonly #planned: Planned[] = [];
  /** Faults that have happened, in their order: for assertions and for the seed's report. */
  readonly happened: { readonly fault: Fault; readonly target: FaultTarget }[] = [];

  add(...faults: readonly Fault[]): void {
    for (const fault of faults) this.#planned.push({ fault, left: fault.times ?? 1, spared: fault.skip ?? 0 });
  }

  clear(): void {
    this.#planned.length = 0;
  }

  get pending(): number {
    return this.#planned.length;
  }

  /** The first fault for this request, which is thereby used up once; null for an untroubled one. */
  take(target: FaultTarget): Fault | null {
    for (const planned of this.#planned) {
      if (!matches(planned.fault.match ?? {}, target)) continue;
      if (planned.spared > 0) {
        planned.spared--;
        continue;
      }
      if (planned.fault.times !== 0 && --planned.left === 0) this.#planned.splice(this.#planned.indexOf(planned), 1);
      this.happened.push({ fault: planned.fault, target });
      return planned.fault;
    }
    return null;
  }
}

function matches(match: FaultMatch, target: FaultTarget): boolean {
  return (
    (match.verb === undefined || match.verb === target.verb) &&
    (match.resource === undefined || match.resource === target.resource) &&
    (match.namespace === undefined || match.namespace === target.namespace) &&
    (match.continued === undefined || match.continued === target.continued) &&
    (match.initialEvents === undefined || match.initialEvents === target.initialEvents)
  );
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Buffer>;
}

/** What happens before an answer, or null when the fault is one of the stream. @throws ConnectionCut */
export function faultyAnswer(fault: Fault, signal: AbortSignal): Promise<Answer> | null {
  switch (fault.type) {
    case 'answer': {
      const body = statusBody(
        fault.code,
        fault.reason ?? '',
        fault.message ?? `simulated ${fault.code}`,
        fault.details,
      );
      const text = fault.page ?? JSON.stringify(body);
      const type = fault.page === undefined ? 'application/json' : (fault.contentType ?? 'text/html');
      const headers = {
        'content-type': type,
        ...(fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }),
      };
      return Promise.resolve({ status: fault.code, headers, body: once(Buffer.from(text)) });
    }
    case 'refuse':
      return Promise.reject(new ConnectionCut('simulated: refused'));
    case 'hang':
      return untilAborted(signal);
    case 'reset':
    case 'close':
    case 'silence':
    case 'dribble':
    case 'insert':
    case 'rechunk':
    case 'duplicate':
    case 'dropBookmarks':
    case 'rewrite':
    case 'gzip':
      return null;
    default:
      return fault satisfies never;
  }
}

/** The stream with the fault in it. Each chunk that comes in is one line of a watch, or a part of a list. */
export async function* faultyBody(
  fault: Fault,
  body: AsyncIterable<Buffer>,
  clock: SimulatorClock,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  switch (fault.type) {
    case 'reset':
    case 'close':
    case 'silence':
    case 'dribble':
    case 'insert':
      yield* withIncident(fault, body, clock, signal);
      return;
    case 'rechunk':
      for await (const chunk of body) {
        for (let at = 0; at < chunk.length; at += fault.bytes) yield chunk.subarray(at, at + fault.bytes);
      }
      return;
    case 'duplicate':
      for await (const chunk of body) {
        yield chunk;
        yield chunk;
      }
      return;
    case 'dropBookmarks':
      for await (const chunk of body) {
        const text = chunk.toString();
        const end = text.includes('k8s.io/initial-events-end');
        const dropped = text.startsWith('{"type":"BOOKMARK"') && (fault.only === 'all' || end);
        if (!dropped) yield chunk;
      }
      return;
    case 'rewrite':
      for await (const chunk of body) {
        const line = fault.line(chunk.toString());
        if (line !== null) yield Buffer.from(line);
      }
      return;
    case 'gzip': {
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const zipped = gzipSync(Buffer.concat(chunks));
      yield fault.truncated ? zipped.subarray(0, Math.floor(zipped.length / 2)) : zipped;
      return;
    }
    case 'answer':
    case 'refuse':
    case 'hang':
      yield* body;
      return;
    default:
      fault satisfies never;
  }
}

async function* withIncident(
  fault: Fault & StreamPosition,
  body: AsyncIterable<Buffer>,
  clock: SimulatorClock,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  let lines = 0;
  if (fault.afterLines === 0 && !fault.plusBytes) {
    if (yield* incident(fault, clock, signal)) return;
    lines = Number.NaN;
  }
  for await (const chunk of body) {
    if (lines === fault.afterLines) {
      yield chunk.subarray(0, fault.plusBytes ?? 0);
      if (yield* incident(fault, clock, signal)) return;
      yield chunk.subarray(fault.plusBytes ?? 0);
      lines = Number.NaN;
      continue;
    }
    yield chunk;
    lines++;
    if (lines === fault.afterLines && !fault.plusBytes) {
      if (yield* incident(fault, clock, signal)) return;
      lines = Number.NaN;
    }
  }
}

/** @returns true when the stream is over. @throws ConnectionCut */
async function* incident(
  fault: Fault,
  clock: SimulatorClock,
  signal: AbortSignal,
): AsyncGenerator<Buffer, boolean, undefined> {
  switch (fault.type) {
    case 'reset':
      throw new ConnectionCut('simulated: reset');
    case 'close':
      return true;
    case 'silence':
      await untilAborted(signal);
      return true;
    case 'dribble':
      while (!signal.aborted) {
        await wait(fault.everyMs, clock, signal);
        yield Buffer.from(' ');
      }
      return true;
    case 'insert':
      yield Buffer.from(`${fault.line}\n`);
      return false;
    default:
      return false;
  }
}

export async function* once(chunk: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield chunk;
}

/** Never resolves; rejects when the client is gone. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const gone = () => reject(new ConnectionCut('the client is gone'));
    if (signal.aborted) gone();
    else signal.addEventListener('abort', gone, { once: true });
  });
}

function wait(ms: number, clock: SimulatorClock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(ms, () => {
      signal.removeEventListener('abort', gone);
      resolve();
    });
    const gone = () => {
      cancel();
      reject(new ConnectionCut('the client is gone'));
    };
    signal.addEventListener('abort', gone, { once: true });
  });
}

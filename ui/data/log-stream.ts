import type { LogLine, LogNote } from '../../api/contract.ts';
import type { WorkloadName } from '../../health/workload.ts';
import type { ApiClient } from './api-client.ts';

export interface LogQuestion {
  readonly workload: WorkloadName;
  readonly pod: string | null;
  readonly container: string | null;
  readonly previous: boolean;
  readonly follow: boolean;
  readonly sinceSeconds: number | null;
  readonly tailLines: number;
}

export type LogStreamState = 'opening' | 'live' | 'lost' | 'ended';

export interface LogStreamListener {
  /** Ten times a second at most, however many lines came. */
  lines(items: readonly (LogLine | LogNote)[]): void;
  state(state: LogStreamState): void;
}

const retryMs = 2_000;
/** The tails of several pods come one after the other: for this long they are collected and put in order of time. */
const collectMs = 400;
/** Lines are drawn in batches, ten a second. */
const frameMs = 100;
/** Held between two batches at most; beyond it the oldest go and a note says how many. */
const limitPending = 20_000;

/** One merged log, followed: after a loss it goes on where the last line stopped. */
export class LogStream {
  readonly #api: ApiClient;
  readonly #question: LogQuestion;
  readonly #listener: LogStreamListener;
  #source: EventSource | null = null;
  #pending: (LogLine | LogNote)[] = [];
  #skipped = 0;
  #timerOfFrame: ReturnType<typeof setTimeout> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #lastAt: string | null = null;
  #collecting: ReturnType<typeof setTimeout> | null = null;

  constructor(api: ApiClient, question: LogQuestion, listener: LogStreamListener) {
    this.#api = api;
    this.#question = question;
    this.#listener = listener;
  }

  start(): void {
    this.#open(false);
  }

  stop(): void {
    this.#source?.close();
    this.#source = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#collecting !== null) clearTimeout(this.#collecting);
    if (this.#timerOfFrame !== null) clearTimeout(this.#timerOfFrame);
  }

  #open(again: boolean): void {
    const { workload, pod, container, previous, follow, sinceSeconds, tailLines } = this.#question;
    const resumeSeconds =
      again && this.#lastAt !== null ? Math.max(1, Math.ceil((Date.now() - Date.parse(this.#lastAt)) / 1000)) : null;
    const source = new EventSource(
      this.#api.logsUrl(workload, {
        pod,
        container,
        previous: previous ? true : null,
        follow: follow && !previous ? true : null,
        tailLines,
        sinceSeconds: resumeSeconds ?? sinceSeconds,
      }),
      { withCredentials: true },
    );
    const resumeAfter = again ? this.#lastAt : null;
    this.#source = source;
    this.#listener.state('opening');
    this.#collect();
    source.addEventListener('open', () => this.#listener.state('live'));
    source.addEventListener('line', (event: MessageEvent<string>) => {
      // The same server as the page's: its JSON is what the contract says.
      const line = JSON.parse(event.data) as LogLine;
      if (resumeAfter !== null && line.at !== null && line.at <= resumeAfter) return;
      if (line.at !== null && (this.#lastAt === null || line.at > this.#lastAt)) this.#lastAt = line.at;
      this.#take(line);
    });
    source.addEventListener('note', (event: MessageEvent<string>) => {
      const note = JSON.parse(event.data) as LogNote;
      this.#take(note);
      if (note.kind === 'end' || note.kind === 'forbidden') this.#end();
    });
    source.addEventListener('error', () => {
      source.close();
      if (this.#source !== source) return;
      this.#source = null;
      if (!follow || previous) {
        this.#listener.state('ended');
        return;
      }
      this.#listener.state('lost');
      this.#timer = setTimeout(() => this.#open(true), retryMs);
    });
  }

  #end(): void {
    this.#source?.close();
    this.#source = null;
    this.#listener.state('ended');
  }

  #take(item: LogLine | LogNote): void {
    this.#pending.push(item);
    if (this.#pending.length > limitPending) {
      this.#skipped += this.#pending.length - limitPending / 2;
      this.#pending = this.#pending.slice(-limitPending / 2);
    }
    if (this.#timerOfFrame !== null || this.#collecting !== null) return;
    this.#timerOfFrame = setTimeout(() => {
      this.#timerOfFrame = null;
      this.#flush(this.#pending);
    }, frameMs);
  }

  #collect(): void {
    if (this.#collecting !== null) clearTimeout(this.#collecting);
    this.#collecting = setTimeout(() => {
      this.#collecting = null;
      this.#flush(inOrderOfTime(this.#pending));
    }, collectMs);
  }

  #flush(items: (LogLine | LogNote)[]): void {
    this.#pending = [];
    if (this.#skipped > 0) {
      const message = String(this.#skipped);
      items.unshift({ kind: 'dropped', pod: null, container: null, count: this.#skipped, message });
      this.#skipped = 0;
    }
    if (items.length > 0) this.#listener.lines(items);
  }
}

/** Stable: notes and lines without a time stay behind what they came after. */
export function inOrderOfTime(items: readonly (LogLine | LogNote)[]): (LogLine | LogNote)[] {
  let last = '';
  return items
    .map((item) => {
      if ('at' in item && item.at !== null) last = item.at;
      return { item, at: last };
    })
    .sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0))
    .map(({ item }) => item);
}

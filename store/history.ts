import { Worker } from 'node:worker_threads';
import type { WorkloadKey } from '../health/workload.ts';
import { type CursorPosition, decodeCursor, encodeCursor } from './cursor.ts';
import type { HistoryQueries, PageQuery, PageResult } from './history-queries.ts';
import type { ReaderAnswer, ReaderQuestion } from './reader.ts';
import type { IncidentRecord, Page, PageRequest, StoreReader, Transition, Uptime, UptimeRange } from './store.ts';

/**
 * The main thread's end of the reader thread. The thread exists only while somebody looks at history: it is started by
 * the first question and ends after a minute without one, which keeps its 15 MB out of an installation that nobody is
 * looking at.
 */

const limitIdleMs = 60_000;
/** Questions that may wait; a flood beyond that is refused rather than kept. */
const limitWaiting = 1_000;

type Method = Exclude<keyof HistoryQueries, symbol>;
type Answer<Name extends Method> = ReturnType<HistoryQueries[Name]>;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** History cannot be read now. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

export class History {
  readonly #path: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #questions = 0;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  deleted(key: WorkloadKey): Promise<Answer<'deleted'>> {
    return this.#ask('deleted', key);
  }

  intervals(...values: Parameters<HistoryQueries['intervals']>): Promise<Answer<'intervals'>> {
    return this.#ask('intervals', ...values);
  }

  uptime(key: WorkloadKey, now: number, watchedUntil: number | null): Promise<Answer<'uptime'>> {
    return this.#ask('uptime', key, now, watchedUntil);
  }

  async uptimeOfAll(
    range: UptimeRange,
    now: number,
    watchedUntil: number | null,
  ): Promise<ReadonlyMap<WorkloadKey, Uptime>> {
    return new Map(await this.#ask('uptimeOfAll', range, now, watchedUntil));
  }

  /** @param unwritten of a disk that takes no more: they come before what is in the file */
  async transitions(
    request: Parameters<StoreReader['transitions']>[0],
    unwritten: readonly Transition[],
  ): ReturnType<StoreReader['transitions']> {
    const filter = filterOf('transitions', request, null);
    const query = queryOf(filter, request, [0, 0]);
    const newest = behind(query.after, newestFirst(unwritten.filter((item) => isIn(query, item))));
    if (newest.length >= query.limit) return pageOf(filter, unwrittenPage(query, newest));
    const limit = query.limit - newest.length;
    const written = pageOf(filter, await this.#ask('transitions', { ...query, limit }));
    if (newest.length === 0) return written;
    const known = new Set(newest.map(({ key, at }) => `${key} ${at}`));
    const items = [...newest, ...written.items.filter(({ key, at }) => !known.has(`${key} ${at}`))];
    return { items, nextCursor: written.nextCursor };
  }

  async rollouts(request: Parameters<StoreReader['rollouts']>[0]): ReturnType<StoreReader['rollouts']> {
    const filter = filterOf('rollouts', request, null);
    const page = await this.#ask('rollouts', queryOf(filter, request, [0, 0, '']));
    return pageOf(filter, page);
  }

  async events(request: Parameters<StoreReader['events']>[0]): ReturnType<StoreReader['events']> {
    const filter = filterOf('events', request, request.type ?? null);
    const page = await this.#ask('events', queryOf(filter, request, [0, 0]), request.type ?? null);
    return pageOf(filter, page);
  }

  /** Open ones come from memory, because they are newer there than in the file while a disk refuses writes. */
  async incidents(
    request: Parameters<StoreReader['incidents']>[0],
    open: readonly IncidentRecord[],
  ): ReturnType<StoreReader['incidents']> {
    const filter = filterOf('incidents', request, request.state ?? null);
    if (request.state === 'open') return pageOf(filter, openPage(queryOf(filter, request, [0, '']), open));
    const page = await this.#ask('incidents', queryOf(filter, request, [0, '']), request.state ?? null);
    return pageOf(filter, page);
  }

  metrics(...values: Parameters<HistoryQueries['metrics']>): Promise<Answer<'metrics'>> {
    return this.#ask('metrics', ...values);
  }

  /** The file behind the path is another one: the next question opens it. */
  reopen(): void {
    this.#stop();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#stop();
    if (worker !== null) await worker.terminate();
  }

  #ask<Name extends Method>(method: Name, ...values: Parameters<HistoryQueries[Name]>): Promise<Answer<Name>> {
    if (this.#isClosed) return Promise.reject(new HistoryError('the store is closed'));
    if (this.#waiting.size >= limitWaiting) return Promise.reject(new HistoryError('too many questions are waiting'));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#questions += 1;
    const question: ReaderQuestion = { id: this.#questions, method, values };
    this.#waiting.set(question.id, { resolve, reject });
    this.#worker ??= this.#start();
    this.#worker.postMessage(question);
    this.#stayAwake();
    // The thread answers with what the method of this name returned.
    return promise as Promise<Answer<Name>>;
  }

  #start(): Worker {
    const worker = new Worker(
      new URL(import.meta.url.endsWith('.ts') ? './reader.ts' : './reader.js', import.meta.url),
      {
        name: 'store reader',
        workerData: { path: this.#path },
        // 90 days of 1,000 workloads are 90,000 rows of roll-ups at a time.
        resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 4 },
      },
    );
    let reason = 'the reader thread ended';
    worker.on('message', (answer: ReaderAnswer) => this.#answer(answer));
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
      else return;
      this.#rejectAll(reason);
    });
    return worker;
  }

  #answer(answer: ReaderAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new HistoryError(answer.error));
    else waiting?.resolve(answer.value);
  }

  #stayAwake(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#waiting.size > 0) this.#stayAwake();
      else this.#stop();
    }, limitIdleMs);
    this.#idle.unref();
  }

  #stop(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    const worker = this.#worker;
    this.#worker = null;
    worker?.postMessage('close');
    this.#rejectAll('the history was closed');
  }

  #rejectAll(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new HistoryError(reason));
    this.#waiting.clear();
  }
}

/** What a cursor is bound to. */
function filterOf(list: string, request: PageRequest & { readonly key?: WorkloadKey }, extra: string | null): unknown {
  const { key, namespaces, from, to } = request;
  return [list, key ?? null, namespaces ?? null, from ?? null, to ?? null, extra];
}

function queryOf(
  filter: unknown,
  request: PageRequest & { readonly key?: WorkloadKey },
  shape: CursorPosition,
): PageQuery {
  return {
    key: request.key ?? null,
    namespaces: request.namespaces ?? null,
    from: request.from ?? null,
    to: request.to ?? null,
    limit: request.limit,
    after: request.cursor === undefined ? null : decodeCursor(filter, request.cursor, shape),
  };
}

function newestFirst(transitions: readonly Transition[]): readonly Transition[] {
  return transitions.toSorted((left, right) => right.at - left.at);
}

/** What a page before has not shown: its position is an instant, and how many of that instant it showed. */
function behind(position: CursorPosition | null, newest: readonly Transition[]): readonly Transition[] {
  if (position === null) return newest;
  const [beforeAt, shown] = position.map(Number);
  const older = newest.filter(({ at }) => at < (beforeAt ?? 0));
  return [...newest.filter(({ at }) => at === beforeAt).slice(shown), ...older];
}

/** A page that has no room for what is in the file. */
function unwrittenPage(query: PageQuery, newest: readonly Transition[]): PageResult<Transition> {
  const items = newest.slice(0, query.limit);
  const lastAt = items.at(-1)?.at ?? 0;
  const [beforeAt, shownBefore] = query.after?.map(Number) ?? [];
  const shown = items.filter(({ at }) => at === lastAt).length + (lastAt === beforeAt ? (shownBefore ?? 0) : 0);
  return { items, next: [lastAt, shown] };
}

function isIn(query: PageQuery, { key, at }: Transition): boolean {
  return (
    (query.key === null || query.key === key) &&
    (query.namespaces?.includes(key.slice(0, key.indexOf('/'))) ?? true) &&
    at >= (query.from ?? Number.NEGATIVE_INFINITY) &&
    at < (query.to ?? Number.POSITIVE_INFINITY)
  );
}

function openPage(query: PageQuery, open: readonly IncidentRecord[]): PageResult<IncidentRecord> {
  const { namespaces, to } = query;
  const [afterSince, afterId] = query.after ?? [to ?? Number.POSITIVE_INFINITY, ''];
  const isAfter = ({ since, id }: IncidentRecord): boolean =>
    since < Number(afterSince) || (since === afterSince && id < String(afterId));
  const isVisible = ({ workloads }: IncidentRecord): boolean =>
    namespaces === null || workloads.some((key) => namespaces.includes(key.slice(0, key.indexOf('/'))));
  const found = open.filter((incident) => isAfter(incident) && isVisible(incident));
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  return { items, next: last !== undefined && found.length > items.length ? [last.since, last.id] : null };
}

function pageOf<Item>(filter: unknown, page: PageResult<Item>): Page<Item> {
  return { items: page.items, nextCursor: page.next === null ? null : encodeCursor(filter, page.next) };
}

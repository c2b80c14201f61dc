import type { LogNoteKind, LogRecord, LogRequest } from '../../api/cluster.ts';
import { parseWorkloadKey } from '../../health/workload.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { PackedPod } from '../cache/packed-pod.ts';
import type { Clock } from '../clock.ts';
import { isForbidden, isNotFound, StatusError } from '../kubernetes/status-error.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { gatherers } from '../reconcilers/dependents.ts';
import { containerLog } from './container-log.ts';
import { LineBudget } from './line-budget.ts';
import type { LogLine } from './log-lines.ts';
import { mergeByTime } from './merge-by-time.ts';
import { RecordBuffer } from './record-buffer.ts';

/** Containers read at once for one reader: each is a connection to the API server and one of its kubelets. */
export const limitContainers = 50;
/** Lines of an answer that does not follow: ten containers with the longest tail. */
export const limitLines = 50_000;
/** How often a follower looks for pods that came and for containers that started. */
const lookEveryMs = 1_000;

export interface LogSources {
  readonly cache: ClusterCache;
  readonly transport: Transport;
  readonly clock: Clock;
}

/**
 * The log of all pods and containers of a workload as one: what is there already in the order of time, and with `follow`
 * what comes then in the order of arrival, across pods that are replaced. When the reader leaves or `signal` aborts,
 * every connection is closed.
 */
export async function* workloadLogs(
  request: LogRequest,
  sources: LogSources,
  signal: AbortSignal,
): AsyncGenerator<LogRecord, void, undefined> {
  const left = new AbortController();
  const either = AbortSignal.any([signal, left.signal]);
  try {
    yield* request.follow ? follow(request, sources, either) : tail(request, sources, either);
  } catch (error) {
    if (!either.aborted) throw error;
  } finally {
    left.abort();
  }
}

interface Source {
  readonly pod: PackedPod;
  readonly container: string;
}

interface ReadOptions {
  readonly follow: boolean;
  readonly sinceAt: number | null;
  readonly firstLook: boolean;
}

async function* tail(
  request: LogRequest,
  sources: LogSources,
  signal: AbortSignal,
): AsyncGenerator<LogRecord, void, undefined> {
  const { chosen, leftOut, nothing } = chooseSources(request, sources.cache);
  if (nothing !== null) yield note('waiting', null, nothing, null);
  if (leftOut > 0) yield leftOutNote(leftOut);
  const options = { follow: false, sinceAt: null, firstLook: true };
  const readers = chosen.map((source) => attempt(source, request, sources, options, signal));
  let lines = 0;
  for await (const { record } of mergeByTime(readers)) {
    if (record.type === 'line' && ++lines > limitLines) {
      yield tooManyLinesNote();
      break;
    }
    yield record;
  }
  if (!signal.aborted) yield note('end', null, 'everything that was asked for has been read', null);
}

/** A record with the time by which it is merged. */
interface Timed {
  readonly at: number | null;
  readonly record: LogRecord;
}

/** The lines of one container, and as a note what kept the server from giving them. */
async function* attempt(
  { pod, container }: Source,
  request: LogRequest,
  { transport }: LogSources,
  { follow: goesOn, sinceAt, firstLook }: ReadOptions,
  signal: AbortSignal,
): AsyncGenerator<Timed, void, undefined> {
  const wanted = {
    namespace: pod.namespace,
    pod: pod.name,
    container,
    previous: request.previous,
    follow: goesOn,
    tailLines: firstLook ? request.tailLines : null,
    sinceSeconds: firstLook ? request.sinceSeconds : null,
    sinceAt,
  };
  try {
    for await (const line of containerLog(transport, wanted, signal)) {
      if (request.query !== null && !line.text.includes(request.query)) continue;
      yield { at: line.at, record: lineRecord(pod, container, line) };
    }
  } catch (error) {
    if (signal.aborted) return;
    const failure = failureNote(pod, container, error);
    if (failure !== null) yield { at: null, record: failure };
  }
}

async function* follow(
  request: LogRequest,
  sources: LogSources,
  signal: AbortSignal,
): AsyncGenerator<LogRecord, void, undefined> {
  const buffer = new RecordBuffer();
  const follower = new Follower(request, sources, buffer, signal);
  const close = (): void => buffer.close();
  signal.addEventListener('abort', close, { once: true });
  const running = follower.run().finally(close);
  // Should it fail while the reader is still behind, it is thrown below, and until then handled by this.
  running.catch(() => undefined);
  try {
    yield* buffer.read();
  } finally {
    signal.removeEventListener('abort', close);
    buffer.close();
    follower.leave();
    // A fault of ours is thrown here: the end alone would read as the end of the log.
    await running;
  }
}

/** One container that is followed, across its restarts. */
interface Followed {
  reading: boolean;
  /** Time of the newest line that was passed on. */
  lastAt: number | null;
  /** How many lines of that millisecond were: the server tells all of them again. */
  lastCount: number;
  /** The newest note about it, so that the same one is not said each second. */
  said: string | null;
  firstLook: boolean;
}

/**
 * First reads what is there, of all containers in the order of time; then keeps one connection open for each running
 * container of the workload, as pods come and go, which goes on behind the last line that was read.
 */
class Follower {
  readonly #request: LogRequest;
  readonly #sources: LogSources;
  readonly #buffer: RecordBuffer;
  readonly #left = new AbortController();
  readonly #signal: AbortSignal;
  readonly #budget = new LineBudget();
  readonly #pods = new Map<string, PackedPod>();
  readonly #containers = new Map<string, Followed>();
  readonly #reads = new Set<Promise<void>>();
  #leftOut = 0;
  /** Why there is nothing to follow, as it was said last. */
  #nothing: string | null = null;
  #isFirstLook = true;

  constructor(request: LogRequest, sources: LogSources, buffer: RecordBuffer, signal: AbortSignal) {
    this.#request = request;
    this.#sources = sources;
    this.#buffer = buffer;
    this.#signal = AbortSignal.any([signal, this.#left.signal]);
  }

  leave(): void {
    this.#left.abort();
  }

  /** Ends when the reader has left, or when what is followed is gone for good. */
  async run(): Promise<void> {
    const { clock } = this.#sources;
    await this.#readTails();
    while (!this.#signal.aborted) {
      const goesOn = await this.#look();
      if (!goesOn) break;
      await clock.sleep(lookEveryMs, this.#signal);
    }
    await Promise.all(this.#reads);
  }

  async #look(): Promise<boolean> {
    const { chosen, leftOut, nothing } = chooseSources(this.#request, this.#sources.cache);
    await this.#announcePods(chosen);
    if (leftOut > this.#leftOut) await this.#buffer.put(leftOutNote(leftOut));
    this.#leftOut = leftOut;
    if (nothing !== null && nothing !== this.#nothing && this.#goesOn()) {
      await this.#buffer.put(note('waiting', null, nothing, null));
    }
    this.#nothing = nothing;
    await this.#announceDropped();
    for (const source of chosen) this.#read(source);
    this.#isFirstLook = false;
    if (chosen.length > 0 || this.#reads.size > 0 || this.#goesOn()) return true;
    await this.#buffer.put(note('end', null, 'what was followed is gone', null));
    return false;
  }

  /** A workload without pods may get some; a named pod that is gone, or a deleted workload, will not. */
  #goesOn(): boolean {
    const key = parseWorkloadKey(this.#request.key);
    return key !== null && this.#sources.cache.workload(key) !== null && this.#request.pod === null;
  }

  /** One line of each container is held at a time, however long the tails are. */
  async #readTails(): Promise<void> {
    const { chosen } = chooseSources(this.#request, this.#sources.cache);
    const options = { follow: false, sinceAt: null, firstLook: true };
    const readers = chosen.map((source) => this.#noted(source, options));
    let lines = 0;
    for await (const { record } of mergeByTime(readers)) {
      if (this.#signal.aborted) return;
      if (record.type === 'line' && ++lines > limitLines) return this.#buffer.put(tooManyLinesNote());
      await this.#buffer.put(record);
    }
  }

  /** What a container says, taken down as said. */
  async *#noted(source: Source, options: ReadOptions): AsyncGenerator<Timed, void, undefined> {
    const followed = this.#followed(source);
    for await (const timed of attempt(source, this.#request, this.#sources, options, this.#signal)) {
      if (timed.record.type === 'line') remember(followed, timed.at);
      else followed.said = timed.record.message;
      yield timed;
    }
  }

  #followed({ pod, container }: Source): Followed {
    const key = `${pod.uid}/${container}`;
    const known = this.#containers.get(key);
    if (known !== undefined) return known;
    const followed = { reading: false, lastAt: null, lastCount: 0, said: null, firstLook: true };
    this.#containers.set(key, followed);
    return followed;
  }

  async #announcePods(chosen: readonly Source[]): Promise<void> {
    const present = new Map(chosen.map(({ pod }) => [pod.uid, pod]));
    for (const [uid, pod] of this.#pods) {
      if (present.has(uid)) continue;
      this.#pods.delete(uid);
      for (const key of this.#containers.keys()) if (key.startsWith(`${uid}/`)) this.#containers.delete(key);
      await this.#buffer.put(note('podEnded', { pod: pod.name, container: null }, `${pod.name} is gone`, null));
    }
    for (const [uid, pod] of present) {
      if (this.#pods.has(uid)) continue;
      this.#pods.set(uid, pod);
      if (this.#isFirstLook) continue;
      await this.#buffer.put(note('podStarted', { pod: pod.name, container: null }, `${pod.name} was created`, null));
    }
  }

  async #announceDropped(): Promise<void> {
    const dropped = this.#budget.takeDropped();
    if (dropped > 0) await this.#buffer.put(note('dropped', null, `${dropped} lines came too fast`, dropped));
  }

  #read(source: Source): void {
    const followed = this.#followed(source);
    if (followed.reading || this.#signal.aborted) return;
    followed.reading = true;
    const reading = this.#readToEnd(source, followed).finally(() => {
      followed.reading = false;
      this.#reads.delete(reading);
    });
    this.#reads.add(reading);
  }

  async #readToEnd(source: Source, followed: Followed): Promise<void> {
    const { clock } = this.#sources;
    // A pod that came while we followed is read from its first line.
    const firstLook = followed.firstLook && this.#isFirstLook;
    const options = { follow: true, sinceAt: followed.lastAt, firstLook };
    let known = followed.lastCount;
    for await (const { at, record } of attempt(source, this.#request, this.#sources, options, this.#signal)) {
      if (this.#signal.aborted) return;
      if (record.type === 'note') {
        if (followed.said !== record.message) await this.#buffer.put(record);
        followed.said = record.message;
        continue;
      }
      followed.firstLook = false;
      // The server goes on by whole seconds: what was passed on already comes again.
      if (options.sinceAt !== null && at !== null && at <= options.sinceAt) {
        if (at < options.sinceAt || known-- > 0) continue;
      }
      remember(followed, at);
      followed.said = null;
      if (this.#budget.admit(record.text.length, clock.monotonic())) await this.#buffer.put(record);
    }
  }
}

function remember(followed: Followed, at: number | null): void {
  if (at === null) return;
  followed.lastCount = at === followed.lastAt ? followed.lastCount + 1 : 1;
  followed.lastAt = at;
}

/** Which containers are read: those that were asked for, of troubled pods first and then of the newest; or why none. */
function chooseSources(
  request: LogRequest,
  cache: ClusterCache,
): { readonly chosen: readonly Source[]; readonly leftOut: number; readonly nothing: string | null } {
  const named = parseWorkloadKey(request.key);
  const workload = named === null ? null : cache.workload(named);
  if (workload === null) return { chosen: [], leftOut: 0, nothing: 'there is no such workload' };
  const pods = [...gatherers[workload.kind](cache, workload).pods]
    .filter((pod) => request.pod === null || pod.name === request.pod)
    .sort((left, right) => Number(left.isReady) - Number(right.isReady) || right.createdAt - left.createdAt);
  const all = pods.flatMap((pod) =>
    pod.spec.containers
      .filter(({ name }) => request.container === null || name === request.container)
      .map(({ name }) => ({ pod, container: name })),
  );
  return {
    chosen: all.slice(0, limitContainers),
    leftOut: Math.max(0, all.length - limitContainers),
    nothing: all.length > 0 ? null : whyNothing(request, pods),
  };
}

function whyNothing({ pod, container }: LogRequest, pods: readonly PackedPod[]): string {
  if (pods.length === 0) return pod === null ? 'there is no pod at the moment' : `there is no pod ${pod}`;
  const names = new Set(pods.flatMap((one) => one.spec.containers.map(({ name }) => name)));
  return `there is no container ${container}: there are ${[...names].join(', ')}`;
}

/** Null for what needs no word: a pod that is gone is told by its note. */
function failureNote(pod: PackedPod, container: string, error: unknown): LogRecord | null {
  const from = { pod: pod.name, container };
  const message = error instanceof Error ? error.message : String(error);
  if (isForbidden(error)) return note('forbidden', from, message, null);
  if (isNotFound(error)) return note('podEnded', from, message, null);
  // "container is waiting to start", "previous terminated container not found": the server's own words.
  if (error instanceof StatusError) return note('waiting', from, message, null);
  return note('waiting', from, `the connection broke: ${message}`, null);
}

function lineRecord(pod: PackedPod, container: string, { at, text }: LogLine): LogRecord {
  return { type: 'line', pod: pod.name, container, at, text };
}

function tooManyLinesNote(): LogRecord {
  return note('dropped', null, `only the first ${limitLines} lines are shown: ask for a shorter tail or one pod`, null);
}

function leftOutNote(count: number): LogRecord {
  const message = `${limitContainers} containers are shown, ${count} more are not: name a pod or a container to see them`;
  return note('dropped', null, message, count);
}

function note(
  kind: LogNoteKind,
  from: { readonly pod: string; readonly container: string | null } | null,
  message: string,
  count: number | null,
): LogRecord {
  return { type: 'note', kind, pod: from?.pod ?? null, container: from?.container ?? null, count, message };
}

import type { Clock } from '../clock.ts';
import { type KindSpec, resourcePath } from '../kubernetes/kinds.ts';
import { isRecord } from '../kubernetes/kubernetes-object.ts';
import { listItems } from '../kubernetes/list-stream.ts';
import { ServerVersionSource } from '../kubernetes/server-version.ts';
import { TransportError } from '../kubernetes/status-error.ts';
import type { Query, Transport } from '../kubernetes/transport.ts';
import { watchFrames } from '../kubernetes/watch-stream.ts';
import { acceptedForms, acceptedJson, type MetadataForm } from '../kubernetes/wire-form.ts';
import { type Audit, auditIntervalMs, auditOf, auditRetryMs, type CountAudit } from './audit.ts';
import type { ReflectorEvent, ReflectorSink } from './event.ts';
import { failureOf } from './failure.ts';
import {
  type Command,
  type Counted,
  type Effect,
  type Input,
  initialState,
  type ReflectorState,
  type StepFunction,
  step,
} from './state.ts';

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
  /** Called after `status()` changed in more than its counters, resource version and last event. */
  readonly onStatus: () => void;
  /** `/version`, asked once for all reflectors of a server. Default: one of its own. */
  readonly serverVersion?: ServerVersionSource;
  /** How many objects the sink holds, for the count audit; without it there is none. */
  readonly countObjects?: () => number;
  /** The machine. Tests put broken ones here, to see that their properties fail. */
  readonly step?: StepFunction;
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
  readonly audit: CountAudit | null;
  readonly counters: ReflectorCounters;
}

/** Since `start`; for `/metrics`. */
export interface ReflectorCounters extends Readonly<Record<Counted, number>> {
  readonly events: number;
  readonly bookmarks: number;
  readonly audits: number;
  readonly auditMismatches: number;
}

/** The first byte of a list: the server collects it before it answers, and gives up by itself after 60 s. */
const listOpenTimeoutMs = 65_000;
const listIdleTimeoutMs = 60_000;
/** 1.5 GB (150,000 pods) over 100 Mbit/s are 120 s. */
const listDeadlineMs = 300_000;
/** A watch answers at once. Short, because until then the picture is not known to be fresh. */
const watchOpenTimeoutMs = 10_000;
/** WatchList waits for a consistent read first. */
const streamOpenTimeoutMs = 30_000;
/** Silence within an initial stream, which is a hurried thing, and its longest duration. */
const initialSilenceMs = 30_000;
const initialDeadlineMs = 300_000;

/**
 * Keeps its sink equal to one collection of the API server until it is stopped, whatever happens in between. This is
 * the shell: it does what `state.ts` decides and reports back what came of it, one command after the other.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #path: string;
  readonly #step: StepFunction;
  readonly #serverVersion: ServerVersionSource;
  #state: ReflectorState = initialState;
  /** What the machine wants next. While a request is read it ends that request. */
  #next: Command | null = null;
  /** Of the command in hand; aborted when an audit wants something else. */
  #request: AbortController | null = null;
  #lastEventAt: number | null = null;
  #audit: CountAudit | null = null;
  #stopAudit: () => void = () => undefined;
  #told: { readonly word: ReflectorStatus['state']; readonly since: number | null; readonly message: string | null } = {
    word: 'syncing',
    since: null,
    message: null,
  };
  readonly #counters = {
    events: 0,
    bookmarks: 0,
    audits: 0,
    auditMismatches: 0,
    relists: 0,
    reconnects: 0,
    failures: 0,
    undecodable: 0,
    skippedObjects: 0,
    sinkFailures: 0,
  };

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#path = resourcePath(options.kind, options.kind.namespaced ? options.namespace : null);
    this.#step = options.step ?? step;
    this.#serverVersion = options.serverVersion ?? new ServerVersionSource(options.transport, options.clock);
  }

  /** Runs until `signal` aborts; then no socket, timer or promise is left. Never rejects. */
  async start(signal: AbortSignal): Promise<void> {
    this.#input({ type: 'start' });
    this.#scheduleAudit(auditIntervalMs, null, signal);
    for (let command = this.#take(); command !== null && !signal.aborted; command = this.#take()) {
      await this.#perform(command, signal);
    }
    this.#stopAudit();
  }

  status(): ReflectorStatus {
    return {
      resource: this.#options.kind.resource,
      namespace: this.#options.namespace,
      state: stateWord(this.#state),
      resourceVersion: this.#state.resourceVersion,
      lastEventAt: this.#lastEventAt,
      disconnectedSinceAt: this.#state.disconnected?.at ?? null,
      reconnects: this.#counters.reconnects,
      relists: this.#counters.relists,
      message: this.#state.message,
      audit: this.#audit,
      counters: { ...this.#counters },
    };
  }

  #take(): Command | null {
    const command = this.#next;
    this.#next = null;
    return command;
  }

  /** Feeds the machine and does at once what takes no time; what does take time becomes `#next`. */
  #input(input: Input): void {
    const moment = {
      now: this.#options.clock.now(),
      monotonic: this.#options.clock.monotonic(),
      random: this.#options.random(),
    };
    const { state, effects } = this.#step(this.#state, input, moment);
    this.#state = state;
    for (const effect of effects) {
      // After a failure the machine has decided anew; what it wanted before is void.
      if (!this.#do(effect)) return;
    }
    this.#tellStatus();
  }

  /** @returns false when the sink refused an event. */
  #do(effect: Effect): boolean {
    switch (effect.type) {
      case 'emit':
        return this.#emit(effect.event);
      case 'count':
        this.#counters[effect.counter]++;
        return true;
      case 'log':
        this.#options.log[effect.level](this.#fields(), effect.message);
        return true;
      case 'readVersion':
      case 'list':
      case 'watch':
      case 'probe':
      case 'wait':
        this.#next = effect;
        return true;
      default:
        return effect satisfies never;
    }
  }

  #emit(event: ReflectorEvent): boolean {
    try {
      this.#options.sink(event);
    } catch (error) {
      this.#options.log.error(
        { ...this.#fields(), err: error, object: nameOf(event) },
        `the sink threw on ${event.type}`,
      );
      this.#input({
        type: 'sinkFailed',
        event: event.type,
        message: error instanceof Error ? error.message : String(error),
      });
      return false;
    }
    if (event.type === 'apply' || event.type === 'delete') {
      this.#input({ type: 'applied', resourceVersion: event.object.metadata.resourceVersion });
    } else if (event.type === 'initDone') {
      this.#input({ type: 'applied', resourceVersion: event.resourceVersion });
    }
    return true;
  }

  async #perform(command: Command, signal: AbortSignal): Promise<void> {
    if (command.type === 'wait') {
      await this.#options.clock.sleep(command.delayMs, signal);
      // An audit may have decided otherwise in the meantime.
      if (!signal.aborted && this.#next === null) this.#input({ type: 'waited' });
      return;
    }
    const request = new AbortController();
    const abort = () => request.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.#request = request;
    try {
      await this.#ask(command, request);
    } catch (error) {
      // Stopped, or given up for another command: then the error is only the echo of that.
      if (!signal.aborted && this.#next === null) this.#input({ type: 'failed', failure: failureOf(error) });
    } finally {
      this.#request = null;
      signal.removeEventListener('abort', abort);
    }
  }

  async #ask(command: Exclude<Command, { type: 'wait' }>, request: AbortController): Promise<void> {
    switch (command.type) {
      case 'readVersion':
        return this.#input({ type: 'version', version: await this.#serverVersion.read(request.signal) });
      case 'probe':
        return this.#input({ type: 'probed', resourceVersion: (await this.#readOne(request.signal)).resourceVersion });
      case 'list':
        return this.#list(command, request);
      case 'watch':
        return this.#watch(command, request);
      default:
        return command satisfies never;
    }
  }

  async #list(command: Command & { type: 'list' }, request: AbortController): Promise<void> {
    const cancel = this.#abortAfter(listDeadlineMs, request, 'the list');
    try {
      const answer = await this.#options.transport.stream(this.#path, this.#listQuery(command), request.signal, {
        accept: this.#accept('PartialObjectMetadataList'),
        openTimeoutMs: listOpenTimeoutMs,
        idleTimeoutMs: listIdleTimeoutMs,
      });
      this.#input({ type: 'opened' });
      for await (const items of listItems(answer, this.#options.kind.message)) {
        for (const item of items) {
          this.#input({ type: 'item', item });
          if (this.#next !== null) return;
        }
      }
    } finally {
      cancel();
    }
  }

  async #watch(command: Command & { type: 'watch' }, request: AbortController): Promise<void> {
    const { clock, transport } = this.#options;
    const cancelDeadline = this.#abortAfter(command.deadlineMs, request, 'the watch');
    const begunAt = clock.monotonic();
    let lastChunkAt: number | null = null;
    let cancelInitial: () => void = () => undefined;
    /** One timer that looks back, because a large collection is thousands of chunks. */
    const limitInitial = (): void => {
      if (this.#state.phase.name !== 'streaming' || lastChunkAt === null) return;
      const now = clock.monotonic();
      const leftMs = Math.min(lastChunkAt + initialSilenceMs, begunAt + initialDeadlineMs) - now;
      if (leftMs > 0) cancelInitial = clock.setTimer(leftMs, limitInitial);
      else
        request.abort(
          new TransportError('deadline', `the initial stream was cut after ${Math.round((now - begunAt) / 1000)} s`),
        );
    };
    try {
      const answer = await transport.stream(this.#path, this.#watchQuery(command), request.signal, {
        accept: this.#accept('PartialObjectMetadata'),
        openTimeoutMs: command.sendInitialEvents ? streamOpenTimeoutMs : watchOpenTimeoutMs,
        idleTimeoutMs: command.idleTimeoutMs,
      });
      this.#input({ type: 'opened' });
      for await (const frames of watchFrames(answer, this.#options.kind.message)) {
        const isFirst = lastChunkAt === null;
        lastChunkAt = clock.monotonic();
        if (isFirst) limitInitial();
        for (const frame of frames) {
          if (this.#next !== null) return;
          this.#lastEventAt = clock.now();
          if (frame.type === 'bookmark') this.#counters.bookmarks++;
          else this.#counters.events++;
          this.#input({ type: 'frame', frame });
        }
        if (this.#next !== null) return;
      }
      this.#input({ type: 'ended' });
    } finally {
      cancelInitial();
      cancelDeadline();
    }
  }

  #abortAfter(ms: number, request: AbortController, what: string): () => void {
    return this.#options.clock.setTimer(ms, () => {
      request.abort(new TransportError('deadline', `${what} was cut after ${Math.round(ms / 1000)} s`));
    });
  }

  // ── the count audit ──────────────────────────────────────────────────────────────────────────────────────────────

  #scheduleAudit(delayMs: number, previous: Audit | null, signal: AbortSignal): void {
    const { countObjects } = this.#options;
    if (countObjects === undefined) return;
    this.#stopAudit = this.#options.clock.setTimer(delayMs, () => {
      void this.#runAudit(countObjects, previous, signal);
    });
  }

  async #runAudit(countObjects: () => number, previous: Audit | null, signal: AbortSignal): Promise<void> {
    let next: Audit | null = null;
    // Only what claims to be current is worth checking.
    if (this.#state.phase.name === 'watching' && this.#state.phase.open) {
      try {
        const remote = await this.#readOne(signal);
        this.#counters.audits++;
        next = auditOf(remote, { resourceVersion: this.#state.resourceVersion, objects: countObjects() }, previous);
        this.#audit = { at: this.#options.clock.now(), ...next.result };
      } catch (error) {
        // The watch itself will notice what is wrong; the audit comes again.
        if (!signal.aborted)
          this.#options.log.debug({ ...this.#fields(), err: error }, 'the count audit got no answer');
      }
    }
    if (signal.aborted) return;
    if (next?.result.outcome === 'mismatch') {
      this.#counters.auditMismatches++;
      this.#resync(next.result.message);
    }
    const unclear = next?.result.outcome === 'recheck';
    this.#scheduleAudit(unclear ? auditRetryMs : auditIntervalMs, unclear ? next : null, signal);
  }

  #resync(message: string): void {
    this.#input({ type: 'resync', message });
    this.#request?.abort(new TransportError('broken', message));
  }

  /** One object of the collection: cheap, and with it come the server's version and, without a selector, the count. */
  async #readOne(signal: AbortSignal): Promise<{ readonly resourceVersion: string; readonly total: number | null }> {
    const query = { limit: 1, ...this.#selector() };
    // A few bytes, so the form does not matter; `get` reads JSON.
    const list = await this.#options.transport.get(this.#path, query, signal, {
      accept: acceptedJson('PartialObjectMetadataList'),
    });
    const metadata = isRecord(list) && isRecord(list['metadata']) ? list['metadata'] : {};
    const items = isRecord(list) && Array.isArray(list['items']) ? list['items'].length : 0;
    const { resourceVersion, remainingItemCount, continue: token } = metadata;
    if (typeof resourceVersion !== 'string') throw new TransportError('undecodable', 'a list has no resource version');
    if (typeof remainingItemCount === 'number') return { resourceVersion, total: items + remainingItemCount };
    // With a field selector nothing is counted, but the last page is known to be the last.
    return { resourceVersion, total: token ? null : items };
  }

  // ── parts of a request ───────────────────────────────────────────────────────────────────────────────────────────

  #listQuery(command: Command & { type: 'list' }): Query {
    const { resourceVersion, limit, continueToken } = command;
    return {
      ...this.#selector(),
      ...(resourceVersion === '' ? {} : { resourceVersion }),
      // The meaning that a version without a match has anyway, said aloud; not allowed beside "0" in old servers.
      ...(resourceVersion === '' || resourceVersion === '0' ? {} : { resourceVersionMatch: 'NotOlderThan' }),
      ...(limit === null ? {} : { limit }),
      ...(continueToken === null ? {} : { continue: continueToken }),
    };
  }

  #watchQuery(command: Command & { type: 'watch' }): Query {
    const { resourceVersion, sendInitialEvents, timeoutSeconds } = command;
    return {
      ...this.#selector(),
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds,
      ...(resourceVersion === '' ? {} : { resourceVersion }),
      ...(sendInitialEvents ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } : {}),
    };
  }

  #selector(): Query {
    return this.#options.fieldSelector === undefined ? {} : { fieldSelector: this.#options.fieldSelector };
  }

  #accept(metadata: MetadataForm): string {
    return acceptedForms(this.#options.kind.metadataOnly ? metadata : null);
  }

  #fields(): object {
    return { resource: this.#options.kind.resource, namespace: this.#options.namespace };
  }

  #tellStatus(): void {
    const told = this.#told;
    const state = this.#state;
    const word = stateWord(state);
    const since = state.disconnected?.at ?? null;
    if (told.word === word && told.since === since && told.message === state.message) return;
    this.#told = { word, since, message: state.message };
    this.#options.onStatus();
  }
}

function stateWord(state: ReflectorState): ReflectorStatus['state'] {
  if (state.disconnected !== null) return 'disconnected';
  if (state.refused !== null) return state.refused;
  const { name } = state.phase;
  return name === 'watching' || name === 'probing' || name === 'waiting' ? 'synced' : 'syncing';
}

function nameOf(event: ReflectorEvent): string | null {
  if (!('object' in event)) return null;
  const { namespace, name } = event.object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

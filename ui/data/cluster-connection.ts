import type { DeltaEvent, Runtime, Workload, WorkloadList } from '../../api/contract.ts';
import { type ApiClient, ApiError, isAbort, isSignInRequired } from './api-client.ts';
import { ClusterModel } from './cluster-model.ts';
import { openStreamLink, type StreamLink } from './stream-link.ts';
import type { Connection, StreamMessage } from './stream-message.ts';

/**
 * Keeps one `ClusterModel` in step with the server and tells its listeners, at most once per frame.
 */

/** What elements read. A new object for each change, so that it can be a property. */
export interface ClusterView {
  /** Changes whenever any workload does. */
  readonly version: number;
  readonly loaded: boolean;
  readonly epoch: string | null;
  readonly revision: number;
  readonly observedAt: string | null;
  readonly workloads: ReadonlyMap<string, Workload>;
  readonly runtime: Runtime | null;
  readonly connection: Connection;
  /** Last word of the server, by this machine's clock; null before the first. */
  readonly heardAt: number | null;
  /** Server clock less ours, in milliseconds, where they disagree by more than two seconds; else 0. */
  readonly clockOffsetMs: number;
  /** How late the last heartbeats came, beyond the quickest of them: a buffering proxy shows here. */
  readonly heartbeatDelayMs: number | null;
  readonly error: ApiError | null;
  readonly frozen: boolean;
}

export type ClusterListener = (view: ClusterView, touched: ReadonlySet<string>) => void;

const pageSize = 5_000;
const pollMs = 10_000;
const runtimePollMs = 5_000;
/** Timers that come this much late mean that the machine slept. */
const sleepMs = 20_000;
const tickMs = 5_000;
const hiddenFrameMs = 1_000;
/** Between two pictures: ten a second look continuous and leave the page time for its reader. */
const frameMs = 100;
/** Strips move by one half-hour at a time and are not part of deltas. */
const stripMs = 30 * 60_000;
/** While frozen, at most this many deltas wait; beyond it the list is read again afterwards. */
const limitPending = 2_000;

export class ClusterConnection {
  readonly #api: ApiClient;
  readonly #link: StreamLink;
  readonly #listeners = new Set<ClusterListener>();
  readonly #model = new ClusterModel();
  readonly #touched = new Set<string>();
  #pending: DeltaEvent[] = [];
  #view: ClusterView;
  #abort: AbortController | null = null;
  #frame = false;
  #flushedAt = 0;
  #frozen = false;
  #fastestPingMs = Number.POSITIVE_INFINITY;
  #lastTickAt = 0;
  #lastPollAt = 0;
  #lastRuntimeAt = 0;
  #away = false;
  #stop: (() => void) | null = null;

  constructor(api: ApiClient, base: string) {
    this.#api = api;
    this.#link = openStreamLink(base, (message) => this.#receive(message));
    this.#view = {
      version: 0,
      loaded: false,
      epoch: null,
      revision: -1,
      observedAt: null,
      workloads: this.#model.workloads,
      runtime: null,
      connection: { type: 'connecting', since: Date.now() },
      heardAt: null,
      clockOffsetMs: 0,
      heartbeatDelayMs: null,
      error: null,
      frozen: false,
    };
  }

  get view(): ClusterView {
    return this.#view;
  }

  listen(listener: ClusterListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#lastTickAt = Date.now();
    const timer = setInterval(() => this.#tick(), tickMs);
    const wake = (): void => {
      if (!document.hidden) this.#link.check();
    };
    const leave = (): void => this.#link.stop();
    // Coming back out of the back/forward cache: the stream was ended by `pagehide`.
    const back = (event: PageTransitionEvent): void => {
      if (event.persisted) this.#link.start();
    };
    addEventListener('online', wake);
    document.addEventListener('visibilitychange', wake);
    addEventListener('pagehide', leave);
    addEventListener('pageshow', back);
    this.#stop = () => {
      clearInterval(timer);
      removeEventListener('online', wake);
      document.removeEventListener('visibilitychange', wake);
      removeEventListener('pagehide', leave);
      removeEventListener('pageshow', back);
    };
    this.#link.start();
    void this.#readRuntime();
  }

  stop(): void {
    this.#stop?.();
    this.#abort?.abort();
    this.#link.stop();
  }

  /** Try at once, by wish of a person. */
  retry(): void {
    this.#link.check();
    void this.#readList();
  }

  /** An answer said that nobody is signed in (any more). */
  requireSignIn(): void {
    if (this.#view.connection.type !== 'signInRequired') this.#change({ connection: { type: 'signInRequired' } });
  }

  /** The person wants the page to hold still; deltas wait. */
  freeze(frozen: boolean): void {
    this.#frozen = frozen;
    this.#change({ frozen });
  }

  #receive(message: StreamMessage): void {
    const now = Date.now();
    switch (message.type) {
      case 'connection':
        this.#change({ connection: message.connection });
        if (message.connection.type === 'polling') void this.#readList();
        return;
      case 'hello':
        this.#heard(now);
        if (!this.#model.isAt(message.hello.epoch, message.hello.revision)) {
          this.#model.expectList();
          void this.#readList();
        }
        return;
      case 'delta':
        this.#heard(now);
        this.#pending.push(message.delta);
        if (this.#pending.length > limitPending) this.#pending.shift();
        this.#schedule();
        return;
      case 'runtime':
        this.#heard(now);
        this.#lastRuntimeAt = now;
        this.#change({ runtime: message.runtime });
        return;
      case 'resync':
        this.#model.expectList();
        void this.#readList();
        return;
      case 'ping': {
        this.#heard(now);
        const offsetMs = Date.parse(message.ping.at) - message.receivedAt;
        this.#fastestPingMs = Math.min(this.#fastestPingMs, -offsetMs);
        this.#change({
          heartbeatDelayMs: -offsetMs - this.#fastestPingMs,
          clockOffsetMs: Math.abs(offsetMs) > 2_000 ? offsetMs : 0,
        });
        return;
      }
      default:
        message satisfies never;
    }
  }

  #heard(now: number): void {
    // Not worth a frame of its own: the pill asks once a second.
    this.#view = { ...this.#view, heardAt: now };
  }

  /** Reads the whole list and puts it under the deltas that came meanwhile. Only one read at a time counts. */
  async #readList(): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#lastPollAt = Date.now();
    try {
      const items: Workload[] = [];
      let list: WorkloadList;
      let cursor: string | null = null;
      do {
        list = await this.#api.workloads({ limit: pageSize, cursor }, abort.signal);
        items.push(...list.items);
        cursor = list.nextCursor;
      } while (cursor !== null);
      if (!this.#model.replace(list, items)) {
        void this.#readList();
        return;
      }
      for (const key of this.#model.workloads.keys()) this.#touched.add(key);
      this.#heard(Date.now());
      this.#change({ error: null });
      this.#publish();
      // It answers again: the stream need not wait for its turn.
      if (this.#view.connection.type === 'reconnecting') this.#link.check();
    } catch (error) {
      if (isAbort(error)) return;
      if (isSignInRequired(error)) this.#change({ connection: { type: 'signInRequired' } });
      this.#change({ error: error instanceof ApiError ? error : new ApiError(0, 'PAGE', String(error)) });
    }
  }

  async #readRuntime(): Promise<void> {
    this.#lastRuntimeAt = Date.now();
    try {
      const runtime = await this.#api.runtime();
      this.#heard(Date.now());
      this.#change({ runtime });
    } catch (error) {
      if (isSignInRequired(error)) this.#change({ connection: { type: 'signInRequired' } });
    }
  }

  #tick(): void {
    const now = Date.now();
    if (now - this.#lastTickAt > sleepMs) this.#link.check();
    this.#lastTickAt = now;
    const live = this.#view.connection.type === 'live';
    if (!live && this.#view.connection.type !== 'signInRequired' && now - this.#lastPollAt >= pollMs) {
      void this.#readList();
      void this.#readRuntime();
      return;
    }
    // The first list failed though the stream lives; or watches are away: `stale` is said by the list alone.
    const away = this.#view.runtime?.watches.some((watch) => watch.state === 'disconnected') ?? false;
    const wasAway = this.#away;
    this.#away = away;
    if (live && (!this.#model.complete || away || wasAway) && now - this.#lastPollAt >= pollMs) void this.#readList();
    if (Math.floor(now / stripMs) !== Math.floor(this.#lastPollAt / stripMs)) void this.#readList();
    // Real progress while the first picture is read.
    const syncing = this.#view.runtime?.watches.some((watch) => watch.state === 'syncing') ?? true;
    if (syncing && now - this.#lastRuntimeAt >= runtimePollMs) void this.#readRuntime();
  }

  #schedule(): void {
    if (this.#frame || this.#frozen) return;
    this.#frame = true;
    const run = (): void => {
      if (!this.#frame) return;
      this.#frame = false;
      this.#flush();
    };
    // Hidden and covered tabs get no frames; title and icon still count.
    setTimeout(() => requestAnimationFrame(run), Math.max(0, this.#flushedAt + frameMs - performance.now()));
    setTimeout(run, hiddenFrameMs);
  }

  #flush(): void {
    if (this.#frozen) return;
    this.#flushedAt = performance.now();
    const deltas = this.#pending;
    this.#pending = [];
    let changed = false;
    for (const delta of deltas) {
      const outcome = this.#model.apply(delta);
      if (outcome === 'gap') {
        void this.#readList();
      } else if (outcome === 'applied') {
        changed = true;
        for (const key of delta.touched) this.#touched.add(key);
        for (const workload of delta.upserts) this.#touched.add(workload.key);
        for (const key of delta.deletes) this.#touched.add(key);
      }
    }
    if (changed) this.#publish();
  }

  #publish(): void {
    this.#view = {
      ...this.#view,
      version: this.#view.version + 1,
      loaded: true,
      epoch: this.#model.epoch,
      revision: this.#model.revision,
      observedAt: this.#model.observedAt,
      workloads: this.#model.workloads,
    };
    this.#tell();
  }

  #change(part: Partial<ClusterView>): void {
    this.#view = { ...this.#view, ...part };
    if ('frozen' in part && !this.#frozen && this.#pending.length > 0) this.#schedule();
    this.#tell();
  }

  #tell(): void {
    const touched = new Set(this.#touched);
    this.#touched.clear();
    for (const listener of this.#listeners) listener(this.#view, touched);
  }
}

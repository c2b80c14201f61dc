import type { ServerResponse } from 'node:http';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { parseWorkloadKey } from '../health/workload.ts';
import type { WorkloadKey } from '../health/workload.ts';
import type { RevisionChange, StoreReader } from '../store/store.ts';
import { toRuntime } from './answers.ts';
import type { Cluster } from './cluster.ts';
import type { Timers } from './config.ts';
import type { Picture } from './picture.ts';
import { unavailable } from './problem.ts';
import { inScope } from './scope.ts';
import { heartbeatMs, pingEvent, streamHeaders, streamPadding } from './server-sent-events.ts';
import { StreamClient } from './stream-client.ts';
import { DeltaRing } from './stream-ring.ts';

/**
 * `GET /api/v1/stream`: changes of the picture, sent the moment they are committed.
 *
 *     commit ──► leading edge: one delta at once ──► 50 ms window: changes gather ──► one delta ──► window …
 *                                     │
 *                     serialised once │──► ring (replay by Last-Event-ID)
 *                                     └──► every client: written, or queued within bounds, or dropped → `resync`
 *
 * No client is ever waited for. A client that misses something is told `resync` and reads the list again; rows in a
 * delta are whole, so reading a change twice does no harm and a delta may reach back further than a client needs.
 */
const coalesceMs = 50;
/** Beyond this many clients the page polls; 200 cost about 30 MB at worst. */
export const limitClients = 200;
/** A delta of more rows than this is larger than the list that replaces it. */
const limitDeltaRows = 1_000;
/** How long after the last client left a replay is still worth the memory. */
const keepRingMs = 60_000;
/** The status is looked at once per second at most: it moves with every watch event, and a flapping watch is one news. */
const statusIntervalMs = 1_000;
/** Retry of the browser's EventSource; spread, so that all clients of a restarted server do not return at once. */
const retryMs = { least: 1_000, spread: 4_000 };
/** Clients are let go within this time at shutdown, for the same reason. */
export const farewellMs = 5_000;

export interface StreamSources {
  readonly store: StoreReader;
  readonly cluster: Cluster;
  readonly picture: Picture;
  readonly now: () => number;
  readonly timers: Timers;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly registry: Registry;
}

export class ChangeStream {
  readonly #store: StoreReader;
  readonly #cluster: Cluster;
  readonly #picture: Picture;
  readonly #now: () => number;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #clients = new Set<StreamClient>();
  readonly #ring = new DeltaRing();
  readonly #events: Counter<'event'>;
  readonly #stalled: Counter;
  readonly #refused: Counter;

  /** Keys whose row or detail changed since the last delta; the picture says what became of them. */
  readonly #pending = { rows: new Set<WorkloadKey>(), touched: new Set<WorkloadKey>() };
  #sentRevision = 0;
  #window: (() => void) | null = null;
  #lastClientLeftAt = 0;
  #staleMark = '';
  #bucket = 0;
  #runtimeSent = '';
  #statusWindow: (() => void) | null = null;
  #statusMoved = false;
  #pingTimer: (() => void) | null = null;
  #running = false;

  constructor(sources: StreamSources) {
    this.#store = sources.store;
    this.#cluster = sources.cluster;
    this.#picture = sources.picture;
    this.#now = sources.now;
    this.#timers = sources.timers;
    this.#random = sources.random;
    const registers = [sources.registry];
    const clients = this.#clients;
    const ring = this.#ring;
    sources.registry.registerMetric(
      new Gauge({
        name: 'maintenant_stream_clients',
        help: 'Open event streams.',
        registers: [],
        collect() {
          this.set(clients.size);
        },
      }),
    );
    sources.registry.registerMetric(
      new Gauge({
        name: 'maintenant_stream_replay_bytes',
        help: 'Bytes of deltas that are kept for replay.',
        registers: [],
        collect() {
          this.set(ring.bytes);
        },
      }),
    );
    this.#events = new Counter({
      name: 'maintenant_stream_events_total',
      help: 'Events by name, counted once however many clients get them.',
      labelNames: ['event'],
      registers,
    });
    this.#stalled = new Counter({
      name: 'maintenant_stream_stalled_total',
      help: 'Clients that were cut off because they read nothing for 30 s.',
      registers,
    });
    this.#refused = new Counter({
      name: 'maintenant_stream_refused_total',
      help: 'Clients that were refused because all places were taken.',
      registers,
    });
  }

  /** Follows store and cluster until `signal` aborts; then says `bye` and lets go of every client within 5 s. */
  start(signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#running = true;
    this.#sentRevision = this.#store.revision();
    const { staleMark, bucket } = this.#picture.freshness();
    this.#staleMark = staleMark;
    this.#bucket = bucket;
    this.#runtimeSent = runtimeEssence(this.#cluster);
    const unsubscribe = [
      this.#store.onRevision((change) => this.#onRevision(change)),
      this.#cluster.onStatus(() => this.#onStatus()),
    ];
    this.#armPing();
    signal.addEventListener(
      'abort',
      () => {
        for (const stop of unsubscribe) stop();
        this.#stop();
      },
      { once: true },
    );
  }

  /**
   * Makes an open response one of the stream's clients.
   * @param lastEventId the header of the same name; null on a first visit
   * @throws ProblemError 503 when all places are taken or the server is going away
   */
  join(outgoing: ServerResponse, lastEventId: string | null, headers: Readonly<Record<string, string>>): void {
    if (!this.#running) throw unavailable('SHUTTING_DOWN', 'The server is restarting.', 5);
    if (this.#clients.size >= limitClients) {
      this.#refused.inc();
      throw unavailable('STREAM_FULL', `All ${limitClients} live connections are taken; poll the list instead.`, 30);
    }
    const client = new StreamClient(outgoing, {
      timers: this.#timers,
      resync: () => this.#resyncFrame(),
      onStalled: () => this.#stalled.inc(),
    });
    this.#clients.add(client);
    outgoing.on('close', () => {
      client.close();
      if (this.#clients.delete(client) && this.#clients.size === 0) this.#lastClientLeftAt = this.#now();
    });
    // Nothing follows on this connection: at shutdown it is closed with the stream.
    outgoing.writeHead(200, { ...headers, ...streamHeaders, connection: 'close' });
    this.#welcome(client, lastEventId);
  }

  get clients(): number {
    return this.#clients.size;
  }

  #welcome(client: StreamClient, lastEventId: string | null): void {
    const { epoch } = this.#store;
    const revision = this.#store.revision();
    const missed = lastEventId === null ? [] : this.#missedSince(lastEventId, revision);
    const retry = Math.round(retryMs.least + this.#random() * retryMs.spread);
    const hello = JSON.stringify({ epoch, revision, heartbeatSeconds: heartbeatMs / 1000 });
    // While deltas are about to be replayed the client keeps the id that it came with: it has not seen them yet.
    const id = missed === null || missed.length === 0 ? `id: ${epoch}:${revision}\n` : '';
    const runtime = JSON.stringify(toRuntime(this.#cluster.status()));
    client.send(
      Buffer.from(
        `${streamPadding}retry: ${retry}\n${id}event: hello\ndata: ${hello}\n\nevent: runtime\ndata: ${runtime}\n\n`,
      ),
    );
    if (missed === null) client.send(this.#resyncFrame());
    else for (const frame of missed) client.send(frame);
  }

  /** Frames after an event id; null when they cannot all be had any more. */
  #missedSince(lastEventId: string, revision: number): readonly Buffer[] | null {
    const separator = lastEventId.lastIndexOf(':');
    const seen = Number(lastEventId.slice(separator + 1));
    const sameEpoch = lastEventId.slice(0, Math.max(0, separator)) === this.#store.epoch;
    if (!sameEpoch || !Number.isSafeInteger(seen) || seen > revision) return null;
    // What is still gathering in the window will come as the next delta.
    return seen >= this.#sentRevision ? [] : this.#ring.after(seen);
  }

  // -------------------------------------------------------------------------------------------------------------
  // Deltas

  #onRevision(change: RevisionChange): void {
    const { scope } = this.#cluster.status();
    const isVisible = (key: WorkloadKey): boolean => inScope(scope, parseWorkloadKey(key)?.namespace ?? '');
    for (const key of change.upserts) if (isVisible(key)) this.#pending.rows.add(key);
    for (const key of change.deletes) if (isVisible(key)) this.#pending.rows.add(key);
    for (const key of change.touched) if (isVisible(key)) this.#pending.touched.add(key);
    if (this.#window === null) this.#flush();
  }

  #flush(): void {
    this.#window = null;
    const revision = this.#store.revision();
    if (revision === this.#sentRevision) return;
    const previousRevision = this.#sentRevision;
    const rows = [...this.#pending.rows];
    const touched = [...new Set([...this.#pending.touched, ...rows])];
    this.#pending.rows.clear();
    this.#pending.touched.clear();
    this.#sentRevision = revision;
    this.#window = this.#timers.setTimer(coalesceMs, () => this.#flush());
    if (this.#isUnwatched()) return this.#ring.clear();
    if (rows.length > limitDeltaRows) return this.#resync();

    const upserts: string[] = [];
    const deletes: WorkloadKey[] = [];
    for (const key of rows) {
      const row = this.#picture.row(key);
      if (row === null) deletes.push(key);
      else upserts.push(row.json);
    }
    const rest = JSON.stringify({ deletes, touched, counts: this.#picture.counts() });
    const data = `{"previousRevision":${previousRevision},"revision":${revision},"upserts":[${upserts.join(',')}],${rest.slice(1)}`;
    const frame = Buffer.from(`id: ${this.#store.epoch}:${revision}\nevent: delta\ndata: ${data}\n\n`);
    this.#ring.push({ previousRevision, revision, frame });
    this.#broadcast('delta', frame);
  }

  /** Nobody is connected and nobody will come back for what was missed. */
  #isUnwatched(): boolean {
    return this.#clients.size === 0 && this.#now() - this.#lastClientLeftAt >= keepRingMs;
  }

  #resync(): void {
    // Rows in the ring are from before whatever made the resync necessary.
    this.#ring.clear();
    this.#broadcast('resync', this.#resyncFrame());
  }

  #resyncFrame(): Buffer {
    return Buffer.from(`id: ${this.#store.epoch}:${this.#store.revision()}\nevent: resync\ndata: {}\n\n`);
  }

  #broadcast(event: string, frame: Buffer): void {
    this.#events.inc({ event });
    for (const client of this.#clients) client.send(frame);
  }

  // -------------------------------------------------------------------------------------------------------------
  // What changes without a revision: the runtime, staleness, the half-hour of the strips

  #onStatus(): void {
    if (this.#statusWindow === null) this.#checkStatus();
    else this.#statusMoved = true;
  }

  #checkStatus(): void {
    this.#statusMoved = false;
    this.#statusWindow = this.#timers.setTimer(statusIntervalMs, () => {
      this.#statusWindow = null;
      if (this.#statusMoved) this.#checkStatus();
    });
    this.#watchStaleness();
    const essence = runtimeEssence(this.#cluster);
    if (essence === this.#runtimeSent) return;
    this.#runtimeSent = essence;
    const data = JSON.stringify(toRuntime(this.#cluster.status()));
    this.#broadcast('runtime', Buffer.from(`event: runtime\ndata: ${data}\n\n`));
  }

  /** Rows go stale by time alone; who shows them has to hear of it. */
  #watchStaleness(): void {
    const { staleMark } = this.#picture.freshness();
    if (staleMark === this.#staleMark) return;
    this.#staleMark = staleMark;
    this.#resync();
  }

  #armPing(): void {
    this.#pingTimer = this.#timers.setTimer(heartbeatMs, () => {
      this.#armPing();
      const { bucket } = this.#picture.freshness();
      if (bucket !== this.#bucket) {
        this.#bucket = bucket;
        this.#resync();
      }
      this.#broadcast('ping', Buffer.from(pingEvent(this.#now())));
    });
  }

  #stop(): void {
    this.#running = false;
    for (const cancel of [this.#window, this.#statusWindow, this.#pingTimer]) cancel?.();
    this.#ring.clear();
    const bye = Buffer.from('event: bye\ndata: {}\n\n');
    this.#events.inc({ event: 'bye' });
    for (const client of this.#clients) {
      client.send(bye);
      const cancel = this.#timers.setTimer(this.#random() * farewellMs, () => client.end());
      client.onClose(cancel);
    }
  }
}

/** What of the runtime is news: instants, counts and versions move with every event of the cluster. */
function runtimeEssence(cluster: Cluster): string {
  const { watches, ...runtime } = cluster.status();
  return JSON.stringify([
    runtime,
    watches.map(({ resource, namespace, state, message }) => [resource, namespace, state, message]),
  ]);
}

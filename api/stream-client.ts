import type { ServerResponse } from 'node:http';
import type { Timers } from './config.ts';

interface StreamClientOptions {
  readonly timers: Timers;
  /** What a client gets in place of everything that it was too slow for. */
  readonly resync: () => Buffer;
  readonly onStalled: () => void;
}

/**
 * One open stream and what it costs at most: frames are shared between clients, so a queue holds references; it is
 * bounded in number and bytes all the same, because a frame lives as long as the slowest client that waits for it.
 *
 *     open ──write() says full──► blocked: queue ──over the bound──► behind: nothing queued, resync when drained
 *      ▲──────────── drain ──────────┘   └── no byte left in 30 s ──► cut off
 */
export class StreamClient {
  static readonly limitFrames = 256;
  static readonly limitBytes = 256 * 1024;
  static readonly stallMs = 30_000;

  readonly #outgoing: ServerResponse;
  readonly #options: StreamClientOptions;
  readonly #closers: (() => void)[] = [];
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #state: 'open' | 'blocked' | 'behind' | 'closed' = 'open';
  #stallTimer: (() => void) | null = null;
  #unsentBytes = 0;

  constructor(outgoing: ServerResponse, options: StreamClientOptions) {
    this.#outgoing = outgoing;
    this.#options = options;
    outgoing.on('drain', () => this.#drained());
    // A reset connection says so here; `close` follows and is all that matters.
    outgoing.on('error', () => this.close());
  }

  send(frame: Buffer): void {
    switch (this.#state) {
      case 'open':
        return this.#write(frame);
      case 'blocked':
        this.#queue.push(frame);
        this.#queuedBytes += frame.length;
        if (this.#queue.length > StreamClient.limitFrames || this.#queuedBytes > StreamClient.limitBytes) {
          this.#dropQueue();
          this.#state = 'behind';
        }
        return;
      case 'behind':
      case 'closed':
        return;
      default:
        this.#state satisfies never;
    }
  }

  /** Ends the response after what was written. */
  end(): void {
    if (this.#state !== 'closed') this.#outgoing.end();
  }

  onClose(closer: () => void): void {
    this.#closers.push(closer);
  }

  close(): void {
    this.#state = 'closed';
    this.#dropQueue();
    this.#stallTimer?.();
    this.#stallTimer = null;
    for (const closer of this.#closers.splice(0)) closer();
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  #write(frame: Buffer): void {
    if (this.#outgoing.write(frame)) return;
    this.#state = 'blocked';
    this.#watchProgress();
  }

  #drained(): void {
    if (this.#state === 'closed' || this.#state === 'open') return;
    this.#stallTimer?.();
    this.#stallTimer = null;
    const waiting = this.#state === 'behind' ? [this.#options.resync()] : this.#queue;
    this.#dropQueue();
    this.#state = 'open';
    for (const frame of waiting) this.send(frame);
  }

  #watchProgress(): void {
    this.#unsentBytes = this.#outgoing.writableLength;
    this.#stallTimer = this.#options.timers.setTimer(StreamClient.stallMs, () => {
      if (this.#outgoing.writableLength < this.#unsentBytes) return this.#watchProgress();
      this.#options.onStalled();
      this.#outgoing.destroy();
    });
  }

  #dropQueue(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
  }
}

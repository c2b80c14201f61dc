import type { SimulatorClock } from './clock.ts';
import { encodeBookmark, encodeFrame, type Form } from './encoding.ts';
import type { Change, ObjectStore, StoredObject } from './object-store.ts';
import { type ResourceName, resources } from './resources.ts';
import type { Selection } from './selectors.ts';

export interface WatchOptions {
  readonly resource: ResourceName;
  readonly form: Form;
  readonly selection: Selection;
  /** Changes after this revision. */
  readonly revision: number;
  /** WatchList: the whole collection first, then a bookmark that says so. */
  readonly sendInitialEvents: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
  readonly bookmarkIntervalMs: number;
}

/** Events that wait for a slow reader; past this the server closes the watch, as the real one does. */
const maxWaiting = 10_000;

/**
 * One watch, as an iterable of lines. It ends in good order at its timeout, when the server stops or when the reader is
 * too slow; breaking off the iteration ends it too.
 */
export class Watch implements AsyncIterable<Buffer> {
  readonly #store: ObjectStore;
  readonly #clock: SimulatorClock;
  readonly #options: WatchOptions;
  readonly #waiting: Buffer[] = [];
  #wake: (() => void) | null = null;
  #ended = false;
  /** The last revision that the reader was told of. */
  #revision: number;
  #cleanup: (() => void)[] = [];

  constructor(store: ObjectStore, clock: SimulatorClock, options: WatchOptions, missed: readonly Change[]) {
    this.#store = store;
    this.#clock = clock;
    this.#options = options;
    this.#revision = options.revision;
    for (const change of missed) this.#take(change);
    this.#cleanup.push(store.subscribe(options.resource, (change) => this.#take(change)));
    this.#cleanup.push(clock.setTimer(options.timeoutMs, () => this.#atTimeout()));
    if (options.bookmarks) this.#scheduleBookmark();
  }

  /** Closes it in good order. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const undo of this.#cleanup) undo();
    this.#cleanup = [];
    this.#wakeUp();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    try {
      if (this.#options.sendInitialEvents) yield* this.#initialEvents();
      for (;;) {
        for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) yield line;
        if (this.#ended) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.end();
    }
  }

  *#initialEvents(): Generator<Buffer, void, undefined> {
    const { resource, form, selection } = this.#options;
    const revision = this.#options.revision;
    const objects = this.#store.listAt(resource, revision) ?? this.#store.list(resource);
    for (const object of objects) {
      if (selection.all || selection.matches(object)) yield encodeFrame('ADDED', object, form);
    }
    yield encodeBookmark(resources[resource], revision, form, true);
  }

  #take(change: Change): void {
    // After a restore of etcd changes may be older than what the reader knows: it is not told, and hears nothing.
    if (change.revision <= this.#options.revision) return;
    const frame = this.#frameOf(change);
    if (frame === null) return;
    this.#revision = change.revision;
    this.#push(frame);
  }

  /** An object that leaves the selection is deleted for this watch; one that enters it is added. */
  #frameOf(change: Change): Buffer | null {
    const { selection, form } = this.#options;
    const matched = (object: StoredObject | null) => object !== null && (selection.all || selection.matches(object));
    const before = change.type !== 'ADDED' && matched(change.previous);
    const after = change.type !== 'DELETED' && matched(change.object);
    if (after) return encodeFrame(before ? 'MODIFIED' : 'ADDED', change.object, form);
    return before ? encodeFrame('DELETED', lastVersion(change), form) : null;
  }

  #push(frame: Buffer): void {
    if (this.#waiting.length >= maxWaiting) return this.end();
    this.#waiting.push(frame);
    this.#wakeUp();
  }

  #scheduleBookmark(): void {
    this.#cleanup.push(
      this.#clock.setTimer(this.#options.bookmarkIntervalMs, () => {
        this.#bookmark();
        if (!this.#ended) this.#scheduleBookmark();
      }),
    );
  }

  /** Only when there is something newer than what the reader knows. */
  #bookmark(): void {
    if (this.#store.revision <= this.#revision) return;
    this.#revision = this.#store.revision;
    this.#push(encodeBookmark(resources[this.#options.resource], this.#revision, this.#options.form, false));
  }

  #atTimeout(): void {
    if (this.#options.bookmarks) this.#bookmark();
    this.end();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

/** A deleted object is sent as it was last, at the revision of the change. */
function lastVersion(change: Change): StoredObject {
  const last = change.type === 'DELETED' ? change.object : (change.previous ?? change.object);
  return { ...last, revision: change.revision };
}

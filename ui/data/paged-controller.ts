import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { ApiError, isAbort } from './api-client.ts';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface Paged<Item> {
  readonly items: readonly Item[];
  readonly more: boolean;
  readonly loading: boolean;
  /** False until the first page is here. */
  readonly loaded: boolean;
  readonly error: ApiError | null;
}

type ReadPage<Item> = (cursor: string | null, signal: AbortSignal) => Promise<Page<Item>>;

/** A list that comes in pages: the first when asked, the next by wish. */
export class PagedController<Item> implements ReactiveController {
  /** Items kept at most; a reader of more wants the API. */
  static readonly limitItems = 5_000;
  readonly #host: ReactiveControllerHost;
  #question: string | null = null;
  #touched = 0;
  #read: ReadPage<Item> | null = null;
  #cursor: string | null = null;
  #isFirstPage = true;
  #abort: AbortController | null = null;
  #state: Paged<Item> = { items: [], more: false, loading: false, loaded: false, error: null };

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get state(): Paged<Item> {
    return this.#state;
  }

  hostConnected(): void {}

  hostDisconnected(): void {
    this.#abort?.abort();
    this.#question = null;
  }

  /**
   * Reads the first page, unless this very question was asked already.
   * @param touched raised when the list may have changed: then it is read again, unless its reader went beyond the first
   * page, which must not vanish under the eyes. Default: it never does
   */
  ask(question: string, read: ReadPage<Item>, touched = 0): void {
    const isTouched = touched !== this.#touched;
    this.#touched = touched;
    if (question === this.#question) {
      if (isTouched && this.#isFirstPage) this.refresh();
      return;
    }
    this.#question = question;
    this.#read = read;
    this.#state = { items: [], more: false, loading: true, loaded: false, error: null };
    void this.#page(null);
  }

  /** Reads the first page again and keeps what is there meanwhile; pages beyond it are dropped. */
  refresh(): void {
    void this.#page(null);
  }

  more(): void {
    if (this.#cursor !== null) void this.#page(this.#cursor);
  }

  async #page(cursor: string | null): Promise<void> {
    if (this.#read === null) return;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#state = { ...this.#state, loading: true };
    try {
      const page = await this.#read(cursor, abort.signal);
      if (abort.signal.aborted) return;
      this.#isFirstPage = cursor === null;
      const items = cursor === null ? page.items : [...this.#state.items, ...page.items];
      this.#cursor = items.length < PagedController.limitItems ? page.nextCursor : null;
      this.#state = { items, more: this.#cursor !== null, loading: false, loaded: true, error: null };
    } catch (error) {
      if (isAbort(error) || abort.signal.aborted) return;
      const known = error instanceof ApiError ? error : new ApiError(0, 'PAGE', String(error), { cause: error });
      this.#state = { ...this.#state, loading: false, error: known };
    }
    this.#host.requestUpdate();
  }
}

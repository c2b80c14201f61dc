import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { ApiError, isAbort } from './api-client.ts';

/** What is known of an answer: the last good one stays while a newer one is asked for or fails. */
export interface Fetched<Answer> {
  readonly value: Answer | null;
  readonly error: ApiError | null;
  readonly loading: boolean;
}

/**
 * One question of an element to the API. A new question aborts the one before it; the same question asked again keeps
 * the answer on the screen until the next is there.
 */
export class FetchController<Answer> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #question: string | null = null;
  #touched = 0;
  #abort: AbortController | null = null;
  #state: Fetched<Answer> = { value: null, error: null, loading: false };

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get state(): Fetched<Answer> {
    return this.#state;
  }

  hostConnected(): void {}

  hostDisconnected(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#question = null;
  }

  /**
   * Asks, unless this very question is already answered or under way.
   * @param touched raised when the answer may have changed: then the same question is asked again. Default: it never does
   */
  ask(question: string, fetch: (signal: AbortSignal) => Promise<Answer>, touched = 0): void {
    const isTouched = touched !== this.#touched;
    this.#touched = touched;
    if (question === this.#question) {
      if (isTouched) this.refresh(fetch);
      return;
    }
    this.#question = question;
    this.#state = { value: null, error: null, loading: true };
    void this.#run(fetch);
  }

  /** Asks again and keeps what is there meanwhile. */
  refresh(fetch: (signal: AbortSignal) => Promise<Answer>): void {
    this.#state = { ...this.#state, loading: true };
    void this.#run(fetch);
  }

  async #run(fetch: (signal: AbortSignal) => Promise<Answer>): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const value = await fetch(abort.signal);
      if (abort.signal.aborted) return;
      this.#state = { value, error: null, loading: false };
    } catch (error) {
      if (isAbort(error) || abort.signal.aborted) return;
      const known = error instanceof ApiError ? error : new ApiError(0, 'PAGE', String(error), { cause: error });
      this.#state = { ...this.#state, error: known, loading: false };
    }
    this.#host.requestUpdate();
  }
}

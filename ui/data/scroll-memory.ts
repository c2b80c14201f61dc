/** A scroll that has come to rest is written down: browsers limit how often an entry may be changed. */
const settleMs = 250;
/** After that a list is not awaited any more that is shorter than it was. */
const limitRestoreMs = 10_000;
/** What a reader does who has not waited. */
const readerEvents = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

/**
 * Brings the reader back to where an entry of the history was left. The browser does so by itself only as far as the
 * page is long at that moment, and a list that is read anew is not there yet.
 */
export class ScrollMemory {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #restoring: AbortController | null = null;

  start(): void {
    history.scrollRestoration = 'manual';
    addEventListener('scroll', this.#scrolled, { passive: true });
    this.restore();
  }

  stop(): void {
    removeEventListener('scroll', this.#scrolled);
    this.#forget();
  }

  /** The entry is about to be left. */
  note(): void {
    this.#forget();
    history.replaceState({ top: scrollY }, '');
  }

  /** Another entry has been arrived at. */
  restore(): void {
    this.#forget();
    const top = topOf(history.state);
    if (top === 0) return;
    const restoring = new AbortController();
    this.#restoring = restoring;
    const { signal } = restoring;
    const end = (): void => restoring.abort();
    const observer = new ResizeObserver(() => {
      if (document.documentElement.scrollHeight - innerHeight < top) return;
      scrollTo({ top });
      end();
    });
    observer.observe(document.body);
    const timer = setTimeout(end, limitRestoreMs);
    for (const type of readerEvents) addEventListener(type, end, { signal, passive: true });
    signal.addEventListener('abort', () => {
      observer.disconnect();
      clearTimeout(timer);
    });
  }

  #forget(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#restoring?.abort();
  }

  readonly #scrolled = (): void => {
    if (this.#restoring?.signal.aborted === false) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => history.replaceState({ top: scrollY }, ''), settleMs);
  };
}

function topOf(state: unknown): number {
  return typeof state === 'object' && state !== null && 'top' in state && typeof state.top === 'number' ? state.top : 0;
}

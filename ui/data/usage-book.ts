import type { UsageList } from '../../api/contract.ts';
import type { ApiClient } from './api-client.ts';

export type Usage = UsageList[number];

/** Samples come once a minute; a curve is read again when it is this old. */
const staleMs = 60_000;
/** Rows that scroll by quickly are asked for together. */
const collectMs = 150;
/** Keys per question: 30 of ordinary length stay far below the 8 kB that proxies take as an address. */
const limitKeys = 30;
const limitKeyCharacters = 4_000;
/** Curves that are kept: the list has 1,000 workloads and a reader sees some dozens. */
const limitCurves = 300;

/**
 * The curves beside workloads, read when their rows come into view. A question is asked only while the last one is
 * answered; a failed one is asked again when a row is drawn next.
 */
export class UsageBook {
  readonly #changed: () => void;
  readonly #now: () => number;
  readonly #curves = new Map<string, { readonly usage: Usage | null; readonly readAt: number }>();
  readonly #wanted = new Set<string>();
  #api: ApiClient | null = null;
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #aging: ReturnType<typeof setTimeout> | null = null;

  constructor(changed: () => void, now: () => number = Date.now) {
    this.#changed = changed;
    this.#now = now;
  }

  /** The curve as far as it is known; asks for it where it is missing or old. */
  of(key: string): Usage | null {
    const known = this.#curves.get(key);
    if (known === undefined || this.#now() - known.readAt >= staleMs) {
      this.#wanted.add(key);
      if (this.#abort === null) this.#timer ??= setTimeout(() => void this.#read(), collectMs);
    }
    return known?.usage ?? null;
  }

  /** Without an API nothing is asked. */
  use(api: ApiClient | null): void {
    this.#api = api;
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#aging !== null) clearTimeout(this.#aging);
    this.#aging = null;
    this.#abort?.abort();
    this.#abort = null;
    this.#wanted.clear();
  }

  async #read(): Promise<void> {
    this.#timer = null;
    const api = this.#api;
    const keys = this.#next();
    if (api === null || keys.length === 0) return;
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const answer = new Map((await api.usage(keys, abort.signal)).map((usage) => [usage.key, usage]));
      for (const key of keys) this.#keep(key, answer.get(key) ?? null);
    } catch {
      // Drawn without a curve; the freshness pill says that the server does not answer.
      for (const key of keys) this.#keep(key, this.#curves.get(key)?.usage ?? null);
    }
    if (this.#abort !== abort) return;
    this.#abort = null;
    if (this.#wanted.size > 0) this.#timer ??= setTimeout(() => void this.#read(), collectMs);
    // A list in which nothing changes is drawn again as well: its curves go on.
    this.#aging ??= setTimeout(() => {
      this.#aging = null;
      this.#changed();
    }, staleMs);
    this.#changed();
  }

  /** The keys that were wanted last come first: they are what is in view. */
  #next(): readonly string[] {
    const keys: string[] = [];
    let characters = 0;
    for (const key of [...this.#wanted].toReversed()) {
      characters += encodeURIComponent(key).length + 3;
      if (keys.length > 0 && (keys.length === limitKeys || characters > limitKeyCharacters)) break;
      keys.push(key);
    }
    this.#wanted.clear();
    return keys;
  }

  #keep(key: string, usage: Usage | null): void {
    this.#curves.delete(key);
    this.#curves.set(key, { usage, readAt: this.#now() });
    const [oldest] = this.#curves.keys();
    if (this.#curves.size > limitCurves && oldest !== undefined) this.#curves.delete(oldest);
  }
}

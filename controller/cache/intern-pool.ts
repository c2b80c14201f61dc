import { hash } from 'node:crypto';

/**
 * One object for equal contents. Values are held weakly: what no cached object refers to any more goes with the next
 * garbage collection, so a cluster that rolls out new images all day does not make it grow.
 */
export class InternPool<Value extends object> {
  readonly #values = new Map<string, WeakRef<Value>>();
  readonly #cleanup = new FinalizationRegistry<string>((digest) => {
    // The same content may have come back under the digest since the old value was collected.
    if (this.#values.get(digest)?.deref() === undefined) this.#values.delete(digest);
  });

  /** Entries, those included whose value is gone and not yet swept. */
  get size(): number {
    return this.#values.size;
  }

  /**
   * The value of this content; `make` is called when there is none.
   * @param content tells apart what must not be shared; only its digest is kept.
   */
  intern(content: string, make: () => Value): Value {
    const digest = hash('sha256', content, 'base64');
    const known = this.#values.get(digest)?.deref();
    if (known !== undefined) return known;
    const value = make();
    this.#values.set(digest, new WeakRef(value));
    this.#cleanup.register(value, digest);
    return value;
  }
}

/**
 * One string for equal texts, for words that come over and over (node names, reasons, image ids). When it is full it
 * starts again empty: at worst a text is held twice, never without a limit.
 */
export class StringPool {
  static readonly limitTexts = 8_192;
  readonly #texts = new Map<string, string>();

  intern(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= StringPool.limitTexts) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }

  get size(): number {
    return this.#texts.size;
  }
}

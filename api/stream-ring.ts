/** A delta as it went out, kept for those whose connection broke. */
export interface RingEntry {
  readonly previousRevision: number;
  readonly revision: number;
  readonly frame: Buffer;
}

/** The newest deltas, within a number and a size: about eight minutes of a cluster in which 20 deltas a second change. */
export class DeltaRing {
  static readonly limitEntries = 10_000;
  static readonly limitBytes = 5 * 1024 * 1024;
  #entries: RingEntry[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(entry: RingEntry): void {
    this.#entries.push(entry);
    this.#bytes += entry.frame.length;
    while (this.#bytes > DeltaRing.limitBytes || this.#entries.length > DeltaRing.limitEntries) {
      this.#bytes -= this.#entries.shift()?.frame.length ?? 0;
    }
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
  }

  /** Frames that bring somebody who has seen `revision` up to date; null when the first of them is gone. */
  after(revision: number): readonly Buffer[] | null {
    const [oldest] = this.#entries;
    if (oldest === undefined || oldest.previousRevision > revision) return null;
    return this.#entries.filter((entry) => entry.revision > revision).map(({ frame }) => frame);
  }
}

/** Lines and bytes a second that one reader gets; what a person reads is a hundredth of it. */
export const limitLinesPerSecond = 2_000;
const limitBytesPerSecond = 1024 * 1024;

/** Lets a second's worth of lines through and counts the rest. Pure: the caller brings the time. */
export class LineBudget {
  #secondStartedAt = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #bytes = 0;
  #dropped = 0;

  /** False when the line must be dropped. @param monotonic milliseconds. */
  admit(bytes: number, monotonic: number): boolean {
    if (monotonic - this.#secondStartedAt >= 1_000) {
      this.#secondStartedAt = monotonic;
      this.#lines = 0;
      this.#bytes = 0;
    }
    if (this.#lines >= limitLinesPerSecond || this.#bytes >= limitBytesPerSecond) {
      this.#dropped++;
      return false;
    }
    this.#lines++;
    this.#bytes += bytes;
    return true;
  }

  /** Lines dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}

/** One line as the kubelet sends it with `timestamps=true`. */
export interface LogLine {
  /** Epoch milliseconds; null when the line has no time of its own. */
  readonly at: number | null;
  readonly text: string;
}

/** Longest line that is passed on, in bytes: what is longer is cut and says so. Runtimes split lines at 16 KiB anyway. */
export const limitLineBytes = 64 * 1024;

const newline = 0x0a;

/**
 * Cuts a log into lines, wherever the chunks end. Unlike a watch, a log may hold anything: a line without end is cut at
 * `limitLineBytes`, and the last line counts without a newline too.
 */
export class LogLines {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** The rest of a line that was too long is passed over. */
  #isSkipping = false;

  *push(chunk: Buffer): Generator<LogLine, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = this.#take(chunk.subarray(start, end));
      start = end + 1;
      if (line !== null) yield line;
      this.#isSkipping = false;
    }
    const rest = chunk.subarray(start);
    if (rest.length === 0 || this.#isSkipping) return;
    if (this.#pendingBytes + rest.length > limitLineBytes) {
      const line = this.#take(rest);
      this.#isSkipping = true;
      if (line !== null) yield line;
      return;
    }
    // A copy: a view would keep the whole chunk alive until the line ends.
    this.#pending.push(Buffer.from(rest));
    this.#pendingBytes += rest.length;
  }

  /** What is left when the log ends; null for nothing. */
  end(): LogLine | null {
    return this.#pendingBytes === 0 ? null : this.#take(Buffer.alloc(0));
  }

  #take(tail: Buffer): LogLine | null {
    if (this.#isSkipping) return null;
    const bytes = this.#pendingBytes === 0 ? tail : Buffer.concat([...this.#pending, tail]);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (bytes.length <= limitLineBytes) return parseLogLine(bytes.toString('utf8'));
    const { at, text } = parseLogLine(bytes.subarray(0, limitLineBytes).toString('utf8'));
    return { at, text: `${text}… (cut at ${limitLineBytes} bytes)` };
  }
}

/** `2026-01-01T00:00:00.123456789Z text`, the kubelet's prefix; a line without it is all text. */
export function parseLogLine(line: string): LogLine {
  const end = line.indexOf(' ');
  const stamp = end === -1 ? line : line.slice(0, end);
  // Date.parse reads much that is no time of a kubelet ("1 error"): its shape must be right first.
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(stamp)) return { at: null, text: line };
  const at = Date.parse(stamp);
  if (Number.isNaN(at)) return { at: null, text: line };
  return { at, text: end === -1 ? '' : line.slice(end + 1).replace(/\r$/, '') };
}

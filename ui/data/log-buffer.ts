import type { LogLine, LogNote } from '../../api/contract.ts';
import type { LogSpan } from './hit-bins.ts';
import type { LogLevel } from './log-level.ts';
import { levelOf, plainText } from './log-line.ts';

export type LogRecord =
  | {
      readonly id: number;
      readonly type: 'line';
      readonly line: LogLine;
      readonly level: LogLevel;
    }
  | { readonly id: number; readonly type: 'note'; readonly note: LogNote };

export interface LogFilter {
  /** Tests the text without control sequences; null lets every text through, at no cost. */
  readonly matches: ((text: string) => boolean) | null;
  readonly levels: ReadonlySet<LogLevel>;
}

/**
 * The newest lines of a log, at most `limitLines`, and the part of them that a filter lets through. Filtering is
 * incremental: a line is looked at once, when it comes.
 */
export class LogBuffer {
  static readonly limitLines = 20_000;
  /** Old lines are let go in slices: shifting an array of 20,000 for each line would cost more than the lines. */
  static readonly sliceLines = 1_000;

  #records: LogRecord[] = [];
  #shown: LogRecord[] = [];
  #filter: LogFilter;
  #nextId = 0;
  #dropped = 0;

  constructor(filter: LogFilter) {
    this.#filter = filter;
  }

  /** What the filter lets through; notes always. */
  get shown(): readonly LogRecord[] {
    return this.#shown;
  }

  get records(): readonly LogRecord[] {
    return this.#records;
  }

  get span(): LogSpan {
    return { firstId: this.#records[0]?.id ?? this.#nextId, endId: this.#nextId };
  }

  /** Lines that came since the start. */
  get received(): number {
    return this.#nextId;
  }

  /** Lines that were let go for newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @returns how many of the shown records were let go: a reader who looks at one of them has to be moved along. */
  append(items: readonly (LogLine | LogNote)[]): number {
    for (const item of items) {
      const id = this.#nextId;
      this.#nextId += 1;
      const record: LogRecord =
        'kind' in item ? { id, type: 'note', note: item } : { id, type: 'line', line: item, level: levelOf(item.text) };
      this.#records.push(record);
      if (this.#passes(record)) this.#shown.push(record);
    }
    if (this.#records.length <= LogBuffer.limitLines + LogBuffer.sliceLines) return 0;
    const excess = this.#records.length - LogBuffer.limitLines;
    this.#records.splice(0, excess);
    this.#dropped += excess;
    const firstId = this.#records[0]?.id ?? this.#nextId;
    const keptFrom = this.#shown.findIndex((record) => record.id >= firstId);
    const gone = keptFrom < 0 ? this.#shown.length : keptFrom;
    this.#shown.splice(0, gone);
    return gone;
  }

  refilter(filter: LogFilter): void {
    this.#filter = filter;
    this.#shown = this.#records.filter((record) => this.#passes(record));
  }

  clear(): void {
    this.#records = [];
    this.#shown = [];
    this.#nextId = 0;
    this.#dropped = 0;
  }

  #passes(record: LogRecord): boolean {
    if (record.type === 'note') return true;
    if (this.#filter.levels.size > 0 && !this.#filter.levels.has(record.level)) return false;
    const { matches } = this.#filter;
    return matches === null || matches(plainText(record.line.text));
  }
}

/** The log as a text file: time, pod and container before each line. */
export function logText(records: readonly LogRecord[]): string {
  return records
    .map((record) =>
      record.type === 'note'
        ? `--- ${record.note.message}`
        : `${record.line.at ?? '-'} [${record.line.pod}/${record.line.container}] ${plainText(record.line.text)}`,
    )
    .join('\n')
    .concat('\n');
}

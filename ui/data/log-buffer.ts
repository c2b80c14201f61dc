import type { LogLine, LogNote } from '../../api/contract.ts';
import { parseInstant } from '../format/instant.ts';
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
  | { readonly id: number; readonly type: 'note'; readonly note: LogNote }
  | DayRecord;

/** Stands before the first line of a day that is not the day of the line above it. */
interface DayRecord {
  /** That of the line. */
  readonly id: number;
  readonly type: 'day';
  readonly at: number;
}

type ReceivedRecord = Exclude<LogRecord, DayRecord>;

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

  readonly #dayOf: (at: number) => number;
  #records: ReceivedRecord[] = [];
  #shown: LogRecord[] = [];
  #filter: LogFilter;
  #nextId = 0;
  #dropped = 0;
  /** The day on which the log was opened: its lines need no day above them. */
  #today: number;
  /** Of the newest line that is shown. */
  #shownDay: number;

  /**
   * @param now epoch ms
   * @param dayOf a number for each day as the reader counts them; when that changes, `refilter`
   */
  constructor(filter: LogFilter, now: number, dayOf: (at: number) => number) {
    this.#filter = filter;
    this.#dayOf = dayOf;
    this.#today = now;
    this.#shownDay = dayOf(now);
  }

  /** What the filter lets through, notes always, and a mark where the day changes. */
  get shown(): readonly LogRecord[] {
    return this.#shown;
  }

  /** Of the records, how many the filter lets through. */
  get count(): number {
    return this.#shown.reduce((sum, { type }) => (type === 'day' ? sum : sum + 1), 0);
  }

  get records(): readonly ReceivedRecord[] {
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
      const record: ReceivedRecord =
        'kind' in item ? { id, type: 'note', note: item } : { id, type: 'line', line: item, level: levelOf(item.text) };
      this.#records.push(record);
      this.#show(record);
    }
    if (this.#records.length <= LogBuffer.limitLines + LogBuffer.sliceLines) return 0;
    const excess = this.#records.length - LogBuffer.limitLines;
    this.#records.splice(0, excess);
    this.#dropped += excess;
    const firstId = this.#records[0]?.id ?? this.#nextId;
    const keptFrom = this.#shown.findIndex((record) => record.id >= firstId);
    const gone = keptFrom < 0 ? this.#shown.length : keptFrom;
    const day = this.#shown.slice(0, gone).findLast((record) => record.type === 'day');
    const kept = this.#shown[gone];
    this.#shown.splice(0, gone);
    if (day === undefined || kept === undefined || kept.type === 'day') return gone;
    this.#shown.unshift({ ...day, id: kept.id });
    return gone - 1;
  }

  refilter(filter: LogFilter): void {
    this.#filter = filter;
    this.#shown = [];
    this.#shownDay = this.#dayOf(this.#today);
    for (const record of this.#records) this.#show(record);
  }

  clear(now: number): void {
    this.#records = [];
    this.#shown = [];
    this.#nextId = 0;
    this.#dropped = 0;
    this.#today = now;
    this.#shownDay = this.#dayOf(now);
  }

  #show(record: ReceivedRecord): void {
    if (!this.#passes(record)) return;
    const at = record.type === 'line' ? parseInstant(record.line.at) : null;
    const day = at === null ? this.#shownDay : this.#dayOf(at);
    if (at !== null && day !== this.#shownDay) this.#shown.push({ id: record.id, type: 'day', at });
    this.#shownDay = day;
    this.#shown.push(record);
  }

  #passes(record: ReceivedRecord): boolean {
    if (record.type === 'note') return true;
    if (this.#filter.levels.size > 0 && !this.#filter.levels.has(record.level)) return false;
    const { matches } = this.#filter;
    return matches === null || matches(plainText(record.line.text));
  }
}

/** The log as a text file: time, pod and container before each line. */
export function logText(records: readonly LogRecord[]): string {
  return records
    .filter((record) => record.type !== 'day')
    .map((record) =>
      record.type === 'note'
        ? `--- ${record.note.message}`
        : `${record.line.at ?? '-'} [${record.line.pod}/${record.line.container}] ${plainText(record.line.text)}`,
    )
    .join('\n')
    .concat('\n');
}

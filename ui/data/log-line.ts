/**
 * What a line of a log says: its level, its words without control sequences, and the fields of a JSON line. Pure, and
 * cheap enough for thousands of lines a second: only what is drawn is taken apart completely.
 */
import type { LogLevel } from './log-level.ts';

const levelWords: Readonly<Record<string, LogLevel>> = {
  fatal: 'error',
  panic: 'error',
  crit: 'error',
  critical: 'error',
  alert: 'error',
  emerg: 'error',
  err: 'error',
  error: 'error',
  severe: 'error',
  warn: 'warn',
  warning: 'warn',
  info: 'info',
  information: 'info',
  notice: 'info',
  debug: 'debug',
  trace: 'debug',
  verbose: 'debug',
};

/** The level is looked for in this many characters at the start of a line. */
const limitLevelCharacters = 240;

const jsonLevel = /"(?:level|severity|lvl|log\.level|@l)"\s*:\s*(?:"(\w+)"|(\d+))/i;
const logfmtLevel = /(?:^|\s)(?:level|lvl|severity)=["']?(\w+)/i;
/** klog: `E0131 12:00:00.000000`. */
const klogLevel = /^([IWEF])\d{4}\s/;
const bareLevel =
  /(?:^|[\s[(|<])(FATAL|PANIC|CRITICAL|CRIT|SEVERE|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE|VERBOSE)(?=$|[\s\])|>:,])/i;

export function levelOf(text: string): LogLevel {
  const start = text.slice(0, limitLevelCharacters);
  const json = start.startsWith('{') ? jsonLevel.exec(start) : null;
  if (json !== null) return json[1] === undefined ? levelOfNumber(Number(json[2])) : levelOfWord(json[1]);
  const klog = klogLevel.exec(start)?.[1];
  if (klog !== undefined) return { I: 'info', W: 'warn', E: 'error', F: 'error' }[klog] as LogLevel;
  const word = logfmtLevel.exec(start)?.[1] ?? bareLevel.exec(start)?.[1];
  return word === undefined ? 'other' : levelOfWord(word);
}

function levelOfWord(word: string): LogLevel {
  return levelWords[word.toLowerCase()] ?? 'other';
}

/** Numbers as bunyan and pino write them: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function levelOfNumber(level: number): LogLevel {
  if (level >= 50) return 'error';
  if (level >= 40) return 'warn';
  if (level >= 30) return 'info';
  return level >= 10 ? 'debug' : 'other';
}

export interface AnsiSpan {
  readonly text: string;
  /** Class names of `styles/log.ts`: `ansi-1` … `ansi-7`, `ansi-bold`; empty for plain text. */
  readonly className: string;
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const sequence = /\u001b\[([\d;]*)([A-Za-z])|\u001b[@-Z\\-_]|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;

/** Colours of a terminal as spans; every other control sequence is dropped. */
export function ansiSpans(text: string): readonly AnsiSpan[] {
  if (!hasControls(text)) return text === '' ? [] : [{ text, className: '' }];
  const spans: AnsiSpan[] = [];
  let colour = '';
  let bold = false;
  let at = 0;
  const push = (end: number): void => {
    const part = text.slice(at, end);
    if (part !== '')
      spans.push({ text: part, className: [colour, bold ? 'ansi-bold' : ''].filter((name) => name !== '').join(' ') });
  };
  for (const match of text.matchAll(sequence)) {
    push(match.index);
    at = match.index + match[0].length;
    if (match[2] !== 'm') continue;
    for (const code of (match[1] === '' ? '0' : (match[1] ?? '0')).split(';').map(Number)) {
      if (code === 0) {
        colour = '';
        bold = false;
      } else if (code === 1) bold = true;
      else if (code === 22) bold = false;
      else if (code === 39) colour = '';
      else if (code >= 30 && code <= 37) colour = `ansi-${code - 30}`;
      else if (code >= 90 && code <= 97) colour = `ansi-${code - 90}`;
    }
  }
  push(text.length);
  return spans;
}

export function plainText(text: string): string {
  return hasControls(text) ? text.replaceAll(sequence, '') : text;
}

function hasControls(text: string): boolean {
  sequence.lastIndex = 0;
  const found = sequence.test(text);
  sequence.lastIndex = 0;
  return found;
}

export interface FoldedLine {
  /** What the line says, without the rest of its fields. */
  readonly message: string;
  readonly fields: readonly (readonly [string, string])[];
}

const messageNames = ['msg', 'message', '@m', 'event', 'log', 'text', 'error'];
const hiddenNames = new Set([
  'level',
  'severity',
  'lvl',
  'time',
  'timestamp',
  'ts',
  '@timestamp',
  '@t',
  '@l',
  'log.level',
]);
const limitFields = 40;

/** A JSON line as message and fields; null for any other line. */
export function foldJson(text: string): FoldedLine | null {
  if (!text.startsWith('{') || !text.trimEnd().endsWith('}')) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // It only looks like JSON: shown as it is.
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const entries = Object.entries(parsed);
  const [name, message] = messageNames
    .map((wanted) => entries.find(([key]) => key === wanted))
    .find((entry) => typeof entry?.[1] === 'string') ?? [null, ''];
  return {
    message: String(message),
    fields: entries
      .filter(([key]) => key !== name && !hiddenNames.has(key))
      .slice(0, limitFields)
      .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  };
}

/** A filter of lines: `/regular expression/` or plain text, case ignored. Null when the expression is not valid. */
export function lineFilter(filter: string): ((text: string) => boolean) | null {
  const expression = /^\/(.+)\/([ims]*)$/.exec(filter);
  if (expression === null) {
    const wanted = filter.toLowerCase();
    return wanted === '' ? () => true : (text) => text.toLowerCase().includes(wanted);
  }
  try {
    const pattern = new RegExp(
      expression[1] ?? '',
      expression[2]?.includes('i') ? expression[2] : `${expression[2] ?? ''}i`,
    );
    return (text) => pattern.test(text);
  } catch {
    // The caller says that it is not valid.
    return null;
  }
}

/** Ends of pod names tell pods apart: `checkout-7d9f8b6c5-x7f2k` is `x7f2k`, `orders-db-2` is `2`. */
export function podSuffix(pod: string): string {
  return pod.slice(pod.lastIndexOf('-') + 1);
}

/**
 * One of eight hues for each pod, in the order in which pods appear: the first eight never share one, and a pod keeps
 * its own for as long as the log is open.
 */
export class PodHues {
  static readonly count = 8;
  /** Replaced pods come and go: beyond this many the oldest is forgotten. */
  static readonly limitPods = 500;

  readonly #hues = new Map<string, number>();
  #next = 0;

  of(pod: string): number {
    const known = this.#hues.get(pod);
    if (known !== undefined) return known;
    const hue = this.#next % PodHues.count;
    this.#next += 1;
    this.#hues.set(pod, hue);
    if (this.#hues.size > PodHues.limitPods) {
      const [oldest] = this.#hues.keys();
      if (oldest !== undefined) this.#hues.delete(oldest);
    }
    return hue;
  }
}

/**
 * Texts of Kubernetes are written for people, change between versions and are cut by their writers. Every parser of
 * this folder is total: it never throws, reads at most `limitCharacters`, and falls back to the text itself.
 */

/** Kubernetes cuts event messages at 1 KiB and termination messages at 4 KiB; what is longer is not from there. */
export const limitCharacters = 4096;

/** What a reader's line quotes of a longer text. */
export const limitQuoted = 200;

const combined = '(combined from similar events): ';

/** The message as its writer made it: without the mark of merged events, and no longer than the limit. */
export function plainText(message: string): string {
  const text = message.startsWith(combined) ? message.slice(combined.length) : message;
  return (text.length > limitCharacters ? text.slice(0, limitCharacters) : text).trim();
}

/** Takes off one wrapper after the other, in whatever order they come. */
export function withoutWrappers(text: string, wrappers: readonly RegExp[]): string {
  let rest = text;
  // Each round takes at least a word; ten are more than any writer nests.
  for (let round = 0; round < 10; round += 1) {
    const before = rest;
    for (const wrapper of wrappers) rest = rest.replace(wrapper, '');
    if (rest === before) break;
  }
  return rest.trim();
}

/** The first line that says something, cut to what a sentence can quote. */
export function firstLine(text: string): string {
  for (const line of plainText(text).split('\n')) {
    const trimmed = line.trim();
    if (trimmed !== '') return cut(trimmed);
  }
  return '';
}

/** What Go, the JVM and Node print of an error before the stack that led to it. */
const errorHeads: readonly RegExp[] = [
  /^(?:panic|fatal error): .*$/m,
  /^Caused by: .*$(?![\s\S]*^Caused by: )/m,
  /^(?:Exception in thread "[^"]*" )?(?:[\w$.]*(?:Error|Exception))\b.*$(?=\n\s+at )/m,
];
/** What the end of a log says that is not the error: a frame of a stack, and Node's own name. */
const afterError =
  /^\s*(?:at .*|\S+\.go:\d+.*|[\w./*()]+\(.*\)|goroutine \d+ .*|created by .*|Node\.js v\d.*|\.\.\. \d+ more|\[.* stack trace .*\]|exit status \d+)$/i;

/** The line that names the error of a program: its head where a stack follows it, else the last one that says something. */
export function errorLine(text: string): string {
  const plain = plainText(text);
  for (const head of errorHeads) {
    const line = head.exec(plain)?.[0];
    if (line !== undefined) return cut(line.trim());
  }
  return (
    lastLine(
      plain
        .split('\n')
        .filter((line) => !afterError.test(line))
        .join('\n'),
    ) || lastLine(plain)
  );
}

/** The last line that says something: programs name their error at the end. */
export function lastLine(text: string): string {
  const lines = plainText(text).split('\n');
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const trimmed = lines[index]?.trim() ?? '';
    if (trimmed !== '') return cut(trimmed);
  }
  return '';
}

/** Without a final period: the quotation stands inside a sentence. */
function cut(line: string): string {
  const text = line.endsWith('.') && !line.endsWith('..') ? line.slice(0, -1) : line;
  return text.length > limitQuoted ? `${text.slice(0, limitQuoted - 1)}…` : text;
}

/** `spec.containers{name}` → `name`; null when the event is not about one container. */
export function containerOfFieldPath(fieldPath: string | null): string | null {
  if (fieldPath === null) return null;
  const open = fieldPath.indexOf('{');
  if (open < 0 || !fieldPath.endsWith('}')) return null;
  const name = fieldPath.slice(open + 1, -1);
  return name === '' ? null : name;
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerate(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

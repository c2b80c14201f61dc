const key = Buffer.from('"managedFields":[');
const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * The text of one JSON document with the first `managedFields` emptied, which nobody here reads and which is 40 % of a
 * pod. Cut out before the parser sees it: of 9,920 pods as a real API server sends them, that takes a third off the
 * time to parse them and off the garbage.
 *
 * In valid JSON a comma or an open brace followed by `"managedFields":[` is always a key with an array: inside a string
 * the quotes would be escaped. What does not look exactly like that, with a space for instance, is passed on whole, and
 * so is an array without an end.
 */
export function textWithoutManagedFields(json: Buffer): string {
  const start = json.indexOf(key);
  if (start < 1 || (json[start - 1] !== comma && json[start - 1] !== openBrace)) return json.toString('utf8');
  const first = start + key.length;
  const end = endOfArray(json, first);
  if (end === -1) return json.toString('utf8');
  return json.toString('utf8', 0, first) + json.toString('utf8', end);
}

/** Where the bracket stands that closes the array whose elements begin at `start`; -1 when there is none. */
function endOfArray(json: Buffer, start: number): number {
  let depth = 1;
  for (let at = start; at < json.length; at++) {
    const byte = json[at];
    if (byte === quote) at = endOfString(json, at + 1);
    else if (byte === openBracket || byte === openBrace) depth++;
    else if ((byte === closeBracket || byte === closeBrace) && --depth === 0) return at;
  }
  return -1;
}

/** Where the quote stands that closes the string whose content begins at `start`; past the end when there is none. */
function endOfString(json: Buffer, start: number): number {
  let at = start;
  while (at < json.length && json[at] !== quote) at += json[at] === backslash ? 2 : 1;
  return at;
}

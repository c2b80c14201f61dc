import { closeSync, type Dirent, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Document, parseAllDocuments, parseDocument } from 'yaml';
import { checkDocument, DumpError, kindsOfDump, otherWorkloads } from './controller/dump.ts';
import { SettingError } from './settings.ts';

/**
 * Reads recorded objects in whatever form a person has them: YAML or JSON, one document or many, the text of
 * `kubectl cluster-info dump`, its folder or that of a must-gather, a support bundle or a sosreport, gzipped, in the
 * UTF-16 of a Windows shell, or pasted into an issue.
 *
 *     file, folder or standard input ─► bytes ─► text ─► documents
 */
export interface Dump {
  /** Parsed JSON or YAML, in the order of the text. */
  readonly documents: readonly unknown[];
  /** Sentences about files of a folder that should hold objects and cannot be read. */
  readonly problems: readonly string[];
}

/** Of a folder; a must-gather has a few thousand files. */
const limitFiles = 50_000;
/** Of one file once it is unpacked: the longest text that Node holds is 512 MiB. */
const limitBytes = 400 * 1024 * 1024;
/** A parser may quote much of the text. */
const limitProblem = 200;
const archive = /\.(?:tar|tar\.\w+|tgz|txz|zip|7z)$/i;
const readable = /\.(?:ya?ml|json)(?:\.gz)?$/i;

/**
 * @param file a file, a folder, or `-` for standard input
 * @throws SettingError naming the file, and the document in it
 */
export function readDump(file: string): Dump {
  if (file !== '-' && isFolder(file)) return readFolder(file);
  const name = file === '-' ? 'The dump' : file;
  const documents = documentsOf(textOf(bytesOf(file), name), name);
  if (documents === null) {
    throw new SettingError(
      'The dump is empty: pipe kubectl get deploy,sts,ds,rs,pods,events,svc -A -o yaml into it, or name a file with -f.',
    );
  }
  return { documents, problems: [] };
}

function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch (error) {
    throw unreadable(file, error);
  }
}

function bytesOf(file: string): Buffer {
  // One of many gigabytes need not be unpacked to be told from a dump.
  if (archive.test(file)) throw anArchive(file);
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function anArchive(name: string): SettingError {
  return new SettingError(`${name} is an archive: unpack it, and name its folder with -f.`);
}

function unreadable(file: string, error: unknown): SettingError {
  const what = file === '-' ? 'Standard input' : file;
  return new SettingError(`${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

const mentionsKind = new RegExp(
  `\\bkind["']?:\\s*["']?(?:${[...kindsOfDump, ...otherWorkloads].join('|')})(?:List)?\\b`,
);
/** Lists without kinds are JSON, and one of these stands in each object that is read. */
const mentionsShape = /"(?:containers|involvedObject|sessionAffinity)":|"phase": ?"(?:Active|Terminating)"/;

/** Every file that speaks of a kind that is read; logs and the many other kinds of a folder are passed over unparsed. */
function readFolder(folder: string): Dump {
  const documents: unknown[] = [];
  const problems: string[] = [];
  const names = filesOf(folder, problems);
  if (names.length > limitFiles) {
    throw new SettingError(
      `${folder} holds ${names.length} files of YAML or JSON, and at most ${limitFiles} are read: name a folder in it.`,
    );
  }
  for (const name of names) {
    try {
      const text = textOf(bytesOf(name), name);
      if (!mentionsKind.test(text) && !mentionsShape.test(text)) continue;
      for (const document of (documentsOf(text, name) ?? []).filter(holdsObjects)) {
        checkDocument(document, name);
        documents.push(document);
      }
    } catch (error) {
      if (!(error instanceof SettingError) && !(error instanceof DumpError)) throw error;
      problems.push(error.message);
    }
  }
  if (documents.length === 0 && problems.length === 0) {
    const packed = archivesOf(folder)[0];
    if (packed !== undefined) throw anArchive(packed);
    throw new SettingError(
      `${folder} holds no Kubernetes object: of its files those of YAML or JSON are read, also gzipped.`,
    );
  }
  return { documents, problems };
}

function archivesOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => archive.test(name))
    .map((name) => path.join(folder, name));
}

/** Links are not followed: what they lead to in the dump is found without them, and the rest is none of it. */
function filesOf(folder: string, problems: string[]): readonly string[] {
  const files: string[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of entriesOf(next, problems)) {
      const name = path.join(next, entry.name);
      if (entry.isDirectory()) folders.push(name);
      else if (entry.isFile() && (readable.test(name) || (!log.test(name) && beginsLikeObjects(name))))
        files.push(name);
    }
  }
  return files.sort();
}

function entriesOf(folder: string, problems: string[]): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    problems.push(unreadable(folder, error).message);
    return [];
  }
}

/** How kubectl, oc and typed clients begin their output, whatever the file is called: a sosreport names no ending. */
const firstWords =
  /^\ufeff?\s*(?:\{\s*"(?:apiVersion|kind|items|metadata)":|\[\s*\{\s*"(?:metadata|kind|apiVersion)":|(?:---\s+)?(?:apiVersion|kind|items):\s)/;
const headBytes = 256;
const log = /\.log(?:\.\d+)?$/i;

function beginsLikeObjects(name: string): boolean {
  const head = Buffer.alloc(headBytes);
  try {
    const file = openSync(name, 'r');
    try {
      const length = readSync(file, head);
      return firstWords.test(decoded(head.subarray(0, length)));
    } finally {
      closeSync(file);
    }
  } catch {
    // Of a file that need not hold objects nothing is missed.
    return false;
  }
}

function holdsObjects(document: unknown): boolean {
  return (
    typeof document === 'object' &&
    document !== null &&
    (Array.isArray(document) || 'kind' in document || 'items' in document || 'object' in document)
  );
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function textOf(bytes: Buffer, name: string): string {
  if (isGzip(bytes)) return textOf(unpacked(bytes, name), name);
  if (bytes.toString('latin1', 0, 2) === 'PK' || bytes.toString('latin1', 257, 262) === 'ustar') {
    throw anArchive(name);
  }
  return decoded(bytes);
}

function decoded(bytes: Buffer): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function unpacked(bytes: Buffer, name: string): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: limitBytes });
  } catch (error) {
    throw new SettingError(`${name} cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** PowerShell writes UTF-16 with `>`; text of Kubernetes begins with a letter of ASCII, so that a zero byte tells. */
function encodingOf(bytes: Buffer): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (second === 0 && first !== 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && bytes.length > 1)) return 'utf-16be';
  return 'utf-8';
}

/** Null when there is nothing but space. */
function documentsOf(text: string, name: string): readonly unknown[] | null {
  if (text.trim() === '') return null;
  // YAML takes a line of words and what follows it for one long text.
  const output = text.replace(chatterAhead, '');
  try {
    return parsed(output, name);
  } catch (error) {
    const excerpt = excerptOf(output);
    if (excerpt === null) throw error;
    return parsed(excerpt, name);
  }
}

function parsed(text: string, name: string): readonly unknown[] {
  // JSON is YAML, but a JSON parser is fifty times as fast on a large dump.
  if (/^\s*[[{]/.test(text)) {
    const documents = jsonDocuments(text);
    if (documents !== null) return documents;
    // Only YAML leaves the quotes out.
    if (/^\s*\[?\s*\{\s*"/.test(text))
      throw new SettingError(`${name} is not JSON: ${jsonProblem(text)}${cutOffWords(text)}`);
  }
  return yamlDocuments(text, name);
}

/** Of Markdown; a fence in a document of YAML is indented. */
const fenced = /^```[^\n]*\n([\s\S]*?)^```[ \t]*\r?$/gm;
/** What a client says beside its output, and the line with which it was called. */
const line = /(?:[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ |Warning: |[^\s"'{}]*[$#%>❯] ?(?:kubectl|oc|k) ).*\r?\n/.source;
const chatter = new RegExp(`^${line}`, 'gm');
const chatterAhead = new RegExp(`^\\s*(?:${line})+`);

/** The objects of a text that was pasted into an issue, or taken with `2>&1`; null where nothing stands around them. */
function excerptOf(text: string): string | null {
  const blocks = [...text.matchAll(fenced)].map(([, block = '']) => block).filter((block) => /\bkind\b/.test(block));
  const excerpt = (blocks.length > 0 ? blocks.join('\n---\n') : text).replace(chatter, '');
  return excerpt === text || excerpt.trim() === '' ? null : excerpt;
}

function jsonDocuments(text: string): readonly unknown[] | null {
  try {
    return [JSON.parse(text)];
  } catch {
    return concatenated(text);
  }
}

function jsonProblem(text: string): string {
  try {
    JSON.parse(text);
    return 'its documents do not follow each other';
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, limitProblem) : String(error);
  }
}

/** A full disk and a broken connection leave the brackets open. */
function cutOffWords(text: string): string {
  return endOfDocument(text, text.search(/\S/)) === null ? ' (was it cut off?)' : '';
}

/** What stands between the documents of `kubectl cluster-info dump`: logs of containers, which may hold braces. */
const logs = /==== START logs for container [^\n]*\n[\s\S]*?==== END logs for container [^\n]*(?:\n|$)/y;
const space = /[\s,]+/y;

/** JSON documents one after the other; null when something stands between them that is not known. */
function concatenated(text: string): unknown[] | null {
  const documents: unknown[] = [];
  let at = 0;
  while (at < text.length) {
    const skippedTo = skip(space, text, at) ?? skip(logs, text, at);
    if (skippedTo !== null) {
      at = skippedTo;
      continue;
    }
    const end = endOfDocument(text, at);
    if (end === null) return null;
    try {
      documents.push(JSON.parse(text.slice(at, end)));
    } catch {
      return null;
    }
    at = end;
  }
  return documents;
}

function skip(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** Behind the bracket that closes the one at `at`; null when it begins with none or does not end. */
function endOfDocument(text: string, at: number): number | null {
  if (text[at] !== '{' && text[at] !== '[') return null;
  const marks = /["{}[\]]/g;
  const stringEnd = /[^"\\]*(?:\\.[^"\\]*)*"/sy;
  marks.lastIndex = at;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '"') {
      stringEnd.lastIndex = marks.lastIndex;
      if (!stringEnd.test(text)) return null;
      marks.lastIndex = stringEnd.lastIndex;
    } else if (mark[0] === '{' || mark[0] === '[') {
      depth += 1;
    } else {
      depth -= 1;
      if (depth === 0) return marks.lastIndex;
    }
  }
  return null;
}

/**
 * A dump is one list of thousands of objects, and a YAML parser holds sixty times its text: the documents, and the
 * items of a list that begin in the same column, are parsed one by one. What does not fall apart that way is parsed whole,
 * which also names the line of an error.
 */
function yamlDocuments(text: string, name: string): readonly unknown[] {
  return pieceByPiece(text) ?? wholeYaml(text, name);
}

function pieceByPiece(text: string): readonly unknown[] | null {
  const documents: unknown[] = [];
  for (const document of text.split(/^---[ \t]*\r?$/m).flatMap(followingDocuments)) {
    const items = itemsOf(document);
    for (const piece of items?.pieces ?? [document]) {
      if (piece.trim() === '') continue;
      const { value, problem } = valueOf(parseDocument(piece, { logLevel: 'silent' }));
      if (problem !== null) return null;
      if (items === null) documents.push(value);
      // The piece is a list of one. Its kind stands in the list's, and not in each item, where the list has a type.
      else documents.push({ kind: items.kind, metadata: { resourceVersion: items.resourceVersion }, items: value });
    }
  }
  return documents;
}

/** `kubectl get … -o yaml >> FILE` puts no dashes between, but begins each of its documents with the same word. */
function followingDocuments(document: string): readonly string[] {
  const starts = document.match(/^apiVersion:/gm)?.length ?? 0;
  return starts > 1 && /^\s*apiVersion:/.test(document) ? document.split(/^(?=apiVersion:)/m) : [document];
}

interface Items {
  readonly kind: string;
  /** Of the list; empty when kubectl gathered it. */
  readonly resourceVersion: string;
  /** Each begins with its dash. */
  readonly pieces: readonly string[];
}

/** Null where the document is no list in block style. */
function itemsOf(document: string): Items | null {
  const head = /^items:[ \t]*\r?\n( *)- /m.exec(document);
  const kind = /^kind: (\w*List)[ \t]*\r?$/m.exec(document)?.[1];
  if (head === null || kind === undefined) return null;
  const indent = head[1] ?? '';
  const start = head.index + head[0].length - 2 - indent.length;
  const rest = document.slice(start);
  // The list ends with the first line that is neither an item nor deeper in one.
  const end = new RegExp(`^(?!${indent}- |${indent} |[ \\t]*\\r?$)`, 'm').exec(rest);
  const list = end === null ? rest : rest.slice(0, end.index);
  const resourceVersion =
    /^metadata:[ \t]*\r?\n(?:[ \t].*\n)*?[ \t]+resourceVersion: ["']?(\d+)/m.exec(document)?.[1] ?? '';
  return { kind, resourceVersion, pieces: list.split(new RegExp(`^(?=${indent}- )`, 'm')) };
}

function wholeYaml(text: string, name: string): readonly unknown[] {
  const documents = parseAllDocuments(text, { logLevel: 'silent' });
  if (!Array.isArray(documents)) return [];
  return documents.map((document, index) => {
    const { value, problem } = valueOf(document);
    if (problem === null) return value;
    throw new SettingError(`${name}, document ${index + 1}, is not YAML: ${problem}`);
  });
}

/** Objects of a cluster use no aliases beyond a handful; the limit keeps a crafted file from growing without end. */
const limitAliases = 1_000;

function valueOf(document: Document.Parsed): { readonly value: unknown; readonly problem: string | null } {
  const [error] = document.errors;
  if (error !== undefined) return { value: null, problem: error.message.split('\n')[0] ?? '' };
  try {
    return { value: document.toJS({ maxAliasCount: limitAliases }), problem: null };
  } catch (failure) {
    // An alias without its anchor, or too many of them.
    return { value: null, problem: failure instanceof Error ? failure.message : String(failure) };
  }
}

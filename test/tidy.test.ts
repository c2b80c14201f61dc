/**
 * The rules of the house that a reader should not have to check: who may import whom (ARCHITECTURE.md), no clock and
 * no randomness in the pure core, no types that lie, no folder that is named after the fact of sharing.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '..');
const skipped = new Set(['node_modules', 'dist', '.git']);

interface SourceFile {
  readonly file: string;
  readonly folder: string;
  readonly text: string;
}

function sourceFiles(folder = ''): SourceFile[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry): SourceFile[] => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : sourceFiles(file);
    if (!entry.name.endsWith('.ts')) return [];
    const top = file.includes('/') ? (file.split('/')[0] ?? '') : '.';
    return [{ file, folder: top, text: readFileSync(path.join(root, file), 'utf8') }];
  });
}

const files = sourceFiles();
const isTest = (file: string): boolean => file.endsWith('.test.ts') || /(^|\/)test\//.test(file);

interface Import {
  readonly from: SourceFile;
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(source: SourceFile): Import[] {
  const found: Import[] = [];
  const statement = /^\s*(import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
  for (const match of source.text.matchAll(statement)) {
    found.push({ from: source, target: match[3] ?? '', typeOnly: match[2] !== undefined });
  }
  for (const match of source.text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)) {
    found.push({ from: source, target: match[1] ?? '', typeOnly: false });
  }
  return found;
}

interface Rule {
  /** Folders whose code may be loaded. */
  readonly folders: readonly string[];
  /** Folders of which the types may be named. */
  readonly types: readonly string[];
  /** Packages; `node:` stands for Node's own modules. */
  readonly packages: readonly string[];
}

/** The table of ARCHITECTURE.md. What stands in no row may import everything and is imported by nobody. */
const table: Readonly<Record<string, Rule>> = {
  health: { folders: [], types: [], packages: [] },
  store: { folders: ['health'], types: [], packages: ['drizzle-orm', 'better-sqlite3', 'pino', 'node:'] },
  controller: {
    folders: ['health', 'store'],
    types: ['api'],
    packages: ['@kubernetes/client-node', 'p-queue', 'undici', 'pino', 'prom-client', 'node:'],
  },
  api: {
    folders: ['health', 'store'],
    types: [],
    packages: ['hono', '@hono/node-server', 'hono-openapi', 'zod', 'prom-client', 'pino', 'node:'],
  },
  ui: { folders: ['health'], types: ['api'], packages: ['lit', 'uplot'] },
  simulator: { folders: [], types: ['health'], packages: ['node:'] },
};

const isPackage = (target: string, name: string): boolean =>
  name === 'node:' ? target.startsWith('node:') : target === name || target.startsWith(`${name}/`);

for (const [folder, rule] of Object.entries(table)) {
  test(`${folder}/ imports only what ARCHITECTURE.md allows`, () => {
    const wrong: string[] = [];
    for (const imported of files
      .filter((source) => source.folder === folder && !isTest(source.file))
      .flatMap(importsOf)) {
      const { from, target, typeOnly } = imported;
      if (target.startsWith('.')) {
        const resolved = path.posix.join(path.posix.dirname(from.file), target);
        const top = resolved.split('/')[0] ?? '';
        const allowed = top === folder || rule.folders.includes(top) || (typeOnly && rule.types.includes(top));
        if (!allowed) wrong.push(`${from.file} → ${resolved}`);
      } else if (!rule.packages.some((name) => isPackage(target, name)) && !typeOnly) {
        wrong.push(`${from.file} → ${target}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
}

test('nobody imports main.ts, and only tests import test/ or scripts/', () => {
  const wrong: string[] = [];
  for (const { from, target } of files.flatMap(importsOf)) {
    if (!target.startsWith('.')) continue;
    const resolved = path.posix.join(path.posix.dirname(from.file), target);
    const top = resolved.split('/')[0] ?? '';
    if (resolved === 'main.ts') wrong.push(`${from.file} → ${resolved}`);
    const outside = (top === 'test' || top === 'scripts') && from.folder !== 'test' && from.folder !== 'scripts';
    if (outside && !isTest(from.file)) wrong.push(`${from.file} → ${resolved}`);
  }
  assert.deepEqual(wrong, []);
});

test('client-node is imported for its KubeConfig in one file, elsewhere as types', () => {
  const importers = files
    .filter((source) => !isTest(source.file) && source.folder !== 'scripts')
    .flatMap(importsOf)
    .filter(({ target, typeOnly }) => isPackage(target, '@kubernetes/client-node') && !typeOnly)
    .map(({ from }) => from.file);
  assert.ok(new Set(importers).size <= 1, importers.join(', '));
});

/** [what, pattern, where it must not stand] */
const smells: readonly (readonly [title: string, pattern: RegExp, applies: (file: string) => boolean])[] = [
  [
    'a clock or randomness in the pure core',
    /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|\bset(Timeout|Interval)\(/,
    (file) => file.startsWith('health/') && !isTest(file),
  ],
  ['the type any', /(:|\bas|<|\|)\s+any\b(?=\s*[;,)=>|[\]{}]|$)|<any\b|\bany\[\]/m, () => true],
  ['an empty catch', /catch\s*(\([^)]*\))?\s*\{\s*\}/, () => true],
  ['a skipped or lone test', /\b(test|it|describe|suite)\.(skip|only|todo)\(/, () => true],
  [
    'console outside the command line',
    /\bconsole\.\w+\(/,
    (file) => !/^(main\.ts|scripts\/|test\/|ui\/)/.test(file) && !isTest(file),
  ],
  ['an enum or a namespace', /^\s*(export\s+)?(const\s+)?(enum|namespace)\s+\w+\s*\{/m, () => true],
];
for (const [title, pattern, applies] of smells) {
  test(`no source file holds ${title}`, () => {
    const wrong = files
      .filter(({ file }) => file !== 'test/tidy.test.ts' && applies(file))
      // An ignored error needs a sentence, so there the comments count.
      .filter(({ text }) => pattern.test(title === 'an empty catch' ? text : withoutComments(text)))
      .map(({ file }) => file);
    assert.deepEqual(wrong, []);
  });
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}

test('no folder and no file is named after the fact of sharing', () => {
  const wrong = files.filter(({ file }) => /(^|\/)(shared|common|utils?|helpers?|lib|misc)(\.ts|\/)/.test(file));
  assert.deepEqual(
    wrong.map(({ file }) => file),
    [],
  );
});

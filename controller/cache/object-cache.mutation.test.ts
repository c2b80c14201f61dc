/**
 * The properties of the cache can fail: broken copies of its source, each found by the tests beside it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

/** [what is broken, the text that is replaced, by what] */
const mutants: readonly (readonly [name: string, from: string, to: string])[] = [
  [
    'deletions during an incomplete list',
    "case 'init':\n          collected = new Map();",
    "case 'init':\n          collected = new Map();\n          this.#commit(namespace, new Map(), 'live', false);",
  ],
  ['half a list is read', 'collected ??= new Map();\n          namesIn(collected,', 'namesIn(this.#picture,'],
  [
    'no sweep',
    'if (previous !== null && !after.has(objectName)) changes.push',
    'if (previous === undefined) changes.push',
  ],
  [
    'deltas before the swap',
    'this.#picture = next;\n    for',
    'queueMicrotask(() => (this.#picture = next));\n    for',
  ],
  [
    'an event applied twice is told twice',
    'if (isSame(previous, current)) {',
    'if (previous === null && current === null) {',
  ],
  ['a late deletion of a predecessor', 'if (previous !== null && previous.uid !== uid) return;', ''],
  [
    'equal versions after a restore',
    '(compareResourceVersions(event.resourceVersion, committedVersion) ?? 0) < 0',
    'false',
  ],
];

const root = path.join(import.meta.dirname, '..', '..');

for (const [name, from, to] of mutants) {
  test(`the tests find the mutant: ${name}`, () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'object-cache-mutant-'));
    try {
      for (const part of ['controller', 'health', 'package.json']) {
        cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
      }
      symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
      const file = path.join(folder, 'controller', 'cache', 'object-cache.ts');
      const text = readFileSync(file, 'utf8');
      assert.equal(text.split(from).length, 2, 'the mutant’s text stands once in object-cache.ts');
      writeFileSync(file, text.replace(from, to));
      const run = spawnSync(
        process.execPath,
        ['--test', path.join(folder, 'controller', 'cache', 'object-cache.test.ts')],
        {
          encoding: 'utf8',
          timeout: 60_000,
          env: { ...process.env, NODE_TEST_CONTEXT: undefined },
        },
      );
      assert.equal(run.status, 1, `the mutant passes: the tests are too weak\n${run.stdout}`);
      assert.match(run.stdout, /AssertionError/, 'it fails by what it does, not by how it is written');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

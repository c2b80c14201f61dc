import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { type CauseEntry, causes, isCauseCode, makeCause, neverNamed } from './causes.ts';

const entries: readonly CauseEntry[] = Object.values(causes);
const root = new URL('../', import.meta.url);

function textOf(pattern: string, exclude: RegExp): string {
  return globSync(pattern, { cwd: root })
    .filter((file) => !exclude.test(file))
    .map((file) => readFileSync(new URL(file, root), 'utf8'))
    .join('\n');
}

/** Rows of the catalogue per letter. */
const sizes = { A: 18, B: 20, C: 19, D: 14, E: 9, F: 24, G: 18, H: 12, I: 19, J: 38 } as const;

test('the list has every row of the catalogue once', () => {
  const wanted = Object.entries(sizes).flatMap(([letter, size]) =>
    Array.from({ length: size }, (_, index) => `${letter}${index + 1}`),
  );
  assert.equal(wanted.length, 191);
  const ids = entries.map((entry) => entry.catalogueId).filter((id) => !id.startsWith('U'));
  assert.deepEqual(ids.toSorted(), wanted.toSorted());
  assert.equal(new Set(entries.map((entry) => entry.catalogueId)).size, entries.length);
});

for (const entry of entries) {
  test(`${entry.catalogueId} ${entry.code} says what it means`, () => {
    assert.match(entry.code, /^[A-Z][A-Za-z]+$/);
    assert.equal(isCauseCode(entry.code), true);
    for (const words of [entry.title, entry.meaning, entry.signal, entry.remedy]) assert.match(words, /^\S.*\S$/s);
    for (const sentence of [entry.meaning, entry.signal, entry.remedy]) assert.match(sentence, /\.$/);
    assert.ok(entry.title.length <= 60 && !entry.title.endsWith('.'));
    assert.ok(Number.isInteger(entry.graceSeconds) && entry.graceSeconds >= 0);
    assert.match(entry.source, /^https:\/\/\S+$/);
    assert.match(
      entry.runbook ?? 'https://runbooks.prometheus-operator.dev/runbooks/kubernetes/x',
      /^https:\/\/runbooks\.prometheus-operator\.dev\/runbooks\/kubernetes\/[a-z]+$/,
    );
  });
}

test('every code is written by a rule and asserted by a test, or is never named, with the reason', () => {
  const rules = textOf('health/**/*.ts', /\.test\.ts$|\/test\/|health\/causes/);
  const tests = textOf('{health,test}/**/*.ts', /health\/causes\.test\.ts$|^health\/(?!.*\.test\.ts$)/);
  const named = (text: string, code: string): boolean => new RegExp(`\\b${code}\\b`).test(text);
  const codes = entries.map((entry) => entry.code).filter((code) => !Object.hasOwn(neverNamed, code));
  assert.deepEqual(
    codes.filter((code) => !named(rules, code)),
    [],
    'no rule writes them',
  );
  assert.deepEqual(
    codes.filter((code) => !named(tests, code)),
    [],
    'no test asserts them',
  );
});

test('what a rule leaves out comes from the list', () => {
  const cause = makeCause('ImagePullNotFound', {
    message: 'Image x does not exist in its registry',
    since: null,
    evidence: [],
  });
  assert.deepEqual(cause, {
    code: 'ImagePullNotFound',
    title: 'Image not found',
    message: 'Image x does not exist in its registry',
    severity: 'critical',
    since: null,
    evidence: [],
    remedy: causes.ImagePullNotFound.remedy,
    commands: [],
    runbook: 'https://runbooks.prometheus-operator.dev/runbooks/kubernetes/kubecontainerwaiting',
    group: null,
  });
});

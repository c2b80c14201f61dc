import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { causes } from '../../health/causes.ts';
import {
  causeMeaning,
  causeRemedy,
  causeTitle,
  preferredLanguage,
  useLanguage,
  whenCauseWordsCome,
} from './catalogue.ts';
import { causesFr, remediesFr } from './causes-fr.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';

type Leaf = readonly [string, unknown];

function leaves(value: object, path = ''): Leaf[] {
  return Object.entries(value).flatMap(([name, part]: [string, unknown]): Leaf[] =>
    typeof part === 'object' && part !== null ? leaves(part, `${path}${name}.`) : [[`${path}${name}`, part]],
  );
}

describe('the texts', () => {
  it('say the same things in every language', () => {
    assert.deepEqual(
      leaves(fr).map(([name]) => name),
      leaves(en).map(([name]) => name),
    );
  });

  for (const [language, texts] of [
    ['English', en],
    ['French', fr],
  ] as const) {
    it(`are never empty in ${language}`, () => {
      for (const [name, text] of leaves(texts)) {
        if (typeof text === 'string') assert.notEqual(text.trim(), '', name);
        else assert.equal(typeof text, 'function', name);
      }
    });
  }

  it('count as the language counts', () => {
    assert.equal(en.board.affected(0), '0 workloads');
    assert.equal(en.board.affected(1), '1 workload');
    assert.equal(fr.board.affected(0), '0 charge');
    assert.equal(fr.board.affected(1_000).replaceAll(/\s/g, ' '), '1 000 charges');
  });

  it('are in the first language of the browser that there is', () => {
    assert.equal(preferredLanguage(['de-CH', 'fr-CA', 'en']), 'fr');
    assert.equal(preferredLanguage(['de']), 'en');
    assert.equal(preferredLanguage([]), 'en');
  });
});

describe('the words of causes', () => {
  it('are there for every code in every language, and for no other', () => {
    assert.deepEqual(Object.keys(causesFr).toSorted(), Object.keys(causes).toSorted());
  });

  it('are said in French, not left in English', () => {
    const english = /\b(?:the|is|are|of the|and|does not|cannot|with|its)\b/i;
    for (const [code, words] of Object.entries(causesFr)) {
      for (const text of words) {
        assert.notEqual(text.trim(), '', code);
        // Names of Kubernetes stand in both languages; what is between them does not.
        assert.doesNotMatch(text.replaceAll(/kubectl [\w ]+|Pod Security/g, ''), english, code);
      }
      assert.match(words[1], /[.!]$/, `${code}: the meaning is a sentence`);
      assert.match(words[2], /\.$/, `${code}: the remedy is a sentence`);
    }
  });

  it('hold no two causes of the same French title', () => {
    const titles = Object.values(causesFr).map(([title]) => title);
    assert.deepEqual(
      titles.filter((title, index) => titles.indexOf(title) !== index),
      [],
    );
  });

  it('know each remedy that a rule says instead of its list entry', () => {
    const health = path.join(import.meta.dirname, '..', '..', 'health');
    const own = readdirSync(health, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/^causes[/.]/.test(file))
      .flatMap((file) => [...readFileSync(path.join(health, file), 'utf8').matchAll(/remedy: '([^']+)'/g)])
      .map(([, remedy]) => remedy ?? '');
    assert.deepEqual(own.toSorted(), Object.keys(remediesFr).toSorted());
  });

  it('are the server’s in English, and ours in French', async () => {
    const cause = causes.ImagePullNotFound;
    assert.equal(causeTitle(cause.code, cause.title), 'Image not found');
    assert.equal(causeMeaning(cause.code), null);
    try {
      await useLanguage('fr');
      assert.equal(causeTitle(cause.code, cause.title), 'Image not found', 'until the words have come');
      await new Promise<void>((resolve) => whenCauseWordsCome(resolve));
      assert.equal(causeTitle(cause.code, cause.title), 'Image introuvable');
      assert.match(causeMeaning(cause.code) ?? '', /registre/);
      assert.match(causeRemedy(cause.code, cause.remedy), /^Corriger/);
      assert.match(
        causeRemedy('RecreateGap', 'Wait for the new pods; set maxSurge to 1 where the gap is not acceptable.'),
        /maxSurge à 1/,
      );
      assert.equal(causeTitle('OfALaterVersion', 'As the server says'), 'As the server says');
      assert.equal(causeRemedy(cause.code, ''), '');
    } finally {
      await useLanguage('en');
    }
  });
});

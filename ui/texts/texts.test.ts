import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { preferredLanguage } from './catalogue.ts';
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

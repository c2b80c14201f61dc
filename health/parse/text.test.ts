import assert from 'node:assert/strict';
import test from 'node:test';
import {
  containerOfFieldPath,
  enumerate,
  firstLine,
  lastLine,
  limitCharacters,
  limitQuoted,
  plainText,
} from './text.ts';

test('the mark of merged events is taken off', () => {
  assert.equal(plainText('(combined from similar events): Back-off pulling image "x"'), 'Back-off pulling image "x"');
});

test('a text is read up to its limit only', () => {
  assert.equal(plainText('x'.repeat(limitCharacters + 1000)).length, limitCharacters);
  assert.equal(firstLine('x'.repeat(limitQuoted + 1)).length, limitQuoted);
});

test('the first and the last line that say something', () => {
  assert.equal(firstLine('\n\n  one \ntwo\n'), 'one');
  assert.equal(lastLine('one\n two \n\n'), 'two');
  assert.equal(lastLine(''), '');
});

test('the container of an event', () => {
  assert.equal(containerOfFieldPath('spec.containers{app}'), 'app');
  assert.equal(containerOfFieldPath('spec.initContainers{migrate}'), 'migrate');
  assert.equal(containerOfFieldPath('spec.containers{}'), null);
  assert.equal(containerOfFieldPath('metadata'), null);
  assert.equal(containerOfFieldPath(null), null);
});

test('lists in words', () => {
  assert.equal(enumerate([]), '');
  assert.equal(enumerate(['a']), 'a');
  assert.equal(enumerate(['a', 'b', 'c']), 'a, b and c');
});

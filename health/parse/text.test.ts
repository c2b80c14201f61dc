import assert from 'node:assert/strict';
import test from 'node:test';
import {
  containerOfFieldPath,
  enumerate,
  errorLine,
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

test('the line that names the error stands before the stack, or at the end', () => {
  const logs = [
    [
      'INFO start\npanic: no database\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:12 +0x1d\nexit status 2\n',
      'panic: no database',
    ],
    [
      'Exception in thread "main" java.lang.RuntimeException: start\n\tat Main.main(Main.java:3)\nCaused by: java.io.IOException: no disk\n\tat A.b(A.java:1)\n\t... 4 more\n',
      'Caused by: java.io.IOException: no disk',
    ],
    [
      '/app/index.js:3\n  throw new Error("no port")\n\nError: no port\n    at Object.<anonymous> (/app/index.js:3:9)\n    at node:internal/main:1:2\n\nNode.js v22.1.0\n',
      'Error: no port',
    ],
    ['Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: \'HOME\'\n', "KeyError: 'HOME'"],
    ['listening\nbind: address already in use\n', 'bind: address already in use'],
    ['exit status 3', 'exit status 3'],
    ['', ''],
  ] as const;
  for (const [log, line] of logs) assert.equal(errorLine(log), line);
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

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ansiSpans, foldJson, levelOf, lineFilter, plainText, PodHues, podSuffix } from './log-line.ts';

describe('levels of log lines', () => {
  const table: readonly (readonly [string, string])[] = [
    ['{"level":"error","msg":"x"}', 'error'],
    ['{"level":50,"msg":"x"}', 'error'],
    ['{"level":30,"time":1}', 'info'],
    ['{"severity":"WARNING"}', 'warn'],
    ['level=debug msg="x"', 'debug'],
    ['E1121 12:00:00.000000 1 reflector.go:1] x', 'error'],
    ['2026-11-21 12:00:00 WARN pool', 'warn'],
    ['[FATAL] x', 'error'],
    ['an errorless line', 'other'],
    ['GET /information 200', 'other'],
    ['', 'other'],
  ];
  for (const [text, level] of table) {
    it(`${text || '(empty)'} is ${level}`, () => assert.equal(levelOf(text), level));
  }
});

describe('colours of a terminal', () => {
  it('become spans, and other control sequences go away', () => {
    assert.deepEqual(ansiSpans('\u001b[1;31mred\u001b[0m plain\u001b[2K\u0007'), [
      { text: 'red', className: 'ansi-1 ansi-bold' },
      { text: ' plain', className: '' },
    ]);
    assert.equal(plainText('\u001b[32mok\u001b[39m'), 'ok');
  });

  it('leave markup as text', () => {
    assert.deepEqual(ansiSpans('<b>x</b>'), [{ text: '<b>x</b>', className: '' }]);
  });

  it('look at the same text twice alike', () => {
    assert.deepEqual(ansiSpans('\u001b[31mx'), ansiSpans('\u001b[31mx'));
  });
});

describe('JSON lines', () => {
  it('fold to their message', () => {
    assert.deepEqual(foldJson('{"level":"info","msg":"hi","user":{"id":7},"n":1}'), {
      message: 'hi',
      fields: [
        ['user', '{"id":7}'],
        ['n', '1'],
      ],
    });
  });

  it('stay whole when they only look like JSON', () => {
    for (const text of ['{not json}', '{"a":', 'plain', '[1]']) assert.equal(foldJson(text), null, text);
  });
});

describe('a filter of lines', () => {
  it('is plain text or an expression between slashes', () => {
    assert.equal(lineFilter('Err')?.('an error'), true);
    assert.equal(lineFilter('a.c')?.('abc'), false);
    assert.equal(lineFilter('/a.c/')?.('xABCx'), true);
    assert.equal(lineFilter('')?.('anything'), true);
  });

  it('says when the expression is not valid', () => {
    assert.equal(lineFilter('/(/'), null);
  });
});

it('tells pods apart by the end of their names', () => {
  assert.equal(podSuffix('checkout-7d9f8b6c5-x7f2k'), 'x7f2k');
  assert.equal(podSuffix('orders-db-2'), '2');
});

describe('hues of pods', () => {
  it('tell the first eight pods apart, and stay with their pod', () => {
    const hues = new PodHues();
    const pods = Array.from({ length: PodHues.count }, (_, index) => `web-7d9f8b6c5-${index}`);
    assert.equal(new Set(pods.map((pod) => hues.of(pod))).size, PodHues.count);
    assert.equal(hues.of('web-7d9f8b6c5-3'), 3);
  });

  it('do not grow with every pod that was ever replaced', () => {
    const hues = new PodHues();
    for (let index = 0; index <= PodHues.limitPods; index += 1) hues.of(`pod-${index}`);
    assert.equal(hues.of('pod-1'), 1, 'is still known');
    assert.notEqual(hues.of('pod-0'), 0, 'was forgotten and has the hue of its turn');
  });
});

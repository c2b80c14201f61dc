import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hitAt, hitBins, shareOf } from './hit-bins.ts';
import type { LogRecord } from './log-buffer.ts';

const line = (id: number, level: 'error' | 'other' = 'other'): LogRecord => ({
  id,
  type: 'line',
  level,
  line: { pod: 'web-1', container: 'app', at: null, text: String(id) },
});
const isError = (record: LogRecord): boolean => record.type === 'line' && record.level === 'error';
const span = { firstId: 100, endId: 200 };

describe('the map of hits', () => {
  const table: readonly (readonly [string, readonly LogRecord[], readonly number[]])[] = [
    ['is empty without lines', [], [0, 0, 0, 0]],
    ['counts a hit where it is among all lines', [line(100), line(149), line(150), line(199)], [1, 1, 1, 1]],
    ['counts several in one part', [line(101), line(102), line(124)], [3, 0, 0, 0]],
    ['keeps what is outside of the span at its ends', [line(99), line(250)], [1, 0, 0, 1]],
  ];
  for (const [name, shown, bins] of table) {
    it(name, () =>
      assert.deepEqual(
        hitBins(shown, span, 4, () => true),
        bins,
      ),
    );
  }

  it('counts only what is a hit', () => {
    assert.deepEqual(hitBins([line(100), line(190, 'error')], span, 2, isError), [0, 1]);
  });

  it('leads to the next hit, and to the last one from behind it', () => {
    const shown = [line(100), line(120, 'error'), line(140), line(160, 'error'), line(199)];
    assert.equal(hitAt(shown, span, 0, isError), 1);
    assert.equal(hitAt(shown, span, 0.3, isError), 3);
    assert.equal(hitAt(shown, span, 0.9, isError), 3);
    assert.equal(hitAt([line(100)], span, 0.5, isError), -1);
  });

  it('has no place in an empty log', () => {
    assert.equal(shareOf(5, { firstId: 5, endId: 5 }), 0);
  });
});

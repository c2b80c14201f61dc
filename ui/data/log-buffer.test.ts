import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogLine } from '../../api/contract.ts';
import { LogBuffer, logText } from './log-buffer.ts';
import { inOrderOfTime } from './log-stream.ts';

function line(text: string, at: string | null = null): LogLine {
  return { pod: 'p-1', container: 'app', at, text };
}

const everything = { matches: null, levels: new Set<never>() };

describe('the buffer of a log', () => {
  it('keeps the newest lines and says how many it let go', () => {
    const buffer = new LogBuffer(everything);
    const total = LogBuffer.limitLines + LogBuffer.sliceLines + 10;
    const gone = buffer.append(Array.from({ length: total }, (_, index) => line(`line ${index}`)));
    assert.equal(buffer.records.length, LogBuffer.limitLines);
    assert.equal(buffer.shown.length, LogBuffer.limitLines);
    assert.equal(gone, LogBuffer.sliceLines + 10);
    assert.equal(buffer.dropped, LogBuffer.sliceLines + 10);
    assert.equal(buffer.received, total);
  });

  it('shows what its filter lets through, and notes always', () => {
    const buffer = new LogBuffer({ matches: (text) => text.includes('keep'), levels: new Set(['error']) });
    buffer.append([
      line('ERROR keep'),
      line('INFO keep'),
      line('ERROR drop'),
      { kind: 'podEnded', pod: 'p-1', container: null, count: null, message: 'ended' },
    ]);
    assert.deepEqual(
      buffer.shown.map((record) => (record.type === 'line' ? record.line.text : record.note.kind)),
      ['ERROR keep', 'podEnded'],
    );
    buffer.refilter(everything);
    assert.equal(buffer.shown.length, 4);
  });

  it('matches what is read, not its control sequences', () => {
    const buffer = new LogBuffer({ matches: (text) => text === 'red', levels: new Set() });
    buffer.append([line('\u001b[31mred\u001b[0m')]);
    assert.equal(buffer.shown.length, 1);
  });

  it('is written as text with time and pod', () => {
    const buffer = new LogBuffer(everything);
    buffer.append([line('hi', '2026-11-21T12:00:00.000Z')]);
    assert.equal(logText(buffer.shown), '2026-11-21T12:00:00.000Z [p-1/app] hi\n');
  });
});

it('puts the tails of several pods in order of time and leaves notes in their place', () => {
  const note = { kind: 'podStarted' as const, pod: null, container: null, count: null, message: '' };
  const items = [line('2', '2'), note, line('4', '4'), line('1', '1'), line('3', '3')];
  assert.deepEqual(
    inOrderOfTime(items).map((item) => ('text' in item ? item.text : 'note')),
    ['1', '2', 'note', '3', '4'],
  );
});

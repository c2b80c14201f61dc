import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogLine } from '../../api/contract.ts';
import { LogBuffer, type LogFilter, logText } from './log-buffer.ts';
import { inOrderOfTime } from './log-stream.ts';

function line(text: string, at: string | null = null): LogLine {
  return { pod: 'p-1', container: 'app', at, text };
}

const everything = { matches: null, levels: new Set<never>() };
const now = Date.parse('2026-11-21T12:00:00Z');
const dayOfUtc = (at: number): number => Math.floor(at / 86_400_000);

function bufferOf(filter: LogFilter): LogBuffer {
  return new LogBuffer(filter, now, dayOfUtc);
}

function shownWords(buffer: LogBuffer): readonly string[] {
  return buffer.shown.map((record) =>
    record.type === 'line'
      ? record.line.text
      : record.type === 'day'
        ? new Date(record.at).toISOString().slice(0, 10)
        : record.note.kind,
  );
}

describe('the buffer of a log', () => {
  it('keeps the newest lines and says how many it let go', () => {
    const buffer = bufferOf(everything);
    const total = LogBuffer.limitLines + LogBuffer.sliceLines + 10;
    const gone = buffer.append(Array.from({ length: total }, (_, index) => line(`line ${index}`)));
    assert.equal(buffer.records.length, LogBuffer.limitLines);
    assert.equal(buffer.shown.length, LogBuffer.limitLines);
    assert.equal(gone, LogBuffer.sliceLines + 10);
    assert.equal(buffer.dropped, LogBuffer.sliceLines + 10);
    assert.equal(buffer.received, total);
  });

  it('shows what its filter lets through, and notes always', () => {
    const buffer = bufferOf({ matches: (text) => text.includes('keep'), levels: new Set(['error']) });
    buffer.append([
      line('ERROR keep'),
      line('INFO keep'),
      line('ERROR drop'),
      { kind: 'podEnded', pod: 'p-1', container: null, count: null, message: 'ended' },
    ]);
    assert.deepEqual(shownWords(buffer), ['ERROR keep', 'podEnded']);
    buffer.refilter(everything);
    assert.equal(buffer.shown.length, 4);
  });

  it('matches what is read, not its control sequences', () => {
    const buffer = bufferOf({ matches: (text) => text === 'red', levels: new Set() });
    buffer.append([line('\u001b[31mred\u001b[0m')]);
    assert.equal(buffer.shown.length, 1);
  });

  it('says the day where it changes, and none above what is of today', () => {
    const buffer = bufferOf(everything);
    buffer.append([line('a', '2026-11-21T00:00:00.000Z'), line('b', null), line('c', '2026-11-21T11:00:00.000Z')]);
    assert.deepEqual(shownWords(buffer), ['a', 'b', 'c']);
    buffer.append([line('d', '2026-11-22T00:00:00.000Z'), line('e', '2026-11-22T00:00:01.000Z')]);
    assert.deepEqual(shownWords(buffer), ['a', 'b', 'c', '2026-11-22', 'd', 'e']);
    buffer.clear(now);
    buffer.append([line('a', '2026-11-19T23:00:00.000Z'), line('b', '2026-11-21T01:00:00.000Z')]);
    assert.deepEqual(shownWords(buffer), ['2026-11-19', 'a', '2026-11-21', 'b']);
    assert.equal(buffer.count, 2, 'a day is no line');
    buffer.refilter({ matches: (text) => text === 'b', levels: new Set() });
    assert.deepEqual(shownWords(buffer), ['b']);
    assert.doesNotMatch(logText(buffer.shown), /day/);
  });

  it('keeps the day of the oldest line when older ones are let go', () => {
    const buffer = bufferOf(everything);
    const total = LogBuffer.limitLines + LogBuffer.sliceLines + 10;
    buffer.append(Array.from({ length: total }, () => line('old', '2026-11-19T23:00:00.000Z')));
    assert.deepEqual(shownWords(buffer).slice(0, 2), ['2026-11-19', 'old']);
    assert.equal(buffer.shown.length, LogBuffer.limitLines + 1);
  });

  it('is written as text with time and pod', () => {
    const buffer = bufferOf(everything);
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

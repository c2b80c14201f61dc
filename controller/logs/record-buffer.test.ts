import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '../../test/support/fake-clock.ts';
import { LineBudget, limitLinesPerSecond } from './line-budget.ts';
import { limitBufferedRecords, RecordBuffer } from './record-buffer.ts';

const line = (text: string) => ({ type: 'line', pod: 'p', container: 'c', at: null, text }) as const;

test('a reader that stands still makes the writers wait, and loses nothing', async () => {
  const buffer = new RecordBuffer();
  let written = 0;
  const writing = (async () => {
    for (let index = 0; index < 5 * limitBufferedRecords; index++) {
      await buffer.put(line(String(index)));
      written++;
    }
    buffer.close();
  })();
  await settle();
  assert.ok(buffer.size <= limitBufferedRecords, `${buffer.size} wait`);
  assert.ok(written < limitBufferedRecords);
  const texts: string[] = [];
  for await (const record of buffer.read()) if (record.type === 'line') texts.push(record.text);
  await writing;
  assert.deepEqual(
    texts,
    Array.from({ length: 5 * limitBufferedRecords }, (_, index) => String(index)),
  );
});

test('few long lines fill it as well as many short ones', async () => {
  const buffer = new RecordBuffer();
  const puts = Array.from({ length: 100 }, () => buffer.put(line('x'.repeat(64 * 1024))));
  const waiting = await Promise.race([puts[99]?.then(() => false), settle().then(() => true)]);
  assert.equal(waiting, true);
  buffer.close();
  await Promise.all(puts);
});

test('after it is closed writers do not wait and nothing is taken in', async () => {
  const buffer = new RecordBuffer();
  buffer.close();
  await buffer.put(line('late'));
  const records = [];
  for await (const record of buffer.read()) records.push(record);
  assert.deepEqual(records, []);
});

test('a second has its budget of lines, and what is past it is counted', () => {
  const budget = new LineBudget();
  let passed = 0;
  for (let index = 0; index < limitLinesPerSecond + 50; index++) if (budget.admit(10, 5)) passed++;
  assert.equal(passed, limitLinesPerSecond);
  assert.equal(budget.takeDropped(), 50);
  assert.equal(budget.takeDropped(), 0);
  assert.equal(budget.admit(10, 1_005), true);
  assert.equal(budget.admit(2 * 1024 * 1024, 1_006), true, 'one more line may always come');
  assert.equal(budget.admit(1, 1_007), false);
});

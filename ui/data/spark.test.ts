import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UsageList } from '../../api/contract.ts';
import { ApiClient } from './api-client.ts';
import { sparkOf } from './spark.ts';
import { UsageBook } from './usage-book.ts';

describe('the small curve of a workload', () => {
  const table: readonly (readonly [
    string,
    readonly (number | null)[],
    number | null,
    readonly string[],
    number | null,
    boolean,
  ])[] = [
    ['nothing measured', [], null, [], null, false],
    ['only gaps', [null, null], 1, [], 1.8, false],
    ['from corner to near the top', [0, 10], null, ['0,20 40,1.8'], null, false],
    ['a gap stays a gap', [0, 0, null, 0, 0], null, ['0,20 10,20', '30,20 40,20'], null, false],
    ['one value is a dash', [null, 10, null], 10, ['17,1.8 20,1.8'], 1.8, true],
    ['near the limit counts from 90 %', [9], 10, ['37,3.6 40,3.6'], 1.8, true],
    ['below it does not', [8.9], 10, ['37,3.8 40,3.8'], 1.8, false],
  ];
  for (const [name, values, limit, lines, limitY, isNear] of table) {
    it(name, () => assert.deepEqual(sparkOf(values, limit, 40, 20), { lines, limitY, isNear }));
  }
});

describe('a curve that is shorter than its time', () => {
  it('ends at the right edge, which is now', () => {
    assert.deepEqual(sparkOf([10, 10], null, 40, 20, 5).lines, ['30,1.8 40,1.8']);
  });
});

describe('the book of curves', () => {
  class Answers extends ApiClient {
    readonly asked: (readonly string[])[] = [];
    fails = false;

    override usage(keys: readonly string[]): Promise<UsageList> {
      this.asked.push(keys);
      if (this.fails) return Promise.reject(new Error('no answer'));
      return Promise.resolve(
        keys.map((key) => ({
          key,
          from: 0,
          resolutionSeconds: 60,
          cpuCores: [1],
          memoryBytes: [1],
          limits: { cpuCores: null, memoryBytes: null },
        })),
      );
    }
  }

  it('asks once for what is drawn together, and again when it is a minute old', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let now = 0;
    let told = 0;
    const api = new Answers('http://page.test/');
    const book = new UsageBook(
      () => {
        told += 1;
      },
      () => now,
    );
    book.use(api);
    assert.equal(book.of('a/Deployment/x'), null);
    assert.equal(book.of('a/Deployment/y'), null);
    t.mock.timers.tick(150);
    await Promise.resolve();
    await new Promise(setImmediate);
    assert.deepEqual(api.asked, [['a/Deployment/y', 'a/Deployment/x']]);
    assert.equal(told, 1);
    assert.deepEqual(book.of('a/Deployment/x')?.cpuCores, [1]);
    now = 59_999;
    book.of('a/Deployment/x');
    t.mock.timers.tick(1_000);
    assert.equal(api.asked.length, 1);
    now = 60_000;
    assert.deepEqual(book.of('a/Deployment/x')?.cpuCores, [1], 'the old one until the new one is there');
    t.mock.timers.tick(150);
    assert.equal(api.asked.length, 2);
  });

  it('asks for long names in parts that fit into an address, and does not insist on an answer', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const api = new Answers('http://page.test/');
    api.fails = true;
    const book = new UsageBook(
      () => undefined,
      () => 0,
    );
    book.use(api);
    for (let index = 0; index < 40; index += 1) book.of(`${'n'.repeat(253)}/Deployment/${'w'.repeat(250)}${index}`);
    t.mock.timers.tick(150);
    await new Promise(setImmediate);
    assert.equal(api.asked[0]?.length, 7);
    t.mock.timers.tick(10_000);
    assert.equal(api.asked.length, 1, 'what was not asked is asked when it is drawn again');
    book.stop();
  });
});

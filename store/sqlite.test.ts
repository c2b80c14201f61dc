import assert from 'node:assert/strict';
import path from 'node:path';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { temporaryDirectory } from '../test/fault/storage-fixtures.ts';
import { type DiskTrouble, diskTrouble, openForWriting } from './sqlite.ts';

test('a journal mode that reads back as another one is refused with a sentence, as on a network disk', () => {
  // A database in memory has no log either, and tells so in the same way.
  assert.throws(() => openForWriting(':memory:', { maxFileBytes: null }), {
    name: 'NotWalError',
    message:
      'The database :memory: lies on a volume without write-ahead log (journal mode reads back as memory), ' +
      'as network file systems are. Set MAINTENANT_DB to a local disk.',
  });
});

test('the pragmas are those that the store relies on', (t) => {
  const database = openForWriting(path.join(temporaryDirectory(t), 'a.db'), { maxFileBytes: 409_600 });
  t.after(() => database.close());
  const expected = {
    journal_mode: 'wal',
    synchronous: 1,
    auto_vacuum: 2,
    foreign_keys: 1,
    temp_store: 2,
    journal_size_limit: 16_777_216,
    max_page_count: 100,
    busy_timeout: 5_000,
  };
  const found = Object.fromEntries(
    Object.keys(expected).map((name) => [name, database.pragma(name, { simple: true })]),
  );
  assert.deepEqual(found, expected);
});

const troubles: readonly (readonly [code: string, trouble: DiskTrouble | null])[] = [
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'readOnly'],
  ['SQLITE_READONLY_DBMOVED', 'readOnly'],
  ['SQLITE_IOERR_WRITE', 'inputOutput'],
  ['SQLITE_IOERR_FSYNC', 'inputOutput'],
  ['SQLITE_CANTOPEN', 'inputOutput'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_CORRUPT_INDEX', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_BUSY_SNAPSHOT', 'busy'],
  ['SQLITE_CONSTRAINT_UNIQUE', null],
  ['SQLITE_ERROR', null],
];
for (const [code, trouble] of troubles) {
  test(`${code} means ${trouble ?? 'a fault of ours'}`, () => {
    assert.equal(diskTrouble(new Sqlite.SqliteError('text', code)), trouble);
  });
}

test('an error that is neither of SQLite nor of the system says nothing about the disk', () => {
  assert.equal(diskTrouble(new TypeError('SQLITE_FULL')), null);
  assert.throws(
    () => readdirSync('/nowhere'),
    (error) => diskTrouble(error) === 'inputOutput',
  );
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { noon, openTestStore, recordingLog, snapshotOf, temporaryDirectory } from '../test/fault/storage-fixtures.ts';
import { schemaVersion } from './migrations.ts';
import { openStore, StoreOpenError } from './open.ts';

/** The error of an open that must fail, and a check that the directory is what it was. */
async function refusal(directory: string, file: string): Promise<StoreOpenError> {
  const before = contents(directory);
  const error = await openStore({
    path: file,
    retentionMs: 1,
    maxBytes: null,
    log: recordingLog(),
    now: () => noon,
  }).then(
    () => assert.fail('it opened'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StoreOpenError, String(error));
  assert.deepEqual(contents(directory), before, 'nothing changed on disk');
  return error;
}

function contents(directory: string): readonly (readonly [string, string])[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).map((entry) => [
    entry.name,
    entry.isFile() ? readFileSync(path.join(directory, entry.name)).toString('latin1') : '',
  ]);
}

test('a missing directory, a directory as file: one sentence with value and fix, nothing changed', async (t) => {
  const directory = temporaryDirectory(t);
  const missing = path.join(directory, 'no', 'a.db');
  const first = await refusal(directory, missing);
  assert.equal(first.code, 'directoryMissing');
  assert.equal(
    first.message,
    `The database path ${missing} lies in ${path.dirname(missing)}, which does not exist. Create the directory or set MAINTENANT_DB.`,
  );
  const folder = path.join(directory, 'a.db');
  mkdirSync(folder);
  const second = await refusal(directory, folder);
  assert.equal(second.code, 'notAFile');
  assert.equal(second.message, `The database path ${folder} is a directory. Set MAINTENANT_DB to a file.`);
});

test('a file of somebody else is refused and left alone', async (t) => {
  const directory = temporaryDirectory(t);
  const text = path.join(directory, 'notes.txt');
  writeFileSync(text, 'my notes\n'.repeat(50));
  const first = await refusal(directory, text);
  assert.equal(first.code, 'foreignFile');
  assert.match(first.message, /notes\.txt is not a SQLite database\. Set MAINTENANT_DB to another path/);

  const other = path.join(directory, 'other.db');
  const database = new Sqlite(other);
  database.exec('CREATE TABLE bookmarks (url TEXT)');
  database.close();
  const second = await refusal(directory, other);
  assert.equal(second.code, 'foreignFile');
  assert.match(second.message, /other\.db is the SQLite database of another program/);
});

test('a database of a newer version is refused by its header, before anything is opened', async (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'a.db');
  await (await openTestStore(t, { path: file })).close();
  const database = new Sqlite(file);
  database.pragma('user_version = 99');
  database.pragma('journal_mode = DELETE');
  database.close();
  rmSync(`${file}-lock`);
  const error = await refusal(directory, file);
  assert.equal(error.code, 'newerVersion');
  const known = `has schema version 99 and this program knows versions up to ${schemaVersion}. Start the newer program`;
  assert.ok(error.message.includes(known), error.message);
});

test('a second process on the same file is refused while the first runs', async (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'a.db');
  const first = await openTestStore(t, { path: file });
  first.put(snapshotOf(), [], {}, noon);
  await first.flushed();
  await assert.rejects(
    openStore({ path: file, retentionMs: 1, maxBytes: null, log: recordingLog(), now: () => noon }),
    {
      name: 'StoreOpenError',
      code: 'inUse',
      message: `The database ${file} is in use by another maintenant process. Stop that one, or set MAINTENANT_DB to another path.`,
    },
  );
  await first.close();
  const second = await openTestStore(t, { path: file });
  assert.equal(second.current().size, 1);
});

test('read-only: the picture and the history without a lock, a thread or a change', async (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'a.db');
  const first = await openTestStore(t, { path: file });
  first.put(snapshotOf(), [], {}, noon);
  await first.flushed();
  const reader = await openTestStore(t, { path: file, readOnly: true });
  assert.deepEqual([...reader.current().keys()], [snapshotOf().key]);
  assert.equal((await reader.transitions({ limit: 5 })).items.length, 1);
  assert.throws(() => reader.put(snapshotOf({ state: 'Down' }), [], {}, noon), /read-only/);
  await assert.rejects(openTestStore(t, { path: path.join(directory, 'none.db'), readOnly: true }), {
    code: 'disk',
    message: `There is no readable database at ${path.join(directory, 'none.db')}. Start maintenant once to create it.`,
  });
});

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { noon, snapshotOf, temporaryDirectory } from '../test/fault/storage-fixtures.ts';
import { backUp } from './backup.ts';
import { backupPath, bytesOf } from './files.ts';
import { migrate, migrations, readUserVersion, schemaVersion } from './migrations.ts';
import * as schema from './schema.ts';
import { type Database, openForReading, openForWriting } from './sqlite.ts';

const tables = Object.values(schema) satisfies readonly SQLiteTable[];

function freshDatabase(file: string): Database {
  const database = openForWriting(file, { maxFileBytes: null });
  migrate(database);
  return database;
}

test('every table is STRICT, and every table of the file is described', (t) => {
  const database = freshDatabase(path.join(temporaryDirectory(t), 'a.db'));
  t.after(() => database.close());
  const found = database
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
    )
    .all();
  assert.deepEqual(
    found.filter(({ sql }) => !/\)\s*STRICT(, WITHOUT ROWID)?$/.test(sql)).map(({ name }) => name),
    [],
  );
  const described = tables.map((table) => getTableConfig(table).name).sort();
  assert.deepEqual(
    found.map(({ name }) => name),
    described,
  );
});

for (const table of tables) {
  const { name, columns, indexes, primaryKeys } = getTableConfig(table);
  test(`the description of ${name} is what the migrations make`, (t) => {
    const database = freshDatabase(path.join(temporaryDirectory(t), 'a.db'));
    t.after(() => database.close());
    const found = database
      .prepare<[], { name: string; type: string; notnull: number; pk: number }>(
        `SELECT * FROM pragma_table_info('${name}')`,
      )
      .all();
    assert.deepEqual(
      found.map((column) => [column.name, column.type.toLowerCase(), column.notnull === 1 || column.pk > 0]),
      columns.map((column) => [column.name, column.getSQLType(), column.notNull || column.primary]),
    );
    const primary = columns.filter((column) => column.primary).map((column) => column.name);
    assert.deepEqual(
      found
        .filter(({ pk }) => pk > 0)
        .sort((left, right) => left.pk - right.pk)
        .map((column) => column.name),
      primaryKeys[0]?.columns.map((column) => column.name) ?? primary,
    );
    const indexNames = database
      .prepare<[], { name: string; origin: string }>(`SELECT name, origin FROM pragma_index_list('${name}')`)
      .all()
      .filter(({ origin }) => origin !== 'pk')
      .map((index) => index.name)
      .sort();
    assert.deepEqual(indexNames, indexes.map((index) => index.config.name).sort());
    const instants = columns.filter((column) => column.name.endsWith('_at') || column.name.endsWith('At'));
    assert.deepEqual(
      instants.map((column) => column.name),
      [],
      'instants end in _at_ms',
    );
  });
}

test('migrations are forward only: each released version opens with its data and ends at the newest', (t) => {
  const directory = temporaryDirectory(t);
  const newer = [...migrations, "ALTER TABLE workload ADD COLUMN team TEXT NOT NULL DEFAULT 'none'"];
  for (let version = 1; version <= migrations.length; version += 1) {
    const file = path.join(directory, `v${version}.db`);
    const database = openForWriting(file, { maxFileBytes: null });
    migrate(database, migrations.slice(0, version));
    const snapshot = snapshotOf();
    database
      .prepare(
        `INSERT INTO workload (namespace, kind, name, uid, revision, first_seen_at_ms, list_row, detail, remembered)
         VALUES ('shop', 'Deployment', 'cart', 'u', 1, ?, ?, '{}', '{}')`,
      )
      .run(noon, JSON.stringify(snapshot));
    migrate(database, newer);
    assert.equal(readUserVersion(database), newer.length);
    assert.deepEqual(database.prepare('SELECT name, first_seen_at_ms, team FROM workload').get(), {
      name: 'cart',
      first_seen_at_ms: noon,
      team: 'none',
    });
    migrate(database, newer);
    assert.equal(readUserVersion(database), newer.length, 'a second run changes nothing');
    database.close();
  }
});

test('a step of a migration that fails leaves the version before it', (t) => {
  const database = freshDatabase(path.join(temporaryDirectory(t), 'a.db'));
  t.after(() => database.close());
  assert.throws(() =>
    migrate(database, [...migrations, 'CREATE TABLE extra (a INTEGER) STRICT; SELECT * FROM nowhere']),
  );
  assert.equal(readUserVersion(database), schemaVersion);
  assert.equal(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'extra'").get(), undefined);
});

test('the backup before a change of the schema is a whole database, one is kept, and no room means none', (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const database = freshDatabase(file);
  t.after(() => database.close());
  database.prepare('UPDATE meta SET revision = 7').run();
  const versions = { from: 1, to: 2 };
  assert.equal(
    backUp(database, file, null, versions),
    `schema version 1 was backed up to ${backupPath(file)} before the change to 2`,
  );
  backUp(database, file, null, versions);
  const copy = openForReading(backupPath(file), 1_000);
  assert.deepEqual(copy.prepare('SELECT revision FROM meta').get(), { revision: 7 });
  copy.close();

  const sentence = backUp(database, file, 1_000, versions);
  assert.match(sentence, /^no backup was made before the change from schema version 1 to 2: it needs \d+ bytes/);
  assert.ok(bytesOf(backupPath(file)) > 0, 'the older one stays');
});

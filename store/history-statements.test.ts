import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../test/fault/storage-fixtures.ts';
import { prepareHistory } from './history-statements.ts';
import { migrate } from './migrations.ts';
import { openForWriting } from './sqlite.ts';

/** What may be read from end to end: one row a workload or an incident, and only what is added up for all of them. */
const mayScan: Readonly<Record<string, readonly string[]>> = {
  meta: ['meta'],
  present: ['workload'],
  daysOfAll: ['uptime_day'],
};

test('every statement of the history walks an index, and none sorts', (t) => {
  const database = openForWriting(path.join(temporaryDirectory(t), 'a.db'), { maxFileBytes: null });
  t.after(() => database.close());
  migrate(database);
  const plans = Object.entries(prepareHistory(database)).map(([name, statement]) => {
    const { sql, params } = statement.getQuery();
    const plan = database
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...params.map(() => null))
      .map(({ detail }) => detail);
    return { name, plan };
  });
  assert.ok(plans.length >= 16);
  for (const { name, plan } of plans) {
    const scans = plan.filter(
      (step) =>
        /^SCAN (?!json_each|affected|visible|CONSTANT)/.test(step) &&
        // Newest first along an index, up to the limit of a page.
        !/USING (COVERING )?INDEX \w+_by_time/.test(step) &&
        !mayScan[name]?.some((table) => step.startsWith(`SCAN ${table}`)),
    );
    assert.deepEqual(scans, [], `${name}: ${plan.join('; ')}`);
    assert.deepEqual(
      plan.filter((step) => /TEMP B-TREE FOR ORDER BY/.test(step)),
      [],
      `${name}: ${plan.join('; ')}`,
    );
  }
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { requireNode } from './node-version.ts';

for (const version of ['26.0.0', '26.10.0', '27.1.0-pre', '100.0.0']) {
  test(`Node ${version} is new enough`, () => requireNode(version));
}

for (const version of ['18.19.0', '20.20.2', '25.9.0']) {
  test(`Node ${version} is refused before it opens a database, with the way to a newer one`, () => {
    assert.throws(() => requireNode(version), {
      name: 'SettingError',
      message: new RegExp(`^This is Node ${version}, and maintenant needs Node 26 or newer: start it by scripts/start`),
    });
  });
}

test('package.json asks for the same', () => {
  const manifest = readFileSync(new URL('package.json', import.meta.url), 'utf8');
  assert.match(manifest, /"node": ">=26"/);
});

/** What the bundle may weigh and must not hold: it is what the pod loads before it does anything. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const bundle = readFileSync(path.join(import.meta.dirname, '..', 'dist', 'maintenant.js'), 'utf8');

test('the bundle of the server is at most 2 MB', () => {
  assert.ok(bundle.length <= 2_000_000, `${bundle.length} bytes`);
});

test('it holds KubeConfig, and none of the typed clients with their models', () => {
  assert.ok(bundle.includes('loadFromCluster'));
  assert.ok(!bundle.includes('ObjectSerializer'));
  assert.ok(!bundle.includes('V1PodSpec'));
});

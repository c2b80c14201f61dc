import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setUp } from '../test/api/fixture.ts';
import { describeApi } from './openapi.ts';

test('openapi.json is what the schemas and routes say (node scripts/describe-api.ts writes it)', async () => {
  const kept = readFileSync(path.join(import.meta.dirname, 'openapi.json'), 'utf8');
  assert.deepEqual(JSON.parse(kept), JSON.parse(await describeApi(setUp().app)));
});

test('it is served, with the base path as server', async () => {
  const fixture = setUp({ config: { basePath: '/status/' } });
  const { status, json } = await fixture.get('/status/openapi.json');
  assert.equal(status, 200);
  assert.ok(typeof json === 'object' && json !== null && 'servers' in json && 'paths' in json);
  assert.deepEqual(json.servers, [{ url: '/status/' }]);
});

test('it names every route of the app', async () => {
  const { app } = setUp();
  const document: unknown = JSON.parse(await describeApi(app));
  assert.ok(typeof document === 'object' && document !== null && 'paths' in document);
  const described = Object.keys(document.paths ?? {});
  const served = new Set(
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && !path.includes('*') && path !== '/openapi.json')
      .map((route) => route.path.replaceAll(/:(\w+)/g, '{$1}')),
  );
  assert.deepEqual(described.toSorted(), [...served].toSorted());
});

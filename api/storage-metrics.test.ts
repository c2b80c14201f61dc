import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { registerStorageMetrics } from './storage-metrics.ts';

test('what the store counted is on /metrics as it is at that moment', async () => {
  const registry = new Registry();
  let commits = 3;
  const rest = { refusals: 1, writerRestarts: 0, droppedRows: 0, pendingRows: 7, commitSeconds: 0.5 };
  registerStorageMetrics(registry, () => ({ commits, ...rest }));
  assert.match(await registry.metrics(), /^maintenant_store_commits_total 3$/m);
  commits = 4;
  const text = await registry.metrics();
  assert.match(text, /^maintenant_store_commits_total 4$/m);
  assert.match(text, /^maintenant_store_pending_rows 7$/m);
});

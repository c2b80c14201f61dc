import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setUp } from '../test/api/fixture.ts';
import { loadAssets } from './static-files.ts';

test('a folder of built files is read with its compressed forms and without strangers', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'maintenant-assets-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = {
    'index.html': '<head><link rel="icon" href="favicon.svg"></head>',
    'main-AB12CD34.js': 'script',
    'main-AB12CD34.js.br': 'script by brotli',
    'main-AB12CD34.js.gz': 'script by gzip',
    'stream-worker.js': 'worker',
    'favicon.svg': '<svg/>',
    'LICENSE.md': 'no type that a page needs',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  mkdirSync(path.join(folder, 'fonts'));
  writeFileSync(path.join(folder, 'fonts', 'mono.woff2'), 'font');

  const assets = loadAssets(folder);
  assert.deepEqual([...assets.keys()].toSorted(), [
    'favicon.svg',
    'fonts/mono.woff2',
    'index.html',
    'main-AB12CD34.js',
    'stream-worker.js',
  ]);
  const script = assets.get('main-AB12CD34.js');
  assert.equal(script?.immutable, true);
  assert.equal(script.brotli?.toString(), 'script by brotli');
  assert.equal(script.gzip?.toString(), 'script by gzip');
  // The page asks for it by this name for ever, so its content may change under the name.
  assert.equal(assets.get('stream-worker.js')?.immutable, false);

  const fixture = setUp({ assets });
  const font = await fixture.get('/fonts/mono.woff2');
  assert.equal(font.headers.get('content-type'), 'font/woff2');
  assert.equal(font.headers.get('cache-control'), 'no-cache');
  assert.equal((await fixture.get('/fonts/..%2findex.html')).status, 404);
  assert.equal((await fixture.get('/LICENSE.md')).status, 404);
});

test('without a built page the root is 404 and the API works', async () => {
  const fixture = setUp();
  const answer = await fixture.get('/', { accept: 'text/html' });
  assert.equal(answer.status, 404);
  assert.equal((await fixture.get('/api/v1/health')).status, 200);
});

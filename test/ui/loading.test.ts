/** What the page costs to fetch: round trips, not only bytes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch } from './browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

let server: FixtureServer;
before(async () => {
  server = await startFixtureServer({ workloads: 4 });
});
after(async () => {
  await server.close();
});

const read = async (address: string): Promise<string> => await (await fetch(new URL(address, server.url))).text();

function found(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].flatMap(([, address]) => address ?? []);
}

describe('the first load', () => {
  it('shows its bar before any of its code is there', async () => {
    await using browser = await launch();
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(server.url);
    const box = await page.locator('app-shell').boundingBox();
    assert.ok(box && box.height > 40, `${box?.height} px high`);
  });

  it('names in its head all that the frame is drawn with', async () => {
    const html = await read('');
    const named = new Set(found(html, /rel="modulepreload" href="([^"]+)"/g));
    const [entry] = found(html, /<script type="module" src="([^"]+)"/g);
    assert.ok(entry);
    const main = await read(entry);
    // Of all that the entry fetches by itself, the frame is what it waits for.
    const [frame] = found(main, /await import\("([^"]+)"\)/g);
    assert.ok(frame);
    const wanted = new Set([entry, frame]);
    for (const address of wanted) {
      for (const next of found(await read(address), /(?:from|import)"([^"]+)"/g)) wanted.add(next);
    }
    assert.ok(wanted.size > 5, `${wanted.size} files`);
    assert.deepEqual(named, wanted, 'each once, and nothing that only one screen needs');
  });
});

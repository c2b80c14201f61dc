/** A row is a link wherever it is clicked, and its texts can be taken along. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { launch, open, settled } from './browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

let browser: Browser;
let server: FixtureServer;
before(async () => {
  browser = await launch();
  server = await startFixtureServer({ workloads: 20 });
});
after(async () => {
  await browser.close();
  await server.close();
});

/** Drags over a text from its first letter to its last. */
async function dragOver(page: Page, text: Locator): Promise<void> {
  const box = await text.boundingBox();
  assert.ok(box);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + 1, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 1, y, { steps: 4 });
  await page.mouse.up();
}

describe('a row of the list', () => {
  for (const [word, part] of [
    ['name', '.called'],
    ['message', '.message'],
  ] as const) {
    it(`lets its ${word} be selected without leaving the list`, async () => {
      await using opened = await open(browser, `${server.url}workloads`);
      const { page } = opened;
      await settled(page, 'workload-row');
      const text = page.locator(`workload-row ${part}`).first();
      await dragOver(page, text);
      const selected = await page.evaluate(() => String(getSelection()));
      assert.ok(selected.length > 3 && (await text.innerText()).includes(selected), `selected: "${selected}"`);
      assert.match(page.url(), /\/workloads$/);
    });

    it(`is opened by a click on its ${word}`, async () => {
      await using opened = await open(browser, `${server.url}workloads`);
      const { page } = opened;
      await settled(page, 'workload-row');
      await page.locator(`workload-row ${part}`).first().click();
      await settled(page, 'detail-screen h1');
    });

    it(`opens a tab of its own by the middle button on its ${word}`, async () => {
      await using opened = await open(browser, `${server.url}workloads`);
      const { page } = opened;
      await settled(page, 'workload-row');
      const tab = page.context().waitForEvent('page');
      await page.locator(`workload-row ${part}`).first().click({ button: 'middle' });
      await (await tab).waitForURL(/\/w\//);
      assert.match(page.url(), /\/workloads$/);
    });
  }

  it('is one link, called by the name of its workload', async () => {
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'workload-row');
    const row = page.locator('workload-row').first();
    const name = await row.locator('.called').innerText();
    assert.equal(await row.getByRole('link').count(), 1);
    await row.getByRole('link', { name, exact: true }).click({ position: { x: 2, y: 2 } });
    await settled(page, 'detail-screen h1');
  });
});

/** What opens over the page: on a phone too it stands whole inside it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { launch, open, settled } from './browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

const checkout = 'w/shop/Deployment/checkout';

let browser: Browser;
let server: FixtureServer;
before(async () => {
  browser = await launch();
  server = await startFixtureServer({ workloads: 60 });
});
after(async () => {
  await browser.close();
  await server.close();
});

const menus: readonly (readonly [name: string, address: string, shows: string, button: string, box: string])[] = [
  ['namespaces', '', 'attention-card', 'namespace-picker button', 'namespace-picker [popover]'],
  ['freshness', '', 'attention-card', 'freshness-pill button', 'freshness-pill [popover]'],
  ['settings', '', 'attention-card', 'settings-menu button', 'settings-menu [popover]'],
  ['views', 'workloads', 'workload-row', 'view-menu button', 'view-menu [popover]'],
  ['kubectl', checkout, 'pod-table table', '[popovertarget=kubectl]', '#kubectl'],
];

describe('a menu', () => {
  for (const [name, address, shows, button, box] of menus) {
    for (const width of [360, 900]) {
      for (const locale of ['en-GB', 'fr-FR']) {
        it(`${name}, ${width} px, ${locale}, opens inside the page`, async () => {
          await using opened = await open(browser, server.url + address, { width, height: 700, locale });
          const { page } = opened;
          await settled(page, shows);
          await page.locator(button).first().click();
          await page.locator(`${box}[style*=top]`).first().waitFor({ state: 'visible' });
          const place = await page.locator(box).first().boundingBox();
          assert.ok(place !== null);
          assert.ok(place.x >= 0 && place.x + place.width <= width, `from ${place.x} to ${place.x + place.width}`);
          assert.ok(place.y >= 0 && place.y + place.height <= 700, `down to ${place.y + place.height}`);
        });
      }
    }
  }
});

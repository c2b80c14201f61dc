/** Everything by keyboard alone, and every view by its address. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, open, settled } from './browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

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

async function active(page: Page): Promise<{ tag: string; label: string }> {
  return await page.evaluate(() => {
    let element: Element | null = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return {
      tag: element?.localName ?? '',
      label: element?.getAttribute('aria-label') ?? element?.textContent?.trim().slice(0, 60) ?? '',
    };
  });
}

describe('by keyboard', () => {
  it('g and a letter go to each screen', async () => {
    await using opened = await open(browser, server.url);
    const { page } = opened;
    await settled(page, 'board-screen h1');
    for (const [key, screen] of [
      ['w', 'workloads-screen'],
      ['a', 'activity-screen'],
      ['d', 'doctor-screen'],
      ['b', 'board-screen'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await settled(page, `${screen} h1`);
    }
  });

  it('/ filters, the address keeps it, Escape clears it', async () => {
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'workload-row');
    await page.keyboard.press('/');
    await page.keyboard.type('ns:shop state:!healthy');
    await page.waitForURL(/q=ns:shop\+state:!healthy/);
    const rows = await page.locator('workload-row .where').allInnerTexts();
    assert.ok(rows.length > 0 && rows.every((row) => row.startsWith('shop')));
    await page.reload();
    await settled(page, 'workload-row');
    assert.equal(await page.locator('query-field input').inputValue(), 'ns:shop state:!healthy');
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.search === '');
  });

  it('the palette finds a workload by a few letters', async () => {
    await using opened = await open(browser, server.url);
    const { page } = opened;
    await settled(page, 'board-screen h1');
    await page.keyboard.press('Control+k');
    await page.locator('command-palette input').waitFor();
    await page.keyboard.type('shopcheck');
    await page.keyboard.press('Enter');
    await settled(page, 'detail-screen h1');
    assert.equal(await page.locator('detail-screen h1').innerText(), 'checkout');
  });

  it('? lists the keys and Escape closes the list', async () => {
    await using opened = await open(browser, server.url);
    const { page } = opened;
    await settled(page, 'board-screen h1');
    await page.keyboard.press('?');
    await page.locator('shortcut-list kbd').first().waitFor();
    await page.keyboard.press('Escape');
    await page.locator('shortcut-list kbd').first().waitFor({ state: 'hidden' });
  });

  it('] walks through what is broken', async () => {
    await using opened = await open(browser, server.url);
    const { page } = opened;
    await settled(page, 'board-screen h1');
    const seen = new Set<string>();
    for (let step = 0; step < 3; step += 1) {
      // Before the list has arrived there is nothing to walk through, and the key does nothing.
      const before = page.url();
      for (let tries = 0; tries < 10 && page.url() === before; tries += 1) {
        await page.keyboard.press(']');
        await page.waitForTimeout(1_000);
      }
      await settled(page, 'detail-screen state-badge');
      seen.add(page.url());
    }
    assert.equal(seen.size, 3);
  });

  it('arrows move between tabs, and the address follows', async () => {
    await using opened = await open(browser, `${server.url}w/shop/Deployment/checkout`);
    const { page } = opened;
    await settled(page, 'pod-table table');
    await page.locator('[role=tab][aria-selected=true]').focus();
    await page.keyboard.press('ArrowRight');
    await settled(page, 'event-table td');
    assert.match(page.url(), /tab=events/);
    assert.equal((await active(page)).label, 'Events');
    await page.goBack();
    await settled(page, 'pod-table table');
  });

  it('Tab reaches every control of the list and shows where it is', async () => {
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'workload-row');
    const reached = new Set<string>();
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press('Tab');
      const { tag, label } = await active(page);
      if (tag === 'body') break;
      reached.add(`${tag} ${label}`);
      const ring = await page.evaluate(() => {
        let element: Element | null = document.activeElement;
        while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
        if (!element) return true;
        const own = getComputedStyle(element);
        const after = getComputedStyle(element, '::after');
        return own.outlineStyle !== 'none' || after.outlineStyle !== 'none' || element.localName === 'input';
      });
      assert.ok(ring, `no focus ring on ${tag} ${label}`);
    }
    for (const wanted of ['Skip to the content', 'Board', 'Namespaces: All namespaces', 'Settings']) {
      assert.ok(
        [...reached].some((each) => each.includes(wanted)),
        `${wanted} is not reached: ${[...reached].join(' | ')}`,
      );
    }
    assert.ok(
      [...reached].some((each) => each.startsWith('a ledger')),
      'the first row is not reached',
    );
  });

  it('reaches every cell of the grid: one stop for each namespace, arrows from there', async () => {
    await using opened = await open(browser, server.url);
    const { page } = opened;
    await settled(page, 'quiet-cells a');
    const bar = page.locator('quiet-cells').first().getByRole('toolbar');
    const cells = bar.getByRole('link');
    const count = await cells.count();
    assert.ok(count > 3, `${count} cells`);
    const label = async (index: number): Promise<string> => (await cells.nth(index).getAttribute('aria-label')) ?? '';
    const chosen = async (): Promise<string> =>
      await bar.evaluate((element) => {
        const root = element.getRootNode();
        const id = element.getAttribute('aria-activedescendant') ?? '';
        return root instanceof ShadowRoot ? (root.getElementById(id)?.getAttribute('aria-label') ?? '') : '';
      });
    await bar.focus();
    assert.equal(await chosen(), await label(0));
    await page.keyboard.press('ArrowRight');
    assert.equal(await chosen(), await label(1));
    await page.keyboard.press('End');
    const last = await chosen();
    assert.equal(last, await label(count - 1));
    assert.match(last, /^\S+\/\S+: (Healthy|Idle)$/);
    await page.keyboard.press('ArrowRight');
    assert.equal(await chosen(), last, 'the end is the end');
    await page.keyboard.press('Tab');
    assert.notEqual((await active(page)).tag, 'div', 'the next stop is behind the cells');
    await page.keyboard.press('Shift+Tab');
    assert.equal(await chosen(), last, 'the stop is where one was');
    await page.keyboard.press('Enter');
    await settled(page, 'detail-screen h1');
    assert.ok(last.includes(`/${await page.locator('detail-screen h1').innerText()}:`));
  });

  it('c says what it copied', async () => {
    await using opened = await open(browser, `${server.url}w/shop/Deployment/checkout`);
    const { page } = opened;
    await settled(page, 'pod-table table');
    await page.keyboard.press('c');
    await page.getByText(/^Copied: kubectl -n shop /).waitFor();
  });

  it('a row keeps the focus while the list moves on beneath it', async () => {
    await using opened = await open(browser, `${server.url}workloads?all=true`);
    const { page } = opened;
    await settled(page, 'workload-row');
    const seen = new Set<string>();
    // Beyond the first jump, after which many rows stand for others.
    for (let step = 0; step < 30; step += 1) {
      await page.keyboard.press('j');
      await page.waitForTimeout(50);
      const { tag, label } = await active(page);
      assert.equal(tag, 'a', `step ${step}: the focus is on ${tag}`);
      const row = await page.locator('workload-row:focus-within').boundingBox();
      assert.ok(row && row.y > 0 && row.y < 900, `step ${step}: the row with the focus is in view`);
      seen.add(label);
    }
    assert.equal(seen.size, 30);
    const { label } = await active(page);
    await page.mouse.wheel(0, 300);
    await page.waitForTimeout(300);
    assert.equal((await active(page)).label, label);
  });

  it('j begins where one is looking', async () => {
    await using opened = await open(browser, `${server.url}workloads?all=true`);
    const { page } = opened;
    await settled(page, 'workload-row');
    await page.mouse.wheel(0, 1_000);
    await page.waitForFunction(() => scrollY === 1_000);
    await page.waitForTimeout(300);
    await page.keyboard.press('j');
    await page.locator('workload-row:focus-within').waitFor();
    assert.equal(await page.evaluate(() => scrollY), 1_000);
    const row = await page.locator('workload-row:focus-within').boundingBox();
    assert.ok(row && row.y >= 100 && row.y < 300, `${row?.y} px from the top`);
  });

  it('j and k walk far down a long list', async () => {
    await using many = await startFixtureServer({ workloads: 1_000 });
    await using opened = await open(browser, `${many.url}workloads?all=true`);
    const { page } = opened;
    await settled(page, 'workload-row');
    for (let step = 0; step < 80; step += 1) await page.keyboard.press('j');
    await page.waitForTimeout(300);
    const { tag, label } = await active(page);
    assert.equal(tag, 'a');
    const rows = await page.locator('workload-row').count();
    assert.ok(rows < 80, `${rows} rows are in the document`);
    const visible = await page.locator('workload-row a', { hasText: label }).first().isVisible();
    assert.ok(visible);
  });
});

describe('by address', () => {
  it('a line of a log is found again after a reload', async () => {
    await using opened = await open(browser, `${server.url}w/shop/Deployment/checkout?tab=logs`);
    const { page } = opened;
    await settled(page, 'log-lines .row .at');
    await page.locator('log-lines .row .at').nth(12).click();
    await page.waitForURL(/at=/);
    const at = new URL(page.url()).searchParams.get('at');
    assert.ok(at);
    await page.reload();
    await settled(page, 'log-lines .row');
    assert.equal(new URL(page.url()).searchParams.get('at'), at);
  });

  it('the levels of a log are kept by a reload', async () => {
    await using opened = await open(browser, `${server.url}w/shop/Deployment/checkout?tab=logs`);
    const { page } = opened;
    await settled(page, 'log-lines .row');
    await page.getByRole('button', { name: 'Warn', exact: true }).click();
    await page.waitForURL(/level=warn/);
    await page.reload();
    await settled(page, 'log-lines .row');
    const button = page.getByRole('button', { name: 'Warn', exact: true });
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
  });

  it('a namespace stays chosen from screen to screen', async () => {
    await using opened = await open(browser, `${server.url}?namespace=shop`);
    const { page } = opened;
    await settled(page, 'board-screen h1');
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await settled(page, 'workload-row');
    assert.match(page.url(), /workloads\?namespace=shop$/);
  });

  it('back leads to where one was, also in a list that is read anew', async () => {
    await using opened = await open(browser, `${server.url}activity`, { height: 500 });
    const { page } = opened;
    await page.route('**/api/v1/transitions?*', async (route) => {
      await new Promise((resolve) => {
        setTimeout(resolve, 300);
      });
      await route.continue();
    });
    await settled(page, 'activity-screen li.transitions');
    const link = page.locator('activity-screen li.transitions a').last();
    await link.scrollIntoViewIfNeeded();
    const top = await page.evaluate(() => scrollY);
    assert.ok(top > 300, `scrolled by ${top}`);
    await link.click();
    await settled(page, 'detail-screen h1');
    assert.equal(await page.evaluate(() => scrollY), 0);
    await page.goBack();
    await page.waitForFunction((wanted) => scrollY === wanted, top);
    await page.waitForTimeout(500);
    await page.reload();
    await page.waitForFunction((wanted) => scrollY === wanted, top);
  });

  it('a saved view comes back after a reload', async () => {
    await using opened = await open(browser, `${server.url}workloads?state=Down`);
    const { page } = opened;
    await settled(page, 'workload-row');
    await page.locator('view-menu button[popovertarget]').click();
    await page.locator('view-menu input[name=name]').fill('All down');
    await page.keyboard.press('Enter');
    await page.goto(`${server.url}workloads`);
    await settled(page, 'workload-row');
    await page.locator('view-menu button[popovertarget]').click();
    await page.locator('view-menu a', { hasText: 'All down' }).click();
    await page.waitForURL(/state=Down/);
  });
});

/** The page never says more than it knows of what was chosen: an empty scope is not healthy, an unread one not calm. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, open, settled } from './browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser.close();
});

const sentence = (page: Page): Promise<string> => page.locator('board-screen h1').innerText();

describe('a board of chosen namespaces', () => {
  let server: FixtureServer;
  before(async () => {
    server = await startFixtureServer({ workloads: 60, scenario: 'healthy' });
  });
  after(async () => {
    await server.close();
  });

  it('calls nothing healthy where there is nothing, and leads back to all', async () => {
    await using opened = await open(browser, `${server.url}?namespace=shpo`);
    const { page } = opened;
    await settled(page, 'board-screen notice-box');
    await page.getByText('No workload in shpo').waitFor();
    assert.equal(await page.getByText(/healthy/i).count(), 0);
    await page.getByRole('link', { name: 'Show all namespaces' }).click();
    await page.getByText('All 60 workloads are healthy.').waitFor();
  });

  it('tells of the last incident in them, not elsewhere', async () => {
    await using opened = await open(browser, `${server.url}?namespace=data`);
    const { page } = opened;
    await page.getByText(/Last incident/).waitFor();
    assert.match(await sentence(page), /\(data\//);
  });

  it('names their consumers alone, and keeps them in the links', async () => {
    await using opened = await open(browser, `${server.url}?namespace=data`);
    const { page } = opened;
    await settled(page, 'top-consumers li');
    for (const link of await page.locator('top-consumers a, transition-list a').all()) {
      assert.match((await link.getAttribute('href')) ?? '', /^w\/data\/.*namespace=data/);
    }
  });
});

describe('an activity of chosen namespaces', () => {
  it('draws on its axis what is in its list', async () => {
    await using server = await startFixtureServer({ workloads: 60 });
    await using opened = await open(browser, `${server.url}activity?namespace=shpo`);
    const { page } = opened;
    await page.getByText('Nothing happened in this time.').waitFor();
    assert.equal(await page.locator('activity-screen .axis :is(rect, path)').count(), 0);
  });
});

describe('a board of what cannot be read', () => {
  it('says so instead of calling it calm', async () => {
    await using server = await startFixtureServer({ workloads: 42, scenario: 'unreadable' });
    await using opened = await open(browser, server.url);
    const { page } = opened;
    await page.getByText('42 of 42 workloads are not readable').waitFor();
    assert.doesNotMatch(await sentence(page), /none/i);
    await page.getByRole('link', { name: 'Open the Doctor' }).first().click();
    await settled(page, 'doctor-screen table');
  });
});

describe('a card of many workloads', () => {
  it('leads to those that it does not name', async () => {
    await using server = await startFixtureServer({ workloads: 1_000 });
    await using opened = await open(browser, server.url);
    const { page } = opened;
    await page
      .getByRole('link', { name: /^and \d+ more$/ })
      .first()
      .click();
    await page.waitForURL(/\/workloads\?cause=/);
    await settled(page, 'workload-row');
    assert.ok((await page.locator('workload-row').count()) > 6);
  });
});

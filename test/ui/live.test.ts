/** The page over time: it follows the stream, keeps its hands off what a person holds, and never lies about its age. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, open, scrolledTo, settled } from './browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser.close();
});

async function pill(page: Page): Promise<string> {
  return await page
    .locator('freshness-pill button[popovertarget]')
    .evaluate((button) => button.lastChild?.previousSibling?.textContent?.trim() ?? '');
}

async function until(page: Page, what: string, check: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await check())) {
    assert.ok(Date.now() < end, `${what} did not happen within ${timeoutMs / 1000} s`);
    await page.waitForTimeout(100);
  }
}

async function names(page: Page): Promise<string[]> {
  return await page.locator('workload-row a').allInnerTexts();
}

describe('the open page', () => {
  let server: FixtureServer;
  before(async () => {
    server = await startFixtureServer({ workloads: 40 });
  });
  after(async () => {
    await server.close();
  });

  it('shows a change without being asked, and counts what is broken in its title', async () => {
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'workload-row');
    const broken = [...server.cluster.workloads.values()].filter(
      ({ state }) => state === 'Down' || state === 'Degraded',
    ).length;
    await until(page, 'the title', async () => (await page.title()).startsWith(`(${broken}) `));
    const [victim] = [...server.cluster.workloads.values()].filter(({ state }) => state === 'Healthy');
    assert.ok(victim);
    server.change({ ...victim, state: 'Down', restarts: 77 });
    await until(page, 'the row', async () =>
      (await page.locator('workload-row a').first().innerText()).includes(victim.name),
    );
    await until(page, 'the title', async () => (await page.title()).startsWith(`(${broken + 1}) `));
    server.change(victim);
    await until(page, 'the title', async () => (await page.title()).startsWith(`(${broken}) `));
  });

  it('moves no row under the pointer, and offers to sort again', async () => {
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'workload-row');
    await page.mouse.move(5, 5);
    const before = await names(page);
    await page.locator('workload-row').nth(6).hover();
    const victim = [...server.cluster.workloads.values()].find(({ name }) => name === before.at(-1));
    assert.ok(victim);
    server.change({ ...victim, state: 'Down' });
    const chip = page.locator('workloads-screen .moved');
    await chip.waitFor({ timeout: 30_000 });
    assert.deepEqual(await names(page), before);
    await chip.click();
    await page.mouse.move(5, 5);
    await until(page, 'the new order', async () => (await names(page)).indexOf(victim.name) < 4);
    server.change(victim);
  });

  it('keeps the focus on its row while rows change', async () => {
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'workload-row');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        let active: Element | null = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        return active?.textContent ?? '';
      });
    const name = await focused();
    assert.notEqual(name, '');
    for (let round = 0; round < 5; round += 1) {
      server.churn(10);
      await page.waitForTimeout(120);
    }
    assert.equal(await focused(), name);
    await page.keyboard.press('Enter');
    await settled(page, 'detail-screen h1');
    assert.equal(await page.locator('detail-screen h1').innerText(), name);
  });

  it('lets the focus go when its row stands for another workload', async () => {
    await using opened = await open(browser, `${server.url}workloads?all=true`, { height: 600 });
    const { page } = opened;
    await settled(page, 'workload-row');
    await page.keyboard.press('j');
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight }));
    await until(page, 'the end of the list', async () => (await page.evaluate(() => scrollY)) > 600);
    const held = (): Promise<string> =>
      page.evaluate(() => {
        let active: Element | null = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        return active?.localName ?? '';
      });
    await until(page, 'no row to be focused', async () => (await held()) !== 'a');
  });

  it('shares one stream between tabs', async () => {
    await using first = await open(browser, `${server.url}workloads`);
    await settled(first.page, 'workload-row');
    const before = server.streams();
    const second = await first.page.context().newPage();
    await second.goto(`${server.url}workloads`);
    await settled(second, 'workload-row');
    await until(second, 'live', async () => (await pill(second)) === 'Live');
    assert.equal(server.streams(), before);
    const [victim] = [...server.cluster.workloads.values()].filter(({ state }) => state === 'Healthy');
    assert.ok(victim);
    server.change({ ...victim, state: 'Down' });
    for (const page of [first.page, second]) {
      await until(
        page,
        'the row',
        async () => (await page.locator('workload-row a').first().innerText()).includes(victim.name),
        5_000,
      );
    }
    server.change(victim);
  });

  it('has the same preferences in every tab', async () => {
    await using first = await open(browser, `${server.url}workloads`);
    await settled(first.page, 'workload-row');
    const second = await first.page.context().newPage();
    await second.goto(server.url);
    await settled(second, 'board-screen h1');
    const zone = (): Promise<string | undefined> => second.evaluate(() => document.documentElement.dataset['zone']);
    assert.equal(await zone(), 'local');
    await first.page.keyboard.press('t');
    await until(second, 'the zone', async () => (await zone()) === 'utc', 5_000);
  });

  it('says that it lost the server, falls back to polling, and is live again by itself', async () => {
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'workload-row');
    await until(page, 'live', async () => (await pill(page)) === 'Live');
    server.cutStreams(true);
    await until(page, 'the loss to be said', async () => /Reconnecting/.test(await pill(page)));
    await until(page, 'polling to be said', async () => (await pill(page)) === 'Polling', 40_000);
    const [victim] = [...server.cluster.workloads.values()].filter(({ state }) => state === 'Healthy');
    assert.ok(victim);
    server.change({ ...victim, state: 'Down' });
    await until(page, 'the polled row', async () =>
      (await page.locator('workload-row a').first().innerText()).includes(victim.name),
    );
    server.cutStreams(false);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await until(page, 'live', async () => (await pill(page)) === 'Live');
    server.change(victim);
  });

  it('holds still when it is frozen and catches up afterwards', async () => {
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'workload-row');
    await page.keyboard.press('.');
    assert.equal(await pill(page), 'Frozen');
    const [victim] = [...server.cluster.workloads.values()].filter(({ state }) => state === 'Healthy');
    assert.ok(victim);
    server.change({ ...victim, state: 'Down' });
    await page.waitForTimeout(600);
    assert.ok(!(await page.locator('workload-row a').first().innerText()).includes(victim.name));
    await page.keyboard.press('.');
    await until(page, 'the row', async () =>
      (await page.locator('workload-row a').first().innerText()).includes(victim.name),
    );
    server.change(victim);
  });
});

describe('a log that is followed', () => {
  it('lets go of its end at once when it is scrolled, however many lines come', async () => {
    await using server = await startFixtureServer({ workloads: 4, logLinesPerSecond: 200 });
    await using opened = await open(browser, `${server.url}w/shop/Deployment/checkout?tab=logs`);
    const { page } = opened;
    await settled(page, 'log-lines .row');
    await scrolledTo(page.locator('log-lines .box'), 1_000);
    // Lines that are drawn between the scroll and the frame that tells of it.
    const top = await page.locator('log-lines').evaluate(async (lines) => {
      const box = lines.shadowRoot?.querySelector('.box');
      if (!box || !('requestUpdate' in lines) || typeof lines.requestUpdate !== 'function') return -1;
      box.scrollTop = 240;
      lines.requestUpdate();
      await ('updateComplete' in lines ? lines.updateComplete : null);
      return box.scrollTop;
    });
    assert.equal(top, 240);
    await page.locator('log-view .jump').waitFor();
  });

  it('stays where the wheel has taken it', async () => {
    await using server = await startFixtureServer({ workloads: 4 });
    await using opened = await open(browser, `${server.url}w/shop/Deployment/checkout?tab=logs`);
    const { page } = opened;
    await settled(page, 'log-lines .row');
    const box = page.locator('log-lines .box');
    await scrolledTo(box, 1_000);
    await box.hover();
    await page.mouse.wheel(0, -600);
    await page.locator('log-view .jump').waitFor();
    const before = await box.evaluate((element) => element.scrollTop);
    await page.getByRole('button', { name: /^\d+ new / }).waitFor();
    assert.equal(await box.evaluate((element) => element.scrollTop), before);
  });
});

describe('a page that is open past midnight', () => {
  it('says the day of what was today', async () => {
    await using server = await startFixtureServer({ workloads: 20 });
    const context = await browser.newContext({ timezoneId: 'UTC', reducedMotion: 'reduce' });
    try {
      const page = await context.newPage();
      await page.clock.install();
      await page.goto(`${server.url}w/shop/Deployment/checkout?tab=rollouts`);
      await settled(page, 'rollout-list time-at');
      await page.evaluate(() => {
        const element = document.createElement('time-at');
        element.id = 'probe';
        element.at = new Date().toISOString();
        document.body.append(element);
      });
      const said = (): Promise<string> => page.locator('#probe time').innerText();
      assert.match(await said(), /^\d\d:\d\d:\d\d$/);
      await page.clock.setSystemTime(Date.now() + 86_400_000);
      await page.clock.runFor(5_000);
      await until(page, 'the day to be said', async () => !/^[\d:]+$/.test(await said()));
    } finally {
      await context.close();
    }
  });
});

describe('under a sub-path', () => {
  it('finds everything, and links stay inside', async () => {
    await using server = await startFixtureServer({ workloads: 20, basePath: '/tools/maintenant/' });
    await using opened = await open(browser, `${server.url}workloads`);
    const { page, complaints } = opened;
    await settled(page, 'workload-row');
    await until(page, 'live', async () => (await pill(page)) === 'Live');
    await page.locator('workload-row').first().click();
    await settled(page, 'pod-table table');
    assert.match(page.url(), /\/tools\/maintenant\/w\//);
    await page.reload();
    await settled(page, 'pod-table table');
    await page.locator('nav-rail a').first().click();
    await settled(page, 'board-screen h1');
    assert.equal(page.url(), server.url);
    assert.deepEqual(complaints, []);
  });
});

describe('with a token in front', () => {
  it('asks for it, says when it is wrong, and goes on when it is right', async () => {
    await using server = await startFixtureServer({ scenario: 'signIn', workloads: 20 });
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'sign-in-screen form');
    await page.waitForFunction(() => document.title.startsWith('Sign in'));
    assert.equal(await page.locator('freshness-pill, namespace-picker, .find').count(), 0, 'nothing to look at yet');
    await page.locator('sign-in-screen input').fill('wrong');
    await page.keyboard.press('Enter');
    await page.locator('sign-in-screen [role=alert]').waitFor();
    await page.locator('sign-in-screen input').fill('let-me-in');
    await page.keyboard.press('Enter');
    await settled(page, 'workload-row');
  });

  it('asks again when the session is over, though the stream goes on, and stays where it was', async () => {
    await using server = await startFixtureServer({ scenario: 'signIn', workloads: 20 });
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'sign-in-screen form');
    await page.locator('sign-in-screen input').fill('let-me-in');
    await page.keyboard.press('Enter');
    await settled(page, 'workload-row');
    server.endSession();
    await page.getByRole('link', { name: 'Activity' }).click();
    await settled(page, 'sign-in-screen form');
    await page.getByText('Your session is over.').waitFor();
    await page.locator('sign-in-screen input').fill('let-me-in');
    await page.keyboard.press('Enter');
    await settled(page, 'activity-screen li');
    assert.match(page.url(), /\/activity$/);
  });
});

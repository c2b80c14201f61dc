/**
 * Every screen in every state, light and dark, narrow and wide: it draws, says nothing in the console, does not scroll
 * sideways, and axe finds nothing. Photographs of all of it land in `test-results/photographs`, for people.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { isCauseCode } from '../../health/causes.ts';
import { causesFr } from '../../ui/texts/causes-fr.ts';
import { assertAccessible, cutLetters, launch, open, overflow, scrolledTo, settled } from './browser.ts';
import type { Scenario } from './fixture-cluster.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

const photographs = path.join(import.meta.dirname, '..', '..', 'test-results', 'photographs');
mkdirSync(photographs, { recursive: true });

const checkout = 'w/shop/Deployment/checkout';

interface View {
  readonly name: string;
  readonly address: string;
  /** What is there once it is drawn. */
  readonly shows: string;
}

const views: readonly View[] = [
  { name: 'board', address: '', shows: 'board-screen attention-card' },
  { name: 'workloads', address: 'workloads', shows: 'workload-row' },
  { name: 'workloads-grouped', address: 'workloads?group=namespace', shows: 'group-row' },
  { name: 'workloads-no-match', address: 'workloads?q=nothing-of-that-name', shows: 'workloads-screen notice-box' },
  { name: 'detail-deployment', address: checkout, shows: 'pod-table table' },
  { name: 'detail-statefulset', address: 'w/shop/StatefulSet/ledger', shows: 'ordinal-ladder li' },
  { name: 'detail-daemonset', address: 'w/platform/DaemonSet/log-shipper', shows: 'node-matrix li' },
  { name: 'detail-events', address: `${checkout}?tab=events`, shows: 'event-table td' },
  { name: 'detail-history', address: `${checkout}?tab=history`, shows: 'history-panel svg' },
  { name: 'detail-rollouts', address: `${checkout}?tab=rollouts`, shows: 'rollout-list li' },
  { name: 'detail-metrics', address: `${checkout}?tab=metrics`, shows: 'metrics-panel canvas' },
  { name: 'logs', address: `${checkout}?tab=logs`, shows: 'log-lines .row' },
  { name: 'detail-missing', address: 'w/shop/Deployment/no-such', shows: 'detail-screen notice-box' },
  { name: 'activity', address: 'activity', shows: 'activity-screen li' },
  { name: 'doctor', address: 'doctor', shows: 'doctor-screen table' },
  { name: 'not-found', address: 'no/such/page', shows: 'notice-box' },
];

const states: readonly { readonly scenario: Scenario; readonly shows: Readonly<Record<string, string>> }[] = [
  { scenario: 'empty', shows: { '': 'emptiness-notice notice-box', workloads: 'emptiness-notice notice-box' } },
  { scenario: 'syncing', shows: { '': 'emptiness-notice .row', workloads: 'emptiness-notice .row' } },
  { scenario: 'forbidden', shows: { '': 'emptiness-notice notice-box', workloads: 'emptiness-notice notice-box' } },
  { scenario: 'stale', shows: { '': 'attention-card', workloads: 'workload-row', [checkout]: 'notice-box' } },
  { scenario: 'healthy', shows: { '': 'board-screen h1', workloads: 'workload-row' } },
  { scenario: 'down', shows: { '': 'emptiness-notice notice-box', [checkout]: 'detail-screen notice-box' } },
  { scenario: 'signIn', shows: { '': 'sign-in-screen form' } },
];

let browser: Browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser.close();
});

/** A request that the server refuses on purpose is named in the console by the browser itself. */
function unexpected(complaints: readonly string[]): readonly string[] {
  return complaints.filter(
    (complaint) => !/Failed to load resource: the server responded with a status of (401|404|503)/.test(complaint),
  );
}

describe('a screen with a picture', () => {
  let server: FixtureServer;
  before(async () => {
    server = await startFixtureServer({ workloads: 60 });
  });
  after(async () => {
    await server.close();
  });

  for (const { name, address, shows } of views) {
    for (const scheme of ['light', 'dark'] as const) {
      for (const width of [360, 900, 1600]) {
        it(`${name}, ${scheme}, ${width} px`, async () => {
          await using opened = await open(browser, server.url + address, { width, scheme });
          const { page, complaints } = opened;
          await settled(page, shows);
          await page.screenshot({ path: path.join(photographs, `${name}-${scheme}-${width}.png`) });
          assert.deepEqual(unexpected(complaints), []);
          assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways');
          assert.deepEqual(await cutLetters(page), []);
          await assertAccessible(page, name);
        });
      }
    }
  }

  it('has the answer before the facts on a phone', async () => {
    await using opened = await open(browser, server.url + checkout, { width: 360, height: 780 });
    const { page } = opened;
    await settled(page, 'pod-table table');
    const top = async (selector: string): Promise<number> => (await page.locator(selector).boundingBox())?.y ?? -1;
    assert.ok((await top('#why')) < (await top('detail-screen .about')));
    assert.ok((await top('#why')) < 300, 'without scrolling');
  });

  it('has a word beside its figure in a pod on a phone', async () => {
    await using opened = await open(browser, server.url + checkout, { width: 360, height: 780 });
    const { page } = opened;
    await settled(page, 'pod-table table');
    const age = page.locator('pod-table td[data-label=Age]').first();
    const node = page.locator('pod-table td[data-label=Node]').first();
    assert.equal((await age.boundingBox())?.height, (await node.boundingBox())?.height, 'one line each');
  });

  it('leaves no hole in a board of two columns', async () => {
    await using opened = await open(browser, server.url, { width: 1280 });
    const { page } = opened;
    await settled(page, 'top-consumers li');
    const boxOf = async (panel: string) =>
      await page.locator('board-screen .rest > .panel', { has: page.locator(panel) }).boundingBox();
    const [rollouts, top] = [await boxOf('rollout-progress'), await boxOf('top-consumers')];
    assert.ok(rollouts && top);
    assert.equal(top.x, rollouts.x);
    assert.ok(top.y - (rollouts.y + rollouts.height) < 40, 'one directly below the other');
  });

  it('prints every row of a list, and nothing to press', async () => {
    await using opened = await open(browser, `${server.url}workloads`);
    const { page } = opened;
    await settled(page, 'workload-row');
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.equal(await page.locator('workload-row').count(), 60);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('nav-rail').isVisible(), false);
  });

  it('is drawn in forced colours', async () => {
    await using opened = await open(browser, `${server.url}workloads`, { forcedColors: 'active' });
    const { page, complaints } = opened;
    await settled(page, 'workload-row');
    await page.screenshot({ path: path.join(photographs, 'workloads-forced-colours.png') });
    assert.deepEqual(complaints, []);
  });

  it('speaks French to a French browser', async () => {
    await using opened = await open(browser, `${server.url}workloads`, { locale: 'fr-FR' });
    const { page } = opened;
    await settled(page, 'workload-row');
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
    assert.match(await page.locator('workload-table [role=columnheader]').first().innerText(), /Charge/);
  });

  it('says causes in French, and marks what only the server says as English', async () => {
    const broken = [...server.cluster.workloads.values()].find(
      ({ cause }) => cause !== null && isCauseCode(cause.code),
    );
    assert.ok(broken?.cause && isCauseCode(broken.cause.code));
    const [title, meaning, remedy] = causesFr[broken.cause.code];
    await using opened = await open(browser, `${server.url}w/${broken.key}`, { locale: 'fr-FR' });
    const { page } = opened;
    await page.locator('.why h2', { hasText: title }).waitFor();
    const panel = page.locator('.why cause-panel');
    await panel.getByText(meaning, { exact: true }).waitFor();
    await panel.getByText(remedy, { exact: true }).waitFor();
    assert.equal(await panel.locator('.message').getAttribute('lang'), 'en');
  });

  it('shows where in a log the matches are, and leads there', async () => {
    await using opened = await open(browser, `${server.url}${checkout}?tab=logs&filter=upstream`);
    const { page, complaints } = opened;
    await settled(page, 'hit-map svg .hit');
    const box = page.locator('log-lines .box');
    await box.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await page.locator('hit-map svg').click({ position: { x: 5, y: 4 } });
    await page.locator('log-view .jump').waitFor();
    const top = await box.evaluate((element) => element.scrollTop);
    assert.ok(top < 100, `the first matches are in view, not ${top} px further down`);
    assert.deepEqual(complaints, []);
  });

  it('says the day of lines that are not of today, wherever in the log one is', async () => {
    await using old = await startFixtureServer({ logStepMs: 3_600_000 });
    for (const width of [360, 1440]) {
      await using opened = await open(browser, `${old.url}${checkout}?tab=logs&pod=p&container=app`, {
        width,
      });
      const { page, complaints } = opened;
      await settled(page, 'log-lines .row');
      const box = page.locator('log-lines .box');
      await scrolledTo(box, 1_000);
      await box.evaluate((element) => element.scrollTo({ top: 40 * 24 }));
      await page.locator('log-view .jump').waitFor();
      // Once it is drawn where one is: the day of the first line in view at the top, and another begins below.
      const days = await box.evaluateHandle(async (element) => {
        for (;;) {
          const edge = element.getBoundingClientRect().top;
          const root = element.getRootNode();
          const marks = root instanceof ShadowRoot ? [...root.querySelectorAll('.day span')] : [];
          const words = new Set(marks.map((mark) => mark.textContent));
          const isAtTop = marks.some((mark) => Math.abs(mark.getBoundingClientRect().top - edge) < 2);
          if (isAtTop && words.size > 1) return [...words];
          await new Promise((resolve) => {
            requestAnimationFrame(resolve);
          });
        }
      });
      for (const day of await days.jsonValue()) assert.match(day, /^\w+day\b.* 20\d\d$/);
      await page.screenshot({ path: path.join(photographs, `logs-days-${width}.png`) });
      assert.deepEqual(complaints, []);
    }
  });

  it('has curves in the rows, read for the rows in view alone', async () => {
    const asked: string[] = [];
    await using opened = await open(browser, `${server.url}doctor`);
    const { page } = opened;
    page.on('request', (request) => {
      if (request.url().includes('/usage?')) asked.push(request.url());
    });
    await page.setViewportSize({ width: 1600, height: 700 });
    await page.goto(`${server.url}workloads?all=true`);
    await settled(page, 'workload-row usage-spark polyline');
    const keys = asked.flatMap((url) => (new URL(url).searchParams.get('key') ?? '').split(','));
    assert.ok(keys.length > 10 && keys.length < 50, `${keys.length} keys`);
  });
});

for (const { scenario, shows } of states) {
  describe(`the state ${scenario}`, () => {
    let server: FixtureServer;
    before(async () => {
      server = await startFixtureServer({ scenario, workloads: 40 });
    });
    after(async () => {
      await server.close();
    });

    for (const [address, selector] of Object.entries(shows)) {
      for (const scheme of ['light', 'dark'] as const) {
        it(`${address || 'board'}, ${scheme}`, async () => {
          await using opened = await open(browser, server.url + address, { width: 900, scheme });
          const { page, complaints } = opened;
          await settled(page, selector);
          const name = address.replaceAll(/\W+/g, '-') || 'board';
          await page.screenshot({ path: path.join(photographs, `state-${scenario}-${name}-${scheme}.png`) });
          assert.deepEqual(unexpected(complaints), []);
          assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways');
          await assertAccessible(page, `${scenario} ${address}`);
        });
      }
    }
  });
}

describe('the gallery', () => {
  let server: FixtureServer;
  before(async () => {
    server = await startFixtureServer({ workloads: 4 });
  });
  after(async () => {
    await server.close();
  });

  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [360, 1600]) {
      it(`shows every element, ${scheme}, ${width} px`, async () => {
        await using opened = await open(browser, `${server.url}gallery`, { width, scheme });
        const { page, complaints } = opened;
        await settled(page, 'gallery-screen metrics-panel canvas');
        await page.screenshot({ path: path.join(photographs, `gallery-${scheme}-${width}.png`), fullPage: true });
        assert.deepEqual(unexpected(complaints), []);
        assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways');
        await assertAccessible(page, 'gallery');
      });
    }
  }
});

describe('hostile names and messages', () => {
  let server: FixtureServer;
  before(async () => {
    server = await startFixtureServer({ scenario: 'hostile', workloads: 10 });
  });
  after(async () => {
    await server.close();
  });

  const long = `${'very-long-name-'.repeat(16)}end`.slice(0, 253);
  for (const name of ['html', 'template', 'multi-line', 'ten-thousand-pods', long]) {
    for (const width of [360, 1600]) {
      it(`${name.slice(0, 20)}, ${width} px`, async () => {
        await using opened = await open(browser, `${server.url}w/hostile/Deployment/${name}`, { width });
        const { page, complaints } = opened;
        await settled(page, 'pod-table table');
        assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways');
        assert.deepEqual(complaints, []);
        assert.doesNotMatch(await page.title(), /hacked/);
        assert.equal(await page.locator('a[href^="javascript:"]').count(), 0);
      });
    }
  }

  it('stand in list and board as they are', async () => {
    for (const address of ['', 'workloads']) {
      for (const width of [360, 1600]) {
        await using opened = await open(browser, server.url + address, { width });
        const { page, complaints } = opened;
        await settled(page, address === '' ? 'attention-card' : 'workload-row');
        assert.ok((await overflow(page)) <= 0, `${address} ${width} scrolls sideways`);
        assert.deepEqual(complaints, []);
        assert.doesNotMatch(await page.title(), /hacked/);
      }
    }
  });
});

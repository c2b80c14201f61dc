/**
 * What the page costs in a real chromium: first load, first picture, reactions while 200 of 1,000 workloads change
 * per second, heap, and a log of 5,000 lines per second. The server is the one of the page's tests, in a process of
 * its own, so that it does not take the page's place on a core more than a server would. One JSON line per case, with
 * the target beside it.
 *
 *     scripts/bench page [--seconds 60] [--workloads 1000] [--changes 200]
 *     scripts/bench page --heap-minutes 10     only whether the tab grows while it is left open
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadavg } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { CDPSession, Page } from 'playwright-core';
import { launch } from '../ui/browser.ts';
import { startFixtureServer } from '../ui/fixture-server.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    workloads: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '200' },
    lines: { type: 'string', default: '5000' },
    'heap-minutes': { type: 'string', default: '0' },
    serve: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const heapMinutes = Number(values['heap-minutes']);
/** Between two looks at the heap. */
const heapStepMs = 15_000;

if (values.serve) await serve();
else await measure();

/** The server: 20 deltas a second, as a window of 50 ms makes them. */
async function serve(): Promise<void> {
  const server = await startFixtureServer({
    scenario: 'hostile',
    workloads: Number(values.workloads),
    logLinesPerSecond: Number(values.lines),
  });
  let changing = false;
  const timer = setInterval(() => {
    if (changing) server.churn(Math.max(1, Math.round(Number(values.changes) / 20)));
  }, 50);
  process.on('message', (message) => {
    changing = message === 'change';
  });
  process.on('disconnect', () => {
    clearInterval(timer);
    void server.close();
  });
  process.send?.(server.url);
}

async function measure(): Promise<void> {
  const server = fork(import.meta.filename, [...process.argv.slice(2), '--serve']);
  const [url] = (await once(server, 'message')) as [string];
  const browser = await launch();
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    if (heapMinutes > 0) {
      server.send('change');
      await heap(page, url);
      return;
    }
    await page.addInitScript(watchTasks);
    await firstLoad(page, url);
    server.send('change');
    await reactions(page, url);
    await logs(page, url);
  } finally {
    await browser.close();
    server.disconnect();
  }
}

/** Runs in the page: collects long tasks and slow reactions. */
function watchTasks(): void {
  const found: { tasks: number[]; events: number[] } = { tasks: [], events: [] };
  Object.assign(globalThis, { found });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) found.tasks.push(entry.duration);
  }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) found.events.push(entry.duration);
  }).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit);
}

async function taken(page: Page): Promise<{ readonly tasks: readonly number[]; readonly events: readonly number[] }> {
  return await page.evaluate(() => {
    const { found } = globalThis as unknown as { found: { tasks: number[]; events: number[] } };
    return { tasks: found.tasks.splice(0), events: found.events.splice(0) };
  });
}

async function firstLoad(page: Page, url: string): Promise<void> {
  const files = new Map<string, Promise<Buffer>>();
  page.on('response', (response) => {
    if (/\.(js|css)$/.test(response.url())) files.set(response.url(), response.body());
  });
  const startedAt = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator('board-screen h1 small').waitFor();
  const pictureMs = performance.now() - startedAt;
  await page.waitForLoadState('networkidle').catch(() => undefined);
  let gzipBytes = 0;
  // The worker is fetched after the picture and by one tab of many; it counts nevertheless.
  for (const body of files.values()) gzipBytes += gzipSync(await body, { level: 9 }).length;
  page.removeAllListeners('response');
  print('first load', { files: files.size, gzipKilobytes: round(gzipBytes / 1000) }, { gzipKilobytes: 60 });
  print('first picture', { milliseconds: round(pictureMs) }, { milliseconds: 1000 });
}

async function reactions(page: Page, url: string): Promise<void> {
  await page.goto(`${url}workloads?all=true`);
  await page.locator('workload-row').first().waitFor();
  const session = await page.context().newCDPSession(page);
  await sleep(3_000);
  await taken(page);
  const before = await heapMegabytes(session);
  const durations: number[] = [];
  const until = Date.now() + seconds * 1000;
  for (let round = 0; Date.now() < until; round += 1) {
    await page.keyboard.press(round % 9 === 8 ? 'k' : 'j');
    if (round % 20 === 19) {
      await page
        .locator('facet-list input')
        .nth(round % 5)
        .click({ force: true });
      await page
        .locator('facet-list input')
        .nth(round % 5)
        .click({ force: true });
    }
    await sleep(200);
    durations.push(...(await taken(page)).events);
  }
  const { tasks } = await taken(page);
  const after = await heapMegabytes(session);
  durations.sort((left, right) => left - right);
  print(
    `reactions while ${values.changes} of ${values.workloads} workloads change per second`,
    {
      reactionsOver16Ms: durations.length,
      p95Ms: round(durations[Math.floor(durations.length * 0.95)] ?? 0),
      longTasksOver100Ms: tasks.filter((duration) => duration > 100).length,
      longestTaskMs: round(Math.max(0, ...tasks)),
    },
    { p95Ms: 100, longTasksOver100Ms: 0 },
  );
  print('heap of the tab', { beforeMegabytes: before, afterMegabytes: after, seconds }, { afterMegabytes: 60 });
}

async function logs(page: Page, url: string): Promise<void> {
  await page.goto(`${url}w/hostile/Deployment/html?tab=logs`);
  await page.locator('log-lines .row').first().waitFor();
  await sleep(2_000);
  await taken(page);
  const count = async (): Promise<number> =>
    Number((await page.locator('log-view footer .number').innerText()).replaceAll(/\D/g, ''));
  await sleep(6_000);
  const { tasks } = await taken(page);
  const frames = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let drawn = 0;
        const end = performance.now() + 2_000;
        const next = (): void => {
          drawn += 1;
          if (performance.now() < end) requestAnimationFrame(next);
          else resolve(drawn / 2);
        };
        requestAnimationFrame(next);
      }),
  );
  print(
    `a log of ${values.lines} lines per second`,
    {
      linesHeld: await count(),
      framesPerSecond: round(frames),
      longTasksOver100Ms: tasks.filter((duration) => duration > 100).length,
      longestTaskMs: round(Math.max(0, ...tasks)),
    },
    { longTasksOver100Ms: 0 },
  );
}

/** What a page costs that somebody leaves open: list, board, a detail and a log in turn, and changes all the time. */
async function heap(page: Page, url: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const screens = [
    'workloads?all=true',
    '',
    'w/hostile/Deployment/html',
    'activity',
    'w/hostile/Deployment/html?tab=logs',
  ];
  await page.goto(url);
  await page.locator('board-screen h1 small').waitFor();
  const samples: { readonly megabytes: number; readonly nodes: number; readonly listeners: number }[] = [];
  const until = Date.now() + heapMinutes * 60_000;
  for (let round = 0; Date.now() < until; round += 1) {
    // As a click does it, without a load: what the last screen leaves behind stays to be counted.
    await page.evaluate(
      (address) => {
        history.pushState(null, '', address);
        dispatchEvent(new PopStateEvent('popstate'));
      },
      new URL(screens[round % screens.length] ?? '', url).href,
    );
    await sleep(heapStepMs);
    if (round % screens.length !== 0) continue;
    const megabytes = await heapMegabytes(session);
    const { metrics } = await session.send('Performance.getMetrics');
    const metric = (name: string): number => metrics.find((each) => each.name === name)?.value ?? 0;
    samples.push({ megabytes, nodes: metric('Nodes'), listeners: metric('JSEventListeners') });
  }
  const half = samples.slice(Math.floor(samples.length / 2));
  const mean = (list: typeof samples): number =>
    list.reduce((sum, { megabytes }) => sum + megabytes, 0) / Math.max(1, list.length);
  print(
    `heap of a tab that is left open for ${heapMinutes} minutes with ${values.changes} changes per second`,
    {
      megabytes: samples.map(({ megabytes }) => megabytes),
      nodes: samples.map(({ nodes }) => nodes),
      listeners: samples.map(({ listeners }) => listeners),
      growthMegabytes: round(mean(half) - mean(samples.slice(0, samples.length - half.length).slice(1))),
    },
    { megabytes: 60, growthMegabytes: 1 },
  );
}

async function heapMegabytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return round(usedSize / 1_000_000);
}

function print(name: string, found: object, target: object): void {
  process.stdout.write(`${JSON.stringify({ case: name, ...found, target, load: round(loadavg()[0] ?? 0) })}\n`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

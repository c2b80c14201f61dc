import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, type BrowserServer, chromium } from 'playwright-core';
import { launchArguments, open, settled } from './browser.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

/**
 * A machine that sleeps, as nearly as a test comes to it: every process of a real browser is stopped, as a suspend
 * stops it, and goes on after longer than a heartbeat may be late. No timer of the page runs meanwhile, and all that
 * were due run at once afterwards. That the clock is an hour later then is the part of `event-stream.test.ts`.
 */
const asleepMs = 45_000;

let browserServer: BrowserServer;
let browser: Browser;

before(async () => {
  browserServer = await chromium.launchServer(launchArguments);
  browser = await chromium.connect(browserServer.wsEndpoint());
});

after(async () => {
  signal('SIGCONT');
  await browser.close();
  await browserServer.close();
});

/** The browser and every process that it started. */
function processes(): readonly number[] {
  const root = browserServer.process().pid;
  assert.ok(root !== undefined);
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        return [[Number(name), Number(/^PPid:\t(\d+)$/m.exec(status)?.[1])] as const];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
  const found = new Set([root]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

function signal(name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of processes()) {
    try {
      process.kill(pid, name);
    } catch (error) {
      // A renderer of a closed page may end after it was listed.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

describe('after the machine slept', () => {
  const losses: readonly (readonly [string, (server: FixtureServer) => void])[] = [
    ['connections were closed meanwhile', (server) => server.cutStreams(false)],
    ['connections were forgotten without a word', (server) => server.forgetStreams()],
  ];

  it('the page shows within seconds what happened', async () => {
    const beds = await Promise.all(
      losses.map(async ([name, lose]) => {
        const server = await startFixtureServer({ workloads: 30 });
        const opened = await open(browser, `${server.url}workloads`);
        await settled(opened.page, 'workload-row');
        const pill = opened.page.locator('freshness-pill button[popovertarget]');
        await pill.filter({ hasText: 'Live' }).waitFor();
        const victim = [...server.cluster.workloads.values()].find(({ state }) => state === 'Healthy');
        assert.ok(victim);
        return { name, lose, server, opened, pill, victim };
      }),
    );

    signal('SIGSTOP');
    for (const { lose, server, victim } of beds) {
      lose(server);
      server.change({ ...victim, state: 'Down' });
    }
    await sleep(asleepMs);
    signal('SIGCONT');

    const wokeAt = performance.now();
    for (const { name, server, opened, pill, victim } of beds) {
      const row = opened.page.locator('workload-row a').first();
      await row.filter({ hasText: victim.name }).waitFor({ timeout: 30_000 });
      await pill.filter({ hasText: 'Live' }).waitFor({ timeout: 30_000 });
      process.stdout.write(`# ${name}: caught up ${Math.round(performance.now() - wokeAt)} ms after waking\n`);
      server.change(victim);
      await row.filter({ hasNotText: victim.name }).waitFor({ timeout: 30_000 });
      await opened[Symbol.asyncDispose]();
      await server.close();
    }
  });
});

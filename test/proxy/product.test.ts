/**
 * The product behind nginx with TLS, under a sub-path that the proxy keeps or strips, and nothing about proxying set:
 * page, sign-in, stream and logs must work as they are.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Browser, Page } from 'playwright-core';
import * as z from 'zod';
import { openStream, poll, type Product, startProduct, type StreamEvent } from '../support/product.ts';
import { launch } from '../ui/browser.ts';
import { Nginx } from './nginx.ts';

/** Longer than one interval of pings and shorter than two. */
const impatienceSeconds = 20;
const token = 'a-token-for-the-test';
const signedIn = { authorization: `Bearer ${token}` };
const workloads = z.object({ items: z.array(z.object({ key: z.string(), state: z.string() })) });

/** As in a pod: every name is answered, since the proxy sends the upstream's. */
const asInPod = { MAINTENANT_ADDR: '0.0.0.0:0', MAINTENANT_BASE_PATH: '/maintenant/', MAINTENANT_RUNTIME: 'demo' };

let product: Product;
/** The path arrives as the browser sent it, or the proxy takes `/maintenant` off it. */
const proxies = new Map<'kept' | 'stripped', Proxied>();
let browser: Browser;
before(async () => {
  product = await startProduct({
    environment: { ...asInPod, MAINTENANT_AUTH: 'token', MAINTENANT_AUTH_TOKENS: hashOf(token) },
  });
  proxies.set('kept', await proxied(product, '', ''));
  proxies.set('stripped', await proxied(product, '/', ''));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  for (const { nginx } of proxies.values()) await nginx.stop();
  await product?.stop();
});

interface Proxied {
  readonly nginx: Nginx;
  readonly url: string;
}

/** As an ingress controller sets it up: an upstream by name, TLS ends here, nothing else is said. */
async function proxied({ url }: Product, passTo: string, more: string): Promise<Proxied> {
  const nginx = await Nginx.start(`location /maintenant/ { proxy_pass http://maintenant-upstream${passTo}; ${more} }`, {
    // Without it an old worker would wait for its streams to end by themselves.
    main: 'worker_shutdown_timeout 1s;',
    http: `upstream maintenant-upstream { server ${new URL(url).host}; }`,
  });
  setDefaultCACertificates([...getCACertificates('default'), nginx.certificate]);
  return { nginx, url: `https://localhost:${nginx.tlsPort}/maintenant/` };
}

function proxyOf(path: 'kept' | 'stripped'): Proxied {
  const found = proxies.get(path);
  assert.ok(found !== undefined);
  return found;
}

function hashOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Waits for the demo's first picture. */
async function anyWorkload(url: string): Promise<string> {
  return poll(
    async () => (await fetch(new URL('api/v1/workloads', url), { headers: signedIn })).json(),
    (body) => workloads.safeParse(body).data?.items.find(({ state }) => state === 'Healthy')?.key,
    30_000,
    () => 'the demo shows no workload',
  );
}

for (const path of ['kept', 'stripped'] as const) {
  describe(`with the path ${path}`, () => {
    test('the page and every file that it names arrive', async () => {
      const answer = await fetch(proxyOf(path).url);
      assert.equal(answer.status, 200);
      const html = await answer.text();
      assert.match(html, /<base href="\/maintenant\/">/);
      const files = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map((match) => match[1] ?? '');
      assert.ok(files.length >= 2, html);
      for (const file of files) {
        const found = await fetch(new URL(file, proxyOf(path).url));
        assert.equal(found.status, 200, file);
        assert.ok((await found.arrayBuffer()).byteLength > 0);
      }
    });

    test('without a token the answer is 401, and health is open', async () => {
      const answer = await fetch(new URL('api/v1/workloads', proxyOf(path).url));
      assert.equal(answer.status, 401);
      assert.equal(z.object({ code: z.string() }).parse(await answer.json()).code, 'SIGN_IN_REQUIRED');
      assert.equal((await fetch(new URL('api/v1/health', proxyOf(path).url))).status, 200);
    });

    test('an unchanged answer is 304 by its tag', async () => {
      await anyWorkload(proxyOf(path).url);
      const target = new URL('api/v1/workloads', proxyOf(path).url);
      // The demo changes now and then: one of a few pairs of requests falls between two changes.
      await poll(
        async () => {
          const first = await fetch(target, { headers: signedIn });
          await first.arrayBuffer();
          const second = await fetch(target, {
            headers: { ...signedIn, 'if-none-match': first.headers.get('etag') ?? '' },
          });
          await second.arrayBuffer();
          return second.status;
        },
        (status) => status === 304,
        20_000,
        () => 'never 304',
      );
    });

    test('the stream says hello at once and carries what changes, unbuffered', async () => {
      const stream = await openStream(new URL('api/v1/stream', proxyOf(path).url), signedIn);
      try {
        await stream.next(({ event }) => event === 'hello');
        await stream.next(({ event }) => event === 'delta', 60_000);
      } finally {
        stream.close();
      }
    });

    test('a log is followed line by line', async () => {
      const key = await anyWorkload(proxyOf(path).url);
      const target = new URL(`api/v1/workloads/${key}/logs?follow=true&tailLines=5`, proxyOf(path).url);
      const stream = await openStream(target, signedIn);
      try {
        const isLine = ({ event }: StreamEvent): boolean => event === 'line';
        await stream.next(isLine);
        const before = stream.events.length;
        await stream.next(isLine, 60_000, before);
        assert.ok(!stream.events.some(({ event }) => event === 'broken'));
      } finally {
        stream.close();
      }
    });

    test('a person signs in by token, sees the board live, and keeps it over a reload of nginx', async () => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      try {
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on('pageerror', (error) => complaints.push(String(error)));
        page.on('console', (message) => {
          if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
        });
        await page.goto(proxyOf(path).url);
        await page.locator('sign-in-screen input').fill(token);
        await page.locator('sign-in-screen input').press('Enter');
        await shows(page, 'board-screen h1');
        await live(page);
        const [session] = await context.cookies();
        assert.equal(session?.path, '/maintenant/');
        assert.equal(session?.httpOnly, true);
        proxyOf(path).nginx.reload();
        // The page asks again by itself: a workload's page opens without a new sign-in.
        await page.goto(new URL('workloads', proxyOf(path).url).href);
        await shows(page, 'workload-row');
        await live(page);
        assert.deepEqual(complaints, []);
      } finally {
        await context.close();
      }
    });
  });
}

async function shows(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor({ state: 'visible', timeout: 30_000 });
}

async function live(page: Page): Promise<void> {
  await page.locator('freshness-pill button.live').waitFor({ timeout: 30_000 });
}

test('after a reload of nginx the stream goes on where it was, without a resync', async () => {
  const target = new URL('api/v1/stream', proxyOf('kept').url);
  const first = await openStream(target, signedIn);
  const { id } = await first.next(({ event, id }) => (event === 'delta' && id !== null ? { id } : null), 60_000);
  proxyOf('kept').nginx.reload();
  await first.next(({ event }) => event === 'broken', 30_000);
  first.close();
  const second = await openStream(target, { ...signedIn, 'last-event-id': id });
  try {
    await second.next(({ event }) => event === 'delta', 60_000);
    assert.ok(!second.events.some(({ event }) => event === 'resync'));
  } finally {
    second.close();
  }
});

test('a proxy that waits for less than two pings never cuts a quiet stream', async () => {
  // A namespace that is not there: nothing but pings is ever sent.
  await using quiet = await startProduct({
    environment: { ...asInPod, MAINTENANT_K8S_NAMESPACES: 'nobody-lives-here' },
  });
  const { nginx, url } = await proxied(quiet, '', `proxy_read_timeout ${impatienceSeconds}s;`);
  try {
    const stream = await openStream(new URL('api/v1/stream', url), {});
    const startedAt = performance.now();
    for (let pings = 1; pings <= 3; pings += 1) {
      await stream.next(
        () => (stream.events.filter(({ event }) => event === 'ping').length >= pings ? true : null),
        impatienceSeconds * 1000,
      );
    }
    assert.ok(performance.now() - startedAt > impatienceSeconds * 1000, 'the timeout never had its chance');
    assert.deepEqual(
      stream.events.filter(({ event }) => event === 'delta' || event === 'broken'),
      [],
    );
    stream.close();
  } finally {
    await nginx.stop();
  }
});

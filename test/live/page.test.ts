/**
 * The open page over a real cluster: a workload breaks, and card, cause, diff and logs appear without a reload; it comes
 * back after the API server was restarted and after the monitor slept.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Cluster, type KubeList, startCluster } from '../cluster/control-plane.ts';
import { imagePullBackOff, type Pod, reportOf, running } from '../cluster/kubelet-status.ts';
import { poll, type Product, startProduct } from '../support/product.ts';
import { launch, open } from '../ui/browser.ts';

let cluster: Cluster;
let product: Product;
let browser: Browser;
before(async () => {
  [cluster, browser] = await Promise.all([startCluster({ nodes: 2 }), launch()]);
  await cluster.apply('apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}');
  product = await startProduct({ environment: { KUBECONFIG: cluster.kubeconfigPath } });
});
after(async () => {
  await browser?.close();
  await product?.stop();
  await cluster?.stop();
});

const good = 'registry.example/checkout:1';
const bad = 'registry.example/checkout:does-not-exist';

const deployment = (image: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout, maintenant.test/manual-status: "true"}}
    spec: {containers: [{name: app, image: "${image}"}]}`;

async function podsOf(image: string, count: number): Promise<readonly Pod[]> {
  const matching = (list: KubeList<Pod>): readonly Pod[] =>
    list.items.filter(
      (pod) =>
        pod.spec.containers[0]?.image === image &&
        pod.spec.nodeName !== undefined &&
        pod.metadata.deletionTimestamp === undefined,
    );
  return matching(
    await cluster.waitFor<KubeList<Pod>>('/api/v1/namespaces/shop/pods', (list) => matching(list).length >= count),
  );
}

async function run(image: string, count: number): Promise<void> {
  for (let done = 1; done <= count; done += 1) {
    for (const { metadata } of await podsOf(image, done)) {
      await reportOf(cluster, 'shop', metadata.name, (pod) => running(pod, { at: Date.now() - 3_000 }));
    }
  }
}

async function shows(page: Page, text: string | RegExp, timeoutMs = 30_000): Promise<void> {
  await page.getByText(text).filter({ visible: true }).first().waitFor({ timeout: timeoutMs });
}

/** What the freshness pill says, without the name that only screen readers hear. */
async function pillSays(page: Page, word: RegExp, timeoutMs = 30_000): Promise<void> {
  const pill = page.locator('freshness-pill button[popovertarget]');
  await poll(
    () => pill.innerText(),
    (text) => word.test(text),
    timeoutMs,
    () => `the pill never said ${String(word)}`,
  );
}

test('a workload that breaks appears on the open board with its cause and what changed, and leaves it when repaired', async () => {
  await cluster.apply(deployment(good));
  await run(good, 2);
  await using opened = await open(browser, product.url);
  const { page } = opened;
  await shows(page, /healthy/i);
  await cluster.apply(deployment(bad));
  const [failing] = await podsOf(bad, 1);
  assert.ok(failing !== undefined);
  await reportOf(cluster, 'shop', failing.metadata.name, (pod) => imagePullBackOff(pod, { at: Date.now() }));
  await shows(page, 'Image not found');
  await shows(page, /old version still serves all 2/);
  await shows(page, 'registry.example/checkout:does-not-exist');
  // Title and icon change once a second at most.
  await page.waitForFunction(() => document.title.startsWith('(1)'), null, { timeout: 30_000 });

  await page.getByRole('link', { name: 'shop/checkout' }).first().click();
  await shows(page, /Why: Image not found/);
  await shows(page, good);
  assert.match(page.url(), /w\/shop\/Deployment\/checkout/);

  await cluster.apply(deployment(good));
  await page.getByText('Why: Image not found').waitFor({ state: 'detached', timeout: 30_000 });
  assert.deepEqual(opened.complaints, []);
});

test('logs of all pods follow through the real API server', async () => {
  await using opened = await open(browser, `${product.url}w/shop/Deployment/checkout?tab=logs`);
  const line = 'the answer to everything is forty-two';
  await cluster.appendLog(line);
  await shows(opened.page, line);
  assert.deepEqual(opened.complaints, []);
});

test('an API server that is away makes the page say stale, never green by default, and it recovers by itself', async () => {
  await using opened = await open(browser, product.url);
  const { page } = opened;
  await pillSays(page, /Live$/);
  await cluster.stopApiServer();
  await pillSays(page, /Stale$/, 40_000);
  await cluster.startApiServer();
  await pillSays(page, /Live$/, 60_000);
  await cluster.apply(deployment(bad));
  const [failing] = await podsOf(bad, 1);
  assert.ok(failing !== undefined);
  await reportOf(cluster, 'shop', failing.metadata.name, (pod) => imagePullBackOff(pod, { at: Date.now() }));
  await shows(page, 'Image not found');
  await cluster.apply(deployment(good));
});

test('after the monitor slept the open page comes back without a reload', async () => {
  await using opened = await open(browser, product.url);
  const { page } = opened;
  await pillSays(page, /Live$/);
  process.kill(product.pid, 'SIGSTOP');
  // The page calls a stream dead after 40 s of silence.
  await pillSays(page, /Reconnecting|Offline/, 90_000);
  process.kill(product.pid, 'SIGCONT');
  await pillSays(page, /Live$/, 60_000);
});

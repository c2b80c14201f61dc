/**
 * Logs through the real API server, with KWOK in the place of the kubelets: one file answers for every container, so
 * each line comes once from each pod.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as z from 'zod';
import { type Cluster, type KubeList, startCluster } from '../cluster/control-plane.ts';
import { type Product, startProduct } from '../support/product.ts';

const detail = z.object({ state: z.string(), pods: z.array(z.object({ name: z.string() })) });
const logsPath = 'api/v1/workloads/shop/Deployment/web/logs';
const deadlineMs = 30_000;

let cluster: Cluster;
let product: Product;

before(async () => {
  cluster = await startCluster({ nodes: 2, audit: true });
  await cluster.apply(`
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: registry.example/web:1}]}`);
  product = await startProduct({ environment: { KUBECONFIG: cluster.kubeconfigPath } });
  await podNames();
});
after(async () => {
  await product.stop();
  await cluster.stop();
});

/** Names of the three pods, once all are there and ready. */
async function podNames(): Promise<readonly string[]> {
  return product.waitFor('api/v1/workloads/shop/Deployment/web', (body) => {
    const found = detail.safeParse(body).data;
    return found?.state === 'Healthy' && found.pods.length === 3 ? found.pods.map(({ name }) => name).sort() : null;
  });
}

/** A log that is read as it comes. */
async function follow(query: string): Promise<{
  readonly lines: string[];
  until(what: string, done: (lines: readonly string[]) => boolean): Promise<void>;
  leave(): void;
}> {
  const abort = new AbortController();
  const response = await fetch(new URL(`${logsPath}?follow=true&${query}`, product.url), { signal: abort.signal });
  assert.equal(response.status, 200);
  const lines: string[] = [];
  let onLine: () => void = () => undefined;
  const reading = (async () => {
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const parts = (rest + Buffer.from(chunk).toString()).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      onLine();
    }
  })().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return {
    lines,
    async until(what, done) {
      const deadline = AbortSignal.timeout(deadlineMs);
      while (!done(lines)) {
        assert.ok(!deadline.aborted, `not within ${deadlineMs} ms: ${what}; so far:\n${lines.join('\n')}`);
        await new Promise<void>((resolve) => {
          onLine = resolve;
          deadline.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
    leave() {
      abort.abort();
      void reading;
    },
  };
}

const countOf = (lines: readonly string[], text: string): number =>
  lines.filter((line) => line.endsWith(` ${text}`)).length;

/** Watches of logs that are open at the API server, by its audit log: begun and not ended. */
async function openFollows(): Promise<number> {
  const stages = new Map<string, Set<string>>();
  for (const { requestReceivedTimestamp, stage, requestURI } of await cluster.auditEntries()) {
    if (!/\/log\?.*follow=true/.test(requestURI)) continue;
    const id = `${requestURI} ${requestReceivedTimestamp}`;
    stages.set(id, (stages.get(id) ?? new Set()).add(stage));
  }
  return [...stages.values()].filter((seen) => !seen.has('ResponseComplete')).length;
}

test('the lines of all pods come in the order of time, with their own instants', async () => {
  for (const text of ['first', 'second', 'third']) {
    await cluster.appendLog(text);
    // The instants of the lines are whole milliseconds.
    for (const now = Date.now(); Date.now() === now; );
  }
  const { status, body } = await product.get(`${logsPath}?tailLines=2&timestamps=true`);
  assert.equal(status, 200);
  const lines = String(body).trimEnd().split('\n');
  const shapes = lines.map((line) =>
    line.replace(/^\[(web-\S+)\/app\] (\S+)Z /, (_, _pod, at) => `${at.length > 20} `),
  );
  assert.deepEqual(shapes, [
    ...Array.from({ length: 3 }, () => 'true second'),
    ...Array.from({ length: 3 }, () => 'true third'),
    '# everything that was asked for has been read',
  ]);
  const readFrom = new Set(lines.slice(0, -1).map((line) => /^\[(\S+)\/app\]/.exec(line)?.[1]));
  assert.deepEqual(readFrom, new Set(await podNames()));
});

test('a follower gets what is there, then each new line once from each pod, across a pod that is replaced', async () => {
  const names = await podNames();
  const reader = await follow('tailLines=1');
  await reader.until('the tails', (lines) => lines.length >= 3);
  assert.equal(countOf(reader.lines, 'third'), 3);
  await cluster.appendLog('live');
  await reader.until('the live line', (lines) => countOf(lines, 'live') >= 3);

  const [first = ''] = names;
  await cluster.request('DELETE', `/api/v1/namespaces/shop/pods/${first}`);
  await cluster.waitFor<KubeList<{ metadata: { name: string } }>>(
    '/api/v1/namespaces/shop/pods',
    ({ items }) => !items.some(({ metadata }) => metadata.name === first),
  );
  await reader.until('the end of the pod', (lines) => lines.some((line) => line.includes(`${first} is gone`)));
  await podNames();
  await cluster.appendLog('after the replacement');
  await reader.until('the line of the new pod', (lines) => countOf(lines, 'after the replacement') >= 3);
  // The two pods that stayed told it once; the new one is read from its first line.
  for (const name of names.slice(1)) {
    assert.equal(reader.lines.filter((line) => line === `[${name}/app] live`).length, 1, name);
  }

  assert.ok((await openFollows()) >= 3);
  reader.leave();
  const deadline = AbortSignal.timeout(deadlineMs);
  while ((await openFollows()) > 0) assert.ok(!deadline.aborted, 'the upstream is closed when the reader leaves');
});

test('a filter, a time and the previous container are told apart from an empty log', async () => {
  const read = async (query: string): Promise<string> => String((await product.get(`${logsPath}?${query}`)).body);
  assert.match(await read('q=second'), /^(\[web-\S+\/app\] second\n){3}# everything/);
  assert.match(await read('q=never-said'), /^# everything that was asked for has been read\n$/);
  assert.equal((await read('tailLines=1')).split('\n').length, 3 + 1 + 1);
  const [name = ''] = await podNames();
  assert.match(await read(`pod=${name}&tailLines=1`), new RegExp(`^\\[${name}/app\\] `));
  assert.match(await read('pod=nobody'), /^# there is no pod nobody$/m);
});

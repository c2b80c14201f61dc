import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { createDeployment } from '../support/controller-bench.ts';
import { startProduct } from '../support/product.ts';

// Fault 33: the kubeconfig stays as it is, and another cluster answers behind it.

const list = z.object({ items: z.array(z.object({ name: z.string(), state: z.string() })) });
const namesOf = (body: unknown): string =>
  (list.safeParse(body).data?.items ?? [])
    .filter(({ state }) => state === 'Healthy')
    .map(({ name }) => name)
    .sort()
    .join(' ');

/** A cluster of its own: `web` is in each of them, the other one only here. */
async function startWith(port: number, only: string): Promise<Simulator> {
  const simulator = await startSimulator({ port });
  for (const name of ['kube-system', 'shop']) simulator.store.create('namespaces', { metadata: { name } });
  for (const name of ['web', only]) createDeployment(simulator, name, {});
  return simulator;
}

test('33: another cluster behind the same URL has a history of its own, and the old one is kept', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'maintenant-other-'));
  let simulator = await startWith(0, 'first');
  try {
    const kubeconfig = path.join(directory, 'kubeconfig');
    await copyFile(simulator.kubeconfigPath, kubeconfig);
    const port = Number(new URL(simulator.url).port);
    const options = { directory, environment: { KUBECONFIG: kubeconfig } };
    const aside = (): readonly string[] =>
      readdirSync(directory).filter((name) => /\.other-cluster-[^.]*\.\d+Z$/.test(name));
    {
      await using product = await startProduct(options);
      await product.waitFor('api/v1/workloads', (body) => namesOf(body) === 'first web');
      const stream = await product.stream();
      await simulator.stop();
      simulator = await startWith(port, 'second');
      await product.waitFor('api/v1/workloads', (body) => namesOf(body) === 'second web', 60_000);
      assert.equal((await product.get('api/v1/workloads/shop/Deployment/first')).status, 404);
      assert.match(product.output(), /is another cluster than the history is about/);
      assert.equal(aside().length, 1);
      const transitions = (await product.get('api/v1/transitions')).body;
      assert.doesNotMatch(JSON.stringify(transitions), /Deployment\/first/);
      // An open page is told to come again, and finds another epoch.
      await stream.next(({ event }) => event === 'bye' || event === 'broken');
      stream.close();
    }
    const [firstAside] = aside();
    await simulator.stop();
    simulator = await startWith(port, 'third');
    await using product = await startProduct(options);
    await product.waitFor('api/v1/workloads', (body) => namesOf(body) === 'third web', 60_000);
    assert.equal(aside().length, 1, 'one is kept');
    assert.notEqual(aside()[0], firstAside);
  } finally {
    await simulator.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

/**
 * What is secret in a cluster, followed through the whole product: values of env and args, lines of logs, tokens. Each is
 * a word that occurs nowhere else, and is looked for in every answer, in what the process wrote, and in its files.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { startSimulator } from '../../simulator/simulator.ts';
import { createDeployment, ownerReference } from '../support/controller-bench.ts';
import { startProduct } from '../support/product.ts';

const token = 'tokenthatopens';
const secrets = {
  token,
  wrongToken: 'tokenthatdoesnot',
  envBefore: 'envvaluebefore',
  envAfter: 'envvalueafter',
  argument: 'argumentvalue',
  logLine: 'lineofalog',
  logQuery: 'wordlookedfor',
} as const;

const rollouts = z.object({
  items: z.array(z.object({ changes: z.array(z.object({ path: z.string(), redacted: z.boolean() })) })),
});

test('values of env and args, lines of logs and tokens are in no answer, no output and no file', {
  timeout: 120_000,
}, async () => {
  const simulator = await startSimulator();
  const directory = await mkdtemp(path.join(tmpdir(), 'maintenant-secrets-'));
  const { store, logs } = simulator;
  try {
    for (const name of ['kube-system', 'shop']) store.create('namespaces', { metadata: { name } });
    createDeployment(simulator, 'web', { env: [{ name: 'PASSWORD', value: secrets.envBefore }] });
    logs.append('shop', 'web-1-0', 'app', { at: Date.now(), text: secrets.logLine });
    await using product = await startProduct({
      directory,
      environment: {
        KUBECONFIG: simulator.kubeconfigPath,
        MAINTENANT_AUTH: 'token',
        MAINTENANT_AUTH_TOKENS: `sha256:${createHash('sha256').update(token).digest('hex')}`,
      },
    });
    const ask = async (route: string, authorization = `Bearer ${token}`): Promise<string> => {
      const response = await fetch(new URL(route, product.url), { headers: { authorization } });
      return `${response.status} ${await response.text()}`;
    };
    const until = async (route: string, isTrue: (answer: string) => boolean): Promise<string> => {
      const deadline = performance.now() + 30_000;
      for (;;) {
        const answer = await ask(route);
        if (isTrue(answer)) return answer;
        assert.ok(performance.now() < deadline, `${route} still says ${answer.slice(0, 500)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const workload = 'api/v1/workloads/shop/Deployment/web';
    await until(workload, (answer) => answer.includes('"state":"Healthy"'));

    rollOut(simulator);
    const changed = await until(`${workload}/rollouts`, (answer) => answer.includes('PASSWORD'));
    const { items } = rollouts.parse(JSON.parse(changed.slice(4)));
    const changes = items.flatMap((rollout) => rollout.changes).filter(({ path }) => /PASSWORD|args/.test(path));
    assert.ok(changes.length > 0 && changes.every(({ redacted }) => redacted), changed);
    assert.match(
      await ask(`${workload}/logs?q=${secrets.logLine}`),
      new RegExp(secrets.logLine),
      'who may sees the log',
    );
    await ask(`${workload}/logs?q=${secrets.logQuery}`);
    assert.match(await ask(workload, `Bearer ${secrets.wrongToken}`), /^401 /);
    await fetch(new URL('api/v1/session', product.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: secrets.wrongToken }),
    });

    const places = new Map<string, string>();
    const described = z
      .object({ paths: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse((await ask('openapi.json')).slice(4)));
    for (const route of Object.keys(described.paths)) {
      if (/\/(logs|stream|session)$/.test(route)) continue;
      const filled = route.replace('{namespace}', 'shop').replace('{kind}', 'Deployment').replace('{name}', 'web');
      const answer = await ask(filled.slice(1));
      assert.match(answer, /^200 /, route);
      places.set(route, answer);
    }
    await product.stop();
    places.set('its output', product.output());
    for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8', withFileTypes: true })) {
      if (file.isFile()) places.set(file.name, readFileSync(path.join(file.parentPath, file.name), 'latin1'));
    }
    assert.ok(places.has('maintenant.db'), 'the database was looked through');
    for (const [place, text] of places) {
      for (const [what, secret] of Object.entries(secrets)) assert.ok(!text.includes(secret), `${what} is in ${place}`);
    }
  } finally {
    await simulator.stop();
    await rm(directory, { recursive: true });
  }
});

/** A second revision, with another value and an argument. */
function rollOut({ store }: Awaited<ReturnType<typeof startSimulator>>): void {
  const deployment = store.get('deployments', 'shop', 'web');
  assert.ok(deployment);
  const labels = { app: 'web' };
  const revision = { 'deployment.kubernetes.io/revision': '2' };
  const container = {
    name: 'app',
    image: 'shop/web:2',
    args: [`--key=${secrets.argument}`],
    env: [{ name: 'PASSWORD', value: secrets.envAfter }],
  };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  store.create('replicasets', {
    metadata: {
      name: 'web-2',
      namespace: 'shop',
      labels: { ...labels, 'pod-template-hash': 'hash2' },
      annotations: revision,
      ownerReferences: [ownerReference('Deployment', 'web', deployment.uid)],
    },
    spec: { replicas: 2, template },
    status: { replicas: 0, readyReplicas: 0 },
  });
  store.update('deployments', 'shop', 'web', (body) => ({
    ...body,
    metadata: { name: 'web', namespace: 'shop', labels, generation: 2, annotations: revision },
    spec: { replicas: 2, selector: { matchLabels: labels }, template },
    status: { observedGeneration: 2, replicas: 2, updatedReplicas: 0, readyReplicas: 2, availableReplicas: 2 },
  }));
}

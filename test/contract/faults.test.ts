import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Clock, systemClock } from '../../controller/clock.ts';
import { CredentialSource } from '../../controller/kubernetes/credentials.ts';
import { HttpTransport } from '../../controller/kubernetes/http-transport.ts';
import { kinds } from '../../controller/kubernetes/kinds.ts';
import { Reflector } from '../../controller/reflector/reflector.ts';
import { type Cluster, startCluster } from '../cluster/control-plane.ts';
import { Mirror } from '../support/mirror.ts';

// The faults that a real API server can be brought to: restart and kill, compaction, a connection cut in the middle,
// rights taken and given back, a token that is no longer good. The rest is in test/fault, on the simulator.

/** Waits are a twentieth of what they are: a parked watch is probed after 1.5 s. */
const hurry: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms / 20, signal),
};

const rights = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [''], resources: [services, configmaps], verbs: [get, list, watch]}]
`;
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'reader', namespace: 'shop' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'shop' }],
} as const;
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader', namespace: 'shop' } } as const;
/** One request of this account at a time, and no queue to wait in: beside it each is refused with 429. */
const jail = [
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'jail' },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
    },
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: 'jail' },
    spec: {
      priorityLevelConfiguration: { name: 'jail' },
      matchingPrecedence: 100,
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'shop', name: 'reader' } }],
          resourceRules: [
            { verbs: ['*'], apiGroups: [''], resources: ['services', 'configmaps'], namespaces: ['shop'] },
          ],
        },
      ],
    },
  },
] as const;
const bindingPath = '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/reader';
const accountPath = '/api/v1/namespaces/shop/serviceaccounts/reader';

/** Beside the waits themselves, how long they were meant to be. */
function remembering(waits: number[]): Clock {
  return {
    ...hurry,
    sleep: (ms, signal) => {
      waits.push(ms);
      return hurry.sleep(ms, signal);
    },
  };
}

describe('faults of a real API server', () => {
  let cluster: Cluster;
  let proxy: CuttingProxy;
  let directory: string;

  before(async () => {
    cluster = await startCluster({ nodes: 1, kwok: false });
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
    await cluster.apply(rights);
    await cluster.apply([account, binding]);
    proxy = await startProxy(Number(new URL(cluster.serverUrl).port));
    directory = await mkdtemp(join(tmpdir(), 'maintenant-faults-'));
  });
  after(async () => {
    proxy?.server.close();
    await cluster?.stop();
    if (directory) await rm(directory, { recursive: true });
  });

  let made = 0;
  const createService = async () => {
    const name = `service-${made++}`;
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name }, spec: { ports: [{ port: 80 }] } },
    ]);
    return name;
  };
  const deleteService = (name: string) => cluster.request('DELETE', `/api/v1/namespaces/shop/services/${name}`);

  /** A reflector of services in `shop`, as the service account, through the proxy. */
  async function startWatcher(clock: Clock = hurry) {
    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, await cluster.createToken('shop', 'reader'));
    const kubeconfig = join(directory, 'kubeconfig');
    const ca = (await readFile(cluster.caPath)).toString('base64');
    const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
    await writeFile(
      kubeconfig,
      JSON.stringify({
        clusters: [
          { name: 'c', cluster: { server: `https://127.0.0.1:${proxy.port}`, 'certificate-authority-data': ca } },
        ],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
    const transport = new HttpTransport({
      credentials: new CredentialSource({ type: 'kubeconfig', paths: [kubeconfig] }),
      userAgent: 'faults',
      environment: {},
    });
    const mirror = new Mirror();
    const ignore = () => undefined;
    const reflector = new Reflector({
      kind: kinds.services,
      namespace: 'shop',
      transport,
      clock,
      random: Math.random,
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      sink: mirror.sink,
      onStatus: ignore,
    });
    const stop = new AbortController();
    const running = reflector.start(stop.signal);
    const equal = async () => {
      const list = await cluster.get<ServiceList>('/api/v1/namespaces/shop/services');
      const expected = list.items.map(
        ({ metadata }) => `shop/${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`,
      );
      await until(() => reflector.status().state === 'synced' && same(mirror.picture(), expected.sort()));
    };
    await equal();
    return {
      mirror,
      reflector,
      tokenFile,
      equal,
      [Symbol.asyncDispose]: async () => {
        stop.abort(new Error('done'));
        await running;
        await transport.close();
      },
    };
  }

  /** A list that nobody reads is never finished, and keeps its seat until the server gives up after a minute. */
  async function takeTheSeat(): Promise<AsyncDisposable> {
    const large = { filler: 'x'.repeat(900_000) };
    for (let index = 0; index < 20; index++) {
      const metadata = { namespace: 'shop', name: `large-${index}` };
      await cluster.request('POST', '/api/v1/namespaces/shop/configmaps', { metadata, data: large });
    }
    const uid = await flowSchemaUid();
    const token = await cluster.createToken('shop', 'reader');
    const ca = await readFile(cluster.caPath, 'utf8');
    for (;;) {
      const list = get(`${cluster.serverUrl}/api/v1/namespaces/shop/configmaps`, {
        headers: { authorization: `Bearer ${token}` },
        ca,
        agent: false,
      });
      const [response] = (await once(list, 'response')) as [IncomingMessage];
      // The server takes a moment to learn of its own flow schemas.
      if (response.headers['x-kubernetes-pf-flowschema-uid'] === uid) {
        return { [Symbol.asyncDispose]: async () => void list.destroy() };
      }
      list.destroy();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async function flowSchemaUid(): Promise<string> {
    return (await cluster.get('/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/jail')).metadata.uid;
  }

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`18: the API server goes by ${signal} and comes back: what changed meanwhile is seen, and nothing else`, async () => {
      await createService();
      await using watcher = await startWatcher();
      await cluster.stopApiServer(signal);
      await until(() => watcher.reflector.status().state === 'disconnected');
      assert.deepEqual(watcher.mirror.deleted, []);
      await cluster.startApiServer();
      const name = await createService();
      await watcher.equal();
      assert.ok(watcher.mirror.objects.has(`shop/${name}`));
      assert.deepEqual(watcher.mirror.deleted, []);
    });
  }

  test('1: compaction and a restart: 410, one list, and what was deleted meanwhile is swept', async () => {
    const doomed = await createService();
    await using watcher = await startWatcher();
    // Away for the watcher only, so that things can change unseen.
    proxy.refuse = true;
    proxy.cut();
    await deleteService(doomed);
    const name = await createService();
    await cluster.compactEtcd();
    await cluster.restartApiServer();
    proxy.refuse = false;
    await watcher.equal();
    assert.deepEqual(watcher.mirror.deleted, [`shop/${doomed}`]);
    assert.ok(watcher.mirror.objects.has(`shop/${name}`));
    assert.equal(watcher.reflector.status().relists, 1);
  });

  test('6: the connection is cut in the middle of what it says: resumed, nothing lost, no list', async () => {
    await using watcher = await startWatcher();
    for (let round = 0; round < 5; round++) {
      // An event of a service is about 900 bytes, its TLS record a little more.
      proxy.cutAfterBytes = 400;
      await createService();
      await until(() => proxy.cutAfterBytes === null);
      await watcher.equal();
    }
    assert.equal(watcher.reflector.status().relists, 0);
    assert.ok(watcher.reflector.status().reconnects >= 5);
    assert.deepEqual(watcher.mirror.deleted, []);
  });

  test('4: a flow schema refuses with 429: waits as it is told to, takes no list, and goes on where it was', async () => {
    const waits: number[] = [];
    await using watcher = await startWatcher(remembering(waits));
    await cluster.apply(jail);
    try {
      await using _ = await takeTheSeat();
      proxy.cut();
      await until(() => /too many requests/i.test(watcher.reflector.status().message ?? ''));
      const name = await createService();
      const { failures } = watcher.reflector.status().counters;
      waits.length = 0;
      await until(() => watcher.reflector.status().counters.failures >= failures + 4);
      assert.equal(watcher.reflector.status().state, 'disconnected');
      assert.equal(watcher.mirror.objects.has(`shop/${name}`), false);
      // The server says Retry-After: 1; the back-off of its own grows above that.
      assert.deepEqual(
        waits.filter((ms) => ms < 1_000),
        [],
      );
      assert.ok(Math.max(...waits) > 3_000, `waits of ${waits.join(', ')} ms do not grow`);
    } finally {
      await cluster.remove(jail);
    }
    await watcher.equal();
    assert.equal(watcher.reflector.status().relists, 0);
    assert.deepEqual(watcher.mirror.deleted, []);
  });

  test('16: the right is taken: noticed at the renewal, told, nothing deleted; given back: live again', async () => {
    await using watcher = await startWatcher();
    await cluster.request('DELETE', bindingPath);
    const name = await createService();
    // An open watch keeps delivering.
    await watcher.equal();
    proxy.cut();
    await until(() => watcher.reflector.status().state === 'forbidden');
    assert.match(
      watcher.reflector.status().message ?? '',
      /services is forbidden: User "system:serviceaccount:shop:reader"/,
    );
    assert.ok(watcher.mirror.objects.has(`shop/${name}`));
    assert.deepEqual(watcher.mirror.deleted, []);
    await cluster.apply([binding]);
    await createService();
    await watcher.equal();
  });

  test('15: the account is gone, so is its token: 401, told; a new token in the file: live again', async () => {
    await using watcher = await startWatcher();
    await cluster.request('DELETE', accountPath);
    // The server remembers a token for ten seconds.
    await until(() => {
      proxy.cut();
      return watcher.reflector.status().message === 'Unauthorized';
    }, 500);
    assert.equal(watcher.reflector.status().state, 'disconnected');
    assert.deepEqual(watcher.mirror.deleted, []);
    await cluster.apply([account]);
    await writeFile(watcher.tokenFile, `${await cluster.createToken('shop', 'reader')}\n`);
    await createService();
    await watcher.equal();
    assert.equal(watcher.reflector.status().relists, 0);
  });
});

interface ServiceList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  }[];
}

interface CuttingProxy {
  readonly server: Server;
  readonly port: number;
  /** Cuts the connection that is next to say this much more; then null again. */
  cutAfterBytes: number | null;
  /** Nobody gets through. */
  refuse: boolean;
  cut(): void;
}

async function startProxy(target: number): Promise<CuttingProxy> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    if (proxy.refuse) return void client.destroy();
    const upstream = connect(target, '127.0.0.1');
    clients.add(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => one.destroy());
      one.on('close', () => {
        clients.delete(client);
        other.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      const left = proxy.cutAfterBytes;
      if (left === null || chunk.length < left) return void client.write(chunk);
      proxy.cutAfterBytes = null;
      client.write(chunk.subarray(0, left), () => client.resetAndDestroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const proxy: CuttingProxy = {
    server,
    port,
    cutAfterBytes: null,
    refuse: false,
    cut: () => {
      for (const client of clients) client.resetAndDestroy();
    },
  };
  return proxy;
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, index) => text === right[index]);
}

/** Polls: these are real processes. */
async function until(condition: () => boolean, everyMs = 20): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'it did not come to pass within 60 s');
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

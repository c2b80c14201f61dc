import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startControllerBench } from '../test/support/controller-bench.ts';
import { type ClusterIdentity, isSameCluster, namespacesToAsk, parseIdentity } from './cluster-identity.ts';

const known: ClusterIdentity = { server: 'https://one', caHash: 'ca', namespaces: { 'kube-system': 'uid-1' } };
const named = (namespaces: Readonly<Record<string, string>>, change: Partial<ClusterIdentity> = {}) => ({
  ...known,
  ...change,
  namespaces,
});

for (const [what, before, seen, expected] of [
  ['the same in everything', known, known, true],
  ['another URL', known, { ...known, server: 'https://two' }, true],
  ['a rotated CA', known, { ...known, caHash: 'new' }, true],
  ['another uid of kube-system behind the same URL', known, named({ 'kube-system': 'uid-2' }), false],
  ['a namespace of the allowlist made anew', named({ shop: '1' }), named({ shop: '2' }), true],
  [
    'one of them made anew, the CA rotated',
    named({ a: '1', b: '1' }),
    named({ a: '2', b: '1' }, { caHash: 'x' }),
    true,
  ],
  ['all of them other ones, the CA too', named({ shop: '1' }), named({ shop: '2' }, { caHash: 'x' }), false],
  ['another scope, so nothing to compare', known, named({ shop: '1' }), true],
  ['another scope and another URL', known, named({ shop: '1' }, { server: 'https://two' }), true],
  ['another scope, URL and CA', known, named({ shop: '1' }, { server: 'https://two', caHash: 'x' }), false],
] as const) {
  test(`${expected ? 'the same cluster' : 'another cluster'}: ${what}`, () => {
    assert.equal(isSameCluster(before, seen), expected);
  });
}

test('what was written down is read again, anything else is no identity', () => {
  assert.deepEqual(parseIdentity(JSON.stringify(known)), known);
  const withoutTls = { ...known, caHash: null };
  assert.deepEqual(parseIdentity(JSON.stringify(withoutTls)), withoutTls);
  for (const text of ['', 'null', '[]', '{}', '{"server":"a"}', '{"server":"a","namespaces":null}', 'not JSON']) {
    assert.equal(parseIdentity(text), null, text);
  }
});

test('an allowlist asks for its own namespaces only', () => {
  const scope = { mode: 'allowlist', namespaces: ['a', 'b', 'c', 'd'], excludedNamespaces: [] } as const;
  assert.deepEqual(namespacesToAsk(scope), ['a', 'b', 'c']);
});

const kubeSystem = (uid: string) => ({ metadata: { name: 'kube-system', uid } });

test('33: another cluster behind the same URL: nothing of it reaches the store of the first', async () => {
  const others: ClusterIdentity[] = [];
  const named: ClusterIdentity[] = [];
  await using bench = await startControllerBench({
    prepare: ({ deployment, cluster }) => {
      cluster.store.create('namespaces', kubeSystem('first'));
      deployment('web');
      deployment('gone');
    },
    controller: { onCluster: (one) => named.push(one), onOtherCluster: (other) => others.push(other) },
  });
  const { store, cluster } = bench;
  assert.deepEqual(named, [{ server: 'http://simulator', caHash: null, namespaces: { 'kube-system': 'first' } }]);
  bench.transport.reachable = false;
  cluster.api.endWatches();
  await bench.pass(5_000);
  cluster.store.delete('namespaces', '', 'kube-system');
  cluster.store.create('namespaces', kubeSystem('second'));
  cluster.store.delete('deployments', 'shop', 'gone');
  bench.deployment('new');
  cluster.store.compact();
  const before = { puts: store.puts, marks: store.marks.length };
  bench.transport.reachable = true;
  await bench.pass(120_000);
  assert.deepEqual(
    others.map(({ namespaces }) => namespaces),
    [{ 'kube-system': 'second' }],
  );
  assert.deepEqual([store.removed, store.puts, bench.state('shop/Deployment/new')], [[], before.puts, null]);
  assert.equal(store.marks.length, before.marks, 'the first cluster is not watched any more');
  assert.ok(bench.logged.some(({ message }) => /another cluster than the history is about/.test(message)));
});

test('33: another cluster since the last run: told before the first verdict', async () => {
  let told = 0;
  await using bench = await startControllerBench({
    prepare: ({ deployment, cluster }) => {
      cluster.store.create('namespaces', kubeSystem('second'));
      deployment('web');
    },
    controller: {
      knownCluster: { ...known, namespaces: { 'kube-system': 'first' } },
      onOtherCluster: () => (told += 1),
    },
  });
  await bench.pass(60_000);
  assert.deepEqual([told, bench.store.puts], [1, 0]);
});

test('the cluster is asked again after it was away, and the same one goes on', async () => {
  await using bench = await startControllerBench({
    prepare: ({ deployment, cluster }) => {
      cluster.store.create('namespaces', kubeSystem('first'));
      deployment('web');
    },
  });
  const asked = () => bench.cluster.api.requests.filter(({ url }) => url.includes('/namespaces/kube-system')).length;
  assert.equal(asked(), 1);
  bench.transport.reachable = false;
  bench.cluster.api.endWatches();
  await bench.pass(5_000);
  bench.deployment('new');
  bench.transport.reachable = true;
  await bench.pass(120_000);
  assert.equal(bench.state('shop/Deployment/new'), 'Healthy');
  assert.ok(asked() > 1);
});

test('a question for the identity that gets no answer keeps the verdicts from the page for half a minute at most', async () => {
  await using bench = await startControllerBench({
    prepare: ({ cluster, deployment }) => {
      cluster.api.faults.add({ type: 'hang', times: 0, match: { verb: 'get', resource: 'namespaces' } });
      deployment('web');
    },
  });
  await bench.pass(30_000);
  assert.equal(bench.state('shop/Deployment/web'), 'Healthy');
});

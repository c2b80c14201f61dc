import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkloadSnapshot } from '../health/verdict.ts';
import { cause, setUp, startedAt, workload } from '../test/api/fixture.ts';
import type { Fixture } from '../test/api/fixture.ts';
import { workloadListSchema } from './contract.ts';
import type { WorkloadList } from './contract.ts';

const minute = 60_000;

const picture: readonly WorkloadSnapshot[] = [
  workload({
    name: 'checkout',
    state: 'Down',
    since: startedAt - 2 * minute,
    restarts: 4,
    podNodes: ['node-a', 'node-b'],
  }),
  workload({
    name: 'cart',
    state: 'Degraded',
    since: startedAt - 9 * minute,
    cause: cause('ImagePullNotFound', { title: 'Image is not there' }),
    images: ['registry.example.com:5000/shop/cart:2.1@sha256:abc'],
  }),
  workload({ name: 'web', state: 'Degraded', since: startedAt - 5 * minute, restarts: 12, partOf: 'front' }),
  workload({ name: 'queue', kind: 'StatefulSet', namespace: 'data', since: null }),
  workload({ name: 'db', kind: 'StatefulSet', namespace: 'data', restarts: 1, podNodes: ['node-b'] }),
  workload({ name: 'agent', kind: 'DaemonSet', namespace: 'ops', state: 'Idle', podNodes: [] }),
];

function filled(): Fixture {
  const fixture = setUp();
  fixture.store.commit({ put: picture, now: startedAt });
  return fixture;
}

async function list(fixture: Fixture, query = ''): Promise<WorkloadList> {
  const answer = await fixture.get(`/api/v1/workloads${query}`);
  assert.equal(answer.status, 200, answer.text);
  return workloadListSchema.parse(answer.json);
}

const names = ({ items }: WorkloadList): string[] => items.map(({ name }) => name);

test('the default order is severity, then oldest since, then key', async () => {
  assert.deepEqual(names(await list(filled())), ['checkout', 'cart', 'web', 'agent', 'db', 'queue']);
});

const orders: readonly (readonly [sort: string, expected: readonly string[]])[] = [
  ['severity', ['checkout', 'cart', 'web', 'agent', 'db', 'queue']],
  ['-severity', ['queue', 'db', 'agent', 'web', 'cart', 'checkout']],
  ['name', ['agent', 'cart', 'checkout', 'db', 'queue', 'web']],
  ['-name', ['web', 'queue', 'db', 'checkout', 'cart', 'agent']],
  ['namespace', ['db', 'queue', 'agent', 'cart', 'checkout', 'web']],
  ['since', ['cart', 'web', 'checkout', 'db', 'agent', 'queue']],
  ['-restarts', ['web', 'checkout', 'db', 'cart', 'agent', 'queue']],
];
for (const [sort, expected] of orders) {
  test(`sort=${sort}, and the same page by page`, async () => {
    const fixture = filled();
    assert.deepEqual(names(await list(fixture, `?sort=${sort}`)).toSorted(), expected.toSorted());
    assert.deepEqual(names(await list(fixture, `?sort=${sort}`)), expected);
    const paged: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: WorkloadList = await list(fixture, `?sort=${sort}&limit=2${cursor && `&cursor=${cursor}`}`);
      assert.equal(page.total, 6);
      paged.push(...names(page));
      cursor = page.nextCursor;
    }
    assert.deepEqual(paged, expected);
  });
}

const filters: readonly (readonly [query: string, expected: readonly string[]])[] = [
  ['?state=Down,Idle', ['checkout', 'agent']],
  ['?kind=StatefulSet', ['db', 'queue']],
  ['?namespace=ops,data&kind=StatefulSet,DaemonSet', ['agent', 'db', 'queue']],
  ['?state=Degraded&namespace=data', []],
  ['?cause=ImagePullNotFound', ['cart']],
  ['?cause=ImagePullNotFound,CrashLoop', ['checkout', 'cart', 'web']],
  ['?node=node-b', ['checkout', 'db']],
  ['?partOf=front', ['web']],
  ['?image=registry.example.com/web', ['checkout', 'web', 'agent', 'db', 'queue']],
  ['?image=registry.example.com/web:1.0', ['checkout', 'web', 'agent', 'db', 'queue']],
  ['?image=registry.example.com/web:1', []],
  ['?image=registry.example.com:5000/shop/cart', ['cart']],
  ['?image=registry.example.com:5000/shop/cart:2.1', ['cart']],
  ['?image=registry.example.com:5000/shop/cart:2.1@sha256:abc', ['cart']],
  ['?q=Image%20is%20NOT', ['cart']],
  ['?q=data/stateful', ['db', 'queue']],
  ['?q=5000', ['cart']],
  ['?q=.*', []],
  ['?q=&state=&kind=', ['checkout', 'cart', 'web', 'agent', 'db', 'queue']],
];
for (const [query, expected] of filters) {
  test(`${query} finds ${expected.join(', ') || 'nothing'}`, async () => {
    const found = await list(filled(), query);
    assert.deepEqual(names(found), expected);
    assert.equal(found.total, expected.length);
  });
}

test('a cause that no verdict can name is refused: nothing found would read as nothing broken', async () => {
  const answer = await filled().get('/api/v1/workloads?cause=CrashLoop,CrashLoopBackOff');
  assert.equal(answer.status, 400);
  assert.match(answer.text, /"detail":"cause: .*must be a code of \/api\/v1\/causes, such as CrashLoop"/);
});

test('each facet of counts ignores its own filter, and states with zero are present', async () => {
  const { counts, total } = await list(filled(), '?state=Degraded&namespace=shop');
  assert.equal(total, 2);
  const none = { Down: 0, Degraded: 0, Progressing: 0, Unknown: 0, Paused: 0, Terminating: 0, Idle: 0, Healthy: 0 };
  assert.deepEqual(counts.byState, { ...none, Down: 1, Degraded: 2 });
  assert.deepEqual(counts.byKind, { Deployment: 2, StatefulSet: 0, DaemonSet: 0 });
  assert.deepEqual(counts.byNamespace, { shop: { ...none, Degraded: 2 } });
});

test('a page goes on behind a row that moved or vanished meanwhile', async () => {
  const fixture = filled();
  const first = await list(fixture, '?limit=2');
  assert.deepEqual(names(first), ['checkout', 'cart']);
  // `cart`, the last row of the page, recovers and moves to the end of the list.
  fixture.store.commit({ put: [workload({ name: 'cart' })] });
  const second = await list(fixture, `?limit=2&cursor=${first.nextCursor ?? ''}`);
  assert.deepEqual(names(second), ['web', 'agent']);
});

test('a cursor of another filter or order is refused by name', async () => {
  const fixture = filled();
  const { nextCursor } = await list(fixture, '?limit=2&state=Down,Degraded');
  for (const query of ['?limit=2&state=Down', '?limit=2&state=Down,Degraded&sort=name', '?limit=2']) {
    const answer = await fixture.get(`/api/v1/workloads${query}&cursor=${nextCursor ?? ''}`);
    assert.equal(answer.status, 400);
    assert.match(answer.text, /"parameter":"cursor"/);
  }
  // Another size of page is the same question.
  assert.deepEqual(names(await list(fixture, `?limit=5&state=Down,Degraded&cursor=${nextCursor ?? ''}`)), ['web']);
});

test('rows carry strip, uptime and staleness, and follow them without a new revision', async () => {
  const fixture = filled();
  const [row] = picture;
  assert.ok(row);
  const before = await list(fixture, '?q=checkout');
  assert.equal(before.items[0]?.stale, false);
  assert.equal(before.items[0]?.uptime24h, null);

  fixture.store.records.strips.set(row.key, { strip24h: 'H'.repeat(47) + 'X', uptime24h: 0.97 });
  fixture.cluster.staleKeys = new Set([row.key]);
  fixture.cluster.set({
    watches: [
      {
        ...fixture.cluster.status().watches[0]!,
        state: 'disconnected',
        disconnectedSinceAt: startedAt - 10_001,
        isStale: true,
      },
    ],
  });
  const after = await list(fixture, '?q=checkout');
  assert.equal(after.revision, before.revision);
  assert.equal(after.stale, true);
  assert.equal(after.items[0]?.stale, true);
  assert.equal(after.items[0]?.uptime24h, 0.97);
  assert.equal(after.items[0]?.strip24h, 'H'.repeat(47) + 'X');
  assert.deepEqual((await list(fixture, '?q=cart')).items[0]?.stale, false);
});

test('before the watches have synced everything is the last picture, marked stale', async () => {
  const fixture = filled();
  fixture.cluster.set({ synced: false, connected: false });
  const { stale, items } = await list(fixture);
  assert.equal(stale, true);
  assert.ok(items.every((item) => item.stale));
});

test('a removed workload leaves the list', async () => {
  const fixture = filled();
  assert.equal((await list(fixture)).total, 6);
  fixture.store.commit({ remove: picture.slice(0, 2).map(({ key }) => key) });
  assert.deepEqual(names(await list(fixture)), ['web', 'agent', 'db', 'queue']);
});

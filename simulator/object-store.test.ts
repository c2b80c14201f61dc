import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../test/support/fake-clock.ts';
import { bodyOf, ObjectStore, ObjectStoreError } from './object-store.ts';

function storeWith(historyLimit?: number): ObjectStore {
  return new ObjectStore({ clock: new FakeClock(), ...(historyLimit === undefined ? {} : { historyLimit }) });
}

const web = { metadata: { namespace: 'shop', name: 'web' }, spec: { replicas: 1 } };

test("uid, version, generation and time of creation are the store's", () => {
  const store = storeWith();
  const body = bodyOf(store.create('deployments', web));
  assert.equal(body['kind'], 'Deployment');
  assert.equal(body['apiVersion'], 'apps/v1');
  assert.equal(body.metadata['resourceVersion'], '1001');
  assert.equal(body.metadata.generation, 1);
  assert.equal(body.metadata['creationTimestamp'], '2026-01-01T00:00:00Z');
});

test('the generation counts changes of spec, not of status', () => {
  const store = storeWith();
  store.create('deployments', web);
  const status = store.patchStatus('deployments', 'shop', 'web', { readyReplicas: 1 });
  assert.equal(bodyOf(status).metadata.generation, 1);
  const spec = store.update('deployments', 'shop', 'web', (body) => ({ ...body, spec: { replicas: 2 } }));
  assert.equal(bodyOf(spec).metadata.generation, 2);
  assert.deepEqual(bodyOf(spec)['status'], { readyReplicas: 1 });
});

test('the past can be listed until it is compacted', () => {
  const store = storeWith();
  store.create('services', { metadata: { namespace: 'shop', name: 'a' } });
  const then = store.revision;
  store.create('services', { metadata: { namespace: 'shop', name: 'b' } });
  store.delete('services', 'shop', 'a');
  assert.deepEqual(
    store.listAt('services', then)?.map((object) => object.name),
    ['a'],
  );
  assert.deepEqual(
    store.list('services').map((object) => object.name),
    ['b'],
  );
  assert.equal(store.changesSince('services', then)?.length, 2);
  store.compact();
  assert.equal(store.listAt('services', then), null);
  assert.equal(store.changesSince('services', then), null);
});

test('history has a limit', () => {
  const store = storeWith(10);
  for (let index = 0; index < 100; index++) store.create('services', { metadata: { name: `s-${index}` } });
  assert.equal(store.changesSince('services', 1000), null);
  assert.equal(store.changesSince('services', store.revision - 3)?.length, 3);
});

test('a taken name and a missing object are errors that name them', () => {
  const store = storeWith();
  store.create('deployments', web);
  assert.throws(() => store.create('deployments', web), new ObjectStoreError('deployments "web" already exists'));
  assert.throws(
    () => store.patchStatus('deployments', 'shop', 'none', {}),
    new ObjectStoreError('deployments "none" not found in namespace "shop"'),
  );
  assert.equal(store.delete('deployments', 'shop', 'none'), null);
});

test('a lazy body is made when it is sent, with the identity of the store', () => {
  const store = storeWith();
  let made = 0;
  const stored = store.createLazily('pods', { namespace: 'shop', name: 'one' }, () => {
    made++;
    return { metadata: { name: 'ignored' }, status: { phase: 'Running' } };
  });
  assert.equal(made, 0);
  assert.equal(bodyOf(stored).metadata.name, 'one');
  assert.equal(made, 1);
});

test('a replaced object keeps who it is and is told as a change', () => {
  const store = storeWith();
  const created = store.createLazily('pods', { namespace: 'shop', name: 'one' }, () => ({ metadata: { name: 'one' } }));
  const changes: string[] = [];
  store.subscribe('pods', ({ type, previous }) => changes.push(`${type} of ${previous?.revision}`));
  const replaced = store.replace('pods', 'shop', 'one', () => ({
    metadata: { name: 'one' },
    status: { phase: 'Failed' },
  }));
  assert.deepEqual([replaced.uid, replaced.createdAt], [created.uid, created.createdAt]);
  assert.deepEqual(bodyOf(replaced)['status'], { phase: 'Failed' });
  assert.equal(replaced.revision, created.revision + 1);
  assert.deepEqual(changes, [`MODIFIED of ${created.revision}`]);
  assert.throws(
    () => store.replace('pods', 'shop', 'none', { metadata: { name: 'none' } }),
    new ObjectStoreError('pods "none" not found in namespace "shop"'),
  );
});

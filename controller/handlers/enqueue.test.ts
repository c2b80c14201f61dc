import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkloadKey } from '../../health/workload.ts';
import { ClusterCache } from '../cache/cluster-cache.ts';
import { valueHash } from '../cache/project-workload.ts';
import type { WatchedResource } from '../kubernetes/kinds.ts';
import { parseKubernetesObject } from '../kubernetes/kubernetes-object.ts';
import { Enqueue } from './enqueue.ts';

type Body = Readonly<Record<string, unknown>>;

interface ObjectOptions {
  readonly namespace?: string;
  readonly uid?: string;
  readonly owner?: readonly [kind: string, name: string, uid: string];
  readonly labels?: Readonly<Record<string, string>>;
  readonly body?: Body;
}

function newCache() {
  let added: string[] = [];
  const recorded: string[] = [];
  const handlers: Enqueue = new Enqueue(
    () => cache,
    (key: WorkloadKey, lane) => added.push(`${key} ${lane}`),
    (key, event) => recorded.push(`${key} ${event.uid}`),
  );
  const cache: ClusterCache = new ClusterCache(handlers, valueHash('key'));
  let version = 0;
  const object = (name: string, { namespace = 'shop', uid = name, owner, labels = {}, body = {} }: ObjectOptions) => {
    const parsed = parseKubernetesObject({
      ...body,
      metadata: {
        namespace,
        name,
        uid,
        resourceVersion: String(++version),
        labels,
        ...(owner === undefined
          ? {}
          : { ownerReferences: [{ kind: owner[0], name: owner[1], uid: owner[2], controller: true }] }),
      },
    });
    assert.ok(parsed !== null);
    return parsed;
  };
  const feeds = new Map<WatchedResource, ReturnType<ClusterCache['feed']>>();
  const send = (type: 'apply' | 'delete', resource: WatchedResource, name: string, options: ObjectOptions = {}) => {
    const feed = feeds.get(resource) ?? cache.feed(resource, null);
    feeds.set(resource, feed);
    feed({ type, object: object(name, options) });
    const keys = added;
    added = [];
    return keys;
  };
  return { cache, send, recorded };
}

const event = (kind: string, name: string, uid = name): ObjectOptions => ({
  body: { involvedObject: { kind, namespace: 'shop', name, uid }, reason: 'Anything' },
});

test('a pod asks for the Deployment behind its ReplicaSet', () => {
  const { send } = newCache();
  assert.deepEqual(send('apply', 'replicasets', 'web-1', { owner: ['Deployment', 'web', 'd'] }), [
    'shop/Deployment/web live',
  ]);
  const pod: ObjectOptions = { owner: ['ReplicaSet', 'web-1', 'web-1'] };
  assert.deepEqual(send('apply', 'pods', 'web-1-x', pod), ['shop/Deployment/web live']);
  assert.deepEqual(send('delete', 'pods', 'web-1-x', pod), ['shop/Deployment/web live']);
});

test('a pod that comes before its ReplicaSet is found when that comes', () => {
  const { send, cache } = newCache();
  assert.deepEqual(send('apply', 'pods', 'web-1-x', { owner: ['ReplicaSet', 'web-1', 'r'] }), []);
  assert.deepEqual(send('apply', 'replicasets', 'web-1', { uid: 'r', owner: ['Deployment', 'web', 'd'] }), [
    'shop/Deployment/web live',
  ]);
  assert.deepEqual(
    cache.replicaSetsOf('d').flatMap(({ uid }) => cache.podsOf(uid).map(({ name }) => name)),
    ['web-1-x'],
  );
});

test('a ReplicaSet of the same name and another uid is not the owner', () => {
  const { send } = newCache();
  send('apply', 'replicasets', 'web-1', { uid: 'new', owner: ['Deployment', 'web', 'd'] });
  assert.deepEqual(send('apply', 'pods', 'web-1-x', { owner: ['ReplicaSet', 'web-1', 'old'] }), []);
});

test('a pod that changes hands asks for both, the one that lost it and the one that won it', () => {
  const { send } = newCache();
  send('apply', 'pods', 'x', { owner: ['StatefulSet', 'old', 'o'] });
  assert.deepEqual(send('apply', 'pods', 'x', { owner: ['StatefulSet', 'new', 'n'] }).sort(), [
    'shop/StatefulSet/new live',
    'shop/StatefulSet/old live',
  ]);
});

test('the pod of a Job asks for nobody', () => {
  const { send } = newCache();
  assert.deepEqual(send('apply', 'pods', 'job-x', { owner: ['Job', 'job', 'j'] }), []);
});

test('an event asks for the workload that it is about, whichever way', () => {
  const { send, recorded } = newCache();
  const claims = { spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] } };
  send('apply', 'statefulsets', 'db', { body: claims });
  send('apply', 'deployments', 'web');
  send('apply', 'replicasets', 'web-1', { owner: ['Deployment', 'web', 'web'] });
  send('apply', 'pods', 'web-1-x', { owner: ['ReplicaSet', 'web-1', 'web-1'], body: { spec: { nodeName: 'node-1' } } });
  const web = ['shop/Deployment/web live'];
  assert.deepEqual(send('apply', 'events', 'e1', event('Deployment', 'web')), web);
  assert.deepEqual(send('apply', 'events', 'e2', event('ReplicaSet', 'web-1')), web);
  assert.deepEqual(send('apply', 'events', 'e3', event('Pod', 'web-1-x')), web);
  assert.deepEqual(send('apply', 'events', 'e4', event('Node', 'node-1')), web);
  assert.deepEqual(send('apply', 'events', 'e5', event('HorizontalPodAutoscaler', 'web')), web);
  assert.deepEqual(send('apply', 'events', 'e6', event('PersistentVolumeClaim', 'data-db-0')), [
    'shop/StatefulSet/db live',
  ]);
  assert.deepEqual(send('apply', 'events', 'e7', event('PersistentVolumeClaim', 'other')), []);
  assert.deepEqual(send('apply', 'events', 'e8', event('Pod', 'web-1-x', 'an earlier pod of that name')), []);
  assert.deepEqual(send('apply', 'events', 'e9', event('Pod', 'not-yet-known')), []);
  assert.deepEqual(
    recorded.map((text) => text.split(' ')[1]),
    ['e1', 'e2', 'e3', 'e5', 'e6'],
    'events of one workload are recorded at once, those of a node are not its own',
  );
});

test('a Service asks for the workloads that it selects or selected, and for those that name it', () => {
  const { send } = newCache();
  const labelled = (app: string) => ({ spec: { template: { metadata: { labels: { app } } } } });
  send('apply', 'deployments', 'web', { body: labelled('web') });
  send('apply', 'deployments', 'api', { body: labelled('api') });
  send('apply', 'deployments', 'web', { namespace: 'bank', body: labelled('web') });
  send('apply', 'statefulsets', 'db', { body: { spec: { serviceName: 'db-headless' } } });
  const selecting = (selector: Body): ObjectOptions => ({ body: { spec: { selector } } });
  assert.deepEqual(send('apply', 'services', 'front', selecting({ app: 'web' })), ['shop/Deployment/web live']);
  assert.deepEqual(send('apply', 'services', 'front', selecting({ app: 'api' })).sort(), [
    'shop/Deployment/api live',
    'shop/Deployment/web live',
  ]);
  assert.deepEqual(send('apply', 'services', 'manual', selecting({})), []);
  assert.deepEqual(send('apply', 'services', 'db-headless', selecting({})), ['shop/StatefulSet/db live']);
  assert.deepEqual(send('delete', 'services', 'front', selecting({ app: 'api' })), ['shop/Deployment/api live']);
});

test('a namespace that is being deleted asks for all of its workloads', () => {
  const { send } = newCache();
  send('apply', 'deployments', 'web');
  const phase = (phase: string): ObjectOptions => ({ namespace: '', body: { status: { phase } } });
  assert.deepEqual(send('apply', 'namespaces', 'shop', phase('Active')), ['shop/Deployment/web live']);
  assert.deepEqual(send('apply', 'namespaces', 'shop', phase('Active')), []);
  assert.deepEqual(send('apply', 'namespaces', 'shop', phase('Terminating')), ['shop/Deployment/web live']);
});

test('who begins or ceases to have pods, or a ready one, concerns those that share a Service or a selector with it', () => {
  const { send } = newCache();
  const template = (app: string) => ({ spec: { template: { metadata: { labels: { app } } } } });
  send('apply', 'deployments', 'blue', { body: template('blue') });
  send('apply', 'deployments', 'web', { body: template('web') });
  send('apply', 'deployments', 'greedy', { body: { spec: { selector: { matchLabels: { app: 'blue' } } } } });
  send('apply', 'deployments', 'other', { body: { spec: { selector: { matchLabels: { app: 'other' } } } } });
  send('apply', 'replicasets', 'blue-1', { owner: ['Deployment', 'blue', 'blue'] });
  // It bears the name of web and sends to blue.
  send('apply', 'services', 'web', { body: { spec: { selector: { app: 'blue' } } } });
  const pod = (isReady: boolean): ObjectOptions => ({
    owner: ['ReplicaSet', 'blue-1', 'blue-1'],
    labels: { app: 'blue' },
    body: { status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] } },
  });
  const own = ['shop/Deployment/blue live'];
  const all = [...own, 'shop/Deployment/greedy live', 'shop/Deployment/web live'];
  const steps: readonly (readonly [string, 'apply' | 'delete', string, boolean, readonly string[]])[] = [
    ['the first pod comes', 'apply', 'a', false, all],
    ['a second one', 'apply', 'b', false, own],
    ['the first ready one', 'apply', 'a', true, all],
    ['a second ready one', 'apply', 'b', true, own],
    ['it says something else', 'apply', 'b', true, own],
    ['one is left that is ready', 'apply', 'a', false, own],
    ['none is', 'apply', 'b', false, all],
    ['one is left', 'delete', 'a', false, own],
    ['none is', 'delete', 'b', false, all],
  ];
  for (const [what, type, name, isReady, expected] of steps) {
    assert.deepEqual([...new Set(send(type, 'pods', name, pod(isReady)))].sort(), expected, what);
  }
});

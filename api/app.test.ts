import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test } from 'node:test';
import { Registry } from 'prom-client';
import { workloadKey } from '../health/workload.ts';
import { CursorError } from '../store/cursor.ts';
import { HistoryError } from '../store/history.ts';
import { eventOf, noon, openTestStore, snapshotOf, temporaryDirectory } from '../test/fault/storage-fixtures.ts';
import { ask, cause, pod, setUp, startedAt, workload } from '../test/api/fixture.ts';
import type { Fixture } from '../test/api/fixture.ts';
import { createApp } from './app.ts';
import * as contract from './contract.ts';
import type { z } from 'zod';

const hour = 3_600_000;
const web = workload({ name: 'web', state: 'Degraded', cause: cause('ImagePullNotFound') });
const agent = workload({ name: 'agent', kind: 'DaemonSet', namespace: 'ops' });
const gone = workload({ name: 'gone' });

/** A store in which every table has something in and something out of the namespace `shop`. */
function filled(options: Parameters<typeof setUp>[0] = {}): Fixture {
  const fixture = setUp(options);
  const { records } = fixture.store;
  records.pods.set(web.key, [pod('web-1', { ready: false, cause: cause('CrashLoop') }), pod('web-2')]);
  records.deleted.set(gone.key, { snapshot: gone, deletedAt: startedAt - hour });
  for (const { key } of [web, agent]) {
    records.intervals.set(key, [
      { from: startedAt - 3 * hour, to: startedAt - hour, state: 'Healthy', availability: 'full', causeCode: null },
      { from: startedAt - hour, to: null, state: 'NotObserved', availability: 'notApplicable', causeCode: null },
    ]);
    for (const minutes of [1, 2, 3]) {
      const at = startedAt - minutes * 60_000;
      records.transitions.push({ key, at, from: 'Healthy', to: 'Degraded', causeCode: 'CrashLoop', message: 'broke' });
      records.rollouts.push({
        key,
        revision: String(4 - minutes),
        startedAt: at - 60_000,
        finishedAt: minutes === 1 ? null : at,
        outcome: minutes === 1 ? 'inProgress' : 'complete',
        images: ['registry.example.com/web:1.0'],
        changes: [{ path: 'containers.app.env.TOKEN', from: null, to: null, redacted: true }],
      });
      records.events.push({
        key,
        type: minutes === 2 ? 'Normal' : 'Warning',
        reason: 'BackOff',
        message: 'Back-off restarting failed container',
        count: minutes,
        firstAt: at - 1_000,
        lastAt: at,
        object: { kind: 'Pod', name: 'web-1' },
      });
    }
    records.samples.set(key, { key, at: startedAt, cpuCores: key === web.key ? 0.2 : 0.5, memoryBytes: 3e8 });
    records.points.set(key, [{ t: startedAt / 1000 - 60, cpuCores: 0.1, memoryBytes: null }]);
  }
  records.incidents.push(
    incident('open1', null, [web.key, agent.key]),
    incident('closed1', startedAt - hour, [agent.key]),
  );
  fixture.store.commit({ put: [web, agent], now: startedAt });
  return fixture;
}

function incident(id: string, until: number | null, workloads: readonly (typeof web.key)[]) {
  return {
    id,
    causeCode: 'ImagePullNotFound',
    title: 'Image is not there',
    message: 'registry.example.com has no web:1.0',
    severity: 'critical' as const,
    since: startedAt - 2 * hour,
    until,
    group: { type: 'registry' as const, name: 'registry.example.com' },
    workloads,
  };
}

/** Parses, and also refuses fields that the contract does not name. */
function conforming<Schema extends z.ZodType>(schema: Schema, json: unknown): z.infer<Schema> {
  const parsed = schema.parse(json);
  assert.deepEqual(json, parsed, 'the answer holds fields that the contract does not name');
  return parsed;
}

suite('every route answers by its schema', () => {
  const routes: readonly (readonly [path: string, schema: z.ZodType])[] = [
    ['/api/v1/health', contract.healthSchema],
    ['/api/v1/runtime', contract.runtimeSchema],
    ['/api/v1/workloads', contract.workloadListSchema],
    ['/api/v1/workloads/shop/Deployment/web', contract.workloadDetailSchema],
    ['/api/v1/workloads/shop/Deployment/gone', contract.workloadDetailSchema],
    ['/api/v1/workloads/shop/Deployment/web/history', contract.historySchema],
    ['/api/v1/workloads/shop/Deployment/gone/history', contract.historySchema],
    ['/api/v1/workloads/shop/Deployment/web/rollouts', contract.rolloutListSchema],
    ['/api/v1/workloads/shop/Deployment/web/events', contract.eventListSchema],
    ['/api/v1/workloads/shop/Deployment/web/metrics?range=24h', contract.workloadMetricsSchema],
    ['/api/v1/rollouts', contract.rolloutListSchema],
    ['/api/v1/events?type=Warning', contract.eventListSchema],
    ['/api/v1/transitions', contract.transitionListSchema],
    ['/api/v1/namespaces', contract.namespaceListSchema],
    ['/api/v1/incidents?state=open', contract.incidentListSchema],
    ['/api/v1/top?metric=memory&limit=1', contract.topListSchema],
    ['/api/v1/usage?key=shop/Deployment/web', contract.usageListSchema],
    ['/api/v1/causes', contract.causeEntryListSchema],
    ['/api/v1/doctor', contract.doctorSchema],
    ['/api/v1/edition', contract.editionSchema],
    ['/api/v1/license', contract.licenseSchema],
  ];
  for (const [path, schema] of routes) {
    test(`GET ${path}`, async () => {
      const fixture = filled();
      const answer = await fixture.get(path);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers.get('content-type'), 'application/json');
      conforming(schema, answer.json);
      assert.deepEqual(fixture.logged, []);
      const head = await ask(fixture, path, { method: 'HEAD' });
      assert.equal(head.status, 200);
      assert.equal(head.text, '');
    });
  }
});

suite('bad input is a problem that names the parameter', () => {
  const detail = '/api/v1/workloads/shop/Deployment/web';
  const inputs: readonly (readonly [path: string, parameter: string])[] = [
    ['/api/v1/workloads?colour=red', 'colour'],
    ['/api/v1/workloads?__proto__=1', '__proto__'],
    ['/api/v1/workloads?state=Down&state=Idle', 'state'],
    ['/api/v1/workloads?state=Broken', 'state'],
    ['/api/v1/workloads?kind=Pod', 'kind'],
    [`/api/v1/workloads?namespace=${'a,'.repeat(200)}a`, 'namespace'],
    [`/api/v1/workloads?partOf=${','.repeat(200)}`, 'partOf'],
    ['/api/v1/workloads?limit=0', 'limit'],
    ['/api/v1/workloads?limit=5001', 'limit'],
    ['/api/v1/workloads?limit=1e3', 'limit'],
    ['/api/v1/workloads?limit=', 'limit'],
    ['/api/v1/workloads?sort=age', 'sort'],
    ['/api/v1/workloads?cursor=bm9uc2Vuc2U', 'cursor'],
    [`/api/v1/workloads?q=${'x'.repeat(401)}`, 'q'],
    ['/api/v1/workloads?q=%ff', 'q'],
    ['/api/v1/workloads?q=%', 'q'],
    ['/api/v1/workloads?%zz=1', 'query'],
    ['/api/v1/work%ffloads', 'path'],
    [`/api/v1/workloads/shop/Deployment/${'a'.repeat(1_000_000)}`, 'name'],
    ['/api/v1/workloads/shop/Deployment/a%2Fb', 'name'],
    ['/api/v1/workloads/shop/Deployment/..%2f..%2fetc', 'name'],
    ['/api/v1/workloads/shop/Deployment/Web', 'name'],
    ['/api/v1/workloads/sh%00op/Deployment/web', 'namespace'],
    ['/api/v1/workloads/shop/deployment/web', 'kind'],
    [`${detail}?podLimit=-1`, 'podLimit'],
    [`${detail}/history?from=yesterday`, 'from'],
    [`${detail}/history?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z`, 'from'],
    [`${detail}/metrics?range=30d`, 'range'],
    [`${detail}/events?namespace=shop`, 'namespace'],
    [`${detail}/logs?previous=true&follow=true`, 'previous'],
    [`${detail}/logs?tailLines=5001`, 'tailLines'],
    [`${detail}/logs?follow=yes`, 'follow'],
    ['/api/v1/transitions?to=2026-13-01T00:00:00Z', 'to'],
    ['/api/v1/transitions?limit=1001', 'limit'],
    ['/api/v1/events?type=Error', 'type'],
    ['/api/v1/incidents?state=new', 'state'],
    [`/api/v1/incidents?namespace=${'a,'.repeat(200)}a`, 'namespace'],
    ['/api/v1/top?metric=disk', 'metric'],
    ['/api/v1/top?namespace=shop&namespace=ops', 'namespace'],
    ['/api/v1/usage?range=1y', 'range'],
    ['/api/v1/health?verbose', 'verbose'],
    ['/api/v1/stream?since=1', 'since'],
  ];
  for (const [path, parameter] of inputs) {
    test(`GET ${path.slice(0, 90)} → ${parameter}`, async () => {
      const fixture = filled();
      const answer = await fixture.get(path);
      assert.equal(answer.status, 400, answer.text.slice(0, 300));
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      const problem = contract.problemSchema.parse(answer.json);
      assert.equal(problem.status, 400);
      assert.equal(problem.code, 'INVALID_PARAMETER');
      assert.deepEqual(
        problem.errors?.map((error) => error.parameter),
        [parameter],
      );
      assert.ok(
        problem.errors?.every(({ message }) => message.length > 10),
        answer.text.slice(0, 300),
      );
      assert.ok(answer.text.length < 1_000, 'the input is not echoed');
      assert.deepEqual(fixture.logged, []);
    });
  }
});

test('a wrong parameter is told with what was sent and what may be sent', async () => {
  const fixture = filled();
  for (const [path, detail] of [
    ['/api/v1/transitions?limit=ten', 'limit: "ten" must be a whole number from 1 to 1000'],
    [
      '/api/v1/workloads?kind=Deployment,Pod',
      'kind: "Deployment,Pod" must be one of Deployment, StatefulSet, DaemonSet',
    ],
    ['/api/v1/transitions?limit=1&limit=2', 'limit: is given 2 times: give it once'],
    ['/api/v1/top?size=3', 'size: is not known here; known are metric, namespace, limit'],
    ['/api/v1/namespaces?q=a', 'q: is not known here; there are no parameters'],
    [`/api/v1/workloads?q=${'a'.repeat(401)}`, `q: "${'a'.repeat(60)}…" must be at most 400 characters`],
    ['/api/v1/workloads/shop/Pod/web', 'kind: "Pod" must be one of Deployment, StatefulSet, DaemonSet'],
  ] as const) {
    const { json } = await fixture.get(path);
    assert.equal(conforming(contract.problemSchema, json).detail, detail);
  }
});

test('what was sent in a body is not told back', async () => {
  const body = JSON.stringify({ token: 's3cret'.repeat(400), more: 's3cret' });
  const headers = { 'content-type': 'application/json' };
  const answer = await ask(filled(), '/api/v1/session', { method: 'POST', headers, body });
  assert.equal(answer.status, 400);
  assert.ok(!answer.text.includes('s3cret'), answer.text);
});

test('what is not there is 404 with a code', async () => {
  const fixture = filled();
  for (const [path, code] of [
    ['/api/v1/workloads/shop/Deployment/nobody', 'WORKLOAD_NOT_FOUND'],
    ['/api/v1/workloads/shop/Deployment/nobody/history', 'WORKLOAD_NOT_FOUND'],
    ['/api/v1/workloads/shop/Deployment/nobody/rollouts', 'WORKLOAD_NOT_FOUND'],
    ['/api/v1/workloads/shop/Deployment/nobody/events', 'WORKLOAD_NOT_FOUND'],
    ['/api/v1/workloads/shop/Deployment/nobody/metrics', 'WORKLOAD_NOT_FOUND'],
    ['/api/v1/workloads/shop/Deployment/nobody/logs', 'WORKLOAD_NOT_FOUND'],
    ['/api/v1/workloads/shop/Deployment/gone/logs', 'WORKLOAD_NOT_FOUND'],
    ['/api/v2/workloads', 'NOT_FOUND'],
    ['/api/v1/', 'NOT_FOUND'],
  ] as const) {
    const answer = await fixture.get(path);
    assert.equal(answer.status, 404, path);
    assert.equal(contract.problemSchema.parse(answer.json).code, code);
  }
});

test('another method is 405 and names those that work', async () => {
  const body = Buffer.from('<!doctype html>');
  const index = { contentType: 'text/html', body, gzip: null, brotli: null, immutable: false };
  const fixture = filled({ assets: new Map([['index.html', index]]) });
  for (const [method, path, allow] of [
    ['POST', '/api/v1/workloads', 'GET, HEAD'],
    ['DELETE', '/api/v1/workloads/shop/Deployment/web', 'GET, HEAD'],
    ['GET', '/api/v1/session', 'POST, DELETE'],
    ['PUT', '/metrics', 'GET, HEAD'],
    ['PATCH', '/openapi.json', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['DELETE', '/w/shop/Deployment/web', 'GET, HEAD'],
  ] as const) {
    const answer = await ask(fixture, path, { method, headers: { accept: 'text/html' } });
    assert.equal(answer.status, 405, `${method} ${path}`);
    assert.equal(answer.headers.get('allow'), allow);
    assert.equal(contract.problemSchema.parse(answer.json).code, 'METHOD_NOT_ALLOWED');
  }
});

suite('workload detail', () => {
  test('names the rollout that shortly preceded the trouble', async () => {
    const fixture = filled();
    const { json } = await fixture.get('/api/v1/workloads/shop/Deployment/web');
    const { change } = conforming(contract.workloadDetailSchema, json);
    // The cause is 60 s old; of the three rollouts, 2, 3 and 4 minutes old, the newest before it counts.
    assert.equal(change?.rollout.revision, '3');
    assert.equal(change?.secondsBefore, 60);
  });

  test('has no change when healthy, and cuts pods at podLimit', async () => {
    const fixture = filled();
    const healthy = await fixture.get('/api/v1/workloads/ops/DaemonSet/agent');
    assert.equal(conforming(contract.workloadDetailSchema, healthy.json).change, null);
    const cut = await fixture.get('/api/v1/workloads/shop/Deployment/web?podLimit=1');
    const detail = conforming(contract.workloadDetailSchema, cut.json);
    assert.deepEqual(
      detail.pods.map(({ name }) => name),
      ['web-1'],
    );
    assert.equal(detail.podsTotal, 3);
    assert.equal(detail.pods[0]?.containers[0]?.lastTermination?.finishedAt, '2025-12-31T22:00:00.000Z');
  });

  test('of a deleted one has deletedAt', async () => {
    const { json } = await filled().get('/api/v1/workloads/shop/Deployment/gone');
    const detail = conforming(contract.workloadDetailSchema, json);
    assert.equal(detail.deletedAt, '2025-12-31T23:00:00.000Z');
    assert.deepEqual(detail.pods, []);
  });
});

suite('pages of history', () => {
  test('go on by cursor, newest first, and a cursor fits its own question only', async () => {
    const fixture = filled();
    const first = conforming(
      contract.transitionListSchema,
      (await fixture.get('/api/v1/transitions?limit=2&namespace=shop')).json,
    );
    assert.deepEqual(
      first.items.map(({ at }) => at.slice(11, 19)),
      ['23:59:00', '23:58:00'],
    );
    const cursor = first.nextCursor ?? '';
    const rest = await fixture.get(`/api/v1/transitions?limit=2&namespace=shop&cursor=${cursor}`);
    const last = conforming(contract.transitionListSchema, rest.json);
    assert.deepEqual(
      last.items.map(({ at }) => at.slice(11, 19)),
      ['23:57:00'],
    );
    assert.equal(last.nextCursor, null);
    for (const path of [
      `/api/v1/transitions?limit=2&cursor=${cursor}`,
      `/api/v1/rollouts?limit=2&namespace=shop&cursor=${cursor}`,
      `/api/v1/events?limit=2&namespace=shop&cursor=${cursor}`,
    ]) {
      assert.equal((await fixture.get(path)).status, 400, path);
    }
  });

  test('of incidents are asked for by namespace: each incident is whole, and a cursor fits its namespaces', async () => {
    const fixture = filled();
    const idsOf = async (path: string): Promise<readonly (readonly [string, readonly string[]])[]> =>
      conforming(contract.incidentListSchema, (await fixture.get(path)).json).items.map(({ id, workloads }) => [
        id,
        workloads,
      ]);
    assert.deepEqual(await idsOf('/api/v1/incidents?namespace=shop'), [['open1', [web.key, agent.key]]]);
    assert.deepEqual(
      (await idsOf('/api/v1/incidents?namespace=shop,ops')).map(([id]) => id),
      ['open1', 'closed1'],
    );
    assert.deepEqual(await idsOf('/api/v1/incidents?namespace=shop&state=closed'), []);
    assert.deepEqual(await idsOf('/api/v1/incidents?namespace=nowhere'), []);
    assert.equal((await idsOf('/api/v1/incidents?namespace=')).length, 2);
    const first = await fixture.get('/api/v1/incidents?namespace=ops&limit=1');
    const { nextCursor } = conforming(contract.incidentListSchema, first.json);
    assert.equal((await fixture.get(`/api/v1/incidents?namespace=ops&limit=1&cursor=${nextCursor}`)).status, 200);
    assert.equal((await fixture.get(`/api/v1/incidents?limit=1&cursor=${nextCursor}`)).status, 400);
  });

  test('are cut by from and to', async () => {
    const { json } = await filled().get('/api/v1/events?from=2025-12-31T23:58:00Z&to=2025-12-31T23:58:30%2B00:00');
    const { items } = conforming(contract.eventListSchema, json);
    assert.deepEqual(
      items.map(({ key, type }) => [key, type]),
      [
        ['shop/Deployment/web', 'Normal'],
        ['ops/DaemonSet/agent', 'Normal'],
      ],
    );
  });
});

test('an event that repeats while it is paged is given once, and found from where the walk began', async (t) => {
  const store = await openTestStore(t, { path: path.join(temporaryDirectory(t), 'a.db') });
  const { key } = snapshotOf();
  store.put(snapshotOf(), [], {}, noon);
  for (const [index, uid] of ['a', 'b', 'c', 'd'].entries()) {
    store.recordEvents(key, [eventOf(uid, { message: uid, count: 1, lastAt: noon + index * 60_000 })]);
  }
  await store.flushed();
  const api = createApp({ ...setUp().sources, store, registry: new Registry() });
  const read = async (query: string) =>
    conforming(contract.eventListSchema, (await ask(api, `/api/v1/events?${query}`)).json);
  const walkBegan = noon + 10 * 60_000;
  const first = await read('limit=2');
  for (const uid of ['a', 'd']) {
    store.recordEvents(key, [eventOf(uid, { message: uid, count: 2, lastAt: walkBegan + 1_000 })]);
  }
  await store.flushed();
  const rest = await read(`limit=2&cursor=${first.nextCursor}`);
  assert.deepEqual(
    [...first.items, ...rest.items].map(({ message }) => message),
    ['d', 'c', 'b'],
  );
  assert.equal(rest.nextCursor, null);
  const again = await read(`from=${new Date(walkBegan).toISOString()}`);
  assert.deepEqual(again.items.map(({ message, count }) => `${message} ${count}`).toSorted(), ['a 2', 'd 2']);
});

suite('namespaces outside the scope', () => {
  const scopes = [
    { mode: 'allowlist', namespaces: ['shop'], excludedNamespaces: [] },
    { mode: 'blocklist', namespaces: [], excludedNamespaces: ['ops'] },
  ] as const;
  for (const scope of scopes) {
    test(`cannot be read by any path or parameter (${scope.mode})`, async () => {
      const fixture = filled();
      fixture.store.records.deleted.set(workloadKey('ops', 'Deployment', 'old'), {
        snapshot: workload({ namespace: 'ops', name: 'old' }),
        deletedAt: startedAt,
      });
      fixture.cluster.set({ scope });
      for (const path of [
        '/api/v1/workloads',
        '/api/v1/workloads?namespace=ops',
        '/api/v1/workloads?q=agent',
        '/api/v1/namespaces',
        '/api/v1/rollouts',
        '/api/v1/rollouts?namespace=ops',
        '/api/v1/events?namespace=ops,shop',
        '/api/v1/transitions?limit=1',
        '/api/v1/transitions?namespace=ops',
        '/api/v1/incidents',
        '/api/v1/incidents?namespace=ops',
        '/api/v1/top',
        '/api/v1/top?namespace=ops',
        '/api/v1/usage?key=ops/DaemonSet/agent,shop/Deployment/web',
        '/metrics',
      ]) {
        const answer = await fixture.get(path);
        assert.equal(answer.status, 200, path);
        assert.doesNotMatch(answer.text, /ops|agent/, path);
      }
      for (const rest of ['', '/history', '/rollouts', '/events', '/metrics', '/logs']) {
        assert.equal((await fixture.get(`/api/v1/workloads/ops/DaemonSet/agent${rest}`)).status, 404, rest);
        assert.equal((await fixture.get(`/api/v1/workloads/ops/Deployment/old${rest}`)).status, 404, rest);
      }
      assert.deepEqual(fixture.cluster.logRequests, []);
      const { items } = conforming(contract.incidentListSchema, (await fixture.get('/api/v1/incidents')).json);
      assert.deepEqual(
        items.map(({ id, workloads }) => [id, workloads]),
        [['open1', ['shop/Deployment/web']]],
      );
    });
  }
});

suite('entity tags', () => {
  test('answer 304 while nothing changed, and a new body when anything did', async () => {
    const fixture = filled();
    const path = '/api/v1/workloads';
    const first = await fixture.get(path);
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^W\/"/);
    assert.equal(first.headers.get('cache-control'), 'no-cache');
    const again = await fixture.get(path, { 'if-none-match': `"other", ${etag}` });
    assert.equal(again.status, 304);
    assert.equal(again.text, '');
    assert.equal(again.headers.get('etag'), etag);

    const changes: readonly (readonly [what: string, change: () => unknown])[] = [
      ['a commit', () => fixture.store.commit({ touch: [web.key] })],
      ['the next half-hour', () => fixture.clock.advance(30 * 60_000)],
      ['a watch that went stale', () => fixture.cluster.set({ synced: false })],
      [
        'a narrower scope',
        () => fixture.cluster.set({ scope: { mode: 'allowlist', namespaces: ['shop'], excludedNamespaces: [] } }),
      ],
      ['a new epoch', () => (fixture.store.epoch = 'epoch2')],
    ];
    let known = etag;
    for (const [what, change] of changes) {
      await change();
      const answer = await fixture.get(path, { 'if-none-match': known });
      assert.equal(answer.status, 200, what);
      known = answer.headers.get('etag') ?? '';
    }
  });

  test('match nothing that is not there, whatever a client believes to have', async () => {
    const fixture = filled();
    const etag = (await fixture.get('/api/v1/workloads')).headers.get('etag') ?? '';
    for (const tag of ['*', ' * ', etag, `"other", ${etag.replace('W/', '')}`]) {
      const headers = { 'if-none-match': tag };
      for (const rest of ['', '?podLimit=1', '/history', '/rollouts', '/events', '/metrics', '/logs']) {
        for (const workload of ['shop/Deployment/nowhere', 'shop/DaemonSet/web', 'else/Deployment/web']) {
          const path = `/api/v1/workloads/${workload}${rest}`;
          const { status, headers: answered } = await fixture.get(path, headers);
          assert.equal(status, 404, `${path} with ${tag}`);
          assert.equal(answered.get('etag'), null, path);
        }
      }
      for (const path of [
        '/api/v1/workloads?cursor=none',
        '/api/v1/workloads?limit=no',
        '/api/v1/events?cursor=none',
        '/api/v1/rollouts?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
        '/api/v1/workloads/shop/Deployment/web/history?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
        '/api/v1/namespaces?namespace=shop',
      ]) {
        assert.equal((await fixture.get(path, headers)).status, 400, `${path} with ${tag}`);
      }
    }
    fixture.store.records.deleted.set(workloadKey('shop', 'Deployment', 'old'), {
      snapshot: workload({ name: 'old' }),
      deletedAt: startedAt,
    });
    for (const rest of ['', '/history', '/rollouts', '/events']) {
      const { status } = await fixture.get(`/api/v1/workloads/shop/Deployment/old${rest}`, { 'if-none-match': '*' });
      assert.equal(status, 304, `a deleted one has a history${rest}`);
    }
  });

  test('are compared weakly, one by one; an asterisk stands alone', async () => {
    const fixture = filled();
    const first = await fixture.get('/api/v1/workloads');
    const etag = first.headers.get('etag') ?? '';
    const strong = etag.replace('W/', '');
    const cases: readonly (readonly [tags: string, status: number])[] = [
      [etag, 304],
      [strong, 304],
      [`"a", W/"b" ,${strong}`, 304],
      ['*', 304],
      ['"*"', 200],
      ['"a", *', 200],
      [strong.slice(1, -1), 200],
      [`${strong.slice(0, -1)}x"`, 200],
      ['', 200],
    ];
    for (const [tags, status] of cases) {
      const answer = await fixture.get('/api/v1/workloads', { 'if-none-match': tags });
      assert.equal(answer.status, status, tags);
      for (const name of ['etag', 'cache-control', 'vary', 'content-security-policy']) {
        assert.equal(answer.headers.get(name), first.headers.get(name), `${name} for ${tags}`);
      }
    }
  });

  test('of usage change with the newest sample', async () => {
    const fixture = filled();
    for (const path of ['/api/v1/top', '/api/v1/workloads/shop/Deployment/web/metrics']) {
      const etag = (await fixture.get(path)).headers.get('etag') ?? '';
      assert.equal((await fixture.get(path, { 'if-none-match': etag })).status, 304);
      const sample = fixture.store.records.samples.get(web.key);
      assert.ok(sample);
      fixture.store.records.samples.set(web.key, { ...sample, at: sample.at + 60_000 });
      assert.equal((await fixture.get(path, { 'if-none-match': etag })).status, 200);
    }
  });
});

suite('health', () => {
  test('is 503 with the reason once only a restart would help', async () => {
    const fixture = setUp();
    fixture.trouble.failure = 'The thread that writes the database ends again and again.';
    const { status, json, headers } = await fixture.get('/api/v1/health');
    assert.equal(status, 503);
    assert.equal(headers.get('retry-after'), '5');
    const problem = conforming(contract.problemSchema, json);
    assert.deepEqual([problem.code, problem.detail], ['RESTART_NEEDED', fixture.trouble.failure]);
  });

  test('is degraded, never 503, while the API server is away', async () => {
    const fixture = filled();
    fixture.cluster.set({ connected: false });
    const { status, json } = await fixture.get('/api/v1/health');
    assert.equal(status, 200);
    assert.deepEqual(conforming(contract.healthSchema, json), {
      status: 'degraded',
      version: '0.1.0',
      runtime: { name: 'kubernetes', connected: false },
      synced: true,
      storage: { ok: true, message: null },
    });
  });

  test('tells of a disk that takes nothing', async () => {
    const fixture = filled();
    fixture.store.status = { ...fixture.store.status, state: 'degraded', message: 'the disk is full' };
    const { status, json } = await fixture.get('/api/v1/health');
    assert.equal(status, 200);
    const health = conforming(contract.healthSchema, json);
    assert.equal(health.status, 'degraded');
    assert.deepEqual(health.storage, { ok: false, message: 'the disk is full' });
  });
});

test('the doctor never shows the value of a secret', async () => {
  const answer = await filled().get('/api/v1/doctor');
  assert.doesNotMatch(answer.text, /never shown/);
  const doctor = conforming(contract.doctorSchema, answer.json);
  assert.deepEqual(doctor.configuration[1], {
    name: 'MAINTENANT_LICENSE_KEY',
    value: '',
    source: 'environment',
    redacted: true,
  });
});

test('top sorts by use and relates it to limit, else request', async () => {
  const { json } = await filled().get('/api/v1/top?metric=cpu');
  assert.deepEqual(conforming(contract.topListSchema, json), [
    { key: 'ops/DaemonSet/agent', used: 0.5, request: 0.3, limit: null, ratio: 0.5 / 0.3 },
    { key: 'shop/Deployment/web', used: 0.2, request: 0.3, limit: null, ratio: 0.2 / 0.3 },
  ]);
});

test('top of chosen namespaces is as long as was asked for, whoever uses more elsewhere', async () => {
  const fixture = filled();
  for (const [query, keys] of [
    ['namespace=shop&limit=1', ['shop/Deployment/web']],
    ['namespace=shop,ops', ['ops/DaemonSet/agent', 'shop/Deployment/web']],
    ['namespace=', ['ops/DaemonSet/agent', 'shop/Deployment/web']],
    ['namespace=nowhere', []],
  ] as const) {
    const list = conforming(contract.topListSchema, (await fixture.get(`/api/v1/top?${query}`)).json);
    assert.deepEqual(
      list.map(({ key }) => key),
      keys,
      query,
    );
  }
});

test('top is of the newest look, and empty once metrics-server has been away for five minutes', async () => {
  const fixture = filled();
  const told = async (): Promise<readonly string[]> => {
    const { json } = await fixture.get('/api/v1/top');
    return conforming(contract.topListSchema, json).map(({ key }) => key);
  };
  const sample = fixture.store.records.samples.get(web.key);
  assert.ok(sample);
  fixture.store.records.samples.set(web.key, { ...sample, at: sample.at + 60_000 });
  assert.deepEqual(await told(), [web.key], 'the other one has no pod any more that was measured');
  await fixture.clock.advance(600_000);
  assert.deepEqual(await told(), [web.key], 'looks may be far apart');
  const etag = (await fixture.get('/api/v1/top')).headers.get('etag') ?? '';
  fixture.cluster.set({ metrics: { state: 'notInstalled', message: null } });
  assert.equal((await fixture.get('/api/v1/top', { 'if-none-match': etag })).status, 200);
  assert.deepEqual(await told(), []);
  fixture.store.records.samples.set(web.key, { ...sample, at: fixture.clock.now() - 60_000 });
  assert.deepEqual(await told(), [web.key]);
});

test('usage answers for the keys that are there, in the order in which they were asked', async () => {
  const { json } = await filled().get(
    '/api/v1/usage?key=ops/DaemonSet/agent,shop/Deployment/gone,nonsense,shop/Deployment/web',
  );
  assert.deepEqual(
    conforming(contract.usageListSchema, json).map(({ key }) => key),
    ['ops/DaemonSet/agent', 'shop/Deployment/web'],
  );
  assert.deepEqual((await filled().get('/api/v1/usage')).json, []);
});

test('metrics count one state per workload, and forget a workload with its row', async () => {
  const fixture = filled();
  const before = (await fixture.get('/metrics')).text;
  const line = (name: string, state: string): string =>
    `namespace="shop",kind="Deployment",name="${name}",state="${state}"}`;
  assert.ok(before.includes(`maintenant_workload_state{${line('web', 'Degraded')} 1`));
  assert.ok(before.includes(`maintenant_workload_state{${line('web', 'Healthy')} 0`));
  assert.equal(before.match(/^maintenant_workload_state\{/gm)?.length, 16);
  fixture.store.commit({ remove: [web.key] });
  assert.doesNotMatch((await fixture.get('/metrics')).text, /name="web"/);
});

test('a history that cannot be read is 503, a cursor that the store refuses 400', async () => {
  const fixture = filled();
  fixture.store.events = () => Promise.reject(new HistoryError('the reader thread ended'));
  const away = await fixture.get('/api/v1/events');
  assert.equal(away.status, 503);
  assert.equal(away.headers.get('retry-after'), '5');
  assert.equal(contract.problemSchema.parse(away.json).code, 'HISTORY_UNAVAILABLE');
  fixture.store.events = () => Promise.reject(new CursorError('The cursor is not one of this list.'));
  const refused = await fixture.get('/api/v1/events');
  assert.equal(refused.status, 400);
  assert.equal(contract.problemSchema.parse(refused.json).errors?.[0]?.parameter, 'cursor');
});

test('an error inside a route is 500 without its text, and logged', async () => {
  const fixture = filled();
  fixture.store.uptime = () => Promise.reject(new Error('secret path /data'));
  const answer = await fixture.get('/api/v1/workloads/shop/Deployment/web/history');
  assert.equal(answer.status, 500);
  assert.equal(contract.problemSchema.parse(answer.json).code, 'INTERNAL');
  assert.doesNotMatch(answer.text, /secret/);
  assert.deepEqual(fixture.logged, ['a request failed Error: secret path /data']);
});

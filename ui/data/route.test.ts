import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { detailRoute, formatRoute, noLogSelection, parseRoute, type Route, workloadsRoute } from './route.ts';

describe('routes', () => {
  const table: readonly (readonly [string, Route])[] = [
    ['.', { screen: 'board', namespaces: [] }],
    ['.?namespace=shop,web', { screen: 'board', namespaces: ['shop', 'web'] }],
    ['workloads', workloadsRoute()],
    [
      'workloads?namespace=shop&kind=StatefulSet&state=Down,Degraded&q=image:1.9+%22a+b%22&sort=-restarts&group=namespace&all=true',
      workloadsRoute({
        namespaces: ['shop'],
        kinds: ['StatefulSet'],
        states: ['Down', 'Degraded'],
        text: 'image:1.9 "a b"',
        sort: 'restarts',
        descending: true,
        group: 'namespace',
        all: true,
      }),
    ],
    [
      'w/shop/Deployment/checkout?tab=logs&pod=checkout-x&container=app&previous=true&sinceSeconds=900&filter=%2Ferror%2F&level=error,warn&at=2026-11-21T12:00:00.000Z'.replaceAll(
        '%2F',
        '/',
      ),
      detailRoute(
        { namespace: 'shop', kind: 'Deployment', name: 'checkout' },
        {
          tab: 'logs',
          logs: {
            pod: 'checkout-x',
            container: 'app',
            previous: true,
            sinceSeconds: 900,
            filter: '/error/',
            levels: ['error', 'warn'],
            at: '2026-11-21T12:00:00.000Z',
          },
        },
      ),
    ],
    ['activity?range=1h&hide=events', { screen: 'activity', namespaces: [], range: '1h', hidden: ['events'] }],
    ['doctor?namespace=shop', { screen: 'doctor', namespaces: ['shop'] }],
    ['gallery?element=state-mark', { screen: 'gallery', namespaces: [], element: 'state-mark' }],
  ];
  for (const [address, route] of table) {
    it(`${address} is read and written alike`, () => {
      assert.deepEqual(parseRoute(address.replace(/^\./, '')), route);
      assert.equal(formatRoute(route), address);
    });
  }

  it('keeps a name with odd characters whole', () => {
    const route = detailRoute({ namespace: 'a.b', kind: 'DaemonSet', name: 'x%2Fy z' });
    assert.deepEqual(parseRoute(formatRoute(route)), route);
  });

  it('knows no such page', () => {
    for (const path of [
      'w/shop/Pod/x',
      'w/shop/Deployment',
      'nothing',
      'workloads/more',
      'w/%E0%A4%A/Deployment/x/y',
    ]) {
      assert.equal(parseRoute(path).screen, 'notFound', path);
    }
  });

  it('drops what a parameter cannot mean', () => {
    assert.deepEqual(
      parseRoute('workloads?state=Sick,Down&kind=Job&sort=colour&group=moon'),
      workloadsRoute({ states: ['Down'] }),
    );
    const route = parseRoute('w/shop/Deployment/checkout?tab=moon&sinceSeconds=-5');
    assert.deepEqual(
      route,
      detailRoute({ namespace: 'shop', kind: 'Deployment', name: 'checkout' }, { tab: 'pods', logs: noLogSelection }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Incident } from '../../api/contract.ts';
import { mergeActivity } from './activity.ts';
import { Announcer } from './announcer.ts';
import { attentionCards } from './attention.ts';
import { columns, fittingColumns } from './columns.ts';
import { toCsv } from './export.ts';
import { pageIcon } from './page-icon.ts';
import { findItems, matchScore } from './palette.ts';
import { defaultPreferences, parsePreferences, withView } from './preferences.ts';
import { sampleWorkload } from './sample-workloads.ts';
import { commandOf } from './shortcuts.ts';
import { stripHours, stripRuns } from './strip.ts';
import { stateBars, ticksOf } from './timeline.ts';
import { virtualWindow } from './virtual-window.ts';

const incident: Incident = {
  id: 'i1',
  causeCode: 'NodeLost',
  title: 'Node lost',
  message: 'Node n3 does not answer',
  severity: 'critical',
  since: '2026-11-21T11:00:00.000Z',
  until: null,
  group: { type: 'node', name: 'n3' },
  workloads: ['shop/Deployment/a', 'shop/Deployment/b', 'shop/Deployment/gone'],
};

describe('attention cards', () => {
  const a = sampleWorkload({ name: 'a', state: 'Degraded' });
  const b = sampleWorkload({ name: 'b', state: 'Down' });
  const alone = sampleWorkload({ name: 'alone', state: 'Down', since: '2026-11-21T11:45:00.000Z' });

  it('are one for an incident, led by its worst workload', () => {
    const [card, ...rest] = attentionCards([incident], [a, b]);
    assert.equal(rest.length, 0);
    assert.equal(card?.state, 'Down');
    assert.deepEqual(
      card?.workloads.map(({ name }) => name),
      ['b', 'a'],
    );
    assert.deepEqual(card?.group, { type: 'node', name: 'n3' });
  });

  it('never leave out a broken workload that no incident names', () => {
    assert.deepEqual(
      attentionCards([incident], [a, b, alone]).map(({ id }) => id),
      ['i1', alone.key],
    );
    assert.deepEqual(
      attentionCards([], [a, b, alone]).map(({ id }) => id),
      [b.key, alone.key, a.key],
    );
  });

  it('are silent about what has recovered or only moves', () => {
    const healthy = [sampleWorkload({ name: 'a' }), sampleWorkload({ name: 'b', state: 'Progressing' })];
    assert.deepEqual(attentionCards([incident], healthy), []);
    assert.deepEqual(attentionCards([{ ...incident, until: incident.since }], healthy), []);
  });
});

describe('the announcer', () => {
  const healthy = new Map([['k', sampleWorkload({ name: 'k' })]]);
  const down = new Map([['k', sampleWorkload({ name: 'k', state: 'Down' })]]);

  it('is silent about the first picture and sums up changes', () => {
    const announcer = new Announcer();
    assert.equal(announcer.note(healthy, ['k'], 0), null);
    assert.deepEqual(announcer.note(down, ['k'], 1_000), new Map([['Down', 1]]));
  });

  it('speaks at most every ten seconds and forgets nothing meanwhile', () => {
    const announcer = new Announcer();
    announcer.note(healthy, [], 0);
    announcer.note(down, ['k'], 1_000);
    assert.equal(announcer.note(healthy, ['k'], 2_000), null);
    assert.deepEqual(announcer.note(healthy, [], 11_000), new Map([['Healthy', 1]]));
  });
});

describe('strips', () => {
  it('join equal neighbours and count hours', () => {
    assert.deepEqual(stripRuns('HHX-'), [
      { state: 'Healthy', start: 0, length: 2 },
      { state: 'Down', start: 2, length: 1 },
      { state: 'NotObserved', start: 3, length: 1 },
    ]);
    assert.deepEqual(stripHours('HHX-H').get('Healthy'), 1.5);
    assert.deepEqual(stripRuns(''), []);
  });
});

describe('a time axis', () => {
  const span = { fromMs: 0, toMs: 1_000_000 };

  it('cuts intervals at its ends', () => {
    const at = (milliseconds: number): string => new Date(milliseconds).toISOString();
    const bars = stateBars(
      [
        { from: at(-500_000), to: at(250_000), state: 'Healthy', availability: 'full', causeCode: null },
        { from: at(500_000), to: null, state: 'Down', availability: 'none', causeCode: 'X' },
        { from: at(2_000_000), to: null, state: 'Idle', availability: 'notApplicable', causeCode: null },
      ],
      span,
    );
    assert.deepEqual(
      bars.map(({ state, start, length }) => [state, start, length]),
      [
        ['Healthy', 0, 0.25],
        ['Down', 0.5, 0.5],
      ],
    );
  });

  it('shows what was before the first sight as not observed, from where the workload existed', () => {
    const at = (milliseconds: number): string => new Date(milliseconds).toISOString();
    const first = { from: at(750_000), to: null, state: 'Healthy', availability: 'full', causeCode: null } as const;
    const shapes = (createdAt: string | null) =>
      stateBars([first], span, createdAt).map(({ state, start, length }) => [state, start, length]);
    const healthy = ['Healthy', 0.75, 0.25];
    assert.deepEqual(shapes(at(-9_000_000)), [['NotObserved', 0, 0.75], healthy]);
    assert.deepEqual(shapes(at(500_000)), [['NotObserved', 0.5, 0.25], healthy]);
    assert.deepEqual(shapes(at(750_000)), [healthy]);
    assert.deepEqual(shapes(null), [healthy]);
  });

  it('has round ticks in the zone of the reader', () => {
    const day = 86_400_000;
    const offset = 2 * 3_600_000;
    const ticks = ticksOf({ fromMs: 0, toMs: 7 * day }, 7, offset);
    assert.ok(ticks.length > 0);
    assert.ok(ticks.every(({ at }) => (at + offset) % day === 0));
  });
});

describe('virtual rows', () => {
  it('are those near what is visible', () => {
    const { first, end } = virtualWindow(1_000, 50, 10_000, 500);
    assert.ok(first <= 200 && first > 150);
    assert.ok(end >= 210 && end < 260);
  });

  it('are all of a short list, and none of an empty one', () => {
    assert.deepEqual(virtualWindow(3, 50, -500, 500), { first: 0, end: 3 });
    assert.deepEqual(virtualWindow(0, 50, 0, 500), { first: 0, end: 0 });
  });
});

describe('columns', () => {
  it('give way in their order when room is short, and name and cause stay', () => {
    assert.deepEqual(fittingColumns(2_000, []), columns);
    assert.equal(fittingColumns(900, []).includes('age'), false);
    assert.deepEqual(fittingColumns(10, []), ['name', 'cause']);
    assert.deepEqual(fittingColumns(2_000, ['strip', 'name']).includes('name'), true);
    assert.deepEqual(fittingColumns(2_000, ['strip']).includes('strip'), false);
  });
});

describe('the export', () => {
  it('quotes what needs it and disarms formulas', () => {
    const csv = toCsv([
      sampleWorkload({
        name: 'a',
        partOf: '=1+1',
        cause: {
          ...(sampleWorkload({ state: 'Down' }).cause as NonNullable<ReturnType<typeof sampleWorkload>['cause']>),
          message: 'say "x",\nplease',
        },
        uptime24h: null,
      }),
    ]);
    const [, row = ''] = csv.split('\r\n');
    assert.ok(row.startsWith('shop,Deployment,a,Healthy'));
    assert.ok(row.includes('"say ""x"",\nplease"'));
    assert.ok(row.includes("'=1+1"));
  });
});

describe('preferences', () => {
  const fallback = defaultPreferences(['fr-CA', 'en']);

  it('begin with the browser’s language', () => assert.equal(fallback.language, 'fr'));

  it('survive whatever stands in the storage', () => {
    for (const text of [
      null,
      '',
      '{',
      '[]',
      '7',
      '{"theme":"pink","zone":7,"views":[{"name":1}],"pinnedNamespaces":[1,"a"]}',
    ]) {
      const preferences = parsePreferences(text, fallback);
      assert.equal(preferences.theme, 'system', String(text));
      assert.deepEqual(preferences.views, [], String(text));
    }
    assert.deepEqual(parsePreferences('{"pinnedNamespaces":[1,"a"],"theme":"dark"}', fallback).pinnedNamespaces, ['a']);
  });

  it('replace a view of the same name', () => {
    const views = withView(withView([], { name: 'a', address: '1' }), { name: 'a', address: '2' });
    assert.deepEqual(views, [{ name: 'a', address: '2' }]);
  });
});

describe('keys', () => {
  const stroke = (key: string, part = {}) => ({
    key,
    control: false,
    alt: false,
    composed: false,
    inField: false,
    ...part,
  });

  it('are commands, also in sequence', () => {
    assert.deepEqual(commandOf(stroke('/'), null).command, { type: 'search' });
    const first = commandOf(stroke('g'), null);
    assert.deepEqual(first, { command: null, prefix: 'g' });
    assert.deepEqual(commandOf(stroke('b'), first.prefix).command, { type: 'go', screen: 'board' });
    assert.deepEqual(commandOf(stroke('x'), 'g'), { command: null, prefix: null });
  });

  it('are text in a field, but for the palette', () => {
    assert.equal(commandOf(stroke('j', { inField: true }), null).command, null);
    assert.deepEqual(commandOf(stroke('k', { inField: true, control: true }), null).command, { type: 'palette' });
    assert.equal(commandOf(stroke('c', { control: true }), null).command, null);
  });

  it('are those that AltGr makes, too', () => {
    const french = stroke('[', { control: true, alt: true, composed: true });
    assert.deepEqual(commandOf(french, null).command, { type: 'broken', step: -1 });
    assert.equal(commandOf({ ...french, composed: false }, null).command, null);
  });
});

it('finds what holds the letters in one piece before what holds them scattered', () => {
  const item = (label: string) => ({
    id: label,
    label,
    hint: '',
    target: { type: 'address' as const, address: label },
    workload: null,
  });
  const labels = ['Change the theme', 'search/gateway', 'shop/checkout', 'edge/cache'];
  assert.equal(findItems(labels.map(item), 'che')[0]?.label, 'shop/checkout');
  assert.equal(findItems(labels.map(item), 'theme')[0]?.label, 'Change the theme');
  assert.equal(findItems(['team-a/web', 'shop/webhooks', 'shop/web'].map(item), 'shop/web')[0]?.label, 'shop/web');
});

it('finds by a few letters, word starts first', () => {
  const better = matchScore('shop/checkout', 'sc');
  const worse = matchScore('misc/x', 'sc');
  assert.ok(better !== null && worse !== null && better > worse);
  assert.equal(matchScore('shop', 'xyz'), null);
});

it('carries the number of broken workloads in the icon', () => {
  assert.ok(decodeURIComponent(pageIcon(3)).includes('>3</text>'));
  assert.ok(decodeURIComponent(pageIcon(500)).includes('>99</text>'));
  assert.ok(!pageIcon(0).includes('text'));
});

it('merges what happened, newest first, and keeps an open incident in view', () => {
  const entries = mergeActivity(
    {
      incidents: [incident, { ...incident, id: 'old', until: '2026-11-01T00:00:00.000Z' }],
      rollouts: [],
      transitions: [
        {
          key: 'shop/Deployment/a',
          at: '2026-11-21T11:30:00.000Z',
          from: null,
          to: 'Down',
          causeCode: null,
          message: '',
        },
      ],
      events: [],
    },
    '2026-11-21T00:00:00.000Z',
    [],
  );
  assert.deepEqual(
    entries.map(({ type, at }) => [type, at]),
    [
      ['transitions', '2026-11-21T11:30:00.000Z'],
      ['incidents', '2026-11-21T11:00:00.000Z'],
    ],
  );
});

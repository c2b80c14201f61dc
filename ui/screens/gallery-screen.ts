import { css, html, LitElement, type PropertyDeclarations, type TemplateResult } from 'lit';
import { states } from '../../health/workload.ts';
import { attentionCards } from '../data/attention.ts';
import { filterWorkloads } from '../data/filter.ts';
import { groupWorkloads } from '../data/group.ts';
import type { LogRecord } from '../data/log-buffer.ts';
import { defaultPreferences } from '../data/preferences.ts';
import { detailRoute, formatRoute, workloadsRoute } from '../data/route.ts';
import {
  SampleApi,
  sampleDetail,
  sampleErrors,
  sampleIncident,
  sampleRollout,
  sampleRuntimeIn,
  sampleTransitions,
  sampleView,
} from '../data/sample-answers.ts';
import { sampleCause, sampleWorkload } from '../data/sample-workloads.ts';
import { sortWorkloads } from '../data/sort.ts';
import type { Usage } from '../data/usage-book.ts';
import { base, controls, panel } from '../styles/controls.ts';
import { texts } from '../texts/catalogue.ts';
import '../elements/basics.ts';
import '../elements/event-table.ts';
import '../elements/history-panel.ts';
import '../elements/hit-map.ts';
import '../elements/log-view.ts';
import '../elements/metrics-panel.ts';
import '../elements/rollout-list.ts';
import '../elements/usage-spark.ts';
import './app-shell.ts';
import './board-screen.ts';
import './detail-screen.ts';
import './workloads-screen.ts';

const at = '2026-11-21T11:30:00.000Z';
const name = { namespace: 'shop', kind: 'Deployment', name: 'checkout' } as const;
const longName = `${'very-long-name-'.repeat(16)}end`.slice(0, 253);
const markup = '<img src=x onerror="alert(1)"><b>not bold</b>';
const allStates = [...states, 'NotObserved'] as const;
const workloads = sortWorkloads([
  ...states.map((state, index) => sampleWorkload({ name: `in-${state.toLowerCase()}`, state, restarts: index })),
  sampleWorkload({ namespace: 'data', name: 'stale', state: 'Degraded', stale: true }),
  sampleWorkload({
    namespace: 'data',
    name: longName,
    state: 'Down',
    cause: { ...sampleCause, title: markup, message: markup },
  }),
  ...Array.from({ length: 30 }, (_, index) => sampleWorkload({ namespace: 'data', name: `healthy-${index}` })),
  ...Array.from({ length: 5 }, (_, index) => sampleWorkload({ namespace: 'calm', name: `calm-${index}` })),
]);

const hits = Array.from({ length: 40 }, (_, index) => (index % 7 === 3 ? index % 5 : 0));

function usage(cpuCores: number | null, memoryBytes: number | null): Usage {
  const curve = (amount: number | null): (number | null)[] =>
    Array.from({ length: 30 }, (_, index) =>
      amount === null || index === 9 ? null : amount * (1 - ((index * 7) % 5) / 50),
    );
  return {
    key: 'shop/Deployment/checkout',
    from: 0,
    resolutionSeconds: 60,
    cpuCores: curve(cpuCores),
    memoryBytes: curve(memoryBytes),
    limits: { cpuCores: 1, memoryBytes: 629_145_600 },
  };
}

const logRecords: readonly LogRecord[] = [
  ['{"level":"info","msg":"GET /cart 200","duration":0.01,"user":{"id":7}}', 'info'] as const,
  ['\u001b[32mINFO\u001b[0m \u001b[1mlistening\u001b[0m on :8080', 'info'] as const,
  ['WARN pool is nearly empty', 'warn'] as const,
  [`ERROR ${markup}`, 'error'] as const,
  ['plain text', 'other'] as const,
].map(([text, level], id) => ({
  id,
  type: 'line' as const,
  level,
  line: { pod: `checkout-7d9f8b6c5-${id % 2 === 0 ? 'x7f2k' : 'k2p9w'}`, container: 'app', at, text },
}));

interface Exhibit {
  readonly element: string;
  readonly variants: readonly (readonly [string, () => TemplateResult])[];
}

const exhibits: readonly Exhibit[] = [
  {
    element: 'state-mark',
    variants: [
      ['every state', () => html`${allStates.map((state) => html`<state-mark .state=${state} label></state-mark> `)}`],
      ['stale', () => html`${allStates.map((state) => html`<state-mark .state=${state} stale label></state-mark> `)}`],
    ],
  },
  {
    element: 'state-badge',
    variants: [
      ['every state', () => html`${allStates.map((state) => html`<state-badge .state=${state}></state-badge> `)}`],
      ['stale', () => html`<state-badge .state=${'Degraded'} stale></state-badge>`],
    ],
  },
  {
    element: 'pod-bar',
    variants: (
      [
        [0, 0, 0],
        [3, 3, 3],
        [3, 2, 1],
        [3, 0, 0],
        [40, 33, 30],
        [10_000, 9_990, 9_990],
      ] as const
    ).map(([desired, ready, available]) => [
      `${available} of ${desired}`,
      () => html`<pod-bar .availability=${{ level: 'full', desired, ready, available }}></pod-bar>`,
    ]),
  },
  {
    element: 'day-strip',
    variants: [
      ['healthy', () => html`<day-strip .strip=${'H'.repeat(48)}></day-strip>`],
      ['every state', () => html`<day-strip .strip=${'HPDXSITU-'.repeat(6).slice(0, 48)}></day-strip>`],
      ['stale', () => html`<day-strip .strip=${`${'H'.repeat(40)}DDDDDDDD`} stale></day-strip>`],
      ['not observed', () => html`<day-strip .strip=${'-'.repeat(48)}></day-strip>`],
    ],
  },
  {
    element: 'usage-spark',
    variants: [
      ['below its limits', () => html`<usage-spark .usage=${usage(0.5, 400_000_000)}></usage-spark>`],
      ['near its limits', () => html`<usage-spark .usage=${usage(0.97, 620_000_000)}></usage-spark>`],
      ['not measured', () => html`<usage-spark .usage=${usage(null, null)}></usage-spark>`],
    ],
  },
  {
    element: 'hit-map',
    variants: [
      [
        'matches, the end in view',
        () => html`<hit-map class="map" .bins=${hits} .from=${0.8} .to=${1} .label=${texts.logs.hits(12)}></hit-map>`,
      ],
      [
        'one',
        () =>
          html`<hit-map class="map" .bins=${[0, 0, 0, 1, 0, 0]} .from=${0} .to=${0.1} .label=${texts.logs.hits(1)}></hit-map>`,
      ],
    ],
  },
  {
    element: 'time-ago',
    variants: [
      ['known', () => html`<time-ago .at=${at}></time-ago> <time-ago .at=${at} .form=${'ago'}></time-ago>`],
      ['unknown', () => html`[<time-ago .at=${null}></time-ago>]`],
    ],
  },
  { element: 'time-at', variants: [['known', () => html`<time-at .at=${at}></time-at>`]] },
  {
    element: 'copy-button',
    variants: [
      ['with a word', () => html`<copy-button .text=${'x'}></copy-button>`],
      ['compact', () => html`<copy-button .text=${'x'} compact></copy-button>`],
    ],
  },
  {
    element: 'command-line',
    variants: [
      ['short', () => html`<command-line .command=${'kubectl get pods'}></command-line>`],
      ['long', () => html`<command-line .command=${`kubectl -n shop describe deployment/${longName}`}></command-line>`],
    ],
  },
  {
    element: 'notice-box',
    variants: (['empty', 'error', 'stale', 'forbidden', 'loading', 'missing'] as const).flatMap((kind) => [
      [
        kind,
        () =>
          html`<notice-box .kind=${kind} .heading=${kind}>What it means.<button slot="actions">Do it</button></notice-box>`,
      ] as const,
      [`${kind}, quiet`, () => html`<notice-box quiet .kind=${kind}>What it means, in one line.</notice-box>`] as const,
    ]),
  },
  {
    element: 'emptiness-notice',
    variants: [
      [
        'loading',
        () =>
          html`<emptiness-notice .emptiness=${{ type: 'loading', progress: [{ resource: 'pods', count: 340 }] }}></emptiness-notice>`,
      ],
      [
        'unreachable',
        () => html`<emptiness-notice .emptiness=${{ type: 'unreachable', message: 'no answer' }}></emptiness-notice>`,
      ],
      [
        'forbidden',
        () =>
          html`<emptiness-notice .emptiness=${{ type: 'forbidden', resources: ['daemonsets'] }}></emptiness-notice>`,
      ],
      ['cluster away', () => html`<emptiness-notice .emptiness=${{ type: 'clusterAway' }}></emptiness-notice>`],
      ...(['all', 'allowlist', 'blocklist'] as const).map(
        (mode) =>
          [
            `none, ${mode}`,
            () =>
              html`<emptiness-notice .emptiness=${{ type: 'none', mode, namespaces: ['kube-system', 'shop'] }}></emptiness-notice>`,
          ] as const,
      ),
    ],
  },
  {
    element: 'fetch-notice',
    variants: [
      ['loading', () => html`<fetch-notice loading></fetch-notice>`],
      ['failed', () => html`<fetch-notice .error=${sampleErrors.failed}></fetch-notice>`],
      ['forbidden', () => html`<fetch-notice .error=${sampleErrors.forbidden}></fetch-notice>`],
    ],
  },
  {
    element: 'freshness-pill',
    variants: [
      ['live', () => html`<freshness-pill .view=${sampleView([])}></freshness-pill>`],
      [
        'connecting',
        () =>
          html`<freshness-pill .view=${sampleView([], { connection: { type: 'connecting', since: 0 } })}></freshness-pill>`,
      ],
      [
        'reconnecting',
        () =>
          html`<freshness-pill
            .view=${sampleView([], { connection: { type: 'reconnecting', attempt: 2, since: Date.now() } })}
          ></freshness-pill>`,
      ],
      [
        'polling',
        () =>
          html`<freshness-pill .view=${sampleView([], { connection: { type: 'polling', since: Date.now() } })}></freshness-pill>`,
      ],
      ['offline', () => html`<freshness-pill .view=${sampleView([], { heardAt: 0 })}></freshness-pill>`],
      [
        'stale',
        () =>
          html`<freshness-pill .view=${sampleView([], { runtime: sampleRuntimeIn('disconnected') })}></freshness-pill>`,
      ],
      [
        'syncing',
        () => html`<freshness-pill .view=${sampleView([], { runtime: sampleRuntimeIn('syncing') })}></freshness-pill>`,
      ],
      [
        'limited',
        () =>
          html`<freshness-pill .view=${sampleView([], { runtime: sampleRuntimeIn('forbidden') })}></freshness-pill>`,
      ],
      ['frozen', () => html`<freshness-pill .view=${sampleView([], { frozen: true })}></freshness-pill>`],
    ],
  },
  {
    element: 'cause-panel',
    variants: [
      ['whole', () => html`<cause-panel .cause=${sampleCause}></cause-panel>`],
      [
        'bare',
        () =>
          html`<cause-panel
            .cause=${{ ...sampleCause, evidence: [], commands: [], remedy: '', runbook: null, since: null, pods: 0 }}
          ></cause-panel>`,
      ],
      [
        'hostile',
        () =>
          html`<cause-panel
            .cause=${{ ...sampleCause, title: markup, message: `${markup} ${'x'.repeat(600)}`, runbook: 'javascript:alert(1)' }}
          ></cause-panel>`,
      ],
    ],
  },
  {
    element: 'template-changes',
    variants: [
      ['some', () => html`<template-changes .changes=${sampleRollout.changes}></template-changes>`],
      ['none', () => html`<template-changes .changes=${[]}></template-changes>`],
    ],
  },
  {
    element: 'attention-card',
    variants: [
      [
        'one workload',
        () =>
          html`<attention-card .card=${attentionCards([], [sampleWorkload({ state: 'Down' })])[0] ?? null} .api=${new SampleApi()}></attention-card>`,
      ],
      [
        'an incident of many',
        () => {
          const broken = workloads.filter(({ state }) => state === 'Down' || state === 'Degraded');
          const incident = { ...sampleIncident, workloads: broken.map(({ key }) => key) };
          return html`<attention-card .card=${attentionCards([incident], broken)[0] ?? null} .api=${new SampleApi()}></attention-card>`;
        },
      ],
    ],
  },
  {
    element: 'heat-grid',
    variants: [['three namespaces', () => html`<heat-grid .workloads=${workloads}></heat-grid>`]],
  },
  {
    element: 'rollout-progress',
    variants: [
      [
        'some',
        () =>
          html`<rollout-progress
            .workloads=${[
              sampleWorkload({ state: 'Progressing', rollout: { phase: 'advancing', updated: 2, target: 5 } }),
              sampleWorkload({ name: 'stalled', state: 'Degraded' }),
            ]}
          ></rollout-progress>`,
      ],
      ['none', () => html`<rollout-progress .workloads=${[]}></rollout-progress>`],
    ],
  },
  {
    element: 'transition-list',
    variants: [
      ['some', () => html`<transition-list .transitions=${sampleTransitions}></transition-list>`],
      ['none', () => html`<transition-list .transitions=${[]}></transition-list>`],
    ],
  },
  {
    element: 'top-consumers',
    variants: [['some', () => html`<top-consumers .api=${new SampleApi()}></top-consumers>`]],
  },
  {
    element: 'workload-table',
    variants: [
      [
        'every state',
        () => html`<workload-table .workloads=${workloads.slice(0, 10)} .question=${'a'}></workload-table>`,
      ],
      [
        'compact',
        () =>
          html`<workload-table .workloads=${workloads.slice(0, 4)} .question=${'a'} .density=${'compact'}></workload-table>`,
      ],
      [
        'grouped',
        () =>
          html`<workload-table
            .workloads=${workloads}
            .groups=${groupWorkloads(workloads, 'namespace').map((group) => ({ ...group, workloads: group.workloads.slice(0, 2) }))}
            .question=${'a'}
          ></workload-table>`,
      ],
    ],
  },
  {
    element: 'query-field',
    variants: [
      ['empty', () => html`<query-field></query-field>`],
      [
        'not understood',
        () => html`<query-field .text=${'restarts:>many'} .unknown=${['restarts:>many']}></query-field>`,
      ],
    ],
  },
  {
    element: 'facet-list',
    variants: [
      [
        'some',
        () =>
          html`<facet-list .facets=${filterWorkloads(workloads, workloadsRoute({ states: ['Down'] }), Date.now()).facets}></facet-list>`,
      ],
    ],
  },
  {
    element: 'rollout-bar',
    variants: [
      [
        'two revisions',
        () => html`<rollout-bar .detail=${sampleDetail(sampleWorkload({ state: 'Degraded' }))}></rollout-bar>`,
      ],
      ['none', () => html`<rollout-bar .detail=${sampleDetail(sampleWorkload(), { revisions: [] })}></rollout-bar>`],
    ],
  },
  {
    element: 'ordinal-ladder',
    variants: [
      [
        'blocked',
        () => html`<ordinal-ladder .detail=${sampleDetail(sampleWorkload({ state: 'Degraded' }))}></ordinal-ladder>`,
      ],
      [
        'none',
        () => html`<ordinal-ladder .detail=${sampleDetail(sampleWorkload(), { ordinals: [] })}></ordinal-ladder>`,
      ],
    ],
  },
  {
    element: 'node-matrix',
    variants: [
      ['some', () => html`<node-matrix .detail=${sampleDetail(sampleWorkload({ state: 'Degraded' }))}></node-matrix>`],
      [
        'many',
        () =>
          html`<node-matrix
            .detail=${sampleDetail(sampleWorkload(), {
              nodes: Array.from({ length: 400 }, (_, index) => ({
                node: `node-${index}`,
                pod: 'x',
                state: 'Running',
                reason: null,
              })),
            })}
          ></node-matrix>`,
      ],
    ],
  },
  {
    element: 'pod-table',
    variants: [
      ['some', () => html`<pod-table .detail=${sampleDetail(sampleWorkload({ state: 'Degraded' }))}></pod-table>`],
      [
        'none',
        () =>
          html`<pod-table .detail=${sampleDetail(sampleWorkload({ state: 'Idle' }), { pods: [], podsTotal: 0 })}></pod-table>`,
      ],
    ],
  },
  {
    element: 'event-table',
    variants: [
      ['some', () => html`<event-table .api=${new SampleApi()} .workload=${name}></event-table>`],
      ['none', () => html`<event-table .api=${new SampleApi({ empty: true })} .workload=${name}></event-table>`],
    ],
  },
  {
    element: 'history-panel',
    variants: [
      ['some', () => html`<history-panel .api=${new SampleApi()} .route=${detailRoute(name)}></history-panel>`],
      [
        'none',
        () => html`<history-panel .api=${new SampleApi({ empty: true })} .route=${detailRoute(name)}></history-panel>`,
      ],
    ],
  },
  {
    element: 'rollout-list',
    variants: [
      ['some', () => html`<rollout-list .api=${new SampleApi()} .workload=${name}></rollout-list>`],
      ['none', () => html`<rollout-list .api=${new SampleApi({ empty: true })} .workload=${name}></rollout-list>`],
    ],
  },
  {
    element: 'metrics-panel',
    variants: (['available', 'notInstalled', 'forbidden', 'pending', 'failing'] as const).map((metrics) => [
      metrics,
      () => html`<metrics-panel .api=${new SampleApi({ metrics })} .route=${detailRoute(name)}></metrics-panel>`,
    ]),
  },
  {
    element: 'log-lines',
    variants: [
      ['plain', () => html`<log-lines .records=${logRecords} .version=${1}></log-lines>`],
      ['wrapped', () => html`<log-lines .records=${logRecords} .version=${1} wrap></log-lines>`],
    ],
  },
  {
    element: 'menus',
    variants: [
      [
        'closed',
        () => html`<namespace-picker .view=${sampleView(workloads)}></namespace-picker>
          <settings-menu .preferences=${defaultPreferences(['en'])}></settings-menu>
          <view-menu .workloads=${workloads} .preferences=${defaultPreferences(['en'])}></view-menu>`,
      ],
    ],
  },
];

export interface GalleryScreen {
  /** Show this element alone. */
  element: string | null;
}

/** Every element in every state, with made-up data: to look at while working, and to be photographed by tests. */
export class GalleryScreen extends LitElement {
  static override readonly properties: PropertyDeclarations = { element: {} };

  constructor() {
    super();
    this.element = null;
  }

  override render() {
    const shown = exhibits.filter(({ element }) => this.element === null || element === this.element);
    return html`<h1 tabindex="-1">${texts.nav.gallery}</h1>
      ${shown.map((exhibit) => this.#exhibit(exhibit))}`;
  }

  #exhibit({ element, variants }: Exhibit) {
    return html`<section id=${element}>
      <h2><a href=${formatRoute({ screen: 'gallery', namespaces: [], element })}>${element}</a></h2>
      ${variants.map(
        ([variant, draw]) => html`<figure>
          <figcaption>${variant}</figcaption>
          <div class="panel">${draw()}</div>
        </figure>`,
      )}
    </section>`;
  }

  static override readonly styles = [
    base,
    controls,
    panel,
    css`
      .map {
        width: 0.875rem;
        height: 12rem;
      }

      :host {
        display: block;
        padding: var(--gap-5);
      }

      section {
        margin-block: var(--gap-6);
      }

      figure {
        margin: var(--gap-3) 0;
      }

      figcaption {
        color: var(--text-faint);
        font-size: var(--size-2);
      }

      .panel {
        padding: var(--gap-3);
        min-width: 0;
        overflow: hidden;
      }
    `,
  ];
}

customElements.define('gallery-screen', GalleryScreen);

declare global {
  interface HTMLElementTagNameMap {
    'gallery-screen': GalleryScreen;
  }
}

import { Hono } from 'hono';
import { parseWorkloadKey, workloadKey } from '../../health/workload.ts';
import type { WorkloadKey } from '../../health/workload.ts';
import type { Page, PageRequest } from '../../store/store.ts';
import { toEvent, toIncident, toInterval, toRollout, toTransition, toUptime } from '../answers.ts';
import type { ApiServices } from '../app.ts';
import {
  eventListSchema,
  eventsQuerySchema,
  historyQuerySchema,
  historySchema,
  incidentListSchema,
  incidentsQuerySchema,
  rolloutListSchema,
  rolloutsQuerySchema,
  transitionListSchema,
  transitionsQuerySchema,
  workloadEventsQuerySchema,
  workloadParamsSchema,
  workloadRolloutsQuerySchema,
} from '../contract.ts';
import type { History } from '../contract.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiEnv } from '../edge.ts';
import { badParameter } from '../problem.ts';
import { inScope } from '../scope.ts';
import { checkedParams, checkedQuery, described } from '../validate.ts';
import { unknownWorkload } from './workloads.ts';

/** What was: intervals, transitions, rollouts, events, incidents. Everything here is read from disk. */
export function historyRoutes(services: ApiServices): Hono<ApiEnv> {
  const { store, now, respond } = services;
  return new Hono<ApiEnv>()
    .get(
      '/workloads/:namespace/:kind/:name/history',
      described({
        operationId: 'getHistory',
        summary: 'Status intervals, transitions and uptime of one workload',
        description: 'Without `from` the last seven days.',
        answer: historySchema,
        problems: [404],
      }),
      checkedParams(workloadParamsSchema),
      checkedQuery(historyQuerySchema),
      (c) => {
        const { namespace, kind, name } = c.req.valid('param');
        const key = workloadKey(namespace, kind, name);
        const period = periodOf(c.req.valid('query'));
        const answer = async (): Promise<string> => {
          const to = period.to ?? now();
          const from = period.from ?? to - defaultHistoryMs;
          const [intervals, transitions, uptime] = await Promise.all([
            store.intervals(key, from, to),
            store.transitions({ key, from, to, limit: limitTransitions }),
            store.uptime(key, now()),
          ]);
          const history: History = {
            intervals: intervals.slice(-limitIntervals).map(toInterval),
            transitions: transitions.items.map(toTransition),
            uptime: {
              '24h': toUptime(uptime['24h']),
              '7d': toUptime(uptime['7d']),
              '30d': toUptime(uptime['30d']),
              '90d': toUptime(uptime['90d']),
            },
          };
          return JSON.stringify(history);
        };
        return respond.fromStore(c, answer, { mustExist: () => mustBeKnown(services, key) });
      },
    )
    .get(
      '/workloads/:namespace/:kind/:name/rollouts',
      described({
        operationId: 'listWorkloadRollouts',
        summary: 'Rollouts of one workload with what they changed',
        answer: rolloutListSchema,
        problems: [404],
      }),
      checkedParams(workloadParamsSchema),
      checkedQuery(workloadRolloutsQuerySchema),
      (c) => {
        const { namespace, kind, name } = c.req.valid('param');
        const key = workloadKey(namespace, kind, name);
        const read = pages(services, ['rollouts', key], c.req.valid('query'), (request) =>
          store.rollouts({ ...request, key }),
        );
        return respond.fromStore(c, async () => JSON.stringify(await read(toRollout)), {
          mustExist: () => mustBeKnown(services, key),
        });
      },
    )
    .get(
      '/workloads/:namespace/:kind/:name/events',
      described({
        operationId: 'listWorkloadEvents',
        summary: 'Events about one workload and its pods',
        description: `Kept longer than the cluster keeps them. ${pagesOfEvents}`,
        answer: eventListSchema,
        problems: [404],
      }),
      checkedParams(workloadParamsSchema),
      checkedQuery(workloadEventsQuerySchema),
      (c) => {
        const { namespace, kind, name } = c.req.valid('param');
        const { type, ...query } = c.req.valid('query');
        const key = workloadKey(namespace, kind, name);
        const read = pages(services, ['events', key, type], query, (request) =>
          store.events({ ...request, key, ...(type === undefined ? {} : { type }) }),
        );
        return respond.fromStore(c, async () => JSON.stringify(await read(toEvent)), {
          mustExist: () => mustBeKnown(services, key),
        });
      },
    )
    .get(
      '/rollouts',
      described({ operationId: 'listRollouts', summary: 'Rollouts, newest first', answer: rolloutListSchema }),
      checkedQuery(rolloutsQuerySchema),
      (c) => {
        const read = pages(services, ['rollouts'], c.req.valid('query'), (request) => store.rollouts(request));
        return respond.fromStore(c, async () => JSON.stringify(await read(toRollout)));
      },
    )
    .get(
      '/events',
      described({
        operationId: 'listEvents',
        summary: 'Events, newest first',
        description: pagesOfEvents,
        answer: eventListSchema,
      }),
      checkedQuery(eventsQuerySchema),
      (c) => {
        const { type, ...query } = c.req.valid('query');
        const read = pages(services, ['events', type], query, (request) =>
          store.events({ ...request, ...(type === undefined ? {} : { type }) }),
        );
        return respond.fromStore(c, async () => JSON.stringify(await read(toEvent)));
      },
    )
    .get(
      '/transitions',
      described({
        operationId: 'listTransitions',
        summary: 'Changes of state or of primary cause, newest first',
        answer: transitionListSchema,
      }),
      checkedQuery(transitionsQuerySchema),
      (c) => {
        const read = pages(services, ['transitions'], c.req.valid('query'), (request) => store.transitions(request));
        return respond.fromStore(c, async () => JSON.stringify(await read(toTransition)));
      },
    )
    .get(
      '/incidents',
      described({
        operationId: 'listIncidents',
        summary: 'Incidents: one for each cause, however many workloads it explains',
        answer: incidentListSchema,
      }),
      checkedQuery(incidentsQuerySchema),
      (c) => {
        const { state, ...query } = c.req.valid('query');
        const { scope } = services.cluster.status();
        const isVisible = (key: WorkloadKey): boolean => inScope(scope, parseWorkloadKey(key)?.namespace ?? '');
        const read = pages(
          services,
          ['incidents', state],
          query,
          (request) => store.incidents({ ...request, ...(state === undefined ? {} : { state }) }),
          ({ workloads }) => workloads.some(isVisible),
        );
        return respond.fromStore(c, async () =>
          JSON.stringify(
            await read((incident) => toIncident({ ...incident, workloads: incident.workloads.filter(isVisible) })),
          ),
        );
      },
    );
}

const pagesOfEvents =
  'Ordered by `lastAt`. An event that happens again moves to the front: no walk over the pages gives it twice, and one that ' +
  'moves ahead of the cursor is found by asking once more with `from`, the instant at which the walk began.';

const defaultHistoryMs = 7 * 86_400_000;
/** The newest; a workload that changes its state more often within the period is a line of one colour anyway. */
const limitIntervals = 5_000;
const limitTransitions = 1_000;
/** Pages of the store that are read at most to fill one page with what is in scope. */
const limitStorePages = 10;

async function mustBeKnown({ store, cluster, picture }: ApiServices, key: WorkloadKey): Promise<void> {
  if (picture.row(key) !== null) return;
  const deleted = await store.deleted(key);
  if (deleted === null || !inScope(cluster.status().scope, deleted.snapshot.namespace)) throw unknownWorkload(key);
}

interface Period {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** @throws ProblemError 400 when the period runs backwards */
function periodOf({ from, to }: Period): { readonly from?: number; readonly to?: number } {
  const period = {
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(to === undefined ? {} : { to: Date.parse(to) }),
  };
  if (period.from !== undefined && period.to !== undefined && period.from > period.to) {
    throw badParameter('from', 'must not be later than to');
  }
  return period;
}

interface PageQuery extends Period {
  readonly namespace?: readonly string[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * Checks a page's query and returns the function that reads it.
 *
 * The store may hold what is out of scope today; such items are left out and the page is filled from the following
 * ones. Bounded: a page may therefore be short while `nextCursor` is not null.
 */
function pages<Item extends object>(
  { cluster }: ApiServices,
  name: readonly unknown[],
  { limit, cursor, namespace, ...period }: PageQuery,
  readStore: (request: PageRequest) => Promise<Page<Item>>,
  isVisible: (item: Item) => boolean = () => true,
) {
  const { scope } = cluster.status();
  const question = [name, namespace, period];
  let position = cursor === undefined ? undefined : decodeCursor(question, cursor);
  const times = periodOf(period);
  const asked = namespace === undefined || namespace.length === 0 ? null : namespace;
  const allowed = scope.mode === 'allowlist' ? scope.namespaces : null;
  const namespaces = asked?.filter((item) => inScope(scope, item)) ?? allowed;
  const isInScope = (item: Item): boolean =>
    !('key' in item) || inScope(scope, parseWorkloadKey(String(item.key))?.namespace ?? '');

  return async <Answer>(toAnswer: (item: Item) => Answer) => {
    // Asked only for namespaces that are out of scope: there is nothing to read.
    if (namespaces !== null && namespaces.length === 0) return { items: [], nextCursor: null };
    const items: Item[] = [];
    for (let page = 0; page < limitStorePages && items.length < limit; page++) {
      const read = await readStore({
        ...times,
        ...(namespaces === null ? {} : { namespaces }),
        ...(position === undefined ? {} : { cursor: position }),
        limit: limit - items.length,
      });
      items.push(...read.items.filter((item) => isInScope(item) && isVisible(item)));
      position = read.nextCursor ?? undefined;
      if (position === undefined) break;
    }
    return {
      items: items.map(toAnswer),
      nextCursor: position === undefined ? null : encodeCursor(question, position),
    };
  };
}

import { Hono } from 'hono';
import { parseWorkloadKey, workloadKey } from '../../health/workload.ts';
import type { WorkloadKey } from '../../health/workload.ts';
import type { MetricSample } from '../../store/store.ts';
import { instant, toResources, toRollout, toWorkloadDetail } from '../answers.ts';
import type { ApiServices } from '../app.ts';
import {
  metricsQuerySchema,
  noQuerySchema,
  topListSchema,
  topQuerySchema,
  usageListSchema,
  usageQuerySchema,
  namespaceListSchema,
  workloadDetailQuerySchema,
  workloadDetailSchema,
  workloadListSchema,
  workloadMetricsSchema,
  workloadParamsSchema,
  workloadsQuerySchema,
} from '../contract.ts';
import type { MetricsRange, TopList, UsageList, WorkloadDetail, WorkloadMetrics } from '../contract.ts';
import { namespacesOf } from '../counts.ts';
import type { ApiEnv } from '../edge.ts';
import { NewestAnswer } from '../newest-answer.ts';
import type { Row } from '../picture.ts';
import { ProblemError } from '../problem.ts';
import { inScope } from '../scope.ts';
import { checkedParams, checkedQuery, described } from '../validate.ts';
import { workloadList } from '../workload-list.ts';

/** What is: the list, one workload, its usage, and the views that are counted from the same rows. */
export function workloadRoutes(services: ApiServices): Hono<ApiEnv> {
  const { store, cluster, picture, now, respond } = services;
  const newestList = new NewestAnswer();
  return new Hono<ApiEnv>()
    .get(
      '/workloads',
      described({ operationId: 'listWorkloads', summary: 'Workloads with their verdicts', answer: workloadListSchema }),
      checkedQuery(workloadsQuerySchema),
      (c) => {
        const list = workloadList(c.req.valid('query'));
        return respond.fromStore(c, (etag) =>
          newestList.of(`${etag} ${new URL(c.req.url).search}`, () => {
            const [rows, counts] = [picture.rows(), picture.counts()];
            return list(rows, { ...picture.freshness(), counts, observedAt: store.observedAt() });
          }),
        );
      },
    )
    .get(
      '/workloads/:namespace/:kind/:name',
      described({
        operationId: 'getWorkload',
        summary: 'One workload with its pods and causes',
        description: 'A deleted one is answered with `deletedAt` for as long as its history is kept.',
        answer: workloadDetailSchema,
        problems: [404],
      }),
      checkedParams(workloadParamsSchema),
      checkedQuery(workloadDetailQuerySchema),
      async (c) => {
        const { namespace, kind, name } = c.req.valid('param');
        const { podLimit } = c.req.valid('query');
        const key = workloadKey(namespace, kind, name);
        const row = picture.row(key);
        if (row === null) {
          const detail = (): Promise<WorkloadDetail> => deletedDetail(services, key);
          return respond.fromStore(c, async () => JSON.stringify(await detail()), { mustExist: detail });
        }
        return respond.fromStore(c, async () => {
          const change = await precedingChange(services, row);
          const { strip24h, uptime24h } = store.strip(key, now());
          const detail = toWorkloadDetail(row.snapshot, {
            strip24h,
            uptime24h,
            stale: row.stale,
            pods: store.pods(key).slice(0, podLimit),
            change,
            deletedAt: null,
          });
          return JSON.stringify(detail);
        });
      },
    )
    .get(
      '/workloads/:namespace/:kind/:name/metrics',
      described({
        operationId: 'getWorkloadMetrics',
        summary: 'CPU and memory of one workload over time',
        answer: workloadMetricsSchema,
        problems: [404],
      }),
      checkedParams(workloadParamsSchema),
      checkedQuery(metricsQuerySchema),
      (c) => {
        const { namespace, kind, name } = c.req.valid('param');
        const { range } = c.req.valid('query');
        const key = workloadKey(namespace, kind, name);
        const row = picture.row(key);
        if (row === null) throw unknownWorkload(key);
        const newestSample = store.latestMetrics().get(key)?.at ?? '';
        const { state } = cluster.status().metrics;
        return respond.fromStore(
          c,
          async () => {
            const { resolutionSeconds, since, points } = await store.metrics(key, range, now());
            const answer: WorkloadMetrics = {
              state,
              resolutionSeconds,
              since: since === null ? null : instant(since),
              cpuCores: points.map(({ t, cpuCores }) => [t, cpuCores] as const),
              memoryBytes: points.map(({ t, memoryBytes }) => [t, memoryBytes] as const),
              requests: toResources(row.snapshot.requests),
              limits: toResources(row.snapshot.limits),
            };
            return JSON.stringify(answer);
          },
          { extra: `${state}${newestSample}` },
        );
      },
    )
    .get(
      '/namespaces',
      described({
        operationId: 'listNamespaces',
        summary: 'Namespaces that have workloads',
        answer: namespaceListSchema,
      }),
      checkedQuery(noQuerySchema),
      (c) => respond.fromStore(c, () => JSON.stringify(namespacesOf(picture.counts()))),
    )
    .get(
      '/usage',
      described({
        operationId: 'listUsage',
        summary: 'CPU and memory of several workloads over time',
        answer: usageListSchema,
      }),
      checkedQuery(usageQuerySchema),
      (c) => {
        const { key: keys = [], range } = c.req.valid('query');
        const newestSample = Math.max(0, ...[...store.latestMetrics().values()].map(({ at }) => at));
        return respond.fromStore(c, async () => JSON.stringify(await usageOf(services, keys, range)), {
          extra: newestSample,
        });
      },
    )
    .get(
      '/top',
      described({
        operationId: 'listTop',
        summary: 'Workloads that use most',
        description: 'Cores or bytes of the newest sample.',
        answer: topListSchema,
      }),
      checkedQuery(topQuerySchema),
      (c) => {
        const { metric, namespace = [], limit } = c.req.valid('query');
        const isAsked = (key: WorkloadKey): boolean =>
          namespace.length === 0 || namespace.includes(parseWorkloadKey(key)?.namespace ?? '');
        const samples = newestLook(services);
        const asked = samples.filter(({ key }) => isAsked(key));
        return respond.fromStore(c, () => JSON.stringify(topOf(services, asked, metric, limit)), {
          extra: samples[0]?.at ?? '',
        });
      },
    );
}

export function unknownWorkload(key: WorkloadKey): ProblemError {
  return new ProblemError(404, 'WORKLOAD_NOT_FOUND', `${key} is not there, or not in scope.`);
}

async function deletedDetail({ store, cluster, now }: ApiServices, key: WorkloadKey): Promise<WorkloadDetail> {
  const deleted = await store.deleted(key);
  if (deleted === null || !inScope(cluster.status().scope, deleted.snapshot.namespace)) throw unknownWorkload(key);
  const { strip24h, uptime24h } = store.strip(key, now());
  return toWorkloadDetail(deleted.snapshot, {
    strip24h,
    uptime24h,
    stale: false,
    pods: [],
    change: null,
    deletedAt: deleted.deletedAt,
  });
}

/** A rollout this long before the trouble is still its likely reason; most deadlines are ten minutes. */
const changeWindowMs = 3_600_000;
/** Instants in objects are whole seconds, and the clocks of nodes and API server differ a little. */
const clockSlackMs = 5_000;

/** The rollout that shortly preceded the trouble: "what changed" on the page. */
async function precedingChange({ store }: ApiServices, { snapshot }: Row): Promise<WorkloadDetail['change']> {
  const { cause } = snapshot.verdict;
  const since = cause?.since ?? snapshot.verdict.since;
  if (cause === null || since === null) return null;
  const { items } = await store.rollouts({
    key: snapshot.key,
    from: since - changeWindowMs,
    to: since + clockSlackMs,
    limit: 20,
  });
  const newest = items
    .filter(({ startedAt }) => startedAt <= since + clockSlackMs && since - startedAt <= changeWindowMs)
    .reduce<(typeof items)[number] | null>(
      (latest, rollout) => (latest === null || rollout.startedAt > latest.startedAt ? rollout : latest),
      null,
    );
  if (newest === null) return null;
  return { rollout: toRollout(newest), secondsBefore: Math.max(0, Math.round((since - newest.startedAt) / 1000)) };
}

/** One after the other: the reader answers one question at a time, and others wait for it too. */
async function usageOf(
  { store, picture, now }: ApiServices,
  keys: readonly string[],
  range: MetricsRange,
): Promise<UsageList> {
  const list: UsageList[number][] = [];
  for (const text of keys) {
    const name = parseWorkloadKey(text);
    const row = name === null ? null : picture.row(workloadKey(name.namespace, name.kind, name.name));
    if (row === null) continue;
    const { resolutionSeconds, points } = await store.metrics(row.snapshot.key, range, now());
    list.push({
      key: row.snapshot.key,
      from: points[0]?.t ?? null,
      resolutionSeconds,
      cpuCores: points.map(({ cpuCores }) => cpuCores),
      memoryBytes: points.map(({ memoryBytes }) => memoryBytes),
      limits: toResources(row.snapshot.limits),
    });
  }
  return list;
}

/** How long the last samples are shown after metrics-server has stopped giving new ones. */
const shownAfterwardsMs = 5 * 60_000;

/**
 * The samples of the newest look at metrics-server: a workload that has none among them has no pods left, or none that
 * was measured. None at all once metrics-server has been away for a while, because nothing here says how old they are.
 */
function newestLook({ store, cluster, now }: ApiServices): readonly MetricSample[] {
  const samples = [...store.latestMetrics().values()];
  const newestAt = samples.reduce((newest, { at }) => Math.max(newest, at), 0);
  const isShown = cluster.status().metrics.state === 'available' || now() - newestAt <= shownAfterwardsMs;
  return isShown ? samples.filter(({ at }) => at === newestAt) : [];
}

function topOf(
  { picture }: ApiServices,
  samples: readonly MetricSample[],
  metric: 'cpu' | 'memory',
  limit: number,
): TopList {
  const resource = metric === 'cpu' ? 'cpuCores' : 'memoryBytes';
  return samples
    .flatMap((sample) => {
      const row = picture.row(sample.key);
      if (row === null) return [];
      const request = row.snapshot.requests[resource];
      const bound = row.snapshot.limits[resource];
      const used = sample[resource];
      const against = bound ?? request;
      const ratio = against === null || against === 0 ? null : used / against;
      return [{ key: sample.key, used, request, limit: bound, ratio }];
    })
    .sort((left, right) => right.used - left.used)
    .slice(0, limit);
}

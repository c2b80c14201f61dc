import { Hono } from 'hono';
import { workloadKey } from '../../health/workload.ts';
import type { ApiServices } from '../app.ts';
import { logsQuerySchema, workloadParamsSchema } from '../contract.ts';
import type { ApiEnv } from '../edge.ts';
import { badParameter } from '../problem.ts';
import { streamHeaders } from '../server-sent-events.ts';
import { checkedParams, checkedQuery, described } from '../validate.ts';
import { unknownWorkload } from './workloads.ts';

export function logRoutes({ picture, logs }: ApiServices): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get(
    '/workloads/:namespace/:kind/:name/logs',
    described({
      operationId: 'getLogs',
      summary: 'Merged log of a workload’s pods and containers',
      description:
        '`text/plain` with `[pod/container]` before each line and notes as `# …`, or with `Accept: text/event-stream` the events `line` (LogLine) and `note` (LogNote).',
      answer: null,
      text: { 'text/plain': 'Lines.', 'text/event-stream': 'Events `line`, `note` and `ping`.' },
      problems: [404, 503],
    }),
    checkedParams(workloadParamsSchema),
    checkedQuery(logsQuerySchema),
    (c) => {
      const { namespace, kind, name } = c.req.valid('param');
      const query = c.req.valid('query');
      if (query.previous && query.follow) {
        throw badParameter('previous', 'a previous container writes nothing any more: leave out follow');
      }
      const key = workloadKey(namespace, kind, name);
      if (picture.row(key) === null) throw unknownWorkload(key);
      const isEvents = (c.req.header('accept') ?? '').includes('text/event-stream');
      const headers = isEvents ? streamHeaders : { ...streamHeaders, 'content-type': 'text/plain; charset=utf-8' };
      // The route also answers HEAD, for which nothing may be opened.
      if (c.req.method === 'HEAD') return new Response(null, { headers });
      const body = logs.read(
        {
          key,
          pod: query.pod ?? null,
          container: query.container ?? null,
          previous: query.previous,
          tailLines: query.tailLines,
          sinceSeconds: query.sinceSeconds ?? null,
          follow: query.follow,
          query: query.q === undefined || query.q === '' ? null : query.q,
        },
        { name: isEvents ? 'events' : 'text', timestamps: query.timestamps },
      );
      return new Response(body, { headers });
    },
  );
}

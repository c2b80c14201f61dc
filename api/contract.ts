/**
 * The HTTP contract, v1: every query and every answer as a zod schema. Three things come out of it and cannot drift
 * apart: the validation of requests, `openapi.json`, and the types that the page imports (types only).
 *
 * JSON in UTF-8, camelCase as Kubernetes writes it. Instants are RFC 3339 in UTC with milliseconds (points of metrics
 * alone are `[unixSeconds, value]`), durations are numbers with the unit in the name. Lists are never null, an absent
 * thing is null, never 0. Fields may be added; those that are here keep name and meaning.
 */
import * as z from 'zod';
import { causes } from '../health/causes.ts';
import { states, workloadKinds } from '../health/workload.ts';

/** Every level of a type made readonly: answers are built from snapshots that nobody may change. */
type Immutable<Type> = Type extends object ? { readonly [Key in keyof Type]: Immutable<Type[Key]> } : Type;
type Infer<Schema extends z.ZodType> = Immutable<z.infer<Schema>>;

// ---------------------------------------------------------------------------------------------------------------
// Words

const oneOf = (values: readonly string[]): string => `must be one of ${values.join(', ')}`;

export const stateSchema = z
  .enum(states, oneOf(states))
  .meta({ id: 'State', description: 'Verdict on a workload, worst first.' });
export const historyStateSchema = z
  .enum([...states, 'NotObserved'])
  .meta({ id: 'HistoryState', description: 'A state, or the time in which nobody watched.' });
export const kindSchema = z.enum(workloadKinds, oneOf(workloadKinds)).meta({ id: 'Kind' });
/** A code of another version is refused, too: nothing found would read as nothing broken. */
const causeCodeSchema = z
  .enum(Object.keys(causes), 'must be a code of /api/v1/causes, such as CrashLoop')
  .meta({ id: 'CauseCode' });
const severitySchema = z.enum(['info', 'warning', 'critical']);
const availabilityLevelSchema = z.enum(['full', 'reduced', 'none', 'notApplicable']);
const instant = z.iso.datetime({ precision: 3 });
const keySchema = z.string().meta({ description: '`namespace/Kind/name`', examples: ['shop/Deployment/checkout'] });
const count = z.int().min(0);
const ratio = z.number().min(0).max(1);
const amount = z.number();

/** How many workloads are in each state; states with zero are present. */
export const stateCountsSchema = z.record(stateSchema, count).meta({ id: 'StateCounts' });
export type StateCounts = Infer<typeof stateCountsSchema>;

// ---------------------------------------------------------------------------------------------------------------
// Shapes

export const causeSchema = z
  .object({
    code: z.string(),
    title: z.string(),
    message: z.string(),
    severity: severitySchema,
    since: instant.nullable(),
    pods: count,
    evidence: z.array(
      z.object({
        object: z.object({ kind: z.string(), name: z.string() }),
        field: z.string().nullable(),
        text: z.string(),
        at: instant.nullable(),
      }),
    ),
    remedy: z.string(),
    commands: z.array(z.string()).meta({ description: 'Read-only commands, ready to paste.' }),
    runbook: z.string().nullable(),
  })
  .meta({ id: 'Cause' });
export type Cause = Infer<typeof causeSchema>;
export type Evidence = Cause['evidence'][number];

export const workloadSchema = z
  .object({
    key: keySchema,
    namespace: z.string(),
    kind: kindSchema,
    name: z.string(),
    state: stateSchema,
    availability: z.object({ level: availabilityLevelSchema, desired: count, ready: count, available: count }),
    rollout: z.object({
      phase: z.enum(['settled', 'advancing', 'stalled', 'paused', 'held', 'unobserved', 'terminating']),
      updated: count,
      target: count,
    }),
    cause: causeSchema.nullable(),
    since: instant.nullable().meta({ description: 'Start of `state`.' }),
    restarts: count,
    images: z.array(z.string()),
    createdAt: instant,
    partOf: z.string().nullable(),
    uptime24h: ratio.nullable(),
    strip24h: z.string().meta({
      description: '48 letters, oldest first: the worst state of each half-hour in UTC (HPDXSITU, - not observed).',
    }),
    stale: z.boolean(),
  })
  .meta({ id: 'Workload' });
export type Workload = Infer<typeof workloadSchema>;

export const resourcesSchema = z
  .object({ cpuCores: amount.nullable(), memoryBytes: amount.nullable() })
  .meta({ id: 'Resources' });
export type Resources = Infer<typeof resourcesSchema>;

export const podSchema = z
  .object({
    name: z.string(),
    uid: z.string(),
    node: z.string().nullable(),
    phase: z.string(),
    ready: z.boolean(),
    available: z.boolean(),
    status: z.string().meta({ description: 'The word that kubectl shows.' }),
    createdAt: instant,
    revision: z.string().nullable(),
    restarts: count,
    cause: causeSchema.nullable(),
    containers: z.array(
      z.object({
        name: z.string(),
        type: z.enum(['app', 'init', 'sidecar']),
        image: z.string(),
        ready: z.boolean(),
        state: z.enum(['waiting', 'running', 'terminated', 'unknown']),
        reason: z.string().nullable(),
        message: z.string().nullable(),
        exitCode: z.int().nullable(),
        lastTermination: z
          .object({ exitCode: z.int(), reason: z.string().nullable(), finishedAt: instant.nullable() })
          .nullable(),
        restarts: count,
        requests: resourcesSchema,
        limits: resourcesSchema,
      }),
    ),
  })
  .meta({ id: 'Pod' });
export type Pod = Infer<typeof podSchema>;
export type Container = Pod['containers'][number];

export const rolloutSchema = z
  .object({
    key: keySchema,
    revision: z.string(),
    startedAt: instant,
    finishedAt: instant.nullable(),
    outcome: z.enum(['inProgress', 'complete', 'stalled', 'superseded', 'rolledBack']),
    images: z.array(z.string()),
    changes: z.array(
      z.object({ path: z.string(), from: z.string().nullable(), to: z.string().nullable(), redacted: z.boolean() }),
    ),
  })
  .meta({ id: 'Rollout' });
export type Rollout = Infer<typeof rolloutSchema>;

export const workloadDetailSchema = workloadSchema
  .extend({
    uid: z.string(),
    conditions: z.array(
      z.object({
        type: z.string(),
        status: z.string(),
        reason: z.string().nullable(),
        message: z.string().nullable(),
        lastTransitionAt: instant.nullable(),
      }),
    ),
    causes: z.array(causeSchema).meta({ description: 'The primary cause first, then further causes and notes.' }),
    podsTotal: count,
    pods: z.array(podSchema).meta({ description: 'Worst first, at most `podLimit`.' }),
    ordinals: z
      .array(
        z.object({
          ordinal: count,
          pod: z.string().nullable(),
          state: z.string(),
          revision: z.enum(['current', 'update']).nullable(),
          claims: z.array(z.string()),
          blockedBy: z.string().nullable(),
        }),
      )
      .meta({ description: 'StatefulSet only.' }),
    nodes: z
      .array(
        z.object({
          node: z.string(),
          pod: z.string().nullable(),
          state: z.string(),
          reason: z.string().nullable(),
        }),
      )
      .meta({ description: 'DaemonSet only: the nodes that hold or are meant for a pod.' }),
    nodesNotNamed: count,
    revisions: z
      .array(
        z.object({
          revision: z.string(),
          images: z.array(z.string()),
          desired: count,
          ready: count,
          available: count,
          starting: count,
          failing: count,
          terminating: count,
          current: z.boolean(),
        }),
      )
      .meta({ description: 'Deployment only: one per ReplicaSet with pods, and the current one.' }),
    change: z
      .object({ rollout: rolloutSchema, secondsBefore: z.number().min(0) })
      .nullable()
      .meta({ description: 'The rollout that shortly preceded the trouble.' }),
    services: z.array(z.object({ name: z.string(), readyPods: count, pods: count })),
    owner: z.object({ tool: z.enum(['Helm', 'Argo CD', 'Flux']), name: z.string() }).nullable(),
    deadlineAt: instant.nullable().meta({
      description: 'Deployment only: when its running rollout counts as stalled unless it progresses.',
    }),
    deletedAt: instant.nullable(),
  })
  .meta({ id: 'WorkloadDetail' });
export type WorkloadDetail = Infer<typeof workloadDetailSchema>;

export const countsSchema = z
  .object({
    byState: stateCountsSchema,
    byKind: z.record(kindSchema, count),
    byNamespace: z.record(z.string(), stateCountsSchema),
  })
  .meta({ id: 'Counts', description: 'Each facet ignores its own filter.' });
export type Counts = Infer<typeof countsSchema>;

const nextCursor = z.string().nullable();

export const workloadListSchema = z
  .object({
    revision: count,
    epoch: z.string(),
    observedAt: instant.nullable(),
    stale: z.boolean(),
    total: count,
    counts: countsSchema,
    items: z.array(workloadSchema),
    nextCursor,
  })
  .meta({ id: 'WorkloadList' });
export type WorkloadList = Infer<typeof workloadListSchema>;

export const transitionSchema = z
  .object({
    key: keySchema,
    at: instant,
    from: stateSchema.nullable(),
    to: stateSchema,
    causeCode: z.string().nullable(),
    message: z.string(),
  })
  .meta({ id: 'Transition' });
export type Transition = Infer<typeof transitionSchema>;

export const transitionListSchema = z
  .object({ items: z.array(transitionSchema), nextCursor })
  .meta({ id: 'TransitionList' });
export type TransitionList = Infer<typeof transitionListSchema>;

export const uptimeSchema = z
  .object({
    availableRatio: ratio.nullable(),
    reducedRatio: ratio.nullable(),
    downRatio: ratio.nullable(),
    observedRatio: ratio,
  })
  .meta({ id: 'Uptime', description: 'Shares of the observed time; null where nothing was observed.' });
export type Uptime = Infer<typeof uptimeSchema>;

export const historySchema = z
  .object({
    intervals: z.array(
      z.object({
        from: instant,
        to: instant.nullable(),
        state: historyStateSchema,
        availability: availabilityLevelSchema,
        causeCode: z.string().nullable(),
      }),
    ),
    transitions: z.array(transitionSchema),
    uptime: z.object({ '24h': uptimeSchema, '7d': uptimeSchema, '30d': uptimeSchema, '90d': uptimeSchema }),
  })
  .meta({ id: 'History' });
export type History = Infer<typeof historySchema>;

export const rolloutListSchema = z.object({ items: z.array(rolloutSchema), nextCursor }).meta({ id: 'RolloutList' });
export type RolloutList = Infer<typeof rolloutListSchema>;

export const eventSchema = z
  .object({
    key: keySchema,
    type: z.enum(['Normal', 'Warning']),
    reason: z.string(),
    message: z.string(),
    count,
    firstAt: instant,
    lastAt: instant,
    object: z.object({ kind: z.string(), name: z.string() }),
  })
  .meta({ id: 'Event' });
export type Event = Infer<typeof eventSchema>;

export const eventListSchema = z.object({ items: z.array(eventSchema), nextCursor }).meta({ id: 'EventList' });
export type EventList = Infer<typeof eventListSchema>;

const point = z.tuple([z.int(), amount.nullable()]);
const metricsStateSchema = z.enum(['available', 'notInstalled', 'forbidden', 'pending', 'failing']);

export const workloadMetricsSchema = z
  .object({
    state: metricsStateSchema,
    resolutionSeconds: count,
    since: instant.nullable(),
    cpuCores: z.array(point),
    memoryBytes: z.array(point),
    requests: resourcesSchema,
    limits: resourcesSchema,
  })
  .meta({ id: 'WorkloadMetrics' });
export type WorkloadMetrics = Infer<typeof workloadMetricsSchema>;

/** Many curves at once, small: what the rows of a list show beside each workload. */
export const usageListSchema = z
  .array(
    z.object({
      key: keySchema,
      from: z.int().nullable().meta({ description: 'Unix seconds of the first value; null without any sample.' }),
      resolutionSeconds: count,
      cpuCores: z.array(amount.nullable()),
      memoryBytes: z.array(amount.nullable()),
      limits: resourcesSchema,
    }),
  )
  .meta({ id: 'UsageList' });
export type UsageList = Infer<typeof usageListSchema>;

export const namespaceListSchema = z
  .array(
    z.object({ name: z.string(), workloads: count, worst: stateSchema, counts: stateCountsSchema }).meta({
      id: 'Namespace',
    }),
  )
  .meta({ id: 'NamespaceList' });
export type NamespaceList = Infer<typeof namespaceListSchema>;
export type Namespace = NamespaceList[number];

export const incidentSchema = z
  .object({
    id: z.string(),
    causeCode: z.string(),
    title: z.string(),
    message: z.string(),
    severity: severitySchema,
    since: instant,
    until: instant.nullable(),
    group: z.object({
      type: z.enum(['workload', 'registry', 'node', 'webhook', 'quota', 'storageClass']),
      name: z.string(),
    }),
    workloads: z.array(keySchema),
  })
  .meta({ id: 'Incident', description: 'One cause, however many workloads it explains.' });
export type Incident = Infer<typeof incidentSchema>;

export const incidentListSchema = z.object({ items: z.array(incidentSchema), nextCursor }).meta({ id: 'IncidentList' });
export type IncidentList = Infer<typeof incidentListSchema>;

export const topListSchema = z
  .array(
    z.object({
      key: keySchema,
      used: amount,
      request: amount.nullable(),
      limit: amount.nullable(),
      ratio: z.number().min(0).nullable().meta({ description: 'used / limit, or used / request without a limit.' }),
    }),
  )
  .meta({ id: 'TopList' });
export type TopList = Infer<typeof topListSchema>;

export const causeEntryListSchema = z
  .array(
    z
      .object({
        code: z.string(),
        catalogueId: z.string(),
        class: z.string(),
        title: z.string(),
        meaning: z.string(),
        signal: z.string(),
        remedy: z.string(),
        severity: severitySchema,
        graceSeconds: count,
        source: z.string(),
        runbook: z.string().nullable(),
      })
      .meta({ id: 'CauseEntry' }),
  )
  .meta({ id: 'CauseEntryList' });
export type CauseEntryList = Infer<typeof causeEntryListSchema>;
export type CauseEntry = CauseEntryList[number];

export const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    runtime: z.object({ name: z.string(), connected: z.boolean() }),
    synced: z.boolean(),
    storage: z.object({ ok: z.boolean(), message: z.string().nullable() }),
  })
  .meta({ id: 'Health' });
export type Health = Infer<typeof healthSchema>;

export const runtimeSchema = z
  .object({
    runtime: z.enum(['kubernetes', 'docker', 'demo']),
    detectedBy: z.string(),
    server: z.string(),
    kubernetesVersion: z.string().nullable(),
    scope: z.object({
      mode: z.enum(['all', 'allowlist', 'blocklist']),
      namespaces: z.array(z.string()),
      excludedNamespaces: z.array(z.string()),
    }),
    watches: z.array(
      z.object({
        resource: z.string(),
        namespace: z.string().nullable(),
        state: z.enum(['synced', 'syncing', 'disconnected', 'forbidden', 'unavailable']),
        objects: count,
        resourceVersion: z.string().nullable(),
        lastEventAt: instant.nullable(),
        reconnects: count,
        relists: count,
        message: z.string().nullable(),
      }),
    ),
    metrics: z.object({ state: metricsStateSchema, message: z.string().nullable() }),
  })
  .meta({ id: 'Runtime' });
export type Runtime = Infer<typeof runtimeSchema>;
export type Watch = Runtime['watches'][number];

export const doctorSchema = z
  .object({
    checks: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        status: z.enum(['ok', 'warning', 'failed', 'notPermitted']),
        message: z.string(),
        fix: z.string().nullable(),
      }),
    ),
    configuration: z.array(
      z.object({
        name: z.string(),
        value: z.string(),
        source: z.enum(['default', 'environment', 'flag']),
        redacted: z.boolean(),
      }),
    ),
    storage: z.object({
      path: z.string(),
      journalMode: z.string(),
      fileBytes: count,
      volumeFreeBytes: count.nullable(),
      oldestAt: instant.nullable(),
    }),
  })
  .meta({ id: 'Doctor' });
export type Doctor = Infer<typeof doctorSchema>;
export type DoctorCheck = Doctor['checks'][number];

export const editionSchema = z.object({ edition: z.enum(['community', 'enterprise']) }).meta({ id: 'Edition' });
export type Edition = Infer<typeof editionSchema>;

export const licenseSchema = z
  .object({
    status: z.enum(['none', 'valid', 'expired', 'invalid']),
    organisation: z.string().nullable(),
    expiresAt: instant.nullable(),
    message: z.string().nullable(),
  })
  .meta({ id: 'License' });
export type License = Infer<typeof licenseSchema>;

/** RFC 9457. `code` is stable and meant for programs, `detail` for people. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
    errors: z.array(z.object({ parameter: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = Infer<typeof problemSchema>;

// ---------------------------------------------------------------------------------------------------------------
// Stream: `event:` names of GET /api/v1/stream and the JSON of their `data:`

export const helloEventSchema = z
  .object({ epoch: z.string(), revision: count, heartbeatSeconds: count })
  .meta({ id: 'HelloEvent' });
export type HelloEvent = Infer<typeof helloEventSchema>;

export const deltaEventSchema = z
  .object({
    previousRevision: count,
    revision: count,
    upserts: z.array(workloadSchema),
    deletes: z.array(keySchema),
    touched: z.array(keySchema).meta({ description: 'Keys whose detail changed; all of `upserts` are among them.' }),
    counts: countsSchema,
  })
  .meta({ id: 'DeltaEvent' });
export type DeltaEvent = Infer<typeof deltaEventSchema>;

export const resyncEventSchema = z.object({}).meta({ id: 'ResyncEvent' });
export const pingEventSchema = z.object({ at: instant }).meta({ id: 'PingEvent' });
export type PingEvent = Infer<typeof pingEventSchema>;

export interface StreamEvents {
  readonly hello: HelloEvent;
  readonly delta: DeltaEvent;
  readonly runtime: Runtime;
  readonly resync: Readonly<Record<string, never>>;
  readonly ping: PingEvent;
  /** The server is shutting down; reconnect with jitter. */
  readonly bye: Readonly<Record<string, never>>;
}

export const logLineSchema = z
  .object({ pod: z.string(), container: z.string(), at: instant.nullable(), text: z.string() })
  .meta({ id: 'LogLine' });
export type LogLine = Infer<typeof logLineSchema>;

export const logNoteSchema = z
  .object({
    kind: z.enum(['dropped', 'podEnded', 'podStarted', 'waiting', 'forbidden', 'end']),
    pod: z.string().nullable(),
    container: z.string().nullable(),
    count: count.nullable(),
    message: z.string(),
  })
  .meta({ id: 'LogNote' });
export type LogNote = Infer<typeof logNoteSchema>;

// ---------------------------------------------------------------------------------------------------------------
// Queries. Strict: a parameter that nobody knows is an error, not a filter that silently does nothing.

/** RFC 1123 names as Kubernetes uses them; anything else cannot exist, so it is bad input rather than not found. */
const segment = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a Kubernetes name: lower-case letters, digits, "-" and "."')
  .max(253, 'must be at most 253 characters');

export const workloadParamsSchema = z.strictObject({ namespace: segment, kind: kindSchema, name: segment });

/** At most this many values in one comma list. */
const limitListItems = 200;

function commaList<Item extends z.ZodType<string, string>>(item: Item) {
  const message = `must be at most ${limitListItems} values`;
  return z
    .string()
    .max(20_000, 'must be at most 20000 characters')
    .refine((text) => text.split(',').length <= limitListItems, { message, abort: true })
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(item).max(limitListItems, message))
    .optional();
}

function integer(minimum: number, maximum: number) {
  const message = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .pipe(z.int().min(minimum, message).max(maximum, message));
}

const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true')
  .pipe(z.boolean());

const plain = z.string().max(400, 'must be at most 400 characters');
const badCursor = 'must be the nextCursor of an answer to the same question';
const cursor = z.string().min(1, badCursor).max(2_000, badCursor).optional();
const moment = z.iso.datetime({ offset: true, error: 'must be an RFC 3339 instant such as 2026-01-31T12:00:00Z' });
const period = { from: moment.optional(), to: moment.optional() };
const eventTypes = ['Normal', 'Warning'] as const;
const pageLimit = integer(1, 1_000).default(100);

export const workloadSorts = ['severity', 'name', 'namespace', 'since', 'restarts'] as const;
export type WorkloadSort = (typeof workloadSorts)[number];

const sortOrders = [...workloadSorts, ...workloadSorts.map((sort) => `-${sort}` as const)];

export const noQuerySchema = z.strictObject({});

export const workloadsQuerySchema = z.strictObject({
  namespace: commaList(plain),
  kind: commaList(kindSchema),
  state: commaList(stateSchema),
  cause: commaList(causeCodeSchema),
  node: commaList(plain),
  image: commaList(plain).meta({ description: 'With tag or digest, or without to match every tag.' }),
  partOf: commaList(plain),
  q: plain.optional().meta({ description: 'Plain substring of key, image or cause title; case does not matter.' }),
  sort: z
    .enum(sortOrders, oneOf(sortOrders))
    .default('severity')
    .meta({ description: 'A `-` in front reverses the order.' }),
  limit: integer(1, 5_000).default(1_000),
  cursor,
});
export type WorkloadsQuery = Infer<typeof workloadsQuerySchema>;

export const workloadDetailQuerySchema = z.strictObject({ podLimit: integer(0, 5_000).default(500) });

export const historyQuerySchema = z.strictObject(period);

export const rolloutsQuerySchema = z.strictObject({
  ...period,
  namespace: commaList(plain),
  limit: pageLimit,
  cursor,
});

export const eventsQuerySchema = z.strictObject({
  ...period,
  namespace: commaList(plain),
  type: z.enum(eventTypes, oneOf(eventTypes)).optional(),
  limit: pageLimit,
  cursor,
});

export const transitionsQuerySchema = rolloutsQuerySchema;

export const workloadRolloutsQuerySchema = z.strictObject({ ...period, limit: pageLimit, cursor });

export const workloadEventsQuerySchema = z.strictObject({
  ...period,
  type: z.enum(eventTypes, oneOf(eventTypes)).optional(),
  limit: pageLimit,
  cursor,
});

export const incidentsQuerySchema = z.strictObject({
  namespace: commaList(plain).meta({
    description: 'Incidents with a workload there; each is given whole, with its workloads elsewhere.',
  }),
  state: z.enum(['open', 'closed'], 'must be open or closed').optional(),
  limit: pageLimit,
  cursor,
});

export const logsQuerySchema = z.strictObject({
  pod: segment.optional(),
  container: segment.optional(),
  previous: flag.default(false),
  tailLines: integer(0, 5_000).default(200).meta({ description: 'Per container.' }),
  sinceSeconds: integer(1, 31_536_000).optional(),
  timestamps: flag.default(false),
  follow: flag.default(false),
  q: plain.optional().meta({ description: 'Plain substring; only lines that contain it.' }),
});

export const metricsRanges = ['1h', '6h', '24h', '7d'] as const;
export type MetricsRange = (typeof metricsRanges)[number];
export const metricsQuerySchema = z.strictObject({ range: z.enum(metricsRanges, oneOf(metricsRanges)).default('1h') });

/** A key has at most 253 + 1 + 11 + 1 + 253 characters. */
const limitKeyCharacters = 519;

export const usageQuerySchema = z.strictObject({
  key: commaList(z.string().max(limitKeyCharacters)).meta({
    description: '`namespace/Kind/name`, several with commas. Keys that are not there are left out of the answer.',
  }),
  range: z.enum(metricsRanges, oneOf(metricsRanges)).default('1h'),
});

export const topQuerySchema = z.strictObject({
  metric: z.enum(['cpu', 'memory'], 'must be cpu or memory').default('cpu'),
  namespace: commaList(plain),
  limit: integer(1, 1_000).default(10),
});

export const sessionBodySchema = z
  .strictObject({
    token: z.string('must be given').min(1, 'must be given').max(1_000, 'must be at most 1000 characters'),
  })
  .meta({ id: 'SignIn' });

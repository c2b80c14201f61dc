import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type AssessInput, type Assessment, assess } from '../../health/assess.ts';
import type { Remembered } from '../../health/verdict.ts';
import { severityRank } from '../../health/workload.ts';
import {
  crashLoopBackOff,
  evicted,
  imagePullBackOff,
  nodeLost,
  oomKilled,
  type Pod,
  readinessFailing,
} from '../cluster/kubelet-status.ts';
import { inputOf, reported } from './assessed.ts';
import {
  agoMs,
  container,
  daemonSet,
  deployment,
  event,
  noon,
  pod,
  type PodOptions,
  type Raw,
  replicaSet,
  service,
  statefulSet,
  unscheduled,
} from './objects.ts';

/** What holds for every cluster, however broken: clusters are drawn at random, a failing seed is printed. */

const runs = { numRuns: 500 };

const conditions = [
  'ready',
  'starting',
  'crashing',
  'image',
  'oom',
  'unready',
  'unscheduled',
  'leaving',
  'lost',
  'evicted',
] as const;
type Condition = (typeof conditions)[number];

interface PodPlan {
  readonly condition: Condition;
  readonly ageSeconds: number;
  readonly sinceSeconds: number;
  readonly isNew: boolean;
}

interface Plan {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly desired: number;
  readonly pods: readonly PodPlan[];
  readonly isLagging: boolean;
  readonly isPaused: boolean;
  readonly isDeleted: boolean;
  readonly isRefused: boolean;
  readonly reason: string;
  readonly progressAgo: number;
  readonly strategy: 'RollingUpdate' | 'OnDelete' | 'Recreate';
  readonly isParallel: boolean;
  readonly partition: number;
  readonly minReadySeconds: number;
  readonly ageSeconds: number;
  readonly noises: readonly Noise[];
  readonly hasService: boolean;
}

/** Said beside what the conditions say: of the workload, of an autoscaler of its name, or of one of its pods. */
interface Noise {
  readonly about: 'workload' | 'autoscaler' | 'pod';
  readonly reason: string;
  readonly ago: number;
}

const noise: fc.Arbitrary<Noise> = fc
  .constantFrom<readonly [about: Noise['about'], reason: string]>(
    ['workload', 'FailedDelete'],
    ['workload', 'ReplicaSetCreateError'],
    ['autoscaler', 'FailedGetResourceMetric'],
    ['autoscaler', 'FailedComputeMetricsReplicas'],
    ['pod', 'FailedKillPod'],
    ['pod', 'FailedPreStopHook'],
    ['pod', 'Unhealthy'],
    ['pod', 'FailedMount'],
    ['pod', 'TaintManagerEviction'],
    ['pod', 'Preempted'],
    ['pod', 'FailedScheduling'],
    ['pod', 'BackOff'],
  )
  .chain(([about, reason]) =>
    fc.record({
      about: fc.constant(about),
      reason: fc.constant(reason),
      ago: fc.integer({ min: 0, max: 1500 }),
    }),
  );

const podPlan: fc.Arbitrary<PodPlan> = fc.record({
  condition: fc.constantFrom(...conditions),
  ageSeconds: fc.integer({ min: 1, max: 2000 }),
  sinceSeconds: fc.integer({ min: 0, max: 1500 }),
  isNew: fc.boolean(),
});

const plan: fc.Arbitrary<Plan> = fc.record({
  kind: fc.constantFrom('Deployment' as const, 'StatefulSet' as const, 'DaemonSet' as const),
  desired: fc.integer({ min: 0, max: 4 }),
  pods: fc.array(podPlan, { maxLength: 5 }),
  isLagging: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
  isPaused: fc.boolean(),
  isDeleted: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
  isRefused: fc.integer({ min: 0, max: 3 }).map((value) => value === 0),
  reason: fc.constantFrom(
    'NewReplicaSetAvailable',
    'ReplicaSetUpdated',
    'NewReplicaSetCreated',
    'ProgressDeadlineExceeded',
    'DeploymentPaused',
  ),
  progressAgo: fc.integer({ min: 0, max: 1200 }),
  strategy: fc.constantFrom('RollingUpdate' as const, 'OnDelete' as const, 'Recreate' as const),
  isParallel: fc.boolean(),
  partition: fc.integer({ min: 0, max: 5 }),
  minReadySeconds: fc.constantFrom(0, 0, 30),
  ageSeconds: fc.integer({ min: 2000, max: 100_000 }),
  noises: fc.array(noise, { maxLength: 2 }),
  hasService: fc.boolean(),
});

const texts: Readonly<Record<string, string>> = {
  FailedDelete: 'Error deleting: admission webhook "x.example" denied the request',
  Unhealthy: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
  FailedMount: 'MountVolume.SetUp failed for volume "c" : configmap "settings" not found',
  FailedScheduling: '0/3 nodes are available: 3 Insufficient memory.',
};

function noiseObject(given: Plan, { about, reason, ago }: Noise): Raw {
  const name = { Deployment: 'web', StatefulSet: 'db', DaemonSet: 'agent' }[given.kind];
  const first = given.pods[0] === undefined ? name : identity(given, 0, given.pods[0].isNew)[0];
  const subject =
    about === 'workload'
      ? { name, kind: given.kind, component: `${given.kind.toLowerCase()}-controller` }
      : about === 'autoscaler'
        ? { name, kind: 'HorizontalPodAutoscaler', component: 'horizontal-pod-autoscaler' }
        : { name: first, kind: 'Pod', component: reason === 'FailedScheduling' ? 'default-scheduler' : 'kubelet' };
  return event(subject.name, reason, texts[reason] ?? `${reason} of ${subject.name}`, {
    ...subject,
    lastAgo: ago,
    firstAgo: ago + 60,
    count: 3,
  });
}

function podObjects(given: Plan, one: PodPlan, index: number): Raw[] {
  const createdAgo = one.ageSeconds;
  const since = Math.min(one.sinceSeconds, Math.max(0, createdAgo - 1));
  const [name, options] = identity(given, index, one.isNew);
  const make = (more: PodOptions = {}): Pod => pod(name, { ...options, createdAgo, readyAgo: since, ...more });
  const at = agoMs(since);
  switch (one.condition) {
    case 'ready':
      return [make()];
    case 'starting':
      return [make({ readyAgo: null })];
    case 'crashing':
      return reported(make(), (raw) => crashLoopBackOff(raw, { at, restarts: 1 + (index % 5) }));
    case 'image':
      return reported(make({ readyAgo: null }), (raw) => imagePullBackOff(raw, { at }));
    case 'oom':
      return reported(make(), (raw) => oomKilled(raw, { at, restarts: 1 + (index % 3) }));
    case 'unready':
      return reported(make(), (raw) => readinessFailing(raw, { at }));
    case 'unscheduled':
      return [unscheduled(name, '0/3 nodes are available: 3 Insufficient cpu.', since, { ...options, node: null })];
    case 'leaving':
      return [make({ deletedAgo: since - 30 })];
    case 'lost':
      return reported(make(), (raw) => nodeLost(raw, { at }));
    case 'evicted':
      return reported(make(), (raw) => evicted(raw, { at }));
  }
  return one.condition satisfies never;
}

function identity({ kind }: Plan, index: number, isNew: boolean): [string, PodOptions] {
  const revision = isNew ? '2' : '1';
  if (kind === 'Deployment') return [`web-${revision}-${index}`, { of: `web-${revision}` }];
  if (kind === 'StatefulSet') return [`db-${index}`, { of: 'db', ownerKind: 'StatefulSet', hash: `db-${revision}` }];
  const node = `node-${index}`;
  return [`agent-${index}`, { of: 'agent', ownerKind: 'DaemonSet', hash: `agent-${revision}`, node, pinnedTo: node }];
}

function objectsOf(given: Plan): Raw[] {
  const name = { Deployment: 'web', StatefulSet: 'db', DaemonSet: 'agent' }[given.kind];
  return [
    ...workloadObjects(given),
    ...given.noises.map((one) => noiseObject(given, one)),
    ...(given.hasService ? [service(name)] : []),
  ];
}

/** Numbers of the status as the controllers would count these pods, more or less in time. */
function workloadObjects(given: Plan): Raw[] {
  const standing = given.pods.filter((one) => one.condition !== 'leaving' && one.condition !== 'evicted');
  const ready = standing.filter((one) => one.condition === 'ready').length;
  const updated = standing.filter((one) => one.isNew).length;
  const common = {
    createdAgo: given.ageSeconds,
    generation: 2,
    observedGeneration: given.isLagging ? 1 : 2,
    minReadySeconds: given.minReadySeconds,
    ...(given.isDeleted ? { deletedAgo: given.progressAgo } : {}),
  };
  const pods = given.pods.flatMap((one, index) => podObjects(given, one, index));
  const refusal =
    'Error creating: pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2';
  switch (given.kind) {
    case 'Deployment':
      return [
        deployment({
          ...common,
          replicas: given.desired,
          paused: given.isPaused,
          revision: 2,
          progressing: { reason: given.reason, updatedAgo: given.progressAgo },
          strategy:
            given.strategy === 'Recreate'
              ? { type: 'Recreate' }
              : { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
          status: {
            replicas: standing.length,
            updatedReplicas: updated,
            readyReplicas: ready,
            availableReplicas: ready,
          },
          available: { status: ready >= given.desired ? 'True' : 'False', sinceAgo: given.progressAgo },
        }),
        replicaSet('web-1', { createdAgo: given.ageSeconds }),
        replicaSet('web-2', { revision: 2, createdAgo: given.progressAgo }),
        ...pods,
        ...(given.isRefused ? [event('web-2', 'FailedCreate', refusal, { lastAgo: 5, firstAgo: 90 })] : []),
      ];
    case 'StatefulSet':
      return [
        statefulSet({
          ...common,
          replicas: given.desired,
          podManagementPolicy: given.isParallel ? 'Parallel' : 'OrderedReady',
          updateStrategy:
            given.strategy === 'OnDelete'
              ? { type: 'OnDelete' }
              : { type: 'RollingUpdate', rollingUpdate: { partition: given.partition } },
          revisions: { current: 'db-1', update: 'db-2' },
          status: {
            replicas: standing.length,
            updatedReplicas: updated,
            readyReplicas: ready,
            availableReplicas: ready,
          },
        }),
        ...pods,
        ...(given.isRefused
          ? [event('db', 'FailedCreate', refusal, { kind: 'StatefulSet', lastAgo: 5, firstAgo: 90 })]
          : []),
      ];
    case 'DaemonSet':
      return [
        daemonSet({
          ...common,
          desired: given.desired,
          updateStrategy:
            given.strategy === 'OnDelete'
              ? { type: 'OnDelete' }
              : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
          status: {
            currentNumberScheduled: Math.min(given.desired, standing.length),
            updatedNumberScheduled: Math.min(given.desired, updated),
            numberReady: Math.min(given.desired, ready),
            numberAvailable: Math.min(given.desired, ready),
          },
        }),
        ...pods,
        ...(given.isRefused
          ? [event('agent', 'FailedCreate', refusal, { kind: 'DaemonSet', lastAgo: 5, firstAgo: 90 })]
          : []),
      ];
  }
  return given.kind satisfies never;
}

const memory: fc.Arbitrary<Remembered> = fc.constantFrom<Remembered>(
  {},
  { state: 'Healthy', stateSinceAt: agoMs(4000), wasAvailable: true, wasFull: true, hadPods: true },
  { state: 'Progressing', stateSinceAt: agoMs(400), hadPods: true, wasAvailable: false, wasFull: false },
  { state: 'Idle', stateSinceAt: agoMs(400) },
);

function told({ snapshot }: Assessment): unknown {
  const { state, rollout, cause } = snapshot.verdict;
  return { state, phase: rollout.phase, cause: cause?.code ?? null, others: snapshot.causes.map(({ code }) => code) };
}

test('the verdict is a function of objects, memory and time alone', () => {
  fc.assert(
    fc.property(plan, memory, (given, remembered) => {
      const input = inputOf(objectsOf(given));
      const before = JSON.stringify(remembered);
      assert.deepEqual(assess(input, remembered, noon), assess(input, remembered, noon));
      assert.equal(JSON.stringify(remembered), before);
    }),
    runs,
  );
});

test('the order of lists changes nothing', () => {
  fc.assert(
    fc.property(
      plan,
      memory,
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (given, remembered, random) => {
        const input = inputOf(objectsOf(given));
        const shuffled = <Item>(list: readonly Item[]): Item[] =>
          list
            .map((item) => [Number(random.next().value), item] as const)
            .sort((left, right) => left[0] - right[0])
            .map(([, item]) => item);
        const other: AssessInput = {
          ...input,
          pods: shuffled(input.pods),
          replicaSets: shuffled(input.replicaSets),
          events: shuffled(input.events),
          services: shuffled(input.services),
        };
        assert.deepEqual(assess(other, remembered, noon), assess(input, remembered, noon));
      },
    ),
    runs,
  );
});

test('objects of other workloads change nothing', () => {
  const strangers = [
    deployment({ name: 'zz-other', status: { readyReplicas: 0, availableReplicas: 0 } }),
    replicaSet('zz-other-1', { of: 'zz-other' }),
    ...reported(pod('zz-other-1-a', { of: 'zz-other-1', labels: { app: 'web' } }), (one) =>
      crashLoopBackOff(one, { at: agoMs(60), restarts: 9 }),
    ),
    service('zz-other'),
    event('zz-other-1', 'FailedCreate', 'Error creating: pods "x" is forbidden: nobody knows why'),
  ];
  fc.assert(
    fc.property(plan, memory, (given, remembered) => {
      const objects = objectsOf(given);
      const alone = assess(inputOf([...objects, service('web')]), remembered, noon);
      const { name } = alone.snapshot;
      const together = assess(inputOf([...objects, service('web'), ...strangers], {}, name), remembered, noon);
      assert.deepEqual(told(together), told(alone));
      assert.deepEqual(together.pods, alone.pods);
    }),
    runs,
  );
});

test('a verdict that is not Healthy, Idle or Terminating has a cause with a message and a remedy', () => {
  fc.assert(
    fc.property(plan, memory, fc.boolean(), (given, remembered, hasPods) => {
      const overrides = hasPods
        ? {}
        : { pods: [], supplied: { pods: false, replicaSets: true, events: false, services: false } };
      const { snapshot, reassessAt } = assess(inputOf(objectsOf(given), overrides), remembered, noon);
      const { state, cause, since, availability } = snapshot.verdict;
      const isCalm = state === 'Healthy' || state === 'Idle' || state === 'Terminating';
      if (!isCalm) {
        assert.ok(cause !== null, `${state} without a cause`);
        assert.ok(cause.message.length > 0 && cause.remedy.length > 0);
      }
      if (state === 'Healthy' || state === 'Idle') assert.equal(cause, null);
      assert.ok(since === null || since <= noon, 'since lies ahead');
      assert.ok(reassessAt === null || reassessAt > noon, 'a deadline that has passed');
      assert.ok(availability.available <= availability.ready);
      for (const one of [cause, ...snapshot.causes]) {
        for (const command of one?.commands ?? []) {
          assert.ok(!/ (delete|apply|patch|scale|edit|rollout (undo|restart|resume)) /.test(command), command);
        }
      }
    }),
    runs,
  );
});

test('a pod that crashes instead of serving never improves the word', () => {
  fc.assert(
    fc.property(plan, memory, fc.nat(), (given, remembered, pick) => {
      const isAvailable = ({ condition, ageSeconds, sinceSeconds }: PodPlan): boolean =>
        condition === 'ready' && Math.min(sinceSeconds, ageSeconds - 1) >= given.minReadySeconds;
      const serving = given.pods.flatMap((one, index) => (isAvailable(one) ? [index] : []));
      const index = serving[pick % Math.max(1, serving.length)];
      fc.pre(index !== undefined);
      const worse: Plan = {
        ...given,
        pods: given.pods.map((one, at) => (at === index ? { ...one, condition: 'crashing' as const } : one)),
      };
      const before = assess(inputOf(objectsOf(given)), remembered, noon).snapshot.verdict.state;
      const after = assess(inputOf(objectsOf(worse)), remembered, noon).snapshot.verdict.state;
      assert.ok(severityRank(after) <= severityRank(before), `${before} became ${after}`);
    }),
    runs,
  );
});

test('a restart of the product changes nothing: memory survives JSON, and a second look agrees with the first', () => {
  fc.assert(
    fc.property(plan, memory, (given, remembered) => {
      const input = inputOf(objectsOf(given));
      const first = assess(input, remembered, noon);
      const stored: Remembered = JSON.parse(JSON.stringify(first.remembered));
      assert.deepEqual(stored, first.remembered);
      const second = assess(input, stored, noon);
      assert.deepEqual(told(second), told(first));
      assert.deepEqual(assess(input, second.remembered, noon), second);
    }),
    runs,
  );
});

test('until the moment of the next look nothing changes', () => {
  fc.assert(
    fc.property(plan, memory, fc.double({ min: 0, max: 1, noNaN: true }), (given, remembered, share) => {
      const input = inputOf(objectsOf(given));
      const first = assess(input, remembered, noon);
      const until = first.reassessAt ?? noon + 3_600_000;
      const then = Math.floor(noon + (until - noon - 1) * share);
      const later = assess(input, first.remembered, then);
      assert.deepEqual(
        told(later),
        told(first),
        `${(then - noon) / 1000} s later, next look ${(until - noon) / 1000} s`,
      );
    }),
    runs,
  );
});

test('no text of a status makes it throw', () => {
  const texts = fc.string({ maxLength: 200 });
  fc.assert(
    fc.property(texts, texts, texts, (reason, message, eventMessage) => {
      const objects = [
        deployment({ status: { readyReplicas: 2, availableReplicas: 2 } }),
        replicaSet('web-1'),
        pod('web-1-a', {
          template: { containers: [container({ image: message })] },
          status: {
            phase: reason,
            reason,
            message,
            containerStatuses: [
              { name: 'app', ready: false, restartCount: 3, state: { waiting: { reason, message } } },
            ],
          },
        }),
        event('web-1-a', reason, eventMessage, { kind: 'Pod', component: 'kubelet' }),
        event('web-1', 'FailedCreate', eventMessage),
      ];
      assess(inputOf(objects), {}, noon);
    }),
    runs,
  );
});

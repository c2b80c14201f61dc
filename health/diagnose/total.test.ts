import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import type { ContainerStateFacts, ContainerStatusFacts, EventFacts, PodFacts } from '../kubernetes.ts';
import { diagnosePod, type PodContext } from './pod.ts';
import {
  ago,
  condition,
  container,
  context,
  ended,
  event,
  noon,
  pod,
  podSpec,
  probe,
  status,
  terminated,
  waits,
} from './test/facts.ts';

/** Whatever a pod looks like, something true is said about it, and nothing changes before the moment that is named. */

const reasons = [
  'ContainerCreating',
  'PodInitializing',
  'ErrImagePull',
  'ImagePullBackOff',
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'RunContainerError',
  'PostStartHookError',
  'Haunted',
  null,
];
const messages = [
  '',
  'Back-off pulling image "x"',
  'x: not found',
  'configmap "c" not found',
  'back-off 40s restarting failed container=app pod=web-1',
  'a text of another version',
  null,
];
const seconds = fc.integer({ min: 1, max: 4000 });

const termination = fc
  .tuple(
    fc.constantFrom(0, 1, 126, 127, 128, 134, 137, 139, 143, 255),
    fc.constantFrom('Error', 'Completed', 'OOMKilled', 'StartError', 'ContainerStatusUnknown', null),
    seconds,
    fc.constantFrom(...messages),
  )
  .map(([exitCode, reason, at, message]) => ended(exitCode, reason, at, message));

const state: fc.Arbitrary<ContainerStateFacts> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...reasons), fc.constantFrom(...messages))
    .map(([reason, message]) => waits(reason, message)),
  fc
    .option(seconds, { freq: 8 })
    .map((at): ContainerStateFacts => ({ kind: 'running', startedAt: at === null ? null : ago(at) })),
  termination.map(terminated),
  fc.constant<ContainerStateFacts>({ kind: 'unknown' }),
);

function statuses(names: readonly string[]): fc.Arbitrary<ContainerStatusFacts[]> {
  return fc.tuple(
    ...names.map((name) =>
      fc
        .tuple(
          state,
          fc.option(termination),
          fc.integer({ min: 0, max: 6 }),
          fc.boolean(),
          fc.constantFrom(true, false, null),
          fc.constantFrom<readonly string[]>([], ['gpu-0']),
        )
        .map(([one, lastTermination, restartCount, ready, started, unhealthyDevices]) =>
          status({ name, state: one, lastTermination, restartCount, ready, started, unhealthyDevices }),
        ),
    ),
  );
}

const conditions = fc
  .tuple(
    ...[
      'Initialized',
      'Ready',
      'ContainersReady',
      'PodScheduled',
      'DisruptionTarget',
      'gate',
      'AllContainersRestarting',
    ].map((type) =>
      fc.option(
        fc
          .tuple(
            fc.constantFrom<'True' | 'False' | 'Unknown'>('True', 'False', 'Unknown'),
            seconds,
            fc.constantFrom(
              null,
              'Unschedulable',
              'SchedulingGated',
              'EvictionByEvictionAPI',
              'ReadinessGatesNotReady',
            ),
            fc.constantFrom(null, '0/3 nodes are available: 3 Insufficient cpu.', 'other words'),
          )
          .map(([value, at, reason, message]) => condition(type, value, at, reason, message)),
      ),
    ),
  )
  .map((list) => list.filter((one) => one !== null));

const texts: readonly (readonly [reason: string, message: string])[] = [
  ['Failed', 'Failed to pull image "x": rpc error: code = Unknown desc = dial tcp: i/o timeout'],
  ['Pulling', 'Pulling image "x"'],
  ['Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503'],
  ['Unhealthy', 'Liveness probe failed: connection refused'],
  ['Killing', 'Container app failed liveness probe, will be restarted'],
  ['FailedMount', 'MountVolume.SetUp failed for volume "v" : secret "s" not found'],
  ['FailedCreatePodSandBox', 'Failed to create pod sandbox: no'],
  ['FailedScheduling', '0/3 nodes are available: 3 Insufficient cpu.'],
  ['TriggeredScaleUp', 'pod triggered scale-up'],
  ['NotTriggerScaleUp', "pod didn't trigger scale-up"],
  ['NodeNotReady', 'Node is not ready'],
  ['SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.'],
  ['ProbeWarning', 'Readiness probe warning: moved'],
  ['TaintManagerEviction', 'Marking for deletion Pod shop/web-1'],
  ['Haunted', 'a ghost'],
];

const events: fc.Arbitrary<EventFacts[]> = fc.array(
  fc
    .tuple(
      fc.constantFrom(...texts),
      seconds,
      fc.nat(2000),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('app', 'other', null),
    )
    .map(([[reason, message], lastAgo, longer, count, name]) =>
      event(reason, message, {
        lastAgo,
        firstAgo: lastAgo + longer,
        count,
        ...(name === null ? {} : { container: name }),
      }),
    ),
  { maxLength: 6 },
);

const pods: fc.Arbitrary<PodFacts> = fc
  .record({
    conditions,
    containerStatuses: fc.oneof(statuses(['app', 'other']), fc.constant([])),
    initContainerStatuses: fc.oneof(statuses(['migrate', 'proxy']), fc.constant([])),
    phase: fc.constantFrom<PodFacts['phase']>('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown', 'None'),
    reason: fc.constantFrom(null, 'Evicted', 'NodeLost', 'OutOfcpu'),
    message: fc.constantFrom(null, 'The node was low on resource: memory. ', 'words'),
    nodeName: fc.constantFrom('node-1', null),
    nominatedNodeName: fc.constantFrom(null, 'node-2'),
    targetNodeName: fc.constantFrom(null, 'node-3'),
    deletionAt: fc.option(fc.integer({ min: -60, max: 2000 }).map(ago), { freq: 2 }),
    finalizers: fc.constantFrom<readonly string[]>([], ['example.com/hold']),
    startAt: fc.option(seconds.map(ago), { freq: 6 }),
    createdAt: seconds.map(ago),
  })
  .map((facts) =>
    pod({
      ...facts,
      spec: podSpec({
        containers: [
          container({ readinessProbe: probe(), livenessProbe: probe(), startupProbe: probe() }),
          container({ name: 'other' }),
          container({ name: 'migrate', type: 'init' }),
          container({ name: 'proxy', type: 'sidecar' }),
        ],
        readinessGates: ['gate'],
      }),
    }),
  );

const contexts: fc.Arbitrary<PodContext> = fc
  .tuple(events, fc.boolean(), fc.boolean())
  .map(([list, isLost, isRebooted]) =>
    context({
      events: list,
      lostNodes: new Set(isLost ? ['node-1'] : []),
      nodeEvents: isRebooted ? [event('Rebooted', 'rebooted', { kind: 'Node', name: 'node-1', lastAgo: 300 })] : [],
    }),
  );

test('every diagnosis is complete: evidence, read-only commands, hard only when critical, a moment that lies ahead', () => {
  fc.assert(
    fc.property(pods, contexts, (one, about) => {
      const diagnosis = diagnosePod(one, about, noon);
      if (diagnosis.hard) assert.equal(diagnosis.cause?.severity, 'critical');
      assert.ok(diagnosis.reassessAt === null || diagnosis.reassessAt > noon);
      for (const cause of [...diagnosis.notes, ...(diagnosis.cause === null ? [] : [diagnosis.cause])]) {
        assert.ok(cause.evidence.length > 0, cause.code);
        assert.ok(
          cause.message !== '' && !cause.message.endsWith('.') && !/undefined|null|NaN/.test(cause.message),
          cause.message,
        );
        assert.ok(cause.since === null || cause.since <= noon, `${cause.code} begins in the future`);
        for (const line of cause.commands)
          assert.match(line, /^kubectl (?:-n (?:shop|kube-system) )?(?:get|describe|logs) /);
      }
    }),
    { numRuns: 1500 },
  );
});

test('the order of events and conditions changes nothing', () => {
  fc.assert(
    fc.property(pods, contexts, (one, about) => {
      const turned = { ...one, conditions: [...one.conditions].reverse() };
      // Events at one and the same instant have no order.
      fc.pre(new Set(about.events.map(({ lastAt }) => lastAt)).size === about.events.length);
      assert.deepEqual(
        diagnosePod(turned, { ...about, events: [...about.events].reverse() }, noon),
        diagnosePod(one, about, noon),
      );
    }),
    { numRuns: 700 },
  );
});

test('nothing changes before the moment that the diagnosis names', () => {
  fc.assert(
    fc.property(pods, contexts, fc.integer({ min: 1, max: 3_000_000 }), (one, about, laterMs) => {
      const diagnosis = diagnosePod(one, about, noon);
      const until = Math.min(noon + laterMs, (diagnosis.reassessAt ?? Number.POSITIVE_INFINITY) - 1);
      assert.deepEqual(diagnosePod(one, about, until), diagnosis);
    }),
    { numRuns: 1500 },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Assessment } from '../../health/assess.ts';
import type { Remembered } from '../../health/verdict.ts';
import { crashLoopBackOff, imagePullBackOff, nodeLost, readinessFailing, running } from '../cluster/kubelet-status.ts';
import { assessed, reported } from './assessed.ts';
import {
  agoMs,
  container,
  daemonSet,
  day,
  deployment,
  event,
  noon,
  pod,
  type Raw,
  replicaSet,
  statefulSet,
  unscheduled,
} from './objects.ts';

/**
 * Verdicts as the clock goes on: what a reconciler sees that looks at every change and at every moment that the last
 * assessment named. Instants of objects lie after noon as well, in seconds: `at(90)` is 12:01:30.
 */

const at = (seconds: number): number => noon + seconds * 1000;
/** The builders count backwards from noon. */
const since = (seconds: number): number => -seconds;

interface Step {
  readonly seconds: number;
  readonly objects: readonly (Raw | undefined)[];
}

interface Told {
  readonly seconds: number;
  readonly state: string;
  readonly cause: string | null;
}

/** Assesses at every step and, between two, whenever the assessment asked for it; one line per change. */
function play(steps: readonly Step[], untilSeconds: number, remembered: Remembered = {}): readonly Told[] {
  const told: Told[] = [];
  let memory = remembered;
  let looks = 0;
  const look = (objects: readonly Raw[], now: number): Assessment => {
    looks += 1;
    assert.ok(looks < 1000, 'it asks for looks without end');
    const assessment = assessed(objects, {}, memory, now);
    memory = assessment.remembered;
    const { state, cause } = assessment.snapshot.verdict;
    const last = told.at(-1);
    const code = cause?.code ?? null;
    if (last === undefined || last.state !== state || last.cause !== code) {
      told.push({ seconds: (now - noon) / 1000, state, cause: code });
    }
    return assessment;
  };
  for (const [index, step] of steps.entries()) {
    const objects = step.objects.filter((one) => one !== undefined);
    const end = steps[index + 1]?.seconds ?? untilSeconds;
    let { reassessAt } = look(objects, at(step.seconds));
    while (reassessAt !== null && reassessAt < at(end)) reassessAt = look(objects, reassessAt).reassessAt;
  }
  return told;
}

function lines(told: readonly Told[]): string[] {
  return told.map(({ seconds, state, cause }) => `${seconds} ${state}${cause === null ? '' : ` ${cause}`}`);
}

const known: Remembered = {
  uid: 'uid-web',
  state: 'Healthy',
  stateSinceAt: agoMs(9000),
  wasAvailable: true,
  wasFull: true,
  hadPods: true,
};

const probe = container({
  readinessProbe: {
    httpGet: { path: '/ready', port: 8080 },
    periodSeconds: 10,
    timeoutSeconds: 1,
    failureThreshold: 3,
  },
});
const probed = { containers: [probe] };

function web(available: number): Raw[] {
  return [deployment({ status: { readyReplicas: available, availableReplicas: available } }), replicaSet('web-1')];
}

test('a readiness blip of 20 s alarms nobody, one of 40 s does until it is over', () => {
  const unready = (from: number) =>
    reported(pod('web-1-c', { template: probed }), (one) => readinessFailing(one, { at: at(from) }));
  const well = (from: number) => pod('web-1-c', { template: probed, readyAgo: since(from) });
  const two = [pod('web-1-a'), pod('web-1-b')];
  const told = play(
    [
      { seconds: 0, objects: [...web(3), ...two, pod('web-1-c', { template: probed })] },
      { seconds: 10, objects: [...web(2), ...two, ...unready(10)] },
      { seconds: 30, objects: [...web(3), ...two, well(30)] },
      { seconds: 100, objects: [...web(2), ...two, ...unready(100)] },
      { seconds: 140, objects: [...web(3), ...two, well(140)] },
    ],
    400,
    known,
  );
  assert.deepEqual(lines(told), ['0 Healthy', '130 Degraded ReadinessProbeFailing', '140 Healthy']);
});

test('the last replica is Down at once, and Healthy as soon as it is ready again', () => {
  const one = (available: number) => [
    deployment({ replicas: 1, status: { readyReplicas: available, availableReplicas: available } }),
    replicaSet('web-1'),
  ];
  const told = play(
    [
      { seconds: 0, objects: [...one(1), pod('web-1-a', { template: probed })] },
      {
        seconds: 5,
        objects: [
          ...one(0),
          ...reported(pod('web-1-a', { template: probed }), (raw) => readinessFailing(raw, { at: at(5) })),
        ],
      },
      { seconds: 25, objects: [...one(1), pod('web-1-a', { template: probed, readyAgo: since(25) })] },
    ],
    60,
    known,
  );
  assert.deepEqual(
    told.map(({ seconds, state }) => `${seconds} ${state}`),
    ['0 Healthy', '5 Down', '25 Healthy'],
  );
});

test('a scale-up that finds no node is named at once and degrades after two minutes', () => {
  const told = play(
    [
      {
        seconds: 0,
        objects: [
          deployment({ replicas: 4, generation: 2, status: { readyReplicas: 3, availableReplicas: 3 } }),
          replicaSet('web-1'),
          pod('web-1-a'),
          pod('web-1-b'),
          pod('web-1-c'),
          unscheduled('web-1-d', '0/3 nodes are available: 3 Insufficient cpu.', 0),
        ],
      },
    ],
    900,
    known,
  );
  assert.deepEqual(lines(told), ['0 Progressing UnschedulableResources', '120 Degraded UnschedulableResources']);
});

test('a rollout ends at its deadline by our clock when the controller is silent', () => {
  const told = play(
    [
      {
        seconds: 0,
        objects: [
          deployment({
            revision: 2,
            generation: 2,
            progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 0 },
            progressDeadlineSeconds: 300,
            status: { replicas: 4, updatedReplicas: 1 },
          }),
          replicaSet('web-1'),
          replicaSet('web-2', { revision: 2, createdAgo: 0 }),
          pod('web-1-a'),
          pod('web-1-b'),
          pod('web-1-c'),
          ...reported(pod('web-2-a', { of: 'web-2', createdAgo: 0, readyAgo: null, template: probed }), (one) =>
            readinessFailing(one, { at: at(2) }),
          ),
        ],
      },
    ],
    900,
    known,
  );
  assert.equal(told[0]?.state, 'Progressing');
  assert.equal(told.find(({ state }) => state === 'Degraded')?.seconds, 300);
});

test('an image that does not exist ends the rollout in the second in which the kubelet says so', () => {
  const rolling = [
    deployment({
      revision: 2,
      generation: 2,
      progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 0 },
      status: { replicas: 4, updatedReplicas: 1 },
    }),
    replicaSet('web-1'),
    replicaSet('web-2', { revision: 2, createdAgo: 0 }),
    pod('web-1-a'),
    pod('web-1-b'),
    pod('web-1-c'),
  ];
  const fresh = pod('web-2-a', { of: 'web-2', createdAgo: 0, readyAgo: null });
  const told = play(
    [
      { seconds: 0, objects: [...rolling, fresh] },
      { seconds: 4, objects: [...rolling, ...reported(fresh, (one) => imagePullBackOff(one, { at: at(4) }))] },
      {
        seconds: 60,
        objects: [
          deployment({ revision: 3, generation: 3 }),
          replicaSet('web-1', { revision: 3 }),
          pod('web-1-a'),
          pod('web-1-b'),
          pod('web-1-c'),
        ],
      },
    ],
    400,
    known,
  );
  assert.deepEqual(lines(told), ['0 Progressing RollingUpdateRunning', '4 Degraded ImagePullNotFound', '60 Healthy']);
});

test('flapping is held over the ready phases and for 15 minutes after the last restart', () => {
  const steps: Step[] = [{ seconds: 0, objects: [...web(3), pod('web-1-a'), pod('web-1-b'), pod('web-1-c')] }];
  // It restarts every four minutes and is ready 10 s later.
  for (let restart = 1; restart <= 4; restart += 1) {
    const crashAt = restart * 240;
    const crashed = reported(pod('web-1-c'), (one) => crashLoopBackOff(one, { at: at(crashAt), restarts: restart }));
    const back = reported(pod('web-1-c'), (one) => {
      const { status } = crashLoopBackOff(one, { at: at(crashAt), restarts: restart });
      return running(
        { ...one, status: { ...one.status, containerStatuses: status.containerStatuses ?? [] } },
        { at: at(crashAt + 10) },
      );
    });
    steps.push({ seconds: crashAt, objects: [...web(2), pod('web-1-a'), pod('web-1-b'), ...crashed] });
    steps.push({ seconds: crashAt + 10, objects: [...web(3), pod('web-1-a'), pod('web-1-b'), ...back] });
  }
  const told = play(steps, 4000, known);
  const degraded = told.filter(({ state }) => state === 'Degraded');
  const firstAt = degraded[0]?.seconds ?? 0;
  // From the third restart on it never leaves Degraded before the hold is over.
  assert.ok(firstAt <= 720, JSON.stringify(lines(told)));
  const after = told.filter(({ seconds }) => seconds >= 720);
  assert.ok(
    after.slice(0, -1).every(({ state }) => state === 'Degraded'),
    JSON.stringify(lines(told)),
  );
  assert.deepEqual([told.at(-1)?.state, told.at(-1)?.seconds], ['Healthy', 960 + 900]);
});

function daemon(node: number, hash: string, createdAt: number, readyAt: number | null) {
  const name = `node-${node}`;
  return pod(`agent-${node}-${hash}`, {
    of: 'agent',
    ownerKind: 'DaemonSet',
    hash: `agent-${hash}`,
    node: name,
    pinnedTo: name,
    createdAgo: since(createdAt),
    readyAgo: readyAt === null ? null : since(readyAt),
  });
}

function deleted(node: number, deadline: number): Raw {
  const { metadata } = pod(`agent-${node}-1`, {
    of: 'agent',
    ownerKind: 'DaemonSet',
    hash: 'agent-1',
    createdAgo: since(-9000),
    deletedAgo: since(deadline),
  });
  return { ...metadata };
}

const agentKnown: Remembered = { ...known, uid: 'uid-agent' };

/** As in the tests of kubernetes-mixin: four nodes, an update in flight, one number per minute. */
function updateOf(availablePerStep: readonly number[], secondsPerStep: number): Step[] {
  return availablePerStep.map((available, index) => {
    const seconds = index * secondsPerStep;
    const pods = [1, 2, 3].map((node) => daemon(node, '1', -9000, -8990));
    // The fourth has the new revision and loses its readiness in every other step.
    const isReady = available === 4;
    const fourth = isReady
      ? daemon(4, '2', -60, seconds)
      : reported(daemon(4, '2', -60, null), (one) => readinessFailing(one, { at: at(seconds) }))[0];
    return {
      seconds,
      objects: [
        daemonSet({
          desired: 4,
          generation: 2,
          template: probed,
          status: { updatedNumberScheduled: 1, numberReady: available, numberAvailable: available },
        }),
        ...pods,
        fourth,
      ],
    };
  });
}

test('a DaemonSet update whose count goes 4, 3, 4 stays Progressing', () => {
  const told = play(updateOf([4, 3, 4, 3, 4, 3, 4, 3, 4, 3], 300), 3000, agentKnown);
  assert.deepEqual([...new Set(told.map(({ state }) => state))], ['Progressing']);
});

test('a DaemonSet update that stands at 3 of 4 degrades after ten minutes', () => {
  const [first] = updateOf([3], 300);
  assert.ok(first !== undefined);
  const told = play([first], 3000, agentKnown);
  assert.deepEqual(
    told
      .map(({ seconds, state }) => `${seconds} ${state}`)
      .filter((line) => line.endsWith('Degraded'))
      .slice(0, 1),
    ['600 Degraded'],
  );
  assert.equal(told[0]?.state, 'Progressing');
});

test('a StatefulSet update without a move degrades after ten minutes, also when the product restarted meanwhile', () => {
  const objects = [
    statefulSet({
      generation: 2,
      revisions: { current: 'db-1', update: 'db-2' },
      status: { readyReplicas: 2, availableReplicas: 2, updatedReplicas: 1, currentReplicas: 2 },
    }),
    pod('db-0', { of: 'db', ownerKind: 'StatefulSet' }),
    pod('db-1', { of: 'db', ownerKind: 'StatefulSet' }),
    pod('db-2', { of: 'db', ownerKind: 'StatefulSet', hash: 'db-2', createdAgo: 0, readyAgo: null }),
  ];
  const told = play([{ seconds: 0, objects }], 2000, { ...known, uid: 'uid-db' });
  assert.deepEqual(
    told.map(({ seconds, state }) => `${seconds} ${state}`).filter((line) => !line.startsWith('120 ')),
    ['0 Progressing', '600 Degraded'],
  );
  // A first sight at 12:09:00 with an empty memory comes to the same end.
  const late = play([{ seconds: 540, objects }], 2000, {});
  assert.deepEqual(
    late.map(({ seconds, state }) => `${seconds} ${state}`),
    ['540 Progressing', '600 Degraded'],
  );
});

test('the update of the only replica of a StatefulSet is Down, told as planned', () => {
  const set = (updated: number, ready: number) =>
    statefulSet({
      replicas: 1,
      generation: 2,
      revisions: { current: 'db-1', update: 'db-2' },
      status: { readyReplicas: ready, availableReplicas: ready, updatedReplicas: updated, currentReplicas: 0 },
    });
  const done = statefulSet({ replicas: 1, generation: 2, revisions: { current: 'db-2', update: 'db-2' } });
  const member = (hash: string, options = {}) => pod('db-0', { of: 'db', ownerKind: 'StatefulSet', hash, ...options });
  const told = play(
    [
      { seconds: 0, objects: [statefulSet({ replicas: 1 }), member('db-1')] },
      { seconds: 10, objects: [set(0, 0), member('db-1', { deletedAgo: since(40) })] },
      { seconds: 40, objects: [set(1, 0), member('db-2', { createdAgo: since(40), readyAgo: null })] },
      { seconds: 60, objects: [done, member('db-2', { createdAgo: since(40), readyAgo: since(60) })] },
    ],
    200,
    { ...known, uid: 'uid-db' },
  );
  assert.deepEqual(lines(told), ['0 Healthy', '10 Down RecreateGap', '60 Healthy']);
});

test('so is the update of a DaemonSet on its only node, to the end of the gap', () => {
  const set = (current: number, updated: number, ready: number) =>
    daemonSet({
      desired: 1,
      generation: 2,
      status: {
        currentNumberScheduled: current,
        updatedNumberScheduled: updated,
        numberReady: ready,
        numberAvailable: ready,
      },
    });
  const told = play(
    [
      { seconds: 0, objects: [daemonSet({ desired: 1 }), daemon(1, '1', -9000, -8990)] },
      { seconds: 5, objects: [set(1, 0, 1), daemon(1, '1', -9000, -8990)] },
      { seconds: 10, objects: [set(0, 0, 0), { ...daemon(1, '1', -9000, -8990), metadata: deleted(1, 40) }] },
      { seconds: 40, objects: [set(1, 1, 0), daemon(1, '2', 40, null)] },
      { seconds: 60, objects: [set(1, 1, 1), daemon(1, '2', 40, 60)] },
      {
        seconds: 300,
        objects: [set(1, 1, 0), ...reported(daemon(1, '2', 40, 60), (one) => readinessFailing(one, { at: at(300) }))],
      },
    ],
    320,
    agentKnown,
  );
  assert.deepEqual(
    told.map(({ seconds, state, cause }) => `${seconds} ${state} ${cause ?? ''}`.trim()),
    [
      '0 Healthy',
      '5 Progressing RollingUpdateRunning',
      '10 Down RecreateGap',
      '60 Healthy',
      '300 Down ReadinessProbeFailing',
    ],
  );
});

test('a change that no controller picks up is told after a second, warns after a minute and degrades after five', () => {
  const objects = [
    deployment({ generation: 2, observedGeneration: 1 }),
    replicaSet('web-1'),
    pod('web-1-a'),
    pod('web-1-b'),
    pod('web-1-c'),
  ];
  const told: string[] = [];
  let memory = known;
  for (const seconds of [0, 1, 59, 60, 299, 300]) {
    const { snapshot, remembered } = assessed(objects, {}, memory, at(seconds));
    memory = remembered;
    const { state, cause } = snapshot.verdict;
    told.push(`${seconds} ${state} ${cause?.severity}: ${cause?.message}`);
  }
  const rest = 'its controller, the status is of generation 1';
  assert.deepEqual(told, [
    '0 Healthy undefined: undefined',
    `1 Progressing info: Generation 2 waits for ${rest}`,
    `59 Progressing info: Generation 2 waits for ${rest}`,
    `60 Progressing warning: Generation 2 is not picked up by ${rest}`,
    `299 Progressing warning: Generation 2 is not picked up by ${rest}`,
    `300 Degraded critical: Generation 2 is not picked up by ${rest}`,
  ]);
});

test('a workload that is deleted and made anew has no past', () => {
  const before = assessed(
    [deployment(), replicaSet('web-1'), pod('web-1-a'), pod('web-1-b'), pod('web-1-c')],
    {},
    {},
    noon,
  );
  const anew = {
    ...deployment({
      createdAgo: since(60),
      progressing: { reason: 'NewReplicaSetCreated', updatedAgo: since(60) },
      available: { status: 'False', sinceAgo: since(60) },
      status: { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 },
    }),
  };
  const renamed: Raw = { ...anew, metadata: { ...(anew['metadata'] as Raw), uid: 'uid-of-the-new' } };
  const { snapshot } = assessed([renamed], {}, before.remembered, at(62));
  assert.equal(snapshot.verdict.state, 'Progressing');
});

test('scaling up from zero is a start and no outage, until its pods are late', () => {
  const idle = [deployment({ replicas: 0 }), replicaSet('web-1')];
  const up = (created: number) => [
    deployment({
      replicas: 1,
      generation: 2,
      status: { replicas: 1, updatedReplicas: 1, readyReplicas: 0, availableReplicas: 0 },
      available: { status: 'False', sinceAgo: since(created) },
    }),
    replicaSet('web-1'),
    pod('web-1-a', { createdAgo: since(created), readyAgo: null }),
  ];
  const told = play(
    [
      { seconds: 0, objects: idle },
      { seconds: 30, objects: up(30) },
    ],
    1000,
    known,
  );
  assert.deepEqual(
    told.map(({ seconds, state }) => `${seconds} ${state}`),
    ['0 Idle', '30 Progressing', '150 Down'],
  );
});

test('replicas that start explain an outage only until the ones without a pod are late', () => {
  const told = play(
    [
      {
        seconds: 0,
        objects: [
          deployment({
            replicas: 2,
            status: { replicas: 1, updatedReplicas: 1, readyReplicas: 0, availableReplicas: 0 },
            available: { status: 'False', sinceAgo: 0 },
          }),
          replicaSet('web-1'),
          pod('web-1-a', { createdAgo: 1, readyAgo: null }),
        ],
      },
    ],
    100,
  );
  assert.deepEqual(lines(told), ['0 Down Starting', '60 Down CauseUnknown']);
});

test('pods that all went are an outage, also while the controller is down that would count and replace them', () => {
  const objects = [deployment({ replicas: 2 }), replicaSet('web-1')];
  const told = play(
    [
      { seconds: 0, objects: [...objects, pod('web-1-a'), pod('web-1-b')] },
      { seconds: 30, objects },
    ],
    200,
    known,
  );
  assert.deepEqual(lines(told), ['0 Healthy', '30 Down Starting', '90 Down CauseUnknown']);
});

test('a change of the spec is one step and no two, while the controller has not looked at it yet', () => {
  const pods = (count: number) => Array.from({ length: count }, (_, index) => pod(`web-1-${index}`));
  const scaled = (replicas: number, generation: number, observedGeneration: number, counted: number) =>
    deployment({
      replicas,
      generation,
      observedGeneration,
      status: {
        replicas: counted,
        updatedReplicas: counted,
        readyReplicas: counted,
        availableReplicas: counted,
      },
    });
  const told = play(
    [
      { seconds: 0, objects: [scaled(3, 1, 1, 3), replicaSet('web-1'), ...pods(3)] },
      { seconds: 10, objects: [scaled(2, 2, 1, 3), replicaSet('web-1'), ...pods(3)] },
      { seconds: 10.1, objects: [scaled(2, 2, 2, 2), replicaSet('web-1'), ...pods(2)] },
      { seconds: 20, objects: [scaled(4, 3, 2, 2), replicaSet('web-1'), ...pods(2)] },
      { seconds: 20.1, objects: [scaled(4, 3, 3, 2), replicaSet('web-1'), ...pods(2)] },
      { seconds: 21, objects: [scaled(4, 3, 3, 4), replicaSet('web-1'), ...pods(4)] },
    ],
    60,
    known,
  );
  assert.deepEqual(lines(told), ['0 Healthy', '20 Progressing Starting', '21 Healthy']);
});

test('a change of a broken workload does not end its incident before the controller has looked at it', () => {
  const broken = (generation: number) => [
    deployment({ replicas: 2, generation, observedGeneration: 1, status: { readyReplicas: 1, availableReplicas: 1 } }),
    replicaSet('web-1'),
    pod('web-1-a'),
    ...reported(pod('web-1-b'), (one) => crashLoopBackOff(one, { at: at(-30), restarts: 5 })),
  ];
  const told = play(
    [
      { seconds: 0, objects: broken(1) },
      { seconds: 10, objects: broken(2) },
      { seconds: 10.5, objects: broken(1) },
    ],
    60,
    known,
  );
  assert.deepEqual(lines(told), ['0 Degraded CrashLoop']);
});

test('a workload that was just made starts, and waits for its controller only after that', () => {
  const made = deployment({
    createdAgo: since(0),
    progressing: null,
    available: null,
    status: { observedGeneration: 0, replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 },
  });
  const told = play([{ seconds: 0.4, objects: [made] }], 10);
  assert.deepEqual(lines(told), ['0.4 Progressing Starting', '2.4 Progressing ControllerNotActing']);
});

test('what refused a withdrawn ReplicaSet is past, though no pod was made since', () => {
  const objects = [
    deployment({
      generation: 3,
      revision: 3,
      status: { replicas: 3, updatedReplicas: 3, readyReplicas: 2, availableReplicas: 2 },
      progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 1 },
    }),
    replicaSet('web-1', { revision: 3 }),
    replicaSet('web-2', { revision: 2, createdAgo: 300 }),
    pod('web-1-a'),
    pod('web-1-b'),
    pod('web-1-c', { createdAgo: 1, readyAgo: null }),
    event(
      'web-2',
      'FailedCreate',
      'Error creating: pods "web-2-" is forbidden: no PriorityClass with name gold was found',
      {
        lastAgo: 20,
      },
    ),
  ];
  const { verdict, causes } = assessed(objects).snapshot;
  assert.deepEqual([verdict.state, verdict.cause?.code], ['Progressing', 'RollbackRunning']);
  assert.deepEqual(
    causes.filter(({ code }) => code === 'MissingClass'),
    [],
  );
});

test('replicas that a scale-up adds are not lost, also while pods of the update before still end', () => {
  const quota =
    'Error creating: pods "web-1-" is forbidden: exceeded quota: cap, requested: pods=1, used: pods=3, limited: pods=3';
  const objects = [
    deployment({ replicas: 5, status: { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 } }),
    replicaSet('web-1'),
    pod('web-1-a'),
    pod('web-1-b'),
    pod('web-1-c'),
    pod('web-0-a', { deletedAgo: -20 }),
    event('web-1', 'FailedCreate', quota, { lastAgo: 5 }),
  ];
  const { verdict, causes } = assessed(objects, {}, { ...known, fullOf: 3 }).snapshot;
  assert.deepEqual([verdict.state, verdict.cause?.code], ['Degraded', 'QuotaExceeded']);
  assert.deepEqual(
    causes.filter(({ code }) => code === 'RegressionAfterRollout'),
    [],
  );
});

test('a rollback began with what it made, not with the pods that were there before the update', () => {
  const objects = [
    deployment({
      generation: 3,
      revision: 3,
      progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 2 },
      status: { replicas: 3, updatedReplicas: 3, readyReplicas: 2, availableReplicas: 2 },
    }),
    replicaSet('web-1', { revision: 3, createdAgo: 9000 }),
    replicaSet('web-2', { revision: 2, createdAgo: 300 }),
    pod('web-1-a', { createdAgo: 9000 }),
    pod('web-1-b', { createdAgo: 9000 }),
  ];
  const since = (extra: readonly Raw[]) => {
    const { cause, since: began } = assessed([...objects, ...extra]).snapshot.verdict;
    return [cause?.code, cause?.since, began];
  };
  const made = pod('web-1-c', { createdAgo: 5, readyAgo: null });
  assert.deepEqual(since([made]), ['RollbackRunning', agoMs(5), agoMs(5)]);
  assert.deepEqual(since([]), ['RollbackRunning', agoMs(2), agoMs(2)], 'the last word of the controller');
});

test('a first rollout replaces nothing, also when its pods are ahead of the status', () => {
  const objects = [
    deployment({
      createdAgo: 3,
      replicas: 2,
      progressing: { reason: 'NewReplicaSetCreated', updatedAgo: 3 },
      available: { status: 'False', sinceAgo: 3 },
      status: { replicas: 2, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 },
    }),
    replicaSet('web-1', { createdAgo: 3 }),
    pod('web-1-a', { createdAgo: 2, readyAgo: 0 }),
    pod('web-1-b', { createdAgo: 2, readyAgo: 0 }),
  ];
  const { state, cause } = assessed(objects).snapshot.verdict;
  assert.deepEqual(
    [state, cause?.code, cause?.message],
    ['Progressing', 'Starting', 'All 2 replicas are available; the controller has yet to count them'],
  );
});

test('numbers without a generation beside them were cut out of an answer: the pods speak, after the first minute', () => {
  const cut = (object: Raw): Raw => {
    const { observedGeneration: _, ...status } = object['status'] as Raw;
    return { ...object, status };
  };
  const members = [0, 1, 2].map((ordinal) => pod(`db-${ordinal}`, { of: 'db', ownerKind: 'StatefulSet' }));
  const agents = ['node-1', 'node-2', 'node-3'].map((node) =>
    pod(`agent-${node}`, { of: 'agent', ownerKind: 'DaemonSet', node }),
  );
  const rows: readonly (readonly [string, readonly Raw[]])[] = [
    ['Deployment', [cut(deployment()), replicaSet('web-1'), pod('web-1-a'), pod('web-1-b'), pod('web-1-c')]],
    ['StatefulSet', [cut(statefulSet()), ...members]],
    ['DaemonSet', [cut(daemonSet()), ...agents]],
    ['a Deployment alone', [cut(deployment())]],
  ];
  for (const [what, objects] of rows) {
    const overrides =
      objects.length === 1 ? { supplied: { pods: false, replicaSets: false, events: false, services: false } } : {};
    const { state, cause } = assessed(objects, overrides).snapshot.verdict;
    assert.deepEqual([what, state, cause], [what, 'Healthy', null]);
  }
  const young = [cut(statefulSet({ createdAgo: 30 })), ...members];
  assert.deepEqual(lines(play([{ seconds: 0, objects: young }], 100)), [
    '0 Progressing ControllerNotActing',
    '30 Healthy',
  ]);
});

test('an update that stands does not move again because another pod is lost', () => {
  const [first] = updateOf([3], 300);
  assert.ok(first !== undefined);
  const lost = reported(daemon(1, '1', -9000, -8990), (one) => readinessFailing(one, { at: at(700) }))[0];
  const nameOf = (one: Raw | undefined) => (one?.['metadata'] as Raw | undefined)?.['name'];
  const worse = first.objects.map((one) => (nameOf(one) === 'agent-1-1' ? lost : one));
  const told = play([first, { seconds: 700, objects: worse }], 2000, agentKnown);
  const after = told.filter(({ seconds }) => seconds >= 600);
  assert.deepEqual([...new Set(after.map(({ state }) => state))], ['Degraded'], JSON.stringify(lines(told)));
});

test('an update that may take the only pod away is a planned gap, and one that lost all is starting', () => {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } };
  const updating = (replicas: number) => [
    deployment({
      replicas,
      generation: 2,
      revision: 2,
      strategy,
      progressing: { reason: 'ReplicaSetUpdated', updatedAgo: 3 },
      available: { status: replicas === 1 ? 'True' : 'False', sinceAgo: replicas === 1 ? day : 3 },
      status: { replicas, updatedReplicas: 1, readyReplicas: 0, availableReplicas: 0 },
    }),
    replicaSet('web-1'),
    replicaSet('web-2', { revision: 2, createdAgo: 5 }),
    pod('web-2-a', { of: 'web-2', createdAgo: 3, readyAgo: null }),
  ];
  const told = (objects: readonly Raw[]) => {
    const { state, rollout, cause } = assessed(objects, {}, known).snapshot.verdict;
    return [state, rollout.phase, cause?.code, cause?.message];
  };
  assert.deepEqual(told(updating(1)), [
    'Down',
    'advancing',
    'RecreateGap',
    'Planned gap: the update (maxUnavailable 1, maxSurge 0) ended the old pod, 1 new one not available yet',
  ]);
  const crashing = reported(pod('web-1-a'), (one) => crashLoopBackOff(one, { at: agoMs(3), restarts: 1 }));
  assert.equal(told([...updating(1), ...crashing])[2], 'CrashLoop');
  assert.deepEqual(told(updating(2)), [
    'Down',
    'advancing',
    'Starting',
    '2 of 2 replicas are starting, 1 of them without a pod so far',
  ]);
});

test('a rollback is an update until its pods are there, though the controller calls it complete before', () => {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } };
  const sets = [replicaSet('web-1', { revision: 3 }), replicaSet('web-2', { revision: 2, createdAgo: 600 })];
  const undone = (available: number) =>
    deployment({
      replicas: 1,
      generation: 3,
      revision: 3,
      strategy,
      status: { replicas: 1, updatedReplicas: 1, readyReplicas: available, availableReplicas: available },
    });
  const told = play(
    [
      { seconds: 10, objects: [undone(0), ...sets, pod('web-1-b', { createdAgo: since(9), readyAgo: null })] },
      { seconds: 20, objects: [undone(1), ...sets, pod('web-1-b', { createdAgo: since(9), readyAgo: since(19) })] },
    ],
    60,
    { ...known, progressMark: '2/1/1/1' },
  );
  assert.deepEqual(lines(told), ['10 Down RecreateGap', '20 Healthy']);
});

test('a replica on a lost node stays missing while its pod is moved away: a StatefulSet makes no other', () => {
  const member = (ordinal: number) =>
    pod(`db-${ordinal}`, { of: 'db', ownerKind: 'StatefulSet', node: `node-${ordinal}` });
  const set = statefulSet({ status: { readyReplicas: 2, availableReplicas: 2 } });
  const [lost] = reported(member(2), (one) => nodeLost(one, { at: at(0) }));
  assert.ok(lost !== undefined);
  const status = lost['status'] as Raw;
  const moved = {
    ...lost,
    metadata: { ...(lost['metadata'] as Raw), deletionTimestamp: new Date(at(340)).toISOString() },
    status: {
      ...status,
      conditions: [
        ...(status['conditions'] as readonly Raw[]),
        {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'DeletionByTaintManager',
          message: 'Taint manager: deleting due to NoExecute taint',
          lastTransitionTime: new Date(at(310)).toISOString(),
        },
      ],
    },
  };
  const told = play(
    [
      { seconds: 0, objects: [set, member(0), member(1), lost] },
      { seconds: 310, objects: [set, member(0), member(1), moved] },
      {
        seconds: 900,
        objects: [
          statefulSet(),
          member(0),
          member(1),
          pod('db-2', { of: 'db', ownerKind: 'StatefulSet', createdAgo: since(880), readyAgo: since(890) }),
        ],
      },
    ],
    1000,
    { ...known, uid: 'uid-db' },
  );
  assert.deepEqual(lines(told), ['0 Degraded NodeLost', '460 Degraded StuckOnLostNode', '900 Healthy']);
});

test('a node that is lost is no place where a pod of a DaemonSet should not be', () => {
  const agents = [1, 2, 3].map((node) => daemon(node, '1', -9000, -8990));
  const [lost] = reported(daemon(4, '1', -9000, -8990), (one) => nodeLost(one, { at: agoMs(20) }));
  const set = (misscheduled: number) =>
    daemonSet({ desired: 3, status: { numberMisscheduled: misscheduled, numberReady: 3, numberAvailable: 3 } });
  const { verdict, causes } = assessed([set(1), ...agents, ...(lost === undefined ? [] : [lost])]).snapshot;
  assert.deepEqual([verdict.state, verdict.cause], ['Healthy', null]);
  assert.deepEqual(
    causes.map(({ code, pods }) => [code, pods]),
    [['NodeLost', 1]],
  );
  // Another one that is there without a right is told as before.
  const both = assessed([set(2), ...agents, daemon(5, '1', -9000, -8990), ...(lost === undefined ? [] : [lost])]);
  assert.deepEqual(
    both.snapshot.causes.map(({ code, pods }) => [code, pods]),
    [
      ['NodeLost', 1],
      ['DaemonPodsMisscheduled', 1],
    ],
  );
});

test('an update of a DaemonSet begins when it is seen, not with the old pods', () => {
  const agents = [1, 2, 3].map((node) => daemon(node, '1', -9000, -8990));
  const set = daemonSet({ desired: 3, generation: 2, status: { updatedNumberScheduled: 0 } });
  const { verdict } = assessed(
    [set, ...agents],
    {},
    { ...agentKnown, stateSinceAt: agoMs(8000), progressMark: '1/3/3/3' },
    at(5),
  ).snapshot;
  assert.deepEqual([verdict.state, verdict.cause?.code, verdict.since], ['Progressing', 'RollingUpdateRunning', at(5)]);
});

test('a first start that ended while nobody watched is over: what is missing afterwards is an outage', () => {
  const objects = [
    deployment({
      replicas: 1,
      createdAgo: 7200,
      status: { readyReplicas: 0, availableReplicas: 0 },
      available: { status: 'True', sinceAgo: 7000 },
      progressing: { reason: 'NewReplicaSetAvailable', updatedAgo: 7000 },
    }),
    replicaSet('web-1', { createdAgo: 7200 }),
    unscheduled('web-1-b', '0/3 nodes are available: 3 Insufficient cpu.', 30, { of: 'web-1', node: null }),
  ];
  const starting: Remembered = {
    uid: 'uid-web',
    state: 'Progressing',
    stateSinceAt: agoMs(7190),
    hadPods: true,
    wasAvailable: false,
    wasFull: false,
  };
  assert.deepEqual(lines(play([{ seconds: 0, objects }], 60, starting)), ['0 Down UnschedulableResources']);
});

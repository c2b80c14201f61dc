import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Remembered } from '../../health/verdict.ts';
import type { Assessment } from '../../health/assess.ts';
import { evicted } from '../cluster/kubelet-status.ts';
import { assessed, reported } from './assessed.ts';
import { agoMs, daemonSet, day, deployment, noon, pod, type Raw, replicaSet, statefulSet } from './objects.ts';
import { type Streams, walk } from './walk.ts';

/**
 * What happens to a workload beside a plain update, walked in every order in which its watches can deliver it: what is
 * said on the way, and the rollouts that are on record at the end.
 */

const served: Remembered = {
  state: 'Healthy',
  stateSinceAt: agoMs(9000),
  wasAvailable: true,
  wasFull: true,
  hadPods: true,
  lastProgressAt: agoMs(9000),
};

interface Told {
  /** `state cause` of every look, sorted. */
  readonly words: readonly string[];
  /** `revision outcome` at the end, in the order of their beginnings; each way of getting there. */
  readonly rollouts: readonly string[];
  /** What was said and taken back: `A, B, A`. */
  readonly flickers: readonly string[];
  /** Rollouts that were said to be over while this was so. */
  readonly over: readonly string[];
}

function told(
  streams: Streams,
  remembered: Remembered = served,
  from = 0,
  isServing?: (pods: number) => boolean,
): Told {
  const words = new Set<string>();
  const rollouts = new Set<string>();
  const flickers = new Set<string>();
  const over = new Set<string>();
  for (const restarts of [false, true]) {
    walk({ ...streams, restarts }, remembered, (look) => {
      if (look.arrived.workload >= from) words.add(look.word);
      if (look.isLast) rollouts.add(look.rollouts.join(', '));
      const newest = look.rollouts.at(-1) ?? '';
      if (look.rollouts.length > 1 && newest.endsWith('complete') && isServing?.(look.arrived.pods) === false)
        over.add(look.path);
      const said = look.path.split(' ').map((one) => one.slice(one.indexOf(':') + 1, one.lastIndexOf('/')));
      const turns = said.filter((one, index) => one !== said[index - 1]);
      const [a, b, c] = turns.slice(-3);
      const isDone = c?.startsWith('Healthy') === true && isServing?.(look.arrived.pods) !== false;
      if (a === c && a !== undefined && !isDone) flickers.add(`${a}, ${b}, ${c}`);
    });
  }
  return {
    words: [...words].sort(),
    rollouts: [...rollouts].sort(),
    flickers: [...flickers].sort(),
    over: [...over].slice(0, 3),
  };
}

const planned = ['Down RecreateGap', 'Healthy -', 'Progressing RollingUpdateRunning'];
const inPlace = ['Healthy -', 'Progressing RollingUpdateRunning'];

// ————— DaemonSets —————

const templateGeneration = (generation: number): Record<string, string> => ({
  'deprecated.daemonset.template.generation': String(generation),
});

/** Its template was changed `generation - 1` times; the controller has looked at the change number `observed`. */
const agent = (
  desired: number,
  [generation, observed]: readonly [generation: number, observed: number],
  [current, updated, available]: readonly [current: number, updated: number, available: number],
  updateStrategy?: Raw,
): Raw =>
  daemonSet({
    desired,
    generation,
    observedGeneration: observed,
    annotations: templateGeneration(generation),
    ...(updateStrategy === undefined ? {} : { updateStrategy }),
    status: {
      currentNumberScheduled: current,
      updatedNumberScheduled: updated,
      numberReady: available,
      numberAvailable: available,
      numberUnavailable: desired - available,
    },
  });

interface Daemon {
  readonly hash: string;
  readonly of: number;
  readonly serves: boolean;
}

const old: Daemon = { hash: 'a', of: 1, serves: true };
const begun: Daemon = { hash: 'b', of: 2, serves: false };
const fresh: Daemon = { hash: 'b', of: 2, serves: true };

const daemons = (places: readonly (Daemon | null)[], name = ''): Raw[] =>
  places.flatMap((one, place) =>
    one === null
      ? []
      : pod(`agent-${one.hash}${place}${name}`, {
          ownerKind: 'DaemonSet',
          of: 'agent',
          hash: one.hash,
          labels: { 'pod-template-generation': String(one.of) },
          createdAgo: one.of === 1 ? day : 0,
          readyAgo: one.serves ? (one.of === 1 ? day : 0) : null,
          node: `node-${place}`,
          pinnedTo: `node-${place}`,
        }),
  );

test('an update of a DaemonSet is told as one from the moment at which its template is another', () => {
  const streams: Streams = {
    workload: [
      agent(1, [1, 1], [1, 1, 1]),
      agent(1, [2, 1], [1, 1, 1]),
      agent(1, [2, 2], [1, 0, 1]),
      agent(1, [2, 2], [0, 0, 0]),
      agent(1, [2, 2], [1, 1, 0]),
      agent(1, [2, 2], [1, 1, 1]),
    ],
    replicaSets: [[]],
    pods: [daemons([old]), [], daemons([begun]), daemons([fresh])],
    podsBefore: [0, 1, 1, 1, 2, 3],
  };
  assert.deepEqual(
    told(streams, { ...served, progressMark: '1/1/1/1' }, 1, (pods) => pods === 3),
    { words: planned, rollouts: ['a complete, b complete'], flickers: [], over: [] },
  );
});

test('an update of a DaemonSet counts no node before it has begun with one', () => {
  for (const observed of [1, 2]) {
    const objects = [agent(2, [2, observed], [2, 2, 2]), ...daemons([old, old])];
    const { rollout, cause } = assessed(objects, {}, { ...served, progressMark: '1/2/2/2' }).snapshot.verdict;
    const message = observed === 1 ? 'Rolling update: 0 of 2 nodes updated' : undefined;
    assert.deepEqual([rollout.updated, cause?.message], [observed === 1 ? 0 : 2, message]);
  }
});

test('an update of a DaemonSet of which nothing served is not over before its pods are there', () => {
  const broken: Daemon = { hash: 'a', of: 1, serves: false };
  const streams: Streams = {
    workload: [
      agent(2, [1, 1], [2, 2, 0]),
      agent(2, [2, 1], [2, 2, 0]),
      agent(2, [2, 2], [2, 0, 0]),
      agent(2, [2, 2], [2, 2, 0]),
      agent(2, [2, 2], [2, 2, 2]),
    ],
    replicaSets: [[]],
    pods: [daemons([broken, broken]), [], daemons([begun, begun]), daemons([fresh, fresh])],
    podsBefore: [0, 0, 1, 2, 3],
  };
  const { over, rollouts } = told(
    streams,
    { ...served, state: 'Down', progressMark: '1/2/0/0' },
    1,
    (pods) => pods === 3,
  );
  assert.deepEqual(over, []);
  assert.deepEqual(rollouts, ['a complete, b complete']);
});

test('the loss of the only pod of a new revision is no way back of its DaemonSet', () => {
  const streams: Streams = {
    workload: [
      agent(3, [1, 1], [3, 3, 3]),
      agent(3, [2, 2], [3, 0, 3]),
      agent(3, [2, 2], [3, 1, 2]),
      agent(3, [2, 2], [2, 0, 2]),
      agent(3, [2, 2], [3, 1, 2]),
      agent(3, [2, 2], [3, 3, 3]),
    ],
    replicaSets: [[]],
    pods: [
      daemons([old, old, old]),
      daemons([old, old, null]),
      daemons([old, old, begun]),
      daemons([old, old, null]),
      daemons([old, old, begun], '-again'),
      daemons([fresh, fresh, fresh]),
    ],
    podsBefore: [0, 1, 2, 3, 4, 5],
    together: 1,
  };
  assert.deepEqual(
    told(streams, { ...served, progressMark: '1/3/3/3' }, 1, (pods) => pods === 5),
    { words: inPlace, rollouts: ['a complete, b complete'], flickers: [], over: [] },
  );
});

// ————— to zero and back —————

const idle: Remembered = {
  state: 'Idle',
  stateSinceAt: agoMs(600),
  wasAvailable: true,
  wasFull: true,
  hadPods: true,
  fullOf: 2,
};

const db = (replicas: number, status: Raw, options: Raw = {}): Raw =>
  statefulSet({ replicas, revisions: { current: 'a', update: 'a' }, status, ...options });
const members = (...serving: readonly (boolean | null)[]): Raw[] =>
  serving.flatMap((serves, ordinal) =>
    serves === null
      ? []
      : pod(`db-${ordinal}`, {
          ownerKind: 'StatefulSet',
          of: 'db',
          hash: 'a',
          createdAgo: serves ? day : 0,
          readyAgo: serves ? day : null,
        }),
  );
const web = (replicas: number, all: number, ready: number): Raw =>
  deployment({
    replicas,
    progressing: { reason: 'NewReplicaSetAvailable', updatedAgo: day },
    status: { replicas: all, updatedReplicas: all, readyReplicas: ready, availableReplicas: ready },
  });
const replicas = (...serving: readonly boolean[]): Raw[] =>
  serving.map((serves, index) =>
    pod(`web-1-${index}${serves ? '' : '-new'}`, { createdAgo: serves ? day : 0, readyAgo: serves ? day : null }),
  );
const counts = (all: number, ready: number): Raw => ({
  replicas: all,
  readyReplicas: ready,
  availableReplicas: ready,
  currentReplicas: all,
  updatedReplicas: all,
});

const fromZero: readonly { readonly name: string; readonly streams: Streams }[] = [
  {
    name: 'a Deployment',
    streams: {
      workload: [web(0, 0, 0), web(2, 0, 0), web(2, 2, 0)],
      replicaSets: [[replicaSet('web-1')]],
      pods: [[], replicas(false), replicas(false, false)],
    },
  },
  {
    name: 'a StatefulSet',
    streams: {
      workload: [db(0, counts(0, 0)), db(2, counts(0, 0)), db(2, counts(1, 0))],
      replicaSets: [[]],
      pods: [[], members(false)],
    },
  },
  {
    name: 'a DaemonSet',
    streams: {
      workload: [agent(0, [1, 1], [0, 0, 0]), agent(1, [1, 1], [1, 1, 0]), agent(2, [1, 1], [2, 2, 0])],
      replicaSets: [[]],
      pods: [[], daemons([begun]), daemons([begun, begun])],
    },
  },
];

for (const { name, streams } of fromZero) {
  test(`${name} that comes back from zero starts, whichever watch is ahead`, () => {
    const { words, flickers } = told(streams, idle);
    assert.deepEqual({ words, flickers }, { words: ['Idle -', 'Progressing Starting'], flickers: [] });
  });
}

const backAgain: readonly { readonly name: string; readonly streams: Streams }[] = [
  {
    name: 'a Deployment',
    streams: {
      workload: [web(2, 2, 2), web(0, 2, 2), web(0, 0, 0), web(2, 0, 0), web(2, 2, 0)],
      replicaSets: [[replicaSet('web-1')]],
      pods: [replicas(true, true), [], replicas(false, false)],
      podsBefore: [0, 0, 1, 2, 2],
      together: 1,
    },
  },
  {
    name: 'a StatefulSet',
    streams: {
      workload: [db(2, counts(2, 2)), db(0, counts(2, 2)), db(2, counts(0, 0)), db(2, counts(1, 0))],
      replicaSets: [[]],
      pods: [members(true, true), members(true), [], members(false)],
      podsBefore: [0, 1, 3, 3],
      together: 1,
    },
  },
];

for (const { name, streams } of backAgain) {
  test(`${name} that is wanted again before it came to rest at zero starts`, () => {
    const { words } = told(streams, { ...served, fullOf: 2 }, 1);
    assert.deepEqual(
      words.filter((word) => word.startsWith('Down')),
      [],
    );
  });
}

// ————— what is said beside the cause —————

const onDelete = { type: 'OnDelete' };
const partitioned = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
const member = (ordinal: number, hash: string, serves = true): Raw =>
  pod(`db-${ordinal}`, {
    ownerKind: 'StatefulSet',
    of: 'db',
    hash,
    createdAgo: serves ? day : 1,
    readyAgo: serves ? day : null,
  });
const changed = (updateStrategy: Raw, numbers: Raw): Raw =>
  statefulSet({ replicas: 2, revisions: { current: 'a', update: 'b' }, updateStrategy, status: numbers });

const heldBack: readonly { readonly name: string; readonly objects: readonly Raw[]; readonly says: string }[] = [
  {
    name: 'a deleted pod of a StatefulSet with OnDelete',
    objects: [changed(onDelete, { readyReplicas: 1, updatedReplicas: 1 }), member(0, 'a'), member(1, 'b', false)],
    says: 'Progressing Starting, HeldByOnDelete',
  },
  {
    name: 'a lost pod of a StatefulSet with a partition',
    objects: [changed(partitioned, { readyReplicas: 1, updatedReplicas: 1 }), member(0, 'a'), member(1, 'b', false)],
    says: 'Progressing Starting, HeldByPartition',
  },
  {
    name: 'a deleted pod of a DaemonSet with OnDelete',
    objects: [agent(2, [2, 2], [2, 1, 1], onDelete), ...daemons([old, begun])],
    says: 'Progressing Starting, HeldByOnDelete',
  },
  {
    name: 'a misplaced pod of a DaemonSet beside one that starts',
    objects: [
      daemonSet({
        desired: 2,
        status: { currentNumberScheduled: 2, numberMisscheduled: 1, numberReady: 1, numberAvailable: 1 },
      }),
      ...daemons([old, { ...old, of: 2, serves: false }, old]),
    ],
    says: 'Progressing Starting, DaemonPodsMisscheduled',
  },
];

for (const { name, objects, says } of heldBack) {
  test(`${name} is told by what is missing, and what is held on purpose beside it`, () => {
    const { verdict, causes } = assessed(objects, {}, served).snapshot;
    const beside = causes.filter(({ code }) => code.startsWith('Held') || code === 'DaemonPodsMisscheduled');
    assert.equal(`${verdict.state} ${[verdict.cause, ...beside].map((cause) => cause?.code).join(', ')}`, says);
  });
}

test('a paused Deployment that is scaled waits for no change', () => {
  const paused = (generation: number, wanted: number, all: number, ready: number): Raw =>
    deployment({
      replicas: wanted,
      generation,
      observedGeneration: generation,
      paused: true,
      progressing: { reason: 'DeploymentPaused', status: 'Unknown', updatedAgo: 3600 },
      status: { replicas: all, updatedReplicas: all, readyReplicas: ready, availableReplicas: ready },
    });
  const streams: Streams = {
    workload: [paused(1, 1, 1, 1), paused(2, 3, 1, 1), paused(2, 3, 3, 1), paused(2, 3, 3, 3), paused(3, 2, 3, 3)],
    replicaSets: [[replicaSet('web-1')]],
    pods: [replicas(true), replicas(true, false, false), replicas(true, true, true)],
    podsBefore: [0, 0, 1, 2, 2],
  };
  assert.deepEqual(told(streams), {
    words: ['Healthy -', 'Progressing Starting'],
    rollouts: ['1 complete'],
    flickers: [],
    over: [],
  });
});

test('a pod that was evicted and replaced explains no later loss, and a fresh eviction does', () => {
  const refused = (name: string, endedAgo: number): Raw[] =>
    reported(pod(name, { createdAgo: day }), (one) => evicted(one, { at: agoMs(endedAgo) })).slice(0, 1);
  const serving = pod('web-1-b', { createdAgo: 3500 });
  const one = [deployment({ replicas: 1 }), replicaSet('web-1')];
  const [first, second] = [refused('web-1-a', 3600), refused('web-1-b', 0)];
  const word = ({ snapshot }: Assessment): string => `${snapshot.verdict.state} ${snapshot.verdict.cause?.code ?? '-'}`;

  const replaced = assessed([...one, ...first, serving], {}, { ...served, fullOf: 1 }, noon - 1000);
  const gone = assessed([...one, ...first], {}, replaced.remembered);
  const evictedAgain = assessed([...one, ...first, ...second], {}, replaced.remembered);
  assert.deepEqual([replaced, gone, evictedAgain].map(word), [
    'Healthy -',
    'Down Starting',
    'Down EvictedNodePressure',
  ]);
  assert.equal(evictedAgain.snapshot.verdict.cause?.since, noon);
  // Who sees it for the first time cannot know.
  assert.equal(word(assessed([...one, ...first])), 'Down EvictedNodePressure');
});

// ————— an update that another one overtakes —————

const recreate = { type: 'Recreate' };
const surge = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };

/** Replicas, updated and available as the controller last counted them. */
const revised = (
  strategy: Raw,
  [generation, observed]: readonly [generation: number, observed: number],
  revision: number,
  [all, updated, available]: readonly [all: number, updated: number, available: number],
  reason = revision === 1 ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
  options: Raw = {},
): Raw =>
  deployment({
    replicas: 1,
    generation,
    observedGeneration: observed,
    revision,
    strategy,
    progressing: { reason, updatedAgo: reason === 'NewReplicaSetAvailable' ? 9000 : 0 },
    status: { replicas: all, updatedReplicas: updated, readyReplicas: available, availableReplicas: available },
    ...options,
  });
const sets = (...revisions: readonly number[]): Raw[] =>
  revisions.map((revision) =>
    replicaSet(`web-${revision}`, { revision, createdAgo: revision === 1 ? day : 3 - revision }),
  );
const podOf = (revision: number, serves: boolean): Raw =>
  pod(`web-${revision}-x`, {
    of: `web-${revision}`,
    createdAgo: revision === 1 ? day : 0,
    readyAgo: serves ? (revision === 1 ? day : 0) : null,
  });

const overtaken: readonly { readonly name: string; readonly streams: Streams; readonly words: readonly string[] }[] = [
  {
    name: 'Recreate',
    streams: {
      workload: [
        revised(recreate, [1, 1], 1, [1, 1, 1]),
        revised(recreate, [2, 2], 2, [1, 1, 0]),
        revised(recreate, [3, 2], 2, [1, 1, 0]),
        revised(recreate, [3, 3], 3, [0, 0, 0]),
        revised(recreate, [3, 3], 3, [1, 1, 0]),
        revised(recreate, [3, 3], 3, [1, 1, 1]),
      ],
      replicaSets: [sets(1), sets(1, 2), sets(1, 2, 3)],
      pods: [[podOf(1, true)], [], [podOf(2, false)], [], [podOf(3, false)], [podOf(3, true)]],
      podsBefore: [0, 2, 2, 3, 4, 5],
      together: 2,
    },
    words: ['Down RecreateGap', 'Healthy -', 'Progressing RollingUpdateRunning'],
  },
  {
    name: 'a surge',
    streams: {
      workload: [
        revised(surge, [1, 1], 1, [1, 1, 1]),
        revised(surge, [2, 2], 2, [2, 1, 1]),
        revised(surge, [3, 2], 2, [2, 1, 1]),
        revised(surge, [3, 3], 3, [2, 1, 1]),
        revised(surge, [3, 3], 3, [1, 1, 1]),
      ],
      replicaSets: [sets(1), sets(1, 2), sets(1, 2, 3)],
      pods: [
        [podOf(1, true)],
        [podOf(1, true), podOf(2, false)],
        [podOf(1, true), podOf(3, false)],
        [podOf(1, true), podOf(3, true)],
        [podOf(3, true)],
      ],
      podsBefore: [0, 1, 1, 2, 4],
    },
    words: ['Healthy -', 'Progressing RollingUpdateRunning'],
  },
];

for (const { name, streams, words } of overtaken) {
  test(`an update by ${name} that another one overtakes is one gap and two rollouts`, () => {
    const said = told(streams, { ...served, fullOf: 1, progressMark: '1/1/1/1' }, 1);
    assert.deepEqual(said.words, words);
    assert.deepEqual(
      said.rollouts.filter((one) => !['1 complete, 2 superseded, 3 complete', '1 complete, 3 complete'].includes(one)),
      [],
    );
  });
}

test('a StatefulSet that comes back from zero is no update', () => {
  const generation = (wanted: number, observed: number): Raw => ({ generation: wanted, observedGeneration: observed });
  const streams: Streams = {
    workload: [
      db(2, counts(2, 2)),
      db(0, counts(2, 2), generation(2, 1)),
      db(0, counts(0, 0), generation(2, 2)),
      db(3, counts(0, 0), generation(3, 2)),
      db(3, counts(1, 0), generation(3, 3)),
      db(3, counts(3, 3), generation(3, 3)),
    ],
    replicaSets: [[]],
    pods: [members(true, true), members(true), [], members(false), members(true, false), members(true, true, true)],
    podsBefore: [0, 0, 2, 2, 3, 5],
    together: 1,
  };
  const { words } = told(streams, { ...served, fullOf: 2, progressMark: 'a/2/2/2/2' }, 1);
  assert.deepEqual(words, ['Healthy -', 'Idle -', 'Progressing ScaledToZero', 'Progressing Starting']);
});

// ————— a status that is ahead of the pods —————

const firstStatus = (observed: number, counted: readonly [all: number, ready: number], reason: string): Raw =>
  deployment({
    replicas: 2,
    createdAgo: 0,
    generation: 1,
    observedGeneration: observed,
    progressing: reason === '' ? null : { reason, updatedAgo: 0 },
    available: reason === '' ? null : { status: counted[1] === 2 ? 'True' : 'False', sinceAgo: 0 },
    status: {
      replicas: counted[0],
      updatedReplicas: counted[0],
      readyReplicas: counted[1],
      availableReplicas: counted[1],
    },
  });
const newborn = (...serving: readonly boolean[]): Raw[] =>
  serving.map((serves, index) => pod(`web-1-${index}`, { createdAgo: 0, readyAgo: serves ? 0 : null }));

test('the first start of a Deployment is one, also while its status is ahead of its pods', () => {
  const streams: Streams = {
    workload: [
      firstStatus(0, [0, 0], ''),
      firstStatus(1, [0, 0], 'NewReplicaSetCreated'),
      firstStatus(1, [2, 0], 'ReplicaSetUpdated'),
      firstStatus(1, [2, 2], 'NewReplicaSetAvailable'),
    ],
    replicaSets: [[], [replicaSet('web-1', { createdAgo: 0 })]],
    pods: [[], newborn(false, false), newborn(true, false), newborn(true, true)],
  };
  const { words, flickers } = told(streams, {});
  assert.deepEqual({ words, flickers }, { words: ['Healthy -', 'Progressing Starting'], flickers: [] });
});

test('a workload that adopts the pods of the one before it starts until they are seen to be its own', () => {
  const adopted = (owner: string): Raw[] =>
    daemons([old, old]).map((raw) => {
      const metadata = raw['metadata'] as Raw;
      const [reference] = metadata['ownerReferences'] as readonly Raw[];
      return { ...raw, metadata: { ...metadata, ownerReferences: [{ ...reference, uid: owner }] } };
    });
  const made = (observed: number, counted: readonly [number, number, number]): Raw => {
    const raw = agent(2, [1, observed], counted);
    return { ...raw, metadata: { ...(raw['metadata'] as Raw), creationTimestamp: new Date(noon).toISOString() } };
  };
  const streams: Streams = {
    workload: [made(0, [0, 0, 0]), made(1, [2, 2, 2])],
    replicaSets: [[]],
    pods: [adopted('uid-of-the-one-before'), adopted('uid-agent')],
  };
  assert.deepEqual(told(streams, {}).words, ['Healthy -', 'Progressing Starting']);
});

test('a Recreate whose beginning was not looked at is planned all the same', () => {
  const done = 'NewReplicaSetAvailable';
  const streams: Streams = {
    workload: [
      revised(recreate, [2, 2], 2, [1, 1, 1], done),
      revised(recreate, [3, 2], 2, [1, 1, 1], done),
      revised(recreate, [3, 3], 2, [1, 0, 1], done),
      revised(recreate, [3, 3], 2, [0, 0, 0], done),
      revised(recreate, [3, 3], 3, [0, 0, 0]),
      revised(recreate, [3, 3], 3, [1, 1, 0]),
      revised(recreate, [3, 3], 3, [1, 1, 1], done),
    ],
    replicaSets: [sets(1, 2), sets(1, 2, 3)],
    pods: [[podOf(2, true)], [], [podOf(3, false)], [podOf(3, true)]],
    podsBefore: [0, 0, 1, 1, 1, 2, 3],
  };
  const { words } = told(streams, { ...served, fullOf: 1, generation: 2, progressMark: '2/1/1/1' }, 1);
  assert.deepEqual(words, ['Down RecreateGap', 'Healthy -', 'Progressing RollingUpdateRunning']);
});

test('an update whose revision has no name so far is neither a first start nor a way back', () => {
  const unnamed = (revision: number, options: Raw = {}): Raw =>
    revised(recreate, [2, 2], revision, [1, 0, 1], 'NewReplicaSetAvailable', options);
  const taken = [replicaSet('web-1', { revision: 3 }), replicaSet('web-2', { revision: 2, createdAgo: 60 })];
  // A first pod of two is gone, and the controller has said nothing: the newest revision was a way back itself.
  const changing = deployment({ replicas: 2, generation: 3, observedGeneration: 2, revision: 3 });
  const twice = [...taken, pod('web-1-y', { deletedAgo: 0 })];
  const word = (objects: readonly Raw[]): string => {
    const memory = { ...served, fullOf: objects[0] === changing ? 2 : 1, progressMark: '3/2/2/2' };
    const { verdict } = assessed(objects, {}, memory).snapshot;
    return `${verdict.state} ${verdict.cause?.message}`;
  };
  assert.deepEqual(
    [
      word([unnamed(1), ...sets(1), podOf(1, true)]),
      word([unnamed(3), ...taken, podOf(1, true)]),
      word([unnamed(1, { observedGeneration: 1, generation: 2 }), ...sets(1), podOf(1, true)]),
      word([changing, ...twice, podOf(1, true)]),
    ],
    [
      ...Array.from({ length: 3 }, () => 'Progressing Rolling update: 0 of 1 updated, 1 available'),
      'Progressing Rolling update: 0 of 2 updated, 1 available',
    ],
  );
});

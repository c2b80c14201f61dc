import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Remembered } from '../../health/verdict.ts';
import { agoMs, daemonSet, day, deployment, pod, type Raw, replicaSet, statefulSet } from './objects.ts';
import { type Streams, walk } from './walk.ts';

const known: Remembered = {
  state: 'Healthy',
  stateSinceAt: agoMs(9000),
  wasAvailable: true,
  wasFull: true,
  hadPods: true,
  fullOf: 2,
  lastProgressAt: agoMs(9000),
};

interface Update {
  readonly name: string;
  readonly replicas: number;
  readonly strategy: Raw;
  /** Revision before and after, with the ReplicaSet that each is of. */
  readonly revisions: readonly [before: number, after: number];
  /** Replicas, updated and available after each status of the controller. */
  readonly counts: readonly (readonly [replicas: number, updated: number, available: number])[];
  /** Pods that serve of the old ReplicaSet, then of the new one, then those of it that start. */
  readonly pods: readonly (readonly [old: number, fresh: number, starting: number])[];
  /** The controller's word on its progress; one that takes up an old ReplicaSet leaves what it said before. */
  readonly progressing: readonly string[];
  readonly words: readonly string[];
}

const noSurge = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } };
const surge = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
const gap: Pick<Update, 'replicas' | 'strategy' | 'counts' | 'pods'> = {
  replicas: 1,
  strategy: noSurge,
  counts: [
    [1, 0, 1],
    [0, 0, 0],
    [1, 1, 0],
    [1, 1, 1],
  ],
  pods: [
    [1, 0, 0],
    [0, 0, 0],
    [0, 0, 1],
    [0, 1, 0],
  ],
};
const inTurn: Pick<Update, 'replicas' | 'strategy' | 'counts' | 'pods'> = {
  replicas: 2,
  strategy: surge,
  counts: [
    [2, 0, 2],
    [3, 1, 2],
    [3, 1, 3],
    [3, 2, 2],
    [2, 2, 2],
  ],
  pods: [
    [2, 0, 0],
    [2, 0, 1],
    [1, 1, 1],
    [1, 2, 0],
    [0, 2, 0],
  ],
};
const left = ['NewReplicaSetAvailable'];
const made = ['NewReplicaSetCreated', 'ReplicaSetUpdated', 'ReplicaSetUpdated', 'NewReplicaSetAvailable'];
const planned = ['Down RecreateGap', 'Healthy -', 'Progressing RollingUpdateRunning'];
const inPlace = ['Healthy -', 'Progressing RollingUpdateRunning'];

const updates: readonly Update[] = [
  { name: 'the way back of one replica', ...gap, revisions: [2, 3], progressing: left, words: planned },
  { name: 'the update of one replica', ...gap, revisions: [1, 2], progressing: made, words: planned },
  { name: 'the way back of two in turn', ...inTurn, revisions: [2, 3], progressing: left, words: inPlace },
  { name: 'the update of two in turn', ...inTurn, revisions: [1, 2], progressing: made, words: inPlace },
];

for (const { name, replicas, strategy, revisions, counts, pods, progressing, words } of updates) {
  test(`however the watches race, ${name} is an update until its pods serve`, () => {
    const [before, after] = revisions;
    const web = (
      generations: readonly [wanted: number, observed: number],
      revision: number,
      reason: string,
      numbers: Update['counts'][number],
    ): Raw => {
      const [all, updatedReplicas, availableReplicas] = numbers;
      return deployment({
        replicas,
        generation: generations[0],
        observedGeneration: generations[1],
        revision,
        strategy,
        progressing: { reason, updatedAgo: reason === 'NewReplicaSetAvailable' ? 9000 : 0 },
        status: { replicas: all, updatedReplicas, readyReplicas: availableReplicas, availableReplicas },
      });
    };
    const still = [replicas, replicas, replicas] as const;
    const isBack = after === 3;
    const [old, fresh] = isBack ? ['web-2', 'web-1'] : ['web-1', 'web-2'];
    const oldSet = replicaSet(old, { revision: before });
    const podsOf = ([serving, done, starting]: Update['pods'][number]): Raw[] => [
      ...Array.from({ length: serving }, (_, index) => pod(`${old}-${index + 1}`, { of: old })),
      ...Array.from({ length: done }, (_, index) =>
        pod(`${fresh}-${index}`, { of: fresh, createdAgo: 0, readyAgo: 0 }),
      ),
      ...Array.from({ length: starting }, (_, index) =>
        pod(`${fresh}-${done + index}`, { of: fresh, createdAgo: 0, readyAgo: null }),
      ),
    ];
    const streams: Streams = {
      workload: [
        web([before, before], before, 'NewReplicaSetAvailable', still),
        web([after, before], before, 'NewReplicaSetAvailable', still),
        web([after, before], after, 'NewReplicaSetAvailable', still),
        ...counts.map((numbers, index) =>
          web([after, after], after, progressing[index] ?? progressing.at(-1) ?? '', numbers),
        ),
      ],
      replicaSets: [
        isBack ? [oldSet, replicaSet(fresh, { revision: 1 })] : [oldSet],
        [oldSet, replicaSet(fresh, { revision: after, createdAgo: isBack ? day : 0 })],
      ],
      pods: pods.map(podsOf),
    };
    const told = new Map<string, string>();
    const early: string[] = [];
    const counted: string[] = [];
    const looks = walk(
      streams,
      { ...known, progressMark: `${before}/${replicas}/${replicas}/${replicas}` },
      ({ arrived, word, phase, path, snapshot }, hasBegun) => {
        const { rollout, cause } = snapshot.verdict;
        // The controller has named the new revision, and the numbers beside it are those of the one before.
        if (arrived.workload === 2 && arrived.pods === 0 && phase !== 'settled' && rollout.updated > 0)
          counted.push(`${path} ${cause?.message}`);
        // Before the change itself arrives, a pod that goes is a loss. Pods are not ahead of it by a whole start.
        if (arrived.workload >= (pods[arrived.pods]?.[1] === 0 ? 1 : 3) && !told.has(word)) told.set(word, path);
        const serves = pods[arrived.pods]?.[1] === replicas;
        if (hasBegun && phase === 'settled' && !serves) early.push(path);
      },
    );
    assert.ok(looks > 500, `only ${looks} looks`);
    assert.deepEqual(early.slice(0, 3), []);
    assert.deepEqual(counted.slice(0, 3), []);
    assert.deepEqual([...told.keys()].sort(), words, JSON.stringify([...told], null, 1));
  });
}

interface InPlace {
  readonly name: string;
  readonly workload: readonly Raw[];
  /** One member for each place: which revision it is of, and whether it serves; null while there is none. */
  readonly pods: readonly (readonly ({ readonly hash: string; readonly serves: boolean } | null)[])[];
  /** Their kinds keep no revision of a pod that is gone: a watch may be behind by one pod, not by all. */
  readonly podsBefore: readonly number[];
  readonly owner: { readonly ownerKind: 'StatefulSet' | 'DaemonSet'; readonly of: string };
  readonly words: readonly string[];
}

const [a, b] = [
  { hash: 'a', serves: true },
  { hash: 'b', serves: true },
];
const begun = { hash: 'b', serves: false };
const oneByOne = [[a], [null], [begun], [b]];
const twoByTwo = [
  [a, a],
  [a, null],
  [a, begun],
  [a, b],
  [null, b],
  [begun, b],
  [b, b],
];

const db = (
  replicas: number,
  generations: readonly [wanted: number, observed: number],
  revisions: readonly [current: string, update: string],
  counts: readonly [all: number, updated: number, available: number],
): Raw =>
  statefulSet({
    replicas,
    generation: generations[0],
    observedGeneration: generations[1],
    revisions: { current: revisions[0], update: revisions[1] },
    status: {
      replicas: counts[0],
      updatedReplicas: counts[1],
      currentReplicas: revisions[0] === revisions[1] ? counts[1] : counts[0] - counts[1],
      readyReplicas: counts[2],
      availableReplicas: counts[2],
    },
  });

const agent = (
  desired: number,
  generations: readonly [wanted: number, observed: number],
  counts: readonly [current: number, updated: number, available: number],
): Raw =>
  daemonSet({
    desired,
    generation: generations[0],
    observedGeneration: generations[1],
    status: {
      currentNumberScheduled: counts[0],
      updatedNumberScheduled: counts[1],
      numberReady: counts[2],
      numberAvailable: counts[2],
      numberUnavailable: desired - counts[2],
    },
  });

const membersInPlace: readonly InPlace[] = [
  {
    name: 'the update of a StatefulSet of one',
    workload: [
      db(1, [1, 1], ['a', 'a'], [1, 1, 1]),
      db(1, [2, 1], ['a', 'a'], [1, 1, 1]),
      db(1, [2, 2], ['a', 'b'], [1, 0, 1]),
      db(1, [2, 2], ['a', 'b'], [0, 0, 0]),
      db(1, [2, 2], ['a', 'b'], [1, 1, 0]),
      db(1, [2, 2], ['b', 'b'], [1, 1, 1]),
    ],
    pods: oneByOne,
    podsBefore: [0, 0, 0, 1, 2, 3],
    owner: { ownerKind: 'StatefulSet', of: 'db' },
    words: planned,
  },
  {
    name: 'the update of a StatefulSet of two',
    workload: [
      db(2, [1, 1], ['a', 'a'], [2, 2, 2]),
      db(2, [2, 1], ['a', 'a'], [2, 2, 2]),
      db(2, [2, 2], ['a', 'b'], [2, 0, 2]),
      db(2, [2, 2], ['a', 'b'], [1, 0, 1]),
      db(2, [2, 2], ['a', 'b'], [2, 1, 1]),
      db(2, [2, 2], ['a', 'b'], [2, 1, 2]),
      db(2, [2, 2], ['a', 'b'], [1, 1, 1]),
      db(2, [2, 2], ['a', 'b'], [2, 2, 1]),
      db(2, [2, 2], ['b', 'b'], [2, 2, 2]),
    ],
    pods: twoByTwo,
    podsBefore: [0, 0, 0, 1, 2, 3, 4, 5, 6],
    owner: { ownerKind: 'StatefulSet', of: 'db' },
    words: inPlace,
  },
  {
    name: 'the update of a DaemonSet on one node',
    workload: [
      agent(1, [1, 1], [1, 1, 1]),
      agent(1, [2, 1], [1, 1, 1]),
      agent(1, [2, 2], [1, 0, 1]),
      agent(1, [2, 2], [0, 0, 0]),
      agent(1, [2, 2], [1, 1, 0]),
      agent(1, [2, 2], [1, 1, 1]),
    ],
    pods: oneByOne,
    podsBefore: [0, 0, 0, 1, 2, 3],
    owner: { ownerKind: 'DaemonSet', of: 'agent' },
    words: planned,
  },
  {
    name: 'the update of a DaemonSet on two nodes',
    workload: [
      agent(2, [1, 1], [2, 2, 2]),
      agent(2, [2, 1], [2, 2, 2]),
      agent(2, [2, 2], [2, 0, 2]),
      agent(2, [2, 2], [1, 0, 1]),
      agent(2, [2, 2], [2, 1, 1]),
      agent(2, [2, 2], [2, 1, 2]),
      agent(2, [2, 2], [1, 1, 1]),
      agent(2, [2, 2], [2, 2, 1]),
      agent(2, [2, 2], [2, 2, 2]),
    ],
    pods: twoByTwo,
    podsBefore: [0, 0, 0, 1, 2, 3, 4, 5, 6],
    owner: { ownerKind: 'DaemonSet', of: 'agent' },
    words: inPlace,
  },
];

for (const { name, workload, pods, podsBefore, owner, words } of membersInPlace) {
  test(`however the watches race, ${name} is an update until its pods serve`, () => {
    const streams: Streams = {
      workload,
      replicaSets: [[]],
      podsBefore,
      // A DaemonSet's status names no revision: an update is told by its numbers while it runs.
      together: owner.ownerKind === 'DaemonSet' ? 1 : 2,
      pods: pods.map((members) =>
        members.flatMap((member, place) => {
          if (member === null) return [];
          const age = member.hash === 'a' ? day : 0;
          // A DaemonSet's pods have names of their own, a StatefulSet's those of their place.
          const one = owner.ownerKind === 'StatefulSet' ? `${place}` : `${member.hash}${place}`;
          const node = `node-${place}`;
          return pod(`${owner.of}-${one}`, {
            ...owner,
            hash: member.hash,
            createdAgo: age,
            readyAgo: member.serves ? age : null,
            node,
            pinnedTo: node,
          });
        }),
      ),
    };
    const told = new Map<string, string>();
    const early: string[] = [];
    walk(streams, known, ({ arrived, word, phase, path }, hasBegun) => {
      if (arrived.workload >= 1 && !told.has(word)) told.set(word, path);
      const serves = pods[arrived.pods]?.every((member) => member?.hash === 'b' && member.serves) === true;
      if (hasBegun && phase === 'settled' && !serves) early.push(path);
    });
    assert.deepEqual(early.slice(0, 3), []);
    assert.deepEqual([...told.keys()].sort(), words, JSON.stringify([...told], null, 1));
  });
}

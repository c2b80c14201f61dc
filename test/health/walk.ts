import assert from 'node:assert/strict';
import type { RolloutRecord } from '../../store/store.ts';
import { type TrackedRollout, observeRollout } from '../../controller/reconcilers/rollout.ts';
import { RolloutTracker } from '../../controller/reconcilers/rollout-tracker.ts';
import { assess } from '../../health/assess.ts';
import { templateChanges } from '../../health/template-diff.ts';
import type { Remembered, WorkloadSnapshot } from '../../health/verdict.ts';
import { lookOf } from './assessed.ts';
import { noon, type Raw } from './objects.ts';

/**
 * Three watches deliver what happens to a workload, each in its own order and none in step with another, and the queue
 * looks at whatever has arrived. Every way of getting through is walked: each node is what has arrived with what is
 * remembered.
 */

export interface Arrived {
  readonly workload: number;
  readonly replicaSets: number;
  readonly pods: number;
}

export interface Streams {
  readonly workload: readonly Raw[];
  readonly replicaSets: readonly (readonly Raw[])[];
  readonly pods: readonly (readonly Raw[])[];
  /** How many steps of the pods had been made when the workload's status was written; without it any lag is walked. */
  readonly podsBefore?: readonly number[];
  /** How many objects of one watch may arrive between two looks; any number by default. */
  readonly together?: number;
  /** The process starts anew before each look: it keeps what is stored and nothing else. */
  readonly restarts?: boolean;
}

export interface Look {
  readonly arrived: Arrived;
  readonly word: string;
  readonly phase: string;
  /** All that was said on the way here, this look included. */
  readonly path: string;
  readonly isLast: boolean;
  readonly snapshot: WorkloadSnapshot;
  /** The rollouts as they are stored now, oldest first: `revision outcome`. */
  readonly rollouts: readonly string[];
}

interface Node {
  readonly arrived: Arrived;
  readonly memory: Remembered;
  readonly tracked: TrackedRollout | null;
  readonly records: readonly RolloutRecord[];
  readonly previous: WorkloadSnapshot | null;
  readonly hasBegun: boolean;
  readonly path: string;
}

const stepMs = 20;

/** @returns how many looks differ from all others in what arrived, what was remembered or whether it had begun */
export function walk(streams: Streams, remembered: Remembered, visit: (look: Look, hasBegun: boolean) => void): number {
  const seen = new Set<string>();
  const first = { workload: 0, replicaSets: 0, pods: 0 };
  const open: Node[] = [
    { arrived: first, memory: remembered, tracked: null, records: [], previous: null, hasBegun: false, path: '' },
  ];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const next = lookAt(streams, node, visit);
    for (const arrived of onward(streams, node.arrived)) {
      const key = JSON.stringify([arrived, next.memory, next.records, next.tracked?.seen, next.hasBegun]);
      if (seen.has(key)) continue;
      seen.add(key);
      open.push({ ...next, arrived });
    }
  }
  return seen.size;
}

function lookAt(streams: Streams, node: Node, visit: (look: Look, hasBegun: boolean) => void): Node {
  const { arrived } = node;
  const { workload: w, replicaSets: r, pods: p } = arrived;
  const raw = streams.workload[w];
  assert.ok(raw !== undefined);
  const now = noon + (w + r + p) * stepMs;
  const { input, cached } = lookOf([raw, ...(streams.replicaSets[r] ?? []), ...(streams.pods[p] ?? [])]);
  const { snapshot, remembered } = assess(input, node.memory, now);
  const records = [...node.records];
  const record = (one: RolloutRecord): void => {
    const at = records.findIndex(({ revision, startedAt }) => revision === one.revision && startedAt === one.startedAt);
    if (at < 0) records.push(one);
    else records[at] = one;
  };
  const observation = { key: snapshot.key, ...cached, previous: node.previous, current: snapshot, now };
  let { tracked } = node;
  if (streams.restarts === true) {
    const tracker = new RolloutTracker({ record, diff: templateChanges, onInteresting: () => undefined });
    tracker.load([...records].reverse());
    tracker.observe(observation);
  } else {
    const step = observeRollout(tracked, observation, templateChanges);
    ({ tracked } = step);
    for (const one of step.records) record(one);
  }
  const { state, cause, rollout } = snapshot.verdict;
  const path = `${node.path} ${w}${r}${p}:${state}/${cause?.code ?? '-'}/${rollout.phase}`;
  const isLast =
    w === streams.workload.length - 1 && r === streams.replicaSets.length - 1 && p === streams.pods.length - 1;
  const rollouts = records.map(({ revision, outcome }) => `${revision} ${outcome}`);
  const word = `${state} ${cause?.code ?? '-'}`;
  visit({ arrived, word, phase: rollout.phase, path, isLast, snapshot, rollouts }, node.hasBegun);
  return {
    arrived,
    // As it comes back from the store.
    memory: JSON.parse(JSON.stringify(remembered)),
    tracked,
    records,
    previous: snapshot,
    hasBegun: node.hasBegun || rollout.phase !== 'settled',
    path,
  };
}

/** Whatever can have arrived when the next look is taken. */
function* onward(streams: Streams, { workload: w, replicaSets: r, pods: p }: Arrived): Iterable<Arrived> {
  for (let w2 = w; w2 < streams.workload.length; w2 += 1) {
    for (let r2 = r; r2 < streams.replicaSets.length; r2 += 1) {
      for (let p2 = p; p2 < streams.pods.length; p2 += 1) {
        if (w2 === w && r2 === r && p2 === p) continue;
        if (Math.max(w2 - w, p2 - p) > (streams.together ?? Number.POSITIVE_INFINITY)) continue;
        if (Math.abs((streams.podsBefore?.[w2] ?? p2) - p2) > 1) continue;
        yield { workload: w2, replicaSets: r2, pods: p2 };
      }
    }
  }
}

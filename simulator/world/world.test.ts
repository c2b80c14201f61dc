import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatorClock } from '../clock.ts';
import { bodyOf } from '../object-store.ts';
import { createSimulatedCluster, type SimulatedCluster } from '../simulator.ts';
import { scene } from './scene.ts';
import { loopSeconds, storyline } from './storyline.ts';
import { World } from './world.ts';

/** Time that a test moves; timers run when their moment comes. */
class HandClock implements SimulatorClock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  readonly #timers = new Set<{ readonly at: number; readonly fn: () => void }>();

  now(): number {
    return this.#now;
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.fn();
    }
    this.#now = end;
  }
}

function live(seed = 7): { cluster: SimulatedCluster; world: World; clock: HandClock; stop: () => void } {
  const clock = new HandClock();
  const cluster = createSimulatedCluster({ clock, historyLimit: 2_000 });
  const world = new World(cluster, seed);
  const stopping = new AbortController();
  world.start(stopping.signal);
  return { cluster, world, clock, stop: () => stopping.abort() };
}

const seconds = (count: number): number => count * 1_000;

test('the first picture is a cluster that has lived a little: everything runs, nothing is new', () => {
  const { cluster, world, stop } = live();
  assert.equal(world.workloads.size, scene.length);
  assert.ok(scene.length >= 40);
  assert.equal(new Set(scene.map(({ namespace }) => namespace)).size, 6);
  for (const { role, pods, replicas } of world.workloads.values()) {
    assert.equal(pods.length, replicas, role.name);
    assert.ok(
      pods.every((pod) => pod.ready && pod.createdAt < cluster.clock.now() - 3_000_000),
      role.name,
    );
  }
  stop();
});

test('within two minutes there is something of each state', () => {
  const { world, clock, stop } = live();
  const seen = new Set<string>();
  for (let second = 0; second < 120; second += 1) {
    clock.advance(1_000);
    for (const { role, pods, replicas, paused, deletingAt, complete } of world.workloads.values()) {
      const available = pods.filter((pod) => pod.ready && pod.deletingAt === null).length;
      if (deletingAt !== null) seen.add('Terminating');
      else if (replicas === 0) seen.add('Idle');
      else if (paused && !complete) seen.add('Paused');
      else if (available === 0) seen.add('Down');
      else if (!complete && role.name === 'checkout') seen.add('Degraded');
      else if (!complete) seen.add('Progressing');
      else if (available === replicas) seen.add('Healthy');
    }
  }
  assert.deepEqual([...seen].sort(), ['Degraded', 'Down', 'Healthy', 'Idle', 'Paused', 'Progressing', 'Terminating']);
  stop();
});

test('at the end of the story everything that broke is repaired', () => {
  const { world, clock, stop } = live();
  clock.advance(seconds(loopSeconds - 1));
  for (const { role, pods, replicas } of world.workloads.values()) {
    assert.equal(pods.filter((pod) => pod.ready).length, replicas, role.name);
  }
  stop();
});

test('the numbers of the status are those of the pods, and owners are named by their UID', () => {
  const { cluster, clock, stop } = live();
  for (let step = 0; step < loopSeconds / 10; step += 1) {
    clock.advance(seconds(10));
    const pods = cluster.store.list('pods').map(bodyOf);
    const uids = new Set(
      [
        ...cluster.store.list('replicasets'),
        ...cluster.store.list('statefulsets'),
        ...cluster.store.list('daemonsets'),
      ].map(({ uid }) => uid),
    );
    const owners = pods.map((pod) => ownerUid(pod.metadata['ownerReferences']));
    assert.deepEqual(
      owners.filter((uid) => !uids.has(uid)),
      [],
    );
    assert.equal(new Set(pods.map((pod) => pod.metadata.uid)).size, pods.length);
  }
  stop();
});

function ownerUid(references: unknown): string {
  const [owner] = Array.isArray(references) ? references : [];
  assert.ok(typeof owner === 'object' && owner !== null && 'uid' in owner);
  return String(owner.uid);
}

test('an hour of the story keeps no more objects than one', () => {
  const { cluster, clock, stop } = live();
  clock.advance(seconds(2 * loopSeconds));
  const before = { pods: cluster.store.count('pods'), replicaSets: cluster.store.count('replicasets') };
  clock.advance(seconds(8 * loopSeconds));
  assert.ok(cluster.store.count('pods') <= before.pods + 10);
  assert.ok(cluster.store.count('replicasets') <= before.replicaSets * 3);
  assert.ok(cluster.store.count('events') <= 1_500);
  stop();
});

test('the same seed tells the same story', () => {
  const names = (seed: number): readonly string[] => {
    const { cluster, clock, stop } = live(seed);
    clock.advance(seconds(60));
    stop();
    return cluster.store.list('pods').map(({ name, uid }) => `${name} ${uid}`);
  };
  assert.deepEqual(names(3), names(3));
  assert.notDeepEqual(names(3), names(4));
});

test('beats come in the order of time and name workloads of the scene', () => {
  const times = storyline.map(({ at }) => at);
  assert.deepEqual(
    times,
    times.toSorted((left, right) => left - right),
  );
  assert.ok((times.at(-1) ?? 0) < loopSeconds);
});

test('a stopped world leaves no timer', () => {
  const { cluster, clock, stop } = live();
  stop();
  const revision = cluster.store.revision;
  clock.advance(seconds(60));
  assert.equal(cluster.store.revision, revision);
});

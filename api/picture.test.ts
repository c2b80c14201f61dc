import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { State } from '../health/workload.ts';
import { workloadKey } from '../health/workload.ts';
import { ScriptedCluster, startedAt, workload } from '../test/api/fixture.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { Picture } from './picture.ts';

const states = ['Down', 'Degraded', 'Progressing', 'Idle', 'Healthy'] as const satisfies readonly State[];
const allNamespaces = { mode: 'all', namespaces: [], excludedNamespaces: [] } as const;

/** Whole numbers below a bound from a seed (mulberry32), so that a failure can be run again. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test('what is brought forward change by change equals what is built anew, over random histories', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const below = numbersFrom(seed);
    const store = new MemoryStore();
    const cluster = new ScriptedCluster();
    let now = startedAt;
    const sources = { store, cluster, now: () => now };
    const picture = new Picture(sources);
    const names = Array.from({ length: 12 }, (_, index) => ({
      namespace: `team-${index % 3}`,
      kind: index % 2 === 0 ? ('Deployment' as const) : ('DaemonSet' as const),
      name: `w${index}`,
    }));
    const anyName = () =>
      names[below(names.length)] ?? { namespace: 'team-0', kind: 'Deployment' as const, name: 'w0' };
    for (let step = 0; step < 80; step += 1) {
      const { namespace, kind, name } = anyName();
      const key = workloadKey(namespace, kind, name);
      const action = below(20);
      if (action < 12) {
        const since = below(4) === 0 ? null : startedAt + below(5) * 1_000;
        const put = [workload({ ...anyName(), state: states[below(states.length)] ?? 'Healthy', since })];
        store.commit({ put });
      } else if (action < 15) store.commit({ remove: [key] });
      else if (action === 15) store.commit({ touch: [key] });
      else if (action === 16) now += 1_800_000;
      else if (action === 17) {
        // A watch sees all workloads of a kind in a namespace or none.
        const watched = names.filter((one) => one.namespace === namespace && one.kind === kind);
        cluster.staleKeys = new Set(
          below(2) === 0 ? [] : watched.map((one) => workloadKey(one.namespace, one.kind, one.name)),
        );
      } else if (action === 18) {
        // A strip is the same within a half-hour unless the workload changes.
        now += 1_800_000;
        store.records.strips.set(key, { strip24h: 'H'.repeat(48), uptime24h: below(10) / 10 });
      } else
        cluster.set({
          scope: below(2) === 0 ? allNamespaces : { ...allNamespaces, mode: 'allowlist', namespaces: ['team-1'] },
        });
      // Several changes at a time, too.
      if (below(3) === 0) continue;
      const shown = picture.rows();
      const anew = new Picture(sources).rows();
      assert.deepEqual(picture.counts(), new Picture(sources).counts(), `seed ${seed}, step ${step}`);
      const told = (rows: typeof anew): string[] => rows.map(({ json }) => json);
      assert.deepEqual(told(shown), told(anew), `seed ${seed}, step ${step}`);
      assert.equal(picture.row(key)?.json, new Picture(sources).row(key)?.json, `seed ${seed}, step ${step}`);
    }
  }
});

test('a change makes one row anew and leaves the others as they are', () => {
  const store = new MemoryStore();
  const picture = new Picture({ store, cluster: new ScriptedCluster(), now: () => startedAt });
  store.commit({ put: ['a', 'b', 'c'].map((name) => workload({ name })) });
  const before = picture.rows();
  store.commit({ put: [workload({ name: 'b', state: 'Down' })] });
  const after = picture.rows();
  assert.deepEqual(
    after.map(({ snapshot }) => snapshot.name),
    ['b', 'a', 'c'],
  );
  assert.deepEqual([after[1], after[2]], [before[0], before[2]]);
  assert.equal(after[1], before[0]);
  assert.equal(after[2], before[2]);
});

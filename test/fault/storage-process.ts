/**
 * A process that writes to a store for ever, to be killed or starved by a test. After each commit it prints one line of
 * JSON: what it has served by then. `node storage-process.ts PATH`
 */
import { writeSync } from 'node:fs';
import { openStore, StoreOpenError } from '../../store/open.ts';
import { dayMs, noon, podOf, recordingLog, snapshotOf } from './storage-fixtures.ts';

const file = process.argv[2] ?? '';
const say = (line: object): void => {
  writeSync(1, `${JSON.stringify(line)}\n`);
};

try {
  const store = await openStore({
    path: file,
    retentionMs: 90 * dayMs,
    maxBytes: null,
    log: recordingLog(),
    now: () => noon,
    retryMs: 50,
  });
  const names = ['a', 'b', 'c', 'd'];
  // Goes on where the process before was killed.
  const counters = new Map(names.map((name) => [name, store.latest(snapshotOf({ name }).key)?.restarts ?? 0]));
  say({ opened: true, revision: store.revision() });
  store.onRevision(({ revision }) => {
    const served = names.map((name) => store.current().get(snapshotOf({ name }).key)?.snapshot.restarts ?? 0);
    say({ revision, served, storage: store.storage().state });
  });
  for (let at = noon; ; at += 1_000) {
    for (const name of names) {
      const restarts = (counters.get(name) ?? 0) + 1;
      counters.set(name, restarts);
      const state = restarts % 2 === 0 ? 'Healthy' : 'Down';
      const pods = Array.from({ length: 20 }, (_, number) => podOf(`${name}-${number}`, { restarts }));
      store.put(snapshotOf({ name, restarts, state }), pods, {}, at);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
} catch (error) {
  if (!(error instanceof StoreOpenError)) throw error;
  say({ refused: error.code, message: error.message });
  process.exitCode = 2;
}

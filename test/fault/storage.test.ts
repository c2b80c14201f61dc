/**
 * What disks do to a database, each with the outcome that is promised: degrade and recover, set aside and begin anew,
 * refuse, or nothing at all. What was served before is never lost, but for what only a disk can lose.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { LiveStore } from '../../store/live-store.ts';
import {
  atEnd,
  eventOf,
  minuteMs,
  noon,
  openTestStore,
  podOf,
  recordingLog,
  snapshotOf,
  temporaryDirectory,
} from './storage-fixtures.ts';
import { mountSwitchableVolume } from './switchable-volume.ts';

const { key } = snapshotOf();
const deadlineMs = 60_000;

/** Waits for a state that another thread or the disk brings about. */
async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!isTrue()) {
    assert.ok(performance.now() < deadline, `not within ${deadlineMs} ms: ${what}`);
    await delay(5);
  }
}

/** A small file system in memory; null, with the reason told, where that is not allowed. */
function mountSmallVolume(t: TestContext, megabytes: number): string | null {
  const directory = temporaryDirectory(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory], { stdio: 'pipe' });
  } catch (error) {
    t.skip(`no right to mount a small volume: ${error instanceof Error ? error.message.split('\n')[0] : ''}`);
    return null;
  }
  atEnd(t, () => execFileSync('umount', ['--lazy', directory], { stdio: 'pipe' }));
  return directory;
}

/** An ext4 volume that turns read-only on its first error, as most are mounted; null where that is not allowed. */
function mountErrorProneVolume(t: TestContext): { readonly directory: string; fail(): void } | null {
  const directory = temporaryDirectory(t);
  const image = `${directory}.ext4`;
  atEnd(t, () => rmSync(image, { force: true }));
  try {
    writeFileSync(image, Buffer.alloc(16 * 1024 * 1024));
    execFileSync('mkfs.ext4', ['-q', image], { stdio: 'pipe' });
    execFileSync('mount', ['-o', 'loop,errors=remount-ro', image, directory], { stdio: 'pipe' });
  } catch (error) {
    t.skip(`no right to mount a volume: ${error instanceof Error ? error.message.split('\n')[0] : ''}`);
    return null;
  }
  atEnd(t, () => execFileSync('umount', ['--lazy', directory], { stdio: 'pipe' }));
  const device = execFileSync('findmnt', ['-n', '-o', 'SOURCE', directory], { encoding: 'utf8' }).trim();
  const trigger = `/sys/fs/ext4/${path.basename(device)}/trigger_fs_error`;
  if (!existsSync(trigger)) {
    t.skip('this kernel offers no way to trigger an error of a file system');
    return null;
  }
  return { directory, fail: () => writeFileSync(trigger, 'maintenant') };
}

/** A change that no reader can miss: restarts count up. */
function putRestarts(store: LiveStore, restarts: number): void {
  const pods = [podOf('cart-1', { restarts }), podOf('cart-2', { restarts })];
  store.put(
    snapshotOf({ restarts, state: restarts % 2 === 0 ? 'Healthy' : 'Down' }),
    pods,
    {},
    noon + restarts * 1_000,
  );
}

const servedRestarts = (store: LiveStore): number | undefined => store.current().get(key)?.snapshot.restarts;

test('disk full: the picture goes on, is told as degraded, and everything is written once there is room', async (t) => {
  const directory = mountSmallVolume(t, 4);
  if (directory === null) return;
  const file = path.join(directory, 'a.db');
  const log = recordingLog();
  const store = await openTestStore(t, { path: file, log, retryMs: 20 });
  putRestarts(store, 1);
  await store.flushed();
  assert.equal(store.storage().state, 'ok');

  const ballast = path.join(directory, 'ballast');
  fill(ballast);
  // The log has room for some pages that were allocated before.
  for (let restarts = 2; restarts < 2_000 && store.storage().state === 'ok'; restarts += 1) {
    putRestarts(store, restarts);
    await store.flushed();
  }
  const { state, message } = store.storage();
  assert.notEqual(state, 'ok');
  assert.match(message ?? '', /^No room for .*a\.db: .* kept in memory and written when the disk takes it again\.$/);

  putRestarts(store, 5_001);
  store.recordEvents(key, [eventOf('late')]);
  await until('the picture shows what the disk refused', () => servedRestarts(store) === 5_001);
  assert.deepEqual(
    store.pods(key).map(({ restarts }) => restarts),
    [5_001, 5_001],
  );
  assert.ok(store.storage().pendingRows > 0);
  const timeline = await store.transitions({ key, limit: 3 });
  assert.equal(timeline.items.length, 3);
  assert.equal(timeline.items[0]?.at, noon + 5_001_000, 'the timeline goes on as well');
  store.observed(noon + 6_000_000);
  const intervals = await store.intervals(key, noon, noon + 6_000_000);
  assert.deepEqual(intervals.at(-1), {
    from: noon + 5_001_000,
    to: null,
    state: 'Down',
    availability: 'none',
    causeCode: null,
  });

  rmSync(ballast);
  await until('storage works again', () => store.storage().state === 'ok');
  assert.equal(store.storage().message, null);
  assert.equal(store.storage().pendingRows, 0);
  const transitions = await store.transitions({ key, limit: 1 });
  assert.equal(transitions.items[0]?.at, noon + 5_001_000, 'the transition of the dark time is in the file');
  await store.close();
  const again = await openTestStore(t, { path: file });
  assert.equal(servedRestarts(again), 5_001);
  assert.equal((await again.events({ limit: 5 })).items.length, 1);
  assert.deepEqual(
    log.lines.filter(({ level }) => level !== 'warn').map((line) => line.message),
    ['storage is degraded', 'storage works again'],
  );
});

function fill(file: string): void {
  const block = Buffer.alloc(4_096);
  const handle = openSync(file, 'w');
  try {
    for (;;) writeSync(handle, block);
  } catch (error) {
    assert.equal(error instanceof Error && 'code' in error ? error.code : null, 'ENOSPC');
  } finally {
    closeSync(handle);
  }
}

const mebibyte = 1024 ** 2;
const limits: readonly (readonly [
  what: string,
  volumeMebibytes: number | null,
  maxBytes: number | null,
  limit: number,
])[] = [
  ['MAINTENANT_DB_MAX', null, 1_200_000, 1_200_000],
  ['70 % of the volume', 2, null, 0.7 * 2 * mebibyte],
  ['the smaller of both, the setting', 4, 1_200_000, 1_200_000],
  ['the smaller of both, the volume', 2, 100 * mebibyte, 0.7 * 2 * mebibyte],
];
for (const [what, volumeMebibytes, maxBytes, limit] of limits) {
  test(`the limit of the database reached (${what}): old history makes room for new verdicts`, async (t) => {
    const directory = volumeMebibytes === null ? temporaryDirectory(t) : mountSmallVolume(t, volumeMebibytes);
    if (directory === null) return;
    const file = path.join(directory, 'a.db');
    const store = await openTestStore(t, { path: file, maxBytes, retryMs: 20 });
    putRestarts(store, 1);
    const events = (from: number) =>
      Array.from({ length: 100 }, (_, number) =>
        eventOf(`e-${from + number}`, { message: 'm'.repeat(1_000), lastAt: noon + (from + number) * 1_000 }),
      );
    let wasDegraded = false;
    for (let from = 0; from < 3_000; from += 100) {
      store.recordEvents(key, events(from));
      putRestarts(store, 2 + from / 100);
      await store.flushed();
      wasDegraded ||= store.storage().state !== 'ok';
      await until('room was made', () => store.storage().state === 'ok');
    }
    assert.ok(wasDegraded, 'the limit was reached');
    assert.equal(servedRestarts(store), 31);
    assert.equal((await store.transitions({ key, limit: 1 })).items[0]?.at, noon + 31_000);
    assert.equal((await store.events({ limit: 1 })).items[0]?.lastAt, noon + 2_999_000, 'the newest event is kept');
    await store.close();
    const bytes = readdirSync(path.dirname(file)).reduce(
      (sum, name) => sum + statSync(path.join(path.dirname(file), name)).size,
      0,
    );
    assert.ok(bytes <= limit, `${bytes} bytes`);
  });
}

test('the kernel remounts the volume read-only after an error: degraded with the reason, the picture goes on', async (t) => {
  const volume = mountErrorProneVolume(t);
  if (volume === null) return;
  const store = await openTestStore(t, { path: path.join(volume.directory, 'a.db'), retryMs: 20 });
  putRestarts(store, 1);
  await store.flushed();
  volume.fail();
  putRestarts(store, 2);
  await until('it is degraded', () => store.storage().state === 'degraded');
  assert.match(
    store.storage().message ?? '',
    /^(The disk of .* reports an error|.* has become read-only) \(.+\)\. What is new is kept in memory/,
  );
  putRestarts(store, 3);
  await until('the picture goes on', () => servedRestarts(store) === 3);
  assert.equal(store.pods(key)[0]?.restarts, 3);
});

test('a volume that turns read-only and is writable again later: degraded, then everything is written', async (t) => {
  const volume = await mountSwitchableVolume(t);
  if (volume === null) return;
  const file = path.join(volume.directory, 'a.db');
  const log = recordingLog();
  const store = await openTestStore(t, { path: file, retryMs: 20, log });
  putRestarts(store, 1);
  await store.flushed();
  await volume.setReadOnly(true);
  for (let restarts = 2; restarts <= 20; restarts += 1) putRestarts(store, restarts);
  await until('it is degraded', () => store.storage().state === 'degraded');
  await until('the picture goes on', () => servedRestarts(store) === 20);
  assert.match(store.storage().message ?? '', /^.*a\.db has become read-only \(.+\)\. What is new is kept in memory/);
  assert.equal(store.pods(key)[0]?.restarts, 20);
  assert.equal(store.failure(), null, 'a restart would not help');
  const refusals = (): number => store.counters().refusals;
  const before = refusals();
  await until('it is tried again', () => refusals() > before);

  await volume.setReadOnly(false);
  await until('it is written', () => store.storage().state === 'ok' && store.storage().pendingRows === 0);
  assert.ok(log.lines.some(({ message }) => message === 'storage works again'));
  const { items } = await store.transitions({ key, limit: 100 });
  assert.equal(items.length, 20, 'each transition once');
  putRestarts(store, 21);
  await store.flushed();
  await store.close();
  const again = await openTestStore(t, { path: file });
  assert.equal(servedRestarts(again), 21);
  assert.equal((await again.transitions({ key, limit: 100 })).items.length, 21);
});

test('a volume that is read-only at the start is refused with a sentence, and nothing is written', async (t) => {
  const directory = mountSmallVolume(t, 4);
  if (directory === null) return;
  const file = path.join(directory, 'a.db');
  await (await openTestStore(t, { path: file })).close();
  execFileSync('mount', ['-o', 'remount,ro', directory], { stdio: 'pipe' });
  await assert.rejects(openTestStore(t, { path: file }), {
    name: 'StoreOpenError',
    code: 'notWritable',
    message:
      `The database path ${file} cannot be written: no right to write the directory ${directory}. ` +
      'Give this user the right, or set MAINTENANT_DB to a writable path.',
  });
});

test('I/O errors: the disk refuses every write for a while, and nothing that was served is lost', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const child = startProcess(t, file);
  await until('it serves', () => child.lines.some((line) => 'served' in line));
  // A limit on the size of files makes each write beyond it an error (EFBIG); SIGXFSZ is ignored by the shell above it.
  const limitFiles = (bytes: string): void => {
    execFileSync('prlimit', ['--pid', String(child.process.pid), `--fsize=${bytes}:unlimited`], { stdio: 'pipe' });
  };
  limitFiles('4096');
  await until('it is degraded and goes on', () => {
    const last = child.lines.at(-1);
    return last?.storage === 'degraded' && (last.served?.[0] ?? 0) > 10;
  });
  const degraded = child.lines.length;
  limitFiles('unlimited');
  await until('it is well again', () => child.lines.slice(degraded).some(({ storage }) => storage === 'ok'));
  child.process.kill('SIGKILL');
  await child.ended;
  const known = child.lines.filter((line) => line.storage === 'ok' && line.served !== undefined).at(-1);
  const store = await openTestStore(t, { path: file });
  assertAtLeast(servedOf(store), known?.served ?? []);
});

test('a corrupt page at run time: set aside, begun anew, the picture refills and history begins again', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const log = recordingLog();
  const store = await openTestStore(t, { path: file, log });
  const rewritten: string[] = [];
  store.onRewriteNeeded((keys) => {
    rewritten.push(...keys);
    putRestarts(store, 2_000);
  });
  for (let number = 0; number < 300; number += 1) store.put(snapshotOf({ name: `w${number}` }), [], {}, noon);
  putRestarts(store, 1);
  await store.flushed();
  // Everything that the writer's cache does not hold any more is read from these bytes.
  const handle = openSync(file, 'r+');
  const noise = Buffer.alloc(4_096, 0xa5);
  const pages = Math.floor(statSync(file).size / 4_096);
  for (let page = 1; page < pages; page += 1) writeSync(handle, noise, 0, noise.length, page * 4_096);
  closeSync(handle);
  await store.writer?.kill();
  await until('the damage was found', () => rewritten.length > 0);
  await until('it works again', () => store.storage().state === 'ok' && store.storage().pendingRows === 0);
  await store.flushed();

  assert.equal(rewritten.length, 301, 'every key is asked for again');
  assert.equal(servedRestarts(store), 2_000);
  assert.deepEqual(
    store.pods(key).map(({ restarts }) => restarts),
    [2_000, 2_000],
  );
  assert.match(store.storage().message ?? '', /the database was damaged \(.*\) and now lies at .*a\.db\.corrupt-2026/);
  assert.ok(log.lines.some(({ message }) => /history begins anew/.test(message)));
  const aside = readdirSync(path.dirname(file)).filter((name) => name.includes('.corrupt-'));
  assert.equal(aside.filter((name) => !/-(wal|shm)$/.test(name)).length, 1);
  await store.close();
  const again = await openTestStore(t, { path: file });
  assert.equal(again.current().size, 301, 'everything is in the new file');
});

const damages: readonly (readonly [title: string, damage: (file: string) => void])[] = [
  ['its header', (file) => overwrite(file, 0, 100)],
  ['its schema', (file) => overwrite(file, 100, 3_900)],
  ['zeros', (file) => writeFileSync(file, Buffer.alloc(statSync(file).size))],
  ['cut short', (file) => truncateSync(file, 4_096)],
];
for (const [title, damage] of damages) {
  test(`a database that was damaged while nobody ran (${title}) is set aside at the start, which is said`, async (t) => {
    const file = path.join(temporaryDirectory(t), 'a.db');
    const first = await openTestStore(t, { path: file });
    for (let number = 0; number < 50; number += 1) first.put(snapshotOf({ name: `w${number}` }), [], {}, noon);
    await first.flushed();
    await first.close();
    damage(file);
    const store = await openTestStore(t, { path: file });
    assert.equal(store.current().size, 0);
    assert.match(
      store.storage().message ?? '',
      /^the database was damaged \(.+\) and now lies at .*; history begins anew$/,
    );
    putRestarts(store, 1);
    await store.flushed();
    assert.equal(servedRestarts(store), 1);
    assert.equal(store.storage().state, 'ok');
  });
}

function overwrite(file: string, from: number, length: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(length, 0xa5), 0, length, from);
  closeSync(handle);
}

test('a corrupt page after an unclean stop is found by the check, which runs after the first picture is served', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const first = await openTestStore(t, { path: file });
  for (let number = 0; number < 400; number += 1) first.put(snapshotOf({ name: `w${number}` }), [], {}, noon);
  await first.flushed();
  await first.close();
  const database = new Sqlite(file);
  database.exec('UPDATE meta SET stopped_cleanly = 0');
  const page = database
    .prepare<[], { page: number }>("SELECT rootpage AS page FROM sqlite_schema WHERE name = 'event'")
    .get();
  database.close();
  // A page that nothing reads at the start.
  overwrite(file, ((page?.page ?? 0) - 1) * 4_096, 4_096);
  const log = recordingLog();
  const store = await openTestStore(t, { path: file, log });
  assert.equal(store.current().size, 400, 'the last picture is there at once');
  await until('it was set aside', () => log.lines.some(({ message }) => /history begins anew/.test(message)));
  await store.flushed();
  assert.equal(store.current().size, 400);
  await store.close();
  assert.equal((await openTestStore(t, { path: file })).current().size, 400);
});

test('the write-ahead log is deleted under our feet: nothing is lost', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const log = recordingLog();
  const store = await openTestStore(t, { path: file, log });
  putRestarts(store, 1);
  await store.flushed();
  rmSync(`${file}-wal`);
  let restarts = 1;
  await until('it was noticed', () => {
    restarts += 1;
    putRestarts(store, restarts);
    return log.lines.some(({ message }) => /write-ahead log was deleted/.test(message));
  });
  await store.flushed();
  assert.equal(servedRestarts(store), restarts);
  assert.equal(store.pods(key)[0]?.restarts, restarts);
  assert.equal((await store.transitions({ key, limit: 100_000 })).items.length, restarts);
  const copy = `${file}.copy`;
  execFileSync('cp', [file, copy]);
  if (existsSync(`${file}-wal`)) execFileSync('cp', [`${file}-wal`, `${copy}-wal`]);
  const database = new Sqlite(copy);
  assert.equal(database.pragma('integrity_check', { simple: true }), 'ok');
  database.close();
});

test('the database itself is deleted: a new one begins with the whole picture', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const log = recordingLog();
  const store = await openTestStore(t, { path: file, log });
  store.put(snapshotOf({ name: 'other' }), [], {}, noon);
  putRestarts(store, 1);
  await store.flushed();
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  let restarts = 1;
  await until('it was noticed', () => {
    restarts += 1;
    putRestarts(store, restarts);
    return log.lines.some(({ message }) => /deleted or replaced/.test(message));
  });
  await store.flushed();
  await store.close();
  const again = await openTestStore(t, { path: file });
  assert.equal(again.current().size, 2);
  assert.equal(servedRestarts(again), restarts);
});

test('another volume is mounted over the folder, with files that look the same: a new database begins there', async (t) => {
  const [first, second] = [mountSmallVolume(t, 8), mountSmallVolume(t, 8)];
  if (first === null || second === null) return;
  const stranger = await openTestStore(t, { path: path.join(second, 'a.db') });
  stranger.put(snapshotOf({ name: 'stranger' }), [], {}, noon);
  await stranger.close();
  const file = path.join(first, 'a.db');
  const log = recordingLog();
  const store = await openTestStore(t, { path: file, log });
  putRestarts(store, 1);
  await store.flushed();
  // As a rule: on kernels that number all such volumes together this is the easier case.
  t.diagnostic(`same inode: ${statSync(file).ino === statSync(path.join(second, 'a.db')).ino}`);
  execFileSync('mount', ['--bind', second, first], { stdio: 'pipe' });
  atEnd(t, () => execFileSync('umount', ['--lazy', first], { stdio: 'pipe' }));
  let restarts = 1;
  await until('it was noticed', () => {
    restarts += 1;
    putRestarts(store, restarts);
    return log.lines.some(({ message }) => /deleted or replaced/.test(message));
  });
  await store.flushed();
  assert.match(store.storage().message ?? '', /history begins anew/);
  await store.close();
  assert.equal(
    readdirSync(first).filter((name) => /^a\.db\.corrupt-[^-]+-[^-]+-[^-]+-[^-]+-[^-]+Z$/.test(name)).length,
    1,
  );
  const again = await openTestStore(t, { path: file });
  assert.deepEqual([...again.current().keys()], [key], 'the picture that was watched, not the one that was found');
  assert.equal(servedRestarts(again), restarts);
});

test('the folder of the database is gone for a while: degraded with the reason, then a new one begins', async (t) => {
  const folder = path.join(temporaryDirectory(t), 'data');
  mkdirSync(folder);
  const file = path.join(folder, 'a.db');
  const log = recordingLog();
  const store = await openTestStore(t, { path: file, retryMs: 20, log });
  putRestarts(store, 1);
  await store.flushed();
  renameSync(folder, `${folder}.away`);
  let restarts = 1;
  await until('it is degraded', () => {
    restarts += 1;
    putRestarts(store, restarts);
    return store.storage().state === 'degraded';
  });
  assert.match(
    store.storage().message ?? '',
    /^The disk of .*a\.db reports an error \(ENOENT.*data'\)\. What is new is kept/,
  );
  assert.equal(store.failure(), null, 'a restart would not help');
  await until('the picture goes on', () => servedRestarts(store) === restarts);

  mkdirSync(folder);
  await until('it is written', () => store.storage().state === 'ok' && store.storage().pendingRows === 0);
  assert.ok(log.lines.some(({ message }) => /deleted or replaced.*history begins anew/.test(message)));
  await store.close();
  assert.equal(servedRestarts(await openTestStore(t, { path: file })), restarts);
});

test('the writer thread is killed: it starts again, and what it had not acknowledged is written once', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const log = recordingLog();
  const store = await openTestStore(t, { path: file, log });
  let restarts = 0;
  for (let round = 0; round < 5; round += 1) {
    for (let number = 0; number < 200; number += 1) {
      restarts += 1;
      putRestarts(store, restarts);
      if (number % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await store.writer?.kill();
    await until('it is written', () => store.storage().pendingRows === 0 && servedRestarts(store) === restarts);
  }
  await store.flushed();
  assert.equal(log.lines.filter(({ message }) => message.startsWith('the writer thread ended')).length, 5);
  const transitions = await store.transitions({ key, limit: 100_000 });
  assert.equal(transitions.items.length, restarts, 'each transition once');
  assert.equal(store.storage().state, 'ok');
});

test('a writer thread that ends three times before a commit: only a restart would help, which is said until it commits', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const store = await openTestStore(t, { path: file });
  for (let death = 1; death <= 3; death += 1) {
    assert.equal(store.failure(), null);
    await until(`death ${death}`, () => {
      // There is no thread to kill while its start is waited for.
      void store.writer?.kill();
      return store.counters().writerRestarts === death;
    });
  }
  assert.match(store.failure() ?? '', /^The thread that writes the database ends again and again/);
  putRestarts(store, 1);
  await until('the picture goes on', () => servedRestarts(store) === 1);
  assert.equal(store.storage().state, 'degraded');
  await until('it is written', () => store.storage().state === 'ok' && store.storage().pendingRows === 0);
  assert.equal(store.failure(), null);
});

test('another program holds the database: degraded after the answer is overdue, and well again once it lets go', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const store = await openTestStore(t, { path: file, retryMs: 20, answerMs: 100 });
  putRestarts(store, 1);
  await store.flushed();
  const other = new Sqlite(file);
  other.exec('BEGIN IMMEDIATE');
  putRestarts(store, 2);
  await until('the picture goes on', () => servedRestarts(store) === 2);
  assert.equal(store.storage().state, 'degraded');
  assert.equal(
    store.storage().message,
    `The disk of ${file} has not answered for 0.1 s; what is new is kept in memory.`,
  );
  putRestarts(store, 3);
  await until('and on', () => servedRestarts(store) === 3);
  other.exec('COMMIT');
  other.close();
  await until('storage works again', () => store.storage().state === 'ok');
  assert.equal((await store.transitions({ key, limit: 10 })).items.length, 3);
});

interface Line {
  readonly opened?: boolean;
  readonly revision?: number;
  readonly served?: readonly number[];
  readonly storage?: string;
  readonly refused?: string;
  readonly message?: string;
}

/** The process of `storage-process.ts`, below a shell that ignores SIGXFSZ. */
function startProcess(
  t: TestContext,
  file: string,
): { readonly process: ChildProcess; readonly lines: Line[]; readonly ended: Promise<number | null> } {
  const script = path.join(import.meta.dirname, 'storage-process.ts');
  const child = spawn('sh', ['-c', `trap '' XFSZ; exec "$0" "$@"`, process.execPath, script, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Line[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const line: Line = JSON.parse(part);
      lines.push(line);
    }
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  atEnd(t, () => child.kill('SIGKILL'));
  return { process: child, lines, ended };
}

const servedOf = (store: LiveStore): readonly number[] =>
  ['a', 'b', 'c', 'd'].map((name) => store.current().get(snapshotOf({ name }).key)?.snapshot.restarts ?? 0);

function assertAtLeast(found: readonly number[], served: readonly number[]): void {
  assert.ok(
    served.every((restarts, index) => (found[index] ?? 0) >= restarts),
    `served ${served.join(' ')}, found ${found.join(' ')}`,
  );
}

test('a second process is refused while the first runs, and takes over the moment that it is killed', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const first = startProcess(t, file);
  await until('it serves', () => first.lines.some(({ served }) => served !== undefined));
  const second = startProcess(t, file);
  assert.equal(await second.ended, 2);
  assert.deepEqual(
    second.lines.map(({ refused }) => refused),
    ['inUse'],
  );
  first.process.kill('SIGKILL');
  await first.ended;
  const store = await openTestStore(t, { path: file });
  assertAtLeast(servedOf(store), first.lines.findLast(({ served }) => served !== undefined)?.served ?? []);
});

/** Kills of one run: half a second each, so 200 only where nobody waits, or with `MAINTENANT_TEST_KILLS=200`. */
const kills = Number(process.env['MAINTENANT_TEST_KILLS'] ?? (process.env['CI'] === 'true' ? 200 : 24));

test(`kill -9 at ${kills} random moments: the file is whole and holds everything that was served`, {
  timeout: 600_000,
}, async (t) => {
  const directory = temporaryDirectory(t);
  const seed = Number(process.env['MAINTENANT_TEST_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`MAINTENANT_TEST_SEED=${seed}`);
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  const lane = async (name: string, rounds: number): Promise<void> => {
    mkdirSync(path.join(directory, name));
    const file = path.join(directory, name, 'a.db');
    let known: readonly number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const child = startProcess(t, file);
      await until('it is open', () => child.lines.length > 0);
      await delay(random() * 60);
      child.process.kill('SIGKILL');
      await child.ended;
      known = child.lines.findLast(({ served }) => served !== undefined)?.served ?? known;
      const database = new Sqlite(file, { fileMustExist: true });
      assert.equal(database.pragma('integrity_check', { simple: true }), 'ok');
      const rows = database
        .prepare<[], { name: string; list: string; id: number }>(
          'SELECT id, name, list_row AS list FROM workload ORDER BY name',
        )
        .all();
      const found = rows.map(({ list }): number => JSON.parse(list).restarts);
      assertAtLeast(found, known);
      for (const { id } of rows) {
        // The pods are those of the same commit: a batch is whole or absent.
        const pods = database
          .prepare<[number], { content: string }>('SELECT content FROM pod WHERE workload_id = ?')
          .all(id);
        const own = found[rows.findIndex((row) => row.id === id)];
        assert.deepEqual(new Set(pods.map(({ content }): number => JSON.parse(content).restarts)), new Set([own]));
      }
      database.close();
    }
  };
  await Promise.all([lane('first', Math.ceil(kills / 2)), lane('second', Math.floor(kills / 2))]);
});

test('closing in the middle of a flood writes everything that was accepted', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.db');
  const store = await openTestStore(t, { path: file });
  for (let number = 0; number < 1_000; number += 1) {
    store.put(snapshotOf({ name: `w${number}` }), [podOf(`w${number}-1`)], {}, noon + minuteMs);
  }
  await store.close();
  assert.deepEqual(readdirSync(path.dirname(file)).sort(), ['a.db', 'a.db-lock']);
  const again = await openTestStore(t, { path: file });
  assert.equal(again.current().size, 1_000);
  assert.equal(again.pods(snapshotOf({ name: 'w999' }).key).length, 1);
});

import { rmSync } from 'node:fs';
import type { WriterReply } from './batch.ts';
import { bytesOf, lockPath, totalBytes } from './files.ts';
import { History } from './history.ts';
import { LiveStore } from './live-store.ts';
import { preflight, StoreOpenError } from './preflight.ts';
import { type Database, lockFile, volumeBytes } from './sqlite.ts';
import type { Store, StoreLog } from './store.ts';
import { WriterThread } from './writer-thread.ts';

export { StoreOpenError } from './preflight.ts';
export { CursorError } from './cursor.ts';
export { setDatabaseAside } from './files.ts';

export interface StoreOptions {
  /** Path of the database file; its directory must exist. */
  readonly path: string;
  /** Only look: no writer thread, no lock, no migration. The file must be there. Default false. */
  readonly readOnly?: boolean;
  /** How long history is kept. */
  readonly retentionMs: number;
  /** Upper bound of all files together; null leaves the 70 % of the volume. */
  readonly maxBytes: number | null;
  readonly log: StoreLog;
  readonly now: () => number;
  /** Pause before a refused disk is tried again, doubled up to a minute. Default 5 s. */
  readonly retryMs?: number;
  /** After this long without an answer the disk counts as hanging. Default 5 s. */
  readonly answerMs?: number;
}

/**
 * Opens the store, migrating the file if it is older, and resolves with the last picture loaded. A damaged file is set
 * aside and a new one begins, which the log says.
 *
 * @throws StoreOpenError when the path cannot be used: then nothing was changed on disk.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { path, log, now } = options;
  const found = preflight(path);
  const { retryMs = null, answerMs = null } = options;
  const common = { path, log, now, history: new History(path), retryMs, answerMs };
  if (options.readOnly === true) {
    if (found.kind !== 'ours') {
      throw new StoreOpenError('disk', `There is no readable database at ${path}. Start maintenant once to create it.`);
    }
    const facts = { journalMode: 'wal', fileBytes: totalBytes(path), volumeFreeBytes: volumeBytes(path)?.free ?? null };
    return new LiveStore({ ...common, facts, notice: null, release: () => undefined }, null);
  }

  const lock = lockOrRefuse(path);
  try {
    const { writer, opened, connect } = await startWriter(options);
    for (const note of opened.notes) log.warn({ path }, note);
    // A new file with something to say took the place of a damaged one.
    const notice = opened.fresh && opened.notes.length > 0 ? opened.notes.join('; ') : null;
    const store = new LiveStore({ ...common, facts: opened.facts, notice, release: () => lock.close() }, writer);
    connect(store);
    store.queue.start();
    return store;
  } catch (error) {
    lock.close();
    if (found.kind === 'new') removeEmpty(path);
    throw error;
  }
}

/** What a failed start has made: an empty file and its lock. */
function removeEmpty(path: string): void {
  if (bytesOf(path) === 0) for (const file of [path, lockPath(path)]) rmSync(file, { force: true });
}

function lockOrRefuse(path: string): Database {
  try {
    const lock = lockFile(lockPath(path));
    if (lock !== null) return lock;
  } catch (error) {
    throw new StoreOpenError(
      'notWritable',
      `The lock file ${lockPath(path)} cannot be written (${String(error)}). Give this user the right, or set MAINTENANT_DB to another path.`,
      { cause: error },
    );
  }
  throw new StoreOpenError(
    'inUse',
    `The database ${path} is in use by another maintenant process. Stop that one, or set MAINTENANT_DB to another path.`,
  );
}

type Opened = Extract<WriterReply, { type: 'opened' }>;

/** Starts the writer thread and waits until it has the file; later replies go to the store that `connect` names. */
async function startWriter(
  options: StoreOptions,
): Promise<{ readonly writer: WriterThread; readonly opened: Opened; readonly connect: (store: LiveStore) => void }> {
  const { path, maxBytes, retentionMs, now } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Opened>();
  const early: WriterReply[] = [];
  let store: LiveStore | null = null;
  const writer = new WriterThread(() => ({ path, maxBytes, retentionMs, now: now() }), {
    onReply(reply) {
      if (store !== null) store.queue.onReply(reply);
      else if (reply.type === 'opened') resolve(reply);
      else if (reply.type === 'openFailed') reject(new StoreOpenError(reply.code, openFailure(path, reply)));
      else early.push(reply);
    },
    onDeath(reason, restartInMs) {
      if (store !== null) store.queue.onDeath(reason, restartInMs);
      else reject(new StoreOpenError('disk', `The database ${path} could not be opened: ${reason}`));
    },
  });
  writer.start();
  try {
    const opened = await promise;
    return {
      writer,
      opened,
      connect(live) {
        store = live;
        for (const reply of early) live.queue.onReply(reply);
      },
    };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

function openFailure(path: string, reply: Extract<WriterReply, { type: 'openFailed' }>): string {
  if (reply.code === 'notWal') return reply.message;
  const fix = reply.trouble === 'full' ? 'Make room on the volume' : 'Check the volume';
  return `The database ${path} cannot be opened: ${reply.message}. ${fix}, or set MAINTENANT_DB to another path.`;
}

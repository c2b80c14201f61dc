import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Batch, FileFacts, WriterReply, WriterRequest, WriterSettings } from './batch.ts';
import { Committer } from './committer.ts';
import { backupPath, bytesOf, limitBytes, mainFileLimitBytes, quarantineFiles, totalBytes } from './files.ts';
import { migrate, readUserVersion, schemaVersion } from './migrations.ts';
import { type Maintenance, startMaintenance } from './retention.ts';
import { type Database, diskTrouble, limitFileBytes, openForWriting, volumeBytes } from './sqlite.ts';

/**
 * The writer thread: the only write connection. Commits what it is handed as it comes, checks the file after an unclean
 * stop, and keeps it small when asked to. Everything that takes long is cut in slices, between which batches pass.
 */

/** Sizes of files are asked for at most once in this time: a stat costs more than the commit of a row. */
const factsIntervalMs = 1_000;

class Writer {
  readonly #settings: WriterSettings;
  readonly #reply: (reply: WriterReply) => void;
  #database: Database;
  #committer: Committer;
  #journalMode: string;
  #facts: FileFacts;
  #factsAt = 0;
  #maintenance: Maintenance | null = null;
  #walInode: number | null = null;

  constructor(settings: WriterSettings, notes: string[], reply: (reply: WriterReply) => void) {
    this.#settings = settings;
    this.#reply = reply;
    const fresh = bytesOf(settings.path) === 0;
    const opened = openForWriting(settings.path, { maxFileBytes: this.#mainFileLimit() });
    this.#database = opened.database;
    this.#journalMode = opened.journalMode;
    if (opened.journalMode !== 'wal') {
      opened.database.close();
      throw new NotWalError(settings.path, opened.journalMode);
    }
    const stoppedCleanly = this.#prepareFile(fresh, notes);
    this.#committer = new Committer(this.#database);
    this.#facts = this.#readFacts();
    this.#reply({ type: 'opened', facts: this.#facts, fresh, notes });
    if (!stoppedCleanly) setImmediate(() => this.#check());
  }

  handle(request: WriterRequest): void {
    switch (request.type) {
      case 'batch':
        return this.#commit(request.batch);
      case 'maintain':
        return this.#maintain(request.now);
      case 'quarantine':
        return this.#quarantine(request.now, request.reason);
      case 'close':
        return this.#close();
      default: {
        const impossible: never = request;
        throw new Error(`unknown request ${JSON.stringify(impossible)}`);
      }
    }
  }

  #commit(batch: Batch): void {
    try {
      this.#committer.commit(batch);
      this.#reply({ type: 'committed', id: batch.id, facts: this.#recentFacts() });
    } catch (error) {
      this.#reply({ type: 'refused', id: batch.id, trouble: diskTrouble(error), message: messageOf(error) });
    }
  }

  /** Backs up before a change of the schema, migrates, and says whether the last run ended as it should. */
  #prepareFile(fresh: boolean, notes: string[]): boolean {
    const version = readUserVersion(this.#database);
    if (!fresh && version > 0 && version < schemaVersion) notes.push(this.#backUp(version));
    migrate(this.#database);
    const row = this.#database
      .prepare<unknown[], { stopped_cleanly: number }>('SELECT stopped_cleanly FROM meta')
      .get();
    return row?.stopped_cleanly === 1;
  }

  #backUp(version: number): string {
    const { path, maxBytes } = this.#settings;
    const target = backupPath(path);
    const needed = bytesOf(path) + bytesOf(`${path}-wal`);
    const free = volumeBytes(dirname(path))?.free ?? Number.POSITIVE_INFINITY;
    const limit = limitBytes(path, maxBytes) ?? Number.POSITIVE_INFINITY;
    if (needed > free || totalBytes(path) - bytesOf(target) + needed > limit) {
      return `no room for a backup before the change from schema version ${version} to ${schemaVersion}: ${needed} bytes needed`;
    }
    const unfinished = `${target}-unfinished`;
    rmSync(unfinished, { force: true });
    this.#database.prepare('VACUUM INTO ?').run(unfinished);
    renameSync(unfinished, target);
    return `schema version ${version} was backed up to ${target} before the change to ${schemaVersion}`;
  }

  /** 48 ms for 13 MB: after an unclean stop only, and never before the first picture is served. */
  #check(): void {
    try {
      const found = this.#database.pragma('quick_check(1)', { simple: true });
      if (found !== 'ok') this.#reply({ type: 'damaged', message: String(found) });
    } catch (error) {
      if (diskTrouble(error) === 'corrupt') this.#reply({ type: 'damaged', message: messageOf(error) });
    }
  }

  #maintain(now: number): void {
    if (this.#maintenance !== null) return;
    const { path, maxBytes, retentionMs } = this.#settings;
    this.#renewDeletedLog();
    this.#maintenance = startMaintenance(this.#database, { path, maxBytes, retentionMs, now }, (outcome) => {
      this.#maintenance = null;
      limitFileBytes(this.#database, this.#mainFileLimit());
      this.#facts = this.#readFacts();
      this.#reply({
        type: 'maintained',
        facts: this.#facts,
        oldestAt: outcome.oldestAt,
        deletedRows: outcome.deletedRows,
      });
    });
  }

  /**
   * Someone deleted the write-ahead log under our feet: the open file still holds what was committed, so it is brought
   * into the main file and the connection renewed. What a crash before that loses is at most the time between two calls.
   */
  #renewDeletedLog(): void {
    const log = `${this.#settings.path}-wal`;
    const inode = statSync(log, { throwIfNoEntry: false })?.ino ?? null;
    const deleted = this.#walInode !== null && inode !== this.#walInode;
    this.#walInode = inode;
    if (!deleted) return;
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#reopen();
    this.#walInode = statSync(log, { throwIfNoEntry: false })?.ino ?? null;
  }

  #quarantine(now: number, reason: string): void {
    this.#maintenance?.stop();
    this.#maintenance = null;
    this.#database.close();
    const note = setAside(this.#settings.path, now, reason);
    this.#reopen();
    this.#reply({ type: 'opened', facts: this.#readFacts(), fresh: true, notes: [note] });
  }

  #reopen(): void {
    if (this.#database.open) this.#database.close();
    const opened = openForWriting(this.#settings.path, { maxFileBytes: this.#mainFileLimit() });
    this.#database = opened.database;
    this.#journalMode = opened.journalMode;
    migrate(this.#database);
    this.#committer = new Committer(this.#database);
  }

  #close(): void {
    this.#maintenance?.stop();
    try {
      this.#database.exec('UPDATE meta SET stopped_cleanly = 1');
      this.#database.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      // A disk that refuses this too is told at the next start by the check after an unclean stop.
      if (diskTrouble(error) === null) throw error;
    } finally {
      this.#database.close();
      this.#reply({ type: 'closed' });
    }
  }

  #mainFileLimit(): number | null {
    return mainFileLimitBytes(this.#settings.path, this.#settings.maxBytes);
  }

  #recentFacts(): FileFacts {
    const now = performance.now();
    if (now - this.#factsAt >= factsIntervalMs) {
      this.#facts = this.#readFacts();
      this.#factsAt = now;
    }
    return this.#facts;
  }

  #readFacts(): FileFacts {
    return {
      journalMode: this.#journalMode,
      fileBytes: totalBytes(this.#settings.path),
      volumeFreeBytes: volumeBytes(dirname(this.#settings.path))?.free ?? null,
    };
  }
}

class NotWalError extends Error {
  override readonly name = 'NotWalError';

  constructor(path: string, journalMode: string) {
    super(
      `The database ${path} lies on a volume without write-ahead log (journal mode reads back as ${journalMode}), ` +
        'as network file systems are. Set MAINTENANT_DB to a local disk.',
    );
  }
}

/** Opens the file; one that was ours and cannot be read is set aside first. */
function openWriter(settings: WriterSettings, reply: (reply: WriterReply) => void): Writer {
  try {
    return new Writer(settings, [], reply);
  } catch (error) {
    if (diskTrouble(error) !== 'corrupt') throw error;
    return new Writer(settings, [setAside(settings.path, settings.now, messageOf(error))], reply);
  }
}

function setAside(path: string, now: number, reason: string): string {
  const target = existsSync(path) ? quarantineFiles(path, now) : null;
  const where = target === null ? 'is gone' : `now lies at ${target}`;
  return `the database was damaged (${reason}) and ${where}; history begins anew`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function run(): void {
  const port = parentPort;
  if (port === null) throw new Error('store/writer.ts runs as a worker thread only');
  const reply = (message: WriterReply): void => port.postMessage(message);
  try {
    const writer = openWriter(workerData as WriterSettings, reply);
    port.on('message', (request: WriterRequest) => {
      writer.handle(request);
      if (request.type === 'close') port.close();
    });
  } catch (error) {
    const code = error instanceof NotWalError ? 'notWal' : 'disk';
    reply({ type: 'openFailed', trouble: diskTrouble(error), code, message: messageOf(error) });
    port.close();
  }
}

run();

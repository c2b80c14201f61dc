import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { backUp } from './backup.ts';
import type { Batch, FileFacts, WriterReply, WriterRequest, WriterSettings } from './batch.ts';
import { Committer } from './committer.ts';
import { bytesOf, mainFileLimitBytes, quarantineFiles, totalBytes } from './files.ts';
import { migrate, readUserVersion, schemaVersion } from './migrations.ts';
import { type Maintenance, startMaintenance } from './retention.ts';
import {
  type Database,
  diskTrouble,
  diskTroubleAt,
  limitFileBytes,
  NotWalError,
  openForWriting,
  volumeBytes,
} from './sqlite.ts';

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
  #facts: FileFacts;
  #factsAt = 0;
  #maintenance: Maintenance | null = null;
  #files: FileIdentities;

  constructor(settings: WriterSettings, notes: string[], reply: (reply: WriterReply) => void) {
    this.#settings = settings;
    this.#reply = reply;
    const fresh = bytesOf(settings.path) === 0;
    this.#database = openForWriting(settings.path, { maxFileBytes: this.#mainFileLimit() });
    const stoppedCleanly = this.#prepareFile(fresh, notes);
    this.#committer = new Committer(this.#database);
    this.#facts = this.#readFacts();
    this.#files = identitiesOf(settings.path);
    this.#reply({ type: 'opened', facts: this.#facts, fresh, notes });
    if (!stoppedCleanly) setImmediate(() => this.#check());
  }

  handle(request: WriterRequest): void {
    switch (request.type) {
      case 'batch':
        return this.#commit(request.batch);
      case 'maintain':
        return this.#maintain(request.now);
      case 'nameCluster':
        return this.#nameCluster(request.cluster);
      case 'quarantine':
        return this.#quarantine(request.now, request.reason);
      case 'renew':
        return this.#renew();
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
      // First: into a file whose folder is gone one can write for ever.
      const facts = this.#recentFacts();
      this.#committer.commit(batch);
      this.#reply({ type: 'committed', id: batch.id, facts });
    } catch (error) {
      this.#reply({
        type: 'refused',
        id: batch.id,
        trouble: diskTroubleAt(this.#settings.path, error),
        message: messageOf(error),
      });
    }
  }

  /** Backs up before a change of the schema, migrates, and says whether the last run ended as it should. */
  #prepareFile(fresh: boolean, notes: string[]): boolean {
    const version = readUserVersion(this.#database);
    if (!fresh && version > 0 && version < schemaVersion) {
      const { path, maxBytes } = this.#settings;
      notes.push(backUp(this.#database, path, maxBytes, { from: version, to: schemaVersion }));
    }
    if (version < schemaVersion) {
      migrate(this.#database);
      // The next start reads the version from the header, before it opens anything.
      this.#database.pragma('wal_checkpoint(TRUNCATE)');
    }
    const row = this.#database
      .prepare<unknown[], { stopped_cleanly: number }>('SELECT stopped_cleanly FROM meta')
      .get();
    return row?.stopped_cleanly === 1;
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
    this.#maintenance = startMaintenance(this.#database, { path, maxBytes, retentionMs, now }, (outcome) => {
      this.#maintenance = null;
      limitFileBytes(this.#database, this.#mainFileLimit());
      this.#facts = this.#readFacts();
      this.#reply({ type: 'maintained', facts: this.#facts, ...outcome });
    });
  }

  /**
   * Someone deleted the database or its write-ahead log under our feet, or put another volume there. The open files
   * still hold everything, so what the log has is brought into the main file and every connection begins anew, the
   * readers' first: the old and the new log share one index, and a reader of the old one would read the wrong pages.
   */
  #lookForDeletedFiles(): void {
    const files = identitiesOf(this.#settings.path);
    const before = this.#files;
    this.#files = files;
    if (before.main !== null && files.main !== before.main) {
      this.#reply({ type: 'damaged', message: 'the file was deleted or replaced while it was in use' });
    } else if (before.log !== null && files.log !== before.log) {
      this.#reply({ type: 'logDeleted' });
    }
  }

  #renew(): void {
    this.#maintenance?.stop();
    this.#maintenance = null;
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#reopen();
    const note =
      'the write-ahead log was deleted while it was in use; what it held is in the database, nothing is lost';
    this.#reply({ type: 'opened', facts: this.#readFacts(), fresh: false, notes: [note] });
  }

  #nameCluster(cluster: string): void {
    try {
      this.#database.prepare('UPDATE meta SET cluster = ?').run(cluster);
    } catch (error) {
      // A disk that refuses this refuses the next batch too, which tells it; the next start names the cluster again.
      if (diskTrouble(error) === null) throw error;
    }
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
    this.#database = openForWriting(this.#settings.path, { maxFileBytes: this.#mainFileLimit() });
    migrate(this.#database);
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#committer = new Committer(this.#database);
    this.#files = identitiesOf(this.#settings.path);
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
      this.#lookForDeletedFiles();
    }
    return this.#facts;
  }

  #readFacts(): FileFacts {
    return {
      journalMode: 'wal',
      fileBytes: totalBytes(this.#settings.path),
      volumeFreeBytes: volumeBytes(dirname(this.#settings.path))?.free ?? null,
    };
  }
}

/** Which files these are; null while one is not there. */
interface FileIdentities {
  readonly main: string | null;
  readonly log: string | null;
}

/** Volume and inode: two volumes that were filled alike have the same inodes. */
function identitiesOf(path: string): FileIdentities {
  const identityOf = (file: string): string | null => {
    const found = statSync(file, { throwIfNoEntry: false });
    return found === undefined ? null : `${found.dev}:${found.ino}`;
  };
  return { main: identityOf(path), log: identityOf(`${path}-wal`) };
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

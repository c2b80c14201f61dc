import { accessSync, constants, statfsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';

/**
 * The one place that opens SQLite files. Three kinds of connection exist: the writer thread's (the only one that
 * writes), the reader thread's and the main thread's point reader (both read-only).
 */

export type Database = Sqlite.Database;
export type Statement<Row = unknown> = Sqlite.Statement<unknown[], Row>;

/** Our files carry this in their header (`main` in ASCII), so that a foreign database is never taken for ours. */
export const applicationId = 0x6d61696e;

export interface WriteConnectionOptions {
  /** Upper bound of the main file in bytes; null for none. SQLite answers SQLITE_FULL beyond it. */
  readonly maxFileBytes: number | null;
}

/** The volume has no shared memory between processes, as network file systems: SQLite cannot keep a log on it safely. */
export class NotWalError extends Error {
  override readonly name = 'NotWalError';

  constructor(path: string, journalMode: string) {
    super(
      `The database ${path} lies on a volume without write-ahead log (journal mode reads back as ${journalMode}), ` +
        'as network file systems are. Set MAINTENANT_DB to a local disk.',
    );
  }
}

/**
 * Opens for reading and writing, creating the file.
 * @throws NotWalError when the journal mode reads back as another one
 */
export function openForWriting(path: string, options: WriteConnectionOptions): Database {
  const database = new Sqlite(path, { timeout: 5_000 });
  // auto_vacuum only takes effect before the first table exists; afterwards it is a no-op.
  database.pragma('auto_vacuum = INCREMENTAL');
  const journalMode = String(database.pragma('journal_mode = WAL', { simple: true }));
  if (journalMode !== 'wal') {
    database.close();
    throw new NotWalError(path, journalMode);
  }
  // NORMAL syncs at checkpoints only: a power cut may cost the last seconds, and those are derived again.
  database.pragma('synchronous = NORMAL');
  database.pragma('foreign_keys = ON');
  // The root file system of the container is read-only: nothing may spill to /tmp.
  database.pragma('temp_store = MEMORY');
  database.pragma('cache_size = -4000');
  database.pragma(`journal_size_limit = ${16 * 1024 * 1024}`);
  limitFileBytes(database, options.maxFileBytes);
  return database;
}

/** Opens read-only. `cacheKiB` bounds the page cache of the connection. */
export function openForReading(path: string, cacheKiB: number): Database {
  // 50 ms: a reader of a WAL file waits for nobody but the recovery after a crash; beyond that the caller copes.
  const database = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 50 });
  database.pragma(`cache_size = -${cacheKiB}`);
  database.pragma('temp_store = MEMORY');
  return database;
}

/** Holds an exclusive lock on a file of its own until closed or until the process is gone, however it goes. */
export function lockFile(path: string): Database | null {
  const database = new Sqlite(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (sqliteCode(error) === 'SQLITE_BUSY') return null;
    throw error;
  }
}

/** SQLite's own: 4 MB of log at 4 kB a page. */
const defaultCheckpointPages = 1_000;

/** Bounds the main file, and folds its log in before that outgrows the third of it that is left for the log. */
export function limitFileBytes(database: Database, maxFileBytes: number | null): void {
  if (maxFileBytes === null) return;
  const pageSize = Number(database.pragma('page_size', { simple: true }));
  const pages = Math.max(1, Math.floor(maxFileBytes / pageSize));
  database.pragma(`max_page_count = ${pages}`);
  database.pragma(`wal_autocheckpoint = ${Math.min(defaultCheckpointPages, Math.ceil(pages / 3))}`);
}

/** SQLite's extended result code (`SQLITE_IOERR_WRITE`), or null when the error is not SQLite's. */
export function sqliteCode(error: unknown): string | null {
  return error instanceof Sqlite.SqliteError ? error.code : null;
}

export type DiskTrouble = 'full' | 'readOnly' | 'inputOutput' | 'corrupt' | 'busy';

/** What an error says about the disk; null when it is a bug of ours (a constraint, a bad statement). */
export function diskTrouble(error: unknown): DiskTrouble | null {
  const code = sqliteCode(error);
  // A system call that failed beside SQLite's own: the folder is gone, or its volume.
  if (code === null) return error instanceof Error && 'syscall' in error ? 'inputOutput' : null;
  if (code === 'SQLITE_FULL') return 'full';
  if (code.startsWith('SQLITE_READONLY')) return 'readOnly';
  if (code.startsWith('SQLITE_IOERR') || code.startsWith('SQLITE_CANTOPEN')) return 'inputOutput';
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return 'corrupt';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
  return null;
}

/** The same, where SQLite's "I/O error" is a volume that has become read-only under an open file. */
export function diskTroubleAt(path: string, error: unknown): DiskTrouble | null {
  const trouble = diskTrouble(error);
  return trouble === 'inputOutput' && isReadOnly(path) ? 'readOnly' : trouble;
}

function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    // Anything else is for the next attempt to find out.
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}

/** Size and free bytes of the volume that holds `path`; null where the platform does not say. */
export function volumeBytes(path: string): { readonly total: number; readonly free: number } | null {
  try {
    const volume = statfsSync(path);
    return { total: volume.blocks * volume.bsize, free: volume.bavail * volume.bsize };
  } catch {
    // A volume that cannot be measured has no limit that could be derived from it.
    return null;
  }
}

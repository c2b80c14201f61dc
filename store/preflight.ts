import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { lockPath } from './files.ts';
import { schemaVersion } from './migrations.ts';
import { applicationId } from './sqlite.ts';

/**
 * Looks at a database path before anything is opened, because opening a SQLite file, even read-only, leaves files
 * behind. Everything is read from the first 100 bytes of the file (https://sqlite.org/fileformat2.html#the_database_header).
 */

export type StoreOpenCode =
  | 'directoryMissing'
  | 'notAFile'
  | 'notWritable'
  | 'foreignFile'
  | 'newerVersion'
  | 'inUse'
  | 'notWal'
  | 'disk';

/** The database cannot be used. The message names the value and the fix; nothing was changed on disk. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  readonly code: StoreOpenCode;

  constructor(code: StoreOpenCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `damaged` was ours and cannot be read: it is quarantined and a fresh file begins. */
export type Preflight = { readonly kind: 'new' } | { readonly kind: 'ours' } | { readonly kind: 'damaged' };

const magic = 'SQLite format 3\0';
const headerBytes = 100;
const userVersionOffset = 60;
const applicationIdOffset = 68;

/** @throws StoreOpenError when the path or the file is not one that we may write. */
export function preflight(path: string): Preflight {
  const directory = dirname(resolve(path));
  if (!existsSync(directory)) {
    throw new StoreOpenError(
      'directoryMissing',
      `The database path ${path} lies in ${directory}, which does not exist. Create the directory or set MAINTENANT_DB.`,
    );
  }
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) {
    throw new StoreOpenError(
      'notAFile',
      `The database path ${path} is a ${stat.isDirectory() ? 'directory' : 'special file'}. Set MAINTENANT_DB to a file.`,
    );
  }
  requireWritable(directory, path, 'the directory');
  if (stat === undefined) return { kind: 'new' };
  requireWritable(path, path, 'the file');
  return stat.size === 0 ? { kind: 'new' } : judgeHeader(path, readHeader(path));
}

function judgeHeader(path: string, header: Buffer): Preflight {
  const whole = header.length === headerBytes;
  const isSqlite = header.toString('latin1', 0, magic.length) === magic;
  const isMarked = whole && header.readUInt32BE(applicationIdOffset) === applicationId;
  // Only what is known to be ours is ever moved: marked in its header, or with our lock file beside it.
  const isOurs = isMarked || existsSync(lockPath(path));
  if (isSqlite && isMarked) {
    const version = header.readUInt32BE(userVersionOffset);
    if (version <= schemaVersion) return { kind: 'ours' };
    throw new StoreOpenError(
      'newerVersion',
      `The database ${path} has schema version ${version} and this program knows versions up to ${schemaVersion}. ` +
        'Start the newer program, or set MAINTENANT_DB to another file.',
    );
  }
  // Not marked yet but locked once: a crash in its first second left the mark in the write-ahead log.
  if (isOurs) return { kind: isSqlite ? 'ours' : 'damaged' };
  throw new StoreOpenError(
    'foreignFile',
    `The file ${path} is ${isSqlite ? 'the SQLite database of another program' : 'not a SQLite database'}. ` +
      'Set MAINTENANT_DB to another path, or move the file away.',
  );
}

function readHeader(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(headerBytes);
    return header.subarray(0, readSync(file, header, 0, headerBytes, 0));
  } finally {
    closeSync(file);
  }
}

function requireWritable(file: string, path: string, what: string): void {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new StoreOpenError(
      'notWritable',
      `The database path ${path} cannot be written: no right to write ${what} ${file}. ` +
        'Give this user the right, or set MAINTENANT_DB to a writable path.',
      { cause: error },
    );
  }
}

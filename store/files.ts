import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { volumeBytes } from './sqlite.ts';

/**
 * The files that belong to a database, and how much of the volume they may take.
 *
 *     maintenant.db            the database            maintenant.db-lock       held by the running process
 *     maintenant.db-wal, -shm  SQLite's own            maintenant.db.backup     before the last change of the schema
 *                                                      maintenant.db.corrupt-…  the last one that was quarantined
 *                                                      maintenant.db.other-cluster-…  the last one about another cluster
 */

export const lockPath = (path: string): string => `${path}-lock`;
export const backupPath = (path: string): string => `${path}.backup`;

/** Part of the volume that all files together may take: the rest is for whoever shares it and for a full WAL. */
const volumeShare = 0.7;
/** Kept free for the write-ahead log: `journal_size_limit`, or a quarter of a small limit. */
const walAllowanceBytes = 16 * 1024 * 1024;

/** Bytes of every file of the database. */
export function totalBytes(path: string): number {
  return siblings(path).reduce((sum, file) => sum + bytesOf(file), 0);
}

/** The smaller of 70 % of the volume and `maxBytes`; null when neither is known. */
export function limitBytes(path: string, maxBytes: number | null): number | null {
  const volume = volumeBytes(dirname(path));
  const share = volume === null ? null : Math.floor(volume.total * volumeShare);
  if (share === null) return maxBytes;
  return maxBytes === null ? share : Math.min(share, maxBytes);
}

/** What is left of the limit for the main file, once backup, quarantine and write-ahead log have theirs. */
export function mainFileLimitBytes(path: string, maxBytes: number | null): number | null {
  const limit = limitBytes(path, maxBytes);
  if (limit === null) return null;
  const others = siblings(path)
    .filter((file) => file === backupPath(path) || isQuarantine(path, file))
    .reduce((sum, file) => sum + bytesOf(file), 0);
  return Math.max(0, limit - others - Math.min(walAllowanceBytes, Math.floor(limit / 4)));
}

/**
 * Moves the database out of the way and keeps it, with its write-ahead log, for whoever wants to look. An older
 * quarantine goes: one is evidence, ten are a full disk. Returns the new path.
 */
export function quarantineFiles(path: string, now: number): string {
  return moveAway(path, 'corrupt', now);
}

/** The same with a sound one, which is about another cluster than the one that is watched now. Returns the new path. */
export function setDatabaseAside(path: string, now: number): string {
  return moveAway(path, 'other-cluster', now);
}

function moveAway(path: string, why: 'corrupt' | 'other-cluster', now: number): string {
  for (const file of siblings(path)) if (file.startsWith(`${path}.${why}-`)) rmSync(file, { force: true });
  const target = `${path}.${why}-${new Date(now).toISOString().replaceAll(':', '-')}`;
  renameSync(path, target);
  for (const suffix of ['-wal', '-shm']) {
    if (bytesOf(path + suffix) > 0) renameSync(path + suffix, target + suffix);
    else rmSync(path + suffix, { force: true });
  }
  return target;
}

/** What was moved away, for either reason. */
export function removeQuarantine(path: string): void {
  for (const file of siblings(path)) if (isQuarantine(path, file)) rmSync(file, { force: true });
}

export function removeBackup(path: string): void {
  rmSync(backupPath(path), { force: true });
}

export function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function isQuarantine(path: string, file: string): boolean {
  return file.startsWith(`${path}.corrupt-`) || file.startsWith(`${path}.other-cluster-`);
}

/** As they begin with `path`, however that is written: `./maintenant.db` is no other file than `maintenant.db`. */
function siblings(path: string): readonly string[] {
  const name = basename(path);
  return readdirSync(dirname(path))
    .filter((file) => file.startsWith(name))
    .map((file) => path + file.slice(name.length));
}

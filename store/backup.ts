import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backupPath, bytesOf, limitBytes, totalBytes } from './files.ts';
import { type Database, volumeBytes } from './sqlite.ts';

/**
 * Copies the database beside itself before its schema changes, when there is room; one copy is kept. Returns a sentence
 * for the log. A half-written copy never has the final name.
 */
export function backUp(
  database: Database,
  path: string,
  maxBytes: number | null,
  versions: { readonly from: number; readonly to: number },
): string {
  const target = backupPath(path);
  const neededBytes = bytesOf(path) + bytesOf(`${path}-wal`);
  const freeBytes = volumeBytes(dirname(path))?.free ?? Number.POSITIVE_INFINITY;
  const limit = limitBytes(path, maxBytes) ?? Number.POSITIVE_INFINITY;
  if (neededBytes > freeBytes || totalBytes(path) - bytesOf(target) + neededBytes > limit) {
    return (
      `no backup was made before the change from schema version ${versions.from} to ${versions.to}: ` +
      `it needs ${neededBytes} bytes and the volume or MAINTENANT_DB_MAX leaves no room for them`
    );
  }
  const unfinished = `${target}-unfinished`;
  rmSync(unfinished, { force: true });
  database.prepare('VACUUM INTO ?').run(unfinished);
  renameSync(unfinished, target);
  return `schema version ${versions.from} was backed up to ${target} before the change to ${versions.to}`;
}

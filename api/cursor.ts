import { createHash } from 'node:crypto';
import { badParameter } from './problem.ts';

/**
 * Cursors: where a page ended, bound to the question that it belongs to. A cursor that is handed to another route,
 * filter or order is refused instead of silently skipping rows.
 *
 *     base64url( checksum(question + position) + position )
 */
export function encodeCursor(question: unknown, position: string): string {
  return Buffer.from(checksum(question, position) + position).toString('base64url');
}

/** @throws ProblemError 400 naming `cursor` */
export function decodeCursor(question: unknown, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const position = text.slice(checksumLength);
  if (text.slice(0, checksumLength) !== checksum(question, position)) {
    throw badParameter('cursor', 'belongs to another question; start again without it');
  }
  return position;
}

const checksumLength = 12;

function checksum(question: unknown, position: string): string {
  return createHash('sha256')
    .update(JSON.stringify(question))
    .update('\0')
    .update(position)
    .digest('base64url')
    .slice(0, checksumLength);
}

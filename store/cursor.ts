import { contentHash } from './content-hash.ts';

/**
 * Positions in a list, as text for the client. A cursor carries a mark of the filter that it was made under, because a
 * position of one list means nothing in another.
 */

/** The cursor is no cursor of this list. The message is fit for the client. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
}

export type CursorPosition = readonly (number | string)[];

export function encodeCursor(filter: unknown, position: CursorPosition): string {
  return Buffer.from(JSON.stringify([filterMark(filter), ...position])).toString('base64url');
}

/**
 * @param shape one value of the type that is expected at each place
 * @throws CursorError when the text is damaged or belongs to another filter
 */
export function decodeCursor(filter: unknown, cursor: string, shape: CursorPosition): CursorPosition {
  const [mark, ...position] = parse(cursor);
  if (mark !== filterMark(filter)) {
    throw new CursorError('The cursor belongs to another filter. Start again without a cursor.');
  }
  const fits =
    position.length === shape.length && shape.every((value, index) => typeof position[index] === typeof value);
  if (!fits) throw new CursorError('The cursor is not one of this list. Start again without a cursor.');
  return position.filter((value) => typeof value === 'number' || typeof value === 'string');
}

function parse(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(value)) return value;
  } catch (error) {
    throw new CursorError('The cursor cannot be read. Start again without a cursor.', { cause: error });
  }
  throw new CursorError('The cursor cannot be read. Start again without a cursor.');
}

function filterMark(filter: unknown): number {
  return contentHash(JSON.stringify(filter));
}

import { createHash } from 'node:crypto';
import type { Freshness } from './picture.ts';

/**
 * The weak entity tag of every answer that comes from the store: build, epoch, revision, half-hour and staleness.
 * Weak, because two answers under one tag may differ in instants such as `observedAt`, never in meaning.
 *
 * @param extra what else the answer depends on and the revision does not count, for instance the newest sample
 */
export function entityTag(version: string, freshness: Freshness, extra: string | number = ''): string {
  const { epoch, revision, bucket, staleMark } = freshness;
  return `W/"${[version, epoch, revision, bucket, staleMark, extra].join('~').replaceAll(/[^\x21\x23-\x7e]/g, '_')}"`;
}

/** Of an answer that a release has for good. Weak as well, because it goes out in two encodings. */
export function buildTag(body: Uint8Array): string {
  return `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/** Weak comparison of RFC 9110 §13.1.2: `*`, or any of the list. For what exists only: `*` matches anything there is. */
export function matchesEntityTag(ifNoneMatch: string | undefined, entityTag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(entityTag));
}

import { instant } from './answers.ts';

/** What both event streams (changes and logs) need to survive proxies that are set up for pages. */

/** nginx cuts a connection that is quiet for 60 s; others are stricter. */
export const heartbeatMs = 15_000;

/** Some proxies and browsers hold back the first bytes until there are this many. */
export const streamPadding = `:${' '.repeat(2_048)}\n\n`;

export const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  // no-transform also keeps proxies from compressing, which would hold events back.
  'cache-control': 'no-cache, no-transform',
  // nginx buffers answers by default; this turns it off for this one.
  'x-accel-buffering': 'no',
} as const;

/** An event, because a page cannot see comments and would not notice a half-open connection. */
export function pingEvent(now: number): string {
  return `event: ping\ndata: {"at":"${instant(now)}"}\n\n`;
}

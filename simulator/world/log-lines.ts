import type { Role } from './model.ts';

/** What the containers of the demo print: JSON with levels or plain text, seldom a warning. */
export function logLine(role: Role, random: () => number, now: number): string {
  const path = paths[Math.floor(random() * paths.length)] ?? '/';
  const durationMs = Math.round(2 + 80 * random() ** 3);
  const isSlow = random() > 0.97;
  if (role.log === 'plain') {
    return isSlow ? `WARN  slow request ${path} took ${durationMs * 40} ms` : `INFO  GET ${path} 200 ${durationMs} ms`;
  }
  return JSON.stringify({
    level: isSlow ? 'warn' : 'info',
    time: new Date(now).toISOString(),
    msg: isSlow ? 'slow request' : 'request',
    path,
    status: 200,
    durationMs: isSlow ? durationMs * 40 : durationMs,
  });
}

const paths = ['/', '/ready', '/api/items', '/api/items/4711', '/api/orders', '/api/session', '/metrics'];

/**
 * The wait between two attempts: 800 ms, doubled up to 30 s, times 1 to 2 by chance, so that the watches of a hundred
 * instances do not come back together. Same curve as client-go's reflector
 * (https://github.com/kubernetes/client-go/blob/v0.34.0/tools/cache/reflector.go): an API server that is down for long
 * then sees 0.03 to 0.02 requests a second from each watch.
 */
export const firstDelayMs = 800;
const longestDelayMs = 30_000;
/** Without a wait for this long the next trouble is a new one, and starts small. */
const forgetAfterMs = 120_000;
/** What a server may ask for by Retry-After; more is a mistake, and a monitor that sleeps for a day is none. */
const longestRetryAfterMs = 600_000;

export interface Backoff {
  /** Waits since the last reset. */
  readonly attempts: number;
  /** When the last wait began, on the monotonic clock; null before the first. */
  readonly lastAt: number | null;
}

export const restedBackoff: Backoff = { attempts: 0, lastAt: null };

/**
 * @param random uniform in [0, 1).
 * @param retryAfterMs the server's lower bound, or null.
 * @returns the wait in milliseconds, and the state for the next one.
 */
export function backOff(
  backoff: Backoff,
  monotonic: number,
  random: number,
  retryAfterMs: number | null = null,
): { readonly delayMs: number; readonly backoff: Backoff } {
  const rested = backoff.lastAt === null || monotonic - backoff.lastAt > forgetAfterMs;
  const attempts = rested ? 0 : backoff.attempts;
  const baseMs = Math.min(firstDelayMs * 2 ** Math.min(attempts, 16), longestDelayMs);
  const delayMs = Math.max(baseMs * (1 + random), Math.min(retryAfterMs ?? 0, longestRetryAfterMs));
  return { delayMs, backoff: { attempts: attempts + 1, lastAt: monotonic } };
}

/** A forbidden or missing resource is asked for again after 30 s, then less and less often, at most every 5 min (+10 %). */
export function parkedDelayMs(probes: number, random: number): number {
  return Math.min(30_000 * 2 ** Math.min(probes, 8), 300_000) * (1 + random / 10);
}

import type { ClusterView } from './cluster-connection.ts';

/**
 * How fresh what is on the screen is. Three layers, and the worst of them is what the pill says: it never claims more
 * than the weakest link can prove.
 *
 *     browser ── stream ── server ── its picture ── watches ── API server
 */
export type FreshnessLevel = 'live' | 'working' | 'limited' | 'stale' | 'offline';

const order: readonly FreshnessLevel[] = ['offline', 'stale', 'working', 'limited', 'live'];

export type BrowserLayer =
  | { readonly level: 'live'; readonly quietMs: number }
  | { readonly level: 'working'; readonly reason: 'connecting' }
  | { readonly level: 'stale'; readonly reason: 'reconnecting'; readonly attempt: number; readonly forMs: number }
  | { readonly level: 'limited'; readonly reason: 'polling' }
  | { readonly level: 'offline'; readonly forMs: number };

export type PictureLayer =
  | { readonly level: 'live'; readonly revision: number }
  | { readonly level: 'working' }
  | { readonly level: 'offline' };

export type ClusterLayer =
  | { readonly level: 'live'; readonly watches: number }
  | { readonly level: 'working'; readonly synced: number; readonly watches: number }
  | { readonly level: 'limited'; readonly forbidden: number }
  | { readonly level: 'stale'; readonly resources: readonly string[]; readonly sinceAt: string | null }
  | { readonly level: 'offline' };

export interface Freshness {
  readonly level: FreshnessLevel;
  readonly browser: BrowserLayer;
  readonly picture: PictureLayer;
  readonly cluster: ClusterLayer;
  readonly frozen: boolean;
}

/** No word for this long, by stream or by poll, and the page is offline whatever the connection believes. */
const offlineMs = 45_000;

/** @param now epoch milliseconds of this machine */
export function freshnessOf(view: ClusterView, now: number): Freshness {
  const browser = browserLayer(view, now);
  const picture: PictureLayer = view.loaded
    ? { level: 'live', revision: view.revision }
    : view.error === null
      ? { level: 'working' }
      : { level: 'offline' };
  const cluster = clusterLayer(view);
  const worst = [browser.level, picture.level, cluster.level].toSorted(
    (left, right) => order.indexOf(left) - order.indexOf(right),
  )[0];
  return { level: worst ?? 'offline', browser, picture, cluster, frozen: view.frozen };
}

function browserLayer(view: ClusterView, now: number): BrowserLayer {
  const { connection, heardAt } = view;
  const quietMs = heardAt === null ? null : Math.max(0, now - heardAt);
  switch (connection.type) {
    case 'live':
      return quietMs === null || quietMs <= offlineMs
        ? { level: 'live', quietMs: quietMs ?? 0 }
        : { level: 'offline', forMs: quietMs };
    case 'connecting':
      return { level: 'working', reason: 'connecting' };
    case 'reconnecting':
      if (quietMs !== null && quietMs > offlineMs) return { level: 'offline', forMs: quietMs };
      return { level: 'stale', reason: 'reconnecting', attempt: connection.attempt, forMs: now - connection.since };
    case 'polling':
      return quietMs !== null && quietMs <= offlineMs
        ? { level: 'limited', reason: 'polling' }
        : { level: 'offline', forMs: now - connection.since };
    case 'signInRequired':
      return { level: 'offline', forMs: quietMs ?? 0 };
    default:
      return connection satisfies never;
  }
}

function clusterLayer({ runtime, loaded }: ClusterView): ClusterLayer {
  if (runtime === null) return loaded ? { level: 'offline' } : { level: 'working', synced: 0, watches: 0 };
  const { watches } = runtime;
  const away = watches.filter((watch) => watch.state === 'disconnected');
  if (away.length > 0) {
    const since = away.map((watch) => watch.lastEventAt).filter((at) => at !== null);
    return {
      level: 'stale',
      resources: [...new Set(away.map((watch) => watch.resource))],
      // The oldest last word of any of them: nothing on the screen is known to be older than that.
      sinceAt: since.toSorted()[0] ?? null,
    };
  }
  const synced = watches.filter((watch) => watch.state !== 'syncing').length;
  if (synced < watches.length || watches.length === 0) return { level: 'working', synced, watches: watches.length };
  const forbidden = watches.filter((watch) => watch.state === 'forbidden').length;
  return forbidden > 0 ? { level: 'limited', forbidden } : { level: 'live', watches: watches.length };
}

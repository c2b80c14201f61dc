import type { ClusterView } from './cluster-connection.ts';

/** Why a list of workloads is empty, decided once for all screens. */
export type Emptiness =
  | { readonly type: 'loading'; readonly progress: readonly { readonly resource: string; readonly count: number }[] }
  | { readonly type: 'unreachable'; readonly message: string }
  | { readonly type: 'forbidden'; readonly resources: readonly string[] }
  | { readonly type: 'clusterAway' }
  | { readonly type: 'none'; readonly mode: 'all' | 'allowlist' | 'blocklist'; readonly namespaces: readonly string[] };

const workloadResources = ['deployments', 'statefulsets', 'daemonsets'];

/** Null while there is something to show. */
export function emptinessOf(view: ClusterView): Emptiness | null {
  if (view.workloads.size > 0) return null;
  if (!view.loaded) {
    if (view.error !== null) return { type: 'unreachable', message: view.error.message };
    return { type: 'loading', progress: [] };
  }
  const { runtime } = view;
  if (runtime === null) return { type: 'loading', progress: [] };
  const relevant = runtime.watches.filter((watch) => workloadResources.includes(watch.resource));
  if (relevant.length > 0 && relevant.every((watch) => watch.state === 'forbidden' || watch.state === 'unavailable')) {
    return { type: 'forbidden', resources: relevant.map((watch) => watch.resource) };
  }
  if (runtime.watches.some((watch) => watch.state === 'syncing')) {
    const counts = new Map<string, number>();
    for (const { resource, objects } of runtime.watches) {
      counts.set(resource, (counts.get(resource) ?? 0) + objects);
    }
    return { type: 'loading', progress: [...counts].map(([resource, count]) => ({ resource, count })) };
  }
  if (relevant.length > 0 && relevant.every((watch) => watch.state === 'disconnected')) return { type: 'clusterAway' };
  const { mode, namespaces, excludedNamespaces } = runtime.scope;
  return { type: 'none', mode, namespaces: mode === 'allowlist' ? namespaces : excludedNamespaces };
}

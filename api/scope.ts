import type { ClusterScope } from './cluster.ts';

/**
 * Whether a namespace may be read. The store can hold more than is watched today (a history from before the scope was
 * narrowed), so every answer passes here: no path and no parameter reaches around it.
 */
export function inScope(scope: ClusterScope, namespace: string): boolean {
  switch (scope.mode) {
    case 'all':
      return true;
    case 'allowlist':
      return scope.namespaces.includes(namespace);
    case 'blocklist':
      return !scope.excludedNamespaces.includes(namespace);
    default:
      return scope.mode satisfies never;
  }
}

import type { ClusterScope } from '../api/cluster.ts';
import type { WatchedResource } from './kubernetes/kinds.ts';

/** The settings cannot be watched as they are; the message names the value and the fix. */
export class ScopeError extends Error {
  override readonly name = 'ScopeError';
}

/** One collection that is watched. */
export interface WatchPlan {
  readonly resource: WatchedResource;
  /** Null for the whole cluster. */
  readonly namespace: string | null;
  readonly fieldSelector: string | null;
}

/**
 * Most namespaces of an allowlist: each takes seven watches, each watch a socket, and 700 of them leave room below the
 * 1,024 open files that a process commonly has.
 */
export const limitNamespaces = 100;

/** Excluded with every blocklist: whoever leaves something out looks at workloads of his own. */
const systemNamespaces = ['kube-system', 'kube-public'];

const namespacedResources: readonly WatchedResource[] = [
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'pods',
  'services',
  'events',
];

/**
 * Which namespaces are looked at. The allowlist wins when both are given; with neither everything is watched.
 * @throws ScopeError when the allowlist is longer than `limitNamespaces`.
 */
export function scopeOf(namespaces: readonly string[], excludedNamespaces: readonly string[]): ClusterScope {
  if (namespaces.length > 0) {
    const unique = [...new Set(namespaces)].sort();
    if (unique.length > limitNamespaces) {
      throw new ScopeError(
        `MAINTENANT_K8S_NAMESPACES names ${unique.length} namespaces, and at most ${limitNamespaces} can be watched one by one: unset it to watch the whole cluster, or name what to leave out in MAINTENANT_K8S_EXCLUDE_NAMESPACES.`,
      );
    }
    return { mode: 'allowlist', namespaces: unique, excludedNamespaces: [] };
  }
  if (excludedNamespaces.length > 0) {
    const unique = [...new Set([...systemNamespaces, ...excludedNamespaces])].sort();
    return { mode: 'blocklist', namespaces: [], excludedNamespaces: unique };
  }
  return { mode: 'all', namespaces: [], excludedNamespaces: [] };
}

/**
 * The watches of a scope. With an allowlist no request leaves its namespaces, and Namespace objects are not among the
 * watches: a Role cannot allow to list them, so `namespace-poll.ts` gets them one by one.
 */
export function watchPlans(scope: ClusterScope): readonly WatchPlan[] {
  if (scope.mode === 'allowlist') {
    return scope.namespaces.flatMap((namespace) =>
      namespacedResources.map((resource) => ({ resource, namespace, fieldSelector: null })),
    );
  }
  const excluding = (field: string): string | null =>
    scope.excludedNamespaces.map((namespace) => `${field}!=${namespace}`).join(',') || null;
  return [
    ...namespacedResources.map((resource) => ({
      resource,
      namespace: null,
      fieldSelector: excluding('metadata.namespace'),
    })),
    // A Namespace lies in none: there its name is what is compared.
    { resource: 'namespaces', namespace: null, fieldSelector: excluding('metadata.name') },
  ];
}

export function isInScope(scope: ClusterScope, namespace: string): boolean {
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

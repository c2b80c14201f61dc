import { createHash } from 'node:crypto';
import type { ClusterScope } from '../api/cluster.ts';
import type { ObjectCache } from './cache/object-cache.ts';
import type { CachedNamespace } from './cache/project-service.ts';

/**
 * A short hash of what tells clusters apart: the URL, the CA, and the uid of a namespace (RULINGS 14). The uid is that
 * of kube-system where it is in scope, and otherwise of the first namespace that the scope names, or of `default`:
 * always the same one for the same settings. Null until that namespace was seen.
 */
export function clusterIdentity(
  server: string,
  caHash: string | null,
  scope: ClusterScope,
  namespaces: Pick<ObjectCache<CachedNamespace>, 'get'>,
): string | null {
  const namespace = namespaceOf(scope)
    .map((name) => namespaces.get('', name))
    .find((found) => found !== null);
  if (namespace === undefined) return null;
  return createHash('sha256')
    .update(JSON.stringify([server, caHash, namespace.name, namespace.uid]))
    .digest('hex')
    .slice(0, 16);
}

function namespaceOf(scope: ClusterScope): readonly string[] {
  switch (scope.mode) {
    case 'all':
      return ['kube-system'];
    case 'blocklist':
      return ['default'];
    case 'allowlist':
      return scope.namespaces;
    default:
      return scope.mode satisfies never;
  }
}

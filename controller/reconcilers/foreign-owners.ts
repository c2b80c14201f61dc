import type { LabelSelectorFacts, OwnerFacts } from '../../health/kubernetes.ts';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { CachedWorkload } from '../cache/project-workload.ts';
import { gatherers } from './dependents.ts';

/** Other workloads with pods that this one's selector matches too: their controllers would fight over them. */
export function foreignOwners(cache: ClusterCache, workload: CachedWorkload): readonly OwnerFacts[] {
  const { selector } = workload;
  return candidates(cache, workload)
    .filter((other) => other.uid !== workload.uid)
    .filter(({ templateLabels }) => selector.matchExpressions.every((one) => isMet(one, templateLabels)))
    .filter((other) => gatherers[other.kind](cache, other).pods.length > 0)
    .map(({ kind, name, uid }) => ({ kind, name, uid }));
}

/** By an index of the labels: a selector that names no value at all (Exists, NotIn alone) is not followed. */
function candidates(cache: ClusterCache, { namespace, selector }: CachedWorkload): readonly CachedWorkload[] {
  const { matchLabels, matchExpressions } = selector;
  if (Object.keys(matchLabels).length > 0) return cache.workloadsLabelled(namespace, matchLabels);
  const oneOf = matchExpressions.find(({ operator }) => operator === 'In');
  if (oneOf === undefined) return [];
  return [...new Set(oneOf.values)].flatMap((value) => cache.workloadsLabelled(namespace, { [oneOf.key]: value }));
}

/** An operator that is not known is not met: a selector that is only half understood must not accuse anybody. */
function isMet(
  { key, operator, values }: LabelSelectorFacts['matchExpressions'][number],
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

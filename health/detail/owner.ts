import type { AnyWorkloadFacts } from '../kubernetes.ts';
import type { WorkloadOwner } from '../verdict.ts';

/**
 * The tool that deploys a workload, by the marks that it leaves: a change made by hand would be undone by it. Flux and
 * Argo CD are asked before Helm, because both also deploy charts.
 */
export function ownerOf({ labels, annotations }: AnyWorkloadFacts): WorkloadOwner | null {
  const flux = labels['helm.toolkit.fluxcd.io/name'] ?? labels['kustomize.toolkit.fluxcd.io/name'];
  if (flux !== undefined) return { tool: 'Flux', name: flux };
  const tracking = annotations['argocd.argoproj.io/tracking-id'];
  // `app:group/Kind:namespace/name`, and an application of another namespace as `namespace_app`.
  const application = labels['argocd.argoproj.io/instance'] ?? tracking?.split(':')[0];
  if (application) return { tool: 'Argo CD', name: application };
  const release = annotations['meta.helm.sh/release-name'];
  if (labels['app.kubernetes.io/managed-by'] !== 'Helm' && release === undefined) return null;
  return { tool: 'Helm', name: release ?? labels['app.kubernetes.io/instance'] ?? '' };
}

/** `app.kubernetes.io/part-of`: the larger application. */
export function partOf({ labels }: AnyWorkloadFacts): string | null {
  return labels['app.kubernetes.io/part-of'] ?? null;
}

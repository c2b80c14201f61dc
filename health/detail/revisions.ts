import { newestReplicaSet } from '../deployment.ts';
import type { DeploymentFacts, PodSpecFacts, ReplicaSetFacts } from '../kubernetes.ts';
import type { PodView } from '../pod-view.ts';
import type { RevisionSnapshot } from '../verdict.ts';

/** One row per ReplicaSet that has pods or is the newest, newest first. */
export function revisionsOf(
  workload: DeploymentFacts,
  replicaSets: readonly ReplicaSetFacts[],
  pods: readonly PodView[],
): RevisionSnapshot[] {
  const newest = newestReplicaSet(workload, replicaSets);
  const rows: RevisionSnapshot[] = [];
  const byOwner = new Map<string, PodView[]>();
  for (const view of pods) {
    const uid = view.pod.owner?.uid ?? '';
    const group = byOwner.get(uid);
    if (group === undefined) byOwner.set(uid, [view]);
    else group.push(view);
  }
  for (const replicaSet of replicaSets) {
    const owned = byOwner.get(replicaSet.uid) ?? [];
    const isNewest = replicaSet === newest;
    if (owned.length === 0 && !isNewest) continue;
    rows.push(row(workload, replicaSet, owned, isNewest));
  }
  return rows.sort((left, right) => Number(right.revision) - Number(left.revision));
}

function row(
  workload: DeploymentFacts,
  replicaSet: ReplicaSetFacts,
  owned: readonly PodView[],
  current: boolean,
): RevisionSnapshot {
  let ready = 0;
  let available = 0;
  let starting = 0;
  let failing = 0;
  let terminating = 0;
  let standing = 0;
  for (const view of owned) {
    if (view.leaving) terminating += 1;
    else if (view.ended) failing += 1;
    else {
      standing += 1;
      if (view.ready) ready += 1;
      if (view.available) available += 1;
      else if (view.diagnosis?.hard === true) failing += 1;
      else if (!view.ready) starting += 1;
    }
  }
  const spec = current ? workload.template : (replicaSet.template?.spec ?? owned[0]?.pod.spec);
  return {
    revision: String(replicaSet.revision),
    images: imagesOf(spec),
    desired: current ? Math.max(standing, workload.status.updatedReplicas) : standing,
    ready,
    available,
    starting,
    failing,
    terminating,
    current,
  };
}

/** Images of the containers that run all the time, each once, in the order of the template. */
export function imagesOf(spec: PodSpecFacts | undefined): string[] {
  const images = new Set<string>();
  for (const container of spec?.containers ?? []) if (container.type !== 'init') images.add(container.image);
  return [...images];
}

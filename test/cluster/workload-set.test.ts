import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoManifests, scaleManifests, scaleShape } from './workload-set.ts';

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'];

test('the demo has at least thirty workloads of the three kinds in at least four namespaces, each object once', () => {
  const manifests = demoManifests();
  const workloads = manifests.filter(({ kind }) => workloadKinds.includes(kind));
  assert.ok(workloads.length >= 30, `${workloads.length} workloads`);
  assert.deepEqual([...new Set(workloads.map(({ kind }) => kind))].sort(), [...workloadKinds].sort());
  assert.ok(new Set(workloads.map(({ metadata }) => metadata.namespace)).size >= 4);
  const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`);
  assert.deepEqual(names, [...new Set(names)]);
});

for (const [workloads, shape] of [
  [1000, { deployments: 800, statefulSets: 190, daemonSets: 10, nodes: 200, pods: 9920 }],
  [100, { deployments: 80, statefulSets: 10, daemonSets: 10, nodes: 20, pods: 920 }],
  [1, { deployments: 0, statefulSets: 1, daemonSets: 0, nodes: 3, pods: 8 }],
] as const) {
  test(`${workloads} workloads are ${shape.pods} pods on ${shape.nodes} nodes`, () => {
    assert.deepEqual(scaleShape(workloads), shape);
    const counts = Object.fromEntries(workloadKinds.map((kind) => [kind, 0]));
    const namespaces = new Set<string>();
    for (const { kind, metadata } of scaleManifests(shape)) {
      if (kind === 'Namespace') namespaces.add(metadata.name);
      else counts[kind] = (counts[kind] ?? 0) + 1;
    }
    assert.deepEqual(counts, {
      Deployment: shape.deployments,
      StatefulSet: shape.statefulSets,
      DaemonSet: shape.daemonSets,
    });
    assert.equal(namespaces.size, 20);
  });
}

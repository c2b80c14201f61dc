import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incidentsOf } from '../../health/incident.ts';
import { imagePullBackOff } from '../cluster/kubelet-status.ts';
import { assessed, reported } from './assessed.ts';
import { clusterScenarios } from './cluster-scenarios.ts';
import { daemonSetScenarios } from './daemonset-scenarios.ts';
import { deploymentScenarios } from './deployment-scenarios.ts';
import { agoMs, container, deployment, pod, replicaSet } from './objects.ts';
import { furtherScenarios } from './further-scenarios.ts';
import { podScenarios } from './pod-scenarios.ts';
import { runScenarios } from './scenario.ts';
import { statefulSetScenarios } from './statefulset-scenarios.ts';

const all = [
  ...deploymentScenarios,
  ...podScenarios,
  ...statefulSetScenarios,
  ...daemonSetScenarios,
  ...clusterScenarios,
  ...furtherScenarios,
];

runScenarios(all);

test('83. forty workloads and one registry: one incident with forty members', () => {
  const snapshots = Array.from({ length: 40 }, (_, index) => {
    const name = `web${index}`;
    const image = `registry.shop/${name}:1`;
    const template = { containers: [container({ image })] };
    const given = [
      deployment({ name, template, status: { readyReplicas: 0, availableReplicas: 0 }, replicas: 1 }),
      replicaSet(`${name}-1`, { of: name }),
      ...reported(pod(`${name}-1-a`, { of: `${name}-1`, createdAgo: 300, readyAgo: null, template }), (one) =>
        imagePullBackOff(one, {
          at: agoMs(280 - index),
          error: `failed to do request: Head "https://registry.shop/v2/${name}/manifests/1": dial tcp 10.0.0.9:443: connect: connection refused`,
        }),
      ),
    ];
    return assessed(given).snapshot;
  });
  const incidents = incidentsOf(snapshots);
  assert.deepEqual(
    incidents.map(({ causeCode, group, workloads }) => [causeCode, group.type, group.name, workloads.length]),
    [['RegistryUnreachable', 'registry', 'registry.shop', 40]],
  );
});

test('every number from 1 to 82 has a row', () => {
  const numbers = new Set(all.map((scenario) => scenario.number));
  assert.deepEqual(
    Array.from({ length: 82 }, (_, index) => index + 1).filter((number) => !numbers.has(number)),
    [],
  );
});

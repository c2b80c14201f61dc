import assert from 'node:assert/strict';
import test from 'node:test';
import { makeCause } from './causes.ts';
import { incidentsOf } from './incident.ts';
import type { Cause, CauseSeverity, IncidentGroup, WorkloadSnapshot } from './verdict.ts';
import { type State, workloadKey } from './workload.ts';

const noon = Date.parse('2026-03-01T12:00:00Z');

function snapshot(name: string, state: State, cause: Cause | null): WorkloadSnapshot {
  return {
    key: workloadKey('shop', 'Deployment', name),
    uid: `uid-${name}`,
    namespace: 'shop',
    kind: 'Deployment',
    name,
    createdAt: noon,
    partOf: null,
    owner: null,
    images: [],
    restarts: 0,
    verdict: {
      state,
      availability: { level: 'none', desired: 1, ready: 0, available: 0 },
      rollout: { phase: 'advancing', updated: 1, target: 1 },
      cause,
      since: null,
    },
    causes: [],
    conditions: [],
    ordinals: [],
    nodes: [],
    nodesNotNamed: 0,
    revisions: [],
    services: [],
    podsTotal: 1,
    podNodes: [],
    revision: null,
    requests: { cpuCores: null, memoryBytes: null },
    limits: { cpuCores: null, memoryBytes: null },
  };
}

const registry: IncidentGroup = { type: 'registry', name: 'ghcr.io' };

function unreachable(
  since: number | null,
  severity: CauseSeverity = 'warning',
  group: IncidentGroup | null = registry,
): Cause {
  return {
    ...makeCause('RegistryUnreachable', {
      message: 'Registry ghcr.io does not answer',
      since,
      severity,
      evidence: [],
      group,
    }),
    pods: 1,
  };
}

test('scenario 83: forty workloads and one registry are one incident', () => {
  const snapshots = Array.from({ length: 40 }, (_, index) =>
    snapshot(`web-${index}`, 'Down', unreachable(noon - index * 1000, index === 7 ? 'critical' : 'warning')),
  );
  const incidents = incidentsOf(snapshots);
  assert.equal(incidents.length, 1);
  const [incident] = incidents;
  assert.deepEqual(
    [incident?.key, incident?.severity, incident?.since, incident?.workloads.length, incident?.message],
    [
      'RegistryUnreachable/registry/ghcr.io',
      'critical',
      noon - 39_000,
      40,
      'Registry ghcr.io does not answer (and 39 more workloads)',
    ],
  );
  assert.deepEqual(incidentsOf([...snapshots].reverse()), incidents);
});

test('another registry, another cause and a cause of its own are other incidents', () => {
  const incidents = incidentsOf([
    snapshot('a', 'Down', unreachable(noon)),
    snapshot('b', 'Down', unreachable(noon, 'warning', { type: 'registry', name: 'docker.io' })),
    snapshot('c', 'Down', { ...unreachable(noon), code: 'RegistryNotResolved' }),
    snapshot('d', 'Down', unreachable(noon - 1, 'critical', null)),
    snapshot('e', 'Down', unreachable(noon, 'critical', null)),
  ]);
  assert.deepEqual(
    incidents.map((one) => one.key),
    [
      'RegistryUnreachable/workload/shop/Deployment/d',
      'RegistryUnreachable/workload/shop/Deployment/e',
      'RegistryNotResolved/registry/ghcr.io',
      'RegistryUnreachable/registry/docker.io',
      'RegistryUnreachable/registry/ghcr.io',
    ],
  );
  assert.deepEqual(incidents[0]?.group, { type: 'workload', name: 'shop/Deployment/d' });
});

const states: readonly (readonly [name: string, state: State, cause: Cause | null, isIncident: boolean])[] = [
  ['healthy', 'Healthy', null, false],
  ['progresses with a cause of its own', 'Progressing', unreachable(noon, 'warning', null), false],
  ['progresses with a shared cause', 'Progressing', unreachable(noon), true],
  ['progresses with information', 'Progressing', unreachable(noon, 'info'), false],
  ['is down, and all that is known is information', 'Down', unreachable(noon, 'info', null), true],
  ['is stuck terminating', 'Terminating', unreachable(noon, 'warning', null), true],
  ['is paused with a change', 'Paused', unreachable(noon, 'info', null), false],
];

for (const [name, state, cause, isIncident] of states) {
  test(`a workload that ${name} is ${isIncident ? 'an' : 'no'} incident`, () => {
    assert.equal(incidentsOf([snapshot('web', state, cause)]).length, isIncident ? 1 : 0);
  });
}

test('an incident without any time has none', () => {
  assert.equal(incidentsOf([snapshot('web', 'Down', unreachable(null))])[0]?.since, null);
});

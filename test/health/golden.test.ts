import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { assess } from '../../health/assess.ts';
import type { CauseCode } from '../../health/causes.ts';
import type { AvailabilityLevel, RolloutPhase } from '../../health/verdict.ts';
import type { State } from '../../health/workload.ts';
import { inputOf } from './assessed.ts';
import { goldenRecipes } from './golden-recipes.ts';
import type { Raw } from './objects.ts';

/** What a real control plane wrote (recorded by `scripts/record-golden.ts`), and what is said of it. */
type Golden = readonly [
  file: string,
  state: State,
  level: AvailabilityLevel,
  phase: RolloutPhase,
  cause: CauseCode | null,
  message: RegExp | null,
];

const table: readonly Golden[] = [
  ['deployment/healthy', 'Healthy', 'full', 'settled', null, null],
  ['deployment/scaled-to-zero', 'Idle', 'notApplicable', 'settled', null, null],
  [
    'deployment/image-not-found',
    'Degraded',
    'full',
    'stalled',
    'ImagePullNotFound',
    /app:2 does not exist.*; the old version still serves all 3 replicas$/,
  ],
  [
    'deployment/deadline-exceeded',
    'Degraded',
    'full',
    'stalled',
    'ImagePullNotFound',
    /; the old version still serves all 3 replicas$/,
  ],
  [
    'deployment/rolling-update',
    'Progressing',
    'full',
    'advancing',
    'RollingUpdateRunning',
    /^Rolling update: 1 of 3 updated, 3 available$/,
  ],
  [
    'deployment/paused',
    'Paused',
    'full',
    'paused',
    'PausedWithChange',
    /^Paused with a change: 1 of 3 replicas updated$/,
  ],
  ['deployment/regression-oom', 'Degraded', 'reduced', 'settled', 'OutOfMemory', /128Mi/],
  ['deployment/crash-loop', 'Down', 'none', 'stalled', 'CrashLoop', /exit code 1/],
  [
    'deployment/config-missing',
    'Degraded',
    'full',
    'stalled',
    'MissingConfigMap',
    /settings.*; the old version still serves all 3 replicas$/,
  ],
  ['deployment/readiness', 'Degraded', 'reduced', 'settled', 'ReadinessProbeFailing', /503/],
  ['deployment/init-crash', 'Degraded', 'full', 'stalled', 'InitContainerFailing', /migrate/],
  ['deployment/sidecar-crash', 'Degraded', 'reduced', 'settled', 'SidecarCrashing', /proxy/],
  ['deployment/quota', 'Degraded', 'reduced', 'stalled', 'QuotaExceeded', /compute.*64Mi.*128Mi/],
  [
    'deployment/quota-surge',
    'Degraded',
    'full',
    'stalled',
    'SurgeBlocked',
    /the new pod needs the quota.*; the old version still serves all 3 replicas$/,
  ],
  ['deployment/limit-range', 'Down', 'none', 'stalled', 'LimitRangeViolation', /64Mi/],
  ['deployment/pod-security', 'Down', 'none', 'stalled', 'PodSecurityViolation', /restricted/],
  ['deployment/service-account', 'Down', 'none', 'stalled', 'MissingServiceAccount', /robot/],
  ['deployment/webhook-away', 'Down', 'none', 'settled', 'WebhookUnavailable', /policy\.example\.com/],
  ['deployment/policy', 'Down', 'none', 'settled', 'PolicyDenied', /images must come from registry\.internal/],
  ['deployment/no-room', 'Down', 'none', 'stalled', 'UnschedulableResources', /memory/],
  ['deployment/node-selector', 'Down', 'none', 'stalled', 'UnschedulableNodeAffinity', /disk/],
  ['deployment/host-port-deadlock', 'Degraded', 'full', 'stalled', 'SurgeBlocked', /needs the host port/],
  ['deployment/recreate-gap', 'Down', 'none', 'advancing', 'RecreateGap', /^Planned gap/],
  ['deployment/evicted', 'Healthy', 'full', 'settled', null, null],
  [
    'deployment/node-never-there',
    'Down',
    'none',
    'stalled',
    'CauseUnknown',
    /^Its pods are made and gone again before they serve: \d+ since /,
  ],
  ['deployment/terminating', 'Terminating', 'full', 'terminating', null, null],
  ['statefulset/healthy', 'Healthy', 'full', 'settled', null, null],
  ['statefulset/partition', 'Healthy', 'full', 'held', null, null],
  ['statefulset/on-delete', 'Healthy', 'full', 'held', null, null],
  ['statefulset/refused', 'Down', 'none', 'stalled', 'PodSecurityViolation', /baseline.*hostNetwork/],
  [
    'statefulset/volume-waits',
    'Progressing',
    'none',
    'advancing',
    'VolumeProvisioningFailed',
    /^Volume claim data-app-0 gets no volume: provisioner csi\.example\.com has not made it yet; node node-\d is chosen/,
  ],
  ['statefulset/ordinal-blocks', 'Degraded', 'reduced', 'settled', 'CrashLoop', /exit code 1/],
  [
    'statefulset/forced-rollback',
    'Degraded',
    'reduced',
    'stalled',
    'ForcedRollbackTrap',
    /^app-2 runs the withdrawn revision/,
  ],
  ['daemonset/healthy', 'Healthy', 'full', 'settled', null, null],
  ['daemonset/no-node', 'Idle', 'notApplicable', 'settled', null, null],
  ['daemonset/on-delete', 'Healthy', 'full', 'held', null, null],
  ['daemonset/on-delete-untouched', 'Healthy', 'full', 'held', null, null],
  [
    'daemonset/surge-fails',
    'Degraded',
    'full',
    'stalled',
    'ImagePullNotFound',
    /app:2 does not exist in its registry; 3 of 3 nodes have a working pod$/,
  ],
  ['daemonset/update', 'Degraded', 'reduced', 'stalled', 'ImagePullNotFound', /app:2 does not exist/],
  ['daemonset/no-room', 'Degraded', 'reduced', 'settled', 'UnschedulableDaemonPod', /node-2.*memory/],
];

const folder = path.join(import.meta.dirname, 'testdata');

for (const [file, state, level, phase, cause, message] of table) {
  test(`${file}: ${state}${cause === null ? '' : `, ${cause}`}`, () => {
    const text = readFileSync(path.join(folder, `${file}.yaml`), 'utf8');
    const now = Date.parse(/^# now: (\S+)$/m.exec(text)?.[1] ?? '');
    assert.match(text, /^# kube-apiserver v\d+\.\d+\.\d+, recorded by/m);
    const objects = parseAllDocuments(text).map((document): Raw => document.toJS());
    const { snapshot } = assess(inputOf(objects), {}, now);
    const { verdict } = snapshot;
    assert.deepEqual(
      {
        state: verdict.state,
        level: verdict.availability.level,
        phase: verdict.rollout.phase,
        cause: verdict.cause?.code ?? null,
      },
      { state, level, phase, cause },
      [verdict.cause, ...snapshot.causes].map((one) => `${one?.code}: ${one?.message}`).join(' | '),
    );
    if (message !== null) assert.match(verdict.cause?.message ?? '', message);
  });
}

for (const [file] of table) {
  test(`${file}: pods have the STATUS and RESTARTS that kubectl shows`, () => {
    const text = readFileSync(path.join(folder, `${file}.yaml`), 'utf8');
    const objects = parseAllDocuments(text).map((document): Raw => document.toJS());
    const printed = new Map(
      [...text.matchAll(/^# pod (\S+) (\S+) (\d+)$/gm)].map(([, name, status, restarts]) => [
        name,
        `${status} ${restarts}`,
      ]),
    );
    const { pods } = assess(inputOf(objects), {}, Date.parse('2026-01-01T00:00:00Z'));
    assert.deepEqual(
      pods.map((one) => [one.name, `${one.status} ${one.restarts}`]),
      pods.map((one) => [one.name, printed.get(one.name)]),
    );
  });
}

test('every recording has a row, and every recipe a recording', () => {
  const files = globSync('*/*.yaml', { cwd: folder }).map((file) => file.replace('.yaml', ''));
  const rows = table.map(([file]) => file).sort();
  assert.deepEqual(files.sort(), rows);
  assert.deepEqual(goldenRecipes.map(({ kind, name }) => `${kind}/${name}`).sort(), rows);
});

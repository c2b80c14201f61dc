import assert from 'node:assert/strict';
import { test } from 'node:test';
import { config, ScriptedCluster, watch } from '../test/api/fixture.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import type { DoctorCheck, License } from './contract.ts';
import { examine } from './doctor.ts';
import type { DoctorFacts } from './doctor.ts';

const noLicense: License = { status: 'none', organisation: null, expiresAt: null, message: null };
const well: DoctorFacts = {
  status: new ScriptedCluster().status(),
  storage: new MemoryStore().status,
  license: noLicense,
  config,
};

function check(facts: DoctorFacts, id: string): DoctorCheck {
  const found = examine(facts).find((item) => item.id === id);
  assert.ok(found, id);
  return found;
}

test('where all is well every check says ok and needs no fix', () => {
  for (const { id, status, fix } of examine(well)) {
    assert.equal(status, 'ok', id);
    assert.equal(fix, null, id);
  }
});

/** From the start: not one list was read. */
const away = (message: string): Partial<DoctorFacts> => ({
  status: {
    ...well.status,
    connected: false,
    synced: false,
    watches: [watch('pods', { state: 'disconnected', resourceVersion: null, message })],
  },
});
const open = { ...config, address: { host: '0.0.0.0', port: 8080 } };
const many = Array.from({ length: 9 }, (_, index) => watch('pods', { namespace: `ns${index}`, state: 'forbidden' }));
const cases: readonly (readonly [
  id: string,
  facts: Partial<DoctorFacts>,
  status: DoctorCheck['status'],
  message: RegExp,
  fix: RegExp | null,
])[] = [
  ['connection', { status: { ...well.status, connected: false } }, 'failed', /does not answer/, /retried/],
  [
    'connection',
    away('no credentials for https://10.0.0.1:6443: spawn kubelogin ENOENT'),
    'failed',
    /10\.0\.0\.1:6443: spawn kubelogin ENOENT/,
    /^Make what gives the credentials work for this user: .* retried/,
  ],
  ['connection', away('Unauthorized'), 'failed', /cannot be read \(Unauthorized\)/, /^Renew the credentials.*expired/],
  ['connection', away('unable to verify the first certificate'), 'failed', /first certificate/, /^Give the CA/],
  ['connection', away('connect ECONNREFUSED 10.0.0.1:6443'), 'failed', /ECONNREFUSED/, /^Check that .* is up/],
  ['rights', away('Unauthorized'), 'warning', /^Not known yet: nothing was read so far of pods\.$/, null],
  [
    'rights',
    { status: { ...well.status, watches: [watch('events', { state: 'forbidden' })] } },
    'notPermitted',
    /events/,
    /get, list and watch on events in the ClusterRole/,
  ],
  [
    'rights',
    {
      status: {
        ...well.status,
        scope: { mode: 'allowlist', namespaces: ['shop'], excludedNamespaces: [] },
        watches: many,
      },
    },
    'notPermitted',
    /pods in ns0.*and 3 more/,
    /Role in each/,
  ],
  [
    'sync',
    { status: { ...well.status, watches: [watch('pods', { state: 'disconnected', message: 'connection refused' })] } },
    'failed',
    /Not being watched: pods\. connection refused/,
    /network policies/,
  ],
  [
    'sync',
    {
      status: {
        ...well.status,
        watches: [
          watch('pods', { namespace: 'shpo' }),
          watch('namespaces', { namespace: 'shpo', state: 'unavailable', message: 'namespace shpo does not exist' }),
        ],
      },
    },
    'failed',
    /^Of the allowlist these namespaces do not exist: shpo\.$/,
    /^Correct MAINTENANT_K8S_NAMESPACES, or create them/,
  ],
  ['sync', { status: { ...well.status, synced: false } }, 'warning', /still being read/, null],
  [
    'metrics',
    { status: { ...well.status, metrics: { state: 'notInstalled', message: null } } },
    'warning',
    /no metrics-server/,
    /Install/,
  ],
  [
    'metrics',
    { status: { ...well.status, metrics: { state: 'forbidden', message: null } } },
    'notPermitted',
    /not permitted/,
    /Grant/,
  ],
  ['metrics', { status: { ...well.status, metrics: { state: 'failing', message: '503' } } }, 'failed', /503/, /logs/],
  ['metrics', { status: { ...well.status, metrics: { state: 'pending', message: null } } }, 'ok', /first sample/, null],
  [
    'storage',
    { storage: { ...well.storage, state: 'degraded', message: 'disk full' } },
    'failed',
    /disk full/,
    /from memory/,
  ],
  ['storage', { storage: { ...well.storage, state: 'recovering' } }, 'warning', /cannot be written/, /resumes/],
  [
    'space',
    { storage: { ...well.storage, volumeFreeBytes: 1024 } },
    'warning',
    /1\.0 MiB used, 0\.0 MiB free/,
    /MAINTENANT_RETENTION/,
  ],
  [
    'space',
    { storage: { ...well.storage, volumeFreeBytes: 64_854_500_000 } },
    'ok',
    /1\.0 MiB used, 60\.4 GiB free/,
    null,
  ],
  ['space', { storage: { ...well.storage, volumeFreeBytes: null } }, 'warning', /unknown/, null],
  ['access', { config: open }, 'warning', /Everybody/, /MAINTENANT_AUTH/],
  ['hosts', { config: open }, 'warning', /rebinding/, /MAINTENANT_ALLOWED_HOSTS/],
  ['hosts', { config: { ...open, allowedHosts: ['status.example.com'] } }, 'ok', /cannot read/, null],
  ['access', { config: { ...open, auth: { mode: 'token', tokenHashes: [] } } }, 'ok', /MAINTENANT_AUTH=token/, null],
  [
    'license',
    { license: { ...noLicense, status: 'expired', message: 'expired on 2025-01-01' } },
    'warning',
    /expired on/,
    /Nothing is switched off/,
  ],
];
for (const [id, facts, status, message, fix] of cases) {
  test(`${id} is ${status}: ${message.source}`, () => {
    const found = check({ ...well, ...facts }, id);
    assert.equal(found.status, status);
    assert.match(found.message, message);
    if (fix === null) assert.equal(found.fix, null);
    else assert.match(found.fix ?? '', fix);
  });
}

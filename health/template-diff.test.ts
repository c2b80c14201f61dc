import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectTemplate, valueHash } from '../controller/cache/project-workload.ts';
import { type TemplateChange, templateChanges } from './template-diff.ts';

const hash = valueHash('an installation');

interface Template {
  readonly app?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
}

function changes(before: Template, after: Template): TemplateChange[] {
  const facts = ({ app, spec, labels }: Template) =>
    projectTemplate(
      { metadata: { labels: labels ?? {} }, spec: { containers: [{ name: 'app', image: 'web:1', ...app }], ...spec } },
      hash,
    );
  return templateChanges(facts(before), facts(after));
}

const cases: readonly (readonly [
  title: string,
  before: Template,
  after: Template,
  expected: readonly TemplateChange[],
])[] = [
  ['equal templates', {}, {}, []],
  [
    'an image',
    {},
    { app: { image: 'web:2' } },
    [{ path: 'containers[app].image', from: 'web:1', to: 'web:2', redacted: false }],
  ],
  [
    'a command, which may hold a password',
    { app: { command: ['serve'], args: ['--token=old'] } },
    { app: { command: ['serve'], args: ['--token=new'] } },
    [{ path: 'containers[app].command', from: null, to: null, redacted: true }],
  ],
  [
    'the value of a variable',
    { app: { env: [{ name: 'LEVEL', value: 'info' }] } },
    { app: { env: [{ name: 'LEVEL', value: 'debug' }] } },
    [{ path: 'containers[app].env[LEVEL]', from: 'set', to: 'set', redacted: true }],
  ],
  [
    'a variable that came and one that went',
    { app: { env: [{ name: 'OLD', value: 'x' }] } },
    { app: { env: [{ name: 'NEW', value: 'x' }] } },
    [
      { path: 'containers[app].env[NEW]', from: null, to: 'set', redacted: true },
      { path: 'containers[app].env[OLD]', from: 'set', to: null, redacted: true },
    ],
  ],
  [
    'the key that a variable is read from',
    { app: { env: [{ name: 'PORT', valueFrom: { configMapKeyRef: { name: 'settings', key: 'port' } } }] } },
    { app: { env: [{ name: 'PORT', valueFrom: { configMapKeyRef: { name: 'settings', key: 'http' } } }] } },
    [
      {
        path: 'containers[app].env[PORT]',
        from: 'configMapKeyRef settings/port',
        to: 'configMapKeyRef settings/http',
        redacted: false,
      },
    ],
  ],
  [
    'resources',
    { app: { resources: { requests: { cpu: '100m' }, limits: { memory: '256Mi' } } } },
    { app: { resources: { requests: { cpu: '100m' }, limits: { memory: '128Mi' } } } },
    [{ path: 'containers[app].resources.limits.memory', from: '256Mi', to: '128Mi', redacted: false }],
  ],
  [
    'a probe that came and a field of another',
    { app: { livenessProbe: { httpGet: { path: '/live', port: 8080 }, timeoutSeconds: 1 } } },
    {
      app: {
        livenessProbe: { httpGet: { path: '/live', port: 8080 }, timeoutSeconds: 5 },
        readinessProbe: { tcpSocket: { port: 'http' } },
      },
    },
    [
      { path: 'containers[app].readinessProbe', from: null, to: 'tcp :http', redacted: false },
      { path: 'containers[app].livenessProbe.timeoutSeconds', from: '1', to: '5', redacted: false },
    ],
  ],
  [
    'a volume, a sidecar and the service account',
    {},
    {
      spec: {
        serviceAccountName: 'robot',
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
        initContainers: [{ name: 'proxy', image: 'proxy:1', restartPolicy: 'Always' }],
      },
    },
    [
      { path: 'initContainers[proxy]', from: null, to: 'proxy:1', redacted: false },
      { path: 'volumes[data]', from: null, to: 'persistentVolumeClaim data', redacted: false },
      { path: 'serviceAccountName', from: null, to: 'robot', redacted: false },
    ],
  ],
  [
    'labels, but not those that tell revisions apart',
    { labels: { app: 'web', 'pod-template-hash': '1' } },
    { labels: { app: 'web', tier: 'front', 'pod-template-hash': '2' } },
    [{ path: 'labels[tier]', from: null, to: 'front', redacted: false }],
  ],
];

for (const [title, before, after, expected] of cases) {
  test(`a template diff shows ${title}`, () => assert.deepEqual(changes(before, after), expected));
}

test('no value of an environment variable or command is in a diff', () => {
  const secret = 'hunter2-never-shown';
  const told = JSON.stringify(
    changes(
      { app: { env: [{ name: 'A', value: 'x' }] } },
      { app: { env: [{ name: 'A', value: secret }], args: [secret] } },
    ),
  );
  assert.ok(!told.includes(secret) && !told.includes(hash(secret)), told);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ContainerError, parseBackOff, parseContainerError, parseDuration } from './container-error.ts';

const runc = (text: string): string =>
  `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${text}: unknown`;

const texts: readonly (readonly [text: string, error: ContainerError])[] = [
  ['configmap "web-config" not found', { kind: 'configMapMissing', name: 'web-config' }],
  ['Error: secret "db-password" not found', { kind: 'secretMissing', name: 'db-password' }],
  [
    "couldn't find key url in ConfigMap shop/web-config",
    { kind: 'keyMissing', key: 'url', of: 'ConfigMap', name: 'web-config' },
  ],
  [
    "couldn't find key tls.crt in Secret shop/web-tls",
    { kind: 'keyMissing', key: 'tls.crt', of: 'Secret', name: 'web-tls' },
  ],
  ['failed to sync configmap cache: timed out waiting for the condition', { kind: 'cacheNotSynced', of: 'ConfigMap' }],
  ['failed to sync secret cache: timed out waiting for the condition', { kind: 'cacheNotSynced', of: 'Secret' }],
  [
    'container has runAsNonRoot and image will run as root (pod: "web-1_shop(uid)", container: app)',
    { kind: 'runsAsRoot' },
  ],
  ['container\'s runAsUser breaks non-root policy (pod: "web-1_shop(uid)", container: app)', { kind: 'runsAsRoot' }],
  [
    'container has runAsNonRoot and image has non-numeric user (node), cannot verify user is non-root (pod: "x", container: app)',
    { kind: 'nonNumericUser', user: 'node' },
  ],
  ['failed to prepare subPath for volumeMount "data" of container "app"', { kind: 'subPath', mount: 'data' }],
  ['failed to create subPath directory for volumeMount "data" of container "app"', { kind: 'subPath', mount: 'data' }],
  [
    'failed to reserve container name "app_web-1": name "app_web-1" is reserved for "abc"',
    { kind: 'runtimeOverloaded' },
  ],
  ['context deadline exceeded', { kind: 'runtimeOverloaded' }],
  ['failed to generate container "abc" spec: failed to generate spec: no command specified', { kind: 'noCommand' }],
  [runc('exec: "serve": executable file not found in $PATH'), { kind: 'programNotFound', program: 'serve' }],
  [
    runc('exec: "/srv/app": stat /srv/app: no such file or directory'),
    { kind: 'programNotFound', program: '/srv/app' },
  ],
  [runc('exec: "/srv/app": permission denied'), { kind: 'programNotExecutable', program: '/srv/app' }],
  ['exec /srv/app: exec format error', { kind: 'wrongArchitecture', program: '/srv/app' }],
  [
    'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting "/var/lib/kubelet/pods/u/volumes/x" to rootfs at "/etc/app.conf": mount src=x: not a directory: Are you trying to mount a directory onto a file (or vice-versa)?: unknown',
    { kind: 'mountTarget', target: '/etc/app.conf' },
  ],
  [
    runc('error mounting "/x" to rootfs at "/data": mkdir /run/rootfs/data: read-only file system'),
    { kind: 'mountTarget', target: '/data' },
  ],
  [runc('container init was OOM-killed (memory limit too low?)'), { kind: 'memoryTooLow' }],
  [runc('error setting cgroup config for procHooks process: openat2: device busy'), { kind: 'other' }],
  ['', { kind: 'other' }],
];

for (const [text, error] of texts) {
  test(`container error ${error.kind}: ${text.slice(0, 70)}`, () => {
    assert.deepEqual(parseContainerError(text), error);
  });
}

test('back-off: the delay in the message of CrashLoopBackOff', () => {
  const tail = ' restarting failed container=app pod=web-1_shop(uid)';
  assert.equal(parseBackOff(`back-off 10s${tail}`), 10_000);
  assert.equal(parseBackOff(`back-off 2m40s${tail}`), 160_000);
  assert.equal(parseBackOff(`back-off 5m0s${tail}`), 300_000);
  assert.equal(parseBackOff('the container waits'), null);
});

test('durations as Go prints them', () => {
  assert.equal(parseDuration('1h2m3.5s'), 3_723_500);
  assert.equal(parseDuration('250ms'), 250);
  assert.equal(parseDuration('5 minutes'), null);
  assert.equal(parseDuration(''), null);
});

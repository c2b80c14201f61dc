import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type ContainerError,
  innermostError,
  parseBackOff,
  parseContainerError,
  parseDuration,
  parseExecFailure,
} from './container-error.ts';

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
  // What lies outside the image says "no such file" too: the profile, the namespace, the runtime's own helper, a hostPath.
  [
    runc('unable to apply apparmor profile: write /proc/thread-self/attr/apparmor/exec: no such file or directory'),
    { kind: 'other' },
  ],
  [
    'OCI runtime create failed: runc create failed: unable to create new parent process: namespace path: lstat /proc/0/ns/ipc: no such file or directory: unknown',
    { kind: 'other' },
  ],
  [
    'OCI runtime create failed: unable to retrieve OCI runtime error (open /run/log.json: no such file or directory): exec: "gpu-runtime": executable file not found in $PATH: unknown',
    { kind: 'other' },
  ],
  [
    'failed to generate container "abc" spec: failed to generate spec: failed to stat "/opt/data": stat /opt/data: no such file or directory',
    { kind: 'other' },
  ],
  ['failed to mkdir "/opt/data": mkdir /opt/data: read-only file system', { kind: 'other' }],
  ['stat /opt/data: no such file or directory', { kind: 'other' }],
  [runc('error mounting "proc" to rootfs at "/proc": operation not permitted'), { kind: 'other' }],
  // Docker quotes a quotation.
  [
    'Error response from daemon: OCI runtime create failed: container_linux.go:349: starting container process caused "exec: \\"serve\\": executable file not found in $PATH": unknown',
    { kind: 'programNotFound', program: 'serve' },
  ],
  // crun, and CRI-O over it: https://github.com/containers/crun/blob/1.21/src/libcrun/linux.c
  [
    'container create failed: executable file `serve` not found in $PATH: No such file or directory',
    { kind: 'programNotFound', program: 'serve' },
  ],
  ['container create failed: open executable: Permission denied', { kind: 'programNotExecutable', program: null }],
  [
    'container create failed: mount `/var/lib/kubelet/pods/u/volumes/x` to `etc/app.conf`: Not a directory',
    { kind: 'mountTarget', target: '/etc/app.conf' },
  ],
  ['error reserving ctr name k8s_app_web-1 for id abc: name is reserved', { kind: 'runtimeOverloaded' }],
  // Found by the runtime and refused by the kernel: what is missing is what the file names.
  [runc('exec /srv/run.sh: no such file or directory'), { kind: 'interpreterNotFound', program: '/srv/run.sh' }],
  [runc('container init was OOM-killed (memory limit too low?)'), { kind: 'memoryTooLow' }],
  [runc('error setting cgroup config for procHooks process: openat2: device busy'), { kind: 'other' }],
  ['', { kind: 'other' }],
];

for (const [text, error] of texts) {
  test(`container error ${error.kind}: ${text.slice(0, 70)}`, () => {
    assert.deepEqual(parseContainerError(text), error);
  });
}

const logs: readonly (readonly [log: string, error: ContainerError | null])[] = [
  ['exec /srv/run.sh: no such file or directory', { kind: 'interpreterNotFound', program: '/srv/run.sh' }],
  [
    'standard_init_linux.go:228: exec user process caused: no such file or directory',
    { kind: 'interpreterNotFound', program: null },
  ],
  [
    'standard_init_linux.go:211: exec user process caused "exec format error"',
    { kind: 'wrongArchitecture', program: null },
  ],
  ['exec /srv/app: permission denied', { kind: 'programNotExecutable', program: '/srv/app' }],
  ['/bin/sh: 1: /srv/app: Exec format error', { kind: 'wrongArchitecture', program: '/srv/app' }],
  ['open /etc/app.conf: no such file or directory', null],
  ['starting\nexec /srv/plugin: no such file or directory', null],
];

for (const [log, error] of logs) {
  test(`log of a program that never ran: ${log.slice(0, 70)}`, () => {
    assert.deepEqual(parseExecFailure(log), error);
  });
}

test('the words of the innermost program are quoted', () => {
  const words = [
    [
      runc('error during container init: error setting cgroup config: device busy'),
      'error setting cgroup config: device busy',
    ],
    [
      'OCI runtime create failed: container_linux.go:345: starting container process caused "permission denied": unknown',
      'permission denied',
    ],
    [
      runc(
        "error during container init: error running prestart hook #0: exit status 1, stdout: , stderr: Auto-detected mode as 'legacy'\nload library failed: libgpu.so.1",
      ),
      'load library failed: libgpu.so.1',
    ],
    ['failed to generate container "a" spec: failed to set user "app"', 'failed to set user "app"'],
    ['the runtime is away', 'the runtime is away'],
  ] as const;
  for (const [text, said] of words) assert.equal(innermostError(text), said);
});

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

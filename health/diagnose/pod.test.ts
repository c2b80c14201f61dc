import assert from 'node:assert/strict';
import test from 'node:test';
import type { CauseCode } from '../causes.ts';
import type { EventFacts, PodFacts } from '../kubernetes.ts';
import type { CauseSeverity, IncidentGroup } from '../verdict.ts';
import { diagnosePod, type PodContext, type PodStage } from './pod.ts';
import {
  ago,
  condition,
  container,
  context,
  crashLoop,
  daemonSet,
  ended,
  event,
  noon,
  pod,
  podSpec,
  probe,
  readyPod,
  running,
  status,
  terminated,
  unscheduled,
  waits,
} from './test/facts.ts';

/** What a pod and its events look like → what is said about it at noon. */
interface Case {
  readonly name: string;
  readonly pod: PodFacts;
  readonly events?: readonly EventFacts[];
  readonly context?: Partial<PodContext>;
  readonly stage: PodStage;
  readonly code: CauseCode;
  readonly severity: CauseSeverity;
  readonly message: string;
  /** Epoch ms; by default it is not looked at. */
  readonly since?: number;
  readonly hard?: boolean;
  readonly group?: IncidentGroup;
  /** Texts that the evidence must quote. */
  readonly quotes?: readonly string[];
  readonly commands?: readonly string[];
  readonly notes?: readonly CauseCode[];
}

const describePod = 'kubectl -n shop describe pod web-1';
const previousLogs = 'kubectl -n shop logs web-1 -c app --previous';

function pulling(reason: string, message: string | null, image = 'ghcr.io/shop/web:1'): PodFacts {
  return pod({
    spec: podSpec({ containers: [container({ image })] }),
    containerStatuses: [status({ state: waits(reason, message) })],
  });
}

function pullFailure(text: string): string {
  return `rpc error: code = Unknown desc = failed to pull and unpack image "ghcr.io/shop/web:1": failed to resolve reference "ghcr.io/shop/web:1": ${text}`;
}

const claim = [{ name: 'data', type: 'persistentVolumeClaim', source: 'data-{pod}' }];

const images: readonly Case[] = [
  {
    name: 'A1 image not found',
    pod: pulling(
      'ImagePullBackOff',
      `Back-off pulling image "ghcr.io/shop/web:1": ErrImagePull: ${pullFailure('ghcr.io/shop/web:1: not found')}`,
    ),
    events: [
      event('Failed', `Failed to pull image "ghcr.io/shop/web:1": ${pullFailure('not found')}`, {
        container: 'app',
        firstAgo: 240,
        lastAgo: 5,
      }),
    ],
    stage: 'image',
    code: 'ImagePullNotFound',
    severity: 'critical',
    hard: true,
    since: ago(240),
    message: 'Image ghcr.io/shop/web:1 does not exist in its registry',
    commands: [describePod],
  },
  {
    name: 'A2 denied',
    pod: pulling(
      'ErrImagePull',
      pullFailure(
        'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
      ),
    ),
    stage: 'image',
    code: 'ImagePullDenied',
    severity: 'critical',
    message: 'Registry ghcr.io refuses image ghcr.io/shop/web:1: it is private, or it does not exist',
  },
  {
    name: 'A3 credentials',
    pod: pod({
      spec: podSpec({ imagePullSecrets: ['regcred'] }),
      containerStatuses: [
        status({
          state: waits(
            'ErrImagePull',
            pullFailure(
              'unexpected status from HEAD request to https://ghcr.io/v2/shop/web/manifests/1: 401 Unauthorized',
            ),
          ),
        }),
      ],
    }),
    events: [
      event(
        'FailedToRetrieveImagePullSecret',
        'Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.',
      ),
    ],
    stage: 'image',
    code: 'ImagePullUnauthorized',
    severity: 'critical',
    message: 'Registry ghcr.io rejected the credentials for image ghcr.io/shop/web:1 (imagePullSecrets: regcred)',
    quotes: ['Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.'],
  },
  {
    name: 'A3 nobody presented any',
    pod: pulling('ErrImagePull', pullFailure('Head "https://ghcr.io/v2/": no basic auth credentials')),
    stage: 'image',
    code: 'ImagePullUnauthorized',
    severity: 'critical',
    message:
      'Registry ghcr.io does not give out image ghcr.io/shop/web:1 without valid credentials (no imagePullSecrets are set)',
  },
  {
    name: 'A6 it is the proxy that does not answer',
    pod: pulling(
      'ErrImagePull',
      pullFailure(
        'failed to do request: Head "https://ghcr.io/v2/": proxyconnect tcp: dial tcp 10.1.1.1:3128: i/o timeout',
      ),
    ),
    stage: 'image',
    code: 'RegistryUnreachable',
    severity: 'warning',
    message:
      'The proxy of node node-1 does not let it reach registry ghcr.io: Head "https://ghcr.io/v2/": proxyconnect tcp: dial tcp 10.1.1.1:3128: i/o timeout',
    group: { type: 'registry', name: 'ghcr.io' },
  },
  {
    name: 'B9 it is the runtime that does not answer',
    pod: pulling('ErrImagePull', 'rpc error: code = Unavailable desc = error reading from server: EOF'),
    stage: 'image',
    code: 'RuntimeOverloaded',
    severity: 'warning',
    message: 'The container runtime of node node-1 does not answer: image ghcr.io/shop/web:1 cannot be pulled',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'A4 rate limit, within its grace a warning of the registry',
    pod: pulling(
      'ErrImagePull',
      pullFailure('429 Too Many Requests - toomanyrequests: You have reached your pull rate limit'),
      'nginx:1',
    ),
    stage: 'image',
    code: 'ImagePullRateLimited',
    severity: 'warning',
    hard: false,
    message: 'Registry docker.io has reached its rate limit for this cluster',
    group: { type: 'registry', name: 'docker.io' },
  },
  {
    name: 'A5 no such host',
    pod: pulling(
      'ErrImagePull',
      pullFailure(
        'failed to do request: Head "https://ghcr.io/v2/": dial tcp: lookup ghcr.io on 10.0.0.2:53: no such host',
      ),
    ),
    stage: 'image',
    code: 'RegistryNotResolved',
    severity: 'warning',
    message: 'Registry host ghcr.io cannot be resolved from node node-1',
    group: { type: 'registry', name: 'ghcr.io' },
  },
  {
    name: 'A6 registry down: its own reason',
    pod: pulling(
      'RegistryUnavailable',
      'image pull failed for ghcr.io/shop/web:1 because the registry is unavailable: dial tcp: i/o timeout',
    ),
    stage: 'image',
    code: 'RegistryUnreachable',
    severity: 'warning',
    message: 'Registry ghcr.io does not answer',
    group: { type: 'registry', name: 'ghcr.io' },
  },
  ...(
    [
      ['x509: certificate signed by unknown authority', 'has a certificate that node node-1 does not trust'],
      [
        'x509: certificate has expired or is not yet valid: current time 2026-03-01T12:00:00Z is after 2026-02-01T00:00:00Z',
        'has a certificate that has expired or is not valid yet, by the clock of node node-1',
      ],
      [
        'x509: certificate is valid for ingress.local, not ghcr.io',
        'has a certificate that is made out to another name',
      ],
      [
        'x509: certificate is not valid for any names, but wanted to match ghcr.io',
        'has a certificate that is made out to another name',
      ],
      [
        "x509: cannot validate certificate for 10.0.0.9 because it doesn't contain any IP SANs",
        'has a certificate that is made out to another name',
      ],
      ['http: server gave HTTP response to HTTPS client', 'speaks plain HTTP, and node node-1 expects HTTPS'],
      [
        'remote error: tls: handshake failure',
        'and node node-1 do not agree on TLS: Head "https://ghcr.io/v2/": remote error: tls: handshake failure',
      ],
    ] as const
  ).map(
    ([text, words]): Case => ({
      name: `A7 ${text}`,
      pod: pulling('ErrImagePull', pullFailure(`failed to do request: Head "https://ghcr.io/v2/": ${text}`)),
      stage: 'image',
      code: 'RegistryTlsMismatch',
      severity: 'critical',
      message: `Registry ghcr.io ${words}`,
      group: { type: 'registry', name: 'ghcr.io' },
    }),
  ),
  {
    name: 'A8 platform',
    pod: pulling('ErrImagePull', pullFailure('no match for platform in manifest: not found')),
    stage: 'image',
    code: 'ImagePlatformMismatch',
    severity: 'critical',
    message: 'Image ghcr.io/shop/web:1 has no build for the platform of node node-1',
  },
  {
    name: 'A9 invalid name',
    pod: pulling(
      'InvalidImageName',
      'Failed to apply default image tag "Web:1:2": couldn\'t parse image name',
      'Web:1:2',
    ),
    stage: 'image',
    code: 'ImageNameInvalid',
    severity: 'critical',
    message: 'Web:1:2 is not a valid image name',
  },
  {
    name: 'A10 never pulled',
    pod: pulling('ErrImageNeverPull', 'Container image "ghcr.io/shop/web:1" is not present with pull policy of Never'),
    stage: 'image',
    code: 'ImageNeverPulled',
    severity: 'critical',
    message: 'Image ghcr.io/shop/web:1 is not on node node-1 and imagePullPolicy is Never',
  },
  {
    name: 'A11 inspect',
    pod: pulling('ImageInspectError', 'Failed to inspect image "": rpc error: code = Unknown'),
    stage: 'image',
    code: 'ImageInspectFailed',
    severity: 'warning',
    message: 'The runtime of node node-1 cannot read its local image ghcr.io/shop/web:1',
  },
  {
    name: 'A12 signature',
    pod: pulling(
      'SignatureValidationFailed',
      'image pull failed for ghcr.io/shop/web:1 because the signature validation failed: Source image rejected',
    ),
    stage: 'image',
    code: 'ImageSignatureRejected',
    severity: 'critical',
    message: 'The signature of image ghcr.io/shop/web:1 was rejected by the policy of node node-1',
  },
  {
    name: 'A13 disk full is of the node',
    pod: pulling('ErrImagePull', pullFailure('failed to extract layer: write /var/lib/x: no space left on device')),
    stage: 'image',
    code: 'ImagePullDiskFull',
    severity: 'critical',
    message: 'The disk of node node-1 is full: image ghcr.io/shop/web:1 cannot be pulled',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'A14 the newest word is that the pull began',
    pod: pod({ containerStatuses: [status()], scheduledAgo: 60 }),
    events: [event('Pulling', 'Pulling image "ghcr.io/shop/web:1"', { type: 'Normal', container: 'app', lastAgo: 50 })],
    stage: 'image',
    code: 'ImagePullSlow',
    severity: 'info',
    message: 'Image ghcr.io/shop/web:1 is being pulled to node node-1 since 11:59:10 UTC',
  },
  {
    name: 'A14 after five minutes a warning',
    pod: pod({ containerStatuses: [status()], scheduledAgo: 400 }),
    events: [
      event('Pulling', 'Pulling image "ghcr.io/shop/web:1"', { type: 'Normal', container: 'app', lastAgo: 390 }),
    ],
    stage: 'image',
    code: 'ImagePullSlow',
    severity: 'warning',
    message: 'Image ghcr.io/shop/web:1 is being pulled to node node-1 since 11:53:30 UTC',
  },
  {
    name: 'A15 throttled',
    pod: pod({ scheduledAgo: 20, containerStatuses: [status({ state: waits('ErrImagePull', 'pull QPS exceeded') })] }),
    stage: 'image',
    code: 'ImagePullThrottled',
    severity: 'info',
    message: 'Node node-1 limits parallel pulls: image ghcr.io/shop/web:1 has to wait',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'A16 short name',
    pod: pulling(
      'ErrImagePull',
      'short-name "web" did not resolve to an alias and no unqualified-search registries are defined',
      'web',
    ),
    stage: 'image',
    code: 'ImageShortName',
    severity: 'critical',
    message: 'Image web has no registry in its name and the node does not know which one is meant',
  },
  {
    name: 'A17 image volume',
    pod: pod({
      spec: podSpec({ volumes: [{ name: 'model', type: 'image', source: null }] }),
      containerStatuses: [status({ state: waits('ImageVolumeMountFailed', 'failed to mount image volume') })],
    }),
    stage: 'image',
    code: 'ImageVolumeFailed',
    severity: 'critical',
    message: 'Image volume model cannot be mounted',
  },
  {
    name: 'A18 back-off without a cause anywhere',
    pod: pulling('ImagePullBackOff', 'Back-off pulling image "ghcr.io/shop/web:1"'),
    stage: 'image',
    code: 'ImagePullFailed',
    severity: 'critical',
    message: 'Image ghcr.io/shop/web:1 cannot be pulled; the text that says why has expired',
  },
  {
    name: 'back-off of an old kubelet: the event knows',
    pod: pulling('ImagePullBackOff', 'Back-off pulling image "ghcr.io/shop/web:1"'),
    events: [
      event('Failed', `Failed to pull image "ghcr.io/shop/web:1": ${pullFailure('manifest unknown')}`, {
        container: 'app',
      }),
    ],
    stage: 'image',
    code: 'ImagePullNotFound',
    severity: 'critical',
    message: 'Image ghcr.io/shop/web:1 does not exist in its registry',
  },
  {
    name: 'scenario 46: back-off of an old kubelet, the event expired: memory knows',
    pod: pulling('ImagePullBackOff', 'Back-off pulling image "ghcr.io/shop/web:1"'),
    context: {
      remembered: { pullFailures: { 'uid-web-1/app': pullFailure('no match for platform in manifest: not found') } },
    },
    stage: 'image',
    code: 'ImagePlatformMismatch',
    severity: 'critical',
    message: 'Image ghcr.io/shop/web:1 has no build for the platform of node node-1',
  },
  {
    name: 'an event about another container is not about this one',
    pod: pulling('ImagePullBackOff', 'Back-off pulling image "ghcr.io/shop/web:1"'),
    events: [event('Failed', `Failed to pull image "x": ${pullFailure('manifest unknown')}`, { container: 'other' })],
    stage: 'image',
    code: 'ImagePullFailed',
    severity: 'critical',
    message: 'Image ghcr.io/shop/web:1 cannot be pulled; the text that says why has expired',
  },
];

function blocked(reason: string, message: string, scheduledAgo = 300): PodFacts {
  return pod({ scheduledAgo, containerStatuses: [status({ state: waits(reason, message) })] });
}

const runc = (text: string): string =>
  `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${text}: unknown`;

const starts: readonly Case[] = [
  {
    name: 'B1 ConfigMap',
    pod: blocked('CreateContainerConfigError', 'configmap "web-config" not found'),
    stage: 'create',
    code: 'MissingConfigMap',
    severity: 'critical',
    hard: true,
    message: 'Container app needs ConfigMap web-config, which does not exist in namespace shop',
    commands: ['kubectl -n shop get configmap web-config', describePod],
  },
  {
    name: 'B1 in its first seconds the cache of the kubelet may be late',
    pod: blocked('CreateContainerConfigError', 'configmap "web-config" not found', 10),
    stage: 'create',
    code: 'MissingConfigMap',
    severity: 'warning',
    hard: false,
    message: 'Container app needs ConfigMap web-config, which does not exist in namespace shop',
  },
  {
    name: 'B2 Secret',
    pod: blocked('CreateContainerConfigError', 'secret "db" not found'),
    stage: 'create',
    code: 'MissingSecret',
    severity: 'critical',
    message: 'Container app needs Secret db, which does not exist in namespace shop',
    commands: ['kubectl -n shop get secret db', describePod],
  },
  {
    name: 'B3 key',
    pod: blocked('CreateContainerConfigError', "couldn't find key url in ConfigMap shop/web-config"),
    stage: 'create',
    code: 'MissingKey',
    severity: 'critical',
    message: 'Container app needs key url of ConfigMap web-config, which does not have it',
  },
  {
    name: 'B4 root',
    pod: blocked(
      'CreateContainerConfigError',
      'container has runAsNonRoot and image will run as root (pod: "web-1_shop(u)", container: app)',
    ),
    stage: 'create',
    code: 'RunsAsRoot',
    severity: 'critical',
    message: 'Container app would run as root and runAsNonRoot forbids it (image ghcr.io/shop/web:1)',
  },
  {
    name: 'B5 user by name',
    pod: blocked(
      'CreateContainerConfigError',
      'container has runAsNonRoot and image has non-numeric user (node), cannot verify user is non-root',
    ),
    stage: 'create',
    code: 'NonNumericUser',
    severity: 'critical',
    message:
      'Image ghcr.io/shop/web:1 names its user "node": whether that is root cannot be checked, and runAsNonRoot wants it checked',
  },
  {
    name: 'B6 scenario 48: the cache is not the Secret',
    pod: blocked('CreateContainerConfigError', 'failed to sync secret cache: timed out waiting for the condition', 10),
    stage: 'create',
    code: 'ConfigCacheNotSynced',
    severity: 'warning',
    hard: false,
    message: 'Container app waits: node node-1 has not read its Secret yet',
  },
  {
    name: 'B7 subPath',
    pod: blocked('CreateContainerConfigError', 'failed to prepare subPath for volumeMount "data" of container "app"'),
    stage: 'create',
    code: 'SubPathFailed',
    severity: 'critical',
    message: 'The subPath of mount data of container app cannot be prepared',
  },
  {
    name: 'B8 anything else',
    pod: blocked('CreateContainerError', 'the device node vanished'),
    stage: 'create',
    code: 'ContainerCreateFailed',
    severity: 'warning',
    message: 'The runtime cannot create container app: the device node vanished',
  },
  {
    name: 'B9 reserved name',
    pod: blocked(
      'CreateContainerError',
      'failed to reserve container name "app_web-1": name "app_web-1" is reserved for "abc"',
    ),
    stage: 'create',
    code: 'RuntimeOverloaded',
    severity: 'warning',
    message:
      'The container runtime of node node-1 is stuck or overloaded: failed to reserve container name "app_web-1": name "app_web-1" is reserved for "abc"',
  },
  {
    name: 'B10 no command',
    pod: blocked('CreateContainerError', 'failed to generate container "a" spec: no command specified'),
    stage: 'create',
    code: 'NoCommand',
    severity: 'critical',
    message: 'Container app has no command, and neither has image ghcr.io/shop/web:1',
  },
  {
    name: 'B11 program not found, scenario 45: it never ran',
    pod: pod({
      containerStatuses: [
        status({
          restartCount: 2,
          state: waits('CrashLoopBackOff', 'back-off 20s restarting failed container=app pod=web-1_shop(u)'),
          lastTermination: {
            exitCode: 128,
            signal: null,
            reason: 'StartError',
            message: runc('exec: "serve": executable file not found in $PATH'),
            startedAt: 0,
            finishedAt: ago(20),
          },
        }),
      ],
    }),
    stage: 'start',
    code: 'ProgramNotFound',
    severity: 'critical',
    hard: true,
    message: 'Program serve is not in image ghcr.io/shop/web:1: container app never ran, so it has no log',
  },
  {
    name: 'B12 not executable',
    pod: blocked('RunContainerError', runc('exec: "/srv/app": permission denied')),
    stage: 'start',
    code: 'ProgramNotExecutable',
    severity: 'critical',
    message: 'Program /srv/app in image ghcr.io/shop/web:1 is not executable',
  },
  {
    name: 'B13 another CPU, told by the last words of the program',
    pod: pod({
      containerStatuses: [crashLoop({ exitCode: 255, message: 'exec /srv/app: exec format error', restarts: 1 })],
    }),
    stage: 'start',
    code: 'ProgramWrongArchitecture',
    severity: 'critical',
    message: 'Program /srv/app in image ghcr.io/shop/web:1 is built for another CPU, or is a script without #! line',
  },
  {
    name: 'B14 mount',
    pod: blocked(
      'RunContainerError',
      runc(
        'error during container init: error mounting "/v" to rootfs at "/etc/app.conf": not a directory: Are you trying to mount a directory onto a file (or vice-versa)?',
      ),
    ),
    stage: 'start',
    code: 'MountTargetConflict',
    severity: 'critical',
    message: 'The mount at /etc/app.conf of container app clashes with image ghcr.io/shop/web:1',
  },
  {
    name: 'B15 limit too low',
    pod: pod({
      spec: podSpec({ containers: [container({ limits: { memory: '4Mi' } })] }),
      containerStatuses: [
        status({ state: waits('RunContainerError', runc('container init was OOM-killed (memory limit too low?)')) }),
      ],
    }),
    stage: 'start',
    code: 'MemoryLimitTooLowToStart',
    severity: 'critical',
    message: 'The memory limit of container app (4Mi) is too low for it to start',
  },
  {
    name: 'B16 the runtime refuses for another reason',
    pod: blocked('RunContainerError', runc('error setting cgroup config for procHooks process: openat2: device busy')),
    stage: 'start',
    code: 'ContainerStartFailed',
    severity: 'critical',
    message:
      'The runtime cannot start container app: error setting cgroup config for procHooks process: openat2: device busy',
  },
  {
    name: 'B8 the kubelet, not the runtime',
    pod: blocked('CreateContainerConfigError', 'stat /opt/data: no such file or directory'),
    stage: 'create',
    code: 'ContainerCreateFailed',
    severity: 'warning',
    message: 'The kubelet cannot prepare container app: stat /opt/data: no such file or directory',
  },
  {
    name: 'B11 the program is there and its interpreter is not, as the log of what never ran says',
    pod: pod({
      containerStatuses: [
        crashLoop({ exitCode: 255, message: 'exec /srv/run.sh: no such file or directory', restarts: 1 }),
      ],
    }),
    stage: 'start',
    code: 'ProgramNotFound',
    severity: 'critical',
    message:
      'Program /srv/run.sh in image ghcr.io/shop/web:1 names an interpreter or a loader that is not in the image (for a script its #! line; Windows line ends do that too)',
  },
  {
    name: 'B17 postStart',
    pod: blocked('PostStartHookError', 'Exec lifecycle hook failed'),
    stage: 'start',
    code: 'PostStartHookFailed',
    severity: 'critical',
    message: 'The postStart hook of container app failed and the container was killed',
  },
  {
    name: 'B18 hook of the kubelet',
    pod: blocked('PreStartHookError', 'failed to allocate devices'),
    stage: 'start',
    code: 'KubeletHookFailed',
    severity: 'critical',
    message: 'Node node-1 could not prepare container app: failed to allocate devices',
  },
  {
    name: 'B19 sick device',
    pod: pod({
      phase: 'Running',
      containerStatuses: [status({ started: true, state: running(200), unhealthyDevices: ['gpu-0'] })],
    }),
    stage: 'containersReady',
    code: 'DeviceUnhealthy',
    severity: 'critical',
    message: 'Device gpu-0 of container app is unhealthy',
  },
  {
    name: 'B20 device claim',
    pod: pod(),
    events: [
      event(
        'FailedPrepareDynamicResources',
        'Failed to prepare dynamic resources: prepare claim: driver not registered',
        { firstAgo: 200 },
      ),
    ],
    stage: 'volumes',
    code: 'DeviceClaimPrepareFailed',
    severity: 'critical',
    message:
      'The device driver of node node-1 cannot prepare the claim: Failed to prepare dynamic resources: prepare claim: driver not registered',
  },
];

function crash(
  exitCode: number,
  options: { reason?: string; restarts?: number; message?: string; finishedAgo?: number } = {},
): PodFacts {
  return pod({ phase: 'Running', containerStatuses: [crashLoop({ exitCode, ...options })] });
}

const systemOom = (lastAgo: number, message = 'System OOM encountered, victim process: java, pid: 4242'): EventFacts =>
  event('SystemOOM', message, { kind: 'Node', name: 'node-1', uid: 'node-1', lastAgo });

const crashes: readonly Case[] = [
  {
    name: 'C1 scenario 44: exit 0 in a loop is no crash',
    pod: crash(0, { reason: 'Completed' }),
    stage: 'start',
    code: 'ProgramExits',
    severity: 'critical',
    hard: true,
    message: 'Container app finishes with exit code 0 and is started again',
  },
  {
    name: 'C1 twice is not yet a loop',
    pod: crash(0, { reason: 'Completed', restarts: 2 }),
    stage: 'start',
    code: 'ProgramExits',
    severity: 'warning',
    hard: false,
    message: 'Container app finishes with exit code 0 and is started again',
  },
  {
    name: 'C2 the last line of the program is quoted',
    pod: crash(1, { restarts: 2, message: 'starting\npanic: no route to database\n' }),
    stage: 'start',
    code: 'CrashLoop',
    severity: 'critical',
    hard: true,
    since: ago(10),
    message: 'Container app crashes with exit code 1 (application error): panic: no route to database',
    commands: [previousLogs, describePod],
    notes: ['RestartBackOff'],
  },
  {
    name: 'C2 once is a warning',
    pod: crash(1, { restarts: 1 }),
    stage: 'start',
    code: 'CrashLoop',
    severity: 'warning',
    hard: false,
    message: 'Container app crashes with exit code 1 (application error)',
  },
  {
    name: 'C2 a long back-off proves what a count that began anew does not',
    pod: pod({ containerStatuses: [crashLoop({ exitCode: 1, restarts: 1, delay: '1m20s' })] }),
    stage: 'start',
    code: 'CrashLoop',
    severity: 'critical',
    message: 'Container app crashes with exit code 1 (application error)',
  },
  {
    name: 'C2 seen between two back-offs, while the container runs',
    pod: pod({
      phase: 'Running',
      containerStatuses: [
        status({ started: true, restartCount: 4, state: running(5), lastTermination: ended(1, 'Error', 30) }),
      ],
    }),
    stage: 'start',
    code: 'CrashLoop',
    severity: 'critical',
    message: 'Container app crashes with exit code 1 (application error)',
  },
  {
    name: 'C2 terminated, not restarted yet',
    pod: pod({ phase: 'Running', containerStatuses: [status({ state: terminated(ended(3, 'Error', 2)) })] }),
    stage: 'start',
    code: 'CrashLoop',
    severity: 'warning',
    message: 'Container app crashes with exit code 3 (application error)',
  },
  {
    name: 'C3',
    pod: crash(126, { restarts: 1 }),
    stage: 'start',
    code: 'CommandNotExecutable',
    severity: 'critical',
    message: 'The command of container app cannot be executed (exit code 126)',
  },
  {
    name: 'C4',
    pod: crash(127, { restarts: 1, message: 'sh: serve: not found' }),
    stage: 'start',
    code: 'CommandNotFound',
    severity: 'critical',
    message: 'The command of container app is not found in its image (exit code 127): sh: serve: not found',
  },
  {
    name: 'C5',
    pod: crash(134),
    stage: 'start',
    code: 'Aborted',
    severity: 'critical',
    message: 'Container app aborted with exit code 134 (SIGABRT: aborted itself)',
  },
  {
    name: 'C6',
    pod: crash(132, { restarts: 1 }),
    stage: 'start',
    code: 'IllegalInstruction',
    severity: 'critical',
    message:
      'Container app uses a CPU instruction that node node-1 does not have, and ends with exit code 132 (SIGILL: illegal instruction)',
  },
  {
    name: 'C7',
    pod: crash(139),
    stage: 'start',
    code: 'NativeCrash',
    severity: 'critical',
    message: 'Container app crashed in native code with exit code 139 (SIGSEGV: segmentation fault)',
  },
  {
    name: 'C8 its own limit',
    pod: crash(137, { reason: 'OOMKilled' }),
    stage: 'start',
    code: 'OutOfMemory',
    severity: 'critical',
    hard: true,
    message: 'Container app exceeded its memory limit of 2Gi and was killed (3 restarts)',
    quotes: ['2Gi'],
  },
  {
    name: 'C8 once',
    pod: crash(137, { reason: 'OOMKilled', restarts: 1 }),
    stage: 'start',
    code: 'OutOfMemory',
    severity: 'warning',
    hard: false,
    message: 'Container app exceeded its memory limit of 2Gi and was killed',
  },
  {
    name: 'C8 without a limit of its own',
    pod: pod({
      spec: podSpec({ containers: [container({ limits: {} })] }),
      containerStatuses: [crashLoop({ exitCode: 137, reason: 'OOMKilled' })],
    }),
    stage: 'start',
    code: 'OutOfMemory',
    severity: 'critical',
    message:
      'Container app was killed for memory though it has no limit of its own: the limit of the pod, or the memory of node node-1, was used up',
  },
  {
    name: 'C9 137 alone says only SIGKILL',
    pod: crash(137),
    stage: 'start',
    code: 'KilledUnknown',
    severity: 'warning',
    hard: false,
    message:
      'Container app was killed with exit code 137 (SIGKILL: killed), not by its memory limit and not by a probe; who did it is unknown',
  },
  {
    name: 'C10',
    pod: crash(143),
    stage: 'start',
    code: 'TerminatedRepeatedly',
    severity: 'warning',
    message:
      'Container app keeps ending with exit code 143 (SIGTERM: asked to stop) though its pod is not being deleted',
  },
  {
    name: 'C11',
    pod: crash(159, { restarts: 1 }),
    stage: 'start',
    code: 'SystemCallBlocked',
    severity: 'critical',
    message:
      'A system call of container app is blocked by its seccomp profile: it ends with exit code 159 (SIGSYS: system call blocked)',
  },
  {
    name: 'C12 scenario 43: OOMKilled with exit 143',
    pod: crash(143, { reason: 'OOMKilled' }),
    stage: 'start',
    code: 'OutOfMemoryEarlier',
    severity: 'warning',
    message:
      'A process in container app was killed for memory at some time, but its last end was exit code 143 (SIGTERM: asked to stop)',
  },
  {
    name: 'C13',
    pod: pod({ containerStatuses: [status({ state: terminated(ended(137, 'ContainerStatusUnknown', 30)) })] }),
    stage: 'start',
    code: 'ContainerLost',
    severity: 'info',
    message: 'Node node-1 lost track of container app: a restart of the node or an eviction, not a crash',
  },
  {
    name: 'C13 in the words of containerd, after a restart of the node',
    pod: pod({ containerStatuses: [status({ state: terminated(ended(255, 'Unknown', 30)) })] }),
    stage: 'start',
    code: 'ContainerLost',
    severity: 'info',
    message: 'Node node-1 lost track of container app: a restart of the node or an eviction, not a crash',
  },
  {
    name: 'C15 the node ran out of memory',
    pod: crash(137, { restarts: 1 }),
    context: { nodeEvents: [systemOom(20)] },
    stage: 'start',
    code: 'NodeOutOfMemory',
    severity: 'critical',
    message: 'Node node-1 ran out of memory and killed container app; the container was not at a limit of its own',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'C15 not when the victim was another program',
    pod: pod({
      spec: podSpec({ containers: [container({ command: ['/srv/webserver'] })] }),
      containerStatuses: [crashLoop({ exitCode: 137 })],
    }),
    context: { nodeEvents: [systemOom(20)] },
    stage: 'start',
    code: 'KilledUnknown',
    severity: 'warning',
    message:
      'Container app was killed with exit code 137 (SIGKILL: killed), not by its memory limit and not by a probe; who did it is unknown',
  },
  {
    name: 'C15 not when it was an hour ago',
    pod: crash(137),
    context: { nodeEvents: [systemOom(3600)] },
    stage: 'start',
    code: 'KilledUnknown',
    severity: 'warning',
    message:
      'Container app was killed with exit code 137 (SIGKILL: killed), not by its memory limit and not by a probe; who did it is unknown',
  },
  {
    name: 'D8 the startup probe kills',
    pod: pod({
      spec: podSpec({ containers: [container({ startupProbe: probe({ failureThreshold: 6 }) })] }),
      containerStatuses: [crashLoop({ exitCode: 143, restarts: 1 })],
    }),
    events: [
      event('Killing', 'Container app failed startup probe, will be restarted', {
        type: 'Normal',
        container: 'app',
        lastAgo: 40,
      }),
      event('Unhealthy', 'Startup probe failed: HTTP probe failed with statuscode: 503', {
        container: 'app',
        lastAgo: 41,
      }),
    ],
    stage: 'start',
    code: 'StartupProbeKills',
    severity: 'critical',
    message:
      'Container app is not up within 61 s and its startup probe (GET :8080/healthz) kills it: HTTP probe failed with statuscode: 503',
  },
  {
    name: 'D9 scenario 42: the liveness probe kills, not the memory',
    pod: pod({
      spec: podSpec({ containers: [container({ livenessProbe: probe() })] }),
      containerStatuses: [crashLoop({ exitCode: 137, restarts: 2 })],
    }),
    events: [
      event('Killing', 'Container app failed liveness probe, will be restarted', {
        type: 'Normal',
        container: 'app',
        lastAgo: 40,
      }),
      event(
        'Unhealthy',
        'Liveness probe failed: Get "http://10.0.0.5:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        { container: 'app', lastAgo: 41 },
      ),
    ],
    stage: 'start',
    code: 'LivenessProbeKills',
    severity: 'critical',
    message:
      'The liveness probe (GET :8080/healthz) keeps killing container app: Get "http://10.0.0.5:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  },
  {
    name: 'D9 a program that obeys SIGTERM ends with 0',
    pod: crash(0, { reason: 'Completed', restarts: 2 }),
    events: [
      event('Killing', 'Container app failed liveness probe, will be restarted', {
        type: 'Normal',
        container: 'app',
        lastAgo: 15,
      }),
    ],
    stage: 'start',
    code: 'LivenessProbeKills',
    severity: 'critical',
    message: 'The liveness probe keeps killing container app',
  },
  {
    name: 'D9 an old kill explains no new end',
    pod: crash(143),
    events: [
      event('Killing', 'Container app failed liveness probe, will be restarted', {
        type: 'Normal',
        container: 'app',
        lastAgo: 1800,
      }),
    ],
    stage: 'start',
    code: 'TerminatedRepeatedly',
    severity: 'warning',
    message:
      'Container app keeps ending with exit code 143 (SIGTERM: asked to stop) though its pod is not being deleted',
  },
];

/** Running for so many seconds and not ready. */
function notReady(
  startedAgo: number,
  containerOptions: Parameters<typeof container>[0],
  statusOptions: Parameters<typeof status>[0] = {},
): PodFacts {
  return pod({
    phase: 'Running',
    scheduledAgo: startedAgo + 5,
    spec: podSpec({ containers: [container(containerOptions)] }),
    containerStatuses: [status({ started: true, state: running(startedAgo), ...statusOptions })],
  });
}

const unhealthy = (text: string, lastAgo = 5): EventFacts =>
  event('Unhealthy', `Readiness probe failed: ${text}`, { container: 'app', lastAgo, count: 30 });

const probes: readonly Case[] = [
  {
    name: 'D1 within the budget a warning',
    pod: notReady(20, { readinessProbe: probe() }),
    events: [unhealthy('HTTP probe failed with statuscode: 503')],
    stage: 'containersReady',
    code: 'ReadinessProbeFailing',
    severity: 'warning',
    hard: false,
    message: 'Container app answers 503 on its readiness probe (GET :8080/healthz)',
    commands: ['kubectl -n shop logs web-1 -c app', describePod],
  },
  {
    name: 'D1 long after the budget still a warning: the next period may succeed',
    pod: notReady(600, { readinessProbe: probe() }),
    events: [unhealthy('HTTP probe failed with statuscode: 404')],
    stage: 'containersReady',
    code: 'ReadinessProbeFailing',
    severity: 'warning',
    hard: false,
    message: 'Container app answers 404 (path not found) on its readiness probe (GET :8080/healthz)',
  },
  {
    name: 'D2',
    pod: notReady(100, { readinessProbe: probe({ handler: 'tcp', port: '9090', path: null }) }),
    events: [unhealthy('dial tcp 10.0.0.5:9090: connect: connection refused')],
    stage: 'containersReady',
    code: 'ReadinessProbeRefused',
    severity: 'warning',
    message:
      'Nothing listens on the port that the readiness probe of container app asks (TCP :9090; container ports: 8080 http)',
  },
  {
    name: 'D3',
    pod: notReady(100, { readinessProbe: probe({ timeoutSeconds: 2 }) }),
    events: [
      unhealthy(
        'Get "http://10.0.0.5:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      ),
    ],
    stage: 'containersReady',
    code: 'ReadinessProbeTimeout',
    severity: 'warning',
    message: 'Container app does not answer its readiness probe (GET :8080/healthz) within 2 s',
  },
  {
    name: 'D3 a runtime reports its time limit as an error of the probe',
    pod: notReady(100, { readinessProbe: probe({ handler: 'exec', command: 'pg_isready', port: null, path: null }) }),
    events: [
      event(
        'Unhealthy',
        'Readiness probe errored: rpc error: code = DeadlineExceeded desc = failed to exec in container: timeout 2s exceeded: context deadline exceeded',
        { container: 'app', lastAgo: 5, count: 30 },
      ),
    ],
    stage: 'containersReady',
    code: 'ReadinessProbeTimeout',
    severity: 'warning',
    message: 'Container app does not answer its readiness probe (exec pg_isready) within 1 s',
  },
  {
    name: 'D4 what an exec probe prints about time is its own',
    pod: notReady(100, { readinessProbe: probe({ handler: 'exec', command: 'etcdctl', port: null, path: null }) }),
    events: [unhealthy('127.0.0.1:2379 is unhealthy: failed to commit proposal: context deadline exceeded')],
    stage: 'containersReady',
    code: 'ReadinessProbeUnhealthy',
    severity: 'warning',
    message:
      'The readiness probe of container app (exec etcdctl) says: 127.0.0.1:2379 is unhealthy: failed to commit proposal: context deadline exceeded',
  },
  {
    name: 'D4 an exec probe that prints nothing',
    pod: notReady(100, { readinessProbe: probe({ handler: 'exec', command: 'cat', port: null, path: null }) }),
    events: [unhealthy('')],
    stage: 'containersReady',
    code: 'ReadinessProbeUnhealthy',
    severity: 'warning',
    message: 'The readiness probe of container app (exec cat) fails without a word',
  },
  {
    name: 'D4 what an exec probe prints about connections is its own',
    pod: notReady(100, { readinessProbe: probe({ handler: 'exec', command: 'pg_isready', port: null, path: null }) }),
    events: [unhealthy('psql: connection refused')],
    stage: 'containersReady',
    code: 'ReadinessProbeUnhealthy',
    severity: 'warning',
    message: 'The readiness probe of container app (exec pg_isready) says: psql: connection refused',
  },
  {
    name: 'D5',
    pod: notReady(300, { readinessProbe: probe({ handler: 'exec', command: 'pg_isready', port: null, path: null }) }),
    events: [
      event(
        'Unhealthy',
        'Readiness probe errored and resulted in unknown state: rpc error: exec: "pg_isready": executable file not found in $PATH',
        { container: 'app', lastAgo: 5 },
      ),
    ],
    stage: 'containersReady',
    code: 'ReadinessProbeBroken',
    severity: 'critical',
    hard: true,
    message:
      'The readiness probe of container app (exec pg_isready) fails to run: rpc error: exec: "pg_isready": executable file not found in $PATH',
  },
  {
    name: 'D6',
    pod: notReady(600, { readinessProbe: probe() }),
    stage: 'containersReady',
    code: 'ReadinessProbeSilent',
    severity: 'warning',
    message: 'Container app runs and is not ready; its probe GET :8080/healthz leaves no event',
  },
  {
    name: 'D7 starting',
    pod: notReady(30, { startupProbe: probe({ failureThreshold: 30 }) }, { started: false }),
    stage: 'startupProbe',
    code: 'StartingUp',
    severity: 'info',
    hard: false,
    message: 'Container app is starting (GET :8080/healthz, at most 5 min, until 12:04:31 UTC)',
  },
  {
    name: 'D11 scenario 40',
    pod: pod({
      phase: 'Running',
      spec: podSpec({ readinessGates: ['x/lb-ready'] }),
      conditions: [
        condition('Initialized', 'True', 300),
        condition(
          'Ready',
          'False',
          290,
          'ReadinessGatesNotReady',
          'corresponding condition of pod readiness gate "x/lb-ready" does not exist.',
        ),
        condition('ContainersReady', 'True', 290),
        condition('PodScheduled', 'True', 300),
      ],
      containerStatuses: [status({ ready: true, started: true, state: running(295) })],
    }),
    stage: 'gates',
    code: 'ReadinessGateWaiting',
    severity: 'warning',
    message: 'All containers are ready; the pod waits for readiness gate x/lb-ready, which another controller sets',
  },
  {
    name: 'D11 in the words of the controller that sets it',
    pod: pod({
      phase: 'Running',
      spec: podSpec({ readinessGates: ['x/lb-ready'] }),
      conditions: [
        condition('Initialized', 'True', 300),
        condition(
          'Ready',
          'False',
          290,
          'ReadinessGatesNotReady',
          'corresponding condition of pod readiness gate "x/lb-ready" does not exist.',
        ),
        condition('ContainersReady', 'True', 290),
        condition('PodScheduled', 'True', 300),
        condition(
          'x/lb-ready',
          'False',
          200,
          'Target.FailedHealthChecks',
          'Health checks failed with these codes: [502]',
        ),
      ],
      containerStatuses: [status({ ready: true, started: true, state: running(295) })],
    }),
    stage: 'gates',
    code: 'ReadinessGateWaiting',
    severity: 'warning',
    message:
      'All containers are ready; the pod waits for readiness gate x/lb-ready, which another controller sets: Health checks failed with these codes: [502]',
  },
  {
    name: 'D14 a port by a name that is not there',
    pod: notReady(100, { readinessProbe: probe({ port: 'web' }) }),
    stage: 'containersReady',
    code: 'ProbePortMissing',
    severity: 'critical',
    hard: true,
    message:
      'The readiness probe of container app asks port web, a name that the container does not declare (container ports: 8080 http)',
  },
];

const migrate = container({ name: 'migrate', type: 'init', image: 'ghcr.io/shop/migrate:1' });
const proxy = container({ name: 'proxy', type: 'sidecar', image: 'ghcr.io/mesh/proxy:1' });

function initializing(
  init: ReturnType<typeof status>,
  app = status({ state: waits('PodInitializing') }),
  initFacts = migrate,
): PodFacts {
  return pod({
    spec: podSpec({ containers: [container(), initFacts] }),
    conditions: [
      condition('Initialized', 'False', 300, 'ContainersNotInitialized'),
      condition('Ready', 'False', 300, 'ContainersNotReady'),
      condition('ContainersReady', 'False', 300, 'ContainersNotReady'),
      condition('PodScheduled', 'True', 300),
    ],
    containerStatuses: [app],
    initContainerStatuses: [init],
  });
}

const inits: readonly Case[] = [
  {
    name: 'E1',
    pod: initializing(crashLoop({ name: 'migrate', exitCode: 1, restarts: 2, message: 'relation "users" exists' })),
    stage: 'init',
    code: 'InitContainerFailing',
    severity: 'critical',
    hard: true,
    message: 'Init container migrate crashes with exit code 1 (application error): relation "users" exists',
    commands: ['kubectl -n shop logs web-1 -c migrate --previous', describePod],
  },
  {
    name: 'E1 the first end',
    pod: initializing(status({ name: 'migrate', state: terminated(ended(1, 'Error', 3)) })),
    stage: 'init',
    code: 'InitContainerFailing',
    severity: 'warning',
    message: 'Init container migrate crashes with exit code 1 (application error)',
  },
  {
    name: 'E2 is silent at first',
    pod: initializing(status({ name: 'migrate', state: running(60) })),
    stage: 'init',
    code: 'InitContainerSlow',
    severity: 'warning',
    hard: false,
    message:
      'Init container migrate is running, and the containers of the pod wait for its end; there is no limit for it',
  },
  {
    name: 'E2 after a quarter of an hour',
    pod: initializing(status({ name: 'migrate', state: running(1000) })),
    stage: 'init',
    code: 'InitContainerSlow',
    severity: 'critical',
    hard: true,
    message:
      'Init container migrate is running, and the containers of the pod wait for its end; there is no limit for it',
  },
  {
    name: 'E3 an image of an init container',
    pod: initializing(
      status({ name: 'migrate', state: waits('ErrImagePull', pullFailure('ghcr.io/shop/migrate:1: not found')) }),
    ),
    stage: 'image',
    code: 'InitContainerBlocked',
    severity: 'critical',
    message: 'Init container migrate: Image ghcr.io/shop/migrate:1 does not exist in its registry',
  },
  {
    name: 'E3 keeps the registry as its group',
    pod: initializing(
      status({
        name: 'migrate',
        state: waits('ErrImagePull', pullFailure('dial tcp 1.2.3.4:443: connect: connection refused')),
      }),
    ),
    stage: 'image',
    code: 'InitContainerBlocked',
    severity: 'critical',
    message: 'Init container migrate: Registry ghcr.io does not answer',
    group: { type: 'registry', name: 'ghcr.io' },
  },
  {
    name: 'E4',
    pod: initializing(status({ name: 'proxy', started: false, state: running(250) }), undefined, proxy),
    stage: 'init',
    code: 'SidecarNotStarted',
    severity: 'critical',
    hard: true,
    message: 'Sidecar proxy has not started, and the containers after it wait for that',
  },
  {
    name: 'E5 scenario 37: it stands in initContainerStatuses',
    pod: pod({
      phase: 'Running',
      spec: podSpec({ containers: [container(), proxy] }),
      containerStatuses: [status({ ready: true, started: true, state: running(250) })],
      initContainerStatuses: [crashLoop({ name: 'proxy', exitCode: 1 })],
    }),
    stage: 'start',
    code: 'SidecarCrashing',
    severity: 'critical',
    message: 'Sidecar proxy crashes with exit code 1 (application error)',
  },
  {
    name: 'E6',
    pod: pod({
      phase: 'Running',
      spec: podSpec({ containers: [container(), { ...proxy, readinessProbe: probe({ port: '15021' }) }] }),
      containerStatuses: [status({ ready: true, started: true, state: running(250) })],
      initContainerStatuses: [status({ name: 'proxy', started: true, state: running(260) })],
    }),
    stage: 'containersReady',
    code: 'SidecarNotReady',
    severity: 'warning',
    message: 'Sidecar proxy runs and is not ready; its probe GET :15021/healthz leaves no event',
  },
  {
    name: 'E7',
    pod: pod({
      phase: 'Running',
      spec: podSpec({
        containers: [container(), container({ name: 'exporter', readinessProbe: probe({ port: '9100' }) })],
      }),
      containerStatuses: [
        status({ ready: true, started: true, state: running(250) }),
        status({ name: 'exporter', started: true, state: running(250) }),
      ],
    }),
    events: [
      event('Unhealthy', 'Readiness probe failed: dial tcp: connect: connection refused', {
        container: 'exporter',
        lastAgo: 4,
      }),
    ],
    stage: 'containersReady',
    code: 'SecondContainerNotReady',
    severity: 'warning',
    message:
      'Nothing listens on the port that the readiness probe of container exporter asks (GET :9100/healthz; container ports: 8080 http); container app is ready, but the pod gets no traffic without exporter',
  },
];

const nodes = (text: string): string =>
  `0/5 nodes are available: ${text} preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.`;

const schedulings: readonly Case[] = [
  {
    name: 'F1 in its first seconds',
    pod: unscheduled(nodes('3 Insufficient cpu, 4 Insufficient memory.'), 5),
    stage: 'scheduled',
    code: 'UnschedulableResources',
    severity: 'warning',
    hard: false,
    since: ago(5),
    message: '4 of 5 nodes lack memory; 3 of 5 nodes lack cpu; the pod asks for 500m cpu and 1Gi memory',
    commands: [describePod, 'kubectl get nodes -o wide'],
  },
  {
    name: 'F1 after two minutes',
    pod: unscheduled(nodes('5 Insufficient cpu.'), 130),
    stage: 'scheduled',
    code: 'UnschedulableResources',
    severity: 'critical',
    hard: true,
    message: 'All 5 nodes lack cpu; the pod asks for 500m cpu',
  },
  {
    name: 'F1 a scheduler of before 1.9, which does not say how many nodes there are',
    pod: unscheduled(
      'No nodes are available that match all of the predicates: Insufficient cpu (9), PodToleratesNodeTaints (1).',
      130,
    ),
    stage: 'scheduled',
    code: 'UnschedulableResources',
    severity: 'critical',
    message: '9 nodes lack cpu; 1 node carries a taint that the pod does not tolerate; the pod asks for 500m cpu',
  },
  {
    name: 'F1 a scheduler of before 1.5, node by node',
    pod: unscheduled(
      "pod (web-1) failed to fit in any node\nfit failure on node (a): Node didn't have enough resource: CPU, requested: 1000, used: 1420, capacity: 2000",
      130,
    ),
    stage: 'scheduled',
    code: 'UnschedulableResources',
    severity: 'critical',
    message: 'The only node lacks cpu; the pod asks for 500m cpu',
  },
  {
    name: 'F2',
    pod: unscheduled(nodes('5 Insufficient nvidia.com/gpu.'), 20, {
      spec: podSpec({ containers: [container({ requests: { 'nvidia.com/gpu': '1' } })] }),
    }),
    stage: 'scheduled',
    code: 'UnschedulableDevice',
    severity: 'warning',
    message: 'No node has a free nvidia.com/gpu; the pod asks for 1 nvidia.com/gpu',
  },
  {
    name: 'F3 with the key',
    pod: unscheduled(nodes('5 node(s) had untolerated taint {dedicated: gpu}.'), 20),
    stage: 'scheduled',
    code: 'UnschedulableTaint',
    severity: 'critical',
    hard: true,
    message: 'All 5 nodes carry taint dedicated',
  },
  {
    name: 'F3 as 1.36 says it',
    pod: unscheduled(nodes('5 node(s) had untolerated taint(s).'), 20),
    stage: 'scheduled',
    code: 'UnschedulableTaint',
    severity: 'critical',
    message: 'All 5 nodes carry a taint that the pod does not tolerate',
  },
  {
    name: 'F4',
    pod: unscheduled(nodes('5 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.'), 20),
    stage: 'scheduled',
    code: 'UnschedulableNodeTrouble',
    severity: 'warning',
    message: 'All 5 nodes are in trouble (not-ready)',
  },
  {
    name: 'F5',
    pod: unscheduled(
      nodes('1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 4 node(s) were unschedulable.'),
      20,
    ),
    stage: 'scheduled',
    code: 'UnschedulableCordoned',
    severity: 'warning',
    message: '4 of 5 nodes are cordoned; 1 of 5 nodes carries taint node-role.kubernetes.io/control-plane',
  },
  {
    name: 'F6',
    pod: unscheduled(nodes("5 node(s) didn't match Pod's node affinity/selector."), 20, {
      spec: podSpec({ nodeSelector: { disk: 'ssd' } }),
    }),
    stage: 'scheduled',
    code: 'UnschedulableNodeAffinity',
    severity: 'critical',
    message: 'No node matches nodeSelector disk=ssd',
  },
  {
    name: 'the nodes that match the selector say what is missing',
    pod: unscheduled(nodes("1 Insufficient cpu, 4 node(s) didn't match Pod's node affinity/selector."), 20, {
      spec: podSpec({ nodeSelector: { disk: 'ssd' } }),
    }),
    stage: 'scheduled',
    code: 'UnschedulableResources',
    severity: 'warning',
    message: '1 of 5 nodes lacks cpu; 4 of 5 nodes do not match nodeSelector disk=ssd; the pod asks for 500m cpu',
  },
  {
    name: 'F7',
    pod: unscheduled(nodes("5 node(s) didn't match pod anti-affinity rules."), 20, {
      spec: podSpec({ hasRequiredPodAntiAffinity: true }),
    }),
    stage: 'scheduled',
    code: 'UnschedulablePodAffinity',
    severity: 'warning',
    message: 'All 5 nodes already have a pod that anti-affinity keeps apart',
  },
  {
    name: 'F7 which of the rules it is stands in the text',
    pod: unscheduled(
      nodes("2 node(s) didn't match pod affinity rules, 3 node(s) didn't satisfy existing pods anti-affinity rules."),
      20,
      { spec: podSpec({ hasRequiredPodAntiAffinity: true }) },
    ),
    stage: 'scheduled',
    code: 'UnschedulablePodAffinity',
    severity: 'warning',
    message:
      '3 of 5 nodes have a pod whose anti-affinity keeps this one away; 2 of 5 nodes do not meet the rules of pod affinity',
  },
  {
    name: 'F8 the nodes have no such label',
    pod: unscheduled(nodes("5 node(s) didn't match pod topology spread constraints (missing required label)."), 20),
    stage: 'scheduled',
    code: 'UnschedulableTopologySpread',
    severity: 'warning',
    message: 'All 5 nodes lack the label by which the pods are spread',
  },
  {
    name: 'F11 an older scheduler counts no nodes',
    pod: unscheduled('pod has unbound immediate PersistentVolumeClaims (repeated 3 times)', 20, {
      spec: podSpec({ volumes: claim }),
    }),
    stage: 'scheduled',
    code: 'UnschedulableVolumeUnbound',
    severity: 'warning',
    message: 'Volume claim data-web-1 is not bound',
  },
  {
    name: 'F8',
    pod: unscheduled(nodes("5 node(s) didn't match pod topology spread constraints."), 20),
    stage: 'scheduled',
    code: 'UnschedulableTopologySpread',
    severity: 'warning',
    message: 'All 5 nodes would break the topology spread',
  },
  {
    name: 'F9',
    pod: unscheduled(nodes("5 node(s) didn't have free ports for the requested pod ports."), 20, {
      spec: podSpec({ containers: [container({ ports: [{ name: null, containerPort: 80, hostPort: 80 }] })] }),
    }),
    stage: 'scheduled',
    code: 'UnschedulableHostPort',
    severity: 'critical',
    message: 'All 5 nodes have host port 80 taken',
  },
  {
    name: 'F10',
    pod: unscheduled(nodes('5 Too many pods.'), 20),
    stage: 'scheduled',
    code: 'UnschedulablePodLimit',
    severity: 'warning',
    message: 'All 5 nodes are at their pod limit',
  },
  {
    name: 'F11 with what the claim says',
    pod: unscheduled(nodes('pod has unbound immediate PersistentVolumeClaims.'), 90, {
      spec: podSpec({ volumes: [{ name: 'data', type: 'persistentVolumeClaim', source: 'data-{pod}' }] }),
    }),
    events: [
      event('ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found', {
        kind: 'PersistentVolumeClaim',
        name: 'data-web-1',
        uid: 'claim',
        source: 'persistentvolume-controller',
      }),
    ],
    stage: 'scheduled',
    code: 'UnschedulableVolumeUnbound',
    severity: 'critical',
    message: 'Volume claim data-web-1 is not bound: storageclass.storage.k8s.io "fast" not found',
    group: { type: 'storageClass', name: 'fast' },
    commands: [describePod, 'kubectl get nodes -o wide', 'kubectl -n shop describe persistentvolumeclaim data-web-1'],
  },
  {
    name: 'F12',
    pod: unscheduled(nodes('persistentvolumeclaim "data" not found.'), 20),
    stage: 'scheduled',
    code: 'UnschedulableClaimMissing',
    severity: 'critical',
    message: 'Volume claim data does not exist',
  },
  {
    name: 'F13',
    pod: unscheduled(nodes('5 node(s) had volume node affinity conflict.'), 90),
    stage: 'scheduled',
    code: 'UnschedulableVolumeZone',
    severity: 'critical',
    message: 'No node is where the volume is',
  },
  {
    name: 'F14',
    pod: unscheduled(nodes('5 node(s) exceed max volume count.'), 90),
    stage: 'scheduled',
    code: 'UnschedulableVolumeSupply',
    severity: 'warning',
    message: 'All 5 nodes have reached their limit of attached volumes',
  },
  {
    name: 'F15',
    pod: unscheduled(
      nodes(
        '5 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod.',
      ),
      90,
    ),
    stage: 'scheduled',
    code: 'UnschedulableVolumeInUse',
    severity: 'warning',
    message: 'The volume is used by another pod (ReadWriteOncePod)',
  },
  {
    name: 'F16',
    pod: unscheduled(nodes('5 cannot allocate all claims.'), 90),
    stage: 'scheduled',
    code: 'UnschedulableDeviceClaim',
    severity: 'warning',
    message: 'Device claim cannot be allocated (cannot allocate all claims)',
  },
  {
    name: 'F17 scenario 50: gated is not unschedulable',
    pod: unscheduled(
      'Scheduling is blocked due to non-empty scheduling gates',
      180,
      { spec: podSpec({ schedulingGates: ['kueue.x-k8s.io/admission'] }) },
      'SchedulingGated',
    ),
    stage: 'scheduled',
    code: 'SchedulingGated',
    severity: 'info',
    message: 'Held by scheduling gate kueue.x-k8s.io/admission',
  },
  {
    name: 'F18 scenario 49',
    pod: unscheduled(null, 120, { spec: podSpec({ schedulerName: 'volcano' }) }),
    stage: 'scheduled',
    code: 'SchedulerAbsent',
    severity: 'critical',
    hard: true,
    message: 'Scheduler volcano has not looked at the pod: it does not run, or the name is wrong',
  },
  {
    name: 'F18 does not hold once the scheduler has chosen a node: its volume is not made yet',
    pod: unscheduled(null, 180, { spec: podSpec({ volumes: claim }), nominatedNodeName: 'node-2' }),
    events: [
      event(
        'ExternalProvisioning',
        "Waiting for a volume to be created either by the external provisioner 'csi.example.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
        { kind: 'PersistentVolumeClaim', name: 'data-web-1', uid: 'claim', firstAgo: 180 },
      ),
    ],
    stage: 'scheduled',
    code: 'VolumeProvisioningFailed',
    severity: 'warning',
    message:
      'Volume claim data-web-1 gets no volume: provisioner csi.example.com has not made it yet; node node-2 is chosen for the pod',
  },
  {
    name: 'F20 that gave up waiting for a volume: the claim says why, and nobody is pushed out',
    pod: unscheduled(
      'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded',
      30,
      { spec: podSpec({ volumes: claim }), nominatedNodeName: 'node-2' },
      'SchedulerError',
    ),
    events: [
      event(
        'ExternalProvisioning',
        "Waiting for a volume to be created either by the external provisioner 'csi.example.com' or manually by the system administrator.",
        {
          kind: 'PersistentVolumeClaim',
          name: 'data-web-1',
          uid: 'claim',
          firstAgo: 700,
        },
      ),
    ],
    stage: 'scheduled',
    code: 'VolumeProvisioningFailed',
    severity: 'critical',
    hard: true,
    message:
      'Volume claim data-web-1 gets no volume: provisioner csi.example.com has not made it yet; node node-2 is chosen for the pod',
  },
  {
    name: 'a claim whose volume was made since explains nothing',
    pod: unscheduled(null, 180, { spec: podSpec({ volumes: claim }), nominatedNodeName: 'node-2' }),
    events: [
      event('ProvisioningFailed', 'failed to provision volume: rate limited', {
        kind: 'PersistentVolumeClaim',
        name: 'data-web-1',
        uid: 'claim',
        firstAgo: 180,
        lastAgo: 100,
      }),
      event('ProvisioningSucceeded', 'Successfully provisioned volume pvc-1', {
        kind: 'PersistentVolumeClaim',
        name: 'data-web-1',
        uid: 'claim',
        firstAgo: 60,
        lastAgo: 60,
      }),
    ],
    stage: 'scheduled',
    code: 'Unschedulable',
    severity: 'warning',
    message: 'The scheduler has chosen node node-2 and has not bound the pod to it yet',
  },
  {
    name: 'F19',
    pod: unscheduled('no nodes available to schedule pods', 30),
    stage: 'scheduled',
    code: 'NoNodes',
    severity: 'critical',
    message: 'The cluster has no node that could take the pod',
  },
  {
    name: 'F20',
    pod: unscheduled('running PreFilter plugin "VolumeBinding": timeout', 30, {}, 'SchedulerError'),
    stage: 'scheduled',
    code: 'SchedulerFailed',
    severity: 'warning',
    message: 'The scheduler failed: running PreFilter plugin "VolumeBinding": timeout',
  },
  {
    name: 'F21',
    pod: unscheduled(nodes('5 Insufficient cpu.'), 30, { nominatedNodeName: 'node-2' }),
    stage: 'scheduled',
    code: 'PreemptionPending',
    severity: 'info',
    message:
      'Pods of lower priority are leaving node node-2 to make room; all 5 nodes lack cpu; the pod asks for 500m cpu',
    notes: ['UnschedulableResources'],
  },
  {
    name: 'F22 the autoscaler helps',
    pod: unscheduled(nodes('5 Insufficient cpu.'), 200),
    events: [
      event('TriggeredScaleUp', 'pod triggered scale-up: [{pool 1->2 (max: 3)}]', {
        type: 'Normal',
        source: 'cluster-autoscaler',
        lastAgo: 180,
      }),
    ],
    stage: 'scheduled',
    code: 'ScaleUpRunning',
    severity: 'info',
    hard: false,
    message: 'A new node is being added; all 5 nodes lack cpu; the pod asks for 500m cpu',
    notes: ['UnschedulableResources'],
  },
  {
    name: 'F23 the autoscaler cannot',
    pod: unscheduled(nodes('5 Insufficient cpu.'), 200),
    events: [
      event('NotTriggerScaleUp', "pod didn't trigger scale-up: 1 max node group size reached", {
        type: 'Normal',
        source: 'cluster-autoscaler',
        firstAgo: 190,
        lastAgo: 20,
      }),
    ],
    stage: 'scheduled',
    code: 'ScaleUpImpossible',
    severity: 'critical',
    message:
      "The autoscaler cannot help (pod didn't trigger scale-up: 1 max node group size reached); all 5 nodes lack cpu; the pod asks for 500m cpu",
    notes: ['UnschedulableResources'],
  },
  {
    name: 'F24 scenario 68: the node of a daemon pod, without the noise of the others',
    pod: unscheduled(
      "0/3 nodes are available: 1 Insufficient memory, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.",
      20,
      { targetNodeName: 'node-3' },
    ),
    context: { workload: daemonSet() },
    stage: 'scheduled',
    code: 'UnschedulableDaemonPod',
    severity: 'warning',
    message: 'Node node-3 lacks memory; the pod asks for 1Gi memory',
    commands: [describePod, 'kubectl describe node node-3'],
  },
  {
    name: 'F24 an older scheduler asked the other nodes too: which of them is meant stays open',
    pod: unscheduled(
      "0/36 nodes are available: 31 node(s) didn't have free ports for the requested pod ports, 5 Insufficient memory.",
      20,
      { targetNodeName: 'node-3' },
    ),
    context: { workload: daemonSet() },
    stage: 'scheduled',
    code: 'UnschedulableDaemonPod',
    severity: 'warning',
    message:
      'Node node-3 takes no pod: 31 of 36 nodes have host port of the pod taken; 5 of 36 nodes lack memory; the pod asks for 1Gi memory',
  },
  {
    name: 'another scheduler',
    pod: unscheduled('all nodes are reserved by gang job-7', 30),
    stage: 'scheduled',
    code: 'Unschedulable',
    severity: 'warning',
    message: 'all nodes are reserved by gang job-7',
  },
];

const mounting = (
  volumes = [{ name: 'config', type: 'configMap', source: 'web-config' }],
  scheduledAgo = 300,
): PodFacts =>
  pod({
    scheduledAgo,
    spec: podSpec({ volumes }),
    conditions: [
      condition('PodReadyToStartContainers', 'False', scheduledAgo),
      condition('Initialized', 'True', scheduledAgo),
      condition('Ready', 'False', scheduledAgo, 'ContainersNotReady'),
      condition('ContainersReady', 'False', scheduledAgo, 'ContainersNotReady'),
      condition('PodScheduled', 'True', scheduledAgo),
    ],
  });

const mount = (text: string, reason = 'FailedMount'): EventFacts => event(reason, text, { firstAgo: 200, lastAgo: 8 });

const volumes: readonly Case[] = [
  {
    name: 'H1',
    pod: mounting(),
    events: [mount('MountVolume.SetUp failed for volume "config" : configmap "web-config" not found')],
    stage: 'volumes',
    code: 'MissingConfigMapVolume',
    severity: 'critical',
    hard: true,
    message: 'Volume config needs ConfigMap web-config, which does not exist in namespace shop',
    commands: ['kubectl -n shop get configmap web-config', describePod],
  },
  {
    name: 'H2',
    pod: mounting(),
    events: [mount('MountVolume.SetUp failed for volume "tls" : secret "web-tls" not found')],
    stage: 'volumes',
    code: 'MissingSecretVolume',
    severity: 'critical',
    message: 'Volume tls needs Secret web-tls, which does not exist in namespace shop',
  },
  {
    name: 'H3',
    pod: mounting(),
    events: [
      mount('MountVolume.SetUp failed for volume "config" : configmap references non-existent config key: app.yaml'),
    ],
    stage: 'volumes',
    code: 'MissingVolumeKey',
    severity: 'critical',
    message: 'Volume config needs key app.yaml, which its ConfigMap does not have',
  },
  {
    name: 'H4',
    pod: mounting(claim),
    events: [
      mount(
        'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
      ),
    ],
    stage: 'volumes',
    code: 'VolumeMountTimeout',
    severity: 'critical',
    message: 'Volume data (claim data-web-1) is not attached and mounted in time',
  },
  {
    name: 'H4 gives way to a text that names the cause, though it is older',
    pod: mounting(),
    events: [
      event('FailedMount', 'MountVolume.SetUp failed for volume "tls" : secret "web-tls" not found', {
        firstAgo: 200,
        lastAgo: 60,
      }),
      event(
        'FailedMount',
        'Unable to attach or mount volumes: unmounted volumes=[tls], unattached volumes=[]: timed out',
        { lastAgo: 5 },
      ),
    ],
    stage: 'volumes',
    code: 'MissingSecretVolume',
    severity: 'critical',
    message: 'Volume tls needs Secret web-tls, which does not exist in namespace shop',
  },
  {
    name: 'H5',
    pod: mounting(claim),
    events: [
      mount(
        'MountVolume.MountDevice failed for volume "pvc-1" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers',
      ),
    ],
    stage: 'volumes',
    code: 'CsiDriverMissing',
    severity: 'warning',
    message: 'Node node-1 does not run CSI driver ebs.csi.aws.com, which volume pvc-1 needs',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'H6',
    pod: mounting(claim),
    events: [
      mount('Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) web-0', 'FailedAttachVolume'),
    ],
    stage: 'volumes',
    code: 'VolumeAttachedElsewhere',
    severity: 'warning',
    hard: false,
    message: 'Volume pvc-1 is still attached to another node, where web-0 uses it',
    commands: [describePod, 'kubectl -n shop get pod web-0'],
  },
  {
    name: 'H7',
    pod: mounting(claim),
    events: [
      mount(
        'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Internal desc = instance has too many volumes',
        'FailedAttachVolume',
      ),
    ],
    stage: 'volumes',
    code: 'VolumeAttachFailed',
    severity: 'critical',
    message: 'Volume pvc-1 cannot be attached to node node-1: instance has too many volumes',
  },
  {
    name: 'H8',
    pod: mounting(),
    events: [mount('MountVolume.SetUp failed for volume "nfs" : mount failed: exit status 32')],
    stage: 'volumes',
    code: 'VolumeMountFailed',
    severity: 'critical',
    message: 'Volume nfs cannot be mounted: mount failed: exit status 32',
  },
  {
    name: 'H9',
    pod: mounting(),
    events: [mount('MountVolume.SetUp failed for volume "kube-api-access-x" : configmap "kube-root-ca.crt" not found')],
    stage: 'volumes',
    code: 'ClusterTokenMissing',
    severity: 'warning',
    message:
      'The CA of the cluster or the token of the ServiceAccount is not there yet: configmap "kube-root-ca.crt" not found',
  },
  {
    name: 'H10',
    pod: mounting(claim),
    events: [
      event(
        'ProvisioningFailed',
        'failed to provision volume with StorageClass "fast": quota of the project is used up',
        { kind: 'PersistentVolumeClaim', name: 'data-web-1', uid: 'claim', firstAgo: 200 },
      ),
    ],
    stage: 'volumes',
    code: 'VolumeProvisioningFailed',
    severity: 'critical',
    message:
      'Volume claim data-web-1 gets no volume: failed to provision volume with StorageClass "fast": quota of the project is used up',
    group: { type: 'storageClass', name: 'fast' },
  },
  {
    name: 'H11',
    pod: mounting(claim),
    events: [mount('MapVolume.MapPodDevice failed for volume "pvc-1" : loop device busy', 'FailedMapVolume')],
    stage: 'volumes',
    code: 'VolumeMapOrResizeFailed',
    severity: 'warning',
    message: 'Volume pvc-1 cannot be mapped or resized: loop device busy',
  },
  {
    name: 'H12',
    pod: mounting(),
    stage: 'volumes',
    code: 'PodStartSilent',
    severity: 'warning',
    message: 'The pod waits for its volumes or its network, and node node-1 says nothing about it',
  },
  {
    name: 'I1',
    pod: mounting(),
    events: [
      mount(
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "abc": plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized',
        'FailedCreatePodSandBox',
      ),
    ],
    stage: 'volumes',
    code: 'NetworkSetupFailed',
    severity: 'warning',
    message:
      'The pod network cannot be set up on node node-1: plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'I2',
    pod: mounting(),
    events: [
      mount(
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "abc": plugin type="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
        'FailedCreatePodSandBox',
      ),
    ],
    stage: 'volumes',
    code: 'PodAddressesExhausted',
    severity: 'critical',
    message:
      'No pod address is left on node node-1: plugin type="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'B8 a sandbox that fails for another reason than the network',
    pod: mounting(),
    events: [
      mount(
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "r.example/pause:3.10": not found',
        'FailedCreatePodSandBox',
      ),
    ],
    stage: 'volumes',
    code: 'ContainerCreateFailed',
    severity: 'warning',
    message:
      'Node node-1 cannot make the sandbox of the pod: failed to get sandbox image "r.example/pause:3.10": not found',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'B8 a node that warns of something that no rule knows is not silent',
    pod: mounting(),
    events: [
      mount('unable to ensure pod container exists: cannot allocate memory', 'FailedCreatePodContainer'),
      mount('Nameserver limits were exceeded', 'DNSConfigForming'),
    ],
    stage: 'create',
    code: 'ContainerCreateFailed',
    severity: 'warning',
    message: 'Node node-1 cannot start the pod: unable to ensure pod container exists: cannot allocate memory',
  },
  {
    name: 'A14 what went wrong before the pull began is past',
    pod: mounting(),
    events: [
      event('FailedAttachVolume', 'AttachVolume.Attach failed for volume "pvc-1" : timed out', { lastAgo: 300 }),
      event('FailedCreatePodSandBox', 'Failed to create pod sandbox: rpc error: no address', { lastAgo: 200 }),
      event('Pulling', 'Pulling image "ghcr.io/shop/web:1"', { type: 'Normal', container: 'app', lastAgo: 150 }),
    ],
    stage: 'image',
    code: 'ImagePullSlow',
    severity: 'info',
    message: 'Image ghcr.io/shop/web:1 is being pulled to node node-1 since 11:57:30 UTC',
  },
  {
    name: 'H4 the attachment has worked at last, the mount has not',
    pod: mounting(),
    events: [
      event('FailedAttachVolume', 'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) db-0', {
        lastAgo: 300,
      }),
      event('SuccessfulAttachVolume', 'AttachVolume.Attach succeeded for volume "pvc-1"', {
        type: 'Normal',
        lastAgo: 200,
      }),
      mount(
        'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
      ),
    ],
    stage: 'volumes',
    code: 'VolumeMountTimeout',
    severity: 'critical',
    message: 'Volume data is not attached and mounted in time',
  },
  {
    name: 'I3',
    pod: mounting(),
    events: [mount('network is not ready: container runtime network not ready: NetworkReady=false', 'NetworkNotReady')],
    stage: 'volumes',
    code: 'NodeNetworkNotReady',
    severity: 'warning',
    message:
      'The network of node node-1 is not ready: network is not ready: container runtime network not ready: NetworkReady=false',
    group: { type: 'node', name: 'node-1' },
  },
];

function lostPod(options: Parameters<typeof pod>[0] = {}): PodFacts {
  return readyPod({
    conditions: [
      condition('Initialized', 'True', 3600),
      condition('Ready', 'False', 60),
      condition('ContainersReady', 'True', 3600),
      condition('PodScheduled', 'True', 3600),
    ],
    ...options,
  });
}

function failed(reason: string, message: string, conditions: PodFacts['conditions'] = []): PodFacts {
  return pod({ phase: 'Failed', reason, message, conditions, containerStatuses: [] });
}

function deleting(deletedAgo: number, options: Parameters<typeof pod>[0] = {}): PodFacts {
  return readyPod({ deletionAt: ago(deletedAgo), ...options });
}

const disrupted = (reason: string, message: string): PodFacts['conditions'] => [
  condition('Ready', 'False', 20),
  condition('ContainersReady', 'False', 20),
  condition('DisruptionTarget', 'True', 20, reason, message),
];

const stopped = [status({ state: terminated(ended(143, 'Error', 600)) })];

const endings: readonly Case[] = [
  {
    name: 'a pod that failed and says nothing: its container does',
    pod: pod({
      phase: 'Failed',
      containerStatuses: [status({ state: terminated({ ...ended(3, 'Error', 60), message: 'no database' }) })],
    }),
    stage: 'done',
    code: 'PodFailed',
    severity: 'warning',
    message: 'The pod ended as Failed: container app ended with exit code 3 (application error), no database',
  },
  {
    name: 'I6 the condition tells it where the reason of the pod was lost',
    pod: pod({
      phase: 'Failed',
      conditions: disrupted(
        'TerminationByKubelet',
        'The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi, available: 898240Ki. Container app was using 4Ki, request is 0, has larger consumption of ephemeral-storage. ',
      ),
      containerStatuses: [],
    }),
    stage: 'done',
    code: 'EvictedNodePressure',
    severity: 'warning',
    message: 'The pod was evicted: node node-1 ran low on ephemeral-storage; container app used 4Ki of a request of 0',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'I9 for a critical pod, by the kubelet',
    pod: failed(
      'Preempting',
      'Preempted in order to admit critical pod',
      disrupted('TerminationByKubelet', 'Preempted in order to admit critical pod'),
    ),
    stage: 'done',
    code: 'Preempted',
    severity: 'warning',
    message: 'Node node-1 pushed the pod out to make room for a critical one',
  },
  {
    name: 'B1 a pod of which a kubelet speaks has a node, though an excerpt leaves out which',
    pod: pod({
      nodeName: null,
      conditions: [],
      containerStatuses: [
        status({
          ready: false,
          state: { kind: 'waiting', reason: 'CreateContainerConfigError', message: 'configmap "smtp" not found' },
        }),
      ],
    }),
    stage: 'create',
    code: 'MissingConfigMap',
    severity: 'critical',
    message: 'Container app needs ConfigMap smtp, which does not exist in namespace shop',
  },
  {
    name: 'B8 what the provider of a virtual node says stands in the pod',
    pod: pod({
      reason: 'ProviderFailed',
      message: 'container group web: the image is not accessible',
      containerStatuses: [],
      scheduledAgo: 300,
    }),
    stage: 'create',
    code: 'ContainerCreateFailed',
    severity: 'warning',
    message: 'Node node-1 cannot start the pod (ProviderFailed): container group web: the image is not accessible',
  },
  {
    name: 'I4 scenario 41: Ready False while the containers are ready',
    pod: lostPod(),
    stage: 'ready',
    code: 'NodeLost',
    severity: 'warning',
    hard: false,
    since: ago(60),
    message:
      'Node node-1 stopped reporting, so the pod counts as down; unless the node comes back it is replaced at 12:04:00 UTC (5 min after the loss)',
    group: { type: 'node', name: 'node-1' },
    commands: ['kubectl describe node node-1', 'kubectl get nodes -o wide'],
  },
  {
    name: 'I4 a pod that should have been replaced long ago',
    pod: lostPod({
      conditions: [
        condition('Initialized', 'True', 9000),
        condition('Ready', 'False', 7200),
        condition('ContainersReady', 'True', 9000),
        condition('PodScheduled', 'True', 9000),
      ],
    }),
    stage: 'ready',
    code: 'NodeLost',
    severity: 'warning',
    since: ago(7200),
    message:
      'Node node-1 stopped reporting, so the pod counts as down; it was to be replaced 5 min after the loss, and was not',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'I4 a daemon pod tolerates it for ever',
    pod: lostPod({
      spec: podSpec({
        tolerations: [{ key: null, operator: 'Exists', value: null, effect: null, tolerationSeconds: null }],
      }),
    }),
    stage: 'ready',
    code: 'NodeLost',
    severity: 'warning',
    message:
      'Node node-1 stopped reporting, so the pod counts as down; it stays bound to that node until the node comes back',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'I19',
    pod: lostPod({ phase: 'Unknown', reason: 'NodeLost' }),
    stage: 'ready',
    code: 'PodStatusUnknown',
    severity: 'warning',
    message:
      'Node node-1 stopped reporting, so the pod counts as down; unless the node comes back it is replaced at 12:04:00 UTC (5 min after the loss)',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'I5',
    pod: deleting(-20, {
      conditions: disrupted('DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint'),
    }),
    stage: 'done',
    code: 'TaintEviction',
    severity: 'info',
    message: 'Node node-1 got a taint that the pod does not tolerate, so it is moved away',
    notes: ['LongTermination'],
  },
  {
    name: 'I6',
    pod: failed(
      'Evicted',
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 44Mi. Container app was using 1536Mi, request is 256Mi, has larger consumption of memory. ',
    ),
    stage: 'done',
    code: 'EvictedNodePressure',
    severity: 'warning',
    message: 'The pod was evicted: node node-1 ran low on memory; container app used 1536Mi of a request of 256Mi',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'I7',
    pod: failed('Evicted', 'Usage of EmptyDir volume "cache" exceeds the limit "1Gi". '),
    stage: 'done',
    code: 'EvictedDiskLimit',
    severity: 'critical',
    message: 'The pod was evicted: emptyDir volume cache grew beyond its limit of 1Gi',
  },
  {
    name: 'I8',
    pod: failed('Terminated', 'Pod was terminated in response to imminent node shutdown.'),
    stage: 'done',
    code: 'NodeShutdown',
    severity: 'warning',
    message: 'Node node-1 is shutting down and ended the pod',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'I9',
    pod: deleting(-20, {
      conditions: disrupted(
        'PreemptionByScheduler',
        'default-scheduler: preempting to accommodate a higher priority pod',
      ),
    }),
    events: [
      event('Preempted', 'Preempted by pod uid-9 on node node-1', { type: 'Normal', source: 'default-scheduler' }),
    ],
    stage: 'done',
    code: 'Preempted',
    severity: 'warning',
    message: 'The pod was pushed out from node node-1 by a pod of higher priority',
    quotes: ['Preempted by pod uid-9 on node node-1'],
  },
  {
    name: 'I10 scenario 26',
    pod: deleting(-20, { conditions: disrupted('EvictionByEvictionAPI', 'Eviction API: evicting') }),
    stage: 'done',
    code: 'EvictedByApi',
    severity: 'info',
    message: 'The pod was moved away from node node-1 by a drain, or by the autoscaler',
  },
  {
    name: 'I11',
    pod: failed(
      'OutOfcpu',
      "Pod was rejected: Node didn't have enough resource: cpu, requested: 500, used: 3900, capacity: 4000",
    ),
    stage: 'done',
    code: 'NodeRefusedPod',
    severity: 'warning',
    message:
      "Node node-1 refused the pod (OutOfcpu): Pod was rejected: Node didn't have enough resource: cpu, requested: 500, used: 3900, capacity: 4000",
  },
  {
    name: 'I12',
    pod: lostPod({ deletionAt: ago(180) }),
    stage: 'done',
    code: 'StuckOnLostNode',
    severity: 'warning',
    hard: false,
    message: 'The pod cannot end: node node-1 does not report any more and so cannot confirm it',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'I12 after ten minutes',
    pod: lostPod({ deletionAt: ago(700) }),
    stage: 'done',
    code: 'StuckOnLostNode',
    severity: 'critical',
    hard: true,
    message: 'The pod cannot end: node node-1 does not report any more and so cannot confirm it',
    group: { type: 'node', name: 'node-1' },
  },
  {
    name: 'I13',
    pod: deleting(180, { finalizers: ['example.com/hold'], containerStatuses: stopped }),
    stage: 'done',
    code: 'StuckOnFinalizer',
    severity: 'warning',
    message: 'The pod has ended and is kept by finalizer example.com/hold',
    quotes: ['example.com/hold'],
  },
  {
    name: 'I14',
    pod: deleting(180),
    events: [event('FailedKillPod', 'error killing pod: context deadline exceeded')],
    stage: 'done',
    code: 'ContainerWillNotStop',
    severity: 'warning',
    message: 'Container app does not stop on node node-1, though its grace period of 30 s is over',
    quotes: ['error killing pod: context deadline exceeded'],
  },
  {
    name: 'I15',
    pod: deleting(-25),
    stage: 'done',
    code: 'LongTermination',
    severity: 'info',
    message: 'The pod is being deleted and ends by 12:00:25 UTC at the latest (grace period 30 s)',
  },
  {
    name: 'I16',
    pod: deleting(-25, { conditions: disrupted('DeletionByPodGC', 'PodGC: node no longer exists') }),
    stage: 'done',
    code: 'PodGarbageCollected',
    severity: 'info',
    message: 'Node node-1 does not exist any more; the pod was removed with it',
  },
  {
    name: 'a pod that failed for a reason nobody knows',
    pod: failed('Haunted', 'a ghost was seen'),
    stage: 'done',
    code: 'PodFailed',
    severity: 'warning',
    message: 'The pod ended as Failed (Haunted): a ghost was seen',
  },
  {
    name: 'a container that waits for a reason nobody knows',
    pod: blocked('Haunted', 'a ghost was seen'),
    stage: 'create',
    code: 'ContainerWaiting',
    severity: 'warning',
    message: 'Container app waits: Haunted, a ghost was seen',
  },
];

const tables = { images, starts, crashes, probes, inits, schedulings, volumes, endings };

for (const [table, cases] of Object.entries(tables)) {
  for (const one of cases) {
    test(`${table}: ${one.name}`, () => {
      const diagnosis = diagnosePod(one.pod, context({ events: one.events ?? [], ...one.context }), noon);
      const { cause } = diagnosis;
      assert.ok(cause !== null, 'no cause');
      assert.deepEqual(
        [diagnosis.stage, cause.code, cause.severity, cause.message],
        [one.stage, one.code, one.severity, one.message],
      );
      if (one.hard !== undefined) assert.equal(diagnosis.hard, one.hard);
      if (one.since !== undefined) assert.equal(cause.since, one.since);
      assert.deepEqual(cause.group, one.group ?? null);
      assert.ok(cause.evidence.length > 0, 'a cause without evidence');
      for (const quote of one.quotes ?? [])
        assert.ok(
          cause.evidence.some(({ text }) => text === quote),
          `no evidence quotes ${quote}`,
        );
      if (one.commands !== undefined) assert.deepEqual(cause.commands, one.commands);
      for (const code of one.notes ?? [])
        assert.ok(
          diagnosis.notes.some((note) => note.code === code),
          `no note ${code}`,
        );
      for (const line of cause.commands) assert.match(line, /^kubectl (?:-n \S+ )?(?:get|describe|logs) /);
      assert.ok(diagnosis.reassessAt === null || diagnosis.reassessAt > noon);
    });
  }
}

test('a healthy pod costs no allocation: all share one diagnosis', () => {
  const first = diagnosePod(readyPod(), context(), noon);
  assert.equal(first, diagnosePod(readyPod({ name: 'web-2', uid: 'uid-web-2' }), context(), noon));
  assert.deepEqual([first.stage, first.cause, first.notes, first.hard], ['done', null, [], false]);
});

test('ready, waiting for minReadySeconds', () => {
  const workload = { ...context().workload, minReadySeconds: 60 };
  const conditions = [condition('Ready', 'True', 10)];
  const diagnosis = diagnosePod(readyPod({ conditions }), context({ workload }), noon);
  assert.deepEqual([diagnosis.stage, diagnosis.cause, diagnosis.reassessAt], ['available', null, ago(10) + 60_000]);
});

test('a start takes its time silently', () => {
  const diagnosis = diagnosePod(mounting([], 30), context(), noon);
  assert.deepEqual([diagnosis.stage, diagnosis.cause, diagnosis.graceUntilAt], ['volumes', null, ago(30) + 120_000]);
});

test('a scheduler has a minute to look at a pod', () => {
  const diagnosis = diagnosePod(unscheduled(null, 5), context(), noon);
  assert.deepEqual([diagnosis.stage, diagnosis.cause, diagnosis.reassessAt], ['scheduled', null, ago(5) + 60_000]);
});

test('a taint of nodes that start or leave is nothing to tolerate', () => {
  const remedyOf = (taint: string): string => {
    const refused = unscheduled(`0/2 nodes are available: 2 node(s) had untolerated taint {${taint}: }.`, 20);
    return diagnosePod(refused, context(), noon).cause?.remedy ?? '';
  };
  for (const taint of ['node.cilium.io/agent-not-ready', 'karpenter.sh/disrupted', 'ToBeDeletedByClusterAutoscaler']) {
    assert.match(remedyOf(taint), /^Wait: the taint says that the node starts or leaves/);
  }
  assert.match(remedyOf('dedicated'), /toleration/);
});

test('a pod that ends a little late is no cause', () => {
  const diagnosis = diagnosePod(deleting(30), context(), noon);
  assert.deepEqual([diagnosis.cause, diagnosis.reassessAt], [null, ago(30) + 120_000]);
});

test('scenario 51: ready and deleting ends within its grace period', () => {
  const diagnosis = diagnosePod(deleting(-10), context(), noon);
  assert.equal(diagnosis.cause?.severity, 'info');
  assert.equal(diagnosis.hard, false);
});

test('scenario 82: an instant in the future has no age and is not told', () => {
  const diagnosis = diagnosePod(unscheduled(nodes('5 Insufficient cpu.'), -600), context(), noon);
  assert.equal(diagnosis.cause?.since, null);
  assert.equal(diagnosis.hard, false);
});

test('graces end by themselves: the diagnosis names the moment and changes at it', () => {
  const sick = unscheduled(nodes('5 Insufficient cpu.'), 5);
  const first = diagnosePod(sick, context(), noon);
  assert.equal(first.reassessAt, ago(5) + 15_000);
  const second = diagnosePod(sick, context(), first.reassessAt ?? 0);
  assert.deepEqual([second.hard, second.reassessAt], [false, ago(5) + 120_000]);
  const third = diagnosePod(sick, context(), second.reassessAt ?? 0);
  assert.deepEqual([third.hard, third.cause?.severity, third.reassessAt], [true, 'critical', null]);
});

test('C14: the next start is named', () => {
  const diagnosis = diagnosePod(
    pod({ containerStatuses: [crashLoop({ exitCode: 1, delay: '2m40s', finishedAgo: 40 })] }),
    context(),
    noon,
  );
  const note = diagnosis.notes.find((one) => one.code === 'RestartBackOff');
  assert.equal(
    note?.message,
    'Container app is started again at 12:02:00 UTC: the kubelet waits 2 min 40 s between two starts',
  );
});

// ————— pods that serve —————

function restarted(restartCount: number, finishedAgo: number, termination = ended(1, 'Error', finishedAgo)): PodFacts {
  return readyPod({
    containerStatuses: [
      status({
        ready: true,
        started: true,
        restartCount,
        state: running(finishedAgo - 2),
        lastTermination: termination,
      }),
    ],
  });
}

test('C17 scenario 19: three restarts in a quarter of an hour, ready in between', () => {
  const restarts = { 'uid-web-1/app': { count: 5, increasedAt: [ago(600), ago(360), ago(120)] } };
  const diagnosis = diagnosePod(restarted(5, 120), context({ remembered: { restarts } }), noon);
  assert.equal(diagnosis.cause?.code, 'Flapping');
  assert.equal(
    diagnosis.cause?.message,
    'Container app restarted 3 times within 15 minutes and serves in between: container app crashes with exit code 1 (application error)',
  );
  assert.equal(diagnosis.reassessAt, ago(600) + 900_000);
});

test('C18 scenario 20: a restart of yesterday is a note', () => {
  const diagnosis = diagnosePod(restarted(1, 86_400), context(), noon);
  assert.equal(diagnosis.cause, null);
  assert.deepEqual(
    diagnosis.notes.map((note) => [note.code, note.message]),
    [['RestartedBefore', 'Container app restarted once before and has run since']],
  );
});

test('a fresh restart tells why, as a warning', () => {
  const diagnosis = diagnosePod(restarted(1, 600, ended(137, 'OOMKilled', 600)), context(), noon);
  assert.deepEqual(
    diagnosis.notes.map((note) => [note.code, note.severity]),
    [['OutOfMemory', 'warning']],
  );
  assert.equal(diagnosis.reassessAt, ago(600) + 30 * 60_000);
});

test('what came back has run since it was started again, not since it crashed', () => {
  // noon is 12:00: it crashed at 11:50:00 and was started after a back-off of 20 s.
  const pod = restarted(2, 600);
  const [one] = pod.containerStatuses;
  assert.ok(one !== undefined);
  const containerStatuses = [{ ...one, state: running(580) }];
  assert.match(
    diagnosePod({ ...pod, containerStatuses }, context(), noon).notes[0]?.message ?? '',
    /since 11:50:20 UTC$/,
  );
});

test('C19, D10, D12, E8, I17, I18 and B19 are notes of a pod that serves', () => {
  const serving = readyPod({
    spec: podSpec({ containers: [container({ livenessProbe: probe() }), migrate] }),
    conditions: [condition('Ready', 'True', 3600), condition('AllContainersRestarting', 'True', 30)],
    containerStatuses: [status({ ready: true, started: true, state: running(), unhealthyDevices: ['gpu-0'] })],
    initContainerStatuses: [
      status({ name: 'migrate', restartCount: 1, state: terminated(ended(0, 'Completed', 3000)) }),
    ],
  });
  const events = [
    event('Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 500', {
      container: 'app',
      count: 4,
      lastAgo: 30,
    }),
    event('ProbeWarning', 'Readiness probe warning: Probe terminated redirects, Response body: moved', {
      container: 'app',
    }),
    event('SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.', { type: 'Normal', count: 3 }),
  ];
  const nodeEvents = [
    event('Rebooted', 'Node node-1 has been rebooted, boot id: x', {
      kind: 'Node',
      name: 'node-1',
      uid: 'node-1',
      lastAgo: 60,
    }),
  ];
  const diagnosis = diagnosePod(serving, context({ events, nodeEvents }), noon);
  assert.equal(diagnosis.cause, null);
  assert.deepEqual(Object.fromEntries(diagnosis.notes.map((note) => [note.code, note.message])), {
    DeviceUnhealthy: 'Device gpu-0 of container app is unhealthy',
    InitContainerRestarted:
      'Init container migrate ran more than once, as after a restart of the node or a new pod sandbox',
    LivenessProbeFailing:
      'The liveness probe of container app failed 4 times lately without a restart: HTTP probe failed with statuscode: 500',
    ProbeWarning: 'A probe counts as a success but answers oddly: Probe terminated redirects, Response body: moved',
    SandboxChurn: 'The sandbox of the pod was made anew 3 times on node node-1, which restarts all its containers',
    NodeRebooted: 'Node node-1 rebooted, and every container on it started anew',
    AllContainersRestarting: 'All containers of the pod restart by one of its restart rules',
  });
});

test('one failed liveness probe is no note', () => {
  const events = [
    event('Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 500', {
      container: 'app',
      lastAgo: 30,
    }),
  ];
  assert.deepEqual(diagnosePod(readyPod(), context({ events }), noon).notes, []);
});

test('scenario 38: a native sidecar that started is no init container in progress', () => {
  const serving = pod({
    phase: 'Running',
    scheduledAgo: 40,
    spec: podSpec({ containers: [container({ readinessProbe: probe() }), proxy] }),
    containerStatuses: [status({ started: true, state: running(30) })],
    initContainerStatuses: [status({ name: 'proxy', ready: true, started: true, state: running(35) })],
  });
  assert.equal(diagnosePod(serving, context(), noon).cause?.code, 'ReadinessProbeSilent');
});

test('lost nodes: a pod whose own container failed is not explained by its node', () => {
  const crashing = pod({ phase: 'Running', containerStatuses: [crashLoop({ exitCode: 1 })] });
  assert.equal(diagnosePod(crashing, context({ lostNodes: new Set(['node-1']) }), noon).cause?.code, 'CrashLoop');
  const running1 = readyPod({
    conditions: [condition('Ready', 'Unknown', 60), condition('ContainersReady', 'Unknown', 60)],
  });
  assert.equal(diagnosePod(running1, context({ lostNodes: new Set(['node-1']) }), noon).cause?.code, 'NodeLost');
});

test('without the right to read events their absence is not told as silence', () => {
  const blind = context({ canReadEvents: false });
  const messages = [
    mounting(),
    pulling('ImagePullBackOff', 'Back-off pulling image "ghcr.io/shop/web:1"'),
    crash(137),
    notReady(600, { readinessProbe: probe() }),
  ].map((one) => diagnosePod(one, blind, noon).cause?.message);
  assert.deepEqual(messages, [
    'The pod waits on node node-1 for its volumes or its network; what for exactly stands in its events, which cannot be read',
    'Image ghcr.io/shop/web:1 cannot be pulled; why stands in its events, which cannot be read',
    'Container app was killed with exit code 137 (SIGKILL: killed), not by its memory limit; whether a probe did it stands in events, which cannot be read',
    'Container app runs and is not ready; its probe GET :8080/healthz answers in events, which cannot be read',
  ]);
});

test('the word of the node controller counts until the kubelet speaks again', () => {
  const sick = notReady(600, { readinessProbe: probe() });
  const lost = event('NodeNotReady', 'Node is not ready', { source: 'node-controller', lastAgo: 300 });
  const { cause } = diagnosePod(sick, context({ events: [lost] }), noon);
  // It was not ready for 10 min when its node went 5 min ago: the loss begins with the node.
  assert.deepEqual([cause?.code, cause?.since], ['NodeLost', ago(300)]);
  const events = [lost, unhealthy('HTTP probe failed with statuscode: 503')];
  assert.equal(diagnosePod(sick, context({ events }), noon).cause?.code, 'ReadinessProbeFailing');
});

test('the order of events changes nothing', () => {
  const events = [
    event('FailedMount', 'MountVolume.SetUp failed for volume "tls" : secret "web-tls" not found', {
      firstAgo: 200,
      lastAgo: 60,
    }),
    event('FailedMount', 'Unable to attach or mount volumes: unmounted volumes=[tls]: timed out', { lastAgo: 5 }),
    event('Scheduled', 'Successfully assigned', { type: 'Normal', lastAgo: 300 }),
  ];
  const forward = diagnosePod(mounting(), context({ events }), noon);
  const backward = diagnosePod(mounting(), context({ events: [...events].reverse() }), noon);
  assert.deepEqual(forward, backward);
});

test('A7: what helps depends on what is wrong with the certificate', () => {
  const remedyOf = (text: string): string | undefined =>
    diagnosePod(pulling('ErrImagePull', pullFailure(`x509: ${text}`)), context(), noon).cause?.remedy;
  const listed = remedyOf('certificate signed by unknown authority') ?? '';
  assert.match(listed, /^Install the CA on the nodes/);
  assert.match(remedyOf('certificate has expired or is not yet valid') ?? '', /^Renew the certificate of the registry/);
  assert.match(remedyOf('certificate is valid for a, not b') ?? '', /^Name the registry as its certificate does/);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ImagePullFailure, parseImagePull, registryHost } from './image-pull.ts';

const reference = 'docker.io/library/nginx:nope';
const wrapped = (text: string): string =>
  `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${text}`;

const texts: readonly (readonly [failure: ImagePullFailure, text: string, host: string | null])[] = [
  ['notFound', `rpc error: code = NotFound desc = ${wrapped(`${reference}: not found`)}`, null],
  [
    'notFound',
    'Error response from daemon: manifest for nginx:nope not found: manifest unknown: manifest unknown',
    null,
  ],
  ['notFound', 'reading manifest nope in docker.io/library/nginx: manifest unknown', null],
  [
    'notFound',
    `Back-off pulling image "nginx:nope": ErrImagePull: rpc error: code = NotFound desc = ${wrapped(`${reference}: not found`)}`,
    null,
  ],
  [
    'notFound',
    `Failed to pull image "nginx:nope": rpc error: code = NotFound desc = ${wrapped(`${reference}: not found`)}`,
    null,
  ],
  [
    'denied',
    `rpc error: code = Unknown desc = ${wrapped('pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed')}`,
    null,
  ],
  [
    'denied',
    "Error response from daemon: pull access denied for team/app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    null,
  ],
  [
    'unauthorized',
    wrapped(
      'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.docker.io/token?scope=repository: 401 Unauthorized',
    ),
    'auth.docker.io',
  ],
  [
    'unauthorized',
    wrapped('unexpected status from HEAD request to https://ghcr.io/v2/team/app/manifests/1: 403 Forbidden'),
    'ghcr.io',
  ],
  [
    'unauthorized',
    'Head "https://1.dkr.ecr.eu-west-1.amazonaws.com/v2/app/manifests/1": no basic auth credentials',
    '1.dkr.ecr.eu-west-1.amazonaws.com',
  ],
  [
    'rateLimited',
    wrapped(
      'unexpected status from GET request to https://registry-1.docker.io/v2/: 429 Too Many Requests - toomanyrequests: You have reached your pull rate limit.',
    ),
    'registry-1.docker.io',
  ],
  [
    'dns',
    wrapped(
      'failed to do request: Head "https://registry.corp.example/v2/app/manifests/1": dial tcp: lookup registry.corp.example on 10.0.0.2:53: no such host',
    ),
    'registry.corp.example',
  ],
  [
    'dns',
    wrapped(
      'failed to authorize: failed to fetch anonymous token: Get "https://auth.docker.io/token": dial tcp: lookup auth.docker.io: server misbehaving',
    ),
    'auth.docker.io',
  ],
  [
    'unreachable',
    wrapped(
      'failed to do request: Head "https://registry.corp.example:5000/v2/app/manifests/1": dial tcp 10.1.2.3:5000: connect: connection refused',
    ),
    'registry.corp.example:5000',
  ],
  [
    'unreachable',
    wrapped('failed to do request: Head "https://r.example/v2/": dial tcp 10.1.2.3:443: i/o timeout'),
    'r.example',
  ],
  [
    'unreachable',
    wrapped('failed to do request: Head "https://r.example/v2/": net/http: TLS handshake timeout'),
    'r.example',
  ],
  [
    'unreachable',
    wrapped(
      'failed to authorize: failed to fetch anonymous token: Get "https://auth.docker.io/token": net/http: TLS handshake timeout',
    ),
    'auth.docker.io',
  ],
  [
    'unreachable',
    wrapped('unexpected status from HEAD request to https://r.example/v2/app/manifests/1: 503 Service Unavailable'),
    'r.example',
  ],
  ['unreachable', 'image pull failed for r.example/app:1 because the registry is unavailable: dial tcp', null],
  [
    'tls',
    wrapped(
      'failed to do request: Head "https://r.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ),
    'r.example',
  ],
  [
    'tls',
    wrapped('failed to do request: Head "https://r.example/v2/": http: server gave HTTP response to HTTPS client'),
    'r.example',
  ],
  ['platform', wrapped('no match for platform in manifest: not found'), null],
  ['platform', 'no matching manifest for linux/arm64/v8 in the manifest list entries', null],
  [
    'diskFull',
    wrapped('failed to extract layer sha256:ab: write /var/lib/containerd/x: no space left on device'),
    null,
  ],
  ['throttled', 'pull QPS exceeded', null],
  [
    'shortName',
    'short-name "app" did not resolve to an alias and no unqualified-search registries are defined in "/etc/containers/registries.conf"',
    null,
  ],
  ['signature', 'image pull failed for app:1 because the signature validation failed: Source image rejected', null],
  [
    'invalidName',
    'Failed to apply default image tag "App:1:2": couldn\'t parse image name "App:1:2": invalid reference format',
    null,
  ],
  // CRI-O: https://github.com/cri-o/cri-o/blob/v1.34.0/internal/storage/image.go and containers/image under it.
  [
    'denied',
    'initializing source docker://quay.io/team/app:1: reading manifest 1 in quay.io/team/app: unauthorized: access to the requested resource is not authorized',
    null,
  ],
  ['denied', 'Requesting bearer token: invalid status code from registry 403 (Forbidden)', null],
  [
    'platform',
    'choosing image instance: no image found in manifest list for architecture "arm64", variant "v8", OS "linux"',
    null,
  ],
  ['shortName', 'short name mode is enforcing, but image name app:latest returns ambiguous list', null],
  ['signature', 'Source image rejected: A signature was required, but no signature exists', null],
  // What registries add to a refusal without a status, and Docker to one without a body.
  ['denied', 'Error response from daemon: Head "https://ghcr.io/v2/team/app/manifests/1": denied: denied', 'ghcr.io'],
  [
    'denied',
    wrapped(
      'failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://eu.pkg.dev/v2/token: 403 Forbidden: Unauthenticated requests do not have permission on resource "repositories/app" (or it may not exist)',
    ),
    'eu.pkg.dev',
  ],
  ['unauthorized', 'Error response from daemon: Head "https://eu.pkg.dev/v2/app/manifests/1": Forbidden', 'eu.pkg.dev'],
  [
    'unauthorized',
    'Error response from daemon: denied: Your authorization token has expired. Reauthenticate and try again.',
    null,
  ],
  ['platform', 'a Windows version 10.0.20348-based image is incompatible with a 10.0.17763 host', null],
  // Between node and registry: the proxy; between kubelet and image: the runtime.
  [
    'proxy',
    wrapped(
      'failed to do request: Head "https://r.example/v2/": proxyconnect tcp: dial tcp 10.1.1.1:3128: connect: connection refused',
    ),
    'r.example',
  ],
  ['proxy', wrapped('failed to do request: Head "https://r.example/v2/": Proxy Authentication Required'), 'r.example'],
  [
    'runtime',
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
    null,
  ],
  ['runtime', 'rpc error: code = Unavailable desc = error reading from server: EOF', null],
  // The image exists: a layer of it does not, or a portal answers in the place of the registry.
  [
    'unknown',
    'failed to copy: httpReadSeeker: failed open: content at https://r.example/v2/app/blobs/sha256:00 not found: not found',
    'r.example',
  ],
  ['unknown', wrapped('unexpected media type text/html for sha256:00: not found'), null],
  ['unknown', 'Back-off pulling image "nginx:nope"', null],
  ['unknown', 'something that no runtime has said so far', null],
];

for (const [failure, text, host] of texts) {
  test(`image pull: ${failure}: ${text.slice(-60)}`, () => {
    const parsed = parseImagePull(text);
    assert.equal(parsed.failure, failure);
    assert.equal(parsed.host, host);
  });
}

test('image pull: the wrappers are taken off, the reason stays', () => {
  const long = `Back-off pulling image "nginx:nope": ErrImagePull: rpc error: code = NotFound desc = ${wrapped(`${reference}: not found`)}`;
  assert.equal(parseImagePull(long).detail, `${reference}: not found`);
  assert.equal(parseImagePull('Back-off pulling image "nginx:nope"').detail, '');
});

const hosts: readonly (readonly [image: string, host: string])[] = [
  ['nginx', 'docker.io'],
  ['nginx:1.29', 'docker.io'],
  ['library/nginx', 'docker.io'],
  ['index.docker.io/library/nginx', 'docker.io'],
  ['ghcr.io/team/app:1', 'ghcr.io'],
  ['registry:5000/app', 'registry:5000'],
  ['localhost/app', 'localhost'],
  ['Registry.Example/app@sha256:00', 'registry.example'],
  ['', 'docker.io'],
];

for (const [image, host] of hosts) {
  test(`registry of "${image}" is ${host}`, () => {
    assert.equal(registryHost(image), host);
  });
}

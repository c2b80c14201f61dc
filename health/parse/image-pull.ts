import { plainText, withoutWrappers } from './text.ts';

/**
 * Why an image pull failed, from the text of the container runtime.
 *
 * The order of the rules is the point: "pull access denied, repository does not exist or may require authorization"
 * contains "not exist", and "no match for platform in manifest: not found" contains "not found".
 */

export type ImagePullFailure =
  | 'rateLimited'
  | 'denied'
  | 'unauthorized'
  | 'platform'
  | 'tls'
  | 'proxy'
  | 'dns'
  | 'unreachable'
  | 'diskFull'
  | 'throttled'
  | 'shortName'
  | 'signature'
  | 'invalidName'
  | 'notFound'
  /** It is not the registry that does not answer, but the container runtime of the node. */
  | 'runtime'
  | 'unknown';

export interface ImagePullText {
  readonly failure: ImagePullFailure;
  /** The host that did not answer or answered so, where the text names one. */
  readonly host: string | null;
  /** The runtime's words without the prefixes that it wraps around them; empty when there were only prefixes. */
  readonly detail: string;
}

/** First match wins. */
const rules: readonly (readonly [RegExp, ImagePullFailure])[] = [
  [/transport: Error while dialing|error reading from server|(?:containerd|crio|docker|dockerd)\.sock/i, 'runtime'],
  [/toomanyrequests|\b429\b[^,]{0,20}Too Many Requests|pull rate limit|Too Many Requests/i, 'rateLimited'],
  [/pull QPS exceeded/, 'throttled'],
  [/signature validation failed|SignatureValidationFailed|Source image rejected/i, 'signature'],
  [/proxyconnect|Proxy Authentication Required/i, 'proxy'],
  // What says the same of an image that is private and of one that does not exist: quay.io, ghcr.io, pkg.dev.
  [
    /pull access denied|insufficient_scope|requested access to the resource is denied|access to the requested resource is not authorized|\bdenied: denied\b|bear(?:er)? token: invalid status code from registry 403|or it may not exist/i,
    'denied',
  ],
  [
    /401 Unauthorized|403 Forbidden|": (?:Unauthorized|Forbidden)$|no basic auth credentials|authentication required|unauthorized:|invalid username\/password|authorization token has expired/i,
    'unauthorized',
  ],
  [
    /no match for platform in manifest|no matching manifest for|does not match the specified platform|no image found in (?:manifest list|image index) for architecture|image is incompatible with a .{1,40} host|operating system is not supported/i,
    'platform',
  ],
  [/x509:|HTTP response to HTTPS client|tls: (?!handshake timeout)|first record does not look like a TLS/i, 'tls'],
  [/no such host|server misbehaving|name resolution/i, 'dns'],
  [
    /connection refused|i\/o timeout|connection reset|TLS handshake timeout|context deadline exceeded|Client\.Timeout|no route to host|network is unreachable|registry is unavailable|\bEOF\b/i,
    'unreachable',
  ],
  [
    /\b5\d\d (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)|status(?: code)?:? 5\d\d\b/i,
    'unreachable',
  ],
  [/no space left on device/i, 'diskFull'],
  // After the network: the token endpoint may be the one that does not answer.
  [/failed to fetch anonymous token|failed to fetch oauth token|failed to authorize/i, 'unauthorized'],
  [/short[- ]name|unqualified-search registries/i, 'shortName'],
  [/couldn't parse image name|invalid reference format|Failed to apply default image tag/i, 'invalidName'],
  // The image is there and broken: a layer is missing, or something else was answered in its place.
  [/\/blobs\/\S+ not found|unexpected media type/i, 'unknown'],
  [
    /not found|manifest unknown|manifest_unknown|name unknown|name_unknown|does not exist|no such manifest/i,
    'notFound',
  ],
];

export function parseImagePull(message: string): ImagePullText {
  const text = plainText(message);
  const detail = withoutWrappers(text, wrappers);
  // Back-off without a cause, as older kubelets write it.
  if (detail === '') return { failure: 'unknown', host: null, detail };
  for (const [pattern, failure] of rules) {
    if (pattern.test(detail)) return { failure, host: hostOf(detail, failure), detail };
  }
  return { failure: 'unknown', host: null, detail };
}

const wrappers: readonly RegExp[] = [
  /^Back-off pulling image "[^"]*"(?::\s*|$)/,
  /^Failed to pull image "[^"]*":\s*/,
  /^(?:ErrImagePull|ImagePullBackOff|RegistryUnavailable|SignatureValidationFailed):\s*/,
  /^rpc error: code = \w+ desc = /,
  /^failed to pull and unpack image "[^"]*":\s*/,
  /^failed to resolve (?:reference|image) "[^"]*":\s*/,
  /^Error response from daemon:\s*/,
  /^failed to (?:copy|do request):\s*/,
];

function hostOf(detail: string, failure: ImagePullFailure): string | null {
  if (failure === 'dns') {
    const looked = /lookup ([A-Za-z0-9.-]+)/.exec(detail)?.[1];
    if (looked !== undefined) return looked;
  }
  return /https?:\/\/([A-Za-z0-9.-]+(?::\d{1,5})?)\//.exec(detail)?.[1] ?? null;
}

/**
 * The registry of an image reference: `docker.io` when the name has none.
 * Rule: https://github.com/distribution/reference/blob/v0.6.0/normalize.go (splitDockerDomain).
 */
export function registryHost(image: string): string {
  const slash = image.indexOf('/');
  if (slash <= 0) return 'docker.io';
  const first = image.slice(0, slash);
  const isHost = first === 'localhost' || first.includes('.') || first.includes(':');
  if (!isHost) return 'docker.io';
  return first === 'index.docker.io' ? 'docker.io' : first.toLowerCase();
}

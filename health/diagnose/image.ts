import type { CauseCode } from '../causes.ts';
import type { ContainerStatusFacts, PodFacts } from '../kubernetes.ts';
import { type ImagePullFailure, type ImagePullText, parseImagePull, registryHost } from '../parse/image-pull.ts';
import { enumerate, firstLine } from '../parse/text.ts';
import type { Evidence, IncidentGroup } from '../verdict.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';
import { containerFacts, matchingEvents, newestEvent, nodeName, pendingSince } from './facts.ts';
import type { Finding } from './finding.ts';
import type { PodContext } from './pod.ts';

/** A: why the image does not come to the node. */

const reasons: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
  'ImageVolumeMountFailed',
]);

export function isImageReason(reason: string): boolean {
  return reasons.has(reason);
}

export function imageFinding(
  pod: PodFacts,
  status: ContainerStatusFacts,
  reason: string,
  message: string,
  context: PodContext,
): Finding {
  const image = containerFacts(pod, status.name)?.image ?? 'of the container';
  const failed = matchingEvents(context.events, {
    reasons: ['Failed', 'InspectFailed', 'ErrImageNeverPull'],
    container: status.name,
  });
  const since = failed.reduce((first, event) => Math.min(first, event.firstAt), Number.POSITIVE_INFINITY);
  const base = {
    stage: 'image',
    since: Number.isFinite(since) ? since : pendingSince(pod),
    commands: [kubectl.describePod(pod)],
  } as const;
  const field = `status.containerStatuses[${status.name}].state.waiting`;
  const quoted = fieldEvidence(pod, field, message === '' ? reason : message, null);
  const fixed = byReason(pod, reason, image);
  if (fixed !== null) return { ...base, ...fixed, evidence: [quoted] };

  const { text, evidence } = fullText(pod, status, message, context, quoted);
  return {
    ...base,
    ...pullWords(pod, image, text, context),
    evidence: [...evidence, ...secretEvidence(context, text)],
  };
}

/** Reasons that say it all. */
function byReason(pod: PodFacts, reason: string, image: string): Pick<Finding, 'code' | 'message'> | null {
  switch (reason) {
    case 'InvalidImageName':
      return { code: 'ImageNameInvalid', message: `${image} is not a valid image name` };
    case 'ErrImageNeverPull':
      return {
        code: 'ImageNeverPulled',
        message: `Image ${image} is not on node ${nodeName(pod)} and imagePullPolicy is Never`,
      };
    case 'ImageInspectError':
      return {
        code: 'ImageInspectFailed',
        message: `The runtime of node ${nodeName(pod)} cannot read its local image ${image}`,
      };
    case 'ImageVolumeMountFailed':
      return { code: 'ImageVolumeFailed', message: imageVolumeWords(pod) };
    default:
      return null;
  }
}

function imageVolumeWords(pod: PodFacts): string {
  const volumes = pod.spec.volumes.filter((volume) => volume.type === 'image').map((volume) => volume.name);
  return volumes.length === 0
    ? 'An image volume cannot be mounted'
    : `Image volume ${enumerate(volumes)} cannot be mounted`;
}

/** The status, else the events, else what was remembered: older kubelets forget the cause in the back-off. */
function fullText(
  pod: PodFacts,
  status: ContainerStatusFacts,
  message: string,
  context: PodContext,
  quoted: Evidence,
): { text: ImagePullText; evidence: Evidence[] } {
  const own = parseImagePull(message);
  if (own.failure !== 'unknown') return { text: own, evidence: [quoted] };
  const event = newestEvent(context.events, { reasons: ['Failed'], container: status.name, text: /pull image/ });
  const told = event === null ? null : parseImagePull(event.message);
  if (event !== null && told !== null && told.failure !== 'unknown') {
    return { text: told, evidence: [quoted, eventEvidence(event)] };
  }
  const remembered = context.remembered.pullFailures?.[`${pod.uid}/${status.name}`];
  if (remembered !== undefined) {
    const text = parseImagePull(remembered);
    const field = `status.containerStatuses[${status.name}].state.waiting (seen earlier)`;
    if (text.failure !== 'unknown') return { text, evidence: [quoted, fieldEvidence(pod, field, remembered, null)] };
  }
  return { text: own.detail === '' && told !== null ? told : own, evidence: [quoted] };
}

const codes: Readonly<Record<ImagePullFailure, CauseCode>> = {
  rateLimited: 'ImagePullRateLimited',
  denied: 'ImagePullDenied',
  unauthorized: 'ImagePullUnauthorized',
  platform: 'ImagePlatformMismatch',
  tls: 'RegistryTlsMismatch',
  dns: 'RegistryNotResolved',
  proxy: 'RegistryUnreachable',
  unreachable: 'RegistryUnreachable',
  diskFull: 'ImagePullDiskFull',
  throttled: 'ImagePullThrottled',
  shortName: 'ImageShortName',
  signature: 'ImageSignatureRejected',
  invalidName: 'ImageNameInvalid',
  notFound: 'ImagePullNotFound',
  runtime: 'RuntimeOverloaded',
  unknown: 'ImagePullFailed',
};

/** What hits every image of the registry, or every pod of the node, is no fault of one workload. */
const ofRegistry: ReadonlySet<ImagePullFailure> = new Set(['rateLimited', 'tls', 'proxy', 'dns', 'unreachable']);
const ofNode: ReadonlySet<ImagePullFailure> = new Set(['diskFull', 'throttled', 'runtime']);

function pullWords(
  pod: PodFacts,
  image: string,
  text: ImagePullText,
  context: PodContext,
): Pick<Finding, 'code' | 'message' | 'group' | 'remedy'> {
  const isExpired = text.failure === 'unknown' && text.detail === '';
  const message =
    isExpired && context.canReadEvents === false
      ? `Image ${image} cannot be pulled; why stands in its events, which cannot be read`
      : sentence(pod, image, text);
  return {
    code: codes[text.failure],
    message,
    group: groupOf(pod, image, text.failure),
    ...(text.failure === 'proxy' ? { remedy: 'Check the proxy settings of the container runtime on the nodes.' } : {}),
    ...(text.failure === 'tls' ? tlsRemedy(text.detail) : {}),
  };
}

function groupOf(pod: PodFacts, image: string, failure: ImagePullFailure): IncidentGroup | null {
  if (ofRegistry.has(failure)) return { type: 'registry', name: registryHost(image) };
  return ofNode.has(failure) && pod.nodeName !== null ? { type: 'node', name: pod.nodeName } : null;
}

function sentence(pod: PodFacts, image: string, text: ImagePullText): string {
  const registry = text.host ?? registryHost(image);
  const node = nodeName(pod);
  switch (text.failure) {
    case 'notFound':
      return `Image ${image} does not exist in its registry`;
    case 'denied':
      return `Registry ${registryHost(image)} refuses image ${image}: it is private, or it does not exist`;
    case 'unauthorized':
      return pod.spec.imagePullSecrets.length === 0
        ? `Registry ${registryHost(image)} does not give out image ${image} without valid credentials (no imagePullSecrets are set)`
        : `Registry ${registryHost(image)} rejected the credentials for image ${image} (imagePullSecrets: ${pod.spec.imagePullSecrets.join(', ')})`;
    case 'rateLimited':
      return `Registry ${registryHost(image)} has reached its rate limit for this cluster`;
    case 'dns':
      return `Registry host ${registry} cannot be resolved from node ${node}`;
    case 'proxy':
      return `The proxy of node ${node} does not let it reach registry ${registry}: ${firstLine(text.detail)}`;
    case 'runtime':
      return `The container runtime of node ${node} does not answer: image ${image} cannot be pulled`;
    case 'unreachable':
      return `Registry ${registry} does not answer`;
    case 'tls':
      return `Registry ${registry} ${tlsWords(text.detail, node)}`;
    case 'platform':
      return `Image ${image} has no build for the platform of node ${node}`;
    case 'diskFull':
      return `The disk of node ${node} is full: image ${image} cannot be pulled`;
    case 'throttled':
      return `Node ${node} limits parallel pulls: image ${image} has to wait`;
    case 'shortName':
      return `Image ${image} has no registry in its name and the node does not know which one is meant`;
    case 'signature':
      return `The signature of image ${image} was rejected by the policy of node ${node}`;
    case 'invalidName':
      return `${image} is not a valid image name`;
    case 'unknown':
      return text.detail === ''
        ? `Image ${image} cannot be pulled; the text that says why has expired`
        : `Image ${image} cannot be pulled: ${firstLine(text.detail)}`;
    default:
      return unreachable(text.failure);
  }
}

const outOfDate = /expired|not yet valid/;
const ofAnotherName = /certificate is (?:valid for|not valid for any names)|IP SANs|Common Name/;

/** A CA on the nodes, which the list advises, changes neither the dates nor the name of a certificate. */
function tlsRemedy(detail: string): { readonly remedy?: string } {
  if (outOfDate.test(detail))
    return { remedy: 'Renew the certificate of the registry, or correct the clock of the node.' };
  if (ofAnotherName.test(detail)) {
    return { remedy: 'Name the registry as its certificate does, or have one made out to the name that is used.' };
  }
  return {};
}

/** In the words of Go's crypto/x509 and net/http. */
function tlsWords(detail: string, node: string): string {
  if (/HTTP response to HTTPS client|first record does not look like a TLS/.test(detail)) {
    return `speaks plain HTTP, and node ${node} expects HTTPS`;
  }
  if (outOfDate.test(detail)) {
    return `has a certificate that has expired or is not valid yet, by the clock of node ${node}`;
  }
  if (ofAnotherName.test(detail)) {
    return 'has a certificate that is made out to another name';
  }
  if (/unknown authority|not trusted|self[- ]signed/.test(detail)) {
    return `has a certificate that node ${node} does not trust`;
  }
  return `and node ${node} do not agree on TLS: ${firstLine(detail)}`;
}

/** A pull secret that does not exist explains refused credentials. */
function secretEvidence(context: PodContext, text: ImagePullText): Evidence[] {
  if (text.failure !== 'denied' && text.failure !== 'unauthorized') return [];
  const event = newestEvent(context.events, { reasons: ['FailedToRetrieveImagePullSecret'] });
  return event === null ? [] : [eventEvidence(event)];
}

function unreachable(value: never): never {
  throw new Error(`unexpected value ${String(value)}`);
}

import type { EventFacts, PodFacts } from '../kubernetes.ts';
import { parseSandboxFailure } from '../parse/sandbox-text.ts';
import { enumerate, firstLine } from '../parse/text.ts';
import { parseVolumeFailure, type VolumeFailure } from '../parse/volume-text.ts';
import { claimNames, claimTrouble, claimWords, provisioning } from './claims.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';
import {
  clockTime,
  conditionOf,
  containerFacts,
  isNewer,
  newestEvent,
  newestOf,
  nodeName,
  pendingSince,
} from './facts.ts';
import type { Finding } from './finding.ts';
import type { PodContext } from './pod.ts';

/** H and I1 … I3, B20: the pod has a node and its containers are not created yet. */

const volumeReasons = [
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'VolumeResizeFailed',
  'FileSystemResizeFailed',
  'FailedMountOnFilesystemMismatch',
] as const;

const reasons: ReadonlySet<string> = new Set([
  ...volumeReasons,
  'FailedCreatePodSandBox',
  'NetworkNotReady',
  'FailedPrepareDynamicResources',
]);

const attachedElsewhereCriticalMs = 8 * 60_000;
const silenceMs = 120_000;

/** Null when the pod is still within the time that an ordinary start takes. */
export function creatingFinding(pod: PodFacts, context: PodContext, now: number): Finding | null {
  const event = mostTelling(context.events);
  if (event !== null) return eventFinding(pod, context, event);
  const claim = claimTrouble(context.events);
  if (claim !== null) return provisioning(pod, claim);
  const pulling = pullInProgress(pod, context);
  if (pulling !== null) return pulling;
  const since = pendingSince(pod);
  const other = newestOf(context.events.filter(saysWhy));
  if (other !== null) return unnamed(pod, other);
  if (pod.message !== null && pod.message !== '') return told(pod, pod.message, since);
  return now < since + silenceMs ? null : silence(pod, since, context);
}

/** Warnings of the kubelet that keep no pod from its start. */
const harmless: ReadonlySet<string> = new Set([
  'DNSConfigForming',
  'MissingClusterDNS',
  'CheckLimitsForResolvConf',
  'FailedToRetrieveImagePullSecret',
  'NodeNotReady',
]);

/** A warning of a node about a pod that it has not started, of a reason that no rule knows. */
function saysWhy({ type, source, reason, involved }: EventFacts): boolean {
  if (type !== 'Warning' || source !== 'kubelet' || involved.kind !== 'Pod') return false;
  return /^Failed./.test(reason) && !reasons.has(reason) && !harmless.has(reason);
}

/** A virtual kubelet has no events of containers: what its provider says stands in the status of the pod. */
function told(pod: PodFacts, message: string, since: number): Finding {
  return {
    stage: 'create',
    code: 'ContainerCreateFailed',
    message: `Node ${nodeName(pod)} cannot start the pod${pod.reason === null ? '' : ` (${pod.reason})`}: ${firstLine(message)}`,
    since,
    evidence: [fieldEvidence(pod, 'status.message', message, null)],
    commands: [kubectl.describePod(pod), kubectl.describeNode(nodeName(pod))],
  };
}

function unnamed(pod: PodFacts, event: EventFacts): Finding {
  return {
    stage: 'create',
    code: 'ContainerCreateFailed',
    message: `Node ${nodeName(pod)} cannot start the pod: ${firstLine(event.message)}`,
    since: event.firstAt,
    evidence: [eventEvidence(event)],
    commands: [kubectl.describePod(pod), kubectl.describeNode(nodeName(pod))],
  };
}

/**
 * The newest event about volumes, devices or the sandbox, but a text that names the cause before "timed out waiting",
 * which the kubelet repeats beside it.
 */
function mostTelling(events: readonly EventFacts[]): EventFacts | null {
  let best: EventFacts | null = null;
  let bestIsVague = true;
  for (const event of events) {
    if (!reasons.has(event.reason) || event.involved.kind !== 'Pod' || isPast(event, events)) continue;
    const isVague = /Unable to attach or mount volumes|unmounted volumes=/.test(event.message);
    if (best === null || (bestIsVague && !isVague) || (bestIsVague === isVague && isNewer(event, best))) {
      best = event;
      bestIsVague = isVague;
    }
  }
  return best;
}

/** An image is pulled only once the volumes are mounted and the sandbox stands; a volume is attached at last. */
function isPast(failure: EventFacts, events: readonly EventFacts[]): boolean {
  const volume = /for volume "([^"]+)"/.exec(failure.message)?.[0];
  return events.some(({ reason, message, involved, lastAt }) => {
    if (lastAt < failure.lastAt || involved.kind !== 'Pod') return false;
    if (reason === 'Pulling' || reason === 'Pulled' || reason === 'Created' || reason === 'Started') return true;
    if (reason !== 'SuccessfulAttachVolume' || failure.reason !== 'FailedAttachVolume') return false;
    return volume !== undefined && message.includes(volume);
  });
}

function eventFinding(pod: PodFacts, context: PodContext, event: EventFacts): Finding {
  const base = {
    stage: 'volumes',
    since: Math.max(event.firstAt, 0),
    evidence: [eventEvidence(event)],
    commands: [kubectl.describePod(pod)],
  } as const;
  const node = nodeName(pod);
  const group = { type: 'node', name: node } as const;
  switch (event.reason) {
    case 'FailedCreatePodSandBox':
      return {
        ...base,
        ...sandbox(node, event.message),
        group,
        commands: [...base.commands, kubectl.describeNode(node)],
      };
    case 'NetworkNotReady':
      return {
        ...base,
        code: 'NodeNetworkNotReady',
        message: `The network of node ${node} is not ready: ${firstLine(event.message.replace(/^network is not ready: .*? message:/s, ''))}`,
        group,
        commands: [...base.commands, kubectl.describeNode(node)],
      };
    case 'FailedPrepareDynamicResources':
      return {
        ...base,
        code: 'DeviceClaimPrepareFailed',
        message: `The device driver of node ${node} cannot prepare the claim: ${firstLine(event.message)}`,
      };
    default:
      return { ...base, ...volume(pod, context, parseVolumeFailure(event.reason, event.message), event) };
  }
}

function sandbox(node: string, message: string): Pick<Finding, 'code' | 'message'> {
  const { kind, detail } = parseSandboxFailure(message);
  const text = firstLine(detail);
  switch (kind) {
    case 'addressesExhausted':
      return { code: 'PodAddressesExhausted', message: `No pod address is left on node ${node}: ${text}` };
    case 'network':
      return { code: 'NetworkSetupFailed', message: `The pod network cannot be set up on node ${node}: ${text}` };
    case 'runtimeOverloaded':
      return {
        code: 'RuntimeOverloaded',
        message: `The container runtime of node ${node} is stuck or overloaded: ${text}`,
      };
    case 'memoryTooLow':
      return {
        code: 'MemoryLimitTooLowToStart',
        message: 'The memory limit of the pod is too low for its sandbox to start',
      };
    case 'other':
      return { code: 'ContainerCreateFailed', message: `Node ${node} cannot make the sandbox of the pod: ${text}` };
    default:
      return unreachable(kind);
  }
}

type Words = Pick<Finding, 'code' | 'message'> & Partial<Finding>;

function volume(pod: PodFacts, context: PodContext, failure: VolumeFailure, event: EventFacts): Words {
  const describe = kubectl.describePod(pod);
  switch (failure.kind) {
    case 'configMapMissing':
      return {
        code: 'MissingConfigMapVolume',
        message: `${volumeLabel(pod, failure.volume)} needs ConfigMap ${failure.name}, which does not exist in namespace ${pod.namespace}`,
        commands: [kubectl.get(pod.namespace, 'configmap', failure.name), describe],
      };
    case 'secretMissing':
      return {
        code: 'MissingSecretVolume',
        message: `${volumeLabel(pod, failure.volume)} needs Secret ${failure.name}, which does not exist in namespace ${pod.namespace}`,
        commands: [kubectl.get(pod.namespace, 'secret', failure.name), describe],
      };
    case 'keyMissing':
      return {
        code: 'MissingVolumeKey',
        message: `${volumeLabel(pod, failure.volume)} needs key ${failure.key}, which its ${failure.of} does not have`,
      };
    case 'cacheNotSynced':
      return {
        code: 'ConfigCacheNotSynced',
        message: `The pod waits: node ${nodeName(pod)} has not read its ${failure.of ?? 'ConfigMap or Secret'} yet`,
      };
    case 'clusterToken':
      return {
        code: 'ClusterTokenMissing',
        message: `The CA of the cluster or the token of the ServiceAccount is not there yet: ${firstLine(failure.detail)}`,
      };
    case 'driverMissing':
      return {
        code: 'CsiDriverMissing',
        message: `Node ${nodeName(pod)} does not run CSI driver ${failure.driver}, which ${volumeInSentence(pod, failure.volume)} needs`,
        ...(pod.nodeName === null ? {} : { group: { type: 'node', name: pod.nodeName } }),
      };
    case 'attachedElsewhere':
      return {
        code: 'VolumeAttachedElsewhere',
        message: `${volumeLabel(pod, failure.volume)} is still attached to another node${failure.pods.length === 0 ? '' : `, where ${enumerate(failure.pods)} ${failure.pods.length === 1 ? 'uses' : 'use'} it`}`,
        criticalAfterMs: attachedElsewhereCriticalMs,
        commands: [describe, ...failure.pods.slice(0, 1).map((name) => kubectl.get(pod.namespace, 'pod', name))],
      };
    case 'attachFailed':
      return {
        code: 'VolumeAttachFailed',
        message: `${volumeLabel(pod, failure.volume)} cannot be attached to node ${nodeName(pod)}: ${firstLine(failure.detail)}`,
      };
    case 'mountFailed':
      return {
        code: 'VolumeMountFailed',
        message: `${volumeLabel(pod, failure.volume)} cannot be mounted: ${firstLine(failure.detail)}`,
      };
    case 'timeout':
      return timeout(pod, context, failure);
    case 'mapOrResize':
      return {
        code: 'VolumeMapOrResizeFailed',
        message: `${volumeLabel(pod, failure.volume)} cannot be mapped or resized: ${firstLine(failure.detail)}`,
      };
    case 'other':
      return { code: 'VolumeMountFailed', message: `A volume cannot be mounted: ${firstLine(event.message)}` };
    default:
      return unreachable(failure);
  }
}

/** "timed out": the claim's own events may know more. */
function timeout(
  pod: PodFacts,
  context: PodContext,
  { volumes, detail }: Extract<VolumeFailure, { kind: 'timeout' }>,
): Words {
  const names =
    volumes.length === 0
      ? 'The volumes of the pod are'
      : `${volumes.length === 1 ? 'Volume' : 'Volumes'} ${enumerate(volumes.map((name) => volumeName(pod, name)))} ${volumes.length === 1 ? 'is' : 'are'}`;
  const claim = claimTrouble(context.events);
  const why = claim === null ? detail : claimWords(claim);
  return {
    code: 'VolumeMountTimeout',
    message: `${names} not attached and mounted in time${why === null ? '' : `: ${firstLine(why)}`}`,
    commands: [
      kubectl.describePod(pod),
      ...claimNames(pod)
        .slice(0, 2)
        .map((name) => kubectl.describe(pod.namespace, 'persistentvolumeclaim', name)),
    ],
  };
}

/** A14: the newest word about an image is that its pull began. */
function pullInProgress(pod: PodFacts, context: PodContext): Finding | null {
  const event = newestEvent(context.events, { reasons: ['Pulling', 'Pulled', 'Failed', 'BackOff'] });
  if (event?.reason !== 'Pulling') return null;
  const image =
    /Pulling image "([^"]+)"/.exec(event.message)?.[1] ??
    containerFacts(pod, pod.containerStatuses[0]?.name ?? '')?.image;
  return {
    stage: 'image',
    code: 'ImagePullSlow',
    message: `Image ${image ?? 'of the pod'} is being pulled to node ${nodeName(pod)} since ${clockTime(event.lastAt)}`,
    since: event.lastAt,
    evidence: [eventEvidence(event)],
    commands: [kubectl.describePod(pod)],
  };
}

function silence(pod: PodFacts, since: number, context: PodContext): Finding {
  const sandboxReady = conditionOf(pod, 'PodReadyToStartContainers');
  const what = sandboxReady?.status === 'False' ? 'its volumes or its network' : 'its containers to be created';
  const node = nodeName(pod);
  return {
    stage: 'volumes',
    code: 'PodStartSilent',
    message:
      context.canReadEvents === false
        ? `The pod waits on node ${node} for ${what}; what for exactly stands in its events, which cannot be read`
        : `The pod waits for ${what}, and node ${node} says nothing about it`,
    since,
    evidence: [
      fieldEvidence(
        pod,
        'status.conditions[PodReadyToStartContainers]',
        sandboxReady?.status ?? 'absent',
        sandboxReady?.lastTransitionAt ?? null,
      ),
    ],
    commands: [kubectl.describePod(pod), kubectl.describeNode(node)],
  };
}

/** `Volume data (claim data-web-0)`. */
function volumeLabel(pod: PodFacts, name: string | null): string {
  return name === null ? 'A volume' : `Volume ${volumeName(pod, name)}`;
}

function volumeInSentence(pod: PodFacts, name: string | null): string {
  return name === null ? 'a volume of the pod' : `volume ${volumeName(pod, name)}`;
}

function volumeName(pod: PodFacts, name: string): string {
  const facts = pod.spec.volumes.find((one) => one.name === name);
  if (facts?.type !== 'persistentVolumeClaim' || facts.source === null) return name;
  return `${name} (claim ${facts.source.replace('{pod}', pod.name)})`;
}

function unreachable(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}

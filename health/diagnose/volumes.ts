import type { EventFacts, PodFacts } from '../kubernetes.ts';
import { enumerate, firstLine, plainText } from '../parse/text.ts';
import { parseVolumeFailure, type VolumeFailure } from '../parse/volume-text.ts';
import { claimNames, claimTrouble, claimWords, provisioning } from './claims.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';
import { clockTime, conditionOf, containerFacts, isNewer, newestEvent, nodeName, pendingSince } from './facts.ts';
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
  return now < since + silenceMs ? null : silence(pod, since, context);
}

/**
 * The newest event about volumes, devices or the sandbox, but a text that names the cause before "timed out waiting",
 * which the kubelet repeats beside it.
 */
function mostTelling(events: readonly EventFacts[]): EventFacts | null {
  const reasons = [...volumeReasons, 'FailedCreatePodSandBox', 'NetworkNotReady', 'FailedPrepareDynamicResources'];
  let best: EventFacts | null = null;
  let bestIsVague = true;
  for (const event of events) {
    if (!reasons.includes(event.reason) || event.involved.kind !== 'Pod') continue;
    const isVague = /Unable to attach or mount volumes|unmounted volumes=/.test(event.message);
    if (best === null || (bestIsVague && !isVague) || (bestIsVague === isVague && isNewer(event, best))) {
      best = event;
      bestIsVague = isVague;
    }
  }
  return best;
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
        message: `The network of node ${node} is not ready: ${firstLine(event.message)}`,
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
  const text = sandboxText(message);
  if (
    /no available ip|failed to assign an ip|no ip addresses available|ip addresses? exhausted|no free ip/i.test(message)
  ) {
    return { code: 'PodAddressesExhausted', message: `No pod address is left on node ${node}: ${text}` };
  }
  return { code: 'NetworkSetupFailed', message: `The pod network cannot be set up on node ${node}: ${text}` };
}

function sandboxText(message: string): string {
  const text = plainText(message)
    .replace(/^Failed to create pod sandbox: /, '')
    .replace(/^rpc error: code = \w+ desc = /, '')
    .replace(
      /^failed to (?:setup|set up) (?:network for sandbox|sandbox container) "[^"]*"(?: network for pod "[^"]*")?: /,
      '',
    );
  return firstLine(text);
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
        message: `The pod waits: node ${nodeName(pod)} has not read its ${failure.of} yet`,
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
        message: `${volumeLabel(pod, failure.volume)} is still attached to another node${failure.pods.length === 0 ? '' : `, where ${enumerate(failure.pods)} uses it`}`,
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
      return timeout(pod, context, failure.volumes);
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
function timeout(pod: PodFacts, context: PodContext, volumes: readonly string[]): Words {
  const names =
    volumes.length === 0
      ? 'The volumes of the pod are'
      : `${volumes.length === 1 ? 'Volume' : 'Volumes'} ${enumerate(volumes.map((name) => volumeName(pod, name)))} ${volumes.length === 1 ? 'is' : 'are'}`;
  const claim = claimTrouble(context.events);
  return {
    code: 'VolumeMountTimeout',
    message: `${names} not attached and mounted in time${claim === null ? '' : `: ${claimWords(claim)}`}`,
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

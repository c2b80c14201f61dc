import type { CauseCode } from '../causes.ts';
import type { ContainerStatusFacts, PodFacts } from '../kubernetes.ts';
import { type ContainerError, innermostError, parseContainerError } from '../parse/container-error.ts';
import { enumerate, firstLine } from '../parse/text.ts';
import { eventEvidence, fieldEvidence, kubectl } from './draft.ts';
import { containerFacts, containerLabel, lower, memoryLimit, newestEvent, nodeName, pendingSince } from './facts.ts';
import type { Finding } from './finding.ts';
import type { PodContext, PodStage } from './pod.ts';

/** B: why the container cannot be created or started; the program itself never ran. */

const createReasons: ReadonlySet<string> = new Set(['CreateContainerConfigError', 'CreateContainerError']);
const startReasons: ReadonlySet<string> = new Set([
  'RunContainerError',
  'StartError',
  'ContainerCannotRun',
  'PostStartHookError',
  'PreStartHookError',
  'PreCreateHookError',
]);

export function isStartReason(reason: string): boolean {
  return createReasons.has(reason) || startReasons.has(reason);
}

export function startFinding(
  pod: PodFacts,
  status: ContainerStatusFacts,
  reason: string,
  message: string,
  context: PodContext,
): Finding {
  const event = newestEvent(context.events, { reasons: ['Failed', 'FailedPostStartHook'], container: status.name });
  const text = message === '' ? (event?.message ?? '') : message;
  const stage: PodStage = createReasons.has(reason) ? 'create' : 'start';
  const evidence = fieldEvidence(
    pod,
    `status.containerStatuses[${status.name}].state`,
    text === '' ? reason : text,
    null,
  );
  const base = {
    stage,
    // The status tells no instant of its own; the first event of this failure does.
    since: event?.firstAt ?? pendingSince(pod),
    evidence: event === null || event.message === text ? [evidence] : [evidence, eventEvidence(event)],
  };
  const hook = hookWords(pod, status.name, reason, text);
  if (hook !== null) return { ...base, ...hook, commands: [kubectl.describePod(pod)] };
  const error = parseContainerError(text);
  return {
    ...base,
    code: codeOf(error, stage),
    message: errorWords(pod, status.name, error, text === '' ? reason : text, reason),
    commands: commandsOf(pod, error),
  };
}

function hookWords(
  pod: PodFacts,
  name: string,
  reason: string,
  text: string,
): Pick<Finding, 'code' | 'message'> | null {
  const label = containerLabel(pod, name);
  if (reason === 'PostStartHookError') {
    return {
      code: 'PostStartHookFailed',
      message: `The postStart hook of ${lower(label)} failed and the container was killed`,
    };
  }
  if (reason === 'PreStartHookError' || reason === 'PreCreateHookError') {
    return {
      code: 'KubeletHookFailed',
      message: `Node ${nodeName(pod)} could not prepare ${lower(label)}: ${firstLine(text)}`,
    };
  }
  return null;
}

export function codeOf(error: ContainerError, stage: PodStage): CauseCode {
  switch (error.kind) {
    case 'configMapMissing':
      return 'MissingConfigMap';
    case 'secretMissing':
      return 'MissingSecret';
    case 'keyMissing':
      return 'MissingKey';
    case 'cacheNotSynced':
      return 'ConfigCacheNotSynced';
    case 'runsAsRoot':
      return 'RunsAsRoot';
    case 'nonNumericUser':
      return 'NonNumericUser';
    case 'subPath':
      return 'SubPathFailed';
    case 'runtimeOverloaded':
      return 'RuntimeOverloaded';
    case 'noCommand':
      return 'NoCommand';
    case 'programNotFound':
    case 'interpreterNotFound':
      return 'ProgramNotFound';
    case 'programNotExecutable':
      return 'ProgramNotExecutable';
    case 'wrongArchitecture':
      return 'ProgramWrongArchitecture';
    case 'mountTarget':
      return 'MountTargetConflict';
    case 'memoryTooLow':
      return 'MemoryLimitTooLowToStart';
    case 'other':
      return stage === 'create' ? 'ContainerCreateFailed' : 'ContainerStartFailed';
    default:
      return unreachable(error);
  }
}

export function errorWords(pod: PodFacts, name: string, error: ContainerError, text: string, reason: string): string {
  const label = containerLabel(pod, name);
  const image = containerFacts(pod, name)?.image ?? 'its image';
  switch (error.kind) {
    case 'configMapMissing':
      return `${label} needs ConfigMap ${error.name}, which does not exist in namespace ${pod.namespace}`;
    case 'secretMissing':
      return `${label} needs Secret ${error.name}, which does not exist in namespace ${pod.namespace}`;
    case 'keyMissing':
      return `${label} needs key ${error.key} of ${error.of} ${error.name}, which does not have it`;
    case 'cacheNotSynced':
      return `${label} waits: node ${nodeName(pod)} has not read its ${error.of} yet`;
    case 'runsAsRoot':
      return `${label} would run as root and runAsNonRoot forbids it (image ${image})`;
    case 'nonNumericUser':
      return `Image ${image} names its user "${error.user}": whether that is root cannot be checked, and runAsNonRoot wants it checked`;
    case 'subPath':
      return error.mount === null
        ? `A subPath of ${lower(label)} cannot be prepared`
        : `The subPath of mount ${error.mount} of ${lower(label)} cannot be prepared`;
    case 'runtimeOverloaded':
      return `The container runtime of node ${nodeName(pod)} is stuck or overloaded: ${firstLine(innermostError(text))}`;
    case 'noCommand':
      return `${label} has no command, and neither has image ${image}`;
    case 'programNotFound':
      return `${programWords(error.program, pod, name)} is not in image ${image}: ${lower(label)} never ran, so it has no log`;
    case 'interpreterNotFound':
      return `${programWords(error.program, pod, name)} in image ${image} names an interpreter or a loader that is not in the image (for a script its #! line; Windows line ends do that too)`;
    case 'programNotExecutable':
      return `${programWords(error.program, pod, name)} in image ${image} is not executable`;
    case 'wrongArchitecture':
      return `${programWords(error.program, pod, name)} in image ${image} is built for another CPU, or is a script without #! line`;
    case 'mountTarget':
      return error.target === null
        ? `A mount of ${lower(label)} clashes with its image: ${firstLine(innermostError(text))}`
        : `The mount at ${error.target} of ${lower(label)} clashes with image ${image}`;
    case 'memoryTooLow':
      return `The memory limit of ${lower(label)} (${memoryLimit(pod, name) ?? 'of its pod'}) is too low for it to start`;
    case 'other':
      return `${refuserWords(reason)} ${lower(label)}: ${firstLine(innermostError(text))}`;
    default:
      return unreachable(error);
  }
}

/** The configuration is the kubelet's own work: the runtime has not been asked yet. */
function refuserWords(reason: string): string {
  if (reason === 'CreateContainerConfigError') return 'The kubelet cannot prepare';
  return createReasons.has(reason) ? 'The runtime cannot create' : 'The runtime cannot start';
}

function programWords(program: string | null, pod: PodFacts, name: string): string {
  const known = program ?? containerFacts(pod, name)?.command[0] ?? null;
  if (known === '') return 'A program without a name';
  return known === null ? 'The program' : `Program ${known}`;
}

function commandsOf(pod: PodFacts, error: ContainerError): string[] {
  const describe = kubectl.describePod(pod);
  switch (error.kind) {
    case 'configMapMissing':
      return [kubectl.get(pod.namespace, 'configmap', error.name), describe];
    case 'secretMissing':
      return [kubectl.get(pod.namespace, 'secret', error.name), describe];
    case 'keyMissing':
      return [kubectl.describe(pod.namespace, error.of.toLowerCase(), error.name), describe];
    default:
      return [describe];
  }
}

/** Devices that report that they do not work (B19). */
export function deviceFinding(pod: PodFacts, status: ContainerStatusFacts): Finding | null {
  if (status.unhealthyDevices.length === 0) return null;
  const devices = enumerate(status.unhealthyDevices);
  return {
    stage: 'containersReady',
    code: 'DeviceUnhealthy',
    message: `${status.unhealthyDevices.length === 1 ? 'Device' : 'Devices'} ${devices} of ${lower(containerLabel(pod, status.name))} ${status.unhealthyDevices.length === 1 ? 'is' : 'are'} unhealthy`,
    since: pendingSince(pod),
    evidence: [
      fieldEvidence(
        pod,
        `status.containerStatuses[${status.name}].allocatedResourcesStatus`,
        `${devices}: Unhealthy`,
        null,
      ),
    ],
    commands: [kubectl.podYaml(pod)],
    group: null,
  };
}

function unreachable(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}

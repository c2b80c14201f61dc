import { plainText, withoutWrappers } from './text.ts';

/**
 * Why a pod has no sandbox, from the message of a FailedCreatePodSandBox event. The event is of the kubelet, the words
 * are those of containerd, CRI-O or Docker, and of the network plugin that they call.
 * https://github.com/containerd/containerd/blob/v2.1.0/internal/cri/server/sandbox_run.go
 */
export interface SandboxFailure {
  readonly kind: 'addressesExhausted' | 'network' | 'runtimeOverloaded' | 'memoryTooLow' | 'other';
  /** Without what the kubelet and the runtime put before it. */
  readonly detail: string;
}

const wrappers: readonly RegExp[] = [
  /^Failed (?:to )?create pod sandbox: /,
  /^rpc error: code = \w+ desc = /,
  /^\[(?=failed to set ?up )/,
  /^failed to set ?up (?:network for sandbox|sandbox container) "[^"]*"(?: network for pod "[^"]*")?: /,
  /^network ?Plugin cni failed to set up pod "[^"]*" network: /i,
  /^failed to create pod network sandbox \S+: (?:error adding pod \S+ to CNI network "[^"]*": )?/,
  // Multus calls the plugin of the cluster, and wraps whatever that says in all that it was called with.
  /^plugin type="multus(?:-shim)?"(?: name="[^"]*")? failed \(add\): (?=CmdAdd|CNI request failed with|\[|Multus)/,
  /^CmdAdd \(shim\): /,
  /^Multus: (?:\[[^\]]*\]: )?/,
  /^Err adding pod to network "[^"]*": /,
  /^error in invoke Delegate add - "[^"]*": /,
  /^CNI request failed with status \d+: '/,
  /^&?\{?ContainerID:.*? ERRORED: /s,
  /^error configuring pod \[[^\]]*\] networking: /,
  /^\[[^\]]*\]: (?=error adding container to network )/,
  /^error adding container to network "[^"]*": /,
  /^\[\S+\/\S+ [0-9a-f]{6,}[^\]]*\] /,
];
const calledWith = /\s*': StdinData: .*$/s;

const addresses =
  /failed to assign an ip|no (?:available|free|more) (?:ips?\b|ip address|addresses)|no (?:ip(?:v[46])? )?addresses (?:are )?available|ip addresses? exhausted|range is full|no more free affine blocks|not enough ips/i;

export function parseSandboxFailure(message: string): SandboxFailure {
  const text = plainText(message);
  const detail = withoutWrappers(text.replace(calledWith, ''), wrappers);
  // The quote that one of the wrappers has opened.
  const isQuoted = /with status \d+: '/.test(text) && detail.endsWith("'");
  return { kind: kindOf(text), detail: (isQuoted ? detail.slice(0, -1) : detail).trim() };
}

function kindOf(text: string): SandboxFailure['kind'] {
  if (addresses.test(text)) return 'addressesExhausted';
  // Before the rest: a network plugin runs out of time too.
  if (/\bcni\b|network|netplugin|plugin type=/i.test(text)) return 'network';
  if (/name "[^"]*" is reserved|: name is reserved|context deadline exceeded/.test(text)) return 'runtimeOverloaded';
  if (/memory limit too low/.test(text)) return 'memoryTooLow';
  return 'other';
}

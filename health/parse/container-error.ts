import { plainText, withoutWrappers } from './text.ts';

/**
 * Why a container could not be created or started, from the text in `state.waiting.message`, in a termination message
 * or in a `Failed` event. Texts: kubelet_pods.go, kuberuntime_container.go and security_context_others.go of
 * https://github.com/kubernetes/kubernetes/tree/v1.36.3/pkg/kubelet, and those of containerd, CRI-O and runc.
 */

export type ContainerError =
  | { readonly kind: 'configMapMissing' | 'secretMissing'; readonly name: string }
  | {
      readonly kind: 'keyMissing';
      readonly key: string;
      readonly of: 'ConfigMap' | 'Secret';
      readonly name: string;
    }
  | { readonly kind: 'cacheNotSynced'; readonly of: 'ConfigMap' | 'Secret' }
  | { readonly kind: 'runsAsRoot' }
  | { readonly kind: 'nonNumericUser'; readonly user: string }
  | { readonly kind: 'subPath'; readonly mount: string | null }
  | { readonly kind: 'runtimeOverloaded' }
  | { readonly kind: 'noCommand' }
  | {
      readonly kind: 'programNotFound' | 'interpreterNotFound' | 'programNotExecutable' | 'wrongArchitecture';
      readonly program: string | null;
    }
  | { readonly kind: 'mountTarget'; readonly target: string | null }
  | { readonly kind: 'memoryTooLow' }
  | { readonly kind: 'other' };

export function parseContainerError(message: string): ContainerError {
  const text = unescaped(plainText(message));
  return configError(text) ?? startError(text) ?? { kind: 'other' };
}

/** Older runtimes quote a quotation: `caused "exec: \"serve\": executable file not found"`. */
function unescaped(text: string): string {
  return text.replace(/\\+"/g, '"');
}

const wrappers: readonly RegExp[] = [
  /^Error: (?=\S)/,
  /^rpc error: code = \w+ desc = /,
  /^Error response from daemon: /,
  /^failed to (?:create|start) (?:containerd task|containerd container|container)(?: "[^"]*")?: /,
  /^failed to create (?:shim task|task for container): /,
  /^failed to generate (?:container "[^"]*" )?spec: /,
  /^container create failed: /,
  /^time="[^"]*" level=error msg="/,
  /^OCI runtime create failed: /,
  /^(?:runc|crun) create failed: /,
  /^unable to start container process: /,
  /^error during container init: /,
  /^container_linux\.go:\d+: starting container process caused:? "?/,
  /^process_linux\.go:\d+: container init caused:? "?/,
  /^error running (?:\w+ )?hook #\d+: (?:error running hook: )?exit status \d+, stdout: .{0,200}?, stderr: (?:Auto-detected mode as '\w+'\s*)?/s,
];

/** What the innermost of the programs said that start a container; the text itself where none of them is known. */
export function innermostError(message: string): string {
  const text = withoutWrappers(unescaped(plainText(message)), wrappers).replace(/: unknown$/, '');
  // The quotation that a wrapper opened ends here.
  return text.split('"').length % 2 === 0 ? text.replace(/"$/, '') : text;
}

/**
 * What runc and crun leave in the container's own log when the kernel refuses its program: nothing of it ran.
 * https://github.com/opencontainers/runc/blob/v1.3.0/libcontainer/standard_init_linux.go
 */
export function parseExecFailure(log: string): ContainerError | null {
  const text = unescaped(plainText(log));
  if (/^(?:standard_init_linux\.go:\d+: )?exec (?:user process|container process|\/)[^\n]*$/.test(text)) {
    return programFailure(text);
  }
  // A shell that was started says the same of a program that it starts: `/bin/sh: 1: /srv/app: Exec format error`.
  const byShell = /(?:^|\s)([^\s:]+): (?:cannot execute(?: binary file)?: )?exec format error$/i.exec(text);
  return byShell === null ? null : { kind: 'wrongArchitecture', program: byShell[1] ?? null };
}

function configError(text: string): ContainerError | null {
  const cache = /failed to sync (configmap|secret) cache/i.exec(text);
  if (cache !== null) return { kind: 'cacheNotSynced', of: kindOf(cache[1]) };
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) (?:[^\s/]+\/)?([^\s/,;:]+)/i.exec(text);
  if (key !== null) return { kind: 'keyMissing', key: key[1] ?? '', of: kindOf(key[2]), name: key[3] ?? '' };
  const missing = /\b(configmap|secret)s? "([^"]+)" not found/i.exec(text);
  if (missing !== null) {
    const kind = kindOf(missing[1]) === 'ConfigMap' ? 'configMapMissing' : 'secretMissing';
    return { kind, name: missing[2] ?? '' };
  }
  const user = /image has non-numeric user \(([^)]*)\)/.exec(text);
  if (user !== null) return { kind: 'nonNumericUser', user: user[1] ?? '' };
  if (/runAsNonRoot and image will run as root|runAsUser breaks non-root policy/.test(text))
    return { kind: 'runsAsRoot' };
  const subPath = /failed to (?:prepare|create) subPath (?:directory )?for volumeMount "([^"]*)"/.exec(text);
  if (subPath !== null) return { kind: 'subPath', mount: subPath[1] ?? null };
  return null;
}

/** Failures of the node's own programs and paths, which say the same of what lies outside the image. */
const outsideImage =
  /unable to retrieve OCI runtime error|failed to start shim|fork\/exec|creating mount source path|failed to generate (?:container|spec)|failed to mkdir/;

function startError(text: string): ContainerError | null {
  if (/container init was OOM-killed|memory limit too low/i.test(text)) return { kind: 'memoryTooLow' };
  if (/no command specified/i.test(text)) return { kind: 'noCommand' };
  if (/\bname "[^"]*" is reserved|: name is reserved|is already in use by|context deadline exceeded/i.test(text)) {
    return { kind: 'runtimeOverloaded' };
  }
  if (outsideImage.test(text)) return null;
  return mountError(text) ?? programFailure(text);
}

function mountError(text: string): ContainerError | null {
  if (!/\bmount|rootfs|creating `/i.test(text)) return null;
  if (!/onto a file|read-only file system|not a directory|is a directory/i.test(text)) return null;
  const target = /to rootfs (?:"[^"]*" )?at "([^"]+)"/.exec(text)?.[1] ?? null;
  // crun names it below the root file system.
  const below = /mount `[^`]*` to `\/?([^`]+)`/.exec(text)?.[1];
  return { kind: 'mountTarget', target: target ?? (below === undefined ? null : `/${below}`) };
}

/** Looked up by the runtime and not there, or there and refused by the kernel. */
function programFailure(text: string): ContainerError | null {
  if (/exec format error/i.test(text)) return { kind: 'wrongArchitecture', program: programOf(text) };
  const isAbsent =
    /exec:? "[^"]*": (?:executable file not found|(?:stat \S+ )?no such file or directory)|executable file [`'"][^`'"]*[`'"] not found|CreateProcess\b.{0,200}cannot find the file/is;
  if (isAbsent.test(text)) return { kind: 'programNotFound', program: programOf(text) };
  const called =
    /\bexec (?:user process caused:? ?"?|(?:container process )?[`'"]?\/[^\s:`'"]+[`'"]?: )(.{0,40})/i.exec(text)?.[1];
  if (called !== undefined && /^no such file or directory/i.test(called)) {
    return { kind: 'interpreterNotFound', program: programOf(text) };
  }
  const isRefused = /exec:? "[^"]*": permission denied|open executable: (?:permission denied|operation not permitted)/i;
  if (isRefused.test(text) || (called !== undefined && /^permission denied/i.test(called))) {
    return { kind: 'programNotExecutable', program: programOf(text) };
  }
  return null;
}

/** `exec: "server": executable file …` and `exec /bin/server: exec format error` → the program. */
function programOf(text: string): string | null {
  return (
    /exec:? "([^"]*)"/.exec(text)?.[1] ??
    /\bexec (?:container process )?[`'"]?(\/[^\s:`'"]+)/.exec(text)?.[1] ??
    /executable file [`'"]([^`'"]+)/.exec(text)?.[1] ??
    null
  );
}

function kindOf(word: string | undefined): 'ConfigMap' | 'Secret' {
  return word?.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap';
}

/** `back-off 5m0s restarting failed container=…` → 300000; null when the text names no delay. */
export function parseBackOff(message: string): number | null {
  const delay = /^back-off ((?:\d{1,6}(?:\.\d{1,9})?(?:h|ms|m|s))+) restarting/.exec(plainText(message));
  return delay === null ? null : parseDuration(delay[1] ?? '');
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A duration as Go prints it (`1h2m3.5s`) in milliseconds; null when it is none. */
export function parseDuration(text: string): number | null {
  let total = 0;
  let matched = 0;
  for (const part of text.matchAll(/(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s)/g)) {
    total += Number(part[1]) * (unitMs[part[2] ?? ''] ?? 0);
    matched += part[0].length;
  }
  return matched > 0 && matched === text.length ? Math.round(total) : null;
}

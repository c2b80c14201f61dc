import { plainText } from './text.ts';

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
  | { readonly kind: 'programNotFound' | 'programNotExecutable' | 'wrongArchitecture'; readonly program: string | null }
  | { readonly kind: 'mountTarget'; readonly target: string | null }
  | { readonly kind: 'memoryTooLow' }
  | { readonly kind: 'other' };

export function parseContainerError(message: string): ContainerError {
  const text = plainText(message);
  return configError(text) ?? startError(text) ?? { kind: 'other' };
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

function startError(text: string): ContainerError | null {
  if (/container init was OOM-killed|memory limit too low/i.test(text)) return { kind: 'memoryTooLow' };
  if (/exec format error/i.test(text)) return { kind: 'wrongArchitecture', program: programOf(text) };
  if (/no command specified/i.test(text)) return { kind: 'noCommand' };
  // Before "no such file": a mount that fails says that too.
  if (/mount a directory onto a file|read-only file system|error mounting|not a directory/i.test(text)) {
    return { kind: 'mountTarget', target: /to rootfs at "([^"]+)"/.exec(text)?.[1] ?? null };
  }
  if (
    /executable file not found|exec:? .{0,200}no such file or directory|stat .{0,200}no such file or directory/is.test(
      text,
    )
  ) {
    return { kind: 'programNotFound', program: programOf(text) };
  }
  if (/exec:? .{0,200}permission denied/is.test(text))
    return { kind: 'programNotExecutable', program: programOf(text) };
  if (/\bname "[^"]*" is reserved|is already in use by|context deadline exceeded/i.test(text)) {
    return { kind: 'runtimeOverloaded' };
  }
  return null;
}

/** `exec: "server": executable file …` and `exec /bin/server: exec format error` → the program. */
function programOf(text: string): string | null {
  return (
    /exec:? "([^"]+)"/.exec(text)?.[1] ?? /\bexec (?:container process )?[`'"]?(\/[^\s:`'"]+)/.exec(text)?.[1] ?? null
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

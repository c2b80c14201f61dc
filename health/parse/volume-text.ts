import { plainText } from './text.ts';

/**
 * Why volumes are not there, from the messages of FailedMount, FailedAttachVolume and FailedMapVolume events.
 * Texts: pkg/volume, pkg/kubelet/volumemanager and the attach/detach controller of Kubernetes 1.36.
 */
export type VolumeFailure =
  | { readonly kind: 'configMapMissing' | 'secretMissing'; readonly name: string; readonly volume: string | null }
  | {
      readonly kind: 'keyMissing';
      readonly key: string;
      readonly of: 'ConfigMap' | 'Secret';
      readonly volume: string | null;
    }
  /** `of` is null where the text names only the object. */
  | { readonly kind: 'cacheNotSynced'; readonly of: 'ConfigMap' | 'Secret' | null }
  | { readonly kind: 'clusterToken'; readonly detail: string }
  | { readonly kind: 'driverMissing'; readonly driver: string; readonly volume: string | null }
  | { readonly kind: 'attachedElsewhere'; readonly volume: string | null; readonly pods: readonly string[] }
  | { readonly kind: 'attachFailed' | 'mountFailed'; readonly volume: string | null; readonly detail: string }
  /** `detail` is null where the kubelet only says that time is up. */
  | { readonly kind: 'timeout'; readonly volumes: readonly string[]; readonly detail: string | null }
  | { readonly kind: 'mapOrResize'; readonly volume: string | null; readonly detail: string }
  | { readonly kind: 'other'; readonly detail: string };

/** The attach/detach controller's own words, then those of Azure, EBS and GCE. */
const elsewhere =
  /Multi-Attach error|Waiting for detach|already (?:exclusively attached|used by)|already attached to (?:node\(|an instance)|RESOURCE_IN_USE_BY_ANOTHER_RESOURCE/i;

/** @param reason of the event; it decides only where the text leaves it open */
export function parseVolumeFailure(reason: string, message: string): VolumeFailure {
  const text = plainText(message);
  // Before 1.7 the first name was one that the kubelet had made.
  const volume = (/\(spec\.Name: "([^"]+)"\)/.exec(text) ?? /for volume "([^"]+)"/.exec(text))?.[1] ?? null;
  if (elsewhere.test(text)) {
    return { kind: 'attachedElsewhere', volume, pods: podsOf(text) };
  }
  const driver = /driver name (\S+) not found in the list of|CSINode \S+ does not contain driver (\S+)/.exec(text);
  if (driver !== null) return { kind: 'driverMissing', driver: driver[1] ?? driver[2] ?? '', volume };
  return objectFailure(text, volume) ?? operationFailure(reason, text, volume);
}

function objectFailure(text: string, volume: string | null): VolumeFailure | null {
  if (
    /"(?:kube-root-ca|openshift-service-ca)\.crt" not (?:found|registered)|failed to fetch token|failed to sync token/i.test(
      text,
    )
  ) {
    return { kind: 'clusterToken', detail: detailOf(text) };
  }
  const cache = /failed to sync (configmap|secret) cache/i.exec(text);
  if (cache !== null) return { kind: 'cacheNotSynced', of: kindOf(cache[1]) };
  // The kubelet does not follow the object yet, or no more.
  if (/object "[^"]*"\/"[^"]*" not registered/.test(text)) return { kind: 'cacheNotSynced', of: null };
  const key = /references non-existent (config|secret) key: (\S+)/.exec(text);
  if (key !== null) return { kind: 'keyMissing', of: kindOf(key[1]), key: key[2] ?? '', volume };
  const missing = /\b(configmap|secret)s? "([^"]+)" not found/i.exec(text);
  if (missing === null) return null;
  const kind = kindOf(missing[1]) === 'ConfigMap' ? 'configMapMissing' : 'secretMissing';
  return { kind, name: missing[2] ?? '', volume };
}

function operationFailure(reason: string, text: string, volume: string | null): VolumeFailure {
  if (/^(?:FailedMapVolume|VolumeResizeFailed|FileSystemResizeFailed)$/.test(reason) || text.startsWith('MapVolume.')) {
    return { kind: 'mapOrResize', volume, detail: detailOf(text) };
  }
  if (text.startsWith('AttachVolume.')) return { kind: 'attachFailed', volume, detail: detailOf(text) };
  const unmounted = /unmounted volumes=\[([^\]]*)\]/.exec(text);
  if (unmounted !== null) {
    const detail = /failed to process volumes=\[[^\]]*\]: (.+)$/s.exec(text)?.[1] ?? null;
    return {
      kind: 'timeout',
      volumes: (unmounted[1] ?? '').split(/[\s,]+/).filter((name) => name !== ''),
      detail: detail === null || /^(?:timed out waiting|context deadline exceeded)/.test(detail) ? null : detail,
    };
  }
  if (/^(?:MountVolume|UnmountVolume|MountDevice)\b/.test(text))
    return { kind: 'mountFailed', volume, detail: detailOf(text) };
  if (reason === 'FailedAttachVolume') return { kind: 'attachFailed', volume, detail: text };
  if (reason === 'FailedMount') return { kind: 'mountFailed', volume, detail: text };
  return { kind: 'other', detail: text };
}

/** `MountVolume.SetUp failed for volume "data" : rpc error: code = Internal desc = text` → `text`. */
function detailOf(text: string): string {
  const cut = text
    .replace(/^\w+\.\w+(?:\.\w+)? .{0,80}?for volume "[^"]*"(?: ?:)?\s*/, '')
    .replace(/^.*\brpc error: code = \w+ desc = /s, '');
  // Of a mount command, what it printed: its arguments and its exit status say little.
  const output = /\bOutput: (?:Running scope as unit:? \S+\s+)?(\S.*)$/s.exec(cut)?.[1];
  return output ?? (cut === '' ? text : cut);
}

function podsOf(text: string): string[] {
  const list = /used by pod\(s\) (.+?)(?: and \d+ pod\(s\) in different namespaces)?$/.exec(text);
  return (list?.[1] ?? '').split(/,\s*/).filter((name) => name !== '');
}

function kindOf(word: string | undefined): 'ConfigMap' | 'Secret' {
  return word?.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap';
}

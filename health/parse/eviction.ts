import { plainText } from './text.ts';

/** The message of a pod that the kubelet evicted. Texts: pkg/kubelet/eviction/helpers.go of Kubernetes 1.36. */
export type Eviction =
  | {
      readonly kind: 'nodePressure';
      /** `memory`, `ephemeral-storage`, `inodes`, `pids`; `disk` where only the condition of the node is told. */
      readonly resource: string;
      readonly container: string | null;
      readonly used: string | null;
      readonly request: string | null;
    }
  | { readonly kind: 'emptyDir'; readonly volume: string; readonly limit: string }
  | { readonly kind: 'podDisk'; readonly limit: string | null }
  | { readonly kind: 'containerDisk'; readonly container: string; readonly limit: string | null }
  | { readonly kind: 'unknown' };

/** Older kubelets name the condition of the node. */
const resources: ReadonlyMap<string, string> = new Map([
  ['MemoryPressure', 'memory'],
  ['DiskPressure', 'disk'],
  ['PIDPressure', 'pids'],
]);

export function parseEviction(message: string): Eviction {
  const text = plainText(message);
  const emptyDir = /Usage of EmptyDir volume "([^"]+)" exceeds the (?:total )?limit "?([^"\s]+?)"?\.?(?:\s|$)/.exec(
    text,
  );
  if (emptyDir !== null) return { kind: 'emptyDir', volume: emptyDir[1] ?? '', limit: emptyDir[2] ?? '' };
  const container = /Container (\S+) exceeded its local ephemeral storage limit(?: "([^"]+)")?/.exec(text);
  if (container !== null) return { kind: 'containerDisk', container: container[1] ?? '', limit: container[2] ?? null };
  const pod = /Pod ephemeral local storage usage exceeds(?: the total limit of containers (\S+?)\.?(?:\s|$))?/.exec(
    text,
  );
  if (pod !== null) return { kind: 'podDisk', limit: pod[1] ?? null };
  const low = /The node was low on resource: ([\w.[\]/-]+?)\.(?:\s|$)/.exec(text);
  const condition = /The node had condition: \[?(\w+)/.exec(text);
  const resource = low?.[1] ?? condition?.[1];
  if (resource === undefined) return { kind: 'unknown' };
  const user =
    /Container (\S+) was using ([^\s,]+), (?:request is|which exceeds its request of) ([^\s,]+?)[,.](?:\s|$)/.exec(
      text,
    );
  return {
    kind: 'nodePressure',
    resource: resources.get(resource.replace(/^\[|\]$/g, '')) ?? resource.replace(/^\[|\]$/g, ''),
    container: user?.[1] ?? null,
    used: user?.[2] ?? null,
    request: user?.[3] ?? null,
  };
}

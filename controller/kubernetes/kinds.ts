import type { WorkloadKind } from '../../health/workload.ts';
import type { Message } from './protobuf.ts';
import {
  daemonSet,
  deployment,
  event,
  metadataOnly,
  namespace,
  pod,
  service,
  statefulSet,
} from './protobuf-messages.ts';

/**
 * The one table of watched resources. The RBAC rules of the chart and of the manifests are tested against it, and
 * nothing is listed or watched that is not in it.
 */
export interface KindSpec {
  /** Plural, as in a URL and in an RBAC rule. */
  readonly resource: string;
  /** As in `kind:` of a manifest. */
  readonly kind: string;
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  /** `v1`, `apps/v1`: as in `apiVersion:`. */
  readonly groupVersion: string;
  /** Only `metadata` is asked for (PartialObjectMetadata): the server leaves out spec and status. */
  readonly metadataOnly: boolean;
  readonly namespaced: boolean;
  /** What is read of an object that comes as protobuf. */
  readonly message: Message;
}

export const kinds = {
  pods: kind('', 'v1', 'pods', 'Pod', pod),
  // Owner references and the revision annotation suffice; ten old ReplicaSets per Deployment stay small this way.
  replicasets: kind('apps', 'v1', 'replicasets', 'ReplicaSet', metadataOnly, { metadataOnly: true }),
  deployments: kind('apps', 'v1', 'deployments', 'Deployment', deployment),
  statefulsets: kind('apps', 'v1', 'statefulsets', 'StatefulSet', statefulSet),
  daemonsets: kind('apps', 'v1', 'daemonsets', 'DaemonSet', daemonSet),
  services: kind('', 'v1', 'services', 'Service', service),
  events: kind('', 'v1', 'events', 'Event', event),
  namespaces: kind('', 'v1', 'namespaces', 'Namespace', namespace, { namespaced: false }),
} as const satisfies Record<string, KindSpec>;

export type WatchedResource = keyof typeof kinds;

export const resourceOfWorkload = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
} as const satisfies Readonly<Record<WorkloadKind, WatchedResource>>;

/** By `kind:` of a manifest. */
export const resourceOfKind: ReadonlyMap<string, WatchedResource> = byKind(kinds);

/** `/apis/apps/v1/namespaces/shop/deployments`; cluster-wide with namespace null, one object with a name. */
export function resourcePath(kind: KindSpec, namespace: string | null, name?: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const scope = namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${kind.resource}${object}`;
}

function kind(
  group: string,
  version: string,
  resource: string,
  name: string,
  message: Message,
  options: { readonly metadataOnly?: boolean; readonly namespaced?: boolean } = {},
): KindSpec {
  return {
    resource,
    kind: name,
    group,
    version,
    groupVersion: group === '' ? version : `${group}/${version}`,
    metadataOnly: options.metadataOnly ?? false,
    namespaced: options.namespaced ?? true,
    message,
  };
}

function byKind<Resource extends string>(specs: Readonly<Record<Resource, KindSpec>>): ReadonlyMap<string, Resource> {
  const found = new Map<string, Resource>();
  for (const resource in specs) found.set(specs[resource].kind, resource);
  return found;
}

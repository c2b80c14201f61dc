/** The resources that the simulated API server knows; everything else is 404, as on a server without that group. */
export interface ResourceSpec {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Fields besides `metadata.name` and `metadata.namespace` that a field selector may name. */
  readonly selectableFields: readonly string[];
}

export const resources = {
  pods: resource('', 'v1', 'pods', 'Pod', ['spec.nodeName', 'spec.restartPolicy', 'status.phase', 'status.podIP']),
  services: resource('', 'v1', 'services', 'Service', ['spec.clusterIP', 'spec.type']),
  events: resource('', 'v1', 'events', 'Event', [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'reason',
    'type',
  ]),
  namespaces: resource('', 'v1', 'namespaces', 'Namespace', ['status.phase'], false),
  replicasets: resource('apps', 'v1', 'replicasets', 'ReplicaSet', ['status.replicas']),
  deployments: resource('apps', 'v1', 'deployments', 'Deployment', []),
  statefulsets: resource('apps', 'v1', 'statefulsets', 'StatefulSet', ['status.successful']),
  daemonsets: resource('apps', 'v1', 'daemonsets', 'DaemonSet', []),
} as const satisfies Record<string, ResourceSpec>;

export type ResourceName = keyof typeof resources;

export function isResourceName(text: string): text is ResourceName {
  return Object.hasOwn(resources, text);
}

export function groupVersion(spec: ResourceSpec): string {
  return spec.group === '' ? spec.version : `${spec.group}/${spec.version}`;
}

function resource(
  group: string,
  version: string,
  plural: string,
  kind: string,
  selectableFields: readonly string[],
  namespaced = true,
): ResourceSpec {
  return { group, version, plural, kind, selectableFields, namespaced };
}

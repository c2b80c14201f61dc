import type { NamespaceFacts, ServiceFacts } from '../../health/kubernetes.ts';
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts';
import { countAt, fieldsAt, flagAt, listAt, numberOrTextAt, textAt, textMapAt } from './fields.ts';
import { projectConditions, projectMetadata, type Versioned } from './project-metadata.ts';

export type CachedService = ServiceFacts & Versioned;
export type CachedNamespace = NamespaceFacts & Versioned;

export function projectService(object: KubernetesObject): CachedService {
  const spec = fieldsAt(object.raw, 'spec');
  return {
    ...projectMetadata(object),
    type: textAt(spec, 'type') ?? 'ClusterIP',
    headless: spec['clusterIP'] === 'None',
    publishNotReadyAddresses: flagAt(spec, 'publishNotReadyAddresses'),
    selector: textMapAt(spec, 'selector'),
    ports: listAt(spec, 'ports').map((port) => ({
      name: textAt(port, 'name'),
      port: countAt(port, 'port'),
      // The API server fills it in; without it, it is the port itself.
      targetPort: numberOrTextAt(port, 'targetPort') ?? String(countAt(port, 'port')),
    })),
  };
}

/** A Namespace lies in no namespace; its own name stands in for it so that one cache serves all kinds. */
export function projectNamespace(object: KubernetesObject): CachedNamespace {
  const status = fieldsAt(object.raw, 'status');
  const { name, uid, version } = projectMetadata(object);
  return {
    namespace: '',
    name,
    uid,
    version,
    phase: textAt(status, 'phase') === 'Terminating' ? 'Terminating' : 'Active',
    conditions: projectConditions(status),
  };
}

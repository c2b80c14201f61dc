import { createHmac } from 'node:crypto';
import type {
  AnyWorkloadFacts,
  DaemonSetFacts,
  DeploymentFacts,
  LabelSelectorFacts,
  ReplicaSetFacts,
  StatefulSetFacts,
  TemplateFacts,
} from '../../health/kubernetes.ts';
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts';
import {
  countAt,
  countOrNull,
  type Fields,
  fieldsAt,
  fieldsOrNull,
  flagAt,
  listAt,
  numberOrTextAt,
  textAt,
  textMapAt,
  textsAt,
} from './fields.ts';
import type { SpecPartPool } from './intern-pool.ts';
import {
  controllerOf,
  labelsOf,
  metadataOf,
  projectConditions,
  projectMetadata,
  type Versioned,
} from './project-metadata.ts';
import { projectPodSpec } from './project-pod-spec.ts';

/** A workload with the template by which its next rollout is compared; null where ReplicaSets carry it. */
export type CachedWorkload<Facts extends AnyWorkloadFacts = AnyWorkloadFacts> = Facts &
  Versioned & { readonly rolloutTemplate: TemplateFacts | null };

export type CachedReplicaSet = ReplicaSetFacts & Versioned;

/** Annotations that the product reads; last-applied-configuration is never one of them, it holds env values. */
const keptAnnotations = [
  'deployment.kubernetes.io/revision',
  'kubernetes.io/change-cause',
  'meta.helm.sh/release-name',
  'meta.helm.sh/release-namespace',
  'argocd.argoproj.io/tracking-id',
  'argocd.argoproj.io/instance',
  'kustomize.toolkit.fluxcd.io/name',
  'kustomize.toolkit.fluxcd.io/namespace',
  'helm.toolkit.fluxcd.io/name',
  'helm.toolkit.fluxcd.io/namespace',
  'deprecated.daemonset.template.generation',
] as const;

const maxInt32 = 2 ** 31 - 1;

/** Keyed hash of a value that must be compared and never be shown or kept. */
export type ValueHash = (value: string) => string;

/** 96 bits: long enough that two values of one installation do not meet, short enough to keep by the thousand. */
export function valueHash(key: string): ValueHash {
  return (value) => createHmac('sha256', key).update(value).digest().toString('base64url', 0, 12);
}

export function projectDeployment(
  object: KubernetesObject,
  previous: CachedWorkload<DeploymentFacts> | null,
  parts: SpecPartPool,
): CachedWorkload<DeploymentFacts> {
  const spec = fieldsAt(object.raw, 'spec');
  const status = fieldsAt(object.raw, 'status');
  const strategy = fieldsAt(spec, 'strategy');
  const rolling = fieldsAt(strategy, 'rollingUpdate');
  const deadline = countOrNull(spec, 'progressDeadlineSeconds');
  return {
    kind: 'Deployment',
    ...projectCommon(object, previous, parts),
    rolloutTemplate: null,
    replicas: countAt(spec, 'replicas', 1),
    paused: flagAt(spec, 'paused'),
    strategy: textAt(strategy, 'type') === 'Recreate' ? 'Recreate' : 'RollingUpdate',
    maxSurge: numberOrTextAt(rolling, 'maxSurge') ?? '25%',
    maxUnavailable: numberOrTextAt(rolling, 'maxUnavailable') ?? '25%',
    progressDeadlineSeconds: deadline === maxInt32 ? null : deadline,
    status: {
      replicas: countAt(status, 'replicas'),
      updatedReplicas: countAt(status, 'updatedReplicas'),
      readyReplicas: countAt(status, 'readyReplicas'),
      availableReplicas: countAt(status, 'availableReplicas'),
      unavailableReplicas: countAt(status, 'unavailableReplicas'),
      terminatingReplicas: countOrNull(status, 'terminatingReplicas'),
    },
  };
}

export function projectStatefulSet(
  object: KubernetesObject,
  previous: CachedWorkload<StatefulSetFacts> | null,
  parts: SpecPartPool,
  hash: ValueHash,
): CachedWorkload<StatefulSetFacts> {
  const spec = fieldsAt(object.raw, 'spec');
  const status = fieldsAt(object.raw, 'status');
  const strategy = fieldsAt(spec, 'updateStrategy');
  const rolling = fieldsAt(strategy, 'rollingUpdate');
  return {
    kind: 'StatefulSet',
    ...projectCommon(object, previous, parts),
    rolloutTemplate: rolloutTemplate(object, previous, hash),
    replicas: countAt(spec, 'replicas', 1),
    serviceName: textAt(spec, 'serviceName'),
    podManagementPolicy: textAt(spec, 'podManagementPolicy') === 'Parallel' ? 'Parallel' : 'OrderedReady',
    updateStrategy: updateStrategy(strategy),
    partition: countAt(rolling, 'partition'),
    maxUnavailable: numberOrTextAt(rolling, 'maxUnavailable'),
    ordinalsStart: countAt(fieldsAt(spec, 'ordinals'), 'start'),
    claimTemplates: listAt(spec, 'volumeClaimTemplates')
      .map((claim) => textAt(fieldsAt(claim, 'metadata'), 'name'))
      .filter((name) => name !== null),
    status: {
      replicas: countAt(status, 'replicas'),
      readyReplicas: countAt(status, 'readyReplicas'),
      availableReplicas: countOrNull(status, 'availableReplicas'),
      currentReplicas: countAt(status, 'currentReplicas'),
      updatedReplicas: updatedReplicas(status),
      currentRevision: textAt(status, 'currentRevision'),
      updateRevision: textAt(status, 'updateRevision'),
    },
  };
}

/**
 * Where there is one revision only, its pods are the updated ones. Before 1.12 the count was set back to zero at the end
 * of an update. https://github.com/kubernetes/kubernetes/pull/67817
 */
function updatedReplicas(status: Fields): number {
  const updated = countAt(status, 'updatedReplicas');
  const isOneRevision = textAt(status, 'currentRevision') === textAt(status, 'updateRevision');
  return isOneRevision ? Math.max(updated, countAt(status, 'currentReplicas')) : updated;
}

export function projectDaemonSet(
  object: KubernetesObject,
  previous: CachedWorkload<DaemonSetFacts> | null,
  parts: SpecPartPool,
  hash: ValueHash,
): CachedWorkload<DaemonSetFacts> {
  const status = fieldsAt(object.raw, 'status');
  const strategy = fieldsAt(fieldsAt(object.raw, 'spec'), 'updateStrategy');
  const rolling = fieldsAt(strategy, 'rollingUpdate');
  return {
    kind: 'DaemonSet',
    ...projectCommon(object, previous, parts),
    rolloutTemplate: rolloutTemplate(object, previous, hash),
    updateStrategy: updateStrategy(strategy),
    maxUnavailable: numberOrTextAt(rolling, 'maxUnavailable') ?? '1',
    maxSurge: numberOrTextAt(rolling, 'maxSurge') ?? '0',
    status: {
      desiredNumberScheduled: countAt(status, 'desiredNumberScheduled'),
      currentNumberScheduled: countAt(status, 'currentNumberScheduled'),
      numberMisscheduled: countAt(status, 'numberMisscheduled'),
      numberReady: countAt(status, 'numberReady'),
      updatedNumberScheduled: countAt(status, 'updatedNumberScheduled'),
      numberAvailable: countAt(status, 'numberAvailable'),
      numberUnavailable: countAt(status, 'numberUnavailable'),
    },
  };
}

/** Watched as metadata only. A template that was fetched stays: controllers never change the one of a ReplicaSet. */
export function projectReplicaSet(object: KubernetesObject, previous: CachedReplicaSet | null): CachedReplicaSet {
  const metadata = metadataOf(object);
  const revision = Number(textAt(fieldsAt(metadata, 'annotations'), 'deployment.kubernetes.io/revision'));
  return {
    ...projectMetadata(object),
    owner: controllerOf(metadata),
    revision: Number.isSafeInteger(revision) && revision > 0 ? revision : 0,
    podTemplateHash: textAt(fieldsAt(metadata, 'labels'), 'pod-template-hash'),
    template: previous?.uid === object.metadata.uid ? previous.template : null,
  };
}

/** A `spec.template` as the diff of a rollout needs it; values leave this function only as keyed hashes. */
export function projectTemplate(template: Fields, hash: ValueHash): TemplateFacts {
  const spec = fieldsAt(template, 'spec');
  const envHashes: Record<string, string> = {};
  const commandHashes: Record<string, string> = {};
  for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]) {
    const name = textAt(container, 'name') ?? '';
    for (const env of listAt(container, 'env')) {
      const source = fieldsOrNull(env, 'valueFrom');
      const value = env['value'];
      envHashes[`${name}/${textAt(env, 'name') ?? ''}`] =
        source === null ? hash(typeof value === 'string' ? value : '') : referenceText(source);
    }
    commandHashes[name] = hash(JSON.stringify([textsAt(container, 'command'), textsAt(container, 'args')]));
  }
  return {
    spec: projectPodSpec(spec, null),
    labels: labelsOf(fieldsAt(template, 'metadata')),
    envHashes,
    commandHashes,
  };
}

/** `configMapKeyRef settings/port`: names only, so it may be shown. */
function referenceText(source: Fields): string {
  const type = Object.keys(source).find((key) => fieldsOrNull(source, key) !== null) ?? 'unknown';
  const { name, key, fieldPath, resource } = fieldsAt(source, type);
  const path = [name, key, fieldPath, resource].filter((part) => typeof part === 'string');
  return `${type} ${path.join('/')}`;
}

function updateStrategy(strategy: Fields): 'RollingUpdate' | 'OnDelete' | 'Other' {
  const type = textAt(strategy, 'type') ?? 'RollingUpdate';
  return type === 'RollingUpdate' || type === 'OnDelete' ? type : 'Other';
}

function projectCommon(object: KubernetesObject, previous: CachedWorkload | null, parts: SpecPartPool) {
  const metadata = metadataOf(object);
  const spec = fieldsAt(object.raw, 'spec');
  const template = fieldsAt(spec, 'template');
  const generation = countAt(metadata, 'generation');
  const annotations = fieldsAt(metadata, 'annotations');
  return {
    ...projectMetadata(object),
    generation,
    observedGeneration: countAt(fieldsAt(object.raw, 'status'), 'observedGeneration'),
    labels: labelsOf(metadata),
    annotations: Object.fromEntries(
      keptAnnotations.flatMap((name) => {
        const value = textAt(annotations, name);
        return value === null ? [] : [[name, value]];
      }),
    ),
    selector: projectSelector(fieldsAt(spec, 'selector')),
    ...(sameSpec(object, generation, previous)
      ? { template: previous.template, templateLabels: previous.templateLabels }
      : {
          template: parts.share(projectPodSpec(fieldsAt(template, 'spec'), null)),
          templateLabels: labelsOf(fieldsAt(template, 'metadata')),
        }),
    minReadySeconds: countAt(spec, 'minReadySeconds'),
    conditions: projectConditions(fieldsAt(object.raw, 'status')),
  };
}

/** The API server counts `generation` up with every change of the spec, so an equal one means an equal template. */
function sameSpec(
  object: KubernetesObject,
  generation: number,
  previous: CachedWorkload | null,
): previous is CachedWorkload {
  return (
    previous !== null && generation > 0 && previous.uid === object.metadata.uid && previous.generation === generation
  );
}

function rolloutTemplate(object: KubernetesObject, previous: CachedWorkload | null, hash: ValueHash): TemplateFacts {
  const known = sameSpec(object, countAt(metadataOf(object), 'generation'), previous) ? previous.rolloutTemplate : null;
  return known ?? projectTemplate(fieldsAt(fieldsAt(object.raw, 'spec'), 'template'), hash);
}

function projectSelector(selector: Fields): LabelSelectorFacts {
  return {
    matchLabels: textMapAt(selector, 'matchLabels'),
    matchExpressions: listAt(selector, 'matchExpressions').map((expression) => ({
      key: textAt(expression, 'key') ?? '',
      operator: textAt(expression, 'operator') ?? '',
      values: textsAt(expression, 'values'),
    })),
  };
}

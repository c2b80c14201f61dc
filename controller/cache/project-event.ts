import type { EventFacts } from '../../health/kubernetes.ts';
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts';
import { countOrNull, fieldsAt, fieldsOrNull, instantAt, textAt } from './fields.ts';
import type { StringPool } from './intern-pool.ts';
import { metadataOf } from './project-metadata.ts';

/** Kinds of which events are kept: those that are judged, and those that tell what no other right would. */
const involvedKinds: ReadonlySet<string> = new Set([
  'Pod',
  'ReplicaSet',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'PersistentVolumeClaim',
  'HorizontalPodAutoscaler',
  'Node',
]);

/**
 * One event, whichever of the two APIs wrote it; null when it is about a kind that is not looked at.
 * Times and counts by the older fields, then by `series`, then by `eventTime`, which is all that the scheduler writes.
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/api/core/v1/types.go (Event)
 */
export function projectEvent(object: KubernetesObject, texts: StringPool): EventFacts | null {
  const { raw } = object;
  const involved = fieldsAt(raw, 'involvedObject');
  const kind = textAt(involved, 'kind');
  if (kind === null || !involvedKinds.has(kind)) return null;
  const series = fieldsOrNull(raw, 'series');
  const createdAt = instantAt(metadataOf(object), 'creationTimestamp') ?? 0;
  const eventAt = instantAt(raw, 'eventTime');
  const lastAt =
    (series === null ? null : instantAt(series, 'lastObservedTime')) ??
    instantAt(raw, 'lastTimestamp') ??
    eventAt ??
    createdAt;
  const fieldPath = textAt(involved, 'fieldPath');
  return {
    uid: object.metadata.uid,
    namespace: texts.intern(object.metadata.namespace ?? ''),
    involved: {
      kind: texts.intern(kind),
      namespace: texts.intern(textAt(involved, 'namespace') ?? ''),
      name: textAt(involved, 'name') ?? '',
      uid: textAt(involved, 'uid') ?? '',
      fieldPath: fieldPath === null ? null : texts.intern(fieldPath),
    },
    type: raw['type'] === 'Warning' ? 'Warning' : 'Normal',
    reason: texts.intern(textAt(raw, 'reason') ?? ''),
    message: textAt(raw, 'message') ?? textAt(raw, 'note') ?? '',
    source: texts.intern(
      textAt(fieldsAt(raw, 'source'), 'component') ??
        textAt(raw, 'reportingComponent') ??
        textAt(raw, 'reportingController') ??
        '',
    ),
    count: Math.max(1, (series === null ? null : countOrNull(series, 'count')) ?? countOrNull(raw, 'count') ?? 1),
    firstAt: Math.min(instantAt(raw, 'firstTimestamp') ?? eventAt ?? createdAt, lastAt),
    lastAt,
  };
}

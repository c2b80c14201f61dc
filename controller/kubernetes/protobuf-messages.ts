/**
 * What is read of each watched kind, by the field numbers of `generated.proto`, which never change:
 * https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/api/core/v1/generated.proto
 * https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/api/apps/v1/generated.proto
 * https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto
 *
 * A projection that reads a new field adds it here: that nothing is missing is checked against the real API server:
 * both forms of every object give the same projection (test/contract).
 */
import {
  amountMap,
  flag,
  inline,
  instant,
  integer,
  intOrString,
  list,
  type Message,
  message,
  one,
  ownText,
  presence,
  text,
  textMap,
  texts,
} from './protobuf.ts';

const ownerReference = message({ 1: text('kind'), 3: text('name'), 4: text('uid'), 6: flag('controller') });

const objectMeta = message({
  1: ownText('name'),
  3: text('namespace'),
  5: ownText('uid'),
  6: ownText('resourceVersion'),
  7: integer('generation'),
  8: instant('creationTimestamp'),
  9: instant('deletionTimestamp'),
  11: textMap('labels'),
  12: textMap('annotations'),
  13: list('ownerReferences', ownerReference),
  14: texts('finalizers'),
});

/** Pods, services and events are asked nothing by annotation. */
const plainMeta: Message = { fields: objectMeta.fields.with(12, undefined) };

const labelSelector = message({
  1: textMap('matchLabels'),
  2: list('matchExpressions', message({ 1: text('key'), 2: text('operator'), 3: texts('values') })),
});

function condition(reason: number, lastTransitionTime: number, lastUpdateTime?: number): Message {
  return message({
    1: text('type'),
    2: text('status'),
    [lastTransitionTime]: instant('lastTransitionTime'),
    ...(lastUpdateTime === undefined ? {} : { [lastUpdateTime]: instant('lastUpdateTime') }),
    [reason]: text('reason'),
    [reason + 1]: text('message'),
  });
}

// ── pod spec ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const named = message({ 1: text('name') });
const keySelector = message({ 1: inline(named), 2: text('key'), 3: flag('optional') });
const envFromReference = message({ 1: inline(named), 2: flag('optional') });

const envSource = message({
  1: one('fieldRef', message({ 2: text('fieldPath') })),
  2: one('resourceFieldRef', message({ 2: text('resource') })),
  3: one('configMapKeyRef', keySelector),
  4: one('secretKeyRef', keySelector),
  5: one('fileKeyRef', message({ 3: text('key') })),
});

const tcpSocket = message({ 1: intOrString('port') });
const probeHandler = message({
  1: one('exec', message({ 1: texts('command') })),
  2: one('httpGet', message({ 1: text('path'), 2: intOrString('port'), 4: text('scheme') })),
  3: one('tcpSocket', tcpSocket),
  4: one('grpc', message({ 1: integer('port') })),
});

const probe = message({
  1: inline(probeHandler),
  2: integer('initialDelaySeconds'),
  3: integer('timeoutSeconds'),
  4: integer('periodSeconds'),
  5: integer('successThreshold'),
  6: integer('failureThreshold'),
});

function container(env: Message): Message {
  return message({
    1: text('name'),
    2: text('image'),
    3: texts('command'),
    4: texts('args'),
    6: list('ports', message({ 1: text('name'), 2: integer('hostPort'), 3: integer('containerPort') })),
    7: list('env', env),
    8: one('resources', message({ 1: amountMap('limits'), 2: amountMap('requests') })),
    10: one('livenessProbe', probe),
    11: one('readinessProbe', probe),
    14: text('imagePullPolicy'),
    19: list('envFrom', message({ 2: one('configMapRef', envFromReference), 3: one('secretRef', envFromReference) })),
    22: one('startupProbe', probe),
    24: text('restartPolicy'),
  });
}

const volumeSource = message({
  1: one('hostPath', presence),
  2: one('emptyDir', presence),
  3: one('gcePersistentDisk', presence),
  4: one('awsElasticBlockStore', presence),
  5: one('gitRepo', presence),
  6: one('secret', message({ 1: text('secretName') })),
  7: one('nfs', presence),
  8: one('iscsi', presence),
  9: one('glusterfs', presence),
  10: one('persistentVolumeClaim', message({ 1: text('claimName') })),
  11: one('rbd', presence),
  12: one('flexVolume', presence),
  13: one('cinder', presence),
  14: one('cephfs', presence),
  15: one('flocker', presence),
  16: one('downwardAPI', presence),
  17: one('fc', presence),
  18: one('azureFile', presence),
  19: one('configMap', message({ 1: inline(named) })),
  20: one('vsphereVolume', presence),
  21: one('quobyte', presence),
  22: one('azureDisk', presence),
  23: one('photonPersistentDisk', presence),
  24: one('portworxVolume', presence),
  25: one('scaleIO', presence),
  26: one('projected', presence),
  27: one('storageos', presence),
  28: one('csi', presence),
  29: one('ephemeral', presence),
  30: one('image', presence),
});

const nodeSelectorTerm = message({
  1: list('matchExpressions', presence),
  2: list('matchFields', message({ 1: text('key'), 2: text('operator'), 3: texts('values') })),
});

const affinity = message({
  1: one(
    'nodeAffinity',
    message({
      1: one(
        'requiredDuringSchedulingIgnoredDuringExecution',
        message({ 1: list('nodeSelectorTerms', nodeSelectorTerm) }),
      ),
      2: list('preferredDuringSchedulingIgnoredDuringExecution', presence),
    }),
  ),
  2: one('podAffinity', presence),
  3: one('podAntiAffinity', message({ 1: list('requiredDuringSchedulingIgnoredDuringExecution', presence) })),
});

const toleration = message({
  1: text('key'),
  2: text('operator'),
  3: text('value'),
  4: text('effect'),
  5: integer('tolerationSeconds'),
});

function podSpec(env: Message): Message {
  return message({
    1: list('volumes', message({ 1: text('name'), 2: inline(volumeSource) })),
    2: list('containers', container(env)),
    3: text('restartPolicy'),
    4: integer('terminationGracePeriodSeconds'),
    7: textMap('nodeSelector'),
    8: text('serviceAccountName'),
    10: text('nodeName'),
    11: flag('hostNetwork'),
    15: list('imagePullSecrets', named),
    18: one('affinity', affinity),
    19: text('schedulerName'),
    20: list('initContainers', container(env)),
    22: list('tolerations', toleration),
    24: text('priorityClassName'),
    28: list('readinessGates', message({ 1: text('conditionType') })),
    29: text('runtimeClassName'),
    33: list('topologySpreadConstraints', presence),
    38: list('schedulingGates', named),
  });
}

/** Values of variables are asked of templates only, where keyed hashes of them are compared. */
const podTemplate = message({
  1: one('metadata', message({ 11: textMap('labels') })),
  2: one('spec', podSpec(message({ 1: text('name'), 2: ownText('value'), 3: one('valueFrom', envSource) }))),
});

// ── pod status ───────────────────────────────────────────────────────────────────────────────────────────────────────

const containerState = message({
  1: one('waiting', message({ 1: text('reason'), 2: text('message') })),
  2: one('running', message({ 1: instant('startedAt') })),
  3: one(
    'terminated',
    message({
      1: integer('exitCode'),
      2: integer('signal'),
      3: text('reason'),
      4: text('message'),
      5: instant('startedAt'),
      6: instant('finishedAt'),
    }),
  ),
});

const containerStatus = message({
  1: text('name'),
  2: one('state', containerState),
  3: one('lastState', containerState),
  4: flag('ready'),
  5: integer('restartCount'),
  7: text('imageID'),
  9: flag('started'),
  14: list(
    'allocatedResourcesStatus',
    message({ 1: text('name'), 2: list('resources', message({ 2: text('health') })) }),
  ),
});

const podStatus = message({
  1: text('phase'),
  2: list('conditions', condition(5, 4)),
  3: text('message'),
  4: text('reason'),
  7: instant('startTime'),
  8: list('containerStatuses', containerStatus),
  10: list('initContainerStatuses', containerStatus),
  11: text('nominatedNodeName'),
});

// ── the kinds ────────────────────────────────────────────────────────────────────────────────────────────────────────

const updateStrategy = (rollingUpdate: Message): Message =>
  message({ 1: text('type'), 2: one('rollingUpdate', rollingUpdate) });

const surge = message({ 1: intOrString('maxUnavailable'), 2: intOrString('maxSurge') });

export const deployment = message({
  1: one('metadata', objectMeta),
  2: one(
    'spec',
    message({
      1: integer('replicas'),
      2: one('selector', labelSelector),
      3: one('template', podTemplate),
      4: one('strategy', updateStrategy(surge)),
      5: integer('minReadySeconds'),
      7: flag('paused'),
      9: integer('progressDeadlineSeconds'),
    }),
  ),
  3: one(
    'status',
    message({
      1: integer('observedGeneration'),
      2: integer('replicas'),
      3: integer('updatedReplicas'),
      4: integer('availableReplicas'),
      5: integer('unavailableReplicas'),
      6: list('conditions', condition(4, 7, 6)),
      7: integer('readyReplicas'),
      9: integer('terminatingReplicas'),
    }),
  ),
});

export const statefulSet = message({
  1: one('metadata', objectMeta),
  2: one(
    'spec',
    message({
      1: integer('replicas'),
      2: one('selector', labelSelector),
      3: one('template', podTemplate),
      4: list('volumeClaimTemplates', message({ 1: one('metadata', named) })),
      5: text('serviceName'),
      6: text('podManagementPolicy'),
      7: one('updateStrategy', updateStrategy(message({ 1: integer('partition'), 2: intOrString('maxUnavailable') }))),
      9: integer('minReadySeconds'),
      11: one('ordinals', message({ 1: integer('start') })),
    }),
  ),
  3: one(
    'status',
    message({
      1: integer('observedGeneration'),
      2: integer('replicas'),
      3: integer('readyReplicas'),
      4: integer('currentReplicas'),
      5: integer('updatedReplicas'),
      6: text('currentRevision'),
      7: text('updateRevision'),
      10: list('conditions', condition(4, 3)),
      11: integer('availableReplicas'),
    }),
  ),
});

export const daemonSet = message({
  1: one('metadata', objectMeta),
  2: one(
    'spec',
    message({
      1: one('selector', labelSelector),
      2: one('template', podTemplate),
      3: one('updateStrategy', updateStrategy(surge)),
      4: integer('minReadySeconds'),
    }),
  ),
  3: one(
    'status',
    message({
      1: integer('currentNumberScheduled'),
      2: integer('numberMisscheduled'),
      3: integer('desiredNumberScheduled'),
      4: integer('numberReady'),
      5: integer('observedGeneration'),
      6: integer('updatedNumberScheduled'),
      7: integer('numberAvailable'),
      8: integer('numberUnavailable'),
      10: list('conditions', condition(4, 3)),
    }),
  ),
});

export const service = message({
  1: one('metadata', plainMeta),
  2: one(
    'spec',
    message({
      1: list('ports', message({ 1: text('name'), 3: integer('port'), 4: intOrString('targetPort') })),
      2: textMap('selector'),
      3: text('clusterIP'),
      4: text('type'),
      13: flag('publishNotReadyAddresses'),
    }),
  ),
});

export const event = message({
  1: one('metadata', plainMeta),
  2: one(
    'involvedObject',
    message({ 1: text('kind'), 2: text('namespace'), 3: text('name'), 4: text('uid'), 7: text('fieldPath') }),
  ),
  3: text('reason'),
  4: text('message'),
  5: one('source', message({ 1: text('component') })),
  6: instant('firstTimestamp'),
  7: instant('lastTimestamp'),
  8: integer('count'),
  9: text('type'),
  10: instant('eventTime'),
  11: one('series', message({ 1: integer('count'), 2: instant('lastObservedTime') })),
  14: text('reportingComponent'),
});

export const pod = message({
  1: one('metadata', plainMeta),
  2: one('spec', podSpec(message({ 1: text('name'), 3: one('valueFrom', envSource) }))),
  3: one('status', podStatus),
});

export const namespace = message({
  1: one('metadata', plainMeta),
  3: one('status', message({ 1: text('phase'), 2: list('conditions', condition(5, 4)) })),
});

/** PartialObjectMetadata: what is left of any kind when only its metadata is asked for. */
export const metadataOnly = message({ 1: one('metadata', objectMeta) });

// ── around them ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Of the answer that is no object: https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto (Status) */
export const status = message({
  3: ownText('message'),
  4: text('reason'),
  5: one(
    'details',
    message({
      4: list('causes', message({ 1: text('reason'), 2: ownText('message'), 3: text('field') })),
      5: integer('retryAfterSeconds'),
    }),
  ),
  6: integer('code'),
});

export const listMeta = message({
  2: ownText('resourceVersion'),
  3: ownText('continue'),
  4: integer('remainingItemCount'),
});

/** A bookmark's object carries nothing else. */
export const bookmark = message({
  1: one('metadata', message({ 6: ownText('resourceVersion'), 12: textMap('annotations') })),
});

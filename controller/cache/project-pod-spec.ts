import type {
  ContainerFacts,
  ContainerPortFacts,
  PodSpecFacts,
  ProbeFacts,
  ReferenceFacts,
  TolerationFacts,
  VolumeFacts,
} from '../../health/kubernetes.ts';
import {
  amountsAt,
  copyOf,
  countAt,
  countOrNull,
  type Fields,
  fieldsAt,
  fieldsOrNull,
  flagAt,
  integerOrNull,
  listAt,
  numberOrTextAt,
  textAt,
  textMapAt,
  textsAt,
} from './fields.ts';

/** Words kept of `command` and `args`: they name the program, nobody reads them in full. */
const limitCommandWords = 16;
const limitWordLength = 256;

/**
 * The spec of a pod or of a template, without what differs between siblings: the pod's own name in claims becomes
 * `{pod}`, the generated volume of the service account loses its random end.
 * @param podName null for a template.
 */
export function projectPodSpec(spec: Fields, podName: string | null): PodSpecFacts {
  const affinity = fieldsAt(spec, 'affinity');
  const podAntiAffinity = fieldsAt(affinity, 'podAntiAffinity');
  const initContainers = listAt(spec, 'initContainers');
  return {
    containers: [
      ...listAt(spec, 'containers').map((container) => projectContainer(container, 'app')),
      ...initContainers.filter(isSidecar).map((container) => projectContainer(container, 'sidecar')),
      ...initContainers
        .filter((container) => !isSidecar(container))
        .map((container) => projectContainer(container, 'init')),
    ],
    volumes: listAt(spec, 'volumes').map((volume) => projectVolume(volume, podName)),
    restartPolicy: textAt(spec, 'restartPolicy') ?? 'Always',
    serviceAccountName: textAt(spec, 'serviceAccountName'),
    schedulerName: textAt(spec, 'schedulerName') ?? 'default-scheduler',
    priorityClassName: textAt(spec, 'priorityClassName'),
    runtimeClassName: textAt(spec, 'runtimeClassName'),
    nodeSelector: textMapAt(spec, 'nodeSelector'),
    hasNodeAffinity: hasOwnNodeAffinity(fieldsAt(affinity, 'nodeAffinity')),
    hasPodAffinity:
      fieldsOrNull(affinity, 'podAffinity') !== null || fieldsOrNull(affinity, 'podAntiAffinity') !== null,
    hasRequiredPodAntiAffinity: listAt(podAntiAffinity, 'requiredDuringSchedulingIgnoredDuringExecution').length > 0,
    hasTopologySpread: listAt(spec, 'topologySpreadConstraints').length > 0,
    hostNetwork: flagAt(spec, 'hostNetwork'),
    tolerations: listAt(spec, 'tolerations').map(projectToleration),
    imagePullSecrets: namesOf(listAt(spec, 'imagePullSecrets'), 'name'),
    readinessGates: namesOf(listAt(spec, 'readinessGates'), 'conditionType'),
    schedulingGates: namesOf(listAt(spec, 'schedulingGates'), 'name'),
    // The API server writes its default of 30 s; absent only in hand-made dumps.
    terminationGracePeriodSeconds: countAt(spec, 'terminationGracePeriodSeconds', 30),
  };
}

/**
 * The node that the DaemonSet controller pins a pod to, by `matchFields` on metadata.name; null for all others.
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/controller/daemon/util/daemonset_util.go
 */
export function targetNodeOf(spec: Fields): string | null {
  for (const term of nodeSelectorTerms(fieldsAt(fieldsAt(spec, 'affinity'), 'nodeAffinity'))) {
    for (const field of listAt(term, 'matchFields')) {
      if (field['key'] !== 'metadata.name' || field['operator'] !== 'In') continue;
      const [node] = textsAt(field, 'values');
      if (node !== undefined) return node;
    }
  }
  return null;
}

/** Pinning by the DaemonSet controller is not an affinity that somebody wrote. */
function hasOwnNodeAffinity(nodeAffinity: Fields): boolean {
  const preferred = listAt(nodeAffinity, 'preferredDuringSchedulingIgnoredDuringExecution');
  return (
    preferred.length > 0 || nodeSelectorTerms(nodeAffinity).some((term) => listAt(term, 'matchExpressions').length > 0)
  );
}

function nodeSelectorTerms(nodeAffinity: Fields): readonly Fields[] {
  return listAt(fieldsAt(nodeAffinity, 'requiredDuringSchedulingIgnoredDuringExecution'), 'nodeSelectorTerms');
}

function isSidecar(container: Fields): boolean {
  return container['restartPolicy'] === 'Always';
}

function namesOf(items: readonly Fields[], key: string): readonly string[] {
  return items.map((item) => textAt(item, key)).filter((name) => name !== null);
}

function projectContainer(container: Fields, type: ContainerFacts['type']): ContainerFacts {
  const resources = fieldsAt(container, 'resources');
  const env = listAt(container, 'env');
  return {
    name: textAt(container, 'name') ?? '',
    type,
    image: textAt(container, 'image') ?? '',
    imagePullPolicy: textAt(container, 'imagePullPolicy'),
    command: [...textsAt(container, 'command'), ...textsAt(container, 'args')]
      .slice(0, limitCommandWords)
      .map((word) => (word.length <= limitWordLength ? word : copyOf(word.slice(0, limitWordLength)))),
    envNames: namesOf(env, 'name'),
    references: [...env.flatMap(referenceOfEnv), ...listAt(container, 'envFrom').flatMap(referenceOfEnvFrom)],
    ports: listAt(container, 'ports').map(projectPort),
    requests: amountsAt(resources, 'requests'),
    limits: amountsAt(resources, 'limits'),
    readinessProbe: projectProbe(fieldsOrNull(container, 'readinessProbe')),
    livenessProbe: projectProbe(fieldsOrNull(container, 'livenessProbe')),
    startupProbe: projectProbe(fieldsOrNull(container, 'startupProbe')),
  };
}

function referenceOfEnv(env: Fields): ReferenceFacts[] {
  const source = fieldsAt(env, 'valueFrom');
  return [
    ...reference('ConfigMap', fieldsAt(source, 'configMapKeyRef')),
    ...reference('Secret', fieldsAt(source, 'secretKeyRef')),
  ];
}

function referenceOfEnvFrom(source: Fields): ReferenceFacts[] {
  return [
    ...reference('ConfigMap', fieldsAt(source, 'configMapRef')),
    ...reference('Secret', fieldsAt(source, 'secretRef')),
  ];
}

function reference(kind: ReferenceFacts['kind'], fields: Fields): ReferenceFacts[] {
  const name = textAt(fields, 'name');
  return name === null ? [] : [{ kind, name, key: textAt(fields, 'key'), optional: flagAt(fields, 'optional') }];
}

function projectPort(port: Fields): ContainerPortFacts {
  return {
    name: textAt(port, 'name'),
    containerPort: countAt(port, 'containerPort'),
    hostPort: countOrNull(port, 'hostPort') || null,
  };
}

/** Defaults as in the API: https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/ */
function projectProbe(probe: Fields | null): ProbeFacts | null {
  if (probe === null) return null;
  return {
    ...projectProbeHandler(probe),
    initialDelaySeconds: countAt(probe, 'initialDelaySeconds'),
    periodSeconds: countAt(probe, 'periodSeconds', 10) || 10,
    timeoutSeconds: countAt(probe, 'timeoutSeconds', 1) || 1,
    failureThreshold: countAt(probe, 'failureThreshold', 3) || 3,
    successThreshold: countAt(probe, 'successThreshold', 1) || 1,
  };
}

function projectProbeHandler(probe: Fields): Pick<ProbeFacts, 'handler' | 'port' | 'path' | 'scheme' | 'command'> {
  const absent = { port: null, path: null, scheme: null, command: null };
  const http = fieldsOrNull(probe, 'httpGet');
  if (http !== null) {
    return {
      handler: 'http',
      port: numberOrTextAt(http, 'port'),
      path: textAt(http, 'path'),
      scheme: textAt(http, 'scheme'),
      command: null,
    };
  }
  const tcp = fieldsOrNull(probe, 'tcpSocket');
  if (tcp !== null) return { ...absent, handler: 'tcp', port: numberOrTextAt(tcp, 'port') };
  const grpc = fieldsOrNull(probe, 'grpc');
  if (grpc !== null) return { ...absent, handler: 'grpc', port: numberOrTextAt(grpc, 'port') };
  const exec = fieldsOrNull(probe, 'exec');
  if (exec !== null) return { ...absent, handler: 'exec', command: textsAt(exec, 'command')[0] ?? null };
  return { ...absent, handler: 'unknown' };
}

/** Keys of a volume beside `name` name its source; the first one is it. */
function projectVolume(volume: Fields, podName: string | null): VolumeFacts {
  const name = textAt(volume, 'name') ?? '';
  const type = Object.keys(volume).find((key) => key !== 'name' && isSource(volume, key)) ?? 'unknown';
  const source = fieldsAt(volume, type);
  return {
    // The service account's volume ends in five random letters, which would keep siblings from sharing a spec.
    name: type === 'projected' && name.startsWith('kube-api-access-') ? 'kube-api-access' : name,
    type,
    source: sourceName(type, name, source, podName),
  };
}

function isSource(volume: Fields, key: string): boolean {
  return fieldsOrNull(volume, key) !== null;
}

function sourceName(type: string, volume: string, source: Fields, podName: string | null): string | null {
  switch (type) {
    case 'configMap':
      return textAt(source, 'name');
    case 'secret':
      return textAt(source, 'secretName');
    case 'persistentVolumeClaim': {
      const claim = textAt(source, 'claimName');
      if (claim === null || podName === null || !claim.endsWith(`-${podName}`)) return claim;
      return copyOf(`${claim.slice(0, -podName.length)}{pod}`);
    }
    // A generic ephemeral volume has a claim that is named after the pod.
    case 'ephemeral':
      return `{pod}-${volume}`;
    default:
      return null;
  }
}

function projectToleration(toleration: Fields): TolerationFacts {
  return {
    key: textAt(toleration, 'key'),
    operator: textAt(toleration, 'operator') ?? 'Equal',
    value: textAt(toleration, 'value'),
    effect: textAt(toleration, 'effect'),
    tolerationSeconds: integerOrNull(toleration, 'tolerationSeconds'),
  };
}

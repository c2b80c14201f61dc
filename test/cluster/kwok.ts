import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, stringify } from 'yaml';

/**
 * What KWOK is told: how nodes and pods behave without a kubelet, which file answers for logs and what metrics say.
 *
 * Heartbeats, deletion and metrics are those of KWOK's module. The way of a node and of a pod to Ready is ours: a kubelet
 * writes more than KWOK's stages do (`started`, container ids, `PodReadyToStartContainers`) and the rules read that.
 */

export interface KwokConfiguration {
  /** Folder of the stages that the build kept beside the program. */
  readonly stagesDirectory: string;
  /** Pods with this label are scheduled and deleted, and keep the status that a test writes. */
  readonly writableStatusLabel: string;
  /** Answers for every container's log, in CRI format. */
  readonly logPath: string;
}

/** On a pod: how long after it was scheduled it turns ready, as a Go duration (`5s`); absent: at once. */
export const readyAfterAnnotation = 'maintenant.test/ready-after';

// KWOK's own node stage drops a node's addresses when it comes back (seen in 0.8.0), its pod stage writes too little.
const replaced = new Set(['pod-ready.yaml', 'node-initialize.yaml']);

export async function kwokConfiguration({
  stagesDirectory,
  writableStatusLabel,
  logPath,
}: KwokConfiguration): Promise<string> {
  const documents: string[] = [];
  for (const file of (await readdir(stagesDirectory)).sort()) {
    if (replaced.has(file)) continue;
    const document = parseDocument(await readFile(join(stagesDirectory, file), 'utf8'));
    // A finished Job's pod is the only other status that KWOK would write by itself.
    if (file === 'pod-complete.yaml')
      document.addIn(['spec', 'selector', 'matchExpressions'], unlabelled(writableStatusLabel));
    documents.push(String(document));
  }
  const logs = {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterLogs',
    metadata: { name: 'every-pod' },
    spec: { logs: [{ logsFile: logPath, previousLogsFile: logPath, follow: true }] },
  };
  return [
    ...documents,
    ...[nodeReady, podReady(writableStatusLabel), podBack(writableStatusLabel), logs].map((document) =>
      stringify(document),
    ),
  ].join('---\n');
}

function unlabelled(label: string): { readonly key: string; readonly operator: 'DoesNotExist' } {
  return { key: `.metadata.labels["${label}"]`, operator: 'DoesNotExist' };
}

const nodeReady = {
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name: 'node-ready' },
  spec: {
    resourceRef: { apiGroup: 'v1', kind: 'Node' },
    selector: {
      matchExpressions: [
        { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: 'NotIn', values: ['True'] },
      ],
    },
    next: {
      statusTemplate: `{{ $now := Now }}
phase: Running
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
addresses:
- type: InternalIP
  address: {{ NodeIP | Quote }}
- type: Hostname
  address: {{ NodeName | Quote }}
daemonEndpoints:
  kubeletEndpoint:
    Port: {{ NodePort }}
`,
    },
  },
};

function podReady(writableStatusLabel: string): unknown {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name: 'pod-ready' },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: {
        matchExpressions: [
          { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
          { key: '.status.phase', operator: 'In', values: ['Pending'] },
          unlabelled(writableStatusLabel),
        ],
      },
      delay: {
        durationMilliseconds: 0,
        durationFrom: { jq: { expression: `.metadata.annotations["${readyAfterAnnotation}"]` } },
      },
      next: { statusTemplate: readyStatus },
    },
  };
}

/** A node that came back: its kubelet says again what the node controller took away, Ready alone. */
function podBack(writableStatusLabel: string): unknown {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name: 'pod-back' },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: {
        matchExpressions: [
          { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
          { key: '.status.phase', operator: 'In', values: ['Running'] },
          conditionIs('Ready', 'False'),
          conditionIs('ContainersReady', 'True'),
          unlabelled(writableStatusLabel),
        ],
      },
      // The node's own condition comes first.
      delay: { durationMilliseconds: 1000 },
      next: { statusTemplate: backStatus },
    },
  };
}

function conditionIs(type: string, status: string): unknown {
  return { key: `.status.conditions.[] | select( .type == "${type}" ) | .status`, operator: 'In', values: [status] };
}

const backStatus = `conditions:
- type: Ready
  status: "True"
  lastTransitionTime: {{ Now | Quote }}
`;

const readyStatus = `{{ $now := Now }}
{{ $uid := .metadata.uid }}
{{ $generation := or .metadata.generation 1 }}
phase: Running
startTime: {{ $now | Quote }}
observedGeneration: {{ $generation }}
conditions:
{{ range $type := (list "PodReadyToStartContainers" "Initialized" "Ready" "ContainersReady") }}
- type: {{ $type }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
  observedGeneration: {{ $generation }}
{{ end }}
{{ range .spec.readinessGates }}
- type: {{ .conditionType | Quote }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ printf "%s@sha256:%s" .image (sha256sum .image) | Quote }}
  containerID: {{ printf "containerd://%s" (sha256sum (printf "%s/%s" $uid .name)) | Quote }}
  ready: true
  restartCount: 0
  {{ if eq .restartPolicy "Always" }}
  started: true
  state:
    running:
      startedAt: {{ $now | Quote }}
  {{ else }}
  started: false
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ $now | Quote }}
      finishedAt: {{ $now | Quote }}
      containerID: {{ printf "containerd://%s" (sha256sum (printf "%s/%s" $uid .name)) | Quote }}
  {{ end }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ printf "%s@sha256:%s" .image (sha256sum .image) | Quote }}
  containerID: {{ printf "containerd://%s" (sha256sum (printf "%s/%s" $uid .name)) | Quote }}
  ready: true
  started: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
{{ with PodIPsWith .spec.nodeName (or .spec.hostNetwork false) (or .metadata.uid "") (or .metadata.name "") (or .metadata.namespace "") }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
`;

import { documentation, entriesOf, kubernetes, runbook } from './entry.ts';

/**
 * U: something is wrong and the text that would say why is new to us, expired or not permitted. These rows say what
 * was looked at, so that a verdict is never without a word.
 */
export const unknownCauses = entriesOf('unknown', {
  CauseUnknown: {
    catalogueId: 'U1',
    title: 'Cause unknown',
    meaning: 'Replicas are missing and nothing in the objects and events says why.',
    signal: 'No rule matched; the message lists what was looked at.',
    remedy: 'Look at the pods and their logs; if events are not permitted, allow them: they carry most causes.',
    severity: 'warning',
    graceSeconds: 120,
    source: documentation('tasks/debug/debug-application/debug-pods/'),
    runbook: runbook('KubePodNotReady'),
  },
  PodCreationFailed: {
    catalogueId: 'U2',
    title: 'Pods cannot be created',
    meaning: 'The API server refuses the pods with a text that matches no known refusal.',
    signal: 'A FailedCreate event or the condition ReplicaFailure with an unknown text.',
    remedy: 'Read the quoted text: it is what the API server answered to the controller.',
    severity: 'critical',
    graceSeconds: 0,
    source: kubernetes('pkg/controller/controller_utils.go'),
    runbook: runbook('KubeDeploymentReplicasMismatch'),
  },
  Unschedulable: {
    catalogueId: 'U3',
    title: 'Pod cannot be scheduled',
    meaning: 'The scheduler found no node and gives a reason that matches no known one.',
    signal: 'Condition PodScheduled is False with an unknown text, as other schedulers and plugins write it.',
    remedy: 'Read the quoted text of the scheduler.',
    severity: 'warning',
    graceSeconds: 15,
    source: kubernetes('pkg/scheduler/framework/types.go'),
    runbook: runbook('KubePodNotReady'),
  },
  PodFailed: {
    catalogueId: 'U4',
    title: 'Pod failed',
    meaning: 'The pod ended as Failed with a reason that matches no known one.',
    signal: 'The phase of the pod is Failed.',
    remedy: 'Read the quoted reason and the logs of its containers.',
    severity: 'warning',
    graceSeconds: 0,
    source: documentation('concepts/workloads/pods/pod-lifecycle/#pod-phase'),
    runbook: runbook('KubePodNotReady'),
  },
  ContainerWaiting: {
    catalogueId: 'U5',
    title: 'Container is waiting',
    meaning: 'A container waits for a reason that matches no known one.',
    signal: 'state.waiting has an unknown reason.',
    remedy: 'Read the quoted reason and the events of the pod.',
    severity: 'warning',
    graceSeconds: 120,
    source: documentation('concepts/workloads/pods/pod-lifecycle/#container-states'),
    runbook: runbook('KubeContainerWaiting'),
  },
  Starting: {
    catalogueId: 'U6',
    title: 'Pods are starting',
    meaning: 'Pods are on their way and nothing has gone wrong so far.',
    signal: 'Pods are missing or not ready yet, no rule finds a cause, and the startup grace has not passed.',
    remedy: 'Nothing to do: they either become ready, or the cause shows.',
    severity: 'info',
    graceSeconds: 120,
    source: documentation('concepts/workloads/pods/pod-lifecycle/'),
  },
});

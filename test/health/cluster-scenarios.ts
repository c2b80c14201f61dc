import { crashLoopBackOff, imagePullBackOff } from '../cluster/kubelet-status.ts';
import { reported } from './assessed.ts';
import { agoMs, condition, deployment, event, namespaceObject, pod, replicaSet, service } from './objects.ts';
import type { Scenario } from './scenario.ts';

/** Scenarios 76 to 82 of the health study, §9: what surrounds a workload. 83 is about several: `scenarios.test.ts`. */

const healthy = [deployment(), replicaSet('web-1'), pod('web-1-a'), pod('web-1-b'), pod('web-1-c')];

const broken = [
  deployment({ status: { readyReplicas: 0, availableReplicas: 0 }, available: { status: 'False', sinceAgo: 100 } }),
  replicaSet('web-1'),
  ...['a', 'b', 'c'].flatMap((letter) =>
    reported(pod(`web-1-${letter}`), (one) => crashLoopBackOff(one, { at: agoMs(100), restarts: 4 })),
  ),
];

export const clusterScenarios: readonly Scenario[] = [
  {
    number: 76,
    title: 'the namespace is being deleted',
    given: [...broken, namespaceObject('shop', 'Terminating')],
    expected: {
      state: 'Terminating',
      level: 'none',
      phase: 'terminating',
      cause: null,
      note: 'NamespaceTerminating',
      message: /^Namespace shop is being deleted$/,
      severity: 'info',
    },
  },
  {
    number: 76,
    title: 'the namespace is being deleted, as only the API server says to the controller',
    given: [
      deployment({ replicas: 1, status: { replicas: 0, readyReplicas: 0, availableReplicas: 0 } }),
      replicaSet('web-1'),
      event(
        'web-1',
        'FailedCreate',
        'Error creating: pods "web-1-x" is forbidden: unable to create new content in namespace shop because it is being terminated',
      ),
    ],
    expected: {
      state: 'Terminating',
      level: 'none',
      phase: 'terminating',
      cause: null,
      note: 'NamespaceEnding',
      message: /^Namespace shop is being deleted and accepts no new pods$/,
      severity: 'info',
    },
  },
  {
    number: 76,
    title: 'the namespace hangs on a finalizer',
    given: [
      ...broken,
      namespaceObject('shop', 'Terminating', [
        condition(
          'NamespaceFinalizersRemaining',
          'True',
          900,
          'SomeFinalizersRemain',
          'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
        ),
      ]),
    ],
    expected: {
      state: 'Terminating',
      level: 'none',
      phase: 'terminating',
      cause: 'NamespaceTerminating',
      message: /example\.com\/hold/,
      severity: 'warning',
    },
  },
  {
    number: 77,
    title: 'a Service in front of a Down and a healthy Deployment',
    given: [...broken, service('web')],
    overrides: { othersReady: [{ app: 'web', track: 'canary' }] },
    expected: {
      state: 'Down',
      level: 'none',
      phase: 'settled',
      cause: 'CrashLoop',
      never: ['ServiceWithoutReadyPods'],
    },
  },
  {
    number: 77,
    title: 'a Service in front of nothing that is ready',
    given: [...broken, service('web')],
    overrides: { othersReady: [] },
    expected: { state: 'Down', level: 'none', phase: 'settled', cause: 'CrashLoop', also: ['ServiceWithoutReadyPods'] },
  },
  {
    number: 78,
    title: 'a Service that publishes pods that are not ready',
    given: [...broken, service('web', { publishNotReadyAddresses: true })],
    overrides: { othersReady: [] },
    expected: {
      state: 'Down',
      level: 'none',
      phase: 'settled',
      cause: 'CrashLoop',
      never: ['ServiceWithoutReadyPods'],
    },
  },
  {
    number: 79,
    title: 'Services that select nothing by themselves',
    given: [
      ...broken,
      service('outside', { type: 'ExternalName', selector: {} }),
      service('web-hand-made', { selector: {} }),
    ],
    expected: {
      state: 'Down',
      level: 'none',
      phase: 'settled',
      cause: 'CrashLoop',
      never: ['ServiceWithoutReadyPods', 'ServiceSelectsNothing'],
    },
  },
  {
    number: 80,
    title: 'the caches are not complete',
    given: [deployment(), replicaSet('web-1')],
    overrides: { synced: false },
    expected: {
      state: 'Unknown',
      level: 'none',
      phase: 'unobserved',
      cause: 'CauseUnknown',
      message: /have not delivered a complete list/,
    },
  },
  {
    number: 80,
    title: 'an empty list of pods against a status that counts them',
    given: [deployment(), replicaSet('web-1')],
    expected: {
      state: 'Unknown',
      level: 'none',
      phase: 'unobserved',
      cause: 'CauseUnknown',
      message: /none of its pods can be seen/,
    },
  },
  {
    number: 81,
    title: 'no metrics',
    given: healthy,
    overrides: { usage: [] },
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'settled',
      cause: null,
      never: ['MemoryNearLimit', 'CpuAtLimit'],
    },
  },
  {
    number: 82,
    title: 'the API server is ahead of our clock',
    given: [
      deployment({
        generation: 1,
        createdAgo: -30,
        progressing: { reason: 'ReplicaSetUpdated', updatedAgo: -30 },
        available: { status: 'False', sinceAgo: -30 },
        status: { replicas: 3, updatedReplicas: 3, readyReplicas: 0, availableReplicas: 0 },
      }),
      replicaSet('web-1', { createdAgo: -30 }),
      ...['a', 'b', 'c'].flatMap((letter) =>
        reported(pod(`web-1-${letter}`, { createdAgo: -30, readyAgo: null }), (one) =>
          imagePullBackOff(one, { at: agoMs(-35), error: 'dial tcp: lookup registry.shop: no such host' }),
        ),
      ),
    ],
    expected: {
      state: 'Progressing',
      level: 'none',
      phase: 'advancing',
      cause: 'RegistryNotResolved',
      message: /registry\.shop|resolved/,
    },
  },
];

import { nodeLost, type Pod } from '../cluster/kubelet-status.ts';
import { reported } from './assessed.ts';
import { agoMs, daemonSet, event, pod, type PodOptions, unscheduled } from './objects.ts';
import type { Scenario } from './scenario.ts';

/** Scenarios 67 to 75 of the health study, §9: DaemonSets. */

function daemon(node: number, options: PodOptions = {}): Pod {
  const name = `node-${node}`;
  return pod(`agent-${node}`, { of: 'agent', ownerKind: 'DaemonSet', node: name, pinnedTo: name, ...options });
}

export const daemonSetScenarios: readonly Scenario[] = [
  {
    number: 67,
    title: 'no node wanted',
    given: [daemonSet({ desired: 0, template: { spec: { nodeSelector: { disk: 'ssd' } } } })],
    expected: {
      state: 'Idle',
      level: 'notApplicable',
      phase: 'settled',
      cause: null,
      note: 'NoNodeMatches',
      message: /^No node matches nodeSelector disk=ssd$/,
    },
  },
  {
    number: 68,
    title: 'one pod does not fit its node',
    given: [
      daemonSet({ status: { numberReady: 2, numberAvailable: 2 } }),
      daemon(1),
      daemon(2),
      unscheduled(
        'agent-3',
        "0/3 nodes are available: 1 Insufficient memory, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.",
        200,
        { of: 'agent', ownerKind: 'DaemonSet', pinnedTo: 'node-3', hash: 'agent-1' },
      ),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'settled',
      cause: 'UnschedulableDaemonPod',
      message: /node-3.*memory/,
      check: ({ snapshot }) => {
        const { message = '' } = snapshot.verdict.cause ?? {};
        if (message.includes('NodeAffinity')) throw new Error(message);
        const [first] = snapshot.nodes;
        if (first?.node !== 'node-3' || first.pod !== 'agent-3' || first.state !== 'Pending')
          throw new Error(JSON.stringify(first));
        if (snapshot.nodesNotNamed !== 0) throw new Error(String(snapshot.nodesNotNamed));
      },
    },
  },
  {
    number: 69,
    title: 'a pod is refused on one node',
    given: [
      daemonSet({
        status: { currentNumberScheduled: 2, updatedNumberScheduled: 2, numberReady: 2, numberAvailable: 2 },
      }),
      daemon(1),
      daemon(2),
      event(
        'agent',
        'FailedCreate',
        'Error creating: pods "agent-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=2, limited: pods=2',
        { kind: 'DaemonSet', component: 'daemonset-controller', firstAgo: 100, lastAgo: 20 },
      ),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'settled',
      cause: 'QuotaExceeded',
      message: /compute/,
      also: ['DaemonPodsMissing'],
      check: ({ snapshot }) => {
        if (snapshot.nodesNotNamed !== 1) throw new Error(String(snapshot.nodesNotNamed));
      },
    },
  },
  {
    number: 69,
    title: 'a pod is replaced by the update, no refusal',
    given: [
      daemonSet({
        generation: 2,
        status: { currentNumberScheduled: 2, updatedNumberScheduled: 1, numberReady: 2, numberAvailable: 2 },
      }),
      daemon(1, { hash: 'agent-2', createdAgo: 30 }),
      daemon(2),
    ],
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'advancing',
      cause: 'RollingUpdateRunning',
      message: /^Rolling update: 1 of 3 nodes updated$/,
    },
  },
  {
    number: 70,
    title: 'one node lost',
    given: [
      daemonSet({ status: { numberReady: 2, numberAvailable: 2 } }),
      daemon(1),
      daemon(2),
      ...reported(daemon(3), (one) => nodeLost(one, { at: agoMs(15) })),
    ],
    expected: {
      state: 'Degraded',
      level: 'reduced',
      phase: 'settled',
      cause: 'NodeLost',
      message: /^Node node-3 stopped reporting/,
      severity: 'warning',
    },
  },
  {
    number: 71,
    title: 'maxUnavailable 10% of four nodes rounds up',
    given: [
      daemonSet({
        desired: 4,
        generation: 2,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '10%' } },
        status: { updatedNumberScheduled: 1, numberReady: 3, numberAvailable: 3 },
      }),
      daemon(1),
      daemon(2),
      daemon(3),
      daemon(4, { hash: 'agent-2', createdAgo: 20, readyAgo: null }),
    ],
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'advancing',
      cause: 'RollingUpdateRunning',
      message: /^Rolling update: 1 of 4 nodes updated$/,
    },
  },
  {
    number: 72,
    title: 'OnDelete with outdated pods',
    given: [
      daemonSet({ generation: 2, updateStrategy: { type: 'OnDelete' }, status: { updatedNumberScheduled: 0 } }),
      daemon(1, { hash: 'agent-2', createdAgo: 600 }),
      daemon(2),
      daemon(3),
    ],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'held',
      cause: null,
      note: 'HeldByOnDelete',
      message: /^2 pods run the old revision until deleted/,
    },
  },
  {
    number: 73,
    title: 'a node was added 40 s ago',
    given: [
      daemonSet({ desired: 4, status: { numberReady: 3, numberAvailable: 3 } }),
      daemon(1),
      daemon(2),
      daemon(3),
      daemon(4, { createdAgo: 40, readyAgo: null }),
    ],
    remembered: { uid: 'uid-agent', state: 'Healthy', stateSinceAt: agoMs(5000), wasAvailable: true, wasFull: true },
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'settled',
      cause: 'Starting',
      message: /^1 of 4 replicas is starting$/,
    },
  },
  {
    number: 74,
    title: 'a taint was added after a pod was placed',
    given: [daemonSet({ desired: 2, status: { numberMisscheduled: 1 } }), daemon(1), daemon(2), daemon(3)],
    expected: {
      state: 'Healthy',
      level: 'full',
      phase: 'settled',
      cause: null,
      note: 'DaemonPodsMisscheduled',
      message: /^1 pod runs on a node where it should not be$/,
    },
  },
  {
    number: 75,
    title: 'surge: the new pod of a node is not ready yet',
    given: [
      daemonSet({
        generation: 2,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        status: { updatedNumberScheduled: 0 },
      }),
      daemon(1),
      daemon(2),
      daemon(3),
      pod('agent-3-new', {
        of: 'agent',
        ownerKind: 'DaemonSet',
        node: 'node-3',
        hash: 'agent-2',
        createdAgo: 20,
        readyAgo: null,
      }),
    ],
    expected: {
      state: 'Progressing',
      level: 'full',
      phase: 'advancing',
      cause: 'RollingUpdateRunning',
      message: /^Rolling update: 0 of 3 nodes updated$/,
    },
  },
];

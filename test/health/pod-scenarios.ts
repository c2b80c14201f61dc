import {
  configError,
  crashLoopBackOff,
  gateNotReady,
  livenessKilled,
  nodeLost,
  type Pod,
  running,
  sidecarCrash,
  startError,
} from '../cluster/kubelet-status.ts';
import { reported } from './assessed.ts';
import {
  ago,
  agoMs,
  condition,
  container,
  deployment,
  event,
  pod,
  type PodOptions,
  type Raw,
  replicaSet,
  statefulSet,
} from './objects.ts';
import type { Scenario } from './scenario.ts';

/** Scenarios 37 to 52 of the health study, §9: pods, as the third replica of a finished Deployment. */

const lost = { status: { readyReplicas: 2, availableReplicas: 2 } } as const;

function withThird(third: readonly Raw[], options: Parameters<typeof deployment>[0] = lost): Raw[] {
  return [deployment(options), replicaSet('web-1'), pod('web-1-a'), pod('web-1-b'), ...third];
}

function third(options: PodOptions = {}): Pod {
  return pod('web-1-c', options);
}

const sidecar = container({ name: 'proxy', image: 'shop/proxy:1', restartPolicy: 'Always' });

const lostOne = { state: 'Degraded', level: 'reduced', phase: 'settled' } as const;
const allWell = { state: 'Healthy', level: 'full', phase: 'settled', cause: null } as const;

export const podScenarios: readonly Scenario[] = [
  {
    number: 37,
    title: 'a native sidecar crashes while the main container runs',
    given: withThird(
      reported(third({ template: { initContainers: [sidecar] } }), (one) =>
        sidecarCrash(one, { at: agoMs(100), restarts: 4 }),
      ),
    ),
    expected: { ...lostOne, cause: 'SidecarCrashing', message: /[Ss]idecar proxy/ },
  },
  {
    number: 38,
    title: 'a started sidecar is no unfinished init container',
    given: withThird(
      reported(third({ template: { initContainers: [sidecar] } }), (one) => running(one, { at: agoMs(3600) })),
      {},
    ),
    expected: {
      ...allWell,
      check: ({ pods }) => {
        const words = pods.map((one) => one.status);
        if (words.some((word) => word !== 'Running')) throw new Error(`STATUS ${words.join(', ')}`);
      },
    },
  },
  {
    number: 39,
    title: 'an ephemeral debug container was killed',
    given: withThird(
      [
        third({
          status: {
            ephemeralContainerStatuses: [
              {
                name: 'debug',
                restartCount: 0,
                ready: false,
                state: { terminated: { exitCode: 137, reason: 'Error' } },
              },
            ],
          },
        }),
      ],
      {},
    ),
    expected: allWell,
  },
  {
    number: 40,
    title: 'a readiness gate is not met, every container is ready',
    given: withThird(
      reported(third({ template: { spec: { readinessGates: [{ conditionType: 'x/lb-ready' }] } } }), (one) =>
        gateNotReady(one, { at: agoMs(300), gate: 'x/lb-ready' }),
      ),
    ),
    expected: { ...lostOne, cause: 'ReadinessGateWaiting', message: /x\/lb-ready/ },
  },
  {
    number: 41,
    title: 'Ready was taken back while the containers are ready: the node is lost',
    given: withThird(reported(third({ node: 'node-3' }), (one) => nodeLost(one, { at: agoMs(20) }))),
    expected: { ...lostOne, cause: 'NodeLost', message: /^Node node-3 stopped reporting/, severity: 'warning' },
  },
  {
    number: 42,
    title: 'exit 137 after the liveness probe killed it',
    given: withThird(reported(third(), (one) => livenessKilled(one, { at: agoMs(40), restarts: 4 }))),
    expected: { ...lostOne, cause: 'LivenessProbeKills', message: /liveness probe/, never: ['OutOfMemory'] },
  },
  {
    number: 43,
    title: 'reason OOMKilled with exit 143: an earlier child was killed',
    given: withThird(
      reported(third(), (one) =>
        crashLoopBackOff(one, { at: agoMs(60), restarts: 4, exitCode: 143, reason: 'OOMKilled' }),
      ),
    ),
    expected: { ...lostOne, cause: 'OutOfMemoryEarlier', message: /143/, never: ['OutOfMemory'] },
  },
  {
    number: 44,
    title: 'the program ends normally again and again',
    given: withThird(reported(third(), (one) => crashLoopBackOff(one, { at: agoMs(60), restarts: 5, exitCode: 0 }))),
    expected: { ...lostOne, cause: 'ProgramExits', message: /exit (code )?0/ },
  },
  {
    number: 45,
    title: 'the program was never started',
    given: withThird(reported(third(), (one) => startError(one, { at: agoMs(60), restarts: 4 }))),
    expected: { ...lostOne, cause: 'ProgramNotFound', message: /serve/ },
  },
  {
    number: 46,
    title: 'an old kubelet forgot the reason in the back-off',
    given: withThird([
      third({
        createdAgo: 400,
        readyAgo: null,
        status: {
          phase: 'Pending',
          startTime: ago(400),
          conditions: [condition('PodScheduled', 'True', 400), condition('Ready', 'False', 400)],
          containerStatuses: [
            {
              name: 'app',
              image: 'shop/web:1',
              imageID: '',
              ready: false,
              restartCount: 0,
              state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "shop/web:1"' } },
              lastState: {},
            },
          ],
        },
      }),
    ]),
    remembered: {
      uid: 'uid-web',
      state: 'Degraded',
      stateSinceAt: agoMs(300),
      pullFailures: { 'uid-web-1-c/app': 'rpc error: code = NotFound desc = docker.io/shop/web:1: not found' },
    },
    expected: { ...lostOne, cause: 'ImagePullNotFound', message: /shop\/web:1 does not exist/ },
  },
  {
    number: 47,
    title: 'one failed pull while the registry was away for a moment',
    given: withThird([
      third({
        createdAgo: 20,
        readyAgo: null,
        status: {
          phase: 'Pending',
          startTime: ago(20),
          conditions: [condition('PodScheduled', 'True', 20), condition('Ready', 'False', 20)],
          containerStatuses: [
            {
              name: 'app',
              image: 'shop/web:1',
              imageID: '',
              ready: false,
              restartCount: 0,
              state: {
                waiting: {
                  reason: 'ErrImagePull',
                  message:
                    'failed to do request: Head "https://registry.shop/v2/web/manifests/1": dial tcp 10.0.0.9:443: i/o timeout',
                },
              },
              lastState: {},
            },
          ],
        },
      }),
    ]),
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'settled',
      cause: 'RegistryUnreachable',
      message: /registry\.shop|does not answer/,
    },
  },
  {
    number: 48,
    title: 'the kubelet has not read the Secret yet',
    given: withThird(
      reported(third({ createdAgo: 15, readyAgo: null }), (one) =>
        configError(one, {
          at: agoMs(10),
          message: 'failed to sync secret cache: timed out waiting for the condition',
        }),
      ),
    ),
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'settled',
      cause: 'ConfigCacheNotSynced',
      message: /not read|sync/,
      never: ['MissingSecret'],
    },
  },
  {
    number: 49,
    title: 'no scheduler has looked at the pod for two minutes',
    given: withThird([
      third({ createdAgo: 125, node: null, readyAgo: null, status: { phase: 'Pending', conditions: [] } }),
    ]),
    expected: { ...lostOne, cause: 'SchedulerAbsent', message: /default-scheduler/, never: ['UnschedulableResources'] },
  },
  {
    number: 50,
    title: 'held by a scheduling gate for three minutes',
    given: withThird([
      third({
        createdAgo: 180,
        node: null,
        readyAgo: null,
        template: { spec: { schedulingGates: [{ name: 'example.com/quota' }] } },
        status: {
          phase: 'Pending',
          conditions: [
            condition(
              'PodScheduled',
              'False',
              180,
              'SchedulingGated',
              'Scheduling is blocked due to non-empty scheduling gates',
            ),
          ],
        },
      }),
    ]),
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'settled',
      cause: 'SchedulingGated',
      message: /example\.com\/quota/,
      severity: 'info',
    },
  },
  {
    number: 51,
    title: 'ready and deleted: no endpoint, no failure',
    given: withThird([third({ deletedAgo: -20 }), pod('web-1-d', { createdAgo: 9, readyAgo: null })]),
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'settled',
      cause: 'Starting',
      message: /^1 of 3 replicas is starting$/,
    },
  },
  {
    number: 52,
    title: 'events of the former pod of the same name',
    given: [
      statefulSet({ status: { readyReplicas: 2, availableReplicas: 2 } }),
      pod('db-0', { of: 'db', ownerKind: 'StatefulSet' }),
      pod('db-1', { of: 'db', ownerKind: 'StatefulSet' }),
      pod('db-2', { of: 'db', ownerKind: 'StatefulSet', createdAgo: 10, readyAgo: null }),
      event('db-2', 'Failed', 'Failed to pull image "shop/db:9": shop/db:9: not found', {
        kind: 'Pod',
        uid: 'uid-of-the-former',
        component: 'kubelet',
        lastAgo: 60,
      }),
    ],
    expected: {
      state: 'Progressing',
      level: 'reduced',
      phase: 'settled',
      cause: 'Starting',
      never: ['ImagePullNotFound'],
    },
  },
];

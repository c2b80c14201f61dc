import type { Cause, Workload } from '../../api/contract.ts';
import { workloadKey } from '../../health/workload.ts';

/** Workloads made up for the gallery and for tests: complete, with one part said and the rest ordinary. */

export const sampleCause: Cause = {
  code: 'ImagePullNotFound',
  title: 'Image not found',
  message:
    'Image ghcr.io/acme/checkout:1.9.0 does not exist in its registry; the old version still serves all 3 replicas',
  severity: 'critical',
  since: '2026-11-21T11:30:00.000Z',
  pods: 1,
  evidence: [
    {
      object: { kind: 'Pod', name: 'checkout-7d9f8b6c5-x7f2k' },
      field: 'status.containerStatuses[app].state.waiting',
      text: 'Back-off pulling image "ghcr.io/acme/checkout:1.9.0": ErrImagePull: not found',
      at: '2026-11-21T11:31:00.000Z',
    },
  ],
  remedy: 'Correct the name or tag of the image, or push it to the registry.',
  commands: ['kubectl -n shop describe pod checkout-7d9f8b6c5-x7f2k'],
  runbook: 'https://runbooks.prometheus-operator.dev/runbooks/kubernetes/kubecontainerwaiting/',
};

export function sampleWorkload(part: Partial<Workload> = {}): Workload {
  const { namespace = 'shop', kind = 'Deployment', name = 'checkout', state = 'Healthy' } = part;
  const healthy = state === 'Healthy';
  return {
    key: workloadKey(namespace, kind, name),
    namespace,
    kind,
    name,
    state,
    availability: {
      level: state === 'Down' ? 'none' : healthy ? 'full' : 'reduced',
      desired: 3,
      ready: state === 'Down' ? 0 : healthy ? 3 : 2,
      available: state === 'Down' ? 0 : healthy ? 3 : 2,
    },
    rollout: { phase: healthy ? 'settled' : 'stalled', updated: healthy ? 3 : 1, target: 3 },
    cause: state === 'Degraded' || state === 'Down' ? sampleCause : null,
    since: '2026-11-21T11:30:00.000Z',
    restarts: 0,
    images: ['ghcr.io/acme/checkout:1.9.0'],
    createdAt: '2026-10-01T08:00:00.000Z',
    partOf: null,
    uptime24h: 1,
    strip24h: 'H'.repeat(48),
    stale: false,
    ...part,
  };
}

import { states } from '../health/workload.ts';
import type { State } from '../health/workload.ts';
import type { Row } from './picture.ts';

/**
 * `maintenant_workload_state`: eight series per workload, one of them 1, as kube-state-metrics does for phases.
 * Written by hand because 1,000 workloads are 8,000 label sets, which a client library would keep in memory for ever;
 * here a workload that is gone leaves nothing behind. Names of Kubernetes need no escaping.
 */
export function workloadStateMetrics(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ snapshot: { namespace, kind, name, verdict } }) =>
    states.map((state) => line(namespace, kind, name, state, verdict.state)),
  );
  return `# HELP maintenant_workload_state Verdict on a workload: 1 for the state that it is in, 0 for the others.
# TYPE maintenant_workload_state gauge
${lines.join('')}`;
}

function line(namespace: string, kind: string, name: string, state: State, current: State): string {
  const value = state === current ? 1 : 0;
  return `maintenant_workload_state{namespace="${namespace}",kind="${kind}",name="${name}",state="${state}"} ${value}\n`;
}

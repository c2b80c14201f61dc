import type { WorkloadName } from '../../health/workload.ts';

/** Read-only kubectl commands about a workload, ready to paste. Names are quoted by nobody: RFC 1123 needs none. */
export function kubectlCommands({ namespace, kind, name }: WorkloadName): readonly string[] {
  const resource = `${kind.toLowerCase()}/${name}`;
  return [
    `kubectl -n ${namespace} describe ${resource}`,
    `kubectl -n ${namespace} rollout status ${resource}`,
    `kubectl -n ${namespace} rollout history ${resource}`,
    `kubectl -n ${namespace} logs ${resource} --all-pods --all-containers --prefix --tail=200`,
    `kubectl -n ${namespace} events --for ${resource}`,
  ];
}

export interface LogCommand {
  readonly pod: string | null;
  readonly container: string | null;
  readonly previous: boolean;
  readonly follow: boolean;
  readonly sinceSeconds: number | null;
}

export function kubectlLogs({ namespace, kind, name }: WorkloadName, log: LogCommand): string {
  const target = log.pod === null ? `${kind.toLowerCase()}/${name} --all-pods` : log.pod;
  return [
    `kubectl -n ${namespace} logs ${target}`,
    log.container === null ? '--all-containers --prefix' : `-c ${log.container}`,
    log.previous ? '--previous' : '',
    log.follow && !log.previous ? '-f' : '',
    log.sinceSeconds === null ? '' : `--since=${log.sinceSeconds}s`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

import type { EventFacts, PodFacts } from '../kubernetes.ts';
import type { Evidence } from '../verdict.ts';

/** How the rules of this folder quote what they saw and name what to run next. */

export function fieldEvidence(pod: PodFacts, field: string, text: string, at: number | null): Evidence {
  return { object: { kind: 'Pod', name: pod.name }, field, text, at };
}

export function eventEvidence(event: EventFacts): Evidence {
  return {
    object: { kind: event.involved.kind, name: event.involved.name },
    field: `event ${event.reason}`,
    text: event.message,
    at: event.lastAt,
  };
}

/** Read-only commands, ready to paste into a POSIX shell. */
export const kubectl = {
  describePod: (pod: PodFacts): string => command(pod.namespace, 'describe', 'pod', pod.name),
  top: (pod: PodFacts): string => command(pod.namespace, 'top', 'pod', pod.name, '--containers'),
  logs: (pod: PodFacts, container: string): string => command(pod.namespace, 'logs', pod.name, '-c', container),
  previousLogs: (pod: PodFacts, container: string): string =>
    command(pod.namespace, 'logs', pod.name, '-c', container, '--previous'),
  podYaml: (pod: PodFacts): string => command(pod.namespace, 'get', 'pod', pod.name, '-o', 'yaml'),
  get: (namespace: string, resource: string, name: string): string => command(namespace, 'get', resource, name),
  describe: (namespace: string, resource: string, name: string): string =>
    command(namespace, 'describe', resource, name),
  list: (namespace: string, resource: string, ...flags: readonly string[]): string =>
    command(namespace, 'get', resource, ...flags),
  /** For kinds without a namespace. */
  describeNode: (node: string): string => `kubectl describe node ${shellWord(node)}`,
  namespaceLabels: (namespace: string): string => `kubectl get namespace ${shellWord(namespace)} --show-labels`,
  nodes: (): string => 'kubectl get nodes -o wide',
};

function command(namespace: string, ...words: readonly string[]): string {
  return ['kubectl', '-n', shellWord(namespace), ...words.map(shellWord)].join(' ');
}

/** Names of Kubernetes need no quotes; whatever else a text holds stays one word and is never expanded. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=@,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

import type { ContainerFacts, PodSpecFacts, ProbeFacts, ResourceList, TemplateFacts } from './kubernetes.ts';

/**
 * What a rollout changed: the difference of two pod templates, for a person who asks "what was done before it broke?".
 *
 * Values of environment variables, commands and arguments are compared by a keyed hash of this installation and never
 * shown: such a change says only that there is one (`redacted`).
 */
export interface TemplateChange {
  /** As in the manifest: `containers[app].image`, `volumes[data]`. */
  readonly path: string;
  /** Null when it was not there, or is not shown. */
  readonly from: string | null;
  readonly to: string | null;
  readonly redacted: boolean;
}

/** Changes of a template that nobody reads are cut off here. */
const limitChanges = 200;

/** Labels that controllers put on pods to tell revisions apart: they differ by nature. */
const revisionLabels: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
]);

/** Images first, then the rest of each container, then the pod; empty when the templates are equal. */
export function templateChanges(previous: TemplateFacts, next: TemplateFacts): TemplateChange[] {
  const changes: TemplateChange[] = [];
  const pairs = pairContainers(previous.spec, next.spec);
  for (const { path, before, after } of pairs) {
    if (before === null || after === null) shown(changes, path, before?.image ?? null, after?.image ?? null);
    else shown(changes, `${path}.image`, before.image, after.image);
  }
  for (const { path, before, after } of pairs) {
    if (before !== null && after !== null) containerChanges(changes, path, before, after, previous, next);
  }
  podChanges(changes, previous, next);
  return changes.slice(0, limitChanges);
}

interface Pair {
  readonly path: string;
  readonly before: ContainerFacts | null;
  readonly after: ContainerFacts | null;
}

/** By name and place, in the order of the new template; removed ones last. */
function pairContainers(previous: PodSpecFacts, next: PodSpecFacts): Pair[] {
  const before = new Map(previous.containers.map((one) => [pathOf(one), one]));
  const after = new Map(next.containers.map((one) => [pathOf(one), one]));
  const paths = [...after.keys(), ...[...before.keys()].filter((path) => !after.has(path))];
  return paths.map((path) => ({ path, before: before.get(path) ?? null, after: after.get(path) ?? null }));
}

function pathOf({ name, type }: ContainerFacts): string {
  return type === 'app' ? `containers[${name}]` : `initContainers[${name}]`;
}

function containerChanges(
  changes: TemplateChange[],
  path: string,
  before: ContainerFacts,
  after: ContainerFacts,
  previous: TemplateFacts,
  next: TemplateFacts,
): void {
  if (previous.commandHashes[before.name] !== next.commandHashes[after.name]) hidden(changes, `${path}.command`);
  environmentChanges(changes, path, before.name, previous.envHashes, next.envHashes);
  texts(changes, `${path}.envFrom`, wholeReferences(before), wholeReferences(after));
  shown(changes, `${path}.imagePullPolicy`, before.imagePullPolicy, after.imagePullPolicy);
  amounts(changes, `${path}.resources.requests`, before.requests, after.requests);
  amounts(changes, `${path}.resources.limits`, before.limits, after.limits);
  probeChanges(changes, `${path}.startupProbe`, before.startupProbe, after.startupProbe);
  probeChanges(changes, `${path}.readinessProbe`, before.readinessProbe, after.readinessProbe);
  probeChanges(changes, `${path}.livenessProbe`, before.livenessProbe, after.livenessProbe);
  texts(changes, `${path}.ports`, portTexts(before), portTexts(after));
}

/**
 * Names of variables are shown, values never. A reference to a ConfigMap, Secret or field is a name too; it is told
 * from a hash by the blank after its kind.
 */
function environmentChanges(
  changes: TemplateChange[],
  path: string,
  container: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): void {
  const prefix = `${container}/`;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)].filter((key) => key.startsWith(prefix)));
  for (const key of [...keys].sort()) {
    const [from, to] = [before[key], after[key]];
    if (from === to) continue;
    const name = `${path}.env[${key.slice(prefix.length)}]`;
    const isReference = [from, to].every((value) => value === undefined || value.includes(' '));
    if (isReference) shown(changes, name, from ?? null, to ?? null);
    else changes.push({ path: name, from: visible(from), to: visible(to), redacted: true });
  }
}

/** A reference as it is, `set` for a value, null for none. */
function visible(value: string | undefined): string | null {
  if (value === undefined) return null;
  return value.includes(' ') ? value : 'set';
}

function wholeReferences({ references }: ContainerFacts): string[] {
  return references.filter((one) => one.key === null).map(({ kind, name }) => `${kind} ${name}`);
}

function portTexts({ ports }: ContainerFacts): string[] {
  return ports.map(
    ({ name, containerPort, hostPort }) =>
      `${name === null ? '' : `${name}:`}${containerPort}${hostPort === null ? '' : ` (host ${hostPort})`}`,
  );
}

const probeFields = [
  'handler',
  'port',
  'path',
  'scheme',
  'command',
  'initialDelaySeconds',
  'periodSeconds',
  'timeoutSeconds',
  'failureThreshold',
  'successThreshold',
] as const satisfies readonly (keyof ProbeFacts)[];

function probeChanges(
  changes: TemplateChange[],
  path: string,
  before: ProbeFacts | null,
  after: ProbeFacts | null,
): void {
  if (before === null || after === null) {
    shown(changes, path, before === null ? null : probeText(before), after === null ? null : probeText(after));
    return;
  }
  for (const field of probeFields) shown(changes, `${path}.${field}`, textOf(before[field]), textOf(after[field]));
}

function probeText(probe: ProbeFacts): string {
  const target = [probe.port === null ? null : `:${probe.port}`, probe.path, probe.command].filter(Boolean).join('');
  return `${probe.handler}${target === '' ? '' : ` ${target}`}`;
}

function podChanges(changes: TemplateChange[], previous: TemplateFacts, next: TemplateFacts): void {
  const [before, after] = [previous.spec, next.spec];
  const volumes = (spec: PodSpecFacts): Record<string, string> =>
    Object.fromEntries(
      spec.volumes.map(({ name, type, source }) => [name, source === null ? type : `${type} ${source}`]),
    );
  records(changes, 'volumes', volumes(before), volumes(after));
  for (const field of podTexts) shown(changes, field, textOf(before[field]), textOf(after[field]));
  for (const [path, field] of podFlags) shown(changes, path, before[field] ? 'set' : null, after[field] ? 'set' : null);
  records(changes, 'nodeSelector', before.nodeSelector, after.nodeSelector);
  texts(changes, 'tolerations', tolerationTexts(before), tolerationTexts(after));
  texts(changes, 'imagePullSecrets', before.imagePullSecrets, after.imagePullSecrets);
  texts(changes, 'readinessGates', before.readinessGates, after.readinessGates);
  records(changes, 'labels', ownLabels(previous.labels), ownLabels(next.labels));
}

const podTexts = [
  'serviceAccountName',
  'priorityClassName',
  'runtimeClassName',
  'schedulerName',
  'restartPolicy',
  'hostNetwork',
  'terminationGracePeriodSeconds',
] as const satisfies readonly (keyof PodSpecFacts)[];

/** Of these only their presence is kept. */
const podFlags = [
  ['affinity.nodeAffinity', 'hasNodeAffinity'],
  ['affinity.podAffinity', 'hasPodAffinity'],
  ['affinity.podAntiAffinity', 'hasRequiredPodAntiAffinity'],
  ['topologySpreadConstraints', 'hasTopologySpread'],
] as const satisfies readonly (readonly [string, keyof PodSpecFacts])[];

function tolerationTexts({ tolerations }: PodSpecFacts): string[] {
  return tolerations.map(({ key, operator, value, effect }) =>
    [key ?? 'every taint', operator === 'Exists' ? '' : `=${value ?? ''}`, effect === null ? '' : `:${effect}`].join(
      '',
    ),
  );
}

function ownLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !revisionLabels.has(key)));
}

function amounts(changes: TemplateChange[], path: string, before: ResourceList, after: ResourceList): void {
  for (const name of keysOf(before, after))
    shown(changes, `${path}.${name}`, before[name] ?? null, after[name] ?? null);
}

function records(
  changes: TemplateChange[],
  path: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): void {
  for (const name of keysOf(before, after))
    shown(changes, `${path}[${name}]`, before[name] ?? null, after[name] ?? null);
}

function keysOf(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
}

/** A list as one value: its order matters to nobody, its members do. */
function texts(changes: TemplateChange[], path: string, before: readonly string[], after: readonly string[]): void {
  const text = (list: readonly string[]): string | null => (list.length === 0 ? null : [...list].sort().join(', '));
  shown(changes, path, text(before), text(after));
}

function textOf(value: string | number | boolean | null): string | null {
  return value === null ? null : String(value);
}

function shown(changes: TemplateChange[], path: string, from: string | null, to: string | null): void {
  if (from !== to) changes.push({ path, from, to, redacted: false });
}

function hidden(changes: TemplateChange[], path: string): void {
  changes.push({ path, from: null, to: null, redacted: true });
}

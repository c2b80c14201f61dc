import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';
import { buildTool } from '../cluster/build.ts';
import { feed } from '../support/product.ts';
import type { Values } from './value-sets.ts';

/** Renders chart and kustomizations by the programs that users run, and compares what comes out as objects. */

export const root = path.join(import.meta.dirname, '..', '..');
export const chart = path.join(root, 'helm', 'maintenant');

export const helmVersions = ['helm3', 'helm4'] as const;
export type HelmVersion = (typeof helmVersions)[number];

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A rendered object; the fields are those that tests look at. */
export interface RenderedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Runs a program to its end; a refusal is an outcome, not an error. Without `input` the program reads an end of file. */
export async function outcomeOf(
  program: string,
  args: readonly string[],
  {
    environment = {},
    input,
  }: { readonly environment?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Outcome> {
  const child = spawn(program, [...args], { cwd: root, env: { ...process.env, ...environment } });
  feed(child.stdin, input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code: code ?? -1, stdout, stderr };
}

export async function helm(version: HelmVersion, args: readonly string[], input?: string): Promise<Outcome> {
  return outcomeOf(await buildTool(version), args, input === undefined ? {} : { input });
}

/**
 * A Helm that was built without its makefile takes Kubernetes for 1.20, which the chart refuses: the version is named.
 */
export async function template(
  version: HelmVersion,
  values: Values,
  release = 'maintenant',
  namespace = 'maintenant',
): Promise<Outcome> {
  const args = ['template', release, chart, '-n', namespace, '--kube-version', '1.36.0', '-f', '-'];
  return helm(version, args, JSON.stringify(values));
}

/** @throws with kubectl's sentence when the folder cannot be rendered */
export async function kustomize(folder: string): Promise<string> {
  const args = ['kustomize', path.join(root, 'kustomize', folder)];
  const { code, stdout, stderr } = await outcomeOf(await buildTool('kubectl'), args);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** @throws on a document that is no YAML, that names a key twice or that is no object with an identity */
export function objectsOf(yaml: string): readonly RenderedObject[] {
  return parseAllDocuments(yaml).flatMap((document): RenderedObject[] => {
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    const value: unknown = document.toJS();
    if (value === null) return [];
    if (!isRendered(value)) throw new Error(`no object with an identity: ${JSON.stringify(value)?.slice(0, 200)}`);
    return [value];
  });
}

function isRendered(value: unknown): value is RenderedObject {
  if (typeof value !== 'object' || value === null || !('apiVersion' in value && 'kind' in value)) return false;
  if (!('metadata' in value) || typeof value.metadata !== 'object' || value.metadata === null) return false;
  return 'name' in value.metadata && typeof value.metadata.name === 'string';
}

export const identityOf = ({ kind, metadata }: RenderedObject): string =>
  [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined).join('/');

/** Objects by identity, their keys in one order: what `deepEqual` compares and a person reads in its difference. */
export function byIdentity(objects: readonly RenderedObject[]): Readonly<Record<string, unknown>> {
  const sorted = [...objects].sort((one, other) => (identityOf(one) < identityOf(other) ? -1 : 1));
  return Object.fromEntries(sorted.map((object) => [identityOf(object), object]));
}

/** Without what Helm writes for itself and what labels differ in: nothing else may. */
export function withoutLabels(object: RenderedObject): RenderedObject {
  return withoutKeys(object, new Set(['labels'])) as RenderedObject;
}

function withoutKeys(value: unknown, keys: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutKeys(item, keys));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .filter(([key]) => !keys.has(key))
    .map(([key, item]): [string, unknown] => [
      key,
      key === 'annotations' ? withoutHelms(item) : withoutKeys(item, keys),
    ])
    .filter(([key, item]) => !(key === 'annotations' && JSON.stringify(item) === '{}'));
  return Object.fromEntries(kept);
}

/** `helm.sh/resource-policy` speaks to Helm alone. */
function withoutHelms(annotations: unknown): unknown {
  if (typeof annotations !== 'object' || annotations === null) return annotations;
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !name.startsWith('helm.sh/')));
}

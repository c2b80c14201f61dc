import type { ClusterScope } from '../api/cluster.ts';
import type { Clock } from './clock.ts';
import { kinds, resourcePath } from './kubernetes/kinds.ts';
import { parseKubernetesObject } from './kubernetes/kubernetes-object.ts';
import { StatusError } from './kubernetes/status-error.ts';
import type { Transport } from './kubernetes/transport.ts';

/**
 * What tells clusters apart: the URL, the CA, and uids of namespaces. Those of kube-system where the scope
 * has rights on the whole cluster, else of the first namespaces that it names.
 */
export interface ClusterIdentity {
  readonly server: string;
  /** SHA-256 of the CA; null without TLS. */
  readonly caHash: string | null;
  /** By name; those that could be read. */
  readonly namespaces: Readonly<Record<string, string>>;
}

/** Nobody can delete it, so another uid is another cluster. */
const permanent = 'kube-system';
/** One is enough to know a cluster again; others may have been made anew since. */
const limitNamespaces = 3;
const retryMs = 2_000;
/** The answer to one GET of one small object. */
const answerMs = 4_000;
/** Then the verdicts go on, after 8 s of refusals or 28 s of silence: a question without an answer must not keep them from the page. */
const limitAttempts = 5;

export function namespacesToAsk(scope: ClusterScope): readonly string[] {
  return scope.mode === 'allowlist' ? scope.namespaces.slice(0, limitNamespaces) : [permanent];
}

/**
 * Whether both are the same cluster. A uid that both know settles it: the same one is the same cluster behind whatever
 * URL. Namespaces of an allowlist may have been made anew, which is no other cluster while URL and CA are the same ones.
 * Where nothing can be compared, a cluster counts as another one only when both URL and CA are other ones.
 */
export function isSameCluster(known: ClusterIdentity, seen: ClusterIdentity): boolean {
  const common = Object.keys(seen.namespaces).filter((name) => known.namespaces[name] !== undefined);
  if (common.some((name) => known.namespaces[name] === seen.namespaces[name])) return true;
  if (common.includes(permanent)) return false;
  const isSameServer = known.server === seen.server;
  const isSameCa = known.caHash === seen.caHash;
  if (common.length > 0) return isSameServer && isSameCa;
  return isSameServer || (isSameCa && seen.caHash !== null);
}

/** @returns null for a text that is no identity, for instance none. */
export function parseIdentity(text: string): ClusterIdentity | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const server: unknown = Reflect.get(value, 'server');
    const caHash: unknown = Reflect.get(value, 'caHash');
    const namespaces: unknown = Reflect.get(value, 'namespaces');
    if (typeof server !== 'string' || typeof namespaces !== 'object' || namespaces === null) return null;
    const uids = Object.entries(namespaces).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return { server, caHash: typeof caHash === 'string' ? caHash : null, namespaces: Object.fromEntries(uids) };
  } catch {
    return null;
  }
}

/**
 * Asks the cluster who it is, by one GET for each namespace.
 * @returns null where it may not be known: no rights, or no such namespace
 * @throws when nobody answered, or `signal` aborted
 */
export async function askIdentity(
  options: {
    readonly transport: Transport;
    readonly caHash: string | null;
    readonly scope: ClusterScope;
    readonly clock: Clock;
  },
  signal: AbortSignal,
): Promise<ClusterIdentity | null> {
  const { transport, caHash, scope, clock } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const found = await Promise.all(namespacesToAsk(scope).map((name) => uidOf(transport, name, signal)));
      const namespaces = Object.fromEntries(found.filter((entry) => entry !== null));
      return Object.keys(namespaces).length === 0 ? null : { server: transport.server, caHash, namespaces };
    } catch (error) {
      if (attempt === limitAttempts || signal.aborted) throw error;
      await clock.sleep(retryMs, signal);
    }
  }
}

async function uidOf(
  transport: Transport,
  name: string,
  signal: AbortSignal,
): Promise<readonly [name: string, uid: string] | null> {
  try {
    const path = resourcePath(kinds.namespaces, null, name);
    const object = parseKubernetesObject(await transport.get(path, {}, signal, { timeoutMs: answerMs }));
    return object === null ? null : [name, object.metadata.uid];
  } catch (error) {
    if (error instanceof StatusError && (error.code === 403 || error.code === 404)) return null;
    throw error;
  }
}

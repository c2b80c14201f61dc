/** etcd takes at most 1.5 MiB per object by default and 8 MiB with effort: what is larger is no object. */
export const maxObjectBytes = 32 * 1024 * 1024;

/**
 * One object as it came from the server: its identity, read and checked, and the rest untouched.
 * Whoever keeps something of it projects `raw` and drops it; a pod's `raw` takes 22 kB of heap.
 */
export interface KubernetesObject {
  readonly metadata: ObjectIdentity;
  /** The parsed JSON, of which nothing but `metadata`'s identity was checked. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface ObjectIdentity {
  /** Absent for cluster-wide objects. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  /** Opaque, but for `compareResourceVersions`. */
  readonly resourceVersion: string;
}

/** The object, or null when it cannot be told apart from others: name, uid or resource version is missing or no text. */
export function parseKubernetesObject(value: unknown): KubernetesObject | null {
  if (!isRecord(value) || !isRecord(value['metadata'])) return null;
  const { namespace, name, uid, resourceVersion } = value['metadata'];
  if (typeof name !== 'string' || typeof uid !== 'string' || typeof resourceVersion !== 'string') return null;
  if (name === '' || uid === '' || resourceVersion === '') return null;
  const identity = { name, uid, resourceVersion };
  return {
    metadata: typeof namespace === 'string' && namespace !== '' ? { namespace, ...identity } : identity,
    raw: value,
  };
}

/** For the log: which object had no usable identity, as far as it has a name. */
export function describeUnidentified(value: unknown): string {
  const metadata = isRecord(value) && isRecord(value['metadata']) ? value['metadata'] : {};
  const name = typeof metadata['name'] === 'string' ? metadata['name'] : '(no name)';
  const namespace = typeof metadata['namespace'] === 'string' ? `${metadata['namespace']}/` : '';
  return `${namespace}${name} lacks its name, uid or resource version`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

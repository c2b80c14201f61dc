import { randomUUID } from 'node:crypto';
import type { SimulatorClock } from './clock.ts';
import { groupVersion, type ResourceName, resources } from './resources.ts';

/** An object as it is written down in a manifest. What the server adds (uid, version, times) is added by the store. */
export interface ObjectBody {
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
}

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly generation?: number;
  readonly [field: string]: unknown;
}

/**
 * Where an object's content comes from: the object itself, or a function that makes it when it is sent. A hundred and
 * fifty thousand pods that are alike then cost an identity and a closure each, not 20 kB.
 */
export type ObjectSource = ObjectBody | (() => ObjectBody);

/** One version of one object; never changed, only replaced. */
export interface StoredObject {
  readonly resource: ResourceName;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: number;
  readonly revision: number;
  readonly source: ObjectSource;
}

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  readonly object: StoredObject;
  readonly previous: StoredObject | null;
}

export interface ObjectStoreOptions {
  readonly clock: SimulatorClock;
  /** Changes kept per resource for watches and continue tokens; older ones are compacted. Default 20,000. */
  readonly historyLimit?: number;
  /** Default 1000, as a cluster that has lived a little. */
  readonly firstRevision?: number;
}

interface Collection {
  readonly objects: Map<string, StoredObject>;
  /** Keys in the order of a list; null after an object came or went. */
  sortedKeys: readonly string[] | null;
  readonly history: Change[];
  /** Changes up to this revision are forgotten. */
  compactedRevision: number;
  readonly listeners: Set<(change: Change) => void>;
}

/** A name that is taken, or is not there: what the real server answers with 409 and 404. */
export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
}

/** etcd and the watch cache in one: objects, one counter of revisions for all of them, and a bounded history. */
export class ObjectStore {
  readonly #clock: SimulatorClock;
  readonly #historyLimit: number;
  readonly #collections: Readonly<Record<ResourceName, Collection>>;
  #revision: number;

  constructor(options: ObjectStoreOptions) {
    this.#clock = options.clock;
    this.#historyLimit = options.historyLimit ?? 20_000;
    this.#revision = options.firstRevision ?? 1000;
    this.#collections = {
      pods: emptyCollection(),
      services: emptyCollection(),
      events: emptyCollection(),
      namespaces: emptyCollection(),
      replicasets: emptyCollection(),
      deployments: emptyCollection(),
      statefulsets: emptyCollection(),
      daemonsets: emptyCollection(),
    };
  }

  get revision(): number {
    return this.#revision;
  }

  create(resource: ResourceName, body: ObjectBody): StoredObject {
    return this.createLazily(resource, body.metadata, body);
  }

  /** The body is made by `source` each time it is sent; its metadata is completed from `identity`. */
  createLazily(resource: ResourceName, identity: ObjectMetadata, source: ObjectSource): StoredObject {
    const collection = this.#collections[resource];
    const namespace = resources[resource].namespaced ? (identity.namespace ?? 'default') : '';
    const key = keyOf(namespace, identity.name);
    if (collection.objects.has(key)) throw new ObjectStoreError(`${resource} "${identity.name}" already exists`);
    return this.#append(collection, 'ADDED', null, {
      resource,
      namespace,
      name: identity.name,
      uid: identity.uid ?? randomUUID(),
      createdAt: this.#clock.now(),
      source,
    });
  }

  /** Replaces the object by what `change` makes of it; the generation counts changes of `spec`. */
  update(
    resource: ResourceName,
    namespace: string,
    name: string,
    change: (body: ObjectBody) => ObjectBody,
  ): StoredObject {
    const collection = this.#collections[resource];
    const previous = this.#require(collection, resource, namespace, name);
    const before = bodyOf(previous);
    const after = change(before);
    const specChanged = JSON.stringify(before['spec']) !== JSON.stringify(after['spec']);
    const generation = (before.metadata.generation ?? 1) + (specChanged ? 1 : 0);
    return this.#append(collection, 'MODIFIED', previous, {
      resource,
      namespace: previous.namespace,
      name,
      uid: previous.uid,
      createdAt: previous.createdAt,
      source: { ...after, metadata: { ...after.metadata, generation } },
    });
  }

  /**
   * Puts content that is made when it is sent in the place of the present one. Unlike `update` it compares nothing, and
   * the source says the generation itself.
   */
  replace(resource: ResourceName, namespace: string, name: string, source: ObjectSource): StoredObject {
    const collection = this.#collections[resource];
    const previous = this.#require(collection, resource, namespace, name);
    return this.#append(collection, 'MODIFIED', previous, { ...previous, source });
  }

  /** Merges into `status` one level deep, as a controller that writes the subresource. */
  patchStatus(
    resource: ResourceName,
    namespace: string,
    name: string,
    status: Readonly<Record<string, unknown>>,
  ): StoredObject {
    return this.update(resource, namespace, name, (body) => ({
      ...body,
      status: { ...recordOf(body['status']), ...status },
    }));
  }

  /** @returns the last version, or null when it was not there. */
  delete(resource: ResourceName, namespace: string, name: string): StoredObject | null {
    const collection = this.#collections[resource];
    const previous = collection.objects.get(keyOf(namespace, name));
    if (!previous) return null;
    const { revision: _, ...rest } = previous;
    return this.#append(collection, 'DELETED', previous, rest);
  }

  get(resource: ResourceName, namespace: string, name: string): StoredObject | null {
    return this.#collections[resource].objects.get(keyOf(namespace, name)) ?? null;
  }

  count(resource: ResourceName): number {
    return this.#collections[resource].objects.size;
  }

  /** In the order of a list: by namespace, then name. Stays valid while the store changes. */
  list(resource: ResourceName): readonly StoredObject[] {
    const collection = this.#collections[resource];
    collection.sortedKeys ??= [...collection.objects.keys()].sort();
    const objects: StoredObject[] = [];
    for (const key of collection.sortedKeys) {
      const object = collection.objects.get(key);
      if (object) objects.push(object);
    }
    return objects;
  }

  /** As it was at a revision, for the later pages of a list. Null when that is compacted. */
  listAt(resource: ResourceName, revision: number): readonly StoredObject[] | null {
    const collection = this.#collections[resource];
    if (revision < collection.compactedRevision) return null;
    const undone = new Map<string, StoredObject | null>();
    for (let index = collection.history.length - 1; index >= 0; index--) {
      const change = collection.history[index];
      if (!change || change.revision <= revision) break;
      undone.set(keyOf(change.object.namespace, change.object.name), change.previous);
    }
    if (undone.size === 0) return this.list(resource);
    const objects = new Map(collection.objects);
    for (const [key, object] of undone) {
      if (object === null) objects.delete(key);
      else objects.set(key, object);
    }
    return [...objects.keys()].sort().flatMap((key) => objects.get(key) ?? []);
  }

  /** Changes after a revision, oldest first. Null when some of them are compacted. */
  changesSince(resource: ResourceName, revision: number): readonly Change[] | null {
    const collection = this.#collections[resource];
    if (revision < collection.compactedRevision) return null;
    let index = collection.history.length;
    while (index > 0 && (collection.history[index - 1]?.revision ?? 0) > revision) index--;
    return collection.history.slice(index);
  }

  /** Called after each change, in the order of revisions; returns the function that ends it. */
  subscribe(resource: ResourceName, listener: (change: Change) => void): () => void {
    const { listeners } = this.#collections[resource];
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Forgets all changes so far: watches from before are answered with 410. */
  compact(resource?: ResourceName): void {
    for (const name of Object.keys(this.#collections)) {
      if (resource !== undefined && name !== resource) continue;
      const collection = this.#collections[name as ResourceName];
      collection.history.length = 0;
      collection.compactedRevision = this.#revision;
    }
  }

  /** Time passes elsewhere in the cluster: the counter moves, nothing here changes. */
  advanceRevision(by = 1): void {
    this.#revision += by;
  }

  /** An etcd restore: the counter goes back, the history is another one. The objects stay as they are now. */
  rewind(revision: number): void {
    this.#revision = revision;
    for (const collection of Object.values(this.#collections)) {
      collection.history.length = 0;
      collection.compactedRevision = 0;
      for (const [key, object] of collection.objects) {
        collection.objects.set(key, { ...object, revision: Math.min(object.revision, revision) });
      }
    }
  }

  #append(
    collection: Collection,
    type: Change['type'],
    previous: StoredObject | null,
    object: Omit<StoredObject, 'revision'>,
  ): StoredObject {
    const stored: StoredObject = { ...object, revision: ++this.#revision };
    const key = keyOf(stored.namespace, stored.name);
    if (type === 'DELETED') collection.objects.delete(key);
    else collection.objects.set(key, stored);
    if (type !== 'MODIFIED') collection.sortedKeys = null;
    const change: Change = { type, revision: stored.revision, object: stored, previous };
    collection.history.push(change);
    // Halved at once instead of shifted one by one: a shift of a long array moves all of it.
    if (collection.history.length > this.#historyLimit) {
      const dropped = collection.history.splice(0, Math.ceil(this.#historyLimit / 2));
      collection.compactedRevision = dropped.at(-1)?.revision ?? collection.compactedRevision;
    }
    for (const listener of collection.listeners) listener(change);
    return stored;
  }

  #require(collection: Collection, resource: ResourceName, namespace: string, name: string): StoredObject {
    const object = collection.objects.get(keyOf(namespace, name));
    if (object) return object;
    throw new ObjectStoreError(`${resource} "${name}" not found in namespace "${namespace}"`);
  }
}

/** The whole object as the server sends it. Kind and apiVersion stand in it except for items of a list. */
export function bodyOf(object: StoredObject): ObjectBody {
  const body = typeof object.source === 'function' ? object.source() : object.source;
  const spec = resources[object.resource];
  return {
    kind: spec.kind,
    apiVersion: groupVersion(spec),
    ...body,
    metadata: {
      ...body.metadata,
      name: object.name,
      ...(spec.namespaced ? { namespace: object.namespace } : {}),
      uid: object.uid,
      resourceVersion: String(object.revision),
      generation: body.metadata.generation ?? 1,
      creationTimestamp: body.metadata['creationTimestamp'] ?? instantText(object.createdAt),
    },
  };
}

/** RFC 3339 in seconds, as Kubernetes writes instants. */
export function instantText(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

function emptyCollection(): Collection {
  return { objects: new Map(), sortedKeys: [], history: [], compactedRevision: 0, listeners: new Set() };
}

/** NUL sorts before everything else, so that the order is by namespace first. */
function keyOf(namespace: string, name: string): string {
  return `${namespace}\0${name}`;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

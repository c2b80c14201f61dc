import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts';
import { compareResourceVersions } from '../kubernetes/resource-version.ts';
import type { ReflectorEvent, ReflectorSink } from '../reflector/event.ts';
import type { Versioned } from './project-metadata.ts';

/** One object before and after; null where it did not or does not exist. */
export interface CacheDelta<Item> {
  readonly previous: Item | null;
  readonly current: Item | null;
}

/** Where a delta comes from: the first complete list, or anything after it. */
export type DeltaSource = 'initial' | 'live';

export interface ObjectCacheOptions<Item extends Versioned> {
  /** What is kept of an object; null for one that is of no interest. Must not throw. */
  readonly project: (object: KubernetesObject, previous: Item | null) => Item | null;
  /** Before anybody hears of a change: keeps indexes in step. */
  readonly index?: (previous: Item | null, current: Item | null) => void;
  /** After the change is visible in the cache and its indexes. */
  readonly onDelta: (delta: CacheDelta<Item>, source: DeltaSource) => void;
}

/** Name → object; null marks an object that exists and is not kept, so that the count stays true. */
type Names<Item> = Map<string, Item | null>;
type Namespaces<Item> = Map<string, Names<Item>>;

/**
 * The picture of one kind, filled by one or several reflectors (one for the cluster or one per namespace).
 *
 *     init ─► collected aside ─► initDone: swap, sweep, deltas       readers see the old picture until then
 *     apply, delete ─► picture ─► delta
 *
 * A deletion is only ever derived from a complete list, and is delivered once, with what was last known. Same uid and
 * version is no change; same name with another uid is a deletion and an addition.
 */
export class ObjectCache<Item extends Versioned> {
  readonly #options: ObjectCacheOptions<Item>;
  #picture: Namespaces<Item> = new Map();

  constructor(options: ObjectCacheOptions<Item>) {
    this.#options = options;
  }

  get(namespace: string, name: string): Item | null {
    return this.#picture.get(namespace)?.get(name) ?? null;
  }

  *inNamespace(namespace: string): Iterable<Item> {
    const names = this.#picture.get(namespace);
    if (names === undefined) return;
    for (const item of names.values()) if (item !== null) yield item;
  }

  *values(): Iterable<Item> {
    for (const namespace of this.#picture.keys()) yield* this.inNamespace(namespace);
  }

  /** Objects that the server has, those included that are not kept. Null counts all namespaces. */
  count(namespace: string | null): number {
    if (namespace !== null) return this.#picture.get(namespace)?.size ?? 0;
    let count = 0;
    for (const names of this.#picture.values()) count += names.size;
    return count;
  }

  /** Puts other facts in the place of the same object, for what is learnt beside the watch. No delta. */
  replace(previous: Item, current: Item): boolean {
    const names = this.#picture.get(previous.namespace);
    if (names?.get(previous.name) !== previous) return false;
    names.set(previous.name, current);
    this.#options.index?.(previous, current);
    return true;
  }

  /** The sink of one reflector. @param namespace what it watches; null for the whole cluster. */
  feed(namespace: string | null): ReflectorSink {
    let collected: Namespaces<Item> | null = null;
    let committedVersion: string | null = null;
    return (event: ReflectorEvent): void => {
      switch (event.type) {
        case 'init':
          collected = new Map();
          return;
        case 'initApply':
          collected ??= new Map();
          namesIn(collected, event.object).set(event.object.metadata.name, this.#project(event.object));
          return;
        case 'initDelete':
          collected?.get(event.object.metadata.namespace ?? '')?.delete(event.object.metadata.name);
          return;
        case 'initDone': {
          // An etcd that was restored counts its versions again: then equal versions prove nothing.
          const isRewound =
            committedVersion !== null && (compareResourceVersions(event.resourceVersion, committedVersion) ?? 0) < 0;
          this.#commit(namespace, collected ?? new Map(), committedVersion === null ? 'initial' : 'live', isRewound);
          collected = null;
          committedVersion = event.resourceVersion;
          return;
        }
        case 'apply':
          this.#apply(event.object);
          return;
        case 'delete':
          this.#delete(event.object);
      }
    };
  }

  #project(object: KubernetesObject): Item | null {
    const { namespace, name } = object.metadata;
    return this.#options.project(object, this.get(namespace ?? '', name));
  }

  #apply(object: KubernetesObject): void {
    const names = namesIn(this.#picture, object);
    const { name } = object.metadata;
    const previous = names.get(name) ?? null;
    const current = this.#options.project(object, previous);
    if (isSame(previous, current)) {
      if (previous === null) names.set(name, null);
      return;
    }
    names.set(name, current);
    this.#change(previous, current);
    this.#deliver(previous, current, 'live');
  }

  #delete(object: KubernetesObject): void {
    const { namespace, name, uid } = object.metadata;
    const names = this.#picture.get(namespace ?? '');
    const previous = names?.get(name) ?? null;
    // The end of an object that has a successor of the same name already.
    if (previous !== null && previous.uid !== uid) return;
    names?.delete(name);
    if (names?.size === 0) this.#picture.delete(namespace ?? '');
    if (previous === null) return;
    this.#change(previous, null);
    this.#deliver(previous, null, 'live');
  }

  /** First the picture and every index are right, then everybody hears of it: nobody sees half a list. */
  #commit(namespace: string | null, collected: Namespaces<Item>, source: DeltaSource, isRewound: boolean): void {
    const changes: CacheDelta<Item>[] = [];
    const scope = namespace === null ? new Set([...this.#picture.keys(), ...collected.keys()]) : [namespace];
    const next = namespace === null ? collected : new Map(this.#picture);
    for (const name of scope) {
      const before = this.#picture.get(name) ?? new Map<string, Item | null>();
      const after = collected.get(name) ?? new Map<string, Item | null>();
      for (const [objectName, current] of after) {
        const previous = before.get(objectName) ?? null;
        if (isSame(previous, current) && !isRewound) after.set(objectName, previous);
        else changes.push({ previous, current });
      }
      for (const [objectName, previous] of before) {
        if (previous !== null && !after.has(objectName)) changes.push({ previous, current: null });
      }
      if (after.size > 0) next.set(name, after);
      else next.delete(name);
    }
    this.#picture = next;
    for (const { previous, current } of changes) this.#change(previous, current);
    for (const { previous, current } of changes) this.#deliver(previous, current, source);
  }

  #change(previous: Item | null, current: Item | null): void {
    this.#options.index?.(previous, current);
  }

  #deliver(previous: Item | null, current: Item | null, source: DeltaSource): void {
    if (previous !== null && current !== null && previous.uid !== current.uid) {
      this.#options.onDelta({ previous, current: null }, source);
      this.#options.onDelta({ previous: null, current }, source);
      return;
    }
    this.#options.onDelta({ previous, current }, source);
  }
}

function isSame<Item extends Versioned>(previous: Item | null, current: Item | null): boolean {
  if (previous === null || current === null) return previous === current;
  return previous.uid === current.uid && previous.version === current.version;
}

function namesIn<Item>(namespaces: Namespaces<Item>, object: KubernetesObject): Names<Item> {
  const namespace = object.metadata.namespace ?? '';
  const known = namespaces.get(namespace);
  if (known !== undefined) return known;
  const names: Names<Item> = new Map();
  namespaces.set(namespace, names);
  return names;
}

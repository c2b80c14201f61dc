import type { EventFacts } from '../../health/kubernetes.ts';
import type { ReflectorEvent, ReflectorSink } from '../reflector/event.ts';
import { StringPool } from './intern-pool.ts';
import { projectEvent } from './project-event.ts';

/** Events kept in all: about 5 MB. A cluster keeps an hour of them, which can be a hundred thousand. */
export const limitEvents = 10_000;
/** Events kept about one object: the newest of each reason matter, and there are about twenty reasons. */
export const limitEventsPerObject = 20;

export interface EventCacheOptions {
  /** A new event or a new count of one; also at the end of the first list. */
  readonly onEvent: (event: EventFacts, source: 'initial' | 'live') => void;
  readonly limitEvents?: number;
}

/**
 * Events about the kinds that we look at, the newest of them, found by what they are about. Bounded per object and in
 * all; what makes room is the oldest, and Normal ones before Warnings.
 */
export class EventCache {
  readonly #options: EventCacheOptions;
  readonly #limit: number;
  readonly #texts = new StringPool();
  /** By uid, in the order of arrival: the first one is the first to go. */
  #normal = new Map<string, EventFacts>();
  #warning = new Map<string, EventFacts>();
  /** What events are about → its events, oldest arrival first: by uid, or by name where nobody tells us the uid. */
  readonly #byUid = new Map<string, EventFacts[]>();
  readonly #byName: Readonly<Record<NamedKind, Map<string, EventFacts[]>>> = {
    PersistentVolumeClaim: new Map(),
    HorizontalPodAutoscaler: new Map(),
    Node: new Map(),
  };
  #evicted = 0;

  constructor(options: EventCacheOptions) {
    this.#options = options;
    this.#limit = options.limitEvents ?? limitEvents;
  }

  /** About the object of this uid. */
  about(uid: string): readonly EventFacts[] {
    return this.#byUid.get(uid) ?? none;
  }

  /** About a claim, an autoscaler or a node (whose namespace means nothing), by name. */
  aboutNamed(kind: NamedKind, namespace: string, name: string): readonly EventFacts[] {
    const byName = this.#byName[kind];
    // Asked for every node of every reconcile, and mostly there are none: then no key is built.
    return byName.size === 0 ? none : (byName.get(nameKey(kind, namespace, name)) ?? none);
  }

  count(namespace: string | null): number {
    if (namespace === null) return this.#normal.size + this.#warning.size;
    let count = 0;
    for (const event of this.#all()) if (event.namespace === namespace) count++;
    return count;
  }

  /** Events that made room for newer ones. */
  get evicted(): number {
    return this.#evicted;
  }

  /** The sink of one reflector. @param namespace what it watches; null for the whole cluster. */
  feed(namespace: string | null): ReflectorSink {
    let collected: Map<string, EventFacts> | null = null;
    let isFirst = true;
    return (event: ReflectorEvent): void => {
      switch (event.type) {
        case 'init':
          collected = new Map();
          return;
        case 'initApply': {
          collected ??= new Map();
          const facts = projectEvent(event.object, this.#texts);
          if (facts !== null) collected.set(facts.uid, facts);
          // A list comes in the order of names: twice the limit is enough to choose the newest from.
          if (collected.size > 2 * this.#limit) collected = newest(collected, this.#limit);
          return;
        }
        case 'initDelete':
          collected?.delete(event.object.metadata.uid);
          return;
        case 'initDone':
          this.#commit(namespace, newest(collected ?? new Map(), this.#limit), isFirst ? 'initial' : 'live');
          collected = null;
          isFirst = false;
          return;
        case 'apply': {
          const facts = projectEvent(event.object, this.#texts);
          if (facts !== null && this.#put(facts)) this.#options.onEvent(facts, 'live');
          return;
        }
        case 'delete':
          // The cluster forgets an event after an hour; nothing has happened to what it was about.
          this.#remove(event.object.metadata.uid);
      }
    };
  }

  #commit(namespace: string | null, collected: ReadonlyMap<string, EventFacts>, source: 'initial' | 'live'): void {
    const gone = [...this.#all()].filter(
      (event) => (namespace === null || event.namespace === namespace) && !collected.has(event.uid),
    );
    for (const event of gone) this.#remove(event.uid);
    const fresh = [...collected.values()].filter((event) => this.#put(event));
    for (const event of fresh) this.#options.onEvent(event, source);
  }

  /** False when it says nothing that was not known. */
  #put(event: EventFacts): boolean {
    const known = this.#normal.get(event.uid) ?? this.#warning.get(event.uid);
    if (known !== undefined) {
      if (known.lastAt === event.lastAt && known.count === event.count && known.message === event.message) return false;
      this.#remove(event.uid);
    }
    (event.type === 'Warning' ? this.#warning : this.#normal).set(event.uid, event);
    const [index, subject] = this.#placeOf(event);
    const list = index.get(subject);
    if (list === undefined) index.set(subject, [event]);
    else list.push(event);
    if (list !== undefined && list.length > limitEventsPerObject) this.#evict(list[0]);
    if (this.#normal.size + this.#warning.size > this.#limit) {
      const [oldest] = (this.#normal.size > 0 ? this.#normal : this.#warning).values();
      this.#evict(oldest);
    }
    return true;
  }

  #evict(event: EventFacts | undefined): void {
    if (event === undefined) return;
    this.#remove(event.uid);
    this.#evicted++;
  }

  #remove(uid: string): void {
    const event = this.#normal.get(uid) ?? this.#warning.get(uid);
    if (event === undefined) return;
    this.#normal.delete(uid);
    this.#warning.delete(uid);
    const [index, subject] = this.#placeOf(event);
    const rest = (index.get(subject) ?? []).filter((other) => other !== event);
    if (rest.length === 0) index.delete(subject);
    else index.set(subject, rest);
  }

  #placeOf({ involved: { kind, namespace, name, uid } }: EventFacts): [Map<string, EventFacts[]>, string] {
    return isNamedKind(kind) ? [this.#byName[kind], nameKey(kind, namespace, name)] : [this.#byUid, uid];
  }

  *#all(): Iterable<EventFacts> {
    yield* this.#normal.values();
    yield* this.#warning.values();
  }
}

const none: readonly EventFacts[] = Object.freeze([]);

/** Oldest first, at most `limit`, Warnings before Normal ones. */
function newest(events: ReadonlyMap<string, EventFacts>, limit: number): Map<string, EventFacts> {
  const kept = [...events.values()]
    .sort((left, right) => rank(right) - rank(left) || right.lastAt - left.lastAt)
    .slice(0, limit)
    .sort((left, right) => left.lastAt - right.lastAt);
  return new Map(kept.map((event) => [event.uid, event]));
}

function rank(event: EventFacts): number {
  return event.type === 'Warning' ? 1 : 0;
}

const namedKinds = ['PersistentVolumeClaim', 'HorizontalPodAutoscaler', 'Node'] as const;
type NamedKind = (typeof namedKinds)[number];

function isNamedKind(kind: string): kind is NamedKind {
  return namedKinds.some((named) => named === kind);
}

function nameKey(kind: NamedKind, namespace: string, name: string): string {
  return kind === 'Node' ? name : `${namespace}/${name}`;
}

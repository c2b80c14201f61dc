import assert from 'node:assert/strict';
import type { ReflectorEvent } from '../../controller/reflector/event.ts';
import type { ObjectStore } from '../../simulator/object-store.ts';
import type { ResourceName } from '../../simulator/resources.ts';

interface Seen {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** The plainest cache there can be, and a strict one: an event out of its place fails the test. */
export class Mirror {
  /** `namespace/name` → identity, as of the last commit and the changes since. */
  objects: Map<string, Seen> = new Map();
  /** Names in the order in which they went, by a delete or by a sweep at commit. */
  readonly deleted: string[] = [];
  /** The types of all events, objects named: `apply shop/web`. */
  readonly log: string[] = [];
  commits = 0;
  /** Throws on the next events, as a sink with a bug does. */
  failures = 0;
  /** Told of everything that goes. */
  onDeleted: (key: string, uid: string) => void = () => undefined;
  #aside: Map<string, Seen> | null = null;

  readonly sink = (event: ReflectorEvent): void => {
    if (this.failures > 0) {
      this.failures--;
      throw new Error('a bug in the sink');
    }
    this.log.push('object' in event ? `${event.type} ${keyOf(event.object)}` : event.type);
    switch (event.type) {
      case 'init':
        this.#aside = new Map();
        return;
      case 'initApply':
        this.#collecting().set(keyOf(event.object), event.object.metadata);
        return;
      case 'initDelete':
        this.#collecting().delete(keyOf(event.object));
        return;
      case 'initDone':
        this.#commit(this.#collecting());
        return;
      case 'apply':
        assert.ok(this.commits > 0 && this.#aside === null, 'apply before a complete picture');
        this.objects.set(keyOf(event.object), event.object.metadata);
        return;
      case 'delete':
        assert.ok(this.commits > 0 && this.#aside === null, 'delete before a complete picture');
        this.#remove(keyOf(event.object));
        return;
      default:
        event satisfies never;
    }
  };

  /** What it holds, as text, for comparison. */
  picture(): readonly string[] {
    return [...this.objects].map(([key, seen]) => `${key} ${seen.uid} ${seen.resourceVersion}`).sort();
  }

  #remove(key: string): void {
    const seen = this.objects.get(key);
    if (!seen) return;
    this.objects.delete(key);
    this.deleted.push(key);
    this.onDeleted(key, seen.uid);
  }

  #collecting(): Map<string, Seen> {
    assert.ok(this.#aside, 'initApply, initDelete or initDone without init');
    return this.#aside;
  }

  #commit(aside: Map<string, Seen>): void {
    // A Map may be changed while it is gone through.
    for (const [key, seen] of this.objects) {
      if (aside.get(key)?.uid !== seen.uid) this.#remove(key);
    }
    this.objects = aside;
    this.#aside = null;
    this.commits++;
  }
}

/** What the server has, in the same form. */
export function pictureOf(
  store: ObjectStore,
  resource: ResourceName,
  namespace: string | null = null,
): readonly string[] {
  return store
    .list(resource)
    .filter((object) => namespace === null || object.namespace === namespace)
    .map((object) => `${object.namespace}/${object.name} ${object.uid} ${object.revision}`)
    .sort();
}

function keyOf(object: { readonly metadata: { readonly namespace?: string; readonly name: string } }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

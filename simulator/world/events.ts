import { instantText, type ObjectStore } from '../object-store.ts';

/** Kubernetes keeps events for an hour; here some minutes are enough, and the number has a limit. */
const keptMs = 20 * 60_000;
const limitEvents = 1_500;

export interface EventTarget {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `spec.containers{app}` */
  readonly fieldPath?: string;
}

interface Recorded {
  readonly namespace: string;
  readonly name: string;
  count: number;
  readonly firstAt: number;
  lastAt: number;
}

/** Writes events as client-go's recorder does: a repetition counts up on the same object. */
export class EventRecorder {
  readonly #store: ObjectStore;
  readonly #recorded = new Map<string, Recorded>();
  #serial = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  record(
    target: EventTarget,
    type: 'Normal' | 'Warning',
    source: string,
    reason: string,
    message: string,
    now: number,
  ): void {
    const key = `${target.uid} ${target.fieldPath ?? ''} ${reason} ${message}`;
    const known = this.#recorded.get(key);
    if (known !== undefined) {
      known.count += 1;
      known.lastAt = now;
      const { count, name, namespace } = known;
      this.#store.update('events', namespace, name, (body) => ({ ...body, count, lastTimestamp: instantText(now) }));
      return;
    }
    if (this.#recorded.size >= limitEvents) this.expire(now, this.#oldestAt());
    this.#serial += 1;
    const name = `${target.name}.${this.#serial.toString(16).padStart(16, '0')}`;
    this.#recorded.set(key, { namespace: target.namespace, name, count: 1, firstAt: now, lastAt: now });
    this.#store.create('events', {
      metadata: { name, namespace: target.namespace },
      involvedObject: {
        kind: target.kind,
        namespace: target.namespace,
        name: target.name,
        uid: target.uid,
        apiVersion: target.kind === 'Pod' || target.kind === 'Node' ? 'v1' : 'apps/v1',
        ...(target.fieldPath === undefined ? {} : { fieldPath: target.fieldPath }),
      },
      type,
      reason,
      message,
      source: { component: source },
      reportingComponent: source,
      count: 1,
      firstTimestamp: instantText(now),
      lastTimestamp: instantText(now),
    });
  }

  /** Deletes what is older than the API server would keep it. */
  expire(now: number, before = now - keptMs): void {
    for (const [key, { namespace, name, lastAt }] of this.#recorded) {
      if (lastAt > before) continue;
      this.#recorded.delete(key);
      this.#store.delete('events', namespace, name);
    }
  }

  #oldestAt(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { lastAt } of this.#recorded.values()) oldest = Math.min(oldest, lastAt);
    return oldest;
  }
}

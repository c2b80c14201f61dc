import type { WorkloadKey } from '../../health/workload.ts';
import type { RolloutRecord } from '../../store/store.ts';
import { ending, observeRollout, type RolloutObservation, type TemplateDiff, type TrackedRollout } from './rollout.ts';

export interface RolloutTrackerOptions {
  readonly record: (rollout: RolloutRecord) => void;
  readonly diff: TemplateDiff;
  /** A rollout has begun, or the workload is not well: now the templates are worth fetching. */
  readonly onInteresting: (observation: RolloutObservation) => void;
}

/** Remembers the newest rollout of each workload between reconciles; one entry per workload of the cache. */
export class RolloutTracker {
  readonly #options: RolloutTrackerOptions;
  readonly #tracked = new Map<WorkloadKey, TrackedRollout>();
  /** Written before the last restart, until the workload is seen for the first time. */
  readonly #stored = new Map<WorkloadKey, RolloutRecord>();

  constructor(options: RolloutTrackerOptions) {
    this.#options = options;
  }

  /** Goes on with what the store holds, newest first. */
  load(records: readonly RolloutRecord[]): void {
    for (const record of records) if (!this.#stored.has(record.key)) this.#stored.set(record.key, record);
  }

  observe(observation: RolloutObservation): void {
    const { key, current } = observation;
    const stored = this.#stored.get(key);
    const known = this.#tracked.get(key) ?? resume(stored, observation);
    if (known === null && stored !== undefined) this.#end(stored, observation.now);
    this.#stored.delete(key);
    const { tracked, records } = observeRollout(known, observation, this.#options.diff);
    if (tracked !== null) this.#tracked.set(key, tracked);
    for (const record of records) this.#options.record(record);
    // A rollout can be over before it is looked at: that it began is enough.
    const hasBegun = records.length > 0 && tracked?.before !== null;
    const isQuiet = current.verdict.state === 'Healthy' || current.verdict.state === 'Idle';
    if (hasBegun || !isQuiet) this.#options.onInteresting(observation);
  }

  /** The workload is gone at `now`, and what was rolled out will not end otherwise; null where it is only not watched. */
  forget(key: WorkloadKey, now: number | null): void {
    const record = this.#tracked.get(key)?.record ?? this.#stored.get(key);
    if (record !== undefined && now !== null) this.#end(record, now);
    this.#tracked.delete(key);
    this.#stored.delete(key);
  }

  #end(record: RolloutRecord, now: number): void {
    for (const ended of ending(record, now)) this.#options.record(ended);
  }
}

/** A stored rollout is this workload's newest one if it has its revision; else one was missed, and a new one begins. */
function resume(
  record: RolloutRecord | undefined,
  { workload, previous, current }: RolloutObservation,
): TrackedRollout | null {
  if (record === undefined || previous?.uid !== workload.uid) return null;
  // The template that the workload has now is that of its revision only if the revision has not changed meanwhile.
  const template = record.revision === current.revision ? workload.rolloutTemplate : null;
  return { uid: workload.uid, record, template, before: null, seen: [record.revision] };
}

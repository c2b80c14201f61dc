import type { EventFacts } from '../../health/kubernetes.ts';
import type { PodSnapshot, Remembered, WorkloadSnapshot } from '../../health/verdict.ts';
import type { WorkloadKey } from '../../health/workload.ts';
import type { MetricSample, Page, RolloutRecord, StoreWriter } from '../../store/store.ts';

/** The writing side of the store over plain maps: what the controller is tested against where no disk is the subject. */
export class RecordingStore implements StoreWriter {
  readonly snapshots = new Map<WorkloadKey, WorkloadSnapshot>();
  readonly podsOf = new Map<WorkloadKey, readonly PodSnapshot[]>();
  readonly memory = new Map<WorkloadKey, Remembered>();
  readonly events = new Map<WorkloadKey, EventFacts[]>();
  readonly recordedRollouts: RolloutRecord[] = [];
  readonly samples: MetricSample[] = [];
  readonly removed: WorkloadKey[] = [];
  readonly marks: number[] = [];
  puts = 0;
  /** Answers `rollouts`: what an earlier process wrote. */
  storedRollouts: readonly RolloutRecord[] = [];
  /** Throws at the next put of these keys. */
  readonly failing = new Set<WorkloadKey>();

  latest(key: WorkloadKey): WorkloadSnapshot | null {
    return this.snapshots.get(key) ?? null;
  }

  remembered(key: WorkloadKey): Remembered {
    return this.memory.get(key) ?? {};
  }

  put(snapshot: WorkloadSnapshot, pods: readonly PodSnapshot[], remembered: Remembered): { readonly changed: boolean } {
    if (this.failing.has(snapshot.key)) throw new Error(`${snapshot.key} cannot be written`);
    this.puts++;
    const changed = JSON.stringify(this.snapshots.get(snapshot.key)) !== JSON.stringify(snapshot);
    this.snapshots.set(snapshot.key, snapshot);
    this.podsOf.set(snapshot.key, pods);
    this.memory.set(snapshot.key, remembered);
    return { changed };
  }

  remove(key: WorkloadKey): void {
    this.snapshots.delete(key);
    this.removed.push(key);
  }

  recordRollout(rollout: RolloutRecord): void {
    this.recordedRollouts.push(rollout);
  }

  recordEvents(key: WorkloadKey, events: readonly EventFacts[]): void {
    this.events.set(key, [...(this.events.get(key) ?? []), ...events]);
  }

  recordMetrics(samples: readonly MetricSample[]): void {
    this.samples.push(...samples);
  }

  keys(): Iterable<WorkloadKey> {
    return this.snapshots.keys();
  }

  observed(now: number): void {
    this.marks.push(now);
  }

  rollouts(): Promise<Page<RolloutRecord>> {
    return Promise.resolve({ items: this.storedRollouts, nextCursor: null });
  }
}

import type { EventFacts } from '../health/kubernetes.ts';
import type { WorkloadSnapshot } from '../health/verdict.ts';
import { parseWorkloadKey, type WorkloadKey } from '../health/workload.ts';
import type {
  Batch,
  EventWrite,
  IncidentWrite,
  ObservationGap,
  RolloutWrite,
  StatusChange,
  WorkloadWrite,
} from './batch.ts';
import { RowChanges } from './row-changes.ts';
import type { IncidentRecord, MetricSample, RolloutRecord } from './store.ts';

/**
 * What was accepted and is not in the file yet: the newest content per key, every status change in between. It is
 * bounded by the size of the cluster, not by the time that a disk is full: what grows with time has a limit, above
 * which the oldest goes and is counted.
 */

/** Rows of a batch; a workload with more pods than that is a batch of its own. */
export const limitBatchRows = 200;
const limitChangesPerWorkload = 1_000;
const limitEvents = 10_000;
const limitRollouts = 1_000;
const limitIncidents = 1_000;
const limitMinutes = 60;
const limitGaps = 1_000;
const limitBatchMinutes = 4;
/** Rows of rollouts, events and incidents that a full batch has room for beside its workloads. */
const limitFollowers = 50;
/** Of those that wait, so many are looked at for some that can go. */
const limitLookedAt = 500;

export interface PendingWorkload {
  readonly key: WorkloadKey;
  /** Null when only what is remembered changed. */
  snapshot: WorkloadSnapshot | null;
  firstSeenAt: number;
  listRow: string | null;
  detail: string | null;
  remembered: string | null;
  readonly pods: RowChanges;
  /** Nodes of a DaemonSet and ordinals of a StatefulSet. */
  readonly members: RowChanges;
  readonly changes: StatusChange[];
  deletedAt: number | null;
  /** Whether the list row is another one for a reader of the picture. */
  changesList: boolean;
  changesDetail: boolean;
}

/** What the picture is to show now. */
export interface Unshown {
  readonly workloads: readonly PendingWorkload[];
  /** Keys whose rollouts or events changed. */
  readonly touched: readonly WorkloadKey[];
  /** Whether incidents changed, which belong to no one key. */
  readonly changesIncidents: boolean;
}

/** A batch and what it was made of. */
export interface TakenBatch extends Unshown {
  readonly batch: Batch;
  readonly rollouts: readonly (readonly [string, RolloutRecord])[];
  readonly events: readonly (readonly [string, PendingEvent])[];
  readonly incidents: readonly (readonly [string, IncidentRecord])[];
  readonly minutes: readonly (readonly [number, Map<WorkloadKey, MetricSample>])[];
}

interface PendingEvent {
  readonly key: WorkloadKey;
  readonly event: EventFacts;
}

export class PendingWrites {
  #workloads = new Map<WorkloadKey, PendingWorkload>();
  /** Keys that the picture does not show yet. */
  #unshown = new Set<WorkloadKey>();
  #unshownDetails = new Set<WorkloadKey>();
  #areIncidentsUnshown = false;
  readonly #rollouts = new Map<string, RolloutRecord>();
  readonly #events = new Map<string, PendingEvent>();
  readonly #incidents = new Map<string, IncidentRecord>();
  readonly #minutes = new Map<number, Map<WorkloadKey, MetricSample>>();
  readonly #gaps: ObservationGap[] = [];
  #lastSeenAt: number | null = null;
  #dropped = 0;

  /** Rows that wait; pods count one each. */
  get rows(): number {
    let rows = this.#rollouts.size + this.#events.size + this.#incidents.size + this.#minutes.size + this.#gaps.length;
    for (const workload of this.#workloads.values()) rows += rowsOf(workload);
    return rows;
  }

  /** Workloads that wait, each with its pods. */
  get workloads(): number {
    return this.#workloads.size;
  }

  /** Rows that were given up because a limit was reached. */
  get dropped(): number {
    return this.#dropped;
  }

  get isEmpty(): boolean {
    return (
      this.#workloads.size === 0 &&
      this.#rollouts.size === 0 &&
      this.#events.size === 0 &&
      this.#incidents.size === 0 &&
      this.#minutes.size === 0 &&
      this.#gaps.length === 0 &&
      this.#lastSeenAt === null
    );
  }

  entries(): Iterable<PendingWorkload> {
    return this.#workloads.values();
  }

  /** The entry of a key, made empty when there is none. */
  workload(key: WorkloadKey, firstSeenAt: number): PendingWorkload {
    this.#unshown.add(key);
    const known = this.#workloads.get(key);
    if (known !== undefined) return known;
    const entry: PendingWorkload = {
      key,
      snapshot: null,
      firstSeenAt,
      listRow: null,
      detail: null,
      remembered: null,
      pods: new RowChanges(),
      members: new RowChanges(),
      changes: [],
      deletedAt: null,
      changesList: false,
      changesDetail: false,
    };
    this.#workloads.set(key, entry);
    return entry;
  }

  addChange(entry: PendingWorkload, change: StatusChange): void {
    entry.changes.push(change);
    if (entry.changes.length <= limitChangesPerWorkload) return;
    entry.changes.shift();
    this.#dropped += 1;
  }

  addRollout(rollout: RolloutRecord): void {
    this.#rollouts.set(`${rollout.key} ${rollout.revision} ${rollout.startedAt}`, rollout);
    this.#unshownDetails.add(rollout.key);
    this.#dropOldest(this.#rollouts, limitRollouts);
  }

  addEvent(key: WorkloadKey, event: EventFacts): void {
    this.#events.set(event.uid, { key, event });
    this.#unshownDetails.add(key);
    this.#dropOldest(this.#events, limitEvents);
  }

  addIncident(incident: IncidentRecord): void {
    this.#incidents.set(incident.id, incident);
    this.#areIncidentsUnshown = true;
    this.#dropOldest(this.#incidents, limitIncidents);
  }

  addSample(minuteAt: number, sample: MetricSample): void {
    const minute = this.#minutes.get(minuteAt) ?? new Map<WorkloadKey, MetricSample>();
    minute.set(sample.key, sample);
    this.#minutes.set(minuteAt, minute);
    this.#dropOldest(this.#minutes, limitMinutes);
  }

  addGap(gap: ObservationGap): void {
    this.#gaps.push(gap);
    this.#boundGaps();
  }

  seen(at: number): void {
    this.#lastSeenAt = at;
  }

  /**
   * Takes out the next batch: workloads first, and what refers to a workload only once that does not wait any more. In a
   * flood there is always some workload that waits, so the others' followers must not wait for all of them. The batch has
   * the revision after `revision` when it shows something new.
   */
  take(id: string, revision: number): TakenBatch {
    const workloads: PendingWorkload[] = [];
    let rows = 0;
    for (const entry of this.#workloads.values()) {
      if (rows > 0 && rows + rowsOf(entry) > limitBatchRows) break;
      rows += rowsOf(entry);
      workloads.push(entry);
      this.#workloads.delete(entry.key);
      this.#unshown.delete(entry.key);
    }
    const isLast = this.#workloads.size === 0;
    const room = Math.max(limitFollowers, limitBatchRows - rows);
    const isWritten = ({ key }: { readonly key: WorkloadKey }): boolean => !this.#workloads.has(key);
    const rollouts = takeEntries(this.#rollouts, room, isWritten);
    const events = takeEntries(this.#events, room, isWritten);
    // They name workloads, and refer to none.
    const incidents = takeEntries(this.#incidents, room);
    const touched = isLast ? [...this.#unshownDetails] : keysOf([...rollouts, ...events]);
    if (isLast) this.#unshownDetails.clear();
    // A minute is one row, whatever the number of its samples.
    const minutes = takeEntries(this.#minutes, isLast ? limitBatchMinutes : 0);
    const gaps = this.#gaps.splice(0);
    const lastSeenAt = this.#lastSeenAt;
    this.#lastSeenAt = null;
    const changesIncidents = this.#areIncidentsUnshown && incidents.length > 0;
    if (this.#incidents.size === 0) this.#areIncidentsUnshown = false;
    const isVisible =
      changesIncidents || touched.length > 0 || workloads.some((entry) => entry.changesList || entry.changesDetail);
    return {
      workloads,
      rollouts,
      events,
      incidents,
      minutes,
      touched,
      changesIncidents,
      batch: {
        id,
        revision: isVisible ? revision + 1 : revision,
        lastSeenAt,
        gaps,
        workloads: workloads.map(workloadWrite),
        rollouts: rollouts.map(([, rollout]) => rolloutWrite(rollout)),
        events: events.map(([, { key, event }]) => eventWrite(key, event)),
        incidents: incidents.map(([, incident]) => incidentWrite(incident)),
        metrics: minutes.map(([minuteAt, samples]) => ({ minuteAt, samples: [...samples.values()] })),
      },
    };
  }

  /** Puts a refused batch back, beneath what came in since. The picture shows it by now. */
  restore(taken: TakenBatch): void {
    const newer = this.#workloads;
    this.#workloads = new Map(taken.workloads.map((entry) => [entry.key, entry]));
    for (const [key, entry] of newer) {
      const older = this.#workloads.get(key);
      const merged = older === undefined ? entry : merge(older, entry);
      this.#workloads.set(key, merged);
      this.#dropped += merged.changes.splice(0, merged.changes.length - limitChangesPerWorkload).length;
    }
    putBeneath(this.#rollouts, taken.rollouts);
    putBeneath(this.#events, taken.events);
    putBeneath(this.#incidents, taken.incidents);
    putBeneath(this.#minutes, taken.minutes);
    this.#dropOldest(this.#rollouts, limitRollouts);
    this.#dropOldest(this.#events, limitEvents);
    this.#dropOldest(this.#incidents, limitIncidents);
    this.#dropOldest(this.#minutes, limitMinutes);
    this.#lastSeenAt ??= taken.batch.lastSeenAt;
    this.#gaps.unshift(...taken.batch.gaps);
    this.#boundGaps();
  }

  /** What the picture does not show yet; from now on it does. It stays pending. */
  takeUnshown(): Unshown {
    const workloads: PendingWorkload[] = [];
    for (const key of this.#unshown) {
      const entry = this.#workloads.get(key);
      if (entry !== undefined) workloads.push(entry);
    }
    const touched = [...this.#unshownDetails];
    this.#unshown.clear();
    this.#unshownDetails.clear();
    const changesIncidents = this.#areIncidentsUnshown;
    this.#areIncidentsUnshown = false;
    return { workloads, touched, changesIncidents };
  }

  /** Above the limit the two oldest become one: time in which nobody watched must not turn into watched time. */
  #boundGaps(): void {
    for (let surplus = this.#gaps.length - limitGaps; surplus > 0; surplus--) {
      const [first, second] = this.#gaps.splice(0, 2);
      if (first !== undefined && second !== undefined) this.#gaps.unshift({ from: first.from, to: second.to });
      this.#dropped += 1;
    }
  }

  #dropOldest<Key>(map: Map<Key, unknown>, limit: number): void {
    for (const key of map.keys()) {
      if (map.size <= limit) return;
      map.delete(key);
      this.#dropped += 1;
    }
  }
}

function rowsOf(entry: PendingWorkload): number {
  return 1 + entry.pods.size + entry.members.size + entry.changes.length;
}

/** `newer` on top of `older`, as if both had been accepted before the first was written. */
function merge(older: PendingWorkload, newer: PendingWorkload): PendingWorkload {
  return {
    ...newer,
    firstSeenAt: older.firstSeenAt,
    snapshot: newer.snapshot ?? older.snapshot,
    listRow: newer.listRow ?? older.listRow,
    detail: newer.detail ?? older.detail,
    remembered: newer.remembered ?? older.remembered,
    changes: [...older.changes, ...newer.changes],
    pods: older.pods.followedBy(newer.pods),
    members: older.members.followedBy(newer.members),
  };
}

function workloadWrite(entry: PendingWorkload): WorkloadWrite {
  const name = parseWorkloadKey(entry.key);
  if (name === null) throw new Error(`not a workload key: ${entry.key}`);
  return {
    namespace: name.namespace,
    kind: name.kind,
    name: name.name,
    content:
      entry.snapshot === null
        ? null
        : {
            uid: entry.snapshot.uid,
            firstSeenAt: entry.firstSeenAt,
            listRow: entry.listRow,
            detail: entry.detail,
          },
    remembered: entry.remembered,
    pods: entry.pods.toWrite(),
    members: entry.members.toWrite(),
    changes: entry.changes,
    deletedAt: entry.deletedAt,
  };
}

function rolloutWrite(rollout: RolloutRecord): RolloutWrite {
  const { key, revision, startedAt, finishedAt, outcome } = rollout;
  return {
    key,
    revision,
    startedAt,
    finishedAt,
    outcome,
    images: JSON.stringify(rollout.images),
    changes: JSON.stringify(rollout.changes),
  };
}

function eventWrite(key: WorkloadKey, event: EventFacts): EventWrite {
  const { uid, type, reason, message, count, firstAt, lastAt, involved } = event;
  return {
    uid,
    key,
    type,
    reason,
    message,
    count,
    firstAt,
    lastAt,
    objectKind: involved.kind,
    objectName: involved.name,
  };
}

function incidentWrite(incident: IncidentRecord): IncidentWrite {
  const { id, causeCode, title, message, severity, since, until, group } = incident;
  return {
    id,
    causeCode,
    title,
    message,
    severity,
    since,
    until,
    groupType: group.type,
    groupName: group.name,
    workloads: JSON.stringify(incident.workloads),
  };
}

function putBeneath<Key, Value>(map: Map<Key, Value>, older: readonly (readonly [Key, Value])[]): void {
  const newer = [...map];
  map.clear();
  for (const [key, value] of [...older, ...newer]) map.set(key, value);
}

function takeEntries<Key, Value>(
  map: Map<Key, Value>,
  limit: number,
  canGo: (value: Value) => boolean = () => true,
): [Key, Value][] {
  const taken: [Key, Value][] = [];
  let lookedAt = 0;
  for (const entry of map) {
    if (taken.length >= limit || lookedAt >= limitLookedAt) break;
    lookedAt += 1;
    if (!canGo(entry[1])) continue;
    taken.push(entry);
    map.delete(entry[0]);
  }
  return taken;
}

function keysOf(entries: readonly (readonly [string, { readonly key: WorkloadKey }])[]): readonly WorkloadKey[] {
  return [...new Set(entries.map(([, { key }]) => key))];
}

import { incidentKey, incidentsOf, type OpenIncident } from '../health/incident.ts';
import type { WorkloadSnapshot } from '../health/verdict.ts';
import type { WorkloadKey } from '../health/workload.ts';
import type { IncidentRecord } from './store.ts';

/**
 * Incidents over time: which one begins, changes and ends as the picture changes. `health/incident.ts` says which there
 * are now; this gives each a beginning, an end and a name. Pure but for what it remembers.
 */
export class IncidentLog {
  readonly #open = new Map<string, IncidentRecord>();
  /** Everything that was part of an open incident at some time: what its record tells once it is over. */
  readonly #members = new Map<string, Set<WorkloadKey>>();

  /** @param open those that were open when the process stopped. */
  constructor(open: Iterable<IncidentRecord>) {
    for (const incident of open) this.#keep(incidentKey(incident.causeCode, incident.group), incident);
  }

  /** Newest first. */
  open(): readonly IncidentRecord[] {
    return [...this.#open.values()].sort((left, right) => right.since - left.since || (left.id < right.id ? 1 : -1));
  }

  /** Compares with the picture; returns the records that are new or different, closed ones included. */
  update(snapshots: Iterable<WorkloadSnapshot>, now: number): readonly IncidentRecord[] {
    const changed: IncidentRecord[] = [];
    const gone = new Map(this.#open);
    for (const found of incidentsOf(snapshots)) {
      const before = gone.get(found.key);
      gone.delete(found.key);
      if (before !== undefined && isSame(before, found)) continue;
      changed.push(this.#keep(found.key, before === undefined ? begin(found, now) : { ...before, ...told(found) }));
    }
    for (const [key, incident] of gone) {
      const workloads = [...(this.#members.get(key) ?? incident.workloads)].sort();
      this.#open.delete(key);
      this.#members.delete(key);
      changed.push({ ...incident, workloads, until: Math.max(now, incident.since) });
    }
    return changed;
  }

  #keep(key: string, incident: IncidentRecord): IncidentRecord {
    this.#open.set(key, incident);
    const members = this.#members.get(key) ?? new Set();
    this.#members.set(key, members);
    for (const workload of incident.workloads) if (members.size < limitMembers) members.add(workload);
    return incident;
  }
}

/** Workloads that an incident names at most once it is over: as keys of 50 bytes a quarter of a megabyte. */
const limitMembers = 5_000;

function begin(found: OpenIncident, now: number): IncidentRecord {
  const { key, causeCode, group } = found;
  // An object may tell a time after ours; an incident does not begin later than it is seen.
  const since = Math.min(found.since ?? now, now);
  return { id: `${key}/${since}`, causeCode, since, until: null, group, ...told(found) };
}

/** What may change while an incident lasts. */
function told({ title, message, severity, workloads }: OpenIncident) {
  return { title, message, severity, workloads };
}

function isSame(before: IncidentRecord, found: OpenIncident): boolean {
  return (
    before.title === found.title &&
    before.message === found.message &&
    before.severity === found.severity &&
    before.workloads.length === found.workloads.length &&
    before.workloads.every((key, index) => key === found.workloads[index])
  );
}

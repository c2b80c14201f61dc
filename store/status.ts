import type { AvailabilityLevel, WorkloadSnapshot } from '../health/verdict.ts';
import { isState, type WorkloadKey } from '../health/workload.ts';
import type { StatusChange } from './batch.ts';
import { availabilityCode, availabilityOf, firstSight, type StoredState, stateCode, stateOf } from './codes.ts';
import type { Transition } from './store.ts';
import type { StatusRow } from './uptime.ts';

/** What the newest interval of a workload says. */
export interface Standing {
  readonly at: number;
  readonly uid: string;
  readonly state: StoredState;
  readonly availability: AvailabilityLevel;
  readonly causeCode: string | null;
}

/**
 * The interval that begins with a snapshot, or null when the standing one goes on. Instants of a workload only grow:
 * `now` may lie before them when the clock was set back.
 */
export function nextStanding(
  previous: Standing | null,
  snapshot: WorkloadSnapshot,
  now: number,
): { readonly standing: Standing; readonly change: StatusChange } | null {
  const { verdict, uid } = snapshot;
  const causeCode = verdict.cause?.code ?? null;
  const isNew = previous === null || previous.state === 'Absent' || previous.uid !== uid;
  const isTransition = isNew || previous.state !== verdict.state || previous.causeCode !== causeCode;
  if (!isTransition && previous.availability === verdict.availability.level) return null;
  const at = Math.max(now, (previous?.at ?? now - 1) + 1);
  const standing = { at, uid, state: verdict.state, availability: verdict.availability.level, causeCode };
  const before = isNew ? firstSight : isTransition ? stateCode(previous.state) : null;
  return {
    standing,
    change: {
      at,
      state: stateCode(standing.state),
      availability: availabilityCode(standing.availability),
      causeCode,
      message: messageOf(snapshot, previous !== null && isNew),
      previousState: before,
    },
  };
}

/** The end of a workload: no transition, the time that follows belongs to nobody. */
export function absentStanding(
  previous: Standing,
  now: number,
): { readonly standing: Standing; readonly change: StatusChange } {
  const at = Math.max(now, previous.at + 1);
  return {
    standing: { ...previous, at, state: 'Absent', availability: 'notApplicable', causeCode: null },
    change: {
      at,
      state: stateCode('Absent'),
      availability: availabilityCode('notApplicable'),
      causeCode: null,
      message: 'Deleted.',
      previousState: null,
    },
  };
}

/** The change as a row of the file reads. */
export function statusRowOf({ at, state, availability, causeCode }: StatusChange): StatusRow {
  return { from: at, state: stateOf(state), availability: availabilityOf(availability), causeCode };
}

/** What the change tells a reader; null when neither state nor cause is another one. */
export function transitionOf(key: WorkloadKey, change: StatusChange): Transition | null {
  const { at, causeCode, message, previousState } = change;
  const to = stateOf(change.state);
  if (previousState === null || !isState(to)) return null;
  const from = previousState === firstSight ? null : stateOf(previousState);
  return { key, at, from: from !== null && isState(from) ? from : null, to, causeCode, message };
}

/** Longest message kept in the history; the whole one stands in the snapshot. */
const limitMessageLength = 500;

function messageOf(snapshot: WorkloadSnapshot, isRecreated: boolean): string {
  const text = snapshot.verdict.cause?.message ?? withoutCause(snapshot);
  return (isRecreated ? `Created again with a new UID. ${text}` : text).slice(0, limitMessageLength);
}

/** What a state that needs no cause says: who is there, and for an idle workload why nobody is. */
function withoutCause({ verdict, causes }: WorkloadSnapshot): string {
  const { desired, available } = verdict.availability;
  const [note] = causes;
  if (verdict.state === 'Idle' && note !== undefined) return `${note.message}.`;
  const surplus = available - desired;
  if (surplus <= 0) return `${available} of ${desired} available.`;
  // Just after scaling down: the rest is still there, and is on its way out.
  return `${desired} of ${desired} available, ${surplus} more than wanted.`;
}

import type { AvailabilityLevel } from '../health/verdict.ts';
import type { State } from '../health/workload.ts';

/**
 * Words as they stand in the file: small integers, because there are millions of them. A number once released never
 * changes its meaning; that is why they are written out and not taken from the order of a list.
 */

/** A state in the file; `Absent` is the time between deletion and re-creation. */
export type StoredState = State | 'Absent';

const stateCodes = {
  Down: 0,
  Degraded: 1,
  Progressing: 2,
  Unknown: 3,
  Paused: 4,
  Terminating: 5,
  Idle: 6,
  Healthy: 7,
  Absent: 8,
} as const satisfies Record<StoredState, number>;

const availabilityCodes = {
  full: 0,
  reduced: 1,
  none: 2,
  notApplicable: 3,
} as const satisfies Record<AvailabilityLevel, number>;

/** `previous_state` of a workload that was not there before. */
export const firstSight = -1;

export const stateCode = (state: StoredState): number => stateCodes[state];
export const availabilityCode = (level: AvailabilityLevel): number => availabilityCodes[level];

const states = invert(stateCodes);
const levels = invert(availabilityCodes);

/** The word of a code; `Unknown` for a number that no version ever wrote. */
export function stateOf(code: number): StoredState {
  return states.get(code) ?? 'Unknown';
}

export function availabilityOf(code: number): AvailabilityLevel {
  return levels.get(code) ?? 'notApplicable';
}

function invert<Word extends string>(codes: Readonly<Record<Word, number>>): ReadonlyMap<number, Word> {
  const words = new Map<number, Word>();
  for (const word in codes) words.set(codes[word], word);
  return words;
}

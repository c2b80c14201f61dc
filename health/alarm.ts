/**
 * The earliest instant after `now` at which time alone can change what is said: rules name their deadlines while they
 * judge, and the reconciler looks again at the first of them.
 */
export interface Alarm {
  /** Remembers an instant (epoch ms) that lies ahead; one that has passed, null and Infinity are ignored. */
  at(instant: number | null): void;
  /** Null when time alone changes nothing. */
  next(): number | null;
}

export function alarmAfter(now: number): Alarm {
  let earliest = Number.POSITIVE_INFINITY;
  return {
    at(instant) {
      if (instant !== null && instant > now && instant < earliest) earliest = instant;
    },
    next: () => (earliest === Number.POSITIVE_INFINITY ? null : earliest),
  };
}

import type { Texts } from '../texts/en.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * A length of time for a glance: one unit, two where the second still matters (below 10 h and below 10 d).
 * Negative lengths (clocks that disagree) count as zero.
 */
export function formatDuration(lengthMs: number, units: Texts['units']): string {
  const length = Math.max(0, lengthMs);
  if (length < minuteMs) return `${Math.floor(length / secondMs)} ${units.second}`;
  if (length < hourMs) return `${Math.floor(length / minuteMs)} ${units.minute}`;
  if (length < dayMs) {
    return twoUnits(length, hourMs, units.hour, minuteMs, units.minute);
  }
  return twoUnits(length, dayMs, units.day, hourMs, units.hour);
}

function twoUnits(length: number, largeMs: number, large: string, smallMs: number, small: string): string {
  const count = Math.floor(length / largeMs);
  const rest = Math.floor((length % largeMs) / smallMs);
  return count < 10 && rest > 0 ? `${count} ${large} ${rest} ${small}` : `${count} ${large}`;
}

/** How long the text of `formatDuration` stays right, in milliseconds: when to draw it again. */
export function durationStep(lengthMs: number): number {
  if (lengthMs < minuteMs) return secondMs;
  return lengthMs < 10 * hourMs ? minuteMs / 4 : hourMs / 4;
}

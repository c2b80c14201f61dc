import { severityRank } from '../health/workload.ts';
import type { AvailabilityLevel } from '../health/verdict.ts';
import { countsFor } from './uptime.ts';
import { type StoredState, stateCode, stateOf } from './codes.ts';
import type { Observation } from './observation.ts';

/**
 * The last 24 hours of one workload in 48 half-hours of UTC: worst state and time available in each. Bounded by
 * construction (about 700 bytes), however often a workload flaps, and exact, so the list needs no query.
 */

export const halfHourMs = 30 * 60_000;
const slots = 48;

const letters = {
  Healthy: 'H',
  Progressing: 'P',
  Degraded: 'D',
  Down: 'X',
  Paused: 'S',
  Idle: 'I',
  Terminating: 'T',
  Unknown: 'U',
  Absent: '-',
} as const satisfies Record<StoredState, string>;
const notObserved = '-';

export interface Strip {
  readonly strip24h: string;
  readonly uptime24h: number | null;
}

export class HalfHours {
  /** Per half-hour: code of the worst state plus one (0: nothing seen), ms judged, ms full. */
  readonly #slots = new Uint32Array(slots * 3);
  #newest: number;
  #state: StoredState;
  #availability: AvailabilityLevel;
  #doneUntil: number;
  #shown: (Strip & { readonly halfHour: number }) | null = null;

  constructor(from: number, state: StoredState, availability: AvailabilityLevel) {
    this.#newest = Math.floor(from / halfHourMs);
    this.#doneUntil = from;
    this.#state = state;
    this.#availability = availability;
  }

  /** The workload is in another state from `at` on. */
  change(at: number, state: StoredState, availability: AvailabilityLevel, observation: Observation): void {
    this.#accrue(at, observation);
    this.#state = state;
    this.#availability = availability;
    this.#note(Math.floor(at / halfHourMs));
    this.#shown = null;
  }

  /** The same answer within a half-hour unless the workload changed: the ETag of the list rests on it. */
  strip(now: number, observation: Observation): Strip {
    const halfHour = Math.floor(now / halfHourMs);
    if (this.#shown?.halfHour === halfHour) return this.#shown;
    const watchedUntil = observation.watchedUntil(now);
    this.#accrue(watchedUntil, observation);
    // The half-hour that begins at this very instant has its state already.
    if (watchedUntil === now) this.#note(halfHour);
    else this.#moveTo(halfHour);
    // Joined, not added up: a text that was added up letter by letter keeps 1.1 kB of pieces.
    const strip: string[] = [];
    let judgedMs = 0;
    let fullMs = 0;
    for (let number = this.#newest - slots + 1; number <= this.#newest; number += 1) {
      const slot = slotOf(number);
      const worst = this.#slots[slot] ?? 0;
      strip.push(worst === 0 ? notObserved : letters[stateOf(worst - 1)]);
      judgedMs += this.#slots[slot + judged] ?? 0;
      fullMs += this.#slots[slot + full] ?? 0;
    }
    this.#shown = { strip24h: strip.join(''), uptime24h: judgedMs === 0 ? null : fullMs / judgedMs, halfHour };
    return this.#shown;
  }

  #accrue(until: number, observation: Observation): void {
    if (until <= this.#doneUntil) return;
    const from = Math.max(this.#doneUntil, until - slots * halfHourMs);
    this.#doneUntil = until;
    // What lies after the last mark and its tolerated silence was not watched, whatever the next mark says.
    const watchedUntil = Math.min(until, observation.watchedUntil(until));
    observation.forEachWatched(from, watchedUntil, (watchedFrom, watchedTo) =>
      this.#accrueWatched(watchedFrom, watchedTo),
    );
    this.#moveTo(Math.floor(until / halfHourMs));
  }

  #accrueWatched(from: number, to: number): void {
    const counts = countsFor(this.#state, this.#availability);
    for (let at = from; at < to; ) {
      const number = Math.floor(at / halfHourMs);
      const end = Math.min(to, (number + 1) * halfHourMs);
      this.#note(number);
      // The half-hour that has just left the strip shares its slot with the newest.
      if (counts !== null && number > this.#newest - slots) {
        this.#add(slotOf(number) + judged, end - at);
        if (counts === 'full') this.#add(slotOf(number) + full, end - at);
      }
      at = end;
    }
  }

  #note(number: number): void {
    this.#moveTo(number);
    if (this.#state === 'Absent' || number <= this.#newest - slots) return;
    const slot = slotOf(number);
    const worst = this.#slots[slot] ?? 0;
    const before = worst === 0 ? null : stateOf(worst - 1);
    const isWorse = before === null || before === 'Absent' || severityRank(this.#state) < severityRank(before);
    if (isWorse) this.#slots[slot] = stateCode(this.#state) + 1;
  }

  #add(index: number, lengthMs: number): void {
    this.#slots[index] = (this.#slots[index] ?? 0) + lengthMs;
  }

  /** Slots between the newest and `number` begin anew. */
  #moveTo(number: number): void {
    if (number <= this.#newest) return;
    const first = Math.max(this.#newest + 1, number - slots + 1);
    for (let fresh = first; fresh <= number; fresh += 1) {
      const slot = slotOf(fresh);
      this.#slots.fill(0, slot, slot + 3);
    }
    this.#newest = number;
  }
}

/** Offsets behind the worst state of a slot. */
const judged = 1;
const full = 2;

function slotOf(number: number): number {
  return (number % slots) * 3;
}

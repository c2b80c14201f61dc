import type { ObservationGap } from './batch.ts';

/**
 * When somebody watched. Time without a mark for longer than `limitSilenceMs`, and the time between two runs of the
 * process, is a gap: it reads NotObserved and counts neither as up nor as down. Time never runs backwards here: a mark
 * older than the newest changes nothing, so a clock that is set back costs resolution until it has caught up, and
 * nothing that was told before is told differently.
 */

/** Longest time between two marks that still counts as watched. */
export const limitSilenceMs = 60_000;
/** Gaps kept in memory: those that a strip of 24 hours can touch. */
const limitGaps = 512;
const keptGapsMs = 25 * 3_600_000;

export class Observation {
  #gaps: ObservationGap[];
  #lastSeenAt: number | null;
  /** False after a start until the first mark: until then nothing after the last mark was watched. */
  #isWatching = false;

  constructor(lastSeenAt: number | null, gaps: readonly ObservationGap[]) {
    this.#lastSeenAt = lastSeenAt;
    this.#gaps = [...gaps];
  }

  get lastSeenAt(): number | null {
    return this.#lastSeenAt;
  }

  /** Notes that the cluster is watched at `now`; returns the gap that ends with it, if there was one. */
  mark(now: number): ObservationGap | null {
    const before = this.#lastSeenAt;
    const wasWatching = this.#isWatching;
    this.#isWatching = true;
    if (before !== null && now <= before) return null;
    this.#lastSeenAt = now;
    if (before === null || (wasWatching && now - before <= limitSilenceMs)) return null;
    const gap = { from: before, to: now };
    this.#gaps.push(gap);
    while (this.#gaps.length > limitGaps || (this.#gaps[0]?.to ?? now) < now - keptGapsMs) this.#gaps.shift();
    return gap;
  }

  /** Newest instant that counts as watched when it is asked at `now`: a mark carries for the tolerated silence. */
  watchedUntil(now: number): number {
    const last = this.#lastSeenAt;
    if (last === null || !this.#isWatching) return last ?? now;
    return now - last <= limitSilenceMs ? now : last;
  }

  /** Calls back with each stretch of [from, to) in which somebody watched, in order. */
  forEachWatched(from: number, to: number, visit: (from: number, to: number) => void): void {
    let at = from;
    for (const gap of this.#gaps) {
      if (gap.to <= at) continue;
      if (gap.from >= to) break;
      if (gap.from > at) visit(at, gap.from);
      at = Math.max(at, gap.to);
    }
    if (at < to) visit(at, to);
  }
}

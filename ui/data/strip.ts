import type { HistoryState } from '../../health/workload.ts';

/** The 24 hours of a workload as its strip tells them: 48 half-hours in UTC, oldest first. */

const states: Readonly<Record<string, HistoryState>> = {
  H: 'Healthy',
  P: 'Progressing',
  D: 'Degraded',
  X: 'Down',
  S: 'Paused',
  I: 'Idle',
  T: 'Terminating',
  U: 'Unknown',
  '-': 'NotObserved',
};

export interface StripRun {
  readonly state: HistoryState;
  /** Half-hours from the start of the strip. */
  readonly start: number;
  readonly length: number;
}

/** Equal neighbours become one run: a healthy day is one rectangle. */
export function stripRuns(strip: string): readonly StripRun[] {
  const runs: { state: HistoryState; start: number; length: number }[] = [];
  for (const [index, letter] of strip.split('').entries()) {
    const state = states[letter] ?? 'NotObserved';
    const last = runs.at(-1);
    if (last?.state === state) last.length += 1;
    else runs.push({ state, start: index, length: 1 });
  }
  return runs;
}

/** Hours in each state, worst first by appearance: the text beside the picture. */
export function stripHours(strip: string): ReadonlyMap<HistoryState, number> {
  const hours = new Map<HistoryState, number>();
  for (const { state, length } of stripRuns(strip)) hours.set(state, (hours.get(state) ?? 0) + length / 2);
  return hours;
}

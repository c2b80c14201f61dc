import type { History } from '../../api/contract.ts';
import type { HistoryState } from '../../health/workload.ts';

/** Places on a time axis, as shares of one: 0 is its start, 1 its end. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface StateBar {
  readonly state: HistoryState;
  readonly start: number;
  readonly length: number;
  readonly from: string;
  readonly to: string | null;
  readonly causeCode: string | null;
}

/** Where an instant is in a span, cut at its ends. */
export function positionOf(atMs: number, { fromMs, toMs }: TimeSpan): number {
  if (toMs <= fromMs) return 0;
  return Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)));
}

/**
 * Intervals as bars; what is outside of the span is left out, an open interval reaches to its end. Before the first of
 * them nobody looked: from where the workload existed that is drawn as such, not left blank.
 *
 * @param createdAt RFC 3339; null where it is not known
 */
export function stateBars(
  intervals: History['intervals'],
  span: TimeSpan,
  createdAt: string | null = null,
): readonly StateBar[] {
  const bars: StateBar[] = [];
  const [first] = intervals;
  if (first !== undefined && createdAt !== null) {
    const start = positionOf(Date.parse(createdAt), span);
    const length = positionOf(Date.parse(first.from), span) - start;
    // Below a thousandth of the picture it is the moment between creation and its first sight.
    if (length > 0.001) {
      bars.push({ state: 'NotObserved', start, length, from: createdAt, to: first.from, causeCode: null });
    }
  }
  for (const { from, to, state, causeCode } of intervals) {
    const startMs = Date.parse(from);
    const endMs = to === null ? span.toMs : Date.parse(to);
    if (endMs <= span.fromMs || startMs >= span.toMs) continue;
    const start = positionOf(startMs, span);
    bars.push({ state, start, length: positionOf(endMs, span) - start, from, to, causeCode });
  }
  return bars;
}

export interface Tick {
  readonly at: number;
  readonly position: number;
}

const steps = [
  5 * 60_000,
  15 * 60_000,
  60 * 60_000,
  4 * 3_600_000,
  86_400_000,
  7 * 86_400_000,
  14 * 86_400_000,
  30 * 86_400_000,
];

/** Round instants for an axis, about `count` of them. */
export function ticksOf(span: TimeSpan, count: number, zoneOffsetMs: number): readonly Tick[] {
  const wanted = (span.toMs - span.fromMs) / Math.max(1, count);
  const step = steps.find((each) => each >= wanted) ?? steps.at(-1) ?? 86_400_000;
  const first = Math.ceil((span.fromMs + zoneOffsetMs) / step) * step - zoneOffsetMs;
  const ticks: Tick[] = [];
  for (let at = first; at < span.toMs; at += step) ticks.push({ at, position: positionOf(at, span) });
  return ticks;
}

export const rangeMs: Readonly<Record<string, number>> = {
  '1h': 3_600_000,
  '6h': 6 * 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
  '90d': 90 * 86_400_000,
};

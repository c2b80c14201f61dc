import type { Alarm } from './alarm.ts';
import type { PodView } from './pod-view.ts';
import type { Availability } from './verdict.ts';

/**
 * The first axis: how many of the wanted replicas serve, and for which of the missing ones there is no excuse.
 *
 * Graces run from instants in the objects, so that a restart of the product changes nothing:
 *
 *     was available, lost it       30 s from Ready=False     (a readiness blip is no outage)
 *     never was available          2 min from its start, or what its diagnosis allows (a slow probe, an autoscaler)
 *     ready, waits for its turn    minReadySeconds + 30 s
 *     cannot heal by itself        none
 */

export const regressionGraceMs = 30_000;
export const startupGraceMs = 120_000;
const minReadySlackMs = 30_000;

export function availabilityOf(desired: number, ready: number, available: number): Availability {
  return { level: levelOf(desired, available), desired, ready, available };
}

function levelOf(desired: number, available: number): Availability['level'] {
  if (desired === 0) return 'notApplicable';
  if (available === 0) return 'none';
  return available < desired ? 'reduced' : 'full';
}

/** A pod that should serve and does not. */
export interface Gap {
  readonly view: PodView;
  /** When it stops (or stopped) being excused. */
  readonly excusedUntilAt: number;
  readonly isExcused: boolean;
}

/**
 * Every standing pod that is not available, with its excuse.
 *
 * @param triedSinceAt when the first of a row of pods was made that came to nothing; null where there were none
 */
export function gapsOf(
  views: readonly PodView[],
  now: number,
  alarm: Alarm,
  triedSinceAt: number | null = null,
): Gap[] {
  const gaps: Gap[] = [];
  for (const view of views) {
    if (view.available || view.leaving || view.ended) continue;
    const excusedUntilAt = excusedUntil(view, now, triedSinceAt);
    alarm.at(excusedUntilAt);
    alarm.at(view.availableAt);
    gaps.push({ view, excusedUntilAt, isExcused: excusedUntilAt > now });
  }
  return gaps;
}

/** Nothing that is missing was lost: each has yet to serve, or waits for its turn. */
export function areComingUp(gaps: readonly Gap[]): boolean {
  return gaps.every(({ view }) => !view.wasReady || view.ready);
}

function excusedUntil(view: PodView, now: number, triedSinceAt: number | null): number {
  const { diagnosis } = view;
  if (diagnosis?.hard === true)
    return Math.min(now, diagnosis.graceUntilAt ?? diagnosis.sinceAt ?? view.pendingSinceAt);
  // It comes back, and goes again: no blip.
  if (view.flapping !== null) return Math.min(now, view.flapping.sinceAt);
  if (view.ready) return (view.availableAt ?? now) + minReadySlackMs;
  // A lost node takes its pods with it at once: there is no blip to wait for.
  if (view.wasReady) return lostAt(view) + (diagnosis?.cause?.group?.type === 'node' ? 0 : regressionGraceMs);
  if (triedSinceAt !== null) return triedSinceAt + startupGraceMs;
  return Math.max(view.pendingSinceAt + startupGraceMs, diagnosis?.graceUntilAt ?? 0);
}

/** When a pod that was ready stopped being so. */
export function lostAt(view: PodView): number {
  if (view.leaving && view.pod.deletionAt !== null) {
    // deletionTimestamp lies one grace period after the moment of the request.
    return view.pod.deletionAt - view.pod.spec.terminationGracePeriodSeconds * 1000;
  }
  return view.readyChangedAt ?? view.pendingSinceAt;
}

/**
 * When the last available pod went: the youngest loss of those that are left. Null when no pod tells.
 */
export function lastLossAt(views: readonly PodView[]): number | null {
  let latest: number | null = null;
  for (const view of views) {
    if (!view.wasReady) continue;
    const at = lostAt(view);
    if (latest === null || at > latest) latest = at;
  }
  return latest;
}

/** Since when every replica that is available now has been: the start of Healthy. */
export function fullSince(pods: readonly PodView[]): number | null {
  let since: number | null = null;
  for (const view of pods) {
    if (!view.available) continue;
    const at = Math.max(view.availableAt ?? 0, view.readyChangedAt ?? view.pod.createdAt);
    if (since === null || at > since) since = at;
  }
  return since;
}

import { Counter, Gauge, type Registry } from 'prom-client';
import type { WatchStatus } from '../api/cluster.ts';
import type { ReflectorCounters } from './reflector/reflector.ts';
import type { ClusterCache } from './cache/cluster-cache.ts';

/** What is measured of one watch. */
export interface MeasuredWatch {
  readonly status: WatchStatus;
  readonly counters: ReflectorCounters;
}

const labelNames = ['resource', 'namespace'] as const;

/** [name, help, counter of the reflector] */
const counted = [
  ['events_total', 'Events that were taken from watches', 'events'],
  ['bookmarks_total', 'Bookmarks that moved the resource version without a change', 'bookmarks'],
  ['relists_total', 'Complete lists after the first', 'relists'],
  ['reconnects_total', 'Watches opened again', 'reconnects'],
  ['failures_total', 'Requests that failed or streams that broke', 'failures'],
  ['undecodable_total', 'Lines, items or answers that could not be read', 'undecodable'],
  ['skipped_objects_total', 'Objects without name, uid or resource version', 'skippedObjects'],
  ['sink_failures_total', 'Events that the cache refused', 'sinkFailures'],
  ['audits_total', 'Comparisons of the number of objects with the server', 'audits'],
  ['audit_mismatches_total', 'Comparisons that found a difference', 'auditMismatches'],
] as const satisfies readonly (readonly [string, string, keyof ReflectorCounters])[];

/** The watches and the cache on `/metrics`: read off them when somebody asks, nothing is counted twice. */
export function registerWatchMetrics(
  registry: Registry,
  watches: () => readonly MeasuredWatch[],
  cache: ClusterCache,
): void {
  const labelsOf = ({ status }: MeasuredWatch) => ({
    resource: status.resource,
    namespace: status.namespace ?? '',
  });
  for (const [name, help, counter] of counted) {
    registry.registerMetric(
      new Counter({
        name: `maintenant_reflector_${name}`,
        help,
        labelNames,
        registers: [],
        collect() {
          this.reset();
          for (const watch of watches()) this.inc(labelsOf(watch), watch.counters[counter]);
        },
      }),
    );
  }
  const gauge = (name: string, help: string, labels: readonly string[], set: (gauge: Gauge) => void): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: labels,
        registers: [],
        collect() {
          this.reset();
          set(this);
        },
      }),
    );
  };
  gauge('maintenant_watch_objects', 'Objects of this watch in the cache', labelNames, (metric) => {
    for (const watch of watches()) metric.set(labelsOf(watch), watch.status.objects);
  });
  gauge(
    'maintenant_watch_up',
    '1 while the watch is connected, 0 while it is not or not permitted',
    labelNames,
    (metric) => {
      for (const watch of watches()) metric.set(labelsOf(watch), watch.status.state === 'synced' ? 1 : 0);
    },
  );
  gauge('maintenant_cache_pod_shapes', 'Distinct sets of what sibling pods share', [], (metric) => {
    metric.set(cache.podProjection.sizes.shapes);
  });
  registry.registerMetric(
    new Counter({
      name: 'maintenant_cache_events_evicted_total',
      help: 'Events that made room for newer ones',
      registers: [],
      collect() {
        this.reset();
        this.inc(cache.events.evicted);
      },
    }),
  );
}

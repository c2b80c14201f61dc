import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Clock } from '../clock.ts';
import type { WorkQueueObserver } from './work-queue.ts';

/** 0.1 ms … 60 s: below it nothing is worth telling apart, above it a key has reached the cap of its backoff. */
const bucketsSeconds = [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What the gauges read off a queue. */
export interface MeasuredQueue {
  readonly depth: number;
  /** When each key that is being processed was taken, on the monotonic clock. */
  processing(): Iterable<number>;
}

/**
 * The seven metrics of client-go's workqueue under their own names, so that dashboards made for any controller work.
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/component-base/metrics/prometheus/workqueue/metrics.go
 */
export class WorkQueueMetrics implements WorkQueueObserver {
  readonly #registry: Registry;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #adds: Counter;
  readonly #retries: Counter;
  readonly #queueDuration: Histogram;
  readonly #workDuration: Histogram;

  constructor(registry: Registry, name: string, clock: Clock) {
    this.#registry = registry;
    this.#name = name;
    this.#clock = clock;
    const described = (metric: string, help: string) => ({
      name: metric,
      help,
      labelNames: ['name'],
      registers: [registry],
    });
    this.#adds = new Counter(described('workqueue_adds_total', 'Total number of adds handled by the work queue'));
    this.#retries = new Counter(
      described('workqueue_retries_total', 'Total number of retries handled by the work queue'),
    );
    // From the first scrape on, so that a rate over the first retry is no gap.
    this.#adds.inc({ name }, 0);
    this.#retries.inc({ name }, 0);
    this.#queueDuration = new Histogram({
      ...described('workqueue_queue_duration_seconds', 'Seconds that an item stays in the queue before it is taken'),
      buckets: bucketsSeconds,
    });
    this.#workDuration = new Histogram({
      ...described('workqueue_work_duration_seconds', 'Seconds that processing an item of the queue takes'),
      buckets: bucketsSeconds,
    });
  }

  /** Adds the gauges, which are read off the queue when somebody asks for them. */
  watch(queue: MeasuredQueue): void {
    const ages = (): number[] => [...queue.processing()].map((takenAt) => (this.#clock.monotonic() - takenAt) / 1000);
    this.#gauge('workqueue_depth', 'Current depth of the work queue', () => queue.depth);
    this.#gauge('workqueue_unfinished_work_seconds', 'Sum of the seconds of all runs that have not ended yet', () =>
      ages().reduce((sum, age) => sum + age, 0),
    );
    this.#gauge('workqueue_longest_running_processor_seconds', 'Seconds since the oldest unfinished run began', () =>
      Math.max(0, ...ages()),
    );
  }

  added(): void {
    this.#adds.inc({ name: this.#name });
  }

  retried(): void {
    this.#retries.inc({ name: this.#name });
  }

  taken(waitedMs: number): void {
    this.#queueDuration.observe({ name: this.#name }, waitedMs / 1000);
  }

  finished(workedMs: number): void {
    this.#workDuration.observe({ name: this.#name }, workedMs / 1000);
  }

  #gauge(metric: string, help: string, read: () => number): Gauge {
    const name = this.#name;
    return new Gauge({
      name: metric,
      help,
      labelNames: ['name'],
      registers: [this.#registry],
      collect() {
        this.set({ name }, read());
      },
    });
  }
}

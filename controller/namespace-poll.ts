import type { Clock } from './clock.ts';
import { kinds, resourcePath } from './kubernetes/kinds.ts';
import { type KubernetesObject, parseKubernetesObject } from './kubernetes/kubernetes-object.ts';
import { StatusError } from './kubernetes/status-error.ts';
import type { Transport } from './kubernetes/transport.ts';
import type { ReflectorSink } from './reflector/event.ts';
import type { Log, ReflectorStatus } from './reflector/reflector.ts';

/** A namespace is looked at this often: it only ever begins and ends. */
const intervalMs = 60_000;
const retryMs = 5_000;

export interface NamespacePollOptions {
  readonly namespace: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly sink: ReflectorSink;
  readonly onStatus: () => void;
}

/**
 * One Namespace object by GET on an interval, for allowlists: a Role can allow to get it, but neither to list nor to
 * watch it. Looks like a reflector to those who read its status.
 */
export class NamespacePoll {
  readonly #options: NamespacePollOptions;
  #state: ReflectorStatus['state'] = 'syncing';
  #message: string | null = null;
  #last: KubernetesObject | null = null;
  #lastEventAt: number | null = null;
  #disconnectedSinceAt: number | null = null;
  #polls = 0;
  #failures = 0;

  constructor(options: NamespacePollOptions) {
    this.#options = options;
  }

  /** Runs until `signal` aborts. Never rejects. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      await this.#poll(signal);
      const wait = this.#disconnectedSinceAt === null ? intervalMs : retryMs;
      // Up to a tenth later, so that a hundred namespaces are not asked for in one moment.
      await clock.sleep(wait * (1 + random() / 10), signal);
    }
  }

  status(): ReflectorStatus {
    return {
      resource: 'namespaces',
      namespace: this.#options.namespace,
      state: this.#state,
      resourceVersion: this.#last?.metadata.resourceVersion ?? null,
      lastEventAt: this.#lastEventAt,
      disconnectedSinceAt: this.#disconnectedSinceAt,
      reconnects: 0,
      relists: 0,
      message: this.#message,
      audit: null,
      counters: {
        events: this.#polls,
        bookmarks: 0,
        audits: 0,
        auditMismatches: 0,
        relists: 0,
        reconnects: 0,
        failures: this.#failures,
        undecodable: 0,
        skippedObjects: 0,
        sinkFailures: 0,
      },
    };
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { namespace, transport, clock, sink } = this.#options;
    try {
      const answer = await transport.get(resourcePath(kinds.namespaces, null, namespace), {}, signal);
      const object = parseKubernetesObject(answer);
      if (object === null) throw new Error('the answer is no Namespace object');
      this.#lastEventAt = clock.now();
      this.#last = object;
      this.#polls++;
      sink({ type: 'apply', object });
      this.#become('synced', null);
    } catch (error) {
      if (signal.aborted) return;
      this.#failures++;
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const { namespace } = this.#options;
    if (error instanceof StatusError && error.code === 404) {
      if (this.#last !== null) this.#options.sink({ type: 'delete', object: this.#last });
      this.#last = null;
      this.#become('unavailable', `namespace ${namespace} does not exist`);
    } else if (error instanceof StatusError && error.code === 403) {
      this.#become('forbidden', error.message);
    } else {
      this.#become('disconnected', error instanceof Error ? error.message : String(error));
    }
  }

  #become(state: ReflectorStatus['state'], message: string | null): void {
    const { clock, log, namespace, onStatus } = this.#options;
    const changed = state !== this.#state || message !== this.#message;
    this.#disconnectedSinceAt = state === 'disconnected' ? (this.#disconnectedSinceAt ?? clock.now()) : null;
    this.#state = state;
    this.#message = message;
    if (!changed) return;
    if (message !== null) log.warn({ resource: 'namespaces', namespace }, message);
    onStatus();
  }
}

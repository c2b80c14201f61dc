import type { ClusterCache } from '../cache/cluster-cache.ts';
import { fieldsAt } from '../cache/fields.ts';
import { type CachedReplicaSet, projectTemplate, type ValueHash } from '../cache/project-workload.ts';
import type { Clock } from '../clock.ts';
import { kinds, resourcePath } from '../kubernetes/kinds.ts';
import { isRecord } from '../kubernetes/kubernetes-object.ts';
import { isNotFound, StatusError } from '../kubernetes/status-error.ts';
import type { Transport } from '../kubernetes/transport.ts';
import type { Log } from '../reflector/reflector.ts';

/** Pause between two requests: 5 a second are lost in what the watches of a busy cluster cost its API server. */
const pauseMs = 200;
/** ReplicaSets that wait; a cluster in which more roll out at once shows what changed for these. */
const limitWaiting = 500;
/** The two that a rollout is between. */
const newestRevisions = 2;

export interface TemplateFetcherOptions {
  readonly cache: ClusterCache;
  readonly transport: Transport;
  readonly hash: ValueHash;
  readonly clock: Clock;
  readonly log: Log;
  /** A template has come; the reconcile that asked for it can go on. */
  readonly onTemplate: (replicaSet: CachedReplicaSet) => void;
}

/**
 * Gets the templates of ReplicaSets, which are watched without them: one request for each of the two newest of a
 * rollout, once, one after the other. What fails is left out: without it only the diff is missing.
 */
export class TemplateFetcher {
  readonly #options: TemplateFetcherOptions;
  /** By uid, in the order of asking; the first one is under way. */
  readonly #waiting = new Map<string, CachedReplicaSet>();
  /** Uids that were refused, not to be asked for with each event; forgotten when there are many. */
  readonly #failed = new Set<string>();
  #wake: () => void = () => undefined;

  constructor(options: TemplateFetcherOptions) {
    this.#options = options;
  }

  /** Asks for the templates of the newest two, where they are not known. */
  want(replicaSets: readonly CachedReplicaSet[]): void {
    const newest = [...replicaSets].sort((left, right) => right.revision - left.revision).slice(0, newestRevisions);
    // A first revision has nothing to be compared with.
    if (newest.length < newestRevisions) return;
    for (const replicaSet of newest) {
      if (replicaSet.template !== null || this.#failed.has(replicaSet.uid)) continue;
      if (this.#waiting.size >= limitWaiting) return;
      this.#waiting.set(replicaSet.uid, replicaSet);
    }
    this.#wake();
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Runs until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [next] = this.#waiting.values();
      if (next === undefined) {
        await this.#sleep(signal);
        continue;
      }
      await this.#fetch(next, signal);
      this.#waiting.delete(next.uid);
      await this.#options.clock.sleep(pauseMs, signal);
    }
  }

  async #fetch(wanted: CachedReplicaSet, signal: AbortSignal): Promise<void> {
    const { cache, transport, hash, log, onTemplate } = this.#options;
    const { namespace, name } = wanted;
    try {
      const answer = await transport.get(resourcePath(kinds.replicasets, namespace, name), {}, signal);
      // It may have moved on meanwhile; its template has not.
      const current = cache.replicaSets.get(namespace, name);
      if (!isRecord(answer) || current === null || current.uid !== wanted.uid || current.template !== null) return;
      if (fieldsAt(answer, 'metadata')['uid'] !== wanted.uid) return;
      const template = projectTemplate(fieldsAt(fieldsAt(answer, 'spec'), 'template'), hash);
      if (cache.setTemplate(current, template)) onTemplate(current);
    } catch (error) {
      if (signal.aborted) return;
      // A server that is away is asked again at the next reconcile; one that says no is not.
      if (error instanceof StatusError) this.#remember(wanted.uid);
      if (!isNotFound(error))
        log.warn({ namespace, replicaSet: name, error }, 'the template of a rollout is not known');
    }
  }

  #remember(uid: string): void {
    if (this.#failed.size >= limitWaiting) this.#failed.clear();
    this.#failed.add(uid);
  }

  #sleep(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#wake = () => undefined;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

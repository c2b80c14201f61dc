import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type FleetShape, podsOf } from './objects.ts';

export { type FleetShape, largestCluster, podsOf, tenThousandPods } from './objects.ts';

export interface Changes {
  /** So many workloads are watched one by one: their first pod turns unready and ready again in turn. */
  readonly markers: number;
  readonly markersPerSecond: number;
  /** All pods of the other workloads turn unready and ready again, one after the other. */
  readonly backgroundPerSecond: number;
  readonly seconds: number;
}

export interface ChangeLog {
  readonly sent: number;
  readonly elapsedMs: number;
  /** Each change of a marker: its key, its ready pods from then on, and when (`monotonicMs`). */
  readonly marked: readonly { readonly key: string; readonly ready: number; readonly at: number }[];
}

export type FleetRequest =
  | { readonly type: 'change'; readonly changes: Changes }
  | { readonly type: 'churn'; readonly perSecond: number; readonly seconds: number }
  | { readonly type: 'allReady'; readonly perSecond: number }
  | { readonly type: 'requests' };

export type FleetReply =
  | { readonly type: 'started'; readonly kubeconfigPath: string }
  | { readonly type: 'changed'; readonly log: ChangeLog }
  | { readonly type: 'churned'; readonly steps: number }
  | { readonly type: 'requests'; readonly requests: readonly string[] };

/** A simulated cluster of any size in a process of its own. One request at a time. */
export class Fleet {
  readonly kubeconfigPath: string;
  readonly pods: number;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, kubeconfigPath: string, pods: number) {
    this.#child = child;
    this.kubeconfigPath = kubeconfigPath;
    this.pods = pods;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Resolves when the changes were made, not when somebody has seen them. */
  async change(changes: Changes): Promise<ChangeLog> {
    return (await this.#ask({ type: 'change', changes }, 'changed')).log;
  }

  async allReady(perSecond: number): Promise<ChangeLog> {
    return (await this.#ask({ type: 'allReady', perSecond }, 'changed')).log;
  }

  /** Replaces so many pods a second; one in ten begins a rollout. @returns the pods replaced. */
  async churn(perSecond: number, seconds: number): Promise<number> {
    return (await this.#ask({ type: 'churn', perSecond, seconds }, 'churned')).steps;
  }

  /** Requests since the last call, as `list pods`; 1,000 at most. */
  async requests(): Promise<readonly string[]> {
    return (await this.#ask({ type: 'requests' }, 'requests')).requests;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #ask<Type extends FleetReply['type']>(
    request: FleetRequest,
    expected: Type,
  ): Promise<Extract<FleetReply, { type: Type }>> {
    const answered = messageOf(this.#child);
    this.#child.send(request);
    return replyOf(await answered, expected);
  }
}

export async function startFleet(shape: FleetShape): Promise<Fleet> {
  const child = fork(path.join(import.meta.dirname, 'server.ts'), [JSON.stringify(shape)], {
    execArgv: ['--max-old-space-size=4096'],
  });
  const { kubeconfigPath } = replyOf(await messageOf(child), 'started');
  return new Fleet(child, kubeconfigPath, podsOf(shape));
}

async function messageOf(child: ChildProcess): Promise<readonly unknown[]> {
  const stop = new AbortController();
  const ended = once(child, 'exit', { signal: stop.signal }).then(([code]) => {
    throw new Error(`the fleet ended with exit code ${String(code)}`);
  });
  ended.catch(() => undefined);
  try {
    return await Promise.race([once(child, 'message'), ended]);
  } finally {
    stop.abort();
  }
}

function replyOf<Type extends FleetReply['type']>(
  [reply]: readonly unknown[],
  expected: Type,
): Extract<FleetReply, { type: Type }> {
  const isExpected = (value: FleetReply): value is Extract<FleetReply, { type: Type }> => value.type === expected;
  const answer = reply as FleetReply;
  if (!isExpected(answer)) throw new Error(`the fleet answered ${answer.type}, not ${expected}`);
  return answer;
}

/** Snapshots, pods and stores in a temporary directory, for the tests of `store/`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { EventFacts } from '../../health/kubernetes.ts';
import type { Cause, ContainerSnapshot, PodSnapshot, WorkloadSnapshot } from '../../health/verdict.ts';
import { type State, type WorkloadKind, workloadKey } from '../../health/workload.ts';
import { LiveStore } from '../../store/live-store.ts';
import { openStore, type StoreOptions } from '../../store/open.ts';
import type { StoreLog } from '../../store/store.ts';

/** 2026-03-02 12:00 UTC, a Monday. */
export const noon = Date.UTC(2026, 2, 2, 12);
export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

const cleanups = new WeakMap<TestContext, (() => unknown)[]>();

/** Runs at the end of the test, last registered first: a store is closed before its directory goes. */
export function atEnd(t: TestContext, cleanup: () => unknown): void {
  const known = cleanups.get(t);
  if (known !== undefined) {
    known.push(cleanup);
    return;
  }
  const stack = [cleanup];
  cleanups.set(t, stack);
  t.after(async () => {
    for (const next of stack.reverse()) await next();
  });
}

export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'maintenant-store-'));
  atEnd(t, () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export function recordingLog(): StoreLog & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const record = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, info: record('info'), warn: record('warn'), error: record('error') };
}

/** A store whose clock is `clock.now`; closed at the end of the test. */
export async function openTestStore(
  t: TestContext,
  options: Partial<StoreOptions> & { readonly path: string },
  clock: { now: number } = { now: noon },
): Promise<LiveStore> {
  const store = await openStore({
    retentionMs: 90 * dayMs,
    maxBytes: null,
    log: recordingLog(),
    now: () => clock.now,
    // A machine that is busy for a while is no disk that hangs; the test of that says when.
    answerMs: 60_000,
    ...options,
  });
  atEnd(t, () => store.close());
  if (!(store instanceof LiveStore)) throw new Error('openStore made another store than the live one');
  return store;
}

export function causeOf(code: string, message = `${code} happened`): Cause {
  return {
    code,
    title: code,
    message,
    severity: 'critical',
    since: noon,
    pods: 1,
    evidence: [],
    remedy: 'Look at it.',
    commands: [],
    runbook: null,
    group: null,
  };
}

export interface SnapshotOptions {
  readonly namespace?: string;
  readonly kind?: WorkloadKind;
  readonly name?: string;
  readonly uid?: string;
  readonly state?: State;
  readonly level?: WorkloadSnapshot['verdict']['availability']['level'];
  readonly cause?: Cause | null;
  readonly available?: number;
  readonly restarts?: number;
}

export function snapshotOf(options: SnapshotOptions = {}): WorkloadSnapshot {
  const { namespace = 'shop', kind = 'Deployment', name = 'cart', state = 'Healthy' } = options;
  const level = options.level ?? (state === 'Down' ? 'none' : state === 'Degraded' ? 'reduced' : 'full');
  return {
    key: workloadKey(namespace, kind, name),
    uid: options.uid ?? `uid-${namespace}-${name}`,
    namespace,
    kind,
    name,
    createdAt: noon - dayMs,
    partOf: null,
    owner: null,
    images: [`registry.example/${name}:1.0`],
    restarts: options.restarts ?? 0,
    verdict: {
      state,
      availability: { level, desired: 3, ready: options.available ?? 3, available: options.available ?? 3 },
      rollout: { phase: 'settled', updated: 3, target: 3 },
      cause: options.cause ?? null,
      since: noon - hourMs,
    },
    causes: [],
    conditions: [
      { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'ok', lastTransitionAt: noon },
    ],
    ordinals: [],
    nodes: [],
    nodesNotNamed: 0,
    revisions: [],
    services: [{ name, readyPods: 3, pods: 3 }],
    podsTotal: 3,
    podNodes: ['node-1'],
    revision: '1',
    requests: { cpuCores: 0.5, memoryBytes: 268_435_456 },
    limits: { cpuCores: null, memoryBytes: 536_870_912 },
  };
}

export function podOf(name: string, options: Partial<PodSnapshot> = {}): PodSnapshot {
  const container: ContainerSnapshot = {
    name: 'app',
    type: 'app',
    image: 'registry.example/cart:1.0',
    ready: true,
    state: 'running',
    reason: null,
    message: null,
    exitCode: null,
    lastTermination: null,
    restarts: 0,
    requests: { cpuCores: 0.5, memoryBytes: 268_435_456 },
    limits: { cpuCores: null, memoryBytes: 536_870_912 },
  };
  return {
    name,
    uid: `uid-${name}`,
    node: 'node-1',
    phase: 'Running',
    ready: true,
    available: true,
    status: 'Running',
    createdAt: noon - dayMs,
    revision: '1',
    restarts: 0,
    cause: null,
    containers: [container],
    ...options,
  };
}

export function eventOf(uid: string, options: Partial<EventFacts> = {}): EventFacts {
  return {
    uid,
    namespace: 'shop',
    involved: { kind: 'Pod', namespace: 'shop', name: 'cart-1', uid: 'uid-cart-1', fieldPath: null },
    type: 'Warning',
    reason: 'BackOff',
    message: 'Back-off restarting failed container',
    source: 'kubelet',
    count: 1,
    firstAt: noon,
    lastAt: noon,
    ...options,
  };
}

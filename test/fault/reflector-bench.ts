import assert from 'node:assert/strict';
import { kinds } from '../../controller/kubernetes/kinds.ts';
import { type Log, Reflector, type ReflectorOptions } from '../../controller/reflector/reflector.ts';
import type { ServerTraits } from '../../simulator/api-server.ts';
import { createSimulatedCluster, type SimulatedCluster } from '../../simulator/simulator.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { Mirror, pictureOf } from '../support/mirror.ts';
import { SimulatorTransport } from '../support/simulator-transport.ts';

/**
 * A reflector of pods, the simulated API server behind it and a mirror in front of it, all on one fake clock:
 *
 *     await using bench = await startBench();
 *     bench.cluster.api.faults.add({ type: 'answer', code: 429, … });
 *     await bench.pass(10_000);
 *     bench.assertEqual();
 */
export interface Bench extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly cluster: SimulatedCluster;
  readonly transport: SimulatorTransport;
  readonly reflector: Reflector;
  readonly mirror: Mirror;
  /** Warnings and errors that were logged. */
  readonly logged: string[];
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** Stops, and fails if a request, a watch or a timer is left. */
  stop(): Promise<void>;
  /** The mirror equals the server, in names, uids and versions. */
  assertEqual(): void;
  pod(name: string, phase?: string): void;
  touch(name: string): void;
  /** Requests since the last call, short: `list rv=0 limit=500`, `watch rv=1003`, `stream rv=`. */
  requests(): readonly string[];
}

export interface BenchOptions {
  readonly traits?: Partial<ServerTraits>;
  readonly pods?: number;
  readonly historyLimit?: number;
  readonly reflector?: Partial<ReflectorOptions>;
  readonly token?: string;
  /** False: the test starts it with `pass(0)` after its preparations. Default true: synced when it returns. */
  readonly synced?: boolean;
  readonly prepare?: (cluster: SimulatedCluster) => void;
}

export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const clock = new FakeClock();
  const cluster = createSimulatedCluster({
    clock,
    ...(options.traits === undefined ? {} : { traits: options.traits }),
    ...(options.historyLimit === undefined ? {} : { historyLimit: options.historyLimit }),
  });
  const pod = (name: string, phase = 'Running') => {
    cluster.store.create('pods', { metadata: { name, namespace: 'shop' }, status: { phase } });
  };
  for (let index = 0; index < (options.pods ?? 3); index++) pod(`pod-${index}`);
  options.prepare?.(cluster);

  const mirror = new Mirror();
  const logged: string[] = [];
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (_, message) => void logged.push(message),
    error: (_, message) => void logged.push(message),
  };
  const transport = new SimulatorTransport(cluster.api, clock, options.token ?? null);
  const reflector = new Reflector({
    kind: kinds.pods,
    namespace: null,
    transport,
    clock,
    random: () => 0.5,
    log,
    sink: mirror.sink,
    onStatus: () => undefined,
    ...options.reflector,
  });
  const controller = new AbortController();
  const running = reflector.start(controller.signal);
  let seenRequests = 0;

  const bench: Bench = {
    clock,
    cluster,
    transport,
    reflector,
    mirror,
    logged,
    pass: (ms) => clock.advance(ms),
    stop: async () => {
      if (controller.signal.aborted) return;
      controller.abort(new Error('stopped'));
      await running;
      await settle();
      assert.equal(transport.open, 0, 'a request was left open');
      assert.equal(cluster.api.watches, 0, 'a watch was left open');
      assert.equal(clock.pending, 0, 'a timer was left');
    },
    [Symbol.asyncDispose]: () => bench.stop(),
    assertEqual: () => assert.deepEqual(mirror.picture(), pictureOf(cluster.store, 'pods')),
    pod,
    touch: (name) => void cluster.store.patchStatus('pods', 'shop', name, { touched: clock.monotonic() }),
    requests: () => {
      const all = cluster.api.requests.filter((request) => request.resource === 'pods');
      const fresh = all.slice(seenRequests).map((request) => shortened(request.url));
      seenRequests = all.length;
      return fresh;
    },
  };
  if (options.synced ?? true) {
    await settle();
    assert.equal(reflector.status().state, 'synced');
    bench.assertEqual();
    bench.requests();
  }
  return bench;
}

function shortened(text: string): string {
  const query = new URL(text, 'http://simulator').searchParams;
  const version = `rv=${query.get('resourceVersion') ?? ''}`;
  if (query.get('sendInitialEvents')) return `stream ${version}`;
  if (query.get('watch')) return `watch ${version}`;
  const limit = query.has('limit') ? ` limit=${query.get('limit')}` : '';
  return `list ${version}${limit}${query.has('continue') ? ' continue' : ''}`;
}

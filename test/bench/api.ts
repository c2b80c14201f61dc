/**
 * What the API costs with 1,000 workloads, 10,000 pods and 200 pod changes per second, over the real store in a
 * temporary file and real sockets. The clients are another process, so that they do not share the event loop.
 * One JSON line per case, with the target beside it, and beside each time that of a bare server in a process of its own
 * that sends as many bytes: asked in turn with ours, it shows what of the tail is the machine's. So does the CPU that the
 * main thread took in one go, which is what a request can have waited for. `service` is the time between the request's
 * arrival in our process and the hand-over of its last byte to the kernel: what is left of a time without the client, the
 * socket and the scheduler's turns between them.
 *
 *     scripts/bench api [--seconds 10] [--streams 200]
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Registry } from 'prom-client';
import { createApp, createStartingApp } from '../../api/app.ts';
import { listen } from '../../api/server.ts';
import { systemClock } from '../../controller/clock.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../../health/verdict.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/store.ts';
import { cause, config, pod, ScriptedCluster, workload } from '../api/fixture.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    streams: { type: 'string', default: '200' },
    client: { type: 'string' },
    bare: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const streams = Number(values.streams);

type Job =
  | {
      readonly type: 'requests';
      readonly path: string;
      readonly ifNoneMatch: boolean;
      readonly gzip: boolean;
      readonly seconds: number;
      readonly barePort: number;
    }
  | { readonly type: 'streams'; readonly count: number }
  | { readonly type: 'end' };

// ---------------------------------------------------------------------------------------------------------------
// The clients

interface Reading {
  readonly ms: number;
  readonly status: number;
  readonly bytes: number;
  readonly etag: string;
}

/** One request from the first byte sent to the last byte read. */
async function read(options: http.RequestOptions): Promise<Reading> {
  const startedAt = performance.now();
  const [response] = (await once(http.get(options), 'response')) as [http.IncomingMessage];
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  const { statusCode = 0, headers } = response;
  return { ms: performance.now() - startedAt, status: statusCode, bytes, etag: headers.etag ?? '' };
}

/** Requests one after the other, ours and the bare server's in turn, each on one kept-alive connection. */
async function request(port: number, job: Extract<Job, { type: 'requests' }>): Promise<unknown> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const ours: number[] = [];
  const bare: number[] = [];
  const statuses: Record<number, number> = {};
  let bytes = 0;
  let etag = '';
  const until = performance.now() + job.seconds * 1000;
  while (performance.now() < until) {
    const headers = {
      ...(job.ifNoneMatch && etag !== '' ? { 'if-none-match': etag } : {}),
      ...(job.gzip ? { 'accept-encoding': 'gzip' } : {}),
    };
    const answer = await read({ port, path: job.path, agent, headers });
    ours.push(answer.ms);
    ({ bytes, etag } = answer);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    // Somebody who looks, not an attack: requests come 50 ms apart. What is over in less than a millisecond is asked
    // without a pause: after one the time would be that of a sleeping core, which takes longer to wake up.
    if (!job.ifNoneMatch) await sleep(50);
    bare.push((await read({ port: job.barePort, path: `/${bytes}`, agent })).ms);
  }
  agent.destroy();
  const [p50Ms, p99Ms] = quantiles(ours);
  const [bareP50Ms, bareP99Ms] = quantiles(bare);
  return { requests: ours.length, statuses, bytes, p50Ms, p99Ms, bareP50Ms, bareP99Ms };
}

function quantiles(durations: readonly number[]): readonly [p50: number, p99: number] {
  const sorted = durations.toSorted((left, right) => left - right);
  const quantile = (share: number): number => round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN);
  return [quantile(0.5), quantile(0.99)];
}

/** The bare server: as many bytes as its path says. */
async function runBare(): Promise<void> {
  const server = http.createServer((incoming, outgoing) => {
    const body = Buffer.alloc(Number(incoming.url?.slice(1)));
    outgoing.writeHead(body.length === 0 ? 304 : 200);
    outgoing.end(body);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.(typeof address === 'object' ? address?.port : null);
  });
  await once(process, 'disconnect');
  server.closeAllConnections();
  server.close();
}

async function runClient(port: number): Promise<void> {
  const open: http.ClientRequest[] = [];
  let events = 0;
  process.on('message', (job: Job) => {
    void (async () => {
      switch (job.type) {
        case 'requests':
          process.send?.(await request(port, job));
          return;
        case 'streams':
          for (let index = 0; index < job.count; index++) {
            const stream = http.get({ port, path: '/api/v1/stream', agent: false });
            open.push(stream);
            const [response] = (await once(stream, 'response')) as [http.IncomingMessage];
            response.on('data', (chunk: Buffer) => {
              if (index === 0) events += chunk.toString().split('event: delta').length - 1;
            });
          }
          process.send?.({ streams: open.length });
          return;
        case 'end':
          for (const stream of open) stream.destroy();
          process.send?.({ events });
          process.disconnect?.();
      }
    })();
  });
  await once(process, 'disconnect');
}

// ---------------------------------------------------------------------------------------------------------------
// The server

const workloads = 1_000;
const podsEach = 10;
const podsOfDaemonSet = 200;
const changesPerSecond = 200;

interface Simulated {
  snapshot: WorkloadSnapshot;
  pods: PodSnapshot[];
}

function fill(store: Store): Simulated[] {
  const now = Date.now();
  return Array.from({ length: workloads }, (_, index) => {
    const isDaemonSet = index === 0;
    const name = isDaemonSet ? 'agent' : `workload-${index}`;
    const snapshot = workload({
      namespace: `team-${index % 20}`,
      name,
      kind: isDaemonSet ? 'DaemonSet' : 'Deployment',
      since: now - index * 1_000,
      ...(index % 10 === 3 ? { state: 'Degraded' as const, cause: cause('CrashLoop') } : {}),
    });
    const pods = Array.from({ length: isDaemonSet ? podsOfDaemonSet : podsEach }, (_item, number) =>
      pod(`${name}-${number}`, { uid: `${name}-${number}` }),
    );
    store.put(snapshot, pods, {}, now);
    return { snapshot, pods };
  });
}

/** One pod turns unready or ready again, and with it the numbers of its workload. */
function change(store: Store, one: Simulated, turn: number): void {
  const index = turn % one.pods.length;
  const ready = turn % 2 === 0;
  const pods = one.pods.with(index, { ...one.pods[index]!, ready, available: ready, restarts: turn });
  const { verdict } = one.snapshot;
  const state = ready ? 'Healthy' : 'Degraded';
  const snapshot: WorkloadSnapshot = {
    ...one.snapshot,
    restarts: turn,
    verdict: {
      ...verdict,
      state,
      cause: ready ? null : cause('ReadinessProbeFailing'),
      since: verdict.state === state ? verdict.since : Date.now(),
    },
  };
  one.snapshot = snapshot;
  one.pods = pods;
  store.put(snapshot, pods, {}, Date.now());
}

/** Counts on from storm to storm: a change that says the same as the one before it is none. */
let turn = 0;

function startStorm(store: Store, picture: readonly Simulated[], perSecond: number): () => void {
  let owed = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    owed += ((now - last) * perSecond) / 1000;
    last = now;
    for (; owed >= 1; owed -= 1) {
      turn += 1;
      // Every other change is one of the DaemonSet, whose detail is being looked at.
      change(store, picture[turn % 10 === 0 ? 0 : (turn * 7) % workloads]!, turn);
    }
  }, 5);
  return () => clearInterval(timer);
}

async function runServer(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'maintenant-bench-'));
  const log = { info() {}, warn: console.warn, error: console.error };
  const store = await openStore({
    path: path.join(folder, 'bench.db'),
    retentionMs: 90 * 86_400_000,
    maxBytes: null,
    log,
    now: Date.now,
  });
  const stop = new AbortController();
  const sources = {
    store,
    cluster: new ScriptedCluster(),
    config,
    now: Date.now,
    timers: systemClock,
    random: Math.random,
    registry: new Registry(),
    log,
    assets: new Map(),
    failure: () => store.failure(),
  };
  timeAnswers();
  const api = createApp(sources);
  api.start(stop.signal);
  const server = await listen({ address: { host: '127.0.0.1', port: 0 }, app: createStartingApp(sources), log });
  server.attach(api.app);
  const picture = fill(store);
  await store.flushed();
  const client = fork(import.meta.filename, ['--client', String(server.port)], { execArgv: ['--expose-gc'] });
  const bare = fork(import.meta.filename, ['--bare']);
  const [barePort] = (await once(bare, 'message')) as [number];
  try {
    await measure(store, picture, client, barePort);
  } finally {
    bare.disconnect();
    stop.abort();
    await server.close(0);
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

async function measure(
  store: Store,
  picture: readonly Simulated[],
  client: ChildProcess,
  barePort: number,
): Promise<void> {
  const ask = async (job: Job): Promise<object> => {
    client.send(job);
    const [answer] = (await once(client, 'message')) as [object];
    return answer;
  };
  /**
   * @param stormShare what the storm alone takes of a core; the rest of the CPU is the requests'. Unlike the times it
   *   holds on a machine that does other things too.
   */
  const requests = async (
    path: string,
    { forSeconds = seconds, ifNoneMatch = false, gzip = false, stormShare = 0 } = {},
  ): Promise<object> => {
    const startedAt = performance.now();
    const before = process.cpuUsage();
    const blocks = watchBlocks();
    serviceMs.length = 0;
    const answer = await ask({ type: 'requests', path, ifNoneMatch, gzip, seconds: forSeconds, barePort });
    const { user, system } = process.cpuUsage(before);
    const ownMs = (user + system) / 1000 - stormShare * (performance.now() - startedAt);
    const count = 'requests' in answer ? Number(answer.requests) : Number.NaN;
    const [serviceP50Ms, serviceP99Ms] = quantiles(serviceMs);
    return {
      ...answer,
      serviceP50Ms,
      serviceP99Ms,
      serverCpuMsEach: round(ownMs / count),
      longestBlockCpuMs: blocks(),
    };
  };
  const detail = '/api/v1/workloads/team-0/DaemonSet/agent';

  // Warm: the compiler needs some calls to settle.
  await requests('/api/v1/workloads', { forSeconds: 2 });
  const unchanged = await requests('/api/v1/workloads', { forSeconds: Math.min(seconds, 5), ifNoneMatch: true });
  print({ case: 'list unchanged', ...unchanged, targetP99Ms: 1 });

  const { coreShare: stormShare } = await load(store, picture, changesPerSecond);
  const stopStorm = startStorm(store, picture, changesPerSecond);
  const list = await requests('/api/v1/workloads', { stormShare });
  print({ case: 'list of 1,000 rows in the storm', changesPerSecond, ...list, targetP99Ms: 20 });
  const compressed = await requests('/api/v1/workloads', { gzip: true, stormShare });
  print({ case: 'the same list in gzip', changesPerSecond, ...compressed, targetP99Ms: 20 });
  const daemonSet = await requests(detail, { stormShare });
  print({ case: 'detail of a 200-pod DaemonSet in the storm', changesPerSecond, ...daemonSet, targetP99Ms: 30 });
  stopStorm();

  const alone = await load(store, picture, 50);
  const before = anonymousBytes();
  await ask({ type: 'streams', count: streams });
  const together = await load(store, picture, 50);
  const { events } = (await ask({ type: 'end' })) as { events: number };
  print({
    case: `${streams} streams at 50 commits a second`,
    commitsPerSecond: together.commitsPerSecond,
    deltasPerSecond: round(events / (seconds + 1)),
    coreShareAlone: alone.coreShare,
    coreShareWithStreams: together.coreShare,
    coreShareOfStreams: round(together.coreShare - alone.coreShare),
    targetCoreShare: 0.1,
    mebibytesOfStreams: round((together.anonymous - before) / 1024 ** 2),
    targetMebibytes: 30,
  });
}

/** CPU of the whole server process during so many changes a second, and its anonymous memory at the end. */
async function load(
  store: Store,
  picture: readonly Simulated[],
  perSecond: number,
): Promise<{ readonly coreShare: number; readonly anonymous: number; readonly commitsPerSecond: number }> {
  const stopStorm = startStorm(store, picture, perSecond);
  await sleep(1_000);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const revision = store.revision();
  await sleep(seconds * 1000);
  const commitsPerSecond = round((store.revision() - revision) / seconds);
  const { user, system } = process.cpuUsage(cpu);
  stopStorm();
  return {
    coreShare: round((user + system) / 1000 / (performance.now() - startedAt)),
    anonymous: anonymousBytes(),
    commitsPerSecond,
  };
}

/** Of every answer since it was emptied. */
const serviceMs: number[] = [];

function timeAnswers(): void {
  const begun = new WeakMap<object, number>();
  const requestOf = (message: unknown): object => (message as { readonly request: object }).request;
  subscribe('http.server.request.start', (message) => begun.set(requestOf(message), performance.now()));
  subscribe('http.server.response.finish', (message) => {
    serviceMs.push(performance.now() - (begun.get(requestOf(message)) ?? Number.NaN));
  });
}

/** From now on: the most CPU that this thread took between two turns of the event loop, in ms, without what waited. */
function watchBlocks(): () => number {
  let longestMs = 0;
  let before = process.threadCpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    longestMs = Math.max(longestMs, (user + system) / 1_000);
  }, 1);
  return () => {
    clearInterval(timer);
    return round(longestMs);
  };
}

/** RssAnon of this process; 0 where the kernel does not say. */
function anonymousBytes(): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function print(line: object): void {
  const [loadOfMinute = 0] = loadavg();
  process.stdout.write(`${JSON.stringify({ bench: 'api', ...line, loadOfMinute: round(loadOfMinute) })}\n`);
}

if (values.bare) await runBare();
else await (values.client === undefined ? runServer() : runClient(Number(values.client)));

/**
 * The process of a `Fleet`: a simulated API server with as many workloads as its first argument says, changed on demand.
 * In a process of its own, so that what it costs is not counted as the product's.
 */
import { startSimulator } from '../../../simulator/simulator.ts';
import { monotonicMs } from '../machine.ts';
import type { ChangeLog, Changes, FleetReply, FleetRequest } from './fleet.ts';
import {
  addRevision,
  eventBody,
  type FleetShape,
  type FleetWorkload,
  fleetWorkloads,
  newPod,
  nextTemplate,
  podBody,
  type PodState,
  replicaSetBody,
  type Revision,
  workloadBody,
} from './objects.ts';

const shape = JSON.parse(process.argv[2] ?? '') as FleetShape;
/** Of one kind, as many as a busy cluster keeps for an hour. */
const limitEvents = 5_000;
/** As revisionHistoryLimit's, but shorter: a soak must see them go. */
const limitRevisions = 3;

const simulator = await startSimulator({ historyLimit: 50_000 });
const { store, metrics, api } = simulator;
const fleet: FleetWorkload[] = [];
fill();

const send = (reply: FleetReply): void => void process.send?.(reply);
process.on('message', (request: FleetRequest) => {
  switch (request.type) {
    case 'change':
      return change(request.changes, (log) => send({ type: 'changed', log }));
    case 'churn':
      return churn(request.perSecond, request.seconds, (steps) => send({ type: 'churned', steps }));
    case 'allReady':
      return allReady(request.perSecond, (log) => send({ type: 'changed', log }));
    case 'requests':
      send({ type: 'requests', requests: api.requests.map(({ verb, resource }) => `${verb} ${resource}`.trim()) });
      api.requests.length = 0;
      return;
    default:
      request satisfies never;
  }
});
process.on('disconnect', () => void simulator.stop().then(() => process.exit(0)));
send({ type: 'started', kubeconfigPath: simulator.kubeconfigPath });

function fill(): void {
  const now = Date.now();
  const namespaces = new Set<string>(['default', 'kube-system']);
  for (const workload of fleetWorkloads(shape, now)) {
    fleet.push(workload);
    namespaces.add(workload.namespace);
    const { namespace, name, uid } = workload;
    store.createLazily(workload.resource, { namespace, name, uid }, () => workloadBody(workload, workload.createdAt));
    for (const revision of workload.revisions) createReplicaSet(workload, revision);
    for (const pod of workload.pods) createPod(workload, pod, now);
  }
  for (const name of namespaces) store.create('namespaces', { metadata: { name }, status: { phase: 'Active' } });
}

function createReplicaSet(workload: FleetWorkload, revision: Revision): void {
  if (workload.kind !== 'Deployment') return;
  const identity = { namespace: workload.namespace, name: `${workload.name}-${revision.hash}`, uid: revision.uid };
  store.createLazily('replicasets', identity, () => replicaSetBody(workload, revision));
}

function createPod(workload: FleetWorkload, pod: PodState, now: number): void {
  const { name, uid } = pod;
  store.createLazily('pods', { namespace: workload.namespace, name, uid }, () => podBody(workload, pod));
  metrics.set(workload.namespace, name, now, [
    { name: 'app', cpuNanocores: 20_000_000, memoryKibibytes: 90_000 },
    { name: 'proxy', cpuNanocores: 5_000_000, memoryKibibytes: 30_000 },
  ]);
}

// ————— changes of readiness —————

function setReady(workload: FleetWorkload, index: number, ready: boolean): void {
  const pod = workload.pods[index];
  if (pod === undefined || pod.ready === ready) return;
  const next = { ...pod, ready, readyChangedAt: Date.now() };
  workload.pods[index] = next;
  store.replace('pods', workload.namespace, next.name, () => podBody(workload, next));
}

/** Calls `step` so often a second, evenly; after `seconds` it calls `end`. */
function repeat(perSecond: number, seconds: number, step: (count: number) => void, end: (count: number) => void): void {
  const startedAt = monotonicMs();
  let done = 0;
  const timer = setInterval(() => {
    const elapsedMs = Math.min(monotonicMs() - startedAt, seconds * 1000);
    const due = Math.floor((elapsedMs * perSecond) / 1000);
    // A tick gives way after this many, so that the sockets are served while it catches up.
    for (const until = Math.min(due, done + 200); done < until; done += 1) step(done);
    if (done < Math.floor(seconds * perSecond)) return;
    clearInterval(timer);
    end(done);
  }, 5);
}

function change(
  { markers, markersPerSecond, backgroundPerSecond, seconds }: Changes,
  end: (log: ChangeLog) => void,
): void {
  const marked: { key: string; ready: number; at: number }[] = [];
  const startedAt = monotonicMs();
  const background = fleet.slice(markers).flatMap((workload) => workload.pods.map((_, index) => ({ workload, index })));
  let running = 2;
  let sent = 0;
  const ended = (count: number): void => {
    sent += count;
    running -= 1;
    if (running === 0) end({ sent, elapsedMs: monotonicMs() - startedAt, marked });
  };
  repeat(
    markersPerSecond,
    seconds,
    (count) => {
      const workload = fleet[count % markers];
      if (workload === undefined) return;
      setReady(workload, 0, workload.pods[0]?.ready === false);
      marked.push({ key: workload.key, ready: workload.pods.filter((pod) => pod.ready).length, at: monotonicMs() });
    },
    ended,
  );
  repeat(
    backgroundPerSecond,
    seconds,
    (count) => {
      const one = background[count % background.length];
      if (one !== undefined) setReady(one.workload, one.index, one.workload.pods[one.index]?.ready === false);
    },
    ended,
  );
}

function allReady(perSecond: number, end: (log: ChangeLog) => void): void {
  const unready = fleet.flatMap((workload) =>
    workload.pods.flatMap((pod, index) => (pod.ready ? [] : [{ workload, index }])),
  );
  const startedAt = monotonicMs();
  repeat(
    perSecond,
    unready.length / perSecond,
    (count) => {
      const one = unready[count];
      if (one !== undefined) setReady(one.workload, one.index, true);
    },
    (sent) => end({ sent, elapsedMs: monotonicMs() - startedAt, marked: [] }),
  );
}

// ————— churn: pods, revisions and events that come and go —————

const events: { readonly namespace: string; readonly name: string }[] = [];
let serial = 0;

function churn(perSecond: number, seconds: number, end: (steps: number) => void): void {
  const others = fleet.filter(({ kind }) => kind === 'Deployment');
  repeat(
    perSecond,
    seconds,
    (count) => {
      const workload = others[count % others.length];
      if (workload === undefined) return;
      // Every workload that comes round has its oldest pod replaced; one in ten begins a rollout first.
      if (count % 10 === 0) beginRollout(workload);
      replaceOldest(workload);
    },
    end,
  );
}

function beginRollout(workload: FleetWorkload): void {
  const revision = addRevision(workload, nextTemplate(workload), Date.now());
  createReplicaSet(workload, revision);
  workload.generation += 1;
  while (workload.revisions.length > limitRevisions) {
    const oldest = workload.revisions.shift();
    if (oldest === undefined) return;
    store.delete('replicasets', workload.namespace, `${workload.name}-${oldest.hash}`);
  }
}

function replaceOldest(workload: FleetWorkload): void {
  const { namespace, pods, resource, name } = workload;
  const now = Date.now();
  const oldest = pods.shift();
  if (oldest === undefined) return;
  store.delete('pods', namespace, oldest.name);
  metrics.remove(namespace, oldest.name);
  const pod = newPod(workload, 0, shape.nodes, now, true);
  pods.push(pod);
  createPod(workload, pod, now);
  store.replace(resource, namespace, name, () => workloadBody(workload, now));
  serial += 1;
  const event = eventBody(workload, pod, serial, now);
  store.create('events', event);
  events.push({ namespace, name: event.metadata.name });
  const expired = events.length > limitEvents ? events.shift() : undefined;
  if (expired !== undefined) store.delete('events', expired.namespace, expired.name);
}
